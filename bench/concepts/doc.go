// Command concepts makes the file of concepts that is shipped, of YSO's labels in
// three languages:
//
//	go run ./bench/concepts -out engine/concept/concepts.gz yso-fi.tsv.gz yso-sv.tsv.gz yso-en.tsv.gz
//
// On each line stand an address in < and >, a tab and a label; a file may be packed
// with gzip. Voikko's dictionary must be there.
//
// Finnish: asiasanaston teko. Called by hand.
package main
