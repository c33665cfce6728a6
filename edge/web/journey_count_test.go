package web_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/office"
)

// tread is a person's way through pages, counted: what a page asks of them.
type tread struct {
	t testing.TB
	*browsertest.Page
	pages, presses, fields, signs int
}

// The seconds that docs/journeys.md reckons with; they are said there as
// assumptions, not as measured.
const (
	aPage  = 4 // to load and find one's place
	aPress = 2
	aField = 3    // to go to it, and to choose in it
	aSign  = 0.33 // three signs typed a second, on a phone or a keyboard
)

func (w *tread) seconds() float64 {
	return aPage*float64(w.pages) + aPress*float64(w.presses) + aField*float64(w.fields) + aSign*float64(w.signs)
}

// row is the walk as a line of the table in docs/journeys.md; other is what the
// pages do not ask for: reading, thinking, talking.
func (w *tread) row(name string, other int) string {
	all := w.seconds() + float64(other)
	return fmt.Sprintf("| %s | %d | %d | %d | %d | %d s | %d:%02d |", name, w.pages, w.presses, w.fields, w.signs, other, int(all)/60, int(all)%60)
}

func (w *tread) opens(address string) {
	w.t.Helper()
	w.pages, w.presses = w.pages+1, w.presses+1
	if got := w.Open(address); got != http.StatusOK {
		w.t.Fatalf("%s gave %d", address, got)
	}
}

func (w *tread) goes(selector string) {
	w.t.Helper()
	w.pages, w.presses = w.pages+1, w.presses+1
	follows(w.t, w.Page, selector, http.StatusOK)
}

func (w *tread) press(selector string) {
	w.t.Helper()
	w.presses++
	w.Click(selector)
}

// writes adds to what a field holds.
func (w *tread) writes(selector, text string) {
	w.t.Helper()
	w.fields, w.signs = w.fields+1, w.signs+utf8.RuneCountInString(text)
	w.Paste(selector, w.Value(selector)+text)
}

func (w *tread) chooses(selector, value string) {
	w.t.Helper()
	w.fields++
	w.Choose(selector, value)
}

// documented checks that docs/journeys.md tells the walk as it was walked.
func documented(t testing.TB, rows ...string) {
	t.Helper()
	doc, err := os.ReadFile("../../docs/journeys.md")
	if err != nil {
		t.Error(err)
	}
	for _, row := range rows {
		if !strings.Contains(string(doc), row+"\n") {
			t.Errorf("docs/journeys.md does not tell what was walked:\n%s", row)
		}
	}
}

// TestBrowserDropInUnderAMinute: the least a resident does on a phone.
func TestBrowserDropInUnderAMinute(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	w := &tread{t: t, Page: s.phone(t, true)}
	w.opens(s.page("/"))
	w.writes("#text", "Aurinkopaneelit kylätalon katolle. Kuka laskisi, kannattaako se?")
	w.goes(toForm)
	w.goes(send)
	shows(t, w.Page, "h1", s.T("own.receipt.title"))
	if w.pages > 3 || w.presses > 3 || w.fields > 1 || w.seconds() >= 60 {
		t.Errorf("a drop asks for %d pages, %d presses, %d fields: %.0f s", w.pages, w.presses, w.fields, w.seconds())
	}
	least := w.row("a spark on a phone, its text only", 0)

	w = &tread{t: t, Page: s.phone(t, true)}
	w.opens(s.page("/"))
	w.writes("#text", "Aurinkopaneelit kylätalon katolle. Kuka laskisi, kannattaako se?")
	w.goes(toForm)
	w.press(reachOpens)
	w.writes("#name", "Maija Esimerkki")
	w.writes("#email", "maija.esimerkki@posti.example")
	w.goes(send)
	documented(t, least, w.row("the same with name and e-mail, every letter typed", 0))
}

// TestBrowserAMondayInTwentyMinutes: two officers, 150 sparks a year, so three new
// ones a week. One of the two walks a whole Monday: signs in, answers three new
// sparks and one that wrote back, calls two people, closes one that was left alone.
func TestBrowserAMondayInTwentyMinutes(t *testing.T) {
	t.Parallel()
	s, words := newStage(t, i18n.Finnish), said(i18n.Finnish)
	ctx := s.parts.Jobs.WokenBy(t.Context())
	do := func(_ spark.Spark, err error) { t.Helper(); must(t, err) }

	// What was before: two people who wait for a call, one who was answered and
	// then nobody took it up, one who was answered and wrote back.
	var calls []spark.Spark
	for i := range 2 {
		sp, _ := s.drops(t, spark.Draft{Text: fmt.Sprintf("Soitettava ajatus %d. %s", i, words.text), Name: words.name, Phone: "040 123 4567", Contact: spark.Call, Place: "Elimäki"})
		do(s.parts.Sparks.Answer(ctx, s.act(sp), words.more, true, ""))
		do(s.parts.Sparks.Remind(ctx, s.act(sp), office.Today(s.clock)+14))
		calls = append(calls, sp)
	}
	lone, _ := s.drops(t, spark.Draft{Text: "Yksin jäänyt ajatus. " + words.text})
	do(s.parts.Sparks.Answer(ctx, s.act(lone), words.more, true, ""))
	wrote, own := s.drops(t, spark.Draft{Text: "Takaisin kirjoitettu ajatus. " + words.text, Email: "takaisin@posti.example"})
	do(s.parts.Sparks.Answer(ctx, s.act(wrote), words.more, true, ""))
	s.clock.jump(14 * 24 * time.Hour) // Monday again
	do(s.parts.Sparks.Reply(ctx, "kouvola", strings.TrimPrefix(own, "/oma/"), words.reply, false, s.edition))
	for i := range 3 {
		s.drops(t, spark.Draft{Text: fmt.Sprintf("Uusi ajatus %d. %s", i, words.text), Name: words.name, Email: "uusi@posti.example", Place: "Elimäki"})
	}

	officer := s.desk(t, true)
	sign := &tread{t: t, Page: officer}
	sign.opens(s.page("/toimisto"))
	sign.writes("#email", s.planner.Email)
	sign.goes("main form button")
	sign.opens(s.linkIn(t, s.letter(t, s.planner.Email, "/kirjaudu/"), "/kirjaudu/"))
	sign.goes("main form button")

	triage := &tread{t: t, Page: officer}
	triage.opens(s.page("/toimisto"))
	if n := len(officer.Texts("a[data-row][href*='pino=new']")); n != 4 {
		t.Fatalf("%d sparks wait for an answer, not 4", n)
	}
	triage.goes("a[data-row][href*='pino=new']")
	for range 4 {
		triage.chooses("#malli", "first")
		triage.goes("form:has(#malli) button")
		triage.writes("#vastaa-words", "\n\n"+words.more+" "+words.would)
		triage.goes(answer)
	}
	for _, pile := range []string{"late", "soon", "new"} {
		if left := officer.Has("a[data-row][href*='pino=" + pile + "']"); left {
			t.Errorf("%s sparks are left", pile)
		}
	}

	phone := &tread{t: t, Page: officer}
	phone.opens(s.page("/toimisto/soitot"))
	date := func(days int) string {
		return s.clock.Now().AddDate(0, 0, days).In(i18n.Helsinki()).Format("2006-01-02")
	}
	for i := range calls {
		if i > 0 {
			phone.opens(s.page("/toimisto/soitot"))
		}
		phone.goes("a.button[href$='#keskustelu']")
		phone.writes("#keskustelu-words", words.talked+" "+words.reply)
		if officer.Has("details:not([open]):has(#what1) > summary") {
			phone.press("details:has(#what1) > summary")
		}
		phone.writes("#what1", words.agreed)
		phone.writes("#who1", words.name)
		phone.chooses("#by1", date(14))
		phone.chooses("#keskustelu-next", date(21))
		phone.goes(noteTalk)
	}
	officer.Open(s.page("/toimisto/soitot"))
	if left := officer.Has("a[data-row]"); left {
		t.Error("a call of today is left")
	}

	end := &tread{t: t, Page: officer}
	end.opens(s.page("/toimisto"))
	end.goes("a[data-row][href*='" + lone.Code + "']")
	end.press(closeOpens)
	end.press("form[action$='/sulje'] input[value=resting]")
	end.writes("#sulje-reason", words.why)
	end.writes("#sulje-would", words.would)
	end.goes(closeIt)

	// Reading a spark and thinking of its answer takes a minute, a call three.
	all := &tread{}
	for _, w := range []*tread{sign, triage, phone, end} {
		all.pages, all.presses, all.fields, all.signs = all.pages+w.pages, all.presses+w.presses, all.fields+w.fields, all.signs+w.signs
	}
	const reading, calling, thinking = 4 * 60, 2 * 180, 60
	other := reading + calling + thinking
	if sum := all.seconds() + float64(other); sum > 20*60 {
		t.Errorf("a Monday takes %.0f seconds", sum)
	}
	documented(t, sign.row("signing in", 0), triage.row("triage: four answers from a template", reading),
		phone.row("two calls, with what was agreed", calling), end.row("one lone spark closed for now, with its reason", thinking), all.row("**the Monday**", other))
	s.decent(t, officer, true)
}
