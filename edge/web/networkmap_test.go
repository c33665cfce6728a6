package web_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"
	"github.com/google/go-cmp/cmp"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

// ties ties some organisations and persons past the pages.
func (s *site) ties(all ...network.Tie) {
	s.t.Helper()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, t := range all {
			t.Source, t.At = 1, s.clock.Now()
			if err := network.Tied(ctx, tx, "kouvola", t); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

func TestTheNetworkIsAListATableAndAMapOfWhoeverChose(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		orgs := map[string]ident.ID{}
		for _, name := range []string{"Kymen Melojat ry", "Kylän Verstas Oy", "Iitin kunta"} {
			orgs[name] = admitted(t, s.db, s.parts, s.founds("Verkosto "+name), name)
		}
		who := s.person("maija@posti.example")
		var maija ident.ID
		choose := func(c actor.Choice, yes bool) {
			t.Helper()
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				a, err := s.parts.Actors.Person(ctx, tx, who.Address, "Maija Melontasielu")
				if err != nil {
					return err
				}
				maija = a.ID
				return s.parts.Actors.Choose(ctx, tx, "kouvola", a.ID, c, yes)
			}); err != nil {
				t.Fatal(err)
			}
		}
		choose(actor.Findable, true)
		s.ties(network.Tie{From: orgs["Kymen Melojat ry"], To: orgs["Kylän Verstas Oy"], Why: network.Table}, network.Tie{From: orgs["Kymen Melojat ry"], To: orgs["Iitin kunta"], Why: network.Table},
			network.Tie{From: maija, To: orgs["Iitin kunta"], Why: network.Ring})
		reader := s.visitor()
		file := func() (f struct {
			Nodes [][]any
			Ties  [][]any
		}) {
			t.Helper()
			p := reader.get("/verkosto.json")
			if err := json.Unmarshal([]byte(p.body), &f); err != nil || p.status != http.StatusOK {
				t.Fatalf("%d %v: %s", p.status, err, p.body)
			}
			return f
		}
		p := reader.get("/verkosto")
		p.says(t, "3 toimijaa, 2 yhteyttä", "Kymen Melojat ry 2 yhteyttä", "Yhteydet toimijoiden muotojen välillä", "1. Yhdistys")
		if strings.Contains(p.body, "Melontasielu") || len(file().Nodes) != 3 {
			t.Error("she is on the map without having chosen it")
		}
		if p.Find("script[src*=network]").Length() != 1 || p.Find("[data-network][hidden]").Length() != 1 {
			t.Error("no map to be drawn")
		}
		choose(actor.Drawn, true)
		p = reader.get("/verkosto")
		p.says(t, "4 toimijaa, 3 yhteyttä", "Melontasielu")
		if cell := squeezed(p.Find("main table").Text()); !strings.Contains(cell, "<5") {
			t.Errorf("a number of one person's ties: %s", cell)
		}
		if item := squeezed(p.Find("li:contains('Melontasielu')").Text()); item != "Maija Melontasielu" {
			t.Errorf("a number about a person: %q", item)
		}
		if f := file(); len(f.Nodes) != 4 || len(f.Ties) != 3 {
			t.Errorf("%+v", f)
		}
		reader.get("/verkosto?mista=ring").says(t, "2 toimijaa, 1 yhteys")
		reader.get("/verkosto?asti=2001").says(t, "0 toimijaa", "Yhteyksiä ei löytynyt")
		reader.get("/sv/verkosto").says(t, "Regionens nätverk", "Förening")
		choose(actor.Drawn, false)
		if strings.Contains(reader.get("/verkosto").body, "Melontasielu") || len(file().Nodes) != 3 {
			t.Error("she is still drawn")
		}
		gaps := s.officer(office.Viewer).get("/toimisto/verkosto")
		gaps.says(t, "Kymen Melojat ry", "Muotojen rajan ylittää 2 yhteyttä 2 yhteydestä", "Toimijoiden aloja ei ole vielä kirjattu")
		if strings.Contains(gaps.body, "Melontasielu") {
			t.Error("a person stands between on the office's page")
		}
	})
}

// Projects are written down to their end. The years one may look at end with the one under
// way, which the slider names; past it are all years.
func TestTheMapTellsWhichYearItShows(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, b := s.organisation("Kymen Melojat ry"), s.organisation("Kylän Verstas Oy")
		this := s.clock.Now().Year()
		at := func(year int) time.Time { return time.Date(year, 6, 1, 9, 0, 0, 0, time.UTC) }
		if _, _, err := s.parts.Ties.Derive(context.Background(), "kouvola", []network.Why{network.Project}, []network.Tie{{From: a, To: b, Why: network.Project, Source: 7, Since: at(this - 2), At: at(this + 2)}}); err != nil {
			t.Fatal(err)
		}
		for prefix, want := range map[string][2]string{"": {"kaikki vuodet", "tämä vuosi"}, "/sv": {"alla år", "i år"}, "/en": {"all years", "this year"}} {
			p := s.visitor().get(prefix + "/verkosto")
			slider := p.Find("input[type=range]")
			got := []string{slider.AttrOr("min", ""), slider.AttrOr("max", ""), slider.AttrOr("value", ""), slider.AttrOr("aria-valuetext", ""), slider.AttrOr("data-network-year", ""), p.Find("output").Text()}
			if diff := cmp.Diff([]string{fmt.Sprint(this - 2), fmt.Sprint(this + 1), fmt.Sprint(this + 1), want[0], fmt.Sprintf("%d (%s)", this, want[1]), want[0]}, got); diff != "" {
				t.Errorf("%s: %s", prefix, diff)
			}
			if years := squeezed(p.Find("nav[aria-labelledby=vuodet] li").Text()); !strings.HasSuffix(years, fmt.Sprint(this)) || strings.Contains(years, fmt.Sprint(this+1)) {
				t.Errorf("%s: years %s", prefix, years)
			}
		}
	})
}

// An organisation's page tells whom it is tied to once: each by what and when, and beside
// them people who chose to be drawn.
func TestAnOrganisationsTiesAreToldOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, b := s.organisation("Kymen Melojat ry"), s.organisation("Kylän Verstas Oy")
		maija := s.lets("maija@posti.example", "Maija Melontasielu", actor.Drawn, true)
		now := s.clock.Now()
		if _, _, err := s.parts.Ties.Derive(context.Background(), "kouvola", []network.Why{network.Project}, []network.Tie{{From: a, To: b, Why: network.Project, Source: 7, Since: now.AddDate(-1, 0, 0), At: now}}); err != nil {
			t.Fatal(err)
		}
		s.ties(network.Tie{From: maija, To: a, Why: network.Ring})
		p := s.visitor().get("/toimija/" + a.String())
		list := p.Find("section[aria-labelledby=ymparilla] ul").First().Find("li")
		if got := list.Map(func(_ int, li *goquery.Selection) string { return squeezed(li.Text()) }); len(got) != 2 || got[0] != fmt.Sprintf("Kylän Verstas Oy yhteinen hanke, %d\u2060–\u2060%d", now.Year()-1, now.Year()) || got[1] != "Maija Melontasielu Sama rinki" {
			t.Errorf("told are %q", got)
		}
		if n := p.Find("main li:contains('Kylän Verstas Oy')").Length(); n != 1 {
			t.Errorf("it is told %d times", n)
		}
		if n := p.Find("section[aria-labelledby=ymparilla] svg").Length(); n != 1 {
			t.Errorf("%d pictures", n)
		}
	})
}

// Two groups that could meet are a new event's title and words, in every language of the
// programme, before anything is made of it.
func TestAGapBecomesAnEventAtAPress(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		at := "/toimisto/tapahtumat/uusi?ryhmat=sector&a=" + actor.Sectors()[0].Code + "&b=" + actor.Sectors()[1].Code + "&aihe=14500&aihe=x"
		p := boss.get(at)
		p.whole(t, "a new event")
		for _, lang := range []string{"fi", "sv", "en"} {
			title := p.Find("[name='title."+lang+"']").AttrOr("value", "")
			if !strings.Contains(title, strings.Fields(actor.Sectors()[0].In(lang))[0]) {
				t.Errorf("%s: %q", lang, title)
			}
		}
		if p = boss.get("/toimisto/tapahtumat/uusi?ryhmat=muu&a=1&b=2"); p.status != http.StatusOK || p.Find("[name='title.fi']").AttrOr("value", "") != "" {
			t.Errorf("%d", p.status)
		}
		if text := boss.get("/toimisto/tapahtumat").Find("main").Text(); strings.Contains(text, actor.Sectors()[0].In("fi")) {
			t.Error("a page that was opened made an event")
		}
	})
}

// Above 5,000 the communities come first, on the page and in the file it is drawn from;
// each leads to its own, which is whole.
func TestAboveFiveThousandCommunitiesComeFirst(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	const stars, size = 100, 52
	at := s.clock.Now()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for i := range stars * size {
			id := 1_000_000 + i
			if _, err := tx.Exec(ctx, `INSERT INTO actors (region_id, actor_id, title) VALUES ('kouvola', $1, $2)`, id, fmt.Sprintf("Toimija %d", i)); err != nil {
				return err
			}
			middle := id - i%size
			if id == middle {
				middle = 1_000_000 + (i+size)%(stars*size) // the next star's, so that all hang together
			}
			if err := network.Tied(ctx, tx, "kouvola", network.Tie{From: ident.ID(id), To: ident.ID(middle), Why: network.Table, Source: 1, At: at}); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	reader := s.visitor()
	file := func(path string) (f struct {
		Nodes [][]any
		Ties  [][]any
	}) {
		t.Helper()
		if err := json.Unmarshal([]byte(reader.get(path).body), &f); err != nil {
			t.Fatal(err)
		}
		return f
	}
	p := reader.get("/verkosto")
	links := p.Find("#yhteisot").Parent().Find("a")
	if links.Length() < 2 {
		t.Fatalf("%d communities", links.Length())
	}
	whole := file("/verkosto.json")
	if n := len(whole.Nodes); n < links.Length() || n > stars*2 || len(whole.Ties) == 0 {
		t.Errorf("%d drawn, %d communities on the page, %d ties", n, links.Length(), len(whole.Ties))
	}
	sum := 0
	for _, n := range whole.Nodes {
		sum += int(n[3].(float64))
	}
	if sum != stars*size {
		t.Errorf("the communities have %d of %d", sum, stars*size)
	}
	first := links.First().AttrOr("href", "")
	one := file("/verkosto.json?" + first[strings.Index(first, "?")+1:])
	if len(one.Nodes) != int(whole.Nodes[0][3].(float64)) || len(one.Ties) == 0 {
		t.Errorf("%d of a community of %v, %d ties", len(one.Nodes), whole.Nodes[0][3], len(one.Ties))
	}
}
