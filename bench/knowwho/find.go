package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/engine/knowwho"
	"kokko/engine/language"
)

// deep is how many people a query has in the run.
const deep = 100

func find(ctx context.Context, args []string, out io.Writer) (err error) {
	f := flag.NewFlagSet("find", flag.ContinueOnError)
	evidence := f.String("evidence", "", "what speaks for people, JSON a line")
	queries := f.String("queries", "", "the needs, JSON a line")
	run := f.String("out", "", "where the run is written")
	voikko := f.String("dictionary", "", "Voikko's dictionary, mor.vfst; where Debian puts it when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *evidence == "" || *queries == "" || *run == "" {
		return errors.New("say -evidence, -queries and -out")
	}
	s, err := readSet(*evidence, *queries)
	if err != nil {
		return err
	}
	read, err := full(*voikko)
	if err != nil {
		return err
	}
	all := s.evidence(read.reader)
	x, set := knowwho.NewIndex(all...), s.settings(all)
	file, err := os.Create(filepath.Clean(*run))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	w := bufio.NewWriter(file)
	for _, q := range s.queries {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		for rank, f := range x.Find(read.reader, s.need(q, deep), set) {
			fmt.Fprintf(w, "%s Q0 %s %d %.9g kokko\n", q.id, s.people[f.Person], rank+1, f.Score)
		}
	}
	fmt.Fprintf(out, "%d people, %d pieces of evidence, %d queries\nfitted to the evidence: power %g above %g, lively %g, a half-life of 1/%.3g of its span\n",
		len(s.people), len(s.items), len(s.queries), set.Long.Power, set.Long.Above, set.Long.Lively, float64(years)/float64(set.HalfLife))
	return w.Flush()
}

// spoken is what a file may tell of an item or a query.
type spoken struct {
	ID, Person   json.RawMessage
	Text, Lang   string
	Time, Weight json.RawMessage
}

// name reads an id that is a string or a number. In a run it has no spaces.
func name(raw json.RawMessage) (string, error) {
	s := string(raw)
	if strings.HasPrefix(s, `"`) {
		if err := json.Unmarshal(raw, &s); err != nil {
			return "", err
		}
	}
	s = strings.Join(strings.Fields(s), "_")
	if s == "" || s == "null" {
		return "", errors.New("whose it is, or which, is not told")
	}
	return s, nil
}

// readSet reads files of one's own. What several hold stands there once for each: items
// with the same text and time are one.
func readSet(evidence, queries string) (s set, err error) {
	s.name = evidence
	number, same := map[string]int{}, map[string]int{}
	err = each(evidence, func(line []byte) error {
		var one spoken
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		who, err := name(one.Person)
		if err != nil {
			return err
		}
		at, err := moment(one.Time)
		if err != nil {
			return err
		}
		weight := 1.0
		if w := strings.Trim(string(one.Weight), `"`); w != "" && w != "null" {
			if weight, err = strconv.ParseFloat(w, 64); err != nil || math.IsInf(weight, 0) || math.IsNaN(weight) {
				return fmt.Errorf("weight %s: a number is wanted", w)
			}
			if weight > 1 {
				weight = 1 + math.Log(weight) // a score of hundreds is no hundred voices
			}
		}
		p, ok := number[who]
		if !ok {
			p = len(s.people)
			number[who] = p
			s.people = append(s.people, who)
		}
		key := fmt.Sprintf("%s\x00%s\x00%v\x00%v", one.Text, one.Lang, at, weight)
		if i, ok := same[key]; ok {
			s.items[i].people = append(s.items[i].people, p)
			return nil
		}
		same[key] = len(s.items)
		s.items = append(s.items, item{[]int{p}, one.Text, code(one.Lang), at, weight})
		return nil
	})
	if err != nil {
		return s, err
	}
	err = each(queries, func(line []byte) error {
		var one spoken
		if err := json.Unmarshal(line, &one); err != nil {
			return err
		}
		id, err := name(one.ID)
		if err != nil {
			return err
		}
		at, err := moment(one.Time)
		if err != nil {
			return err
		}
		s.queries = append(s.queries, query{id: id, text: one.Text, lang: code(one.Lang), at: at})
		return nil
	})
	return s, err
}

// code is a language by its code, whatever its case and region: fi-FI is Finnish.
func code(s string) language.Language {
	s, _, _ = strings.Cut(strings.ToLower(strings.ReplaceAll(s, "_", "-")), "-")
	for _, l := range language.All() {
		if string(l) == s {
			return l
		}
	}
	return language.Unknown
}

// span is from when to when a set's evidence is; it is from nought to nought when no
// times are told.
func (s *set) span() {
	s.first, s.last = math.Inf(1), math.Inf(-1)
	for _, it := range s.items {
		if !math.IsNaN(it.at) {
			s.first, s.last = min(s.first, it.at), max(s.last, it.at)
		}
	}
	if s.last < s.first {
		s.first, s.last = 0, 0
	}
}

// years are how long a set's evidence is made to take: times may be of any unit.
const years = 20 * 365 * 24 * time.Hour

// when is a moment of a set on the index's clock.
func (s *set) when(at float64) time.Time {
	if math.IsNaN(at) || s.last == s.first {
		return time.Time{}
	}
	return time.Unix(0, 0).Add(time.Duration(max(-1, min(2, (at-s.first)/(s.last-s.first))) * float64(years)))
}

// need is a query as the index is asked.
func (s *set) need(q query, most int) knowwho.Need {
	n := knowwho.Need{Text: q.text, Language: q.lang, At: s.when(q.at), Most: most}
	if s.pool != nil {
		n.May = func(p knowwho.Person) bool { return s.pool(int(p)) }
	}
	return n
}

// halvings are how often evidence comes to weigh half in the span of a set.
const halvings = 9

// settings are the defaults, with a half-life in proportion to a set's span, fitted to
// what of its evidence was there before the first query.
func (s *set) settings(all []knowwho.Evidence) knowwho.Settings {
	from := knowwho.Defaults()
	from.HalfLife = years / halvings
	first := math.Inf(1)
	for _, q := range s.queries {
		if !math.IsNaN(q.at) {
			first = min(first, q.at)
		}
	}
	return knowwho.Fit(slices.DeleteFunc(slices.Clone(all), func(e knowwho.Evidence) bool { return s.items[e.ID].at > first }), from)
}

// evidence is a set's as an index takes it.
func (s *set) evidence(r *knowwho.Reader) (all []knowwho.Evidence) {
	s.span()
	for i, it := range s.items {
		if it.weight <= 0 {
			continue
		}
		e := knowwho.Evidence{ID: int64(i), At: s.when(it.at), Weight: it.weight, Terms: r.Terms(it.text, it.lang)}
		for _, p := range it.people {
			e.Holders = append(e.Holders, knowwho.Person(p))
		}
		all = append(all, e)
	}
	return all
}
