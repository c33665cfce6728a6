// Command knowwho measures who is found for a need, who introduces whom, and how people
// are shared out, on files of one's own and on the public sets:
//
//	go run ./bench/knowwho intro -ties ties.tsv -pairs pairs.tsv
//	go run ./bench/knowwho team -tasks tasks.json -experts experts.json [-balance .1]
//	go run ./bench/knowwho market FILE.json …
//	go run ./bench/knowwho latency -people 40000 -ties 150000
//
// ties.tsv has a tie a line, as graph.ReadList reads it: the two, and how much the tie
// weighs and when it was so. pairs.tsv has two who met, then who introduced them and,
// where it is known, when; later ties are not seen. tasks and experts are JSON lists of lists of
// skills. A market has left_to_right and right_to_left, how much each likes each, and
// v_left and v_right, how likely each place of a list is looked at. Files may be packed
// with gzip.
//
// Finnish: osaajien löytymisen mittaus. Called by hand and by make bench-knowwho.
package main
