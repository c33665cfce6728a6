package spark_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"io"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
)

// refusing is a mail server that quotes the address in its refusal, as they do.
type refusing struct{ permanent bool }

func (r refusing) Send(_ context.Context, m mail.Message) (mail.Receipt, error) {
	verdict, code := mail.Temporary, 451
	if r.permanent {
		verdict, code = mail.Permanent, 550
	}
	return mail.Receipt{}, &mail.Failure{Step: mail.StepRecipient, Verdict: verdict, Reply: mail.Reply{Code: code, Text: "<" + m.To.Email + ">: unknown"}, Err: errors.New(m.To.Email)}
}

func (r refusing) SendAll(ctx context.Context, all []mail.Message, _ mail.Hooks) []mail.Outcome {
	out := make([]mail.Outcome, len(all))
	for i, m := range all {
		out[i].Receipt, out[i].Err = r.Send(ctx, m)
	}
	return out
}

// lived gives a spark that has been through everything, with letters that went,
// failed and wait, all of them full of the bringer.
func lived(d *desk) spark.Receipt {
	d.Helper()
	ctx := context.Background()
	draft := maija()
	draft.Title = "Salasanaton otsikko"
	draft.Place = "Mummolanmäki"
	draft.Event = "Meikäläisten talkoot"
	r := d.drop(draft)
	a := d.act(r.Spark.ID)
	firstSpark(d.sparks.Answer(ctx, a, "Hei Maija Meikäläinen, soitan numeroon 040 765 4321.", true, "first"))
	firstSpark(d.sparks.Reply(ctx, region, r.Link, "Terveisin tuoja, sanat ratkaisevasti omia.", true, d.promise))
	firstSpark(d.sparks.Note(ctx, a, "Maija Meikäläinen on tuttu."))
	firstSpark(d.sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Maija Meikäläinen lupasi.", Measures: []spark.Measure{{What: "Soita: 040 765 4321", Who: "Maija Meikäläinen"}}}))
	firstSpark(d.sparks.Ask(ctx, a, "maija@meikalaiset.example, sopiiko?", false))
	firstSpark(d.sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Maija Meikäläinen lepää.", Would: "Maija Meikäläinen palaa."}))

	sender := &refusing{}
	var way mail.Sender = sender
	runner := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{})
	outbox := mail.NewOutbox(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), func(context.Context, string) (mail.Way, error) {
		return mail.Way{Sender: way, From: mail.Address{Email: "kokko@kouvola.example"}}, nil
	})
	outbox.Bind(runner)
	post := func(purpose, to string) {
		d.Helper()
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: purpose, Spark: r.Spark.ID, To: to, Subject: "Salasanaton otsikko", Text: "Maija Meikäläinen: puupaja Myllykoskelle", Language: "fi"})
		}); err != nil {
			d.Fatal(err)
		}
	}
	run := func() {
		d.Helper()
		if err := runner.Drain(ctx); err != nil {
			d.Fatal(err)
		}
	}
	post("bringer.answered", "maija@meikalaiset.example")
	run() // refused for now: the job waits with an error
	sender.permanent = true
	post("bringer.asked", "maija@meikalaiset.example")
	run() // failed for good
	way = mail.NewConsole(io.Discard, mail.Address{Email: "kokko@kouvola.example"})
	post("bringer.dropped", "maija@meikalaiset.example")
	post("office.dropped", "planner@kouvola.example")
	run()                                             // gone
	post("office.replied", "planner@kouvola.example") // waits
	return r
}

// traces walks every text of every table of the live store.
func (d *desk) traces(needles ...string) (found []string) {
	d.Helper()
	ctx := context.Background()
	tables, err := d.db.Tables(ctx, d.db)
	if err != nil {
		d.Fatal(err)
	}
	looked := 0
	for _, table := range tables {
		for _, column := range table.Columns {
			if column.Type != store.Text && column.Type != store.JSON {
				continue
			}
			looked++
			rows, err := d.db.Query(ctx, `SELECT `+column.Name+` FROM `+table.Name)
			if err := store.Each(rows, err, func(rows *sql.Rows) error {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				for _, n := range needles {
					if n = strings.ToLower(n); strings.HasPrefix(table.Name, "search_") {
						n = stem(n)
					}
					if strings.Contains(strings.ToLower(text), n) {
						found = append(found, table.Name+"."+column.Name+": "+n)
					}
				}
				return nil
			}); err != nil {
				d.Fatalf("%s.%s: %v", table.Name, column.Name, err)
			}
		}
	}
	if looked < 40 {
		d.Fatalf("only %d columns looked at", looked)
	}
	return append(found, d.inKeys(needles...)...)
}

// stem is how a word begins, however the index bends it.
func stem(word string) string { return word[:min(5, len(word))] }

// inKeys walks the bytes of the index of keys, where SQLite keeps it.
func (d *desk) inKeys(needles ...string) (found []string) {
	d.Helper()
	if d.db.Engine == store.Postgres {
		return nil
	}
	rows, err := d.db.Query(context.Background(), `SELECT block FROM search_keys_data`)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var block []byte
		err := rows.Scan(&block)
		for _, n := range needles {
			if n = stem(strings.ToLower(n)); bytes.Contains(block, []byte(n)) {
				found = append(found, "search_keys: "+n)
			}
		}
		return err
	}); err != nil {
		d.Fatal(err)
	}
	return found
}

func TestEraseLeavesNothingOfTheBringer(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r := lived(d)
		needles := []string{"Meikäläinen", "meikalaiset", "040 765", "puupaja", "Salasanaton", "ratkaisevasti", "Mummolanmäki"}
		if err := finder(d.ids).Count(ctx, d.db, region); err != nil {
			t.Fatal(err)
		}
		if before := d.traces(needles...); len(before) < 20 || !slices.ContainsFunc(before, func(s string) bool { return strings.HasPrefix(s, "search_words.") }) {
			t.Fatalf("the walk finds too little to prove anything: %q", before)
		}
		beats := len(d.story(r.Spark.ID))
		s, err := d.sparks.Withdraw(ctx, region, r.Link, true)
		if err != nil {
			t.Fatal(err)
		}
		if found := d.traces(needles...); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if s.State != spark.Withdrawn || s.Listed || s.Doers != 0 {
			t.Errorf("%+v", s)
		}
		all := d.story(r.Spark.ID)
		if len(all) != beats+2 || s.Beats != len(all) {
			t.Errorf("%d beats of %d, %d counted", len(all), beats, s.Beats)
		}
		erased, withdrawn := all[len(all)-2], all[len(all)-1]
		if erased.Type != story.Erased || len(erased.Facts.Erased) != 6 || erased.Visibility != story.InOffice || withdrawn.Type != story.Withdrawn {
			t.Errorf("%+v, %+v", erased, withdrawn)
		}
		for _, b := range all {
			if b.HasWords {
				t.Errorf("%+v", b)
			}
		}
		if n := d.count(`SELECT COUNT(*) FROM bringer_links WHERE drop_hash <> '' OR ended_at = 0`); n != 0 {
			t.Error("a link lives, or the hash of what was written")
		}
		if n := d.count(`SELECT COUNT(*) FROM mails`); n != 0 {
			t.Errorf("%d letters are left", n)
		}
		// What waits to be sent finds nothing to send and comes to rest.
		var b strings.Builder
		runner := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{})
		mail.NewOutbox(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), func(context.Context, string) (mail.Way, error) {
			return mail.Way{Sender: mail.NewConsole(&b, mail.Address{Email: "kokko@kouvola.example"}), Here: true}, nil
		}).Bind(runner)
		d.clock.Advance(1 << 50) // past every pause
		if err := runner.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		if b.Len() > 0 || d.count(`SELECT COUNT(*) FROM jobs WHERE kind = 'mail.send'`) != 0 {
			t.Errorf("a letter was carried: %s", b.String())
		}
	})
}

func TestWithdrawWithoutErasingKeepsWhatWasSaidButNotWho(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		draft := maija()
		r := d.drop(draft)
		firstSpark(d.sparks.Reply(context.Background(), region, r.Link, "Sanottu.", true, d.promise))
		if _, err := d.sparks.Withdraw(context.Background(), region, r.Link, false); err != nil {
			t.Fatal(err)
		}
		if found := d.traces("Meikäläinen", "meikalaiset", "040 765"); len(found) > 0 {
			t.Errorf("left: %q", found)
		}
		if found := d.traces("puupaja", "Sanottu"); len(found) == 0 {
			t.Error("more was erased than asked for")
		}
	})
}

func TestWithdrawTakesTheBringersLettersOnly(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r := lived(d)
		other := lived(d)
		if _, err := d.sparks.Withdraw(context.Background(), region, r.Link, false); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE spark_id = $1`, int64(r.Spark.ID)); n != 2 {
			t.Errorf("%d letters of the withdrawn spark are left, want the office's two", n)
		}
		if n := d.count(`SELECT COUNT(*) FROM mails WHERE spark_id = $1`, int64(other.Spark.ID)); n != 5 {
			t.Errorf("another spark has %d letters left of five", n)
		}
	})
}
