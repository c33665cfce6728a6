package main_test

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	bench "kokko/bench/spread"
)

func tell(t *testing.T, args ...string) (out, aside string) {
	t.Helper()
	var a, b strings.Builder
	if err := bench.Run(context.Background(), args, &a, &b); err != nil {
		t.Fatal(args, err)
	}
	return a.String(), b.String()
}

// From a generated list through a snapshot to a choice, which reaches what it says, and
// no less than what plain OPIM-C chooses.
func TestGenerateChooseEvaluate(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	list, snapshot := filepath.Join(dir, "list.gz"), filepath.Join(dir, "snapshot")
	tell(t, "generate", "-n", "3000", "-m", "20000", "-groups", "9", "-out", list)
	reached := map[string]float64{}
	for name, args := range map[string][]string{
		"this":  {"-graph", list, "-k", "5", "-eps", ".2", "-snapshot", snapshot},
		"plain": {"-graph", list, "-k", "5", "-eps", ".2", "-plain"},
	} {
		seeds, aside := tell(t, args...)
		if strings.Count(seeds, "\n") != 5 || !strings.Contains(aside, "certificate") {
			t.Fatal(name, seeds, aside)
		}
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(seeds), 0o600); err != nil {
			t.Fatal(err)
		}
		graph := list
		if name == "this" {
			graph = snapshot
		}
		out, _ := tell(t, "-graph", graph, "-evaluate", path, "-runs", "2000")
		mean, err := strconv.ParseFloat(strings.Split(out, "\n")[0], 64)
		if err != nil {
			t.Fatal(out)
		}
		reached[name] = mean
		said, _ := strconv.ParseFloat(strings.TrimSuffix(strings.Fields(aside[strings.Index(aside, "spread "):])[1], ","), 64)
		if said < .85*mean || said > 1.15*mean {
			t.Errorf("%s says %v, and %v are reached", name, said, mean)
		}
	}
	if reached["this"] < .97*reached["plain"] {
		t.Errorf("%v, and plain OPIM-C's reach %v", reached["this"], reached["plain"])
	}
	for _, args := range [][]string{{}, {"-graph", filepath.Join(dir, "none")}, {"-graph", list, "-model", "given"}, {"-graph", list, "-model", "x"}, {"generate", "-n", "1"}, {"changes", "-set", "none"}} {
		if err := bench.Run(context.Background(), args, &strings.Builder{}, &strings.Builder{}); err == nil {
			t.Errorf("%v is done", args)
		}
	}
}

// Lists and seeds as others write them: what is plain is read, what is not is told.
func TestListsOfOthers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	sparse := file("sparse", "from,to\n90000000000,5000000000\n5000000000,7\n")
	out, aside := tell(t, "-graph", sparse, "-k", "1")
	if out != "90000000000\n" || !strings.Contains(aside, "3 of them have arcs") {
		t.Error(out, aside)
	}
	seeds := file("seeds", "\uFEFF# chosen\r\n90000000000 % the first\r\n")
	if out, _ = tell(t, "-graph", sparse, "-evaluate", seeds, "-runs", "10"); !strings.HasPrefix(out, "3.00\n") {
		t.Error(out)
	}
	rates := file("rates", "0 1 0.5\n1 2 7.5\n")
	if out, aside = tell(t, "-graph", rates, "-k", "3"); out != "0\n" || !strings.Contains(aside, "only the first two are used") || !strings.Contains(aside, "1 are chosen") {
		t.Error(out, aside)
	}
	snapshot := filepath.Join(dir, "snapshot")
	tell(t, "-graph", file("whole", "0 1\n1 2\n"), "-k", "1", "-snapshot", snapshot)
	if out, aside = tell(t, "-graph", snapshot, "-k", "1", "-model", "given"); out != "0\n" || !strings.Contains(aside, "a snapshot") {
		t.Error(out, aside)
	}
	for _, c := range []struct {
		args []string
		says string
	}{
		{[]string{"-graph", file("empty", "# nothing\n")}, "no arcs"},
		{[]string{"-graph", rates, "-model", "given"}, `line 2: "7.5" is no probability`},
		{[]string{"-graph", sparse, "-snapshot", filepath.Join(dir, "other")}, "leave too much out"},
		{[]string{"-graph", sparse, "-evaluate", file("not", "7\n8\n")}, "line 2: there is no node 8 among the 3"},
		{[]string{"-graph", snapshot, "-evaluate", file("beyond", "3\n")}, "line 1: there is no node 3 among the 3"},
		{[]string{"-graph", sparse, "-evaluate", file("none", "\n")}, "no nodes"},
		{[]string{"-graph", sparse, "-evaluate", file("words", "a\n")}, `line 1: "a" is no node`},
	} {
		if err := bench.Run(context.Background(), c.args, &strings.Builder{}, &strings.Builder{}); err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %v, want %s", c.args, err, c.says)
		}
	}
}
