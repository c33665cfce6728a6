package ring

import (
	"context"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// Cast is somebody invented in the ring of an invented spark, with what they have taken
// upon themselves, if anything.
type Cast struct {
	Member
	Take Take
	Done bool
}

// Demonstrate puts invented people into the ring of an invented spark, with what it
// looks for. They have no address and cannot be reached; they go with their spark.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, sp ident.ID, people []Cast, looks []Opening) error {
	if err := CheckOpenings(looks); err != nil {
		return err
	}
	return s.on(ctx, tx, region, sp, func(t *turn) error {
		for _, p := range people {
			m := p.Member
			m.Region, m.Spark, m.ID, m.State, m.Since = region, sp, s.ids.New(), In, s.clock.Now()
			if err := saveMember(ctx, tx, insertMember, m); err != nil {
				return err
			}
			t.sp.People++
			t.tell(m, story.Beat{Type: story.Joined, Facts: story.Facts{Role: string(m.Role)}})
			if p.Take.empty() {
				continue
			}
			c := Commitment{Region: region, Spark: sp, ID: s.ids.New(), Member: m.ID, What: p.Take.What, Day: p.Take.Day, State: Open, Made: s.clock.Now(), reminded: p.Take.Day, asked: p.Take.Day}
			t.counts(m, c)
			if p.Done {
				c.State, c.Ended = Kept, s.clock.Now()
				t.end(m, c, Kept)
			}
			if err := saveTaken(ctx, tx, insertTaken, c); err != nil {
				return err
			}
		}
		for _, o := range looks {
			if _, err := tx.Exec(ctx, putOpening, region, int64(sp), string(o.Role), o.Wanted, clock.Micros(s.clock.Now())); err != nil {
				return err
			}
		}
		return nil
	})
}
