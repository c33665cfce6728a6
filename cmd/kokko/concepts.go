package main

import (
	"context"
	"fmt"
	"os"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/ground/fault"
	"kokko/region/vocabulary"
)

type importConcepts struct {
	Files  []string `arg:"" optional:"" help:"The labels in Finnish, Swedish and English, in this order: on each line an address of YSO in < and >, a tab and a label; packed with gzip or not. Without files the concepts that come with the program are used again." type:"existingfile" placeholder:"FILE"`
	Source string   `help:"Whose the labels are, which edition, and on what terms they may be used; shown wherever the concepts are." placeholder:"TEXT"`
}

// Run takes a newer edition of YSO into use, or the shipped one again. Both hold from
// the next start on.
func (c *importConcepts) Run(ctx context.Context, h *house) error {
	db, err := h.openReady(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	dict, err := dictionary(os.Getenv("KOKKO_VOIKKO"))
	if err != nil {
		return err
	}
	words, kept := finnish.New(dict, nil), vocabulary.New(db, h.clock)
	var all *concept.Thesaurus
	switch {
	case len(c.Files) == 0:
		if err := kept.UseShipped(ctx); err != nil {
			return err
		}
		all, err = concept.Own(words)
	case len(c.Files) != len(language.All()) || c.Source == "":
		return fault.New(fault.Invalid, "cli.concepts.files")
	case dict == nil:
		return fault.New(fault.Invalid, "cli.concepts.no_dictionary")
	default:
		var labels [3]map[concept.ID]string
		for i, path := range c.Files {
			if labels[i], err = concept.OpenLabels(path); err != nil {
				return err
			}
		}
		var file []byte
		if file, err = concept.Make(c.Source, concept.Entries(labels), words); err == nil {
			all, err = kept.Use(ctx, file, words)
		}
	}
	if err != nil {
		return err
	}
	fmt.Fprintln(h.out, h.say.T("cli.concepts.used", "n", all.Len(), "source", all.Source()))
	return nil
}
