package i18n_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/ground/i18n"
)

func TestOwnWordsStandOverTheCatalogues(t *testing.T) {
	t.Parallel()
	b := load(t, spark)
	fi := b.For(i18n.Finnish)
	own := fi.Over(map[string]string{"spark.due": "Kuulet meistä {date}. {who} {tämä jää} {", "spark.plain": "Tulenalku", "spark.count": "{n} kpl {where}", "no.such": "x"})
	for _, c := range []struct{ got, want string }{
		{own.T("spark.due", "date", "huomenna", "who", "{who}"), "Kuulet meistä huomenna. {who} {tämä jää} {"},
		{own.T("spark.plain"), "Tulenalku"},
		{own.N("spark.count", 1500, "where", "täällä"), "1\u00a0500 kpl täällä"},
		{own.T("mail.subject"), "Sinulle vastattiin"},
		{fi.T("spark.plain"), "Kipinä"}, // the one it was made of has not changed
		{b.For(i18n.Swedish).T("spark.plain"), "Gnista"},
		{own.Over(map[string]string{"mail.subject": "Toinen"}).T("spark.plain"), "Tulenalku"}, // one over the other
		{own.Over(nil).T("spark.plain"), "Tulenalku"},
		{fi.Source("spark.due"), "Vastaus viimeistään {date}, t. {who}"},
		{fi.Source("spark.count"), "{n} kipinää {where}"},
		{fi.Source("no.such"), ""},
		{string(own.Lang()), "fi"},
	} {
		if c.got != c.want {
			t.Errorf("%q, want %q", c.got, c.want)
		}
	}
	if own.Has("no.such") {
		t.Error("own words made a key")
	}
	var missed []i18n.Missing
	b.OnMissing(func(m i18n.Missing) { missed = append(missed, m) })
	if got := own.T("spark.due", "date", "x"); !strings.Contains(got, "⟦who⟧") || len(missed) != 1 || missed[0].Placeholder != "who" {
		t.Errorf("%q, %v", got, missed)
	}
}

func TestGapsAreNames(t *testing.T) {
	t.Parallel()
	for words, want := range map[string][]string{
		"": nil, "plain": nil, "{name}": {"name"}, "{a} {b} {a}": {"a", "b"}, "{ name }": nil, "{1a}": nil, "{{name}}": {"name"}, "{name": nil, "name}": nil, "{päivä}": nil, "{}": nil, "{a{b}": {"b"},
	} {
		if got := i18n.Gaps(words); !slices.Equal(got, want) {
			t.Errorf("%q: %q", words, got)
		}
	}
}

func TestFillLeavesWhatIsNotGiven(t *testing.T) {
	t.Parallel()
	if got := i18n.Fill("{day}: {what} {other} {", "day", "ma", "what", 3); got != "ma: 3 {other} {" {
		t.Errorf("%q", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[a-c{} ]{0,20}`).Draw(t, "words")
		if got := i18n.Fill(words); got != words {
			t.Fatalf("%q became %q", words, got)
		}
	})
}
