package spark

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/trust"
)

// What waits for a person's look before anybody sees it: why it came to wait, and
// what the office can do with it.

// arrival is how region/trust names sparks among the things that come.
const arrival = "spark"

// shown is everything of a draft that others may come to read.
func (d Draft) shown() string {
	parts := []string{d.Text, d.Name, d.Place}
	if !strings.HasPrefix(FirstSentence(d.Text), d.Title) {
		parts = append(parts, d.Title)
	}
	return strings.Join(parts, "\n")
}

// known tells whether a person in the office has answered a spark that came under
// this address.
func known(ctx context.Context, from store.Source, region, email string) (bool, error) {
	if email == "" {
		return false, nil
	}
	var n int
	err := from.QueryRow(ctx, countAnsweredOf, region, email).Scan(&n)
	return n > 0, err
}

// weigh judges a drop: it sets why the spark is held, or refuses it.
func (s *Service) weigh(ctx context.Context, tx *store.Tx, sp *Spark, d Draft, sender trust.Sender) error {
	p := trust.Piece{Kind: arrival, ID: sp.ID, Text: d.shown(), Sender: sender, Count: sender != trust.Sender{}}
	if p.Sender.Address == "" {
		p.Sender.Address = d.Email
	}
	var err error
	if p.Known, err = known(ctx, tx, sp.Region, d.Email); err != nil {
		return err
	}
	v, err := trust.Weigh(ctx, tx, sp.Region, s.clock.Now(), p)
	if err != nil {
		return err
	}
	sp.Held = v.Held()
	return v.Fault()
}

// weighAgain judges what is new in what a bringer changed, and gives the beat that
// tells of it when the spark has to wait again. What was let in once is not weighed
// again, and nobody is kept from mending their own words: who is blocked waits too.
func (s *Service) weighAgain(ctx context.Context, tx *store.Tx, sp *Spark, email, now, was string) ([]story.Beat, error) {
	if now == was || sp.EnteredBy != 0 {
		return nil, nil
	}
	v, err := s.verdict(ctx, tx, sp, email, now, was)
	if err != nil || v.Ruling == trust.LetIn {
		return nil, err
	}
	fresh := sp.Held == ""
	sp.Held = trust.Keep(append(trust.Kept(sp.Held), v.Reasons...)...)
	if !fresh {
		return nil, nil
	}
	return []story.Beat{held(sp.Held)}, nil
}

// verdict judges words of a bringer that came by no form of strangers.
func (s *Service) verdict(ctx context.Context, tx *store.Tx, sp *Spark, email, now, was string) (v trust.Verdict, err error) {
	p := trust.Piece{Kind: arrival, ID: sp.ID, Text: now, Before: was, Sender: trust.Sender{Address: email}}
	if p.Known, err = known(ctx, tx, sp.Region, email); err != nil {
		return v, err
	}
	return trust.Weigh(ctx, tx, sp.Region, s.clock.Now(), p)
}

// held is the beat of the program holding something by itself.
func held(reasons string) story.Beat {
	return story.Beat{Type: story.Held, Actor: story.Kokko, Visibility: story.Parties, Facts: story.Facts{Reasons: strings.Split(reasons, ",")}}
}

// tellHeld appends the drop of a held spark without telling of it: that waits for
// the office. Told is that it waits.
func (s *Service) tellHeld(ctx context.Context, tx *store.Tx, reasons string, dropped story.Beat) error {
	dropped.ID = s.ids.New()
	if err := story.Append(ctx, tx, dropped); err != nil {
		return err
	}
	b := held(reasons)
	b.Region, b.Spark, b.At = dropped.Region, dropped.Spark, dropped.At
	return s.tell(ctx, tx, b)
}

// Waits tells that a spark waits for a person's look.
func (s *Spark) Waits() bool { return s.Held != "" && s.Open }

// Approve lets a held spark in, and tells of its drop if that has not been told:
// to everybody it is as if it had just come, and what was promised stands. With
// trusted its author's sparks wait no more.
func (s *Service) Approve(ctx context.Context, a Act, trusted bool) (Spark, error) {
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if err := waits(sp); err != nil {
			return nil, err
		}
		if err := s.release(ctx, tx, a, sp); err != nil {
			return nil, err
		}
		if err := s.decided(ctx, tx, a, sp, OutcomeKeep); err != nil {
			return nil, err
		}
		sp.Held = ""
		sp.derive()
		beats := []story.Beat{{Type: story.Approved, Visibility: seenBy(sp, true)}}
		if trusted {
			beat, err := s.standing(ctx, tx, a, sp, trust.Entry{Standing: trust.Trusted})
			if err != nil {
				return nil, err
			}
			beats = append(beats, beat)
		}
		return beats, nil
	})
}

func waits(sp *Spark) error {
	switch {
	case sp.Held == "":
		return fault.New(fault.Conflict, "spark.not_held")
	case !sp.Open:
		return fault.New(fault.Conflict, "spark.closed")
	}
	return nil
}

// release has the drop of a spark told that was held as it came.
func (s *Service) release(ctx context.Context, tx *store.Tx, a Act, sp *Spark) error {
	first, err := story.First(ctx, tx, sp.Region, sp.ID, story.Held)
	if errors.Is(err, store.ErrNone) {
		return nil
	}
	if err != nil || first.Actor != story.Kokko || !first.At.Equal(sp.Dropped) {
		return err
	}
	if _, err := story.First(ctx, tx, sp.Region, sp.ID, story.Approved); !errors.Is(err, store.ErrNone) {
		return err
	}
	dropped, err := story.First(ctx, tx, sp.Region, sp.ID, story.Dropped)
	if err != nil {
		return err
	}
	return Told.Enqueue(ctx, tx, ToldArgs{Region: sp.Region, Spark: sp.ID, Beat: dropped.ID, By: a.Officer.ID})
}

// decided notes that a person has: where the spark came from is forgotten,
// and what readers told of it is answered by the decision.
func (s *Service) decided(ctx context.Context, tx *store.Tx, a Act, sp *Spark, o Outcome) error {
	if err := trust.Settle(ctx, tx, sp.Region, arrival, sp.ID); err != nil {
		return err
	}
	return s.lookedInto(ctx, tx, sp, looked{by: a.Officer, upTo: lastReport, outcome: o})
}

// standing gives the author of a spark a standing, and the beat that tells of it.
func (s *Service) standing(ctx context.Context, tx *store.Tx, a Act, sp *Spark, e trust.Entry) (story.Beat, error) {
	all, err := Bringers(ctx, tx, sp.Region, sp.ID)
	if err != nil {
		return story.Beat{}, err
	}
	if len(all[sp.ID]) == 0 || all[sp.ID][0].Email == "" {
		return story.Beat{}, fault.New(fault.Invalid, "trust.no_address").On("block")
	}
	e.ID, e.Since, e.Officer, e.Spark = s.ids.New(), s.clock.Now(), a.Officer.ID, sp.ID
	kind := story.Trusted
	if e.Standing == trust.Blocked {
		kind = story.Blocked
	}
	return story.Beat{Type: kind, Visibility: story.InOffice, Facts: story.Facts{To: string(trust.Address)}},
		trust.PutAddress(ctx, tx, sp.Region, all[sp.ID][0].Email, e)
}

// Block is what is done about who sent a declined spark.
type Block struct {
	Author  bool           // the address is blocked, until somebody undoes it
	Network trust.Standing // slowed, blocked, or nothing
	Days    int            // for how long, with Network
}

// Decline closes a held spark that is not let in, with a reason its bringer can
// read. It stays hidden.
func (s *Service) Decline(ctx context.Context, a Act, reason string) (Spark, error) {
	return s.decline(ctx, a, reason, nil)
}

// DeclineAndBlock is Decline, and holds back who sent it; everything else that
// waits from the same author, and with a network from the same network, is
// declined with it.
func (s *Service) DeclineAndBlock(ctx context.Context, a Act, reason string, b Block) (Spark, error) {
	if !b.Author && b.Network == trust.Unknown {
		return Spark{}, fault.New(fault.Invalid, "trust.block.nothing").On("block")
	}
	return s.decline(ctx, a, reason, &b)
}

func (s *Service) decline(ctx context.Context, a Act, reason string, b *Block) (sp Spark, err error) {
	if reason, err = words(reason, "reason", true); err != nil {
		return sp, err
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var others []ident.ID
		sp, err = s.changeIn(ctx, tx, a.Region, a.Spark, a.Version, deed{}, a.by(func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
			beats, err := s.declined(ctx, tx, a, sp, reason, 0)
			if err != nil || b == nil {
				return beats, err
			}
			more, err := s.block(ctx, tx, a, sp, *b)
			if err != nil {
				return nil, err
			}
			others, err = pendingWith(ctx, tx, sp.Region, sp.ID, *b)
			return append(beats, more...), err
		}))
		if err != nil {
			return err
		}
		for _, id := range others {
			also := Act{Region: a.Region, Spark: id, Officer: a.Officer}
			if _, err := s.changeIn(ctx, tx, a.Region, id, 0, deed{}, also.by(func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
				if waits(sp) != nil { // somebody has decided on it meanwhile
					return nil, nil
				}
				return s.declined(ctx, tx, also, sp, reason, a.Spark)
			})); err != nil {
				return err
			}
		}
		return nil
	})
	return sp, err
}

// declined closes one held spark. with is the spark it is declined together with,
// 0 for itself.
func (s *Service) declined(ctx context.Context, tx *store.Tx, a Act, sp *Spark, reason string, with ident.ID) ([]story.Beat, error) {
	if err := waits(sp); err != nil {
		return nil, err
	}
	if err := s.decided(ctx, tx, a, sp, OutcomeHide); err != nil {
		return nil, err
	}
	from := sp.State
	s.answered(sp)
	sp.State, sp.Closed = Out, s.clock.Now()
	return []story.Beat{{Type: story.Closed, Visibility: story.Parties, Words: reason, Facts: story.Facts{From: string(from), To: string(Out), With: with}}}, nil
}

// block gives author and network the standing that was chosen.
func (s *Service) block(ctx context.Context, tx *store.Tx, a Act, sp *Spark, b Block) (beats []story.Beat, err error) {
	if b.Author {
		beat, err := s.standing(ctx, tx, a, sp, trust.Entry{Standing: trust.Blocked})
		if err != nil {
			return nil, err
		}
		beats = append(beats, beat)
	}
	if b.Network == trust.Unknown {
		return beats, nil
	}
	o, err := trust.OriginOf(ctx, tx, sp.Region, arrival, sp.ID)
	if err != nil {
		return nil, err
	}
	if !o.HasNetwork() {
		return nil, fault.New(fault.Invalid, "trust.no_network").On("network")
	}
	now := s.clock.Now()
	e := trust.Entry{ID: s.ids.New(), Standing: b.Network, Since: now, Until: now.Add(time.Duration(b.Days) * 24 * time.Hour), Officer: a.Officer.ID, Spark: sp.ID}
	if err := trust.PutNetwork(ctx, tx, sp.Region, o, e); err != nil {
		return nil, err
	}
	return append(beats, story.Beat{Type: story.Blocked, Visibility: story.InOffice,
		Facts: story.Facts{To: string(trust.Network), From: string(b.Network), Day: workday.DayOf(e.Until, i18n.Helsinki())}}), nil
}

// Pending is what waits beside one held spark from the same sender.
type Pending struct {
	Address bool // the author gave an address
	Network bool // the network is known
	Author  int  // others that wait from the same author
	Near    int  // others that wait from the same network and not from the author
}

// PendingWith counts what would be declined together with a held spark.
func PendingWith(ctx context.Context, from store.Source, region string, id ident.ID) (p Pending, err error) {
	o, err := trust.OriginOf(ctx, from, region, arrival, id)
	if err != nil {
		return p, err
	}
	p.Network = o.HasNetwork()
	all, err := Bringers(ctx, from, region, id)
	if err != nil {
		return p, err
	}
	p.Address = len(all[id]) > 0 && all[id][0].Email != ""
	author, err := pendingWith(ctx, from, region, id, Block{Author: true})
	if err != nil {
		return p, err
	}
	both, err := pendingWith(ctx, from, region, id, Block{Author: true, Network: trust.Slowed})
	p.Author, p.Near = len(author), len(both)-len(author)
	return p, err
}

// pendingWith lists what waits from the same author and, when the network is held
// back, from the same network; not the spark itself.
func pendingWith(ctx context.Context, from store.Source, region string, id ident.ID, b Block) ([]ident.ID, error) {
	o, err := trust.OriginOf(ctx, from, region, arrival, id)
	if err != nil {
		return nil, err
	}
	var all []ident.ID
	if b.Author {
		if all, err = store.Values[ident.ID](from.Query(ctx, selectHeldBy, region, int64(id))); err != nil {
			return nil, err
		}
		same, err := trust.Waiting(ctx, from, region, arrival, trust.Address, o)
		if err != nil {
			return nil, err
		}
		all = append(all, same...)
	}
	if b.Network != trust.Unknown {
		near, err := trust.Waiting(ctx, from, region, arrival, trust.Network, o)
		if err != nil {
			return nil, err
		}
		all = append(all, near...)
	}
	return stillHeld(ctx, from, region, slices.DeleteFunc(all, func(other ident.ID) bool { return other == id }))
}

// stillHeld gives those of some sparks that wait for a look, each once, in order.
func stillHeld(ctx context.Context, from store.Source, region string, ids []ident.ID) ([]ident.ID, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	return store.Values[ident.ID](from.Query(ctx, selectStillHeld, region, store.IDs(ids)))
}

// Lift undoes a trust or a block, and tells so in the story it came of.
func (s *Service) Lift(ctx context.Context, region string, by office.Officer, standing ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		e, err := trust.Undo(ctx, tx, region, standing)
		if err != nil {
			return err
		}
		_, err = s.changeIn(ctx, tx, region, e.Spark, 0, deed{}, func(context.Context, *store.Tx, *Spark) ([]story.Beat, error) {
			return []story.Beat{{Type: story.Lifted, Actor: story.Office, Officer: by.ID, Visibility: story.InOffice, Facts: story.Facts{From: string(e.Standing), To: string(e.Of)}}}, nil
		})
		return err
	})
}

// HeldLately counts what has come to wait since a time, before the spark with this
// id, and waits still.
func HeldLately(ctx context.Context, from store.Source, region string, before ident.ID, since time.Time) (n int, err error) {
	err = from.QueryRow(ctx, countHeldSince, region, int64(before), int64(ident.At(since))).Scan(&n)
	return n, err
}

// ReportsKept is how long what a reader told stays after it was handled. The
// privacy page promises it.
const ReportsKept = 90 * 24 * time.Hour

// Sweep removes what readers told long ago and what came of it, and counts the
// places anew.
func (s *Service) Sweep(ctx context.Context, region string) error {
	if err := s.CountPlaces(ctx, region); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, sweepReports, region, clock.Micros(s.clock.Now().Add(-ReportsKept)))
		return err
	})
}
