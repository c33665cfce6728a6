package web_test

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"kokko/edge/mailin"
	"kokko/ground/i18n"
	"kokko/ground/mail"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// arrives hands a letter to the site's mail door, as its mail server would.
func (s *site) arrives(raw string) mailin.Taken {
	s.t.Helper()
	texts, err := i18n.Load(mailin.Texts)
	if err != nil {
		s.t.Fatal(err)
	}
	door := &mailin.Door{DB: s.db, Clock: s.clock, Texts: texts, Programmes: s.parts.Programmes, Sparks: s.parts.Sparks, Files: s.parts.Files, Feedback: s.parts.Feedback, Outbox: s.parts.Outbox}
	got, err := door.Take(context.Background(), strings.NewReader(raw), mailin.Envelope{})
	if err != nil {
		s.t.Fatal(err)
	}
	return got
}

// lastLetter is the newest letter of a purpose.
func (s *site) lastLetter(purpose string) mail.Posted {
	s.t.Helper()
	all, err := s.parts.Outbox.List(context.Background(), "kouvola", "", 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, p := range all {
		if p.Purpose == purpose {
			return p
		}
	}
	s.t.Fatalf("no letter %s", purpose)
	return mail.Posted{}
}

func TestTheCallsOwnMailbox(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		m, v := s.officer(office.Manager), s.visitor()
		at := settings + "/sahkoposti"
		if p := m.get(at); p.Find("#inbox").Length() != 1 || strings.Contains(p.body, "master.cf") {
			t.Errorf("before there is an address: %s", p.Find("section[aria-labelledby='saapuva']").Text())
		}
		if p := v.get("/kipina"); strings.Contains(p.body, "mailto:") {
			t.Error("an address is shown and there is none")
		}
		for _, bad := range []string{"kipina", "kipinä@kouvola.example", "a b@kouvola.example", "kipina@kouvola.example\nBcc: x@y.example"} {
			if p := m.post(at+"/saapuva", url.Values{"inbox": {bad}}); p.status != http.StatusUnprocessableEntity || p.Find("#inbox").AttrOr("aria-invalid", "") != "true" || p.Find("#inbox").AttrOr("value", "") == "" {
				t.Errorf("%q: %d", bad, p.status)
			}
		}
		p := m.post(at+"/saapuva", url.Values{"inbox": {" Kipina@Kouvola.example "}})
		section := p.Find("section[aria-labelledby='saapuva']")
		if p.status != http.StatusOK || section.Find("pre").Length() != 4 || section.Find(".note.good").Length() != 0 {
			t.Fatalf("%d %s", p.status, section.Text())
		}
		for _, line := range []string{"kipina@kouvola.example  kokko:", "argv=/usr/local/bin/kokko mail-in --data /var/lib/kokko --region kouvola --to ${original_recipient}", "local_parts = kipina\n", "domains = kouvola.example\n"} {
			if !strings.Contains(section.Find("pre").Text(), line) {
				t.Errorf("no line %q in %s", line, section.Find("pre").Text())
			}
		}
		if link := v.get("/sv/kipina").Find("a[href^='mailto:']"); link.Text() != "kipina@kouvola.example" {
			t.Errorf("the address is not shown: %q", link.Text())
		}
		// What a shell might read as something else is not written into a file.
		if p := m.post(at+"/saapuva", url.Values{"inbox": {"ki`reboot`{$x}|@kouvola.example"}}); p.status != http.StatusOK || strings.Contains(p.Find("pre").Text(), "reboot") {
			t.Errorf("%d %s", p.status, p.Find("pre").Text())
		}
		m.post(at+"/saapuva", url.Values{"inbox": {"kipina@kouvola.example"}})

		// A letter comes: the page says so, and the office sees where it is from.
		got := s.arrives("From: Maija <maija@meikalaiset.example>\r\nTo: kipina@kouvola.example\r\nMessage-ID: <1@m.example>\r\nSubject: Laituri\r\nX-Original-To: kipina@kouvola.example\r\n\r\nLaituri rantaan.\r\n")
		s.clock.Advance(3 * time.Hour)
		if good := m.get(at).Find("section[aria-labelledby='saapuva'] .note.good"); good.Length() != 1 {
			t.Error("the page does not tell that mail comes")
		}
		sheet := m.get("/toimisto/kipina/" + got.Code)
		if text := squeezed(sheet.Find("main").Text()); !strings.Contains(text, "sähköpostilla") || !strings.Contains(text, "maija@meikalaiset.example") || !strings.Contains(text, "Vain toimistolle") && !strings.Contains(text, "vain toimisto") {
			t.Errorf("%s", text)
		}
		if p := v.get("/kipina/" + got.Code); p.status != http.StatusNotFound {
			t.Errorf("a letter is public: %d", p.status)
		}
		if source := m.get("/toimisto/uusi").Find("input[name='source'][value='mail']"); source.Length() != 0 {
			t.Error("the office is offered mail as a door it writes at")
		}

		// Its bringer opens it to others on their own page.
		s.drain()
		own := s.lastLetter("bringer.dropped")
		link := own.Text[strings.Index(own.Text, "/oma/"):]
		link, _, _ = strings.Cut(link, "\n")
		if strings.Contains(own.Text, "/oma/…") { // it has gone: its link is no longer kept
			t.Fatal("the receipt was carried away")
		}
		if p := v.post(link+"/muokkaus", url.Values{"text": {"Laituri rantaan."}, "visibility": {string(spark.Unnamed)}}); p.status != http.StatusOK {
			t.Fatalf("%d", p.status)
		}
		if p := v.get("/kipina/" + got.Code); p.status != http.StatusOK || strings.Contains(p.body, "Maija") {
			t.Errorf("opened: %d", p.status)
		}
		if p := m.post(at+"/saapuva", url.Values{"inbox": {""}}); p.status != http.StatusOK || p.Find("section[aria-labelledby='saapuva'] pre").Length() != 0 {
			t.Errorf("the address does not go: %d", p.status)
		}
	})
}

func TestWhatALetterLostIsInTheStory(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		long := strings.Repeat("Laituri rantaan. ", 400)
		got := s.arrives("From: <maija@meikalaiset.example>\r\nMessage-ID: <1@m.example>\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\n" + long +
			"\r\n--m\r\nContent-Type: application/x-msdownload; name=\"ranta.exe\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n--m--\r\n")
		for l, at := range inLanguages() {
			say := texts(t).For(l)
			text := squeezed(s.officer(office.Planner).get(at + "/toimisto/kipina/" + got.Code).Find("main").Text())
			for _, want := range []string{say.T("spark.beat.lost.cut"), say.N("spark.beat.lost.files", 1), "ranta.exe", say.T("work.source.mail")} {
				if !strings.Contains(text, squeezed(want)) {
					t.Errorf("%s: the office does not read %q", l, want)
				}
			}
			s.clock.Advance(20 * time.Minute)
		}
		sp := s.find(got.Code)
		beats, _, err := story.Of(context.Background(), s.db, "kouvola", sp.ID, story.Public, 0)
		if err != nil || len(beats) != 1 {
			t.Errorf("%d beats for the public: %v", len(beats), err)
		}
	})
}
