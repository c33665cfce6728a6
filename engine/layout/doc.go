// Package layout puts the nodes of a network on a plane, so that those who are tied
// are near each other and groups stand apart. The same network is always laid out the
// same: whoever comes back finds everything where it was.
//
// Groups are packed on a spiral, the largest in the middle, and each group's nodes on
// a spiral of its own, those with most ties in the middle; then ties pull and
// neighbours push for some rounds. Linear in nodes and ties for each round: pushing is
// felt only by those in the same and the next cells of a grid.
//
// It is a library of its own: standard library only.
//
// Finnish: asettelu. Called by region/network.
package layout
