package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
	"kokko/schema"
)

// stored is ideas in the real index, on SQLite in a folder of its own.
type stored struct {
	all   []idea
	dir   string
	db    *store.DB
	index *search.Index
}

// region is whose the ideas are; found is how many are asked for, and of the nearest so
// many are compared whatever they say.
const (
	region = "bench"
	found  = 500
	nearby = 200
)

func put(all []idea, a *text.Analyser) (s *stored, err error) {
	ctx := context.Background()
	s = &stored{all: all, index: search.New(a, "bench", ident.NewMaker(clock.System{}))}
	if s.dir, err = os.MkdirTemp("", "kokko-similar-"); err != nil {
		return nil, err
	}
	if s.db, err = store.Open(ctx, "sqlite:"+filepath.Join(s.dir, "kokko.db"), store.Options{}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	err = s.db.Migrate(ctx, schema.Files, 0)
	if err == nil {
		err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i, d := range all {
				// Each is a place of its own, so that nearness is told of it alone.
				if err := s.index.Put(ctx, tx, search.Thing{Region: region, Kind: search.Spark, ID: ident.ID(i + 1), Listed: true, Title: d.title, Text: d.text, Place: strconv.Itoa(i)}); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err == nil {
		err = s.index.Count(ctx, s.db, region)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

func (s *stored) close() {
	if err := errors.Join(s.db.Close(), os.RemoveAll(s.dir)); err != nil {
		fmt.Fprintln(os.Stderr, "similar:", err)
	}
}

// like asks as the pages do; what is not found has no score.
func (s *stored) like(i int, whole bool, near func(i, j int) float64) []float64 {
	d := search.Draft{Region: region, Title: s.all[i].title, Not: []ident.ID{ident.ID(i + 1)}, Most: found}
	if whole {
		d.Text = s.all[i].text
	}
	if near != nil {
		d.Places = s.nearest(i, near)
		d.Nearness = func(place string) float64 {
			j, err := strconv.Atoi(place)
			if err != nil {
				return 0
			}
			return near(i, j)
		}
	}
	scores := make([]float64, len(s.all))
	hits, err := s.index.Similar(context.Background(), s.db, d)
	if err != nil {
		fmt.Fprintln(os.Stderr, "similar:", err)
	}
	for _, h := range hits {
		scores[h.ID-1] = h.Score
	}
	return scores
}

// nearest are the places of the ideas that are nearest to one.
func (s *stored) nearest(i int, near func(i, j int) float64) (places []string) {
	far := make([]float64, len(s.all))
	var ids []int
	for j := range s.all {
		if far[j] = near(i, j); far[j] > 0 && j != i {
			ids = append(ids, j)
		}
	}
	slices.SortStableFunc(ids, func(a, b int) int { return cmp.Compare(far[b], far[a]) })
	for _, j := range ids[:min(nearby, len(ids))] {
		places = append(places, strconv.Itoa(j))
	}
	return places
}
