package spark_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/search"
)

// finds tells what is found, as "kind about".
func (d *desk) finds(question string, office bool) (all []string) {
	d.Helper()
	page, err := finder(d.ids).Search(context.Background(), d.db, search.Query{Region: region, Text: question, All: office, Most: 100})
	if err != nil {
		d.Fatal(err)
	}
	for _, h := range page.Hits {
		all = append(all, fmt.Sprint(h.Kind, " ", h.About))
	}
	slices.Sort(all)
	return all
}

// What is written is found from the same transaction on, by whom it is for.
func TestASparkIsFoundAsItIs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		draft := maija()
		draft.Title, draft.Text = "Puupaja Myllykoskelle", "Kylän vanha puupaja yhteiseksi verstaaksi."
		r := d.drop(draft)
		it, beat := fmt.Sprint("spark ", r.Spark.ID), fmt.Sprint("story ", r.Spark.ID)
		want := func(question string, everybody, office []string) {
			t.Helper()
			if got := d.finds(question, false); !slices.Equal(got, everybody) {
				t.Errorf("everybody finds %v by %q, want %v", got, question, everybody)
			}
			if got := d.finds(question, true); !slices.Equal(got, office) {
				t.Errorf("the office finds %v by %q, want %v", got, question, office)
			}
		}
		want("puupajat", []string{it}, []string{it})
		a := d.act(r.Spark.ID)
		firstSpark(d.sparks.Answer(ctx, a, "Koneita löytyy ammattikoululta.", true, "first"))
		firstSpark(d.sparks.Note(ctx, a, "Salaperäinen huomio."))
		want("ammattikoulu", []string{beat}, []string{beat})
		want("salaperäinen", nil, nil)

		draft.Text, draft.Visibility = "Kylän vanha navetta yhteiseksi verstaaksi.", spark.Office
		firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, draft))
		want("navetta", nil, []string{it})
		want("ammattikoulu", nil, []string{beat})
		draft.Visibility = spark.Public
		firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, draft))
		want("navetta", []string{it}, []string{it})
		want("ammattikoulu", []string{beat}, []string{beat})

		if _, err := d.sparks.Withdraw(ctx, region, r.Link, false); err != nil {
			t.Fatal(err)
		}
		want("navetta", nil, []string{it})
		if _, err := d.sparks.Withdraw(ctx, region, d.drop(draft).Link, true); err != nil {
			t.Fatal(err)
		}
		want("navetta", nil, []string{it})
	})
}

// index is all that is kept of the index, but for its own numbers and when what was
// counted.
func (d *desk) index() (all []string) {
	d.Helper()
	ctx := context.Background()
	if err := finder(d.ids).Count(ctx, d.db, region); err != nil {
		d.Fatal(err)
	}
	for _, query := range []string{
		`SELECT kind || ' ' || thing_id || ' ' || about_id || ' ' || listed || place || ' ' || state || themes || at || ' ' || digest || ' ' || halves FROM search_things WHERE region_id = $1`,
		`SELECT lemmas || ' ' || parts || ' ' || roots FROM search_texts WHERE region_id = $1`,
		`SELECT word || ' ' || texts || ' ' || listed FROM search_words WHERE region_id = $1`,
		`SELECT 'all ' || texts || ' ' || halves FROM search_totals WHERE region_id = $1`,
	} {
		rows, err := store.Values[string](d.db.Query(ctx, query, region))
		if err != nil {
			d.Fatal(err)
		}
		slices.Sort(rows)
		all = append(all, rows...)
	}
	return all
}

// Whatever was done to sparks, the index is as if it were made anew: nothing is
// missing, nothing is left, and every word is counted as often as it is there.
func TestTheIndexKeepsStep(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		x := finder(d.ids)
		rapid.Check(t, func(r *rapid.T) {
			type own struct {
				id   ident.ID
				link string
			}
			var mine []own
			words := []string{"puupaja", "lähiruoka", "kylätalo", "nuoret", "polku", "talkoot"}
			say := func(what string) string {
				return words[rapid.IntRange(0, len(words)-1).Draw(r, what)] + " " + words[rapid.IntRange(0, len(words)-1).Draw(r, what)]
			}
			draft := func() spark.Draft {
				dr := maija()
				dr.Title, dr.Text = say("title"), say("text")+" kaikille."
				if rapid.IntRange(0, 3).Draw(r, "hidden") == 0 {
					dr.Visibility = spark.Office
				}
				return dr
			}
			some := func() own { return mine[rapid.IntRange(0, len(mine)-1).Draw(r, "which")] }
			r.Repeat(map[string]func(*rapid.T){
				"drop": func(*rapid.T) {
					got := d.drop(draft())
					mine = append(mine, own{got.Spark.ID, got.Link})
				},
				"edit": func(r *rapid.T) {
					if len(mine) > 0 {
						_, _ = d.sparks.Edit(ctx, region, some().link, d.promise, draft())
					}
				},
				"answer": func(r *rapid.T) {
					if len(mine) > 0 {
						_, _ = d.sparks.Answer(ctx, d.act(some().id), say("answer"), rapid.Bool().Draw(r, "public"), "first")
					}
				},
				"close": func(r *rapid.T) {
					if len(mine) > 0 {
						_, _ = d.sparks.Close(ctx, d.act(some().id), spark.Close{State: spark.Resting, Reason: say("reason")})
					}
				},
				"merge": func(r *rapid.T) {
					if len(mine) > 1 {
						a, b := some(), some()
						if a.id != b.id {
							_, _ = d.sparks.Merge(ctx, d.act(a.id), spark.Joining{Sparks: []spark.Seen{{ID: b.id}}})
						}
					}
				},
				"withdraw": func(r *rapid.T) {
					if len(mine) > 0 {
						_, _ = d.sparks.Withdraw(ctx, region, some().link, rapid.Bool().Draw(r, "erase"))
					}
				},
				"count": func(r *rapid.T) {
					if err := x.Count(ctx, d.db, region); err != nil {
						r.Fatal(err)
					}
				},
			})
		})
		kept := d.index()
		for _, statement := range []string{`DELETE FROM search_things WHERE region_id = $1`, `DELETE FROM search_texts WHERE region_id = $1`, `DELETE FROM search_words WHERE region_id = $1`, `DELETE FROM search_totals WHERE region_id = $1`} {
			if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, statement, region)
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		if err := x.Renew(ctx, d.db, region, []search.Shelf{spark.Shelf()}, true, nil); err != nil {
			t.Fatal(err)
		}
		anew := d.index()
		for i := range max(len(kept), len(anew)) {
			if i >= len(kept) || i >= len(anew) || kept[i] != anew[i] {
				t.Fatalf("line %d of %d: %q, made anew %q", i, len(kept), at(kept, i), at(anew, i))
			}
		}
	})
}

func at(all []string, i int) string {
	if i < len(all) {
		return all[i]
	}
	return ""
}
