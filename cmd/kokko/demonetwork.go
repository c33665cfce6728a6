package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/project"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/place"
	"kokko/region/programme"
)

// demoOrganisation is an organisation of a demonstration: its name says that it is
// invented.
type demoOrganisation struct {
	Name   string `yaml:"name"`
	Legal  string `yaml:"legal"`
	Sector string `yaml:"sector"`
}

// demoWave is the survey of a demonstration, which is over.
type demoWave struct {
	Texts map[string]asking.Text `yaml:"texts"`
}

// demoUndertakings is how many joint projects there are, one begun about each month
// back from now; so that each quarter has its new ties.
const (
	demoUndertakings = 24
	demoApart        = 30 // days
)

// demoTies begins the invented organisations, which carry joint projects two or three
// at a time: of such rows it follows who is tied to whom, as of any list of projects.
func (c *cast) demoTies(ctx context.Context, db *store.DB, e programme.Edition, r *rand.Rand, now time.Time, actors *actor.Service, projects *project.Service) (rows int, err error) {
	places := slices.DeleteFunc(slices.Clone(e.Places), func(p place.Place) bool { // a title has room for so much
		return utf8.RuneCountInString(p.Name.In(e.Original())) > project.MaxTitle/3 || p.Span.Until < place.Still
	})
	if len(places) == 0 || len(c.Organisations) == 0 {
		return 0, nil
	}
	var list []project.Record
	today := workday.DayOf(now, i18n.Helsinki())
	for n := range demoUndertakings {
		at, title := pick(r, places), c.Undertakings[n%len(c.Undertakings)]
		start := today - workday.Day(n*demoApart+r.IntN(demoApart))
		end := start + workday.Day(150+r.IntN(250))
		state := "running"
		if end < today {
			state = "ended"
		}
		title = strings.ReplaceAll(title, "{place}", at.Name.In(e.Original()))
		for i, of := range r.Perm(len(c.Organisations))[:2+r.IntN(2)] {
			p := project.Record{Source: demoSource, Code: fmt.Sprintf("keksitty-%02d-%d", n+1, i+1), Title: title, State: state, Implementer: c.Organisations[of].Name, Start: start, End: end}
			if err := p.Check(); err != nil {
				return 0, err
			}
			list = append(list, p)
		}
	}
	const number = ident.ID(2) // no import of a file has it
	return len(list), db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, o := range c.Organisations {
			if _, err := actors.Demonstrate(ctx, tx, e.Region.ID, o.Name, actor.Places(e), actor.Details{Legal: o.Legal, Sector: o.Sector, Place: pick(r, places).ID}); err != nil {
				return err
			}
		}
		_, err := projects.Import(ctx, tx, e.Region.ID, number, func(string) bool { return false }, list)
		return err
	})
}

func (c *cast) organisationNames() (all []string) {
	for _, o := range c.Organisations {
		all = append(all, o.Name)
	}
	return all
}

// Days before now a survey of a demonstration began, and how many it was open.
const (
	surveyAgo  = 40
	surveyOpen = 14
)

// demoSurvey stores a survey that is over: all but one of the invented people told which
// organisations they would ask.
func (c *cast) demoSurvey(ctx context.Context, h *house, db *store.DB, e programme.Edition, r *rand.Rand, actors *actor.Service) error {
	if len(e.Themes) == 0 || len(c.Organisations) < 3 {
		return nil
	}
	begins := workday.DayOf(h.clock.Now(), i18n.Helsinki()) - surveyAgo
	at := clock.NewFake(begins.Add(3).Start(i18n.Helsinki()).Add(9 * time.Hour))
	asks := asking.New(db, at, ident.NewMaker(at), actors, address.New(db, at, ident.NewMaker(at)))
	w := asking.Wave{Texts: map[string]asking.Text{}, Theme: e.Themes[0].ID, Begins: begins, Ends: begins + surveyOpen}
	for _, l := range e.Tongues() {
		w.Texts[string(l)] = c.Survey.Texts[string(l)]
	}
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var ids []ident.ID
		for _, o := range c.Organisations {
			_, id, err := actors.Resolve(ctx, tx, e.Region.ID, o.Name, actor.Places(e))
			if err != nil {
				return err
			}
			ids = append(ids, id)
		}
		var emails []string
		for n := range c.People {
			emails = append(emails, inventedEmail(n))
		}
		who, err := address.ByEmails(ctx, tx, e.Region.ID, emails...)
		if err != nil {
			return err
		}
		var all []asking.Answered
		scales := asking.Scales()
		for n, email := range emails {
			a, ok := who[email]
			if !ok {
				continue
			}
			x := asking.Answered{By: a, Name: c.People[n].Name}
			if n+1 < len(c.People) { // the last one did not answer
				of := []int{0} // the first is asked by everybody
				for _, i := range r.Perm(len(ids) - 1)[:1+r.IntN(2)] {
					of = append(of, i+1)
				}
				for _, i := range of {
					x.Who = append(x.Who, asking.Named{Name: c.Organisations[i].Name, Organisation: ids[i], Often: pick(r, scales), Well: pick(r, scales)})
				}
			}
			all = append(all, x)
		}
		return asks.Demonstrate(ctx, tx, e.Region.ID, e.Original(), w, all)
	})
}
