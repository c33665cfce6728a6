package main_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"kokko/ground/store"
)

// TestAKilledImportIsCompletedByTheSameCommand: kill -9 in the middle, again and
// again, and the same command takes every row exactly once.
func TestAKilledImportIsCompletedByTheSameCommand(t *testing.T) {
	t.Parallel()
	const rows = 6000
	dir := t.TempDir()
	file := filepath.Join(dir, "ideat.csv")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	fmt.Fprintln(w, "tunnus;kuvaus;pvm;tila")
	for i := range rows {
		fmt.Fprintf(w, "%d;\"Ehdotus %d\nkahdella rivillä\";%d.3.2019;%s\n", i, i, i%28+1, []string{"", "hylätty", "valittu"}[i%3])
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	for _, args := range [][]string{{"programme", "publish", "../../programmes/kouvola.yaml"}, {"admin", "hire", "a@kouvola.example", "--name", "A B"}} {
		if code, out := run(t, append(args, "--data", data)...); code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
	}
	args := []string{"import", "sparks", file, "--source", "Testi", "--data", data, "--language", "en"}
	killed := 0
	for range 3 {
		cmd := exec.Command(kokko(t), args...)
		progress, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(progress)
		for n := 0; n < 2 && lines.Scan(); { // well under way
			if strings.Contains(lines.Text(), "%") {
				n++
			}
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		if cmd.Wait() != nil {
			killed++
		}
	}
	if killed < 2 {
		t.Errorf("only %d were killed under way: too little is proved", killed)
	}
	code, out := run(t, args...)
	if code != 0 || !strings.Contains(out, "went on from there") {
		t.Errorf("%d %s", code, out)
	}
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM sparks`:                                rows,
		`SELECT COUNT(*) FROM spark_imports`:                         rows,
		`SELECT COUNT(*) FROM bringers`:                              rows,
		`SELECT COUNT(*) FROM beats`:                                 rows + 2*rows/3,
		`SELECT COUNT(*) FROM sparks WHERE state = 'out'`:            rows / 3,
		`SELECT COUNT(*) FROM imports`:                               1,
		`SELECT added FROM imports`:                                  rows,
		`SELECT COUNT(*) FROM jobs`:                                  0,
		`SELECT COUNT(*) FROM imports WHERE state = 'done'`:          1,
		`SELECT COUNT(DISTINCT spark_id) FROM spark_imports`:         rows,
		`SELECT COUNT(DISTINCT spark_id) FROM beats`:                 rows,
		`SELECT COUNT(*) FROM audit_entries WHERE what LIKE 'data%'`: 1,
	} {
		var n int
		if err := db.QueryRow(context.Background(), query).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
}
