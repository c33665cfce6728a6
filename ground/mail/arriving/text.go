package arriving

import (
	"bytes"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/emersion/go-message/charset"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// utf8Text turns text in the named character set to UTF-8. The name is only
// believed as far as the bytes agree: mail programs mislabel Latin-1, Windows-1252
// and UTF-8 for each other, and "ä" must arrive as "ä".
func utf8Text(data []byte, name string) string {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	name = strings.ToLower(strings.Trim(name, " \t\"'"))
	switch name {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "ansi_x3.4-1968", "unknown-8bit", "x-unknown", "unknown", "default":
		return guess(data)
	case "iso-8859-1", "iso8859-1", "iso_8859-1", "latin1", "windows-1252", "cp1252", "cp-1252":
		name = "windows-1252" // a superset of Latin-1 but for its control codes
		fallthrough
	case "iso-8859-15", "iso8859-15", "latin-9", "latin9":
		if utf8.Valid(data) { // "Ã¤" is nobody's word
			return string(data)
		}
	}
	r, err := charset.Reader(name, bytes.NewReader(data))
	if err != nil {
		return guess(data)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return guess(data)
	}
	return strings.ToValidUTF8(string(text), "\ufffd")
}

// guess reads bytes as UTF-8, and as Windows-1252 when they are more that.
func guess(data []byte) string {
	if utf8.Valid(data) {
		return string(data)
	}
	long, broken := 0, 0
	for i := 0; i < len(data); {
		_, size := utf8.DecodeRune(data[i:])
		switch {
		case size > 1:
			long++
		case data[i] >= utf8.RuneSelf:
			broken++
		}
		i += size
	}
	if long < broken {
		if text, err := charmap.Windows1252.NewDecoder().Bytes(data); err == nil {
			return string(text)
		}
	}
	return strings.ToValidUTF8(string(data), "\ufffd")
}

// unseen tells the runes that show nothing or turn the text's direction. The two
// joiners stay: emoji and some languages are written with them.
func unseen(r rune) bool {
	return unicode.Is(unicode.Cf, r) && r != '\u200c' && r != '\u200d' ||
		unicode.Is(unicode.Co, r) || unicode.Is(unicode.Noncharacter_Code_Point, r)
}

// tidyText gives composed UTF-8 with LF line ends, without control characters and
// unseen marks. Spaces at line ends stay: flowed text and "-- " need them.
func tidyText(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\r\n", "\n")
	return norm.NFC.String(strings.Map(func(r rune) rune {
		switch {
		case r == '\n':
			return r
		case r == '\r', r == '\v', r == '\f', r == 0x85, r == 0x2028, r == 0x2029:
			return '\n'
		case r == '\t', r == 0xa0, r == 0x202f:
			return ' '
		case unicode.IsControl(r), unseen(r):
			return -1
		}
		return r
	}, s))
}

// tidyLine is one line of at most max runes: what a header says, whatever it hides.
func tidyLine(s string, max int) string {
	s = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		case unseen(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))), " ")
	s = norm.NFC.String(s)
	count := 0
	for i := range s {
		if count++; count > max {
			return strings.TrimSpace(s[:i])
		}
	}
	return s
}

// bound cuts s to n bytes between two runes; whole is false when it had to.
func bound(s string, n int) (_ string, whole bool) {
	if len(s) <= n {
		return s, true
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n]), false
}

// unflow joins the lines of format=flowed (RFC 3676): one ending in a space goes
// on in the next one of the same quoting. delsp drops that space. O(len(text)).
func unflow(text string, delsp bool) string {
	var b strings.Builder
	b.Grow(len(text))
	depth, open := 0, false // of the line being joined
	for line := range strings.SplitSeq(text, "\n") {
		d := 0
		for d < len(line) && line[d] == '>' {
			d++
		}
		body := strings.TrimPrefix(line[d:], " ") // space-stuffed
		mark := body == "-- "
		if open && (d != depth || mark) {
			b.WriteByte('\n')
			open = false
		}
		if !open && d > 0 {
			b.WriteString(strings.Repeat(">", d) + " ")
		}
		depth, open = d, strings.HasSuffix(body, " ") && !mark
		if open && delsp {
			body = body[:len(body)-1]
		}
		b.WriteString(body)
		if !open {
			b.WriteByte('\n')
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

const (
	signedOpen  = "-----BEGIN PGP SIGNED MESSAGE-----"
	signedClose = "-----BEGIN PGP SIGNATURE-----"
	sealedOpen  = "-----BEGIN PGP MESSAGE-----"
)

// unarmour takes the words out of a letter signed in its text; sealed tells that
// it is encrypted instead, and then there are none.
func unarmour(text string) (_ string, sealed bool) {
	if strings.HasPrefix(strings.TrimSpace(text), sealedOpen) {
		return "", true
	}
	before, rest, ok := strings.Cut(text, signedOpen+"\n")
	if !ok || strings.TrimSpace(before) != "" {
		return text, false
	}
	_, words, ok := strings.Cut(rest, "\n\n") // after its own header
	if !ok {
		return text, false
	}
	words, _, _ = strings.Cut(words, signedClose)
	lines := strings.Split(words, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimPrefix(line, "- ") // its way to write a line that begins with a dash
	}
	return strings.Join(lines, "\n"), false
}
