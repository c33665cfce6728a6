package web_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
)

// Selectors of buttons that a play presses.
const (
	toForm     = "form[data-draft=spark] button[name=step]"
	send       = "form[action$='/kipina'] > .actions > .button"
	answer     = "form[action$='/vastaa'] .actions > .button:not([formaction])"
	ask        = "form[action$='/vastaa'] .actions > .button[formaction]"
	reply      = "form[action$='/vastaus'] .actions > .button"
	closeIt    = "form[action$='/sulje'] .actions > .button"
	noteTalk   = "form[action$='/keskustelu'] .actions > .button"
	refused    = http.StatusUnprocessableEntity
	reachOpens = "details:has(#email) > summary"
	closeOpens = "details:has(form[action$='/sulje']) > summary"
)

// lines are what the people of a play say, in their own language.
type lines struct {
	title, text, name        string
	more, reply, why, would  string
	question, talked, agreed string
}

func said(l i18n.Language) lines {
	switch l {
	case i18n.Swedish:
		return lines{
			title: "Solpaneler på byahusets tak.", text: "Byn kunde köpa dem tillsammans, men ingen vet vem som räknar.", name: "Maja Exempel",
			more: "Jag ringer till byaföreningen i Kuusankoski redan i veckan.", reply: "Vi är redan fyra hushåll som vill vara med.",
			why: "Taket ska förnyas först.", would: "En entreprenör som räknar på både tak och paneler.",
			question: "Hur många hushåll är med?", talked: "Vi gick igenom taket och stödet.", agreed: "Räkna ut takets bärförmåga",
		}
	case i18n.English:
		return lines{
			title: "Solar panels on the village hall roof.", text: "The village could buy them together, but nobody knows who would do the sums.", name: "Mary Example",
			more: "I will call the village association in Kuusankoski this week.", reply: "Four households already want to join.",
			why: "The roof has to be renewed first.", would: "A contractor who prices both the roof and the panels.",
			question: "How many households are in?", talked: "We went through the roof and the support.", agreed: "Work out what the roof bears",
		}
	}
	return lines{
		title: "Aurinkopaneelit kylätalon katolle.", text: "Kylä voisi hankkia ne yhdessä, mutta kukaan ei tiedä, kuka laskisi kannattavuuden.", name: "Maija Esimerkki",
		more: "Soitan kyläyhdistykseen Kuusankoskelle vielä tällä viikolla.", reply: "Meitä on jo neljä taloa mukana.",
		why: "Katto pitää uusia ensin.", would: "Urakoitsija, joka laskee katon ja paneelit samalla.",
		question: "Montako taloa on mukana?", talked: "Kävimme läpi katon ja tuet.", agreed: "Laskea, mitä katto kantaa",
	}
}

// TestBrowserFromSparkToClosing is the whole story: a resident drops a spark on a
// phone, the office answers, the resident replies by the link in the mail, the
// office closes it, and everybody sees why.
func TestBrowserFromSparkToClosing(t *testing.T) {
	t.Parallel()
	plays(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("asukas-%v@posti.example", scripts)

		// The drop, on a phone.
		resident := s.phone(t, scripts)
		if got := resident.Open(s.page("/")); got != http.StatusOK {
			t.Fatalf("the front page gave %d", got)
		}
		resident.Paste("#text", words.title+" "+words.text)
		follows(t, resident, toForm, http.StatusOK)
		if got := resident.Value("#text"); got != words.title+" "+words.text {
			t.Errorf("on the way to the form the text became %q", got)
		}
		resident.Click("input[name=visibility][value=public]")
		resident.Click(reachOpens)
		resident.Fill("#name", words.name)
		resident.Fill("#email", email)
		follows(t, resident, send, http.StatusOK)

		// The receipt.
		code := resident.Text(".receipt .code")
		found, err := spark.ByCode(t.Context(), s.db, "kouvola", code)
		must(t, err)
		due := s.say.OnWeekday(found.Due.Start(i18n.Helsinki()))
		shows(t, resident, "main", s.T("own.receipt.title"), s.T("own.receipt.due", "day", due), s.planner.Name, s.planner.Phone, s.edition.Call.NotGrant.In(string(s.lang)), email)
		if link := resident.Text("#own-link"); !strings.HasPrefix(link, s.page("/oma/")) {
			t.Errorf("the private link is %q", link)
		}
		receipt := s.letter(t, email, code, due, s.planner.Name, s.planner.Phone)
		s.letter(t, s.planner.Email, code, words.text)

		// The office signs in by the mailed link, which acts only when pressed.
		officer := s.desk(t, scripts)
		officer.Open(s.page("/toimisto/kipina/" + code))
		if got := officer.URL(); !strings.HasPrefix(got, s.page("/kirjaudu")) {
			t.Fatalf("an office page is open to anybody: %s", got)
		}
		s.clock.jump(11 * time.Minute) // six links an hour
		before := len(s.post.Messages())
		officer.Fill("#email", s.planner.Email)
		follows(t, officer, "main form button", http.StatusOK)
		signin := s.letterAfter(t, before, s.planner.Email, "/kirjaudu/")
		for range 2 { // a mail scanner's look changes nothing
			officer.Open(s.linkIn(t, signin, "/kirjaudu/"))
			shows(t, officer, "h1", s.planner.Name)
			if len(officer.Cookies()) > 0 {
				t.Error("opening the link set a cookie")
			}
		}
		follows(t, officer, "main form button", http.StatusOK)
		if got := officer.URL(); got != s.page("/toimisto/kipina/"+code) {
			t.Errorf("signed in to %s, not to where the officer was going", got)
		}

		// The work list, and an answer from a template.
		officer.Open(s.page("/toimisto"))
		follows(t, officer, "a[data-row][href*='"+code+"']", http.StatusOK)
		shows(t, officer, "main", words.text, words.name, email)
		officer.Choose("#malli", "first")
		follows(t, officer, "form:has(#malli) button", http.StatusOK)
		filled := officer.Value("#vastaa-words")
		if !strings.Contains(filled, words.name) || !strings.Contains(filled, s.planner.Name) || strings.Contains(filled, "{") {
			t.Errorf("the template was not filled in: %q", filled)
		}
		officer.Paste("#vastaa-words", filled+"\n\n"+words.more)
		follows(t, officer, answer, http.StatusOK)
		answered := s.letter(t, email, code, words.more)

		// The reply, through the link in the mail.
		resident.Open(s.linkIn(t, answered, "/oma/"))
		shows(t, resident, ".story", words.more)
		resident.Paste("#words", words.reply)
		follows(t, resident, reply, http.StatusOK)
		shows(t, resident, "main [role=status]", s.T("own.done.reply"))
		s.letter(t, s.planner.Email, code, words.reply)

		// The office sees it waiting, and closes it with its reason.
		officer.Open(s.page("/toimisto"))
		row := "li:has(a[data-row][href*='" + code + "'])"
		shows(t, officer, row+" .why", s.T("work.why.replied", "ago", s.say.Ago(s.clock.Now(), s.clock.Now())))
		follows(t, officer, "a[data-row][href*='"+code+"']", http.StatusOK)
		shows(t, officer, ".story", words.reply)
		officer.Click(closeOpens)
		officer.Click("form[action$='/sulje'] input[value=resting]")
		officer.Paste("#sulje-reason", words.why)
		officer.Paste("#sulje-would", words.would)
		follows(t, officer, closeIt, http.StatusOK)
		s.letter(t, email, code, words.why, words.would)

		// Everybody sees why: the resident by their first link, the public without one.
		resident.Open(s.linkIn(t, receipt, "/oma/"))
		shows(t, resident, "section[aria-labelledby=closed]", words.why, words.would, s.planner.Name)
		stranger := s.phone(t, scripts)
		stranger.Open(s.page("/kipina/" + code))
		shows(t, stranger, "section[aria-labelledby=closed]", words.why, words.would)
		shows(t, stranger, ".story", words.more)
		if strings.Contains(stranger.Text("body"), words.reply) || strings.Contains(stranger.Text("body"), email) {
			t.Error("the public reads what was said to the office only")
		}
		s.decent(t, resident, false)
		s.decent(t, stranger, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserQuestionAndReply: the office asks in public, the bringer answers for
// everybody to read, and until then their page shows the question first.
func TestBrowserQuestionAndReply(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("kysytty-%v@posti.example", scripts)
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Name: words.name, Email: email})
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/kipina/" + sp.Code))
		officer.Paste("#vastaa-words", words.question)
		officer.Click("form[action$='/vastaa'] input[name=public]")
		follows(t, officer, ask, http.StatusOK)
		shows(t, officer, "main", words.question)

		bringer := s.phone(t, scripts)
		bringer.Open(s.page("/kipina/" + sp.Code))
		shows(t, bringer, "section[aria-labelledby=asked]", words.question)
		bringer.Open(s.linkIn(t, s.letter(t, email, sp.Code, words.question), "/oma/"))
		shows(t, bringer, "section[aria-labelledby=write]", s.T("own.asked"), words.question)
		bringer.Paste("#words", words.reply)
		bringer.Click("input[name=seen][value=public]")
		follows(t, bringer, reply, http.StatusOK)
		s.letter(t, s.planner.Email, sp.Code, words.reply)
		bringer.Open(s.page("/kipina/" + sp.Code))
		shows(t, bringer, ".story", words.question, words.reply)
		if bringer.Has("section[aria-labelledby=asked]") {
			t.Error("an answered question still waits")
		}
		s.decent(t, bringer, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserTalkWithMeasures: a talk is noted with what was agreed and by whom,
// the bringer reads it, and the next contact is on the day's call list.
func TestBrowserTalkWithMeasures(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("puhe-%v@posti.example", scripts)
		sp, own := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Name: words.name, Email: email, Phone: "040 123 4567", Contact: spark.Call})
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/kipina/" + sp.Code))
		today := s.clock.Now().In(i18n.Helsinki()).Format("2006-01-02")
		officer.Paste("#keskustelu-words", words.talked)
		officer.Paste("#what1", words.agreed)
		officer.Fill("#who1", words.name)
		officer.Choose("#by1", s.clock.Now().AddDate(0, 0, 14).In(i18n.Helsinki()).Format("2006-01-02"))
		officer.Choose("#keskustelu-next", today)
		officer.Click("input[name=shown]")
		follows(t, officer, noteTalk, http.StatusOK)
		shows(t, officer, "section[aria-labelledby=toimenpiteet]", words.agreed, words.name)

		officer.Open(s.page("/toimisto/soitot"))
		shows(t, officer, "li:has(a[data-row][href*='"+sp.Code+"'])", "040 123 4567", words.talked, words.agreed)

		s.letter(t, email, sp.Code, words.talked)
		bringer := s.phone(t, scripts)
		bringer.Open(s.page(own))
		shows(t, bringer, ".story", words.talked, words.agreed)
		s.decent(t, bringer, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserWrongFormKeepsEverything: an empty text and a bad address are told
// of at once, the summary has the focus and leads to the fields, and all that was
// typed and chosen is still there.
func TestBrowserWrongFormKeepsEverything(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		p := s.phone(t, scripts)
		p.Open(s.page("/kipina"))
		p.Click("input[name=visibility][value=office]")
		p.Click("details:has(#place) > summary")
		p.Click("input[name=kind][value=need]")
		p.Fill("#place", "Elimäki")
		p.Click(reachOpens)
		p.Fill("#name", words.name)
		p.Fill("#email", "maija(at)posti")
		p.Choose("#contact", "mail")
		follows(t, p, send, refused)
		if at := p.Focused(); !strings.Contains(flat(at.Text), flat(s.say.N("form.mistakes", 2))) {
			t.Errorf("the focus is on %+v, not on the summary", at)
		}
		if n := len(p.Texts(".errors li a")); n != 2 {
			t.Errorf("%d mistakes", n)
		}
		for selector, want := range map[string]string{"#place": "Elimäki", "#name": words.name, "#email": "maija(at)posti", "#contact": "mail",
			"input[name=visibility]:checked": "office", "input[name=kind]:checked": "need"} {
			if got := p.Value(selector); got != want {
				t.Errorf("%s holds %q, want %q", selector, got, want)
			}
		}
		browsertest.Axe(t, p)
		if over := p.Overflow(); over > 0 {
			t.Errorf("the refused form is %d px too wide", over)
		}
		p.Click(".errors a[href='#email']")
		if at := p.Focused(); at.ID != "email" {
			t.Errorf("the summary's link led to %+v", at)
		}
		p.Fill("#email", fmt.Sprintf("oikein-%v@posti.example", scripts))
		p.Paste("#text", words.title)
		follows(t, p, send, http.StatusOK)
		shows(t, p, "h1", s.T("own.receipt.title"))
		s.decent(t, p, false)
	})
}

// TestBrowserDraftOutlivesTheTab: with JavaScript what was typed waits in this
// browser; after the drop it is forgotten.
func TestBrowserDraftOutlivesTheTab(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	words := said(s.lang)
	browser := browsertest.New(t)
	first := browser.Page(browsertest.ReducedMotion())
	first.Open(s.page("/kipina"))
	first.Paste("#text", words.title)
	first.Paste("#text", words.title+" "+words.text)
	first.Open(s.page("/tietosuoja")) // leaving keeps what is typed
	second := browser.Page(browsertest.ReducedMotion())
	second.Open(s.page("/"))
	if got := second.Value("#text"); got != words.title+" "+words.text {
		t.Errorf("the draft is %q", got)
	}
	shows(t, second, "[data-draft-note]", s.T("call.draft.kept"))
	follows(t, second, toForm, http.StatusOK)
	follows(t, second, send, http.StatusOK)
	second.Open(s.page("/"))
	if got := second.Value("#text"); got != "" {
		t.Errorf("after the drop the draft is still %q", got)
	}
	s.decent(t, second, false)
}

// TestBrowserExpiredSessionKeepsTheAnswer: an officer writes a long answer while
// their session runs out. Nothing is lost: they sign in beside it and send it.
func TestBrowserExpiredSessionKeepsTheAnswer(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("odottaa-%v@posti.example", scripts)
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Email: email})
		browser := browsertest.New(t)
		officer := browser.Page(browsertest.ReducedMotion(), browsertest.JavaScript(scripts))
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/kipina/" + sp.Code))
		long := strings.Repeat(words.more+" "+words.text+"\n\n", 20)
		officer.Paste("#vastaa-words", long)
		s.signedOut(t)
		follows(t, officer, answer, http.StatusUnauthorized)
		shows(t, officer, "h1", s.T("signin.expired.title"))
		if got := officer.Value("textarea"); strings.TrimSpace(got) != strings.TrimSpace(long) {
			t.Fatalf("of %d signs %d are left", len(long), len(got))
		}
		browsertest.Axe(t, officer)
		beside := browser.Page(browsertest.ReducedMotion(), browsertest.JavaScript(scripts))
		s.signIn(t, beside, s.planner)
		follows(t, officer, "main form .button", http.StatusOK)
		shows(t, officer, ".story", words.more)
		s.letter(t, email, sp.Code, words.more)
		s.decent(t, officer, true)
	})
}

// TestBrowserWithdrawErasesEverywhere: a bringer takes the spark away with its
// words, and no page that anybody has, the office's among them, holds them.
func TestBrowserWithdrawErasesEverywhere(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("pois-%v@posti.example", scripts)
		secret := fmt.Sprintf("Poistettavaksi %v.", scripts)
		sp, own := s.drops(t, spark.Draft{Text: secret + " " + words.text, Name: words.name, Email: email})
		s.letter(t, email, sp.Code)
		p := s.phone(t, scripts)
		p.Open(s.page(own))
		follows(t, p, "a[href$='/poisto']", http.StatusOK)
		p.Click("input[name=erase]")
		follows(t, p, "main form .button.danger", http.StatusOK)
		shows(t, p, "h1", s.T("own.withdrawn.title"))
		for path, want := range map[string]int{own: http.StatusGone, "/kipina/" + sp.Code: http.StatusNotFound, "/kipinat": http.StatusOK, "/": http.StatusOK} {
			if got := p.Open(s.page(path)); got != want {
				t.Errorf("%s gives %d, want %d", path, got, want)
			}
			if strings.Contains(p.Text("body"), secret) {
				t.Errorf("%s still shows the words", path)
			}
		}
		s.decent(t, p, false)
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.manager)
		for _, path := range []string{"/toimisto/kipina/" + sp.Code, "/toimisto/kipinat", "/toimisto", "/toimisto/soitot"} {
			if got := officer.Open(s.page(path)); got != http.StatusOK {
				t.Errorf("%s gives %d", path, got)
			}
			for _, gone := range []string{secret, words.name, email} {
				if strings.Contains(officer.Text("body"), gone) {
					t.Errorf("%s still shows %q to the office", path, gone)
				}
			}
		}
		s.decent(t, officer, true)
	})
}

// TestBrowserWhoReadsWhat: a name kept back and a spark for the office alone.
func TestBrowserWhoReadsWhat(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		drop := func(title, visibility string) (code string) {
			p := s.phone(t, scripts)
			p.Open(s.page("/kipina"))
			p.Paste("#text", title)
			p.Click("input[name=visibility][value=" + visibility + "]")
			p.Click(reachOpens)
			p.Fill("#name", words.name)
			follows(t, p, send, http.StatusOK)
			if has, want := p.Has("a[href*='/kipina/']"), visibility != "office"; has != want {
				t.Errorf("%s: the receipt leads to a public page: %v", visibility, has)
			}
			s.decent(t, p, false)
			return p.Text(".receipt .code")
		}
		unnamed, hidden := fmt.Sprintf("Ilman nimeä %v.", scripts), fmt.Sprintf("Vain toimistolle %v.", scripts)
		open, closed := drop(unnamed, "unnamed"), drop(hidden, "office")
		public, officer := s.phone(t, scripts), s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		for path, want := range map[string]int{"/kipina/" + open: http.StatusOK, "/kipina/" + closed: http.StatusNotFound, "/kipinat": http.StatusOK, "/": http.StatusOK} {
			if got := public.Open(s.page(path)); got != want {
				t.Errorf("%s gives %d, want %d", path, got, want)
			}
			text := public.Text("body")
			if strings.Contains(text, words.name) || strings.Contains(text, hidden) {
				t.Errorf("%s tells what it must not", path)
			}
			if want == http.StatusOK && !strings.Contains(text, strings.TrimSuffix(unnamed, ".")) {
				t.Errorf("%s does not show the unnamed spark", path)
			}
		}
		for _, code := range []string{open, closed} {
			officer.Open(s.page("/toimisto/kipina/" + code))
			shows(t, officer, "main", words.name)
		}
		s.decent(t, public, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserLanguageSwitchKeepsThePage: every language link leads to the same
// page, its query with it.
func TestBrowserLanguageSwitchKeepsThePage(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	sp, own := s.drops(t, spark.Draft{Text: said(i18n.Finnish).title, Place: "Elimäki"})
	for _, scripts := range []bool{true, false} {
		public, officer := s.phone(t, scripts), s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		for _, path := range []string{"/", "/kipina?laji=need", "/kipinat?jarjestys=apua&paikka=Elim%C3%A4ki", "/kipina/" + sp.Code, own, own + "/kiitos", "/ohjelma", "/paikat",
			"/toimisto?pino=new", "/toimisto/kipina/" + sp.Code + "?pino=new", "/toimisto/soitot"} {
			if !scripts && !strings.Contains(path, "?") {
				continue // the script has a hand in the query only
			}
			p := public
			if strings.HasPrefix(path, "/toimisto") {
				p = officer
			}
			p.Open(s.url + path)
			for _, l := range []i18n.Language{i18n.Swedish, i18n.English, i18n.Finnish} {
				follows(t, p, ".tongues a[lang="+string(l)+"]", http.StatusOK)
				want := s.url + "/" + string(l) + path
				if l == i18n.Finnish {
					want = s.url + path
				}
				if got := p.URL(); got != want {
					t.Errorf("scripts %v: from %s to %s led to %s", scripts, path, l, got)
				}
				if got := p.Attribute("html", "lang"); got != string(l) {
					t.Errorf("%s speaks %q", p.URL(), got)
				}
			}
		}
		s.decent(t, public, false)
		s.decent(t, officer, true)
	}
}

// TestBrowserBackReturnsToTheSamePlace: from a spark back to the second page of
// the list, where the reader was, although new sparks have come.
func TestBrowserBackReturnsToTheSamePlace(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	for i := range 45 {
		s.drops(t, spark.Draft{Text: fmt.Sprintf("Ajatus numero %d. %s", i, said(s.lang).text)})
	}
	for _, scripts := range []bool{true, false} {
		p := s.phone(t, scripts)
		p.Open(s.page("/kipinat"))
		follows(t, p, "a[rel=next]", http.StatusOK)
		seen := p.Texts(".sparks h2")
		if len(seen) != 20 {
			t.Fatalf("the second page has %d sparks", len(seen))
		}
		at := p.URL()
		const fourteenth = ".sparks > li:nth-child(14) a"
		browsertest.Evaluate[bool](p, "(document.querySelector('"+fourteenth+"').scrollIntoView({block: 'center'}), true)")
		where := top(p, fourteenth)
		follows(t, p, fourteenth, http.StatusOK)
		shows(t, p, "h1", seen[13])
		s.drops(t, spark.Draft{Text: "Sillä välin tullut ajatus."})
		p.Back()
		if p.URL() != at {
			t.Fatalf("Back led to %s, not %s", p.URL(), at)
		}
		if again := p.Texts(".sparks h2"); strings.Join(again, "\n") != strings.Join(seen, "\n") {
			t.Errorf("the page changed: %q, was %q", again, seen)
		}
		// The browser puts the page back a moment after it has come.
		wait(t, "the place in the list", func() bool { d := top(p, fourteenth) - where; return d > -3 && d < 3 })
		s.decent(t, p, false)
	}
}

// top is how far from the window's top an element is.
func top(p *browsertest.Page, selector string) int {
	return browsertest.Evaluate[int](p, "Math.round(document.querySelector('"+selector+"').getBoundingClientRect().top)")
}

// wait looks again until something has come to be; it does not care how long
// that takes on a busy machine.
func wait(t testing.TB, what string, is func() bool) {
	t.Helper()
	for range 600 {
		if is() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("%s did not come", what)
}

// TestBrowserByKeyboardOnly: a drop and its answer with Tab, letters and Enter;
// the focus can be seen all the way.
func TestBrowserByKeyboardOnly(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		title := fmt.Sprintf("%s (%v)", strings.TrimSuffix(words.title, "."), scripts)
		p := s.desk(t, scripts)
		p.Open(s.page("/"))
		p.Tab(1)
		if at := p.Focused(); flat(at.Text) != flat(s.T("page.skip")) {
			t.Errorf("the first stop is %+v, not the way past the menu", at)
		}
		p.Press(browsertest.Enter)
		tabTo(t, p, func(e browsertest.Element) bool { return e.ID == "text" })
		p.Press(title + ". " + words.text)
		tabTo(t, p, func(e browsertest.Element) bool { return e.Name == "step" })
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("Enter on the button gave %d", got)
		}
		tabTo(t, p, func(e browsertest.Element) bool { return flat(e.Text) == flat(s.T("call.more.reach")) })
		p.Press(browsertest.Enter)
		tabTo(t, p, func(e browsertest.Element) bool { return e.ID == "name" })
		p.Press(words.name)
		tabTo(t, p, func(e browsertest.Element) bool { return flat(e.Text) == flat(s.T("call.drop.send")) })
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("sending gave %d", got)
		}
		code := p.Text(".receipt .code")
		s.decent(t, p, false)

		s.signIn(t, p, s.planner)
		if scripts { // one letter a row
			p.Press("j")
			if at := p.Focused(); at.Tag != "a" {
				t.Errorf("j led to %+v", at)
			}
		}
		tabTo(t, p, func(e browsertest.Element) bool {
			return flat(e.Text) == flat(title+".") || flat(e.Text) == flat(title)
		})
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK || !strings.Contains(p.URL(), code) {
			t.Fatalf("the row led to %d at %s", got, p.URL())
		}
		tabTo(t, p, func(e browsertest.Element) bool { return e.ID == "vastaa-words" })
		p.Press(words.more)
		tabTo(t, p, func(e browsertest.Element) bool {
			return e.Tag == "button" && (flat(e.Text) == flat(s.T("workspark.answer.send")) || flat(e.Text) == flat(s.T("workspark.answer.send_next")))
		})
		if got := p.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("answering gave %d", got)
		}
		after, err := spark.ByCode(t.Context(), s.db, "kouvola", code)
		must(t, err)
		if after.Answered.IsZero() {
			t.Error("the answer was not taken")
		}
		s.decent(t, p, true)
	})
}

// tabTo goes on with Tab until the focus is where it should be, and checks that
// each stop can be seen.
func tabTo(t testing.TB, p *browsertest.Page, there func(browsertest.Element) bool) {
	t.Helper()
	for range 120 {
		p.Tab(1)
		at := p.Focused()
		if at.Tag == "body" {
			continue
		}
		if !browsertest.Evaluate[bool](p, `(e => { const s = getComputedStyle(e), box = e.closest('label') || e;
			return e.matches(':focus-visible') && (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2 || getComputedStyle(box).outlineStyle !== 'none' || s.boxShadow !== 'none') })(document.activeElement)`) {
			t.Errorf("the focus on %+v cannot be seen", at)
		}
		if there(at) {
			return
		}
	}
	t.Fatalf("Tab does not lead there on %s", p.URL())
}
