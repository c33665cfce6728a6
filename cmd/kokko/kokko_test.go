package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

// binary is the program as people run it, built once for all tests here.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "kokko-cli-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "kokko")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		err = &buildError{string(out), err}
	}
	return path, err
})

type buildError struct {
	out string
	err error
}

func (e *buildError) Error() string { return e.err.Error() + "\n" + e.out }

func kokko(t *testing.T) string {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestScripts(t *testing.T) {
	t.Parallel()
	path := kokko(t)
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	// exits 75 kokko mail-in …: a program that must end with a code.
	exits := func(ts *testscript.TestScript, _ bool, args []string) {
		code := 0
		if err := ts.Exec(args[1], args[2:]...); err != nil {
			code = -1
			if e, ok := errors.AsType[*exec.ExitError](err); ok {
				code = e.ExitCode()
			}
		}
		if strconv.Itoa(code) != args[0] {
			ts.Fatalf("exit code %d, want %s", code, args[0])
		}
	}
	testscript.Run(t, testscript.Params{Dir: "testdata/script", Cmds: map[string]func(*testscript.TestScript, bool, []string){"exits": exits}, Setup: func(e *testscript.Env) error {
		e.Setenv("PATH", filepath.Dir(path)+string(os.PathListSeparator)+e.Getenv("PATH"))
		e.Setenv("ROOT", root)
		return nil
	}})
}

// served is a running kokko.
type served struct {
	t     *testing.T
	cmd   *exec.Cmd
	url   string // the site
	link  string // the printed sign-in link, "" when none was
	watch string // health and metrics
	log   *bytes.Buffer
	said  string // at its start
	done  chan error
}

func serve(t *testing.T, extra ...string) *served {
	t.Helper()
	cmd := exec.Command(kokko(t), append([]string{"serve", "--listen", "127.0.0.1:0", "--watch", "127.0.0.1:0", "--language", "en"}, extra...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s := &served{t: t, cmd: cmd, log: &bytes.Buffer{}, done: make(chan error, 1)}
	cmd.Stderr = s.log
	cmd.Env = append(os.Environ(), "KOKKO_SITE=", "KOKKO_DATABASE=")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	go func() {
		for sc := bufio.NewScanner(out); sc.Scan(); {
			lines <- sc.Text()
		}
		close(lines)
	}()
	address := regexp.MustCompile(`http://[^ ,]+`)
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	for s.watch == "" {
		select {
		case line, ok := <-lines:
			if !ok {
				t.Fatalf("kokko ended: %v\n%s", cmd.Wait(), s.log)
			}
			s.said += line + "\n"
			switch at := address.FindString(line); {
			case strings.Contains(line, "/healthz"):
				s.watch = strings.TrimSuffix(at, "/healthz")
			case strings.Contains(at, "/kirjaudu/"):
				s.link = at
			case at != "" && s.url == "":
				s.url = strings.TrimSuffix(at, "/")
			}
		case <-limit.C:
			_ = cmd.Process.Kill()
			t.Fatalf("kokko did not say where it is\n%s", s.log)
		}
	}
	go func() {
		for range lines { // letters go to the console too; a full pipe would stop them
		}
		s.done <- cmd.Wait()
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-s.done
	})
	return s
}

func (s *served) get(url string) (int, string) {
	s.t.Helper()
	res, err := http.Get(url)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return res.StatusCode, string(body)
}

// stop asks it to end and gives its exit code.
func (s *served) stop() int {
	s.t.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	err := <-s.done
	s.done <- err
	return s.cmd.ProcessState.ExitCode()
}

// run runs a command to its end.
func run(t *testing.T, args ...string) (code int, out string) {
	t.Helper()
	cmd := exec.Command(kokko(t), append(args, "--language", "en")...)
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), b.String()
}

func TestServeFromNothing(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, "--data", data)
	for path, want := range map[string]int{"/healthz": 200, "/readyz": 200, "/metrics": 200} {
		if code, _ := s.get(s.watch + path); code != want {
			t.Errorf("%s gave %d", path, code)
		}
	}
	if code, _ := s.get(s.url + "/metrics"); code != http.StatusNotFound {
		t.Errorf("the site shows metrics: %d", code)
	}
	if s.link == "" {
		t.Error("no sign-in link was printed")
	}
	if code, out := run(t, "restore", "--data", data, backup(t, data)); code != 1 || !strings.Contains(out, "serving") {
		t.Errorf("a restore into a served store: %d, %s", code, out)
	}
	if code, out := run(t, "doctor", "--data", data); code != 0 {
		t.Errorf("the doctor of a fresh installation says %d: %s", code, out)
	}
	if info, err := os.Stat(data); err != nil || info.Mode().Perm()&0o077 != 0 {
		t.Errorf("the data folder is open to others: %v, %v", info, err)
	}
	if code := s.stop(); code != 0 {
		t.Errorf("stopped with %d\n%s", code, s.log)
	}
	// A server that is set sends no letters of an example region, and the start says so.
	const kept = "its letters go nowhere although a server is set"
	again := serve(t, "--data", data, "--smtp", "smtp://127.0.0.1:9?from=kokko@kokko.example")
	if !strings.Contains(again.said, kept) || strings.Contains(s.said, kept) {
		t.Errorf("what the start says of letters: %s", again.said)
	}
	if code, _ := again.get(again.watch + "/readyz"); code != 200 {
		t.Errorf("second start: %d", code)
	}
}

func backup(t *testing.T, data string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "b.kokko")
	if code, out := run(t, "backup", "--data", data, file); code != 0 {
		t.Fatalf("backup: %d, %s", code, out)
	}
	return file
}

// A whole installation moves from SQLite to PostgreSQL and back.
func TestMovesBetweenEngines(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, "--data", data)
	file := backup(t, data)
	if code := s.stop(); code != 0 {
		t.Fatalf("stopped with %d\n%s", code, s.log)
	}
	url := storetest.PostgresURL(t)
	if code, out := run(t, "restore", "--database", url, file); code != 0 {
		t.Fatalf("restore: %d, %s", code, out)
	}
	p := serve(t, "--database", url, "--data", filepath.Join(t.TempDir(), "pg"))
	if code, _ := p.get(p.watch + "/readyz"); code != 200 {
		t.Errorf("on PostgreSQL: %d", code)
	}
	if p.link == "" {
		t.Error("the office did not come along")
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	back := filepath.Join(t.TempDir(), "back.kokko")
	if code, out := run(t, "backup", "--database", url, back); code != 0 {
		t.Fatalf("backup of PostgreSQL: %d, %s", code, out)
	}
	if code, out := run(t, "restore", "--data", filepath.Join(t.TempDir(), "third"), back); code != 0 {
		t.Fatalf("restore to SQLite: %d, %s", code, out)
	}
}

// An upgrade takes a backup first, and the backup holds what was there.
func TestUpgradeBacksUpFirst(t *testing.T) {
	t.Parallel()
	ctx, data := context.Background(), t.TempDir()
	db, err := store.Open(ctx, "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Migrate(ctx, schema.Files, 11); err != nil {
		t.Fatal(err)
	}
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('old', 'old', '', TRUE, 1, 0)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	code, out := run(t, "programme", "publish", "--data", data, filepath.Join("..", "..", "programmes", "kouvola.yaml"))
	if code != 0 {
		t.Fatalf("publish: %d, %s", code, out)
	}
	files, _ := filepath.Glob(filepath.Join(data, "backups", "before-*.kokko"))
	if len(files) != 1 {
		t.Fatalf("backups: %v", files)
	}
	if code, out := run(t, "backup", "--verify", files[0]); code != 0 || !strings.Contains(out, "whole") {
		t.Errorf("verify: %d, %s", code, out)
	}
}

func TestDoctorShowsTheMailServersOwnWords(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	s := serve(t, "--data", data)
	server := smtptest.New(t, smtptest.SignedIn("office", "secret-word"))
	code, out := run(t, "doctor", "--data", data, "--smtp", server.URL(), "--send-to", "someone@example.fi")
	if code != 0 || !strings.Contains(out, "250") {
		t.Errorf("doctor: %d\n%s", code, out)
	}
	if strings.Contains(out, "secret-word") {
		t.Error("the doctor showed the password")
	}
	if got := server.Messages(); len(got) != 1 {
		t.Errorf("trial letters: %d", len(got))
	}
	wrong := strings.Replace(server.URL(), "secret-word", "not-it", 1)
	if code, out := run(t, "doctor", "--data", data, "--smtp", wrong); code != 1 || !strings.Contains(out, "535") {
		t.Errorf("doctor with a wrong password: %d\n%s", code, out)
	}
	s.stop()
}

func TestEveryFlagHasHelp(t *testing.T) {
	t.Parallel()
	code, out := run(t, "--help")
	if code != 0 {
		t.Fatalf("help gave %d", code)
	}
	for _, want := range []string{"serve", "backup", "restore", "doctor", "programme", "admin", "KOKKO_DATA", "KOKKO_DATABASE"} {
		if !strings.Contains(out, want) {
			t.Errorf("--help does not mention %s", want)
		}
	}
	if code, out := run(t, "serve", "--no-such-flag"); code != 2 || !strings.Contains(out, "--no-such-flag") {
		t.Errorf("a wrong flag: %d, %s", code, out)
	}
}
