package vocabulary

import (
	"bytes"
	"context"
	"errors"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
)

// Most is how many bytes a vocabulary may have, packed.
const Most = 8 << 20

// yso is the only vocabulary there is.
const yso = "yso"

// Service keeps the vocabulary.
type Service struct {
	db    *store.DB
	clock clock.Clock
}

// New gives the service.
func New(db *store.DB, c clock.Clock) *Service { return &Service{db, c} }

// Use has a file's concepts used from the next start on, when it can be read.
func (s *Service) Use(ctx context.Context, file []byte, words *finnish.Lexicon) (*concept.Thesaurus, error) {
	if len(file) > Most {
		return nil, fault.New(fault.Invalid, "vocabulary.too_large")
	}
	t, err := concept.Read(bytes.NewReader(file), words)
	if err != nil {
		return nil, fault.New(fault.Invalid, "vocabulary.unreadable").Because(err)
	}
	if t.Len() == 0 {
		return nil, fault.New(fault.Invalid, "vocabulary.unreadable")
	}
	return t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, putContent, yso, t.Source(), clock.Micros(s.clock.Now()), file)
		return err
	})
}

// UseShipped has the concepts that come with the program used again.
func (s *Service) UseShipped(ctx context.Context) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, deleteContent, yso)
		return err
	})
}

// Thesaurus reads the concepts that are in use with a lexicon of Finnish.
func (s *Service) Thesaurus(ctx context.Context, words *finnish.Lexicon) (*concept.Thesaurus, error) {
	var file []byte
	err := s.db.QueryRow(ctx, selectContent, yso).Scan(&file)
	if errors.Is(err, store.ErrNone) {
		return concept.Own(words)
	}
	if err != nil {
		return nil, err
	}
	return concept.Read(bytes.NewReader(file), words)
}
