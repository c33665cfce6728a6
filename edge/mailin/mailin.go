package mailin

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/mail/arriving"
	"kokko/ground/store"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/trust"
)

// Texts are the sentences of the letters that the door itself answers with.
//
//go:embed texts
var Texts embed.FS

// What one address may send in a day, and all of them together in an hour. Who
// sends more is told once; the hour's bound has the mail server try again later.
const (
	PerDay  = 20
	PerHour = 200
)

// Door takes letters in.
type Door struct {
	DB         *store.DB
	Clock      clock.Clock
	Texts      *i18n.Bundle
	Programmes *programme.Service
	Sparks     *spark.Service
	Files      *attachment.Service // pictures and files that come along
	Feedback   *feedback.Service
	Outbox     *mail.Outbox
}

// Envelope is what the mail server knows beside the letter.
type Envelope struct {
	Region string // a region's id, "" where the address tells
	To     string // the address it was delivered to, "" where the letter's own header tells
}

// Fate is what became of a letter.
type Fate string

const (
	Sparked  Fate = "sparked"  // a new spark
	Replied  Fate = "replied"  // its bringer's answer on a spark
	Barrier  Fate = "barrier"  // an answer to our letter about feedback on accessibility, which is feedback too
	Again    Fate = "again"    // it had come before: nothing
	Ignored  Fate = "ignored"  // nobody wrote it, or it is our own
	Led      Fate = "led"      // an officer answered a notice by mail, and was told to use its link
	Enough   Fate = "enough"   // one too many of a day; its sender was told so
	Overflow Fate = "overflow" // more than that: nothing
)

// Taken is what became of a letter, without anything of it or of its sender.
type Taken struct {
	Fate   Fate
	Region string
	Code   string          // of the spark, "" when there is none
	Sign   string          // ignored: the header that told
	Speaks []i18n.Language // what the region's people read; also with an error
}

// errCame ends a transaction whose letter came in another one meanwhile.
var errCame = errors.New("mailin: the letter came in another process")

// Take reads one letter and does what it asks for, each letter once.
//
// Errors: those of arriving.Read; Invalid mailin.no_sender, and mailin.refused
// when the office has blocked the sender; NotFound mailin.nobody when the address
// is no region's; Busy mailin.which and mailin.flood, and whatever keeps the store
// from answering: then the mail server keeps the letter and tries again.
func (d *Door) Take(ctx context.Context, r io.Reader, e Envelope) (Taken, error) {
	sum := sha256.New()
	l, wrong := arriving.Read(io.TeeReader(r, sum), arriving.Options{Domain: mail.Domain, Attachments: true})
	if fault.Is(wrong, fault.Busy) {
		return Taken{}, wrong
	}
	if l.Automatic || l.Loop {
		sign := l.Sign
		if l.Loop {
			sign = "loop"
		}
		return Taken{Fate: Ignored, Sign: sign}, nil
	}
	region, err := d.region(ctx, e, l)
	if err != nil {
		return Taken{}, err
	}
	t := Taken{Region: region}
	edition, err := d.Programmes.Current(ctx, region)
	if err != nil {
		return t, err
	}
	t.Speaks = edition.Tongues()
	if wrong != nil {
		return t, wrong
	}
	if l.From.Email == "" {
		return t, fault.New(fault.Invalid, "mailin.no_sender")
	}
	own, err := office.AllSettings(ctx, d.DB, region)
	if err != nil {
		return t, err
	}
	if mail.SameMailbox(l.From.Email, own[office.MailIn]) {
		t.Fate, t.Sign = Ignored, "loop"
		return t, nil
	}
	in := arrival{Letter: l, door: d, edition: edition, note: mail.Arrival{Region: region, Letter: digest(l, sum), Sender: sender(region, l.From.Email), At: d.Clock.Now()}}
	done, err := in.take(ctx, t)
	if errors.Is(err, errCame) {
		t.Fate = Again
		return t, nil
	}
	return done, err
}

// Final tells an error that is the letter's own, so that trying again cannot help.
// Every other one is ours, the store's or the operator's.
func Final(err error) bool {
	for _, e := range fault.List(err) {
		if e.Code != fault.Busy && (strings.HasPrefix(e.Key, "mail.arriving.") || strings.HasPrefix(e.Key, "mailin.")) {
			return true
		}
	}
	return false
}

// digest is what makes a letter the same one: its Message-ID with its sender, so
// that nobody takes another's letter away by sending its number first; all its
// bytes when it has no number.
func digest(l arriving.Letter, all hash.Hash) string {
	if l.MessageID == "" {
		return hex.EncodeToString(all.Sum(nil))
	}
	return mail.Digest("id", l.MessageID, strings.ToLower(l.From.Email))
}

// sender stands for an address in one region.
func sender(region, email string) string {
	return mail.Digest("from", region, strings.ToLower(email))
}

// region finds whose letter it is: the region named, else the one whose call has
// the address, else the only one.
func (d *Door) region(ctx context.Context, e Envelope, l arriving.Letter) (string, error) {
	all, err := programme.Regions(ctx, d.DB)
	if err != nil {
		return "", err
	}
	if e.Region != "" {
		if slices.ContainsFunc(all, func(s programme.Served) bool { return s.ID == e.Region }) {
			return e.Region, nil
		}
		return "", fault.New(fault.Busy, "mailin.which")
	}
	delivered := l.Delivered
	if e.To != "" {
		delivered = append([]string{e.To}, delivered...)
	}
	boxes := make([]string, len(all))
	for i, s := range all {
		own, err := office.AllSettings(ctx, d.DB, s.ID)
		if err != nil {
			return "", err
		}
		boxes[i] = own[office.MailIn]
	}
	for _, to := range delivered { // the server's own word first
		if i := slices.IndexFunc(boxes, func(box string) bool { return mailbox(to, box) }); i >= 0 {
			return all[i].ID, nil
		}
	}
	switch {
	case len(all) == 1:
		return all[0].ID, nil
	case len(all) > 1 && len(delivered) > 0:
		return "", fault.New(fault.NotFound, "mailin.nobody")
	}
	return "", fault.New(fault.Busy, "mailin.which")
}

// mailbox tells that a letter delivered to an address came to a mailbox, also by
// an extension of it: kokko+ideat@ is kokko@.
func mailbox(to, box string) bool {
	if mail.SameMailbox(to, box) {
		return true
	}
	local, domain, _ := strings.Cut(to, "@")
	base, _, extended := strings.Cut(local, "+")
	return extended && mail.SameMailbox(base+"@"+domain, box)
}

// arrival is one letter on its way in.
type arrival struct {
	arriving.Letter
	note    mail.Arrival // what is remembered of it
	door    *Door
	edition programme.Edition
}

// came notes the letter in the transaction that acts on it, for the spark it is
// about.
func (a arrival) came(ctx context.Context, tx *store.Tx, about ident.ID) error {
	a.note.Spark = about
	first, err := mail.Arrive(ctx, tx, a.note)
	if err == nil && !first {
		err = errCame
	}
	return err
}

func (a arrival) take(ctx context.Context, t Taken) (Taken, error) {
	d := a.door
	if came, err := mail.Arrived(ctx, d.DB, a.note.Region, a.note.Letter); err != nil || came {
		t.Fate = Again
		return t, err
	}
	today, err := mail.ArrivedSince(ctx, d.DB, a.note.Region, a.note.Sender, a.note.At.Add(-24*time.Hour))
	if err != nil {
		return t, err
	}
	if today > PerDay {
		t.Fate = Overflow
		return t, nil
	}
	hour, err := mail.ArrivedSince(ctx, d.DB, a.note.Region, "", a.note.At.Add(-time.Hour))
	if err != nil {
		return t, err
	}
	if hour >= PerHour {
		return t, fault.New(fault.Busy, "mailin.flood")
	}
	if today == PerDay {
		t.Fate = Enough
		return t, a.enough(ctx)
	}
	ours, err := a.answers(ctx)
	if err != nil {
		return t, err
	}
	switch {
	case strings.HasPrefix(ours.Purpose, spark.LetterToBringer):
		done, err := a.reply(ctx, t, ours)
		if !fault.Is(err, fault.NotFound) {
			return done, err
		} // whose spark it was is not there any more: their letter is a new matter
	case strings.HasPrefix(ours.Purpose, feedback.Letters):
		return a.barrier(ctx, t)
	case ours.Purpose != "":
		return a.lead(ctx, t, ours)
	}
	return a.drop(ctx, t)
}

// answers finds the letter of ours that this one answers, the zero Posted when
// there is none that went to its sender. A letter that quotes somebody else's is
// no answer of theirs.
func (a arrival) answers(ctx context.Context) (mail.Posted, error) {
	for _, id := range slices.Backward(a.References) {
		p, ok, err := mail.Ours(ctx, a.door.DB, a.note.Region, id)
		if err != nil {
			return mail.Posted{}, err
		}
		if ok && mail.SameMailbox(p.To, a.From.Email) {
			return p, nil
		}
	}
	return mail.Posted{}, nil
}

// files makes what came along safe to keep, at most room of them; the rest, and
// what the letter had and is not kept, is lost and told of.
func (a arrival) files(ctx context.Context, room int, cut bool) (made []attachment.Made, lost spark.Lost, err error) {
	lost = spark.Lost{Cut: cut || a.Incomplete, Files: a.Left, Names: slices.Clone(a.LeftNames)}
	for _, f := range a.Attachments {
		if len(made) < room {
			m, err := a.door.Files.Make(ctx, bytes.NewReader(f.Bytes), f.Name, "")
			if err == nil {
				made = append(made, m)
				continue
			}
			if !fault.Is(err, fault.Invalid) && !fault.Is(err, fault.TooLarge) {
				return nil, lost, err // ours: the mail server tries again
			}
		}
		lost.Files, lost.Names = lost.Files+1, append(lost.Names, f.Name)
	}
	return made, lost, nil
}

func (a arrival) reply(ctx context.Context, t Taken, to mail.Posted) (Taken, error) {
	before, err := spark.ByID(ctx, a.door.DB, a.note.Region, to.Spark)
	if err != nil {
		return t, err
	}
	// Files are seen by whoever sees the spark, and a letter makes no choice: what
	// everybody may read gets none by mail. Their sender is told where to add them.
	room := 0
	if forOffice(before) {
		have, err := attachment.Of(ctx, a.door.DB, a.note.Region, to.Spark)
		if err != nil {
			return t, err
		}
		room = attachment.Most - len(have)
	}
	text, cut := shortened(spark.Clean(a.Text), spark.MaxWords)
	made, lost, err := a.files(ctx, room, cut)
	if err != nil {
		return t, err
	}
	sp, err := a.door.Sparks.ReplyByMail(ctx, a.note.Region, spark.Mailed{Spark: to.Spark, Email: a.From.Email, Text: text, Lost: lost,
		Also: func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
			if err := a.came(ctx, tx, sp.ID); err != nil || len(made) == 0 {
				return nil, err
			}
			if !forOffice(*sp) { // opened meanwhile: the mail server's next try knows
				return nil, fault.New(fault.Conflict, "spark.changed")
			}
			return a.door.Files.Answering(made)(ctx, tx, sp)
		}}, a.edition)
	t.Fate, t.Code = Replied, sp.Code
	return t, empty(err)
}

// forOffice tells a spark that its bringer keeps for the office, now and as it is.
func forOffice(sp spark.Spark) bool { return sp.Visibility == spark.Office || sp.Secret }

// barrier takes an answer to our letter about feedback as feedback itself: it is
// for the office alone, with the law's days.
func (a arrival) barrier(ctx context.Context, t Taken) (Taken, error) {
	text, _ := shortened(spark.Clean(a.Text), feedback.MaxWords)
	r, err := a.door.Feedback.Give(ctx, a.note.Region, feedback.Given{Words: text, Email: a.From.Email, Language: string(a.language())}, ident.Secret(),
		func(ctx context.Context, tx *store.Tx, f feedback.Feedback) error { return a.came(ctx, tx, f.ID) })
	t.Fate, t.Code = Barrier, r.Code
	return t, empty(err)
}

// lead tells an officer who answered a notice by mail that answers are given in
// the office: a letter is too easily forged to speak for it.
func (a arrival) lead(ctx context.Context, t Taken, notice mail.Posted) (Taken, error) {
	d := a.door
	t.Fate = Led
	say := d.Texts.For(a.language())
	return t, d.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := a.came(ctx, tx, notice.Spark); err != nil {
			return err
		}
		return d.Outbox.Post(ctx, tx, mail.Letter{Region: a.note.Region, Purpose: "office.led", Spark: notice.Spark, To: a.From.Email, Subject: say.T("mailin.led.subject"),
			Text: say.T("mailin.led.text", "region", a.edition.Region.Name.In(string(say.Lang()))), Language: string(say.Lang()), Automatic: true})
	})
}

// enough tells a sender that today's letters are as many as are taken. The letter
// is about their latest spark, so that it goes when that goes.
func (a arrival) enough(ctx context.Context) error {
	d := a.door
	say := d.Texts.For(a.language())
	return d.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		about, err := mail.LatestAbout(ctx, tx, a.note.Region, a.note.Sender)
		if err != nil {
			return err
		}
		if err := a.came(ctx, tx, about); err != nil {
			return err
		}
		phone := a.edition.Office.Phone
		if o, ok, err := office.Duty(ctx, tx, a.note.Region, office.Today(d.Clock)); err != nil {
			return err
		} else if ok && o.Phone != "" {
			phone = o.Phone
		}
		pairs := []any{"max", PerDay, "phone", phone, "region", a.edition.Region.Name.In(string(say.Lang()))}
		return d.Outbox.Post(ctx, tx, mail.Letter{Region: a.note.Region, Purpose: spark.LetterToBringer + "enough", Spark: about, To: a.From.Email,
			Subject: say.T("mailin.enough.subject", pairs...), Text: say.T("mailin.enough.text", pairs...), Language: string(say.Lang()), Automatic: true})
	})
}

func (a arrival) drop(ctx context.Context, t Taken) (Taken, error) {
	draft, cut := a.draft()
	made, lost, err := a.files(ctx, attachment.Most, cut)
	if err != nil {
		return t, err
	}
	keep := a.door.Files.Along(made, 0)
	r, err := a.door.Sparks.Drop(ctx, a.note.Region, spark.Programme{Promise: a.edition, Version: a.edition.Version.ID}, draft, spark.By{Source: spark.Letter, Lost: lost, Sender: trust.Sender{Address: a.From.Email},
		Also: func(ctx context.Context, tx *store.Tx, sp spark.Spark) error {
			if err := a.came(ctx, tx, sp.ID); err != nil {
				return err
			}
			return keep(ctx, tx, sp)
		}})
	t.Fate, t.Code = Sparked, r.Spark.Code
	return t, empty(err)
}

// empty puts "no text", and that the office has blocked them, as a letter's writer
// understands it.
func empty(err error) error {
	for _, e := range fault.List(err) {
		if e.Key == "trust.refused" {
			return fault.New(fault.Invalid, "mailin.refused").Because(err)
		}
		if e.Key == "spark.text.missing" || e.Key == "words.missing" || e.Key == "feedback.words.missing" {
			return fault.New(fault.Invalid, "mail.arriving.empty")
		}
	}
	return err
}

// draft is the spark a letter asks for. Its writer has chosen nothing yet, so it
// is for the office alone until they do.
func (a arrival) draft() (d spark.Draft, cut bool) {
	d = spark.Draft{Email: a.From.Email, Contact: spark.Mail, Visibility: spark.Office, Language: string(a.language())}
	if name := firstRunes(spark.CleanLine(a.From.Name), spark.MaxName); !strings.Contains(name, "@") {
		d.Name = name
	}
	subject := matter(a.Subject)
	d.Text, cut = shortened(spark.Clean(a.Text), spark.MaxText)
	if d.Text == "" {
		d.Text = subject
	} else if tells(subject) {
		d.Title, _ = shortened(subject, spark.MaxTitle)
	}
	return d, cut
}

// language is the letter's own when the region's pages speak it, else the one the
// region was written in.
func (a arrival) language() i18n.Language {
	tongues := a.edition.Tongues()
	said, _, _ := strings.Cut(strings.ToLower(a.Language), "-")
	if l, ok := i18n.ParseLanguage(said); ok && slices.Contains(tongues, l) {
		return l
	}
	return tongues[0]
}

// matter is a subject without what mail programs put before it: "Re: VS: Laituri"
// is about Laituri.
func matter(subject string) string {
	subject = spark.CleanLine(subject)
	for {
		before, rest, ok := strings.Cut(subject, ":")
		if !ok || !slices.Contains(prefixes(), strings.ToLower(strings.TrimSpace(before))) {
			return subject
		}
		subject = strings.TrimSpace(rest)
	}
}

// prefixes is how mail programs mark answers and letters handed on.
func prefixes() []string {
	return []string{"re", "vs", "sv", "aw", "ant", "fw", "fwd", "vl", "vb", "wg", "tr", "vast", "välitys"}
}

// tells is false for a subject that says nothing of the matter: empty, a greeting,
// or the name of what everybody sends here.
func tells(subject string) bool {
	letters := 0
	for _, r := range subject {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	plain := strings.ToLower(strings.TrimFunc(subject, func(r rune) bool { return !unicode.IsLetter(r) }))
	return letters >= 3 && !slices.Contains(nothings(), plain)
}

func nothings() []string {
	return []string{
		"hei", "moi", "terve", "huomenta", "päivää", "idea", "ideani", "ideoita", "ehdotus", "kipinä", "kipinäni", "avoin haku", "ei aihetta", "ei otsikkoa", "(ei aihetta", "palaute", "viesti", "kysymys",
		"hej", "hejsan", "idé", "en idé", "förslag", "gnista", "inget ämne", "ingen rubrik", "fråga", "meddelande",
		"hello", "hi", "an idea", "ideas", "suggestion", "spark", "no subject", "question", "message", "feedback",
	}
}

// shortened cuts a text at a word to at most so many characters.
func shortened(s string, most int) (_ string, cut bool) {
	if utf8.RuneCountInString(s) <= most {
		return s, false
	}
	s = firstRunes(s, most-1) // one for the ellipsis
	if i := strings.LastIndexFunc(s, unicode.IsSpace); i > len(s)/2 {
		s = s[:i]
	}
	return strings.TrimRightFunc(s, unicode.IsSpace) + "…", true
}

func firstRunes(s string, most int) string {
	n := 0
	for i := range s {
		if n++; n > most {
			return s[:i]
		}
	}
	return s
}
