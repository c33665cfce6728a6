// Package nodoc has a comment, but not where people look for it.
//
// Finnish: ei selostetta.
package nodoc
