// Package alike tells which sparks are about the same thing as another, or as what
// somebody is writing just now, and by which words.
//
// Finnish: samasta asiasta. Called by edge/web (below the field while somebody writes,
// after a drop, and on the office's pages).
package alike
