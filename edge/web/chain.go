package web

import (
	"strings"

	"kokko/ground/ident"
	"kokko/journey/introduction"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

// Who knows them: the ways from a reader, or from the office, to somebody who could
// help, told as what ties each to the next.

// finder looks for ways for the reader: from them when this browser remembers them,
// else from the office's own organisation.
func (v *Visit) finder() (*introduction.Finder, error) {
	ctx := v.R.Context()
	now, err := v.Network.Now(ctx, v.Region.ID)
	if err != nil {
		return nil, err
	}
	var asker ident.ID
	a, known, err := v.someone()
	if err != nil {
		return nil, err
	}
	if known {
		me, _, err := actor.OfAddress(ctx, v.DB, v.Region.ID, a.ID)
		if err != nil {
			return nil, err
		}
		asker = me.ID
	}
	home, err := v.homes()
	if err != nil {
		return nil, err
	}
	return v.Introductions.Finder(ctx, v.DB, v.Region.ID, now, asker, home...)
}

// homes are the organisations the office is of, as far as they are known by their
// names: who answers for the service, and the office itself.
func (v *Visit) homes() (all []ident.ID, err error) {
	ctx := v.R.Context()
	controller, err := office.Setting(ctx, v.DB, v.Region.ID, setController)
	if err != nil {
		return nil, err
	}
	first, _, _ := strings.Cut(controller, "\n")
	for _, name := range []string{first, v.In(v.Edition.Office.Name)} {
		if name == "" {
			continue
		}
		id, err := actor.Whose(ctx, v.DB, v.Region.ID, name, actor.Places(v.Edition))
		if err != nil {
			return nil, err
		}
		if id != 0 {
			all = append(all, id)
		}
	}
	return all, nil
}

// hand is one who stands in a chain, and what ties the one before to them.
type hand struct {
	Name, Lang string
	Path       string // "" for who has no page
	Why        string // "" for the first
}

// hands tells a chain, from who asks on.
func (v *Visit) hands(w introduction.Ways, c network.Chain) (all []hand) {
	for i, l := range c.Links {
		if i == 0 {
			first := hand{Name: v.T("chain.you")}
			if w.Office {
				first = hand{Name: v.T("chain.office", "name", l.From.Title)}
			}
			all = append(all, first)
		}
		next := hand{Name: l.To.Title, Path: actorPath(actor.Actor{ID: l.To.ID}), Why: v.linkWords(l, i == 0 && !w.Office)}
		if !l.To.Person {
			next.Lang = "fi"
		}
		all = append(all, next)
	}
	return all
}

// linkMost is how many sorts of ties one link of a chain is told by.
const linkMost = 2

// linkWords says by what two of a chain know each other; mine tells the reader's own link.
func (v *Visit) linkWords(l network.Link, mine bool) string {
	var all []string
	if l.Member {
		switch {
		case mine:
			all = append(all, v.T("chain.mine.member"))
		case l.From.Person:
			all = append(all, v.T("chain.member"))
		default:
			all = append(all, v.T("chain.people"))
		}
	}
	for _, b := range tiesBy(l.Ties) {
		if len(all) == linkMost {
			break
		}
		all = append(all, v.metWords(b, mine))
	}
	return v.Say.List(all)
}

func (v *Visit) metWords(b tieBy, mine bool) string {
	key := "chain.they."
	switch {
	case b.Why == network.Project || b.Why == network.Grant:
		return v.tieWords(b)
	case mine:
		key = "chain.mine."
	}
	words := v.T(key + string(b.Why))
	if b.Last.IsZero() {
		return words
	}
	return v.T("tie.year", "what", words, "year", v.Say.Date(b.Last))
}
