package web_test

import (
	"context"
	"net/url"
	"strings"
	"testing"

	"kokko/ground/i18n"
	"kokko/journey/introduction"
	"kokko/region/actor"
	"kokko/region/network"
)

// remembered is a browser that remembers a person.
func (s *site) remembered(email string) *reader {
	s.t.Helper()
	r := s.visitor()
	r.post("/minun", url.Values{"email": {email}})
	if p := r.confirms(email); p.status != 200 {
		s.t.Fatalf("%d at %s", p.status, p.path)
	}
	return r
}

// Who asks sees who knows whom they look for, by what, and has one of them pass it on;
// nobody is named who does not want to be, and what ties two others only when both let
// it be drawn.
func TestAFriendOfAFriendPassesItOn(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const cook, friend, chair = "keittaja@posti.example", "ystava@posti.example", "puheenjohtaja@kyla.example"
		cooks := knows(t, s.db, s.parts, s.person(cook).Address, "Kalle Keittäjä", "Kylätalon keittiön pyörittäminen", i18n.Finnish)
		chairs, _ := s.known(chair, "Kirsti Kylä")
		knowsBoth, _ := s.known(friend, "Ulla Ystävä", actor.Findable)
		s.ties(network.Tie{From: chairs, To: knowsBoth, Why: network.Introduction}, network.Tie{From: knowsBoth, To: cooks, Why: network.Ring})
		d := s.visitor().drop("text", "Kylätalon keittiö kaikkien käyttöön. Kuka on pyörittänyt keittiötä?", "email", "tuoja@posti.example")
		s.drain()
		r, at := s.remembered(chair), "/kipina/"+d.code
		seen := func(r *reader) string { return squeezed(r.get(at + "/osaajat").Find("main").Text()) }
		if text := seen(r); !strings.Contains(text, "Kalle Keittäjä") || strings.Contains(text, "Ulla Ystävä") || !strings.Contains(text, "Emme löytäneet tuttujen ketjua") {
			t.Fatalf("%s", text)
		}
		draw := func(yes bool) {
			t.Helper()
			s.chooses(friend, actor.Drawn, yes)
		}
		draw(true)
		if text := seen(r); !strings.Contains(text, "Sinä → tutustuitte, 23.11.2026 → Ulla Ystävä → ovat samassa ringissä, 23.11.2026 → Kalle Keittäjä") {
			t.Fatalf("%s", text)
		}
		if text := seen(s.visitor()); strings.Contains(text, "Ulla Ystävä") {
			t.Errorf("a stranger reads somebody's ties: %s", text)
		}
		form := at + "/tutustu?toimija=" + cooks.String()
		p := r.get(form)
		p.whole(t, "the form")
		for _, lang := range tongues {
			r.get(lang+form).whole(t, lang+form)
		}
		radio := p.Find("input[name=broker]")
		if radio.Length() != 2 || p.Find("input[name=broker][checked]").AttrOr("value", "") != knowsBoth.String() {
			t.Fatalf("%d choices: %s", radio.Length(), p.Find("main").Text())
		}
		fields := url.Values{"toimija": {cooks.String()}, "broker": {knowsBoth.String()}, "name": {"Kirsti Kylä"}, "message": {"Meillä on talo. Miten alkuun?"}}
		// Somebody whom no way leads through is not to be named by a form.
		stranger := s.visitor()
		away := url.Values{"toimija": {cooks.String()}, "broker": {knowsBoth.String()}, "name": {"Outo"}, "message": {"Hei."}, "email": {"outo@posti.example"}}
		stranger.post(at+"/tutustu", away)
		stranger.confirms("outo@posti.example")
		all, err := introduction.AtOffice(context.Background(), s.db, "kouvola", 0, 9)
		if err != nil || len(all) != 1 || all[0].Asker.Name != "Outo" {
			t.Fatalf("%+v, %v", all, err)
		}
		r.post(at+"/tutustu", fields)
		s.drain()
		letter := s.lettersTo(friend)[0]
		if !strings.Contains(letter.Subject, "Välitätkö: Kirsti Kylä") || !strings.Contains(letter.Text, "olet halunnut tulla löydetyksi") || strings.Contains(letter.Text, chair) || strings.Contains(letter.Text, cook) {
			t.Fatalf("%q %q", letter.Subject, letter.Text)
		}
		if list := s.officer("manager").get("/toimisto/tutustumiset"); strings.Contains(list.body, "Kirsti") {
			t.Error("the office reads what waits for somebody else")
		}
		broker, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		if p = broker.get(link); p.Find("button[value=never]").Length() != 1 || strings.Contains(p.body, cook) || strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		p.whole(t, "the broker's page")
		broker.post(link, url.Values{"do": {"pass"}, "remark": {"Kirsti on reipas."}})
		s.drain()
		letter = s.lettersTo(cook)[0]
		if !strings.Contains(letter.Text, "Ulla Ystävä") || !strings.Contains(letter.Text, "Kirsti on reipas.") {
			t.Errorf("%q", letter.Text)
		}
		if p = s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"yes"}}); !strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		// They know each other now; who stood between goes from everywhere at once.
		if text := seen(r); !strings.Contains(text, "Sinä → tutustuitte, 23.11.2026 → Kalle Keittäjä") {
			t.Errorf("%s", text)
		}
		s.chooses(friend, actor.Findable, false)
		if text := seen(r); strings.Contains(text, "Ulla") {
			t.Errorf("%s", text)
		}
	})
}

// Where two stand between, a request goes through both: each is asked by their own letter,
// told who had it before and who gets it next, and when one does not pass it on another
// way is tried without anybody learning of it.
func TestARequestGoesFromHandToHandByLetters(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const cook, one, two, other, chair = "keittaja@posti.example", "eka@posti.example", "toka@posti.example", "muu@posti.example", "puheenjohtaja@kyla.example"
		cooks := knows(t, s.db, s.parts, s.person(cook).Address, "Kalle Keittäjä", "Kylätalon keittiön pyörittäminen", i18n.Finnish)
		chairs, _ := s.known(chair, "Kirsti Kylä")
		first, _ := s.known(one, "Eila Ensimmäinen", actor.Findable, actor.Drawn)
		second, _ := s.known(two, "Toivo Toinen", actor.Findable, actor.Drawn)
		third, _ := s.known(other, "Mirja Muu", actor.Findable, actor.Drawn)
		s.chooses(cook, actor.Drawn, true)
		s.ties(network.Tie{From: chairs, To: first, Why: network.Introduction}, network.Tie{From: first, To: second, Why: network.Introduction}, network.Tie{From: second, To: cooks, Why: network.Introduction},
			network.Tie{From: chairs, To: third, Why: network.Table}, network.Tie{From: third, To: cooks, Why: network.Table, Weight: .1})
		d := s.visitor().drop("text", "Kylätalon keittiö kaikkien käyttöön. Kuka on pyörittänyt keittiötä?", "email", "tuoja@posti.example")
		s.drain()
		r, at := s.remembered(chair), "/kipina/"+d.code
		form := at + "/tutustu?toimija=" + cooks.String()
		p := r.get(form)
		p.whole(t, "the form")
		if p.Find("input[name=again][checked]").Length() != 1 || !strings.Contains(p.Find("main").Text(), "kädestä käteen") || p.Find("input[name=broker]").Length() != 3 {
			t.Fatalf("%s", squeezed(p.Find("main").Text()))
		}
		had := map[string]int{two: len(s.lettersTo(two)), cook: len(s.lettersTo(cook))}
		r.post(at+"/tutustu", url.Values{"toimija": {cooks.String()}, "broker": {second.String()}, "again": {"1"}, "name": {"Kirsti Kylä"}, "message": {"Meillä on talo. Miten alkuun?"}})
		s.drain()
		letter := s.lettersTo(one)[0]
		if !strings.Contains(letter.Text, "sen saa seuraavaksi Toivo Toinen") || !strings.Contains(letter.Text, "tunnet seuraavan") || len(s.lettersTo(two)) != had[two] || strings.Contains(letter.Text, two) {
			t.Fatalf("%q", letter.Text)
		}
		hand, link := s.visitor(), linkIn(t, letter, "/tutustuminen/")
		for _, lang := range tongues {
			hand.get(lang+link).whole(t, lang+"a hand's page")
		}
		if p = hand.get(link); len(s.lettersTo(two)) != had[two] || !strings.Contains(p.Find("main").Text(), "Toivo Toinen") || p.Find("#email").Length() != 0 {
			t.Fatalf("%s", squeezed(p.Find("main").Text()))
		}
		p = hand.post(link, url.Values{"do": {"pass"}, "remark": {"Kirsti on reipas."}})
		if !strings.Contains(p.Find("[role=status]").Text(), "matkalla") || !strings.Contains(p.body, "ei enää odota sinua") {
			t.Errorf("%s", squeezed(p.Find("main").Text()))
		}
		s.drain()
		letter = s.lettersTo(two)[0]
		if !strings.Contains(letter.Text, "Pyynnön välitti sinulle Eila Ensimmäinen") || !strings.Contains(letter.Text, "Kirsti on reipas.") || strings.Contains(letter.Text, "seuraavaksi") {
			t.Fatalf("%q", letter.Text)
		}
		before := squeezed(r.get("/minun").Find("#tutustumiset").Parent().Text())
		hand, link = s.visitor(), linkIn(t, letter, "/tutustuminen/")
		hand.post(link, url.Values{"do": {"no"}})
		s.drain()
		if after := squeezed(r.get("/minun").Find("#tutustumiset").Parent().Text()); after != before || len(s.lettersTo(cook)) != had[cook] {
			t.Errorf("who asks sees that somebody declined: %s, then %s", before, after)
		}
		letter = s.lettersTo(other)[0]
		if strings.Contains(letter.Text, "Eila") || strings.Contains(letter.Text, "Toivo") || strings.Contains(letter.Text, "reipas") {
			t.Fatalf("another way is told of the first: %q", letter.Text)
		}
		s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"pass"}})
		s.drain()
		letter = s.lettersTo(cook)[0]
		if !strings.Contains(letter.Text, "Mirja Muu") || strings.Contains(letter.Text, chair) {
			t.Fatalf("%q", letter.Text)
		}
		if p = s.visitor().post(linkIn(t, letter, "/tutustuminen/"), url.Values{"do": {"yes"}}); !strings.Contains(p.body, chair) {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		s.drain()
		if l := s.lettersTo(chair)[0]; !strings.Contains(l.Text, cook) || strings.Contains(l.Text, "Toivo") {
			t.Errorf("%q", l.Text)
		}
	})
}
