package main

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"os"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/swedish"
	"kokko/engine/text"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/actor"
	"kokko/region/asset"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/vocabulary"
)

type reindexCommand struct {
	Region string `help:"Only this region; all of them when not given." placeholder:"REGION"`
}

// Run makes the search's index anew, and says how far it has come.
func (c *reindexCommand) Run(ctx context.Context, h *house) error {
	db, err := h.openReady(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	x, err := h.index(ctx, db)
	if err != nil {
		return err
	}
	served, err := meant(ctx, db, c.Region)
	if err != nil {
		return err
	}
	for _, s := range served {
		said := 0
		if err := x.Renew(ctx, db, s.ID, shelves(), true, func(p search.Progress) {
			const every = 1000
			if p.Whole || p.Things/every > said {
				fmt.Fprintln(h.out, h.say.T("cli.reindex.progress", "region", p.Region, "shelf", p.Shelf, "n", h.say.Number(int64(p.Things))))
			}
			if said = p.Things / every; p.Whole {
				said = 0
			}
		}); err != nil {
			return err
		}
		actors := actor.New(db, h.clock, h.ids).Indexed(x)
		actors.TellNoted(network.Noted)
		if err := h.tie(ctx, db, s.ID, project.New(db, h.clock, actors)); err != nil {
			return err
		}
	}
	fmt.Fprintln(h.out, h.say.T("cli.reindex.done"))
	return nil
}

// meant is the region that was named, or all of them when none was; an Invalid fault that
// names those there are for one that is none of them.
func meant(ctx context.Context, db *store.DB, id string) ([]programme.Served, error) {
	all, err := programme.Regions(ctx, db)
	if err != nil || id == "" {
		return all, err
	}
	for _, s := range all {
		if s.ID == id {
			return []programme.Served{s}, nil
		}
	}
	return nil, fault.New(fault.Invalid, "cli.which_region").Because(errors.New(names(all)))
}

// tie makes anew what ties organisations by the projects there are, and says what it
// came to.
func (h *house) tie(ctx context.Context, db *store.DB, region string, projects *project.Service) error {
	place, err := placesOf(programme.NewService(db, h.clock, h.ids, nil))(ctx, region)
	if err != nil {
		return err
	}
	if _, _, err := projects.Tie(ctx, network.New(db, h.clock, h.ids), region, place); err != nil {
		return err
	}
	n, err := network.Counts(ctx, db, region)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.ties", "project", h.say.Number(int64(n[network.Project])), "grant", h.say.Number(int64(n[network.Grant]))))
	return err
}

// shelves is everything that can be found.
func shelves() []search.Shelf {
	return []search.Shelf{spark.Shelf(), project.Shelf(), actor.Shelf(), asset.Shelf(), knowhow.Shelf(), table.Shelf()}
}

// index makes the search's index, with the Finnish dictionary when there is one and the
// concepts in use. db is migrated.
func (h *house) index(ctx context.Context, db *store.DB) (*search.Index, error) {
	names, err := placeNames()
	if err != nil {
		return nil, err
	}
	dict, err := dictionary(os.Getenv("KOKKO_VOIKKO"))
	if err != nil {
		return nil, err
	}
	go dict.Ready() // nobody's first word waits for it
	name := fmt.Sprintf("%d", text.Version)
	if dict != nil {
		name += " voikko"
	}
	words := finnish.New(dict, finnish.NewGazetteer(names...))
	concepts, err := vocabulary.New(db, h.clock).Thesaurus(ctx, words)
	if err != nil {
		return nil, err
	}
	edition := fnv.New32a()
	edition.Write([]byte(concepts.Source()))
	name += fmt.Sprintf(" yso %d %08x", concepts.Len(), edition.Sum32())
	list, err := swedishWords()
	if err != nil {
		return nil, err
	}
	if list != nil {
		name += fmt.Sprintf(" hunspell %d", list.Len())
	}
	return search.New(text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts, Names: names, Swedish: list}), name, h.ids), nil
}

// swedishWords opens the list of Swedish words that a package of the machine has brought;
// nil when there is none.
func swedishWords() (*swedish.Lexicon, error) {
	for _, path := range swedish.Places() {
		if there(path) {
			return swedish.Open(path)
		}
	}
	return nil, nil
}

// countAndRenew keeps the index of every region counted and whole: the first start of
// a program that makes other keys, or of a store that was restored, makes it anew.
func (h *house) countAndRenew(ctx context.Context, db *store.DB, x *search.Index) error {
	return h.sweep(ctx, db, func(ctx context.Context, region string) error {
		if err := x.Renew(ctx, db, region, shelves(), false, nil); err != nil {
			return err
		}
		return follow.Rekey(ctx, db, x, region)
	})
}
