package knowhow_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/search"
)

const region = "kouvola"

// TestMain draws fewer lives than rapid would: each goes through the store, on both
// engines. More with -rapid.checks.
func TestMain(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "rapid.checks" })
	if !given {
		if err := flag.Set("rapid.checks", "25"); err != nil {
			panic(err)
		}
	}
	os.Exit(m.Run())
}

var analyser = sync.OnceValues(func() (*text.Analyser, error) {
	dict, err := finnish.OpenOr("")
	if err != nil {
		return nil, err
	}
	words := finnish.New(dict, nil)
	concepts, err := concept.Own(words)
	return text.NewAnalyser(words, language.Own()).With(text.More{Concepts: concepts}), err
})

// desk is a region with two servers on one store.
type desk struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	index  *search.Index
	actors *actor.Service
	know   *knowhow.Service
	other  *knowhow.Service // of another server: it hears of nothing but by the store
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		words, err := analyser()
		if err != nil {
			t.Fatal(err)
		}
		ids := ident.NewMaker(c)
		d := &desk{TB: t, db: db, clock: c, ids: ids, index: search.New(words, "test", ids)}
		d.actors = actor.New(db, c, ids).Indexed(d.index)
		d.know = knowhow.New(db, c, ids, d.index, d.actors).From(carried)
		d.other = knowhow.New(db, c, ids, d.index, actor.New(db, c, ids)).From(carried)
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		})
		behaviour(t, d)
	})
}

// carried has every organisation carry out what its name says.
func carried(_ context.Context, _ store.Source, _ string, of knowhow.Holder) ([]knowhow.Item, error) {
	if of.Person {
		return nil, nil
	}
	return []knowhow.Item{{ID: of.ID + 1, Actor: of.ID, Kind: knowhow.Project, Text: of.Title, Language: "fi", Source: "project", SourceID: of.ID + 1}}, nil
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Tx(context.Background(), do); err != nil {
		d.Fatal(err)
	}
}

// person begins somebody with their own words; yes is whether they may be found.
func (d *desk) person(name, words string, yes bool) (id ident.ID) {
	d.Helper()
	ctx, addresses := context.Background(), address.New(d.db, d.clock, d.ids)
	var secret string
	if _, err := addresses.Ask(ctx, address.Asking{Region: region, Email: strings.ToLower(name) + "@posti.example", Language: "fi", Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, l address.Letter) error {
		secret = l.Secret
		return nil
	}); err != nil {
		d.Fatal(err)
	}
	if _, err := addresses.Confirm(ctx, region, secret, "", func(ctx context.Context, tx *store.Tx, a address.Address, _ address.Then) error {
		p, err := d.actors.Person(ctx, tx, a, name)
		id = p.ID
		if err == nil && words != "" {
			_, err = d.know.Write(ctx, tx, region, knowhow.Item{Actor: id, Kind: knowhow.Own, Text: words, Language: "fi"})
		}
		return err
	}); err != nil {
		d.Fatal(err)
	}
	d.choose(id, yes)
	return id
}

func (d *desk) choose(id ident.ID, yes bool) {
	d.Helper()
	d.clock.Advance(time.Second)
	d.tx(func(ctx context.Context, tx *store.Tx) error {
		return d.actors.Choose(ctx, tx, region, id, actor.Findable, yes)
	})
}

// finds asks a server who could help.
func (d *desk) finds(s *knowhow.Service, n knowhow.Need) (names []string, all []knowhow.Knower) {
	d.Helper()
	n.Most = max(n.Most, 5)
	all, err := s.Find(context.Background(), region, n)
	if err != nil {
		d.Fatal(err)
	}
	for _, k := range all {
		names = append(names, k.Actor.Title)
	}
	return names, all
}

// looked is who is found by words, as on the page that finds everything.
func (d *desk) looked(words string) (ids []ident.ID) {
	d.Helper()
	page, err := d.index.Search(context.Background(), d.db, search.Query{Region: region, Text: words, All: true, Most: 20})
	if err != nil {
		d.Fatal(err)
	}
	for _, h := range page.Hits {
		if h.Kind == search.Person {
			ids = append(ids, h.ID)
		}
	}
	return ids
}

// Who chose to be found is found on both servers with what speaks for them, and by
// words; who takes it back is gone from both at once.
func TestWhoChoseIsFoundAndGoneAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		maija := d.person("Maija", "Suurkeittiön emäntä, keittiö ja ruokapalvelut", true)
		matti := d.person("Matti", "Koulun keittiö ja keittäjän työ", false)
		ask := knowhow.Need{Text: "Kylätalolle tarvitaan keittiö", Language: language.Finnish}
		for name, s := range map[string]*knowhow.Service{"its own": d.know, "another": d.other} {
			names, all := d.finds(s, ask)
			if !slices.Equal(names, []string{"Maija"}) || len(all[0].Reasons) != 1 || all[0].Reasons[0].Item.Kind != knowhow.Own || all[0].Reasons[0].Item.Actor != maija || len(all[0].Reasons[0].Words) == 0 {
				t.Fatalf("%s: %v %+v", name, names, all)
			}
		}
		if got := d.looked("keittiö"); !slices.Equal(got, []ident.ID{maija}) {
			t.Errorf("looked for: %v", got)
		}
		d.choose(matti, true)
		for name, s := range map[string]*knowhow.Service{"its own": d.know, "another": d.other} {
			if names, _ := d.finds(s, ask); len(names) != 2 {
				t.Errorf("%s, both: %v", name, names)
			}
		}
		d.choose(maija, false)
		for name, s := range map[string]*knowhow.Service{"its own": d.know, "another": d.other} {
			if names, _ := d.finds(s, ask); !slices.Equal(names, []string{"Matti"}) {
				t.Errorf("%s, taken back: %v", name, names)
			}
		}
		if got := d.looked("keittiö"); !slices.Equal(got, []ident.ID{matti}) {
			t.Errorf("taken back, looked for: %v", got)
		}
		// Erased with the address: gone from everywhere.
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			p, err := actor.PersonByID(ctx, tx, region, matti)
			if err != nil {
				return err
			}
			return d.actors.Erase(ctx, tx, region, p.Address)
		})
		for name, s := range map[string]*knowhow.Service{"its own": d.know, "another": d.other} {
			if names, _ := d.finds(s, ask); len(names) != 0 {
				t.Errorf("%s, erased: %v", name, names)
			}
		}
		if got := d.looked("keittiö"); len(got) != 0 {
			t.Errorf("erased, looked for: %v", got)
		}
		var left int
		if err := d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM knowhow_items WHERE region_id = $1 AND actor_id = $2`, region, int64(matti)).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d items left: %v", left, err)
		}
		// The mark that something changed goes too.
		d.clock.Advance(2 * time.Hour)
		if err := d.know.Sweep(context.Background(), region); err != nil {
			t.Fatal(err)
		}
		if err := d.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM knowhow_changes WHERE region_id = $1`, region).Scan(&left); err != nil || left != 0 {
			t.Errorf("%d changes left: %v", left, err)
		}
	})
}

// Whoever says no and yes at once is dropped after that was committed; who asks in between
// has read them already, and they stay found.
func TestWhoIsDroppedAfterTheyWereReadAnewIsReadAgain(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		n := knowhow.Need{Text: "mehiläiset", Most: 5}
		id := d.person("Aino", "Hoidan mehiläisiä.", true)
		if names, _ := d.finds(d.know, n); len(names) != 1 {
			t.Fatalf("found %q", names)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			tx.After(func() { d.finds(d.know, n) })
			for _, yes := range []bool{false, true} {
				if err := d.actors.Choose(ctx, tx, region, id, actor.Findable, yes); err != nil {
					return err
				}
			}
			return nil
		})
		for range 2 {
			if names, _ := d.finds(d.know, n); len(names) != 1 {
				t.Errorf("found %q", names)
			}
		}
		d.choose(id, false)
		if names, _ := d.finds(d.know, n); len(names) != 0 {
			t.Errorf("found %q, who said no", names)
		}
	})
}

// Who has told in their own words that they have done it, be it in a compound, comes before
// those who have the word in the name of something they carried out.
func TestWhoHasSaidItThemselvesComesBeforeNames(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for _, place := range []string{"Elimäki", "Koria", "Kausala", "Jaala", "Utti", "Inkeroinen"} {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, _, err := d.actors.Resolve(ctx, tx, region, "Kylätalon keittiö kaikkien käyttöön: "+place, func(string) bool { return false })
				return err
			})
		}
		d.person("Onni", "Hitsaaja ja konepajan työnjohtaja. Metalliteollisuuden alihankinta ja oppisopimukset.", true)
		d.person("Aino", "Olen ollut koulun keittiössä emäntänä kaksikymmentä vuotta. Suurkeittiö, omavalvonta ja juhlaruoka sujuvat.", true)
		for _, text := range []string{"Kokemusta keittiöstä", "Kokemusta keittiöstä\nKylätalolle tehdään keittiö. Etsin ihmistä, joka on pyörittänyt keittiötä ja osaa neuvoa laitteissa ja omavalvonnassa."} {
			names, all := d.finds(d.know, knowhow.Need{Text: text})
			if len(names) < 5 || names[0] != "Aino" {
				t.Errorf("%q: %q, %+v", text, names, all)
			}
		}
	})
}

// Who has room orders nothing: what two forms of a word could have in common if one of them
// were read wrongly is no reason.
func TestAWrongReadingIsNoReason(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.person("Eero", "Autossa on tilaa torstaisin.", true)
		for _, text := range []string{"Haluamme tilata yhdessä", "Kahvila tilaa yhdessä", "Emme tilaa yksin"} {
			if names, all := d.finds(d.know, knowhow.Need{Text: text, Language: language.Finnish}); len(names) != 0 {
				t.Errorf("%q: %q, %+v", text, names, all[0].Reasons)
			}
		}
		if names, all := d.finds(d.know, knowhow.Need{Text: "Haen tilaa", Language: language.Finnish}); len(names) != 1 || !slices.Equal(all[0].Reasons[0].Words, []string{"tila"}) {
			t.Errorf("room: %q, %+v", names, all)
		}
	})
}

// What is shared is said as people say it: whole words, not their parts or beginnings
// beside them, and nothing that says nothing.
func TestReasonsAreWordsThatPeopleSay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.person("Maija", "Olen hoitanut lähiruoan jakelua ja olen kylällä kotona", true)
		_, all := d.finds(d.know, knowhow.Need{Text: "Lähiruoan jakelua ja lähiruokaa kylälle, kun olen täällä", Language: language.Finnish})
		if len(all) != 1 || len(all[0].Reasons) == 0 {
			t.Fatalf("%+v", all)
		}
		words := all[0].Reasons[0].Words
		if len(words) == 0 {
			t.Fatal("nothing is shared")
		}
		for i, w := range words {
			if strings.ContainsAny(w, "_") || w == "ja" || w == "olla" || strings.HasPrefix(w, "ja ") {
				t.Errorf("%q is no word that people say", w)
			}
			for j, other := range words {
				if i != j && strings.Contains(other, w) {
					t.Errorf("%q stands beside %q", w, other)
				}
			}
		}
	})
}

// Whatever people write, take away and choose, a server that heard of each change as it
// came finds whom one that begins anew finds.
func TestTheMemoryStandsAsTheStoreDoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		var people []ident.ID
		for _, name := range []string{"Aino", "Eero", "Ilma"} {
			people = append(people, d.person(name, "", false))
		}
		topics := []string{"keittiö", "metsä", "verkkosivut"}
		rapid.Check(t, func(rt *rapid.T) {
			who := rapid.SampledFrom(people).Draw(rt, "who")
			d.clock.Advance(time.Second)
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0:
				d.choose(who, rapid.Bool().Draw(rt, "yes"))
			case 1, 2:
				kind := rapid.SampledFrom(knowhow.Written()).Draw(rt, "kind")
				d.tx(func(ctx context.Context, tx *store.Tx) error {
					_, err := d.know.Write(ctx, tx, region, knowhow.Item{Actor: who, Kind: kind, Text: rapid.SampledFrom(topics).Draw(rt, "topic"), Language: "fi"})
					return err
				})
			case 3:
				items, err := knowhow.WrittenOf(context.Background(), d.db, region, who)
				if err != nil {
					rt.Fatal(err)
				}
				if several, err := knowhow.WrittenOfMany(context.Background(), d.db, region, who, who+1); err != nil || !slices.Equal(several[who], items) || len(several[who+1]) != 0 {
					rt.Fatalf("one by one %v, at once %v, %v", items, several, err)
				}
				if len(items) > 0 {
					d.tx(func(ctx context.Context, tx *store.Tx) error {
						return d.know.Remove(ctx, tx, region, who, rapid.SampledFrom(items).Draw(rt, "item").ID)
					})
				}
			}
			fresh := knowhow.New(d.db, d.clock, d.ids, d.index, actor.New(d.db, d.clock, d.ids)).From(carried)
			for _, topic := range topics {
				want, _ := d.finds(fresh, knowhow.Need{Text: topic, Language: language.Finnish})
				for _, s := range []*knowhow.Service{d.know, d.other} {
					got, _ := d.finds(s, knowhow.Need{Text: topic, Language: language.Finnish})
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						rt.Fatalf("%s: %v, anew %v", topic, got, want)
					}
				}
			}
		})
	})
}

// Who has no time, or is in it already, or has their hands full is not found; no answer
// tells why.
func TestWhoIsNotAskedIsNotFound(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		maija, matti := d.person("Maija", "Metsätiet ja metsurin työ", true), d.person("Matti", "Metsätiet ja kaivinkone", true)
		ask := knowhow.Need{Text: "Metsätie kuntoon", Language: language.Finnish}
		if names, _ := d.finds(d.know, ask); len(names) != 2 {
			t.Fatalf("%v", names)
		}
		ask.From = maija
		if names, _ := d.finds(d.know, ask); !slices.Equal(names, []string{"Matti"}) {
			t.Errorf("asked by one of them: %v", names)
		}
		ask.From, ask.Except = 0, []ident.ID{matti}
		if names, _ := d.finds(d.know, ask); !slices.Equal(names, []string{"Maija"}) {
			t.Errorf("in it already: %v", names)
		}
		ask.Except, ask.Load = nil, func(id ident.ID) float64 {
			if id == maija {
				return 1
			}
			return 0
		}
		if names, _ := d.finds(d.know, ask); !slices.Equal(names, []string{"Matti"}) {
			t.Errorf("hands full: %v", names)
		}
		ask.Load = nil
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := d.actors.Describe(ctx, tx, region, matti, actor.Profile{Name: "Matti", Away: true})
			return err
		})
		for _, s := range []*knowhow.Service{d.know, d.other} {
			if names, _ := d.finds(s, ask); !slices.Equal(names, []string{"Maija"}) {
				t.Errorf("no time: %v", names)
			}
		}
	})
}

// An organisation is found by what it carried out, and is public.
func TestAnOrganisationIsFoundByItsProjects(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		place := func(string) bool { return false }
		resolve := func(name string) (id ident.ID) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, of, err := d.actors.Resolve(ctx, tx, region, name, place)
				if err == nil {
					err = d.know.Touch(ctx, tx, region, of)
				}
				id = of
				return err
			})
			return id
		}
		resolve("Lähiruoan jakelu ry")
		ask := knowhow.Need{Text: "Miten lähiruoan jakelu järjestyy", Language: language.Finnish}
		for _, s := range []*knowhow.Service{d.know, d.other} {
			if names, all := d.finds(s, ask); !slices.Equal(names, []string{"Lähiruoan jakelu ry"}) || all[0].Reasons[0].Item.Source != "project" {
				t.Errorf("%v", names)
			}
		}
		resolve("Lähiruoan keittiö oy")
		for _, s := range []*knowhow.Service{d.know, d.other} {
			if names, _ := d.finds(s, ask); len(names) != 2 {
				t.Errorf("a new one: %v", names)
			}
		}
	})
}

func TestWhatAPersonWrites(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, id := context.Background(), d.person("Maija", "", true)
		write := func(i knowhow.Item) (out knowhow.Item, err error) {
			i.Actor, i.Language = id, "fi"
			err = d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				out, err = d.know.Write(ctx, tx, region, i)
				return err
			})
			return out, err
		}
		offer, err := write(knowhow.Item{Kind: knowhow.Offered, Text: " Kokkausta \r\n\r\n  talkoisiin ", Together: true})
		if err != nil || offer.Text != "Kokkausta\ntalkoisiin" {
			t.Fatalf("%q %v", offer.Text, err)
		}
		if twice, err := write(knowhow.Item{Kind: knowhow.Offered, Text: "Kokkausta\ntalkoisiin"}); err != nil || twice.ID != offer.ID {
			t.Errorf("twice: %+v %v", twice, err)
		}
		if _, err := write(knowhow.Item{Kind: knowhow.Wanted, Text: "Sahureita remonttiin"}); err != nil {
			t.Fatal(err)
		}
		// What is looked for is no evidence of know-how, and is found by words.
		if names, _ := d.finds(d.know, knowhow.Need{Text: "sahureita", Language: language.Finnish}); len(names) != 0 {
			t.Errorf("by what they look for: %v", names)
		}
		if got := d.looked("sahurit"); !slices.Equal(got, []ident.ID{id}) {
			t.Errorf("looked for: %v", got)
		}
		offer.State = knowhow.Filled
		if _, err := write(offer); err != nil {
			t.Fatal(err)
		}
		if names, _ := d.finds(d.know, knowhow.Need{Text: "kokkausta talkoisiin", Language: language.Finnish}); len(names) != 0 {
			t.Errorf("by what has found its taker: %v", names)
		}
		for name, c := range map[string]struct {
			item       knowhow.Item
			field, key string
		}{
			"nothing":      {knowhow.Item{Kind: knowhow.Own, Text: " \n "}, "own", "knowhow.text.missing"},
			"much":         {knowhow.Item{Kind: knowhow.Wanted, Text: strings.Repeat("ä", knowhow.MaxText+1)}, "wanted", "too_long"},
			"another kind": {knowhow.Item{ID: offer.ID, Kind: knowhow.Own, Text: "x"}, "kind", "knowhow.kind.wrong"},
			"a role":       {knowhow.Item{Kind: knowhow.Role, Text: "x"}, "kind", "knowhow.kind.wrong"},
		} {
			if _, err := write(c.item); !fault.Is(err, fault.Invalid) || fault.List(err)[0].Field != c.field || fault.List(err)[0].Key != c.key {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := write(knowhow.Item{ID: 12345, Kind: knowhow.Own, Text: "x"}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
		for n := 2; n < knowhow.MaxItems; n++ {
			if _, err := write(knowhow.Item{Kind: knowhow.Own, Text: strings.Repeat("a", n)}); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := write(knowhow.Item{Kind: knowhow.Own, Text: "yksi vielä"}); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

// What other rooms tell is kept once for each source and goes with it.
func TestWhatIsRecordedOfAPerson(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.person("Maija", "", true)
		record := func(text string) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.know.Record(ctx, tx, region, knowhow.Item{Actor: id, Kind: knowhow.Role, Text: text, Language: "fi", Source: "ring", SourceID: 7, At: d.clock.Now()})
			})
		}
		record("Tekijä: verkkosivut kylälle")
		record("Tekijä: verkkosivut kylälle ja kaupalle")
		items, err := d.know.Of(context.Background(), d.db, region, actor.Actor{ID: id, Title: "Maija", Person: true})
		if err != nil || len(items) != 1 || items[0].Text != "Tekijä: verkkosivut kylälle ja kaupalle" {
			t.Fatalf("%+v %v", items, err)
		}
		if names, _ := d.finds(d.other, knowhow.Need{Text: "verkkosivut", Language: language.Finnish}); !slices.Equal(names, []string{"Maija"}) {
			t.Errorf("%v", names)
		}
		d.tx(func(ctx context.Context, tx *store.Tx) error { return d.know.Unrecord(ctx, tx, region, "ring", 7) })
		if names, _ := d.finds(d.other, knowhow.Need{Text: "verkkosivut", Language: language.Finnish}); len(names) != 0 {
			t.Errorf("%v", names)
		}
	})
}

// What is called the same, as the phases of one project are, is told once.
func TestWhatIsCalledTheSameIsOneReason(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		id := d.person("Maija", "", true)
		for phase := range 2 {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.know.Record(ctx, tx, region, knowhow.Item{Actor: id, Kind: knowhow.Role, Text: "Verkkosivut kylälle", Language: "fi", Source: "ring", SourceID: ident.ID(7 + phase), At: d.clock.Now()})
			})
		}
		_, all := d.finds(d.other, knowhow.Need{Text: "verkkosivut", Language: language.Finnish})
		if len(all) != 1 || len(all[0].Reasons) != 1 || all[0].Others != 1 {
			t.Errorf("%+v", all)
		}
	})
}

// While everything is read for the first time it is said that it is; who asks where nobody
// reads, or all was read, is answered.
func TestWhoAsksWhileItIsReadIsToldSo(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.person("Maija", "Verkkosivut kylälle", true)
		ctx, reads, further := context.Background(), make(chan struct{}), make(chan struct{})
		once := sync.OnceFunc(func() { close(reads) })
		s := knowhow.New(d.db, d.clock, d.ids, d.index, actor.New(d.db, d.clock, d.ids)).From(func(context.Context, store.Source, string, knowhow.Holder) ([]knowhow.Item, error) {
			once()
			<-further
			return nil, nil
		})
		if !s.Ready(ctx, region) {
			t.Error("nobody reads")
		}
		read := make(chan error)
		go func() { read <- s.Warm(ctx, region) }()
		<-reads
		if s.Ready(ctx, region) {
			t.Error("all was read, it is said, when it is being read")
		}
		close(further)
		if err := <-read; err != nil || !s.Ready(ctx, region) {
			t.Errorf("it was read: %v", err)
		}
	})
}

// Topics are suggested by a person's words; what they dropped is suggested no more and
// speaks for nobody.
func TestTopicsAreSuggestedAndNotForced(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, id := context.Background(), d.person("Maija", "Olen hoitanut lähiruoan jakelua ja matkailua", true)
		items := func() []knowhow.Item {
			all, err := knowhow.WrittenOf(ctx, d.db, region, id)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		first := d.know.Suggest(items(), language.Swedish)
		if len(first) < 2 || first[0].Label == "" {
			t.Fatalf("%+v", first)
		}
		if names, _ := d.finds(d.know, knowhow.Need{Text: first[0].Label, Language: language.Swedish}); len(names) != 0 {
			t.Logf("found by a suggestion already, as by a concept: %v", names)
		}
		keep := func(topic concept.ID, keep bool) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				return d.know.Keep(ctx, tx, region, id, topic, language.Swedish, keep)
			})
		}
		keep(first[0].Concept, true)
		keep(first[1].Concept, false)
		for _, s := range d.know.Suggest(items(), language.Swedish) {
			if s.Concept == first[0].Concept || s.Concept == first[1].Concept {
				t.Errorf("%+v is suggested again", s)
			}
		}
		shown, err := d.know.Of(ctx, d.db, region, actor.Actor{ID: id, Title: "Maija", Person: true})
		if err != nil || !slices.ContainsFunc(shown, func(i knowhow.Item) bool { return i.Kind == knowhow.Topic && i.Text == first[0].Label }) ||
			slices.ContainsFunc(shown, func(i knowhow.Item) bool { return i.Text == first[1].Label }) {
			t.Errorf("%+v %v", shown, err)
		}
		keep(first[0].Concept, false) // they may think again
		if all := items(); len(all) != 3 {
			t.Errorf("%+v", all)
		}
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return d.know.Keep(ctx, tx, region, id, 4_000_000, language.Swedish, true)
		}); !fault.Is(err, fault.NotFound) {
			t.Errorf("%v", err)
		}
	})
}

// An index that is made anew finds those who want to be found, and no others.
func TestPeopleAreOnTheShelf(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		maija := d.person("Maija", "Hitsausta", true)
		d.person("Matti", "Hitsausta", false)
		if err := d.index.Renew(context.Background(), d.db, region, []search.Shelf{knowhow.Shelf()}, true, nil); err != nil {
			t.Fatal(err)
		}
		if got := d.looked("hitsaus"); !slices.Equal(got, []ident.ID{maija}) {
			t.Errorf("%v", got)
		}
	})
}

// What organisations did tells what they are about, and of people nothing is told.
func TestTopicsAreOfOrganisationsAlone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var bakery ident.ID
		d.tx(func(ctx context.Context, tx *store.Tx) (err error) {
			_, bakery, err = d.actors.Resolve(ctx, tx, region, "Lähiruoka ja leivonta Oy", func(string) bool { return false })
			return err
		})
		d.person("Maija", "Lähiruoka ja leivonta", true)
		topics, err := d.know.Topics(ctx, region)
		if err != nil || len(topics) != 1 || len(topics[bakery]) == 0 {
			t.Fatalf("%v, %v", topics, err)
		}
		var labels []string
		for _, id := range topics[bakery] {
			labels = append(labels, d.index.Label(id, "fi"))
		}
		if !slices.Contains(labels, "lähiruoka") {
			t.Errorf("%v", labels)
		}
	})
}

// Many needs at once find who each finds by itself, and whoever is found for many is
// asked about once.
func TestManyNeedsAreAnsweredAsOneByOne(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		for i := range 8 {
			d.person(fmt.Sprintf("Osaaja%d", i), "Lähiruoan jakelu ja kylmäkuljetus. Suurkeittiön pyörittäminen kylätalolla.", true)
		}
		d.person("Piilo", "Lähiruoan jakelu.", false)
		from := d.person("Kysyja", "Lähiruoan jakelu.", true)
		needs := []knowhow.Need{{Text: "Lähiruoan jakelu", Most: 5}, {Text: "Kuka on pyörittänyt suurkeittiötä?", Most: 3}, {Text: "Kvanttitietokone", Most: 5}, {Text: "Kylmäkuljetus", Most: 12, From: from}, {Text: "Lähiruoan jakelu", Most: 5, Load: func(ident.ID) float64 { return 1 }}}
		asked := 0
		count := func() { d.db.Overhear(func(string, []any) { asked++ }) }
		single := make([][]knowhow.Knower, len(needs))
		if _, err := d.know.Find(ctx, region, needs[0]); err != nil { // read by now
			t.Fatal(err)
		}
		count()
		for i, n := range needs {
			var err error
			if single[i], err = d.know.Find(ctx, region, n); err != nil {
				t.Fatal(err)
			}
		}
		apart := asked
		asked = 0
		all, err := d.know.FindMany(ctx, region, needs)
		d.db.Overhear(nil)
		if err != nil || !reflect.DeepEqual(all, single) {
			t.Errorf("%v: together they find %v, apart %v", err, all, single)
		}
		if len(all[0]) != 5 || len(all[1]) != 3 || len(all[2]) != 0 || len(all[3]) != 8 || len(all[4]) != 0 {
			t.Errorf("found %d %d %d %d %d", len(all[0]), len(all[1]), len(all[2]), len(all[3]), len(all[4]))
		}
		if asked == 0 || 2*asked > apart {
			t.Errorf("together the store is asked %d times, apart %d", asked, apart)
		}
		if some, err := d.know.FindMany(ctx, region, nil); err != nil || len(some) != 0 {
			t.Errorf("nothing asked: %v %v", some, err)
		}
	})
}
