// Package office is the staff of a programme: who they are, what each role may
// do, who stands in for whom, when the office is closed, and its own settings
// and answer templates.
//
// Finnish: toimisto. Called by journey/spark (who answers, by when), by
// region/session (who may sign in), and by the office's pages in edge/web.
package office
