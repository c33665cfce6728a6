package asking

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

const (
	waveColumns = `wave_id, language, texts, network_id, theme, begins, ends, closed_at, made_at`
	insertWave  = `INSERT INTO waves (region_id, ` + waveColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	closeWave   = `UPDATE waves SET closed_at = $3 WHERE region_id = $1 AND wave_id = $2 AND closed_at = 0`
	lockWave    = `UPDATE waves SET closed_at = closed_at WHERE region_id = $1 AND wave_id = $2`
	selectWave  = `SELECT ` + waveColumns + ` FROM waves WHERE region_id = $1 AND wave_id = $2`
	selectWaves = `SELECT ` + waveColumns + ` FROM waves WHERE region_id = $1 AND wave_id < $2 ORDER BY wave_id DESC LIMIT $3`

	inviteColumns = `wave_id, address_id, link_hash, invited_at, mailed_at, answered_at`
	insertInvite  = `INSERT INTO wave_invites (region_id, ` + inviteColumns + `) VALUES ($1, $2, $3, $4, $5, 0, 0) ON CONFLICT (region_id, wave_id, address_id) DO NOTHING`
	countInvites  = `SELECT COUNT(*) FROM wave_invites WHERE region_id = $1 AND wave_id = $2`
	countAmong    = `SELECT COUNT(*) FROM wave_invites WHERE region_id = $1 AND wave_id = $2 AND address_id {in $3}`
	selectAnswers = `SELECT ` + inviteColumns + ` FROM wave_invites WHERE region_id = $1 AND wave_id = $2 AND answered_at > 0 AND address_id > $3 ORDER BY address_id LIMIT $4`
	selectInvite  = `SELECT ` + inviteColumns + ` FROM wave_invites WHERE region_id = $1 AND link_hash = $2`
	selectInvites = `SELECT ` + inviteColumns + ` FROM wave_invites WHERE region_id = $1 AND address_id = $2 ORDER BY wave_id DESC`
	selectToMail  = `SELECT ` + inviteColumns + ` FROM wave_invites WHERE region_id = $1 AND wave_id = $2 AND mailed_at = 0 ORDER BY address_id LIMIT $3`
	mailInvite    = `UPDATE wave_invites SET mailed_at = $4 WHERE region_id = $1 AND wave_id = $2 AND address_id = $3`
	answerInvite  = `UPDATE wave_invites SET answered_at = $4 WHERE region_id = $1 AND wave_id = $2 AND address_id = $3`
	deleteInvites = `DELETE FROM wave_invites WHERE region_id = $1 AND address_id = $2`

	selectOfWave = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND wave_id = $2 AND naming_id > $3 ORDER BY naming_id LIMIT $4`
	selectInWave = `SELECT ` + columns + ` FROM asked_names WHERE region_id = $1 AND wave_id = $2 AND address_id = $3 ORDER BY naming_id`
)

// Invited asks for the next letters of a wave.
var Invited = jobs.Kind[InvitedArgs]{Name: "asking.invited"}

// InvitedArgs names the wave.
type InvitedArgs struct {
	Region string   `json:"region"`
	Wave   ident.ID `json:"wave"`
}

// Invite is one who was asked to answer in a wave.
type Invite struct {
	Wave     ident.ID
	Address  ident.ID
	At       time.Time
	Mailed   time.Time // zero until a letter has been written
	Answered time.Time // zero until they have
}

func scanWave(region string, rows *sql.Rows) (w Wave, err error) {
	var texts string
	var closed, made int64
	if err := rows.Scan(&w.ID, &w.Language, &texts, &w.Network, &w.Theme, &w.Begins, &w.Ends, &closed, &made); err != nil {
		return w, err
	}
	w.Region, w.Closed, w.Made = region, clock.FromMicros(closed), clock.FromMicros(made)
	if err := json.Unmarshal([]byte(texts), &w.Texts); err != nil {
		return w, fmt.Errorf("wave %s/%s: %w", region, w.ID, err)
	}
	return w, nil
}

func waves(ctx context.Context, from store.Source, region, query string, args ...any) (all []Wave, err error) {
	rows, err := from.Query(ctx, query, append([]any{region}, args...)...)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		w, err := scanWave(region, rows)
		all = append(all, w)
		return err
	})
	return all, err
}

// OneWave reads one; a NotFound fault when there is none.
func OneWave(ctx context.Context, from store.Source, region string, id ident.ID) (Wave, error) {
	all, err := waves(ctx, from, region, selectWave, int64(id))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "wave.none")
	}
	if err != nil {
		return Wave{}, err
	}
	return all[0], nil
}

// Waves lists them, the latest made first, from before one on (0 for the first page).
func Waves(ctx context.Context, from store.Source, region string, before ident.ID, limit int) ([]Wave, error) {
	if before == 0 {
		before = math.MaxInt64
	}
	return waves(ctx, from, region, selectWaves, int64(before), limit)
}

// looksBack bounds how many waves are looked at for the one before.
const looksBack = 200

// Before is the wave in which the same were asked last, before this one; ok is false
// when there is none.
func Before(ctx context.Context, from store.Source, w Wave) (last Wave, ok bool, err error) {
	all, err := Waves(ctx, from, w.Region, w.ID, looksBack)
	i := slices.IndexFunc(all, func(o Wave) bool { return o.Network == w.Network && o.Theme == w.Theme })
	if err != nil || i < 0 {
		return last, false, err
	}
	return all[i], true, nil
}

func invites(rows *sql.Rows, err error) (all []Invite, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var i Invite
		var hash string
		var at, mailed, answered int64
		err := rows.Scan(&i.Wave, &i.Address, &hash, &at, &mailed, &answered)
		i.At, i.Mailed, i.Answered = clock.FromMicros(at), clock.FromMicros(mailed), clock.FromMicros(answered)
		all = append(all, i)
		return err
	})
	return all, err
}

// OpenWave begins a wave. Nobody is written to yet.
func (s *Service) OpenWave(ctx context.Context, region, original string, w Wave) (Wave, error) {
	w.Region, w.ID, w.Language, w.Made = region, s.ids.New(), original, s.clock.Now()
	if err := w.check(original, office.Today(s.clock)); err != nil {
		return w, err
	}
	texts, err := json.Marshal(w.Texts)
	if err != nil {
		return w, err
	}
	return w, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, insertWave, region, int64(w.ID), w.Language, string(texts), int64(w.Network), w.Theme, int64(w.Begins), int64(w.Ends), int64(0), clock.Micros(w.Made)); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.WaveOpened, region, w.ID)
	})
}

func (s *Service) note(ctx context.Context, tx *store.Tx, what audit.What, region string, wave ident.ID) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: audit.About{Thing: audit.Wave, Key: wave.String()}})
}

// CloseWave ends a wave before its day.
func (s *Service) CloseWave(ctx context.Context, region string, id ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, closeWave, region, int64(id), clock.Micros(s.clock.Now()))
		if err == nil && n == 0 {
			err = fault.New(fault.Conflict, "wave.over")
		}
		if err != nil {
			return err
		}
		return s.note(ctx, tx, audit.WaveClosed, region, id)
	})
}

// InviteSecret is the secret of somebody's page in a wave. It is made of the region's
// secret and never stored.
func InviteSecret(keys trust.Keys, wave, address ident.ID) string {
	return keys.Secret("wave", wave.String()+"/"+address.String())
}

// Invite has people asked to answer in a wave, each once. Who wants no such letters, has
// no time now or cannot be reached is left out, and nobody is told who. new is how many
// were asked.
func (s *Service) Invite(ctx context.Context, region string, id ident.ID, addresses []ident.ID) (fresh int, err error) {
	return fresh, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		fresh = 0
		if _, err := tx.Exec(ctx, lockWave, region, int64(id)); err != nil {
			return err
		}
		w, err := OneWave(ctx, tx, region, id)
		if err != nil {
			return err
		}
		if !w.Open(office.Today(s.clock)) {
			return fault.New(fault.Conflict, "wave.over")
		}
		keys, err := trust.KeysIn(ctx, tx, region)
		if err != nil {
			return err
		}
		var n int
		if err := tx.QueryRow(ctx, countInvites, region, int64(id)).Scan(&n); err != nil {
			return err
		}
		of, err := address.ByIDs(ctx, tx, region, addresses...)
		if err != nil {
			return err
		}
		all := make([]address.Address, 0, len(of))
		for _, a := range of {
			all = append(all, a)
		}
		slices.SortFunc(all, func(a, b address.Address) int { return cmp.Compare(a.ID, b.ID) })
		for _, a := range all {
			spared, err := s.sparedWave(ctx, tx, keys, a)
			if err != nil {
				return err
			}
			if spared {
				continue
			}
			if n+fresh >= MaxInvited {
				return fault.New(fault.Conflict, "wave.full").With("max", MaxInvited)
			}
			added, err := tx.Exec(ctx, insertInvite, region, int64(id), int64(a.ID), ident.Hash(InviteSecret(keys, id, a.ID)), clock.Micros(s.clock.Now()))
			if err != nil {
				return err
			}
			fresh += int(added)
		}
		if fresh == 0 {
			return nil
		}
		if err := Invited.Enqueue(ctx, tx, InvitedArgs{region, id}); err != nil {
			return err
		}
		return s.note(ctx, tx, audit.WaveInvited, region, id)
	})
}

// InvitedAmong counts those of some people who have been asked in a wave.
func InvitedAmong(ctx context.Context, from store.Source, region string, wave ident.ID, addresses []ident.ID) (n int, err error) {
	if len(addresses) == 0 {
		return 0, nil
	}
	err = from.QueryRow(ctx, countAmong, region, int64(wave), store.IDs(addresses)).Scan(&n)
	return n, err
}

// sparedWave tells that somebody is not to be asked.
func (s *Service) sparedWave(ctx context.Context, tx *store.Tx, keys trust.Keys, a address.Address) (bool, error) {
	if !a.Reachable() {
		return true, nil
	}
	if stops, err := stopped(ctx, tx, a.Region, keys.Address(a.Email)); err != nil || stops {
		return true, err
	}
	who, ok, err := actor.OfAddress(ctx, tx, a.Region, a.ID)
	if err != nil || !ok {
		return false, err
	}
	p, err := actor.PersonByID(ctx, tx, a.Region, who.ID)
	return p.Busy(office.Today(s.clock)), err
}

// LettersAtOnce is how many letters of a wave are written in one transaction.
const LettersAtOnce = 50

// ToMail hands out invitations whose letters are not written yet, and notes that they
// are, inside the caller's transaction. more tells that there are others after them.
func ToMail(ctx context.Context, tx *store.Tx, region string, wave ident.ID, now time.Time) (all []Invite, more bool, err error) {
	all, err = invites(tx.Query(ctx, selectToMail, region, int64(wave), LettersAtOnce+1))
	if more = len(all) > LettersAtOnce; more {
		all = all[:LettersAtOnce]
	}
	for _, i := range all {
		if err == nil {
			_, err = tx.Exec(ctx, mailInvite, region, int64(wave), int64(i.Address), clock.Micros(now))
		}
	}
	return all, more, err
}

// InvitedBy finds who may answer in which wave by a letter's link; a Gone fault when it
// opens nothing.
func InvitedBy(ctx context.Context, from store.Source, region, secret string) (Invite, Wave, error) {
	all, err := invites(from.Query(ctx, selectInvite, region, ident.Hash(secret)))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.Gone, "asking.link")
	}
	if err != nil {
		return Invite{}, Wave{}, err
	}
	w, err := OneWave(ctx, from, region, all[0].Wave)
	return all[0], w, err
}

// InvitesOf is the waves the owner of an address was invited to, the latest first.
func InvitesOf(ctx context.Context, from store.Source, region string, address ident.ID) ([]Invite, error) {
	return invites(from.Query(ctx, selectInvites, region, int64(address)))
}

// AnswerWave takes what somebody answers in a wave by their letter's link: whom they would
// ask, or nobody. Answered again, it takes the place of what was answered before.
func (s *Service) AnswerWave(ctx context.Context, region, secret string, d Draft, nobody bool) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		i, w, by, err := s.answering(ctx, tx, region, secret)
		if err != nil {
			return err
		}
		before, err := list(ctx, tx, region, selectInWave, int64(w.ID), int64(by.ID))
		if err != nil {
			return err
		}
		t, _ := w.In(d.Language)
		d.Wave, d.Topic = w.ID, t.Topic
		if nobody {
			d.Who = nil
		} else if err := s.Say(ctx, tx, by, d); err != nil {
			return err
		}
		for _, n := range before { // who is not named any more
			if !slices.ContainsFunc(d.Who, func(x Named) bool {
				return n.same(Naming{Wave: w.ID, Organisation: x.Organisation != 0, Actor: x.Organisation, Topic: n.Topic, Named: network.OneLine(x.Name)})
			}) {
				if err := s.drop(ctx, tx, n); err != nil {
					return err
				}
			}
		}
		_, err = tx.Exec(ctx, answerInvite, region, int64(w.ID), int64(i.Address), clock.Micros(s.clock.Now()))
		return err
	})
}

// answering is who answers in which wave by a link, while it is open.
func (s *Service) answering(ctx context.Context, tx *store.Tx, region, secret string) (i Invite, w Wave, by address.Address, err error) {
	if i, w, err = InvitedBy(ctx, tx, region, secret); err != nil {
		return i, w, by, err
	}
	if by, err = address.ByID(ctx, tx, region, i.Address); fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Gone, "asking.link")
	}
	if err == nil && !w.Open(office.Today(s.clock)) {
		err = fault.New(fault.Conflict, "wave.over")
	}
	return i, w, by, err
}

// NoMoreWaves keeps that whose link it is wants no such letters any more.
func (s *Service) NoMoreWaves(ctx context.Context, region, secret string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		i, _, err := InvitedBy(ctx, tx, region, secret)
		if err != nil {
			return err
		}
		a, err := address.ByID(ctx, tx, region, i.Address)
		if err != nil {
			return err
		}
		return s.stop(ctx, tx, region, a.Email)
	})
}

// InWave is what the owner of an address has answered in a wave.
func InWave(ctx context.Context, from store.Source, region string, wave, address ident.ID) ([]Naming, error) {
	return list(ctx, from, region, selectInWave, int64(wave), int64(address))
}

// Answers is everything answered in a wave, by who has answered; for counting alone.
// invited is how many were asked.
func Answers(ctx context.Context, from store.Source, w Wave) (all []Said, invited int, err error) {
	if err := from.QueryRow(ctx, countInvites, w.Region, int64(w.ID)).Scan(&invited); err != nil {
		return nil, 0, err
	}
	said := map[ident.ID]*Said{}
	var order []ident.ID
	const atOnce = 500
	for last := ident.ID(0); ; {
		some, err := invites(from.Query(ctx, selectAnswers, w.Region, int64(w.ID), int64(last), atOnce))
		if err != nil {
			return nil, 0, err
		}
		for _, i := range some {
			last, order = i.Address, append(order, i.Address)
			said[i.Address] = &Said{Who: i.Address}
		}
		if len(some) < atOnce {
			break
		}
	}
	for last := ident.ID(0); ; {
		some, err := list(ctx, from, w.Region, selectOfWave, int64(w.ID), int64(last), atOnce)
		if err != nil {
			return nil, 0, err
		}
		for _, n := range some {
			last = n.ID
			x := said[n.Address]
			if x == nil {
				continue
			}
			if x.By, x.Named = n.Person, x.Named+1; n.Stands() {
				x.To = append(x.To, n.Actor)
			}
		}
		if len(some) < atOnce {
			break
		}
	}
	for _, id := range order {
		all = append(all, *said[id])
	}
	return all, invited, nil
}
