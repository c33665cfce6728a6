// Package subject tells what words are about: of each word in Finnish, Swedish or
// English the concepts of YSO that librarians have given to works with that word in
// their title. A text whose words are never the concept's own name, or are in another
// language, is so known to be about it.
//
//	m, err := subject.Own()
//	m.About(nil, keys, language.Swedish) // keys: those of one word, from text.Analyser.Words
//
// The model is read in place, from the program itself: it costs nothing to start, and
// takes memory only where it is looked up. Counter makes one; bench/subjects has made
// that which is shipped.
//
// Finnish: aiheet. Called by engine/knowwho, region/knowhow and bench/subjects.
package subject
