package web

import (
	"net/http"
	"net/url"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/project"
	"kokko/region/actor"
	"kokko/region/asset"
	"kokko/region/knowhow"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/search"
)

// Who there is: the people who chose to be found and the organisations, each with what
// speaks for what they know. Who has not chosen is as if not there.

const (
	actorsAt        = "/toimijat"
	actorAt         = "/toimija/"
	noteAt          = "/toimisto/toimija/"
	organisationsAt = "/toimisto/organisaatiot"
	actorsPage      = 30
	itemShown       = 400 // characters of a piece of evidence
	itemsShown      = 40
	ownShown        = 15 // projects on an organisation's page
)

func actorRoutes() []route {
	return []route{
		{pattern: "GET " + actorsAt, knows: true, do: (*Visit).actors},
		{pattern: "GET " + actorAt + "{id}", knows: true, do: (*Visit).actor},
		{pattern: "GET " + organisationsAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).organisationList},
		{pattern: "GET " + noteAt + "{id}", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).detailsForm},
		{pattern: "POST " + noteAt + "{id}", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).noteDetails},
	}
}

// actorPath is the page of somebody.
func actorPath(a actor.Actor) string { return actorAt + a.ID.String() }

// actorsView is a page of the list.
type actorsView struct {
	Kind          string // ihmiset or organisaatiot
	Sector        string
	PlaceTyped    string
	Unknown       bool // the place typed is not in the programme
	People        []actor.Person
	Organisations []actor.Actor
	Later         bool
	Next          ident.ID
}

func (l actorsView) address(after ident.ID) string {
	q := url.Values{}
	for name, value := range map[string]string{"mita": l.Kind, "paikka": l.PlaceTyped, "ala": l.Sector} {
		if value != "" {
			q.Set(name, value)
		}
	}
	if after != 0 {
		q.Set("sivu", after.String())
	}
	return actorsAt + "?" + q.Encode()
}

// other is the same list of the other kind.
func (l actorsView) other(kind string) string {
	l.Kind = kind
	return l.address(0)
}

// locals is who is at work at a place, as far as its page tells: organisations, and
// after them people who chose to be found.
type locals struct {
	Organisations []actor.Actor
	People        []actor.Person
	All           string // where the list of all is
}

// localsShown is how many of each a place's page names.
const localsShown = 6

func (v *Visit) localsAt(p place.Place) (l locals, err error) {
	ctx, where := v.R.Context(), actor.Where{Places: v.within(p)}
	if l.Organisations, err = actor.ListWhere(ctx, v.DB, v.Region.ID, where, 0, localsShown); err != nil {
		return l, err
	}
	l.People, err = actor.FindablePeople(ctx, v.DB, v.Region.ID, where, 0, localsShown)
	all := actorsView{Kind: "organisaatiot", PlaceTyped: v.In(p.Name)}
	if len(l.Organisations) == 0 {
		all.Kind = "ihmiset"
	}
	l.All = all.address(0)
	return l, err
}

func (v *Visit) actors() error {
	ctx := v.R.Context()
	after, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := actorsView{Kind: oneOf(v.Query("mita"), "ihmiset", "organisaatiot"), Later: after != 0}
	if l.Kind == "" {
		l.Kind = "ihmiset"
	}
	if s, ok := actor.SectorOf(v.Query("ala")); ok {
		l.Sector = s.Code
	}
	where := actor.Where{Sector: l.Sector}
	if l.PlaceTyped = firstRunes(v.Query("paikka"), 120); l.PlaceTyped != "" {
		at, ok := v.Edition.FindPlace(l.PlaceTyped)
		if l.Unknown = !ok; ok {
			where.Places = v.within(at)
		}
	}
	switch {
	case l.Unknown:
	case l.Kind == "ihmiset":
		l.People, err = actor.FindablePeople(ctx, v.DB, v.Region.ID, where, after, actorsPage+1)
		if len(l.People) > actorsPage {
			l.People = l.People[:actorsPage]
			l.Next = l.People[actorsPage-1].ID
		}
	default:
		l.Organisations, err = actor.ListWhere(ctx, v.DB, v.Region.ID, where, after, actorsPage+1)
		if len(l.Organisations) > actorsPage {
			l.Organisations = l.Organisations[:actorsPage]
			l.Next = l.Organisations[actorsPage-1].ID
		}
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, actorsListPage(v, l))
}

// actorView is one's page.
type actorView struct {
	Actor    actor.Actor
	Person   actor.Person
	Details  actor.Details
	PartOf   actor.Actor
	Units    []actor.Actor
	Names    []actor.Spelling
	Members  []actor.Membership // of a person; of an organisation those who chose to be found
	People   map[ident.ID]actor.Person
	Items    []knowhow.Item
	Projects []project.Project
	More     bool // there are more projects
	Ties     []tieRow
	MoreTies int
	Around   egoView
	Assets   []asset.Asset // what the organisation has to lend
}

// of lists what is shown of a kind and still holds.
func (a actorView) of(k knowhow.Kind) (all []knowhow.Item) {
	for _, i := range a.Items {
		if i.Kind == k {
			all = append(all, i)
		}
	}
	return all
}

// did is the evidence that is not a person's own word.
func (a actorView) did() (all []knowhow.Item) {
	for _, i := range a.Items {
		switch i.Kind {
		case knowhow.Own, knowhow.Offered, knowhow.Wanted, knowhow.Topic, knowhow.Project:
		default:
			if len(all) < itemsShown {
				all = append(all, i)
			}
		}
	}
	return all
}

// foundActor is somebody everybody may see; a NotFound fault, the same for whoever is not
// there and who does not want to be.
func (v *Visit) foundActor(given string) (view actorView, err error) {
	none := fault.New(fault.NotFound, "actor.none")
	id, ok := ident.Parse(given)
	if !ok {
		return view, none
	}
	ctx := v.R.Context()
	view.Actor, err = actor.ByID(ctx, v.DB, v.Region.ID, id)
	if !fault.Is(err, fault.NotFound) {
		return view, err
	}
	view.Person, err = actor.PersonByID(ctx, v.DB, v.Region.ID, id)
	if fault.Is(err, fault.NotFound) || err == nil && !view.Person.Chose(actor.Findable) {
		return actorView{}, none
	}
	view.Actor = view.Person.Actor
	return view, err
}

func (v *Visit) actor() error {
	view, err := v.foundActor(v.R.PathValue("id"))
	if err != nil {
		return err
	}
	ctx, region, id := v.R.Context(), v.Region.ID, view.Actor.ID
	if view.Actor.Person {
		var err error
		if view.Items, err = v.Know.Of(ctx, v.DB, region, view.Actor); err != nil {
			return err
		}
		if view.Members, err = actor.MembershipsOf(ctx, v.DB, region, id); err != nil {
			return err
		}
		if view.Around, err = v.egoOf(id); err != nil {
			return err
		}
		return v.Render(http.StatusOK, profilePage(v, view))
	}
	if view.Details, err = actor.DetailsOf(ctx, v.DB, region, view.Actor); err != nil {
		return err
	}
	if view.Details.PartOf != 0 {
		if view.PartOf, err = actor.ByID(ctx, v.DB, region, view.Details.PartOf); err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
	}
	if view.Units, err = actor.Units(ctx, v.DB, region, id); err != nil {
		return err
	}
	if view.Names, err = actor.Of(ctx, v.DB, region, id); err != nil {
		return err
	}
	members, err := actor.Members(ctx, v.DB, region, id)
	if err != nil {
		return err
	}
	var ids []ident.ID
	for _, m := range members {
		ids = append(ids, m.Person)
	}
	if view.People, err = actor.PeopleByIDs(ctx, v.DB, region, ids...); err != nil {
		return err
	}
	for _, m := range members {
		if view.People[m.Person].Chose(actor.Findable) && (m.Until == 0 || m.Until >= v.today()) {
			view.Members = append(view.Members, m)
		}
	}
	if view.Projects, err = project.List(ctx, v.DB, region, id, 0, ownShown+1); err != nil {
		return err
	}
	if view.More = len(view.Projects) > ownShown; view.More {
		view.Projects = view.Projects[:ownShown]
	}
	if view.Ties, view.MoreTies, err = v.tiesOf(id); err != nil {
		return err
	}
	if view.Around, err = v.egoOf(id); err != nil {
		return err
	}
	if view.Assets, err = asset.OwnedBy(ctx, v.DB, region, id, assetsShown); err != nil {
		return err
	}
	return v.Render(http.StatusOK, organisationPage(v, view))
}

// itemPath is where an item is known from, "" for nowhere one can look.
func (v *Visit) itemPath(i knowhow.Item) string {
	switch i.Source {
	case "project":
		return "/hanke/" + i.SourceID.String()
	case "spark":
		return "/kipina/" + ident.Code(v.Region.ID, i.SourceID)
	}
	return ""
}

func (v *Visit) personCards(_ finding, hits []search.Hit) (map[ident.ID]card, error) {
	ctx, cards := v.R.Context(), map[ident.ID]card{}
	all, err := actor.PeopleByIDs(ctx, v.DB, v.Region.ID, hitIDs(hits)...)
	if err != nil {
		return nil, err
	}
	written, err := knowhow.WrittenOfMany(ctx, v.DB, v.Region.ID, hitIDs(hits)...)
	for id, p := range all {
		if !p.Chose(actor.Findable) {
			continue
		}
		c := card{Path: actorPath(p.Actor), Title: p.Name, Place: v.placeTitle(p.Place), About: v.T("find.kind.ihmiset.one")}
		for _, i := range written[id] {
			if i.Shown() {
				c.Text = sentence(c.Text) + i.Text
			}
		}
		cards[id] = c
	}
	return cards, err
}

// sentence is a text with another to come after it.
func sentence(s string) string {
	if s = strings.TrimSpace(s); s == "" {
		return ""
	}
	if !strings.ContainsAny(s[len(s)-1:], ".!?") {
		s += "."
	}
	return s + " "
}

// detailsForm is the office's form of what is known of an organisation.
func (v *Visit) detailsForm() error {
	a, d, err := v.organisation()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, notePage(v, a, v.Blank("legal", d.Legal, "business", d.Business, "sector", d.Sector, "place", v.placeTitle(d.Place), "home", d.Home, "part", partOf(d))))
}

func partOf(d actor.Details) string {
	if d.PartOf == 0 {
		return ""
	}
	return actorAt + d.PartOf.String()
}

func (v *Visit) organisation() (a actor.Actor, d actor.Details, err error) {
	id, _ := ident.Parse(v.R.PathValue("id"))
	if a, err = actor.ByID(v.R.Context(), v.DB, v.Region.ID, id); err != nil {
		return a, d, err
	}
	d, err = actor.DetailsOf(v.R.Context(), v.DB, v.Region.ID, a)
	return a, d, err
}

func (v *Visit) noteDetails() error {
	a, _, err := v.organisation()
	if err != nil {
		return err
	}
	f := v.cleaned()
	d := actor.Details{Legal: f.Get("legal"), Business: f.Get("business"), Sector: f.Get("sector"), Home: f.Get("home")}
	var wrong fault.Many
	if _, ok := v.Edition.FindPlace(d.Home); ok {
		wrong = append(wrong, fault.New(fault.Invalid, "actor.home.inside").On("home"))
	}
	if name := f.Get("place"); name != "" {
		at, ok := v.Edition.FindPlace(name)
		if !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "person.place.unknown").On("place"))
		}
		d.Place = at.ID
	}
	if given := f.Get("part"); given != "" {
		id, ok := ident.Parse(lastDigits(given))
		if !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "actor.none").On("part"))
		}
		d.PartOf = id
	}
	if err = wrong.OrNil(); err == nil {
		err = v.Actors.Note(v.R.Context(), v.Region.ID, a.ID, d)
	}
	if err == nil {
		v.Tell(v.T("actor.noted"))
		return v.Go(noteAt + a.ID.String())
	}
	if err := f.Refuse(err); err != nil {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, notePage(v, a, f))
}

// tieAt is the page of whoever one is tied to.
func tieAt(id ident.ID) string { return actorPath(actor.Actor{ID: id}) }

// organisationsView is a page of organisations on the office's table.
type organisationsView struct {
	Typed   string // a name that is looked for
	Lacking bool   // only those whose business id is not known
	List    []actor.Actor
	Of      map[ident.ID]actor.Details
	Later   bool
	Next    ident.ID
}

func (l organisationsView) address(after ident.ID) string {
	q := url.Values{}
	if l.Lacking {
		q.Set("puuttuu", "1")
	}
	if after != 0 {
		q.Set("sivu", after.String())
	}
	if len(q) == 0 {
		return organisationsAt
	}
	return organisationsAt + "?" + q.Encode()
}

// organisationsLike are the organisations a name finds, the best first.
func (v *Visit) organisationsLike(name string, most int) (all []actor.Actor, err error) {
	p, err := v.Index.Search(v.R.Context(), v.DB, search.Query{Region: v.Region.ID, Text: name, Filter: search.Filter{Kinds: []search.Kind{search.Organisation}}, Most: most})
	if err != nil {
		return nil, err
	}
	of, err := v.actorsBy(hitIDs(p.Hits))
	for _, h := range p.Hits {
		if a, ok := of[h.ID]; ok {
			all = append(all, a)
		}
	}
	return all, err
}

// organisationList is the organisations, all of them or those a name finds, for the office
// to complete.
func (v *Visit) organisationList() error {
	ctx := v.R.Context()
	after, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := organisationsView{Typed: firstRunes(v.Query("nimi"), actor.MaxSpelling), Lacking: v.Query("puuttuu") != "", Later: after != 0}
	switch {
	case l.Typed != "":
		l.List, err = v.organisationsLike(l.Typed, actorsPage)
	case l.Lacking:
		l.List, err = actor.WithoutBusiness(ctx, v.DB, v.Region.ID, after, actorsPage+1)
	default:
		l.List, err = actor.List(ctx, v.DB, v.Region.ID, after, actorsPage+1)
	}
	if err != nil {
		return err
	}
	l.List, l.Next = page(l.List, func(a actor.Actor) ident.ID { return a.ID })
	if l.Of, err = actor.DetailsOfMany(ctx, v.DB, v.Region.ID, l.List...); err != nil {
		return err
	}
	return v.Render(http.StatusOK, organisationsPage(v, l))
}
