package story

import (
	"time"

	"kokko/engine/workday"
	"kokko/ground/ident"
)

// Type is what kind of thing happened.
type Type string

const (
	Dropped   Type = "dropped"   // the spark came in
	Edited    Type = "edited"    // its bringer changed the text
	Withdrawn Type = "withdrawn" // its bringer took it away
	Owned     Type = "owned"     // its bringer took over a spark the office had entered
	Answered  Type = "answered"  // a named person answered
	Asked     Type = "asked"     // the office asks the bringer something
	Replied   Type = "replied"   // the bringer answered the office
	Noted     Type = "noted"     // the office's own note
	Talked    Type = "talked"    // a talk was had, measures may have been agreed
	Tagged    Type = "tagged"    // themes, priorities, "outside opening"
	Placed    Type = "placed"    // where it belongs
	Assigned  Type = "assigned"  // who in the office answers
	DueMoved  Type = "due_moved" // the promised day was moved, openly
	Closed    Type = "closed"    // with a public reason
	Reopened  Type = "reopened"
	Corrected Type = "corrected" // earlier words stand corrected: see Corrects
	LeftOut   Type = "left_out"  // a letter was too long or had files that were not kept; Words names the files
	Attached  Type = "attached"  // pictures or files were added
	Detached  Type = "detached"  // and taken away
	Erased    Type = "erased"    // somebody's words and name were erased
	Forgotten Type = "forgotten" // how the bringer was reached went when its time was up

	Questioned Type = "questioned" // tied to an open question, or freed from it
	Merged     Type = "merged"     // others were joined to it, or it to another: Facts.Sparks, Facts.Into
	Unmerged   Type = "unmerged"   // and taken apart again
	Retitled   Type = "retitled"   // the office gave it the title of one that was joined to it

	Held     Type = "held"     // it waits for a person's look before anybody sees it
	Approved Type = "approved" // a person has looked, and it is let in
	Trusted  Type = "trusted"  // its author is trusted from now on
	Blocked  Type = "blocked"  // its author, or the network it came from, is held back
	Lifted   Type = "lifted"   // what was said of its author or network no longer holds
	Reported Type = "reported" // a reader told the office of it
	Looked   Type = "looked"   // what readers told was looked into

	Fared  Type = "fared"  // what became of it where it was told before it was imported: Facts.To, at Facts.From
	Split  Type = "split"  // it became several: Facts.Sparks, and Facts.Into has its ring
	Part   Type = "part"   // it became a spark of its own, a part of Facts.Sparks
	Undone Type = "undone" // the office took an act of its own back: Facts.What, Corrects

	Commented Type = "commented" // somebody said something beneath it: Facts.Comment

	Offered   Type = "offered"   // somebody would join its ring, and waits for a yes: Facts.Role
	Joined    Type = "joined"    // somebody is in its ring: Facts.Role
	Parted    Type = "parted"    // somebody left its ring
	Sought    Type = "sought"    // what its ring looks for: Facts.Added, Facts.Removed
	Committed Type = "committed" // somebody has taken the next step upon themselves: Facts.Commitment, by Facts.Day
	Kept      Type = "kept"      // and has done it
	Moved     Type = "moved"     // or moved it from Facts.FromDay to Facts.Day
	LetGo     Type = "let_go"    // or let it go

	Introduced Type = "introduced" // two who did not know each other have said yes to meeting
	Tabled     Type = "tabled"     // it was talked of at a partnership table

	Caught Type = "caught" // it caught fire: what measure M0 asks for has come true
	Cooled Type = "cooled" // that was so only with others it has been taken apart from
)

// Types is every type, in the order of a spark's life.
func Types() []Type {
	return []Type{Dropped, Edited, Withdrawn, Owned, Answered, Asked, Replied, Noted, Talked, Tagged, Placed, Assigned, DueMoved, Closed, Reopened, Corrected, LeftOut, Attached, Detached, Erased, Forgotten, Questioned,
		Merged, Unmerged, Retitled, Held, Approved, Trusted, Blocked, Lifted, Reported, Looked, Split, Part, Undone, Fared, Commented,
		Offered, Joined, Parted, Sought, Committed, Kept, Moved, LetGo, Introduced, Tabled, Caught, Cooled}
}

// Actor is who did it, as a part and not as a person.
type Actor string

const (
	Bringer Actor = "bringer" // kipinän tuoja
	Office  Actor = "office"  // a named officer: Beat.Officer
	Kokko   Actor = "kokko"   // the program by itself
	Reader  Actor = "reader"  // lukija: anybody who reads
)

// Visibility is who may read a beat.
type Visibility string

const (
	Public   Visibility = "public"  // everybody, when the spark itself is public
	Parties  Visibility = "parties" // the bringer and the office
	InOffice Visibility = "office"  // the office only
)

// Sees tells whether a reader of this standing may read a beat of visibility v:
// the office sees all, parties see public and parties, the public only public.
func (reader Visibility) Sees(v Visibility) bool {
	switch reader {
	case InOffice:
		return true
	case Parties:
		return v == Public || v == Parties
	default:
		return v == Public
	}
}

// Facts is what a beat's type needs beyond its words. No personal data: names
// and people's own text are in Words and Author, where they can be erased.
type Facts struct {
	Kind     string      `json:"kind,omitempty"`     // dropped: idea, need, vitality or ""
	Source   string      `json:"source,omitempty"`   // dropped: web, mail, phone, card, event
	From     string      `json:"from,omitempty"`     // what it was before
	To       string      `json:"to,omitempty"`       // what it is now
	FromDay  workday.Day `json:"from_day,omitempty"` // due_moved: the day promised before
	Day      workday.Day `json:"day,omitempty"`      // the day promised, or the next contact
	Added    []string    `json:"added,omitempty"`    // tagged: "theme:glocal"
	Removed  []string    `json:"removed,omitempty"`
	Measures int         `json:"measures,omitempty"` // talked: how many were agreed
	Way      string      `json:"way,omitempty"`      // talked: call, meet
	Template string      `json:"template,omitempty"` // answered: which template it began from
	Cut      bool        `json:"cut,omitempty"`      // left_out: the text was longer than is kept
	Left     int         `json:"left,omitempty"`     // left_out: how many files were not kept
	Files    int         `json:"files,omitempty"`    // attached, detached: how many
	Erased   []ident.ID  `json:"erased,omitempty"`   // erased: the beats whose words went
	Sparks   []ident.ID  `json:"sparks,omitempty"`   // merged, unmerged: the others it is about
	Into     ident.ID    `json:"into,omitempty"`     // merged, unmerged: the one that carries, or carried, its matter on; split: the one that has its ring
	What     string      `json:"what,omitempty"`     // undone: tag, relate, assign, due, close, reopen
	Via      ident.ID    `json:"via,omitempty"`      // replied: the spark through which a bringer of the same matter wrote
	Reasons  []string    `json:"reasons,omitempty"`  // held: why, as region/trust names it; reported: the reader's reason
	With     ident.ID    `json:"with,omitempty"`     // closed: the spark it was declined together with
	Comment  ident.ID    `json:"comment,omitempty"`  // commented: what was said, with journey/comment
	Reports  int         `json:"reports,omitempty"`  // looked: how many reports were looked into
	Role     string      `json:"role,omitempty"`     // offered, joined: what somebody is in the ring, as journey/ring names it

	Commitment ident.ID `json:"commitment,omitempty"` // committed, kept, moved, let_go: of journey/ring
}

// Beat is one line of a story.
type Beat struct {
	Region     string
	Spark      ident.ID
	ID         ident.ID // rises with time
	Type       Type
	Actor      Actor
	Officer    ident.ID // 0 unless Actor is Office
	At         time.Time
	Visibility Visibility
	Corrects   ident.ID // the beat this one corrects, 0 for none
	Facts      Facts
	Author     string // the officer's name it was said under; never a bringer's, which spark.Bringers holds alone
	Words      string // what was said, "" when nothing or erased
	Would      string // closed: what would make it catch fire; erased with Words
	HasWords   bool   // false also after erasure
}

// Human tells that a person acted, not the program.
func (b Beat) Human() bool { return b.Actor != Kokko }

// separator parts Words and Would where they are kept as one text; no person can
// type it, since control signs are cleaned from everything written.
const separator = "\x1e"

// Parts gives the two things a beat says: Words and Would.
func (b Beat) Parts() (first, second string) { return b.Words, b.Would }
