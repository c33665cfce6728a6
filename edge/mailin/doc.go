// Package mailin is the mail door of the call: one letter that a mail server hands
// over becomes a spark, or its bringer's answer on one, or nothing.
//
// Finnish: postiluukku. Called by the command `kokko mail-in` in cmd/kokko, beside a
// serving Kokko or alone. What it writes waits in the store as jobs; the letters
// that follow (edge/notify) leave when a serving Kokko carries them.
//
// A letter proves nothing of its sender. So nothing of it is published before its
// bringer says so on their own page, an officer's answer by mail is never the
// office's answer, and a bringer's is taken only when it answers a letter of ours
// that went to the same address.
package mailin
