// Command knowwho measures who is found for a need, who introduces whom, and how people
// are shared out, on files of one's own and on the public sets:
//
//	go run ./bench/knowwho find -evidence items.jsonl -queries q.jsonl -out run.txt
//	go run ./bench/knowwho table [-data ../shared/data/knowwho] [-set dblp,dba]
//	go run ./bench/knowwho speed [-items 150000] [-people 40000]
//	go run ./bench/knowwho intro -ties ties.tsv -pairs pairs.tsv
//	go run ./bench/knowwho team -tasks tasks.json -experts experts.json [-balance .1]
//	go run ./bench/knowwho market FILE.json …
//	go run ./bench/knowwho latency -people 40000 -ties 150000
//
// items.jsonl has one JSON object a line with person and text, and where they are known
// lang (fi, sv or en), time and weight; what several hold stands there once for each.
// Queries have id and text, and where they are known lang and time: later evidence is not
// seen. A time is a number of any unit or a date. run.txt is in TREC's run format, 100
// people a query. The table has the public sets, system by system.
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
