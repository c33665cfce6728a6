package store_test

import (
	"context"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/store"

	"pgregory.net/rapid"
)

// words is one both-engines behaviour for every word of dialect.go.
func words() map[string]func(t *testing.T, db *store.DB) {
	return map[string]func(t *testing.T, db *store.DB){
		"json":     wordJSON,
		"lock":     wordLock,
		"in":       wordIn,
		"greatest": wordGreatest,
		"least":    wordLeast,
		"changes":  wordChanges,
		"keys":     wordKeys,
		"having":   wordHaving,
		"numbered": wordRekeyed,
		"unkeyed":  wordRekeyed,
		"rekeyed":  wordRekeyed,
	}
}

func TestDialectWords(t *testing.T) {
	t.Parallel()
	for name, behaviour := range words() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			each(t, behaviour)
		})
	}
}

// TestEveryWordIsTested reads the words out of dialect.go, so that a new one
// without a behaviour above fails.
func TestEveryWordIsTested(t *testing.T) {
	t.Parallel()
	file, err := parser.ParseFile(token.NewFileSet(), "dialect.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var spelt []string
	for _, d := range file.Decls {
		f, ok := d.(*ast.FuncDecl)
		if !ok || f.Name.Name != "word" {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if c, ok := n.(*ast.CaseClause); ok {
				for _, e := range c.List {
					if l, ok := e.(*ast.BasicLit); ok && l.Kind == token.STRING {
						s, _ := strconv.Unquote(l.Value)
						spelt = append(spelt, s)
					}
				}
			}
			return true
		})
	}
	slices.Sort(spelt)
	if tested := slices.Sorted(maps.Keys(words())); !slices.Equal(spelt, tested) {
		t.Errorf("dialect.go spells %v, tested are %v", spelt, tested)
	}
}

func wordJSON(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE doc (id BIGINT NOT NULL PRIMARY KEY, data {json} NOT NULL)`)
	in := `{"name": "Äijälä \"x\"", "n": 9007199254740993, "list": [1, null, true]}`
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO doc (id, data) VALUES ($1, $2)`, 1, in)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	var out, name, big string
	if err := db.QueryRow(t.Context(), `SELECT data, data ->> 'name', data ->> 'n' FROM doc WHERE id = $1`, 1).Scan(&out, &name, &big); err != nil {
		t.Fatal(err)
	}
	if name != `Äijälä "x"` || big != "9007199254740993" {
		t.Errorf("read %q and %q", name, big)
	}
	if !sameJSON(t, in, out) {
		t.Errorf("%s came back as %s", in, out)
	}
	tables, err := db.Tables(t.Context(), db)
	if err != nil || tables[0].Columns[1].Type != store.JSON {
		t.Errorf("the live schema calls it %v (%v)", tables, err)
	}
}

func sameJSON(t *testing.T, a, b string) bool {
	t.Helper()
	read := func(s string) any {
		d := json.NewDecoder(strings.NewReader(s))
		d.UseNumber()
		var v any
		if err := d.Decode(&v); err != nil {
			t.Fatalf("%q: %v", s, err)
		}
		return v
	}
	return reflect.DeepEqual(read(a), read(b))
}

// Two takers of a queue get different rows on PostgreSQL; on SQLite the second
// waits for the first, whose row is gone by then.
func wordLock(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE queue (id BIGINT NOT NULL PRIMARY KEY)`, `INSERT INTO queue (id) VALUES (1), (2)`)
	take := `SELECT id FROM queue ORDER BY id LIMIT 1 {lock}`
	holding, release := make(chan int64), make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		failed <- db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			var id int64
			if err := tx.QueryRow(ctx, take).Scan(&id); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `DELETE FROM queue WHERE id = $1`, id); err != nil {
				return err
			}
			holding <- id
			<-release
			return nil
		})
	}()
	first := <-holding
	if db.Engine == store.SQLite {
		close(release)
	}
	var second int64
	err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		return tx.QueryRow(ctx, take).Scan(&second)
	})
	if db.Engine == store.Postgres {
		close(release)
	}
	if err2 := <-failed; err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	if first != 1 || second != 2 {
		t.Errorf("took %d and %d", first, second)
	}
}

func wordIn(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE thing (id BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)`,
		`INSERT INTO thing (id, name) VALUES (1, 'å'), (2, 'quote''"'), (3, 'c'), (9007199254740993, 'big')`)
	list := func(query string, args ...any) (out []int64) {
		rows, err := db.Query(t.Context(), query, args...)
		for err == nil && rows.Next() {
			var id int64
			if err = rows.Scan(&id); err == nil {
				out = append(out, id)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
		rows.Close()
		return out
	}
	for _, c := range []struct {
		query string
		args  []any
		want  []int64
	}{
		{`SELECT id FROM thing WHERE id {in $1} ORDER BY id`, []any{store.Ints{1, 3, 77, 9007199254740993}}, []int64{1, 3, 9007199254740993}},
		{`SELECT id FROM thing WHERE id {in $1} ORDER BY id`, []any{store.Ints{}}, nil},
		{`SELECT id FROM thing WHERE id {in $1} ORDER BY id`, []any{store.Ints(nil)}, nil},
		{`SELECT id FROM thing WHERE name {in $2} AND id < $1 ORDER BY id`, []any{3, store.Strings{"å", `quote'"`, "c"}}, []int64{1, 2}},
		{`SELECT id FROM thing WHERE NOT (name {in $1}) ORDER BY id`, []any{store.Strings{"å", "c", "big"}}, []int64{2}},
	} {
		if got := list(c.query, c.args...); !slices.Equal(got, c.want) {
			t.Errorf("%s %v gave %v, want %v", c.query, c.args, got, c.want)
		}
	}
	// The caller's own arguments are not rewritten, so a query may be run again.
	args := []any{store.Ints{1}}
	list(`SELECT id FROM thing WHERE id {in $1}`, args...)
	if _, ok := args[0].(store.Ints); !ok {
		t.Errorf("the caller's argument became %T", args[0])
	}
}

func wordGreatest(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE n (a BIGINT NOT NULL PRIMARY KEY, b BIGINT NOT NULL)`, `INSERT INTO n (a, b) VALUES (3, -5)`)
	if got := count(t, db, `SELECT {greatest a, b} FROM n`); got != 3 {
		t.Errorf("greatest of 3 and -5 is %d", got)
	}
	if got := count(t, db, `SELECT {greatest b, $1} FROM n`, 9); got != 9 {
		t.Errorf("greatest of -5 and 9 is %d", got)
	}
}

func wordLeast(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE n (a BIGINT NOT NULL PRIMARY KEY, b BIGINT NOT NULL)`, `INSERT INTO n (a, b) VALUES (3, -5)`)
	if got := count(t, db, `SELECT {least a, b} FROM n`); got != -5 {
		t.Errorf("least of 3 and -5 is %d", got)
	}
	if got := count(t, db, `SELECT {least b, $1} FROM n`, -9); got != -9 {
		t.Errorf("least of -5 and -9 is %d", got)
	}
}

// What it is for is TestMoment's.
func wordChanges(t *testing.T, db *store.DB) {
	var before, after string
	for _, into := range []*string{&before, &after} {
		err := db.Snapshot(t.Context(), func(ctx context.Context, src store.Source) error {
			return src.QueryRow(ctx, `SELECT {changes}`).Scan(into)
		})
		if err != nil || *into == "" {
			t.Fatalf("%q, %v", *into, err)
		}
		execAll(t, db, map[bool]string{true: `CREATE TABLE one (a BIGINT NOT NULL PRIMARY KEY)`, false: `CREATE TABLE two (a BIGINT NOT NULL PRIMARY KEY)`}[after == ""])
	}
	if db.Engine == store.Postgres && before == after {
		t.Errorf("%q before and after a change", after)
	}
}

func TestMisspeltWordIsAnError(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		for range 2 { // not remembered as said
			if _, err := db.Query(t.Context(), `SELECT 1 {lokc}`); err == nil || !strings.Contains(err.Error(), "{lokc}") {
				t.Errorf("got %v", err)
			}
			if err := db.QueryRow(t.Context(), `SELECT {jsonb}`).Scan(new(int)); err == nil {
				t.Error("an unknown word was let through")
			}
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `SELECT {grates 1, 2}`)
			return err
		})
		if err == nil {
			t.Error("a Tx let an unknown word through")
		}
	})
}

func TestPlaceholdersGoByTheirNumber(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		var out string
		if err := db.QueryRow(t.Context(), `SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || $1`, "a", "b").Scan(&out); err != nil || out != "baa" {
			t.Errorf("$2||$1||$1 of a, b is %q (%v)", out, err)
		}
		execAll(t, db, `CREATE TABLE twelve (a TEXT NOT NULL PRIMARY KEY, b TEXT NOT NULL, c TEXT NOT NULL)`)
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO twelve (a, b, c) VALUES ($3, $1, $2)`, "1", "2", "3")
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		var a, b, c string
		if err := db.QueryRow(t.Context(), `SELECT a, b, c FROM twelve`).Scan(&a, &b, &c); err != nil || a+b+c != "312" {
			t.Errorf("got %s%s%s (%v)", a, b, c, err)
		}
	})
}

// Every value the columns of the schema hold comes back as it went in.
func TestValuesRoundTrip(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, `CREATE TABLE v (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL, b BOOLEAN NOT NULL, s TEXT NOT NULL, j {json} NOT NULL)`)
		id := int64(0)
		trip := func(n int64, b bool, s string) {
			id++
			j, err := json.Marshal(map[string]any{"s": s, "b": b})
			if err != nil {
				t.Fatal(err)
			}
			err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO v (id, n, b, s, j) VALUES ($1, $2, $3, $4, $5)`, id, n, b, s, string(j))
				return err
			})
			if err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			var n2 int64
			var b2 bool
			var s2, j2, field string
			if err := db.QueryRow(t.Context(), `SELECT n, b, s, j, j ->> 's' FROM v WHERE id = $1 AND b = $2 AND s = $3`, id, b, s).Scan(&n2, &b2, &s2, &j2, &field); err != nil {
				t.Fatalf("%q: %v", s, err)
			}
			if n2 != n || b2 != b || s2 != s || field != s || !sameJSON(t, string(j), j2) {
				t.Errorf("%d %v %q %s came back as %d %v %q %s", n, b, s, j, n2, b2, s2, j2)
			}
		}
		for _, s := range []string{"", " ", "Äänekoski å ö ÄÖÅ", "it's \"quoted\" \\ {json} $1 ?", "emoji 🔥 and \u202Eturned", "a\r\nb\tc", "007", "1e5", "true", "2026-03-14"} {
			trip(math.MaxInt64, true, s)
			trip(math.MinInt64, false, s)
		}
		text := rapid.StringOf(rapid.Rune().Filter(func(r rune) bool { return r != 0 && r != 0xFFFD }))
		rapid.Check(t, func(r *rapid.T) {
			trip(rapid.Int64().Draw(r, "n"), rapid.Bool().Draw(r, "b"), text.Draw(r, "s"))
		})
	})
}

// What PostgreSQL cannot keep, SQLite must not take: it could never move.
func TestTextOneEngineCannotKeep(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db, `CREATE TABLE s (s TEXT NOT NULL PRIMARY KEY)`)
		for _, bad := range []any{"nul\x00", "\xff\xfe", store.Strings{"ok", "n\x00"}} {
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO s (s) SELECT $1 WHERE $1 = $1`, bad)
				if _, list := bad.(store.Strings); list {
					_, err = tx.Exec(ctx, `DELETE FROM s WHERE s {in $1}`, bad)
				}
				return err
			})
			wantFault(t, err, fault.Invalid, "store.text")
		}
	})
}

// keyed is a table with its index of keys, as region/search has one.
func keyed(t *testing.T, db *store.DB) {
	execAll(t, db, `CREATE TABLE texts (region_id TEXT NOT NULL, row_id BIGINT NOT NULL PRIMARY KEY, lemmas TEXT NOT NULL, parts TEXT NOT NULL, roots TEXT NOT NULL)`,
		`CREATE {keys text_keys of texts lemmas, parts, roots}`)
	execAll(t, db, again()...)
}

// again makes the index of keys anew, with numbers.
func again() []string {
	return []string{`{numbered}`, `{unkeyed text_keys of texts lemmas, parts, roots}`, `{rekeyed text_keys of texts lemmas, parts, roots}`}
}

// What was found before an index is made anew is found after it, and nothing else.
func wordRekeyed(t *testing.T, db *store.DB) {
	keyed(t, db)
	putKeys(t, db, "a", 1, [3]string{"sana", "", ""})
	putKeys(t, db, "a", 3, [3]string{"sana", "", ""})
	putKeys(t, db, "b", 2, [3]string{"sana", "", ""})
	execAll(t, db, again()...)
	execAll(t, db, again()[0])
	putKeys(t, db, "a", 4, [3]string{"sana toinen", "", ""})
	if got := having(t, db, store.Having{Region: "a", All: []string{"sana"}}); !slices.Equal(got, []int64{4, 3, 1}) {
		t.Errorf("%v", got)
	}
}

func putKeys(t *testing.T, db *store.DB, region string, id int64, keys [3]string) {
	t.Helper()
	if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO texts (region_id, row_id, lemmas, parts, roots) VALUES ($1, $2, $3, $4, $5)`, region, id, keys[0], keys[1], keys[2]); err != nil {
			return err
		}
		return tx.PutKeys(ctx, region, "text_keys", id, keys)
	}); err != nil {
		t.Fatal(err)
	}
}

func having(t *testing.T, db *store.DB, h store.Having) []int64 {
	t.Helper()
	since, err := store.Values[int64](db.Query(t.Context(), `SELECT k.row_id FROM {having $2 in $1 from $4 text_keys of texts lemmas, parts, roots} k ORDER BY k.row_id DESC LIMIT $3`, h.Region, h, 10, 2))
	if err != nil {
		t.Fatal(err)
	}
	ids, err := store.Values[int64](db.Query(t.Context(), `SELECT k.row_id FROM {having $2 in $1 text_keys of texts lemmas, parts, roots} k ORDER BY k.row_id DESC LIMIT $3`, h.Region, h, 10))
	if err != nil {
		t.Fatal(err)
	}
	if want := slices.DeleteFunc(slices.Clone(ids), func(id int64) bool { return id < 2 }); !slices.Equal(since, want) {
		t.Errorf("from 2 on: %v of %v", since, ids)
	}
	return ids
}

// A key is found as it is: Finnish letters are not folded, nothing is stemmed, a
// region's are its own, and what was taken away is gone from the file too.
func wordKeys(t *testing.T, db *store.DB) {
	keyed(t, db)
	putKeys(t, db, "a", 1, [3]string{"sää kylä_talo", "kylä", "_sää"})
	putKeys(t, db, "a", 2, [3]string{"saa", "", ""})
	putKeys(t, db, "b", 3, [3]string{"sää", "", ""})
	keys := [3]string{"salaisuus sää", "", ""}
	putKeys(t, db, "a", 4, keys)
	for _, c := range []struct {
		region, key string
		want        []int64
	}{{"a", "sää", []int64{4, 1}}, {"a", "saa", []int64{2}}, {"b", "sää", []int64{3}}, {"a", "kylä_talo", []int64{1}}, {"a", "kylä", []int64{1}}, {"a", "_sää", []int64{1}}, {"a", "talo", nil}, {"c", "sää", nil}} {
		if got := having(t, db, store.Having{Region: c.region, All: []string{c.key}}); !slices.Equal(got, c.want) {
			t.Errorf("%s in %s: %v, want %v", c.key, c.region, got, c.want)
		}
	}
	if err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM texts WHERE row_id = $1`, 4); err != nil {
			return err
		}
		return tx.TakeKeys(ctx, "a", "text_keys", 4, keys)
	}); err != nil {
		t.Fatal(err)
	}
	if got := having(t, db, store.Having{Region: "a", Any: []string{"sää", "salaisuus"}}); !slices.Equal(got, []int64{1}) {
		t.Errorf("after it was taken away: %v", got)
	}
	if db.Engine == store.SQLite {
		blocks, err := store.Values[[]byte](db.Query(t.Context(), `SELECT block FROM text_keys_data`))
		if err != nil || len(blocks) == 0 {
			t.Fatal(len(blocks), err)
		}
		for _, b := range blocks {
			if strings.Contains(string(b), "salai") {
				t.Error("its keys are still in the file")
			}
		}
	}
}

func wordHaving(t *testing.T, db *store.DB) {
	keyed(t, db)
	putKeys(t, db, "a", 1, [3]string{"yksi kaksi", "", ""})
	putKeys(t, db, "a", 2, [3]string{"kaksi", "kolme", ""})
	putKeys(t, db, "a", 3, [3]string{"neljä", "", "yksi"})
	for _, c := range []struct {
		h    store.Having
		want []int64
	}{
		{store.Having{Any: []string{"yksi", "kolme"}}, []int64{3, 2, 1}},
		{store.Having{All: []string{"yksi", "kaksi"}}, []int64{1}},
		{store.Having{All: []string{"kaksi"}, Any: []string{"yksi", "neljä"}}, []int64{1}},
		{store.Having{Any: []string{"and", "or", "not", "near"}}, nil},
	} {
		c.h.Region = "a"
		if got := having(t, db, c.h); !slices.Equal(got, c.want) {
			t.Errorf("%+v: %v, want %v", c.h, got, c.want)
		}
	}
	for _, bad := range []store.Having{{}, {Any: []string{""}}, {All: []string{`a" OR "b`}}, {All: []string{"a'"}}, {Any: []string{"a b"}}, {Any: []string{"a*"}}, {Any: []string{"a\x00"}}, {Any: []string{"lemmas:a"}}} {
		rows, err := db.Query(t.Context(), `SELECT k.row_id FROM {having $2 in $1 text_keys of texts lemmas, parts, roots} k`, "a", bad)
		if err == nil {
			rows.Close()
			t.Errorf("%+v was asked", bad)
		}
	}
}
