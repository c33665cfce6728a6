// Package pdf writes text as a PDF file that can be read aloud, searched, copied
// and archived: tagged, with its languages, an outline and embedded fonts, to the
// rules of PDF/A-1a and PDF/UA-1. It is written page by page, so that a document
// of any length costs the memory of its outline; the same content and time give
// the same bytes.
//
// Finnish: PDF-tiedosto, tulostettava asiakirja. Called by edge/web for what the
// office takes to its registry. It draws text from left to right in one typeface:
// what that cannot draw becomes □, and stays what it was when copied or read aloud.
package pdf
