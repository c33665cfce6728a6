// Package likeness tells which words short texts share, so that a person can judge
// whether they say the same.
//
// It is pure and knows no language: what counts as the same word is the caller's
// key: how it begins, or its basic form where a language's morphology is at hand.
//
// Finnish: samankaltaisuus. Called by edge/web (the office's merging).
package likeness
