// Package asset is what the region has to lend or share: a hall, a kitchen, a room, a
// machine, a place outdoors, skill on offer, with whose it is, on what terms it is
// lent and how one asks for it. Somebody with a confirmed address tells of one, and it
// is shown when the office has listed it; the office's own are shown at once. Whoever
// told of it changes it and takes it away at any time, and is asked once a year
// whether it still holds: what nobody answers for is shown no more.
//
// Finnish: voimavara. Called by edge/web (everybody's pages, the office's pages, the
// person's own page, what answers a need), edge/notify (the letters) and cmd/kokko
// (the yearly question, the index, the demonstration).
package asset
