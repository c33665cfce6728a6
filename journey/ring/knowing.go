package ring

import (
	"context"
	"strings"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/knowhow"
)

// mostRings bounds the rings of one person that are evidence of what they know.
const mostRings = 50

// Knowing has what people know follow what they do in rings, in the same transaction.
func (s *Service) Knowing(k *knowhow.Service) *Service {
	s.know = k
	return s
}

// touch tells that what somebody is in has changed.
func (t *turn) touch(ctx context.Context, who address.Address) error {
	if t.know == nil || who.Email == "" {
		return nil
	}
	return t.know.TouchAddress(ctx, t.tx, t.sp.Region, who.Email)
}

// Knowing gives in which rings somebody is before everybody, under the very name they
// are known by: what they bring, and to what.
func Knowing(ctx context.Context, from store.Source, region string, of knowhow.Holder) (all []knowhow.Item, err error) {
	if of.Address == 0 || of.Title == "" {
		return nil, nil
	}
	in, err := Of(ctx, from, region, of.Address, mostRings)
	if err != nil || len(in) == 0 {
		return nil, err
	}
	var ids []ident.ID
	for _, m := range in {
		ids = append(ids, m.Spark)
	}
	sparks, err := spark.ByIDs(ctx, from, region, ids...)
	for _, m := range in {
		if sp, ok := sparks[m.Spark]; ok && sp.Listed && m.State == In && m.Seen == spark.Public && strings.EqualFold(strings.TrimSpace(m.Name), of.Title) {
			all = append(all, knowhow.Item{ID: m.ID, Actor: of.ID, Kind: knowhow.Role, Text: strings.TrimSpace(sp.Title + "\n" + m.Brings), Language: sp.Language, Source: "spark", SourceID: m.Spark, At: m.Since, Written: m.Since})
		}
	}
	return all, err
}
