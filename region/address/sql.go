package address

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns       = `region_id, address_id, email, language, links, confirmed_at, bounces, bounce_reply, stopped_at`
	insertAddress = `INSERT INTO addresses (region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at)
VALUES ($1, $2, $3, $4, $5, 1, $6, 0, '', 0)`
	selectByID     = `SELECT ` + columns + ` FROM addresses WHERE region_id = $1 AND address_id = $2`
	selectByIDs    = `SELECT ` + columns + ` FROM addresses WHERE region_id = $1 AND address_id {in $2}`
	selectByEmail  = `SELECT ` + columns + ` FROM addresses WHERE region_id = $1 AND email = $2`
	selectByEmails = `SELECT ` + columns + ` FROM addresses WHERE region_id = $1 AND email {in $2}`
	selectByPage   = `SELECT ` + columns + ` FROM addresses WHERE region_id = $1 AND page_hash = $2`
	renewPage      = `UPDATE addresses SET page_hash = $3, links = $4 WHERE region_id = $1 AND address_id = $2`
	revive         = `UPDATE addresses SET language = $3, bounces = 0, bounce_reply = '', stopped_at = 0 WHERE region_id = $1 AND address_id = $2`
	setLanguage    = `UPDATE addresses SET language = $3 WHERE region_id = $1 AND address_id = $2`
	setBounces     = `UPDATE addresses SET bounces = $3, bounce_reply = $4, stopped_at = $5 WHERE region_id = $1 AND address_id = $2`
	clearBounces   = `UPDATE addresses SET bounces = 0, bounce_reply = '' WHERE region_id = $1 AND address_id = $2 AND bounces > 0 AND stopped_at = 0`
	deleteAddress  = `DELETE FROM addresses WHERE region_id = $1 AND address_id = $2`
	countStopped   = `SELECT COUNT(*) FROM addresses WHERE region_id = $1 AND stopped_at > 0`

	insertAsk = `INSERT INTO address_asks (region_id, link_hash, browser_hash, code_hash, address_id, email, language, mailbox_hash, network_hash, then_kind, then_data, sent, tries, asked_at, used_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, 0)`
	askColumns    = `link_hash, address_id, email, language, then_kind, then_data, code_hash, tries`
	selectAsk     = `SELECT ` + askColumns + ` FROM address_asks WHERE region_id = $1 AND link_hash = $2 AND used_at = 0 AND asked_at > $3`
	selectBrowser = `SELECT ` + askColumns + ` FROM address_asks WHERE region_id = $1 AND browser_hash = $2 AND used_at = 0 AND asked_at > $3`
	// What was wanted is carried out: its words are not kept twice.
	useAsk         = `UPDATE address_asks SET used_at = $3, then_data = $4 WHERE region_id = $1 AND link_hash = $2 AND used_at = 0`
	tryAsk         = `UPDATE address_asks SET tries = tries + 1 WHERE region_id = $1 AND link_hash = $2`
	countMailbox   = `SELECT COUNT(*) FROM address_asks WHERE region_id = $1 AND mailbox_hash = $2 AND asked_at > $3 AND sent = TRUE`
	countNetwork   = `SELECT COUNT(*) FROM address_asks WHERE region_id = $1 AND network_hash = $2 AND asked_at > $3`
	selectAskIDs   = `SELECT DISTINCT address_id FROM address_asks WHERE region_id = $1 AND email = $2`
	selectOldAsks  = `SELECT DISTINCT address_id FROM address_asks WHERE region_id = $1 AND asked_at < $2`
	emptyAsks      = `UPDATE address_asks SET email = '', then_data = $3 WHERE region_id = $1 AND email = $2`
	sweepAsks      = `DELETE FROM address_asks WHERE region_id = $1 AND asked_at < $2`
	insertSession  = `INSERT INTO address_sessions (region_id, address_id, token_hash, expires_at) VALUES ($1, $2, $3, $4)`
	countSession   = `SELECT COUNT(*) FROM address_sessions WHERE region_id = $1 AND address_id = $2 AND token_hash = $3 AND expires_at > $4`
	deleteSession  = `DELETE FROM address_sessions WHERE region_id = $1 AND address_id = $2 AND token_hash = $3`
	deleteSessions = `DELETE FROM address_sessions WHERE region_id = $1 AND address_id = $2`
	sweepSessions  = `DELETE FROM address_sessions WHERE region_id = $1 AND expires_at <= $2`
	selectSessions = `SELECT expires_at FROM address_sessions WHERE region_id = $1 AND address_id = $2 ORDER BY expires_at`
	selectAsksOf   = `SELECT asked_at, used_at, then_kind FROM address_asks WHERE region_id = $1 AND email = $2 ORDER BY asked_at`
)

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (a Address, err error) {
	var confirmed, stopped int64
	err = row.Scan(&a.Region, &a.ID, &a.Email, &a.Language, &a.links, &confirmed, &a.Bounces, &a.Reply, &stopped)
	a.Confirmed, a.Stopped = clock.FromMicros(confirmed), clock.FromMicros(stopped)
	return a, err
}

func none(err error) error {
	if errors.Is(err, store.ErrNone) {
		return fault.New(fault.NotFound, "address.none")
	}
	return err
}

// ByID reads an address; a NotFound fault when there is none, or none any more.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Address, error) {
	a, err := scan(from.QueryRow(ctx, selectByID, region, int64(id)))
	return a, none(err)
}

// ByIDs reads addresses; one that is gone is missing.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Address, error) {
	all := make(map[ident.ID]Address, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectByIDs, region, store.IDs(ids))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		a, err := scan(rows)
		all[a.ID] = a
		return err
	})
	return all, err
}

// ByEmail finds a confirmed address by how it is written; a NotFound fault for none.
func ByEmail(ctx context.Context, from store.Source, region, email string) (Address, error) {
	a, err := scan(from.QueryRow(ctx, selectByEmail, region, email))
	return a, none(err)
}

// ByEmails finds confirmed addresses by how they are written; of one that is none nothing.
func ByEmails(ctx context.Context, from store.Source, region string, emails ...string) (map[string]Address, error) {
	all := make(map[string]Address, len(emails))
	if len(emails) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectByEmails, region, store.Strings(emails))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		a, err := scan(rows)
		all[a.Email] = a
		return err
	})
	return all, err
}

// Linked finds whose own page a secret opens; a Gone fault when it opens none, or
// none any more.
func Linked(ctx context.Context, from store.Source, region, secret string) (Address, error) {
	a, err := scan(from.QueryRow(ctx, selectByPage, region, ident.Hash(secret)))
	if errors.Is(err, store.ErrNone) {
		err = fault.New(fault.Gone, "address.link.gone")
	}
	return a, err
}

// Stopped counts the addresses nothing is sent to any more.
func Stopped(ctx context.Context, from store.Source, region string) (n int, err error) {
	err = from.QueryRow(ctx, countStopped, region).Scan(&n)
	return n, err
}

// Trace is one time somebody asked to confirm an address.
type Trace struct {
	Asked, Used time.Time
	Kind        string
}

// Traces lists how an address was asked about, and until when which browsers
// remember its person: for their own data.
func Traces(ctx context.Context, from store.Source, a Address) (asks []Trace, browsers []time.Time, err error) {
	rows, err := from.Query(ctx, selectAsksOf, a.Region, a.Email)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var asked, used int64
		var t Trace
		err := rows.Scan(&asked, &used, &t.Kind)
		t.Asked, t.Used = clock.FromMicros(asked), clock.FromMicros(used)
		asks = append(asks, t)
		return err
	}); err != nil {
		return nil, nil, err
	}
	rows, err = from.Query(ctx, selectSessions, a.Region, int64(a.ID))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var until int64
		err := rows.Scan(&until)
		browsers = append(browsers, clock.FromMicros(until))
		return err
	})
	return asks, browsers, err
}
