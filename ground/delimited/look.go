package delimited

import (
	"bytes"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// Encoding is how a file's letters are kept.
type Encoding string

const (
	UTF8     Encoding = "UTF-8"
	UTF8Mark Encoding = "UTF-8 (BOM)" // with the mark some spreadsheets want
	UTF16LE  Encoding = "UTF-16LE"
	UTF16BE  Encoding = "UTF-16BE"
	Windows  Encoding = "Windows-1252"
	Latin9   Encoding = "ISO-8859-15"
)

// Form is what was found out of a file by looking at all of it.
type Form struct {
	Encoding Encoding
	Comma    rune // between values: a comma, a semicolon or a tab
	Bytes    int64
}

// Looker finds out the form of what is written to it, in bounded memory. The
// zero Looker has seen nothing.
type Looker struct {
	bytes        int64
	head         []byte // enough for the marks and the heading row
	rest         []byte // the beginning of a letter whose end has not come yet
	letters, bad int64  // letters of several bytes in UTF-8, and bytes that are none
	controls     int64  // bytes that only Windows gives a letter
	latin9       int64  // bytes that are letters of Finnish or the euro only in ISO-8859-15
	zeroes       [2]int64
}

// headBytes holds the marks and the longest heading row anybody writes.
const headBytes = 64 << 10

// Write looks at more of the file; it never fails.
func (l *Looker) Write(p []byte) (int, error) {
	if room := headBytes - len(l.head); room > 0 {
		l.head = append(l.head, p[:min(room, len(p))]...)
	}
	for i, b := range p {
		switch {
		case b == 0:
			l.zeroes[(l.bytes+int64(i))&1]++
		case b >= 0x80 && b < 0xA0:
			l.controls++
		case b == 0xA4 || b == 0xA6 || b == 0xA8 || b == 0xB4 || b == 0xB8:
			l.latin9++
		}
	}
	l.bytes += int64(len(p))
	b := p
	if len(l.rest) > 0 {
		b = append(l.rest, p...)
	}
	for len(b) > 0 {
		if b[0] < utf8.RuneSelf {
			b = b[1:]
			continue
		}
		if !utf8.FullRune(b) {
			break
		}
		r, n := utf8.DecodeRune(b)
		if r == utf8.RuneError && n == 1 {
			l.bad++
		} else {
			l.letters++
		}
		b = b[n:]
	}
	l.rest = append([]byte(nil), b...)
	return len(p), nil
}

// Form is what the file is, as far as it has been seen.
func (l *Looker) Form() Form {
	f := Form{Encoding: l.encoding(), Bytes: l.bytes}
	r := transform.NewReader(bytes.NewReader(l.head), decoder(f.Encoding))
	head, _ := io.ReadAll(r) // a cut letter at the end does not matter
	f.Comma = comma(string(head))
	return f
}

func (l *Looker) encoding() Encoding {
	switch h := l.head; {
	case bytes.HasPrefix(h, []byte("\xEF\xBB\xBF")):
		return UTF8Mark
	case bytes.HasPrefix(h, []byte("\xFF\xFE")):
		return UTF16LE
	case bytes.HasPrefix(h, []byte("\xFE\xFF")):
		return UTF16BE
	}
	// Without a mark: every other byte of mostly plain letters is zero.
	if few := l.bytes / 8; l.bytes >= 4 && l.bytes%2 == 0 {
		if l.zeroes[1] > few && l.zeroes[0] < few/4+1 {
			return UTF16LE
		}
		if l.zeroes[0] > few && l.zeroes[1] < few/4+1 {
			return UTF16BE
		}
	}
	bad := l.bad
	if len(l.rest) > 0 {
		bad++ // the file ends in the middle of a letter
	}
	switch {
	case bad == 0, l.letters > 10*bad: // a few broken bytes do not make it another encoding
		return UTF8
	case l.controls == 0 && l.latin9 > 0:
		return Latin9
	}
	return Windows
}

func decoder(e Encoding) *encoding.Decoder {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewDecoder()
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewDecoder()
	case Windows:
		return charmap.Windows1252.NewDecoder()
	case Latin9:
		return charmap.ISO8859_15.NewDecoder()
	}
	return unicode.UTF8BOM.NewDecoder()
}

// comma is what parts the values of the heading row: whatever occurs there most
// outside quotes.
func comma(head string) rune {
	count := map[rune]int{}
	quoted := false
	for _, r := range head {
		if r == '"' {
			quoted = !quoted
		}
		if quoted {
			continue
		}
		if r == '\n' || r == '\r' {
			if len(count) > 0 {
				break
			}
			continue
		}
		if r == ',' || r == ';' || r == '\t' {
			count[r]++
		}
	}
	best := ','
	for _, r := range []rune{';', '\t'} {
		if count[r] > count[best] {
			best = r
		}
	}
	return best
}
