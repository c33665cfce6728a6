package network

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// VCard is a list of contacts (RFC 6350, and what came before it): of the network it tells
// organisations alone, and how many people are left out.
const VCard Format = "vcard"

// longestCardLine bounds a line of a card, unfolded, in bytes: pictures are longer, and
// are passed over.
const longestCardLine = 4096

// cardLines hands out the lines of cards, unfolded, each with the number it begins on; of
// a longer one only its beginning.
func cardLines(in io.Reader, do func(number int, text string) error) error {
	b := bufio.NewReader(in)
	var text []byte
	number, begins := 0, 0
	give := func() error {
		if len(text) == 0 {
			return nil
		}
		err := do(begins, string(text))
		text = text[:0]
		return err
	}
	for {
		part, err := b.ReadSlice('\n')
		number++
		for more := err; more == bufio.ErrBufferFull; { // the rest of a line that is too long
			_, more = b.ReadSlice('\n')
			err = more
		}
		part = []byte(strings.TrimRight(string(part), "\r\n"))
		if len(part) > 0 && (part[0] == ' ' || part[0] == '\t') && len(text) > 0 {
			part = part[1:]
		} else {
			if err := give(); err != nil {
				return err
			}
			begins = number
		}
		text = append(text, part[:min(len(part), longestCardLine-len(text))]...)
		if err == io.EOF {
			return give()
		}
		if err != nil {
			return err
		}
	}
}

// property is a line of a card: its name without group and parameters, and what it says.
func property(text string) (name, value string) {
	quoted := false
	at := strings.IndexFunc(text, func(r rune) bool {
		if r == '"' {
			quoted = !quoted
		}
		return r == ':' && !quoted
	})
	if at < 0 {
		return "", ""
	}
	name, _, _ = strings.Cut(text[:at], ";")
	if _, last, ok := strings.Cut(name, "."); ok {
		name = last
	}
	return strings.ToUpper(strings.TrimSpace(name)), text[at+1:]
}

// component is the first component of a value, without its escapes.
func component(value string) string {
	var b strings.Builder
	for i := 0; i < len(value); i++ {
		switch c := value[i]; {
		case c == '\\' && i+1 < len(value):
			if i++; value[i] == 'n' || value[i] == 'N' {
				b.WriteByte(' ')
			} else {
				b.WriteByte(value[i])
			}
		case c == ';':
			return OneLine(b.String())
		default:
			b.WriteByte(c)
		}
	}
	return OneLine(b.String())
}

// vcards reads the organisations of cards. Whoever a card is of is left out.
func (r *reading) vcards(in io.Reader) error {
	type card struct {
		line     int
		name     string
		of, kind string
		company  bool
	}
	var c *card
	any := false
	err := cardLines(in, func(number int, text string) error {
		name, value := property(strings.TrimPrefix(text, "\ufeff"))
		switch {
		case name == "BEGIN" && strings.EqualFold(strings.TrimSpace(value), "VCARD"):
			if c != nil {
				return wrongLine(number, "broken")
			}
			c, any = &card{line: number}, true
		case c == nil:
			if strings.TrimSpace(text) == "" {
				return nil
			}
			return wrongLine(number, "broken")
		case name == "FN":
			c.name = component(value)
		case name == "ORG":
			c.of = component(value)
		case name == "KIND":
			c.kind = strings.ToLower(strings.TrimSpace(value))
		case name == "X-ABSHOWAS":
			c.company = strings.EqualFold(strings.TrimSpace(value), "COMPANY")
		case name == "END":
			is := *c
			c = nil
			of := is.of
			if organisation := is.kind == "org" || is.company; organisation && of == "" {
				of = is.name
			} else if !organisation {
				if err := r.bad(r.node(is.line, FileNode{Key: fmt.Sprintf("card on line %d", is.line), Person: true})); err != nil {
					return err
				}
				if of == "" {
					return nil
				}
			}
			return r.bad(r.node(is.line, FileNode{Key: of}))
		}
		return nil
	})
	if err == nil && (c != nil || !any) {
		line := 1
		if c != nil {
			line = c.line
		}
		err = wrongLine(line, "broken")
	}
	return err
}

// Card is somebody as they tell of themselves to everybody.
type Card struct {
	Name         string
	Organisation bool
	Place        string
	Languages    []string
	Knows        []string // what they are found by
	Page         string   // of them
}

// cardText escapes a value.
func cardText(s string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\n", `\n`).Replace(OneLine(s))
}

// WriteCard writes one as vCard 4.0.
func WriteCard(w io.Writer, c Card) error {
	lines := []string{"BEGIN:VCARD", "VERSION:4.0", "FN:" + cardText(c.Name)}
	if c.Organisation {
		lines = append(lines, "KIND:org", "ORG:"+cardText(c.Name))
	} else {
		lines = append(lines, "KIND:individual")
	}
	if c.Place != "" {
		lines = append(lines, "ADR:;;;"+cardText(c.Place)+";;;")
	}
	for _, l := range c.Languages {
		lines = append(lines, "LANG:"+cardText(l))
	}
	for _, k := range c.Knows {
		lines = append(lines, "EXPERTISE:"+cardText(k))
	}
	if c.Page != "" {
		lines = append(lines, "URL:"+c.Page)
	}
	for _, l := range append(lines, "END:VCARD") {
		if _, err := io.WriteString(w, folded(l)+"\r\n"); err != nil {
			return err
		}
	}
	return nil
}

// folded is a line in pieces of at most 75 bytes, none of which cuts a letter.
func folded(s string) string {
	const most = 74
	var b strings.Builder
	n := 0
	for _, r := range s {
		if size := len(string(r)); n+size > most {
			b.WriteString("\r\n ")
			n = 1
		}
		b.WriteRune(r)
		n += len(string(r))
	}
	return b.String()
}
