package web_test

import (
	"bytes"
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/journey/intake"
	"kokko/journey/spark"
	"kokko/region/office"
)

const tuonti = "/toimisto/asetukset/tuonti"

// told is a list of four proposals, of which the second cannot be read.
const told = "tunnus;otsikko;kuvaus;päivä\n1;Penkkejä rantaan;Istuttaisiin.;12.11.2018\n2;Väärä päivä;x;32.13.2018\n3;=1+1;<b>Kaava</b>;2019-01-02\n4;Laituri;Uitaisiin.;\n"

// sent keeps a file past the pages, under the name of a list.
func sent(t testing.TB, to *intake.Service, k intake.Kind, source, text string) intake.Run {
	t.Helper()
	run, err := to.Send(context.Background(), intake.Sent{Region: "kouvola", Kind: k, Source: source, Language: "fi", Name: "kysely.csv", File: strings.NewReader(text), Bytes: int64(len(text))})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// sends has proposals tried past the pages.
func (s *site) sends(source string) intake.Run {
	s.t.Helper()
	run := sent(s.t, s.parts.Intake, intake.Sparks, source, told)
	s.drain()
	return run
}

func (s *site) sparksNow() int {
	s.t.Helper()
	list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{})
	if err != nil {
		s.t.Fatal(err)
	}
	return len(list)
}

// says fails unless a page holds every one of some words.
func (p page) says(t *testing.T, want ...string) {
	t.Helper()
	text := squeezed(p.Find("main").Text())
	for _, w := range want {
		if !strings.Contains(text, w) {
			t.Errorf("%s (%d) does not say %q: %s", p.path, p.status, w, text)
		}
	}
}

func TestTheOfficeImportsAFile(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner := s.officer(office.Planner)
		fields := map[string]string{"kind": "sparks", "source": "Kysely <b> 2018", "language": "fi"}
		p := planner.send(tuonti, fields, sentFile{"file", `C:\tiedot\kysely.csv`, []byte(told)})
		p.says(t, "Kysely <b> 2018", "Kokeillaan", "kysely.csv")
		if p.status != http.StatusOK || p.Find("progress").Length() != 1 || strings.Contains(p.Find("main").Text(), "tiedot") {
			t.Fatalf("%d %s", p.status, squeezed(p.Find("main").Text()))
		}
		at := p.path
		s.drain()
		p = planner.get(at)
		p.says(t, "Odottaa hyväksyntää", "Tulisi uusia3", "Hylättäisiin1", "Päivää ei voi lukea", "Päivä (päivä)", "Tuo 3 kipinää")
		if s.sparksNow() != 0 || p.Find("progress").Length() != 0 {
			t.Errorf("%d sparks of a trial", s.sparksNow())
		}
		// Other columns: the text from the title, and no date.
		chosen := url.Values{"column-id": {"tunnus"}, "column-text": {"otsikko"}}
		if p = planner.post(at+"/kokeile", url.Values{"column-text": {"otsikko"}}); p.status != http.StatusUnprocessableEntity || p.Find("#column-id-error").Length() != 1 || p.Find("#column-text option[selected]").AttrOr("value", "") != "otsikko" {
			t.Errorf("%d %s", p.status, squeezed(p.Find("main").Text()))
		}
		if p = planner.post(at+"/kokeile", url.Values{"column-id": {"nowhere"}, "column-text": {"otsikko"}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a heading that is not there: %d", p.status)
		}
		planner.post(at+"/kokeile", chosen).says(t, "Kokeillaan")
		planner.post(at+"/tuo", nil).says(t, "ehtinyt jo edetä") // not before it has been tried
		s.drain()
		planner.get(at).says(t, "Tulisi uusia4", "Tuo 4 kipinää")
		planner.post(at+"/tuo", nil).says(t, "Tuonti alkoi", "Tuodaan")
		planner.post(at+"/tuo", nil).says(t, "ehtinyt jo edetä")
		s.drain()
		p = planner.get(at)
		p.says(t, "Tuotu", "Uusia4", "Hylättyjä rivejä0")
		if s.sparksNow() != 4 || s.count(`SELECT COUNT(*) FROM import_parts`) != 0 || p.Find(`form[action$="/kokeile"]`).Length() != 0 {
			t.Errorf("%d sparks, %d pieces left", s.sparksNow(), s.count(`SELECT COUNT(*) FROM import_parts`))
		}
		// One of them has been taken further: the rest are taken back.
		list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		s.clock.Advance(time.Hour)
		s.must(s.parts.Sparks.Remind(context.Background(), s.act(list[0].Code), office.Today(s.clock)+3))
		planner.post(at+"/peru", nil).says(t, "Perutaan")
		s.drain()
		planner.get(at).says(t, "Peruttu", "jo tapahtunut jotakin1")
		if s.sparksNow() != 1 {
			t.Errorf("%d sparks left", s.sparksNow())
		}
		planner.get(tuonti).says(t, "Kysely <b> 2018", "Peruttu")
		for _, lang := range []string{"/sv", "/en"} {
			if p := planner.get(lang + at); p.status != http.StatusOK {
				t.Errorf("%s: %d", lang, p.status)
			}
		}
	})
}

func TestAFileThatCannotBeImportedIsRefusedInWords(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner := s.officer(office.Planner)
		fields := map[string]string{"kind": "projects", "source": "EURA", "language": "fi"}
		for name, c := range map[string]struct {
			files  []sentFile
			fields map[string]string
			want   string
		}{
			"none":      {nil, fields, "Valitse tiedosto."},
			"empty":     {[]sentFile{{"file", "a.csv", nil}}, fields, "ei ole otsikkoriviä"},
			"too large": {[]sentFile{{"file", "a.csv", bytes.Repeat([]byte("a;b\n"), (intake.MaxSent+4)/4)}}, fields, "20"},
			"no kind":   {[]sentFile{{"file", "a.csv", []byte(told)}}, map[string]string{"language": "fi"}, "Valitse, mitä tiedoston rivit ovat."},
		} {
			p := planner.send(tuonti, c.fields, c.files...)
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(squeezed(p.Find(".errors").Text()), c.want) || c.fields["source"] != p.Find("#source").AttrOr("value", "") {
				t.Errorf("%s: %d %s", name, p.status, squeezed(p.Find("main").Text()))
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM imports`); n != 0 {
			t.Errorf("%d imports of nothing", n)
		}
		// Columns that nobody could guess are asked for; a file is let go of.
		p := planner.send(tuonti, fields, sentFile{"file", "b.csv", []byte("foo;bar\n1;Melontareitti\n")})
		p.says(t, "Odottaa sarakkeita", "Valitse sarakkeet")
		at := p.path
		planner.post(at+"/kokeile", url.Values{"column-code": {"foo"}, "column-title": {"bar"}})
		s.drain()
		planner.get(at).says(t, "Tuo yksi hanke")
		planner.post(at+"/hylkaa", nil).says(t, "Tiedosto on poistettu")
		if p := planner.get(at); p.status != http.StatusNotFound || s.count(`SELECT COUNT(*) FROM imports`)+s.count(`SELECT COUNT(*) FROM import_parts`) != 0 {
			t.Errorf("%d", p.status)
		}
		// Projects come in and are taken back.
		run := sent(t, s.parts.Intake, intake.Projects, "Luettelo", "koodi,nimi,toteuttaja\nA1,Melontareitti,Kymen Melojat ry\nA1,Sama,x\n")
		s.drain()
		at = tuonti + "/" + run.ID.String()
		planner.get(at).says(t, "Tuo yksi hanke", "Hankekoodi (koodi)")
		planner.post(at+"/tuo", nil)
		s.drain()
		if planner.get(at).says(t, "Uusia1", "Hylättyjä rivejä1"); s.count(`SELECT COUNT(*) FROM projects`) != 1 {
			t.Error("no project")
		}
		planner.post(at+"/peru", nil)
		s.drain()
		if planner.get(at).says(t, "Peruttu"); s.count(`SELECT COUNT(*) FROM projects`) != 0 {
			t.Error("not taken back")
		}
	})
}
