package main_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/mail/smtptest"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// neighbourhood is two regions of one PostgreSQL, one by path and one at a host of its
// own, and the processes that serve them.
type neighbourhood struct {
	*testing.T
	database string
	post     *smtptest.Server
}

// at is one region as its people reach it.
type at struct{ region, host, base string }

func (n neighbourhood) kokko(args ...string) string {
	n.Helper()
	code, out := run(n.T, append(args, "--database", n.database)...)
	if code != 0 {
		n.Fatalf("kokko %s: %d, %s", strings.Join(args, " "), code, out)
	}
	return out
}

// ask makes one request of a process and follows nothing.
func (n neighbourhood) ask(p *served, to at, method, path string, form url.Values, cookie *http.Cookie, from string) (*http.Response, string, error) {
	req, err := http.NewRequest(method, p.url+to.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		n.Fatal(err)
	}
	if to.host != "" {
		req.Host = to.host
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	req.Header.Set("X-Forwarded-For", from)
	if cookie != nil {
		req.AddCookie(cookie)
	}
	client := http.Client{Timeout: 20 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		return nil, "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return res, string(body), err
}

// until waits for something that another process must come to see or do.
func (n neighbourhood) until(limit time.Duration, what string, done func() bool) {
	n.Helper()
	for end := time.Now().Add(limit); !done(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(end) {
			n.Fatalf("not within %s: %s", limit, what)
		}
	}
}

// dropped is one spark that a resident has sent, with what tells it from others.
type dropped struct {
	to          at
	text, email string
	own         string // where the receipt is, when the answer came
}

// TestTwoProcessesServeTwoRegions: on one PostgreSQL two processes serve both, one
// of them is killed in the middle of it, and nothing that was acknowledged is
// lost, nothing is told twice, and what the office has set holds everywhere.
func TestTwoProcessesServeTwoRegions(t *testing.T) {
	t.Parallel()
	n := neighbourhood{t, storetest.PostgresURL(t), smtptest.New(t, smtptest.Slow(smtptest.Accept, 60*time.Millisecond))}
	dir := t.TempDir()
	doc, err := os.ReadFile("../../docs/new-region.md")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "oma.yaml")
	if err := os.WriteFile(file, regexp.MustCompile("(?s)```yaml\n(format: 1\n.*?)```").FindSubmatch(doc)[1], 0o600); err != nil {
		t.Fatal(err)
	}
	n.kokko("programme", "publish", file)
	n.kokko("programme", "publish", "../../programmes/example.yaml")
	oma, saga := at{"oma", "", ""}, at{"sagoskargarden", "saga.example", ""}
	for _, r := range []at{oma, saga} {
		n.kokko("admin", "hire", "chief@"+r.region+".example", "--name", "Chief of "+r.region, "--region", r.region)
	}
	n.kokko("admin", "region", "--region", saga.region, "--host", saga.host, "--site", "http://kokko.example")

	start := func(name string) *served {
		return serve(t, "--database", n.database, "--data", filepath.Join(dir, name), "--smtp", n.post.URL(), "--lease", "5s", "--proxy", "127.0.0.0/8", "--proxy", "::1/128")
	}
	first, second := start("first"), start("second")

	// Each office signs in on one process and is signed in on the other, and in its
	// own region only; the archipelago's takes it into use, so that its letters go.
	sessions := map[string]*http.Cookie{}
	for i, r := range []at{oma, saga} {
		secret := regexp.MustCompile(`/kirjaudu/(\S+)`).FindStringSubmatch(n.kokko("admin", "link", "--region", r.region))[1]
		res, body, err := n.ask([]*served{first, second}[i], r, http.MethodPost, "/kirjaudu/"+secret, nil, nil, "192.0.2.1")
		if err != nil || res.StatusCode != http.StatusSeeOther || len(res.Cookies()) != 1 {
			t.Fatalf("%v %v %s", err, res, body)
		}
		sessions[r.region] = res.Cookies()[0]
	}
	for i, r := range []at{oma, saga} {
		other := []at{saga, oma}[i]
		if res, body, err := n.ask([]*served{second, first}[i], r, http.MethodGet, "/toimisto", nil, sessions[r.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(body, "Chief of "+r.region) {
			t.Errorf("%s on the other process: %v", r.region, err)
		}
		if res, _, err := n.ask(first, other, http.MethodGet, "/toimisto", nil, sessions[r.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusSeeOther {
			t.Errorf("%s in the other region: %v %v", r.region, err, res)
		}
	}
	if res, body, err := n.ask(first, saga, http.MethodPost, "/toimisto/asetukset/alue", url.Values{"do": {"adopt"}, "confirm": {"1"}}, sessions[saga.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("taking it into use: %v %s", err, body)
	}

	// Four residents a region drop sparks, on both processes; the first is killed
	// while they do. Who gets no answer sends the same form to the other.
	const each, residents = 4, 4
	var mu sync.Mutex
	var sent []dropped
	var all sync.WaitGroup
	begun := make(chan struct{}, 2*each*residents)
	for i, r := range []at{oma, saga} {
		for who := range residents {
			all.Go(func() {
				p := []*served{first, second}[who%2]
				for k := range each {
					d := dropped{to: r, text: fmt.Sprintf("Spark %d of resident %d in %s.", k, who, r.region), email: fmt.Sprintf("r%d-%d@%s.example", who, k, r.region)}
					form := url.Values{"once": {ident.Secret()}, "text": {d.text}, "visibility": {"public"}, "kind": {"idea"}, "email": {d.email}}
					from := fmt.Sprintf("198.51.%d.%d", i, who)
					for try := 0; d.own == "" && try < 5; try++ {
						res, body, err := n.ask(p, r, http.MethodPost, "/kipina", form, nil, from)
						switch {
						case err != nil:
							p = second
						case res.StatusCode == http.StatusSeeOther && strings.HasSuffix(res.Header.Get("Location"), "/kiitos"):
							d.own = res.Header.Get("Location")
						default:
							t.Errorf("%s: %d %s", d.text, res.StatusCode, body)
						}
					}
					mu.Lock()
					sent = append(sent, d)
					mu.Unlock()
					begun <- struct{}{}
				}
			})
		}
	}
	for range 2 * residents {
		<-begun
	}
	if err := first.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	all.Wait()

	db, err := store.Open(t.Context(), n.database, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	count := func(query string, args ...any) (n int) {
		t.Helper()
		if err := db.QueryRow(context.Background(), query, args...).Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	codes := map[string]string{}
	for _, d := range sent {
		if d.own == "" {
			t.Errorf("%s was never taken", d.text)
			continue
		}
		if got := count(`SELECT COUNT(*) FROM sparks WHERE region_id = $1 AND text = $2`, d.to.region, d.text); got != 1 {
			t.Errorf("%s is there %d times", d.text, got)
		}
		if res, body, err := n.ask(second, d.to, http.MethodGet, strings.TrimSuffix(d.own, "/kiitos"), nil, nil, "203.0.113.1"); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(body, d.text) {
			t.Errorf("the receipt of %s: %v", d.text, err)
		}
		var code string
		if err := db.QueryRow(context.Background(), `SELECT code FROM sparks WHERE region_id = $1 AND text = $2`, d.to.region, d.text).Scan(&code); err != nil {
			t.Fatal(err)
		}
		codes[d.to.region] = code
	}
	if got := count(`SELECT COUNT(*) FROM sparks WHERE region_id <> ''`); got != 2*each*residents {
		t.Errorf("%d sparks", got)
	}

	// The sessions outlive the process they were made on. Each answers its own spark,
	// which is none of the other's.
	for _, r := range []at{oma, saga} {
		answer := url.Values{"words": {"An answer of " + r.region + "."}, "public": {"1"}}
		if res, body, err := n.ask(second, r, http.MethodPost, "/toimisto/kipina/"+codes[r.region]+"/vastaa", answer, sessions[r.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusSeeOther {
			t.Errorf("answering in %s: %v %s", r.region, err, body)
		}
		for other, code := range codes {
			if other == r.region {
				continue
			}
			if res, _, err := n.ask(second, r, http.MethodPost, "/toimisto/kipina/"+code+"/vastaa", answer, sessions[r.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers a spark of %s: %v %v", r.region, other, err, res)
			}
		}
	}

	// What is set in one process is soon seen in the other: a setting, a programme,
	// an address.
	third := start("third")
	if res, body, err := n.ask(third, oma, http.MethodPost, "/toimisto/asetukset/selosteet", url.Values{"controller": {"The council of Omakunta"}}, sessions[oma.region], "192.0.2.1"); err != nil || res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%v %s", err, body)
	}
	n.until(time.Minute, "a setting seen in the other process", func() bool {
		_, body, err := n.ask(second, oma, http.MethodGet, "/tietosuoja", nil, nil, "203.0.113.1")
		_, other, _ := n.ask(second, saga, http.MethodGet, "/tietosuoja", nil, nil, "203.0.113.1")
		return err == nil && strings.Contains(body, "The council of Omakunta") && !strings.Contains(other, "The council of Omakunta")
	})
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(source), "Mitä seudullasi pitäisi kokeilla?", "Mitä muuta seudullasi pitäisi kokeilla?", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	n.kokko("programme", "publish", file)
	n.kokko("admin", "region", "--region", saga.region, "--host", "uusi.example", "--site", "http://kokko.example")
	for _, p := range []*served{second, third} {
		n.until(time.Minute, "a programme and a host seen in a process", func() bool {
			_, body, err := n.ask(p, oma, http.MethodGet, "/", nil, nil, "203.0.113.1")
			res, there, err2 := n.ask(p, at{host: "uusi.example"}, http.MethodGet, "/", nil, nil, "203.0.113.1")
			return err == nil && err2 == nil && strings.Contains(body, "Mitä muuta seudullasi") && res.StatusCode == http.StatusOK && strings.Contains(there, "Når min idé land?")
		})
		if res, there, err := n.ask(p, saga, http.MethodGet, "/", nil, nil, "203.0.113.1"); err != nil || res.StatusCode != http.StatusOK || !strings.Contains(there, "Når min idé land?") {
			t.Errorf("at the host it has left: %v", err)
		}
	}

	// Every letter is written once and leaves at most once; one that was in the air
	// when the process was killed says so and waits for a person.
	n.until(4*time.Minute, "every letter written and carried", func() bool {
		return count(`SELECT COUNT(*) FROM mails WHERE region_id <> '' AND purpose = 'bringer.dropped'`) >= len(sent) && count(`SELECT COUNT(*) FROM jobs`) == 0
	})
	if got := count(`SELECT COUNT(*) FROM mails WHERE region_id <> '' AND state NOT IN ('sent', 'unsure')`); got != 0 {
		t.Errorf("%d letters stand elsewhere", got)
	}
	rows, err := db.Query(context.Background(), `SELECT region_id, purpose, recipient, spark_id, state FROM mails WHERE region_id <> '' AND purpose <> 'office.signin'`)
	written, unsure := map[string]int{}, map[string]int{}
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var region, purpose, to, state string
		var spark ident.ID
		err := rows.Scan(&region, &purpose, &to, &spark, &state)
		written[purpose+" "+to+" "+spark.String()]++
		if state == "unsure" {
			unsure[to]++
		}
		if !strings.HasSuffix(to, "@"+region+".example") {
			t.Errorf("a letter of %s to %s", region, to)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	for what, times := range written {
		if times != 1 {
			t.Errorf("%s was written %d times", what, times)
		}
	}
	arrived := map[string]int{}
	for _, m := range n.post.Messages() {
		arrived[m.To+" "+m.Subject]++
	}
	for what, times := range arrived {
		if times != 1 {
			t.Errorf("%s arrived %d times", what, times)
		}
	}
	for _, d := range sent {
		came := 0
		for what := range arrived {
			if strings.HasPrefix(what, d.email+" ") {
				came++
			}
		}
		if came == 0 && unsure[d.email] == 0 {
			t.Errorf("no letter came to %s, and none says why", d.email)
		}
	}
	t.Logf("%d sparks, %d letters written, %d arrived, %d unsure", len(sent), len(written), len(arrived), len(unsure))
	if code := third.stop(); code != 0 {
		t.Errorf("stopped with %d\n%s", code, third.log)
	}
}
