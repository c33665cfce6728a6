// Package feedtest reads feeds as strictly as the standards are written (RFC 4287,
// RFC 5005, RFC 6721, JSON Feed 1.1) and says what is amiss.
//
// Finnish: syötteiden koe. Called by the tests of edge/feed and edge/web.
package feedtest
