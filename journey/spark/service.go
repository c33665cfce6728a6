package spark

import (
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/knowhow"
	"kokko/region/office"
	"kokko/region/search"
	"kokko/region/trust"
)

// Told is the job that every beat enqueues in its own transaction: whoever
// should hear of it is told by its handler on a higher floor.
var Told = jobs.Kind[ToldArgs]{Name: "story.told"}

// ToldArgs names the beat.
type ToldArgs struct {
	Region string   `json:"region"`
	Spark  ident.ID `json:"spark"`
	Beat   ident.ID `json:"beat"`
	// With is the sparks joined to it when it was told: their bringers hear too.
	With []ident.ID `json:"with,omitempty"`
	// By is the officer who let a held spark in, on the beat of its drop: that is
	// told only then. Its bringer has had the receipt.
	By ident.ID `json:"by,omitempty"`
}

// Addressed is the job that writes to an address a bringer has changed to.
var Addressed = jobs.Kind[AddressedArgs]{Name: "spark.addressed"}

// AddressedArgs names whose address it is.
type AddressedArgs struct {
	Region  string   `json:"region"`
	Spark   ident.ID `json:"spark"`
	Bringer ident.ID `json:"bringer"`
}

// Service is the verbs of a spark's life. Each is one transaction.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
	index *search.Index    // nil for none
	know  *knowhow.Service // nil for none
	hear  []func(ctx context.Context, tx *store.Tx, b story.Beat) error
	carry Carry // nil where there are no rings
	past  bool  // of a demonstration: nobody is written to
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Hear has f hear of every beat, inside the transaction that tells it. It is said
// once, while everything is wired.
func (s *Service) Hear(f func(ctx context.Context, tx *store.Tx, b story.Beat) error) {
	s.hear = append(s.hear, f)
}

// By is who drops: the zero value is a visitor on the web; an officer enters a
// spark on somebody's behalf.
type By struct {
	Officer ident.ID
	Source  Source
	// At is the published event it was told at, which the story names; "" for none.
	At string
	// Once is a secret the form carried, so that sending the form twice gives the
	// same spark and the same link; "" makes a new one.
	Once string
	// Lost is what could not be kept of a letter; told to its writer and the office.
	Lost Lost
	// Also stores what came with the spark, inside the drop's transaction, which may
	// run again; nil for nothing. Its error undoes the drop, and a form sent twice
	// does not run it a second time.
	Also func(ctx context.Context, tx *store.Tx, sp Spark) error
	// Sender is what is known of who sends it, to be weighed; the zero value is
	// judged by its text alone. What an officer enters is not weighed.
	Sender trust.Sender
}

// Lost is what could not be kept of a letter.
type Lost struct {
	Cut   bool     // the text was longer than is kept
	Files int      // files that were not kept
	Names []string // of those, the names that are known
}

// beat tells of it to both parties; ok is false when nothing was lost.
func (l Lost) beat() (b story.Beat, ok bool) {
	if !l.Cut && l.Files == 0 {
		return story.Beat{}, false
	}
	names := make([]string, len(l.Names))
	for i, n := range l.Names {
		names[i] = CleanLine(n)
	}
	return story.Beat{Type: story.LeftOut, Actor: story.Kokko, Visibility: story.Parties, Words: strings.Join(names, "\n"), Facts: story.Facts{Cut: l.Cut, Left: l.Files}}, true
}

// Receipt is what a drop gives back.
type Receipt struct {
	Spark Spark
	Link  string // the bringer's private link secret: shown now, never stored
	Again bool   // the same form had been sent before
}

// Programme is the programme version a drop is weighed against.
type Programme struct {
	Promise
	Version ident.ID
}

// Drop takes in a spark: the checked draft, its bringer, its private link, the
// first beat of its story and the job that tells of it, in one transaction.
func (s *Service) Drop(ctx context.Context, region string, p Programme, d Draft, by By) (Receipt, error) {
	if err := d.Check(p); err != nil {
		return Receipt{}, err
	}
	if by.Source == "" {
		by.Source = Web
	}
	// Whoever goes back and reads the page in another language sends the same form.
	said := d
	said.Language = ""
	raw, err := json.Marshal(said)
	if err != nil {
		return Receipt{}, err
	}
	sum := sha256.Sum256(raw)
	dropHash := hex.EncodeToString(sum[:16])
	var r Receipt
	once := func(ctx context.Context, tx *store.Tx) error {
		r = Receipt{Link: by.Once}
		if !isSecret(r.Link) {
			r.Link = ident.Secret()
		}
		var earlier ident.ID
		var hash string
		var ended bool
		err := tx.QueryRow(ctx, selectDrop, region, ident.Hash(r.Link)).Scan(&earlier, &hash, &ended)
		switch {
		case err == nil && hash == dropHash && !ended:
			r.Again = true
			r.Spark, err = ByID(ctx, tx, region, earlier)
			return err
		case err == nil: // the same form with another text, or after a withdrawal: another spark
			r.Link = ident.Secret()
		case !errors.Is(err, store.ErrNone):
			return err
		}
		r.Spark, err = s.drop(ctx, tx, region, p, d, by, r.Link, dropHash)
		return err
	}
	// Two sendings of one form at once meet at the link's unique key, two twins of
	// a code at the code's: whoever comes second looks again.
	for range 4 {
		if err = s.db.Tx(ctx, once); !store.Exists(err) {
			break
		}
	}
	return r, err
}

// isSecret tells that a text has the form of a link secret, and so may become a
// link: a form field can hold anything.
func isSecret(s string) bool {
	return len(s) == 26 && strings.Trim(s, "23456789ABCDEFGHJKLMNPQRSTUVWXYZ") == ""
}

func (s *Service) drop(ctx context.Context, tx *store.Tx, region string, p Programme, d Draft, by By, link, dropHash string) (Spark, error) {
	now := s.clock.Now()
	today := workday.DayOf(now, i18n.Helsinki())
	cal, err := office.Workdays(ctx, tx, region)
	if err != nil {
		return Spark{}, err
	}
	due := cal.AddWorkdays(today, p.ReplyWorkdays())
	owner, ok, err := office.Duty(ctx, tx, region, today)
	if err != nil {
		return Spark{}, err
	}
	if !ok {
		return Spark{}, fault.New(fault.Busy, "office.nobody")
	}
	sp := Spark{
		Region: region, ID: s.ids.New(), Kind: d.Kind, Title: d.Title, Text: d.Text, Language: writtenIn(d.Text, d.Language), PlaceName: d.Place,
		State: Sparking, Visibility: d.Visibility, Secret: d.Secret, Source: by.Source, EnteredBy: by.Officer, Programme: p.Version,
		Owner: owner.ID, Due: due, Dropped: now, Latest: now, People: 1, Waiting: true, WaitingFrom: now, Version: 1,
	}
	if sp.Challenge = d.Challenge; sp.Challenge != 0 {
		if err := challenge.Answerable(ctx, tx, region, sp.Challenge, today); err != nil {
			return Spark{}, err
		}
	}
	sp.Place, _ = p.PlaceNamed(d.Place)
	for _, t := range d.Themes {
		sp.Tags = append(sp.Tags, Tag{"theme", t})
	}
	sp.Tags = sorted(sp.Tags)
	sp.Code = ident.Code(region, sp.ID)
	for range 8 { // twins are rare; eight in a row do not happen
		var n int
		if err := tx.QueryRow(ctx, `SELECT COUNT(*) FROM sparks WHERE region_id = $1 AND code = $2`, region, sp.Code).Scan(&n); err != nil {
			return Spark{}, err
		}
		if n == 0 {
			break
		}
		sp.ID = s.ids.New()
		sp.Code = ident.Code(region, sp.ID)
	}
	if by.Officer == 0 {
		if err := s.weigh(ctx, tx, &sp, d, by.Sender); err != nil {
			return Spark{}, err
		}
	}
	sp.derive()
	sp.Beats = 1
	lost, some := by.Lost.beat()
	if some {
		sp.Beats++
	}
	if sp.Held != "" {
		sp.Beats++
	}
	if err := insert(ctx, tx, &sp); err != nil {
		return Spark{}, err
	}
	for _, t := range sp.Tags {
		if _, err := tx.Exec(ctx, insertTag, region, int64(sp.ID), t.Kind, t.ID, sp.Listed); err != nil {
			return Spark{}, err
		}
	}
	if err := s.find(ctx, tx, &sp); err != nil {
		return Spark{}, err
	}
	if d.Event != "" {
		if _, err := tx.Exec(ctx, insertOrigin, region, int64(sp.ID), d.Event); err != nil {
			return Spark{}, err
		}
	}
	b := Bringer{ID: s.ids.New(), Name: d.Name, Email: d.Email, Phone: d.Phone, Contact: d.Contact, Language: d.Language}
	actor := story.Bringer
	if by.Officer == 0 {
		b.Owns = now
	} else {
		actor = story.Office
	}
	if _, err := tx.Exec(ctx, insertBringer, region, int64(sp.ID), int64(b.ID), b.Name, b.Email, b.Phone, string(b.Contact), b.Language, clock.Micros(b.Owns)); err != nil {
		return Spark{}, err
	}
	if _, err := tx.Exec(ctx, insertLink, region, ident.Hash(link), int64(sp.ID), int64(b.ID), dropHash, clock.Micros(now)); err != nil {
		return Spark{}, err
	}
	if err := s.speaks(ctx, tx, &sp); err != nil {
		return Spark{}, err
	}
	dropped := story.Beat{Region: region, Spark: sp.ID, Type: story.Dropped, Actor: actor, Officer: by.Officer, At: now, Visibility: story.Public,
		Facts: story.Facts{Kind: string(d.Kind), Source: string(by.Source), From: by.At, Day: due}}
	tell := s.tell
	if sp.Held != "" {
		tell = func(ctx context.Context, tx *store.Tx, b story.Beat) error { return s.tellHeld(ctx, tx, sp.Held, b) }
	}
	if err := tell(ctx, tx, dropped); err != nil {
		return Spark{}, err
	}
	if some {
		lost.Region, lost.Spark, lost.At = region, sp.ID, now
		if err := s.tell(ctx, tx, lost); err != nil {
			return Spark{}, err
		}
	}
	if by.Also != nil {
		if err := by.Also(ctx, tx, sp); err != nil {
			return Spark{}, err
		}
	}
	return sp, nil
}

// tell appends a beat and enqueues the job that tells of it.
func (s *Service) tell(ctx context.Context, tx *store.Tx, b story.Beat) error {
	if b.ID == 0 {
		b.ID = s.ids.New()
	}
	if err := story.Append(ctx, tx, b); err != nil {
		return err
	}
	for _, f := range s.hear {
		if err := f(ctx, tx, b); err != nil {
			return err
		}
	}
	if s.past {
		return nil
	}
	args := ToldArgs{Region: b.Region, Spark: b.Spark, Beat: b.ID}
	if b.Type != story.Dropped {
		with, err := tx.Query(ctx, selectJoined, b.Region, int64(b.Spark))
		if err := store.Each(with, err, func(rows *sql.Rows) error {
			var id ident.ID
			err := rows.Scan(&id)
			args.With = append(args.With, id)
			return err
		}); err != nil {
			return err
		}
	}
	return Told.Enqueue(ctx, tx, args)
}

// change is one verb on a spark: it locks the spark, lets do alter it and name
// the beats, derives what follows, and stores all of it. expected is the version
// the person saw, 0 when it does not matter.
func (s *Service) change(ctx context.Context, region string, id ident.ID, expected int64, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (sp Spark, err error) {
	return s.changed(ctx, region, id, expected, deed{}, do)
}

// changed is change as an act of the office.
func (s *Service) changed(ctx context.Context, region string, id ident.ID, expected int64, d deed, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (sp Spark, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		sp, err = s.changeIn(ctx, tx, region, id, expected, d, do)
		return err
	})
	return sp, err
}

// changeIn is changed inside the caller's transaction.
func (s *Service) changeIn(ctx context.Context, tx *store.Tx, region string, id ident.ID, expected int64, d deed, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	w := s.work(tx, region)
	w.deed = d
	own, err := w.take(ctx, id)
	if err != nil {
		return Spark{}, err
	}
	if expected != 0 && own.Version != expected+1 {
		return Spark{}, fault.New(fault.Conflict, "spark.changed")
	}
	c, err := w.cluster(ctx, own)
	if err != nil {
		return Spark{}, err
	}
	beats, err := do(ctx, tx, &own.Spark)
	if err != nil {
		return Spark{}, err
	}
	own.beats = append(own.beats, beats...)
	c.follow(own.before, w.now)
	if err := w.settle(ctx, c); err != nil {
		return Spark{}, err
	}
	return own.Spark, w.finish(ctx)
}

func retag(ctx context.Context, tx *store.Tx, sp *Spark, before []Tag) error {
	for _, t := range before {
		if !slices.Contains(sp.Tags, t) {
			if _, err := tx.Exec(ctx, deleteTag, sp.Region, int64(sp.ID), t.Kind, t.ID); err != nil {
				return err
			}
		}
	}
	for _, t := range sp.Tags {
		if !slices.Contains(before, t) {
			if _, err := tx.Exec(ctx, insertTag, sp.Region, int64(sp.ID), t.Kind, t.ID, sp.Listed); err != nil {
				return err
			}
		}
	}
	return nil
}

// linked finds whose link a secret is; a Gone fault when it never was or ended. A
// link opens all the sparks of its bringer that came of one another: "SECRET.CODE"
// is another of them than the one it was made for.
func linked(ctx context.Context, from store.Source, region, secret string) (spark, bringer ident.ID, dropHash string, err error) {
	gone := fault.New(fault.Gone, "spark.link.gone")
	secret, code, other := strings.Cut(secret, ".")
	err = from.QueryRow(ctx, selectLink, region, ident.Hash(secret)).Scan(&spark, &bringer, &dropHash)
	if errors.Is(err, store.ErrNone) {
		return 0, 0, "", gone
	}
	if err != nil || !other {
		return spark, bringer, dropHash, err
	}
	sp, err := ByCode(ctx, from, region, code)
	if fault.Is(err, fault.NotFound) {
		return 0, 0, "", gone
	}
	if err != nil {
		return 0, 0, "", err
	}
	var n int
	if err = from.QueryRow(ctx, selectAlso, region, int64(sp.ID), int64(bringer)).Scan(&n); err == nil && n == 0 {
		err = gone
	}
	return sp.ID, bringer, "", err
}

// Linked finds the spark and the bringer a private link belongs to; a Gone fault
// when the link never was or has ended.
func Linked(ctx context.Context, from store.Source, region, secret string) (Spark, Bringer, error) {
	id, bringer, _, err := linked(ctx, from, region, secret)
	if err != nil {
		return Spark{}, Bringer{}, err
	}
	sp, err := ByID(ctx, from, region, id)
	if err != nil {
		return sp, Bringer{}, err
	}
	all, err := Bringers(ctx, from, region, id)
	for _, b := range all[id] {
		if b.ID == bringer {
			return sp, b, err
		}
	}
	return sp, Bringer{}, err
}

// NewLink makes one more private link for a bringer inside the caller's
// transaction: each mail carries its own.
func NewLink(ctx context.Context, tx *store.Tx, region string, spark, bringer ident.ID, now int64) (string, error) {
	secret := ident.Secret()
	_, err := tx.Exec(ctx, insertLink, region, ident.Hash(secret), int64(spark), int64(bringer), "", now)
	return secret, err
}

// PrintLink makes one more link for the office to give on paper or by phone.
func (s *Service) PrintLink(ctx context.Context, region string, id ident.ID, officer ident.ID) (secret string, err error) {
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := Bringers(ctx, tx, region, id)
		if err != nil {
			return err
		}
		if len(all[id]) == 0 {
			return fault.New(fault.NotFound, "spark.none")
		}
		sp, err := ByID(ctx, tx, region, id)
		if err != nil || sp.State == Withdrawn {
			return cmp.Or(err, error(fault.New(fault.Gone, "spark.withdrawn")))
		}
		if secret, err = NewLink(ctx, tx, region, id, all[id][0].ID, clock.Micros(s.clock.Now())); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), Officer: officer, What: audit.LinkPrinted, About: audit.About{Thing: audit.Spark, Key: sp.Code}})
	})
	return secret, err
}

// words checks something a person must have said.
func words(text, field string, required bool) (string, error) {
	return said(text, field, MaxWords, required)
}

// Words cleans something a person must have said, of at most so many characters; an
// Invalid fault on the field tells what is wrong with it.
func Words(text, field string, most int) (string, error) { return said(text, field, most, true) }

// WordsIfAny is Words for what may be left unsaid: "" when there is nothing to see of it.
func WordsIfAny(text, field string, most int) (string, error) {
	words, err := Words(text, field, most)
	if err != nil && fault.List(err)[0].Key == "words.missing" {
		return "", nil
	}
	return words, err
}

func said(text, field string, most int, required bool) (string, error) {
	if huge(text, most) {
		return "", tooLong(field, text, most)
	}
	text = Clean(text)
	if required && !visible(text) {
		return "", fault.New(fault.Invalid, "words.missing").On(field)
	}
	if utf8.RuneCountInString(text) > most {
		return "", tooLong(field, text, most)
	}
	return text, nil
}

// Name cleans a name somebody gives, "" when there is nothing to see of it.
func Name(text, field string) (string, error) {
	if huge(text, MaxName) {
		return "", tooLong(field, text, MaxName)
	}
	text = CleanLine(text)
	if utf8.RuneCountInString(text) > MaxName {
		return "", tooLong(field, text, MaxName)
	}
	if !visible(text) {
		text = ""
	}
	return text, nil
}
