package comment

import (
	"time"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/journey/spark"
)

// Bounds of a comment.
const (
	MaxWords  = 2000
	MaxReport = spark.MaxReport
	// Page is how many comments are read at a time.
	Page = 20
	// OpenShown is how many open questions stand above the talk.
	OpenShown = 5
	// DeclinedKept is how long the words of what was not let in are kept, and what
	// readers told of a comment. The privacy page promises it.
	DeclinedKept = 90 * 24 * time.Hour
	// mostReports bounds the reports of one comment that wait.
	mostReports = 50
	// twice is within what time the same words again are the same press of a button.
	twice = 10 * time.Minute
)

// Kind is who says something.
type Kind string

const (
	Person  Kind = "address" // somebody with a confirmed address
	Bringer Kind = "bringer" // the spark's bringer, by their own link
	Officer Kind = "office"  // a named officer
	Nobody  Kind = ""        // somebody who has erased themselves
)

// Author is who says something. Email is what they are weighed and known by.
type Author struct {
	Kind  Kind
	ID    ident.ID // of the address, the bringer or the officer
	Email string
}

// State is what has become of a comment.
type State string

const (
	Shown     State = "shown"
	Held      State = "held"      // waits for a person's look before anybody sees it
	Declined  State = "declined"  // a person has looked, and it is not let in
	Withdrawn State = "withdrawn" // its author took it away: the words are gone, its place stays
)

// Comment is one thing said beneath a spark.
type Comment struct {
	Region     string
	Spark      ident.ID
	ID         ident.ID
	Kind       Kind
	Author     ident.ID
	Name       string // as its author chose to be called, "" for a neutral word
	Language   string
	Words      string
	State      State
	Placed     bool   // has a place in the talk
	Waits      bool   // for the office: held, or told of by readers
	Held       string // why it was held, as region/trust keeps reasons
	Question   bool   // to the spark's bringer
	Unanswered bool   // and still open
	Answer     ident.ID
	Beat       ident.ID // that told of it, 0 while nobody has heard
	Reports    int      // of readers, that wait
	Written    time.Time
	Edited     time.Time
	Decided    time.Time // by the office
	Officer    ident.ID
	Reason     string // why it was declined, for its author
}

// Mine tells that somebody is a comment's author.
func (c Comment) Mine(a Author) bool { return a.ID != 0 && c.Kind == a.Kind && c.Author == a.ID }

// Mendable tells that its author can still change it.
func (c Comment) Mendable() bool { return c.State == Shown || c.State == Held }

// Quote is a comment as letters carry it. A letter that does names it among its Quotes,
// and is written while the comment is held: see Hold.
func (c Comment) Quote() string { return mail.Quote(c.Words, c.Name) }

// Draft is what somebody wrote.
type Draft struct {
	Words    string
	Name     string
	Language string
	Question bool
	Settles  ident.ID // the question it answers, 0 for none
}

// Check cleans a draft and finds every mistake in it.
func (d *Draft) Check() error {
	var wrong fault.Many
	var err error
	if d.Words, err = spark.Words(d.Words, "words", MaxWords); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if d.Name, err = spark.Name(d.Name, "name"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if _, ok := i18n.ParseSet(d.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	return wrong.OrNil()
}

// Report is what a reader tells the office of a comment.
type Report struct {
	ID       ident.ID
	Wrong    spark.Wrong
	Words    string
	Language string
	Doubt    string // why a machine may have sent it, as region/trust keeps reasons
	Told     time.Time
}

// Talk is how much there is beneath a spark.
type Talk struct {
	Shown     int // comments with their words
	Questions int // open ones to the bringer
	Warm      int // who said "me too"
	Hears     Pace
}

// Pace is how soon a bringer or an officer hears of what is said.
type Pace string

const (
	Now   Pace = "now"
	Daily Pace = "daily"
	Never Pace = "never"
)

// Paces is every pace, the soonest first.
func Paces() []Pace { return []Pace{Now, Daily, Never} }

// Order is which end of a talk comes first.
type Order string

const (
	Oldest Order = "oldest"
	Newest Order = "newest"
)

// Decision is what the office does with a comment.
type Decision string

const (
	Approve  Decision = "approve" // let in, or left as it is in spite of what was told of it
	Trust    Decision = "trust"   // and its author waits no more
	Decline  Decision = "decline" // not let in, or taken down
	Block    Decision = "block"   // and its author is blocked, with all of theirs that waits
	Ask      Decision = "ask"     // it is a question to the bringer
	Answered Decision = "answered"
)

// Decisions is everything the office can do.
func Decisions() []Decision { return []Decision{Approve, Trust, Decline, Block, Ask, Answered} }

// Offer is what somebody offers beside their warmth.
type Offer string

const (
	NoOffer Offer = ""
	Use     Offer = "use"  // I would use it
	Join    Offer = "join" // I will join
	Know    Offer = "know" // I know somebody
)

// Offers is everything that can be offered.
func Offers() []Offer { return []Offer{Use, Join, Know} }

// Warmth is one person's "me too".
type Warmth struct {
	Spark   ident.ID
	Address ident.ID
	Offer   Offer
	Name    string
	Shared  bool // the bringer and the office may know who offers it
	Since   time.Time
}
