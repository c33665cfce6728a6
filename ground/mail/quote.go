package mail

import (
	"context"
	"errors"
	"strings"

	"kokko/ground/ident"
	"kokko/ground/store"
)

// Quote writes somebody's words as a letter carries them, with their name beneath
// when they gave one. What is quoted so can be taken out again: see Unquote.
func Quote(words, name string) string {
	if name != "" {
		words += "\n– " + name
	}
	return "> " + strings.ReplaceAll(words, "\n", "\n> ")
}

// taken stands for words that were taken out of a letter.
const taken = "> (…)"

// Unquote takes somebody's words out of every letter that carries them, inside the
// caller's transaction. A letter that still waits carries now instead, or tells the
// rest of what it has to tell; one of nothing else, and what is kept of those that have
// left, is erased. O(letters that quote it).
func Unquote(ctx context.Context, tx *store.Tx, region string, quoted ident.ID, was, now string) error {
	ids, err := store.Values[int64](tx.Query(ctx, selectQuoting, region, int64(quoted)))
	if err != nil {
		return err
	}
	var gone store.Ints
	for _, id := range ids {
		kept, err := rewrite(ctx, tx, region, id, quoted, was, now)
		if err != nil {
			return err
		}
		if !kept {
			gone = append(gone, id)
		}
	}
	_, err = erase(ctx, tx, region, gone)
	return err
}

// rewrite changes a quotation in a letter that still waits; false when it has to go.
func rewrite(ctx context.Context, tx *store.Tx, region string, id int64, quoted ident.ID, was, now string) (bool, error) {
	if now == "" {
		var others int
		if err := tx.QueryRow(ctx, countQuoted, region, id).Scan(&others); err != nil || others < 2 {
			return false, err
		}
	}
	p, err := scanPosted(tx.QueryRow(ctx, selectMail, region, id))
	if errors.Is(err, store.ErrNone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	instead := now
	if instead == "" {
		instead = taken
	}
	text := strings.ReplaceAll("\n"+p.Text+"\n", "\n"+was+"\n", "\n"+instead+"\n")
	if text = text[1 : len(text)-1]; text == p.Text {
		return false, nil
	}
	n, err := tx.Exec(ctx, rewriteMail, region, id, text, p.Text, string(Waiting))
	if err != nil || n == 0 || now != "" {
		return n > 0, err
	}
	_, err = tx.Exec(ctx, eraseQuote, region, int64(quoted), id)
	return true, err
}
