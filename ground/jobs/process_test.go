package jobs_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

// The test binary is its own second process: with these set it runs jobs
// instead of tests.
const (
	childStore = "KOKKO_JOBS_TEST_STORE"
	childTask  = "KOKKO_JOBS_TEST_TASK"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childStore); url != "" {
		if err := beChild(url, os.Getenv(childTask)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// beChild runs jobs until SIGTERM. Its lines: "ready" once, "begun" when a job of
// a hanging child has begun.
func beChild(url, task string) error {
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer end()
	db, err := store.Open(ctx, url, store.Options{ReadConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	r := newRunner(db, clock.System{}, jobs.Options{Lease: 2 * time.Second})
	if task == "hang" {
		jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
			err := j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
				if err := effect(ctx, tx, ident.NewMaker(clock.System{}), j.ID, os.Getpid()); err != nil {
					return err
				}
				fmt.Println("begun")
				select {} // the effect is written, the commit never comes
			})
			return err
		})
	} else {
		handleWithEffect(r, os.Getpid())
	}
	r.Start(ctx)
	fmt.Println("ready")
	<-ctx.Done()
	return r.Stop(context.WithoutCancel(ctx))
}

func handleWithEffect(r *jobs.Runner, worker int) {
	ids := ident.NewMaker(clock.System{})
	jobs.Handle(r, count, func(ctx context.Context, j jobs.Job[number]) error {
		return j.Finish(ctx, func(ctx context.Context, tx *store.Tx) error { return effect(ctx, tx, ids, j.ID, worker) })
	})
}

// child starts a second process on the store and gives its lines.
func child(t *testing.T, url, task string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childStore+"="+url, childTask+"="+task)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	lines := bufio.NewScanner(out)
	awaitLine(t, lines, "ready")
	return cmd, lines
}

func awaitLine(t *testing.T, lines *bufio.Scanner, want string) {
	t.Helper()
	for lines.Scan() {
		if strings.TrimSpace(lines.Text()) == want {
			return
		}
	}
	t.Fatalf("the process ended before it said %q: %v", want, lines.Err())
}

// eachURL is storetest.Each for tests that need the address for a second process.
func eachURL(t *testing.T, behaviour func(t *testing.T, url string, db *store.DB)) {
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			url := "sqlite:" + filepath.Join(t.TempDir(), "kokko.db")
			if engine == store.Postgres {
				url = storetest.PostgresURL(t)
			}
			db, err := store.Open(context.Background(), url, store.Options{ReadConns: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if err := db.Migrate(context.Background(), schema.Files, 0); err != nil {
				t.Fatal(err)
			}
			withEffects(t, db)
			behaviour(t, url, db)
		})
	}
}

func TestTwoProcessesNoneTwice(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string, db *store.DB) {
		all := 0
		more := func(n int) {
			inTx(t, db, func(ctx context.Context, tx *store.Tx) error { return count.EnqueueMany(ctx, tx, make([]number, n)) })
			all += n
		}
		r := newRunner(db, clock.System{}, jobs.Options{Lease: time.Minute})
		handleWithEffect(r, os.Getpid())
		cmd, _ := child(t, url, "work")
		more(1000)
		r.Start(context.Background())
		// Until both have had some: on SQLite the lock may be one's for a while.
		eventually(t, "effects of both", func() bool {
			more(10)
			_, _, workers := effects(t, db)
			return workers == 2
		})
		eventually(t, "an empty queue", func() bool { s := stats(t, r); return s.Waiting+s.Running == 0 })
		stop(t, r)
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("the other process ended with %v", err)
		}
		rows, distinct, workers := effects(t, db)
		if rows != all || distinct != all || workers != 2 {
			t.Errorf("%d effects of %d jobs by %d processes, want %d of %d by 2", rows, distinct, workers, all, all)
		}
	})
}

// kill -9 in the middle of a job, its effect written but not committed: the job
// runs again in another process, and its effect is there once.
func TestKilledProcess(t *testing.T) {
	t.Parallel()
	eachURL(t, func(t *testing.T, url string, db *store.DB) {
		cmd, lines := child(t, url, "hang")
		enqueue(t, db, count, number{})
		awaitLine(t, lines, "begun")
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		r := newRunner(db, clock.System{}, jobs.Options{Lease: 2 * time.Second})
		handleWithEffect(r, os.Getpid())
		r.Start(context.Background())
		defer stop(t, r)
		eventually(t, "the effect", func() bool { rows, _, _ := effects(t, db); return rows > 0 })
		eventually(t, "an empty queue", func() bool { s := stats(t, r); return s.Waiting+s.Running == 0 })
		rows, _, _ := effects(t, db)
		var worker int
		if err := db.QueryRow(context.Background(), `SELECT worker FROM effects`).Scan(&worker); err != nil || rows != 1 || worker != os.Getpid() {
			t.Errorf("%d effects, by %d (%v)", rows, worker, err)
		}
	})
}
