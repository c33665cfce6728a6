package knowwho_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/engine/finnish"
	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/text"
)

// reader reads without a dictionary: what is invented here is in no dictionary.
func reader() *knowwho.Reader {
	return knowwho.NewReader(text.NewAnalyser(finnish.New(nil, nil), language.Own()), nil)
}

// word is an invented word that shares no beginning with another.
func word(n int) string {
	const a, b = "bdfghjklmnprstv", "aeiou"
	return string([]byte{a[n%15], b[n/15%5], a[n/3%15], b[n/7%5], a[n/11%15], a[(n*7+3)%15]}) + fmt.Sprint(n)
}

// crowd invents evidence: words that are rare and words that are common, several held by
// two.
func crowd(r *rand.Rand, read *knowwho.Reader, items, people int) (all []knowwho.Evidence) {
	for i := range items {
		var words []string
		for range 4 + r.IntN(12) {
			words = append(words, word(int(math.Exp(r.Float64()*5))))
		}
		e := knowwho.Evidence{ID: int64(i + 1), Holders: []knowwho.Person{knowwho.Person(r.IntN(people))}, At: day(r.IntN(3000)), Weight: .5 + r.Float64(), Terms: read.Terms(strings.Join(words, " "), language.English)}
		if r.IntN(4) == 0 {
			e.Holders = append(e.Holders, knowwho.Person(r.IntN(people)))
		}
		all = append(all, e)
	}
	return all
}

func day(n int) time.Time { return time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, n) }

func need(words ...int) knowwho.Need {
	n := knowwho.Need{Language: language.English, At: day(3000)}
	for _, w := range words {
		n.Text += word(w) + " "
	}
	return n
}

func TestWhoIsFoundAndWhy(t *testing.T) {
	t.Parallel()
	read := reader()
	x := knowwho.NewIndex()
	for i, e := range []struct {
		who  knowwho.Person
		text string
	}{
		{1, "Pitopalvelun kokki, keittiön vetäjä"}, {2, "Metsäpalstan raivaus ja hakkuut"}, {3, "Kyläyhdistyksen puheenjohtaja"}, {1, "Kokki kylätalolla"}, {4, "Kuoron johtaja"},
	} {
		x.Put(knowwho.Evidence{ID: int64(10 + i), Holders: []knowwho.Person{e.who}, At: day(i), Terms: read.Terms(e.text, language.Finnish)})
	}
	found := x.Find(read, knowwho.Need{Text: "Kokki kylätalon keittiöön", Language: language.Finnish, At: day(9), Most: 3, Least: knowwho.Faint}, knowwho.Defaults())
	if len(found) == 0 || found[0].Person != 1 || found[0].Step != knowwho.Competence {
		t.Fatalf("%+v", found)
	}
	var named []string
	for _, r := range found[0].Reasons {
		if r.Evidence != 10 && r.Evidence != 13 || r.At.IsZero() {
			t.Errorf("%+v", r)
		}
		named = append(named, r.Words...)
	}
	if !slices.Contains(named, "kok") && !slices.Contains(named, "kokki") {
		t.Errorf("words: %q", named)
	}
	if none := x.Find(read, knowwho.Need{Text: "zzz", Language: language.Finnish, Most: 3}, knowwho.Defaults()); len(none) != 0 {
		t.Errorf("%+v", none)
	}
}

func TestReasonsAddUp(t *testing.T) {
	t.Parallel()
	read := reader()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1))
		x := knowwho.NewIndex(crowd(r, read, 200, 30)...)
		for _, f := range x.Find(read, need(r.IntN(20), r.IntN(60), r.IntN(150)), knowwho.Defaults()) {
			sum, listed := f.Rest, 0.0
			for _, reason := range f.Reasons {
				sum += reason.Share
				listed += reason.Share
				if len(reason.Words) == 0 {
					t.Fatalf("a reason without words: %+v", reason)
				}
			}
			if math.Abs(sum-f.Score) > 1e-6*max(1, f.Score) || listed < .6*f.Score-1e-9 || f.Lively < 0 || f.Lively > f.Score {
				t.Fatalf("%v listed, %v in all, of %v", listed, sum, f.Score)
			}
		}
	})
}

// rank is where somebody stands, last when they are not found.
func rank(found []knowwho.Found, p knowwho.Person) int {
	if i := slices.IndexFunc(found, func(f knowwho.Found) bool { return f.Person == p }); i >= 0 {
		return i
	}
	return len(found)
}

func TestWithoutItsReasonsARankFalls(t *testing.T) {
	t.Parallel()
	read, r := reader(), rand.New(rand.NewPCG(7, 7))
	fell, all := 0, 0
	for range 60 {
		evidence := crowd(r, read, 300, 40)
		n := need(r.IntN(20), r.IntN(60), r.IntN(150))
		x := knowwho.NewIndex(evidence...)
		found := x.Find(read, n, knowwho.Defaults())
		for at, f := range found[:min(5, max(0, len(found)-1))] {
			y := knowwho.NewIndex(evidence...)
			for _, reason := range f.Reasons {
				y.Remove(reason.Evidence)
			}
			all++
			if rank(y.Find(read, n, knowwho.Defaults()), f.Person) > at {
				fell++
			}
		}
	}
	if all < 200 || float64(fell) < .95*float64(all) {
		t.Errorf("%d of %d fell", fell, all)
	}
}

func TestMoreEvidenceNeverLowers(t *testing.T) {
	t.Parallel()
	read := reader()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 2))
		x := knowwho.NewIndex(crowd(r, read, 200, 30)...)
		words := []int{r.IntN(20), r.IntN(60), r.IntN(150)}
		n, p := need(words...), knowwho.Person(r.IntN(30))
		before := x.Find(read, n, knowwho.Defaults())
		x.Put(knowwho.Evidence{ID: 1000, Holders: []knowwho.Person{p}, At: day(2900), Terms: read.Terms(word(words[r.IntN(3)])+" "+word(r.IntN(150)), language.English)})
		after := x.Find(read, n, knowwho.Defaults())
		if was, is := rank(before, p), rank(after, p); is > was {
			t.Fatalf("from %d to %d", was, is)
		}
	})
}

// Everybody has one word of a need, some in many pieces; who has the other alone comes before
// them, and before both who has the two in one piece. So it is whether the pieces are in a
// segment or came lately.
func TestAllOfAShortNeedIsWanted(t *testing.T) {
	t.Parallel()
	read := reader()
	const everybody, trade = 1, 2
	var all []knowwho.Evidence
	put := func(who knowwho.Person, says ...int) {
		all = append(all, knowwho.Evidence{ID: int64(len(all) + 1), Holders: []knowwho.Person{who}, Terms: read.Terms(need(append(says, 100+len(all), 300+len(all))...).Text, language.Finnish)})
	}
	put(1, trade, everybody)
	put(2, trade)
	for i := range 200 {
		switch {
		case i < 6:
			put(3, everybody)
		case i < 50:
			put(knowwho.Person(10+i), everybody)
		default:
			put(knowwho.Person(10 + i))
		}
	}
	x := knowwho.NewIndex(all...)
	order := func() (people []knowwho.Person) {
		n := need(everybody, trade)
		n.May = func(p knowwho.Person) bool { return p < 10 }
		for _, f := range x.Find(read, n, knowwho.Defaults()) {
			people = append(people, f.Person)
		}
		return people
	}
	if got := order(); !slices.Equal(got, []knowwho.Person{1, 2, 3}) {
		t.Errorf("found %v", got)
	}
	put(4, trade, everybody)
	put(5, everybody)
	x.Put(all[len(all)-2])
	x.Put(all[len(all)-1])
	if got := order(); !slices.Equal(got, []knowwho.Person{1, 4, 2, 3, 5}) {
		t.Errorf("with what came lately: %v", got)
	}
}

// Two words come as often, one with a few people, one with everybody. In a long need the
// first tells more of who, whether the items came at once or one by one.
func TestAWordOfFewTellsMoreOfWho(t *testing.T) {
	t.Parallel()
	read := reader()
	const everybody, trade = 1, 2
	var all []knowwho.Evidence
	for i := range 400 {
		say, who := []string{word(100 + i), word(600 + i)}, knowwho.Person(10+i)
		switch {
		case i < 40:
			say = append(say, word(everybody))
		case i < 80:
			say, who = append(say, word(trade)), knowwho.Person(1000+i%4)
		}
		all = append(all, knowwho.Evidence{ID: int64(i), Holders: []knowwho.Person{who}, Terms: read.Terms(strings.Join(say, " "), language.Finnish)})
	}
	for _, one := range []struct {
		id   int64
		who  knowwho.Person
		says int
	}{{900, 1, everybody}, {901, 2, trade}} {
		all = append(all, knowwho.Evidence{ID: one.id, Holders: []knowwho.Person{one.who}, Terms: read.Terms(word(one.says)+" "+word(5000), language.Finnish)})
	}
	asks := []int{everybody, trade}
	for i := range 26 {
		asks = append(asks, 7000+i) // nobody has these
	}
	n := need(asks...)
	n.May = func(p knowwho.Person) bool { return p < 10 }
	slowly := knowwho.NewIndex()
	for _, e := range all {
		slowly.Put(e)
	}
	slowly.Tidy()
	for _, x := range []*knowwho.Index{knowwho.NewIndex(all...), slowly} {
		found := x.Find(read, n, knowwho.Defaults())
		if len(found) == 0 || found[0].Person != 2 || len(found) > 1 && found[0].Score < 1.2*found[1].Score {
			t.Errorf("%+v", found)
		}
	}
}

// An index that was written piece by piece, with what was changed and taken away in
// between, finds as one that was made of what is left.
func TestHowAnIndexCameToBeDoesNotMatter(t *testing.T) {
	t.Parallel()
	read := reader()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 3))
		evidence := crowd(r, read, 120, 20)
		x := knowwho.NewIndex(evidence[:r.IntN(60)]...)
		gone := knowwho.Person(rapid.IntRange(0, 25).Draw(t, "gone"))
		for _, e := range evidence {
			if r.IntN(3) == 0 {
				other := evidence[r.IntN(len(evidence))]
				other.ID = e.ID
				x.Put(other)
			}
			x.Put(e)
			if r.IntN(40) == 0 {
				x.Tidy()
			}
		}
		x.Forget(gone)
		taken := int64(1 + r.IntN(120))
		x.Remove(taken)
		var left []knowwho.Evidence
		for _, e := range evidence {
			if whole := len(e.Holders); e.ID != taken {
				e.Holders = slices.DeleteFunc(slices.Clone(e.Holders), func(p knowwho.Person) bool { return p == gone })
				if len(e.Holders) > 0 || whole == 0 {
					left = append(left, e)
				}
			}
		}
		if x.Len() != len(left) {
			t.Fatalf("%d items, want %d", x.Len(), len(left))
		}
		n := need(r.IntN(20), r.IntN(60), r.IntN(150))
		if i := rank(x.Find(read, n, knowwho.Defaults()), gone); i < len(x.Find(read, n, knowwho.Defaults())) {
			t.Fatal("who was forgotten is found")
		}
		x.Tidy()
		got, want := x.Find(read, n, knowwho.Defaults()), knowwho.NewIndex(left...).Find(read, n, knowwho.Defaults())
		near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) <= 1e-9*(1+math.Abs(a)) })
		if diff := cmp.Diff(want, got, near); diff != "" {
			t.Fatal(diff)
		}
	})
}

// What somebody has just told of, and nobody before them, is found by its words at once,
// and they are named: not only when the index has been put in order.
func TestAWordThatNobodyHadBeforeIsFoundAtOnce(t *testing.T) {
	t.Parallel()
	read := reader()
	x := knowwho.NewIndex(crowd(rand.New(rand.NewPCG(7, 7)), read, 120, 20)...)
	x.Put(knowwho.Evidence{ID: 1000, Holders: []knowwho.Person{99}, At: day(2999), Weight: 1, Terms: read.Terms(word(1)+" "+word(900), language.English)})
	for when := range 2 {
		found := x.Find(read, need(1, 900), knowwho.Defaults())
		if len(found) == 0 || found[0].Person != 99 || len(found[0].Reasons) == 0 || !slices.Contains(found[0].Reasons[0].Words, word(900)) {
			t.Errorf("%d: %+v", when, found)
		}
		x.Tidy()
	}
}

func TestNothingIsNamedThatMayNotBeRead(t *testing.T) {
	t.Parallel()
	read, r := reader(), rand.New(rand.NewPCG(4, 4))
	x := knowwho.NewIndex(crowd(r, read, 300, 40)...)
	for _, e := range crowd(r, read, 100, 40) {
		e.ID += 1000
		x.Put(e)
	}
	for i := range 40 {
		n := need(i, 2*i)
		n.Read = func(id int64) bool { return id%2 == 0 }
		n.May = func(p knowwho.Person) bool { return p%3 != 0 }
		for _, f := range x.Find(read, n, knowwho.Defaults()) {
			if f.Person%3 == 0 {
				t.Fatalf("%d is found", f.Person)
			}
			for _, reason := range f.Reasons {
				if reason.Evidence%2 != 0 {
					t.Fatalf("%d is named", reason.Evidence)
				}
			}
		}
	}
}

func TestWhoHasLeftIsGoneAtOnce(t *testing.T) {
	t.Parallel()
	read := reader()
	x := knowwho.NewIndex()
	both := knowwho.Evidence{ID: 1, Holders: []knowwho.Person{1, 2}, Terms: read.Terms("sauna repairs", language.English)}
	x.Put(both)
	x.Put(knowwho.Evidence{ID: 2, Holders: []knowwho.Person{1}, Terms: read.Terms("sauna stoves", language.English)})
	who := func() (all []knowwho.Person) {
		for _, f := range x.Find(read, knowwho.Need{Text: "sauna", Language: language.English}, knowwho.Defaults()) {
			all = append(all, f.Person)
		}
		slices.Sort(all)
		return all
	}
	if got := who(); !slices.Equal(got, []knowwho.Person{1, 2}) {
		t.Fatal(got)
	}
	for range 2 {
		x.Forget(1)
		if got := who(); !slices.Equal(got, []knowwho.Person{2}) || x.Len() != 1 {
			t.Fatal(got, x.Len())
		}
	}
	x.Put(both) // who comes back brings it along
	if got := who(); !slices.Equal(got, []knowwho.Person{1, 2}) || x.Len() != 1 {
		t.Fatal(got, x.Len())
	}
	both.Holders = nil
	x.Put(both)
	if got := who(); got != nil || x.Len() != 0 {
		t.Fatal(got, x.Len())
	}
}

func TestWhatIsLaterIsNotSeen(t *testing.T) {
	t.Parallel()
	read := reader()
	x := knowwho.NewIndex(
		knowwho.Evidence{ID: 1, Holders: []knowwho.Person{1}, At: day(10), Terms: read.Terms("beekeeping", language.English)},
		knowwho.Evidence{ID: 2, Holders: []knowwho.Person{2}, At: day(3000), Terms: read.Terms("beekeeping", language.English)},
		knowwho.Evidence{ID: 3, Holders: []knowwho.Person{3}, Terms: read.Terms("beekeeping", language.English)},
	)
	n := knowwho.Need{Text: "beekeeping", Language: language.English, At: day(2999)}
	if found := x.Find(read, n, knowwho.Defaults()); len(found) != 2 || found[0].Person != 3 || found[1].Person != 1 {
		t.Errorf("%+v", found)
	}
	n.At = day(3000)
	if found := x.Find(read, n, knowwho.Defaults()); len(found) != 3 || found[2].Person != 1 {
		t.Errorf("what is old does not weigh less: %+v", found)
	}
}

func TestWhoHasMuchToDoIsSpared(t *testing.T) {
	t.Parallel()
	read := reader()
	x := knowwho.NewIndex(
		knowwho.Evidence{ID: 1, Holders: []knowwho.Person{1}, Terms: read.Terms("carpentry", language.English)},
		knowwho.Evidence{ID: 2, Holders: []knowwho.Person{2}, Terms: read.Terms("carpentry and other things", language.English)},
		knowwho.Evidence{ID: 3, Holders: []knowwho.Person{3}, Terms: read.Terms("carpentry and many more other things", language.English)},
	)
	n := knowwho.Need{Text: "carpentry", Language: language.English}
	free := x.Find(read, n, knowwho.Defaults())
	n.Load = func(p knowwho.Person) float64 { return map[knowwho.Person]float64{1: .9, 3: 1}[p] }
	found := x.Find(read, n, knowwho.Defaults())
	if len(free) != 3 || len(found) != 2 || found[0].Person != 2 || found[1].Person != 1 {
		t.Fatalf("%+v", found)
	}
	if diff := cmp.Diff(free[0], found[1]); diff != "" {
		t.Error("load shows: ", diff)
	}
}

func TestAThirdOfTheSlotsBridge(t *testing.T) {
	t.Parallel()
	read := reader()
	rapid.Check(t, func(t *rapid.T) {
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 5))
		x := knowwho.NewIndex(crowd(r, read, 200, 30)...)
		n := need(r.IntN(10), r.IntN(30))
		n.From = knowwho.Spot{Sector: 1, Place: 1}
		n.Where = func(p knowwho.Person) knowwho.Spot {
			return knowwho.Spot{Sector: 1 + uint32(p%7/6), Place: uint32(p % 2)}
		}
		free := x.Find(read, n, knowwho.Defaults())
		for _, n.Most = range []int{3, 7, 12} {
			found := x.Find(read, n, knowwho.Defaults())
			bridges, there := 0, 0
			for _, f := range free {
				if f.Bridge != 0 {
					there++
				}
			}
			for _, f := range found {
				if (f.Bridge&knowwho.OverSector != 0) != (f.Person%7 == 6) || f.Bridge&knowwho.OverPlace != 0 {
					t.Fatalf("%+v", f)
				}
				if f.Bridge != 0 {
					bridges++
				}
			}
			if len(found) == n.Most && bridges < min(there, n.Most/3) {
				t.Fatalf("%d bridges of %d in %d", bridges, there, n.Most)
			}
		}
	})
}

func TestWhoReadsDoesNotWait(t *testing.T) {
	t.Parallel()
	read, r := reader(), rand.New(rand.NewPCG(9, 9))
	evidence := crowd(r, read, 600, 40)
	x := knowwho.NewIndex(evidence[:100]...)
	done := make(chan struct{})
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				for _, f := range x.Find(read, need(i%20, i%60), knowwho.Defaults()) {
					if f.Person == 39 && x.Len() == 0 {
						t.Error("found in nothing")
					}
				}
			}
		})
	}
	for i, e := range evidence {
		x.Put(e)
		switch i % 97 {
		case 50:
			x.Forget(e.Holders[0])
		case 90:
			x.Tidy()
		}
	}
	close(done)
	all.Wait()
}

func TestTheLadderSaysWhichItWas(t *testing.T) {
	t.Parallel()
	none := func() ([]string, error) { return nil, nil }
	step, who, err := knowwho.Climb(knowwho.Rung[string]{Step: knowwho.Competence, Who: none}, knowwho.Rung[string]{Step: knowwho.Coordinator, Who: func() ([]string, error) { return []string{"Ruokaverkosto"}, nil }}, knowwho.Rung[string]{Step: knowwho.Duty, Who: func() ([]string, error) { t.Error("climbed on"); return nil, nil }})
	if step != knowwho.Coordinator || len(who) != 1 || err != nil {
		t.Error(step, who, err)
	}
	if step, _, _ := knowwho.Climb(knowwho.Rung[string]{Step: knowwho.Duty, Who: none}); step != knowwho.Nobody {
		t.Error(step)
	}
	competent, neighbours := knowwho.Steps([]knowwho.Found{{Person: 1, Step: knowwho.Neighbour}, {Person: 2, Step: knowwho.Competence}})
	if len(competent) != 1 || competent[0].Person != 2 || len(neighbours) != 1 {
		t.Error(competent, neighbours)
	}
}
