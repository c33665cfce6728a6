// Package likeness tells how alike short texts are by the words they share, and
// which words those are, so that a person can judge the reason.
//
// It is pure and knows no language: what counts as the same word is the caller's
// key: how it begins, or its basic form where a language's morphology is at hand.
//
// Finnish: samankaltaisuus. Called by edge/web (the office's merging).
package likeness
