// Package workday knows which days Finnish offices work: the public holidays of
// any year from 1900 to 2200, weekends, and an office's own closed weeks. A
// promise like "answered within three working days" is counted here.
//
// It is pure: no clock, no zone of its own, no database. The holidays' names are
// keys of the text catalogues in Texts.
//
// Finnish: työpäivä. Called by journey/spark (due dates), journey/measure and
// the programme's check.
package workday
