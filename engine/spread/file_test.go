package spread_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kokko/engine/spread"
)

func written(t failing, g *spread.Graph) []byte {
	t.Helper()
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

func TestAFileGivesBackTheNetwork(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 1))
	late := small(r, 9, 20)
	for i := range late {
		late[i].Delay = uint8(i)
	}
	for name, arcs := range map[string][]spread.Arc{
		"none": nil, "mixed": small(r, 9, 30), "delays": late,
		"even": {{From: 0, To: 1, P: .5}, {From: 2, To: 1, P: .5}, {From: 1, To: 0, P: .1, Delay: 3}},
	} {
		g := build(t, 9, arcs)
		data := written(t, g)
		askew := append(make([]byte, 1, len(data)+1), data...)[1:] // where numbers lie askew they are copied
		for _, data := range [][]byte{data, askew} {
			back, err := spread.Read(data)
			if err != nil {
				t.Fatal(name, err)
			}
			if back.Nodes() != 9 || !slices.Equal(slices.Collect(back.All()), slices.Collect(g.All())) || !bytes.Equal(written(t, back), data) {
				t.Errorf("%s: another comes back", name)
			}
		}
	}
}

func TestSaveAndOpen(t *testing.T) {
	t.Parallel()
	g := build(t, 200, crowd(200, 900))
	path := filepath.Join(t.TempDir(), "network")
	for range 2 { // also over an earlier one
		if err := g.Save(path); err != nil {
			t.Fatal(err)
		}
	}
	back, err := spread.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	ask := spread.Ask{Most: 3, Seed: 1}
	if a, b := choose(t, g, ask), choose(t, back, ask); !reflect.DeepEqual(a, b) {
		t.Errorf("%v, of the file %v", a.Chosen, b.Chosen)
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
	if _, err := spread.Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}

// signed sets a changed file's two sums right again, as one who wants to do harm would.
func signed(data []byte) []byte {
	if len(data) >= 48 {
		table := crc32.MakeTable(crc32.Castagnoli)
		binary.LittleEndian.PutUint32(data[28:], crc32.Checksum(data[48:], table))
		binary.LittleEndian.PutUint32(data[36:], crc32.Checksum(data[:36], table))
	}
	return data
}

func TestBrokenFilesAreTold(t *testing.T) {
	t.Parallel()
	whole := written(t, build(t, 3, []spread.Arc{{From: 0, To: 1, P: .5}, {From: 2, To: 1, P: .2, Delay: 1}}))
	for at := range whole {
		broken := slices.Clone(whole)
		broken[at] ^= 0x40
		if _, err := spread.Read(broken); !errors.Is(err, spread.ErrFile) {
			t.Errorf("byte %d changed: %v", at, err)
		}
		if _, err := spread.Read(whole[:at]); !errors.Is(err, spread.ErrFile) {
			t.Errorf("cut at %d: %v", at, err)
		}
	}
	from := 48 + 3*16
	for name, c := range map[string]struct {
		at   int
		to   []byte
		want string
	}{
		"version":   {8, []byte{2}, "version 2"},
		"kinds":     {24, []byte{9}, "header"},
		"nodes":     {12, []byte{9}, "cut"},
		"begin":     {48 + 16, []byte{1}, "node 1 begin"},
		"count":     {48 + 16 + 4, []byte{9}, "node 1 begin"},
		"fewer":     {48 + 16 + 4, []byte{0}, "node"},
		"skip":      {48 + 16 + 8, []byte{7}, "skips"},
		"nowhere":   {from, []byte{3}, "an arc from 3"},
		"itself":    {from, []byte{1}, "an arc from 1"},
		"order":     {from + 8 + 2, []byte{255, 255}, "in order"},
		"even":      {48 + 16 + 14, []byte{0}, ""},
		"too mixed": {48 + 16 + 14, []byte{2}, "node 1"},
	} {
		broken := slices.Clone(whole)
		copy(broken[c.at:], c.to)
		if _, err := spread.Read(signed(broken)); !errors.Is(err, spread.ErrFile) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	if _, err := spread.Read(append(slices.Clone(whole), 0)); !errors.Is(err, spread.ErrFile) {
		t.Errorf("something follows: %v", err)
	}
}

// No file makes a question panic or go on for ever.
func FuzzRead(f *testing.F) {
	f.Add([]byte(nil))
	f.Add(written(f, build(f, 0, nil)))
	f.Add(written(f, build(f, 3, []spread.Arc{{From: 0, To: 1, P: .5}, {From: 2, To: 1, P: .2, Delay: 1}})))
	f.Add(written(f, build(f, 3, []spread.Arc{{From: 0, To: 1, P: 1}, {From: 1, To: 0, P: 1}})))
	f.Fuzz(func(t *testing.T, data []byte) {
		g, err := spread.Read(signed(slices.Clone(data)))
		if err != nil || g.Nodes() > 1000 || g.Nodes() == 0 {
			return
		}
		ctx := context.Background()
		if _, err := g.Simulate(ctx, spread.Run{Seeds: []uint32{0}, Runs: 3, Horizon: 5, Delays: []spread.Delay{{Least: 1, Mean: 2}}}); err != nil {
			t.Error(err)
		}
		if _, err := g.Choose(ctx, spread.Ask{Most: 2, Limit: 1000}); err != nil {
			t.Error(err)
		}
	})
}

func packed(text string) string {
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	_, _ = w.Write([]byte(text))
	_ = w.Close()
	return out.String()
}

func TestReadList(t *testing.T) {
	t.Parallel()
	arcs := func(p float64, ends ...uint32) (all []spread.Arc) {
		for i := 0; i < len(ends); i += 2 {
			all = append(all, spread.Arc{From: ends[i], To: ends[i+1], P: p})
		}
		return all
	}
	for name, c := range map[string]struct {
		text  string
		nodes int
		given bool
		want  []spread.Arc
	}{
		"no header":          {"0 1\n1\t2\n", 3, false, arcs(1, 1, 2, 0, 1)},
		"header":             {"9 2\n0\t1\n1\t2", 9, false, arcs(1, 0, 1, 1, 2)},
		"header and p":       {"3 1\n0 1 0.5\n", 3, true, arcs(.5, 0, 1)},
		"p alone":            {"0 1 0.5\n2 1 .5\n", 3, true, arcs(.5, 0, 1, 2, 1)},
		"commas, crlf":       {"0,1,0.25\r\n1,0,0.25\r\n", 2, true, arcs(.25, 0, 1, 1, 0)},
		"remarks":            {"# one\n% two\n\n0 1\n# three\n", 2, false, arcs(1, 0, 1)},
		"an arc like a head": {"1 2\n0 1\n1 0\n", 3, false, arcs(1, 0, 1, 1, 0, 1, 2)},
		"nothing":            {"", 0, false, nil},
		"nobody":             {"5 0\n", 5, false, nil},
		"one arc":            {"5 1", 6, false, arcs(1, 5, 1)},
		"gzip":               {packed("2 1\n0 1 0.5\n"), 2, true, arcs(.5, 0, 1)},
		"mark":               {"\xEF\xBB\xBF0 1 0.5\n", 2, true, arcs(.5, 0, 1)},
		"semicolons":         {"0;1;2.5e-1\n1;0;25E-2\n", 2, true, arcs(.25, 0, 1, 1, 0)},
		"columns named":      {"source,target,weight\n0,1,0.5\n", 2, true, arcs(.5, 0, 1)},
		"named, and a head":  {"FromNodeId\tToNodeId\n9 2\n0\t1\n1\t2\n", 9, false, arcs(1, 0, 1, 1, 2)},
		"remark after":       {"0 1 # first\n1 2 // second\n", 3, false, arcs(1, 1, 2, 0, 1)},
		"as fractions":       {"0.0 1.0 5e-1\n1e0 2.000e+00 0.5\n", 3, true, arcs(.5, 0, 1, 1, 2)},
		"ties told once":     {"4 1\n0 1\n1 0\n", 4, false, arcs(1, 0, 1, 1, 0)},
		"matrix":             {"%%MatrixMarket matrix coordinate pattern general\n% x\n3 3 2\n1 2\n2 3\n", 4, false, arcs(1, 1, 2, 2, 3)},
		"matrix both ways":   {"%%MatrixMarket matrix coordinate real symmetric\n3 3 2\n2 1 0.5\n3 3 0.5\n", 4, true, arcs(.5, 2, 1, 1, 2, 3, 3)},
	} {
		l, err := spread.ReadList(strings.NewReader(c.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got := slices.Collect(l.All()); l.Nodes != c.nodes || l.Given != c.given || !slices.Equal(got, c.want) || l.Arcs() != len(c.want) {
			t.Errorf("%s: %d nodes, %v, %v", name, l.Nodes, l.Given, got)
		}
	}
	for name, c := range map[string]struct{ text, want string }{
		"one column":     {"0 1\n2\n", "line 2: 1 columns"},
		"four":           {"0 1 .5 7\n", "line 1: 4 columns"},
		"no node":        {"0 x\n", `line 1: "x" is no node`},
		"below nought":   {"0 1\n-1 2\n", `line 2: "-1" is no node`},
		"too great":      {"0 1\n300000000000000000000 2\n", `line 2: "300000000000000000000" is no node`},
		"half a node":    {"0 1\n0.5 2\n", `line 2: "0.5" is no node`},
		"names":          {"a b\nb c\n", `line 2: "b" is no node`},
		"many nodes":     {"2000000000 1\n0 1\n", "line 1: 2000000000 nodes of 1 arcs"},
		"matrix's head":  {"%%MatrixMarket matrix coordinate pattern general\n1 2\n", "line 2: a Matrix Market file"},
		"matrix's count": {"%%MatrixMarket matrix coordinate pattern general\n3 3 2\n1 2\n", "line 2 tells of 2 arcs, and 1 follow"},
		"matrix's rows":  {"%%MatrixMarket matrix coordinate pattern general\n3 3 1\n1 4\n", "line 3: node 4, where line 2 tells of 4 nodes"},
		"another matrix": {"%%MatrixMarket matrix array real general\n3 3\n", "line 1: of Matrix Market's"},
		"no probability": {"0 1 0.5\n0 1 1.5\n", `line 2: "1.5" is no probability`},
		"NaN":            {"0 1 NaN\n", "line 1"},
		"mixed columns":  {"0 1 0.5\n1 0\n", "line 2: 2 columns, where the lines before have 3"},
		"head wrong":     {"3 7\n0 1 0.5\n", "line 1 tells of 7 arcs, and 1 follow"},
		"head too small": {"2 2\n0 1 0.5\n0 5 0.5\n", "line 3: node 5, where line 1 tells of 2 nodes"},
		"endless":        {"0 1\n" + strings.Repeat("1", 2<<20), "line 2 is longer"},
		"not gzip":       {"\x1F\x8Bx", "gzip"},
		"cut gzip":       {packed("0 1\n1 2\n")[:20], "line"},
	} {
		if _, err := spread.ReadList(strings.NewReader(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// Nodes with great numbers, or with much left out between, each have a place of their own, in
// the order of their numbers, whatever the order of the lines.
func TestNumbersThatLeaveMuchOut(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"great":       "7 20000000000\n20000000000 90000000000\n",
		"late":        "7 5\n20000000000 7\n",
		"far between": "2000000000 7\n7 1000000\n",
		"a head":      "3 2\n7 20000000000\n20000000000 90000000000\n",
	} {
		l, err := spread.ReadList(strings.NewReader(text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if l.Nodes != 3 || len(l.Numbers) != 3 || !slices.IsSorted(l.Numbers) || len(l.Notes) == 0 || !strings.Contains(l.Notes[len(l.Notes)-1], "3 of them have arcs") {
			t.Errorf("%s: %d nodes called %v, noted %q", name, l.Nodes, l.Numbers, l.Notes)
			continue
		}
		var said []string
		for a := range l.All() {
			said = append(said, fmt.Sprint(l.Number(a.From), " ", l.Number(a.To)))
		}
		want := strings.Split(strings.TrimSpace(strings.TrimPrefix(text, "3 2\n")), "\n")
		slices.Sort(want)
		slices.Sort(said)
		if !slices.Equal(said, want) {
			t.Errorf("%s: arcs %v", name, said)
		}
		if at, ok := l.Node(7); !ok || l.Number(at) != 7 {
			t.Errorf("%s: 7 is at %d, %v", name, at, ok)
		}
		if _, ok := l.Node(8); ok {
			t.Errorf("%s: 8 is a node", name)
		}
	}
}

// Where only the ends count, weights may be anything, and there may be more columns.
func TestReadTies(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"0 1 7.5\n1 2 0\n", "% sym\n0 1 1 1082040961\n1 2 -1 1082155839\n", "3 2\n0 1 x\n1 2 y\n"} {
		l, err := spread.ReadTies(strings.NewReader(text))
		if err != nil || l.Given || l.Nodes != 3 || l.Arcs() != 2 || len(l.Notes) != 1 {
			t.Errorf("%q: %+v, %v", text, l, err)
			continue
		}
		for a := range l.All() {
			if a.P != 1 {
				t.Errorf("%q: %+v", text, a)
			}
		}
	}
	l, err := spread.ReadTies(strings.NewReader("0 1\n1 2\n"))
	if err != nil || len(l.Notes) != 0 {
		t.Errorf("%v, %v", l, err)
	}
	// a first line that may be a count that is off is told of
	if l, err = spread.ReadTies(strings.NewReader("10 4\n0 1\n1 2\n")); err != nil || l.Arcs() != 3 || len(l.Notes) != 1 || !strings.Contains(l.Notes[0], "line 1 is read as an arc from 10 to 4") {
		t.Errorf("%v, %v", l, err)
	}
}

func FuzzReadList(f *testing.F) {
	for _, s := range []string{"", "0 1\n", "3 2\n0 1\n1 2\n", "0 1 0.5\n", "# x\n0,1,1\n", packed("0 1\n"), "5 1", "7 20000000000\n1 2", "%%MatrixMarket matrix coordinate real symmetric\n3 3 1\n2 1 0.5\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		l, err := spread.ReadList(strings.NewReader(text))
		if err != nil || l.Nodes > 1<<21 {
			return
		}
		if _, err := spread.Build(l.Nodes, l.All()); err != nil {
			t.Fatal(err)
		}
		if l.Numbers != nil && (len(l.Numbers) != l.Nodes || !slices.IsSorted(l.Numbers)) {
			t.Fatalf("%d nodes are called %v", l.Nodes, l.Numbers)
		}
		if ties, err := spread.ReadTies(strings.NewReader(text)); err != nil || ties.Arcs() != l.Arcs() {
			t.Fatalf("the ties are others: %v", err)
		}
	})
}
