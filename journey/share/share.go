package share

import (
	"strconv"
	"time"

	"kokko/ground/ident"
)

// Step is what is counted.
type Step string

const (
	Opened     Step = "opened"     // somebody chose to read
	Interested Step = "interested" // said that it interests them
	Followed   Step = "followed"
	MeToo      Step = "me_too"
	Commented  Step = "commented"
	Shared     Step = "shared" // made a link of their own
)

// Steps is all that is counted, in the order of growing trouble.
func Steps() []Step { return []Step{Opened, Interested, Followed, MeToo, Commented, Shared} }

const (
	// Kept is how long a link works and its counts are kept.
	Kept = 365 * 24 * time.Hour
	// Few is how many there must be before a number is told: fewer could be somebody.
	Few = 5
	// Deepest bounds how long a chain of links is told apart.
	Deepest = 50

	tokenLen = 12 // 60 bits
)

// Share is one link.
type Share struct {
	Region string
	ID     ident.ID
	Token  string // in its address, for everybody
	Spark  ident.ID
	Parent ident.ID // the link its maker came by, 0 for none
	Depth  int      // 1 for a link made by somebody who came by none
	By     string   // whose it is, as Holder hashes them; "" for nobody's
	Made   time.Time
}

// Ends is when a link stops working by itself.
func (s Share) Ends() time.Time { return s.Made.Add(Kept) }

// Holder is how a link remembers a confirmed address: not by the address, and nothing
// that means anything once it is gone.
func Holder(region string, address ident.ID) string {
	return ident.Hash("share/" + region + "/" + address.String())
}

// Told is a count as it may be told, and whether it is too small to be.
func Told(n int) (words string, few bool) {
	if n < Few {
		return strconv.Itoa(Few), true
	}
	return strconv.Itoa(n), false
}
