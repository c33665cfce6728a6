// Command subjects makes the model of what words are about that is shipped, of titles by
// the concept they are catalogued under, and of YSO's labels, in three languages:
//
//	go run ./bench/subjects -out engine/subject/subjects.bin titles_fi.tsv.gz titles_sv.tsv.gz titles_en.tsv.gz yso-fi.tsv.gz yso-sv.tsv.gz yso-en.tsv.gz
//
// On each line of titles stand a concept (p11416), a tab and a title; labels are as
// bench/concepts takes them. A file may be packed with gzip. Voikko's dictionary must
// be there.
//
// Finnish: aihemallin teko. Called by hand.
package main
