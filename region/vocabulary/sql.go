package vocabulary

const (
	selectContent = `SELECT content FROM vocabularies WHERE name = $1`
	putContent    = `INSERT INTO vocabularies (name, source, taken_at, content) VALUES ($1, $2, $3, $4)
ON CONFLICT (name) DO UPDATE SET source = excluded.source, taken_at = excluded.taken_at, content = excluded.content`
	deleteContent = `DELETE FROM vocabularies WHERE name = $1`
)
