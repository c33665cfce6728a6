// Package alike tells which sparks are about the same thing as another, or as what
// somebody is writing just now, and by which words. It keeps what the office has said of
// two sparks, and looks by itself for those that may be the same matter.
//
// Finnish: samasta asiasta. Called by edge/web (below the field while somebody writes,
// after a drop, and on the office's pages) and cmd/kokko (the walk through what is new).
package alike
