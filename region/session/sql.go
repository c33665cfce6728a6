package session

const (
	countLinks = `SELECT COUNT(*) FROM signin_links WHERE region_id = $1 AND officer_id = $2 AND created_at > $3`
	insertLink = `INSERT INTO signin_links (region_id, link_hash, officer_id, created_at, expires_at, used_at) VALUES ($1, $2, $3, $4, $5, 0)`
	selectLink = `SELECT officer_id FROM signin_links WHERE region_id = $1 AND link_hash = $2 AND used_at = 0 AND expires_at > $3`
	useLink    = `UPDATE signin_links SET used_at = $3 WHERE region_id = $1 AND link_hash = $2 AND used_at = 0`
	sweepLinks = `DELETE FROM signin_links WHERE region_id = $1 AND expires_at < $2`

	selectSession = `SELECT data FROM sessions WHERE region_id = $1 AND token_hash = $2 AND expires_at > $3`
	upsertSession = `INSERT INTO sessions (region_id, token_hash, data, expires_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (region_id, token_hash) DO UPDATE SET data = excluded.data, expires_at = excluded.expires_at`
	deleteSession = `DELETE FROM sessions WHERE region_id = $1 AND token_hash = $2`
	sweepSessions = `DELETE FROM sessions WHERE region_id = $1 AND expires_at < $2`
)
