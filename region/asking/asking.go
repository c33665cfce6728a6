package asking

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/network"
	"kokko/region/office"
)

// Bounds of what somebody says, and of the letters it sends.
const (
	MaxTopic   = 120 // characters
	MaxNamed   = 200 // of a name
	AtOnce     = 5   // named on one form
	MostOwn    = 200 // kept of one person
	LettersDay = 5   // one person may send in a day
)

// Times of a letter to somebody named.
const (
	Open   = 30 * 24 * time.Hour      // for their answer
	Spaced = 180 * 24 * time.Hour     // between two letters to one mailbox, whoever asks
	Kept   = 3 * 365 * 24 * time.Hour // of the name of a person who is no tie, since it was last said
)

// State is how a naming stands.
type State string

const (
	Public  State = "public"  // an organisation: it is a tie
	Note    State = "note"    // a person who has not been asked: the asker's own
	Waiting State = "waiting" // they have been asked, or the letter was spared
	Agreed  State = "agreed"  // they agreed: it is a tie, and both see it
	Ended   State = "ended"   // they did not, or time ran out; why is nobody's business
)

// Scale is how often two talk, or how well they know each other.
type Scale int

// Steps of a scale.
const (
	Little Scale = 1 + iota
	Some
	Much
)

// Scales is all of them, the least first.
func Scales() []Scale { return []Scale{Little, Some, Much} }

// ScaleOf reads a step; what is none is the least.
func ScaleOf(s string) Scale {
	n, err := strconv.Atoi(s)
	if err != nil || !slices.Contains(Scales(), Scale(n)) {
		return Little
	}
	return Scale(n)
}

// Weight is how much it tells, when it is said, that somebody would ask somebody:
// both how often and how well count the same.
func Weight(often, well Scale) float64 { return float64(often+well) / float64(2*Much) }

// Naming is one whom somebody would ask about something.
type Naming struct {
	Region       string
	ID           ident.ID
	Wave         ident.ID // 0 for none
	Address      ident.ID // of who would ask
	Person       ident.ID // the same
	Actor        ident.ID // whom they would ask: 0 for a person who has not agreed
	Organisation bool
	Topic        string
	Named        string // as it was written
	Often, Well  Scale
	State        State
	Email        string // of whom a letter waits for, "" otherwise
	Language     string
	Made         time.Time
	At           time.Time // when it was last said to be so
	Turned       time.Time // since when it is in its state
	Until        time.Time // an answer is waited for; zero otherwise

	hash string
}

// Shown is how it stands for who would ask: a no is not told apart from silence, and is
// not told before silence would be.
func (n Naming) Shown(now time.Time) State {
	if n.State == Ended && now.Before(n.Until) {
		return Waiting
	}
	return n.State
}

// Stands tells that it is a tie now.
func (n Naming) Stands() bool { return n.State == Public || n.State == Agreed }

// tie is what it ties, while it stands. An answer in a wave has the wave as its
// source, so that a wave's ties are found together.
func (n Naming) tie() network.Tie {
	t := network.Tie{From: n.Person, To: n.Actor, Kind: network.Stated, Why: network.Asked, Source: n.ID, Weight: Weight(n.Often, n.Well), Since: n.Made, At: n.At}
	if n.Wave != 0 {
		t.Why, t.Source = network.Survey, n.Wave
	}
	return t
}

// Named is one that a form names.
type Named struct {
	Name         string   `json:"name"`
	Organisation ident.ID `json:"organisation,omitempty"` // 0 for a person
	Often        Scale    `json:"often"`
	Well         Scale    `json:"well"`
	Email        string   `json:"email,omitempty"` // where a person is asked, "" for not at all
}

// Draft is what somebody says on the form.
type Draft struct {
	Name     string   `json:"name"` // their own
	Topic    string   `json:"topic"`
	Language string   `json:"language"`
	Who      []Named  `json:"who"`
	Wave     ident.ID `json:"wave,omitempty"`
}

// leads tells a text that would be a link in a letter: nobody advertises through it.
func leads(s string) bool {
	s = strings.ToLower(s)
	return strings.Contains(s, "://") || strings.Contains(s, "www.") || strings.Contains(s, "@")
}

// Field is the name of a field of the i-th row of the form, from 0.
func Field(name string, i int) string { return name + "-" + strconv.Itoa(i+1) }

// Check cleans a draft and finds everything wrong with it. Rows must be the form's own,
// in its order; those without a name are dropped afterwards.
func (d *Draft) Check() error {
	var wrong fault.Many
	bad := func(key, field string) { wrong = append(wrong, fault.New(fault.Invalid, key).On(field)) }
	long := func(field, s string, most int) {
		if n := utf8.RuneCountInString(s); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
		}
	}
	if d.Topic = network.OneLine(d.Topic); d.Topic == "" {
		bad("asking.topic.missing", "topic")
	} else if leads(d.Topic) {
		bad("asking.topic.link", "topic")
	}
	long("topic", d.Topic, MaxTopic)
	if d.Name = network.OneLine(d.Name); d.Name == "" {
		bad("event.name.missing", "name")
	} else if leads(d.Name) {
		bad("asking.topic.link", "name")
	}
	any := false
	for i := range d.Who {
		w := &d.Who[i]
		w.Name, w.Email = network.OneLine(w.Name), office.FoldEmail(w.Email)
		w.Often, w.Well = min(Much, max(Little, w.Often)), min(Much, max(Little, w.Well))
		if w.Name == "" {
			if w.Email != "" {
				bad("asking.who.missing", Field("who", i))
			}
			continue
		}
		any = true
		long(Field("who", i), w.Name, MaxNamed)
		switch {
		case w.Email == "":
		case w.Organisation != 0:
			bad("asking.email.organisation", Field("email", i))
		case !office.EmailLooksRight(w.Email):
			bad("email.wrong", Field("email", i))
		}
	}
	if len(d.Who) > AtOnce {
		wrong = append(wrong, fault.New(fault.Invalid, "asking.who.many").With("max", AtOnce))
	}
	if !any && wrong.OrNil() == nil {
		bad("asking.who.missing", Field("who", 0))
	}
	if err := wrong.OrNil(); err != nil {
		return err
	}
	d.Who = slices.DeleteFunc(d.Who, func(w Named) bool { return w.Name == "" })
	return nil
}

// Answer is what somebody named answers.
type Answer string

const (
	Yes   Answer = "yes"
	No    Answer = "no"
	Never Answer = "never" // and do not ask me again
)
