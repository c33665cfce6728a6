// Package retention is how long what is kept about people is kept: plain rules with
// safe defaults that an office can set, and the night's work that carries them out.
// It runs by itself, a little at a time; a night that was cut short goes on where it
// stopped, and one that comes twice changes nothing.
//
// Finnish: säilytysajat. Called by edge/web (the settings, the privacy page, the
// bringer's own page) and by cmd/kokko, which binds it to the job runner.
package retention
