package asset_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
	"kokko/region/asset"
)

const region = "kouvola"

type desk struct {
	testing.TB
	db     *store.DB
	clock  *clock.Fake
	ids    *ident.Maker
	assets *asset.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		d := &desk{t, db, c, ids, asset.New(db, c, ids)}
		d.exec(`INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
		behaviour(t, d)
	})
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) error {
	return d.db.Tx(context.Background(), do)
}

func (d *desk) exec(statement string, args ...any) {
	d.Helper()
	d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, statement, args...)
		return err
	}))
}

func (d *desk) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

// where is a region of two places and two languages.
type where struct{}

func (where) Tongues() []i18n.Language { return []i18n.Language{i18n.Finnish, i18n.Swedish} }

func (where) PlaceNamed(name string) (string, bool) {
	id := strings.ToLower(name)
	return id, id == "sippola" || id == "jaala"
}

func draft(kind asset.Kind, title, place string) asset.Draft {
	return asset.Draft{Kind: kind, Title: title, About: "Tilaa sadalle.", Language: "fi", Place: place, Venue: "Seurantalo", Owned: asset.ByOrganisation, Named: "Kyläyhdistys ry"}
}

func (d *desk) told(teller ident.ID, title string) (a asset.Asset, err error) {
	err = d.tx(func(ctx context.Context, tx *store.Tx) error {
		a, err = d.assets.Tell(ctx, tx, region, teller, where{}, draft(asset.Hall, title, "Sippola"))
		return err
	})
	return a, err
}

// letters drains what is to be told, as "news".
func (d *desk) letters() (all []string) {
	d.Helper()
	r := jobs.New(d.db, d.clock, d.ids, slog.New(slog.DiscardHandler), jobs.Options{Workers: 1})
	jobs.Handle(r, asset.Told, func(_ context.Context, job jobs.Job[asset.ToldArgs]) error {
		all = append(all, string(job.Args.News))
		return nil
	})
	d.must(r.Drain(context.Background()))
	return all
}

func TestADraftIsCheckedAsAWhole(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*asset.Draft)
		want   string
	}{
		"no kind":             {func(x *asset.Draft) { x.Kind = "boat" }, "kind"},
		"no title":            {func(x *asset.Draft) { x.Title = " \n" }, "title"},
		"a long title":        {func(x *asset.Draft) { x.Title = strings.Repeat("ä", asset.MaxTitle+1) }, "title"},
		"a long word":         {func(x *asset.Draft) { x.About = strings.Repeat("ä", asset.MaxAbout+1) }, "about"},
		"another language":    {func(x *asset.Draft) { x.Language = "de" }, "language"},
		"an unknown place":    {func(x *asset.Draft) { x.Place = "Atlantis" }, "place"},
		"nowhere":             {func(x *asset.Draft) { x.Place, x.Venue = "", "" }, "venue"},
		"nobody's":            {func(x *asset.Draft) { x.Owned = "" }, "owned"},
		"an unnamed society":  {func(x *asset.Draft) { x.Named = "" }, "named"},
		"a script":            {func(x *asset.Draft) { x.Calendar = "javascript:alert(1)" }, "calendar"},
		"not encrypted":       {func(x *asset.Draft) { x.Calendar = "http://varaus.example.fi" }, "calendar"},
		"long terms":          {func(x *asset.Draft) { x.Terms = strings.Repeat("ä", asset.MaxTerms+1) }, "terms"},
		"an unnamed person":   {func(x *asset.Draft) { x.Owned, x.Named = asset.ByPerson, "" }, ""},
		"skill has no place":  {func(x *asset.Draft) { x.Kind, x.Place, x.Venue = asset.Expertise, "", "" }, ""},
		"nothing is wrong":    {func(x *asset.Draft) { x.Calendar = "https://Varaus.example.fi/sali" }, ""},
		"a place is enough":   {func(x *asset.Draft) { x.Venue = "" }, ""},
		"an address's enough": {func(x *asset.Draft) { x.Place = "" }, ""},
	} {
		d := draft(asset.Hall, "Sali", "Sippola")
		c.change(&d)
		got := ""
		err := d.Check(where{})
		if err != nil {
			got = fault.List(err)[0].Field
		}
		if got != c.want || err != nil && !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALinkLeadsToThePublicNetOnly(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]string{
		"https://varaus.example.fi/sali?a=1#b": "varaus.example.fi",
		"https://Varaus.Example.FI":            "varaus.example.fi",
		"https://xn--h-0fa.example/":           "xn--h-0fa.example",
		"http://varaus.example.fi":             "", "javascript:alert(1)": "", "JAVASCRIPT:alert(1)": "", "data:text/html,x": "", "//varaus.example.fi": "", "varaus.example.fi": "", "https:varaus.example.fi": "", "": "",
		"https://": "", "https://localhost/": "", "https://kone": "", "https://kone.local": "", "https://a.internal/": "", "https://127.0.0.1/": "", "https://127.1/": "", "https://0x7f.1/": "", "https://2130706433/": "", "https://10.0.0.0x1/": "", "https://[::1]/": "", "https://192.168.1.1:8443/": "",
		"https://user@varaus.example.fi/": "", "https://user:pw@varaus.example.fi/": "", "https://varaus.example.fi:8443/": "", "https://varaus.example.fi:/": "", "https://varaus.example.fi\\@a.fi/": "", "https://a.fi/ b": "", "https://a.fi/\"onload=": "", "https://a.fi/\u202e": "", "https://-a.fi/": "", "https://a..fi/": "", "https://а.fi/": "", "https://a.fi./": "", "https://1.2.3.4.in-addr.arpa/": "",
	} {
		at, host, ok := asset.Link(s)
		if host != want || ok != (want != "") || ok && !strings.HasPrefix(at, "https://") {
			t.Errorf("%q: %q %q %t", s, at, host, ok)
		}
	}
}

// Whatever somebody writes, a link is https to a name with a dot, and reads the same again.
func FuzzLink(f *testing.F) {
	for _, s := range []string{"https://a.fi/b?c=d#e", "javascript:alert(1)", "https://[::1]", "https://a.fi\\b.fi", "https://%61.fi/"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		at, host, ok := asset.Link(s)
		if !ok {
			if at != "" || host != "" {
				t.Errorf("%q gives %q and %q", s, at, host)
			}
			return
		}
		if again, same, ok := asset.Link(at); !ok || again != at || same != host || !strings.HasPrefix(at, "https://") || !strings.Contains(host, ".") || strings.ContainsAny(at, " <>\"'") {
			t.Errorf("%q is %q on %q, then %q on %q", s, at, host, again, same)
		}
	})
}

func TestAnAssetWaitsIsListedAndTakenOff(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		teller := ident.ID(7)
		a, err := d.told(teller, "Kylätalon sali")
		d.must(err)
		if a.State != asset.Waiting || a.Place != "sippola" || a.Seen() {
			t.Fatalf("%+v", a)
		}
		act := func(v int64) asset.Act { return asset.Act{Region: region, Asset: a.ID, Version: v} }
		if a, err = d.assets.List(ctx, act(1)); err != nil || !a.Seen() || strings.Join(d.letters(), ",") != "shown" {
			t.Fatalf("%+v %v", a, err)
		}
		for name, err := range map[string]error{
			"listed twice":   second(d.assets.List(ctx, act(0))),
			"an old version": second(d.assets.Change(ctx, act(1), where{}, draft(asset.Hall, "X", "Jaala"))),
		} {
			if !fault.Is(err, fault.Conflict) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if _, err := d.assets.TakeOff(ctx, act(0), " "); !fault.Is(err, fault.Invalid) {
			t.Errorf("no word to who told of it: %v", err)
		}
		if a, err = d.assets.TakeOff(ctx, act(0), "Missä se on?"); err != nil || a.State != asset.Off || strings.Join(d.letters(), ",") != "off" {
			t.Fatalf("%+v %v", a, err)
		}
		// Mended, it waits for a look again; the office's own verbs see what changed.
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
			a, err = d.assets.Mend(ctx, tx, teller, act(0), where{}, draft(asset.Kitchen, "Kylätalon keittiö", "Jaala"))
			return err
		}))
		if a.State != asset.Waiting || a.Kind != asset.Kitchen || a.Place != "jaala" || a.Changed.IsZero() {
			t.Errorf("%+v", a)
		}
		if a, err = d.assets.List(ctx, act(0)); err != nil || !a.Changed.IsZero() || a.Note != "" {
			t.Errorf("%+v %v", a, err)
		}
		// Nobody else mends, keeps or withdraws it.
		for name, do := range map[string]func(ctx context.Context, tx *store.Tx, who ident.ID) error{
			"mend": func(ctx context.Context, tx *store.Tx, who ident.ID) error {
				return second(d.assets.Mend(ctx, tx, who, act(0), where{}, draft(asset.Hall, "X", "Jaala")))
			},
			"hold": func(ctx context.Context, tx *store.Tx, who ident.ID) error {
				return second(d.assets.StillHolds(ctx, tx, who, act(0)))
			},
			"withdraw": func(ctx context.Context, tx *store.Tx, who ident.ID) error {
				return d.assets.Withdraw(ctx, tx, region, who, a.ID)
			},
		} {
			for _, who := range []ident.ID{0, 8} {
				if err := d.tx(func(ctx context.Context, tx *store.Tx) error { return do(ctx, tx, who) }); !fault.Is(err, fault.NotFound) {
					t.Errorf("%s by %s: %v", name, who, err)
				}
			}
		}
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.assets.Withdraw(ctx, tx, region, teller, a.ID) }))
		if _, err := asset.One(ctx, d.db, region, a.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("withdrawn: %v", err)
		}
	})
}

func second[T any](_ T, err error) error { return err }

func TestOneTellsOfSoManyAtMost(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := range asset.MaxOwn {
			_, err := d.told(7, fmt.Sprint("Sali ", i))
			d.must(err)
		}
		if _, err := d.told(7, "Vielä yksi"); !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
		if _, err := d.told(8, "Toisen"); err != nil {
			t.Error(err)
		}
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error { return d.assets.Erase(ctx, tx, region, 7) }))
		if n, err := asset.Counts(context.Background(), d.db, region); err != nil || n[asset.Waiting] != 1 {
			t.Errorf("%v %v", n, err)
		}
	})
}

func TestListsGoOnFromPageToPage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		kinds, places := asset.Kinds(), []string{"Sippola", "Jaala"}
		for i := range 12 {
			_, err := d.assets.Make(ctx, region, where{}, draft(kinds[i%3], fmt.Sprint("Nro ", i), places[i%2]))
			d.must(err)
		}
		for _, c := range []struct {
			kind   asset.Kind
			places []string
			want   int
		}{{"", nil, 12}, {asset.Hall, nil, 4}, {"", []string{"jaala"}, 6}, {asset.Hall, []string{"jaala", "sippola"}, 4}, {asset.Outdoor, nil, 0}, {"", []string{}, 0}} {
			seen := map[ident.ID]bool{}
			for before, more := ident.ID(0), true; more; {
				list, err := asset.Find(ctx, d.db, region, c.kind, c.places, before, 3)
				d.must(err)
				for _, a := range list {
					if seen[a.ID] || before != 0 && a.ID >= before {
						t.Fatalf("%s again", a.ID)
					}
					seen[a.ID], before = true, a.ID
				}
				more = len(list) == 3
			}
			if len(seen) != c.want {
				t.Errorf("%q %q: %d", c.kind, c.places, len(seen))
			}
		}
	})
}

func TestWhoseItIsFollowsTheNames(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		nowhere := func(string) bool { return false }
		a, err := d.assets.Make(ctx, region, where{}, draft(asset.Hall, "Sali", "Sippola"))
		d.must(err)
		if a.Owner != 0 {
			t.Fatalf("nobody is known by the name yet: %s", a.Owner)
		}
		var known ident.ID
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, known, err = actor.New(d.db, d.clock, d.ids).Resolve(ctx, tx, region, "Kyläyhdistys ry", nowhere)
			return err
		}))
		d.must(d.assets.Own(ctx, region, nowhere))
		list, err := asset.OwnedBy(ctx, d.db, region, known, 9)
		if err != nil || len(list) != 1 || list[0].ID != a.ID {
			t.Errorf("%+v %v", list, err)
		}
		if list, err := asset.OwnedBy(ctx, d.db, region, 0, 9); err != nil || len(list) != 0 {
			t.Errorf("nobody's: %+v %v", list, err)
		}
	})
}

// Whatever happens from day to day, an asset that somebody told of is shown no longer
// than a year and a month after somebody last said that it holds, its teller is asked
// first, and once a year at most; and what is not shown is gone in a year.
func TestNothingIsShownThatNobodyAnswersFor(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	rapid.Check(t, func(t *rapid.T) {
		ctx := context.Background()
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		ids := ident.NewMaker(c)
		s := asset.New(db, c, ids)
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		name := "r" + ids.New().String() + fmt.Sprint(rapid.Uint64().Draw(t, "region"))
		must(db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, name)
			return err
		}))
		var a asset.Asset
		must(db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			a, err = s.Tell(ctx, tx, name, 7, where{}, draft(asset.Hall, "Sali", "Sippola"))
			return err
		}))
		act := asset.Act{Region: name, Asset: a.ID}
		_, err := s.List(ctx, act)
		must(err)
		said := c.Now()
		for range rapid.IntRange(1, 40).Draw(t, "steps") {
			c.Advance(time.Duration(rapid.IntRange(1, 60).Draw(t, "days")) * 24 * time.Hour)
			must(s.Keep(ctx, name))
			x, err := asset.One(ctx, db, name, a.ID)
			if fault.Is(err, fault.NotFound) {
				if c.Now().Sub(said) < asset.Holds+asset.Answers+asset.Kept {
					t.Fatalf("gone %s after somebody said that it holds", c.Now().Sub(said))
				}
				return
			}
			must(err)
			switch since := c.Now().Sub(said); {
			case x.Seen() && since < asset.Holds && !x.Asked.IsZero():
				t.Fatalf("asked after %s", since)
			case x.Seen() && since >= asset.Holds && x.Asked.IsZero():
				t.Fatalf("not asked after %s", since)
			case x.Seen() && !x.Asked.IsZero() && c.Now().Sub(x.Asked) >= asset.Answers:
				t.Fatalf("shown %s after the question", c.Now().Sub(x.Asked))
			case !x.Seen() && c.Now().Sub(x.Since) >= asset.Kept:
				t.Fatalf("kept %s", c.Now().Sub(x.Since))
			}
			if rapid.IntRange(0, 9).Draw(t, "answers") == 0 {
				must(db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
					_, err := s.StillHolds(ctx, tx, 7, act)
					return err
				}))
				said = c.Now()
			}
		}
	})
}

func TestTheDemonstrationGoesWithoutATrace(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		kept, err := d.assets.Make(ctx, region, where{}, draft(asset.Hall, "Oikea sali", "Sippola"))
		d.must(err)
		d.must(d.tx(func(ctx context.Context, tx *store.Tx) error {
			return d.assets.Demonstrate(ctx, tx, region, where{}, d.clock.Now(), []asset.Draft{draft(asset.Hall, "Keksitty", "Jaala"), draft(asset.Kitchen, "Keksitty keittiö", "Jaala")})
		}))
		n, err := d.assets.ClearDemo(ctx, region)
		list, _ := asset.All(ctx, d.db, region, "", 0, 9)
		if err != nil || n != 2 || len(list) != 1 || list[0].ID != kept.ID {
			t.Errorf("%d %v %+v", n, err, list)
		}
	})
}
