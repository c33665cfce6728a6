package finnish_test

import (
	"runtime"
	"syscall"
	"testing"
	"time"

	"kokko/engine/finnish"
)

// perCPU reports how many were done in a second of this process's own work, which
// other processes on the machine do not change.
func perCPU(b *testing.B, unit string, run func() int) {
	b.Helper()
	b.ReportAllocs()
	began, n := cpu(b), 0
	for b.Loop() {
		n += run()
	}
	b.ReportMetric(float64(n)/(cpu(b)-began).Seconds(), unit+"/CPU-s")
}

func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// running is the tokens of the real texts in their order.
func running(b *testing.B) (all []string) {
	for _, text := range prose(b) {
		for _, token := range finnish.Tokens(text) {
			all = append(all, token)
		}
	}
	return all
}

// BenchmarkAnalyse is the dictionary alone, on running text and on its distinct words,
// which are longer and rarer.
func BenchmarkAnalyse(b *testing.B) {
	d := dictionary(b)
	for name, words := range map[string][]string{"running": running(b), "distinct": tokens(prose(b)...)} {
		b.Run(name, func(b *testing.B) {
			i := 0
			perCPU(b, "words", func() int {
				d.Analyse(words[i%len(words)])
				i++
				return 1
			})
		})
	}
}

// BenchmarkUncached is a lexicon that has not met the word before.
func BenchmarkUncached(b *testing.B) {
	d, names, words := dictionary(b), finnish.NewGazetteer(placeNames(b)...), tokens(prose(b)...)
	l, i := finnish.New(d, names), 0
	perCPU(b, "words", func() int {
		if i == len(words) {
			l, i = finnish.New(d, names), 0
		}
		l.Word(words[i])
		i++
		return 1
	})
}

// BenchmarkRunningText is every token of the real texts in their order, the cache
// warm.
func BenchmarkRunningText(b *testing.B) {
	l, texts := lexicon(b), prose(b)
	for _, text := range texts {
		for _, token := range finnish.Tokens(text) {
			l.Word(token)
		}
	}
	i := 0
	perCPU(b, "tokens", func() (n int) {
		for _, token := range finnish.Tokens(texts[i%len(texts)]) {
			l.Word(token)
			n++
		}
		i++
		return n
	})
}

// BenchmarkMemory tells what a lexicon holds beside its dictionary when it has read
// all the texts.
func BenchmarkMemory(b *testing.B) {
	d, names, words := dictionary(b), finnish.NewGazetteer(placeNames(b)...), running(b)
	var held uint64
	for b.Loop() {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		l := finnish.New(d, names)
		for _, w := range words {
			l.Word(w)
		}
		runtime.GC()
		runtime.ReadMemStats(&after)
		held = after.HeapAlloc - before.HeapAlloc
		runtime.KeepAlive(l)
	}
	b.ReportMetric(float64(held)/(1<<20), "MB-held")
	b.ReportMetric(0, "ns/op")
}
