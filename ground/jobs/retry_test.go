package jobs_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

func TestPause(t *testing.T) {
	t.Parallel()
	for try, want := range map[int]time.Duration{
		1: 10 * time.Second, 2: 20 * time.Second, 3: 40 * time.Second, 10: 5120 * time.Second,
		12: 20480 * time.Second, 13: 6 * time.Hour, 1000: 6 * time.Hour, 0: 10 * time.Second,
	} {
		if got := jobs.Pause(try); got != want {
			t.Errorf("after try %d: %v, want %v", try, got, want)
		}
	}
	var all time.Duration
	for try := 1; try < jobs.DefaultMaxTries; try++ {
		all += jobs.Pause(try)
	}
	if all < 48*time.Hour {
		t.Errorf("all tries are over in %v: no weekend's outage is outlived", all)
	}
}

// Each failed try rests for Pause, a fifth more or less, and the last is dead.
func TestRetriesWithGrowingPauses(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{})
		var tries seen[jobs.Job[number]]
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error {
			tries.add(j)
			return errors.New("the server said: 451 later\x00 " + strings.Repeat("ä", 3000))
		})
		enqueue(t, db, count, number{7}, jobs.MaxTries(4))
		for try := 1; try <= 4; try++ {
			drain(t, r)
			if got := len(tries.list()); got != try {
				t.Fatalf("%d tries, want %d", got, try)
			}
			if try == 4 {
				break
			}
			fake.Advance(jobs.Pause(try)*4/5 - time.Microsecond)
			drain(t, r)
			if got := len(tries.list()); got != try {
				t.Fatalf("try %d came too early", got)
			}
			fake.Advance(jobs.Pause(try)*2/5 + time.Microsecond)
		}
		for i, j := range tries.list() {
			if j.Try != i+1 || j.LastTry != (i == 3) {
				t.Errorf("try %d says %d, last %v", i+1, j.Try, j.LastTry)
			}
		}
		dead, next, err := r.Dead(context.Background(), jobs.Page{})
		if err != nil || len(dead) != 1 || next != 0 {
			t.Fatal(dead, next, err)
		}
		d := dead[0]
		if d.Kind != count.Name || string(d.Args) != `{"N":7}` || d.Tries != 4 || !d.Died.Equal(fake.Now()) {
			t.Errorf("%+v", d)
		}
		if !strings.HasPrefix(d.Error, "the server said: 451 later␀ ä") || len(d.Error) > 2000 || !utf8.ValidString(d.Error) {
			t.Errorf("kept error of %d bytes: %.60q", len(d.Error), d.Error)
		}
		fake.Advance(365 * 24 * time.Hour)
		if s := stats(t, r); s.Dead != 1 || s.Waiting != 0 || s.Running != 0 {
			t.Errorf("%+v", s)
		}
	})
}

func TestTheDeadAreSeenRevivedAndDropped(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := context.Background()
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{KeepDead: 24 * time.Hour})
		well := false
		var done seen[int]
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error {
			if !well {
				return jobs.Discard(errors.New("hopeless"))
			}
			done.add(j.Try)
			return nil
		})
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return count.EnqueueMany(ctx, tx, make([]number, 7)) })
		drain(t, r)
		var ids []ident.ID
		for before := ident.ID(0); ; {
			page, next, err := r.Dead(ctx, jobs.Page{Before: before, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range page {
				if len(ids) > 0 && d.ID >= ids[len(ids)-1] {
					t.Errorf("%v after %v", d.ID, ids)
				}
				if d.Tries != 1 {
					t.Errorf("discarded after %d tries", d.Tries)
				}
				ids = append(ids, d.ID)
			}
			if before = next; next == 0 {
				break
			}
		}
		if len(ids) != 7 {
			t.Fatalf("the pages hold %d", len(ids))
		}
		if err := r.Drop(ctx, ids[0]); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"dropped twice": r.Drop(ctx, ids[0]), "revived after drop": r.Retry(ctx, ids[0]), "revived a stranger": r.Retry(ctx, 5),
		} {
			if !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", name, err)
			}
		}
		well = true
		if err := r.Retry(ctx, ids[1]); err != nil {
			t.Error(err)
		}
		if err := r.Drop(ctx, ids[1]); !fault.Is(err, fault.NotFound) {
			t.Errorf("a living job was dropped: %v", err)
		}
		drain(t, r)
		if got := done.list(); len(got) != 1 || got[0] != 1 {
			t.Errorf("revived with tries %v", got)
		}
		// What nobody cared for is forgotten: the night's round after KeepDead.
		fake.Advance(23 * time.Hour)
		drain(t, r)
		if s := stats(t, r); s.Dead != 5 {
			t.Errorf("forgot too early: %+v", s)
		}
		fake.Advance(24 * time.Hour)
		drain(t, r)
		if s := stats(t, r); s.Dead != 0 {
			t.Errorf("not forgotten: %+v", s)
		}
	})
}

// However a handler ends, its job goes on: none of these stops the Runner.
func TestHandlersThatBreak(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range map[string]struct {
			do   func()
			says string
		}{
			"panic": {func() { panic("oh no") }, "panic: oh no"},
			"nil panic": {func() {
				var m map[string]int
				m["a"] = 1 //lint:ignore SA5000 the panic is the point
			}, "nil map"},
			"goexit":     {runtime.Goexit, "ended its goroutine"},
			"panic of 0": {func() { panic("\x00") }, "panic: ␀"},
		} {
			fake := clock.NewFake(monday)
			r := newRunner(db, fake, jobs.Options{})
			jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error {
				if j.Args.N == 1 {
					c.do()
				}
				return nil
			})
			enqueue(t, db, count, number{1}, jobs.MaxTries(2))
			enqueue(t, db, count, number{2})
			drain(t, r)
			if s := stats(t, r); s.Waiting != 1 || s.Dead != 0 {
				t.Errorf("%s: %+v, want one waiting for its second try", name, s)
			}
			fake.Advance(time.Minute)
			drain(t, r)
			dead, _, err := r.Dead(context.Background(), jobs.Page{})
			if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Error, c.says) {
				t.Fatalf("%s: %v %v", name, dead, err)
			}
			if err := r.Drop(context.Background(), dead[0].ID); err != nil {
				t.Error(err)
			}
		}
	})
}

// Arguments another version wrote and this one cannot read are dead at once, not lost.
func TestUnreadableArguments(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{})
		jobs.Handle(r, count, func(context.Context, jobs.Job[number]) error { t.Error("ran"); return nil })
		//lint:ignore S1016 another kind under the same name is the point
		enqueue(t, db, jobs.Kind[[]string]{Name: count.Name}, []string{"not a number"})
		drain(t, r)
		dead, _, err := r.Dead(context.Background(), jobs.Page{})
		if err != nil || len(dead) != 1 || !strings.Contains(dead[0].Error, "arguments cannot be read") {
			t.Errorf("%+v %v", dead, err)
		}
	})
}

func TestWiringMistakesPanic(t *testing.T) {
	t.Parallel()
	r := newRunner(storetest.SQLite(t), clock.NewFake(monday), jobs.Options{})
	nothing := func(context.Context, jobs.Job[number]) error { return nil }
	jobs.Handle(r, count, nothing)
	r.Every("e", jobs.Daily(1, 0), func(context.Context) error { return nil })
	r.Start(context.Background())
	defer stop(t, r)
	for name, do := range map[string]func(){
		"kind bound twice":    func() { jobs.Handle(r, count, nothing) },
		"kind without a name": func() { jobs.Handle(r, jobs.Kind[number]{}, nothing) },
		"period named twice":  func() { r.Every("e", jobs.Daily(1, 0), func(context.Context) error { return nil }) },
		"started twice":       func() { r.Start(context.Background()) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			do()
		}()
	}
}
