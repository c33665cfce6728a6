package challenge

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/region/office"
	"kokko/region/programme"
)

// State is where a question stands on a day.
type State string

const (
	Drafted State = "draft"  // luonnos: only the office sees it
	Coming  State = "coming" // published, and its first day is ahead
	Open    State = "open"   // avoinna: sparks answer it
	Over    State = "over"   // its last day has passed; what came of it is not told yet
	Closed  State = "closed" // suljettu: what came of it is told
)

// States is every state in the order of a question's life.
func States() []State { return []State{Drafted, Coming, Open, Over, Closed} }

// Bounds of what a question may say, in characters, and of its lists and days.
const (
	MaxTitle      = 120
	MaxQuestion   = 300
	MaxBackground = 5000
	MaxCriterion  = 300
	MaxCriteria   = 10
	MaxOutcome    = 5000
	MaxTaken      = 100
	MaxDays       = 2 * 366 // from the first day to the last
)

// Text is what a question says in one language.
type Text struct {
	Title      string
	Question   string
	Background string
	Criteria   []string
	Outcome    string // what came of it, "" until told
}

// blank tells that nothing is said; the outcome is said apart from the rest.
func (t Text) blank() bool {
	return t.Title == "" && t.Question == "" && t.Background == "" && len(t.Criteria) == 0
}

// Challenge is one question.
type Challenge struct {
	Region   string
	ID       ident.ID
	Language string          // the original's
	Texts    map[string]Text // by language, the original always among them
	Opens    workday.Day     // 0 while a draft has none
	Closes   workday.Day     // the last day, 0 while a draft has none
	Themes   []string
	Taken    []ident.ID // the sparks taken on, told at the close
	Made     time.Time
	Out      time.Time // since when everybody sees it; zero for a draft
	Changed  time.Time // the latest change after that
	Ended    time.Time // when what came of it was told
	Version  int64
}

// State is where the question stands on a day: it follows from the days and from
// what the office has done, and is stored nowhere.
func (c *Challenge) State(on workday.Day) State {
	switch {
	case c.Out.IsZero():
		return Drafted
	case !c.Ended.IsZero():
		return Closed
	case on < c.Opens:
		return Coming
	case on > c.Closes:
		return Over
	}
	return Open
}

// Seen tells that everybody may see it.
func (c *Challenge) Seen() bool { return !c.Out.IsZero() }

// In is what the question says in a language, and in which language that really
// is: the original where it is not said in the one asked for.
func (c *Challenge) In(lang string) (t Text, in string) {
	if t, ok := c.Texts[lang]; ok && !t.blank() {
		return t, lang
	}
	return c.Texts[c.Language], c.Language
}

// OutcomeIn is what came of it, and in which language it is said.
func (c *Challenge) OutcomeIn(lang string) (words, in string) {
	if t := c.Texts[lang]; t.Outcome != "" {
		return t.Outcome, lang
	}
	return c.Texts[c.Language].Outcome, c.Language
}

// Said lists the languages the question is said in, the original first.
func (c *Challenge) Said() []string {
	said := []string{c.Language}
	for _, l := range i18n.Languages() {
		if t, ok := c.Texts[string(l)]; ok && string(l) != c.Language && !t.blank() {
			said = append(said, string(l))
		}
	}
	return said
}

// Call is the call a question belongs to: its languages, the original first, and
// its themes. Implemented by region/programme.
type Call interface {
	Tongues() []i18n.Language
	HasTag(kind, id string) bool
}

// Draft is what the office wrote, not yet checked.
type Draft struct {
	Texts  map[string]Text // without outcomes
	Opens  workday.Day     // 0 for none yet
	Closes workday.Day
	Themes []string
}

// Suggested is a draft in the words the programme itself has for one of its
// questions, in each of its languages.
func Suggested(p *programme.Programme, q programme.Challenge) Draft {
	d := Draft{Texts: map[string]Text{}}
	for _, l := range p.Tongues() {
		lang := string(l)
		t := Text{Title: cmp.Or(q.Title.In(lang), q.Question.In(lang)), Question: q.Question.In(lang), Background: q.Background.In(lang)}
		if utf8.RuneCountInString(t.Title) > MaxTitle {
			t.Title = "" // for the office to say shorter
		}
		for _, c := range q.Criteria {
			t.Criteria = append(t.Criteria, c.In(lang))
		}
		d.Texts[lang] = t
	}
	if _, theme, ok := p.Package(q.Package); ok {
		d.Themes = []string{theme.ID}
	}
	return d
}

// check cleans the draft and finds every mistake in it, each naming its field:
// "title.fi", "opens". original is the language that must be said; another is
// either left out or says the same things.
func (d *Draft) check(call Call, original string) fault.Many {
	var wrong fault.Many
	texts := map[string]Text{}
	languages := []string{original}
	for _, l := range call.Tongues() {
		if string(l) != original {
			languages = append(languages, string(l))
		}
	}
	for _, lang := range languages {
		t := d.Texts[lang]
		t.Title, t.Question, t.Background, t.Outcome = office.Line(t.Title), office.Line(t.Question), office.Lines(t.Background), ""
		var criteria []string
		for _, c := range t.Criteria {
			if c = office.Line(c); c != "" {
				criteria = append(criteria, c)
			}
		}
		t.Criteria = criteria
		if lang != original && t.blank() {
			continue
		}
		wrong = append(wrong, t.check(lang)...)
		if first := texts[original]; lang != original {
			if len(t.Criteria) != len(first.Criteria) {
				wrong = append(wrong, fault.New(fault.Invalid, "challenge.criteria.differ").On("criteria."+lang).With("count", len(first.Criteria)))
			}
			if (t.Background == "") != (first.Background == "") {
				wrong = append(wrong, fault.New(fault.Invalid, "challenge.background.differs").On("background."+lang))
			}
		}
		texts[lang] = t
	}
	d.Texts = texts
	switch {
	case d.Opens == 0 || d.Closes == 0: // a draft may wait for its days
	case d.Closes < d.Opens:
		wrong = append(wrong, fault.New(fault.Invalid, "span.backwards").On("closes"))
	case d.Closes-d.Opens > MaxDays:
		wrong = append(wrong, fault.New(fault.Invalid, "challenge.long").On("closes").With("max", MaxDays))
	}
	slices.Sort(d.Themes)
	d.Themes = slices.Compact(d.Themes)
	for _, id := range d.Themes {
		if !call.HasTag("theme", id) {
			wrong = append(wrong, fault.New(fault.Invalid, "spark.theme.unknown").On("themes"))
			break
		}
	}
	return wrong
}

// check finds what is wrong with what one language says.
func (t *Text) check(lang string) (wrong fault.Many) {
	if t.Title == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "challenge.title.missing").On("title."+lang))
	}
	if t.Question == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "challenge.question.missing").On("question."+lang))
	}
	bound := func(field, value string, most int) {
		if n := utf8.RuneCountInString(value); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field+"."+lang).With("max", most).With("now", n))
		}
	}
	bound("title", t.Title, MaxTitle)
	bound("question", t.Question, MaxQuestion)
	bound("background", t.Background, MaxBackground)
	for _, c := range t.Criteria {
		if bound("criteria", c, MaxCriterion); utf8.RuneCountInString(c) > MaxCriterion {
			break
		}
	}
	if len(t.Criteria) > MaxCriteria {
		wrong = append(wrong, fault.New(fault.Invalid, "challenge.criteria.many").On("criteria."+lang).With("max", MaxCriteria))
	}
	return wrong
}

// Criteria reads a list as it is typed: one line each, a bullet before it or not.
func Criteria(typed string) (all []string) {
	for line := range strings.Lines(typed) {
		line = strings.TrimSpace(strings.TrimLeft(strings.TrimSpace(line), "-–—•*"))
		if line != "" {
			all = append(all, line)
		}
	}
	return all
}

// cursor is the key of a question for an address.
func cursor(id ident.ID) string { return strconv.FormatInt(int64(id), 36) }

// parseCursor reads cursor; ok is false for anything else.
func parseCursor(s string) (ident.ID, bool) {
	n, err := strconv.ParseInt(s, 36, 64)
	return ident.ID(n), err == nil && n > 0
}
