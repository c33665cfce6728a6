package web_test

import (
	"context"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kokko/journey/spark"
	"kokko/region/place"
)

func TestPlacesCountOnlyWhatAnybodyMaySee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, d := range []spark.Draft{
			{Text: "Yksi.", Place: "Savero"}, {Text: "Kaksi.", Place: "savero"}, {Text: "Kolme.", Place: "Kuusankoski"},
			{Text: "Ei missään."}, {Text: "Muualla.", Place: "Timbuktu"},
			{Text: "Salattu toimistolle.", Place: "Savero", Visibility: spark.Office}, {Text: "Salattu.", Place: "Savero", Secret: true},
		} {
			s.dropped(d)
		}
		gone := s.dropped(spark.Draft{Text: "Pois.", Place: "Savero"})
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", gone.Link, false); err != nil {
			t.Fatal(err)
		}
		counts, err := spark.CountByPlace(context.Background(), s.db, "kouvola")
		if err != nil {
			t.Fatal(err)
		}
		if counts["savero"] != 2 || counts[""] != 2 {
			t.Errorf("counts %v", counts)
		}
		if other, err := spark.CountByPlace(context.Background(), s.db, "muualla"); err != nil || len(other) != 0 {
			t.Errorf("another region counts %v, %v", other, err)
		}
		p := s.visitor().get("/paikat")
		total := 0
		p.Find("table:has(#places-table) tbody tr").Each(func(_ int, row *goquery.Selection) {
			n, err := strconv.Atoi(strings.TrimSpace(row.Find("td.num").Text()))
			if err != nil {
				t.Error(err)
			}
			total += n
			if name := strings.TrimSpace(row.Find("th").Text()); name == "Savero" && n != 2 {
				t.Errorf("Savero has %d", n)
			}
		})
		if total != 3 || p.Find("table:has(#places-table) tbody tr").Length() != len(s.edition.Places) {
			t.Errorf("the table counts %d sparks in %d rows", total, p.Find("tbody tr").Length())
		}
		if !strings.Contains(p.body, "Lisäksi 2 kipinää") {
			t.Error("the sparks that are nowhere are not told of")
		}
		if title := p.Find("svg.map a[href='/paikat/savero'] title").Text(); title != "Savero: 2 kipinää" {
			t.Errorf("the map says %q", title)
		}
	})
}

// The map's links must be a finger apart and its labels must not lie on each other.
func TestTheMapCanBeReadAndTouched(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.dropped(spark.Draft{Text: "Yksi.", Place: "Utti"})
		p := s.visitor().get("/paikat")
		svg := p.Find("svg.map")
		if svg.Find("title#map-title").Length() != 1 || svg.Find("desc#map-desc").Length() != 1 || svg.Find("path.area").Length() != 2 {
			t.Fatal("the map lacks its title, its description or an outline")
		}
		if !strings.Contains(p.Find("figcaption").Text(), "National Land Survey of Finland, CC BY 4.0") {
			t.Error("the map does not say whose it is")
		}
		number := func(sel *goquery.Selection, at string) float64 {
			f, err := strconv.ParseFloat(sel.AttrOr(at, ""), 64)
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		var dots []place.Point
		svg.Find("a").Each(func(_ int, a *goquery.Selection) {
			c := a.Find("circle.dot")
			at := place.Point{Lat: number(c, "cy"), Lon: number(c, "cx")}
			for _, o := range dots {
				if math.Hypot(at.Lat-o.Lat, at.Lon-o.Lon) < 33.8 { // corners are rounded to a tenth
					t.Errorf("%s is %.1f from another link", a.Find("title").Text(), math.Hypot(at.Lat-o.Lat, at.Lon-o.Lon))
				}
			}
			dots = append(dots, at)
		})
		known := 0
		for _, q := range s.edition.Places {
			if q.At.Known() {
				known++
			}
		}
		if drawn := svg.Find("circle.dot").Length(); drawn != known || len(dots) < 10 {
			t.Errorf("%d dots for %d places, %d of them links", drawn, known, len(dots))
		}
		type rect struct{ l, t, r, b float64 }
		var labels []rect
		svg.Find("text:not(.big)").Each(func(_ int, x *goquery.Selection) {
			w := float64(len([]rune(x.Text()))) * 5.6
			l, base := number(x, "x"), number(x, "y")
			switch x.AttrOr("text-anchor", "") {
			case "end":
				l -= w
			case "middle":
				l -= w / 2
			}
			r := rect{l, base - 8.8, l + w, base + 1.8}
			for _, o := range labels {
				if r.l < o.r && o.l < r.r && r.t < o.b && o.t < r.b {
					t.Errorf("the label %q lies on another", x.Text())
				}
			}
			labels = append(labels, r)
		})
		if len(labels) < 8 {
			t.Errorf("only %d labels", len(labels))
		}
	})
}

func TestAPlaceIsFoundByItsOldNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for name, want := range map[string]string{
			"Kuusankoski": "kuusankoski", "kuusankoski": "kuusankoski", "ELIMAKI": "elimaki", "Elimä": "elimaki", "vanha Kouvola": "former-kouvola",
			"Itis": "iitti", "vekaran": "vekaranjarvi", "Kasarminmäki": "kasarminmaki", "  savero ": "savero",
		} {
			p := s.visitor().get("/paikat?nimi=" + url.QueryEscape(name))
			if p.Find("section:has(#found) a[href='/paikat/"+want+"']").Length() != 1 {
				t.Errorf("%q does not lead to %s: %s", name, want, squeezed(p.Find("section:has(#found)").Text()))
			}
			if got := p.Find("#nimi").AttrOr("value", ""); got != strings.TrimSpace(name) {
				t.Errorf("the box forgot %q: %q", name, got)
			}
		}
		for _, hostile := range []string{"<script>alert(1)</script>", "\x00\xff\u202e", strings.Repeat("ä", 2500), "%", "ei ole tällaista"} {
			p := s.visitor().get("/paikat?nimi=" + url.QueryEscape(hostile))
			if p.status != http.StatusOK || p.Find("main script").Length() != 0 || strings.ContainsRune(p.body, '\u202e') {
				t.Errorf("%q: %d", hostile, p.status)
			}
		}
	})
}

// No two places are called the same where one is picked, in any language.
func TestPlacesOfOneNameAreToldApart(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for _, lang := range []string{"", "/sv", "/en"} {
			for path, each := range map[string]string{"/paikat": "th[scope=row] a[href*='/paikat/']", "/verkosto": "select#paikka option"} {
				seen := map[string]bool{}
				s.visitor().get(lang + path).Find(each).Each(func(_ int, x *goquery.Selection) {
					if name := squeezed(x.Text()); seen[name] {
						t.Errorf("%s%s has two called %q", lang, path, name)
					} else {
						seen[name] = true
					}
				})
				if len(seen) < 20 {
					t.Errorf("%s%s: only %d names", lang, path, len(seen))
				}
			}
		}
		if p := s.visitor().get("/paikat?nimi=Elim%C3%A4ki").Find("section:has(#found)").Text(); !strings.Contains(p, "Elimäki (taajama)") || !strings.Contains(p, "Elimäki (entinen kunta)") {
			t.Errorf("%s", p)
		}
	})
}

func TestAMunicipalityTellsItsDates(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		text := squeezed(s.visitor().get("/paikat/iitti").Find("main").Text())
		for _, want := range []string{"Kymenlaakso, 31.12.2020 saakka", "Päijät-Häme, 1.1.2021 alkaen"} {
			if !strings.Contains(text, want) {
				t.Errorf("Iitti does not say %q", want)
			}
		}
		text = squeezed(s.visitor().get("/paikat/kuusankoski").Find("main").Text())
		for _, want := range []string{"Entinen kunta. Nykyinen kunta: Kouvola", "31.12.2008 saakka"} {
			if !strings.Contains(text, want) {
				t.Errorf("Kuusankoski does not say %q in %s", want, text)
			}
		}
	})
}

func TestAPlaceShowsItsSparksAndThoseInsideIt(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for range 23 {
			s.dropped(spark.Draft{Text: "Saveron kipinä", Place: "Savero"})
		}
		s.dropped(spark.Draft{Text: "Koko kaupungin kipinä", Place: "Kouvola"})
		s.dropped(spark.Draft{Text: "Iitin kipinä", Place: "Kausala"})
		s.dropped(spark.Draft{Text: "Toimiston kipinä", Place: "Savero", Visibility: spark.Office})

		p := s.visitor().get("/paikat/savero")
		if n := p.Find("ol.sparks > li").Length(); n != 20 {
			t.Errorf("%d sparks on the first page", n)
		}
		older := p.Find("a[rel=next]").AttrOr("href", "")
		p2 := s.visitor().get(older)
		if n := p2.Find("ol.sparks > li").Length(); n != 3 || p2.Find("a[rel=next]").Length() != 0 {
			t.Errorf("%d sparks on the second page", n)
		}
		if strings.Contains(p.body+p2.body, "Toimiston kipinä") {
			t.Error("a spark of the office's is shown")
		}
		if p.Find("a[href='/kipina?paikka=Savero']").Length() != 1 {
			t.Error("no way to drop one here")
		}
		if !strings.Contains(p.Find("aside").Text(), " km") {
			t.Error("no near places")
		}
		if bad := s.visitor().get("/paikat/savero?sivu=rikki"); bad.status != http.StatusUnprocessableEntity {
			t.Errorf("a broken cursor gives %d", bad.status)
		}
		whole := s.visitor().get("/paikat/kouvola")
		if n := whole.Find("ol.sparks > li").Length(); n != 20 || !strings.Contains(whole.body, "Koko kaupungin kipinä") || strings.Contains(whole.body, "Iitin kipinä") {
			t.Errorf("the municipality shows %d sparks, or another's", n)
		}
		if !strings.Contains(squeezed(whole.body), "kipinän paikka on Savero ja se kuuluu tänne: Kouvola") {
			t.Error("a spark inside does not say why it is here")
		}
	})
}
