package actor

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Rule is why two spellings are taken to be one organisation's.
type Rule string

const (
	First      Rule = "first"      // nobody was called so before
	Form       Rule = "form"       // the same words, apart from case, signs, order, legal form and abbreviations
	Descriptor Rule = "descriptor" // a company's name, and words that tell what it is
	Slip       Rule = "slip"       // one word is written otherwise by a letter or two
	Compound   Rule = "compound"   // the same parts of words, put together otherwise
	Nickname   Rule = "nickname"   // an association's whole name, and its short name after it
	Parted     Rule = "parted"     // the office parted it
	Joined     Rule = "joined"     // the office joined it
)

// Rules is every rule, those of the program first.
func Rules() []Rule {
	return []Rule{First, Form, Descriptor, Slip, Compound, Nickname, Parted, Joined}
}

// legal is the legal forms that names end or begin with, by what they make of
// somebody: two different ones are two organisations.
func legal(word string) string {
	switch word {
	case "oy", "ab", "oyj", "abp", "ltd", "oyab":
		return "company"
	case "ry", "rf", "rs":
		return "association"
	case "ky", "kb", "ay", "tmi":
		return "firm"
	case "osk", "osuuskunta", "andelslag":
		return "cooperative"
	case "sr", "säätiö", "stiftelse":
		return "foundation"
	}
	return ""
}

// general is words that begin the names of many companies: "Kiinteistö Oy Kulma".
func general(word string) bool {
	return slices.Contains([]string{"kiinteistö", "asunto", "as", "fastighets", "bostads", "osakeyhtiö"}, word)
}

// long is what abbreviations and words of the other language stand for.
func long(word string) []string {
	switch word {
	case "ely":
		return []string{"elinkeino", "liikenne", "ja", "ympäristö"}
	case "amk":
		return []string{"ammattikorkeakoulu"}
	case "kaup", "stad":
		return []string{"kaupunki"}
	case "kommun":
		return []string{"kunta"}
	case "kuntayht", "ktky", "samkommun":
		return []string{"kuntayhtymä"}
	case "srk":
		return []string{"seurakunta"}
	case "yo":
		return []string{"yliopisto"}
	}
	return []string{word}
}

// name is a spelling taken apart.
type name struct {
	words      []string // in their order, without legal forms and abbreviations of the name itself
	legal      string   // what its legal form makes of it, "" for none
	descriptor int      // how many of the words come before a company's legal form in the middle; 0 for none
}

// parse takes a spelling apart.
func parse(spelling string) (n name) {
	raw := strings.FieldsFunc(strings.ReplaceAll(spelling, ".", ""), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	shouts := strings.ToUpper(spelling) == spelling
	for i, r := range raw {
		word := strings.ToLower(r)
		if kind := legal(word); kind != "" && len(raw) > 1 {
			if n.legal == "" {
				n.legal = kind
			}
			if kind == "company" && n.descriptor == 0 && len(n.words) > 0 && i < len(raw)-1 && !(len(n.words) == 1 && general(n.words[0])) {
				n.descriptor = len(n.words)
			}
			continue
		}
		if !shouts && shortens(r, word, raw, i) {
			continue
		}
		// "ELY-keskus": the centre is a part of the last word of the long form.
		if word == "keskus" && i > 0 && strings.EqualFold(raw[i-1], "ely") {
			n.words[len(n.words)-1] = "ympäristökeskus"
			continue
		}
		n.words = append(n.words, long(word)...)
	}
	if n.descriptor == len(n.words) {
		n.descriptor = 0
	}
	return n
}

// shortens tells that a word in capitals is an abbreviation of the other words.
func shortens(raw, word string, all []string, at int) bool {
	if size := utf8.RuneCountInString(raw); size < 3 || size > 6 || strings.ToUpper(raw) != raw || word == "ely" {
		return false
	}
	for i := range all {
		if i == at || !strings.HasPrefix(strings.ToLower(all[i]), string([]rune(word)[:1])) {
			continue
		}
		left := []rune(word)
		for j := i; j < len(all) && len(left) > 0; j++ {
			if j == at {
				continue
			}
			for _, r := range strings.ToLower(all[j]) {
				if len(left) > 0 && r == left[0] {
					left = left[1:]
				}
			}
		}
		if len(left) == 0 {
			return true
		}
	}
	return false
}

// form is what spellings by the same words share, whatever their order.
func (n name) form() string {
	words := slices.Clone(n.words)
	slices.Sort(words)
	return strings.Join(slices.Compact(words), " ")
}

// block is what spellings that may be one share at least: only those are compared.
func (n name) block() string {
	if len(n.words) == 0 {
		return ""
	}
	r := []rune(n.words[0])
	return string(r[:min(4, len(r))])
}

// same tells whether two spellings are one organisation's by the program's rules,
// and how alike they are in thousandths. place tells the names of places: a unit
// somewhere is not the whole.
func same(a, b name, place func(string) bool) (Rule, int, bool) {
	if a.legal != "" && b.legal != "" && a.legal != b.legal || len(a.words) == 0 || len(b.words) == 0 {
		return "", 0, false
	}
	score := alike(strings.Join(a.words, " "), strings.Join(b.words, " "))
	if a.form() == b.form() {
		return Form, score, true
	}
	for _, x := range [][2]name{{a, b}, {b, a}} {
		whole, short := x[0], x[1]
		if short.legal == "company" && whole.descriptor > 0 && (name{words: whole.words[:whole.descriptor]}).form() == short.form() {
			return Descriptor, score, true
		}
	}
	if a.descriptor > 0 && b.descriptor > 0 && (name{words: a.words[:a.descriptor]}).form() == (name{words: b.words[:b.descriptor]}).form() {
		return Descriptor, score, true
	}
	onlyA, onlyB := without(a.words, b.words), without(b.words, a.words)
	if len(onlyA) == 1 && len(onlyB) == 1 && len(a.words) > 1 && slip(onlyA[0], onlyB[0]) {
		return Slip, score, true
	}
	// A short name may stand after either.
	for _, x := range []struct {
		whole, short name
		only         *[]string
	}{{a, b, &onlyA}, {b, a, &onlyB}} {
		last := len(x.whole.words) - 1
		if last >= 4 && x.whole.words[last] != x.short.words[len(x.short.words)-1] && x.short.legal == "association" && !place(x.whole.words[last]) && slices.Contains(*x.only, x.whole.words[last]) {
			*x.only = slices.DeleteFunc(*x.only, func(w string) bool { return w == x.whole.words[last] })
			if len(onlyA) == 0 && len(onlyB) == 0 {
				return Nickname, score, true
			}
		}
	}
	const compoundScore = 800
	if len(onlyA) == 2 && len(onlyB) == 2 && len(a.words) > 3 && letters(onlyA) == letters(onlyB) && alike(strings.Join(a.words[:4], " "), strings.Join(b.words[:4], " ")) >= compoundScore {
		return Compound, score, true
	}
	return "", score, false
}

// without is the words of a that are not in b.
func without(a, b []string) (only []string) {
	for _, w := range a {
		if !slices.Contains(b, w) {
			only = append(only, w)
		}
	}
	return only
}

// letters is the letters of some words in their order of the alphabet.
func letters(words []string) string {
	r := []rune(strings.Join(words, ""))
	slices.Sort(r)
	return string(r)
}

// slip tells that a word is another one written wrongly: long words only, which do
// not differ in their first letter or a number.
func slip(a, b string) bool {
	x, y := []rune(a), []rune(b)
	size := min(len(x), len(y))
	if size < 8 || x[0] != y[0] || strings.ContainsFunc(a+b, unicode.IsDigit) {
		return false
	}
	most := 1
	if size >= 14 {
		most = 2
	}
	return distance(x, y) <= most
}

// distance is how many letters are to be put in, left out or changed.
func distance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		before := row[0]
		row[0] = i + 1
		for j := range b {
			cost := before
			if a[i] != b[j] {
				cost = 1 + min(before, row[j], row[j+1])
			}
			before, row[j+1] = row[j+1], cost
		}
	}
	return row[len(b)]
}

// alike is the share of the three letters in a row that two texts have in common,
// in thousandths.
func alike(a, b string) int {
	grams := func(s string) map[string]int {
		out := map[string]int{}
		r := []rune("  " + s + " ")
		for i := 0; i+3 <= len(r); i++ {
			out[string(r[i:i+3])]++
		}
		return out
	}
	x, y := grams(a), grams(b)
	both, all := 0, 0
	for g, n := range x {
		both += min(n, y[g])
		all += n
	}
	for _, n := range y {
		all += n
	}
	if all == 0 {
		return 0
	}
	return 2000 * both / all
}
