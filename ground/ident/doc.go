// Package ident makes ids in the app (no database sequence), the short checked
// codes people read aloud on the phone, and the random secrets of links.
//
// Finnish: tunniste. Called by every package that stores something new.
package ident
