package web_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/attachment/attachmenttest"
)

// filesOpen unfolds the part of a form that asks for files.
const filesOpen = "details:has(input[type=file]) > summary"

// onDisk puts a file where a browser can choose it.
func onDisk(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, data, 0o600))
	return path
}

// loaded tells whether a picture of the page has come and can be seen.
func loaded(p *browsertest.Page, selector string) bool {
	return browsertest.Evaluate[bool](p, `(async () => { const i = document.querySelector(`+"`"+selector+"`"+`); i.scrollIntoView(); await i.decode(); return i.naturalWidth > 0 })()`)
}

// TestBrowserPhotoWithAltText: a resident chooses a photograph on a phone and says
// what it shows. A wrong file beside it is refused by its name and nothing typed is
// lost; then everybody sees the picture, without the place it was taken at; the
// bringer describes and adds, and the office takes one away.
func TestBrowserPhotoWithAltText(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		words := said(s.lang)
		alt := map[i18n.Language]string{i18n.Finnish: "Harmaa laituri rannassa", i18n.Swedish: "En grå brygga vid stranden", i18n.English: "A grey jetty on the shore"}[s.lang]
		image := onDisk(t, "IMG_2041.jpg", attachmenttest.WithPlace(attachmenttest.Photo(t, 1800, 1200, 1)))
		letter := onDisk(t, "hakemus.docx", []byte("PK\x03\x04\x14\x00\x06\x00\x08\x00"))

		resident := s.phone(t, scripts)
		resident.Open(s.page("/kipina"))
		resident.Paste("#text", words.title+" "+words.text)
		resident.Click("input[name=visibility][value=public]")
		resident.Click(filesOpen)
		resident.Attach("#file1", image)
		resident.Fill("#alt1", alt)
		resident.Attach("#file2", letter)
		browsertest.Axe(t, resident)
		follows(t, resident, send, refused)
		shows(t, resident, ".errors", "hakemus.docx: "+s.T("fault.attachment.office"), s.T("fault.attachment.again", "name", "IMG_2041.jpg"))
		if at := resident.Focused(); !strings.Contains(flat(at.Text), flat(s.say.N("form.mistakes", 2))) {
			t.Errorf("the focus is on %+v, not on the summary", at)
		}
		for selector, want := range map[string]string{"#text": words.title + " " + words.text, "#alt1": alt, "input[name=visibility]:checked": "public"} {
			if got := resident.Value(selector); got != want {
				t.Errorf("%s holds %q, want %q", selector, got, want)
			}
		}
		browsertest.Axe(t, resident)
		if over := resident.Overflow(); over > 0 {
			t.Errorf("the refused form is %d px too wide", over)
		}
		resident.Click(".errors a[href='#file2']")
		if at := resident.Focused(); at.ID != "file2" {
			t.Errorf("the summary's link led to %+v", at)
		}
		resident.Attach("#file1", image)
		follows(t, resident, send, http.StatusOK)
		code := resident.Text(".receipt .code")
		own := strings.TrimPrefix(strings.TrimSuffix(resident.URL(), "/kiitos"), s.url+s.at)

		// Everybody sees it, described.
		stranger := s.phone(t, scripts)
		stranger.Open(s.page("/kipina/" + code))
		if got := stranger.Attribute("main img", "alt"); got != alt || !loaded(stranger, "main img") {
			t.Errorf("the picture says %q, or does not show", got)
		}
		browsertest.Axe(t, stranger)
		if over := stranger.Overflow(); over > 0 {
			t.Errorf("the page with a picture is %d px too wide", over)
		}
		if strings.Contains(stranger.Text("body"), "IMG_2041") {
			t.Error("the file's own name is public")
		}
		// The whole picture, in a tab of its own: what the browser puts around it wants
		// a script of its own, may have none and says so.
		looker := s.phone(t, scripts)
		looker.Open(s.page("/kipina/" + code))
		follows(t, looker, "main .pictures a", http.StatusOK)
		if !strings.HasPrefix(looker.URL(), s.page("/kipina/"+code+"/liite/")) {
			t.Errorf("the picture leads to %s", looker.URL())
		}

		// Its bringer adds another, and is asked what it shows.
		resident.Open(s.page(own))
		shows(t, resident, "main", "IMG_2041.jpg")
		resident.Click("section[aria-labelledby=liitteet] " + filesOpen)
		resident.Attach("#file1", onDisk(t, "toinen.png", attachmenttest.Drawing(t, 200, 300)))
		follows(t, resident, "form[action$='/liitteet'] .button", http.StatusOK)
		shows(t, resident, "section[aria-labelledby=liitteet]", s.T("attachment.ask"), "toinen.png")
		shows(t, resident, ".story", s.say.N("spark.beat.you.attached", 1))
		browsertest.Axe(t, resident)
		second := ".pictures > li:last-child "
		resident.Fill(second+"input[name=alt]", alt+" 2")
		follows(t, resident, second+"form .button:not(.danger)", http.StatusOK)
		if got := resident.Attribute(second+"img", "alt"); got != alt+" 2" {
			t.Errorf("the second picture says %q", got)
		}

		// The office takes the first one away, and it is gone for everybody.
		officer := s.desk(t, scripts)
		s.signIn(t, officer, s.planner)
		officer.Open(s.page("/toimisto/kipina/" + code))
		if !loaded(officer, ".pictures img") {
			t.Error("the office does not see the picture")
		}
		browsertest.Axe(t, officer)
		officer.Click(".pictures > li:first-child details > summary")
		follows(t, officer, ".pictures > li:first-child .danger", http.StatusOK)
		shows(t, officer, "main [role=status]", s.T("work.did.liitepois"))
		shows(t, officer, ".story", s.say.N("workspark.beat.detached", 1, "who", s.planner.Name))
		if got := stranger.Open(s.page("/kipina/" + code)); got != http.StatusOK || len(browsertest.Evaluate[[]string](stranger, `Array.from(document.querySelectorAll('main img')).map(i => i.alt)`)) != 1 {
			t.Errorf("after the removal: %d", got)
		}
		s.decent(t, resident, false)
		s.decent(t, stranger, false)
		s.decent(t, officer, true)
	})
}

// TestBrowserDraftForgetsNoDescription: what was said of a picture waits in this
// browser with the rest of the words; the picture itself cannot.
func TestBrowserDraftForgetsNoDescription(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	browser := browsertest.New(t)
	first := browser.Page(browsertest.ReducedMotion())
	first.Open(s.page("/kipina"))
	first.Paste("#text", said(i18n.Finnish).title)
	first.Click(filesOpen)
	first.Attach("#file1", onDisk(t, "a.jpg", attachmenttest.Photo(t, 30, 30, 1)))
	first.Fill("#alt1", "Laituri")
	first.Open(s.page("/tietosuoja"))
	second := browser.Page(browsertest.ReducedMotion())
	second.Open(s.page("/kipina"))
	if got := second.Value("#alt1"); got != "Laituri" {
		t.Errorf("the description is %q", got)
	}
	if got := second.Value("#file1"); got != "" {
		t.Errorf("the file is %q", got)
	}
	s.decent(t, second, false)
}
