package web_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/ground/i18n"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/region/actor"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"

	"kokko/journey/comment"
	"kokko/journey/project"
	"kokko/journey/ring"
	"kokko/journey/spark"
)

// Two servers on one store, each with a memory of its own; many read all the while, and
// some go away before they have their answer. People take back what they chose, in several
// tabs at once, while one more saves something else. Whoever asks after that was answered
// is told nobody's name.
func TestNobodyIsNamedOnceTheyHaveTakenItBack(t *testing.T) {
	t.Parallel()
	storetest.Twice(t, func(t *testing.T, db, other *store.DB) {
		ctx := context.Background()
		s := newSite(t, db)
		const people, word = 6, "suurkeitti%C3%B6"
		org := admitted(t, s.db, s.parts, s.founds("Keittiöverkosto"), "Kylän väki")
		names, secrets := make([]string, people), make([]string, people)
		var ties []network.Tie
		for i := range people {
			names[i] = fmt.Sprintf("Aino Tunnistettava%c", 'a'+i)
			who := s.person(fmt.Sprintf("keittaja%d@posti.example", i))
			secrets[i] = who.Link
			id := knows(t, s.db, s.parts, who.Address, names[i], "Suurkeittiön pyörittäminen kylätalolla", i18n.Finnish)
			ties = append(ties, network.Tie{From: id, To: org, Why: network.Ring})
		}
		s.ties(ties...)
		d := s.visitor().drop("text", "Kylätalolle suurkeittiö. Kuka on pyörittänyt suurkeittiötä?", "email", "puheenjohtaja@kyla.example")
		s.drain()

		// The second server reads by itself, and keeps by itself what it remembers.
		twin := s.parts
		twin.DB, twin.Network = other, network.NewMemory(other, s.clock)
		twin.Know = knowhow.New(other, s.clock, s.ids(), twin.Index, actor.New(other, s.clock, s.ids())).From(spark.Knowing, comment.Knowing, ring.Knowing, project.Knowing)
		second := httptest.NewServer(web.New(twin))
		t.Cleanup(second.Close)
		servers := []string{s.url, second.URL}

		desk := s.officer(office.Viewer).http
		paths := []string{"/verkosto", "/sv/verkosto?mista=ring", "/verkosto.json", "/toimija/" + org.String(), "/haku?sanat=" + word, "/haku/ehdotukset.html?sanat=" + word, "/toimijat?mita=ihmiset", "/kipina/" + d.code + "/osaajat"}
		ask := func(ctx context.Context, how *http.Client, method, address string, form url.Values, turn int64) (status int, body string, err error) {
			req, err := http.NewRequestWithContext(ctx, method, address, strings.NewReader(form.Encode()))
			if err != nil {
				return 0, "", err
			}
			req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", turn/250%250, turn%250))
			if method == http.MethodPost {
				req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				req.Header.Set("Sec-Fetch-Site", "same-origin")
			}
			res, err := how.Do(req)
			if err != nil {
				return 0, "", err
			}
			defer res.Body.Close()
			all, err := io.ReadAll(res.Body)
			return res.StatusCode, string(all), err
		}
		stay := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		var turn, gone, looked atomic.Int64
		named := func(before int64, body string) string {
			for _, name := range names[:before] {
				if strings.Contains(body, name) {
					return name
				}
			}
			return ""
		}
		for _, path := range paths { // they are there at first
			if _, body, err := ask(ctx, stay, http.MethodGet, servers[0]+path, nil, turn.Add(1)); err != nil || named(people, body) == "" {
				t.Fatalf("%s names nobody: %v\n%s", path, err, body)
			}
		}
		stop := make(chan struct{})
		var readers sync.WaitGroup
		for n := range 4 {
			readers.Go(func() {
				luck := rand.New(rand.NewPCG(20, uint64(n)))
				for i := n; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					path, client := paths[luck.IntN(len(paths))], stay
					if luck.IntN(6) == 0 {
						path, client = "/toimisto/verkosto", desk
					}
					server := servers[i%2]
					if client == desk {
						server = servers[0]
					}
					ctx, cancel := context.WithCancel(ctx)
					if luck.IntN(3) == 0 { // goes away
						time.AfterFunc(time.Duration(luck.IntN(4000))*time.Microsecond, cancel)
					}
					before := gone.Load()
					status, body, err := ask(ctx, client, http.MethodGet, server+path, nil, turn.Add(1))
					left := ctx.Err() != nil
					cancel()
					if left {
						continue
					}
					looked.Add(1)
					if err != nil || status != http.StatusOK {
						t.Errorf("%s: %d %v", path, status, err)
					}
					if name := named(before, body); name != "" {
						t.Errorf("%s of server %d names %s, who had taken it back", path, i%2, name)
					}
				}
			})
		}
		for i := range people {
			own := "/minun/" + secrets[i] + "/osaaminen"
			posts := []struct {
				path string
				form url.Values
			}{{own + "/sana", url.Values{"kind": {string(knowhow.Offered)}, "text": {fmt.Sprintf("Suurkeittiön lainaaminen %d", i)}}}}
			for _, c := range actor.Choices() {
				for range 1 + i%2 { // some press twice
					posts = append(posts, struct {
						path string
						form url.Values
					}{own + "/valinta", url.Values{"choice": {string(c)}}})
				}
			}
			var tabs sync.WaitGroup
			for _, x := range posts {
				tabs.Go(func() {
					if status, body, err := ask(ctx, stay, http.MethodPost, servers[0]+x.path, x.form, turn.Add(1)); err != nil || status != http.StatusSeeOther {
						t.Errorf("%s: %d %v %s", x.path, status, err, body)
					}
				})
			}
			tabs.Wait()
			gone.Add(1)
			for seen := looked.Load(); looked.Load() < seen+8 && !t.Failed(); {
				time.Sleep(time.Millisecond)
			}
		}
		close(stop)
		readers.Wait()
		s.drain()
		for _, server := range servers {
			for _, path := range paths {
				if status, body, err := ask(ctx, stay, http.MethodGet, server+path, nil, turn.Add(1)); err != nil || status != http.StatusOK || named(people, body) != "" {
					t.Errorf("%s afterwards: %d %v, %q", path, status, err, named(people, body))
				}
			}
		}
	})
}

// Who takes back one thing while another tab of theirs saves another has both as they
// were said last: neither is written over by what the other had read before.
func TestChoicesMadeAtOnceDoNotUndoEachOther(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		id := knows(t, s.db, s.parts, s.person("maija@posti.example").Address, "Maija Monivälilehti", "Puutarhanhoito", i18n.Finnish)
		choose := func(c actor.Choice, yes bool) error {
			return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
				return s.parts.Actors.Choose(ctx, tx, "kouvola", id, c, yes)
			})
		}
		for round := range 20 {
			yes := round%2 == 1
			var tabs sync.WaitGroup
			for _, c := range actor.Choices() {
				tabs.Go(func() {
					if err := choose(c, yes); err != nil {
						t.Error(err)
					}
				})
			}
			tabs.Wait()
			p, err := actor.PersonByID(ctx, s.db, "kouvola", id)
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range actor.Choices() {
				if p.Chose(c) != yes {
					t.Fatalf("round %d: %s is %v after %v was said", round, c, p.Chose(c), yes)
				}
			}
		}
	})
}
