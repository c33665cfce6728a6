package jobs_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

func TestSchedules(t *testing.T) {
	t.Parallel()
	utc := func(s string) time.Time {
		at, err := time.Parse("2006-01-02 15:04", s)
		if err != nil {
			t.Fatal(err)
		}
		return at
	}
	for _, c := range []struct {
		name        string
		when        jobs.Schedule
		after, next string
	}{
		{"winter morning", jobs.Daily(7, 30), "2026-01-15 00:00", "2026-01-15 05:30"},
		{"summer morning", jobs.Daily(7, 30), "2026-07-15 00:00", "2026-07-15 04:30"},
		{"at the time itself", jobs.Daily(7, 30), "2026-01-15 05:30", "2026-01-16 05:30"},
		{"Monday's own morning", jobs.Weekly(time.Monday, 7, 30), "2026-11-23 05:29", "2026-11-23 05:30"},
		{"next Monday", jobs.Weekly(time.Monday, 7, 30), "2026-11-23 05:30", "2026-11-30 05:30"},
		{"over the year", jobs.Weekly(time.Monday, 7, 30), "2026-12-28 05:31", "2027-01-04 05:30"},
		{"Helsinki's Monday is UTC's Sunday", jobs.Weekly(time.Monday, 0, 30), "2026-11-22 12:00", "2026-11-22 22:30"},
		{"summer time begins between", jobs.Daily(7, 30), "2026-03-28 05:30", "2026-03-29 04:30"},
		{"a time that is skipped", jobs.Daily(3, 30), "2026-03-28 12:00", "2026-03-29 01:30"}, // 4:30 by the clock
		{"a time that comes twice", jobs.Daily(3, 30), "2026-10-24 12:00", "2026-10-25 01:30"},
		{"comes once then", jobs.Daily(3, 30), "2026-10-25 01:30", "2026-10-26 01:30"},
		{"full hours", jobs.Interval(time.Hour), "2026-01-15 05:01", "2026-01-15 06:00"},
		{"full hours, at one", jobs.Interval(time.Hour), "2026-01-15 05:00", "2026-01-15 06:00"},
	} {
		if got := c.when.Next(utc(c.after)); !got.Equal(utc(c.next)) {
			t.Errorf("%s: after %s comes %v, want %s", c.name, c.after, got, c.next)
		}
	}
	if got := jobs.Interval(0).Next(monday); !got.Equal(monday.Add(time.Second)) {
		t.Errorf("an interval of nothing comes at %v", got)
	}
}

func TestSchedulesAlwaysComeAndInTheirOrder(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		day := time.Weekday(rapid.IntRange(0, 6).Draw(t, "day"))
		hour, minute := rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute")
		at := time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at"))
		for _, c := range []struct {
			when    jobs.Schedule
			longest time.Duration
		}{
			{jobs.Weekly(day, hour, minute), 7*24*time.Hour + 2*time.Hour},
			{jobs.Daily(hour, minute), 26 * time.Hour},
			{jobs.Interval(time.Duration(1+hour*60+minute) * time.Minute), 24 * time.Hour},
		} {
			next := c.when.Next(at)
			if d := next.Sub(at); d <= 0 || d > c.longest {
				t.Fatalf("%v after %v comes %v", c.when, at, next)
			}
			// No time lies between: from anywhere before it the next is the same.
			if mid := at.Add(next.Sub(at) / 2); !c.when.Next(mid).Equal(next) {
				t.Fatalf("%v: after %v comes %v, after %v %v", c.when, at, next, mid, c.when.Next(mid))
			}
		}
	})
}

func TestPeriodicJobs(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday) // 9:00 in Kouvola
		newOne := func(came *seen[time.Time], fail *bool) *jobs.Runner {
			r := newRunner(db, fake, jobs.Options{})
			r.Every("monday-mail", jobs.Weekly(time.Monday, 7, 30), func(context.Context) error {
				if *fail {
					return errors.New("no server")
				}
				came.add(fake.Now())
				return nil
			})
			return r
		}
		var came seen[time.Time]
		fail := false
		r := newOne(&came, &fail)
		drain(t, r)
		fake.Set(monday.AddDate(0, 0, 7).Add(-91 * time.Minute)) // 7:29
		drain(t, r)
		if got := came.list(); len(got) != 0 {
			t.Fatalf("came at %v, before its first time", got)
		}
		fake.Advance(time.Minute)
		drain(t, r)
		drain(t, r)
		if got := came.list(); len(got) != 1 {
			t.Fatalf("came %d times on its Monday", len(got))
		}
		// Three Mondays missed while nothing ran come as one, in a new process.
		fake.Set(monday.AddDate(0, 0, 29))
		r = newOne(&came, &fail)
		drain(t, r)
		drain(t, r)
		if got := came.list(); len(got) != 2 {
			t.Fatalf("missed Mondays made it %d", len(got))
		}
		// One that fails is tried again like any job, and does not hold up the next.
		fail = true
		fake.Set(monday.AddDate(0, 0, 35))
		drain(t, r)
		if s := stats(t, r); s.Waiting != 1 {
			t.Errorf("%+v", s)
		}
		fail = false
		fake.Advance(time.Minute)
		drain(t, r)
		if got := came.list(); len(got) != 3 {
			t.Errorf("after a failure %d", len(got))
		}
		fake.Set(monday.AddDate(0, 0, 42))
		drain(t, r)
		if got := came.list(); len(got) != 4 {
			t.Errorf("the next Monday made it %d", len(got))
		}
	})
}

// A changed schedule counts anew: the old one's next time is not waited for.
func TestChangedSchedule(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		var came seen[string]
		with := func(when jobs.Schedule) *jobs.Runner {
			r := newRunner(db, fake, jobs.Options{})
			r.Every("p", when, func(context.Context) error { came.add(when.String()); return nil })
			return r
		}
		drain(t, with(jobs.Weekly(time.Monday, 7, 30)))
		fake.Advance(time.Hour)
		changed := with(jobs.Daily(12, 0))
		drain(t, changed)
		fake.Set(monday.Add(3 * time.Hour))
		drain(t, changed)
		if got := came.list(); !slices.Equal(got, []string{"daily 12:00"}) {
			t.Errorf("came %v", got)
		}
	})
}

// Repeat enqueues exactly one job for each time, with the time it stands for.
func TestRepeat(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		r := newRunner(db, fake, jobs.Options{})
		var due seen[time.Time]
		kind := jobs.Kind[time.Time]{Name: "test.hourly"}
		jobs.Handle(r, kind, func(ctx context.Context, j jobs.Job[time.Time]) error {
			return j.Finish(ctx, func(context.Context, *store.Tx) error { due.add(j.Args); return nil })
		})
		jobs.Repeat(r, "hourly", jobs.Interval(time.Hour), kind, func(due time.Time) time.Time { return due })
		for range 5 {
			drain(t, r)
			fake.Advance(30 * time.Minute)
		}
		if got := due.list(); len(got) != 2 || !got[0].Equal(monday.Add(time.Hour)) || !got[1].Equal(monday.Add(2*time.Hour)) {
			t.Errorf("came for %v", got)
		}
	})
}

func TestOneLeader(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		var came seen[int]
		var runners []*jobs.Runner
		// Lease bounds the pause between two looks at the leadership.
		for i := range 3 {
			r := newRunner(db, fake, jobs.Options{Lease: 40 * time.Millisecond, Leader: 20 * time.Second})
			r.Every("hourly", jobs.Interval(time.Hour), func(context.Context) error { came.add(i); return nil })
			runners = append(runners, r)
		}
		leaders := func() (out []int) {
			for i, r := range runners {
				if r.Leads() {
					out = append(out, i)
				}
			}
			return out
		}
		for _, r := range runners {
			r.Start(context.Background())
		}
		eventually(t, "a leader", func() bool { return len(leaders()) == 1 })
		// A new schedule counts from when its leader wrote it down, not from when it led.
		eventually(t, "the schedule", func() bool {
			var n int
			err := db.QueryRow(context.Background(), `SELECT count(*) FROM job_periods WHERE name = 'hourly'`).Scan(&n)
			return err == nil && n == 1
		})
		for hour := 1; hour <= 5; hour++ {
			// In steps the leader can follow, else its lease runs out by the clock.
			for range 360 {
				fake.Advance(10 * time.Second)
			}
			// Settled as well: the next hour's drops out while this one's still lives.
			eventually(t, "the hour", func() bool { s := stats(t, runners[0]); return len(came.list()) >= hour && s.Waiting+s.Running == 0 })
			eventually(t, "one leader", func() bool { return len(leaders()) == 1 })
		}
		// A leader that stops hands over at once: no time passes.
		first := leaders()[0]
		stop(t, runners[first])
		eventually(t, "another leader", func() bool { l := leaders(); return len(l) == 1 && l[0] != first })
		fake.Advance(time.Hour)
		eventually(t, "the sixth hour", func() bool { return len(came.list()) >= 6 })
		for i, r := range runners {
			if i != first {
				stop(t, r)
			}
		}
		if got := came.list(); len(got) != 6 {
			t.Errorf("six hours came as %v", got)
		}
	})
}

// A leader that falls silent is replaced once its lease is over, and cannot
// start anything when it wakes up: the row of its term is gone.
func TestASilentLeaderIsReplaced(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fake := clock.NewFake(monday)
		var came seen[string]
		with := func(name string) *jobs.Runner {
			r := newRunner(db, fake, jobs.Options{})
			r.Every("hourly", jobs.Interval(time.Hour), func(context.Context) error { came.add(name); return nil })
			return r
		}
		silent, next := with("silent"), with("next")
		drain(t, silent)
		drain(t, next)
		if !silent.Leads() || next.Leads() {
			t.Fatal("the first to come leads")
		}
		fake.Advance(20 * time.Second)
		drain(t, next)
		if next.Leads() {
			t.Error("took over a lease that was not over")
		}
		fake.Advance(time.Second)
		drain(t, next)
		if !next.Leads() {
			t.Error("did not take over")
		}
		fake.Advance(time.Hour)
		drain(t, next)
		drain(t, silent) // back again; believes to lead until it looks
		if silent.Leads() {
			t.Error("leads still")
		}
		drain(t, next)
		if got := came.list(); !slices.Equal(got, []string{"next"}) {
			t.Errorf("came from %v", got)
		}
		var term int64
		if err := db.QueryRow(context.Background(), `SELECT term FROM job_leader`).Scan(&term); err != nil || term != 2 {
			t.Errorf("term %d (%v)", term, err)
		}
	})
}
