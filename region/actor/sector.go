package actor

import (
	_ "embed"
	"encoding/csv"
	"slices"
	"strings"
)

// The 38 industries of the Osaamisen ennakointifoorumi (the forum for skills
// anticipation, of the Finnish National Agency for Education), by their codes, in
// three languages; the list is from an MIT-licensed collection (docs/dependencies.md).
//
//go:embed sectors.csv
var sectorList string

// Sector is what somebody works in.
type Sector struct {
	Code  string
	names map[string]string
}

// In is its name in a language, in Finnish where there is none.
func (s Sector) In(language string) string {
	if name := s.names[language]; name != "" {
		return name
	}
	return s.names["fi"]
}

// Sectors is all of them, by their codes.
func Sectors() (all []Sector) {
	rows, err := csv.NewReader(strings.NewReader(sectorList)).ReadAll()
	if err != nil {
		panic(err) // it is part of the program
	}
	for _, r := range rows[1:] {
		s := Sector{r[0], map[string]string{}}
		for i, language := range rows[0][1:] {
			s.names[language] = r[i+1]
		}
		all = append(all, s)
	}
	return all
}

// SectorOf finds a sector by its code.
func SectorOf(code string) (Sector, bool) {
	all := Sectors()
	i := slices.IndexFunc(all, func(s Sector) bool { return s.Code == code })
	if i < 0 {
		return Sector{}, false
	}
	return all[i], true
}

// wrongSector tells a code of no sector; "" is none, and right.
func wrongSector(code string) bool {
	_, ok := SectorOf(code)
	return code != "" && !ok
}
