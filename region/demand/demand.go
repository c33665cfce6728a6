package demand

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"math/bits"
	"net/netip"
	"slices"
	"sync"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// K is by how many different readers a word must have been looked for before anybody
// hears of it.
const K = 5

const (
	places   = 63    // where a reader's mark may be
	mostKept = 5_000 // words remembered between two keepings, of all regions
	kept     = 24    // months that a word stays
	maxWord  = 60    // bytes
	atOnce   = 200   // rows of one transaction
	salted   = "kaivattu"
)

// Word is one word that was looked for and found nowhere.
type Word struct {
	Word    string
	Readers int         // at least so many different ones
	Month   workday.Day // the first day of the month
}

type missed struct {
	region string
	month  workday.Day
	word   string
}

// Service counts. Safe for concurrent use.
type Service struct {
	db    *store.DB
	clock clock.Clock

	mu  sync.Mutex                       // owns the rest
	all map[missed]map[netip.Prefix]bool // until they are kept; addresses never leave the memory
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock) *Service {
	return &Service{db: db, clock: c, all: map[missed]map[netip.Prefix]bool{}}
}

// month is the first day of the month of a time, in Finland.
func month(t time.Time) workday.Day {
	y, m, _ := t.In(i18n.Helsinki()).Date()
	return workday.DayOf(time.Date(y, m, 1, 12, 0, 0, 0, i18n.Helsinki()), i18n.Helsinki())
}

// Missed remembers that somebody in a network found nothing by a common word. The
// network is forgotten with the next Keep.
func (s *Service) Missed(region, word string, from netip.Prefix) {
	if word == "" || len(word) > maxWord || !from.IsValid() {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	m := missed{region, month(s.clock.Now()), word}
	who := s.all[m]
	if who == nil {
		if len(s.all) >= mostKept {
			return // somebody looks for a great many: nothing is learnt from it
		}
		who = map[netip.Prefix]bool{}
		s.all[m] = who
	}
	if len(who) < places {
		who[from] = true
	}
}

// Keep stores what was missed since the last time, as marks.
func (s *Service) Keep(ctx context.Context) error {
	s.mu.Lock()
	all := s.all
	s.all = map[missed]map[netip.Prefix]bool{}
	s.mu.Unlock()
	list := make([]missed, 0, len(all))
	for m := range all {
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b missed) int { // one order, so that two do not wait for each other
		return cmp.Or(cmp.Compare(a.region, b.region), cmp.Compare(a.month, b.month), cmp.Compare(a.word, b.word))
	})
	var wrong error
	for some := range slices.Chunk(list, atOnce) {
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			salts := map[missed]string{}
			for _, m := range some {
				of := missed{region: m.region, month: m.month}
				if salts[of] == "" {
					salt, err := saltOf(ctx, tx, m.region, m.month)
					if err != nil {
						return err
					}
					salts[of] = salt
				}
				var marks uint64
				for from := range all[m] {
					marks |= 1 << mark(salts[of], m.word, from)
				}
				if _, err := tx.Exec(ctx, upsertWord, m.region, int64(m.month), m.word, int64(marks)); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			wrong = errors.Join(wrong, err)
		}
	}
	return wrong
}

// mark is where a reader's mark on a word is. Many readers have the same, and no other
// word has one's mark in the same place: what one looked for cannot be put together.
func mark(salt, word string, from netip.Prefix) int {
	sum := ident.Hash(salted + " " + salt + " " + word + " " + from.String())
	n := 0
	for _, c := range sum[:12] {
		n = (n*31 + int(c)) % places
	}
	return n
}

const (
	upsertWord = `INSERT INTO demand_words (region_id, month, word, marks) VALUES ($1, $2, $3, $4)
ON CONFLICT (region_id, month, word) DO UPDATE SET marks = demand_words.marks | excluded.marks`
	insertSalt  = `INSERT INTO demand_salts (region_id, month, salt) VALUES ($1, $2, $3) ON CONFLICT (region_id, month) DO NOTHING`
	selectSalt  = `SELECT salt FROM demand_salts WHERE region_id = $1 AND month = $2`
	selectSalts = `SELECT month FROM demand_salts WHERE region_id = $1 AND month < $2 ORDER BY month`
	selectWords = `SELECT word, marks, month FROM demand_words WHERE region_id = $1 AND month >= $2 ORDER BY month DESC, word DESC`
	selectMonth = `SELECT word, marks FROM demand_words WHERE region_id = $1 AND month = $2 ORDER BY word`
	deleteWords = `DELETE FROM demand_words WHERE region_id = $1 AND month = $2 AND word {in $3}`
	deleteOld   = `DELETE FROM demand_words WHERE region_id = $1 AND month < $2`
	deleteSalt  = `DELETE FROM demand_salts WHERE region_id = $1 AND month = $2`
)

// saltOf is a month's salt, made when the month has none yet.
func saltOf(ctx context.Context, tx *store.Tx, region string, month workday.Day) (salt string, err error) {
	if _, err := tx.Exec(ctx, insertSalt, region, int64(month), ident.Secret()); err != nil {
		return "", err
	}
	err = tx.QueryRow(ctx, selectSalt, region, int64(month)).Scan(&salt)
	return salt, err
}

// Unmet is what was looked for by at least K readers in one of the latest months and
// found nowhere: the newest month first, in it what most looked for.
func Unmet(ctx context.Context, from store.Source, region string, now time.Time, months, most int) (all []Word, err error) {
	since := month(now)
	for range months - 1 {
		since = month((since - 1).Start(i18n.Helsinki()))
	}
	rows, err := from.Query(ctx, selectWords, region, int64(since))
	if err := store.Each(rows, err, func(r *sql.Rows) error {
		var w Word
		var marks, at int64
		err := r.Scan(&w.Word, &marks, &at)
		if w.Readers, w.Month = bits.OnesCount64(uint64(marks)), workday.Day(at); w.Readers >= K {
			all = append(all, w)
		}
		return err
	}); err != nil {
		return nil, err
	}
	slices.SortStableFunc(all, func(a, b Word) int {
		return cmp.Or(cmp.Compare(b.Month, a.Month), cmp.Compare(b.Readers, a.Readers), cmp.Compare(a.Word, b.Word))
	})
	return all[:min(most, len(all))], nil
}

// Sweep closes the months that are over: what too few looked for is forgotten, and what
// the marks were made with, so that no mark can be tried against anybody.
func (s *Service) Sweep(ctx context.Context, region string) error {
	now := month(s.clock.Now())
	over, err := store.Values[int64](s.db.Query(ctx, selectSalts, region, int64(now)))
	if err != nil {
		return err
	}
	for _, at := range over {
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			var few store.Strings
			rows, err := tx.Query(ctx, selectMonth, region, at)
			if err := store.Each(rows, err, func(r *sql.Rows) error {
				var word string
				var marks int64
				err := r.Scan(&word, &marks)
				if bits.OnesCount64(uint64(marks)) < K {
					few = append(few, word)
				}
				return err
			}); err != nil {
				return err
			}
			if len(few) > 0 {
				if _, err := tx.Exec(ctx, deleteWords, region, at, few); err != nil {
					return err
				}
			}
			_, err = tx.Exec(ctx, deleteSalt, region, at)
			return err
		}); err != nil {
			return err
		}
	}
	old := now
	for range kept {
		old = month((old - 1).Start(i18n.Helsinki()))
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, deleteOld, region, int64(old))
		return err
	})
}
