package table

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/search"
)

// News is what somebody at a table is reminded of.
type News string

const (
	Soon News = "soon" // a meeting is tomorrow
	Next News = "step" // what they do next is due tomorrow, or was
)

// Letters is how the purposes of letters about tables begin.
const Letters = "table."

// Told asks for one letter. What it says is read when it is written: whoever has left
// the table by then is written to no more.
var Told = jobs.Kind[ToldArgs]{Name: "table.told"}

// ToldArgs names the table, whom it is told, and of what.
type ToldArgs struct {
	Region  string   `json:"region"`
	Table   ident.ID `json:"table"`
	Person  ident.ID `json:"person"`
	News    News     `json:"news"`
	Meeting int      `json:"meeting,omitempty"`
	Step    ident.ID `json:"step,omitempty"`
}

// Service is the verbs on tables. What each role may do is region/office's table, kept
// by the edge.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service
	actors *actor.Service
	index  *search.Index
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service, actors *actor.Service) *Service {
	return &Service{db: db, clock: c, ids: ids, sparks: sparks, actors: actors}
}

// Act is the common part of a verb of an officer.
type Act struct {
	Region  string
	Table   ident.ID
	Officer ident.ID
	Version int64 // the version the officer saw; 0 acts on whatever is there
}

func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, region string, table ident.ID) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Table, Key: table.String()}})
}

// Make begins a table.
func (s *Service) Make(ctx context.Context, a Act, original string, d Draft) (t Table, err error) {
	if err := d.check(original); err != nil {
		return t, err
	}
	t = Table{Region: a.Region, ID: s.ids.New(), Language: original, Texts: d.Texts, Convener: d.Convener, Meetings: d.Meetings, Made: s.clock.Now(), Version: 1}
	return t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.insert(ctx, tx, &t, d.Sparks); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.TableMade, a.Region, t.ID)
	})
}

// insert stores a new table under an address of its title's that nobody has yet.
func (s *Service) insert(ctx context.Context, tx *store.Tx, t *Table, sparks []ident.ID) error {
	base := network.SlugOf(t.Texts[t.Language].Title)
	if base == "" {
		base = "poyta"
	}
	for n := 1; ; n++ {
		if t.Slug = base; n > 1 {
			t.Slug += "-" + strconv.Itoa(n)
		}
		_, err := BySlug(ctx, tx, t.Region, t.Slug)
		if fault.Is(err, fault.NotFound) {
			break
		}
		if err != nil {
			return err
		}
	}
	texts, err := json.Marshal(t.Texts)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, insertTable, t.Region, int64(t.ID), t.Slug, t.Language, string(texts), t.Convener, t.Meetings, t.Renewed, t.Reason, clock.Micros(t.Made), clock.Micros(t.Closed), t.Result, t.Version); err != nil {
		if store.Exists(err) { // another of the same name a moment ago
			err = fault.New(fault.Conflict, "table.changed")
		}
		return err
	}
	if err := setSparks(ctx, tx, *t, sparks); err != nil {
		return err
	}
	return s.find(ctx, tx, *t)
}

func setSparks(ctx context.Context, tx *store.Tx, t Table, sparks []ident.ID) error {
	if _, err := tx.Exec(ctx, deleteSparks, t.Region, int64(t.ID)); err != nil {
		return err
	}
	for _, id := range sparks {
		if _, err := tx.Exec(ctx, insertSpark, t.Region, int64(t.ID), int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// change is one verb: it locks the table, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, a Act, what audit.What, do func(ctx context.Context, tx *store.Tx, t *Table) error) (t Table, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, nextVersion, a.Region, int64(a.Table)); err != nil {
			return err
		}
		if t, err = One(ctx, tx, a.Region, a.Table); err != nil {
			return err
		}
		if a.Version != 0 && t.Version != a.Version+1 {
			return fault.New(fault.Conflict, "table.changed")
		}
		if !t.Open() {
			return fault.New(fault.Conflict, "table.closed")
		}
		if err := do(ctx, tx, &t); err != nil {
			return err
		}
		texts, err := json.Marshal(t.Texts)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, updateTable, t.Region, int64(t.ID), string(texts), t.Convener, t.Meetings, t.Renewed, t.Reason, clock.Micros(t.Closed), t.Result); err != nil {
			return err
		}
		if err := s.find(ctx, tx, t); err != nil {
			return err
		}
		return s.note(ctx, tx, what, a.Region, a.Table)
	})
	return t, err
}

// Change stores a table as it is now written. How many meetings there are changes by
// Renew alone: it was named at the beginning.
func (s *Service) Change(ctx context.Context, a Act, d Draft) (Table, error) {
	return s.change(ctx, a, audit.TableChanged, func(ctx context.Context, tx *store.Tx, t *Table) error {
		d.Meetings = t.Meetings
		if err := d.check(t.Language); err != nil {
			return err
		}
		t.Texts, t.Convener = d.Texts, d.Convener
		return setSparks(ctx, tx, *t, d.Sparks)
	})
}

// Meet plans a meeting, or moves one that has not been noted; number is 0 for the next.
func (s *Service) Meet(ctx context.Context, a Act, number int, w When) (Table, error) {
	if err := w.Check(); err != nil {
		return Table{}, err
	}
	return s.change(ctx, a, audit.TableMet, func(ctx context.Context, tx *store.Tx, t *Table) error {
		all, err := Meetings(ctx, tx, a.Region, a.Table)
		if err != nil {
			return err
		}
		if number == 0 {
			if number = len(all) + 1; number > t.Meetings {
				return fault.New(fault.Conflict, "table.meetings.full").With("n", t.Meetings)
			}
		} else if number < 1 || number > len(all) {
			return fault.New(fault.NotFound, "table.meeting.none")
		} else if !all[number-1].Noted.IsZero() {
			return fault.New(fault.Conflict, "table.noted")
		}
		return saveMeeting(ctx, tx, a.Region, Meeting{Table: a.Table, Number: number, Begins: w.Begins, Ends: w.Ends, Venue: w.Venue})
	})
}

// Note writes down a meeting, once: the people who were there are tied where both
// allow it, the next steps are theirs, and the stories of the table's sparks tell that
// it was talked of.
func (s *Service) Note(ctx context.Context, a Act, number int, m Minutes) (Table, error) {
	return s.change(ctx, a, audit.TableNoted, func(ctx context.Context, tx *store.Tx, t *Table) error {
		all, err := Meetings(ctx, tx, a.Region, a.Table)
		if err != nil {
			return err
		}
		people, err := People(ctx, tx, a.Region, a.Table)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		switch {
		case number < 1 || number > len(all):
			return fault.New(fault.NotFound, "table.meeting.none")
		case !all[number-1].Noted.IsZero():
			return fault.New(fault.Conflict, "table.noted")
		case now.Before(all[number-1].Begins):
			return fault.New(fault.Conflict, "table.early")
		}
		if err := m.check(people, office.Today(s.clock)); err != nil {
			return err
		}
		held := all[number-1]
		held.Notes, held.Noted = m.Words, now
		if err := saveMeeting(ctx, tx, a.Region, held); err != nil {
			return err
		}
		for _, id := range m.Present {
			if _, err := tx.Exec(ctx, insertPresent, a.Region, int64(a.Table), number, int64(id)); err != nil {
				return err
			}
		}
		for _, x := range m.Steps {
			step := Step{Table: a.Table, ID: s.ids.New(), Person: x.Person, What: x.What, Day: x.Day, State: Due, Made: now}
			if err := saveStep(ctx, tx, a.Region, step); err != nil {
				return err
			}
		}
		present, err := Present(ctx, tx, a.Region, a.Table)
		if err != nil {
			return err
		}
		for _, p := range people {
			if slices.Contains(m.Present, p.ID) {
				if err := s.tie(ctx, tx, p, people, present, held.Begins); err != nil {
					return err
				}
			}
		}
		return s.tell(ctx, tx, a)
	})
}

// tell has the stories of the table's sparks say that it was talked of there.
func (s *Service) tell(ctx context.Context, tx *store.Tx, a Act) error {
	sparks, err := Sparks(ctx, tx, a.Region, a.Table)
	if err != nil {
		return err
	}
	for _, id := range sparks {
		_, err := s.sparks.Beside(ctx, tx, a.Region, id, func(_ context.Context, _ *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
			if sp.State == spark.Withdrawn {
				return nil, nil
			}
			return []story.Beat{{Type: story.Tabled, Actor: story.Office, Officer: a.Officer, Visibility: sp.SeenBy()}}, nil
		})
		if err != nil && !fault.Is(err, fault.NotFound) && !fault.Is(err, fault.Gone) {
			return err
		}
	}
	return nil
}

// tie ties somebody to those they may be known to have met at the table.
func (s *Service) tie(ctx context.Context, tx *store.Tx, p Person, people []Person, present Presence, at time.Time) error {
	all := Acquainted(p, people, present)
	if len(all) == 0 {
		return nil
	}
	me, err := s.actors.PersonAt(ctx, tx, p.Region, p.Address, p.Name)
	if err != nil {
		return err
	}
	for _, o := range all {
		other, err := s.actors.PersonAt(ctx, tx, o.Region, o.Address, o.Name)
		if err != nil {
			return err
		}
		if err := network.Tied(ctx, tx, p.Region, network.Tie{From: me.ID, To: other.ID, Why: network.Table, Source: p.Table, At: at}); err != nil {
			return err
		}
	}
	return nil
}

// untie takes back that somebody met anybody at the table.
func (s *Service) untie(ctx context.Context, tx *store.Tx, p Person, people []Person, present Presence) error {
	var others []ident.ID
	for _, o := range Acquainted(p, people, present) {
		others = append(others, o.Address)
	}
	return network.Parted(ctx, tx, p.Region, network.Table, p.Table, p.Address, others...)
}

// Renew gives a table more meetings, with a reason everybody reads.
func (s *Service) Renew(ctx context.Context, a Act, more int, reason string) (Table, error) {
	var c checker
	if reason = spark.Clean(reason); reason == "" {
		c.bad("reason", "table.reason.missing")
	}
	c.long("reason", reason, MaxReason)
	if more < 1 || more > MaxMeetings {
		c.bad("more", "table.meetings.wrong", "max", MaxMeetings)
	}
	if err := c.wrong.OrNil(); err != nil {
		return Table{}, err
	}
	return s.change(ctx, a, audit.TableRenewed, func(ctx context.Context, tx *store.Tx, t *Table) error {
		if t.Meetings+more > 2*MaxMeetings {
			return fault.New(fault.Invalid, "table.meetings.many").On("more").With("max", 2*MaxMeetings)
		}
		t.Meetings, t.Renewed, t.Reason = t.Meetings+more, t.Renewed+more, reason
		return nil
	})
}

// Close ends a table with what came of it.
func (s *Service) Close(ctx context.Context, a Act, result string) (Table, error) {
	var c checker
	if result = spark.Clean(result); result == "" {
		c.bad("result", "table.result.missing")
	}
	c.long("result", result, MaxResult)
	if err := c.wrong.OrNil(); err != nil {
		return Table{}, err
	}
	return s.change(ctx, a, audit.TableClosed, func(_ context.Context, _ *store.Tx, t *Table) error {
		t.Closed, t.Result = s.clock.Now(), result
		return nil
	})
}

// Admit puts down somebody without an address: the office knows them.
func (s *Service) Admit(ctx context.Context, a Act, e Entry) (Table, error) {
	if err := e.Check(); err != nil {
		return Table{}, err
	}
	return s.change(ctx, a, audit.TablePerson, func(ctx context.Context, tx *store.Tx, t *Table) error {
		return s.admit(ctx, tx, Person{Region: a.Region, Table: t.ID, Name: e.Name, Organisation: e.Organisation, Shown: e.Shown})
	})
}

func (s *Service) admit(ctx context.Context, tx *store.Tx, p Person) error {
	if p.ID == 0 {
		all, err := People(ctx, tx, p.Region, p.Table)
		if err == nil && len(all) >= MaxPeople {
			err = fault.New(fault.Conflict, "table.full").With("max", MaxPeople)
		}
		if err != nil {
			return err
		}
		p.ID, p.Since = s.ids.New(), s.clock.Now()
	}
	_, err := tx.Exec(ctx, putPerson, p.Region, int64(p.Table), int64(p.ID), int64(p.Address), p.Name, p.Organisation, p.Shown, p.Tied, clock.Micros(p.Since))
	return err
}

// Part has the office take somebody off a table.
func (s *Service) Part(ctx context.Context, a Act, person ident.ID) (Table, error) {
	return s.change(ctx, a, audit.TablePerson, func(ctx context.Context, tx *store.Tx, t *Table) error {
		all, err := People(ctx, tx, a.Region, a.Table)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(all, func(p Person) bool { return p.ID == person })
		if i < 0 {
			return fault.New(fault.NotFound, "table.person.none")
		}
		return s.leave(ctx, tx, all[i], false)
	})
}

// Turn has the office say what became of a step, or move its day.
func (s *Service) Turn(ctx context.Context, a Act, step ident.ID, to Turn) (Table, error) {
	return s.change(ctx, a, audit.TableStep, func(ctx context.Context, tx *store.Tx, _ *Table) error {
		return s.turn(ctx, tx, a.Region, a.Table, step, to, func(Step) bool { return true })
	})
}

func (s *Service) turn(ctx context.Context, tx *store.Tx, region string, table, step ident.ID, to Turn, may func(Step) bool) error {
	all, err := Steps(ctx, tx, region, table)
	if err != nil {
		return err
	}
	i := slices.IndexFunc(all, func(x Step) bool { return x.ID == step })
	if i < 0 || !may(all[i]) {
		return fault.New(fault.NotFound, "table.step.none")
	}
	x := all[i]
	if x.State != Due {
		return fault.New(fault.Conflict, "ring.commitment.ended")
	}
	switch to.To {
	case Kept, LetGo:
		x.State, x.Ended = to.To, s.clock.Now()
	case Due:
		today := office.Today(s.clock)
		if wrong := dayFault(to.Day, today); wrong != nil {
			return wrong.On("day")
		}
		if to.Day == x.Day {
			return nil
		}
		// For another day it is reminded of anew, unless that is so near that they know.
		if x.Day, x.reminded = to.Day, 0; x.Day <= today+1 {
			x.reminded = x.Day
		}
	default:
		return fault.New(fault.Invalid, "ring.turn.missing").On("to")
	}
	return saveStep(ctx, tx, region, x)
}

// Join puts a person at a table, inside the transaction that confirms their address, or
// changes how they are there. Whether it may be known whom they met holds for meetings
// that have been, too.
func (s *Service) Join(ctx context.Context, tx *store.Tx, who address.Address, table ident.ID, e Entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, lockTable, who.Region, int64(table)); err != nil {
		return err
	}
	t, err := One(ctx, tx, who.Region, table)
	if err != nil {
		return err
	}
	was, here, err := Here(ctx, tx, who.Region, table, who.ID)
	if err != nil {
		return err
	}
	if !t.Open() && !here {
		return fault.New(fault.Conflict, "table.closed")
	}
	p := Person{Region: who.Region, Table: table, Address: who.ID}
	if here {
		p = was
	}
	p.Name, p.Organisation, p.Shown, p.Tied = e.Name, e.Organisation, e.Shown, e.Tied
	people, err := People(ctx, tx, who.Region, table)
	if err != nil {
		return err
	}
	present, err := Present(ctx, tx, who.Region, table)
	if err != nil {
		return err
	}
	if here && was.Tied && !p.Tied {
		if err := s.untie(ctx, tx, was, people, present); err != nil {
			return err
		}
	}
	if err := s.admit(ctx, tx, p); err != nil {
		return err
	}
	if here && p.Tied && !was.Tied {
		return s.tie(ctx, tx, p, people, present, s.clock.Now())
	}
	return nil
}

// Leave takes a person off a table, inside the caller's transaction. Their open steps
// are free for others.
func (s *Service) Leave(ctx context.Context, tx *store.Tx, who address.Address, table ident.ID) error {
	p, ok, err := Here(ctx, tx, who.Region, table, who.ID)
	if err != nil || !ok {
		return err
	}
	return s.leave(ctx, tx, p, false)
}

// leave takes somebody off; with erase also the words of what they did go.
func (s *Service) leave(ctx context.Context, tx *store.Tx, p Person, erase bool) error {
	if _, err := tx.Exec(ctx, lockTable, p.Region, int64(p.Table)); err != nil {
		return err
	}
	people, err := People(ctx, tx, p.Region, p.Table)
	if err != nil {
		return err
	}
	present, err := Present(ctx, tx, p.Region, p.Table)
	if err != nil {
		return err
	}
	if err := s.untie(ctx, tx, p, people, present); err != nil {
		return err
	}
	steps, err := Steps(ctx, tx, p.Region, p.Table)
	if err != nil {
		return err
	}
	for _, x := range steps {
		if x.Person != p.ID {
			continue
		}
		if x.Person = 0; x.State == Due {
			x.State, x.Ended = LetGo, s.clock.Now()
		}
		if erase {
			x.What = ""
		}
		if err := saveStep(ctx, tx, p.Region, x); err != nil {
			return err
		}
	}
	for _, statement := range []string{deletePresent, deletePerson} {
		if _, err := tx.Exec(ctx, statement, p.Region, int64(p.Table), int64(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

// Done has a step of a person's own turn out, inside the caller's transaction.
func (s *Service) Done(ctx context.Context, tx *store.Tx, who address.Address, table, step ident.ID, to Turn) error {
	p, ok, err := Here(ctx, tx, who.Region, table, who.ID)
	if err == nil && !ok {
		err = fault.New(fault.NotFound, "table.none")
	}
	if err != nil {
		return err
	}
	return s.turn(ctx, tx, who.Region, table, step, to, func(x Step) bool { return x.Person == p.ID })
}

// Erase takes a person off every table, with the words of what they did.
func (s *Service) Erase(ctx context.Context, tx *store.Tx, who address.Address) error {
	all, err := Of(ctx, tx, who.Region, who.ID)
	for _, p := range all {
		if err == nil {
			err = s.leave(ctx, tx, p, true)
		}
	}
	return err
}

// remindMost is how many are reminded at a time.
const remindMost = 500

// Remind asks for letters about meetings that begin before the end of tomorrow and
// about steps that are due then or were: once for each time or day.
func (s *Service) Remind(ctx context.Context, region string) error {
	now := s.clock.Now()
	tomorrow := workday.DayOf(now, i18n.Helsinki()).Add(1)
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		soon, err := meetings(tx.Query(ctx, selectSoon, region, clock.Micros(now), clock.Micros(tomorrow.Add(1).Start(i18n.Helsinki()))))
		if err != nil {
			return err
		}
		for _, x := range soon {
			x.reminded = x.Begins
			if err := saveMeeting(ctx, tx, region, x); err != nil {
				return err
			}
			people, err := People(ctx, tx, region, x.Table)
			if err != nil {
				return err
			}
			for _, p := range people {
				if p.Address == 0 {
					continue
				}
				if err := Told.Enqueue(ctx, tx, ToldArgs{Region: region, Table: x.Table, Person: p.ID, News: Soon, Meeting: x.Number}); err != nil {
					return err
				}
			}
		}
		due, err := steps(tx.Query(ctx, selectDue, region, int64(tomorrow), remindMost))
		if err != nil {
			return err
		}
		for _, x := range due {
			x.reminded = x.Day
			if err := saveStep(ctx, tx, region, x); err != nil {
				return err
			}
			if x.Person != 0 {
				if err := Told.Enqueue(ctx, tx, ToldArgs{Region: region, Table: x.Table, Person: x.Person, News: Next, Step: x.ID}); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// demoMost is the last number of an invented table. No other has so low a one.
const demoMost = 1000

// Demonstrate stores an invented table inside the caller's transaction: its people have
// no address and cannot be reached; the first meeting has been noted, the second is to
// come.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region, original string, d Draft, people []Entry, held, next When, m Minutes) error {
	if err := d.check(original); err != nil {
		return err
	}
	t := Table{Region: region, ID: 1, Language: original, Texts: d.Texts, Convener: d.Convener, Meetings: d.Meetings, Made: held.Begins, Version: 1}
	if err := s.insert(ctx, tx, &t, d.Sparks); err != nil {
		return err
	}
	for _, e := range people {
		if err := e.Check(); err != nil {
			return err
		}
		if err := s.admit(ctx, tx, Person{Region: region, Table: t.ID, Name: e.Name, Organisation: e.Organisation, Shown: e.Shown}); err != nil {
			return err
		}
	}
	all, err := People(ctx, tx, region, t.ID)
	if err != nil {
		return err
	}
	for i, w := range []When{held, next} {
		if err := w.Check(); err != nil {
			return err
		}
		x := Meeting{Table: t.ID, Number: i + 1, Begins: w.Begins, Ends: w.Ends, Venue: w.Venue}
		if i == 0 {
			x.Notes, x.Noted = m.Words, w.Ends
		}
		if err := saveMeeting(ctx, tx, region, x); err != nil {
			return err
		}
	}
	for i, p := range all {
		if _, err := tx.Exec(ctx, insertPresent, region, int64(t.ID), 1, int64(p.ID)); err != nil {
			return err
		}
		if i < len(m.Steps) {
			if err := saveStep(ctx, tx, region, Step{Table: t.ID, ID: s.ids.New(), Person: p.ID, What: m.Steps[i].What, Day: m.Steps[i].Day, State: Due, Made: held.Ends, reminded: m.Steps[i].Day}); err != nil {
				return err
			}
		}
	}
	return s.find(ctx, tx, t)
}

// ClearDemo removes it.
func (s *Service) ClearDemo(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.lost(ctx, tx, region, demoMost); err != nil {
			return err
		}
		for _, statement := range demoTables() {
			if _, err := tx.Exec(ctx, statement, region, demoMost); err != nil {
				return err
			}
		}
		return nil
	})
}

// Still tells that a step is still to be told of.
func (s Step) Still(today workday.Day) bool { return s.State == Due && s.Day <= today+1 }
