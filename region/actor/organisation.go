package actor

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

// Details is what is known of an organisation beside its names.
type Details struct {
	Legal    string // one of Legals; "" when nobody knows
	Business string // its business id (Y-tunnus), "1234567-8"
	Sector   string // by its code
	Place    string // of the programme, by its id
	PartOf   ident.ID
	Home     string // its municipality when that is none of the region's, "" otherwise
}

// MaxHome bounds the name of a municipality.
const MaxHome = 60

// Legals is the forms of organisations.
func Legals() []string {
	return []string{"company", "association", "firm", "cooperative", "foundation", "municipality", "joint", "parish", "school", "state"}
}

// LegalOf reads the form off a name; "" when it does not tell.
func LegalOf(title string) string {
	n := parse(title)
	if n.legal != "" {
		return n.legal
	}
	for _, w := range n.words {
		switch {
		case strings.HasSuffix(w, "seurakunta") || strings.HasSuffix(w, "seurakuntayhtymä"):
			return "parish"
		case strings.HasSuffix(w, "kuntayhtymä"):
			return "joint"
		case w == "kaupunki" || w == "kunta":
			return "municipality"
		case strings.HasSuffix(w, "ammattikorkeakoulu") || strings.HasSuffix(w, "yliopisto") || strings.HasSuffix(w, "ammattiopisto"):
			return "school"
		case strings.HasSuffix(w, "yhdistys"):
			return "association"
		case strings.HasSuffix(w, "säätiö"):
			return "foundation"
		case w == "ympäristökeskus":
			return "state"
		}
	}
	return ""
}

// BusinessID reads a Finnish business id as people write it, and gives its written
// form; ok is false when its check digit does not fit.
func BusinessID(s string) (id string, ok bool) {
	var digits []byte
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits = append(digits, byte(r))
		case r == '-' || r == ' ' || r == '–' || r == '\u00a0':
		default:
			return "", false
		}
	}
	if len(digits) == 7 { // an old one: six digits and the check
		digits = append([]byte{'0'}, digits...)
	}
	if len(digits) != 8 {
		return "", false
	}
	sum := 0
	for i, weight := range []int{7, 9, 10, 5, 8, 4, 2} {
		sum += int(digits[i]-'0') * weight
	}
	check := (11 - sum%11) % 11
	if check == 10 || int(digits[7]-'0') != check {
		return "", false
	}
	return string(digits[:7]) + "-" + string(digits[7:]), true
}

const (
	detailColumns    = `legal, business_id, sector, place_id, part_of`
	readDetails      = `o.legal, o.business_id, o.sector, o.place_id, o.part_of, COALESCE(h.home, '') FROM organisations o LEFT JOIN organisation_homes h ON h.region_id = o.region_id AND h.actor_id = o.actor_id`
	selectDetails    = `SELECT ` + readDetails + ` WHERE o.region_id = $1 AND o.actor_id = $2`
	selectAllDetails = `SELECT o.actor_id, ` + readDetails + ` WHERE o.region_id = $1 AND o.actor_id {in $2}`
	putDetails       = `INSERT INTO organisations (region_id, actor_id, ` + detailColumns + `, noted_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (region_id, actor_id) DO UPDATE SET legal = $3, business_id = $4, sector = $5, place_id = $6, part_of = $7, noted_at = $8`
	insertHome  = `INSERT INTO organisation_homes (region_id, actor_id, home) VALUES ($1, $2, $3)`
	deleteHome  = `DELETE FROM organisation_homes WHERE region_id = $1 AND actor_id = $2`
	selectHomes = `SELECT actor_id, home FROM organisation_homes WHERE region_id = $1 ORDER BY actor_id`
	selectThere = `SELECT a.actor_id, a.title FROM organisations o JOIN actors a ON a.region_id = o.region_id AND a.actor_id = o.actor_id
WHERE o.region_id = $1 AND o.actor_id > $2 AND o.sector = $4 ORDER BY o.actor_id LIMIT $3`
	selectThereAt = `SELECT a.actor_id, a.title FROM organisations o JOIN actors a ON a.region_id = o.region_id AND a.actor_id = o.actor_id
WHERE o.region_id = $1 AND o.actor_id > $2 AND ($4 = '' OR o.sector = $4) AND o.place_id {in $5} ORDER BY o.actor_id LIMIT $3`
	selectNoBusiness = `SELECT a.actor_id, a.title FROM actors a LEFT JOIN organisations o ON o.region_id = a.region_id AND o.actor_id = a.actor_id
WHERE a.region_id = $1 AND a.actor_id > $2 AND COALESCE(o.business_id, '') = '' ORDER BY a.actor_id LIMIT $3`
	deleteDetails = `DELETE FROM organisations WHERE region_id = $1 AND actor_id = $2`
	moveParts     = `UPDATE organisations SET part_of = $3 WHERE region_id = $1 AND part_of = $2`
	selectUnits   = `SELECT a.actor_id, a.title FROM organisations o JOIN actors a ON a.region_id = o.region_id AND a.actor_id = o.actor_id WHERE o.region_id = $1 AND o.part_of = $2 ORDER BY a.actor_id`
)

// DetailsOf reads what is known of an organisation; the form is read off its name
// where the office has noted none.
func DetailsOf(ctx context.Context, from store.Source, region string, a Actor) (d Details, err error) {
	d, _, err = stored(ctx, from, region, a.ID)
	if d.Legal == "" {
		d.Legal = LegalOf(a.Title)
	}
	return d, err
}

// stored is what is kept of an organisation; ok is false when nothing is.
func stored(ctx context.Context, from store.Source, region string, id ident.ID) (d Details, ok bool, err error) {
	err = from.QueryRow(ctx, selectDetails, region, int64(id)).Scan(&d.Legal, &d.Business, &d.Sector, &d.Place, &d.PartOf, &d.Home)
	if errors.Is(err, store.ErrNone) {
		return d, false, nil
	}
	return d, err == nil, err
}

// DetailsOfMany is DetailsOf of several organisations at once.
func DetailsOfMany(ctx context.Context, from store.Source, region string, organisations ...Actor) (map[ident.ID]Details, error) {
	all, ids := make(map[ident.ID]Details, len(organisations)), make([]ident.ID, len(organisations))
	for i, a := range organisations {
		ids[i], all[a.ID] = a.ID, Details{}
	}
	if len(ids) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectAllDetails, region, store.IDs(ids))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var d Details
		err := rows.Scan(&id, &d.Legal, &d.Business, &d.Sector, &d.Place, &d.PartOf, &d.Home)
		all[id] = d
		return err
	})
	for _, a := range organisations {
		if d := all[a.ID]; d.Legal == "" {
			d.Legal = LegalOf(a.Title)
			all[a.ID] = d
		}
	}
	return all, err
}

// Standing is where an organisation is and what it works in, "" for what is not known.
func Standing(ctx context.Context, from store.Source, region string, id ident.ID) (place, sector string, err error) {
	d, err := DetailsOf(ctx, from, region, Actor{ID: id})
	return d.Place, d.Sector, err
}

// Homes is where the organisations are at home that are of no municipality of the region.
func Homes(ctx context.Context, from store.Source, region string) (map[ident.ID]string, error) {
	all := map[ident.ID]string{}
	rows, err := from.Query(ctx, selectHomes, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var home string
		err := rows.Scan(&id, &home)
		all[id] = home
		return err
	})
	return all, err
}

// Units lists what is a part of an organisation.
func Units(ctx context.Context, from store.Source, region string, id ident.ID) ([]Actor, error) {
	return actors(from.Query(ctx, selectUnits, region, int64(id)))
}

// ListWhere lists the organisations somewhere, or of a sector, from after one on.
func ListWhere(ctx context.Context, from store.Source, region string, w Where, after ident.ID, limit int) ([]Actor, error) {
	switch {
	case w.Places != nil:
		return actors(from.Query(ctx, selectThereAt, region, int64(after), limit, w.Sector, store.Strings(w.Places)))
	case w.Sector != "":
		return actors(from.Query(ctx, selectThere, region, int64(after), limit, w.Sector))
	}
	return List(ctx, from, region, after, limit)
}

// WithoutBusiness lists the organisations whose business id is not known, from after one
// on.
func WithoutBusiness(ctx context.Context, from store.Source, region string, after ident.ID, limit int) ([]Actor, error) {
	return actors(from.Query(ctx, selectNoBusiness, region, int64(after), limit))
}

// mostAbove bounds how many organisations may stand above one another.
const mostAbove = 8

// Note keeps what the office knows of an organisation, with a line in the log.
func (s *Service) Note(ctx context.Context, region string, id ident.ID, d Details) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := ByID(ctx, tx, region, id)
		if err != nil {
			return err
		}
		var wrong fault.Many
		if d.Legal != "" && !slices.Contains(Legals(), d.Legal) {
			wrong = append(wrong, fault.New(fault.Invalid, "actor.legal.wrong").On("legal"))
		}
		if d.Business != "" {
			business, ok := BusinessID(d.Business)
			if !ok {
				wrong = append(wrong, fault.New(fault.Invalid, "actor.business.wrong").On("business"))
			}
			d.Business = business
		}
		if wrongSector(d.Sector) {
			wrong = append(wrong, fault.New(fault.Invalid, "actor.sector.wrong").On("sector"))
		}
		switch d.Home = strings.Join(strings.Fields(d.Home), " "); {
		case d.Home != "" && d.Place != "":
			wrong = append(wrong, fault.New(fault.Invalid, "actor.home.both").On("home"))
		case utf8.RuneCountInString(d.Home) > MaxHome:
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("home").With("max", MaxHome).With("now", utf8.RuneCountInString(d.Home)))
		}
		for at, n := d.PartOf, 0; at != 0; n++ { // it is no part of itself, by whatever way round
			if at == id || n == mostAbove {
				wrong = append(wrong, fault.New(fault.Invalid, "actor.part.round").On("part"))
				break
			}
			above, err := ByID(ctx, tx, region, at)
			if fault.Is(err, fault.NotFound) {
				wrong = append(wrong, fault.New(fault.Invalid, "actor.none").On("part"))
				break
			}
			if err != nil {
				return err
			}
			of, err := DetailsOf(ctx, tx, region, above)
			if err != nil {
				return err
			}
			at = of.PartOf
		}
		if err := wrong.OrNil(); err != nil {
			return err
		}
		now := s.clock.Now()
		if err := keep(ctx, tx, region, id, d, now); err != nil {
			return err
		}
		if err := s.find(ctx, tx, region, id); err != nil {
			return err
		}
		if err := s.note(ctx, tx, region, a); err != nil {
			return err
		}
		return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: now, What: audit.OrganisationNoted, Facts: audit.Facts{From: a.Title}})
	})
}

// keep stores what is known of an organisation, noted at a moment, zero for by nobody.
func keep(ctx context.Context, tx *store.Tx, region string, id ident.ID, d Details, at time.Time) error {
	if _, err := tx.Exec(ctx, putDetails, region, int64(id), d.Legal, d.Business, d.Sector, d.Place, int64(d.PartOf), clock.Micros(at)); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, deleteHome, region, int64(id))
	if err == nil && d.Home != "" {
		_, err = tx.Exec(ctx, insertHome, region, int64(id), d.Home)
	}
	return err
}

// forget takes away what is known of an organisation.
func forget(ctx context.Context, tx *store.Tx, region string, id ident.ID) error {
	for _, statement := range []string{deleteHome, deleteDetails} {
		if _, err := tx.Exec(ctx, statement, region, int64(id)); err != nil {
			return err
		}
	}
	return nil
}

// TellNoted has f hear of an organisation that is new, that is called otherwise or is no
// more, or of which the office notes something, inside the transaction.
func (s *Service) TellNoted(f func(ctx context.Context, tx *store.Tx, region string, a Actor) error) {
	s.noted = append(s.noted, f)
}

func (s *Service) note(ctx context.Context, tx *store.Tx, region string, all ...Actor) error {
	for _, a := range all {
		for _, f := range s.noted {
			if err := f(ctx, tx, region, a); err != nil {
				return err
			}
		}
	}
	return nil
}

// merged has what is known of an organisation go with it when it turns out to be
// another one: what the other has by itself stands.
func merged(ctx context.Context, tx *store.Tx, region string, gone, to ident.ID) error {
	d, known, err := stored(ctx, tx, region, gone)
	if err != nil {
		return err
	}
	if known {
		_, taken, err := stored(ctx, tx, region, to)
		if err == nil && !taken {
			if d.PartOf == to {
				d.PartOf = 0
			}
			err = keep(ctx, tx, region, to, d, time.Time{})
		}
		if err != nil {
			return err
		}
		if err := forget(ctx, tx, region, gone); err != nil {
			return err
		}
	}
	for _, move := range []string{moveMembers, moveParts} {
		if _, err := tx.Exec(ctx, move, region, int64(gone), int64(to)); err != nil {
			return err
		}
	}
	return nil
}
