package office

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
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

// Check cleans an officer's card and finds every mistake in it, in the order of
// the form.
func (o *Officer) Check() error {
	var wrong fault.Many
	o.Name, o.Title, o.Phone = Line(o.Name), Line(o.Title), Line(o.Phone)
	o.Email = FoldEmail(o.Email)
	if o.Name == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "officer.name.missing").On("name"))
	}
	for _, f := range []struct{ field, value string }{{"name", o.Name}, {"title", o.Title}, {"phone", o.Phone}, {"email", o.Email}} {
		if utf8.RuneCountInString(f.value) > 120 {
			wrong = append(wrong, fault.New(fault.Invalid, "officer.too_long").On(f.field).With("max", 120))
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

// EmailLooksRight accepts exactly what the outbox can write to: an address taken
// here is never one that every letter fails at.
func EmailLooksRight(s string) bool {
	_, err := mail.ParseEmail(s)
	return err == nil && len(s) <= 254
}

// Line is one line of text for a name or a reason: no control signs, which would
// keep a letter with it from leaving, no direction overrides, single spaces.
func Line(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.IsControl(r), r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u200E', r == '\u200F', r == '\u061C', r == '\uFEFF':
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// Lines is Line for a text of several lines.
func Lines(s string) string {
	all := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s), "\n")
	for i := range all {
		indent := len(all[i]) - len(strings.TrimLeft(all[i], " \t"))
		all[i] = all[i][:indent] + Line(all[i])
	}
	return strings.Trim(strings.Join(all, "\n"), " \t\n")
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
	MailDKIMKey      = "mail.dkim.key"   // PEM: never shown
	MailIn           = "mail.in.address" // the call's own address, whose letters become sparks; "" for none
)
