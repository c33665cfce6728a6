package ring

import (
	"context"

	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
)

const (
	putYes      = `INSERT INTO ring_yeses (region_id, spark_id, member_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, spark_id, member_id) DO NOTHING`
	dropYes     = `DELETE FROM ring_yeses WHERE region_id = $1 AND spark_id = $2 AND member_id = $3`
	selectYes   = `SELECT COUNT(*) FROM ring_yeses WHERE region_id = $1 AND spark_id = $2 AND member_id = $3`
	selectYeses = `SELECT ` + columns + ` FROM ring_yeses y JOIN ring_people p ON p.region_id = y.region_id AND p.spark_id = y.spark_id AND p.member_id = y.member_id WHERE y.region_id = $1 AND y.spark_id = $2 AND p.state = 'in' ORDER BY y.member_id DESC LIMIT $3`
)

// mostTied is with how many of a ring somebody is tied: those who came last.
const mostTied = 60

// Tying has those of a ring who both said yes to it be tied, in the same transaction.
func (s *Service) Tying(actors *actor.Service) *Service {
	s.actors = actors
	return s
}

// Tied tells that a member lets their ties to others of the ring be noted.
func Tied(ctx context.Context, from store.Source, m Member) (bool, error) {
	var n int
	err := from.QueryRow(ctx, selectYes, m.Region, int64(m.Spark), int64(m.ID)).Scan(&n)
	return n > 0, err
}

// yes keeps whether a member lets their ties be noted.
func (t *turn) yes(ctx context.Context, m Member, yes bool) error {
	statement := dropYes
	if yes {
		statement = putYes
	}
	_, err := t.tx.Exec(ctx, statement, m.Region, int64(m.Spark), int64(m.ID))
	return err
}

// tie has a member be tied to the others who said yes too, or to nobody: they left, wait
// for a yes, or take theirs back. A tie that ends is kept for its age.
func (t *turn) tie(ctx context.Context, who address.Address, m Member) error {
	if t.actors == nil || who.ID == 0 {
		return nil
	}
	yes, err := Tied(ctx, t.tx, m)
	if err != nil {
		return err
	}
	if !yes || m.State != In {
		return t.untie(ctx, who)
	}
	me, err := t.actors.Person(ctx, t.tx, who, named(m))
	if err != nil {
		return err
	}
	all, err := members(ctx, t.tx, selectYeses, m.Region, int64(m.Spark), mostTied)
	if err != nil {
		return err
	}
	for _, o := range all {
		if o.ID == m.ID || o.Address == 0 || o.Address == m.Address {
			continue
		}
		them, ok, err := actor.OfAddress(ctx, t.tx, m.Region, o.Address)
		if err != nil {
			return err
		}
		if !ok {
			continue
		}
		if err := network.Tied(ctx, t.tx, m.Region, network.Tie{From: me.ID, To: them.ID, Why: network.Ring, Source: m.Spark, Since: t.clock.Now(), At: t.clock.Now()}); err != nil {
			return err
		}
	}
	return nil
}

func (t *turn) untie(ctx context.Context, who address.Address) error {
	me, ok, err := actor.OfAddress(ctx, t.tx, who.Region, who.ID)
	if err != nil || !ok {
		return err
	}
	all, err := network.Of(ctx, t.tx, who.Region, me.ID)
	if err != nil {
		return err
	}
	for _, x := range all {
		if x.Why != network.Ring || x.Source != t.sp.ID || !x.Until.IsZero() {
			continue
		}
		if err := network.Ended(ctx, t.tx, who.Region, x, t.clock.Now()); err != nil {
			return err
		}
	}
	return nil
}

// named is the name somebody gave before everybody.
func named(m Member) string {
	if m.Seen == spark.Public {
		return m.Name
	}
	return ""
}
