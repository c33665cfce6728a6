// Package good tells what it is in a sentence or two, so that whoever opens it first knows.
//
// Finnish: hyvä. Called by the test of the rule.
package good
