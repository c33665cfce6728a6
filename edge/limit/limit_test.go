package limit_test

import (
	"net/http"
	"net/netip"
	"testing"
	"time"

	"kokko/edge/limit"
	"kokko/ground/clock"
)

func TestSenderIsTheLastAddressNoProxyOfOursHas(t *testing.T) {
	t.Parallel()
	l := limit.New(clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("10.0.0.0/8"))
	for _, c := range []struct {
		name, remote, forwarded, want string
	}{
		{"no proxy", "192.0.2.7:5000", "", "192.0.2.0/24"},
		{"a stranger's header is not believed", "192.0.2.7:5000", "198.51.100.1", "192.0.2.0/24"},
		{"behind ours", "127.0.0.1:5000", "198.51.100.1", "198.51.100.0/24"},
		{"behind two of ours", "127.0.0.1:5000", "203.0.113.9, 198.51.100.1, 10.1.1.1", "198.51.100.0/24"},
		{"what the visitor wrote first is not believed", "127.0.0.1:5000", "203.0.113.9, 198.51.100.1", "198.51.100.0/24"},
		{"rubbish", "127.0.0.1:5000", "who knows", "127.0.0.0/24"},
		{"IPv6", "[2001:db8:1:2ff::7]:5000", "", "2001:db8:1:200::/56"},
		{"IPv4 in IPv6", "[::ffff:192.0.2.7]:5000", "", "192.0.2.0/24"},
	} {
		r := &http.Request{RemoteAddr: c.remote, Header: http.Header{}}
		if c.forwarded != "" {
			r.Header.Set("X-Forwarded-For", c.forwarded)
		}
		if got := l.Sender(r); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestLimitCountsPrefixesAndForgetsWithTime(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	l := limit.New(c)
	from := func(ip string) *http.Request { return &http.Request{RemoteAddr: ip + ":1", Header: http.Header{}} }
	for i := range 5 {
		if !l.Allow("drop", from("192.0.2."+string(rune('1'+i))), 5) {
			t.Fatalf("the %d. was refused", i+1)
		}
	}
	if l.Allow("drop", from("192.0.2.200"), 5) {
		t.Error("a neighbour passed the shared limit")
	}
	if !l.Allow("drop", from("192.0.3.1"), 5) || !l.Allow("sign in", from("192.0.2.1"), 5) {
		t.Error("another network or another route was refused")
	}
	c.Advance(time.Minute)
	if !l.Allow("drop", from("192.0.2.1"), 5) {
		t.Error("a minute later it still refuses")
	}
}

// A flood of networks costs bounded memory, whatever it sends.
func TestAFloodOfNetworksIsForgotten(t *testing.T) {
	t.Parallel()
	l := limit.New(clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)))
	for i := range 120_000 {
		a := netip.AddrFrom4([4]byte{byte(i >> 16), byte(i >> 8), byte(i), 1})
		if !l.Allow("drop", &http.Request{RemoteAddr: a.String() + ":1", Header: http.Header{}}, 5) {
			t.Fatalf("%s was refused at its first", a)
		}
	}
	if n := l.Held(); n > 100_000 || n < 50_000 {
		t.Errorf("%d senders are remembered", n)
	}
}
