package knowhow

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/ident"
)

// Bounds of what a person tells, in characters and in number.
const (
	MaxText  = 1000
	MaxItems = 60 // of their own words, offers, wishes and topics
)

// Kind is what an item is evidence by.
type Kind string

const (
	Own     Kind = "own"     // in a person's own words
	Offered Kind = "offered" // what they offer
	Wanted  Kind = "wanted"  // what they look for: no evidence of know-how
	Topic   Kind = "topic"   // a concept they kept or dropped
	Role    Kind = "role"    // what they did in a ring or a project
	Study   Kind = "study"
	Meeting Kind = "meeting"
	Answer  Kind = "answer"  // what they said in public of somebody's matter
	Spark   Kind = "spark"   // what they brought under their own name
	Project Kind = "project" // what an organisation carried out
)

// Kinds is all of them, those a person writes first.
func Kinds() []Kind {
	return []Kind{Own, Offered, Wanted, Topic, Role, Study, Meeting, Answer, Spark, Project}
}

// Written is those a person writes themselves.
func Written() []Kind { return []Kind{Own, Offered, Wanted} }

// weight is how much a kind of evidence is trusted; 0 for what is none.
func (k Kind) weight() float64 {
	switch k {
	case Role, Study, Own, Offered:
		return 1
	case Answer:
		return .8
	case Topic:
		return .6
	case Spark, Meeting, Project: // they tell what it was about, and not what anybody could do
		return .5
	}
	return 0
}

// State is how it stands with an item.
type State string

const (
	Holds   State = ""
	Filled  State = "filled"  // what was offered or looked for has found its taker
	Dropped State = "dropped" // a topic that was suggested, and is not theirs
)

// Item is one piece of evidence.
type Item struct {
	ID       ident.ID
	Actor    ident.ID
	Kind     Kind
	State    State
	Together bool // of what is offered or looked for: open to doing it with others
	Text     string
	Language string // "" when nobody knows
	// Source is where it is known from, by its room ("spark", "project", "concept"), and
	// which one; "" and 0 for a person's own word.
	Source   string
	SourceID ident.ID
	At       time.Time // when it was so, zero when nobody knows
	Written  time.Time
}

// Speaks tells that an item is evidence of what somebody knows.
func (i Item) Speaks() bool { return i.Kind.weight() > 0 && i.State == Holds }

// pieces are what an item is found by: each sentence of what somebody wrote of themselves,
// for each is something else that they can do, and a long story would say less of any.
func (i Item) pieces() (all []string) {
	if i.Kind != Own && i.Kind != Offered {
		return []string{i.Text}
	}
	for _, line := range strings.FieldsFunc(i.Text, func(r rune) bool { return strings.ContainsRune("\n.!?;", r) }) {
		if line = strings.TrimSpace(line); line != "" {
			all = append(all, line)
		}
	}
	return all
}

// Shown tells that an item is shown to others, on the page of whoever it is of.
func (i Item) Shown() bool { return i.State != Dropped }

// check cleans what a person wrote and finds the first mistake in it.
func (i *Item) check() error {
	if !slices.Contains(Written(), i.Kind) {
		return fault.New(fault.Invalid, "knowhow.kind.wrong").On("kind")
	}
	i.Text = clean(i.Text)
	field := string(i.Kind)
	if i.Text == "" {
		return fault.New(fault.Invalid, "knowhow.text.missing").On(field)
	}
	if n := utf8.RuneCountInString(i.Text); n > MaxText {
		return fault.New(fault.Invalid, "too_long").On(field).With("max", MaxText).With("now", n)
	}
	if i.Kind == Own {
		i.Together = false
	}
	return nil
}

// clean keeps the lines of a text, without what stands round them.
func clean(text string) string {
	lines := strings.Split(strings.ReplaceAll(text, "\r", "\n"), "\n")
	var kept []string
	for _, l := range lines {
		if l = strings.Join(strings.Fields(l), " "); l != "" {
			kept = append(kept, l)
		}
	}
	return strings.Join(kept, "\n")
}
