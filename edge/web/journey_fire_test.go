package web_test

import (
	"context"
	"database/sql"
	"encoding/binary"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// proven is somebody with a confirmed address.
func (s *stage) proven(t testing.TB, email string) (a address.Address) {
	t.Helper()
	must(t, s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		a, err = s.parts.Addresses.Proven(ctx, tx, "kouvola", email, string(s.lang.Written()))
		return err
	}))
	return a
}

// joins puts somebody into a ring; with what they take upon themselves, if anything.
func (s *stage) joins(t testing.TB, who address.Address, sp ident.ID, what string) {
	t.Helper()
	d := ring.Draft{Role: ring.Doer, Language: string(s.lang.Written()), Seen: spark.Unnamed}
	if what != "" {
		d.Take = ring.Take{What: what, Day: office.Today(s.clock) + 10}
	}
	must(t, s.db.Tx(s.parts.Jobs.WokenBy(context.Background()), func(ctx context.Context, tx *store.Tx) error {
		_, err := s.parts.Rings.Join(ctx, tx, who, sp, d, trust.Sender{})
		return err
	}))
}

// does has everything that is taken upon somebody in a ring be done.
func (s *stage) does(t testing.TB, who address.Address, sp ident.ID) {
	t.Helper()
	all, err := ring.Commitments(context.Background(), s.db, "kouvola", sp)
	must(t, err)
	must(t, s.db.Tx(s.parts.Jobs.WokenBy(context.Background()), func(ctx context.Context, tx *store.Tx) error {
		for _, c := range all {
			if c.State == ring.Open {
				if err := s.parts.Rings.Turn(ctx, tx, who, sp, c.ID, ring.Turn{To: ring.Kept}); err != nil {
					return err
				}
			}
		}
		return nil
	}))
}

// past gives the region sparks that have had their time: of every two one that somebody
// joined at once, and which caught fire.
func (s *stage) past(t testing.TB, text string) {
	t.Helper()
	ctx := context.Background()
	var people []address.Address
	for i := range 5 {
		people = append(people, s.proven(t, fmt.Sprintf("ennen%d@posti.example", i)))
	}
	ask := func(all ...ident.ID) { must(t, s.parts.Forecasts.AskAll(ctx, "kouvola", forecast.Time, all...)) }
	for i := range 44 {
		sp, _ := s.drops(t, spark.Draft{Text: text})
		ask(sp.ID)
		if s.clock.jump(time.Hour); i%2 == 0 {
			s.joins(t, people[0], sp.ID, text)
			s.joins(t, people[1], sp.ID, "")
			ask(sp.ID)
			s.clock.jump(40 * time.Hour)
			for _, who := range people[2:] {
				s.joins(t, who, sp.ID, "")
			}
			s.does(t, people[0], sp.ID)
			ask(sp.ID)
		}
	}
	s.clock.jump(190 * 24 * time.Hour)
	must(t, s.parts.Forecasts.Score(ctx, "kouvola"))
}

// crowd is people who know something and let themselves be found and counted, each tied
// to two others.
func (s *stage) crowd(t testing.TB, words string, names []string) (ids []ident.ID) {
	t.Helper()
	for i, name := range names {
		a := s.proven(t, mailOf(name))
		must(t, s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			p, err := s.parts.Actors.Person(ctx, tx, a, name)
			if err != nil {
				return err
			}
			ids = append(ids, p.ID)
			if _, err := s.parts.Actors.Describe(ctx, tx, "kouvola", p.ID, actor.Profile{Name: name, Languages: []string{string(s.lang.Written())}}); err != nil {
				return err
			}
			if _, err := s.parts.Know.Write(ctx, tx, "kouvola", knowhow.Item{Actor: p.ID, Kind: knowhow.Own, Text: words, Language: string(s.lang.Written())}); err != nil {
				return err
			}
			for _, c := range []actor.Choice{actor.Findable, actor.Counted} {
				if err := s.parts.Actors.Choose(ctx, tx, "kouvola", p.ID, c, true); err != nil {
					return err
				}
			}
			for _, other := range ids[max(0, i-2):i] {
				if err := network.Tied(ctx, tx, "kouvola", network.Tie{From: other, To: p.ID, Kind: network.Stated, Why: network.Introduction, Source: p.ID, At: s.clock.Now()}); err != nil {
					return err
				}
			}
			return nil
		}))
	}
	return ids
}

func mailOf(name string) string {
	return strings.ReplaceAll(strings.ToLower(name), " ", ".") + "@posti.example"
}

// forecasts waits until a spark has so many forecasts.
func (s *stage) forecasts(t testing.TB, sp ident.ID, n int) forecast.Forecast {
	t.Helper()
	s.clock.jump(2 * time.Minute) // what happens in a minute is one forecast
	for range 600 {
		all, err := forecast.Latest(context.Background(), s.db, "kouvola", sp, 100)
		must(t, err)
		if len(all) >= n {
			return all[0]
		}
		time.Sleep(100 * time.Millisecond)
	}
	t.Fatalf("no forecast number %d", n)
	return forecast.Forecast{}
}

// noTrace looks for somebody in all that was worked out of the network: the network in
// memory, every row of a forecast, and whatever lies beside the store.
func (s *stage) noTrace(t testing.TB, id ident.ID, name string) {
	t.Helper()
	ctx := context.Background()
	snapshot, err := s.counted.Now(ctx, "kouvola")
	must(t, err)
	if _, is := snapshot.Number(id); is {
		t.Errorf("%s is in the network that forecasts go by", name)
	}
	var tables []string
	rows, err := s.db.Query(ctx, `SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'forecast%'`)
	must(t, store.Each(rows, err, func(rows *sql.Rows) error {
		var table string
		err := rows.Scan(&table)
		tables = append(tables, table)
		return err
	}))
	if len(tables) < 5 {
		t.Fatalf("forecasts have the tables %v", tables)
	}
	traces := []string{name, id.String(), strconv.FormatInt(int64(id), 10)}
	for _, table := range tables {
		rows, err := s.db.Query(ctx, `SELECT * FROM `+table)
		must(t, store.Each(rows, err, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			row, into := make([]any, len(columns)), make([]any, len(columns))
			for i := range row {
				into[i] = &row[i]
			}
			if err := rows.Scan(into...); err != nil {
				return err
			}
			for i, v := range row {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				for _, trace := range traces {
					if strings.Contains(fmt.Sprint(v), trace) {
						t.Errorf("%s.%s tells of %s: %v", table, columns[i], name, v)
					}
				}
			}
			return nil
		}))
	}
	base := strings.TrimPrefix(s.db.Name(), "sqlite ")
	must(t, filepath.WalkDir(filepath.Dir(base), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.HasPrefix(path, base) {
			return err
		}
		all, err := os.ReadFile(path)
		for _, trace := range append(traces, string(binary.LittleEndian.AppendUint64(nil, uint64(id)))) {
			if strings.Contains(string(all), trace) {
				t.Errorf("%s tells of %s", path, name)
			}
		}
		return err
	}))
}

// TestBrowserASparkCatchesFire is the headline's question from the drop to its answer: the
// forecast with what it rests on, those whom to involve, one of whom says yes, how the
// forecast moved and by what, and half a year later what came of it, for everybody.
func TestBrowserASparkCatchesFire(t *testing.T) {
	t.Parallel()
	var begun sync.Map // the stages that have a past
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		ctx := context.Background()
		words, who := said(s.lang), strings.ReplaceAll(handed(scripts), " ", "")
		_, again := begun.LoadOrStore(s, true)
		if !again {
			s.past(t, words.text)
		}
		var names []string
		for _, first := range []string{"Aino", "Eero", "Helmi", "Onni", "Tyyne", "Urho"} {
			names = append(names, first+" "+who)
		}
		people := s.crowd(t, words.title+" "+words.text, names)
		email := "tuoja." + who + "@posti.example"
		sp, own := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Email: email, Name: words.name})
		_, err := s.parts.Sparks.Assign(ctx, s.act(sp), s.planner.ID)
		must(t, err)
		first := s.forecasts(t, sp.ID, 1)

		// The forecast: how many of ten, what that rests on, and what is lacking.
		phone := s.phone(t, scripts)
		phone.Open(s.page(own))
		follows(t, phone, "a[href$='/ennuste']", http.StatusOK)
		shows(t, phone, "main", s.T("forecast.lead"), s.say.N("forecast.rests", first.Base.Finished), s.T("forecast.lack.person"))
		if first.Evidence != forecast.Learnt || !first.Chance.Known {
			t.Fatalf("with %d behind it: %+v", first.Base.Finished, first)
		}
		browsertest.Axe(t, phone)

		// Whom to involve: one of them is asked, and says yes.
		asked := phone.Text("[aria-labelledby=mukaan] li h3")
		follows(t, phone, "[aria-labelledby=mukaan] a[href*='/tutustu?toimija=']", http.StatusOK)
		phone.Paste("#message", words.reply)
		phone.Paste("#name", words.name+" "+who)
		phone.Paste("#email", email)
		follows(t, phone, "form[action*='/tutustu'] .button", http.StatusOK)
		confirm := s.letter(t, email, "/vahvista/")
		phone.Open(confirm.Links()[0])
		follows(t, phone, "form[action*='/vahvista/'] .button", http.StatusOK)
		broker := s.desk(t, scripts)
		broker.Open(linkOf(t, s.letter(t, s.planner.Email, words.name+" "+who).Links()))
		follows(t, broker, "button[value=pass]", http.StatusOK)
		other := s.phone(t, scripts)
		other.Open(linkOf(t, s.letter(t, mailOf(asked), words.name+" "+who).Links()))
		follows(t, other, "button[value=yes]", http.StatusOK)
		shows(t, other, "main", s.T("intro.met"))

		// They come along with another one, and the forecast moves: the page says why.
		helpers := []address.Address{s.proven(t, mailOf(asked))}
		for _, n := range names {
			if n != asked {
				helpers = append(helpers, s.proven(t, mailOf(n)))
			}
		}
		s.joins(t, helpers[0], sp.ID, words.agreed)
		s.joins(t, helpers[1], sp.ID, "")
		second := s.forecasts(t, sp.ID, 2)
		if second.Chance.Mid <= first.Chance.Mid {
			t.Errorf("two came along, and the chance went from %v to %v", first.Chance, second.Chance)
		}
		phone.Open(s.page(own + "/ennuste"))
		shows(t, phone, "[aria-labelledby=muuttunut]", s.T("forecast.changed.fact", "what", s.T("forecast.so_far.people"), "from", "1", "to", "3"),
			s.T("forecast.changed.fact", "what", s.T("forecast.so_far.taken"), "from", "0", "to", "1"))
		browsertest.Axe(t, phone)

		// Whoever takes a choice back, on their own page, is in no suggestion from then on,
		// and in nothing that was worked out.
		left, seen := 0, phone.Text("main")
		for i, n := range names {
			if n == asked || mailOf(n) == helpers[1].Email || !strings.Contains(phone.Text("main"), n) {
				continue
			}
			left++
			if before, err := s.counted.Now(ctx, "kouvola"); err != nil {
				t.Fatal(err)
			} else if _, is := before.Number(people[i]); !is {
				t.Errorf("%s is suggested and not in the network", n)
			}
			_, mine := s.resident(t, mailOf(n))
			theirs := s.phone(t, scripts)
			theirs.Open(s.page(mine + "/osaaminen"))
			follows(t, theirs, "[aria-labelledby=valinta-counted] button", http.StatusOK)
			phone.Open(s.page(own + "/ennuste"))
			if strings.Contains(phone.Text("main"), n) {
				t.Errorf("%s took a choice back and is suggested", n)
			}
			s.noTrace(t, people[i], n)
			browsertest.Axe(t, theirs)
		}
		if left == 0 && !again { // else those of the first play may stand there
			t.Error("nobody more was suggested: " + seen)
		}

		// What it takes comes true, and half a year later what was said is held against it.
		before := len(s.post.Messages())
		s.clock.jump(3 * 24 * time.Hour)
		for _, h := range helpers[2:4] {
			s.joins(t, h, sp.ID, "")
		}
		s.does(t, helpers[0], sp.ID)
		s.forecasts(t, sp.ID, 3)
		s.letterAfter(t, before, email, s.T("mail.bringer.caught.subject", "code", sp.Code))
		reader := s.phone(t, scripts)
		reader.Open(s.page("/kipina/" + sp.Code))
		shows(t, reader, ".state", s.T("state.burning"))
		shows(t, reader, "main", s.T("spark.beat.caught"))
		browsertest.Axe(t, reader)
		s.clock.jump(181 * 24 * time.Hour)
		must(t, s.parts.Forecasts.Score(ctx, "kouvola"))
		all, err := forecast.Latest(ctx, s.db, "kouvola", sp.ID, 100)
		must(t, err)
		for _, f := range all {
			if f.Outcome != forecast.Caught || f.Scored.IsZero() {
				t.Errorf("%s is scored as %q", f.Why, f.Outcome)
			}
		}
		follows(t, reader, "a[href$='/ennuste']", http.StatusOK)
		follows(t, reader, "a[href$='/ennusteet']", http.StatusOK)
		held, err := s.parts.Forecasts.Held(ctx, "kouvola")
		must(t, err)
		if held.Base.Finished < first.Base.Finished+1 || len(held.Scores) == 0 || held.Scores[0].N == 0 {
			t.Errorf("%+v", held)
		}
		shows(t, reader, "main", s.say.N("forecast.rests", held.Base.Finished), s.T("forecasts.ours"))
		browsertest.Axe(t, reader)
		for _, p := range []*browsertest.Page{other, broker, reader} {
			s.decent(t, p, false)
		}
	})
}
