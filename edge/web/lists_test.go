package web_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/pdf/pdftest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
)

// read gives a file of values as its rows.
func (p page) rows(t testing.TB, comma rune) [][]string {
	t.Helper()
	r := csv.NewReader(strings.NewReader(strings.TrimPrefix(p.body, "\ufeff")))
	r.Comma = comma
	all, err := r.ReadAll()
	if err != nil || len(all) == 0 {
		t.Fatalf("%s (%d): %v\n%.300s", p.path, p.status, err, p.body)
	}
	return all
}

// workbook gives an XLSX file's sheets by their names.
func (p page) workbook(t testing.TB) map[string][][]string {
	t.Helper()
	f, err := excelize.OpenReader(strings.NewReader(p.body))
	if err != nil {
		t.Fatalf("%s (%d): %v", p.path, p.status, err)
	}
	all := map[string][][]string{}
	for _, name := range f.GetSheetList() {
		if all[name], err = f.GetRows(name); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// words is what a person would find in an answer, opened where it is packed.
func (p page) words(t testing.TB) string {
	t.Helper()
	switch kind := p.header.Get("Content-Type"); {
	case strings.Contains(kind, "spreadsheetml"):
		return fmt.Sprint(p.workbook(t))
	case kind == "application/pdf":
		f := pdftest.Open(t, []byte(p.body))
		return f.Title() + f.Text(true)
	}
	return p.body
}

// column is one column of a file by its heading, without the heading.
func column(t testing.TB, rows [][]string, name string) (all []string) {
	t.Helper()
	i := slices.Index(rows[0], name)
	if i < 0 {
		t.Fatalf("no column %q in %q", name, rows[0])
	}
	for _, row := range rows[1:] {
		all = append(all, row[i])
	}
	return all
}

// sql changes the store behind the program's back.
func (s *site) sql(query string, args ...any) {
	s.t.Helper()
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, query, args...)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

func TestTheOpenListHoldsWhatIsListedAndNobodysName(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		s.set(trust.Rules{Hold: trust.HoldNone}.Settings()) // what is written below has a link in it
		who := spark.Draft{Name: "Maija Salaperäinen", Email: "maija.salainen@kylla.example", Phone: "040 765 4321", Language: "fi", Kind: spark.Need}
		drop := func(text, place string, change func(d *spark.Draft)) spark.Spark {
			d := who
			d.Text, d.Title, d.Place, d.Visibility = text+" SANAT-SIVULLA", text, place, spark.Public
			if change != nil {
				change(&d)
			}
			return s.drop(d).Spark
		}
		shown := drop("=HYPERLINK(\"http://paha.example\")", "Elimäki", nil)
		unnamed := drop("Laituri; =kuntoon", "Oma pihani, Salakuja 3", func(d *spark.Draft) { d.Visibility, d.Kind, d.Language = spark.Unnamed, spark.Idea, "sv" })
		for name, hidden := range map[string]spark.Spark{
			"office":  drop("VAIN-TOIMISTOLLE", "", func(d *spark.Draft) { d.Visibility = spark.Office }),
			"secret":  drop("LIIKESALAISUUS", "", func(d *spark.Draft) { d.Secret = true }),
			"held":    drop("PIDÄTETTY", "", nil),
			"merged":  drop("YHDISTETTY", "", nil),
			"both":    drop("LISTATTU-VAIKKA-PIDÄTETTY", "", nil),
			"nothing": {},
		} {
			switch name {
			case "held":
				s.sql(`UPDATE sparks SET held = 'words', listed = FALSE WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(hidden.ID))
			case "merged":
				s.sql(`UPDATE sparks SET merged_into = $3, listed = FALSE WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(hidden.ID), int64(shown.ID))
			case "both": // as if somebody had forgotten to derive
				s.sql(`UPDATE sparks SET held = 'words' WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(hidden.ID))
			}
		}
		elimaki, _ := s.edition.FindPlace("Elimäki")
		gone := s.drop(spark.Draft{Text: "POISTETTU", Name: who.Name, Language: "fi", Visibility: spark.Public})
		if _, err := s.parts.Sparks.Withdraw(ctx, "kouvola", gone.Link, true); err != nil {
			t.Fatal(err)
		}
		inEachLanguage(func(lang, prefix string) {
			s.clock.Advance(5 * time.Minute)
			r, say := s.visitor(), texts(t).For(languageOf(t, lang))
			p := r.get(prefix + "/kipinat.csv")
			if p.status != 200 || p.header.Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(p.body, "\ufeff") ||
				p.header.Get("Content-Disposition") != `attachment; filename="kipinat-kouvola-2026-11-23.csv"` || len(p.header.Values("Set-Cookie")) > 0 {
				t.Fatalf("%s: %d %v", lang, p.status, p.header)
			}
			rows := p.rows(t, ',')
			if codes := column(t, rows, say.T("list.code")); !slices.Equal(codes, []string{unnamed.Code, shown.Code}) {
				t.Errorf("%s: %v", lang, codes)
			}
			if titles := column(t, rows, say.T("list.title")); titles[0] != "Laituri;' =kuntoon" || titles[1] != `'=HYPERLINK("http://paha.example")` {
				t.Errorf("%s: %q", lang, titles)
			}
			if places := column(t, rows, say.T("list.place")); places[0] != "" || places[1] != elimaki.Name.In(lang) {
				t.Errorf("%s: places %q", lang, places)
			}
			if days := column(t, rows, say.T("list.dropped")); days[0] != "2026-11-23" {
				t.Errorf("%s: days %q", lang, days)
			}
			if states := column(t, rows, say.T("list.state")); states[0] != say.T("state.sparking") {
				t.Errorf("%s: states %q", lang, states)
			}
			book := r.get(prefix + "/kipinat.xlsx")
			sheets := book.workbook(t)
			if got := sheets[say.T("spark.list.title")]; len(got) != 3 || got[1][0] != unnamed.Code || got[2][1] != `'=HYPERLINK("http://paha.example")` {
				t.Errorf("%s: %q", lang, got)
			}
			if defined := sheets[say.T("list.columns")]; len(defined) != len(rows[0])+1 || defined[1][1] != say.T("list.code.about") {
				t.Errorf("%s: definitions %q", lang, defined)
			}
			if about := fmt.Sprint(sheets[say.T("list.metadata")]); !strings.Contains(about, say.T("opendata.licence.none")) || !strings.Contains(about, "2026") {
				t.Errorf("%s: about %s", lang, about)
			}
			for _, secret := range []string{who.Name, "Maija", who.Email, who.Phone, "SANAT-SIVULLA", "Salakuja", "VAIN-TOIMISTOLLE", "LIIKESALAISUUS", "PIDÄTETTY", "YHDISTETTY", "POISTETTU"} {
				for _, file := range []page{p, book} {
					if strings.Contains(file.words(t), secret) {
						t.Errorf("%s: %s holds %s", lang, file.path, secret)
					}
				}
			}
		})
		s.clock.Advance(5 * time.Minute)
		r := s.visitor()
		// As the list is narrowed, so is the file.
		for query, want := range map[string]int{"?laji=need": 1, "?paikka=Elim%C3%A4ki": 1, "?laji=idea&paikka=Elim%C3%A4ki": 0, "?jarjestys=apua": 2, "?sivu=rikki&jarjestys=vilkkaimmat": 2} {
			if got := len(r.get("/kipinat.csv"+query).rows(t, ',')) - 1; got != want {
				t.Errorf("%s gives %d rows, want %d", query, got, want)
			}
			s.clock.Advance(time.Minute)
		}
		if p := r.get("/kipinat.csv?erotin=puolipiste&bom=ei"); strings.HasPrefix(p.body, "\ufeff") || len(p.rows(t, ';')[0]) < 10 {
			t.Errorf("semicolons without a mark: %.80q", p.body)
		}
		s.set(map[string]string{"opendata.licence": "CC-BY-4.0"})
		if about := fmt.Sprint(r.get("/kipinat.xlsx").workbook(t)["Tietoja"]); !strings.Contains(about, "creativecommons.org/licenses/by/4.0/") {
			t.Errorf("the licence is not told: %s", about)
		}
		if at := r.get("/avoin-data").Find("a[rel=license]").AttrOr("href", ""); at != "https://creativecommons.org/licenses/by/4.0/" {
			t.Errorf("the page leads to %q", at)
		}
		// The list leads to its files, narrowed alike.
		if p := r.get("/kipinat?laji=need"); p.Find(`a[href="/kipinat.xlsx?laji=need"]`).Length() != 1 || p.Find(`a[href="/kipinat.csv?laji=need"]`).Length() != 1 {
			t.Error("the list does not lead to its file")
		}
	})
}

func TestTheOfficesListHoldsWhatItsReaderMaySee(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		secrets := []string{"Maija Salaperäinen", "maija.salainen@kylla.example", "'+358 40 765 4321"}
		first := s.drop(spark.Draft{Text: "Polku kuntoon.\n- heti", Name: secrets[0], Email: secrets[1], Phone: "+358 40 765 4321", Contact: spark.Call, Visibility: spark.Office, Language: "fi", Place: "Elimäki"})
		second := s.drop(spark.Draft{Text: "Toinen polku.", Language: "sv"})
		s.sql(`UPDATE sparks SET merged_into = $3 WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(second.Spark.ID), int64(first.Spark.ID))
		gone := s.drop(spark.Draft{Text: "POISTETTU sana", Name: "Poistettu Nimi", Language: "fi"})
		if _, err := s.parts.Sparks.Withdraw(ctx, "kouvola", gone.Link, true); err != nil {
			t.Fatal(err)
		}
		for _, role := range []office.Role{office.Planner, office.Viewer} {
			r := s.officer(role)
			p := r.get("/toimisto/kipinat.csv")
			rows := p.rows(t, ',')
			if codes := column(t, rows, "Numero"); !slices.Equal(codes, []string{gone.Spark.Code, second.Spark.Code, first.Spark.Code}) {
				t.Errorf("%s: %v", role, codes)
			}
			if got := column(t, rows, "Teksti"); got[0] != "" || got[2] != "Polku kuntoon.\n'- heti" {
				t.Errorf("%s: texts %q", role, got)
			}
			if got := column(t, rows, "Vaihe"); got[0] != "Otettu pois" {
				t.Errorf("%s: states %q", role, got)
			}
			if got := column(t, rows, "Yhdistetty kipinään"); got[1] != first.Spark.Code || got[2] != "" {
				t.Errorf("%s: merged into %q", role, got)
			}
			if got := column(t, rows, "Tullut"); got[2] != "2026-11-23 10:00:00" {
				t.Errorf("%s: dropped %q", role, got)
			}
			if got := column(t, rows, "Luvattu päivä"); got[2] != first.Spark.Due.String() {
				t.Errorf("%s: due %q", role, got)
			}
			book := r.get("/toimisto/kipinat.xlsx")
			if got := book.workbook(t)["Kipinät"]; len(got) != len(rows) {
				t.Errorf("%s: %d rows in the workbook, %d in the file", role, len(got), len(rows))
			}
			for _, file := range []page{p, book} {
				words := file.words(t)
				if strings.Contains(words, "POISTETTU") || strings.Contains(words, "Poistettu Nimi") {
					t.Errorf("%s: %s holds what was erased", role, file.path)
				}
				for _, secret := range secrets {
					if strings.Contains(words, secret) != (role == office.Planner) {
						t.Errorf("%s: %s and %s", role, file.path, secret)
					}
				}
			}
			if list := r.get("/toimisto/kipinat"); list.Find(`a[href="/toimisto/kipinat.xlsx"]`).Length() != 1 || strings.Contains(list.Find("main").Text(), "vastaat siitä") != (role == office.Planner) {
				t.Errorf("%s: the list does not tell what the file holds", role)
			}
		}
	})
}

// manyMore multiplies a spark of this site.
func (s *site) manyMore(of spark.Spark, n int) {
	s.t.Helper()
	columns := `kind, title, text, language, place, place_name, state, visibility, secret, outside, listed, open, needs_hand, source, entered_by, programme_id, owner_id, due_day,
next_contact_day, dropped_at, answered_at, asked_at, closed_at, latest_at, beats, people, doers, waiting, waiting_since_at, version, held, challenge_id, merged_into, split_from`
	if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO sparks (region_id, spark_id, code, `+columns+`) WITH RECURSIVE more (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM more WHERE n < $3)
SELECT region_id, spark_id + n, 'K' || CAST(1000000 + n AS TEXT), `+columns+` FROM sparks CROSS JOIN more WHERE region_id = $1 AND spark_id = $2`, "kouvola", int64(of.ID), n)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
}

// A list goes on over as many pages of the store as it takes, on both engines.
func TestAListFileHoldsEveryPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		one := s.drop(spark.Draft{Text: "Laituri.", Language: "fi", Visibility: spark.Public}).Spark
		s.manyMore(one, 349)
		for _, query := range []string{"", "?jarjestys=apua", "?jarjestys=vilkkaimmat"} {
			if codes := column(t, s.visitor().get("/kipinat.csv"+query).rows(t, ','), "Numero"); len(codes) != 350 || len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 350 {
				t.Errorf("%s: %d rows", query, len(codes))
			}
		}
		planner := s.officer(office.Planner)
		if codes := column(t, planner.get("/toimisto/kipinat.csv").rows(t, ','), "Numero"); len(slices.Compact(slices.Sorted(slices.Values(codes)))) != 350 {
			t.Errorf("the office gets %d rows", len(codes))
		}
		// Exactly a page, and one more.
		s.sql(`DELETE FROM sparks WHERE region_id = $1 AND spark_id > $2`, "kouvola", int64(one.ID)+199)
		if rows := planner.get("/toimisto/kipinat.csv").rows(t, ','); len(rows) != 201 {
			t.Errorf("the office gets %d rows of 200", len(rows)-1)
		}
	})
}

// weighed is a reader that keeps nothing and looks at the heap now and then.
type weighed struct {
	header      http.Header
	bytes, last int
	peak        uint64
	biggest     int // the longest piece
}

func (w *weighed) Header() http.Header { return w.header }
func (w *weighed) WriteHeader(int)     {}
func (w *weighed) Write(p []byte) (int, error) {
	w.bytes += len(p)
	w.biggest = max(w.biggest, len(p))
	if w.bytes-w.last > 1<<20 {
		w.last = w.bytes
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		w.peak = max(w.peak, m.HeapAlloc)
	}
	return len(p), nil
}

// A list of twenty thousand costs the memory of a page of it. Not parallel: it
// looks at the heap of the whole process.
func TestALongListIsNotHeld(t *testing.T) {
	s := newSite(t, storetest.SQLite(t))
	// Words that hardly pack, so that the packed file is long as well.
	text := ""
	for range 60 {
		text += ident.Secret() + " "
	}
	one := s.drop(spark.Draft{Text: text, Title: strings.Join(strings.Fields(text)[:4], " "), Language: "fi", Visibility: spark.Public}).Spark
	s.manyMore(one, 19_999)
	server := web.New(s.parts)
	planner := s.officer(office.Planner)
	jar := planner.http.Jar.(*jar)
	for _, path := range []string{"/kipinat.csv", "/toimisto/kipinat.csv", "/toimisto/kipinat.xlsx"} {
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		w := &weighed{header: http.Header{}}
		r := httptest.NewRequest(http.MethodGet, path, nil)
		for _, c := range jar.all {
			r.AddCookie(c)
		}
		server.ServeHTTP(w, r)
		if w.bytes < 1<<20 {
			t.Errorf("%s: only %d bytes", path, w.bytes)
		}
		if w.biggest > 64<<10 {
			t.Errorf("%s: a piece of %d bytes", path, w.biggest)
		}
		if grown := int64(w.peak) - int64(before.HeapAlloc); grown > 16<<20 {
			t.Errorf("%s: the heap grew by %d bytes for %d bytes of file", path, grown, w.bytes)
		}
		t.Logf("%s: %d bytes, heap %d → %d", path, w.bytes, before.HeapAlloc, w.peak)
	}
}

// watched is a handler that tells how its answers end, and that can look on while
// one is written.
type watched struct {
	http.Handler
	ended chan any // what the handler panicked with, nil for nothing
	on    func(written int)
}

type watchedWriter struct {
	http.ResponseWriter
	on      func(written int)
	written int
}

func (w *watchedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
func (w *watchedWriter) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.written += n
	w.on(w.written)
	return n, err
}

func (h *watched) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	defer func() {
		p := recover()
		h.ended <- p
		if p != nil {
			panic(p)
		}
	}()
	h.Handler.ServeHTTP(&watchedWriter{w, h.on, 0}, r)
}

// hurriedRows are many times what fits into the buffers on the way.
const hurriedRows = 10_000

// hurried serves a long list from a server whose pages have a second.
func hurried(t *testing.T, on func(s *site, written int)) (s *site, h *watched, url string) {
	t.Helper()
	s = newSite(t, storetest.SQLite(t))
	text := strings.Repeat("Kipinän tuoja kirjoitti ja odottaa vastausta. ", 40)
	s.manyMore(s.drop(spark.Draft{Text: text, Title: strings.Repeat("Pitkä otsikko ", 8), Language: "fi", Visibility: spark.Public}).Spark, hurriedRows-1)
	h = &watched{Handler: web.New(s.parts), ended: make(chan any, 4), on: func(n int) { on(s, n) }}
	server := httptest.NewUnstartedServer(h)
	server.Config.WriteTimeout, server.Config.ReadTimeout = time.Second, time.Second
	server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew { // little room on the way, so that the reader's pace is felt
			_ = c.(*net.TCPConn).SetWriteBuffer(64 << 10)
		}
	}
	server.Start()
	t.Cleanup(server.Close)
	return s, h, server.URL
}

// client is a reader with little room.
func client(url string) (io.ReadCloser, error) {
	transport := &http.Transport{DisableKeepAlives: true, ReadBufferSize: 4 << 10, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		c, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		if err == nil {
			_ = c.(*net.TCPConn).SetReadBuffer(64 << 10)
		}
		return c, err
	}}
	res, err := (&http.Client{Transport: transport}).Get(url + "/kipinat.csv")
	if err != nil {
		return nil, err
	}
	return res.Body, nil
}

// A reader who takes the file slowly gets all of it, long after a page's time.
func TestASlowReaderGetsTheWholeFile(t *testing.T) {
	t.Parallel()
	_, h, url := hurried(t, func(*site, int) {})
	body, err := client(url)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	var all bytes.Buffer
	pause := time.NewTicker(60 * time.Millisecond)
	defer pause.Stop()
	for {
		_, err := io.CopyN(&all, body, 64<<10)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("after %d bytes: %v", all.Len(), err)
		}
		<-pause.C
	}
	if lines := strings.Count(all.String(), "\r\n"); lines != hurriedRows+1 {
		t.Errorf("%d lines", lines)
	}
	if p := <-h.ended; p != nil {
		t.Errorf("the handler ended with %v", p)
	}
}

// A reader who takes nothing, and one who goes away, end the reading of the store.
func TestAReaderWhoIsGoneEndsTheFile(t *testing.T) {
	t.Parallel()
	for name, leave := range map[string]func(io.ReadCloser){
		"takes nothing": func(io.ReadCloser) {},
		"goes away":     func(body io.ReadCloser) { _ = body.Close() },
	} {
		var most atomic.Int64
		_, h, url := hurried(t, func(_ *site, written int) { most.Store(int64(written)) })
		body, err := client(url)
		if err != nil {
			t.Fatal(err)
		}
		defer body.Close()
		if _, err := io.CopyN(io.Discard, body, 1<<10); err != nil {
			t.Fatal(err)
		}
		leave(body)
		select {
		case p := <-h.ended:
			if p != http.ErrAbortHandler {
				t.Errorf("%s: the handler ended with %v", name, p)
			}
		case <-time.After(time.Minute):
			t.Fatalf("%s: the handler goes on", name)
		}
		if most.Load() > 1<<20 {
			t.Errorf("%s: %d bytes were written for nobody", name, most.Load())
		}
	}
}

// When the store fails midway the connection breaks: half a list must not look
// like a whole one. When it fails before, there is a page that says so.
func TestAListThatCannotBeFinishedBreaksOff(t *testing.T) {
	t.Parallel()
	s, h, url := hurried(t, func(s *site, written int) {
		if written > 200<<10 {
			_ = s.db.Close()
		}
	})
	body, err := client(url)
	if err != nil {
		t.Fatal(err)
	}
	defer body.Close()
	got, err := io.ReadAll(body)
	if err == nil || len(got) < 200<<10 {
		t.Errorf("%d bytes and %v", len(got), err)
	}
	if p := <-h.ended; p != http.ErrAbortHandler {
		t.Errorf("the handler ended with %v", p)
	}
	if p := s.visitor().get("/kipinat.csv"); p.status < 500 || strings.Contains(p.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("without a store: %d %v", p.status, p.header)
	}
}

func TestOpenFilesAreLimited(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.drop(spark.Draft{Text: "Laituri.", Language: "fi", Visibility: spark.Public})
		r, refused := s.visitor(), 0
		for range 10 {
			if p := r.get("/kipinat.csv"); p.status == http.StatusTooManyRequests && p.header.Get("Retry-After") != "" {
				refused++
			}
		}
		if refused != 4 {
			t.Errorf("%d of ten were refused", refused)
		}
		s.clock.Advance(time.Minute)
		if p := r.get("/kipinat.csv"); p.status != 200 {
			t.Errorf("a minute later: %d", p.status)
		}
		req, _ := http.NewRequest(http.MethodHead, s.url+"/kipinat.xlsx", nil)
		if p := r.do(req); p.status != 200 || p.body != "" || !strings.Contains(p.header.Get("Content-Type"), "spreadsheetml") {
			t.Errorf("HEAD: %d, %d bytes, %v", p.status, len(p.body), p.header)
		}
	})
}
