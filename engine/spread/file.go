package spread

import (
	"bufio"
	"encoding/binary"
	"hash/crc32"
	"io"
	"math"
	"unsafe"

	"kokko/engine/graphfile"
)

// A graph's file, all numbers little-endian:
//
//	 0  "KOKKOSPR"
//	 8  version, 32 bits: 1
//	12  nodes, 32 bits
//	16  arcs, 64 bits
//	24  1 when arcs have codes, 2 when they have delays, 3 with both; 32 bits
//	28  CRC-32C of all that follows the header, 32 bits
//	32  nought, 32 bits
//	36  CRC-32C of the 36 bytes above, 32 bits
//	40  nought, 64 bits
//	48  the nodes: 16 bytes each, where its arcs begin and how many they are, 32 bits each,
//	    1/−ln(1−p) of the bound its draws skip by as a float of 32 bits, the code of its
//	    likeliest arc and 1 when its arcs differ, 16 bits each
//	    whence each arc comes: 32 bits
//	    with codes: 16 bits an arc
//	    with delays: 8 bits an arc
const (
	magic   = "KOKKOSPR"
	version = 1
)

// ErrFile is what is wrong with a file that holds no graph, or a broken one.
var ErrFile = graphfile.ErrFile

// WriteTo writes the graph as a file has it.
func (g *Graph) WriteTo(w io.Writer) (int64, error) {
	check := crc32.New(graphfile.Castagnoli())
	if err := g.body(check); err != nil {
		return 0, err
	}
	kinds := uint32(0)
	if g.codes != nil {
		kinds |= 1
	}
	if g.delays != nil {
		kinds |= 2
	}
	header := append(make([]byte, 0, graphfile.HeaderSize), magic...)
	header = binary.LittleEndian.AppendUint32(header, version)
	header = binary.LittleEndian.AppendUint32(header, uint32(len(g.nodes)))
	header = binary.LittleEndian.AppendUint64(header, uint64(len(g.from)))
	header = binary.LittleEndian.AppendUint32(header, kinds)
	header = binary.LittleEndian.AppendUint32(header, check.Sum32())
	header = binary.LittleEndian.AppendUint32(header, 0)
	header = binary.LittleEndian.AppendUint32(header, crc32.Checksum(header, graphfile.Castagnoli()))
	header = binary.LittleEndian.AppendUint64(header, 0)
	return graphfile.Write(w, header, g.body)
}

// body writes what comes after the header.
func (g *Graph) body(w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if graphfile.LittleEndian() {
		out.Write(raw(g.nodes))
		out.Write(raw(g.from))
		out.Write(raw(g.codes))
	} else {
		var room [16]byte
		for _, r := range g.nodes {
			out.Write(r.append(room[:0]))
		}
		for _, u := range g.from {
			out.Write(binary.LittleEndian.AppendUint32(room[:0], u))
		}
		for _, c := range g.codes {
			out.Write(binary.LittleEndian.AppendUint16(room[:0], c))
		}
	}
	out.Write(g.delays)
	return out.Flush() // keeps the first error
}

func (r node) append(b []byte) []byte {
	b = binary.LittleEndian.AppendUint32(b, r.first)
	b = binary.LittleEndian.AppendUint32(b, r.count)
	b = binary.LittleEndian.AppendUint32(b, math.Float32bits(r.inverse))
	b = binary.LittleEndian.AppendUint16(b, r.code)
	return binary.LittleEndian.AppendUint16(b, r.mixed)
}

// raw sees numbers as the bytes they lie in.
func raw[T node | uint16 | uint32](all []T) []byte {
	if len(all) == 0 {
		return nil
	}
	return unsafe.Slice((*byte)(unsafe.Pointer(&all[0])), len(all)*int(unsafe.Sizeof(all[0])))
}

// Save writes the graph into a file, which is whole or not there: it is written beside,
// brought to the disk and moved into place.
func (g *Graph) Save(path string) error { return graphfile.Save(path, g) }

// Open maps a graph's file into memory, or reads it where files cannot be mapped. All
// of it is looked at once, so that a broken file is told of here and leads nobody
// astray later. What is mapped is given back by Close, after which the graph may not be
// asked any more.
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
	g.nodes, g.from, g.codes, g.delays = nil, nil, nil, nil
	return graphfile.Close(data)
}

// Read takes a graph out of the bytes of its file. The graph lies in them: they must
// not change as long as it is used.
func Read(data []byte) (*Graph, error) {
	switch {
	case len(data) < graphfile.HeaderSize || string(data[:8]) != magic:
		return nil, graphfile.Broken("it does not begin as one")
	case crc32.Checksum(data[:36], graphfile.Castagnoli()) != binary.LittleEndian.Uint32(data[36:]):
		return nil, graphfile.Broken("its header is damaged")
	case binary.LittleEndian.Uint32(data[8:]) != version:
		return nil, graphfile.Broken("it is of version %d; this program knows version %d", binary.LittleEndian.Uint32(data[8:]), version)
	}
	nodes, arcs, kinds := uint64(binary.LittleEndian.Uint32(data[12:])), binary.LittleEndian.Uint64(data[16:]), binary.LittleEndian.Uint32(data[24:])
	if nodes > maxNodes || arcs > maxArcs || kinds > 3 || binary.LittleEndian.Uint32(data[32:]) != 0 || binary.LittleEndian.Uint64(data[40:]) != 0 {
		return nil, graphfile.Broken("its header is none")
	}
	each := uint64(4)
	if kinds&1 != 0 {
		each += 2
	}
	if kinds&2 != 0 {
		each++
	}
	body := data[graphfile.HeaderSize:]
	switch size := graphfile.HeaderSize + 16*nodes + each*arcs; {
	case size != uint64(len(data)):
		return nil, graphfile.Broken("%d bytes instead of %d: it is cut, or something follows", len(data), size)
	case crc32.Checksum(body, graphfile.Castagnoli()) != binary.LittleEndian.Uint32(data[28:]):
		return nil, graphfile.Broken("its sum is another: it is damaged")
	}
	g := &Graph{nodes: viewNodes(body[:16*nodes])}
	body = body[16*nodes:]
	g.from = graphfile.View[uint32](body[:4*arcs])
	body = body[4*arcs:]
	if kinds&1 != 0 {
		if g.codes = graphfile.View[uint16](body[:2*arcs]); g.codes == nil {
			g.codes = []uint16{} // of no arcs, and not the same as none
		}
		body = body[2*arcs:]
	}
	if kinds&2 != 0 {
		g.delays = body
	}
	return g, g.check()
}

// check looks for arcs that lead nowhere, and nodes that are not as Build makes them.
func (g *Graph) check() error {
	skips := newSkips()
	var at uint64
	for v, r := range g.nodes {
		if uint64(r.first) != at || at+uint64(r.count) > uint64(len(g.from)) || r.mixed > 1 || r.mixed == 1 && g.codes == nil {
			return graphfile.Broken("the arcs of node %d begin or end elsewhere", v)
		}
		at += uint64(r.count)
		want := float32(0)
		if r.count > 0 {
			want = float32(inverse(chance(r.code)))
			if r.mixed == 1 {
				want = float32(skips.bounds[class(r.code)].inverse)
			}
		}
		if math.Float32bits(want) != math.Float32bits(r.inverse) {
			return graphfile.Broken("node %d skips by %v instead of %v", v, r.inverse, want)
		}
		last := r.code
		for i := r.first; i < r.first+r.count; i++ {
			if int64(g.from[i]) >= int64(len(g.nodes)) || g.from[i] == uint32(v) {
				return graphfile.Broken("an arc from %d to %d, of %d nodes", g.from[i], v, len(g.nodes))
			}
			if g.codes == nil {
				continue
			}
			c := g.codes[i]
			if c > last || i == r.first && c != r.code || r.mixed == 0 && c != r.code {
				return graphfile.Broken("the arcs of node %d are not in order", v)
			}
			last = c
		}
	}
	if at != uint64(len(g.from)) {
		return graphfile.Broken("arcs that come to nobody")
	}
	return nil
}

// viewNodes sees bytes as nodes where they lie, when the machine can.
func viewNodes(b []byte) []node {
	n := len(b) / 16
	if n == 0 {
		return nil
	}
	if p := unsafe.Pointer(&b[0]); graphfile.LittleEndian() && uintptr(p)%4 == 0 {
		return unsafe.Slice((*node)(p), n)
	}
	all := make([]node, n)
	for i := range all {
		r := b[16*i:]
		all[i] = node{first: binary.LittleEndian.Uint32(r), count: binary.LittleEndian.Uint32(r[4:]),
			inverse: math.Float32frombits(binary.LittleEndian.Uint32(r[8:])), code: binary.LittleEndian.Uint16(r[12:]), mixed: binary.LittleEndian.Uint16(r[14:])}
	}
	return all
}
