package concept_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"slices"
	"strconv"
	"testing"

	"kokko/engine/concept"
	"kokko/engine/language"
)

// Words that go with a matter are known where its name is not said, in each language.
func TestCompany(t *testing.T) {
	t.Parallel()
	all := own(t, lexicon(t))
	for _, c := range []struct {
		label string
		in    language.Language
		want  string
	}{
		{"meteorologia", language.Finnish, "sää"},
		{"lyriikka", language.Finnish, "runous"},
		{"ilmastonmuutokset", language.Finnish, "ilmasto"},
		{"klimatförändringar", language.Swedish, "klimat"},
		{"meteorology", language.English, "weather"},
	} {
		ids := all.Concepts([]string{c.label}, c.in)
		if len(ids) == 0 {
			t.Errorf("%q is no concept", c.label)
			continue
		}
		var got []string
		for _, id := range ids {
			last := 10.
			for _, w := range all.Company(id, c.in) {
				if w.Weight <= 0 || w.Weight > last {
					t.Errorf("%q: %q weighs %g after %g", c.label, w.Text, w.Weight, last)
				}
				got, last = append(got, w.Text), w.Weight
			}
		}
		if !slices.Contains(got, c.want) {
			t.Errorf("%q goes with %q, not with %q", c.label, got, c.want)
		}
	}
	if w := all.Company(0, language.Finnish); w != nil {
		t.Errorf("nothing goes with %v", w)
	}
	if w := all.Company(11416, language.Unknown); w != nil {
		t.Errorf("in no language it goes with %v", w)
	}
}

// What a file has is what was learned; the same titles make the same bytes.
func TestCompanyIsLearnedOfTitles(t *testing.T) {
	t.Parallel()
	var titles [3][]concept.Titled
	for i := range 400 {
		titles[0] = append(titles[0], concept.Titled{Words: []string{"kirja", "sana" + strconv.Itoa(i%97)}, Concepts: []concept.ID{concept.ID(100 + i%7)}})
	}
	for range 5 {
		titles[0] = append(titles[0], concept.Titled{Words: []string{"sää", "kirja"}, Concepts: []concept.ID{5, 9}})
	}
	made, err := concept.MakeCompany(titles)
	if err != nil {
		t.Fatal(err)
	}
	if err := concept.CheckCompany(made); err != nil {
		t.Error(err)
	}
	again, err := concept.MakeCompany(titles)
	if err != nil || !bytes.Equal(made, again) {
		t.Errorf("the same titles make other bytes, %v", err)
	}
	z, err := gzip.NewReader(bytes.NewReader(made))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil || !bytes.Contains(b, []byte("sää")) || bytes.Contains(b, []byte("kirja")) {
		t.Errorf("%q, %v: want what surprises and nothing else", b, err)
	}
}

// A file that is cut, foreign or hostile is refused.
func FuzzCompany(f *testing.F) {
	const head = "kokko-company 1\n"
	for _, s := range []string{"", head, head + "\x00\x00\x00\x00\x00\x00", head + "\x01\x01a\x01\x05\x01\x03\x00\x00\x00\x00", head + "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if err := concept.CheckCompany(packed(t, string(b))); err == nil && !bytes.HasPrefix(b, []byte(head)) {
			t.Errorf("%q is taken for a file", b)
		}
	})
}
