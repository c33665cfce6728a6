package limit

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

// Limits are the buckets of all senders. Safe for concurrent use.
type Limits struct {
	clock   clock.Clock
	proxies []netip.Prefix // who may say for whom they ask
	buckets *otter.Cache[string, *rate.Limiter]
}

// New gives limits on a clock; proxies may say for whom they ask.
func New(c clock.Clock, proxies ...netip.Prefix) *Limits {
	return &Limits{clock: c, proxies: proxies, buckets: otter.Must(&otter.Options[string, *rate.Limiter]{
		MaximumSize:      100_000,
		ExpiryCalculator: otter.ExpiryAccessing[string, *rate.Limiter](time.Hour),
	})}
}

// Allow tells whether one more is within perMinute; a burst of as many is fine.
func (l *Limits) Allow(route string, r *http.Request, perMinute int) bool {
	key := route + " " + l.Sender(r)
	bucket, _ := l.buckets.ComputeIfAbsent(key, func() (*rate.Limiter, bool) {
		return rate.NewLimiter(rate.Limit(float64(perMinute)/60), perMinute), false
	})
	return bucket.AllowN(l.clock.Now(), 1)
}

// Spent tells that nothing is left of what a sender may do; it takes nothing.
func (l *Limits) Spent(route string, r *http.Request) bool {
	bucket, ok := l.buckets.GetIfPresent(route + " " + l.Sender(r))
	return ok && bucket.TokensAt(l.clock.Now()) < 1
}

// Sender is the network prefix a request comes from, for the limits.
func (l *Limits) Sender(r *http.Request) string {
	if p := l.Network(r); p.IsValid() {
		return p.String()
	}
	return r.RemoteAddr
}

// Network is the network prefix a request comes from, the zero one when it cannot
// be told. Behind a proxy of ours it is
// the last address in X-Forwarded-For that no proxy of ours has; whatever stands
// before that anybody can write.
func (l *Limits) Network(r *http.Request) netip.Prefix {
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

// Held is how many buckets are remembered.
func (l *Limits) Held() int {
	l.buckets.CleanUp()
	return l.buckets.EstimatedSize()
}

func (l *Limits) ours(addr netip.Addr) bool {
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
