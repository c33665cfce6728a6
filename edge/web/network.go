package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"
	ics "github.com/arran4/golang-ical"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/event"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
)

// Networks that have a name: the list, each one's page and calendar, and joining one
// with nothing but a confirmed address.

func networkRoutes() []route {
	return []route{
		{pattern: "GET /verkostot", knows: true, do: (*Visit).networks},
		{pattern: "GET /verkosto/{slug}", knows: true, do: (*Visit).network},
		{pattern: "GET /verkosto/{slug}/kalenteri.ics", limit: 120, do: (*Visit).networkCalendar},
		{pattern: "GET /verkosto/{slug}/liity", do: (*Visit).joinForm},
		{pattern: "POST /verkosto/{slug}/liity", limit: 20, do: (*Visit).joinNetwork},
		{pattern: "POST /minun/{salaisuus}/verkosto", limit: 60, do: (*Visit).leaveNetwork},
	}
}

const networksAtOnce = 30

// networkRow is one network in a list.
type networkRow struct {
	network.Named
	Members int
}

// networkList is a page of networks; those of the programme that nobody has begun yet
// are named on the first one.
type networkList struct {
	List  []networkRow
	Other []programme.Network
	Later bool
	Next  ident.ID
}

func (v *Visit) networkRows(before ident.ID) (rows []networkRow, next ident.ID, err error) {
	ctx := v.R.Context()
	all, err := network.All(ctx, v.DB, v.Region.ID, before, networksAtOnce+1)
	if err != nil {
		return nil, 0, err
	}
	if len(all) > networksAtOnce {
		all = all[:networksAtOnce]
		next = all[networksAtOnce-1].ID
	}
	for _, n := range all {
		row := networkRow{Named: n}
		if row.Members, err = network.CountMembers(ctx, v.DB, v.Region.ID, n.ID); err != nil {
			return nil, 0, err
		}
		rows = append(rows, row)
	}
	return rows, next, nil
}

func (v *Visit) networks() error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := networkList{Later: before != 0}
	if l.List, l.Next, err = v.networkRows(before); err != nil {
		return err
	}
	if !l.Later && l.Next == 0 {
		for _, n := range v.Edition.Networks {
			if !slices.ContainsFunc(l.List, func(r networkRow) bool { return r.Programme == n.ID }) {
				l.Other = append(l.Other, n)
			}
		}
	}
	return v.Render(http.StatusOK, networksPage(v, l))
}

// networkAt is the network of the address.
func (v *Visit) networkAt() (network.Named, error) {
	return network.BySlug(v.R.Context(), v.DB, v.Region.ID, v.R.PathValue("slug"))
}

func networkPath(n network.Named) string { return "/verkosto/" + n.Slug }

// networkName is what a network is called, and in which language that is.
func (v *Visit) networkName(n network.Named) (name, in string) {
	t, in := n.In(string(v.Lang))
	return t.Name, in
}

// memberRow is one member by name.
type memberRow struct {
	network.Member
	Of actor.Actor
}

// networkView is one network's page.
type networkView struct {
	network.Named
	Members  []memberRow // now
	Before   []memberRow // who were in it
	By       actor.Actor // who keeps it together
	Heir     network.Named
	Coming   []event.Event
	Held     []event.Event
	Form     *Form
	Events   []event.Event // that could be its meetings, for the office
	All      []networkRow  // that could take over
	Writes   bool
	Drifting []string // what the office may look at: the texts' names
}

// overlook fills in what both pages of a network show.
func (v *Visit) overlook(n network.Named) (view networkView, err error) {
	ctx := v.R.Context()
	view.Named = n
	all, err := network.MembersOf(ctx, v.DB, v.Region.ID, n.ID, 0, network.MaxMembers)
	if err != nil {
		return view, err
	}
	ids := make([]ident.ID, len(all))
	for i, m := range all {
		ids[i] = m.Actor
	}
	who, err := v.actorsBy(ids)
	if err != nil {
		return view, err
	}
	for _, m := range all {
		row := memberRow{m, who[m.Actor]}
		switch {
		case row.Of.Title == "": // gone a moment ago, or a person without a name yet
		case m.Until == 0:
			view.Members = append(view.Members, row)
		default:
			view.Before = append(view.Before, row)
		}
	}
	for _, list := range [][]memberRow{view.Members, view.Before} {
		slices.SortStableFunc(list, func(a, b memberRow) int { return v.Say.Compare(a.Of.Title, b.Of.Title) })
	}
	view.By = who[n.Coordinator]
	if n.Heir != 0 {
		if view.Heir, err = network.One(ctx, v.DB, v.Region.ID, n.Heir); err != nil && !fault.Is(err, fault.NotFound) {
			return view, err
		}
	}
	meetings, err := v.meetings(n)
	for _, e := range meetings {
		if s := e.State(v.Clock.Now()); s == event.Over {
			view.Held = append(view.Held, e)
		} else {
			view.Coming = append(view.Coming, e)
		}
	}
	slices.Reverse(view.Held)
	return view, err
}

// actorsBy reads organisations and persons by number.
func (v *Visit) actorsBy(ids []ident.ID) (map[ident.ID]actor.Actor, error) {
	return actor.ByIDs(v.R.Context(), v.DB, v.Region.ID, ids...)
}

// meetings are a network's published meetings, the earliest first.
func (v *Visit) meetings(n network.Named) (all []event.Event, err error) {
	ctx := v.R.Context()
	ids, err := network.Meetings(ctx, v.DB, v.Region.ID, n.ID)
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		e, err := event.One(ctx, v.DB, v.Region.ID, id)
		if fault.Is(err, fault.NotFound) || err == nil && !e.Seen() {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b event.Event) int { return a.Begins.Compare(b.Begins) })
	return all, nil
}

func (v *Visit) network() error {
	n, err := v.networkAt()
	if err != nil {
		return err
	}
	view, err := v.overlook(n)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, networkPage(v, view))
}

// networkCalendar is a network's meetings, for a calendar to follow.
func (v *Visit) networkCalendar() error {
	n, err := v.networkAt()
	if err != nil {
		return err
	}
	all, err := v.meetings(n)
	if err != nil {
		return err
	}
	c := newCalendar()
	c.SetMethod(ics.MethodPublish)
	name, _ := v.networkName(n)
	c.SetXWRCalName(name)
	for _, e := range all {
		v.calendarLine(c, e)
	}
	return v.sendCalendar(c, n.Slug)
}

// networkSpan is from when to when a network was.
func (v *Visit) networkSpan(n network.Named) string {
	from, until := "", ""
	if n.Begins != 0 {
		from = v.FullDay(n.Begins)
	}
	if n.Ends != 0 {
		until = v.FullDay(n.Ends)
	}
	return v.spanned(from, until)
}

// spanned says from when to when, as far as both are known.
func (v *Visit) spanned(from, until string) string {
	switch {
	case from != "" && until != "":
		return v.T("project.span", "from", from, "until", until)
	case from != "":
		return v.T("project.since", "from", from)
	case until != "":
		return v.T("project.until", "until", until)
	}
	return ""
}

func (v *Visit) joinForm() error {
	n, err := v.networkAt()
	if err != nil {
		return err
	}
	if !n.Alive() {
		return v.Go(networkPath(n))
	}
	return v.showJoin(http.StatusOK, n, v.Blank())
}

func (v *Visit) showJoin(status int, n network.Named, f *Form) error {
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	email := ""
	if known {
		email = a.Email
		if who, ok, err := actor.OfAddress(v.R.Context(), v.DB, a.Region, a.ID); err != nil {
			return err
		} else if ok && f.Get("name") == "" {
			f.Values.Set("name", who.Title)
		}
	}
	return v.Render(status, joinPage(v, f, n, email))
}

// joins is what somebody wants who joins a network.
type joins struct {
	Network ident.ID `json:"network"`
	Name    string   `json:"name"`
}

func (v *Visit) joinNetwork() error {
	f := v.cleaned()
	n, err := v.networkAt()
	if err != nil {
		return err
	}
	name := strings.Join(strings.Fields(f.Get("name")), " ")
	var wrong error
	switch {
	case !n.Alive():
		wrong = fault.New(fault.Conflict, "network.closed")
	case name == "":
		wrong = fault.New(fault.Invalid, "event.name.missing").On("name")
	case f.Get("listed") == "":
		wrong = fault.New(fault.Invalid, "network.join.listed").On("listed")
	default:
		wrong = (&actor.Profile{Name: name}).Check()
	}
	if refused, err := v.submits(f, wrong, "network", joins{n.ID, name}); err != nil || !refused {
		return err
	}
	return v.showJoin(statusOfAll(f.Wrong), n, f)
}

// joinWords says what somebody joins, for the letter that asks to confirm.
func (v *Visit) joinWords(data json.RawMessage) (string, error) {
	var x joins
	if err := json.Unmarshal(data, &x); err != nil {
		return "", err
	}
	n, err := network.One(v.R.Context(), v.DB, v.Region.ID, x.Network)
	if fault.Is(err, fault.NotFound) {
		return v.T("network.want.gone"), nil
	}
	name, _ := v.networkName(n)
	return v.T("network.want", "name", name), err
}

// putJoin joins inside the transaction that confirms the address.
func (v *Visit) putJoin(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var x joins
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	who, err := v.Actors.Person(ctx, tx, a, x.Name)
	if err != nil {
		return err
	}
	return v.Ties.Join(ctx, tx, a.Region, x.Network, who.ID, v.today())
}

func (v *Visit) leaveNetwork() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, _ := ident.Parse(v.Form().Get("network"))
	err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		who, ok, err := actor.OfAddress(ctx, tx, a.Region, a.ID)
		if err != nil || !ok {
			return err
		}
		return network.Leave(ctx, tx, a.Region, id, who.ID)
	})
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=verkosto-pois")
}

// ownNetwork is a line of the own page.
type ownNetwork struct {
	network.Member
	Of network.Named
}

// networksOf is what networks hang on an address, and the ties.
func (v *Visit) networksOf(a address.Address) (rows []ownNetwork, ties []network.Tie, who actor.Actor, err error) {
	ctx := v.R.Context()
	who, ok, err := actor.OfAddress(ctx, v.DB, a.Region, a.ID)
	if err != nil || !ok {
		return nil, nil, who, err
	}
	all, of, err := network.Belongs(ctx, v.DB, a.Region, who.ID)
	if err != nil {
		return nil, nil, who, err
	}
	for _, m := range all {
		for _, n := range of {
			if n.ID == m.Network {
				rows = append(rows, ownNetwork{m, n})
			}
		}
	}
	ties, err = network.Of(ctx, v.DB, a.Region, who.ID)
	return rows, ties, who, err
}

// networkPart is what networks a person is in and whom they are tied to. It goes
// before the person themselves.
func networkPart() minePart {
	return minePart{
		name: "networks",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			rows, _, _, err := v.networksOf(a)
			if err != nil || len(rows) == 0 {
				return nil, err
			}
			return ownNetworksPart(v, rows, secret), nil
		},
		data: func(v *Visit, a address.Address) (any, error) {
			type in struct {
				Network string     `json:"network_id"`
				Name    string     `json:"name"`
				Since   *date      `json:"since_day"`
				Until   *date      `json:"until_day"`
				Told    *time.Time `json:"told_at"`
			}
			type tie struct {
				Why    string     `json:"why"`
				Kind   string     `json:"kind"`
				Source string     `json:"source_id"`
				From   string     `json:"from_id"`
				To     string     `json:"to_id"`
				Weight float64    `json:"weight"`
				Since  *time.Time `json:"since_at"`
				At     *time.Time `json:"at"`
				Until  *time.Time `json:"until_at"`
			}
			own := struct {
				In   []in  `json:"in"`
				Ties []tie `json:"ties"`
			}{[]in{}, []tie{}}
			rows, ties, _, err := v.networksOf(a)
			for _, r := range rows {
				name, _ := v.networkName(r.Of)
				own.In = append(own.In, in{r.Network.String(), name, someDay(r.Since), someDay(r.Until), moment(r.Told)})
			}
			for _, t := range ties {
				own.Ties = append(own.Ties, tie{string(t.Why), string(t.Kind), t.Source.String(), t.From.String(), t.To.String(), t.Weight, moment(t.Since), moment(t.At), moment(t.Until)})
			}
			return own, err
		},
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			who, ok, err := actor.OfAddress(ctx, tx, a.Region, a.ID)
			if err != nil || !ok {
				return err
			}
			return network.Erase(ctx, tx, a.Region, who.ID)
		},
	}
}

// networkDue draws how a network is.
func networkDue(n network.Named) string {
	switch {
	case !n.Alive():
		return "done"
	case n.Phase == network.Turning:
		return "soon"
	}
	return "ok"
}

// keepsNetworks is who may write what networks are.
func keepsNetworks(verb office.Verb) right { return right{Object: office.Events, Verb: verb} }
