package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/language"
)

// item is a piece of evidence of a set.
type item struct {
	people []int
	text   string
	lang   language.Language
	at     float64 // NaN when it is not told
	weight float64
}

// query is a need of a set, with who should be found.
type query struct {
	id   string
	kind string
	text string
	lang language.Language
	at   float64
	rel  map[int]float64
}

// set is something that finding is measured on.
type set struct {
	name    string
	people  []string // by their numbers
	pool    func(person int) bool
	items   []item
	queries []query // what is measured
	dev     []query // what may be tuned on

	first, last float64 // when the evidence is: span
}

// each calls do with each line of a file, packed with gzip or not.
func each(path string, do func(line []byte) error) error {
	return gauge.Unpacked(path, func(r io.Reader) error {
		in := bufio.NewReaderSize(r, 1<<20)
		for n := 1; ; n++ {
			line, err := in.ReadBytes('\n')
			if strings.TrimSpace(string(line)) != "" {
				if err := do(line); err != nil {
					return fmt.Errorf("line %d: %w", n, err)
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
		}
	})
}

// lines reads every line of a file of JSON.
func lines[T any](path string) (all []T, err error) {
	err = each(path, func(line []byte) error {
		var one T
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		all = append(all, one)
		return nil
	})
	return all, err
}

// moment reads a time: a number of any unit, or a date.
func moment(raw json.RawMessage) (float64, error) {
	s := strings.Trim(strings.TrimSpace(string(raw)), `"`)
	if s == "" || s == "null" {
		return math.NaN(), nil
	}
	if x, err := strconv.ParseFloat(s, 64); err == nil && !math.IsInf(x, 0) {
		return x, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02", "2006-01"} {
		if t, err := time.Parse(layout, s); err == nil {
			return float64(t.UnixMicro()) / 1e6, nil
		}
	}
	return 0, fmt.Errorf("%s is no time", s)
}

// dblp are papers and who wrote them: a paper of a subject should find the people who
// are known for it.
func dblp(dir string) (s set, err error) {
	docs, err := lines[struct {
		ID         int
		Text       string
		Candidates []int
		Labels     []string `json:"query_labels"`
	}](filepath.Join(dir, "dblp/docs.jsonl.gz"))
	if err != nil {
		return s, err
	}
	labels, err := lines[struct {
		Label   string
		Pool    []int
		Experts []int
	}](filepath.Join(dir, "dblp/experts.jsonl.gz"))
	if err != nil {
		return s, err
	}
	experts, pool := map[string][]int{}, map[int]bool{}
	for _, l := range labels {
		experts[l.Label] = l.Experts
		for _, p := range l.Pool {
			pool[p] = true
		}
	}
	s = set{name: "dblp", pool: func(p int) bool { return pool[p] }}
	most := 0
	for _, d := range docs {
		s.items = append(s.items, item{d.Candidates, d.Text, language.English, math.NaN(), 1})
		if len(d.Labels) > 0 {
			q := query{id: strconv.Itoa(d.ID), text: d.Text, lang: language.English, at: math.NaN(), rel: map[int]float64{}}
			for _, l := range d.Labels {
				for _, p := range experts[l] {
					q.rel[p] = 1
				}
			}
			s.queries = append(s.queries, q)
		}
		for _, p := range d.Candidates {
			most = max(most, p)
		}
	}
	for i := range most + 1 {
		s.people = append(s.people, strconv.Itoa(i))
	}
	return s, nil
}

// stackexchange are questions and who answered them, split by time: those before should
// tell who answers those after.
func stackexchange(dir, name string) (s set, err error) {
	type answer struct {
		User  string
		Score float64
	}
	questions, err := lines[struct {
		ID          int
		Title, Body string
		Tags        []string
		Answers     []answer
		Split       string `json:"split_time"`
	}](filepath.Join(dir, "stackexchange_"+name+".jsonl.gz"))
	if err != nil {
		return s, err
	}
	s = set{name: name}
	number := map[string]int{}
	before := func(split string) map[string]bool {
		known := map[string]bool{}
		for _, q := range questions {
			if q.Split == "train" || split == "test" && q.Split == "dev" {
				for _, a := range q.Answers {
					known[a.User] = true
				}
			}
		}
		return known
	}
	known := map[string]map[string]bool{"dev": before("dev"), "test": before("test")}
	for i, q := range questions {
		text := q.Title + " . " + q.Body + " . " + strings.Join(q.Tags, " ")
		it := item{text: text, lang: language.English, at: float64(i), weight: 1}
		asks := query{id: strconv.Itoa(q.ID), text: text, lang: language.English, at: float64(i) - .5, rel: map[int]float64{}}
		for _, a := range q.Answers {
			p, ok := number[a.User]
			if !ok {
				p = len(s.people)
				number[a.User] = p
				s.people = append(s.people, a.User)
			}
			it.people = append(it.people, p)
			if known[q.Split][a.User] {
				asks.rel[p] = 1
			}
		}
		s.items = append(s.items, it)
		switch {
		case len(asks.rel) == 0:
		case q.Split == "dev":
			s.dev = append(s.dev, asks)
		case q.Split == "test":
			s.queries = append(s.queries, asks)
		}
	}
	// A test has what was before the test; its own questions are not seen by those after.
	first := len(questions)
	for i, q := range questions {
		if q.Split == "test" {
			first = min(first, i)
		}
	}
	s.items = s.items[:first]
	return s, nil
}

// trilingual are invented people with real titles in three languages.
func trilingual(dir string) (s set, err error) {
	people, err := lines[struct{ ID int }](filepath.Join(dir, "trilingual/DEV_persons.jsonl.gz"))
	if err != nil {
		return s, err
	}
	s = set{name: "trilingual"}
	for _, p := range people {
		for len(s.people) <= p.ID {
			s.people = append(s.people, strconv.Itoa(len(s.people)))
		}
	}
	docs, err := lines[struct {
		Person int
		Lang   string
		Text   string
	}](filepath.Join(dir, "trilingual/DEV_docs.jsonl.gz"))
	if err != nil {
		return s, err
	}
	for _, d := range docs {
		s.items = append(s.items, item{[]int{d.Person}, d.Text, language.Language(d.Lang), math.NaN(), 1})
	}
	queries, err := lines[struct {
		Kind, Lang, Text string
		Rel              map[string]float64
	}](filepath.Join(dir, "trilingual/DEV_queries.jsonl.gz"))
	if err != nil {
		return s, err
	}
	for i, q := range queries {
		one := query{id: strconv.Itoa(i), kind: q.Kind, text: q.Text, lang: language.Language(q.Lang), at: math.NaN(), rel: map[int]float64{}}
		for p, n := range q.Rel {
			id, err := strconv.Atoi(p)
			if err != nil {
				return s, err
			}
			one.rel[id] = n
		}
		s.queries = append(s.queries, one)
	}
	return s, nil
}
