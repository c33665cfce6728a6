//go:build dictionary

package main

import _ "embed"

// voikko is mor.vfst of Debian's voikko-fi, which make release puts there. It is
// GPL-2.0-or-later: what binds whoever hands the program on is in docs/finnish.md.
//
//go:embed dictionary/mor.vfst
var voikko []byte

// embedded is the dictionary inside the program.
func embedded() []byte { return voikko }
