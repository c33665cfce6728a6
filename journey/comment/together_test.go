package comment_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/trust"
)

// dropBy drops a spark of somebody's.
func (d *desk) dropBy(t testing.TB, email string) ident.ID {
	t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Laituri kuntoon, " + ident.Secret(), Email: email, Visibility: spark.Public, Language: "fi"}, spark.By{})
	must(t, err)
	return r.Spark.ID
}

func (d *desk) act(id ident.ID) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officer}
}

func (d *desk) join(t testing.TB, into ident.ID, others ...ident.ID) {
	t.Helper()
	var seen []spark.Seen
	for _, id := range others {
		seen = append(seen, spark.Seen{ID: id})
	}
	_, err := d.sparks.Merge(context.Background(), d.act(into), spark.Joining{Sparks: seen})
	must(t, err)
}

func (d *desk) part(t testing.TB, id ident.ID) {
	t.Helper()
	_, err := d.sparks.Unmerge(context.Background(), d.act(id))
	must(t, err)
}

// together reads the talk of a spark as everybody does.
func (d *desk) together(t testing.TB, id ident.ID) (talk comment.Talk, all []comment.Comment) {
	t.Helper()
	ctx := context.Background()
	with, err := spark.ReadWith(ctx, d.db, region, id)
	must(t, err)
	talk, sparks, err := comment.Together(ctx, d.db, region, append([]ident.ID{id}, with[id]...)...)
	must(t, err)
	for _, order := range []comment.Order{comment.Newest, comment.Oldest} {
		all = nil
		for at, more := ident.ID(0), true; more; {
			list, next, err := comment.Of(ctx, d.db, region, sparks, order, at)
			must(t, err)
			all, at, more = append(all, list...), next, next != 0
		}
		for i := range all {
			if i > 0 && (all[i-1].ID < all[i].ID) != (order == comment.Oldest) {
				t.Fatalf("%s: out of order at %d", order, i)
			}
		}
	}
	return talk, all
}

// What was joined is talked of in one place, each person once; taken apart, each spark
// has its own talk again, just as it was.
func TestTheTalkOfWhatIsJoinedIsOne(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		root, other := d.dropBy(t, "a@posti.example"), d.dropBy(t, "b@posti.example")
		p, q := d.person(t, "p@posti.example"), d.person(t, "q@posti.example")
		warm := func(who address.Address, id ident.ID) {
			t.Helper()
			must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Warm(ctx, tx, who, id) }))
		}
		for i := range 25 { // more than one page, by turns
			d.clock.Advance(time.Minute)
			must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := d.Write(ctx, tx, region, []ident.ID{root, other}[i%2], comment.Author{Kind: comment.Officer, ID: d.officer.ID}, comment.Draft{Words: fmt.Sprintf("Sana %d", i), Language: "fi"}, trust.Sender{})
				return err
			}))
		}
		asked, err := d.say(other, by(p), comment.Draft{Words: "Mistä rahat?", Question: true})
		must(t, err)
		warm(p, root)
		warm(p, other)
		warm(q, other)
		alone, said := d.together(t, root)
		theirs, saidThere := d.together(t, other)
		people := [2]int{d.spark(t, root).People, d.spark(t, other).People}
		d.join(t, root, other)
		talk, all := d.together(t, root)
		if len(all) != len(said)+len(saidThere) || talk.Shown != 26 || talk.Questions != 1 || talk.Warm != 2 {
			t.Errorf("%+v, %d read", talk, len(all))
		}
		if open, err := comment.Open(ctx, d.db, region, []ident.ID{root, other}, 5); err != nil || len(open) != 1 || open[0].ID != asked.ID {
			t.Errorf("%v %+v", err, open)
		}
		if got := d.spark(t, root).People; got != 3 {
			t.Errorf("%d people: two brought it and one has asked", got)
		}
		if _, err := d.say(other, by(q), comment.Draft{Words: "Tänne vielä."}); !fault.Is(err, fault.NotFound) {
			t.Errorf("said where nobody reads: %v", err)
		}
		d.part(t, other)
		if again, _ := d.together(t, root); again != alone {
			t.Errorf("taken apart: %+v, was %+v", again, alone)
		}
		if again, list := d.together(t, other); again != theirs || len(list) != len(saidThere) {
			t.Errorf("taken apart: %+v, was %+v", again, theirs)
		}
		if got := [2]int{d.spark(t, root).People, d.spark(t, other).People}; got != people {
			t.Errorf("taken apart %v people, were %v", got, people)
		}
		// A question of one is answered by the bringer of the one that carries it on.
		d.join(t, root, other)
		bringers, err := spark.Bringers(ctx, d.db, region, root)
		must(t, err)
		b := bringers[root][0]
		c, err := d.say(root, comment.Author{Kind: comment.Bringer, ID: b.ID, Email: b.Email}, comment.Draft{Words: "Talkoilla.", Settles: asked.ID})
		must(t, err)
		if asked, err = comment.One(ctx, d.db, region, other, asked.ID); err != nil || asked.Unanswered || asked.Answer != c.ID {
			t.Errorf("%v %+v", err, asked)
		}
		if talk, _ := d.together(t, root); talk.Questions != 0 {
			t.Errorf("%+v", talk)
		}
		// What its bringer hides is not read with the others.
		must(t, d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sparks SET visibility = 'office' WHERE region_id = $1 AND spark_id = $2`, region, int64(other))
			return err
		}))
		if talk, all := d.together(t, root); talk.Shown != alone.Shown+1 || len(all) != talk.Shown {
			t.Errorf("hidden, and read: %+v", talk)
		}
	})
}

// Whatever is said, offered, joined and taken apart in whatever order: a matter counts
// each person once, and alone again a spark counts its own.
func TestPeopleOfWhatIsJoinedAreCountedOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		emails := []string{"a@posti.example", "b@posti.example", "c@posti.example", "d@posti.example"}
		var people []address.Address
		for _, e := range emails {
			people = append(people, d.person(t, e))
		}
		n := 0
		rapid.Check(t, func(rt *rapid.T) {
			var sparks []ident.ID
			brings := map[ident.ID]string{}
			for i := range 3 {
				id := d.dropBy(t, rapid.SampledFrom(emails[:3]).Draw(rt, fmt.Sprintf("bringer %d", i)))
				all, err := spark.Bringers(ctx, d.db, region, id)
				must(t, err)
				sparks, brings[id] = append(sparks, id), all[id][0].Email
			}
			acting := map[ident.ID]map[string]bool{}
			var said []comment.Comment
			root := func(id ident.ID) ident.ID {
				if into := d.spark(t, id).MergedInto; into != 0 {
					return into
				}
				return id
			}
			look := func() {
				cluster := map[ident.ID]map[string]bool{}
				for _, id := range sparks {
					own := map[string]bool{brings[id]: true}
					for _, c := range said {
						now, err := comment.One(ctx, d.db, region, c.Spark, c.ID)
						must(t, err)
						for i, p := range people {
							if c.Spark == id && now.Author == p.ID && now.State == comment.Shown {
								own[emails[i]] = true
							}
						}
					}
					for e := range acting[id] {
						own[e] = true
					}
					r := root(id)
					if cluster[r] == nil {
						cluster[r] = map[string]bool{}
					}
					for e := range own {
						cluster[r][e] = true
					}
					if r != id {
						if got := d.spark(t, id).People; got != len(own) {
							rt.Fatalf("joined, a spark counts %d of its own, not %d", got, len(own))
						}
					}
				}
				for r, all := range cluster {
					if got := d.spark(t, r).People; got != len(all) {
						rt.Fatalf("a matter counts %d people, not %d: %v", got, len(all), all)
					}
				}
			}
			for range rapid.IntRange(2, 10).Draw(rt, "steps") {
				d.clock.Advance(20 * time.Minute)
				id := rapid.SampledFrom(sparks).Draw(rt, "spark")
				i := rapid.IntRange(0, len(people)-1).Draw(rt, "who")
				switch rapid.IntRange(0, 4).Draw(rt, "what") {
				case 0:
					if root(id) == id {
						n++
						c, err := d.say(id, by(people[i]), comment.Draft{Words: fmt.Sprintf("Sana %d %s", n, ident.Secret())})
						must(t, err)
						said = append(said, c)
					}
				case 1:
					if root(id) == id {
						must(t, d.tx(func(ctx context.Context, tx *store.Tx) error {
							if err := d.Warm(ctx, tx, people[i], id); err != nil {
								return err
							}
							return d.Offer(ctx, tx, people[i], id, comment.Join, "", false)
						}))
						if acting[id] == nil {
							acting[id] = map[string]bool{}
						}
						acting[id][emails[i]] = true
					}
				case 2: // where it is joined too
					if len(said) > 0 {
						c := rapid.SampledFrom(said).Draw(rt, "said")
						if err := d.tx(func(ctx context.Context, tx *store.Tx) error {
							return d.Withdraw(ctx, tx, region, c.Spark, c.ID, comment.Author{Kind: c.Kind, ID: c.Author})
						}); err != nil && !fault.Is(err, fault.NotFound) {
							rt.Fatal(err)
						}
					}
				case 3:
					if other := rapid.SampledFrom(sparks).Draw(rt, "other"); root(id) == id && root(other) == other && other != id {
						d.join(t, id, other)
					}
				case 4:
					if root(id) != id {
						d.part(t, id)
					}
				}
				look()
			}
		})
	})
}
