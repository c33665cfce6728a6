package office

import (
	"net/mail"
	"strings"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
)

// Officer is one of the office's people: named, reachable, answering.
type Officer struct {
	Region     string
	ID         ident.ID
	Email      string // folded to small letters; unique in the region
	Name       string
	Title      string
	Phone      string
	Role       Role
	Language   string // fi, sv or en: what the office's mails to them are in
	Active     bool
	MondayMail bool
}

// Check finds every mistake in an officer's card.
func (o *Officer) Check() error {
	var wrong fault.Many
	o.Name, o.Title, o.Phone = strings.TrimSpace(o.Name), strings.TrimSpace(o.Title), strings.TrimSpace(o.Phone)
	o.Email = FoldEmail(o.Email)
	if o.Name == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "officer.name.missing").On("name"))
	}
	for field, v := range map[string]string{"name": o.Name, "title": o.Title, "phone": o.Phone, "email": o.Email} {
		if utf8.RuneCountInString(v) > 120 || strings.ContainsAny(v, "\r\n\x00") {
			wrong = append(wrong, fault.New(fault.Invalid, "officer.too_long").On(field).With("max", 120))
		}
	}
	if !EmailLooksRight(o.Email) {
		wrong = append(wrong, fault.New(fault.Invalid, "email.wrong").On("email"))
	}
	if len(rights(o.Role)) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "officer.role.wrong").On("role"))
	}
	switch o.Language {
	case "fi", "sv", "en":
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	return wrong.OrNil()
}

// FoldEmail makes the two ways people type one address equal.
func FoldEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// EmailLooksRight accepts a bare address with a dotted domain, and nothing a
// mail header could be broken with.
func EmailLooksRight(s string) bool {
	if len(s) > 254 || strings.ContainsAny(s, "\r\n\x00<>,; ") {
		return false
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || a.Name != "" {
		return false
	}
	_, domain, _ := strings.Cut(s, "@")
	return strings.Contains(strings.Trim(domain, "."), ".") || domain == "localhost"
}

// Absence is a span of days in which a substitute answers for an officer.
type Absence struct {
	ID         ident.ID
	Officer    ident.ID
	Substitute ident.ID
	Span       workday.Span
}

// Closure is a span of days the office is closed; promises count over it.
type Closure struct {
	ID     ident.ID
	Span   workday.Span
	Reason string
}

// Template is a text of the office's own that an answer can begin from.
type Template struct {
	ID       string
	Language string
	For      string // first, more, introduce, outside or close: see Uses
	Name     string
	Body     string
	Place    int // order in the list
}

// OnDuty picks who answers what comes in on a day: the first planner, else the
// first manager, else the first coordinator, each replaced by their substitute
// while away. ok is false in a region with no active officer who may answer.
func OnDuty(officers []Officer, absences []Absence, on workday.Day) (Officer, bool) {
	byID := map[ident.ID]Officer{}
	for _, o := range officers {
		byID[o.ID] = o
	}
	for _, role := range []Role{Planner, Manager, Coordinator} {
		for _, o := range officers {
			if o.Role != role || !o.Active {
				continue
			}
			if s, ok := standIn(o, byID, absences, on); ok {
				return s, true
			}
		}
	}
	return Officer{}, false
}

// standIn is who acts for an officer on a day: themselves, or their substitute
// (followed through up to as many absences as there are people).
func standIn(o Officer, byID map[ident.ID]Officer, absences []Absence, on workday.Day) (Officer, bool) {
	for range len(byID) + 1 {
		away := false
		for _, a := range absences {
			if a.Officer == o.ID && a.Span.Has(on) {
				next, ok := byID[a.Substitute]
				if !ok || !next.Active {
					return Officer{}, false
				}
				o, away = next, true
				break
			}
		}
		if !away {
			return o, o.Role.May(Write, Sparks)
		}
	}
	return Officer{}, false // everybody stands in for each other
}

// Names of the settings of a region's own mail.
const (
	MailURL          = "mail.url"  // smtp://…, holds a password: never shown again
	MailFrom         = "mail.from" // Kokko <kokko@example.fi>
	MailDKIMSelector = "mail.dkim.selector"
	MailDKIMDomain   = "mail.dkim.domain"
	MailDKIMKey      = "mail.dkim.key" // PEM: never shown
)
