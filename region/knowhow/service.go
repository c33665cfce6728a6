package knowhow

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"kokko/engine/concept"
	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/subject"
	"kokko/engine/text"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/search"
)

// Holder is who evidence is of, with what a source needs to know them by.
type Holder struct {
	actor.Actor
	Email string // of a person, "" for an organisation
	// Address is what a person hangs on, 0 for an organisation.
	Address ident.ID
}

// Source gives what somebody did, as another room keeps it: nothing of it is copied.
// What not everybody may read is not among it.
type Source func(ctx context.Context, from store.Source, region string, of Holder) ([]Item, error)

// Service is the verbs on what people know, and who is found by it. Safe for
// concurrent use once it is wired.
type Service struct {
	db      *store.DB
	clock   clock.Clock
	ids     *ident.Maker
	index   *search.Index
	reader  *knowwho.Reader
	sources []Source

	mu      sync.Mutex // owns regions
	regions map[string]*memory
}

// New gives the verbs on a store. People are found by words through an index, and
// gone from it when an actor says so.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, index *search.Index, actors *actor.Service) *Service {
	// What the program itself brings is read by a test; without it words alone would find.
	subjects, _ := subject.Own()
	s := &Service{db: db, clock: c, ids: ids, index: index, reader: knowwho.NewReader(index.Analyser(), subjects), regions: map[string]*memory{}}
	actors.Tell(s.hear)
	actors.TellNoted(func(ctx context.Context, tx *store.Tx, region string, a actor.Actor) error {
		return s.Touch(ctx, tx, region, a.ID)
	})
	return s
}

// From adds sources of what people and organisations did. It is said once, while
// everything is wired.
func (s *Service) From(sources ...Source) *Service {
	s.sources = append(s.sources, sources...)
	return s
}

// hear keeps what is found of a person with what they chose, in the same transaction.
func (s *Service) hear(ctx context.Context, tx *store.Tx, p actor.Person) error {
	if p.Gone {
		if _, err := tx.Exec(ctx, deleteOf, p.Region, int64(p.ID)); err != nil {
			return err
		}
	}
	if !p.Chose(actor.Findable) {
		tx.After(func() { s.forget(p.Region, p.ID) })
	}
	if err := s.Touch(ctx, tx, p.Region, p.ID); err != nil {
		return err
	}
	return s.find(ctx, tx, p)
}

// Touch says that what is known of somebody has changed, inside the transaction that
// changes it: every server reads it anew. Sources call it.
func (s *Service) Touch(ctx context.Context, tx *store.Tx, region string, of ident.ID) error {
	_, err := tx.Exec(ctx, insertChange, region, int64(s.ids.New()), int64(of))
	return err
}

// TouchAddress is Touch for whoever hangs on a confirmed address, by how it is
// written; nobody may.
func (s *Service) TouchAddress(ctx context.Context, tx *store.Tx, region, email string) error {
	if email == "" {
		return nil
	}
	p, ok, err := actor.OfEmail(ctx, tx, region, email)
	if err != nil || !ok {
		return err
	}
	return s.Touch(ctx, tx, region, p.ID)
}

// find has a person found by their words as they are now, while they want to be.
func (s *Service) find(ctx context.Context, tx *store.Tx, p actor.Person) error {
	t, ok, err := thing(ctx, tx, p)
	if err != nil {
		return err
	}
	if !ok {
		return s.index.Remove(ctx, tx, p.Region, search.Person, p.ID)
	}
	return s.index.Put(ctx, tx, t)
}

func thing(ctx context.Context, from store.Source, p actor.Person) (t search.Thing, ok bool, err error) {
	if !p.Chose(actor.Findable) {
		return t, false, nil
	}
	items, err := WrittenOf(ctx, from, p.Region, p.ID)
	var lines []string
	for _, i := range items {
		if i.Shown() && i.State != Filled {
			lines = append(lines, i.Text)
		}
	}
	return search.Thing{Region: p.Region, Kind: search.Person, ID: p.ID, Listed: true, Title: p.Name, Text: strings.Join(lines, "\n"), Place: p.Place, At: p.Made}, true, err
}

// Shelf is the people who want to be found, for an index that is made anew.
func Shelf() search.Shelf {
	return search.Shelf{Name: "people", Kinds: []search.Kind{search.Person}, Read: func(ctx context.Context, from store.Source, region string, after ident.ID, most int) (things []search.Thing, last ident.ID, err error) {
		all, err := actor.People(ctx, from, region, after, most)
		last = after
		for _, p := range all {
			last = p.ID
			t, ok, err := thing(ctx, from, p)
			if err != nil {
				return nil, after, err
			}
			if ok {
				things = append(things, t)
			}
		}
		return things, last, err
	}}
}

// changed tells everything that something of a person was written.
func (s *Service) changed(ctx context.Context, tx *store.Tx, region string, person ident.ID) error {
	p, err := actor.Locked(ctx, tx, region, person)
	if err != nil {
		return err
	}
	if err := s.Touch(ctx, tx, region, person); err != nil {
		return err
	}
	return s.find(ctx, tx, p)
}

// Write keeps a person's own words, anew when the item's ID is 0, else in the place
// of what stood there.
func (s *Service) Write(ctx context.Context, tx *store.Tx, region string, i Item) (Item, error) {
	if err := i.check(); err != nil {
		return i, err
	}
	now := s.clock.Now()
	if i.ID == 0 {
		all, err := WrittenOf(ctx, tx, region, i.Actor)
		if err != nil {
			return i, err
		}
		for _, other := range all { // the same press of a button twice
			if other.Kind == i.Kind && other.Text == i.Text {
				return other, nil
			}
		}
		if len(all) >= MaxItems {
			return i, fault.New(fault.Invalid, "knowhow.many").On(string(i.Kind)).With("max", MaxItems)
		}
		i.State, i.Source, i.SourceID, i.At = Holds, "", 0, now
		return i, s.insert(ctx, tx, region, &i)
	}
	was, err := scan(tx.QueryRow(ctx, selectItem, region, int64(i.Actor), int64(i.ID)))
	if err != nil {
		return i, err
	}
	if was.Kind != i.Kind {
		return i, fault.New(fault.Invalid, "knowhow.kind.wrong").On("kind")
	}
	was.Text, was.Language, was.Together, was.State, was.At = i.Text, i.Language, i.Together, i.State, now
	if was.State == Dropped || was.Kind == Own {
		was.State = Holds
	}
	return was, s.update(ctx, tx, region, &was)
}

func (s *Service) insert(ctx context.Context, tx *store.Tx, region string, i *Item) error {
	i.ID, i.Written = s.ids.New(), s.clock.Now()
	if _, err := actor.PersonByID(ctx, tx, region, i.Actor); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertItem, region, int64(i.ID), int64(i.Actor), string(i.Kind), string(i.State), i.Together, i.Text, i.Language, i.Source, int64(i.SourceID), clock.Micros(i.At), clock.Micros(i.Written)); err != nil {
		return err
	}
	return s.changed(ctx, tx, region, i.Actor)
}

func (s *Service) update(ctx context.Context, tx *store.Tx, region string, i *Item) error {
	i.Written = s.clock.Now()
	if _, err := tx.Exec(ctx, updateItem, region, int64(i.Actor), int64(i.ID), string(i.State), i.Together, i.Text, i.Language, clock.Micros(i.At), clock.Micros(i.Written)); err != nil {
		return err
	}
	return s.changed(ctx, tx, region, i.Actor)
}

// Remove takes an item of a person away, with no trace.
func (s *Service) Remove(ctx context.Context, tx *store.Tx, region string, person, item ident.ID) error {
	n, err := tx.Exec(ctx, deleteItem, region, int64(person), int64(item))
	if err == nil && n == 0 {
		err = fault.New(fault.NotFound, "knowhow.none")
	}
	if err != nil {
		return err
	}
	return s.changed(ctx, tx, region, person)
}

// Record keeps that a person did something another room tells of (a role, a meeting, a
// study), in the transaction that tells it; the same source is the same item.
func (s *Service) Record(ctx context.Context, tx *store.Tx, region string, i Item) error {
	if i.Source == "" || i.SourceID == 0 || slices.Contains(Written(), i.Kind) || !slices.Contains(Kinds(), i.Kind) {
		return fault.New(fault.Internal, "internal")
	}
	if i.Text = clean(i.Text); i.Text == "" {
		return nil
	}
	all, err := many(tx.Query(ctx, selectFrom, region, i.Source, int64(i.SourceID)))
	if err != nil {
		return err
	}
	for _, was := range all {
		if was.Actor == i.Actor && was.Kind == i.Kind {
			i.ID = was.ID
			return s.update(ctx, tx, region, &i)
		}
	}
	return s.insert(ctx, tx, region, &i)
}

// Unrecord takes away what a source told, of everybody.
func (s *Service) Unrecord(ctx context.Context, tx *store.Tx, region, source string, id ident.ID) error {
	all, err := many(tx.Query(ctx, selectFrom, region, source, int64(id)))
	for _, i := range all {
		if err := s.Remove(ctx, tx, region, i.Actor, i.ID); err != nil {
			return err
		}
	}
	return err
}

// ofConcept is the source of topics.
const ofConcept = "concept"

// Suggestion is a topic that a person's words may be about.
type Suggestion struct {
	Concept concept.ID
	Label   string
}

// Suggest gives topics a person's words speak of and that they have neither kept nor
// dropped, by their names in a language.
func (s *Service) Suggest(items []Item, in language.Language) (all []Suggestion) {
	seen := map[concept.ID]bool{}
	for _, i := range items {
		if i.Source == ofConcept {
			seen[concept.ID(i.SourceID)] = true
		}
	}
	for _, i := range items {
		if i.Kind != Own && i.Kind != Offered {
			continue
		}
		for _, column := range s.index.Analyser().Of("", i.Text, language.Language(i.Language)) {
			for _, key := range column {
				id, ok := text.Concept(key)
				if !ok || seen[id] || len(all) == mostSuggested {
					continue
				}
				seen[id] = true
				if label := s.index.Label(id, in); label != "" {
					all = append(all, Suggestion{id, label})
				}
			}
		}
	}
	return all
}

const mostSuggested = 12

// Keep keeps or drops a topic for a person.
func (s *Service) Keep(ctx context.Context, tx *store.Tx, region string, person ident.ID, topic concept.ID, in language.Language, keep bool) error {
	label := s.index.Label(topic, in)
	if label == "" {
		return fault.New(fault.NotFound, "knowhow.none")
	}
	i := Item{Actor: person, Kind: Topic, Text: label, Language: string(in), Source: ofConcept, SourceID: ident.ID(topic), At: s.clock.Now()}
	if !keep {
		i.State = Dropped
	}
	return s.Record(ctx, tx, region, i)
}

// Of lists everything that speaks for somebody as everybody may read it, the newest
// first: what a person wrote and what others tell, or what an organisation did. Whether
// a person may be shown at all the caller asks them (Person.Chose).
func (s *Service) Of(ctx context.Context, from store.Source, region string, of actor.Actor) ([]Item, error) {
	all, err := s.OfMany(ctx, from, region, of)
	return all[of.ID], err
}

// askedAtOnce is of how many what speaks for them is asked at a time.
const askedAtOnce = 200

// OfMany is Of of several: who is gone is missing.
func (s *Service) OfMany(ctx context.Context, from store.Source, region string, of ...actor.Actor) (map[ident.ID][]Item, error) {
	all := make(map[ident.ID][]Item, len(of))
	for some := range slices.Chunk(of, askedAtOnce) {
		var ids []ident.ID
		for _, a := range some {
			if a.Person {
				ids = append(ids, a.ID)
			}
		}
		people, err := actor.PeopleByIDs(ctx, from, region, ids...)
		if err != nil {
			return nil, err
		}
		emails, err := actor.EmailsOf(ctx, from, region, people)
		if err != nil {
			return nil, err
		}
		written, err := WrittenOfMany(ctx, from, region, ids...)
		if err != nil {
			return nil, err
		}
		for _, a := range some {
			h := Holder{Actor: a}
			if a.Person {
				p, there := people[a.ID]
				if !there {
					continue
				}
				h.Address, h.Email = p.Address, emails[p.Address]
			}
			items := slices.DeleteFunc(written[a.ID], func(i Item) bool { return !i.Shown() })
			for _, source := range s.sources {
				more, err := source(ctx, from, region, h)
				if err != nil {
					return nil, err
				}
				items = append(items, more...)
			}
			slices.SortStableFunc(items, func(a, b Item) int { return b.At.Compare(a.At) })
			all[a.ID] = items
		}
	}
	return all, nil
}

// Sweep forgets whose things had changed, once every server has long read it.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, deleteChanges, region, int64(ident.At(s.clock.Now().Add(-time.Hour))))
		return err
	})
}
