// Package follow is who hears of what: a person with a confirmed address follows a
// spark, a theme, a place and what is near it, an open question, a search of their own,
// or everything in a region; at once, daily or weekly; and as loud as they like. What each volume lets
// through is one table, which the pages show.
//
// Finnish: seuranta. Called by edge/web (the buttons, the own page, stopping) and by
// edge/notify, which reads the followers of a beat in batches and writes to them. Of
// several follows that reach the same thing the narrowest one decides, so that nothing
// is told twice, and who has muted a spark hears nothing of it.
package follow
