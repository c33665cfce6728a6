// Package search keeps what the region's things are found by and finds them: sparks,
// stories, projects, organisations and what else has words. What a thing is found by is
// written in the transaction that writes the thing.
//
// The engines only tell which things have a key; one function of engine/text ranks for
// both, with frequencies that are counted here a little later (Count).
//
//	Search(ctx, from, Query) (Page, error)         what answers a question, filtered, sorted, page by page
//	Similar(ctx, from, Draft) ([]Hit, error)       what is about the same thing, here or elsewhere
//	Suggest(ctx, from, region, begun, most)        how a question that is being typed may go on
//	Meant(ctx, from, region, word) (string, error) what was meant by a word that nothing has
//	Marks(body, language, Asked(question))         the words of a text that a question means
//
// A question finds also what speaks of the same thing in another language; Hit.Concepts
// tells of what.
//
// Everybody finds what everybody may see; the office (Query.All) finds all.
//
// Finnish: haku. Called by journey/spark, journey/project, journey/table, region/actor,
// region/asset and region/knowhow (what is written can be found), journey/alike (what is
// likely the same), journey/follow and edge/notify (who follows a search), edge/web (the
// search page, similar sparks), cmd/kokko (kokko reindex), bench/search and bench/similar.
package search
