package challenge

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"math"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

const (
	columns = `c.region_id, c.challenge_id, c.language, c.opens_day, c.closes_day, c.themes, c.taken, c.made_at, c.published_at, c.changed_at, c.closed_at, c.version`

	insertChallenge = `INSERT INTO challenges (region_id, challenge_id, language, opens_day, closes_day, themes, taken, made_at, published_at, changed_at, closed_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`
	updateChallenge = `UPDATE challenges SET opens_day = $3, closes_day = $4, themes = $5, taken = $6, published_at = $7, changed_at = $8, closed_at = $9
WHERE region_id = $1 AND challenge_id = $2`
	// Taking the next version first locks the row on PostgreSQL, so that a read
	// after it sees the question as it stays until the commit.
	takeVersion     = `UPDATE challenges SET version = version + 1 WHERE region_id = $1 AND challenge_id = $2`
	deleteChallenge = `DELETE FROM challenges WHERE region_id = $1 AND challenge_id = $2`

	upsertText = `INSERT INTO challenge_texts (region_id, challenge_id, language, title, question, background, criteria, outcome) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (region_id, challenge_id, language) DO UPDATE SET title = excluded.title, question = excluded.question, background = excluded.background, criteria = excluded.criteria, outcome = excluded.outcome`
	deleteText  = `DELETE FROM challenge_texts WHERE region_id = $1 AND challenge_id = $2 AND language = $3`
	deleteTexts = `DELETE FROM challenge_texts WHERE region_id = $1 AND challenge_id = $2`
	selectTexts = `SELECT challenge_id, language, title, question, background, criteria, outcome FROM challenge_texts WHERE region_id = $1 AND challenge_id {in $2} ORDER BY challenge_id, language`

	selectByID = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.challenge_id {in $2} ORDER BY c.challenge_id`
	// The open ones walk the index challenges_by_closing from today on.
	selectOpen   = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.closed_at = 0 AND c.closes_day >= $2 AND c.opens_day <= $2 AND c.published_at > 0 ORDER BY c.closes_day, c.challenge_id LIMIT $3`
	selectComing = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.closed_at = 0 AND c.closes_day >= $2 AND c.opens_day > $2 AND c.published_at > 0 ORDER BY c.opens_day, c.challenge_id LIMIT $3`
	selectOver   = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.closed_at = 0 AND c.closes_day < $2 AND c.published_at > 0 ORDER BY c.closes_day, c.challenge_id LIMIT $3`
	selectPast   = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.challenge_id < $2 AND c.published_at > 0 AND (c.closed_at > 0 OR c.closes_day < $3) ORDER BY c.challenge_id DESC LIMIT $4`
	selectAll    = `SELECT ` + columns + ` FROM challenges c WHERE c.region_id = $1 AND c.challenge_id < $2 ORDER BY c.challenge_id DESC LIMIT $3`
)

func scan(rows *sql.Rows) (c Challenge, err error) {
	var made, out, changed, ended int64
	var themes, taken string
	if err := rows.Scan(&c.Region, &c.ID, &c.Language, &c.Opens, &c.Closes, &themes, &taken, &made, &out, &changed, &ended, &c.Version); err != nil {
		return c, err
	}
	c.Made, c.Out, c.Changed, c.Ended = clock.FromMicros(made), clock.FromMicros(out), clock.FromMicros(changed), clock.FromMicros(ended)
	if c.Themes, err = unlist[string](themes); err == nil {
		c.Taken, err = unlist[ident.ID](taken)
	}
	if err != nil {
		return c, fmt.Errorf("challenge %s/%s: %w", c.Region, c.ID, err)
	}
	return c, nil
}

// many reads questions with what they say in each language, in two queries.
func many(ctx context.Context, from store.Source, region, query string, args ...any) (list []Challenge, err error) {
	rows, err := from.Query(ctx, query, append([]any{region}, args...)...)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		c, err := scan(rows)
		c.Texts = map[string]Text{}
		list = append(list, c)
		return err
	}); err != nil || len(list) == 0 {
		return nil, err
	}
	at := map[ident.ID]int{}
	ids := make(store.Ints, len(list))
	for i, c := range list {
		at[c.ID], ids[i] = i, int64(c.ID)
	}
	rows, err = from.Query(ctx, selectTexts, region, ids)
	return list, store.Each(rows, err, func(rows *sql.Rows) error {
		var id ident.ID
		var lang, criteria string
		var t Text
		if err := rows.Scan(&id, &lang, &t.Title, &t.Question, &t.Background, &criteria, &t.Outcome); err != nil {
			return err
		}
		var err error
		if t.Criteria, err = unlist[string](criteria); err != nil {
			return fmt.Errorf("challenge %s/%s in %s: %w", region, id, lang, err)
		}
		if i, ok := at[id]; ok {
			list[i].Texts[lang] = t
		}
		return nil
	})
}

// ByID finds questions by their ids; those that are not in the region are left out.
func ByID(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Challenge, error) {
	list, err := many(ctx, from, region, selectByID, store.IDs(ids))
	all := make(map[ident.ID]Challenge, len(list))
	for _, c := range list {
		all[c.ID] = c
	}
	return all, err
}

// One finds a question by its id; a NotFound fault when there is none.
func One(ctx context.Context, from store.Source, region string, id ident.ID) (Challenge, error) {
	all, err := ByID(ctx, from, region, id)
	if err != nil {
		return Challenge{}, err
	}
	c, ok := all[id]
	if !ok {
		return c, fault.New(fault.NotFound, "challenge.none")
	}
	return c, nil
}

// OpenOn lists the questions open on a day, the one that closes first at the head.
func OpenOn(ctx context.Context, from store.Source, region string, on workday.Day, limit int) ([]Challenge, error) {
	return many(ctx, from, region, selectOpen, int64(on), limit)
}

// ComingOn lists the published questions whose first day is ahead, the next first.
func ComingOn(ctx context.Context, from store.Source, region string, on workday.Day, limit int) ([]Challenge, error) {
	return many(ctx, from, region, selectComing, int64(on), limit)
}

// OverOn lists the questions whose days have passed and of which nobody has told
// yet what came of them, the one that has waited longest first.
func OverOn(ctx context.Context, from store.Source, region string, on workday.Day, limit int) ([]Challenge, error) {
	return many(ctx, from, region, selectOver, int64(on), limit)
}

// Past reads one page of the questions that are over or closed, the newest first,
// and the cursor of the next page, "" at the end.
func Past(ctx context.Context, from store.Source, region string, on workday.Day, after string, limit int) ([]Challenge, string, error) {
	return paged(ctx, from, region, after, limit, selectPast, int64(on))
}

// All reads one page of every question, drafts among them, the newest first.
func All(ctx context.Context, from store.Source, region string, after string, limit int) ([]Challenge, string, error) {
	return paged(ctx, from, region, after, limit, selectAll)
}

func paged(ctx context.Context, from store.Source, region, after string, limit int, query string, args ...any) (list []Challenge, next string, err error) {
	before := ident.ID(math.MaxInt64)
	if after != "" {
		var ok bool
		if before, ok = parseCursor(after); !ok {
			return nil, "", fault.New(fault.Invalid, "page.cursor.wrong").On("sivu")
		}
	}
	list, err = many(ctx, from, region, query, append(append([]any{int64(before)}, args...), limit+1)...)
	if len(list) > limit {
		list = list[:limit]
		next = cursor(list[limit-1].ID)
	}
	return list, next, err
}

// lists are written as JSON; nothing is an empty list.
func list[T any](all []T) (string, error) {
	if len(all) == 0 {
		return "[]", nil
	}
	raw, err := json.Marshal(all)
	return string(raw), err
}

func unlist[T any](raw string) (all []T, err error) {
	if err = json.Unmarshal([]byte(raw), &all); len(all) == 0 {
		all = nil
	}
	return all, err
}

// put stores the row and what it says; before is what it said, so that a language
// taken away goes.
func put(ctx context.Context, tx *store.Tx, c *Challenge, before map[string]Text) error {
	themes, err := list(c.Themes)
	if err != nil {
		return err
	}
	taken, err := list(c.Taken)
	if err != nil {
		return err
	}
	if before == nil {
		_, err = tx.Exec(ctx, insertChallenge, c.Region, int64(c.ID), c.Language, int64(c.Opens), int64(c.Closes), themes, taken,
			clock.Micros(c.Made), clock.Micros(c.Out), clock.Micros(c.Changed), clock.Micros(c.Ended), c.Version)
	} else {
		_, err = tx.Exec(ctx, updateChallenge, c.Region, int64(c.ID), int64(c.Opens), int64(c.Closes), themes, taken,
			clock.Micros(c.Out), clock.Micros(c.Changed), clock.Micros(c.Ended))
	}
	if err != nil {
		return err
	}
	for lang := range before {
		if _, stays := c.Texts[lang]; !stays {
			if _, err := tx.Exec(ctx, deleteText, c.Region, int64(c.ID), lang); err != nil {
				return err
			}
		}
	}
	for lang, t := range c.Texts {
		criteria, err := list(t.Criteria)
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, upsertText, c.Region, int64(c.ID), lang, t.Title, t.Question, t.Background, criteria, t.Outcome); err != nil {
			return err
		}
	}
	return nil
}
