package web

import (
	"strings"

	"github.com/a-h/templ"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/region/office"
)

// aria ties a field to its hint and its mistake for those who cannot see them:
// aria-describedby, and aria-invalid when the field was refused. hint is the id
// of the hint, "" for none.
func aria(f *Form, field, hint string) templ.Attributes {
	at := templ.Attributes{}
	ids := strings.TrimSpace(hint)
	if f.Error(field) != "" {
		at["aria-invalid"] = "true"
		ids = strings.TrimSpace(ids + " " + field + "-error")
	}
	if ids != "" {
		at["aria-describedby"] = ids
	}
	return at
}

// day reads a date field: 0 for an empty one.
func (f *Form) day(field string) (workday.Day, error) {
	s := strings.TrimSpace(f.Get(field))
	if s == "" {
		return 0, nil
	}
	d, err := workday.Parse(s)
	if err != nil {
		return 0, fault.New(fault.Invalid, "day.wrong").On(field).Because(err)
	}
	return d, nil
}

// mustDay is day for a field that must be filled.
func (f *Form) mustDay(field string) (workday.Day, error) {
	d, err := f.day(field)
	if err == nil && d == 0 {
		err = fault.New(fault.Invalid, "day.missing").On(field)
	}
	return d, err
}

// ids are the numbers that were chosen in a field; what is none is passed by.
func (f *Form) ids(field string) (all []ident.ID) {
	for _, s := range f.Values[field] {
		if id, ok := ident.Parse(s); ok {
			all = append(all, id)
		}
	}
	return all
}

// under puts every mistake's field under a form's name, so that several forms of
// one page can have fields of the same name: "words" becomes "vastaa-words".
func (f *Form) under(name string) {
	for _, e := range f.Wrong {
		if e.Field != "" && !strings.HasPrefix(e.Field, name+"-") {
			e.Field = name + "-" + e.Field
		}
	}
}

// Day is a day without its year.
func (v *Visit) Day(d workday.Day) string { return v.Say.DayMonth(d.Start(i18n.Helsinki())) }

// FullDay is a day with its year.
func (v *Visit) FullDay(d workday.Day) string { return v.Say.Date(d.Start(i18n.Helsinki())) }

// May tells whether the officer of this visit may do something.
func (v *Visit) May(r right) bool { return v.Officer != nil && v.Officer.Role.May(r.Verb, r.Object) }

// right is one cell of the office's table of rights.
type right = office.Right
