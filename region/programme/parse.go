package programme

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"kokko/ground/fault"
	"kokko/region/place"
)

// Bounds of a programme file. A real one is 60 kB; the reader's work grows
// faster than the file's size for deep or very long lines, so these keep the
// worst file under a second.
const (
	FileBytes = 1 << 20
	lineBytes = 4000
	indent    = 60
	depth     = 8   // of [ and { inside one another
	dashes    = 3   // list marks on one line
	keys      = 200 // of one mapping: the library's work grows with their square
	tokens    = 100_000
	mistakes  = 100 // told at once
)

// Parse reads and checks a programme file. name is what messages call it. On
// failure the error is a fault.Many with every mistake, each with its place as
// "line:column" in Field (Report writes them out); only a file that is no YAML
// at all, or over a bound, stops at the first. The map is not read: see Load.
func Parse(name string, src []byte) (*Programme, error) {
	root, err := read(src)
	if err != nil {
		return nil, named(name, err)
	}
	p := &Programme{}
	b := &binder{at: map[any]pos{}}
	b.languages(root)
	b.file(root, p)
	check(p, b)
	if err := b.err(); err != nil {
		return nil, named(name, err)
	}
	p.index()
	return p, nil
}

// Load reads a programme file and the map file it names from one folder.
func Load(fsys fs.FS, file string) (*Programme, error) {
	src, err := readFile(fsys, file, FileBytes)
	if err != nil {
		return nil, err
	}
	p, err := Parse(path.Base(file), src)
	if err != nil || p.Region.MapFile == "" {
		return p, err
	}
	m, err := readMap(fsys, path.Base(file), path.Join(path.Dir(file), p.Region.MapFile))
	if err != nil {
		return nil, err
	}
	return p.WithMap(m)
}

// readMap reads the map that a programme file names; a missing one is a mistake
// of the programme file.
func readMap(fsys fs.FS, programme, file string) ([]byte, error) {
	m, err := readFile(fsys, file, place.MapBytes)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "programme.map").With("file", programme).With("map", path.Base(file)).Because(err)
	}
	return m, err
}

// readFile reads at most one byte over the limit, so that a huge file is
// refused without being held in memory.
func readFile(fsys fs.FS, file string, limit int64) ([]byte, error) {
	f, err := fsys.Open(file)
	if err != nil {
		return nil, fault.New(fault.NotFound, "programme.file").With("file", file).Because(err)
	}
	defer f.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(io.LimitReader(f, limit+1)); err != nil {
		return nil, fault.New(fault.Invalid, "programme.file").With("file", file).Because(err)
	}
	if int64(b.Len()) > limit {
		return nil, fault.New(fault.TooLarge, "programme.large").With("file", file).With("limit", limit)
	}
	return b.Bytes(), nil
}

// WithMap gives a copy of the programme with the outline read from a map file.
// Every municipality must have its outline, and every point must lie on the map.
func (p *Programme) WithMap(src []byte) (*Programme, error) {
	var ids []string
	for _, a := range p.Region.Municipalities {
		ids = append(ids, a.ID)
	}
	m, err := place.ReadMap(src, ids, p.Languages)
	if err != nil {
		return nil, named(p.Region.MapFile, err)
	}
	var bad fault.Many
	for _, at := range p.Places {
		if at.At.Known() && !m.Shows(at.At) {
			bad = append(bad, fault.New(fault.Invalid, "programme.place.off_map").On(at.ID))
		}
	}
	if err := bad.OrNil(); err != nil {
		return nil, named(p.Region.MapFile, err)
	}
	q := *p
	q.Map = m
	return &q, nil
}

// named puts the file's name to every mistake.
func named(name string, err error) error {
	many := fault.List(err)
	for _, e := range many {
		if e.Args["file"] == nil {
			e.With("file", name)
		}
	}
	return many
}

// read proves the bytes are one plain YAML document within bounds and gives
// its root. Anchors, aliases, tags and several documents are refused by token:
// a programme file has no use for them, and they are how a small file becomes a
// huge one.
func read(src []byte) (root ast.Node, err error) {
	src = bytes.TrimPrefix(src, []byte("\ufeff"))
	if err := plain(src); err != nil {
		return nil, err
	}
	// The YAML library has panicked on malformed bytes before; a file someone
	// uploads must never take the server down.
	defer func() {
		if r := recover(); r != nil {
			root, err = nil, mistake(fault.Invalid, "programme.syntax", pos{1, 1}).
				With("detail", "unreadable").Because(fmt.Errorf("yaml: %v", r))
		}
	}()
	toks := lexer.Tokenize(string(src))
	if err := guard(toks); err != nil {
		return nil, err
	}
	file, err := parser.Parse(toks, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, syntax(err)
	}
	if len(file.Docs) == 0 || file.Docs[0].Body == nil {
		return nil, mistake(fault.Invalid, "programme.empty", pos{1, 1})
	}
	if len(file.Docs) > 1 {
		return nil, mistake(fault.Invalid, "programme.yaml.document", pos{1, 1})
	}
	return file.Docs[0].Body, nil
}

// plain checks the bytes before any parser sees them.
func plain(src []byte) error {
	if len(src) > FileBytes {
		return mistake(fault.TooLarge, "programme.large", pos{1, 1}).With("limit", FileBytes)
	}
	var bad fault.Many
	for i, line := range bytes.Split(src, []byte("\n")) {
		line = bytes.TrimSuffix(line, []byte("\r"))
		if len(line) > lineBytes {
			bad = append(bad, mistake(fault.Invalid, "programme.line.long", pos{i + 1, 1}).With("limit", lineBytes))
		}
		if !utf8.Valid(line) {
			bad = append(bad, mistake(fault.Invalid, "programme.utf8", pos{i + 1, 1}))
			continue
		}
		col := 0
		for _, r := range string(line) {
			col++
			if hidden(r) {
				bad = append(bad, mistake(fault.Invalid, "programme.hidden", pos{i + 1, col}).With("code", fmt.Sprintf("U+%04X", r)))
				break
			}
		}
		if lead := len(line) - len(bytes.TrimLeft(line, " ")); lead > indent && lead < len(line) {
			bad = append(bad, mistake(fault.Invalid, "programme.deep", pos{i + 1, lead + 1}))
		}
		if len(bad) >= mistakes {
			break
		}
	}
	return bad.OrNil()
}

// hidden runes are invisible and can make a text read differently from what it
// says: controls, direction overrides, the byte order mark.
func hidden(r rune) bool {
	switch {
	case r < 0x20, r >= 0x7f && r < 0xa0: // tab too: YAML forbids it as indentation
		return true
	case r == 0x061c, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2066 && r <= 0x2069:
		return true
	case r == 0x2028, r == 0x2029, r == 0xfeff, r == 0xfffe, r == 0xffff:
		return true
	}
	return false
}

// guard walks the tokens once, before the parser recurses over them.
func guard(toks token.Tokens) error {
	var bad fault.Many
	if len(toks) > tokens {
		bad = append(bad, mistake(fault.TooLarge, "programme.large", pos{1, 1}).With("limit", FileBytes))
	}
	open, line, marks := 0, 0, 0
	flow := []int{}        // keys seen in each open bracket
	block := map[int]int{} // keys seen in the open block mapping that stands at a column
	deeper := func(col int) {
		for c := range block {
			if c > col {
				delete(block, c)
			}
		}
	}
	for _, t := range toks {
		p := at(t)
		key := ""
		switch t.Type {
		case token.AnchorType, token.AliasType, token.MergeKeyType:
			key = "programme.yaml.alias"
		case token.TagType, token.DirectiveType:
			key = "programme.yaml.tag"
		case token.DocumentHeaderType, token.DocumentEndType:
			key = "programme.yaml.document"
		case token.MappingKeyType:
			key = "programme.yaml.question"
		case token.MappingStartType, token.SequenceStartType:
			flow = append(flow, 0)
			if open++; open == depth+1 {
				key = "programme.deep"
			}
		case token.MappingEndType, token.SequenceEndType:
			open--
			flow = flow[:max(0, len(flow)-1)]
		case token.MappingValueType:
			n := 0
			if last := len(flow) - 1; last >= 0 {
				flow[last]++
				n = flow[last]
			} else {
				col := at(t.Prev).col
				deeper(col)
				block[col]++
				n = block[col]
			}
			if n == keys+1 {
				key = "programme.wide"
			}
		case token.SequenceEntryType:
			deeper(p.col)
			if p.line != line {
				line, marks = p.line, 0
			}
			if marks++; marks == dashes+1 {
				key = "programme.deep"
			}
		}
		if key != "" {
			if bad = append(bad, mistake(fault.Invalid, key, p)); len(bad) >= mistakes {
				break
			}
		}
	}
	return bad.OrNil()
}

// syntax turns the library's error into ours: its message, where it says.
func syntax(err error) error {
	p, detail := pos{1, 1}, err.Error()
	if y, ok := errors.AsType[yaml.Error](err); ok {
		detail = y.GetMessage()
		if t := y.GetToken(); t != nil {
			p = at(t)
		}
	}
	if i := strings.IndexByte(detail, '\n'); i >= 0 {
		detail = detail[:i]
	}
	return mistake(fault.Invalid, "programme.syntax", p).With("detail", detail).Because(err)
}

// pos is a line and a column, both from 1; the column counts characters.
type pos struct{ line, col int }

func (p pos) String() string { return fmt.Sprintf("%d:%d", p.line, p.col) }

func at(t *token.Token) pos {
	if t == nil || t.Position == nil {
		return pos{1, 1}
	}
	return pos{max(1, t.Position.Line), max(1, t.Position.Column)}
}

func mistake(code fault.Code, key string, p pos) *fault.Error {
	return fault.New(code, key).On(p.String())
}
