package feedback

import (
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/office"
)

// Days is within how many days a message about a barrier must be answered (Act
// 306/2019, section 8).
const Days = 14

// Bounds of what is taken in, in characters.
const (
	MaxWords = 5000
	MaxPage  = 300
	MaxEmail = 254
	MaxReply = 5000
	MaxNote  = 2000
)

// State is where one piece of feedback stands.
type State string

const (
	Open     State = "open"
	Answered State = "answered" // by mail
	Handled  State = "handled"  // taken care of in another way
)

// Feedback is one barrier that somebody met, and what became of it.
type Feedback struct {
	Region   string
	ID       ident.ID
	Code     string // its public number, for talking about it
	Page     string // which page, as its giver put it
	Words    string // what was hard
	Email    string // "" for who wants no answer, or none by mail
	Language string // of the page it was given on: fi, selko, sv or en
	Came     time.Time
	Due      workday.Day // by when the law wants an answer
	State    State
	Reply    string    // what was answered, for the giver
	Note     string    // how it was taken care of; its giver reads it too
	Done     time.Time // zero while open
	Officer  ident.ID  // who answered or handled it, 0 while open
}

// Late tells that the law's days have passed and nobody has answered.
func (f Feedback) Late(today workday.Day) bool { return f.State == Open && f.Due < today }

// Given is a form as somebody filled it in.
type Given struct{ Page, Words, Email, Language string }

// check cleans the form and finds everything wrong in it, in its order.
func (g *Given) check() error {
	var wrong fault.Many
	g.Page, g.Words, g.Email = office.Line(g.Page), office.Lines(g.Words), office.FoldEmail(office.Line(g.Email))
	long := func(field, s string, most int) {
		if n := utf8.RuneCountInString(s); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
		}
	}
	long("page", g.Page, MaxPage)
	if g.Words == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "feedback.words.missing").On("words"))
	}
	long("words", g.Words, MaxWords)
	if g.Email != "" && !office.EmailLooksRight(g.Email) {
		wrong = append(wrong, fault.New(fault.Invalid, "email.wrong").On("email"))
	}
	return wrong.OrNil()
}

// due is the last day by the law for something that came on a day.
func due(came workday.Day) workday.Day { return came.Add(Days) }
