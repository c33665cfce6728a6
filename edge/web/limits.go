package web

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"
	"golang.org/x/time/rate"

	"kokko/ground/clock"
	"kokko/region/trust"
)

// limits slows down whoever sends too much: one bucket per route and network
// prefix (IPv4 /24, IPv6 /56), so that a row of neighbouring addresses is one
// sender. Addresses are kept in memory only and forgotten within the hour.
type limits struct {
	clock   clock.Clock
	proxies []netip.Prefix // who may say for whom they ask
	buckets *otter.Cache[string, *rate.Limiter]
}

func newLimits(c clock.Clock, proxies []netip.Prefix) *limits {
	return &limits{clock: c, proxies: proxies, buckets: otter.Must(&otter.Options[string, *rate.Limiter]{
		MaximumSize:      100_000,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](time.Hour),
	})}
}

// allow tells whether one more is within perMinute; a burst of as many is fine.
func (l *limits) allow(route string, r *http.Request, perMinute int) bool {
	key := route + " " + l.sender(r)
	bucket, _ := l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute), false
	})
	return bucket.AllowN(l.clock.Now(), 1)
}

// spent tells that nothing is left of what a sender may do; it takes nothing.
func (l *limits) spent(route string, r *http.Request) bool {
	bucket, ok := l.buckets.GetIfPresent(route + " " + l.sender(r))
	return ok && bucket.TokensAt(l.clock.Now()) < 1
}

// sender is the network prefix a request comes from, for the limits.
func (l *limits) sender(r *http.Request) string {
	if p := l.network(r); p.IsValid() {
		return p.String()
	}
	return r.RemoteAddr
}

// network is the network prefix a request comes from, the zero one when it cannot
// be told. Behind a proxy of ours it is
// the last address in X-Forwarded-For that no proxy of ours has; whatever stands
// before that anybody can write.
func (l *limits) network(r *http.Request) netip.Prefix {
	addr, ok := ipOf(r.RemoteAddr)
	if !ok {
		return netip.Prefix{}
	}
	if l.ours(addr) {
		said := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
		for i := len(said) - 1; i >= 0 && l.ours(addr); i-- {
			next, ok := ipOf(strings.TrimSpace(said[i]))
			if !ok {
				break
			}
			addr = next
		}
	}
	return trust.NetworkOf(addr)
}

func (l *limits) ours(addr netip.Addr) bool {
	return slices.ContainsFunc(l.proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}

// ipOf reads "192.0.2.7", "192.0.2.7:443" or "[2001:db8::7]:443".
func ipOf(s string) (netip.Addr, bool) {
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(s)
	return a.Unmap().WithZone(""), err == nil
}
