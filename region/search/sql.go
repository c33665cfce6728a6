package search

import (
	"fmt"
	"strings"
)

const index = "search_keys"

const (
	// Taking it first keeps what counts from counting what changes.
	takeThing   = `UPDATE search_things SET digest = digest WHERE region_id = $1 AND kind = $2 AND thing_id = $3`
	selectThing = `SELECT row_id, about_id, listed, place, state, themes, at, digest, halves, counted FROM search_things WHERE region_id = $1 AND kind = $2 AND thing_id = $3`
	insertThing = `INSERT INTO search_things (region_id, row_id, kind, thing_id, about_id, listed, place, state, themes, at, digest, halves, counted, outline) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13)`
	updateThing = `UPDATE search_things SET about_id = $3, listed = $4, place = $5, state = $6, themes = $7, at = $8, digest = $9, halves = $10, counted = 0, outline = $11 WHERE region_id = $1 AND row_id = $2`
	// What it says has not changed, and so neither has what it is found by.
	updateFacets = `UPDATE search_things SET about_id = $3, listed = $4, place = $5, state = $6, themes = $7, at = $8 WHERE region_id = $1 AND row_id = $2`
	// What it says has changed, or is read anew, and what it is found by has not.
	updateDigest = `UPDATE search_things SET about_id = $3, listed = $4, place = $5, state = $6, themes = $7, at = $8, digest = $9, outline = $10 WHERE region_id = $1 AND row_id = $2`
	uncountThing = `UPDATE search_things SET counted = 0 WHERE region_id = $1 AND row_id = $2`
	deleteThing  = `DELETE FROM search_things WHERE region_id = $1 AND row_id = $2`

	selectTexts = `SELECT lemmas, parts, roots FROM search_texts WHERE region_id = $1 AND row_id = $2`
	insertTexts = `INSERT INTO search_texts (region_id, row_id, lemmas, parts, roots) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (region_id, row_id) DO UPDATE SET lemmas = excluded.lemmas, parts = excluded.parts, roots = excluded.roots`
	deleteTexts = `DELETE FROM search_texts WHERE region_id = $1 AND row_id = $2`

	selectAbout  = `SELECT kind, thing_id FROM search_things WHERE region_id = $1 AND about_id = $2 ORDER BY kind, thing_id`
	selectOthers = `SELECT thing_id FROM search_things WHERE region_id = $1 AND about_id = $2 AND kind <> $3 AND (listed <> $4 OR place <> $5 OR state <> $6) ORDER BY thing_id`
	selectRange  = `SELECT thing_id FROM search_things WHERE region_id = $1 AND kind = $2 AND thing_id > $3 AND thing_id <= $4`

	insertPending = `INSERT INTO search_pending (region_id, row_id) VALUES ($1, $2) ON CONFLICT (region_id, row_id) DO NOTHING`
	deletePending = `DELETE FROM search_pending WHERE region_id = $1 AND row_id {in $2}`
	selectPending = `SELECT row_id FROM search_pending WHERE region_id = $1 ORDER BY row_id LIMIT $2`

	takeUncounted   = `UPDATE search_things SET counted = 1 WHERE region_id = $1 AND row_id {in $2} AND counted = 0 AND listed = FALSE`
	takeUncountedAs = `UPDATE search_things SET counted = 2 WHERE region_id = $1 AND row_id {in $2} AND counted = 0 AND listed = TRUE`
	selectTaken     = `SELECT t.counted, t.halves, x.lemmas, x.parts, x.roots FROM search_things t JOIN search_texts x ON x.region_id = t.region_id AND x.row_id = t.row_id WHERE t.region_id = $1 AND t.row_id {in $2} ORDER BY t.row_id`

	deleteUnused = `DELETE FROM search_words WHERE region_id = $1 AND word {in $2} AND texts <= 0`
	countTotals  = `INSERT INTO search_totals (region_id, texts, halves) VALUES ($1, $2, $3)
ON CONFLICT (region_id) DO UPDATE SET texts = search_totals.texts + excluded.texts, halves = search_totals.halves + excluded.halves`

	selectTotals = `SELECT texts, halves FROM search_totals WHERE region_id = $1`
	selectWords  = `SELECT word, texts FROM search_words WHERE region_id = $1 AND word {in $2}`
	selectListed = `SELECT word, listed FROM search_words WHERE region_id = $1 AND word {in $2} AND listed > 0`
	selectBegun  = `SELECT word, listed FROM search_words WHERE region_id = $1 AND word >= $2 AND word < $3 AND listed > 0 ORDER BY word LIMIT $4`

	// The newest first, by their numbers in the index.
	selectHaving = `SELECT k.row_id FROM {having $2 in $1 search_keys of search_texts lemmas, parts, roots} k ORDER BY k.row_id DESC LIMIT $3`
	selectSince  = `SELECT k.row_id FROM {having $2 in $1 from $4 search_keys of search_texts lemmas, parts, roots} k ORDER BY k.row_id DESC LIMIT $3`
	selectNewest = `SELECT COUNT(*), MIN(n.row_id), MAX(n.row_id) FROM (SELECT row_id FROM search_texts WHERE region_id = $1 ORDER BY row_id DESC LIMIT $2) n`
	selectFound  = `SELECT row_id, kind, thing_id, about_id, listed, place, state, themes, at, halves, outline FROM search_things WHERE region_id = $1 AND row_id {in $2}`
	selectLemmas = `SELECT row_id, lemmas FROM search_texts WHERE region_id = $1 AND row_id {in $2}`
	selectPlaced = `SELECT row_id FROM search_things WHERE region_id = $1 AND place = $2 ORDER BY row_id DESC LIMIT $3`

	// By the key of what is found.
	selectKind = `SELECT row_id FROM search_things WHERE region_id = $1 AND kind = $2 ORDER BY thing_id LIMIT $3`

	insertNews = `INSERT INTO search_news (region_id, row_id, news) SELECT t.region_id, t.row_id, 0 FROM search_things t WHERE t.region_id = $1 AND t.kind = $2 AND t.thing_id = $3
ON CONFLICT (region_id, row_id) DO NOTHING`
	deleteNews  = `DELETE FROM search_news WHERE region_id = $1 AND row_id = $2`
	deleteOld   = `DELETE FROM search_news WHERE region_id = $1 AND news > 0 AND news < $2`
	selectFresh = `SELECT row_id FROM search_news WHERE region_id = $1 AND news = 0 ORDER BY row_id LIMIT $2`
	takeFresh   = `UPDATE search_news SET news = $2 WHERE region_id = $1 AND row_id {in $3} AND news = 0`
	// What is not for everybody any more is no news.
	newsColumns = `SELECT n.row_id, n.news, t.kind, t.thing_id, t.place, t.themes, x.lemmas, x.parts, x.roots FROM search_news n
JOIN search_things t ON t.region_id = n.region_id AND t.row_id = n.row_id JOIN search_texts x ON x.region_id = n.region_id AND x.row_id = n.row_id
WHERE n.region_id = $1 AND t.listed = TRUE AND `
	selectNews   = newsColumns + `n.news > $2 AND n.news < $3 ORDER BY n.news, n.row_id LIMIT $4`
	selectNewsAt = newsColumns + `n.row_id {in $2} ORDER BY n.news, n.row_id`

	selectWalks = `SELECT shelf, analyser, after_id, things, whole FROM search_walks WHERE region_id = $1`
	putWalk     = `INSERT INTO search_walks (region_id, shelf, analyser, after_id, things, whole) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (region_id, shelf) DO UPDATE SET analyser = excluded.analyser, after_id = excluded.after_id, things = excluded.things, whole = excluded.whole`
)

// countWords adds to so many words at once.
func countWords(rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO search_words (region_id, word, texts, listed) VALUES ")
	for i := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "($1, $%d, $%d, $%d)", 3*i+2, 3*i+3, 3*i+4)
	}
	b.WriteString("\nON CONFLICT (region_id, word) DO UPDATE SET texts = search_words.texts + excluded.texts, listed = search_words.listed + excluded.listed")
	return b.String()
}
