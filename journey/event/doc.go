// Package event is something the office holds where people meet: where, when, for
// how many, who has signed up and who waits for a place. Whoever signs up is an
// address its owner has confirmed. Sparks told there keep the event as their origin.
//
// Finnish: tapahtuma. Called by edge/web (everybody's pages, the office's pages, the
// person's own page) and edge/notify (who got a place after waiting, what was moved
// or called off).
package event
