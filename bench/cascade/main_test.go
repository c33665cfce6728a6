package main_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	cascade "kokko/bench/cascade"
)

// file writes courses of sources whose ideas go as far as their number says.
func file(t *testing.T, n int, packed bool) string {
	t.Helper()
	random := rand.New(rand.NewPCG(1, uint64(n)))
	var b bytes.Buffer
	b.WriteString("# id\tt0\tsize\tuser:dt\n")
	for i := range n {
		who := random.IntN(5)
		size := 1 + who*6 + random.IntN(3)
		fmt.Fprintf(&b, "c%d\t%d\t%d\ts%d:0", i, i, size, who)
		for k := 1; k < size; k++ {
			fmt.Fprintf(&b, " u%d:%d", random.IntN(99), k)
		}
		b.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "courses.tsv")
	if packed {
		var z bytes.Buffer
		w := gzip.NewWriter(&z)
		if _, err := w.Write(b.Bytes()); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		b = z
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheTable(t *testing.T) {
	past, next := file(t, 400, true), file(t, 100, false)
	for _, args := range [][]string{{"-train", past, "-test", next}, {"-train", past}} {
		var out bytes.Buffer
		if err := cascade.Run(args, &out); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"| cold | global |", "| cold | source history |", "| 5 % | kNN growth |", "| 20 % | log-linear", "| 20 % | **Kokko** |"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("no %q in\n%s", want, out.String())
			}
		}
		// whose ideas go how far is all there is to know: those that had come as far miss it
		if !regexp.MustCompile(`\| 5 % \| \*\*Kokko\*\* \|.*-\d`).MatchString(out.String()) {
			t.Errorf("not better than kNN growth:\n%s", out.String())
		}
	}
}

func TestSmallFilesAndWrongOnes(t *testing.T) {
	var out bytes.Buffer
	if err := cascade.Run([]string{"-train", file(t, 3, false), "-test", file(t, 1, true)}, &out); err != nil {
		t.Error(err)
	}
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("a 1 2 u:0\nb 1 2 u\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{nil, "say which courses"},
		{[]string{"-train", broken}, "broken: line 2:"},
		{[]string{"-train", file(t, 1, false)}, "some of both"},
		{[]string{"-train", broken + "-not"}, "no such file"},
		{[]string{"-train", file(t, 3, false), "-last", "2"}, "between 0 and 1"},
	} {
		if err := cascade.Run(c.args, &out); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %s", c.args, err, c.says)
		}
	}
}
