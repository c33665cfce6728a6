package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	similar "kokko/bench/similar"
)

// ask runs the program on a file and gives what it printed.
func ask(t *testing.T, file string) (string, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ideas.csv")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	err := similar.Run([]string{"-ideas", path}, &out)
	return out.String(), err
}

const head = "id,title,text,plans\n"

// A table of zeros would look like a measurement: what cannot be measured is told of.
func TestWrongFilesAreToldOf(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, want string }{
		"empty":          {"", "ideas.csv: there is nothing in it"},
		"headings alone": {head, "no two of its 0 proposals"},
		"one proposal":   {head + "1,Sauna,Kylän sauna,P1\n", "no two of its 1 proposals"},
		"no plan shared": {head + "1,Sauna,a,P1\n2,Talo,b,P2\n", "no two of its 2 proposals"},
		"an id twice":    {head + "1,Sauna,a,P1\n2,Talo,b,P1\n1,Sauna,a,P1\n", `proposals 1 and 3 have the same id, "1"`},
		"no ids":         {head + ",Sauna,a,P1\n,Talo,b,P1\n", "the same id"},
		"other headings": {"nimi;teksti\nSauna;x\n", "there is no column id; its first line is nimi;teksti"},
		"without plans":  {"\ufeffid,title,text\n1,Sauna,a\n", "there is no column plans"},
		"half a line":    {head + "1,Sauna\n", "ideas.csv: record on line 2"},
		"an open quote":  {head + "1,\"Sauna,a,P1\n", "ideas.csv: "},
	} {
		if out, err := ask(t, c.file); err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
			t.Errorf("%s: %v, want %s; printed %q", name, err, c.want, out)
		}
	}
	if err := similar.Run(nil, nil); err == nil || !strings.Contains(err.Error(), "-ideas") {
		t.Errorf("no file: %v", err)
	}
	if err := similar.Run([]string{"-ideas", filepath.Join(t.TempDir(), "none.csv")}, nil); err == nil {
		t.Error("a file that is not there")
	}
}

// Proposals without words, with very long words and with a line of a megabyte are measured.
func TestOddProposals(t *testing.T) {
	t.Parallel()
	out, err := ask(t, "\ufeff"+head+"1,,,P1\n2,,,P1\n3,Sauna,"+strings.Repeat("kylän sauna ", 90_000)+",P2;P3\n4,Saunat,"+strings.Repeat("x", 100_000)+",P2\n")
	if err != nil || !strings.Contains(out, "4 proposals, 4 with a similar one") {
		t.Fatalf("%v: %s", err, out)
	}
	var rows int
	for line := range strings.Lines(out) {
		if strings.HasPrefix(line, "| Kokko") {
			rows++
			if strings.Contains(line, "NaN") || strings.Contains(line, "| .000") {
				t.Errorf("%s", line)
			}
		}
	}
	if rows != 4 {
		t.Errorf("%d ways of Kokko in %s", rows, out)
	}
}
