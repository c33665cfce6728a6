package programme

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"slices"
	"sync"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

// Served is a region of this installation.
type Served struct {
	ID      string
	Slug    string
	Host    string // its own host name, "" when it shares one
	Example bool   // shipped as an example: says so on every page and mails nobody real
	Created time.Time
	Adopted time.Time // when an office took it over; zero while an example
}

// Version is one published text of a programme.
type Version struct {
	ID       ident.ID
	At       time.Time
	By       string
	Note     string
	Checksum string
}

// Edition is the programme in force in a region: "change is a permanent state",
// so it is always one version of several.
type Edition struct {
	*Programme
	Version Version
}

// PlaceNamed finds a place by its id or by a name people use, see FindPlace.
func (e Edition) PlaceNamed(name string) (string, bool) {
	if name == "" {
		return "", false
	}
	if p, ok := e.Place(name); ok {
		return p.ID, true
	}
	p, ok := e.FindPlace(name)
	return p.ID, ok
}

// HasTag tells whether the programme has this theme, package, priority …
func (e Edition) HasTag(kind, id string) bool {
	_, ok := e.Tag(TagKind(kind), id)
	return ok
}

// ReplyWorkdays is within how many working days a person answers at the latest.
func (e Edition) ReplyWorkdays() int { return e.Call.Promise.Most }

// Service publishes programmes and knows the one in force.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	maps  fs.FS // the map files programmes name

	mu     sync.Mutex // owns kept
	kept   map[string]kept
	recent time.Duration
}

type kept struct {
	edition Edition
	looked  time.Time
	moment  store.Moment // of the store when it was looked at
}

// NewService gives the verbs on a store; maps holds the map files that programme
// files to be published name: a published version keeps its own. It may be nil
// where nothing is published.
func NewService(db *store.DB, c clock.Clock, ids *ident.Maker, maps fs.FS) *Service {
	return &Service{db: db, clock: c, ids: ids, maps: maps, kept: map[string]kept{}, recent: 2 * time.Second}
}

// Publish puts a programme file in force. The same text as the newest version
// changes nothing; earlier versions stay. A new region begins at the slug of its
// first file; later files move it nowhere. also runs in the same transaction.
func (s *Service) Publish(ctx context.Context, name string, source []byte, by, note string, also func(ctx context.Context, tx *store.Tx, e Edition) error) (Edition, error) {
	p, outline, err := s.parse(name, source)
	if err != nil {
		return Edition{}, err
	}
	sum := sha256.Sum256(slices.Concat(source, outline))
	v := Version{By: by, Note: note, Checksum: hex.EncodeToString(sum[:])}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		v.At = s.clock.Now()
		if err := begin(ctx, tx, name, p.Region); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, insertRegion, p.Region.ID, p.Region.Slug, p.Region.Example, clock.Micros(v.At)); err != nil {
			return err
		}
		if last, err := newest(ctx, tx, p.Region.ID); err == nil && last.Checksum == v.Checksum {
			v = last
			return nil
		}
		v.ID = s.ids.New()
		if _, err := tx.Exec(ctx, insertVersion, p.Region.ID, int64(v.ID), clock.Micros(v.At), by, note, v.Checksum, string(source), string(outline)); err != nil {
			return err
		}
		if err := s.note(ctx, tx, p.Region.ID, audit.Published, audit.About{Thing: audit.Version, Key: v.ID.String()}); err != nil {
			return err
		}
		if also != nil {
			return also(ctx, tx, Edition{p, v})
		}
		return nil
	})
	if err != nil {
		return Edition{}, err
	}
	s.mu.Lock() // it is at hand; reading it back would parse it once more
	s.kept[p.Region.ID] = kept{edition: Edition{p, v}, looked: s.clock.Now()}
	s.mu.Unlock()
	return Edition{p, v}, nil
}

// begin tells when another region has, or had, the slug that a new region's file
// wants. A region that is there already keeps its own: see Move.
func begin(ctx context.Context, tx *store.Tx, name string, r Region) error {
	if _, err := tx.Exec(ctx, lockRegions); err != nil {
		return err
	}
	a, err := Where(ctx, tx, "")
	if err != nil {
		return err
	}
	_, there := a.region(r.ID)
	if holder, taken := a.taken(r.ID, Slug, r.Slug); taken && !there {
		return fault.New(fault.Conflict, "programme.slug.taken").With("file", name).With("value", r.Slug).With("region", holder)
	}
	return nil
}

// parse reads a file that is to be published, with the bytes of the map it names.
func (s *Service) parse(name string, source []byte) (*Programme, []byte, error) {
	p, err := Parse(name, source)
	if err != nil || s.maps == nil || p.Region.MapFile == "" {
		return p, nil, err
	}
	outline, err := readMap(s.maps, name, p.Region.MapFile)
	if err != nil {
		return nil, nil, err
	}
	p, err = p.WithMap(outline)
	return p, outline, err
}

// Current is the programme in force in a region. It is kept in memory and looked
// at again when the store has changed, so that a version published by another
// process is soon seen.
func (s *Service) Current(ctx context.Context, region string) (Edition, error) {
	return s.CurrentIn(ctx, s.db, region)
}

// CurrentIn is Current for one who stands inside a transaction.
func (s *Service) CurrentIn(ctx context.Context, from store.Source, region string) (Edition, error) {
	now := s.clock.Now()
	s.mu.Lock()
	k, ok := s.kept[region]
	s.mu.Unlock()
	moment, unknown := s.db.Moment(ctx)
	if ok && unknown == nil && moment == k.moment && now.Sub(k.looked) < s.recent && !now.Before(k.looked) {
		return k.edition, nil
	}
	v, err := newest(ctx, from, region)
	if err != nil {
		return Edition{}, err
	}
	if !ok || k.edition.Version.ID != v.ID {
		if k.edition, err = s.at(ctx, from, region, v); err != nil {
			return Edition{}, err
		}
	}
	k.looked, k.moment = now, moment
	s.mu.Lock()
	s.kept[region] = k
	s.mu.Unlock()
	return k.edition, nil
}

// At reads one version of a programme; a NotFound fault when there is none.
func (s *Service) At(ctx context.Context, region string, v Version) (Edition, error) {
	return s.at(ctx, s.db, region, v)
}

func (s *Service) at(ctx context.Context, from store.Source, region string, v Version) (Edition, error) {
	source, outline, err := published(ctx, from, region, v.ID)
	if err != nil {
		return Edition{}, err
	}
	p, err := Parse(region+".yaml", []byte(source))
	if err != nil || p.Region.MapFile == "" {
		return Edition{p, v}, err
	}
	if outline == "" && s.maps != nil { // published before versions kept their maps
		if kept, err := fs.ReadFile(s.maps, p.Region.MapFile); err == nil {
			outline = string(kept)
		}
	}
	if outline != "" {
		p, err = p.WithMap([]byte(outline))
	}
	return Edition{p, v}, err
}

// Source gives the text of one version as it was published; a NotFound fault when
// there is none.
func (s *Service) Source(ctx context.Context, region string, version ident.ID) (text string, err error) {
	text, _, err = published(ctx, s.db, region, version)
	return text, err
}

func published(ctx context.Context, from store.Source, region string, version ident.ID) (text, outline string, err error) {
	err = from.QueryRow(ctx, selectSource, region, int64(version)).Scan(&text, &outline)
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.NotFound, "page.none")
	}
	return text, outline, err
}

// Adopt marks that a real office has taken a region over (or given it back): an
// example says so on every page and mails nobody outside its own outbox.
func (s *Service) Adopt(ctx context.Context, region string, adopted bool) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		at := int64(0)
		if adopted {
			at = clock.Micros(s.clock.Now())
		}
		if _, err := tx.Exec(ctx, updateAdopted, region, at, !adopted); err != nil {
			return err
		}
		what := audit.Adopted
		if !adopted {
			what = audit.GivenBack
		}
		return s.note(ctx, tx, region, what, audit.About{})
	})
}

// note writes a line of the office's log inside the transaction of what it tells of.
func (s *Service) note(ctx context.Context, tx *store.Tx, region string, what audit.What, about audit.About) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: about})
}

// Move changes where a region is reached: its slug, and the host name of its own,
// "" for none. What it leaves keeps leading to it. site is the address that
// regions without a host share. A Conflict when another region has, or had, the
// address.
func (s *Service) Move(ctx context.Context, region, slug, host, site string) (Addresses, error) {
	var wrong fault.Many
	slug, err := CheckSlug(slug)
	wrong = append(wrong, fault.List(err)...)
	host, err = CheckHost(host, site)
	wrong = append(wrong, fault.List(err)...)
	if err := wrong.OrNil(); err != nil {
		return Addresses{}, err
	}
	return s.readdress(ctx, site, func(ctx context.Context, tx *store.Tx, a Addresses) error {
		var wrong fault.Many
		was, ok := a.region(region)
		if !ok {
			return fault.New(fault.NotFound, "region.none")
		}
		for _, c := range []struct {
			kind     AddressKind
			old, new string
		}{{Slug, was.Slug, slug}, {Host, was.Host, host}} {
			if c.old == c.new {
				continue
			}
			if holder, taken := a.taken(region, c.kind, c.new); taken && c.new != "" {
				wrong = append(wrong, fault.New(fault.Conflict, "region."+string(c.kind)+".taken").On(string(c.kind)).With("value", c.new).With("region", holder))
				continue
			}
			if c.old != "" {
				if _, err := tx.Exec(ctx, insertLeft, region, string(c.kind), c.old, clock.Micros(s.clock.Now())); err != nil {
					return err
				}
			}
			if _, err := tx.Exec(ctx, deleteLeft, region, string(c.kind), c.new); err != nil {
				return err
			}
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, updateAddress, region, slug, host); err != nil || was.Slug == slug && was.Host == host {
			return err
		}
		now := was
		now.Slug, now.Host = slug, host
		return s.tell(ctx, tx, region, audit.Moved, audit.Facts{From: was.at(), To: now.at()})
	})
}

// Forget ends an address that a region has left: it leads to the region no more,
// and another may take it.
func (s *Service) Forget(ctx context.Context, region string, kind AddressKind, name string) error {
	_, err := s.readdress(ctx, "", func(ctx context.Context, tx *store.Tx, _ Addresses) error {
		n, err := tx.Exec(ctx, deleteLeft, region, string(kind), name)
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "region.left.none").With("value", name)
		}
		if err != nil {
			return err
		}
		return s.tell(ctx, tx, region, audit.Forgotten, audit.Facts{From: name})
	})
	return err
}

// readdress changes addresses one after another: what is free is free until the
// end of the transaction.
func (s *Service) readdress(ctx context.Context, site string, change func(ctx context.Context, tx *store.Tx, a Addresses) error) (a Addresses, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, lockRegions); err != nil {
			return err
		}
		before, err := Where(ctx, tx, site)
		if err == nil {
			err = change(ctx, tx, before)
		}
		if err == nil {
			a, err = Where(ctx, tx, site)
		}
		return err
	})
	return a, err
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, region string, what audit.What, f audit.Facts) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, Facts: f})
}
