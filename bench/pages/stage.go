package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"kokko/bench/invented"
	"kokko/ground/clock"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/session"
)

// stage is a filled store and the program that serves it.
type stage struct {
	db     *store.DB
	office invented.Office
	args   []string // of kokko serve
	about  string
	filled bool // just now
	server *running
	cookie string // of the signed-in officer
	pg     int    // PostgreSQL's first process, 0 on SQLite

	first ident.ID      // of a crowd, an organisation
	spent time.Duration // processor time when it was last looked at
}

// cpu is the processor time the answers have cost, PostgreSQL's too.
func (s *stage) cpu() time.Duration { return spent(s.server.Process.Pid, false) + family(s.pg) }

// prepare opens a store of so many sparks and fills it when it is new.
func prepare(ctx context.Context, s settings, engine string, n int) (*stage, error) {
	c := clock.System{}
	st := &stage{}
	var address string
	if engine == "SQLite" {
		folder := filepath.Join(s.data, fmt.Sprintf("sqlite-%d", n))
		st.args = []string{"--data", folder}
		address = "sqlite:" + filepath.Join(folder, "kokko.db")
	} else {
		var err error
		if address, err = database(ctx, s.postgres, fmt.Sprintf("kokko_bench_%d", n)); err != nil {
			return nil, err
		}
		st.args = []string{"--data", filepath.Join(s.data, "postgres"), "--database", address}
	}
	text := ""
	if s.words != "" {
		b, err := os.ReadFile(s.words)
		if err != nil {
			return nil, err
		}
		text = string(b)
	}
	var err error
	if st.db, err = store.Open(ctx, address, store.Options{}); err != nil {
		return nil, err
	}
	began := c.Now()
	switch err := invented.Fill(ctx, st.db, c, invented.Plan{Sparks: n, Seed: 1, Years: 3, Text: text}); {
	case err == nil:
		st.filled, st.about = true, fmt.Sprintf(" (filled in %s)", c.Now().Sub(began).Round(time.Second))
	case !errors.Is(err, invented.ErrThere):
		return nil, err
	}
	if st.filled {
		// Nothing here says the same by intent: comparing all of it in the background for
		// an hour would be measured with the pages.
		if err := st.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO spark_pair_walks (region_id, after_id, walked_at) SELECT region_id, MAX(spark_id), MAX(dropped_at) FROM sparks GROUP BY region_id`)
			return err
		}); err != nil {
			return nil, err
		}
	}
	if engine != "SQLite" {
		var own int
		var durable, buffers string
		if err := st.db.QueryRow(ctx, `SELECT pg_backend_pid(), current_setting('fsync'), current_setting('shared_buffers')`).Scan(&own, &durable, &buffers); err != nil {
			return nil, err
		}
		st.pg = status(own, "PPid")
		st.about += fmt.Sprintf(", fsync %s, shared_buffers %s", durable, buffers)
	}
	st.office, err = invented.Begin(ctx, st.db, c)
	return st, err
}

// database makes a database on a server unless it is there, and gives its address.
func database(ctx context.Context, server, name string) (string, error) {
	db, err := store.Open(ctx, server, store.Options{})
	if err != nil {
		return "", err
	}
	defer db.Close()
	var there int
	if err := db.QueryRow(ctx, `SELECT COUNT(*) FROM pg_database WHERE datname = $1`, name).Scan(&there); err != nil {
		return "", err
	}
	if there == 0 {
		rows, err := db.Query(ctx, `CREATE DATABASE `+name+` TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`) // not inside a transaction
		if err := store.Each(rows, err, nil); err != nil {
			return "", err
		}
	}
	u, err := url.Parse(server)
	if err != nil {
		return "", err
	}
	u.Path = "/" + name
	return u.String(), nil
}

// signIn signs an officer in, by a link as people do.
func (s *stage) signIn(ctx context.Context) error {
	for _, o := range s.office.Staff {
		if o.Role != office.Manager {
			continue
		}
		secret, err := session.New(s.db, clock.System{}).Print(ctx, o)
		if err != nil {
			return err
		}
		a, err := once(s.server.addr, post(s.server.addr, "/kirjaudu/"+secret, ""))
		if err != nil {
			return err
		}
		s.cookie, _, _ = strings.Cut(a.header("Set-Cookie"), ";")
		if a.status != 303 || s.cookie == "" {
			return fmt.Errorf("signing in gave %d", a.status)
		}
		s.cookie = "Cookie: " + s.cookie
		return nil
	}
	return errors.New("nobody to sign in")
}

// stranger is a cookie of a session that is gone: nobody is signed in, and nothing is
// kept ready.
const stranger = "Cookie: kokko_kouvola=nobody"

// target is one thing to measure.
type target struct {
	name  string
	want  int
	write bool
	next  func() []byte
}

// round gives the requests of a list one after another, for ever.
func round(all ...[]byte) func() []byte {
	var i atomic.Int64
	return func() []byte { return all[int(i.Add(1)-1)%len(all)] }
}

func (s *stage) targets(ctx context.Context) (all []target, err error) {
	addr := s.server.addr
	codes, err := invented.Codes(ctx, s.db, 500)
	if err != nil {
		return nil, err
	}
	long, err := invented.Longest(ctx, s.db)
	if err != nil {
		return nil, err
	}
	far, page, err := s.farPage(ctx)
	if err != nil {
		return nil, err
	}
	var sparks, seen [][]byte
	for _, c := range codes {
		sparks = append(sparks, get(addr, "/kipina/"+c))
		seen = append(seen, get(addr, "/toimisto/kipina/"+c, s.cookie))
	}
	place := "/paikat/" + s.office.Edition.Places[0].ID
	for _, p := range []struct {
		name, path string
		more       []string
	}{
		{"front page", "/", nil},
		{"list", "/kipinat", nil},
		{fmt.Sprintf("list, page %d", page), far, nil},
		{"list near a place", "/kipinat?paikka=" + url.QueryEscape(s.office.Edition.Places[0].Name.In("fi")), nil},
		{"spark with 500 beats", "/kipina/" + long, nil},
		{"places", "/paikat", nil},
		{"one place", place, nil},
		{"questions", "/kysymykset", nil},
		{"front page, not kept ready", "/", []string{stranger}},
		{"list, not kept ready", "/kipinat", []string{stranger}},
		{fmt.Sprintf("list, page %d, not kept ready", page), far, []string{stranger}},
		{"spark with 500 beats, not kept ready", "/kipina/" + long, []string{stranger}},
		{"places, not kept ready", "/paikat", []string{stranger}},
		{"questions, not kept ready", "/kysymykset", []string{stranger}},
		{"form", "/kipina", nil},
		{"front page, signed in", "/", []string{s.cookie}},
		{"list, signed in", "/kipinat", []string{s.cookie}},
		{"work list, signed in", "/toimisto", []string{s.cookie}},
	} {
		all = append(all, target{name: p.name, want: 200, next: round(get(addr, p.path, p.more...))})
	}
	var strange [][]byte
	for _, c := range codes {
		strange = append(strange, get(addr, "/kipina/"+c, stranger))
	}
	all = append(all, target{name: "one of 500 sparks", want: 200, next: round(sparks...)},
		target{name: "one of 500 sparks, not kept ready", want: 200, next: round(strange...)},
		target{name: "one of 500 sparks, signed in at the office", want: 200, next: round(seen...)})
	asked, err := s.questions(ctx)
	if err != nil {
		return nil, err
	}
	all = append(all, asked...)
	drop, err := s.drop()
	if err != nil {
		return nil, err
	}
	return append(all, drop, s.answer(codes)), nil
}

// questions is what people look for: two words of some spark, each spark another
// question; how a word begins, and a title that is being typed.
func (s *stage) questions(ctx context.Context) ([]target, error) {
	addr := s.server.addr
	list, _, err := spark.List(ctx, s.db, invented.Region, spark.Filter{Limit: 100})
	if err != nil {
		return nil, err
	}
	type ask struct{ found, begun, typed string }
	var asks []ask
	for _, sp := range list {
		words := strings.Fields(sp.Title)
		if len(words) < 2 {
			continue
		}
		first := []rune(words[0])
		asks = append(asks, ask{"/haku?sanat=" + url.QueryEscape(words[0]+" "+words[1]), "/haku/ehdotukset.html?sanat=" + url.QueryEscape(string(first[:min(3, len(first))])), url.Values{"text": {sp.Title}}.Encode()})
	}
	if len(asks) == 0 {
		return nil, errors.New("there is nothing to look for")
	}
	var i atomic.Int64
	next := func(one func(a ask, from string) []byte) func() []byte {
		return func() []byte { // from many networks, as the drops
			n := i.Add(1)
			return one(asks[int(n)%len(asks)], fmt.Sprintf("X-Forwarded-For: 10.%d.%d.7", n>>8&255, n&255))
		}
	}
	return []target{
		{name: "search, two words", want: 200, next: next(func(a ask, from string) []byte { return get(addr, a.found, from) })},
		{name: "suggestions of a search", want: 200, next: next(func(a ask, from string) []byte { return get(addr, a.begun, from) })},
		{name: "similar sparks while typing", want: 200, next: next(func(a ask, from string) []byte { return post(addr, "/kipina/samat", a.typed, from) })},
	}, nil
}

// farPage is the address of the thousandth page of the list, or the last one, found
// by following cursors.
func (s *stage) farPage(ctx context.Context) (path string, page int, err error) {
	const sizes, at, pages = 20, 100, 1000
	cursor := ""
	for page = 1; page+at/sizes <= pages; page += at / sizes {
		_, next, err := spark.List(ctx, s.db, invented.Region, spark.Filter{After: cursor, Limit: at})
		if err != nil {
			return "", 0, err
		}
		if next == "" {
			break
		}
		cursor = next
	}
	if cursor == "" {
		return "/kipinat", 1, nil
	}
	return "/kipinat?sivu=" + cursor, page, nil
}

var shown = regexp.MustCompile(`name="shown" value="([^"]*)"`)

// drop sends the form of a spark, each time another text from another network, as
// many people would.
func (s *stage) drop() (target, error) {
	addr := s.server.addr
	var i atomic.Int64
	salt, stamp := ident.Secret(), ""
	next := func() []byte {
		n := i.Add(1)
		form := url.Values{"once": {ident.Secret()}, "shown": {stamp}, "homepage": {""}, "text": {fmt.Sprintf("Kylätalolle yhteinen kahvila ja kirppis, %d. kerran mitattuna (%s). Etsimme tekijöitä ja tilaa.", n, salt)},
			"kind": {"idea"}, "place": {"Elimäki"}, "name": {"Keksitty Mittaaja"}, "email": {fmt.Sprintf("mittaaja%d@keksitty.example", n)}, "visibility": {"public"}}.Encode()
		return post(addr, "/kipina", form, fmt.Sprintf("X-Forwarded-For: 10.%d.%d.7", n>>8&255, n&255))
	}
	if a, err := once(addr, next()); err != nil || a.status != 303 { // a region has no secret to time forms with before its first spark
		return target{}, errors.Join(err, fmt.Errorf("dropping a spark gave %d", a.status))
	}
	a, err := once(addr, []byte(strings.Replace(string(get(addr, "/kipina")), "gzip, br", "identity", 1)))
	if err != nil {
		return target{}, err
	}
	m := shown.FindSubmatch(a.body)
	if m == nil {
		return target{}, errors.New("the form has no time")
	}
	stamp = string(m[1])
	return target{name: "drop", want: 303, write: true, next: next}, nil
}

// answer answers sparks as the office does.
func (s *stage) answer(codes []string) target {
	addr := s.server.addr
	var i atomic.Int64
	return target{name: "answer, signed in at the office", want: 303, write: true, next: func() []byte {
		n := int(i.Add(1))
		form := url.Values{"words": {fmt.Sprintf("Kiitos kipinästä! Soitamme ensi viikolla (%d).", n)}, "public": {"1"}}.Encode()
		return post(addr, "/toimisto/kipina/"+codes[n%len(codes)]+"/vastaa", form, s.cookie)
	}}
}

// view is what a first visit costs over the wire.
type view struct{ bytes, requests int }

var asset = regexp.MustCompile(`/(?:assets/[A-Za-z0-9._-]+|brand\.css[^"' )]*)`)

// firstView fetches the front page and all it asks for.
func firstView(addr string) (v view, err error) {
	plain := func(path string) ([]byte, error) {
		a, err := once(addr, []byte(strings.Replace(string(get(addr, path)), "gzip, br", "identity", 1)))
		return a.body, err
	}
	seen := map[string]bool{}
	wait := []string{"/"}
	for len(wait) > 0 {
		path := wait[0]
		wait = wait[1:]
		if seen[path] || strings.HasSuffix(path, ".png") || strings.HasSuffix(path, ".webmanifest") {
			continue
		}
		seen[path] = true
		a, err := once(addr, get(addr, path))
		if err != nil {
			return v, err
		}
		v.bytes += a.bytes
		for _, h := range a.head {
			v.bytes += len(h) + 2
		}
		v.requests++
		if path == "/" || strings.HasSuffix(path, ".css") {
			text, err := plain(path)
			if err != nil {
				return v, err
			}
			wait = append(wait, asset.FindAllString(string(text), -1)...)
		}
	}
	return v, nil
}
