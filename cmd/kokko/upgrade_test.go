package main_test

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"kokko/ground/archive"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// The archives in testdata/archives were written by earlier programs and are never
// changed: whoever alters the schema shows here that what people have comes along.
// KOKKO_WRITE=1 and a name in KOKKO_ARCHIVE writes another one, of this program.
func TestOldArchivesComeAlong(t *testing.T) {
	t.Parallel()
	if name := os.Getenv("KOKKO_ARCHIVE"); name != "" && os.Getenv("KOKKO_WRITE") == "1" {
		writeArchive(t, filepath.Join("testdata", "archives", name))
	}
	files, err := filepath.Glob(filepath.Join("testdata", "archives", "*.kokko"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no archives: %v", err)
	}
	for _, file := range files {
		for _, engine := range []store.Engine{store.SQLite, store.Postgres} {
			t.Run(filepath.Base(file)+" "+string(engine), func(t *testing.T) {
				t.Parallel()
				data := filepath.Join(t.TempDir(), "data")
				address := "sqlite:" + filepath.Join(data, "kokko.db")
				if engine == store.Postgres {
					address = storetest.PostgresURL(t)
				}
				if code, out := run(t, "restore", "--database", address, "--data", data, file); code != 0 {
					t.Fatalf("restore: %d %s", code, out)
				}
				f, err := os.Open(file)
				if err != nil {
					t.Fatal(err)
				}
				defer f.Close()
				was, err := archive.Verify(t.Context(), f)
				if err != nil {
					t.Fatal(err)
				}
				db, err := store.Open(t.Context(), address, store.Options{ReadConns: 2})
				if err != nil {
					t.Fatal(err)
				}
				defer db.Close()
				// What people said and brought is all there, whatever became of the rest.
				for _, table := range was.Tables {
					switch table.Table {
					case "regions", "officers", "sparks", "bringers", "bringer_links", "beats", "beat_words", "mails", "measures", "challenges":
						var n int64
						if err := db.QueryRow(t.Context(), `SELECT COUNT(*) FROM `+table.Table).Scan(&n); err != nil || n != table.Rows || n == 0 {
							t.Errorf("%s: %d rows, there were %d (%v)", table.Table, n, table.Rows, err)
						}
					}
				}
				var code string
				if err := db.QueryRow(t.Context(), `SELECT code FROM sparks WHERE region_id = 'kouvola' AND listed = TRUE ORDER BY spark_id LIMIT 1`).Scan(&code); err != nil {
					t.Fatal(err)
				}
				p := serve(t, "--database", address, "--data", data)
				k := &keeper{T: t, refused: map[string]int{}}
				k.site.Store(p)
				k.signIn(p)
				for _, path := range []string{"/", "/kipinat", "/kipina/" + code, "/paikat", "/kysymykset", "/ohjelma", "/sv/kipinat", "/tietosuoja"} {
					if status, _ := p.get(p.url + path); status != http.StatusOK {
						t.Errorf("%s: %d\n%s", path, status, p.log)
					}
				}
				if k.post("/toimisto/kipina/"+code+"/vastaa", map[string][]string{"words": {"Kiitos, tästä jatketaan."}, "public": {"1"}}, k.cookie) == "" {
					t.Errorf("the office cannot answer: %v\n%s", k.refused, p.log)
				}
				// What was written before is kept in the new store's own archive.
				if status, out := run(t, "backup", "--database", address, filepath.Join(t.TempDir(), "new.kokko")); status != 0 {
					t.Errorf("backup: %d %s", status, out)
				}
				if status, out := run(t, "doctor", "--database", address, "--data", data); status != 0 {
					t.Errorf("the doctor: %d %s", status, out)
				}
			})
		}
	}
}

// writeArchive makes an installation with something of everything that people do, and
// keeps its archive.
func writeArchive(t *testing.T, file string) {
	t.Helper()
	data := filepath.Join(t.TempDir(), "data")
	p := serve(t, "--data", data, "--proxy", "127.0.0.0/8")
	k := &keeper{T: t, refused: map[string]int{}}
	k.site.Store(p)
	k.signIn(p)
	db, err := store.Open(t.Context(), "sqlite:"+filepath.Join(data, "kokko.db"), store.Options{ReadConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var question string
	if status, body := p.get(p.url + "/kysymykset"); status == http.StatusOK {
		if m := regexp.MustCompile(`/kysymys/([^"/?]+)"`).FindStringSubmatch(body); m != nil {
			question = m[1]
		}
	}
	must := func(path string, pairs ...string) string {
		t.Helper()
		form := map[string][]string{}
		for i := 0; i+1 < len(pairs); i += 2 {
			form[pairs[i]] = append(form[pairs[i]], pairs[i+1])
		}
		var cookie *http.Cookie
		if strings.HasPrefix(path, "/toimisto") {
			cookie = k.cookie
		}
		to := k.post(path, form, cookie)
		if to == "" {
			t.Fatalf("%s: %v", path, k.refused)
		}
		return to
	}
	var codes []string
	for i, text := range []string{"Kylätalolle yhteinen keittiö.", "Lainattava lastipyörä torille.", "Yhteinen lähtö lavatansseihin Elimäelle.", "Torille penkkejä, joista näkee joelle.", "Kylätalon keittiöön lisää kattiloita."} {
		own := must("/kipina", "once", ident.Secret(), "homepage", "", "text", text, "kind", "idea", "visibility", []string{"public", "unnamed", "public", "public", "public"}[i], "place", "Elimäki", "name", "Keksitty Lähettäjä", "email", fmt.Sprintf("lahettaja%d@keksitty.example", i), "challenge", question)
		question = ""
		link := strings.Split(own, "/")[2]
		must("/oma/"+link+"/vastaus", "words", "Lisäisin vielä, että meitä on kolme.", "seen", "office")
		var code string
		if err := db.QueryRow(context.Background(), `SELECT code FROM sparks WHERE region_id = 'kouvola' AND text = $1`, text).Scan(&code); err != nil {
			t.Fatal(err)
		}
		codes = append(codes, code)
	}
	at := func(i int, verb string) string { return "/toimisto/kipina/" + codes[i] + verb }
	must(at(0, "/vastaa"), "words", "Kiitos! Katsotaan talon kanssa.", "public", "1")
	must(at(0, "/muistio"), "words", "Soitettu talon isännälle.")
	must(at(0, "/keskustelu"), "way", "call", "words", "Sovittiin käynnistä.", "what", "Käynti talolla", "who", "isäntä")
	must(at(1, "/kysy"), "words", "Montako pyörää?", "public", "1")
	must(at(1, "/luokittele"), "place", "Elimäki", "outside", "1")
	must(at(2, "/sulje"), "state", "out", "reason", "Tanssit ovat jo.", "would", "Jos ne loppuvat.")
	must("/kipina/"+codes[0]+"/ilmoita", "wrong", "else", "words", "Onko tämä ajan tasalla?")
	must("/palaute", "words", "Teksti on pientä.", "email", "lukija@keksitty.example")
	must("/minun", "email", "lahettaja0@keksitty.example")
	must("/toimisto/asetukset/selosteet", "controller", "Keksitty kunta")
	if code, out := run(t, "backup", "--data", data, file); code != 0 {
		t.Fatalf("backup: %d %s", code, out)
	}
}
