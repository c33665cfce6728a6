// Package short is short.
//
// Finnish: lyhyt.
package short
