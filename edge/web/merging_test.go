package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kokko/journey/spark"
	"kokko/region/office"
)

// twin drops a spark of somebody past the pages.
func (s *site) twin(who, text string, bend ...func(*spark.Draft)) (code, own string) {
	s.t.Helper()
	d := spark.Draft{Text: text, Name: who, Email: strings.ToLower(strings.Fields(who)[0]) + "@posti.example", Contact: spark.Mail, Language: "fi"}
	for _, b := range bend {
		b(&d)
	}
	s.clock.Advance(time.Minute)
	r := s.drop(d)
	return r.Spark.Code, "/oma/" + r.Link
}

func seenBy(v spark.Visibility) func(*spark.Draft) {
	return func(d *spark.Draft) { d.Visibility = v }
}

// joins merges through the page's own form.
func (r *reader) joins(stays string, others ...string) page {
	r.s.t.Helper()
	p := r.post("/toimisto/yhdista", url.Values{"k": append([]string{stays}, others...), "stays": {stays}})
	if p.status != http.StatusOK || p.path != "/toimisto/kipina/"+stays {
		r.s.t.Fatalf("joining gives %d at %s: %s", p.status, p.path, p.Find(".errors").Text())
	}
	return p
}

const (
	pajaA = "Yhteinen puupaja vanhaan kouluun Myllykoskelle. Tarvitaan tila ja koneita."
	pajaB = "Entiseen kouluun voisi tehdä yhteisen puupajan. Myllykoskelle sopii puupaja."
)

func TestSideBySideMarksTheSameWordsAndOffersTheOldest(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, _ := s.twin("Aino Aalto", pajaA)
		b, _ := s.twin("Bertta Berg", pajaB)
		c, _ := s.twin("Salla Salainen", "Puupaja, mutta salaa.", seenBy(spark.Office))
		planner := s.officer(office.Planner)
		p := planner.get("/toimisto/kipina/" + b)
		why := p.Find("section[aria-labelledby=samat] li")
		if why.Length() == 0 || !strings.Contains(why.First().Text(), "puupaja") || !strings.Contains(why.First().Find("a").AttrOr("href", ""), a) {
			t.Errorf("likely the same: %s", why.Text())
		}
		for l, prefix := range inLanguages() {
			p := planner.get(prefix + "/toimisto/yhdista?a=" + b + "&b=" + a + "&c=" + c)
			whole(t, prefix, p, l)
			var marked []string
			for _, n := range p.Find(".sides article:nth-child(1) mark").Nodes {
				marked = append(marked, strings.ToLower(n.FirstChild.Data))
			}
			if !slices.Contains(marked, "kouluun") || !slices.Contains(marked, "puupaja") || slices.Contains(marked, "tehdä") {
				t.Errorf("marked: %q", marked)
			}
			if got := p.Find("[name=stays]:checked, [name=stays][checked]").AttrOr("value", ""); got != a {
				t.Errorf("%s stays unless chosen, want the oldest that all may read, %s", got, a)
			}
			if n := p.Find("[name=title][value='" + c + "']").Length(); n != 0 {
				t.Error("a hidden spark's title is offered to another")
			}
			if n := p.Find("[name=title][value='" + b + "']").Length(); n != 1 {
				t.Error("a public spark's title is not offered")
			}
		}
		for path, status := range map[string]int{"/toimisto/yhdista": 200, "/toimisto/yhdista?a=" + a: 200, "/toimisto/yhdista?k=" + a + "&k=" + b: 200, "/toimisto/yhdista?a=2222-2222": 404} {
			if p := planner.get(path); p.status != status {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

func TestARefusedMergingKeepsWhatWasChosen(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, _ := s.twin("Aino Aalto", pajaA)
		hidden, _ := s.twin("Salla Salainen", "Puupaja salaa.", seenBy(spark.Office))
		planner := s.officer(office.Planner)
		p := planner.post("/toimisto/yhdista", url.Values{"k": {a, hidden}, "stays": {hidden}, "title": {a}})
		if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), hidden) {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		if p.Find("[name=stays][checked]").AttrOr("value", "") != hidden || p.Find("[name=title][checked]").AttrOr("value", "") != a {
			t.Error("what was chosen is lost")
		}
		if p := planner.post("/toimisto/yhdista", url.Values{"k": {a, hidden}}); p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#stays']").Length() != 1 {
			t.Errorf("nothing chosen gives %d", p.status)
		}
		if p := planner.post("/toimisto/yhdista", url.Values{"k": {a}, "stays": {a}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("one alone gives %d", p.status)
		}
		version := s.find(a).Version
		s.must(s.parts.Sparks.Note(context.Background(), s.act(a), "x"))
		other, _ := s.twin("Bertta Berg", pajaB)
		p = planner.post("/toimisto/yhdista", url.Values{"k": {a, other}, "stays": {a}, "version": {a + " " + itoa(version)}})
		if p.status != http.StatusConflict {
			t.Errorf("an old version gives %d", p.status)
		}
	})
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

// What everybody reads of a matter that several brought: all get the credit they
// want, nothing of the hidden ones is shown, each number leads on.
func TestThePublicPageGivesCreditToAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, ownA := s.twin("Aino Aalto", pajaA)
		b, ownB := s.twin("Bertta Berg", pajaB)
		c, ownC := s.twin("Cecilia Nimetön", "Puupaja, eikä nimeä.", seenBy(spark.Unnamed))
		hid, ownH := s.twin("Salla Salainen", "Salatut sanat puupajasta.", seenBy(spark.Office), func(d *spark.Draft) { d.Title, d.Secret = "Salattu otsikko", true })
		again, _ := s.twin("Aino Aalto", "Aino muisti saman uudestaan.")
		planner, public := s.officer(office.Planner), s.visitor()
		planner.joins(a, b, c, hid, again)
		for _, secret := range []string{"Salla", "Salattu", "Salatut", hid, "Cecilia"} {
			for _, path := range []string{"/kipina/" + a, "/kipina/" + b, ownA, ownB, "/kipinat", "/"} {
				if p := public.get(path); strings.Contains(p.body, secret) {
					t.Errorf("%s shows %q", path, secret)
				}
			}
		}
		p := public.get("/kipina/" + a)
		if credit := p.Find("header .meta").Text(); !strings.Contains(credit, "Aino Aalto, Bertta Berg ja 2 muuta") {
			t.Errorf("credit: %s", credit)
		}
		if texts := p.Find("section[aria-labelledby=muut] details").Text(); !strings.Contains(texts, pajaB[:40]) || !strings.Contains(texts, "eikä nimeä") {
			t.Errorf("what they wrote: %s", texts)
		}
		for code, status := range map[string]int{b: 200, c: 200, hid: 404} {
			p := public.get("/kipina/" + code)
			if p.status != status {
				t.Errorf("%s: %d", code, p.status)
			}
			if status == 200 && p.Find("section[aria-labelledby=joined] a[href='/kipina/"+a+"']").Length() != 1 {
				t.Errorf("%s does not lead on: %s", code, p.Find("section[aria-labelledby=joined]").Text())
			}
		}
		if p := public.get("/kipinat"); strings.Count(p.body, "/kipina/"+b) != 0 || !strings.Contains(p.body, "/kipina/"+a) {
			t.Error("the list shows what was joined")
		}
		// The bringers' own pages: their own text, the matter's story, their own verbs.
		for own, text := range map[string]string{ownB: pajaB, ownC: "eikä nimeä", ownH: "Salatut sanat"} {
			p := public.get(own)
			if p.status != 200 || !strings.Contains(p.Find("section[aria-labelledby=text]").Text(), text) || p.Find("section[aria-labelledby=joined]").Length() != 1 {
				t.Errorf("%s: %d", own, p.status)
			}
		}
		if p := public.post(ownB+"/vastaus", url.Values{"words": {"Bertan sanat kaikille."}, "seen": {"public"}}); p.status != 200 {
			t.Fatal(p.status)
		}
		if p := public.post(ownB+"/vastaus", url.Values{"words": {"Bertan sanat kaikille."}, "seen": {"public"}}); strings.Count(p.Find(".story").Text(), "Bertan sanat") != 1 {
			t.Error("the same reply twice")
		}
		if p := public.post(ownH+"/vastaus", url.Values{"words": {"SALAA-SANOTTU"}, "seen": {"public"}}); p.status != 200 {
			t.Fatal(p.status)
		}
		if story := public.get("/kipina/" + a).Find(".story").Text(); !strings.Contains(story, "Bertta Berg kirjoitti toimistolle kipinästä "+b) || !strings.Contains(story, "Bertan sanat") || strings.Contains(story, "SALAA") {
			t.Errorf("the story: %s", story)
		}
		for _, own := range []string{ownA, ownB, ownC} {
			if p := public.get(own); strings.Contains(p.body, "SALAA") {
				t.Errorf("%s shows another's words to the office", own)
			}
		}
		if p := public.get(ownH); !strings.Contains(p.Find(".story").Text(), "SALAA") {
			t.Error("one's own words are not on one's own page")
		}
		if p := planner.get("/toimisto/kipina/" + a); !strings.Contains(p.Find(".story").Text(), "SALAA") || !strings.Contains(p.Find("section[aria-labelledby=yhdistetyt]").Text(), "Salatut sanat") {
			t.Error("the office does not read everything")
		}
	})
}

func TestTheOfficeActsOnceForAll(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, ownA := s.twin("Aino Aalto", pajaA)
		b, ownB := s.twin("Bertta Salaperäinen", pajaB, seenBy(spark.Unnamed))
		planner, public := s.officer(office.Planner), s.visitor()
		if p := planner.joins(a, b); !strings.Contains(p.Find("[role=status]").Text(), b) {
			t.Errorf("said: %s", p.Find("[role=status]").Text())
		}
		p := planner.get("/toimisto/kipina/" + b)
		if p.Find("form[action$='/vastaa']").Length() != 0 || p.Find("section[aria-labelledby=yhdistetty] a[href$='"+a+"']").Length() != 1 || p.Find("form[action$='/erilleen']").Length() != 1 {
			t.Error("a joined spark's page does not lead on")
		}
		if p := planner.post("/toimisto/kipina/"+b+"/vastaa", url.Values{"words": {"Ohi."}}); p.status != http.StatusConflict || !strings.Contains(p.body, "Ohi.") && !strings.Contains(p.Find(".errors").Text(), "yhdistetty") {
			t.Errorf("an answer past it: %d", p.status)
		}
		// What goes to all names nobody who stays unnamed, in public or not.
		for verb, form := range map[string]url.Values{
			"vastaa": {"words": {"Hei Bertalle Salaperäiselle."}}, "kysy": {"words": {"Bertta, missä?"}},
			"keskustelu": {"way": {"call"}, "words": {"Puhuin Berttan kanssa."}, "shown": {"1"}},
			"maarapaiva": {"day": {"2026-12-11"}, "reason": {"Bertta matkustaa."}},
		} {
			form.Set("words", strings.ReplaceAll(form.Get("words"), "Bertalle", "Berttalle"))
			if p := planner.post("/toimisto/kipina/"+a+"/"+verb, form); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), "usealle") {
				t.Errorf("%s: %d %s", verb, p.status, p.Find(".errors").Text())
			}
		}
		if p := planner.post("/toimisto/kipina/"+a+"/vastaa", url.Values{"words": {"Hei kaikki puupajan tuojat."}}); p.status != 200 {
			t.Fatal(p.status)
		}
		for _, own := range []string{ownA, ownB} {
			if p := public.get(own); !strings.Contains(p.Find(".story").Text(), "Hei kaikki puupajan") {
				t.Errorf("%s does not hear", own)
			}
		}
		if p := planner.post("/toimisto/kipina/"+b+"/erilleen", nil); p.status != 200 || p.Find("form[action$='/vastaa']").Length() != 1 {
			t.Errorf("taken apart: %d", p.status)
		}
		if p := public.get(ownB); !strings.Contains(p.Find(".story").Text(), "Hei kaikki puupajan") || p.Find("section[aria-labelledby=joined]").Length() != 0 {
			t.Error("what was heard meanwhile is gone")
		}
		if p := public.get("/kipina/" + b); p.status != 200 || p.Find("section[aria-labelledby=promise]").Length() != 1 {
			t.Errorf("%d", p.status)
		}
	})
}

// Taking one's own away from a matter that others brought: nothing of it is left
// anywhere, and nothing of the others' is lost.
func TestErasingOnesPartOfASharedMatter(t *testing.T) {
	t.Parallel()
	for name, first := range map[string]bool{"the one that carries": true, "a joined one": false} {
		each(t, func(t *testing.T, s *site) {
			r := s.visitor()
			d := s.lived(r)
			other, ownOther := s.twin("Toivo Toinen", "Toivon oma verstas.")
			planner := s.officer(office.Planner)
			if first {
				planner.joins(d.code, other)
			} else {
				planner.joins(other, d.code)
			}
			carrier := map[bool]string{true: d.code, false: other}[first]
			s.clock.Advance(time.Minute)
			for _, words := range []string{"Hei Meikäläinen ja muut.", "Yhteinen vastaus kaikille."} {
				if p := planner.post("/toimisto/kipina/"+carrier+"/vastaa", url.Values{"words": {words}, "public": {"1"}}); p.status != 200 {
					t.Fatal(p.status)
				}
			}
			for own, words := range map[string]string{d.own: "Ratkaisevasti mukana.", ownOther: "Toivon sana."} {
				if p := r.post(own+"/vastaus", url.Values{"words": {words}}); p.status != 200 {
					t.Fatal(p.status)
				}
			}
			s.drain()
			if p := r.get(d.own + "/poisto"); !strings.Contains(p.Find("main").Text(), "ilman sinua") {
				t.Errorf("%s: the page does not say that others go on", name)
			}
			if p := r.post(d.own+"/poisto", url.Values{"erase": {"1"}}); p.status != 200 || p.path != "/oma/poistettu" {
				t.Fatalf("%s: %d", name, p.status)
			}
			s.drain()
			if found := s.traces("meikäläi", "meikalaiset", "040 765", "salasanaton", "ratkaisevasti", "mummolanmäki"); len(found) > 0 {
				t.Errorf("%s: left: %q", name, found)
			}
			p := r.get(ownOther)
			if story := p.Find(".story").Text(); p.status != 200 || !strings.Contains(story, "Yhteinen vastaus") || !strings.Contains(story, "Toivon sana") || strings.Contains(story, "Hei Meikäläinen") {
				t.Errorf("%s: the other reads %d %s", name, p.status, story)
			}
			if sp := s.find(other); !sp.Listed || !sp.Open || sp.MergedInto != 0 || sp.People != 1 {
				t.Errorf("%s: the other's spark: %+v", name, sp)
			}
			if file, _ := r.ownFile(ownOther); len(file["letters"].([]any)) == 0 || !strings.Contains(file["spark"].(map[string]any)["text"].(string), "verstas") {
				t.Errorf("%s: the other's file: %v", name, file["letters"])
			}
		})
	}
}

// A joined bringer's file holds their own and what was said to all, nothing else.
func TestAJoinedBringersFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, ownA := s.twin("Aino Aalto", pajaA)
		b, ownB := s.twin("Bertta Berg", pajaB)
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(a), "VAIN-AINOLLE", false, ""))
		planner, r := s.officer(office.Planner), s.visitor()
		planner.joins(a, b)
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(a), "YHTEINEN-VASTAUS", false, ""))
		r.post(ownA+"/vastaus", url.Values{"words": {"AINON-SANAT-TOIMISTOLLE"}})
		r.post(ownB+"/vastaus", url.Values{"words": {"BERTAN-SANAT"}})
		s.drain()
		_, p := r.ownFile(ownB)
		for word, want := range map[string]bool{"VAIN-AINOLLE": false, "YHTEINEN-VASTAUS": true, "AINON-SANAT": false, "BERTAN-SANAT": true, pajaB[:30]: true, "aino@": false, "bertta@": true} {
			if strings.Contains(p.body, word) != want {
				t.Errorf("%s in the file: %v", word, !want)
			}
		}
	})
}
