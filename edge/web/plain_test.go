package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode"

	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/journey/event"
	"kokko/journey/spark"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

// What is in plain Finnish is the call: its pages are the routes marked plain
// (PlainPatterns), and its texts are these, everything under each, less what no
// reader of plain Finnish meets.
var plainTexts = []string{
	"access.authority", "access.otherwise", "access.tell", "ago.", "ahead.", "call.", "challenge.", "contact.", "fault.code.", "fault.feedback.", "fault.page.", "feedback.", "feed.about", "feed.all", "feed.kind", "feed.line", "feed.older", "feed.place", "feed.question", "feed.spark", "feed.theme", "mail.feedback.", "fault.spark.", "fault.store.", "fault.title.", "find.", "follow.button.", "forecast.link", "mine.title",
	"foot.", "form.", "guard.", "helpers.link", "helpers.title", "hold.own.", "hold.reason.", "hold.told.", "kind.", "mail.bringer.", "mail.reader.", "missing.", "own.", "owndata.", "plain.", "report.", "ring.", "share.message", "share.picture.alt", "share.subject", "spark.", "state.", "talk.",
	"asset.", "fault.asset.", "calendar.at", "list.and", "example.shows", "mail.example", "nav.drop", "nav.language", "nav.main", "nav.office", "nav.places", "nav.programme", "nav.questions", "nav.sign_in", "nav.sparks",
	"opendata.csv", "opendata.take", "opendata.title", "opendata.xlsx", "page.optional", "page.skip", "signin.expired.again", "signin.expired.yours", "places.find.example",
	"event.calendar", "event.cancelled", "event.days", "event.front", "event.hours", "event.left", "event.list", "event.moved", "event.next", "event.one", "event.over", "event.past", "event.room", "event.sign_up", "event.spark", "event.state", "event.waiting", "event.when", "event.where", "fault.event.none",
	"fault.challenge.none", "fault.challenge.not_open", "fault.email.wrong", "fault.eyebrow", "fault.help", "fault.internal", "fault.language.wrong", "fault.office.nobody", "fault.phone.wrong",
	"fault.place.unknown", "fault.report.words.missing", "fault.report.wrong.missing", "fault.to_front", "fault.too_long", "fault.trust.refused", "fault.words.missing",
}

// notCalled are the texts under those that only the office meets.
var notCalled = []string{
	"fault.asset.changed", "fault.asset.listed", "fault.asset.not_listed", "fault.asset.note.missing", "fault.asset.off", "find.note.closed", "find.note.held", "find.note.hidden", "find.office.lead", "fault.feedback.done", "fault.feedback.no_email", "fault.feedback.none", "fault.feedback.note.missing", "fault.feedback.reply.missing", "fault.page.forbidden", "fault.page.sign_in", "fault.spark.open", "fault.spark.source.wrong", "fault.spark.tag.unknown", "foot.signed_in_as",
}

// unplain lists the Finnish texts of the call that plain Finnish does not say, and
// the names on the lists above that mean nothing.
func unplain(b *i18n.Bundle, wanted, excused []string) (wrong []string) {
	own, used := b.Own(i18n.Plain), map[string]bool{}
	for _, key := range b.Own(i18n.Finnish) {
		if i := slices.IndexFunc(wanted, func(w string) bool {
			return key == w || strings.HasSuffix(w, ".") && strings.HasPrefix(key, w) || strings.HasPrefix(key, w+".")
		}); i >= 0 {
			used[wanted[i]] = true
			if slices.Contains(excused, key) {
				used[key] = true
			} else if !slices.Contains(own, key) {
				wrong = append(wrong, key+" is not in plain Finnish: say it in the *.selko.yaml beside it, in short sentences and everyday words")
			}
		}
	}
	for _, name := range append(slices.Clone(wanted), excused...) {
		if !used[name] {
			wrong = append(wrong, name+" names no text")
		}
	}
	return wrong
}

func allTexts(t testing.TB) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(web.Texts, mail.Texts, notify.Texts, workday.Texts(), programme.Texts(), place.Texts())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestTheCallsTextsAreInPlainFinnish(t *testing.T) {
	t.Parallel()
	b := allTexts(t)
	for _, wrong := range unplain(b, plainTexts, notCalled) {
		t.Error(wrong)
	}
	if got := unplain(b, []string{"settings.people.", "nowhere."}, []string{"x"}); len(got) < 3 {
		t.Errorf("the check finds only %v", got)
	}
}

// passive tells a word in the passive by its ending, but for a few that only look so.
func passive(word string) bool {
	switch word {
	case "enintään", "viimeistään", "mitään", "ketään", "yhtään", "vastaan":
		return false
	}
	return slices.ContainsFunc([]string{"taan", "tään", "daan", "dään", "llaan", "llään", "nnaan", "nnään", "ttiin", "ttu", "tty"}, func(end string) bool { return strings.HasSuffix(word, end) })
}

// Plain Finnish keeps its sentences short and says who does what: no sentence of
// more than fifteen words, no signs that join two sentences into one, no passive.
func TestPlainSentencesAreShort(t *testing.T) {
	t.Parallel()
	b := allTexts(t)
	b.OnMissing(func(i18n.Missing) {}) // placeholders are not filled here
	say := b.For(i18n.Plain)
	for _, key := range b.Own(i18n.Plain) {
		text := say.T(key)
		if say.N(key, 2) != text {
			text += " " + say.N(key, 2)
		}
		if strings.HasPrefix(key, "mail.") {
			text = strings.ReplaceAll(text, "\n", ". ")
		}
		for sentence := range strings.FieldsFuncSeq(text, func(r rune) bool { return strings.ContainsRune(".!?:", r) }) {
			if n := len(strings.Fields(sentence)); n > 15 {
				t.Errorf("%s: a sentence of %d words: %s", key, n, sentence)
			}
		}
		for _, word := range strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if passive(word) {
				t.Errorf("%s: who does it? %q in %s", key, word, text)
			}
		}
		if strings.ContainsAny(text, ";–—") {
			t.Errorf("%s joins sentences: %s", key, text)
		}
	}
}

// lent gathers the texts that plain pages took from ordinary Finnish.
type lent struct {
	sync.Mutex
	keys []string
}

func (l *lent) take() (all []string) {
	l.Lock()
	defer l.Unlock()
	all, l.keys = l.keys, nil
	slices.Sort(all)
	return slices.Compact(all)
}

func (s *site) lends() *lent {
	l := &lent{}
	s.parts.Texts.OnLent(func(key string) {
		l.Lock()
		defer l.Unlock()
		l.keys = append(l.keys, key)
	})
	return l
}

// The call is walked in plain Finnish from the front page to the withdrawal, with
// mistakes on the way: every page speaks Finnish, is plain altogether, and leads to
// plain pages.
func TestTheCallIsWalkedInPlainFinnish(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r, l := context.Background(), s.visitor(), s.lends()
		question := s.ask(30)
		look := func(what string, p page, status int) page {
			t.Helper()
			if got := l.take(); len(got) > 0 {
				t.Errorf("%s takes from ordinary Finnish: %v", what, got)
			}
			if p.status != status || p.Find("html").AttrOr("lang", "") != "fi" || p.Find("main > .bar > .note").First().Text() == "Tämä sivu ei ole vielä selkosuomeksi. Tämä sivu on tavallista suomea." {
				t.Errorf("%s: %d, lang %s", what, p.status, p.Find("html").AttrOr("lang", ""))
			}
			if now := p.Find(".tongues b"); now.Text() != "selkosuomi" || now.AttrOr("lang", "") != "fi" {
				t.Errorf("%s: the switch says %q", what, now.Text())
			}
			for _, n := range p.Find("a[href^='/'], form[action^='/']").Nodes {
				a := p.FindNodes(n)
				to := a.AttrOr("href", a.AttrOr("action", ""))
				if !strings.HasPrefix(to, "/selko") && !a.Parent().HasClass("tongues") && !strings.HasPrefix(to, "/assets/") {
					t.Errorf("%s leads to %s", what, to)
				}
			}
			return p
		}
		for _, path := range []string{"/", "/kipina", "/kipina?laji=need&paikka=Myllykoski", "/kipina?kysymys=" + question.ID.String(), "/kipinat", "/kipinat?jarjestys=apua&paikka=Timbuktu", "/kipinat?laji=need&paikka=Jaala", "/kysymykset", "/kysymys/" + question.ID.String()} {
			look(path, r.get("/selko"+path), http.StatusOK)
		}
		barrier := fields(look("the form of feedback", r.get("/selko/palaute"), 200), "main form")
		look("no feedback", r.post("/selko/palaute", barrier), http.StatusUnprocessableEntity)
		barrier.Set("words", "Kartta on vaikea.")
		barrier.Set("homepage", "x")
		look("feedback of a machine", r.post("/selko/palaute", barrier), http.StatusUnprocessableEntity)
		barrier.Set("homepage", "")
		receipt := look("the receipt of feedback", r.post("/selko/palaute", barrier), 200)
		told, err := feedback.Linked(ctx, s.db, "kouvola", strings.TrimPrefix(receipt.path, "/selko/palaute/"))
		if err != nil || told.Language != "selko" {
			t.Fatalf("%v %+v", err, told)
		}
		if _, err := s.parts.Feedback.Handle(ctx, "kouvola", told.ID, 1, "Korjattu."); err != nil {
			t.Fatal(err)
		}
		look("answered feedback", r.get(receipt.path), 200)
		look("erased feedback", r.post(receipt.path+"/poisto", nil), 200)
		look("a dead link to feedback", r.get(receipt.path), http.StatusGone)
		for _, path := range []string{"/ei-ole", "/kipina/2222-2222", "/kysymys/7", "/tapahtuma/7"} {
			look(path, r.get("/selko"+path), http.StatusNotFound)
		}
		look("a dead link", r.get("/selko/oma/"+ident.Secret()), http.StatusGone)
		form := fields(look("the form", r.get("/selko/kipina?kysymys="+question.ID.String()), 200), "main form")
		for field, value := range map[string]string{"email": "x", "phone": "x", "contact": "meet", "title": strings.Repeat("a", 121), "text": " "} {
			form.Set(field, value)
		}
		p := look("a refused drop", r.post("/selko/kipina", form), http.StatusUnprocessableEntity)
		if p.Find(".errors li").Length() < 4 {
			t.Errorf("%s", p.Find(".errors").Text())
		}
		for field, value := range map[string]string{"email": "maija@kylla.example", "phone": "040 765 4321", "contact": "call", "title": "", "text": "Haluan kahvilan kylään.", "name": "Maija Esimerkki", "visibility": "public"} {
			form.Set(field, value)
		}
		p = look("the receipt", r.post("/selko/kipina", form), 200)
		if !strings.Contains(p.Find(".receipt").Text(), "Saat vastauksen viimeistään maanantaina 7. joulukuuta.") {
			t.Error("the receipt's day: " + p.Find(".receipt").Text())
		}
		code, own := p.Find(".receipt .code").Text(), strings.TrimSuffix(p.path, "/kiitos")
		sp, err := spark.ByCode(ctx, s.db, "kouvola", code)
		if err != nil || sp.Language != "fi" {
			t.Fatalf("%v %+v", err, sp)
		}
		if all, _ := spark.Bringers(ctx, s.db, "kouvola", sp.ID); all[sp.ID][0].Language != "selko" {
			t.Errorf("%+v", all)
		}
		a := spark.Act{Region: "kouvola", Spark: sp.ID, Officer: s.officers[office.Planner]}
		today := office.Today(s.clock)
		for _, do := range []func() (spark.Spark, error){
			func() (spark.Spark, error) { return s.parts.Sparks.Ask(ctx, a, "Missä?", true) },
			func() (spark.Spark, error) {
				return s.parts.Sparks.Talk(ctx, a, spark.Talk{Way: "meet", Words: "Sovimme.", Shown: true, Measures: []spark.Measure{{What: "Etsiä tila", Who: "Maija", By: today + 9}}})
			},
			func() (spark.Spark, error) {
				return s.parts.Sparks.Tag(ctx, a, s.edition, spark.Tags{Tags: []spark.Tag{{Kind: "theme", ID: "glocal"}, {Kind: "priority", ID: "logistics"}}, Outside: true, Place: "Elimäki"})
			},
			func() (spark.Spark, error) { return s.parts.Sparks.Assign(ctx, a, s.officers[office.Manager].ID) },
			func() (spark.Spark, error) { return s.parts.Sparks.Relate(ctx, a, 0) },
			func() (spark.Spark, error) { return s.parts.Sparks.Relate(ctx, a, question.ID) },
		} {
			if _, err := do(); err != nil {
				t.Fatal(err)
			}
		}
		for _, path := range []string{"", "/kiitos", "/muokkaus", "/yhteys", "/poisto"} {
			look("own page "+path, r.get(own+path), 200)
		}
		look("a wordless reply", r.post(own+"/vastaus", url.Values{"words": {" "}}), 422)
		look("a reply", r.post(own+"/vastaus", url.Values{"words": {"Kylätalolla."}, "seen": {"public"}}), 200)
		edit := fields(r.get(own+"/muokkaus"), "main form")
		edit.Set("text", "Haluan kahvilan kylätalolle.")
		look("an edit", r.post(own+"/muokkaus", edit), 200)
		look("a card", r.post(own+"/yhteys", url.Values{"name": {"Maija"}, "contact": {"none"}}), 200)
		if _, err := s.parts.Sparks.MoveDue(ctx, a, today+14, "Sairastuin."); err != nil {
			t.Fatal(err)
		}
		look("the spark's page", r.get("/selko/kipina/"+code), 200)
		look("the question's page", r.get("/selko/kysymys/"+question.ID.String()), 200)
		s.clock.Advance(30 * 24 * time.Hour)
		look("a late spark", r.get("/selko/kipina/"+code), 200)
		if _, err := s.parts.Sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Ei tilaa.", Would: "Tila."}); err != nil {
			t.Fatal(err)
		}
		look("a closed spark", r.get("/selko/kipina/"+code), 200)
		full, open := s.holds("Kylätalkoot", 1), s.holds("Kyläilta", 5)
		s.signsUp(full, "yksi@kylla.example", 1)
		s.signsUp(full, "kaksi@kylla.example", 1)
		l.take()
		at := "/selko/tapahtuma/" + full.ID.String()
		for _, path := range []string{"/selko/", "/selko/tapahtumat", at, "/selko/tapahtuma/" + open.ID.String()} {
			look(path, r.get(path), 200)
		}
		lent := s.asset("Kylätalon sali")
		for _, path := range []string{"/selko/voimavarat", "/selko/voimavarat?laji=kitchen", "/selko/voimavara/" + lent.ID.String(), "/selko/voimavara/uusi", "/selko/haku?sanat=sali"} {
			look(path, r.get(path), 200)
		}
		look("a refused asset", r.post("/selko/voimavara/uusi", url.Values{"calendar": {"javascript:alert(1)"}}), 422)
		s.clock.Set(full.Ends.Add(-time.Minute))
		look("an event going on", r.get(at), 200)
		s.clock.Set(full.Ends)
		look("an event that was held", r.get(at), 200)
		if _, err := s.parts.Events.Cancel(ctx, event.Act{Region: "kouvola", Event: s.holds("Kylätalkoot", 1).ID}); err != nil {
			t.Fatal(err)
		}
		look("events, one called off", r.get("/selko/tapahtumat"), 200)
		look("a closed spark of one's own", r.get(own), 200)
		look("the list", r.get("/selko/kipinat?jarjestys=vilkkaimmat&teema=glocal"), 200)
		s.clock.Advance(10 * 24 * time.Hour)
		look("a question that is over", r.get("/selko/kysymys/"+question.ID.String()), 200)
		look("the questions", r.get("/selko/kysymykset"), 200)
		look("the front page", r.get("/selko/"), 200)
		look("withdrawn", r.post(own+"/poisto", url.Values{"erase": {"1"}}), 200)
		look("gone", r.get(own), http.StatusGone)
	})
}

// A page that has no plain texts says so kindly and is in Finnish; the switch leads
// back and forth on every page.
func TestAPageThatIsNotPlainSaysSo(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r, o := s.visitor(), s.officer(office.Manager)
		for _, path := range []string{"/ohjelma", "/paikat", "/tietosuoja", "/lahdekoodi", "/kirjaudu", "/saavutettavuus"} {
			p := r.get("/selko" + path)
			if note := p.Find("main .note").First().Text(); p.status != 200 || !strings.Contains(note, "tavallista suomea") || p.Find("html").AttrOr("lang", "") != "fi" {
				t.Errorf("%s: %d %q", path, p.status, note)
			}
			if q := r.get(path); strings.Contains(q.Find("main").Text(), "tavallista suomea") || q.Find(`.tongues a[href="/selko`+path+`"]`).Text() != "selkosuomi" {
				t.Errorf("%s in Finnish", path)
			}
		}
		if p := r.get("/selko/saavutettavuus"); p.Find("#palaute").Text() != "Kerro meille" || p.Find(`main .note a[href="#palaute"]`).Length() != 1 || !strings.Contains(p.Find("#palaute").Next().Text(), "Kerro, mikä sivulla ei toimi. Vastaamme 14 päivässä.") {
			t.Error("the contact part of the accessibility statement")
		}
		if p := o.get("/selko/toimisto"); p.status != 200 || !strings.Contains(p.Find("main .note").First().Text(), "tavallista suomea") {
			t.Errorf("the office: %d", p.status)
		}
		if p := r.get("/selko"); p.status != 200 || p.Find("h1").Text() != "Syttyykö minun ideani?" {
			t.Errorf("/selko: %d %s", p.status, p.Find("h1").Text())
		}
	})
}

// A letter to a bringer who reads plain Finnish is plain, and its link leads to the
// plain page.
func TestLettersInPlainFinnish(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, l := context.Background(), s.lends()
		r := s.drop(spark.Draft{Text: "Kahvila kylään.", Email: "maija@kylla.example", Language: "selko"})
		a := spark.Act{Region: "kouvola", Spark: r.Spark.ID, Officer: s.officers[office.Planner]}
		other := s.drop(spark.Draft{Text: "Kahvila toiseenkin kylään.", Email: "pekka@kylla.example", Language: "fi"}).Spark
		today := office.Today(s.clock)
		for _, do := range []func() (spark.Spark, error){
			func() (spark.Spark, error) { return s.parts.Sparks.Ask(ctx, a, "Missä?", true) },
			func() (spark.Spark, error) { return s.parts.Sparks.Answer(ctx, a, "Hyvä idea.", true, "") },
			func() (spark.Spark, error) {
				return s.parts.Sparks.Correct(ctx, a, s.beats(r.Spark)[2].ID, "Oikein hyvä idea.")
			},
			func() (spark.Spark, error) {
				return s.parts.Sparks.Talk(ctx, a, spark.Talk{Way: "call", Words: "Sovimme.", Shown: true})
			},
			func() (spark.Spark, error) { return s.parts.Sparks.MoveDue(ctx, a, today+15, "Sairastuin.") },
			func() (spark.Spark, error) { return s.parts.Sparks.Assign(ctx, a, s.officers[office.Manager].ID) },
			func() (spark.Spark, error) {
				return s.parts.Sparks.Close(ctx, a, spark.Close{State: spark.Resting, Reason: "Ei tilaa.", Would: "Tila."})
			},
			func() (spark.Spark, error) { return s.parts.Sparks.Reopen(ctx, a, "Tila löytyi.") },
			func() (spark.Spark, error) {
				return s.parts.Sparks.Merge(ctx, spark.Act{Region: "kouvola", Spark: other.ID, Officer: a.Officer}, spark.Joining{Sparks: []spark.Seen{{ID: r.Spark.ID}}})
			},
		} {
			if _, err := do(); err != nil {
				t.Fatal(err)
			}
			if err := s.parts.Jobs.Drain(ctx); err != nil {
				t.Fatal(err)
			}
		}
		all, err := mail.About(ctx, s.db, "kouvola", r.Spark.ID, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		purposes := map[string]bool{}
		for _, m := range all {
			if m.To != "maija@kylla.example" {
				continue
			}
			purposes[strings.TrimPrefix(m.Purpose, spark.LetterToBringer)] = true
			if m.Language != "fi" || !strings.Contains(m.Text, "/selko/oma/") || !strings.Contains(m.Text, "Jokainen, jolla on linkki, voi muuttaa kipinääsi.") {
				t.Errorf("%s: %s\n%s", m.Purpose, m.Language, m.Text)
			}
		}
		for _, want := range []string{"dropped", "asked", "answered", "corrected", "talked", "due_moved", "assigned", "closed", "reopened", "merged"} {
			if !purposes[want] {
				t.Errorf("no letter %s among %v", want, purposes)
			}
		}
		if got := l.take(); len(got) > 0 {
			t.Errorf("the letters take from ordinary Finnish: %v", got)
		}
		// The office sees what the bringer reads, begins from Finnish words, and prints
		// a link to the plain page.
		r = s.drop(spark.Draft{Text: "Penkki torille.", Email: "maija@kylla.example", Language: "selko"})
		p := s.officer(office.Planner).get("/toimisto/kipina/" + r.Spark.Code)
		if !strings.Contains(p.Find("#tuoja").Parent().Text(), "selkosuomi") || !strings.Contains(p.Find("#vastaa-words-hint").Text(), "selkosuomeksi") {
			t.Error(p.Find("#tuoja").Parent().Text() + p.Find("#vastaa-words-hint").Text())
		}
		p = s.officer(office.Planner).post("/toimisto/kipina/"+r.Spark.Code+"/linkki", nil)
		if !strings.Contains(p.Find("#linkki").Text(), "/selko/oma/") {
			t.Error(p.Find("#linkki").Text())
		}
	})
}

// What waits for a look, and what a reader tells of a spark, is plain from the form
// to the letters.
func TestWaitingAndTellingInPlainFinnish(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r, l := context.Background(), s.at("192.0.2.7"), s.lends()
		plain := func(what string, p page, status int) page {
			t.Helper()
			if got := l.take(); len(got) > 0 {
				t.Errorf("%s takes from ordinary Finnish: %v", what, got)
			}
			if p.status != status || p.Find(".tongues b").Text() != "selkosuomi" {
				t.Errorf("%s: %d at %s", what, p.status, p.path)
			}
			return p
		}
		s.secret()
		l.take()
		p := plain("the receipt", r.post("/selko/kipina", r.fill("/selko/kipina", time.Second, "text", "Katso www.kauppa.example ja www.toinen.example", "email", "kalle@kauppa.example", "homepage", "x")), 200)
		own := strings.TrimSuffix(p.path, "/kiitos")
		if held := s.find(p.Find(".receipt .code").Text()); held.Held == "" || !strings.Contains(p.Find(".receipt").Text(), "Ihminen toimistossa lukee kipinäsi.") {
			t.Fatalf("%q: %s", held.Held, p.Find(".receipt").Text())
		}
		plain("one's own page", r.get(own), 200)
		plain("a reply for all", r.post(own+"/vastaus", url.Values{"words": {"Katso www.kauppa.example"}, "seen": {"public"}}), 200)
		code := p.Find(".receipt .code").Text()
		a := spark.Act{Region: "kouvola", Spark: s.find(code).ID, Officer: s.officers[office.Planner]}
		if _, err := s.parts.Sparks.Approve(ctx, a, false); err != nil {
			t.Fatal(err)
		}
		plain("the spark's page", r.get("/selko/kipina/"+code), 200)
		form := r.fill("/selko/kipina/"+code+"/ilmoita", time.Minute)
		plain("the report's form", r.get("/selko/kipina/"+code+"/ilmoita"), 200)
		plain("a report of nothing", r.post("/selko/kipina/"+code+"/ilmoita", form), 422)
		form.Set("wrong", "else")
		plain("a report without words", r.post("/selko/kipina/"+code+"/ilmoita", form), 422)
		form.Set("words", "Linkki ei toimi.")
		form.Set("email", "lukija@kylla.example")
		plain("a report", r.post("/selko/kipina/"+code+"/ilmoita", form), 200)
		for range 10 {
			p = r.post("/selko/kipina/"+code+"/ilmoita", form)
		}
		plain("too many", p, http.StatusTooManyRequests)
		all, err := spark.Reports(ctx, s.db, "kouvola", a.Spark, 9)
		if err != nil || len(all) == 0 || all[0].Language != "selko" {
			t.Fatalf("%+v %v", all, err)
		}
		if _, err := s.parts.Sparks.LookInto(ctx, a, all[len(all)-1].ID, spark.OutcomeHold, "Katsomme linkin."); err != nil {
			t.Fatal(err)
		}
		plain("one's own page, taken back", r.get(own), 200)
		if _, err := s.parts.Sparks.Decline(ctx, a, "Mainos."); err != nil {
			t.Fatal(err)
		}
		plain("one's own page, declined", r.get(own), 200)
		s.drain()
		letters, err := mail.About(ctx, s.db, "kouvola", a.Spark, 0, 50)
		if err != nil {
			t.Fatal(err)
		}
		kinds := map[string]bool{}
		for _, m := range letters {
			if strings.HasPrefix(m.Purpose, "office.") {
				continue
			}
			kinds[m.Purpose] = true
			if m.Language != "fi" {
				t.Errorf("%s is in %s", m.Purpose, m.Language)
			}
		}
		for _, want := range []string{"bringer.held", "bringer.approved", "bringer.closed", "reader.hold"} {
			if !kinds[want] {
				t.Errorf("no letter %s among %v", want, kinds)
			}
		}
		if got := l.take(); len(got) > 0 {
			t.Errorf("the letters take from ordinary Finnish: %v", got)
		}
	})
}
