// Package language tells which of the programme's languages a text is in, and holds what is known
// of words by their language alone: their stems, and which of them say little.
//
// Finnish: tekstin kieli. Called by what searches, compares and shows texts, and by
// kokko words.
package language
