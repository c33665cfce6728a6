package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/event"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

// Networks on the office's table: begun, described, their members and meetings, closed
// with an heir.

const networksAt = "/toimisto/verkostot"

func keepingNetworkRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + networksAt + path, access: staff, verb: verb, object: office.Events, do: do}
	}
	return []route{
		on("GET", "", office.Read, (*Visit).workNetworks),
		on("POST", "", office.Write, (*Visit).foundNetwork),
		on("GET", "/uusi", office.Write, (*Visit).newNetwork),
		on("GET", "/{id}", office.Read, (*Visit).workNetwork),
		on("POST", "/{id}", office.Write, (*Visit).changeNetwork),
		on("POST", "/{id}/jasen", office.Write, (*Visit).admitMember),
		on("POST", "/{id}/pois", office.Write, (*Visit).partMember),
		on("POST", "/{id}/koolla", office.Write, (*Visit).coordinateNetwork),
		on("POST", "/{id}/kokous", office.Write, (*Visit).meetNetwork),
		on("POST", "/{id}/paata", office.Write, (*Visit).closeNetwork),
		on("POST", "/{id}/avaa", office.Write, (*Visit).reopenNetwork),
	}
}

func (v *Visit) workNetworks() error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := networkList{Later: before != 0}
	if l.List, l.Next, err = v.networkRows(before); err != nil {
		return err
	}
	return v.Render(http.StatusOK, workNetworksPage(v, l, v.May(keepsNetworks(office.Write))))
}

func (v *Visit) newNetwork() error {
	return v.showNetwork(http.StatusOK, network.Named{Language: v.Edition.Original()}, v.Blank("phase", string(network.Activation)))
}

func (v *Visit) workNetworkAt() (network.Named, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return network.Named{}, fault.New(fault.NotFound, "network.none")
	}
	return network.One(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) workNetwork() error {
	n, err := v.workNetworkAt()
	if err != nil {
		return err
	}
	return v.showNetwork(http.StatusOK, n, v.networkFields(n))
}

// networkFields puts a network into a form, as it is typed.
func (v *Visit) networkFields(n network.Named) *Form {
	f := v.Blank("slug", n.Slug, "programme", n.Programme, "page", n.Page, "phase", string(n.Phase), "version", strconv.FormatInt(n.Version, 10))
	for lang, t := range n.Texts {
		f.Values.Set("name."+lang, t.Name)
		f.Values.Set("purpose."+lang, t.Purpose)
	}
	if n.National {
		f.Values.Set("national", "1")
	}
	if n.Begins != 0 {
		f.Values.Set("begins", n.Begins.String())
	}
	if n.Ends != 0 {
		f.Values.Set("ends", n.Ends.String())
	}
	return f
}

// quiet months: nobody has met for so long that somebody should ask why.
const networkQuiet = 182 * 24 * time.Hour

func (v *Visit) showNetwork(status int, n network.Named, f *Form) error {
	ctx := v.R.Context()
	view, err := v.overlook(n)
	if err != nil {
		return err
	}
	view.Form, view.Writes = f, v.May(keepsNetworks(office.Write))
	if n.ID != 0 {
		if view.Events, err = event.Next(ctx, v.DB, v.Region.ID, v.Clock.Now(), perPage); err != nil {
			return err
		}
		if view.All, _, err = v.networkRows(0); err != nil {
			return err
		}
		met := n.Made
		for _, e := range view.Held {
			met = latest(met, e.Begins)
		}
		if n.Alive() {
			if len(view.Coming) == 0 && v.Clock.Now().Sub(met) > networkQuiet {
				view.Drifting = append(view.Drifting, "quiet")
			}
			if n.Coordinator == 0 {
				view.Drifting = append(view.Drifting, "nobody")
			}
			if n.Ends != 0 && n.Ends <= v.today()+90 && n.Heir == 0 {
				view.Drifting = append(view.Drifting, "heirless")
			}
		}
	}
	return v.Render(status, workNetworkPage(v, view))
}

// networkDraft reads a network off its form.
func (v *Visit) networkDraft(f *Form) (d network.Draft, err error) {
	d = network.Draft{Slug: f.Get("slug"), Texts: map[string]network.Text{}, National: f.Get("national") != "", Page: f.Get("page"), Phase: network.Phase(f.Get("phase"))}
	if _, ok := v.Edition.Network(f.Get("programme")); ok {
		d.Programme = f.Get("programme")
	}
	for _, l := range v.Edition.Tongues() {
		d.Texts[string(l)] = network.Text{Name: f.Get("name." + string(l)), Purpose: f.Get("purpose." + string(l))}
	}
	var wrong fault.Many
	if d.Begins, err = f.day("begins"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if d.Ends, err = f.day("ends"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	return d, wrong.OrNil()
}

func (v *Visit) foundNetwork() error {
	f := v.Form()
	d, err := v.networkDraft(f)
	var n network.Named
	if err == nil {
		n, err = v.Ties.Found(v.R.Context(), v.Region.ID, v.Edition.Original(), d)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showNetwork(statusOfAll(f.Wrong), network.Named{Language: v.Edition.Original()}, f)
	}
	v.Tell(v.T("network.made"))
	return v.Go(networksAt + "/" + n.ID.String())
}

// onNetwork runs a verb on the network of the address, and shows its page again, with
// what was typed, when it is refused.
func (v *Visit) onNetwork(do func(a network.Act, f *Form) error) error {
	n, err := v.workNetworkAt()
	if err != nil {
		return err
	}
	f := v.Form()
	version, _ := strconv.ParseInt(f.Get("version"), 10, 64)
	if err := do(network.Act{Region: v.Region.ID, Network: n.ID, Version: version}, f); err != nil {
		if !f.Values.Has("slug") { // a small form: the large one is as it was
			typed := f.Values
			f = v.networkFields(n)
			for _, field := range []string{"member", "since", "until", "event", "heir"} {
				f.Values.Set(field, typed.Get(field))
			}
		}
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showNetwork(statusOfAll(f.Wrong), n, f)
	}
	v.Tell(v.T("network.changed"))
	return v.Go(networksAt + "/" + n.ID.String())
}

func (v *Visit) changeNetwork() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		d, err := v.networkDraft(f)
		if err == nil {
			_, err = v.Ties.Change(v.R.Context(), a, d)
		}
		return err
	})
}

// admitMember puts an organisation into a network by its name: one that is known, or a
// new one.
func (v *Visit) admitMember() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		name := strings.Join(strings.Fields(f.Get("member")), " ")
		if name == "" {
			return fault.New(fault.Invalid, "network.member.missing").On("member")
		}
		since, err := f.day("since")
		if err != nil {
			return err
		}
		until, err := f.day("until")
		if err != nil {
			return err
		}
		_, err = v.Ties.Admit(v.R.Context(), a, network.Member{Network: a.Network, Since: since, Until: until}, func(ctx context.Context, tx *store.Tx) (ident.ID, error) {
			_, id, err := v.Actors.Resolve(ctx, tx, a.Region, name, actor.Places(v.Edition))
			if fault.Is(err, fault.Invalid) {
				err = fault.New(fault.Invalid, "too_long").On("member").With("max", actor.MaxSpelling).With("now", len([]rune(name)))
			}
			return id, err
		})
		return err
	})
}

// ofForm is the actor or event that a button of a list names.
func ofForm(f *Form, field string) ident.ID {
	id, _ := ident.Parse(f.Get(field))
	return id
}

func (v *Visit) partMember() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		_, err := v.Ties.Part(v.R.Context(), a, ofForm(f, "actor"))
		return err
	})
}

func (v *Visit) coordinateNetwork() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		_, err := v.Ties.Coordinate(v.R.Context(), a, ofForm(f, "actor"))
		return err
	})
}

func (v *Visit) meetNetwork() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		e, err := event.One(v.R.Context(), v.DB, v.Region.ID, ofForm(f, "event"))
		if fault.Is(err, fault.NotFound) {
			err = fault.New(fault.Invalid, "network.meeting.none").On("event")
		}
		if err == nil {
			_, err = v.Ties.Meet(v.R.Context(), a, e.ID, f.Get("pois") == "")
		}
		return err
	})
}

func (v *Visit) closeNetwork() error {
	return v.onNetwork(func(a network.Act, f *Form) error {
		_, err := v.Ties.Close(v.R.Context(), a, ofForm(f, "heir"))
		return err
	})
}

func (v *Visit) reopenNetwork() error {
	return v.onNetwork(func(a network.Act, _ *Form) error {
		_, err := v.Ties.Reopen(v.R.Context(), a)
		return err
	})
}
