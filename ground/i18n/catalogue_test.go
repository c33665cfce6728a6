package i18n_test

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/i18n"
)

func TestOwnTextsAreWhole(t *testing.T) {
	t.Parallel()
	for _, gap := range load(t, nil).Check() {
		t.Error(gap)
	}
}

func TestLoadTellsEveryMistakeAndItsPlace(t *testing.T) {
	t.Parallel()
	_, err := i18n.Load(tree(map[string]string{
		"a.fi.yaml":     "spark:\n  due: x\n  'bad key': y\n  number: 3\n  list: [a]\n",
		"sub/b.fi.yaml": "spark.due: twice\nopen: '{{.a'\nprogram: '{{if .a}}b{{end}}'\nshut: 'a}}'\ncount:\n  one: '{{ .2 }}'\n  other: ok\n",
		"c.sv.yaml":     "a: 1\n a: [\n",
		"d.en.yaml":     "- a\n- b\n",
		"e.fi.yml":      "a: b\n",
		"ignored.yaml":  "{{{",
		"f.de.yaml":     "{{{",
	}))
	var got []string
	for _, e := range fault.List(err) {
		if e.Code != fault.Invalid {
			t.Errorf("code %s", e.Code)
		}
		got = append(got, e.Field)
	}
	want := []string{"a.fi.yaml:3:3", "a.fi.yaml:4:3", "a.fi.yaml:5:3", "c.sv.yaml", "d.en.yaml:1:1", "e.fi.yml",
		"sub/b.fi.yaml:1:1", "sub/b.fi.yaml:2:1", "sub/b.fi.yaml:3:1", "sub/b.fi.yaml:4:1", "sub/b.fi.yaml:6:3"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s\n%v", diff, err)
	}
	if !strings.Contains(err.Error(), "a.fi.yaml:2") {
		t.Errorf("a key written twice does not tell where it was first: %v", err)
	}
}

func TestAKeyTwiceAcrossTreesIsRefused(t *testing.T) {
	t.Parallel()
	one, two := tree(map[string]string{"x.fi.yaml": "a: {b: c}"}), tree(map[string]string{"y.fi.yaml": "a.b: c"})
	if _, err := i18n.Load(one, two); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("err = %v", err)
	}
	if _, err := i18n.Load(one, tree(map[string]string{"y.sv.yaml": "a.b: c"})); err != nil {
		t.Errorf("two languages may share a key: %v", err)
	}
}

func TestBlocksOfText(t *testing.T) {
	t.Parallel()
	p := load(t, map[string]string{"m.fi.yaml": "mail:\n  body: |\n    Hei {{.name}}!\n\n    Kiitos kipinästä.\n  folded: >\n    yksi\n    kaksi\n"}).For(i18n.Finnish)
	if got := p.T("mail.body", "name", "Aino"); got != "Hei Aino!\n\nKiitos kipinästä." {
		t.Errorf("%q", got)
	}
	if got := p.T("mail.folded"); got != "yksi kaksi" {
		t.Errorf("%q", got)
	}
}

func TestCheckFindsEveryKindOfGap(t *testing.T) {
	t.Parallel()
	b := load(t, map[string]string{
		"a.fi.yaml": strings.Join([]string{
			"whole: {one: eilen, other: '{{.n}} päivää'}",
			"nosv: a {{.x}}",
			"empty: b",
			"names: '{{.a}} ja {{.b}}'",
			"count: {one: yksi, other: monta}",
			"same: Kouvola",
			"marked: Kouvola",
			"email: Sähköposti",
			"signs: '{{.a}} – 3'",
			"half: {other: puolikas}",
			"many: {one: yksi, other: '{{.n}} kertaa'}",
		}, "\n"),
		"a.sv.yaml": strings.Join([]string{
			"whole: {one: i går, other: '{{.n}} dagar'}",
			"empty: ''",
			"names: '{{.a}} och {{.c}}'",
			"count: {one: en, other: många}",
			"same: Kouvola",
			"marked: Kouvola # same",
			"email: E-post",
			"signs: '{{.a}} – 3'",
			"half: {one: halv, other: halva}",
			"many: {one: en, other: '{{.n}} gånger'}",
			"only: bara",
		}, "\n"),
		"a.en.yaml": strings.Join([]string{
			"whole: {one: '{{.n}} day', other: '{{.n}} days'}",
			"nosv: c {{.x}}",
			"empty:",
			"names: '{{.b}} and {{.a}}'",
			"count: many",
			"same: Kouvola town",
			"marked: Kouvola # same: a name",
			"email: E-mail",
			"signs: '{{.a}} – 3'",
			"half: {one: half, other: halves}",
			"many: {one: once, other: many times}",
		}, "\n"),
	})
	var got []string
	for _, gap := range b.Check() {
		if gap.File == "" || gap.Line == 0 || gap.Detail == "" {
			t.Errorf("%+v does not say where or what", gap)
		}
		got = append(got, fmt.Sprintf("%s %s %s", gap.Key, gap.Language, gap.Kind))
	}
	want := []string{"count en plural", "empty sv empty", "empty en empty", "half fi plural", "many en placeholder", "names sv placeholder",
		"nosv sv missing", "only fi missing", "only en missing", "same sv same"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestKeysAreSorted(t *testing.T) {
	t.Parallel()
	keys := load(t, spark).Keys()
	if !slices.IsSorted(keys) || !slices.Contains(keys, "spark.due") || !slices.Contains(keys, "ago.today") {
		t.Errorf("%v", keys)
	}
}

// FuzzPlaceholders holds the parser against a plain reading of its grammar.
func FuzzPlaceholders(f *testing.F) {
	for _, s := range []string{"a {{.x}} b", "{{ .x }}{{.y}}", "{{.x", "x}}", "{{{.x}}}", "{{.x}}}}", "{{}}", "{{.ä}}", "{{if}}", "ö{{.x_1}}", "{ {.x} }", "\xff{{.x}}"} {
		f.Add(s, "{{.y}}")
	}
	brace := regexp.MustCompile(`\{\{|\}\}`)
	placeholder := regexp.MustCompile(`^\{\{ *\.([a-zA-Z_][a-zA-Z0-9_]*) *\}\}`)
	reading := func(src, value string) (said string, unfilled int, legal bool) {
		for {
			at := brace.FindStringIndex(src)
			if at == nil {
				return said + src, unfilled, true
			}
			found := placeholder.FindStringSubmatch(src[at[0]:])
			if found == nil {
				return "", 0, false
			}
			said += src[:at[0]]
			if found[1] == "x" {
				said += value
			} else {
				said, unfilled = said+"⟦"+found[1]+"⟧", unfilled+1
			}
			src = src[at[0]+len(found[0]):]
		}
	}
	f.Fuzz(func(t *testing.T, src, value string) {
		quoted := "k: '" + strings.ReplaceAll(src, "'", "''") + "'"
		b, err := i18n.Load(tree(map[string]string{"a.fi.yaml": quoted}))
		if strings.ContainsFunc(src, func(r rune) bool {
			return r < ' ' || r == '\u007f' || r == '\ufeff' || r == '\ufffd' || r == '\u0085' || r == '\u2028' || r == '\u2029'
		}) {
			return // YAML has its own mind about these; that nothing crashes is enough
		}
		want, wantUnfilled, legal := reading(src, value)
		if legal != (err == nil) {
			t.Fatalf("%q: legal %v, err %v", src, legal, err)
		}
		if err != nil {
			return
		}
		var unfilled int
		b.OnMissing(func(i18n.Missing) { unfilled++ })
		if got := b.For(i18n.Finnish).T("k", "x", value); got != want {
			t.Fatalf("%q with %q: %q, want %q", src, value, got, want)
		}
		if unfilled != wantUnfilled {
			t.Fatalf("%d reports of %d unfilled placeholders", unfilled, wantUnfilled)
		}
	})
}

// FuzzLoad: no bytes crash the loader, and what it takes can be checked and said.
func FuzzLoad(f *testing.F) {
	f.Add([]byte(spark["texts/public.fi.yaml"]))
	f.Add([]byte("a: &x b\nc: *x\n<<: {d: e}"))
	f.Add([]byte("? [a]\n: b\n---\nc: {one: d}\n"))
	f.Add([]byte("a: # same\n  one: # same\n"))
	f.Add([]byte(strings.Repeat("a: {", 40)))
	f.Fuzz(func(t *testing.T, src []byte) {
		b, err := i18n.Load(tree(map[string]string{"a.sv.yaml": string(src)}))
		if err != nil {
			return
		}
		b.OnMissing(func(i18n.Missing) {})
		b.Check()
		for _, key := range b.Keys() {
			for _, l := range i18n.Languages() {
				b.For(l).T(key)
				b.For(l).N(key, 1)
			}
		}
	})
}

func TestMatch(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]i18n.Language{
		"": "fi", "*": "fi", "fi-FI,fi;q=0.9,en;q=0.8": "fi", "sv-FI,fi;q=0.8": "sv", "sv-SE": "sv", "en-US,en;q=0.9": "en",
		"fi;q=0,sv;q=0.3": "sv", "en;q=0.2,fi;q=0.9": "fi", "de,fi;q=0.5": "fi", "de-DE,de;q=0.9,en;q=0.8,fi;q=0.7": "en",
		"de": "en", "uk,ru;q=0.5": "en", "nb": "sv", "da": "sv", "se": "fi", "krl": "fi", "se,en;q=0.5": "en",
		"☃": "fi", "fi;q=x": "fi", strings.Repeat("en,", 500): "fi",
	} {
		if got := i18n.Match(header); got != want {
			t.Errorf("Match(%.40q) = %s, want %s", header, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("fi-FI,sv;q=0.8,en;q=0.5")
	f.Add("*;q=0.1,--,x-y,de-")
	f.Add(strings.Repeat("a-", 600))
	f.Fuzz(func(t *testing.T, header string) {
		if _, ok := i18n.ParseLanguage(string(i18n.Match(header))); !ok {
			t.Errorf("Match(%q) is none of ours", header)
		}
	})
}

func TestLanguagesAreWrittenOneWay(t *testing.T) {
	t.Parallel()
	for _, l := range i18n.Languages() {
		if got, ok := i18n.ParseLanguage(string(l)); !ok || got != l || l.Name() == string(l) {
			t.Errorf("%s: %s %v %s", l, got, ok, l.Name())
		}
	}
	if i18n.Languages()[0] != i18n.Finnish {
		t.Error("Finnish is first")
	}
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[a-zA-Z-]{0,5}`).Draw(t, "s")
		if _, ok := i18n.ParseLanguage(s); ok && s != "fi" && s != "sv" && s != "en" {
			t.Fatalf("%q was read", s)
		}
	})
}
