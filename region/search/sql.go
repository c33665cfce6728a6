package search

const (
	selectKeys = `
SELECT listed, lemmas, parts, roots FROM search_texts WHERE region_id = $1 AND thing_id = $2`

	insertKeys = `
INSERT INTO search_texts (region_id, thing_id, kind, listed, lemmas, parts, roots) VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (region_id, thing_id) DO UPDATE SET kind = $3, listed = $4, lemmas = $5, parts = $6, roots = $7`

	deleteKeys = `
DELETE FROM search_texts WHERE region_id = $1 AND thing_id = $2`

	countWord = `
INSERT INTO search_words (region_id, word, texts) VALUES ($1, $2, $3)
ON CONFLICT (region_id, word) DO UPDATE SET texts = search_words.texts + $3`

	countText = `
INSERT INTO search_totals (region_id, texts, halves) VALUES ($1, $2, $3)
ON CONFLICT (region_id) DO UPDATE SET texts = search_totals.texts + $2, halves = search_totals.halves + $3`

	selectTotals = `
SELECT texts, halves FROM search_totals WHERE region_id = $1`

	selectWords = `
SELECT word, texts FROM search_words WHERE region_id = $1 AND word {in $2}`

	selectHaving = `
SELECT thing_id FROM search_texts WHERE region_id = $1 AND {having $2 search_keys of search_texts lemmas, parts, roots} AND (listed = TRUE OR $3 = FALSE) ORDER BY thing_id DESC LIMIT $4`

	selectFound = `
SELECT thing_id, kind, lemmas, parts, roots FROM search_texts WHERE region_id = $1 AND thing_id {in $2}`
)
