// Command search measures the search on a collection of one's own, through the real
// index:
//
//	go run ./bench/search -docs docs.jsonl -queries queries.tsv -out run.txt [-db URL]
//
// docs.jsonl has one JSON object a line with id, text and, where they are known, title
// and lang (fi, sv or en; else it is told by the text); queries.tsv has id<TAB>text. An id
// is text or a number, without spaces, and comes once. run.txt is in TREC's run
// format, at most 100 results a query. The database is SQLite in a folder of its own, which is
// removed afterwards; another one is given with -db and must be empty.
//
// With -many N it tells instead how long finding takes among N sparks that are invented
// of the documents.
//
// Finnish: haun mittaus. Called by hand.
package main
