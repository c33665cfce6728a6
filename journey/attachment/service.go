package attachment

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/document"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/picture"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
)

const (
	atOnce = 2               // files made safe side by side: each may take 460 MB
	waits  = 6 * time.Second // and how long one waits for its turn
)

// Service is what is done with attachments. Safe for concurrent use.
type Service struct {
	clock   clock.Clock
	ids     *ident.Maker
	sparks  *spark.Service
	permits chan struct{}
}

// New gives the verbs.
func New(c clock.Clock, ids *ident.Maker, sparks *spark.Service) *Service {
	return &Service{clock: c, ids: ids, sparks: sparks, permits: make(chan struct{}, atOnce)}
}

// Make reads a file to its end and makes it safe to keep: told by its content, never
// by its name. What is wrong with it is a fault that tells its sender what to do;
// fault.Busy when too many are being made. r should not wait for a network: while it
// is read, one of few turns is taken.
func (s *Service) Make(ctx context.Context, r io.Reader, name, alt string) (Made, error) {
	m := Made{Attachment: Attachment{Name: cleanName(name)}}
	var err error
	if m.Alt, err = CleanAlt(alt); err != nil {
		return m, err
	}
	file := bufio.NewReaderSize(r, headBytes)
	head, err := file.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return m, fault.New(fault.Invalid, "document.lost").Because(err)
	}
	kind := sniff(head)
	switch kind {
	case forNobody:
		return m, fault.New(fault.Invalid, "document.none")
	case forOffice:
		return m, fault.New(fault.Invalid, "attachment.office")
	}
	turn, cancel := context.WithTimeout(ctx, waits)
	defer cancel()
	select {
	case s.permits <- struct{}{}:
		defer func() { <-s.permits }()
	case <-turn.Done():
		return m, fault.New(fault.Busy, "attachment.busy").Because(turn.Err())
	}
	switch kind {
	case forPDF:
		m.Kind = PDF
		m.content, err = document.PDF(file)
	case forText:
		m.Kind = Text
		m.content, err = document.Text(file)
	default:
		var p picture.Picture
		p, err = picture.Make(file, picture.Options{})
		m.Kind, m.Width, m.Height, m.content, m.small = Picture, p.Width, p.Height, p.JPEG, p.Small
	}
	if e, ok := errors.AsType[*fault.Error](err); ok && (e.Key == "picture.not" || e.Key == "document.not") {
		err = fault.New(fault.Invalid, "attachment.kind").Because(err)
	}
	if err != nil {
		return m, err
	}
	sum := sha256.Sum256(m.content)
	m.Bytes, m.SHA256 = len(m.content), hex.EncodeToString(sum[:])
	return m, nil
}

// Along stores files with a spark that is being dropped: it is spark.By.Also.
// officer is who writes on somebody's behalf, 0 for the bringer.
func (s *Service) Along(made []Made, officer ident.ID) func(ctx context.Context, tx *store.Tx, sp spark.Spark) error {
	return func(ctx context.Context, tx *store.Tx, sp spark.Spark) error {
		_, err := s.put(ctx, tx, &sp, made, officer)
		return err
	}
}

// put stores those that the spark does not have yet and counts them.
func (s *Service) put(ctx context.Context, tx *store.Tx, sp *spark.Spark, made []Made, officer ident.ID) (n int, err error) {
	have, err := Of(ctx, tx, sp.Region, sp.ID)
	if err != nil {
		return 0, err
	}
	for _, m := range made {
		if slices.ContainsFunc(have, func(a Attachment) bool { return a.SHA256 == m.SHA256 }) {
			continue // the same file twice: a form sent again, a slip of the finger
		}
		if len(have) == Most {
			return 0, fault.New(fault.Invalid, "attachment.too_many").With("max", Most)
		}
		a := m.Attachment
		a.Region, a.Spark, a.ID, a.Officer, a.Added = sp.Region, sp.ID, s.ids.New(), officer, s.clock.Now()
		if err := insert(ctx, tx, a, m.small, m.content); err != nil {
			return 0, err
		}
		have = append(have, a)
		n++
	}
	return n, nil
}

// Add is the bringer's: files for the spark a private link belongs to.
func (s *Service) Add(ctx context.Context, region, secret string, made []Made) (spark.Spark, error) {
	return s.sparks.ByBringer(ctx, region, secret, s.adding(made, 0))
}

// AddFor is the office's: files somebody gave it.
func (s *Service) AddFor(ctx context.Context, a spark.Act, made []Made) (spark.Spark, error) {
	return s.sparks.ByOffice(ctx, a, s.adding(made, a.Officer.ID))
}

// Answering stores files that came with a bringer's answer by mail: it is part of
// spark.Mailed.Also.
func (s *Service) Answering(made []Made) func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
	return s.adding(made, 0)
}

type verb = func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error)

func (s *Service) adding(made []Made, officer ident.ID) verb {
	return func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
		n, err := s.put(ctx, tx, sp, made, officer)
		if err != nil || n == 0 {
			return nil, err
		}
		return []story.Beat{{Type: story.Attached, Visibility: sp.SeenBy(), Facts: story.Facts{Files: n}}}, nil
	}
}

// Describe is the bringer's: what a picture shows, what a file is.
func (s *Service) Describe(ctx context.Context, region, secret string, id ident.ID, alt string) (spark.Spark, error) {
	return s.sparks.ByBringer(ctx, region, secret, describing(id, alt))
}

// DescribeFor is the same by the office.
func (s *Service) DescribeFor(ctx context.Context, a spark.Act, id ident.ID, alt string) (spark.Spark, error) {
	return s.sparks.ByOffice(ctx, a, describing(id, alt))
}

func describing(id ident.ID, alt string) verb {
	return func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
		alt, err := CleanAlt(alt)
		if err != nil {
			return nil, err
		}
		n, err := tx.Exec(ctx, updateAlt, sp.Region, int64(sp.ID), int64(id), alt)
		if err == nil && n == 0 {
			err = none()
		}
		return nil, err
	}
}

// Remove is the bringer's: the attachment is gone at once, and the story tells
// that one was taken away.
func (s *Service) Remove(ctx context.Context, region, secret string, id ident.ID) (spark.Spark, error) {
	return s.sparks.ByBringer(ctx, region, secret, removing(id))
}

// RemoveFor is the same by the office.
func (s *Service) RemoveFor(ctx context.Context, a spark.Act, id ident.ID) (spark.Spark, error) {
	return s.sparks.ByOffice(ctx, a, removing(id))
}

func removing(id ident.ID) verb {
	return func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
		n, err := tx.Exec(ctx, deleteOne, sp.Region, int64(sp.ID), int64(id))
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return nil, none()
		}
		return []story.Beat{{Type: story.Detached, Visibility: sp.SeenBy(), Facts: story.Facts{Files: 1}}}, nil
	}
}

func none() error { return fault.New(fault.NotFound, "attachment.none") }
