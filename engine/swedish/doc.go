// Package swedish knows how Swedish words bend: what two forms of one noun or adjective
// begin with alike, and whether two words that begin alike are forms of one.
//
// With a list of words, as a package of the machine may bring it, it takes compounds
// apart too (docs/finnish.md tells what that is worth):
//
//	l, err := swedish.Open(swedish.Places()[0])
//	l.Parts("landsbygdsturismen") // landsbygds, turismen: keys by Stem
//
// Finnish: ruotsin taivutus ja yhdyssanat. Called by engine/concept, engine/text and
// bench/swedish.
package swedish
