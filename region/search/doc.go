// Package search keeps what the region's things are found by and finds them: sparks,
// stories, projects and what else has words. What a thing is found by is written in the
// transaction that writes the thing.
//
// The engines only tell which things have a key; one function of engine/text ranks for
// both, with frequencies that are stored here.
//
// Finnish: haku. Called by journey/spark (what is dropped can be found), edge/web (the
// search page, similar sparks), cmd/kokko (kokko reindex) and bench/search.
package search
