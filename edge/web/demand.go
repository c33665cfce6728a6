package web

import (
	"net/http"
	"net/url"

	"kokko/engine/language"
	"kokko/journey/challenge"
	"kokko/region/demand"
	"kokko/region/office"
)

// What was looked for and found nowhere, as the office may hear of it.

const demandAt = "/toimisto/kaivattu"

func demandRoutes() []route {
	return []route{
		{pattern: "GET " + demandAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).unmet},
	}
}

// Bounds of the list.
const (
	demandMonths = 12
	demandMost   = 200
)

// missed remembers the common words of a question that are found nowhere; what the
// office itself looks for is no demand, and a slip of the pen none either.
func (v *Visit) missed(view findView) {
	if view.office() || v.Officer != nil || len(view.Lost) == 0 {
		return
	}
	var common map[string]string
	for _, in := range language.All() { // the first in which every word is a common one
		if common == nil {
			common = v.Index.Common(view.Words, in)
		}
	}
	for _, w := range view.Lost {
		if base := common[w.Word]; base != "" && w.Like == "" {
			v.Demand.Missed(v.Region.ID, base, v.limits.Network(v.R))
		}
	}
}

func (v *Visit) unmet() error {
	all, err := demand.Unmet(v.R.Context(), v.DB, v.Region.ID, v.Clock.Now(), demandMonths, demandMost)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, unmetPage(v, all))
}

// askAll is a new question that begins with a word.
func askAll(word string) string {
	return questionsAt + "/uusi?" + url.Values{"sana": {word}}.Encode()
}

// wanted is the beginning of a question about what was looked for.
func (v *Visit) wanted(word string) challenge.Text {
	return challenge.Text{Title: v.T("demand.ask.title", "word", capital(word)), Question: v.T("demand.ask.question", "word", word), Background: v.T("demand.ask.background")}
}
