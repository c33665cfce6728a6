package document

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// The objects a PDF is made of. nil is null; true and false are bool.
type (
	object any
	number string // as it is written
	name   string // without its slash, its #xx read
	words  []byte // a string's bytes
	list   []object
	dict   map[name]object
	ref    struct{ num, gen int }
)

// stream is a dictionary with bytes.
type stream struct {
	dict
	data []byte
}

const (
	maxDepth  = 100       // of lists and dictionaries in each other
	maxValues = 1_000_000 // objects in one file, those inside others counted
	maxNumber = 40        // signs of a number
)

// errBroken is what cannot be read; the caller may look again another way.
var errBroken = errors.New("not as a PDF is written")

// budget is what reading one file may still take.
type budget struct {
	values int
	bytes  int // unpacked
	looked int // signs walked over, those walked twice counted twice
}

// parser reads objects off some bytes.
type parser struct {
	data  []byte
	at    int
	left  *budget
	depth int
}

func (p *parser) wrong(what string) error {
	return fmt.Errorf("%w: %s at %d", errBroken, what, p.at)
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func isMark(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// walked counts what was passed since from.
func (p *parser) walked(from int) { p.left.looked -= p.at - from }

// skip passes white space and comments.
func (p *parser) skip() {
	defer p.walked(p.at)
	for p.at < len(p.data) {
		c := p.data[p.at]
		switch {
		case isSpace(c):
			p.at++
		case c == '%':
			for p.at < len(p.data) && p.data[p.at] != '\n' && p.data[p.at] != '\r' {
				p.at++
			}
		default:
			return
		}
	}
}

// begins tells whether a mark stands next.
func (p *parser) begins(mark string) bool {
	return p.at <= len(p.data) && bytes.HasPrefix(p.data[p.at:], []byte(mark))
}

// bare takes a run of ordinary signs: a number or a word.
func (p *parser) bare() []byte {
	from := p.at
	defer p.walked(from)
	for p.at < len(p.data) && !isSpace(p.data[p.at]) && !isMark(p.data[p.at]) {
		p.at++
	}
	return p.data[from:p.at]
}

// word takes a word that must stand next.
func (p *parser) word(want string) bool {
	p.skip()
	from := p.at
	if string(p.bare()) == want {
		return true
	}
	p.at = from
	return false
}

// whole takes a whole number that is not below nought.
func (p *parser) whole() (int, bool) {
	p.skip()
	from := p.at
	n, err := strconv.Atoi(string(p.bare()))
	if err != nil || n < 0 || n > 1<<31-1 {
		p.at = from
		return 0, false
	}
	return n, true
}

// object reads one object, direct or a reference.
func (p *parser) object() (object, error) {
	if p.left.values--; p.left.values < 0 || p.left.looked < 0 {
		return nil, refused("document.complex", "too many values")
	}
	p.skip()
	if p.at >= len(p.data) {
		return nil, p.wrong("the end")
	}
	switch c := p.data[p.at]; {
	case c == '/':
		return p.name(), nil
	case c == '(':
		return p.literal()
	case p.begins("<<"):
		return p.dict()
	case c == '<':
		return p.hex()
	case c == '[':
		return p.list()
	case c >= '0' && c <= '9':
		from := p.at
		if num, ok := p.whole(); ok {
			if gen, ok := p.whole(); ok && p.word("R") {
				return ref{num, gen}, nil
			}
		}
		p.at = from
		return p.number()
	case c == '+' || c == '-' || c == '.':
		return p.number()
	}
	switch w := string(p.bare()); w {
	case "null":
		return nil, nil
	case "true":
		return true, nil
	case "false":
		return false, nil
	default:
		return nil, p.wrong("no object")
	}
}

func (p *parser) number() (object, error) {
	raw := p.bare()
	if len(raw) == 0 || len(raw) > maxNumber || len(bytes.Trim(raw, "+-.0123456789")) > 0 {
		return nil, p.wrong("no number")
	}
	return number(raw), nil
}

// name reads a name with its #xx, so that nothing hides behind them.
func (p *parser) name() name {
	p.at++
	raw := p.bare()
	if bytes.IndexByte(raw, '#') < 0 {
		return name(raw)
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '#' && i+2 < len(raw) {
			if v, err := strconv.ParseUint(string(raw[i+1:i+3]), 16, 8); err == nil {
				out = append(out, byte(v))
				i += 2
				continue
			}
		}
		out = append(out, raw[i])
	}
	return name(out)
}

func (p *parser) literal() (object, error) {
	defer p.walked(p.at)
	out, open := words{}, 0
	for p.at < len(p.data) {
		c := p.data[p.at]
		p.at++
		switch c {
		case '(':
			if open++; open == 1 {
				continue
			}
		case ')':
			if open--; open == 0 {
				return out, nil
			}
		case '\r': // an end of line is read as a line feed
			if p.begins("\n") {
				p.at++
			}
			c = '\n'
		case '\\':
			var ok bool
			if c, ok = p.escaped(); !ok {
				continue
			}
		}
		out = append(out, c)
	}
	return nil, p.wrong("a string without its end")
}

// escaped reads what follows a backslash; false when it stands for nothing.
func (p *parser) escaped() (byte, bool) {
	if p.at >= len(p.data) {
		return 0, false
	}
	c := p.data[p.at]
	p.at++
	switch c {
	case 'n':
		return '\n', true
	case 'r':
		return '\r', true
	case 't':
		return '\t', true
	case 'b':
		return '\b', true
	case 'f':
		return '\f', true
	case '\n':
		return 0, false
	case '\r':
		if p.begins("\n") {
			p.at++
		}
		return 0, false
	}
	if c < '0' || c > '7' {
		return c, true
	}
	v := int(c - '0')
	for range 2 {
		if p.at >= len(p.data) || p.data[p.at] < '0' || p.data[p.at] > '7' {
			break
		}
		v = v*8 + int(p.data[p.at]-'0')
		p.at++
	}
	return byte(v), true
}

func (p *parser) hex() (object, error) {
	end := bytes.IndexByte(p.data[p.at:], '>')
	if end < 0 {
		p.left.looked -= len(p.data) - p.at
		return nil, p.wrong("a string without its end")
	}
	out, err := unhex(p.data[p.at+1 : p.at+end])
	if err != nil {
		return nil, p.wrong(err.Error())
	}
	p.at += end + 1
	p.left.looked -= end
	return words(out), nil
}

// unhex reads hexadecimal digits; an odd last one is followed by nought.
func unhex(raw []byte) ([]byte, error) {
	out, half, odd := make([]byte, 0, len(raw)/2), byte(0), false
	for _, c := range raw {
		var v byte
		switch {
		case isSpace(c):
			continue
		case c >= '0' && c <= '9':
			v = c - '0'
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = c | 0x20 - 'a' + 10
		default:
			return nil, errors.New("no hexadecimal digit")
		}
		if odd {
			out = append(out, half<<4|v)
		}
		half, odd = v, !odd
	}
	if odd {
		out = append(out, half<<4)
	}
	return out, nil
}

// inside keeps lists and dictionaries from being in each other without end.
func (p *parser) inside(read func() error) error {
	if p.depth++; p.depth > maxDepth {
		return refused("document.complex", "too deep")
	}
	defer func() { p.depth-- }()
	return read()
}

func (p *parser) list() (object, error) {
	p.at++
	out := list{}
	err := p.inside(func() error {
		for {
			if p.skip(); p.begins("]") {
				p.at++
				return nil
			}
			o, err := p.object()
			if err != nil {
				return err
			}
			out = append(out, o)
		}
	})
	return out, err
}

// dict reads a dictionary; of a key told twice the last holds.
func (p *parser) dict() (object, error) {
	p.at += 2
	out := dict{}
	err := p.inside(func() error {
		for {
			if p.skip(); p.begins(">>") {
				p.at += 2
				return nil
			}
			if !p.begins("/") {
				return p.wrong("no key")
			}
			key := p.name()
			o, err := p.object()
			if err != nil {
				return err
			}
			out[key] = o
		}
	})
	return out, err
}
