package jobs_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

func TestEnqueueIsPartOfTheTransaction(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{})
		var ran seen[int]
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error { ran.add(j.Args.N); return nil })
		oops := errors.New("changed my mind")
		err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			if err := count.Enqueue(ctx, tx, number{1}); err != nil {
				return err
			}
			return oops
		})
		if !errors.Is(err, oops) {
			t.Fatal(err)
		}
		enqueue(t, db, count, number{2})
		drain(t, r)
		if got := ran.list(); !slices.Equal(got, []int{2}) {
			t.Errorf("ran %v, want only the committed 2", got)
		}
		if s := stats(t, r); s != (jobs.Stats{}) {
			t.Errorf("done jobs leave %+v", s)
		}
	})
}

func TestArgumentsComeBackAsTheyWent(t *testing.T) {
	t.Parallel()
	type all struct {
		Text  string
		Big   int64
		When  time.Time
		Bytes []byte
		Inner map[string][]int
		None  *int
	}
	kind := jobs.Kind[all]{Name: "test.all"}
	want := all{
		Text: "Kipinä \x00 \u202e \"'{json}$1 🔥", Big: 1<<62 + 1, When: monday, Bytes: []byte{0, 255},
		Inner: map[string][]int{"å": {1, 2}},
	}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{})
		var got seen[jobs.Job[all]]
		jobs.Handle(r, kind, func(_ context.Context, j jobs.Job[all]) error { got.add(j); return nil })
		enqueue(t, db, kind, want, jobs.MaxTries(1))
		drain(t, r)
		if len(got.list()) != 1 {
			t.Fatalf("ran %d times", len(got.list()))
		}
		j := got.list()[0]
		if d := cmp.Diff(want, j.Args); d != "" {
			t.Error(d)
		}
		if j.ID <= 0 || j.Try != 1 || !j.LastTry {
			t.Errorf("id %v, try %d, last %v", j.ID, j.Try, j.LastTry)
		}
	})
}

func TestEnqueueRefuses(t *testing.T) {
	t.Parallel()
	text := jobs.Kind[string]{Name: "test.text"}
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range map[string]struct {
			kind jobs.Kind[string]
			args []string
			opts []jobs.Option
			code fault.Code
		}{
			"at the bound":       {text, []string{strings.Repeat("a", jobs.MaxArgs-2)}, nil, ""},
			"over the bound":     {text, []string{strings.Repeat("a", jobs.MaxArgs-1)}, nil, fault.TooLarge},
			"no name":            {jobs.Kind[string]{}, []string{"a"}, nil, fault.Internal},
			"no tries":           {text, []string{"a"}, []jobs.Option{jobs.MaxTries(0)}, fault.Internal},
			"one key for many":   {text, []string{"a", "b"}, []jobs.Option{jobs.Unique("k")}, fault.Internal},
			"nothing to enqueue": {text, nil, nil, ""},
		} {
			err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return c.kind.EnqueueMany(ctx, tx, c.args, c.opts...) })
			if fault.CodeOf(err) != c.code {
				t.Errorf("%s: %v, want code %q", name, err, c.code)
			}
		}
	})
}

func TestManyAndInOrderOfArrival(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Workers: 1})
		var ran seen[int]
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error { ran.add(j.Args.N); return nil })
		var args []number
		want := make([]int, 123)
		for i := range want {
			want[i] = i
			args = append(args, number{i})
		}
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return count.EnqueueMany(ctx, tx, args) })
		if s := stats(t, r); s.Waiting != 123 || s.Oldest.IsZero() {
			t.Errorf("waiting: %+v", s)
		}
		drain(t, r)
		if d := cmp.Diff(want, ran.list()); d != "" {
			t.Error(d)
		}
	})
}

func TestUniqueWhileItLives(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{})
		var ran seen[int]
		fail := true
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error {
			ran.add(j.Args.N)
			if j.Args.N == 1 { // running counts as living
				enqueue(t, db, count, number{2}, jobs.Unique("a"))
			}
			if j.Args.N == 4 && fail {
				return jobs.Discard(errors.New("no"))
			}
			return nil
		})
		other := jobs.Kind[number]{Name: "test.other"}
		jobs.Handle(r, other, func(_ context.Context, j jobs.Job[number]) error { ran.add(100 + j.Args.N); return nil })
		enqueue(t, db, count, number{1}, jobs.Unique("a"))
		enqueue(t, db, count, number{9}, jobs.Unique("a"))
		enqueue(t, db, other, number{1}, jobs.Unique("a"))
		drain(t, r)
		got := ran.list()
		slices.Sort(got)
		if !slices.Equal(got, []int{1, 101}) {
			t.Fatalf("ran %v, want 1 and the other kind's 101", got)
		}
		// Done or dead, it lives no longer.
		enqueue(t, db, count, number{4}, jobs.Unique("a"))
		drain(t, r)
		enqueue(t, db, count, number{5}, jobs.Unique("a"))
		if s := stats(t, r); s.Dead != 1 || s.Waiting != 1 {
			t.Fatalf("%+v, want one dead and one waiting", s)
		}
		dead, _, err := r.Dead(context.Background(), jobs.Page{})
		if err != nil || len(dead) != 1 {
			t.Fatal(dead, err)
		}
		if err := r.Retry(context.Background(), dead[0].ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("revived beside a living twin: %v", err)
		}
		drain(t, r)
		fail = false
		if err := r.Retry(context.Background(), dead[0].ID); err != nil {
			t.Error(err)
		}
		enqueue(t, db, count, number{6}, jobs.Unique("a")) // the revived one has its key again
		drain(t, r)
		if got := ran.list()[2:]; !slices.Equal(got, []int{4, 5, 4}) {
			t.Errorf("then ran %v", got)
		}
	})
}

func TestTwoTransactionsWithOneKey(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{})
		errs := make(chan error)
		for i := range 8 {
			go func() {
				errs <- db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
					return count.Enqueue(ctx, tx, number{i}, jobs.Unique("same"))
				})
			}()
		}
		for range 8 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
		if s := stats(t, r); s.Waiting != 1 {
			t.Errorf("%d wait", s.Waiting)
		}
	})
}

func TestAtWaitsForItsTime(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{})
		var ran seen[time.Time]
		jobs.Handle(r, count, func(context.Context, jobs.Job[number]) error { ran.add(fake.Now()); return nil })
		due := monday.Add(90 * time.Minute)
		enqueue(t, db, count, number{}, jobs.At(due))
		drain(t, r)
		if s := stats(t, r); !s.Oldest.IsZero() || s.Waiting != 1 {
			t.Errorf("not yet due: %+v", s)
		}
		fake.Set(due.Add(-time.Microsecond))
		drain(t, r)
		if len(ran.list()) != 0 {
			t.Fatal("ran before its time")
		}
		fake.Set(due)
		drain(t, r)
		if got := ran.list(); len(got) != 1 {
			t.Errorf("ran at %v", got)
		}
	})
}

// A flood in one lane leaves the others their turns: with one worker, each lane's
// job runs long before the flood is over.
func TestNoLaneStarves(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		for name, c := range map[string]struct{ flood, few []jobs.Option }{
			"timed under prompt": {nil, []jobs.Option{jobs.At(monday)}},
			"prompt under timed": {[]jobs.Option{jobs.At(monday)}, nil},
			"bulk under prompt":  {nil, []jobs.Option{jobs.Bulk()}},
			"prompt under bulk":  {[]jobs.Option{jobs.Bulk()}, nil},
		} {
			r := newRunner(db, clock.NewFake(monday), jobs.Options{Workers: 1})
			var ran seen[int]
			jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error { ran.add(j.Args.N); return nil })
			inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
				if err := count.EnqueueMany(ctx, tx, make([]number, 60), c.flood...); err != nil {
					return err
				}
				return count.Enqueue(ctx, tx, number{1}, c.few...)
			})
			drain(t, r)
			if at := slices.Index(ran.list(), 1); at < 0 || at > 30 || len(ran.list()) != 61 {
				t.Errorf("%s: came as number %d of %d", name, at, len(ran.list()))
			}
		}
	})
}

func TestBulkGoesLast(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Workers: 1})
		var ran seen[int]
		jobs.Handle(r, count, func(_ context.Context, j jobs.Job[number]) error { ran.add(j.Args.N); return nil })
		enqueue(t, db, count, number{2}, jobs.Bulk())
		enqueue(t, db, count, number{1})
		drain(t, r)
		if got := ran.list(); !slices.Equal(got, []int{1, 2}) {
			t.Errorf("ran %v", got)
		}
	})
}

// An enqueue under WokenBy wakes the started Runner, whose own look is an hour away.
func TestEnqueueWakes(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		r := newRunner(db, clock.NewFake(monday), jobs.Options{Poll: time.Hour})
		ran := make(chan int, 9)
		jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
			ran <- j.Args.N
			if j.Args.N < 3 { // from a handler as well
				return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
					return count.Enqueue(ctx, tx, number{j.Args.N + 1})
				})
			}
			return nil
		})
		r.Start(context.Background())
		defer stop(t, r)
		ctx := r.WokenBy(context.Background())
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return count.Enqueue(ctx, tx, number{1}) }); err != nil {
			t.Fatal(err)
		}
		for want := 1; want <= 3; want++ {
			select {
			case got := <-ran:
				if got != want {
					t.Errorf("ran %d, want %d", got, want)
				}
			case <-time.After(time.Minute):
				t.Fatalf("job %d was not woken", want)
			}
		}
	})
}

// A kind nobody here handles is left for the process that does.
func TestForeignKindsAreLeft(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		old, fresh := newRunner(db, fake, jobs.Options{}), newRunner(db, fake, jobs.Options{})
		var ran seen[int]
		jobs.Handle(fresh, count, func(_ context.Context, j jobs.Job[number]) error { ran.add(j.Try); return nil })
		enqueue(t, db, count, number{})
		drain(t, old)
		if s := stats(t, old); s.Waiting != 1 || s.Oldest.IsZero() {
			t.Errorf("%+v, want it waiting and seen as due", s)
		}
		drain(t, fresh)
		if got := ran.list(); !slices.Equal(got, []int{1}) {
			t.Errorf("tries %v", got)
		}
	})
}
