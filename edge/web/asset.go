package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"kokko/engine/language"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/asset"
	"kokko/region/place"
	"kokko/region/search"
)

// Assets for everybody: what there is, one of them, telling of one with nothing but a
// confirmed address, and keeping one's own up to date.

const assetsPage = "/voimavarat"

func assetRoutes() []route {
	return []route{
		{pattern: "GET " + assetsPage, plain: true, knows: true, do: (*Visit).assets},
		{pattern: "GET /voimavara/{id}", plain: true, knows: true, do: (*Visit).asset},
		{pattern: "GET /voimavara/uusi", plain: true, do: (*Visit).tellAssetForm},
		{pattern: "POST /voimavara/uusi", plain: true, limit: 20, do: (*Visit).tellAsset},
		{pattern: "GET /minun/{salaisuus}/voimavara/{id}", do: (*Visit).mineAsset},
		{pattern: "POST /minun/{salaisuus}/voimavara/{id}", limit: 60, do: (*Visit).mendAsset},
		{pattern: "POST /minun/{salaisuus}/voimavara/{id}/voimassa", limit: 60, do: (*Visit).holdAsset},
		{pattern: "POST /minun/{salaisuus}/voimavara/{id}/pois", limit: 60, do: (*Visit).withdrawAsset},
	}
}

// assetsShown is how many assets the page of a place, an organisation or a need tells of.
const assetsShown = 6

// assetList is one page of assets, as one asked for it.
type assetList struct {
	Kind    asset.Kind
	Place   string // as typed
	Around  place.Place
	Unknown bool // the place typed is not in the programme
	List    []asset.Asset
	Later   bool
	Next    ident.ID
}

// narrowed tells that less than everything was asked for.
func (l assetList) narrowed() bool { return l.Kind != "" || l.Place != "" }

// address is the list's own, from before an asset on.
func (l assetList) address(before ident.ID) string {
	q := url.Values{}
	if l.Kind != "" {
		q.Set("laji", string(l.Kind))
	}
	if l.Place != "" {
		q.Set("paikka", l.Place)
	}
	if before != 0 {
		q.Set("sivu", before.String())
	}
	if len(q) == 0 {
		return assetsPage
	}
	return assetsPage + "?" + q.Encode()
}

func (v *Visit) assets() error {
	var l assetList
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	l.Later = before != 0
	if k := asset.Kind(v.Query("laji")); slices.Contains(asset.Kinds(), k) {
		l.Kind = k
	}
	var places []string
	if l.Place = firstRunes(spark.CleanLine(v.Query("paikka")), spark.MaxName); l.Place != "" {
		at, ok := v.Edition.Place(l.Place)
		if !ok {
			at, ok = v.Edition.FindPlace(l.Place)
		}
		if l.Unknown = !ok; ok {
			l.Around = at
			for id := range v.around(at, nearKm) {
				places = append(places, id)
			}
			slices.Sort(places)
		}
	}
	if l.List, err = asset.Find(v.R.Context(), v.DB, v.Region.ID, l.Kind, places, before, perPage+1); err != nil {
		return err
	}
	l.List, l.Next = page(l.List, func(a asset.Asset) ident.ID { return a.ID })
	return v.Render(http.StatusOK, assetsPageOf(v, l))
}

// assetsAt is what everybody sees at these places.
func (v *Visit) assetsAt(places []string) ([]asset.Asset, error) {
	return asset.Find(v.R.Context(), v.DB, v.Region.ID, "", places, 0, assetsShown)
}

// assetAt is the asset of the address, in whatever state.
func (v *Visit) assetAt() (asset.Asset, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return asset.Asset{}, fault.New(fault.NotFound, "asset.none")
	}
	return asset.One(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) asset() error {
	a, err := v.assetAt()
	if err == nil && !a.Seen() {
		err = fault.New(fault.NotFound, "asset.none")
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, assetPage(v, a))
}

func assetPath(a asset.Asset) string { return "/voimavara/" + a.ID.String() }

// assetPlace is the programme's place of an asset, "" for none.
func (v *Visit) assetPlace(a asset.Asset) string {
	if p, ok := v.Edition.Place(a.Place); ok {
		return v.In(p.Name)
	}
	return ""
}

// assetWhere is where an asset is, in a line; its place is not said twice.
func (v *Visit) assetWhere(a asset.Asset) string {
	name := v.assetPlace(a)
	if strings.Contains(strings.ToLower(a.Venue), strings.ToLower(name)) {
		return a.Venue
	}
	return addressLine(a.Venue, name)
}

// placeNamed is what a place is called in Finnish, "" for none.
func (v *Visit) placeNamed(id string) string {
	p, _ := v.Edition.Place(id)
	return p.Name.In("fi")
}

// assetOwner is whose an asset is, in words.
func (v *Visit) assetOwner(a asset.Asset) string {
	if a.Named == "" {
		return v.T("asset.owner.person")
	}
	return a.Named
}

// assetCards are assets as they are found.
func (v *Visit) assetCards(f finding, hits []search.Hit) (map[ident.ID]card, error) {
	all, err := asset.ByIDs(v.R.Context(), v.DB, v.Region.ID, hitIDs(hits)...)
	cards := map[ident.ID]card{}
	for id, a := range all {
		if !a.Seen() && !f.office() {
			continue
		}
		c := card{Path: assetPath(a), Title: a.Title, Language: a.Language, Text: spark.CleanLine(a.About), About: v.T("asset.kind." + string(a.Kind)), Place: v.assetPlace(a)}
		if f.office() {
			c.Path = workAssetsAt + "/" + id.String()
			if !a.Seen() {
				c.Notes = append(c.Notes, v.T("workasset.state."+string(a.State)))
			}
		}
		cards[id] = c
	}
	return cards, err
}

// lentFor is what there is in the region that a need may be looking for.
func (v *Visit) lentFor(sp spark.Spark) []asset.Answer {
	if sp.Kind != spark.Need || !sp.Listed || !sp.Open {
		return nil
	}
	ctx := v.R.Context()
	all, err := asset.Answering(ctx, v.DB, v.Index, asset.Need{Region: v.Region.ID, Title: sp.Title, Text: sp.Text, Language: language.Language(sp.Language), Place: sp.Place, PlaceName: v.placeNamed, Nearness: v.nearness(sp.Place), Most: nearMost})
	if err != nil && ctx.Err() == nil { // the page is whole without them
		v.Log.Error("assets cannot be looked for", "error", err.Error())
	}
	return all
}

// assetDraft reads an asset off its form.
func assetDraft(f *Form) asset.Draft {
	return asset.Draft{Kind: asset.Kind(f.Get("kind")), Title: f.Get("title"), About: f.Get("about"), Language: f.Get("language"), Place: f.Get("place"), Venue: f.Get("venue"),
		Owned: asset.Owned(f.Get("owned")), Named: f.Get("named"), Terms: f.Get("terms"), Calendar: f.Get("calendar"), Contact: f.Get("contact")}
}

// assetFields puts an asset into a form, as it is typed.
func (v *Visit) assetFields(a asset.Asset) *Form {
	return v.Blank("kind", string(a.Kind), "title", a.Title, "about", a.About, "language", a.Language, "place", v.assetPlace(a), "venue", a.Venue, "owned", string(a.Owned), "named", a.Named,
		"terms", a.Terms, "calendar", a.Calendar, "contact", a.Contact, "version", strconv.FormatInt(a.Version, 10))
}

// tellAssetForm is where somebody tells of an asset; a place may be chosen beforehand.
func (v *Visit) tellAssetForm() error {
	f := v.Blank("language", string(v.Lang))
	if p, ok := v.Edition.Place(v.Query("paikka")); ok {
		f.Values.Set("place", v.In(p.Name))
	}
	return v.showTellAsset(http.StatusOK, f)
}

func (v *Visit) showTellAsset(status int, f *Form) error {
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	email := ""
	if known {
		email = a.Email
	}
	return v.Render(status, tellAssetPage(v, f, email))
}

func (v *Visit) tellAsset() error {
	f := v.cleaned()
	f.Values.Set("language", string(v.Lang))
	d := assetDraft(f)
	if refused, err := v.submits(f, d.Check(v.Edition), "asset", d); err != nil || !refused {
		return err
	}
	return v.showTellAsset(statusOfAll(f.Wrong), f)
}

// tellAssetWords says what somebody tells of, for the letter that asks to confirm.
func (v *Visit) tellAssetWords(data json.RawMessage) (string, error) {
	var d asset.Draft
	if err := json.Unmarshal(data, &d); err != nil {
		return "", err
	}
	return v.T("asset.want", "title", d.Title), nil
}

// putAsset stores it inside the transaction that confirms the address.
func (v *Visit) putAsset(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d asset.Draft
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	_, err := v.Lending.Tell(ctx, tx, a.Region, a.ID, v.Edition, d)
	return err
}

// assetPart is what a person has told of, among what is kept with their address.
func assetPart() minePart {
	return minePart{
		name: "assets",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			all, err := asset.ToldBy(v.R.Context(), v.DB, a.Region, a.ID)
			if err != nil || len(all) == 0 {
				return nil, err
			}
			return assetsMine(v, all, secret), nil
		},
		data: (*Visit).assetData,
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return v.Lending.Erase(ctx, tx, a.Region, a.ID)
		},
	}
}

type mineAsset struct {
	ID       string     `json:"asset_id"`
	Kind     string     `json:"kind"`
	Title    string     `json:"title"`
	About    string     `json:"about"`
	Language string     `json:"language"`
	Place    string     `json:"place_id"`
	Venue    string     `json:"venue"`
	Owned    string     `json:"owned"`
	Named    string     `json:"named"`
	Owner    string     `json:"owner_id"`
	Terms    string     `json:"terms"`
	Calendar string     `json:"calendar"`
	Contact  string     `json:"contact"`
	State    string     `json:"state"`
	Note     string     `json:"note"`
	Told     *time.Time `json:"told_at"`
	Since    *time.Time `json:"since_at"`
	Held     *time.Time `json:"held_at"`
	Asked    *time.Time `json:"asked_at"`
	Changed  *time.Time `json:"changed_at"`
	Version  int64      `json:"version"`
}

// assetData is everything kept of what somebody has told of, for them to take along.
func (v *Visit) assetData(a address.Address) (any, error) {
	all, err := asset.ToldBy(v.R.Context(), v.DB, a.Region, a.ID)
	out := []mineAsset{}
	for _, x := range all {
		out = append(out, mineAsset{x.ID.String(), string(x.Kind), x.Title, x.About, x.Language, x.Place, x.Venue, string(x.Owned), x.Named, someID(x.Owner), x.Terms, x.Calendar, x.Contact,
			string(x.State), x.Note, moment(x.Told), moment(x.Since), moment(x.Held), moment(x.Asked), moment(x.Changed), x.Version})
	}
	return out, err
}

// ownAsset is the asset of the address, told by whoever the link is of.
func (v *Visit) ownAsset() (a asset.Asset, who address.Address, secret string, err error) {
	if who, secret, err = v.linkedAddress(); err != nil {
		return a, who, secret, err
	}
	if a, err = v.assetAt(); err == nil && a.Teller != who.ID {
		err = fault.New(fault.NotFound, "asset.none")
	}
	return a, who, secret, err
}

// assetAct is an asset as the page showed it.
func (v *Visit) assetAct(a asset.Asset) asset.Act {
	version, _ := strconv.ParseInt(v.Form().Get("version"), 10, 64)
	return asset.Act{Region: v.Region.ID, Asset: a.ID, Version: version}
}

func (v *Visit) mineAsset() error {
	a, _, secret, err := v.ownAsset()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, mineAssetPage(v, v.assetFields(a), a, secret))
}

func (v *Visit) mendAsset() error {
	a, who, secret, err := v.ownAsset()
	if err != nil {
		return err
	}
	f := v.cleaned()
	f.Values.Set("language", a.Language)
	err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := v.Lending.Mend(ctx, tx, who.ID, v.assetAct(a), v.Edition, assetDraft(f))
		return err
	})
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(statusOfAll(f.Wrong), mineAssetPage(v, f, a, secret))
	}
	return v.Go("/minun/" + secret + "?tehty=voimavara-muutettu")
}

// holdAsset is the word that what somebody told of still holds.
func (v *Visit) holdAsset() error {
	a, who, secret, err := v.ownAsset()
	if err == nil {
		err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := v.Lending.StillHolds(ctx, tx, who.ID, asset.Act{Region: v.Region.ID, Asset: a.ID})
			return err
		})
	}
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=voimavara-voimassa")
}

func (v *Visit) withdrawAsset() error {
	a, who, secret, err := v.ownAsset()
	if err == nil {
		err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
			return v.Lending.Withdraw(ctx, tx, v.Region.ID, who.ID, a.ID)
		})
	}
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=voimavara-pois")
}
