// Package project is funded work as public lists tell of it: who carries it, from
// which fund, for how long and for how much. Organisations are region/actor's.
//
// Finnish: hanke. Called by journey/intake (whole lists), and edge/web (the list
// and each project's page).
package project
