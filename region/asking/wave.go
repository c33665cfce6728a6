package asking

import (
	"cmp"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/network"
)

// Bounds of a wave.
const (
	MaxQuestion = 400  // characters
	MaxInvited  = 2000 // of one wave
	longestWave = 120  // days
)

// Text is what a wave asks, in one language.
type Text struct {
	Topic    string `json:"topic"`
	Question string `json:"question,omitempty"` // what is said above the form, "" for the usual words
}

// Wave is one time the office asks many the same.
type Wave struct {
	Region   string
	ID       ident.ID
	Language string // it was first written in
	Texts    map[string]Text
	Network  ident.ID // whose members are asked, 0 for none
	Theme    string   // whose followers are asked, "" for none
	Begins   workday.Day
	Ends     workday.Day // the last day
	Closed   time.Time   // zero while it was not ended early
	Made     time.Time
}

// In is what a wave asks in a language, or in its own.
func (w Wave) In(language string) (t Text, in string) {
	if t, ok := w.Texts[language]; ok && t.Topic != "" {
		return t, language
	}
	return w.Texts[w.Language], w.Language
}

// Open tells that it is answered on a day.
func (w Wave) Open(today workday.Day) bool {
	return w.Closed.IsZero() && w.Begins <= today && today <= w.Ends
}

// Over tells that nobody will answer it any more.
func (w Wave) Over(today workday.Day) bool { return !w.Closed.IsZero() || w.Ends < today }

// check cleans a wave and finds everything wrong with it; original is the language it
// must be written in.
func (w *Wave) check(original string, today workday.Day) error {
	var wrong fault.Many
	bad := func(key, field string) { wrong = append(wrong, fault.New(fault.Invalid, key).On(field)) }
	texts := map[string]Text{}
	for lang, t := range w.Texts {
		t = Text{network.OneLine(t.Topic), network.OneLine(t.Question)}
		if t == (Text{}) && lang != original {
			continue
		}
		if texts[lang] = t; t.Topic == "" {
			bad("asking.topic.missing", "topic."+lang)
		} else if leads(t.Topic) {
			bad("asking.topic.link", "topic."+lang)
		}
		for _, x := range []struct {
			field, text string
			most        int
		}{{"topic." + lang, t.Topic, MaxTopic}, {"question." + lang, t.Question, MaxQuestion}} {
			if n := utf8.RuneCountInString(x.text); n > x.most {
				wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(x.field).With("max", x.most).With("now", n))
			}
		}
	}
	if _, ok := texts[original]; !ok {
		bad("asking.topic.missing", "topic."+original)
	}
	w.Texts = texts
	if (w.Network == 0) == (w.Theme == "") {
		bad("wave.whom", "whom")
	}
	switch {
	case w.Begins == 0:
		bad("day.missing", "begins")
	case w.Ends == 0:
		bad("day.missing", "ends")
	case w.Ends < w.Begins || w.Ends < today:
		bad("wave.ends.before", "ends")
	case w.Ends-w.Begins > longestWave:
		wrong = append(wrong, fault.New(fault.Invalid, "wave.long").On("ends").With("max", longestWave))
	}
	slices.SortStableFunc(wrong, func(a, b *fault.Error) int { return cmp.Compare(a.Field, b.Field) })
	return wrong.OrNil()
}

// Few is below how many answers nothing is told of them, and below how many ties no
// number is.
const Few = network.Few

// Said is what one person answered in a wave.
type Said struct {
	Who   ident.ID   // by their address
	By    ident.ID   // the person, 0 for who has named nobody
	Named int        // everybody, also those who have not agreed
	To    []ident.ID // whom it ties them to
}

// Number is a count that is told, or Few: more than none, and less than Few.
type Number struct {
	N   int
	Few bool
}

// number hides what is so small that somebody could be told apart.
func number(n int) Number {
	if n > 0 && n < Few {
		return Number{Few: true}
	}
	return Number{N: n}
}

// Share is a ratio that is told, or not.
type Share struct {
	Told bool
	Of   float64
}

// Result is what a wave tells of a network, and of nobody in it.
type Result struct {
	Invited  int
	Answered Number
	Rate     Share
	Each     Share   // how many were named in an answer, on average
	Ties     Number  // of those who may be told of
	Density  Share   // of all the answerers could have named among those in it
	Mutual   Share   // of the ties among answerers, how many go both ways
	Often    []Often // organisations that many named, the most often first
}

// Often is an organisation that at least Few answerers named.
type Often struct {
	Organisation ident.ID
	Times        int
}

// Count makes the result of what was answered; public tells which actors are
// organisations: only those are named.
func Count(invited int, all []Said, public func(ident.ID) bool) Result {
	r := Result{Invited: invited, Answered: number(len(all))}
	if invited >= Few && !r.Answered.Few {
		r.Rate = Share{true, float64(len(all)) / float64(invited)}
	}
	if len(all) < Few {
		return r
	}
	answered, beside, ties := map[ident.ID]bool{}, map[ident.ID]bool{}, map[[2]ident.ID]bool{}
	named, times := 0, map[ident.ID]int{}
	for _, s := range all {
		answered[s.By] = s.By != 0
		named += s.Named
	}
	for _, s := range all {
		for _, to := range s.To {
			if key := [2]ident.ID{s.By, to}; to != s.By && !ties[key] {
				if ties[key] = true; !answered[to] {
					beside[to] = true
				}
				if public(to) {
					times[to]++
				}
			}
		}
	}
	r.Each = Share{true, float64(named) / float64(len(all))}
	if r.Ties = number(len(ties)); r.Ties.Few {
		return r
	}
	r.Density = Share{true, float64(len(ties)) / float64(len(all)*(len(all)+len(beside)-1))}
	among, both := 0, 0
	for key := range ties {
		if answered[key[1]] {
			among++
			if ties[[2]ident.ID{key[1], key[0]}] {
				both++
			}
		}
	}
	if among >= Few && (both == 0 || both >= Few) {
		r.Mutual = Share{true, float64(both) / float64(among)}
	}
	for id, n := range times {
		if n >= Few {
			r.Often = append(r.Often, Often{id, n})
		}
	}
	slices.SortFunc(r.Often, func(a, b Often) int {
		return cmp.Or(cmp.Compare(b.Times, a.Times), cmp.Compare(a.Organisation, b.Organisation))
	})
	return r
}

// Change is what became of the ties of those who answered in two waves.
type Change struct {
	Both            Number // how many answered in both; the rest is told of them alone
	Kept, New, Gone Number
	Told            bool
}

// Compare tells two waves apart by those who answered in both.
func Compare(before, now []Said) (c Change) {
	old := map[ident.ID]map[ident.ID]bool{}
	for _, s := range before {
		old[s.Who] = map[ident.ID]bool{}
		for _, to := range s.To {
			old[s.Who][to] = true
		}
	}
	both, kept, fresh, gone := 0, 0, 0, 0
	for _, s := range now {
		was, ok := old[s.Who]
		if !ok {
			continue
		}
		both++
		is := map[ident.ID]bool{}
		for _, to := range s.To {
			if is[to] {
				continue
			}
			if is[to] = true; was[to] {
				kept++
			} else {
				fresh++
			}
		}
		for to := range was {
			if !is[to] {
				gone++
			}
		}
	}
	if c.Both = number(both); both < Few {
		return c
	}
	c.Told, c.Kept, c.New, c.Gone = true, number(kept), number(fresh), number(gone)
	return c
}
