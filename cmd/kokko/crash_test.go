package main_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// The crash test kills the program, or the database under it, in the middle of what
// many people send, and looks whether what they were told is true. `make soak` runs it
// for long: KOKKO_SOAK is the number of rounds, KOKKO_SOAK_SEED what the chances are
// drawn from (of the moments too, as far as a machine keeps to them).

// sending is one thing that somebody sent, and what they know of it.
type sending struct {
	kind  string      // drop, reply, answer, comment
	text  string      // unlike all others
	acked atomic.Bool // an answer came, whole, and said that it was taken
	tries int
	by    int // which of the writers

	once, email string   // of a drop: its form's secret, which becomes its link
	to          *sending // of a reply, an answer or a comment: its spark
	code        string   // of a drop: the spark's, once it was seen in the store
}

// keeper sends, and remembers. It believes nothing but whole answers.
type keeper struct {
	*testing.T
	site    atomic.Pointer[served]
	cookie  *http.Cookie
	seed    uint64
	pause   time.Duration // of each person between two sendings
	network atomic.Int64
	taken   atomic.Int64 // how many sendings were acknowledged

	mu      sync.Mutex // owns the rest
	all     []*sending
	refused map[string]int // what was said instead, and how often
}

// writers is how many people send at once.
const writers = 32

// post sends a form once and tells where it was led on to, "" when no whole answer
// that takes it came.
func (k *keeper) post(path string, form url.Values, cookie *http.Cookie) string {
	n := k.network.Add(1)
	p := k.site.Load()
	req, err := http.NewRequest(http.MethodPost, p.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		k.Error(err)
		return ""
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", n>>8&255, n&255))
	if cookie != nil {
		req.AddCookie(cookie)
	}
	client := http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	var body []byte
	res, err := client.Do(req)
	if err == nil {
		defer res.Body.Close()
		body, err = io.ReadAll(res.Body)
	}
	if err != nil {
		return ""
	}
	if res.StatusCode == http.StatusServiceUnavailable && (res.Header.Get("Retry-After") == "" || !strings.Contains(string(body), form.Get("text")+form.Get("words"))) {
		k.Errorf("%s: what was typed is not kept, or nobody says when to try again: %.300s", path, regexp.MustCompile(`(?s)^.*<main`).ReplaceAllString(string(body), ""))
	}
	if res.StatusCode == http.StatusSeeOther {
		k.taken.Add(1)
		return res.Header.Get("Location")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.refused[fmt.Sprintf("%d %s", res.StatusCode, regexp.MustCompile(`/[A-Z0-9-]{9,}`).ReplaceAllString(path, "/…"))]++
	return ""
}

// signIn signs an officer in by the link that was printed.
func (k *keeper) signIn(p *served) {
	k.Helper()
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	req, err := http.NewRequest(http.MethodPost, p.link, nil)
	if err != nil {
		k.Fatal(err)
	}
	res, err := client.Do(req)
	if err != nil || len(res.Cookies()) != 1 {
		k.Fatalf("signing in: %v %v", err, res)
	}
	res.Body.Close()
	k.cookie = res.Cookies()[0]
}

// send sends something the first time or, as people do who saw no answer, again.
func (k *keeper) send(s *sending) {
	s.tries++
	switch s.kind {
	case "drop":
		to := k.post("/kipina", url.Values{"once": {s.once}, "homepage": {""}, "text": {s.text}, "kind": {"idea"}, "visibility": {"public"}, "email": {s.email}}, nil)
		if to != "" && !strings.HasPrefix(to, "/oma/"+s.once+"/kiitos") {
			k.Errorf("%s: led to %s", s.text, to)
		}
		if to != "" {
			s.acked.Store(true)
		}
	case "reply":
		s.acked.Store(k.post("/oma/"+s.to.once+"/vastaus", url.Values{"words": {s.text}, "seen": {"office"}}, nil) != "")
	case "comment":
		s.acked.Store(k.post("/oma/"+s.to.once+"/kommentti", url.Values{"words": {s.text}}, nil) != "")
	case "answer":
		s.acked.Store(k.post("/toimisto/kipina/"+s.to.code+"/vastaa", url.Values{"words": {s.text}, "public": {"1"}}, k.cookie) != "")
	}
}

// write is one person until the end of the round. mine is what they sent in earlier
// rounds.
func (k *keeper) write(ctx context.Context, round, who int, mine []*sending) {
	chance := rand.New(rand.NewPCG(k.seed, uint64(round*writers+who)))
	var known, open []*sending
	for _, s := range mine {
		if s.kind == "drop" && s.acked.Load() && s.code != "" {
			known = append(known, s)
		}
		// An answer is no form with a secret of its own: nobody sends it again unseen.
		if s.kind != "answer" && !s.acked.Load() && s.tries < 4 {
			open = append(open, s)
		}
	}
	for i := 0; ctx.Err() == nil; i++ {
		if len(open) > 0 && chance.IntN(2) == 0 {
			k.send(open[0])
			open = open[1:]
			continue
		}
		s := &sending{kind: "drop", by: who, text: fmt.Sprintf("Kipinä %d kierrokselta %d: lähettäjä %d toivoo kylälle yhteistä verstasta.", i, round, who), once: ident.Secret(), email: fmt.Sprintf("k%d-%d-%d@keksitty.example", round, who, i)}
		if at := chance.IntN(6); at < 3 && len(known) > 0 {
			s = &sending{by: who, kind: []string{"reply", "answer", "comment"}[at], to: known[chance.IntN(len(known))], text: fmt.Sprintf("Sana %d kierrokselta %d lähettäjältä %d.", i, round, who)}
		}
		k.mu.Lock()
		k.all = append(k.all, s)
		k.mu.Unlock()
		k.send(s)
		time.Sleep(k.pause)
	}
}

// tally is what was sent and taken of one kind.
type tally struct{ sent, acked, unseen int }

// told is what has been acknowledged by now.
func (k *keeper) told() map[*sending]bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	all := map[*sending]bool{}
	for _, s := range k.all {
		all[s] = s.acked.Load()
	}
	return all
}

// look compares a store with what people know: known is what must be there. settled
// is when no work waits: then every letter is there too.
func (k *keeper) look(db *store.DB, known map[*sending]bool, settled bool) map[string]tally {
	k.Helper()
	ctx := context.Background()
	read := func(query string, row func(*sql.Rows) error) {
		k.Helper()
		rows, err := db.Query(ctx, query)
		if err := store.Each(rows, err, row); err != nil {
			k.Fatal(err)
		}
	}
	type kept struct {
		code, held string
		id         ident.ID
		times      int
	}
	sparks, words, links := map[string]kept{}, map[string]int{}, map[string]bool{}
	comments := map[string]int{}
	read(`SELECT words FROM comments WHERE region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var said string
		err := rows.Scan(&said)
		comments[said]++
		return err
	})
	of := map[ident.ID]map[string]int{} // beats of a spark by type
	read(`SELECT spark_id, text, code, held FROM sparks WHERE region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var s kept
		var text string
		err := rows.Scan(&s.id, &text, &s.code, &s.held)
		s.times = sparks[text].times + 1
		sparks[text] = s
		return err
	})
	read(`SELECT w.words FROM beat_words w WHERE w.region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var said string
		err := rows.Scan(&said)
		words[said]++
		return err
	})
	read(`SELECT link_hash FROM bringer_links WHERE region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var hash string
		err := rows.Scan(&hash)
		links[hash] = true
		return err
	})
	read(`SELECT spark_id, type FROM beats WHERE region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var id ident.ID
		var kind string
		err := rows.Scan(&id, &kind)
		if of[id] == nil {
			of[id] = map[string]int{}
		}
		of[id][kind]++
		return err
	})
	type letter struct {
		to      ident.ID
		purpose string
	}
	letters := map[letter]int{}
	read(`SELECT spark_id, purpose FROM mails WHERE region_id = 'kouvola'`, func(rows *sql.Rows) error {
		var l letter
		err := rows.Scan(&l.to, &l.purpose)
		letters[l]++
		return err
	})

	counts, held := map[string]tally{}, 0
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, s := range k.all {
		times, whole := words[s.text], true
		if s.kind == "comment" {
			times = comments[s.text]
		}
		if s.kind == "drop" {
			there := sparks[s.text]
			times = there.times
			if there.held != "" {
				held++
			}
			s.code = there.code
			whole = times == 0 || links[ident.Hash(s.once)] && of[there.id]["dropped"] == 1
			delete(sparks, s.text)
			// Each beat's letter is written once, when its turn has come.
			for purpose, beat := range map[string]string{"bringer.dropped": "dropped", "bringer.answered": "answered", "office.replied": "replied"} {
				got, want := letters[letter{there.id, purpose}], of[there.id][beat]
				if times > 0 && (got > want || settled && got < want && there.held == "") {
					k.Errorf("%s: %d letters %s for %d", s.text, got, purpose, want)
				}
			}
		}
		c := counts[s.kind]
		c.sent++
		switch {
		case times > 1:
			k.Errorf("%s is there %d times", s.text, times)
		case !whole:
			k.Errorf("%s is there by half", s.text)
		case known[s] && times == 0:
			k.Errorf("%s was taken, and is lost", s.text)
		case !known[s] && times == 1:
			c.unseen++
		}
		if known[s] {
			c.acked++
		}
		counts[s.kind] = c
	}
	if held > len(k.all)/4 {
		k.Errorf("%d sparks are held: of those fewer letters are looked for", held)
	}
	for text := range sparks {
		k.Errorf("%s was sent by nobody", text)
	}
	// No half transactions: what a spark says of its story is what the story says.
	for name, query := range map[string]string{
		"sparks whose beats are not as many as they say": `SELECT COUNT(*) FROM sparks s WHERE s.region_id = 'kouvola' AND s.beats <> (SELECT COUNT(*) FROM beats b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id)`,
		"sparks without a bringer":                       `SELECT COUNT(*) FROM sparks s WHERE s.region_id = 'kouvola' AND NOT EXISTS (SELECT 1 FROM bringers b WHERE b.region_id = s.region_id AND b.spark_id = s.spark_id)`,
		"comments that the story does not tell of":       `SELECT COUNT(*) FROM comments c WHERE c.region_id = 'kouvola' AND c.placed = TRUE AND NOT EXISTS (SELECT 1 FROM beats b WHERE b.region_id = c.region_id AND b.spark_id = c.spark_id AND b.beat_id = c.beat_id)`,
		"talks counted wrong":                            `SELECT COUNT(*) FROM talks t WHERE t.region_id = 'kouvola' AND t.shown <> (SELECT COUNT(*) FROM comments c WHERE c.region_id = t.region_id AND c.spark_id = t.spark_id AND c.state = 'shown')`,
		"letters of no spark":                            `SELECT COUNT(*) FROM mails m WHERE m.region_id = 'kouvola' AND m.spark_id <> 0 AND NOT EXISTS (SELECT 1 FROM sparks s WHERE s.region_id = m.region_id AND s.spark_id = m.spark_id)`,
		"jobs given up":                                  `SELECT COUNT(*) FROM jobs WHERE state = 'dead'`,
	} {
		var n int
		if err := db.QueryRow(ctx, query).Scan(&n); err != nil || n > 0 {
			k.Errorf("%d %s (%v)", n, name, err)
		}
	}
	if db.Engine == store.SQLite {
		// On a connection of its own: FTS5's own check believes what the connection knew
		// of the index before others wrote, and then calls it corrupt.
		fresh, err := store.Open(ctx, "sqlite:"+strings.TrimPrefix(db.Name(), "sqlite "), store.Options{ReadConns: 1})
		if err != nil {
			k.Fatal(err)
		}
		defer fresh.Close()
		var verdict string
		if err := fresh.QueryRow(ctx, `PRAGMA integrity_check`).Scan(&verdict); err != nil || verdict != "ok" {
			k.Errorf("integrity: %s %v", verdict, err)
		}
		read(`PRAGMA foreign_key_check`, func(*sql.Rows) error { k.Error("a broken foreign key"); return nil })
	}
	return counts
}

// blow is a way to be killed.
type blow struct {
	name string
	ours bool // it is the program that dies, and is started again
	hit  func(t *testing.T, p *served, db *store.DB)
}

func kills(pg *storetest.Durable) []blow {
	all := []blow{{"kill -9 of kokko", true, func(t *testing.T, p *served, _ *store.DB) { _ = p.cmd.Process.Kill() }}}
	if pg == nil {
		return all
	}
	first := func(s syscall.Signal) func(*testing.T, *served, *store.DB) {
		return func(*testing.T, *served, *store.DB) {
			if pid := pg.PID(); pid > 1 {
				_ = syscall.Kill(pid, s)
			}
		}
	}
	return append(all,
		blow{"immediate shutdown of PostgreSQL", false, first(syscall.SIGQUIT)},
		blow{"kill -9 of a PostgreSQL backend", false, func(t *testing.T, _ *served, db *store.DB) {
			var pid int
			if err := db.QueryRow(context.Background(), `SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() ORDER BY state, pid LIMIT 1`).Scan(&pid); err != nil {
				t.Logf("no backend to kill: %v", err)
				return
			}
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}},
		blow{"kill -9 of PostgreSQL's first process", false, first(syscall.SIGKILL)})
}

// number reads a number of the environment.
func number(name string, otherwise int) int {
	if n, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return n
	}
	return otherwise
}

func TestCrashLosesNothingSQLite(t *testing.T) {
	t.Parallel()
	data := filepath.Join(t.TempDir(), "data")
	crash(t, "SQLite", "sqlite:"+filepath.Join(data, "kokko.db"), data, nil, number("KOKKO_SOAK", 3))
}

func TestCrashLosesNothingPostgreSQL(t *testing.T) {
	t.Parallel()
	pg := storetest.DurablePostgres(t, "")
	crash(t, "PostgreSQL", pg.URL(), t.TempDir(), pg, number("KOKKO_SOAK", 4))
}

// An archive taken while many write is one moment of it: all that was acknowledged
// before is there, nothing by half, on either engine and on the way back.
func TestBackupWhileManyWrite(t *testing.T) {
	t.Parallel()
	for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
		t.Run(string(engine), func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			vacant := func(e store.Engine, name string) string {
				if e == store.Postgres {
					return storetest.PostgresURL(t)
				}
				return "sqlite:" + filepath.Join(dir, name, "kokko.db")
			}
			address := vacant(engine, "first")
			k := &keeper{T: t, seed: 7, pause: 20 * time.Millisecond, refused: map[string]int{}} // many, yet the archives get their turn
			p := serve(t, "--database", address, "--data", filepath.Join(dir, "data"), "--proxy", "127.0.0.0/8")
			k.site.Store(p)
			k.signIn(p)
			ctx, stop := context.WithCancel(context.Background())
			defer stop()
			var all sync.WaitGroup
			write := func(ctx context.Context, round int, mine []*sending, all *sync.WaitGroup) {
				for who := range 8 {
					own := slices.DeleteFunc(slices.Clone(mine), func(s *sending) bool { return s.by != who })
					all.Go(func() { k.write(ctx, round, who, own) })
				}
			}
			// A first round, so that the next can reply and answer too.
			var first sync.WaitGroup
			early, enough := context.WithTimeout(ctx, time.Second)
			write(early, 0, nil, &first)
			first.Wait()
			enough()
			look := func(address string, known map[*sending]bool) {
				t.Helper()
				db, err := store.Open(t.Context(), address, store.Options{ReadConns: 2})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				k.look(db, known, false)
			}
			look(address, k.told())
			k.mu.Lock()
			mine := slices.Clone(k.all)
			k.mu.Unlock()
			write(ctx, 1, mine, &all)
			file := [2]string{filepath.Join(dir, "one.kokko"), filepath.Join(dir, "two.kokko")}
			var before [2]map[*sending]bool
			for i := range file {
				time.Sleep(300 * time.Millisecond)
				before[i] = k.told()
				if code, out := run(t, "backup", "--database", address, file[i]); code != 0 {
					t.Fatalf("backup: %d %s", code, out)
				}
				if code, out := run(t, "backup", "--verify", file[i]); code != 0 {
					t.Errorf("verify: %d %s", code, out)
				}
			}
			if code, out := run(t, "restore", "--database", address, file[0]); code != 1 || !strings.Contains(out, "serving") {
				t.Errorf("a restore into what is served: %d %s", code, out)
			}
			stop()
			all.Wait()
			look(address, k.told())
			for i := range file {
				for _, to := range []store.Engine{store.SQLite, store.Postgres} {
					there := vacant(to, fmt.Sprint("restored", i))
					if code, out := run(t, "restore", "--database", there, file[i]); code != 0 {
						t.Fatalf("restore into %s: %d %s", to, code, out)
					}
					look(there, before[i])
					if to == engine || i > 0 {
						continue
					}
					back, home := filepath.Join(dir, "back.kokko"), vacant(engine, "back")
					for _, args := range [][]string{{"backup", "--database", there, back}, {"restore", "--database", home, back}} {
						if code, out := run(t, args...); code != 0 {
							t.Fatalf("%s: %d %s", args[0], code, out)
						}
					}
					look(home, before[i])
				}
			}
			for what, n := range k.refused {
				t.Errorf("%d answers were %s", n, what)
			}
		})
	}
}

func crash(t *testing.T, engine, address, data string, pg *storetest.Durable, rounds int) {
	k := &keeper{T: t, seed: uint64(number("KOKKO_SOAK_SEED", 1)), refused: map[string]int{}}
	chance := rand.New(rand.NewPCG(k.seed, 0))
	begin := func() *served {
		p := serve(t, "--database", address, "--data", data, "--lease", "5s", "--proxy", "127.0.0.0/8")
		k.site.Store(p)
		return p
	}
	p := begin()
	k.signIn(p)

	db, err := store.Open(t.Context(), address, store.Options{ReadConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	ready := func() bool {
		res, err := http.Get(p.watch + "/readyz")
		if err != nil {
			return false
		}
		res.Body.Close()
		// The pool of this test has seen its connections die too.
		return res.StatusCode == http.StatusOK && db.QueryRow(context.Background(), `SELECT COUNT(*) FROM regions`).Scan(new(int)) == nil
	}
	wait := func(what string, limit time.Duration, done func() bool) time.Duration {
		t.Helper()
		began := time.Now()
		for !done() {
			if time.Since(began) > limit {
				why := ""
				if pg != nil {
					why = pg.Log()
				}
				t.Fatalf("not within %s: %s\n%s\n%s", limit, what, p.log, why[max(0, len(why)-4000):])
			}
			time.Sleep(20 * time.Millisecond)
		}
		return time.Since(began)
	}

	ways := kills(pg)
	done, again := map[string]int{}, map[string][]time.Duration{}
	for round := range rounds {
		way := ways[round%len(ways)]
		mine := make([][]*sending, writers)
		k.mu.Lock()
		for _, s := range k.all {
			mine[s.by] = append(mine[s.by], s)
		}
		k.mu.Unlock()
		ctx, stop := context.WithCancel(context.Background())
		var all sync.WaitGroup
		for who := range writers {
			all.Go(func() { k.write(ctx, round, who, mine[who]) })
		}
		// The moment is by chance, but not before something was taken.
		begun := k.taken.Load()
		wait("something is taken", time.Minute, func() bool { return k.taken.Load() > begun+writers })
		time.Sleep(time.Duration(chance.IntN(1400)) * time.Millisecond)
		way.hit(t, p, db)
		if !way.ours {
			time.Sleep(300 * time.Millisecond) // they go on sending into nothing
		}
		stop()
		all.Wait()
		began := time.Now()
		if way.ours {
			p.done <- <-p.done
			p = begin()
		}
		wait("the site answers again after "+way.name, 2*time.Minute, ready)
		done[way.name]++
		again[way.name] = append(again[way.name], time.Since(began))
		k.look(db, k.told(), false)
		if t.Failed() {
			t.Fatalf("after round %d, %s\n%s", round+1, way.name, p.log)
		}
	}
	wait("the background work is done", 20*time.Minute, func() bool {
		var n int
		err := db.QueryRow(context.Background(), `SELECT COUNT(*) FROM jobs WHERE state <> 'dead'`).Scan(&n)
		return err == nil && n == 0
	})
	counts := k.look(db, k.told(), true)
	// What people have in their hands opens what they sent.
	shown := 0
	for _, s := range k.all {
		if s.kind == "drop" && s.acked.Load() && shown < 25 && chance.IntN(4) == 0 {
			shown++
			if code, body := p.get(p.url + "/oma/" + s.once); code != http.StatusOK || !strings.Contains(body, s.text) {
				t.Errorf("the link of %s gives %d", s.text, code)
			}
		}
	}
	for what, n := range k.refused {
		// A database that is away is said to be away; nothing else may be said.
		if pg == nil || !strings.HasPrefix(what, "503 ") {
			t.Errorf("%d answers were %s", n, what)
		}
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d\n%s", code, p.log)
	}

	var table strings.Builder
	fmt.Fprintf(&table, "%s, %d rounds, %d writers, seed %d\n", engine, rounds, writers, k.seed)
	for _, w := range ways {
		if at := again[w.name]; len(at) > 0 {
			slices.Sort(at)
			fmt.Fprintf(&table, "| %s | %d | answers again within %d ms (middle), %d ms (most) |\n", w.name, done[w.name], at[len(at)/2].Milliseconds(), at[len(at)-1].Milliseconds())
		}
	}
	fmt.Fprintf(&table, "| | sent | acknowledged | stored without a word | lost | twice |\n|---|---|---|---|---|---|\n")
	for _, kind := range []string{"drop", "reply", "answer", "comment"} {
		c := counts[kind]
		fmt.Fprintf(&table, "| %s | %d | %d | %d | 0 | 0 |\n", kind, c.sent, c.acked, c.unseen)
		if c.acked == 0 && rounds > 1 {
			t.Errorf("no %s was ever taken", kind)
		}
	}
	t.Log("\n" + table.String())
}
