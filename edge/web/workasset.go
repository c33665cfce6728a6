package web

import (
	"context"
	"net/http"
	"slices"

	"kokko/ground/ident"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asset"
	"kokko/region/audit"
	"kokko/region/office"
)

// Assets on the office's table: what waits to be listed, what nobody answers for any
// more, and the office's own.

const workAssetsAt = "/toimisto/voimavarat"

func lendingRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + workAssetsAt + path, access: staff, verb: verb, object: office.Assets, do: do}
	}
	return []route{
		on("GET", "", office.Read, (*Visit).workAssets),
		on("POST", "", office.Write, (*Visit).makeAsset),
		on("GET", "/uusi", office.Write, (*Visit).newAsset),
		on("GET", "/{id}", office.Read, (*Visit).workAsset),
		on("POST", "/{id}", office.Write, (*Visit).changeAsset),
		on("POST", "/{id}/nayta", office.Write, (*Visit).listAsset),
		on("POST", "/{id}/voimassa", office.Write, (*Visit).assetHolds),
		on("POST", "/{id}/pois", office.Write, (*Visit).takeAssetOff),
	}
}

// assetDesk is the office's list of assets.
type assetDesk struct {
	State  asset.State // "" for every
	Counts map[asset.State]int
	List   []asset.Asset
	Later  bool
	Next   ident.ID
	Writes bool
}

// address is the list's own, from before an asset on.
func (d assetDesk) address(before ident.ID) string {
	path := workAssetsAt
	if d.State != "" {
		path = withQuery(path, "tila", string(d.State))
	}
	if before != 0 {
		path = withQuery(path, "sivu", before.String())
	}
	return path
}

func (v *Visit) workAssets() error {
	ctx := v.R.Context()
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	d := assetDesk{Later: before != 0, Writes: v.May(right{Object: office.Assets, Verb: office.Write})}
	if s := asset.State(v.Query("tila")); slices.Contains(asset.States(), s) {
		d.State = s
	}
	if d.Counts, err = asset.Counts(ctx, v.DB, v.Region.ID); err != nil {
		return err
	}
	if d.List, err = asset.All(ctx, v.DB, v.Region.ID, d.State, before, perPage+1); err != nil {
		return err
	}
	d.List, d.Next = page(d.List, func(a asset.Asset) ident.ID { return a.ID })
	return v.Render(http.StatusOK, workAssetsPage(v, d))
}

// assetSheet is one asset with its forms.
type assetSheet struct {
	asset.Asset // zero for one not yet made
	Form        *Form
	Email       string // of who told of it, for who may see it
	Writes      bool
}

func (p *assetSheet) made() bool { return p.ID != 0 }

// assetDue draws where an asset stands.
func (v *Visit) assetDue(a asset.Asset) (words, urgency string) {
	switch {
	case a.State == asset.Listed && !a.Changed.IsZero():
		return v.T("workasset.state.changed"), "soon"
	case a.State == asset.Listed && !a.Asked.IsZero():
		return v.T("workasset.state.asked"), "soon"
	case a.State == asset.Listed && a.Old(v.Clock.Now()):
		return v.T("workasset.state.old"), "soon"
	}
	return v.T("workasset.state." + string(a.State)), map[asset.State]string{asset.Waiting: "late", asset.Lapsed: "soon", asset.Listed: "ok", asset.Off: "done"}[a.State]
}

func (v *Visit) newAsset() error {
	return v.showAsset(http.StatusOK, asset.Asset{}, v.Blank("language", v.Edition.Original(), "owned", string(asset.ByOrganisation)))
}

func (v *Visit) workAsset() error {
	a, err := v.assetAt()
	if err != nil {
		return err
	}
	return v.showAsset(http.StatusOK, a, v.assetFields(a))
}

func (v *Visit) showAsset(status int, a asset.Asset, f *Form) error {
	ctx := v.R.Context()
	p := &assetSheet{Asset: a, Form: f, Writes: v.May(right{Object: office.Assets, Verb: office.Write})}
	if a.Teller != 0 && v.May(right{Object: office.Contacts, Verb: office.Read}) {
		who, err := address.ByIDs(ctx, v.DB, v.Region.ID, a.Teller)
		if err != nil {
			return err
		}
		p.Email = who[a.Teller].Email
		if err := v.Office.Looked(ctx, v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "asset"}); err != nil {
			return err
		}
	}
	return v.Render(status, workAssetPage(v, p))
}

func (v *Visit) makeAsset() error {
	f := v.cleaned()
	a, err := v.Lending.Make(v.R.Context(), v.Region.ID, v.Edition, assetDraft(f))
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showAsset(statusOfAll(f.Wrong), asset.Asset{}, f)
	}
	v.Tell(v.T("workasset.made"))
	return v.Go(workAssetsAt + "/" + a.ID.String())
}

// onAsset runs a verb on the asset of the address, and shows its page again, with what
// was typed, when it is refused.
func (v *Visit) onAsset(said string, do func(ctx context.Context, a asset.Act, f *Form) (asset.Asset, error)) error {
	a, err := v.assetAt()
	if err != nil {
		return err
	}
	f := v.cleaned()
	if _, err := do(v.R.Context(), v.assetAct(a), f); err != nil {
		if !f.Values.Has("title") { // a button's form has no fields of its own
			note := f.Get("note")
			f = v.assetFields(a)
			f.Values.Set("note", note)
		}
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showAsset(statusOfAll(f.Wrong), a, f)
	}
	v.Tell(v.T(said))
	return v.Go(workAssetsAt + "/" + a.ID.String())
}

func (v *Visit) changeAsset() error {
	return v.onAsset("workasset.changed", func(ctx context.Context, a asset.Act, f *Form) (asset.Asset, error) {
		return v.Lending.Change(ctx, a, v.Edition, assetDraft(f))
	})
}

func (v *Visit) listAsset() error {
	return v.onAsset("workasset.listed", func(ctx context.Context, a asset.Act, _ *Form) (asset.Asset, error) { return v.Lending.List(ctx, a) })
}

func (v *Visit) assetHolds() error {
	return v.onAsset("workasset.held", func(ctx context.Context, a asset.Act, _ *Form) (asset.Asset, error) { return v.Lending.Hold(ctx, a) })
}

func (v *Visit) takeAssetOff() error {
	return v.onAsset("workasset.taken_off", func(ctx context.Context, a asset.Act, f *Form) (asset.Asset, error) {
		return v.Lending.TakeOff(ctx, a, f.Get("note"))
	})
}

// assetsWaiting is how many assets wait for the office's look, for its list of work.
func (v *Visit) assetsWaiting() (int, error) {
	if !v.May(right{Object: office.Assets, Verb: office.Write}) {
		return 0, nil
	}
	n, err := asset.Counts(v.R.Context(), v.DB, v.Region.ID)
	return n[asset.Waiting], err
}

// reown finds anew whose each asset is, after the office has said whose a name is.
func (v *Visit) reown() {
	err := v.Lending.Own(v.R.Context(), v.Region.ID, actor.Places(v.Edition))
	if err != nil { // the decision stands; the night finds it too
		v.Log.Error("whose assets are was not looked for", "error", err.Error())
	}
}
