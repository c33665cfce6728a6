package main_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/unicode"

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

// imported runs an import to its end, or kills it at its so manieth line of
// progress, and gives what was printed and the most memory it held, in megabytes.
func imported(t *testing.T, until int, args ...string) (out string, most int64) {
	t.Helper()
	cmd := exec.Command(kokko(t), append([]string{"import", "sparks", "--language", "en"}, args...)...)
	var said, heard bytes.Buffer // each written by one
	cmd.Stdout = &said
	progress, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(progress); lines.Scan(); {
		heard.WriteString(lines.Text() + "\n")
		if strings.Contains(lines.Text(), " %, ") {
			if until--; until == 0 {
				_ = cmd.Process.Kill()
			}
		}
	}
	_ = cmd.Wait()
	return heard.String() + said.String(), cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10
}

// manyAndOdd writes a file of about so many megabytes: sparks as long as they may
// be, and every hundredth row amiss in one of the ways of hostile and broken files.
func manyAndOdd(t *testing.T, path string, megabytes int) (good, bad int) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "tunnus;kuvaus;pvm")
	words := strings.Repeat("kylätalolle =SUMMA(A1) yhteinen keittiö, ", 110)
	for size := 0; size < megabytes<<20; good++ {
		n, _ := fmt.Fprintf(w, "%d;\"Ehdotus %d\n%s\";%d.3.2019\n", good, good, words, good%28+1)
		size += n
		if good%100 > 0 {
			continue
		}
		n, _ = w.WriteString([]string{"x;\"lainaus\" ja jatkoa;\n", "y;nolla\x00;\n", ";ilman tunnusta;\n", "z;a;b;c;d;e;f\n", "v;päivä;31.2.2020\n", "å;\xE4\xFF;\n"}[bad%6])
		size += n
		bad++
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	return good, bad
}

// TestALargeFileComesInWhole: memory does not grow with the file, a kill in the
// middle leaves nothing by half, and the same command brings the rest. 8 MB here;
// make soak-import takes a gigabyte.
func TestALargeFileComesInWhole(t *testing.T) {
	t.Parallel()
	megabytes := number("KOKKO_SOAK_IMPORT", 8)
	dir := t.TempDir()
	file, data := filepath.Join(dir, "suuri.csv"), filepath.Join(dir, "data")
	good, bad := manyAndOdd(t, file, megabytes)
	for _, args := range [][]string{{"programme", "publish", "../../programmes/kouvola.yaml"}, {"admin", "hire", "a@kouvola.example", "--name", "A B"}} {
		if code, out := run(t, append(args, "--data", data)...); code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
	}
	report := filepath.Join(dir, "miksi.csv")
	began := time.Now()
	killed, first := imported(t, 5, file, "--data", data)
	whole, most := imported(t, 0, file, "--data", data, "--report", report)
	t.Logf("%d MB, %d rows, %d of them amiss: %s, at most %d MB of memory", megabytes, good+bad, bad, time.Since(began).Round(time.Second), max(first, most))
	if strings.Contains(killed, "Imported") || !strings.Contains(whole, "went on from there") {
		t.Errorf("it was not cut short, or did not go on:\n%s\n%s", killed, whole)
	}
	if before, after := strings.Count(killed, " %, "), strings.Count(whole, " %, "); before < 3 || after < 4 || !strings.Contains(whole, "100 %") {
		t.Errorf("how far it is was said %d and %d times:\n%s\n%s", before, after, killed, whole)
	}
	if most > 256 || first > 256 {
		t.Errorf("%d and %d MB of memory", first, most)
	}
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for query, want := range map[string]int{
		`SELECT COUNT(*) FROM sparks`:                       good,
		`SELECT COUNT(DISTINCT text) FROM sparks`:           good,
		`SELECT COUNT(*) FROM spark_imports`:                good,
		`SELECT COUNT(*) FROM bringers`:                     good,
		`SELECT COUNT(*) FROM beats`:                        good,
		`SELECT added FROM imports`:                         good,
		`SELECT rejected FROM imports`:                      bad,
		`SELECT COUNT(*) FROM imports WHERE state = 'done'`: 1,
		`SELECT COUNT(*) FROM import_faults`:                min(bad, 1000),
	} {
		var n int
		if err := db.QueryRow(context.Background(), query).Scan(&n); err != nil || n != want {
			t.Errorf("%s: %d, want %d, %v", query, n, want, err)
		}
	}
	told, err := os.ReadFile(report)
	if err != nil || bytes.Count(told, []byte("\n")) != bad+1 {
		t.Errorf("%d lines in the report of %d rows, %v", bytes.Count(told, []byte("\n")), bad, err)
	}
}

// TestOddFilesAreToldByLine: what broken, foreign and hostile files come to.
func TestOddFilesAreToldByLine(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	for _, args := range [][]string{{"programme", "publish", "../../programmes/kouvola.yaml"}, {"admin", "hire", "a@kouvola.example", "--name", "A B"}} {
		if code, out := run(t, append(args, "--data", data)...); code != 0 {
			t.Fatalf("%v: %d %s", args, code, out)
		}
	}
	const plain = "id;text\n1;Hyvä käytäntö – Åland\n2;=HYPERLINK(\"http://x.example\")\n3;\"Rikki\" ja poikki\n"
	utf16 := func(e unicode.Endianness, b unicode.BOMPolicy, text string) string {
		out, err := unicode.UTF16(e, b).NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	for name, c := range map[string]struct {
		file  string
		code  int
		wants []string
	}{
		"utf-8":            {plain, 0, []string{"UTF-8,", "line 4", "add 2", "refuse 1"}},
		"with a mark":      {"\uFEFF" + plain, 0, []string{"UTF-8 (BOM)", "line 4"}},
		"utf-16":           {utf16(unicode.LittleEndian, unicode.UseBOM, plain), 0, []string{"UTF-16LE", "line 4"}},
		"utf-16, bare":     {utf16(unicode.BigEndian, unicode.IgnoreBOM, plain), 0, []string{"UTF-16BE", "line 4"}},
		"utf-16, cut":      {utf16(unicode.LittleEndian, unicode.UseBOM, plain)[:41], 0, []string{"UTF-16LE", "line 2", "letters"}},
		"windows":          {"id;text\n1;K\xE4yt\xE4nt\xF6 \x96 hyv\xE4\n2;\"x\"y\n", 0, []string{"Windows-1252", "line 3"}},
		"nought":           {"id;text\n1;a\x00b\n2;Hyvä\n", 0, []string{"line 2", "letters"}},
		"nothing but zero": {strings.Repeat("\x00", 300_000), 1, []string{"no heading row"}},
		"never closed":     {"id;text\n1;\"alku\n2;Hyvä\n3;Toinen\n", 0, []string{"line 2", "quotation marks", "add 2"}},
		"heading unclosed": {"id;\"text\n1;Hyvä\n", 1, []string{"no heading row"}},
		"a giant line":     {"id;text\n1;" + strings.Repeat("x", 3<<20) + "\n2;Hyvä\n", 0, []string{"line 2", "too long", "add 1"}},
		"one giant line":   {strings.Repeat("x;", 1<<20), 1, []string{"no heading row"}},
		"nothing":          {"", 1, []string{"no heading row"}},
		"a picture":        {"\x89PNG\r\n\x1a\n" + strings.Repeat("\x00\xff\n\"", 9000), 1, []string{"no column for"}},
		"all broken":       {"id;text\n" + strings.Repeat("1;\"x\"y\n", 2000), 1, []string{"no readable table", "line 2:"}},
		"signs in heading": {"id;te\x1b[31mxt\u202e\n1;Hyvä\n", 1, []string{"no column for", "te\uFFFD[31mxt\uFFFD"}},
	} {
		path := filepath.Join(dir, "outo.csv")
		if err := os.WriteFile(path, []byte(c.file), 0o600); err != nil {
			t.Fatal(err)
		}
		code, out := run(t, "import", "sparks", path, "--dry-run", "--data", data)
		if strings.ContainsAny(out, "\x1b\u202e") {
			t.Errorf("%s: signs of the file reach the terminal: %q", name, out)
		}
		if code != c.code {
			t.Errorf("%s: ended with %d: %.600s", name, code, out)
		}
		for _, want := range c.wants {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in: %.900s", name, want, out)
			}
		}
	}
}

// A field that there is not is answered with the fields that there are.
func TestImportNamesItsFields(t *testing.T) {
	t.Parallel()
	data, path := filepath.Join(t.TempDir(), "data"), filepath.Join(t.TempDir(), "a.csv")
	if code, out := run(t, "programme", "publish", "../../programmes/kouvola.yaml", "--data", data); code != 0 {
		t.Fatalf("%d %s", code, out)
	}
	if err := os.WriteFile(path, []byte("id;teksti\n1;Hyvä\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	code, out := run(t, "import", "sparks", path, "--dry-run", "--data", data, "--map", "bogus=teksti")
	if code != 1 || !strings.Contains(out, "no such fields: bogus") || !strings.Contains(out, "place") || !strings.Contains(out, "theme") {
		t.Errorf("%d %s", code, out)
	}
}
