package jobs

import (
	"strconv"
	"strings"
)

// These tables are the ground's own and hold no region: see schema/0100_jobs.sql.
// The state words stand in the text because the indexes are partial on them.

const insertHead = `INSERT INTO jobs (job_id, kind, args, lane, run_at, unique_key, max_tries, created_at, state, tries, lease, lease_until, error) VALUES `

const (
	insertColumns = 8  // arguments a row
	insertRows    = 50 // rows of the long form; 400 arguments
)

// insertSQL has two forms only, one row and insertRows rows, so that both stay
// prepared. Which rows went in is in the answer.
func insertSQL(rows int) string {
	var b strings.Builder
	b.WriteString(insertHead)
	for r := range rows {
		if r > 0 {
			b.WriteString(", ")
		}
		b.WriteByte('(')
		for c := range insertColumns {
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(r*insertColumns + c + 1))
			b.WriteString(", ")
		}
		b.WriteString("'waiting', 0, 0, 0, '')")
	}
	b.WriteString(" ON CONFLICT DO NOTHING RETURNING job_id")
	return b.String()
}

const uniqueSQL = `SELECT 1 FROM jobs WHERE kind = $1 AND unique_key = $2 AND unique_key <> '' AND state <> 'dead'`

// leaseSQL hands up to n jobs of one lane to a runner. The rows are chosen once (a
// plain sub-query may be run again by PostgreSQL's planner and lock too many),
// and n stands in the text: for a bound one the planner's general plan guesses a
// tenth of the table and reads all of it. It starts behind ($6, $7), see mark.
func leaseSQL(n int) string { return leaseHead + strconv.Itoa(n) + leaseTail }

const leaseHead = `
WITH chosen AS MATERIALIZED (
  SELECT job_id FROM jobs
  WHERE state = 'waiting' AND lane = $3 AND run_at <= $4 AND kind {in $5} AND (run_at, job_id) > ($6, $7)
  ORDER BY run_at, job_id LIMIT `

const leaseTail = ` {lock})
UPDATE jobs SET state = 'running', lease = $1, lease_until = $2, tries = tries + 1
WHERE job_id IN (SELECT job_id FROM chosen)
RETURNING job_id, kind, args, tries, max_tries, run_at`

// nextDueSQL is the idle look: three index probes.
const nextDueSQL = `
SELECT MIN(run_at) FROM (
  SELECT MIN(run_at) AS run_at FROM jobs WHERE state = 'waiting' AND lane = 0
  UNION ALL SELECT MIN(run_at) FROM jobs WHERE state = 'waiting' AND lane = 1
  UNION ALL SELECT MIN(run_at) FROM jobs WHERE state = 'waiting' AND lane = 2) AS lanes`

// Every statement about a leased job names its lease: a lost one touches nothing.
// That is enough (only running jobs have one), and the state is left out lest
// PostgreSQL takes the index of the running ones, full of what was done already.
const (
	finishSQL = `DELETE FROM jobs WHERE job_id = $1 AND lease = $2`
	doneSQL   = `DELETE FROM jobs WHERE lease = $1 AND job_id {in $2} RETURNING job_id`
	againSQL  = `UPDATE jobs SET state = 'waiting', lane = {greatest lane, 1}, run_at = $3, lease = 0, lease_until = 0, error = $4
WHERE job_id = $1 AND lease = $2`
	deadSQL     = `UPDATE jobs SET state = 'dead', run_at = $3, lease = 0, lease_until = 0, error = $4 WHERE job_id = $1 AND lease = $2`
	giveBackSQL = `UPDATE jobs SET state = 'waiting', lease = 0, lease_until = 0, tries = tries - 1 WHERE job_id = $1 AND lease = $2`
	extendSQL   = `UPDATE jobs SET lease_until = $3 WHERE lease = $1 AND job_id {in $2} RETURNING job_id`
)

const expiredSQL = `SELECT 1 FROM jobs WHERE state = 'running' AND lease_until < $1 LIMIT 1`

const recoverSQL = `
WITH lost AS MATERIALIZED (
  SELECT job_id FROM jobs WHERE state = 'running' AND lease_until < $1
  ORDER BY lease_until, job_id LIMIT 100 {lock})
UPDATE jobs SET state = CASE WHEN tries >= max_tries THEN 'dead' ELSE 'waiting' END,
  lane = {greatest lane, 1}, run_at = $1, lease = 0, lease_until = 0, error = $2
WHERE job_id IN (SELECT job_id FROM lost)
RETURNING job_id, kind, state`

// The leader of the periodic jobs.
const (
	leaderSQL = `SELECT holder, term, lease_until FROM job_leader WHERE role = 'periods'`
	leadSQL   = `
INSERT INTO job_leader (role, holder, term, lease_until) VALUES ('periods', $1, 1, $2)
ON CONFLICT (role) DO UPDATE SET holder = $1, term = job_leader.term + 1, lease_until = $2
WHERE job_leader.lease_until < $3
RETURNING term`
	stayLeaderSQL = `UPDATE job_leader SET lease_until = $3 WHERE role = 'periods' AND holder = $1 AND term = $2`
)

const (
	addPeriodSQL   = `INSERT INTO job_periods (name, spec, next_at, last_at) VALUES ($1, $2, $3, 0) ON CONFLICT (name) DO NOTHING`
	periodSQL      = `SELECT spec, next_at FROM job_periods WHERE name = $1`
	newSpecSQL     = `UPDATE job_periods SET spec = $2, next_at = $3 WHERE name = $1`
	periodCameSQL  = `UPDATE job_periods SET next_at = $3, last_at = $4 WHERE name = $1 AND next_at = $2`
	forgetDeadSQL  = `DELETE FROM jobs WHERE job_id IN (SELECT job_id FROM jobs WHERE state = 'dead' AND run_at < $1 ORDER BY job_id LIMIT 500)`
	retryDeadSQL   = `UPDATE jobs SET state = 'waiting', lane = 1, run_at = $2, tries = 0 WHERE job_id = $1 AND state = 'dead'`
	dropDeadSQL    = `DELETE FROM jobs WHERE job_id = $1 AND state = 'dead'`
	listDeadSQL    = `SELECT job_id, kind, args, tries, created_at, run_at, error FROM jobs WHERE state = 'dead' AND job_id < $1 ORDER BY job_id DESC LIMIT $2`
	countStatesSQL = `SELECT state, COUNT(*) FROM jobs GROUP BY state`
	oldestSQL      = `SELECT created_at, run_at FROM jobs WHERE state = 'waiting' AND lane = $1 AND run_at <= $2 ORDER BY run_at, job_id LIMIT 1`
)
