package arriving_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/mail"
	"kokko/ground/mail/arriving"
)

var options = arriving.Options{Attachments: true, Domain: "kokko.example"}

// files is what came along, by name and size, for comparing.
func files(l arriving.Letter) []string {
	var all []string
	for _, a := range l.Attachments {
		all = append(all, fmt.Sprintf("%s %s %d", a.Name, a.Type, len(a.Bytes)))
	}
	return all
}

func TestLettersAsPeopleSendThem(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]struct {
		from, subject, text string
		sign                string
		loop                bool
		files               []string
		left                int
		key                 string
	}{
		"outlook-fi.eml": {
			from: "Meikäläinen Maija <maija@example.fi>", subject: "VS: Ideasi on saatu – laituri",
			text: "Hei,\n\nkiitos vastauksesta. Laituri kävisi hyvin myös Kymijoen rantaan – ja talkooväkeä löytyy.\n\nTerveisin\nMaija Meikäläinen",
		},
		"gmail-sv.eml": {
			from: "Åsa Lindström <asa.lindstrom@example.se>", subject: "Re: Ett förslag om bastu",
			text: "Hej!\n\nBastun kan stå vid sjön. Jag känner en snickare i Elimäki.\n\nHälsningar\nÅsa",
		},
		"apple-fi.eml": {
			from: "Ville Virtanen <ville@example.fi>", subject: "Kylätalon katto",
			text:  "Kylätalon katto vuotaa, mutta tilaa olisi vaikka kahvilalle.\n\nKuva täällä (https://kuvat.example.fi/k/1) ja alla:\n\nTalkoot voisi pitää keväällä.",
			files: []string{"IMG_0042.jpeg image/jpeg 39604"},
		},
		"mutt.eml": {
			from: "Seppo Särkkä <seppo@example.fi>", subject: "Re: Kuka korjaa pyöriä?",
			text: "Vanhalla asemalla Voikkaalla. Siellä on lämmin tila, joka on ollut tyhjänä jo kaksi vuotta.\n\nMinä ja kolme muuta eläkeläistä.",
		},
		"bounce.eml": {
			from: "Mail Delivery System <MAILER-DAEMON@mx.example.fi>", subject: "Undelivered Mail Returned to Sender",
			text: "I'm sorry to have to inform you that your message could not\nbe delivered to one or more recipients.", sign: "Auto-Submitted",
		},
		"ooo-fi.eml": {
			from: "Liisa Laine <liisa.laine@example.fi>", subject: "Automaattinen vastaus: Ideasi on saatu",
			text: "Olen lomalla 30.11. asti. Kiireellisissä asioissa ota yhteys vaihteeseen.", sign: "Subject",
		},
		"ooo-sv.eml": {
			from: "Bengt Öberg <bengt@example.se>", subject: "Frånvaro: Tack för din idé",
			text: "Jag är på semester och läser inte min e-post förrän den 1 december.", sign: "Auto-Submitted",
		},
		"newsletter.eml": {
			from: "Kauppa Oy <uutiset@kauppa.example>", subject: "Viikon tarjoukset",
			text: "Viikon tarjoukset\n\nSaappaat -20 %\n\n- Koko 38\n- Koko 39\n\nOsta nyt (https://mailer.example/osta?x=1&y=2)", sign: "List-Unsubscribe",
		},
		"list.eml": {
			from: "Anna A. (kylät-lista) <anna@example.fi>", subject: "[kylat] Kyläpäivä",
			text: "Kyläpäivä on lauantaina.\n_______________________________________________\nkylat mailing list", sign: "Precedence",
		},
		"forward-nested.eml": {
			from: "Kalle Korpi <kalle@example.fi>", subject: "VL: Idea naapurilta",
			text: "Kyläkauppa voisi olla yhteinen. Kolme kylää jakaisi sen.", left: 1,
		},
		"forward-inline.eml": {
			from: "Kalle Korpi <kalle@example.fi>", subject: "Fwd: Idea",
			text: "Tässä naapurin idea, lupa on kysytty.\n\n---------- Forwarded message ---------\nLähettäjä: Naapuri <naapuri@example.fi>\nDate: la 21. marrask. 2026 klo 10.30\nSubject: Idea\nTo: Kalle Korpi <kalle@example.fi>\n\nKyläkauppa voisi olla yhteinen.",
		},
		"attachments.eml": {
			from: "Maija Meikäläinen <maija@example.fi>", subject: "Laiturin kuvat", text: "Kuvat ja laskelma ovat liitteinä.",
			files: []string{"laskelma.pdf application/pdf 6", "passwd text/plain 6", "laituri.jpg image/jpeg 6", "pöytäkirja fdp.exe application/octet-stream 6", "viides.txt text/plain 6"},
			left:  2,
		},
		"winmail.eml": {
			from: "Heikki Halla <heikki@example.fi>", subject: "Latu", text: "Ladun voisi vetää järven jäälle.", left: 1,
		},
		"pgp-signed.eml": {
			from: "Tuija Tieto <tuija@example.fi>", subject: "Koodikerho", text: "Koodikerho kirjastoon keskiviikkoisin. Tarvitsemme vain pöydän.",
		},
		"pgp-inline.eml": {
			from: "Tuija Tieto <tuija@example.fi>", subject: "Koodikerho", text: "Koodikerho kirjastoon.\n- pöytä\n- sähköt",
		},
		"pgp-encrypted.eml": {
			from: "Tuija Tieto <tuija@example.fi>", subject: "...", key: "mail.arriving.encrypted",
		},
		"smime-signed.eml": {
			from: "Virasto <kirjaamo@example.fi>", subject: "Lausunto", text: "Lausuntomme: hanke maksaa 3 000 € ja on hyvä.",
		},
		"outlook-html.eml": {
			from: "Outi Oksa <outi@example.fi>", subject: "VS: Ideasi on saatu", text: "Hei!\n\nTorstai sopii. Tulen kahdestaan.",
		},
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			raw, err := os.ReadFile(filepath.Join("testdata", file))
			if err != nil {
				t.Fatal(err)
			}
			// However the pipe cuts the bytes, the letter is the same.
			for name, r := range map[string]io.Reader{"whole": bytes.NewReader(raw), "drop by drop": iotest.OneByteReader(bytes.NewReader(raw))} {
				got, err := arriving.Read(r, options)
				if (err == nil) != (want.key == "") || err != nil && fault.List(err)[0].Key != want.key {
					t.Fatalf("%s: error %v, want key %q", name, err, want.key)
				}
				if from := fmt.Sprintf("%s <%s>", got.From.Name, got.From.Email); from != want.from {
					t.Errorf("%s: from %q, want %q", name, from, want.from)
				}
				if got.Subject != want.subject {
					t.Errorf("%s: subject %q, want %q", name, got.Subject, want.subject)
				}
				if diff := cmp.Diff(want.text, got.Text); diff != "" {
					t.Errorf("%s: text (- want, + got):\n%s", name, diff)
				}
				if got.Sign != want.sign || got.Automatic != (want.sign != "") || got.Loop != want.loop {
					t.Errorf("%s: automatic %v (%s), loop %v", name, got.Automatic, got.Sign, got.Loop)
				}
				if diff := cmp.Diff(want.files, files(got)); diff != "" || got.Left != want.left {
					t.Errorf("%s: %d left, files (- want, + got):\n%s", name, got.Left, diff)
				}
				if got.Incomplete {
					t.Errorf("%s: incomplete", name)
				}
				if got.Date.IsZero() || got.Date.Location() != time.UTC || got.MessageID == "" {
					t.Errorf("%s: date %v, id %q", name, got.Date, got.MessageID)
				}
				sane(t, got)
			}
		})
	}
}

func TestHeaderIsRead(t *testing.T) {
	t.Parallel()
	raw, err := os.ReadFile("testdata/outlook-fi.eml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := arriving.Read(bytes.NewReader(raw), arriving.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := arriving.Letter{
		From:       mail.Address{Name: "Meikäläinen Maija", Email: "maija@example.fi"},
		To:         []mail.Address{{Name: "Avoin haku", Email: "idea@kokko.example"}},
		Cc:         []mail.Address{{Name: "Pekka Pöllänen", Email: "pekka@example.fi"}},
		Subject:    "VS: Ideasi on saatu – laituri",
		MessageID:  "AM0PR01MB1234567890@AM0PR01MB.eurprd01.prod.example",
		References: []string{"018f-1@kokko.example"},
		Date:       time.Date(2026, 11, 16, 10, 1, 4, 0, time.UTC),
		Language:   "fi-FI",
	}
	got.Text = ""
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	// Files nobody asked for are counted, and their bytes are not there.
	raw, err = os.ReadFile("testdata/attachments.eml")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := arriving.Read(bytes.NewReader(raw), arriving.Options{}); err != nil || got.Attachments != nil || got.Left != 7 || len(got.LeftNames) != 7 || got.LeftNames[0] != "laskelma.pdf" {
		t.Errorf("%d files, %d left, %q: %v", len(got.Attachments), got.Left, got.LeftNames, err)
	}
}

func TestWhereItWasDeliveredAndItsLanguage(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]struct {
		delivered []string
		language  string
	}{
		"Subject: x": {},
		"X-Original-To: idea@kylä.example\nDelivered-To: kokko@mx.example":                                                  {[]string{"idea@xn--kyl-sla.example", "kokko@mx.example"}, ""},
		"Delivered-To: b@example.fi\nDelivered-To: a@example.fi\nDelivered-To: B <b@example.fi>\nEnvelope-to: e@example.fi": {[]string{"e@example.fi", "b@example.fi", "a@example.fi"}, ""},
		"Delivered-To: nobody\nContent-Language: sv-FI, fi":                                                                 {nil, "sv-FI"},
		"Content-Language: <script>": {},
		"Content-Language:\n sv":     {nil, "sv"},
	} {
		got := read(t, "From: a@example.fi\n"+header+"\n\nLaituri rantaan.")
		if !slices.Equal(got.Delivered, want.delivered) || got.Language != want.language {
			t.Errorf("%q: delivered %q, language %q", header, got.Delivered, got.Language)
		}
	}
}

// letter is a plain one with header lines on top.
func letter(header, body string) string {
	return strings.ReplaceAll(header+"\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"+body, "\n", "\r\n")
}

func read(t *testing.T, raw string) arriving.Letter {
	t.Helper()
	l, err := arriving.Read(strings.NewReader(raw), options)
	if err != nil {
		t.Fatalf("%v\n%.500s", err, raw)
	}
	sane(t, l)
	return l
}

func TestOwnWordsAreKept(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ subject, body, want string }{
		"wrapped attribution":        {"Re: x", "Sopii.\n\nti 24. marrask. 2026 klo 9.05 Avoin haku (idea@kokko.example)\nkirjoitti:\n\n> Sopisiko?\n", "Sopii."},
		"Finnish with no >":          {"Re: x", "Sopii.\n\nti 24. marrask. 2026 klo 9.05 Avoin haku <idea@kokko.example> kirjoitti:\n\nSopisiko?\n", "Sopii."},
		"English":                    {"Re: x", "Fine.\n\nOn Tue, Nov 24, 2026 at 9:05 AM Open call <idea@kokko.example> wrote:\n> Would it do?\n", "Fine."},
		"Swedish original":           {"SV: x", "Det går bra.\n\n-----Ursprungligt meddelande-----\nFrån: Öppet upprop\nSkickat: den 24 november\nTill: Åsa\n\nGår det?\n", "Det går bra."},
		"Finnish original":           {"VS: x", "Käy.\n-------- Alkuperäinen viesti --------\nHei!", "Käy."},
		"rule and Swedish block":     {"SV: x", "Ja!\n\n________________________________\nFrån: Upprop <u@kokko.example>\nSkickat: den 24 november 2026 09:05\nTill: Åsa\nÄmne: x\n\nGår det?", "Ja!"},
		"bold English block":         {"RE: x", "Yes.\n\n*From:* Open call\n*Sent:* Tuesday\n*To:* Bob\n*Subject:* x\n\nWell?", "Yes."},
		"own neighbour wrote":        {"x", "Naapuri kirjoitti:\ntie on huono 24.11.\nSe pitää korjata.", "Naapuri kirjoitti:\ntie on huono 24.11.\nSe pitää korjata."},
		"own words before the quote": {"x", "Olen samaa mieltä kuin hän skrev:\n> vägen är dålig\nJa.", "Olen samaa mieltä kuin hän skrev:\nJa."},
		"a form in a fresh letter":   {"x", "Hei\nLähettäjä: Maija\nAihe: laituri\nPvm: 24.11.\nLaituri rantaan.", "Hei\nLähettäjä: Maija\nAihe: laituri\nPvm: 24.11.\nLaituri rantaan."},
		"a rule between paragraphs":  {"x", "Yksi.\n____________________\nKaksi.", "Yksi.\n____________________\nKaksi."},
		"only a quote":               {"Re: x", "> Laituri rantaan.\n", "> Laituri rantaan."},
		"only a signature":           {"x", "-- \nMaija", "--\nMaija"},
		"only a telephone":           {"Laituri rantaan", "Lähetetty iPhonesta", "Lähetetty iPhonesta"},
		"quote and telephone":        {"Re: x", "Lähetetty iPhonesta\n\n> Laituri?", "Lähetetty iPhonesta"},
		"signature":                  {"x", "Laituri rantaan.\n-- \nMaija\np. 040", "Laituri rantaan."},
		"dashes in a long text":      {"x", "Yksi\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9", "Yksi\n--\n1\n2\n3\n4\n5\n6\n7\n8\n9"},
		"telephone above a quote":    {"Re: x", "Käy.\n\nSkickat från min iPhone\n\n> Käykö?", "Käy."},
		"telephones":                 {"x", "Käy.\nHanki Outlook for Android\n", "Käy."},
		"own line about sending":     {"x", "Laituri.\nLähetetty kirje kaupungille on vastaamatta.", "Laituri.\nLähetetty kirje kaupungille on vastaamatta."},
		"forwarded block":            {"VL: x", "Katso tätä.\n\nLähettäjä: N <n@example.fi>\nLähetetty: ma\nAihe: x\n\nLaituri.", "Katso tätä.\n\nLähettäjä: N <n@example.fi>\nLähetetty: ma\nAihe: x\n\nLaituri."},
		"Apple forward":              {"Fwd: x", "Alkoi välitetty viesti:\n\n> Laituri.", "Alkoi välitetty viesti:\n\n> Laituri."},
		"many empty lines":           {"x", "\n\n  \nYksi.   \n\n\n\n\nKaksi.\n\n", "Yksi.\n\nKaksi."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, letter("From: a@example.fi\nSubject: "+c.subject, c.body))
			if diff := cmp.Diff(c.want, got.Text); diff != "" {
				t.Errorf("(- want, + got):\n%s", diff)
			}
		})
	}
}

// Whatever a person writes round quotes and above a signature is all there, in
// its order.
func TestOwnWordsProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		words := rapid.StringMatching(`[A-ZÄÖ][a-zäöå ]{0,60}[a-zäöå]\.`)
		var own, body []string
		for i := range rapid.IntRange(1, 8).Draw(t, "paragraphs") {
			if i > 0 && rapid.Bool().Draw(t, "quote") {
				body = append(body, "On Tue, Nov 24, 2026 at 9:05 Haku <idea@kokko.example> wrote:", "> "+words.Draw(t, "quoted"), "")
			}
			line := words.Draw(t, "own")
			own, body = append(own, line), append(body, line, "")
		}
		if rapid.Bool().Draw(t, "signed") {
			body = append(body, "-- ", words.Draw(t, "signature"))
		}
		flowed := rapid.SampledFrom([]string{"", "; format=flowed"}).Draw(t, "flowed")
		raw := "From: a@example.fi\nSubject: Re: x\nContent-Type: text/plain; charset=utf-8" + flowed + "\n\n" + strings.Join(body, "\n")
		got, err := arriving.Read(strings.NewReader(raw), options)
		if err != nil {
			t.Fatal(err)
		}
		if want := strings.Join(own, "\n\n"); got.Text != want {
			t.Fatalf("got  %q\nwant %q\nfrom %q", got.Text, want, raw)
		}
	})
}

func TestCharacterSets(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ charset, bytes, want string }{
		"latin 1":                  {"iso-8859-1", "p\xf6yt\xe4", "pöytä"},
		"latin 1 with Windows":     {"ISO-8859-1", "\x93p\xf6yt\xe4\x94 \x80", "“pöytä” €"},
		"latin 9":                  {`"iso-8859-15"`, "3 \xa4, \xa6akki", "3 €, Šakki"},
		"windows":                  {"windows-1252", "\x93hyv\xe4\x94 \x96", "“hyvä” –"},
		"UTF-8 called latin 1":     {"iso-8859-1", "pöytä", "pöytä"},
		"latin 1 called UTF-8":     {"utf-8", "p\xf6yt\xe4", "pöytä"},
		"latin 1 called nothing":   {"", "p\xf6yt\xe4", "pöytä"},
		"nobody knows":             {"x-kokko", "pöytä", "pöytä"},
		"UTF-8 with a broken byte": {"utf-8", "pöytä \xff tässä", "pöytä \ufffd tässä"},
		"apart":                    {"utf-8", "po\u0308yta\u0308", "pöytä"},
		"mark in front":            {"utf-8", "\ufeffpöytä", "pöytä"},
		"Russian":                  {"koi8-r", "\xf3\xd4\xcf\xcc", "Стол"},
		"UTF-16":                   {"utf-16le", "p\x00\xf6\x00yt"[:4] + "y\x00", "pöy"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, "From: a@example.fi\nContent-Type: text/plain; charset="+c.charset+"\nContent-Transfer-Encoding: base64\n\n"+base64.StdEncoding.EncodeToString([]byte(c.bytes)))
			if got.Text != c.want {
				t.Errorf("%q, want %q", got.Text, c.want)
			}
		})
	}
}

func TestBrokenLettersStillSpeak(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		raw, text  string
		incomplete bool
	}{
		"bare equals sign":     {"From: a@example.fi\nContent-Transfer-Encoding: quoted-printable\n\n1 + 1 = 2 ja a=b, p=C3=B6yt=C3=A4=\n.\n\x07Loppu =", "1 + 1 = 2 ja a=b, pöytä.\nLoppu", false},
		"cut base64":           {"From: a@example.fi\nContent-Transfer-Encoding: base64\n\nTGFpdHVyaSByYW50YWFuLg", "Laituri rantaan", true},
		"unknown encoding":     {"From: a@example.fi\nContent-Transfer-Encoding: x-own\n\nLaituri.", "Laituri.", false},
		"sloppy encoding":      {"From: a@example.fi\nContent-Transfer-Encoding: \"Base64\" ; x\n\nTGFpdHVyaS4=", "Laituri.", false},
		"no end of the parts":  {"From: a@example.fi\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLaituri.\n", "Laituri.", true},
		"twice a boundary":     {"From: a@example.fi\nContent-Type: multipart/mixed; boundary=b; boundary=c\n\n--b\n\nLaituri.\n--b--\n", "Laituri.", false},
		"crooked lines on top": {"\n>From x\nFrom: a@example.fi\nno field\n: none\nX Y: z\nSubject: x\n\nLaituri.", "Laituri.", false},
		"inner without an end": {"From: a@example.fi\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nLaituri.\n--b\n\nRantaan.\n--b--\n", "Laituri.\n\nRantaan.", true},
		"inner of the same":    {"From: a@example.fi\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLaituri.\n--b--\n", "Laituri.", true},
		"crooked second part":  {"From: a@example.fi\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nLaituri.\n--b\nnot a field\n\nx\n--b--\n", "Laituri.", true},
		"only text as type":    {"From: a@example.fi\nContent-Type: text\n\nLaituri.", "Laituri.", false},
		"lone CR":              {"From: a@example.fi\n\nLaituri.\rRantaan.", "Laituri.\nRantaan.", false},
		"html in a hurry":      {"From: a@example.fi\nContent-Type: text/html\n\n<p>Laituri<p>ran<b>taan</b><div>nyt<br>heti <a href=javascript:x>tästä</a> <a href='https://x.example/'>x.example</a><blockquote>eikö", "Laituri\n\nrantaan\nnyt\nheti tästä x.example", false},
		"no-break spaces":      {"From: a@example.fi\nContent-Type: text/html\n\n<pre>a\n b</pre>&nbsp;<p>c&lt;d&gt; &amp; e</p>", "a\n b\n\nc<d> & e", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, c.raw)
			if diff := cmp.Diff(c.text, got.Text); diff != "" || got.Incomplete != c.incomplete {
				t.Errorf("incomplete %v, text (- want, + got):\n%s", got.Incomplete, diff)
			}
		})
	}
}

func TestWhoSentIt(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]mail.Address{
		"From: maija@example.fi":                                        {Email: "maija@example.fi"},
		"From: \"Maija\" <maija@kylä.fi>":                               {Name: "Maija", Email: "maija@xn--kyl-sla.fi"},
		"From: Matti, Kouvola <m@example.fi>":                           {Name: "Matti, Kouvola", Email: "m@example.fi"},
		"From: =?utf-8?q?P=C3=B6lly=2C?= Oy. <p@example.fi>":            {Name: "Pölly, Oy.", Email: "p@example.fi"},
		"From: yksi@example.fi, kaksi@example.fi":                       {Email: "yksi@example.fi"},
		"From: Ryhmä: a@example.fi;":                                    {Email: "a@example.fi"},
		"From: P\xf6lly <p@example.fi>":                                 {Name: "Pölly", Email: "p@example.fi"},
		"From: nobody at all":                                           {Name: "nobody at all"},
		"From: <>\nSender: s@example.fi":                                {Email: "s@example.fi"},
		"From: =?utf-8?q?a=0D=0ABcc:_x=40y.example?= <a@example.fi>":    {Name: "a Bcc: x@y.example", Email: "a@example.fi"},
		"From: =?utf-8?b?4oCuZmRwLmV4ZQ==?= <a@example.fi>":             {Name: "fdp.exe", Email: "a@example.fi"},
		"From: \"a\x00b\x07\" <a@example.fi>":                           {Name: "a b", Email: "a@example.fi"},
		"From: a <a@example.fi\r\n Bcc: b@example.fi>":                  {Name: "a <a@example.fi Bcc: b@example.fi>"},
		"From: <=?utf-8?q?a=40example.fi=0ABcc=3A?=@example.fi>":        {Name: "<a@example.fi Bcc:@example.fi>"},
		"From: äijä@example.fi":                                         {Name: "äijä@example.fi"},
		"X-From: b@example.fi\nfrom : a@example.fi\nFrom: c@example.fi": {Email: "a@example.fi"},
	} {
		got := read(t, letter(field+"\nSubject: x", "Laituri."))
		if diff := cmp.Diff(want, got.From); diff != "" {
			t.Errorf("%q (- want, + got):\n%s", field, diff)
		}
	}
}

func TestMachinesAndLoopsAreKnown(t *testing.T) {
	t.Parallel()
	for field, want := range map[string]struct {
		sign string
		loop bool
	}{
		"Auto-Submitted: auto-generated (cron)":                     {sign: "Auto-Submitted"},
		"Auto-Submitted: no":                                        {},
		"auto-submitted: No; owner=x":                               {},
		"Precedence: Bulk":                                          {sign: "Precedence"},
		"Precedence: first-class":                                   {},
		"X-Auto-Response-Suppress: OOF, DR":                         {sign: "X-Auto-Response-Suppress"},
		"X-Auto-Response-Suppress: None":                            {},
		"List-Id: <x.example>":                                      {sign: "List-Id"},
		"Return-Path: <>":                                           {sign: "Return-Path"},
		"Return-Path: < >":                                          {sign: "Return-Path"},
		"Return-Path: <a@example.fi>":                               {},
		"Sender: noreply@example.fi":                                {},
		"Message-ID: <1@kokko.example>":                             {loop: true},
		"Message-ID: <1@KOKKO.example>":                             {loop: true},
		"Message-ID: <1@ei-kokko.example>":                          {},
		"In-Reply-To: <1@kokko.example>":                            {},
		"X-Kokko-Loop: idea@x.example":                              {loop: true},
		"X: y" + strings.Repeat("\nReceived: from a by b; now", 25): {},
		"X: y" + strings.Repeat("\nReceived: from a by b; now", 26): {loop: true},
	} {
		got := read(t, letter("From: a@example.fi\n"+field, "Laituri."))
		if got.Sign != want.sign || got.Automatic != (want.sign != "") || got.Loop != want.loop {
			t.Errorf("%.60q: automatic %v by %q, loop %v", field, got.Automatic, got.Sign, got.Loop)
		}
	}
	for from, want := range map[string]bool{
		"no-reply@x.example": true, "NoReply@x.example": true, "noreply+a1@x.example": true, "mailer-daemon@x.example": true, "ei-vastata@x.example": true,
		"do_not_reply@x.example": true, "bounces-77@x.example": true, "noora.reply@x.example": false, "posti@x.example": false, "bouncer.bob@x.example": false,
	} {
		if got := read(t, letter("From: "+from, "x")); got.Automatic != want {
			t.Errorf("%s: automatic %v", from, got.Automatic)
		}
	}
}

// repeat gives a piece for ever, or n bytes of it, and counts what was taken.
type repeat struct {
	piece string
	left  int
	taken int
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n := 0
	for n < len(p) && r.left > 0 {
		at := r.taken % len(r.piece)
		c := copy(p[n:min(len(p), n+r.left)], r.piece[at:])
		n, r.left, r.taken = n+c, r.left-c, r.taken+c
	}
	return n, nil
}

const hostileHead = "From: a@example.fi\r\nSubject: x\r\n"

func TestHostileLetters(t *testing.T) {
	t.Parallel()
	const big = 50 << 20
	deep := func(n int) string {
		var b strings.Builder
		b.WriteString("From: a@example.fi\n")
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String() + "\nsyvällä\n"
	}
	letters := strings.Repeat("Content-Type: message/rfc822\n\nFrom: a@example.fi\n", 1000)
	for name, c := range map[string]struct {
		head  string
		then  *repeat
		key   string
		from  bool // the sender is known all the same
		bound int  // at most so much is taken of the repeat
	}{
		"50 MB of text":               {hostileHead + "\r\n", &repeat{piece: "laituri rantaan \r\n", left: big}, "mail.arriving.too_large", true, arriving.MaxBytes + 8<<10},
		"50 MB in one line":           {hostileHead + "\r\n", &repeat{piece: "a", left: big}, "mail.arriving.too_large", true, arriving.MaxBytes + 8<<10},
		"50 MB of an attachment":      {hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n", &repeat{piece: "AAAA", left: big}, "mail.arriving.too_large", true, arriving.MaxBytes + 8<<10},
		"50 MB after the end":         {hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLaituri.\r\n--b--\r\n", &repeat{piece: "x\r\n", left: big}, "mail.arriving.too_large", true, arriving.MaxBytes + 8<<10},
		"one long field":              {"From: a@example.fi\r\nSubject: ", &repeat{piece: "a", left: big}, "mail.arriving.headers", true, 2 << 20},
		"one folded field":            {"From: a@example.fi\r\nSubject: x\r\n", &repeat{piece: " aaaaaaaa\r\n", left: big}, "mail.arriving.headers", true, 2 << 20},
		"fields without end":          {"From: a@example.fi\r\n", &repeat{piece: "X-A: b\r\n", left: big}, "mail.arriving.headers", true, 2 << 20},
		"fields we read":              {"From: a@example.fi\r\n", &repeat{piece: "To: b@example.fi\r\n", left: 101 * 18}, "mail.arriving.headers", true, 2 << 20},
		"no line at all":              {"", &repeat{piece: "a", left: big}, "mail.arriving.headers", false, 2 << 20},
		"empty lines":                 {"", &repeat{piece: "\n", left: 1 << 19}, "mail.arriving.no_message", false, 2 << 20},
		"nothing":                     {"", &repeat{}, "mail.arriving.no_message", false, 0},
		"nine multiparts":             {deep(9), &repeat{}, "mail.arriving.unreadable", true, 0},
		"ten thousand multiparts":     {deep(10000), &repeat{}, "mail.arriving.unreadable", true, 0},
		"letters in letters":          {"From: a@example.fi\n" + letters, &repeat{}, "mail.arriving.unreadable", true, 0},
		"a boundary of nothing":       {hostileHead + "Content-Type: multipart/mixed; boundary=\"\"\r\n\r\n----\r\n\r\nx\r\n------\r\n", &repeat{}, "mail.arriving.unreadable", true, 0},
		"no boundary":                 {hostileHead + "Content-Type: multipart/mixed\r\n\r\n--\r\n\r\nx", &repeat{}, "mail.arriving.unreadable", true, 0},
		"empty parts without end":     {hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n", &repeat{piece: "--b\r\n\r\n\r\n", left: 10 << 20}, "mail.arriving.unreadable", true, 10 << 20},
		"a part of a million headers": {hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n", &repeat{piece: "A:b\r\n", left: 10 << 20}, "mail.arriving.unreadable", true, 10 << 20},
		"zero bytes":                  {"From: a@example.fi\r\n\r\n", &repeat{piece: "\x00", left: 1 << 20}, "mail.arriving.empty", true, 1 << 20},
		"sealed in its text":          {hostileHead + "\r\n-----BEGIN PGP MESSAGE-----\r\n\r\nhQ", &repeat{}, "mail.arriving.encrypted", true, 0},
		"S/MIME":                      {hostileHead + "Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\n\r\nAA==", &repeat{}, "mail.arriving.encrypted", true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := arriving.Read(io.MultiReader(strings.NewReader(c.head), c.then), options)
			if err == nil || fault.List(err)[0].Key != c.key {
				t.Fatalf("%v, want %s; text %.80q", err, c.key, l.Text)
			}
			if (l.From.Email == "a@example.fi") != c.from {
				t.Errorf("from %v", l.From)
			}
			if c.then.taken > c.bound {
				t.Errorf("%d bytes were taken", c.then.taken)
			}
			sane(t, l)
		})
	}
}

// Refusing a flood holds no more of it than the bounds say.
func TestFloodIsNotHeld(t *testing.T) { // not parallel: it reads the heap
	for _, piece := range []string{"a", "laituri \r\n", "--b\r\n", "A:b\r\n", "--b\r\nContent-Type: text/plain; name=\"x\"\r\n\r\nAAAA\r\n"} {
		head := hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		_, err := arriving.Read(io.MultiReader(strings.NewReader(head), &repeat{piece: piece, left: 50 << 20}), options)
		runtime.ReadMemStats(&after)
		if !fault.Is(err, fault.TooLarge) {
			t.Errorf("%q: %v", piece, err)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 96<<20 {
			t.Errorf("%q: %d MB were allocated in all", piece, taken>>20)
		}
	}
}

func TestBoundsOfFiles(t *testing.T) {
	t.Parallel()
	part := func(name string, size int) string {
		return "--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename=" + name + "\r\n\r\n" + strings.Repeat("x", size) + "\r\n"
	}
	head := hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nLiitteet.\r\n"
	for name, c := range map[string]struct {
		parts string
		kept  int
		left  int
	}{
		"as large as it gets":   {part("a.pdf", arriving.MaxAttachment), 1, 0},
		"one byte too large":    {part("a.pdf", arriving.MaxAttachment+1) + part("b.pdf", 10), 1, 1},
		"too large together":    {part("a.pdf", 6<<20) + part("b.pdf", 5<<20) + part("c.pdf", 10), 2, 1},
		"five and one":          {strings.Repeat(part("a.pdf", 10), 6), 5, 1},
		"an empty one":          {part("a.pdf", 0), 0, 1},
		"sixty, fifty are read": {strings.Repeat(part("a.pdf", 10), 60), 5, 44},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := read(t, head+c.parts+"--b--\r\n")
			if len(got.Attachments) != c.kept || got.Left != c.left || got.Text != "Liitteet." {
				t.Errorf("%d kept, %d left, text %q", len(got.Attachments), got.Left, got.Text)
			}
		})
	}
	long := strings.Repeat("ä", 300) + ".pdf"
	if got := read(t, head+part(`"`+long+`"`, 3)+"--b--\r\n"); len(got.Attachments) != 1 || utf8.RuneCountInString(got.Attachments[0].Name) != 120 || !strings.HasSuffix(got.Attachments[0].Name, ".pdf") {
		t.Errorf("long name: %v", files(got))
	}
	// A logo in the letter is no file; a photo is one, even where none are kept.
	picture := func(size int) string {
		return "--b\r\nContent-Type: image/png; name=a.png\r\nContent-ID: <a>\r\n\r\n" + strings.Repeat("x", size) + "\r\n"
	}
	got, err := arriving.Read(strings.NewReader(head+picture(2000)+picture(200000)+"--b--\r\n"), arriving.Options{})
	if err != nil || got.Left != 1 {
		t.Errorf("%d left: %v", got.Left, err)
	}
}

func TestBoundsOfText(t *testing.T) {
	t.Parallel()
	got := read(t, letter("From: a@example.fi", strings.Repeat("pöytä ", 100_000)))
	if !got.Incomplete || len(got.Text) > arriving.MaxText || len(got.Text) < arriving.MaxText-10 {
		t.Errorf("incomplete %v, %d bytes", got.Incomplete, len(got.Text))
	}
	small := arriving.Options{MaxBytes: 1 << 20}
	whole := letter("From: a@example.fi", "")
	for over, want := range map[int]string{0: "", 1: "mail.arriving.too_large"} {
		raw := whole + strings.Repeat("x", 1<<20-len(whole)+over)
		_, err := arriving.Read(strings.NewReader(raw), small)
		if (err == nil) != (want == "") || err != nil && (fault.List(err)[0].Key != want || fault.List(err)[0].Args["max"] != int64(1)) {
			t.Errorf("%d over: %v", over, err)
		}
	}
}

func TestPipeThatBreaks(t *testing.T) {
	t.Parallel()
	broken := errors.New("pipe broke")
	for _, head := range []string{"", "From: a@exam", hostileHead + "\r\nLaitu", hostileHead + "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nX: "} {
		_, err := arriving.Read(io.MultiReader(strings.NewReader(head), iotest.ErrReader(broken)), options)
		if !fault.Is(err, fault.Busy) || !errors.Is(err, broken) {
			t.Errorf("%q: %v", head, err)
		}
	}
}

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(arriving.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		if strings.Contains(gap.Key, "arriving") {
			t.Error(gap)
		}
	}
	b.OnMissing(func(m i18n.Missing) { t.Error(m) })
	for _, l := range i18n.Languages() {
		for _, key := range []string{"headers", "no_message", "encrypted", "empty", "unreadable", "lost"} {
			if text := b.For(l).Fault(fault.New(fault.Invalid, "mail.arriving."+key)); text == "" {
				t.Errorf("%s: no %s", l, key)
			}
		}
		if text := b.For(l).Fault(fault.New(fault.TooLarge, "mail.arriving.too_large").With("max", int64(12))); !strings.Contains(text, "12") {
			t.Errorf("%s: %q", l, text)
		}
	}
}

type tester interface {
	Helper()
	Errorf(string, ...any)
}

// sane is what every letter keeps, whatever came in.
func sane(t tester, l arriving.Letter) {
	t.Helper()
	clean := func(what, s string, most int, lines bool) {
		if !utf8.ValidString(s) {
			t.Errorf("%s is not UTF-8: %q", what, s)
		}
		if len(s) > most {
			t.Errorf("%s has %d bytes", what, len(s))
		}
		if i := strings.IndexFunc(s, func(r rune) bool {
			return unicode.IsControl(r) && !(lines && r == '\n') || r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 || r == 0x200B || r == 0xFEFF
		}); i >= 0 {
			t.Errorf("%s has an unseen character at %d: %.80q", what, i, s[i:])
		}
	}
	clean("text", l.Text, arriving.MaxText, true)
	if l.Text != strings.Trim(l.Text, "\n") || strings.Contains(l.Text, "\n\n\n") {
		t.Errorf("text has empty lines: %.200q", l.Text)
	}
	clean("subject", l.Subject, 4*mail.MaxSubject, false)
	clean("id", l.MessageID, 250, false)
	clean("sign", l.Sign, 40, false)
	clean("language", l.Language, 40, false)
	for _, name := range l.LeftNames {
		clean("left file", name, 4*120, false)
	}
	if len(l.LeftNames) > l.Left || len(l.Delivered) > 300 {
		t.Errorf("%d of %d left files named, delivered to %d", len(l.LeftNames), l.Left, len(l.Delivered))
	}
	for _, a := range slices.Concat([]mail.Address{l.From}, l.To, l.Cc) {
		clean("name", a.Name, 4*mail.MaxName, false)
		if email, err := mail.ParseEmail(a.Email); a.Email != "" && (err != nil || email != a.Email) {
			t.Errorf("address %q: %v", a.Email, err)
		}
	}
	if len(l.To) > 100 || len(l.Cc) > 100 || len(l.References) > 50 || len(l.Attachments) > arriving.MaxAttachments {
		t.Errorf("too many: %d to, %d cc, %d references, %d files", len(l.To), len(l.Cc), len(l.References), len(l.Attachments))
	}
	for _, id := range l.References {
		clean("reference", id, 250, false)
	}
	bytes := 0
	for _, a := range l.Attachments {
		clean("file name", a.Name, 4*120, false)
		clean("file type", a.Type, 120, false)
		if a.Name == "" || strings.ContainsAny(a.Name, `/\`) || strings.HasPrefix(a.Name, ".") {
			t.Errorf("file name %q", a.Name)
		}
		bytes += len(a.Bytes)
	}
	if bytes > arriving.MaxAttachment {
		t.Errorf("%d bytes of files", bytes)
	}
	if l.Automatic != (l.Sign != "") {
		t.Errorf("automatic %v, sign %q", l.Automatic, l.Sign)
	}
}

func FuzzRead(f *testing.F) {
	paths, err := filepath.Glob("testdata/*.eml")
	if err != nil || len(paths) < 15 {
		f.Fatalf("%d letters: %v", len(paths), err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(hostileHead + "Content-Type: text/html; charset=utf-7; format=flowed; delsp=yes\r\n\r\n<a href=https://x>\xff</a><li><blockquote>-- <br>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		l, err := arriving.Read(bytes.NewReader(raw), options)
		sane(t, l)
		for _, e := range fault.List(err) {
			if !strings.HasPrefix(e.Key, "mail.arriving.") {
				t.Errorf("error %v", err)
			}
		}
		if err == nil && !l.Automatic && !l.Loop && l.Text == "" && l.Subject == "" && len(l.Attachments) == 0 {
			t.Error("nothing was found, and it is no error")
		}
	})
}
