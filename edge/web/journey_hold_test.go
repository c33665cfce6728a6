package web_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/trust"
)

// Selectors of the plays about waiting.
const (
	declineBlock = "button[formaction$='/esta']"
	blockOpens   = "details:has(button[formaction$='/esta']) > summary"
	toQueue      = ".counts a[href$='/toimisto/jono']"
)

// holds has suspicious sparks wait, as they do where nobody has said otherwise.
func (s *stage) holds(t testing.TB) {
	t.Helper()
	must(t, s.parts.Office.Set(context.Background(), "kouvola", trust.Usual().Settings()))
}

// writes drops a spark by the form, as slowly as a person, and gives its number and
// the page it led to.
func (s *stage) writes(t testing.TB, p *browsertest.Page, text, email string) (code string) {
	t.Helper()
	p.Open(s.page("/kipina"))
	p.Paste("#text", text)
	p.Click("input[name=visibility][value=public]")
	if email != "" {
		p.Click(reachOpens)
		p.Fill("#email", email)
	}
	s.clock.jump(20 * time.Second)
	follows(t, p, send, http.StatusOK)
	return p.Text(".receipt .code")
}

// TestBrowserHeldSparkIsApprovedAndTrusted: a stranger's spark with a link waits,
// its bringer reads so, the office approves it and trusts the author by the
// keyboard, and the next one of the same author goes straight in.
func TestBrowserHeldSparkIsApprovedAndTrusted(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		s.holds(t)
		words := said(s.lang)
		email := fmt.Sprintf("kyla-%v@yhdistys.example", scripts)
		text := fmt.Sprintf("%s %s https://kyla.example/%v", words.title, words.text, scripts)
		bringer, stranger := s.phone(t, scripts), s.phone(t, scripts)
		code := s.writes(t, bringer, text, email)
		shows(t, bringer, ".receipt", s.T("hold.own.receipt"))
		browsertest.Axe(t, bringer)
		if over := bringer.Overflow(); over > 0 {
			t.Errorf("the receipt is %d px too wide", over)
		}
		letter := s.letter(t, email, code)
		if strings.Contains(letter.Subject+letter.Text, "kyla.example/") || strings.Contains(letter.Text, words.text) {
			t.Error("the receipt carries what nobody has looked at")
		}
		bringer.Open(s.linkIn(t, letter, "/oma/"))
		shows(t, bringer, "section[aria-labelledby=waits]", s.T("hold.own.title"), s.T("hold.reason.link"))
		browsertest.Axe(t, bringer)
		for path, want := range map[string]int{"/kipina/" + code: http.StatusNotFound, "/kipinat": http.StatusOK, "/": http.StatusOK} {
			if got := stranger.Open(s.page(path)); got != want {
				t.Errorf("%s gives %d, want %d", path, got, want)
			}
			if strings.Contains(stranger.Text("main"), strings.TrimSuffix(words.title, ".")) && strings.Contains(stranger.Text("main"), code) {
				t.Errorf("%s shows what waits", path)
			}
		}

		// The office finds it from its front page and decides without a mouse.
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		browsertest.Axe(t, officer)
		shows(t, officer, toQueue, "1", s.T("hold.count"))
		follows(t, officer, toQueue, http.StatusOK)
		browsertest.Axe(t, officer)
		row := "a[data-row][href*='" + code + "']"
		shows(t, officer, "li:has("+row+")", words.text, s.T("hold.reason.link"))
		if scripts {
			officer.Press("j")
			if at := officer.Focused(); at.Tag != "a" {
				t.Errorf("j led to %+v", at)
			}
		} else {
			tabTo(t, officer, func(e browsertest.Element) bool {
				return e.Tag == "a" && strings.Contains(flat(e.Text), flat(strings.TrimSuffix(words.title, ".")))
			})
		}
		if got := officer.FollowKeys(browsertest.Enter); got != http.StatusOK || !strings.Contains(officer.URL(), code) {
			t.Fatalf("the row led to %d at %s", got, officer.URL())
		}
		browsertest.Axe(t, officer)
		tabTo(t, officer, func(e browsertest.Element) bool { return e.Tag == "button" && e.Name == "trust" })
		if got := officer.FollowKeys(browsertest.Enter); got != http.StatusOK {
			t.Fatalf("approving gave %d", got)
		}
		if got := officer.URL(); got != s.page("/toimisto/jono") {
			t.Errorf("approving the last of the queue led to %s", got)
		}
		shows(t, officer, ".note.good", s.T("work.did.hyvaksy"))

		// To everybody it is as if it had just come, and the promise stands.
		found, err := spark.ByCode(t.Context(), s.db, "kouvola", code)
		must(t, err)
		if got := stranger.Open(s.page("/kipina/" + code)); got != http.StatusOK {
			t.Errorf("approved it gives %d", got)
		}
		shows(t, stranger, ".story", s.T("hold.told.approved", "name", s.planner.Name))
		browsertest.Axe(t, stranger)
		stranger.Open(s.page("/"))
		shows(t, stranger, ".sparks", strings.TrimSuffix(words.title, "."))
		s.letter(t, email, code, s.planner.Name, s.say.OnWeekday(found.Due.Start(i18n.Helsinki())))

		next := s.writes(t, bringer, fmt.Sprintf("%s https://kyla.example/toinen-%v", words.more, scripts), email)
		if got := stranger.Open(s.page("/kipina/" + next)); got != http.StatusOK {
			t.Errorf("the next of a trusted author gives %d", got)
		}
		if bringer.Has("section[aria-labelledby=waits]") {
			t.Error("the next of a trusted author waits")
		}
		// Undone on the office's list, for the next play.
		officer.Open(s.page("/toimisto/luottamus"))
		browsertest.Axe(t, officer)
		follows(t, officer, "tbody form button", http.StatusOK)
		shows(t, officer, ".note.good", s.T("hold.lifted"))
		s.decent(t, bringer, false)
		s.decent(t, stranger, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserAuthorIsBlockedAndAllPendingGone: three adverts of one author wait; the
// office declines one and blocks the author, told how many go with it, and the
// queue is empty. Each bringer's page says why, and the author is turned away in
// words with everything typed kept.
func TestBrowserAuthorIsBlockedAndAllPendingGone(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		s.holds(t)
		words := said(s.lang)
		email := fmt.Sprintf("mainos-%v@kauppa.example", scripts)
		advertiser := s.phone(t, scripts)
		var codes, owns []string
		for i := range 3 {
			codes = append(codes, s.writes(t, advertiser, fmt.Sprintf("%s https://kauppa.example/%d-%v", words.text, i, scripts), email))
			owns = append(owns, strings.TrimSuffix(advertiser.URL(), "/kiitos"))
		}
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/kipina/" + codes[1] + "?pino=held"))
		officer.Click(blockOpens)
		shows(t, officer, "details:has("+declineBlock+")", s.say.N("hold.block.author_also", 2))
		browsertest.Axe(t, officer)
		officer.Paste("#hylkaa-reason", words.why)
		follows(t, officer, declineBlock, http.StatusOK)
		if got := officer.URL(); got != s.page("/toimisto/jono") {
			t.Errorf("led to %s", got)
		}
		shows(t, officer, "section[aria-labelledby=jono]", s.T("hold.waiting.empty"))
		follows(t, officer, "a[href$='nayta=hylatyt']", http.StatusOK)
		for _, code := range codes {
			shows(t, officer, ".bench", code)
		}
		browsertest.Axe(t, officer)

		s.letter(t, email, codes[1], words.why)
		for _, own := range owns {
			if got := advertiser.Open(own); got != http.StatusOK {
				t.Errorf("its bringer's page gives %d", got)
			}
			shows(t, advertiser, "section[aria-labelledby=closed]", words.why)
		}
		advertiser.Open(s.page("/kipina"))
		advertiser.Paste("#text", words.reply)
		advertiser.Click(reachOpens)
		advertiser.Fill("#email", email)
		s.clock.jump(20 * time.Second)
		follows(t, advertiser, send, http.StatusForbidden)
		shows(t, advertiser, ".errors", s.T("fault.trust.refused"))
		if got := advertiser.Value("#text"); got != words.reply {
			t.Errorf("of what was typed is left %q", got)
		}
		browsertest.Axe(t, advertiser)
		s.decent(t, advertiser, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserReaderReportsAndHearsWhatCameOfIt: a reader tells what is wrong, the
// office takes the spark out of sight, and the reader gets a letter.
func TestBrowserReaderReportsAndHearsWhatCameOfIt(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		email := fmt.Sprintf("lukija-%v@posti.example", scripts)
		sp, own := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Email: fmt.Sprintf("tuoja-%v@posti.example", scripts)})
		reader := s.phone(t, scripts)
		reader.Open(s.page("/kipina/" + sp.Code))
		follows(t, reader, "a[href$='/ilmoita']", http.StatusOK)
		browsertest.Axe(t, reader)
		reader.Paste("#words", words.reply)
		reader.Fill("#email", email)
		follows(t, reader, "form[action$='/ilmoita'] .button:not(.quiet)", refused)
		if got := reader.Value("#words"); got != words.reply {
			t.Errorf("of what was typed is left %q", got)
		}
		browsertest.Axe(t, reader)
		reader.Click("input[name=wrong][value=private]")
		follows(t, reader, "form[action$='/ilmoita'] .button:not(.quiet)", http.StatusOK)
		shows(t, reader, "h1", s.T("report.done.title"))
		if got := reader.Open(s.page("/kipina/" + sp.Code)); got != http.StatusOK {
			t.Errorf("a report alone hid it: %d", got)
		}

		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		follows(t, officer, ".counts a[href$='#ilmoitukset']", http.StatusOK)
		follows(t, officer, "section[aria-labelledby=ilmoitukset] a[data-row]", http.StatusOK)
		shows(t, officer, "section[aria-labelledby=ilmoitukset]", words.reply, s.T("report.wrong.private"))
		officer.Click("form[action$='/ilmoitukset'] input[value=hold]")
		officer.Paste("#ilmoitukset-words", words.why)
		follows(t, officer, "form[action$='/ilmoitukset'] .button", http.StatusOK)
		if got := reader.Open(s.page("/kipina/" + sp.Code)); got != http.StatusNotFound {
			t.Errorf("taken out of sight it gives %d", got)
		}
		s.letter(t, email, sp.Code)
		reader.Open(s.page(own))
		shows(t, reader, "main", words.why, s.T("hold.own.title"))
		// The queue is left empty for the next play.
		_, err := s.parts.Sparks.Approve(context.Background(), s.act(sp), false)
		must(t, err)
		s.decent(t, reader, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserFloodKeepsWhatWasTyped: who has sent too much in a minute is shown
// their words and sends them again a minute later, with the script and without.
func TestBrowserFloodKeepsWhatWasTyped(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		s.clock.jump(2 * time.Minute)
		for status := 0; status != http.StatusTooManyRequests; {
			res, err := http.PostForm(s.page("/kipina"), map[string][]string{"text": {""}})
			must(t, err)
			_ = res.Body.Close()
			status = res.StatusCode
		}
		s.clock.jump(-time.Minute) // however slowly the browser goes, its minute is not over
		p := s.phone(t, scripts)
		p.Open(s.page("/kipina"))
		long := words.title + " " + words.text
		p.Paste("#text", long)
		follows(t, p, send, http.StatusTooManyRequests)
		shows(t, p, "main", s.T("guard.slowed"))
		if got := p.Value("main textarea"); got != long {
			t.Errorf("of what was typed is left %q", got)
		}
		browsertest.Axe(t, p)
		if over := p.Overflow(); over > 0 {
			t.Errorf("the page is %d px too wide", over)
		}
		s.clock.jump(3 * time.Minute)
		follows(t, p, "main form .button", http.StatusOK)
		shows(t, p, "h1", s.T("own.receipt.title"))
		s.decent(t, p, false)
	})
}
