package storetest

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// keeper holds a private server for as long as its standard input is open.
//
//go:embed postgres.sh
var keeper string

// patience bounds each step of starting a server and making a database; the two
// cores of a small machine may be busy with other packages' tests.
const patience = 90 * time.Second

// errAbsent says that this machine has no PostgreSQL programs.
var errAbsent = errors.New("PostgreSQL's programs initdb and postgres were not found")

// privateServer is one server a test process, started by the first test that
// asks. The keeper stops it when the process ends, whatever the way.
var privateServer = sync.OnceValues(startServer)

// server is a running private PostgreSQL.
type server struct {
	url string
	// life is the keeper's input: held here, or the collector would close it.
	life io.Closer
}

// PostgresURL gives the address of a fresh, empty PostgreSQL database that is
// dropped when the test ends. The server is the one named by KOKKO_TEST_PG (a
// URL of a role that may create databases) or else a private one of this process.
// Without PostgreSQL the test is skipped, or fails where it is required: with
// CI=true or KOKKO_REQUIRE_PG=1.
func PostgresURL(t testing.TB) string {
	t.Helper()
	base := serverOf(t)
	address, err := create(base)
	if err != nil {
		t.Fatalf("making the test database: %v", err)
	}
	t.Cleanup(func() {
		if err := drop(base, address); err != nil {
			t.Errorf("dropping the test database: %v", err)
		}
	})
	return address
}

// serverOf is the address of the server the tests use.
func serverOf(t testing.TB) string {
	t.Helper()
	if base := os.Getenv("KOKKO_TEST_PG"); base != "" {
		return base
	}
	private, err := privateServer()
	switch {
	case errors.Is(err, errAbsent) && os.Getenv("CI") != "true" && os.Getenv("KOKKO_REQUIRE_PG") != "1":
		t.Skipf("%v: install PostgreSQL (Debian: apt-get install postgresql), or name a server in KOKKO_TEST_PG", err)
	case err != nil:
		t.Fatalf("a PostgreSQL for the test: %v", err)
	}
	return private.url
}

// mark is the process's own part in the names of its databases; a connection of
// that name tells, as long as the process lives, that they are in use.
var mark = sync.OnceValues(func() (string, error) {
	var random [6]byte
	_, err := rand.Read(random[:])
	return "kokko_test_" + hex.EncodeToString(random[:]), err
})

// arrive marks this process on a server, once, and drops what processes that have
// ended left there. The connection is held for the life of the process.
var arrive = sync.OnceValues(func() (*pgx.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	name, err := mark()
	if err != nil {
		return nil, err
	}
	config, err := pgx.ParseConfig(os.Getenv("KOKKO_TEST_PG"))
	if err != nil {
		return nil, err
	}
	config.RuntimeParams["application_name"] = name
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, err
	}
	rows, err := conn.Query(ctx, `SELECT datname FROM pg_database d WHERE datname LIKE 'kokko\_test\_%'
AND NOT EXISTS (SELECT 1 FROM pg_stat_activity a WHERE a.application_name <> '' AND (starts_with(d.datname, a.application_name) OR a.datname = d.datname))`)
	if err != nil {
		return nil, err
	}
	left, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	for _, name := range left {
		// Another process may be dropping the same.
		_, _ = conn.Exec(ctx, "DROP DATABASE IF EXISTS "+name)
	}
	return conn, nil
})

// create makes an empty database and gives its address.
func create(base string) (string, error) {
	if os.Getenv("KOKKO_TEST_PG") != "" { // a private server ends with the process
		if _, err := arrive(); err != nil {
			return "", err
		}
	}
	address, err := url.Parse(base)
	if err != nil {
		return "", err
	}
	name, err := mark()
	if err != nil {
		return "", err
	}
	var random [6]byte
	if _, err := rand.Read(random[:]); err != nil {
		return "", err
	}
	name += "_" + hex.EncodeToString(random[:])
	address.Path = "/" + name
	return address.String(), command(base, "CREATE DATABASE "+name)
}

// drop removes a database; with force, because a test of a killed process leaves
// its connections open.
func drop(base, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	return command(base, "DROP DATABASE IF EXISTS "+strings.TrimPrefix(u.Path, "/")+" WITH (FORCE)")
}

// command runs one statement on the server's own database.
func command(base, statement string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, base)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	_, err = conn.Exec(ctx, statement)
	return err
}

// startServer starts the keeper and waits until its server answers.
// It returns errAbsent where PostgreSQL is not installed.
func startServer() (server, error) {
	if exec.Command("sh", "-c", keeper, "postgres.sh", "--find").Run() != nil {
		return server{}, errAbsent
	}
	// /tmp by name: a socket's path may be about a hundred bytes at most.
	folder, err := os.MkdirTemp("/tmp", "kokko-pg-")
	if err != nil {
		return server{}, err
	}
	return keep(folder)
}

// Durable is a PostgreSQL of one test alone that keeps what it has acknowledged,
// also when it is killed; it is then started again by itself.
type Durable struct {
	server
	folder string
}

// DurablePostgres starts a server in an empty folder of a short path ("" for one it
// makes), which may be a small disk. It ends, and the folder's content goes, with the
// test. Skipped as PostgresURL is.
func DurablePostgres(t testing.TB, folder string) *Durable {
	t.Helper()
	if exec.Command("sh", "-c", keeper, "postgres.sh", "--find").Run() != nil {
		if os.Getenv("CI") == "true" || os.Getenv("KOKKO_REQUIRE_PG") == "1" {
			t.Fatal(errAbsent)
		}
		t.Skipf("%v: install PostgreSQL (Debian: apt-get install postgresql)", errAbsent)
	}
	if folder == "" {
		var err error
		if folder, err = os.MkdirTemp("/tmp", "kokko-pg-"); err != nil {
			t.Fatal(err)
		}
	}
	s, err := keep(folder, "--durable")
	if err != nil {
		t.Fatalf("a PostgreSQL for the test: %v", err)
	}
	d := &Durable{s, folder}
	t.Cleanup(func() {
		_ = d.life.Close()
		for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if _, err := os.Stat(filepath.Join(folder, "data")); os.IsNotExist(err) {
				return
			}
		}
		t.Errorf("the server in %s has not ended", folder)
	})
	return d
}

// URL is the address of the server's own database.
func (d *Durable) URL() string { return d.url }

// Log is what the server has said.
func (d *Durable) Log() string {
	b, _ := os.ReadFile(filepath.Join(d.folder, "log"))
	return string(b)
}

// PID is the server's first process now, 0 while there is none. SIGQUIT is its
// immediate stop.
func (d *Durable) PID() int {
	b, err := os.ReadFile(filepath.Join(d.folder, "data", "postmaster.pid"))
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(b), "\n")
	pid, _ := strconv.Atoi(first)
	return pid
}

// keep starts the keeper of a server in a folder and waits until it answers.
func keep(folder string, more ...string) (server, error) {
	cmd := exec.Command("sh", append([]string{"-c", keeper, "postgres.sh", folder}, more...)...)
	// The pipe's other end closes with this process. A session of its own keeps
	// the keeper alive when `go test` kills the group of a test that hangs; it
	// gets neither of our outputs, because `go test` waits for them to close.
	life, err := cmd.StdinPipe()
	if err != nil {
		return server{}, err
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return server{}, err
	}
	started := server{url: "postgres://kokko@/postgres?host=" + url.QueryEscape(folder), life: life}
	if err := await(started.url, folder); err != nil {
		log, _ := os.ReadFile(filepath.Join(folder, "log"))
		_ = life.Close()
		return server{}, fmt.Errorf("%w\n%s", err, log)
	}
	// The keeper is never waited for: it ends after us.
	return started, cmd.Process.Release()
}

// await polls until the server answers, fails or patience ends.
func await(base, folder string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	beat := time.NewTicker(50 * time.Millisecond)
	defer beat.Stop()
	for {
		conn, err := pgx.Connect(ctx, base)
		if err == nil {
			return conn.Close(ctx)
		}
		if _, failed := os.Stat(filepath.Join(folder, "failed")); failed == nil {
			return errors.New("the server did not start")
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server did not answer in %s: %w", patience, err)
		case <-beat.C:
		}
	}
}
