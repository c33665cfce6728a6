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
