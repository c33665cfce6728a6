// Package arriving reads one letter that somebody sent to the call's own
// address, as a mail server hands it over: who wrote, what in their own words,
// and whether a person wrote it at all.
//
// Finnish: saapuva posti. Called by edge/mailin, which makes a spark or an answer
// of the Letter. The message is foreign bytes to the last one: everything is
// bounded while it streams, and what comes out is plain text of valid UTF-8 with
// no control or direction marks in it.
//
// Quoted letters, signatures and a telephone's own line are cut; a forwarded
// letter is not, because it is what the sender wanted to show. When cutting
// would leave nothing, everything stays.
package arriving
