package trust_test

import (
	"slices"
	"strings"
	"testing"

	"kokko/region/trust"
)

func TestLinks(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]string{
		"Laituri kuntoon talkoilla.": nil,
		"Talo.Se on tyhjä.Ja kylmä. Klo 10.30, t.ex. en båt, bl.a. tak, e.g. oars": nil,
		"maija@posti.fi tai maija.meikalainen@posti.co.uk":                         nil,
		"Katso https://www.kouvola.fi/sivu?x=1.":                                   {"www.kouvola.fi/sivu?x=1"},
		"(www.kouvola.fi), kouvola.fi; KOUVOLA.FI!":                                {"www.kouvola.fi", "kouvola.fi"},
		"kouvola.fi:n sivut":                                             {"kouvola.fi:n"},
		"http://a.example/http://b.example":                              {"a.example/http", "b.example"},
		`<a href="http://a.example">x</a> [url=http://b.example]y[/url]`: {"a.example", "b.example"},
		"t.me/kauppa ja bit.ly/x":                                        {"t.me/kauppa", "bit.ly/x"},
		"kauppa．com kauppa。com":                                          {"kauppa.com"},
		"ftp://127.0.0.1/x sekä xn--kyl-qla.xn--fiqs8s":                  {"127.0.0.1/x", "xn--kyl-qla.xn--fiqs8s"},
		"://": nil,
		"3.5 km, versio 1.2.3, ks. www. tai www.": nil,
		"kylä.fi/äö":                                      {"kylä.fi/äö"},
		"yksi..fi .fi fi. a_b.com -.com":                  {"a_b.com", "-.com"},
		"talo.online, talo.on, talo.tarvitaan":            {"talo.online"},
		"HTTPS://ISOILLA.EXAMPLE https://isoilla.example": {"isoilla.example"},
	} {
		if got := trust.Links(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOwnDomainsAreNotFooled(t *testing.T) {
	t.Parallel()
	own := []string{"kouvola.fi", "kylä.example"}
	for text, ours := range map[string]bool{
		"https://kouvola.fi": true, "https://www.kouvola.fi/a/b?c=https://paha.example": true, "kouvola.fi:443/x": true, "https://kylä.example": true, "https://KOUVOLA.FI.": true,
		"https://paha.example/kouvola.fi": false, "https://kouvola.fi.paha.example": false, "https://kouvola.fi@paha.example/": false, "https://user:kouvola.fi@paha.example": false,
		`https://paha.example\@kouvola.fi/`: false, "https://ikouvola.fi": false, "https://paha.example#kouvola.fi": false, "https://paha.example?kouvola.fi": false, "https://kouvola.fi%2epaha.example": false,
	} {
		links := trust.Links(text)
		if len(links) == 0 {
			t.Errorf("%s: no link", text)
			continue
		}
		if got := trust.Ours(links[0], own); got != ours {
			t.Errorf("%s: ours %v", text, got)
		}
	}
	if trust.Ours("kouvola.fi", []string{""}) {
		t.Error("an empty domain is everybody's")
	}
}

func TestReadingATextByTheRules(t *testing.T) {
	t.Parallel()
	r := trust.Usual()
	r.Words, r.Domains = []string{"kasino", "helppo raha", ""}, []string{"kouvola.fi", ""}
	for _, c := range []struct {
		text, before string
		links        int
		only         bool
		words        []string
	}{
		{"Kylätalon katto vuotaa.", "", 0, false, nil},
		{"Tiedot: https://www.kouvola.fi/tori", "", 0, false, nil},
		{"Katso kauppa.example.com ja kouvola.fi, siellä kerrotaan kaikki", "", 1, false, nil},
		{"https://kauppa.example/x !!!", "", 1, true, nil},
		{"Osta: https://kauppa.example/x", "", 1, true, nil},
		{"Netti-KASINOLLA voittaa. Kasinopeli!", "", 0, false, []string{"kasino"}},
		{"Okasinopuu kasvaa.", "", 0, false, nil},
		{"HELPPO,\n raha-asia", "", 0, false, []string{"helppo raha"}},
		{"Ｋａｓｉｎｏ", "", 0, false, []string{"kasino"}},
		{"Kasino ja https://kauppa.example pysyvät, teksti muuttuu", "kasino https://kauppa.example", 0, false, nil},
		{"Kasino ja https://kauppa.example/uusi nyt on uutta tekstiä", "kasino https://kauppa.example", 1, false, nil},
	} {
		e := trust.Read(r, c.text, c.before)
		if e.Links != c.links || e.OnlyLinks != c.only || !slices.Equal(e.Words, c.words) {
			t.Errorf("%q after %q: %d links, only %v, words %q", c.text, c.before, e.Links, e.OnlyLinks, e.Words)
		}
	}
}

func TestReadingTheOfficesLists(t *testing.T) {
	t.Parallel()
	words, err := trust.ReadWords(" kasino \r\n\nhelppo   raha\nkasino\n")
	if err != nil || !slices.Equal(words, []string{"kasino", "helppo raha"}) {
		t.Errorf("%q, %v", words, err)
	}
	for _, bad := range []string{"ja", "…!", "a  b", strings.Repeat("x", 101), strings.Repeat("sana\n", 1) + lines(201)} {
		if _, err := trust.ReadWords(bad); (err == nil) == (bad != "a  b") {
			t.Errorf("%.20q: %v", bad, err)
		}
	}
	domains, err := trust.ReadDomains("https://www.Kouvola.fi/sivu\nkouvola.fi\n iitti.fi. \n")
	if err != nil || !slices.Equal(domains, []string{"kouvola.fi", "iitti.fi"}) {
		t.Errorf("%q, %v", domains, err)
	}
	for _, bad := range []string{"fi", "kouvola", "a b.fi", "<script>.fi", "..", strings.Repeat("x", 100) + ".fi", "@"} {
		if _, err := trust.ReadDomains(bad); err == nil {
			t.Errorf("%.20q is taken", bad)
		}
	}
}

func lines(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("sana" + strings.Repeat("x", i%50) + string(rune('a'+i/50)) + "\n")
	}
	return b.String()
}

func FuzzLinks(f *testing.F) {
	for _, seed := range []string{"", "http://", "://://", "a.fi", "https://a@b:c/d\\e?f#g", "www.www.www", "\xff.fi", "ｗｗｗ．ａ．ｆｉ", "x.COM!.?", "é\u0301.fi"} {
		f.Add(seed, "kouvola.fi")
	}
	f.Fuzz(func(t *testing.T, text, domain string) {
		rules := trust.Usual()
		rules.Domains, rules.Words = []string{domain}, []string{domain}
		all := trust.Links(text)
		foreign := 0
		for i, link := range all {
			if link == "" || slices.Contains(all[:i], link) || link != strings.ToLower(link) {
				t.Fatalf("%q holds %q", text, all)
			}
			if !trust.Ours(link, rules.Domains) {
				foreign++
			}
		}
		e := trust.Read(rules, text, "")
		if e.Links != foreign || e.OnlyLinks && e.Links == 0 {
			t.Fatalf("%q: %+v, %d links lead elsewhere", text, e, foreign)
		}
		if again := trust.Read(rules, text, text); again.Links != 0 || again.OnlyLinks || len(again.Words) != 0 {
			t.Fatalf("%q holds something new beside itself: %+v", text, again)
		}
		// What a region writes down is read back as it is.
		if d, err := trust.ReadDomains(text); err == nil {
			if twice, err := trust.ReadDomains(strings.Join(d, "\n")); err != nil || !slices.Equal(d, twice) {
				t.Fatalf("%q became %q and then %q (%v)", text, d, twice, err)
			}
		}
	})
}
