// Package asking is whom people would ask about something: organisations, to which it
// ties them at once, and persons, who are the asker's own note until they have agreed
// to be named; and the waves in which an office asks it of a network or of followers.
//
// Who is named without being asked hears of nothing and is nobody here: a name in
// somebody's note is no actor. One letter may ask them, once; the answer is theirs.
//
// Finnish: keneltä kysyisit, kysely. Called by edge/web (the form, the letter's page,
// the own page, the office's waves), edge/notify (the letters) and cmd/kokko (the
// nightly walk).
package asking
