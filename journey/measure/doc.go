// Package measure counts how the programme fares from what has happened: whether sparks
// are answered and connected, whether ties cross sectors and places, who stands between
// others. Each measure has one definition, the same in every region, and a figure comes
// with how many it was counted from and how far chance reaches.
//
// Finnish: mittari. Called by cmd/kokko (every day, the demonstration) and edge/web (the
// page for everybody and the office's pages). It reads what others wrote and changes none
// of it; no figure is about a person, and what was counted from fewer than Few is not
// told. What the office judged of a month's sample is its own.
package measure
