// Command swedish measures ways to make keys of Swedish words: as they stand, by their
// beginning, by Snowball, by engine/swedish, and with compounds taken apart by a
// dictionary of Hunspell:
//
//	go run ./bench/swedish -labels yso-sv.tsv.gz -titles titles_sv.tsv.gz -words /usr/share/hunspell/sv_FI.dic
//
// What is asked are labels of YSO, and what should be found are the titles that
// librarians have given the concept: a concept's number, a tab and a title a line.
//
// Finnish: ruotsin avainten mittaus. Called by hand.
package main
