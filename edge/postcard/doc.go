// Package postcard draws the picture of a spark that other places show beside a link
// to it: 1200 × 630, in the region's colours, with the title, the state on its path
// and where it is.
//
// Finnish: kuvakortti. Called by edge/web, which decides whose picture may be drawn.
// Finished pictures are kept within a bound, and only so many are drawn at once.
package postcard
