package pdf

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/bidi"
	"golang.org/x/text/unicode/norm"
)

// box stands for what the typeface cannot draw.
const box = '□'

// glyph is one drawn sign of a line.
type glyph struct {
	id    uint16
	width int    // thousandths of the size
	is    rune   // the sign drawn
	lost  string // what should stand here, where is is the box
}

// Clean is a text as it can be drawn on a line: valid, composed, without control
// and direction signs and without those nobody sees.
func Clean(s string) string {
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\t', r == '\u00a0', unicode.Is(unicode.Zs, r):
			return ' '
		case r == '\u2028', r == '\u2029', r == '\u0085':
			return '\n'
		case r == joiner, isSelector(r):
			return r // they belong to the sign before
		case unicode.IsControl(r), unicode.Is(unicode.Cf, r), unicode.Is(unicode.Co, r), r == '\uFFFE', r == '\uFFFF':
			return -1
		}
		return r
	}, strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")))
}

const joiner = '\u200d'

func isSelector(r rune) bool { return r >= '\uFE00' && r <= '\uFE0F' }

// clings tells that a sign is drawn upon the one before.
func clings(r rune) bool {
	return r == joiner || isSelector(r) || r >= 0x1F3FB && r <= 0x1F3FF || unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc)
}

func isFlag(r rune) bool { return r >= 0x1F1E6 && r <= 0x1F1FF }

// leftward tells a sign of a script written from right to left.
func leftward(r rune) bool {
	if r < 0x590 {
		return false
	}
	p, _ := bidi.LookupRune(r)
	return p.Class() == bidi.R || p.Class() == bidi.AL
}

// shape turns a clean line into glyphs and marks them as used.
func (f *font) shape(line string) (all []glyph) {
	signs := []rune(line)
	for i := 0; i < len(signs); {
		r := signs[i]
		id, ok := f.glyphs[r]
		if ok && !leftward(r) {
			i++
			if joined := i < len(signs) && signs[i] == joiner; !joined {
				for i < len(signs) && isSelector(signs[i]) {
					i++
				}
				all = append(all, f.take(id, r))
				continue
			}
			i--
		}
		// Everything that is one sign to its reader becomes one box.
		end := i + 1
		if isFlag(r) && end < len(signs) && isFlag(signs[end]) {
			end++
		}
		for end < len(signs) && (clings(signs[end]) || signs[end-1] == joiner && signs[end] != ' ') {
			end++
		}
		lost := strings.Trim(string(signs[i:end]), string(joiner))
		i = end
		if strings.TrimFunc(lost, func(r rune) bool { return r == joiner || isSelector(r) }) == "" {
			continue
		}
		g := f.take(f.glyphs[box], box)
		g.lost = lost
		all = append(all, g)
	}
	return all
}

func (f *font) take(id uint16, r rune) glyph {
	f.used[id] = true
	if _, ok := f.unicode[id]; !ok {
		f.unicode[id] = r
	}
	return glyph{id: id, width: f.width(id), is: r}
}

// wrap breaks glyphs into lines of a width (thousandths of the size): after
// spaces, after a hyphen or a slash inside a word, and anywhere in a word longer
// than a line. A space at a line's end stays, so that words copied stay apart.
func wrap(all []glyph, most int) (lines [][]glyph) {
	for len(all) > 0 {
		width, end, at := 0, len(all), 0
		for i, g := range all {
			if width+g.width > most && g.is != ' ' && i > 0 {
				if end = at; end == 0 {
					end = i
				}
				break
			}
			width += g.width
			if g.is == ' ' || i > 0 && i+1 < len(all) && strings.ContainsRune("-–/", g.is) && all[i-1].is != ' ' && unicode.IsLetter(all[i+1].is) {
				at = i + 1
			}
		}
		lines = append(lines, all[:end])
		all = all[end:]
	}
	return lines
}

// widthOf is how far glyphs reach, without the spaces at their end.
func widthOf(line []glyph) (width int) {
	for len(line) > 0 && line[len(line)-1].is == ' ' {
		line = line[:len(line)-1]
	}
	for _, g := range line {
		width += g.width
	}
	return width
}
