package network

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/table"
)

// Format is how a network is written in a file.
type Format string

// The formats that are read and written.
const (
	CSV     Format = "csv"     // a tie a line: from, to, weight, since, until, and which ends are persons
	GraphML Format = "graphml" // of graph editors
	GEXF    Format = "gexf"    // of Gephi
	Kumu    Format = "kumu"    // JSON of kumu.io
)

// Formats is all of them.
func Formats() []Format { return []Format{CSV, GraphML, GEXF, Kumu} }

// Bounds of a file that is read.
const (
	MaxFile      = 20 << 20 // bytes
	MaxFileNodes = 50_000
	MaxFileTies  = 200_000
	maxFileName  = 300 // characters of a name
)

// FileNode is somebody in a file.
type FileNode struct {
	Key    string // by which ties name them
	Name   string
	Person bool
	Sector string
	Place  string
}

// FileTie is a tie in a file.
type FileTie struct {
	From, To     string // keys
	Weight       float64
	Since, Until int // years, 0 when not said
}

// File is a network as a file tells it. A node that only a tie names is called by its
// key.
type File struct {
	Nodes []FileNode
	Ties  []FileTie
}

// FormatOf tells a file's format by its first bytes; "" for none that is known.
func FormatOf(begin []byte) Format {
	s := strings.TrimLeftFunc(string(bytes.TrimPrefix(begin, []byte("\xef\xbb\xbf"))), unicode.IsSpace)
	switch {
	case len(s) >= 11 && strings.EqualFold(s[:11], "BEGIN:VCARD"):
		return VCard
	case strings.HasPrefix(s, "{"):
		return Kumu
	case strings.HasPrefix(s, "<"):
		for _, f := range []Format{GraphML, GEXF} {
			if strings.Contains(s, "<"+string(f)) {
				return f
			}
		}
		return ""
	case s == "" || strings.ContainsRune(s, 0) || !utf8.ValidString(s[:len(s)-len(s)%4]) && !strings.ContainsAny(s, ",;\t"):
		return ""
	}
	return CSV
}

// wrongLine is what is wrong with a line of a file.
func wrongLine(line int, what string) *fault.Error {
	return fault.New(fault.Invalid, "network.file."+what).On("file").With("line", line)
}

// reading gathers a file and keeps its bounds.
type reading struct {
	File
	keys    map[string]int // of nodes, where they are
	lenient bool           // what cannot be read is left out, and kept in wrong
	wrong   []*fault.Error
}

// maxRejected is how many rows may be wrong before the whole file is.
const maxRejected = 200

// bad is what is wrong with one row: for a lenient reading nothing, but that it is left
// out. That there is too much of everything is never one row's.
func (r *reading) bad(err error) error {
	e, ok := errors.AsType[*fault.Error](err)
	if err == nil || !r.lenient || !ok || e.Key == "network.file.many" || len(r.wrong) >= maxRejected {
		return err
	}
	r.wrong = append(r.wrong, e)
	return nil
}

func (r *reading) node(line int, n FileNode) error {
	n.Key, n.Name = OneLine(n.Key), OneLine(n.Name)
	switch {
	case n.Key == "":
		return wrongLine(line, "nameless")
	case utf8.RuneCountInString(n.Key) > maxFileName || utf8.RuneCountInString(n.Name) > maxFileName:
		return wrongLine(line, "long")
	}
	if n.Name == "" {
		n.Name = n.Key
	}
	if at, ok := r.keys[n.Key]; ok {
		r.Nodes[at] = n
		return nil
	}
	if len(r.Nodes) >= MaxFileNodes {
		return wrongLine(line, "many")
	}
	r.keys[n.Key] = len(r.Nodes)
	r.Nodes = append(r.Nodes, n)
	return nil
}

func (r *reading) tie(line int, t FileTie) error {
	t.From, t.To = OneLine(t.From), OneLine(t.To)
	for _, key := range []string{t.From, t.To} {
		if _, ok := r.keys[key]; ok {
			continue
		}
		if err := r.node(line, FileNode{Key: key}); err != nil {
			return err
		}
	}
	if !(t.Weight > 0) { // also for what is no number
		t.Weight = Filed.weight()
	}
	if t.Weight = min(1, t.Weight); len(r.Ties) >= MaxFileTies {
		return wrongLine(line, "many")
	}
	r.Ties = append(r.Ties, t)
	return nil
}

// OneLine is a name on one line, as a file or a form has it.
func OneLine(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// ReadFile reads a network. Errors are faults of "network.file…" that name the line.
func ReadFile(in io.Reader, f Format) (File, error) {
	r := &reading{keys: map[string]int{}}
	err := r.read(in, f)
	if err != nil {
		return File{}, err
	}
	return r.File, nil
}

// LookFile reads what can be read of a network, and names the rows that cannot.
func LookFile(in io.Reader, f Format) (File, []*fault.Error, error) {
	r := &reading{keys: map[string]int{}, lenient: true}
	if err := r.read(in, f); err != nil {
		return File{}, nil, err
	}
	return r.File, r.wrong, nil
}

func (r *reading) read(in io.Reader, f Format) error {
	bounded := &io.LimitedReader{R: in, N: MaxFile + 1}
	var err error
	switch f {
	case CSV:
		err = r.csv(bounded)
	case GraphML, GEXF:
		err = r.xml(bounded, f)
	case Kumu:
		err = r.kumu(bounded)
	case VCard:
		err = r.vcards(bounded)
	default:
		err = fault.New(fault.Invalid, "network.file.format").On("file")
	}
	if bounded.N <= 0 {
		err = fault.New(fault.TooLarge, "network.file.large").On("file").With("max", MaxFile>>20)
	}
	return err
}

// headings are the words that a column of ties is known by.
func headings(word string) string {
	switch strings.ToLower(OneLine(word)) {
	case "from", "source", "lähde", "mistä", "kuka", "från", "a":
		return "from"
	case "to", "target", "kohde", "mihin", "kenet", "till", "b":
		return "to"
	case "weight", "strength", "paino", "vahvuus", "vikt", "styrka":
		return "weight"
	case "since", "start", "alkaen", "från år":
		return "since"
	case "until", "end", "asti", "till år":
		return "until"
	case "from_kind", "to_kind":
		return strings.ToLower(OneLine(word))
	}
	return ""
}

func (r *reading) csv(in io.Reader) error {
	b := bufio.NewReader(in)
	if begin, _ := b.Peek(3); bytes.Equal(begin, []byte("\xef\xbb\xbf")) {
		_, _ = b.Discard(3)
	}
	first, _ := b.Peek(4096)
	head, _, _ := bytes.Cut(first, []byte("\n"))
	c := csv.NewReader(b)
	c.FieldsPerRecord, c.ReuseRecord, c.TrimLeadingSpace = -1, true, true
	for _, comma := range []rune{';', '\t'} {
		if bytes.ContainsRune(head, comma) && !bytes.Contains(head, []byte(",")) {
			c.Comma = comma
		}
	}
	at := map[string]int{}
	for rows := 0; ; rows++ {
		row, err := c.Read()
		if err == io.EOF {
			if rows == 0 {
				return wrongLine(1, "headings")
			}
			return nil
		}
		if broken, ok := errors.AsType[*csv.ParseError](err); ok {
			wrong := wrongLine(broken.Line, "broken")
			if rows == 0 { // without headings nothing can be read
				return wrong
			}
			if err := r.bad(wrong); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		line, _ := c.FieldPos(0)
		if rows == 0 {
			for i, word := range row {
				if name := headings(word); name != "" {
					at[name] = i
				}
			}
			if _, ok := at["from"]; !ok {
				return wrongLine(line, "headings")
			}
			if _, ok := at["to"]; !ok {
				return wrongLine(line, "headings")
			}
			continue
		}
		get := func(name string) string {
			if i, ok := at[name]; ok && i < len(row) {
				return strings.TrimSpace(row[i])
			}
			return ""
		}
		t := FileTie{From: unguarded(strings.Clone(get("from"))), To: unguarded(strings.Clone(get("to")))}
		if t.Weight, err = amount(get("weight")); err != nil {
			if err := r.bad(wrongLine(line, "number")); err != nil {
				return err
			}
			continue
		}
		if t.Since, err = year(get("since")); err == nil {
			t.Until, err = year(get("until"))
		}
		if err != nil {
			if err := r.bad(wrongLine(line, "year")); err != nil {
				return err
			}
			continue
		}
		err = r.tie(line, t)
		for _, end := range [][2]string{{t.From, get("from_kind")}, {t.To, get("to_kind")}} {
			if err == nil && strings.EqualFold(end[1], "person") {
				err = r.node(line, FileNode{Key: end[0], Person: true})
			}
		}
		if err := r.bad(err); err != nil {
			return err
		}
	}
}

// unguarded is a name without the apostrophes that keep it from being a formula
// (table.Neutered), where it has them.
func unguarded(s string) string {
	if !strings.Contains(s, "'") {
		return s
	}
	plain := strings.TrimPrefix(s, "'")
	for _, separator := range []string{",", ";", "|"} {
		plain = strings.ReplaceAll(plain, separator+"'", separator)
	}
	if table.Neutered(plain) == s {
		return plain
	}
	return s
}

// amount reads a weight; 0 for none.
func amount(s string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseFloat(strings.Replace(s, ",", ".", 1), 64)
	if err == nil && !(n >= 0 && n <= 1e9) {
		err = strconv.ErrRange
	}
	return n, err
}

// year reads a year, or a day's.
func year(s string) (int, error) {
	if s = strings.TrimSpace(s); s == "" {
		return 0, nil
	}
	if len(s) > 4 && s[4] == '-' {
		s = s[:4]
	}
	n, err := strconv.Atoi(s)
	if err == nil && (n < 1000 || n > 2999) {
		err = strconv.ErrRange
	}
	return n, err
}

// attribute is one of an element's.
func attribute(e xml.StartElement, names ...string) string {
	for _, a := range e.Attr {
		if slices.Contains(names, a.Name.Local) {
			return a.Value
		}
	}
	return ""
}

// xml reads GraphML and GEXF, which differ in words only: nodes and edges, and what
// else is known of each in data or attvalue.
func (r *reading) xml(in io.Reader, f Format) error {
	d := xml.NewDecoder(in)
	d.Strict = true
	line := func() int { n, _ := d.InputPos(); return n }
	called := map[string]string{} // a key of data → what it is called
	var node *FileNode
	var tie *FileTie
	var key string // of the data that is being read
	var text strings.Builder
	root := false
	put := func(name, value string) error {
		value = OneLine(value)
		switch name = strings.ToLower(name); {
		case node != nil && (name == "label" || name == "name"):
			node.Name = value
		case node != nil && (name == "kind" || name == "type"):
			node.Person = strings.EqualFold(value, "person")
		case node != nil && name == "sector":
			node.Sector = value
		case node != nil && name == "place":
			node.Place = value
		case tie != nil && name == "weight":
			n, err := amount(value)
			if err != nil {
				return wrongLine(line(), "number")
			}
			tie.Weight = n
		case tie != nil && (name == "since" || name == "until"):
			n, err := year(value)
			if err != nil {
				return wrongLine(line(), "year")
			}
			if name == "since" {
				tie.Since = n
			} else {
				tie.Until = n
			}
		}
		return nil
	}
	given := func(name, value string) error { return r.bad(put(name, value)) }
	for {
		token, err := d.Token()
		if err == io.EOF {
			if !root {
				return wrongLine(line(), "format")
			}
			return nil
		}
		if err != nil {
			return wrongLine(line(), "broken")
		}
		switch e := token.(type) {
		case xml.StartElement:
			switch name := e.Name.Local; {
			case name == string(f):
				root = true
			case name == "key" || name == "attribute":
				called[attribute(e, "id")] = attribute(e, "attr.name", "title")
			case name == "node":
				node = &FileNode{Key: attribute(e, "id"), Name: attribute(e, "label")}
			case name == "edge":
				tie = &FileTie{From: attribute(e, "source"), To: attribute(e, "target")}
				for _, of := range []string{"weight", "start", "end"} {
					word := map[string]string{"start": "since", "end": "until"}[of]
					if word == "" {
						word = of
					}
					if value := attribute(e, of); value != "" {
						if err := given(word, value); err != nil {
							return err
						}
					}
				}
			case name == "data":
				key = attribute(e, "key")
				text.Reset()
			case name == "attvalue":
				id := attribute(e, "for")
				if err := given(cmp.Or(called[id], id), attribute(e, "value")); err != nil {
					return err
				}
			}
		case xml.CharData:
			if key != "" && text.Len() < 4*maxFileName {
				text.Write(e)
			}
		case xml.EndElement:
			switch e.Name.Local {
			case "data":
				if err := given(cmp.Or(called[key], key), text.String()); err != nil {
					return err
				}
				key = ""
			case "node":
				if node != nil {
					if err := r.bad(r.node(line(), *node)); err != nil {
						return err
					}
				}
				node = nil
			case "edge":
				if tie != nil {
					if err := r.bad(r.tie(line(), *tie)); err != nil {
						return err
					}
				}
				tie = nil
			}
		}
	}
}

// kumuFile is the form of kumu.io.
type kumuFile struct {
	Elements    []kumuElement    `json:"elements"`
	Connections []kumuConnection `json:"connections"`
}

type kumuElement struct {
	ID     string `json:"_id,omitempty"`
	Label  string `json:"label"`
	Type   string `json:"type,omitempty"`
	Sector string `json:"sector,omitempty"`
	Place  string `json:"place,omitempty"`
}

type kumuConnection struct {
	From      string   `json:"from"`
	To        string   `json:"to"`
	Direction string   `json:"direction,omitempty"`
	Weight    *float64 `json:"weight,omitempty"`
	Since     int      `json:"since,omitempty"`
	Until     int      `json:"until,omitempty"`
}

func (r *reading) kumu(in io.Reader) error {
	raw, err := io.ReadAll(in)
	if err != nil {
		return err
	}
	k, lines, err := kumuRows(raw)
	if err != nil {
		return err
	}
	for i, e := range k.Elements {
		n := FileNode{Key: cmp.Or(e.ID, e.Label), Name: e.Label, Person: strings.EqualFold(e.Type, "person"), Sector: OneLine(e.Sector), Place: OneLine(e.Place)}
		if err := r.bad(r.node(lines["elements"][i], n)); err != nil {
			return err
		}
	}
	ids := map[string]string{} // ties may name labels though the elements have ids
	for _, e := range k.Elements {
		if e.ID != "" && e.Label != "" {
			ids[e.Label] = e.ID
		}
	}
connections:
	for i, c := range k.Connections {
		t := FileTie{From: cmp.Or(ids[c.From], c.From), To: cmp.Or(ids[c.To], c.To), Since: c.Since, Until: c.Until}
		if c.Weight != nil {
			t.Weight = *c.Weight
		}
		for _, y := range []int{t.Since, t.Until} {
			if y != 0 && (y < 1000 || y > 2999) {
				if err := r.bad(wrongLine(lines["connections"][i], "year")); err != nil {
					return err
				}
				continue connections
			}
		}
		if err := r.bad(r.tie(lines["connections"][i], t)); err != nil {
			return err
		}
	}
	return nil
}

// kumuRows are what stands in a file of kumu.io, and on which line each row begins.
func kumuRows(raw []byte) (k kumuFile, lines map[string][]int, err error) {
	lines = map[string][]int{}
	d := json.NewDecoder(bytes.NewReader(raw))
	last, line := 0, 1 // how far lines are counted
	at := func() int {
		to := int(d.InputOffset())
		for to < len(raw) && strings.IndexByte(" \t\r\n,:", raw[to]) >= 0 { // what comes next begins after these
			to++
		}
		line += bytes.Count(raw[last:to], []byte("\n"))
		last = to
		return line
	}
	broken := func(err error) error {
		line := at()
		if e, ok := errors.AsType[*json.SyntaxError](err); ok {
			line = 1 + bytes.Count(raw[:min(int(e.Offset), len(raw))], []byte("\n"))
		}
		return wrongLine(line, "broken")
	}
	opens := func(with json.Delim) error {
		is := at()
		if t, err := d.Token(); err != nil {
			return broken(err)
		} else if t != with {
			return wrongLine(is, "broken")
		}
		return nil
	}
	if err := opens('{'); err != nil {
		return k, nil, err
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return k, nil, broken(err)
		}
		row := func() error { var skipped json.RawMessage; return d.Decode(&skipped) }
		switch name {
		case "elements":
			row = func() error {
				var e kumuElement
				err := d.Decode(&e)
				k.Elements = append(k.Elements, e)
				return err
			}
		case "connections":
			row = func() error {
				var c kumuConnection
				err := d.Decode(&c)
				k.Connections = append(k.Connections, c)
				return err
			}
		default:
			if err := row(); err != nil {
				return k, nil, broken(err)
			}
			continue
		}
		if err := opens('['); err != nil {
			return k, nil, err
		}
		list := name.(string)
		for d.More() {
			is := at()
			if err := row(); err != nil {
				if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); wrong {
					return k, nil, wrongLine(is, "broken")
				}
				return k, nil, broken(err)
			}
			lines[list] = append(lines[list], is)
		}
		if _, err := d.Token(); err != nil {
			return k, nil, broken(err)
		}
	}
	if _, err := d.Token(); err != nil {
		return k, nil, broken(err)
	}
	return k, lines, nil
}

// File is a picture of the network as a file: whoever is not drawn is not in it.
func (p Picture) File() File {
	var f File
	key := func(n uint32) string { return "n" + p.Snapshot.Nodes[n].ID.String() }
	for _, n := range p.Nodes {
		node := p.Snapshot.Nodes[n]
		f.Nodes = append(f.Nodes, FileNode{key(n), node.Title, node.Person, node.Sector, node.Place})
	}
	for _, pair := range p.Pairs {
		f.Ties = append(f.Ties, FileTie{key(pair.A), key(pair.B), pair.Strength, pair.Since, pair.Last})
	}
	return f
}

// kind is how a file tells a person from an organisation.
func (n FileNode) kind() string {
	if n.Person {
		return "person"
	}
	return "organisation"
}

// Write writes a network. CSV tells ties by names.
func (f File) Write(out io.Writer, as Format) error {
	w := bufio.NewWriter(out)
	weight := func(x float64) string { return strconv.FormatFloat(x, 'f', 4, 64) }
	esc := func(s string) string {
		var b strings.Builder
		_ = xml.EscapeText(&b, []byte(s))
		return b.String()
	}
	names, kinds := map[string]string{}, map[string]string{}
	for _, n := range f.Nodes {
		names[n.Key], kinds[n.Key] = n.Name, n.kind()
	}
	switch as {
	case CSV:
		c := csv.NewWriter(w)
		if err := c.Write([]string{"from", "to", "weight", "since", "until", "from_kind", "to_kind"}); err != nil {
			return err
		}
		for _, t := range f.Ties {
			if err := c.Write([]string{table.Neutered(cmp.Or(names[t.From], t.From)), table.Neutered(cmp.Or(names[t.To], t.To)), weight(t.Weight), yearText(t.Since), yearText(t.Until), kinds[t.From], kinds[t.To]}); err != nil {
				return err
			}
		}
		c.Flush()
		if err := c.Error(); err != nil {
			return err
		}
	case GraphML:
		fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<graphml xmlns="http://graphml.graphdrawing.org/xmlns">`+"\n")
		for _, k := range [][3]string{{"label", "node", "string"}, {"kind", "node", "string"}, {"sector", "node", "string"}, {"place", "node", "string"}, {"weight", "edge", "double"}, {"since", "edge", "int"}, {"until", "edge", "int"}} {
			fmt.Fprintf(w, `<key id="%s" for="%s" attr.name="%s" attr.type="%s"/>`+"\n", k[0], k[1], k[0], k[2])
		}
		fmt.Fprint(w, `<graph edgedefault="undirected">`+"\n")
		for _, n := range f.Nodes {
			fmt.Fprintf(w, `<node id="%s">`, esc(n.Key))
			for _, x := range [][2]string{{"label", n.Name}, {"kind", n.kind()}, {"sector", n.Sector}, {"place", n.Place}} {
				if x[1] != "" {
					fmt.Fprintf(w, `<data key="%s">%s</data>`, x[0], esc(x[1]))
				}
			}
			fmt.Fprint(w, "</node>\n")
		}
		for _, t := range f.Ties {
			fmt.Fprintf(w, `<edge source="%s" target="%s">`, esc(t.From), esc(t.To))
			for _, x := range [][2]string{{"weight", weight(t.Weight)}, {"since", yearText(t.Since)}, {"until", yearText(t.Until)}} {
				if x[1] != "" {
					fmt.Fprintf(w, `<data key="%s">%s</data>`, x[0], x[1])
				}
			}
			fmt.Fprint(w, "</edge>\n")
		}
		fmt.Fprint(w, "</graph>\n</graphml>\n")
	case GEXF:
		fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8"?>`+"\n"+`<gexf xmlns="http://gexf.net/1.3" version="1.3">`+"\n"+`<graph defaultedgetype="undirected">`+"\n"+`<attributes class="node">`+"\n")
		for _, k := range []string{"kind", "sector", "place"} {
			fmt.Fprintf(w, `<attribute id="%s" title="%s" type="string"/>`+"\n", k, k)
		}
		fmt.Fprint(w, "</attributes>\n"+`<attributes class="edge">`+"\n"+`<attribute id="since" title="since" type="integer"/>`+"\n"+`<attribute id="until" title="until" type="integer"/>`+"\n</attributes>\n<nodes>\n")
		for _, n := range f.Nodes {
			fmt.Fprintf(w, `<node id="%s" label="%s"><attvalues>`, esc(n.Key), esc(n.Name))
			for _, x := range [][2]string{{"kind", n.kind()}, {"sector", n.Sector}, {"place", n.Place}} {
				if x[1] != "" {
					fmt.Fprintf(w, `<attvalue for="%s" value="%s"/>`, x[0], esc(x[1]))
				}
			}
			fmt.Fprint(w, "</attvalues></node>\n")
		}
		fmt.Fprint(w, "</nodes>\n<edges>\n")
		for i, t := range f.Ties {
			fmt.Fprintf(w, `<edge id="e%d" source="%s" target="%s" weight="%s"><attvalues>`, i, esc(t.From), esc(t.To), weight(t.Weight))
			for _, x := range [][2]string{{"since", yearText(t.Since)}, {"until", yearText(t.Until)}} {
				if x[1] != "" {
					fmt.Fprintf(w, `<attvalue for="%s" value="%s"/>`, x[0], x[1])
				}
			}
			fmt.Fprint(w, "</attvalues></edge>\n")
		}
		fmt.Fprint(w, "</edges>\n</graph>\n</gexf>\n")
	case Kumu:
		k := kumuFile{Elements: []kumuElement{}, Connections: []kumuConnection{}}
		for _, n := range f.Nodes {
			k.Elements = append(k.Elements, kumuElement{n.Key, n.Name, n.kind(), n.Sector, n.Place})
		}
		for _, t := range f.Ties {
			k.Connections = append(k.Connections, kumuConnection{From: t.From, To: t.To, Direction: "mutual", Weight: &t.Weight, Since: t.Since, Until: t.Until})
		}
		e := json.NewEncoder(w)
		e.SetIndent("", " ")
		if err := e.Encode(k); err != nil {
			return err
		}
	default:
		return fault.New(fault.Invalid, "network.file.format").On("file")
	}
	return w.Flush()
}

func yearText(y int) string {
	if y == 0 {
		return ""
	}
	return strconv.Itoa(y)
}
