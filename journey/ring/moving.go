package ring

import (
	"context"
	"slices"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/trust"
)

// When a spark is split its ring goes on round one of the parts, as it is: who is in it
// or waits for a yes, what it looks for, what was taken upon somebody, and the ties that
// came of it. When the split is taken back all of that is the whole's again, with what
// was added meanwhile.

const (
	dropMove = `DELETE FROM ring_moves WHERE region_id = $1 AND spark_id = $2`
	putMove  = `INSERT INTO ring_moves (region_id, spark_id, to_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, spark_id) DO UPDATE SET to_id = excluded.to_id`
	readMove = `SELECT to_id FROM ring_moves WHERE region_id = $1 AND spark_id = $2`

	selectAll    = `SELECT ` + columns + ` FROM ring_people p WHERE p.region_id = $1 AND p.spark_id = $2 ORDER BY p.member_id`
	selectWhole  = `SELECT ` + took + ` FROM commitments c WHERE c.region_id = $1 AND c.spark_id = $2 ORDER BY c.commitment_id`
	carryPeople  = `UPDATE ring_people SET spark_id = $3 WHERE region_id = $1 AND spark_id = $2`
	carryYeses   = `UPDATE ring_yeses SET spark_id = $3 WHERE region_id = $1 AND spark_id = $2`
	carryTaken   = `UPDATE commitments SET spark_id = $3 WHERE region_id = $1 AND spark_id = $2`
	dropSought   = `DELETE FROM ring_openings WHERE region_id = $1 AND spark_id = $2 AND role IN (SELECT o.role FROM ring_openings o WHERE o.region_id = $1 AND o.spark_id = $3)`
	carrySought  = `UPDATE ring_openings SET spark_id = $3 WHERE region_id = $1 AND spark_id = $2`
	dropChoices  = `DELETE FROM ring_choices WHERE region_id = $1 AND spark_id = $2`
	handOverStep = `UPDATE commitments SET member_id = $4 WHERE region_id = $1 AND spark_id = $2 AND member_id = $3`
)

// movesMost bounds how many splits and returns a number is followed through.
const movesMost = 32

// At is the spark round which the ring of a spark is now: the spark itself, unless it was
// split or taken back into another.
func At(ctx context.Context, from store.Source, region string, sp ident.ID) (ident.ID, error) {
	for range movesMost {
		next, err := store.Values[ident.ID](from.Query(ctx, readMove, region, int64(sp)))
		if err != nil || len(next) == 0 {
			return sp, err
		}
		sp = next[0]
	}
	return sp, nil
}

// carry takes the ring of one locked spark over to another, and has everybody in it be
// told; some is false where there was nothing to take over.
func (s *Service) carry(ctx context.Context, tx *store.Tx, from, to *spark.Spark) (some bool, err error) {
	region := from.Region
	if _, err := tx.Exec(ctx, dropMove, region, int64(to.ID)); err != nil {
		return false, err
	}
	if _, err := tx.Exec(ctx, putMove, region, int64(from.ID), int64(to.ID)); err != nil {
		return false, err
	}
	here, err := whole(ctx, tx, from)
	if err != nil {
		return false, err
	}
	sought, err := Openings(ctx, tx, region, from.ID)
	if err != nil {
		return false, err
	}
	if err := s.asks(ctx, tx, from, to); err != nil {
		return false, err
	}
	if len(here.people)+len(here.steps)+len(sought) == 0 {
		return false, nil
	}
	there, err := whole(ctx, tx, to)
	if err != nil {
		return false, err
	}
	var who []ident.ID
	for _, m := range here.people {
		switch {
		case m.Address != 0:
			who = append(who, m.Address)
		case m.State == In: // somebody invented, whom no address tells from others
			from.People, to.People = max(1, from.People-1), to.People+1
		}
	}
	var stay []Member
	if err := spark.Moving(ctx, tx, from, to, who, func() (err error) {
		if stay, err = s.once(ctx, tx, here.people, there.people); err != nil {
			return err
		}
		for _, statement := range []string{carryPeople, carryYeses, carryTaken, dropSought, carrySought} {
			if _, err := tx.Exec(ctx, statement, region, int64(from.ID), int64(to.ID)); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return false, err
	}
	after, err := whole(ctx, tx, to)
	if err != nil {
		return false, err
	}
	from.Doers = max(0, from.Doers-here.doing())
	to.Doers += after.doing() - there.doing()
	if err := network.Carried(ctx, tx, region, network.Ring, from.ID, to.ID); err != nil {
		return false, err
	}
	return true, s.toldMoved(ctx, tx, from, to, stay)
}

// kept is all that is kept of one ring, whoever may see it.
type kept struct {
	people []Member
	steps  []Commitment
}

func whole(ctx context.Context, tx *store.Tx, sp *spark.Spark) (k kept, err error) {
	if k.people, err = members(ctx, tx, selectAll, sp.Region, int64(sp.ID)); err != nil {
		return k, err
	}
	k.steps, err = taken(ctx, tx, selectWhole, sp.Region, int64(sp.ID))
	return k, err
}

// doing counts the steps that make a spark have a doer: see turn.counts.
func (k kept) doing() (n int) {
	for _, c := range k.steps {
		in := c.Member == 0 || slices.ContainsFunc(k.people, func(m Member) bool { return m.ID == c.Member && m.State == In })
		if c.State == Kept || c.State == Open && in {
			n++
		}
	}
	return n
}

// asks has the bringer be asked of each who comes where they wanted it of either ring.
func (s *Service) asks(ctx context.Context, tx *store.Tx, from, to *spark.Spark) error {
	was, err := Asks(ctx, tx, from.Region, from.ID)
	if err != nil {
		return err
	}
	if was {
		if _, err := tx.Exec(ctx, putAsks, to.Region, int64(to.ID), true); err != nil {
			return err
		}
	}
	_, err = tx.Exec(ctx, dropChoices, from.Region, int64(from.ID))
	return err
}

// once has nobody be in a ring twice who is in both: they are as they are in the one they
// stand best in, with what they took upon themselves in either. It gives all who are then
// in what is taken over, or were there already and are in both.
func (s *Service) once(ctx context.Context, tx *store.Tx, all, there []Member) (stay []Member, err error) {
	for _, m := range all {
		i := slices.IndexFunc(there, func(h Member) bool { return m.Address != 0 && h.Address == m.Address })
		if i < 0 {
			stay = append(stay, m)
			continue
		}
		keep, drop := there[i], m
		if standing(m) > standing(there[i]) {
			keep, drop = m, there[i]
		}
		yes, err := Tied(ctx, tx, drop)
		if err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, handOverStep, drop.Region, int64(drop.Spark), int64(drop.ID), int64(keep.ID)); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, dropYes, drop.Region, int64(drop.Spark), int64(drop.ID)); err != nil {
			return nil, err
		}
		if yes {
			if _, err := tx.Exec(ctx, putYes, keep.Region, int64(keep.Spark), int64(keep.ID)); err != nil {
				return nil, err
			}
		}
		if err := trust.Forget(ctx, tx, drop.Region, arrival, drop.ID); err != nil {
			return nil, err
		}
		if _, err := tx.Exec(ctx, deleteMember, drop.Region, int64(drop.Spark), int64(drop.ID)); err != nil {
			return nil, err
		}
		if keep.ID == m.ID {
			stay = append(stay, m)
		}
	}
	return stay, nil
}

// standing is how far somebody is in a ring.
func standing(m Member) int { return slices.Index([]State{Declined, Asked, In}, m.State) }

// toldMoved has those who are in a ring, or wait to be, be told where it goes on, and
// has what they are known for follow.
func (s *Service) toldMoved(ctx context.Context, tx *store.Tx, from, to *spark.Spark, all []Member) error {
	news := Whole
	if to.SplitFrom == from.ID {
		news = Split
	}
	var ids []ident.ID
	for _, m := range all {
		if m.Address != 0 && m.State != Declined {
			ids = append(ids, m.Address)
		}
	}
	people, err := address.ByIDs(ctx, tx, to.Region, ids...)
	if err != nil {
		return err
	}
	for _, m := range all {
		if m.Address == 0 || m.State == Declined {
			continue
		}
		if who := people[m.Address]; s.know != nil && who.Email != "" {
			if err := s.know.TouchAddress(ctx, tx, to.Region, who.Email); err != nil {
				return err
			}
		}
		if err := Told.Enqueue(ctx, tx, ToldArgs{Region: to.Region, Spark: to.ID, Member: m.ID, News: news}); err != nil {
			return err
		}
	}
	return nil
}
