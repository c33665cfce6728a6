package measure_test

import (
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/journey/measure"
)

func TestPeriods(t *testing.T) {
	t.Parallel()
	day := workday.On(2026, 11, 23)
	for g, want := range map[measure.Grain][3]string{measure.Month: {"2026-11", "2026-10", "2027-01"}, measure.Quarter: {"2026-Q4", "2026-Q3", "2027-Q2"}, measure.Year: {"2026", "2025", "2028"}} {
		p := measure.PeriodOf(g, day)
		if got := [3]string{p.String(), p.After(-1).String(), p.After(2).String()}; got != want {
			t.Errorf("%s: %v", g, got)
		}
		if !p.Has(day.Start(i18n.Helsinki())) || p.Has(p.Ends()) || !p.Has(p.Begins()) {
			t.Errorf("%s has not its days", p)
		}
	}
}

func TestPeriodsFollowOneAnother(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		g := rapid.SampledFrom(measure.Grains()).Draw(t, "grain")
		d := workday.Day(rapid.IntRange(-20000, 60000).Draw(t, "day"))
		p := measure.PeriodOf(g, d)
		if p.From > d || p.Until() <= d || p.After(1).From != p.Until() || p.After(3).After(-3) != p {
			t.Fatalf("%s of %s", p, d)
		}
		if read, ok := measure.ParsePeriod(p.String()); !ok || read != p {
			t.Fatalf("%s was read as %v", p, read)
		}
	})
}

func FuzzParsePeriod(f *testing.F) {
	for _, s := range []string{"2026", "2026-11", "2026-Q4", "2026-Q5", "2026-1", "+026-Q1", "2026-13", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, ok := measure.ParsePeriod(s); ok && p.String() != s {
			t.Errorf("%q was read as %s", s, p)
		}
	})
}
