// Command concepts makes the files of concepts that are shipped, of YSO's labels in
// three languages:
//
//	go run ./bench/concepts -out engine/concept/concepts.gz yso-fi.tsv.gz yso-sv.tsv.gz yso-en.tsv.gz
//
// On each line stand an address in < and >, a tab and a label; a file may be packed
// with gzip. Voikko's dictionary must be there.
//
// With -titles it learns which words keep concepts company, of titles of works and the
// concepts they were given (on each line p11416, a tab and a title; packed):
//
//	go run ./bench/concepts -titles -out engine/concept/company.gz fi.tsv.gz sv.tsv.gz en.tsv.gz
//
// Finnish: asiasanaston teko. Called by hand.
package main
