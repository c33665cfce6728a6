package vocabulary_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"testing"
	"time"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/vocabulary"
)

func file(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestANewerEditionIsUsedUntilTheShippedOneIsAgain(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx, words := context.Background(), finnish.New(nil, nil)
		s := vocabulary.New(db, clock.NewFake(time.Date(2026, 11, 26, 8, 0, 0, 0, time.UTC)))
		in := func(want int, source bool) {
			t.Helper()
			all, err := s.Thesaurus(ctx, words)
			if err != nil || all.Len() != want && want > 0 || want == 0 && all.Len() < 30_000 || (all.Source() == "a newer one") != source {
				t.Fatalf("%d concepts of %s: %v", all.Len(), all.Source(), err)
			}
		}
		in(0, false)
		for range 2 { // the same again changes nothing
			all, err := s.Use(ctx, file(t, "kokko-concepts 1 a newer one\n7\t0\tkylät\tbyar\tvillages\t\tby\tvillag\n"), words)
			if err != nil || all.Label(7, language.Swedish) != "byar" {
				t.Fatal(all, err)
			}
			in(1, true)
		}
		for _, bad := range [][]byte{nil, []byte("<html>"), file(t, "kokko-concepts 1 empty\n"), make([]byte, vocabulary.Most+1)} {
			if _, err := s.Use(ctx, bad, words); fault.CodeOf(err) != fault.Invalid {
				t.Errorf("%d bytes are taken: %v", len(bad), err)
			}
		}
		in(1, true)
		if err := s.UseShipped(ctx); err != nil {
			t.Fatal(err)
		}
		in(0, false)
	})
}
