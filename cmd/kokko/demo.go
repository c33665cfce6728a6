package main

import (
	"context"
	_ "embed"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/collision"
	"kokko/journey/comment"
	"kokko/journey/event"
	"kokko/journey/forecast"
	"kokko/journey/measure"
	"kokko/journey/project"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/programmes"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/asset"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

//go:embed demo.yaml
var demoText []byte

type demoCommand struct {
	Region string `help:"Region id; needed when the installation serves several." placeholder:"ID"`
	People int    `help:"How many invented people bring a spark, up to 100,000 (60 when not said); with --simulate how many live in the region (10,000)." placeholder:"N"`
	Seed   uint64 `help:"The same seed gives the same demonstration." default:"1" placeholder:"N"`
	Clear  bool   `help:"Take all of it away again."`

	Simulate bool `help:"Two years of a region instead: people come, choose, drop sparks, join rings and keep what they took upon themselves, and the forecasts are held against what came true."`
}

// cast is what a demonstration is made of.
type cast struct {
	First  []string `yaml:"first"`
	Last   []string `yaml:"last"`
	Scenes []struct {
		Kind     spark.Kind `yaml:"kind"`
		Title    string     `yaml:"title"`
		Text     string     `yaml:"text"`
		Fire     string     `yaml:"fire"`
		Language string     `yaml:"language"`
		Said     []demoSaid `yaml:"said"`
	} `yaml:"scenes"`
	Said     []demoSaid          `yaml:"said"`
	Thanks   map[string][]string `yaml:"thanks"`
	Guests   map[string][]string `yaml:"guests"`
	Invented map[string]string   `yaml:"invented"` // how a name says it, by language

	People []invented `yaml:"people"`

	Organisations []demoOrganisation `yaml:"organisations"`
	Undertakings  []string           `yaml:"undertakings"`
	Survey        demoWave           `yaml:"survey"`

	Answers  []string `yaml:"answers"`
	Talks    []string `yaml:"talks"`
	Measures []string `yaml:"measures"`
	Reasons  []string `yaml:"reasons"`
	Events   []struct {
		Days     int               `yaml:"days"` // from now, before it when less than 0
		Hour     int               `yaml:"hour"`
		Capacity int               `yaml:"capacity"`
		Title    map[string]string `yaml:"title"`
		About    map[string]string `yaml:"about"`
		Venue    string            `yaml:"venue"`
		Rounds   int               `yaml:"rounds"` // with guests: people change tables
		Size     int               `yaml:"size"`
		Guests   []struct {
			Name         string `yaml:"name"`
			Organisation string `yaml:"organisation"`
			Brings       string `yaml:"brings"`
			Looks        string `yaml:"looks"`
		} `yaml:"guests"`
	} `yaml:"events"`
	Table struct {
		Convener string            `yaml:"convener"`
		Meetings int               `yaml:"meetings"`
		Venue    string            `yaml:"venue"`
		Title    map[string]string `yaml:"title"`
		About    map[string]string `yaml:"about"`
		Notes    string            `yaml:"notes"`
		People   []struct {
			Name         string `yaml:"name"`
			Organisation string `yaml:"organisation"`
			Step         string `yaml:"step"`
		} `yaml:"people"`
	} `yaml:"table"`
	Assets []struct {
		Kind  asset.Kind `yaml:"kind"`
		Title string     `yaml:"title"`
		About string     `yaml:"about"`
		Venue string     `yaml:"venue"`
		Named string     `yaml:"named"`
		Terms string     `yaml:"terms"`
	} `yaml:"assets"`
}

// demoSource is what the projects of a demonstration are known by.
const demoSource = "demo"

// mostPeople bounds a demonstration; demoBatch is the people of one transaction.
const (
	mostPeople      = 100_000
	demoBatch       = 200
	demoPeopleUsual = 60
)

// Run fills a region with a demonstration, or takes it away.
func (c *demoCommand) Run(ctx context.Context, h *house) error {
	db, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := h.migrate(ctx, db); err != nil {
		return err
	}
	p := programme.NewService(db, h.clock, h.ids, programmes.Files())
	if err := h.begin(ctx, db, p, office.New(db, h.clock, h.ids)); err != nil {
		return err
	}
	ready, s, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer ready.Close()
	x, err := h.index(ctx, db)
	if err != nil {
		return err
	}
	lending := asset.New(db, h.clock, h.ids).Indexed(x)
	actors := actor.New(db, h.clock, h.ids).Indexed(x)
	actors.TellNoted(network.Noted)
	know := knowing(db, h, x, actors)
	sparks := spark.New(db, h.clock, h.ids).Indexed(x).Knowing(know)
	projects, events := project.New(db, h.clock, actors).Indexed(x).Knowing(know), event.New(db, h.clock, h.ids)
	ties, collisions := network.New(db, h.clock, h.ids), collision.New(db, h.clock, h.ids, actors, x)
	tables := table.New(db, h.clock, h.ids, sparks, actors).Indexed(x)
	var all cast
	if err := yaml.Unmarshal(demoText, &all); err != nil {
		return err
	}
	if c.Clear {
		if _, err := ties.ClearDemo(ctx, s.ID); err != nil {
			return err
		}
		if err := collisions.ClearDemo(ctx, s.ID); err != nil {
			return err
		}
		if err := tables.ClearDemo(ctx, s.ID); err != nil {
			return err
		}
		addresses := address.New(db, h.clock, h.ids)
		if err := asking.New(db, h.clock, h.ids, actors, addresses).ClearDemo(ctx, s.ID); err != nil {
			return err
		}
		if err := actors.ClearDemo(ctx, s.ID, all.organisationNames()); err != nil {
			return err
		}
		if err := clearPeople(ctx, h, db, s.ID, all.People, actors); err != nil {
			return err
		}
		if err := clearSimulated(ctx, h, db, s.ID, all, actors); err != nil {
			return err
		}
		if err := c.clear(ctx, h, s.ID, sparks, projects, events, lending); err != nil {
			return err
		}
		if err := clearVisitors(ctx, h, db, s.ID); err != nil {
			return err
		}
		if _, _, err := projects.Tie(ctx, ties, s.ID, func(string) bool { return false }); err != nil {
			return err
		}
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return forecast.Forget(ctx, tx, s.ID, h.clock.Now()) }); err != nil {
			return err
		}
		return measure.Forget(ctx, db, s.ID)
	}
	if c.People == 0 {
		if c.People = demoPeopleUsual; c.Simulate {
			c.People = simulatedPeople
		}
	}
	if c.People < 1 || c.People > mostPeople {
		return fault.New(fault.Invalid, "demo.people").With("max", mostPeople)
	}
	if n, err := spark.CountDemo(ctx, db, s.ID); err != nil || n > 0 {
		if err == nil {
			err = fault.New(fault.Conflict, "demo.there").With("n", n)
		}
		return err
	}
	e, err := p.Current(ctx, s.ID)
	if err != nil {
		return err
	}
	chance := rand.New(rand.NewPCG(c.Seed, 0x6b6f6b6b6f))
	promise := spark.Programme{Promise: e, Version: e.Version.ID}
	rings := func(at clock.Clock) *ring.Service {
		ids := ident.NewMaker(at)
		return ring.New(db, at, ids, spark.New(db, at, ids).Indexed(x).Knowing(know))
	}
	if c.Simulate {
		sim := &simulation{h: h, db: db, e: e, all: all, chance: chance, actors: actors, sparks: sparks, projects: projects, rings: func(at clock.Clock) *ring.Service {
			return rings(at).Tying(actors)
		}, knowing: func(at clock.Clock) *knowhow.Service {
			return knowhow.New(db, at, ident.NewMaker(at), x, actors)
		}, burning: func(at clock.Clock) *spark.Service {
			return spark.New(db, at, ident.NewMaker(at)).Indexed(x).Knowing(know)
		}}
		if err := sim.run(ctx, c.People); err != nil {
			return err
		}
		return sim.report(ctx)
	}
	if err := demoPeople(ctx, h, db, e, all.People, actors, know); err != nil {
		return err
	}
	told := map[string]bool{}
	for done := 0; done < c.People; {
		n := min(demoBatch, c.People-done)
		scenes := make([]spark.Scene, n)
		for i := range scenes {
			scenes[i] = all.scene(chance, e, h.clock.Now(), told)
		}
		if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return sparks.Demonstrate(ctx, tx, s.ID, promise, done == 0, scenes)
		}); err != nil {
			return err
		}
		done += n
		if done%10_000 == 0 {
			fmt.Fprintln(h.errs, h.say.T("cli.demo.progress", "n", h.say.Number(int64(done)), "all", h.say.Number(int64(c.People))))
		}
	}
	now, held, lent := h.clock.Now(), all.events(chance, e, h.clock.Now()), all.assets(chance, e)
	if err := db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := events.Demonstrate(ctx, tx, s.ID, e, now.AddDate(0, 0, -30), held); err != nil {
			return err
		}
		if err := all.collides(ctx, tx, collisions, s.ID, e, len(held)); err != nil {
			return err
		}
		if err := all.sits(ctx, tx, tables, s.ID, e, now); err != nil {
			return err
		}
		return lending.Demonstrate(ctx, tx, s.ID, e, now.AddDate(0, 0, -30), lent)
	}); err != nil {
		return err
	}
	past := func(at clock.Clock, ids *ident.Maker) *spark.Service {
		return spark.New(db, at, ids).Indexed(x).Knowing(know).Past()
	}
	if err := c.rings(ctx, h, db, s.ID, func(at clock.Clock) *ring.Service {
		ids := ident.NewMaker(at)
		return ring.New(db, at, ids, past(at, ids))
	}, chance, all); err != nil {
		return err
	}
	if err := c.talks(ctx, h, db, s.ID, all, func(at clock.Clock) *comment.Service {
		ids := ident.NewMaker(at)
		return comment.New(db, at, ids, past(at, ids))
	}); err != nil {
		return err
	}
	taken, err := c.projects(ctx, db, s.ID, e, projects)
	if err != nil {
		return err
	}
	if err := c.networks(ctx, h, db, s.ID, e, ties, actors, now); err != nil {
		return err
	}
	joint, err := all.demoTies(ctx, db, e, chance, now, actors, projects)
	if err != nil {
		return err
	}
	if err := all.demoSurvey(ctx, h, db, e, chance, actors); err != nil {
		return err
	}
	if err := h.tie(ctx, db, s.ID, projects); err != nil {
		return err
	}
	if err := measure.New(db, h.clock, know, network.NewMemory(db, h.clock), p).Count(ctx, s.ID); err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.demo.done", "region", s.ID, "people", h.say.Number(int64(c.People)), "projects", taken.Added+taken.Same, "joint", joint, "events", len(held), "assets", len(lent)))
	return err
}

// demoRings is of how many of the newest invented sparks most get a ring.
const demoRings = 30

// rings puts invented people round the newest of the invented sparks, one after another
// since the last thing said there: some have taken a step upon themselves, some rings
// have no doer, and most still look for somebody.
func (c *demoCommand) rings(ctx context.Context, h *house, db *store.DB, region string, at func(clock.Clock) *ring.Service, r *rand.Rand, all cast) error {
	// In a region of many the very newest were told within the hour: nobody has come yet.
	var list []spark.Spark
	for after := ""; len(list) < demoRings; {
		some, next, err := spark.List(ctx, db, region, spark.Filter{Order: spark.Newest, Limit: demoRings, After: after})
		if err != nil {
			return err
		}
		for _, sp := range some {
			if sp.Source == spark.Demo && sp.Open && h.clock.Now().Sub(sp.Latest) >= time.Hour && len(list) < demoRings {
				list = append(list, sp)
			}
		}
		if after = next; after == "" {
			break
		}
	}
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, sp := range list {
			now := h.clock.Now()
			since := now.Sub(sp.Latest)
			if r.IntN(3) == 0 {
				continue
			}
			people := 1 + r.IntN(3)
			for i := range people {
				came := sp.Latest.Add(since * time.Duration(i+1) / time.Duration(people+1))
				if up := awake(came, now); !up.Before(sp.Latest) { // in the evening that would be before the spark
					came = up
				}
				when := clock.NewFake(came)
				p := ring.Cast{Member: ring.Member{Role: pick(r, ring.Roles()), Name: pick(r, all.First) + " " + pick(r, all.Last) + " (esimerkki)", Seen: spark.Public, Language: sp.Language}}
				if r.IntN(3) == 0 {
					p.Seen = spark.Unnamed
				}
				if r.IntN(2) == 0 {
					p.Take, p.Done = ring.Take{What: pick(r, all.Measures), Day: office.Today(h.clock) + workday.Day(2+r.IntN(20))}, r.IntN(4) == 0
				}
				var looks []ring.Opening
				if i == people-1 && r.IntN(3) > 0 {
					looks = append(looks, ring.Opening{Role: pick(r, ring.Roles())})
				}
				if err := at(when).Demonstrate(ctx, tx, region, sp.ID, []ring.Cast{p}, looks); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// awake moves a moment of the night to when people are up, and never past most.
func awake(at, most time.Time) time.Time {
	local := at.In(i18n.Helsinki())
	const up, down = 8, 21
	switch y, m, d := local.Date(); {
	case local.Hour() < up:
		at = time.Date(y, m, d, up, local.Minute(), local.Second(), 0, i18n.Helsinki())
	case local.Hour() >= down:
		at = time.Date(y, m, d, down-1, local.Minute(), local.Second(), 0, i18n.Helsinki())
	}
	if at = at.UTC(); at.After(most) {
		return most
	}
	return at
}

// atWork moves a moment to when an office is open: it comes a little later.
func atWork(at time.Time) time.Time {
	local := at.In(i18n.Helsinki())
	y, m, d := local.Date()
	switch {
	case local.Hour() < 8:
		local = time.Date(y, m, d, 8, local.Minute(), local.Second(), 0, i18n.Helsinki())
	case local.Hour() >= 16:
		local = time.Date(y, m, d+1, 9, local.Minute(), local.Second(), 0, i18n.Helsinki())
	}
	for local.Weekday() == time.Saturday || local.Weekday() == time.Sunday {
		local = local.AddDate(0, 0, 1)
	}
	return local.UTC()
}

// projects brings in the projects that the programme itself names: public facts.
func (c *demoCommand) projects(ctx context.Context, db *store.DB, region string, e programme.Edition, projects *project.Service) (t spark.Taken, err error) {
	var list []project.Record
	for _, p := range e.Projects {
		r := project.Record{Source: demoSource, Code: p.ID, Title: p.Name.In(e.Original()), Fund: p.Fund, State: p.State}
		if p.Code != "" {
			r.Code = p.Code
		}
		if by, ok := e.Actor(p.By); ok {
			r.Implementer = by.Name.In(e.Original())
		}
		if p.Start > place.Ever {
			r.Start = p.Start
		}
		if p.End < place.Still {
			r.End = p.End
		}
		if err := r.Check(); err != nil {
			return t, err
		}
		list = append(list, r)
	}
	const number = ident.ID(1) // no import of a file has it
	err = db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		t, err = projects.Import(ctx, tx, region, number, func(string) bool { return false }, list)
		return err
	})
	return t, err
}

// networks brings in the networks that the programme itself names, with the region's
// municipalities as members of those it has joined: public facts.
func (c *demoCommand) networks(ctx context.Context, h *house, db *store.DB, region string, e programme.Edition, ties *network.Service, actors *actor.Service, now time.Time) error {
	return db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var ours []ident.ID
		for _, a := range e.Actors {
			if a.Kind != "municipality" || a.Span.Until < place.Still {
				continue
			}
			_, id, err := actors.Resolve(ctx, tx, region, a.Name.In(e.Original()), actor.Places(e))
			if err != nil {
				return err
			}
			ours = append(ours, id)
		}
		var drafts []network.Draft
		var members [][]ident.ID
		for _, n := range e.Networks {
			d := network.Draft{Texts: map[string]network.Text{}, Programme: n.ID, National: n.National, Phase: network.Institution}
			for _, l := range e.Tongues() {
				if n.Name.Has(string(l)) {
					d.Texts[string(l)] = network.Text{Name: n.Name.In(string(l)), Purpose: h.texts.For(l).T("cli.demo.network")}
				}
			}
			if _, ok := d.Texts[e.Original()]; !ok {
				d.Texts[e.Original()] = network.Text{Name: n.Name.In(e.Original())}
			}
			if n.Span.From > place.Ever {
				d.Begins = n.Span.From
			}
			if n.Span.Until < place.Still {
				d.Ends = n.Span.Until
			}
			var in []ident.ID
			if n.Member {
				in = ours
			}
			drafts, members = append(drafts, d), append(members, in)
		}
		return ties.Demonstrate(ctx, tx, region, e.Original(), now.AddDate(0, 0, -30), drafts, members)
	})
}

func (c *demoCommand) clear(ctx context.Context, h *house, region string, sparks *spark.Service, projects *project.Service, events *event.Service, lending *asset.Service) error {
	total := 0
	for left := true; left; {
		var n int
		var err error
		if n, left, err = sparks.ClearDemo(ctx, region, demoBatch); err != nil {
			return err
		}
		total += n
	}
	n, err := projects.Clear(ctx, region, demoSource)
	if err != nil {
		return err
	}
	held, err := events.ClearDemo(ctx, region)
	if err != nil {
		return err
	}
	lent, err := lending.ClearDemo(ctx, region)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.demo.cleared", "region", region, "sparks", h.say.Number(int64(total)), "projects", n, "events", held, "assets", lent))
	return err
}

// events are what is held in a demonstration: at places of the programme, and said to
// be invented in every language.
func (c *cast) events(r *rand.Rand, e programme.Edition, now time.Time) (all []event.Draft) {
	places := slices.DeleteFunc(slices.Clone(e.Places), func(p place.Place) bool { // a title has room for so much
		return slices.ContainsFunc(e.Tongues(), func(l i18n.Language) bool {
			return utf8.RuneCountInString(p.Name.In(string(l))) > event.MaxTitle/3
		})
	})
	y, m, d := now.In(i18n.Helsinki()).Date()
	for _, x := range c.Events {
		if len(places) == 0 {
			break
		}
		at := pick(r, places)
		begins := time.Date(y, m, d+x.Days, x.Hour, 0, 0, 0, i18n.Helsinki()).UTC()
		draft := event.Draft{Texts: map[string]event.Text{}, Place: at.Name.In(e.Original()), Venue: x.Venue, Begins: begins, Ends: begins.Add(3 * time.Hour), SignUp: true, Capacity: x.Capacity}
		for _, l := range e.Tongues() {
			draft.Texts[string(l)] = event.Text{Title: strings.ReplaceAll(x.Title[string(l)], "{place}", at.Name.In(string(l))), About: x.About[string(l)]}
		}
		all = append(all, draft)
	}
	return all
}

// collides seats the invented guests of those of the events where people change tables;
// the events are known by their order.
func (c *cast) collides(ctx context.Context, tx *store.Tx, collisions *collision.Service, region string, e programme.Edition, held int) error {
	for i, x := range c.Events[:min(held, len(c.Events))] {
		if len(x.Guests) == 0 {
			continue
		}
		var people []collision.Draft
		for _, g := range x.Guests {
			people = append(people, collision.Draft{Name: g.Name, Organisation: g.Organisation, Brings: g.Brings, Looks: g.Looks, Language: "fi"})
		}
		if err := collisions.Demonstrate(ctx, tx, region, ident.ID(1+i), collision.Setting{Rounds: x.Rounds, Size: x.Size}, people, e); err != nil {
			return err
		}
	}
	return nil
}

// sits begins the invented partnership table: it has met once, and meets again soon.
func (c *cast) sits(ctx context.Context, tx *store.Tx, tables *table.Service, region string, e programme.Edition, now time.Time) error {
	if c.Table.Title[e.Original()] == "" {
		return nil
	}
	d := table.Draft{Texts: map[string]table.Text{}, Convener: c.Table.Convener, Meetings: c.Table.Meetings}
	for _, l := range e.Tongues() {
		d.Texts[string(l)] = table.Text{Title: c.Table.Title[string(l)], About: c.Table.About[string(l)]}
	}
	m := table.Minutes{Words: c.Table.Notes}
	var people []table.Entry
	for _, p := range c.Table.People {
		people = append(people, table.Entry{Name: p.Name, Organisation: p.Organisation, Shown: true})
		if p.Step != "" {
			m.Steps = append(m.Steps, table.Agreed{What: p.Step, Day: workday.DayOf(now, i18n.Helsinki()) + 10})
		}
	}
	y, mon, day := now.In(i18n.Helsinki()).Date()
	when := func(days int) table.When {
		begins := time.Date(y, mon, day+days, 17, 0, 0, 0, i18n.Helsinki()).UTC()
		return table.When{Begins: begins, Ends: begins.Add(2 * time.Hour), Venue: c.Table.Venue}
	}
	return tables.Demonstrate(ctx, tx, region, e.Original(), d, people, when(-9), when(19), m)
}

// assets are what there is to lend in a demonstration, at places of the programme, and
// said to be invented.
func (c *cast) assets(r *rand.Rand, e programme.Edition) (all []asset.Draft) {
	places := slices.DeleteFunc(slices.Clone(e.Places), func(p place.Place) bool { // a title has room for so much
		return utf8.RuneCountInString(p.Name.In("fi")) > asset.MaxTitle/3
	})
	if !slices.Contains(e.Tongues(), i18n.Finnish) || len(places) == 0 {
		return nil
	}
	for _, x := range c.Assets {
		at := pick(r, places)
		all = append(all, asset.Draft{Kind: x.Kind, Title: strings.ReplaceAll(x.Title, "{place}", at.Name.In("fi")), About: x.About, Language: "fi", Place: at.Name.In(e.Original()), Venue: x.Venue,
			Owned: asset.ByOrganisation, Named: x.Named, Terms: x.Terms})
	}
	return all
}

// pick takes one of several.
func pick[T any](r *rand.Rand, all []T) T { return all[r.IntN(len(all))] }

// scene is one invented spark: what was told, where, by whom, and how far it came.
// A title that was told already is drawn anew while there are others.
func (c *cast) scene(r *rand.Rand, e programme.Edition, now time.Time, told map[string]bool) spark.Scene {
	s, at, language, title := pick(r, c.Scenes), place.Place{}, "fi", ""
	for try := 0; try == 0 || told[title] && try < 8; try++ {
		s, at, language = pick(r, c.Scenes), pick(r, e.Places), "fi"
		if s.Language != "" {
			language = s.Language
		}
		title = strings.ReplaceAll(s.Title, "{place}", at.Name.In(language))
	}
	told[title] = true
	// A quarter of them are of the last week: a region that lives.
	ago := time.Duration(math.Pow(r.Float64(), 3) * float64(400*24*time.Hour))
	sc := spark.Scene{At: awake(now.Add(-ago-10*time.Minute), now.Add(-10*time.Minute)).Truncate(time.Second), Draft: spark.Draft{Kind: s.Kind, Title: title, Text: s.Text,
		Place: at.ID, Language: language, Name: pick(r, c.First) + " " + pick(r, c.Last) + " (esimerkki)", Themes: []string{pick(r, e.Themes).ID}}}
	age := now.Sub(sc.At)
	if age > 48*time.Hour && (r.IntN(100) < 85 || age > 45*24*time.Hour) { // a few wait, none for months
		sc.Answer = pick(r, c.Answers)
		answered := atWork(sc.At.Add(time.Duration(2+r.IntN(40)) * time.Hour))
		if answered.After(now) {
			return sc
		}
		sc.Answered = answered.Sub(sc.At)
		if r.IntN(100) < 45 && age > 18*24*time.Hour {
			sc.Talked, sc.Talk, sc.Joined = atWork(sc.At.Add(time.Duration(5+r.IntN(8))*24*time.Hour)).Sub(sc.At), pick(r, c.Talks), r.IntN(2) == 0
			if r.IntN(100) < 60 {
				sc.Measure, sc.Doer = pick(r, c.Measures), pick(r, c.First)+" (esimerkki)"
			}
		} else if r.IntN(100) < 12 && age > 30*24*time.Hour {
			sc.Closed, sc.Close = 25*24*time.Hour, spark.Close{State: spark.Resting, Reason: pick(r, c.Reasons), Would: s.Fire}
		}
	}
	return sc
}
