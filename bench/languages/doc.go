// Command languages trains the model that tells Finnish, Swedish and English apart,
// and measures it on what it was not trained on:
//
//	go run ./bench/languages -out engine/language/model.bin fi=FILE… sv=FILE… en=FILE…
//
// Each file has one text a line, in its last tab-separated field, and may be packed
// with gzip. Every tenth line, by its digest, is kept for measuring.
//
// Finnish: kielimallin opetus. Called by hand.
package main
