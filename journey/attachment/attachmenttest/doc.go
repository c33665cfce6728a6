// Package attachmenttest makes the pictures and files that tests send: photographs
// with a place in their camera data, PDFs with their maker's name, bombs.
//
// Finnish: liitteiden koeaineisto. Called by the tests of journey/attachment and
// edge/web.
package attachmenttest
