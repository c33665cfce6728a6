package web_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

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
			"workbook":  {[]sentFile{{"file", "a.xlsx", []byte("PK\x03\x04\x14\x00\x06\x00")}}, fields, "Tallenna nimellä"},
			"old one":   {[]sentFile{{"file", "a.csv", []byte("\xD0\xCF\x11\xE0\xA1\xB1")}}, fields, "Tallenna nimellä"},
			"picture":   {[]sentFile{{"file", "a.csv", []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR;x\n1;2\n")}}, fields, "ei ole taulukko"},
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

// Whatever is in a file, every page about it is whole, nothing is left half done, and
// what can be read of it is.
func TestAHostileFileHarmsNothing(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner := s.officer(office.Planner)
		wide := func(text string) []byte { // as a spreadsheet's "Unicode text"
			out := []byte{0xFF, 0xFE}
			for _, u := range utf16.Encode([]rune(text)) {
				out = append(out, byte(u), byte(u>>8))
			}
			return out
		}
		for i, c := range []struct {
			name string
			file []byte
			want string // on the page, once it has been tried
		}{
			{"UTF-16", wide("id\ttext\n1\tÄitien penkki\n"), "Tulisi uusia1"},
			{"Windows", []byte("id;text\n1;\xc4itien penkki \x80 5\n"), "Tulisi uusia1"},
			{"carriage returns", []byte("id;text\r1;Penkki\r2;Laituri\r"), ""},
			{"formulas", []byte("id;text;title\n=1;=HYPERLINK(\"\"http://x.example\"\");@SUM(A1)\n"), ""},
			{"quoted formulas", []byte("id,text,title\n1,\"=cmd|' /C calc'!A0\",+1-1\n"), "Tulisi uusia1"},
			{"never closed", []byte("id,text\n1,\"Penkki" + strings.Repeat("\n2,x", 2000)), "Hylättäisiin"},
			{"a huge line", []byte("id,text\n1," + strings.Repeat("ä", 400<<10) + "\n2,Laituri\n"), "Tulisi uusia1"},
			{"huge headings", []byte("id,text," + strings.Repeat("h", 60<<10) + "\n1,Penkki,x\n"), "Tulisi uusia1"},
			{"many columns", []byte("id,text" + strings.Repeat(",x", 1000) + "\n1,Penkki\n"), ""},
			{"one heading often", []byte("id,text,text,text\n1,Penkki,x,y\n"), ""},
			{"marked up", []byte("<script>alert(1)</script>,\"text\"\" autofocus\"\n1,<img src=x onerror=alert(1)>\n"), "Valitse sarakkeet"},
			{"hidden letters", []byte("id,text\n1,Penk\u202eki\u200b \u0007\n"), "Tulisi uusia1"},
			{"no letters", []byte("id,text\n1,\xff\xfe\xfd\n2,Äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti äiti\n"), ""},
			{"blank lines", []byte("\n\n\nid,text\n\n1,Penkki\n\n"), ""},
		} {
			p := planner.send(tuonti, map[string]string{"kind": "sparks", "source": fmt.Sprintf("Kysely %d", i), "language": "fi"}, sentFile{"file", "a.csv", c.file})
			if p.status == http.StatusUnprocessableEntity && c.want == "" {
				continue // refused in words
			}
			s.drain()
			at := p.path
			if p = planner.get(at); p.status != http.StatusOK || len(p.body) > 1<<20 || p.Find("main script, main img, main [onerror], main option[autofocus]").Length() > 0 || p.Find("main h1").Length() != 1 {
				t.Errorf("%s: %d, %d bytes at %s", c.name, p.status, len(p.body), at)
				continue
			}
			if text := squeezed(p.Find("main").Text()); !strings.Contains(text, c.want) {
				t.Errorf("%s does not say %q: %s", c.name, c.want, text[:min(len(text), 600)])
			}
			if p.Find(`form[action$="/tuo"]`).Length() == 1 {
				planner.post(at+"/tuo", nil)
				s.drain()
				if p = planner.get(at); !strings.Contains(p.Find("main").Text(), "Tuotu") {
					t.Errorf("%s is not taken in", c.name)
				}
			}
		}
		list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{})
		if err != nil || len(list) < 6 {
			t.Fatalf("%d sparks, %v", len(list), err)
		}
		for _, sp := range list {
			if strings.ContainsAny(sp.Title+sp.Text, "\u202e\u200b\u0007\x00") || s.visitor().get("/kipina/"+sp.Code).status != http.StatusOK {
				t.Errorf("%q %q", sp.Title, sp.Text)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM jobs`); n != 0 {
			t.Errorf("%d jobs are left", n)
		}
	})
}
