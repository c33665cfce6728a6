// Package pdftest reads back what ground/pdf writes, by the standard and not by
// the writer's own rules: text as it would be copied, the outline, the structure,
// and every promise of PDF/A-1a and PDF/UA-1 that a program can check.
//
// Finnish: PDF-tiedoston tarkistin. Called by the tests of ground/pdf, edge/dossier
// and edge/web.
package pdftest
