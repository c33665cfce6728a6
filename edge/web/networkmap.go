package web

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"kokko/engine/concept"
	"kokko/engine/language"
	"kokko/ground/i18n"
	"kokko/journey/event"
	"kokko/region/actor"
	"kokko/region/network"
	"kokko/region/office"
)

// The network of the region: as a list and tables that everybody can read, and drawn
// as a map from the same.

const (
	mapAt  = "/verkosto"
	gapsAt = "/toimisto/verkosto"
)

func mapRoutes() []route {
	return []route{
		{pattern: "GET " + mapAt, limit: 120, knows: true, do: (*Visit).networkMap},
		{pattern: "GET /verkosto.json", limit: 60, do: (*Visit).networkFile},
		{pattern: "GET " + gapsAt, access: staff, verb: office.Read, object: office.Events, do: (*Visit).networkGaps},
	}
}

const (
	mostDrawn  = 5000 // nodes: above that communities first
	mostListed = 50   // organisations in the list
	mostRows   = 12   // groups of a table
)

// mapFilter is what of the network is looked at, as its address says.
type mapFilter struct {
	network.Filter
	Why string
}

func (v *Visit) mapFilter() (f mapFilter) {
	year := func(name string) int {
		n, err := strconv.Atoi(v.Query(name))
		if err != nil || n < 1900 || n > 2200 {
			return 0
		}
		return n
	}
	f.From, f.Until = year("alkaen"), year("asti")
	if f.Why = oneOf(v.Query("mista"), whyNames()...); f.Why != "" {
		f.Whys = []network.Why{network.Why(f.Why)}
	}
	if p, ok := v.Edition.Place(v.Query("paikka")); ok {
		f.Place = p.ID
	}
	f.Sector = oneOf(v.Query("ala"), v.sectorCodes()...)
	return f
}

func whyNames() (all []string) {
	for _, w := range network.Whys() {
		all = append(all, string(w))
	}
	return all
}

// address is a page of the network with this filter.
func (f mapFilter) address(path string, more ...string) string {
	q := url.Values{}
	for name, value := range map[string]string{"mista": f.Why, "paikka": f.Place, "ala": f.Sector, "alkaen": yearWord(f.From), "asti": yearWord(f.Until)} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for i := 0; i+1 < len(more); i += 2 {
		q.Set(more[i], more[i+1])
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

func yearWord(year int) string {
	if year == 0 {
		return ""
	}
	return strconv.Itoa(year)
}

// grouping is a way the nodes are put into groups.
type grouping struct {
	Name string
	Of   func(network.Node) string
	Say  func(group string) string
}

// groupings are the ways a region's network is counted.
func (v *Visit) groupings() []grouping {
	unknown := func(say func(string) string) func(string) string {
		return func(group string) string {
			if group == "" {
				return v.T("map.unknown")
			}
			return say(group)
		}
	}
	return []grouping{
		{"sector", func(n network.Node) string { return n.Sector }, unknown(v.sectorName)},
		{"place", func(n network.Node) string { return n.Place }, unknown(func(id string) string {
			return cmp.Or(v.placeApart(id), id)
		})},
		{"legal", func(n network.Node) string { return n.Legal }, unknown(func(legal string) string { return v.T("map.legal." + legal) })},
	}
}

// sectorName is what a sector is called.
func (v *Visit) sectorName(code string) string {
	s, ok := actor.SectorOf(code)
	if !ok {
		return code
	}
	return s.In(string(v.Lang.Written()))
}

// sectorCodes is every sector's code.
func (v *Visit) sectorCodes() (all []string) {
	for _, s := range actor.Sectors() {
		all = append(all, s.Code)
	}
	return all
}

// matrixView is a table of groups by groups.
type matrixView struct {
	grouping
	Groups []string
	Cells  network.Matrix
	More   int // groups that are not shown: the smallest
}

// mapView is the page of the network.
type mapView struct {
	mapFilter
	Picture  network.Picture
	All      []networkNode // organisations, the most tied first; persons by name, without a number
	More     int
	Tables   []matrixView
	First    int // the first year of a tie and the last, none that is still to come
	Last     int
	Crowds   []crowd // communities, when there are too many to draw
	Drawable bool
	Steps    [][2]int // years, or spans of them, that one may look at
}

// mostSteps is how many steps of time a page offers.
const mostSteps = 24

// yearSteps are the years from the first to the last, or spans of five or more when they
// are many.
func yearSteps(first, last, most int) (steps [][2]int) {
	if first == 0 || last < first {
		return nil
	}
	by := 1
	for (last-first)/by >= most {
		by += 5 - by%5
	}
	if by > 1 {
		first -= first % by
	}
	for y := first; y <= last; y += by {
		steps = append(steps, [2]int{y, min(y+by-1, last)})
	}
	return steps
}

// yearsWord is a step of time.
func yearsWord(step [2]int) string {
	if step[0] == step[1] {
		return strconv.Itoa(step[0])
	}
	return i18n.Numbers(step[0], step[1])
}

// yearNamed is a year as the slider of the map says it: which is the one under way.
func (v *Visit) yearNamed(year int) string {
	if year == v.Clock.Now().In(i18n.Helsinki()).Year() {
		return v.T("map.year.this", "year", strconv.Itoa(year))
	}
	return strconv.Itoa(year)
}

// during is the same page of other years.
func (f mapFilter) during(from, until int) string {
	f.From, f.Until = from, until
	return f.address(mapAt)
}

// networkNode is a line of the list.
type networkNode struct {
	network.Node
	Ties int // 0 for persons
}

// crowd is one community of a large network.
type crowd struct {
	Number int
	Size   int
	Names  []string // of its most tied organisations
}

func (v *Visit) picture() (f mapFilter, p network.Picture, err error) {
	f = v.mapFilter()
	s, err := v.Network.Now(v.R.Context(), v.Region.ID)
	if err != nil {
		return f, p, err
	}
	return f, s.Picture(f.Filter), nil
}

func (v *Visit) networkMap() error {
	f, p, err := v.picture()
	if err != nil {
		return err
	}
	view := mapView{mapFilter: f, Picture: p, Drawable: len(p.Nodes) > 0}
	var persons []networkNode
	for _, n := range p.Nodes {
		node := p.Snapshot.Nodes[n]
		if node.Person {
			persons = append(persons, networkNode{Node: node})
		} else {
			view.All = append(view.All, networkNode{node, p.Degree[n]})
		}
	}
	slices.SortFunc(view.All, func(a, b networkNode) int {
		return cmp.Or(cmp.Compare(b.Ties, a.Ties), v.Say.Compare(a.Title, b.Title), cmp.Compare(a.ID, b.ID))
	})
	if view.More = len(view.All) - mostListed; view.More > 0 {
		view.All = view.All[:mostListed]
	}
	slices.SortFunc(persons, func(a, b networkNode) int { return v.Say.Compare(a.Title, b.Title) })
	view.All = append(view.All, persons[:min(len(persons), mostListed)]...)
	for _, g := range v.groupings() {
		m := p.Matrix(g.Of)
		t := matrixView{grouping: g, Cells: m, Groups: slices.Clone(m.Groups)}
		slices.SortStableFunc(t.Groups, func(a, b string) int { return cmp.Compare(m.Sizes[b], m.Sizes[a]) })
		if t.More = len(t.Groups) - mostRows; t.More > 0 {
			t.Groups = t.Groups[:mostRows]
		}
		if len(t.Groups) > 1 {
			view.Tables = append(view.Tables, t)
		}
	}
	for _, pair := range p.Pairs {
		if pair.Since != 0 && (view.First == 0 || pair.Since < view.First) {
			view.First = pair.Since
		}
		view.Last = max(view.Last, pair.Last)
	}
	// A project is written down to its end; of years to come nobody knows yet.
	this := v.Clock.Now().In(i18n.Helsinki()).Year()
	view.Last = min(view.Last, this)
	if len(p.Nodes) > mostDrawn {
		view.Crowds = crowds(p)
	}
	first, last := p.Snapshot.Years()
	view.Steps = yearSteps(first, min(last, this), mostSteps)
	return v.Render(http.StatusOK, networkMapPage(v, view))
}

// crowds are the communities of a picture, the largest first.
func crowds(p network.Picture) []crowd {
	_, groups := p.Laid()
	members := map[uint32][]uint32{}
	for _, n := range p.Nodes {
		members[groups[n]] = append(members[groups[n]], n)
	}
	var all []crowd
	for g, list := range members {
		slices.SortFunc(list, func(a, b uint32) int { return cmp.Or(cmp.Compare(p.Degree[b], p.Degree[a]), cmp.Compare(a, b)) })
		c := crowd{Number: int(g), Size: len(list)}
		for _, n := range list {
			if node := p.Snapshot.Nodes[n]; !node.Person && len(c.Names) < 3 {
				c.Names = append(c.Names, node.Title)
			}
		}
		all = append(all, c)
	}
	slices.SortFunc(all, func(a, b crowd) int { return cmp.Or(cmp.Compare(b.Size, a.Size), cmp.Compare(a.Number, b.Number)) })
	return all
}

// mapFile is what the map is drawn from: rows without names, for its size.
type mapFile struct {
	Nodes   [][8]any `json:"nodes"` // label, x, y, ties, community, sector, place, path
	Ties    [][5]any `json:"ties"`  // from, to, strength, first and last year
	Sectors []string `json:"sectors"`
	Places  []string `json:"places"`
}

// networkFile is the network drawn: the whole, one community of it (yhteiso), or its
// communities when the whole is too many.
func (v *Visit) networkFile() error {
	_, p, err := v.picture()
	if err != nil {
		return err
	}
	places, groups := p.Laid()
	file := mapFile{Nodes: [][8]any{}, Ties: [][5]any{}, Sectors: []string{}, Places: []string{}}
	index := func(list *[]string, value string) int {
		if value == "" {
			return -1
		}
		if i := slices.Index(*list, value); i >= 0 {
			return i
		}
		*list = append(*list, value)
		return len(*list) - 1
	}
	round := func(x float64) float64 { return math.Round(x*1000) / 1000 }
	only, narrowed := -1, false
	if n, err := strconv.Atoi(v.Query("yhteiso")); err == nil {
		only, narrowed = n, true
	}
	at := map[uint32]int{} // of a node, or of a community
	if len(p.Nodes) > mostDrawn && !narrowed {
		middle := map[uint32][2]float64{} // of each community, its size times over
		for _, node := range p.Nodes {
			m := middle[groups[node]]
			middle[groups[node]] = [2]float64{m[0] + places[node].X, m[1] + places[node].Y}
		}
		for _, c := range crowds(p) {
			g := uint32(c.Number)
			at[g] = len(file.Nodes)
			x, y, n := middle[g][0], middle[g][1], float64(c.Size)
			name := ""
			if len(c.Names) > 0 {
				name = c.Names[0]
			}
			file.Nodes = append(file.Nodes, [8]any{v.N("map.crowd", c.Size, "name", name), round(x / n), round(y / n), c.Size, c.Number, -1, -1, string(v.URL(withQuery(mapAt, "yhteiso", strconv.Itoa(c.Number))))})
		}
		sum := map[[2]int]float64{}
		for _, pair := range p.Pairs {
			if a, b := at[groups[pair.A]], at[groups[pair.B]]; a != b {
				sum[[2]int{min(a, b), max(a, b)}] += pair.Strength
			}
		}
		for key, s := range sum {
			file.Ties = append(file.Ties, [5]any{key[0], key[1], round(min(1, s/10)), 0, 0})
		}
		slices.SortFunc(file.Ties, func(a, b [5]any) int {
			return cmp.Or(cmp.Compare(a[0].(int), b[0].(int)), cmp.Compare(a[1].(int), b[1].(int)))
		})
	} else {
		for _, n := range p.Nodes {
			if narrowed && int(groups[n]) != only || len(file.Nodes) == mostDrawn {
				continue
			}
			node := p.Snapshot.Nodes[n]
			at[n] = len(file.Nodes)
			ties := p.Degree[n]
			if node.Person { // how many somebody has is nobody's business
				ties = 1
			}
			file.Nodes = append(file.Nodes, [8]any{node.Title, round(places[n].X), round(places[n].Y), ties, int(groups[n]), index(&file.Sectors, node.Sector), index(&file.Places, node.Place), v.mapLink(node)})
		}
		for _, pair := range p.Pairs {
			a, ok1 := at[pair.A]
			b, ok2 := at[pair.B]
			if ok1 && ok2 {
				file.Ties = append(file.Ties, [5]any{a, b, round(pair.Strength), pair.Since, pair.Last})
			}
		}
	}
	var b bytes.Buffer
	if err := json.NewEncoder(&b).Encode(file); err != nil {
		return err
	}
	v.status = http.StatusOK
	v.send(v.W, v.R, http.StatusOK, "application/json", b.Bytes(), true)
	return nil
}

// actorPath is the page of an organisation in the network; "" for a person.
func (v *Visit) actorPath(n network.Node) string {
	if n.Person {
		return ""
	}
	return tieAt(n.ID)
}

// mapLink is where a node of the map leads, "" for nowhere.
func (v *Visit) mapLink(n network.Node) string {
	if n.Person {
		return ""
	}
	return string(v.URL(v.actorPath(n)))
}

// gapsView is what the office sees of bridges and gaps.
type gapsView struct {
	Central []network.Central
	Four    float64 // share of all standing between that the first four have
	Gaps    map[string][]network.Gap
	Mixing  map[string]network.Mixing
	Common  map[string][]network.Common
	Aside   map[string][]string // groups with nobody tied to another group
	Says    []grouping
	Alone   int // organisations without a tie
	Nodes   int
	Holds   bool // may make an event
}

// mostCentral and mostGaps bound the office's lists.
const (
	mostCentral = 15
	mostGaps    = 10
)

func (v *Visit) networkGaps() error {
	s, err := v.Network.Now(v.R.Context(), v.Region.ID)
	if err != nil {
		return err
	}
	p := s.Picture(network.Filter{})
	topics, err := v.Know.Topics(v.R.Context(), v.Region.ID)
	if err != nil {
		return err
	}
	view := gapsView{Common: map[string][]network.Common{}, Gaps: map[string][]network.Gap{}, Mixing: map[string]network.Mixing{}, Aside: map[string][]string{}, Says: v.groupings(), Nodes: len(s.Nodes), Holds: v.May(right{Object: office.Events, Verb: office.Write})}
	view.Central, view.Four = s.Central(mostCentral)
	for _, n := range s.Nodes {
		if number, _ := s.Number(n.ID); !n.Person && p.Degree[number] == 0 {
			view.Alone++
		}
	}
	for _, g := range view.Says {
		m := p.Matrix(g.Of)
		view.Gaps[g.Name] = p.Gaps(m, g.Of, mostGaps)
		view.Mixing[g.Name] = p.Mixing(g.Of)
		if g.Name != "legal" {
			view.Common[g.Name] = p.Common(g.Of, topics, mostGaps)
		}
		sizes := map[string]int{}
		for _, n := range s.Nodes {
			if group := g.Of(n); group != "" {
				sizes[group]++
			}
		}
		for group, size := range sizes {
			out := 0
			for _, other := range m.Groups {
				if c := m.At(group, other); other != group && (c.Pairs > 0 || c.Few) {
					out++
				}
			}
			if out == 0 && size >= network.Few { // fewer could be told apart
				view.Aside[g.Name] = append(view.Aside[g.Name], group)
			}
		}
		slices.Sort(view.Aside[g.Name])
	}
	return v.Render(http.StatusOK, networkGapsPage(v, view))
}

// topicWords are the topics two groups have in common, in the reader's language.
func (v *Visit) topicWords(topics []concept.ID) string {
	var words []string
	for _, t := range topics {
		if label := v.Index.Label(t, language.Language(v.Lang.Written())); label != "" {
			words = append(words, label)
		}
	}
	return v.Say.List(words)
}

// collideAt leads to a new event at which two groups would meet about what they have in
// common, as far as that can be told beforehand.
func (g grouping) collideAt(x network.Common) string {
	q := url.Values{"ryhmat": {g.Name}, "a": {x.A}, "b": {x.B}}
	for _, t := range x.Topics {
		q.Add("aihe", strconv.FormatUint(uint64(t), 10))
	}
	return eventsAt + "/uusi?" + q.Encode()
}

// colliding fills the form of a new event for two groups who could meet, as an address
// names them: nothing of it is made before the office sends the form.
func (v *Visit) colliding(f *Form) {
	q := v.R.URL.Query()
	at := slices.IndexFunc(v.groupings(), func(g grouping) bool { return g.Name == q.Get("ryhmat") })
	if at < 0 || q.Get("a") == "" || q.Get("b") == "" {
		return
	}
	var topics []concept.ID
	for _, t := range q["aihe"] {
		if id, err := strconv.ParseUint(t, 10, 32); err == nil {
			topics = append(topics, concept.ID(id))
		}
	}
	for _, l := range v.Edition.Tongues() {
		in := *v
		in.speak(l)
		say := in.groupings()[at].Say
		f.Values.Set("title."+string(l), firstRunes(in.T("gaps.event.title", "a", say(q.Get("a")), "b", say(q.Get("b"))), event.MaxTitle))
		if words := in.topicWords(topics[:min(len(topics), mostGaps)]); words != "" {
			f.Values.Set("about."+string(l), in.T("gaps.event.about", "topics", words))
		}
	}
}

// percentWord is a share in per cent.
func (v *Visit) percentWord(share float64) string { return v.Say.Decimal(100*share, 1) + "\u00a0%" }
