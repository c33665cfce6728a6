package main_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	search "kokko/bench/search"
	"kokko/ground/store/storetest"
)

// ask runs the program on two files and gives the run it wrote.
func ask(t *testing.T, docs, queries string, more ...string) (string, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range map[string]string{"docs.jsonl": docs, "queries.tsv": queries} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, "run.txt")
	err := search.Run(t.Context(), append([]string{"-plain", "-docs", filepath.Join(dir, "docs.jsonl"), "-queries", filepath.Join(dir, "queries.tsv"), "-out", out}, more...))
	run, readErr := os.ReadFile(out)
	if readErr != nil && err == nil {
		t.Fatal(readErr)
	}
	return string(run), err
}

// Other people's files: a mark of UTF-8, lines of Windows, numbers for ids, nothing in
// them or very much, languages that are not known, bytes that no database takes.
func TestTakesOddFiles(t *testing.T) {
	t.Parallel()
	docs := "\ufeff" + strings.Join([]string{
		`{"id": 12345678, "text": "Kylätalon sauna", "lang": "fi"}`,
		`{"id": "b/ö:1", "title": null, "text": "Saunat lämpiävät", "lang": "klingon", "more": [1]}`,
		`{"id": "empty", "text": ""}`, `{"id": "none"}`, ``,
		`{"id": "huge", "text": "` + strings.Repeat("sauna ja talo ", 60_000) + `"}`,
		`{"id": "bytes", "text": "sauna \u0000 \ud800 ` + "\xff" + `"}`,
	}, "\r\n")
	queries := "\ufeffq1\tsauna\r\nq2\tavaruusraketti\r\n\r\nq3\t\r\nq4\tsauna\ttalo\r\nq5\t" + strings.Repeat("talo ", 3000)
	for engine, url := range map[string]string{"sqlite": "", "postgres": storetest.PostgresURL(t)} {
		run, err := ask(t, docs, queries, "-db", url)
		if err != nil {
			t.Fatalf("%s: %v", engine, err)
		}
		found := map[string]int{}
		for line := range strings.Lines(run) {
			f := strings.Fields(line)
			if len(f) != 6 || f[1] != "Q0" || f[5] != "kokko" {
				t.Errorf("%s: %q", engine, line)
				continue
			}
			found[f[0]+" "+f[2]]++
		}
		for _, want := range []string{"q1 12345678", "q1 b/ö:1", "q1 huge", "q1 bytes", "q4 huge", "q5 huge"} {
			if found[want] != 1 {
				t.Errorf("%s: %s stands there %d times in %v", engine, want, found[want], found)
			}
		}
		for hit := range found {
			if strings.HasPrefix(hit, "q2") || strings.HasPrefix(hit, "q3") || strings.HasSuffix(hit, "empty") || strings.HasSuffix(hit, "none") {
				t.Errorf("%s: found %s", engine, hit)
			}
		}
	}
}

// A collection without documents or queries is a mistake, not an empty run; one text
// and one without words are collections.
func TestEmptyCollections(t *testing.T) {
	t.Parallel()
	const doc, query = `{"id": 1, "text": "Kylätalon sauna"}`, "q\tsauna"
	for name, c := range map[string]struct{ docs, queries, want string }{
		"no documents": {"\ufeff\n\n", query, "docs.jsonl: there is no document"},
		"no queries":   {doc, "\r\n", "queries.tsv: there is no query"},
	} {
		if _, err := ask(t, c.docs, c.queries); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if run, err := ask(t, doc, query); err != nil || strings.Count(run, "\n") != 1 {
		t.Errorf("one document: %q, %v", run, err)
	}
	if run, err := ask(t, `{"id": 1, "text": ""}`, query); err != nil || run != "" {
		t.Errorf("no words: %q, %v", run, err)
	}
	if _, err := ask(t, doc, query, "-many", "-1"); err == nil {
		t.Error("fewer sparks than none")
	}
}

// What cannot be taken is told of by file and line.
func TestWrongLinesAreNamed(t *testing.T) {
	t.Parallel()
	const doc, query = `{"id": 1, "text": "a"}`, "q\ta"
	for name, c := range map[string]struct{ docs, queries, want string }{
		"a document twice":      {doc + "\n\n" + `{"id": "1", "text": "b"}`, query, "docs.jsonl:3"},
		"a query twice":         {doc, query + "\n" + query, "queries.tsv:2"},
		"no JSON":               {doc + "\nid,text", query, "docs.jsonl:2"},
		"no id":                 {`{"text": "a"}`, query, "docs.jsonl:1"},
		"nothing for an id":     {`{"id": null, "text": "a"}`, query, "docs.jsonl:1"},
		"a list for an id":      {`{"id": [1], "text": "a"}`, query, "docs.jsonl:1"},
		"a space in an id":      {`{"id": "a b", "text": "a"}`, query, "docs.jsonl:1"},
		"an empty id":           {doc, "\ta", "queries.tsv:1"},
		"a query without a tab": {doc, query + "\nq2 a", "queries.tsv:2"},
	} {
		if _, err := ask(t, c.docs, c.queries); err == nil || !strings.Contains(err.Error(), c.want+": ") {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}
