package knowwho

import (
	"cmp"
	"container/heap"
	"slices"
	"time"
)

// Of how much evidence it is tried who would have been found: the last tenth, but no more
// than most questions, and of fewer than least nothing follows.
const (
	leastTried = 50
	mostTried  = 300
)

// surer is by how much other settings must find better to be taken.
const surer = 1.02

// Fit gives settings that suit the evidence there is: how fast knowing fades, and how
// much one good piece, what most say and having done much lately count when a need is long. For each of the
// latest pieces it is asked who of those before would have been found for it, and the
// settings are taken that find its holders first (mean average precision). Where those who
// answer change fast it comes to weigh more who is there, and where trades are apart what they know.
//
// Of evidence without times, or of too little, nothing follows and the settings stay. It
// takes a few milliseconds for each of at most 300 pieces.
func Fit(all []Evidence, from Settings) Settings {
	before, tried := parted(all)
	if len(tried) < leastTried || from.HalfLife <= 0 {
		return from
	}
	f := &fitting{s: NewIndex(before...).now.Load(), from: from, trials: trials(from), began: tried[0].at, lately: map[time.Duration]map[Person]float64{}}
	f.sums = make([]float64, len(f.trials))
	for _, t := range f.trials {
		if f.lately[t.HalfLife] == nil {
			f.lately[t.HalfLife] = f.s.done(f.began, t.HalfLife)
		}
	}
	asks := 0
	for _, t := range tried {
		if f.ask(t) {
			asks++
		}
	}
	if asks < leastTried {
		return from
	}
	best, most := 0, f.sums[0]*surer
	for i, sum := range f.sums {
		if sum > most {
			best, most = i, sum
		}
	}
	return f.trials[best]
}

// fitting is what is tried, and how well each of the trials has found so far.
type fitting struct {
	s      *snapshot
	from   Settings
	trials []Settings
	sums   []float64
	began  int64                                // when the first was asked
	lately map[time.Duration]map[Person]float64 // how much everybody had done by then, by half-life
}

// attempt is a piece of evidence whose holders should be found for it.
type attempt struct {
	at      int64
	terms   Terms
	holders []Person
}

// parted parts evidence into what is tried, the latest, and what was before. What stands
// there once for each of its holders is tried once.
func parted(all []Evidence) (before []Evidence, tried []attempt) {
	var dated []Evidence
	for _, e := range all {
		switch {
		case !useful(e):
		case e.At.IsZero():
			before = append(before, e)
		default:
			dated = append(dated, e)
		}
	}
	slices.SortStableFunc(dated, func(a, b Evidence) int { return a.At.Compare(b.At) })
	from := len(dated) - min(len(dated)/10, mostTried)
	for ; from > 0 && from < len(dated) && dated[from].At.Equal(dated[from-1].At); from++ {
	} // what is as old as something before is before too
	before = append(before, dated[:from]...)
	for _, e := range dated[from:] {
		if last := len(tried) - 1; last >= 0 && tried[last].at == seconds(e.At) && slices.Equal(tried[last].terms.features, e.Terms.features) {
			tried[last].holders = append(tried[last].holders, e.Holders...)
			continue
		}
		tried = append(tried, attempt{seconds(e.At), e.Terms, slices.Clone(e.Holders)})
	}
	return before, tried
}

// trials are the settings that are tried, first those there are.
func trials(from Settings) []Settings {
	all := []Settings{from}
	for _, power := range []float64{1, 1.4, 2} {
		for _, above := range []float64{0, .5, 1} {
			for _, longer := range []float64{.5, 1, 2} {
				for _, lively := range []float64{0, .5, 4, 20} { // last, see ask
					one := from
					one.Long.Power, one.Long.Above, one.Long.Lively = power, above, lively
					one.HalfLife = time.Duration(longer * float64(from.HalfLife))
					all = append(all, one)
				}
			}
		}
	}
	return all
}

// ask adds how well each of the trials finds the holders; ok is false when none of them
// was there before.
func (f *fitting) ask(t attempt) (ok bool) {
	there := f.lately[f.from.HalfLife]
	slices.Sort(t.holders)
	right := slices.DeleteFunc(slices.Compact(t.holders), func(p Person) bool { _, is := there[p]; return !is })
	if len(right) == 0 {
		return false
	}
	var words, pairs, topics []asked
	for _, one := range t.terms.features {
		switch a := (asked{key: one.key, gain: float64(one.n)}); one.key & kindBits {
		case ofWord:
			a.gain /= 2
			words = append(words, a)
		case ofPair:
			pairs = append(pairs, a)
		default:
			a.gain /= fine
			topics = append(topics, a)
		}
	}
	long := length(len(words))
	voices, people, number := f.voices(words, pairs, topics, long)
	if len(voices) == 0 {
		return true
	}
	said := 0.0
	for _, v := range voices {
		said += v.score
	}
	sums, scores := make([]float64, len(people)), make([]float64, len(people))
	for i, trial := range f.trials {
		weigh := trial.Brief.between(trial.Long, long)
		if i == 0 || !alike(trial, f.trials[i-1]) {
			clear(sums)
			floor := weigh.floor(said/float64(len(voices)), voices[0].score)
			for _, v := range voices {
				if v.score <= floor {
					break
				}
				share := weigh.share(v.score-floor, v.part, faded(v.at, t.at, trial.HalfLife))
				for _, n := range v.holders {
					sums[n] += share
				}
			}
		}
		since, lately := faded(f.began, t.at, trial.HalfLife), f.lately[trial.HalfLife]
		for n, p := range people {
			scores[n] = sums[n] * weigh.lift(since*lately[p])
		}
		f.sums[i] += precision(scores, right, number)
	}
	return true
}

// alike tells that two trials differ at most in how much it adds to have done much lately.
func alike(a, b Settings) bool {
	a.Long.Lively, b.Long.Lively = 0, 0
	return a == b
}

// voice is a piece of evidence that answers.
type voice struct {
	score, part float64
	at          int64
	holders     []int
}

// voices are the pieces that answer best, with whose they are.
func (f *fitting) voices(words, pairs, topics []asked, long float64) (voices []voice, people []Person, number map[Person]int) {
	number = map[Person]int{}
	found := f.s.match(f.s.weighed(words, pairs, topics, f.from.Brief.between(f.from.Long, long), long), wanted{loose: 1})
	heap.Init(&found)
	for found.Len() > 0 && len(voices) < f.from.Deep {
		h := heap.Pop(&found).(hit)
		v := voice{h.score, h.record.part(), h.record.at, nil}
		for _, p := range h.record.holders {
			n, seen := number[p]
			if !seen {
				n = len(people)
				number[p], people = n, append(people, p)
			}
			v.holders = append(v.holders, n)
		}
		voices = append(voices, v)
	}
	return voices, people, number
}

// precision is the average precision of a ranking.
func precision(scores []float64, right []Person, number map[Person]int) (sum float64) {
	var places []int
	for _, p := range right {
		n, found := number[p]
		if !found || scores[n] <= 0 {
			continue
		}
		place := 1
		for other, score := range scores {
			if score > scores[n] || score == scores[n] && other < n {
				place++
			}
		}
		places = append(places, place)
	}
	slices.SortFunc(places, cmp.Compare)
	for i, place := range places {
		sum += float64(i+1) / float64(place)
	}
	return sum / float64(len(right))
}
