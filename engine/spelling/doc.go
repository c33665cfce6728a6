// Package spelling finds what was meant by a word that nothing knows: ennakointia for
// ennakkointia. In Finnish the dictionary's own forms are walked with room for slips;
// in Swedish and English, and of names, it knows the words it was given and those that
// the region's own texts use.
//
//	s := spelling.New(lexicon, words...)
//	s.Hint("ennakkointia", freq) // ennakointia, true
//
// Finnish: oikeinkirjoitusvihje. Called by region/search (did you mean).
package spelling
