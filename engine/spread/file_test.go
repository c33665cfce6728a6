package spread_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"errors"
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
		"too many":       {"0 1\n3000000000 2\n", "line 2: node 3000000000"},
		"far":            {"0 1\n\n2000000000 2\n", "line 3: 2000000001 nodes"},
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

func FuzzReadList(f *testing.F) {
	for _, s := range []string{"", "0 1\n", "3 2\n0 1\n1 2\n", "0 1 0.5\n", "# x\n0,1,1\n", packed("0 1\n"), "5 1"} {
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
	})
}
