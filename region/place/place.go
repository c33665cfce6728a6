package place

import (
	"slices"
	"strings"

	"kokko/engine/workday"
)

// Open ends of a Span: from ever, and still going on.
const (
	Ever  workday.Day = -719162 // 0001-01-01, the first day that can be written
	Still workday.Day = 2932896 // 9999-12-31, the last
)

// Span is a stretch of days, both ends included. A missing end is Ever or Still.
type Span struct {
	From  workday.Day `yaml:"from" rule:"open=ever"`
	Until workday.Day `yaml:"until" rule:"open=still"`
}

// On tells whether d is inside the span.
func (s Span) On(d workday.Day) bool { return s.From <= d && d <= s.Until }

// Overlaps tells whether some day is in both.
func (s Span) Overlaps(o Span) bool { return s.From <= o.Until && o.From <= s.Until }

// Kind of place.
type Kind string

const (
	Centre       Kind = "centre"       // kaupunkikeskus
	BuiltUp      Kind = "builtup"      // taajama
	Village      Kind = "village"      // kylä
	Campus       Kind = "campus"       // kampus
	Municipality Kind = "municipality" // a municipality of today as a whole
	Former       Kind = "former"       // a municipality that merged into another
)

// Kinds lists every kind, in the order a search by name prefers them.
func Kinds() []Kind { return []Kind{Municipality, Centre, BuiltUp, Village, Campus, Former} }

// Place is somewhere a spark can be: a village, a built-up centre, a city
// centre, a campus, or a municipality as a whole, of today or former.
type Place struct {
	ID           string   `yaml:"id" rule:"need,id"`
	Kind         Kind     `yaml:"kind" rule:"need,one=centre|builtup|village|campus"`
	Name         Text     `yaml:"name" rule:"need,name"`
	Aliases      []string `yaml:"aliases" rule:"name"`
	Municipality string   `yaml:"municipality" rule:"need"`
	Former       string   `yaml:"former"` // the former municipality it was in; "" where not known
	Span         Span     `yaml:",inline"`
	At           Point    `yaml:"at"` // zero where no source gives a point
	Postcode     string   `yaml:"postcode" rule:"max=5"`
	Sources      []string `yaml:"sources"`
}

// Area is a municipality with its dates: when it was formed and of which, which
// county it has been in, when it has belonged to the region.
type Area struct {
	ID       string      `yaml:"id" rule:"need,id"`
	Code     string      `yaml:"code" rule:"need,digits=3"` // Statistics Finland's number
	Name     Text        `yaml:"name" rule:"need,name"`
	Formal   Text        `yaml:"formal" rule:"line"` // Kouvolan kaupunki
	Slogan   Text        `yaml:"slogan" rule:"line"`
	Mark     string      `yaml:"slogan_mark" rule:"name"` // the slogan as the municipality writes it
	Formed   workday.Day `yaml:"formed" rule:"open=ever"` // Ever where not known
	Members  []Span      `yaml:"members" rule:"need"`
	Counties []County    `yaml:"counties" rule:"need"`
	Former   []Merged    `yaml:"former"`
}

// County is the county (maakunta) a municipality is in for a time.
type County struct {
	Code string `yaml:"code" rule:"need,digits=2"`
	Name Text   `yaml:"name" rule:"need,name"`
	Span Span   `yaml:",inline"`
}

// Merged is a former municipality whose name people still search by.
type Merged struct {
	ID      string   `yaml:"id" rule:"need,id"`
	Name    Text     `yaml:"name" rule:"need,name"`
	Aliases []string `yaml:"aliases" rule:"name"`
	Span    Span     `yaml:",inline"`
}

// MemberOn tells whether the municipality belonged to the region on that day.
func (a Area) MemberOn(d workday.Day) bool {
	return slices.ContainsFunc(a.Members, func(s Span) bool { return s.On(d) })
}

// CountyOn gives the county on that day; false where the file does not say.
func (a Area) CountyOn(d workday.Day) (County, bool) {
	for _, c := range a.Counties {
		if c.Span.On(d) {
			return c, true
		}
	}
	return County{}, false
}

// MunicipalityOn names the municipality a place of this area was in on that
// day: the former one before the merger, the present one after it, and false
// where neither is known for the day.
func (a Area) MunicipalityOn(p Place, d workday.Day) (Text, bool) {
	for _, f := range a.Former {
		if (f.ID == p.Former || f.ID == p.ID) && f.Span.On(d) {
			return f.Name, true
		}
	}
	if d < a.Formed {
		return Text{}, false
	}
	return a.Name, true
}

// Wholes are the places that stand for the area itself and for each former
// municipality in it, so that people can choose and search by those names.
func (a Area) Wholes() []Place {
	out := []Place{{ID: a.ID, Kind: Municipality, Name: a.Name, Municipality: a.ID, Span: Span{From: a.Formed, Until: Still}}}
	for _, f := range a.Former {
		out = append(out, Place{
			ID: f.ID, Kind: Former, Name: f.Name, Aliases: slices.Clone(f.Aliases), Municipality: a.ID, Former: f.ID, Span: f.Span,
		})
	}
	return out
}

// Names lists every name a place is known by, in each language, without repeats.
func (p Place) Names() []string {
	var out []string
	for _, l := range p.Name.Languages() {
		out = append(out, p.Name.In(l))
	}
	out = append(out, p.Aliases...)
	slices.SortStableFunc(out, strings.Compare)
	return slices.Compact(out)
}
