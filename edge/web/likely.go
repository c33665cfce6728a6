package web

import (
	"context"
	"sync"

	"kokko/engine/likeness"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// What may say the same as a spark: among the newest open ones, by the words they
// share.

const (
	likelyAmong = 300 // the newest sparks that are looked through for the same matter
	likelyMost  = 5
	likelyWords = 2000 // of each text, in characters: a matter is told in its beginning
)

// likely is a spark that may say the same as another.
type likely struct {
	spark.Spark
	Words []string // what both say
}

// shelves keeps the newest sparks of each region by their words, so that each is read
// when it has changed and not whenever somebody opens another. Nothing on a shelf is
// shown: what is found there is read from the store.
type shelves struct {
	mu  sync.Mutex // owns all
	all map[string]*shelf
}

// shelf stays as it was made.
type shelf struct {
	sparks []spark.Stand
	keys   [][]string
	words  *likeness.Shelf
}

// likely finds sparks that may say the same as one.
func (v *Visit) likely(ctx context.Context, s spark.Spark) (all []likely, err error) {
	now, err := spark.Stands(ctx, v.DB, v.Region.ID, likelyAmong)
	if err != nil {
		return nil, err
	}
	sh, err := v.shelf(ctx, now)
	if err != nil {
		return nil, err
	}
	own := -1
	for i, o := range sh.sparks {
		if o.ID == s.ID {
			own = i
		}
	}
	var ids []ident.ID
	found := sh.words.Rank(saidOf(s), likeness.Plain, own, likelyMost)
	for _, m := range found {
		ids = append(ids, sh.sparks[m.Index].ID)
	}
	there, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return nil, err
	}
	for i, m := range found {
		if o, ok := there[ids[i]]; ok && o.Open && o.Held == "" {
			all = append(all, likely{o, m.Words[:min(len(m.Words), 5)]})
		}
	}
	return all, nil
}

// shelf gives these sparks by their words. Those that stand as they did when they were
// last read are not read again.
func (v *Visit) shelf(ctx context.Context, now []spark.Stand) (*shelf, error) {
	c := &v.shelves
	c.mu.Lock()
	last := c.all[v.Region.ID]
	c.mu.Unlock()
	known := map[spark.Stand][]string{}
	if last != nil {
		for i, s := range last.sparks {
			known[s] = last.keys[i]
		}
	}
	var changed []ident.ID
	for _, s := range now {
		if _, ok := known[s]; !ok {
			changed = append(changed, s.ID)
		}
	}
	if last != nil && len(changed) == 0 && len(now) == len(last.sparks) {
		return last, nil
	}
	texts, err := spark.ByIDs(ctx, v.DB, v.Region.ID, changed...)
	if err != nil {
		return nil, err
	}
	sh := &shelf{}
	for _, s := range now {
		keys, ok := known[s]
		if !ok {
			o := texts[s.ID] // may have changed just now: then it is read again next time
			keys, s.Version = likeness.Keys(saidOf(o), likeness.Plain), o.Version
		}
		sh.sparks, sh.keys = append(sh.sparks, s), append(sh.keys, keys)
	}
	sh.words = likeness.NewShelf(sh.keys)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = map[string]*shelf{}
	}
	c.all[v.Region.ID] = sh
	return sh, nil
}

// said is what a spark is compared by.
func saidOf(s spark.Spark) string { return s.Title + "\n" + cutTo(s.Text, likelyWords) }
