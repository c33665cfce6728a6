package intake_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kokko/ground/fault"
	"kokko/journey/intake"
	"kokko/journey/spark"
)

func TestColumnsAreKnownByTheHeadingsPeopleUse(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		headings string
		said     intake.Map
		want     intake.Map
		lacking  string
		unknown  string
	}{
		{"id,title,text,district,lat,lon,state,comments,selected,plans", nil, intake.Map{"id": "id", "title": "title", "text": "text", "place": "district", "state": "state", "comments": "comments", "selected": "selected"}, "", ""},
		{"Tunnus,Otsikko,Kuvaus,Kylä,Teema,PVM,Kieli", nil, intake.Map{"id": "Tunnus", "title": "Otsikko", "text": "Kuvaus", "place": "Kylä", "theme": "Teema", "date": "PVM", "language": "Kieli"}, "", ""},
		{"Nummer,Rubrik,Beskrivning,Ort,Inlämnad", nil, intake.Map{"id": "Nummer", "title": "Rubrik", "text": "Beskrivning", "place": "Ort", "date": "Inlämnad"}, "", ""},
		{"Ehdotuksen nro,Ehdotus", intake.Map{"id": "ehdotuksen NRO"}, intake.Map{"id": "Ehdotuksen nro", "text": "Ehdotus"}, "", ""},
		{"id,text,title", intake.Map{"title": "", "text": "title"}, intake.Map{"id": "id", "text": "title"}, "", ""},
		{"foo,bar", intake.Map{"id": "baz", "mood": "foo"}, intake.Map{}, "id text", "baz mood"},
	} {
		m, lacking, unknown := intake.Guess(intake.Sparks, strings.Split(c.headings, ","), c.said)
		if diff := cmp.Diff(c.want, m); diff != "" || strings.Join(lacking, " ") != c.lacking || strings.Join(unknown, " ") != c.unknown {
			t.Errorf("%s: lacking %q unknown %q\n%s", c.headings, lacking, unknown, diff)
		}
	}
}

const hostile = "id;otsikko;teksti;päivä;tila;kommentit;kieli\n" +
	"1;=cmd|' /C calc'!A0;=HYPERLINK(\"http://x.example\");12.11.2018;hyväksytty;3;fi\n" +
	"2;Rikki;\"lainaus\" ja jatkoa;1.1.2020;;;\n" +
	";Ilman tunnusta;x;;;;\n" +
	"3;;;;;;\n" +
	"4;Väärä päivä;x;32.13.2018;;;\n" +
	"5;Tulevaisuudesta;x;2090-01-01;;;\n" +
	"6;Peruttu;x;;peruttu;;\n" +
	"7;Outo luku;x;;;monta;\n" +
	"8;Outo kieli;x;;;;ruotsi ei vaan xx\n" +
	"1;Sama tunnus;x;;;;\n" +
	"9;Nolla\x00merkki;x;;;;\n" +
	"10;Monta;x;;;;;;ylimääräinen\n" +
	"11;" + "Otsikko joka on aivan liian pitkä kipinän otsikoksi. " + "Se jatkuu ja jatkuu, eikä siitä saa hukkua sanaakaan, vaikka se ei mahdu otsikoksi.;Teksti.;2018-11-12;;;\n" +
	"12;\u202eKääntö\u202c;<script>alert(1)</script>;;valittu;;\n"

func TestEveryRefusedRowIsNamedWithItsReason(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		o := d.order(intake.Sparks, file(hostile), nil)
		want := []string{"3  quote", "4 id missing", "5 text missing", "6 date date", "7 date date", "8 state withdrawn", "9 comments number", "10 language language", "11 id twice", "12  letters", "13  columns"}
		trial := o
		trial.Trial = true
		run, got := d.take(trial)
		lines := strings.Split(got, ", ")
		if !slices.Equal(lines, want) || run.Added != 3 || run.Rejected != len(want) {
			t.Errorf("tried: %q, %+v", lines, run.Count)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`) + d.count(`SELECT COUNT(*) FROM imports`) + d.count(`SELECT COUNT(*) FROM import_faults`); n != 0 {
			t.Errorf("a trial left %d rows", n)
		}
		run, got = d.take(o)
		lines = strings.Split(got, ", ")
		if !slices.Equal(lines, want) || run.Added != 3 || run.Rejected != len(want) || run.State != intake.Done || run.Ended.IsZero() {
			t.Errorf("%q, %+v", lines, run)
		}
		kept, err := intake.Faults(context.Background(), d.db, region, run.ID, 0, 100)
		if err != nil || len(kept) != len(want) {
			t.Errorf("%d kept, %v", len(kept), err)
		}
		list, _, err := spark.List(context.Background(), d.db, region, spark.Filter{})
		if err != nil || len(list) != 3 {
			t.Fatalf("%v %d", err, len(list))
		}
		for _, sp := range list {
			switch {
			case strings.HasPrefix(sp.Text, "=HYPERLINK"): // words like any others
				if sp.Title != "=cmd|' /C calc'!A0" || sp.Dropped.Format("2006-01-02") != "2018-11-12" {
					t.Errorf("%+v", sp)
				}
			case strings.HasPrefix(sp.Text, "Otsikko joka"):
				if !strings.HasSuffix(sp.Text, "otsikoksi.\n\nTeksti.") || len(sp.Title) > spark.MaxTitle {
					t.Errorf("%q: %q", sp.Title, sp.Text)
				}
			case sp.Text != "<script>alert(1)</script>" || sp.Title != "Kääntö" || sp.State != spark.Glowing:
				t.Errorf("%+v", sp)
			}
		}
	})
}

// many is a file of n sparks that is never whole in memory.
func many(n int) func() (io.ReadCloser, error) {
	return func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			_, err := io.WriteString(w, "id,text,date\n")
			for i := 0; i < n && err == nil; i++ {
				_, err = fmt.Fprintf(w, "k%d,\"Ehdotus numero %d, ja sen\nkaksi riviä.\",2019-03-%02d\n", i, i, i%28+1)
			}
			w.CloseWithError(err)
		}()
		return r, nil
	}
}

var errCut = errors.New("the power went")

// cut is a file whose reading ends with an error after so many bytes.
type cut struct {
	io.ReadCloser
	left int
}

func (c *cut) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errCut
	}
	n, err := c.ReadCloser.Read(p[:min(len(p), c.left)])
	c.left -= n
	return n, err
}

func TestAnImportGoesOnWhereItWasCutShort(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		const rows = 730
		o := d.order(intake.Sparks, many(rows), nil)
		broken := o
		broken.Open = func() (io.ReadCloser, error) {
			in, err := o.Open()
			return &cut{in, 30000}, err
		}
		run, err := d.intake.Take(context.Background(), broken)
		if !errors.Is(err, errCut) {
			t.Fatal(err)
		}
		first := d.count(`SELECT COUNT(*) FROM sparks`)
		if first == 0 || first >= rows || run.Added != first {
			t.Fatalf("%d sparks before the cut, %+v", first, run)
		}
		// Cut by the end of its time, between two batches.
		ctx, stop := context.WithCancel(context.Background())
		again := o
		again.Progress = func(r intake.Run) {
			if r.Added > first {
				stop()
			}
		}
		if _, err := d.intake.Take(ctx, again); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		whole, _ := d.take(o)
		if whole.ID != run.ID || !whole.Again || whole.Added != rows || whole.State != intake.Done {
			t.Errorf("%+v after %+v", whole, run)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`); n != rows || d.count(`SELECT COUNT(*) FROM spark_imports`) != rows || d.count(`SELECT COUNT(*) FROM beats`) != rows {
			t.Errorf("%d sparks", n)
		}
		// Once more: nothing changes.
		if same, _ := d.take(o); same.Same != rows || same.Added+same.Changed != 0 || same.ID == whole.ID || d.count(`SELECT COUNT(*) FROM beats`) != rows {
			t.Errorf("%+v", same)
		}
		// Two at once do not take a row twice: one is told so.
		other := d.order(intake.Sparks, many(rows+100), nil)
		met := other
		met.Progress = func(intake.Run) {
			met.Progress = nil
			if _, err := d.intake.Take(context.Background(), other); err != nil {
				t.Error(err)
			}
		}
		once := met
		if _, err := d.intake.Take(context.Background(), once); !fault.Is(err, fault.Conflict) {
			t.Errorf("the slower of two: %v", err)
		}
		if n := d.count(`SELECT COUNT(*) FROM sparks`); n != rows+100 {
			t.Errorf("%d sparks", n)
		}
	})
}

func TestAnImportIsUndone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		run, _ := d.take(d.order(intake.Sparks, many(230), nil))
		removed, kept, err := d.intake.Undo(context.Background(), region, run.ID)
		if err != nil || removed != 230 || kept != 0 || d.count(`SELECT COUNT(*) FROM sparks`) != 0 {
			t.Errorf("%d %d %v", removed, kept, err)
		}
		if got, err := intake.ByID(context.Background(), d.db, region, run.ID); err != nil || got.State != intake.Undone {
			t.Errorf("%+v %v", got, err)
		}
		if n := d.count(`SELECT COUNT(*) FROM audit_entries WHERE what IN ('data.imported', 'data.import_undone')`); n != 2 {
			t.Errorf("%d lines in the log", n)
		}
		if _, _, err := d.intake.Undo(context.Background(), "iitti", run.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's: %v", err)
		}
	})
}

// A file of 64 MB is read in the memory of a small one.
func TestMemoryIsBoundedWhateverTheSize(t *testing.T) { // by itself: it measures what is in memory
	line := strings.Repeat("sana ", 100)
	open := func() (io.ReadCloser, error) {
		r, w := io.Pipe()
		go func() {
			_, err := io.WriteString(w, "id,text\n")
			for i := 0; i < 125_000 && err == nil; i++ {
				_, err = fmt.Fprintf(w, "%d,%s\n", i, line)
			}
			w.CloseWithError(err)
		}()
		return r, nil
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	form, _, _, err := intake.Look(open)
	runtime.GC()
	runtime.ReadMemStats(&after)
	if err != nil || form.Bytes < 60<<20 || int64(after.HeapAlloc)-int64(before.HeapAlloc) > 8<<20 {
		t.Errorf("%v, %d bytes seen, %d kept", err, form.Bytes, int64(after.HeapAlloc)-int64(before.HeapAlloc))
	}
}

func TestTheProposalsOfACityComeIn(t *testing.T) {
	const path = "../../../shared/data/ideas/omastadi_round1.csv"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the shared test data is not beside the project: " + path)
	}
	each(t, func(t *testing.T, d *desk) {
		o := d.order(intake.Sparks, func() (io.ReadCloser, error) { return os.Open(path) }, nil)
		run, refused := d.take(o)
		if run.Added != 1274 || run.Rejected != 11 || strings.Count(refused, "withdrawn") != 11 {
			t.Errorf("%+v: %s", run.Count, refused)
		}
		if out, glowing := d.count(`SELECT COUNT(*) FROM sparks WHERE state = 'out'`), d.count(`SELECT COUNT(*) FROM sparks WHERE state = 'glowing'`); out != 435 || glowing != 79 {
			t.Errorf("%d out, %d glowing", out, glowing)
		}
		if d.count(`SELECT COUNT(*) FROM jobs`)+d.count(`SELECT COUNT(*) FROM mails`) != 0 {
			t.Error("somebody is written to")
		}
		d.clock.Advance(time.Hour)
		if same, _ := d.take(o); same.Same != 1274 {
			t.Errorf("%+v", same.Count)
		}
	})
}
