package trust_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/office"
	"kokko/region/trust"
)

const region = "kouvola"

// gate is two regions, on a clock that stands on Monday 23 November 2026 at ten.
type gate struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	trust  *trust.Service
	office *office.Service
}

func each(t *testing.T, behaviour func(t *testing.T, g *gate)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		g := &gate{TB: t, db: db, clock: c, ids: ident.NewMaker(c), trust: trust.New(db, c)}
		g.office = office.New(db, c, g.ids)
		for _, r := range []string{region, "iitti"} {
			g.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, r)
				return err
			})
		}
		behaviour(t, g)
	})
}

func (g *gate) tx(do func(ctx context.Context, tx *store.Tx) error) {
	g.Helper()
	if err := g.db.Tx(context.Background(), do); err != nil {
		g.Fatal(err)
	}
}

// from is a form sent by somebody.
func from(email, network string) trust.Sender {
	s := trust.Sender{Address: email, Form: trust.Form{Sent: true}}
	if network != "" {
		s.Network = trust.NetworkOf(netip.MustParseAddr(network))
	}
	return s
}

func (g *gate) weigh(p trust.Piece) (v trust.Verdict) {
	g.Helper()
	if p.ID == 0 {
		p.ID = g.ids.New()
	}
	if p.Kind == "" {
		p.Kind = "spark"
	}
	g.tx(func(ctx context.Context, tx *store.Tx) (err error) {
		v, err = trust.Weigh(ctx, tx, region, g.clock.Now(), p)
		return err
	})
	return v
}

// comes weighs a new text of its own.
func (g *gate) comes(s trust.Sender, text string) trust.Verdict {
	g.Helper()
	return g.weigh(trust.Piece{Text: text, Sender: s, Count: true})
}

func (g *gate) put(email string, s trust.Standing) (id ident.ID) {
	g.Helper()
	id = g.ids.New()
	g.tx(func(ctx context.Context, tx *store.Tx) error {
		return trust.PutAddress(ctx, tx, region, email, trust.Entry{ID: id, Standing: s, Since: g.clock.Now(), Officer: 7, Spark: 8})
	})
	return id
}

func (g *gate) count(query string, args ...any) (n int) {
	g.Helper()
	if err := g.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		g.Fatal(err)
	}
	return n
}

func TestTheSameTextWithinADayWaits(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		if v := g.comes(from("", "192.0.2.1"), "Laituri kuntoon talkoilla!"); v.Ruling != trust.LetIn {
			t.Fatalf("%v", v)
		}
		if v := g.comes(from("maija@example.fi", "2001:db8::1"), "LAITURI  kuntoon,\ntalkoilla"); v.Held() != "repeat" {
			t.Errorf("the same words of somebody else: %v", v)
		}
		if v := g.comes(from("", "192.0.2.1"), "Laituri kuntoon talkoilla, ja sauna"); v.Ruling != trust.LetIn {
			t.Errorf("other words: %v", v)
		}
		// An edit and what is not counted neither counts nor is counted against.
		if v := g.weigh(trust.Piece{Text: "Laituri kuntoon talkoilla", Sender: from("", "192.0.2.1")}); v.Ruling != trust.LetIn {
			t.Errorf("not counted: %v", v)
		}
		g.clock.Advance(24 * time.Hour)
		if v := g.comes(from("", "192.0.2.1"), "Laituri kuntoon talkoilla"); v.Ruling != trust.LetIn {
			t.Errorf("a day later: %v", v)
		}
	})
}

func TestFloodsAreCountedByNetworkAndByAddress(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		n := 0
		text := func() string { n++; return fmt.Sprintf("Ajatus numero %d", n) }
		for i := range 20 {
			if v := g.comes(from("", fmt.Sprintf("192.0.2.%d", i+1)), text()); v.Ruling != trust.LetIn {
				t.Fatalf("number %d: %v", i+1, v)
			}
		}
		if v := g.comes(from("", "192.0.2.250"), text()); v.Held() != "flood" {
			t.Errorf("number 21 of the network: %v", v)
		}
		if v := g.comes(from("", "192.0.3.1"), text()); v.Ruling != trust.LetIn {
			t.Errorf("a neighbouring network: %v", v)
		}
		// A proxy nobody has named is no network to count by.
		for range 25 {
			if v := g.comes(from("", "127.0.0.1"), text()); v.Ruling != trust.LetIn {
				t.Fatalf("the machine itself: %v", v)
			}
		}
		for i := range 10 {
			if v := g.comes(from("Maija+"+fmt.Sprint(i)+"@Example.fi", fmt.Sprintf("198.51.%d.1", i)), text()); v.Ruling != trust.LetIn {
				t.Fatalf("number %d under the address: %v", i+1, v)
			}
		}
		if v := g.comes(from("maija@example.fi", "198.51.99.1"), text()); v.Held() != "often" {
			t.Errorf("number 11 under the address: %v", v)
		}
		g.clock.Advance(time.Hour)
		if v := g.comes(from("maija@example.fi", "192.0.2.9"), text()); v.Ruling != trust.LetIn {
			t.Errorf("an hour later: %v", v)
		}
	})
}

func TestStandingsHoldAndEnd(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := context.Background()
		id := g.put("Maija@Example.fi", trust.Trusted)
		if v := g.comes(from("maija@example.fi", ""), "https://a.example https://b.example https://c.example https://d.example"); v.Ruling != trust.LetIn {
			t.Errorf("trusted: %v", v)
		}
		if v := g.comes(from("maija@example.fi.paha.example", ""), "https://a.example/2"); v.Ruling != trust.Hold {
			t.Errorf("another address is trusted: %v", v)
		}
		// A later word stands for the earlier: there is one at a time.
		second := g.put("maija+kylä@example.fi", trust.Blocked)
		if v := g.comes(from("maija@example.fi", ""), "Hei"); v.Ruling != trust.Refuse || !fault.Is(v.Fault(), fault.Forbidden) {
			t.Errorf("blocked: %v", v)
		}
		all, err := trust.List(ctx, g.db, region, g.clock.Now(), 0, 10)
		if err != nil || len(all) != 1 || all[0].ID != second || all[0].Standing != trust.Blocked || all[0].Officer != 7 || all[0].Spark != 8 || !all[0].Since.Equal(g.clock.Now()) || !all[0].Until.IsZero() {
			t.Errorf("%+v, %v", all, err)
		}
		if e, err := trust.OfAddress(ctx, g.db, region, "MAIJA@example.fi", g.clock.Now()); err != nil || e.Standing != trust.Blocked {
			t.Errorf("%+v, %v", e, err)
		}
		// In another region nobody has said anything.
		if e, err := trust.OfAddress(ctx, g.db, "iitti", "maija@example.fi", g.clock.Now()); err != nil || e.Standing != trust.Unknown {
			t.Errorf("in the other region %+v, %v", e, err)
		}
		g.tx(func(ctx context.Context, tx *store.Tx) error {
			if _, err := trust.Undo(ctx, tx, region, id); !fault.Is(err, fault.NotFound) {
				t.Errorf("undoing what stands no more: %v", err)
			}
			e, err := trust.Undo(ctx, tx, region, second)
			if e.Standing != trust.Blocked || e.Of != trust.Address {
				t.Errorf("%+v", e)
			}
			return err
		})
		if v := g.comes(from("maija@example.fi", ""), "Hei taas"); v.Ruling != trust.LetIn {
			t.Errorf("undone: %v", v)
		}

		// A network is held back for a bounded time, and by where something came from.
		item := g.ids.New()
		g.weigh(trust.Piece{ID: item, Text: "Mainos www.kauppa.example", Sender: from("", "192.0.2.1"), Count: true})
		until := g.clock.Now().Add(24 * time.Hour)
		block := func(s trust.Standing, until time.Time) error {
			return g.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				o, err := trust.OriginOf(ctx, tx, region, "spark", item)
				if err != nil || !o.HasNetwork() {
					t.Errorf("%+v, %v", o, err)
				}
				return trust.PutNetwork(ctx, tx, region, o, trust.Entry{ID: g.ids.New(), Standing: s, Since: g.clock.Now(), Until: until, Officer: 7, Spark: 8})
			})
		}
		for _, wrong := range []error{block(trust.Trusted, until), block(trust.Blocked, time.Time{}), block(trust.Slowed, until.AddDate(1, 0, 0))} {
			if !fault.Is(wrong, fault.Invalid) {
				t.Errorf("a network may be so: %v", wrong)
			}
		}
		if err := block(trust.Blocked, until); err != nil {
			t.Fatal(err)
		}
		if v := g.comes(from("", "192.0.2.77"), "Naapuri"); v.Ruling != trust.Refuse {
			t.Errorf("a neighbour in a blocked network: %v", v)
		}
		if v := g.comes(from("", "192.0.3.77"), "Toinen verkko"); v.Ruling != trust.LetIn {
			t.Errorf("another network: %v", v)
		}
		g.clock.Advance(24 * time.Hour)
		if v := g.comes(from("", "192.0.2.77"), "Seuraavana päivänä"); v.Ruling != trust.LetIn {
			t.Errorf("after its day: %v", v)
		}
		if all, err := trust.List(ctx, g.db, region, g.clock.Now(), 0, 10); err != nil || len(all) != 0 {
			t.Errorf("what has ended is listed: %+v, %v", all, err)
		}
	})
}

func TestWhatWaitsIsFoundByItsSenderUntilDecidedOn(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := context.Background()
		held := func(email, network string) ident.ID {
			id := g.ids.New()
			if v := g.weigh(trust.Piece{ID: id, Text: fmt.Sprint("www.kauppa.example/", id), Sender: from(email, network), Count: true}); v.Ruling != trust.Hold {
				t.Fatalf("%v", v)
			}
			return id
		}
		a, b := held("roska@example.com", "192.0.2.1"), held("roska@example.com", "198.51.100.1")
		c, d := held("", "192.0.2.2"), held("toinen@example.com", "203.0.113.1")
		free := g.ids.New()
		g.weigh(trust.Piece{ID: free, Text: "Rehti ajatus", Sender: from("roska@example.com", "192.0.2.1"), Count: true})
		with := func(of trust.Of, of2 ident.ID) []ident.ID {
			t.Helper()
			o, err := trust.OriginOf(ctx, g.db, region, "spark", of2)
			if err != nil {
				t.Fatal(err)
			}
			all, err := trust.Waiting(ctx, g.db, region, "spark", of, o)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		if got := with(trust.Address, a); !slices.Equal(got, []ident.ID{a, b}) {
			t.Errorf("of the author: %v", got)
		}
		if got := with(trust.Network, a); !slices.Equal(got, []ident.ID{a, c}) {
			t.Errorf("of the network: %v", got)
		}
		if got := with(trust.Address, c); len(got) != 0 {
			t.Errorf("nobody's others: %v", got)
		}
		if got := with(trust.Address, 99); len(got) != 0 {
			t.Errorf("of what never came: %v", got)
		}
		g.tx(func(ctx context.Context, tx *store.Tx) error {
			if err := trust.Settle(ctx, tx, region, "spark", b); err != nil {
				return err
			}
			return trust.Forget(ctx, tx, region, "spark", d)
		})
		if got := with(trust.Address, a); !slices.Equal(got, []ident.ID{a}) {
			t.Errorf("after a decision: %v", got)
		}
		if o, err := trust.OriginOf(ctx, g.db, region, "spark", d); err != nil || o.HasNetwork() {
			t.Errorf("forgotten is known: %v, %v", o, err)
		}
		// The night after, only what still waits is remembered; after a month nothing.
		g.clock.Advance(25 * time.Hour)
		if err := g.trust.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if n := g.count(`SELECT COUNT(*) FROM arrivals`); n != 2 {
			t.Errorf("%d arrivals are remembered, want the two that wait", n)
		}
		g.clock.Advance(30 * 24 * time.Hour)
		if err := g.trust.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if n := g.count(`SELECT COUNT(*) FROM arrivals`); n != 0 {
			t.Errorf("%d arrivals are remembered after a month", n)
		}
	})
}

func TestNoAddressIsKept(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := context.Background()
		g.put("maija@example.fi", trust.Blocked)
		g.comes(from("pekka@example.fi", "192.0.2.1"), "Salaisuuteni on tämä")
		tables, err := g.db.Tables(ctx, g.db)
		if err != nil {
			t.Fatal(err)
		}
		for _, table := range tables {
			for _, c := range table.Columns {
				if c.Type != store.Text {
					continue
				}
				for _, needle := range []string{"maija", "pekka", "192.0", "salaisuu"} {
					if n := g.count(`SELECT COUNT(*) FROM `+table.Name+` WHERE LOWER(`+c.Name+`) LIKE $1`, "%"+needle+"%"); n > 0 {
						t.Errorf("%s.%s holds %q", table.Name, c.Name, needle)
					}
				}
			}
		}
		// Two regions hash the same address differently: what is known in one is not
		// to be found out in the other.
		keys := func(r string) (k trust.Keys) {
			g.tx(func(ctx context.Context, tx *store.Tx) (err error) {
				k, err = trust.KeysIn(ctx, tx, r)
				return err
			})
			return k
		}
		here, there := keys(region), keys("iitti")
		if here.Address("maija@example.fi") == there.Address("maija@example.fi") {
			t.Error("two regions share their hashes")
		}
		if here.Address("Maija+x@Example.fi") != here.Address("maija@example.fi") || here.Address("") != "" || here.Address("ei-osoite") != "" {
			t.Error("an address is folded wrongly")
		}
		if n := g.count(`SELECT COUNT(*) FROM standings WHERE hash = $1`, here.Address("maija@example.fi")); n != 1 {
			t.Errorf("%d standings of the hash", n)
		}
	})
}

func TestTheSecretIsMadeOnce(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		var wait sync.WaitGroup
		got := make([]trust.Keys, 8)
		for i := range got {
			wait.Go(func() {
				if err := g.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
					got[i], err = trust.KeysIn(ctx, tx, region)
					return err
				}); err != nil {
					t.Error(err)
				}
			})
		}
		wait.Wait()
		for _, k := range got {
			if k != got[0] || k == (trust.Keys{}) {
				t.Fatalf("the secrets differ: %v", got)
			}
		}
	})
}

func TestStampsTellTheAgeOfAForm(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := context.Background()
		if s, err := g.trust.Stamp(ctx, region); s != "" || err != nil {
			t.Fatalf("a region without a secret stamps %q (%v)", s, err)
		}
		if n := g.count(`SELECT COUNT(*) FROM settings`); n != 0 {
			t.Error("looking at a form made a secret")
		}
		g.comes(from("", "192.0.2.1"), "Ensimmäinen")
		stamp, err := g.trust.Stamp(ctx, region)
		if err != nil || stamp == "" {
			t.Fatalf("%q, %v", stamp, err)
		}
		g.clock.Advance(2500 * time.Millisecond)
		age, ok, err := g.trust.Age(ctx, region, stamp)
		if age != 2500*time.Millisecond || !ok || err != nil {
			t.Errorf("%v, %v, %v", age, ok, err)
		}
		// Another process, or this one after a start, knows the stamp too.
		if _, ok, err := trust.New(g.db, g.clock).Age(ctx, region, stamp); !ok || err != nil {
			t.Errorf("%v, %v", ok, err)
		}
		at, sign, _ := strings.Cut(stamp, "-")
		for name, bad := range map[string]string{"none": "", "no sign": at, "another time": "zzzz-" + sign, "another sign": at + "-" + strings.Repeat("0", len(sign)), "no number": "é-" + sign, "huge": strings.Repeat("z", 500) + "-" + sign} {
			if age, ok, err := g.trust.Age(ctx, region, bad); ok || err != nil || age != 0 {
				t.Errorf("%s: %v, %v, %v", name, age, ok, err)
			}
		}
		if _, ok, err := g.trust.Age(ctx, "iitti", stamp); ok || err != nil {
			t.Error("the other region's stamp is taken")
		}
		g.clock.Advance(24 * time.Hour)
		if _, ok, err := g.trust.Age(ctx, region, stamp); ok || err != nil {
			t.Errorf("a stamp of yesterday: %v, %v", ok, err)
		}
	})
}

func TestRulesAreKeptAsSettings(t *testing.T) {
	each(t, func(t *testing.T, g *gate) {
		ctx := context.Background()
		r := trust.Usual()
		r.Hold, r.Words, r.Domains = trust.HoldAll, []string{"kasino", "helppo raha"}, []string{"kouvola.fi"}
		if err := g.office.Set(ctx, region, r.Settings()); err != nil {
			t.Fatal(err)
		}
		if v := g.comes(from("", "192.0.2.1"), "Helppo raha"); v.Held() != "all,words" {
			t.Errorf("%v", v)
		}
		set, err := office.AllSettings(ctx, g.db, region)
		if err != nil || fmt.Sprint(trust.RulesOf(set)) != fmt.Sprint(r) {
			t.Errorf("%+v, %v", trust.RulesOf(set), err)
		}
		if got := trust.RulesOf(map[string]string{"trust.hold": "whatever"}).Hold; got != trust.HoldSuspicious {
			t.Errorf("a broken setting holds %q", got)
		}
	})
}
