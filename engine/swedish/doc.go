// Package swedish knows how Swedish words bend: what two forms of one noun or adjective
// begin with alike, and whether two words that begin alike are forms of one.
//
// Finnish: ruotsin taivutus. Called by engine/concept.
package swedish
