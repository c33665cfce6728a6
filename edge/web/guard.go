package web

import (
	"net/url"
	"slices"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/trust"
)

// What the forms of strangers carry so that a machine can be told from a person
// without a riddle, a script or a cookie: a field nobody sees, and when the form
// was shown. Whoever is taken for a machine waits for a person's look; nobody is
// turned away for it.

// The fields of the guard. The trap is called what a machine likes to fill in.
const (
	trapField  = "homepage"
	stampField = "shown"
)

// stamp is when a form was first shown: what it came with, so that the step from
// the front page counts, else now.
func (v *Visit) stamp(f *Form) string {
	if s := f.Get(stampField); s != "" {
		return s
	}
	s, err := v.Trust.Stamp(v.R.Context(), v.Region.ID)
	if err != nil {
		v.Log.Error("a form has no time", "error", err)
	}
	if v.keeps && s != "" {
		return v.slotHere(slotShown)
	}
	return s
}

// once is a new secret for a form, so that sending it twice is sending it once.
func (v *Visit) once() string {
	if v.keeps {
		return v.slotHere(slotOnce)
	}
	return ident.Secret()
}

// sender is what is known of who sent a form of strangers.
func (v *Visit) sender(f *Form) trust.Sender {
	own := func(field string) bool { return f.Values.Has(field) }
	s := trust.Sender{Network: v.limits.Network(v.R), Form: trust.Form{
		Sent: true, Trap: strings.TrimSpace(f.Get(trapField)) != "", Bare: !slices.ContainsFunc([]string{trapField, stampField, "once"}, own),
	}}
	var err error
	if s.Form.Age, s.Form.Timed, err = v.Trust.Age(v.R.Context(), v.Region.ID, f.Get(stampField)); err != nil {
		v.Log.Error("a form's time cannot be read", "error", err)
	}
	return s
}

// Tries that lead nowhere: how many of them one network prefix may make a minute.
const (
	wrongLinks = 30
	wrongCodes = 60
	wrongCode  = "wrong codes" // the name of that bound
)

// guessed is what a page gives whose number somebody may be guessing at. Who has
// guessed wrong too often gets nothing more for a while, not even what they guess
// right: the numbers are short, and going through them must not pay.
func (v *Visit) guessed(look func() error) error {
	if v.Officer != nil {
		return look()
	}
	v.guards = true
	if v.limits.Spent(wrongCode, v.R) {
		return fault.New(fault.TooMany, "page.too_many")
	}
	err := look()
	if fault.Is(err, fault.NotFound) {
		v.limits.Allow(wrongCode, v.R, wrongCodes)
	}
	return err
}

// keptField is one value of a form that is kept on a page.
type keptField struct{ name, value string }

// keptFields is a form's values in a lasting order.
func keptFields(sent url.Values) (all []keptField) {
	for name, values := range sent {
		for _, value := range values {
			all = append(all, keptField{name, value})
		}
	}
	slices.SortStableFunc(all, func(a, b keptField) int { return strings.Compare(a.name, b.name) })
	return all
}
