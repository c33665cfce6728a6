package main

import (
	"fmt"
	"os"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/swedish"
	"kokko/engine/text"
)

// reading is what texts are read with.
type reading struct {
	reader *knowwho.Reader
	bare   *knowwho.Reader // words as they stand
}

// full reads as the program does: with the dictionary of Finnish, the concepts and what
// words are about.
func full(voikko string) (reading, error) {
	dict, err := finnish.OpenOr(voikko)
	if err != nil {
		return reading{}, err
	}
	if dict == nil {
		fmt.Fprintln(os.Stderr, "knowwho: there is no dictionary of Finnish; words are only stemmed")
	}
	words := finnish.New(dict, nil)
	more := text.More{}
	if more.Concepts, err = concept.Own(words); err != nil {
		return reading{}, err
	}
	for _, path := range swedish.Places() {
		if list, err := swedish.Open(path); err == nil {
			more.Swedish = list
			break
		}
	}
	topics, err := subject.Own()
	if err != nil {
		return reading{}, err
	}
	reader := knowwho.NewReader(text.NewAnalyser(words, language.Own()).With(more), topics)
	return reading{reader, reader.Bare()}, nil
}
