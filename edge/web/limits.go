package web

import (
	"net/http"
	"net/netip"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"kokko/ground/clock"
)

// limits slows down whoever sends too much: one bucket per route and network
// prefix (IPv4 /24, IPv6 /56), so that a row of neighbouring addresses is one
// sender. Addresses are kept in memory only and forgotten within the hour.
type limits struct {
	clock   clock.Clock
	buckets *otter.Cache[string, *rate.Limiter]
}

func newLimits(c clock.Clock) *limits {
	return &limits{clock: c, buckets: otter.Must(&otter.Options[string, *rate.Limiter]{
		MaximumSize:      100_000,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](time.Hour),
	})}
}

// allow tells whether one more is within perMinute; a burst of as many is fine.
func (l *limits) allow(route string, r *http.Request, perMinute int) bool {
	key := route + " " + prefix(r.RemoteAddr)
	bucket, _ := l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute), false
	})
	return bucket.AllowN(l.clock.Now(), 1)
}

func prefix(remote string) string {
	ap, err := netip.ParseAddrPort(remote)
	if err != nil {
		return remote
	}
	addr := ap.Addr().Unmap()
	bits := 56
	if addr.Is4() {
		bits = 24
	}
	p, err := addr.Prefix(bits)
	if err != nil {
		return remote
	}
	return p.String()
}
