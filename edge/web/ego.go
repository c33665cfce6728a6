package web

import (
	"math"
	"slices"
	"strconv"

	"kokko/ground/ident"
	"kokko/region/network"
)

// The network around one, on their page: a list, and the same drawn.

// How many are told of around one.
const (
	egoOne = 12
	egoTwo = 24
)

// egoView is what is around somebody; nobody when they are not in the network.
type egoView struct {
	network.Ego
	Dots  []egoDot
	Lines []egoLine
}

// egoDot is one of the picture.
type egoDot struct {
	X, Y, R float64
	Label   string // "" for those two steps away: the list names them
	Title   string
	Person  bool
}

// egoLine joins two of it.
type egoLine struct{ X1, Y1, X2, Y2 float64 }

func (v *Visit) egoOf(id ident.ID) (e egoView, err error) {
	s, err := v.Network.Now(v.R.Context(), v.Region.ID)
	if err != nil {
		return e, err
	}
	ego, ok := s.Picture(network.Filter{}).Around(id, egoOne, egoTwo)
	if !ok || len(ego.One) == 0 {
		return e, nil
	}
	e.Ego = ego
	e.draw()
	return e, nil
}

// The size of the picture, and of its two circles.
const (
	egoSize  = 400.0
	egoNear  = 95.0
	egoFar   = 175.0
	egoLabel = 18 // characters
)

// draw lays the picture out: one in the middle, those one step away in a circle round
// them, and those two away in another, each near whom they are tied through.
func (e *egoView) draw() {
	at := func(turn, radius float64) (x, y float64) {
		return egoSize/2 + radius*math.Sin(2*math.Pi*turn), egoSize/2 - radius*math.Cos(2*math.Pi*turn)
	}
	e.Dots = append(e.Dots, egoDot{egoSize / 2, egoSize / 2, 9, "", e.Self.Title, e.Self.Person})
	places := map[ident.ID]egoDot{}
	behind := map[ident.ID][]network.Near{}
	for _, n := range e.Two {
		behind[n.Through[0]] = append(behind[n.Through[0]], n)
	}
	count := float64(len(e.One))
	for i, n := range e.One {
		x, y := at(float64(i)/count, egoNear)
		d := egoDot{x, y, 6, firstWords(n.Title, egoLabel), n.Title, n.Person}
		places[n.ID] = d
		e.Lines = append(e.Lines, egoLine{egoSize / 2, egoSize / 2, x, y})
		for k, far := range behind[n.ID] {
			share := (float64(k)+0.5)/float64(len(behind[n.ID])) - 0.5
			fx, fy := at((float64(i)+share*0.9)/count, egoFar)
			e.Lines = append(e.Lines, egoLine{x, y, fx, fy})
			e.Dots = append(e.Dots, egoDot{fx, fy, 4, "", far.Title, far.Person})
		}
		e.Dots = append(e.Dots, d)
	}
}

// besides are those one step away that are in no row.
func (e egoView) besides(rows []tieRow) (all []network.Near) {
	for _, n := range e.One {
		if !slices.ContainsFunc(rows, func(r tieRow) bool { return r.To.ID == n.ID }) {
			all = append(all, n)
		}
	}
	return all
}

// egoWhys says by what two are tied.
func (v *Visit) egoWhys(n network.Near) string {
	var words []string
	for _, w := range n.Whys {
		words = append(words, v.T("tie.why."+string(w)))
	}
	return v.Say.List(words)
}

// egoThrough says whom somebody is tied through.
func (v *Visit) egoThrough(e egoView, n network.Near) string {
	var names []string
	for _, id := range n.Through {
		for _, o := range e.One {
			if o.ID == id {
				names = append(names, o.Title)
			}
		}
	}
	return v.T("ego.through", "names", v.Say.List(names))
}

// egoPath is the page of somebody near: of a person only while they are found by
// everybody.
func egoPath(n network.Near) string {
	if n.Person && !n.Findable {
		return ""
	}
	return tieAt(n.ID)
}

func svgNumber(x float64) string { return strconv.FormatFloat(x, 'f', 1, 64) }
