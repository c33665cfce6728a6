package introduction_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/region/actor"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/search"
)

// proposing is a desk that proposes.
func (d *desk) proposing() *knowhow.Service {
	ids := ident.NewMaker(d.clock)
	know := knowhow.New(d.db, d.clock, ids, search.New(text.NewAnalyser(finnish.New(nil, nil), language.Own()), "test", ids), d.actors)
	d.actors.Tell(network.Heard)
	d.Proposing(know, network.NewMemory(d.db, d.clock))
	return know
}

// tells has somebody who is found say what they know, or what they look for.
func (d *desk) tells(t testing.TB, know *knowhow.Service, name string, kind knowhow.Kind, texts ...string) (id ident.ID) {
	t.Helper()
	_, id = d.findable(t, strings.ToLower(name)+"@posti.example", name, actor.Profile{})
	must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		for _, text := range texts {
			if _, err := know.Write(ctx, tx, region, knowhow.Item{Actor: id, Kind: kind, Text: text, Language: "fi"}); err != nil {
				return err
			}
		}
		return nil
	}))
	return id
}

func (d *desk) proposed(t testing.TB) (all [][2]ident.ID) {
	t.Helper()
	ctx := context.Background()
	must(t, d.Propose(ctx, region))
	list, err := introduction.Proposals(ctx, d.db, region, d.clock.Now().Add(-introduction.Kept))
	must(t, err)
	for _, p := range list {
		all = append(all, [2]ident.ID{p.Asker, p.Other})
	}
	return all
}

// Whom many need goes to who has nobody else, so that nobody is left out who could have
// met somebody.
func TestWhomManyNeedGoesToWhoHasNobodyElse(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		know := d.proposing()
		both := d.tells(t, know, "Kalle", knowhow.Own, "Keittiö", "Keittiön pyörittäminen", "Hitsaus")
		cook := d.tells(t, know, "Liisa", knowhow.Own, "Ruoka ja keittiö, pidot ja juhlat ympäri vuoden")
		kitchen := d.tells(t, know, "Aino", knowhow.Wanted, "keittiö")
		weld := d.tells(t, know, "Bertta", knowhow.Wanted, "hitsaus")
		got := d.proposed(t)
		want := map[[2]ident.ID]bool{{kitchen, cook}: true, {weld, both}: true}
		if len(got) != 2 || !want[got[0]] || !want[got[1]] {
			t.Errorf("%v, not %v", got, want)
		}
	})
}

// Of two who know the same the one is proposed who gets something of it themselves.
func TestWhoWouldMeetEachOtherMeet(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		know := d.proposing()
		var seeks []ident.ID
		for _, name := range []string{"Aino", "Bertta"} {
			seeks = append(seeks, d.tells(t, know, name, knowhow.Wanted, "hitsaus"))
		}
		must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := know.Write(ctx, tx, region, knowhow.Item{Actor: seeks[1], Kind: knowhow.Own, Text: "Keittiö", Language: "fi"})
			return err
		}))
		welder := d.tells(t, know, "Kalle", knowhow.Own, "Hitsaus")
		must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := know.Write(ctx, tx, region, knowhow.Item{Actor: welder, Kind: knowhow.Wanted, Text: "keittiö", Language: "fi"})
			return err
		}))
		// Aino comes first by her number; Bertta knows what the welder looks for.
		if got := d.proposed(t); len(got) != 1 || got[0] != [2]ident.ID{seeks[1], welder} && got[0] != [2]ident.ID{welder, seeks[1]} {
			t.Errorf("%v", got)
		}
	})
}

// However many there are, the five are looked for among as many, with as many questions,
// and the same are chosen again.
func TestAMondayOfManyCostsAsMuch(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		know := d.proposing()
		crafts := []string{"hitsaus", "keittiö", "puimuri", "kutominen", "kirvesmies", "laituri", "lammas", "hunaja"}
		add := func(from, to int) {
			for i := from; i < to; i++ {
				d.tells(t, know, fmt.Sprintf("Osaaja%d", i), knowhow.Own, crafts[i%len(crafts)])
				d.tells(t, know, fmt.Sprintf("Etsija%d", i), knowhow.Wanted, crafts[(i+3)%len(crafts)])
			}
		}
		ask := func() (n int64) {
			must(t, know.Warm(context.Background(), region))
			var bringers, ties, written atomic.Int64
			d.db.Overhear(func(query string, _ []any) {
				switch {
				case strings.Contains(query, "FROM bringers"):
					bringers.Add(1)
				case strings.Contains(query, "FROM ties") && strings.Contains(query, "from_id {in") || strings.Contains(query, "FROM ties WHERE region_id = $1 AND from_id"):
					ties.Add(1)
				case strings.Contains(query, "FROM introduction_stops"):
					written.Add(1)
				}
			})
			defer d.db.Overhear(nil)
			must(t, d.Propose(context.Background(), region))
			return bringers.Load() + ties.Load() + written.Load()
		}
		forget := func() {
			must(t, d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `DELETE FROM proposals WHERE region_id = $1`, region)
				return err
			}))
		}
		add(0, 8)
		few := ask()
		first := d.proposed(t)
		if len(first) != introduction.Five {
			t.Fatalf("%v", first)
		}
		forget()
		if again := d.proposed(t); fmt.Sprint(again) != fmt.Sprint(first) {
			t.Errorf("%v, then %v", first, again)
		}
		forget()
		add(8, 24)
		if many := ask(); many > few {
			t.Errorf("%d questions for three times as many, %d before", many, few)
		}
	})
}
