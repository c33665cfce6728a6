package web

import (
	"context"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/address"
)

// Events where people change tables on purpose, as those see them who come: what they
// tell of themselves when they sign up, their own tables, and whether it may be known
// whom they met.

// collisionOf is an event's collision, nil when it is none.
func (v *Visit) collisionOf(e event.Event) (*collision.Collision, error) {
	c, err := collision.Of(v.R.Context(), v.DB, v.Region.ID, e.ID)
	if fault.Is(err, fault.NotFound) {
		return nil, nil
	}
	return &c, err
}

// guestDraft reads what somebody tells of themselves off a form.
func guestDraft(f *Form) *collision.Draft {
	return &collision.Draft{Name: f.Get("name"), Organisation: f.Get("organisation"), Place: f.Get("place"), Brings: f.Get("brings"), Looks: f.Get("looks")}
}

// guestFields puts it into a form.
func (v *Visit) guestFields(f *Form, g collision.Guest) {
	f.Values.Set("name", g.Name)
	f.Values.Set("organisation", g.Organisation)
	f.Values.Set("brings", g.Brings)
	f.Values.Set("looks", g.Looks)
	f.Values.Set("place", v.placeIn(g.Place))
}

// toldFields puts what somebody has told before into the form that signs up.
func (v *Visit) toldFields(f *Form, view signUpView, a address.Address) error {
	if view.Collision == nil {
		return nil
	}
	g, ok, err := collision.Mine(v.R.Context(), v.DB, v.Region.ID, view.ID, a.ID)
	if err == nil && ok {
		v.guestFields(f, g)
	}
	return err
}

// seated adds to a line of the own page where somebody sits, once that stays so, and
// what they are asked.
func (v *Visit) seated(row *seatRow) error {
	c, err := v.collisionOf(row.Of)
	if err != nil || c == nil {
		return err
	}
	g, ok, err := collision.Mine(v.R.Context(), v.DB, v.Region.ID, row.Of.ID, row.Address)
	if err != nil || !ok {
		return err
	}
	if c.Settled() && row.State == event.Seated {
		row.Tables = g.Tables
	}
	row.Asks, row.Met = g.There && !g.Asked.IsZero(), g.Met
	return nil
}

// mineMet keeps whether it may be known whom a person met.
func (v *Visit) mineMet() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, _ := ident.Parse(v.Form().Get("event"))
	answer := collision.Answer(v.Form().Get("met"))
	if answer != collision.Yes && answer != collision.No {
		return v.Go("/minun/" + secret + "#tapahtumat")
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		return v.Collisions.Reply(ctx, tx, a, id, answer == collision.Yes)
	}); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=tormaytys")
}

// collisionPart is what a person has told for events where people change tables. It is
// shown and erased with their sign-ups.
func collisionPart() minePart {
	return minePart{
		name: "collisions",
		data: func(v *Visit, a address.Address) (any, error) {
			type own struct {
				Event        string     `json:"event_id"`
				ID           string     `json:"guest_id"`
				Name         string     `json:"name"`
				Organisation string     `json:"organisation"`
				Place        string     `json:"place_id"`
				Brings       string     `json:"brings"`
				Looks        string     `json:"looks"`
				Language     string     `json:"language"`
				Tables       []int      `json:"tables"`
				There        bool       `json:"present"`
				Asked        *time.Time `json:"asked_at"`
				Met          string     `json:"met"`
				MetAt        *time.Time `json:"met_at"`
				Since        *time.Time `json:"since_at"`
			}
			all, err := collision.OfAddress(v.R.Context(), v.DB, v.Region.ID, a.ID)
			out := []own{}
			for _, g := range all {
				out = append(out, own{g.Event.String(), g.ID.String(), g.Name, g.Organisation, g.Place, g.Brings, g.Looks, g.Language, append([]int{}, g.Tables...), g.There, moment(g.Asked), string(g.Met), moment(g.MetAt), moment(g.Since)})
			}
			return out, err
		},
	}
}
