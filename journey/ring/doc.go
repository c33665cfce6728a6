// Package ring is the people round a spark: who is in it and in which role, what it
// still looks for, and what somebody has taken upon themselves to do by a day.
//
// Finnish: rinki; "otan hoitaakseni" is a commitment. Called by edge/web (the spark's
// page, the person's own, the bringer's and the office's) and edge/notify (reminders).
// Who is in a ring is a confirmed address; its bringer is in it from the drop and has no
// row. Rings of sparks that are joined are read as one and each keeps its own. The ring
// of one that is split goes on round the part the office chose.
package ring
