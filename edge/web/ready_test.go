package web_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/ground/i18n"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/style"
	"kokko/schema"
)

// anew asks for a page as somebody whose sign-in has ended: it is made for them
// alone, and says what it says to everybody.
func (r *reader) anew(path string) page {
	r.s.t.Helper()
	if r.s.pages != nil {
		r.s.pages.Forget()
	}
	req, err := http.NewRequest(http.MethodGet, r.s.url+path, nil)
	if err != nil {
		r.s.t.Fatal(err)
	}
	req.Header.Set("Cookie", "kokko_kouvola=nobody")
	return r.do(req)
}

var oneReaders = regexp.MustCompile(`name="(shown|once)" value="([^"]*)"`)

// same is a page without what is one reader's own.
func same(p page) string { return oneReaders.ReplaceAllString(p.body, `name="$1"`) }

// readyPaths is an address of every route whose page is kept ready, and then some.
func readyPaths(t *testing.T, s *site, codes ...string) []string {
	t.Helper()
	var question string
	open, err := challenge.OpenOn(context.Background(), s.db, "kouvola", office.Today(s.clock), 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range open {
		question = q.ID.String()
	}
	given := map[string]string{"{$}": "", "{koodi}": codes[0]}
	var all []string
	for _, pattern := range web.ReadyPatterns() {
		_, path, _ := strings.Cut(pattern, " ")
		for gap, with := range given {
			path = strings.ReplaceAll(path, gap, with)
		}
		switch {
		case strings.HasPrefix(path, "/ohjelma/teema/"):
			path = "/ohjelma/teema/" + s.edition.Themes[0].ID
		case strings.HasPrefix(path, "/paikat/"):
			path = "/paikat/" + s.edition.Places[0].ID
		case strings.HasPrefix(path, "/kysymys/"):
			path = "/kysymys/" + question
		}
		all = append(all, path)
	}
	for _, c := range codes {
		all = append(all, "/kipina/"+c, "/en/kipina/"+c)
	}
	return append(all, "/sv/", "/en/", "/selko/", "/sv/kipinat", "/kipinat?jarjestys=vilkkaimmat", "/kipinat?laji=idea&paikka=Inkeroinen", "/kipina?laji=need", "/en/kysymykset", "/selko/kipinat")
}

// Every page that is kept ready is the page that would have been made, whatever
// people do between two readings of it.
func TestReadyPagesAreWhatWouldBeMade(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		s.ask(30)
		pub := func(text string) spark.Draft {
			return spark.Draft{Text: text, Kind: spark.Idea, Place: "Inkeroinen", Name: "Tuula Tuoja", Visibility: spark.Public, Language: "fi", Themes: []string{s.edition.Themes[0].ID}}
		}
		var living []spark.Receipt
		for i := range 5 {
			living = append(living, s.drop(pub(fmt.Sprintf("Kipinä %d syttyy torilla.", i))))
			s.clock.Advance(time.Minute)
		}
		codes := []string{living[0].Spark.Code, living[1].Spark.Code}
		dice := rand.New(rand.NewPCG(uint64(len(s.db.Engine)), 7))
		some := func() spark.Receipt { return living[dice.IntN(len(living))] }
		name := 0
		acts := []func(){
			func() { living = append(living, s.drop(pub(fmt.Sprintf("Uusi kipinä %d.", len(living))))) },
			func() {
				_, _ = s.parts.Sparks.Answer(ctx, s.act(some().Spark.Code), "Kiitos, soitamme!", dice.IntN(2) == 0, "")
			},
			func() { // any of these may come too late
				_, _ = s.parts.Sparks.Withdraw(ctx, "kouvola", some().Link, dice.IntN(2) == 0)
			},
			func() {
				d := pub(fmt.Sprintf("Muutettu teksti %d.", dice.IntN(1000)))
				d.Visibility = []spark.Visibility{spark.Public, spark.Unnamed, spark.Office}[dice.IntN(3)]
				_, _ = s.parts.Sparks.Edit(ctx, "kouvola", some().Link, s.edition, d)
			},
			func() {
				_, _ = s.parts.Sparks.Close(ctx, s.act(some().Spark.Code), spark.Close{State: spark.Resting, Reason: "Odotetaan kevättä.", Would: "Tekijä."})
			},
			func() {
				o := s.officers[office.Planner]
				name++
				o.Name = fmt.Sprintf("Kaisa %d", name)
				if err := s.parts.Office.Change(ctx, o); err != nil {
					t.Error(err)
				}
			},
			func() { s.set(map[string]string{"privacy.controller": fmt.Sprintf("Kouvola %d", dice.IntN(1000))}) },
			func() { s.clock.Advance(time.Duration(dice.IntN(90)) * time.Second) },
			func() { s.clock.Advance(time.Duration(dice.IntN(60)) * time.Hour) },
			func() { s.clock.Advance(-time.Duration(dice.IntN(90)) * time.Second) },
			func() {
				if err := s.parts.Styles.Put(ctx, s.edition, s.parts.Texts.For(i18n.Finnish), "question", fmt.Sprintf("Syttyisikö %d?", dice.IntN(1000))); err != nil {
					t.Error(err)
				}
			},
			func() {}, // nothing happens
		}
		served := 0
		for range 40 {
			acts[dice.IntN(len(acts))]()
			paths := readyPaths(t, s, codes...)
			for range 6 {
				path := paths[dice.IntN(len(paths))]
				first, second, want := r.get(path), r.get(path), r.anew(path)
				if first.status != want.status || second.status != want.status || same(first) != same(want) || same(second) != same(want) {
					t.Fatalf("%s: %d, %d and made anew %d differ:\n%s", path, first.status, second.status, want.status, difference(same(second), same(want)))
				}
				if want.status == http.StatusOK {
					served++
					if c := first.header.Get("Cache-Control"); c != "private, no-cache" {
						t.Fatalf("%s is not kept: %q", path, c)
					}
				}
				if c := want.header.Get("Cache-Control"); c != "no-store" {
					t.Fatalf("%s made for one reader may be kept: %q", path, c)
				}
			}
		}
		if served < 100 {
			t.Errorf("only %d pages were kept", served)
		}
	})
}

// difference is where two texts part.
func difference(a, b string) string {
	i := 0
	for i < min(len(a), len(b)) && a[i] == b[i] {
		i++
	}
	from := max(i-80, 0)
	return a[from:min(i+120, len(a))] + "\n---\n" + b[from:min(i+120, len(b))]
}

// What somebody chose is honoured by the next page, in every language.
func TestReadyPagesHonourChoicesAtOnce(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r, signedIn := context.Background(), s.visitor(), s.officer(office.Viewer)
		kept := s.drop(spark.Draft{Text: "Rantasauna kaikille.", Name: "Saara Saunoja", Visibility: spark.Public, Language: "fi"})
		says := func(path string) func(string) bool {
			r.get(path)
			return func(words string) bool {
				t.Helper()
				return strings.Contains(r.get(path).body, words)
			}
		}
		pages := map[string]func(string) bool{}
		for _, path := range []string{"/", "/sv/", "/kipinat", "/en/kipinat", "/kipina/" + kept.Spark.Code} {
			pages[path] = says(path)
		}
		shows := func(when, words string, want bool, paths ...string) {
			t.Helper()
			for _, path := range paths {
				if pages[path](words) != want {
					t.Errorf("%s: %s says %q: %v", when, path, words, !want)
				}
				for range 2 { // read, and what was read shown again
					if strings.Contains(signedIn.get(path).body, words) != want {
						t.Errorf("%s: %s says %q to who is signed in: %v", when, path, words, !want)
					}
				}
			}
		}
		lists, own := []string{"/", "/sv/", "/kipinat", "/en/kipinat"}, "/kipina/"+kept.Spark.Code
		shows("dropped", "Rantasauna", true, append(lists, own)...)
		shows("dropped", "Saara Saunoja", true, own)
		s.must(s.parts.Sparks.Edit(ctx, "kouvola", kept.Link, s.edition, spark.Draft{Text: "Rantasauna kaikille.", Name: "Saara Saunoja", Visibility: spark.Unnamed, Language: "fi"}))
		shows("without the name", "Saara Saunoja", false, own)
		s.must(s.parts.Sparks.Answer(ctx, s.act(kept.Spark.Code), "Hieno ajatus!", true, ""))
		shows("answered", "Hieno ajatus!", true, own, "/")
		v := s.edition.Version
		source, err := s.parts.Programmes.Source(ctx, "kouvola", v.ID)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(source, "Ottaisiko minun ideani tulta?", "Syttyisikö minun ideani?", 1)
		if changed == source {
			t.Fatal("the programme has another question")
		}
		if _, err := s.parts.Programmes.Publish(ctx, "kouvola.yaml", []byte(changed), "", "", nil); err != nil {
			t.Fatal(err)
		}
		shows("another programme", "Syttyisikö minun ideani?", true, "/")
		s.must(s.parts.Sparks.Withdraw(ctx, "kouvola", kept.Link, true))
		shows("withdrawn", "Rantasauna", false, append(lists, own)...)
		held := s.drop(spark.Draft{Text: "Toinen sauna.", Visibility: spark.Public, Language: "fi"})
		r.get("/kipinat")
		s.must(s.parts.Sparks.Withdraw(ctx, "kouvola", held.Link, false))
		shows("withdrawn", "Toinen sauna", false, lists...)
	})
}

// What a page has read is not asked for again while nothing has changed, and is after.
func TestWhatWasReadIsShownAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.drop(spark.Draft{Text: "Talvipuutarha torille.", Visibility: spark.Public, Language: "fi"})
		signedIn := s.officer(office.Viewer)
		asked := func(path string) (n int) {
			t.Helper()
			var count atomic.Int64
			s.db.Overhear(func(query string, _ []any) {
				if strings.Contains(query, "FROM sparks s") {
					count.Add(1)
				}
			})
			defer s.db.Overhear(nil)
			if p := signedIn.get(path); p.status != http.StatusOK || !strings.Contains(p.body, "Talvipuutarha") {
				t.Errorf("%s: %d", path, p.status)
			}
			return int(count.Load())
		}
		for _, path := range []string{"/", "/kipinat", "/kipinat?jarjestys=vilkkaimmat", "/toimisto"} {
			s.drop(spark.Draft{Text: "Toinen ajatus.", Visibility: spark.Public, Language: "fi"})
			if asked(path) == 0 {
				t.Errorf("%s is not read after a drop", path)
			}
			// The store's own count of the drop is seen up to a tenth of a second later,
			// and a sign-in is noted: each may make it read once more, and no more often.
			again := 0
			for again < 4 && asked(path) > 0 {
				again++
			}
			if again == 4 {
				t.Errorf("%s is read anew each time", path)
			}
			s.clock.Advance(time.Minute)
			if asked(path) == 0 {
				t.Errorf("%s is read anew for a new minute", path)
			}
		}
	})
}

// Nobody is sent what was before they asked, however many write and read at once.
func TestReadyPagesUnderWriting(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const drops = 40
		var told atomic.Int64
		var all sync.WaitGroup
		number := regexp.MustCompile(`Kuuma kipinä ([0-9]+)`)
		s.drop(spark.Draft{Text: "Kuuma kipinä 0", Visibility: spark.Public, Language: "fi"})
		stop := make(chan struct{})
		for range 6 {
			all.Go(func() {
				for {
					before := told.Load()
					res, err := http.Get(s.url + "/kipinat")
					if err != nil {
						t.Error(err)
						return
					}
					body, err := io.ReadAll(res.Body)
					res.Body.Close()
					m := number.FindSubmatch(body)
					var got int64
					if err != nil || m == nil {
						t.Errorf("%d %v", res.StatusCode, err)
						return
					}
					fmt.Sscan(string(m[1]), &got)
					if got < before {
						t.Errorf("spark %d was told and the list begins with %d", before, got)
					}
					select {
					case <-stop:
						return
					default:
					}
				}
			})
		}
		for i := range drops {
			s.drop(spark.Draft{Text: fmt.Sprintf("Kuuma kipinä %d", i+1), Visibility: spark.Public, Language: "fi"})
			told.Store(int64(i + 1))
		}
		close(stop)
		all.Wait()
	})
}

// A page of which nothing has changed is not sent again; the same page is packed or
// not, asked with GET or HEAD.
func TestReadyPagesAreAskedAgain(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.secret() // so that forms are timed
		r := s.visitor()
		ask := func(method, path string, headers ...string) (*http.Response, string) {
			t.Helper()
			req, err := http.NewRequest(method, s.url+path, nil)
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i+1 < len(headers); i += 2 {
				req.Header.Set(headers[i], headers[i+1])
			}
			res, err := r.http.Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			body, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			return res, string(body)
		}
		tags := map[string]bool{}
		for _, coding := range []string{"identity", "gzip"} {
			first, body := ask("GET", "/kipinat", "Accept-Encoding", coding)
			tag := first.Header.Get("ETag")
			if tag == "" || tags[tag] || first.Header.Get("Vary") != "Accept-Encoding, Cookie" {
				t.Errorf("%s: tag %q, %v", coding, tag, first.Header)
			}
			tags[tag] = true
			head, none := ask("HEAD", "/kipinat", "Accept-Encoding", coding)
			if head.StatusCode != 200 || none != "" || head.ContentLength != int64(len(body)) || head.Header.Get("ETag") != tag {
				t.Errorf("%s: HEAD gave %d, %d bytes of %d", coding, head.StatusCode, head.ContentLength, len(body))
			}
			again, none := ask("GET", "/kipinat", "Accept-Encoding", coding, "If-None-Match", `"x", W/`+tag)
			if again.StatusCode != http.StatusNotModified || none != "" || again.Header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s: asked again gave %d", coding, again.StatusCode)
			}
			s.drop(spark.Draft{Text: "Jotain uutta: " + coding, Visibility: spark.Public, Language: "fi"})
			if changed, _ := ask("GET", "/kipinat", "Accept-Encoding", coding, "If-None-Match", tag); changed.StatusCode != 200 {
				t.Errorf("%s: a changed page gave %d", coding, changed.StatusCode)
			}
		}
		// A form is each reader's own, packed or not, and its packing is whole.
		seen := map[string]bool{}
		for range 3 {
			for _, plain := range []bool{true, false} {
				var p page
				if plain {
					_, body := ask("GET", "/kipina", "Accept-Encoding", "identity")
					p.body = body
				} else {
					p = r.get("/kipina") // the client asks for gzip and checks its sum
				}
				own := oneReaders.FindAllStringSubmatch(p.body, -1)
				if len(own) != 2 || own[0][2] == "" || own[1][2] == "" {
					t.Fatalf("the form has %v", own)
				}
				for _, o := range own {
					if o[1] == "once" && (len(o[2]) != 26 || seen[o[2]]) {
						t.Errorf("the form's secret is %q", o[2])
					}
					if o[1] == "shown" {
						if age, ok, err := s.parts.Trust.Age(context.Background(), "kouvola", o[2]); err != nil || !ok || age != 0 {
							t.Errorf("shown %s ago, %v %v", age, ok, err)
						}
					}
					seen[o[2]] = o[1] == "once"
				}
			}
			s.clock.Advance(time.Second)
		}
	})
}

// What is kept is everybody's: no other route's answer may be kept like that, and no
// kept page changes with what is written where pages are not made from.
func TestNothingOfOnesOwnIsKept(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := r.drop("name", "Salla Salainen", "email", "salla@example.org", "visibility", "unnamed")
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(d.code), "Kiitos!", false, ""))
		for _, o := range []*reader{s.officer(office.Manager), s.officer(office.Viewer)} {
			for _, path := range readyPathsOf(t, s, d.code) {
				p := o.get(path)
				if p.status == http.StatusOK && (p.header.Get("Cache-Control") != "no-store" || p.header.Get("ETag") != "") {
					t.Errorf("%s is kept for who is signed in", path)
				}
				if again := s.visitor().get(path); again.Find("a.enter[href$='/toimisto']").Length() > 0 {
					t.Errorf("%s shows a stranger the office's own", path)
				}
			}
		}
		for _, path := range []string{d.own, d.own + "/kiitos", d.own + "/muokkaus", "/kirjaudu", "/palaute", "/kipina/" + d.code + "/ilmoita", "/ei-ole", "/kipinat?utm_source=x", "/kipina?tapahtuma=Tori", "/kipinat?jarjestys=" + strings.Repeat("x", 400)} {
			if c := r.get(path).header.Get("Cache-Control"); c != "no-store" {
				t.Errorf("%s: %q", path, c)
			}
		}
		for _, path := range readyPathsOf(t, s, d.code) {
			body := r.get(path).body
			for _, own := range []string{"Salla", "salla@example.org", strings.TrimPrefix(d.own, "/oma/")} {
				if strings.Contains(body, own) {
					t.Errorf("%s says %q", path, own)
				}
			}
		}
		s.drop(spark.Draft{Text: "Vastaamaton ajatus.", Visibility: spark.Public, Language: "fi"})
		before := map[string]string{}
		for _, path := range readyPathsOf(t, s, d.code) {
			before[path] = same(r.anew(path))
		}
		work := s.officer(office.Manager)
		worked := work.get("/toimisto")
		if !strings.Contains(worked.body, "Vastaamaton ajatus") {
			t.Error("the work list shows no work")
		}
		for _, table := range schema.Unread() {
			if table != "sessions" && table != "signin_links" {
				s.sql(`DELETE FROM ` + table)
			}
		}
		s.pages.Forget()
		if now := work.get("/toimisto"); same(now) != same(worked) {
			t.Errorf("the work list is made from what is said to be unread:\n%s", difference(same(now), same(worked)))
		}
		s.sql(`DELETE FROM sessions`)
		s.sql(`DELETE FROM signin_links`)
		for path, was := range before {
			if now := same(r.anew(path)); now != was {
				t.Errorf("%s is made from what is said to be unread:\n%s", path, difference(now, was))
			}
		}
	})
}

func readyPathsOf(t *testing.T, s *site, code string) []string {
	t.Helper()
	return slices.DeleteFunc(readyPaths(t, s, code), func(p string) bool { return p == "/kysymys/" })
}

// Another process's writes are seen soon: here two sites stand on one store.
func TestReadyPagesSeeOtherProcesses(t *testing.T) {
	t.Parallel()
	check := func(t *testing.T, s *site, otherDB *store.DB) {
		other := s.parts
		other.DB, other.Programmes, other.Styles = otherDB, programme.NewService(otherDB, s.clock, s.ids(), nil), style.New(otherDB, s.clock, s.ids())
		server := httptest.NewServer(web.New(other))
		defer server.Close()
		far := &site{t: t, url: server.URL, db: otherDB, clock: s.clock, parts: other}
		r := far.visitor()
		soon := func(what, path, words string, want bool) {
			t.Helper()
			until := time.Now().Add(time.Minute)
			for strings.Contains(r.get(path).body, words) != want {
				if time.Now().After(until) {
					t.Fatalf("%s was not seen", what)
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
		for i := range 3 {
			words := fmt.Sprintf("Toisaalla kerrottu %d", i)
			r.get("/kipinat")
			d := s.drop(spark.Draft{Text: words, Visibility: spark.Public, Language: "fi"})
			soon("a drop", "/kipinat", words, true)
			s.must(s.parts.Sparks.Withdraw(context.Background(), "kouvola", d.Link, true))
			soon("a withdrawal", "/kipinat", words, false)
		}
		source, err := s.parts.Programmes.Source(context.Background(), "kouvola", s.edition.Version.ID)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.parts.Programmes.Publish(context.Background(), "kouvola.yaml", []byte(strings.Replace(source, "Ottaisiko minun ideani tulta?", "Syttyisikö minun ideani?", 1)), "", "", nil); err != nil {
			t.Fatal(err)
		}
		soon("another programme", "/", "Syttyisikö minun ideani?", true)
	}
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		s := newSite(t, storetest.SQLite(t))
		check(t, s, reopened(t, "sqlite:"+strings.TrimPrefix(s.db.Name(), "sqlite ")))
	})
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		address := storetest.PostgresURL(t)
		db := reopened(t, address)
		if err := db.Migrate(context.Background(), schema.Files, 0); err != nil {
			t.Fatal(err)
		}
		check(t, newSite(t, db), reopened(t, address))
	})
}

func reopened(t *testing.T, address string) *store.DB {
	t.Helper()
	db, err := store.Open(context.Background(), address, store.Options{ReadConns: 4, Unread: schema.Unread()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}
