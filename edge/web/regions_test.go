package web_test

import (
	"context"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/programmes"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

// beside publishes another region in the same store, with an office of two.
func (s *site) beside(source []byte) programme.Edition {
	s.t.Helper()
	ctx := context.Background()
	e, err := s.parts.Programmes.Publish(ctx, "other.yaml", source, "", "", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	for role, name := range map[office.Role]string{office.Manager: "Maj Exempel", office.Planner: "Sten Exempel"} {
		if _, err := s.parts.Office.Hire(ctx, office.Officer{Region: e.Region.ID, Email: string(role) + "@" + e.Region.ID + ".invalid", Name: name, Title: "ombud", Phone: "000 000 000", Role: role, Language: e.Original(), MondayMail: true}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.clock.Advance(10 * time.Second) // the list of regions is looked at again every five
	return e
}

func example(t *testing.T) []byte {
	t.Helper()
	source, err := fs.ReadFile(programmes.Files(), programmes.Example)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// smallest is the file that docs/new-region.md has people begin with.
func smallest(t *testing.T) []byte {
	t.Helper()
	doc, err := os.ReadFile("../../docs/new-region.md")
	if err != nil {
		t.Fatal(err)
	}
	block := regexp.MustCompile("(?s)```yaml\n(format: 1\n.*?)```").FindSubmatch(doc)
	if block == nil {
		t.Fatal("no programme file in docs/new-region.md")
	}
	return block[1]
}

// ownWords are what belongs to one region alone: its names, and its call's own
// words, that the other's file does not hold.
func ownWords(e programme.Edition, other []byte) (all []string) {
	add := func(texts ...place.Text) {
		for _, t := range texts {
			for _, l := range t.Languages() {
				if w := t.In(l); len(w) > 4 && !strings.Contains(strings.ToLower(string(other)), strings.ToLower(w)) {
					all = append(all, w)
				}
			}
		}
	}
	add(e.Region.Name, e.Programme.Programme.Name, e.Programme.Programme.Heading, e.Office.Name, e.Call.Name, e.Call.Question, e.Call.Promise.Text, e.Call.Batches.Text, e.Call.Talk, e.Call.NotGrant, e.Idea.Name)
	for _, a := range e.Region.Municipalities {
		add(a.Name, a.Formal, a.Slogan)
	}
	for _, t := range e.Themes {
		add(t.Name)
	}
	for _, p := range e.Places {
		add(p.Name)
	}
	for _, a := range e.Actors {
		add(a.Name)
	}
	for _, k := range e.Kinds() {
		add(k.Question, k.Button)
		for _, l := range k.Name.Languages() { // pages begin a line with it
			w := k.Name.In(l)
			add(place.NewText(l, strings.ToUpper(w[:1])+w[1:]))
		}
	}
	for _, st := range e.Steps {
		add(st.Text)
	}
	return all
}

// says finds a word that stands alone on a page, in text or attribute.
func says(body, word string) bool {
	for at := 0; ; {
		i := strings.Index(body[at:], word)
		if i < 0 {
			return false
		}
		at += i + len(word)
		letter := func(s string) bool { return regexp.MustCompile(`^\pL`).MatchString(s) }
		if !letter(body[at:]) {
			return true
		}
	}
}

// openPaths are the pages anyone reaches without a secret, with a page of each
// kind that carries an id.
func openPaths(e programme.Edition, code string) (all []string) {
	for _, p := range web.Patterns() {
		method, path, _ := strings.Cut(p, " ")
		path = strings.TrimSuffix(path, "{$}")
		if method == "GET" && !strings.ContainsAny(path, "{.") && !strings.HasPrefix(path, "/toimisto") {
			all = append(all, path)
		}
	}
	for _, t := range e.Themes {
		all = append(all, "/ohjelma/teema/"+t.ID)
	}
	for _, p := range e.Places {
		all = append(all, "/paikat/"+p.ID)
	}
	return append(all, "/kipina/"+code, "/ei-ole")
}

func (r *reader) dropIn(base, text string) (code, own string) {
	r.s.t.Helper()
	p := r.post(base+"/kipina", url.Values{"once": {ident.Secret()}, "text": {text}, "visibility": {"public"}, "kind": {"idea"}})
	if p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
		r.s.t.Fatalf("drop gave %d at %s: %s", p.status, p.path, p.Find("main").Text())
	}
	return p.Find(".receipt .code").Text(), strings.TrimSuffix(p.path, "/kiitos")
}

func TestTwoRegionsSideBySideShareNoWord(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		other := s.beside(example(t))
		kouvola, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
		if err != nil {
			t.Fatal(err)
		}
		regions := []struct {
			base    string
			edition programme.Edition
			foreign []string
		}{
			{"/kouvola", s.edition, ownWords(other, kouvola)},
			{"/sagoskargarden", other, append(ownWords(s.edition, example(t)), "KOKO", "kouvola", "Kymijoen", "Green Spirit")},
		}
		for i, r := range regions {
			if len(r.foreign) < 40 {
				t.Fatalf("only %d words to look for", len(r.foreign))
			}
			// What the one says itself is found by the same search, so that it can find.
			front := s.visitor().get(r.base + "/").body
			if !slices.ContainsFunc(regions[1-i].foreign, func(w string) bool { return says(front, w) }) {
				t.Errorf("%s says nothing of its own", r.base)
			}
			code, own := s.visitor().dropIn(r.base, "En båt till alla öar. Yhteinen vene kaikille.")
			paths := append(openPaths(r.edition, code), own[len(r.base):], own[len(r.base):]+"/kiitos")
			first := r.edition.Tongues()[0]
			for _, l := range r.edition.Tongues() {
				prefix := r.base
				if l != first {
					prefix += "/" + string(l)
				}
				for _, path := range paths {
					p := s.visitor().get(prefix + path)
					if path != "/ei-ole" && p.status != http.StatusOK {
						t.Errorf("%s%s: %d", prefix, path, p.status)
						continue
					}
					if got := p.Find("html").AttrOr("lang", ""); got != string(l) {
						t.Errorf("%s%s is in %q", prefix, path, got)
					}
					if strings.Contains(p.body, "⟦") {
						t.Errorf("%s%s: a missing text", prefix, path)
					}
					for _, w := range r.foreign {
						if says(p.body, w) {
							t.Errorf("%s%s speaks of the other region: %q", prefix, path, w)
						}
					}
					p.Find("[href^='/'],[action^='/']").Each(func(_ int, n *goquery.Selection) {
						for _, at := range []string{"href", "action"} {
							if to := n.AttrOr(at, ""); to != "" && !strings.HasPrefix(to, r.base+"/") && !strings.HasPrefix(to, "/assets/") {
								t.Errorf("%s%s leads out of its region: %s", prefix, path, to)
							}
						}
					})
				}
			}
		}
	})
}

func TestARegionIsClosedToTheOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		other := s.beside(example(t))
		code, own := s.visitor().dropIn("/kouvola", "Kylätalon keittiö kaikkien käyttöön.")
		own = strings.TrimPrefix(own, "/kouvola")
		if p := s.visitor().get("/kouvola" + own); p.status != http.StatusOK {
			t.Fatalf("its own: %d", p.status)
		}
		for _, path := range []string{"/kipina/" + code, own, own + "/muokkaus", "/ohjelma/teema/glocal", "/paikat/kuusankoski"} {
			if p := s.visitor().get("/sagoskargarden" + path); p.status != http.StatusNotFound && p.status != http.StatusGone || strings.Contains(p.body, "keittiö") {
				t.Errorf("%s reads Kouvola's: %d", path, p.status)
			}
		}
		if mine, none := s.visitor().get("/sagoskargarden"+own), s.visitor().get("/sagoskargarden/oma/"+ident.Secret()); mine.status != none.status || mine.Find("main").Text() != none.Find("main").Text() {
			t.Error("another region's private link is told from one that never was")
		}
		if p := s.visitor().get("/sagoskargarden/kipinat"); strings.Contains(p.body, code) {
			t.Error("the list of one region shows the other's spark")
		}
		// Its people are nobody in the other office, by session and by link.
		secret, err := s.parts.Sessions.Print(context.Background(), s.officers[office.Manager])
		if err != nil {
			t.Fatal(err)
		}
		r := s.visitor()
		r.post("/sagoskargarden/kirjaudu/"+secret, nil)
		if p := r.get("/sagoskargarden/toimisto"); p.path != "/sagoskargarden/kirjaudu" {
			t.Errorf("Kouvola's link opened the other office: %s", p.path)
		}
		secret, err = s.parts.Sessions.Print(context.Background(), s.officers[office.Manager])
		if err != nil {
			t.Fatal(err)
		}
		if p := r.post("/kouvola/kirjaudu/"+secret, nil); p.status != http.StatusOK || !strings.HasPrefix(p.path, "/kouvola/toimisto") {
			t.Fatalf("sign-in gave %d at %s", p.status, p.path)
		}
		if p := r.get("/sagoskargarden/toimisto"); p.path != "/sagoskargarden/kirjaudu" {
			t.Errorf("Kouvola's session opened the other office: %s", p.path)
		}
		// Nor does the session's secret under the other's cookie name.
		jar := r.http.Jar.(*jar)
		for _, c := range jar.Cookies(nil) {
			if c.Name == "kokko_kouvola" {
				jar.SetCookies(nil, []*http.Cookie{{Name: "kokko_" + other.Region.ID, Value: c.Value}})
			}
		}
		if p := r.get("/sagoskargarden/toimisto"); p.path != "/sagoskargarden/kirjaudu" {
			t.Errorf("a renamed cookie opened the other office: %s", p.path)
		}
	})
}

func TestARegionKeepsItsOwnPromiseAndLanguage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.beside(example(t))
		// Monday 23 November 2026: ten working days here, five there; the sixth of
		// December is a Sunday, so no holiday comes between.
		for base, due := range map[string]string{"/kouvola": "7.12.", "/sagoskargarden": "30.11"} {
			p := s.visitor().post(base+"/kipina", url.Values{"once": {ident.Secret()}, "text": {"Yhteinen vene."}, "visibility": {"public"}})
			if !strings.Contains(p.Find(".receipt").Text(), due) {
				t.Errorf("%s does not promise %s: %s", base, due, p.Find("main").Text())
			}
		}
		// A programme written in Swedish opens in Swedish and offers Finnish besides.
		p := s.visitor().get("/sagoskargarden/")
		if got := p.Find("html").AttrOr("lang", ""); got != "sv" {
			t.Errorf("opens in %q", got)
		}
		var to []string
		p.Find(".tongues a").Each(func(_ int, a *goquery.Selection) { to = append(to, a.AttrOr("href", "")) })
		if !slices.Equal(to, []string{"/sagoskargarden/fi/", "/sagoskargarden/selko/", "/sagoskargarden/en/"}) {
			t.Errorf("the switch leads to %v", to)
		}
		if p.Find(".slogans").Text() == "" || strings.Contains(p.Find(".slogans").Text(), "Missä") {
			t.Errorf("slogans: %s", p.Find(".slogans").Text())
		}
		if css := s.visitor().get("/sagoskargarden/brand.css").body; !strings.Contains(css, "#1f5b3a") || !strings.Contains(css, "#a9e0bf") {
			t.Errorf("the region's colours are not all readable on its pages:\n%s", css)
		}
		if p := s.visitor().get("/sagoskargarden/paikat"); p.Find("main svg path").Length() < 3 {
			t.Error("no map of the islands")
		}
	})
}

func TestTheSmallestRegionHasWholePages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		e := s.beside(smallest(t))
		base := "/" + e.Region.Slug
		code, own := s.visitor().dropIn(base, "Yhteinen vene kaikille.")
		// A region in Finnish alone has no pages in between: not offered, not served.
		if p := s.visitor().get(base + "/en/"); p.status != http.StatusNotFound || p.Find(".tongues").Children().Text() != "suomiselkosuomi" {
			t.Errorf("pages in English that nobody wrote: %d", p.status)
		}
		if p := s.visitor().get(base + "/fi/kipinat"); p.status != http.StatusOK {
			t.Errorf("its own language by name: %d", p.status)
		}
		for _, path := range append(openPaths(e, code), own[len(base):]) {
			p := s.visitor().get(base + path)
			if path != "/ei-ole" && p.status != http.StatusOK {
				t.Errorf("%s: %d", path, p.status)
			}
			p.whole(t, base+path)
			if gaps := p.Find("main h2:empty, main h3:empty, main p:empty, main ul:empty, main table:empty"); strings.Contains(p.body, "⟦") || gaps.Length() > 0 {
				parent, _ := goquery.OuterHtml(gaps.First().Parent())
				t.Errorf("%s has something empty in %.300s", path, parent)
			}
		}
	})
}
