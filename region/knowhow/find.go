package knowhow

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kokko/engine/concept"
	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/text"
	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/search"
)

// Need is what somebody is looked for by.
type Need struct {
	Text     string
	Language language.Language // Unknown is told
	Most     int               // how many are wanted
	From     ident.ID          // who asks, 0 for nobody known; they are not found
	Except   []ident.ID        // who is not to be found: who is in it already
	// At is when it is asked: what speaks for anybody since is not known. Zero for now.
	// Who may be found is as they have chosen by now, whenever it is asked.
	At time.Time
	// Load is how much of what somebody can take they have, from 0 to 1: who is full is
	// not found, and nobody is told why. nil for nobody's.
	Load func(ident.ID) float64
}

// Knower is somebody who may be able to help, with what speaks for it. Score and Share
// order answers and reasons; no page shows a number about anybody.
type Knower struct {
	Actor   actor.Actor
	Place   string
	Step    knowwho.Step
	Bridge  knowwho.Bridge
	Score   float64
	Reasons []Reason
	Others  int // how many pieces of evidence speak for it beside the reasons
}

// Reason is one piece of evidence, with what it and the need have in common.
type Reason struct {
	Item     Item
	Words    []string // as they are said
	Concepts []concept.ID
	Share    float64
}

// tell adds a reason. What is called the same, as the phases of one project are, is told
// once.
func (k *Knower) tell(r Reason) {
	called := func(i Item) string {
		title, _, _ := strings.Cut(i.Text, "\n")
		return strings.ToLower(strings.TrimSpace(title))
	}
	for i := range k.Reasons {
		if k.Reasons[i].Item.Kind == r.Item.Kind && called(k.Reasons[i].Item) == called(r.Item) {
			was := &k.Reasons[i]
			was.Share += r.Share
			if was.Item.ID == r.Item.ID { // another sentence of the same
				was.Words, was.Concepts = spoken(slices.Concat(was.Words, r.Words)), union(was.Concepts, r.Concepts)
				return
			}
			k.Others++
			return
		}
	}
	k.Reasons = append(k.Reasons, r)
}

// union is some concepts and those of others that are not among them.
func union(some, others []concept.ID) []concept.ID {
	for _, id := range others {
		if !slices.Contains(some, id) {
			some = append(some, id)
		}
	}
	return some
}

// spoken gives keys as a person reads them: each once, the whole word and not its parts
// beside it, and none that say nothing.
func spoken(keys []string) (words []string) {
	for _, key := range keys {
		w := text.Say(key)
		if w == "" || slices.ContainsFunc(strings.Fields(w), func(one string) bool { return !search.Says(one) || language.Empty(one) }) ||
			slices.ContainsFunc(words, func(said string) bool { return strings.Contains(said, w) }) {
			continue
		}
		words = append(slices.DeleteFunc(words, func(said string) bool { return strings.Contains(w, said) }), w)
	}
	return words
}

// memory is what is known in a region, to find by. It holds nobody who does not want
// to be found.
type memory struct {
	mu     sync.Mutex // owns the rest; the index may be asked without it
	index  *knowwho.Index
	next   int64
	items  map[int64]ident.ID   // evidence → item
	of     map[ident.ID][]int64 // somebody → their evidence
	known  map[ident.ID]known
	topics map[ident.ID][]concept.ID // of organisations alone: what they are about
	words  map[string]uint32         // sectors and places by number
	moment store.Moment
	since  time.Time // when what has changed was last read
	seen   map[ident.ID]bool
	anew   map[ident.ID]bool // who was dropped since, and may have been read before that
	built  bool
	ready  atomic.Bool                   // it was built
	warms  atomic.Pointer[chan struct{}] // closed when who builds it has ended; nil while nobody does
}

// known is what is remembered of somebody beside their evidence.
type known struct {
	spot   knowwho.Spot
	person actor.Person // zero for an organisation
}

const (
	// lookBack is for how long a change may be under way before it is seen.
	lookBack  = 2 * time.Minute
	builtAt   = 200 // people and organisations read at a time
	aMoment   = 700 * time.Millisecond
	moreFound = 5 // asked for beyond what is wanted: somebody may be gone since
)

func (s *Service) memory(region string) *memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.regions[region]
	if m == nil {
		m = &memory{index: knowwho.NewIndex(), items: map[int64]ident.ID{}, of: map[ident.ID][]int64{}, known: map[ident.ID]known{}, topics: map[ident.ID][]concept.ID{}, words: map[string]uint32{}, seen: map[ident.ID]bool{}, anew: map[ident.ID]bool{}}
		s.regions[region] = m
	}
	return m
}

// forget drops somebody at once. Who asked between what made them be dropped and now has
// read them as they are already, and would not again: they are read anew.
func (s *Service) forget(region string, of ident.ID) {
	m := s.memory(region)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.drop(of)
	m.anew[of] = true
}

func (m *memory) drop(of ident.ID) {
	m.index.Remove(m.of[of]...)
	for _, e := range m.of[of] {
		delete(m.items, e)
	}
	delete(m.of, of)
	delete(m.known, of)
	delete(m.topics, of)
}

// number is a word's own, 0 for none.
func (m *memory) number(word string) uint32 {
	if word == "" {
		return 0
	}
	n, ok := m.words[word]
	if !ok {
		n = uint32(len(m.words) + 1)
		m.words[word] = n
	}
	return n
}

// Warm has a region's memory stand as the store does, so that nobody who asks waits
// for it.
func (s *Service) Warm(ctx context.Context, region string) error {
	m, ended := s.memory(region), make(chan struct{})
	if m.warms.CompareAndSwap(nil, &ended) {
		defer close(ended)
		defer m.warms.Store(nil)
	}
	return s.sync(ctx, region, m)
}

// Ready tells that whoever asks in a region is answered at once. While the memory is being
// built for the first time it waits a moment for it, and no longer.
func (s *Service) Ready(ctx context.Context, region string) bool {
	m := s.memory(region)
	ended := m.warms.Load()
	if ended == nil || m.ready.Load() {
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, aMoment)
	defer cancel()
	select {
	case <-*ended:
		return true
	case <-ctx.Done():
		return false
	}
}

// sync brings the memory to where the store stands: at first all of it, then whose
// things have changed since. While nothing was committed it costs nothing.
func (s *Service) sync(ctx context.Context, region string, m *memory) error {
	moment, err := s.db.Moment(ctx) // before anything is read
	if err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.built && moment == m.moment && len(m.anew) == 0 {
		return nil
	}
	began := s.clock.Now()
	from := m.since
	if !m.built {
		from = began
	}
	changed, seen, err := changes(ctx, s.db, region, ident.At(from.Add(-lookBack)))
	if err != nil {
		return err
	}
	if !m.built {
		if err := s.build(ctx, region, m); err != nil {
			return err
		}
	} else {
		whose := slices.Collect(maps.Keys(m.anew))
		for i, id := range seen {
			if !m.seen[id] && !slices.Contains(whose, changed[i]) {
				whose = append(whose, changed[i])
			}
		}
		for _, of := range whose {
			if err := s.reload(ctx, region, m, of); err != nil {
				return err
			}
		}
	}
	clear(m.anew)
	m.seen = make(map[ident.ID]bool, len(seen))
	for _, id := range seen {
		m.seen[id] = true
	}
	m.built, m.moment, m.since = true, moment, began
	m.ready.Store(true)
	return nil
}

func changes(ctx context.Context, from store.Source, region string, after ident.ID) (whose, ids []ident.ID, err error) {
	rows, err := from.Query(ctx, selectChanges, region, int64(after))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id, of ident.ID
		err := rows.Scan(&id, &of)
		ids, whose = append(ids, id), append(whose, of)
		return err
	})
	return whose, ids, err
}

// build reads everybody.
func (s *Service) build(ctx context.Context, region string, m *memory) error {
	var all []knowwho.Evidence
	for after := ident.ID(0); ; {
		list, err := actor.List(ctx, s.db, region, after, builtAt)
		if err != nil {
			return err
		}
		items, err := s.OfMany(ctx, s.db, region, list...)
		if err != nil {
			return err
		}
		for _, a := range list {
			after = a.ID
			some, err := s.evidence(ctx, region, m, a, known{}, items[a.ID])
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		if len(list) < builtAt {
			break
		}
	}
	for after := ident.ID(0); ; {
		list, err := actor.People(ctx, s.db, region, after, builtAt)
		if err != nil {
			return err
		}
		var findable []actor.Actor
		for _, p := range list {
			if p.Chose(actor.Findable) {
				findable = append(findable, p.Actor)
			}
		}
		items, err := s.OfMany(ctx, s.db, region, findable...)
		if err != nil {
			return err
		}
		for _, p := range list {
			if after = p.ID; !p.Chose(actor.Findable) {
				continue
			}
			some, err := s.evidence(ctx, region, m, p.Actor, known{person: p}, items[p.ID])
			if err != nil {
				return err
			}
			all = append(all, some...)
		}
		if len(list) < builtAt {
			break
		}
	}
	m.index.Fill(all)
	return nil
}

// reload reads one anew.
func (s *Service) reload(ctx context.Context, region string, m *memory, of ident.ID) error {
	m.drop(of)
	all, err := actor.ByIDs(ctx, s.db, region, of)
	a, ok := all[of]
	if err != nil || !ok {
		return err
	}
	var k known
	if a.Person {
		if k.person, err = actor.PersonByID(ctx, s.db, region, of); err != nil || !k.person.Chose(actor.Findable) {
			return err
		}
	}
	items, err := s.Of(ctx, s.db, region, a)
	if err != nil {
		return err
	}
	some, err := s.evidence(ctx, region, m, a, k, items)
	for _, e := range some {
		m.index.Put(e)
	}
	return err
}

func (s *Service) evidence(ctx context.Context, region string, m *memory, a actor.Actor, k known, items []Item) (all []knowwho.Evidence, err error) {
	place, sector := k.person.Place, k.person.Sector
	if !a.Person {
		if place, sector, err = actor.Standing(ctx, s.db, region, a.ID); err != nil {
			return nil, err
		}
	}
	k.spot = knowwho.Spot{Sector: m.number("sector:" + sector), Place: m.number("place:" + place)}
	if sector == "" {
		k.spot.Sector = 0
	}
	if place == "" {
		k.spot.Place = 0
	}
	m.known[a.ID] = k
	about := map[concept.ID]float64{}
	for _, i := range items {
		if !i.Speaks() {
			continue
		}
		for _, piece := range i.pieces() {
			m.next++
			m.items[m.next] = i.ID
			m.of[a.ID] = append(m.of[a.ID], m.next)
			terms := s.reader.Terms(piece, language.Language(i.Language))
			all = append(all, knowwho.Evidence{ID: m.next, Holders: []knowwho.Person{knowwho.Person(a.ID)}, At: i.At, Weight: i.Kind.weight(), Terms: terms})
			if !a.Person {
				for id, share := range terms.Topics() {
					if share >= leastTopic {
						about[id] += share
					}
				}
			}
		}
	}
	if len(about) > 0 {
		topics := slices.Collect(maps.Keys(about))
		slices.SortFunc(topics, func(a, b concept.ID) int { return cmp.Or(cmp.Compare(about[b], about[a]), cmp.Compare(a, b)) })
		m.topics[a.ID] = topics[:min(len(topics), mostTopics)]
	}
	return all, nil
}

// Topics of an organisation: so many at most, each of which is a good part of something
// it did.
const (
	mostTopics = 24
	leastTopic = .3
)

// Topics are what each organisation is about, by what it did, the most first: public
// facts. Of people nothing is told here.
func (s *Service) Topics(ctx context.Context, region string) (map[ident.ID][]concept.ID, error) {
	m := s.memory(region)
	if err := s.sync(ctx, region, m); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.topics), nil
}

// Find gives who may be able to help, the best first, each with what speaks for it.
// Nobody is found who has not chosen to be, at the moment of asking, on any server; who
// has no time now is not either, and nothing tells so.
func (s *Service) Find(ctx context.Context, region string, n Need) ([]Knower, error) {
	all, err := s.FindMany(ctx, region, []Need{n})
	if err != nil {
		return nil, err
	}
	return all[0], nil
}

// answer is what the index gave for one need.
type answer struct {
	found []knowwho.Found
	items map[int64]ident.ID // evidence → item
}

// FindMany is Find of several needs at once: whoever is found for many of them is read
// once.
func (s *Service) FindMany(ctx context.Context, region string, needs []Need) ([][]Knower, error) {
	m := s.memory(region)
	if err := s.sync(ctx, region, m); err != nil {
		return nil, err
	}
	today := workday.DayOf(s.clock.Now(), i18n.Helsinki())
	answers := make([]answer, len(needs))
	var ids []ident.ID
	for i, n := range needs {
		answers[i] = s.look(m, n, today)
		for _, f := range answers[i].found {
			ids = append(ids, ident.ID(f.Person))
		}
	}
	slices.Sort(ids)
	ids = slices.Compact(ids)
	there, err := actor.ByIDs(ctx, s.db, region, ids...)
	if err != nil {
		return nil, err
	}
	persons, err := actor.PeopleByIDs(ctx, s.db, region, ids...)
	if err != nil {
		return nil, err
	}
	var asked []actor.Actor
	for _, id := range ids {
		a, ok := there[id]
		if p := persons[id]; ok && (!a.Person || p.Chose(actor.Findable) && !p.Busy(today)) {
			asked = append(asked, a)
		}
	}
	evidence, err := s.OfMany(ctx, s.db, region, asked...)
	if err != nil {
		return nil, err
	}
	all := make([][]Knower, len(needs))
	var stale []ident.ID
	for i, n := range needs {
		for _, f := range answers[i].found {
			id := ident.ID(f.Person)
			known, ok := evidence[id]
			if !ok {
				continue
			}
			k := Knower{Actor: there[id], Place: persons[id].Place, Step: f.Step, Bridge: f.Bridge, Score: f.Score, Others: f.Others}
			for _, r := range f.Reasons {
				at := slices.IndexFunc(known, func(item Item) bool { return item.ID == answers[i].items[r.Evidence] && item.Speaks() })
				if at < 0 {
					stale = append(stale, id) // gone since
					continue
				}
				k.tell(Reason{known[at], spoken(r.Words), r.Concepts, r.Share})
			}
			if len(k.Reasons) > 0 && len(all[i]) < n.Most {
				all[i] = append(all[i], k)
			}
		}
	}
	if len(stale) > 0 {
		m.mu.Lock()
		defer m.mu.Unlock()
		slices.Sort(stale)
		for _, id := range slices.Compact(stale) {
			if err := s.reload(ctx, region, m, id); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// look asks the index for a need.
func (s *Service) look(m *memory, n Need, today workday.Day) (a answer) {
	m.mu.Lock()
	defer m.mu.Unlock()
	at := n.At
	if at.IsZero() {
		at = s.clock.Now()
	}
	asked := knowwho.Need{Text: n.Text, Language: n.Language, At: at, Most: n.Most + moreFound, Least: knowwho.Faint, From: m.known[n.From].spot,
		May: func(p knowwho.Person) bool {
			id := ident.ID(p)
			k, ok := m.known[id]
			return ok && id != n.From && !slices.Contains(n.Except, id) && !k.person.Busy(today)
		},
		Where: func(p knowwho.Person) knowwho.Spot { return m.known[ident.ID(p)].spot }}
	if n.Load != nil {
		asked.Load = func(p knowwho.Person) float64 { return n.Load(ident.ID(p)) }
	}
	a = answer{m.index.Find(s.reader, asked, knowwho.Defaults()), map[int64]ident.ID{}}
	for _, f := range a.found {
		for _, r := range f.Reasons {
			a.items[r.Evidence] = m.items[r.Evidence]
		}
	}
	return a
}
