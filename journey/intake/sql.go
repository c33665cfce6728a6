package intake

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"math"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	runColumns = `region_id, import_id, kind, source, file, digest, how, state, at_line, at_byte, bytes, added, changed, same, kept, rejected, begun_at, ended_at`

	insertRun  = `INSERT INTO imports (` + runColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`
	selectRun  = `SELECT ` + runColumns + ` FROM imports WHERE region_id = $1 AND import_id = $2`
	selectRuns = `SELECT ` + runColumns + ` FROM imports WHERE region_id = $1 AND import_id < $2 ORDER BY import_id DESC LIMIT $3`
	// Only whoever knows how far it has come may go on: two processes with one file
	// do not take its rows twice.
	advanceRun = `UPDATE imports SET at_line = $4, at_byte = $5, added = $6, changed = $7, same = $8, kept = $9, rejected = $10, state = $11, ended_at = $12
WHERE region_id = $1 AND import_id = $2 AND at_line = $3 AND state = 'running'`
	setState = `UPDATE imports SET state = $4, ended_at = $5 WHERE region_id = $1 AND import_id = $2 AND state = $3`

	insertFault  = `INSERT INTO import_faults (region_id, import_id, line, field, reason, most) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (region_id, import_id, line) DO NOTHING`
	selectFaults = `SELECT line, field, reason, most FROM import_faults WHERE region_id = $1 AND import_id = $2 AND line > $3 ORDER BY line LIMIT $4`

	// Whoever changes how an import stands has seen how it stood.
	changeRun = `UPDATE imports SET state = $4, how = $5, at_line = $6, at_byte = $7, added = $8, changed = $9, same = $10, kept = $11, rejected = $12, begun_at = $13, ended_at = $14
WHERE region_id = $1 AND import_id = $2 AND state = $3`
	deleteRun    = `DELETE FROM imports WHERE region_id = $1 AND import_id = $2`
	deleteFaults = `DELETE FROM import_faults WHERE region_id = $1 AND import_id = $2`

	insertPart    = `INSERT INTO import_parts (region_id, import_id, part, content) VALUES ($1, $2, $3, $4)`
	selectPart    = `SELECT content FROM import_parts WHERE region_id = $1 AND import_id = $2 AND part = $3`
	deleteParts   = `DELETE FROM import_parts WHERE region_id = $1 AND import_id = $2`
	selectOldSent = `SELECT DISTINCT i.import_id FROM imports i JOIN import_parts p ON p.region_id = i.region_id AND p.import_id = i.import_id WHERE i.region_id = $1 AND i.begun_at < $2 ORDER BY i.import_id`
)

func insertOne(ctx context.Context, tx *store.Tx, r Run) error {
	how, err := json.Marshal(r.How)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, insertRun, r.Region, int64(r.ID), string(r.How.Kind), r.How.Source, r.File, r.Digest, string(how), string(r.State), r.Line, r.Byte, r.Bytes,
		r.Added, r.Changed, r.Same, r.Kept, r.Rejected, clock.Micros(r.Begun), clock.Micros(r.Ended))
	return err
}

type scanner interface{ Scan(dest ...any) error }

func scan(row scanner) (r Run, err error) {
	var kind, source, how string
	var begun, ended int64
	if err := row.Scan(&r.Region, &r.ID, &kind, &source, &r.File, &r.Digest, &how, &r.State, &r.Line, &r.Byte, &r.Bytes, &r.Added, &r.Changed, &r.Same, &r.Kept, &r.Rejected, &begun, &ended); err != nil {
		return r, err
	}
	r.Begun, r.Ended = clock.FromMicros(begun), clock.FromMicros(ended)
	return r, json.Unmarshal([]byte(how), &r.How)
}

// ByID reads one import; a NotFound fault when there is none.
func ByID(ctx context.Context, from store.Source, region string, id ident.ID) (Run, error) {
	r, err := scan(from.QueryRow(ctx, selectRun, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return r, fault.New(fault.NotFound, "intake.none")
	}
	return r, err
}

// Runs lists the imports of a region, the newest first, from before one on (0 for
// the first page).
func Runs(ctx context.Context, from store.Source, region string, before ident.ID, limit int) (all []Run, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	rows, err := from.Query(ctx, selectRuns, region, int64(before), limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		r, err := scan(rows)
		all = append(all, r)
		return err
	})
	return all, err
}

// Faults lists the rows of an import that were not taken, from after a line on; no
// more than MaxFaults are kept of one import.
func Faults(ctx context.Context, from store.Source, region string, id ident.ID, after, limit int) (all []Fault, err error) {
	rows, err := from.Query(ctx, selectFaults, region, int64(id), after, limit)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var f Fault
		err := rows.Scan(&f.Line, &f.Field, &f.Reason, &f.Most)
		all = append(all, f)
		return err
	})
	return all, err
}
