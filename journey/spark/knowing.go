package spark

import (
	"context"
	"database/sql"
	"strings"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/knowhow"
)

// What somebody brought under their own name is evidence of what they know.

// Knowing has a store of know-how hear whose sparks have changed, from the same
// transaction on; without one nobody does.
func (s *Service) Knowing(k *knowhow.Service) *Service {
	s.know = k
	return s
}

// speaks says of whom a spark speaks that something of it has changed.
func (s *Service) speaks(ctx context.Context, tx *store.Tx, sp *Spark) error {
	if s.know == nil {
		return nil
	}
	bringers, err := Bringers(ctx, tx, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	for _, b := range bringers[sp.ID] {
		if err := s.know.TouchAddress(ctx, tx, sp.Region, b.Email); err != nil {
			return err
		}
	}
	return nil
}

const (
	// SQLite keeps the order of a CROSS JOIN, and would else go through all sparks for one
	// person's.
	selectBrought = `SELECT ` + sparkColumns + ` FROM bringers b CROSS JOIN sparks s
WHERE b.region_id = $1 AND b.email = $2 AND b.name <> '' AND s.region_id = b.region_id AND s.spark_id = b.spark_id AND s.listed = TRUE AND s.visibility = 'public' ORDER BY b.spark_id DESC LIMIT $3`
	selectNamed = `SELECT spark_id, name FROM bringers WHERE region_id = $1 AND email = $2 AND spark_id {in $3} ORDER BY spark_id, bringer_id`
)

// mostBrought bounds how many of somebody's sparks speak for them: the latest.
const mostBrought = 50

// Knowing gives the sparks that somebody brought for everybody to read, under the very
// name they are known by: one under another name would tell whose that is.
func Knowing(ctx context.Context, from store.Source, region string, of knowhow.Holder) (all []knowhow.Item, err error) {
	if of.Email == "" || of.Title == "" {
		return nil, nil
	}
	list, err := many(ctx, from, selectBrought, region, of.Email, mostBrought)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	ids := make(store.Ints, len(list))
	for i, sp := range list {
		ids[i] = int64(sp.ID)
	}
	named := map[ident.ID]string{} // by the first who brought it with this address
	rows, err := from.Query(ctx, selectNamed, region, of.Email, ids)
	if err := store.Each(rows, err, func(r *sql.Rows) error {
		var id ident.ID
		var name string
		err := r.Scan(&id, &name)
		if _, ok := named[id]; !ok {
			named[id] = name
		}
		return err
	}); err != nil {
		return nil, err
	}
	for _, sp := range list {
		if !strings.EqualFold(strings.Join(strings.Fields(named[sp.ID]), " "), of.Title) {
			continue
		}
		all = append(all, knowhow.Item{ID: sp.ID, Actor: of.ID, Kind: knowhow.Spark, Text: strings.TrimSpace(sp.Title + "\n" + sp.Text), Language: sp.Language, Source: "spark", SourceID: sp.ID, At: sp.Dropped, Written: sp.Dropped})
	}
	return all, nil
}
