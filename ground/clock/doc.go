// Package clock is the only place that reads the time of day, so that tests,
// imports and the fake year of a demonstration can set it.
//
// Finnish: kello. Wired in cmd/kokko, taken by every service that needs "now".
package clock
