package office_test

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/office"
)

const region = "kouvola"

type desk struct {
	testing.TB
	db  *store.DB
	all *office.Service
	now *clock.Fake
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		d := &desk{t, db, office.New(db, c, ident.NewMaker(c)), c}
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		behaviour(t, d)
	})
}

func (d *desk) hire(name string, role office.Role) office.Officer {
	d.Helper()
	o, err := d.all.Hire(context.Background(), office.Officer{Region: region, Email: name + "@kouvola.example", Name: name, Role: role, Language: "fi"})
	if err != nil {
		d.Fatal(err)
	}
	return o
}

func key(err error) string {
	if all := fault.List(err); len(all) > 0 {
		return all[0].Key
	}
	return ""
}

// Every role may do what every lesser one may, and a little more.
func TestRightsGrowWithTheRole(t *testing.T) {
	t.Parallel()
	objects := []office.Object{office.Sparks, office.Contacts, office.Notes, office.Templates, office.Calendar, office.People, office.Settings, office.Outbox, office.Feedback, office.Programme, office.Audit, office.Self, office.Challenges, office.Imports, office.Events, office.Assets}
	verbs := []office.Verb{office.Read, office.Write, office.Enter, office.Resend}
	roles := office.Roles()
	counts := make([]int, len(roles))
	for i, role := range roles {
		for _, o := range objects {
			for _, v := range verbs {
				may := role.May(v, o)
				if may {
					counts[i]++
				}
				if i > 0 && may && !roles[i-1].May(v, o) {
					t.Errorf("%s may %s %s and %s may not", role, v, o, roles[i-1])
				}
				if may && v != office.Read && v != office.Resend && v != office.Enter && !role.May(office.Read, o) {
					t.Errorf("%s may %s %s and not read it", role, v, o)
				}
				for _, nobody := range []office.Role{"", "admin", "Manager"} {
					if nobody.May(v, o) {
						t.Errorf("%q may %s %s", nobody, v, o)
					}
				}
			}
		}
		if i > 0 && counts[i] >= counts[i-1] {
			t.Errorf("%s may no less than %s", role, roles[i-1])
		}
	}
	for _, forbidden := range []struct {
		role   office.Role
		verb   office.Verb
		object office.Object
	}{
		{office.Viewer, office.Read, office.Contacts}, {office.Viewer, office.Read, office.Notes}, {office.Viewer, office.Write, office.Sparks}, {office.Viewer, office.Read, office.Outbox},
		{office.Coordinator, office.Write, office.Templates}, {office.Coordinator, office.Write, office.Challenges}, {office.Coordinator, office.Resend, office.Outbox}, {office.Planner, office.Write, office.People}, {office.Planner, office.Write, office.Settings}, {office.Planner, office.Write, office.Programme},
		{office.Coordinator, office.Read, office.Audit}, {office.Manager, office.Write, office.Audit},
	} {
		if forbidden.role.May(forbidden.verb, forbidden.object) {
			t.Errorf("%+v", forbidden)
		}
	}
}

func TestOnDuty(t *testing.T) {
	t.Parallel()
	person := func(id ident.ID, role office.Role) office.Officer {
		return office.Officer{ID: id, Role: role, Active: true}
	}
	manager, planner, second, coordinator, viewer := person(1, office.Manager), person(2, office.Planner), person(3, office.Planner), person(4, office.Coordinator), person(5, office.Viewer)
	gone := office.Officer{ID: 6, Role: office.Planner}
	away := func(who, stands ident.ID) office.Absence {
		return office.Absence{Officer: who, Substitute: stands, Span: workday.Span{From: 10, To: 12}}
	}
	for name, c := range map[string]struct {
		officers []office.Officer
		absences []office.Absence
		on       workday.Day
		want     ident.ID // 0 for nobody
	}{
		"nobody at all":                                          {nil, nil, 10, 0},
		"only a viewer":                                          {[]office.Officer{viewer}, nil, 10, 0},
		"the planner first":                                      {[]office.Officer{manager, coordinator, planner}, nil, 10, 2},
		"the longest in the house":                               {[]office.Officer{planner, second}, nil, 10, 2},
		"the manager without a planner":                          {[]office.Officer{coordinator, manager, viewer, gone}, nil, 10, 1},
		"a coordinator alone":                                    {[]office.Officer{coordinator, viewer}, nil, 10, 4},
		"the substitute":                                         {[]office.Officer{manager, planner, coordinator}, []office.Absence{away(2, 4)}, 10, 4},
		"the last day away":                                      {[]office.Officer{manager, planner, coordinator}, []office.Absence{away(2, 4)}, 12, 4},
		"the day before and the day after":                       {[]office.Officer{manager, planner, coordinator}, []office.Absence{away(2, 4)}, 13, 2},
		"the substitute's substitute":                            {[]office.Officer{manager, planner, coordinator}, []office.Absence{away(2, 4), away(4, 1)}, 11, 1},
		"two who stand in for each other":                        {[]office.Officer{manager, planner, second}, []office.Absence{away(2, 3), away(3, 2)}, 11, 1},
		"everybody in a circle":                                  {[]office.Officer{manager, planner, coordinator}, []office.Absence{away(1, 2), away(2, 4), away(4, 1)}, 11, 0},
		"a circle one is not in":                                 {[]office.Officer{manager, planner, second, coordinator}, []office.Absence{away(2, 3), away(3, 4), away(4, 3)}, 11, 1},
		"a substitute who left":                                  {[]office.Officer{manager, planner, gone}, []office.Absence{away(2, 6)}, 11, 1},
		"a substitute nobody knows":                              {[]office.Officer{manager, planner}, []office.Absence{away(2, 99)}, 11, 1},
		"a viewer for the planner":                               {[]office.Officer{manager, planner, viewer}, []office.Absence{away(2, 5)}, 11, 1},
		"one's own substitute":                                   {[]office.Officer{manager, planner}, []office.Absence{away(2, 2)}, 11, 1},
		"the second planner while the first is away with nobody": {[]office.Officer{manager, planner, second}, []office.Absence{away(2, 99)}, 11, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o, ok := office.OnDuty(c.officers, c.absences, c.on)
			if ok != (c.want != 0) || o.ID != c.want {
				t.Errorf("%d, %v; want %d", o.ID, ok, c.want)
			}
		})
	}
}

// However people stand in for each other, whoever is named is there and may
// answer, and nobody is named only when nobody can be reached.
func TestOnDutyNamesOnlyWhoCanAnswer(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var officers []office.Officer
		for i := range rapid.IntRange(0, 5).Draw(t, "n") {
			officers = append(officers, office.Officer{ID: ident.ID(i + 1), Role: rapid.SampledFrom(office.Roles()).Draw(t, "role"), Active: rapid.IntRange(0, 4).Draw(t, "active") > 0})
		}
		var absences []office.Absence
		for range rapid.IntRange(0, 6).Draw(t, "absences") {
			from := workday.Day(rapid.IntRange(0, 5).Draw(t, "from"))
			absences = append(absences, office.Absence{Officer: ident.ID(rapid.IntRange(1, 6).Draw(t, "who")), Substitute: ident.ID(rapid.IntRange(1, 6).Draw(t, "sub")), Span: workday.Span{From: from, To: from + 2}})
		}
		on := workday.Day(rapid.IntRange(0, 7).Draw(t, "on"))
		away := func(id ident.ID) bool {
			return slices.ContainsFunc(absences, func(a office.Absence) bool { return a.Officer == id && a.Span.Has(on) })
		}
		o, ok := office.OnDuty(officers, absences, on)
		if ok && (!o.Active || !o.Role.May(office.Write, office.Sparks) || away(o.ID)) {
			t.Fatalf("%+v answers", o)
		}
		for _, o := range officers {
			if !ok && o.Active && o.Role.May(office.Write, office.Sparks) && !away(o.ID) {
				t.Fatalf("nobody answers, and %+v could", o)
			}
		}
	})
}

func TestStandInAndDuty(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		if _, ok, err := office.Duty(ctx, d.db, region, 5); ok || err != nil {
			t.Errorf("%v %v", ok, err)
		}
		if o, err := office.StandIn(ctx, d.db, region, 1, 5); err != nil || o.ID != 0 {
			t.Errorf("%v %+v", err, o)
		}
		manager, planner, coordinator := d.hire("olli", office.Manager), d.hire("kaisa", office.Planner), d.hire("sari", office.Coordinator)
		viewer := d.hire("timo", office.Viewer)
		today := office.Today(d.now)
		for _, a := range []office.Absence{{Officer: coordinator.ID, Substitute: manager.ID, Span: workday.Span{From: today, To: today + 3}}} {
			if err := d.all.Away(ctx, region, a); err != nil {
				t.Fatal(err)
			}
		}
		for _, c := range []struct{ who, want office.Officer }{{planner, planner}, {coordinator, manager}, {viewer, planner}, {office.Officer{ID: 99}, planner}} {
			if o, err := office.StandIn(ctx, d.db, region, c.who.ID, today); err != nil || o.ID != c.want.ID {
				t.Errorf("%v: %s stands in for %s, want %s", err, o.Name, c.who.Name, c.want.Name)
			}
		}
		absences, err := office.Absences(ctx, d.db, region)
		if err != nil || len(absences) != 1 {
			t.Fatalf("%v %v", err, absences)
		}
		if err := d.all.Back(ctx, region, absences[0].ID); err != nil {
			t.Fatal(err)
		}
		if o, err := office.StandIn(ctx, d.db, region, coordinator.ID, today); err != nil || o.ID != coordinator.ID {
			t.Errorf("%v %+v", err, o)
		}
		for name, a := range map[string]office.Absence{
			"span.backwards": {Officer: planner.ID, Substitute: manager.ID, Span: workday.Span{From: 5, To: 4}}, "absence.self": {Officer: planner.ID, Substitute: planner.ID},
			"officer.none": {Officer: planner.ID, Substitute: 99}, "owner.wrong": {Officer: planner.ID, Substitute: viewer.ID},
		} {
			if err := d.all.Away(ctx, region, a); key(err) != name {
				t.Errorf("%v, want %s", err, name)
			}
		}
	})
}

func TestTheLastManagerStays(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		one := d.hire("olli", office.Manager)
		for name, bend := range map[string]func(o *office.Officer){"let go": func(o *office.Officer) { o.Active = false }, "made a planner": func(o *office.Officer) { o.Role = office.Planner }} {
			o := one
			bend(&o)
			if err := d.all.Change(ctx, o); key(err) != "officer.last_manager" {
				t.Errorf("the last manager was %s: %v", name, err)
			}
		}
		renamed := one
		renamed.Name = "Olli Uusi"
		if err := d.all.Change(ctx, renamed); err != nil {
			t.Error(err)
		}
		// Two managers who let each other go at the same moment: one stays.
		for range 8 {
			var pair [2]office.Officer
			all, err := office.Officers(ctx, d.db, region)
			if err != nil {
				t.Fatal(err)
			}
			n := 0
			for _, o := range all {
				if o.Active && o.Role == office.Manager {
					pair[n] = o
					n++
				}
			}
			if n != 1 {
				t.Fatalf("%d managers", n)
			}
			pair[1] = d.hire("m"+ident.Secret()[:8], office.Manager)
			var wg sync.WaitGroup
			for i := range pair {
				wg.Go(func() {
					o := pair[i]
					o.Active = false
					if err := d.all.Change(ctx, o); err != nil && key(err) != "officer.last_manager" {
						t.Error(err)
					}
				})
			}
			wg.Wait()
		}
	})
}

func TestAnOfficersCard(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		o, err := d.all.Hire(ctx, office.Officer{Region: region, Email: " Kaisa@Kouvola.EXAMPLE ", Name: " Kaisa\r\nBcc: x@y.example\u202E\x01 ", Title: "hankesuunnittelija", Phone: "020 615 1", Role: office.Planner, Language: "sv", MondayMail: true})
		if err != nil {
			t.Fatal(err)
		}
		got, err := office.ByEmail(ctx, d.db, region, "KAISA@kouvola.example")
		if err != nil || got != o || got.Name != "Kaisa Bcc: x@y.example" || !got.Active {
			t.Errorf("%v %+v", err, got)
		}
		if _, err := d.all.Hire(ctx, office.Officer{Region: region, Email: "kaisa@kouvola.example", Name: "Toinen", Role: office.Viewer, Language: "fi"}); key(err) != "officer.email.taken" || !fault.Is(err, fault.Conflict) {
			t.Errorf("%v", err)
		}
		other := d.hire("sari", office.Coordinator)
		other.Email = got.Email
		if err := d.all.Change(ctx, other); key(err) != "officer.email.taken" {
			t.Errorf("%v", err)
		}
		other.ID, other.Email = 99, "x@kouvola.example"
		if err := d.all.Change(ctx, other); key(err) != "officer.none" {
			t.Errorf("%v", err)
		}
		err = (&office.Officer{Name: strings.Repeat("x", 121), Title: strings.Repeat("x", 121), Phone: strings.Repeat("x", 121), Email: "x", Role: "king", Language: "no"}).Check()
		var fields []string
		for _, e := range fault.List(err) {
			fields = append(fields, e.Field)
		}
		if want := []string{"name", "title", "phone", "email", "role", "language"}; !slices.Equal(fields, want) {
			t.Errorf("mistakes in %q, want %q in this order", fields, want)
		}
	})
}

// An address that is accepted is one the outbox can write to, and the reverse.
func FuzzEmail(f *testing.F) {
	for _, s := range []string{"maija@kymi.example", "a@b", "a@[1.2.3.4]", "ä@b.example", "a@kylä.example", "\"a b\"@c.example", "a@b.example\r\nBcc: x@y.example", "a@@b.example", "a@localhost", "<a@b.example>", "a@b.example,c@d.example"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		folded := office.FoldEmail(s)
		if office.FoldEmail(folded) != folded {
			t.Errorf("%q folds twice", s)
		}
		if !office.EmailLooksRight(folded) {
			return
		}
		m := mail.Message{From: mail.Address{Email: "kokko@kouvola.example"}, To: mail.Address{Email: folded}, Subject: "s", Text: "t", ID: "a@b.example", Date: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
		if err := m.Check(); err != nil {
			t.Errorf("%q is accepted and cannot be written to: %v", folded, err)
		}
		if strings.ContainsAny(folded, "\r\n,<> ") {
			t.Errorf("%q", folded)
		}
	})
}

func TestTheCalendar(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		monday := office.Today(d.now)
		for name, c := range map[string]office.Closure{
			"span.backwards": {Span: workday.Span{From: 5, To: 4}, Reason: "x"}, "closure.reason.missing": {Span: workday.Span{From: 4, To: 4}, Reason: " \x00\n"},
		} {
			if err := d.all.CloseFor(ctx, region, c); key(err) != name {
				t.Errorf("%v, want %s", err, name)
			}
		}
		if err := d.all.CloseFor(ctx, region, office.Closure{Span: workday.Span{From: monday, To: monday + 121}, Reason: "x"}); err == nil {
			t.Error("closed for four months")
		}
		if err := d.all.CloseFor(ctx, region, office.Closure{Span: workday.Span{From: monday + 1, To: monday + 2}, Reason: " Muutto "}); err != nil {
			t.Fatal(err)
		}
		cal, err := office.Workdays(ctx, d.db, region)
		if err != nil || cal.AddWorkdays(monday, 1) != monday+3 {
			t.Errorf("%v %s", err, cal.AddWorkdays(monday, 1))
		}
		all, err := office.Closures(ctx, d.db, region)
		if err != nil || len(all) != 1 || all[0].Reason != "Muutto" {
			t.Fatalf("%v %+v", err, all)
		}
		if err := d.all.OpenAgain(ctx, "iitti", all[0].ID); err != nil {
			t.Fatal(err)
		}
		if all, _ := office.Closures(ctx, d.db, region); len(all) != 1 {
			t.Error("another region opened ours")
		}
		if err := d.all.OpenAgain(ctx, region, all[0].ID); err != nil {
			t.Fatal(err)
		}
		if cal, _ := office.Workdays(ctx, d.db, region); cal.AddWorkdays(monday, 1) != monday+1 {
			t.Error("still closed")
		}
	})
}

func TestTemplatesAndSettings(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		seed := []office.Template{{ID: "thanks", Language: "fi", For: "first", Name: "Kiitos", Body: "Kiitos!", Place: 0}}
		sow := func() {
			t.Helper()
			if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return office.SeedTemplates(ctx, tx, region, seed) }); err != nil {
				t.Fatal(err)
			}
		}
		sow()
		edited := seed[0]
		edited.Body = " Hei!\r\n\r\nKiitos\u202E.\x00\n "
		if err := d.all.PutTemplate(ctx, region, edited); err != nil {
			t.Fatal(err)
		}
		if err := d.all.PutTemplate(ctx, region, office.Template{Language: "sv", For: "close", Name: "Slut", Body: "Tack", Place: 1}); err != nil {
			t.Fatal(err)
		}
		sow()
		all, err := office.AllTemplates(ctx, d.db, region)
		if err != nil || len(all) != 2 || all[0].Body != "Hei!\n\nKiitos." || !strings.HasPrefix(all[1].ID, "own-") {
			t.Errorf("%v %+v", err, all)
		}
		for field, bend := range map[string]func(x *office.Template){
			"name": func(x *office.Template) { x.Name = " " }, "body": func(x *office.Template) { x.Body = strings.Repeat("ä", 5001) }, "for": func(x *office.Template) { x.For = "poem" }, "language": func(x *office.Template) { x.Language = "no" },
		} {
			x := seed[0]
			bend(&x)
			if list := fault.List(d.all.PutTemplate(ctx, region, x)); len(list) != 1 || list[0].Field != field {
				t.Errorf("%s: %v", field, list)
			}
		}
		if err := d.all.DropTemplate(ctx, region, "thanks", "fi"); err != nil {
			t.Fatal(err)
		}
		if all, _ := office.AllTemplates(ctx, d.db, region); len(all) != 1 {
			t.Errorf("%+v", all)
		}
		for _, v := range []string{"smtp://a", "smtp://b"} {
			if err := d.all.Set(ctx, region, map[string]string{office.MailURL: v, office.MailFrom: "x"}); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := office.AllSettings(ctx, d.db, region); err != nil || len(got) != 2 || got[office.MailURL] != "smtp://b" {
			t.Errorf("%v %v", err, got)
		}
	})
}
