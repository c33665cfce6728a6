package network

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"iter"
	"math"
	"slices"
	"sync"
	"time"

	"kokko/engine/graph"
	"kokko/engine/layout"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
)

// Node is an actor in the network: an organisation, or a person who chose to be found
// or drawn. Whoever chose neither is not in it, and none of their ties is.
type Node struct {
	ID       ident.ID
	Title    string
	Person   bool
	Sector   string // by its code, "" for not known
	Place    string // of the programme, "" for not known
	Legal    string // its form, one of actor.Legals; "" for not known, and for persons
	Findable bool   // may be suggested, and named on a way
	Drawn    bool   // may be on the map

	person actor.Person // of a person: whether they may be asked now
}

// Address is the confirmed address of a person, 0 of an organisation: to know again what
// they left by it, and for no page.
func (n Node) Address() ident.ID { return n.person.Address }

// Busy tells somebody who does not want to be asked today. No page says so.
func (n Node) Busy(today workday.Day) bool { return n.Person && n.person.Busy(today) }

// Snapshot is the network of a region as it was read at one moment. It never changes;
// safe for concurrent use.
type Snapshot struct {
	Nodes []Node // by number
	Ties  []Tie  // that stood, by their ends
	Graph *graph.Graph
	Day   int // of the reading, since 1970-01-01

	at      map[ident.ID]uint32
	ends    [][2]uint32 // of each tie, by number
	first   []uint32    // of each node, where the ties from it begin; one more at the end
	version int64
	members []membership // of people who chose to be found, by person
	counted bool         // its persons are those who are counted in forecasts

	opened sync.Once // owns the next
	open   *graph.Delta
	shut   error

	once   sync.Once // owns the rest
	groups []uint32
	places []layout.Point

	drawn sync.Once // owns the whole picture
	whole Picture
}

// Number is a node's number by its actor; ok is false for who is not in the network.
func (s *Snapshot) Number(id ident.ID) (n uint32, ok bool) {
	n, ok = s.at[id]
	return n, ok
}

// View is the network as the day of its reading sees it.
func (s *Snapshot) View() *graph.View { return s.Graph.At(s.Day) }

// laidSeed is any number: the same network is laid out the same.
const laidSeed = 2008

// Laid is where each node stands on the map, and in which community; counted once.
func (s *Snapshot) Laid() (places []layout.Point, groups []uint32) {
	s.once.Do(func() {
		view := s.View()
		s.groups, _ = view.Communities(graph.Grouping{Seed: laidSeed})
		var ties []layout.Tie
		for u := range s.Nodes {
			for t := range view.Ties(uint32(u), graph.Both) {
				if int(t.Node) > u {
					ties = append(ties, layout.Tie{A: u, B: int(t.Node), Weight: t.Strength})
				}
			}
		}
		s.places = layout.Lay(len(s.Nodes), s.groups, ties)
	})
	return s.places, s.groups
}

// For is the network as one person sees it: with themselves and their own ties, also
// when nobody else may see them.
func (s *Snapshot) For(ctx context.Context, from store.Source, region string, person ident.ID) (view *graph.View, self uint32, err error) {
	if n, ok := s.Number(person); ok {
		return s.View(), n, nil
	}
	self = uint32(len(s.Nodes))
	changes, _, err := s.own(ctx, from, region, person, self)
	if err != nil {
		return nil, 0, err
	}
	d, err := s.Graph.Delta().With(changes...)
	if err != nil {
		return nil, 0, err
	}
	return d.At(s.Day), self, nil
}

// own are the ties of somebody nobody else may see, with a number for them.
func (s *Snapshot) own(ctx context.Context, from store.Source, region string, person ident.ID, self uint32) (changes []graph.Change, ties []Tie, err error) {
	all, err := Of(ctx, from, region, person)
	changes = []graph.Change{graph.Grow(self)}
	for _, t := range all {
		arc, ok := s.arc(t, func(id ident.ID) (uint32, bool) {
			if id == person {
				return self, true
			}
			return s.Number(id)
		})
		if ok && t.Until.IsZero() {
			changes, ties = append(changes, graph.Meet(arc)), append(ties, t)
		}
	}
	return changes, ties, err
}

func (s *Snapshot) arc(t Tie, number func(ident.ID) (uint32, bool)) (a graph.Arc, ok bool) {
	from, ok1 := number(t.From)
	to, ok2 := number(t.To)
	return s.arcOf(t, from, to), ok1 && ok2 && from != to
}

func (s *Snapshot) arcOf(t Tie, from, to uint32) graph.Arc {
	a := graph.Arc{From: from, To: to, Weight: t.Weight, Day: min(dayNumber(t.At), s.Day)}
	if t.Mutual() {
		a.Back = t.Weight
	}
	return a
}

// Tied is what ties two, from the one to the other: what goes both ways stands with the
// smaller number first.
func (s *Snapshot) Tied(from, to uint32) []Tie {
	begin, end := int(s.first[from]), int(s.first[from+1])
	to1, _ := slices.BinarySearchFunc(s.ends[begin:end], to, func(e [2]uint32, to uint32) int { return cmp.Compare(e[1], to) })
	n := begin + to1
	for n < end && s.ends[n][1] == to {
		n++
	}
	return s.Ties[begin+to1 : n]
}

// dayNumber counts days since 1970-01-01.
func dayNumber(t time.Time) int {
	return int(math.Floor(float64(t.Unix()) / (24 * 60 * 60)))
}

// Memory keeps the networks of regions as they are now. Safe for concurrent use.
type Memory struct {
	db      *store.DB
	clock   clock.Clock
	counted bool // its persons are those who are counted in forecasts

	mu  sync.Mutex // owns the map
	all map[string]*kept
}

// kept is one region's network.
type kept struct {
	mu sync.Mutex // one reads, the others wait for it
	is *Snapshot
}

// NewMemory keeps nothing yet.
func NewMemory(db *store.DB, c clock.Clock) *Memory {
	return &Memory{db: db, clock: c, all: map[string]*kept{}}
}

// NewCounted is a Memory for forecasts alone: the persons in it are those who let
// themselves be counted, whatever else they chose. Nobody else is in it, nor a tie of
// theirs.
func NewCounted(db *store.DB, c clock.Clock) *Memory {
	m := NewMemory(db, c)
	m.counted = true
	return m
}

// Members goes through who is of what organisation, each by number.
func (s *Snapshot) Members() iter.Seq2[uint32, uint32] {
	return func(yield func(uint32, uint32) bool) {
		for _, m := range s.members {
			if !yield(m.person, m.organisation) {
				return
			}
		}
	}
}

// Now is the network of a region as the store has it: whatever was committed before,
// by this process or another, is in it; who has chosen not to be is not.
func (m *Memory) Now(ctx context.Context, region string) (*Snapshot, error) {
	m.mu.Lock()
	k := m.all[region]
	if k == nil {
		k = new(kept)
		m.all[region] = k
	}
	m.mu.Unlock()
	k.mu.Lock()
	defer k.mu.Unlock()
	version, err := versionOf(ctx, m.db, region)
	if err != nil {
		return nil, err
	}
	today := dayNumber(m.clock.Now())
	if k.is != nil && k.is.version == version && k.is.Day == today {
		return k.is, nil
	}
	var fresh *Snapshot
	if err := m.db.Snapshot(ctx, func(ctx context.Context, from store.Source) error {
		fresh, err = renewed(ctx, from, region, k.is, today, m.counted)
		return err
	}); err != nil {
		return nil, err
	}
	k.is = fresh
	return fresh, nil
}

func versionOf(ctx context.Context, from store.Source, region string) (version int64, err error) {
	err = from.QueryRow(ctx, selectVersion, region).Scan(&version)
	if errors.Is(err, store.ErrNone) {
		err = nil
	}
	return version, err
}

// Holds tells whether a network is still as it was read, and keeps it so until the
// transaction ends: what was worked out of it is kept only then.
func (s *Snapshot) Holds(ctx context.Context, tx *store.Tx, region string) (bool, error) {
	if _, err := tx.Exec(ctx, holdVersion, region); err != nil {
		return false, err
	}
	version, err := versionOf(ctx, tx, region)
	return version == s.version, err
}

const (
	nodes = `SELECT a.actor_id, a.title, COALESCE(o.legal, ''), COALESCE(o.sector, ''), COALESCE(o.place_id, '') FROM actors a
LEFT JOIN organisations o ON o.region_id = a.region_id AND o.actor_id = a.actor_id WHERE a.region_id = $1 AND a.actor_id `
	selectNodes     = nodes + `> $2 ORDER BY a.actor_id LIMIT $3`
	selectSomeNodes = nodes + `{in $2} ORDER BY a.actor_id`
	selectAll       = `SELECT ` + columns + ` FROM ties WHERE region_id = $1 AND from_id >= $2 AND (from_id > $2 OR to_id > $3) AND until_at = 0 ORDER BY from_id, to_id LIMIT $4`
	// Without an order, which SQLite would go through all ties for.
	selectRest = `SELECT ` + columns + ` FROM ties WHERE region_id = $1 AND from_id = $2 AND to_id = $3 AND until_at = 0`
)

const readAtOnce = 2000

// read makes a snapshot of one state of the store.
func read(ctx context.Context, from store.Source, region string, today int, counted bool) (*Snapshot, error) {
	s := &Snapshot{at: map[ident.ID]uint32{}, Day: today, counted: counted}
	var err error
	if s.version, err = versionOf(ctx, from, region); err != nil {
		return nil, err
	}
	for last := ident.ID(0); ; {
		some, err := organisations(from.Query(ctx, selectNodes, region, int64(last), readAtOnce))
		if err != nil {
			return nil, err
		}
		if s.Nodes = append(s.Nodes, some...); len(some) < readAtOnce {
			break
		}
		last = some[len(some)-1].ID
	}
	for last := ident.ID(0); ; {
		some, err := actor.People(ctx, from, region, last, readAtOnce)
		if err != nil {
			return nil, err
		}
		for _, p := range some {
			if last = p.ID; s.takes(p) {
				s.Nodes = append(s.Nodes, personal(p))
			}
		}
		if len(some) < readAtOnce {
			break
		}
	}
	s.number()
	if err := s.readTies(ctx, from, region); err != nil {
		return nil, err
	}
	if err := s.readMembers(ctx, from, region); err != nil {
		return nil, err
	}
	return s, s.build()
}

// organisations are nodes of them.
func organisations(rows *sql.Rows, err error) (all []Node, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		node := Node{Findable: true, Drawn: true}
		err := rows.Scan(&node.ID, &node.Title, &node.Legal, &node.Sector, &node.Place)
		if node.Legal == "" {
			node.Legal = actor.LegalOf(node.Title)
		}
		all = append(all, node)
		return err
	})
	return all, err
}

// takes tells whether somebody is in the network, as they chose.
func (s *Snapshot) takes(p actor.Person) bool {
	in := p.Chose(actor.Findable) || p.Chose(actor.Drawn)
	if s.counted {
		in = p.Chose(actor.Counted)
	}
	return in && p.Title != ""
}

// personal is the node of a person.
func personal(p actor.Person) Node {
	return Node{ID: p.ID, Title: p.Title, Person: true, Sector: p.Sector, Place: p.Place, Findable: p.Chose(actor.Findable), Drawn: p.Chose(actor.Drawn), person: p}
}

// number gives each node its number.
func (s *Snapshot) number() {
	slices.SortFunc(s.Nodes, byID)
	for i, n := range s.Nodes {
		s.at[n.ID] = uint32(i)
	}
}

func byID(a, b Node) int { return cmp.Compare(a.ID, b.ID) }

// build makes the graph of the ties, whose ends are known.
func (s *Snapshot) build() (err error) {
	s.first = make([]uint32, len(s.Nodes)+1)
	for _, e := range s.ends {
		s.first[e[0]+1]++
	}
	for i := range s.Nodes {
		s.first[i+1] += s.first[i]
	}
	s.Graph, err = graph.Build(len(s.Nodes), s.arcs(), graph.Options{HalfLife: int(halfLife / (24 * time.Hour))})
	return err
}

// readTies reads what stands, page by page; a page ends in the middle of a pair at
// worst, whose rest is read by itself.
func (s *Snapshot) readTies(ctx context.Context, from store.Source, region string) error {
	keep := func(t Tie) {
		if _, ok := s.arc(t, s.Number); ok {
			s.Ties = append(s.Ties, t)
		}
	}
	var last Tie
	for {
		some, err := many(from.Query(ctx, selectAll, region, int64(last.From), int64(last.To), readAtOnce))
		if err != nil {
			return err
		}
		if len(some) < readAtOnce {
			for _, t := range some {
				keep(t)
			}
			slices.SortFunc(s.Ties, inOrder) // also those of one pair
			s.ends = make([][2]uint32, len(s.Ties))
			for i, t := range s.Ties {
				s.ends[i] = [2]uint32{s.at[t.From], s.at[t.To]}
			}
			return nil
		}
		last = some[len(some)-1]
		for _, t := range some {
			if t.From != last.From || t.To != last.To {
				keep(t)
			}
		}
		rest, err := many(from.Query(ctx, selectRest, region, int64(last.From), int64(last.To)))
		if err != nil {
			return err
		}
		for _, t := range rest {
			keep(t)
		}
	}
}

func (s *Snapshot) arcs() iter.Seq[graph.Arc] {
	return func(yield func(graph.Arc) bool) {
		for i, e := range s.ends {
			if !yield(s.arcOf(s.Ties[i], e[0], e[1])) {
				return
			}
		}
	}
}

// Heard is for actor.Service.Tell: whoever has changed their mind is in the network, or
// out of it, from that moment on, and whoever is gone leaves no tie.
func Heard(ctx context.Context, tx *store.Tx, p actor.Person) error {
	if p.Gone {
		return Erase(ctx, tx, p.Region, p.ID)
	}
	return Changed(ctx, tx, p.Region, p.ID)
}

// Noted is for actor.Service.TellNoted: an organisation is in the network from the moment
// on in which it is known, and as it is called and placed then.
func Noted(ctx context.Context, tx *store.Tx, region string, a actor.Actor) error {
	return Changed(ctx, tx, region, a.ID)
}

// dayTime is when a day since 1970-01-01 begins.
func dayTime(day int) time.Time { return time.Unix(int64(day)*24*60*60, 0).UTC() }
