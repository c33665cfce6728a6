package notify_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asset"
	"kokko/region/knowhow"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/trust"
)

// person confirms an address.
func (d *desk) person(email, language string) address.Address {
	d.Helper()
	ctx, asks := context.Background(), address.New(d.db, d.clock, ident.NewMaker(d.clock))
	var l address.Letter
	_, err := asks.Ask(ctx, address.Asking{Region: region, Email: email, Language: language}, func(_ context.Context, _ *store.Tx, sent address.Letter) error {
		l = sent
		return nil
	})
	if err != nil {
		d.Fatal(err)
	}
	c, err := asks.Confirm(ctx, region, l.Secret, "", nil)
	if err != nil {
		d.Fatal(err)
	}
	return c.Address
}

func (d *desk) follows(a address.Address, target string, pace follow.Pace, volume follow.Volume) {
	d.Helper()
	t, ok := follow.ParseTarget(target)
	if !ok {
		d.Fatal(target)
	}
	if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		return follow.Put(ctx, tx, region, follow.Follow{Address: a.ID, Target: t, Pace: pace, Volume: volume}, d.clock.Now())
	}); err != nil {
		d.Fatal(err)
	}
	d.clock.Advance(time.Minute)
}

// sent runs what waits and gives the followers' letters that have arrived since the
// last call.
func (d *desk) sent(server *smtptest.Server, seen *int) (all []smtptest.Message) {
	d.Helper()
	d.letters()
	for _, m := range server.Messages()[*seen:] {
		*seen++
		if m.Broken != nil {
			d.Error(m.Broken)
		}
		if m.Header.Get("List-Unsubscribe") != "" {
			all = append(all, m)
		}
	}
	return all
}

func to(all []smtptest.Message) (emails []string) {
	for _, m := range all {
		emails = append(emails, m.To)
	}
	slices.Sort(emails)
	return emails
}

func (d *desk) same(what string, got []smtptest.Message, want ...string) {
	d.Helper()
	if slices.Sort(want); !slices.Equal(to(got), want) {
		d.Errorf("%s: told %q, want %q", what, to(got), want)
	}
}

// done is for verbs that give the spark as it is then.
func done(t testing.TB) func(_ spark.Spark, err error) {
	return func(_ spark.Spark, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestFollowersHearAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		all, quiet, muted, late, own, planner := d.person("kaikki@posti.example", "fi"), d.person("hiljainen@posti.example", "sv"), d.person("mykka@posti.example", "en"), d.person("myohainen@posti.example", "fi"), d.person("maija@meikalaiset.example", "fi"), d.person("planner@kouvola.example", "fi")
		for _, a := range []address.Address{all, own, planner} {
			d.follows(a, "all", follow.Now, follow.Loud)
		}
		x := draft()
		x.Place = "Myllykoski"
		sp := d.drop(x).Spark
		first := d.sent(server, &seen)
		d.same("a new spark", first, "kaikki@posti.example", "planner@kouvola.example") // its bringer knows
		m := first[slices.IndexFunc(first, func(m smtptest.Message) bool { return m.To == all.Email })]
		for _, want := range []string{"Puupaja", "/kipina/" + sp.Code, "seuraat kaikkea", "/minun/", "/lopeta/"} {
			if !strings.Contains(m.Subject+m.Text, want) {
				t.Errorf("no %q in %q\n%s", want, m.Subject, m.Text)
			}
		}
		if m.Header.Get("List-Unsubscribe-Post") != "List-Unsubscribe=One-Click" || !strings.HasPrefix(m.Header.Get("List-Unsubscribe"), "<https://kokko.example/lopeta/") || m.Header.Get("List-Id") == "" || m.Header.Get("Auto-Submitted") == "" || !strings.HasSuffix(strings.Trim(m.Header.Get("Message-Id"), "<>"), "."+region+"@kokko.invalid") {
			t.Errorf("%v", m.Header)
		}
		d.follows(quiet, "spark:"+sp.ID.String(), follow.Now, follow.Quiet)
		d.follows(muted, "all", follow.Now, follow.Loud)
		d.follows(muted, "spark:"+sp.ID.String(), follow.Now, follow.Mute)
		done(t)(d.sparks.Tag(ctx, d.act(sp.ID, office.Planner), d.promise.Promise, spark.Tags{Outside: true, Place: "Elimäki"}))
		d.same("a small turn", d.sent(server, &seen), "kaikki@posti.example", "kaikki@posti.example") // placed and tagged; its officer knows
		d.clock.Advance(time.Minute)
		done(t)(d.sparks.Answer(ctx, d.act(sp.ID, office.Planner), "Tila löytyi entisestä koulusta.", true, ""))
		got := d.sent(server, &seen)
		d.same("an answer", got, "kaikki@posti.example", "hiljainen@posti.example")
		for _, m := range got {
			if !strings.Contains(m.Text, "Tila löytyi entisestä koulusta.") || !strings.Contains(m.Subject, "Kaisa Esimerkki") {
				t.Errorf("%q\n%s", m.Subject, m.Text)
			}
			if m.To == quiet.Email && !strings.Contains(m.Text, "du följer den här gnistan") {
				t.Errorf("in another language: %s", m.Text)
			}
		}
		d.follows(late, "spark:"+sp.ID.String(), follow.Now, follow.Loud)
		d.same("what was before", d.sent(server, &seen))
		// What is between the office and the bringer is nobody else's.
		done(t)(d.sparks.Answer(ctx, d.act(sp.ID, office.Planner), "Kahden kesken.", false, ""))
		done(t)(d.sparks.Note(ctx, d.act(sp.ID, office.Planner), "Muistio."))
		d.same("a private answer and a note", d.sent(server, &seen))
	})
}

// Who follows a talk reads in the letter what was said, and by whom as the page has it;
// what is taken away before its letter is in none.
func TestFollowersReadWhatWasSaid(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, k := smtptest.New(t), 0, d.talk()
		d.smtp(server)
		sp := d.drop(draft()).Spark
		d.sent(server, &seen)
		usual, quiet, daily, speaker := d.person("tavallinen@posti.example", "fi"), d.person("hiljainen@posti.example", "fi"), d.person("paivittain@posti.example", "sv"), d.person("puhuja@posti.example", "fi")
		d.follows(usual, "spark:"+sp.ID.String(), follow.Now, follow.Normal)
		d.follows(quiet, "spark:"+sp.ID.String(), follow.Now, follow.Quiet)
		d.follows(daily, "spark:"+sp.ID.String(), follow.Daily, follow.Normal)
		say := func(a comment.Author, name, words string) (c comment.Comment) {
			t.Helper()
			if err := d.db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
				c, err = k.Write(ctx, tx, region, sp.ID, a, comment.Draft{Words: words, Name: name, Language: "fi"}, trust.Sender{})
				return err
			}); err != nil || c.State != comment.Shown {
				t.Fatal(c, err)
			}
			return c
		}
		by := comment.Author{Kind: comment.Person, ID: speaker.ID, Email: speaker.Email}
		officer := d.officers[office.Planner]
		for _, x := range []struct {
			author            comment.Author
			name, words, said string
		}{
			{by, "", "Meillä on kylmätila.", "alueen asukas käytti puheenvuoron"},
			{by, "Kylän Kaisa", "Tulen mukaan lauantaina.", "Kylän Kaisa käytti puheenvuoron"},
			{comment.Author{Kind: comment.Officer, ID: officer.ID, Email: officer.Email}, "", "Varaamme salin.", officer.Name + " käytti puheenvuoron"},
		} {
			c := say(x.author, x.name, x.words)
			got := d.sent(server, &seen)
			d.same(x.words, got, usual.Email)
			for _, want := range []string{x.words, x.said, "/kipina/" + sp.Code + "/kommentti/" + c.ID.String() + "\n"} {
				if len(got) == 1 && !strings.Contains(strings.ReplaceAll(got[0].Text, "\r\n", "\n"), want) {
					t.Errorf("no %q in %q\n%s", want, got[0].Subject, got[0].Text)
				}
			}
		}
		gone := say(by, "", "Tämän otan takaisin.")
		k.unsay(gone)
		d.same("what was taken back", d.sent(server, &seen))
		d.clock.Set(time.Date(2026, 11, 24, 5, 30, 1, 0, time.UTC))
		got := d.sent(server, &seen)
		d.same("the digest", got, daily.Email)
		if len(got) == 1 {
			for _, want := range []string{"Meillä on kylmätila.", "Tulen mukaan lauantaina.", "Varaamme salin.", "en invånare skrev ett inlägg"} {
				if !strings.Contains(got[0].Text, want) {
					t.Errorf("no %q in the digest\n%s", want, got[0].Text)
				}
			}
			if strings.Contains(got[0].Text, "takaisin") {
				t.Errorf("what was taken back is told: %s", got[0].Text)
			}
		}
	})
}

// Nothing of what not everybody may read is ever mailed, also when it became so
// between the beat and its letter.
func TestWhatIsHiddenIsNeverMailed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		a := d.person("kaikki@posti.example", "fi")
		d.follows(a, "all", follow.Now, follow.Loud)
		d.follows(d.person("kooste@posti.example", "fi"), "all", follow.Daily, follow.Loud)
		hidden := draft()
		hidden.Visibility = spark.Office
		d.drop(hidden)
		secret := draft()
		secret.Secret = true
		d.drop(secret)
		d.same("office only and secret", d.sent(server, &seen))
		// The circular is open, its letters not yet written, when the spark is withdrawn.
		r := d.drop(draft())
		for _, kind := range []string{"story.told"} {
			if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = $1`, kind); n == 0 {
				t.Fatal("nothing to tell")
			}
		}
		done(t)(d.sparks.Withdraw(ctx, region, r.Link, false))
		d.same("withdrawn", d.sent(server, &seen))
		one, two := d.drop(draft()).Spark, d.drop(draft()).Spark
		d.sent(server, &seen)
		done(t)(d.sparks.Merge(ctx, d.act(one.ID, office.Manager), spark.Joining{Sparks: []spark.Seen{{ID: two.ID}}}))
		for _, m := range d.sent(server, &seen) {
			if strings.Contains(m.Text, two.Code) {
				t.Errorf("of what was merged away: %s", m.Text)
			}
		}
		d.clock.Advance(24 * time.Hour)
		for _, m := range d.sent(server, &seen) {
			if strings.Contains(m.Text, two.Code) || strings.Contains(m.Text, r.Spark.Code) {
				t.Errorf("in a digest: %s", m.Text)
			}
		}
	})
}

// Of a spark that is gone when its letter is written, nobody is told, and nothing is
// tried again: so it is once a demonstration was cleared.
func TestNothingIsToldOfASparkThatIsGone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		d.follows(d.person("kaikki@posti.example", "fi"), "all", follow.Now, follow.Loud)
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return spark.Told.Enqueue(ctx, tx, spark.ToldArgs{Region: region, Spark: 7, Beat: 8})
		}); err != nil {
			t.Fatal(err)
		}
		d.same("gone", d.sent(server, &seen))
		if n := d.count(`SELECT COUNT(*) FROM jobs WHERE kind = $1`, "story.told"); n != 0 {
			t.Errorf("%d waits to be tried again", n)
		}
	})
}

// Digests come at their hours, with everything once, and never empty.
func TestDigestsAreNeverEmptyAndNothingIsTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		daily, weekly, both, none := d.person("paiva@posti.example", "fi"), d.person("viikko@posti.example", "en"), d.person("molemmat@posti.example", "sv"), d.person("hiljaa@posti.example", "fi")
		d.follows(daily, "all", follow.Daily, follow.Normal)
		d.follows(weekly, "all", follow.Weekly, follow.Normal)
		d.follows(both, "all", follow.Weekly, follow.Normal)
		d.follows(none, "theme:glocal", follow.Daily, follow.Loud)
		d.letters() // the schedules begin
		sp := d.drop(draft()).Spark
		d.follows(both, "spark:"+sp.ID.String(), follow.Daily, follow.Loud)
		d.same("before its hour", d.sent(server, &seen))
		d.clock.Set(time.Date(2026, 11, 24, 5, 29, 0, 0, time.UTC))
		d.same("a minute before", d.sent(server, &seen))
		d.clock.Set(time.Date(2026, 11, 24, 5, 30, 30, 0, time.UTC)) // 7.30 in Helsinki
		got := d.sent(server, &seen)
		d.same("in the morning", got, daily.Email)
		if len(got) == 1 && (!strings.Contains(got[0].Subject, "Päivän käänteet: yksi kipinä") || strings.Count(got[0].Text, sp.Code) != 2 || !strings.Contains(got[0].Text, "Tarvitaan tila.") || !strings.Contains(got[0].Text, "seuraat kaikkea")) {
			t.Errorf("%q\n%s", got[0].Subject, got[0].Text)
		}
		d.clock.Set(time.Date(2026, 11, 25, 5, 31, 0, 0, time.UTC))
		d.same("a day on which nothing happened", d.sent(server, &seen))
		done(t)(d.sparks.Answer(ctx, d.act(sp.ID, office.Planner), "Tila löytyi.", true, ""))
		d.clock.Set(time.Date(2026, 11, 26, 6, 0, 30, 0, time.UTC)) // Thursday 8.00, and the morning before it
		got = d.sent(server, &seen)
		d.same("on Thursday", got, daily.Email, weekly.Email, both.Email)
		for _, m := range got {
			switch m.To {
			case weekly.Email:
				if !strings.Contains(m.Text, "Tarvitaan tila.") || !strings.Contains(m.Text, "Tila löytyi.") || !strings.Contains(m.Subject, "This week's turns") {
					t.Errorf("%q\n%s", m.Subject, m.Text)
				}
			default:
				if strings.Contains(m.Text, "Tarvitaan tila.") || !strings.Contains(m.Text, "Tila löytyi.") {
					t.Errorf("%s is told twice, or not at all: %s", m.To, m.Text)
				}
			}
		}
		for range 8 {
			d.clock.Advance(24 * time.Hour)
			d.same("afterwards", d.sent(server, &seen))
		}
	})
}

// A spark that was held is new to followers when it is let in.
func TestAHeldSparkIsNewWhenItIsLetIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		d.follows(d.person("heti@posti.example", "fi"), "all", follow.Now, follow.Normal)
		d.follows(d.person("paiva@posti.example", "fi"), "all", follow.Daily, follow.Normal)
		x := draft()
		x.Text += " Katso https://kauppa.example/halpaa ja www.toinen.example sekä http://kolmas.example"
		r := d.drop(x)
		if r.Spark.Held == "" {
			t.Fatal("it is not held")
		}
		d.same("while it waits", d.sent(server, &seen))
		d.clock.Set(time.Date(2026, 11, 24, 5, 30, 30, 0, time.UTC))
		d.same("in the morning too", d.sent(server, &seen))
		d.clock.Advance(3 * time.Hour)
		done(t)(d.sparks.Approve(ctx, d.act(r.Spark.ID, office.Planner), false))
		d.same("let in", d.sent(server, &seen), "heti@posti.example")
		d.clock.Set(time.Date(2026, 11, 25, 5, 30, 30, 0, time.UTC))
		d.same("the next morning", d.sent(server, &seen), "paiva@posti.example")
	})
}

// Who is refused for good thrice is written to no more, in the server's own words; who
// is asked to come again gets their letter later, once.
func TestRefusalsAreKeptAndStopAnAddress(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t, smtptest.RefuseRecipient("poissa@posti.example", 550, "5.1.1", "no such user"), smtptest.RefuseRecipient("taynna@posti.example", 452, "4.2.2", "mailbox full")), 0, context.Background()
		d.smtp(server)
		gone, full, fine := d.person("poissa@posti.example", "fi"), d.person("taynna@posti.example", "fi"), d.person("kunnossa@posti.example", "fi")
		for _, a := range []address.Address{gone, full, fine} {
			d.follows(a, "all", follow.Now, follow.Normal)
		}
		for range 4 {
			d.clock.Advance(time.Minute)
			x := draft()
			x.Email, x.Contact = "", spark.Unsaid
			d.drop(x)
			d.same("who can be reached", d.sent(server, &seen), fine.Email)
		}
		a, err := address.ByID(ctx, d.db, region, gone.ID)
		if err != nil || a.Reachable() || a.Bounces != address.Bounces || !strings.Contains(a.Reply, "no such user") {
			t.Errorf("%v %+v", err, a)
		}
		all, err := mail.Circulars(ctx, d.db, region, 0, 10)
		if err != nil || len(all) != 4 {
			t.Fatalf("%v %d", err, len(all))
		}
		if all[3].Sent != 1 || all[3].Failed != 1 || all[0].Failed != 0 {
			t.Errorf("%+v", all)
		}
		for range 9 { // every further turn of whose mailbox is full
			d.clock.Advance(13 * time.Hour)
			d.sent(server, &seen)
		}
		if all, err = mail.Circulars(ctx, d.db, region, 0, 10); err != nil || all[3].Done.IsZero() || all[3].Failed != 2 {
			t.Errorf("%v %+v", err, all[3])
		}
		failed, err := mail.Deliveries(ctx, d.db, region, all[3].ID, mail.Failed, 0, 10)
		if err != nil || len(failed) != 2 || !slices.ContainsFunc(failed, func(x mail.Delivery) bool { return x.Recipient == full.ID && strings.Contains(x.Reply, "mailbox full") }) {
			t.Errorf("%v %+v", err, failed)
		}
		d.clock.Advance(mail.CircularsKept + time.Hour)
		if err := d.outbox.ForgetCirculars(ctx, region, d.clock.Now().Add(-mail.CircularsKept)); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM deliveries`) + d.count(`SELECT COUNT(*) FROM circulars`); n != 0 {
			t.Errorf("%d left", n)
		}
	})
}

// Many followers are one circular over few connections; a server that is away loses
// nobody, and a connection that breaks after the last byte leaves one unsure.
func TestManyFollowersAreOneCircular(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server := smtptest.New(t, smtptest.Drop(smtptest.Accept, 2)) // one of them may be the office's letter
		d.smtp(server)
		const many = 250
		d.crowd(many)
		x := draft()
		x.Email, x.Contact = "", spark.Unsaid
		d.drop(x)
		if err := d.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		times := map[string]int{}
		for _, m := range server.Messages() {
			if m.Header.Get("List-Unsubscribe") != "" {
				times[m.To]++
			}
		}
		all, err := mail.Circulars(context.Background(), d.db, region, 0, 10)
		if err != nil || len(all) != 1 || all[0].Done.IsZero() || all[0].Sent+all[0].Unsure != many || all[0].Unsure < 1 || len(times) != many {
			t.Errorf("%v %+v, %d arrived", err, all, len(times))
		}
		for email, n := range times {
			if n != 1 {
				t.Errorf("%s got it %d times", email, n)
			}
		}
		if n := server.Connections(); n > many/100+4 {
			t.Errorf("%d connections", n)
		}
		// Nobody unsure is written to again but when somebody asks for it, and then once.
		unsure, err := mail.Deliveries(context.Background(), d.db, region, all[0].ID, mail.Unsure, 0, 10)
		if err != nil || len(unsure) == 0 {
			t.Fatal(err, unsure)
		}
		noted := 0
		again := func(to ident.ID) error {
			return d.postman.Again(context.Background(), region, all[0].ID, to, func(context.Context, *store.Tx) error { noted++; return nil })
		}
		if err := again(unsure[0].Recipient); err != nil {
			t.Fatal(err)
		}
		if err := again(unsure[0].Recipient); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		if err := d.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		now, err := mail.OneCircular(context.Background(), d.db, region, all[0].ID)
		if err != nil || now.Done.IsZero() || now.Unsure != all[0].Unsure-1 || now.Sent != all[0].Sent+1 || noted != 1 {
			t.Errorf("%v %+v, noted %d times", err, now, noted)
		}
		twice := map[string]string{} // by Message-ID
		for _, m := range server.Messages() {
			if id := m.Header.Get("Message-Id"); m.Header.Get("List-Unsubscribe") != "" {
				if to, ok := twice[id]; ok && to != m.To {
					t.Errorf("%s went to %s and %s", id, to, m.To)
				}
				twice[id] = m.To
			}
		}
		if len(twice) != many {
			t.Errorf("%d letters by their ids: one sent again is another", len(twice))
		}
		for _, to := range []ident.ID{unsure[0].Recipient, 1} {
			if err := again(to); !fault.Is(err, fault.Conflict) {
				t.Errorf("what is not unsure: %v", err)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM jobs`) + d.count(`SELECT COUNT(*) FROM mails WHERE recipient LIKE 'joukko%'`); n != 0 {
			t.Errorf("%d jobs and letters of their own", n)
		}
	})
}

// crowd is many who follow everything at once.
func (d *desk) crowd(many int) {
	d.Helper()
	ids := ident.NewMaker(d.clock)
	const some = 100
	for at := 0; at < many; at += some {
		if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for i := at; i < min(many, at+some); i++ {
				id := ids.New()
				if _, err := tx.Exec(ctx, `INSERT INTO addresses (region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at) VALUES ($1, $2, $3, 'fi', $4, 1, 1, 0, '', 0)`,
					region, int64(id), fmt.Sprintf("joukko%d@posti.example", i), id.String()); err != nil {
					return err
				}
				if err := follow.Put(ctx, tx, region, follow.Follow{Address: id, Target: follow.Target{Kind: follow.Everything}, Pace: follow.Now, Volume: follow.Normal}, d.clock.Now()); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			d.Fatal(err)
		}
	}
	d.clock.Advance(time.Minute)
}

// A search is followed as anything else is: who asked for its words hears of a spark
// that has them in whatever form, and not of others.
func TestFollowersHearByTheirSearch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen := smtptest.New(t), 0
		d.smtp(server)
		x := search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ident.NewMaker(d.clock))
		d.postman.Index = x
		searches := func(who address.Address, pace follow.Pace, s follow.Search) { d.searches(x, who, pace, s) }
		wood, near, other, daily := d.person("puu@posti.example", "fi"), d.person("lahella@posti.example", "sv"), d.person("ruoka@posti.example", "fi"), d.person("aamulla@posti.example", "en")
		searches(wood, follow.Now, follow.Search{Words: "puupajat"})
		searches(near, follow.Now, follow.Search{Words: "tila", Place: "myllykoski", Km: 5})
		searches(other, follow.Now, follow.Search{Words: "puupaja ruoka"})
		searches(daily, follow.Daily, follow.Search{Words: "tila puupaja"})
		d.drop(spark.Draft{Text: "Jotain aivan muuta.", Language: "fi"})
		draft := draft()
		draft.Place = "Myllykoski"
		d.drop(draft)
		got := d.sent(server, &seen)
		d.same("a spark with the words", got, wood.Email, near.Email)
		for _, m := range got {
			if m.To == wood.Email && !strings.Contains(m.Text, "seuraat hakua ”puupajat”") || !strings.Contains(m.Text, "/lopeta/") {
				t.Errorf("%s is not told why:\n%s", m.To, m.Text)
			}
		}
		d.clock.Set(time.Date(2026, 11, 24, 5, 30, 30, 0, time.UTC))
		got = d.sent(server, &seen)
		d.same("in the morning", got, daily.Email)
		if len(got) == 1 && (strings.Contains(got[0].Text, "aivan muuta") || !strings.Contains(got[0].Text, "tila puupaja")) {
			t.Errorf("%s", got[0].Text)
		}
	})
}

func (d *desk) searches(x *search.Index, who address.Address, pace follow.Pace, s follow.Search) {
	d.Helper()
	var target follow.Target
	if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		target, err = follow.Save(ctx, tx, x, region, s)
		return err
	}); err != nil {
		d.Fatal(err)
	}
	d.follows(who, target.String(), pace, follow.Normal)
}

// Whatever is new is told to those whose search finds it, while it may be seen: a
// project, an organisation, an asset, a person who wants to be found.
func TestFollowersHearOfEverythingNewByTheirSearch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server, seen, ctx := smtptest.New(t), 0, context.Background()
		d.smtp(server)
		ids := ident.NewMaker(d.clock)
		x := search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ids)
		d.postman.Index = x
		actors := actor.New(d.db, d.clock, ids).Indexed(x)
		knows := knowhow.New(d.db, d.clock, ids, x, actors)
		projects, lends := project.New(d.db, d.clock, actors).Indexed(x), asset.New(d.db, d.clock, ids).Indexed(x)
		tx := func(do func(ctx context.Context, tx *store.Tx) error) {
			t.Helper()
			if err := d.db.Tx(ctx, do); err != nil {
				t.Fatal(err)
			}
			d.clock.Advance(time.Second)
		}
		brings := func(codes ...string) {
			t.Helper()
			var list []project.Record
			for _, c := range codes {
				list = append(list, project.Record{Code: c, Title: "Laituri " + c, Summary: "Ranta kuntoon.", Implementer: "Ahjola " + c})
			}
			tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := projects.Import(ctx, tx, region, 1, func(string) bool { return false }, list)
				return err
			})
		}
		brings("A0") // before anybody asked
		d.sent(server, &seen)
		now, daily, muted, own, person := d.person("heti@posti.example", "fi"), d.person("aamulla@posti.example", "sv"), d.person("mykka@posti.example", "fi"), d.person("oma@posti.example", "en"), d.person("ihminen@posti.example", "fi")
		for _, words := range []string{"laituri", "ahjola", "höyläpenkit", "puuseppä"} {
			d.searches(x, now, follow.Now, follow.Search{Words: words})
			d.searches(x, daily, follow.Daily, follow.Search{Words: words})
			d.searches(x, own, follow.Now, follow.Search{Words: words})
		}
		d.searches(x, muted, follow.Now, follow.Search{Words: "laituri"})
		all, err := follow.Of(ctx, d.db, region, muted.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.follows(muted, all[muted.ID][0].Target.String(), follow.Now, follow.Quiet)
		d.same("what was there before", d.sent(server, &seen))

		brings("A1", "A2")
		got := d.sent(server, &seen)
		d.same("projects and who they are of", got, now.Email, own.Email)
		for _, m := range got {
			for _, want := range []string{"Laituri A1", "Laituri A2", "Ahjola A1", "/hanke/", "/toimija/", "/lopeta/", "/minun/"} {
				if !strings.Contains(m.Text, want) {
					t.Errorf("no %q in\n%s", want, m.Text)
				}
			}
			if strings.Contains(m.Text, "A0") || m.To == now.Email && (m.Subject != "Hakusi löysivät uutta: 4 osumaa" || !strings.Contains(m.Text, "seuraat hakua ”laituri”") || !strings.Contains(m.Text, "uusi hanke")) {
				t.Errorf("%q\n%s", m.Subject, m.Text)
			}
		}
		var lent asset.Asset
		tx(func(ctx context.Context, tx *store.Tx) (err error) {
			lent, err = lends.Tell(ctx, tx, region, own.ID, d.promise.Promise.(programme.Edition), asset.Draft{Kind: asset.Hall, Title: "Verstas iltaisin", About: "Höyläpenkki.", Language: "fi", Venue: "Vanha koulu", Owned: asset.ByPerson})
			return err
		})
		d.same("what the office has not looked at", d.sent(server, &seen))
		if _, err := lends.List(ctx, asset.Act{Region: region, Asset: lent.ID}); err != nil {
			t.Fatal(err)
		}
		got = d.sent(server, &seen)
		d.same("an asset, but not its own teller", got, now.Email)
		if len(got) == 1 && (!strings.Contains(got[0].Subject, "Verstas iltaisin: uusi voimavara") || !strings.Contains(got[0].Text, "/voimavara/"+lent.ID.String())) {
			t.Errorf("%q\n%s", got[0].Subject, got[0].Text)
		}
		var who actor.Actor
		tx(func(ctx context.Context, tx *store.Tx) (err error) {
			if who, err = actors.Person(ctx, tx, person, "Paula Puuseppä"); err == nil {
				_, err = knows.Write(ctx, tx, region, knowhow.Item{Actor: who.ID, Kind: knowhow.Own, Text: "Puuseppä, ikkunat ja ovet", Language: "fi"})
			}
			return err
		})
		d.same("a person who has not chosen", d.sent(server, &seen))
		choose := func(yes bool) {
			t.Helper()
			tx(func(ctx context.Context, tx *store.Tx) error {
				return actors.Choose(ctx, tx, region, who.ID, actor.Findable, yes)
			})
		}
		choose(true)
		choose(false)
		d.same("a person who took it back before anybody was told", d.sent(server, &seen))
		choose(true)
		got = d.sent(server, &seen)
		d.same("a person who wants to be found", got, now.Email, own.Email)
		brings("A3")
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return actors.Choose(ctx, tx, region, who.ID, actor.Findable, false)
		}); err != nil {
			t.Fatal(err)
		}
		d.same("one more", d.sent(server, &seen), now.Email, own.Email)
		d.clock.Set(time.Date(2026, 11, 24, 5, 30, 30, 0, time.UTC))
		got = d.sent(server, &seen)
		d.same("in the morning", got, daily.Email)
		if len(got) == 1 && (!strings.Contains(got[0].Text, "Laituri A1") || !strings.Contains(got[0].Text, "Verstas iltaisin") || strings.Contains(got[0].Text, "Paula") || strings.Contains(got[0].Text, "A0") || !strings.Contains(got[0].Text, "nytt projekt")) {
			t.Errorf("%s", got[0].Text)
		}
		d.clock.Advance(24 * time.Hour)
		d.same("the next morning", d.sent(server, &seen))
	})
}
