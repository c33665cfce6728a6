package store

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"unicode"

	"kokko/ground/ident"
)

// Dialect is one engine's spelling of the words the engines do not share.
//
//	{json}           column type of a JSON document
//	{lock}           row lock of a queue reader, after ORDER BY … LIMIT
//	{in $3}          "is one of", the argument made by List
//	{greatest a, b}  the larger of two values
//	{least a, b}     the smaller of two values
//	{keys k of t a, b} what makes the index k of the keys in columns a and b of t, after CREATE
//	{numbered}       PostgreSQL: lets an index of keys hold numbers; nothing on SQLite
//	{unkeyed k of t a, b}, {rekeyed k of t a, b} PostgreSQL: make the index k anew, with the region and row_id of t; nothing on SQLite
//	{having $2 in $1 k of t a, b} the rows of t in region $1 that have keys, after FROM: their row_id; $2 is a Having
//	{having $2 in $1 from $4 k of t a, b} those of them whose row_id is $4 or larger
//	{changes}        text that is another one after every commit of others, see Moment
//
// SQL passed to a Tx or a DB may hold them; anything else in braces is an error
// on first use, so a misspelt word fails in every test that touches it.
type Dialect struct {
	Engine Engine
	said   *sync.Map                                       // SQL with words → SQL of this engine; owned by Say
	heard  *atomic.Pointer[func(query string, args []any)] // who listens to what is asked, see Overhear
}

// Engine names a database engine.
type Engine string

const (
	SQLite   Engine = "sqlite"
	Postgres Engine = "postgres"
)

func newDialect(e Engine) Dialect {
	return Dialect{Engine: e, said: &sync.Map{}, heard: &atomic.Pointer[func(string, []any)]{}}
}

// Overhear tells f of every statement from now on as the engine gets it, until it is
// called with nil: for tests that look at plans and count questions. f may be called
// from several goroutines at once and must not use the store.
func (d Dialect) Overhear(f func(query string, args []any)) {
	if f == nil {
		d.heard.Store(nil)
		return
	}
	d.heard.Store(&f)
}

var word = regexp.MustCompile(`\{([a-z]+)(?: ([^{}]*))?\}`)

// Say puts this engine's words into query. The result is kept, so that a query
// constant costs one map look-up after its first use.
func (d Dialect) Say(query string) (string, error) {
	if out, ok := d.said.Load(query); ok {
		return out.(string), nil
	}
	var unknown error
	out := word.ReplaceAllStringFunc(query, func(m string) string {
		parts := word.FindStringSubmatch(m)
		s, err := d.word(parts[1], parts[2])
		if err != nil {
			unknown = fmt.Errorf("%w in %q", err, query)
		}
		return s
	})
	if unknown != nil {
		return "", unknown
	}
	d.said.Store(query, out)
	return out, nil
}

func (d Dialect) word(name, arg string) (string, error) {
	pg := d.Engine == Postgres
	switch name {
	case "json":
		if pg {
			return "JSONB", nil
		}
		return "JSON_TEXT", nil // text to SQLite, a document to Tables
	case "lock":
		if pg {
			return "FOR UPDATE SKIP LOCKED", nil
		}
		return "", nil // the one writer holds the whole file
	case "in":
		if pg {
			return "= ANY(" + arg + ")", nil
		}
		return "IN (SELECT value FROM json_each(" + arg + "))", nil
	case "keys", "unkeyed", "rekeyed", "having":
		return d.fullText(name, arg)
	case "numbered":
		if pg {
			return "CREATE EXTENSION IF NOT EXISTS btree_gin", nil
		}
		return nothing, nil
	case "changes":
		if pg {
			return "pg_current_snapshot()::text", nil
		}
		return "CAST(data_version AS TEXT) FROM pragma_data_version", nil
	case "greatest":
		if pg {
			return "GREATEST(" + arg + ")", nil
		}
		return "MAX(" + arg + ")", nil
	case "least":
		if pg {
			return "LEAST(" + arg + ")", nil
		}
		return "MIN(" + arg + ")", nil
	}
	return "", fmt.Errorf("store: unknown dialect word {%s}", name)
}

// nothing is what SQLite does where only PostgreSQL has something to do.
const nothing = "SELECT 1"

// keyIndex names an index of keys: what is asked for and from which row, the index, its table, the columns.
var keyIndex = regexp.MustCompile(`^(?:(\$\d+) in (\$\d+) (?:from (\$\d+) )?)?(\w+) of (\w+) (\w+(?:, \w+)*)$`)

// fullText spells the index of keys: FTS5 beside the table on SQLite, which the app
// fills; an index of the table itself on PostgreSQL. Neither cuts or folds anything:
// the keys are made by the app, letters, digits and _ with spaces between. FTS5 keeps
// no places of keys, since the app ranks.
func (d Dialect) fullText(name, arg string) (string, error) {
	m := keyIndex.FindStringSubmatch(arg)
	if m == nil || (name == "having") != (m[1] != "") {
		return "", fmt.Errorf("store: {%s %s} names no index of keys", name, arg)
	}
	asked, region, since, index, table, columns := m[1], m[2], m[3], m[4], m[5], m[6]
	if d.Engine == SQLite {
		switch name {
		case "having":
			from := ""
			if since != "" {
				from = " AND rowid >= " + since
			}
			return "(SELECT rowid AS row_id FROM " + index + " WHERE " + index + " MATCH " + asked + " AND " + region + " = " + region + from + ")", nil
		case "keys":
			return "VIRTUAL TABLE " + index + " USING fts5(" + columns + `, content='', detail=none, tokenize="unicode61 remove_diacritics 0 tokenchars '_'")`, nil
		}
		return nothing, nil
	}
	var vectors []string
	for i, c := range strings.Split(columns, ", ") {
		vectors = append(vectors, fmt.Sprintf("setweight(array_to_tsvector(array_remove(string_to_array(%s, ' '), '')), '%c')", c, 'A'+i))
	}
	vector := "(" + strings.Join(vectors, " || ") + ")"
	switch name {
	case "having":
		from := ""
		if since != "" {
			from = " AND row_id + 0 >= " + since
		}
		// To make the keys of a row anew is dear, and the planner thinks it is not: nothing but
		// the index of keys can answer this, and what is made of it is fenced off.
		return "(SELECT row_id FROM " + table + " WHERE region_id || '' = " + region + from + " AND " + vector + " @@ CAST(" + asked + " AS tsquery) OFFSET 0)", nil
	case "unkeyed":
		return "DROP INDEX " + index, nil
	case "rekeyed": // without a list of what is still to go in: the planner fears it, and reads it all each time
		return "CREATE INDEX " + index + " ON " + table + " USING GIN ((region_id || ''), (row_id + 0), " + vector + ") WITH (fastupdate = off)", nil
	}
	return "INDEX " + index + " ON " + table + " USING GIN (" + vector + ")", nil
}

// Having is an argument for {having $n …}: rows with any of some keys, and with all of
// others. A key is letters, digits and _ alone.
type Having struct {
	Region string
	Any    []string
	All    []string
}

func (h Having) list(e Engine) (any, error) {
	quote, or, and, of := `"`, " OR ", " AND ", keysOf(h.Region)
	if e == Postgres {
		quote, or, and, of = "'", " | ", " & ", ""
	}
	put := func(keys []string) ([]string, error) {
		quoted := make([]string, len(keys))
		for i, k := range keys {
			if k == "" || strings.ContainsFunc(k, func(r rune) bool { return r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
				return nil, fmt.Errorf("store: %q is no key", k)
			}
			quoted[i] = quote + of + k + quote
		}
		return quoted, nil
	}
	some, err := put(h.Any)
	if err != nil {
		return nil, err
	}
	all, err := put(h.All)
	if err != nil {
		return nil, err
	}
	if len(some) > 0 {
		all = append(all, "("+strings.Join(some, or)+")")
	}
	if len(all) == 0 {
		return nil, errors.New("store: a question without a key")
	}
	return strings.Join(all, and), nil
}

// keysOf begins the keys of a region in the one index that all regions share on SQLite.
func keysOf(region string) string {
	h := fnv.New32a()
	h.Write([]byte(region))
	return strconv.FormatUint(uint64(h.Sum32()), 36) + "_"
}

// keyed is keys of a row for an index beside its table on SQLite, or that are gone.
type keyed struct {
	index string
	id    int64
	keys  [3]string
	gone  bool
}

// PutKeys has the keys of a row found through an index of three columns, and TakeKeys
// has them found no more: of the very keys that were put, nothing stays in the file.
// PostgreSQL does both by itself as the row changes. SQLite's index is written with the
// commit, once for all who share it: each writing of its own is a piece that
// is later merged with others. Who asks the index before finds the keys all the same.
func (tx *Tx) PutKeys(ctx context.Context, region, index string, id int64, keys [3]string) error {
	return tx.key(ctx, keyed{index, id, own(region, keys), false})
}

// TakeKeys is the opposite of PutKeys.
func (tx *Tx) TakeKeys(ctx context.Context, region, index string, id int64, keys [3]string) error {
	return tx.key(ctx, keyed{index, id, own(region, keys), true})
}

func (tx *Tx) key(ctx context.Context, k keyed) error {
	if tx.Engine == Postgres {
		return nil
	}
	if _, err := tx.within(ctx); err != nil {
		return err
	}
	tx.wrote = true
	tx.keys = append(tx.keys, k)
	return nil
}

// asking is within for a query: one of an index has everything in it.
func (tx *Tx) asking(ctx context.Context, query string) (context.Context, error) {
	ctx, err := tx.within(ctx)
	if err != nil || tx.group == nil || len(tx.keys)+len(tx.group.keys) == 0 || !strings.Contains(query, " MATCH ") {
		return ctx, err
	}
	// Those of the others stay in the group, in case this transaction is taken back.
	if err := putKeys(tx.tx, slices.Concat(tx.group.keys, tx.keys)); err != nil {
		return nil, tx.fail(err)
	}
	tx.keys, tx.put = nil, true
	return ctx, nil
}

// putKeys writes keys into their indexes: in the order of the rows, so that they go in as
// one piece, and of each row in the order it changed.
func putKeys(into *sql.Tx, all []keyed) error {
	slices.SortStableFunc(all, func(a, b keyed) int { return cmp.Compare(a.id, b.id) })
	var secure []string // otherwise FTS5 only notes that keys are gone
	for _, k := range all {
		var err error
		if k.gone && !slices.Contains(secure, k.index) {
			secure = append(secure, k.index)
			if _, err = into.Exec(`INSERT INTO ` + k.index + ` (` + k.index + `, rank) VALUES ('secure-delete', 1)`); err != nil {
				return err
			}
		}
		if k.gone {
			_, err = into.Exec(`INSERT INTO `+k.index+` (`+k.index+`, rowid, lemmas, parts, roots) VALUES ('delete', $1, $2, $3, $4)`, k.id, k.keys[0], k.keys[1], k.keys[2])
		} else {
			_, err = into.Exec(`INSERT INTO `+k.index+` (rowid, lemmas, parts, roots) VALUES ($1, $2, $3, $4)`, k.id, k.keys[0], k.keys[1], k.keys[2])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func own(region string, keys [3]string) [3]string {
	of := keysOf(region)
	for i, k := range keys {
		if k != "" {
			keys[i] = of + strings.ReplaceAll(k, " ", " "+of)
		}
	}
	return keys
}

// lister is an argument whose form depends on the engine.
type lister interface{ list(e Engine) (any, error) }

// Strings is a list argument for {in $n}.
type Strings []string

func (l Strings) list(e Engine) (any, error) { return listArg(e, []string(l)) }

// Texts is a list of words of any kind as an argument for {in $n}.
func Texts[T ~string](words []T) Strings {
	list := make(Strings, len(words))
	for i, w := range words {
		list[i] = string(w)
	}
	return list
}

// Ints is a list argument for {in $n}.
type Ints []int64

// IDs is a list of ids as an argument for {in $n}.
func IDs(ids []ident.ID) Ints {
	list := make(Ints, len(ids))
	for i, id := range ids {
		list[i] = int64(id)
	}
	return list
}

func (l Ints) list(e Engine) (any, error) { return listArg(e, []int64(l)) }

func listArg[T any](e Engine, l []T) (any, error) {
	if l == nil {
		l = []T{}
	}
	if e == Postgres {
		return l, nil
	}
	b, err := json.Marshal(l)
	return string(b), err
}
