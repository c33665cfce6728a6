package asset

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/engine/language"
	"kokko/engine/text"
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
	body := strings.Join([]string{a.About, a.Terms, a.Venue, strings.Join(called(a.Kind, in), " ")}, "\n")
	if a.Owned == ByOrganisation {
		body += "\n" + a.Named
	}
	return search.Thing{Region: a.Region, Kind: search.Asset, ID: a.ID, Listed: a.Seen(), Title: a.Title, Text: body, Language: in, Place: a.Place, At: a.Told}
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
	Place               string                     // of the programme, "" for none
	PlaceName           func(id string) string     // of a place: such words name no thing; nil for none
	Nearness            func(place string) float64 // how much it says to be there; nil for nothing
	Most                int
}

// Answer is an asset that may be what a need looks for, with the words by which the need
// names it.
type Answer struct {
	Asset
	Words []string
}

// Rules of what is told. A list that is often wrong is not read.
const (
	looked = 24   // assets that are looked at
	letter = 3    // letters of a word that may name a thing
	piece  = 5    // and of a piece of one
	often  = 0.05 // a word that more than this share of all things have names none of them
	rarely = 5    // but so many may always have it
	shown  = 4    // words that are told
)

// Answering finds what answers a need: only what the need names, by the sort of thing it
// is or by a word of its own name that few others have. Most find nothing, and that is
// well.
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
	j := judge{x: x, need: n, said: x.Keys(n.Title, n.Text, n.Language)}
	var keys []string
	for _, a := range assets {
		keys = append(keys, j.shared(a)...)
	}
	if j.holding, err = x.Holding(ctx, from, n.Region, keys); err != nil {
		return nil, err
	}
	things, err := x.Things(ctx, from, n.Region)
	if err != nil {
		return nil, err
	}
	j.most = max(rarely, int(often*float64(things)))
	worth := map[ident.ID]float64{}
	for _, h := range page.Hits {
		a, ok := assets[h.ID]
		if !ok || !a.Seen() { // the index says what is like; the asset itself says who may see it
			continue
		}
		words := j.words(a)
		if len(words) == 0 {
			continue
		}
		worth[a.ID] = h.Score
		if n.Nearness != nil {
			worth[a.ID] *= 1 + n.Nearness(a.Place)
		}
		all = append(all, Answer{a, words[:min(len(words), shown)]})
	}
	slices.SortStableFunc(all, func(a, b Answer) int { return cmp.Compare(worth[b.ID], worth[a.ID]) })
	return all[:min(len(all), n.Most)], nil
}

// judge tells by which words a need names an asset.
type judge struct {
	x       *search.Index
	need    Need
	said    map[string]bool // keys of the need
	holding func(key string) int
	most    int // things that may have a word that names one
}

// shared is the keys that an asset's name and the need have in common, but for those of
// the places they are at.
func (j *judge) shared(a Asset) (keys []string) {
	places := map[string]bool{}
	if j.need.PlaceName != nil {
		places = j.x.Keys(j.need.PlaceName(a.Place), j.need.PlaceName(j.need.Place), language.Finnish)
	}
	for key := range j.x.Keys(a.Title, "", language.Language(a.Language)) {
		if j.said[key] && !places[key] {
			keys = append(keys, key)
		}
	}
	slices.Sort(keys)
	return keys
}

// words are those by which the need names the asset, as people say them; none when it
// does not.
func (j *judge) words(a Asset) (all []string) {
	add := func(word string) {
		if word != "" && !slices.ContainsFunc(all, func(o string) bool { return strings.Contains(o, word) || strings.Contains(word, o) }) {
			all = append(all, word)
		}
	}
	if a.Kind != Machine && a.Kind != Expertise { // whose sorts are too wide to name anything
		for _, in := range language.All() {
			for _, name := range called(a.Kind, in) {
				if slices.ContainsFunc(j.x.Words(name), func(any []string) bool { return slices.ContainsFunc(any, func(key string) bool { return j.said[key] }) }) {
					add(name)
				}
			}
		}
	}
	lemmas := slices.Concat(j.x.Words(a.Title)...)
	for _, key := range j.shared(a) {
		if j.holding(key) > j.most {
			continue
		}
		if id, ok := text.Concept(key); ok {
			if len(all) == 0 || a.Language != string(j.need.Language) { // else its own word tells
				add(j.x.Label(id, j.need.Language))
			}
			continue
		}
		word := text.Say(key)
		least := piece
		if slices.Contains(lemmas, key) {
			least = letter
		}
		if utf8.RuneCountInString(word) < least || j.x.Whole() && a.Language == string(language.Finnish) && len(j.x.Common(word, language.Finnish)) == 0 {
			continue
		}
		add(word)
	}
	return all
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
