package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/journey/spark"
)

func TestAVillagePastesItsPlan(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		p := r.get("/kylasuunnitelma?paikka=Elim%C3%A4ki")
		if p.status != http.StatusOK || p.Find(`#place`).AttrOr("value", "") != "Elimäki" {
			t.Fatalf("%d", p.status)
		}
		if p = r.post("/kylasuunnitelma", url.Values{"plan": {" "}}); p.status != http.StatusUnprocessableEntity || p.Find("#plan-error").Length() != 1 {
			t.Errorf("%d", p.status)
		}
		p = r.post("/kylasuunnitelma", url.Values{"plan": {"- Laavu rantaan\n- Polku <b>kouluun</b>\n- Turha\n"}, "place": {"Elimäki"}})
		form := fields(p, "main form")
		if p.status != http.StatusOK || form.Get("title1") != "Laavu rantaan" || form.Get("place") != "Elimäki" || form.Get("items") != "3" {
			t.Fatalf("%d %v", p.status, form)
		}
		s.clock.Advance(time.Minute) // who sends a form at once is looked at first
		form.Del("take3")
		form.Set("text2", "")
		form.Set("email", "maija@kylla.example")
		if p = r.post("/kylasuunnitelma", form); p.status != http.StatusUnprocessableEntity || p.Find("#text2-error").Length() != 1 || p.Find("#email").AttrOr("value", "") != "maija@kylla.example" {
			t.Fatalf("%d %s", p.status, squeezed(p.Find("main").Text()))
		}
		form.Set("text2", "Valaistu polku.")
		if p = r.post("/kylasuunnitelma", form); p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
			t.Fatalf("%d %s %s", p.status, p.path, squeezed(p.Find("main").Text()))
		}
		own := r.get(strings.TrimSuffix(p.path, "/kiitos"))
		for _, want := range []string{"Laavu rantaan", "Polku <b>kouluun</b>"} {
			if !strings.Contains(own.Find("main").Text(), want) {
				t.Errorf("the link does not lead to %q", want)
			}
		}
		list, _, err := spark.List(t.Context(), s.db, "kouvola", spark.Filter{})
		shown := 0
		for _, sp := range list {
			if sp.SplitFrom != 0 && sp.Place == "elimaki-taajama" {
				shown++
			}
		}
		if err != nil || shown != 2 {
			t.Errorf("%d items are listed, %v", shown, err)
		}
	})
}
