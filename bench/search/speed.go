package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"time"

	"kokko/bench/gauge"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
)

// words of an invented spark's title and of its text, and how many of its texts'
// halves come of one document.
const (
	titleWords = 5
	halfWords  = 20
	asks       = 300
)

// mixer invents sparks: the title of one document with words of its text and of
// another's, so that words are as common as they are in the documents.
type mixer struct {
	r     *rand.Rand
	texts [][]string
}

func (m *mixer) some(n int) []string {
	words := m.texts[m.r.IntN(len(m.texts))]
	from := 0
	if len(words) > n {
		from = m.r.IntN(len(words) - n)
	}
	return words[from:min(from+n, len(words))]
}

func (m *mixer) thing() search.Thing {
	return search.Thing{Region: region, Kind: search.Spark, Listed: true, Language: "fi", Title: strings.Join(m.some(titleWords), " "),
		Text: strings.Join(m.some(halfWords), " ") + ". " + strings.Join(m.some(halfWords), " ")}
}

// speed fills the index with so many invented sparks, and tells how long it takes to
// find what is like a spark that is being told, what answers a question, and how a word
// goes on.
func (b *bench) speed(ctx context.Context, many int, questions []string) error {
	if len(b.texts) == 0 || len(questions) == 0 {
		return errors.New("no documents, or no queries")
	}
	m := &mixer{rand.New(rand.NewPCG(1, 2)), b.texts}
	began := b.clock.Now()
	for done := 0; done < many; {
		n := min(atOnce, many-done)
		batch := make([]search.Thing, n)
		for i := range batch {
			batch[i] = m.thing()
			batch[i].ID = ident.ID(1_000_000 + done + i)
		}
		if err := b.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, t := range batch {
				if err := b.index.Put(ctx, tx, t); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			return err
		}
		if done += n; done%20_000 == 0 {
			fmt.Fprintf(os.Stderr, "%d, %.0f a second\n", done, float64(done)/b.clock.Now().Sub(began).Seconds())
		}
	}
	if err := b.index.Count(ctx, b.db, region); err != nil {
		return err
	}
	fmt.Printf("%d sparks in %s\n\n| | CPU, each | p50 | p95 | most |\n|---|---|---|---|---|\n", many, b.clock.Now().Sub(began).Round(time.Second))
	for _, k := range []struct {
		name string
		ask  func() error
	}{
		{"similar, title and text", func() error { return b.like(ctx, m.thing(), true) }},
		{"similar, title alone", func() error { return b.like(ctx, m.thing(), false) }},
		{"search, a question of the file", func() error {
			_, err := b.index.Search(ctx, b.db, search.Query{Region: region, Text: questions[m.r.IntN(len(questions))], Most: 20})
			return err
		}},
		{"search, two words of a text", func() error {
			_, err := b.index.Search(ctx, b.db, search.Query{Region: region, Text: strings.Join(m.some(2), " "), Most: 20})
			return err
		}},
		{"how a word goes on", func() error {
			w := []rune(m.some(1)[0])
			_, err := b.index.Suggest(ctx, b.db, region, string(w[:min(3, len(w))]), 8)
			return err
		}},
	} {
		var took []time.Duration
		before := gauge.Worked(gauge.Process)
		for range asks {
			began := b.clock.Now()
			if err := k.ask(); err != nil {
				return err
			}
			took = append(took, b.clock.Now().Sub(began))
		}
		worked := gauge.Worked(gauge.Process) - before
		slices.Sort(took)
		at := func(share int) time.Duration {
			return took[(len(took)-1)*share/100].Round(100 * time.Microsecond)
		}
		fmt.Printf("| %s | %s | %s | %s | %s |\n", k.name, (worked / asks).Round(100*time.Microsecond), at(50), at(95), at(100))
	}
	return nil
}

func (b *bench) like(ctx context.Context, t search.Thing, whole bool) error {
	d := search.Draft{Region: region, Title: t.Title, Language: t.Language, Most: 5}
	if whole {
		d.Text = t.Text
	}
	_, err := b.index.Similar(ctx, b.db, d)
	return err
}
