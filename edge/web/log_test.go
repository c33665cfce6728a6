package web_test

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/edge/web"
	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/measure"
	"kokko/journey/spark"
	"kokko/region/asking"
	"kokko/region/audit"
	"kokko/region/office"
)

const logAt = "/toimisto/asetukset/loki"

// deed is one act of the office as a browser sends it, and the line it must leave.
type deed struct {
	path string
	form url.Values
	want audit.What
}

// deeds is an act for every POST route of the office that the log tells of. It is
// written by hand: a new route is in here, or in untold with its reason.
func deeds(t *testing.T, s *site) map[string]func() deed {
	t.Helper()
	ctx := context.Background()
	today := office.Today(s.clock)
	viewer := s.officers[office.Viewer]
	later := workday.Span{From: today + 30, To: today + 31} // the last of their lists
	closure := func() string {
		all, err := office.Closures(ctx, s.db, "kouvola")
		if err != nil || len(all) == 0 {
			t.Fatalf("no closure: %v", err)
		}
		return all[len(all)-1].ID.String()
	}
	absence := func() string {
		all, err := office.Absences(ctx, s.db, "kouvola")
		if err != nil || len(all) == 0 {
			t.Fatalf("no absence: %v", err)
		}
		return all[len(all)-1].ID.String()
	}
	days := url.Values{"from": {today.String()}, "until": {(today + 2).String()}}
	with := func(v url.Values, pairs ...string) url.Values {
		out := url.Values{}
		for name, all := range v {
			out[name] = all
		}
		for i := 0; i < len(pairs); i += 2 {
			out.Set(pairs[i], pairs[i+1])
		}
		return out
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	named := func(text string) (spelling, of ident.ID) {
		t.Helper()
		must(s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
			spelling, of, err = s.parts.Actors.Resolve(ctx, tx, "kouvola", text, func(string) bool { return false })
			return err
		}))
		return spelling, of
	}
	const at = settings
	fixed := func(path string, want audit.What, form url.Values) func() deed {
		return func() deed { return deed{path, form, want} }
	}
	ringed := s.drop(spark.Draft{Text: "Rinki, johon pyritään.", Language: "fi"}) // while nothing is held
	asks := s.asksIn(ringed.Spark)
	return map[string]func() deed{
		"POST " + at + "/itse":               fixed(at+"/itse", audit.OwnChanged, url.Values{"language": {"fi"}}), // without the Monday letter
		"POST " + at + "/vaki":               fixed(at+"/vaki", audit.Hired, url.Values{"name": {"Uusi Ihminen"}, "email": {"uusi@kouvola.example"}, "role": {"viewer"}, "language": {"fi"}}),
		"POST " + at + "/vaki/{id}":          fixed(at+"/vaki/"+viewer.ID.String(), audit.RoleChanged, url.Values{"name": {viewer.Name}, "email": {viewer.Email}, "title": {viewer.Title}, "phone": {viewer.Phone}, "role": {"coordinator"}, "language": {"fi"}, "active": {"1"}, "monday": {"1"}}),
		"POST " + at + "/kalenteri/suljettu": fixed(at+"/kalenteri/suljettu", audit.Closed, with(days, "reason", "Talviloma")),
		"POST " + at + "/kalenteri/suljettu/{id}/poista": func() deed {
			must(s.parts.Office.CloseFor(ctx, "kouvola", office.Closure{Span: later, Reason: "Pois"}))
			return deed{at + "/kalenteri/suljettu/" + closure() + "/poista", nil, audit.Opened}
		},
		"POST " + at + "/kalenteri/sijaisuus": fixed(at+"/kalenteri/sijaisuus", audit.Away, with(days, "officer", s.officers[office.Planner].ID.String(), "substitute", s.officers[office.Manager].ID.String())),
		"POST " + at + "/kalenteri/sijaisuus/{id}/poista": func() deed {
			must(s.parts.Office.Away(ctx, "kouvola", office.Absence{Officer: s.officers[office.Planner].ID, Substitute: s.officers[office.Manager].ID, Span: later}))
			return deed{at + "/kalenteri/sijaisuus/" + absence() + "/poista", nil, audit.Returned}
		},
		"POST " + at + "/mallit/{id}": fixed(at+"/mallit/uusi", audit.TemplatePut, url.Values{"language": {"fi"}, "for": {"first"}, "name": {"Kiitos"}, "body": {"Hei"}}),
		"POST " + at + "/mallit/{id}/poista": func() deed {
			must(s.parts.Office.PutTemplate(ctx, "kouvola", office.Template{ID: "pois", Language: "fi", For: "first", Name: "Pois", Body: "Hei"}))
			return deed{at + "/mallit/pois/poista", url.Values{"language": {"fi"}}, audit.TemplateDropped}
		},
		"POST " + at + "/sahkoposti":         fixed(at+"/sahkoposti", audit.MailSet, url.Values{"url": {"smtp://kokko:salasana@posti.example:587"}, "from": {"Kokko <kokko@kouvola.example>"}}),
		"POST " + at + "/sahkoposti/saapuva": fixed(at+"/sahkoposti/saapuva", audit.MailSet, url.Values{"inbox": {"ideat@kouvola.example"}}),
		"POST " + at + "/sahkoposti/koe":     fixed(at+"/sahkoposti/koe", audit.MailTried, url.Values{"to": {"ei osoite"}}),
		"POST " + at + "/sahkoposti/dkim": func() deed {
			must(s.parts.Office.Set(ctx, "kouvola", map[string]string{office.MailURL: "smtp://kokko:salasana@posti.example:587?from=kokko%40kouvola.example"}))
			return deed{at + "/sahkoposti/dkim", nil, audit.MailKey}
		},
		"POST " + at + "/ohjelma": func() deed {
			source, err := s.parts.Programmes.Source(ctx, "kouvola", s.edition.Version.ID)
			must(err)
			return deed{at + "/ohjelma", url.Values{"source": {source + "# muutos\n"}, "base": {s.edition.Version.ID.String()}}, audit.Published}
		},
		"POST " + at + "/alue":        fixed(at+"/alue", audit.Adopted, url.Values{"do": {"adopt"}, "confirm": {"1"}}),
		"POST " + at + "/alue/osoite": fixed(at+"/alue/osoite", audit.Moved, url.Values{"slug": {"kymi"}, "host": {""}}),
		"POST " + at + "/alue/osoite/poista": func() deed {
			for _, slug := range []string{"vanha", "kouvola"} {
				_, err := s.parts.Programmes.Move(ctx, "kouvola", slug, "", "")
				must(err)
			}
			return deed{at + "/alue/osoite/poista", url.Values{"kind": {"slug"}, "name": {"vanha"}}, audit.Forgotten}
		},
		"POST " + at + "/ilme":             fixed(at+"/ilme", audit.Brand, url.Values{"light_fill": {"#123456"}}),
		"POST " + at + "/ilme/iskulauseet": fixed(at+"/ilme/iskulauseet", audit.Words, url.Values{"slogan.kouvola_sv": {"Kom till Kouvola"}}),
		"POST " + at + "/tekstit/{id}":     fixed(at+"/tekstit/question", audit.Words, url.Values{"language": {"fi"}, "words": {"Syttyisikö ideasi?"}}),
		"POST " + at + "/sailytys":         fixed(at+"/sailytys", audit.PeriodsSet, url.Values{"letters": {"7"}, "contacts": {"24"}, "withdrawn": {"3"}, "held": {"3"}, "feedback": {"12"}, "absences": {"12"}, "log": {"24"}}),
		"POST " + at + "/valvonta":         fixed(at+"/valvonta", audit.Moderation, url.Values{"hold": {"all"}}),
		"POST " + at + "/selosteet":        fixed(at+"/selosteet", audit.Statements, url.Values{"controller": {"Kouvolan kaupunki"}}),
		"POST /toimisto/palaute/{id}/vastaa": func() deed {
			return deed{"/toimisto/palaute/" + s.barrier("Este.", "maija@kylla.example").ID.String() + "/vastaa", url.Values{"words": {"Kiitos."}}, audit.FeedbackAnswered}
		},
		"POST /toimisto/palaute/{id}/hoidettu": func() deed {
			return deed{"/toimisto/palaute/" + s.barrier("Este.", "").ID.String() + "/hoidettu", url.Values{"note": {"Korjattu."}}, audit.FeedbackHandled}
		},
		"POST /toimisto/palaute/{id}/poista": func() deed {
			return deed{"/toimisto/palaute/" + s.barrier("Este.", "").ID.String() + "/poista", url.Values{"confirm": {"1"}}, audit.FeedbackErased}
		},
		"POST /toimisto/kipina/{koodi}/linkki": func() deed {
			r := s.drop(spark.Draft{Text: "Linkki paperille.", Language: "fi"})
			return deed{"/toimisto/kipina/" + r.Spark.Code + "/linkki", nil, audit.LinkPrinted}
		},
		"POST /toimisto/kysymykset": fixed("/toimisto/kysymykset", audit.QuestionMade, url.Values{"title.fi": {"Lähiruoka"}, "question.fi": {"Miten?"}}),
		"POST /toimisto/kysymykset/{id}": func() deed {
			return deed{"/toimisto/kysymykset/" + s.ask(0).ID.String(), url.Values{"title.fi": {"Uusi nimi"}, "question.fi": {"Miten?"}}, audit.QuestionChanged}
		},
		"POST /toimisto/kysymykset/{id}/poista": func() deed {
			return deed{"/toimisto/kysymykset/" + s.ask(0).ID.String() + "/poista", nil, audit.QuestionWithdrawn}
		},
		"POST /toimisto/kysymykset/{id}/julkaise": func() deed {
			d := question()
			d.Opens, d.Closes = today, today+5
			c, err := s.parts.Challenges.Make(ctx, "kouvola", s.edition, d)
			must(err)
			return deed{"/toimisto/kysymykset/" + c.ID.String() + "/julkaise", nil, audit.QuestionPublished}
		},
		"POST /toimisto/kysymykset/{id}/sulje": func() deed {
			return deed{"/toimisto/kysymykset/" + s.ask(5).ID.String() + "/sulje", url.Values{"outcome.fi": {"Opittiin."}}, audit.QuestionClosed}
		},
		"POST /toimisto/lahtevat/kierto/{id}/uudelleen": func() deed {
			var id ident.ID
			must(s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				if id, err = s.parts.Outbox.Open(ctx, tx, mail.Circular{Region: "kouvola", Purpose: "follow.now", Data: []byte("{}")}); err != nil {
					return err
				}
				if _, err = tx.Exec(ctx, `INSERT INTO deliveries (region_id, recipient_id, circular_id, state, tries, reply, at) VALUES ($1, 7, $2, 'unsure', 1, '', 1)`, "kouvola", int64(id)); err != nil {
					return err
				}
				c, err := mail.OneCircular(ctx, tx, "kouvola", id)
				if err != nil {
					return err
				}
				return s.parts.Outbox.Finish(ctx, tx, c, "")
			}))
			return deed{"/toimisto/lahtevat/kierto/" + id.String() + "/uudelleen", url.Values{"to": {"7"}}, audit.MailAgain}
		},
		"POST /toimisto/lahtevat/{id}/uudelleen": func() deed {
			s.drop(spark.Draft{Text: "Kirje uudelleen.", Email: "maija@kylla.example", Language: "fi"})
			must(s.parts.Jobs.Drain(ctx))
			return deed{"/toimisto/lahtevat/" + s.letterOf().ID.String() + "/uudelleen", nil, audit.MailAgain}
		},
		"POST /toimisto/toimijat/{id}/erota": func() deed {
			named("Kymen Melojat ry")
			spelling, _ := named("KYMEN MELOJAT RY.")
			return deed{"/toimisto/toimijat/" + spelling.String() + "/erota", nil, audit.NamesParted}
		},
		"POST /toimisto/toimijat/{id}/yhdista": func() deed {
			_, to := named("Kylän Verstas ry")
			spelling, _ := named("Aivan Toinen Oy")
			return deed{"/toimisto/toimijat/" + spelling.String() + "/yhdista", url.Values{"to": {to.String()}}, audit.NamesJoined}
		},
		"POST /toimisto/toimija/{id}": func() deed {
			_, of := named("Rannan Verstas ry")
			return deed{"/toimisto/toimija/" + of.String(), url.Values{"legal": {"association"}, "business": {"0112038-9"}}, audit.OrganisationNoted}
		},
		"POST " + networksAt: fixed(networksAt, audit.NetworkMade, url.Values{"name.fi": {"Ruokaverkosto"}, "phase": {"activation"}}),
		"POST " + networksAt + "/{id}": func() deed {
			return deed{networksAt + "/" + s.founds("Muutettava").ID.String(), url.Values{"name.fi": {"Ruokaverkosto"}, "slug": {"ruoka"}, "phase": {"collectivity"}}, audit.NetworkChanged}
		},
		"POST " + networksAt + "/{id}/jasen": func() deed {
			return deed{networksAt + "/" + s.founds("Kasvava").ID.String() + "/jasen", url.Values{"member": {"Kylän Verstas ry"}}, audit.NetworkMember}
		},
		"POST " + networksAt + "/{id}/pois": func() deed {
			n, member := s.founds("Supistuva"), s.admits("Supistuva", "Kylän Verstas ry")
			return deed{networksAt + "/" + n.ID.String() + "/pois", url.Values{"actor": {member.String()}}, audit.NetworkParted}
		},
		"POST " + networksAt + "/{id}/koolla": func() deed {
			n, member := s.founds("Johdettu"), s.admits("Johdettu", "Kylän Verstas ry")
			return deed{networksAt + "/" + n.ID.String() + "/koolla", url.Values{"actor": {member.String()}}, audit.NetworkChanged}
		},
		"POST " + networksAt + "/{id}/kokous": func() deed {
			return deed{networksAt + "/" + s.founds("Kokoontuva").ID.String() + "/kokous", url.Values{"event": {s.holds("Kokous", 0).ID.String()}}, audit.NetworkChanged}
		},
		"POST " + networksAt + "/{id}/paata": func() deed {
			return deed{networksAt + "/" + s.founds("Päättyvä").ID.String() + "/paata", nil, audit.NetworkClosed}
		},
		"POST " + networksAt + "/{id}/avaa": func() deed {
			return deed{networksAt + "/" + s.founds("Avattava").ID.String() + "/avaa", nil, audit.NetworkReopened}
		},
		"POST /toimisto/kyselyt": fixed("/toimisto/kyselyt", audit.WaveOpened, url.Values{"topic.fi": {"ruoka"}, "whom": {"theme:" + s.edition.Themes[0].ID}, "begins": {today.String()}, "ends": {(today + 7).String()}}),
		"POST /toimisto/kyselyt/{id}/kutsu": func() deed {
			w, _ := waving(t, s.db, s.parts, s.person("kutsuttu@posti.example").Address)
			n := s.founds("Kysyttävä")
			s.joins(t, s.person("jasen@posti.example").Address.ID, "/verkosto/"+n.Slug, "Jäsen")
			w, err := s.parts.Asking.OpenWave(ctx, "kouvola", "fi", asking.Wave{Texts: w.Texts, Network: n.ID, Begins: today, Ends: today + 7})
			must(err)
			return deed{"/toimisto/kyselyt/" + w.ID.String() + "/kutsu", nil, audit.WaveInvited}
		},
		"POST /toimisto/kyselyt/{id}/paata": func() deed {
			w, _ := waving(t, s.db, s.parts, s.person("kutsuttu@posti.example").Address)
			return deed{"/toimisto/kyselyt/" + w.ID.String() + "/paata", nil, audit.WaveClosed}
		},
		"POST /toimisto/verkosto/tiedostot/{id}/tuo": func() deed {
			return deed{"/toimisto/verkosto/tiedostot/" + s.files("Tuotava").ID.String() + "/tuo", nil, audit.Imported}
		},
		"POST /toimisto/verkosto/tiedostot/{id}/peru": func() deed {
			f := s.files("Peruttava")
			_, err := s.parts.Ties.TakeKept(ctx, "kouvola", f.ID, func(_ context.Context, _ *store.Tx, name string) (ident.ID, error) { return ident.ID(len(name)), nil })
			must(err)
			return deed{"/toimisto/verkosto/tiedostot/" + f.ID.String() + "/peru", nil, audit.ImportUndone}
		},
		"POST /toimisto/tapahtumat": fixed("/toimisto/tapahtumat", audit.EventMade, eventForm(s)),
		"POST /toimisto/tapahtumat/{id}": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.drafts("Muutettava", 0).ID.String(), eventForm(s), audit.EventChanged}
		},
		"POST /toimisto/tapahtumat/{id}/julkaise": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.drafts("Julkaistava", 0).ID.String() + "/julkaise", nil, audit.EventPublished}
		},
		"POST /toimisto/tapahtumat/{id}/peru": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.holds("Peruttava", 0).ID.String() + "/peru", nil, audit.EventCancelled}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.holds("Vaihdettava", 0).ID.String() + "/tormaytys", url.Values{"rounds": {"3"}, "size": {"5"}}, audit.EventCollision}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/poista": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.collides("Vaihdettu").ID.String() + "/tormaytys/poista", nil, audit.EventCollision}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/arvo": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.collides("Arvottava").ID.String() + "/tormaytys/arvo", nil, audit.EventSeated}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/taydenna": func() deed {
			e := s.collides("Täydennettävä")
			s.arrivesLate(e)
			return deed{"/toimisto/tapahtumat/" + e.ID.String() + "/tormaytys/taydenna", nil, audit.EventSeated}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/siirra": func() deed {
			e := s.collides("Siirrettävä")
			return deed{"/toimisto/tapahtumat/" + e.ID.String() + "/tormaytys/siirra", url.Values{"who": {s.guestsOf(e)[0].ID.String()}, "round": {"1"}, "table": {"2"}}, audit.EventSeated}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/lukitse": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.collides("Lukittava").ID.String() + "/tormaytys/lukitse", url.Values{"lock": {"1"}}, audit.EventSeated}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/vieras": func() deed {
			return deed{"/toimisto/tapahtumat/" + s.collides("Vieraille").ID.String() + "/tormaytys/vieras", url.Values{"name": {"Soittaja"}}, audit.EventGuest}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/vieras/pois": func() deed {
			e := s.collides("Vieraitta")
			return deed{"/toimisto/tapahtumat/" + e.ID.String() + "/tormaytys/vieras/pois", url.Values{"guest": {s.guestsOf(e)[0].ID.String()}}, audit.EventGuest}
		},
		"POST /toimisto/tapahtumat/{id}/tormaytys/paikalla": func() deed {
			e := s.collides("Pidetty")
			must(s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE events SET begins_at = 1 WHERE region_id = 'kouvola' AND event_id = $1`, int64(e.ID))
				return err
			}))
			return deed{"/toimisto/tapahtumat/" + e.ID.String() + "/tormaytys/paikalla", nil, audit.EventMet}
		},
		"POST " + tablesAt: fixed(tablesAt, audit.TableMade, tableForm()),
		"POST " + tablesAt + "/{id}": func() deed {
			return deed{tablesAt + "/" + s.begins("Muutettava").ID.String(), tableForm(), audit.TableChanged}
		},
		"POST " + tablesAt + "/{id}/kokous": func() deed {
			return deed{tablesAt + "/" + s.begins("Sovittava").ID.String() + "/kokous", url.Values{"number": {"0"}, "day": {(office.Today(s.clock) + 9).String()}, "from": {"17"}, "until": {"19"}, "venue": {"Koulu"}}, audit.TableMet}
		},
		"POST " + tablesAt + "/{id}/kirjaa": func() deed {
			return deed{tablesAt + "/" + s.begins("Kirjattava").ID.String() + "/kirjaa", url.Values{"number": {"1"}, "notes": {"Puhuttiin."}}, audit.TableNoted}
		},
		"POST " + tablesAt + "/{id}/lisaa": func() deed {
			return deed{tablesAt + "/" + s.begins("Kasvava").ID.String() + "/lisaa", url.Values{"name": {"Soittaja"}}, audit.TablePerson}
		},
		"POST " + tablesAt + "/{id}/pois": func() deed {
			t := s.begins("Supistuva")
			return deed{tablesAt + "/" + t.ID.String() + "/pois", url.Values{"person": {s.atTable(t)[0].ID.String()}}, audit.TablePerson}
		},
		"POST " + tablesAt + "/{id}/askel": func() deed {
			t := s.begins("Etenevä")
			return deed{tablesAt + "/" + t.ID.String() + "/askel", url.Values{"step": {s.agrees(t).String()}, "to": {"kept"}}, audit.TableStep}
		},
		"POST " + tablesAt + "/{id}/jatka": func() deed {
			return deed{tablesAt + "/" + s.begins("Jatkuva").ID.String() + "/jatka", url.Values{"more": {"1"}, "reason": {"Kesken."}}, audit.TableRenewed}
		},
		"POST " + tablesAt + "/{id}/paata": func() deed {
			return deed{tablesAt + "/" + s.begins("Päättyvä").ID.String() + "/paata", url.Values{"result": {"Reitti alkoi."}}, audit.TableClosed}
		},
		"POST /toimisto/voimavarat": fixed("/toimisto/voimavarat", audit.AssetMade, lentForm()),
		"POST /toimisto/voimavarat/{id}": func() deed {
			return deed{"/toimisto/voimavarat/" + s.asset("Muutettava").ID.String(), lentForm(), audit.AssetChanged}
		},
		"POST /toimisto/voimavarat/{id}/nayta": func() deed {
			return deed{"/toimisto/voimavarat/" + s.assetOf("sali@kylla.example", "Näytettävä").ID.String() + "/nayta", nil, audit.AssetListed}
		},
		"POST /toimisto/voimavarat/{id}/voimassa": func() deed {
			return deed{"/toimisto/voimavarat/" + s.asset("Pitävä").ID.String() + "/voimassa", nil, audit.AssetHeld}
		},
		"POST /toimisto/voimavarat/{id}/pois": func() deed {
			return deed{"/toimisto/voimavarat/" + s.asset("Poistettava").ID.String() + "/pois", nil, audit.AssetTakenOff}
		},
		"POST " + at + "/tuonti/{id}/tuo": func() deed {
			return deed{at + "/tuonti/" + s.sends("Tuotava").ID.String() + "/tuo", nil, audit.Imported}
		},
		"POST " + at + "/tuonti/{id}/peru": func() deed {
			run := s.sends("Peruttava")
			must(s.parts.Intake.Begin(ctx, "kouvola", run.ID))
			must(s.parts.Jobs.Drain(ctx))
			return deed{at + "/tuonti/" + run.ID.String() + "/peru", nil, audit.ImportUndone}
		},
		"POST /toimisto/kipina/{koodi}/rinki/{id}": func() deed {
			return deed{"/toimisto/kipina/" + ringed.Spark.Code + "/rinki/" + asks.String(), url.Values{"do": {"out"}}, audit.RingDeclined}
		},
		"POST /toimisto/tutustumiset/{id}": func() deed {
			r := s.drop(spark.Draft{Text: "Tapaaminen, jota ei tule.", Language: "fi"})
			return deed{"/toimisto/tutustumiset/" + s.introduces("eituttu@posti.example", r.Spark).id.String(), url.Values{"do": {"no"}}, audit.NotPassedOn}
		},
		"POST " + mondayAt: fixed(mondayAt, audit.LearnedForgotten, url.Values{"do": {"unlearn"}}),
		"POST " + mondayAt + "/{id}": func() deed {
			return deed{mondayAt + "/" + s.proposal().String(), url.Values{"do": {"reject"}, "reason": {"now"}}, audit.ProposalRejected}
		},
		"POST /toimisto/mittarit/otos": func() deed {
			sp, month := s.drop(spark.Draft{Text: "Arvioitava kipinä.", Language: "fi"}).Spark, measure.PeriodOf(measure.Month, s.today()).After(-1)
			s.sql(`INSERT INTO measure_samples (region_id, month_day, spark_id, verdict, judged_at) VALUES ($1, $2, $3, '', 0)`, "kouvola", int64(month.From), int64(sp.ID))
			return deed{"/toimisto/mittarit/otos", url.Values{"month": {month.String()}, "spark": {sp.Code}, "verdict": {"right"}}, audit.SampleJudged}
		},
		"POST /toimisto/tyot/{id}/uudelleen": func() deed {
			return deed{"/toimisto/tyot/" + s.deadJob().String() + "/uudelleen", nil, audit.JobAgain}
		},
		"POST /toimisto/tyot/{id}/poista": func() deed {
			return deed{"/toimisto/tyot/" + s.deadJob().String() + "/poista", nil, audit.JobGone}
		},
	}
}

// untold are the POST routes of the office that leave no line in the log, each
// with its reason.
func untold() map[string]string {
	const story = "the spark's story tells it, with the officer's name"
	const waits = "nothing is taken in yet: the log tells when it is"
	const at = "POST /toimisto/kipina/{koodi}"
	return map[string]string{
		"POST /toimisto/verkosto/tiedostot": waits, "POST /toimisto/verkosto/tiedostot/{id}/hylkaa": waits,
		"POST /toimisto/tapahtumat/{id}/kirjaa": story, "POST " + settings + "/tuonti": waits, "POST " + settings + "/tuonti/{id}/kokeile": waits, "POST " + settings + "/tuonti/{id}/hylkaa": waits,
		at + "/vastaa": story, at + "/kysy": story, at + "/muistio": story, at + "/keskustelu": story, at + "/luokittele": story, at + "/kysymys": story, at + "/vastuu": story,
		at + "/maarapaiva": story, at + "/sulje": story, at + "/avaa": story, at + "/hyvaksy": story, at + "/hylkaa": story, at + "/esta": story, at + "/ilmoitukset": story, at + "/oikaise/{beat}": story, "POST /toimisto/uusi": story,
		at + "/liitteet": story, at + "/liite/{id}/poista": story, at + "/liite/{id}": "what a picture shows, in words; it changes nothing else",
		at + "/erilleen": story, at + "/jaa": story, "POST /toimisto/yhdista": story, "POST /toimisto/monta": story, "POST /toimisto/teko/{id}/kumoa": story,
		at + "/puhe": "what an officer says is in the talk, with their name", at + "/puhe/{id}": "what is decided of a comment is kept with it, with who decided",
		"POST /toimisto/mittarit":            "what is counted now is counted each night anyway; it changes nothing else",
		at + "/eri":                          "who said that two sparks are not the same is kept with the two; it changes nothing for anybody",
		at + "/muistutus":                    "a reminder to oneself about a spark; it changes nothing for anybody",
		"POST /toimisto/luottamus/{id}/peru": "the story of the spark it came of tells it, with the officer's name",
		at + "/toimenpide/{id}":              "what was agreed in a talk is done: the talk is in the story",
		at + "/ennuste":                      "a forecast is counted anew from what is already there; it changes nothing for anybody",
		at + "/rinki":                        "what the ring looks for is in the story, with the officer's name",
	}
}

// deadJob leaves a job that has failed for good.
func (s *site) deadJob() ident.ID {
	s.t.Helper()
	ctx := context.Background()
	kind := jobs.Kind[struct {
		Region string `json:"region"`
	}]{Name: "test.unknown"}
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := kind.Enqueue(ctx, tx, struct {
			Region string `json:"region"`
		}{"kouvola"}); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `UPDATE jobs SET state = 'dead' WHERE kind = 'test.unknown'`)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	all, _, err := s.parts.Jobs.Dead(ctx, jobs.Page{Limit: 1})
	if err != nil || len(all) == 0 {
		s.t.Fatalf("no dead job: %v", err)
	}
	return all[0].ID
}

// log is the whole log, the newest first.
func (s *site) log() (all []audit.Entry) {
	s.t.Helper()
	for f := (audit.Filter{Limit: 200}); ; {
		some, next, err := audit.List(context.Background(), s.db, "kouvola", f)
		if err != nil {
			s.t.Fatal(err)
		}
		if all = append(all, some...); next == 0 {
			return all
		}
		f.Before = next
	}
}

// unwritten names the routes of the office that neither leave a line nor are
// excused from it.
func unwritten(patterns []string, told map[string]func() deed, excused map[string]string) (wrong []string) {
	for _, p := range patterns {
		if !strings.HasPrefix(p, "POST /toimisto") {
			continue
		}
		_, tells := told[p]
		_, excuse := excused[p]
		switch {
		case tells && excuse:
			wrong = append(wrong, p+" is both told and excused")
		case !tells && !excuse:
			wrong = append(wrong, p+" leaves no line in the log: write one (region/audit), or say here why none is needed")
		}
	}
	for p := range told {
		if !slices.Contains(patterns, p) {
			wrong = append(wrong, p+" is told and is no route")
		}
	}
	for p := range excused {
		if !slices.Contains(patterns, p) {
			wrong = append(wrong, p+" is excused and is no route")
		}
	}
	return wrong
}

func TestEveryActOfTheOfficeLeavesALine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		told := deeds(t, s)
		for _, wrong := range unwritten(web.Patterns(), told, untold()) {
			t.Error(wrong)
		}
		// The check itself can fail.
		if got := unwritten([]string{"POST /toimisto/uutta"}, nil, nil); len(got) != 1 {
			t.Errorf("a new route gives %q", got)
		}
		boss := s.officer(office.Manager)
		left := func(what audit.What) bool {
			return slices.ContainsFunc(s.log(), func(e audit.Entry) bool { return e.What == what && e.Officer == s.officers[office.Manager].ID })
		}
		if !left(audit.SignedIn) {
			t.Error("signing in leaves no line")
		}
		for pattern, make := range told {
			s.clock.Advance(time.Second)
			d := make()
			s.clock.Advance(time.Second)
			before := s.log()
			p := boss.post(d.path, d.form)
			after := s.log()
			if len(after) <= len(before) || !slices.ContainsFunc(after[:len(after)-len(before)], func(e audit.Entry) bool {
				return e.What == d.want && e.Officer == s.officers[office.Manager].ID
			}) {
				t.Errorf("%s (%d %s) left %+v, want %s by the manager", pattern, p.status, strings.TrimSpace(p.Find(".errors").Text()), after[:len(after)-len(before)], d.want)
			}
		}
		boss.post("/ulos", nil)
		if !left(audit.SignedOut) {
			t.Error("signing out leaves no line")
		}
		n := len(s.log())
		s.visitor().post("/ulos", nil)
		if len(s.log()) != n {
			t.Error("nobody signed out, and the log tells of it")
		}
	})
}

func TestTheLogHoldsNoSecretsAndNoNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		boss := s.officer(office.Manager)
		boss.post(settings+"/sahkoposti", url.Values{"url": {"smtp://kokko:salasana@posti.example:587"}, "from": {"Kokko <kokko@kouvola.example>"}})
		boss.post(settings+"/vaki", url.Values{"name": {"Uusi Ihminen"}, "email": {"uusi@kouvola.example"}, "role": {"viewer"}, "language": {"fi"}})
		r := s.drop(spark.Draft{Text: "Salaisuus.", Name: "Maija Meikäläinen", Email: "maija@kylla.example", Language: "fi"})
		boss.get("/toimisto/kipina/" + r.Spark.Code)
		boss.post("/toimisto/kipina/"+r.Spark.Code+"/linkki", nil)
		for _, found := range s.traces("salasana", "posti.example", "uusi ihminen", "uusi@kouvola", "meikäläinen", "maija@kylla") {
			if strings.HasPrefix(found, "audit_entries.") {
				t.Errorf("in the log: %s", found)
			}
		}
		if len(s.log()) < 5 {
			t.Errorf("only %d lines: nothing to prove", len(s.log()))
		}
	})
}

func TestEveryFileWithContactsIsALine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.drop(spark.Draft{Text: "Tiedostoon.", Email: "maija@kylla.example", Language: "fi"})
		taken := func() (n int) {
			for _, e := range s.log() {
				if e.What == audit.Exported {
					n++
				}
			}
			return n
		}
		planner, viewer := s.officer(office.Planner), s.officer(office.Viewer)
		for _, path := range []string{"/toimisto/kipinat.csv", "/toimisto/kipinat.xlsx", "/toimisto/kipinat.csv"} {
			planner.get(path)
			viewer.get(path) // without contacts
		}
		s.visitor().get("/kipinat.csv")
		if n := taken(); n != 3 {
			t.Errorf("%d lines for three files", n)
		}
		if text := squeezed(s.officer(office.Manager).get(logAt + "?laji=data").Find("main").Text()); !strings.Contains(text, "Kaisa Esimerkki vei tietoja ulos: kipinöiden lista tiedostona.") {
			t.Errorf("%s", text)
		}
	})
}

func TestLookingAtContactsIsOneLineADay(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		named := s.drop(spark.Draft{Text: "Nimi on.", Phone: "040 123 4567", Language: "fi"})
		silent := s.drop(spark.Draft{Text: "Nimeä ei ole.", Language: "fi"})
		looks := func() (n int) {
			for _, e := range s.log() {
				if e.What == audit.ContactsRead {
					n++
				}
			}
			return n
		}
		planner, viewer := s.officer(office.Planner), s.officer(office.Viewer)
		for range 3 {
			planner.get("/toimisto/kipina/" + named.Spark.Code)
			planner.get("/sv/toimisto/kipina/" + named.Spark.Code)
			planner.get("/toimisto/kipina/" + silent.Spark.Code)
			viewer.get("/toimisto/kipina/" + named.Spark.Code)
		}
		if n := looks(); n != 1 {
			t.Errorf("%d lines, want one: nothing was to be seen on the others", n)
		}
		coordinator := s.officer(office.Coordinator)
		coordinator.get("/toimisto/kipina/" + named.Spark.Code)
		if n := looks(); n != 2 {
			t.Errorf("%d lines, want one for each who looked", n)
		}
		s.clock.Advance(24 * time.Hour)
		coordinator.get("/toimisto/kipina/" + named.Spark.Code)
		if n := looks(); n != 3 {
			t.Errorf("%d lines, want a new one on the next day", n)
		}
	})
}

func TestTheLogIsReadInSentences(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		boss := s.officer(office.Manager)
		for _, make := range deeds(t, s) {
			d := make()
			boss.post(d.path, d.form)
		}
		boss.post(settings+"/itse", url.Values{"language": {"fi"}, "monday": {"1"}})
		lines := func(query string) (out []string) {
			for path, more := logAt+query, true; more; { // every page of it
				p := boss.get(path)
				p.Find(".story li p").Each(func(_ int, li *goquery.Selection) { out = append(out, squeezed(li.Text())) })
				path, more = p.Find(".pager a[rel=next]").Attr("href")
			}
			return out
		}
		// The deeds are done in any order, and are more than a page.
		text := strings.Join(lines(""), " ")
		for _, want := range []string{"Olli Esimerkki muutti sähköpostin asetuksia.", "Olli Esimerkki vaihtoi roolin: Timo Esimerkki, ennen Katselija, nyt Koordinaattori."} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q", want)
			}
		}
		if text := squeezed(boss.get(logAt).Find("main").Text()); !strings.Contains(text, "23.11.2026") {
			t.Error("no day")
		}
		// Everything that can be in the log, so that every sentence is read.
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, w := range audit.Whats() {
				about := audit.About{}
				switch w {
				case audit.ListRead:
					about = audit.About{Thing: audit.Lists, Key: "calls"}
				case audit.Erased:
					about = audit.About{Thing: audit.Rule, Key: "contacts"}
				}
				if err := s.parts.Office.Note(ctx, tx, "kouvola", w, about, audit.Facts{N: 2, Names: []string{"name"}, Language: "fi"}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		for lang, prefix := range inLanguages() {
			p := boss.get(prefix + logAt)
			whole(t, "the log", p, lang)
			if n := p.Find(".story li").Length(); n < 40 {
				t.Errorf("%s: only %d lines", lang, n)
			}
		}
		// Each filter gives less and only what it says.
		all := lines("")
		for query, every := range map[string]string{
			"?kuka=" + s.officers[office.Manager].ID.String(): "Olli Esimerkki",
			"?laji=signin": "kirjau",
			"?kuka=kokko":  "",
		} {
			got := lines(query)
			if len(got) == 0 || len(got) >= len(all) {
				t.Errorf("%s: %d of %d lines", query, len(got), len(all))
			}
			for _, line := range got {
				if !strings.Contains(line, every) || query == "?kuka=kokko" && strings.Contains(line, "Olli Esimerkki muutti") {
					t.Errorf("%s: %q", query, line)
				}
			}
		}
		if got := lines("?paiva=2026-11-22"); len(got) != 0 {
			t.Errorf("the day before: %q", got)
		}
		if p := boss.get(logAt + "?paiva=eilen"); p.status != 422 || p.Find("#paiva").AttrOr("aria-invalid", "") != "true" || p.Find("#paiva").AttrOr("value", "") != "eilen" {
			t.Errorf("a day that is none: %d", p.status)
		}
		// Read by the manager and the planner; no page has a form that could change it.
		if s.officer(office.Coordinator).get(logAt).status != 403 || s.officer(office.Planner).get(logAt).status != 200 {
			t.Error("the log is open to the wrong people")
		}
		boss.get(logAt).Find("main form").Each(func(_ int, f *goquery.Selection) {
			if f.AttrOr("method", "get") != "get" {
				t.Error("the log has a form that posts")
			}
		})
	})
}

func TestTheLogIsReadInPages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for range 120 {
				if err := s.parts.Office.Note(ctx, tx, "kouvola", audit.MailTried, audit.About{}, audit.Facts{}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		boss := s.officer(office.Manager)
		seen := 0
		for path := logAt + "?laji=mail"; path != ""; {
			p := boss.get(path)
			n := p.Find(".story li").Length()
			if n == 0 || n > 50 {
				t.Fatalf("%s has %d lines", path, n)
			}
			seen += n
			path = p.Find(".pager a[rel=next]").AttrOr("href", "")
			if path != "" && !strings.Contains(path, "laji=mail") {
				t.Fatalf("the next page forgets the filter: %s", path)
			}
		}
		if seen != 120 {
			t.Errorf("%d lines on all pages, want 120", seen)
		}
	})
}
