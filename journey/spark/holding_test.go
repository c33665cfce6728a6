package spark_test

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/trust"
)

// sent is a form sent from an address of the net.
func sent(network string) trust.Sender {
	return trust.Sender{Network: trust.NetworkOf(netip.MustParseAddr(network)), Form: trust.Form{Sent: true}}
}

// advert is a draft that waits for a look: a stranger's link.
func advert(n int, email string) spark.Draft {
	return spark.Draft{Kind: spark.Idea, Text: fmt.Sprintf("Edullisia mökkejä %d kappaletta: https://kauppa.example/%d", n, n), Place: "Myllykoski", Themes: []string{"glocal"}, Name: "Kauppias", Email: email, Visibility: spark.Public, Language: "fi"}
}

func (d *desk) comes(draft spark.Draft, s trust.Sender) spark.Receipt {
	d.Helper()
	r, err := d.sparks.Drop(context.Background(), region, d.promise, draft, spark.By{Sender: s})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

// told lists the beats of a spark that were told of, by their type.
func (d *desk) told(id ident.ID) (all []string) {
	d.Helper()
	for _, b := range d.story(id) {
		if d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'story.told' AND args LIKE $1`, fmt.Sprintf(`%%"beat":%d%%`, int64(b.ID))) > 0 {
			all = append(all, string(b.Type))
		}
	}
	return all
}

func (d *desk) pile(p spark.Pile) (ids []ident.ID) {
	d.Helper()
	list, _, err := spark.Work(context.Background(), d.db, region, p, workday.Calendar{}, d.today(), 0, 100)
	if err != nil {
		d.Fatal(err)
	}
	for _, s := range list {
		ids = append(ids, s.ID)
	}
	return ids
}

// unseen checks that a spark is nowhere but in the hold queue, if there.
func (d *desk) unseen(id ident.ID, name string) {
	d.Helper()
	ctx := context.Background()
	if s := d.byID(id); s.Listed || s.NeedsHand {
		d.Errorf("%s is listed: %+v", name, s)
	}
	for _, f := range []spark.Filter{{}, {Order: spark.Liveliest}, {Order: spark.Hand}, {Kind: spark.Idea}, {Tag: spark.Tag{Kind: "theme", ID: "glocal"}}, {Places: []string{"myllykoski"}}} {
		list, _, err := spark.List(ctx, d.db, region, f)
		if err != nil {
			d.Fatal(err)
		}
		if slices.ContainsFunc(list, func(s spark.Spark) bool { return s.ID == id }) {
			d.Errorf("%s is in the list %+v", name, f)
		}
	}
	for _, p := range append(spark.Piles(), spark.All) {
		if slices.Contains(d.pile(p), id) {
			d.Errorf("%s lies in the pile %s", name, p)
		}
	}
	list, err := spark.AnsweredSince(ctx, d.db, region, 0, 100)
	if err != nil || slices.ContainsFunc(list, func(s spark.Spark) bool { return s.ID == id }) {
		d.Errorf("%s is among the answered (%v)", name, err)
	}
	if n := d.count(`SELECT COUNT(*) FROM spark_tags WHERE spark_id = $1 AND listed = TRUE`, int64(id)); n != 0 {
		d.Errorf("%s has %d listed tags", name, n)
	}
}

func TestAHeldSparkIsNowhereButItsClockRuns(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.comes(advert(1, "kauppias@kauppa.example"), sent("192.0.2.1"))
		s := d.byID(r.Spark.ID)
		if s.Held != "link" || !s.Open || !s.Waiting || s.Due != day("2026-12-07") || s.Beats != 2 || s.Version != 1 || s.Owner != d.officers[office.Planner].ID || !s.Waits() {
			t.Errorf("%+v", s)
		}
		if !sameSpark(r.Spark, s) {
			t.Errorf("the receipt says %+v, the store %+v", r.Spark, s)
		}
		d.unseen(s.ID, "a held spark")
		places, err := spark.CountByPlace(ctx, d.db, region)
		if err != nil || len(places) != 0 {
			t.Errorf("places count %v (%v)", places, err)
		}
		for _, at := range []workday.Day{d.today(), d.today() + 30} { // late or not
			if n, err := spark.WorkLeft(ctx, d.db, region, at); err != nil || n != 0 {
				t.Errorf("%d on a Monday (%v)", n, err)
			}
		}
		if got := d.pile(spark.Held); !slices.Equal(got, []ident.ID{s.ID}) {
			t.Errorf("the queue holds %v", got)
		}
		beats := d.story(s.ID)
		if len(beats) != 2 || beats[0].Type != story.Dropped || beats[1].Type != story.Held || beats[1].Actor != story.Kokko || beats[1].Visibility != story.Parties || !slices.Equal(beats[1].Facts.Reasons, []string{"link"}) {
			t.Errorf("%+v", beats)
		}
		if got := d.told(s.ID); !slices.Equal(got, []string{"held"}) {
			t.Errorf("told of: %v", got)
		}
		// The bringer's link works, and what passes between the two is for them only.
		if _, _, err := spark.Linked(ctx, d.db, region, r.Link); err != nil {
			t.Error(err)
		}
		firstSpark(d.sparks.Answer(ctx, d.act(s.ID), "Mistä on kyse?", true, ""))
		firstSpark(d.sparks.Reply(ctx, region, r.Link, "Mökeistä.", true, d.promise))
		for _, b := range d.story(s.ID)[2:] {
			if b.Visibility != story.Parties {
				t.Errorf("%s is for %s", b.Type, b.Visibility)
			}
		}
		d.unseen(s.ID, "an answered held spark")
		d.clock.Advance(60 * 24 * time.Hour)
		d.unseen(s.ID, "a late held spark")
		if s := d.byID(s.ID); !s.Late(d.today()) {
			t.Error("its clock stands")
		}
	})
}

func TestApprovingTellsItAsIfItHadJustCome(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.comes(advert(1, ""), sent("192.0.2.1"))
		d.clock.Advance(26 * time.Hour)
		a := d.act(r.Spark.ID)
		a.Version = r.Spark.Version + 7
		_, err := d.sparks.Approve(ctx, a, false)
		is(t, "approving what was not seen", err, fault.Conflict)
		a.Version = r.Spark.Version
		_, err = d.sparks.Approve(ctx, a, true)
		is(t, "trusting nobody's address", err, fault.Invalid)
		if s := d.byID(r.Spark.ID); s.Held == "" || len(d.told(s.ID)) != 1 {
			t.Errorf("a refused verb left a trace: %+v", s)
		}
		s, err := d.sparks.Approve(ctx, a, false)
		if err != nil {
			t.Fatal(err)
		}
		if s.Held != "" || !s.Listed || !s.Waiting || s.Due != day("2026-12-07") || !s.Answered.IsZero() || !s.Latest.Equal(d.clock.Now()) {
			t.Errorf("%+v", s)
		}
		if got := d.told(s.ID); !slices.Equal(got, []string{"dropped", "held", "approved"}) {
			t.Errorf("told of: %v", got)
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'story.told' AND args LIKE $1`, fmt.Sprintf(`%%"by":%d%%`, int64(d.officers[office.Planner].ID))); n != 1 {
			t.Errorf("%d jobs know who let it in", n)
		}
		if list, _, err := spark.List(ctx, d.db, region, spark.Filter{Tag: spark.Tag{Kind: "theme", ID: "glocal"}}); err != nil || len(list) != 1 {
			t.Errorf("%d listed (%v)", len(list), err)
		}
		if got := d.pile(spark.Fresh); len(got) != 1 || len(d.pile(spark.Held)) != 0 {
			t.Errorf("on the work list: %v", got)
		}
		_, err = d.sparks.Approve(ctx, d.act(s.ID), false)
		is(t, "approving twice", err, fault.Conflict)
		if key(err) != "spark.not_held" {
			t.Errorf("%v", err)
		}
		// Taken back by a person and let in again, it is not news a second time.
		if _, err := d.sparks.LookInto(ctx, d.act(s.ID), 0, spark.OutcomeHold, "Katsotaan vielä."); err != nil {
			t.Fatal(err)
		}
		d.unseen(s.ID, "taken back")
		firstSpark(d.sparks.Approve(ctx, d.act(s.ID), false))
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'story.told' AND args LIKE '%"by":%'`); n != 1 {
			t.Errorf("its drop was told %d times", n)
		}
	})
}

func TestATrustedAuthorGoesStraightIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		first := d.comes(advert(1, "kyla@yhdistys.example"), sent("192.0.2.1"))
		firstSpark(d.sparks.Approve(ctx, d.act(first.Spark.ID), true))
		if b := d.last(first.Spark.ID); b.Type != story.Trusted || b.Visibility != story.InOffice || b.Officer != d.officers[office.Planner].ID {
			t.Errorf("%+v", b)
		}
		next := d.comes(advert(2, "Kyla+koti@Yhdistys.example"), sent("198.51.100.1"))
		if next.Spark.Held != "" || !next.Spark.Listed {
			t.Errorf("%+v", next.Spark)
		}
		if other := d.comes(advert(3, "toinen@yhdistys.example"), sent("192.0.2.1")); other.Spark.Held != "link" {
			t.Errorf("somebody else is trusted too: %q", other.Spark.Held)
		}
		// Undone, they wait again, and the story tells it.
		all, err := trust.List(ctx, d.db, region, d.clock.Now(), 0, 10)
		if err != nil || len(all) != 1 || all[0].Spark != first.Spark.ID {
			t.Fatalf("%+v, %v", all, err)
		}
		if err := d.sparks.Lift(ctx, region, d.officers[office.Manager], all[0].ID); err != nil {
			t.Fatal(err)
		}
		if b := d.last(first.Spark.ID); b.Type != story.Lifted || b.Facts.From != "trusted" || b.Officer != d.officers[office.Manager].ID || b.Visibility != story.InOffice {
			t.Errorf("%+v", b)
		}
		if again := d.comes(advert(4, "kyla@yhdistys.example"), sent("192.0.2.1")); again.Spark.Held != "link" {
			t.Errorf("%q", again.Spark.Held)
		}
		is(t, "undoing twice", d.sparks.Lift(ctx, region, d.officers[office.Manager], all[0].ID), fault.NotFound)
	})
}

// Once a person in the office has answered somebody, a link of theirs is no
// stranger's; being approved alone makes nobody known.
func TestWhoHasBeenAnsweredIsKnown(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		first := d.comes(advert(1, "kyla@yhdistys.example"), sent("192.0.2.1"))
		firstSpark(d.sparks.Approve(ctx, d.act(first.Spark.ID), false))
		if r := d.comes(advert(2, "kyla@yhdistys.example"), sent("192.0.2.1")); r.Spark.Held != "link" {
			t.Errorf("%q", r.Spark.Held)
		}
		firstSpark(d.sparks.Answer(ctx, d.act(first.Spark.ID), "Kiitos, katsotaan.", true, ""))
		if r := d.comes(advert(3, "kyla@yhdistys.example"), sent("192.0.2.1")); r.Spark.Held != "" {
			t.Errorf("%q", r.Spark.Held)
		}
		// A declined spark was answered too; that makes nobody known.
		bad := d.comes(advert(4, "roska@kauppa.example"), sent("192.0.2.1"))
		firstSpark(d.sparks.Decline(ctx, d.act(bad.Spark.ID), "Mainos."))
		if r := d.comes(advert(5, "roska@kauppa.example"), sent("192.0.2.1")); r.Spark.Held != "link" {
			t.Errorf("%q", r.Spark.Held)
		}
	})
}

func TestDecliningClosesItWithAReasonForItsBringer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.comes(advert(1, "kauppias@kauppa.example"), sent("192.0.2.1"))
		_, err := d.sparks.Decline(ctx, d.act(r.Spark.ID), " \n")
		is(t, "declining without a word", err, fault.Invalid)
		s, err := d.sparks.Decline(ctx, d.act(r.Spark.ID), "Tämä on mainos.")
		if err != nil || s.Open || s.State != spark.Out || s.Held == "" || s.Waiting {
			t.Errorf("%+v, %v", s, err)
		}
		b := d.last(s.ID)
		if b.Type != story.Closed || b.Visibility != story.Parties || b.Words != "Tämä on mainos." || b.Author != "Kaisa Esimerkki" || b.Facts.With != 0 {
			t.Errorf("%+v", b)
		}
		d.unseen(s.ID, "a declined spark")
		if len(d.pile(spark.Held)) != 0 || !slices.Equal(d.pile(spark.Declined), []ident.ID{s.ID}) {
			t.Error("it lies in the wrong heap")
		}
		_, err = d.sparks.Approve(ctx, d.act(s.ID), false)
		is(t, "approving what is closed", err, fault.Conflict)
		// A mistake is mended by opening it again: it is in the queue, and its drop is
		// still news when it is let in.
		firstSpark(d.sparks.Reopen(ctx, d.act(s.ID), "Erehdyin."))
		d.unseen(s.ID, "a reopened held spark")
		if !slices.Equal(d.pile(spark.Held), []ident.ID{s.ID}) {
			t.Error("it did not return to the queue")
		}
		firstSpark(d.sparks.Approve(ctx, d.act(s.ID), false))
		if got := d.told(s.ID); !slices.Contains(got, "dropped") || !d.byID(s.ID).Listed {
			t.Errorf("told of: %v", got)
		}
		// A spark that never waited cannot be declined.
		plain := d.drop(maija())
		_, err = d.sparks.Decline(ctx, d.act(plain.Spark.ID), "Ei.")
		is(t, "declining what does not wait", err, fault.Conflict)
	})
}

func TestBlockingDeclinesAllThatWaitsFromTheSameSender(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		a := d.comes(advert(1, "roska@kauppa.example"), sent("192.0.2.1"))
		mine := []spark.Receipt{d.comes(advert(2, "roska@kauppa.example"), sent("198.51.100.1")), d.comes(advert(3, "roska+x@kauppa.example"), sent("203.0.113.1"))}
		near := d.comes(advert(4, "muu@kauppa.example"), sent("192.0.2.99"))
		far := d.comes(advert(5, "muu@kauppa.example"), sent("203.0.113.200"))
		free := d.comes(maija(), sent("192.0.2.5"))
		p, err := spark.PendingWith(ctx, d.db, region, a.Spark.ID)
		if err != nil || p != (spark.Pending{Address: true, Network: true, Author: 2, Near: 1}) {
			t.Errorf("%+v, %v", p, err)
		}
		_, err = d.sparks.DeclineAndBlock(ctx, d.act(a.Spark.ID), "Mainos.", spark.Block{})
		is(t, "blocking nobody", err, fault.Invalid)
		_, err = d.sparks.DeclineAndBlock(ctx, d.act(a.Spark.ID), "Mainos.", spark.Block{Author: true, Network: trust.Blocked, Days: 400})
		is(t, "blocking a network for a year", err, fault.Invalid)
		if len(d.pile(spark.Held)) != 5 || d.count(`SELECT COUNT(*) FROM standings`) != 0 {
			t.Error("a refused block left a trace")
		}
		// Broken in the middle it leaves nothing behind.
		d.exec(`ALTER TABLE standings RENAME TO away`)
		if _, err = d.sparks.DeclineAndBlock(ctx, d.act(a.Spark.ID), "Mainos.", spark.Block{Author: true}); err == nil {
			t.Error("blocked without a place to note it")
		}
		d.exec(`ALTER TABLE away RENAME TO standings`)
		if len(d.pile(spark.Held)) != 5 || len(d.pile(spark.Declined)) != 0 {
			t.Error("half a block was done")
		}

		if _, err := d.sparks.DeclineAndBlock(ctx, d.act(a.Spark.ID), "Mainos.", spark.Block{Author: true, Network: trust.Slowed, Days: 7}); err != nil {
			t.Fatal(err)
		}
		if got := d.pile(spark.Held); !slices.Equal(got, []ident.ID{far.Spark.ID}) {
			t.Errorf("still waiting: %v", got)
		}
		for _, gone := range append(mine, near) {
			s, b := d.byID(gone.Spark.ID), d.last(gone.Spark.ID)
			if s.Open || s.Listed || b.Type != story.Closed || b.Words != "Mainos." || b.Facts.With != a.Spark.ID || b.Officer != d.officers[office.Planner].ID || b.Visibility != story.Parties {
				t.Errorf("%+v, %+v", s, b)
			}
			d.unseen(s.ID, "declined with another")
		}
		if s := d.byID(free.Spark.ID); !s.Listed || !s.Open {
			t.Error("a neighbour's spark that was let in went too")
		}
		var types []string
		for _, b := range d.story(a.Spark.ID) {
			if b.Visibility == story.InOffice {
				types = append(types, string(b.Type)+" "+b.Facts.To+" "+b.Facts.From)
			}
		}
		if !slices.Equal(types, []string{"blocked address ", "blocked network slowed"}) {
			t.Errorf("the office reads %q", types)
		}
		// From now on: the author is refused in words, the network's others wait.
		_, err = d.sparks.Drop(ctx, region, d.promise, spark.Draft{Text: "Rehti ajatus.", Email: "roska@kauppa.example", Language: "fi"}, spark.By{Sender: sent("198.51.100.9")})
		is(t, "a blocked author", err, fault.Forbidden)
		if r := d.comes(spark.Draft{Text: "Naapurin ajatus.", Language: "fi"}, sent("192.0.2.77")); r.Spark.Held != "slowed" {
			t.Errorf("%q", r.Spark.Held)
		}
		// What the office writes down is never weighed, whoever it is of.
		if r := firstOf(d.sparks.Drop(ctx, region, d.promise, advert(9, "roska@kauppa.example"), spark.By{Officer: d.officers[office.Planner].ID, Source: spark.Phone})); r.Spark.Held != "" || !r.Spark.Listed {
			t.Errorf("%+v", r.Spark)
		}
		// Both are listed, and undone one by one; each tells it in the story.
		all, err := trust.List(ctx, d.db, region, d.clock.Now(), 0, 10)
		if err != nil || len(all) != 2 {
			t.Fatalf("%+v, %v", all, err)
		}
		for _, e := range all {
			if err := d.sparks.Lift(ctx, region, d.officers[office.Planner], e.ID); err != nil {
				t.Fatal(err)
			}
		}
		if r := d.comes(spark.Draft{Text: "Uusi alku.", Email: "roska@kauppa.example", Language: "fi"}, sent("192.0.2.1")); r.Spark.Held != "" {
			t.Errorf("%q", r.Spark.Held)
		}
	})
}

// Two officers press at once: one decides, the other is told, nothing is done twice.
func TestTwoOfficersDecideAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var ids []ident.ID
		for i := range 6 {
			ids = append(ids, d.comes(advert(i, "roska@kauppa.example"), sent("192.0.2.1")).Spark.ID)
		}
		errs := make(chan error, 2)
		for _, id := range []ident.ID{ids[0], ids[5]} {
			go func() {
				_, err := d.sparks.DeclineAndBlock(ctx, d.act(id), "Mainos.", spark.Block{Author: true})
				errs <- err
			}()
		}
		done := 0
		for range 2 {
			switch err := <-errs; {
			case err == nil:
				done++
			case !fault.Is(err, fault.Conflict):
				t.Errorf("%v", err)
			}
		}
		if done == 0 || len(d.pile(spark.Held)) != 0 {
			t.Errorf("%d succeeded, %d still wait", done, len(d.pile(spark.Held)))
		}
		for _, id := range ids {
			if n := d.count(`SELECT COUNT(*) FROM beats WHERE spark_id = $1 AND type = 'closed'`, int64(id)); n != 1 {
				t.Errorf("%d was closed %d times", id, n)
			}
		}
	})
}

func TestSparksTheOfficeEntersNeverWait(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		rules := trust.Usual()
		rules.Hold, rules.Words = trust.HoldAll, []string{"mökkejä"}
		if err := d.office.Set(ctx, region, rules.Settings()); err != nil {
			t.Fatal(err)
		}
		r := firstOf(d.sparks.Drop(ctx, region, d.promise, advert(1, ""), spark.By{Officer: d.officers[office.Coordinator].ID, Source: spark.Card}))
		if r.Spark.Held != "" || !r.Spark.Listed {
			t.Errorf("%+v", r.Spark)
		}
		firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, advert(2, "")))
		if s := d.byID(r.Spark.ID); s.Held != "" {
			t.Errorf("after an edit: %q", s.Held)
		}
		if r := d.drop(maija()); r.Spark.Held != "all" {
			t.Errorf("everything should wait: %q", r.Spark.Held)
		}
	})
}

// The link that was not in the text when it was let in must not get in later.
func TestAnEditIsWeighedByWhatIsNewInIt(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		plain := spark.Draft{Text: "Laituri kuntoon talkoilla.", Email: "maija@meikalaiset.example", Name: "Maija", Visibility: spark.Public, Language: "fi"}
		r := d.drop(plain)
		edit := func(text, title string) spark.Spark {
			t.Helper()
			x := plain
			x.Text, x.Title = text, title
			return firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, x))
		}
		if s := edit("Laituri kuntoon yhdessä talkoilla.", ""); s.Held != "" || !s.Listed {
			t.Errorf("%+v", s)
		}
		s := edit("Laituri kuntoon: https://kauppa.example/halpa", "")
		if s.Held != "link" || s.Listed || !s.Open {
			t.Errorf("%+v", s)
		}
		beats := d.story(s.ID)
		if last := beats[len(beats)-1]; last.Type != story.Held || last.Actor != story.Kokko || beats[len(beats)-2].Type != story.Edited {
			t.Errorf("%+v", beats)
		}
		d.unseen(s.ID, "edited to hold a link")
		if s := edit("Laituri kuntoon: https://kauppa.example/halpa nyt", ""); s.Held != "link" || len(d.story(s.ID)) != len(beats)+1 {
			t.Errorf("%q after %d beats", s.Held, len(d.story(s.ID)))
		}
		firstSpark(d.sparks.Approve(ctx, d.act(s.ID), false))
		// What a person has let in is not weighed again, what is new is.
		if s := edit("Laituri kuntoon, katso https://kauppa.example/halpa nyt", ""); s.Held != "" {
			t.Errorf("a typo mended holds it again: %q", s.Held)
		}
		if s := edit("Laituri kuntoon, katso https://kauppa.example/halpa nyt", "Osta www.kauppa.example"); s.Held != "link" {
			t.Errorf("a link in the title: %q", s.Held)
		}
		firstSpark(d.sparks.Approve(ctx, d.act(s.ID), true))
		if s := edit("Laituri: https://uusi.example https://toinen.example", ""); s.Held != "" {
			t.Errorf("of somebody trusted: %q", s.Held)
		}
		// A name is read by everybody too.
		named := d.drop(spark.Draft{Text: "Toinen ajatus.", Visibility: spark.Public, Language: "fi"})
		if s := firstSpark(d.sparks.Keep(ctx, region, named.Link, spark.Bringer{Name: "Osta www.kauppa.example"})); s.Held != "link,only_links" {
			t.Errorf("a name: %q", s.Held)
		}
		d.unseen(named.Spark.ID, "with a link for a name")
	})
}

func TestAPublicReplyThatWouldWaitIsForTheOffice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		firstSpark(d.sparks.Reply(ctx, region, r.Link, "Tulen paikalle.", true, d.promise))
		if b := d.last(r.Spark.ID); b.Visibility != story.Public {
			t.Errorf("%+v", b)
		}
		firstSpark(d.sparks.Reply(ctx, region, r.Link, "Katso https://kauppa.example/halpa", true, d.promise))
		if b := d.last(r.Spark.ID); b.Visibility != story.Parties || b.Words == "" {
			t.Errorf("%+v", b)
		}
		firstSpark(d.sparks.Answer(ctx, d.act(r.Spark.ID), "Kiitos.", true, ""))
		firstSpark(d.sparks.Reply(ctx, region, r.Link, "Kyläyhdistyksen sivuilla on lisää: https://kyla.example/laituri", true, d.promise))
		if b := d.last(r.Spark.ID); b.Visibility != story.Public {
			t.Errorf("somebody the office has answered: %+v", b)
		}
	})
}

func TestANewAddressIsWrittenTo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		jobs := func() int { return d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'spark.addressed'`) }
		card := spark.Bringer{Name: "Maija", Email: "maija@meikalaiset.example", Phone: "040 111 2222"}
		firstSpark(d.sparks.Keep(ctx, region, r.Link, card))
		if n := jobs(); n != 0 {
			t.Errorf("%d letters to the address it had", n)
		}
		card.Email = "toinen@example.fi"
		firstSpark(d.sparks.Keep(ctx, region, r.Link, card))
		card.Email = ""
		firstSpark(d.sparks.Keep(ctx, region, r.Link, card))
		if n := jobs(); n != 1 {
			t.Errorf("%d letters to new addresses", n)
		}
	})
}

func TestWithdrawingForgetsWhereItCameFrom(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.comes(advert(1, "kauppias@kauppa.example"), sent("192.0.2.1"))
		if n := d.count(`SELECT COUNT(*) FROM arrivals`); n != 1 {
			t.Fatalf("%d arrivals", n)
		}
		s := firstSpark(d.sparks.Withdraw(ctx, region, r.Link, false))
		if s.Held != "" || s.Listed || len(d.pile(spark.Held)) != 0 || len(d.pile(spark.Declined)) != 0 {
			t.Errorf("%+v", s)
		}
		if n := d.count(`SELECT COUNT(*) FROM arrivals`); n != 0 {
			t.Errorf("%d arrivals are remembered", n)
		}
		if b := d.last(s.ID); b.Type != story.Withdrawn || !slices.Equal(b.Facts.Reasons, []string{"link"}) {
			t.Errorf("%+v", b)
		}
		_, err := d.sparks.Approve(ctx, d.act(s.ID), false)
		is(t, "approving what is gone", err, fault.Gone)
	})
}

// ---- reports ----

func (d *desk) report(id ident.ID, r spark.Report, s trust.Sender) {
	d.Helper()
	if r.Language == "" {
		r.Language = "fi"
	}
	if err := d.sparks.Report(context.Background(), region, id, r, s); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) reports(id ident.ID) []spark.Report {
	d.Helper()
	all, err := spark.Reports(context.Background(), d.db, region, id, 1000)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func TestReportsHideNothingByThemselves(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(maija())
		for i := range 30 {
			d.report(r.Spark.ID, spark.Report{Wrong: spark.Insulting, Words: fmt.Sprintf("Loukkaa %d", i)}, sent(fmt.Sprintf("192.%d.2.1", i)))
		}
		s := d.byID(r.Spark.ID)
		if !s.Listed || !s.Open || s.Held != "" || s.Latest != r.Spark.Latest || s.Beats != 31 {
			t.Errorf("%+v", s)
		}
		b := d.last(s.ID)
		if b.Type != story.Reported || b.Actor != story.Reader || b.Visibility != story.InOffice || b.HasWords || b.Facts.Reports != 30 || !slices.Equal(b.Facts.Reasons, []string{"insulting"}) {
			t.Errorf("%+v", b)
		}
		list, n, err := spark.ReportedSparks(ctx, d.db, region, 10)
		if err != nil || n != 1 || len(list) != 1 || list[0].ID != s.ID || list[0].Count != 30 {
			t.Errorf("%+v, %d, %v", list, n, err)
		}
		// The same again by a second press is one, and beyond a bound nothing is kept.
		d.report(s.ID, spark.Report{Wrong: spark.Insulting, Words: "Loukkaa 3"}, sent("192.0.2.1"))
		if got := len(d.reports(s.ID)); got != 30 {
			t.Errorf("%d reports", got)
		}
		for i := range 180 {
			d.report(s.ID, spark.Report{Wrong: spark.Untrue, Words: fmt.Sprintf("Valhe %d", i)}, trust.Sender{})
		}
		if got := len(d.reports(s.ID)); got != 200 || !d.byID(s.ID).Listed {
			t.Errorf("%d reports, listed %v", got, d.byID(s.ID).Listed)
		}
	})
}

func TestAReportIsCheckedAndNeverRefusedForItsSender(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r, hidden := d.drop(maija()), d.comes(advert(1, "a@kauppa.example"), sent("192.0.2.1"))
		for name, bad := range map[string]spark.Report{
			"no reason": {Language: "fi"}, "another reason": {Wrong: "ugly", Language: "fi"}, "something else without words": {Wrong: spark.Else, Words: " \u200b", Language: "fi"},
			"a bad address": {Wrong: spark.Private, Email: "maija(at)posti", Language: "fi"}, "too long": {Wrong: spark.Else, Words: strings.Repeat("ä", 2001), Language: "fi"},
			"huge": {Wrong: spark.Else, Words: strings.Repeat("ä", 1_000_000), Language: "fi"}, "no language": {Wrong: spark.Private},
		} {
			is(t, name, d.sparks.Report(ctx, region, r.Spark.ID, bad, trust.Sender{}), fault.Invalid)
		}
		is(t, "of what is held", d.sparks.Report(ctx, region, hidden.Spark.ID, spark.Report{Wrong: spark.Private, Language: "fi"}, trust.Sender{}), fault.NotFound)
		is(t, "of nothing", d.sparks.Report(ctx, region, 99, spark.Report{Wrong: spark.Private, Language: "fi"}, trust.Sender{}), fault.NotFound)
		if n := d.count(`SELECT COUNT(*) FROM reports`); n != 0 {
			t.Errorf("%d bad reports are kept", n)
		}
		trap := sent("192.0.2.1")
		trap.Form.Trap = true
		d.report(r.Spark.ID, spark.Report{Wrong: spark.Advertising, Words: "  Mainos\u202e täällä ", Email: " Lukija@Example.fi "}, trap)
		got := d.reports(r.Spark.ID)
		if len(got) != 1 || got[0].Doubt != "trap" || got[0].Words != "Mainos täällä" || got[0].Email != "lukija@example.fi" || !got[0].Told.Equal(d.clock.Now()) {
			t.Errorf("%+v", got)
		}
		// From a blocked network too: what is unlawful must be heard of.
		if _, err := d.sparks.DeclineAndBlock(ctx, d.act(hidden.Spark.ID), "Mainos.", spark.Block{Network: trust.Blocked, Days: 1}); err != nil {
			t.Fatal(err)
		}
		d.report(r.Spark.ID, spark.Report{Wrong: spark.Unlawful}, sent("192.0.2.1"))
		if got := d.reports(r.Spark.ID); len(got) != 2 || got[1].Doubt != "blocked,slowed" {
			t.Errorf("%+v", got)
		}
	})
}

func TestTheOfficeLooksIntoReports(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		reported := func() (spark.Spark, []spark.Report) {
			r := d.drop(maija())
			d.report(r.Spark.ID, spark.Report{Wrong: spark.Private, Words: "Nimi on väärän ihmisen.", Email: "lukija@example.fi"}, trust.Sender{})
			d.report(r.Spark.ID, spark.Report{Wrong: spark.Untrue}, trust.Sender{})
			return r.Spark, d.reports(r.Spark.ID)
		}
		kept, all := reported()
		d.report(kept.ID, spark.Report{Wrong: spark.Unlawful}, trust.Sender{}) // while the officer reads
		for name, bad := range map[string]struct {
			o     spark.Outcome
			words string
		}{"no outcome": {"", ""}, "an outcome of the house": {spark.OutcomeGone, "x"}, "held without a word": {spark.OutcomeHold, ""}, "closed without a word": {spark.OutcomeClose, " "}} {
			_, err := d.sparks.LookInto(ctx, d.act(kept.ID), all[1].ID, bad.o, bad.words)
			is(t, name, err, fault.Invalid)
		}
		s := firstSpark(d.sparks.LookInto(ctx, d.act(kept.ID), all[1].ID, spark.OutcomeKeep, ""))
		if left := d.reports(kept.ID); len(left) != 1 || left[0].Wrong != spark.Unlawful || !s.Listed {
			t.Errorf("what came unseen was ended too: %+v", left)
		}
		b := d.last(kept.ID)
		if b.Type != story.Looked || b.Facts.To != "keep" || b.Facts.Reports != 2 || b.Visibility != story.InOffice || b.Officer != d.officers[office.Planner].ID {
			t.Errorf("%+v", b)
		}
		told, err := spark.ToldAbout(ctx, d.db, b)
		if err != nil || len(told) != 1 || told[0].Email != "lukija@example.fi" || told[0].Outcome != spark.OutcomeKeep {
			t.Errorf("%+v, %v", told, err)
		}
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return spark.ForgetReporter(ctx, tx, region, told[0]) }); err != nil {
			t.Fatal(err)
		}
		if told, err := spark.ToldAbout(ctx, d.db, b); err != nil || len(told) != 0 {
			t.Errorf("the address is still known: %+v, %v", told, err)
		}

		back, _ := reported()
		s = firstSpark(d.sparks.LookInto(ctx, d.act(back.ID), all[1].ID+1<<40, spark.OutcomeHold, "Katsomme nimen."))
		if s.Held != "report" || s.Listed || !s.Open || len(d.reports(back.ID)) != 0 {
			t.Errorf("%+v", s)
		}
		if b := d.last(back.ID); b.Type != story.Held || b.Actor != story.Office || b.Words != "Katsomme nimen." || b.Visibility != story.Parties {
			t.Errorf("%+v", b)
		}
		d.unseen(back.ID, "taken back after a report")

		shut, _ := reported()
		s = firstSpark(d.sparks.LookInto(ctx, d.act(shut.ID), all[1].ID+1<<40, spark.OutcomeClose, "Ei pidä paikkaansa."))
		if s.Open || s.State != spark.Out || !s.Listed {
			t.Errorf("%+v", s)
		}
		if b := d.last(shut.ID); b.Type != story.Closed || b.Visibility != story.Public || b.Words != "Ei pidä paikkaansa." {
			t.Errorf("%+v", b)
		}
		_, err = d.sparks.LookInto(ctx, d.act(shut.ID), all[1].ID, spark.OutcomeClose, "Taas.")
		is(t, "closing what is closed", err, fault.Conflict)

		// Whatever ends the spark ends what was told of it.
		gone := firstOf(d.sparks.Drop(ctx, region, d.promise, maija(), spark.By{}))
		d.report(gone.Spark.ID, spark.Report{Wrong: spark.Private, Email: "lukija@example.fi"}, trust.Sender{})
		firstSpark(d.sparks.Withdraw(ctx, region, gone.Link, false))
		beats := d.story(gone.Spark.ID)
		if b := beats[len(beats)-2]; b.Type != story.Looked || b.Facts.To != "gone" || b.Actor != story.Kokko || len(d.reports(gone.Spark.ID)) != 0 {
			t.Errorf("%+v", beats)
		}
		erased := firstOf(d.sparks.Drop(ctx, region, d.promise, maija(), spark.By{}))
		d.report(erased.Spark.ID, spark.Report{Wrong: spark.Else, Words: "Maija Meikäläinen ei asu siellä.", Email: "lukija@example.fi"}, trust.Sender{})
		firstSpark(d.sparks.Withdraw(ctx, region, erased.Link, true))
		if n := d.count(`SELECT COUNT(*) FROM reports WHERE spark_id = $1`, int64(erased.Spark.ID)); n != 0 {
			t.Errorf("%d reports outlived an erasure", n)
		}

		// Long after it was handled nothing of a report is left; what waits stays.
		d.clock.Advance(spark.ReportsKept + time.Hour)
		if err := d.sparks.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM reports WHERE handled_at > 0`); n != 0 {
			t.Errorf("%d handled reports are kept", n)
		}
		if len(d.reports(kept.ID)) != 1 {
			t.Error("a report that waits was swept away")
		}
	})
}

func TestWhatComesToWaitStandsAlone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		edit := func(r spark.Receipt, text string) spark.Spark {
			t.Helper()
			x := maija()
			x.Text = text
			return firstSpark(d.sparks.Edit(ctx, region, r.Link, d.promise, x))
		}
		alone := func(what string, id ident.ID) {
			t.Helper()
			s := d.byID(id)
			if !s.Waits() || s.MergedInto != 0 || !slices.Contains(d.pile(spark.Held), id) {
				t.Errorf("%s is in no queue: %+v", what, s)
			}
			if joined, err := spark.Joined(ctx, d.db, region, id); err != nil || len(joined[id]) != 0 {
				t.Errorf("%s holds others with it: %+v, %v", what, joined, err)
			}
			d.unseen(id, what)
		}
		carries := func(root ident.ID, people int, members ...ident.ID) {
			t.Helper()
			s, all := d.byID(root), []ident.ID(nil)
			joined, err := spark.Joined(ctx, d.db, region, root)
			for _, m := range joined[root] {
				all = append(all, m.ID)
			}
			if err != nil || !slices.Equal(all, members) || s.People != people || !s.Listed || s.Held != "" {
				t.Errorf("%v with %v: %+v, %v", root, all, s, err)
			}
		}
		a, b, c := d.bring("Aino"), d.bring("Bertta"), d.bring("Cecilia")
		d.merge(a.Spark.ID, b.Spark.ID, c.Spark.ID)
		held := edit(b, "Katso https://kauppa.example/halpa nyt.")
		alone("an edited member", held.ID)
		carries(a.Spark.ID, 2, c.Spark.ID)
		firstSpark(d.sparks.Approve(ctx, d.act(held.ID), false))
		d.merge(a.Spark.ID, held.ID)
		carries(a.Spark.ID, 3, b.Spark.ID, c.Spark.ID)

		if s := edit(a, "Katso https://kauppa.example/toinen nyt."); s.Held != "link" {
			t.Errorf("%+v", s)
		}
		alone("an edited root", a.Spark.ID)
		carries(b.Spark.ID, 2, c.Spark.ID)

		// The office takes one back that readers told of, where they read it.
		d.report(c.Spark.ID, spark.Report{Wrong: spark.Private}, trust.Sender{})
		_, err := d.sparks.LookInto(ctx, d.act(c.Spark.ID), d.reports(c.Spark.ID)[0].ID, spark.OutcomeClose, "Ei.")
		is(t, "closing what is joined", err, fault.Conflict)
		firstSpark(d.sparks.LookInto(ctx, d.act(c.Spark.ID), d.reports(c.Spark.ID)[0].ID, spark.OutcomeKeep, ""))
		carries(b.Spark.ID, 2, c.Spark.ID)
		d.report(c.Spark.ID, spark.Report{Wrong: spark.Untrue}, trust.Sender{})
		firstSpark(d.sparks.LookInto(ctx, d.act(c.Spark.ID), d.reports(c.Spark.ID)[0].ID, spark.OutcomeHold, "Katsomme."))
		alone("one taken back", c.Spark.ID)
		carries(b.Spark.ID, 1)

		// Nobody else's bringer is told that something of theirs waits.
		for _, id := range []ident.ID{a.Spark.ID, b.Spark.ID, c.Spark.ID} {
			for _, beat := range d.story(id) {
				if beat.Type == story.Held && beat.Visibility == story.Public {
					t.Errorf("everybody reads %+v", beat)
				}
			}
		}
		// One that the public may not read behind the one that carries it has no page.
		x := d.bring("Doris", hidden)
		d.merge(b.Spark.ID, x.Spark.ID)
		err = d.sparks.Report(ctx, region, x.Spark.ID, spark.Report{Wrong: spark.Untrue, Language: "fi"}, trust.Sender{})
		is(t, "a report of a hidden member", err, fault.NotFound)
	})
}

func TestWhatWaitsAgainLapsesFromThenOn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		old := d.drop(maija())
		d.report(old.Spark.ID, spark.Report{Wrong: spark.Untrue}, trust.Sender{})
		fresh := d.comes(advert(1, "kauppias@kauppa.example"), sent("192.0.2.1"))
		const month = 30 * 24 * time.Hour
		d.clock.Advance(6 * month)
		firstSpark(d.sparks.LookInto(ctx, d.act(old.Spark.ID), d.reports(old.Spark.ID)[0].ID, spark.OutcomeHold, "Katsomme."))
		again := d.clock.Now()
		d.clock.Advance(month)
		before := d.clock.Now().Add(-3 * month)
		lapsed := func() (all []spark.Lapsed) {
			t.Helper()
			all, err := spark.LapsedBefore(ctx, d.db, region, spark.LapseHeld, before, 0, 10)
			if n, e := spark.CountLapsed(ctx, d.db, region, spark.LapseHeld, before); err != nil || e != nil || n != len(all) {
				t.Fatalf("%d counted of %d: %v %v", n, len(all), err, e)
			}
			return all
		}
		if all := lapsed(); len(all) != 1 || all[0].ID != fresh.Spark.ID || !all[0].Since.Equal(fresh.Spark.Dropped) {
			t.Errorf("lapsed: %+v", all)
		}
		before = again.Add(time.Hour)
		if all := lapsed(); len(all) != 2 || !all[0].Since.Equal(again) {
			t.Errorf("lapsed: %+v", all)
		}
		for _, id := range []ident.ID{old.Spark.ID, fresh.Spark.ID} {
			gone, err := d.sparks.Expire(ctx, region, id, spark.LapseHeld, before, func(context.Context, *store.Tx) error { return nil })
			if err != nil || !gone {
				t.Errorf("%v %v", gone, err)
			}
		}
		for _, q := range []string{`SELECT COUNT(*) FROM reports`, `SELECT COUNT(*) FROM arrivals`} {
			if n := d.count(q); n != 0 {
				t.Errorf("%s: %d are left", q, n)
			}
		}
		if all := d.pile(spark.Held); len(all) != 0 {
			t.Errorf("the queue holds %v", all)
		}
	})
}
