// Package concept knows of what a text speaks, whatever its language: lähiruoan,
// närproducerad mat and local foods are one concept. The concepts and their labels
// are those of YSO, the General Finnish Ontology, and of YSO places.
//
// Read makes a Thesaurus of a file, Own of the one in the program. In finds the
// concepts of a text with where they stand, Concepts those of words alone, Label and
// Broader tell of them:
//
//	t, err := concept.Own(lexicon)
//	t.In(nil, "Lähiruoan jakelu kylille", language.Finnish) // 11416 at 0–9, …
//	t.Concepts([]string{"local", "food"}, language.English) // 11416
//	t.Label(11416, language.Swedish)                        // närproducerad mat
//
// Company tells which words go with a concept where its name is not said: weather with
// meteorology. MakeCompany learns it of titles.
//
// Make writes such a file of labels; bench/concepts has made the one that is shipped.
//
// Finnish: asiasanat, käsitteet. Called by region/search (search and results in any
// of the three languages), cmd/kokko (kokko import concepts) and bench/concepts.
package concept
