package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/text"
)

// shipped is whose the model in the program is.
const shipped = "words of library titles by subject: metadata of Finna (finna.fi, stated CC0) and YSO 2019.3, National Library of Finland and others, https://finto.fi/yso, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); changed: counted"

// named is how many titles a label stands for.
const named = 5

func main() {
	out := flag.String("out", "engine/subject/subjects.bin", "where the model is written")
	source := flag.String("source", shipped, "whose the titles are, and on what terms")
	flag.Parse()
	if err := run(*out, *source, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "subjects:", err)
		os.Exit(1)
	}
}

func run(out, source string, files []string) error {
	if len(files) != 2*len(language.All()) {
		return errors.New("six files are wanted: the titles in Finnish, Swedish and English, and the labels")
	}
	dict, err := finnish.Open(finnish.Places()[0])
	if err != nil {
		return err
	}
	words, c := text.NewAnalyser(finnish.New(dict, nil), language.Own()), &subject.Counter{}
	for i, in := range language.All() {
		if err := titles(files[i], func(about concept.ID, title string) { c.Add(words, title, in, about, 1) }); err != nil {
			return err
		}
		labels, err := concept.OpenLabels(files[len(language.All())+i])
		if err != nil {
			return err
		}
		for _, id := range slices.Sorted(maps.Keys(labels)) {
			label := labels[id]
			if at := strings.LastIndex(label, " ("); at > 0 && strings.HasSuffix(label, ")") {
				label = label[:at]
			}
			c.Add(words, label, in, id, named)
		}
	}
	model, err := c.Model(source)
	if err != nil {
		return err
	}
	return os.WriteFile(out, model, 0o644)
}

// titles reads the titles of a file.
func titles(path string, do func(about concept.ID, title string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		number, title, ok := strings.Cut(lines.Text(), "\t")
		id, err := strconv.ParseUint(strings.TrimPrefix(number, "p"), 10, 32)
		if !ok || err != nil {
			return fmt.Errorf("%s:%d: a concept, a tab and a title are wanted", path, n)
		}
		do(concept.ID(id), title)
	}
	return lines.Err()
}
