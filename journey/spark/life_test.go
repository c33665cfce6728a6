package spark_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/trust"
)

// Whatever bringer and office do in whatever order, what is derived follows from
// what is stored, and a refused verb leaves nothing behind.
func TestAnyLifeKeepsItsPromises(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rapid.Check(t, func(rt *rapid.T) {
			draft := drawDraft(rt)
			r, err := d.sparks.Drop(ctx, region, d.promise, draft, spark.By{})
			if err != nil {
				rt.Fatalf("drop: %v", err)
			}
			a := d.act(r.Spark.ID)
			d.holds(rt, a)
			flag := func(name string) bool { return rapid.Bool().Draw(rt, name) }
			talk := func() (spark.Spark, error) {
				t := spark.Talk{Way: "call", Words: "p", Shown: flag("shown"), Next: d.today() + 3}
				for range rapid.IntRange(0, 3).Draw(rt, "measures") {
					t.Measures = append(t.Measures, spark.Measure{What: "m", Who: rapid.SampledFrom([]string{"", "Kaisa"}).Draw(rt, "who")})
				}
				return d.sparks.Talk(ctx, a, t)
			}
			verbs := map[string]func() (spark.Spark, error){
				"answer": func() (spark.Spark, error) { return d.sparks.Answer(ctx, a, "v", flag("public"), "") },
				"ask":    func() (spark.Spark, error) { return d.sparks.Ask(ctx, a, "k", flag("public")) },
				"note":   func() (spark.Spark, error) { return d.sparks.Note(ctx, a, "n") },
				"talk":   talk,
				"tag": func() (spark.Spark, error) {
					t := spark.Tags{Outside: flag("outside"), Place: rapid.SampledFrom([]string{"", "Myllykoski", "Elimäki"}).Draw(rt, "place")}
					for _, id := range []string{"glocal", "strategic"} {
						if flag(id) {
							t.Tags = append(t.Tags, spark.Tag{Kind: "theme", ID: id})
						}
					}
					return d.sparks.Tag(ctx, a, d.promise, t)
				},
				"assign": func() (spark.Spark, error) { return d.sparks.Assign(ctx, a, d.officers[office.Manager].ID) },
				"due":    func() (spark.Spark, error) { return d.sparks.MoveDue(ctx, a, d.today()+1, "s") },
				"remind": func() (spark.Spark, error) { return d.sparks.Remind(ctx, a, d.today()+2) },
				"close": func() (spark.Spark, error) {
					return d.sparks.Close(ctx, a, spark.Close{State: rapid.SampledFrom([]spark.State{spark.Resting, spark.Out}).Draw(rt, "state"), Reason: "s", Would: "w"})
				},
				"reopen": func() (spark.Spark, error) { return d.sparks.Reopen(ctx, a, "s") },
				"correct": func() (spark.Spark, error) {
					all := d.story(a.Spark)
					return d.sparks.Correct(ctx, a, all[rapid.IntRange(0, len(all)-1).Draw(rt, "beat")].ID, "o")
				},
				"edit": func() (spark.Spark, error) { return d.sparks.Edit(ctx, region, r.Link, d.promise, drawDraft(rt)) },
				"reply": func() (spark.Spark, error) {
					return d.sparks.Reply(ctx, region, r.Link, "r", flag("public"), d.promise)
				},
				"approve": func() (spark.Spark, error) { return d.sparks.Approve(ctx, a, false) },
				"decline": func() (spark.Spark, error) { return d.sparks.Decline(ctx, a, "s") },
				"report": func() (spark.Spark, error) {
					err := d.sparks.Report(ctx, region, a.Spark, spark.Report{Wrong: spark.Else, Words: rapid.SampledFrom([]string{"yksi", "kaksi"}).Draw(rt, "wrong"), Language: "fi"}, trust.Sender{})
					return d.byID(a.Spark), err
				},
				"look into": func() (spark.Spark, error) {
					return d.sparks.LookInto(ctx, a, 1<<62, rapid.SampledFrom(spark.Outcomes()).Draw(rt, "outcome"), "s")
				},
				"keep": func() (spark.Spark, error) { return d.sparks.Keep(ctx, region, r.Link, spark.Bringer{Name: "M"}) },
				"withdraw": func() (spark.Spark, error) {
					if rapid.IntRange(0, 3).Draw(rt, "really") > 0 {
						return d.byID(a.Spark), nil
					}
					return d.sparks.Withdraw(ctx, region, r.Link, flag("erase"))
				},
			}
			names := make([]string, 0, len(verbs))
			for name := range verbs {
				names = append(names, name)
			}
			slices.Sort(names)
			for range rapid.IntRange(1, 8).Draw(rt, "verbs") {
				d.clock.Advance(time.Duration(rapid.IntRange(1, 48).Draw(rt, "hours")) * time.Hour)
				before, beats := d.byID(a.Spark), len(d.story(a.Spark))
				name := rapid.SampledFrom(names).Draw(rt, "verb")
				after, err := verbs[name]()
				switch {
				case err == nil:
					if !sameSpark(after, d.byID(a.Spark)) {
						rt.Fatalf("%s gave %+v, the store holds %+v", name, after, d.byID(a.Spark))
					}
				case fault.Is(err, fault.Conflict), fault.Is(err, fault.Gone), fault.Is(err, fault.Forbidden), fault.Is(err, fault.Invalid), fault.Is(err, fault.NotFound):
					if !sameSpark(before, d.byID(a.Spark)) || len(d.story(a.Spark)) != beats {
						rt.Fatalf("%s was refused with %v and left a trace", name, err)
					}
				default:
					rt.Fatalf("%s: %v", name, err)
				}
				d.holds(rt, a)
			}
		})
	})
}

func drawDraft(rt *rapid.T) spark.Draft {
	d := spark.Draft{Text: rapid.SampledFrom([]string{"Paja.", "Kirjasto.", "Paja: www.kauppa.example"}).Draw(rt, "text"), Place: rapid.SampledFrom([]string{"", "Myllykoski", "Mummola"}).Draw(rt, "place"),
		Visibility: rapid.SampledFrom([]spark.Visibility{spark.Public, spark.Unnamed, spark.Office}).Draw(rt, "visibility"), Secret: rapid.IntRange(0, 5).Draw(rt, "secret") == 0, Language: "fi", Name: "Maija"}
	if rapid.Bool().Draw(rt, "themed") {
		d.Themes = []string{"glocal"}
	}
	return d
}

// holds checks everything that must be true of a stored spark at any time.
func (d *desk) holds(rt *rapid.T, a spark.Act) {
	s, beats := d.byID(a.Spark), d.story(a.Spark)
	if s.Listed != (s.Visibility != spark.Office && !s.Secret && s.State != spark.Withdrawn && s.Held == "") {
		rt.Fatalf("listed: %+v", s)
	}
	closed := s.State == spark.Resting || s.State == spark.Out
	if s.Open == (closed || s.State == spark.Withdrawn) || closed != !s.Closed.IsZero() && s.State != spark.Withdrawn {
		rt.Fatalf("open: %+v", s)
	}
	if s.NeedsHand != (s.Listed && s.Open && (s.People < 2 || s.Doers == 0 || s.Place == "")) {
		rt.Fatalf("needs a hand: %+v", s)
	}
	if !s.Open && (s.Waiting || !s.WaitingFrom.IsZero() || s.NextContact != 0 || !s.Asked.IsZero()) || s.Waiting == s.WaitingFrom.IsZero() {
		rt.Fatalf("waits: %+v", s)
	}
	if s.Open && (s.State == spark.Glowing) != (s.People > 1 || s.Doers > 0) {
		rt.Fatalf("state: %+v", s)
	}
	if s.Beats != len(beats) {
		rt.Fatalf("%d beats told, %d counted", len(beats), s.Beats)
	}
	var latest time.Time
	for i, b := range beats {
		if b.Human() && b.Visibility == story.Public && b.At.After(latest) {
			latest = b.At
		}
		if i > 0 && b.ID <= beats[i-1].ID {
			rt.Fatalf("the story is out of order")
		}
		if b.Actor == story.Bringer && b.Author != "" {
			rt.Fatalf("the story names the bringer: %+v", b)
		}
	}
	if !s.Latest.Equal(latest) {
		rt.Fatalf("latest %v, the newest public beat is of %v", s.Latest, latest)
	}
	if n := d.count(`SELECT COUNT(*) FROM measures WHERE spark_id = $1 AND who <> ''`, int64(a.Spark)); n != s.Doers {
		rt.Fatalf("%d doers counted, %d stored", s.Doers, n)
	}
	if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE spark_id = $1 AND listed <> $2`, int64(a.Spark), s.Listed); n != 0 {
		rt.Fatalf("%d tags are listed otherwise than their spark", n)
	}
	if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE spark_id = $1`, int64(a.Spark)); n != len(s.Tags) {
		rt.Fatalf("%d tags stored, %d read", n, len(s.Tags))
	}
	untold := 0 // a drop that was held as it came is told of when it is let in
	if len(beats) > 1 && beats[1].Type == story.Held && beats[1].Actor == story.Kokko && beats[1].At.Equal(beats[0].At) &&
		!slices.ContainsFunc(beats, func(b story.Beat) bool { return b.Type == story.Approved }) {
		untold = 1
	}
	if waits := d.pile(spark.Held); slices.Contains(waits, a.Spark) != (s.Held != "" && s.Open) {
		rt.Fatalf("held %q, open %v, in the queue %v", s.Held, s.Open, waits)
	}
	if n := d.count(`SELECT COUNT(*) FROM reports WHERE spark_id = $1 AND handled_at = 0`, int64(a.Spark)); n > 0 && s.State == spark.Withdrawn {
		rt.Fatalf("%d reports wait of what is gone", n)
	}
	if told := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'story.told' AND args LIKE $1`, fmt.Sprintf(`%%"spark":%d,%%`, int64(a.Spark))); told != len(beats)-untold {
		rt.Fatalf("%d beats, %d jobs that tell of them", len(beats), told)
	}
	shown := d.count(`SELECT COUNT(*) FROM sparks WHERE spark_id = $1 AND waiting_since_at = $2`, int64(a.Spark), clock.Micros(s.WaitingFrom))
	if shown != 1 {
		rt.Fatalf("the store keeps another time")
	}
}
