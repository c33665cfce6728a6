package web_test

import (
	"net/http"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/journey/spark"
)

// TestBrowserSimilarWhileWriting: somebody writes of what is there already. It is told
// of below the field, with JavaScript as they write and without it after the first step;
// they say that theirs is different and go on, or join what is there with their words
// kept, and come back with all of it.
func TestBrowserSimilarWhileWriting(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		there, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Place: "Elimäki"})
		typed := words.text + " " + words.title
		p := s.phone(t, scripts)
		p.Open(s.page("/"))
		browsertest.Axe(t, p)
		p.Paste("#text", typed)
		const link, same, other = "[data-near] h3 a", "[data-near] button[name=sama]", "[data-near] button[name=erota]"
		if scripts {
			p.WaitFor(link)
			shows(t, p, "[data-near] [role=status]", s.say.N("call.near.said", 1))
			browsertest.Axe(t, p)
		}
		follows(t, p, "button[name=step]", http.StatusOK)
		p.WaitFor(link)
		if at := p.Attribute(link, "href"); !strings.HasSuffix(at, "/kipina/"+there.Code) {
			t.Errorf("%s is told of, want %s", at, there.Code)
		}
		shows(t, p, "[aria-labelledby=near]", "Elimä")
		browsertest.Axe(t, p)
		if over := p.Overflow(); over > 0 {
			t.Errorf("the list is %d px too wide", over)
		}

		// Join it, and come back after all.
		follows(t, p, same, http.StatusOK)
		if got := p.Value("#words"); flat(got) != flat(typed) {
			t.Errorf("of what was written %q is kept", got)
		}
		shows(t, p, "[aria-labelledby=spark]", words.title)
		browsertest.Axe(t, p)
		if over := p.Overflow(); over > 0 {
			t.Errorf("the page is %d px too wide", over)
		}
		follows(t, p, "[aria-labelledby=own] button", http.StatusOK)
		if got := p.Value("#text"); flat(got) != flat(typed) {
			t.Errorf("back at the form %q is left", got)
		}

		// Mine is different: it goes from the list, and does not come again.
		p.Open(s.page("/kipina"))
		p.Paste("#text", typed)
		if scripts {
			p.WaitFor(link)
			p.Click(other)
			if !p.Has("form input[name=eri][value='" + there.Code + "']") {
				t.Error("what was said does not go along")
			}
			shows(t, p, "[data-near] [role=status]", s.T("call.near.gone"))
			if p.Has(link) || p.Focused().ID != "text" {
				t.Errorf("it stays, or the focus is lost: %+v", p.Focused())
			}
			p.Paste("#text", typed+" "+words.more)
			p.Press(" ")
		} else {
			follows(t, p, "form[action$='/kipina'] > .actions button", http.StatusOK)
			shows(t, p, "[aria-labelledby=near]", strings.TrimSuffix(words.title, ".")) // the receipt tells of it, once
			browsertest.Axe(t, p)
		}
		for _, asked := range p.Requests() {
			if strings.Contains(asked, "?") && strings.Contains(asked, "text") {
				t.Errorf("what was typed is in an address: %s", asked)
			}
		}
		if scripts {
			// What was said goes along to the receipt.
			follows(t, p, "form[action$='/kipina'] > .actions button", http.StatusOK)
			if !strings.Contains(p.URL(), "/kiitos") || p.Has("[aria-labelledby=near]") {
				t.Errorf("sent to %s, tells again: %v", p.URL(), p.Has("[aria-labelledby=near]"))
			}
		}
	})
}
