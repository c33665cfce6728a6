// Package passage picks, out of a long text in which some words are marked, the sentence
// or two that say most: the place with the most different marked words. It is pure, and
// knows neither languages nor where marks come from: engine/text makes them.
//
// Finnish: katkelma. Called by edge/web (what is found, and what is joined side by side,
// with their words lit up).
package passage
