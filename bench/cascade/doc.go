// Command cascade measures how well it is forecast how far ideas come, on courses of
// one's own: a table of what was told of the courses of one file by what was learned from
// those of another.
//
//	go run ./bench/cascade -train past.tsv.gz -test next.tsv.gz
//	go run ./bench/cascade -train all.tsv.gz [-last .2]
//
// A file has a course a line, packed with gzip or not: an id, when it began, its size,
// and user:delay of each who took it up, in any unit of time. Without a -test file the
// last part of the train file by time is what is forecast. Each is forecast cold, before
// anybody but its source is known, and after 5 % and 20 % of the horizon, which is the
// median of how long the courses of the train file went on: the last taking-up of half
// of them came before it.
//
// CRPS is of the natural logarithm of the size, lower the better. "in 80" is of how many
// the size was in the range that is to hold 80 of 100, ends counted; ranges of sizes can
// hold more, as sizes are whole. Nothing of a course after the look, and nothing of other
// courses of the test file, is known to who tells.
//
// Finnish: ennusteiden mittaus. Called by hand and by make bench-cascade.
package main
