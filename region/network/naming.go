package network

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

const (
	networkColumns = `network_id, slug, language, texts, programme_key, national, page, coordinator_id, phase, phase_at, begins, ends, closed_at, heir_id, made_at, version`
	insertNetwork  = `INSERT INTO networks (region_id, ` + networkColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`
	updateNetwork  = `UPDATE networks SET slug = $3, texts = $4, programme_key = $5, national = $6, page = $7, coordinator_id = $8, phase = $9, phase_at = $10, begins = $11, ends = $12, closed_at = $13, heir_id = $14 WHERE region_id = $1 AND network_id = $2`
	nextVersion    = `UPDATE networks SET version = version + 1 WHERE region_id = $1 AND network_id = $2`
	selectNetwork  = `SELECT ` + networkColumns + ` FROM networks WHERE region_id = $1 AND network_id = $2`
	selectSlug     = `SELECT ` + networkColumns + ` FROM networks WHERE region_id = $1 AND slug = $2`
	selectNetworks = `SELECT ` + networkColumns + ` FROM networks WHERE region_id = $1 AND network_id < $2 ORDER BY network_id DESC LIMIT $3`
	selectNational = `SELECT ` + networkColumns + ` FROM networks WHERE region_id = $1 AND national = TRUE ORDER BY network_id`
	selectMine     = `SELECT ` + networkColumns + ` FROM networks WHERE region_id = $1 AND network_id {in $2} ORDER BY network_id`
	uncoordinate   = `UPDATE networks SET coordinator_id = $3 WHERE region_id = $1 AND coordinator_id = $2`

	memberColumns = `network_id, actor_id, since_day, until_day, told_at`
	upsertMember  = `INSERT INTO network_members (region_id, ` + memberColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, network_id, actor_id) DO UPDATE SET since_day = excluded.since_day, until_day = excluded.until_day, told_at = excluded.told_at`
	selectMembers = `SELECT ` + memberColumns + ` FROM network_members WHERE region_id = $1 AND network_id = $2 AND actor_id > $3 ORDER BY actor_id LIMIT $4`
	selectBelongs = `SELECT ` + memberColumns + ` FROM network_members WHERE region_id = $1 AND actor_id = $2 ORDER BY network_id`
	countMembers  = `SELECT COUNT(*) FROM network_members WHERE region_id = $1 AND network_id = $2 AND until_day = 0`
	deleteMember  = `DELETE FROM network_members WHERE region_id = $1 AND network_id = $2 AND actor_id = $3`
	deleteBelongs = `DELETE FROM network_members WHERE region_id = $1 AND actor_id = $2`
	selectGrouped = `SELECT n.programme_key, m.network_id, m.actor_id, m.since_day, m.until_day, m.told_at FROM networks n JOIN network_members m ON m.region_id = n.region_id AND m.network_id = n.network_id
WHERE n.region_id = $1 AND n.programme_key > '' AND n.closed_at = 0 AND m.until_day = 0 ORDER BY m.network_id, m.actor_id`
	insertMeeting  = `INSERT INTO network_meetings (region_id, network_id, event_id) VALUES ($1, $2, $3) ON CONFLICT (region_id, network_id, event_id) DO NOTHING`
	deleteMeeting  = `DELETE FROM network_meetings WHERE region_id = $1 AND network_id = $2 AND event_id = $3`
	selectMeetings = `SELECT event_id FROM network_meetings WHERE region_id = $1 AND network_id = $2 ORDER BY event_id`

	deleteDemo         = `DELETE FROM networks WHERE region_id = $1 AND network_id <= $2`
	deleteDemoMembers  = `DELETE FROM network_members WHERE region_id = $1 AND network_id <= $2`
	deleteDemoMeetings = `DELETE FROM network_meetings WHERE region_id = $1 AND network_id <= $2`
)

func scanNamed(region string, rows *sql.Rows) (n Named, err error) {
	var texts string
	var phaseAt, closed, made int64
	if err := rows.Scan(&n.ID, &n.Slug, &n.Language, &texts, &n.Programme, &n.National, &n.Page, &n.Coordinator, &n.Phase, &phaseAt, &n.Begins, &n.Ends, &closed, &n.Heir, &made, &n.Version); err != nil {
		return n, err
	}
	n.Region, n.PhaseAt, n.Closed, n.Made = region, clock.FromMicros(phaseAt), clock.FromMicros(closed), clock.FromMicros(made)
	if err := json.Unmarshal([]byte(texts), &n.Texts); err != nil {
		return n, fmt.Errorf("network %s/%s: %w", region, n.ID, err)
	}
	return n, nil
}

func named(ctx context.Context, from store.Source, region, query string, args ...any) (all []Named, err error) {
	rows, err := from.Query(ctx, query, append([]any{region}, args...)...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		n, err := scanNamed(region, rows)
		all = append(all, n)
		return err
	})
	return all, err
}

func first(all []Named, err error) (Named, error) {
	if err == nil && len(all) == 0 {
		return Named{}, fault.New(fault.NotFound, "network.none")
	}
	if err != nil {
		return Named{}, err
	}
	return all[0], nil
}

// One reads one network; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Named, error) {
	return first(named(ctx, from, region, selectNetwork, int64(id)))
}

// BySlug reads the network of an address.
func BySlug(ctx context.Context, from store.Source, region, slug string) (Named, error) {
	return first(named(ctx, from, region, selectSlug, slug))
}

// All lists networks, the latest made first, from before one on (0 for the first page).
func All(ctx context.Context, from store.Source, region string, before ident.ID, limit int) ([]Named, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return named(ctx, from, region, selectNetworks, int64(before), limit)
}

// National lists the national networks, those too that have ended; the first made first.
func National(ctx context.Context, from store.Source, region string) ([]Named, error) {
	return named(ctx, from, region, selectNational)
}

func members(rows *sql.Rows, err error) (all []Member, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var m Member
		var told int64
		err := rows.Scan(&m.Network, &m.Actor, &m.Since, &m.Until, &told)
		m.Told = clock.FromMicros(told)
		all = append(all, m)
		return err
	})
	return all, err
}

// MembersOf lists who is or was in a network, from after one on. Whoever shows them
// knows which are persons: those have joined by themselves.
func MembersOf(ctx context.Context, from store.Source, region string, network, after ident.ID, limit int) ([]Member, error) {
	return members(from.Query(ctx, selectMembers, region, int64(network), int64(after), limit))
}

// Grouping is that somebody is in a network of the programme.
type Grouping struct {
	Member
	Programme string // the network's key there
}

// Grouped lists who is in the networks of the programme that are alive.
func Grouped(ctx context.Context, from store.Source, region string) (all []Grouping, err error) {
	rows, err := from.Query(ctx, selectGrouped, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var g Grouping
		var told int64
		err := rows.Scan(&g.Programme, &g.Network, &g.Actor, &g.Since, &g.Until, &told)
		g.Told = clock.FromMicros(told)
		all = append(all, g)
		return err
	})
	return all, err
}

// Belongs is what networks an actor is or was in.
func Belongs(ctx context.Context, from store.Source, region string, actor ident.ID) ([]Member, []Named, error) {
	all, err := members(from.Query(ctx, selectBelongs, region, int64(actor)))
	if err != nil || len(all) == 0 {
		return nil, nil, err
	}
	ids := make([]ident.ID, len(all))
	for i, m := range all {
		ids[i] = m.Network
	}
	of, err := named(ctx, from, region, selectMine, store.IDs(ids))
	return all, of, err
}

// CountMembers is how many are in a network now.
func CountMembers(ctx context.Context, from store.Source, region string, network ident.ID) (n int, err error) {
	err = from.QueryRow(ctx, countMembers, region, int64(network)).Scan(&n)
	return n, err
}

// Meetings are the events of a network.
func Meetings(ctx context.Context, from store.Source, region string, network ident.ID) ([]ident.ID, error) {
	return store.Values[ident.ID](from.Query(ctx, selectMeetings, region, int64(network)))
}

func insertNamed(ctx context.Context, tx *store.Tx, n Named) error {
	texts, err := json.Marshal(n.Texts)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertNetwork, n.Region, int64(n.ID), n.Slug, n.Language, string(texts), n.Programme, n.National, n.Page, int64(n.Coordinator), string(n.Phase), clock.Micros(n.PhaseAt),
		int64(n.Begins), int64(n.Ends), clock.Micros(n.Closed), int64(n.Heir), clock.Micros(n.Made), n.Version)
	if store.Exists(err) {
		return fault.New(fault.Invalid, "network.slug.taken").On("slug")
	}
	return err
}

// write puts a draft into a network.
func (n *Named) write(d Draft, now time.Time) {
	n.Slug, n.Texts, n.Programme, n.National, n.Page, n.Begins, n.Ends = d.Slug, d.Texts, d.Programme, d.National, d.Page, d.Begins, d.Ends
	if n.Phase != d.Phase {
		n.Phase, n.PhaseAt = d.Phase, now
	}
}

// Found begins a network.
func (s *Service) Found(ctx context.Context, region, original string, d Draft) (Named, error) {
	if err := d.check(original); err != nil {
		return Named{}, err
	}
	now := s.clock.Now()
	n := Named{Region: region, ID: s.ids.New(), Language: original, Made: now, Version: 1}
	n.write(d, now)
	return n, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := insertNamed(ctx, tx, n); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.NetworkMade, n)
	})
}

func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, n Named) error {
	return audit.Write(ctx, tx, audit.Entry{Region: n.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Network, Key: n.ID.String()}})
}

// Act is the common part of a verb on a network that exists.
type Act struct {
	Region  string
	Network ident.ID
	Version int64 // the version the officer saw; 0 acts on whatever is there
}

// change is one verb: it locks the network, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, a Act, what audit.What, do func(ctx context.Context, tx *store.Tx, n *Named) error) (n Named, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, nextVersion, a.Region, int64(a.Network)); err != nil {
			return err
		}
		if n, err = One(ctx, tx, a.Region, a.Network); err != nil {
			return err
		}
		if a.Version != 0 && n.Version != a.Version+1 {
			return fault.New(fault.Conflict, "network.changed")
		}
		if err := do(ctx, tx, &n); err != nil {
			return err
		}
		texts, err := json.Marshal(n.Texts)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, updateNetwork, n.Region, int64(n.ID), n.Slug, string(texts), n.Programme, n.National, n.Page, int64(n.Coordinator), string(n.Phase), clock.Micros(n.PhaseAt),
			int64(n.Begins), int64(n.Ends), clock.Micros(n.Closed), int64(n.Heir)); err != nil {
			if store.Exists(err) {
				err = fault.New(fault.Invalid, "network.slug.taken").On("slug")
			}
			return err
		}
		return s.note(ctx, tx, what, n)
	})
	return n, err
}

// Change stores a network as it is now written.
func (s *Service) Change(ctx context.Context, a Act, d Draft) (Named, error) {
	return s.change(ctx, a, audit.NetworkChanged, func(_ context.Context, _ *store.Tx, n *Named) error {
		if err := d.check(n.Language); err != nil {
			return err
		}
		n.write(d, s.clock.Now())
		return nil
	})
}

// Close ends a network's life; heir is the one that takes over, 0 for none. Whoever
// was in it stays told of as having been.
func (s *Service) Close(ctx context.Context, a Act, heir ident.ID) (Named, error) {
	return s.change(ctx, a, audit.NetworkClosed, func(ctx context.Context, tx *store.Tx, n *Named) error {
		if !n.Alive() {
			return fault.New(fault.Conflict, "network.closed")
		}
		if heir == n.ID {
			return fault.New(fault.Invalid, "network.heir.self").On("heir")
		}
		if heir != 0 {
			next, err := One(ctx, tx, a.Region, heir)
			if fault.Is(err, fault.NotFound) || err == nil && !next.Alive() {
				err = fault.New(fault.Invalid, "network.heir.none").On("heir")
			}
			if err != nil {
				return err
			}
		}
		n.Closed, n.Heir = s.clock.Now(), heir
		return nil
	})
}

// Reopen takes a closing back.
func (s *Service) Reopen(ctx context.Context, a Act) (Named, error) {
	return s.change(ctx, a, audit.NetworkReopened, func(_ context.Context, _ *store.Tx, n *Named) error {
		n.Closed, n.Heir = time.Time{}, 0
		return nil
	})
}

// Admit puts an organisation into a network, or tells anew from when to when it is in
// it. organisation finds or begins it inside the transaction.
func (s *Service) Admit(ctx context.Context, a Act, m Member, organisation func(ctx context.Context, tx *store.Tx) (ident.ID, error)) (Named, error) {
	return s.change(ctx, a, audit.NetworkMember, func(ctx context.Context, tx *store.Tx, n *Named) error {
		var err error
		if m.Actor, err = organisation(ctx, tx); err != nil {
			return err
		}
		if m.Since != 0 && m.Until != 0 && m.Until < m.Since {
			return fault.New(fault.Invalid, "network.ends.before").On("until")
		}
		return s.admit(ctx, tx, *n, m)
	})
}

func (s *Service) admit(ctx context.Context, tx *store.Tx, n Named, m Member) error {
	if !n.Alive() {
		return fault.New(fault.Conflict, "network.closed")
	}
	now, err := CountMembers(ctx, tx, n.Region, n.ID)
	if err == nil && now >= MaxMembers {
		err = fault.New(fault.Conflict, "network.full").With("max", MaxMembers)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, upsertMember, n.Region, int64(n.ID), int64(m.Actor), int64(m.Since), int64(m.Until), clock.Micros(s.clock.Now())); err != nil {
		return err
	}
	return Changed(ctx, tx, n.Region, m.Actor)
}

// Part takes somebody out of a network as if they had never been in it: that is how a
// slip is mended. Who has been in it is given a last day by Admit.
func (s *Service) Part(ctx context.Context, a Act, actor ident.ID) (Named, error) {
	return s.change(ctx, a, audit.NetworkParted, func(ctx context.Context, tx *store.Tx, n *Named) error {
		if n.Coordinator == actor {
			n.Coordinator = 0
		}
		if _, err := tx.Exec(ctx, deleteMember, a.Region, int64(a.Network), int64(actor)); err != nil {
			return err
		}
		return Changed(ctx, tx, a.Region, actor)
	})
}

// Coordinate says which of the members keeps a network together, 0 for none.
func (s *Service) Coordinate(ctx context.Context, a Act, actor ident.ID) (Named, error) {
	return s.change(ctx, a, audit.NetworkChanged, func(ctx context.Context, tx *store.Tx, n *Named) error {
		if actor != 0 {
			all, err := MembersOf(ctx, tx, a.Region, a.Network, actor-1, 1)
			if err == nil && (len(all) == 0 || all[0].Actor != actor || all[0].Until != 0) {
				err = fault.New(fault.Invalid, "network.coordinator.none").On("coordinator")
			}
			if err != nil {
				return err
			}
		}
		n.Coordinator = actor
		return nil
	})
}

// Meet has an event be a meeting of a network, or no longer.
func (s *Service) Meet(ctx context.Context, a Act, event ident.ID, yes bool) (Named, error) {
	return s.change(ctx, a, audit.NetworkChanged, func(ctx context.Context, tx *store.Tx, n *Named) error {
		statement := insertMeeting
		if !yes {
			statement = deleteMeeting
		}
		_, err := tx.Exec(ctx, statement, a.Region, int64(a.Network), int64(event))
		return err
	})
}

// Join puts a person into a network by their own word, inside the caller's
// transaction.
func (s *Service) Join(ctx context.Context, tx *store.Tx, region string, network, person ident.ID, today workday.Day) error {
	n, err := One(ctx, tx, region, network)
	if err != nil {
		return err
	}
	return s.admit(ctx, tx, n, Member{Network: network, Actor: person, Since: today})
}

// Leave takes a person out of a network, inside the caller's transaction: nothing of
// them is left in it.
func Leave(ctx context.Context, tx *store.Tx, region string, network, person ident.ID) error {
	if _, err := tx.Exec(ctx, deleteMember, region, int64(network), int64(person)); err != nil {
		return err
	}
	n, err := One(ctx, tx, region, network)
	if err == nil && n.Coordinator == person {
		_, err = tx.Exec(ctx, uncoordinate, region, int64(person), int64(0))
	}
	if fault.Is(err, fault.NotFound) {
		err = nil
	}
	if err != nil {
		return err
	}
	return Changed(ctx, tx, region, person)
}

// demoMost is the last number of a demonstration's network. No other has so low a one.
const demoMost = 1000

// Demonstrate stores a demonstration's networks inside the caller's transaction, with
// their members by the same place.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region, original string, since time.Time, drafts []Draft, members [][]ident.ID) error {
	for i, d := range drafts {
		if err := d.check(original); err != nil {
			return err
		}
		n := Named{Region: region, ID: ident.ID(1 + i), Language: original, Made: since, Version: 1}
		if n.write(d, since); len(members[i]) > 0 {
			n.Coordinator = members[i][0]
		}
		if err := insertNamed(ctx, tx, n); err != nil {
			return err
		}
		for _, of := range members[i] {
			if err := s.admit(ctx, tx, n, Member{Network: n.ID, Actor: of, Since: d.Begins}); err != nil {
				return err
			}
		}
	}
	return nil
}

// ClearDemo removes them.
func (s *Service) ClearDemo(ctx context.Context, region string) (removed int64, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, statement := range []string{deleteDemoMeetings, deleteDemoMembers, deleteDemo} {
			if removed, err = tx.Exec(ctx, statement, region, demoMost); err != nil {
				return err
			}
		}
		return Changed(ctx, tx, region)
	})
	return removed, err
}
