package mail

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Domain is what stands after the @ in the Message-IDs of our own letters: a name
// that nobody can have (RFC 2606).
const Domain = "kokko.invalid"

// ArrivalsKept is how long it is remembered that a letter came: longer than any
// mail server tries to hand one over. The privacy page promises it.
const ArrivalsKept = 14 * 24 * time.Hour

// Arrival is a letter that came in. Nothing of it is kept here but digests, which
// neither its text nor its sender can be read from.
type Arrival struct {
	Region string
	Letter string   // Digest of what makes it the same letter
	Sender string   // Digest of who sent it
	Spark  ident.ID // what it became or was about, 0 for nothing
	At     time.Time
}

// Digest is SHA-256 of texts that belong together, in hex.
func Digest(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Arrive notes a letter inside the caller's transaction; first is false when it
// had come before, and then nothing is changed.
func Arrive(ctx context.Context, tx *store.Tx, a Arrival) (first bool, err error) {
	n, err := tx.Exec(ctx, insertArrival, a.Region, a.Letter, a.Sender, int64(a.Spark), clock.Micros(a.At))
	return n > 0, err
}

// Arrived tells whether a letter has come before.
func Arrived(ctx context.Context, from store.Source, region, letter string) (bool, error) {
	var n int
	err := from.QueryRow(ctx, countArrival, region, letter).Scan(&n)
	return n > 0, err
}

// ArrivedSince counts a sender's letters after a time, and everybody's when
// sender is "". O(letters counted).
func ArrivedSince(ctx context.Context, from store.Source, region, sender string, after time.Time) (n int, err error) {
	if sender == "" {
		err = from.QueryRow(ctx, countArrivals, region, clock.Micros(after)).Scan(&n)
		return n, err
	}
	err = from.QueryRow(ctx, countArrivalsFrom, region, sender, clock.Micros(after)).Scan(&n)
	return n, err
}

// LatestAbout is the spark a sender's latest letter became or was about, 0 for
// none.
func LatestAbout(ctx context.Context, from store.Source, region, sender string) (spark ident.ID, err error) {
	err = from.QueryRow(ctx, latestAbout, region, sender).Scan(&spark)
	if errors.Is(err, store.ErrNone) {
		return 0, nil
	}
	return spark, err
}

// LastArrival is when the latest letter came, zero when none is remembered.
func LastArrival(ctx context.Context, from store.Source, region string) (time.Time, error) {
	var at sql.NullInt64
	err := from.QueryRow(ctx, lastArrival, region).Scan(&at)
	return clock.FromMicros(at.Int64), err
}

// ArrivalsAbout lists when letters came that became a spark or were about it, the
// oldest first.
func ArrivalsAbout(ctx context.Context, from store.Source, region string, spark ident.ID) (all []time.Time, err error) {
	rows, err := from.Query(ctx, selectArrivals, region, int64(spark))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var at int64
		err := rows.Scan(&at)
		all = append(all, clock.FromMicros(at))
		return err
	})
	return all, err
}

// EraseSender takes the senders' digests off the letters about a spark, inside
// the caller's transaction. That the letters came stays, so that a mail server
// that hands one over again does not bring the spark back.
func EraseSender(ctx context.Context, tx *store.Tx, region string, spark ident.ID) error {
	_, err := tx.Exec(ctx, eraseSender, region, int64(spark))
	return err
}

// ForgetArrivals removes what is known of letters that came before a time.
func (o *Outbox) ForgetArrivals(ctx context.Context, region string, before time.Time) error {
	return o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, deleteArrivals, region, clock.Micros(before))
		return err
	})
}

// Ours finds the letter of ours that has a Message-ID; ok is false when it is no
// letter of this region or is no longer kept.
func Ours(ctx context.Context, from store.Source, region, messageID string) (p Posted, ok bool, err error) {
	local, domain, _ := cutLast(messageID, "@")
	number, of, _ := strings.Cut(local, ".")
	id, known := ident.Parse(number)
	if !known || of != region || domain != Domain {
		return Posted{}, false, nil
	}
	p, err = scanPosted(from.QueryRow(ctx, selectMail, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return Posted{}, false, nil
	}
	return p, err == nil, err
}
