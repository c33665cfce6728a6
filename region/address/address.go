package address

import (
	"encoding/json"
	"net/netip"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/office"
)

const (
	// AskLife is how long the link and the code in a letter work.
	AskLife = 24 * time.Hour
	// AsksKept is how long an address that nobody confirmed is kept at most.
	AsksKept = 7 * 24 * time.Hour
	// Remembered is how long a browser remembers who confirmed in it.
	Remembered = 30 * 24 * time.Hour
	// LettersADay is how many letters that ask to confirm go to one mailbox in a day,
	// whoever asks for them.
	LettersADay = 4
	// AsksADay is how many addresses one network may ask to confirm in a day.
	AsksADay = 30
	// Bounces is how many letters in a row a mail server may refuse for good before
	// nothing more is sent to an address.
	Bounces = 3
	// codeTries is how often a code may be typed wrong.
	codeTries = 5
)

// Address is a confirmed address: a person, as far as we know them.
type Address struct {
	Region    string
	ID        ident.ID
	Email     string
	Language  string
	Confirmed time.Time
	Bounces   int       // letters in a row that were refused for good
	Reply     string    // what the mail server said of the last one
	Stopped   time.Time // since when nothing is sent there, zero while letters go
	links     int       // how many own links there have been: only the last opens
}

// Reachable tells that letters go to the address.
func (a Address) Reachable() bool { return a.Stopped.IsZero() }

// Letters is how the purposes of letters about an address begin.
const Letters = "address."

// Then is what a person wanted to do when they were asked to confirm: it is done in
// the transaction that confirms. Kind says whose it is, Data is theirs to read.
type Then struct {
	Kind string
	Data json.RawMessage
}

// ThenOf packs what is to be done.
func ThenOf(kind string, data any) (Then, error) {
	raw, err := json.Marshal(data)
	return Then{kind, raw}, err
}

// Asking is an address somebody typed.
type Asking struct {
	Region   string
	Email    string
	Language string       // what the letter is written in
	Network  netip.Prefix // where it was typed, the zero one when that cannot be told
	Then     Then
}

// check cleans the address and finds what is wrong with it.
func (a *Asking) check() error {
	if a.Email = office.FoldEmail(a.Email); !office.EmailLooksRight(a.Email) {
		return fault.New(fault.Invalid, "email.wrong").On("email")
	}
	if len(a.Then.Data) == 0 {
		a.Then.Data = json.RawMessage("{}")
	}
	return nil
}

// Letter is what the letter to an address must say.
type Letter struct {
	Region   string
	ID       ident.ID // of the address, when it is confirmed: what is kept of the letter goes with it
	Email    string
	Language string
	Secret   string // of the link
	Code     string
	Then     Then
}

// Ask is an address that waits for its owner.
type Ask struct {
	Email    string
	Language string
	Then     Then
	// ByCode tells that it was opened by the browser that asked, which needs the code
	// too; else by the link in the letter.
	ByCode bool
}

// Confirmed is what confirming gives.
type Confirmed struct {
	Address Address
	Then    Then
	Token   string // for the cookie of the browser it was done in
	Link    string // the person's own page
}
