package comment

import (
	"context"
	"strings"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/knowhow"
)

// What somebody said of other people's matters under their own name is evidence of
// what they know.

// Knowing has a store of know-how hear who said something, from the same transaction
// on; without one nobody does.
func (s *Service) Knowing(k *knowhow.Service) *Service {
	s.know = k
	return s
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, c Comment) error {
	if s.know == nil || c.Kind != Person {
		return nil
	}
	a, ok, err := actor.OfAddress(ctx, tx, c.Region, c.Author)
	if err != nil || !ok {
		return err
	}
	return s.know.Touch(ctx, tx, c.Region, a.ID)
}

// mostSaid bounds how much of what somebody said speaks for them: the latest.
const mostSaid = 100

// Knowing gives what somebody said beneath sparks that everybody may read, under the
// very name they are known by; questions say nothing of what one knows.
func Knowing(ctx context.Context, from store.Source, region string, of knowhow.Holder) (all []knowhow.Item, err error) {
	if of.Address == 0 || of.Title == "" {
		return nil, nil
	}
	said, err := By(ctx, from, region, Author{Kind: Person, ID: of.Address}, 0, mostSaid)
	if err != nil || len(said) == 0 {
		return nil, err
	}
	var ids []ident.ID
	for _, c := range said {
		ids = append(ids, c.Spark)
	}
	sparks, err := spark.ByIDs(ctx, from, region, ids...)
	for _, c := range said {
		if sp, ok := sparks[c.Spark]; !ok || !sp.Listed || c.State != Shown || c.Question || !strings.EqualFold(strings.TrimSpace(c.Name), of.Title) {
			continue
		}
		all = append(all, knowhow.Item{ID: c.ID, Actor: of.ID, Kind: knowhow.Answer, Text: c.Words, Language: c.Language, Source: "spark", SourceID: c.Spark, At: c.Written, Written: c.Written})
	}
	return all, err
}
