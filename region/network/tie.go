package network

import (
	"math"
	"time"

	"kokko/ground/ident"
)

// Kind is how a tie is known.
type Kind string

const (
	Stated  Kind = "stated"  // somebody has said so, and the other agreed
	Derived Kind = "derived" // it follows from something that happened
)

// Why is what a tie comes from.
type Why string

// What ties come from.
const (
	Project      Why = "project"      // parts of one funded undertaking
	Grant        Why = "grant"        // one funds the other's work
	Table        Why = "table"        // they sat at one table
	Ring         Why = "ring"         // in the ring of one spark
	Introduction Why = "introduction" // introduced, and both said yes
	Asked        Why = "asked"        // one would ask the other
	Survey       Why = "survey"       // the same, in a wave of the office's
	Filed        Why = "file"         // a network that was brought in as a file
)

// Whys is everything a tie may come from, in the order pages tell it.
func Whys() []Why {
	return []Why{Project, Grant, Table, Ring, Introduction, Asked, Survey, Filed}
}

// public tells what of organisations is derived from public lists, and made anew
// from them.
func (w Why) public() bool { return w == Project || w == Grant }

// weight is how much one tie of a kind tells, when it is new.
func (w Why) weight() float64 {
	switch w {
	case Project, Introduction:
		return 1
	case Ring:
		return 0.8
	case Table, Filed:
		return 0.6
	case Grant:
		return 0.4 // who granted knows the work; they need not have worked together
	}
	return 0.7
}

// Tie is one thing that ties two actors.
type Tie struct {
	From, To ident.ID
	Kind     Kind
	Why      Why
	Source   ident.ID // the project, ring or wave it comes from
	Weight   float64  // how much it tells, when new: 0 to 1
	Since    time.Time
	At       time.Time // the last time it was true
	Until    time.Time // when somebody ended it; zero while it stands
}

// Mutual tells a tie that goes both ways: whoever would ask somebody is not asked by
// them for it.
func (t Tie) Mutual() bool { return t.Why != Asked && t.Why != Survey }

// halfLife is in how long a tie that nothing renews weakens to its half.
const halfLife = 4 * 365.25 * 24 * time.Hour

// Strength is how strong a tie is at a moment; one that lasts into the future does
// not weaken yet.
func (t Tie) Strength(at time.Time) float64 {
	if !t.Until.IsZero() && !t.Until.After(at) {
		return 0
	}
	return Faded(t.Weight, t.At, at)
}

// Faded is a weight as time has left it.
func Faded(weight float64, last, at time.Time) float64 {
	age := max(0, at.Sub(last))
	return weight * math.Exp2(-float64(age)/float64(halfLife))
}

// Together is how strong several ties of the same two are: more of them tell more,
// and no number of them makes certain.
func Together(weights ...float64) float64 {
	sum := 0.0
	for _, w := range weights {
		sum += max(0, w)
	}
	return 1 - math.Exp(-sum)
}

// Public tells a tie of organisations that anybody may read of in public lists.
func (t Tie) Public() bool { return t.Kind == Derived && t.Why.public() }
