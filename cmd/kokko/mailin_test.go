package main_test

import (
	"bytes"
	"context"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// handed has the command take a letter, as a mail server would.
func handed(t *testing.T, letter io.Reader, args ...string) (code int, out, log string) {
	t.Helper()
	cmd := exec.Command(kokko(t), append([]string{"mail-in", "--language", "en"}, args...)...)
	var stdout, stderr bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = letter, &stdout, &stderr
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()
}

// Beside a serving Kokko: letters come in by other processes, the serving one
// writes the receipts.
func TestMailInBesideServing(t *testing.T) {
	t.Parallel()
	beside := func(t *testing.T, url string, where ...string) {
		s := serve(t, append(where, "--data", filepath.Join(t.TempDir(), "data"))...)
		letter := func(n string) io.Reader {
			return strings.NewReader("From: Maija <maija@posti.example>\r\nMessage-ID: <" + n + "@posti.example>\r\nSubject: Laituri " + n + "\r\n\r\nLaituri rantaan.\r\n")
		}
		var wg sync.WaitGroup
		for _, n := range []string{"1", "2", "1", "2"} {
			wg.Go(func() {
				if code, out, log := handed(t, letter(n), where...); code != 0 || out != "" || strings.Contains(log, "maija") {
					t.Errorf("%d %s %s", code, out, log)
				}
			})
		}
		wg.Wait()
		huge := io.MultiReader(letter("3"), io.LimitReader(lines{}, 50<<20))
		if code, out, log := handed(t, huge, where...); code != 65 || !strings.HasPrefix(out, "5.3.4 Viesti on liian suuri") || !strings.Contains(log, "too_large") {
			t.Errorf("50 MB: %d %s %s", code, out, log)
		}
		if code, out, log := handed(t, letter("4"), append(where, "--region", "kuovola")...); code != 75 || !strings.HasPrefix(out, "4.") || !strings.Contains(log, "cli.which_region") || !strings.Contains(log, "kouvola") {
			t.Errorf("a region that is none: %d %s %s", code, out, log)
		}
		ctx := context.Background()
		db, err := store.Open(ctx, url, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		count := func(query string) (n int) {
			if err := db.QueryRow(ctx, query).Scan(&n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		for tries := 0; count(`SELECT COUNT(*) FROM mails WHERE purpose = 'bringer.dropped' AND state = 'local'`) < 2; tries++ {
			if tries > 600 {
				t.Fatalf("no receipts are written\n%s", s.log)
			}
			time.Sleep(100 * time.Millisecond)
		}
		if sparks, receipts := count(`SELECT COUNT(*) FROM sparks WHERE source = 'mail'`), count(`SELECT COUNT(*) FROM mails WHERE purpose = 'bringer.dropped'`); sparks != 2 || receipts != 2 {
			t.Errorf("%d sparks, %d receipts", sparks, receipts)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		url := "sqlite:" + filepath.Join(t.TempDir(), "kokko.db")
		beside(t, url, "--database", url)
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		url := storetest.PostgresURL(t)
		beside(t, url, "--database", url)
	})
}

// lines is lines without end.
type lines struct{}

func (lines) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "laituri \n"[i%9]
	}
	return len(p), nil
}
