package web

import (
	"net/http"
	"net/netip"

	"kokko/ground/clock"
)

// Limits is the limits' door for their tests: who is one sender, and how often.
type Limits struct{ l *limits }

// NewLimits gives limits on a clock.
func NewLimits(c clock.Clock, proxies ...netip.Prefix) Limits { return Limits{newLimits(c, proxies)} }

// Sender is the network prefix a request counts for.
func (l Limits) Sender(r *http.Request) string { return l.l.sender(r) }

// Allow tells whether one more is within perMinute.
func (l Limits) Allow(route string, r *http.Request, perMinute int) bool {
	return l.l.allow(route, r, perMinute)
}
