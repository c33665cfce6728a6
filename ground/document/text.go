package document

import (
	"bytes"
	"encoding/binary"
	"io"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// Text reads a plain text to its end and gives it as UTF-8 with line feeds: from
// UTF-8, UTF-16 with its mark, or the old code page of Windows. Signs that nobody
// sees and that could make it read otherwise are gone. What is no text, and text
// that is a program or a page to a machine (HTML, SVG, a script), is refused.
// O(bytes).
func Text(r io.Reader) ([]byte, error) {
	data, err := read(r)
	if err != nil {
		return nil, err
	}
	text, ok := decoded(data)
	if !ok {
		return nil, refused("document.not", "no text")
	}
	text = bytes.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\f', r == '\v', r == '\u0085', r == '\u2028', r == '\u2029':
			return '\n'
		case unicode.IsControl(r), unicode.Is(unicode.Bidi_Control, r), r == '\uFEFF', r >= 0xE0000 && r <= 0xE007F:
			return -1
		}
		return r
	}, bytes.ReplaceAll(bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n")))
	switch {
	case len(bytes.TrimSpace(text)) == 0:
		return nil, refused("document.none", "nothing visible")
	case forMachines(text):
		return nil, refused("document.machine", "markup or a script")
	case len(text) > MaxKept:
		return nil, tooBig()
	}
	return text, nil
}

// decoded reads the text in the encoding its bytes are in.
func decoded(data []byte) ([]byte, bool) {
	switch {
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return fromUTF16(data[2:], binary.LittleEndian)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return fromUTF16(data[2:], binary.BigEndian)
	}
	if bytes.ContainsFunc(data, binarySign) {
		return nil, false
	}
	if utf8.Valid(data) {
		return data, true
	}
	// Windows-1252 gives a meaning to nearly every byte: a text is mostly letters.
	high := 0
	for _, c := range data {
		if c >= 0x80 {
			high++
		}
	}
	if high > len(data)/2 {
		return nil, false
	}
	text, err := charmap.Windows1252.NewDecoder().Bytes(data)
	return text, err == nil && !bytes.ContainsRune(text, utf8.RuneError)
}

// binarySign is what stands in no text, whatever its language.
func binarySign(r rune) bool {
	return r < ' ' && r != '\n' && r != '\r' && r != '\t' && r != '\f' || r == 0x7f
}

func fromUTF16(data []byte, order binary.ByteOrder) ([]byte, bool) {
	if len(data)%2 != 0 {
		return nil, false
	}
	units := make([]uint16, len(data)/2)
	for i := range units {
		units[i] = order.Uint16(data[2*i:])
	}
	text := []byte(string(utf16.Decode(units)))
	return text, !bytes.ContainsRune(text, utf8.RuneError) && !bytes.ContainsFunc(text, binarySign)
}

// forMachines tells markup and scripts from text for people.
func forMachines(text []byte) bool {
	head := bytes.ToLower(bytes.TrimSpace(text[:min(len(text), 1024)]))
	for _, begins := range []string{"<!", "<?", "<html", "<head", "<body", "<svg", "<script", "<iframe", "<math", "#!", "%!", "%pdf-", "{\\rtf"} {
		if bytes.HasPrefix(head, []byte(begins)) {
			return true
		}
	}
	return false
}
