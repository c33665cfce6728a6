package asset

import (
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
)

// Kind is what sort of thing an asset is.
type Kind string

const (
	Hall      Kind = "hall"      // sali
	Kitchen   Kind = "kitchen"   // keittiö
	Room      Kind = "room"      // työ- tai kokoustila
	Machine   Kind = "machine"   // kone tai laite
	Outdoor   Kind = "outdoor"   // ulkopaikka
	Expertise Kind = "expertise" // osaaminen tarjolla
)

// Kinds is every kind, in the order they are asked.
func Kinds() []Kind { return []Kind{Hall, Kitchen, Room, Machine, Outdoor, Expertise} }

// Owned is whose an asset is.
type Owned string

const (
	ByOrganisation Owned = "organisation"
	ByPerson       Owned = "person" // who told of it; named only when they said their name
)

// State is where an asset stands.
type State string

const (
	Waiting State = "waiting" // the office has not looked at it yet
	Listed  State = "listed"  // everybody sees it
	Off     State = "off"     // the office has taken it off, or not listed it
	Lapsed  State = "lapsed"  // nobody has said that it still holds
)

// States is every state, what waits for somebody first.
func States() []State { return []State{Waiting, Lapsed, Listed, Off} }

// Bounds of what an asset may say, in characters, and of how many one may tell of.
const (
	MaxTitle    = 80
	MaxAbout    = 2000
	MaxTerms    = 600
	MaxVenue    = 200
	MaxContact  = 200
	MaxCalendar = 300
	MaxNote     = 600
	MaxOwn      = 30
)

// How long an asset holds by itself, how long the question whether it does waits for
// an answer, and how long one that is not shown is kept.
const (
	Holds   = 365 * 24 * time.Hour
	Answers = 30 * 24 * time.Hour
	Kept    = 365 * 24 * time.Hour
)

// Asset is one thing the region has to lend or share.
type Asset struct {
	Region   string
	ID       ident.ID
	Teller   ident.ID // the address of who told of it, 0 for the office
	Kind     Kind
	Title    string
	About    string
	Language string // of what is written here
	Place    string // of the programme, "" for none
	Venue    string // where, as people say it
	Owned    Owned
	Named    string   // whose it is, as it was written; "" for a person who did not say
	Owner    ident.ID // the organisation known by that name, 0 for none
	Terms    string   // who may use it, and what it costs
	Calendar string   // where its bookings are, as it was written: read by Link
	Contact  string   // how one asks for it, for everybody; "" through the office
	State    State
	Note     string    // the office's word to who told of it
	Told     time.Time // when it was told of
	Since    time.Time // when it came into its state
	Held     time.Time // when somebody last said that it holds
	Asked    time.Time // when its teller was asked since, zero for not yet
	Changed  time.Time // when its teller last changed it since the office looked
	Version  int64
}

// Seen tells that everybody may see it.
func (a *Asset) Seen() bool { return a.State == Listed }

// Old tells that nobody has said for a year that it holds.
func (a *Asset) Old(at time.Time) bool { return !at.Before(a.Held.Add(Holds)) }

// Link is the address of the bookings with its host; ok is false for none that may be
// linked to.
func (a *Asset) Link() (address, host string, ok bool) { return Link(a.Calendar) }

// Link reads an address that pages may link to: https, on a host that has a public
// name. Anything else is only text. Nothing is ever fetched from it.
func Link(s string) (address, host string, ok bool) {
	if len(s) > 4*MaxCalendar || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || strings.ContainsRune("<>\"'`\\", r) }) {
		return "", "", false
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Opaque != "" || u.User != nil || u.Port() != "" || u.Host != u.Hostname() {
		return "", "", false
	}
	host = strings.ToLower(u.Host)
	if !public(host) {
		return "", "", false
	}
	return u.String(), host, true
}

// public tells that a host name is one of the public net: no address in numbers, and
// none of the names that machines give each other.
func public(host string) bool {
	if _, err := netip.ParseAddr(host); err == nil || len(host) > 253 {
		return false
	}
	labels := strings.Split(host, ".")
	if len(labels) < 2 {
		return false
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || strings.HasPrefix(l, "-") || strings.HasSuffix(l, "-") || strings.Trim(l, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return false
		}
	}
	last := labels[len(labels)-1]
	if strings.Trim(last, "0123456789abcdefx") == "" && strings.ContainsAny(last[:1], "0123456789") {
		return false // an address in numbers, however written
	}
	return !slices.Contains([]string{"localhost", "local", "localdomain", "internal", "intranet", "private", "corp", "home", "lan", "arpa", "onion", "test", "invalid"}, last)
}

// Where is what tells the places of the programme. Implemented by region/programme.
type Where interface {
	Tongues() []i18n.Language
	PlaceNamed(name string) (id string, ok bool)
}

// Draft is what somebody wrote, not yet checked.
type Draft struct {
	Kind     Kind   `json:"kind"`
	Title    string `json:"title"`
	About    string `json:"about"`
	Language string `json:"language"`
	Place    string `json:"place"` // its name, "" for none
	Venue    string `json:"venue"`
	Owned    Owned  `json:"owned"`
	Named    string `json:"named"`
	Terms    string `json:"terms"`
	Calendar string `json:"calendar"`
	Contact  string `json:"contact"`
}

// Check cleans the draft and finds every mistake in it.
func (d *Draft) Check(w Where) error {
	_, wrong := d.clean(w)
	return wrong.OrNil()
}

// clean is Check, and gives the place.
func (d *Draft) clean(w Where) (place string, wrong fault.Many) {
	say := func(field, key string) { wrong = append(wrong, fault.New(fault.Invalid, key).On(field)) }
	text := func(field string, value *string, most int, lines bool) {
		*value = strings.TrimSpace(*value)
		if !lines {
			*value = strings.Join(strings.Fields(*value), " ")
		}
		if n := utf8.RuneCountInString(*value); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
		}
	}
	if !slices.Contains(Kinds(), d.Kind) {
		say("kind", "asset.kind.missing")
	}
	if text("title", &d.Title, MaxTitle, false); d.Title == "" {
		say("title", "asset.title.missing")
	}
	text("about", &d.About, MaxAbout, true)
	if !slices.ContainsFunc(w.Tongues(), func(l i18n.Language) bool { return string(l) == d.Language }) {
		say("language", "language.wrong")
	}
	text("place", &d.Place, MaxVenue, false)
	if d.Place != "" {
		var ok bool
		if place, ok = w.PlaceNamed(d.Place); !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "place.unknown").On("place").With("place", d.Place))
		}
	}
	if text("venue", &d.Venue, MaxVenue, false); d.Venue == "" && d.Kind != Expertise && d.Place == "" {
		say("venue", "asset.venue.missing")
	}
	switch text("named", &d.Named, MaxVenue, false); {
	case d.Owned != ByOrganisation && d.Owned != ByPerson:
		say("owned", "asset.owned.missing")
	case d.Owned == ByOrganisation && d.Named == "":
		say("named", "asset.named.missing")
	}
	text("terms", &d.Terms, MaxTerms, true)
	text("contact", &d.Contact, MaxContact, false)
	if text("calendar", &d.Calendar, MaxCalendar, false); d.Calendar != "" {
		address, _, ok := Link(d.Calendar)
		if !ok {
			say("calendar", "asset.calendar.wrong")
		} else {
			d.Calendar = address
		}
	}
	return place, wrong
}

// write puts a checked draft into an asset.
func (a *Asset) write(d Draft, place string) {
	a.Kind, a.Title, a.About, a.Language, a.Place, a.Venue = d.Kind, d.Title, d.About, d.Language, place, d.Venue
	a.Owned, a.Named, a.Terms, a.Calendar, a.Contact = d.Owned, d.Named, d.Terms, d.Calendar, d.Contact
}
