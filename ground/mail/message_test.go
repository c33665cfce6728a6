package mail_test

import (
	"bytes"
	"maps"
	"net/mail"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"kokko/ground/fault"
	kokkomail "kokko/ground/mail"
	"kokko/ground/mail/smtptest"
	"pgregory.net/rapid"
)

// letter is a message with nothing wrong in it.
func letter() kokkomail.Message {
	return kokkomail.Message{
		From:          kokkomail.Address{Name: "Kouvolan kokko", Email: "kokko@example.fi"},
		To:            kokkomail.Address{Name: "Äijö Öhman-Åkerlund", Email: "aijo@example.fi"},
		Subject:       "Kipinäsi on perillä",
		Text:          "Hei!\n\nKiitos kipinästä.\n",
		Language:      "fi",
		ID:            "0192f0c1@kokko.example.fi",
		Date:          time.Date(2026, 11, 23, 9, 5, 0, 0, time.UTC),
		AutoSubmitted: true,
	}
}

func compose(t interface{ Fatalf(string, ...any) }, m kokkomail.Message) []byte {
	raw, err := kokkomail.Compose(m)
	if err != nil {
		t.Fatalf("compose: %v", err)
	}
	return raw
}

func TestFinnishLetterComesBackWhole(t *testing.T) {
	t.Parallel()
	m := letter()
	m.ReplyTo = kokkomail.Address{Name: "Kehityspäällikkö, Kouvola", Email: "kehitys@kylä.fi"}
	m.HTML = "<p>Hei <b>Äijö</b>! <a href=\"https://example.fi/k\">Katso</a></p>"
	m.Headers = map[string]string{"list-unsubscribe": "<https://example.fi/u?t=1>, <mailto:u@example.fi>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
	raw := compose(t, m)
	got := smtptest.Parse(raw)
	if got.Broken != nil {
		t.Fatal(got.Broken)
	}
	if got.Subject != m.Subject || got.Text != m.Text || strings.TrimSpace(got.HTML) != m.HTML {
		t.Errorf("came back as %q, %q, %q", got.Subject, got.Text, got.HTML)
	}
	for field, want := range map[string]*mail.Address{
		"From": {Name: m.From.Name, Address: m.From.Email}, "To": {Name: m.To.Name, Address: m.To.Email},
		"Reply-To": {Name: m.ReplyTo.Name, Address: "kehitys@xn--kyl-sla.fi"},
	} {
		if list, err := got.Header.AddressList(field); err != nil || len(list) != 1 || *list[0] != *want {
			t.Errorf("%s = %v (%v), want %v", field, list, err, want)
		}
	}
	for field, want := range map[string]string{
		"Auto-Submitted": "auto-generated", "Content-Language": "fi", "Message-Id": "<0192f0c1@kokko.example.fi>",
		"Date": "Mon, 23 Nov 2026 09:05:00 +0000", "List-Unsubscribe": m.Headers["list-unsubscribe"],
		"List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Mime-Version": "1.0",
	} {
		if got := got.Header.Get(field); got != want {
			t.Errorf("%s: %q, want %q", field, got, want)
		}
	}
	for _, leak := range []string{"User-Agent", "X-Mailer", "Received"} {
		if got.Header.Get(leak) != "" {
			t.Errorf("%s tells about the sender's software", leak)
		}
	}
	if !bytes.Equal(raw, compose(t, m)) {
		t.Error("the same message gave other bytes")
	}
}

func TestInjectionIsRefusedInEveryField(t *testing.T) {
	t.Parallel()
	poisons := []string{"\r\nBcc: x@example.fi", "\nBcc: x@example.fi", "\rBcc: x@example.fi", "\x00", "\x1b[2J", "\u0085Bcc: x"}
	fields := map[string]func(m *kokkomail.Message, poison string){
		"from":     func(m *kokkomail.Message, p string) { m.From.Name += p },
		"to":       func(m *kokkomail.Message, p string) { m.To.Name += p },
		"reply_to": func(m *kokkomail.Message, p string) { m.ReplyTo = kokkomail.Address{Name: p, Email: "a@example.fi"} },
		"subject":  func(m *kokkomail.Message, p string) { m.Subject += p },
		"language": func(m *kokkomail.Message, p string) { m.Language += p },
		"id":       func(m *kokkomail.Message, p string) { m.ID = "a" + p + "@example.fi" },
		"headers.List-Unsubscribe": func(m *kokkomail.Message, p string) {
			m.Headers = map[string]string{"List-Unsubscribe": "<https://example.fi/" + p + ">"}
		},
		"headers.References": func(m *kokkomail.Message, p string) {
			m.Headers = map[string]string{"References": "<a@example.fi>" + p}
		},
	}
	for field, poison := range fields {
		for _, p := range poisons {
			m := letter()
			poison(&m, p)
			refusedOn(t, m, field)
		}
	}
	for _, p := range poisons {
		for field, set := range map[string]func(m *kokkomail.Message, email string){
			"from":     func(m *kokkomail.Message, e string) { m.From.Email = e },
			"to":       func(m *kokkomail.Message, e string) { m.To.Email = e },
			"reply_to": func(m *kokkomail.Message, e string) { m.ReplyTo.Email = e },
		} {
			for _, email := range []string{"a" + p + "@example.fi", "a@example.fi" + p, "a@exa" + p + "mple.fi"} {
				m := letter()
				set(&m, email)
				refusedOn(t, m, field)
			}
		}
	}
}

func refusedOn(t *testing.T, m kokkomail.Message, field string) {
	t.Helper()
	err := m.Check()
	if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool { return e.Field == field && e.Code == fault.Invalid }) {
		t.Errorf("%s: %v", field, err)
	}
	if raw, err := kokkomail.Compose(m); err == nil {
		t.Errorf("%s: composed %q", field, raw)
	}
	if kokkomail.VerdictOf(err) != kokkomail.Permanent {
		t.Errorf("%s: a wrong message would be tried again", field)
	}
}

func TestWhatCheckRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(m *kokkomail.Message)
		field  string
		code   fault.Code
	}{
		"long subject":     {func(m *kokkomail.Message) { m.Subject = strings.Repeat("ä", kokkomail.MaxSubject+1) }, "subject", fault.TooLarge},
		"long name":        {func(m *kokkomail.Message) { m.To.Name = strings.Repeat("ä", kokkomail.MaxName+1) }, "to", fault.TooLarge},
		"ten megabytes":    {func(m *kokkomail.Message) { m.Text = strings.Repeat("a", 10<<20) }, "text", fault.TooLarge},
		"long html":        {func(m *kokkomail.Message) { m.HTML = strings.Repeat("a", kokkomail.MaxHTML+1) }, "html", fault.TooLarge},
		"empty text":       {func(m *kokkomail.Message) { m.Text = " \n\u202e\x00\n" }, "text", fault.Invalid},
		"empty subject":    {func(m *kokkomail.Message) { m.Subject = "\u202e" }, "subject", fault.Invalid},
		"no recipient":     {func(m *kokkomail.Message) { m.To = kokkomail.Address{} }, "to", fault.Invalid},
		"two recipients":   {func(m *kokkomail.Message) { m.To.Email = "a@example.fi,b@example.fi" }, "to", fault.Invalid},
		"no dot in domain": {func(m *kokkomail.Message) { m.To.Email = "maija@gmail" }, "to", fault.Invalid},
		"umlaut before @":  {func(m *kokkomail.Message) { m.To.Email = "äijö@example.fi" }, "to", fault.Invalid},
		"literal":          {func(m *kokkomail.Message) { m.To.Email = "a@[127.0.0.1]" }, "to", fault.Invalid},
		"quoted":           {func(m *kokkomail.Message) { m.To.Email = `"a b"@example.fi` }, "to", fault.Invalid},
		"long local part":  {func(m *kokkomail.Message) { m.To.Email = strings.Repeat("a", 65) + "@example.fi" }, "to", fault.Invalid},
		"name alone":       {func(m *kokkomail.Message) { m.ReplyTo.Name = "Maija" }, "reply_to", fault.Invalid},
		"no id":            {func(m *kokkomail.Message) { m.ID = "" }, "id", fault.Invalid},
		"id in brackets":   {func(m *kokkomail.Message) { m.ID = "<a@b>" }, "id", fault.Invalid},
		"no date":          {func(m *kokkomail.Message) { m.Date = time.Time{} }, "date", fault.Invalid},
		"foreign header":   {func(m *kokkomail.Message) { m.Headers = map[string]string{"Bcc": "a@example.fi"} }, "headers.Bcc", fault.Invalid},
		"header twice": {func(m *kokkomail.Message) {
			m.Headers = map[string]string{"List-Id": "<a.fi>", "list-id": "<b.fi>"}
		}, "headers.list-id", fault.Invalid},
		"unsubscribe by script": {func(m *kokkomail.Message) {
			m.Headers = map[string]string{"List-Unsubscribe": "<javascript:alert(1)>"}
		}, "headers.List-Unsubscribe", fault.Invalid},
		"one click to nowhere": {func(m *kokkomail.Message) {
			m.Headers = map[string]string{"List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
		}, "headers.List-Unsubscribe-Post", fault.Invalid},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := letter()
			c.change(&m)
			err := m.Check()
			if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool { return e.Field == c.field && e.Code == c.code }) {
				t.Errorf("%v, want %s on %s", err, c.code, c.field)
			}
		})
	}
	if err := letter().Check(); err != nil {
		t.Errorf("the good letter: %v", err)
	}
	m := letter()
	m.From, m.To, m.Subject = kokkomail.Address{}, kokkomail.Address{}, ""
	if got := fault.List(m.Check()); len(got) != 3 {
		t.Errorf("three mistakes, told of %d: %v", len(got), got)
	}
}

func TestHTMLLoadsNothing(t *testing.T) {
	t.Parallel()
	for _, bad := range []string{
		`<img src="https://t.example/p.gif">`, `<IMG SRC=//t.example/p>`, `<img src="cid:x" srcset="https://t.example/2x">`,
		`<div style="background:URL(https://t.example)">`, `<style>@import "https://t.example"</style>`, `<style>p{background:u\72l(x)}</style>`,
		`<link rel=stylesheet href=https://t.example>`, `<script>x()</script>`, `<body background="https://t.example">`,
		`<a href="javascript:x()">`, `<p onclick="x()">`, `<iframe src=x>`, `<svg><image href=https://t.example></svg>`, `<meta http-equiv=refresh content="0;url=https://t.example">`,
	} {
		m := letter()
		m.HTML = bad
		refusedOn(t, m, "html")
	}
	for _, good := range []string{`<meta charset="utf-8"><style>p{color:#333}</style><p style="margin:0">Hei <a href="https://example.fi/?a=1&amp;b=2">linkki</a></p>`, `<img alt="" src="data:image/png;base64,AAAA">`} {
		m := letter()
		m.HTML = good
		if err := m.Check(); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}
}

func TestDirectionControlsAreLeftOut(t *testing.T) {
	t.Parallel()
	m := letter()
	m.Subject = "Lasku\u202egpj.exe \u2066x\u2069\u200f"
	m.To.Name = "Maija\u202e Meikäläinen"
	m.Text = "a\u202eb\u2028c\x07d\x00e\r\nf\rg"
	got := smtptest.Parse(compose(t, m))
	if got.Subject != "Laskugpj.exe x" {
		t.Errorf("subject %q", got.Subject)
	}
	if to, err := got.Header.AddressList("To"); err != nil || to[0].Name != "Maija Meikäläinen" {
		t.Errorf("to %v (%v)", to, err)
	}
	if got.Text != "ab\ncde\nf\ng\n" {
		t.Errorf("text %q", got.Text)
	}
}

func TestLongLines(t *testing.T) {
	t.Parallel()
	link := "https://example.fi/hallinta/" + strings.Repeat("a1B2", 60)
	text := strings.Repeat("Tämä on pitkä rivi, joka jatkuu ja jatkuu. ", 40) + "\n" +
		"Linkki: " + link + "\n" + strings.Repeat("ö", 3000) + "\n  sisennetty\n> lainattu\nFrom here\n.\n..\n-- \nToimisto\n"
	m := letter()
	m.Text, m.Subject, m.To.Name = text, strings.Repeat("pitkä otsikko ", 17), strings.Repeat("Ö", 150)
	raw := compose(t, m)
	for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
		if len(line) > 998 || bytes.ContainsAny(line, "\r\n") {
			t.Fatalf("line of %d bytes: %q", len(line), line)
		}
	}
	got := smtptest.Parse(raw)
	want := strings.ReplaceAll(text, "jatkuu. \n", "jatkuu.\n")
	if diff := cmp.Diff(want, got.Text); diff != "" {
		t.Errorf("text (-want +got):\n%s", diff)
	}
	if got.Subject != strings.TrimSpace(m.Subject) {
		t.Errorf("subject %q", got.Subject)
	}
	if l := got.Links(); len(l) != 1 || l[0] != link {
		t.Errorf("links %v", l)
	}
}

// Any text comes back as it was, but for what tidying is documented to drop.
func TestAnyTextComesBack(t *testing.T) {
	t.Parallel()
	alphabet := []rune("aäö å€  \n>.-=?F\tЖ👩‍🚒漢")
	rapid.Check(t, func(t *rapid.T) {
		m := letter()
		m.Text = "x" + rapid.StringOfN(rapid.SampledFrom(alphabet), 0, 600, -1).Draw(t, "text")
		m.Subject = "x" + rapid.StringOfN(rapid.SampledFrom([]rune("aäö =?_\"\\,<>@:;()Ж👩漢")), 0, 200, -1).Draw(t, "subject")
		m.To.Name = rapid.StringOfN(rapid.SampledFrom([]rune("aäö =?_\"\\,<>@:;()Ж👩漢")), 0, 150, -1).Draw(t, "name")
		got := smtptest.Parse(compose(t, m))
		if got.Broken != nil {
			t.Fatal(got.Broken)
		}
		var lines []string
		for line := range strings.SplitSeq(strings.TrimRight(m.Text, "\n"), "\n") {
			if line != "-- " {
				line = strings.TrimRight(line, " ")
			}
			lines = append(lines, line)
		}
		if want := strings.Join(lines, "\n") + "\n"; got.Text != want {
			t.Fatalf("text %q came back as %q", want, got.Text)
		}
		if want := squeeze(m.Subject); got.Subject != want {
			t.Fatalf("subject %q came back as %q", want, got.Subject)
		}
		to, err := got.Header.AddressList("To")
		if err != nil || len(to) != 1 || to[0].Name != strings.ReplaceAll(squeeze(m.To.Name), `\`, "/") || to[0].Address != m.To.Email {
			t.Fatalf("to %q came back as %+v (%v) from %q", squeeze(m.To.Name), to, err, got.Header.Get("To"))
		}
	})
}

func squeeze(s string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(s, "=?", "= ?")), " ")
}

func BenchmarkComposeLongest(b *testing.B) {
	m := letter()
	m.Text = strings.Repeat("Pitkä rivi ilman rivinvaihtoja. ", kokkomail.MaxText/34)
	for b.Loop() {
		if _, err := kokkomail.Compose(m); err != nil {
			b.Fatal(err)
		}
	}
}

func TestParseEmail(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"maija@example.fi": "maija@example.fi", "M.Meikalainen+kipina@Example.FI": "M.Meikalainen+kipina@example.fi",
		"info@kylä.fi": "info@xn--kyl-sla.fi", "root@localhost": "root@localhost",
		"": "", "a": "", "@example.fi": "", "a@": "", "a@@example.fi": "", "a b@example.fi": "", "a..b@example.fi": "", ".a@example.fi": "",
		"a@example..fi": "", "a@-example.fi": "", "<a@example.fi>": "", "a@example.fi ": "", "a@exam_ple.fi": "", "a\u202e@example.fi": "",
	} {
		got, err := kokkomail.ParseEmail(in)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%q gave %q, %v", in, got, err)
		}
	}
}

// Whatever the fields hold, a composed letter has the intended headers and no
// others, once each, and is readable again.
func FuzzMessage(f *testing.F) {
	f.Add("Kipinä", "Maija Ö", "maija@example.fi", "Hei\n", "<p>Hei</p>", "a@example.fi", "<https://example.fi/u>")
	f.Add("x\r\nBcc: a@b.fi", "x\nTo: c@d.fi", "a@b.fi\r\nDATA", ".\r\nQUIT\r\n", "<img src=x>", "a\r\nX: y@b.fi", "<https://x>\r\nX: y")
	f.Add("=?utf-8?q?=0D=0ABcc:_x?=", "=?utf-8?q?=0A?=", "a@b.fi", "\u2028From x\n.", "--kokko\r\n", "a@b", "<mailto:a@b.fi>")
	f.Add(strings.Repeat("ä ", 120), strings.Repeat("\"", 100), "a@b.fi", strings.Repeat("- ", 500), "", "a@b", "")
	allowed := []string{"From", "To", "Subject", "Date", "Message-Id", "Mime-Version", "Content-Type", "Content-Transfer-Encoding",
		"Content-Language", "Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe"}
	f.Fuzz(func(t *testing.T, subject, name, email, text, html, id, unsubscribe string) {
		m := letter()
		m.Subject, m.To, m.Text, m.HTML, m.ID = subject, kokkomail.Address{Name: name, Email: email}, text, html, id
		if unsubscribe != "" {
			m.Headers = map[string]string{"List-Unsubscribe": unsubscribe}
		}
		raw, err := kokkomail.Compose(m)
		if err != nil {
			if kokkomail.VerdictOf(err) != kokkomail.Permanent {
				t.Fatalf("refused as %v", err)
			}
			return
		}
		for line := range bytes.SplitSeq(raw, []byte("\r\n")) {
			if len(line) > 998 || bytes.ContainsAny(line, "\r\n\x00") {
				t.Fatalf("bad line %q", line)
			}
			if bytes.ContainsFunc(line, func(r rune) bool { return r > unicode.MaxASCII }) {
				t.Fatalf("not ASCII: %q", line)
			}
		}
		got := smtptest.Parse(raw)
		if got.Broken != nil {
			t.Fatalf("unreadable: %v\n%s", got.Broken, raw)
		}
		for _, field := range slices.Sorted(maps.Keys(map[string][]string(got.Header))) {
			if !slices.Contains(allowed, field) || len(got.Header[field]) != 1 {
				t.Fatalf("%s: %q\n%s", field, got.Header[field], raw)
			}
		}
		if strings.ContainsFunc(got.Subject, unicode.IsControl) {
			t.Fatalf("subject decodes to %q", got.Subject)
		}
		to, err := got.Header.AddressList("To")
		if err != nil || len(to) != 1 {
			t.Fatalf("to: %v (%v)\n%s", to, err, raw)
		}
		if want, _ := kokkomail.ParseEmail(email); to[0].Address != want {
			t.Fatalf("goes to %q instead of %q", to[0].Address, want)
		}
	})
}
