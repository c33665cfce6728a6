package ring

import (
	"slices"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// Bounds of a ring.
const (
	MaxBrings = 300 // characters somebody says they bring
	MaxWanted = 200 // characters of what an open role asks for
	MaxWhat   = 300 // characters of a commitment
	// MaxPeople is the most people one spark's ring takes.
	MaxPeople = 500
	// MaxOpen is the most commitments one person may have open in one ring.
	MaxOpen = 10
	// Ahead is how far in the future a commitment's day may be, in days.
	Ahead = 366
	// DeclinedKept is how long it is kept that somebody was declined, so that they are
	// not asked about again at once.
	DeclinedKept = 90 * 24 * time.Hour
)

// Role is what somebody is in a ring.
type Role string

// The roles one joins in. The bringer's is theirs by bringing.
const (
	Doer       Role = "doer"       // tekijä: gets the next step done
	Knower     Role = "knower"     // osaaja: knows how
	Host       Role = "host"       // paikan tarjoaja
	Funder     Role = "funder"     // rahoittaja
	Challenger Role = "challenger" // haastaja: asks what nobody else asks
)

// Roles is every role one joins in, in the order of a ring.
func Roles() []Role { return []Role{Doer, Knower, Host, Funder, Challenger} }

// State is where somebody stands.
type State string

const (
	Asked    State = "asked"    // waits for the bringer's or the office's yes
	In       State = "in"       // in the ring
	Declined State = "declined" // not this time
)

// Member is somebody in a ring.
type Member struct {
	Region   string
	Spark    ident.ID
	ID       ident.ID
	Address  ident.ID // 0 for somebody invented
	Role     Role
	Name     string           // as they chose to be called
	Seen     spark.Visibility // public, unnamed, or of the bringer and the office only
	Brings   string           // what they bring, in their own words
	Language string
	State    State
	Held     string // why the office looks first, as region/trust keeps reasons
	Since    time.Time
	Decided  time.Time
}

// Came is since when somebody who is in a ring has been: from when they came, or, where
// the office looked first, from when it let them in.
func (m Member) Came() time.Time {
	if m.Decided.After(m.Since) {
		return m.Decided
	}
	return m.Since
}

// Draft is how somebody wants to be in a ring, with what they take upon themselves at
// once if anything.
type Draft struct {
	Role     Role
	Name     string
	Seen     spark.Visibility
	Brings   string
	Language string
	Tied     bool // their ties to others of the ring who said so too may be noted
	Take     Take
}

// Check cleans a draft and finds every mistake in it.
func (d *Draft) Check(today workday.Day) error {
	var wrong fault.Many
	if !slices.Contains(Roles(), d.Role) {
		wrong = append(wrong, fault.New(fault.Invalid, "ring.role.missing").On("role"))
	}
	var err error
	if d.Name, err = spark.Name(d.Name, "name"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	switch d.Seen {
	case "":
		d.Seen = spark.Unnamed // nobody's name is shown unless they say so
	case spark.Public:
		if d.Name == "" && err == nil {
			wrong = append(wrong, fault.New(fault.Invalid, "ring.name.missing").On("name"))
		}
	case spark.Unnamed, spark.Office:
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "spark.visibility.wrong").On("seen"))
	}
	if d.Brings, err = spark.WordsIfAny(d.Brings, "brings", MaxBrings); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if _, ok := i18n.ParseSet(d.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	if !d.Take.empty() {
		if err := d.Take.Check(today); err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
	}
	return wrong.OrNil()
}

// Take is what somebody takes upon themselves: this, by that day.
type Take struct {
	What string
	Day  workday.Day
}

func (t Take) empty() bool { return spark.CleanLine(t.What) == "" && t.Day == 0 }

// Check cleans it and finds every mistake in it.
func (t *Take) Check(today workday.Day) error {
	var wrong fault.Many
	var err error
	if t.What, err = spark.Words(t.What, "what", MaxWhat); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if err := checkDay(t.Day, today); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	return wrong.OrNil()
}

func checkDay(d, today workday.Day) error {
	switch {
	case d == 0:
		return fault.New(fault.Invalid, "day.missing").On("day")
	case d < today:
		return fault.New(fault.Invalid, "ring.day.past").On("day")
	case d > today+Ahead:
		return fault.New(fault.Invalid, "ring.day.far").On("day").With("days", Ahead)
	}
	return nil
}

// Fate is what has become of a commitment.
type Fate string

const (
	Open  Fate = "open"
	Kept  Fate = "kept"
	LetGo Fate = "let_go" // free for somebody else
)

// Commitment is something somebody has taken upon themselves.
type Commitment struct {
	Region string
	Spark  ident.ID
	ID     ident.ID
	Member ident.ID // 0 for the bringer
	What   string
	Day    workday.Day
	State  Fate
	Moves  int // how often its day was moved
	Made   time.Time
	Ended  time.Time

	reminded, asked workday.Day
}

// Opening is a role that a ring looks for.
type Opening struct {
	Spark  ident.ID
	Role   Role
	Wanted string // what is looked for, in words; may be empty
	Since  time.Time
}

// CheckOpenings cleans what a ring looks for and finds every mistake in it.
func CheckOpenings(all []Opening) error {
	var wrong fault.Many
	seen := map[Role]bool{}
	for i := range all {
		o := &all[i]
		if !slices.Contains(Roles(), o.Role) || seen[o.Role] {
			wrong = append(wrong, fault.New(fault.Invalid, "ring.role.missing").On("role"))
			continue
		}
		seen[o.Role] = true
		var err error
		if o.Wanted, err = spark.WordsIfAny(o.Wanted, "wanted-"+string(o.Role), MaxWanted); err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
	}
	return wrong.OrNil()
}

// News is what somebody in a ring hears of by letter.
type News string

const (
	Welcome  News = "welcome"  // their wish to join was met
	Sorry    News = "sorry"    // it was not, this time
	Tomorrow News = "tomorrow" // what they took upon themselves is due tomorrow
	Due      News = "due"      // it was due: how did it go?
	Split    News = "split"    // its spark was split, and it goes on round this part
	Whole    News = "whole"    // the split was taken back, and it is the whole's again
)
