// Package introduction is how somebody meets somebody they do not know: who asks writes
// two sentences, who knows them both passes it on, and only when both have said yes do
// they get each other's contact details, in one letter.
//
// A request may go along a chain, from hand to hand (hands.go).
//
// Finnish: tutustuminen; who passes on is the yhdistäjä. Called by edge/web (asking, the
// page behind each letter's link, the office's list) and edge/notify (the letters). That
// somebody said no is told to nobody, nor that they have no time or have been asked
// enough: whatever the reason, an introduction that does not come about is seen to have
// got nowhere, on the same day as if nobody had answered.
package introduction
