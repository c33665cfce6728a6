package web

import (
	"slices"
	"strconv"
	"unicode"
	"unicode/utf8"

	"kokko/journey/forecast"
)

// before is the forecast that the one shown is compared with: the last that was made of
// anything else.
func (w forecastView) before() (was forecast.Forecast, ok bool) {
	for _, f := range w.Past {
		if f.Digest != w.Now.Digest {
			return f, true
		}
	}
	return was, false
}

// changes says what is otherwise than when a forecast was made, and what that did to it.
func (v *Visit) changes(was, now forecast.Forecast) (facts []string, told string) {
	say := func(key, from, to string) {
		if from != to {
			facts = append(facts, v.T("forecast.changed.fact", "what", v.T(key), "from", from, "to", to))
		}
	}
	a, b := was.Inputs, now.Inputs
	for _, x := range []struct {
		key      string
		from, to int
	}{{"forecast.so_far.people", a.People, b.People}, {"forecast.so_far.groups", a.Groups, b.Groups}, {"forecast.so_far.taken", a.Taken, b.Taken}, {"forecast.so_far.kept", a.Kept, b.Kept}, {"forecast.changed.finished", was.Base.Finished, now.Base.Finished}} {
		say(x.key, strconv.Itoa(x.from), strconv.Itoa(x.to))
	}
	say("forecast.so_far.links", v.toldCount(a.Shares), v.toldCount(b.Shares))
	say("forecast.so_far.opened", v.toldCount(a.Reached), v.toldCount(b.Reached))
	if b.Answered && !a.Answered {
		facts = append(facts, v.T("forecast.changed.answered"))
	}
	for _, x := range []struct {
		key     string
		of, not []forecast.Lack
	}{{"forecast.changed.found", a.Lacks, b.Lacks}, {"forecast.changed.lost", b.Lacks, a.Lacks}} {
		var some []string
		for _, l := range x.of {
			if !slices.Contains(x.not, l) {
				some = append(some, lowered(v.T("forecast.lack."+string(l))))
			}
		}
		if len(some) > 0 {
			facts = append(facts, v.T(x.key, "what", v.Say.List(some)))
		}
	}
	if len(facts) == 0 {
		facts = append(facts, v.N("forecast.changed.age", b.Age))
	}
	before, after := v.saidShort(was), v.saidShort(now)
	switch {
	case now.Evidence == forecast.Happened:
		told = v.T("forecast.happened")
	case was.Chance.Known && now.Chance.Known && before == after:
		told = v.T("forecast.changed.same", "range", after)
	case was.Chance.Known && now.Chance.Known:
		told = v.T("forecast.changed.moved", "from", before, "to", after)
	case now.Chance.Known:
		told = v.T("forecast.changed.first")
	default:
		told = v.T("forecast.changed.not_yet", "n", forecast.Enough)
	}
	return facts, told
}

// lowered is a heading as it stands inside a sentence.
func lowered(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToLower(r)) + s[n:]
}
