package measure

import (
	"slices"
	"strings"
	"time"

	"kokko/journey/ring"
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
	// By is what it tells the main figure apart by: "role", "network"; "" for a figure of
	// its own.
	By string
	// Later is that everybody is told it only when it stands: while it still changes, who was
	// in it could read off the change what somebody else has said.
	Later bool
}

// The ways a measure is told apart.
const (
	ByRole    = "role"
	ByNetwork = "network"
)

// Definition is what is counted; the words are the pages'.
type Definition struct {
	Name   Name
	Parts  []Part
	Public bool // for everybody, not for the office alone
	Chance bool // told beside what chance alone would give
	Down   bool // the smaller the better
	// Each is what is told of everything there is of a kind: of every national network.
	// Its figures are named Each.Name, a stroke and which it is.
	Each Part
}

// Part is a part by its name; ok is false when there is none.
func (d Definition) Part(name string) (p Part, ok bool) {
	if i := slices.IndexFunc(d.Parts, func(p Part) bool { return p.Name == name }); i >= 0 {
		return d.Parts[i], true
	}
	if kind, _, one := strings.Cut(name, "/"); one && kind == d.Each.Name {
		p = d.Each
		p.Name = name
		return p, true
	}
	return Part{}, false
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
		{Name: Someone, Parts: []Part{share, {Name: "person", Form: Share, Counted: true}, {Name: "judged", Form: Share, Counted: true}}, Public: true},
		{Name: Matched, Parts: []Part{share, {Name: "useful", Form: Share, Counted: true, Later: true}}, Public: true},
		{Name: Sectors, Parts: []Part{share}, Public: true, Chance: true},
		{Name: Places, Parts: []Part{share}, Public: true, Chance: true},
		{Name: Outside, Parts: []Part{share, {Name: "known", Form: Share, Counted: true}}, Public: true, Each: Part{Name: ByNetwork, Form: Share, Counted: true, By: ByNetwork}},
		{Name: Bridging, Parts: []Part{share}, Public: true},
		{Name: Centred, Parts: []Part{{Name: "four", Form: Share}, {Name: "public", Form: Share}}, Public: true, Down: true},
		{Name: Onward, Parts: []Part{{Form: Number}, {Name: "depth", Form: Number}, {Name: "places", Form: Share, Counted: true}, {Name: "sectors", Form: Share, Counted: true}}, Public: true},
		{Name: Spread, Parts: []Part{{Name: "places", Form: Share}, {Name: "languages", Form: Days}, {Name: "diversity", Form: Number}}, Public: true},
		{Name: Returned, Parts: append([]Part{share, {Name: "weekly", Form: Number}}, byRole()...), Public: true},
		{Name: WithReason, Parts: []Part{share}, Public: true},
	}
}

// Bringer and Aside are what somebody is beside the roles of a ring: who brought the
// spark, and who has come no further than the talk beneath it.
const (
	Bringer ring.Role = "bringer"
	Aside   ring.Role = "aside"
)

// roles is everything somebody can be for a spark.
func roles() []ring.Role {
	return slices.Concat([]ring.Role{Bringer}, ring.Roles(), []ring.Role{Aside})
}

func byRole() (all []Part) {
	for _, r := range roles() {
		all = append(all, Part{Name: string(r), Form: Number, By: ByRole})
	}
	return all
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
	Beside  State = "beside"  // it would tell how few the others are
	Moving  State = "moving"  // it still changes, and everybody is told when it stands
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
	p, ok := d.Part(f.Part)
	return ok && p.Counted && f.State == Known && (few(f.Num) || few(f.Den-f.Num))
}

// few tells somebody, but fewer than may be told.
func few(n int) bool { return 0 < n && n < Few }

// beside is a share of some of those that a whole is of: what would tell, by
// subtraction, how few the others are is not told.
func (f Figure) beside(whole Figure) Figure {
	out, all := whole.Num-f.Num, whole.Den-f.Den
	if f.State == Known && whole.Told() && (few(out) || few(all-out)) {
		f.State = Beside
	}
	return f
}

// Stands tells that it was counted when its period was settled, and changes no more.
func (f Figure) Stands() bool { return !f.Counted.Before(f.Period.Ends().Add(settles)) }

// ForAll is the figure as everybody may see it.
func (f Figure) ForAll() Figure {
	d, _ := Defined(f.Measure)
	if p, ok := d.Part(f.Part); ok && p.Later && f.State != "" && !f.Stands() {
		return Figure{Measure: f.Measure, Part: f.Part, Period: f.Period, State: Moving, Counted: f.Counted}
	}
	return f
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
