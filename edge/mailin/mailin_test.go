package mailin_test

import (
	"context"
	"encoding/base64"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	"unicode/utf8"

	"kokko/edge/mailin"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/mail/arriving"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/attachment"
	"kokko/journey/attachment/attachmenttest"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/programmes"
	"kokko/region/feedback"
)

func TestTextsAreWhole(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(mailin.Texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		t.Errorf("%+v", gap)
	}
}

func TestALetterBecomesASparkForTheOffice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		raw := letter("Maija Meikäläinen <Maija@Meikalaiset.example>", number(1), "Fwd: Re: Laituri Kymijokeen", "Laituri kuntoon talkoilla. Puut löytyvät.\r\n\r\nTerveisin\r\nMaija\r\n-- \r\nMaija, p. 040", "Content-Language: sv-FI, fi")
		got := d.take(raw)
		if got.Fate != mailin.Sparked || got.Region != region {
			t.Fatalf("%+v", got)
		}
		sp := d.spark(got.Code)
		want := spark.Spark{Title: "Laituri Kymijokeen", Text: "Laituri kuntoon talkoilla. Puut löytyvät.\n\nTerveisin\nMaija", Source: spark.Letter, Visibility: spark.Office, Language: "fi", Owner: d.planner.ID}
		if sp.Title != want.Title || sp.Text != want.Text || sp.Source != want.Source || sp.Visibility != want.Visibility || sp.Language != want.Language || sp.Owner != want.Owner || sp.Listed || !sp.Waiting || sp.Kind != "" || sp.EnteredBy != 0 {
			t.Errorf("%+v", sp)
		}
		all, err := spark.Bringers(context.Background(), d.db, region, sp.ID)
		if err != nil {
			t.Fatal(err)
		}
		if b := all[sp.ID][0]; b.Email != maija || b.Name != "Maija Meikäläinen" || b.Contact != spark.Mail || b.Language != "sv" || b.Owns.IsZero() {
			t.Errorf("%+v", b)
		}
		if beats := d.story(sp.ID, story.InOffice); len(beats) != 1 || beats[0].Type != story.Dropped || beats[0].Facts.Source != "mail" {
			t.Errorf("%+v", beats)
		}

		// The receipt is the ordinary one, and says that nothing was published.
		receipts := d.letters(maija)
		if len(receipts) != 1 || receipts[0].Purpose != "bringer.dropped" || !receipts[0].Automatic || receipts[0].Language != "sv" {
			t.Fatalf("%+v", receipts)
		}
		for _, words := range []string{"inte publicerad", "svara direkt på det här", "/sv/oma/", "Kaisa Esimerkki"} {
			if !strings.Contains(receipts[0].Text, words) {
				t.Errorf("the receipt does not say %q: %s", words, receipts[0].Text)
			}
		}
		if n := len(d.letters(d.planner.Email)); n != 1 {
			t.Errorf("%d letters to the office", n)
		}

		// The mail server hands it over again, also after days: nothing more.
		for range 2 {
			if again := d.take(raw); again.Fate != mailin.Again {
				t.Errorf("%+v", again)
			}
			d.clock.Advance(5 * 24 * time.Hour)
		}
		if n := len(d.letters(maija)); n != 1 || d.sparks() != 1 {
			t.Errorf("%d receipts, %d sparks", n, d.sparks())
		}
	})
}

func TestLettersAsPeopleSendThem(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, want := range map[string]struct {
			fate  mailin.Fate
			key   string
			title string
		}{
			"outlook-fi.eml": {fate: mailin.Sparked, title: "Ideasi on saatu – laituri"}, "gmail-sv.eml": {fate: mailin.Sparked, title: "Ett förslag om bastu"},
			"apple-fi.eml": {fate: mailin.Sparked, title: "Kylätalon katto"}, "mutt.eml": {fate: mailin.Sparked, title: "Kuka korjaa pyöriä?"},
			"bounce.eml": {fate: mailin.Ignored}, "ooo-fi.eml": {fate: mailin.Ignored}, "ooo-sv.eml": {fate: mailin.Ignored}, "newsletter.eml": {fate: mailin.Ignored}, "list.eml": {fate: mailin.Ignored},
			"forward-nested.eml": {fate: mailin.Sparked, title: "Idea naapurilta"}, "attachments.eml": {fate: mailin.Sparked, title: "Laiturin kuvat"}, "winmail.eml": {fate: mailin.Sparked, title: "Latu"},
			"forward-inline.eml": {fate: mailin.Sparked, title: "Tässä naapurin idea, lupa on kysytty"}, "pgp-signed.eml": {fate: mailin.Sparked, title: "Koodikerho"},
			"pgp-encrypted.eml": {key: "mail.arriving.encrypted"}, "smime-signed.eml": {fate: mailin.Sparked, title: "Lausunto"}, "outlook-html.eml": {fate: mailin.Sparked, title: "Ideasi on saatu"},
		} {
			got, err := d.door.Take(context.Background(), strings.NewReader(eml(t, name)), mailin.Envelope{})
			switch {
			case want.key != "":
				if len(fault.List(err)) != 1 || fault.List(err)[0].Key != want.key || !mailin.Final(err) || len(got.Speaks) == 0 {
					t.Errorf("%s: %v, %+v", name, err, got)
				}
			case err != nil || got.Fate != want.fate:
				t.Errorf("%s: %+v, %v", name, got, err)
			case want.title != "" && d.spark(got.Code).Title != want.title:
				t.Errorf("%s: the title is %q", name, d.spark(got.Code).Title)
			case want.fate == mailin.Ignored && got.Sign == "":
				t.Errorf("%s: ignored for no reason", name)
			}
		}
	})
}

func TestSubjectsThatSayNothing(t *testing.T) {
	t.Parallel()
	d := newDesk(t, storetest.SQLite(t))
	for i, c := range []struct{ subject, body, title, text string }{
		{"Hei!", "Laituri rantaan. Se olisi hyvä.", "Laituri rantaan", "Laituri rantaan. Se olisi hyvä."},
		{"", "Laituri rantaan.", "Laituri rantaan", "Laituri rantaan."},
		{"VS: Re: ", "Laituri rantaan.", "Laituri rantaan", "Laituri rantaan."},
		{"(ei aihetta)", "Laituri rantaan.", "Laituri rantaan", "Laituri rantaan."},
		{"Idea", "Laituri rantaan.", "Laituri rantaan", "Laituri rantaan."},
		{"??", "Laituri rantaan.", "Laituri rantaan", "Laituri rantaan."},
		{"Laituri rantaan", "", "Laituri rantaan", "Laituri rantaan"},
		{"Kysymys: kenen on ranta?", "En tiedä.", "Kysymys: kenen on ranta?", "En tiedä."},
		{"=?utf-8?q?Py=C3=B6r=C3=A4?=", "Ajetaan.", "Pyörä", "Ajetaan."},
		{strings.Repeat("laituri ", 30), "Ajetaan.", strings.TrimSpace(strings.Repeat("laituri ", 14)) + "…", "Ajetaan."},
		{"\u202eirutial", "Ajetaan.", "irutial", "Ajetaan."},
	} {
		d.clock.Advance(2 * time.Hour)
		got := d.take(letter(fmt.Sprintf("<a%d@posti.example>", i), number(i), c.subject, c.body))
		if sp := d.spark(got.Code); sp.Title != c.title || sp.Text != c.text {
			t.Errorf("%q: %q, %q", c.subject, sp.Title, sp.Text)
		}
	}
}

func TestWhatIsLeftOutIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		long := strings.Repeat("Laituri kuntoon talkoilla. ", 300)
		raw := "From: Maija <" + maija + ">\r\nSubject: Laituri\r\nMessage-ID: <1@posti.example>\r\nContent-Type: multipart/mixed; boundary=rr\r\n\r\n--rr\r\nContent-Type: text/plain\r\n\r\n" + long +
			"\r\n--rr\r\nContent-Type: application/x-msdownload; name=\"laituri.exe\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString([]byte("MZ\x90\x00\x03\x00\x00\x00")) + "\r\n--rr--\r\n"
		sp := d.spark(d.take(raw).Code)
		if n := utf8.RuneCountInString(sp.Text); n > spark.MaxText || n < spark.MaxText-100 || !strings.HasSuffix(sp.Text, "…") {
			t.Errorf("%d characters: …%q", n, sp.Text[len(sp.Text)-40:])
		}
		beats := d.story(sp.ID, story.Parties)
		if len(beats) != 2 || beats[1].Type != story.LeftOut || beats[1].Actor != story.Kokko || beats[1].Words != "laituri.exe" || !beats[1].Facts.Cut || beats[1].Facts.Left != 1 || sp.Beats != 2 {
			t.Fatalf("%+v", beats)
		}
		if public := d.story(sp.ID, story.Public); len(public) != 1 {
			t.Errorf("the public reads of it: %+v", public)
		}
		got := d.letters(maija)
		if len(got) != 1 || !strings.Contains(got[0].Text, "– laituri.exe") || !strings.Contains(got[0].Text, "5 000") && !strings.Contains(got[0].Text, "5\u00a0000") {
			t.Fatalf("%+v", got)
		}
	})
}

// counted is how much of a letter was read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// endless is a letter that never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "laituri \n"[i%9]
	}
	return len(p), nil
}

func TestHostileLetters(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		head := "From: <" + maija + ">\r\nMessage-ID: <x@posti.example>\r\n"
		nested := head + "Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
		for i := range 60 {
			nested += fmt.Sprintf("--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n", i, i+1)
		}
		for name, c := range map[string]struct {
			letter io.Reader
			key    string
			most   int64
		}{
			"50 megabytes":     {io.MultiReader(strings.NewReader(head+"\r\n"), io.LimitReader(endless{}, 50<<20)), "mail.arriving.too_large", arriving.MaxBytes + 1},
			"without end":      {io.MultiReader(strings.NewReader(head+"\r\n"), endless{}), "mail.arriving.too_large", arriving.MaxBytes + 1},
			"header only":      {io.MultiReader(strings.NewReader(head+"X: "), endless{}), "mail.arriving.headers", 2 << 20},
			"many fields":      {strings.NewReader(head + strings.Repeat("To: a@example.fi\r\n", 4000) + "\r\nx"), "mail.arriving.headers", 1 << 20},
			"parts in parts":   {strings.NewReader(nested + "--b60\r\n\r\nx"), "mail.arriving.unreadable", 1 << 20},
			"nothing":          {strings.NewReader(""), "mail.arriving.no_message", 1},
			"noise":            {strings.NewReader("\x00\x01\xff\xfe\r\n\r\n\x00"), "mail.arriving.no_message", 10},
			"no sender":        {strings.NewReader("Subject: x\r\n\r\nLaituri."), "mailin.no_sender", 100},
			"unseen signs":     {strings.NewReader(head + "Content-Type: text/plain; charset=utf-8\r\n\r\n\u200b\ufeff\u2800\u3164"), "mail.arriving.empty", 500},
			"broken encodings": {strings.NewReader(head + "Content-Transfer-Encoding: base64\r\n\r\n!!!!=*"), "mail.arriving.unreadable", 500},
		} {
			r := &counted{r: c.letter}
			got, err := d.door.Take(context.Background(), r, mailin.Envelope{})
			if all := fault.List(err); len(all) == 0 || all[0].Key != c.key || !mailin.Final(err) {
				t.Errorf("%s: %+v, %v", name, got, err)
			}
			if r.n > c.most+64<<10 {
				t.Errorf("%s: %d bytes were read", name, r.n)
			}
		}
		if d.sparks() != 0 || d.count(`SELECT COUNT(*) FROM mail_arrivals`) != 0 {
			t.Error("something was taken")
		}
		// A letter that breaks off is kept by the mail server.
		_, err := d.door.Take(context.Background(), io.MultiReader(strings.NewReader(head+"\r\nLait"), broken{}), mailin.Envelope{})
		if !fault.Is(err, fault.Busy) || mailin.Final(err) {
			t.Errorf("broken off: %v", err)
		}
	})
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestTheSameLetterAtOnceIsOneSpark(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		raw := letter(maija, number(1), "Laituri", "Laituri rantaan.")
		var wg sync.WaitGroup
		var mu sync.Mutex
		fates := map[mailin.Fate]int{}
		for range 6 {
			wg.Go(func() {
				got, err := d.door.Take(context.Background(), strings.NewReader(raw), mailin.Envelope{})
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				fates[got.Fate]++
			})
		}
		wg.Wait()
		if fates[mailin.Sparked] != 1 || fates[mailin.Again] != 5 || d.sparks() != 1 || len(d.letters(maija)) != 1 {
			t.Errorf("%v, %d sparks", fates, d.sparks())
		}
	})
}

func TestWhatMakesALetterTheSame(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		// Somebody else's letter with a number seen elsewhere does not stand for it.
		d.take(letter("varas@posti.example", number(1), "Laituri", "Laituri rantaan."))
		if got := d.take(letter(maija, number(1), "Laituri", "Laituri rantaan.")); got.Fate != mailin.Sparked {
			t.Errorf("%+v", got)
		}
		// Without a number the bytes decide.
		for _, want := range []mailin.Fate{mailin.Sparked, mailin.Again} {
			if got := d.take(letter(maija, "", "Sauna", "Sauna rantaan.")); got.Fate != want {
				t.Errorf("%+v, want %s", got, want)
			}
		}
		if got := d.take(letter(maija, "", "Sauna", "Sauna rantaan!")); got.Fate != mailin.Sparked {
			t.Errorf("%+v", got)
		}
	})
}

// answered is a spark by mail that the office has answered; it gives the spark and
// the letter of ours.
func (d *desk) answered() (spark.Spark, mail.Posted) {
	d.Helper()
	sp := d.spark(d.take(letter("Maija Meikäläinen <"+maija+">", number(1), "Laituri", "Laituri rantaan.")).Code)
	if _, err := d.door.Sparks.Answer(context.Background(), spark.Act{Region: region, Spark: sp.ID, Officer: d.planner}, "Kenen ranta?", false, ""); err != nil {
		d.Fatal(err)
	}
	all := d.letters(maija)
	i := slices.IndexFunc(all, func(p mail.Posted) bool { return p.Purpose == "bringer.answered" })
	if i < 0 {
		d.Fatalf("no answer went out: %+v", all)
	}
	return sp, all[i]
}

func TestABringerAnswersByMail(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp, ours := d.answered()
		d.clock.Advance(24 * time.Hour)
		got := d.take(letter("Maija <MAIJA@meikalaiset.example>", number(2), "Re: "+ours.Subject, "Kunnan.\r\n\r\nma 23.11.2026 klo 10.00 Kokko <kokko@kouvola.example> kirjoitti:\r\n> Kenen ranta?", "In-Reply-To: <"+ours.MessageID+">", "References: <x@y.example> <"+ours.MessageID+">"))
		if got.Fate != mailin.Replied || got.Code != sp.Code || d.sparks() != 1 {
			t.Fatalf("%+v", got)
		}
		beats := d.story(sp.ID, story.Parties)
		last := beats[len(beats)-1]
		if last.Type != story.Replied || last.Actor != story.Bringer || last.Words != "Kunnan." || last.Visibility != story.Parties {
			t.Errorf("%+v", last)
		}
		if now := d.spark(sp.Code); !now.Waiting || !now.WaitingFrom.Equal(d.clock.Now()) {
			t.Errorf("the office is not waited for: %+v", now)
		}
		if told := d.letters(d.planner.Email); told[len(told)-1].Purpose != "office.replied" || !strings.Contains(told[len(told)-1].Text, "Kunnan.") {
			t.Errorf("%+v", told[len(told)-1])
		}
		// The same answer again is nothing; an empty one is told to its writer.
		if again := d.take(letter("maija@meikalaiset.example", number(2), "Re: x", "Kunnan.", "In-Reply-To: <"+ours.MessageID+">")); again.Fate != mailin.Again {
			t.Errorf("%+v", again)
		}
		_, err := d.door.Take(context.Background(), strings.NewReader(letter(maija, number(3), "Re: x", "", "In-Reply-To: <"+ours.MessageID+">")), mailin.Envelope{})
		if all := fault.List(err); len(all) != 1 || all[0].Key != "mail.arriving.empty" || !mailin.Final(err) {
			t.Errorf("an empty answer: %v", err)
		}
		// A long one is cut, and that is told in a letter of its own.
		before := len(d.letters(maija))
		d.take(letter(maija, number(4), "Re: x", strings.Repeat("Ranta on kunnan. ", 400), "In-Reply-To: <"+ours.MessageID+">"))
		told := d.letters(maija)[before:]
		if len(told) != 1 || told[0].Purpose != "bringer.left_out" {
			t.Errorf("%+v", told)
		}
	})
}

func TestOthersAnswersAreNoAnswers(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp, ours := d.answered()
		beats := len(d.story(sp.ID, story.InOffice))
		for i, c := range []struct {
			name, from string
			header     string
		}{
			{"from another address", "naapuri@posti.example", "In-Reply-To: <" + ours.MessageID + ">"},
			{"to a letter that is not ours", maija, "In-Reply-To: <77.kouvola@kokko.invalid>"},
			{"to another region's", maija, "In-Reply-To: <" + strings.Replace(ours.MessageID, ".kouvola@", ".toinen@", 1) + ">"},
			{"to nonsense", maija, "References: <.kouvola@kokko.invalid> <x.kouvola@kokko.invalid> <-1.kouvola@kokko.invalid>"},
		} {
			got := d.take(letter(c.from, number(10+i), "Re: Laituri", "Minulla on asiaa.", c.header))
			if got.Fate != mailin.Sparked || got.Code == sp.Code {
				t.Errorf("%s: %+v", c.name, got)
			}
		}
		// Who is no longer the bringer at the address is not answering either.
		if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE bringers SET email = 'uusi@posti.example' WHERE region_id = $1 AND spark_id = $2`, region, int64(sp.ID))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if got := d.take(letter(maija, number(20), "Re: Laituri", "Vielä yksi asia.", "In-Reply-To: <"+ours.MessageID+">")); got.Fate != mailin.Sparked {
			t.Errorf("%+v", got)
		}
		if now := len(d.story(sp.ID, story.InOffice)); now != beats {
			t.Errorf("%d beats, had %d", now, beats)
		}
	})
}

func TestAnOfficersAnswerIsLedToTheLink(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		sp, _ := d.answered()
		notice := d.letters(d.planner.Email)[0]
		beats, sparks := len(d.story(sp.ID, story.InOffice)), d.sparks()
		got := d.take(letter(d.planner.Email, number(5), "Re: "+notice.Subject, "Hyvä idea, mennään.", "In-Reply-To: <"+notice.MessageID+">"))
		if got.Fate != mailin.Led || d.sparks() != sparks || len(d.story(sp.ID, story.InOffice)) != beats {
			t.Errorf("%+v", got)
		}
		all := d.letters(d.planner.Email)
		told := all[len(all)-1]
		if told.Purpose != "office.led" || !told.Automatic || !strings.Contains(told.Text, "kirjaudu") || strings.Contains(told.Text, "mennään") {
			t.Errorf("%+v", told)
		}
		if again := d.take(letter(d.planner.Email, number(5), "Re: "+notice.Subject, "Hyvä idea, mennään.", "In-Reply-To: <"+notice.MessageID+">")); again.Fate != mailin.Again || len(d.letters(d.planner.Email)) != len(all) {
			t.Errorf("told twice: %+v", again)
		}
	})
}

// An answer to our letter about feedback is feedback: for the office alone, once.
func TestAnAnswerAboutABarrierIsFeedback(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		r, err := d.door.Feedback.Give(ctx, region, feedback.Given{Words: "Kartta ei toimi.", Email: "lukija@posti.example", Language: "fi"}, ident.Secret())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.door.Feedback.Answer(ctx, region, r.ID, d.planner.ID, "Korjasimme sen."); err != nil {
			t.Fatal(err)
		}
		sparks := d.sparks()
		var ours mail.Posted
		for _, l := range d.letters("lukija@posti.example") {
			if l.Purpose == "feedback.answered" {
				ours = l
			}
		}
		raw := letter("lukija@posti.example", number(5), "Re: "+ours.Subject, "Ei toimi vieläkään.", "In-Reply-To: <"+ours.MessageID+">")
		got := d.take(raw)
		if got.Fate != mailin.Barrier || got.Code == r.Code || d.sparks() != sparks {
			t.Errorf("%+v", got)
		}
		if again := d.take(raw); again.Fate != mailin.Again {
			t.Errorf("twice: %+v", again)
		}
		open, err := feedback.Queue(ctx, d.db, region, 10)
		if err != nil || len(open) != 1 || open[0].Code != got.Code || open[0].Words != "Ei toimi vieläkään." || open[0].Email != "lukija@posti.example" {
			t.Errorf("%v %+v", err, open)
		}
	})
}

func TestOurOwnLettersAreDropped(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		_, ours := d.answered()
		sparks := d.sparks()
		for name, raw := range map[string]string{
			"ours came round":      letter(maija, ours.MessageID, "x", "Laituri."),
			"from the call itself": letter("Haku <"+strings.ToUpper(inbox)+">", number(8), "x", "Laituri."),
			"in circles":           strings.Repeat("Received: from a by b\r\n", 40) + letter(maija, number(9), "x", "Laituri."),
		} {
			if got := d.take(raw); got.Fate != mailin.Ignored || got.Sign == "" {
				t.Errorf("%s: %+v", name, got)
			}
		}
		if d.sparks() != sparks {
			t.Error("a spark was made")
		}
	})
}

func TestTooManyOfADay(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for i := range mailin.PerDay {
			d.clock.Advance(time.Minute)
			if got := d.take(letter(maija, number(i), "Laituri", fmt.Sprintf("Laituri numero %d.", i))); got.Fate != mailin.Sparked {
				t.Fatalf("%d: %+v", i, got)
			}
		}
		before := len(d.letters(maija))
		for i, want := range []mailin.Fate{mailin.Enough, mailin.Overflow, mailin.Overflow} {
			if got := d.take(letter(maija, number(100+i), "Laituri", "Vielä yksi.")); got.Fate != want {
				t.Errorf("%d more: %+v, want %s", i+1, got, want)
			}
		}
		told := d.letters(maija)[before:]
		if len(told) != 1 || told[0].Purpose != "bringer.enough" || !strings.Contains(told[0].Text, "020 615 1234") || told[0].Spark == 0 {
			t.Errorf("%+v", told)
		}
		if got := d.take(letter("toinen@posti.example", number(200), "Sauna", "Sauna rantaan.")); got.Fate != mailin.Sparked {
			t.Errorf("somebody else: %+v", got)
		}
		d.clock.Advance(25 * time.Hour)
		if got := d.take(letter(maija, number(201), "Laituri", "Seuraavana päivänä.")); got.Fate != mailin.Sparked {
			t.Errorf("the next day: %+v", got)
		}
	})
}

func TestAFloodWaits(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for i := range mailin.PerHour {
				if _, err := mail.Arrive(ctx, tx, mail.Arrival{Region: region, Letter: fmt.Sprint(i), Sender: fmt.Sprint(i), At: d.clock.Now()}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		raw := letter(maija, number(1), "Laituri", "Laituri rantaan.")
		if _, err := d.door.Take(ctx, strings.NewReader(raw), mailin.Envelope{}); !fault.Is(err, fault.Busy) || mailin.Final(err) {
			t.Errorf("%v", err)
		}
		d.clock.Advance(61 * time.Minute)
		if got := d.take(raw); got.Fate != mailin.Sparked {
			t.Errorf("an hour later: %+v", got)
		}
	})
}

func TestWhoseLetterItIs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		n := 0
		where := func(e mailin.Envelope, header ...string) (string, error) {
			n++
			got, err := d.door.Take(ctx, strings.NewReader(letter(fmt.Sprintf("a%d@posti.example", n), number(n), "Laituri", "Laituri rantaan.", header...)), e)
			return got.Region, err
		}
		// The only region takes everything.
		if got, err := where(mailin.Envelope{To: "jotain@muu.example"}); err != nil || got != region {
			t.Errorf("the only region: %q, %v", got, err)
		}
		d.found(programmes.Example, "sagoskargarden", "idea@sagoskargarden.example")
		for _, c := range []struct {
			name   string
			e      mailin.Envelope
			header []string
			want   string
			code   fault.Code
		}{
			{"named", mailin.Envelope{Region: "sagoskargarden", To: inbox}, nil, "sagoskargarden", ""},
			{"named wrong", mailin.Envelope{Region: "toinen"}, nil, "", fault.Busy},
			{"by the server's word", mailin.Envelope{To: "Idea@Sagoskargarden.example"}, []string{"Delivered-To: " + inbox}, "sagoskargarden", ""},
			{"by X-Original-To", mailin.Envelope{}, []string{"Delivered-To: kokko@mx.example", "X-Original-To: idea@sagoskargarden.example"}, "sagoskargarden", ""},
			{"by Delivered-To", mailin.Envelope{}, []string{"Delivered-To: " + inbox}, region, ""},
			{"by an extension", mailin.Envelope{To: "kipina+kesa@kouvola.example"}, nil, region, ""},
			{"nobody's", mailin.Envelope{To: "kipina2@kouvola.example"}, nil, "", fault.NotFound},
			{"not told", mailin.Envelope{}, nil, "", fault.Busy},
		} {
			got, err := where(c.e, c.header...)
			if got != c.want || c.code != "" && !fault.Is(err, c.code) || c.code == "" && err != nil {
				t.Errorf("%s: %q, %v", c.name, got, err)
			}
		}
	})
}

func TestWhatIsRememberedOfALetterGoes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		raw := letter("Maija <"+maija+">", number(1), "Laituri", "Laituri rantaan.")
		sp := d.spark(d.take(raw).Code)
		all, err := spark.Bringers(ctx, d.db, region, sp.ID)
		if err != nil {
			t.Fatal(err)
		}
		var link string
		if err := d.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			link, err = spark.NewLink(ctx, tx, region, sp.ID, all[sp.ID][0].ID, 1)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		senders := func() int {
			return d.count(`SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1 AND sender_hash <> ''`, region)
		}
		if senders() != 1 {
			t.Fatalf("%d senders", senders())
		}
		if _, err := d.door.Sparks.Withdraw(ctx, region, link, true); err != nil {
			t.Fatal(err)
		}
		if senders() != 0 {
			t.Error("the sender is remembered after a withdrawal")
		}
		if got := d.take(raw); got.Fate != mailin.Again {
			t.Errorf("a withdrawn spark came back: %+v", got)
		}
		if err := d.door.Outbox.ForgetArrivals(ctx, region, d.clock.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if n := d.count(`SELECT COUNT(*) FROM mail_arrivals WHERE region_id = $1`, region); n != 0 {
			t.Errorf("%d letters are remembered", n)
		}
	})
}

func TestAnExampleTakesNoAnswersByMail(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		if err := d.door.Programmes.Adopt(context.Background(), region, false); err != nil {
			t.Fatal(err)
		}
		d.take(letter(maija, number(1), "Laituri", "Laituri rantaan."))
		if got := d.letters(maija); len(got) != 1 || strings.Contains(got[0].Text, "vastata suoraan") {
			t.Errorf("%+v", got)
		}
	})
}

func TestAnOfficeOfNobodyHasTheLetterKept(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		o := d.planner
		if err := d.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE officers SET active = FALSE WHERE region_id = $1 AND officer_id = $2`, region, int64(o.ID))
			return err
		}); err != nil {
			t.Fatal(err)
		}
		_, err := d.door.Take(context.Background(), strings.NewReader(letter(maija, number(1), "Laituri", "Laituri rantaan.")), mailin.Envelope{})
		if err == nil || mailin.Final(err) {
			t.Errorf("%v", err)
		}
	})
}

func TestSuspiciousLettersWait(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		raw := "From: Myyjä <myyja@kauppa.example>\r\nMessage-ID: <1@kauppa.example>\r\nSubject: Halvat saappaat\r\nContent-Type: multipart/mixed; boundary=m\r\n\r\n--m\r\n\r\nKatso https://kauppa.example/saappaat nyt heti.\r\n" +
			"--m\r\nContent-Type: application/x-msdownload; name=\"osta-saappaat.exe\"\r\nContent-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n--m--\r\n"
		sp := d.spark(d.take(raw).Code)
		if sp.Held != "link" || sp.Listed {
			t.Fatalf("held because %q, listed %v", sp.Held, sp.Listed)
		}
		// The receipt goes to an address that anybody can write: nothing of the
		// letter's own words goes along.
		receipts := d.letters("myyja@kauppa.example")
		if len(receipts) != 1 || receipts[0].Purpose != "bringer.held" || !strings.Contains(receipts[0].Text, sp.Code) {
			t.Fatalf("%+v", receipts)
		}
		for _, words := range []string{"saappaat", "osta-"} {
			if strings.Contains(strings.ToLower(receipts[0].Subject+receipts[0].Text), words) {
				t.Errorf("the receipt carries %q: %s", words, receipts[0].Text)
			}
		}
		// The same words again, from anybody: they wait, too.
		if again := d.spark(d.take(letter("Myyjä <toinen@posti.example>", number(2), "Halvat saappaat", "Katso https://kauppa.example/saappaat nyt heti.")).Code); again.Held != "repeat,link" {
			t.Errorf("held because %q", again.Held)
		}
		// Whom the office blocks is told so by their mail server.
		if _, err := d.door.Sparks.DeclineAndBlock(ctx, spark.Act{Region: region, Spark: sp.ID, Officer: d.planner}, "Tämä on mainos.", spark.Block{Author: true}); err != nil {
			t.Fatal(err)
		}
		sparks := d.sparks()
		_, err := d.door.Take(ctx, strings.NewReader(letter("Myyja@Kauppa.example", number(3), "Saappaat", "Vielä halvemmalla.")), mailin.Envelope{})
		if fault.List(err)[0].Key != "mailin.refused" || !mailin.Final(err) || d.sparks() != sparks {
			t.Errorf("a blocked sender: %v, %d sparks", err, d.sparks()-sparks)
		}
	})
}

// sent is a file that goes along with a letter.
type sent struct {
	name, kind string
	bytes      []byte
}

// withFiles is a letter with files.
func withFiles(from, id, subject, body, header string, files ...sent) string {
	raw := "From: " + from + "\r\nMessage-ID: <" + id + ">\r\nSubject: " + subject + "\r\n" + header + "Content-Type: multipart/mixed; boundary=rr\r\n\r\n--rr\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" + body + "\r\n"
	for _, f := range files {
		raw += "--rr\r\nContent-Type: " + f.kind + "\r\nContent-Disposition: attachment; filename=\"" + f.name + "\"\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.StdEncoding.EncodeToString(f.bytes) + "\r\n"
	}
	return raw + "--rr--\r\n"
}

// photo is a picture that no other is.
func photo(t testing.TB, n int) sent {
	t.Helper()
	return sent{fmt.Sprintf("laituri%d.jpg", n), "image/jpeg", attachmenttest.WithPlace(attachmenttest.Photo(t, 40, 30, n))}
}

func (d *desk) files(sp spark.Spark) (all []string) {
	d.Helper()
	list, err := attachment.Of(context.Background(), d.db, region, sp.ID)
	if err != nil {
		d.Fatal(err)
	}
	for _, a := range list {
		all = append(all, fmt.Sprintf("%s %s", a.Kind, a.Name))
	}
	return all
}

func TestFilesComeAlong(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		program, office := sent{"laituri.exe", "image/png", []byte("MZ\x90\x00\x03\x00\x00\x00")}, sent{"laskelma.docx", "application/msword", []byte("PK\x03\x04\x14\x00\x06\x00")}
		raw := withFiles("Maija <"+maija+">", number(1), "Laituri", "Laituri rantaan.", "", photo(t, 1), program, sent{"hinnat.txt", "text/plain", []byte("Lankku 3 e")}, office)
		sp := d.spark(d.take(raw).Code)
		if got := d.files(sp); !slices.Equal(got, []string{"picture laituri1.jpg", "text hinnat.txt"}) {
			t.Fatalf("%q", got)
		}
		beats := d.story(sp.ID, story.Parties)
		if len(beats) != 2 || beats[1].Type != story.LeftOut || beats[1].Words != "laituri.exe\nlaskelma.docx" || beats[1].Facts.Left != 2 || beats[1].Facts.Cut {
			t.Errorf("%+v", beats)
		}
		receipt := d.letters(maija)[0]
		for _, words := range []string{"2 liitettä ovat mukana", "– laituri.exe\n– laskelma.docx", "PDF-tiedostoja"} {
			if !strings.Contains(receipt.Text, words) {
				t.Errorf("the receipt does not say %q: %s", words, receipt.Text)
			}
		}
		if again := d.take(raw); again.Fate != mailin.Again || len(d.files(sp)) != 2 {
			t.Errorf("%+v, %q", again, d.files(sp))
		}

		// With an answer, too; the same file comes once, and the sixth is one too many.
		answer := func(n int, files ...sent) mailin.Taken {
			return d.take(withFiles(maija, number(n), "Re: Laituri", "Lisää kuvia.", "In-Reply-To: <"+receipt.MessageID+">\r\n", files...))
		}
		if got := answer(2, photo(t, 1), photo(t, 2)); got.Fate != mailin.Replied || len(d.files(sp)) != 3 {
			t.Errorf("%+v, %q", got, d.files(sp))
		}
		beats = d.story(sp.ID, story.Parties)
		if last := beats[len(beats)-1]; last.Type != story.Attached || last.Actor != story.Bringer || last.Visibility != story.Parties || last.Facts.Files != 1 {
			t.Errorf("%+v", last)
		}
		answer(3, photo(t, 3), photo(t, 4), photo(t, 5))
		beats = d.story(sp.ID, story.Parties)
		if last := beats[len(beats)-1]; len(d.files(sp)) != attachment.Most || last.Type != story.LeftOut || last.Words != "laituri5.jpg" {
			t.Errorf("%q, %+v", d.files(sp), last)
		}
	})
}

// A letter cannot publish: a spark that everybody reads gets no files by mail.
func TestAnOpenSparkGetsNoFilesByMail(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		e, err := d.door.Programmes.Current(ctx, region)
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.door.Sparks.Drop(ctx, region, spark.Programme{Promise: e, Version: e.Version.ID}, spark.Draft{Text: "Sauna rantaan.", Email: maija, Visibility: spark.Unnamed, Language: "fi"}, spark.By{})
		if err != nil {
			t.Fatal(err)
		}
		receipt := d.letters(maija)[0]
		d.clock.Advance(time.Hour)
		got := d.take(withFiles(maija, number(1), "Re: Sauna", "Kuva saunasta.", "In-Reply-To: <"+receipt.MessageID+">\r\n", photo(t, 1)))
		if got.Fate != mailin.Replied || len(d.files(r.Spark)) != 0 {
			t.Errorf("%+v, %q", got, d.files(r.Spark))
		}
		beats := d.story(r.Spark.ID, story.Parties)
		if last := beats[len(beats)-1]; last.Type != story.LeftOut || last.Words != "laituri1.jpg" || last.Visibility != story.Parties {
			t.Errorf("%+v", last)
		}
		if told := d.letters(maija); told[len(told)-1].Purpose != "bringer.left_out" || !strings.Contains(told[len(told)-1].Text, "– laituri1.jpg") {
			t.Errorf("%+v", told[len(told)-1])
		}
	})
}

// Whatever comes in: it is taken, ignored or refused, and what is kept is bounded
// text.
func FuzzTake(f *testing.F) {
	f.Add([]byte(letter(maija, number(1), "Laituri", "Laituri rantaan.")))
	f.Add([]byte("From: a@b.fi\nSubject: =?x?\nContent-Type: multipart/mixed; boundary=\n\n--\n"))
	f.Add([]byte("From: =?utf-8?b?4oCu?= <a@b.fi>\nIn-Reply-To: <1.kouvola@kokko.invalid>\nContent-Language: sv\n\n\xff\xfe\x00"))
	f.Add([]byte(""))
	d := newDesk(f, storetest.SQLite(f))
	f.Fuzz(func(t *testing.T, raw []byte) {
		d.clock.Advance(2 * time.Hour)
		got, err := d.door.Take(context.Background(), strings.NewReader(string(raw)), mailin.Envelope{})
		if err != nil {
			if !mailin.Final(err) {
				t.Fatal(err)
			}
			return
		}
		if got.Code == "" {
			return
		}
		sp, err := spark.ByCode(context.Background(), d.db, region, got.Code)
		if err != nil {
			t.Fatal(err)
		}
		if sp.Text == "" || sp.Title == "" || utf8.RuneCountInString(sp.Text) > spark.MaxText || utf8.RuneCountInString(sp.Title) > spark.MaxTitle || sp.Text != spark.Clean(sp.Text) || sp.Listed || !slices.Contains([]string{"fi", "sv", "en"}, sp.Language) {
			t.Fatalf("%+v", sp)
		}
	})
}

// A letter is weighed as a form is: a stranger's link waits for a person's look,
// the receipt says so, and who is blocked is told in the bounce.
func TestALetterIsWeighedAsAFormIs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		letter := func(n int, from, text string) string {
			return fmt.Sprintf("From: %s\r\nTo: %s\r\nSubject: Asia numero %d\r\nMessage-ID: <weighed%d@posti.example>\r\n\r\n%s\r\n", from, inbox, n, n, text)
		}
		plain := d.spark(d.take(letter(1, maija, "Laituri kuntoon talkoilla.")).Code)
		if plain.Held != "" {
			t.Errorf("held for %q", plain.Held)
		}
		waits := d.spark(d.take(letter(2, "myyja@kauppa.example", "Ostakaa laitureita: https://kauppa.example/laituri")).Code)
		if waits.Held != "link" || waits.Due == 0 {
			t.Errorf("%+v", waits)
		}
		got := d.letters("myyja@kauppa.example")
		if len(got) != 1 || got[0].Purpose != "bringer.held" || strings.Contains(got[0].Text, "Ostakaa") || !strings.Contains(got[0].Text, waits.Code) {
			t.Errorf("%+v", got)
		}
		if _, err := d.door.Sparks.DeclineAndBlock(ctx, spark.Act{Region: region, Spark: waits.ID, Officer: d.planner}, "Mainos.", spark.Block{Author: true}); err != nil {
			t.Fatal(err)
		}
		_, err := d.door.Take(ctx, strings.NewReader(letter(3, "myyja+x@kauppa.example", "Rehti asia tällä kertaa.")), mailin.Envelope{})
		if !mailin.Final(err) || fault.List(err)[0].Key != "mailin.refused" {
			t.Errorf("a blocked sender is told %v", err)
		}
	})
}
