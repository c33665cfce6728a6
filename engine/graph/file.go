package graph

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"unicode/utf8"
	"unsafe"

	"kokko/engine/graphfile"
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
	magic   = "KOKKOGRF"
	version = 1
	maxName = 1000 // bytes
)

// ErrFile is what is wrong with a file that holds no graph, or a broken one.
var ErrFile = graphfile.ErrFile

// WriteTo writes the graph as a file has it.
func (g *Graph) WriteTo(w io.Writer) (int64, error) {
	header := make([]byte, 0, graphfile.HeaderSize)
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
	check := crc32.New(graphfile.Castagnoli())
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
	header = binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, graphfile.Castagnoli()))
	return graphfile.Write(w, header, g.body)
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
	if graphfile.LittleEndian() && len(g.arcs) > 0 {
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
func (g *Graph) Save(path string) error { return graphfile.Save(path, g) }

// Open maps a graph's file into memory, or reads it where files cannot be mapped. All
// of it is looked at once, so that a broken file is told of here and leads nobody
// astray later. What is mapped is given back by Close, after which neither the graph
// nor a view of it may be asked.
func Open(path string) (*Graph, error) {
	g, mapped, err := graphfile.Open(path, Read)
	if err != nil {
		return nil, err
	}
	g.mapped = mapped
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
	return graphfile.Close(data)
}

// Read takes a graph out of the bytes of its file. The graph lies in them: they must
// not change as long as it is used.
func Read(data []byte) (*Graph, error) {
	castagnoli := graphfile.Castagnoli()
	switch {
	case len(data) < graphfile.HeaderSize || string(data[:8]) != magic:
		return nil, graphfile.Broken("it does not begin as one does")
	case crc32.Checksum(data[:44], castagnoli) != binary.LittleEndian.Uint32(data[44:]):
		return nil, graphfile.Broken("its header is damaged")
	case binary.LittleEndian.Uint32(data[8:]) != version:
		return nil, graphfile.Broken("it is of version %d; this is %d", binary.LittleEndian.Uint32(data[8:]), version)
	}
	halfLife, nodes := binary.LittleEndian.Uint32(data[12:]), uint64(binary.LittleEndian.Uint32(data[16:]))
	named, arcs, letters := binary.LittleEndian.Uint32(data[20:]), binary.LittleEndian.Uint64(data[24:]), binary.LittleEndian.Uint64(data[32:])
	if nodes > maxNodes || arcs > maxArcs || letters > maxArcs || named > 1 || named == 0 && letters > 0 || halfLife < minHalfLife || halfLife > 1<<20 {
		return nil, graphfile.Broken("its header is none")
	}
	offsetBytes := (4*(nodes+1) + 7) / 8 * 8
	size := graphfile.HeaderSize + offsetBytes + 8*arcs + uint64(named)*4*nodes + letters
	body := data[graphfile.HeaderSize:]
	switch {
	case size != uint64(len(data)):
		return nil, graphfile.Broken("%d bytes instead of %d: it is cut, or something follows", len(data), size)
	case crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(data[40:]):
		return nil, graphfile.Broken("its sum is another: it is damaged")
	}
	g := &Graph{halfLife: int(halfLife), offsets: graphfile.View[uint32](body[:4*(nodes+1)]), arcs: graphfile.View[arc](body[offsetBytes : offsetBytes+8*arcs])}
	if err := g.check(); err != nil {
		return nil, err
	}
	if named == 1 {
		names, err := readNames(graphfile.View[uint32](body[offsetBytes+8*arcs:][:4*nodes]), body[offsetBytes+8*arcs+4*nodes:])
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
		return graphfile.Broken("its arcs begin and end elsewhere")
	}
	for i := range nodes {
		from, to := g.offsets[i], g.offsets[i+1]
		if from > to || uint64(to) > uint64(len(g.arcs)) {
			return graphfile.Broken("the arcs of node %d end before they begin", i)
		}
		last := int64(-1)
		for _, a := range g.arcs[from:to] {
			if int64(a.to()) <= last || int64(a.to()) >= int64(nodes) || int64(a.to()) == int64(i) {
				return graphfile.Broken("node %d has an arc to %d, which is not in order or not there", i, a.to())
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
			return nil, graphfile.Broken("the name of node %d ends before it begins, or is too long", i)
		}
		name := string(letters[from:to])
		if !utf8.ValidString(name) {
			return nil, graphfile.Broken("the name of node %d is not text", i)
		}
		n.list = append(n.list, name)
		if _, twice := n.number[name]; twice {
			return nil, graphfile.Broken("two nodes are called %q", name)
		}
		n.number[name] = uint32(i)
		from = to
	}
	if uint64(from) != uint64(len(letters)) {
		return nil, graphfile.Broken("letters after the last name")
	}
	return n, nil
}
