package spark

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kokko/engine/language"
	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/region/office"
)

// Kind is which of the call's three questions a spark answers; "" when its
// bringer did not know.
type Kind string

const (
	Idea     Kind = "idea"     // a development idea of one's own activity or trade
	Need     Kind = "need"     // to meet, to find somebody
	Vitality Kind = "vitality" // for the common good of the area
)

// Kinds is the three questions in the order of the call.
func Kinds() []Kind { return []Kind{Idea, Need, Vitality} }

// State is where on its path a spark is.
type State string

const (
	Sparking   State = "sparking"   // kipinöi: dropped
	Glowing    State = "glowing"    // hehkuu: somebody else has taken it up, or a next step is agreed
	Burning    State = "burning"    // palaa: measure M0
	Experiment State = "experiment" // kokeilussa
	Project    State = "project"    // hankkeena
	Practice   State = "practice"   // käytäntönä
	Resting    State = "resting"    // hiillos: closed for now, may be blown on
	Out        State = "out"        // sammui: closed, with its reason
	Split      State = "split"      // became several, which carry it on
	Rejoined   State = "rejoined"   // was a part, and was taken back into what it was split from
	Withdrawn  State = "withdrawn"  // taken away by its bringer
)

// Path is the states a spark passes when all goes well.
func Path() []State { return []State{Sparking, Glowing, Burning, Experiment, Project, Practice} }

// Visibility is who may read a spark.
type Visibility string

const (
	Public  Visibility = "public"  // everybody, with the bringer's name if given
	Unnamed Visibility = "unnamed" // everybody, without the name
	Office  Visibility = "office"  // the office and the bringer only
)

// Contact is how a bringer wants to be reached.
type Contact string

const (
	Call   Contact = "call"
	Meet   Contact = "meet"
	Mail   Contact = "mail"
	NotMe  Contact = "none" // not at all: only the receipt is mailed
	Unsaid Contact = ""
)

// Source is the door a spark came in by.
type Source string

const (
	Web    Source = "web"
	Letter Source = "mail"  // a letter to the call's own address
	Phone  Source = "phone" // entered by the office during a call
	Card   Source = "card"  // a paper card
	Event  Source = "event" // told at an event, or by the code of its card or poster
)

// Sources is the doors at which the office writes on somebody's behalf.
func Sources() []Source { return []Source{Phone, Card, Event} }

// Bounds of what a person may write, in characters.
const (
	MaxText  = 5000
	MaxTitle = 120
	MaxName  = 120
	MaxPhone = 40
	MaxWords = 5000
)

// Spark is one spark without personal data.
type Spark struct {
	Region      string
	ID          ident.ID
	Code        string // public number, "7F3K-9QXM"
	Kind        Kind
	Title       string
	Text        string
	Language    string // fi, sv or en: what it was written in
	Place       string // the programme's place id, "" when none or not recognised
	PlaceName   string // as the bringer wrote it
	State       State
	Visibility  Visibility
	Secret      bool // holds a trade secret: kept from every public view
	Outside     bool // outside the programme's priorities, and welcome
	Listed      bool // derived: anybody may see it now
	Open        bool // derived: neither closed nor withdrawn
	NeedsHand   bool // derived: listed, open and something is missing
	Source      Source
	EnteredBy   ident.ID // officer who wrote it on somebody's behalf, 0 for the bringer
	Programme   ident.ID // programme version in force at the drop
	Owner       ident.ID // officer who answers
	Due         workday.Day
	NextContact workday.Day // 0 for none
	Dropped     time.Time
	Answered    time.Time // first human answer; zero when none yet
	Asked       time.Time // an open question to the bringer since; zero when none
	Closed      time.Time
	Latest      time.Time // latest human beat anybody listed may see
	Beats       int
	People      int // people other than the office who have acted
	Doers       int // measures agreed that somebody does
	Waiting     bool
	WaitingFrom time.Time // since when the bringer waits for the office
	Version     int64
	Held        string   // why it waits for the office's look before anybody sees it, "" when it does not
	Challenge   ident.ID // the open question it answers, 0 for none
	MergedInto  ident.ID // the spark that carries this one's matter on, 0 for none
	SplitFrom   ident.ID // the spark it was a part of, 0 for none
	Tags        []Tag
}

// Tag ties a spark to a part of the programme.
type Tag struct {
	Kind string // theme, package, priority, value, network
	ID   string
}

// String is "theme:glocal", the form in stories and form fields.
func (t Tag) String() string { return t.Kind + ":" + t.ID }

// ParseTag reads "theme:glocal".
func ParseTag(s string) (Tag, bool) {
	kind, id, ok := strings.Cut(s, ":")
	return Tag{kind, id}, ok && kind != "" && id != ""
}

// IDs are the ids of some sparks, in their order.
func IDs(list []Spark) []ident.ID {
	ids := make([]ident.ID, len(list))
	for i, s := range list {
		ids[i] = s.ID
	}
	return ids
}

// Bringer is who brought a spark: personal data, erasable by itself.
type Bringer struct {
	ID       ident.ID
	Name     string
	Email    string
	Phone    string
	Contact  Contact
	Language string    // what letters to them are in: fi, sv, en or selko
	Owns     time.Time // since when the bringer holds the spark; zero when only the office entered it
}

// derive sets what follows from the other fields. The one place that decides
// what the public may see.
func (s *Spark) derive() {
	closed := s.State == Resting || s.State == Out || s.State == Split || s.State == Rejoined
	s.Listed = s.Visibility != Office && !s.Secret && s.State != Withdrawn && s.State != Split && s.State != Rejoined && s.Held == "" && s.MergedInto == 0
	s.Open = !closed && s.State != Withdrawn && s.MergedInto == 0
	if s.Open && (s.State == Sparking || s.State == Glowing) {
		s.State = Sparking
		if s.People > 1 || s.Doers > 0 {
			s.State = Glowing
		}
	}
	// One that was joined to another keeps what it waits for, for when it stands
	// alone again.
	if !s.Open && s.MergedInto == 0 {
		s.Waiting, s.WaitingFrom, s.NextContact, s.Asked = false, time.Time{}, 0, time.Time{}
	}
	s.NeedsHand = s.Listed && s.Open && len(s.Missing()) > 0
}

// Missing is what the spark still lacks, by a plain rule: a second person, a
// doer, a place.
func (s *Spark) Missing() []string {
	var m []string
	if s.People < 2 {
		m = append(m, "person")
	}
	if s.Doers == 0 {
		m = append(m, "doer")
	}
	if s.Place == "" {
		m = append(m, "place")
	}
	return m
}

// Late tells that the promised day has passed and the bringer still waits.
func (s *Spark) Late(today workday.Day) bool { return s.Open && s.Waiting && s.Due < today }

// Promise is what a drop is checked against: the parts of the programme it
// names. Implemented by region/programme.
type Promise interface {
	PlaceNamed(name string) (id string, ok bool) // also by former and alias names
	HasTag(kind, id string) bool
	ReplyWorkdays() int // the promise: an answer within so many working days
}

// Draft is what a person wrote in the form, not yet checked.
type Draft struct {
	Kind       Kind
	Title      string
	Text       string
	Place      string
	Themes     []string
	Name       string
	Email      string
	Phone      string
	Contact    Contact
	Visibility Visibility
	Secret     bool
	Language   string   // what its bringer reads: fi, sv, en, or selko; the spark is then written in Finnish
	Challenge  ident.ID `json:"-"` // the open question it answers, 0 for none; the same form is one spark whatever becomes of the question
	Event      string   // the event it was told at, "" for none
}

// Check cleans the draft and finds every mistake in it, each naming its field.
// Nothing a person wrote is refused for its looks: control and direction signs
// are dropped, an unknown place is kept as written.
func (d *Draft) Check(p Promise) error {
	var wrong fault.Many
	for _, f := range []struct {
		field, value string
		limit        int
	}{{"text", d.Text, MaxText}, {"title", d.Title, MaxTitle}, {"name", d.Name, MaxName}, {"place", d.Place, MaxName}, {"email", d.Email, MaxName}, {"phone", d.Phone, MaxPhone}, {"event", d.Event, MaxName}} {
		if huge(f.value, f.limit) {
			wrong = append(wrong, tooLong(f.field, f.value, f.limit))
		}
	}
	if len(wrong) > 0 {
		return wrong
	}
	d.Text, d.Title = Clean(d.Text), CleanLine(d.Title)
	d.Name, d.Phone, d.Place, d.Event = CleanLine(d.Name), CleanLine(d.Phone), CleanLine(d.Place), CleanLine(d.Event)
	d.Email = office.FoldEmail(d.Email)
	if !visible(d.Name) {
		d.Name = ""
	}
	if !visible(d.Title) {
		d.Title = ""
	}
	if !visible(d.Event) {
		d.Event = ""
	}
	if !visible(d.Text) {
		wrong = append(wrong, fault.New(fault.Invalid, "spark.text.missing").On("text"))
	}
	bound := func(field, value string, limit int) {
		if utf8.RuneCountInString(value) > limit {
			wrong = append(wrong, tooLong(field, value, limit))
		}
	}
	bound("text", d.Text, MaxText)
	bound("title", d.Title, MaxTitle)
	bound("name", d.Name, MaxName)
	bound("place", d.Place, MaxName)
	bound("phone", d.Phone, MaxPhone)
	bound("event", d.Event, MaxName)
	switch d.Kind {
	case "", Idea, Need, Vitality:
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "spark.kind.wrong").On("kind"))
	}
	var themes []string // in their order, each once
	for _, t := range d.Themes {
		if !p.HasTag("theme", t) {
			wrong = append(wrong, fault.New(fault.Invalid, "spark.theme.unknown").On("themes"))
			break // the draft is not used
		}
		if !slices.Contains(themes, t) {
			themes = append(themes, t)
		}
	}
	d.Themes = themes
	if d.Email != "" && !office.EmailLooksRight(d.Email) {
		wrong = append(wrong, fault.New(fault.Invalid, "email.wrong").On("email"))
	}
	if d.Phone != "" && !PhoneLooksRight(d.Phone) {
		wrong = append(wrong, fault.New(fault.Invalid, "phone.wrong").On("phone"))
	}
	switch d.Contact {
	case Unsaid, NotMe:
	case Call:
		if d.Phone == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "spark.contact.phone").On("phone"))
		}
	case Mail:
		if d.Email == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "spark.contact.email").On("email"))
		}
	case Meet:
		if d.Email == "" && d.Phone == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "spark.contact.meet").On("email"))
		}
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "spark.contact.wrong").On("contact"))
	}
	switch d.Visibility {
	case "":
		d.Visibility = Public
	case Public, Unnamed, Office:
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "spark.visibility.wrong").On("visibility"))
	}
	if d.Secret {
		d.Visibility = Office
	}
	if _, ok := i18n.ParseSet(d.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	if d.Title == "" {
		d.Title = FirstSentence(d.Text)
	}
	return wrong.OrNil()
}

// huge tells a text far beyond its bound, whatever cleaning would take away: it
// is refused as it is, since cleaning megabytes takes seconds.
func huge(s string, limit int) bool { return len(s) > 16*limit }

func tooLong(field, value string, limit int) *fault.Error {
	return fault.New(fault.Invalid, "too_long").On(field).With("max", limit).With("now", utf8.RuneCountInString(value))
}

// PhoneLooksRight accepts what people write a phone number with: 5–16 digits, at
// most 40 signs in all.
func PhoneLooksRight(s string) bool {
	digits := 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case strings.ContainsRune("+-() /.", r):
		default:
			return false
		}
	}
	return digits >= 5 && digits <= 16 && len(s) <= 40
}

// Clean makes what a person typed safe to keep and show: valid UTF-8 in NFC,
// line feeds, no control signs, no direction overrides and no invisible signs
// that carry hidden text (either could make text read otherwise than it is
// stored), no ends of white space. Cleaning twice changes nothing more.
func Clean(s string) string {
	if tidy(s) {
		return strings.TrimSpace(s)
	}
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r', r == '\v', r == '\f', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r), isDirection(r), isHidden(r):
			return -1
		}
		return r
	}, s)
	return strings.TrimSpace(norm.NFC.String(s))
}

// CleanLine is Clean for a field of one line.
func CleanLine(s string) string {
	s = Clean(s)
	if !strings.ContainsFunc(s, blankButSpace) && !strings.Contains(s, "  ") && tidy(s) {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}

// blankButSpace tells the blanks of a tidy text that are no plain space.
func blankButSpace(r rune) bool { return r == '\n' || r == '\t' || r == '\u00a0' }

// tidy tells a text in which Clean finds nothing but blanks at its ends, as are nearly
// all: Latin letters and the usual signs. Such letters are composed and need no norm.
func tidy(s string) bool {
	for _, r := range s {
		switch {
		case r >= ' ' && r < 0x7f, r >= 0xa0 && r < 0x300, r == '\n', r == '\t':
		case r >= '\u2010' && r <= '\u2027', r == '€':
		default: // U+FFFD too, which stands for broken bytes
			return false
		}
	}
	return true
}

func isDirection(r rune) bool {
	return r >= '\u202A' && r <= '\u202E' || r >= '\u2066' && r <= '\u2069' || r == '\u200E' || r == '\u200F' || r == '\u061C'
}

// isHidden tells signs nobody sees and that join nothing: the byte order mark,
// zero-width space, word joiner, annotation marks and the tag block. The
// zero-width joiners stay: Persian and emoji are written with them.
func isHidden(r rune) bool {
	return r == '\uFEFF' || r == '\u200B' || r == '\u2060' || r == '\u180E' || r >= '\uFFF9' && r <= '\uFFFB' || r >= 0xE0000 && r <= 0xE007F
}

// visible tells whether anybody would see anything of a text.
func visible(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool {
		switch r {
		case '\u115F', '\u1160', '\u2800', '\u3164', '\uFFA0': // letters and symbols drawn as nothing
			return false
		}
		return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S)
	})
}

// MaxSentence is the longest FirstSentence, in characters.
const MaxSentence = 90

// OwnTitle is the title that somebody gave a spark, "" when it is only the first
// sentence of its text.
func (s Spark) OwnTitle() string {
	if s.Title == FirstSentence(s.Text) {
		return ""
	}
	return s.Title
}

// Sought is the beginning of a spark by which is looked for who and what could help with
// it: the same words wherever that is asked, so that the answers agree.
func (s Spark) Sought() string {
	const most = 600 // characters
	text := strings.TrimSpace(s.OwnTitle() + "\n" + s.Text)
	if r := []rune(text); len(r) > most {
		return string(r[:most])
	}
	return text
}

// FirstSentence is a title made of a text: up to its first full stop, question
// or exclamation mark or line end, cut at a word when it is over MaxSentence.
func FirstSentence(text string) string {
	const most = MaxSentence - 1 // one for the ellipsis
	end := len(text)
	for i, r := range text {
		if r == '\n' {
			end = i
			break
		}
		if r == '.' || r == '!' || r == '?' || r == '…' {
			next := i + utf8.RuneLen(r)
			after, _ := utf8.DecodeRuneInString(text[next:])
			// "3.5 km" and "www.kouvola.fi" do not end a sentence, nor "esim. tori",
			// "1. Penkki" and "T. Virtanen".
			if (next == len(text) || unicode.IsSpace(after) && startsSentence(text[next:])) && (r != '.' || endsSentence(text[:i])) {
				end = i
				if r != '.' {
					end = next
				}
				break
			}
		}
	}
	title := strings.TrimSpace(text[:end])
	if title == "" {
		title = CleanLine(text)
	}
	title = CleanLine(title)
	if utf8.RuneCountInString(title) <= MaxSentence {
		return title
	}
	cut := string([]rune(title)[:most])
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:–-…") + "…"
}

// endsSentence tells that a full stop after s may end a sentence: s has words,
// and its last one is neither an initial nor one of the usual abbreviations.
func endsSentence(s string) bool {
	last := s[strings.LastIndexFunc(s, unicode.IsSpace)+1:]
	switch strings.ToLower(strings.TrimLeft(last, "(”\"'")) {
	case "esim", "mm", "ks", "ym", "yms", "jne", "t.ex", "bl.a", "s.k", "e.g", "i.e", "mr", "mrs", "dr":
		return false
	}
	if utf8.RuneCountInString(last) == 1 && strings.ContainsFunc(last, unicode.IsLetter) {
		return false
	}
	letters := 0
	for _, r := range s {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters > 1
}

// startsSentence tells that the text after a full stop begins with anything but
// a small letter.
func startsSentence(s string) bool {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(s))
	return !unicode.IsLower(r)
}

// writtenIn is the language of a text: what it shows itself to be, or that of the
// page it was written on where it is short or between two. People write in their own
// language on whatever page they come to.
func writtenIn(text, page string) string {
	const few = 4 // words that may as well be names
	if l := language.Own().Of(text); l != language.Unknown && len(strings.Fields(text)) >= few {
		return string(l)
	}
	return string(i18n.Language(page).Written())
}
