package spark

import (
	"context"

	"kokko/engine/language"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/search"
)

// What a spark and its story are found by is written with them.

// Indexed has what these verbs write found through an index, from the same transaction
// on; without one nothing is.
func (s *Service) Indexed(x *search.Index) *Service {
	s.index = x
	return s
}

// find has a spark found as it is now, and what was said of it by whom it may be read.
func (s *Service) find(ctx context.Context, tx *store.Tx, sp *Spark, beats ...story.Beat) error {
	if err := s.speaks(ctx, tx, sp); err != nil {
		return err
	}
	if s.index == nil {
		return nil
	}
	t := thing(sp)
	if err := s.index.Put(ctx, tx, t); err != nil {
		return err
	}
	if err := s.index.Follow(ctx, tx, t); err != nil {
		return err
	}
	for _, b := range beats {
		if t, ok := told(sp, b); ok {
			if err := s.index.Put(ctx, tx, t); err != nil {
				return err
			}
		}
	}
	return nil
}

// unsaid has beats found no more.
func (s *Service) unsaid(ctx context.Context, tx *store.Tx, region string, beats []ident.ID) error {
	if s.index == nil {
		return nil
	}
	return s.index.Remove(ctx, tx, region, search.Story, beats...)
}

// lost has a spark and all its story found no more.
func (s *Service) lost(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	if s.index == nil {
		return nil
	}
	return s.index.RemoveAbout(ctx, tx, region, id)
}

// thing is what a spark is found by.
func thing(sp *Spark) search.Thing {
	t := search.Thing{Region: sp.Region, Kind: search.Spark, ID: sp.ID, About: sp.ID, Listed: sp.Listed, Title: sp.Title, Text: sp.Text,
		Language: language.Language(sp.Language), Place: sp.Place, State: string(sp.State), At: sp.Dropped}
	for _, tag := range sp.Tags {
		if tag.Kind == "theme" {
			t.Themes = append(t.Themes, tag.ID)
		}
	}
	return t
}

// told is what a beat is found by; ok is false for one that everybody could not read
// even of a spark that is for everybody, or that says nothing.
func told(sp *Spark, b story.Beat) (t search.Thing, ok bool) {
	first, second := b.Parts()
	if b.Visibility != story.Public || first == "" && second == "" {
		return t, false
	}
	t = search.Thing{Region: sp.Region, Kind: search.Story, ID: b.ID, About: sp.ID, Listed: sp.Listed, Text: first, Place: sp.Place, State: string(sp.State), At: b.At}
	if second != "" {
		t.Text += "\n" + second
	}
	return t, true
}

const selectFindable = `SELECT ` + sparkColumns + ` FROM sparks s WHERE s.region_id = $1 AND s.spark_id > $2 ORDER BY s.spark_id LIMIT $3`

// Shelf is the sparks and their stories, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "sparks", Kinds: []search.Kind{search.Spark, search.Story}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		list, err := many(ctx, from, selectFindable, region, int64(after), most)
		if err != nil || len(list) == 0 {
			return nil, after, err
		}
		if err := tag(ctx, from, region, list); err != nil {
			return nil, after, err
		}
		for i := range list {
			sp := &list[i]
			if sp.Title+sp.Text != "" {
				things = append(things, thing(sp))
			}
			for after, more := ident.ID(0), true; more; {
				var beats []story.Beat
				if beats, more, err = story.Of(ctx, from, region, sp.ID, story.Public, after); err != nil {
					return nil, 0, err
				}
				for _, b := range beats {
					after = b.ID
					if t, ok := told(sp, b); ok {
						things = append(things, t)
					}
				}
			}
		}
		return things, list[len(list)-1].ID, nil
	}}
}
