package storetest_test

import (
	"bufio"
	"context"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"kokko/ground/store/storetest"
)

// asChild is set in the process that TestServerDoesNotOutliveACrash kills.
const asChild = "KOKKO_STORETEST_CHILD"

func TestEachCallGivesAFreshDatabase(t *testing.T) {
	t.Parallel()
	first, second := storetest.PostgresURL(t), storetest.PostgresURL(t)
	if first == second {
		t.Fatalf("the same database twice: %s", first)
	}
	ctx := t.Context()
	conn := connect(t, ctx, first)
	if _, err := conn.Exec(ctx, "CREATE TABLE spark (id BIGINT PRIMARY KEY)"); err != nil {
		t.Fatal(err)
	}
	other := connect(t, ctx, second)
	var tables int
	err := other.QueryRow(ctx, "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables)
	if err != nil {
		t.Fatal(err)
	}
	if tables != 0 {
		t.Errorf("the second database has %d tables of the first", tables)
	}
}

func TestDatabaseIsDroppedEvenWhileConnected(t *testing.T) {
	t.Parallel()
	keep := storetest.PostgresURL(t)
	var gone string
	t.Run("use", func(t *testing.T) {
		gone = storetest.PostgresURL(t)
		connect(t, context.Background(), gone) // closed only after the drop
	})
	address, err := url.Parse(gone)
	if err != nil {
		t.Fatal(err)
	}
	var there bool
	err = connect(t, t.Context(), keep).QueryRow(t.Context(),
		"SELECT EXISTS (SELECT 1 FROM pg_database WHERE datname = $1)", strings.TrimPrefix(address.Path, "/")).Scan(&there)
	if err != nil {
		t.Fatal(err)
	}
	if there {
		t.Errorf("database %s is still there", address.Path)
	}
}

// A crashed test must leave neither a server nor its folder behind.
func TestServerDoesNotOutliveACrash(t *testing.T) {
	if os.Getenv(asChild) == "1" {
		os.Stdout.WriteString("server " + storetest.PostgresURL(t) + "\n")
		select {} // until killed
	}
	t.Parallel()
	storetest.PostgresURL(t) // skips or fails where there is no PostgreSQL
	child := exec.Command(os.Args[0], "-test.run=^TestServerDoesNotOutliveACrash$", "-test.timeout=5m")
	child.Env = append(os.Environ(), asChild+"=1", "KOKKO_TEST_PG=")
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var server string
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if rest, ok := strings.CutPrefix(lines.Text(), "server "); ok {
			server = rest
			break
		}
	}
	if err := child.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	address, err := url.Parse(server)
	if err != nil || server == "" {
		t.Fatalf("the child told no server: %q %v", server, err)
	}
	folder := address.Query().Get("host")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	beat := time.NewTicker(20 * time.Millisecond)
	defer beat.Stop()
	for {
		if _, err := os.Stat(folder); os.IsNotExist(err) {
			break
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s is still there after the crash", folder)
		case <-beat.C:
		}
	}
	if conn, err := pgx.Connect(ctx, server); err == nil {
		_ = conn.Close(ctx)
		t.Error("the server still answers after the crash")
	}
}

// connect opens a connection that is closed after the database is dropped.
func connect(t *testing.T, ctx context.Context, address string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}
