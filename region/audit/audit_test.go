package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/audit"
)

const region = "kouvola"

type desk struct {
	testing.TB
	db  *store.DB
	now *clock.Fake
	ids *ident.Maker
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		d := &desk{t, db, c, ident.NewMaker(c)}
		for _, r := range []string{region, "iitti"} {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, r)
				return err
			})
		}
		behaviour(t, d)
	})
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Tx(context.Background(), do); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) write(e audit.Entry) audit.Entry {
	d.Helper()
	if e.Region == "" {
		e.Region = region
	}
	e.ID, e.At = d.ids.New(), d.now.Now()
	d.tx(func(ctx context.Context, tx *store.Tx) error { return audit.Write(ctx, tx, e) })
	return e
}

func (d *desk) list(f audit.Filter) []audit.Entry {
	d.Helper()
	all, _, err := audit.List(context.Background(), d.db, region, f)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func TestALineIsKeptAsItWasWritten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e := d.write(audit.Entry{Officer: 7, What: audit.RoleChanged, About: audit.About{Thing: audit.Officer, Key: "9"},
			Facts: audit.Facts{From: "planner", To: "viewer", Names: []string{"name"}, FromDay: 3, UntilDay: 4, Language: "sv", N: 2}})
		d.write(audit.Entry{Region: "iitti", What: audit.SignedIn, Officer: 7})
		all := d.list(audit.Filter{})
		if len(all) != 1 {
			t.Fatalf("%d lines: another region's log shows", len(all))
		}
		got := all[0]
		if got.Region != region || got.ID != e.ID || !got.At.Equal(e.At) || got.Officer != 7 || got.What != e.What || got.About != e.About ||
			got.Facts.From != "planner" || got.Facts.To != "viewer" || len(got.Facts.Names) != 1 || got.Facts.FromDay != 3 || got.Facts.UntilDay != 4 || got.Facts.Language != "sv" || got.Facts.N != 2 {
			t.Errorf("%+v", got)
		}
	})
}

func TestALineIsWrittenOnlyWithItsAct(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		broken := errors.New("the act failed")
		err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if err := audit.Write(ctx, tx, audit.Entry{Region: region, ID: d.ids.New(), At: d.now.Now(), What: audit.MailSet}); err != nil {
				return err
			}
			return broken
		})
		if !errors.Is(err, broken) || len(d.list(audit.Filter{})) != 0 {
			t.Errorf("%v, and the log tells of what never was", err)
		}
		for name, e := range map[string]audit.Entry{
			"an unknown act":  {Region: region, ID: 1, At: d.now.Now(), What: "people.invented"},
			"no id":           {Region: region, At: d.now.Now(), What: audit.MailSet},
			"no time":         {Region: region, ID: 1, What: audit.MailSet},
			"too many facts":  {Region: region, ID: 1, At: d.now.Now(), What: audit.MailSet, Facts: audit.Facts{From: strings.Repeat("x", 3000)}},
			"no known region": {Region: "muualla", ID: 1, At: d.now.Now(), What: audit.MailSet},
		} {
			if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return audit.Write(ctx, tx, e) }); err == nil {
				t.Errorf("%s was written", name)
			}
		}
		if n := len(d.list(audit.Filter{})); n != 0 {
			t.Errorf("%d lines", n)
		}
	})
}

func TestTwoLinesWithOneIDAreTwoLines(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 3 {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return audit.Write(ctx, tx, audit.Entry{Region: region, ID: 1000, At: d.now.Now(), What: audit.MailSet})
			})
		}
		if all := d.list(audit.Filter{}); len(all) != 3 || all[0].ID != 1002 {
			t.Errorf("%+v", all)
		}
	})
}

func TestTheContextTellsWhoActs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := audit.By(context.Background(), 42)
		if audit.Who(ctx) != 42 || audit.Who(context.Background()) != 0 {
			t.Error("the context does not tell who acts")
		}
		for _, officer := range []ident.ID{0, 7} { // one that is named goes before the context's
			if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				return audit.Write(ctx, tx, audit.Entry{Region: region, ID: d.ids.New(), At: d.now.Now(), Officer: officer, What: audit.MailSet})
			}); err != nil {
				t.Fatal(err)
			}
		}
		if all := d.list(audit.Filter{}); all[1].Officer != 42 || all[0].Officer != 7 {
			t.Errorf("%d and %d", all[1].Officer, all[0].Officer)
		}
	})
}

func TestTheSameLookIsSeenFromItsBeginning(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e := audit.Entry{Region: region, Officer: 7, What: audit.ContactsRead, About: audit.About{Thing: audit.Spark, Key: "7F3K-9QXM"}}
		morning := ident.At(d.now.Now())
		seen := func(e audit.Entry, since ident.ID) bool {
			t.Helper()
			yes, err := audit.Seen(context.Background(), d.db, e, since)
			if err != nil {
				t.Fatal(err)
			}
			return yes
		}
		if seen(e, morning) {
			t.Error("seen before anybody looked")
		}
		d.now.Advance(time.Hour)
		d.write(e)
		if !seen(e, morning) {
			t.Error("not seen")
		}
		if seen(e, ident.At(d.now.Now().Add(time.Hour))) {
			t.Error("seen in a day that comes after it")
		}
		for name, other := range map[string]audit.Entry{
			"another officer": {Region: region, Officer: 8, What: e.What, About: e.About},
			"another spark":   {Region: region, Officer: 7, What: e.What, About: audit.About{Thing: audit.Spark, Key: "AAAA-AAAA"}},
			"another act":     {Region: region, Officer: 7, What: audit.LinkPrinted, About: e.About},
			"another region":  {Region: "iitti", Officer: 7, What: e.What, About: e.About},
		} {
			if seen(other, morning) {
				t.Errorf("%s is taken for the same", name)
			}
		}
	})
}

// However the log is filtered and paged, every line that fits is given once, the
// newest first.
func TestPagesGiveEveryLineOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		kinds := audit.Whats()
		var all []audit.Entry
		for i := range 60 {
			all = append(all, d.write(audit.Entry{Officer: ident.ID(i % 3), What: kinds[i%len(kinds)]}))
			d.now.Advance(5 * time.Hour)
		}
		rapid.Check(t, func(r *rapid.T) {
			f := audit.Filter{
				Officer: rapid.SampledFrom([]ident.ID{0, 1, 2, audit.Nobody}).Draw(r, "officer"),
				Kind:    rapid.SampledFrom(append(audit.Kinds(), "", "")).Draw(r, "kind"),
				Limit:   rapid.IntRange(1, 20).Draw(r, "limit"),
			}
			if rapid.Bool().Draw(r, "of one day") {
				f.Day = workday.On(2026, time.November, rapid.IntRange(22, 30).Draw(r, "day"))
			}
			var want, got []ident.ID
			for i := len(all) - 1; i >= 0; i-- {
				e := all[i]
				officer := f.Officer == 0 || f.Officer == audit.Nobody && e.Officer == 0 || e.Officer == f.Officer
				if officer && (f.Kind == "" || e.What.Kind() == f.Kind) && (f.Day == 0 || workday.DayOf(e.At, helsinki(t)) == f.Day) {
					want = append(want, e.ID)
				}
			}
			for {
				page, next, err := audit.List(context.Background(), d.db, region, f)
				if err != nil {
					r.Fatal(err)
				}
				if len(page) > f.Limit {
					r.Fatalf("%d lines on a page of %d", len(page), f.Limit)
				}
				for _, e := range page {
					got = append(got, e.ID)
				}
				if f.Before = next; next == 0 {
					break
				}
			}
			if len(got) != len(want) {
				r.Fatalf("%+v gives %d lines of %d", f, len(got), len(want))
			}
			for i := range got {
				if got[i] != want[i] {
					r.Fatalf("line %d is another one", i)
				}
			}
		})
	})
}

func helsinki(t *testing.T) *time.Location {
	t.Helper()
	l, err := time.LoadLocation("Europe/Helsinki")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestOnlyTheOldestAreForgotten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 10 {
			d.write(audit.Entry{What: audit.MailSet})
			d.now.Advance(24 * time.Hour)
		}
		d.write(audit.Entry{Region: "iitti", What: audit.MailSet})
		limit := ident.At(d.now.Now().Add(-3 * 24 * time.Hour))
		older, err := audit.Older(context.Background(), d.db, region, limit)
		if err != nil || older != 7 {
			t.Fatalf("%d older: %v", older, err)
		}
		for _, want := range []int{3, 3, 1, 0} {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				n, err := audit.Forget(ctx, tx, region, limit, 3)
				if n != want {
					t.Errorf("forgot %d, want %d", n, want)
				}
				return err
			})
		}
		if n := len(d.list(audit.Filter{})); n != 3 {
			t.Errorf("%d are left of three", n)
		}
		if all, _, err := audit.List(context.Background(), d.db, "iitti", audit.Filter{}); err != nil || len(all) != 1 {
			t.Errorf("another region's log: %v %v", all, err)
		}
	})
}

func TestEverySettingHasAnActOfItsKind(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]audit.What{
		"mail.url": audit.MailSet, "mail.dkim.key": audit.MailKey, "accessibility.gaps.fi": audit.Statements, "privacy.controller": audit.Statements,
		"source.url": audit.Statements, "security.contact": audit.Statements, "brand.light.fill": audit.Brand, "retention.contacts": audit.PeriodsSet, "trust.hold": audit.Moderation, "muu.asetus": audit.Settings, "": audit.Settings,
	} {
		if got := audit.OfSetting(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
	seen := map[audit.What]bool{}
	for _, w := range audit.Whats() {
		if seen[w] || w.Kind() == "" || w.Kind() == string(w) {
			t.Errorf("%q", w)
		}
		seen[w] = true
	}
}
