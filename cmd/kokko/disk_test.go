package main_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
)

// smallDisk is a real file system of so many megabytes.
func smallDisk(t *testing.T, megabytes int) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "kokko-small-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Remove(dir) })
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("size=%dm,mode=0700", megabytes)); err != nil {
		t.Skipf("a disk to fill cannot be mounted here, which takes root: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, 2) }) // 2: MNT_DETACH, whoever still holds it
	return dir
}

// fill writes until nothing fits, and gives the file to take away.
func fill(t *testing.T, disk string) string {
	t.Helper()
	path := filepath.Join(disk, "filler")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 1<<16); len(block) > 0; {
		if _, err := f.Write(block); errors.Is(err, syscall.ENOSPC) {
			block = block[:len(block)/2]
		} else if err != nil {
			t.Fatal(err)
		}
	}
	return path
}

func TestDiskFullSQLite(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 24)
	data := filepath.Join(disk, "data")
	diskFull(t, disk, "sqlite:"+filepath.Join(data, "kokko.db"), data)
	if t.Failed() {
		return
	}

	// A disk that nobody may write: said at once, and nothing is harmed by it.
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Logf("the disk cannot be made read-only here: %v", err)
		return
	}
	for _, args := range [][]string{{"doctor"}, {"serve", "--listen", "127.0.0.1:0", "--watch", "127.0.0.1:0"}} {
		if code, out := run(t, append(args, "--data", data)...); code != 1 || !strings.Contains(out, "is not read-only") {
			t.Errorf("%s on a read-only disk: %d %s", args[0], code, out)
		}
	}
	if err := syscall.Mount("", disk, "", syscall.MS_REMOUNT, ""); err != nil {
		t.Fatal(err)
	}
	p := serve(t, "--data", data)
	if code, _ := p.get(p.watch + "/readyz"); code != http.StatusOK {
		t.Errorf("on a disk that can be written again: %d", code)
	}
}

func TestDiskFullPostgreSQL(t *testing.T) {
	t.Parallel()
	disk := smallDisk(t, 32)
	pg := storetest.DurablePostgres(t, "")
	ids := func(u *user.User, err error) (int, int) {
		if err != nil {
			t.Skipf("PostgreSQL's user is not known here: %v", err)
		}
		uid, _ := strconv.Atoi(u.Uid)
		gid, _ := strconv.Atoi(u.Gid)
		return uid, gid
	}
	uid, gid := ids(user.Lookup("postgres"))
	folder := filepath.Join(disk, "data")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{disk, folder} {
		if err := os.Chown(path, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	server, err := store.Open(t.Context(), pg.URL(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, statement := range []string{`CREATE TABLESPACE small LOCATION '` + folder + `'`, `CREATE DATABASE small TEMPLATE template0 TABLESPACE small`} {
		rows, err := server.Query(t.Context(), statement) // neither goes inside a transaction
		if err := store.Each(rows, err, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	diskFull(t, disk, strings.Replace(pg.URL(), "/postgres?", "/small?", 1), t.TempDir())
}

// diskFull has the disk under a store fill up while people write.
func diskFull(t *testing.T, disk, address, data string) {
	p := serve(t, "--database", address, "--data", data, "--proxy", "127.0.0.0/8")
	client := http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	n := 0
	ask := func(path string, form url.Values, cookies []*http.Cookie) (*http.Response, string) {
		t.Helper()
		n++
		req, err := http.NewRequest(http.MethodPost, path, strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		req.Header.Set("Sec-Fetch-Site", "same-origin")
		req.Header.Set("X-Forwarded-For", fmt.Sprintf("10.%d.%d.1", n>>8&255, n&255))
		for _, c := range cookies {
			req.AddCookie(c)
		}
		res, err := client.Do(req)
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
	res, _ := ask(p.link, nil, nil)
	cookies := res.Cookies()
	drop := func(text string) url.Values {
		return url.Values{"once": {ident.Secret()}, "homepage": {""}, "text": {text}, "kind": {"idea"}, "visibility": {"public"}, "email": {fmt.Sprintf("n%d@keksitty.example", n)}}
	}
	long := strings.Repeat("Kylätalolle yhteinen keittiö ja lainattavat tuolit. ", 60)
	var taken []string
	send := func() (url.Values, bool) {
		t.Helper()
		form := drop(fmt.Sprintf("Kipinä %d. %s", n, long))
		res, body := ask(p.url+"/kipina", form, nil)
		switch res.StatusCode {
		case http.StatusSeeOther:
			taken = append(taken, form.Get("text"))
			return form, true
		case http.StatusServiceUnavailable:
			return form, false
		}
		t.Fatalf("%d %s", res.StatusCode, body)
		return nil, false
	}
	first, ok := send()
	if !ok {
		t.Fatal("nothing was taken on an empty disk")
	}
	own := p.url + "/oma/" + first.Get("once")
	code := ""
	db, err := store.Open(t.Context(), address, store.Options{ReadConns: 2})
	if err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRow(t.Context(), `SELECT code FROM sparks WHERE region_id = 'kouvola'`).Scan(&code); err != nil {
		t.Fatal(err)
	}

	for range 10 {
		send()
	}
	filler := fill(t, disk)
	var refused url.Values
	for i := 0; ; i++ {
		form, ok := send()
		if !ok {
			refused = form
			break
		}
		if i%10 == 0 { // what was set free meanwhile
			fill(t, disk)
		}
		if i > 2000 {
			t.Fatal("the disk does not get full")
		}
	}
	fill(t, disk)
	// A person is told in their language, and has what they wrote.
	for way, want := range map[string]string{"": "ei voi juuri nyt tallentaa", "/sv": "kan inte spara något", "/en": "cannot store anything"} {
		again := refused // in another language it would be another spark, when there is room for it
		if way != "" {
			again = drop("Toisella kielellä" + way + ". " + long)
		}
		for path, form := range map[string]url.Values{
			p.url + way + "/kipina":                                   again,
			p.url + way + strings.TrimPrefix(own, p.url) + "/vastaus": {"words": {long}, "seen": {"office"}},
			p.url + way + "/toimisto/kipina/" + code + "/vastaa":      {"words": {long}, "public": {"1"}},
		} {
			res, body := ask(path, form, cookies)
			if res.StatusCode == http.StatusSeeOther { // room was found for this one
				continue
			}
			if res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" || !strings.Contains(body, want) || !strings.Contains(body, long[:200]) {
				t.Errorf("%s: %d, Retry-After %q, said %v, kept %v", path, res.StatusCode, res.Header.Get("Retry-After"), strings.Contains(body, want), strings.Contains(body, long[:200]))
			}
		}
	}
	for _, path := range []string{"/", "/kipinat", "/kipina/" + code, "/ohjelma", strings.TrimPrefix(own, p.url)} {
		if code, _ := p.get(p.url + path); code != http.StatusOK {
			t.Errorf("%s cannot be read: %d", path, code)
		}
	}
	if code, body := p.get(p.watch + "/readyz"); code != http.StatusServiceUnavailable || !strings.Contains(body, "not written") {
		t.Errorf("readyz says %d %s", code, body)
	}
	archive := filepath.Join(disk, "full.kokko")
	if code, out := run(t, "backup", "--database", address, "--data", data, archive); code != 1 || !strings.Contains(out, "cannot be written") {
		t.Errorf("a backup onto the full disk: %d %s", code, out)
	}
	if left, _ := filepath.Glob(filepath.Join(disk, "full.kokko*")); len(left) > 0 {
		t.Errorf("it left %v", left)
	}
	if code, out := run(t, "doctor", "--database", address, "--data", data); code != 1 {
		t.Errorf("the doctor finds nothing: %s", out)
	} else if !strings.Contains(out, "cannot be written") && !strings.Contains(out, "cannot store") {
		t.Errorf("the doctor does not say that nothing can be written: %s", out)
	}

	// Space returns: it goes on by itself, and the form of before is sent once.
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	limit := time.Now().Add(2 * time.Minute)
	for {
		res, _ := ask(p.url+"/kipina", refused, nil)
		if res.StatusCode == http.StatusSeeOther {
			taken = append(taken, refused.Get("text"))
			break
		}
		if time.Now().After(limit) {
			t.Fatalf("it does not take anything again\n%s", p.log)
		}
		time.Sleep(100 * time.Millisecond)
	}
	for {
		if code, _ := p.get(p.watch + "/readyz"); code == http.StatusOK {
			break
		}
		if time.Now().After(limit) {
			t.Fatal("it does not say that it is ready again")
		}
		time.Sleep(100 * time.Millisecond)
	}
	for _, text := range taken {
		var times int
		if err := db.QueryRow(context.Background(), `SELECT COUNT(*) FROM sparks WHERE region_id = 'kouvola' AND text = $1`, strings.TrimSpace(text)).Scan(&times); err != nil || times != 1 {
			t.Errorf("%.20s is there %d times (%v)", text, times, err)
		}
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	if code := p.stop(); code != 0 {
		t.Errorf("stopped with %d", code)
	}
	t.Logf("%d taken in all", len(taken))
}
