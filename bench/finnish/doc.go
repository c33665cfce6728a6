// Command finnish sets ways to bring the forms of Finnish words together side by side,
// in one run: as they stand, by their beginning, by Snowball, by Voikko through its C
// library, and by Kokko. How well, on lists of forms and of look-alikes, and how fast,
// on running text:
//
//	go run ./bench/finnish -gold finnish_gold.tsv -alike finnish_overstemming.tsv -text FILE…
//
// The C library takes part when libvoikko.so.1 and a C compiler are there. Speed is in
// words per second of the processor's time, which other work on the machine changes
// little.
//
// Finnish: suomen sanojen mittaus. Called by hand; docs/finnish.md holds the table.
package main
