package network

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

const (
	deleteFiled = `DELETE FROM ties WHERE region_id = $1 AND why = $2 AND source_id = $3`
	countFiled  = `SELECT COUNT(*) FROM ties WHERE region_id = $1 AND why = $2 AND source_id = $3`
)

// Taken is what became of a file.
type Taken struct {
	Ties          int // that are in the network now
	Organisations int // that the file names
	Persons       int // that were left out: nobody is brought in by others
	Same          int // ties of somebody with themselves, or told again
}

// sourceOf is the number of a file by what it is called: brought in again, it is the
// same.
func sourceOf(name string) ident.ID {
	sum := sha256.Sum256([]byte("network file " + name))
	return ident.ID(binary.BigEndian.Uint64(sum[:8]) >> 1)
}

// Take brings a network in that is called by a name: organisations, found by how their
// names are written or begun, and what ties them. Persons are left out, for only they
// themselves can say that they are in it. Brought in again under its name, it takes the
// place of what was brought in before. organisation finds or begins one.
func (s *Service) Take(ctx context.Context, region, name, file string, f File, organisation func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error)) (t Taken, err error) {
	source := sourceOf(name)
	known := map[string]ident.ID{}
	var all []Tie
	now := s.clock.Now()
	seen := map[[2]ident.ID]bool{}
	for nodes := f.Nodes; len(nodes) > 0; {
		some := nodes[:min(len(nodes), atOnce)]
		nodes = nodes[len(some):]
		found := make(map[string]ident.ID, len(some))
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			clear(found)
			for _, n := range some {
				if n.Person {
					continue
				}
				id, err := organisation(ctx, tx, n.Name)
				if err != nil {
					return err
				}
				found[n.Key] = id
			}
			return nil
		}); err != nil {
			return t, err
		}
		for key, id := range found {
			known[key] = id
		}
		t.Organisations += len(found)
		t.Persons += len(some) - len(found)
	}
	for _, x := range f.Ties {
		from, ok1 := known[x.From]
		to, ok2 := known[x.To]
		if !ok1 || !ok2 {
			continue
		}
		pair := [2]ident.ID{min(from, to), max(from, to)}
		if from == to || seen[pair] {
			t.Same++
			continue
		}
		seen[pair] = true
		tie := Tie{From: from, To: to, Kind: Stated, Why: Filed, Source: source, Weight: min(x.Weight, 1), At: now}
		if x.Since != 0 {
			tie.Since = time.Date(x.Since, 1, 1, 0, 0, 0, 0, time.UTC)
		}
		if x.Until != 0 {
			if tie.At = time.Date(x.Until, 12, 31, 0, 0, 0, 0, time.UTC); tie.At.After(now) {
				tie.At = now
			}
		}
		all = append(all, tie)
	}
	if err := s.TakeBack(ctx, region, name); err != nil {
		return t, err
	}
	for some := all; len(some) > 0; {
		part := some[:min(len(some), atOnce)]
		some = some[len(part):]
		if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			var ends []ident.ID
			for _, tie := range part {
				if err := put(ctx, tx, region, fixed(tie)); err != nil {
					return err
				}
				ends = append(ends, tie.From, tie.To)
			}
			return Changed(ctx, tx, region, ends...)
		}); err != nil {
			return t, err
		}
	}
	t.Ties = len(all)
	return t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: audit.Imported, Facts: audit.Facts{From: name, To: file}})
	})
}

// TakeBack takes away the ties of a file that was brought in under a name.
func (s *Service) TakeBack(ctx context.Context, region, name string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, deleteFiled, region, string(Filed), int64(sourceOf(name))); err != nil {
			return err
		}
		return Changed(ctx, tx, region)
	})
}

// CountFiled is how many ties a file brought in under a name.
func CountFiled(ctx context.Context, from store.Source, region, name string) (n int, err error) {
	err = from.QueryRow(ctx, countFiled, region, string(Filed), int64(sourceOf(name))).Scan(&n)
	return n, err
}
