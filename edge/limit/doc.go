// Package limit slows down whoever sends too much: one bucket per route and network
// prefix (IPv4 /24, IPv6 /56), so that a row of neighbouring addresses is one
// sender. Addresses are kept in memory only and forgotten within the hour.
//
// Finnish: raja. Called by edge/web, before anything that a request sends is read.
package limit
