// Package table is a partnership table: 5–20 people and organisations round one theme,
// for a number of meetings named when it begins. Notes are written once for each
// meeting, with who was there and who does what next by which day; the stories of its
// sparks tell that it was talked of there. It ends with what came of it, or is renewed
// with a reason.
//
// Finnish: kumppanuuspöytä. Called by edge/web (everybody's pages, the office's, the
// person's own and the search's), edge/notify (reminders) and cmd/kokko (the index, the
// demonstration). Who sits at one is a confirmed address or somebody the office put
// down. Two persons are tied by it only when both allow it.
package table
