package table

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// Bounds of a table.
const (
	MaxTitle    = 100
	MaxAbout    = 3000
	MaxNotes    = 10_000
	MaxResult   = 3000
	MaxReason   = 500
	MaxWhat     = 300 // characters of a step
	MaxVenue    = 200
	MaxMeetings = 12 // named at the beginning, and again by a renewal
	MaxPeople   = 40
	MaxSparks   = 20
	MaxSteps    = 200  // of one table
	Ahead       = 366  // days a step's day may be ahead
	MaxTables   = 1000 // of a region, as lists read them
)

// Text is what a table says in one language.
type Text struct {
	Title string `json:"title"`
	About string `json:"about,omitempty"`
}

// Table is one.
type Table struct {
	Region   string
	ID       ident.ID
	Slug     string
	Language string // it was first written in
	Texts    map[string]Text
	Convener string // who calls it together, as people say it
	Meetings int    // how many were named
	Renewed  int    // how many of them by renewals
	Reason   string // why it was renewed, the last time
	Made     time.Time
	Closed   time.Time // zero while it goes on
	Result   string    // what came of it
	Version  int64
}

// In is what the table says in a language, or in its own.
func (t Table) In(language string) (x Text, in string) {
	if x, ok := t.Texts[language]; ok && x.Title != "" {
		return x, language
	}
	return t.Texts[t.Language], t.Language
}

// Open tells that it goes on.
func (t Table) Open() bool { return t.Closed.IsZero() }

// Draft is what the office writes of a table.
type Draft struct {
	Texts    map[string]Text
	Convener string
	Meetings int
	Sparks   []ident.ID
}

// checker gathers mistakes.
type checker struct{ wrong fault.Many }

func (c *checker) bad(field, key string, pairs ...any) {
	e := fault.New(fault.Invalid, key).On(field)
	for i := 0; i+1 < len(pairs); i += 2 {
		e = e.With(pairs[i].(string), pairs[i+1])
	}
	c.wrong = append(c.wrong, e)
}

func (c *checker) long(field, s string, most int) {
	if n := utf8.RuneCountInString(s); n > most {
		c.bad(field, "too_long", "max", most, "now", n)
	}
}

// check cleans a draft and finds every mistake in it.
func (d *Draft) check(original string) error {
	var c checker
	texts := map[string]Text{}
	for lang, t := range d.Texts {
		if _, ok := i18n.ParseLanguage(lang); !ok {
			c.bad("title."+lang, "language.wrong")
			continue
		}
		t.Title, t.About = spark.CleanLine(t.Title), spark.Clean(t.About)
		c.long("title."+lang, t.Title, MaxTitle)
		c.long("about."+lang, t.About, MaxAbout)
		if t.Title == "" && t.About != "" && lang != original {
			c.bad("title."+lang, "table.title.missing")
		}
		if t != (Text{}) {
			texts[lang] = t
		}
	}
	if texts[original].Title == "" {
		c.bad("title."+original, "table.title.missing")
	}
	d.Texts = texts
	if d.Convener = spark.CleanLine(d.Convener); d.Convener == "" {
		c.bad("convener", "table.convener.missing")
	}
	c.long("convener", d.Convener, spark.MaxName)
	if d.Meetings < 1 || d.Meetings > 2*MaxMeetings {
		c.bad("meetings", "table.meetings.wrong", "max", MaxMeetings)
	}
	if d.Sparks = slices.Compact(slices.Sorted(slices.Values(d.Sparks))); len(d.Sparks) > MaxSparks {
		c.bad("sparks", "table.sparks.many", "max", MaxSparks)
	}
	slices.SortStableFunc(c.wrong, func(a, b *fault.Error) int { return strings.Compare(a.Field, b.Field) })
	return c.wrong.OrNil()
}

// Person is somebody at a table.
type Person struct {
	Region       string
	Table        ident.ID
	ID           ident.ID
	Address      ident.ID // 0 for who was put down by the office
	Name         string
	Organisation string
	Shown        bool // everybody may see their name
	Tied         bool // it may be known whom they met there
	Since        time.Time
}

// Entry is how somebody wants to be at a table.
type Entry struct {
	Name         string `json:"name"`
	Organisation string `json:"organisation,omitempty"`
	Shown        bool   `json:"shown,omitempty"`
	Tied         bool   `json:"tied,omitempty"`
}

// Check cleans an entry and finds every mistake in it.
func (e *Entry) Check() error {
	var c checker
	if e.Name = spark.CleanLine(e.Name); e.Name == "" {
		c.bad("name", "event.name.missing")
	}
	e.Organisation = spark.CleanLine(e.Organisation)
	c.long("name", e.Name, spark.MaxName)
	c.long("organisation", e.Organisation, spark.MaxName)
	return c.wrong.OrNil()
}

// Meeting is one of a table's.
type Meeting struct {
	Table  ident.ID
	Number int // from 1
	Begins time.Time
	Ends   time.Time
	Venue  string
	Notes  string
	Noted  time.Time // when they were written; zero before

	reminded time.Time
}

// When is a meeting as the office plans it.
type When struct {
	Begins time.Time // zero for what could not be read
	Ends   time.Time
	Venue  string
}

// Check cleans it and finds every mistake in it.
func (w *When) Check() error {
	var c checker
	switch {
	case w.Begins.IsZero() || w.Ends.IsZero():
		c.bad("day", "event.time.missing")
	case !w.Begins.Before(w.Ends):
		c.bad("until", "event.time.order")
	}
	if w.Venue = spark.CleanLine(w.Venue); w.Venue == "" {
		c.bad("venue", "event.venue.missing")
	}
	c.long("venue", w.Venue, MaxVenue)
	return c.wrong.OrNil()
}

// Fate is what has become of a step.
type Fate string

const (
	Due   Fate = "open"
	Kept  Fate = "kept"
	LetGo Fate = "let_go" // free for somebody else
)

// Step is something somebody does next.
type Step struct {
	Table  ident.ID
	ID     ident.ID
	Person ident.ID // 0 for nobody any more
	What   string
	Day    workday.Day
	State  Fate
	Made   time.Time
	Ended  time.Time

	reminded workday.Day
}

// Turn is what becomes of a step: kept, let go, or moved to a day.
type Turn struct {
	To  Fate        // Kept or LetGo; Due to move it
	Day workday.Day // with Due
}

// dayFault is what is wrong with a day something is to be done by, and nil when nothing.
func dayFault(d, today workday.Day) *fault.Error {
	switch {
	case d == 0:
		return fault.New(fault.Invalid, "day.missing")
	case d < today:
		return fault.New(fault.Invalid, "ring.day.past")
	case d > today+Ahead:
		return fault.New(fault.Invalid, "ring.day.far").With("days", Ahead)
	}
	return nil
}

// Agreed is a step as it is noted.
type Agreed struct {
	Person ident.ID
	What   string
	Day    workday.Day
}

// Minutes is what is noted of a meeting: what was said, who was there, and who does
// what next.
type Minutes struct {
	Words   string
	Present []ident.ID
	Steps   []Agreed
}

// check cleans minutes and finds every mistake in them. Steps are numbered from 1 in
// the names of their fields, as they are given.
func (m *Minutes) check(people []Person, today workday.Day) error {
	var c checker
	if m.Words = spark.Clean(m.Words); m.Words == "" {
		c.bad("notes", "table.notes.missing")
	}
	c.long("notes", m.Words, MaxNotes)
	here := func(id ident.ID) bool {
		return slices.ContainsFunc(people, func(p Person) bool { return p.ID == id })
	}
	m.Present = slices.DeleteFunc(slices.Compact(slices.Sorted(slices.Values(m.Present))), func(id ident.ID) bool { return !here(id) })
	for i := range m.Steps {
		s, n := &m.Steps[i], strconv.Itoa(i+1)
		if s.What = spark.CleanLine(s.What); s.What == "" && s.Person == 0 && s.Day == 0 {
			continue
		}
		if s.What == "" {
			c.bad("what"+n, "table.step.missing")
		}
		c.long("what"+n, s.What, MaxWhat)
		if !here(s.Person) {
			c.bad("who"+n, "table.person.missing")
		}
		if wrong := dayFault(s.Day, today); wrong != nil {
			c.wrong = append(c.wrong, wrong.On("day"+n))
		}
	}
	m.Steps = slices.DeleteFunc(m.Steps, func(s Agreed) bool { return s.What == "" })
	return c.wrong.OrNil()
}

// Presence is who was at which meeting, by its number.
type Presence map[int][]ident.ID

// Together tells that two were at one meeting.
func (p Presence) Together(a, b ident.ID) bool {
	for _, there := range p {
		if slices.Contains(there, a) && slices.Contains(there, b) {
			return true
		}
	}
	return false
}

// Acquainted is whom somebody may be known to have met at the table: both have an
// address and allow it, and were at one meeting.
func Acquainted(of Person, people []Person, present Presence) (all []Person) {
	if of.Address == 0 || !of.Tied {
		return nil
	}
	for _, p := range people {
		if p.ID != of.ID && p.Address != 0 && p.Address != of.Address && p.Tied && present.Together(of.ID, p.ID) {
			all = append(all, p)
		}
	}
	return all
}

// Full tells that as many meetings have been noted as were named: it ends now, or is
// renewed with a reason.
func Full(t Table, meetings []Meeting) bool {
	noted := 0
	for _, m := range meetings {
		if !m.Noted.IsZero() {
			noted++
		}
	}
	return noted >= t.Meetings
}
