package graph

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"unicode/utf8"
	"unsafe"
)

// A graph's file, all numbers little-endian:
//
//	 0  "KOKKOGRF"
//	 8  version, 32 bits: 1
//	12  half-life in days, 32 bits
//	16  nodes, 32 bits
//	20  1 when there are names, 32 bits
//	24  arcs, 64 bits
//	32  bytes of the names, 64 bits
//	40  CRC-32C of all that follows the header, 32 bits
//	44  CRC-32C of the 44 bytes above, 32 bits
//	48  the offsets: nodes+1 × 32 bits, filled up to a multiple of eight bytes
//	    the arcs: 64 bits each, the other end in the upper half, then 16 bits of
//	    strength out and 16 in
//	    with names: where each ends, nodes × 32 bits, and their letters in UTF-8
const (
	magic      = "KOKKOGRF"
	version    = 1
	headerSize = 48
	maxName    = 1000 // bytes
)

// ErrFile is what is wrong with a file that holds no graph, or a broken one.
var ErrFile = errors.New("not a whole graph")

func broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFile, fmt.Sprintf(format, args...))
}

// littleEndian tells whether this machine keeps numbers as the file does.
func littleEndian() bool {
	n := uint16(1)
	return *(*byte)(unsafe.Pointer(&n)) == 1
}

// WriteTo writes the graph as a file has it.
func (g *Graph) WriteTo(w io.Writer) (int64, error) {
	header := make([]byte, 0, headerSize)
	named, letters := uint32(0), uint64(0)
	if g.names != nil {
		named = 1
		for _, name := range g.names.list {
			letters += uint64(len(name))
		}
	}
	if letters > maxArcs {
		return 0, errors.New("the names are longer than four gigabytes")
	}
	check := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	if err := g.body(check); err != nil {
		return 0, err
	}
	header = append(header, magic...)
	header = binary.LittleEndian.AppendUint32(header, version)
	header = binary.LittleEndian.AppendUint32(header, uint32(g.HalfLife()))
	header = binary.LittleEndian.AppendUint32(header, uint32(g.Nodes()))
	header = binary.LittleEndian.AppendUint32(header, named)
	header = binary.LittleEndian.AppendUint64(header, uint64(len(g.arcs)))
	header = binary.LittleEndian.AppendUint64(header, letters)
	header = binary.LittleEndian.AppendUint32(header, check.Sum32())
	header = binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, crc32.MakeTable(crc32.Castagnoli)))
	counted := &counter{w: w}
	if _, err := counted.Write(header); err != nil {
		return counted.n, err
	}
	err := g.body(counted)
	return counted.n, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// body writes what comes after the header.
func (g *Graph) body(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	var room [8]byte
	put32 := func(n uint32) {
		binary.LittleEndian.PutUint32(room[:], n)
		out.Write(room[:4])
	}
	for i := range g.Nodes() + 1 {
		if i < len(g.offsets) {
			put32(g.offsets[i])
		} else {
			put32(0) // the zero graph
		}
	}
	if (g.Nodes()+1)%2 == 1 {
		put32(0)
	}
	if littleEndian() && len(g.arcs) > 0 {
		out.Write(unsafe.Slice((*byte)(unsafe.Pointer(&g.arcs[0])), 8*len(g.arcs)))
	} else {
		for _, a := range g.arcs {
			binary.LittleEndian.PutUint64(room[:], uint64(a))
			out.Write(room[:])
		}
	}
	if g.names != nil {
		var at uint32
		for _, name := range g.names.list {
			at += uint32(len(name))
			put32(at)
		}
		for _, name := range g.names.list {
			out.WriteString(name)
		}
	}
	return out.Flush() // keeps the first error
}

// Save writes the graph into a file, which is whole or not there: it is written beside,
// brought to the disk and moved into place.
func (g *Graph) Save(path string) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := g.WriteTo(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Open maps a graph's file into memory, or reads it where files cannot be mapped. All
// of it is looked at once, so that a broken file is told of here and leads nobody
// astray later. What is mapped is given back by Close, after which neither the graph
// nor a view of it may be asked.
func Open(path string) (*Graph, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, mapped, err := load(f)
	if err != nil {
		return nil, err
	}
	g, err := Read(data)
	switch {
	case err != nil && mapped:
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), unload(data))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", path, err)
	case mapped:
		g.mapped = data
	}
	return g, nil
}

// Close gives back the mapped file, if there is one.
func (g *Graph) Close() error {
	data := g.mapped
	g.mapped = nil
	if data == nil {
		return nil
	}
	g.offsets, g.arcs = nil, nil
	return unload(data)
}

// Read takes a graph out of the bytes of its file. The graph lies in them: they must
// not change as long as it is used.
func Read(data []byte) (*Graph, error) {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	switch {
	case len(data) < headerSize || string(data[:8]) != magic:
		return nil, broken("it does not begin as one does")
	case crc32.Checksum(data[:44], castagnoli) != binary.LittleEndian.Uint32(data[44:]):
		return nil, broken("its header is damaged")
	case binary.LittleEndian.Uint32(data[8:]) != version:
		return nil, broken("it is of version %d; this is %d", binary.LittleEndian.Uint32(data[8:]), version)
	}
	halfLife, nodes := binary.LittleEndian.Uint32(data[12:]), uint64(binary.LittleEndian.Uint32(data[16:]))
	named, arcs, letters := binary.LittleEndian.Uint32(data[20:]), binary.LittleEndian.Uint64(data[24:]), binary.LittleEndian.Uint64(data[32:])
	if nodes > maxNodes || arcs > maxArcs || letters > maxArcs || named > 1 || named == 0 && letters > 0 || halfLife < minHalfLife || halfLife > 1<<20 {
		return nil, broken("its header is none")
	}
	offsetBytes := (4*(nodes+1) + 7) / 8 * 8
	size := headerSize + offsetBytes + 8*arcs + uint64(named)*4*nodes + letters
	body := data[headerSize:]
	switch {
	case size != uint64(len(data)):
		return nil, broken("%d bytes instead of %d: it is cut, or something follows", len(data), size)
	case crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[40:]):
		return nil, broken("its sum is another: it is damaged")
	}
	g := &Graph{halfLife: int(halfLife), offsets: view32(body[:4*(nodes+1)]), arcs: view64(body[offsetBytes : offsetBytes+8*arcs])}
	if err := g.check(); err != nil {
		return nil, err
	}
	if named == 1 {
		names, err := readNames(view32(body[offsetBytes+8*arcs:][:4*nodes]), body[offsetBytes+8*arcs+4*nodes:])
		if err != nil {
			return nil, err
		}
		g.names = names
	}
	return g, nil
}

// check looks for arcs that lead nowhere.
func (g *Graph) check() error {
	nodes := g.Nodes()
	if g.offsets[0] != 0 || uint64(g.offsets[nodes]) != uint64(len(g.arcs)) {
		return broken("its arcs begin and end elsewhere")
	}
	for i := range nodes {
		from, to := g.offsets[i], g.offsets[i+1]
		if from > to || uint64(to) > uint64(len(g.arcs)) {
			return broken("the arcs of node %d end before they begin", i)
		}
		last := int64(-1)
		for _, a := range g.arcs[from:to] {
			if int64(a.to()) <= last || int64(a.to()) >= int64(nodes) || int64(a.to()) == int64(i) {
				return broken("node %d has an arc to %d, which is not in order or not there", i, a.to())
			}
			last = int64(a.to())
		}
	}
	return nil
}

func readNames(ends []uint32, letters []byte) (*Names, error) {
	n := &Names{list: make([]string, 0, len(ends)), number: make(map[string]uint32, len(ends))}
	var from uint32
	for i, to := range ends {
		if to < from || uint64(to) > uint64(len(letters)) || to-from > maxName {
			return nil, broken("the name of node %d ends before it begins, or is too long", i)
		}
		name := string(letters[from:to])
		if !utf8.ValidString(name) {
			return nil, broken("the name of node %d is not text", i)
		}
		n.list = append(n.list, name)
		if _, twice := n.number[name]; twice {
			return nil, broken("two nodes are called %q", name)
		}
		n.number[name] = uint32(i)
		from = to
	}
	if uint64(from) != uint64(len(letters)) {
		return nil, broken("letters after the last name")
	}
	return n, nil
}

// view32 and view64 see bytes as numbers where they lie, when the machine can.
func view32(b []byte) []uint32 {
	n := len(b) / 4
	if n == 0 {
		return nil
	}
	if p := unsafe.Pointer(&b[0]); littleEndian() && uintptr(p)%4 == 0 {
		return unsafe.Slice((*uint32)(p), n)
	}
	all := make([]uint32, n)
	for i := range all {
		all[i] = binary.LittleEndian.Uint32(b[4*i:])
	}
	return all
}

func view64(b []byte) []arc {
	n := len(b) / 8
	if n == 0 {
		return nil
	}
	if p := unsafe.Pointer(&b[0]); littleEndian() && uintptr(p)%8 == 0 {
		return unsafe.Slice((*arc)(p), n)
	}
	all := make([]arc, n)
	for i := range all {
		all[i] = arc(binary.LittleEndian.Uint64(b[8*i:]))
	}
	return all
}
