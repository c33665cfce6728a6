// Package text makes the keys texts are found by, in any of the programme's
// languages, and ranks texts by them: what answers a question, and what is about the
// same thing.
//
// It is pure: where the keys are kept is the caller's. The same functions rank what a
// store has found and what is held in memory.
//
// Finnish: tekstien haku ja vertailu. Called by region/search, engine/knowwho,
// engine/subject, whatever else looks for texts or compares them, and the measurements.
package text
