package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unicode"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/swedish"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
	"kokko/schema"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "search:", err)
		os.Exit(1)
	}
}

// region is whose things the documents are.
const region = "bench"

// deep is how many results a query has in the run.
const deep = 100

func run(ctx context.Context, args []string) (err error) {
	f := flag.NewFlagSet("search", flag.ContinueOnError)
	docs := f.String("docs", "", "the documents, JSON a line")
	queries := f.String("queries", "", "the queries, id<TAB>text a line")
	out := f.String("out", "", "where the run is written")
	url := f.String("db", "", "postgres://… or sqlite:FILE, empty; a file of its own when not given")
	many := f.Int("many", 0, "with so many sparks invented of the documents, how long it takes; no run is written")
	voikko := f.String("dictionary", "", "Voikko's dictionary, mor.vfst; where Debian puts it when not given")
	plain := f.Bool("plain", false, "without what texts speak of (concepts)")
	list := f.String("swedish", "", "a list of Swedish words (.dic) that takes compounds apart")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *docs == "" || *queries == "" || *out == "" && *many == 0 || *many < 0 {
		return errors.New("say -docs, -queries and -out (or -many)")
	}
	if *url == "" {
		dir, err := os.MkdirTemp("", "kokko-search-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(dir)
		*url = "sqlite:" + filepath.Join(dir, "kokko.db")
	}
	dict, err := finnish.OpenOr(*voikko)
	if err != nil {
		return err
	}
	if dict == nil {
		fmt.Fprintln(os.Stderr, "search: there is no dictionary of Finnish; words are only stemmed")
	}
	db, err := store.Open(ctx, *url, store.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := db.Migrate(ctx, schema.Files, 0); err != nil {
		return err
	}
	words := finnish.New(dict, nil)
	var more text.More
	if !*plain {
		if more.Concepts, err = concept.Own(words); err != nil {
			return err
		}
	}
	if *list != "" {
		if more.Swedish, err = swedish.Open(*list); err != nil {
			return err
		}
	}
	b := bench{db: db, index: search.New(text.NewAnalyser(words, language.Own()).With(more), "bench", ident.NewMaker(clock.System{})), clock: clock.System{}}
	b.invent = *many > 0
	if err := b.fill(ctx, *docs); err != nil {
		return err
	}
	if b.invent {
		var questions []string
		if err := asked(*queries, func(_, question string) error {
			questions = append(questions, question)
			return nil
		}); err != nil {
			return err
		}
		return b.speed(ctx, *many, questions)
	}
	if len(b.names) == 0 {
		return fmt.Errorf("%s: there is no document in it", *docs)
	}
	return b.ask(ctx, *queries, *out)
}

// bench is the collection in its index.
type bench struct {
	db    *store.DB
	index *search.Index
	clock clock.Clock
	names []string // of the documents, by their ids less one

	invent bool       // the documents are only invented of
	texts  [][]string // their words, then
}

// each calls do with each line of a file that is not empty; a mark of UTF-8 before the
// first is none of it.
func each(path string, do func(line []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		line, err := in.ReadBytes('\n')
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(strings.TrimSpace(string(line))) > 0 {
			if err := do(line); err != nil {
				return fmt.Errorf("%s:%d: %w", path, n, err)
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// asked calls do with each query of a file.
func asked(path string, do func(id, question string) error) error {
	seen := map[string]bool{}
	return each(path, func(line []byte) error {
		id, question, ok := strings.Cut(strings.TrimRight(string(line), "\r\n"), "\t")
		if !ok {
			return errors.New("a query is id<TAB>text")
		}
		if err := unique(seen, id); err != nil {
			return err
		}
		return do(id, question)
	})
}

// unique tells that an id can stand in a run and was not there before.
func unique(seen map[string]bool, id string) error {
	switch {
	case id == "" || strings.ContainsFunc(id, unicode.IsSpace):
		return fmt.Errorf("%q is no id: one has letters, and no spaces, which part the columns of a run", id)
	case seen[id]:
		return fmt.Errorf("the id %s was there before", id)
	}
	seen[id] = true
	return nil
}

// document is a line of the documents.
type document struct {
	ID                json.RawMessage
	Title, Text, Lang string
}

// name is the id of a document as it is written, be it text or a number.
func (d document) name() (name string, err error) {
	if len(d.ID) == 0 || bytes.ContainsAny(d.ID[:1], "{[ntf") {
		return "", errors.New("a document has an id, text or a number")
	}
	if d.ID[0] != '"' {
		return string(d.ID), nil
	}
	err = json.Unmarshal(d.ID, &name)
	return name, err
}

// atOnce is how many documents one transaction writes.
const atOnce = 200

func (b *bench) fill(ctx context.Context, path string) error {
	began := b.clock.Now()
	var batch []search.Thing
	flush := func() error {
		defer func() { batch = batch[:0] }()
		return b.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, t := range batch {
				if err := b.index.Put(ctx, tx, t); err != nil {
					return err
				}
			}
			return nil
		})
	}
	seen := map[string]bool{}
	err := each(path, func(line []byte) error {
		var d document
		if err := json.Unmarshal(line, &d); err != nil {
			return err
		}
		if b.invent {
			if words := strings.Fields(d.Title + " " + d.Text); len(words) > 0 {
				b.texts = append(b.texts, words)
			}
			return nil
		}
		name, err := d.name()
		if err == nil {
			err = unique(seen, name)
		}
		if err != nil {
			return err
		}
		b.names = append(b.names, name)
		batch = append(batch, search.Thing{Region: region, ID: ident.ID(len(b.names)), Kind: "document", Listed: true, Title: d.Title, Text: d.Text, Language: language.Language(d.Lang)})
		if len(batch) == atOnce {
			return flush()
		}
		return nil
	})
	if err == nil {
		err = flush()
	}
	if err == nil {
		err = b.index.Count(ctx, b.db, region)
	}
	took := b.clock.Now().Sub(began)
	fmt.Fprintf(os.Stderr, "%d documents in %s, %.0f a second\n", len(b.names), took.Round(time.Millisecond), float64(len(b.names))/took.Seconds())
	return err
}

func (b *bench) ask(ctx context.Context, path, out string) (err error) {
	f, err := os.Create(filepath.Clean(out))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	var took []time.Duration
	if err := asked(path, func(id, question string) error {
		began := b.clock.Now()
		page, err := b.index.Search(ctx, b.db, search.Query{Region: region, Text: question, Most: deep})
		took = append(took, b.clock.Now().Sub(began))
		for rank, h := range page.Hits {
			fmt.Fprintf(w, "%s Q0 %s %d %.6f kokko\n", id, b.names[h.ID-1], rank+1, h.Score)
		}
		return err
	}); err != nil {
		return err
	}
	if len(took) == 0 {
		return fmt.Errorf("%s: there is no query in it", path)
	}
	slices.Sort(took)
	fmt.Fprintf(os.Stderr, "%d queries, half within %s, 95 %% within %s\n", len(took), took[len(took)/2].Round(10*time.Microsecond), took[len(took)*95/100].Round(10*time.Microsecond))
	return w.Flush()
}
