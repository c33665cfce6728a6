package office

import (
	"context"
	"database/sql"
	"errors"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	officerColumns = `region_id, officer_id, email, name, title, phone, role, language, active, monday_mail`
	selectOfficers = `SELECT ` + officerColumns + ` FROM officers WHERE region_id = $1 ORDER BY officer_id`
	selectOfficer  = `SELECT ` + officerColumns + ` FROM officers WHERE region_id = $1 AND officer_id = $2`
	selectByEmail  = `SELECT ` + officerColumns + ` FROM officers WHERE region_id = $1 AND email = $2`
	insertOfficer  = `INSERT INTO officers (` + officerColumns + `, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`
	updateOfficer  = `UPDATE officers SET email = $3, name = $4, title = $5, phone = $6, role = $7, language = $8, active = $9, monday_mail = $10
WHERE region_id = $1 AND officer_id = $2`

	lockOfficers = `UPDATE officers SET active = active WHERE region_id = $1`

	selectAbsences = `SELECT absence_id, officer_id, substitute_id, from_day, until_day FROM absences WHERE region_id = $1 ORDER BY from_day, absence_id`
	insertAbsence  = `INSERT INTO absences (region_id, absence_id, officer_id, substitute_id, from_day, until_day) VALUES ($1, $2, $3, $4, $5, $6)`
	deleteAbsence  = `DELETE FROM absences WHERE region_id = $1 AND absence_id = $2`
	selectPast     = `SELECT absence_id FROM absences WHERE region_id = $1 AND until_day < $2 ORDER BY absence_id LIMIT $3`
	countPast      = `SELECT COUNT(*) FROM absences WHERE region_id = $1 AND until_day < $2`
	deletePast     = `DELETE FROM absences WHERE region_id = $1 AND absence_id {in $2}`

	selectClosures = `SELECT closure_id, from_day, until_day, reason FROM closures WHERE region_id = $1 ORDER BY from_day, closure_id`
	insertClosure  = `INSERT INTO closures (region_id, closure_id, from_day, until_day, reason) VALUES ($1, $2, $3, $4, $5)`
	deleteClosure  = `DELETE FROM closures WHERE region_id = $1 AND closure_id = $2`

	selectTemplates = `SELECT template_id, language, use_for, name, body, place FROM answer_templates WHERE region_id = $1 ORDER BY place, template_id, language`
	upsertTemplate  = `INSERT INTO answer_templates (region_id, template_id, language, use_for, name, body, place) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, template_id, language) DO UPDATE SET use_for = excluded.use_for, name = excluded.name, body = excluded.body, place = excluded.place`
	insertTemplate = `INSERT INTO answer_templates (region_id, template_id, language, use_for, name, body, place) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, template_id, language) DO NOTHING`
	deleteTemplate = `DELETE FROM answer_templates WHERE region_id = $1 AND template_id = $2 AND language = $3`

	selectSettings = `SELECT name, value FROM settings WHERE region_id = $1`
	selectSetting  = `SELECT value FROM settings WHERE region_id = $1 AND name = $2`
	ensureSetting  = `INSERT INTO settings (region_id, name, value) VALUES ($1, $2, $3) ON CONFLICT (region_id, name) DO NOTHING`
	upsertSetting  = `INSERT INTO settings (region_id, name, value) VALUES ($1, $2, $3)
ON CONFLICT (region_id, name) DO UPDATE SET value = excluded.value`
)

type scanner interface{ Scan(dest ...any) error }

func scanOfficer(row scanner) (o Officer, err error) {
	err = row.Scan(&o.Region, &o.ID, &o.Email, &o.Name, &o.Title, &o.Phone, &o.Role, &o.Language, &o.Active, &o.MondayMail)
	return o, err
}

func oneOfficer(row scanner) (Officer, error) {
	o, err := scanOfficer(row)
	if errors.Is(err, store.ErrNone) {
		return o, fault.New(fault.NotFound, "officer.none")
	}
	return o, err
}

// Officers lists the office's people, the longest in the house first.
func Officers(ctx context.Context, from store.Source, region string) (all []Officer, err error) {
	rows, err := from.Query(ctx, selectOfficers, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		o, err := scanOfficer(rows)
		all = append(all, o)
		return err
	})
	return all, err
}

// ByID finds an officer; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Officer, error) {
	return oneOfficer(from.QueryRow(ctx, selectOfficer, region, int64(id)))
}

// ByEmail finds an officer by address; a NotFound fault when there is none.
func ByEmail(ctx context.Context, from store.Source, region, email string) (Officer, error) {
	return oneOfficer(from.QueryRow(ctx, selectByEmail, region, FoldEmail(email)))
}

// Absences lists who is away, past ones too.
func Absences(ctx context.Context, from store.Source, region string) (all []Absence, err error) {
	rows, err := from.Query(ctx, selectAbsences, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var a Absence
		err := rows.Scan(&a.ID, &a.Officer, &a.Substitute, &a.Span.From, &a.Span.To)
		all = append(all, a)
		return err
	})
	return all, err
}

// PastAbsences counts the absences that ended before a day.
func PastAbsences(ctx context.Context, from store.Source, region string, before workday.Day) (n int, err error) {
	err = from.QueryRow(ctx, countPast, region, int64(before)).Scan(&n)
	return n, err
}

// ForgetAbsences removes absences that ended before a day, at most so many, inside
// the caller's transaction, and gives how many went.
func ForgetAbsences(ctx context.Context, tx *store.Tx, region string, before workday.Day, most int) (int, error) {
	ids, err := store.Values[int64](tx.Query(ctx, selectPast, region, int64(before), most))
	if err != nil || len(ids) == 0 {
		return 0, err
	}
	n, err := tx.Exec(ctx, deletePast, region, store.Ints(ids))
	return int(n), err
}

// Closures lists the office's closed weeks, past ones too.
func Closures(ctx context.Context, from store.Source, region string) (all []Closure, err error) {
	rows, err := from.Query(ctx, selectClosures, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var c Closure
		err := rows.Scan(&c.ID, &c.Span.From, &c.Span.To, &c.Reason)
		all = append(all, c)
		return err
	})
	return all, err
}

// Workdays is the calendar promises are counted by: Finnish working days less
// the office's own closed weeks.
func Workdays(ctx context.Context, from store.Source, region string) (workday.Calendar, error) {
	closures, err := Closures(ctx, from, region)
	cal := workday.Calendar{}
	for _, c := range closures {
		cal.Closed = append(cal.Closed, c.Span)
	}
	return cal, err
}

// Duty is who answers what comes in on a day; ok is false when nobody can.
func Duty(ctx context.Context, from store.Source, region string, on workday.Day) (o Officer, ok bool, err error) {
	officers, err := Officers(ctx, from, region)
	if err != nil {
		return o, false, err
	}
	absences, err := Absences(ctx, from, region)
	if err != nil {
		return o, false, err
	}
	o, ok = OnDuty(officers, absences, on)
	return o, ok, nil
}

// AllTemplates lists the answer templates in their order, every language.
func AllTemplates(ctx context.Context, from store.Source, region string) (all []Template, err error) {
	rows, err := from.Query(ctx, selectTemplates, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var t Template
		err := rows.Scan(&t.ID, &t.Language, &t.For, &t.Name, &t.Body, &t.Place)
		all = append(all, t)
		return err
	})
	return all, err
}

// AllSettings reads all of a region's settings by name.
func AllSettings(ctx context.Context, from store.Source, region string) (map[string]string, error) {
	all := map[string]string{}
	rows, err := from.Query(ctx, selectSettings, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var name, value string
		err := rows.Scan(&name, &value)
		all[name] = value
		return err
	})
	return all, err
}

// Setting reads one of a region's settings, "" when it is not set.
func Setting(ctx context.Context, from store.Source, region, name string) (value string, err error) {
	err = from.QueryRow(ctx, selectSetting, region, name).Scan(&value)
	if errors.Is(err, store.ErrNone) {
		return "", nil
	}
	return value, err
}

// Ensure sets a setting that has no value yet, and gives the value it then has:
// of two who do it at once both get the same.
func Ensure(ctx context.Context, tx *store.Tx, region, name, value string) (string, error) {
	if _, err := tx.Exec(ctx, ensureSetting, region, name, value); err != nil {
		return "", err
	}
	return Setting(ctx, tx, region, name)
}

// StandIn is who acts for an officer on a day: themselves, or their substitute
// while they are away; the zero Officer when nobody does.
func StandIn(ctx context.Context, from store.Source, region string, officer ident.ID, on workday.Day) (Officer, error) {
	officers, err := Officers(ctx, from, region)
	if err != nil {
		return Officer{}, err
	}
	absences, err := Absences(ctx, from, region)
	if err != nil {
		return Officer{}, err
	}
	byID := map[ident.ID]Officer{}
	for _, o := range officers {
		byID[o.ID] = o
	}
	if o, ok := byID[officer]; ok && o.Active {
		if s, ok := standIn(o, byID, absences, on); ok {
			return s, nil
		}
	}
	o, _ := OnDuty(officers, absences, on)
	return o, nil
}
