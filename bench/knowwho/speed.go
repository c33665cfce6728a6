package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/knowwho"
	"kokko/engine/language"
)

// asks is how many needs are asked, and how many items are put.
const asks = 400

// speed tells how long finding takes among many pieces of evidence, which are invented of
// the words of the trilingual set: two halves of titles each.
func speed(ctx context.Context, args []string, out io.Writer) error {
	runtime.LockOSThread() // the processor's time of this thread is told
	defer runtime.UnlockOSThread()
	f := flag.NewFlagSet("speed", flag.ContinueOnError)
	data := f.String("data", "../shared/data/knowwho", "where the public sets are")
	many := f.Int("items", 150_000, "how many pieces of evidence")
	people := f.Int("people", 40_000, "how many people")
	voikko := f.String("dictionary", "", "Voikko's dictionary, mor.vfst; where Debian puts it when not given")
	if err := f.Parse(args); err != nil {
		return err
	}
	if *many < 1 || *people < 1 {
		return errors.New("one item and one person are wanted at least")
	}
	read, err := full(*voikko)
	if err != nil {
		return err
	}
	docs, err := lines[struct{ Lang, Text string }](filepath.Join(*data, "trilingual/DEV_docs.jsonl.gz"))
	if err != nil {
		return err
	}
	words := map[language.Language][][]string{}
	for _, d := range docs {
		if w := strings.Fields(d.Text); len(w) > 0 {
			words[language.Language(d.Lang)] = append(words[language.Language(d.Lang)], w)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	some := func(n int) (string, language.Language) {
		in := language.All()[r.IntN(len(language.All()))]
		var all []string
		for len(all) < n {
			w := words[in][r.IntN(len(words[in]))]
			all = append(all, w[r.IntN(len(w)):]...)
		}
		return strings.Join(all[:n], " "), in
	}
	started := time.Date(2015, 1, 1, 0, 0, 0, 0, time.UTC)
	invent := func(id int) knowwho.Evidence {
		body, in := some(8 + r.IntN(10))
		return knowwho.Evidence{ID: int64(id), Holders: []knowwho.Person{knowwho.Person(r.IntN(*people))}, At: started.AddDate(0, 0, r.IntN(3650)), Terms: read.reader.Terms(body, in)}
	}
	before := heap()
	began := gauge.Worked(gauge.Thread)
	all := make([]knowwho.Evidence, *many)
	for i := range all {
		if all[i] = invent(i); ctx.Err() != nil {
			return ctx.Err()
		}
	}
	analysed := gauge.Worked(gauge.Thread) - began
	began = gauge.Worked(gauge.Thread)
	x := knowwho.NewIndex(all...)
	built := gauge.Worked(gauge.Thread) - began
	all = nil
	fmt.Fprintf(out, "\n%d pieces of evidence of %d people: read in %s, indexed in %s, %d MB\n\n| asked | p50 | p95 | p99 |\n|---|---|---|---|\n", *many, *people, analysed.Round(time.Second), built.Round(10*time.Millisecond), (heap()-before)>>20)
	for _, one := range []struct {
		name  string
		words int
	}{{"a need of two words", 2}, {"of ten", 10}, {"an idea of sixty words", 60}, {"one more piece of evidence", 0}} {
		var took []time.Duration
		for i := range asks {
			body, in := some(max(one.words, 12))
			if one.words > 0 {
				body = strings.Join(strings.Fields(body)[:one.words], " ")
			}
			began := gauge.Worked(gauge.Thread)
			if one.words == 0 {
				x.Put(knowwho.Evidence{ID: int64(*many + i), Holders: []knowwho.Person{1}, At: started, Terms: read.reader.Terms(body, in)})
			} else {
				x.Find(read.reader, knowwho.Need{Text: body, Language: in, At: started.AddDate(10, 0, 0), Most: 7}, knowwho.Defaults())
			}
			took = append(took, gauge.Worked(gauge.Thread)-began)
		}
		slices.Sort(took)
		at := func(share int) time.Duration { return took[(len(took)-1)*share/100].Round(10 * time.Microsecond) }
		fmt.Fprintf(out, "| %s | %s | %s | %s |\n", one.name, at(50), at(95), at(99))
	}
	return nil
}

// heap is how much memory is in use.
func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
