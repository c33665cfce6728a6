// Package session signs the office in by a mailed link and keeps it signed in.
//
// Finnish: kirjautuminen. Called by edge/web (the sign-in pages and every office
// page) and cmd/kokko (the first link, printed on the console). Links work once,
// are kept only as hashes, and act on POST, since mail scanners follow links.
package session
