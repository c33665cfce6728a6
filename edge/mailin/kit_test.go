package mailin_test

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/edge/mailin"
	"kokko/edge/notify"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/programme"
)

const (
	region = "kouvola"
	inbox  = "kipina@kouvola.example"
	maija  = "maija@meikalaiset.example"
)

// desk is a region with its office, its mail door and a postman whose letters stay
// in the outbox, on Monday 23 November 2026 at ten.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	door    *mailin.Door
	offices *office.Service
	runner  *jobs.Runner
	planner office.Officer
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

// allRead are the letters' texts, read once for all tests.
var allRead = sync.OnceValues(func() (*i18n.Bundle, error) { return i18n.Load(notify.Texts, mailin.Texts) })

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids, log := ident.NewMaker(c), slog.New(slog.DiscardHandler)
	texts, err := allRead()
	if err != nil {
		t.Fatal(err)
	}
	texts = texts.Twin()
	texts.OnMissing(func(m i18n.Missing) { t.Errorf("text missing: %s", m) })
	d := &desk{TB: t, db: db, clock: c, offices: office.New(db, c, ids), runner: jobs.New(db, c, ids, log, jobs.Options{})}
	outbox := mail.NewOutbox(db, c, ids, log, func(context.Context, string) (mail.Way, error) {
		return mail.Way{Sender: mail.NewConsole(io.Discard, mail.Address{Email: "kokko@localhost"}), Here: true}, nil
	})
	outbox.Bind(d.runner)
	sparks := spark.New(db, c, ids)
	d.door = &mailin.Door{DB: db, Clock: c, Texts: texts, Programmes: programme.NewService(db, c, ids, programmes.Files()), Sparks: sparks, Files: attachment.New(c, ids, sparks), Feedback: feedback.New(db, c, ids), Outbox: outbox}
	postman := &notify.Postman{DB: db, Clock: c, Texts: texts, Programmes: d.door.Programmes, Outbox: outbox, Site: "https://kokko.example/"}
	postman.Bind(d.runner)
	d.planner = d.found(programmes.Kouvola, region, inbox)
	return d
}

// found begins a region of a programme file, with a planner and a mailbox.
func (d *desk) found(file, id, inbox string) office.Officer {
	d.Helper()
	ctx := context.Background()
	source, err := fs.ReadFile(programmes.Files(), file)
	if err != nil {
		d.Fatal(err)
	}
	if _, err := d.door.Programmes.Publish(ctx, file, source, "", "", nil); err != nil {
		d.Fatal(err)
	}
	if err := d.door.Programmes.Adopt(ctx, id, true); err != nil {
		d.Fatal(err)
	}
	o, err := d.offices.Hire(ctx, office.Officer{Region: id, Role: office.Planner, Name: "Kaisa Esimerkki", Email: "kaisa@" + id + ".example", Title: "suunnittelija", Phone: "020 615 1234", Language: "fi"})
	if err != nil {
		d.Fatal(err)
	}
	if err := d.offices.Set(ctx, id, map[string]string{office.MailIn: inbox}); err != nil {
		d.Fatal(err)
	}
	return o
}

// take hands a letter over and wants it to go well.
func (d *desk) take(raw string) mailin.Taken {
	d.Helper()
	t, err := d.door.Take(context.Background(), strings.NewReader(raw), mailin.Envelope{})
	if err != nil {
		d.Fatalf("%v\n%.600s", err, raw)
	}
	return t
}

// run has everything done that waits.
func (d *desk) run() {
	d.Helper()
	if err := d.runner.Drain(context.Background()); err != nil {
		d.Fatal(err)
	}
}

// letters is everything in the outbox to an address, the oldest first.
func (d *desk) letters(to string) (all []mail.Posted) {
	d.Helper()
	d.run()
	list, err := d.door.Outbox.List(context.Background(), region, "", 0, 500)
	if err != nil {
		d.Fatal(err)
	}
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].To == to {
			all = append(all, list[i])
		}
	}
	return all
}

func (d *desk) spark(code string) spark.Spark {
	d.Helper()
	sp, err := spark.ByCode(context.Background(), d.db, region, code)
	if err != nil {
		d.Fatal(err)
	}
	return sp
}

// story is a whole story as a reader may see it, as "type actor visibility".
func (d *desk) story(id ident.ID, reader story.Visibility) (all []story.Beat) {
	d.Helper()
	all, _, err := story.Of(context.Background(), d.db, region, id, reader, 0)
	if err != nil {
		d.Fatal(err)
	}
	return all
}

func (d *desk) count(query string, args ...any) (n int) {
	d.Helper()
	if err := d.db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
		d.Fatalf("%s: %v", query, err)
	}
	return n
}

func (d *desk) sparks() int {
	return d.count(`SELECT COUNT(*) FROM sparks WHERE region_id = $1`, region)
}

// letter is a plain one; header holds more fields, a line each.
func letter(from, id, subject, body string, header ...string) string {
	lines := []string{"Received: from mx.example by mx.kouvola.example; Mon, 23 Nov 2026 09:59:00 +0200"}
	if from != "" {
		lines = append(lines, "From: "+from)
	}
	lines = append(lines, "To: <"+inbox+">", "Subject: "+subject, "Date: Mon, 23 Nov 2026 09:58:00 +0200")
	if id != "" {
		lines = append(lines, "Message-ID: <"+id+">")
	}
	lines = append(lines, header...)
	lines = append(lines, "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit", "", body)
	return strings.Join(lines, "\r\n") + "\r\n"
}

// eml is a letter as people's programs really send them, kept with the reader.
func eml(t testing.TB, name string) string {
	t.Helper()
	raw, err := os.ReadFile("../../ground/mail/arriving/testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// number gives a Message-ID of its own.
func number(i int) string { return fmt.Sprintf("brev-%d@posti.example", i) }
