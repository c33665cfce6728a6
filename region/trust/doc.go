// Package trust is how far the region lets in what strangers send: the rules that
// a machine can weigh by, the standing of addresses and networks, and what came
// from where within the day.
//
// Finnish: luottamus. Called by journey/spark (what is dropped, edited, reported),
// by edge/web (forms, the hold queue, the rules' page) and cmd/kokko (the nightly
// sweep). No address is kept for it: only hashes under the region's own secret.
package trust
