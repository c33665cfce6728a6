package programme

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/region/place"
)

// index puts the municipalities, of today and former, among the places and
// makes the look-up by name. It runs once, at the end of Parse.
func (p *Programme) index() {
	var all []place.Place
	for _, a := range p.Region.Municipalities {
		all = append(all, a.Wholes()...)
	}
	p.Places = append(all, p.Places...)
	p.finder = map[string][]int{}
	for i, at := range p.Places {
		for _, n := range at.Names() {
			for _, key := range []string{fold(n), plainLetters(fold(n))} {
				if !slices.Contains(p.finder[key], i) {
					p.finder[key] = append(p.finder[key], i)
				}
			}
		}
	}
	kinds := place.Kinds()
	for key, found := range p.finder {
		// The name as it is written comes before one that only looks like it without
		// its dots; then the wider place first; then the file's order.
		slices.SortStableFunc(found, func(i, j int) int {
			a, b := p.Places[i], p.Places[j]
			return cmp.Or(
				cmp.Compare(exact(b, key), exact(a, key)),
				cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			)
		})
	}
}

// exact is 1 when a name of the place folds to key itself.
func exact(p place.Place, key string) int {
	if slices.ContainsFunc(p.Names(), func(n string) bool { return fold(n) == key }) {
		return 1
	}
	return 0
}

// fold makes names comparable: composed letters, lower case, single spaces.
func fold(s string) string {
	return strings.ToLower(strings.Join(strings.Fields(norm.NFC.String(s)), " "))
}

// plainLetters is how a name is typed on a keyboard without å, ä and ö.
func plainLetters(s string) string {
	return strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "é", "e").Replace(s)
}

// FindPlaces gives the places a name means today or meant before, best first:
// letter case, spaces and missing dots do not matter. O(1).
func (p *Programme) FindPlaces(name string) []place.Place {
	if len(name) > 200 {
		return nil
	}
	key := fold(name)
	found := p.finder[key]
	if len(found) == 0 {
		return nil
	}
	out := make([]place.Place, len(found))
	for i, at := range found {
		out[i] = p.Places[at]
	}
	return out
}

// FindPlace gives the place a name most likely means.
func (p *Programme) FindPlace(name string) (place.Place, bool) {
	if found := p.FindPlaces(name); len(found) > 0 {
		return found[0], true
	}
	return place.Place{}, false
}

// Original is the code of the language the programme was written in.
func (p *Programme) Original() string { return p.Languages[0] }

// Tongues are the languages a region's pages can be read in, its original first:
// those of its programme that Kokko itself speaks, or all that Kokko speaks where
// there is none.
func (p *Programme) Tongues() []i18n.Language {
	var out []i18n.Language
	for _, l := range p.Languages {
		if l, ok := i18n.ParseLanguage(l); ok {
			out = append(out, l)
		}
	}
	if len(out) == 0 {
		return i18n.Languages()
	}
	return out
}

// Sets is Tongues with plain Finnish after Finnish, where that is among them.
func (p *Programme) Sets() []i18n.Language {
	all := p.Tongues()
	if i := slices.Index(all, i18n.Finnish); i >= 0 {
		all = slices.Insert(all, i+1, i18n.Plain)
	}
	return all
}

// Address is the part of an address that chooses a language: "" for the one a
// region's pages open in and for those it has no pages in, "/sv" for another and
// "/selko" for plain Finnish.
func (p *Programme) Address(l i18n.Language) string {
	if l == i18n.Plain && slices.Contains(p.Tongues(), i18n.Finnish) {
		return "/" + string(i18n.Plain)
	}
	if i := slices.Index(p.Tongues(), l); i <= 0 {
		return ""
	}
	return "/" + string(l)
}

// find gives the entry of a list with an id. Lists are short: O(n).
func find[T any](list []T, id string, of func(*T) string) (T, bool) {
	for i := range list {
		if of(&list[i]) == id {
			return list[i], true
		}
	}
	var none T
	return none, false
}

// Place gives a place by id, the municipalities among them.
func (p *Programme) Place(id string) (place.Place, bool) {
	return find(p.Places, id, func(x *place.Place) string { return x.ID })
}

// Theme gives a main theme by id.
func (p *Programme) Theme(id string) (Theme, bool) {
	return find(p.Themes, id, func(x *Theme) string { return x.ID })
}

// Package gives a package by id, with the theme it belongs to.
func (p *Programme) Package(id string) (Package, Theme, bool) {
	for _, t := range p.Themes {
		if g, ok := find(t.Packages, id, func(x *Package) string { return x.ID }); ok {
			return g, t, true
		}
	}
	return Package{}, Theme{}, false
}

// Network gives a network by id.
func (p *Programme) Network(id string) (Network, bool) {
	return find(p.Networks, id, func(x *Network) string { return x.ID })
}

// FindNetwork gives a network by any of its names; pages of the same brochure
// call it differently.
func (p *Programme) FindNetwork(name string) (Network, bool) {
	key := fold(name)
	for _, n := range p.Networks {
		if n.ID == key || slices.ContainsFunc(n.Aliases, func(a string) bool { return fold(a) == key }) {
			return n, true
		}
		for _, l := range n.Name.Languages() {
			if fold(n.Name.In(l)) == key {
				return n, true
			}
		}
	}
	return Network{}, false
}

// Actor gives an organisation by id.
func (p *Programme) Actor(id string) (Actor, bool) {
	return find(p.Actors, id, func(x *Actor) string { return x.ID })
}

// Project gives a project by id.
func (p *Programme) Project(id string) (Project, bool) {
	return find(p.Projects, id, func(x *Project) string { return x.ID })
}

// Challenge gives an open question by id.
func (p *Programme) Challenge(id string) (Challenge, bool) {
	return find(p.Challenges, id, func(x *Challenge) string { return x.ID })
}

// Kinds lists the call's questions in the file's order.
func (p *Programme) Kinds() []Kind { return slices.Clone(p.Call.Kinds) }

// Kind gives one of the call's questions.
func (p *Programme) Kind(id string) (Kind, bool) {
	return find(p.Call.Kinds, id, func(x *Kind) string { return x.ID })
}

// Answer gives the first template for a purpose.
func (p *Programme) Answer(purpose Purpose) (Answer, bool) {
	for _, a := range p.Answers {
		if a.Purpose == purpose {
			return a, true
		}
	}
	return Answer{}, false
}

// TagKind is what a spark can be tagged with.
type TagKind string

const (
	TagTheme    TagKind = "theme"
	TagPackage  TagKind = "package"
	TagPriority TagKind = "priority" // and a priority's own tags
	TagValue    TagKind = "value"
	TagTopic    TagKind = "topic"
	TagGoal     TagKind = "goal"
	TagNetwork  TagKind = "network"
)

// TagKinds lists every kind of tag.
func TagKinds() []TagKind {
	return []TagKind{TagTheme, TagPackage, TagPriority, TagValue, TagTopic, TagGoal, TagNetwork}
}

// Tag gives what a tag is called; false when the programme has no such tag.
func (p *Programme) Tag(kind TagKind, id string) (Text, bool) {
	for _, n := range p.Tags(kind) {
		if n.ID == id {
			return n.Name, true
		}
	}
	return Text{}, false
}

// Tags lists every tag of a kind in the file's order.
func (p *Programme) Tags(kind TagKind) []Named {
	var out []Named
	switch kind {
	case TagTheme:
		for _, t := range p.Themes {
			out = append(out, Named{t.ID, t.Name})
		}
	case TagPackage:
		for _, t := range p.Themes {
			for _, g := range t.Packages {
				out = append(out, Named{g.ID, g.Name})
			}
		}
	case TagPriority:
		for _, y := range p.Priorities {
			out = append(append(out, Named{y.ID, y.Name}), y.Tags...)
		}
	case TagValue:
		for _, v := range p.Idea.Values {
			out = append(out, Named{v.ID, v.Name})
		}
	case TagTopic:
		for _, t := range p.Topics {
			out = append(out, Named{t.ID, t.Name})
		}
	case TagGoal:
		out = append(out, p.Goals...)
	case TagNetwork:
		for _, n := range p.Networks {
			out = append(out, Named{n.ID, n.Name})
		}
	}
	return out
}

// MembersOn gives the municipalities that belonged to the region on a day.
func (p *Programme) MembersOn(d workday.Day) []place.Area {
	var out []place.Area
	for _, a := range p.Region.Municipalities {
		if a.MemberOn(d) {
			out = append(out, a)
		}
	}
	return out
}

// MunicipalityOn names the municipality a place was in on a day; false where the
// file does not tell.
func (p *Programme) MunicipalityOn(placeID string, d workday.Day) (Text, bool) {
	at, ok := p.Place(placeID)
	if !ok {
		return Text{}, false
	}
	a, ok := find(p.Region.Municipalities, at.Municipality, func(x *place.Area) string { return x.ID })
	if !ok {
		return Text{}, false
	}
	return a.MunicipalityOn(at, d)
}

// NextBatch is the first day after `after` on which sparks are looked at
// together. A public holiday moves it to the next working day.
func (p *Programme) NextBatch(after workday.Day) workday.Day {
	return p.Call.Batches.Next(after, workday.Calendar{})
}

// Next is the first batch after a day by an office's own calendar, with its
// closed weeks.
func (s Batches) Next(after workday.Day, office workday.Calendar) workday.Day {
	y, m, _ := after.Date()
	// From the month before, because a batch moved by holidays can land in the next one.
	for i := -1; i < 24; i++ {
		if d := office.AddWorkdays(s.in(y, m+time.Month(i)), 0); d > after {
			return d
		}
	}
	return after.Add(1) // an office closed for two years; its calendar is not ours to mend
}

// in is the batch day of a month by the rule alone.
func (s Batches) in(y int, m time.Month) workday.Day {
	first := workday.On(y, m, 1)
	ahead := (int(s.weekday()) - int(first.Weekday()) + 7) % 7
	return first.Add(ahead + 7*(s.Week-1))
}

func (s Batches) weekday() time.Weekday {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(d.String(), s.Weekday) {
			return d
		}
	}
	return time.Tuesday
}

// ThemeNamed finds a theme by its id or by its name in any language, whatever the
// case.
func (p *Programme) ThemeNamed(name string) (id string, ok bool) {
	for _, t := range p.Themes {
		if goesBy(t.ID, t.Name, name) {
			return t.ID, true
		}
	}
	return "", false
}

// KindNamed finds one of the call's questions the same way.
func (p *Programme) KindNamed(name string) (id string, ok bool) {
	for _, k := range p.Call.Kinds {
		if goesBy(k.ID, k.Name, name) {
			return k.ID, true
		}
	}
	return "", false
}

func goesBy(id string, name Text, as string) bool {
	if as == "" {
		return false
	}
	if strings.EqualFold(id, as) {
		return true
	}
	for _, l := range []string{"fi", "sv", "en"} {
		if strings.EqualFold(name.In(l), as) {
			return true
		}
	}
	return false
}
