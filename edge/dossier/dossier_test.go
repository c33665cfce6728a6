package dossier_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/edge/dossier"
	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/pdf/pdftest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

const region = "kouvola"

// all is a reader who may read everything.
func all() dossier.Reader { return dossier.Reader{Contacts: true, Notes: true, Letters: true} }

// desk is a region with its office and one spark that much has happened to, on
// Monday 23 November 2026 at ten.
type desk struct {
	testing.TB
	db      *store.DB
	clock   *clock.Fake
	texts   *i18n.Bundle
	sparks  *spark.Service
	edition programme.Edition
	planner office.Officer
	spark   spark.Spark
	link    string
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) { behaviour(t, newDesk(t, db)) })
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// allRead are the texts, read once for all tests.
var allRead = sync.OnceValues(func() (*i18n.Bundle, error) {
	return i18n.Load(dossier.Texts, web.Texts, mail.Texts, notify.Texts, workday.Texts(), programme.Texts(), place.Texts())
})

func newDesk(t testing.TB, db *store.DB) *desk {
	t.Helper()
	ctx := context.Background()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	ids, log := ident.NewMaker(c), slog.New(slog.DiscardHandler)
	d := &desk{TB: t, db: db, clock: c, sparks: spark.New(db, c, ids)}
	var err error
	d.texts, err = allRead()
	d.must(err)
	d.texts = d.texts.Twin()
	d.texts.OnMissing(func(m i18n.Missing) { t.Errorf("text missing: %s", m) })
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	d.must(err)
	services := programme.NewService(db, c, ids, programmes.Files())
	d.edition, err = services.Publish(ctx, "kouvola.yaml", source, "", "", nil)
	d.must(err)
	d.planner, err = office.New(db, c, ids).Hire(ctx, office.Officer{Region: region, Email: "kaisa@kouvola.example", Name: "Kaisa Esimerkki", Title: "hankesuunnittelija", Phone: "000 000 0000", Role: office.Planner, Language: "fi"})
	d.must(err)
	runner := jobs.New(db, c, ids, log, jobs.Options{})
	outbox := mail.NewOutbox(db, c, ids, log, func(context.Context, string) (mail.Way, error) {
		return mail.Way{Sender: mail.NewConsole(io.Discard, mail.Address{Email: "kokko@kouvola.example"}), Here: true, From: mail.Address{Email: "kokko@kouvola.example"}}, nil
	})
	outbox.Bind(runner)
	postman := &notify.Postman{DB: db, Clock: c, Texts: d.texts, Programmes: services, Outbox: outbox, Site: "https://kokko.kouvola.example",
		Settings: func(context.Context, string) (mail.Settings, error) { return mail.Settings{}, nil }}
	postman.Bind(runner)

	r, err := d.sparks.Drop(ctx, region, spark.Programme{Promise: d.edition, Version: d.edition.Version.ID}, spark.Draft{
		Text: "Bryggan i Elimä behöver lagas. 🛶", Title: "Bryggan", Language: "sv", Kind: spark.Vitality, Place: "Elimäki", Themes: []string{d.edition.Themes[0].ID},
		Name: "Maija Meikäläinen", Email: "maija@posti.example", Phone: "040 123 4567", Contact: spark.Call, Visibility: spark.Unnamed}, spark.By{})
	d.must(err)
	d.spark, d.link = r.Spark, r.Link
	act := d.act()
	do := func(_ spark.Spark, err error) { t.Helper(); c.Advance(time.Hour); d.must(err) }
	c.Advance(time.Hour)
	do(d.sparks.Note(ctx, act, "SISÄINEN-MUISTIO"))
	do(d.sparks.Talk(ctx, act, spark.Talk{Way: "call", Words: "PUHUTTIIN-KAHDEN", Measures: []spark.Measure{{What: "MITATAAN-RANTA", Who: "Kaisa", By: office.Today(c) + 7}}, Next: office.Today(c) + 3}))
	do(d.sparks.Answer(ctx, act, "VASTAUS-KAIKILLE", true, ""))
	do(d.sparks.Reply(ctx, region, d.link, "TUOJAN-SANA", false, d.edition))
	beats, _, err := story.Of(ctx, db, region, d.spark.ID, story.InOffice, 0)
	d.must(err)
	answer := beats[slices.IndexFunc(beats, func(b story.Beat) bool { return b.Type == story.Answered })]
	do(d.sparks.Correct(ctx, act, answer.ID, "OIKAISTU-VASTAUS"))
	do(d.sparks.Close(ctx, act, spark.Close{State: spark.Resting, Reason: "SYY-SULKEA", Would: "MIKÄ-SYTYTTÄISI"}))
	d.must(runner.Drain(ctx))
	return d
}

func (d *desk) act() spark.Act {
	return spark.Act{Region: region, Spark: d.spark.ID, Officer: d.planner}
}

func (d *desk) voice(lang i18n.Language) dossier.Voice {
	return dossier.Voice{Say: d.texts.For(lang), Edition: d.edition, Tell: func(b story.Beat) string { return "tapahtui " + string(b.Type) }, By: d.planner, Now: d.clock.Now(), Version: "1.2.3"}
}

// file makes the PDF and reads it.
func (d *desk) file(r dossier.Reader, lang i18n.Language) (text, sum string) {
	d.Helper()
	ctx := context.Background()
	m, err := dossier.Read(ctx, d.db, region, d.spark.Code, r)
	d.must(err)
	var b bytes.Buffer
	sum, err = dossier.PDF(ctx, d.db, m, d.voice(lang), &b)
	d.must(err)
	f := pdftest.Open(d, b.Bytes())
	f.Promises()
	if !strings.Contains(f.Title(), d.spark.Code) || f.Language() != string(lang) {
		d.Errorf("%q in %s", f.Title(), f.Language())
	}
	if foot := f.Text(true); !strings.Contains(foot, sum[:16]) {
		d.Error("the foot has no digest")
	}
	return strings.Join(strings.Fields(f.Text(false)), " "), sum
}

func TestADossierHoldsTheWholeMatter(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var sums []string
		for _, lang := range i18n.Languages() {
			say := d.texts.For(lang)
			text, sum := d.file(all(), lang)
			sums = append(sums, sum)
			for _, want := range []string{
				d.spark.Code, d.spark.ID.String(), "Bryggan i Elimä behöver lagas. 🛶", "Maija Meikäläinen", "maija@posti.example", "040 123 4567",
				"Kaisa Esimerkki, hankesuunnittelija", "SISÄINEN-MUISTIO", "PUHUTTIIN-KAHDEN", "MITATAAN-RANTA", "VASTAUS-KAIKILLE", "TUOJAN-SANA", "OIKAISTU-VASTAUS", "SYY-SULKEA", "MIKÄ-SYTYTTÄISI",
				"tapahtui dropped", "tapahtui corrected", "tapahtui closed", "@kokko.invalid", "Kokko 1.2.3", dossier.Spelt(sum),
				say.T("work.spark_state.resting"), say.T("workspark.reads.unnamed"), say.T("work.source.web"), say.T("outbox.stand.local"), say.T("work.wish.call"), d.edition.Themes[0].Name.In(string(lang)),
				say.T("dossier.guard"), say.T("dossier.made.boxes"), say.T("dossier.corrects", "when", say.DateTime(d.clock.Now().Add(-4*time.Hour))), say.T("dossier.is_corrected", "when", say.DateTime(d.clock.Now().Add(-2*time.Hour))),
			} {
				if !strings.Contains(text, strings.Join(strings.Fields(want), " ")) {
					t.Errorf("%s: no %q in\n%s", lang, want, text)
				}
			}
			// Nobody signs in with a dossier.
			if strings.Contains(text, d.link) || strings.Contains(text, "/oma/") && !strings.Contains(text, "/oma/…") {
				t.Errorf("%s: a private link is in it", lang)
			}
		}
		if sums[0] != sums[1] || sums[1] != sums[2] || len(sums[0]) != 64 {
			t.Errorf("the digest depends on the language: %q", sums)
		}
	})
}

func TestADossierHoldsWhatItsReaderMaySee(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		contacts := []string{"Maija", "maija@posti.example", "040 123 4567"}
		notes := []string{"SISÄINEN-MUISTIO", "PUHUTTIIN-KAHDEN", "MITATAAN-RANTA", "TUOJAN-SANA"}
		sums := map[string]bool{}
		for _, c := range []struct {
			reader dossier.Reader
			hidden []string
		}{
			{all(), nil}, {dossier.Reader{Notes: true}, contacts}, {dossier.Reader{Contacts: true}, notes}, {dossier.Reader{}, slices.Concat(contacts, notes, []string{"@kokko.invalid"})},
		} {
			text, sum := d.file(c.reader, i18n.Finnish)
			sums[sum] = true
			for _, word := range slices.Concat(contacts, notes) {
				if strings.Contains(text, word) == slices.Contains(c.hidden, word) {
					t.Errorf("%+v and %s", c.reader, word)
				}
			}
			if !strings.Contains(text, "VASTAUS-KAIKILLE") {
				t.Errorf("%+v reads no public answer", c.reader)
			}
		}
		if len(sums) != 4 {
			t.Errorf("%d digests of four contents", len(sums))
		}
	})
}

func TestTheDigestChangesWithTheContent(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, first := d.file(all(), i18n.Finnish)
		d.clock.Advance(48 * time.Hour)
		if _, again := d.file(all(), i18n.Swedish); again != first {
			t.Error("two copies of one content differ")
		}
		for name, change := range map[string]func() error{
			"note": func() error { _, err := d.sparks.Note(ctx, d.act(), "lisää"); return err },
			"measure": func() error {
				return d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, `UPDATE measures SET done_at = 1 WHERE region_id = $1`, region)
					return err
				})
			},
			"letter": func() error {
				return d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := tx.Exec(ctx, `UPDATE mails SET reply = '250 toinen' WHERE region_id = $1`, region)
					return err
				})
			},
			"contact": func() error {
				_, err := d.sparks.Keep(ctx, region, d.link, spark.Bringer{Name: "Maija", Email: "m@posti.example"})
				return err
			},
		} {
			_, before := d.file(all(), i18n.Finnish)
			d.must(change())
			if _, after := d.file(all(), i18n.Finnish); after == before {
				t.Errorf("%s changes nothing", name)
			}
		}
	})
}

func TestErasedWordsAreInNoDossier(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, err := d.sparks.Withdraw(ctx, region, d.link, true)
		d.must(err)
		text, _ := d.file(all(), i18n.Finnish)
		for _, gone := range []string{"Bryggan", "Maija", "maija@posti.example", "040 123 4567", "SISÄINEN-MUISTIO", "PUHUTTIIN-KAHDEN", "MITATAAN-RANTA", "VASTAUS-KAIKILLE", "TUOJAN-SANA", "OIKAISTU", "SYY-SULKEA", "MIKÄ-SYTYTTÄISI", "@kokko.invalid"} {
			if strings.Contains(text, gone) {
				t.Errorf("%s is in it", gone)
			}
		}
		for _, stays := range []string{d.spark.Code, "tapahtui answered", "tapahtui withdrawn", "Sanat on poistettu."} {
			if !strings.Contains(text, stays) {
				t.Errorf("%s is not in it", stays)
			}
		}
	})
}

// What is joined to a spark is named in its dossier, and it in theirs.
func TestJoinedSparksNameEachOther(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		drop := func(text string) spark.Spark {
			r, err := d.sparks.Drop(ctx, region, spark.Programme{Promise: d.edition, Version: d.edition.Version.ID}, spark.Draft{Text: text, Language: "fi", Visibility: spark.Public}, spark.By{})
			d.must(err)
			d.clock.Advance(time.Hour)
			return r.Spark
		}
		root, other := drop("Laituri kuntoon."), drop("Laituri korjattava.")
		d.spark = root
		_, before := d.file(all(), i18n.Finnish)
		_, err := d.sparks.Merge(ctx, d.act(), spark.Joining{Sparks: []spark.Seen{{ID: other.ID, Version: other.Version}}})
		d.must(err)
		text, after := d.file(all(), i18n.Finnish)
		if !strings.Contains(text, "Tähän yhdistetty "+other.Code) || before == after {
			t.Errorf("it does not name what was joined to it: %s", text)
		}
		d.spark = other
		if text, _ := d.file(all(), i18n.Finnish); !strings.Contains(text, "Yhdistetty kipinään "+root.Code) {
			t.Errorf("it does not name what carries it on: %s", text)
		}
	})
}

// What is attached is listed with its digest, its own name only for who may know
// whose it is.
func TestAttachmentsAreListed(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		_, before := d.file(all(), i18n.Finnish)
		files := attachment.New(d.clock, ident.NewMaker(d.clock), d.sparks)
		made, err := files.Make(ctx, strings.NewReader("Laiturin mitat: 4 × 10 m\n"), "Maijan mitat.txt", "Laiturin mitat")
		d.must(err)
		_, err = files.Add(ctx, region, d.link, []attachment.Made{made})
		d.must(err)
		for _, c := range []struct {
			reader dossier.Reader
			named  bool
		}{{all(), true}, {dossier.Reader{}, false}} {
			text, sum := d.file(c.reader, i18n.Finnish)
			if !strings.Contains(text, "Laiturin mitat") || !strings.Contains(text, dossier.Spelt(made.SHA256)) || strings.Contains(text, "Maijan mitat.txt") != c.named || sum == before {
				t.Errorf("%+v: %s", c.reader, text)
			}
		}
		for _, lang := range i18n.Languages() {
			d.file(all(), lang) // no text is missing
		}
	})
}

// A spark that changes while its dossier is written makes none.
func TestADossierOfTwoStatesIsNone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		m, err := dossier.Read(ctx, d.db, region, d.spark.Code, all())
		d.must(err)
		v := d.voice(i18n.Finnish)
		v.Tell = func(b story.Beat) string {
			if b.Type == story.Answered {
				_, err := d.sparks.Note(ctx, d.act(), "välissä")
				d.must(err)
			}
			return string(b.Type)
		}
		if _, err := dossier.PDF(ctx, d.db, m, v, io.Discard); !fault.Is(err, fault.Conflict) {
			t.Errorf("it gives %v", err)
		}
		if _, err := dossier.Read(ctx, d.db, region, "AAAA-AAAA", all()); !fault.Is(err, fault.NotFound) {
			t.Errorf("a number of nothing gives %v", err)
		}
	})
}

// Five thousand beats. Not parallel: it looks at the heap of the whole process.
func TestALongStoryIsNotHeld(t *testing.T) {
	d := newDesk(t, storetest.SQLite(t))
	ctx := context.Background()
	d.must(d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for i := range 5_000 {
			b := story.Beat{Region: region, Spark: d.spark.ID, ID: ident.At(d.clock.Now()) + ident.ID(i), Type: story.Noted, Actor: story.Office, Officer: d.planner.ID, Author: d.planner.Name,
				At: d.clock.Now(), Visibility: story.InOffice, Words: strings.Repeat(fmt.Sprintf("Rivi %d. ", i), 20)}
			if err := story.Append(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	}))
	m, err := dossier.Read(ctx, d.db, region, d.spark.Code, all())
	d.must(err)
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, peak, told := heap(), uint64(0), 0
	v := d.voice(i18n.Finnish)
	v.Tell = func(b story.Beat) string {
		if told++; told%500 == 0 {
			peak = max(peak, heap())
		}
		return "merkittiin"
	}
	var b bytes.Buffer
	_, err = dossier.PDF(ctx, d.db, m, v, io.Discard)
	d.must(err)
	if grown := int64(peak) - int64(before); grown > 12<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	t.Logf("heap %d → %d", before, peak)
	v.Tell = func(story.Beat) string { return "merkittiin" }
	_, err = dossier.PDF(ctx, d.db, m, v, &b)
	d.must(err)
	f := pdftest.Open(t, b.Bytes())
	if n := strings.Count(f.Text(false), "merkittiin"); n != 5_000+7 {
		t.Errorf("%d beats are told", n)
	}
	t.Logf("%d pages, %d bytes", len(f.Pages), b.Len())
}

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(dossier.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		t.Errorf("%+v", gap)
	}
}
