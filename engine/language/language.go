package language

import (
	_ "embed"
	"errors"
	"iter"
	"math"
	"unicode"
)

// Language is a language's code, or Unknown.
type Language string

// The languages that are told apart.
const (
	Unknown Language = ""
	Finnish Language = "fi"
	Swedish Language = "sv"
	English Language = "en"
)

// All is every language in the order of a model's columns.
func All() []Language { return []Language{Finnish, Swedish, English} }

// A model is how likely each run of three letters is in each language: a cell of
// three bytes for each of 32³, in 1/16 of a natural logarithm below certainty
// (Cavnar & Trenkle 1994 compare such runs; the likelihoods and their sum are naive
// Bayes). Letters are folded into 32 signs: a–z, å, ä, ö, é, the space around words,
// and any other letter.
const (
	signs = 32
	cells = signs * signs * signs
	// Size is a model's bytes.
	Size  = cells * 3
	grain = 16
)

// own is trained by bench/languages on titles of Finna (CC0) and labels of YSO
// (CC BY 4.0).
//
//go:embed model.bin
var own []byte

// Model tells languages apart. It is read only.
type Model struct{ scores []byte }

// Own is the model that comes with the program.
func Own() Model { return Model{own} }

// Load takes a model from its bytes.
func Load(b []byte) (Model, error) {
	if len(b) != Size {
		return Model{}, errors.New("language: a model has other bytes")
	}
	return Model{b}, nil
}

// What is too little or too strange to tell.
const (
	leastRuns = 4    // about a word of three letters
	strange   = 10.2 // nats a run: no language of the three is this unlike itself
	margin    = 0.35 // nats in all between the best and the second
)

// Of tells the language of a text; Unknown when it is too short, between two, or
// unlike all three. Linear in the text, of which the first 2,000 letters are enough;
// nothing is allocated.
func (m Model) Of(text string) Language {
	var sum [3]int
	n := 0
	for run := range Runs(text) {
		s := m.scores[run*3 : run*3+3]
		for i := range sum {
			sum[i] += int(s[i])
		}
		if n++; n > 2000 {
			break
		}
	}
	best, second := 0, -1
	for i := 1; i < len(sum); i++ {
		if sum[i] < sum[best] {
			best, second = i, best
		} else if second < 0 || sum[i] < sum[second] {
			second = i
		}
	}
	if n < leastRuns || float64(sum[best])/grain/float64(n) > strange || float64(sum[second]-sum[best])/grain < margin {
		return Unknown
	}
	return All()[best]
}

// Runs are a text's runs of three signs, as cells of a model.
func Runs(text string) iter.Seq[int] {
	return func(yield func(int) bool) {
		a, b, inWord := 0, 0, false
		put := func(c int) bool {
			run := (a*signs+b)*signs + c
			ok := b == 0 && c == 0 || a == 0 && b == 0 || yield(run)
			a, b = b, c
			return ok
		}
		for _, r := range text {
			s := sign(r)
			if s == 0 && !inWord {
				continue
			}
			inWord = s != 0
			if !put(s) {
				return
			}
		}
		if inWord {
			put(0)
		}
	}
}

// sign folds a letter; 0 for what is none.
func sign(r rune) int {
	switch {
	case 'a' <= r && r <= 'z':
		return int(r-'a') + 1
	case 'A' <= r && r <= 'Z':
		return int(r-'A') + 1
	}
	switch unicode.ToLower(r) {
	case 'å':
		return 27
	case 'ä':
		return 28
	case 'ö':
		return 29
	case 'é':
		return 30
	}
	if unicode.IsLetter(r) {
		return 31
	}
	return 0
}

// Train makes a model of how often each run was met in each language.
func Train(counts *[3][cells]uint32) []byte {
	out := make([]byte, Size)
	for l := range counts {
		total := 0.0
		for _, n := range counts[l] {
			total += float64(n)
		}
		for run, n := range counts[l] {
			// Half a meeting for every run: what was never met is not impossible.
			p := (float64(n) + .5) / (total + .5*cells)
			out[run*3+l] = byte(min(255, max(0, math.Round(-math.Log(p)*grain))))
		}
	}
	return out
}

// Counts is what Train takes.
type Counts = [3][cells]uint32
