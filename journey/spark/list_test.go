package spark_test

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/region/office"
)

// village fills a region: every mix of kind, place, visibility, tag and life.
func village(d *desk, n int) (all []spark.Spark) {
	d.Helper()
	ctx := context.Background()
	kinds := []spark.Kind{"", spark.Idea, spark.Need, spark.Vitality}
	places := []string{"", "Myllykoski", "Elimäki"}
	for i := range n {
		draft := spark.Draft{Kind: kinds[i%4], Text: fmt.Sprintf("Kipinä numero %d.", i), Place: places[i%3], Language: "fi"}
		switch i % 7 {
		case 3:
			draft.Visibility = spark.Office
		case 5:
			draft.Secret = true
		}
		if i%2 == 0 {
			draft.Themes = []string{"glocal"}
		}
		r := d.drop(draft)
		a := d.act(r.Spark.ID)
		switch i % 5 {
		case 1:
			firstSpark(d.sparks.Answer(ctx, a, "v", true, ""))
		case 2:
			firstSpark(d.sparks.Talk(ctx, a, spark.Talk{Way: "meet", Words: "p", Measures: []spark.Measure{{What: "m", Who: "w"}}}))
		case 3:
			d.shut(a)
		case 4:
			if i%10 == 4 {
				firstSpark(d.sparks.Withdraw(ctx, region, r.Link, false))
			}
		}
		if i%3 != 0 { // some in the same instant
			d.clock.Advance(time.Second)
		}
		all = append(all, d.byID(r.Spark.ID))
	}
	return all
}

func TestListGivesEachOnceWhileNewOnesCome(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		all := village(d, 42)
		place, _ := d.promise.PlaceNamed("Myllykoski")
		other, _ := d.promise.PlaceNamed("Elimäki")
		for _, order := range []spark.Order{spark.Newest, spark.Liveliest, spark.Hand, ""} {
			for name, f := range map[string]spark.Filter{
				"all": {}, "kind": {Kind: spark.Need}, "tag": {Tag: spark.Tag{Kind: "theme", ID: "glocal"}}, "place": {Places: []string{place}}, "places": {Places: []string{place, other}},
				"kind and tag": {Kind: spark.Idea, Tag: spark.Tag{Kind: "theme", ID: "glocal"}}, "all of it": {Kind: spark.Idea, Tag: spark.Tag{Kind: "theme", ID: "glocal"}, Places: []string{place, other}}, "nothing": {Tag: spark.Tag{Kind: "theme", ID: "x"}},
			} {
				f.Order = order
				want := expected(all, f)
				for _, limit := range []int{1, 2, 5, 100} {
					f.Limit, f.After = limit, ""
					var got []ident.ID
					for page := 0; ; page++ {
						list, next, err := spark.List(ctx, d.db, region, f)
						if err != nil {
							t.Fatalf("%s by %s: %v", name, order, err)
						}
						for _, s := range list {
							got = append(got, s.ID)
							if !slices.ContainsFunc(all, func(o spark.Spark) bool { return o.ID == s.ID && sameSpark(o, s) }) {
								t.Errorf("%s by %s: %+v", name, order, s)
							}
						}
						if len(list) > limit || next != "" && len(list) != limit {
							t.Errorf("%s by %s: a page of %d with next %q", name, order, len(list), next)
						}
						if next == "" {
							break
						}
						f.After = next
						if limit == 5 && page == 0 { // somebody drops while another reads
							d.clock.Advance(time.Second)
							all = append(all, d.drop(spark.Draft{Text: "Uusi.", Themes: []string{"glocal"}, Kind: spark.Idea, Language: "fi"}).Spark)
						}
					}
					if !slices.Equal(got, want) {
						t.Errorf("%s by %s in pages of %d: got %v, want %v", name, order, limit, got, want)
					}
					if limit == 5 {
						want = expected(all, f) // the next limit reads the new one too
					}
				}
			}
		}
	})
}

// expected is the list by the plainest means.
func expected(all []spark.Spark, f spark.Filter) (ids []ident.ID) {
	sorted := slices.Clone(all)
	slices.SortFunc(sorted, func(a, b spark.Spark) int {
		if f.Order == spark.Liveliest && !a.Latest.Equal(b.Latest) {
			return b.Latest.Compare(a.Latest)
		}
		return cmp.Compare(b.ID, a.ID)
	})
	for _, s := range sorted {
		if s.Listed && (f.Kind == "" || s.Kind == f.Kind) && (f.Tag.ID == "" || slices.Contains(s.Tags, f.Tag)) && (len(f.Places) == 0 || slices.Contains(f.Places, s.Place)) && (f.Order != spark.Hand || s.NeedsHand) {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func TestListRefusesAForeignCursor(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		village(d, 3)
		for _, after := range []string{"x", "-", "1-", "-1", "1-2-3", "' OR 1=1", strings.Repeat("z", 99), "zzzzzzzzzzzzzzzzzz-1", "1 -2"} {
			if _, _, err := spark.List(context.Background(), d.db, region, spark.Filter{After: after}); key(err) != "page.cursor.wrong" {
				t.Errorf("%q gave %v", after, err)
			}
		}
		for _, limit := range []int{-1, 0, 101, 1 << 40} {
			if list, _, err := spark.List(context.Background(), d.db, region, spark.Filter{Limit: limit}); err != nil || len(list) != 3 {
				t.Errorf("limit %d: %v, %d", limit, err, len(list))
			}
		}
	})
}

func FuzzCursor(f *testing.F) {
	db := newDesk(f, storetest.SQLite(f)).db
	f.Add("1-2")
	f.Add("kq2z-1f")
	f.Add("'; DROP TABLE sparks")
	f.Fuzz(func(t *testing.T, after string) {
		for _, order := range []spark.Order{spark.Newest, spark.Liveliest} {
			if _, _, err := spark.List(context.Background(), db, region, spark.Filter{Order: order, After: after}); err != nil && !fault.Is(err, fault.Invalid) {
				t.Errorf("%q: %v", after, err)
			}
		}
	})
}

// Every open spark whose bringer waits is in exactly one of late, soon and new.
func TestThePilesShareTheWork(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		village(d, 30)
		start := d.clock.Now()
		rapid.Check(t, func(rt *rapid.T) {
			cal, err := office.Workdays(ctx, d.db, region)
			if err != nil {
				rt.Fatal(err)
			}
			today := workday.DayOf(start, time.UTC) + workday.Day(rapid.IntRange(-3, 25).Draw(rt, "days"))
			// Nobody waits on the same day any more: a verb spreads the due days.
			if all, _, err := spark.Work(ctx, d.db, region, spark.All, cal, today, 0, 100); err == nil && rapid.Bool().Draw(rt, "move") {
				s := all[rapid.IntRange(0, len(all)-1).Draw(rt, "which")]
				_, err := d.sparks.MoveDue(ctx, d.act(s.ID), cal.AddWorkdays(d.today(), rapid.IntRange(1, 12).Draw(rt, "to")), "x")
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Gone) {
					rt.Fatal(err)
				}
				_, err = d.sparks.Remind(ctx, d.act(s.ID), d.today()+workday.Day(rapid.IntRange(0, 5).Draw(rt, "remind")))
				if err != nil && !fault.Is(err, fault.Conflict) && !fault.Is(err, fault.Gone) {
					rt.Fatal(err)
				}
			}
			everything, _, err := spark.Work(ctx, d.db, region, spark.All, cal, today, 0, 100)
			if err != nil || len(everything) != 30 {
				rt.Fatalf("%v, %d", err, len(everything))
			}
			in := map[ident.ID][]spark.Pile{}
			for _, pile := range spark.Piles() {
				list, n, err := spark.Work(ctx, d.db, region, pile, cal, today, 0, 100)
				if err != nil || n != len(list) {
					rt.Fatalf("%s: %v, %d of %d", pile, err, len(list), n)
				}
				for i, s := range list {
					in[s.ID] = append(in[s.ID], pile)
					if i > 0 && (pile == spark.Late || pile == spark.Soon || pile == spark.Fresh) && s.Due < list[i-1].Due {
						rt.Fatalf("%s is out of order", pile)
					}
				}
				if short, m, err := spark.Work(ctx, d.db, region, pile, cal, today, 0, 2); err != nil || m != n || len(short) != min(2, n) {
					rt.Fatalf("%s cut short: %v %d %d", pile, err, m, len(short))
				}
			}
			soon := cal.AddWorkdays(today, 2)
			for _, s := range everything {
				var want []spark.Pile
				switch {
				case !s.Open || !s.Waiting:
				case s.Due < today:
					want = append(want, spark.Late)
				case s.Due <= soon:
					want = append(want, spark.Soon)
				default:
					want = append(want, spark.Fresh)
				}
				if s.Late(today) != slices.Contains(want, spark.Late) {
					rt.Fatalf("late: %+v", s)
				}
				if s.Open && s.NextContact != 0 && s.NextContact <= today {
					want = append(want, spark.Calls)
				}
				if s.Open && !s.Waiting && s.People < 2 && s.Dropped.Before(today.Start(i18n.Helsinki()).Add(-7*24*time.Hour)) {
					want = append(want, spark.Lone)
				}
				if !slices.Equal(in[s.ID], want) {
					rt.Fatalf("%s on %s: in %v, want %v", s.Due, today, in[s.ID], want)
				}
			}
			if n, err := spark.WorkLeft(ctx, d.db, region, today); err != nil || n != len(in) {
				rt.Fatalf("%v, %d sparks left, %d in the piles", err, n, len(in))
			}
		})
	})
}

func TestAllWorkPagesByKey(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		village(d, 12)
		var got []ident.ID
		for after := ident.ID(0); ; {
			list, n, err := spark.Work(context.Background(), d.db, region, spark.All, workday.Calendar{}, d.today(), after, 5)
			if err != nil || n != -1 {
				t.Fatalf("%v %d", err, n)
			}
			if len(list) == 0 {
				break
			}
			for _, s := range list {
				got = append(got, s.ID)
			}
			after = got[len(got)-1]
		}
		if len(got) != 12 || !slices.IsSortedFunc(got, func(a, b ident.ID) int { return cmp.Compare(b, a) }) || len(slices.Compact(got)) != 12 {
			t.Errorf("%v", got)
		}
	})
}

func TestAnsweredSince(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		first, second, hidden := d.drop(maija()), d.drop(maija()), d.drop(spark.Draft{Text: "x", Visibility: spark.Office, Language: "fi"})
		for _, r := range []spark.Receipt{first, second, hidden} {
			d.clock.Advance(time.Hour)
			firstSpark(d.sparks.Answer(ctx, d.act(r.Spark.ID), "v", true, ""))
		}
		list, err := spark.AnsweredSince(ctx, d.db, region, 0, 10)
		if err != nil || len(list) != 2 || list[0].ID != second.Spark.ID || list[1].ID != first.Spark.ID || len(list[0].Tags) != 1 {
			t.Errorf("%v %+v", err, list)
		}
		if list, _ := spark.AnsweredSince(ctx, d.db, region, list[1].Answered.UnixMicro(), 10); len(list) != 1 {
			t.Errorf("%d since", len(list))
		}
	})
}
