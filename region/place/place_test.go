package place_test

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/programmes"
	"kokko/region/place"
)

func on(t testing.TB, s string) workday.Day {
	t.Helper()
	d, err := workday.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTextFallsBackToTheOriginal(t *testing.T) {
	t.Parallel()
	text := place.NewText("fi", "kylä", "sv", "by", "en", "")
	for lang, want := range map[string]string{"fi": "kylä", "sv": "by", "en": "kylä", "et": "kylä", "": "kylä"} {
		if got := text.In(lang); got != want {
			t.Errorf("in %q: %q, want %q", lang, got, want)
		}
	}
	if text.Has("en") || !text.Has("sv") || text.Empty() || !(place.Text{}).Empty() || (place.Text{}).In("fi") != "" {
		t.Error("what is said and what is not")
	}
	// Plain Finnish is said in Finnish before the original.
	sv := place.NewText("sv", "by", "fi", "kylä")
	plain := place.NewText("sv", "by", "fi", "kylä", "selko", "pieni paikka")
	if sv.In("selko") != "kylä" || plain.In("selko") != "pieni paikka" || plain.In("fi") != "kylä" || place.NewText("sv", "by").In("selko") != "by" {
		t.Error("plain Finnish")
	}
	out, err := json.Marshal(place.NewText("fi", "”kylä”\n", "sv", "by"))
	if err != nil || string(out) != `{"fi":"”kylä”\n","sv":"by"}` {
		t.Errorf("JSON %s, %v", out, err)
	}
	if !place.Same("Verla", "fi", "sv").Equal(place.NewText("fi", "Verla", "sv", "Verla")) {
		t.Error("the same name in every language")
	}
}

func TestOpenEndsAreDaysThatCanBeWritten(t *testing.T) {
	t.Parallel()
	if place.Ever != on(t, "0001-01-01") || place.Still != on(t, "9999-12-31") {
		t.Errorf("%s and %s", place.Ever, place.Still)
	}
	if _, err := json.Marshal(place.Span{From: place.Ever, Until: place.Still}); err != nil {
		t.Error(err)
	}
}

func TestSpans(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		span := func(name string) place.Span {
			from := rapid.IntRange(0, 30).Draw(t, name)
			return place.Span{From: workday.Day(from), Until: workday.Day(from + rapid.IntRange(0, 9).Draw(t, name+" days"))}
		}
		a, b := span("a"), span("b")
		shared := false
		for d := workday.Day(0); d < 50; d++ {
			shared = shared || a.On(d) && b.On(d)
		}
		if a.Overlaps(b) != shared || b.Overlaps(a) != shared {
			t.Fatalf("%v and %v share a day: %v", a, b, shared)
		}
	})
}

// TestKm holds the formula to distances known from elsewhere: a degree of a
// meridian, a quarter of the globe, and Kouvola to Kausala, about 19 km.
func TestKm(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b      place.Point
		km, slack float64
	}{
		{place.Point{Lat: 60, Lon: 26}, place.Point{Lat: 61, Lon: 26}, 111.195, 0.01},
		{place.Point{Lat: 60, Lon: 26}, place.Point{Lat: 60, Lon: 27}, 55.597, 0.01},
		{place.Point{Lat: 0, Lon: 1}, place.Point{Lat: 0, Lon: 91}, 10007.5, 0.1},
		{place.Point{Lat: 1, Lon: 0}, place.Point{Lat: -1, Lon: 180}, 20015.1, 0.1},
		{place.Point{Lat: 60.8701, Lon: 26.7014}, place.Point{Lat: 60.8777, Lon: 26.3651}, 18.2, 0.3},
	} {
		if got := place.Km(c.a, c.b); math.Abs(got-c.km) > c.slack {
			t.Errorf("%v to %v: %.3f km, want %.3f", c.a, c.b, got, c.km)
		}
	}
}

func TestKmIsADistance(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		point := func(name string) place.Point {
			return place.Point{Lat: rapid.Float64Range(-90, 90).Draw(t, name), Lon: rapid.Float64Range(-180, 180).Draw(t, name)}
		}
		a, b, c := point("a"), point("b"), point("c")
		ab, ba := place.Km(a, b), place.Km(b, a)
		if math.Abs(ab-ba) > 1e-6 || ab < 0 || ab > 20016 || place.Km(a, a) != 0 {
			t.Fatalf("%v %v: %v and %v", a, b, ab, ba)
		}
		if ab > place.Km(a, c)+place.Km(c, b)+1e-3 {
			t.Fatalf("the way over %v is shorter", c)
		}
	})
}

func TestNear(t *testing.T) {
	t.Parallel()
	places := []place.Place{
		{ID: "kausala", At: place.Point{Lat: 60.8777, Lon: 26.3651}},
		{ID: "b-koria", At: place.Point{Lat: 60.8158, Lon: 26.5562}},
		{ID: "a-koria", At: place.Point{Lat: 60.8158, Lon: 26.5562}},
		{ID: "nowhere"},
		{ID: "anjala", At: place.Point{Lat: 60.6935, Lon: 26.7803}},
	}
	var got []string
	last := 0.0
	for _, n := range place.Near(places, place.Point{Lat: 60.8701, Lon: 26.7014}, 22) {
		got = append(got, n.Place.ID)
		if n.Km < last || n.Km > 22 {
			t.Errorf("%s is %.1f km away after %.1f", n.Place.ID, n.Km, last)
		}
		last = n.Km
	}
	if want := "a-koria b-koria kausala anjala"; strings.Join(got, " ") != want {
		t.Errorf("near: %v, want %s", got, want)
	}
	if place.Near(places, place.Point{}, 20000) != nil || place.Near(places, place.Point{Lat: math.NaN()}, 20000) != nil {
		t.Error("nothing is near an unknown point")
	}
}

func TestAreasAreDated(t *testing.T) {
	t.Parallel()
	a := place.Area{
		ID: "kouvola", Name: place.Same("Kouvola", "fi"), Formed: on(t, "2009-01-01"),
		Members: []place.Span{{From: on(t, "2010-01-01"), Until: on(t, "2011-12-31")}, {From: on(t, "2014-01-01"), Until: place.Still}},
		Counties: []place.County{
			{Code: "08", Span: place.Span{From: on(t, "2009-01-01"), Until: on(t, "2020-12-31")}},
			{Code: "07", Span: place.Span{From: on(t, "2021-01-01"), Until: place.Still}},
		},
		Former: []place.Merged{{ID: "jaala", Name: place.Same("Jaala", "fi"), Span: place.Span{From: place.Ever, Until: on(t, "2008-12-31")}}},
	}
	for day, member := range map[string]bool{"2009-12-31": false, "2010-01-01": true, "2011-12-31": true, "2012-06-01": false, "2026-01-01": true} {
		if a.MemberOn(on(t, day)) != member {
			t.Errorf("member on %s: %v", day, !member)
		}
	}
	if c, ok := a.CountyOn(on(t, "2021-01-01")); !ok || c.Code != "07" {
		t.Errorf("county %v", c)
	}
	if _, ok := a.CountyOn(on(t, "2008-01-01")); ok {
		t.Error("no county is told for 2008")
	}
	wholes := a.Wholes()
	if len(wholes) != 2 || wholes[1].Kind != place.Former || wholes[1].Span.Until != on(t, "2008-12-31") {
		t.Errorf("wholes: %v", wholes)
	}
	if name, ok := a.MunicipalityOn(place.Place{ID: "verla", Former: "jaala"}, on(t, "2008-12-31")); !ok || name.In("fi") != "Jaala" {
		t.Errorf("Verla was in %q", name.In("fi"))
	}
	if _, ok := a.MunicipalityOn(place.Place{ID: "verla"}, on(t, "2008-12-31")); ok {
		t.Error("where it was is not known")
	}
}

func shipped(t testing.TB) []byte {
	t.Helper()
	src, err := fs.ReadFile(programmes.Files(), "kouvola.map.json")
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func read(t testing.TB) place.Map {
	t.Helper()
	m, err := place.ReadMap(shipped(t), []string{"kouvola", "iitti"}, []string{"fi", "sv", "en"})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheShippedMap(t *testing.T) {
	t.Parallel()
	if n := len(shipped(t)); n > 6<<10 {
		t.Errorf("the outline is %d bytes, at most 6 KiB is allowed", n)
	}
	m := read(t)
	if !m.Known() || len(m.Areas) != 2 || len(m.Around) != 12 || !strings.Contains(m.Source, "National Land Survey of Finland") {
		t.Errorf("%d areas, %d around, %q", len(m.Areas), len(m.Around), m.Source)
	}
	if m.Areas[1].Name.In("sv") != "Itis" {
		t.Errorf("Iitti is %q in Swedish", m.Areas[1].Name.In("sv"))
	}
	w, h := m.Size()
	if m.ViewBox != fmt.Sprintf("0 0 %g %g", w, h) {
		t.Errorf("view box %q for %g × %g", m.ViewBox, w, h)
	}
	for _, a := range m.Areas {
		for _, c := range corners(t, a.Path) {
			if c[0] < 0 || c[1] < 0 || c[0] > w || c[1] > h {
				t.Errorf("%s runs off the drawing at %v", a.ID, c)
			}
		}
	}
	// Equal distances on the ground are equal on the drawing, whichever way they run.
	middle := m.Areas[0].At
	unit := func(lat, lon float64) float64 {
		x, y := m.Project(middle.Lat, middle.Lon)
		x2, y2 := m.Project(lat, lon)
		return math.Hypot(x2-x, y2-y) / place.Km(middle, place.Point{Lat: lat, Lon: lon})
	}
	if north, east := unit(middle.Lat+0.1, middle.Lon), unit(middle.Lat, middle.Lon+0.2); math.Abs(north/east-1) > 0.01 {
		t.Errorf("%.3f units a km to the north, %.3f to the east", north, east)
	}
	// Kouvola's town is inside Kouvola and not inside Iitti.
	x, y := m.Project(60.8701, 26.7014)
	if !inside(corners(t, m.Areas[0].Path), x, y) || inside(corners(t, m.Areas[1].Path), x, y) {
		t.Error("Kouvola is not in Kouvola")
	}
}

// corners reads path data back: M x y, then l dx dy …, then z.
func corners(t testing.TB, path string) [][2]float64 {
	t.Helper()
	if ok, _ := regexp.MatchString(`^M-?[0-9.]+ -?[0-9.]+(l-?[0-9.]+ -?[0-9.]+)+z$`, path); !ok {
		t.Fatalf("no path data: %.60q", path)
	}
	var out [][2]float64
	for i, part := range strings.FieldsFunc(path, func(r rune) bool { return strings.ContainsRune("Mlz", r) }) {
		a, b, _ := strings.Cut(part, " ")
		x, err := strconv.ParseFloat(a, 64)
		y, err2 := strconv.ParseFloat(b, 64)
		if err != nil || err2 != nil {
			t.Fatalf("%q: %v %v", part, err, err2)
		}
		if i > 0 {
			x, y = x+out[i-1][0], y+out[i-1][1]
		}
		out = append(out, [2]float64{x, y})
	}
	return out
}

// inside counts crossings of a ray to the right.
func inside(ring [][2]float64, x, y float64) bool {
	in := false
	for i, j := 0, len(ring)-1; i < len(ring); j, i = i, i+1 {
		a, b := ring[i], ring[j]
		if (a[1] > y) != (b[1] > y) && x < (b[0]-a[0])*(y-a[1])/(b[1]-a[1])+a[0] {
			in = !in
		}
	}
	return in
}

func TestProjectionRunsBothWays(t *testing.T) {
	t.Parallel()
	m := read(t)
	rapid.Check(t, func(t *rapid.T) {
		p := place.Point{Lat: rapid.Float64Range(60, 62).Draw(t, "lat"), Lon: rapid.Float64Range(25, 28).Draw(t, "lon")}
		x, y := m.Project(p.Lat, p.Lon)
		back := m.Locate(x, y)
		if math.Abs(back.Lat-p.Lat) > 1e-9 || math.Abs(back.Lon-p.Lon) > 1e-9 {
			t.Fatalf("%v came back as %v", p, back)
		}
		if x2, y2 := m.Project(p.Lat+0.01, p.Lon+0.01); x2 <= x || y2 >= y {
			t.Fatal("east is right and north is up")
		}
	})
}

func TestHostileMapsAreRefused(t *testing.T) {
	t.Parallel()
	area := func(ring string) string {
		return `{"format":1,"source":"x","scale":1000,"areas":[{"id":"a","name":{"fi":"A"},"ring":` + ring + `}]}`
	}
	for name, c := range map[string]struct{ src, key string }{
		"nothing":         {"", "place.map.json"},
		"two":             {area("[26000,60000,100,0,0,100]") + "{}", "place.map.json"},
		"unknown key":     {`{"format":1,"crs":"x"}`, "place.map.json"},
		"deep":            {strings.Repeat("[", 60_000), "place.map.json"},
		"a float":         {area("[26000.5,60000,100,0,0,100]"), "place.map.json"},
		"too large":       {strings.Repeat(" ", 64<<10) + "{}", "place.map.large"},
		"format":          {`{"format":2,"source":"x","scale":1,"areas":[]}`, "place.map.format"},
		"no source":       {`{"format":1,"scale":1,"areas":[]}`, "place.map.source"},
		"scale":           {`{"format":1,"source":"x","scale":0,"areas":[]}`, "place.map.scale"},
		"no areas":        {`{"format":1,"source":"x","scale":1,"areas":[]}`, "place.map.missing"},
		"odd ring":        {area("[26000,60000,100,0,0,100,5]"), "place.map.ring"},
		"short ring":      {area("[26000,60000,100,0]"), "place.map.ring"},
		"a line":          {area("[26000,60000,100,0,100,0]"), "place.map.ring"},
		"off the globe":   {area("[26000,99000,100,0,0,100]"), "place.map.point"},
		"over the pole":   {area("[26000,84000,100,0,0,5000]"), "place.map.point"},
		"overflow":        {area("[9223372036854775807,60000,9223372036854775807,0,0,100]"), "place.map.point"},
		"twice":           {`{"format":1,"source":"x","scale":1000,"areas":[{"id":"a","ring":[26000,60000,9,0,0,9]},{"id":"a","ring":[26000,60000,9,0,0,9]}]}`, "place.map.id"},
		"too many":        {`{"format":1,"source":"x","scale":1,"areas":[` + strings.TrimSuffix(strings.Repeat("{},", 61), ",") + `]}`, "place.map.many"},
		"too many points": {area("[26000,60000,100,0,0,100" + strings.Repeat(",1,0", 6000) + "]"), "place.map.ring"},
	} {
		_, err := place.ReadMap([]byte(c.src), []string{"a"}, []string{"fi"})
		found := false
		for _, e := range fault.List(err) {
			found = found || e.Key == c.key
		}
		if !found {
			t.Errorf("%s: want %s, got %v", name, c.key, err)
		}
	}
	if _, err := place.ReadMap([]byte(area("[26000,60000,100,0,0,100]")), []string{"a"}, []string{"fi"}); err != nil {
		t.Errorf("a small map is fine: %v", err)
	}
}

func FuzzReadMap(f *testing.F) {
	f.Add(shipped(f))
	f.Add([]byte(`{"format":1,"source":"x","scale":1000,"areas":[{"id":"kouvola","name":{"fi":"A"},"ring":[26000,60000,100,0,0,100]}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := place.ReadMap(src, []string{"kouvola"}, []string{"fi"})
		if err != nil {
			return
		}
		w, h := m.Size()
		if len(m.Areas) != 1 || math.IsNaN(h) || math.IsInf(h, 0) || w <= 0 || h <= 0 {
			t.Fatalf("%d areas on %g × %g", len(m.Areas), w, h)
		}
		for _, a := range append(m.Areas, m.Around...) {
			corners(t, a.Path)
		}
	})
}
