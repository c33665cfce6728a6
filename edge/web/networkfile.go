package web

import (
	"context"
	"io"
	"net/http"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
)

// Files of the network: sent and looked at row by row, taken in and taken back; and the
// network as files, with whoever chose to be in it.

const (
	netFilesAt  = gapsAt + "/tiedostot"
	netExportAt = gapsAt + "/vienti"
	cardEnd     = "/kortti.vcf"
)

func networkFileRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + netFilesAt + path, access: staff, verb: verb, object: office.Imports, do: do}
	}
	send := on("POST", "", office.Write, (*Visit).sendNetwork)
	send.files, send.most = true, network.MaxSent
	return []route{
		on("GET", "", office.Read, (*Visit).networkFiles),
		send,
		on("GET", "/{id}", office.Read, (*Visit).networkFiling),
		on("POST", "/{id}/tuo", office.Write, (*Visit).takeNetwork),
		on("POST", "/{id}/hylkaa", office.Write, (*Visit).dropNetwork),
		on("POST", "/{id}/peru", office.Write, (*Visit).backNetwork),
		{pattern: "GET " + netExportAt, access: staff, verb: office.Read, object: office.Events, do: (*Visit).exportNetwork},
		{pattern: "GET " + netExportAt + "/ihmiset.vcf", access: staff, verb: office.Read, object: office.Events, do: (*Visit).exportCards},
		{pattern: "GET " + actorAt + "{id}" + cardEnd, limit: 60, do: (*Visit).actorCard},
	}
}

// netFileList is a page of the files that were sent.
type netFileList struct {
	List   []network.Filing
	Next   ident.ID
	Later  bool
	Writes bool
	Form   *Form
}

func (v *Visit) networkFiles() error { return v.showNetworkFiles(http.StatusOK, v.Blank()) }

func (v *Visit) showNetworkFiles(status int, f *Form) error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	l := netFileList{Later: before != 0, Writes: v.May(right{Object: office.Imports, Verb: office.Write}), Form: f}
	all, err := network.Filings(v.R.Context(), v.DB, v.Region.ID, before, perPage+1)
	if err != nil {
		return err
	}
	l.List, l.Next = page(all, func(f network.Filing) ident.ID { return f.ID })
	return v.Render(status, networkFilesPage(v, l))
}

// sendNetwork keeps the one file of the form, to be looked at.
func (v *Visit) sendNetwork() error {
	f := v.cleaned()
	kept, err := v.keepNetwork(f)
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showNetworkFiles(statusOfAll(f.Wrong), f)
	}
	return v.Go(netFilesAt + "/" + kept.ID.String())
}

func (v *Visit) keepNetwork(f *Form) (kept network.Filing, err error) {
	u, err := v.oneFile(network.MaxSent)
	if err != nil {
		return kept, err
	}
	if _, err := u.file.Seek(0, io.SeekStart); err != nil {
		return kept, err
	}
	content, err := io.ReadAll(io.LimitReader(u.file, network.MaxSent))
	if err != nil {
		return kept, err
	}
	return v.Ties.Keep(v.R.Context(), v.Region.ID, f.Get("name"), u.Name, content)
}

// netFileView is one file that was sent.
type netFileView struct {
	network.Filing
	Organisations []string // that it names, some of them
	New           int      // of all of them, how many are not known yet
	Nodes         int      // organisations
	Persons       int
	Ties          int
	Wrong         []*fault.Error
	Writes        bool
}

// shownNodes is how many organisations of a file a page lists.
const shownNodes = 50

func (v *Visit) filingAt() (network.Filing, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return network.Filing{}, fault.New(fault.NotFound, "network.file.none")
	}
	return network.FilingOf(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) networkFiling() error {
	f, err := v.filingAt()
	if err != nil {
		return err
	}
	view := netFileView{Filing: f, Writes: v.May(right{Object: office.Imports, Verb: office.Write})}
	if f.State == network.FileWaits {
		all, wrong, err := f.Look()
		if err != nil {
			return err
		}
		view.Ties, view.Wrong = len(all.Ties), wrong
		var names []string
		for _, n := range all.Nodes {
			if n.Person {
				view.Persons++
				continue
			}
			view.Nodes++
			names = append(names, firstRunes(n.Name, actor.MaxSpelling))
			if len(view.Organisations) < shownNodes {
				view.Organisations = append(view.Organisations, n.Name)
			}
		}
		known, err := actor.WhoseAll(v.R.Context(), v.DB, v.Region.ID, names, actor.Places(v.Edition))
		if err != nil {
			return err
		}
		for _, name := range names {
			if known[name] == 0 {
				view.New++
			}
		}
	}
	return v.Render(http.StatusOK, networkFilingPage(v, view))
}

func (v *Visit) takeNetwork() error {
	return v.onFiling(true, func(f network.Filing) (string, error) {
		place := actor.Places(v.Edition)
		took, err := v.Ties.TakeKept(v.R.Context(), v.Region.ID, f.ID, func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error) {
			_, id, err := v.Actors.Resolve(ctx, tx, v.Region.ID, firstRunes(name, actor.MaxSpelling), place)
			return id, err
		})
		return v.N("netfile.took", took.Taken.Ties), err
	})
}

func (v *Visit) backNetwork() error {
	return v.onFiling(true, func(f network.Filing) (string, error) {
		return v.T("netfile.back"), v.Ties.BackKept(v.R.Context(), v.Region.ID, f.ID)
	})
}

func (v *Visit) dropNetwork() error {
	return v.onFiling(false, func(f network.Filing) (string, error) {
		return v.T("netfile.dropped"), v.Ties.DropKept(v.R.Context(), v.Region.ID, f.ID)
	})
}

// onFiling runs a verb on the file of the address. One that has moved on in the meantime
// is shown as it stands.
func (v *Visit) onFiling(stays bool, do func(f network.Filing) (string, error)) error {
	f, err := v.filingAt()
	if err != nil {
		return err
	}
	said, err := do(f)
	if fault.Is(err, fault.Conflict) {
		said, stays, err = v.Say.Fault(fault.List(err)[0]), true, nil
	}
	if err != nil {
		return err
	}
	v.Tell(said)
	if !stays {
		return v.Go(netFilesAt)
	}
	return v.Go(netFilesAt + "/" + f.ID.String())
}

// formatType is what a format is called where files are sent.
func formatType(as network.Format) (kind, extension string) {
	switch as {
	case network.GraphML, network.GEXF:
		return "application/xml", "." + string(as)
	case network.Kumu:
		return "application/json", ".json"
	}
	return "text/csv; charset=utf-8", ".csv"
}

// exportNetwork is the network as a file: organisations, and people who chose to be drawn.
func (v *Visit) exportNetwork() error {
	as := network.Format(oneOf(v.Query("muoto"), "graphml", "gexf", "kumu"))
	if as == "" {
		as = network.CSV
	}
	_, p, err := v.picture()
	if err != nil {
		return err
	}
	kind, extension := formatType(as)
	return v.download(kind, "verkosto-"+v.Region.ID+"-"+v.today().String()+extension, func(w io.Writer) error { return p.File().Write(w, as) })
}

// vcardOf is somebody's vCard: what their page tells everybody, and nothing else.
func (v *Visit) vcardOf(p actor.Person, items []knowhow.Item) network.Card {
	c := network.Card{Name: p.Name, Place: v.placeTitle(p.Place), Languages: p.Languages, Page: v.full(v.Lang, actorPath(p.Actor))}
	for _, i := range items {
		if i.Kind == knowhow.Topic && i.Shown() {
			c.Knows = append(c.Knows, i.Text)
		}
	}
	return c
}

// actorCard is the vCard of somebody whose page everybody may see.
func (v *Visit) actorCard() error {
	view, err := v.foundActor(v.R.PathValue("id"))
	if err != nil {
		return err
	}
	card := network.Card{Name: view.Actor.Title, Organisation: true, Page: v.full(v.Lang, actorPath(view.Actor))}
	if view.Actor.Person {
		items, err := knowhow.WrittenOf(v.R.Context(), v.DB, v.Region.ID, view.Actor.ID)
		if err != nil {
			return err
		}
		card = v.vcardOf(view.Person, items)
	} else {
		d, err := actor.DetailsOf(v.R.Context(), v.DB, v.Region.ID, view.Actor)
		if err != nil {
			return err
		}
		card.Place = v.placeTitle(d.Place)
	}
	return v.download("text/vcard; charset=utf-8", strings.Trim(network.SlugOf(card.Name), "-")+".vcf", func(w io.Writer) error { return network.WriteCard(w, card) })
}

// exportCards is the vCards of everybody who chose to be found.
func (v *Visit) exportCards() error {
	return v.download("text/vcard; charset=utf-8", "ihmiset-"+v.Region.ID+"-"+v.today().String()+".vcf", func(w io.Writer) error {
		ctx := v.R.Context()
		for after := ident.ID(0); ; {
			some, err := actor.FindablePeople(ctx, v.DB, v.Region.ID, actor.Where{}, after, rowsAtOnce)
			if err != nil {
				return err
			}
			ids := make([]ident.ID, len(some))
			for i, p := range some {
				ids[i] = p.ID
			}
			written, err := knowhow.WrittenOfMany(ctx, v.DB, v.Region.ID, ids...)
			if err != nil {
				return err
			}
			for _, p := range some {
				if err := network.WriteCard(w, v.vcardOf(p, written[p.ID])); err != nil {
					return err
				}
				after = p.ID
			}
			if len(some) < rowsAtOnce {
				return nil
			}
		}
	})
}
