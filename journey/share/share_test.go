package share_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/share"
)

const region = "kouvola"

// kit is the links of a region.
type kit struct {
	*share.Service
	t     *testing.T
	db    *store.DB
	clock *clock.Fake
}

func each(t *testing.T, behaviour func(t *testing.T, k *kit)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		behaviour(t, &kit{share.New(db, c, ident.NewMaker(c)), t, db, c})
	})
}

func (k *kit) make(m share.Making) (share.Share, string) {
	k.t.Helper()
	m.Region, m.Consented = region, true
	s, secret, err := k.Make(context.Background(), m)
	if err != nil {
		k.t.Fatal(err)
	}
	return s, secret
}

// rows counts what is left of everything.
func (k *kit) rows() (links, steps int) {
	k.t.Helper()
	ctx := context.Background()
	if err := errors.Join(k.db.QueryRow(ctx, `SELECT COUNT(*) FROM shares WHERE region_id = $1`, region).Scan(&links), k.db.QueryRow(ctx, `SELECT COUNT(*) FROM share_steps WHERE region_id = $1`, region).Scan(&steps)); err != nil {
		k.t.Fatal(err)
	}
	return links, steps
}

func TestNothingIsCountedWithoutConsent(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		_, _, err := k.Make(context.Background(), share.Making{Region: region, Spark: 7})
		if !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != "consent" {
			t.Errorf("%v", err)
		}
		if n, _ := k.rows(); n != 0 {
			t.Errorf("%d links", n)
		}
	})
}

func TestALinkKnowsHowDeepItIs(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		ctx := context.Background()
		first, secret := k.make(share.Making{Spark: 7})
		second, _ := k.make(share.Making{Spark: 7, Via: first.Token})
		third, _ := k.make(share.Making{Spark: 7, Via: second.Token})
		other, _ := k.make(share.Making{Spark: 8, Via: first.Token})        // of another spark
		forged, _ := k.make(share.Making{Spark: 7, Via: "' OR 1=1 -- ABC"}) // of nothing
		for want, s := range map[int]share.Share{2: second, 3: third} {
			if s.Depth != want {
				t.Errorf("%d deep, want %d", s.Depth, want)
			}
		}
		if other.Depth != 1 || other.Parent != 0 || forged.Depth != 1 || first.Depth != 1 {
			t.Errorf("%+v %+v", other, forged)
		}
		if _, counts, err := k.Own(ctx, region, secret); err != nil || counts[share.Shared] != 1 {
			t.Errorf("%v %v", counts, err)
		}
		if err := k.End(ctx, region, secret); err != nil {
			t.Fatal(err)
		}
		after, err := k.ByToken(ctx, k.db, region, second.Token)
		if err != nil || after.Parent != 0 || after.Depth != 2 {
			t.Errorf("%+v %v", after, err)
		}
		for _, err := range []error{k.End(ctx, region, secret), func() error { _, _, err := k.Own(ctx, region, secret); return err }()} {
			if !fault.Is(err, fault.Gone) {
				t.Errorf("%v", err)
			}
		}
		if err := k.Count(ctx, region, first.Token, share.Opened); !fault.Is(err, fault.NotFound) {
			t.Errorf("a link that ended counts: %v", err)
		}
	})
}

func TestOnlyCountsByTheDayAreKept(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		ctx := context.Background()
		s, secret := k.make(share.Making{Spark: 7})
		want := map[share.Step]int{}
		steps := share.Steps()
		rapid.Check(t, func(rt *rapid.T) {
			step := rapid.SampledFrom(steps).Draw(rt, "step")
			if rapid.Bool().Draw(rt, "next day") {
				k.clock.Advance(time.Hour)
			}
			if err := k.Count(ctx, region, s.Token, step); err != nil {
				rt.Fatal(err)
			}
			want[step]++
		})
		_, got, err := k.Own(ctx, region, secret)
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if got[step] != want[step] {
				t.Errorf("%s: %d, want %d", step, got[step], want[step])
			}
		}
		for _, err := range []error{k.Count(ctx, region, s.Token, "x"), k.Count(ctx, region, "AAAAAAAAAAAA", share.Opened), k.Count(ctx, "iitti", s.Token, share.Opened), k.Count(ctx, region, secret, share.Opened)} {
			if err == nil {
				t.Error("something strange was counted")
			}
		}
	})
}

func TestTooFewAreNotTold(t *testing.T) {
	t.Parallel()
	for n := range 20 {
		words, few := share.Told(n)
		if few != (n < 5) || few && words != "5" {
			t.Errorf("%d: %s %v", n, words, few)
		}
	}
}

func TestLinksEndByThemselvesAndWithTheirOwner(t *testing.T) {
	each(t, func(t *testing.T, k *kit) {
		ctx := context.Background()
		old, secret := k.make(share.Making{Spark: 7})
		if err := k.Count(ctx, region, old.Token, share.Opened); err != nil {
			t.Fatal(err)
		}
		k.clock.Advance(share.Kept)
		if _, _, err := k.Own(ctx, region, secret); !fault.Is(err, fault.Gone) {
			t.Errorf("a link over its time: %v", err)
		}
		by := share.Holder(region, 99)
		k.make(share.Making{Spark: 7, By: by})
		k.make(share.Making{Spark: 8, By: share.Holder(region, 98)})
		if err := k.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if links, steps := k.rows(); links != 2 || steps != 0 {
			t.Errorf("%d links, %d steps after the sweep", links, steps)
		}
		if all, err := share.Of(ctx, k.db, region, by); err != nil || len(all) != 1 {
			t.Errorf("%v %v", all, err)
		}
		if err := k.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return errors.Join(share.EndAll(ctx, tx, region, by), share.EndAll(ctx, tx, region, ""))
		}); err != nil {
			t.Fatal(err)
		}
		if links, _ := k.rows(); links != 1 {
			t.Errorf("%d links after one person's went", links)
		}
	})
}
