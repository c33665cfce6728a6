package measure

import (
	"slices"
	"time"
)

// Few is below how many nothing is told of what was counted.
const Few = 5

// Name is which measure it is, by its number in the programme's list of measures.
type Name string

const (
	Fired      Name = "m0"  // caught fire
	Replied    Name = "m1"  // time to the first human reply
	Promised   Name = "m2"  // the promise of a reply kept
	Connected  Name = "m3"  // connected within seven days
	Lone       Name = "m4"  // nobody else acting in thirty days
	Someone    Name = "m5"  // somebody who knows is found
	Matched    Name = "m6"  // introductions that both said yes to, and found useful
	Sectors    Name = "m7"  // new ties across sectors
	Places     Name = "m8"  // new ties across kinds of places
	Outside    Name = "m9"  // ties out of the region
	Bridging   Name = "m10" // new ties between those far apart
	Centred    Name = "m11" // how much goes through a few
	Onward     Name = "m21" // how far what was told onward went
	Spread     Name = "m23" // reach and fairness
	Returned   Name = "m24" // people who come back
	WithReason Name = "m28" // closed with a reason and what would make it catch
)

// Form is what kind of number a measure is.
type Form string

const (
	Share  Form = "share"  // of 1
	Days   Form = "days"   // workdays
	Number Form = "number" // as it is
)

// Part is one figure of a measure: the main one has no name.
type Part struct {
	Name string
	Form Form
	// Of what: how many of many, with an interval. Else the value stands by itself, and
	// how many it was counted from beside it.
	Counted bool
}

// Definition is what is counted; the words are the pages'.
type Definition struct {
	Name   Name
	Parts  []Part
	Public bool // for everybody, not for the office alone
	Chance bool // told beside what chance alone would give
	Down   bool // the smaller the better
}

// Definitions is every measure, in the order pages tell it.
func Definitions() []Definition {
	share := Part{Form: Share, Counted: true}
	return []Definition{
		{Name: Fired, Parts: []Part{share}, Public: true},
		{Name: Replied, Parts: []Part{{Form: Days}, {Name: "slow", Form: Days}}, Public: true, Down: true},
		{Name: Promised, Parts: []Part{share}, Public: true},
		{Name: Connected, Parts: []Part{share}, Public: true},
		{Name: Lone, Parts: []Part{share}, Public: true, Down: true},
		{Name: Someone, Parts: []Part{share, {"person", Share, true}, {"judged", Share, true}}, Public: true},
		{Name: Matched, Parts: []Part{share, {"useful", Share, true}}},
		{Name: Sectors, Parts: []Part{share}, Public: true, Chance: true},
		{Name: Places, Parts: []Part{share}, Public: true, Chance: true},
		{Name: Outside, Parts: []Part{share, {"known", Share, true}}, Public: true},
		{Name: Bridging, Parts: []Part{share}, Public: true},
		{Name: Centred, Parts: []Part{{Name: "four", Form: Share}, {Name: "public", Form: Share}}, Public: true, Down: true},
		{Name: Onward, Parts: []Part{{Form: Number}, {Name: "depth", Form: Number}, {"places", Share, true}, {"sectors", Share, true}}, Public: true},
		{Name: Spread, Parts: []Part{{Name: "places", Form: Share}, {Name: "languages", Form: Days}, {Name: "diversity", Form: Number}}, Public: true},
		{Name: Returned, Parts: []Part{share, {Name: "weekly", Form: Number}}, Public: true},
		{Name: WithReason, Parts: []Part{share}, Public: true},
	}
}

// Defined finds a measure by its name.
func Defined(n Name) (Definition, bool) {
	all := Definitions()
	i := slices.IndexFunc(all, func(d Definition) bool { return d.Name == n })
	if i < 0 {
		return Definition{}, false
	}
	return all[i], true
}

// State is whether there is a figure to tell.
type State string

const (
	Known   State = "known"
	TooFew  State = "few"     // not enough yet
	Pending State = "pending" // so many still wait that it cannot be told yet
	Unknown State = "unknown" // what it needs is not known here
)

// Figure is one measured number.
type Figure struct {
	Measure  Name
	Part     string
	Period   Period
	State    State
	Num, Den int     // how many of how many; Num alone is nothing where the part is not counted
	Value    float64 // share, workdays or number
	Low      float64 // between what it lies, when Ranged
	High     float64 // negative when it is not bounded yet
	Ranged   bool
	Expected float64 // what chance would give, when Chanced
	Chanced  bool
	Counted  time.Time
}

// portion is a figure of k out of n.
func portion(k, n int) Figure {
	f := Figure{Num: k, Den: n, State: TooFew}
	if n >= Few {
		f.State, f.Value, f.Ranged = Known, float64(k)/float64(n), true
		f.Low, f.High = Wilson(k, n)
	}
	return f
}

// Hidden tells that the share would give away how few they were: fewer than Few, but
// somebody, on one side or the other.
func (f Figure) Hidden() bool {
	d, _ := Defined(f.Measure)
	i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Name == f.Part })
	if i < 0 || !d.Parts[i].Counted || f.State != Known {
		return false
	}
	few := func(n int) bool { return 0 < n && n < Few }
	return few(f.Num) || few(f.Den-f.Num)
}

// Told tells that there is a number to show.
func (f Figure) Told() bool { return f.State == Known && !f.Hidden() }

// Ratio is how many times what chance would give; ok is false when that cannot be told.
func (f Figure) Ratio() (r float64, ok bool) {
	if !f.Chanced || f.Expected <= 0 {
		return 0, false
	}
	return f.Value / f.Expected, true
}

// Differs tells that two figures of the same measure lie apart by more than chance
// would put them: their intervals do not meet.
func (f Figure) Differs(o Figure) bool {
	return f.Told() && o.Told() && f.Ranged && o.Ranged && f.High >= 0 && o.High >= 0 && (f.Low > o.High || f.High < o.Low)
}
