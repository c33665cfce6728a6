package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/finnish"
	"kokko/engine/language"
)

func main() {
	gold := flag.String("gold", "../shared/data/finnish_gold.tsv", "base forms, a tab, and forms of each that must meet")
	alike := flag.String("alike", "../shared/data/finnish_overstemming.tsv", "pairs of words that must not meet")
	library := flag.String("library", "/usr/lib/x86_64-linux-gnu/libvoikko.so.1", "Voikko's C library")
	flag.Parse()
	texts := flag.Args()
	if len(texts) == 0 {
		texts = []string{"../shared/data/brochure_fi.txt", "../shared/data/ideas/omastadi_round1.csv", "../shared/data/projects/fi_dev_projects_2007_2013.csv"}
	}
	if err := run(*gold, *alike, *library, texts); err != nil {
		fmt.Fprintln(os.Stderr, "finnish:", err)
		os.Exit(1)
	}
}

// way is one that brings forms together: each word gives keys, and two words meet when
// they have one in common.
type way struct {
	name string
	keys func(word string) []string
	fast func(words []string) (time.Duration, error) // the processor's time for all of them
}

func run(gold, alike, library string, texts []string) error {
	forms, err := rows(gold)
	if err != nil {
		return err
	}
	pairs, err := rows(alike)
	if err != nil {
		return err
	}
	words, err := running(texts)
	if err != nil {
		return err
	}
	var path string
	for _, p := range append([]string{os.Getenv("KOKKO_VOIKKO")}, finnish.Places()...) {
		if _, err := os.Stat(p); err == nil && path == "" {
			path = p
		}
	}
	dict, err := finnish.Open(path)
	if err != nil {
		return fmt.Errorf("there is no dictionary (apt-get install voikko-fi): %w", err)
	}
	ways, done, err := all(dict, library, forms, pairs)
	if err != nil {
		return err
	}
	defer done()
	fmt.Printf("%d words of running text\n\n| | forms that meet their base form | look-alikes merged | words per CPU second |\n|---|---|---|---|\n", len(words))
	for _, w := range ways {
		met, n, merged := 0, 0, 0
		for _, r := range forms {
			for _, form := range strings.Fields(r[1]) {
				n++
				if meet(w, r[0], form) {
					met++
				}
			}
		}
		for _, r := range pairs {
			if meet(w, r[0], r[1]) {
				merged++
			}
		}
		took, err := w.fast(words)
		if err != nil {
			return err
		}
		fmt.Printf("| %s | %.1f %% (%d/%d) | %d of %d | %.0f |\n", w.name, 100*float64(met)/float64(n), met, n, merged, len(pairs), float64(len(words))/took.Seconds())
	}
	return nil
}

func meet(w way, a, b string) bool {
	other := w.keys(b)
	return slices.ContainsFunc(w.keys(a), func(k string) bool { return slices.Contains(other, k) })
}

// all are the ways there are on this machine.
func all(dict *finnish.Dictionary, library string, forms, pairs [][]string) (ways []way, done func(), err error) {
	done = func() {}
	one := func(f func(string) string) func(string) []string {
		return func(w string) []string { return []string{f(strings.ToLower(w))} }
	}
	add := func(name string, keys func(string) []string) {
		ways = append(ways, way{name, keys, func(words []string) (time.Duration, error) {
			before := gauge.Worked(gauge.Process)
			for _, w := range words {
				keys(w)
			}
			return gauge.Worked(gauge.Process) - before, nil
		}})
	}
	add("as it stands", one(func(w string) string { return w }))
	add("first 5 letters", one(func(w string) string { r := []rune(w); return string(r[:min(5, len(r))]) }))
	var stems language.Stemmer
	add("Snowball", one(func(w string) string { return stems.Stem(w, language.Finnish) }))
	if _, err := os.Stat(library); err == nil {
		c, err := compile(library)
		if err != nil {
			return nil, done, err
		}
		done = func() { _ = os.RemoveAll(filepath.Dir(string(c))) }
		known, err := ask(c, forms, pairs)
		if err != nil {
			return nil, done, err
		}
		ways = append(ways, way{"Voikko, C library", func(w string) []string { return known[w] }, func(words []string) (time.Duration, error) {
			empty, err := c.took("\n")
			if err != nil {
				return 0, err
			}
			took, err := c.took(strings.Join(words, "\n") + "\n")
			return took - empty, err
		}})
	}
	add("Kokko, dictionary alone", func(w string) (keys []string) {
		for _, a := range dict.Analyse(w) {
			keys = append(keys, a.Lemma)
		}
		return keys
	})
	// What is read a second time is what was read first, kept as far as there is room.
	whole, bare := finnish.New(dict, nil), finnish.New(nil, nil)
	add("Kokko, first reading", func(w string) []string { return whole.Word(w).Lemmas })
	add("Kokko, read before", func(w string) []string { return whole.Word(w).Lemmas })
	add("Kokko without a dictionary", func(w string) []string { return bare.Word(w).Lemmas })
	return ways, done, nil
}
