// Package dossier puts together one spark's whole matter for the registry: what was
// written and when, by whom as far as the reader may know, the whole story, what
// was agreed, every letter with the server's own words, and a digest by which two
// copies are compared. It is written on a page that may be HTML or PDF, a beat and
// a letter at a time.
//
// Finnish: asiakirjavihko (kirjaamolle). Called by edge/web.
package dossier
