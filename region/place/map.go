package place

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"

	"kokko/ground/fault"
)

// Bounds of a map file: far over any region's outline, far under a nuisance.
const (
	MapBytes   = 64 << 10
	mapAreas   = 60
	mapCorners = 5000
)

// width of the drawing in view-box units; its height follows from the region.
const width = 600

// Outline is one municipality on the map, ready for a path element.
type Outline struct {
	ID   string // a member's id, or the municipality code of a neighbour
	Name Text
	Path string // SVG path data in the map's view box
	At   Point  // the middle of the outline's box, for a label; not a centre of population
}

// Map is the outline of a region and its neighbours with a projection from
// degrees to the drawing. The zero Map is "no map".
type Map struct {
	ViewBox string    // "0 0 600 640"
	Source  string    // the attribution that must stand beside the drawing
	Areas   []Outline // the region's own municipalities
	Around  []Outline // neighbours, for context
	proj    projection
}

// projection is an equirectangular one with its true parallel in the middle of
// the region: shapes keep their form to well under 1 % over 100 km.
type projection struct {
	west, north    float64 // degrees at 0, 0 of the view box
	perLon, perLat float64 // units per degree
	w, h           float64
}

// Known tells whether there is a map.
func (m Map) Known() bool { return len(m.Areas) > 0 }

// Size is the view box's width and height.
func (m Map) Size() (w, h float64) { return m.proj.w, m.proj.h }

// Project puts a point on the drawing: x to the right, y down. A point outside
// the region may fall outside the view box.
func (m Map) Project(lat, lon float64) (x, y float64) {
	return (lon - m.proj.west) * m.proj.perLon, (m.proj.north - lat) * m.proj.perLat
}

// Locate is the way back: degrees of a spot on the drawing.
func (m Map) Locate(x, y float64) Point {
	return Point{Lat: m.proj.north - y/m.proj.perLat, Lon: m.proj.west + x/m.proj.perLon}
}

// Shows tells whether the point is inside the view box.
func (m Map) Shows(p Point) bool {
	x, y := m.Project(p.Lat, p.Lon)
	return x >= 0 && y >= 0 && x <= m.proj.w && y <= m.proj.h
}

// mapFile is the file's shape. A ring is whole numbers: the first corner's
// longitude and latitude times scale, then steps from corner to corner.
type mapFile struct {
	Format int       `json:"format"`
	Source string    `json:"source"`
	Scale  int       `json:"scale"`
	Areas  []mapArea `json:"areas"`
}

type mapArea struct {
	ID   string            `json:"id"`
	Name map[string]string `json:"name"`
	Ring []int             `json:"ring"`
}

// ReadMap reads a map file. members are the ids of the region's municipalities,
// which must each have an outline; langs orders the names, the original first.
// Every mistake is told: fault.Invalid with the area's id as its field, or
// fault.TooLarge.
func ReadMap(src []byte, members, langs []string) (Map, error) {
	if len(src) > MapBytes {
		return Map{}, fault.New(fault.TooLarge, "place.map.large").With("limit", MapBytes)
	}
	var f mapFile
	dec := json.NewDecoder(bytes.NewReader(src))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return Map{}, fault.New(fault.Invalid, "place.map.json").Because(err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return Map{}, fault.New(fault.Invalid, "place.map.json").Because(errors.New("more after the end"))
	}
	rings, err := f.check(members)
	if err != nil {
		return Map{}, err
	}
	m := Map{Source: f.Source}
	m.proj = project(rings, f.Areas, members)
	m.ViewBox = fmt.Sprintf("0 0 %s %s", short(m.proj.w), short(m.proj.h))
	for i, a := range f.Areas {
		o := Outline{ID: a.ID, Name: a.name(langs), Path: m.path(rings[i])}
		w, s, e, n := box(rings[i])
		o.At = Point{Lat: (s + n) / 2, Lon: (w + e) / 2}
		if slices.Contains(members, a.ID) {
			m.Areas = append(m.Areas, o)
		} else {
			m.Around = append(m.Around, o)
		}
	}
	return m, nil
}

// check proves the file's bounds and gives each area's ring in degrees.
func (f mapFile) check(members []string) ([][]Point, error) {
	var bad fault.Many
	say := func(area, key string) { bad = append(bad, fault.New(fault.Invalid, key).On(area)) }
	if f.Format != 1 {
		say("", "place.map.format")
	}
	if f.Source == "" || len(f.Source) > 200 {
		say("", "place.map.source")
	}
	if f.Scale < 1 || f.Scale > 1_000_000 {
		say("", "place.map.scale")
		f.Scale = 1
	}
	if len(f.Areas) > mapAreas {
		say("", "place.map.many")
		return nil, bad
	}
	rings := make([][]Point, len(f.Areas))
	seen := map[string]bool{}
	corners := 0
	for i, a := range f.Areas {
		if a.ID == "" || seen[a.ID] {
			say(a.ID, "place.map.id")
		}
		seen[a.ID] = true
		corners += len(a.Ring) / 2
		if len(a.Ring)%2 != 0 || len(a.Ring) < 6 || corners > mapCorners {
			say(a.ID, "place.map.ring")
			continue
		}
		x, y := 0, 0
		for j := 0; j < len(a.Ring); j += 2 {
			x, y = x+a.Ring[j], y+a.Ring[j+1]
			p := Point{Lat: float64(y) / float64(f.Scale), Lon: float64(x) / float64(f.Scale)}
			// A map of the whole globe or over a pole has no middle parallel to draw by.
			if !p.Valid() || math.Abs(p.Lat) > 85 {
				say(a.ID, "place.map.point")
				break
			}
			rings[i] = append(rings[i], p)
		}
		if w, s, e, n := box(rings[i]); e-w < 1e-6 || n-s < 1e-6 {
			say(a.ID, "place.map.ring")
		}
	}
	for _, id := range members {
		if !seen[id] {
			say(id, "place.map.missing")
		}
	}
	if len(members) == 0 {
		say("", "place.map.missing")
	}
	return rings, bad.OrNil()
}

// name orders the names as the programme's languages stand.
func (a mapArea) name(langs []string) Text {
	var pairs []string
	for _, l := range langs {
		if w := a.Name[l]; w != "" {
			pairs = append(pairs, l, w)
		}
	}
	if len(pairs) == 0 {
		return Same(a.ID, langs...)
	}
	return NewText(pairs...)
}

// project fits the members with a margin; neighbours run over the edge.
func project(rings [][]Point, areas []mapArea, members []string) projection {
	var all []Point
	for i, a := range areas {
		if slices.Contains(members, a.ID) {
			all = append(all, rings[i]...)
		}
	}
	w, s, e, n := box(all)
	dx, dy := (e-w)*0.05, (n-s)*0.05
	w, s, e, n = w-dx, s-dy, e+dx, n+dy
	p := projection{west: w, north: n, perLon: width / (e - w)}
	p.perLat = p.perLon / math.Cos((s+n)/2*math.Pi/180)
	p.w, p.h = width, math.Ceil((n-s)*p.perLat)
	return p
}

// path is a closed ring as SVG path data with steps of a tenth of a unit. The
// steps are taken between rounded corners, so that rounding does not add up.
func (m Map) path(ring []Point) string {
	var b []byte
	var px, py float64
	for i, p := range ring {
		x, y := m.Project(p.Lat, p.Lon)
		x, y = math.Round(x*10)/10, math.Round(y*10)/10
		if i == 0 {
			b = append(b, 'M')
			b = append(b, short(x)...)
			b = append(b, ' ')
			b = append(b, short(y)...)
		} else {
			b = append(b, 'l')
			b = append(b, short(x-px)...)
			b = append(b, ' ')
			b = append(b, short(y-py)...)
		}
		px, py = x, y
	}
	return string(append(b, 'z'))
}

// box is the west, south, east and north ends of some points.
func box(ps []Point) (w, s, e, n float64) {
	for i, p := range ps {
		if i == 0 {
			w, s, e, n = p.Lon, p.Lat, p.Lon, p.Lat
			continue
		}
		w, e = min(w, p.Lon), max(e, p.Lon)
		s, n = min(s, p.Lat), max(n, p.Lat)
	}
	return
}

// short writes a number with at most one decimal.
func short(f float64) string {
	f = math.Round(f*10) / 10
	if f == 0 {
		f = 0 // no "-0"
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}
