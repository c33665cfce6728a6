// Package collision is an event where people are brought together on purpose: they sit
// at tables for some rounds and change places between them, so that nobody meets the
// same twice, tables are mixed, and who looks for something meets who brings it. They
// tell what they bring and look for if they want to; the office seats them, moves whom
// it wants, and locks it. Afterwards those who were there are asked whether it may be
// known whom they met: two are tied only when both say yes.
//
// Finnish: törmäytys. Called by edge/web (signing up, the office's tables and cards, the
// person's own page), edge/notify (the question afterwards) and cmd/kokko.
package collision
