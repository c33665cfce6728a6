package knowwho

import (
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Index holds the evidence of many people and finds by it. Whoever asks reads what was
// there when they began, without waiting; who writes waits for who writes.
//
// What was put lately is looked through item by item; when there is much of it, it
// becomes a segment, where each feature leads to the items that have it. How rare a
// feature is, is counted of segments alone, so that one more item changes nothing of
// the others' scores. Tidy makes one segment of all.
type Index struct {
	mu    sync.Mutex // of who writes
	where map[int64]uint32
	next  uint32
	now   atomic.Pointer[snapshot]
}

// snapshot is an index at a moment. It never changes.
type snapshot struct {
	segments []*segment // in the order of their items
	fresh    []entry    // after them
	dead     bits
	gone     int              // how many of the items are dead
	left     map[holding]bool // who holds an item no more
	active   atomic.Pointer[activity]
}

// NewIndex gives an index of what there is.
func NewIndex(all ...Evidence) *Index {
	x := &Index{where: map[int64]uint32{}}
	x.now.Store(&snapshot{})
	x.Fill(all)
	return x
}

// never is the time of what has none.
const never = math.MinInt64

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return never
	}
	return t.Unix()
}

// mostHolders bounds who may hold one item together.
const mostHolders = 100

func newEntry(seq uint32, e Evidence) entry {
	if e.Weight == 0 {
		e.Weight = 1
	}
	holders := slices.Clone(e.Holders)
	slices.Sort(holders)
	holders = slices.Compact(holders)
	holders = slices.Clip(holders[:min(len(holders), mostHolders)])
	return entry{seq, record{e.ID, seconds(e.At), float32(e.Weight), e.Terms.size, holders}, e.Terms}
}

// useful tells that an item can be found and is somebody's.
func useful(e Evidence) bool {
	return len(e.Holders) > 0 && !e.Terms.Empty() && e.Weight >= 0
}

// Fill puts many items at once, as one segment: an index is begun so.
func (x *Index) Fill(all []Evidence) {
	if len(all) == 0 {
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	entries, dead := make([]entry, 0, len(all)), []uint32(nil)
	for _, e := range all {
		if seq, ok := x.where[e.ID]; ok {
			dead = append(dead, seq)
			delete(x.where, e.ID)
		}
		if !useful(e) {
			continue
		}
		entries = append(entries, newEntry(x.next, e))
		x.where[e.ID] = x.next
		x.next++
	}
	now := was.without(dead)
	if len(now.fresh) > 0 {
		now.segments, now.fresh = append(now.segments, seal(now.fresh)), nil
	}
	now.segments = append(now.segments, seal(entries))
	x.now.Store(now)
}

// without is a copy of a snapshot to be changed, without some items.
func (s *snapshot) without(dead []uint32) *snapshot {
	return &snapshot{segments: slices.Clone(s.segments), fresh: s.fresh, dead: s.dead.with(dead...), gone: s.gone + len(dead), left: s.left}
}

// When what is fresh becomes a segment: at so many items, and earlier while there are
// few.
const (
	mostFresh  = 512
	leastFresh = 8
)

// Put adds an item, or puts it in the place of the one with its ID. An item without
// holders or terms is taken away.
func (x *Index) Put(e Evidence) {
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	var dead []uint32
	if seq, ok := x.where[e.ID]; ok {
		dead = append(dead, seq)
		delete(x.where, e.ID)
	}
	now := was.without(dead)
	if useful(e) {
		// Whoever reads an older snapshot does not look beyond its end.
		now.fresh = append(now.fresh, newEntry(x.next, e))
		x.where[e.ID] = x.next
		x.next++
	}
	if len(now.fresh) >= mostFresh || len(now.fresh) >= max(leastFresh, now.sealed()/4) {
		now.segments, now.fresh = append(now.segments, seal(now.fresh)), nil
		now.fold()
	}
	x.now.Store(now)
}

// sealed is how many items are in segments.
func (s *snapshot) sealed() (n int) {
	for _, g := range s.segments {
		n += len(g.seqs)
	}
	return n
}

// mostFolded bounds the segments that Put merges: larger ones wait for Tidy.
const mostFolded = 4096

// fold merges the last segments while they are small and alike in size.
func (s *snapshot) fold() {
	for len(s.segments) > 1 {
		last, before := s.segments[len(s.segments)-1], s.segments[len(s.segments)-2]
		if len(before.seqs) > 2*len(last.seqs) || len(before.seqs)+len(last.seqs) > mostFolded {
			return
		}
		s.segments = append(s.segments[:len(s.segments)-2], merge([]*segment{before, last}, nil, nil))
	}
}

// Remove takes items away, for everybody who asks from now on.
func (x *Index) Remove(ids ...int64) {
	x.mu.Lock()
	defer x.mu.Unlock()
	var dead []uint32
	for _, id := range ids {
		if seq, ok := x.where[id]; ok {
			dead = append(dead, seq)
			delete(x.where, id)
		}
	}
	if len(dead) > 0 {
		x.now.Store(x.now.Load().without(dead))
	}
}

// Forget takes a person away: the items that are theirs alone, and their part in those
// that others hold too. It is true for everybody who asks from now on; Tidy clears the
// memory as well.
func (x *Index) Forget(p Person) {
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	var dead []uint32
	left := maps.Clone(was.left)
	was.each(func(seq uint32, r *record) {
		if was.dead.has(seq) || !slices.Contains(r.holders, p) || was.left[holding{seq, p}] {
			return
		}
		others := 0
		for _, h := range r.holders {
			if h != p && !was.left[holding{seq, h}] {
				others++
			}
		}
		if others == 0 {
			dead = append(dead, seq)
			delete(x.where, r.id)
			return
		}
		if left == nil {
			left = map[holding]bool{}
		}
		left[holding{seq, p}] = true
	})
	now := was.without(dead)
	now.left = left
	x.now.Store(now)
}

// each calls do with every item that was ever put and is in memory.
func (s *snapshot) each(do func(seq uint32, r *record)) {
	for _, g := range s.segments {
		for i := range g.seqs {
			do(g.seqs[i], &g.records[i])
		}
	}
	for i := range s.fresh {
		do(s.fresh[i].seq, &s.fresh[i].rec)
	}
}

// Tidy makes one segment of all, clears what was taken away from memory, and counts
// anew how rare each feature is. It costs about a microsecond for each feature of an
// item; who asks does not wait.
func (x *Index) Tidy() {
	x.mu.Lock()
	defer x.mu.Unlock()
	was := x.now.Load()
	if len(was.segments) <= 1 && len(was.fresh) == 0 && was.gone == 0 && len(was.left) == 0 {
		return
	}
	all := slices.Clone(was.segments)
	if len(was.fresh) > 0 {
		all = append(all, seal(was.fresh))
	}
	x.now.Store(&snapshot{segments: []*segment{merge(all, was.dead, was.left)}})
}

// Len is how many items there are.
func (x *Index) Len() int {
	s := x.now.Load()
	return s.sealed() + len(s.fresh) - s.gone
}
