package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
)

// "Keneltä kysyisit?": whom somebody with a confirmed address would ask about a topic.
// An organisation is a tie at once; a person is the asker's own note until they agree,
// which one letter may ask of them.

const askAt = "/kysyisin"

func whomRoutes() []route {
	return []route{
		{pattern: "GET " + askAt, limit: 120, do: (*Visit).askForm},
		{pattern: "POST " + askAt, limit: 10, do: (*Visit).askWhom},
		{pattern: "GET " + askAt + "/{salaisuus}", limit: 60, do: (*Visit).consent},
		{pattern: "POST " + askAt + "/{salaisuus}", limit: 30, do: (*Visit).answerConsent},
		{pattern: "POST /minun/{salaisuus}/kysyisin", limit: 60, do: (*Visit).ownNaming},
	}
}

// organisationKind is what a row's kind says of an organisation.
const organisationKind = "organisation"

// likelyNames is how many known names are told of for one that is not known.
const likelyNames = 3

func (v *Visit) askForm() error {
	f := v.Blank("topic", firstRunes(v.Query("aihe"), asking.MaxTopic))
	if id, ok := ident.Parse(v.Query("toimija")); ok {
		a, err := actor.ByID(v.R.Context(), v.DB, v.Region.ID, id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil {
			f.Values.Set(asking.Field("who", 0), a.Title)
			f.Values.Set(asking.Field("kind", 0), organisationKind)
		}
	}
	return v.showAsk(http.StatusOK, f)
}

func (v *Visit) showAsk(status int, f *Form) error {
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	email := ""
	if known {
		email = a.Email
		if err := v.fillName(f, a); err != nil {
			return err
		}
	}
	return v.Render(status, askPage(v, f, email))
}

// fillName puts the name somebody has given before into an empty field.
func (v *Visit) fillName(f *Form, a address.Address) error {
	who, ok, err := actor.OfAddress(v.R.Context(), v.DB, a.Region, a.ID)
	if err == nil && ok && f.Get("name") == "" {
		f.Values.Set("name", who.Title)
	}
	return err
}

// namingDraft reads whom somebody would ask off a form, checked; organisations are looked
// for among those that are known.
func (v *Visit) namingDraft(f *Form) (asking.Draft, error) {
	d := asking.Draft{Name: f.Get("name"), Topic: f.Get("topic"), Language: string(v.Lang)}
	var wrong fault.Many
	for i := range asking.AtOnce {
		get := func(name string) string { return f.Get(asking.Field(name, i)) }
		w := asking.Named{Name: get("who"), Often: asking.ScaleOf(get("often")), Well: asking.ScaleOf(get("well")), Email: get("email")}
		if get("kind") == organisationKind && strings.TrimSpace(w.Name) != "" {
			id, err := actor.Whose(v.R.Context(), v.DB, v.Region.ID, firstRunes(w.Name, asking.MaxNamed), actor.Places(v.Edition))
			if err != nil {
				return d, err
			}
			if w.Organisation = id; id == 0 {
				e, err := v.unknownOrganisation(w.Name, asking.Field("who", i))
				if err != nil {
					return d, err
				}
				wrong = append(wrong, e)
			}
		}
		d.Who = append(d.Who, w)
	}
	if err := d.Check(); err != nil {
		wrong = append(fault.List(err), wrong...)
	}
	return d, wrong.OrNil()
}

// unknownOrganisation says that none is called so, and which are called nearly so.
func (v *Visit) unknownOrganisation(name, field string) (*fault.Error, error) {
	all, err := v.organisationsLike(firstRunes(name, asking.MaxNamed), likelyNames)
	if err != nil {
		return nil, err
	}
	if len(all) == 0 {
		return fault.New(fault.Invalid, "asking.organisation.none").On(field), nil
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Title)
	}
	return fault.New(fault.Invalid, "asking.organisation.like").On(field).With("names", v.Say.List(names)), nil
}

func (v *Visit) askWhom() error {
	f := v.cleaned()
	d, wrong := v.namingDraft(f)
	if refused, err := v.submits(f, wrong, "asking", d); err != nil || !refused {
		return err
	}
	return v.showAsk(statusOfAll(f.Wrong), f)
}

// askingWords says what somebody said, for the letter that asks to confirm.
func (v *Visit) askingWords(data json.RawMessage) (string, error) {
	var d asking.Draft
	err := json.Unmarshal(data, &d)
	return v.T("asking.want", "topic", d.Topic), err
}

// putAsking keeps it inside the transaction that confirms the address.
func (v *Visit) putAsking(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d asking.Draft
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	return v.Asking.Say(ctx, tx, a, d)
}

// namedView is the page of whom a letter asks.
type namedView struct {
	asking.Naming
	Asker  actor.Actor
	Open   bool // it still waits for an answer
	Form   *Form
	Done   string
	Secret string
}

func (v *Visit) namedAt(f *Form) (n namedView, err error) {
	n.Form, n.Secret = f, v.R.PathValue("salaisuus")
	if n.Naming, err = asking.Linked(v.R.Context(), v.DB, v.Region.ID, n.Secret); err != nil {
		return n, v.wrongLink(err)
	}
	p, err := actor.PersonByID(v.R.Context(), v.DB, v.Region.ID, n.Person)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Gone, "asking.link")
	}
	n.Asker = p.Actor
	n.Open = n.State == asking.Waiting && v.Clock.Now().Before(n.Until)
	return n, err
}

func (v *Visit) consent() error {
	n, err := v.namedAt(v.Blank())
	if err != nil {
		return err
	}
	if n.Form.Get("name") == "" {
		n.Form.Values.Set("name", n.Named)
	}
	n.Done = oneOf(v.Query("tehty"), "kylla", "ei", "ei-koskaan", "peru")
	return v.Render(http.StatusOK, namedPage(v, n))
}

func (v *Visit) answerConsent() error {
	f := v.cleaned()
	n, err := v.namedAt(f)
	if err != nil {
		return err
	}
	ctx, done := v.R.Context(), ""
	if do := f.Get("do"); do == "off" {
		done = "peru"
		err = v.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return v.Asking.Decline(ctx, tx, v.Region.ID, n.Actor, n.ID)
		})
	} else {
		done = map[string]string{"yes": "kylla", "no": "ei", "never": "ei-koskaan"}[do]
		err = v.Asking.Answer(ctx, v.Region.ID, n.Secret, asking.Answer(do), f.Get("name"))
	}
	if err == nil {
		return v.Go(askAt + "/" + n.Secret + "?tehty=" + done)
	}
	if err := f.Refuse(err); err != nil {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), namedPage(v, n))
}

// ownNaming changes something said by or of the owner of the own page.
func (v *Visit) ownNaming() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	f := v.Form()
	id, done := ofForm(f, "naming"), ""
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		switch f.Get("do") {
		case "still":
			done = "kysyisin-yha"
			return v.Asking.Renew(ctx, tx, a, id)
		case "off":
			done = "kysyisin-pois"
			return v.Asking.TakeBack(ctx, tx, a, id)
		case "decline":
			done = "kysyisin-peru"
			who, ok, err := actor.OfAddress(ctx, tx, a.Region, a.ID)
			if err == nil && !ok {
				err = fault.New(fault.NotFound, "asking.none")
			}
			if err != nil {
				return err
			}
			return v.Asking.Decline(ctx, tx, a.Region, who.ID, id)
		}
		return fault.New(fault.Invalid, "asking.answer.missing").On("do")
	}); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=" + done)
}

// ownAsking is whom somebody would ask, and who would ask them.
type ownAsking struct {
	Mine []ownNamed
	Me   []ownNamed
}

// ownNamed is one line of it.
type ownNamed struct {
	asking.Naming
	Of   actor.Actor // whom they would ask, or who would ask them
	Seen asking.State
}

func (v *Visit) askingOf(a address.Address) (own ownAsking, err error) {
	ctx := v.R.Context()
	mine, err := asking.Own(ctx, v.DB, a.Region, a.ID)
	if err != nil {
		return own, err
	}
	var me []asking.Naming
	who, ok, err := actor.OfAddress(ctx, v.DB, a.Region, a.ID)
	if err == nil && ok {
		me, err = asking.Of(ctx, v.DB, a.Region, who.ID)
	}
	if err != nil {
		return own, err
	}
	var ids []ident.ID
	for _, n := range mine {
		ids = append(ids, n.Actor)
	}
	for _, n := range me {
		ids = append(ids, n.Person)
	}
	slices.Sort(ids)
	of, err := v.actorsBy(slices.Compact(ids))
	for _, n := range mine {
		own.Mine = append(own.Mine, ownNamed{n, of[n.Actor], n.Shown(v.Clock.Now())})
	}
	for _, n := range me {
		own.Me = append(own.Me, ownNamed{n, of[n.Person], n.State})
	}
	return own, err
}

// called is what somebody named is called.
func (n ownNamed) called() string {
	if n.Of.Title != "" {
		return n.Of.Title
	}
	return n.Named
}

// askingPart is what a person has said of whom they would ask, and what others have said
// of them with their consent.
func askingPart() minePart {
	return minePart{
		name: "asking",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			own, err := v.askingOf(a)
			if err != nil {
				return nil, err
			}
			return ownAskingPart(v, own, secret), nil
		},
		data: (*Visit).askingData,
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return v.Asking.EraseOf(ctx, tx, a)
		},
	}
}

type mineNaming struct {
	ID           string     `json:"naming_id"`
	Wave         string     `json:"wave_id"`
	Person       string     `json:"person_id"`
	Actor        string     `json:"actor_id"`
	Organisation bool       `json:"organisation"`
	Topic        string     `json:"topic"`
	Named        string     `json:"named"`
	Often        int        `json:"often"`
	Well         int        `json:"well"`
	State        string     `json:"state"`
	Language     string     `json:"language"`
	Made         *time.Time `json:"made_at"`
	At           *time.Time `json:"at"`
	Turned       *time.Time `json:"turned_at"`
	Until        *time.Time `json:"until_at"`
}

type mineAskedBy struct {
	ID    string     `json:"naming_id"`
	Name  string     `json:"name"`
	Topic string     `json:"topic"`
	At    *time.Time `json:"at"`
}

type mineInvite struct {
	Wave     string     `json:"wave_id"`
	At       *time.Time `json:"invited_at"`
	Mailed   *time.Time `json:"mailed_at"`
	Answered *time.Time `json:"answered_at"`
}

// askingData is everything that is kept of it, for the person's own file. How somebody
// named has answered is said no more than on the page: their address is not there, for
// it is kept only while their answer is waited for.
func (v *Visit) askingData(a address.Address) (any, error) {
	file := struct {
		Would   []mineNaming  `json:"would_ask"`
		Asked   []mineAskedBy `json:"asked_by"`
		Letters []*time.Time  `json:"letters_sent_at"`
		Waves   []mineInvite  `json:"surveys"`
	}{[]mineNaming{}, []mineAskedBy{}, []*time.Time{}, []mineInvite{}}
	own, err := v.askingOf(a)
	if err != nil {
		return nil, err
	}
	for _, n := range own.Mine {
		turned := n.Turned
		if n.Seen != n.State {
			turned = n.Until.Add(-asking.Open)
		}
		file.Would = append(file.Would, mineNaming{n.ID.String(), someID(n.Wave), n.Person.String(), someID(n.Actor), n.Organisation, n.Topic, n.Named, int(n.Often), int(n.Well), string(n.Seen), n.Language,
			moment(n.Made), moment(n.At), moment(turned), moment(n.Until)})
	}
	for _, n := range own.Me {
		file.Asked = append(file.Asked, mineAskedBy{n.ID.String(), n.Of.Title, n.Topic, moment(n.At)})
	}
	sent, err := asking.Asked(v.R.Context(), v.DB, a.Region, a.ID)
	for _, at := range sent {
		file.Letters = append(file.Letters, moment(at))
	}
	if err != nil {
		return nil, err
	}
	invites, err := asking.InvitesOf(v.R.Context(), v.DB, a.Region, a.ID)
	for _, i := range invites {
		file.Waves = append(file.Waves, mineInvite{i.Wave.String(), moment(i.At), moment(i.Mailed), moment(i.Answered)})
	}
	return file, err
}
