package main

import (
	"flag"
	"fmt"
	"os"

	"kokko/engine/concept"
	"kokko/engine/finnish"
)

// shipped is whose the concepts in the program are.
const shipped = "YSO and YSO places 2019.3, National Library of Finland and others, https://finto.fi/yso, CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/); labels only, changed: keys and broader concepts read from the labels"

func main() {
	out := flag.String("out", "engine/concept/concepts.gz", "where the file is written")
	source := flag.String("source", shipped, "whose the concepts are, and on what terms")
	titles := flag.Bool("titles", false, "learn of titles which words keep concepts company; write engine/concept/company.gz with -out")
	flag.Parse()
	if *titles {
		if err := learn(*out, flag.Args()); err != nil {
			fmt.Fprintln(os.Stderr, "concepts:", err)
			os.Exit(1)
		}
		return
	}
	if err := run(*out, *source, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "concepts:", err)
		os.Exit(1)
	}
}

func run(out, source string, files []string) error {
	if len(files) != 3 {
		return fmt.Errorf("three files are wanted: the labels in Finnish, Swedish and English")
	}
	var labels [3]map[concept.ID]string
	for i, path := range files {
		var err error
		if labels[i], err = concept.OpenLabels(path); err != nil {
			return err
		}
	}
	dict, err := finnish.Open(finnish.Places()[0])
	if err != nil {
		return err
	}
	packed, err := concept.Make(source, concept.Entries(labels), finnish.New(dict, nil))
	if err != nil {
		return err
	}
	return os.WriteFile(out, packed, 0o644)
}
