// Package kokko holds the rules of the house and nothing that runs: its tests read
// the whole repository and fail when a floor imports upward, a package has no
// account of itself, or code reaches for a clock, a global or the network outside
// the one place for it. docs/architecture.md tells why the rules are what they are.
//
// Finnish: kokko (a midsummer bonfire; many bring wood to it). Called by `go test`
// and `make check` only.
package kokko
