package feed_test

import (
	"strings"
	"testing"
	"time"

	"kokko/edge/feed"
	"kokko/edge/feed/feedtest"
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// of is a feed of one entry with words that anybody may have written.
func of(words string) feed.Feed {
	return feed.Feed{ID: feed.Tagged("kokko.example", 2026, "kouvola", "syote"), Title: "Kaikki " + words, Subtitle: words, Lang: "fi", Page: "https://kokko.example/kipinat", Self: "https://kokko.example/syotteet/kaikki.atom",
		Next: "https://kokko.example/syotteet/kaikki.atom?sivu=a-b", Author: "Kouvola", Updated: monday.Add(time.Hour),
		Entries: []feed.Entry{{ID: feed.Tagged("kokko.example", 2026, "kouvola", "7F3K-9QXM"), Title: "x " + words, Lang: "sv", URL: "https://kokko.example/kipina/7F3K-9QXM", Author: "n " + words, Published: monday, Updated: monday.Add(time.Minute),
			Tags: []feed.Tag{{Term: "theme:glocal", Label: words}}, HTML: "<p>&lt;b&gt; &amp; ääni</p>"}},
		Gone: []feed.Gone{{ID: feed.Tagged("kokko.example", 2026, "kouvola", "POIS"), When: monday}}}
}

func TestBothFormsAreWhole(t *testing.T) {
	t.Parallel()
	check(t, "Laituri & kaverit <script>alert(1)</script> ]]> \"'", true)
}

func check(t *testing.T, words string, exact bool) {
	t.Helper()
	a, err := feed.Atom(of(words))
	if err != nil {
		t.Fatal(err)
	}
	got, wrong := feedtest.Atom(a)
	for _, w := range wrong {
		t.Errorf("Atom of %q: %s\n%s", words, w, a)
	}
	j, err := feed.JSON(of(words))
	if err != nil {
		t.Fatal(err)
	}
	also, wrong := feedtest.JSON(j)
	for _, w := range wrong {
		t.Errorf("JSON of %q: %s\n%s", words, w, j)
	}
	if len(got.Items) != 1 || len(also.Items) != 1 {
		t.Fatalf("of %q: %d and %d entries", words, len(got.Items), len(also.Items))
	}
	want := "x " + words
	if exact && (got.Items[0].Title != want || also.Items[0].Title != want || got.Items[0].HTML != "<p>&lt;b&gt; &amp; ääni</p>" || also.Items[0].HTML != got.Items[0].HTML) {
		t.Errorf("%q came out as %+v and %+v", words, got.Items[0], also.Items[0])
	}
	if exact && (len(got.Gone) != 1 || got.Next != also.Next || got.Next == "" || !got.Updated.Equal(monday.Add(time.Hour))) {
		t.Errorf("%+v %+v", got, also)
	}
}

// The checker itself must find what is amiss.
func TestTheCheckerChecks(t *testing.T) {
	t.Parallel()
	good, err := feed.Atom(of("x"))
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []string{"<id>tag:kokko.example,2026:kouvola/syote</id>", "<updated>2026-11-23T09:00:00Z</updated>", "<name>Kouvola</name>", ` type="html"`, `rel="self" `, "</feed>"} {
		bad := strings.Replace(string(good), cut, "", 1)
		if bad == string(good) {
			t.Errorf("%s is not in the feed", cut)
		} else if _, wrong := feedtest.Atom([]byte(bad)); len(wrong) == 0 {
			t.Errorf("without %s nothing was amiss", cut)
		}
	}
	f := of("x")
	f.Entries[0].HTML = `<p onclick="x">a</p><script>b</script>`
	if a, _ := feed.Atom(f); true {
		if _, wrong := feedtest.Atom(a); len(wrong) < 2 {
			t.Errorf("markup that runs was found fine: %v", wrong)
		}
	}
}

func FuzzTitles(f *testing.F) {
	for _, s := range []string{"", "]]>", "\x00\x01\ufffe", "\xff\xfe", "&#0; &lt;", "<?xml version='1.0'?><!DOCTYPE x>", strings.Repeat("ä", 300), "\u202eabc", "a\nb\tc", "</title><entry>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, words string) { check(t, words, false) })
}
