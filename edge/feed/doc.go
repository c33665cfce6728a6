// Package feed writes what is new in a region for programs that follow it: one
// document in the form of Atom 1.0 (RFC 4287, paged by RFC 5005, with the
// tombstones of RFC 6721) or JSON Feed 1.1.
//
// Finnish: syöte. Called by edge/web, which knows what is in it and who may read
// it; here is only the form. Whatever people wrote comes out escaped.
package feed
