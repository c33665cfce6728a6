// Package language tells which of the programme's languages a text is in.
//
// Finnish: tekstin kieli. Called by what searches, compares and shows texts, and by
// kokko words.
package language
