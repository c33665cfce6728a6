// Package story is what happened to a spark, told as append-only beats. It is
// the single source of the spark's page and, later, of notifications, feeds,
// measures and federation.
//
// Finnish: tarina, one beat = käänne. Written by journey/spark in its own
// transactions, read by edge/web and edge/notify. A beat is never changed: a
// correction is a new beat that names the one it corrects. What people said
// stands apart from what happened, so that it can be erased and the story stays.
package story
