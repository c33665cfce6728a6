package graph

// table numbers the nodes a search has met in the order of meeting. In a large network
// its room grows with how many those are and not with the network: open addressing over
// 32-bit slots. In a smaller one each node has its own slot.
type table struct {
	slots []uint32 // number+1, 0 for none; a power of two of them, or one a node
	nodes []uint32 // by their numbers
	shift uint
	own   bool
}

// smaller is up to how many nodes each has its own slot: a table is 4 MB then.
const smaller = 1 << 20

func newTable() *table { return &table{slots: make([]uint32, 1<<10), shift: 32 - 10} }

// hash spreads a node's number (Knuth's multiplication).
func (t *table) hash(node uint32) uint32 { return node * 2654435769 >> t.shift }

// add is a node's number, and whether it is new.
func (t *table) add(node uint32) (number uint32, fresh bool) {
	if t.own {
		if s := t.slots[node]; s != 0 {
			return s - 1, false
		}
		t.nodes = append(t.nodes, node)
		t.slots[node] = uint32(len(t.nodes))
		return uint32(len(t.nodes) - 1), true
	}
	mask := uint32(len(t.slots) - 1)
	for i := t.hash(node); ; i = (i + 1) & mask {
		switch s := t.slots[i]; {
		case s == 0:
			t.nodes = append(t.nodes, node)
			number = uint32(len(t.nodes) - 1)
			t.slots[i] = number + 1
			if 2*len(t.nodes) > len(t.slots) {
				t.widen()
			}
			return number, true
		case t.nodes[s-1] == node:
			return s - 1, false
		}
	}
}

// find is a node's number, if it has been met.
func (t *table) find(node uint32) (number uint32, ok bool) {
	if t.own {
		if int64(node) >= int64(len(t.slots)) {
			return 0, false
		}
		s := t.slots[node]
		return s - 1, s != 0
	}
	mask := uint32(len(t.slots) - 1)
	for i := t.hash(node); ; i = (i + 1) & mask {
		switch s := t.slots[i]; {
		case s == 0:
			return 0, false
		case t.nodes[s-1] == node:
			return s - 1, true
		}
	}
}

func (t *table) widen() {
	t.slots = make([]uint32, 2*len(t.slots))
	t.shift--
	mask := uint32(len(t.slots) - 1)
	for number, node := range t.nodes {
		i := t.hash(node)
		for t.slots[i] != 0 {
			i = (i + 1) & mask
		}
		t.slots[i] = uint32(number) + 1
	}
}

// reset forgets all nodes, in time linear in how many there were.
func (t *table) reset() {
	if t.own {
		for _, node := range t.nodes {
			t.slots[node] = 0
		}
	} else if len(t.nodes)*8 > len(t.slots) {
		clear(t.slots)
	} else {
		// Every slot that is taken lies between a node's place and the next free one.
		mask := uint32(len(t.slots) - 1)
		for _, node := range t.nodes {
			for i := t.hash(node); t.slots[i] != 0; i = (i + 1) & mask {
				t.slots[i] = 0
			}
		}
	}
	t.nodes = t.nodes[:0]
}
