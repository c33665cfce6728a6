package concept

import (
	"cmp"
	"slices"
	"strconv"
)

// A table leads from the digest of a key to concepts. A key is the words of a label,
// in one language, as texts are read: base forms or stems. 15 + 32 bits of the digest
// tell keys apart: of a thousand million words that are no label, some two or three are
// taken for one.
type table struct {
	starts  []uint32 // of each bucket in entries
	entries []entry
}

type entry struct {
	check uint32
	value uint32 // a concept's index, and how the key is its
}

const (
	bucketBits = 15

	indexBits = 1<<24 - 1
	more      = 1 << 24 // no concept: labels of more words begin so
	explained = 1 << 25 // the label has an explanation in brackets: kieli (anatomia)
	name      = 1 << 26 // the label begins with a capital
)

// keyed is a digest with what it leads to, as tables are made of.
type keyed struct {
	digest uint64
	value  uint32
}

func newTable(all []keyed) table {
	t := table{starts: make([]uint32, 1<<bucketBits+1)}
	ends := make([]uint32, 1<<bucketBits) // of each bucket among the placed
	for i := range all {
		all[i].digest = mixed(all[i].digest)
		ends[all[i].digest>>(64-bucketBits)]++
	}
	for b, sum := 0, uint32(0); b < len(ends); b++ {
		ends[b], sum = sum, sum+ends[b]
	}
	placed := make([]keyed, len(all))
	for _, k := range all {
		b := k.digest >> (64 - bucketBits)
		placed[ends[b]] = k
		ends[b]++
	}
	t.entries = make([]entry, 0, len(all))
	from := uint32(0)
	for b, end := range ends {
		bucket := placed[from:end]
		from = end
		slices.SortFunc(bucket, func(a, b keyed) int {
			if a.digest != b.digest {
				return cmp.Compare(a.digest, b.digest)
			}
			return cmp.Compare(a.value, b.value)
		})
		t.starts[b] = uint32(len(t.entries))
		for _, k := range slices.Compact(bucket) {
			t.entries = append(t.entries, entry{uint32(k.digest >> (32 - bucketBits)), k.value})
		}
	}
	t.starts[len(ends)] = uint32(len(t.entries))
	t.entries = slices.Clip(t.entries)
	return t
}

// at gives what a digest leads to.
func (t *table) at(digest uint64) []entry {
	if len(t.starts) == 0 {
		return nil
	}
	digest = mixed(digest)
	b, check := digest>>(64-bucketBits), uint32(digest>>(32-bucketBits))
	bucket := t.entries[t.starts[b]:t.starts[b+1]]
	for i := range bucket {
		if bucket[i].check == check {
			end := i + 1
			for end < len(bucket) && bucket[end].check == check {
				end++
			}
			return bucket[i:end]
		}
	}
	return nil
}

// partsOf stands for a language: the keys of a Finnish compound's parts.
const partsOf = 3

// start is the digest of nothing in a language (Fowler, Noll & Vo, FNV-1a).
func start(tongue int) uint64 { return (14695981039346656037 ^ uint64(tongue+1)) * 1099511628211 }

func put(h uint64, s string) uint64 {
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}

// mixed spreads a digest over all bits (the last step of Appleby's MurmurHash3).
func mixed(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func decimal(id ID) string { return strconv.FormatUint(uint64(id), 10) }
