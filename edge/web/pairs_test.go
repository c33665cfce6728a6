package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"kokko/journey/spark"
	"kokko/region/office"
)

// likely is the codes that a list of what may be the same leads to.
func likelyIn(p page, section string) (all []string) {
	p.Find("section[aria-labelledby=" + section + "] > ul > li .code").Each(func(_ int, c *selection) { all = append(all, c.Text()) })
	return all
}

// The office sees on each spark's page what may be the same, hidden ones too, says what
// is not, and is not told of it again from either side until it takes that back.
func TestTheOfficeIsNotToldAgainOfWhatIsNotTheSame(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		a, b := s.drop(spark.Draft{Text: foodTold, Visibility: spark.Public, Language: "fi"}).Spark.Code, s.drop(spark.Draft{Text: foodTyped, Visibility: spark.Office, Language: "fi"}).Spark.Code
		s.drop(spark.Draft{Text: skating, Visibility: spark.Public, Language: "fi"})
		planner := s.officer(office.Planner)
		tells := func(name, at, section, want string) {
			t.Helper()
			if got := strings.Join(likelyIn(planner.get(at), section), " "); got != want {
				t.Errorf("%s: %s tells of %q, want %q", name, at, got, want)
			}
		}
		tells("new", "/toimisto/kipina/"+a, "samat", b)
		tells("new", "/toimisto/kipina/"+b, "samat", a)
		tells("new", "/toimisto/yhdista?a="+a, "lisaa", b)
		for l, prefix := range inLanguages() {
			p := planner.get(prefix + "/toimisto/kipina/" + a)
			whole(t, prefix, p, l)
			if why := p.Find("section[aria-labelledby=samat] .why").Text(); !strings.Contains(why, "lähiruoka") {
				t.Errorf("%q says as reason %q", prefix, why)
			}
		}
		if p := s.officer(office.Viewer).get("/toimisto/kipina/" + a); p.Find("form[action$='/eri']").Length() != 0 {
			t.Error("a viewer may say what is not the same")
		}
		p := planner.post("/toimisto/kipina/"+b+"/eri", url.Values{"k": {a}})
		if p.status != http.StatusOK || p.path != "/toimisto/kipina/"+b || !strings.Contains(p.Find("[role=status]").Text(), a) {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find("[role=status]").Text())
		}
		for range 2 { // also when said again
			tells("another matter", "/toimisto/kipina/"+a, "samat", "")
			tells("another matter", "/toimisto/kipina/"+b, "samat", "")
			tells("another matter", "/toimisto/yhdista?a="+a, "lisaa", "")
			if p := planner.post("/toimisto/kipina/"+a+"/eri", url.Values{"k": {b}, "sinne": {"yhdista"}}); p.path != "/toimisto/yhdista" {
				t.Errorf("led to %s", p.path)
			}
		}
		back := planner.get("/toimisto/kipina/" + a).Find("section[aria-labelledby=samat] details form")
		if back.Length() != 1 || back.Find("[name=k]").AttrOr("value", "") != b {
			t.Fatal("it cannot be taken back")
		}
		planner.post("/toimisto/kipina/"+a+"/eri", url.Values{"k": {b}, "takaisin": {"1"}})
		tells("taken back", "/toimisto/kipina/"+a, "samat", b)
		tells("taken back", "/toimisto/kipina/"+b, "samat", a)
		for path, form := range map[string]url.Values{"/toimisto/kipina/" + a + "/eri": {"k": {"2222-2222"}}, "/toimisto/kipina/2222-2222/eri": {"k": {a}}} {
			if p := planner.post(path, form); p.status != http.StatusNotFound {
				t.Errorf("%s gives %d", path, p.status)
			}
		}
		if p := planner.post("/toimisto/kipina/"+a+"/eri", url.Values{"k": {a}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a spark differs from itself: %d", p.status)
		}
	})
}

// New sparks are looked at by themselves, and the work list says in one line how many
// pairs there are to look at.
func TestPairsAreOneQuietLineOfTheWorkList(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, planner := context.Background(), s.officer(office.Planner)
		line := func() string { return planner.get("/toimisto").Find("main a[href$='/toimisto/samat']").Text() }
		if p := planner.get("/toimisto/samat"); p.status != http.StatusOK || line() != "" {
			t.Errorf("%d, %q before anything was looked at", p.status, line())
		}
		a, b := s.drop(spark.Draft{Text: foodTold, Visibility: spark.Public, Language: "fi"}).Spark.Code, s.drop(spark.Draft{Text: foodTold + " Mukaan koulut.", Visibility: spark.Office, Language: "fi"}).Spark.Code
		c := s.drop(spark.Draft{Text: skating, Visibility: spark.Public, Language: "fi"}).Spark.Code
		for range 2 {
			if err := s.parts.Alike.Walk(ctx, "kouvola"); err != nil {
				t.Fatal(err)
			}
		}
		if got := line(); got != "Yksi pari näyttää samalta asialta" {
			t.Errorf("the work list says %q", got)
		}
		for l, prefix := range inLanguages() {
			p := planner.get(prefix + "/toimisto/samat")
			whole(t, prefix, p, l)
			if text := p.Find("main").Text(); p.status != http.StatusOK || !strings.Contains(text, a) || !strings.Contains(text, b) || strings.Contains(text, c) || !strings.Contains(p.Find(".why").Text(), "lähiruoka") {
				t.Errorf("%q: %d: %s", prefix, p.status, text)
			}
		}
		compare := planner.get("/toimisto/samat").Find("a[href*='/toimisto/yhdista']").AttrOr("href", "")
		if p := planner.get(compare); p.Find(".sides article").Length() != 2 || p.Find("form[action$='/eri']").Length() != 1 {
			t.Errorf("%s does not compare the two", compare)
		}
		if p := planner.post("/toimisto/kipina/"+b+"/eri", url.Values{"k": {a}, "sinne": {"samat"}}); p.path != "/toimisto/samat" || line() != "" {
			t.Errorf("at %s, the work list says %q", p.path, line())
		}
		if err := s.parts.Alike.Walk(ctx, "kouvola"); err != nil || line() != "" {
			t.Errorf("walked again: %v, %q", err, line())
		}
	})
}
