// Package something tells what it is in a sentence or two, but its name was changed since.
//
// Finnish: toinen nimi. Called by the test of the rule.
package othername
