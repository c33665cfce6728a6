package asset

import (
	"context"
	"errors"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/audit"
	"kokko/region/search"
)

// News is what somebody who told of an asset must hear of.
type News string

const (
	Shown    News = "shown" // the office has listed it
	TakenOff News = "off"   // the office has taken it off, or not listed it
	Holding  News = "holds" // does it still hold?
)

// Letters is how the purposes of letters about an asset begin.
const Letters = "asset."

// Told asks for one letter. What it says is read when it is written.
var Told = jobs.Kind[ToldArgs]{Name: "asset.told"}

// ToldArgs names the asset and what is told of it.
type ToldArgs struct {
	Region string   `json:"region"`
	Asset  ident.ID `json:"asset"`
	News   News     `json:"news"`
}

// Service is the verbs on assets. Each is one transaction; what each role may do is
// region/office's table, kept by the edge.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	index *search.Index // nil for none
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Tell stores what somebody of a confirmed address tells of, inside the transaction
// that confirms it. It waits until the office lists it.
func (s *Service) Tell(ctx context.Context, tx *store.Tx, region string, teller ident.ID, w Where, d Draft) (Asset, error) {
	var n int
	if err := tx.QueryRow(ctx, countTold, region, int64(teller)).Scan(&n); err != nil {
		return Asset{}, err
	}
	if n >= MaxOwn {
		return Asset{}, fault.New(fault.Conflict, "asset.many").With("max", MaxOwn)
	}
	return s.begin(ctx, tx, Asset{Region: region, ID: s.ids.New(), Teller: teller, State: Waiting}, w, d, s.clock.Now())
}

// Make stores what the office itself tells of: everybody sees it at once.
func (s *Service) Make(ctx context.Context, region string, w Where, d Draft) (a Asset, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if a, err = s.begin(ctx, tx, Asset{Region: region, ID: s.ids.New(), State: Listed}, w, d, s.clock.Now()); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.AssetMade, a)
	})
	return a, err
}

func (s *Service) begin(ctx context.Context, tx *store.Tx, a Asset, w Where, d Draft, now time.Time) (Asset, error) {
	a.Told, a.Since, a.Held, a.Version = now, now, now, 1
	if err := s.put(ctx, tx, &a, w, d); err != nil {
		return a, err
	}
	if err := insert(ctx, tx, a); err != nil {
		return a, err
	}
	return a, s.find(ctx, tx, a)
}

// put writes a draft into an asset and finds whose it is.
func (s *Service) put(ctx context.Context, from store.Source, a *Asset, w Where, d Draft) error {
	place, wrong := d.clean(w)
	if err := wrong.OrNil(); err != nil {
		return err
	}
	a.write(d, place)
	return own(ctx, from, a, actor.Places(w))
}

// own finds the organisation that is known by the owner's name.
func own(ctx context.Context, from store.Source, a *Asset, place func(string) bool) (err error) {
	if a.Owner = 0; a.Owned == ByOrganisation {
		a.Owner, err = actor.Whose(ctx, from, a.Region, a.Named, place)
	}
	return err
}

// note writes what the office did into its log, in the transaction of the act.
func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, a Asset) error {
	return audit.Write(ctx, tx, audit.Entry{Region: a.Region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Asset, Key: a.ID.String()}})
}

// Act is the common part of a verb on an asset that exists.
type Act struct {
	Region  string
	Asset   ident.ID
	Version int64 // the version the page showed; 0 acts on whatever is there
}

// change is one verb: it locks the asset, lets do alter it, and stores it.
func (s *Service) change(ctx context.Context, tx *store.Tx, a Act, do func(x *Asset) error) (x Asset, err error) {
	if _, err := tx.Exec(ctx, takeVersion, a.Region, int64(a.Asset)); err != nil {
		return x, err
	}
	if x, err = One(ctx, tx, a.Region, a.Asset); err != nil {
		return x, err
	}
	if a.Version != 0 && x.Version != a.Version+1 {
		return x, fault.New(fault.Conflict, "asset.changed")
	}
	if err := do(&x); err != nil {
		return x, err
	}
	if err := update(ctx, tx, x); err != nil {
		return x, err
	}
	return x, s.find(ctx, tx, x)
}

// office is a verb of the office's, with its line in the log.
func (s *Service) office(ctx context.Context, a Act, what audit.What, do func(ctx context.Context, tx *store.Tx, x *Asset) error) (x Asset, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if x, err = s.change(ctx, tx, a, func(x *Asset) error {
			x.Changed = time.Time{} // the office has looked
			return do(ctx, tx, x)
		}); err != nil {
			return err
		}
		return s.note(ctx, tx, what, x)
	})
	return x, err
}

// stand puts an asset into a state.
func (s *Service) stand(x *Asset, in State) {
	if x.State != in {
		x.State, x.Since = in, s.clock.Now()
	}
}

// hold says that an asset holds now.
func (s *Service) hold(x *Asset) { x.Held, x.Asked = s.clock.Now(), time.Time{} }

// Change stores an asset as the office writes it.
func (s *Service) Change(ctx context.Context, a Act, w Where, d Draft) (Asset, error) {
	return s.office(ctx, a, audit.AssetChanged, func(ctx context.Context, tx *store.Tx, x *Asset) error {
		return s.put(ctx, tx, x, w, d)
	})
}

// List lets everybody see an asset, and tells whoever told of it.
func (s *Service) List(ctx context.Context, a Act) (Asset, error) {
	return s.office(ctx, a, audit.AssetListed, func(ctx context.Context, tx *store.Tx, x *Asset) error {
		if x.State == Listed {
			return fault.New(fault.Conflict, "asset.listed")
		}
		s.stand(x, Listed)
		s.hold(x)
		x.Note = ""
		return s.tell(ctx, tx, *x, Shown)
	})
}

// TakeOff lets nobody see an asset any more, and tells whoever told of it why.
func (s *Service) TakeOff(ctx context.Context, a Act, note string) (Asset, error) {
	return s.office(ctx, a, audit.AssetTakenOff, func(ctx context.Context, tx *store.Tx, x *Asset) error {
		switch note = strings.TrimSpace(note); {
		case x.State == Off:
			return fault.New(fault.Conflict, "asset.off")
		case note == "" && x.Teller != 0:
			return fault.New(fault.Invalid, "asset.note.missing").On("note")
		case utf8.RuneCountInString(note) > MaxNote:
			return fault.New(fault.Invalid, "too_long").On("note").With("max", MaxNote).With("now", utf8.RuneCountInString(note))
		}
		s.stand(x, Off)
		x.Note = note
		return s.tell(ctx, tx, *x, TakenOff)
	})
}

// Hold is the office's word that an asset still holds: one that had lapsed is shown
// again.
func (s *Service) Hold(ctx context.Context, a Act) (Asset, error) {
	return s.office(ctx, a, audit.AssetHeld, func(_ context.Context, _ *store.Tx, x *Asset) error { return s.again(x) })
}

func (s *Service) again(x *Asset) error {
	if x.State != Listed && x.State != Lapsed {
		return fault.New(fault.Conflict, "asset.not_listed")
	}
	s.stand(x, Listed)
	s.hold(x)
	return nil
}

// tell asks for a letter to whoever told of an asset; the office tells itself nothing.
func (s *Service) tell(ctx context.Context, tx *store.Tx, x Asset, news News) error {
	if x.Teller == 0 {
		return nil
	}
	return Told.Enqueue(ctx, tx, ToldArgs{x.Region, x.ID, news})
}

// mine is a verb of whoever told of the asset; nobody else learns that there is one.
func (s *Service) mine(ctx context.Context, tx *store.Tx, teller ident.ID, a Act, do func(x *Asset) error) (Asset, error) {
	return s.change(ctx, tx, a, func(x *Asset) error {
		if teller == 0 || x.Teller != teller {
			return fault.New(fault.NotFound, "asset.none")
		}
		return do(x)
	})
}

// Mend stores an asset as whoever told of it writes it now, inside the caller's
// transaction. What was shown stays so, and the office sees that it has changed; what
// the office had taken off waits for its look again.
func (s *Service) Mend(ctx context.Context, tx *store.Tx, teller ident.ID, a Act, w Where, d Draft) (Asset, error) {
	return s.mine(ctx, tx, teller, a, func(x *Asset) error {
		if err := s.put(ctx, tx, x, w, d); err != nil {
			return err
		}
		s.hold(x)
		switch x.State {
		case Listed, Lapsed:
			s.stand(x, Listed)
			x.Changed = s.clock.Now()
		case Off:
			s.stand(x, Waiting)
			x.Changed = s.clock.Now()
		}
		return nil
	})
}

// StillHolds is the word of whoever told of an asset that it holds, inside the caller's
// transaction.
func (s *Service) StillHolds(ctx context.Context, tx *store.Tx, teller ident.ID, a Act) (Asset, error) {
	return s.mine(ctx, tx, teller, a, s.again)
}

// Withdraw takes an asset away by the word of whoever told of it, inside the caller's
// transaction: nothing of it stays.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, region string, teller, id ident.ID) error {
	x, err := One(ctx, tx, region, id)
	if err == nil && (teller == 0 || x.Teller != teller) {
		err = fault.New(fault.NotFound, "asset.none")
	}
	if err != nil {
		return err
	}
	return s.forget(ctx, tx, region, id)
}

// Erase takes away everything an address has told of, inside the caller's transaction.
func (s *Service) Erase(ctx context.Context, tx *store.Tx, region string, address ident.ID) error {
	all, err := ToldBy(ctx, tx, region, address)
	for _, x := range all {
		if err == nil {
			err = s.forget(ctx, tx, region, x.ID)
		}
	}
	return err
}

func (s *Service) forget(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	if s.index != nil {
		if err := s.index.Remove(ctx, tx, region, search.Asset, id); err != nil {
			return err
		}
	}
	_, err := tx.Exec(ctx, deleteAsset, region, int64(id))
	return err
}

// atOnce is how many assets one pass of Keep looks at; the rest waits for the next day.
const atOnce = 500

// Keep is the day's care: whoever told of something a year ago is asked whether it
// still holds, what nobody answered for is shown no more, and what has not been shown
// for long is forgotten.
func (s *Service) Keep(ctx context.Context, region string) error {
	now := s.clock.Now()
	each := func(query string, before time.Time, do func(ctx context.Context, tx *store.Tx, x Act) error) error {
		ids, err := store.Values[ident.ID](s.db.Query(ctx, query, region, clock.Micros(before), atOnce))
		for _, id := range ids {
			err = errors.Join(err, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error { return do(ctx, tx, Act{Region: region, Asset: id}) }))
		}
		return err
	}
	// Whoever answers meanwhile is first: each looks again under the lock.
	return errors.Join(
		each(selectSilent, now.Add(-Answers), func(ctx context.Context, tx *store.Tx, a Act) error {
			_, err := s.change(ctx, tx, a, func(x *Asset) error {
				if x.State == Listed && !x.Asked.IsZero() && !x.Asked.After(now.Add(-Answers)) {
					s.stand(x, Lapsed)
				}
				return nil
			})
			return err
		}),
		each(selectDue, now.Add(-Holds), func(ctx context.Context, tx *store.Tx, a Act) error {
			_, err := s.change(ctx, tx, a, func(x *Asset) error {
				if x.State != Listed || !x.Asked.IsZero() || !x.Old(now) {
					return nil
				}
				x.Asked = now
				return s.tell(ctx, tx, *x, Holding)
			})
			return err
		}),
		each(selectStale, now.Add(-Kept), func(ctx context.Context, tx *store.Tx, a Act) error {
			x, err := One(ctx, tx, region, a.Asset)
			if err != nil || x.State == Listed || x.Since.After(now.Add(-Kept)) {
				return err
			}
			return s.forget(ctx, tx, region, x.ID)
		}),
	)
}

// Own finds anew whose each asset is, after names of organisations have been parted or
// joined, or new ones have come.
func (s *Service) Own(ctx context.Context, region string, place func(string) bool) error {
	for after, all := ident.ID(0), []Asset{{}}; len(all) > 0; {
		var err error
		if all, err = many(ctx, s.db, selectAfter, region, int64(after), atOnce); err != nil {
			return err
		}
		for _, x := range all {
			after = x.ID
			was := x.Owner
			if err := own(ctx, s.db, &x, place); err != nil {
				return err
			}
			if x.Owner == was {
				continue
			}
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, setOwner, region, int64(x.ID), int64(x.Owner))
				return err
			}); err != nil {
				return err
			}
		}
	}
	return nil
}

// demoMost is the last number of an invented asset. No other has so low a one.
const demoMost = 1000

// Demonstrate stores the invented assets of a demonstration, seen by everybody, inside
// the caller's transaction.
func (s *Service) Demonstrate(ctx context.Context, tx *store.Tx, region string, w Where, since time.Time, drafts []Draft) error {
	for i, d := range drafts {
		if _, err := s.begin(ctx, tx, Asset{Region: region, ID: ident.ID(1 + i), State: Listed}, w, d, since); err != nil {
			return err
		}
	}
	return nil
}

// ClearDemo removes them.
func (s *Service) ClearDemo(ctx context.Context, region string) (removed int, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		ids, err := store.Values[ident.ID](tx.Query(ctx, selectDemo, region, demoMost))
		for _, id := range ids {
			if err == nil {
				err = s.forget(ctx, tx, region, id)
			}
		}
		removed = len(ids)
		return err
	})
	return removed, err
}
