package web

import (
	"cmp"
	"slices"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/region/actor"
	"kokko/region/network"
)

// Whom an organisation is tied to, and by what.

// mostTies bounds how many an organisation's page lists: the strongest.
const mostTies = 30

// tieRow is another actor that one is tied to.
type tieRow struct {
	To       actor.Actor
	By       []tieBy
	strength float64
}

// tieBy is how often, and from when to when, two are tied by one thing.
type tieBy struct {
	Why         network.Why
	Times       int
	Since, Last time.Time
}

// tiesOf is whom an organisation is tied to by public facts, the strongest first, and
// how many more there are.
func (v *Visit) tiesOf(of ident.ID) (rows []tieRow, more int, err error) {
	ctx := v.R.Context()
	all, err := network.Of(ctx, v.DB, v.Region.ID, of)
	if err != nil {
		return nil, 0, err
	}
	now := v.Clock.Now()
	weights, by := map[ident.ID][]float64{}, map[ident.ID][]network.Tie{}
	for _, t := range all {
		if !t.Public() || t.Strength(now) == 0 {
			continue
		}
		other := t.To
		if other == of {
			other = t.From
		}
		weights[other], by[other] = append(weights[other], t.Strength(now)), append(by[other], t)
	}
	for other, list := range by {
		rows = append(rows, tieRow{To: actor.Actor{ID: other}, By: tiesBy(list), strength: network.Together(weights[other]...)})
	}
	slices.SortFunc(rows, func(a, b tieRow) int {
		return cmp.Or(cmp.Compare(b.strength, a.strength), cmp.Compare(a.To.ID, b.To.ID))
	})
	if more = len(rows) - mostTies; more > 0 {
		rows = rows[:mostTies]
	}
	for i := range rows {
		if rows[i].To, err = actor.ByID(ctx, v.DB, v.Region.ID, rows[i].To.ID); err != nil && !fault.Is(err, fault.NotFound) {
			return nil, 0, err
		}
	}
	rows = slices.DeleteFunc(rows, func(r tieRow) bool { return r.To.Title == "" }) // it went a moment ago
	return rows, max(0, more), nil
}

// tiesBy gathers what ties the same two by what it comes from, in the order pages tell it.
func tiesBy(all []network.Tie) (by []tieBy) {
	for _, t := range all {
		i := slices.IndexFunc(by, func(b tieBy) bool { return b.Why == t.Why })
		if i < 0 {
			by = append(by, tieBy{Why: t.Why, Since: t.Since, Last: t.At})
			i = len(by) - 1
		}
		b := &by[i]
		b.Times++
		b.Last = latest(b.Last, t.At)
		if t.Since.Before(b.Since) {
			b.Since = t.Since
		}
	}
	slices.SortFunc(by, func(a, b tieBy) int {
		return slices.Index(network.Whys(), a.Why) - slices.Index(network.Whys(), b.Why)
	})
	return by
}

// tieWords says by what two are tied: "2 yhteistä hanketta, 2009–2012".
func (v *Visit) tieWords(b tieBy) string {
	words := v.N("tie.by."+string(b.Why), b.Times)
	from, until := b.Since.Year(), b.Last.Year()
	switch {
	case b.Last.IsZero():
		return words
	case b.Since.IsZero() || from == until:
		return v.T("tie.year", "what", words, "year", until)
	}
	return v.T("tie.years", "what", words, "from", from, "until", until)
}
