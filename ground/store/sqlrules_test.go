package store_test

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

// The rules that keep one SQL text running on SQLite, on PostgreSQL and, when the
// day comes, on PostgreSQL-compatible engines of many machines (ADR 0004).

// ownTables have no region: the ground knows none. Each says why.
func ownTables() map[string]string {
	return map[string]string{
		"jobs":         "work of the whole process; a done job is no row (ADR 0002)",
		"job_leader":   "one for the whole installation",
		"job_periods":  "one for the whole installation",
		"servers":      "one row a process",
		"vocabularies": "one for the whole installation",
	}
}

// reference tables are small and the same on every machine: their unique keys may
// span regions.
func reference() map[string]string {
	return map[string]string{
		"regions":          "which regions there are, looked up by slug and host",
		"region_addresses": "which slugs and hosts the regions had, looked up by those",
	}
}

// engineFiles may use words of one engine.
func engineFiles() map[string]string {
	return map[string]string{
		"ground/store/dialect.go": "spells the words the engines do not share",
		"ground/store/tables.go":  "reads the engines' own descriptions of the live schema",
		"ground/store/migrate.go": "asks whether goose's table is there and drops tables by name",
		"ground/archive/write.go": "reads every table by the names in the live schema",
		"ground/archive/read.go":  "fills every table by the names in the live schema",
	}
}

// acrossRegions are the statements that may read regional tables without a region.
// Keys are "folder.constant".
func acrossRegions() map[string]string {
	return map[string]string{}
}

// wordRules are words and signs that must not occur in any SQL.
func wordRules() map[string]string {
	return map[string]string{
		"now": "time comes from the clock", "current_timestamp": "time comes from the clock", "current_date": "time comes from the clock",
		"current_time": "time comes from the clock", "localtimestamp": "time comes from the clock", "localtime": "time comes from the clock",
		"clock_timestamp": "time comes from the clock", "statement_timestamp": "time comes from the clock", "transaction_timestamp": "time comes from the clock",
		"datetime": "time comes from the clock", "strftime": "time comes from the clock", "unixepoch": "time comes from the clock", "julianday": "time comes from the clock",
		"random": "chance is made in the app", "randomblob": "chance is made in the app", "gen_random_uuid": "ids are made in the app",
		"offset": "pages go by key", "listen": "no LISTEN", "notify": "no NOTIFY", "unlisten": "no LISTEN", "pg_notify": "no NOTIFY",
		"trigger": "no triggers", "procedure": "no procedures", "function": "no functions", "call": "no procedures",
		"sequence": "ids are made in the app", "nextval": "ids are made in the app", "currval": "ids are made in the app", "last_insert_rowid": "ids are made in the app", "lastval": "ids are made in the app",
		"serial": "ids are made in the app", "bigserial": "ids are made in the app", "smallserial": "ids are made in the app", "autoincrement": "ids are made in the app", "identity": "ids are made in the app", "rowid": "only SQLite has it",
		"deferrable": "not to be had on every engine", "deferred": "not to be had on every engine",
		"ilike": "folding is the app's", "lower": "folding is the app's: SQLite leaves ÄÖÅ", "upper": "folding is the app's: SQLite leaves ÄÖÅ", "initcap": "folding is the app's", "collate": "sorting is the app's", "nocase": "sorting is the app's",
		"like": "SQLite folds case in LIKE, PostgreSQL does not", "glob": "only SQLite has it", "regexp": "engines differ",
		"json_extract": "read JSON with ->>", "json_each": "read JSON with ->>", "jsonb_extract_path_text": "read JSON with ->>", "json_extract_path_text": "read JSON with ->>", "jsonb_array_elements": "read JSON with ->>", "jsonb_set": "JSON is written whole", "json_set": "JSON is written whole",
		"greatest": "write {greatest a, b}", "least": "write {least a, b}", "any": "write {in $n}",
		"truncate": "SQLite has none", "temp": "no temporary tables", "temporary": "no temporary tables", "view": "no views", "replace": "write ON CONFLICT",
	}
}

func signRules() map[string]string {
	return map[string]string{
		"?": "placeholders are $1, $2 …", "->": "read JSON with ->>", "#>": "read JSON with ->>", "#>>": "read JSON with ->>",
		"@>": "read JSON with ->>", "<@": "read JSON with ->>", "::": "write CAST(… AS …)", ";": "one statement at a time", "!=": "write <>",
	}
}

// queryFaults is everything wrong with one text; regional tells the tables whose
// every statement names its region.
func queryFaults(t text, regional map[string]bool) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if lowerSQL.MatchString(t.sql) {
		say("SQL words are written in capitals")
	}
	tokens := lex(t.sql)
	word := func(i int) string {
		if i >= 0 && i < len(tokens) && tokens[i].kind == 'w' {
			return tokens[i].s
		}
		return ""
	}
	rules, signs := wordRules(), signRules()
	touched := map[string]bool{}
	first, selects, region, filtered := word(0), 0, false, false
	for i, k := range tokens {
		switch k.kind {
		case 'w':
			// A column may be called as a function is: only a call is meant, except
			// for the words that are a clause by themselves.
			why, bad := rules[k.s]
			callOnly := slices.Contains([]string{"now", "random", "lower", "upper", "any", "call", "greatest", "least", "replace", "datetime", "function", "identity", "sequence", "view", "notify", "listen", "temp"}, k.s)
			called := i+1 < len(tokens) && tokens[i+1].s == "("
			begins := i == 0 || word(i-1) == "create" || word(i-1) == "as" && k.s == "identity"
			qualified := i > 0 && tokens[i-1].s == "."
			if bad && !qualified && (!callOnly || called || begins) {
				say("%s: %s", strings.ToUpper(k.s), why)
			}
			if strings.HasPrefix(k.s, "pg_advisory") || strings.HasPrefix(k.s, "pg_try_advisory") {
				say("%s: no advisory locks", k.s)
			}
			switch k.s {
			case "for":
				if next := word(i + 1); next == "update" || next == "share" || next == "no" {
					say("FOR %s: write {lock}", strings.ToUpper(next))
				}
			case "skip", "nowait":
				say("%s: write {lock}", strings.ToUpper(k.s))
			case "select":
				if selects++; first == "insert" && selects > 1 {
					say("INSERT … SELECT with a query inside it")
				}
			case "insert", "update", "delete":
				if first == "with" && i > 0 && tokens[i-1].s == "(" {
					say("WITH … AS (%s …): a common table expression only reads", strings.ToUpper(k.s))
				}
			case "region_id":
				region = true
			case "where", "on":
				filtered = true
			}
			switch word(i - 1) {
			case "from", "join", "into", "update":
				touched[k.s] = true
			}
			if k.s == "only" && word(i-1) == "from" {
				say("ONLY: one engine's word")
			}
		case 'o':
			if why, bad := signs[k.s]; bad && (k.s != ";" || i < len(tokens)-1) {
				say("%s: %s", k.s, why)
			}
		case 'd':
			if name, _, _ := strings.Cut(strings.Trim(k.s, "{}"), " "); words()[name] == nil { // held to dialect.go by TestEveryWordIsTested
				say("%s: no word of the dialect", k.s)
			}
		}
	}
	if t.whole && slices.Contains([]string{"select", "insert", "update", "delete", "with"}, first) {
		for table := range touched {
			if regional[table] && (!region || first != "insert" && !filtered) {
				say("%s is regional: the statement names no region_id", table)
			}
		}
	}
	return faults
}

var stepName = regexp.MustCompile(`^(\d{4})_[a-z][a-z0-9_]*\.sql$`)

// stepFaults is everything wrong with one migration file.
func stepFaults(name, body string) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if !stepName.MatchString(name) {
		say("a step is called 0001_what.sql")
	}
	before, up, found := strings.Cut(body, "-- +goose Up\n")
	if !found || strings.Contains(up, "+goose") || strings.TrimSpace(regexp.MustCompile(`(?m)^--.*$`).ReplaceAllString(before, "")) != "" {
		say("a step is a comment, one line -- +goose Up and one statement; none goes down")
	}
	tokens := lex(up)
	ends, statements := 0, 0
	for i, k := range tokens {
		if k.s == ";" && k.kind == 'o' {
			ends++
			continue
		}
		if i == 0 || tokens[i-1].s == ";" {
			statements++
			if name, _, _ := strings.Cut(strings.Trim(k.s, "{}"), " "); !slices.Contains([]string{"create", "alter", "drop", "numbered", "unkeyed", "rekeyed"}, strings.ToLower(name)) {
				say("%s: a step is one DDL statement; rows are moved by a job", strings.ToUpper(k.s))
			}
		}
		if k.kind == 'w' && (k.s == "default" || k.s == "cascade") {
			say("%s: the app says what is written and what is taken away", strings.ToUpper(k.s))
		}
		if k.kind == 'w' && slices.Contains([]string{"integer", "int", "smallint", "timestamp", "timestamptz", "date", "varchar", "char", "numeric", "decimal", "real", "float", "uuid", "jsonb"}, k.s) {
			say("%s: columns are TEXT, BIGINT, BOOLEAN, {json}", strings.ToUpper(k.s))
		}
	}
	if statements != 1 || ends > 1 {
		say("%d statements in one step", statements)
	}
	for _, f := range queryFaults(text{sql: strings.TrimRight(strings.TrimSpace(up), ";")}, nil) {
		say("%s", f)
	}
	return faults
}

// tableFaults is everything wrong with one live table.
func tableFaults(t store.Table) (faults []string) {
	say := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if len(t.Key) == 0 {
		say("no primary key")
	}
	regional := slices.ContainsFunc(t.Columns, func(c store.Column) bool { return c.Name == "region_id" })
	_, own := ownTables()[t.Name]
	_, small := reference()[t.Name]
	if !regional && !own && !small {
		say("no region_id, and not in the list of tables without one")
	}
	if regional && own {
		say("has a region_id and stands in the list of tables without one")
	}
	if regional {
		begins := func(what string, columns []string) {
			if len(columns) == 0 || columns[0] != "region_id" {
				say("%s (%s) does not begin with region_id", what, strings.Join(columns, ", "))
			}
		}
		begins("primary key", t.Key)
		for _, f := range t.Foreign {
			begins("foreign key to "+f.Table, f.Columns)
			begins("foreign key's target in "+f.Table, f.Targets)
		}
		if !small {
			for _, u := range t.Uniques {
				begins("unique key", u)
			}
			for _, i := range t.Indexes {
				begins("index", i)
			}
		}
	}
	for _, c := range t.Columns {
		switch c.Type {
		case store.Text, store.Int, store.Bool, store.JSON, store.Bytes, store.Real:
		default:
			say("column %s is of type %q", c.Name, c.Type)
		}
		for _, end := range []string{"_at", "_day", "_cents"} {
			if strings.HasSuffix(c.Name, end) && c.Type != store.Int {
				say("column %s is %s: times, days and money are BIGINT", c.Name, c.Type)
			}
		}
		if c.Name == "at" && c.Type != store.Int {
			say("column at is %s: times are BIGINT", c.Type)
		}
		if strings.HasSuffix(c.Name, "_time") || strings.HasSuffix(c.Name, "_date") || strings.HasSuffix(c.Name, "_euros") {
			say("column %s: a time is called _at, a day _day, money _cents", c.Name)
		}
		if !c.NotNull {
			say("column %s may be NULL: an empty value says nothing as well and compares the same everywhere", c.Name)
		}
	}
	return faults
}

func TestSQLRules(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	tables, err := db.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	regional := map[string]bool{}
	for _, table := range tables {
		regional[table.Name] = slices.ContainsFunc(table.Columns, func(c store.Column) bool { return c.Name == "region_id" }) && reference()[table.Name] == ""
	}
	found := repositorySQL(t, "../..")
	if len(found) < 10 {
		t.Fatalf("only %d pieces of SQL were found", len(found))
	}
	files, used := map[string]bool{}, map[string]bool{}
	for _, sql := range found {
		file, _, _ := strings.Cut(sql.where, ":")
		files[file] = true
		if engineFiles()[file] != "" {
			continue
		}
		known := regional
		if key := file[:strings.LastIndex(file, "/")] + "." + sql.name; acrossRegions()[key] != "" {
			used[key] = true
			known = nil
		}
		for _, f := range queryFaults(sql, known) {
			t.Errorf("%s %s: %s", sql.where, sql.name, f)
		}
	}
	for file := range engineFiles() {
		if !files[file] {
			t.Errorf("%s is exempt and holds no SQL", file)
		}
	}
	for key := range acrossRegions() {
		if !used[key] {
			t.Errorf("%s is exempt and is not there", key)
		}
	}
}

func TestSchemaSteps(t *testing.T) {
	t.Parallel()
	names, err := fs.Glob(schema.Files, "*")
	if err != nil {
		t.Fatal(err)
	}
	numbers := map[string]string{}
	for _, name := range names {
		body, err := fs.ReadFile(schema.Files, name)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range stepFaults(name, string(body)) {
			t.Errorf("schema/%s: %s", name, f)
		}
		if other := numbers[name[:4]]; other != "" {
			t.Errorf("schema/%s and %s have one number", name, other)
		}
		numbers[name[:4]] = name
	}
}

func TestLiveSchema(t *testing.T) {
	t.Parallel()
	lite, pg := storetest.SQLite(t), storetest.Postgres(t)
	live := func(db *store.DB) []store.Table {
		tables, err := db.Tables(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		return tables
	}
	one, two := live(lite), live(pg)
	if a, b := fmt.Sprintf("%+v", one), fmt.Sprintf("%+v", two); a != b {
		t.Errorf("the engines have different schemas:\n%s\n%s", a, b)
	}
	seen := map[string]bool{}
	for _, table := range two {
		seen[table.Name] = true
		for _, f := range tableFaults(table) {
			t.Errorf("table %s: %s", table.Name, f)
		}
	}
	for _, list := range []map[string]string{ownTables(), reference()} {
		for name := range list {
			if !seen[name] {
				t.Errorf("%s is exempt and is not there", name)
			}
		}
	}
	for _, f := range append(sqliteExtras(t, lite), postgresExtras(t, pg)...) {
		t.Error(f)
	}
}

func list(t *testing.T, db *store.DB, query string) (out []string) {
	t.Helper()
	rows, err := db.Query(t.Context(), query)
	err = store.Each(rows, err, func(r *sql.Rows) error {
		var s string
		err := r.Scan(&s)
		out = append(out, s)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// sqliteExtras and postgresExtras are what a live schema holds and should not;
// goose's own table and its lock are exempt by name.
func sqliteExtras(t *testing.T, db *store.DB) []string {
	return list(t, db, `
SELECT 'sqlite: ' || type || ' ' || name FROM sqlite_master WHERE type IN ('trigger', 'view')
UNION ALL SELECT 'sqlite: AUTOINCREMENT ' || name FROM sqlite_master WHERE sql LIKE '%autoincrement%' AND name NOT LIKE 'goose_db_version%'`)
}

func postgresExtras(t *testing.T, db *store.DB) []string {
	return list(t, db, `
SELECT 'postgres: sequence ' || relname FROM pg_class WHERE relkind = 'S' AND relname NOT LIKE 'goose_db_version%'
UNION ALL SELECT 'postgres: view ' || relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relkind IN ('v', 'm') AND n.nspname = current_schema()
UNION ALL SELECT 'postgres: trigger ' || tgname FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'postgres: function ' || proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = current_schema() AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
UNION ALL SELECT 'postgres: deferrable ' || conname FROM pg_constraint WHERE condeferrable
UNION ALL SELECT 'postgres: default of ' || t.relname || '.' || a.attname FROM pg_attrdef d JOIN pg_class t ON t.oid = d.adrelid JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum WHERE t.relname NOT LIKE 'goose_db_version%'`)
}

// --- each rule finds what it is for ---

func TestQueryRulesFind(t *testing.T) {
	t.Parallel()
	regional := map[string]bool{"sparks": true}
	for sql, want := range map[string]string{
		`SELECT now()`:                                                       "NOW",
		`SELECT a FROM t WHERE x < NOW()`:                                    "NOW",
		`SELECT random()`:                                                    "RANDOM",
		`UPDATE t SET x = CURRENT_TIMESTAMP`:                                 "CURRENT_TIMESTAMP",
		`SELECT datetime('now')`:                                             "DATETIME",
		`SELECT a FROM t LIMIT 1 OFFSET $1`:                                  "OFFSET",
		`LISTEN channel`:                                                     "LISTEN",
		`NOTIFY channel`:                                                     "NOTIFY",
		`SELECT pg_notify('a', 'b')`:                                         "PG_NOTIFY",
		`SELECT pg_advisory_xact_lock($1)`:                                   "advisory",
		`SELECT pg_try_advisory_lock($1)`:                                    "advisory",
		`CREATE TRIGGER a AFTER INSERT ON t`:                                 "TRIGGER",
		`CREATE FUNCTION f`:                                                  "FUNCTION",
		`CREATE PROCEDURE f`:                                                 "PROCEDURE",
		`CREATE SEQUENCE s`:                                                  "SEQUENCE",
		`SELECT nextval('s')`:                                                "NEXTVAL",
		`SELECT a FROM t WHERE x = ?`:                                        "?",
		`SELECT a FROM t WHERE x ILIKE $1`:                                   "ILIKE",
		`SELECT a FROM t WHERE x LIKE $1`:                                    "LIKE",
		`SELECT a FROM t WHERE lower(x) = $1`:                                "LOWER",
		`SELECT a FROM t WHERE UPPER(x) = $1`:                                "UPPER",
		`SELECT a FROM t ORDER BY x COLLATE y`:                               "COLLATE",
		`SELECT {jsn} FROM t`:                                                "{jsn}",
		`SELECT a -> 'b' FROM t`:                                             "->",
		`SELECT a #>> 'b' FROM t`:                                            "#>>",
		`SELECT a FROM t WHERE a @> $1`:                                      "@>",
		`SELECT json_extract(a, '$.b') FROM t`:                               "JSON_EXTRACT",
		`SELECT CAST(a AS TEXT), b::text FROM t`:                             "::",
		`INSERT INTO t (a) SELECT b FROM u WHERE c IN (SELECT d FROM v)`:     "INSERT … SELECT",
		`WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x`:              "common table",
		`WITH x AS (INSERT INTO t (a) VALUES (1) RETURNING a) SELECT 1`:      "common table",
		`SELECT a FROM t FOR UPDATE`:                                         "FOR UPDATE",
		`SELECT a FROM t LIMIT 1 FOR NO KEY UPDATE SKIP LOCKED`:              "FOR NO",
		`SELECT GREATEST(a, b) FROM t`:                                       "GREATEST",
		`SELECT a FROM t WHERE b = ANY($1)`:                                  "ANY",
		`SELECT a FROM t; SELECT b FROM t`:                                   ";",
		`select a from t where b = $1`:                                       "capitals",
		`SELECT title FROM sparks WHERE spark_id = $1`:                       "regional",
		`SELECT region_id FROM sparks`:                                       "regional",
		`UPDATE sparks SET title = $1 WHERE spark_id = $2`:                   "regional",
		`DELETE FROM sparks WHERE spark_id = $1`:                             "regional",
		`INSERT INTO sparks (spark_id) VALUES ($1)`:                          "regional",
		`SELECT a FROM t JOIN sparks ON sparks.spark_id = t.spark_id`:        "regional",
		`SELECT a FROM t WHERE EXISTS (SELECT 1 FROM sparks WHERE code = 1)`: "regional",
	} {
		got := queryFaults(text{sql: sql, whole: true}, regional)
		if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s: found %q, want %q", sql, got, want)
		}
	}
	for _, sql := range []string{
		`SELECT title, version FROM sparks WHERE region_id = $1 AND (latest_at, spark_id) < ($2, $3) ORDER BY latest_at DESC, spark_id DESC LIMIT $4`,
		`INSERT INTO sparks (region_id, spark_id) VALUES ($1, $2) ON CONFLICT (region_id, spark_id) DO UPDATE SET title = excluded.title`,
		`SELECT id FROM jobs ORDER BY id LIMIT 1 {lock}`,
		`SELECT 'now() ? OFFSET ::' AS said, "lower" FROM t -- random()`,
		`UPDATE t SET a = {greatest a, $1}, b = b || $2 WHERE c {in $3} AND d ->> 'x' = $4`,
		`INSERT INTO t (a) SELECT b FROM u WHERE c = $1`,
	} {
		if got := queryFaults(text{sql: sql, whole: true}, regional); len(got) > 0 {
			t.Errorf("%s: %q", sql, got)
		}
	}
}

func TestStepRulesFind(t *testing.T) {
	t.Parallel()
	up := "-- why\n-- +goose Up\n"
	for body, want := range map[string]string{
		up + "CREATE TABLE a (id BIGINT PRIMARY KEY);\nCREATE TABLE b (id BIGINT);": "2 statements",
		up + "INSERT INTO a (id) VALUES (1);":                                       "DDL",
		up + "":                                                                     "0 statements",
		up + "CREATE TABLE a (id BIGINT);\n-- +goose Down\nDROP TABLE a;":           "none goes down",
		"CREATE TABLE a (id BIGINT);":                                               "+goose Up",
		up + "CREATE TABLE a (id BIGSERIAL PRIMARY KEY);":                           "BIGSERIAL",
		up + "CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT);":               "AUTOINCREMENT",
		up + "CREATE TABLE a (id BIGINT GENERATED ALWAYS AS IDENTITY);":             "IDENTITY",
		up + "CREATE TABLE a (b BIGINT REFERENCES c (d) DEFERRABLE);":               "DEFERRABLE",
		up + "CREATE TABLE a (b BIGINT REFERENCES c (d) ON DELETE CASCADE);":        "CASCADE",
		up + "CREATE TABLE a (at TIMESTAMP);":                                       "TIMESTAMP",
		up + "CREATE TABLE a (at BIGINT DEFAULT 0);":                                "DEFAULT",
		up + "CREATE TABLE a (name TEXT COLLATE NOCASE);":                           "COLLATE",
		up + "CREATE TABLE a (data {jsonb});":                                       "{jsonb}",
		up + "CREATE TRIGGER a AFTER INSERT ON b":                                   "TRIGGER",
		up + "CREATE VIEW a AS SELECT 1":                                            "VIEW",
	} {
		if got := stepFaults("0001_a.sql", body); !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, want) }) {
			t.Errorf("%s: found %q, want %q", body, got, want)
		}
	}
	good := up + "CREATE TABLE a (region_id TEXT NOT NULL, n BIGINT NOT NULL, d {json} NOT NULL, PRIMARY KEY (region_id, n));"
	if got := stepFaults("0001_a.sql", good); len(got) > 0 {
		t.Errorf("%q", got)
	}
	if got := stepFaults("1_A.sql", good); len(got) == 0 {
		t.Error("any file name is good enough")
	}
}

// The rules for tables are shown on real ones, made on both engines.
func TestTableRulesFind(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, db *store.DB) {
		execAll(t, db,
			`CREATE TABLE parent (region_id TEXT NOT NULL, id BIGINT NOT NULL, other BIGINT NOT NULL, PRIMARY KEY (region_id, id), UNIQUE (id), UNIQUE (id, region_id))`,
			`CREATE TABLE keyless (region_id TEXT NOT NULL, id BIGINT NOT NULL)`,
			`CREATE TABLE key_first (region_id TEXT NOT NULL, id BIGINT NOT NULL, PRIMARY KEY (id, region_id), FOREIGN KEY (id) REFERENCES parent (id))`,
			`CREATE TABLE stray (id BIGINT NOT NULL PRIMARY KEY)`,
			`CREATE TABLE typed (region_id TEXT NOT NULL, id BIGINT NOT NULL, made_at TEXT NOT NULL, due_day TEXT NOT NULL, price_cents TEXT NOT NULL, at TEXT NOT NULL, seen_time BIGINT NOT NULL, n NUMERIC NOT NULL, empty TEXT, PRIMARY KEY (region_id, id))`,
			`CREATE INDEX parent_by_other ON parent (other)`)
		tables, err := db.Tables(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for _, table := range tables {
			got[table.Name] = strings.Join(tableFaults(table), "\n")
		}
		for _, c := range [][2]string{
			{"parent", "unique key (id)"}, {"parent", "unique key (id, region_id)"}, {"parent", "index (other)"},
			{"keyless", "no primary key"}, {"key_first", "primary key (id, region_id)"}, {"key_first", "foreign key to parent (id)"},
			{"stray", "no region_id"}, {"typed", "made_at"}, {"typed", "due_day"}, {"typed", "price_cents"}, {"typed", "column at is"},
			{"typed", "seen_time"}, {"typed", "column n is of type"}, {"typed", "empty may be NULL"},
		} {
			if !strings.Contains(got[c[0]], c[1]) {
				t.Errorf("%s: found %q, want %q", c[0], got[c[0]], c[1])
			}
		}
	})
}

func TestLiveRulesFind(t *testing.T) {
	t.Parallel()
	lite, pg := open(t, sqliteURL(t), store.Options{}), open(t, storetest.PostgresURL(t), store.Options{})
	execAll(t, lite, `CREATE TABLE a (id INTEGER PRIMARY KEY AUTOINCREMENT)`, `CREATE VIEW v AS SELECT id FROM a`, `CREATE TRIGGER tr AFTER INSERT ON a BEGIN SELECT 1; END`)
	execAll(t, pg, `CREATE TABLE a (id BIGSERIAL PRIMARY KEY, b BIGINT UNIQUE DEFERRABLE)`, `CREATE VIEW v AS SELECT id FROM a`,
		`CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'`, `CREATE TRIGGER tr AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f()`)
	check := func(got []string, want ...string) {
		for _, w := range want {
			if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, w) }) {
				t.Errorf("found %q, want %q", got, w)
			}
		}
	}
	check(sqliteExtras(t, lite), "trigger tr", "view v", "AUTOINCREMENT a")
	check(postgresExtras(t, pg), "sequence", "view v", "trigger tr", "function f", "deferrable", "default of a.id")
	// A circle of foreign keys has no order to be loaded in.
	execAll(t, pg, `CREATE TABLE x (id BIGINT NOT NULL PRIMARY KEY)`, `CREATE TABLE y (id BIGINT NOT NULL PRIMARY KEY REFERENCES x (id))`, `ALTER TABLE x ADD FOREIGN KEY (id) REFERENCES y (id)`)
	if _, err := pg.Tables(context.Background(), pg); err == nil {
		t.Error("a circle of foreign keys was not found")
	}
}

// The reader of Go files itself: constants followed, prose left alone.
func TestSQLIsFoundInGo(t *testing.T) {
	t.Parallel()
	found, err := goSQL("shop", map[string]string{"a.go": `package shop
import "fmt"
const columns = "id, name"
const where = " WHERE region_id = $1"
const all = "SELECT " + columns + " FROM things" + where
var again = ` + "`" + `
-- why
DELETE FROM things` + "`" + `
type form struct { Name string ` + "`json:\"select\"`" + ` }
func f(limit string) {
	fmt.Println("Select one of the things, and update what you like")
	fmt.Println("SELECT id FROM other ORDER BY " + limit)
	fmt.Println(" AND place = $3")
	fmt.Println("insert into things (id) values (1)")
}`, "b.go": "package shop\nconst more = all + \" ORDER BY id\"\n"})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]text{}
	for _, f := range found {
		got[f.sql] = f
	}
	for sql, whole := range map[string]bool{
		"SELECT id, name FROM things WHERE region_id = $1":             true,
		"SELECT id, name FROM things WHERE region_id = $1 ORDER BY id": true,
		"\n-- why\nDELETE FROM things":                                 true,
		"SELECT id FROM other ORDER BY " + hole:                        false,
		" AND place = $3":                                              false,
		"insert into things (id) values (1)":                           false,
		" WHERE region_id = $1":                                        false,
	} {
		f, ok := got[sql]
		if !ok || f.whole != whole {
			t.Errorf("%q: found %v, whole %v", sql, ok, f.whole)
		}
		delete(got, sql)
	}
	if len(got) > 0 {
		t.Errorf("prose taken for SQL: %v", got)
	}
}
