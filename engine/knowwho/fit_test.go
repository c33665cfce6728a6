package knowwho_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"kokko/engine/knowwho"
	"kokko/engine/language"
)

// shop invents 900 answers in as many days: who tells of the day and of the trade that is asked of.
func shop(read *knowwho.Reader, holder func(day, trade int) knowwho.Person) (all []knowwho.Evidence) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range 900 {
		trade, text := r.IntN(12), ""
		for range 14 {
			text += word(100+r.IntN(400)) + " " // what is said by the way
		}
		for range 3 {
			text += word(10*trade+r.IntN(10)) + " "
		}
		all = append(all, knowwho.Evidence{ID: int64(i), Holders: []knowwho.Person{holder(i, trade)}, At: day(i), Terms: read.Terms(text, language.English)})
	}
	return all
}

func TestSettingsAreFittedToTheEvidence(t *testing.T) {
	t.Parallel()
	read := reader()
	from := knowwho.Defaults()
	from.HalfLife = 300 * 24 * time.Hour
	r := rand.New(rand.NewPCG(7, 8))
	lasting := shop(read, func(_, trade int) knowwho.Person { return knowwho.Person(trade) })
	passing := shop(read, func(day, _ int) knowwho.Person { return knowwho.Person(day/60 + r.IntN(3)) })
	knows, there := knowwho.Fit(lasting, from), knowwho.Fit(passing, from)
	t.Logf("lasting %+v\npassing %+v", knows, there)
	if there.HalfLife >= from.HalfLife || there.HalfLife >= knows.HalfLife {
		t.Errorf("who is there changes fast: %v, where knowing lasts %v", there.HalfLife, knows.HalfLife)
	}
	if there.Brief != from.Brief || there.Load != from.Load || there.Deep != from.Deep || there.Long.Topics != from.Long.Topics {
		t.Errorf("more is fitted than should be: %+v", there)
	}
	r.Shuffle(len(passing), func(i, j int) { passing[i], passing[j] = passing[j], passing[i] })
	if again := knowwho.Fit(passing, from); again != there {
		t.Errorf("in another order %+v, was %+v", again, there)
	}
}

func TestOfTooLittleNothingFollows(t *testing.T) {
	t.Parallel()
	read := reader()
	from := knowwho.Defaults()
	from.HalfLife = 300 * 24 * time.Hour
	all := shop(read, func(day, _ int) knowwho.Person { return knowwho.Person(day / 60) })
	undated := slices.Clone(all)
	for i := range undated {
		undated[i].At = time.Time{}
	}
	strangers := slices.Clone(all)
	for i := range strangers {
		strangers[i].Holders = []knowwho.Person{knowwho.Person(i)} // nobody comes again
	}
	never := from
	never.HalfLife = 0
	for name, got := range map[string]knowwho.Settings{"nothing": knowwho.Fit(nil, from), "a few": knowwho.Fit(all[:300], from), "no times": knowwho.Fit(undated, from), "strangers": knowwho.Fit(strangers, from)} {
		if got != from {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if got := knowwho.Fit(all, never); got != never {
		t.Errorf("what never fades: %+v", got)
	}
}
