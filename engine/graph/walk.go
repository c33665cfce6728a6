package graph

import "slices"

// Found is a node and in how many steps it is reached.
type Found struct {
	Node  uint32
	Steps int
}

// Within are the nodes that are reached in at most so many steps along ties of a
// direction, the nearest first and those equally near by their numbers; the one it
// starts from is not among them. Most bounds how many are given, 0 for all. Breadth
// first: linear in the ties of those found.
func (v *View) Within(start uint32, steps int, dir Dir, most int) []Found {
	if int64(start) >= int64(v.nodes) || steps <= 0 {
		return nil
	}
	seen := v.table()
	defer v.back(seen)
	seen.add(start)
	var found []Found
	ring := []uint32{start}
	for step := 1; step <= steps && len(ring) > 0; step++ {
		var next []uint32
		for _, u := range ring {
			for _, a := range v.list(u) {
				if v.left(a.code(dir)) < 0 {
					continue
				}
				if _, fresh := seen.add(a.to()); fresh {
					next = append(next, a.to())
				}
			}
		}
		slices.Sort(next)
		for _, u := range next {
			if most > 0 && len(found) == most {
				return found
			}
			found = append(found, Found{u, step})
		}
		ring = next
	}
	return found
}

// table is a fresh one; it goes back when it is no longer needed.
func (v *View) table() *table {
	if v.nodes > smaller {
		if t, ok := v.g.scratch.Get().(*table); ok && !t.own {
			return t
		}
		return newTable()
	}
	t, ok := v.g.scratch.Get().(*table)
	if !ok || !t.own {
		t = &table{own: true}
	}
	if len(t.slots) < v.nodes {
		t.slots = make([]uint32, v.nodes)
	}
	return t
}

func (v *View) back(t *table) {
	t.reset()
	v.g.scratch.Put(t)
}

// Components tells of each node which part of the network it is in: nodes have the
// same number when ties lead from one to the other, whatever their direction. The parts
// are numbered from nought, the largest first and equally large ones by their least
// node; sizes tells how large each is. Linear.
func (v *View) Components() (of []uint32, sizes []int) {
	return v.whole(make([]uint32, v.nodes)) // one group of all, split where it does not hold together
}

// bySize numbers parts anew, the largest first. The parts were numbered by their least
// nodes.
func bySize(of []uint32, sizes []int) ([]uint32, []int) {
	order := make([]uint32, len(sizes))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int { return sizes[b] - sizes[a] })
	number, sorted := make([]uint32, len(sizes)), make([]int, len(sizes))
	for i, part := range order {
		number[part], sorted[i] = uint32(i), sizes[part]
	}
	for i, part := range of {
		of[i] = number[part]
	}
	return of, sorted
}
