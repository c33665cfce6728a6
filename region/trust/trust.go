package trust

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
)

// Standing is what the office has said of an address or a network.
type Standing string

const (
	Unknown Standing = ""
	Trusted Standing = "trusted" // an address only: what it sends waits for nobody
	Slowed  Standing = "slowed"  // a network only: what comes from it waits for a person
	Blocked Standing = "blocked" // nothing from it is taken in
)

// Of is whose a standing is.
type Of string

const (
	Address Of = "address" // an e-mail address
	Network Of = "network" // an IPv4 /24 or an IPv6 /56
)

// Mode is how much of what comes waits for a person's look.
type Mode string

const (
	HoldAll        Mode = "all"
	HoldSuspicious Mode = "suspicious"
	HoldNone       Mode = "none"
)

// Modes is every mode, the strictest first.
func Modes() []Mode { return []Mode{HoldAll, HoldSuspicious, HoldNone} }

// Rules is what one region weighs by.
type Rules struct {
	Hold    Mode
	Words   []string      // words that hold, each also as the beginning of a longer one
	Domains []string      // links to these and what is under them count for nothing
	Quick   time.Duration // a form sent sooner than this was not filled in by a person
	Links   int           // more links than this are too many from anybody not trusted
	Hourly  int           // so many from one network in an hour are enough
	Often   int           // so many under one address in an hour are enough
}

// Usual is the rules of a region that has set none.
func Usual() Rules {
	return Rules{Hold: HoldSuspicious, Quick: 3 * time.Second, Links: 3, Hourly: 20, Often: 10}
}

// Sender is what is known of who sends something, beside what they wrote. The
// zero value is nobody in particular: what they send is judged by its text alone.
type Sender struct {
	Address string       // e-mail, "" when none was given
	Network netip.Prefix // zero when it is not known
	Form    Form         // zero when it came by no form
}

// Form is what a form tells of how it was filled in.
type Form struct {
	Sent  bool          // it came by a form of ours
	Trap  bool          // the field that nobody sees was filled in
	Bare  bool          // it came to a form's address without the form's own fields
	Timed bool          // Age is known
	Age   time.Duration // from its being shown to its being sent
}

// Evidence is everything a verdict rests on.
type Evidence struct {
	Form
	Links       int      // links to elsewhere
	OnlyLinks   bool     // there is next to nothing but links
	Words       []string // the words of the rules that occur
	Repeats     int      // how often the same text has come within a day, from anybody
	FromNetwork int      // what came from the same network within an hour before
	FromAuthor  int      // what came under the same address within an hour before
	Known       bool     // a person in the office has answered something of theirs
	Author      Standing
	Network     Standing
}

// Ruling is what becomes of something, the mildest first.
type Ruling int

const (
	LetIn  Ruling = iota
	Hold          // it waits until a person has looked
	Refuse        // it is not taken in, and its sender is told so
)

// Reason says why something is held or refused.
type Reason string

const (
	BecauseAll       Reason = "all"        // the region looks at everything first
	BecauseTrap      Reason = "trap"       // the unseen field was filled in
	BecauseBare      Reason = "bare"       // it was sent past the form
	BecauseQuick     Reason = "quick"      // sent sooner than anybody types
	BecauseFlood     Reason = "flood"      // much has come from the same network
	BecauseOften     Reason = "often"      // much has come under the same address
	BecauseRepeat    Reason = "repeat"     // the same text has come before
	BecauseLink      Reason = "link"       // a link from somebody not yet known
	BecauseManyLinks Reason = "many_links" // more links than the rules allow
	BecauseOnlyLinks Reason = "only_links" // nothing but links
	BecauseWords     Reason = "words"      // a word the office wants to see first
	BecauseSlowed    Reason = "slowed"     // the network was slowed or blocked
	BecauseBlocked   Reason = "blocked"    // the address or the network is blocked
	BecauseReport    Reason = "report"     // a reader reported it, and the office took it back
)

// Reasons is every reason, in the order they are told.
func Reasons() []Reason {
	return []Reason{BecauseBlocked, BecauseAll, BecauseTrap, BecauseBare, BecauseQuick, BecauseFlood, BecauseOften, BecauseRepeat,
		BecauseLink, BecauseManyLinks, BecauseOnlyLinks, BecauseWords, BecauseSlowed, BecauseReport}
}

// rule is one line of the table that Judge reads.
type rule struct {
	because Reason
	ruling  Ruling
	machine bool // holds also who is trusted: it tells of a machine, and anybody can type a trusted address
	says    func(r Rules, e Evidence) bool
}

// table is all the rules. Each asks for one thing only and says more the more of
// it there is: that is what makes Judge monotone.
func table() []rule {
	return []rule{
		{BecauseBlocked, Refuse, false, func(_ Rules, e Evidence) bool { return e.Author == Blocked || e.Network == Blocked }},
		{BecauseAll, Hold, false, func(r Rules, _ Evidence) bool { return r.Hold == HoldAll }},
		{BecauseTrap, Hold, true, func(_ Rules, e Evidence) bool { return e.Trap }},
		{BecauseBare, Hold, true, func(_ Rules, e Evidence) bool { return e.Bare }},
		{BecauseQuick, Hold, false, func(r Rules, e Evidence) bool { return e.Timed && e.Age < r.Quick }},
		{BecauseFlood, Hold, true, func(r Rules, e Evidence) bool { return e.FromNetwork >= r.Hourly }},
		{BecauseOften, Hold, false, func(r Rules, e Evidence) bool { return e.FromAuthor >= r.Often }},
		{BecauseRepeat, Hold, true, func(_ Rules, e Evidence) bool { return e.Repeats > 0 }},
		{BecauseLink, Hold, false, func(_ Rules, e Evidence) bool { return e.Links > 0 && !e.Known }},
		{BecauseManyLinks, Hold, false, func(r Rules, e Evidence) bool { return e.Links > r.Links }},
		{BecauseOnlyLinks, Hold, false, func(_ Rules, e Evidence) bool { return e.OnlyLinks }},
		{BecauseWords, Hold, false, func(_ Rules, e Evidence) bool { return len(e.Words) > 0 }},
		{BecauseSlowed, Hold, false, func(_ Rules, e Evidence) bool { return e.Network == Slowed || e.Network == Blocked }},
	}
}

// Verdict is what becomes of something and why.
type Verdict struct {
	Ruling  Ruling
	Reasons []Reason
}

// Judge weighs evidence by a region's rules. It is pure and monotone: more
// evidence against somebody never lets in what less would not. Whoever fills in
// the trap is held and not refused, for a person may do it too; only what the
// office itself has blocked is refused, and that is said.
//
// A trusted author is held only by what tells of a machine, and in a blocked
// network they wait instead of being refused: their neighbours were blocked, not
// they.
func Judge(r Rules, e Evidence) (v Verdict) {
	for _, rule := range table() {
		if !rule.says(r, e) {
			continue
		}
		ruling := rule.ruling
		if e.Author == Trusted && !rule.machine {
			if rule.because != BecauseBlocked {
				continue
			}
			ruling = Hold
		}
		if r.Hold == HoldNone && ruling == Hold && rule.because != BecauseBlocked {
			continue
		}
		v.Ruling = max(v.Ruling, ruling)
		v.Reasons = append(v.Reasons, rule.because)
	}
	return v
}

// Held is how a held thing keeps its reasons: "link,words"; "" for what is let in.
func (v Verdict) Held() string {
	if v.Ruling != Hold {
		return ""
	}
	return Keep(v.Reasons...)
}

// Fault is what a refused sender is told; nil when nothing is refused.
func (v Verdict) Fault() error {
	if v.Ruling != Refuse {
		return nil
	}
	return fault.New(fault.Forbidden, "trust.refused")
}

// Keep writes reasons as one text, in their order and each once.
func Keep(reasons ...Reason) string {
	var all []string
	for _, r := range Reasons() {
		if slices.Contains(reasons, r) {
			all = append(all, string(r))
		}
	}
	return strings.Join(all, ",")
}

// Kept reads what Keep wrote; what is no reason any more is left out.
func Kept(s string) (all []Reason) {
	for _, r := range Reasons() {
		if slices.Contains(strings.Split(s, ","), string(r)) {
			all = append(all, r)
		}
	}
	return all
}

// NetworkOf is the network an address is judged by: its IPv4 /24 or IPv6 /56, so
// that a row of neighbouring addresses is one sender.
func NetworkOf(a netip.Addr) netip.Prefix {
	a = a.Unmap().WithZone("")
	bits := 56
	if a.Is4() {
		bits = 24
	}
	p, err := a.Prefix(bits)
	if err != nil {
		return netip.Prefix{}
	}
	return p
}

// Telling tells whether a network says anything of who sends. An address of the
// machine itself or of a private network is a proxy nobody has named, or a whole
// house behind one wall: to count or to block it would be to block everybody.
func Telling(p netip.Prefix) bool {
	a := p.Addr()
	return p.IsValid() && !a.IsLoopback() && !a.IsPrivate() && !a.IsLinkLocalUnicast() && !a.IsUnspecified()
}

// Longest is how long a network may be slowed or blocked at most: its people
// change, and most of them have done nothing.
const Longest = 31 * 24 * time.Hour

// Entry is one standing as it is kept.
type Entry struct {
	ID       ident.ID
	Of       Of
	Standing Standing
	Since    time.Time
	Until    time.Time // zero for no end; a network's always ends
	Officer  ident.ID  // who said so
	Spark    ident.ID  // which spark it came of
}

// Check tells a standing that must not be: a network that is trusted, or that is
// held back for no bounded time, an address that is slowed.
func (e Entry) Check() error {
	fine := false
	switch e.Of {
	case Address:
		fine = (e.Standing == Trusted || e.Standing == Blocked) && e.Until.IsZero()
	case Network:
		fine = (e.Standing == Slowed || e.Standing == Blocked) && e.Until.After(e.Since) && !e.Until.After(e.Since.Add(Longest))
	}
	if !fine {
		return fault.New(fault.Invalid, "trust.standing.wrong").On("network")
	}
	return nil
}
