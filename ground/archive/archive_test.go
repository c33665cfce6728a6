package archive_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/archive"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

func meta() archive.Meta {
	return archive.Meta{Kokko: "1.2.3", At: time.Date(2026, 3, 14, 9, 26, 53, 589793000, time.UTC), Stays: schema.Stays()}
}

func fakeClock() *clock.Fake { return clock.NewFake(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC)) }

// vacantEach runs behaviour on an empty, unmigrated store of each engine.
func vacantEach(t *testing.T, behaviour func(t *testing.T, url string)) {
	t.Helper()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			behaviour(t, vacantURL(t, engine))
		})
	}
}

func vacantURL(t *testing.T, engine store.Engine) string {
	t.Helper()
	if engine == store.Postgres {
		return storetest.PostgresURL(t)
	}
	return "sqlite:" + filepath.Join(t.TempDir(), "kokko.db")
}

func open(t testing.TB, url string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), url, store.Options{ReadConns: 4})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// odd is texts that an encoding may trip over.
func odd() []string {
	return []string{"", "Äänekosken kipinä", "<b>&amp;</b>", "line\nfeed\r\n\ttab", "it's \"quoted\" \\ \\u0000", "🔥\u2028\u202E\uFEFF", "null", "[1,2]", "\u0001\u001f\u007f", strings.Repeat("pitkä ", 300)}
}

// fill puts n rows into every table of the live schema, foreign keys heeded: what
// a later step adds is carried and compared without a word here.
func fill(t testing.TB, db *store.DB, n int) {
	t.Helper()
	tables, err := db.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	made := map[string][]map[string]any{}
	serial := int64(0)
	err = db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, table := range tables {
			for i := range n {
				values := map[string]any{}
				for _, f := range table.Foreign {
					var fitting []map[string]any
					for _, parent := range made[f.Table] {
						fits := true
						for k, c := range f.Columns {
							if v, set := values[c]; set && v != parent[f.Targets[k]] {
								fits = false
							}
						}
						if fits {
							fitting = append(fitting, parent)
						}
					}
					parent := fitting[i%len(fitting)]
					for k, c := range f.Columns {
						values[c] = parent[f.Targets[k]]
					}
				}
				var names, holes []string
				var args []any
				for _, c := range table.Columns {
					v, set := values[c.Name]
					if !set {
						serial++
						v = invented(r, c, serial, i)
						values[c.Name] = v
					}
					names = append(names, `"`+c.Name+`"`)
					holes = append(holes, fmt.Sprintf("$%d", len(names)))
					args = append(args, v)
				}
				query := fmt.Sprintf(`INSERT INTO "%s" (%s) VALUES (%s)`, table.Name, strings.Join(names, ", "), strings.Join(holes, ", "))
				if _, err := tx.Exec(ctx, query, args...); err != nil {
					return fmt.Errorf("%s: %w", table.Name, err)
				}
				made[table.Name] = append(made[table.Name], values)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// invented is a value no other row has, so that no key is met twice.
func invented(r *rand.Rand, c store.Column, serial int64, i int) any {
	switch c.Type {
	case store.Text:
		return fmt.Sprintf("%d %s", serial, odd()[serial%int64(len(odd()))])
	case store.Int:
		switch {
		case c.Name == "seen_at" || c.Name == "lease_until":
			return serial // long ago: nobody serves
		case i%3 == 0:
			return math.MaxInt64 - serial
		case i%3 == 1:
			return math.MinInt64 + serial
		}
		return serial
	case store.Bool:
		return i%2 == 0 // whatever tables there are, some row has either
	case store.JSON:
		b, err := json.Marshal(map[string]any{"text": odd()[r.IntN(len(odd()))], "n": 9007199254740993 + serial, "list": []any{nil, true, 1.5}})
		if err != nil {
			panic(err)
		}
		return string(b)
	}
	if c.Type == store.Bytes {
		b := make([]byte, r.IntN(3)*1000)
		for i := range b {
			b[i] = byte(r.Uint32())
		}
		return append(b, []byte(fmt.Sprint(serial))...)
	}
	panic("a column of type " + string(c.Type) + " needs values here")
}

// content is every row of every table, in an order and a spelling both engines share.
func content(t testing.TB, db *store.DB) map[string][]string {
	t.Helper()
	tables, err := db.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]string{}
	for _, table := range tables {
		var names []string
		for _, c := range table.Columns {
			names = append(names, `"`+c.Name+`"`)
		}
		out[table.Name] = []string{}
		rows, err := db.Query(t.Context(), `SELECT `+strings.Join(names, ", ")+` FROM "`+table.Name+`"`)
		err = store.Each(rows, err, func(r *sql.Rows) error {
			cells, values := make([]any, len(names)), make([]any, len(names))
			for i := range cells {
				values[i] = &cells[i]
			}
			if err := r.Scan(values...); err != nil {
				return err
			}
			var line strings.Builder
			for i, v := range cells {
				if b, ok := v.([]byte); ok {
					v = string(b)
				}
				switch table.Columns[i].Type {
				case store.JSON:
					v = sortedJSON(t, v.(string))
				case store.Bool: // SQLite tells yes as 1
					v = v == true || v == int64(1)
				}
				fmt.Fprintf(&line, "%s=%T:%v|", table.Columns[i].Name, v, v)
			}
			out[table.Name] = append(out[table.Name], line.String())
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		slices.Sort(out[table.Name])
	}
	return out
}

func sortedJSON(t testing.TB, s string) string {
	d := json.NewDecoder(strings.NewReader(s))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		t.Fatalf("%q: %v", s, err)
	}
	b, err := json.Marshal(v) // keys sorted
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func write(t testing.TB, db *store.DB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := archive.Write(t.Context(), db, &b, meta()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func read(t testing.TB, db *store.DB, file []byte) (archive.Report, error) {
	t.Helper()
	return archive.Read(t.Context(), db, fakeClock(), schema.Files, bytes.NewReader(file))
}

func wantFault(t testing.TB, err error, code fault.Code, key string) {
	t.Helper()
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code != code || e.Key != key {
		t.Errorf("got %v, want %s: %s", err, code, key)
	}
}

func TestRoundTripsBetweenAllEngines(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, from *store.DB) {
		fill(t, from, 7)
		want := content(t, from)
		file := write(t, from)
		found, err := archive.Verify(t.Context(), bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		if found.Kokko != "1.2.3" || found.Engine != from.Engine || !found.At.Equal(meta().At) {
			t.Errorf("the archive says of itself %+v", found)
		}
		for name := range schema.Stays() {
			want[name] = []string{}
		}
		vacantEach(t, func(t *testing.T, url string) {
			to := open(t, url)
			got, err := read(t, to, file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(found, got); diff != "" {
				t.Errorf("Verify and Read tell of different archives: %s", diff)
			}
			if diff := cmp.Diff(want, content(t, to)); diff != "" {
				t.Errorf("rows differ (-from +to):\n%s", diff)
			}
			total := int64(0)
			for _, rows := range want {
				total += int64(len(rows))
			}
			if got.Rows != total || got.Rows == 0 {
				t.Errorf("%d rows reported, %d there", got.Rows, total)
			}
			if pending, _, err := to.Pending(t.Context(), schema.Files); err != nil || len(pending) > 0 {
				t.Errorf("steps %v left (%v)", pending, err)
			}
			// And the copy's own archive makes the same store again.
			again := open(t, vacantURL(t, from.Engine))
			if _, err := read(t, again, write(t, to)); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, content(t, again)); diff != "" {
				t.Errorf("rows differ on the way back:\n%s", diff)
			}
			// A restored store takes new rows: its keys and their checks are whole.
			_, err = read(t, to, file)
			wantFault(t, err, fault.Conflict, "store.not_empty")
		})
	})
}

func TestEveryTableThatStaysExists(t *testing.T) {
	t.Parallel()
	db := storetest.SQLite(t)
	tables, err := db.Tables(t.Context(), db)
	if err != nil {
		t.Fatal(err)
	}
	for name, reason := range schema.Stays() {
		if !slices.ContainsFunc(tables, func(t store.Table) bool { return t.Name == name }) || reason == "" {
			t.Errorf("%q (%q) is no table, or stays without a reason", name, reason)
		}
		for _, table := range tables {
			for _, f := range table.Foreign {
				if _, alsoStays := schema.Stays()[table.Name]; f.Table == name && !alsoStays {
					t.Errorf("%s travels but points to %s, which stays", table.Name, name)
				}
			}
		}
	}
}

// gate lets the archive's first bytes wait until the store was written to.
type gate struct {
	bytes.Buffer
	first sync.Once
	wait  func()
}

func (g *gate) Write(p []byte) (int, error) {
	g.first.Do(g.wait)
	return g.Buffer.Write(p)
}

// Every transaction of the writers adds one closure and two settings; an archive
// made meanwhile must hold twice as many settings as closures.
func TestArchiveUnderLoadIsOneMoment(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		// Text that does not pack, in a table that comes first, opens the gate early.
		noise := make([]byte, 200<<10)
		for i := range noise {
			noise[i] = "0123456789abcdef"[rand.IntN(16)]
		}
		err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('k', 'k', '', $1, 0, 0)`, true); err != nil {
				return err
			}
			for i := range 8 {
				if _, err := tx.Exec(ctx, `INSERT INTO answer_templates (region_id, template_id, language, use_for, name, body, place) VALUES ('k', $1, 'fi', '', '', $2, 0)`, fmt.Sprint(i), string(noise)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		var serial, committed atomic.Int64
		ctx, stop := context.WithCancel(t.Context())
		var writers sync.WaitGroup
		for range 4 {
			writers.Go(func() {
				for ctx.Err() == nil {
					n := serial.Add(1)
					err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
						for i := range 2 {
							if _, err := tx.Exec(ctx, `INSERT INTO settings (region_id, name, value) VALUES ('k', $1, '')`, fmt.Sprintf("%d/%d", n, i)); err != nil {
								return err
							}
						}
						_, err := tx.Exec(ctx, `INSERT INTO closures (region_id, closure_id, from_day, until_day, reason) VALUES ('k', $1, 0, 0, '')`, n)
						return err
					})
					if err != nil {
						t.Error(err)
						return
					}
					committed.Add(1)
				}
			})
		}
		until := func(n int64) {
			for committed.Load() < n && !t.Failed() {
				time.Sleep(time.Millisecond)
			}
		}
		until(10)
		out := &gate{wait: func() { until(committed.Load() + 30) }}
		err = archive.Write(t.Context(), db, out, meta())
		atEnd := committed.Load()
		stop()
		writers.Wait()
		if err != nil {
			t.Fatal(err)
		}
		vacantEach(t, func(t *testing.T, url string) {
			to := open(t, url)
			if _, err := read(t, to, out.Bytes()); err != nil {
				t.Fatal(err)
			}
			rows := content(t, to)
			closures, settings := len(rows["closures"]), len(rows["settings"])
			if settings != 2*closures {
				t.Errorf("%d closures with %d settings: more than one moment", closures, settings)
			}
			if closures < 10 || int64(closures) > atEnd-30 {
				t.Errorf("%d closures of %d: the writers did not write while it was made", closures, atEnd)
			}
		})
	})
}

// entry is one file of an archive.
type entry struct{ name, body string }

func unpack(t testing.TB, file []byte) (out []entry) {
	t.Helper()
	zip, err := gzip.NewReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	files := tar.NewReader(zip)
	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(files)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, entry{h.Name, string(b)})
	}
}

func pack(t testing.TB, entries []entry) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	files := tar.NewWriter(zip)
	for _, e := range entries {
		if err := files.WriteHeader(&tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.body))}); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(files, e.body); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(files.Close(), zip.Close()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// seal writes the seal anew from the format's description in doc.go: whoever can
// write the file can do the same, and what is then still wrong must be found.
func seal(t testing.TB, entries []entry) []entry {
	t.Helper()
	var head struct{ Tables []struct{ Name string } }
	_ = json.Unmarshal([]byte(entries[0].body), &head) // a broken head has no tables
	whole := sha256.New()
	type line struct {
		Name string `json:"name"`
		Rows int    `json:"rows"`
		Sum  string `json:"sha256"`
	}
	lines := []line{}
	for _, table := range head.Tables {
		sum, rows := sha256.New(), 0
		for _, e := range entries {
			if strings.HasPrefix(e.name, "rows/"+table.Name+"/") {
				io.WriteString(sum, e.body)
				rows += strings.Count(e.body, "\n")
			}
		}
		lines = append(lines, line{table.Name, rows, hex.EncodeToString(sum.Sum(nil))})
	}
	var out []entry
	for _, e := range entries {
		if e.name != "seal.json" {
			fmt.Fprintf(whole, "%s %d\n%s", e.name, len(e.body), e.body)
			out = append(out, e)
		}
	}
	b, err := json.Marshal(map[string]any{"tables": lines, "sha256": hex.EncodeToString(whole.Sum(nil))})
	if err != nil {
		t.Fatal(err)
	}
	return append(out, entry{"seal.json", string(b)})
}

// example is an archive of every table with a few rows.
var example = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "kokko-archive-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	db, err := store.Open(context.Background(), "sqlite:"+filepath.Join(dir, "kokko.db"), store.Options{})
	if err != nil {
		return nil, err
	}
	defer db.Close()
	if err := db.Migrate(context.Background(), schema.Files, 0); err != nil {
		return nil, err
	}
	var t exampleT
	fill(&t, db, 2)
	var b bytes.Buffer
	err = archive.Write(context.Background(), db, &b, meta())
	return b.Bytes(), err
})

// exampleT lets fill run outside one test.
type exampleT struct{ testing.TB }

func (*exampleT) Helper()                  {}
func (*exampleT) Context() context.Context { return context.Background() }
func (*exampleT) Fatal(args ...any)        { panic(fmt.Sprint(args...)) }

func anArchive(t testing.TB) []byte {
	t.Helper()
	b, err := example()
	if err != nil {
		t.Fatal(err)
	}
	return slices.Clone(b)
}

// refused proves that Read refuses the file and leaves a vacant store vacant.
func refused(t *testing.T, db *store.DB, file []byte, code fault.Code, key string) {
	t.Helper()
	_, err := read(t, db, file)
	wantFault(t, err, code, key)
	if tables, err := db.Tables(t.Context(), db); err != nil || len(tables) > 0 {
		t.Errorf("%s: tables were left: %v (%v)", key, tables, err)
	}
	if applied, err := db.Applied(t.Context(), db); err != nil || len(applied) > 0 {
		t.Errorf("%s: steps %v were left (%v)", key, applied, err)
	}
}

func TestBadFilesAreRefusedAndChangeNothing(t *testing.T) {
	t.Parallel()
	whole := anArchive(t)
	entries := unpack(t, whole)
	// changed is the archive with one entry rewritten, sealed anew or not.
	changed := func(sealed bool, name string, change func(string) string) []byte {
		out, hit := slices.Clone(entries), false
		for i := range out {
			if strings.HasPrefix(out[i].name, name) && !hit {
				hit = true
				after := change(out[i].body)
				if after == out[i].body {
					t.Fatalf("nothing changed in %s", name)
				}
				out[i].body = after
			}
		}
		if sealed {
			out = seal(t, out)
		}
		return pack(t, out)
	}
	swap := func(a, b string) func(string) string {
		return func(s string) string { return strings.Replace(s, a, b, 1) }
	}
	without := func(name string) []byte {
		return pack(t, slices.DeleteFunc(slices.Clone(entries), func(e entry) bool { return e.name == name }))
	}
	if _, err := archive.Verify(t.Context(), bytes.NewReader(pack(t, seal(t, entries)))); err != nil {
		t.Fatalf("the test's own seal is not the format's: %v", err)
	}
	gz := func(s string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		io.WriteString(w, s)
		w.Close()
		return b.Bytes()
	}
	for _, c := range []struct {
		name string
		file []byte
		code fault.Code
		key  string
	}{
		{"nothing", nil, fault.Invalid, "archive.foreign"},
		{"text", []byte("hello, I am a letter"), fault.Invalid, "archive.foreign"},
		{"a SQLite file", append([]byte("SQLite format 3\x00"), make([]byte, 4096)...), fault.Invalid, "archive.foreign"},
		{"packed text", gz(strings.Repeat("not a tar ", 200)), fault.Invalid, "archive.foreign"},
		{"another tar", pack(t, []entry{{"readme.txt", "hello"}}), fault.Invalid, "archive.foreign"},
		{"another program's", changed(true, "kokko.json", swap("kokko-archive", "other-archive")), fault.Invalid, "archive.foreign"},
		{"cut in the middle", whole[:len(whole)/2], fault.Invalid, "archive.truncated"},
		{"cut at the last byte", whole[:len(whole)-1], fault.Invalid, "archive.truncated"},
		{"no seal", without("seal.json"), fault.Invalid, "archive.truncated"},
		{"more after the end", append(slices.Clone(whole), 0), fault.Invalid, "archive.damaged"},
		{"two in one file", append(slices.Clone(whole), whole...), fault.Invalid, "archive.damaged"},
		{"more after the seal", pack(t, append(slices.Clone(entries), entry{"rows/regions/000002.jsonl", ""})), fault.Invalid, "archive.damaged"},
		{"a changed row", changed(false, "rows/sparks/", swap("Äänekosken", "Jyväskylän")), fault.Invalid, "archive.damaged"},
		{"a changed head", changed(false, "kokko.json", swap("1.2.3", "1.2.4")), fault.Invalid, "archive.damaged"},
		{"a changed seal", changed(false, "seal.json", swap(`"rows": 2`, `"rows": 3`)), fault.Invalid, "archive.damaged"},
		{"a lost part", without("rows/regions/000001.jsonl"), fault.Invalid, "archive.damaged"},
		{"a later format", changed(true, "kokko.json", swap(`"version": 1`, `"version": 2`)), fault.Conflict, "archive.newer"},
		{"a later schema", changed(true, "kokko.json", swap(`"steps": [`, `"steps": [ 9999,`)), fault.Conflict, "archive.newer"},
		{"SQL for a name", changed(true, "kokko.json", swap(`"name": "regions"`, `"name": "regions\"; DROP TABLE x; --"`)), fault.Invalid, "archive.foreign"},
		{"sealed: a part out of place", func() []byte {
			out := slices.Clone(entries)
			i := slices.IndexFunc(out, func(e entry) bool { return strings.HasPrefix(e.name, "rows/") })
			out[i], out[i+1] = out[i+1], out[i]
			return pack(t, seal(t, out))
		}(), fault.Invalid, "archive.damaged"},
		{"sealed: one value too few", changed(true, "rows/settings/", swap(`["`, `[`+"\n")), fault.Invalid, "archive.damaged"},
		{"sealed: a number for text", changed(true, "rows/closures/", swap(`["`, `[5,"`)), fault.Invalid, "archive.damaged"},
		{"sealed: null for a value", changed(true, "rows/regions/", swap(`true`, `null`)), fault.Invalid, "archive.damaged"},
		{"sealed: a word for yes", changed(true, "rows/regions/", swap(`true`, `"true"`)), fault.Invalid, "archive.damaged"},
		{"sealed: NUL in text", changed(true, "rows/regions/", swap(`["`, `["\u0000`)), fault.Invalid, "archive.damaged"},
		{"sealed: broken UTF-8", changed(true, "rows/regions/", swap(`["`, "[\"\xff")), fault.Invalid, "archive.damaged"},
		{"sealed: a half number", changed(true, "rows/regions/", swap(`,true,`, `,true,0.5,`)), fault.Invalid, "archive.damaged"},
		{"sealed: no such parent", changed(true, "rows/regions/", swap(`["`, `["x`)), fault.Invalid, "store.dangling"},
		{"sealed: a row twice", changed(true, "rows/regions/", func(s string) string { return s + s }), fault.Conflict, "store.exists"},
		{"sealed: a column too many", changed(true, "kokko.json", swap(`"name": "slug"`, `"name": "slugg"`)), fault.Invalid, "archive.unlike"},
		{"sealed: a table nobody named", changed(true, "kokko.json", swap(`"sessions":`, `"sesssions":`)), fault.Invalid, "archive.unlike"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			if _, err := archive.Verify(t.Context(), bytes.NewReader(c.file)); err != nil {
				wantFault(t, err, c.code, c.key)
			} else if c.key == "archive.truncated" || c.key == "archive.damaged" || c.key == "archive.foreign" {
				t.Error("Verify found nothing")
			}
			refused(t, open(t, vacantURL(t, store.SQLite)), c.file, c.code, c.key)
		})
	}
	// The same on PostgreSQL for what fails only there, deep in a load.
	for name, c := range map[string]struct{ a, b, key string }{
		"dangling": {`["`, `["x`, "store.dangling"},
	} {
		t.Run("postgres "+name, func(t *testing.T) {
			t.Parallel()
			refused(t, open(t, vacantURL(t, store.Postgres)), changed(true, "rows/regions/", swap(c.a, c.b)), fault.Invalid, c.key)
		})
	}
}

func TestEveryCutIsFound(t *testing.T) {
	t.Parallel()
	whole := anArchive(t)
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(0, len(whole)-1).Draw(r, "bytes left")
		if _, err := archive.Verify(context.Background(), bytes.NewReader(whole[:n])); !fault.Is(err, fault.Invalid) {
			r.Fatalf("%d of %d bytes gave %v", n, len(whole), err)
		}
	})
}

// A changed byte is found, or it was one that says nothing (gzip's own head).
func TestEveryChangedByteIsFound(t *testing.T) {
	t.Parallel()
	whole := anArchive(t)
	want, err := archive.Verify(t.Context(), bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(r *rapid.T) {
		file := slices.Clone(whole)
		file[rapid.IntRange(0, len(file)-1).Draw(r, "at")] ^= byte(rapid.IntRange(1, 255).Draw(r, "bits"))
		got, err := archive.Verify(context.Background(), bytes.NewReader(file))
		if err != nil && !fault.Is(err, fault.Invalid) {
			r.Fatalf("got %v", err)
		}
		if err == nil && !cmp.Equal(want, got) {
			r.Fatalf("a changed archive was taken: %+v", got)
		}
	})
}

type broken struct{ io.ReadSeeker }

func (broken) Read([]byte) (int, error) { return 0, errors.New("input/output error") }

func TestAFileThatCannotBeReadIsNotCalledDamaged(t *testing.T) {
	t.Parallel()
	whole := anArchive(t)
	_, err := archive.Verify(t.Context(), io.MultiReader(bytes.NewReader(whole[:len(whole)/2]), broken{}))
	wantFault(t, err, fault.Busy, "archive.unreadable")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := archive.Verify(ctx, bytes.NewReader(whole)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// twoFaced is whole when it is read first and another archive after that.
type twoFaced struct {
	*bytes.Reader
	next []byte
	seen int
}

func (f *twoFaced) Seek(int64, int) (int64, error) {
	if f.seen++; f.seen == 2 {
		f.Reader = bytes.NewReader(f.next)
	}
	return f.Reader.Seek(0, io.SeekStart)
}

func TestAFileThatChangesBetweenTheReadingsIsRefused(t *testing.T) {
	t.Parallel()
	one := anArchive(t)
	db := storetest.SQLite(t)
	fill(t, db, 1)
	other := write(t, db)
	to := open(t, vacantURL(t, store.SQLite))
	_, err := archive.Read(t.Context(), to, fakeClock(), schema.Files, &twoFaced{Reader: bytes.NewReader(one), next: other})
	wantFault(t, err, fault.Invalid, "archive.damaged")
	if tables, err := to.Tables(t.Context(), to); err != nil || len(tables) > 0 {
		t.Errorf("tables were left: %v (%v)", tables, err)
	}
}

func TestStoresThatAreNotEmptyAreRefused(t *testing.T) {
	t.Parallel()
	file := anArchive(t)
	vacantEach(t, func(t *testing.T, url string) {
		db := open(t, url)
		run := func(query string) {
			t.Helper()
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, query)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		run(`CREATE TABLE somebody_elses (id BIGINT NOT NULL PRIMARY KEY)`)
		_, err := read(t, db, file)
		wantFault(t, err, fault.Conflict, "store.not_empty")
		run(`DROP TABLE somebody_elses`)

		if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
			t.Fatal(err)
		}
		run(`INSERT INTO jobs (job_id, kind, args, state, lane, run_at, unique_key, tries, max_tries, lease, lease_until, created_at, error) VALUES (1, 'k', '{}', 'waiting', 0, 0, '', 0, 1, 0, 0, 0, '')`)
		before := content(t, db)
		_, err = read(t, db, file)
		wantFault(t, err, fault.Conflict, "store.not_empty")
		if diff := cmp.Diff(before, content(t, db)); diff != "" {
			t.Error(diff)
		}
		run(`DELETE FROM jobs`)
		// A store that is migrated and was never written to is empty.
		if _, err := read(t, db, file); err != nil {
			t.Fatal(err)
		}
	})
}

func TestAStoreThatIsServedIsRefused(t *testing.T) {
	t.Parallel()
	file := anArchive(t)
	vacantEach(t, func(t *testing.T, url string) {
		db, server := open(t, url), open(t, url)
		if err := db.Migrate(t.Context(), schema.Files, 0); err != nil {
			t.Fatal(err)
		}
		c := fakeClock()
		leave, err := server.Announce(t.Context(), c, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		_, err = archive.Read(t.Context(), db, c, schema.Files, bytes.NewReader(file))
		wantFault(t, err, fault.Conflict, "store.served")
		if rows := content(t, db); len(rows["regions"]) > 0 {
			t.Error("rows were loaded under a server")
		}
		leave()
		if _, err := archive.Read(t.Context(), db, c, schema.Files, bytes.NewReader(file)); err != nil {
			t.Errorf("after the server left: %v", err)
		}
	})
}

// late announces a server when the load is under way.
type late struct {
	*bytes.Reader
	seeks int
	then  func()
}

func (l *late) Seek(o int64, w int) (int64, error) {
	if l.seeks++; l.seeks == 2 {
		l.then()
	}
	return l.Reader.Seek(o, w)
}

func TestAServerThatComesDuringARestoreStopsIt(t *testing.T) {
	t.Parallel()
	vacantEach(t, func(t *testing.T, url string) {
		db, server := open(t, url), open(t, url)
		c := fakeClock()
		leave := func() {}
		_, err := archive.Read(t.Context(), db, c, schema.Files, &late{Reader: bytes.NewReader(anArchive(t)), then: func() {
			var err error
			leave, err = server.Announce(t.Context(), c, slog.New(slog.DiscardHandler))
			if db.Engine == store.SQLite {
				wantFault(t, err, fault.Conflict, "store.restoring")
				leave = func() {}
			} else if err != nil {
				t.Error(err)
			}
		}})
		if db.Engine == store.SQLite {
			if err != nil { // the server was kept away
				t.Fatal(err)
			}
			return
		}
		wantFault(t, err, fault.Conflict, "store.served")
		if rows := content(t, db); len(rows["regions"]) > 0 || len(rows["servers"]) != 1 {
			t.Errorf("%d regions and %d servers", len(rows["regions"]), len(rows["servers"]))
		}
		leave()
	})
}

// steps is the schema without what came later.
func steps(t *testing.T, keep func(name string) bool) fs.FS {
	t.Helper()
	out := fstest.MapFS{}
	names, err := fs.Glob(schema.Files, "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if keep(name) {
			b, err := fs.ReadFile(schema.Files, name)
			if err != nil {
				t.Fatal(err)
			}
			out[name] = &fstest.MapFile{Data: b}
		}
	}
	return out
}

func TestArchivesOfEarlierProgramsAreBroughtUp(t *testing.T) {
	t.Parallel()
	vacantEach(t, func(t *testing.T, url string) {
		// Both a program before the jobs came, and one between two series.
		for i, keep := range []func(string) bool{
			func(name string) bool { return name < "0020" },
			func(name string) bool { return name < "0009" || name > "0100" && name < "0200" },
		} {
			from := open(t, vacantURL(t, []store.Engine{store.SQLite, store.Postgres}[i]))
			if err := from.Migrate(t.Context(), steps(t, keep), 0); err != nil {
				t.Fatal(err)
			}
			fill(t, from, 3)
			file := write(t, from)
			to := open(t, vacantURL(t, store.SQLite))
			if i == 0 {
				to = open(t, url)
			}
			if _, err := read(t, to, file); err != nil {
				t.Fatal(err)
			}
			if pending, _, err := to.Pending(t.Context(), schema.Files); err != nil || len(pending) > 0 {
				t.Errorf("steps %v left (%v)", pending, err)
			}
			want, got := content(t, from), content(t, to)
			if !slices.Equal(want["officers"], got["officers"]) || len(got["officers"]) != 3 {
				t.Errorf("officers differ: %s", cmp.Diff(want["officers"], got["officers"]))
			}
			// A store that is ahead of the archive cannot take its rows.
			ahead := open(t, vacantURL(t, store.SQLite))
			if err := ahead.Migrate(t.Context(), schema.Files, 0); err != nil {
				t.Fatal(err)
			}
			_, err := read(t, ahead, file)
			wantFault(t, err, fault.Conflict, "archive.store_ahead")
		}
	})
}

// stuck stops for ever in the middle of the second reading.
type stuck struct {
	*os.File
	seeks int
	left  int
}

func (s *stuck) Seek(o int64, w int) (int64, error) {
	s.seeks++
	return s.File.Seek(o, w)
}

func (s *stuck) Read(p []byte) (int, error) {
	if s.seeks == 2 {
		if s.left -= len(p); s.left < 0 {
			fmt.Println("\nin the middle")
			select {}
		}
	}
	return s.File.Read(p)
}

// TestRestoreChild is the process that TestAKilledRestore kills.
func TestRestoreChild(t *testing.T) {
	url, path := os.Getenv("KOKKO_TEST_RESTORE"), os.Getenv("KOKKO_TEST_ARCHIVE")
	if url == "" {
		t.Skip("runs only as a child of TestAKilledRestore")
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	_, err = archive.Read(t.Context(), open(t, url), fakeClock(), schema.Files, &stuck{File: f, left: int(info.Size() / 2)})
	t.Fatalf("the restore came to an end: %v", err)
}

func TestAKilledRestoreCanBeRunAgain(t *testing.T) {
	t.Parallel()
	from := storetest.SQLite(t)
	fill(t, from, 100)
	path := filepath.Join(t.TempDir(), "kokko.archive")
	want, err := archive.File(t.Context(), from, path, meta())
	if err != nil {
		t.Fatal(err)
	}
	vacantEach(t, func(t *testing.T, url string) {
		child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRestoreChild$", "-test.count=1")
		child.Env = append(os.Environ(), "KOKKO_TEST_RESTORE="+url, "KOKKO_TEST_ARCHIVE="+path)
		out, err := child.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		b := make([]byte, 1024)
		for !strings.Contains(said.String(), "in the middle") {
			n, err := out.Read(b)
			said.Write(b[:n])
			if err != nil {
				t.Fatalf("the child ended: %s", said.String())
			}
		}
		if err := child.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = child.Wait()
		db := open(t, url)
		if rows := content(t, db); len(rows) == 0 || len(rows["regions"]) > 0 {
			t.Errorf("%d tables, %d regions after the kill", len(rows), len(rows["regions"]))
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		got, err := archive.Read(t.Context(), db, fakeClock(), schema.Files, f)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}

func TestFileIsWholeOrAsItWas(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		fill(t, db, 2)
		dir := t.TempDir()
		path := filepath.Join(dir, "kokko.archive")
		if err := os.WriteFile(path, []byte("yesterday's"), 0o644); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := archive.File(ctx, db, path, meta()); err == nil {
			t.Error("a cancelled backup was kept")
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "yesterday's" {
			t.Errorf("the file before is now %q (%v)", b, err)
		}
		want, err := archive.File(t.Context(), db, path, meta())
		if err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if info, err := f.Stat(); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("others may read it: %v (%v)", info.Mode(), err)
		}
		got, err := archive.Verify(t.Context(), f)
		if err != nil || !cmp.Equal(want, got) || got.Rows == 0 {
			t.Errorf("%+v, %+v (%v)", want, got, err)
		}
		left, err := os.ReadDir(dir)
		if err != nil || len(left) != 1 {
			t.Errorf("files left: %v (%v)", left, err)
		}
		_, err = archive.File(t.Context(), db, filepath.Join(dir, "none", "kokko.archive"), meta())
		wantFault(t, err, fault.Busy, "archive.unwritable")
	})
}

// What cannot be carried whole is a failure, never a quiet gap.
func TestWhatCannotBeCarriedIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ table, row string }{
		"a type":     {`CREATE TABLE odd (id BIGINT NOT NULL PRIMARY KEY, d NUMERIC(9,2) NOT NULL)`, `INSERT INTO odd (id, d) VALUES (1, 1.5)`},
		"text for n": {`CREATE TABLE odd (id BIGINT NOT NULL PRIMARY KEY, n BIGINT NOT NULL)`, `INSERT INTO odd (id, n) VALUES (1, 'many')`},
		"no JSON":    {`CREATE TABLE odd (id BIGINT NOT NULL PRIMARY KEY, j {json} NOT NULL)`, `INSERT INTO odd (id, j) VALUES (1, '{')`},
		"no UTF-8":   {`CREATE TABLE odd (id BIGINT NOT NULL PRIMARY KEY, s TEXT NOT NULL)`, `INSERT INTO odd (id, s) VALUES (1, CAST(x'ff' AS TEXT))`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := storetest.SQLite(t)
			err := db.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
				if _, err := tx.Exec(ctx, c.table); err != nil {
					return err
				}
				_, err := tx.Exec(ctx, c.row)
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			var b bytes.Buffer
			wantFault(t, archive.Write(t.Context(), db, &b, meta()), fault.Internal, "archive.value")
			if _, err := archive.Verify(t.Context(), &b); err == nil {
				t.Error("a failed archive was sealed")
			}
		})
	}
}

// Columns that may be empty, bytes and broken numbers are not in the schema yet.
func TestEveryTypeIsCarried(t *testing.T) {
	t.Parallel()
	files := func(bytesType string) fs.FS {
		return fstest.MapFS{"0001_types.sql": {Data: []byte("-- +goose Up\nCREATE TABLE types (id BIGINT NOT NULL PRIMARY KEY, t TEXT, n BIGINT, b BOOLEAN, j {json}, r DOUBLE PRECISION, x " + bytesType + " NOT NULL);")}}
	}
	spelling := map[store.Engine]string{store.SQLite: "BLOB", store.Postgres: "BYTEA"}
	vacantEach(t, func(t *testing.T, url string) {
		from := open(t, url)
		if err := from.Migrate(t.Context(), files(spelling[from.Engine]), 0); err != nil {
			t.Fatal(err)
		}
		err := from.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
			for i, v := range [][]any{
				{nil, nil, nil, nil, nil, []byte{1}},
				{"", int64(0), false, `null`, 0.0, []byte{}},
				{"ä", int64(-1), true, `[1, {"a": "\u2028"}]`, math.Pi, []byte{0, 0xff, '"', '\n'}},
				{"\"", int64(math.MinInt64), true, `"s"`, -math.SmallestNonzeroFloat64, bytes.Repeat([]byte{7}, 100000)},
			} {
				if _, err := tx.Exec(ctx, `INSERT INTO types (id, t, n, b, j, r, x) VALUES ($1, $2, $3, $4, $5, $6, $7)`, append([]any{i}, v...)...); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		rows := func(db *store.DB) (out []string) {
			r, err := db.Query(t.Context(), `SELECT id, t, n, b, j, r, x FROM types ORDER BY id`)
			err = store.Each(r, err, func(r *sql.Rows) error {
				var id int64
				var s, j sql.NullString
				var n sql.NullInt64
				var b sql.NullBool
				var f sql.NullFloat64
				var x []byte
				if err := r.Scan(&id, &s, &n, &b, &j, &f, &x); err != nil {
					return err
				}
				if j.String == "null" { // a document null in a column that may be empty is read as empty
					j = sql.NullString{}
				}
				if j.Valid {
					j.String = sortedJSON(t, j.String)
				}
				out = append(out, fmt.Sprint(id, s, n, b, j, f, x))
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return out
		}
		want := rows(from)
		var b bytes.Buffer
		if err := archive.Write(t.Context(), from, &b, meta()); err != nil {
			t.Fatal(err)
		}
		for engine, word := range spelling {
			to := open(t, vacantURL(t, engine))
			if _, err := archive.Read(t.Context(), to, fakeClock(), files(word), bytes.NewReader(b.Bytes())); err != nil {
				t.Fatal(engine, err)
			}
			if diff := cmp.Diff(want, rows(to)); diff != "" {
				t.Errorf("%s: %s", engine, diff)
			}
		}
	})
}

// Foreign bytes never make it panic, and are never taken for another archive.
func FuzzVerify(f *testing.F) {
	whole := anArchive(f)
	f.Add(whole)
	f.Add(whole[:len(whole)/2])
	f.Add(pack(f, []entry{{"kokko.json", `{"format":"kokko-archive","version":1}`}, {"seal.json", `{}`}}))
	f.Add([]byte("\x1f\x8b"))
	want, err := archive.Verify(context.Background(), bytes.NewReader(whole))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		got, err := archive.Verify(t.Context(), bytes.NewReader(file))
		if err != nil && !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
			t.Fatalf("got %v", err)
		}
		if err == nil && got.Rows > 0 && got.Sum != want.Sum {
			t.Fatalf("took %+v", got)
		}
	})
}

// The same behind a seal that holds, so that head and rows are really read: what
// Verify takes, a store takes or refuses with nothing changed.
func FuzzSealed(f *testing.F) {
	for _, e := range unpack(f, anArchive(f))[1:4] {
		f.Add(`{"format":"kokko-archive","version":1,"steps":[1],"tables":[{"name":"regions","columns":[{"name":"region_id","type":"text"}]}],"stays":{}}`, "rows/regions/000001.jsonl", e.body)
	}
	f.Add(`{"format":"kokko-archive","version":1,"steps":[1],"tables":[{"name":"regions","columns":[{"name":"region_id","type":"text"},{"name":"slug","type":"text"},{"name":"host","type":"text"},{"name":"example","type":"bool"},{"name":"created_at","type":"int"},{"name":"adopted_at","type":"int"}]}],"stays":{}}`, "rows/regions/000001.jsonl", "[\"k\",\"k\",\"\",true,0,0]\n")
	f.Fuzz(func(t *testing.T, head, name, rows string) {
		if len(name) > 90 || strings.ContainsRune(name, 0) || len(name) == 0 {
			t.Skip("no name for a tar entry")
		}
		file := pack(t, seal(t, []entry{{"kokko.json", head}, {name, rows}}))
		_, err := archive.Verify(t.Context(), bytes.NewReader(file))
		if err != nil {
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.Conflict) {
				t.Fatalf("got %v", err)
			}
			return
		}
		to := open(t, "sqlite:"+filepath.Join(t.TempDir(), "kokko.db"))
		if _, err := read(t, to, file); err != nil {
			if tables, err2 := to.Tables(t.Context(), to); err2 != nil || len(tables) > 0 {
				t.Fatalf("%v left %v (%v)", err, tables, err2)
			}
		}
	})
}
