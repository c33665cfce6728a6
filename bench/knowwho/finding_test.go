package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	knowwho "kokko/bench/knowwho"
)

func TestFindOnOnesOwnFiles(t *testing.T) {
	t.Parallel()
	items := put(t, "items.jsonl", `{"person": "liisa", "text": "Beekeeping and honey for restaurants", "lang": "en", "time": "2019-05-01"}
{"person": 7, "text": "Beekeeping and honey for restaurants", "lang": "en", "time": "2019-05-01"}
{"person": "eero", "text": "Beekeeping courses", "lang": "en-GB", "time": "2024-05-01T10:00:00Z", "weight": 250}
{"person": "aino virta", "text": "Repairing log houses", "weight": "0.5"}
{"person": "nobody", "text": "Beekeeping", "weight": 0}

`)
	queries := put(t, "q.jsonl", `{"id": "early", "text": "beekeeping", "lang": "en", "time": "2020-01-01"}
{"id": 2, "text": "beekeeping", "time": "2025-01-01"}
{"id": "house", "text": "a log house"}
{"id": "none", "text": "qqqq"}
`)
	out := filepath.Join(t.TempDir(), "run.txt")
	if got := told(t, "find", "-evidence", items, "-queries", queries, "-out", out); !strings.Contains(got, "5 people, 4 pieces of evidence, 4 queries") {
		t.Error(got)
	}
	run, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{}
	for line := range strings.Lines(string(run)) {
		f := strings.Fields(line)
		if len(f) != 6 || f[1] != "Q0" || f[5] != "kokko" {
			t.Fatal(line)
		}
		found[f[0]] = append(found[f[0]], f[2])
	}
	for id, want := range map[string]string{"early": "7 liisa", "2": "eero", "house": "aino_virta", "none": ""} {
		got := strings.Join(found[id], " ")
		switch id {
		case "early": // both hold the same
			if len(found[id]) != 2 || strings.Contains(got, "eero") {
				t.Errorf("early: %s", got)
			}
		default:
			if !strings.HasPrefix(got, want) || want == "" && got != "" {
				t.Errorf("%s: %q, want %q", id, got, want)
			}
		}
		if strings.Contains(got, "nobody") {
			t.Errorf("%s: what weighs nothing has a voice", id)
		}
	}
}

// What is missing is taken as missing: nobody is lost for it, and nobody found by it.
func TestFindTakesWhatIsMissing(t *testing.T) {
	t.Parallel()
	items := put(t, "items.jsonl", `{"person": 1, "text": ""}
{"person": 2, "text": null, "time": null, "weight": null, "lang": null}
{"person": 3}
{"person": 4, "text": "Beekeeping", "lang": "xx"}
{"person": 4, "text": "Beekeeping", "lang": "xx"}
{"person": 5, "text": "Beekeeping", "time": "2020-01-01"}
`)
	out := filepath.Join(t.TempDir(), "run.txt")
	told(t, "find", "-evidence", items, "-queries", put(t, "q.jsonl", `{"id": "empty", "text": ""}
{"id": "none"}
{"id": "bees", "text": "beekeeping"}
{"id": "bees", "text": "beekeeping", "time": "2019-01-01"}
`), "-out", out)
	run, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]int{}
	for line := range strings.Lines(string(run)) {
		f := strings.Fields(line)
		found[f[0]+" "+f[2]]++
	}
	if len(found) != 2 || found["bees 4"] != 2 || found["bees 5"] == 0 {
		t.Errorf("%v", found)
	}
	if got := told(t, "find", "-evidence", put(t, "no.jsonl", "\n"), "-queries", put(t, "no.jsonl", ""), "-out", out); !strings.Contains(got, "0 people, 0 pieces of evidence, 0 queries") {
		t.Error(got)
	}
}

func TestBadFilesAreToldOf(t *testing.T) {
	t.Parallel()
	good, query := `{"person": 1, "text": "x"}`, `{"id": 1, "text": "x"}`
	for _, c := range []struct{ items, queries, want string }{
		{good + "\n{", query, "i.jsonl: line 2"},
		{good, query + "\n\n[1]", "q.jsonl: line 3"},
		{`{"text": "x"}`, query, "not told"},
		{`{"person": 1, "text": "x", "time": "soon"}`, query, "soon is no time"},
		{`{"person": 1, "text": "x", "weight": "heavy"}`, query, "a number is wanted"},
		{good, `{"text": "x"}`, "not told"},
	} {
		err := knowwho.Run(t.Context(), []string{"find", "-evidence", put(t, "i.jsonl", c.items), "-queries", put(t, "q.jsonl", c.queries), "-out", filepath.Join(t.TempDir(), "run.txt")}, os.Stderr)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.want, err)
		}
	}
}

func FuzzReadSet(f *testing.F) {
	f.Add(`{"person": 1, "text": "x", "time": 3}`, `{"id": "a", "text": "x", "time": "2020-01"}`)
	f.Fuzz(func(t *testing.T, items, queries string) {
		people, times, err := knowwho.ReadSet(put(t, "i.jsonl", items), put(t, "q.jsonl", queries))
		if err != nil {
			return
		}
		for _, p := range people {
			if strings.ContainsAny(p, " \n\t") || p == "" {
				t.Errorf("a person %q", p)
			}
		}
		for _, at := range times {
			if at.Year() < 1900 || at.Year() > 2100 {
				if !at.IsZero() {
					t.Errorf("a time %v", at)
				}
			}
		}
	})
}
