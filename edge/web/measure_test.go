package web_test

import (
	"context"
	"encoding/csv"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/measure"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/place"
)

// figure is what was counted of a part of a measure in a period.
func (s *site) figure(p measure.Period, n measure.Name, part string) measure.Figure {
	s.t.Helper()
	all, err := measure.Figures(context.Background(), s.db, "kouvola", p, p)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, f := range all {
		if f.Measure == n && f.Part == part {
			return f
		}
	}
	s.t.Fatalf("%s %s of %s was not counted", n, part, p)
	return measure.Figure{}
}

// organisation begins one past the pages.
func (s *site) organisation(name string) (id ident.ID) {
	s.t.Helper()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) (err error) {
		_, id, err = s.parts.Actors.Resolve(ctx, tx, "kouvola", name, func(string) bool { return false })
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return id
}

// meets has two people meet over a spark.
func (s *site) meets(i int, sp spark.Spark) {
	s.t.Helper()
	ctx := context.Background()
	b := s.introduces(fmt.Sprintf("kysyja%d@posti.example", i), sp)
	_, err := s.parts.Introductions.PassOn(ctx, "kouvola", b.id, introduction.Pass{Email: fmt.Sprintf("toinen%d@posti.example", i), Name: "Toinen"})
	if err == nil {
		_, err = s.parts.Introductions.Say(ctx, "kouvola", b.id, introduction.Other, introduction.Yes, false, "")
	}
	if err != nil {
		s.t.Fatal(err)
	}
}

// Ten sparks: six meet in time, one a day too late, of three nothing comes; one more is
// too young to tell. What was counted is told on both pages, and in the file.
func TestHowManySparksAreConnected(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		s.clock.Advance(8 * 24 * time.Hour) // Tuesday 1.12.
		var all []spark.Spark
		for i := range 10 {
			all = append(all, s.drop(spark.Draft{Language: "fi", Text: fmt.Sprintf("Kipinä %d kylätalolle", i), Email: fmt.Sprintf("tuoja%d@posti.example", i)}).Spark)
		}
		for i := range 6 {
			s.meets(i, all[i])
		}
		s.must(s.parts.Sparks.Answer(ctx, s.act(all[0].Code), "Kiitos.", true, ""))
		s.clock.Advance(8 * 24 * time.Hour)
		s.meets(6, all[6])
		s.drop(spark.Draft{Language: "fi", Text: "Vasta jätetty"})
		s.clock.Advance(time.Hour)
		if err := s.parts.Measures.CountNow(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		month := measure.PeriodOf(measure.Month, s.today())
		f := s.figure(month, measure.Connected, "")
		if f.Num != 6 || f.Den != 10 || f.State != measure.Known || f.Value != .6 || f.Low >= .6 || f.High <= .6 {
			t.Errorf("connected: %+v", f)
		}
		if !f.Hidden() { // four were not
			t.Error("four of ten are told")
		}
		if f := s.figure(month, measure.Replied, ""); f.Num != 1 || f.Den != 11 || f.State != measure.Pending {
			t.Errorf("replied: %+v", f)
		}
		if f := s.figure(month, measure.Lone, ""); f.State != measure.TooFew {
			t.Errorf("alone before thirty days: %+v", f)
		}
		// Again it gives the same, but for when.
		before, err := measure.Figures(ctx, s.db, "kouvola", month, month)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.parts.Measures.Count(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		after, err := measure.Figures(ctx, s.db, "kouvola", month, month)
		if err != nil || fmt.Sprint(before) != fmt.Sprint(after) {
			t.Errorf("counted again it is another: %v\n%v\n%v", err, before, after)
		}
		// Four more of the unconnected: now there are numbers to tell.
		for i := range 4 {
			s.drop(spark.Draft{Language: "fi", Text: fmt.Sprintf("Yksin %d", i)})
		}
		s.clock.Advance(8 * 24 * time.Hour)
		if err := s.parts.Measures.CountNow(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		for path, want := range map[string]string{"/mittarit": "#m3", "/sv/mittarit": "#m3", "/en/mittarit": "#m3"} {
			p := s.visitor().get(path)
			if text := squeezed(p.Find(want + " .gauge").Text()); p.status != http.StatusOK || !strings.Contains(text, "6 / 15") || !strings.Contains(text, "40 %") {
				t.Errorf("%s: %d, %s", path, p.status, text)
			}
			if text := squeezed(p.Find("#m6 .gauge").Text()); p.Find("#m6 .gauge").Length() != 2 {
				t.Errorf("%s tells nothing of introductions: %s", path, text)
			}
		}
		for path, want := range map[string]int{"/mittarit?jakso=2026-11": http.StatusNotFound, "/mittarit?jakso=2026-Q3": http.StatusOK, "/mittarit?jakso=2031-Q1": http.StatusNotFound, "/mittarit?jakso=x": http.StatusNotFound} {
			if p := s.visitor().get(path); p.status != want {
				t.Errorf("%s: %d, want %d", path, p.status, want)
			}
		}
	})
}

// What both thought of having met is told to everybody only once it changes no more: until
// then the one of two who answered first could read off a day's change what the other said.
func TestWhatPeopleThoughtIsToldWhenItStands(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		quarter := measure.PeriodOf(measure.Quarter, s.today()).After(-1)
		if err := s.parts.Measures.Count(context.Background(), "kouvola"); err != nil {
			t.Fatal(err)
		}
		s.sql(`UPDATE measure_figures SET state = 'known', num = 6, den = 12, value = 500000 WHERE region_id = $1 AND measure = 'm6' AND grain = 'quarter' AND from_day = $2`, "kouvola", int64(quarter.From))
		told := func(who *reader, at string) (all []string) {
			t.Helper()
			p := who.get(at + "?jakso=" + quarter.String())
			for _, g := range p.Find("#m6 .gauge").EachIter() {
				all = append(all, squeezed(g.Text()))
			}
			if len(all) != 2 || !strings.Contains(all[0], "6 / 12") {
				t.Fatalf("%s: %d, %q", at, p.status, all)
			}
			return all
		}
		if all := told(s.visitor(), "/mittarit"); strings.Contains(all[1], "12") || !strings.Contains(all[1], "kerrotaan jakson jälkeen") {
			t.Errorf("everybody reads while it changes: %q", all[1])
		}
		if p := s.visitor().get("/mittarit?jakso=" + quarter.String()); strings.Count(p.Find("#m6").Text(), "6 / 12") > 2 { // the figure and its line in the table
			t.Errorf("it stands in the table: %s", squeezed(p.Find("#m6").Text()))
		}
		if all := told(s.officer(office.Viewer), "/toimisto/mittarit"); !strings.Contains(all[1], "6 / 12") {
			t.Errorf("the office reads %q", all[1])
		}
		s.sql(`UPDATE measure_figures SET counted_at = $2 WHERE region_id = $1 AND measure = 'm6'`, "kouvola", clock.Micros(quarter.Ends().AddDate(0, 0, 120)))
		if all := told(s.visitor(), "/mittarit"); !strings.Contains(all[1], "6 / 12") {
			t.Errorf("when it stands everybody reads %q", all[1])
		}
	})
}

// Twelve organisations of two sectors, tied anew: who crosses, who is bridged, and how
// much goes through four, by figures counted by hand.
func TestWhatIsCountedOfTies(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		var ids []ident.ID
		for i := range 12 {
			legal, kind := "company", []place.Kind{place.BuiltUp, place.Village}[i%2]
			sector := actor.Sectors()[i%2].Code
			if i == 0 {
				legal = "municipality"
			}
			at := s.edition.Places[slices.IndexFunc(s.edition.Places, func(p place.Place) bool { return p.Kind == kind })].ID
			id := s.organisation(fmt.Sprintf("Toimija %c", 'A'+i))
			d := actor.Details{Legal: legal, Sector: sector, Place: at}
			switch i {
			case 10: // nobody has said where it is
				d.Place = ""
			case 11:
				d.Place, d.Home = "", "Kotka"
			}
			if err := s.parts.Actors.Note(ctx, "kouvola", id, d); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
		now, old := s.clock.Now(), s.clock.Now().AddDate(-1, 0, 0)
		var all []network.Tie
		tie := func(source int, a, b int, at time.Time) {
			all = append(all, network.Tie{From: ids[a], To: ids[b], Why: network.Project, Source: ident.ID(source), Since: at, At: at})
		}
		for i := 1; i < 12; i++ { // the municipality is tied to everybody
			tie(1, 0, i, old)
		}
		tie(2, 1, 2, now)
		tie(2, 3, 5, now)
		tie(2, 5, 7, now)
		tie(2, 2, 9, now)
		tie(2, 4, 6, now)
		tie(2, 0, 1, now) // not new: they were tied
		if _, _, err := s.parts.Ties.Derive(ctx, "kouvola", []network.Why{network.Project}, all); err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(time.Hour)
		if err := s.parts.Measures.CountNow(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		month := measure.PeriodOf(measure.Month, s.today())
		// Ends of sector one (odd): 1, 3, 5, 5, 7, 9; of the other: 2, 2, 4, 6. Across are
		// 1–2 and 2–9. By lot (100−36−16)/(100−(1+1+4+1+1)−(4+1+1)) = 48/86.
		f := s.figure(month, measure.Sectors, "")
		if f.Num != 2 || f.Den != 5 || f.Expected < 48.0/86-1e-5 || f.Expected > 48.0/86+1e-5 {
			t.Errorf("across sectors: %+v", f)
		}
		if f := s.figure(month, measure.Places, ""); f.Num != 2 || f.Den != 5 {
			t.Errorf("across places: %+v", f)
		}
		// All had the municipality in common before.
		if f := s.figure(month, measure.Bridging, ""); f.Num != 0 || f.Den != 5 {
			t.Errorf("bridged: %+v", f)
		}
		// A year ago nothing was tied to anything: all was bridged.
		year := measure.PeriodOf(measure.Year, s.today()).After(-1)
		if err := s.parts.Measures.Count(ctx, "kouvola"); err != nil {
			t.Fatal(err)
		}
		if f := s.figure(year, measure.Bridging, ""); f.Num != 11 || f.Den != 11 {
			t.Errorf("bridged a year ago: %+v", f)
		}
		// Then every way between others went through the municipality.
		for _, part := range []string{"four", "public"} {
			if f := s.figure(year, measure.Centred, part); f.State != measure.Known || f.Value != 1 || f.Den != 12 {
				t.Errorf("%s a year ago: %+v", part, f)
			}
		}
		if f := s.figure(month, measure.Centred, "public"); f.Value >= 1 || f.Value < .8 {
			t.Errorf("the municipality's share now: %+v", f)
		}
		// Sixteen pairs are tied; of one nobody knows where its other end is.
		if f := s.figure(month, measure.Outside, ""); f.Num != 1 || f.Den != 15 || !f.Hidden() {
			t.Errorf("out of the region: %+v", f)
		}
		if f := s.figure(month, measure.Outside, "known"); f.Num != 15 || f.Den != 16 {
			t.Errorf("known to be somewhere: %+v", f)
		}
		if f := s.figure(year.After(-1), measure.Outside, ""); f.State != measure.Unknown {
			t.Errorf("out of the region before there were ties: %+v", f)
		}
		desk, at := s.officer(office.Planner), "/toimisto/toimija/"+ids[11].String()
		if p := desk.get(at); p.Find("#home").AttrOr("value", "") != "Kotka" {
			t.Errorf("its home is %q", p.Find("#home").AttrOr("value", ""))
		}
		for _, wrong := range []url.Values{{"home": {"Kouvola"}}, {"home": {"Kotka"}, "place": {"Kouvola"}}, {"home": {strings.Repeat("a", actor.MaxHome+1)}}} {
			if p := desk.post(at, wrong); p.status != http.StatusUnprocessableEntity || p.Find("#home-error").Length() != 1 || p.Find("#home").AttrOr("value", "") != wrong.Get("home") {
				t.Errorf("%v: %d %s", wrong, p.status, p.Find(".errors").Text())
			}
		}
		s.visitor().get("/toimija/"+ids[11].String()).says(t, "Kotka")
		viewer := s.officer(office.Viewer)
		if p := viewer.get("/toimisto/mittarit"); p.Find("main form[method=post]").Length() != 0 || p.Find("#m6").Length() != 1 || p.Find("#m7 table").Length() != 1 {
			t.Errorf("who only looks is shown %d", p.status)
		}
		s.sql(`UPDATE measure_figures SET num = 99 WHERE region_id = $1`, "kouvola")
		s.officer(office.Planner).post("/toimisto/mittarit", nil).says(t, "lasketaan nyt")
		s.drain()
		if f := s.figure(month, measure.Sectors, ""); f.Num != 2 {
			t.Errorf("asked to count, it did not: %+v", f)
		}
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(viewer.get("/toimisto/mittarit.csv").body, "\ufeff"))).ReadAll()
		if err != nil || len(rows) < 2 {
			t.Fatalf("%d rows: %v", len(rows), err)
		}
		found := 0
		for _, r := range rows[1:] {
			switch r[0] + " " + r[2] {
			case "M11 2025":
				found++
				if r[4] != "1.0000" || r[5] != "" || r[6] != "12" || !strings.Contains(r[10], "betweenness") {
					t.Errorf("%q", r)
				}
			case "M7 2026-11": // two of five: fewer than may be told
				found++
				if r[4] != "" || r[5] != "" || r[6] != "" || !strings.Contains(r[3], "alle 5") {
					t.Errorf("%q", r)
				}
			}
		}
		if found != 3 {
			t.Errorf("the file tells of %d", found)
		}
		p := s.visitor().get("/mittarit?" + url.Values{"jakso": {measure.PeriodOf(measure.Quarter, s.today()).String()}}.Encode())
		p.says(t, "Julkishallinnon osuus")
		for _, id := range []string{"Toimija A", "Toimija B"} {
			if strings.Contains(p.Text(), id) {
				t.Errorf("the page names %s", id)
			}
		}
	})
}

// Six spoke in November, three of them again ten days later.
func TestHowManyComeBack(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.drop(spark.Draft{Text: "Laituri kuntoon.", Language: "fi"})
		speaks := func(n int) {
			for i := range n {
				email := fmt.Sprintf("puhuja%d@posti.example", i)
				who := s.person(email).Address
				s.warms(d.Spark, who)
			}
		}
		month := measure.PeriodOf(measure.Month, s.today())
		speaks(6)
		s.clock.Advance(10 * 24 * time.Hour)
		back := s.drop(spark.Draft{Text: "Sauna laiturin viereen.", Language: "fi"})
		d = back
		speaks(3)
		count := func() measure.Figure {
			t.Helper()
			if err := s.parts.Measures.Count(context.Background(), "kouvola"); err != nil {
				t.Fatal(err)
			}
			return s.figure(month, measure.Returned, "")
		}
		if f := count(); f.State != measure.TooFew || f.Den != 0 {
			t.Errorf("before four weeks have gone: %+v", f)
		}
		s.clock.Advance(19 * 24 * time.Hour)
		if f := count(); f.Num != 3 || f.Den != 6 || f.State != measure.Known || !f.Hidden() {
			t.Errorf("%+v", f)
		}
		// Six people offered help in the second of three whole weeks, nobody in the others.
		if f := s.figure(month, measure.Returned, "weekly"); f.State != measure.Known || f.Den != 4 || f.Value < 1.49 || f.Value > 1.51 || !f.Ranged || f.Low != 0 {
			t.Errorf("in a week: %+v", f)
		}
		s.visitor().get("/mittarit?jakso=2026-Q4").says(t, "Palaavat")
	})
}

// Seven bring a spark each and speak beneath it; five of them join the ring of the first
// as doers and speak there, and one as its host. Each role is told of at least five
// people, and of no role so that those not in it could be told.
func TestAWeeksPeopleAreToldByRole(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.clock.Advance(8 * 24 * time.Hour) // Tuesday 1.12.
		email := func(i int) string { return fmt.Sprintf("puuha%d@posti.example", i) }
		var first spark.Spark
		for i := range 7 {
			s.person(email(i))
			d := s.drop(spark.Draft{Text: fmt.Sprintf("Laituri numero %d kuntoon.", i), Language: "fi", Email: email(i)})
			if i == 0 {
				first = d.Spark
			}
			s.clock.Advance(time.Minute)
		}
		comes := func(i int, as ring.Role) {
			t.Helper()
			s.sql(`INSERT INTO ring_people (region_id, spark_id, member_id, address_id, role, name, seen, brings, language, state, held, since_at, decided_at) VALUES ($1, $2, $3, $4, $5, '', 'office', '', 'fi', 'in', '', $6, 0)`,
				"kouvola", int64(first.ID), int64(s.ids().New()), int64(s.person(email(i)).Address.ID), string(as), clock.Micros(s.clock.Now()))
			s.clock.Advance(time.Minute)
			s.warms(first, s.person(email(i)).Address)
		}
		for i := 1; i <= 5; i++ {
			comes(i, ring.Doer)
		}
		comes(6, ring.Host)
		for i := range 5 { // who is in no ring and brought nothing
			s.warms(first, s.person(fmt.Sprintf("sivusta%d@posti.example", i)).Address)
		}
		s.clock.Advance(15 * 24 * time.Hour)
		if err := s.parts.Measures.CountNow(context.Background(), "kouvola"); err != nil {
			t.Fatal(err)
		}
		month := measure.PeriodOf(measure.Month, s.today())
		for part, want := range map[string]struct {
			state measure.State
			value float64
		}{"weekly": {measure.Known, 6}, "bringer": {measure.Known, 3.5}, "doer": {measure.Known, 2.5}, "host": {measure.TooFew, 0}, "knower": {measure.TooFew, 0}, "aside": {measure.Known, 2.5}} {
			if f := s.figure(month, measure.Returned, part); f.State != want.state || math.Abs(f.Value-want.value) > 1e-6 || f.Ranged {
				t.Errorf("%s: %+v", part, f)
			}
		}
		// Without those five the doers are five of seven: the two others could be told.
		for i := range 5 {
			s.sql(`DELETE FROM warmths WHERE region_id = $1 AND address_id = $2`, "kouvola", int64(s.person(fmt.Sprintf("sivusta%d@posti.example", i)).Address.ID))
		}
		s.clock.Advance(7 * 24 * time.Hour)
		if err := s.parts.Measures.CountNow(context.Background(), "kouvola"); err != nil {
			t.Fatal(err)
		}
		if f := s.figure(month, measure.Returned, "doer"); f.State != measure.Beside {
			t.Errorf("five of seven are told: %+v", f)
		}
		if f := s.figure(month, measure.Returned, "bringer"); f.State != measure.Known || !f.Ranged || f.Den != 3 || math.Abs(f.Value-7.0/3) > 1e-5 {
			t.Errorf("all seven: %+v", f)
		}
		for _, lang := range tongues {
			p := s.visitor().get(lang + "/mittarit?jakso=2026-Q4")
			p.whole(t, lang+"/mittarit")
			if n := p.Find("#m24 table").First().Find("tbody tr").Length(); n != 7 {
				t.Errorf("%s: %d roles", lang, n)
			}
		}
	})
}

// Ties out of the region are told by national network: of its members' ties, whoever the
// other end is; and not where the rest could be told by subtraction.
func TestTiesOutOfTheRegionByNationalNetwork(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		at := s.edition.Places[slices.IndexFunc(s.edition.Places, func(p place.Place) bool { return p.Kind == place.Village })].ID
		located := func(name, home string) ident.ID {
			id := s.organisation(name)
			d := actor.Details{Legal: "association", Place: at}
			if home != "" {
				d.Place, d.Home = "", home
			}
			if err := s.parts.Actors.Note(ctx, "kouvola", id, d); err != nil {
				t.Fatal(err)
			}
			return id
		}
		draft := func(name string, national bool) network.Draft {
			return network.Draft{Texts: map[string]network.Text{"fi": {Name: name, Purpose: "Yhdessä."}}, Phase: network.Activation, National: national}
		}
		founds := func(name string, national bool) network.Named {
			n, err := s.parts.Ties.Found(ctx, "kouvola", "fi", draft(name, national))
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		wide, near, local := founds("Ruoan valtakunnallinen verkosto", true), founds("Puun valtakunnallinen verkosto", true), founds("Kylän oma verkosto", false)
		out, in, alone := located("Ulospäin ry", ""), located("Sisäänpäin ry", ""), located("Yksinäinen ry", "")
		admitted(t, s.db, s.parts, wide, "Ulospäin ry")
		admitted(t, s.db, s.parts, near, "Sisäänpäin ry")
		admitted(t, s.db, s.parts, local, "Ulospäin ry")
		for i := range 6 {
			s.ties(network.Tie{From: out, To: located(fmt.Sprintf("Muualla %d ry", i), "Kotka"), Why: network.Table, Since: s.clock.Now()},
				network.Tie{From: in, To: located(fmt.Sprintf("Täällä %d ry", i), ""), Why: network.Table, Since: s.clock.Now()})
		}
		month := measure.PeriodOf(measure.Month, s.today())
		count := func() {
			t.Helper()
			s.clock.Advance(time.Hour)
			if err := s.parts.Measures.CountNow(ctx, "kouvola"); err != nil {
				t.Fatal(err)
			}
		}
		by := func(n network.Named) measure.Figure {
			return s.figure(month, measure.Outside, measure.ByNetwork+"/"+n.ID.String())
		}
		count()
		if f := s.figure(month, measure.Outside, ""); f.Num != 6 || f.Den != 12 || !f.Told() {
			t.Errorf("all: %+v", f)
		}
		for n, want := range map[*network.Named][2]int{&wide: {6, 6}, &near: {0, 6}} {
			if f := by(*n); f.Num != want[0] || f.Den != want[1] || !f.Told() || !f.Ranged {
				t.Errorf("%s: %+v", n.Texts["fi"].Name, f)
			}
		}
		for _, lang := range tongues {
			for r, path := range map[*reader]string{s.visitor(): "/mittarit?jakso=2026-Q4", s.officer(office.Viewer): "/toimisto/mittarit"} {
				p := r.get(lang + path)
				p.whole(t, lang+path)
				if text := squeezed(p.Find("#m9 table").First().Text()); !strings.Contains(text, "Ruoan valtakunnallinen verkosto") || !strings.Contains(text, "6 / 6") || strings.Contains(text, "Kylän oma") {
					t.Errorf("%s%s: %s", lang, path, text)
				}
			}
		}
		if body := s.officer(office.Viewer).get("/toimisto/mittarit.csv").body; !strings.Contains(body, "Puun valtakunnallinen verkosto") {
			t.Error("the file does not tell them apart")
		}
		// One more tie out of the region, of nobody's network: what the network has would tell
		// that the rest is one.
		s.ties(network.Tie{From: alone, To: located("Muualla 9 ry", "Lahti"), Why: network.Table, Since: s.clock.Now()})
		count()
		if f := by(wide); f.State != measure.Beside || f.Told() {
			t.Errorf("the rest can be told: %+v", f)
		}
		s.visitor().get("/mittarit?jakso=2026-Q4").says(t, "ei kerrota, ettei erotuksesta")
		// What is national no more is told no more.
		if _, err := s.parts.Ties.Change(ctx, network.Act{Region: "kouvola", Network: near.ID}, draft("Puun verkosto", false)); err != nil {
			t.Fatal(err)
		}
		count()
		all, err := measure.Figures(ctx, s.db, "kouvola", month, month)
		if err != nil || slices.ContainsFunc(all, func(f measure.Figure) bool { return f.Part == measure.ByNetwork+"/"+near.ID.String() }) {
			t.Errorf("a network that is none is told of: %v", err)
		}
	})
}

// warms has somebody offer help to a spark, past the pages.
func (s *site) warms(sp spark.Spark, who address.Address) {
	s.t.Helper()
	s.sql(`INSERT INTO warmths (region_id, spark_id, address_id, offer, name, shared, since_at) VALUES ($1, $2, $3, 'hands', '', FALSE, $4)`, "kouvola", int64(sp.ID), int64(who.ID), clock.Micros(s.clock.Now()))
}

// When a month is over, sparks for which somebody is found are drawn, once; the office
// says of each whether that was right, and the measure tells of how many it was.
func TestTheOfficeJudgesAMonthsSample(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		const cook = "keittaja@posti.example"
		knows(t, s.db, s.parts, s.person(cook).Address, "Aino Keittäjä", "Suurkeittiön pyörittäminen kylätalolla", i18n.Finnish)
		s.clock.Advance(time.Hour)
		var all []spark.Spark
		for i := range 7 {
			all = append(all, s.drop(spark.Draft{Text: fmt.Sprintf("Suurkeittiö kylätalolle numero %d. Kuka on pyörittänyt suurkeittiötä?", i), Language: "fi"}).Spark)
		}
		other := s.drop(spark.Draft{Text: "Kvanttitietokone torille.", Language: "fi"}).Spark
		november := measure.PeriodOf(measure.Month, s.today())
		count := func() {
			t.Helper()
			if err := s.parts.Measures.Count(ctx, "kouvola"); err != nil {
				t.Fatal(err)
			}
		}
		count()
		const at = "/toimisto/mittarit/otos"
		desk := s.officer(office.Planner)
		if p := desk.get(at + "?kuukausi=2026-11"); p.Find("button[name=verdict]").Length() != 0 {
			t.Error("a month is drawn before it is over")
		}
		s.clock.Advance(9 * 24 * time.Hour)
		count()
		count() // drawn once
		p := desk.get(at)
		if n := p.Find("ol.sparks > li").Length(); n != 7 || !strings.Contains(p.Text(), "Aino Keittäjä") || strings.Contains(p.Text(), "Kvanttitietokone") {
			t.Fatalf("%d are drawn: %s", n, p.Find("main").Text())
		}
		for _, lang := range tongues {
			desk.get(lang+at).whole(t, lang+at)
		}
		says := func(sp spark.Spark, verdict string) page {
			return desk.post(at, url.Values{"month": {"2026-11"}, "spark": {sp.Code}, "verdict": {verdict}})
		}
		for i, sp := range all {
			verdict := "right"
			switch i {
			case 0:
				verdict = "wrong"
			case 6:
				verdict = "unsure"
			}
			if p := says(sp, "wrong"); p.status != http.StatusOK {
				t.Errorf("%d", p.status)
			}
			says(sp, verdict).says(t, "Kirjattu") // who thinks better of it says so
		}
		if p := says(all[0], "perhaps"); p.status != http.StatusUnprocessableEntity {
			t.Errorf("%d: any word is a verdict", p.status)
		}
		if p := says(other, "right"); p.status != http.StatusNotFound {
			t.Errorf("%d: what was not drawn is judged", p.status)
		}
		if p := s.officer(office.Viewer).get(at); p.status != http.StatusOK || p.Find("button[name=verdict]").Length() != 0 {
			t.Errorf("%d: who only looks may judge", p.status)
		}
		count()
		if f := s.figure(november, measure.Someone, "judged"); f.Num != 5 || f.Den != 6 {
			t.Errorf("%+v", f)
		}
		if f := s.figure(november, measure.Someone, ""); f.Num != 7 || f.Den != 8 {
			t.Errorf("%+v", f)
		}
		s.chooses(cook, actor.Findable, false)
		if p := desk.get(at); strings.Contains(p.Text(), "Aino Keittäjä") {
			t.Error("who has taken it back is still named")
		}
	})
}
