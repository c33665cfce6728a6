package web

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
)

// What a person knows, in their own words, and what may be done with it: their own
// page, behind the link of their confirmed address (Minun osaamiseni). Nobody else sees
// anything of it until they choose so.

const knowAt = "/osaaminen"

func knowhowRoutes() []route {
	const at = "POST /minun/{salaisuus}" + knowAt
	return []route{
		{pattern: "GET /minun/{salaisuus}" + knowAt, do: (*Visit).ownKnowHow},
		{pattern: "GET /minun/{salaisuus}/mita-tiedetaan", do: (*Visit).knownOfMe},
		{pattern: at, limit: 30, do: (*Visit).describe},
		{pattern: at + "/sana", limit: 60, do: (*Visit).writeKnowHow},
		{pattern: at + "/pois", limit: 60, do: (*Visit).dropKnowHow},
		{pattern: at + "/aihe", limit: 60, do: (*Visit).keepTopic},
		{pattern: at + "/toimija", limit: 30, do: (*Visit).belong},
		{pattern: at + "/toimija/pois", limit: 30, do: (*Visit).unbelong},
		{pattern: at + "/valinta", limit: 30, do: (*Visit).choose},
		{pattern: at + "/tahti", limit: 30, do: (*Visit).pace},
	}
}

// spokenLanguages are those a person may say they speak.
func spokenLanguages() []string { return []string{"fi", "sv", "en", "et", "ru", "uk", "ar"} }

// paces are how many requests a month may suit somebody, 0 for as many as come.
func paces() []int { return []int{0, 1, 2, 4, 8} }

// ownKnow is the page.
type ownKnow struct {
	address.Address
	Secret    string
	Person    actor.Person // the zero Person while nothing was told
	Items     []knowhow.Item
	Suggested []knowhow.Suggestion
	Members   []actor.Membership
	Chosen    map[actor.Choice]time.Time // since when each stands as it does
	Anew      map[actor.Choice]bool      // asked anew: they had said yes to less
	Done      string
	sent      *Form
	failed    string // which of the page's forms was refused
}

// form is one of the page's forms: as it was sent when it was refused, else with what
// is kept.
func (o *ownKnow) form(v *Visit, name string, pairs ...string) *Form {
	if o.failed == name {
		return o.sent
	}
	return v.Blank(pairs...)
}

// mistaken is the refused form, an empty one for none.
func (o *ownKnow) mistaken(v *Visit) *Form {
	if o.sent == nil {
		return v.Blank()
	}
	return o.sent
}

// at is the address of one of the page's forms.
func (o *ownKnow) at(v *Visit, form string) string {
	return string(v.URL("/minun/" + o.Secret + knowAt + form))
}

// of lists what was written of a kind, that holds or has found its taker.
func (o *ownKnow) of(k knowhow.Kind) (all []knowhow.Item) {
	for _, i := range o.Items {
		if i.Kind == k && i.State != knowhow.Dropped {
			all = append(all, i)
		}
	}
	return all
}

func (v *Visit) ownKnowOf(a address.Address, secret string) (o ownKnow, err error) {
	o = ownKnow{Address: a, Secret: secret, Chosen: map[actor.Choice]time.Time{}, Anew: map[actor.Choice]bool{}}
	ctx := v.R.Context()
	who, ok, err := actor.PersonOf(ctx, v.DB, a.Region, a.ID)
	if err != nil || !ok {
		return o, err
	}
	o.Person = who
	written, err := knowhow.WrittenOf(ctx, v.DB, a.Region, who.ID)
	if err != nil {
		return o, err
	}
	all, err := v.Know.Of(ctx, v.DB, a.Region, who.Actor)
	if err != nil {
		return o, err
	}
	o.Items = written
	for _, i := range all { // what is read where it is kept
		if !slices.ContainsFunc(written, func(w knowhow.Item) bool { return w.ID == i.ID }) {
			o.Items = append(o.Items, i)
		}
	}
	o.Suggested = v.Know.Suggest(written, language.Language(v.Lang))
	if o.Members, err = actor.MembershipsOf(ctx, v.DB, a.Region, who.ID); err != nil {
		return o, err
	}
	chosen, err := actor.ChoicesOf(ctx, v.DB, a.Region, who.ID)
	for _, c := range chosen {
		o.Chosen[c.Choice] = c.At
	}
	for _, c := range actor.Choices() {
		o.Anew[c] = actor.AskedAnew(who, chosen, c)
	}
	return o, err
}

func (v *Visit) ownKnowHow() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	o, err := v.ownKnowOf(a, secret)
	if err != nil {
		return err
	}
	o.Done = oneOf(v.Query("tehty"), "tiedot", "sana", "pois", "aihe", "toimija", "valinta", "tahti")
	return v.Render(http.StatusOK, ownKnowPage(v, &o))
}

func (v *Visit) knownOfMe() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	o, err := v.ownKnowOf(a, secret)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, knownPage(v, &o))
}

// asOwner does something of a person's own and goes back to a part of their page; what
// was wrong is shown in the form it was typed into.
func (v *Visit) asOwner(form, done, part string, do func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error) error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	f := v.cleaned()
	err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		who, err := v.Actors.Person(ctx, tx, a, "")
		if err != nil {
			return err
		}
		return do(ctx, tx, f, who)
	})
	if err == nil {
		return v.Go("/minun/" + secret + knowAt + "?tehty=" + done + "#" + part)
	}
	if err := f.Refuse(err); err != nil {
		return err
	}
	o, err := v.ownKnowOf(a, secret)
	if err != nil {
		return err
	}
	if form == "valinta" { // a choice may want a name first: that is written in another form
		wrong := f.Wrong
		form, f = "tiedot", v.Blank(selfValues(v, &o)...)
		f.Wrong = wrong
	}
	f.under(form)
	o.failed, o.sent = form, f
	return v.Render(http.StatusUnprocessableEntity, ownKnowPage(v, &o))
}

func (v *Visit) describe() error {
	return v.asOwner("tiedot", "tiedot", "mina", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		p, err := actor.PersonByID(ctx, tx, v.Region.ID, who.ID)
		if err != nil {
			return err
		}
		as := p.Profile
		as.Name, as.Sector, as.Languages, as.Place = f.Get("name"), f.Get("sector"), slices.Clone(f.Values["languages"]), ""
		if name := f.Get("place"); name != "" {
			at, ok := v.Edition.FindPlace(name)
			if !ok {
				return fault.New(fault.Invalid, "person.place.unknown").On("place")
			}
			as.Place = at.ID
		}
		_, err = v.Actors.Describe(ctx, tx, v.Region.ID, who.ID, as)
		return err
	})
}

func (v *Visit) pace() error {
	return v.asOwner("tahti", "tahti", "tahti", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		p, err := actor.PersonByID(ctx, tx, v.Region.ID, who.ID)
		if err != nil {
			return err
		}
		as := p.Profile
		n, err := strconv.Atoi(f.Get("pace"))
		if err != nil || !slices.Contains(paces(), n) {
			return fault.New(fault.Invalid, "person.pace.wrong").On("pace").With("max", slices.Max(paces()))
		}
		as.Pace, as.Away = n, f.Get("away") != ""
		if as.AwayUntil, err = f.day("until"); err != nil {
			return err
		}
		_, err = v.Actors.Describe(ctx, tx, v.Region.ID, who.ID, as)
		return err
	})
}

func (v *Visit) writeKnowHow() error {
	kind := knowhow.Kind(v.Form().Get("kind"))
	form := string(kind)
	if id := v.Form().Get("item"); id != "" {
		form += "-" + id
	}
	return v.asOwner(form, "sana", string(kind), func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		if !slices.Contains(knowhow.Written(), kind) {
			return fault.New(fault.Invalid, "knowhow.kind.wrong")
		}
		i := knowhow.Item{Actor: who.ID, Kind: kind, Text: f.Get("text"), Language: string(v.Lang), Together: f.Get("together") != ""}
		i.ID, _ = ident.Parse(f.Get("item"))
		if f.Get("filled") != "" {
			i.State = knowhow.Filled
		}
		_, err := v.Know.Write(ctx, tx, v.Region.ID, i)
		var wrong fault.Many
		if err != nil && fault.Is(err, fault.Invalid) { // the field is called the same in every form
			for _, e := range fault.List(err) {
				e.Field = "text"
				wrong = append(wrong, e)
			}
			return wrong
		}
		return err
	})
}

func (v *Visit) dropKnowHow() error {
	return v.asOwner("pois", "pois", "own", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		id, _ := ident.Parse(f.Get("item"))
		err := v.Know.Remove(ctx, tx, v.Region.ID, who.ID, id)
		if fault.Is(err, fault.NotFound) {
			return nil // twice
		}
		return err
	})
}

func (v *Visit) keepTopic() error {
	return v.asOwner("aihe", "aihe", "aiheet", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		n, _ := strconv.ParseUint(f.Get("topic"), 10, 32)
		return v.Know.Keep(ctx, tx, v.Region.ID, who.ID, concept.ID(n), language.Language(v.Lang), f.Get("keep") != "")
	})
}

func (v *Visit) belong() error {
	return v.asOwner("toimija", "toimija", "toimija", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		_, err := v.Actors.Belong(ctx, tx, v.Region.ID, actor.Membership{Person: who.ID, Named: f.Get("organisation"), Role: f.Get("role")}, actor.Places(v.Edition))
		return err
	})
}

func (v *Visit) unbelong() error {
	return v.asOwner("toimija-pois", "toimija", "toimija", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		id, _ := ident.Parse(f.Get("member"))
		return v.Actors.Unbelong(ctx, tx, v.Region.ID, who.ID, id)
	})
}

func (v *Visit) choose() error {
	return v.asOwner("valinta", "valinta", "valinnat", func(ctx context.Context, tx *store.Tx, f *Form, who actor.Actor) error {
		return v.Actors.Choose(ctx, tx, v.Region.ID, who.ID, actor.Choice(f.Get("choice")), f.Get("yes") != "")
	})
}

// placeTitle is what a place of the programme is called, "" for none.
func (v *Visit) placeTitle(id string) string {
	at, ok := v.Edition.Place(id)
	if !ok {
		return ""
	}
	return v.In(at.Name)
}

// sectorTitle is what a sector is called, "" for none.
func (v *Visit) sectorTitle(code string) string {
	s, ok := actor.SectorOf(code)
	if !ok {
		return ""
	}
	return s.In(string(v.Lang))
}

// when is the day of an item, "" when nobody knows.
func (v *Visit) itemDay(i knowhow.Item) string {
	if i.At.IsZero() {
		return ""
	}
	return v.FullDay(dayOf(i.At))
}

// awayDay is the last day somebody has no time, "" for none.
func awayDay(d workday.Day) string {
	if d == 0 {
		return ""
	}
	return d.String()
}
