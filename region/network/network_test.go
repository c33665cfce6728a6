package network_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/network"
)

// bench is a store with one region, and the verbs of its network.
type bench struct {
	testing.TB
	db    *store.DB
	clock *clock.Fake
	ids   *ident.Maker
	ties  *network.Service
}

const here = "kouvola"

func each(t *testing.T, behaviour func(t *testing.T, b *bench)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newBench(t, db)) })
}

func newBench(t testing.TB, db *store.DB) *bench {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	b := &bench{t, db, c, ids, network.New(db, c, ids)}
	b.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		return err
	})
	return b
}

func (b *bench) tx(do func(ctx context.Context, tx *store.Tx) error) {
	b.Helper()
	if err := b.db.Tx(context.Background(), do); err != nil {
		b.Fatal(err)
	}
}

// of is the ties of an actor, in short.
func (b *bench) of(actor ident.ID) (all []network.Tie) {
	b.Helper()
	all, err := network.Of(context.Background(), b.db, here, actor)
	if err != nil {
		b.Fatal(err)
	}
	return all
}

func (b *bench) derive(all ...network.Tie) (added, gone int) {
	b.Helper()
	added, gone, err := b.ties.Derive(context.Background(), here, []network.Why{network.Project, network.Grant}, all)
	if err != nil {
		b.Fatal(err)
	}
	return added, gone
}

func TestDerivedTiesAreMadeAnewAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		day := time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC)
		b.tx(func(ctx context.Context, tx *store.Tx) error { // no list of projects tells of it
			return network.Tied(ctx, tx, here, network.Tie{From: 9, To: 2, Why: network.Table, Source: 70, At: day})
		})
		project := network.Tie{From: 3, To: 1, Why: network.Project, Source: 50, Since: day, At: day.AddDate(2, 0, 0)}
		grant := network.Tie{From: 4, To: 1, Why: network.Grant, Source: 50, Since: day, At: day.AddDate(2, 0, 0)}
		for _, step := range []struct {
			list        []network.Tie
			added, gone int
		}{
			{[]network.Tie{project, grant}, 2, 0},
			{[]network.Tie{grant, project}, 0, 0},
			{[]network.Tie{project, {From: 1, To: 1, Why: network.Grant, Source: 51}, {From: 1, To: 2, Why: network.Table, Source: 52}}, 0, 1}, // neither to itself nor of another kind
			{[]network.Tie{{From: 1, To: 3, Why: network.Project, Source: 50, Since: day, At: day.AddDate(3, 0, 0)}}, 1, 0},                    // it lasted longer
		} {
			if added, gone := b.derive(step.list...); added != step.added || gone != step.gone {
				t.Errorf("%d came and %d went, not %d and %d", added, gone, step.added, step.gone)
			}
		}
		want := []network.Tie{{From: 1, To: 3, Kind: network.Derived, Why: network.Project, Source: 50, Weight: 1, Since: day, At: day.AddDate(3, 0, 0)}}
		if diff := cmp.Diff(want, b.of(1)); diff != "" {
			t.Error(diff)
		}
		if all := b.of(2); len(all) != 1 || all[0].From != 2 || all[0].To != 9 {
			t.Errorf("what is not derived: %+v", all)
		}
		if n, err := network.Counts(context.Background(), b.db, here); err != nil || n[network.Project] != 1 || n[network.Table] != 1 || len(n) != 2 {
			t.Errorf("%v %v", n, err)
		}
	})
}

func TestTiesEndFollowAndGo(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx, at := context.Background(), b.clock.Now()
		ring := network.Tie{From: 7, To: 5, Why: network.Ring, Source: 60, At: at}
		b.tx(func(ctx context.Context, tx *store.Tx) error {
			for _, tie := range []network.Tie{ring, {From: 5, To: 6, Why: network.Introduction, Source: 61, At: at}, {From: 6, To: 7, Why: network.Asked, Source: 62, At: at, Kind: network.Stated}} {
				if err := network.Tied(ctx, tx, here, tie); err != nil {
					return err
				}
			}
			return network.Ended(ctx, tx, here, ring, at.Add(time.Hour))
		})
		all := b.of(5)
		if len(all) != 2 || all[1].Strength(at.Add(2*time.Hour)) != 0 || all[0].Strength(at) != 1 {
			t.Fatalf("%+v", all)
		}
		// 6 turns out to be 5 under another name: their tie is none any more.
		if err := b.ties.Follow(ctx, here, 6, 5); err != nil {
			t.Fatal(err)
		}
		if len(b.of(6)) != 0 || len(b.of(5)) != 2 || len(b.of(7)) != 2 {
			t.Errorf("%+v / %+v / %+v", b.of(5), b.of(6), b.of(7))
		}
		for _, tie := range b.of(7) {
			if tie.Why == network.Asked && (tie.From != 5 || tie.To != 7) {
				t.Errorf("asked the wrong way: %+v", tie)
			}
		}
		b.tx(func(ctx context.Context, tx *store.Tx) error { return network.Erase(ctx, tx, here, 7) })
		if len(b.of(5)) != 0 || len(b.of(7)) != 0 {
			t.Error("something is left")
		}
		if err := b.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return network.Tied(ctx, tx, here, network.Tie{From: 5, To: 6, Why: network.Project, Source: 1})
		}); err == nil {
			t.Error("a public fact was said by hand")
		}
	})
}

func TestANetworkLivesAndHasAnHeir(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		draft := func(name string) network.Draft {
			return network.Draft{Texts: map[string]network.Text{"fi": {Name: name}}, Phase: network.Activation}
		}
		code := func(err error) string {
			if err == nil {
				return ""
			}
			e := fault.List(err)[0]
			return e.Key + " " + e.Field
		}
		n, err := b.ties.Found(ctx, here, "fi", draft("Ruoka & Ämpäri – Åbo"))
		if err != nil || n.Slug != "ruoka-ampari-abo" {
			t.Fatalf("%q %v", n.Slug, err)
		}
		if _, err := b.ties.Found(ctx, here, "fi", draft("Ruoka ämpäri Åbo")); code(err) != "network.slug.taken slug" {
			t.Error(err)
		}
		for want, d := range map[string]network.Draft{
			"network.name.missing name.fi": {Texts: map[string]network.Text{"sv": {Name: "Mat"}}, Phase: network.Turning},
			"network.phase.wrong phase":    {Texts: map[string]network.Text{"fi": {Name: "Ruoka"}}},
			"network.page.wrong page":      {Texts: map[string]network.Text{"fi": {Name: "Ruoka"}}, Phase: network.Turning, Page: "javascript:alert(1)"},
			"network.slug.wrong slug":      {Texts: map[string]network.Text{"fi": {Name: "…"}}, Phase: network.Turning},
			"network.ends.before ends":     {Texts: map[string]network.Text{"fi": {Name: "Ruoka"}}, Phase: network.Turning, Begins: 9, Ends: 8},
		} {
			if _, err := b.ties.Found(ctx, here, "fi", d); code(err) != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
		act := network.Act{Region: here, Network: n.ID}
		admit := func(a network.Act, m network.Member) error {
			_, err := b.ties.Admit(ctx, a, m, func(context.Context, *store.Tx) (ident.ID, error) { return m.Actor, nil })
			return err
		}
		if err := admit(act, network.Member{Actor: 5}); err != nil {
			t.Fatal(err)
		}
		if err := admit(act, network.Member{Actor: 6, Until: 20000}); err != nil {
			t.Fatal(err)
		}
		for actor, want := range map[ident.ID]string{4: "network.coordinator.none coordinator", 6: "network.coordinator.none coordinator", 7: "network.coordinator.none coordinator", 5: ""} {
			if _, err := b.ties.Coordinate(ctx, act, actor); code(err) != want {
				t.Errorf("coordinator %d: %v", actor, err)
			}
		}
		if now, err := network.CountMembers(ctx, b.db, here, n.ID); err != nil || now != 1 {
			t.Errorf("%d members now, %v", now, err)
		}
		// 5 is found to be 8 under another name, which keeps it together from then on.
		if err := b.ties.Follow(ctx, here, 5, 8); err != nil {
			t.Fatal(err)
		}
		if n, err = network.One(ctx, b.db, here, n.ID); err != nil || n.Coordinator != 8 {
			t.Errorf("%+v %v", n, err)
		}
		seen := act
		seen.Version = n.Version - 1
		if _, err := b.ties.Change(ctx, seen, draft("Toinen")); code(err) != "network.changed " {
			t.Errorf("somebody else's change was lost: %v", err)
		}
		b.clock.Advance(time.Hour)
		turned := draft("Toinen")
		turned.Phase = network.Turning
		if n, err = b.ties.Change(ctx, act, turned); err != nil || !n.PhaseAt.Equal(b.clock.Now()) {
			t.Errorf("%+v %v", n, err)
		}
		heir, err := b.ties.Found(ctx, here, "fi", draft("Perijä"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.ties.Close(ctx, act, n.ID); code(err) != "network.heir.self heir" {
			t.Error(err)
		}
		if _, err := b.ties.Close(ctx, act, 77); code(err) != "network.heir.none heir" {
			t.Error(err)
		}
		if n, err = b.ties.Close(ctx, act, heir.ID); err != nil || n.Alive() || n.Heir != heir.ID {
			t.Errorf("%+v %v", n, err)
		}
		if err := admit(act, network.Member{Actor: 9}); code(err) != "network.closed " {
			t.Error(err)
		}
		if _, err := b.ties.Close(ctx, network.Act{Region: here, Network: heir.ID}, n.ID); code(err) != "network.heir.none heir" {
			t.Errorf("a closed one took over: %v", err)
		}
		b.tx(func(ctx context.Context, tx *store.Tx) error { return network.Erase(ctx, tx, here, 8) })
		if all, err := network.MembersOf(ctx, b.db, here, n.ID, 0, 9); err != nil || len(all) != 1 || all[0].Actor != 6 {
			t.Errorf("%+v %v", all, err)
		}
	})
}
