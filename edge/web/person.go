package web

import (
	"context"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
)

// personPart is who hangs on an address, among what is kept with it.
func personPart() minePart {
	return minePart{name: "person", panel: (*Visit).personPanel, data: (*Visit).personData, erase: (*Visit).erasePerson}
}

func (v *Visit) personPanel(a address.Address, secret string) (templ.Component, error) {
	ctx := v.R.Context()
	p, ok, err := actor.PersonOf(ctx, v.DB, a.Region, a.ID)
	if err != nil || !ok {
		return knowPart(v, p, false, secret), err
	}
	all, err := actor.ChoicesOf(ctx, v.DB, a.Region, p.ID)
	anew := slices.ContainsFunc(actor.Choices(), func(c actor.Choice) bool { return actor.AskedAnew(p, all, c) })
	return knowPart(v, p, anew, secret), err
}

type minePerson struct {
	ID        string          `json:"actor_id"`
	Name      string          `json:"name"`
	Place     string          `json:"place_id"`
	Sector    string          `json:"sector"`
	Languages []string        `json:"languages"`
	Pace      int             `json:"pace"`
	Away      bool            `json:"busy"`
	AwayUntil *date           `json:"busy_day"`
	Made      *time.Time      `json:"made_at"`
	Choices   []mineChoice    `json:"choices"`
	Words     []mineWords     `json:"words"` // the edition of each choice's words they said yes to, where it was not the first
	Members   []mineMember    `json:"organisations"`
	Now       map[string]bool `json:"chosen_now"`
	KnowHow   []mineItem      `json:"know_how"`
}

type mineChoice struct {
	Choice string     `json:"choice"`
	Yes    bool       `json:"yes"`
	At     *time.Time `json:"chosen_at"`
}

type mineWords struct {
	Choice string `json:"choice"`
	Words  int    `json:"edition"`
	Anew   bool   `json:"asked_anew"`
}

type mineItem struct {
	ID       string     `json:"item_id"`
	Kind     string     `json:"kind"`
	State    string     `json:"state"`
	Together bool       `json:"together"`
	Text     string     `json:"text"`
	Language string     `json:"language"`
	Source   string     `json:"source"`
	SourceID string     `json:"source_id"`
	At       *time.Time `json:"happened_at"`
	Written  *time.Time `json:"written_at"`
}

type mineMember struct {
	ID           string     `json:"member_id"`
	Organisation string     `json:"organisation_id"`
	Named        string     `json:"named"`
	Role         string     `json:"role"`
	By           string     `json:"told_by"`
	Since        *date      `json:"since_day"`
	Until        *date      `json:"until_day"`
	Told         *time.Time `json:"told_at"`
}

// personData is everything kept of a person, for them to take along.
func (v *Visit) personData(a address.Address) (any, error) {
	ctx := v.R.Context()
	p, ok, err := actor.PersonOf(ctx, v.DB, a.Region, a.ID)
	if err != nil || !ok {
		return nil, err
	}
	chosen, err := actor.ChoicesOf(ctx, v.DB, a.Region, p.ID)
	if err != nil {
		return nil, err
	}
	members, err := actor.MembershipsOf(ctx, v.DB, a.Region, p.ID)
	if err != nil {
		return nil, err
	}
	items, err := knowhow.WrittenOf(ctx, v.DB, a.Region, p.ID)
	if err != nil {
		return nil, err
	}
	own := minePerson{KnowHow: []mineItem{}, ID: p.ID.String(), Name: p.Name, Place: p.Place, Sector: p.Sector, Languages: append([]string{}, p.Languages...), Pace: p.Pace, Away: p.Away, AwayUntil: someDay(p.AwayUntil), Made: moment(p.Made),
		Choices: []mineChoice{}, Words: []mineWords{}, Members: []mineMember{}, Now: map[string]bool{}}
	for _, c := range actor.Choices() {
		own.Now[string(c)] = p.Chose(c)
	}
	words, err := actor.WordsOf(ctx, v.DB, a.Region, p.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range actor.Choices() {
		if anew := actor.AskedAnew(p, chosen, c); anew || words[c] > 0 {
			own.Words = append(own.Words, mineWords{string(c), max(words[c], 1), anew})
		}
	}
	for _, c := range chosen {
		own.Choices = append(own.Choices, mineChoice{string(c.Choice), c.Yes, moment(c.At)})
	}
	for _, m := range members {
		own.Members = append(own.Members, mineMember{m.ID.String(), someID(m.Organisation), m.Named, m.Role, m.By, someDay(m.Since), someDay(m.Until), moment(m.Told)})
	}
	for _, i := range items {
		own.KnowHow = append(own.KnowHow, mineItem{i.ID.String(), string(i.Kind), string(i.State), i.Together, i.Text, i.Language, i.Source, someID(i.SourceID), moment(i.At), moment(i.Written)})
	}
	return own, nil
}

func (v *Visit) erasePerson(ctx context.Context, tx *store.Tx, a address.Address) error {
	return v.Actors.Erase(ctx, tx, a.Region, a.ID)
}
