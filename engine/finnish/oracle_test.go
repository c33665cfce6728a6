package finnish_test

import (
	"bytes"
	"encoding/csv"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"kokko/engine/finnish"
)

// tokens are the distinct words of texts, in lower case, in order.
func tokens(texts ...string) (all []string) {
	seen := map[string]bool{}
	for _, text := range texts {
		for _, w := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzåäöéüšž-", r) }) {
			if w = strings.Trim(w, "-"); len(w) > 1 && !seen[w] {
				seen[w] = true
				all = append(all, w)
			}
		}
	}
	return all
}

func realTexts(t testing.TB) []string { return columns(t, nil) }

// prose is what people have written, without numbers, codes and coordinates.
func prose(t testing.TB) []string { return columns(t, []string{"title", "text"}) }

// columns are the brochure and each row of the tables, of which only some columns may
// be wanted.
func columns(t testing.TB, wanted []string) (texts []string) {
	t.Helper()
	brochure, err := os.ReadFile(shared(t, "brochure_fi.txt"))
	if err != nil {
		t.Fatal(err)
	}
	texts = append(texts, string(brochure))
	for _, name := range []string{"ideas/omastadi_round1.csv", "projects/fi_dev_projects_2007_2013.csv"} {
		f, err := os.Open(shared(t, name))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r := csv.NewReader(f)
		r.FieldsPerRecord, r.LazyQuotes = -1, true
		var heads []string
		for {
			fields, err := r.Read()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if wanted != nil {
				if heads == nil {
					heads = fields
				}
				var kept []string
				for i, field := range fields {
					if i < len(heads) && slices.Contains(wanted, heads[i]) {
						kept = append(kept, field)
					}
				}
				fields = kept
			}
			texts = append(texts, strings.Join(fields, "\n"))
		}
	}
	return texts
}

// TestAgreesWithLibvoikko compares the base forms with those of the library the
// dictionary was made for, on every distinct word of real texts.
func TestAgreesWithLibvoikko(t *testing.T) {
	t.Parallel()
	if exec.Command("/usr/bin/python3", "-c", "import libvoikko").Run() != nil {
		t.Skip("there is no libvoikko to compare with: apt-get install python3-libvoikko libvoikko1")
	}
	d := dictionary(t)
	words := tokens(realTexts(t)...)
	oracle := exec.Command("/usr/bin/python3", "testdata/oracle.py")
	oracle.Stdin = strings.NewReader(strings.Join(words, "\n") + "\n")
	var said, errs bytes.Buffer
	oracle.Stdout, oracle.Stderr = &said, &errs
	if err := oracle.Run(); err != nil {
		t.Fatalf("%v: %s", err, errs.Bytes())
	}
	lines := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
	if len(lines) != len(words) || len(words) < 5_000 {
		t.Fatalf("%d answers to %d words", len(lines), len(words))
	}
	var differ, missing int
	var shown []string
	for i, w := range words {
		theirs := strings.FieldsFunc(lines[i], func(r rune) bool { return r == '|' })
		all := d.Analyse(w)
		if len(theirs) > 0 && len(all) == 0 {
			missing++
		}
		ours := lemmas(slices.DeleteFunc(all, func(a finnish.Analysis) bool { return a.Loose }))
		if !slices.Equal(ours, theirs) {
			differ++
			if len(shown) < 60 {
				shown = append(shown, w+": "+strings.Join(ours, "|")+" / "+lines[i])
			}
		}
	}
	part := 1 - float64(differ)/float64(len(words))
	t.Logf("%d words, %.2f %% the same, %d not known to us alone, others: %s", len(words), 100*part, missing, strings.Join(shown, "\n"))
	if part < .994 || missing > 0 {
		t.Errorf("%.2f %% of %d words have the same base forms, %d are missed (ours / theirs):\n%s", 100*part, len(words), missing, strings.Join(shown, "\n"))
	}
}

func lemmas(all []finnish.Analysis) (out []string) {
	for _, a := range all {
		if !slices.Contains(out, a.Lemma) {
			out = append(out, a.Lemma)
		}
	}
	slices.Sort(out)
	return out
}
