package main

import (
	"bufio"
	"compress/gzip"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"slices"
	"strings"

	"kokko/engine/language"
)

func main() {
	out := flag.String("out", "", "where the model is written; without it the program's own is measured")
	flag.Parse()
	if err := run(*out, flag.Args()); err != nil {
		fmt.Fprintln(os.Stderr, "languages:", err)
		os.Exit(1)
	}
}

// apart is one text that was kept for measuring.
type apart struct {
	of   language.Language
	text string
}

func run(out string, files []string) error {
	var counts language.Counts
	var held []apart
	for _, f := range files {
		code, path, ok := strings.Cut(f, "=")
		which := slices.Index(language.All(), language.Language(code))
		if !ok || which < 0 {
			return fmt.Errorf("%s: a file is given as fi=FILE, sv=FILE or en=FILE", f)
		}
		if err := lines(path, func(text string) {
			h := fnv.New32a()
			_, _ = io.WriteString(h, text)
			if h.Sum32()%10 == 0 {
				held = append(held, apart{language.All()[which], text})
				return
			}
			for r := range language.Runs(text) {
				counts[which][r]++
			}
		}); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	m := language.Own()
	if out != "" {
		b := language.Train(&counts)
		if err := os.WriteFile(out, b, 0o644); err != nil {
			return err
		}
		var err error
		if m, err = language.Load(b); err != nil {
			return err
		}
	}
	fmt.Println("| language | texts | whole text | first three words |\n|---|---|---|---|")
	for _, l := range language.All() {
		var n, whole, three int
		for _, h := range held {
			words := strings.Fields(h.text)
			if h.of != l || len(words) < 4 {
				continue
			}
			n++
			if m.Of(h.text) == l {
				whole++
			}
			if m.Of(strings.Join(words[:3], " ")) == l {
				three++
			}
		}
		fmt.Printf("| %s | %d | %.1f %% | %.1f %% |\n", l, n, 100*float64(whole)/float64(max(1, n)), 100*float64(three)/float64(max(1, n)))
	}
	return nil
}

// lines hands over the last field of every line.
func lines(path string, take func(string)) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			return err
		}
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 1<<20)
	for s.Scan() {
		line := s.Text()
		take(line[strings.LastIndexByte(line, '\t')+1:])
	}
	return s.Err()
}
