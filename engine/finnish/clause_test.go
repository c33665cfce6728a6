package finnish_test

import (
	"strings"
	"testing"

	"kokko/engine/finnish"
	"kokko/engine/finnish/finnishtest"
)

// What a word may mean where it stands: a noun or a verb is the noun in a clause that has
// its verb, and stays both where nothing tells.
func TestAWordIsReadInItsClause(t *testing.T) {
	t.Parallel()
	words := finnish.New(finnishtest.Dictionary(t), nil)
	for text, want := range map[string]string{
		"Autossa on tilaa lähiruoalle.":         "tila",
		"Haen tilaa, jossa on eläimiä":          "tila",
		"Kahvila tilaa leipää kylältä":          "tilata",
		"Kouvola tilaa leipää":                  "tilata",
		"Haluan tilata lähiruokaa":              "tilata",
		"Emme tilaa leipää":                     "tilata",
		"Kylällä on juhla, kahvila tilaa ruoan": "tilata",
		"Tilaa kokouksille":                     "tila",
		"Navetassa vapaata tilaa":               "tila",
		"Etsin leipuria ja tilaan leipää":       "tilata tila", // of which nothing tells
		"Tilaan leipää kylältä":                 "tilata tila",
	} {
		var got []string
		for _, s := range words.Read(text) {
			if strings.HasPrefix(strings.ToLower(s.Token), "tila") {
				got = s.Lemmas
			}
			if text[s.At:s.At+len(s.Token)] != s.Token || len(s.Lemmas) == 0 {
				t.Errorf("%q: %+v", text, s)
			}
		}
		if is := strings.Join(got, " "); is != want {
			t.Errorf("%q: %s, not %s", text, is, want)
		}
	}
	for text, want := range map[string]string{"metallin alan osaaja": "ala", "Kuka voi auttaa": "voida voi", "Haen alan osaajaa": "ala", "Haen tuen kokeiluun": "tuki"} {
		var got []string
		for _, s := range words.Read(text) {
			if len(words.Word(s.Token).Lemmas) > 1 {
				got = append(got, s.Lemmas...)
			}
		}
		if is := strings.Join(got, " "); is != want {
			t.Errorf("%q: %s, not %s", text, is, want)
		}
	}
	if all := finnish.New(nil, nil).Read("Autossa on tilaa"); len(all) != 3 || len(all[2].Lemmas) != 1 {
		t.Errorf("without a dictionary: %+v", all)
	}
}
