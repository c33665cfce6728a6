package main

import (
	"os"
	"path/filepath"

	"kokko/engine/finnish"
)

// inside names the dictionary that make release puts into the program.
const inside = "kokko"

// dictionaryAt is where the Finnish dictionary is: the one that is named, a file or
// Voikko's folder; else the first that is where one is looked for; else inside the
// program, when it was built so. Empty when there is none.
func dictionaryAt(named string) string {
	if named != "" {
		for _, below := range []string{"5/mor-standard/mor.vfst", "mor.vfst"} {
			if path := filepath.Join(named, below); there(path) {
				return path
			}
		}
		return named
	}
	if path := finnish.Find(); path != "" {
		return path
	}
	if len(embedded()) > 0 {
		return inside
	}
	return ""
}

func there(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// dictionary opens the dictionary that is named, or the first that is found; nil when
// there is none.
func dictionary(named string) (*finnish.Dictionary, error) {
	switch path := dictionaryAt(named); path {
	case "":
		return nil, nil
	case inside:
		return finnish.Read(embedded())
	default:
		return finnish.Open(path)
	}
}

// tellDictionary says in the log of a start which dictionary is used, and without one
// what is lost and how to get it.
func (h *house) tellDictionary() {
	if path := dictionaryAt(os.Getenv("KOKKO_VOIKKO")); path != "" {
		h.log.Info("Finnish dictionary", "file", path)
		return
	}
	h.log.Warn("no Finnish dictionary: " + h.say.T("cli.doctor.dictionary.none") + " apt install voikko-fi")
}

// checkDictionary looks for the dictionary and reads it.
func (h *house) checkDictionary(add adder) {
	named := os.Getenv("KOKKO_VOIKKO")
	dict, err := dictionary(named)
	switch {
	case err != nil:
		add("bad", "dictionary.broken", err.Error())
	case dict == nil:
		add("look", "dictionary.none", "apt install voikko-fi")
	case dictionaryAt(named) == inside:
		add("ok", "dictionary.inside", "")
	default:
		add("ok", "dictionary", dictionaryAt(named))
	}
}
