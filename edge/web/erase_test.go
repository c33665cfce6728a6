package web_test

import (
	"context"
	"database/sql"
	"encoding/base64"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/ground/store"
	"kokko/region/office"
)

// traces walks every text of every table of the live store, opened where it is
// packed, and names the columns that hold any of the needles.
func (s *site) traces(needles ...string) (found []string) {
	s.t.Helper()
	ctx := context.Background()
	tables, err := s.db.Tables(ctx, s.db)
	if err != nil {
		s.t.Fatal(err)
	}
	looked := 0
	for _, table := range tables {
		for _, column := range table.Columns {
			if column.Type != store.Text && column.Type != store.JSON && column.Type != store.Bytes {
				continue
			}
			looked++
			rows, err := s.db.Query(ctx, `SELECT `+column.Name+` FROM `+table.Name)
			if err := store.Each(rows, err, func(rows *sql.Rows) error {
				var text string
				if err := rows.Scan(&text); err != nil {
					return err
				}
				if packed, err := base64.StdEncoding.DecodeString(text); err == nil && text != "" {
					text += "\n" + string(packed) // a session
				}
				text = strings.ToLower(text)
				for _, n := range needles {
					if strings.Contains(text, strings.ToLower(n)) {
						found = append(found, table.Name+"."+column.Name+": "+n)
					}
				}
				return nil
			}); err != nil {
				s.t.Fatalf("%s.%s: %v", table.Name, column.Name, err)
			}
		}
	}
	if looked < 40 {
		s.t.Fatalf("only %d columns looked at", looked)
	}
	return found
}

func TestErasingByTheOwnPageLeavesNothingAnywhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		d := s.lived(r)
		needles := []string{"meikäläi", "meikalaiset", "040 765", "puupaja", "salasanaton", "ratkaisevasti", "mummolanmäki"}
		before := s.traces(needles...)
		for _, column := range []string{"sparks.title", "sparks.text", "sparks.place_name", "bringers.name", "bringers.email", "bringers.phone", "beat_words.words", "measures.what", "measures.who", "attachments.name", "attachments.alt", "attachments.content", "mails.recipient", "mails.subject", "mails.body"} {
			if !slices.ContainsFunc(before, func(f string) bool { return strings.HasPrefix(f, column+":") }) {
				t.Errorf("the walk finds nothing in %s: it proves too little", column)
			}
		}
		var mondays int
		if err := s.db.QueryRow(context.Background(), `SELECT COUNT(*) FROM mails WHERE purpose = 'office.monday' AND body LIKE '%Salasanaton%'`).Scan(&mondays); err != nil || mondays == 0 {
			t.Errorf("no Monday letter names the spark: nothing to prove (%v)", err)
		}
		if len(s.dropHashes()) == 0 {
			t.Error("no form left its digest: nothing to prove")
		}
		// Something is also on its way: told, its letters not yet written.
		if p := r.post(d.own+"/vastaus", url.Values{"words": {"Vielä Meikäläisen sana puupajasta."}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		// And a session holds what it would have told its officer on the next page.
		planner := s.officer(office.Planner)
		planner.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		if p := planner.post("/toimisto/kipina/"+d.code+"/vastaa", url.Values{"words": {"Kiitos."}, "pino": {"new"}}); p.status != http.StatusSeeOther {
			t.Fatalf("%d", p.status)
		}
		if found := s.traces(d.code); !slices.Contains(found, "sessions.data: "+d.code) {
			t.Errorf("no session is opened by the walk: %q", found)
		}
		if p := r.post(d.own+"/poisto", url.Values{"erase": {"1"}}); p.status != http.StatusOK || p.path != "/oma/poistettu" {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		if found := s.traces(needles...); len(found) > 0 {
			t.Errorf("left at once: %q", found)
		}
		s.drain()
		s.clock.Advance(96 * time.Hour) // past every pause of a letter tried again
		s.drain()
		if found := s.traces(needles...); len(found) > 0 {
			t.Errorf("left when all work is done: %q", found)
		}
		if left := s.dropHashes(); len(left) > 0 {
			t.Errorf("the digest of what was written is left: %v", left)
		}
		for _, role := range office.Roles() {
			o := s.officer(role)
			for _, path := range []string{"/toimisto", "/toimisto/kipinat", "/toimisto/soitot", "/toimisto/kipina/" + d.code, "/toimisto/lahtevat", "/toimisto/tyot"} {
				p := o.get(path)
				for _, n := range needles {
					if strings.Contains(strings.ToLower(p.body), n) {
						t.Errorf("%s still shows %q to %s", path, n, role)
					}
				}
			}
		}
		for _, path := range []string{"/", "/kipinat", "/kipinat?jarjestys=vilkkaimmat", "/paikat", "/kipina/" + d.code, d.own, d.own + "/tiedot"} {
			p := s.visitor().get(path)
			for _, n := range needles {
				if strings.Contains(strings.ToLower(p.body), n) {
					t.Errorf("%s still shows %q", path, n)
				}
			}
		}
	})
}

// dropHashes gives the digests of forms that are kept.
func (s *site) dropHashes() (all []string) {
	s.t.Helper()
	rows, err := s.db.Query(context.Background(), `SELECT drop_hash FROM bringer_links WHERE region_id = 'kouvola' AND drop_hash <> ''`)
	if err := store.Each(rows, err, func(rows *sql.Rows) error {
		var hash string
		err := rows.Scan(&hash)
		all = append(all, hash)
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return all
}
