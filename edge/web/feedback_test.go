package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/region/feedback"
	"kokko/region/office"
)

// gives fills the form in and sends it, as a browser does.
func (r *reader) gives(prefix string, pairs ...string) page {
	r.s.t.Helper()
	form := url.Values{"once": {r.get(prefix+"/palaute").Find("input[name=once]").AttrOr("value", "")}}
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return r.post(prefix+"/palaute", form)
}

func TestAnybodyGivesFeedbackAndSeesWhatCameOfIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.set(map[string]string{"accessibility.supervisor": "https://valvonta.example/kantelu"})
		r := s.visitor()
		statement := r.get("/saavutettavuus")
		if statement.Find("main a[href='/palaute']").Length() != 1 || statement.Find("footer a[href='/palaute']").Length() != 1 || !strings.Contains(statement.Find("main").Text(), "14 päivän kuluessa") {
			t.Error("the statement does not lead to the form")
		}
		for l, prefix := range inLanguages() {
			whole(t, "form in "+string(l), r.get(prefix+"/palaute"), l)
			p := r.gives(prefix, "words", "Este kielellä "+string(l)+".", "page", "/paikat")
			whole(t, "receipt in "+string(l), p, l)
			if due := texts(t).For(l).Date((office.Today(s.clock) + 14).Start(i18n.Helsinki())); !strings.Contains(p.Find(".receipt").Text(), due) {
				t.Errorf("%s: no %s in %s", l, due, p.Find(".receipt").Text())
			}
			if p.Find("main a[href='https://valvonta.example/kantelu']").Length() != 1 {
				t.Errorf("%s: the authority of the settings is not named", l)
			}
			s.clock.Advance(time.Minute)
		}
		// What is wrong comes back with everything typed in it.
		p := r.gives("", "words", " ", "page", "Etusivu <b>", "email", "ei osoite")
		if p.status != http.StatusUnprocessableEntity || p.Find(".errors a").Length() != 2 || p.Find("#page").AttrOr("value", "") != "Etusivu <b>" || p.Find("#email").AttrOr("value", "") != "ei osoite" {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		// A page may say what it is about, and nothing else.
		if got := r.get("/palaute?sivu=/paikat&words=Huijaus").Find("#page").AttrOr("value", ""); got != "/paikat" {
			t.Errorf("%q", got)
		}
		if got := r.get("/palaute?sivu=https://muualla.example").Find("#page").AttrOr("value", ""); got != "" {
			t.Error("a link puts words into the form")
		}
		// A machine that fills everything in is told, and nothing typed is lost.
		s.clock.Advance(time.Minute)
		p = r.gives("", "words", "Osta halvalla.", "homepage", "https://kauppa.example")
		if p.status != http.StatusUnprocessableEntity || strings.Contains(p.body, "kauppa.example") || p.Find("#words").Text() == "" || p.Find(".trap #homepage").AttrOr("value", "") != "" {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if w, err := feedback.Count(context.Background(), s.db, "kouvola", office.Today(s.clock)); err != nil || w.Open != 3 {
			t.Errorf("%v %+v", err, w)
		}
		// The same form twice is one receipt.
		s.clock.Advance(time.Minute)
		form := url.Values{"once": {ident.Secret()}, "words": {"Kahdesti lähetetty."}, "email": {"lukija@posti.example"}}
		first, second := r.post("/palaute", form), r.post("/palaute", form)
		if first.path != second.path || !strings.HasPrefix(first.path, "/palaute/") || first.Find(".code").Text() != second.Find(".code").Text() {
			t.Errorf("%s and %s", first.path, second.path)
		}
		if first.header.Get("Referrer-Policy") != "no-referrer" || first.header.Get("Content-Encoding") != "" || first.Find("meta[content=noindex]").Length() != 1 || first.Find("link[rel=alternate]").Length() != 0 || len(first.header.Values("Set-Cookie")) != 0 {
			t.Errorf("%v", first.header)
		}
		// Nobody sends more than a few a minute.
		s.clock.Advance(time.Minute)
		for i := range 6 {
			if p := r.gives("", "words", "Taas."); (p.status == http.StatusTooManyRequests) != (i == 5) {
				t.Errorf("%d: %d", i, p.status)
			}
		}
		// Erased by its giver: gone from everywhere, and its page says so.
		p = r.post(first.path+"/poisto", nil)
		if p.status != http.StatusOK || p.path != "/palaute/poistettu" {
			t.Errorf("%d at %s", p.status, p.path)
		}
		s.drain()
		if left := s.traces("kahdesti lähetetty", "lukija@posti.example"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		for _, path := range []string{first.path, "/palaute/" + ident.Secret()} {
			if p := r.get(path); p.status != http.StatusGone || strings.Contains(p.body, "Kahdesti") {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}

func TestTheOfficeAnswersFeedbackInTime(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		mailed, quiet := s.barrier("Valikko ei aukea. Kerroin tästä <b>jo</b>.", "lukija@posti.example"), s.barrier("Kartta ei toimi.", "")
		o := s.officer(office.Coordinator)
		at := func(r feedback.Receipt) string { return "/toimisto/palaute/" + r.ID.String() }
		// Not late: counted on the front page, without a warning.
		if p := o.get("/toimisto"); p.Find(".counts a[href='/toimisto/palaute'] b").Text() != "2" || p.Find(".note.warn").Length() != 0 {
			t.Errorf("%s", p.Find("main").Text())
		}
		for l, prefix := range inLanguages() {
			for _, path := range []string{"/toimisto/palaute", at(mailed), at(quiet)} {
				whole(t, path, o.get(prefix+path), l)
			}
		}
		s.clock.Advance(15 * 24 * time.Hour)
		o = s.officer(office.Coordinator)
		viewer := s.officer(office.Viewer)
		if p := o.get("/toimisto"); !strings.Contains(p.Find(".note.warn").Text(), "2 saavutettavuuspalautetta") || p.Find(".counts li.late a[href='/toimisto/palaute']").Length() != 1 {
			t.Errorf("late feedback is not told of: %s", p.Find("main").Text())
		}
		if p := viewer.get("/toimisto"); p.Find("a[href='/toimisto/palaute']").Length() != 0 {
			t.Error("a viewer is led to what they may not open")
		}
		var order []string
		o.get("/toimisto/palaute").Find("ol.bench h3 a").Each(func(_ int, a *goquery.Selection) { order = append(order, a.AttrOr("href", "")) })
		if len(order) != 2 || order[0] != at(mailed) {
			t.Errorf("%v", order)
		}
		p := o.get(at(mailed))
		if !strings.Contains(p.Find("main").Text(), "<b>jo</b>") || !strings.Contains(p.Find(".due").Text(), "päivän") || p.Find("form[action$='/vastaa']").Length() != 1 {
			t.Errorf("%s", p.Find("main").Text())
		}
		if p := o.get(at(quiet)); p.Find("form[action$='/vastaa']").Length() != 0 || p.Find("form[action$='/hoidettu']").Length() != 1 {
			t.Error("an answer by mail to nobody's address")
		}
		// Empty answers come back, and so does one to what has been answered meanwhile.
		for path, field := range map[string]string{at(mailed) + "/vastaa": "#vastaa-words", at(quiet) + "/hoidettu": "#hoidettu-note", at(quiet) + "/poista": "#poista-confirm"} {
			if p := o.post(path, url.Values{"words": {" "}}); p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='"+field+"']").Length() != 1 || p.Find(field+"[aria-invalid]").Length() != 1 {
				t.Errorf("%s: %d, %s", path, p.status, p.Find(".errors").Text())
			}
		}
		if p := o.post(at(mailed)+"/vastaa", url.Values{"words": {"Korjasimme valikon.\n\nKiitos."}}); p.status != http.StatusOK || p.path != "/toimisto/palaute" || !strings.Contains(p.Find("[role=status]").Text(), mailed.Code) {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if p := o.post(at(mailed)+"/hoidettu", url.Values{"note": {"Minäkin ehdin."}}); p.status != http.StatusConflict || !strings.Contains(p.Find(".errors").Text(), "ehti ennen") {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		if p := o.post(at(quiet)+"/hoidettu", url.Values{"note": {"Kartta on korjattu."}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		s.drain()
		letters, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 20)
		must(t, err)
		if i := slices.IndexFunc(letters, func(l mail.Posted) bool { return l.Purpose == "feedback.answered" }); i < 0 || letters[i].To != "lukija@posti.example" || !strings.Contains(letters[i].Text, "Korjasimme valikon.") {
			t.Errorf("%+v", letters)
		}
		// Their givers read it on their own pages.
		for r, want := range map[string]string{mailed.Secret: "Korjasimme valikon.", quiet.Secret: "Kartta on korjattu."} {
			if p := s.visitor().get("/palaute/" + r); !strings.Contains(p.Find("main").Text(), want) {
				t.Errorf("no %q in %s", want, p.Find("main").Text())
			}
		}
		if p := o.get("/toimisto"); p.Find("a[href='/toimisto/palaute']").Length() != 0 {
			t.Error("nothing waits, and the front page counts it")
		}
		// On request by its number the office takes it away, letters and all.
		if p := o.post(at(mailed)+"/poista", url.Values{"confirm": {"1"}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		if left := s.traces("valikko ei aukea", "lukija@posti.example", "korjasimme valikon"); len(left) > 0 {
			t.Errorf("left: %v", left)
		}
		for _, path := range []string{at(mailed), "/toimisto/palaute/x"} {
			if p := o.get(path); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", path, p.status)
			}
		}
	})
}
