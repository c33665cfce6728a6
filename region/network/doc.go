// Package network is who is tied to whom and why: ties that people have stated and
// that follow from public facts, each with its source and dates; what somebody said of
// whom they would ask, which stays their private note until the other agrees; and
// networks that have a name, members and a coordinator.
//
// Between organisations derived ties are public facts. Between persons a tie exists
// only after both have said yes.
//
// Finnish: yhteys, verkosto. Called by journey/project (ties that follow from funded
// work), the rooms where people meet (Tied), edge/web (pages) and cmd/kokko (import
// and export of networks).
package network
