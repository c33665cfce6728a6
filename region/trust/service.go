package trust

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"sync"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/office"
)

// Names of a region's settings of trust.
const (
	setSalt    = "trust.salt" // the region's secret: never shown
	setHold    = "trust.hold"
	setWords   = "trust.words"
	setDomains = "trust.domains"
)

// RulesOf reads a region's rules from its settings.
func RulesOf(settings map[string]string) Rules {
	r := Usual()
	switch m := Mode(settings[setHold]); m {
	case HoldAll, HoldNone:
		r.Hold = m
	}
	r.Words = strings.Split(settings[setWords], "\n")
	r.Domains = strings.Split(settings[setDomains], "\n")
	return r
}

// Settings is what RulesOf reads.
func (r Rules) Settings() map[string]string {
	return map[string]string{setHold: string(r.Hold), setWords: strings.Join(r.Words, "\n"), setDomains: strings.Join(r.Domains, "\n")}
}

// Keys makes hashes under a region's secret: equal things have equal hashes, and
// none can be read back without the secret.
type Keys struct{ salt string }

// KeysIn gives a region's keys, its secret made when it has none yet.
func KeysIn(ctx context.Context, tx *store.Tx, region string) (Keys, error) {
	salt, err := office.Setting(ctx, tx, region, setSalt)
	if err == nil && salt == "" {
		salt, err = office.Ensure(ctx, tx, region, setSalt, ident.Secret())
	}
	return Keys{salt}, err
}

func (k Keys) hash(kind, value string) string {
	h := hmac.New(sha256.New, []byte(k.salt))
	h.Write([]byte(kind + "\x00" + value))
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// Secret is a secret of the region's own making for one thing of a kind: always the
// same, so that it need not be stored, and nobody else can make it.
func (k Keys) Secret(kind, value string) string {
	h := hmac.New(sha256.New, []byte(k.salt))
	h.Write([]byte("secret\x00" + kind + "\x00" + value))
	return ident.SecretOf([32]byte(h.Sum(nil)))
}

// Proves tells whether a text is that secret. A region that has no secret yet has made
// none.
func (k Keys) Proves(kind, value, text string) bool {
	return k.salt != "" && hmac.Equal([]byte(k.Secret(kind, value)), []byte(text))
}

// KeysOf is KeysIn for who only reads: a region without a secret has no keys.
func KeysOf(ctx context.Context, from store.Source, region string) (Keys, error) {
	salt, err := office.Setting(ctx, from, region, setSalt)
	return Keys{salt}, err
}

// Address is the hash of an e-mail address, "" for none. What a person adds after
// a plus sign is still their mailbox.
func (k Keys) Address(email string) string {
	name, domain, ok := strings.Cut(office.FoldEmail(email), "@")
	if !ok {
		return ""
	}
	if first, _, _ := strings.Cut(name, "+"); first != "" {
		name = first
	}
	return k.hash("address", name+"@"+domain)
}

// Network is the hash of a network, "" for one that tells nothing.
func (k Keys) Network(p netip.Prefix) string {
	if !Telling(p) {
		return ""
	}
	return k.hash("network", p.String())
}

// text is the hash of what somebody wrote, however it was spaced and pointed.
func (k Keys) text(s string) string {
	if s = fold(s); s == "" {
		return ""
	}
	return k.hash("text", s)
}

// Piece is something somebody sends, to be weighed.
type Piece struct {
	Kind   string   // what it is: "spark"
	ID     ident.ID // its key
	Text   string   // all of it that others would read
	Before string   // the text it replaces, "" for something new
	Sender Sender
	Known  bool // a person in the office has answered something of this author before
	Count  bool // it is new: it is counted, and what came before counts against it
}

// Weigh judges a piece inside the transaction that takes it in, and remembers of
// what is counted, for a day, that it came.
func Weigh(ctx context.Context, tx *store.Tx, region string, now time.Time, p Piece) (Verdict, error) {
	settings, err := office.AllSettings(ctx, tx, region)
	if err != nil {
		return Verdict{}, err
	}
	keys, err := KeysIn(ctx, tx, region)
	if err != nil {
		return Verdict{}, err
	}
	rules := RulesOf(settings)
	e := Read(rules, p.Text, p.Before)
	e.Form, e.Known = p.Sender.Form, p.Known
	author, network, text := keys.Address(p.Sender.Address), keys.Network(p.Sender.Network), keys.text(p.Text)
	if e.Author, err = standing(ctx, tx, region, Address, author, now); err != nil {
		return Verdict{}, err
	}
	if e.Network, err = standing(ctx, tx, region, Network, network, now); err != nil {
		return Verdict{}, err
	}
	if p.Count {
		for _, c := range []struct {
			into  *int
			query string
			hash  string
			since time.Duration
		}{{&e.FromAuthor, countAuthor, author, time.Hour}, {&e.FromNetwork, countNetwork, network, time.Hour}, {&e.Repeats, countText, text, day}} {
			if *c.into, err = count(ctx, tx, c.query, region, c.hash, now.Add(-c.since)); err != nil {
				return Verdict{}, err
			}
		}
	}
	v := Judge(rules, e)
	if !p.Count || v.Ruling == Refuse {
		return v, nil
	}
	_, err = tx.Exec(ctx, insertArrival, region, p.Kind, int64(p.ID), author, network, text, clock.Micros(now), v.Ruling == Hold)
	return v, err
}

// How long it is remembered what came from where.
const (
	day        = 24 * time.Hour
	longestWay = 30 * day // of something that nobody has looked at
)

// Settle notes that a person has decided on something that waited: where it came
// from is forgotten with the next sweep.
func Settle(ctx context.Context, tx *store.Tx, region, kind string, id ident.ID) error {
	_, err := tx.Exec(ctx, settleArrival, region, kind, int64(id))
	return err
}

// Forget removes at once what is remembered of where something came from.
func Forget(ctx context.Context, tx *store.Tx, region, kind string, id ident.ID) error {
	_, err := tx.Exec(ctx, deleteArrival, region, kind, int64(id))
	return err
}

// Origin is where something came from, as far as it is still remembered.
type Origin struct{ author, network string }

// HasNetwork tells that the network is known.
func (o Origin) HasNetwork() bool { return o.network != "" }

// OriginOf reads where something came from.
func OriginOf(ctx context.Context, from store.Source, region, kind string, id ident.ID) (o Origin, err error) {
	err = from.QueryRow(ctx, selectArrival, region, kind, int64(id)).Scan(&o.author, &o.network)
	if errors.Is(err, store.ErrNone) {
		return Origin{}, nil
	}
	return o, err
}

// Waiting lists what waits for a person's look and came under the same address, or
// from the same network.
func Waiting(ctx context.Context, from store.Source, region, kind string, of Of, o Origin) ([]ident.ID, error) {
	if of == Network {
		return waiting(ctx, from, selectWaitingNetwork, region, kind, o.network)
	}
	return waiting(ctx, from, selectWaitingAuthor, region, kind, o.author)
}

// PutAddress sets the standing of an e-mail address.
func PutAddress(ctx context.Context, tx *store.Tx, region, email string, e Entry) error {
	keys, err := KeysIn(ctx, tx, region)
	if err != nil {
		return err
	}
	e.Of = Address
	return put(ctx, tx, region, keys.Address(email), e)
}

// PutNetwork sets the standing of the network something came from.
func PutNetwork(ctx context.Context, tx *store.Tx, region string, o Origin, e Entry) error {
	e.Of = Network
	return put(ctx, tx, region, o.network, e)
}

func put(ctx context.Context, tx *store.Tx, region, hash string, e Entry) error {
	if err := e.Check(); err != nil {
		return err
	}
	if hash == "" {
		return errors.New("trust: a standing of nobody")
	}
	_, err := tx.Exec(ctx, upsertStanding, region, int64(e.ID), string(e.Of), hash, string(e.Standing), clock.Micros(e.Since), clock.Micros(e.Until), int64(e.Officer), int64(e.Spark))
	return err
}

// OfAddress is what the office has said of an address, the zero Entry for nothing.
func OfAddress(ctx context.Context, from store.Source, region, email string, now time.Time) (Entry, error) {
	salt, err := office.Setting(ctx, from, region, setSalt)
	if err != nil || salt == "" || email == "" {
		return Entry{}, err
	}
	e, err := scanEntry(from.QueryRow(ctx, selectByHash, region, string(Address), Keys{salt}.Address(email), clock.Micros(now)))
	if errors.Is(err, store.ErrNone) {
		return Entry{}, nil
	}
	return e, err
}

// Undo takes a standing away and gives what it was; a NotFound fault when there is
// none.
func Undo(ctx context.Context, tx *store.Tx, region string, id ident.ID) (Entry, error) {
	e, err := ByID(ctx, tx, region, id)
	if err != nil {
		return e, err
	}
	_, err = tx.Exec(ctx, deleteStanding, region, int64(id))
	return e, err
}

// Service is what the pages need of trust outside the transactions of others: the
// time on their forms, and the sweep.
type Service struct {
	db    *store.DB
	clock clock.Clock
	salts sync.Map // region → its secret, once it has one
}

// New gives the service on a store.
func New(db *store.DB, c clock.Clock) *Service { return &Service{db: db, clock: c} }

func (s *Service) keys(ctx context.Context, region string) (Keys, error) {
	if salt, ok := s.salts.Load(region); ok {
		return Keys{salt.(string)}, nil
	}
	salt, err := office.Setting(ctx, s.db, region, setSalt)
	if err == nil && salt != "" {
		s.salts.Store(region, salt)
	}
	return Keys{salt}, err
}

// Stamp is the present time as a form carries it, signed so that nobody makes
// their own. A region that has no secret yet has no stamps: a page that is only
// read must not make one.
func (s *Service) Stamp(ctx context.Context, region string) (string, error) {
	keys, err := s.keys(ctx, region)
	if err != nil || keys.salt == "" {
		return "", err
	}
	at := strconv.FormatInt(s.clock.Now().UnixMilli(), 36)
	return at + "-" + keys.hash("form", at), nil
}

// stampLife is how old a stamp may be before it tells nothing.
const stampLife = 24 * time.Hour

// Age is how long ago a form with this stamp was shown. ok is false for a stamp
// that is no longer, or never was, ours: it tells nothing, and is no reason to
// turn anybody away.
func (s *Service) Age(ctx context.Context, region, stamp string) (age time.Duration, ok bool, err error) {
	at, sign, found := strings.Cut(stamp, "-")
	ms, bad := strconv.ParseInt(at, 36, 64)
	if !found || bad != nil {
		return 0, false, nil
	}
	keys, err := s.keys(ctx, region)
	if err != nil || keys.salt == "" || !hmac.Equal([]byte(sign), []byte(keys.hash("form", at))) {
		return 0, false, err
	}
	age = s.clock.Now().Sub(time.UnixMilli(ms))
	return age, age >= 0 && age <= stampLife, nil
}

// Sweep forgets what has ended: standings past their day, and where things came
// from a day ago, or a month ago when nobody has looked at them.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		now := s.clock.Now()
		if _, err := tx.Exec(ctx, sweepStandings, region, clock.Micros(now)); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sweepArrivals, region, clock.Micros(now.Add(-day)), clock.Micros(now.Add(-longestWay)))
		return err
	})
}
