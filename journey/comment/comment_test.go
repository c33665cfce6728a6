package comment_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/office"
	"kokko/region/trust"
)

const region = "kouvola"

type desk struct {
	*comment.Service
	db      *store.DB
	clock   *clock.Fake
	sparks  *spark.Service
	places  *address.Service
	officer office.Officer
}

// promise is a programme without places.
type promise struct{}

func (promise) PlaceNamed(string) (string, bool) { return "", false }
func (promise) HasTag(_, _ string) bool          { return false }
func (promise) ReplyWorkdays() int               { return 5 }

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids := ident.NewMaker(c)
	ctx := context.Background()
	must(t, db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, region)
		return err
	}))
	o, err := office.New(db, c, ids).Hire(ctx, office.Officer{Region: region, Email: "olli@kouvola.example", Name: "Olli", Role: office.Manager, Language: "fi"})
	must(t, err)
	d := &desk{db: db, clock: c, sparks: spark.New(db, c, ids), places: address.New(db, c, ids), officer: o}
	d.Service = comment.New(db, c, ids, d.sparks)
	return d
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func (d *desk) drop(t testing.TB, v spark.Visibility) spark.Receipt {
	t.Helper()
	r, err := d.sparks.Drop(context.Background(), region, spark.Programme{Promise: promise{}, Version: 1}, spark.Draft{Text: "Laituri kuntoon.", Email: "tuoja@posti.example", Visibility: v, Language: "fi"}, spark.By{})
	must(t, err)
	return r
}

func (d *desk) person(t testing.TB, email string) address.Address {
	t.Helper()
	ctx := context.Background()
	var l address.Letter
	_, err := d.places.Ask(ctx, address.Asking{Region: region, Email: email, Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, sent address.Letter) error { l = sent; return nil })
	must(t, err)
	c, err := d.places.Confirm(ctx, region, l.Secret, "", nil)
	must(t, err)
	return c.Address
}

func by(a address.Address) comment.Author {
	return comment.Author{Kind: comment.Person, ID: a.ID, Email: a.Email}
}

func (d *desk) say(sp ident.ID, a comment.Author, draft comment.Draft) (c comment.Comment, err error) {
	draft.Language = "fi"
	err = d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = d.Write(ctx, tx, region, sp, a, draft, trust.Sender{})
		return err
	})
	return c, err
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(context.Background(), do)
}

func (d *desk) spark(t testing.TB, id ident.ID) spark.Spark {
	t.Helper()
	sp, err := spark.ByID(context.Background(), d.db, region, id)
	must(t, err)
	return sp
}

func (d *desk) talk(t testing.TB, id ident.ID) comment.Talk {
	t.Helper()
	all, err := comment.Talks(context.Background(), d.db, region, id)
	must(t, err)
	return all[id]
}

func TestASecondPersonMakesASparkGlow(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, spark.Public).Spark.ID
		bringer, other := d.person(t, "tuoja@posti.example"), d.person(t, "toinen@posti.example")
		version := d.spark(t, id).Version
		_, err := d.say(id, by(bringer), comment.Draft{Words: "Lisään vielä."})
		must(t, err)
		if sp := d.spark(t, id); sp.People != 1 || sp.State != spark.Sparking || sp.Version != version {
			t.Errorf("the bringer's own: %d people, %s, version %d", sp.People, sp.State, sp.Version-version)
		}
		c, err := d.say(id, by(other), comment.Draft{Words: "Hyvä ajatus!"})
		must(t, err)
		again, err := d.say(id, by(other), comment.Draft{Words: "Hyvä ajatus!"})
		must(t, err)
		if again.ID != c.ID {
			t.Error("the same press of a button is two comments")
		}
		if sp := d.spark(t, id); sp.People != 2 || sp.State != spark.Glowing {
			t.Errorf("%d people, %s", sp.People, sp.State)
		}
		beat, err := story.One(ctx, d.db, region, id, c.Beat)
		if err != nil || beat.Type != story.Commented || beat.HasWords || beat.Facts.Comment != c.ID || beat.Visibility != story.Public {
			t.Errorf("%v %+v", err, beat)
		}
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.Withdraw(ctx, tx, region, id, c.ID, by(other)) }))
		if sp := d.spark(t, id); sp.People != 1 || sp.State != spark.Sparking {
			t.Errorf("withdrawn: %d people, %s", sp.People, sp.State)
		}
		all, _, err := comment.Of(ctx, d.db, region, []ident.ID{id}, comment.Oldest, 0)
		if err != nil || len(all) != 2 || all[1].Words != "" || all[1].State != comment.Withdrawn {
			t.Errorf("%v %+v", err, all)
		}
		if talk := d.talk(t, id); talk.Shown != 1 {
			t.Errorf("%+v", talk)
		}
	})
}

func TestWhatIsHeldIsSeenByNobodyUntilLetIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, spark.Public).Spark.ID
		p := d.person(t, "toinen@posti.example")
		c, err := d.say(id, by(p), comment.Draft{Words: "Katso https://kauppa.example/x"})
		must(t, err)
		if c.State != comment.Held || c.Beat != 0 {
			t.Fatalf("%+v", c)
		}
		if all, _, err := comment.Of(ctx, d.db, region, []ident.ID{id}, comment.Oldest, 0); err != nil || len(all) != 0 || d.talk(t, id).Shown != 0 || d.spark(t, id).People != 1 {
			t.Errorf("%v %+v", err, all)
		}
		if n, err := comment.CountWaiting(ctx, d.db, region); err != nil || n != 1 {
			t.Errorf("%v %d", err, n)
		}
		deed := comment.Deed{Region: region, Spark: id, Comment: c.ID, Officer: d.officer, Seen: c.Stamp(), Do: comment.Approve}
		d.clock.Advance(time.Minute)
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := d.Edit(ctx, tx, region, id, c.ID, by(p), comment.Draft{Words: "Katso https://muu.example/y"})
			return err
		}))
		if _, err := d.Decide(ctx, deed); !fault.Is(err, fault.Conflict) {
			t.Errorf("words nobody has seen are let in: %v", err)
		}
		now, err := comment.One(ctx, d.db, region, id, c.ID)
		must(t, err)
		deed.Seen = now.Stamp()
		if now, err = d.Decide(ctx, deed); err != nil || now.State != comment.Shown || now.Beat == 0 || d.talk(t, id).Shown != 1 || d.spark(t, id).People != 2 {
			t.Errorf("%v %+v", err, now)
		}
		// Known by now: a link is let in. Blocked, nothing is.
		if again, err := d.say(id, by(p), comment.Draft{Words: "Samasta asiasta lisää luettavaa on täällä https://kolmas.example/z"}); err != nil || again.State != comment.Shown {
			t.Errorf("%v %s", err, again.State)
		}
		deed.Seen, deed.Do, deed.Reason = now.Stamp(), comment.Block, "Mainos."
		if now, err = d.Decide(ctx, deed); err != nil || now.State != comment.Declined || now.Placed {
			t.Errorf("%v %+v", err, now)
		}
		if _, err := d.say(id, by(p), comment.Draft{Words: "Taas."}); !fault.Is(err, fault.Forbidden) {
			t.Errorf("blocked: %v", err)
		}
		hidden := d.drop(t, spark.Office).Spark.ID
		if _, err := d.say(hidden, by(d.person(t, "kolmas@posti.example")), comment.Draft{Words: "Hei."}); !fault.Is(err, fault.NotFound) {
			t.Errorf("a spark nobody may see: %v", err)
		}
	})
}

func TestAQuestionStandsOpenUntilItsBringerAnswers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(t, spark.Public)
		id := r.Spark.ID
		_, b, err := spark.Linked(ctx, d.db, region, r.Link)
		must(t, err)
		p := d.person(t, "toinen@posti.example")
		q, err := d.say(id, by(p), comment.Draft{Words: "Mistä rahat?", Question: true})
		must(t, err)
		if open, err := comment.Open(ctx, d.db, region, []ident.ID{id}, 5); err != nil || len(open) != 1 || d.talk(t, id).Questions != 1 {
			t.Errorf("%v %+v", err, open)
		}
		if _, err := d.say(id, by(p), comment.Draft{Words: "Minä vastaan.", Settles: q.ID}); err != nil || d.talk(t, id).Questions != 1 {
			t.Errorf("anybody settles a question: %v", err)
		}
		c, err := d.say(id, comment.Author{Kind: comment.Bringer, ID: b.ID, Email: b.Email}, comment.Draft{Words: "Talkoilla.", Settles: q.ID})
		must(t, err)
		if q, err = comment.One(ctx, d.db, region, id, q.ID); err != nil || q.Unanswered || q.Answer != c.ID || d.talk(t, id).Questions != 0 {
			t.Errorf("%v %+v", err, q)
		}
	})
}

func TestHostileWords(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.drop(t, spark.Public).Spark.ID
		p := d.person(t, "toinen@posti.example")
		for _, words := range []string{"", " \u200b ", strings.Repeat("a", 10<<20), strings.Repeat("ä", comment.MaxWords+1)} {
			if _, err := d.say(id, by(p), comment.Draft{Words: words}); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != "words" {
				t.Errorf("%d bytes: %v", len(words), err)
			}
		}
		c, err := d.say(id, by(p), comment.Draft{Words: "Hyvä\u202e<b>juttu</b>\x00", Name: "\u202eMaija\n"})
		if err != nil || c.Words != "Hyvä<b>juttu</b>" || c.Name != "Maija" {
			t.Errorf("%v %q %q", err, c.Words, c.Name)
		}
	})
}

func TestErasingAPersonLeavesNothingOfThem(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		id := d.drop(t, spark.Public).Spark.ID
		p := d.person(t, "toinen@posti.example")
		c, err := d.say(id, by(p), comment.Draft{Words: "Salaisuuteni.", Name: "Maija"})
		must(t, err)
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error {
			if err := d.Warm(ctx, tx, p, id); err != nil {
				return err
			}
			return d.Offer(ctx, tx, p, id, comment.Join, "Maija", true)
		}))
		must(t, d.tx(func(ctx context.Context, tx *store.Tx) error { return d.EraseOf(ctx, tx, p) }))
		c, err = comment.One(ctx, d.db, region, id, c.ID)
		if err != nil || c.Words+c.Name != "" || c.Author != 0 || !c.Placed {
			t.Errorf("%v %+v", err, c)
		}
		if talk := d.talk(t, id); talk.Shown != 0 || talk.Warm != 0 || d.spark(t, id).People != 1 {
			t.Errorf("%+v, %d people", talk, d.spark(t, id).People)
		}
	})
}

// Whatever people do in whatever order, each has one warmth, the counts are those of
// the rows, and what is held, declined or withdrawn is never among what is read.
func TestTheCountsOfATalk(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		people := []address.Address{d.person(t, "a@posti.example"), d.person(t, "b@posti.example"), d.person(t, "c@posti.example")}
		rapid.Check(t, func(rt *rapid.T) {
			id := d.drop(t, spark.Public).Spark.ID
			var said []comment.Comment
			n := 0
			who := func() address.Address { return rapid.SampledFrom(people).Draw(rt, "who") }
			do := func(f func(ctx context.Context, tx *store.Tx) error) {
				if err := d.tx(f); err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Conflict) {
					rt.Fatal(err)
				}
			}
			for range rapid.IntRange(1, 12).Draw(rt, "steps") {
				d.clock.Advance(20 * time.Minute)
				p := who()
				switch rapid.IntRange(0, 6).Draw(rt, "what") {
				case 0, 1:
					n++
					words := fmt.Sprintf("Sana %d %s", n, id)
					if rapid.Bool().Draw(rt, "link") {
						words += " https://x.example/1 https://x.example/2 https://x.example/3 https://x.example/4"
					}
					c, err := d.say(id, by(p), comment.Draft{Words: words, Question: rapid.Bool().Draw(rt, "question")})
					if err != nil {
						rt.Fatal(err)
					}
					said = append(said, c)
				case 2:
					do(func(ctx context.Context, tx *store.Tx) error { return d.Warm(ctx, tx, p, id) })
				case 3:
					do(func(ctx context.Context, tx *store.Tx) error { return d.Cool(ctx, tx, p, id) })
				case 4:
					do(func(ctx context.Context, tx *store.Tx) error {
						return d.Offer(ctx, tx, p, id, rapid.SampledFrom(append(comment.Offers(), comment.NoOffer)).Draw(rt, "offer"), "", false)
					})
				case 5:
					if len(said) > 0 {
						c := rapid.SampledFrom(said).Draw(rt, "mine")
						do(func(ctx context.Context, tx *store.Tx) error {
							return d.Withdraw(ctx, tx, region, id, c.ID, comment.Author{Kind: c.Kind, ID: c.Author})
						})
					}
				case 6:
					if len(said) > 0 {
						c, err := comment.One(ctx, d.db, region, id, rapid.SampledFrom(said).Draw(rt, "theirs").ID)
						if err != nil {
							rt.Fatal(err)
						}
						_, err = d.Decide(ctx, comment.Deed{Region: region, Spark: id, Comment: c.ID, Officer: d.officer, Seen: c.Stamp(), Reason: "Ei.",
							Do: rapid.SampledFrom([]comment.Decision{comment.Approve, comment.Decline, comment.Ask, comment.Answered}).Draw(rt, "do")})
						if err != nil && !fault.Is(err, fault.Conflict) {
							rt.Fatal(err)
						}
					}
				}
			}
			shown, open, warm, acting := 0, 0, 0, map[ident.ID]bool{}
			all, err := comment.Here(ctx, d.db, region, []ident.ID{id}, 0, 1000)
			if err != nil {
				rt.Fatal(err)
			}
			for _, c := range all {
				if c.State == comment.Shown {
					shown++
					acting[c.Author] = true
					if c.Unanswered {
						open++
					}
				} else if c.Unanswered {
					rt.Fatalf("a question nobody reads stands open: %+v", c)
				}
			}
			for _, p := range people {
				w, err := comment.Warmed(ctx, d.db, region, p.ID, id)
				if err != nil {
					rt.Fatal(err)
				}
				warm += len(w)
				if w[id].Offer != comment.NoOffer {
					acting[p.ID] = true
				}
			}
			if talk := d.talk(t, id); talk.Shown != shown || talk.Questions != open || talk.Warm != warm {
				rt.Fatalf("%+v, and there are %d shown, %d open, %d warm", talk, shown, open, warm)
			}
			if sp := d.spark(t, id); sp.People != 1+len(acting) {
				rt.Fatalf("%d people, %d acted", sp.People, len(acting))
			}
			for _, order := range []comment.Order{comment.Oldest, comment.Newest} {
				read, _, err := comment.Of(ctx, d.db, region, []ident.ID{id}, order, 0)
				if err != nil {
					rt.Fatal(err)
				}
				for _, c := range read {
					if c.State != comment.Shown && c.State != comment.Withdrawn || c.State == comment.Withdrawn && c.Words != "" {
						rt.Fatalf("everybody reads %+v", c)
					}
				}
			}
		})
	})
}
