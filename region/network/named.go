package network

import (
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
)

// Bounds of what a network says of itself, in characters, and of its members.
const (
	MaxName    = 120
	MaxPurpose = 2000
	MaxPage    = 300
	MaxSlug    = 60
	MaxMembers = 2000
)

// Phase is where in its life a network is; each wants another way of leading it.
type Phase string

// The phases of a network's life.
const (
	Activation   Phase = "activation"   // people find each other
	Collectivity Phase = "collectivity" // a common aim and trust
	Institution  Phase = "institution"  // it works by itself
	Turning      Phase = "turning"      // it fades, or turns to something else
)

// Phases is all of them, in the order of a life.
func Phases() []Phase { return []Phase{Activation, Collectivity, Institution, Turning} }

// Moves is how many moves are suggested in each phase; their words are the edge's.
const Moves = 3

// Text is what a network is called and what it is for, in one language.
type Text struct {
	Name    string `json:"name"`
	Purpose string `json:"purpose,omitempty"`
}

// Named is a network with a name.
type Named struct {
	Region      string
	ID          ident.ID
	Slug        string
	Language    string // it was first written in
	Texts       map[string]Text
	Programme   string // the programme's own id of it, "" for none
	National    bool
	Page        string   // its own pages elsewhere, "" for none
	Coordinator ident.ID // 0 for nobody
	Phase       Phase
	PhaseAt     time.Time // since when it is in its phase
	Begins      workday.Day
	Ends        workday.Day // 0 for open
	Closed      time.Time   // zero while it lives
	Heir        ident.ID    // the network that took over, 0 for none
	Made        time.Time
	Version     int64
}

// In is what the network says in a language, or in its own.
func (n Named) In(language string) (t Text, in string) {
	if t, ok := n.Texts[language]; ok && t.Name != "" {
		return t, language
	}
	return n.Texts[n.Language], n.Language
}

// Alive tells that a network has not been closed.
func (n Named) Alive() bool { return n.Closed.IsZero() }

// Draft is what the office writes of a network.
type Draft struct {
	Slug      string // "" to make one of the name
	Texts     map[string]Text
	Programme string
	National  bool
	Page      string
	Phase     Phase
	Begins    workday.Day
	Ends      workday.Day
}

var slugged = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// SlugOf makes an address of a name: small letters without dots over them.
func SlugOf(name string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(name) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		case r == 'ä' || r == 'å':
			b.WriteByte('a')
		case r == 'ö':
			b.WriteByte('o')
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
		if b.Len() >= MaxSlug {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// check cleans a draft and finds everything wrong with it; original is the language
// it must be written in.
func (d *Draft) check(original string) error {
	var wrong fault.Many
	long := func(field, s string, most int) {
		if n := utf8.RuneCountInString(s); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
		}
	}
	for lang, t := range d.Texts {
		t = Text{strings.Join(strings.Fields(t.Name), " "), strings.TrimSpace(t.Purpose)}
		if d.Texts[lang] = t; t == (Text{}) && lang != original {
			delete(d.Texts, lang)
			continue
		}
		if _, ok := i18n.ParseLanguage(lang); !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("name."+lang))
		}
		if t.Name == "" {
			wrong = append(wrong, fault.New(fault.Invalid, "network.name.missing").On("name."+lang))
		}
		long("name."+lang, t.Name, MaxName)
		long("purpose."+lang, t.Purpose, MaxPurpose)
	}
	if _, ok := d.Texts[original]; !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "network.name.missing").On("name."+original))
	}
	if d.Page = strings.TrimSpace(d.Page); d.Page != "" {
		if u, err := url.Parse(d.Page); err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || len(d.Page) > MaxPage {
			wrong = append(wrong, fault.New(fault.Invalid, "network.page.wrong").On("page"))
		}
	}
	if !slices.Contains(Phases(), d.Phase) {
		wrong = append(wrong, fault.New(fault.Invalid, "network.phase.wrong").On("phase"))
	}
	if d.Begins != 0 && d.Ends != 0 && d.Ends < d.Begins {
		wrong = append(wrong, fault.New(fault.Invalid, "network.ends.before").On("ends"))
	}
	if d.Slug = strings.TrimSpace(d.Slug); d.Slug == "" {
		d.Slug = SlugOf(d.Texts[original].Name)
	}
	if len(wrong) == 0 && (!slugged.MatchString(d.Slug) || len(d.Slug) > MaxSlug) {
		wrong = append(wrong, fault.New(fault.Invalid, "network.slug.wrong").On("slug"))
	}
	slices.SortStableFunc(wrong, func(a, b *fault.Error) int { return strings.Compare(a.Field, b.Field) })
	return wrong.OrNil()
}

// Member is somebody in a network.
type Member struct {
	Network ident.ID
	Actor   ident.ID
	Since   workday.Day // 0 when not said
	Until   workday.Day // 0 while they are in it
	Told    time.Time
}
