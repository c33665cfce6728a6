package web_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"pgregory.net/rapid"

	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
)

// dropped puts a spark in the store by the domain's own verb.
func (s *site) dropped(d spark.Draft) spark.Receipt {
	s.t.Helper()
	if d.Language == "" {
		d.Language = "fi"
	}
	r, err := s.parts.Sparks.Drop(context.Background(), "kouvola", spark.Programme{Promise: s.edition, Version: s.edition.Version.ID}, d, spark.By{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// wellFormed holds every page to one h1, headings that skip no level, named
// landmarks, ids used once, and links in the page's own language.
func wellFormed(t *testing.T, p page, lang string) {
	t.Helper()
	if p.status != http.StatusOK {
		t.Fatalf("%s: status %d", p.path, p.status)
	}
	if got := p.Find("html").AttrOr("lang", ""); got != lang {
		t.Errorf("%s: lang %q, want %q", p.path, got, lang)
	}
	if n := p.Find("h1").Length(); n != 1 {
		t.Errorf("%s: %d h1", p.path, n)
	}
	last := 0
	for _, n := range p.Find("main h1, main h2, main h3, main h4").Nodes {
		level := int(n.Data[1] - '0')
		if level > last+1 {
			t.Errorf("%s: h%d after h%d", p.path, level, last)
		}
		last = level
	}
	seen := map[string]bool{}
	for _, n := range p.Find("[id]").Nodes {
		for _, a := range n.Attr {
			if a.Key == "id" && seen[a.Val] {
				t.Errorf("%s: id %q twice", p.path, a.Val)
			} else if a.Key == "id" {
				seen[a.Val] = true
			}
		}
	}
	for _, at := range []string{"aria-labelledby", "aria-describedby", "for"} {
		p.Find("main [" + at + "]").Each(func(_ int, s *goquery.Selection) {
			for _, id := range strings.Fields(s.AttrOr(at, "")) {
				if !seen[id] {
					t.Errorf("%s: %s names no element: %q", p.path, at, id)
				}
			}
		})
	}
	if strings.Contains(p.body, "⟦") || p.Find("[style], main script").Length() > 0 {
		t.Errorf("%s: a missing text or something inline", p.path)
	}
	p.Find("main a[href^='/']").Each(func(_ int, s *goquery.Selection) {
		href := s.AttrOr("href", "")
		if strings.HasPrefix(href, "/assets/") {
			return
		}
		if inside := strings.HasPrefix(href, "/"+lang+"/"); lang != "fi" && !inside || lang == "fi" && (strings.HasPrefix(href, "/sv/") || strings.HasPrefix(href, "/en/")) {
			t.Errorf("%s: a link leaves the language: %s", p.path, href)
		}
	})
}

func inEachLanguage(do func(lang, prefix string)) {
	for _, l := range []string{"fi", "sv", "en"} {
		prefix := "/" + l
		if l == "fi" {
			prefix = ""
		}
		do(l, prefix)
	}
}

func TestThePagesOfTheProgrammeArePresentable(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.dropped(spark.Draft{Text: "Yhteinen keittiö kylätalolle.", Place: "Savero", Themes: []string{"glocal"}})
		inEachLanguage(func(lang, prefix string) {
			for _, path := range []string{"/ohjelma", "/ohjelma/teema/glocal", "/ohjelma/teema/strategic", "/ohjelma/teema/new-sources", "/ohjelma/versiot", "/paikat", "/paikat?nimi=Kuusankoski", "/paikat/savero", "/paikat/kouvola", "/paikat/former-kouvola", "/paikat/iitti", "/paikat/kasarminmaki", "/saavutettavuus", "/tietosuoja", "/lahdekoodi"} {
				wellFormed(t, s.visitor().get(prefix+path), lang)
			}
		})
		for _, path := range []string{"/ohjelma/teema/ei-ole", "/ohjelma/versiot/0", "/ohjelma/versiot/123456789", "/ohjelma/versiot/abc", "/paikat/ei-ole", "/paikat/%3Cscript%3E", "/.well-known/security.txt"} {
			if p := s.visitor().get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

func TestTheProgrammePageSaysAllOfTheProgramme(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		inEachLanguage(func(lang, prefix string) {
			p := s.visitor().get(prefix + "/ohjelma")
			text := squeezed(p.Find("main").Text())
			want := []programme.Text{s.edition.Programme.Programme.Purpose, s.edition.Programme.Programme.Period.EndReason, s.edition.Idea.Name, s.edition.Call.Outside, s.edition.Call.Batches.Text}
			for _, x := range s.edition.Themes {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Priorities {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Idea.Values {
				want = append(want, x.Name, x.Question)
			}
			for _, x := range s.edition.Networks {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Actors {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Documents {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Projects {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Milestones {
				want = append(want, x.Name)
			}
			for _, x := range s.edition.Focuses {
				want = append(want, x.Name, x.Text)
			}
			for _, w := range want {
				if !strings.Contains(text, squeezed(w.In(lang))) {
					t.Errorf("%s: the programme page does not say %q", lang, w.In(lang))
				}
			}
			if p.Find("#kasittely").Length() != 1 {
				t.Errorf("%s: no #kasittely, which the foot of every page links to", lang)
			}
		})
		// MAL is the one network the region is not in.
		said := map[string]string{}
		s.visitor().get("/ohjelma").Find("table:has(#networks-table) tbody tr").Each(func(_ int, row *goquery.Selection) {
			said[strings.TrimSpace(row.Find("th").Text())] = strings.TrimSpace(row.Find("td").Eq(1).Text())
		})
		for name, member := range said {
			if want := map[bool]string{true: "ei", false: "kyllä"}[strings.HasPrefix(name, "MAL")]; member != want {
				t.Errorf("%s: %q, want %q", name, member, want)
			}
		}
		if len(said) != 7 {
			t.Errorf("%d networks", len(said))
		}
	})
}

func TestTheDaysOfHandlingFollowTheOfficesCalendar(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		text := squeezed(s.visitor().get("/ohjelma").Find("#kasittely").Text())
		// Ten working days from Monday 23 November pass over 6 December, a Sunday.
		for _, want := range []string{"maanantaina 7.12.", "1.12.2026", "5.1.2027", "2.2.2027", "Suljettuja viikkoja ei ole tiedossa."} {
			if !strings.Contains(text, want) {
				t.Errorf("open: no %q in %s", want, text)
			}
		}
		err := s.parts.Office.CloseFor(context.Background(), "kouvola", office.Closure{Span: workday.Span{From: workday.On(2026, 11, 30), To: workday.On(2026, 12, 4)}, Reason: "Muutto <b>Torikadulle</b>"})
		if err != nil {
			t.Fatal(err)
		}
		p := s.visitor().get("/ohjelma")
		text = squeezed(p.Find("#kasittely").Text())
		for _, want := range []string{"maanantaina 14.12.", "7.12.2026", "Muutto <b>Torikadulle</b>", "30.11.2026\u2060–\u20604.12.2026"} {
			if !strings.Contains(text, want) {
				t.Errorf("closed: no %q in %s", want, text)
			}
		}
	})
}

func TestAThemeShowsItsOwnSparksAndNoOthers(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for i := range 12 {
			s.dropped(spark.Draft{Text: fmt.Sprintf("Teeman kipinä numero %d", i), Themes: []string{"glocal"}})
		}
		s.dropped(spark.Draft{Text: "Toisen teeman kipinä", Themes: []string{"strategic"}})
		s.dropped(spark.Draft{Text: "Vain toimistolle salattu", Themes: []string{"glocal"}, Visibility: spark.Office})
		s.dropped(spark.Draft{Text: "Liikesalaisuus salattu", Themes: []string{"glocal"}, Secret: true})
		gone := s.dropped(spark.Draft{Text: "Pois otettu salattu", Themes: []string{"glocal"}})
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", gone.Link, false); err != nil {
			t.Fatal(err)
		}
		p := s.visitor().get("/ohjelma/teema/glocal")
		if n := p.Find("ol.sparks > li").Length(); n != 10 {
			t.Errorf("%d sparks, want the 10 newest", n)
		}
		if first := p.Find("ol.sparks h3").First().Text(); strings.TrimSpace(first) != "Teeman kipinä numero 11" {
			t.Errorf("first %q", first)
		}
		if p.Find("a[href='/kipinat?teema=glocal']").Length() != 1 {
			t.Error("no link to all of the theme's sparks")
		}
		if p.Find("ol.sparks > li").Length() != p.Find("ol.sparks .why").Length() {
			t.Error("a spark without its why")
		}
		for _, hidden := range []string{"salattu", "Toisen teeman"} {
			if strings.Contains(p.body, hidden) {
				t.Errorf("the theme shows %q", hidden)
			}
		}
	})
}

func TestEveryVersionStaysToBeRead(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		first := s.edition.Version
		source, err := s.parts.Programmes.Source(context.Background(), "kouvola", first.ID)
		if err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(48 * time.Hour)
		second, err := s.parts.Programmes.Publish(context.Background(), "kouvola.yaml", []byte(source+"\n# changed\n"), "Olli Esimerkki <olli@salainen.example>", "Tarkistettiin <i>painopisteet</i>", nil)
		if err != nil {
			t.Fatal(err)
		}
		p := s.visitor().get("/ohjelma/versiot")
		if n := p.Find("ol.story > li").Length(); n != 2 {
			t.Fatalf("%d versions", n)
		}
		if !strings.Contains(p.Find("ol.story > li").First().Text(), "Tarkistettiin <i>painopisteet</i>") {
			t.Error("the newest version does not say what changed")
		}
		if strings.Contains(p.body, "olli@salainen.example") {
			t.Error("the public list names who published")
		}
		for id, want := range map[string]string{first.ID.String(): source, second.Version.ID.String(): source + "\n# changed\n"} {
			p := s.visitor().get("/ohjelma/versiot/" + id)
			if p.body != want || p.header.Get("Content-Type") != "text/plain; charset=utf-8" {
				t.Errorf("version %s: %d bytes as %s", id, len(p.body), p.header.Get("Content-Type"))
			}
		}
	})
}

func TestTheRegionsColoursAreServedAndKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		href := s.visitor().get("/ohjelma").Find("link[href*='brand.css']").AttrOr("href", "")
		p := s.visitor().get(href)
		if p.status != http.StatusOK || p.header.Get("Content-Type") != "text/css; charset=utf-8" || !strings.Contains(p.header.Get("Cache-Control"), "immutable") {
			t.Errorf("%s: %d %s %s", href, p.status, p.header.Get("Content-Type"), p.header.Get("Cache-Control"))
		}
		for _, name := range []string{"fill", "on", "text", "soft"} {
			if n := strings.Count(p.body, "--brand-"+name+": #"); n != 2 {
				t.Errorf("--brand-%s stands %d times, want light and dark:\n%s", name, n, p.body)
			}
		}
		if old := s.visitor().get("/brand.css?v=00000000"); old.header.Get("Cache-Control") != "no-store" {
			t.Errorf("an old address may be kept: %s", old.header.Get("Cache-Control"))
		}
	})
}

// tokens reads --name: #colour pairs.
func tokens(css string) map[string]string {
	out := map[string]string{}
	for _, m := range regexp.MustCompile(`--([a-z-]+):\s*(#[0-9a-f]{6})`).FindAllStringSubmatch(css, -1) {
		out[m[1]] = m[2]
	}
	return out
}

func schemes(t *testing.T, css string) (light, dark map[string]string) {
	t.Helper()
	before, after, ok := strings.Cut(css, "@media screen and (prefers-color-scheme: dark) {")
	if !ok {
		t.Fatal("no dark scheme")
	}
	after, _, _ = strings.Cut(after, "\n}")
	return tokens(before), tokens(after)
}

// No programme may make the pages unreadable, whatever its colours.
func TestNoColoursMakeThePagesUnreadable(t *testing.T) {
	t.Parallel()
	style, err := os.ReadFile("assets/src/kokko.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark := schemes(t, string(style))
	readable := func(t interface{ Errorf(string, ...any) }, css string, ours, set map[string]string) {
		pick := func(name string) string {
			if c := set[name]; c != "" {
				return c
			}
			return ours[name]
		}
		hold := func(text, on string, least float64) {
			if c := programme.Contrast(pick(text), pick(on)); c < least {
				t.Errorf("%s on %s is %.2f, least %.1f, in\n%s", text, on, c, least, css)
			}
		}
		hold("brand-on", "brand-fill", 4.5)
		for _, g := range []string{"paper", "sheet"} {
			hold("brand-fill", g, 3)
		}
		for _, g := range []string{"paper", "sheet", "ash", "brand-soft", "good-soft", "warn-soft", "bad-soft"} {
			hold("brand-text", g, 4.5)
		}
		for _, c := range []string{"ink", "soft", "ember", "good", "warn", "bad"} {
			hold(c, "brand-soft", 4.5)
		}
	}
	check := func(t interface{ Errorf(string, ...any) }, b programme.Brand) {
		css := web.Brand(b)
		before, after, _ := strings.Cut(css, "@media")
		readable(t, css, light, tokens(before))
		readable(t, css, dark, tokens(after))
		for _, c := range css {
			if c == '<' || c == '"' || c == '\\' {
				t.Errorf("the style holds what a programme wrote: %s", css)
			}
		}
	}
	colour := rapid.OneOf(rapid.StringMatching(`#[0-9a-f]{6}`), rapid.SampledFrom([]string{"", "red", "#fff", "#1d5a73}body{display:none", "#8cc8df", "#ffffff", "#000000", "#1d5a73", "#fbe9dc", "#37241b"}))
	rapid.Check(t, func(t *rapid.T) {
		scheme := func(name string) map[string]string {
			out := map[string]string{}
			for _, token := range []string{"fill", "on_fill", "link", "tint"} {
				out[token] = colour.Draw(t, name+token)
			}
			return out
		}
		check(t, programme.Brand{Light: scheme("light "), Dark: scheme("dark ")})
	})
}

// squeezed is text with single spaces, as it is read.
func squeezed(s string) string { return strings.Join(strings.Fields(s), " ") }
