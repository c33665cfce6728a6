package web_test

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"kokko/edge/web"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
)

// grows is the tables that grow with what people do, however many regions, officers
// and settings there are. PostgreSQL is asked about those only that the test fills: it
// plans by how many rows there are.
func grows(e store.Engine) []string {
	filled := []string{"sparks", "spark_tags", "bringers", "bringer_links", "beats", "beat_words", "measures"}
	if e == store.Postgres {
		return filled
	}
	return append(filled, "comments", "warmths", "follows", "attachments", "mails", "audit_entries", "clusters", "mergings", "shares")
}

// walked is the addresses whose pages are made of everything there is, each with why
// that is so.
func walked() map[string]string {
	return map[string]string{
		"GET /kipinat.csv":                         "a file of all that is listed",
		"GET /kipinat.xlsx":                        "a file of all that is listed",
		"GET /toimisto/kipinat.csv":                "a file of all there is",
		"GET /toimisto/kipinat.xlsx":               "a file of all there is",
		"GET /toimisto/asetukset/sailytys":         "what would be erased is counted one by one",
		"GET /toimisto/asetukset/sailytys/ensi-yo": "what would be erased is counted one by one",
	}
}

// asked is a statement with its arguments.
type asked struct {
	query string
	args  []any
}

// TestPagesAskByIndex opens every page and has both engines say how they would answer
// what it asks. Nothing that grows is walked from end to end or sorted as a whole, so
// that a page of a million sparks costs what a page of a thousand does.
func TestPagesAskByIndex(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		w := newWalk(t, s)
		s.crowd(25, 8)
		if err := s.parts.Sparks.CountPlaces(context.Background(), "kouvola"); err != nil {
			t.Fatal(err)
		}
		manager, stranger := s.officer(office.Manager), s.visitor()
		var paths [][2]string // pattern, address
		for _, pattern := range web.Patterns() {
			if _, whole := walked()[pattern]; !whole && strings.HasPrefix(pattern, "GET ") && !strings.Contains(pattern, "{salaisuus}") {
				paths = append(paths, [2]string{pattern, w.address(pattern, "")})
			}
		}
		for _, more := range []string{"/kipinat?jarjestys=vilkkain", "/kipinat?jarjestys=kasi", "/kipinat?paikka=" + w.place, "/kipinat?teema=" + w.theme, "/kipinat?laji=idea", "/toimisto?pino=late", "/toimisto?pino=new", "/toimisto?pino=lone", "/toimisto?pino=calls",
			"/toimisto/kipina/" + w.code + "?pino=new"} {
			paths = append(paths, [2]string{more, more})
		}
		said := map[string]bool{}
		for _, p := range paths {
			for _, r := range []*reader{stranger, manager} {
				var mu sync.Mutex
				var all []asked
				s.db.Overhear(func(query string, args []any) {
					mu.Lock()
					defer mu.Unlock()
					all = append(all, asked{query, slices.Clone(args)})
				})
				r.get(p[1])
				s.db.Overhear(nil)
				for _, a := range all {
					if said[a.query] || !strings.HasPrefix(a.query, "SELECT") && !strings.HasPrefix(a.query, "WITH") {
						continue
					}
					said[a.query] = true
					if wrong := badPlan(s.db.Engine, a.query, plan(t, s.db, a)); wrong != "" {
						t.Errorf("%s: %s\n%s", p[0], wrong, a.query)
					}
				}
			}
		}
		if len(said) < 80 {
			t.Errorf("only %d questions were heard", len(said))
		}
	})
}

// The judge of plans finds what it is for.
func TestBadPlansAreFound(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		for query, bad := range map[string]bool{
			`SELECT COUNT(*) FROM sparks s WHERE s.text = $1`:                                                                         true,
			`SELECT s.spark_id FROM sparks s WHERE s.region_id = $1 ORDER BY s.text LIMIT 5`:                                          true,
			`SELECT tag FROM spark_tags WHERE region_id = $1 AND listed = TRUE`:                                                       true,
			`SELECT s.title FROM sparks s WHERE s.region_id = $1 AND s.spark_id = 7`:                                                  false,
			`SELECT s.title FROM sparks s WHERE s.region_id = $1 AND s.listed = TRUE ORDER BY s.spark_id DESC LIMIT 5`:                false,
			`SELECT c.name FROM officers c WHERE c.region_id = $1 ORDER BY c.name`:                                                    false,
			`SELECT s.text FROM spark_tags t JOIN sparks s ON s.region_id = t.region_id AND s.spark_id = t.spark_id WHERE t.tag = $1`: true,
		} {
			if wrong := badPlan(s.db.Engine, query, plan(t, s.db, asked{query, []any{"kouvola"}})); (wrong != "") != bad {
				t.Errorf("%s\nis found %q", query, wrong)
			}
		}
	})
}

// crowd drops some sparks and answers them, and doubles all there is so often that
// PostgreSQL, which weighs what there is, takes what is right for many.
func (s *site) crowd(sparks, doublings int) {
	s.t.Helper()
	ctx := context.Background()
	for i := range sparks {
		r := s.drop(spark.Draft{Kind: spark.Idea, Text: fmt.Sprintf("Laituri %d kuntoon talkoilla.", i), Place: "Elimäki", Themes: []string{s.edition.Themes[0].ID}, Email: fmt.Sprintf("m%d@kylla.example", i), Name: "Maija Esimerkki", Language: "fi"})
		if i%2 == 0 {
			s.must(s.parts.Sparks.Answer(ctx, s.act(r.Spark.Code), "Kiitos, soitamme.", true, ""))
		}
	}
	tables, err := s.db.Tables(ctx, s.db)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, name := range grows(store.Postgres) {
			i := slices.IndexFunc(tables, func(t store.Table) bool { return t.Name == name })
			var into, of []string
			for _, c := range tables[i].Columns {
				into = append(into, c.Name)
				switch c.Name {
				case "spark_id", "beat_id", "bringer_id", "measure_id":
					of = append(of, c.Name+" - $1")
				case "code", "link_hash":
					of = append(of, c.Name+" || $2")
				default:
					of = append(of, c.Name)
				}
			}
			for n := range doublings {
				args := []any{int64(1) << (30 + n), strconv.Itoa(n)}
				query := "INSERT INTO " + name + " (" + strings.Join(into, ", ") + ") SELECT " + strings.Join(of, ", ") + " FROM " + name
				if !strings.Contains(query, "$2") {
					args = args[:1]
				}
				if _, err := tx.Exec(ctx, query, args...); err != nil {
					return fmt.Errorf("%s: %w", query, err)
				}
			}
		}
		if s.db.Engine == store.Postgres {
			_, err := tx.Exec(ctx, `ANALYZE`)
			return err
		}
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
}

// plan is how an engine would answer, a line for each step. PostgreSQL is told to walk,
// or gather and sort, only where nothing else is left to it: the tables of a test are
// so small that it would.
func plan(t *testing.T, db *store.DB, a asked) (lines []string) {
	t.Helper()
	err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		lines = nil
		query, args := "EXPLAIN QUERY PLAN "+a.query, a.args
		if db.Engine == store.Postgres {
			for _, set := range []string{`SET LOCAL enable_seqscan = off`, `SET LOCAL enable_bitmapscan = off`} {
				if _, err := tx.Exec(ctx, set); err != nil {
					return err
				}
			}
			query, args = "EXPLAIN "+placeholder.ReplaceAllStringFunc(a.query, func(p string) string {
				n, _ := strconv.Atoi(p[1:])
				return literal(a.args[n-1])
			}), nil
		}
		rows, err := tx.Query(ctx, query, args...)
		return store.Each(rows, err, func(rows *sql.Rows) error {
			columns, err := rows.Columns()
			if err != nil {
				return err
			}
			row, text := make([]any, len(columns)), new(string)
			for i := range row {
				row[i] = new(any)
			}
			row[len(row)-1] = text
			err = rows.Scan(row...)
			lines = append(lines, *text)
			return err
		})
	})
	if err != nil {
		t.Errorf("%s: %v", a.query, err)
	}
	return lines
}

var placeholder = regexp.MustCompile(`\$\d+`)

// literal is an argument as PostgreSQL reads it in a query.
func literal(a any) string {
	quoted := func(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }
	switch v := a.(type) {
	case string:
		return quoted(v)
	case []string:
		var all []string
		for _, s := range v {
			all = append(all, quoted(s))
		}
		return "ARRAY[" + strings.Join(all, ",") + "]::text[]"
	case []int64:
		return "ARRAY[" + strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", ","), "[]") + "]::bigint[]"
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	}
	return fmt.Sprint(a)
}

// few is the columns of which many rows have the same: knowing one of them leads to no
// row, and neither does the end of a range.
func few() []string {
	return []string{"region_id", "listed", "open", "waiting", "needs_hand", "kind", "tag", "place", "state", "held", "people", "type", "visibility", "officer_id", "outside"}
}

var (
	from       = regexp.MustCompile(`(?:FROM|JOIN) (\w+)(?: (?:AS )?(\w+))?`)
	sqliteStep = regexp.MustCompile(`^(?:SCAN|SEARCH) (\w+)(.*)$`)
	pgStep     = regexp.MustCompile(`(?:Seq Scan|Index Scan|Index Only Scan)(?: Backward)?(?: using \w+)? on (\w+)`)
	pgLimits   = regexp.MustCompile(`Index Cond: (.*)`)
	equal      = regexp.MustCompile(`(\w+)(?:\)::text)? ?=`)
)

// badPlan says what is wrong with a plan, "" for nothing. Rows may be walked in the order
// of an index as far as a limit; without one, or to sort them, only those of a key.
func badPlan(e store.Engine, query string, lines []string) string {
	called := map[string]string{}
	for _, m := range from.FindAllStringSubmatch(query, -1) {
		called[m[1]] = m[1]
		called[m[2]] = m[1]
	}
	whole := strings.Join(lines, "\n")
	short := strings.Contains(query, "LIMIT") && !strings.Contains(whole, "USE TEMP B-TREE") && !strings.Contains(whole, "Sort")
	known := func(conditions string) bool {
		for _, m := range equal.FindAllStringSubmatch(conditions, -1) {
			if !slices.Contains(few(), m[1]) {
				return true
			}
		}
		return false
	}
	for i, line := range lines {
		table, conditions := "", ""
		if m := sqliteStep.FindStringSubmatch(line); e == store.SQLite && m != nil {
			_, conditions, _ = strings.Cut(m[2], "(")
			table = called[m[1]]
		} else if m := pgStep.FindStringSubmatch(line); e == store.Postgres && m != nil {
			table = m[1]
			if strings.Contains(line, "Seq Scan") && slices.Contains(grows(e), table) {
				return "walks " + whole
			}
			for _, next := range lines[i+1:] {
				if strings.Contains(next, "->") {
					break
				}
				if m := pgLimits.FindStringSubmatch(next); m != nil {
					conditions = m[1]
				}
			}
		}
		if slices.Contains(grows(e), table) && !known(conditions) && !short {
			return "walks " + table + ":\n" + whole
		}
	}
	return ""
}
