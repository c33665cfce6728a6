package notify_test

import (
	"bufio"
	"context"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kokko/edge/notify"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/programmes"
	"kokko/region/programme"
	"kokko/schema"
)

// The test binary is its own second process: with these set it tells followers
// instead of running tests.
const (
	childStore = "KOKKO_NOTIFY_TEST_STORE"
	childSMTP  = "KOKKO_NOTIFY_TEST_SMTP"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(childStore); url != "" {
		if err := beChild(url, os.Getenv(childSMTP)); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// beChild runs jobs until SIGTERM, and says "ready" when it has begun.
func beChild(url, smtp string) error {
	ctx, end := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer end()
	db, err := store.Open(ctx, url, store.Options{ReadConns: 4})
	if err != nil {
		return err
	}
	defer db.Close()
	texts, err := i18n.Load(notify.Texts)
	if err != nil {
		return err
	}
	settings, err := mail.ParseURL(smtp)
	if err != nil {
		return err
	}
	sender, err := mail.NewSMTP(settings)
	if err != nil {
		return err
	}
	c := clock.System{}
	ids, log := ident.NewMaker(c), slog.New(slog.DiscardHandler)
	runner := jobs.New(db, c, ids, log, jobs.Options{Lease: 2 * time.Second})
	outbox := mail.NewOutbox(db, c, ids, log, func(context.Context, string) (mail.Way, error) {
		return mail.Way{Sender: sender, From: mail.Address{Email: "kokko@kouvola.example"}}, nil
	})
	outbox.Bind(runner)
	(&notify.Postman{DB: db, Clock: c, Texts: texts, Programmes: programme.NewService(db, c, ids, programmes.Files()), Outbox: outbox, Site: "https://kokko.example/"}).Bind(runner)
	runner.Start(ctx)
	fmt.Println("ready")
	<-ctx.Done()
	return runner.Stop(context.WithoutCancel(ctx))
}

// child starts a second process on the store.
func child(t testing.TB, url, smtp string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childStore+"="+url, childSMTP+"="+smtp)
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
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if strings.TrimSpace(lines.Text()) == "ready" {
			return cmd
		}
	}
	t.Fatal("the process ended before it was ready")
	return nil
}

// told counts the followers' letters that have arrived, by address.
func told(server *smtptest.Server) map[string]int {
	times := map[string]int{}
	for _, m := range server.Messages() {
		if m.Header.Get("List-Unsubscribe") != "" {
			times[m.To]++
		}
	}
	return times
}

func until(t testing.TB, what string, is func() bool) {
	t.Helper()
	for wait := time.NewTimer(90 * time.Second); !is(); {
		select {
		case <-wait.C:
			t.Fatalf("still no %s", what)
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// A process that is killed in the middle leaves at most one follower unsure, who is
// shown; the next process goes on where it stopped, and nobody is written to twice.
func TestAKilledProcessWritesToNobodyTwice(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			url := "sqlite:" + filepath.Join(t.TempDir(), "kokko.db")
			if engine == store.Postgres {
				url = storetest.PostgresURL(t)
			}
			ctx := context.Background()
			db, err := store.Open(ctx, url, store.Options{ReadConns: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = db.Close() })
			if err := db.Migrate(ctx, schema.Files, 0); err != nil {
				t.Fatal(err)
			}
			const many, kills = 300, 3
			server, d := smtptest.New(t, smtptest.Slow(smtptest.Accept, 3*time.Millisecond)), newDesk(t, db)
			d.crowd(many)
			x := draft()
			x.Email, x.Contact = "", spark.Unsaid
			d.drop(x)
			for n := 1; n <= kills; n++ {
				cmd := child(t, url, server.URL())
				until(t, "letters", func() bool { return len(told(server)) >= n*many/(kills+2) })
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
				_ = cmd.Wait()
			}
			child(t, url, server.URL())
			var c mail.Circular
			until(t, "end", func() bool {
				all, err := mail.Circulars(ctx, db, region, 0, 2)
				if err != nil || len(all) != 1 {
					t.Fatalf("%v, %d circulars", err, len(all))
				}
				c = all[0]
				return !c.Done.IsZero()
			})
			times := told(server)
			for email, n := range times {
				if n != 1 {
					t.Errorf("%s got it %d times", email, n)
				}
			}
			if c.Unsure > kills || c.Sent+c.Unsure != many || c.Failed != 0 || len(times) < c.Sent {
				t.Errorf("%+v, %d arrived", c.Tally, len(times))
			}
			unsure, err := mail.Deliveries(ctx, db, region, c.ID, mail.Unsure, 0, 10)
			if err != nil || len(unsure) != c.Unsure {
				t.Errorf("%v: %d are shown", err, len(unsure))
			}
			t.Logf("%d arrived, %d sent, %d unsure after %d kills", len(times), c.Sent, c.Unsure, kills)
		})
	}
}

// soak is how many followers TestSoakFollowers tells, when it is asked for.
const soak = "KOKKO_SOAK_FOLLOWERS"

// TestSoakFollowers tells very many followers of one spark, and prints how fast it
// went and how much memory it took. `make soak-followers` asks for fifty thousand.
func TestSoakFollowers(t *testing.T) {
	many, _ := strconv.Atoi(os.Getenv(soak))
	if many == 0 {
		t.Skip(soak + " is not set")
	}
	for engine, address := range map[store.Engine]func() string{
		store.SQLite:   func() string { return "sqlite:" + filepath.Join(t.TempDir(), "kokko.db") },
		store.Postgres: func() string { return storetest.PostgresURL(t) },
	} {
		t.Run(string(engine), func(t *testing.T) { soakFollowers(t, address(), many) })
	}
}

func soakFollowers(t *testing.T, address string, many int) {
	ctx := context.Background()
	db, err := store.Open(ctx, address, store.Options{ReadConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if err := db.Migrate(ctx, schema.Files, 0); err != nil {
		t.Fatal(err)
	}
	d, sink := newDesk(t, db), newSink(t)
	s, err := mail.ParseURL("smtp://" + sink.addr + "?tls=off&from=kokko@kouvola.example")
	if err != nil {
		t.Fatal(err)
	}
	sender, err := mail.NewSMTP(s)
	if err != nil {
		t.Fatal(err)
	}
	d.way = mail.Way{Sender: sender, From: mail.Address{Email: "kokko@kouvola.example"}}
	d.crowd(many)
	x := draft()
	x.Email, x.Contact = "", spark.Unsaid
	d.drop(x)
	runtime.GC()
	var before, now runtime.MemStats
	runtime.ReadMemStats(&before)
	most, ended := uint64(0), make(chan error, 1)
	began := clock.System{}.Now()
	go func() { ended <- d.runner.Drain(ctx) }()
	for going := true; going; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatal(err)
			}
			going = false
		case <-time.After(200 * time.Millisecond):
		}
		runtime.ReadMemStats(&now)
		most = max(most, now.HeapInuse)
	}
	took := clock.System{}.Now().Sub(began)
	all, err := mail.Circulars(ctx, db, region, 0, 2)
	if err != nil || len(all) != 1 || all[0].Sent != many {
		t.Errorf("%v %+v", err, all)
	}
	t.Logf("%d followers in %s: %.0f letters a second; heap %d MB before, %d MB at most; %d connections", many, took.Round(time.Millisecond), float64(many)/took.Seconds(), before.HeapInuse>>20, most>>20, sink.opened.Load())
}
