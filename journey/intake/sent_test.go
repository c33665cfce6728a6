package intake_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/journey/intake"
	"kokko/journey/spark"
)

// runner is the work behind the office's page.
func (d *desk) runner() *jobs.Runner {
	r := jobs.New(d.db, d.clock, ident.NewMaker(d.clock), slog.New(slog.DiscardHandler), jobs.Options{})
	d.intake.Bind(r, func(context.Context, string) (spark.Programme, intake.Words, error) {
		return spark.Programme{Promise: d.edition, Version: 1}, d.edition, nil
	})
	return r
}

func (d *desk) drain(r *jobs.Runner) {
	d.Helper()
	if err := r.Drain(context.Background()); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) send(text string) intake.Run {
	d.Helper()
	run, err := d.intake.Send(context.Background(), intake.Sent{Region: region, Kind: intake.Sparks, Source: "Kysely", Language: "fi", Name: "kysely.csv", File: strings.NewReader(text), Bytes: int64(len(text))})
	if err != nil {
		d.Fatal(err)
	}
	return run
}

func (d *desk) stands(run intake.Run, want intake.State) intake.Run {
	d.Helper()
	got, err := intake.ByID(context.Background(), d.db, region, run.ID)
	if err != nil || got.State != want {
		d.Errorf("%q, want %q; %v", got.State, want, err)
	}
	return got
}

// rows is a file of n proposals, whose every seventh has no text.
func rows(n int) string {
	var b strings.Builder
	b.WriteString("id,text,date\n")
	for i := range n {
		text := fmt.Sprintf("Ehdotus numero %d. %s", i, strings.Repeat("Äänestetään. ", 40))
		if i%7 == 0 {
			text = ""
		}
		fmt.Fprintf(&b, "k%d,\"%s\",2019-03-%02d\n", i, text, i%28+1)
	}
	return b.String()
}

func TestASentFileIsTriedAndThenTakenInOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		const n = 1200 // of several pieces
		text := rows(n)
		refused := (n + 6) / 7
		r := d.runner()
		run := d.send(text)
		if parts := d.count(`SELECT COUNT(*) FROM import_parts`); parts < 2 {
			t.Fatalf("%d pieces", parts)
		}
		if err := d.intake.Begin(ctx, region, run.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("begun before it was tried: %v", err)
		}
		d.drain(r)
		got := d.stands(run, intake.Tried)
		faults, err := intake.Faults(ctx, d.db, region, run.ID, 0, n)
		if err != nil || got.Added != n-refused || got.Rejected != refused || len(faults) != refused || d.count(`SELECT COUNT(*) FROM sparks`) != 0 {
			t.Errorf("%+v, %d faults, %v", got.Count, len(faults), err)
		}
		// Twice by two at once: one of them begins it.
		if err := d.intake.Begin(ctx, region, run.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.intake.Begin(ctx, region, run.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("begun twice: %v", err)
		}
		if err := d.intake.Drop(ctx, region, run.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("dropped while it is taken in: %v", err)
		}
		d.drain(r)
		if got = d.stands(run, intake.Done); got.Added != n-refused || got.Rejected != refused || d.count(`SELECT COUNT(*) FROM sparks`) != n-refused || d.count(`SELECT COUNT(*) FROM import_parts`) != 0 || d.count(`SELECT COUNT(*) FROM import_faults`) != refused {
			t.Errorf("%+v", got)
		}
		if err := d.intake.TakeBack(ctx, region, run.ID); err != nil {
			t.Fatal(err)
		}
		if err := d.intake.TakeBack(ctx, region, run.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("taken back twice: %v", err)
		}
		d.drain(r)
		if d.stands(run, intake.Undone); d.count(`SELECT COUNT(*) FROM sparks`) != 0 || d.count(`SELECT COUNT(*) FROM audit_entries WHERE what IN ('data.imported', 'data.import_undone')`) != 2 {
			t.Error("not taken back, or not told once each")
		}
		for name, err := range map[string]error{"begin": d.intake.Begin(ctx, "iitti", run.ID), "take back": d.intake.TakeBack(ctx, "iitti", run.ID), "drop": d.intake.Drop(ctx, "iitti", run.ID), "choose": d.intake.Choose(ctx, "iitti", run.ID, nil)} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s in another region: %v", name, err)
			}
		}
	})
}

func TestASentFileThatIsNoTableIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		r := d.runner()
		run := d.send("id,text\n" + strings.Repeat("1,\"x\"y\n", 3000))
		d.drain(r)
		if d.stands(run, intake.Unread); d.count(`SELECT COUNT(*) FROM sparks`) != 0 {
			t.Error("something was taken")
		}
		if err := d.intake.Drop(context.Background(), region, run.ID); err != nil || d.count(`SELECT COUNT(*) FROM imports`)+d.count(`SELECT COUNT(*) FROM import_parts`)+d.count(`SELECT COUNT(*) FROM import_faults`) != 0 {
			t.Errorf("%v", err)
		}
	})
}

func TestAFileThatNobodyTakesInIsLetGo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, r := context.Background(), d.runner()
		waits, lost := d.send(rows(20)), d.send(rows(30))
		d.drain(r)
		if err := d.intake.Begin(ctx, region, lost.ID); err != nil { // and nobody works on it
			t.Fatal(err)
		}
		d.clock.Advance(intake.SentKept - time.Hour)
		fresh := d.send(rows(10))
		if err := d.intake.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		d.stands(waits, intake.Tried)
		d.clock.Advance(2 * time.Hour)
		if err := d.intake.Sweep(ctx, region); err != nil {
			t.Fatal(err)
		}
		if _, err := intake.ByID(ctx, d.db, region, waits.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		d.stands(lost, intake.Failed)
		d.stands(fresh, intake.Trying)
		if n := d.count(`SELECT COUNT(DISTINCT import_id) FROM import_parts`); n != 1 {
			t.Errorf("pieces of %d files", n)
		}
		d.drain(r) // what was queued of those finds nothing to do
		d.stands(lost, intake.Failed)
		d.stands(fresh, intake.Tried)
	})
}
