package web

import (
	"fmt"

	"kokko/journey/forecast"
	"kokko/journey/share"
)

// How a spark has really been told onward: a tree of cells, each of many makers of links,
// and the same as a table.

// tellers is one row of the tree and of the table: all of a turn, or those of one place.
type tellers struct {
	Turn   int // from 1
	Of     string
	N      int
	Opened int
	Cell   bool // a part of its turn
	From   []forecast.Cell
	Named  []string // of a whole turn: who lets themselves be drawn
}

// tellersOf are the rows of a cascade. A turn of which nothing can be told apart is one row.
func (v *Visit) tellersOf(c forecast.Cascade) (all []tellers) {
	for i, n := range c.Told.ByDepth {
		turn := tellers{Turn: i + 1, Of: v.T("forecast.told.all"), N: n, Opened: c.Told.Opens[i]}
		if i < len(c.Turns) {
			turn.Named = c.Turns[i].Named
		}
		if all = append(all, turn); i >= len(c.Turns) || !toldApart(c.Turns[i].Cells) {
			continue
		}
		for _, x := range c.Turns[i].Cells {
			all = append(all, tellers{Turn: i + 1, Of: v.cellName(x, v.placeApart), N: x.N, Cell: true, From: x.From})
		}
	}
	return all
}

// toldApart tells that something of cells can be told apart.
func toldApart(all []forecast.Cell) bool { return len(all) > 1 || len(all) == 1 && all[0].Of != "" }

func (v *Visit) cellName(c forecast.Cell, named func(string) string) string {
	if c.Of == "" {
		return v.T("forecast.told.elsewhere")
	}
	return named(c.Of)
}

// Measures of the tree, in the picture's own units.
const (
	treeWidth = 320
	treeRow   = 36
	treeStep  = 20 // to the right with each turn
	treeDeep  = 7  // turns that are set in; later ones stand under one another
	treeName  = 18
	treeNames = 6 // of a turn; the table has all
)

// twig is a row of the tree as it is drawn.
type twig struct {
	Label  string
	X, Y   int
	Width  int
	Branch string // the line that leads to it, "" for a beginning
}

// treeOf draws the rows of a cascade: turn by turn, so that each can appear after the one
// before.
func (v *Visit) treeOf(rows []tellers) (turns [][]twig, height int) {
	most, at := 1, map[int]int{} // where the first row of a turn stands
	for _, r := range rows {
		most = max(most, r.N)
	}
	y := 14
	for _, r := range rows {
		in := treeStep * min(r.Turn-1, treeDeep)
		if r.Cell {
			in += treeStep / 2
		}
		t := twig{Label: r.Of + ": " + v.toldCount(r.N), X: 8 + in, Y: y}
		y += treeRow
		if !r.Cell {
			t.Label = v.T("forecast.told.turn", "n", r.Turn) + ": " + v.toldCount(r.N)
			at[r.Turn] = t.Y
			turns = append(turns, nil)
		}
		n := r.N
		if n < share.Few {
			n = 1
		}
		t.Width = 3 + (treeWidth-20-8-treeStep*treeDeep)*n/most
		if from, ok := at[r.Turn-1]; ok && !r.Cell {
			x := 8 + treeStep*min(r.Turn-2, treeDeep) + 3
			t.Branch = fmt.Sprintf("M%d %dV%dH%d", x, from+18, t.Y+11, t.X)
		}
		last := &turns[len(turns)-1]
		*last = append(*last, t)
		for i, name := range r.Named {
			if i == treeNames {
				name = "…"
			}
			*last = append(*last, twig{Label: name, X: t.X + treeStep/2, Y: y})
			if y += treeName; i == treeNames {
				break
			}
		}
	}
	return turns, y
}

// wentWords says what became of the telling: how long the chain is, how many links came
// of each, and how many went elsewhere, where that may be told.
func (v *Visit) wentWords(c forecast.Cascade) (all []string) {
	if c.Told.Deepest > 0 {
		all = append(all, v.N("forecast.told.deepest", c.Told.Deepest))
	}
	if n := c.Told.Secondary; n == 0 || n >= share.Few {
		all = append(all, v.T("forecast.told.each", "n", v.Say.Decimal(c.Told.PerSharer(), 1)))
	}
	for _, x := range []struct {
		key string
		forecast.Crossing
	}{{"forecast.told.places", c.Places}, {"forecast.told.sectors", c.Across}} {
		if x.Known() {
			all = append(all, v.T(x.key, "n", x.Crossed, "of", x.Pairs))
		}
	}
	return all
}

// cameFrom says after whose links those of a cell came.
func (v *Visit) cameFrom(r tellers) string {
	var all []string
	for _, x := range r.From {
		all = append(all, fmt.Sprintf("%s %d", v.cellName(x, v.placeApart), x.N))
	}
	return v.Say.List(all)
}
