package intake

import (
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Kind is what the rows of a file are.
type Kind string

// The kinds of files.
const (
	Sparks   Kind = "sparks"
	Projects Kind = "projects"
)

// key is the field by which a row is known.
func (k Kind) key() string {
	if k == Projects {
		return "code"
	}
	return "id"
}

// Field is something a column may hold, with the headings it is known by, folded.
type Field struct {
	Name  string
	Must  bool
	Known []string
}

// Fields are what a file of a kind may hold. Of text and title one is enough.
func Fields(k Kind) []Field {
	if k == Projects {
		return []Field{
			{"code", true, []string{"code", "id", "koodi", "hankekoodi", "projektikoodi", "projektkod", "kod", "projectcode"}},
			{"title", true, []string{"title", "name", "nimi", "hankkeennimi", "projektinnimi", "otsikko", "rubrik", "namn", "projektnamn", "projecttitle"}},
			{"summary", false, []string{"summary", "text", "description", "kuvaus", "tiivistelmä", "beskrivning", "sammandrag", "julkinenkuvaus"}},
			{"fund", false, []string{"fund", "rahasto", "fond"}},
			{"programme", false, []string{"programme", "programmepart", "program", "ohjelma", "ohjelmanosio", "osio", "programdel"}},
			{"axis", false, []string{"priorityaxis", "axis", "toimintalinja", "insatsområde"}},
			{"authority", false, []string{"authority", "viranomainen", "rahoittaja", "myndighet", "finansiär", "funder"}},
			{"state", false, []string{"status", "state", "tila", "status2", "läge"}},
			{"start", false, []string{"start", "startdate", "alku", "alkupäivä", "alkaa", "aloituspäivä", "startdag", "startdatum"}},
			{"end", false, []string{"end", "enddate", "loppu", "loppupäivä", "päättyy", "päättymispäivä", "slut", "slutdatum"}},
			{"implementer", false, []string{"implementer", "toteuttaja", "hakija", "organisation", "organization", "genomförare", "sökande", "beneficiary"}},
			{"granted", false, []string{"grantedeustateeur", "granted", "myönnetty", "myönnettyeujavaltio", "beviljat"}},
			{"paid", false, []string{"paideustateeur", "paid", "maksettu", "maksettueujavaltio", "betalt"}},
			{"planned", false, []string{"plannedpubliceur", "planned", "suunniteltujulkinenrahoitus", "julkinenrahoitus", "planerat"}},
			{"actual", false, []string{"actualpubliceur", "actual", "toteutunutjulkinenrahoitus", "toteutunut", "utfall"}},
			{"period", false, []string{"period", "ohjelmakausi", "kausi", "programperiod"}},
		}
	}
	return []Field{
		{"id", true, []string{"id", "tunnus", "tunniste", "numero", "nro", "nummer", "number", "key", "koodi", "code"}},
		{"title", false, []string{"title", "otsikko", "nimi", "aihe", "rubrik", "namn", "name", "subject"}},
		{"text", false, []string{"text", "teksti", "kuvaus", "idea", "ehdotus", "sisältö", "beskrivning", "innehåll", "förslag", "description", "body", "content", "proposal"}},
		{"kind", false, []string{"kind", "laji", "tyyppi", "slag", "typ", "type"}},
		{"place", false, []string{"place", "district", "paikka", "kylä", "kaupunginosa", "alue", "sijainti", "plats", "by", "ort", "stadsdel", "område", "location", "area"}},
		{"theme", false, []string{"theme", "teema", "pääteema", "aihealue", "luokka", "kategoria", "tema", "kategori", "category"}},
		{"date", false, []string{"date", "päivä", "päivämäärä", "pvm", "jätetty", "luotu", "aika", "datum", "dag", "inlämnad", "skapad", "created", "createdat", "publishedat", "submitted"}},
		{"state", false, []string{"state", "tila", "status", "läge"}},
		{"selected", false, []string{"selected", "valittu", "vald", "utvald"}},
		{"comments", false, []string{"comments", "kommentit", "kommentteja", "kommentarer", "commentcount"}},
		{"language", false, []string{"language", "kieli", "språk", "lang", "locale"}},
	}
}

// Map is which column of a file is which field: the heading by the field's name.
type Map map[string]string

// fold makes headings comparable: letters and digits only, without case.
func fold(heading string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

// IsField tells whether rows of a kind have a field of a name.
func IsField(k Kind, name string) bool {
	return slices.ContainsFunc(Fields(k), func(f Field) bool { return f.Name == name })
}

// Guess finds which column is which field by the headings people use, unless said
// wins. Lacking names the fields that must be there and are not, "text" when there
// is neither title nor text; unknown names what said wrongly: a field nobody knows
// or a heading that is not in the file.
func Guess(k Kind, headings []string, said Map) (m Map, lacking, unknown []string) {
	m = Map{}
	taken := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(said)) {
		heading := said[name]
		at := slices.IndexFunc(headings, func(h string) bool { return fold(h) == fold(heading) && fold(h) != "" })
		switch {
		case !IsField(k, name):
			unknown = append(unknown, name)
		case heading == "": // on purpose: no column
			m[name] = ""
		case at < 0:
			unknown = append(unknown, heading)
		default:
			m[name] = headings[at]
			taken[headings[at]] = true
		}
	}
	for _, f := range Fields(k) {
		if _, ok := m[f.Name]; ok {
			continue
		}
		for _, alias := range f.Known {
			at := slices.IndexFunc(headings, func(h string) bool { return fold(h) == alias && !taken[h] })
			if at >= 0 {
				m[f.Name] = headings[at]
				taken[headings[at]] = true
				break
			}
		}
	}
	for _, f := range Fields(k) {
		if m[f.Name] == "" {
			if delete(m, f.Name); f.Must {
				lacking = append(lacking, f.Name)
			}
		}
	}
	if k == Sparks && m["title"] == "" && m["text"] == "" {
		lacking = append(lacking, "text")
	}
	return m, lacking, unknown
}

// columns are the places of the fields in a row.
func (m Map) columns(headings []string) map[string]int {
	at := map[string]int{}
	for name, heading := range m {
		if i := slices.Index(headings, heading); i >= 0 {
			at[name] = i
		}
	}
	return at
}
