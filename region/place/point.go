package place

import (
	"cmp"
	"math"
	"slices"
)

// Point is a place on the globe in WGS 84 degrees. The zero Point means "not
// known": nothing in the Nordic countries is at 0, 0.
type Point struct{ Lat, Lon float64 }

// Known tells whether there is a point at all.
func (p Point) Known() bool { return p != Point{} }

// Valid tells whether the point is on the globe.
func (p Point) Valid() bool {
	return p.Lat >= -90 && p.Lat <= 90 && p.Lon >= -180 && p.Lon <= 180 // false for NaN too
}

// earth is the mean radius in kilometres (IUGG).
const earth = 6371.0088

// Km is the distance along the surface in kilometres, by the haversine formula,
// which is exact enough (0.5 %) and steady at small distances.
func Km(a, b Point) float64 {
	const rad = math.Pi / 180
	dLat, dLon := (b.Lat-a.Lat)*rad, (b.Lon-a.Lon)*rad
	s, t := math.Sin(dLat/2), math.Sin(dLon/2)
	h := s*s + math.Cos(a.Lat*rad)*math.Cos(b.Lat*rad)*t*t
	return 2 * earth * math.Asin(math.Sqrt(min(1, h)))
}

// Nearby is a place and how far it is.
type Nearby struct {
	Place Place
	Km    float64
}

// Near gives the places within km of a point, nearest first and by id where
// equally far. Places without a point are left out. O(n log n).
func Near(places []Place, from Point, km float64) []Nearby {
	var out []Nearby
	if !from.Known() || !from.Valid() {
		return out
	}
	for _, p := range places {
		if !p.At.Known() {
			continue
		}
		if d := Km(from, p.At); d <= km {
			out = append(out, Nearby{p, d})
		}
	}
	slices.SortFunc(out, func(a, b Nearby) int {
		return cmp.Or(cmp.Compare(a.Km, b.Km), cmp.Compare(a.Place.ID, b.Place.ID))
	})
	return out
}
