package knowwho

import (
	"cmp"
	"math"
	"slices"
)

// record is what is known of one item beside its terms.
type record struct {
	id      int64
	at      int64 // seconds since 1970; never for what has no time
	weight  float32
	size    uint16
	holders []Person
}

// shared is to which power it counts less for each what several hold.
const shared = .75

// part is what an item that answers fully gives each of its holders.
func (r *record) part() float64 {
	if len(r.holders) == 1 {
		return float64(r.weight)
	}
	return float64(r.weight) / math.Pow(float64(len(r.holders)), shared)
}

// posting is that an item has a feature.
type posting struct {
	item uint32 // its place in the segment
	n    uint8
}

// segment is items with who has which feature. It never changes.
type segment struct {
	seqs    []uint32 // of the items, in order: each item that was ever put has its own
	records []record
	keys    []uint64 // of features, in order
	starts  []uint32 // of their postings, and the end of the last
	items   []uint32
	counts  []uint8
	halves  uint64 // how long the items are, together

	// common tells of each word, which are the first keys, how often two items that have
	// it have a holder in common; alike is that of any two items.
	common []float32
	alike  float64
}

// of are the items that have a feature, and how often.
func (s *segment) of(key uint64) ([]uint32, []uint8) {
	i, ok := slices.BinarySearch(s.keys, key)
	if !ok {
		return nil, nil
	}
	return s.items[s.starts[i]:s.starts[i+1]], s.counts[s.starts[i]:s.starts[i+1]]
}

// entry is an item that has not come into a segment yet, or is about to.
type entry struct {
	seq   uint32
	rec   record
	terms Terms
}

// keyed is a posting under its key.
type keyed struct {
	key uint64
	posting
}

// seal makes a segment of items, in the order of their numbers.
func seal(entries []entry) *segment {
	s := &segment{seqs: make([]uint32, len(entries)), records: make([]record, len(entries))}
	n := 0
	for _, e := range entries {
		n += len(e.terms.features)
	}
	all := make([]keyed, 0, n)
	for i, e := range entries {
		s.seqs[i], s.records[i] = e.seq, e.rec
		s.halves += uint64(e.terms.size)
		for _, f := range e.terms.features {
			all = append(all, keyed{f.key, posting{uint32(i), f.n}})
		}
	}
	slices.SortFunc(all, func(a, b keyed) int {
		if c := cmp.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.item, b.item)
	})
	s.fill(all)
	return s
}

func (s *segment) fill(all []keyed) {
	s.items, s.counts = make([]uint32, len(all)), make([]uint8, len(all))
	for i, k := range all {
		if i == 0 || all[i-1].key != k.key {
			s.keys = append(s.keys, k.key)
			s.starts = append(s.starts, uint32(i))
		}
		s.items[i], s.counts[i] = k.item, k.n
	}
	s.starts = append(s.starts, uint32(len(all)))
	s.keys, s.starts = slices.Clip(s.keys), slices.Clip(s.starts)
	s.count()
}

// count counts the holders in common.
func (s *segment) count() {
	number := map[Person]int32{}
	from, holders := make([]uint32, 0, len(s.records)+1), []int32(nil) // of each item, by numbers
	for i := range s.records {
		from = append(from, uint32(len(holders)))
		for _, p := range s.records[i].holders {
			n, ok := number[p]
			if !ok {
				n = int32(len(number))
				number[p] = n
			}
			holders = append(holders, n)
		}
	}
	from = append(from, uint32(len(holders)))
	times := make([]uint32, len(number)) // of each holder, among the items that are looked at
	for _, n := range holders {
		s.alike += 2 * float64(times[n])
		times[n]++
	}
	clear(times)
	words, _ := slices.BinarySearch(s.keys, ofPair)
	s.common = make([]float32, words)
	for k := range words {
		items := s.items[s.starts[k]:s.starts[k+1]]
		if len(items) < 2 {
			continue
		}
		same := 0.0
		for _, item := range items {
			for _, n := range holders[from[item]:from[item+1]] {
				same += 2 * float64(times[n])
				times[n]++
			}
		}
		s.common[k] = float32(same)
		for _, item := range items {
			for _, n := range holders[from[item]:from[item+1]] {
				times[n] = 0
			}
		}
	}
}

// merge makes one segment of several that follow one another, without the items that
// were taken away and the holders who have left.
func merge(all []*segment, dead bits, left map[holding]bool) *segment {
	out := &segment{}
	places := make([][]int32, len(all)) // of each item in the new one; -1 for none
	for i, s := range all {
		places[i] = make([]int32, len(s.seqs))
		for k, seq := range s.seqs {
			places[i][k] = -1
			if dead.has(seq) {
				continue
			}
			rec := s.records[k]
			if len(left) > 0 {
				rec.holders = slices.DeleteFunc(slices.Clone(rec.holders), func(p Person) bool { return left[holding{seq, p}] })
			}
			places[i][k] = int32(len(out.seqs))
			out.seqs, out.records = append(out.seqs, seq), append(out.records, rec)
			out.halves += uint64(rec.size)
		}
	}
	at := make([]int, len(all)) // the next key of each
	for {
		key, some := ^uint64(0), false
		for i, s := range all {
			if at[i] < len(s.keys) && (!some || s.keys[at[i]] < key) {
				key, some = s.keys[at[i]], true
			}
		}
		if !some {
			break
		}
		from := len(out.items)
		for i, s := range all {
			if at[i] == len(s.keys) || s.keys[at[i]] != key {
				continue
			}
			for k := s.starts[at[i]]; k < s.starts[at[i]+1]; k++ {
				if place := places[i][s.items[k]]; place >= 0 {
					out.items, out.counts = append(out.items, uint32(place)), append(out.counts, s.counts[k])
				}
			}
			at[i]++
		}
		if len(out.items) > from {
			out.keys, out.starts = append(out.keys, key), append(out.starts, uint32(from))
		}
	}
	out.starts = append(out.starts, uint32(len(out.items)))
	out.count()
	return out
}

// bits are a set of items by their numbers; it is copied to be changed.
type bits []uint64

func (b bits) has(n uint32) bool { return int(n/64) < len(b) && b[n/64]&(1<<(n%64)) != 0 }

// with is the set with more numbers.
func (b bits) with(more ...uint32) bits {
	if len(more) == 0 {
		return b
	}
	out := make(bits, max(len(b), int(slices.Max(more)/64)+1))
	copy(out, b)
	for _, n := range more {
		out[n/64] |= 1 << (n % 64)
	}
	return out
}

// holding is that somebody holds an item.
type holding struct {
	seq    uint32
	person Person
}
