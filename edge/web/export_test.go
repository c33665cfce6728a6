package web

import (
	"net/http"
	"net/netip"
	"strings"

	"kokko/ground/clock"
)

// Limits is the limits' door for their tests: who is one sender, and how often.
type Limits struct{ l *limits }

// NewLimits gives limits on a clock.
func NewLimits(c clock.Clock, proxies ...netip.Prefix) Limits { return Limits{newLimits(c, proxies)} }

// Sender is the network prefix a request counts for.
func (l Limits) Sender(r *http.Request) string { return l.l.sender(r) }

// Held is how many senders are remembered.
func (l Limits) Held() int {
	l.l.buckets.CleanUp()
	return l.l.buckets.EstimatedSize()
}

// Unlimited lists the addresses anybody may send to as often as they like.
func Unlimited() (all []string) {
	for _, r := range routes() {
		if r.access == anyone && strings.HasPrefix(r.pattern, "POST ") && r.limit == 0 {
			all = append(all, r.pattern)
		}
	}
	return all
}

// Allow tells whether one more is within perMinute.
func (l Limits) Allow(route string, r *http.Request, perMinute int) bool {
	return l.l.allow(route, r, perMinute)
}
