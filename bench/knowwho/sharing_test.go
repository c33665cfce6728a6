package main_test

import (
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	knowwho "kokko/bench/knowwho"
)

// put writes a file and gives its path.
func put(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func told(t *testing.T, args ...string) string {
	t.Helper()
	var out bytes.Buffer
	if err := knowwho.Run(t.Context(), args, &out); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestIntroOfOnesOwnFiles(t *testing.T) {
	t.Parallel()
	// Liisa knows both lately, Matti knew both long ago; Liisa introduced them. The tie of
	// the day they met is not seen.
	ties := put(t, "ties.tsv", "from\tto\tyear\nAino\tLiisa\t2008\nLiisa\tEero\t2009\nAino\tMatti\t1990\nMatti\tEero\t1990\nAino\tEero\t2012\n")
	for name, pairs := range map[string]string{
		"headings":  "year\ta\tb\tintroducer\n2010\tAino\tEero\tLiisa\n",
		"csv":       "Aino,Eero,Liisa,2010\n",
		"date":      "# who met\nAino\tEero\tLiisa\t2010-01-01\n",
		"a subset":  "Aino\tEero\tLiisa;Nobody\t2010\nAino\tUnknown\tLiisa\t2010\n",
		"oneself":   "Aino\tEero\tLiisa\t2010\nAino\tAino\tLiisa\t2010\n",
		"two lines": "Aino\tEero\tNobody\t2010\nAino\tEero\tLiisa\t2010\n",
	} {
		out := told(t, "intro", "-ties", ties, "-pairs", put(t, "pairs.tsv", pairs))
		for _, want := range []string{
			"5 ties of 4 people; mutual: true; 1 pairs", "| at random | 0.500 | 0.750 |", "| product of the ties | 0.500 | 0.750 |",
			"| product, ties faded (Kokko) | 1.000 | 1.000 |", "is found for 1 of 1 pairs", "the best chain goes through one for 1, one of the three for 1",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s: %s\nlacks %q", name, out, want)
			}
		}
	}
}

func TestTeamAndMarketOfOnesOwnFiles(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write([]byte(`[["bake", "sing"], ["bake"], []]`)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	tasks, experts := put(t, "tasks.json.gz", packed.String()), put(t, "experts.json", `[["bake"], ["sing", "bake"], [7]]`)
	if out := told(t, "team", "-tasks", tasks, "-experts", experts, "-balance", "2"); !strings.Contains(out, "3 tasks, 3 people, 3 skills") || !strings.Contains(out, "| 2 | 3.0000 | 2.0000 | 1 |") {
		t.Error(out)
	}
	m := put(t, "m.json", `{"left_to_right": [[1, 0.5], [0.5, 0.5]], "right_to_left": [[1, 0.5], [0.5, 0.5]], "v_left": [1, 0], "v_right": [1, 0]}`)
	out := told(t, "market", m)
	for _, want := range []string{"own liking | 1.0000 | 1 + 1 |", "most meetings | 1.2500 | 0 + 0 |", "Nash welfare | 1.2"} {
		if !strings.Contains(out, want) {
			t.Errorf("%s\nlacks %q", out, want)
		}
	}
}

func TestLatencyOfAFewPeople(t *testing.T) {
	t.Parallel()
	out := told(t, "latency", "-people", "300", "-ties", "900", "-queries", "5")
	if !strings.Contains(out, "300 people") || strings.Count(out, "\n| ") != 7 || !strings.Contains(out, "resident memory") {
		t.Error(out)
	}
}

func TestWhatIsWrongIsTold(t *testing.T) {
	t.Parallel()
	ties, pairs := put(t, "ties.tsv", "a\tb\t1\n"), put(t, "pairs.tsv", "a\tb\tc\tsoon\n")
	for want, args := range map[string][]string{
		"say what is measured": nil,
		"say -ties":            {"intro"},
		`"soon" is no time`:    {"intro", "-ties", ties, "-pairs", pairs},
		"line 1":               {"intro", "-ties", put(t, "t", "a\n"), "-pairs", pairs},
		"two people":           {"intro", "-ties", ties, "-pairs", put(t, "p", "a\n")},
		"no such file":         {"intro", "-ties", "nowhere", "-pairs", pairs},
		"say -tasks":           {"team"},
		"invalid character":    {"team", "-tasks", ties, "-experts", ties},
		"which markets":        {"market"},
		"two sides":            {"market", put(t, "m.json", "{}")},
		"how many people":      {"latency", "-people", "1"},
		"tasks.json: line 3":   {"team", "-tasks", put(t, "tasks.json", "[[\"a\"],\n[\"b\"\n[1]]"), "-experts", ties},
		"o.json: line 1":       {"team", "-tasks", put(t, "o.json", `{"tasks": []}`), "-experts", ties},
		"list 2: a skill is":   {"team", "-tasks", put(t, "l.json", `[["a"], [["b"]]]`), "-experts", ties},
		"n.json: line 2":       {"market", put(t, "n.json", "{\"left_to_right\":\n[[\"much\"]]}")},
		"above 0":              {"team", "-tasks", ties, "-experts", ties, "-balance", "-1"},
	} {
		if err := knowwho.Run(t.Context(), args, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

func FuzzPairs(f *testing.F) {
	for _, s := range []string{"", "a\tb\tc\t2010\n", "from,to,by\na,b,c", "a b c 1", "#\n\na\tb\t|;,\t"} {
		f.Add(s)
	}
	ties := filepath.Join(f.TempDir(), "ties.tsv")
	if err := os.WriteFile(ties, []byte("a\tb\t2000\nb\tc\t2001\na\td\t2001\nd\tc\t2003\n"), 0o600); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		// Either the pairs are read or a complaint names them; nothing panics.
		if err := knowwho.Run(t.Context(), []string{"intro", "-ties", ties, "-pairs", put(t, "pairs", text)}, &bytes.Buffer{}); err != nil && !strings.Contains(err.Error(), "pairs") {
			t.Error(err)
		}
	})
}
