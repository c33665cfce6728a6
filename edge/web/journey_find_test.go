package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
)

// TestBrowserSomebodyFinds: a resident finds a spark from any page by a bent word, which
// lights up; finds nothing by another word and drops it as a spark, with the words
// already there. With scripts the question is completed by the keyboard alone.
func TestBrowserSomebodyFinds(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		sp, _ := s.drops(t, spark.Draft{Text: "Laituri kuntoon talkoilla. Rannalle tulisi sauna kaikille.", Language: "fi", Place: "Kausala"})
		must(t, s.parts.Index.Count(t.Context(), s.db, "kouvola"))
		phone := s.phone(t, scripts)
		phone.Open(s.page("/kipinat"))
		if scripts {
			phone.Press("/")
			if phone.Focused().ID != "haku" {
				t.Fatalf("/ leads to %+v", phone.Focused())
			}
			phone.Fill("#haku", "laitu")
			phone.WaitFor("[role=option][data-value=laituri]")
			browsertest.Axe(t, phone)
			phone.Press(browsertest.Down)
			phone.WaitFor("[role=option][aria-selected=true]")
			if phone.Attribute("#haku", "aria-activedescendant") != phone.Attribute("[aria-selected=true]", "id") || phone.Attribute("#haku", "aria-expanded") != "true" {
				t.Error("the field does not say which line is chosen")
			}
			phone.Press(browsertest.Escape)
			if phone.Attribute("#haku", "aria-expanded") != "false" || phone.Value("#haku") != "laitu" {
				t.Error("Esc does not put the list away")
			}
		}
		phone.Paste("#haku", "laiturit")
		follows(t, phone, "header .find .button", http.StatusOK)
		browsertest.Axe(t, phone)
		if !phone.Has("a[href$='" + sp.Code + "']") {
			t.Fatalf("not found: %s", phone.Text("main"))
		}
		shows(t, phone, ".sparks mark", "Laituri")
		phone.Paste("#haku", "kvanttitietokonekerho")
		follows(t, phone, "main .find .button", http.StatusOK)
		shows(t, phone, "main", s.T("find.none.title"), s.T("find.none.do"))
		browsertest.Axe(t, phone)
		if n := phone.Overflow(); n > 0 {
			t.Errorf("%d pixels too wide", n)
		}
		follows(t, phone, "main form[action$='/kipina'] .button", http.StatusOK)
		if got := phone.Value("textarea[name=text]"); strings.TrimSpace(got) != "kvanttitietokonekerho" {
			t.Errorf("the words are lost: %q", got)
		}
		if got := phone.Requests(); len(phone.Foreign(s.url)) > 0 {
			t.Errorf("asked elsewhere: %v", got)
		}
	})
}
