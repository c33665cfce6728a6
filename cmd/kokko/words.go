package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/ground/i18n"
	"kokko/programmes"
	"kokko/region/programme"
)

type wordsCommand struct {
	Dictionary string `help:"Voikko's dictionary, mor.vfst; where Debian's voikko-fi puts it when not given." type:"path" env:"KOKKO_VOIKKO" placeholder:"FILE"`
	Concepts   bool   `help:"Also print, as a seventh field, the concepts of YSO that begin at the word: number and label, joined by |."`
}

// Run reads text on standard input and prints a tab-separated line for each token:
// the token, its base forms joined by |, compound parts, roots, class, and the
// language of its line; on demand the concepts too. A line of any length is read in pieces of a megabyte.
func (c *wordsCommand) Run(h *house) error {
	dict, err := dictionary(c.Dictionary)
	if err != nil {
		return err
	}
	if dict == nil {
		fmt.Fprintln(h.errs, h.say.T("cli.words.no_dictionary"))
	}
	names, err := placeNames()
	if err != nil {
		return err
	}
	words, tell := finnish.New(dict, finnish.NewGazetteer(names...)), language.Own()
	var concepts *concept.Thesaurus
	if c.Concepts {
		if concepts, err = concept.Own(words); err != nil {
			return err
		}
	}
	out := bufio.NewWriter(h.out)
	in := bufio.NewReaderSize(h.in, 1<<20)
	for {
		line, err := in.ReadSlice('\n')
		text := string(line)
		spoken := string(tell.Of(text))
		if spoken == "" {
			spoken = "unknown"
		}
		var found []concept.Match
		if concepts != nil {
			found = concepts.In(nil, text, tell.Of(text))
		}
		for at, token := range finnish.Tokens(text) {
			w := words.Word(token)
			fmt.Fprintf(out, "%s\t%s\t%s\t%s\t%s\t%s", token, strings.Join(w.Lemmas, "|"), strings.Join(w.Parts, "|"), strings.Join(w.Roots, "|"), w.Class, spoken)
			if concepts != nil {
				var said []string
				for ; len(found) > 0 && found[0].At <= at; found = found[1:] {
					said = append(said, fmt.Sprintf("%d %s", found[0].ID, concepts.Label(found[0].ID, tell.Of(text))))
				}
				fmt.Fprint(out, "\t"+strings.Join(said, "|"))
			}
			fmt.Fprintln(out)
		}
		switch {
		case err == nil || errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF):
			return out.Flush()
		default:
			return err
		}
		if in.Buffered() == 0 {
			if err := out.Flush(); err != nil {
				return err
			}
		}
	}
}

// placeNames are the Finnish names of the shipped programmes' places.
func placeNames() (names []string, err error) {
	for _, file := range []string{programmes.Kouvola, programmes.Example} {
		source, err := fs.ReadFile(programmes.Files(), file)
		if err != nil {
			return nil, err
		}
		p, err := programme.Parse(file, source)
		if err != nil {
			return nil, err
		}
		for _, place := range p.Places {
			names = append(append(names, place.Name.In(string(i18n.Finnish))), place.Aliases...)
		}
	}
	return names, nil
}
