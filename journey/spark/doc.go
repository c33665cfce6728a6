// Package spark is anything dropped in the open call, from the drop to its
// answer and its close: the rules, and the verbs of bringer and office.
//
// Finnish: kipinä; who brought it is kipinän tuoja. Called by edge/web (pages and
// forms), edge/notify (who hears of it), journey/attachment (what is kept beside a
// spark) and cmd/kokko. Every verb is one transaction that also tells the story
// (journey/story).
package spark
