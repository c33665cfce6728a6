package trust_test

import (
	"net/netip"
	"reflect"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/region/trust"
)

func TestJudge(t *testing.T) {
	t.Parallel()
	form := func(f trust.Form) trust.Evidence { return trust.Evidence{Form: f} }
	all, none := trust.Usual(), trust.Usual()
	all.Hold, none.Hold = trust.HoldAll, trust.HoldNone
	for _, c := range []struct {
		name  string
		rules trust.Rules
		e     trust.Evidence
		want  trust.Ruling
		why   []trust.Reason
	}{
		{"a plain text", trust.Usual(), trust.Evidence{}, trust.LetIn, nil},
		{"the trap holds and never drops", trust.Usual(), form(trust.Form{Sent: true, Trap: true}), trust.Hold, []trust.Reason{trust.BecauseTrap}},
		{"past the form", trust.Usual(), form(trust.Form{Sent: true, Bare: true}), trust.Hold, []trust.Reason{trust.BecauseBare}},
		{"quicker than anybody types", trust.Usual(), form(trust.Form{Sent: true, Timed: true, Age: 2 * time.Second}), trust.Hold, []trust.Reason{trust.BecauseQuick}},
		{"as quick as one may be", trust.Usual(), form(trust.Form{Sent: true, Timed: true, Age: 3 * time.Second}), trust.LetIn, nil},
		{"a form whose time is not known", trust.Usual(), form(trust.Form{Sent: true}), trust.LetIn, nil},
		{"a link of a stranger", trust.Usual(), trust.Evidence{Links: 1}, trust.Hold, []trust.Reason{trust.BecauseLink}},
		{"a link of somebody the office has answered", trust.Usual(), trust.Evidence{Links: 3, Known: true}, trust.LetIn, nil},
		{"many links of theirs", trust.Usual(), trust.Evidence{Links: 4, Known: true}, trust.Hold, []trust.Reason{trust.BecauseManyLinks}},
		{"many links of the trusted", trust.Usual(), trust.Evidence{Links: 40, OnlyLinks: true, Author: trust.Trusted}, trust.LetIn, nil},
		{"only links", trust.Usual(), trust.Evidence{Links: 1, OnlyLinks: true, Known: true}, trust.Hold, []trust.Reason{trust.BecauseOnlyLinks}},
		{"a word", trust.Usual(), trust.Evidence{Words: []string{"kasino"}}, trust.Hold, []trust.Reason{trust.BecauseWords}},
		{"the same text", trust.Usual(), trust.Evidence{Repeats: 1}, trust.Hold, []trust.Reason{trust.BecauseRepeat}},
		{"the twentieth of an hour", trust.Usual(), trust.Evidence{FromNetwork: 19}, trust.LetIn, nil},
		{"the twenty-first", trust.Usual(), trust.Evidence{FromNetwork: 20}, trust.Hold, []trust.Reason{trust.BecauseFlood}},
		{"the tenth under one address", trust.Usual(), trust.Evidence{FromAuthor: 9}, trust.LetIn, nil},
		{"the eleventh", trust.Usual(), trust.Evidence{FromAuthor: 10}, trust.Hold, []trust.Reason{trust.BecauseOften}},
		{"a slowed network", trust.Usual(), trust.Evidence{Network: trust.Slowed}, trust.Hold, []trust.Reason{trust.BecauseSlowed}},
		{"a blocked network", trust.Usual(), trust.Evidence{Network: trust.Blocked}, trust.Refuse, []trust.Reason{trust.BecauseBlocked, trust.BecauseSlowed}},
		{"a blocked author", trust.Usual(), trust.Evidence{Author: trust.Blocked}, trust.Refuse, []trust.Reason{trust.BecauseBlocked}},
		{"the trusted in a blocked network wait", trust.Usual(), trust.Evidence{Author: trust.Trusted, Network: trust.Blocked}, trust.Hold, []trust.Reason{trust.BecauseBlocked}},
		{"the trusted in a slowed network", trust.Usual(), trust.Evidence{Author: trust.Trusted, Network: trust.Slowed}, trust.LetIn, nil},
		{"a machine that types a trusted address", trust.Usual(), trust.Evidence{Form: trust.Form{Sent: true, Trap: true}, Author: trust.Trusted}, trust.Hold, []trust.Reason{trust.BecauseTrap}},
		{"everything waits", all, trust.Evidence{}, trust.Hold, []trust.Reason{trust.BecauseAll}},
		{"but not the trusted", all, trust.Evidence{Author: trust.Trusted}, trust.LetIn, nil},
		{"nothing waits", none, trust.Evidence{Links: 9, OnlyLinks: true, Form: trust.Form{Trap: true}, Repeats: 3}, trust.LetIn, nil},
		{"but the blocked stay out", none, trust.Evidence{Author: trust.Blocked}, trust.Refuse, []trust.Reason{trust.BecauseBlocked}},
	} {
		v := trust.Judge(c.rules, c.e)
		if v.Ruling != c.want || !slices.Equal(v.Reasons, c.why) {
			t.Errorf("%s: %v %v, want %v %v", c.name, v.Ruling, v.Reasons, c.want, c.why)
		}
		if (v.Held() != "") != (c.want == trust.Hold) || (v.Fault() != nil) != (c.want == trust.Refuse) {
			t.Errorf("%s: held %q, told %v", c.name, v.Held(), v.Fault())
		}
		if c.want == trust.Refuse && !fault.Is(v.Fault(), fault.Forbidden) {
			t.Errorf("%s: told %v", c.name, v.Fault())
		}
	}
}

// order is a kind of evidence from the mildest to the gravest.
var order = struct{ author, network []trust.Standing }{
	[]trust.Standing{trust.Trusted, trust.Unknown, trust.Blocked},
	[]trust.Standing{trust.Unknown, trust.Slowed, trust.Blocked},
}

func drawRules(t *rapid.T) trust.Rules {
	r := trust.Usual()
	r.Hold = rapid.SampledFrom(trust.Modes()).Draw(t, "hold")
	r.Links, r.Hourly, r.Often = rapid.IntRange(0, 5).Draw(t, "links"), rapid.IntRange(1, 30).Draw(t, "hourly"), rapid.IntRange(1, 30).Draw(t, "often")
	r.Quick = time.Duration(rapid.IntRange(0, 10).Draw(t, "quick")) * time.Second
	return r
}

func drawEvidence(t *rapid.T) trust.Evidence {
	flag := func(name string) bool { return rapid.Bool().Draw(t, name) }
	few := func(name string) int { return rapid.IntRange(0, 40).Draw(t, name) }
	e := trust.Evidence{
		Form:  trust.Form{Sent: true, Trap: flag("trap"), Bare: flag("bare"), Timed: flag("timed"), Age: time.Duration(few("age")) * time.Second},
		Links: few("n"), OnlyLinks: flag("only"), Repeats: few("repeats"), FromNetwork: few("network"), FromAuthor: few("author"), Known: flag("known"),
		Author: rapid.SampledFrom(order.author).Draw(t, "stands"), Network: rapid.SampledFrom(order.network).Draw(t, "net"),
	}
	for range rapid.IntRange(0, 2).Draw(t, "words") {
		e.Words = append(e.Words, "sana")
	}
	return e
}

// worse gives the same evidence with more against it in one or several ways.
func worse(t *rapid.T, e trust.Evidence) trust.Evidence {
	on := func(name string, b bool) bool { return b || rapid.Bool().Draw(t, name) }
	more := func(name string) int { return rapid.IntRange(0, 30).Draw(t, name) }
	graver := func(name string, line []trust.Standing, at trust.Standing) trust.Standing {
		return line[rapid.IntRange(slices.Index(line, at), len(line)-1).Draw(t, name)]
	}
	e.Trap, e.Bare, e.OnlyLinks = on("trap+", e.Trap), on("bare+", e.Bare), on("only+", e.OnlyLinks)
	e.Known = e.Known && rapid.Bool().Draw(t, "known+")
	if !e.Timed && rapid.Bool().Draw(t, "timed+") {
		e.Timed, e.Age = true, 0
	}
	e.Age -= min(e.Age, time.Duration(more("age+"))*time.Second)
	e.Links += more("links+")
	e.Repeats += more("repeats+")
	e.FromNetwork += more("network+")
	e.FromAuthor += more("author+")
	if rapid.Bool().Draw(t, "words+") {
		e.Words = append(slices.Clone(e.Words), "toinen")
	}
	e.Author, e.Network = graver("stands+", order.author, e.Author), graver("net+", order.network, e.Network)
	return e
}

func TestMoreEvidenceNeverLetsInMore(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, e := drawRules(t), drawEvidence(t)
		w := worse(t, e)
		before, after := trust.Judge(r, e), trust.Judge(r, w)
		if after.Ruling < before.Ruling {
			t.Fatalf("%+v gave %v, and with more against it, %+v, only %v", e, before, w, after)
		}
		for _, reason := range before.Reasons {
			if !slices.Contains(after.Reasons, reason) {
				t.Fatalf("the reason %s went away: %v, then %v", reason, before, after)
			}
		}
		// Nor does a region that holds more let in more.
		strict := r
		strict.Hold = trust.HoldAll
		lax := r
		lax.Hold = trust.HoldNone
		if trust.Judge(strict, e).Ruling < before.Ruling || trust.Judge(lax, e).Ruling > before.Ruling {
			t.Fatalf("%+v: %v, all %v, none %v", e, before, trust.Judge(strict, e), trust.Judge(lax, e))
		}
	})
}

func TestWhatJudgeNeverDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r, e := drawRules(t), drawEvidence(t)
		v := trust.Judge(r, e)
		if (e.Author == trust.Blocked || e.Network == trust.Blocked) && v.Ruling == trust.LetIn {
			t.Fatalf("somebody blocked is let in: %+v", e)
		}
		if e.Author == trust.Trusted {
			if v.Ruling == trust.Refuse {
				t.Fatalf("somebody trusted is refused: %+v", e)
			}
			plain := e
			plain.Links, plain.OnlyLinks, plain.Words = 0, false, nil
			if !reflect.DeepEqual(v, trust.Judge(r, plain)) {
				t.Fatalf("links or words hold somebody trusted: %v", v)
			}
		}
		if v.Ruling == trust.Refuse && e.Author != trust.Blocked && e.Network != trust.Blocked {
			t.Fatalf("refused by a machine's own judgement: %+v", e)
		}
		if v.Ruling == trust.LetIn != (len(v.Reasons) == 0) {
			t.Fatalf("%v", v)
		}
		if kept := trust.Kept(trust.Keep(v.Reasons...)); !slices.Equal(kept, v.Reasons) {
			t.Fatalf("%v is kept as %v", v.Reasons, kept)
		}
	})
}

func TestReasonsAreKeptInOrderAndOnce(t *testing.T) {
	t.Parallel()
	if got := trust.Keep(trust.BecauseWords, trust.BecauseLink, trust.BecauseWords); got != "link,words" {
		t.Errorf("kept as %q", got)
	}
	if got := trust.Kept("words,something of tomorrow,link"); !slices.Equal(got, []trust.Reason{trust.BecauseLink, trust.BecauseWords}) {
		t.Errorf("read as %v", got)
	}
	if trust.Keep() != "" || trust.Kept("") != nil {
		t.Error("nothing is not nothing")
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	for a, want := range map[string]struct {
		network string
		telling bool
	}{
		"192.0.2.7": {"192.0.2.0/24", true}, "::ffff:192.0.2.7": {"192.0.2.0/24", true}, "2001:db8:1:2ff::7": {"2001:db8:1:200::/56", true}, "fe80::1%eth0": {"fe80::/56", false},
		"127.0.0.1": {"127.0.0.0/24", false}, "10.1.2.3": {"10.1.2.0/24", false}, "172.16.5.4": {"172.16.5.0/24", false}, "fd00::1": {"fd00::/56", false}, "::1": {"::/56", false}, "0.0.0.0": {"0.0.0.0/24", false},
	} {
		p := trust.NetworkOf(netip.MustParseAddr(a))
		if p.String() != want.network || trust.Telling(p) != want.telling {
			t.Errorf("%s: %s, telling %v", a, p, trust.Telling(p))
		}
	}
	if trust.Telling(netip.Prefix{}) || trust.NetworkOf(netip.Addr{}).IsValid() {
		t.Error("no address is a network")
	}
}

func TestStandingsThatMustNotBe(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	hour := now.Add(time.Hour)
	for _, c := range []struct {
		e    trust.Entry
		fine bool
	}{
		{trust.Entry{Of: trust.Address, Standing: trust.Trusted, Since: now}, true},
		{trust.Entry{Of: trust.Address, Standing: trust.Blocked, Since: now}, true},
		{trust.Entry{Of: trust.Address, Standing: trust.Slowed, Since: now}, false},
		{trust.Entry{Of: trust.Network, Standing: trust.Trusted, Since: now, Until: hour}, false},
		{trust.Entry{Of: trust.Network, Standing: trust.Slowed, Since: now, Until: hour}, true},
		{trust.Entry{Of: trust.Network, Standing: trust.Blocked, Since: now, Until: hour}, true},
		{trust.Entry{Of: trust.Network, Standing: trust.Blocked, Since: now}, false},
		{trust.Entry{Of: trust.Network, Standing: trust.Blocked, Since: now, Until: now}, false},
		{trust.Entry{Of: trust.Network, Standing: trust.Blocked, Since: now, Until: now.Add(trust.Longest + 1)}, false},
		{trust.Entry{}, false},
	} {
		if err := c.e.Check(); (err == nil) != c.fine {
			t.Errorf("%+v: %v", c.e, err)
		}
	}
}
