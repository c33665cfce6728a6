package notify_test

import (
	"context"
	"io/fs"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/edge/notify"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/programme"
)

const region = "kouvola"

// desk is a region with its office, its sparks and a postman whose letters stay
// in the outbox, on Monday 23 November 2026 at ten.
type desk struct {
	testing.TB
	db       *store.DB
	clock    *clock.Fake
	sparks   *spark.Service
	offices  *office.Service
	places   *programme.Service
	promise  spark.Programme
	outbox   *mail.Outbox
	runner   *jobs.Runner
	postman  *notify.Postman
	way      mail.Way
	officers map[office.Role]office.Officer
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

// allRead are the letters' texts, read once for all tests.
var allRead = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(notify.Texts) })

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	ctx := context.Background()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids, log := ident.NewMaker(c), slog.New(slog.DiscardHandler)
	texts, err := allRead()
	if err != nil {
		t.Fatal(err)
	}
	texts = texts.Twin()
	texts.OnMissing(func(m i18n.Missing) { t.Errorf("text missing: %s", m) })
	d := &desk{TB: t, db: db, clock: c, sparks: spark.New(db, c, ids), offices: office.New(db, c, ids), places: programme.NewService(db, c, ids, programmes.Files()),
		runner: jobs.New(db, c, ids, log, jobs.Options{}), way: mail.Way{Sender: mail.NewConsole(writer{}, mail.Address{Email: "kokko@localhost"}), Here: true}, officers: map[office.Role]office.Officer{}}
	d.outbox = mail.NewOutbox(db, c, ids, log, func(context.Context, string) (mail.Way, error) { return d.way, nil })
	d.outbox.Bind(d.runner)
	d.postman = &notify.Postman{DB: db, Clock: c, Texts: texts, Programmes: d.places, Outbox: d.outbox, Site: "https://kokko.example/"}
	d.postman.Bind(d.runner)
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatal(err)
	}
	e, err := d.places.Publish(ctx, programmes.Kouvola, source, "", "", nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := d.places.Adopt(ctx, region, true); err != nil {
		t.Fatal(err)
	}
	d.promise = spark.Programme{Promise: e, Version: e.Version.ID}
	for _, o := range []office.Officer{
		{Role: office.Manager, Name: "Olli Esimerkki", Language: "sv", MondayMail: true}, {Role: office.Planner, Name: "Kaisa Esimerkki", Language: "fi", MondayMail: true},
		{Role: office.Coordinator, Name: "Sari Esimerkki", Language: "en"},
	} {
		o.Region, o.Email, o.Title, o.Phone = region, string(o.Role)+"@kouvola.example", "titteli", "020 615 1234"
		if d.officers[o.Role], err = d.offices.Hire(ctx, o); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

// hostile is what a bringer may write: it must reach the reader as it is.
const hostile = "{{.link}}"

type writer struct{}

func (writer) Write(b []byte) (int, error) { return len(b), nil }

func draft() spark.Draft {
	return spark.Draft{Text: "Puupaja Myllykoskelle. Tarvitaan tila.", Name: "Maija Meikäläinen", Email: "maija@meikalaiset.example", Contact: spark.Mail, Language: "fi"}
}

func (d *desk) drop(x spark.Draft) spark.Receipt {
	d.Helper()
	r, err := d.sparks.Drop(context.Background(), region, d.promise, x, spark.By{})
	if err != nil {
		d.Fatal(err)
	}
	return r
}

func (d *desk) act(id ident.ID, role office.Role) spark.Act {
	return spark.Act{Region: region, Spark: id, Officer: d.officers[role]}
}

// letters runs what waits and gives the letters since the last call, the oldest
// first, as "purpose to".
func (d *desk) letters() (all []mail.Posted, short []string) {
	d.Helper()
	if err := d.runner.Drain(context.Background()); err != nil {
		d.Fatal(err)
	}
	if n := d.count(`SELECT COUNT(*) FROM jobs WHERE error <> ''`); n > 0 {
		var kind, words string
		_ = d.db.QueryRow(context.Background(), `SELECT kind, error FROM jobs WHERE error <> ''`).Scan(&kind, &words)
		d.Fatalf("%s failed: %s", kind, words)
	}
	all, err := d.outbox.List(context.Background(), region, "", 0, 100)
	if err != nil {
		d.Fatal(err)
	}
	slices.Reverse(all)
	for _, l := range all {
		said := strings.ReplaceAll(l.Subject+l.Text, hostile, "")
		if l.Subject == "" || l.Text == "" || strings.ContainsAny(l.Subject, "\r\n") || strings.Contains(said, "{{") || strings.Contains(said, "<no value>") || strings.Contains(said, "\x1e") {
			d.Errorf("%s: %q\n%s", l.Purpose, l.Subject, l.Text)
		}
		short = append(short, l.Purpose+" "+l.To)
	}
	if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM mails`)
		return err
	}); err != nil {
		d.Fatal(err)
	}
	return all, short
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		d.Fatal(err)
	}
	return n
}

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(notify.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		t.Errorf("%s", gap)
	}
}

func ok(t testing.TB) func(spark.Spark, error) spark.Spark {
	return func(s spark.Spark, err error) spark.Spark {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
}

// Who hears of what: every verb, for a bringer who gave an address, one who
// asked to be left alone and one who gave none.
func TestWhoHearsOfWhat(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		const maija, kaisa, sari = "maija@meikalaiset.example", "planner@kouvola.example", "coordinator@kouvola.example"
		for name, who := range map[string]struct {
			bend    func(x *spark.Draft)
			receipt bool // gets the receipt
			rest    bool // gets everything else
		}{
			"mail":     {func(x *spark.Draft) {}, true, true},
			"left be":  {func(x *spark.Draft) { x.Contact = spark.NotMe }, true, false},
			"no mail":  {func(x *spark.Draft) { x.Contact, x.Email, x.Phone = spark.Call, "", "040 1234567" }, false, false},
			"unstated": {func(x *spark.Draft) { x.Contact = "" }, true, true},
		} {
			x := draft()
			who.bend(&x)
			r := d.drop(x)
			a := d.act(r.Spark.ID, office.Planner)
			expect := func(what string, want ...string) []mail.Posted {
				t.Helper()
				all, got := d.letters()
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					t.Errorf("%s, %s: letters %q, want %q", name, what, got, want)
				}
				return all
			}
			bringer := func(purpose string, to ...string) []string {
				if who.rest || purpose == "bringer.dropped" && who.receipt {
					return append(to, purpose+" "+maija)
				}
				return to
			}
			expect("dropped", bringer("bringer.dropped", "office.dropped "+kaisa)...)
			ok(t)(d.sparks.Answer(ctx, a, "Kiitos!", true, ""))
			expect("answered", bringer("bringer.answered")...)
			ok(t)(d.sparks.Answer(ctx, a, "Vain sinulle.", false, ""))
			expect("answered aside", bringer("bringer.answered")...)
			ok(t)(d.sparks.Ask(ctx, a, "Missä?", true))
			expect("asked", bringer("bringer.asked")...)
			ok(t)(d.sparks.Reply(ctx, region, r.Link, "Täällä.", false, d.promise))
			expect("replied", "office.replied "+kaisa)
			ok(t)(d.sparks.Note(ctx, a, "SALAINEN MUISTIINPANO"))
			expect("noted")
			ok(t)(d.sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "SALAINEN KESKUSTELU"}))
			expect("talked aside")
			ok(t)(d.sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Sovittiin.", Shown: true}))
			expect("talked", bringer("bringer.talked")...)
			ok(t)(d.sparks.Tag(ctx, a, d.promise, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "glocal"}}, Place: "Elimäki"}))
			expect("tagged and placed")
			ok(t)(d.sparks.MoveDue(ctx, a, d.today()+1, "Flunssa."))
			expect("the day moved", bringer("bringer.due_moved")...)
			ok(t)(d.sparks.Assign(ctx, a, d.officers[office.Coordinator].ID))
			expect("assigned", bringer("bringer.assigned", "office.assigned "+sari)...)
			ok(t)(d.sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Ei tekijää.", Would: "Tekijä."}))
			for _, l := range expect("closed", bringer("bringer.closed")...) {
				if !strings.Contains(l.Text, "Ei tekijää.") || !strings.Contains(l.Text, "Tekijä.") {
					t.Errorf("%s", l.Text)
				}
			}
			ok(t)(d.sparks.Reply(ctx, region, r.Link, "Harmi.", false, d.promise))
			for _, l := range expect("replied to a closed one", "office.replied "+sari) {
				if !strings.Contains(l.Text, "Harmi.") || strings.Contains(l.Text, "2026") {
					t.Errorf("a promise nobody gave: %s", l.Text)
				}
			}
			ok(t)(d.sparks.Reopen(ctx, a, "Jatketaan."))
			expect("reopened", bringer("bringer.reopened")...)
			ok(t)(d.sparks.Correct(ctx, a, lastBeat(t, d, a.Spark).ID, "Ei sittenkään."))
			expect("corrected", bringer("bringer.corrected")...)
			edited := x
			edited.Text = "Kirjapaja."
			ok(t)(d.sparks.Edit(ctx, region, r.Link, d.promise, edited))
			expect("edited")
			ok(t)(d.sparks.Withdraw(ctx, region, r.Link, true))
			for _, l := range expect("withdrawn", "office.withdrawn "+sari) {
				if strings.Contains(l.Subject+l.Text, "paja") || strings.Contains(l.Text, "Maija") {
					t.Errorf("%s", l.Text)
				}
			}
		}
	})
}

func (d *desk) today() workday.Day { return office.Today(d.clock) }

func lastBeat(t testing.TB, d *desk, id ident.ID) story.Beat {
	t.Helper()
	beats, _, err := story.Of(context.Background(), d.db, region, id, story.InOffice, 0)
	if err != nil || len(beats) == 0 {
		t.Fatal(err)
	}
	return beats[len(beats)-1]
}

// Every letter exists in each reader's language and leads to pages in it.
func TestLettersSpeakTheirReadersLanguage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for lang, want := range map[string]struct{ subject, path string }{"fi": {"Kipinäsi", "https://kokko.example/oma/"}, "sv": {"Din gnista", "https://kokko.example/sv/oma/"}, "en": {"Your spark", "https://kokko.example/en/oma/"}} {
			x := draft()
			x.Language = lang
			r := d.drop(x)
			a := d.act(r.Spark.ID, office.Planner)
			ok(t)(d.sparks.Answer(ctx, a, "V", true, ""))
			ok(t)(d.sparks.Ask(ctx, a, "K", true))
			ok(t)(d.sparks.Talk(ctx, a, spark.Talk{Way: "meet", Words: "P", Shown: true}))
			ok(t)(d.sparks.MoveDue(ctx, a, d.today()+1, "S"))
			ok(t)(d.sparks.Assign(ctx, a, d.officers[office.Manager].ID))
			ok(t)(d.sparks.Close(ctx, a, spark.Close{State: spark.Out, Reason: "S", Would: "W"}))
			ok(t)(d.sparks.Reopen(ctx, a, "S"))
			ok(t)(d.sparks.Correct(ctx, a, lastBeat(t, d, a.Spark).ID, "O"))
			all, _ := d.letters()
			seen := 0
			links := map[string]bool{}
			for _, l := range all {
				if !strings.HasPrefix(l.Purpose, spark.LetterToBringer) {
					continue
				}
				seen++
				if l.Language != lang || l.Purpose == "bringer.dropped" && !strings.HasPrefix(l.Subject, want.subject) || !strings.Contains(l.Text, want.path) {
					t.Errorf("%s in %s: %q\n%s", l.Purpose, l.Language, l.Subject, l.Text)
				}
				link := regexp.MustCompile(`/oma/([2-9A-Z]{26})`).FindStringSubmatch(l.Text)
				if link == nil || links[link[1]] {
					t.Fatalf("%s has no link of its own", l.Purpose)
				}
				links[link[1]] = true
				if s, _, err := spark.Linked(ctx, d.db, region, link[1]); err != nil || s.ID != a.Spark {
					t.Errorf("%s: its link leads nowhere: %v", l.Purpose, err)
				}
			}
			if seen != 9 {
				t.Errorf("%d letters in %s", seen, lang)
			}
		}
	})
}

func TestTheOfficersLanguageAndStandIn(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		if err := d.offices.Away(ctx, region, office.Absence{Officer: d.officers[office.Planner].ID, Substitute: d.officers[office.Manager].ID, Span: workday.Span{From: d.today() + 1, To: d.today() + 2}}); err != nil {
			t.Fatal(err)
		}
		r := d.drop(draft())
		if _, got := d.letters(); !slices.Contains(got, "office.dropped planner@kouvola.example") {
			t.Errorf("%q", got)
		}
		d.clock.Advance(24 * time.Hour)
		ok(t)(d.sparks.Reply(ctx, region, r.Link, "Vielä yksi.", false, d.promise))
		all, got := d.letters()
		if !slices.Equal(got, []string{"office.replied manager@kouvola.example"}) || all[0].Language != "sv" || !strings.Contains(all[0].Text, "https://kokko.example/sv/toimisto/kipina/"+r.Spark.Code) {
			t.Errorf("%q\n%s", got, all[0].Text)
		}
		// What one has done oneself needs no letter.
		if _, err := d.sparks.Drop(ctx, region, d.promise, draft(), spark.By{Officer: d.officers[office.Manager].ID, Source: spark.Phone}); err != nil {
			t.Fatal(err)
		}
		if _, got := d.letters(); slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, "office.") }) {
			t.Errorf("%q", got)
		}
	})
}

// What has changed before the letter is written: nobody gets a letter that is
// no longer true.
func TestLettersThatCameTooLate(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := d.drop(draft())
		ok(t)(d.sparks.Reply(ctx, region, r.Link, "Salasana.", false, d.promise))
		ok(t)(d.sparks.Withdraw(ctx, region, r.Link, false))
		all, got := d.letters()
		if !slices.Equal(got, []string{"office.withdrawn planner@kouvola.example"}) || strings.Contains(all[0].Text, "Puupaja") {
			t.Errorf("%q", got)
		}
		r = d.drop(draft())
		d.letters()
		a := d.act(r.Spark.ID, office.Planner)
		ok(t)(d.sparks.Assign(ctx, a, d.officers[office.Coordinator].ID))
		ok(t)(d.sparks.Assign(ctx, a, d.officers[office.Manager].ID))
		all, got = d.letters()
		slices.Sort(got)
		if !slices.Equal(got, []string{"bringer.assigned maija@meikalaiset.example", "office.assigned manager@kouvola.example"}) || !strings.Contains(all[0].Text+all[1].Text, "Olli Esimerkki") {
			t.Errorf("%q", got)
		}
		ok(t)(d.sparks.MoveDue(ctx, a, d.today()+1, "S"))
		ok(t)(d.sparks.MoveDue(ctx, a, d.today()+2, "S"))
		all, _ = d.letters()
		if len(all) != 1 || !strings.Contains(all[0].Text, "25.11.") {
			t.Errorf("%+v", all)
		}
	})
}

func TestATradeSecretIsNotMailed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		x := draft()
		x.Secret, x.Email, x.Contact = true, "", ""
		r := d.drop(x)
		ok(t)(d.sparks.Reply(context.Background(), region, r.Link, "Puupajan resepti.", false, d.promise))
		ok(t)(d.sparks.Assign(context.Background(), d.act(r.Spark.ID, office.Planner), d.officers[office.Manager].ID))
		all, _ := d.letters()
		d.clock.Set(time.Date(2026, 12, 14, 5, 30, 1, 0, time.UTC))
		weekly, _ := d.letters()
		all = append(all, weekly...)
		if len(all) != 5 {
			t.Errorf("%d letters", len(all))
		}
		for _, l := range all {
			if strings.Contains(strings.ToLower(l.Subject+l.Text), "puupaja") {
				t.Errorf("%s: %q\n%s", l.Purpose, l.Subject, l.Text)
			}
			if !strings.Contains(l.Text, r.Spark.Code) {
				t.Errorf("%s does not say which spark", l.Purpose)
			}
		}
	})
}

func TestATitleIsNoHeader(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server := smtptest.New(t)
		d.smtp(server)
		x := draft()
		x.Title = "Paja\r\nBcc: kaikki@x.example\r\n\r\nSisältö " + hostile + " \x00\u202E"
		x.Name = "Maija\nCc: y@x.example"
		d.drop(x)
		if _, got := d.letters(); len(got) != 2 {
			t.Errorf("%q", got)
		}
		for _, m := range server.Messages() {
			if m.Broken != nil || len(m.Header["Bcc"])+len(m.Header["Cc"]) != 0 || strings.Contains(m.Subject, "\n") {
				t.Errorf("%+v", m)
			}
		}
		if len(server.Messages()) != 2 {
			t.Errorf("%d arrived", len(server.Messages()))
		}
	})
}

func (d *desk) smtp(server *smtptest.Server) {
	d.Helper()
	s, err := mail.ParseURL(server.URL())
	if err != nil {
		d.Fatal(err)
	}
	sender, err := mail.NewSMTP(s)
	if err != nil {
		d.Fatal(err)
	}
	d.way = mail.Way{Sender: sender, From: mail.Address{Email: "kokko@kouvola.example"}}
}

func TestAReceiptArrivesInARealServer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		server := smtptest.New(t)
		d.smtp(server)
		r := d.drop(draft())
		if err := d.runner.Drain(context.Background()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		m := server.WaitTo(ctx, "maija@meikalaiset.example", 1)
		if !strings.Contains(m.Subject, r.Spark.Code) || !strings.Contains(m.Text, "Kaisa Esimerkki") || !strings.Contains(m.Text, "maanantaina 7.12.") || m.Header.Get("Auto-Submitted") == "" {
			t.Errorf("%q\n%s", m.Subject, m.Text)
		}
		links := m.Links()
		if len(links) != 1 {
			t.Fatalf("%q", links)
		}
		if s, b, err := spark.Linked(context.Background(), d.db, region, links[0][strings.LastIndex(links[0], "/")+1:]); err != nil || s.ID != r.Spark.ID || b.Email != m.To {
			t.Errorf("the link leads nowhere: %v", err)
		}
	})
}

// Each letter is queued exactly once, though its job is run again.
func TestEachLetterOnceThoughTheJobRunsTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.drop(draft())
		// Two runners take the same work, and a third comes after the lease of one ran out.
		other := jobs.New(d.db, d.clock, ident.NewMaker(d.clock), slog.New(slog.DiscardHandler), jobs.Options{})
		d.outbox.Bind(other)
		d.postman.Bind(other)
		done := make(chan error, 2)
		for _, r := range []*jobs.Runner{d.runner, other} {
			go func() { done <- r.Drain(context.Background()) }()
		}
		for range 2 {
			if err := <-done; err != nil {
				t.Fatal(err)
			}
		}
		if _, got := d.letters(); len(got) != 2 {
			t.Errorf("%q", got)
		}
		if n := d.count(`SELECT COUNT(*) FROM bringer_links`); n != 2 {
			t.Errorf("%d links: one of the form and one of the letter", n)
		}
	})
}

func TestAnExampleSaysSo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		if err := d.places.Adopt(context.Background(), region, false); err != nil {
			t.Fatal(err)
		}
		d.drop(draft())
		all, _ := d.letters()
		for _, l := range all {
			if strings.HasPrefix(l.Purpose, "bringer.") && !strings.Contains(l.Text, "esimerkki, ei kaupungin palvelu") {
				t.Errorf("%s", l.Text)
			}
			if l.Stand != mail.Local {
				t.Errorf("%s left: %s", l.Purpose, l.Stand)
			}
		}
	})
}

func TestMonday(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		mondays := func() (all []mail.Posted) {
			t.Helper()
			posted, _ := d.letters()
			for _, l := range posted {
				if l.Purpose == "office.monday" {
					all = append(all, l)
				}
			}
			return all
		}
		if all := mondays(); len(all) != 0 {
			t.Errorf("nothing waits and %d letters say so", len(all))
		}
		late := d.drop(draft())
		lone := d.drop(spark.Draft{Text: "Yksinäinen ajatus.", Language: "fi"})
		ok(t)(d.sparks.Answer(ctx, d.act(lone.Spark.ID, office.Planner), "Kiitos.", true, ""))
		ok(t)(d.sparks.Remind(ctx, d.act(lone.Spark.ID, office.Planner), d.today()+7))
		d.letters()
		d.clock.Set(time.Date(2026, 12, 14, 5, 29, 0, 0, time.UTC)) // 7.29 in Kouvola
		mondays()                                                   // earlier Mondays' letters
		d.clock.Advance(2 * time.Minute)
		all := mondays()
		if len(all) != 2 {
			t.Fatalf("%d Monday letters, want the two who want one", len(all))
		}
		for _, l := range all {
			if strings.Count(l.Text, late.Spark.Code+" ")+strings.Count(l.Text, late.Spark.Code+",") != 1 || !strings.Contains(l.Text, lone.Spark.Code) || !strings.Contains(l.Text, "/toimisto/kipina/"+late.Spark.Code) {
				t.Errorf("%s", l.Text)
			}
			if l.Language == "fi" && (l.Subject != "Viikon työt: 2 kipinää odottaa" || !strings.Contains(l.Text, "MYÖHÄSSÄ, 1 kipinä\n") || !strings.Contains(l.Text, "Huomenta Kaisa Esimerkki")) {
				t.Errorf("%q\n%s", l.Subject, l.Text)
			}
			if l.Language == "sv" && !strings.HasPrefix(l.Subject, "Veckans arbete: 2 gnistor") {
				t.Errorf("%q", l.Subject)
			}
		}
		if again := mondays(); len(again) != 0 {
			t.Errorf("%d letters more on the same Monday", len(again))
		}
	})
}

func TestAMondayLetterIsShort(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for range 13 {
			d.drop(draft())
		}
		d.letters()
		d.clock.Set(time.Date(2026, 12, 14, 6, 0, 0, 0, time.UTC))
		all, _ := d.letters()
		for _, l := range all {
			if l.Language == "fi" && l.Purpose == "office.monday" && (strings.Count(l.Text, "– Puupaja") != 10 || !strings.Contains(l.Text, "ja 3 muuta")) {
				t.Errorf("%s", l.Text)
			}
		}
		if len(all) == 0 {
			t.Error("no letter")
		}
	})
}

func TestSignInLetter(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		secret := ident.Secret()
		if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			return d.postman.SignIn(ctx, tx, d.officers[office.Manager], "/kirjaudu/"+secret)
		}); err != nil {
			t.Fatal(err)
		}
		all, got := d.letters()
		if !slices.Equal(got, []string{"office.signin manager@kouvola.example"}) || !strings.Contains(all[0].Text, "https://kokko.example/sv/kirjaudu/"+secret) || strings.Contains(all[0].Shown(), secret) {
			t.Errorf("%q\n%s", got, all[0].Text)
		}
	})
}
