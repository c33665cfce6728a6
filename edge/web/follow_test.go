package web_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/office"
)

// followsOf is what the owner of an address follows.
func (s *site) followsOf(email string) []follow.Follow {
	s.t.Helper()
	a, err := address.ByEmail(context.Background(), s.db, "kouvola", email)
	if err != nil {
		return nil
	}
	all, err := follow.Of(context.Background(), s.db, "kouvola", a.ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all[a.ID]
}

// Everything that can be followed has its button, and is followed once the address is
// confirmed; who is remembered follows at once.
func TestFollowingByThePages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const email = "seuraaja@posti.example"
		d := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Language: "fi"})
		theme, place, question := s.edition.Themes[0].ID, s.edition.Places[0].ID, s.ask(30).ID.String()
		r := s.visitor()
		for path, target := range map[string]string{"/kipina/" + d.Spark.Code: "spark:" + d.Spark.ID.String(), "/ohjelma/teema/" + theme: "theme:" + theme, "/paikat/" + place: "place:" + place, "/kysymys/" + question: "question:" + question, "/kipinat": "all"} {
			if p := r.get(path); !strings.Contains(p.body, "/seuraa?kohde="+url.QueryEscape(target)) {
				t.Errorf("no button on %s", path)
			}
		}
		form := url.Values{"kohde": {"spark:" + d.Spark.ID.String()}, "pace": {"now"}, "volume": {"loud"}, "email": {email}}
		if p := r.get("/seuraa?kohde=" + url.QueryEscape(form.Get("kohde"))); p.status != http.StatusOK || !strings.Contains(p.body, "Laituri kuntoon") {
			t.Errorf("%d", p.status)
		}
		wrong := url.Values{"kohde": form["kohde"], "pace": {"tunneittain"}, "volume": {""}, "email": {email}}
		if p := r.post("/seuraa", wrong); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.body, `value="`+email+`"`) || !strings.Contains(p.body, `href="#pace"`) || !strings.Contains(p.body, `href="#volume"`) {
			t.Errorf("%d: what was typed is lost, or not all mistakes are told", p.status)
		}
		asked := r.post("/seuraa", form)
		if !strings.HasPrefix(asked.path, "/vahvista/") || !strings.Contains(asked.body, "Laituri kuntoon") {
			t.Fatalf("%d at %s", asked.status, asked.path)
		}
		letter := s.lettersTo(email)[0]
		if !strings.Contains(letter.Text, "Laituri kuntoon") {
			t.Errorf("the letter does not say what for: %s", letter.Text)
		}
		if len(s.followsOf(email)) != 0 {
			t.Error("followed before it was confirmed")
		}
		p := r.post(linkIn(t, letter, "/vahvista/"), nil)
		if p.status != http.StatusOK || !strings.HasPrefix(p.path, "/minun/") || !strings.Contains(p.body, "Laituri kuntoon") {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		own := p.path
		// Remembered now: no address is asked for.
		form = url.Values{"kohde": {"place:" + place}, "pace": {"daily"}, "volume": {"quiet"}, "km": {"25"}}
		if p := r.post("/seuraa", form); !strings.HasPrefix(p.path, "/minun/") || len(s.lettersTo(email)) != 1 {
			t.Errorf("%d at %s", p.status, p.path)
		}
		if all := s.followsOf(email); len(all) != 2 || all[0].Km != 25 || all[0].Pace != follow.Daily || all[1].Volume != follow.Loud {
			t.Errorf("%+v", all)
		}
		if p := r.post(own+"/seuranta", url.Values{"kohde": {"place:" + place}, "pace": {"weekly"}, "volume": {"mute"}, "km": {"0"}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		if all := s.followsOf(email); all[0].Km != 0 || all[0].Pace != follow.Weekly || all[0].Volume != follow.Mute {
			t.Errorf("%+v", all)
		}
		var data struct {
			Follows struct {
				Follows []struct{ Target, Pace string }
			}
		}
		if err := json.Unmarshal([]byte(r.get(own+"/tiedot").body), &data); err != nil || len(data.Follows.Follows) != 2 {
			t.Errorf("%v %+v", err, data)
		}
		if p := r.post(own+"/lopeta", url.Values{"kohde": {"place:" + place}}); p.status != http.StatusOK || len(s.followsOf(email)) != 1 {
			t.Errorf("%d", p.status)
		}
		// What is not everybody's cannot be followed, nor told of by trying.
		hidden := s.drop(spark.Draft{Text: "Salainen asia.", Language: "fi", Visibility: spark.Office})
		for _, target := range []string{"spark:" + hidden.Spark.ID.String(), "spark:1", "theme:ei-ole", "place:ei-ole", "question:1", "kissa", "spark:" + d.Spark.ID.String() + "\r\nX: y"} {
			if p := r.get("/seuraa?kohde=" + url.QueryEscape(target)); p.status != http.StatusNotFound {
				t.Errorf("%q: %d", target, p.status)
			}
			if p := r.post("/seuraa", url.Values{"kohde": {target}, "pace": {"now"}, "volume": {"loud"}}); p.status != http.StatusNotFound {
				t.Errorf("%q: %d", target, p.status)
			}
		}
		if p := r.post(own+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Errorf("at %s", p.path)
		}
		var n int
		if err := s.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM follows WHERE region_id = 'kouvola'`).Scan(&n); err != nil || n != 0 {
			t.Errorf("%v: %d follows are left", err, n)
		}
	})
}

// Follow by mail, hear at once, in the morning and on Thursday, stop by one click of
// the mail provider, hear nothing more.
func TestTheWholeWayOfAFollower(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, server := context.Background(), smtptest.New(t)
		settings, err := mail.ParseURL(server.URL())
		if err != nil {
			t.Fatal(err)
		}
		sender, err := mail.NewSMTP(settings)
		if err != nil {
			t.Fatal(err)
		}
		s.way = mail.Way{Sender: sender, From: mail.Address{Email: "kokko@kouvola.example"}}
		d := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Language: "fi"})
		s.drain()
		emails := map[follow.Pace]string{follow.Now: "nyt@posti.example", follow.Daily: "dagligen@posti.example", follow.Weekly: "weekly@posti.example"}
		prefix := map[follow.Pace]string{follow.Now: "", follow.Daily: "/sv", follow.Weekly: "/en"}
		for pace, email := range emails {
			r := s.visitor()
			r.post(prefix[pace]+"/seuraa", url.Values{"kohde": {"spark:" + d.Spark.ID.String()}, "pace": {string(pace)}, "volume": {"normal"}, "email": {email}})
			s.drain()
			m := server.WaitTo(ctx, email, 1)
			p := r.post(regexp.MustCompile(`https://[^/]+(/\S+)`).FindStringSubmatch(m.Text)[1], nil)
			if p.status != http.StatusOK || len(s.followsOf(email)) != 1 {
				t.Fatalf("%s: %d at %s", pace, p.status, p.path)
			}
		}
		s.clock.Advance(time.Hour)
		answer := func(words string) {
			t.Helper()
			if _, err := s.parts.Sparks.Answer(ctx, spark.Act{Region: "kouvola", Spark: d.Spark.ID, Officer: s.officers[office.Planner]}, words, true, ""); err != nil {
				t.Fatal(err)
			}
			s.drain()
		}
		answer("Lankut tulevat torstaina.")
		got := func(email string) int {
			n := 0
			for _, m := range server.Messages() {
				if m.To == email && m.Header.Get("List-Unsubscribe") != "" {
					n++
				}
			}
			return n
		}
		expect := func(when string, now, daily, weekly int) {
			t.Helper()
			if a, b, c := got(emails[follow.Now]), got(emails[follow.Daily]), got(emails[follow.Weekly]); a != now || b != daily || c != weekly {
				t.Errorf("%s: %d at once, %d daily, %d weekly; want %d, %d, %d", when, a, b, c, now, daily, weekly)
			}
		}
		expect("at once", 1, 0, 0)
		s.clock.Set(time.Date(2026, 11, 24, 5, 31, 0, 0, time.UTC))
		s.drain()
		expect("on Tuesday morning", 1, 1, 0)
		s.clock.Set(time.Date(2026, 11, 26, 6, 1, 0, 0, time.UTC))
		s.drain()
		expect("on Thursday", 1, 1, 1)
		for pace, email := range emails {
			m := server.WaitTo(ctx, email, 2)
			if !strings.Contains(m.Text, "Lankut tulevat torstaina.") {
				t.Errorf("%s: %s", pace, m.Text)
			}
			// The mail provider's own request: no cookie, no page before, no Origin.
			link := strings.Trim(m.Header.Get("List-Unsubscribe"), "<>")
			at := s.url + link[strings.Index(link, prefix[pace]+"/lopeta/"):]
			look, err := http.Get(at)
			if err != nil {
				t.Fatal(err)
			}
			_ = look.Body.Close()
			if look.StatusCode != http.StatusOK || len(s.followsOf(email)) != 1 || len(look.Cookies()) > 0 {
				t.Errorf("%s: looking gives %d and leaves %d", pace, look.StatusCode, len(s.followsOf(email)))
			}
			client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			for range 2 { // it may come twice
				res, err := client.Post(at, "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click"))
				if err != nil {
					t.Fatal(err)
				}
				body, _ := io.ReadAll(res.Body)
				_ = res.Body.Close()
				if res.StatusCode != http.StatusOK || len(s.followsOf(email)) != 0 || len(res.Cookies()) > 0 || !strings.Contains(string(body), "<h1>") {
					t.Errorf("%s: one click gives %d and leaves %d", pace, res.StatusCode, len(s.followsOf(email)))
				}
			}
		}
		answer("Vielä kerran.")
		for range 8 {
			s.clock.Advance(24 * time.Hour)
			s.drain()
		}
		expect("a week after stopping", 1, 1, 1)
	})
}

// Nobody stops another's letters by forging or counting up links, and who tries many
// is slowed.
func TestStopLinksCannotBeForged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, b := s.person("a@posti.example").Address, s.person("b@posti.example").Address
		for _, x := range []address.Address{a, b} {
			if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				return follow.Put(ctx, tx, "kouvola", follow.Follow{Address: x.ID, Target: follow.Target{Kind: follow.Everything}, Pace: follow.Daily, Volume: follow.Loud}, s.clock.Now())
			}); err != nil {
				t.Fatal(err)
			}
		}
		token := s.stopToken(a.ID, "daily")
		proof := token[strings.LastIndex(token, ".")+1:]
		for i, forged := range []string{b.ID.String() + ".daily." + proof, a.ID.String() + ".weekly." + proof, a.ID.String() + ".all." + proof, a.ID.String() + ".daily." + ident.Secret(), a.ID.String() + ".daily.", a.ID.String(), "..", "x.daily." + proof, token + "X", strings.ToLower(token[:5]) + "9" + token[5:]} {
			r := s.visitor()
			r.from = "203.0." + string(rune('1'+i%9)) + "3.9"
			if p := r.post("/lopeta/"+url.PathEscape(forged), nil); p.status != http.StatusGone && p.status != http.StatusNotFound && p.status != http.StatusMethodNotAllowed {
				t.Errorf("%q: %d", forged, p.status)
			}
		}
		if len(s.followsOf(a.Email)) != 1 || len(s.followsOf(b.Email)) != 1 {
			t.Error("a forged link stopped something")
		}
		r, last := s.visitor(), 0
		r.from = "198.51.100.9"
		for i := range 40 {
			last = r.get("/lopeta/" + a.ID.String() + ".daily." + strings.Repeat("A", 20) + ident.Secret()[:5] + string(rune('A'+i%26))).status
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the fortieth guess: %d", last)
		}
		// A page of another site cannot press the button in a reader's browser either.
		req, err := http.NewRequest(http.MethodPost, s.url+"/lopeta/"+token, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Sec-Fetch-Site", "cross-site")
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != http.StatusForbidden || len(s.followsOf(a.Email)) != 1 {
			t.Errorf("across sites: %d", res.StatusCode)
		}
		if p := s.visitor().post("/lopeta/"+token, nil); p.status != http.StatusOK || len(s.followsOf(a.Email)) != 0 {
			t.Errorf("the true link: %d", p.status)
		}
	})
}
