package main

import (
	"bufio"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/spread"
)

// nation is how a network is invented.
type nation struct {
	nodes, arcs, groups int
	inside              float64 // of arcs, within a group
	exponent            float64 // of the weights' power law
	cap                 float64 // how many times the least a weight is at most
	seed                uint64
	symmetric           bool // arcs/2 ties, each both ways
}

func generate(args []string, out io.Writer) error {
	f := flag.NewFlagSet("generate", flag.ContinueOnError)
	var o nation
	f.IntVar(&o.nodes, "n", 1_000_000, "how many nodes")
	f.IntVar(&o.arcs, "m", 10_000_000, "how many arcs")
	f.IntVar(&o.groups, "groups", 309, "how many groups, of Zipf's sizes")
	f.Float64Var(&o.inside, "in", .7, "what share of arcs stays in a group")
	f.Float64Var(&o.exponent, "exp", 2.5, "the exponent of the weights' power law")
	f.Float64Var(&o.cap, "cap", 60, "how many times the least a weight is at most")
	f.Uint64Var(&o.seed, "seed", 1, "of what is drawn")
	f.BoolVar(&o.symmetric, "sym", false, "each tie both ways")
	path := f.String("out", "", "a file, packed when its name ends in .gz; else it is printed")
	if err := f.Parse(args); err != nil {
		return err
	}
	if o.nodes < 2 || o.arcs < 0 || o.groups < 1 || o.groups > o.nodes || !(o.inside >= 0 && o.inside <= 1) || !(o.exponent > 1) || !(o.cap >= 1) {
		return errors.New("a network has 2 nodes, 1 group, a share -in of 0–1, -exp above 1 and -cap of 1 at least")
	}
	write := func(w io.Writer) error {
		to := bufio.NewWriterSize(w, 1<<20)
		list := o.draw()
		fmt.Fprintf(to, "%d %d\n", o.nodes, len(list))
		var line []byte
		for _, a := range list {
			line = strconv.AppendUint(line[:0], a>>32, 10)
			line = append(line, '\t')
			line = strconv.AppendUint(line, a&math.MaxUint32, 10)
			to.Write(append(line, '\n'))
		}
		return to.Flush()
	}
	if *path == "" {
		return write(out)
	}
	file, err := os.Create(*path)
	if err != nil {
		return err
	}
	if strings.HasSuffix(*path, ".gz") {
		packed := gzip.NewWriter(file)
		return errors.Join(write(packed), packed.Close(), file.Close())
	}
	return errors.Join(write(file), file.Close())
}

// draw draws the arcs, whence in the upper half. Nodes of a group stand together.
func (o nation) draw() []uint64 {
	r := rand.New(rand.NewPCG(o.seed, 0x5eed))
	bounds := o.bounds()
	group := make([]uint16, o.nodes)
	for k := range o.groups {
		for u := bounds[k]; u < bounds[k+1]; u++ {
			group[u] = uint16(k)
		}
	}
	out, in := o.weights(r), o.weights(r)
	want := o.arcs
	if o.symmetric {
		want /= 2
	}
	all := make([]uint64, 0, o.arcs)
	for len(all) < o.arcs {
		u := out.draw(r, 0, o.nodes)
		from, to := 0, o.nodes
		if r.Float64() < o.inside {
			from, to = bounds[group[u]], bounds[group[u]+1]
		}
		v := in.draw(r, from, to)
		if u == v {
			if to-from == 1 {
				continue // somebody alone in a group: their arc goes elsewhere next time
			}
			v = from + (v-from+1)%(to-from)
		}
		all = append(all, uint64(u)<<32|uint64(v))
		if o.symmetric {
			all = append(all, uint64(v)<<32|uint64(u))
		}
		if want--; want <= 0 {
			break
		}
	}
	return all
}

// bounds are where groups begin: their sizes go as one by their rank.
func (o nation) bounds() []int {
	sum := 0.
	for k := range o.groups {
		sum += 1 / float64(k+1)
	}
	bounds := make([]int, o.groups+1)
	so := 0.
	for k := range o.groups {
		so += 1 / float64(k+1)
		bounds[k+1] = max(bounds[k]+1, int(so/sum*float64(o.nodes-o.groups))+k+1)
	}
	bounds[o.groups] = o.nodes
	return bounds
}

// weighted draws a node by weight, anywhere or in a range: sums of weights, and whereabouts to look.
type weighted struct {
	sums  []float64
	guide []uint32
	scale float64
}

func (o nation) weights(r *rand.Rand) weighted {
	w := weighted{sums: make([]float64, o.nodes+1), guide: make([]uint32, o.nodes+1)}
	for i := range o.nodes {
		w.sums[i+1] = w.sums[i] + min(math.Pow(1-r.Float64(), -1/(o.exponent-1)), o.cap)
	}
	w.scale = float64(o.nodes) / w.sums[o.nodes]
	at := 0
	for i := range w.guide {
		for at < o.nodes-1 && w.sums[at+1]*w.scale <= float64(i) {
			at++
		}
		w.guide[i] = uint32(at)
	}
	return w
}

func (w weighted) draw(r *rand.Rand, from, to int) int {
	x := w.sums[from] + r.Float64()*(w.sums[to]-w.sums[from])
	i := int(w.guide[min(int(x*w.scale), len(w.guide)-1)])
	for i < to-1 && w.sums[i+1] <= x {
		i++
	}
	for i > from && w.sums[i] > x {
		i--
	}
	return max(i, from)
}

// arcsOf are drawn arcs as a graph is built of them.
func arcsOf(list []uint64) iter.Seq[spread.Arc] {
	return func(yield func(spread.Arc) bool) {
		for a := range slices.Values(list) {
			if !yield(spread.Arc{From: uint32(a >> 32), To: uint32(a), P: 1}) {
				return
			}
		}
	}
}
