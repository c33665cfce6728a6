package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/trust"
)

// at is a browser somewhere on the net.
func (s *site) at(address string) *reader {
	r := s.visitor()
	r.from = address
	return r
}

// fill opens a form, lets some time pass and gives what the form would send.
func (r *reader) fill(path string, took time.Duration, pairs ...string) url.Values {
	r.s.t.Helper()
	p := r.get(path)
	form := url.Values{}
	p.Find("form[method=post] input[type=hidden], form[method=post] .trap input").Each(func(_ int, f *selection) { form.Set(f.AttrOr("name", ""), f.AttrOr("value", "")) })
	for i := 0; i+1 < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	r.s.clock.Advance(took)
	return form
}

// secret has a region's secret made, which the first thing that comes does.
func (s *site) secret() {
	s.t.Helper()
	s.drop(spark.Draft{Text: "Alueen ensimmäinen kipinä.", Language: "fi"})
}

func (s *site) letters() (all []string) {
	s.t.Helper()
	s.drain()
	list, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, l := range slices.Backward(list) {
		all = append(all, l.Purpose+" "+l.To)
	}
	return all
}

func TestTheFormTellsMachinesFromPeople(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.secret()
		for _, path := range []string{"/", "/kipina", "/sv/kipina", "/en/"} {
			p := s.visitor().get(path)
			p.whole(t, path)
			trap := p.Find(".trap input")
			if trap.Length() != 1 || trap.AttrOr("tabindex", "") != "-1" || trap.Closest("[aria-hidden=true]").Length() != 1 || p.Find("input[name=shown]").AttrOr("value", "") == "" {
				t.Errorf("%s: the guard is not there or can be met", path)
			}
		}
		n := 0
		held := func(form url.Values) string {
			t.Helper()
			n++
			form.Set("text", fmt.Sprintf("%s numero %d", form.Get("text"), n))
			p := s.at(fmt.Sprintf("192.0.%d.1", n)).post("/kipina", form)
			if p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
				t.Fatalf("a person was turned away: %d at %s", p.status, p.path)
			}
			return s.find(p.Find(".receipt .code").Text()).Held
		}
		r := s.visitor()
		for name, c := range map[string]struct {
			form url.Values
			want string
		}{
			"in a minute":        {r.fill("/kipina", time.Minute, "text", "Laituri"), ""},
			"in a second":        {r.fill("/kipina", time.Second, "text", "Laituri"), "quick"},
			"the trap":           {r.fill("/kipina", time.Minute, "text", "Laituri", "homepage", "https://kauppa.example"), "trap"},
			"a day later":        {r.fill("/kipina", 30*time.Hour, "text", "Laituri"), ""},
			"another's sign":     {r.fill("/kipina", time.Minute, "text", "Laituri", "shown", "abc-def"), ""},
			"without the form":   {url.Values{"text": {"Laituri"}}, "bare"},
			"an older form":      {url.Values{"text": {"Laituri"}, "once": {ident.Secret()}}, ""},
			"quick and the trap": {r.fill("/kipina", 0, "text", "Laituri", "homepage", "x"), "trap,quick"},
		} {
			// Forms were filled one after another: this one's time is its own.
			if strings.Contains(c.want, "quick") {
				c.form = r.fill("/kipina", time.Second, "text", c.form.Get("text"), "homepage", c.form.Get("homepage"))
			}
			if got := held(c.form); got != c.want {
				t.Errorf("%s: held for %q, want %q", name, got, c.want)
			}
		}
		// The step from the front page carries its time along: whoever wrote there may
		// send the rest at once.
		first := r.fill("/", 20*time.Second, "text", "Etusivulla kirjoitettu", "step", "more")
		p := r.post("/kipina", first)
		if got := p.Find("input[name=shown]").AttrOr("value", ""); got != first.Get("shown") || got == "" {
			t.Errorf("the front page's time became %q", got)
		}
		second := url.Values{"text": {"Etusivulla kirjoitettu"}, "shown": {p.Find("input[name=shown]").AttrOr("value", "")}, "once": {p.Find("input[name=once]").AttrOr("value", "")}, "homepage": {""}}
		if got := held(second); got != "" {
			t.Errorf("held for %q", got)
		}
	})
}

func TestAHeldSparkIsSeenByItsBringerAndTheOfficeOnly(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.at("192.0.2.1")
		d := r.drop("text", "Vuokraan mökkejä halvalla: https://kauppa.example/mokit", "name", "Kalle Kauppias", "email", "kalle@kauppa.example", "place", "Anjala", "kind", "idea", "themes", s.edition.Themes[0].ID)
		due := time.Date(2026, 12, 7, 10, 0, 0, 0, time.UTC)
		for _, lang := range tongues {
			say := texts(t).For(languageOf(t, langOf(lang)))
			p := s.visitor().get(lang + "/kipina/" + d.code)
			if p.status != http.StatusNotFound {
				t.Errorf("%q: its page gives %d", lang, p.status)
			}
			for _, path := range []string{"/", "/kipinat", "/kipinat?jarjestys=vilkkaimmat", "/kipinat?jarjestys=apua", "/kipinat?laji=idea", "/kipinat?paikka=Anjala", "/kipinat?teema=" + s.edition.Themes[0].ID, "/paikat", "/paikat/anjala",
				"/ohjelma", "/ohjelma/teema/" + s.edition.Themes[0].ID, "/kipina/" + d.code + "/ilmoita"} {
				if p := s.visitor().get(lang + path); strings.Contains(p.body, "mökkejä") || strings.Contains(p.body, "Kauppias") || strings.Contains(p.Find("main").Text(), d.code) {
					t.Errorf("%s%s shows it", lang, path)
				}
			}
			// Its bringer reads in plain words that it waits, and until when.
			receipt := r.get(lang + d.own + "/kiitos")
			receipt.whole(t, "receipt "+lang)
			if text := squeezed(receipt.Find(".receipt").Text()); !strings.Contains(text, say.T("hold.own.receipt")) || !strings.Contains(text, say.T("own.receipt.due", "day", say.OnWeekday(due))) {
				t.Errorf("%q: the receipt says %s", lang, text)
			}
			if receipt.Find("a[href*='/kipina/']").Length() != 0 {
				t.Errorf("%q: the receipt leads to a public page", lang)
			}
			mine := r.get(lang + d.own)
			mine.whole(t, "own page "+lang)
			note := squeezed(mine.Find("section[aria-labelledby=waits]").Text())
			if !strings.Contains(note, say.T("hold.own.text")) || !strings.Contains(note, say.T("hold.reason.link")) || !strings.Contains(note, say.T("hold.own.until", "day", say.OnWeekday(due))) {
				t.Errorf("%q: the own page says %s", lang, note)
			}
			ahead := r.get(lang + d.own + "/ennuste")
			ahead.whole(t, "forecast "+lang)
			if note := squeezed(ahead.Find("main .note").Text()); !strings.Contains(note, say.T("forecast.waits")) || !strings.Contains(note, say.T("hold.own.until", "day", say.OnWeekday(due))) || strings.Contains(ahead.body, say.T("forecast.not_made")) {
				t.Errorf("%q: the forecast says %s", lang, squeezed(ahead.Find("main").Text()))
			}
			if !strings.Contains(mine.Find(".story").Text(), say.T("hold.told.held")) || !strings.Contains(squeezed(mine.Find("section[aria-labelledby=text]").Text()), say.T("hold.own.seen")) {
				t.Errorf("%q: the story or the readers are told wrongly", lang)
			}
		}
		if file, _ := r.ownFile(d.own); at(t, file, "spark.held", 0) != "link" || at(t, file, "standing.standing", 0) != "" {
			t.Error("the own data does not say that it waits")
		}
		// Two letters: the receipt, without a word of what was written, and one notice.
		if got := s.letters(); !slices.Equal(got, []string{"bringer.held kalle@kauppa.example", "office.held planner@kouvola.example"}) {
			t.Errorf("letters: %q", got)
		}
		list, _ := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 10)
		for _, l := range list {
			if strings.Contains(l.Subject+l.Text, "mökkejä") || strings.Contains(l.Subject+l.Text, "kauppa.example/") {
				t.Errorf("a letter carries what was written: %s\n%s", l.Subject, l.Text)
			}
		}
		if p := r.post(d.own+"/vastaus", url.Values{"words": {"Missä viipyy?"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if got := s.letters(); len(got) != 2 {
			t.Errorf("what it says meanwhile is mailed: %q", got)
		}

		// The office: on no pile and in no count, but in a queue of its own.
		planner := s.officer(office.Planner)
		work := planner.get("/toimisto")
		work.whole(t, "work list")
		if strings.Contains(work.body, "mökkejä") || work.Find(".bench").Length() != 0 {
			t.Error("it lies on the work list")
		}
		if link := work.Find(".counts a[href='/toimisto/jono']"); squeezed(link.Text()) != "1 odottaa katsomista" {
			t.Errorf("the work list leads there with %q", link.Text())
		}
		if work.Find(".note.good").Length() != 0 {
			t.Error("the work list says that all is done")
		}
		if p := planner.get("/toimisto/kipinat"); strings.Contains(p.body, "mökkejä") {
			t.Error("it is among all sparks")
		}
		for _, lang := range tongues {
			p := planner.get(lang + "/toimisto/jono")
			p.whole(t, "queue "+lang)
			row := p.Find(".bench li")
			if row.Length() != 1 || !strings.Contains(row.Text(), "mökkejä") || row.Find("a[data-row]").AttrOr("href", "") != lang+"/toimisto/kipina/"+d.code+"?pino=held" || row.Find(".why").Length() != 1 {
				t.Errorf("%q: the queue shows %s", lang, row.Text())
			}
			sheet := planner.get(lang + "/toimisto/kipina/" + d.code + "?pino=held")
			sheet.whole(t, "sheet "+lang)
			if sheet.Find("form[action$='/hyvaksy'] button").Length() != 2 || sheet.Find("form[action$='/hylkaa']").Length() != 1 || sheet.Find("button[formaction$='/esta']").Length() != 1 || sheet.Find("form[action$='/sulje']").Length() != 0 {
				t.Errorf("%q: the sheet lacks a way to decide", lang)
			}
		}
		// (A session does not outlive a clock set forward by weeks: the promise moves back.)
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE sparks SET due_day = due_day - 30 WHERE region_id = 'kouvola'`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if late := planner.get("/toimisto").Find(".counts .late"); late.Length() != 1 || !strings.Contains(late.Text(), "odottaa katsomista") {
			t.Errorf("a promise that was broken in the queue is not told: %q", late.Text())
		}
		// A viewer may read the queue and decide nothing.
		viewer := s.officer(office.Viewer)
		if p := viewer.get("/toimisto/kipina/" + d.code); p.status != http.StatusOK || p.Find("form[action*='/toimisto/kipina/']").Length() != 0 || strings.Contains(p.body, "kalle@") {
			t.Errorf("a viewer: %d", p.status)
		}
	})
}

// Many held sparks are one notice a day: a flood must not become letters.
func TestAFloodOfHeldSparksIsOneNotice(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		notices := func() (n int) {
			for _, l := range s.letters() {
				if strings.HasPrefix(l, "office.held") {
					n++
				}
			}
			return n
		}
		drop := func(i int) string {
			return s.at(fmt.Sprintf("192.0.%d.1", i)).drop("text", fmt.Sprintf("Kauppa %d: www.kauppa.example/%d", i, i)).code
		}
		first := drop(1)
		for i := range 8 {
			s.clock.Advance(time.Minute)
			drop(i + 2)
		}
		if n := notices(); n != 1 {
			t.Errorf("%d notices of nine", n)
		}
		s.clock.Advance(25 * time.Hour)
		drop(20)
		if n := notices(); n != 2 {
			t.Errorf("%d notices a day later", n)
		}
		// When the queue has been worked off, the next one is news again.
		s.must(s.parts.Sparks.DeclineAndBlock(context.Background(), s.act(first), "Mainos.", spark.Block{Network: trust.Slowed, Days: 1}))
		list, _, err := spark.Work(context.Background(), s.db, "kouvola", spark.Held, workday.Calendar{}, office.Today(s.clock), 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, sp := range list {
			s.must(s.parts.Sparks.Decline(context.Background(), s.act(sp.Code), "Mainos."))
		}
		drop(30)
		if n := notices(); n != 3 {
			t.Errorf("%d notices after the queue was empty", n)
		}
	})
}

func TestTheOfficeDecidesOnWhatWaits(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner := s.officer(office.Planner)
		do := func(code, verb string, pairs ...string) page {
			t.Helper()
			sheet := planner.get("/toimisto/kipina/" + code + "?pino=held")
			form := url.Values{"pino": {"held"}, "version": {sheet.Find("form[action$='/hyvaksy'] input[name=version]").AttrOr("value", "")}}
			for i := 0; i+1 < len(pairs); i += 2 {
				form.Set(pairs[i], pairs[i+1])
			}
			return planner.post("/toimisto/kipina/"+code+"/"+verb, form)
		}
		n := 0
		drop := func(email, from string) string {
			n++
			return s.at(from).drop("text", fmt.Sprintf("Talkoot %d, tiedot www.kyla.example/%d", n, n), "email", email).code
		}
		a, b := drop("kyla@yhdistys.example", "192.0.2.1"), drop("toinen@yhdistys.example", "198.51.100.1")
		// Approving leads to the next of the queue, and the page says what was done.
		p := do(a, "hyvaksy", "trust", "1")
		if p.status != http.StatusOK || p.path != "/toimisto/kipina/"+b || !strings.Contains(p.Find(".note.good").Text(), "Kipinä hyväksytty.") {
			t.Errorf("%d at %s: %s", p.status, p.path, p.Find(".note.good").Text())
		}
		if p := s.visitor().get("/kipina/" + a); p.status != http.StatusOK || strings.Contains(p.body, "odottamaan") || !strings.Contains(p.Find(".story").Text(), "luki kipinän ja otti sen vastaan") {
			t.Errorf("an approved spark: %d", p.status)
		}
		if c := drop("kyla@yhdistys.example", "203.0.113.1"); s.visitor().get("/kipina/"+c).status != http.StatusOK {
			t.Error("the next of a trusted author waits")
		}
		letters := strings.Join(s.letters(), "\n")
		for _, want := range []string{"bringer.approved kyla@yhdistys.example", "bringer.dropped kyla@yhdistys.example"} {
			if !strings.Contains(letters, want) {
				t.Errorf("no letter %s in\n%s", want, letters)
			}
		}
		// Declining wants its reason; what was typed stays.
		p = do(b, "hylkaa", "reason", " ")
		if p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#hylkaa-reason']").Length() != 1 || p.Find("#hylkaa-reason").Length() != 1 {
			t.Errorf("without a reason: %d", p.status)
		}
		p = do(b, "hylkaa", "reason", "Tämä ei koske aluetta.")
		if p.path != "/toimisto/jono" || s.find(b).Open {
			t.Errorf("%d at %s", p.status, p.path)
		}
		p = planner.get("/toimisto/jono?nayta=hylatyt")
		p.whole(t, "declined")
		if p.Find(".bench li").Length() != 1 || !strings.Contains(p.Find(".bench").Text(), b) {
			t.Error("the declined one is not found again")
		}

		// Blocking: how many go with it is told before the press.
		codes := []string{drop("roska@kauppa.example", "192.0.2.1"), drop("roska@kauppa.example", "192.0.2.1"), drop("muu@kauppa.example", "192.0.2.9"), drop("eri@kauppa.example", "198.51.100.7")}
		sheet := planner.get("/toimisto/kipina/" + codes[0] + "?pino=held")
		text := squeezed(sheet.Find("form[action$='/hylkaa']").Text())
		if !strings.Contains(text, "yksi muu odottava kipinä") || !strings.Contains(text, "vielä yksi sieltä tullut kipinä") {
			t.Errorf("before the press the page says %s", text)
		}
		p = do(codes[0], "esta", "reason", "Mainos.")
		if p.status != http.StatusUnprocessableEntity || p.Find("details[open] #esta-network").Length() != 1 || p.Find("#esta-reason").Text() != "Mainos." {
			t.Errorf("blocking nothing: %d %s", p.status, p.Find(".errors").Text())
		}
		if p = do(codes[0], "esta", "reason", "Mainos.", "author", "1", "network", "blocked-3650"); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a network for ten years: %d", p.status)
		}
		p = do(codes[0], "esta", "reason", "Mainos.", "author", "1", "network", "slowed-1")
		if p.path != "/toimisto/kipina/"+codes[3] {
			t.Errorf("led to %s, not to what still waits", p.path)
		}
		for i, code := range codes {
			if open := s.find(code).Open; open != (i == 3) {
				t.Errorf("number %d open %v", i, open)
			}
		}
		// Their bringers: one letter for the one that was pressed, the page for each.
		var declines int
		for _, l := range s.letters() {
			if strings.HasPrefix(l, "bringer.closed") && strings.Contains(l, "kauppa.example") {
				declines++
			}
		}
		if declines != 1 {
			t.Errorf("%d letters to who sent three", declines)
		}
		// Refused in words, with everything typed and a way to be heard.
		p = s.at("198.51.100.50").post("/kipina", url.Values{"once": {ident.Secret()}, "text": {"Rehti ajatus tällä kertaa"}, "email": {"roska@kauppa.example"}})
		p.whole(t, "refused")
		if p.status != http.StatusForbidden || p.Find("textarea[name=text]").Text() != "Rehti ajatus tällä kertaa" || !strings.Contains(p.Find(".errors").Text(), "soita toimistoon") {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		// Listed and reversible.
		for _, lang := range tongues {
			p := planner.get(lang + "/toimisto/luottamus")
			p.whole(t, "standings "+lang)
			if p.Find("tbody tr").Length() != 3 || strings.Contains(p.body, "kauppa.example") || strings.Contains(p.body, "192.0") {
				t.Errorf("%q: %d standings", lang, p.Find("tbody tr").Length())
			}
		}
		p = planner.get("/toimisto/luottamus")
		var undo string
		p.Find("tbody tr").Each(func(_ int, tr *selection) {
			if strings.Contains(tr.Text(), "Estetty kirjoittaja") {
				undo = tr.Find("form").AttrOr("action", "")
				if !strings.Contains(tr.Text(), codes[0]) || !strings.Contains(tr.Text(), "Kaisa Esimerkki") {
					t.Errorf("the row says %s", squeezed(tr.Text()))
				}
			}
		})
		if p := s.officer(office.Viewer).post(undo, nil); p.status != http.StatusForbidden {
			t.Errorf("a viewer undoes it: %d", p.status)
		}
		if p = planner.post(undo, nil); p.path != "/toimisto/luottamus" || p.Find("tbody tr").Length() != 2 {
			t.Errorf("undone: %d at %s", p.status, p.path)
		}
		if p = planner.post(undo, nil); p.status != http.StatusNotFound {
			t.Errorf("undone twice: %d", p.status)
		}
		if p := s.at("198.51.100.50").post("/kipina", url.Values{"once": {ident.Secret()}, "text": {"Rehti ajatus vielä kerran"}, "email": {"roska@kauppa.example"}}); p.status != http.StatusOK {
			t.Errorf("after the undoing: %d", p.status)
		}
		// All of it is in the story, for the office.
		story := planner.get("/toimisto/kipina/" + codes[0]).Find(".story").Text()
		for _, want := range []string{"jätti kipinän odottamaan", "esti kirjoittajan", "hidasti verkkoa", "perui eston"} {
			if !strings.Contains(story, want) {
				t.Errorf("the story lacks %q: %s", want, story)
			}
		}
		if got := squeezed(planner.get("/toimisto/kipina/" + codes[1]).Find(".story").Text()); !strings.Contains(got, "samalla kuin toisen") {
			t.Errorf("of the one declined with it: %s", got)
		}
	})
}

// An officer who acts on an old page is shown what changed, as with any verb.
func TestDecidingOnAnOldPageIsAConflict(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		code := s.at("192.0.2.1").drop("text", "Talkoot www.kyla.example").code
		planner, other := s.officer(office.Planner), s.officer(office.Manager)
		version := planner.get("/toimisto/kipina/"+code).Find("form[action$='/hyvaksy'] input[name=version]").AttrOr("value", "")
		if n, _ := strconv.Atoi(version); n < 1 {
			t.Fatalf("version %q", version)
		}
		s.must(s.parts.Sparks.Note(context.Background(), s.act(code), "Tuttu porukka."))
		p := other.post("/toimisto/kipina/"+code+"/hylkaa", url.Values{"version": {version}, "reason": {"Mainos, luulisin."}})
		if p.status != http.StatusConflict || !strings.Contains(p.Find("#hylkaa-reason").Text(), "Mainos, luulisin.") || !strings.Contains(p.Find(".note.warn").Text(), "Tuttu porukka.") {
			t.Errorf("%d: %s", p.status, p.Find(".note.warn").Text())
		}
		if !s.find(code).Open {
			t.Error("it was declined unseen")
		}
	})
}

func TestFloodsFromOneNetworkAreSlowedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		long := "Ensimmäinen rivi ajatuksesta.\n\nToinen kappale, jota ei saa kadottaa. <b>&amp;"
		send := func(from string, i int) page {
			return s.at(from).post("/kipina", url.Values{"once": {ident.Secret()}, "text": {fmt.Sprintf("%s %d", long, i)}, "name": {"Maija Esimerkki"}, "email": {"maija@example.fi"}, "visibility": {"office"}})
		}
		for i := range 20 {
			if p := send(fmt.Sprintf("192.0.2.%d", i+1), i); p.status != http.StatusOK {
				t.Fatalf("number %d gave %d", i+1, p.status)
			}
		}
		p := send("192.0.2.99", 20)
		p.whole(t, "slowed")
		if p.status != http.StatusTooManyRequests || p.header.Get("Retry-After") == "" {
			t.Errorf("number 21 gave %d", p.status)
		}
		kept := map[string]string{}
		p.Find("form[method=post] [name]").Each(func(_ int, f *selection) {
			value := f.AttrOr("value", "")
			if f.Is("textarea") {
				value = strings.TrimPrefix(f.Text(), "\n")
			}
			kept[f.AttrOr("name", "")] = value
		})
		if kept["text"] != long+" 20" || kept["name"] != "Maija Esimerkki" || kept["email"] != "maija@example.fi" || kept["visibility"] != "office" || len(kept["once"]) != 26 {
			t.Errorf("kept: %q", kept)
		}
		if to := p.Find("form[method=post]").AttrOr("action", ""); to != "/kipina" {
			t.Errorf("it goes to %q", to)
		}
		if p := send("192.0.3.1", 30); p.status != http.StatusOK {
			t.Errorf("others are slowed too: %d", p.status)
		}
		if p := send("2001:db8::1", 31); p.status != http.StatusOK {
			t.Errorf("others are slowed too: %d", p.status)
		}
		// A minute later the page goes through as it stands. What the network sent in the
		// hour waits for a look from here on, and neighbours of it too.
		s.clock.Advance(time.Minute)
		form := url.Values{}
		for name, value := range kept {
			form.Set(name, value)
		}
		p = s.at("192.0.2.99").post("/kipina", form)
		if p.status != http.StatusOK {
			t.Fatalf("a minute later: %d", p.status)
		}
		if sp := s.find(p.Find(".receipt .code").Text()); sp.Text != strings.TrimSpace(long+" 20") || !slices.Contains(trust.Kept(sp.Held), trust.BecauseFlood) {
			t.Errorf("%q, held for %q", sp.Text, sp.Held)
		}
	})
}

func TestEveryPublicFormIsLimited(t *testing.T) {
	t.Parallel()
	// The button that stops letters is pressed by mail providers, for many readers at
	// a time: what is wrong is bounded there, not what is right.
	if open := web.Unlimited(); !slices.Equal(open, []string{"POST /lopeta/{token}"}) {
		t.Errorf("may be sent to as often as one likes: %v", open)
	}
}

func TestGoingThroughNumbersDoesNotPay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.visitor().drop("text", "Julkinen ajatus.")
		hidden := s.visitor().drop("text", "Hiljainen ajatus.", "visibility", "office")
		thief, n := s.at("192.0.2.1"), 0
		guess := func(code string) int { return thief.get("/kipina/" + code).status }
		for id := ident.ID(1); n < 58; id++ {
			if code := ident.Code("kouvola", id); code != d.code && code != hidden.code {
				if got := guess(code); got != http.StatusNotFound {
					t.Fatalf("guess %d gave %d", n+1, got)
				}
				n++
			}
		}
		if got := guess("AAAA-AAAA"); got != http.StatusNotFound { // a number that cannot be one counts too
			t.Errorf("%d", got)
		}
		if got := guess(hidden.code); got != http.StatusNotFound {
			t.Errorf("%d", got)
		}
		// Enough: neither wrong nor right, nor hidden can be told from each other now.
		for _, code := range []string{d.code, hidden.code, ident.Code("kouvola", 1), "AAAA-AAAA", d.code + "/ilmoita"} {
			if got := guess(code); got != http.StatusTooManyRequests {
				t.Errorf("%s gives %d", code, got)
			}
		}
		// A neighbouring address is the same sender, another network is not; the rest of
		// the site is open, and the office is not kept from its work.
		if got := s.at("192.0.2.200").get("/kipina/" + d.code).status; got != http.StatusTooManyRequests {
			t.Errorf("a neighbour: %d", got)
		}
		if got := s.at("192.0.3.1").get("/kipina/" + d.code).status; got != http.StatusOK {
			t.Errorf("another network: %d", got)
		}
		if got := thief.get("/kipinat").status; got != http.StatusOK {
			t.Errorf("the list: %d", got)
		}
		planner := s.officer(office.Planner)
		planner.from = "192.0.2.9"
		if got := planner.get("/kipina/" + d.code).status; got != http.StatusOK {
			t.Errorf("an officer: %d", got)
		}
		s.clock.Advance(time.Minute)
		if got := guess(d.code); got != http.StatusOK {
			t.Errorf("a minute later: %d", got)
		}
	})
}

func TestAReaderReportsASpark(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.visitor().drop("text", "Naapurin Pekka on varas.", "email", "kateellinen@posti.example")
		s.secret()
		r := s.at("192.0.2.1")
		at := "/kipina/" + d.code + "/ilmoita"
		for _, lang := range tongues {
			if r.get(lang+"/kipina/"+d.code).Find("a[href$='"+at+"'][rel=nofollow]").Length() != 1 {
				t.Errorf("%q: its page does not lead to the report", lang)
			}
			p := r.get(lang + at)
			p.whole(t, "report "+lang)
			if p.status != http.StatusOK || p.Find("input[type=radio][name=wrong]").Length() != 6 || p.Find("input[checked]").Length() != 0 || !strings.Contains(p.body, `name="robots" content="noindex"`) {
				t.Errorf("%q: %d", lang, p.status)
			}
			done := r.get(lang + at + "?tehty=1")
			done.whole(t, "reported "+lang)
			if done.Find("form[action$='/ilmoita']").Length() != 0 {
				t.Error("the thanks hold the form")
			}
		}
		p := r.post("/sv"+at, url.Values{"wrong": {"else"}, "words": {""}, "email": {"lukija(at)posti"}})
		p.whole(t, "refused report")
		if p.status != http.StatusUnprocessableEntity || p.Find(".errors a").Length() != 2 || p.Find("input[name=wrong][value=else][checked]").Length() != 1 || p.Find("input[name=email]").AttrOr("value", "") != "lukija(at)posti" {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		p = r.post("/sv"+at, r.fill("/sv"+at, time.Minute, "wrong", "insulting", "words", "Pekka är ingen tjuv. <b>", "email", "lukija@posti.example"))
		if p.status != http.StatusOK || p.path != "/sv"+at {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		if s.visitor().get("/kipina/"+d.code).status != http.StatusOK {
			t.Error("one report hid it")
		}
		// Who reports nothing public gets the same page as for a number nobody has.
		hidden := s.visitor().drop("text", "Hiljaa.", "visibility", "office")
		for _, code := range []string{hidden.code, "AAAA-AAAA"} {
			if p := r.post("/kipina/"+code+"/ilmoita", url.Values{"wrong": {"private"}}); p.status != http.StatusNotFound {
				t.Errorf("%s: %d", code, p.status)
			}
		}
		if letters := s.letters(); !slices.Contains(letters, "office.reported planner@kouvola.example") {
			t.Errorf("nobody in the office hears of it: %q", letters)
		}
		// A second report and one of a machine are no further letters.
		if p := s.at("192.0.9.1").post(at, s.visitor().fill(at, time.Minute, "wrong", "untrue", "homepage", "x")); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if n := strings.Count(strings.Join(s.letters(), "\n"), "office.reported"); n != 1 {
			t.Errorf("%d letters of two reports", n)
		}

		planner := s.officer(office.Planner)
		if text := planner.get("/toimisto").Find(".counts").Text(); !strings.Contains(squeezed(text), "1 ilmoitettu") {
			t.Errorf("the work list counts %s", text)
		}
		queue := planner.get("/toimisto/jono")
		if row := queue.Find("section[aria-labelledby=ilmoitukset] li"); row.Length() != 1 || !strings.Contains(row.Text(), "2 ilmoitusta") {
			t.Errorf("the queue shows %s", row.Text())
		}
		sheet := planner.get("/toimisto/kipina/" + d.code)
		sheet.whole(t, "reported sheet")
		panel := squeezed(sheet.Find("section[aria-labelledby=ilmoitukset]").Text())
		if !strings.Contains(panel, "Pekka är ingen tjuv. <b>") || !strings.Contains(panel, "Voi olla koneen lähettämä") || strings.Contains(panel, "lukija@") {
			t.Errorf("the panel says %s", panel)
		}
		if text := s.officer(office.Viewer).get("/toimisto/kipina/" + d.code).Find("main").Text(); strings.Contains(text, "tjuv") {
			t.Error("a viewer reads the reporter's words")
		}
		form := url.Values{"version": {sheet.Find("form[action$='/ilmoitukset'] input[name=version]").AttrOr("value", "")}, "upto": {sheet.Find("input[name=upto]").AttrOr("value", "")}, "outcome": {"hold"}}
		if p := planner.post("/toimisto/kipina/"+d.code+"/ilmoitukset", form); p.status != http.StatusUnprocessableEntity || p.Find("input[value=hold][checked]").Length() != 1 {
			t.Errorf("without a reason: %d", p.status)
		}
		form.Set("words", "Kipinässä syytetään nimettyä ihmistä.")
		if p := planner.post("/toimisto/kipina/"+d.code+"/ilmoitukset", form); p.status != http.StatusOK {
			t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
		}
		if s.visitor().get("/kipina/"+d.code).status != http.StatusNotFound || s.find(d.code).Held != "report" {
			t.Error("it is still public")
		}
		mine := s.visitor().get(d.own)
		if text := mine.Find("main").Text(); !strings.Contains(text, "Kipinässä syytetään nimettyä ihmistä.") || strings.Contains(text, "tjuv") || strings.Contains(mine.body, "lukija@") {
			t.Error("its bringer does not read why, or reads who reported")
		}
		letters := s.letters()
		if !slices.Contains(letters, "reader.hold lukija@posti.example") || !slices.Contains(letters, "bringer.held kateellinen@posti.example") {
			t.Errorf("letters: %q", letters)
		}
		all, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		for _, l := range all {
			if l.Purpose == "reader.hold" && (l.Language != "sv" || !strings.Contains(l.Text, "ur sikte") || !strings.Contains(l.Text, d.code)) {
				t.Errorf("the reader is told: %s", l.Text)
			}
		}
		var kept int
		if err := s.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM reports WHERE email <> ''`).Scan(&kept); err != nil || kept != 0 {
			t.Errorf("%d addresses of reporters are kept (%v)", kept, err)
		}
	})
}

func TestReportsAreLimitedAndKeepWhatWasTyped(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.visitor().drop("text", "Tavallinen ajatus.")
		r := s.at("192.0.2.1")
		for i := range 6 {
			if p := r.post("/kipina/"+d.code+"/ilmoita", url.Values{"wrong": {"untrue"}, "words": {fmt.Sprintf("Ei pidä paikkaansa %d", i)}}); p.status != http.StatusOK {
				t.Fatalf("number %d gave %d", i+1, p.status)
			}
		}
		p := r.post("/kipina/"+d.code+"/ilmoita", url.Values{"wrong": {"untrue"}, "words": {"Pitkä selitys siitä, mikä on väärin"}})
		if p.status != http.StatusTooManyRequests || !strings.Contains(p.Find("textarea").Text(), "Pitkä selitys siitä") {
			t.Errorf("%d", p.status)
		}
		if sp := s.find(d.code); !sp.Listed {
			t.Error("six reports hid it")
		}
	})
}

func TestTheRegionSetsItsRules(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const at = settings + "/valvonta"
		manager := s.officer(office.Manager)
		if manager.get(settings).Find("a[href='"+at+"']").Length() != 1 {
			t.Error("the settings do not lead there")
		}
		for _, lang := range tongues {
			p := manager.get(lang + at)
			p.whole(t, "rules "+lang)
			if p.Find("input[name=hold][checked]").AttrOr("value", "") != "suspicious" {
				t.Errorf("%q: at first %q is chosen", lang, p.Find("input[checked]").AttrOr("value", ""))
			}
		}
		form := url.Values{"hold": {"kaikki"}, "words": {"ja\nkasino"}, "domains": {"ei osoite"}}
		p := manager.post(at, form)
		p.whole(t, "refused rules")
		if p.status != http.StatusUnprocessableEntity || p.Find(".errors a").Length() != 3 || strings.TrimSpace(p.Find("#words").Text()) != "ja\nkasino" || strings.TrimSpace(p.Find("#domains").Text()) != "ei osoite" {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		set := func(hold, words, domains string) {
			t.Helper()
			if p := manager.post(at, url.Values{"hold": {hold}, "words": {words}, "domains": {domains}}); p.status != http.StatusOK || p.path != at {
				t.Fatalf("%d: %s", p.status, p.Find(".errors").Text())
			}
		}
		n := 0
		held := func(text string) string {
			n++
			return s.find(s.at(fmt.Sprintf("192.0.%d.1", n)).drop("text", fmt.Sprintf("%s %d", text, n)).code).Held
		}
		set("suspicious", "kasino\r\nhelppo raha", "https://www.kouvola.fi/sivu")
		if got := squeezed(manager.get(at).Find("#domains").Text()); got != "kouvola.fi" {
			t.Errorf("kept as %q", got)
		}
		for text, want := range map[string]string{"Kasinopeli kylälle": "words", "Lue lisää sivulta https://www.kouvola.fi/tori heti": "", "Lue lisää sivulta https://kouvola.fi.kauppa.example heti": "link"} {
			if got := held(text); got != want {
				t.Errorf("%s: held for %q, want %q", text, got, want)
			}
		}
		set("all", "", "")
		if got := held("Tavallinen ajatus"); got != "all" {
			t.Errorf("held for %q", got)
		}
		set("none", "kasino", "")
		if got := held("Kasino ja www.kauppa.example"); got != "" {
			t.Errorf("held for %q", got)
		}
		if p := s.officer(office.Planner).get(at); p.status != http.StatusOK || p.Find("form[action$='/valvonta']").Length() != 0 || !strings.Contains(p.Find("dl").Text(), "kasino") {
			t.Errorf("a planner reads %d", p.status)
		}
	})
}

// A spark that was let in cannot be turned into an advert by its private link, nor
// can a public reply.
func TestLinkSpamByTheBackDoor(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.at("192.0.2.1")
		d := r.drop("text", "Laituri kuntoon.", "email", "roska@kauppa.example", "visibility", "public")
		p := r.post(d.own+"/vastaus", url.Values{"words": {"Osta halvalla heti: https://kauppa.example/x"}, "seen": {"public"}})
		if p.status != http.StatusOK || !strings.Contains(squeezed(p.Find("[role=status]").Text()), "Vain toimisto näkee sen") {
			t.Errorf("%d: %s", p.status, p.Find("[role=status]").Text())
		}
		if strings.Contains(s.visitor().get("/kipina/"+d.code).body, "kauppa.example") {
			t.Error("a reply carries the link to everybody")
		}
		if p := r.post(d.own+"/muokkaus", url.Values{"text": {"Laituri: https://kauppa.example/x"}, "visibility": {"public"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if got := s.visitor().get("/kipina/" + d.code).status; got != http.StatusNotFound {
			t.Errorf("edited into an advert it gives %d", got)
		}
		mine := r.get(d.own)
		mine.whole(t, "own page after the edit")
		if mine.Find("section[aria-labelledby=waits]").Length() != 1 {
			t.Error("its bringer is not told that it waits")
		}
		if !slices.Contains(s.letters(), "bringer.held roska@kauppa.example") {
			t.Errorf("letters: %q", s.letters())
		}
		// The address of somebody trusted, typed in later, is written to: they can take
		// the spark away.
		if p := r.post(d.own+"/yhteys", url.Values{"email": {"luotettu@yhdistys.example"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if !slices.Contains(s.letters(), "bringer.addressed luotettu@yhdistys.example") {
			t.Errorf("letters: %q", s.letters())
		}
	})
}

// Whoever types somebody else's address again and again cannot fill their mailbox.
func TestReceiptsDoNotFillAMailbox(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		var last dropped
		for i := range 14 {
			last = s.at(fmt.Sprintf("192.0.%d.1", i)).drop("text", fmt.Sprintf("Ajatus numero %d", i), "email", "uhri@posti.example")
		}
		if n := strings.Count(strings.Join(s.letters(), "\n"), "uhri@posti.example"); n != 10 {
			t.Errorf("%d receipts to one mailbox in an hour", n)
		}
		p := s.visitor().get(last.own + "/kiitos")
		if text := p.Find("main").Text(); !strings.Contains(text, "emme lähetä tästä erikseen viestiä") || strings.Contains(text, "Saat linkin myös sähköpostiin") {
			t.Error("the receipt promises a letter that does not come")
		}
		if sp := s.find(last.code); sp.Held != "often" {
			t.Errorf("held for %q", sp.Held)
		}
	})
}

func TestOwnDataTellsTheStanding(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.at("192.0.2.1")
		d := r.drop("text", "Talkoot www.kyla.example", "email", "kyla@yhdistys.example")
		s.must(s.parts.Sparks.Approve(context.Background(), s.act(d.code), true))
		file, _ := r.ownFile(d.own)
		if got := at(t, file, "standing.standing", 0); got != "trusted" {
			t.Errorf("the file says %v", got)
		}
		if got := at(t, file, "standing.since_at", 0); got != s.clock.Now().UTC().Format(time.RFC3339Nano) {
			t.Errorf("since %v", got)
		}
		for _, b := range file["story"].([]any) {
			if kind := b.(map[string]any)["type"]; kind == string(story.Trusted) {
				t.Error("what the office alone may read is in the file")
			}
		}
	})
}

// Erasing takes away what readers told of it and where it came from.
func TestErasingReachesReportsAndArrivals(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.at("192.0.2.1").drop("text", "Laituri kuntoon.", "email", "maija@meikalaiset.example")
		if p := s.at("198.51.100.1").post("/kipina/"+d.code+"/ilmoita", url.Values{"wrong": {"private"}, "words": {"Meikäläinen asuu Mummolanmäellä"}, "email": {"lukija@posti.example"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if before := s.traces("mummolanmä", "lukija@"); len(before) < 2 {
			t.Fatalf("nothing to prove: %q", before)
		}
		if p := s.visitor().post(d.own+"/poisto", url.Values{"erase": {"1"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		s.drain()
		if left := s.traces("mummolanmä", "lukija@", "meikalaiset"); len(left) > 0 {
			t.Errorf("left: %q", left)
		}
		var n int
		if err := s.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM arrivals WHERE item_id = $1`, int64(s.find(d.code).ID)).Scan(&n); err != nil || n != 0 {
			t.Errorf("%d arrivals of it (%v)", n, err)
		}
	})
}

// The store may lose a table: a form that cannot be weighed is kept, not lost.
func TestADropThatCannotBeWeighedKeepsEverything(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `ALTER TABLE arrivals RENAME TO away`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		p := s.at("192.0.2.1").post("/kipina", url.Values{"once": {ident.Secret()}, "text": {"Tärkeä ajatus"}})
		if p.status != http.StatusInternalServerError || p.Find("textarea[name=text]").Text() != "Tärkeä ajatus" {
			t.Errorf("%d", p.status)
		}
	})
}
