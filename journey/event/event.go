package event

import (
	"slices"
	"time"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// State is where an event stands at a moment.
type State string

const (
	Drafted   State = "draft"     // luonnos: only the office sees it
	Coming    State = "coming"    // published, and it has not begun
	On        State = "on"        // going on just now
	Over      State = "over"      // pidetty
	Cancelled State = "cancelled" // peruttu
)

// Bounds of what an event may say, in characters, and of its length and people.
const (
	MaxTitle    = 60 // the code of a poster holds it, and a spark's origin
	MaxText     = 5000
	MaxVenue    = 200
	MaxDays     = 31
	MaxCapacity = 10_000
	MaxPeople   = 10   // that one person signs up
	MaxSeats    = 5000 // sign-ups of one event, waiting ones counted
)

// SeatsKept is how long it is known who signed up, after the event.
const SeatsKept = 30 * 24 * time.Hour

// Text is what an event says in one language.
type Text struct {
	Title string `json:"title"`
	About string `json:"about"`
}

// Event is one event.
type Event struct {
	Region    string
	ID        ident.ID
	Language  string          // the original's
	Texts     map[string]Text // by language, the original always among them
	Place     string          // of the programme, "" for none
	Venue     string          // where, as people say it: "Sippolan koulu, Sippolantie 5"
	Begins    time.Time
	Ends      time.Time
	SignUp    bool // people sign up
	Capacity  int  // for how many, 0 for no bound
	Taken     int  // people with a place
	Made      time.Time
	Out       time.Time // since when everybody sees it; zero for a draft
	Changed   time.Time // the latest change of time or place after that
	Cancelled time.Time
	Version   int64
}

// State is where the event stands at a moment: it follows from its times and from
// what the office has done, and is stored nowhere.
func (e *Event) State(at time.Time) State {
	switch {
	case e.Out.IsZero():
		return Drafted
	case !e.Cancelled.IsZero():
		return Cancelled
	case at.Before(e.Begins):
		return Coming
	case at.Before(e.Ends):
		return On
	}
	return Over
}

// Seen tells that everybody may see it.
func (e *Event) Seen() bool { return !e.Out.IsZero() }

// Open tells that people may sign up at a moment.
func (e *Event) Open(at time.Time) bool { return e.SignUp && e.State(at) == Coming }

// Left is how many places are left; ok is false where there is no bound.
func (e *Event) Left() (n int, ok bool) { return max(0, e.Capacity-e.Taken), e.Capacity > 0 }

// In is what the event says in a language, and in which language that really is: the
// original where it is not said in the one asked for.
func (e *Event) In(lang string) (t Text, in string) {
	if t, ok := e.Texts[lang]; ok && t.Title != "" {
		return t, lang
	}
	return e.Texts[e.Language], e.Language
}

// Where is what tells the places of the programme. Implemented by region/programme.
type Where interface {
	Tongues() []i18n.Language
	PlaceNamed(name string) (id string, ok bool)
}

// Draft is what the office wrote, not yet checked.
type Draft struct {
	Texts    map[string]Text
	Place    string // its name, "" for none
	Venue    string
	Begins   time.Time // zero for one that could not be read, which the edge has told
	Ends     time.Time
	SignUp   bool
	Capacity int
}

// check cleans the draft and finds every mistake in it.
func (d *Draft) check(w Where, original string) (wrong fault.Many) {
	long := func(field, value string, most int) {
		if n := utf8.RuneCountInString(value); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
		}
	}
	texts := map[string]Text{}
	for _, l := range w.Tongues() {
		lang := string(l)
		t := d.Texts[lang]
		t.Title, t.About = spark.CleanLine(t.Title), spark.Clean(t.About)
		long("title."+lang, t.Title, MaxTitle)
		long("about."+lang, t.About, MaxText)
		if t.Title == "" && (lang == original || t.About != "") {
			wrong = append(wrong, fault.New(fault.Invalid, "event.title.missing").On("title."+lang))
		}
		if t != (Text{}) {
			texts[lang] = t
		}
	}
	d.Texts = texts
	if d.Venue = spark.CleanLine(d.Venue); d.Venue == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "event.venue.missing").On("venue"))
	}
	long("venue", d.Venue, MaxVenue)
	if name := spark.CleanLine(d.Place); name != "" {
		id, ok := w.PlaceNamed(name)
		if d.Place = id; !ok {
			long("place", name, spark.MaxName)
			wrong = append(wrong, fault.New(fault.Invalid, "place.unknown").On("place").With("place", name))
		}
	}
	switch {
	case d.Begins.IsZero() || d.Ends.IsZero():
		wrong = append(wrong, fault.New(fault.Invalid, "event.time.missing").On("day"))
	case !d.Begins.Before(d.Ends):
		wrong = append(wrong, fault.New(fault.Invalid, "event.time.order").On("until"))
	case d.Ends.Sub(d.Begins) > MaxDays*24*time.Hour:
		wrong = append(wrong, fault.New(fault.Invalid, "event.time.long").On("until").With("days", MaxDays))
	}
	if d.Capacity < 0 || d.Capacity > MaxCapacity {
		wrong = append(wrong, fault.New(fault.Invalid, "event.capacity.wrong").On("capacity").With("max", MaxCapacity))
	}
	return wrong
}

// Standing is whether somebody has a place.
type Standing string

const (
	Seated  Standing = "in"
	Waiting Standing = "waiting"
)

// Seat is somebody who has signed up.
type Seat struct {
	Event   ident.ID
	Address ident.ID
	Name    string
	People  int
	State   Standing
	Turn    int64 // the order they came in
	Since   time.Time
}

// Check cleans what somebody signs up with.
func (s *Seat) Check() error {
	var wrong fault.Many
	if s.Name = spark.CleanLine(s.Name); s.Name == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "event.name.missing").On("name"))
	}
	if n := utf8.RuneCountInString(s.Name); n > spark.MaxName {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("name").With("max", spark.MaxName).With("now", n))
	}
	if s.People < 1 || s.People > MaxPeople {
		wrong = append(wrong, fault.New(fault.Invalid, "event.people.wrong").On("people").With("max", MaxPeople))
	}
	return wrong.OrNil()
}

// Seating gives places to those who wait, in the order they came, as far as there
// are any: whoever is too many for what is left is passed, and keeps their turn.
func Seating(capacity, taken int, waiting []Seat) (given []Seat, now int) {
	for _, w := range slices.SortedFunc(slices.Values(waiting), func(a, b Seat) int { return int(a.Turn - b.Turn) }) {
		if capacity > 0 && taken+w.People > capacity {
			continue
		}
		taken += w.People
		w.State = Seated
		given = append(given, w)
	}
	return given, taken
}
