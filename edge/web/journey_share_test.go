package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
)

// TestBrowserASparkIsToldOnward: a resident finds a spark, makes a link of their own,
// a neighbour opens it and reads the story, and the resident sees that it was opened,
// when it has been often enough.
func TestBrowserASparkIsToldOnward(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		sp, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Place: "Elimäki", Name: words.name})
		phone := s.phone(t, scripts)
		phone.Open(s.page("/kipina/" + sp.Code))
		follows(t, phone, "#kerro a[href$='/kerro']", http.StatusOK)
		browsertest.Axe(t, phone)
		follows(t, phone, "form[action$='/kerro'] .button", http.StatusUnprocessableEntity)
		shows(t, phone, ".errors", s.T("fault.share.consent.missing"))
		browsertest.Axe(t, phone)
		phone.Click("#consent")
		follows(t, phone, "form[action$='/kerro'] .button", http.StatusOK)
		browsertest.Axe(t, phone)
		own, link := phone.URL(), phone.Attribute("#jakolinkki", "href")
		shows(t, phone, "[data-step=opened]", s.T("share.few", "n", 5))

		for range 5 {
			neighbour := s.phone(t, scripts)
			neighbour.Open(link)
			browsertest.Axe(t, neighbour)
			follows(t, neighbour, "form[action*='/k/'] .button", http.StatusOK)
			if at := neighbour.URL(); !strings.HasSuffix(at, "/kipina/"+sp.Code+"/tarina") {
				t.Fatalf("the link leads to %s", at)
			}
			shows(t, neighbour, "main", words.text)
			browsertest.Axe(t, neighbour)
			s.decent(t, neighbour, false)
		}
		phone.Open(own)
		shows(t, phone, "[data-step=opened]", "5")
		follows(t, phone, "form[action$='/poisto'] .button", http.StatusOK)
		phone.Open(link)
		shows(t, phone, "main", s.T("fault.share.none"))
	})
}
