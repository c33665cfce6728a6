// Package market shares out people where many want them at once: many tasks among many
// people, two sides who would like to meet each other, and the tables of an event.
//
// It is a library of its own: standard library only, no clock, and the same seed gives
// the same answer. Nothing here knows who anybody is; people and tasks are their places
// in the slices that are given.
//
//   - Staff covers the skills of many tasks without any one person carrying too much
//     (balanced coverage, Vombatkere & Terzi, SDM 2023).
//   - Market.Match decides who is shown to whom, and how high, so that as many pairs as
//     can be meet, or so that nobody would rather be in another's place (Nash social
//     welfare; Su, Bayoumi & Joachims, WWW 2022; Tomita & Yokoyama, RecSys 2024).
//   - Event.Seat seats 20–200 people at tables for some rounds so that nobody meets
//     twice, tables are mixed and wishes come true.
//
// Finnish: jakaminen usean kesken. Called by engine/knowwho's callers and bench/knowwho.
package market
