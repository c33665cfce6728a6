package programme_test

import (
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kokko/programmes"
	"kokko/region/place"
	"kokko/region/programme"
)

func invented(t *testing.T) *programme.Programme {
	t.Helper()
	p, err := programme.Load(programmes.Files(), programmes.Example)
	if err != nil {
		t.Fatalf("the example has mistakes: %v", err)
	}
	return p
}

// texts walks every text under v, however deep it lies.
func texts(v reflect.Value, path string, do func(path string, t programme.Text)) {
	if t, ok := v.Interface().(programme.Text); ok {
		do(path, t)
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Type().Field(i); f.IsExported() {
				texts(v.Field(i), path+"."+f.Name, do)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			texts(v.Index(i), path, do)
		}
	}
}

func TestTheInventedRegionSpeaksAllItsLanguages(t *testing.T) {
	t.Parallel()
	p := invented(t)
	if !slices.Equal(p.Languages, []string{"sv", "fi", "en"}) {
		t.Fatalf("languages %v", p.Languages)
	}
	said := 0
	texts(reflect.ValueOf(*p), "", func(path string, text programme.Text) {
		if text.Empty() {
			return // not needed, and not said in any
		}
		said++
		for _, l := range p.Languages {
			if !text.Has(l) {
				t.Errorf("%s is not said in %s: %s", path, l, text)
			}
		}
		if got := text.Languages(); !slices.Equal(got, p.Languages) {
			t.Errorf("%s: languages %v", path, got)
		}
		// Names of islands may stay as they are in English; sentences may not.
		if sv, fi := text.In("sv"), text.In("fi"); len(sv) > 40 && (sv == fi || sv == text.In("en") || fi == text.In("en")) && !strings.Contains(path, "Sources") {
			t.Errorf("%s says the same in two languages: %s", path, sv)
		}
	})
	if said < 130 {
		t.Errorf("only %d texts were looked at", said)
	}
}

func TestTheInventedRegionIsDifferentAndNobodys(t *testing.T) {
	t.Parallel()
	p, k := invented(t), kouvola(t)
	if !p.Region.Example || p.Region.ExampleNote.Empty() {
		t.Error("it does not say that it is an example")
	}
	for what, same := range map[string]bool{
		"themes":    len(p.Themes) == len(k.Themes),
		"promise":   p.Call.Promise.Most == k.Call.Promise.Most || p.Call.Promise.Aim == k.Call.Promise.Aim,
		"batches":   p.Call.Batches.Week == k.Call.Batches.Week || p.Call.Batches.Weekday == k.Call.Batches.Weekday,
		"original":  p.Original() == k.Original(),
		"kinds":     p.Call.Kinds[0].ID == k.Call.Kinds[0].ID,
		"networks":  len(p.Networks) != 0,
		"national":  p.Programme.National.Regions != 0,
		"templates": len(p.Answers) == len(k.Answers),
		"steps":     len(p.Steps) == len(k.Steps),
		"running":   p.Programme.Period.End() == k.Programme.Period.End(),
		"values":    len(p.Idea.Values) == len(k.Idea.Values),
	} {
		if same {
			t.Errorf("%s are as in Kouvola", what)
		}
	}
	for _, scheme := range []struct{ a, b map[string]string }{{p.Brand.Light, k.Brand.Light}, {p.Brand.Dark, k.Brand.Dark}} {
		for _, token := range []string{"fill", "link", "tint"} {
			if scheme.a[token] == scheme.b[token] {
				t.Errorf("colour %s is Kouvola's", token)
			}
		}
	}
	for _, a := range p.Region.Municipalities {
		if a.Code < "990" || a.Counties[0].Code != "99" {
			t.Errorf("%s has a number that may be somebody's", a.ID)
		}
	}
	former := 0
	for _, at := range p.Places {
		if at.Kind == place.Former {
			former++
		}
		if at.At.Known() && !p.Map.Shows(at.At) {
			t.Errorf("%s is off the map", at.ID)
		}
		for _, n := range at.Names() {
			if _, ok := k.FindPlace(n); ok {
				t.Errorf("Kouvola has a place called %s", n)
			}
		}
	}
	if former != 3 || !p.Map.Known() {
		t.Errorf("%d former municipalities, map %v", former, p.Map.Known())
	}
	if found, ok := p.FindPlace("hiljaluoto"); !ok || found.ID != "tystholm" {
		t.Errorf("an old Finnish name finds %v", found.ID)
	}
	// Lyktö joined a year after the others.
	if a, b := len(p.MembersOn(on(t, "2026-12-31"))), len(p.MembersOn(on(t, "2027-01-01"))); a != 2 || b != 3 {
		t.Errorf("members %d, then %d", a, b)
	}
	// The third Thursday of each month.
	for after, want := range map[string]string{"2026-11-23": "2026-12-17", "2026-12-17": "2027-01-21"} {
		if got := p.NextBatch(on(t, after)); got != on(t, want) {
			t.Errorf("after %s: %v, want %s", after, got, want)
		}
	}
}

func TestAddressesBeginWithTheOriginalLanguage(t *testing.T) {
	t.Parallel()
	p, k := invented(t), kouvola(t)
	for _, c := range []struct {
		of         *programme.Programme
		fi, sv, en string
	}{{p, "/fi", "", "/en"}, {k, "", "/sv", "/en"}} {
		if c.of.Address("fi") != c.fi || c.of.Address("sv") != c.sv || c.of.Address("en") != c.en {
			t.Errorf("%s: %q %q %q", c.of.Region.ID, c.of.Address("fi"), c.of.Address("sv"), c.of.Address("en"))
		}
	}
	only := *k
	only.Languages = []string{"fi"}
	if only.Address("fi") != "" || only.Address("en") != "" || len(only.Tongues()) != 1 {
		t.Error("a region in Finnish alone leads elsewhere")
	}
	// A programme in a language Kokko does not speak has pages all the same.
	q := *p
	q.Languages = []string{"smn"}
	if got := q.Tongues(); len(got) != 3 || q.Address(got[0]) != "" {
		t.Errorf("tongues %v", got)
	}
}

// The file that docs/new-region.md begins with is whole, and nothing can be left out.
func TestTheSmallestFileIsTheSmallest(t *testing.T) {
	t.Parallel()
	doc, err := fs.ReadFile(os.DirFS("../../docs"), "new-region.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(format: 1\n.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("no programme file in the guide")
	}
	if _, err := programme.Parse("oma.yaml", block[1]); err != nil {
		t.Fatalf("the guide's file has mistakes: %v", err)
	}
	lines := strings.SplitAfter(string(block[1]), "\n")
	for i, line := range lines {
		if strings.TrimSpace(line) == "" || strings.Contains(line, "- {text: ") { // one pair of colours is enough
			continue
		}
		if _, err := programme.Parse("oma.yaml", []byte(strings.Join(lines[:i], "")+strings.Join(lines[i+1:], ""))); err == nil {
			t.Errorf("it does without line %d: %s", i+1, line)
		}
	}
}
