package main

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
)

// learn makes the file of the company of concepts, of titles in three languages: on each
// line a concept (p11416), a tab and the title of a work that was given it.
func learn(out string, files []string) error {
	if len(files) != 3 {
		return fmt.Errorf("three files are wanted: titles in Finnish, Swedish and English")
	}
	dict, err := finnish.Open(finnish.Places()[0])
	if err != nil {
		return err
	}
	a := text.NewAnalyser(finnish.New(dict, nil), language.Own())
	var titles [3][]concept.Titled
	for i, path := range files {
		if titles[i], err = readTitles(path, a, language.All()[i]); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	packed, err := concept.MakeCompany(titles)
	if err != nil {
		return err
	}
	if err := concept.CheckCompany(packed); err != nil {
		return err
	}
	return os.WriteFile(out, packed, 0o644)
}

// readTitles has each title once, with all its concepts. Words of Finnish are as they are
// found by; of those of another language that are found as one the most frequent stands
// for all.
func readTitles(path string, a *text.Analyser, in language.Language) (all []concept.Titled, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	of := map[string][]concept.ID{}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		id, title, ok := strings.Cut(lines.Text(), "\t")
		n, err := strconv.ParseUint(strings.TrimPrefix(id, "p"), 10, 32)
		if ok && err == nil {
			of[title] = append(of[title], concept.ID(n))
		}
	}
	forms := map[string]map[string]int{} // of a key
	for _, title := range slices.Sorted(maps.Keys(of)) {
		keys := map[string]bool{}
		for _, token := range finnish.Tokens(title) {
			for _, column := range a.Of(token, "", in).Words() {
				for _, key := range column {
					if text.Say(key) == "" {
						continue
					}
					keys[key] = true
					if forms[key] == nil {
						forms[key] = map[string]int{}
					}
					forms[key][strings.ToLower(token)]++
				}
			}
		}
		all = append(all, concept.Titled{Words: slices.Sorted(maps.Keys(keys)), Concepts: of[title]})
	}
	if in == language.Finnish {
		return all, nil
	}
	for _, t := range all {
		for i, key := range t.Words {
			best := ""
			for form, n := range forms[key] {
				if b := forms[key][best]; n > b || n == b && form < best {
					best = form
				}
			}
			t.Words[i] = best
		}
	}
	return all, nil
}
