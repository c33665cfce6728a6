package finnish

import (
	"strings"
	"unicode/utf8"
)

// Gazetteer knows names by their stems, so that it tells them in every case of the
// singular: places, organisations, people who have agreed to it. Safe for concurrent
// reading.
type Gazetteer struct {
	stems map[string][]string // a stem → the names, in lower case, that have it
	names int
}

// NewGazetteer takes names of one word each; others, and what holds anything but
// letters and hyphens, are left out.
func NewGazetteer(names ...string) *Gazetteer {
	g := &Gazetteer{stems: map[string][]string{}}
	for _, n := range names {
		n = strings.ToLower(strings.TrimSpace(n))
		if utf8.RuneCountInString(n) < 3 || strings.ContainsFunc(n, func(r rune) bool { return r != '-' && !letter(r) }) {
			continue
		}
		g.names++
		for _, s := range stems(n) {
			g.stems[s] = appendNew(g.stems[s], n)
		}
	}
	return g
}

// Len is how many names it knows.
func (g *Gazetteer) Len() int {
	if g == nil {
		return 0
	}
	return g.names
}

// endings of the singular but for the illative's doubled vowel, longest first.
func endings() [29]string {
	return [...]string{"ssa", "ssä", "sta", "stä", "lla", "llä", "lta", "ltä", "lle", "ksi", "tta", "ttä", "seen", "han", "hen", "hin", "hon", "hun", "hyn", "hän", "hön", "na", "nä", "ta", "tä", "n", "a", "ä", ""}
}

// clitics may follow any form.
func clitics() [8]string {
	return [...]string{"", "kin", "kaan", "kään", "han", "hän", "ko", "kö"}
}

// find gives the names a lower-case form may be of. For a dweller's name
// (kausalalaisille) derived is set, and the lemma is the dweller's.
func (g *Gazetteer) find(form string) (names []string, derived bool) {
	if g == nil || len(g.stems) == 0 {
		return nil, false
	}
	for _, clitic := range clitics() {
		bare, ok := strings.CutSuffix(form, clitic)
		if !ok || len(bare) < 3 {
			continue
		}
		for _, n := range g.inflected(bare) {
			names = appendNew(names, n)
		}
		if len(names) > 0 {
			return names, false
		}
	}
	for _, mark := range []string{"lai", "läi"} {
		if i := strings.LastIndex(form, mark); i > 2 && (strings.HasPrefix(form[i+len(mark):], "nen") || strings.HasPrefix(form[i+len(mark):], "s")) {
			if all := g.stems[form[:i]]; len(all) > 0 {
				for _, n := range all {
					names = appendNew(names, n)
				}
				return names, true
			}
		}
	}
	return nil, false
}

func (g *Gazetteer) inflected(form string) (names []string) {
	for _, e := range endings() {
		if stem, ok := strings.CutSuffix(form, e); ok {
			for _, n := range g.stems[stem] {
				if e != "" || n == form {
					names = appendNew(names, n)
				}
			}
		}
	}
	// Into a place: Kausala-an, Utti-in.
	if stem, ok := strings.CutSuffix(form, "n"); ok {
		r, size := utf8.DecodeLastRuneInString(stem)
		if r2, _ := utf8.DecodeLastRuneInString(stem[:len(stem)-size]); vowel(r) && r == r2 {
			for _, n := range g.stems[stem[:len(stem)-size]] {
				names = appendNew(names, n)
			}
		}
	}
	return names
}

// stems are what a name's endings are put to: its strong and weak grade, with the
// vowels that alternate at its end. Rather one too many than one too few: only what
// the dictionary does not know is compared with them.
func stems(name string) (all []string) {
	all = append(all, name)
	add := func(s string) { all = appendNew(all, s) }
	if s, ok := strings.CutSuffix(name, "nen"); ok {
		add(s + "se")
		add(s + "s")
		add(s + "si") // Teuroisiin, as of many
		return all
	}
	last, size := utf8.DecodeLastRuneInString(name)
	body := name[:len(name)-size]
	switch {
	case last == 'i':
		for _, b := range append([]string{body}, weak(body)...) {
			add(b + "i")
			add(b + "e")
		}
		if strings.HasSuffix(body, "l") || strings.HasSuffix(body, "r") || strings.HasSuffix(body, "n") {
			add(body) // saar-ta
		}
		if s, ok := strings.CutSuffix(body, "m"); ok {
			add(s + "n") // nien-tä
		}
		if s, ok := strings.CutSuffix(body, "s"); ok {
			add(s + "de")
			add(s + "te")
			add(s + "t") // vet-tä
		}
	case last == 'e':
		for _, b := range append([]string{body}, strong(body)...) {
			add(b + "ee") // lähde, lähtee-llä
		}
		add(name + "t")
	case vowel(last):
		for _, b := range weak(body) {
			add(b + string(last))
		}
	case last == 's':
		v, n := utf8.DecodeLastRuneInString(body)
		add(body + "kse") // Kuutsalos
		add(body + "te")
		add(body + "de")
		add(body + "t")
		if v == 'a' || v == 'ä' || v == 'i' {
			inner := body[:len(body)-n]
			for _, b := range append([]string{inner}, strong(inner)...) {
				add(b + string(v) + string(v)) // Taipales, kallas: kaltaa-
				add(b + string(v))
				if v == 'i' {
					add(b + "ii")
				}
			}
		}
	default:
		add(name + "i")
		add(name + "e")
	}
	return all
}

// grades are the consonants that alternate before the last vowel, strong and weak.
func grades() []grade {
	return []grade{
		{"kk", "k"}, {"pp", "p"}, {"tt", "t"}, {"nk", "ng"}, {"nt", "nn"}, {"lt", "ll"}, {"rt", "rr"}, {"mp", "mm"}, {"ht", "hd"}, {"lk", "lj"}, {"rk", "rj"}, {"hk", "hj"},
		{"lk", "l"}, {"rk", "r"}, {"lp", "lv"}, {"rp", "rv"},
	}
}

type grade struct{ strong, weak string }

func weak(body string) (all []string) {
	double := false
	for _, g := range grades() {
		if s, ok := strings.CutSuffix(body, g.strong); ok {
			all = append(all, s+g.weak)
			double = true
		}
	}
	if double {
		return all
	}
	for _, g := range []grade{{"k", ""}, {"k", "v"}, {"p", "v"}, {"t", "d"}} {
		if s, ok := strings.CutSuffix(body, g.strong); ok {
			if r, _ := utf8.DecodeLastRuneInString(s); vowel(r) || r == 'h' {
				all = append(all, s+g.weak)
			}
		}
	}
	return all
}

func strong(body string) (all []string) {
	for _, g := range append(grades(), grade{"p", "v"}, grade{"t", "d"}) {
		if s, ok := strings.CutSuffix(body, g.weak); ok {
			all = append(all, s+g.strong)
		}
	}
	if r, _ := utf8.DecodeLastRuneInString(body); vowel(r) {
		all = append(all, body+"k")
	}
	return all
}

func vowel(r rune) bool { return strings.ContainsRune("aeiouyäöå", r) }

func letter(r rune) bool {
	return 'a' <= r && r <= 'z' || r >= 0xE0 && r != '÷' && r < 0x250
}
