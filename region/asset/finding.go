package asset

import (
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/engine/language"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/search"
)

// Indexed has assets found through an index, from the same transaction on; without one
// none is.
func (s *Service) Indexed(x *search.Index) *Service {
	s.index = x
	return s
}

// find has an asset found as it is now; one that is not shown is found by the office
// alone.
func (s *Service) find(ctx context.Context, tx *store.Tx, a Asset) error {
	if s.index == nil {
		return nil
	}
	return s.index.Put(ctx, tx, thing(a))
}

func thing(a Asset) search.Thing {
	in := language.Language(a.Language)
	text := strings.Join([]string{a.About, a.Terms, a.Venue, strings.Join(called(a.Kind, in), " ")}, "\n")
	if a.Owned == ByOrganisation {
		text += "\n" + a.Named
	}
	return search.Thing{Region: a.Region, Kind: search.Asset, ID: a.ID, Listed: a.Seen(), Title: a.Title, Text: text, Language: in, Place: a.Place, At: a.Told}
}

// Shelf is the assets, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "assets", Kinds: []search.Kind{search.Asset}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		all, err := many(ctx, from, selectAfter, region, int64(after), most)
		last = after
		for _, a := range all {
			things, last = append(things, thing(a)), a.ID
		}
		return things, last, err
	}}
}

// called is what people call a thing of a kind when they look for one, beside what
// stands in its own words. Nobody reads these: they are looked for.
func called(k Kind, in language.Language) []string {
	switch in {
	case language.Swedish:
		return map[Kind][]string{Hall: {"sal", "festsal", "samlingslokal"}, Kitchen: {"kök", "storkök"}, Room: {"arbetsrum", "mötesrum", "möteslokal"}, Machine: {"maskin", "apparat", "verktyg"}, Outdoor: {"utomhusplats", "gårdsplan"}, Expertise: {"kunnande", "sakkunnig"}}[k]
	case language.English:
		return map[Kind][]string{Hall: {"hall"}, Kitchen: {"kitchen"}, Room: {"workspace", "office"}, Machine: {"machine", "tool"}, Outdoor: {"outdoors", "yard"}, Expertise: {"expertise", "expert"}}[k]
	}
	return map[Kind][]string{Hall: {"sali", "juhlasali", "kokoontumistila"}, Kitchen: {"keittiö", "laitoskeittiö"}, Room: {"työtila", "kokoustila", "työhuone"}, Machine: {"kone", "laite", "työkalu"}, Outdoor: {"ulkopaikka", "piha"}, Expertise: {"osaaminen", "asiantuntija"}}[k]
}

// Need is a text that says what somebody is looking for.
type Need struct {
	Region, Title, Text string
	Language            language.Language
	Nearness            func(place string) float64 // how much it says to be there; nil for nothing
	Most                int
}

// Answer is an asset that may be what a need looks for, with the words both have, in
// their base forms, those that say most first.
type Answer struct {
	Asset
	Words []string
}

// Rules of what is told. A list that is often wrong is not read.
const (
	looked = 12   // assets that are looked at
	letter = 3    // letters of a word that may name a thing
	often  = 0.05 // a word that more than this share of all things have names none of them
	rarely = 5    // but so many may always have it
	spoken = 3    // words that tell enough when none of them names the thing
)

// Answering finds what answers a need: only what the need names, by the sort of thing it
// is or by a word of its own name that few others have, or what has several words in
// common with it. Most find nothing, and that is well.
func Answering(ctx context.Context, from store.Source, x *search.Index, n Need) (all []Answer, err error) {
	if x == nil || strings.TrimSpace(n.Title+n.Text) == "" {
		return nil, nil
	}
	page, err := x.Search(ctx, from, search.Query{Region: n.Region, Text: begun(n.Title + "\n" + n.Text), Filter: search.Filter{Kinds: []search.Kind{search.Asset}}, Most: looked})
	if err != nil || len(page.Hits) == 0 {
		return nil, err
	}
	ids := make([]ident.ID, len(page.Hits))
	for i, h := range page.Hits {
		ids[i] = h.ID
	}
	assets, err := ByIDs(ctx, from, n.Region, ids...)
	if err != nil {
		return nil, err
	}
	said := x.Keys(n.Title, n.Text, n.Language)
	type judged struct {
		Answer
		worth float64
	}
	var good []judged
	for _, h := range page.Hits {
		a, ok := assets[h.ID]
		if !ok || !a.Seen() { // the index says what is like; the asset itself says who may see it
			continue
		}
		words, ok, err := judge(ctx, from, x, n, a, h, said)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		worth := h.Score
		if n.Nearness != nil {
			worth *= 1 + n.Nearness(a.Place)
		}
		good = append(good, judged{Answer{a, words}, worth})
	}
	slices.SortStableFunc(good, func(a, b judged) int {
		switch {
		case a.worth > b.worth:
			return -1
		case a.worth < b.worth:
			return 1
		}
		return 0
	})
	for _, g := range good[:min(len(good), n.Most)] {
		all = append(all, g.Answer)
	}
	return all, nil
}

// judge tells whether an asset is worth telling of, and the words to tell.
func judge(ctx context.Context, from store.Source, x *search.Index, n Need, a Asset, h search.Hit, said map[string]bool) (words []string, ok bool, err error) {
	tells := func(word string) bool {
		if utf8.RuneCountInString(word) < letter || strings.HasSuffix(word, "…") {
			return false
		}
		return !x.Whole() || a.Language != string(language.Finnish) || len(x.Common(strings.ToLower(word))) > 0
	}
	for _, w := range h.Matched {
		if tells(w) {
			words = append(words, w)
		}
	}
	for _, id := range h.Concepts { // said in another language
		if label := x.Label(id, n.Language); label != "" && !slices.Contains(words, label) {
			words = append(words, label)
		}
	}
	met := func(names []string) (word string, keys []string) {
		for _, name := range names {
			for _, any := range x.Words(name) {
				for _, key := range any {
					if said[key] && tells(name) {
						return name, any
					}
				}
			}
		}
		return "", nil
	}
	if a.Kind != Machine && a.Kind != Expertise { // whose sorts are too wide to name anything
		for _, in := range language.All() {
			if word, _ := met(called(a.Kind, in)); word != "" {
				if len(words) == 0 {
					words = []string{word}
				}
				return words, true, nil
			}
		}
	}
	if len(words) == 0 {
		return nil, false, nil
	}
	if len(words) >= spoken {
		return words, true, nil
	}
	if _, keys := met(strings.Fields(a.Title)); keys != nil {
		holding, err := x.Holding(ctx, from, n.Region, keys)
		if err != nil {
			return nil, false, err
		}
		things, err := x.Things(ctx, from, n.Region)
		if err != nil {
			return nil, false, err
		}
		for _, key := range keys {
			if said[key] && holding(key) <= max(rarely, int(often*float64(things))) {
				return words, true, nil
			}
		}
	}
	return nil, false, nil
}

// begun is the beginning of a text, cut between characters: a need is told in it.
func begun(s string) string {
	const most = 1000
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}
