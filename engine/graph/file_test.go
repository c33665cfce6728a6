package graph_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/graph"
)

// written is a graph as its file has it.
func written(t interface{ Fatal(...any) }, g *graph.Graph) []byte {
	var out bytes.Buffer
	n, err := g.WriteTo(&out)
	if err != nil {
		t.Fatal(err)
	}
	if n != int64(out.Len()) {
		t.Fatal("it tells of", n, "bytes and writes", out.Len())
	}
	return out.Bytes()
}

func TestAFileGivesBackTheGraph(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		nodes, arcs := network(t, 12)
		var names *graph.Names
		if rapid.Bool().Draw(t, "named") {
			names = &graph.Names{}
			for i := range nodes {
				names.Add(strings.Repeat("å", i))
			}
		}
		g, err := graph.Build(nodes, slices.Values(arcs), graph.Options{HalfLife: 700, Names: names})
		if err != nil {
			t.Fatal(err)
		}
		// Where the numbers lie askew they are copied.
		data := written(t, g)
		askew := append(make([]byte, 1, len(data)+1), data...)[1:]
		for _, data := range [][]byte{data, askew} {
			back, err := graph.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			if back.Nodes() != nodes || back.Ties() != g.Ties() || back.HalfLife() != 700 || (back.Names() == nil) != (names == nil) {
				t.Fatalf("%d nodes, %d ties, half-life %d", back.Nodes(), back.Ties(), back.HalfLife())
			}
			for u := range uint32(nodes) {
				if !slices.Equal(slices.Collect(g.At(today).Ties(u, graph.Both)), slices.Collect(back.At(today).Ties(u, graph.Both))) {
					t.Fatalf("the ties of %d are others", u)
				}
				if names != nil {
					if n, ok := back.Names().Number(names.Name(u)); !ok || n != u || back.Names().Name(u) != names.Name(u) {
						t.Fatalf("%d is called %q", u, back.Names().Name(u))
					}
				}
			}
		}
	})
}

func TestSaveAndOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "network")
	g := build(t, 100, ring(100))
	for range 2 { // also over an earlier one
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	back, err := graph.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if p, ok := back.At(today).Best(0, 3, graph.Usual()); !ok || !slices.Equal(p.Nodes, []uint32{0, 1, 2, 3}) {
		t.Errorf("%v %v", p, ok)
	}
	if err := errors.Join(back.Close(), back.Close()); err != nil {
		t.Error(err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if err := g.Save(filepath.Join(path, "nowhere")); err == nil {
		t.Error("saved below a file")
	}
	if _, err := graph.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := graph.Open(empty); !errors.Is(err, graph.ErrFile) {
		t.Errorf("an empty file: %v", err)
	}
}

func TestTheEmptyGraph(t *testing.T) {
	t.Parallel()
	var none graph.Graph
	back, err := graph.Read(written(t, &none))
	if err != nil || back.Nodes() != 0 {
		t.Fatal(back, err)
	}
	for _, g := range []*graph.Graph{&none, back} {
		v := g.At(today)
		_, found := v.Best(0, 1, graph.Usual())
		of, _ := v.Communities(graph.Grouping{})
		_, drawn := v.Between(graph.Sampling{})
		if found || len(of) > 0 || drawn > 0 || v.Near([]graph.Near{{Node: 3, Score: 1}}, graph.Push{}) != nil || v.Ball(2, 5, graph.Out, graph.Usual()).Len() != 0 {
			t.Error("something is found in nothing")
		}
	}
	d, err := none.Delta().With(graph.Meet(graph.Arc{From: 0, To: 1, Weight: 1, Day: today}))
	if err != nil || d.At(today).Strength(0, 1) == 0 {
		t.Error("the first tie is missing", err)
	}
}

// signed sets a changed file's two sums right again, as one who wants to do harm would.
func signed(data []byte) []byte {
	if len(data) >= 48 {
		table := crc32.MakeTable(crc32.Castagnoli)
		binary.LittleEndian.PutUint32(data[40:], crc32.Checksum(data[48:], table))
		binary.LittleEndian.PutUint32(data[44:], crc32.Checksum(data[:44], table))
	}
	return data
}

func TestBrokenFilesAreTold(t *testing.T) {
	t.Parallel()
	names := &graph.Names{}
	names.Add("a")
	names.Add("b")
	names.Add("c")
	g, err := graph.Build(3, slices.Values([]graph.Arc{{From: 0, To: 1, Weight: 1}, {From: 1, To: 2, Weight: 1}}), graph.Options{Names: names})
	if err != nil {
		t.Fatal(err)
	}
	whole := written(t, g)
	for at := range whole {
		broken := slices.Clone(whole)
		broken[at] ^= 0x40
		if _, err := graph.Read(broken); !errors.Is(err, graph.ErrFile) {
			t.Errorf("byte %d changed: %v", at, err)
		}
		if _, err := graph.Read(whole[:at]); !errors.Is(err, graph.ErrFile) {
			t.Errorf("cut at %d: %v", at, err)
		}
	}
	arcs := 48 + 16
	for name, c := range map[string]struct {
		at   int
		to   []byte
		want string
	}{
		"version":   {8, []byte{2}, "version 2"},
		"half-life": {12, []byte{1, 0}, "header"},
		"nodes":     {16, []byte{9}, "cut"},
		"offsets":   {48 + 4, []byte{9}, "node"},
		"order":     {48 + 4, []byte{3}, "in order"},
		"end":       {48 + 12, []byte{3}, "begin and end elsewhere"},
		"nowhere":   {arcs + 4, []byte{3}, "arc to 3"},
		"itself":    {arcs + 4, []byte{0}, "arc to 0"},
		"name":      {arcs + 4*8, []byte{9}, "name"},
		"text":      {arcs + 4*8 + 12, []byte{0xFF}, "not text"},
		"twice":     {arcs + 4*8 + 12, []byte{'b'}, "called"},
	} {
		broken := slices.Clone(whole)
		copy(broken[c.at:], c.to)
		if _, err := graph.Read(signed(broken)); !errors.Is(err, graph.ErrFile) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := graph.Read(append(slices.Clone(whole), 0)); !errors.Is(err, graph.ErrFile) {
		t.Errorf("something follows: %v", err)
	}
}

// No file makes a question panic or go on for ever.
func FuzzRead(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(written(f, build(f, 5, ring(5))))
	f.Add(written(f, build(f, 0, nil)))
	names := &graph.Names{}
	names.Add("Maija")
	names.Add("Ville")
	g, err := graph.Build(2, slices.Values([]graph.Arc{{From: 0, To: 1, Weight: 1, Day: today}}), graph.Options{Names: names})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(written(f, g))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := graph.Read(signed(slices.Clone(data)))
		if err != nil || g.Nodes() > 1000 {
			return
		}
		v := g.At(today)
		for to := range uint32(min(g.Nodes(), 5)) {
			v.Ways(0, to, 3, graph.Usual())
			v.Within(to, 3, graph.In, 0)
			v.Constraint(to)
			v.Effective(to)
		}
		v.Ball(0, 100, graph.Out, graph.Usual())
		v.Near([]graph.Near{{Node: 0, Score: 1}}, graph.Push{Least: 1e-3})
		v.Communities(graph.Grouping{})
		v.Communities(graph.Grouping{Large: 1})
		v.Components()
		v.Between(graph.Sampling{Most: 20})
		v.BetweenAll()
		if d, err := g.Delta().With(graph.Leave(0), graph.Meet(graph.Arc{From: 0, To: 1, Weight: 1})); err == nil {
			if _, err := d.Compact(nil); err != nil && g.Names() == nil {
				t.Error(err)
			}
		}
	})
}

func TestReadList(t *testing.T) {
	t.Parallel()
	const june2010 = 14791 // 2010-07-01
	for name, c := range map[string]struct {
		text string
		want []graph.Arc
	}{
		"two columns":      {"a\tb\nb\tc\n", []graph.Arc{{From: 0, To: 1, Weight: 1}, {From: 1, To: 2, Weight: 1}}},
		"spaces":           {"a b\nb c", []graph.Arc{{From: 0, To: 1, Weight: 1}, {From: 1, To: 2, Weight: 1}}},
		"weight":           {"a\tb\t2.5\n", []graph.Arc{{From: 0, To: 1, Weight: 2.5}}},
		"year":             {"a\tb\t2010\nb\ta\t2010", []graph.Arc{{From: 0, To: 1, Weight: 1, Day: june2010}, {From: 1, To: 0, Weight: 1, Day: june2010}}},
		"weight, year":     {"a,b,3,2010\n", []graph.Arc{{From: 0, To: 1, Weight: 3, Day: june2010}}},
		"year, weight":     {"a;b;2010;3\n", []graph.Arc{{From: 0, To: 1, Weight: 3, Day: june2010}}},
		"date":             {"a\tb\t1970-01-11T12:00:00Z\t2\n", []graph.Arc{{From: 0, To: 1, Weight: 2, Day: 10}}},
		"late weight":      {"a\tb\na\tb\t7\n", []graph.Arc{{From: 0, To: 1, Weight: 1}, {From: 0, To: 1, Weight: 7}}},
		"headings":         {"\xEF\xBB\xBFkind,Target,Source,day,weight\nx,b,a,10,2\n", []graph.Arc{{From: 0, To: 1, Weight: 2, Day: 10}}},
		"strength":         {"from\tto\tstrength\na\tb\t0\n", []graph.Arc{{From: 0, To: 1}}},
		"seconds":          {"from\tto\ttime\na\tb\t1000000000\n", []graph.Arc{{From: 0, To: 1, Weight: 1, Day: 11574}}},
		"empty cells":      {"from\tto\tyear\tweight\na\tb\t\t\n", []graph.Arc{{From: 0, To: 1, Weight: 1}}},
		"quotes":           {"from,to\n\"Virtanen, Maija\",b\n", []graph.Arc{{From: 0, To: 1, Weight: 1}}},
		"remarks":          {"# from whom\n\na\tb\n# end\n", []graph.Arc{{From: 0, To: 1, Weight: 1}}},
		"nothing":          {"", nil},
		"one called from":  {"from\tmaija\n", []graph.Arc{{From: 0, To: 1, Weight: 1}}},
		"crlf, no newline": {"a\tb\r\nb\ta", []graph.Arc{{From: 0, To: 1, Weight: 1}, {From: 1, To: 0, Weight: 1}}},
	} {
		l, err := graph.ReadList(strings.NewReader(c.text))
		if err != nil || !slices.Equal(l.Arcs, c.want) {
			t.Errorf("%s: %v %v, want %v", name, l, err, c.want)
		}
	}
	l, err := graph.ReadList(strings.NewReader("Åsa\tVille\t1\n"))
	if err != nil {
		t.Fatal(err)
	}
	l.Mutual = true
	g, err := l.Build(0)
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := g.Names().Number("Ville"); n != 1 || g.At(0).Strength(1, 0) == 0 {
		t.Error("the tie does not go both ways")
	}
}

func TestReadListNamesTheLine(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ text, want string }{
		"one column":     {"a\tb\nc\n", "line 2: only one column"},
		"no number":      {"a\tb\tmuch\n", `line 1, column 3: "much"`},
		"no name":        {"a\tb\n\tb\n", "line 2: the name of an end is missing"},
		"no weight":      {"from\tto\tweight\na\tb\t1\na\tb\t-1\n", `line 3: "-1" is no weight`},
		"no strength":    {"from,to,strength\na,b,1.5\n", `line 2: "1.5" is no strength`},
		"no time":        {"from,to,day\na,b,12345678\n", "line 2: 1.2345678e+07 is no time"},
		"no date":        {"a\tb\t2010-13-01\n", `"2010-13-01" is no date`},
		"short":          {"from,x,to\na,x\n", "line 2: 2 columns"},
		"long name":      {"a\t" + strings.Repeat("b", 2000), "line 1: a name of 2000 bytes"},
		"not text":       {"a\tb\xFF\n", "line 1: a name that is not UTF-8"},
		"quote":          {"a,b\n\"a,b\n", "line 2"},
		"endless":        {"a\tb\n" + strings.Repeat("x", 2<<20), "line 2 is longer"},
		"not a number":   {"a\tb\tNaN\n", "line 1"},
		"less":           {"# x\na\tb\t-2\n", "line 2"},
		"date as weight": {"a\tb\t2010-01-01\t1\na\tb\t2010\t2010-01-01\n", "line 2"},
	} {
		if _, err := graph.ReadList(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzReadList(f *testing.F) {
	for _, s := range []string{"", "a\tb\n", "from,to,weight,day\na,b,1,2\n", "a;b;2010;1\n", "a b", "# x\na\tb\t2010-01-01", "\"a\nb\",c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := graph.ReadList(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, a := range l.Arcs {
			if int(a.From) >= l.Names.Len() || int(a.To) >= l.Names.Len() || !(a.Weight >= 0) {
				t.Fatalf("%v", a)
			}
		}
		if _, err := l.Build(0); err != nil {
			t.Fatal(err)
		}
	})
}
