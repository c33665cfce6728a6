package i18n_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kokko/ground/fault"
	"kokko/ground/i18n"
)

// plain is a catalogue with some of its texts in plain Finnish.
func plain() map[string]string {
	return map[string]string{
		"a.fi.yaml":    "due: Vastaus viimeistään {{.date}}\nrare: Vain suomeksi {{.who}}\ncount: {one: yksi kipinä, other: '{{.n}} kipinää'}\nbare: {one: yksi, other: monta}\nfault.page: Sivua ei ole.\nfault.rare: Harvinaista {{.x}}\n",
		"a.selko.yaml": "due: Saat vastauksen viimeistään {{.date}}.\ncount: {one: Täällä on 1 kipinä., other: 'Täällä on {{.n}} kipinää.'}\nfault.page: Emme löydä sivua.\n",
		"a.sv.yaml":    "due: Svar senast {{.date}}\nrare: Bara {{.who}}\ncount: {one: en gnista, other: '{{.n}} gnistor'}\nbare: {one: en, other: många}\nfault.page: Ingen sida.\nfault.rare: Sällsynt {{.x}}\n",
		"a.en.yaml":    "due: Answer by {{.date}}\nrare: Only {{.who}}\ncount: {one: a spark, other: '{{.n}} sparks'}\nbare: {one: one, other: many}\nfault.page: No page.\nfault.rare: Rare {{.x}}\n",
	}
}

func TestPlainFinnishSaysWhatItHasAndTheRestInFinnish(t *testing.T) {
	t.Parallel()
	b := load(t, plain())
	var lent []string
	b.OnLent(func(key string) { lent = append(lent, key) })
	say, fi := b.For(i18n.Plain), b.For(i18n.Finnish)
	for _, c := range []struct{ got, want string }{
		{say.T("due", "date", "huomenna"), "Saat vastauksen viimeistään huomenna."},
		{fi.T("due", "date", "huomenna"), "Vastaus viimeistään huomenna"},
		{say.T("rare", "who", "Aino"), "Vain suomeksi Aino"},
		{say.N("count", 1), "Täällä on 1 kipinä."},
		{say.N("count", 2000), "Täällä on 2\u00a0000 kipinää."},
		{say.N("bare", 3), "monta"},
		{say.Fault(fault.New(fault.NotFound, "page")), "Emme löydä sivua."},
		{say.Fault(fault.New(fault.NotFound, "rare").With("x", 1)), "Harvinaista 1"},
		{b.For(i18n.Swedish).T("due", "date", "i dag"), "Svar senast i dag"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if want := []string{"rare", "bare", "fault.rare"}; !slices.Equal(lent, want) {
		t.Errorf("lent %v, want %v", lent, want)
	}
	b.OnLent(nil)
	_ = say.T("rare", "who", "x")
	if len(lent) != 3 || say.Lang() != i18n.Plain || !say.Has("rare") || say.Has("nothing") {
		t.Error("OnLent(nil), Lang or Has")
	}
	if own := b.Own(i18n.Plain); !slices.Contains(own, "due") || slices.Contains(own, "rare") {
		t.Errorf("own: %v", own)
	}
	if gaps := b.Check(); gaps != nil {
		t.Errorf("what plain Finnish leaves out is no gap: %v", gaps)
	}
}

func TestWhatPlainFinnishSaysIsHeldToFinnish(t *testing.T) {
	t.Parallel()
	files := plain()
	files["a.selko.yaml"] = "due: Saat vastauksen {{.day}}\ncount: Monta kipinää\nbare: {one: yksi}\nrare: ''\nonly: Vain tässä\nfault.page: Sivua ei ole.\n"
	b := load(t, files)
	var got []string
	for _, gap := range b.Check() {
		got = append(got, fmt.Sprintf("%s %s %s", gap.Key, gap.Language, gap.Kind))
	}
	want := []string{"bare selko plural", "count selko plural", "count selko placeholder", "due selko placeholder", "only fi missing", "only sv missing", "only en missing",
		"rare selko empty", "rare selko placeholder"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestPlainFinnishWritesDatesOut(t *testing.T) {
	t.Parallel()
	say := load(t, nil).For(i18n.Plain)
	at := time.Date(2026, 3, 12, 7, 5, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{say.Date(at), "12. maaliskuuta 2026"}, {say.DayMonth(at), "12. maaliskuuta"}, {say.OnWeekday(at), "torstaina 12. maaliskuuta"},
		{say.WeekdayDate(at), "torstai 12. maaliskuuta 2026"}, {say.DateTime(at), "12. maaliskuuta 2026 kello 9.05"}, {say.Month(time.March), "maaliskuu"},
		{say.Ago(at, at.Add(48*time.Hour)), "2 päivää sitten"}, {say.Number(12345), "12\u00a0345"}, {say.Money(5000), "50\u00a0€"}, {say.List([]string{"a", "b"}), "a ja b"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	for m := time.January; m <= time.December; m++ {
		if got := say.DayMonth(time.Date(2026, m, 1, 12, 0, 0, 0, time.UTC)); got != "1. "+say.Month(m)+"ta" || got[len(got)-5:] != "kuuta" {
			t.Errorf("%s", got)
		}
	}
	if say.Compare("ö", "z") <= 0 || say.Compare("v", "w") >= 0 {
		t.Error("it does not sort as Finnish does")
	}
}

func TestPlainIsASetAndNoLanguage(t *testing.T) {
	t.Parallel()
	if _, ok := i18n.ParseLanguage("selko"); ok || slices.Contains(i18n.Languages(), i18n.Plain) {
		t.Error("plain Finnish is taken for a language")
	}
	for _, l := range i18n.Sets() {
		if got, ok := i18n.ParseSet(string(l)); !ok || got != l {
			t.Errorf("%s: %s", l, got)
		}
		if w := l.Written(); !slices.Contains(i18n.Languages(), w) || (w != l) != (l == i18n.Plain) {
			t.Errorf("%s is written in %s", l, w)
		}
	}
	if _, ok := i18n.ParseSet("selkokieli"); ok || i18n.Plain.Written() != i18n.Finnish || i18n.Plain.Name() != "selkosuomi" {
		t.Error("ParseSet, Written or Name")
	}
}
