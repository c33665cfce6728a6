package dossier

import (
	"cmp"
	"context"
	"embed"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
	"kokko/region/programme"
)

// Texts are the dossier's sentences in every language. The words for states and
// the like are the pages' own.
//
//go:embed texts
var Texts embed.FS

// Voice is how a dossier speaks, and for whom it is made.
type Voice struct {
	Say     *i18n.Printer
	Edition programme.Edition
	Tell    func(story.Beat) string // what happened, in a sentence
	By      office.Officer
	Now     time.Time
	Version string // which Kokko, "" for a build nobody numbered
}

// Name is what the file is called, without its ending.
func (m Matter) Name() string { return "kipina-" + m.Spark.Code + "-asiakirja" }

// Title is what the dossier is called.
func (v Voice) Title(m Matter) string {
	return v.Say.T("dossier.title", "code", m.Spark.Code)
}

// Region is whose dossier it is, for the file's properties.
func (v Voice) Region() string { return v.in(v.Edition.Region.Name) }

// Made is when and by which program, for the foot of a page.
func (v Voice) Made(m Matter) string {
	return v.Title(m) + " · " + v.Say.T("dossier.foot", "when", v.Say.DateTime(v.Now), "region", v.Region())
}

func (v Voice) in(t interface{ In(string) string }) string { return t.In(string(v.Say.Lang())) }

// writer is one dossier being written.
type writer struct {
	Voice
	m      Matter
	page   Page
	digest *digest
}

// Write writes the whole matter on a page and gives its digest. A Conflict fault
// tells that the spark changed meanwhile: what stands on the page then is no
// document. more, when not nil, adds to the last section what only the page knows.
func Write(ctx context.Context, from store.Source, m Matter, v Voice, page Page, more func()) (string, error) {
	w := &writer{v, m, page, newDigest()}
	page.Title(v.Title(m))
	page.Say(v.Say.T("dossier.lead", "region", v.Region(), "title", m.heading(v)))
	if m.Reader.Contacts {
		page.Note(v.Say.T("dossier.guard"))
	} else {
		page.Note(v.Say.T("dossier.partial"))
	}
	w.digest.spark(m)
	w.identity()
	w.written()
	w.bringer()
	w.measures()
	if err := w.story(ctx, from); err != nil {
		return "", err
	}
	if err := w.letters(ctx, from); err != nil {
		return "", err
	}
	w.files()
	if err := m.unchanged(ctx, from); err != nil {
		return "", err
	}
	sum := w.digest.String()
	w.made(sum)
	if more != nil {
		more()
	}
	return sum, page.Err()
}

// heading is the title; a withdrawn and erased spark has none left.
func (m Matter) heading(v Voice) string {
	return cmp.Or(m.Spark.Title, v.Say.T("dossier.erased"))
}

func (w *writer) fact(key, value string) Fact {
	return Fact{Name: w.Say.T("dossier." + key), Value: value}
}

func (w *writer) moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return w.Say.DateTime(t)
}

func (w *writer) day(d workday.Day) string {
	if d == 0 {
		return ""
	}
	return w.Say.Date(d.Start(i18n.Helsinki()))
}

func (w *writer) yes(is bool) string {
	if is {
		return w.Say.T("dossier.yes")
	}
	return w.Say.T("dossier.no")
}

// person is an officer's name and title.
func (w *writer) person(id ident.ID) string {
	o := w.m.Officers[id]
	if o.Title == "" {
		return o.Name
	}
	return o.Name + ", " + o.Title
}

func (w *writer) identity() {
	s := w.m.Spark
	w.page.Section(w.Say.T("dossier.identity"))
	version := ""
	if w.Edition.Version.ID == s.Programme {
		version = w.Say.T("dossier.programme.version", "when", w.Say.Date(w.Edition.Version.At))
	} else {
		version = w.Say.T("dossier.programme.earlier", "id", s.Programme.String())
	}
	facts := []Fact{
		w.fact("code", s.Code),
		w.fact("id", s.ID.String()),
		w.fact("region", w.Region()),
		w.fact("programme", w.in(w.Edition.Programme.Programme.Name)+" ("+version+")"),
		w.fact("office", w.in(w.Edition.Office.Name)),
		w.fact("dropped", w.moment(s.Dropped)),
		w.fact("source", w.Say.T("work.source."+string(s.Source))),
		w.fact("entered_by", w.person(s.EnteredBy)),
		w.fact("owner", w.person(s.Owner)),
		w.fact("state", w.Say.T("work.spark_state."+string(s.State))),
		w.fact("due", w.day(s.Due)),
		w.fact("answered", w.moment(s.Answered)),
		w.fact("asked", w.moment(s.Asked)),
		w.fact("next", w.day(s.NextContact)),
		w.fact("closed", w.moment(s.Closed)),
		w.fact("reads", w.Say.T("workspark.reads."+string(s.Visibility))),
		w.fact("listed", w.yes(s.Listed)),
		w.fact("secret", w.yes(s.Secret)),
	}
	if s.Held != "" {
		facts = append(facts, w.fact("held", w.yes(true)))
	}
	if w.m.Question.ID != 0 {
		t, in := w.m.Question.In(string(w.Say.Lang()))
		facts = append(facts, Fact{Name: w.Say.T("dossier.question"), Lang: in, Value: t.Title})
	}
	facts = append(facts, w.fact("merged_into", w.m.code(s.MergedInto)), w.fact("split_from", w.m.code(s.SplitFrom)), w.fact("joined", strings.Join(w.m.joinedCodes(), ", ")))
	w.page.Facts(facts...)
	if len(w.m.Joined) > 0 || s.MergedInto != 0 {
		w.page.Say(w.Say.T("dossier.joined.own"))
	}
}

func (w *writer) written() {
	s := w.m.Spark
	w.page.Section(w.Say.T("dossier.written"))
	facts := []Fact{{Name: w.Say.T("dossier.heading"), Lang: s.Language, Value: s.Title}, w.fact("kind", w.kind(s.Kind)), w.fact("language", languageName(s.Language))}
	place := s.PlaceName
	if p, ok := w.Edition.Place(s.Place); ok {
		place = w.in(p.Name)
		if s.PlaceName != "" && s.PlaceName != place {
			place += " (" + w.Say.T("dossier.place.as", "words", s.PlaceName) + ")"
		}
	}
	facts = append(facts, w.fact("place", place))
	for _, kind := range programme.TagKinds() {
		var names []string
		for _, t := range s.Tags {
			if t.Kind != string(kind) {
				continue
			}
			name := t.ID
			if known, ok := w.Edition.Tag(kind, t.ID); ok {
				name = w.in(known)
			}
			names = append(names, name)
		}
		facts = append(facts, w.fact("tag."+string(kind), strings.Join(names, "; ")))
	}
	if s.Outside {
		facts = append(facts, w.fact("outside", w.yes(true)))
	}
	w.page.Facts(facts...)
	if s.Text == "" {
		w.page.Say(w.Say.T("dossier.erased"))
		return
	}
	w.page.Words(s.Language, s.Text)
	w.page.Say(w.Say.T("dossier.written.now"))
}

func (w *writer) kind(k spark.Kind) string {
	if kind, ok := w.Edition.Kind(string(k)); ok {
		return w.in(kind.Name)
	}
	return w.Say.T("work.kind.unknown")
}

func languageName(code string) string {
	l, ok := i18n.ParseLanguage(code)
	if !ok {
		return code
	}
	return l.Name()
}

func (w *writer) bringer() {
	w.page.Section(w.Say.T("dossier.bringer"))
	if !w.m.Reader.Contacts {
		w.page.Say(w.Say.T("dossier.bringer.hidden"))
		return
	}
	told := false
	for _, b := range w.m.Bringers {
		w.digest.bringer(b)
		wish := ""
		if b.Contact != "" {
			wish = w.Say.T("work.wish." + string(b.Contact))
		}
		told = told || b.Name+b.Email+b.Phone != ""
		w.page.Facts(w.fact("name", b.Name), w.fact("phone", b.Phone), w.fact("email", b.Email), w.fact("wish", wish), w.fact("reads_in", languageName(b.Language)), w.fact("owns", w.moment(b.Owns)))
	}
	if !told {
		w.page.Say(w.Say.T("dossier.bringer.none"))
	}
}

func (w *writer) measures() {
	if !w.m.Reader.Notes {
		return
	}
	w.page.Section(w.Say.T("dossier.measures"))
	if len(w.m.Measures) == 0 {
		w.page.Say(w.Say.T("dossier.measures.none"))
	}
	for i, a := range w.m.Measures {
		w.digest.measure(a)
		state := w.Say.T("dossier.measure.open")
		if a.Done {
			state = w.Say.T("dossier.measure.done")
		}
		what := a.What
		if what == "" {
			what = w.Say.T("dossier.erased")
		}
		w.page.Entry(w.Say.T("dossier.measure", "n", i+1))
		w.page.Facts(w.fact("measure.what", what), w.fact("measure.who", a.Who), w.fact("measure.by", w.day(a.By)), w.fact("measure.state", state))
	}
}

// said is the language a beat's words are most likely in.
func (w *writer) said(b story.Beat) string {
	if b.Actor == story.Office && b.Visibility == story.InOffice {
		return string(w.Say.Lang())
	}
	if len(w.m.Bringers) > 0 && w.m.Bringers[0].Language != "" {
		return w.m.Bringers[0].Language
	}
	return w.m.Spark.Language
}

// speaks tells that somebody says something in beats of a type, so that one
// without words has lost them.
func speaks(t story.Type) bool {
	switch t {
	case story.Answered, story.Asked, story.Replied, story.Noted, story.Talked, story.DueMoved, story.Closed, story.Reopened, story.Corrected:
		return true
	}
	return false
}

func (w *writer) story(ctx context.Context, from store.Source) error {
	w.page.Section(w.Say.T("dossier.story"))
	if !w.m.Reader.Notes {
		w.page.Say(w.Say.T("dossier.story.public"))
	}
	return w.m.beats(ctx, from, func(b story.Beat) error {
		w.digest.beat(b)
		title := w.Say.DateTime(b.At)
		if b.Visibility != story.Public {
			title += " · " + w.Say.T("workspark.seen."+string(b.Visibility))
		}
		w.page.Entry(title)
		w.page.Say(w.Tell(b))
		if b.Corrects != 0 {
			w.page.Say(w.Say.T("dossier.corrects", "when", w.Say.DateTime(w.m.original[b.Corrects])))
		}
		first, second := b.Parts()
		switch {
		case first != "":
			w.page.Words(w.said(b), first)
		case speaks(b.Type) && !b.HasWords:
			w.page.Say(w.Say.T("dossier.words.erased"))
		}
		if second != "" {
			w.page.Say(w.Say.T("workspark.would"))
			w.page.Words(w.said(b), second)
		}
		if again := w.m.corrected[b.ID]; !again.IsZero() {
			w.page.Say(w.Say.T("dossier.is_corrected", "when", w.Say.DateTime(again)))
		}
		return w.page.Err()
	})
}

func (w *writer) letters(ctx context.Context, from store.Source) error {
	w.page.Section(w.Say.T("dossier.letters"))
	if !w.m.Reader.Letters {
		w.page.Say(w.Say.T("dossier.letters.hidden"))
		return nil
	}
	w.page.Say(w.Say.T("dossier.letters.about"))
	n := 0
	err := w.m.letters(ctx, from, func(l mail.Posted) error {
		w.digest.letter(l)
		n++
		w.page.Entry(w.Say.T("dossier.letter", "n", n, "when", w.Say.DateTime(l.Created)))
		w.page.Facts(w.fact("letter.to", l.To), Fact{Name: w.Say.T("dossier.letter.subject"), Lang: l.Language, Value: l.Subject},
			w.fact("letter.state", w.Say.T("outbox.stand."+string(l.Stand))), w.fact("letter.sent", w.moment(l.Done)), w.fact("letter.tries", w.Say.Number(int64(l.Tries))),
			Fact{Name: w.Say.T("dossier.letter.reply"), Lang: "en", Value: l.Reply}, w.fact("letter.id", l.MessageID))
		w.page.Words(l.Language, l.Shown())
		return w.page.Err()
	})
	if err == nil && n == 0 {
		w.page.Say(w.Say.T("dossier.letters.none"))
	}
	return err
}

// files lists what is attached. A file's own name may hold a name its bringer keeps
// to themselves, so it goes with the right to that.
func (w *writer) files() {
	w.page.Section(w.Say.T("dossier.files"))
	if len(w.m.Files) == 0 {
		w.page.Say(w.Say.T("dossier.files.none"))
		return
	}
	w.page.Say(w.Say.T("dossier.files.about"))
	for i, f := range w.m.Files {
		if !w.m.Reader.Contacts {
			f.Name = ""
		}
		w.digest.file(f)
		by := w.Say.T("work.actor.bringer")
		if f.Officer != 0 {
			by = w.person(f.Officer)
		}
		w.page.Entry(w.Say.T("dossier.file", "n", i+1))
		w.page.Facts(Fact{Name: w.Say.T("dossier.file.alt"), Lang: w.m.Spark.Language, Value: f.Alt}, w.fact("file.name", f.Name), w.fact("file.kind", w.Say.T("dossier.file.kind."+string(f.Kind))),
			w.fact("file.size", w.Say.T("dossier.file.bytes", "n", w.Say.Number(int64(f.Bytes)))), w.fact("file.added", w.moment(f.Added)), w.fact("file.by", by), w.fact("file.digest", Spelt(f.SHA256)))
	}
}

func (w *writer) made(sum string) {
	w.page.Section(w.Say.T("dossier.made"))
	by := w.By.Name
	if w.By.Title != "" {
		by += ", " + w.By.Title
	}
	w.page.Facts(w.fact("made.when", w.moment(w.Now)), w.fact("made.by", by), w.fact("made.program", strings.TrimSpace("Kokko "+w.Version)), w.fact("made.digest", Spelt(sum)))
	w.page.Say(w.Say.T("dossier.made.about"))
}
