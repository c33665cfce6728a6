package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Range is a marked part of a text, in bytes.
type Range struct{ From, To int }

// Piece is a part of an excerpt.
type Piece struct {
	Text   string
	Marked bool
}

// looked bounds how many marks an excerpt is chosen among.
const looked = 300

// Whole is a text cut where its marks begin and end. Marks are in order; those that lie
// outside the text or over one another are left out.
func Whole(text string, marks []Range) []Piece { return cut(text, marks, 0, len(text)) }

// Of is at most so many characters of a text on one line, with the place where most
// different marked words stand, from the beginning of a sentence where that is near.
// What was left out before and after is told by an ellipsis. Without marks it is the
// text's beginning.
func Of(text string, marks []Range, most int) []Piece {
	marks = sound(text, marks)
	from, to := 0, end(text, 0, most)
	best := seen(text, marks, from, to)
	for i := range marks[:min(looked, len(marks))] {
		if marks[i].To <= to && i > 0 {
			continue // stands there with the one before it
		}
		a := begin(text, marks[i].From, most)
		b := end(text, a, most)
		if b < marks[i].To { // one long word
			a = marks[i].From
			b = end(text, a, most)
		}
		if n := seen(text, marks, a, b); n > best {
			best, from, to = n, a, b
		}
	}
	pieces := cut(text, marks, from, to)
	if from > 0 && !sentenceAt(text, from) {
		pieces = append([]Piece{{Text: "… "}}, pieces...)
	}
	if to < len(text) {
		pieces = append(pieces, Piece{Text: " …"})
	}
	return pieces
}

// sound are the marks that can be cut at.
func sound(text string, marks []Range) (all []Range) {
	at := 0
	for _, m := range marks {
		if m.From < at || m.To <= m.From || m.To > len(text) || !utf8.RuneStart(text[m.From]) || m.To < len(text) && !utf8.RuneStart(text[m.To]) {
			continue
		}
		all, at = append(all, m), m.To
	}
	return all
}

func cut(text string, marks []Range, from, to int) (all []Piece) {
	add := func(s string, marked bool) {
		if s != "" {
			all = append(all, Piece{s, marked})
		}
	}
	at := from
	for _, m := range sound(text, marks) {
		if m.From < at || m.To > to {
			continue
		}
		add(text[at:m.From], false)
		add(text[m.From:m.To], true)
		at = m.To
	}
	add(text[at:to], false)
	return all
}

// seen counts the different marked words between two places.
func seen(text string, marks []Range, from, to int) int {
	words := map[string]bool{}
	for _, m := range marks {
		if m.From >= from && m.To <= to {
			words[strings.ToLower(text[m.From:m.To])] = true
		}
	}
	return len(words)
}

// sentenceAt tells that a sentence begins at a place.
func sentenceAt(text string, at int) bool {
	before := strings.TrimRightFunc(text[:at], unicode.IsSpace)
	if before == "" {
		return true
	}
	last, _ := utf8.DecodeLastRuneInString(strings.TrimRight(before, `"”»)`))
	return len(before) < at && strings.ContainsRune(".!?…", last)
}

// begin is where an excerpt that has a place in it begins: at its sentence, else at a
// word not far before.
func begin(text string, at, most int) int {
	word := at
	for n, far := 0, at; n <= most/2; n++ {
		if r, size := utf8.DecodeLastRuneInString(text[:far]); size == 0 || unicode.IsSpace(r) {
			if sentenceAt(text, far) {
				return far
			}
			if n <= most/3 {
				word = far
			}
		}
		_, size := utf8.DecodeLastRuneInString(text[:far])
		far -= size
	}
	return word
}

// end is where an excerpt that begins at a place ends: after at most so many characters,
// at a word.
func end(text string, from, most int) int {
	at, word := from, 0
	for range most {
		if at == len(text) {
			return at
		}
		r, size := utf8.DecodeRuneInString(text[at:])
		if unicode.IsSpace(r) {
			word = at
		}
		at += size
	}
	if at == len(text) || word == 0 {
		return at
	}
	if r, _ := utf8.DecodeRuneInString(text[at:]); unicode.IsSpace(r) {
		return at
	}
	return word
}
