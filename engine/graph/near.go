package graph

import (
	"cmp"
	"slices"
)

// Near is a node and how near it is.
type Near struct {
	Node  uint32
	Score float64
}

// Push tells how Near spreads.
type Push struct {
	Restart float64 // the chance of going back to the start at each step; 0 for 0.15
	Least   float64 // what is not spread further, for each tie of a node; 0 for 10⁻⁶
	Dir     Dir
	Most    int // how many are given, 0 for all
}

// Near are the nodes near some others as a walk along the ties tells that starts again
// and again from those: personalised PageRank, by pushing what is left forward
// (Andersen, Chung & Lang 2006). The starts, each with its share, are among them. A
// node with no tie to go on by gives what it has back to the starts. No score is more
// than the exact one; together they are short of 1 by at most Least for each tie of
// those reached. At most 1/(Restart × Least) ties are gone along, however large the
// network is.
func (v *View) Near(starts []Near, p Push) []Near {
	if p.Restart <= 0 || p.Restart >= 1 {
		p.Restart = .15
	}
	if p.Least <= 0 {
		p.Least = 1e-6
	}
	var given float64
	for _, s := range starts {
		if s.Score > 0 && int64(s.Node) < int64(v.nodes) {
			given += s.Score
		}
	}
	if given == 0 {
		return nil
	}
	t := v.table()
	defer v.back(t)
	var score, left, bound, total []float64 // of each node met; total is of its ties, -1 until it is asked
	var waits []bool
	var queue []uint32
	give := func(node uint32, share float64) {
		i, fresh := t.add(node)
		if fresh {
			score, left, total, waits = append(score, 0), append(left, 0), append(total, -1), append(waits, false)
			bound = append(bound, p.Least*float64(max(1, len(v.list(node)))))
		}
		left[i] += share
		if !waits[i] && left[i] > bound[i] {
			waits[i] = true
			queue = append(queue, i)
		}
	}
	restart := func(share float64) {
		for _, s := range starts {
			if s.Score > 0 && int64(s.Node) < int64(v.nodes) {
				give(s.Node, share*s.Score/given)
			}
		}
	}
	restart(1)
	for at := 0; at < len(queue); at++ {
		if at == 1<<14 {
			queue = queue[:copy(queue, queue[at:])]
			at = 0
		}
		i := queue[at]
		waits[i] = false
		u, rest := t.nodes[i], left[i]
		left[i] = 0
		score[i] += p.Restart * rest
		rest *= 1 - p.Restart
		list := v.list(u)
		if total[i] < 0 {
			total[i] = 0
			for _, a := range list {
				total[i] += v.weigh(a, p.Dir)
			}
		}
		if total[i] == 0 {
			restart(rest)
			continue
		}
		rest /= total[i]
		for _, a := range list {
			if w := v.weigh(a, p.Dir); w > 0 {
				give(a.to(), rest*w)
			}
		}
	}
	nearer := func(a, b Near) int {
		if a.Score != b.Score {
			return cmp.Compare(b.Score, a.Score)
		}
		return cmp.Compare(a.Node, b.Node)
	}
	if few := 256; p.Most > 0 && p.Most <= few {
		// The nearest are kept in order; most of the others are not nearer than the last.
		found := make([]Near, 0, p.Most+1)
		for i, s := range score {
			n := Near{t.nodes[i], s}
			if s == 0 || len(found) == p.Most && nearer(n, found[p.Most-1]) > 0 {
				continue
			}
			at, _ := slices.BinarySearchFunc(found, n, nearer)
			found = slices.Insert(found, at, n)
			found = found[:min(len(found), p.Most)]
		}
		return found
	}
	found := make([]Near, 0, len(score))
	for i, s := range score {
		if s > 0 {
			found = append(found, Near{t.nodes[i], s})
		}
	}
	slices.SortFunc(found, nearer)
	if p.Most > 0 && len(found) > p.Most {
		found = found[:p.Most]
	}
	return found
}

// weigh is a tie's strength in a direction; for Both, of both together.
func (v *View) weigh(a arc, dir Dir) float64 {
	if dir == Both {
		return v.mutual(a)
	}
	if i := v.left(a.code(dir)); i >= 0 {
		return float64(v.tab.strength[i])
	}
	return 0
}
