package collision

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// Bounds of a collision.
const (
	MaxRounds = 8
	MinSize   = 2
	MaxSize   = 12
	MaxGuests = 400 // that one event seats
	MaxWords  = 200 // characters of what somebody brings, or looks for
)

// Setting is how people change tables.
type Setting struct {
	Rounds int
	Size   int // people at a table, at most
}

// Check finds every mistake in it.
func (s Setting) Check() error {
	var wrong fault.Many
	if s.Rounds < 1 || s.Rounds > MaxRounds {
		wrong = append(wrong, fault.New(fault.Invalid, "collision.rounds.wrong").On("rounds").With("max", MaxRounds))
	}
	if s.Size < MinSize || s.Size > MaxSize {
		wrong = append(wrong, fault.New(fault.Invalid, "collision.size.wrong").On("size").With("min", MinSize).With("max", MaxSize))
	}
	return wrong.OrNil()
}

// Collision is one event's.
type Collision struct {
	Region string
	Event  ident.ID
	Setting
	Tables  int       // that people were seated at
	Seed    int64     // what they were seated by
	Drawn   time.Time // when; zero while nobody is seated
	Locked  time.Time // since when it stays so, and everybody sees their own; zero while it may change
	Asked   time.Time // since when it is noted who was there; zero before
	Version int64
}

// Seated tells that people have been given tables.
func (c Collision) Seated() bool { return !c.Drawn.IsZero() }

// Settled tells that it stays so and may be shown.
func (c Collision) Settled() bool { return !c.Locked.IsZero() }

// Answer is what somebody says to whether it may be known whom they met.
type Answer string

// The answers; none yet is "".
const (
	Yes Answer = "yes"
	No  Answer = "no"
)

// Guest is somebody who sits at the tables.
type Guest struct {
	Region       string
	Event        ident.ID
	ID           ident.ID
	Address      ident.ID // 0 for who has none and was put down by the office
	Name         string
	Organisation string // as they say it
	Place        string // of the programme, "" for none
	Brings       string
	Looks        string
	Language     string
	Tables       []int // of each round, from 1; empty while not seated
	There        bool  // they came
	Asked        time.Time
	Met          Answer
	MetAt        time.Time
	Since        time.Time
}

// At is a guest's table in a round, 0 for none.
func (g Guest) At(round int) int {
	if round < len(g.Tables) {
		return g.Tables[round]
	}
	return 0
}

// Meets tells that two sit at one table in some round.
func (g Guest) Meets(o Guest) bool {
	for r := range g.Tables {
		if g.At(r) != 0 && g.At(r) == o.At(r) {
			return true
		}
	}
	return false
}

// Where is what tells the places of the programme. Implemented by region/programme.
type Where interface {
	PlaceNamed(name string) (id string, ok bool)
}

// Draft is what somebody tells of themselves, not yet checked. But for the name all of
// it may be empty.
type Draft struct {
	Name         string `json:"name"`
	Organisation string `json:"organisation,omitempty"`
	Place        string `json:"place,omitempty"` // its name
	Brings       string `json:"brings,omitempty"`
	Looks        string `json:"looks,omitempty"`
	Language     string `json:"language,omitempty"`
}

// Check cleans a draft, finds every mistake in it and the place it names.
func (d *Draft) Check(w Where) (place string, err error) {
	var wrong fault.Many
	if d.Name = spark.CleanLine(d.Name); d.Name == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "event.name.missing").On("name"))
	}
	d.Organisation, d.Brings, d.Looks = spark.CleanLine(d.Organisation), spark.CleanLine(d.Brings), spark.CleanLine(d.Looks)
	for _, x := range []struct {
		field, value string
		most         int
	}{{"name", d.Name, spark.MaxName}, {"organisation", d.Organisation, spark.MaxName}, {"brings", d.Brings, MaxWords}, {"looks", d.Looks, MaxWords}} {
		if n := utf8.RuneCountInString(x.value); n > x.most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(x.field).With("max", x.most).With("now", n))
		}
	}
	if name := spark.CleanLine(d.Place); name != "" {
		var ok bool
		if place, ok = w.PlaceNamed(name); !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "place.unknown").On("place").With("place", name))
		}
	}
	return place, wrong.OrNil()
}

// write puts what was told into a guest.
func (g *Guest) write(d Draft, place string) {
	g.Name, g.Organisation, g.Place, g.Brings, g.Looks = d.Name, d.Organisation, place, d.Brings, d.Looks
	if d.Language != "" {
		g.Language = d.Language
	}
}

// Together tells that two come from one organisation, or by one sign-up: they have no
// need of being seated together.
func Together(a, b Guest) bool {
	return a.Address != 0 && a.Address == b.Address || a.Organisation != "" && strings.EqualFold(a.Organisation, b.Organisation)
}

// Sum is how well a seating mixes people.
type Sum struct {
	Seated   int
	Unseated int
	Again    int // meetings of two who have met in an earlier round
	Together int // of two from one organisation
	Places   int // of two from one place
	Most     int // people at the fullest table
}

// Judge counts that, of whatever the seating has become.
func Judge(guests []Guest) (s Sum) {
	type seat struct{ round, table int }
	sitting := map[seat]int{}
	for i, g := range guests {
		if len(g.Tables) == 0 {
			s.Unseated++
			continue
		}
		s.Seated++
		for _, o := range guests[:i] {
			met := 0
			for r := range g.Tables {
				if g.At(r) != 0 && g.At(r) == o.At(r) {
					met++
				}
			}
			s.Again += max(0, met-1)
			if Together(g, o) {
				s.Together += met
			}
			if g.Place != "" && g.Place == o.Place {
				s.Places += met
			}
		}
		for r, t := range g.Tables {
			if t != 0 {
				sitting[seat{r, t}]++
				s.Most = max(s.Most, sitting[seat{r, t}])
			}
		}
	}
	return s
}

// Sitting is who sits at a table in a round, in the order of the guests.
func Sitting(guests []Guest, round, table int) (all []Guest) {
	for _, g := range guests {
		if table != 0 && g.At(round) == table {
			all = append(all, g)
		}
	}
	return all
}

// Acquainted is whom somebody may be known to have met: who was there, sat at one of
// their tables, and says yes too.
func Acquainted(of Guest, guests []Guest) (all []Guest) {
	if !of.There || of.Met != Yes || of.Address == 0 {
		return nil
	}
	for _, g := range guests {
		known := slices.ContainsFunc(all, func(a Guest) bool { return a.Address == g.Address })
		if g.ID != of.ID && g.Address != 0 && g.Address != of.Address && g.There && g.Met == Yes && of.Meets(g) && !known {
			all = append(all, g)
		}
	}
	return all
}
