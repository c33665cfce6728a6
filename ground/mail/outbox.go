package mail

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"time"

	"golang.org/x/time/rate"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
)

// Stand is where a letter of the outbox stands.
type Stand string

const (
	Waiting Stand = "waiting" // queued, or to be tried again
	Sending Stand = "sending" // the recipient was accepted, the content may be on its way
	Went    Stand = "sent"    // the server took it
	Local   Stand = "local"   // kept here and printed on the console: no mail server, or an example region
	Failed  Stand = "failed"  // the server will never take it
	Unsure  Stand = "unsure"  // the connection broke after the last byte: it may have gone; never resent by itself
)

// Letter is what a caller wants sent.
type Letter struct {
	Region    string
	Purpose   string   // "receipt", "answer" …: for the outbox page
	Spark     ident.ID // what it is about, 0 for nothing
	To        string
	Subject   string
	Text      string
	Language  string
	Automatic bool       // no person wrote it
	Quotes    []ident.ID // whose words it carries as Quote writes them: see Unquote
}

// Posted is a letter in the outbox.
type Posted struct {
	Letter
	ID        ident.ID
	Stand     Stand
	MessageID string
	Created   time.Time
	Done      time.Time // zero until it went
	Tries     int
	Reply     string // the server's own words
}

// Way is how a region's letters leave: through a sender, or Here, where they
// stay in the outbox and on the console.
type Way struct {
	Sender  Sender
	Here    bool
	From    Address
	ReplyTo Address // where answers go, when not to From
}

// sendArgs names the letter a job carries.
type sendArgs struct {
	Region string   `json:"region"`
	Mail   ident.ID `json:"mail"`
}

var sendKind = jobs.Kind[sendArgs]{Name: "mail.send"}

// Outbox keeps every letter the house ever meant to send. Letters leave only
// through jobs.
type Outbox struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	log   *slog.Logger
	way   func(ctx context.Context, region string) (Way, error)
	pace  *rate.Limiter // of circulars, nil for no bound
}

// NewOutbox gives an outbox; way tells how a region's letters leave now.
func NewOutbox(db *store.DB, c clock.Clock, ids *ident.Maker, log *slog.Logger, way func(ctx context.Context, region string) (Way, error)) *Outbox {
	return &Outbox{db: db, clock: c, ids: ids, log: log, way: way}
}

// Bind has the runner carry the outbox's letters.
func (o *Outbox) Bind(r *jobs.Runner) { jobs.Handle(r, sendKind, o.carry) }

// tries spans about three days of a mail server being away.
const tries = 24

// Post puts a letter in the outbox inside the caller's transaction: it leaves
// exactly when that commits.
func (o *Outbox) Post(ctx context.Context, tx *store.Tx, l Letter) error {
	id := o.ids.New()
	// Stable and unique for ever: the letter's own key under a name that nobody
	// else has. The region is part of the key.
	messageID := id.String() + "." + l.Region + "@" + Domain
	if _, err := tx.Exec(ctx, insertMail, l.Region, int64(id), string(Waiting), l.Purpose, int64(l.Spark), messageID, l.To, l.Subject, l.Text,
		l.Language, l.Automatic, clock.Micros(o.clock.Now())); err != nil {
		return err
	}
	for _, quoted := range l.Quotes {
		if _, err := tx.Exec(ctx, insertQuote, l.Region, int64(quoted), int64(id)); err != nil {
			return err
		}
	}
	return sendKind.Enqueue(ctx, tx, sendArgs{l.Region, id}, jobs.MaxTries(tries))
}

// carry sends one letter. A letter found Sending was in the air when a process
// died: it may have arrived, so it is marked Unsure and a person decides.
func (o *Outbox) carry(ctx context.Context, job jobs.Job[sendArgs]) error {
	region, id := job.Args.Region, job.Args.Mail
	p, err := o.One(ctx, region, id)
	if fault.Is(err, fault.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	// What the server has said is written down also when the runner has just been
	// told to stop: otherwise a letter that went would be taken for unsure.
	finish := func(stand Stand, reply string) error {
		return job.Finish(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error {
			return o.mark(ctx, tx, p, stand, reply)
		})
	}
	switch p.Stand {
	case Sending:
		return finish(Unsure, p.Reply)
	case Waiting:
	default:
		return nil
	}
	again := func(words string, err error) error {
		if err := o.db.Tx(context.WithoutCancel(ctx), func(ctx context.Context, tx *store.Tx) error { return o.mark(ctx, tx, p, Waiting, words) }); err != nil {
			return err
		}
		return err
	}
	way, err := o.way(ctx, region)
	if err != nil { // the region's own settings are wrong: the letter says so in the outbox
		if job.LastTry {
			return finish(Failed, fault.List(err)[0].Error())
		}
		return again(fault.List(err)[0].Error(), fmt.Errorf("mail %s of %s: no way out: %w", id, region, err))
	}
	m := Message{From: way.From, ReplyTo: way.ReplyTo, To: Address{Email: p.To}, Subject: p.Subject, Text: p.Text, Language: p.Language, ID: p.MessageID, Date: p.Created, AutoSubmitted: p.Automatic}
	outcome := way.Sender.SendAll(ctx, []Message{m}, Hooks{BeforeData: func(ctx context.Context, _ int) error {
		return o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			n, err := tx.Exec(ctx, sendingMail, region, int64(id), string(Sending), string(Waiting), p.Text)
			if err == nil && n == 0 {
				return errTaken
			}
			return err
		})
	}})[0]
	if errors.Is(outcome.Err, errTaken) {
		return fmt.Errorf("mail %s of %s: %w", id, region, errTaken) // erased meanwhile, or in other hands; the next look tells
	}
	if outcome.Err == nil {
		stand := Went
		if way.Here {
			stand = Local
		}
		return finish(stand, outcome.Receipt.Reply.String())
	}
	words := outcome.Err.Error()
	if f, ok := FailureOf(outcome.Err); ok {
		words = f.Error()
	}
	if Uncertain(outcome.Err) {
		return finish(Unsure, words)
	}
	if VerdictOf(outcome.Err) == Permanent || job.LastTry {
		o.log.Warn("mail failed, see the outbox", "region", region, "mail", id, "purpose", p.Purpose, "how", outline(outcome.Err))
		return finish(Failed, words)
	}
	return again(words, fmt.Errorf("mail %s of %s did not go (%s); the server's words are in the outbox", id, region, outline(outcome.Err)))
}

// errTaken keeps a letter from going out of two hands.
var errTaken = errors.New("mail: the letter is no longer waiting")

// outline is a failure without anybody's words: servers quote addresses, and
// logs and job errors outlive a person's wish to be forgotten.
func outline(err error) string {
	if f, ok := FailureOf(err); ok {
		return fmt.Sprintf("%s at %s, %d", f.Verdict, f.Step, f.Reply.Code)
	}
	return string(VerdictOf(err))
}

func (o *Outbox) mark(ctx context.Context, tx *store.Tx, p Posted, stand Stand, reply string) error {
	done, text := int64(0), p.Text
	switch stand {
	case Went:
		done, text = clock.Micros(o.clock.Now()), p.Shown()
	case Local:
		done = clock.Micros(o.clock.Now())
	}
	_, err := tx.Exec(ctx, updateMail, p.Region, int64(p.ID), string(stand), done, reply, text, p.Text)
	return err
}

// secretLink is the end of an address that opens something: see ident.Secret.
var secretLink = regexp.MustCompile(`/[2-9A-HJ-NP-Z]{26}\b`)

// Shown is the text for other eyes than the recipient's: without the secrets of
// its links, which sign people in. A letter that has gone is kept so too.
func (p Posted) Shown() string { return secretLink.ReplaceAllString(p.Text, "/…") }

// One reads a letter; a NotFound fault when there is none.
func (o *Outbox) One(ctx context.Context, region string, id ident.ID) (Posted, error) {
	p, err := scanPosted(o.db.QueryRow(ctx, selectMail, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return p, fault.New(fault.NotFound, "mail.none")
	}
	return p, err
}

// List reads the outbox, the newest first, from before the letter with ID before
// (0 for the first page); stand "" lists all.
func (o *Outbox) List(ctx context.Context, region string, stand Stand, before ident.ID, limit int) (all []Posted, err error) {
	if before == 0 {
		before = 1<<63 - 1
	}
	query, args := selectMails, []any{region, int64(before), limit}
	if stand != "" {
		query, args = selectMailsOf, append(args, string(stand))
	}
	rows, err := o.db.Query(ctx, query, args...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p, err := scanPosted(rows)
		all = append(all, p)
		return err
	})
	return all, err
}

// About reads the letters about a spark, the oldest first, after the letter with
// ID after; at most limit of them, by a key of its own.
func About(ctx context.Context, from store.Source, region string, spark, after ident.ID, limit int) (all []Posted, err error) {
	rows, err := from.Query(ctx, selectLetters, region, int64(spark), int64(after), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p, err := scanPosted(rows)
		all = append(all, p)
		return err
	})
	return all, err
}

// Again queues a letter that failed, stayed here or is unsure once more. It keeps
// its Message-ID, so that a letter that did arrive arrives as the same one. also
// runs in the same transaction.
func (o *Outbox) Again(ctx context.Context, region string, id ident.ID, also ...func(ctx context.Context, tx *store.Tx) error) error {
	return o.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, againMail, region, int64(id), string(Failed), string(Local), string(Unsure), string(Waiting))
		if err != nil {
			return err
		}
		if n == 0 {
			return fault.New(fault.Conflict, "mail.not_again")
		}
		for _, f := range also {
			if err := f(ctx, tx); err != nil {
				return err
			}
		}
		return sendKind.Enqueue(ctx, tx, sendArgs{region, id}, jobs.MaxTries(tries))
	})
}

// Erase removes letters about a spark, those still waiting too, inside the
// caller's transaction; of picks them by purpose. O(letters about the spark).
func Erase(ctx context.Context, tx *store.Tx, region string, spark ident.ID, of func(purpose string) bool) error {
	var ids store.Ints
	rows, err := tx.Query(ctx, selectAbout, region, int64(spark))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id int64
		var purpose string
		err := rows.Scan(&id, &purpose)
		if of(purpose) {
			ids = append(ids, id)
		}
		return err
	})
	if err != nil {
		return err
	}
	_, err = erase(ctx, tx, region, ids)
	return err
}

// erase removes letters, and what is known of whom they quoted.
func erase(ctx context.Context, tx *store.Tx, region string, ids store.Ints) (int64, error) {
	if len(ids) == 0 {
		return 0, nil
	}
	if _, err := tx.Exec(ctx, eraseQuotes, region, ids); err != nil {
		return 0, err
	}
	return tx.Exec(ctx, eraseMails, region, ids)
}

// EraseSaying removes the letters about a spark whose subject or text says
// something, those still waiting too, inside the caller's transaction. O(letters
// about the spark).
func EraseSaying(ctx context.Context, tx *store.Tx, region string, spark ident.ID, says func(text string) bool) error {
	const atOnce = 100
	var ids store.Ints
	for after := ident.ID(0); ; {
		all, err := About(ctx, tx, region, spark, after, atOnce)
		if err != nil {
			return err
		}
		for _, p := range all {
			if after = p.ID; says(p.Subject) || says(p.Text) {
				ids = append(ids, int64(p.ID))
			}
		}
		if len(all) < atOnce {
			break
		}
	}
	_, err := erase(ctx, tx, region, ids)
	return err
}

// Forget removes the oldest letters written before a time, at most so many, inside
// the caller's transaction, and gives how many went: they hold people's addresses.
// Those still on their way stay.
func Forget(ctx context.Context, tx *store.Tx, region string, before time.Time, most int) (int, error) {
	ids, err := store.Values[int64](tx.Query(ctx, selectOldMails, region, int64(ident.At(before)), string(Waiting), string(Sending), most))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	n, err := erase(ctx, tx, region, ids)
	return int(n), err
}

// Older counts the letters that Forget would remove.
func Older(ctx context.Context, from store.Source, region string, before time.Time) (n int, err error) {
	err = from.QueryRow(ctx, countOldMails, region, int64(ident.At(before)), string(Waiting), string(Sending)).Scan(&n)
	return n, err
}
