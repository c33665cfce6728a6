package web

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/journey/spark"
	"kokko/region/place"
)

// spot is a place with how much is alight there.
type spot struct {
	place.Place
	Sparks int
}

// atlas is what the page of places shows.
type atlas struct {
	Spots   []spot // by name, in the reader's alphabet
	Sought  string // what was looked for, "" when nothing
	Found   []place.Place
	Drawing drawing
	Nowhere int // sparks without a place the programme knows
}

// near is how far "near" reaches, in kilometres.
const near = 15

func (v *Visit) places() error {
	counts, err := spark.CountByPlace(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	a := atlas{Sought: spark.CleanLine(clip(v.Query("nimi"))), Nowhere: counts[""]}
	for _, p := range v.Edition.Places {
		a.Spots = append(a.Spots, spot{p, counts[p.ID]})
	}
	v.Say.Sort(len(a.Spots), func(i int) string { return v.In(a.Spots[i].Name) }, func(i, j int) { a.Spots[i], a.Spots[j] = a.Spots[j], a.Spots[i] })
	if a.Sought != "" {
		a.Found = v.sought(a.Sought)
	}
	a.Drawing = v.draw(a.Spots)
	return v.Render(200, placesPage(v, a))
}

// clip bounds what a stranger looks for; no place has so long a name.
func clip(s string) string { return s[:min(len(s), 200)] }

// sought gives the places a name means or meant; when it means none, those with
// it in their names, at most ten.
func (v *Visit) sought(name string) []place.Place {
	if found := v.Edition.FindPlaces(name); len(found) > 0 {
		return found
	}
	part := plain(name)
	var out []place.Place
	for _, p := range v.Edition.Places {
		if len(out) < 10 && slices.ContainsFunc(p.Names(), func(n string) bool { return strings.Contains(plain(n), part) }) {
			out = append(out, p)
		}
	}
	return out
}

// plain is a name as it is typed in a hurry: small letters, no dots over them.
func plain(s string) string {
	return strings.NewReplacer("å", "a", "ä", "a", "ö", "o", "-", " ").Replace(strings.ToLower(s))
}

// oldName shows that old names are understood, by one of the region's own; "" where
// the programme tells none.
func (v *Visit) oldName() string {
	for _, p := range slices.Backward(v.Edition.Places) {
		if p.Kind == place.Former {
			return v.T("places.find.example", "name", v.In(p.Name))
		}
	}
	return ""
}

func (v *Visit) place() error {
	p, ok := v.Edition.Place(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "place.none")
	}
	list, next, err := spark.List(v.R.Context(), v.DB, v.Region.ID, spark.Filter{Places: v.within(p), After: v.Query("sivu")})
	if err != nil {
		return err
	}
	var around []place.Nearby
	for _, n := range place.Near(v.Edition.Places, p.At, near) {
		if n.Place.ID != p.ID && len(around) < 8 {
			around = append(around, n)
		}
	}
	why := func(s spark.Spark) string {
		if q, ok := v.Edition.Place(s.Place); ok && q.ID != p.ID {
			return v.T("place.why.inside", "place", v.In(q.Name), "whole", v.In(p.Name))
		}
		return v.T("place.why.here", "place", v.In(p.Name))
	}
	held, err := v.ahead(v.within(p))
	if err != nil {
		return err
	}
	assets, err := v.assetsAt(v.within(p))
	if err != nil {
		return err
	}
	here, err := v.localsAt(p)
	if err != nil {
		return err
	}
	v.tells(v.placeSource(p.ID, v.In(p.Name)))
	return v.Render(200, placePage(v, p, because(list, why), next, around, held, assets, here))
}

// apart is what a place is called in a list of places: with what it is, or where, when
// another one has the same name.
func (v *Visit) apart(p place.Place) string {
	name := v.In(p.Name)
	all, _ := readOnce(v, "places of one name", func() (map[string][]place.Place, error) { return v.sameNamed(), nil })
	same := all[name]
	switch {
	case len(same) == 0:
		return name
	case !slices.ContainsFunc(same, func(q place.Place) bool { return q.ID != p.ID && q.Kind == p.Kind }):
		return name + " (" + v.T("place.kind."+string(p.Kind)) + ")"
	}
	return name + " (" + cmp.Or(v.formerName(p), v.municipalityName(p)) + ")"
}

// sameNamed are the places that share a name, by it.
func (v *Visit) sameNamed() map[string][]place.Place {
	all := map[string][]place.Place{}
	for _, p := range v.Edition.Places {
		all[v.In(p.Name)] = append(all[v.In(p.Name)], p)
	}
	maps.DeleteFunc(all, func(_ string, same []place.Place) bool { return len(same) == 1 })
	return all
}

// placeApart is apart by the place's id, "" for none.
func (v *Visit) placeApart(id string) string {
	if p, ok := v.Edition.Place(id); ok {
		return v.apart(p)
	}
	return ""
}

// within lists a place and, for a municipality of today or former, all in it.
func (v *Visit) within(p place.Place) []string {
	ids := []string{p.ID}
	for _, q := range v.Edition.Places {
		inside := p.Kind == place.Municipality && q.Municipality == p.ID || p.Kind == place.Former && q.Former == p.ID
		if inside && q.ID != p.ID {
			ids = append(ids, q.ID)
		}
	}
	return ids
}

// area gives a municipality of the region.
func (v *Visit) area(id string) (place.Area, bool) {
	i := slices.IndexFunc(v.Edition.Region.Municipalities, func(a place.Area) bool { return a.ID == id })
	if i < 0 {
		return place.Area{}, false
	}
	return v.Edition.Region.Municipalities[i], true
}

func (v *Visit) municipalityName(p place.Place) string {
	if a, ok := v.area(p.Municipality); ok {
		return v.In(a.Name)
	}
	return ""
}

// formerName is the former municipality a place was in, "" where there is none.
func (v *Visit) formerName(p place.Place) string {
	if p.Former == p.ID {
		return ""
	}
	if f, ok := v.Edition.Place(p.Former); ok {
		return v.In(f.Name)
	}
	return ""
}

// otherNames is what else people call a place: its other names, and its name in
// the other language of the country.
func (v *Visit) otherNames(p place.Place) string {
	var out []string
	for _, n := range append([]string{p.Name.In("fi"), p.Name.In("sv")}, p.Aliases...) {
		if n != v.In(p.Name) && !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return strings.Join(out, ", ")
}

// cited names the sources of what is told of these places.
func (v *Visit) cited(places []place.Place) (out []string) {
	for _, s := range v.Edition.Sources {
		if slices.ContainsFunc(places, func(p place.Place) bool { return slices.Contains(p.Sources, s.ID) }) {
			out = append(out, s.Name)
		}
	}
	return out
}

// drawing is the map ready for its template, in units of a box wide wide.
type drawing struct {
	Box    string
	Scale  string // from the map's own units
	Areas  []string
	Names  []mark // the municipalities' names
	Dots   []mark // places one can only look at
	Links  []mark // places with room enough for a finger
	Source string
}

// mark is a spot on the drawing; Label is "" where its name would lie on another.
type mark struct {
	spot
	X, Y, R        string
	Label          string
	LabelX, LabelY string
	Anchor         string
}

// The drawing is 400 units wide, so that on a phone, where it is some 300 pixels,
// text stays readable and two links stay a finger apart (WCAG 2.2, 2.5.8).
const (
	wide   = 400
	finger = 17.0 // radius kept free of other links
	letter = 5.6  // average width of a letter of a label
	line   = 11.0 // its height
)

// draw places marks and labels: the liveliest first, then the wider places, each
// only where it does not lie on another. O(places²), and places are few.
func (v *Visit) draw(spots []spot) (d drawing) {
	m := v.Edition.Map
	if !m.Known() {
		return d
	}
	w, h := m.Size()
	k := wide / w
	d.Box, d.Scale, d.Source = "0 0 "+strconv.Itoa(wide)+" "+short(h*k), strconv.FormatFloat(k, 'f', 4, 64), m.Source
	var taken []box
	for _, a := range m.Areas {
		d.Areas = append(d.Areas, a.Path)
		x, y := m.Project(a.At.Lat, a.At.Lon)
		x, y = x*k, y*k
		name := v.In(a.Name)
		half := float64(len([]rune(name))) * 4.6
		taken = append(taken, box{x - half, y - 14, x + half, y + 4})
		d.Names = append(d.Names, mark{Label: name, LabelX: short(x), LabelY: short(y), Anchor: "middle"})
	}
	order := slices.Clone(spots)
	order = slices.DeleteFunc(order, func(s spot) bool { return !s.At.Known() || !m.Shows(s.At) })
	kinds := place.Kinds()
	slices.SortStableFunc(order, func(a, b spot) int {
		return cmp.Or(cmp.Compare(b.Sparks, a.Sparks), cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)), cmp.Compare(a.ID, b.ID))
	})
	for _, s := range order { // no label lies on a dot
		x, y := m.Project(s.At.Lat, s.At.Lon)
		r := radius(s.Sparks)
		taken = append(taken, box{x*k - r, y*k - r, x*k + r, y*k + r})
	}
	var links []place.Point
	for _, s := range order {
		x, y := m.Project(s.At.Lat, s.At.Lon)
		x, y = x*k, y*k
		r := radius(s.Sparks)
		it := mark{spot: s, X: short(x), Y: short(y), R: short(r)}
		free := !slices.ContainsFunc(links, func(p place.Point) bool { return math.Hypot(p.Lon-x, p.Lat-y) < 2*finger })
		if !free {
			if s.Sparks > 0 {
				it.label(v.In(s.Name), x, y, r, &taken)
			}
			d.Dots = append(d.Dots, it)
			continue
		}
		links = append(links, place.Point{Lat: y, Lon: x})
		it.label(v.In(s.Name), x, y, r, &taken)
		d.Links = append(d.Links, it)
	}
	return d
}

// radius grows with the square root, so that the area tells the number.
func radius(sparks int) float64 { return min(3+2*math.Sqrt(float64(sparks)), 13) }

// label puts a name beside, under or over its dot, where there is room.
func (k *mark) label(name string, x, y, r float64, taken *[]box) {
	long := float64(len([]rune(name))) * letter
	for _, try := range []struct {
		x, y   float64
		anchor string
	}{{x + r + 3, y + 4, "start"}, {x - r - 3, y + 4, "end"}, {x, y - r - 4, "middle"}, {x, y + r + line, "middle"}} {
		b := box{try.x, try.y - line + 2, try.x + long, try.y + 2}
		switch try.anchor {
		case "end":
			b.left, b.right = try.x-long, try.x
		case "middle":
			b.left, b.right = try.x-long/2, try.x+long/2
		}
		if b.left < 2 || b.right > wide-2 || slices.ContainsFunc(*taken, b.meets) {
			continue
		}
		k.Label, k.LabelX, k.LabelY, k.Anchor = name, short(try.x), short(try.y), try.anchor
		*taken = append(*taken, b)
		return
	}
}

type box struct{ left, top, right, bottom float64 }

func (b box) meets(o box) bool {
	return b.left < o.right && o.left < b.right && b.top < o.bottom && o.top < b.bottom
}

// short writes a coordinate with at most one decimal.
func short(f float64) string { return strconv.FormatFloat(math.Round(f*10)/10, 'f', -1, 64) }
