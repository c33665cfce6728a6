package style

import (
	"context"
	"database/sql"
	"strings"
	"sync"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
	"kokko/region/programme"
)

const (
	selectWords = `SELECT slot, language, words, replaced FROM wordings WHERE region_id = $1`
	upsertWords = `INSERT INTO wordings (region_id, slot, language, words, replaced) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, slot, language) DO UPDATE SET words = excluded.words, replaced = excluded.replaced`
	deleteWords   = `DELETE FROM wordings WHERE region_id = $1 AND slot = $2 AND language = $3`
	selectColours = `SELECT name, value FROM settings WHERE region_id = $1 AND name {in $2}`
)

// Service knows the style each region is in.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker

	mu     sync.Mutex // owns kept and turn
	kept   map[string]kept
	turn   int // rises with every change made here: what was read before it is not kept
	recent time.Duration
}

type kept struct {
	style   Style
	looked  time.Time
	moment  store.Moment         // of the store when it was looked at
	plain   *programme.Programme // the programme that was last dressed, and how it looks
	dressed programme.Edition
}

// New gives the styles of a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids, kept: map[string]kept{}, recent: 2 * time.Second}
}

// Dress gives an edition in its region's style, and the style. It is kept in memory
// and looked at again when the store has changed, so that what another process was
// told is soon seen here. A nil Service knows no styles.
func (s *Service) Dress(ctx context.Context, from store.Source, e programme.Edition) (programme.Edition, Style, error) {
	if s == nil || e.Programme == nil {
		return e, Style{}, nil
	}
	region, now := e.Region.ID, s.clock.Now()
	s.mu.Lock()
	k, ok := s.kept[region]
	turn := s.turn
	s.mu.Unlock()
	moment, unknown := s.db.Moment(ctx)
	if !ok || unknown != nil || moment != k.moment || now.Sub(k.looked) >= s.recent || now.Before(k.looked) {
		style, err := read(ctx, from, region)
		if err != nil {
			return e, Style{}, err
		}
		if style.stamp != k.style.stamp {
			k.plain = nil
		}
		k.style, k.looked, k.moment = style, now, moment
	}
	if k.plain != e.Programme || k.dressed.Version.ID != e.Version.ID {
		k.plain, k.dressed = e.Programme, k.style.Over(e)
	}
	s.mu.Lock()
	if turn == s.turn {
		s.kept[region] = k
	}
	s.mu.Unlock()
	return k.dressed, k.style, nil
}

// LookAgain has a region's style read anew at the next page of this process.
func (s *Service) LookAgain(region string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.kept, region)
	s.turn++
}

// Current reads a region's style as it is now.
func (s *Service) Current(ctx context.Context, region string) (Style, error) {
	return read(ctx, s.db, region)
}

func read(ctx context.Context, from store.Source, region string) (Style, error) {
	var s Style
	rows, err := from.Query(ctx, selectWords, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var slot, lang string
		var own Own
		if err := rows.Scan(&slot, &lang, &own.Words, &own.Replaced); err != nil {
			return err
		}
		if s.words == nil {
			s.words = map[string]map[string]Own{}
		}
		if s.words[slot] == nil {
			s.words[slot] = map[string]Own{}
		}
		s.words[slot][lang] = own
		return nil
	})
	if err != nil {
		return Style{}, err
	}
	var names store.Strings
	for _, scheme := range Schemes() {
		for _, token := range Tokens() {
			names = append(names, Setting(scheme, token))
		}
	}
	rows, err = from.Query(ctx, selectColours, region, names)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return err
		}
		if value == "" {
			return nil
		}
		if s.colours == nil {
			s.colours = map[string]string{}
		}
		s.colours[strings.TrimPrefix(name, "brand.")] = value
		return nil
	})
	return s.stamped(), err
}

// Put has a slot say the office's words in a language; words equal to the default
// put the default back. e is the programme without any style, say the catalogue's
// printer of that language.
func (s *Service) Put(ctx context.Context, e programme.Edition, say *i18n.Printer, id, words string) error {
	slot, ok := Find(e.Programme, id)
	if !ok {
		return fault.New(fault.NotFound, "style.none")
	}
	usual := slot.Default(e.Programme, say)
	words, err := slot.Check(words, usual)
	if err != nil {
		return err
	}
	if words == usual {
		return s.Reset(ctx, e, say.Lang(), id)
	}
	return s.write(ctx, e.Region.ID, id, say.Lang(), func(ctx context.Context, tx *store.Tx, was Own, had bool) (bool, error) {
		if had && was.Words == words && was.Replaced == usual {
			return false, nil
		}
		_, err := tx.Exec(ctx, upsertWords, e.Region.ID, id, string(say.Lang()), words, usual)
		return true, err
	})
}

// Reset puts the default back for a slot in a language.
func (s *Service) Reset(ctx context.Context, e programme.Edition, lang i18n.Language, id string) error {
	if _, ok := Find(e.Programme, id); !ok {
		return fault.New(fault.NotFound, "style.none")
	}
	return s.write(ctx, e.Region.ID, id, lang, func(ctx context.Context, tx *store.Tx, _ Own, had bool) (bool, error) {
		if !had {
			return false, nil
		}
		_, err := tx.Exec(ctx, deleteWords, e.Region.ID, id, string(lang))
		return true, err
	})
}

func (s *Service) write(ctx context.Context, region, slot string, lang i18n.Language, do func(ctx context.Context, tx *store.Tx, was Own, had bool) (changed bool, err error)) error {
	err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now, err := read(ctx, tx, region)
		if err != nil {
			return err
		}
		was, had := now.Of(slot, string(lang))
		changed, err := do(ctx, tx, was, had)
		if err != nil || !changed {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: audit.Words,
			About: audit.About{Thing: audit.Wording, Key: slot}, Facts: audit.Facts{Language: string(lang)}})
	})
	s.LookAgain(region)
	return err
}
