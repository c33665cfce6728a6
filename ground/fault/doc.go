// Package fault is the one error type of the house: a code, a message key a
// person reads in their own language, and a cause only the log reads.
//
// Finnish: virhe. Every floor returns it; edge/web turns it into a page.
package fault
