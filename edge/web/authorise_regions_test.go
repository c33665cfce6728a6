package web_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/trust"
)

// The authorisation table's other column: what the same address gives in another
// region of the installation. Nothing of ours, to anybody, by any of our ids.

// own is everything of one region that an address or a form can name.
type own struct {
	region, code, secret, beat, officer, template, version, theme, place, kind, source, email, barrier string
	things                                                                                             []thing
}

// thing is what stands for {id} in the addresses that have a part.
type thing struct{ part, id string }

// id is what stands for {id} in a pattern; "" for one that nobody has told of.
func (o own) id(pattern string) string {
	for _, x := range o.things {
		if strings.Contains(pattern, x.part) {
			return x.id
		}
	}
	return ""
}

func (o own) path(pattern string) string {
	_, path, _ := strings.Cut(pattern, " ")
	secret := o.secret
	if strings.HasPrefix(path, "/palaute/") {
		secret = o.barrier
	}
	return strings.NewReplacer("{$}", "", "{koodi}", o.code, "{salaisuus}", secret, "{beat}", o.beat, "{slug}", "sala-verkosto", "{id}", o.id(pattern)).Replace(path)
}

// form has a good value for every field that any form of the site has.
func (o own) form() url.Values {
	return url.Values{
		"words": {"Hyvä sana."}, "reason": {"Hyvä syy."}, "would": {"Hyvä neuvo."}, "text": {"Hyvä teksti."}, "title": {"Hyvä otsikko"}, "state": {"resting"}, "way": {"call"}, "next": {"2026-12-03"}, "day": {"2026-12-01"},
		"owner": {o.officer}, "officer": {o.officer}, "substitute": {o.officer}, "from": {"2026-12-21"}, "until": {"2026-12-22"}, "tags": {"theme:" + o.theme}, "place": {o.place},
		"name": {"Hyvä Nimi"}, "email": {o.email}, "phone": {"000 000 000"}, "role": {"viewer"}, "language": {"fi"}, "for": {"first"}, "body": {"Hei {name}"}, "confirm": {"1"}, "do": {"adopt"}, "active": {"1"},
		"source": {o.source}, "base": {o.version}, "to": {"manager@muualla.invalid"}, "kind": {o.kind}, "visibility": {"public"}, "contact": {"me"}, "malli": {o.template}, "erase": {"1"},
		"slug": {o.region}, "jatka": {"/toimisto/kipina/" + o.code}, "status": {"full"}, "assessed": {"2026-11-01"}, "method": {"self"}, "gaps_fi": {"Puute"}, "gaps_sv": {"Brist"},
		"hold": {"none"}, "wrong": {"private"}, "outcome": {"keep"}, "upto": {"9000000000000000000"}, "author": {"1"}, "network": {"slowed-1"}, "trust": {"1"},
		"k": {o.code}, "stays": {o.code},
	}
}

// secretsOf is words that only Kouvola's own pages hold.
func secretsOf() []string {
	return []string{"meikäläi", "meikalaiset", "puupaja", "salasanaton", "mummolanmäki", "sisäinen-muistio", "ratkaisevasti", "040 765", "salamyllyn", "salaremontti", "salamalli", "salapuute", "salaeste", "sala verkosto", "kaisa esimerkki", "planner@kouvola"}
}

// twoRegions is a site where Kouvola has one of everything, beside the archipelago:
// under one host by path on one engine, at a host of its own on the other.
func twoRegions(t *testing.T, s *site) (ours, theirs own, other *elsewhere) {
	t.Helper()
	ctx := context.Background()
	d := s.lived(s.visitor())
	span := workday.Span{From: s.today() + 10, To: s.today() + 11}
	must(t, s.parts.Office.CloseFor(ctx, "kouvola", office.Closure{Span: span, Reason: "Salaremontti"}))
	must(t, s.parts.Office.Away(ctx, "kouvola", office.Absence{Officer: s.officers[office.Coordinator].ID, Substitute: s.officers[office.Planner].ID, Span: span}))
	must(t, s.parts.Office.PutTemplate(ctx, "kouvola", office.Template{ID: "salamalli", Language: "fi", For: "first", Name: "Salamalli", Body: "Hei {name}, salamalli."}))
	s.set(map[string]string{"accessibility.gaps.fi": "Salapuute", "privacy.controller": "Salamyllyn kunta"})
	s.deadJobOf("kouvola", "the salamyllyn wheel is stuck")
	closures, err := office.Closures(ctx, s.db, "kouvola")
	must(t, err)
	absences, err := office.Absences(ctx, s.db, "kouvola")
	must(t, err)
	source, err := s.parts.Programmes.Source(ctx, "kouvola", s.edition.Version.ID)
	must(t, err)
	sp, err := spark.ByCode(ctx, s.db, "kouvola", d.code)
	must(t, err)
	measures, err := spark.Measures(ctx, s.db, "kouvola", sp.ID)
	must(t, err)
	dead, _, err := s.parts.Jobs.Dead(ctx, jobs.Page{Limit: 1})
	must(t, err)
	acts, err := spark.ActsOn(ctx, s.db, "kouvola", sp.ID, 0, 1)
	must(t, err)
	projects := funded(t, s.db, s.clock, s.parts.Actors)
	names, err := actor.Of(ctx, s.db, "kouvola", projects[0].Actor.ID)
	must(t, err)
	barrier := s.barrier("Salaeste lukijalle.", "lukija@meikalaiset.example")
	ours = own{region: "kouvola", barrier: barrier.Secret, code: d.code, secret: strings.TrimPrefix(d.own, "/oma/"), beat: s.beatOf(sp.ID, "noted").String(), officer: s.officers[office.Planner].ID.String(), template: "salamalli",
		version: s.edition.Version.ID.String(), theme: s.edition.Themes[0].ID, place: s.edition.Places[0].ID, kind: string(s.edition.Kinds()[0].ID), source: source, email: s.officers[office.Planner].Email}
	said := s.say(d.code, comment.Author{Kind: comment.Officer, ID: s.officers[office.Manager].ID}, comment.Draft{Words: "Hyvä ajatus."}).ID.String()
	wave, _ := waving(t, s.db, s.parts, s.person("kutsuttu@posti.example").Address)
	ours.things = []thing{
		{"/toimenpide/", measures[0].ID.String()}, {"/teema/", ours.theme}, {"/paikat/", ours.place}, {"/versiot/", ours.version}, {"/vaki/", ours.officer}, {"/suljettu/", closures[0].ID.String()}, {"/sijaisuus/", absences[0].ID.String()},
		{"/mallit/", ours.template}, {"/lahtevat/", s.letterOf().ID.String()}, {"/tyot/", dead[0].ID.String()}, {"/kysymy", s.ask(30).ID.String()}, {"/teko/", acts[0].ID.String()}, {"/luottamus/", s.trusts().ID.String()}, {"/liite/", s.filesOf(d.code)[0].ID.String()}, {"/palaute/", barrier.ID.String()},
		{"/kommentti/", said}, {"/puhe/", said}, {"/hoidan/", s.stepOf(sp).String()}, {"/rinki/", s.inRing(sp, "Kylätalkoot").String()}, {"/tutustumiset/", s.introduces("tutustuja@posti.example", sp).id.String()},
		{"/hanke/", projects[0].ID.String()}, {"/toimija/", projects[0].Actor.ID.String()}, {"/toimijat/", names[0].ID.String()}, {"/tapahtuma", s.holds("Kylätalkoot", 3).ID.String()}, {"/voimavara", s.asset("Salamyllyn sali").ID.String()}, {"/tuonti/", s.sends("Naapurien kysely").ID.String()}, {"/verkostot/", s.founds("Sala verkosto").ID.String()},
		{"/kyselyt/", wave.ID.String()}, {"/tiedostot/", s.files("Salakysely").ID.String()},
		{"/poydat/", s.begins("Sala pöytä").ID.String()},
		{"/tekstit/", "slogan.kouvola"}, // the other names of texts are everybody's
	}

	e := s.beside(example(t))
	other = &elsewhere{site: s, edition: e, base: "/sagoskargarden", officers: map[office.Role]office.Officer{}}
	if s.db.Engine == store.Postgres {
		other.base, other.host = "", "saga.example"
		_, err := s.parts.Programmes.Move(ctx, e.Region.ID, e.Region.Slug, other.host, "")
		must(t, err)
		s.clock.Advance(10 * time.Second)
	}
	r, err := s.parts.Sparks.Drop(ctx, e.Region.ID, spark.Programme{Promise: e, Version: e.Version.ID}, spark.Draft{Text: "En båt till alla öar.", Language: "sv"}, spark.By{})
	must(t, err)
	all, err := office.Officers(ctx, s.db, e.Region.ID)
	must(t, err)
	for role, name := range map[office.Role]string{office.Coordinator: "Tor Exempel", office.Viewer: "Siv Exempel"} {
		o, err := s.parts.Office.Hire(ctx, office.Officer{Region: e.Region.ID, Email: string(role) + "@" + e.Region.ID + ".invalid", Name: name, Role: role, Language: "sv"})
		must(t, err)
		all = append(all, o)
	}
	for _, o := range all {
		other.officers[o.Role] = o
	}
	return ours, own{region: e.Region.ID, code: r.Spark.Code, officer: all[0].ID.String()}, other
}

// elsewhere is the other region.
type elsewhere struct {
	*site
	edition    programme.Edition
	base, host string
	officers   map[office.Role]office.Officer
}

func (s *site) today() workday.Day { return office.Today(s.clock) }

// trusts has the office trust somebody.
func (s *site) trusts() trust.Entry {
	s.t.Helper()
	ctx := context.Background()
	d := s.drop(spark.Draft{Text: "Talkoista lisää sivulla www.kyla.example", Email: "kyla@yhdistys.example", Language: "fi"})
	s.must(s.parts.Sparks.Approve(ctx, s.act(d.Spark.Code), true))
	all, err := trust.List(ctx, s.db, "kouvola", s.clock.Now(), 0, 1)
	if err != nil || len(all) != 1 {
		s.t.Fatalf("%+v, %v", all, err)
	}
	return all[0]
}

// deadJobOf leaves a job of a region that was given up.
func (s *site) deadJobOf(region, words string) {
	s.t.Helper()
	ctx, kind := context.Background(), jobs.Kind[brokenArgs]{Name: "test.broken." + region}
	jobs.Handle(s.parts.Jobs, kind, func(context.Context, jobs.Job[brokenArgs]) error { return jobs.Discard(errors.New(words)) })
	must(s.t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return kind.Enqueue(ctx, tx, brokenArgs{region}) }))
	s.drain()
}

// rows is every row of the store that is of one region, in words, by table.
func (s *site) rowsOf(region string) map[string][]string {
	s.t.Helper()
	ctx := context.Background()
	tables, err := s.db.Tables(ctx, s.db)
	must(s.t, err)
	all := map[string][]string{}
	for _, table := range tables {
		regional := false
		var columns []string
		for _, c := range table.Columns {
			regional = regional || c.Name == "region_id"
			columns = append(columns, c.Name)
		}
		query, args := `SELECT `+strings.Join(columns, ", ")+` FROM `+table.Name, []any{}
		switch {
		case regional:
			query, args = query+` WHERE region_id = $1`, append(args, region)
		case table.Name != "jobs":
			continue
		}
		rows, err := s.db.Query(ctx, query, args...)
		must(s.t, err)
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			must(s.t, rows.Scan(into...))
			for i, v := range values {
				if b, ok := v.([]byte); ok {
					values[i] = string(b)
				}
			}
			line := fmt.Sprint(values...)
			if regional || strings.Contains(line, `"`+region+`"`) {
				all[table.Name] = append(all[table.Name], line)
			}
		}
		must(s.t, rows.Err())
		must(s.t, rows.Close())
		slices.Sort(all[table.Name])
	}
	return all
}

// changed names the tables that are not as they were.
func changed(before, after map[string][]string) (tables []string) {
	for table, rows := range before {
		if !slices.Equal(rows, after[table]) {
			tables = append(tables, table)
		}
	}
	for table := range after {
		if before[table] == nil {
			tables = append(tables, table)
		}
	}
	slices.Sort(tables)
	return tables
}

// ask makes one request in the other region, with what names things of ours.
func (e *elsewhere) ask(r *reader, pattern, path string, form url.Values) page {
	method, _, _ := strings.Cut(pattern, " ")
	r.host = e.host
	if method == http.MethodGet {
		return r.get(e.base + path)
	}
	return r.post(e.base+path, form)
}

// check is what is wrong with one answer of the other region to our ids; belongs
// tells that the reader is of that region's own office. row is the address's row
// of the authorisation table.
func (e *elsewhere) check(g guest, belongs bool, pattern, row string, o own) (wrong []string) {
	e.t.Helper()
	path := o.path(pattern)
	p := e.ask(g.reader, pattern, path, o.form())
	say := func(format string, args ...any) {
		wrong = append(wrong, fmt.Sprintf("%s by %s of %s's at %s%s: ", pattern, g.letter, map[bool]string{true: "theirs", false: "ours"}[belongs], e.host, e.base+path)+fmt.Sprintf(format, args...))
	}
	body := strings.ToLower(p.body)
	for _, w := range secretsOf() {
		if strings.Contains(body, w) && !slices.ContainsFunc(slices.Collect(values(o.form())), func(sent string) bool { return strings.Contains(strings.ToLower(sent), w) }) {
			say("shows %q", w)
		}
	}
	named := strings.Contains(pattern, "{") && !strings.Contains(pattern, "{$}")
	got := verdict(strings.Fields(pattern)[0], path, p)
	switch {
	case strings.HasPrefix(got, "broken"):
		say("%s", got)
	case row == link || strings.Contains(pattern, "/kirjaudu/{salaisuus}"):
		if got != "gone" {
			say("%s", got)
		}
	case row == everybody && named && p.status != http.StatusNotFound:
		say("%d", p.status)
	case row != everybody && !belongs && p.status != http.StatusUnauthorized && !strings.HasSuffix(p.path, "/kirjaudu"):
		say("%s", got)
	case row != everybody && belongs && named && strings.HasPrefix(pattern, "GET") && p.status == http.StatusOK:
		say("a page")
	}
	return wrong
}

func values(form url.Values) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for _, all := range form {
			for _, v := range all {
				if !yield(v) {
					return
				}
			}
		}
	}
}

// walkElsewhere asks every address of the other region, by our people and by its
// own, with ids of ours, and tells what is wrong. Ours must be as it was.
func walkElsewhere(ours, theirs own, e *elsewhere, roles ...office.Role) (wrong []string) {
	e.t.Helper()
	mixed := ours // a spark of theirs with what belongs to one of ours
	mixed.code = theirs.code
	type asker struct {
		guest
		belongs bool
	}
	anywhere := func(r *reader) *reader { // as one who takes the cookie along everywhere
		r.http.Jar.(*jar).anywhere = true
		return r
	}
	var askers []asker
	for _, role := range roles {
		letter := string(role)[:1]
		askers = append(askers, asker{guest{letter, anywhere(e.signedIn(e.site.officers[role], "/kouvola", ""))}, false}, asker{guest{letter, e.signedIn(e.officers[role], e.base, e.host)}, true})
	}
	askers = append(askers, asker{guest{"a", anywhere(e.visitor())}, false})
	before := e.rowsOf(ours.region)
	for _, a := range askers {
		for i, pattern := range web.Patterns() {
			if i%20 == 19 {
				e.clock.Advance(time.Minute) // nobody is slowed by the wrong links tried here
			}
			if pattern == "POST /ulos" || (strings.HasPrefix(pattern, "POST /oma/") || strings.HasPrefix(pattern, "POST /palaute/")) && a.letter != "a" {
				continue
			}
			wrong = append(wrong, e.check(a.guest, a.belongs, pattern, authorised[pattern], ours)...)
			if a.belongs && strings.Contains(pattern, "{koodi}/") && strings.Count(pattern, "{") > 1 {
				wrong = append(wrong, e.check(a.guest, a.belongs, pattern, authorised[pattern], mixed)...)
			}
		}
		if tables := changed(before, e.rowsOf(ours.region)); len(tables) > 0 {
			wrong = append(wrong, fmt.Sprintf("after %s of %v: %v of ours have changed", a.letter, a.belongs, tables))
			before = e.rowsOf(ours.region)
		}
		e.clock.Advance(2 * time.Minute) // the next reader is not slowed by this one
	}
	return wrong
}

// signedIn is a browser signed in at some region's pages.
func (s *site) signedIn(o office.Officer, base, host string) *reader {
	s.t.Helper()
	r := s.visitor()
	secret, err := s.parts.Sessions.Print(context.Background(), o)
	must(s.t, err)
	r.host = host
	if p := r.post(base+"/kirjaudu/"+secret, nil); p.status != http.StatusOK || !strings.HasSuffix(p.path, "/toimisto") {
		s.t.Fatalf("sign-in at %s%s gave %d at %s", host, base, p.status, p.path)
	}
	r.host = ""
	return r
}

func TestAuthorisationTableOfAnotherRegion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ours, theirs, e := twoRegions(t, s)
		for _, pattern := range web.Patterns() {
			if strings.Contains(pattern, "{id}") && ours.id(pattern) == "" {
				t.Fatalf("%s: the walk names nothing of ours there: add it to the things of twoRegions", pattern)
			}
		}
		for _, wrong := range walkElsewhere(ours, theirs, e, office.Roles()...) {
			t.Error(wrong)
		}
	})
}

// The walk itself: held against our own region, as if it were the other, it finds
// words, open pages and changed rows.
func TestAuthorisationTableOfAnotherRegionCanFail(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	ours, theirs, e := twoRegions(t, s)
	e.base, e.host, e.officers = "/kouvola", "", s.officers
	found := strings.Join(walkElsewhere(ours, theirs, e, office.Manager), "\n")
	for _, want := range []string{
		"GET /kipina/{koodi} by a", "GET /oma/{salaisuus} by a", "GET /toimisto/kipina/{koodi} by m of ours", "GET /toimisto/lahtevat/{id} by m of theirs", "GET /toimisto/asetukset/vaki/{id} by m of theirs",
		`shows "puupaja"`, `shows "salamyllyn"`, "beats", "jobs", "mails", "officers", "closures", "of ours have changed",
	} {
		if !strings.Contains(found, want) {
			t.Errorf("nothing was found of %s", want)
		}
	}
}

// A session is of one region: in its table, by its cookie's name and by its path,
// whether the regions share a host or not.
func TestASessionIsOfOneRegion(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		_, _, e := twoRegions(t, s)
		home := "/kouvola"
		if e.host != "" {
			home = "" // alone at the shared host by now
		}
		cookie := func(r *reader, name string) (all []*http.Cookie) {
			for _, c := range r.http.Jar.(*jar).all {
				if c.Name == name {
					all = append(all, c)
				}
			}
			return all
		}
		r := s.signedIn(s.officers[office.Manager], home, "")
		mine := cookie(r, "kokko_kouvola")
		if len(mine) != 1 || mine[0].Path != home+"/" || !mine[0].HttpOnly || mine[0].Domain != "" {
			t.Fatalf("%+v", mine)
		}
		there := s.signedIn(e.officers[office.Manager], e.base, e.host)
		theirs := cookie(there, "kokko_"+e.edition.Region.ID)
		if len(theirs) != 1 || theirs[0].Path != e.base+"/" || theirs[0].Domain != "" {
			t.Fatalf("%+v", theirs)
		}
		// One token under the other's name opens nothing, in either direction.
		swapped := s.visitor()
		swapped.http.Jar.SetCookies(nil, []*http.Cookie{{Name: mine[0].Name, Value: theirs[0].Value, Path: "/"}, {Name: theirs[0].Name, Value: mine[0].Value, Path: "/"}})
		for host, base := range map[string]string{"": home, e.host: e.base} {
			swapped.host = host
			if p := swapped.get(base + "/toimisto"); !strings.HasSuffix(p.path, "/kirjaudu") {
				t.Errorf("%s%s opened at %s", host, base, p.path)
			}
		}
		// Who belongs to both signs in to both, and out of one at a time.
		both, err := s.parts.Office.Hire(context.Background(), office.Officer{Region: e.edition.Region.ID, Email: s.officers[office.Manager].Email, Name: "Olli Esimerkki", Role: office.Viewer, Language: "fi"})
		must(t, err)
		secret, err := s.parts.Sessions.Print(context.Background(), both)
		must(t, err)
		r.host = e.host
		if p := r.post(e.base+"/kirjaudu/"+secret, nil); p.path != e.base+"/toimisto" {
			t.Fatalf("landed on %s", p.path)
		}
		if p := r.post(e.base+"/ulos", nil); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		if p := r.get(e.base + "/toimisto"); !strings.HasSuffix(p.path, "/kirjaudu") {
			t.Errorf("still in: %s", p.path)
		}
		r.host = ""
		if p := r.get(home + "/toimisto"); p.path != home+"/toimisto" {
			t.Errorf("signed out of both: %s", p.path)
		}
	})
}

// Each office sees its own dead jobs, page by page, and what is of the whole
// installation is nobody's where there are several.
func TestDeadJobsAreTheirRegions(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		_, _, e := twoRegions(t, s)
		for _, region := range []string{e.edition.Region.ID, ""} {
			s.deadJobOf(region, "of "+region+" alone")
		}
		ours, theirs := s.signedIn(s.officers[office.Planner], "/kouvola", ""), s.signedIn(e.officers[office.Planner], e.base, e.host)
		theirs.host = e.host
		for who, c := range map[string]struct {
			p    page
			want string
		}{"ours": {ours.get("/kouvola/toimisto/tyot"), "salamyllyn"}, "theirs": {theirs.get(e.base + "/toimisto/tyot"), e.edition.Region.ID}} {
			if rows := c.p.Find("tbody tr"); rows.Length() != 1 || !strings.Contains(rows.Text(), c.want) {
				t.Errorf("%s: %d rows: %s", who, rows.Length(), rows.Text())
			}
			if c.p.Find("dl.facts").Length() != 0 {
				t.Errorf("%s: the whole queue's numbers", who)
			}
		}
		dead, _, err := s.parts.Jobs.Dead(context.Background(), jobs.Page{})
		must(t, err)
		for _, j := range dead {
			for _, verb := range []string{"/uudelleen", "/poista"} {
				if strings.Contains(string(j.Args), e.edition.Region.ID) {
					continue
				}
				if p := theirs.post(e.base+"/toimisto/tyot/"+j.ID.String()+verb, nil); p.status != http.StatusNotFound {
					t.Errorf("%s of %s: %d", verb, j.Args, p.status)
				}
			}
		}
	})
}

// Moving a region by its page: checked, said what to do, and every old address
// still leads there, a form that lies open in a browser too.
func TestARegionIsMovedByItsPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		e := s.beside(example(t))
		code, own := s.visitor().dropIn("/kouvola", "Kylätalon keittiö kaikkien käyttöön.")
		own = strings.TrimPrefix(own, "/kouvola")
		r, at := s.signedIn(s.officers[office.Manager], "/kouvola", ""), "/toimisto/asetukset/alue"
		for l, prefix := range inLanguages() {
			whole(t, "region in "+string(l), r.get("/kouvola"+prefix+at), l)
		}
		move := func(base, slug, host string) page {
			t.Helper()
			s.clock.Advance(10 * time.Second)
			return r.post(base+at+"/osoite", url.Values{"slug": {slug}, "host": {host}})
		}
		for _, bad := range [][2]string{{"se", ""}, {"ohjelma", ""}, {"sagoskargarden", ""}, {"kouvola", "https://ideat.example"}, {"kouvola", "127.0.0.1"}} {
			p := move("/kouvola", bad[0], bad[1])
			if p.status != http.StatusUnprocessableEntity && p.status != http.StatusConflict || p.Find(".errors a").Length() == 0 || p.Find("#slug").AttrOr("value", "") != bad[0] || p.Find("#host").AttrOr("value", "") != bad[1] {
				t.Errorf("%v: %d, %s", bad, p.status, p.Find(".errors").Text())
			}
		}
		if p := move("/kouvola", "kymi", ""); p.status != http.StatusOK || p.path != "/kymi"+at || !strings.Contains(p.Find("table").Text(), "/kouvola/") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("main").Text())
		}
		// Old paths are led on, with what was typed, and nothing new is opened by them.
		v := s.visitor()
		for _, path := range []string{"/kipina/" + code, own, own + "/muokkaus", "/sv/kipinat", "/kipinat?jarjestys=vilkkaimmat"} {
			if p := v.get("/kouvola" + path); p.status != http.StatusOK || !strings.HasPrefix(p.path, "/kymi/") {
				t.Errorf("%s: %d at %s", path, p.status, p.path)
			}
		}
		if p := v.post("/kouvola/kipina", url.Values{"once": {ident.Secret()}, "text": {"Jäi auki selaimeen."}, "visibility": {"public"}, "kind": {"idea"}}); p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
			t.Errorf("a form from before: %d at %s", p.status, p.path)
		}
		if p := v.get("/kouvola//muualla.example/"); p.status != http.StatusNotFound {
			t.Errorf("%d at %s", p.status, p.path)
		}
		// Then a host of its own: served there, and under the shared host as before,
		// where nobody's form is lost; letters and receipts name the new one.
		r = s.signedIn(s.officers[office.Manager], "/kymi", "")
		if p := move("/kymi", "kymi", "Ideat.Kymi.example"); p.status != http.StatusOK || p.path != "/kymi"+at || !strings.Contains(p.Find("dd code").First().Text(), "://ideat.kymi.example") {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("dd code").Text())
		}
		there := s.visitor()
		there.host = "ideat.kymi.example"
		if p := there.get(own + "/kiitos"); p.status != http.StatusOK || !strings.Contains(p.Find("main").Text(), "://ideat.kymi.example") || p.Find("link[rel=canonical]").Length() != 0 {
			t.Errorf("at its own host: %d", p.status)
		}
		if p := there.get("/sagoskargarden/"); p.status != http.StatusNotFound {
			t.Errorf("another region under a region's own host: %d", p.status)
		}
		p := v.post("/kymi/kipina", url.Values{"once": {ident.Secret()}, "text": {"Jäi auki toiseen selaimeen."}, "visibility": {"public"}, "kind": {"idea"}})
		if p.status != http.StatusOK || !strings.HasPrefix(p.path, "/kymi/oma/") || !strings.Contains(p.Find("main").Text(), "://ideat.kymi.example") {
			t.Errorf("a form under the shared host: %d at %s", p.status, p.path)
		}
		if p := v.get("/kouvola/kipina/" + code); !strings.HasSuffix(p.Find("link[rel=canonical]").AttrOr("href", ""), "://ideat.kymi.example/kipina/"+code) && !strings.Contains(p.Find("link[rel=canonical]").AttrOr("href", ""), "://ideat.kymi.example:") {
			t.Errorf("search engines are told of %s", p.Find("link[rel=canonical]").AttrOr("href", ""))
		}
		s.drain()
		if l := s.letterOf(); !strings.Contains(l.Text, "https://ideat.kymi.example/") {
			t.Errorf("the letter leads elsewhere:\n%s", l.Text)
		}
		if p := v.get("/kipinat"); p.Find("html").AttrOr("lang", "") != e.Original() {
			t.Error("the other is not alone at the shared host")
		}
		// And back, the old name forgotten.
		there = s.signedIn(s.officers[office.Manager], "", "ideat.kymi.example")
		there.host = "ideat.kymi.example"
		s.clock.Advance(10 * time.Second)
		if p := there.post(at+"/osoite", url.Values{"slug": {"kymi"}, "host": {""}}); p.status != http.StatusOK || p.path != at {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		if p := there.get(own); p.status != http.StatusOK || p.Find("link[rel=canonical]").AttrOr("href", "") == "" {
			t.Errorf("the host it left: %d", p.status)
		}
		if p := there.post(at+"/osoite/poista", url.Values{"kind": {"host"}, "name": {"ideat.kymi.example"}}); p.status != http.StatusOK {
			t.Errorf("%d", p.status)
		}
		s.clock.Advance(10 * time.Second)
		if p := there.get(own); p.path != "/kymi"+own { // as at any name that is nobody's: by the path, and to the oldest
			t.Errorf("a forgotten host still is the region's: %s", p.path)
		}
	})
}
