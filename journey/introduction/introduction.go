package introduction

import (
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/office"
)

// Bounds of an introduction.
const (
	MaxMessage = 400 // characters: two sentences
	MaxRemark  = 400
	MaxWanted  = 120
	MaxCame    = 1000
	// Open is how long there is for everybody's yes.
	Open = 21 * 24 * time.Hour
	// Nudge is after how long whoever it waits for is reminded, once.
	Nudge = 6 * 24 * time.Hour
	// AskAfter is how long after they got each other's details both are asked how it went.
	AskAfter = 14 * 24 * time.Hour
	// Kept is how long it is kept who they were, after it ended or they met.
	Kept = 180 * 24 * time.Hour
	// Month is within what time requests to one person are counted.
	Month = 30 * 24 * time.Hour
	// MostOpen is how many one person may have under way.
	MostOpen = 5
)

// Role is a side of an introduction.
type Role string

const (
	Asker  Role = "asker"
	Broker Role = "broker" // yhdistäjä: knows both, and passes it on
	Other  Role = "other"
)

// Answer is what somebody has said.
type Answer string

const (
	None  Answer = ""
	Yes   Answer = "yes"
	NotMe Answer = "no"    // not now
	Never Answer = "never" // and no more such requests
)

// State is how far an introduction has come.
type State string

const (
	WithBroker State = "broker" // waits to be passed on
	WithAsker  State = "asker"  // was proposed: waits for the first one's yes
	WithOther  State = "other"  // waits for the other's yes
	Met        State = "met"    // both have said yes, and have each other's details
	Ended      State = "ended"
)

// Why is why it ended; nobody but the program reads it.
type Why string

const (
	Expired  Why = "expired"
	Declined Why = "declined"
	TakenOff Why = "withdrawn" // by who asked
)

// Side is one who has a part.
type Side struct {
	Role     Role
	Address  ident.ID // confirmed, 0 while nobody knows one
	Officer  ident.ID // of the office, with Broker
	Actor    ident.ID // the person or organisation, 0 when not known
	Email    string
	Name     string
	Language string
	Answer   Answer
	Tells    bool // that they met may be told in the spark's story
	Met      Outcome
	Useful   Outcome
	Came     string // what came of it
	Answered time.Time
	hash     string
}

// Refused tells that they have said no, for now or for good.
func (s Side) Refused() bool { return s.Answer == NotMe || s.Answer == Never }

// Outcome is how it went.
type Outcome string

const (
	Unsaid Outcome = ""
	Did    Outcome = "yes"
	NotYet Outcome = "not_yet"
	DidNot Outcome = "no"
)

// Introduction is one introduction with its three sides.
type Introduction struct {
	Region  string
	ID      ident.ID
	Spark   ident.ID // it is about, 0 for none
	Wanted  string   // who or what is looked for, as it was chosen or written
	Message string   // of who asks, two sentences
	Remark  string   // of who passes it on
	State   State
	Began   time.Time
	Turned  time.Time // when it last came further
	Until   time.Time
	MetAt   time.Time
	Asker   Side
	Broker  Side
	Other   Side
	Hands   []Side // of a chain, those who were asked so far; Broker is nobody then

	plan                  []planned // who would be asked next
	why                   Why
	reminded, asked, told time.Time
	heard                 time.Time // when the other one was asked, zero when they were spared
}

// side gives a side to be changed.
func (x *Introduction) side(r Role) *Side {
	switch r {
	case Asker:
		return &x.Asker
	case Broker:
		return &x.Broker
	case Other:
		return &x.Other
	}
	for i := range x.Hands {
		if x.Hands[i].Role == r {
			return &x.Hands[i]
		}
	}
	return new(Side)
}

// Of gives what a side has said and who it is.
func (x Introduction) Of(r Role) Side { return *x.side(r) }

// state is what follows from what everybody has said: the one place that decides it. A
// word of no ends it, whoever says it, but of a hand where another way is tried; both get
// the other's details only when all who pass it on and both of them have said yes.
func (x *Introduction) state() State {
	passed, over := x.passed()
	switch {
	case x.State == Ended || over || x.Asker.Answer.refused() || x.Other.Answer.refused():
		return Ended
	case !passed:
		return WithBroker
	case x.Asker.Answer != Yes:
		return WithAsker
	case x.Other.Answer != Yes:
		return WithOther
	}
	return Met
}

// Waits tells for whom it waits; "" for nobody.
func (x Introduction) Waits() Role {
	switch x.State {
	case WithBroker:
		if way := x.current(); len(way) > 0 {
			return way[len(way)-1].Role
		}
		return Broker
	case WithAsker:
		return Asker
	case WithOther:
		return Other
	}
	return ""
}

// Shown is how far it has come as a side may know: what ended is seen to be under way
// until its time is up, and nobody learns who was asked before it, or what they said.
func (x Introduction) Shown(to Role, now time.Time) State {
	switch {
	case x.State == Met:
		return Met
	case !now.Before(x.Until) || x.why == TakenOff:
		return Ended
	case to == Asker && x.Asker.Answer == None:
		return WithAsker
	}
	return WithOther
}

// Reached tells that it has come to the other one: it was passed on, and the first said yes.
func (x Introduction) Reached() bool {
	passed, _ := x.passed()
	return passed && x.Asker.Answer == Yes
}

// Contacts gives how a side reaches the one they were introduced to; ok is false until
// both have said yes.
func (x Introduction) Contacts(of Role) (to Side, ok bool) {
	if x.State != Met {
		return to, false
	}
	switch of {
	case Asker:
		return x.Other, true
	case Other:
		return x.Asker, true
	}
	return to, false
}

// Draft is what somebody writes who would like to meet somebody.
type Draft struct {
	Spark  ident.ID
	Wanted string
	Actor  ident.ID // of whom they would meet, 0 for whoever the broker knows
	Broker ident.ID // who would pass it on, 0 for the office
	// Ways are the people it would be passed along, from who asks on: the best first, and
	// others to be tried when somebody does not pass it on. None for the broker alone.
	Ways     [][]ident.ID
	Name     string // of who asks
	Message  string
	Tells    bool
	Language string
}

// Check cleans a draft and finds every mistake in it.
func (d *Draft) Check() error {
	var wrong fault.Many
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
	}
	var err error
	if d.Name, err = spark.Name(d.Name, "name"); err == nil && d.Name == "" {
		err = fault.New(fault.Invalid, "introduction.name.missing").On("name")
	}
	note(err)
	d.Message, err = spark.Words(d.Message, "message", MaxMessage)
	note(err)
	if d.Wanted, err = spark.Words(d.Wanted, "wanted", MaxWanted); err == nil {
		d.Wanted = spark.CleanLine(d.Wanted)
	}
	note(err)
	return wrong.OrNil()
}

// Pass is how a broker passes it on.
type Pass struct {
	Email  string // where the other is reached, needed while that is not known
	Name   string // what they are called
	Remark string
}

// check cleans it and finds every mistake in it; field is what the form calls the
// address.
func (p *Pass) check(known bool, field string) error {
	var wrong fault.Many
	var err error
	p.Email = office.FoldEmail(p.Email)
	if p.Email == "" && !known {
		wrong = append(wrong, fault.New(fault.Invalid, "introduction.email.missing").On(field))
	} else if p.Email != "" && !office.EmailLooksRight(p.Email) {
		wrong = append(wrong, fault.New(fault.Invalid, "email.wrong").On(field))
	}
	if p.Name, err = spark.Name(p.Name, "name"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if p.Remark, err = spark.WordsIfAny(p.Remark, "remark", MaxRemark); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	return wrong.OrNil()
}

// News is what a side hears of by letter.
type News string

const (
	PassOn News = "pass_on" // to the broker: would you pass this on?
	Would  News = "would"   // to either side: would you like to meet?
	Meet   News = "meet"    // to both: here you are
	Nudged News = "nudged"  // to whoever it waits for
	Naught News = "naught"  // to who asked: it got nowhere
	HowWas News = "how"     // to both: how did it go?
)
