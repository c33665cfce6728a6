package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/ident"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/attachment/attachmenttest"
	"kokko/journey/spark"
	"kokko/region/office"
)

// sentFile is a file of a form, as a browser sends it.
type sentFile struct {
	field, name string
	data        []byte
}

// form is a form with files: its content type and its bytes.
func form(t testing.TB, fields map[string]string, files ...sentFile) (string, []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for name, value := range fields {
		if err := w.WriteField(name, value); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range files {
		part, err := w.CreatePart(textproto.MIMEHeader{"Content-Disposition": {multipart.FileContentDisposition(f.field, f.name)}, "Content-Type": {"application/octet-stream"}})
		if err == nil {
			_, err = part.Write(f.data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func (r *reader) send(path string, fields map[string]string, files ...sentFile) page {
	r.s.t.Helper()
	kind, body := form(r.s.t, fields, files...)
	return r.sendBytes(path, kind, bytes.NewReader(body))
}

func (r *reader) sendBytes(path, kind string, body io.Reader) page {
	r.s.t.Helper()
	req, err := http.NewRequest(http.MethodPost, r.s.url+path, body)
	if err != nil {
		r.s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", kind)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	return r.do(req)
}

// dropForm is a drop's fields with some of them changed.
func dropForm(pairs ...string) map[string]string {
	fields := map[string]string{"once": ident.Secret(), "text": "Laituri kuntoon talkoilla.", "visibility": "public"}
	for i := 0; i+1 < len(pairs); i += 2 {
		fields[pairs[i]] = pairs[i+1]
	}
	return fields
}

// dropWith drops a spark with files.
func (r *reader) dropWith(fields map[string]string, files ...sentFile) dropped {
	r.s.t.Helper()
	p := r.send("/kipina", fields, files...)
	if p.status != http.StatusOK || !strings.HasSuffix(p.path, "/kiitos") {
		r.s.t.Fatalf("drop gave %d at %s: %s", p.status, p.path, p.Find(".errors").Text())
	}
	return dropped{p.Find(".receipt .code").Text(), strings.TrimSuffix(p.path, "/kiitos")}
}

func (s *site) filesOf(code string) []attachment.Attachment {
	s.t.Helper()
	all, err := attachment.Of(context.Background(), s.db, "kouvola", s.find(code).ID)
	if err != nil {
		s.t.Fatal(err)
	}
	return all
}

func (s *site) count(query string) (n int) {
	s.t.Helper()
	if err := s.db.QueryRow(context.Background(), query).Scan(&n); err != nil {
		s.t.Fatal(err)
	}
	return n
}

func photo(t testing.TB, w, h, number int) []byte { return attachmenttest.Photo(t, w, h, number) }

func onePage(catalogue string) []byte { return attachmenttest.OnePage(catalogue) }

func gps(t testing.TB) []byte { return attachmenttest.WithPlace(photo(t, 900, 600, 1)) }

func TestADropWithPicturesAndFiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		if form := r.get("/kipina").Find("form[data-draft=spark]"); form.AttrOr("enctype", "") != "multipart/form-data" || form.Find("input[type=file]").Length() != 3 || form.Find("input[name^=alt]").Length() != 3 {
			t.Error("the form does not ask for files with descriptions")
		}
		d := r.dropWith(dropForm("alt1", "Laituri rannassa", "alt2", "Hakemus", "name", "Maija Meikäläinen"),
			sentFile{"file1", "Maija-laiturilla.jpg", gps(t)}, sentFile{"file2", "Maijan hakemus.pdf", onePage("")}, sentFile{"file3", "", nil})
		all := s.filesOf(d.code)
		if len(all) != 2 {
			t.Fatalf("%d files are kept, the empty field among them?", len(all))
		}
		public := "/kipina/" + d.code
		for _, lang := range tongues {
			p := r.get(lang + public)
			p.whole(t, lang+public)
			img := p.Find("main img")
			at := lang + public + "/liite/" + all[0].ID.String()
			if img.Length() != 1 || img.AttrOr("alt", "") != "Laituri rannassa" || img.AttrOr("width", "") != "900" || img.AttrOr("height", "") != "600" || img.AttrOr("loading", "") != "lazy" ||
				img.AttrOr("src", "") != at+"?koko=pieni" || img.AttrOr("srcset", "") != at+"?koko=pieni 480w, "+at+" 900w" || img.Parent().AttrOr("href", "") != at {
				html, _ := goquery.OuterHtml(img.Parent())
				t.Errorf("%q: %s", lang, html)
			}
			if file := p.Find(".files li"); !strings.Contains(file.Text(), "Hakemus") || !strings.Contains(file.Text(), "PDF") || !strings.Contains(file.Text(), "1 k") || file.Find("a[download]").Length() != 1 {
				t.Errorf("%q: %s", lang, file.Text())
			}
			if strings.Contains(p.body, "Maija-laiturilla") || strings.Contains(p.body, "Maijan hakemus") {
				t.Errorf("%q: a file's own name is public", lang)
			}
			own := r.get(lang + d.own)
			own.whole(t, lang+d.own)
			if own.Find("main img").Length() != 1 || !strings.Contains(own.body, "Maija-laiturilla.jpg") || !strings.Contains(own.body, "Maijan hakemus.pdf") || own.Find("input[name=alt]").Length() != 2 {
				t.Errorf("%q: the own page lacks something", lang)
			}
		}
		for path, c := range map[string]struct{ kind, way, cache, name string }{
			public + "/liite/" + all[0].ID.String():                       {"image/jpeg", "inline", "private, no-cache", "kipina-" + d.code + ".jpg"},
			public + "/liite/" + all[0].ID.String() + "?koko=pieni":       {"image/jpeg", "inline", "private, no-cache", "kipina-" + d.code + ".jpg"},
			public + "/liite/" + all[1].ID.String():                       {"application/pdf", "attachment", "private, no-cache", "kipina-" + d.code + ".pdf"},
			public + "/liite/" + all[1].ID.String() + "?koko=pieni":       {"application/pdf", "attachment", "private, no-cache", "kipina-" + d.code + ".pdf"},
			d.own + "/liite/" + all[0].ID.String():                        {"image/jpeg", "inline", "no-store", "Maija-laiturilla.jpg"},
			d.own + "/liite/" + all[1].ID.String():                        {"application/pdf", "attachment", "no-store", "Maijan hakemus.pdf"},
			"/sv" + public + "/liite/" + all[0].ID.String():               {"image/jpeg", "inline", "private, no-cache", "kipina-" + d.code + ".jpg"},
			"/toimisto/kipina/" + d.code + "/liite/" + all[1].ID.String(): {"application/pdf", "attachment", "no-store", "Maijan hakemus.pdf"},
		} {
			who := r
			if strings.HasPrefix(path, "/toimisto") {
				who = s.officer(office.Planner)
			}
			p := who.get(path)
			if p.status != http.StatusOK || p.header.Get("Content-Type") != c.kind || !strings.HasPrefix(p.header.Get("Content-Disposition"), c.way+";") || !strings.Contains(p.header.Get("Content-Disposition"), c.name) ||
				p.header.Get("X-Content-Type-Options") != "nosniff" || p.header.Get("Cache-Control") != c.cache {
				t.Errorf("%s: %d %v", path, p.status, p.header)
			}
			if csp := p.header.Get("Content-Security-Policy"); !strings.Contains(csp, "default-src 'none'") || !strings.Contains(csp, "sandbox") || strings.Contains(csp, "'self'") {
				t.Errorf("%s: %s", path, csp)
			}
			for _, secret := range attachmenttest.Secrets() {
				if strings.Contains(p.body, secret) {
					t.Errorf("%s still holds %q", path, secret)
				}
			}
			if c.kind == "image/jpeg" {
				if config, err := jpeg.DecodeConfig(strings.NewReader(p.body)); err != nil || config.Width != map[bool]int{true: 480, false: 900}[strings.Contains(path, "pieni")] {
					t.Errorf("%s: %+v, %v", path, config, err)
				}
			}
		}
		// A browser asks each time and gets the bytes once.
		req, _ := http.NewRequest(http.MethodGet, s.url+public+"/liite/"+all[0].ID.String(), nil)
		req.Header.Set("If-None-Match", r.get(public+"/liite/"+all[0].ID.String()).header.Get("ETag"))
		if p := r.do(req); p.status != http.StatusNotModified || p.body != "" {
			t.Errorf("asked again: %d with %d bytes", p.status, len(p.body))
		}
		// The names are for whoever reads contact details in the office.
		if p := s.officer(office.Planner).get("/toimisto/kipina/" + d.code); !strings.Contains(p.body, "Maija-laiturilla.jpg") || p.Find("main img").Length() != 1 {
			t.Error("the office does not see the picture and its name")
		}
		viewer := s.officer(office.Viewer)
		if p := viewer.get("/toimisto/kipina/" + d.code); strings.Contains(p.body, "Maija-laiturilla") || p.Find("main img").Length() != 1 || p.Find("input[type=file]").Length() != 0 {
			t.Error("a viewer sees the names, or not the picture, or may add")
		}
		if p := viewer.get("/toimisto/kipina/" + d.code + "/liite/" + all[1].ID.String()); p.status != http.StatusOK || strings.Contains(p.header.Get("Content-Disposition"), "Maija") {
			t.Errorf("a viewer: %d %s", p.status, p.header.Get("Content-Disposition"))
		}
	})
}

func TestHostileFilesAreRefusedAndNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		say := s.parts.Texts.For("fi")
		for name, c := range map[string]struct {
			data []byte
			want string
		}{
			"pommi.png":    {attachmenttest.Bomb(1<<18, 1<<18), say.T("fault.picture.side", "max", 20000)},
			"ohjelma.jpg":  {[]byte("MZ\x90\x00\x03\x00"), say.T("fault.attachment.kind")},
			"sivu.jpg":     {[]byte("<!DOCTYPE html><script>alert(1)</script>"), say.T("fault.document.machine")},
			"piirros.svg":  {[]byte("<svg onload='alert(1)' xmlns='http://www.w3.org/2000/svg'/>"), say.T("fault.picture.other", "kind", "SVG")},
			"hakemus.docx": {[]byte("PK\x03\x04\x14\x00\x06\x00"), say.T("fault.attachment.office")},
			"koodi.pdf":    {onePage("/OpenAction << /S /JavaScript /JS (app.alert) >>"), say.T("fault.document.active")},
			"sisus.pdf":    {onePage("/Names << /EmbeddedFiles << /Names [] >> >>"), say.T("fault.document.embedded")},
			"lukko.pdf":    {bytes.Replace(onePage(""), []byte("/Size 5"), []byte("/Encrypt 4 0 R /Size 5"), 1), say.T("fault.document.locked")},
			"puolikas.jpg": {photo(t, 300, 300, 1)[:1500], say.T("fault.picture.broken")},
			"tyhja.jpg":    {nil, say.T("fault.document.none")},
			"suuri.jpg":    {append(photo(t, 20, 20, 1), make([]byte, 10<<20)...), say.T("fault.attachment.bytes", "max", 10)},
			"<b>ilkeä.exe": {[]byte("\x7fELF\x02\x01\x01\x00"), say.T("fault.attachment.kind")},
		} {
			s.clock.Advance(4e9) // twenty a minute
			p := r.send("/kipina", dropForm("text", "Tärkeä teksti", "name", "Maija", "alt1", "Kuvaus yksi", "alt2", "Kuvaus kaksi", "visibility", "office"),
				sentFile{"file1", name, c.data}, sentFile{"file2", "hyva.jpg", photo(t, 30, 30, 2)})
			if p.status != http.StatusUnprocessableEntity {
				t.Errorf("%s: %d", name, p.status)
			}
			errors := p.Find(".errors").Text()
			if !strings.Contains(errors, name+": "+c.want) {
				t.Errorf("%s: %s\nwant %s", name, errors, c.want)
			}
			if !strings.Contains(errors, say.T("fault.attachment.again", "name", "hyva.jpg")) {
				t.Errorf("%s: nobody says to choose the other again: %s", name, errors)
			}
			for selector, want := range map[string]string{"#name": "Maija", "#alt1": "Kuvaus yksi", "#alt2": "Kuvaus kaksi", "input[name=visibility][checked]": "office"} {
				if got := p.Find(selector).AttrOr("value", ""); got != want {
					t.Errorf("%s: %s is %q", name, selector, got)
				}
			}
			if got := p.Find("#text").Text(); got != "Tärkeä teksti" {
				t.Errorf("%s: the text is %q", name, got)
			}
			if p.Find("details[open] #file1[aria-invalid=true]").Length() != 1 || p.Find("#file1-error").Length() != 1 {
				t.Errorf("%s: the field does not show it", name)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM sparks WHERE region_id = 'kouvola'`); n != 0 {
			t.Errorf("%d sparks of refused forms", n)
		}
		// A wrong text and a good picture: both are told of.
		p := r.send("/kipina", dropForm("text", " ", "email", "ei osoite"), sentFile{"file1", "hyva.jpg", photo(t, 30, 30, 2)})
		if p.status != http.StatusUnprocessableEntity || p.Find(".errors li").Length() != 3 || !strings.Contains(p.Find(".errors").Text(), "hyva.jpg") {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		// A picture that is a PDF too is only a picture.
		d := r.dropWith(dropForm(), sentFile{"file1", "polyglotti.pdf", append(gps(t), onePage("/OpenAction << /S /JavaScript /JS (x) >>")...)})
		body := r.get("/kipina/" + d.code + "/liite/" + s.filesOf(d.code)[0].ID.String()).body
		if strings.Contains(body, "%PDF") || strings.Contains(body, "GPS") || strings.Contains(body, "JavaScript") {
			t.Error("a polyglot stays one")
		}
	})
}

func TestTooManyTooLargeAndCutOff(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		say := s.parts.Texts.For("fi")
		var six []sentFile
		for i := range 6 {
			six = append(six, sentFile{"file" + strconv.Itoa(i%3+1), fmt.Sprintf("kuva%d.jpg", i), photo(t, 30, 30, i)})
		}
		refused := func(what string, p page, status int, want string) {
			t.Helper()
			if p.status != status || !strings.Contains(p.Find(".errors").Text(), want) || p.Find("#text").Text() != "Laituri kuntoon talkoilla." {
				t.Errorf("%s: %d, %s, text %q", what, p.status, p.Find(".errors").Text(), p.Find("#text").Text())
			}
		}
		refused("six files", r.send("/kipina", dropForm(), six...), http.StatusUnprocessableEntity, say.T("fault.attachment.too_many", "max", 5))
		if p := r.send("/kipina", dropForm(), six[:5]...); p.status != http.StatusOK {
			t.Errorf("five files in three fields: %d, %s", p.status, p.Find(".errors").Text())
		}
		large := func(n int) []byte { return append(photo(t, 20, 20, n), make([]byte, 9<<20)...) }
		p := r.send("/kipina", dropForm(), sentFile{"file1", "a.jpg", large(1)}, sentFile{"file2", "b.jpg", large(2)}, sentFile{"file3", "c.jpg", large(3)})
		refused("27 MB", p, http.StatusUnprocessableEntity, "c.jpg: "+say.T("fault.attachment.all_bytes", "max", 25))
		if text := p.Find(".errors").Text(); !strings.Contains(text, say.T("fault.attachment.again", "name", "a.jpg")) {
			t.Error(text)
		}
		// The line breaks: what came is shown again, and nothing is kept.
		kind, body := form(t, dropForm(), sentFile{"file1", "a.jpg", photo(t, 300, 300, 1)})
		before := s.count(`SELECT COUNT(*) FROM sparks WHERE region_id = 'kouvola'`)
		refused("cut off in a file", r.sendBytes("/kipina", kind, bytes.NewReader(body[:len(body)-600])), http.StatusUnprocessableEntity, say.T("fault.attachment.broke_off"))
		refused("cut off after it", r.sendBytes("/kipina", kind, bytes.NewReader(body[:len(body)-10])), http.StatusUnprocessableEntity, say.T("fault.attachment.broke_off"))
		if p := r.sendBytes("/kipina", kind, bytes.NewReader(nil)); p.status != http.StatusUnprocessableEntity {
			t.Errorf("nothing at all: %d", p.status)
		}
		if p := r.sendBytes("/kipina", "multipart/form-data", bytes.NewReader(body)); p.status != http.StatusUnprocessableEntity {
			t.Errorf("no boundary: %d", p.status)
		}
		if n := s.count(`SELECT COUNT(*) FROM sparks WHERE region_id = 'kouvola'`); n != before {
			t.Errorf("%d sparks of broken forms", n-before)
		}
		// Words have their old bound, with files and without.
		if p := r.send("/kipina", dropForm("text", strings.Repeat("x", 2<<20))); p.status != http.StatusRequestEntityTooLarge {
			t.Errorf("2 MB of words: %d", p.status)
		}
		d := r.drop()
		kind, body = form(t, map[string]string{"words": "Hei"}, sentFile{"file1", "a.jpg", make([]byte, 2<<20)})
		if p := r.sendBytes(d.own+"/vastaus", kind, bytes.NewReader(body)); p.status == http.StatusOK {
			t.Errorf("files where none are taken: %d", p.status)
		}
		if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "kokko-liite-*")); len(left) > 3 { // others may be making theirs this moment
			t.Errorf("uploads are left on the disk: %v", left)
		}
	})
}

// endless is a form with one file that never ends.
type endless struct {
	head io.Reader
	left int
}

func (e *endless) Read(b []byte) (int, error) {
	if n, err := e.head.Read(b); n > 0 {
		return n, err
	}
	if e.left -= len(b); e.left < 0 {
		return 0, io.EOF
	}
	clear(b)
	return len(b), nil
}

func TestAFormWithoutEndIsToldSo(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	kind, body := form(t, dropForm(), sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)})
	p := s.visitor().sendBytes("/kipina", kind, &endless{bytes.NewReader(body[:len(body)-100]), 101 << 20})
	if p.status != http.StatusRequestEntityTooLarge || p.Find("#text").Text() != "Laituri kuntoon talkoilla." || !strings.Contains(p.Find(".errors").Text(), "25 megatavua") {
		t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
	}
}

// waits is a picture whose end does not come until it is let go.
type waits struct {
	begun chan<- struct{}
	goOn  <-chan struct{}
}

func (w waits) Read([]byte) (int, error) {
	w.begun <- struct{}{}
	<-w.goOn
	return 0, errors.New("let go")
}

func TestWhenTooManyAreMadeNothingTypedIsLost(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	begun, goOn := make(chan struct{}), make(chan struct{})
	var busy sync.WaitGroup
	for range 2 {
		busy.Go(func() {
			_, _ = s.parts.Files.Make(context.Background(), io.MultiReader(bytes.NewReader(photo(t, 300, 300, 1)[:1024]), waits{begun, goOn}), "a.jpg", "")
		})
	}
	<-begun
	<-begun
	p := s.visitor().send("/kipina", dropForm(), sentFile{"file1", "b.jpg", photo(t, 30, 30, 1)})
	close(goOn)
	busy.Wait()
	if p.status != http.StatusServiceUnavailable || p.Find("#text").Text() != "Laituri kuntoon talkoilla." || !strings.Contains(p.Find(".errors").Text(), s.parts.Texts.For("fi").T("fault.attachment.busy")) {
		t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
	}
}

func TestFilesAreSeenWhereTheirSparkIs(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r, planner := s.visitor(), s.officer(office.Planner)
		drop := func(pairs ...string) (dropped, string) {
			s.clock.Advance(4e9)
			d := r.dropWith(dropForm(pairs...), sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)})
			return d, "/liite/" + s.filesOf(d.code)[0].ID.String()
		}
		open, openAt := drop()
		hidden, hiddenAt := drop("visibility", "office")
		secret, secretAt := drop("secret", "1")
		withdrawn, withdrawnAt := drop()
		erased, erasedAt := drop()
		if p := r.post(withdrawn.own+"/poisto", nil); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if p := r.post(erased.own+"/poisto", map[string][]string{"erase": {"1"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		for name, c := range map[string]struct {
			who  *reader
			path string
			want int
		}{
			"public":                       {r, "/kipina/" + open.code + openAt, 200},
			"public, typed sloppily":       {r, "/kipina/" + strings.ToLower(open.code) + openAt, 200},
			"public, small":                {r, "/kipina/" + open.code + openAt + "?koko=pieni", 200},
			"for the office only":          {r, "/kipina/" + hidden.code + hiddenAt, 404},
			"a secret":                     {r, "/kipina/" + secret.code + secretAt, 404},
			"withdrawn":                    {r, "/kipina/" + withdrawn.code + withdrawnAt, 404},
			"erased":                       {r, "/kipina/" + erased.code + erasedAt, 404},
			"hidden under a public number": {r, "/kipina/" + open.code + hiddenAt, 404},
			"no number":                    {r, "/kipina/ei-ole" + openAt, 404},
			"no id":                        {r, "/kipina/" + open.code + "/liite/x", 404},
			"its bringer":                  {r, hidden.own + hiddenAt, 200},
			"its bringer, a secret":        {r, secret.own + secretAt, 200},
			"another bringer":              {r, open.own + hiddenAt, 404},
			"its bringer, withdrawn":       {r, withdrawn.own + withdrawnAt, 410},
			"the office":                   {planner, "/toimisto/kipina/" + hidden.code + hiddenAt, 200},
			"the office, withdrawn":        {planner, "/toimisto/kipina/" + withdrawn.code + withdrawnAt, 200},
			"the office, erased":           {planner, "/toimisto/kipina/" + erased.code + erasedAt, 404},
		} {
			p := c.who.get(c.path)
			if p.status != c.want {
				t.Errorf("%s: %d, want %d", name, p.status, c.want)
			}
			if p.status == 200 && (p.header.Get("Content-Type") != "image/jpeg" || strings.HasPrefix(c.path, "/kipina") == (p.header.Get("Cache-Control") == "no-store")) {
				t.Errorf("%s: %v", name, p.header)
			}
		}
		if n := s.count(`SELECT COUNT(*) FROM attachments WHERE region_id = 'kouvola'`); n != 4 {
			t.Errorf("%d attachments are left of four", n)
		}
		// Hidden later: the picture is gone at once, also for whoever has it in a cache.
		tag := r.get("/kipina/" + open.code + openAt).header.Get("ETag")
		if p := r.post(open.own+"/muokkaus", map[string][]string{"text": {"Laituri kuntoon talkoilla."}, "visibility": {"office"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		req, _ := http.NewRequest(http.MethodGet, s.url+"/kipina/"+open.code+openAt, nil)
		req.Header.Set("If-None-Match", tag)
		if p := r.do(req); p.status != http.StatusNotFound {
			t.Errorf("after hiding: %d", p.status)
		}
	})
}

func TestABringerLooksAfterTheirFiles(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		say := s.parts.Texts.For("fi")
		d := r.drop()
		p := r.send(d.own+"/liitteet", map[string]string{"alt1": ""}, sentFile{"file1", "a.jpg", photo(t, 600, 400, 1)}, sentFile{"file2", "b.txt", []byte("Muistio")})
		if p.status != http.StatusOK || p.path != d.own || !strings.Contains(p.Find("[role=status]").Text(), say.T("own.done.liite")) {
			t.Fatalf("%d at %s: %s", p.status, p.path, p.Find(".errors").Text())
		}
		all := s.filesOf(d.code)
		if p.Find("main img").AttrOr("alt", "") != say.T("attachment.nameless.picture", "n", 1) || !strings.Contains(p.body, say.T("attachment.ask")) {
			t.Error("nobody asks what the picture shows")
		}
		if story := p.Find(".story").Text(); !strings.Contains(story, "Lisäsit 2 liitettä.") || strings.Contains(story, "a.jpg") {
			t.Error(story)
		}
		// In public without a description: a neutral one, and no name.
		public := r.get("/kipina/" + d.code)
		if public.Find("main img").AttrOr("alt", "") != say.T("attachment.nameless.picture", "n", 1) || !strings.Contains(public.Find(".files").Text(), say.T("attachment.nameless.text", "n", 1)) || !strings.Contains(public.Find(".story").Text(), "Kipinän tuoja lisäsi 2 liitettä.") {
			t.Errorf("the public page without descriptions: %s, %s, %s", public.Find("main img").AttrOr("alt", ""), public.Find(".files").Text(), public.Find(".story").Text())
		}
		at := d.own + "/liite/" + all[0].ID.String()
		long := strings.Repeat("ä", attachment.MaxAlt+1)
		if p := r.post(at, map[string][]string{"alt": {long}}); p.status != http.StatusUnprocessableEntity || p.Find("#alt-"+all[0].ID.String()).AttrOr("value", "") != long || p.Find(".errors a").AttrOr("href", "") != "#alt-"+all[0].ID.String() {
			t.Errorf("a long description: %d", p.status)
		}
		if p := r.post(at, map[string][]string{"alt": {"Ranta <b>talvella</b>"}}); p.status != http.StatusOK || p.Find("main img").AttrOr("alt", "") != "Ranta <b>talvella</b>" {
			t.Errorf("%d", p.status)
		}
		if p := r.send(d.own+"/liitteet", nil, sentFile{"file1", "", nil}); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), say.T("fault.attachment.missing")) {
			t.Errorf("nothing chosen: %d", p.status)
		}
		var more []sentFile
		for i := range 4 {
			more = append(more, sentFile{"file1", fmt.Sprintf("m%d.jpg", i), photo(t, 30, 30, i+2)})
		}
		if p := r.send(d.own+"/liitteet", map[string]string{"alt1": "Säilyy"}, more...); p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), say.T("fault.attachment.too_many", "max", 5)) || p.Find("#alt1").AttrOr("value", "") != "Säilyy" {
			t.Errorf("six: %d %s", p.status, p.Find(".errors").Text())
		}
		if p := r.send(d.own+"/liitteet", nil, more[:3]...); p.status != http.StatusOK || p.Find("input[type=file]").Length() != 0 || !strings.Contains(p.body, say.T("attachment.full", "most", 5)) {
			t.Errorf("five: %d", p.status)
		}
		p = r.post(d.own+"/liite/"+all[1].ID.String()+"/poista", nil)
		if p.status != http.StatusOK || len(s.filesOf(d.code)) != 4 || !strings.Contains(p.Find(".story").Text(), "Poistit liitteen.") || p.Find("input[type=file]").Length() != 1 {
			t.Errorf("removing: %d, %d left", p.status, len(s.filesOf(d.code)))
		}
		if p := r.post(d.own+"/liite/"+all[1].ID.String()+"/poista", nil); p.status != http.StatusNotFound {
			t.Errorf("removing twice: %d", p.status)
		}
		// Nobody else's.
		other := r.dropWith(dropForm(), sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)})
		for path, want := range map[string]int{
			d.own + "/liite/" + s.filesOf(other.code)[0].ID.String() + "/poista": http.StatusNotFound,
			d.own + "/liite/" + s.filesOf(other.code)[0].ID.String():             http.StatusNotFound,
			"/oma/" + ident.Secret() + "/liitteet":                               http.StatusGone,
		} {
			if p := r.post(path, map[string][]string{"alt": {"x"}}); p.status != want {
				t.Errorf("%s: %d", path, p.status)
			}
		}
		if len(s.filesOf(other.code)) != 1 || s.filesOf(other.code)[0].Alt != "" {
			t.Error("another's file was touched")
		}
	})
}

// The same form again with another picture: the words are not doubled, and the
// picture is not lost.
func TestTheSameFormWithAnotherPicture(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		fields := dropForm()
		first := r.dropWith(fields, sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)})
		second := r.dropWith(fields, sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)}, sentFile{"file2", "b.jpg", photo(t, 30, 30, 2)})
		if first != second || len(s.filesOf(first.code)) != 2 || s.count(`SELECT COUNT(*) FROM sparks WHERE region_id = 'kouvola'`) != 1 {
			t.Errorf("%+v, %+v: %d files", first, second, len(s.filesOf(first.code)))
		}
	})
}

func TestTheOfficeAttachesOnSomebodysBehalf(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		say := s.parts.Texts.For("fi")
		planner := s.officer(office.Planner)
		enter := map[string]string{"once": ident.Secret(), "source": "card", "text": "Kortilla kerrottu.", "language": "fi", "visibility": "unnamed", "name": "Maija Meikäläinen", "alt1": "Kortti"}
		if p := planner.send("/toimisto/uusi", enter, sentFile{"file1", "kortti.exe", []byte("MZ\x00")}); p.status != http.StatusUnprocessableEntity || p.Find("#text").Text() != "Kortilla kerrottu." || p.Find("#alt1").AttrOr("value", "") != "Kortti" || !strings.Contains(p.Find(".errors").Text(), "kortti.exe") {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		p := planner.send("/toimisto/uusi", enter, sentFile{"file1", "kortti.jpg", gps(t)})
		code := p.Find(".receipt .code").Text()
		if p.status != http.StatusOK || len(s.filesOf(code)) != 1 || s.filesOf(code)[0].Officer != s.officers[office.Planner].ID {
			t.Fatalf("%d, %q", p.status, code)
		}
		at := "/toimisto/kipina/" + code
		// A name its bringer keeps from the public does not slip into a description.
		for name, p := range map[string]page{
			"adding":     planner.send(at+"/liitteet", map[string]string{"alt1": "Maijan laituri"}, sentFile{"file1", "b.jpg", photo(t, 30, 30, 2)}),
			"describing": planner.post(at+"/liite/"+s.filesOf(code)[0].ID.String(), map[string][]string{"alt": {"Maijan laituri"}}),
		} {
			if p.status != http.StatusUnprocessableEntity || !strings.Contains(p.Find(".errors").Text(), say.T("fault.answer.names_bringer")) || !strings.Contains(p.body, "Maijan laituri") {
				t.Errorf("%s: %d %s", name, p.status, p.Find(".errors").Text())
			}
			if href := p.Find(".errors a").First().AttrOr("href", ""); p.Find(href).Length() != 1 {
				t.Errorf("%s: the summary leads to %s, which is not there", name, href)
			}
		}
		p = planner.send(at+"/liitteet", map[string]string{"alt1": "Laituri", "pino": "new", "version": "1"}, sentFile{"file1", "b.jpg", photo(t, 30, 30, 2)})
		if p.status != http.StatusOK || !strings.Contains(p.Find("[role=status]").Text(), say.T("work.did.liitteet")) || p.Find("main img").Length() != 2 {
			t.Errorf("%d: %s", p.status, p.Find(".errors").Text())
		}
		all := s.filesOf(code)
		if p := planner.post(at+"/liite/"+all[1].ID.String(), map[string][]string{"alt": {"Ranta"}}); p.status != http.StatusOK || s.filesOf(code)[1].Alt != "Ranta" {
			t.Errorf("%d", p.status)
		}
		if p := planner.post(at+"/liite/"+all[1].ID.String()+"/poista", nil); p.status != http.StatusOK || len(s.filesOf(code)) != 1 || !strings.Contains(p.Find(".story").Text(), "Kaisa Esimerkki poisti liitteen.") {
			t.Errorf("%d", p.status)
		}
		if story := s.visitor().get("/kipina/" + code).Find(".story").Text(); !strings.Contains(story, "Kaisa Esimerkki lisäsi liitteen.") || !strings.Contains(story, "poisti liitteen") {
			t.Error(story)
		}
		// Pictures do not take the message of what was just done away.
		planner.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		planner.post(at+"/muistio", map[string][]string{"words": {"Muista."}})
		planner.get(at + "/liite/" + all[0].ID.String())
		if p := planner.get(at); !strings.Contains(p.Find("[role=status]").Text(), say.T("work.did.muistio")) {
			t.Error("a picture ate the message")
		}
		// A session that ran out: the words are kept, and the files are named.
		out := s.visitor()
		p = out.send("/toimisto/uusi", enter, sentFile{"file1", "kortti.jpg", gps(t)})
		if p.status != http.StatusUnauthorized || !strings.Contains(p.body, "Kortilla kerrottu.") || !strings.Contains(p.Find(".note").Text(), "kortti.jpg") {
			t.Errorf("%d: %s", p.status, p.Find("main").Text())
		}
		if p := s.officer(office.Viewer).send(at+"/liitteet", nil, sentFile{"file1", "b.jpg", photo(t, 30, 30, 3)}); p.status != http.StatusForbidden || len(s.filesOf(code)) != 1 {
			t.Errorf("a viewer adds: %d", p.status)
		}
	})
}

// What several brought of one matter is seen together, and stays each one's own.
func TestFilesOfAMatterThatSeveralBrought(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r, planner := s.visitor(), s.officer(office.Planner)
		one := r.dropWith(dropForm("alt1", "Ensimmäisen kuva"), sentFile{"file1", "a.jpg", photo(t, 30, 30, 1)})
		two := r.dropWith(dropForm("text", "Laituri pitäisi korjata.", "alt1", "Toisen kuva"), sentFile{"file1", "Maija-b.jpg", photo(t, 30, 30, 2)})
		s.must(s.parts.Sparks.Merge(context.Background(), s.act(one.code), spark.Joining{Sparks: []spark.Seen{{ID: s.find(two.code).ID}}}))
		at := "/kipina/" + two.code + "/liite/" + s.filesOf(two.code)[0].ID.String()
		p := r.get("/kipina/" + one.code)
		p.whole(t, one.code)
		if p.Find("main img[alt='Ensimmäisen kuva']").Length() != 1 || p.Find("details img[alt='Toisen kuva'][src='"+at+"?koko=pieni']").Length() != 1 || strings.Contains(p.body, "Maija-b") {
			t.Error("the page of the matter does not show both, or tells a name")
		}
		if p := r.get(at); p.status != http.StatusOK {
			t.Errorf("the joined one's picture: %d", p.status)
		}
		if p := r.get("/kipina/" + two.code); p.Find("main img[alt='Toisen kuva']").Length() != 1 {
			t.Error("its own page lacks it")
		}
		own := r.get(two.own)
		own.whole(t, two.own)
		if own.Find("section[aria-labelledby=liitteet] input[name=alt]").Length() != 1 {
			t.Error("its bringer does not look after it")
		}
		if p := planner.send("/toimisto/kipina/"+two.code+"/liitteet", nil, sentFile{"file1", "c.jpg", photo(t, 30, 30, 3)}); p.status != http.StatusOK || len(s.filesOf(two.code)) != 2 {
			t.Errorf("the office adds to it: %d %s", p.status, p.Find(".errors").Text())
		}
		if p := r.post(two.own+"/muokkaus", map[string][]string{"text": {"Laituri pitäisi korjata."}, "visibility": {"office"}}); p.status != http.StatusOK {
			t.Fatal(p.status)
		}
		if p := r.get(at); p.status != http.StatusNotFound {
			t.Errorf("hidden by its bringer: %d", p.status)
		}
		if p := r.get("/kipina/" + one.code); strings.Contains(p.body, "Toisen kuva") {
			t.Error("and still on the page of the matter")
		}
	})
}

// attach puts a picture and a file to a spark past the pages.
func attach(t testing.TB, files *attachment.Service, act spark.Act) {
	t.Helper()
	var made []attachment.Made
	for _, f := range []sentFile{{"Laituri rannassa", "laituri.jpg", photo(t, 900, 1200, 1)}, {"", "rannasta.png", attachmenttest.Drawing(t, 60, 40)}, {"Hakemus", "hakemus.pdf", onePage("")}} {
		m, err := files.Make(context.Background(), bytes.NewReader(f.data), f.name, f.field)
		if err != nil {
			t.Fatal(err)
		}
		made = append(made, m)
	}
	if _, err := files.AddFor(context.Background(), act, made); err != nil {
		t.Fatal(err)
	}
}
