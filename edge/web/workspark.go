package web

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
	"kokko/region/trust"
)

// One spark on the office's table: everything known of it and everything that
// can be done with it on one page, each form an address of its own.

func sparkWorkRoutes() []route {
	const at = "/toimisto/kipina/{koodi}"
	write := func(path string, do func(v *Visit, a spark.Act, f *Form) (spark.Spark, error), onward bool, object office.Object) route {
		name, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		return route{pattern: "POST " + at + path, access: staff, verb: office.Write, object: object, do: func(v *Visit) error { return v.verb(name, onward, do) }}
	}
	return []route{
		{pattern: "GET " + at, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).workSpark},
		write("/vastaa", (*Visit).doAnswer, true, office.Sparks),
		write("/kysy", (*Visit).doAsk, true, office.Sparks),
		write("/muistio", (*Visit).doNote, false, office.Notes),
		write("/keskustelu", (*Visit).doTalk, true, office.Notes),
		write("/luokittele", (*Visit).doTag, false, office.Sparks),
		write("/kysymys", (*Visit).doRelate, false, office.Sparks),
		write("/vastuu", (*Visit).doAssign, false, office.Sparks),
		write("/maarapaiva", (*Visit).doMoveDue, false, office.Sparks),
		write("/muistutus", (*Visit).doRemind, false, office.Sparks),
		write("/sulje", (*Visit).doClose, true, office.Sparks),
		write("/avaa", (*Visit).doReopen, false, office.Sparks),
		write("/oikaise/{beat}", (*Visit).doCorrect, false, office.Sparks),
		write("/erilleen", (*Visit).doUnmerge, false, office.Sparks),
		write("/toimenpide/{id}", (*Visit).doDone, false, office.Notes),
		write("/hyvaksy", (*Visit).doApprove, true, office.Moderation),
		write("/hylkaa", (*Visit).doDecline, true, office.Moderation),
		write("/esta", (*Visit).doBlock, true, office.Moderation),
		write("/ilmoitukset", (*Visit).doLookInto, false, office.Moderation),
		{pattern: "POST " + at + "/linkki", access: staff, verb: office.Write, object: office.Contacts, do: (*Visit).printLink},
		{pattern: "GET /toimisto/uusi", access: staff, verb: office.Enter, object: office.Sparks, do: (*Visit).enterForm},
		{pattern: "POST /toimisto/uusi", access: staff, verb: office.Enter, object: office.Sparks, files: true, do: (*Visit).enter},
	}
}

// sheet is a spark's office page with all its forms.
type sheet struct {
	spark.Spark
	workDesk
	Pile      spark.Pile // the pile being worked through, "" outside one
	Place     string
	Event     string        // where it was told, "" for nowhere in particular
	Bringer   spark.Bringer // empty for readers without the right
	Reach     bool          // may read contact details
	Notes     bool          // may read and write notes
	Writes    bool          // may act
	Story     []story.Beat
	Cut       bool // the story is longer than one page holds
	Measures  []spark.Measure
	Files     []attachment.Attachment
	Templates []office.Template
	Template  string // the one the answer began from
	Owners    []office.Officer
	Next      spark.Spark   // the next of the pile, zero at its end
	Left      int           // sparks still in the pile, this one counted
	Into      spark.Spark   // what carries it on, zero while it stands alone
	Joined    []joinedRow   // what is joined to it
	Likely    []alike.Match // what may be the same
	Others    []spark.Spark // what was said not to be
	Parts     []spark.Spark // what it was split into
	Whole     *spark.Spark  // what it was split from
	Round     ident.ID      // the part its ring went on with
	Changed   []story.Beat
	Conflict  bool
	Link      string                // a new private link, shown this once
	Questions []challenge.Challenge // the open questions it can be tied to, its own among them
	Mod       moderation
	Talk      workTalk
	forms     map[string]*Form
	named     map[ident.ID]spark.Spark // sparks the story names
}

// form is one form of the page: as it was refused, else blank.
func (p *sheet) form(v *Visit, name string) *Form {
	if f := p.forms[name]; f != nil {
		return f
	}
	return v.Blank()
}

// keepsFiles tells that the officer looks after the spark's files: also while
// another spark carries its matter on, for they stay its own.
func (p *sheet) keepsFiles(v *Visit) bool {
	return v.May(right{Object: office.Sparks, Verb: office.Write}) && p.State != spark.Withdrawn
}

// files is what is attached, for the office to look after.
func (p *sheet) files(v *Visit) fileSheet {
	return fileSheet{All: p.Files, At: "/toimisto/kipina/" + p.Code, Lang: p.Language, Names: p.Reach, Pile: string(p.Pile),
		Adds: "liitteet-", Changes: "liite-", Add: p.form(v, "liitteet"), Change: p.form(v, "liite")}
}

// refused is the form that was sent and not taken, nil for none.
func (p *sheet) refused() *Form {
	for _, f := range p.forms {
		if len(f.Wrong) > 0 {
			return f
		}
	}
	return nil
}

// seen is the last beat on the page: after a conflict what came later is shown.
func (p *sheet) seen() string {
	if n := len(p.Story); n > 0 {
		return p.Story[n-1].ID.String()
	}
	return "0"
}

// sparkAt finds the spark of the address; a sloppily typed number is fine.
func (v *Visit) sparkAt(ctx context.Context) (spark.Spark, error) {
	return spark.ByCode(ctx, v.DB, v.Region.ID, v.R.PathValue("koodi"))
}

// sheet reads everything the reader may see of a spark.
func (v *Visit) sheet(ctx context.Context, s spark.Spark, in spark.Pile) (*sheet, error) {
	p := &sheet{Spark: s, Pile: in, Place: v.workPlace(s), forms: map[string]*Form{},
		Reach:  v.May(right{Object: office.Contacts, Verb: office.Read}),
		Notes:  v.May(right{Object: office.Notes, Verb: office.Read}),
		Writes: v.May(right{Object: office.Sparks, Verb: office.Write}) && s.State != spark.Withdrawn && s.State != spark.Rejoined && s.MergedInto == 0,
	}
	var err error
	if p.workDesk, err = v.workDesk(ctx); err != nil {
		return nil, err
	}
	events, err := spark.Events(ctx, v.DB, v.Region.ID, s.ID)
	if err != nil {
		return nil, err
	}
	p.Event = events[s.ID]
	p.Owners = v.owners(p.workDesk)
	if p.Reach {
		all, err := spark.Bringers(ctx, v.DB, v.Region.ID, s.ID)
		if err != nil {
			return nil, err
		}
		if b := all[s.ID]; len(b) > 0 {
			p.Bringer = b[0]
			if p.Bringer.Name+p.Bringer.Email+p.Bringer.Phone != "" {
				if err := v.Office.Looked(ctx, v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: s.Code}); err != nil {
					return nil, err
				}
			}
		}
	}
	reader := story.Public // who may read no notes reads what everybody reads
	if p.Notes {
		reader = story.InOffice
		if p.Measures, err = spark.Measures(ctx, v.DB, v.Region.ID, s.ID); err != nil {
			return nil, err
		}
	}
	if p.Story, err = v.wholeStory(ctx, s, reader); err != nil {
		return nil, err
	}
	p.Cut = len(p.Story) >= longestStory
	if p.Files, err = attachment.Of(ctx, v.DB, v.Region.ID, s.ID); err != nil {
		return nil, err
	}
	if !p.Reach && (!s.Listed || s.Visibility != spark.Public) {
		for i := range p.Story {
			if p.Story[i].Actor == story.Bringer {
				p.Story[i].Author = ""
			}
		}
	}
	if p.Mod, err = v.moderation(ctx, s); err != nil {
		return nil, err
	}
	if p.Talk, err = v.workTalk(ctx, p); err != nil {
		return nil, err
	}
	if p.Writes {
		if p.Templates, err = office.AllTemplates(ctx, v.DB, v.Region.ID); err != nil {
			return nil, err
		}
	}
	if err := v.relations(ctx, p); err != nil {
		return nil, err
	}
	if p.Questions, err = v.relatable(ctx, s); err != nil {
		return nil, err
	}
	if in != "" && in != spark.All {
		if p.Next, _, err = v.nextInPile(ctx, in, s); err != nil {
			return nil, err
		}
		if _, p.Left, err = spark.Work(ctx, v.DB, v.Region.ID, in, p.cal, p.today, 0, 1); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// pileNamed reads ?pino= or the form's: "" for anything that is no pile.
func pileNamed(s string) spark.Pile {
	if p := spark.Pile(s); p == spark.Held || slices.Contains(spark.Piles(), p) {
		return p
	}
	return ""
}

func (v *Visit) workSpark() error {
	ctx := v.R.Context()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	p, err := v.sheet(ctx, s, pileNamed(v.Query("pino")))
	if err != nil {
		return err
	}
	if id := v.Query("malli"); id != "" && p.Writes {
		if words, ok := v.fill(p, id); ok {
			p.Template = id
			f := v.Blank("words", words)
			if s.Listed && s.Visibility != spark.Unnamed {
				f.Values.Set("public", "1")
			}
			p.forms["vastaa"] = f
		}
	}
	return v.Render(200, workSparkPage(v, p))
}

// answerSet is what the bringer reads: a language, or plain Finnish.
func (p *sheet) answerSet() i18n.Language {
	return i18n.Language(cmp.Or(p.Bringer.Language, p.Language))
}

// answerLanguage is the language the bringer reads.
func (p *sheet) answerLanguage() string { return string(p.answerSet().Written()) }

// pick finds a template by id in the bringer's language, else in the spark's,
// else in whichever it has.
func (p *sheet) pick(id string) (office.Template, bool) {
	for _, lang := range []string{p.answerLanguage(), p.Language, "fi", "sv", "en"} {
		for _, t := range p.Templates {
			if t.ID == id && t.Language == lang {
				return t, true
			}
		}
	}
	return office.Template{}, false
}

// fill makes an answer of a template. A private link is never put into words that
// may become public, nor a name its bringer wants kept: the mail carries the link.
func (v *Visit) fill(p *sheet, id string) (string, bool) {
	t, ok := p.pick(id)
	if !ok {
		return "", false
	}
	lang, _ := i18n.ParseLanguage(t.Language)
	say := v.Parts.Texts.For(lang)
	name := p.Bringer.Name
	if name == "" || p.Visibility == spark.Unnamed || len(p.Joined) > 0 {
		name = say.T("work.fill.bringer")
	}
	batch := p.cal.AddWorkdays(p.today, v.Edition.Call.Promise.Most)
	if t.For == "outside" {
		batch = v.Edition.Call.Batches.Next(p.today, p.cal)
	}
	values := map[string]string{
		"name": name, "title": p.Title, "code": p.Code,
		"officer": v.Officer.Name, "phone": v.Officer.Phone,
		"date": say.Date(batch.Start(i18n.Helsinki())),
		"link": say.T("work.fill.link"),
	}
	_, body := programme.Answer{Title: place.NewText(t.Language, t.Name), Body: place.NewText(t.Language, t.Body)}.Fill(t.Language, values)
	return strings.TrimSpace(body), true
}

// choices are the templates offered: one of each, in the bringer's language where
// there is one.
func (p *sheet) choices() (out []office.Template) {
	var ids []string
	for _, t := range p.Templates {
		if !slices.Contains(ids, t.ID) {
			ids = append(ids, t.ID)
			best, _ := p.pick(t.ID)
			out = append(out, best)
		}
	}
	return out
}

// verb runs one form of the page. What cannot be taken comes back with
// everything typed; what was done leads on through the pile being worked.
func (v *Visit) verb(name string, onward bool, do func(v *Visit, a spark.Act, f *Form) (spark.Spark, error)) error {
	ctx := v.R.Context()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	f := v.Form()
	in := pileNamed(f.Get("pino"))
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || version < 1 {
		version = s.Version // a form without its version acts on what there is
	}
	next, nextPile := spark.Spark{}, in
	if onward && in != "" {
		if next, nextPile, err = v.nextInPile(ctx, in, s); err != nil {
			return err
		}
	}
	var act ident.ID
	_, err = do(v, spark.Act{Region: v.Region.ID, Spark: s.ID, Officer: *v.Officer, Version: version, Did: &act}, f)
	if err != nil {
		return v.refuseVerb(ctx, s, in, name, f, err)
	}
	if err := v.offerUndo(act); err != nil {
		return err
	}
	if in == spark.Held { // others may have been decided on with it
		if next, err = v.firstHeld(ctx); err != nil {
			return err
		}
	}
	said := v.T("work.did." + name) // never a bringer's words: it waits in the session, which erasing does not reach
	switch {
	case onward && in != "" && next.ID != 0:
		v.Tell(v.T("work.did.next", "did", said, "code", s.Code))
		return v.Go("/toimisto/kipina/" + next.Code + "?pino=" + string(nextPile))
	case onward && in != "":
		v.Tell(v.T("work.did.last", "did", said, "code", s.Code))
		if in == spark.Held {
			return v.Go(holdAt)
		}
		return v.Go("/toimisto")
	}
	v.Tell(said)
	at := "/toimisto/kipina/" + s.Code
	if in != "" {
		at += "?pino=" + string(in)
	}
	return v.Go(at)
}

// firstHeld is what stands first in the hold queue, the zero Spark when it is empty.
func (v *Visit) firstHeld(ctx context.Context) (spark.Spark, error) {
	list, _, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Held, workday.Calendar{}, v.today(), 0, 1)
	if err != nil || len(list) == 0 {
		return spark.Spark{}, err
	}
	return list[0], nil
}

// refuseVerb shows the page again with the refused form as it was typed, and
// after a conflict what changed since the officer opened it.
func (v *Visit) refuseVerb(ctx context.Context, s spark.Spark, in spark.Pile, name string, f *Form, err error) error {
	code := fault.CodeOf(err)
	if err := f.Refuse(err); err != nil {
		return err
	}
	f.under(name)
	if s, err = spark.ByID(ctx, v.DB, v.Region.ID, s.ID); err != nil {
		return err
	}
	p, err := v.sheet(ctx, s, in)
	if err != nil {
		return err
	}
	p.forms[name] = f
	p.Template = f.Get("malli")
	if p.Conflict = f.Wrong[0].Key == "spark.changed"; p.Conflict {
		since, _ := ident.Parse(f.Get("nahty"))
		for _, b := range p.Story {
			if b.ID > since {
				p.Changed = append(p.Changed, b)
			}
		}
	}
	return v.Render(statusOf(code), workSparkPage(v, p))
}

// unnamed refuses words for everybody that hold the name of a bringer who asked
// to stay unnamed: an officer in a hurry must not be able to let it slip. What is
// said to several bringers together may name none of those either.
func (v *Visit) unnamed(a spark.Act, public bool, field string, words ...string) error {
	if err := v.unnamedAmong(a, field, words); err != nil || !public {
		return err
	}
	ctx := v.R.Context()
	s, err := spark.ByID(ctx, v.DB, a.Region, a.Spark)
	if err != nil || !s.Listed || s.Visibility != spark.Unnamed {
		return err
	}
	all, err := spark.Bringers(ctx, v.DB, a.Region, a.Spark)
	if err != nil {
		return err
	}
	return namesNone(all[a.Spark], "answer.names_bringer", field, words)
}

// namesNone refuses words that hold the name of any of these.
func namesNone(all []spark.Bringer, key, field string, words []string) error {
	for _, b := range all {
		if slices.ContainsFunc(words, b.Names) {
			return fault.New(fault.Invalid, key).On(field)
		}
	}
	return nil
}

func (v *Visit) doAnswer(a spark.Act, f *Form) (spark.Spark, error) {
	public := f.Get("public") != ""
	if err := v.unnamed(a, public, "words", f.Get("words")); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.Answer(v.R.Context(), a, f.Get("words"), public, cutTo(f.Get("malli"), 60))
}

func (v *Visit) doAsk(a spark.Act, f *Form) (spark.Spark, error) {
	public := f.Get("public") != ""
	if err := v.unnamed(a, public, "words", f.Get("words")); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.Ask(v.R.Context(), a, f.Get("words"), public)
}

func (v *Visit) doNote(a spark.Act, f *Form) (spark.Spark, error) {
	return v.Sparks.Note(v.R.Context(), a, f.Get("words"))
}

func (v *Visit) doTalk(a spark.Act, f *Form) (spark.Spark, error) {
	var wrong fault.Many
	next, err := f.day("next")
	wrong = append(wrong, fault.List(err)...)
	t := spark.Talk{Way: f.Get("way"), Words: f.Get("words"), Shown: f.Get("shown") != "", Next: next}
	for i := range f.measures() {
		m := f.measure(i)
		by := workday.Day(0)
		if m.By != "" {
			if by, err = workday.Parse(m.By); err != nil {
				wrong = append(wrong, fault.New(fault.Invalid, "day.wrong").On("measures"))
			}
		}
		t.Measures = append(t.Measures, spark.Measure{What: m.What, Who: m.Who, By: by})
	}
	if t.Shown {
		said := []string{t.Words}
		for _, m := range t.Measures {
			said = append(said, m.What, m.Who)
		}
		wrong = append(wrong, fault.List(v.unnamedAmong(a, "words", said))...)
	}
	if err := wrong.OrNil(); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.Talk(v.R.Context(), a, t)
}

// typed is one line of the measures as it was typed.
type typed struct{ What, Who, By string }

// measures is how many lines the form has: at least three, at most what one talk
// can agree and one more, so that too many are told and not cut.
func (f *Form) measures() int {
	return min(max(3, len(f.Values["what"]), len(f.Values["who"])), 11)
}

func (f *Form) measure(i int) (m typed) {
	at := func(name string) string {
		if all := f.Values[name]; i < len(all) {
			return strings.TrimSpace(all[i])
		}
		return ""
	}
	return typed{at("what"), at("who"), at("by")}
}

// placed is the programme with one more name: the place's as the page showed it.
// Several places share a name; sending the form back must not move the spark.
type placed struct {
	programme.Edition
	name, id string
}

func (p placed) PlaceNamed(name string) (string, bool) {
	if p.id != "" && name == p.name {
		return p.id, true
	}
	return p.Edition.PlaceNamed(name)
}

func (v *Visit) doTag(a spark.Act, f *Form) (spark.Spark, error) {
	s, err := spark.ByID(v.R.Context(), v.DB, a.Region, a.Spark)
	if err != nil {
		return s, err
	}
	t := spark.Tags{Outside: f.Get("outside") != "", Place: f.Get("place")}
	for _, said := range f.Values["tags"] {
		tag, ok := spark.ParseTag(said)
		if !ok {
			return s, fault.New(fault.Invalid, "spark.tag.unknown").On("tags").With("tag", cutTo(said, 60))
		}
		if !slices.Contains(t.Tags, tag) {
			t.Tags = append(t.Tags, tag)
		}
	}
	return v.Sparks.Tag(v.R.Context(), a, placed{v.Edition, v.workPlace(s), s.Place}, t)
}

func (v *Visit) doAssign(a spark.Act, f *Form) (spark.Spark, error) {
	id, ok := ident.Parse(f.Get("owner"))
	if !ok {
		return spark.Spark{}, fault.New(fault.Invalid, "owner.wrong").On("owner")
	}
	s, err := v.Sparks.Assign(v.R.Context(), a, id)
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "owner.wrong").On("owner").Because(err)
	}
	return s, err
}

func (v *Visit) doMoveDue(a spark.Act, f *Form) (spark.Spark, error) {
	day, err := f.mustDay("day")
	if err != nil {
		return spark.Spark{}, err
	}
	if err := v.unnamed(a, true, "reason", f.Get("reason")); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.MoveDue(v.R.Context(), a, day, f.Get("reason"))
}

func (v *Visit) doRemind(a spark.Act, f *Form) (spark.Spark, error) {
	day, err := f.day("next")
	if err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.Remind(v.R.Context(), a, day)
}

func (v *Visit) doClose(a spark.Act, f *Form) (spark.Spark, error) {
	for _, field := range []string{"reason", "would"} {
		if err := v.unnamed(a, true, field, f.Get(field)); err != nil {
			return spark.Spark{}, err
		}
	}
	return v.Sparks.Close(v.R.Context(), a, spark.Close{State: spark.State(f.Get("state")), Reason: f.Get("reason"), Would: f.Get("would")})
}

func (v *Visit) doReopen(a spark.Act, f *Form) (spark.Spark, error) {
	if err := v.unnamed(a, true, "reason", f.Get("reason")); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.Reopen(v.R.Context(), a, f.Get("reason"))
}

func (v *Visit) doCorrect(a spark.Act, f *Form) (spark.Spark, error) {
	id, ok := ident.Parse(v.R.PathValue("beat"))
	if !ok {
		return spark.Spark{}, fault.New(fault.NotFound, "beat.none")
	}
	old, err := story.One(v.R.Context(), v.DB, a.Region, a.Spark, id)
	if err != nil {
		return spark.Spark{}, fault.New(fault.NotFound, "beat.none").Because(err)
	}
	if err := v.unnamed(a, old.Visibility == story.Public, "words", f.Get("words")); err != nil {
		return spark.Spark{}, err
	}
	f.Values.Set("beat", id.String())
	return v.Sparks.Correct(v.R.Context(), a, id, f.Get("words"))
}

func (v *Visit) doDone(a spark.Act, _ *Form) (spark.Spark, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return spark.Spark{}, fault.New(fault.NotFound, "measure.none")
	}
	return v.Sparks.Done(v.R.Context(), a, id)
}

// printLink makes a new private link and shows it once, to be given on paper or
// by phone. It is in this answer only: not in an address, a log or a session.
func (v *Visit) printLink() error {
	ctx := v.R.Context()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	if s.State == spark.Withdrawn {
		return fault.New(fault.Gone, "spark.withdrawn")
	}
	secret, err := v.Sparks.PrintLink(ctx, v.Region.ID, s.ID, v.Officer.ID)
	if err != nil {
		return err
	}
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	all, err := spark.Bringers(ctx, v.DB, v.Region.ID, s.ID)
	if err != nil {
		return err
	}
	reads := s.Language
	if b := all[s.ID]; len(b) > 0 {
		reads = cmp.Or(b[0].Language, reads)
	}
	return v.Render(200, givenLinkPage(v, s, v.privateAddress(reads, secret), false))
}

// privateAddress is the bringer's own page as a whole address, in what they read.
func (v *Visit) privateAddress(reads, secret string) string {
	l, ok := i18n.ParseSet(reads)
	if !ok {
		l = i18n.Finnish
	}
	return v.full(l, "/oma/"+secret)
}

func (v *Visit) enterForm() error {
	return v.showEnter(200, v.Blank("once", ident.Secret(), "source", string(spark.Phone), "language", string(i18n.Finnish), "visibility", string(spark.Public)))
}

func (v *Visit) showEnter(status int, f *Form) error {
	open, err := v.openQuestions(v.R.Context(), questionsMost)
	if err != nil {
		return err
	}
	return v.Render(status, enterPage(v, f, open))
}

// enter takes in a spark an officer writes on somebody's behalf: told on the
// phone, on a card, at an event.
func (v *Visit) enter() error {
	f := v.Form()
	d := spark.Draft{
		Kind: spark.Kind(f.Get("kind")), Title: f.Get("title"), Text: f.Get("text"), Place: f.Get("place"), Themes: f.Values["themes"],
		Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), Contact: spark.Contact(f.Get("contact")),
		Visibility: spark.Visibility(f.Get("visibility")), Secret: f.Get("secret") != "", Language: f.Get("language"), Event: f.Get("event"),
	}
	d.Challenge, _ = ident.Parse(f.Get("challenge"))
	by := spark.By{Officer: v.Officer.ID, Source: spark.Source(f.Get("source")), Once: f.Get("once")}
	var wrong fault.Many
	if !slices.Contains(spark.Sources(), by.Source) {
		wrong = append(wrong, fault.New(fault.Invalid, "spark.source.wrong").On("source"))
	}
	wrong = append(wrong, fault.List(d.Check(v.Edition))...)
	made, amiss := v.making(f)
	by.Also = v.Files.Along(made, v.Officer.ID)
	err := append(wrong, amiss...).OrNil()
	var r spark.Receipt
	if err == nil {
		r, err = v.Sparks.Drop(v.R.Context(), v.Region.ID, spark.Programme{Promise: v.Edition, Version: v.Edition.Version.ID}, d, by)
	}
	if err == nil && r.Again && len(made) > 0 {
		_, err = v.Files.Add(v.R.Context(), v.Region.ID, r.Link, made)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			f.Wrong = append(f.Wrong, fault.List(err)...)
			v.Log.Error("a spark was not entered", "code", string(fault.CodeOf(err)), "error", err.Error())
		}
		f.Wrong = append(onFile(f.Wrong, ""), v.again()...)
		return v.showEnter(statusOfAll(f.Wrong), f)
	}
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	return v.Render(200, givenLinkPage(v, r.Spark, v.privateAddress(d.Language, r.Link), true))
}

func cutTo(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most])
	}
	return s
}

// heading is the title; a withdrawn and erased spark has none left.
func (p *sheet) heading(v *Visit) string { return workRow{Spark: p.Spark}.heading(v) }

// has tells whether the spark carries a tag, as "theme:glocal".
func (p *sheet) has(tag string) bool {
	return slices.ContainsFunc(p.Tags, func(t spark.Tag) bool { return t.String() == tag })
}

// tagKindsShown is what the office tags with here. A spark's tags of other kinds
// stay as they are.
func tagKindsShown() []programme.TagKind {
	return []programme.TagKind{programme.TagTheme, programme.TagPackage, programme.TagPriority, programme.TagValue, programme.TagNetwork}
}

func shownKind(kind string) bool { return slices.Contains(tagKindsShown(), programme.TagKind(kind)) }

// chosen counts the tags of a kind that are picked.
func chosen(p *sheet, f *Form, fresh bool, kind programme.TagKind) (n int) {
	prefix := string(kind) + ":"
	if fresh {
		for _, t := range p.Tags {
			if t.Kind == string(kind) {
				n++
			}
		}
		return n
	}
	for _, said := range f.Values["tags"] {
		if strings.HasPrefix(said, prefix) {
			n++
		}
	}
	return n
}

// answerForm names the form the answer's words belong to: both buttons send the
// same words, to be an answer or a question.
func answerForm(asked bool) string {
	if asked {
		return "kysy"
	}
	return "vastaa"
}

func correctForm(mine bool, beat ident.ID) string {
	if mine {
		return "oikaise"
	}
	return "oikaise" + beat.String()
}

func givenWhere(entered bool) string {
	if entered {
		return "/toimisto/uusi"
	}
	return "/toimisto"
}

func hintID(hint, id string) string {
	if hint == "" {
		return ""
	}
	return id + "-hint"
}

// corrected is the beat that sets an earlier one right, 0 for none.
func corrected(all []story.Beat, id ident.ID) ident.ID {
	for _, b := range all {
		if b.Corrects == id {
			return b.ID
		}
	}
	return 0
}

// beatLang is the language a beat's words are most likely in.
func beatLang(v *Visit, p *sheet, b story.Beat) string {
	if b.Actor == story.Office && b.Visibility == story.InOffice {
		return string(v.Lang)
	}
	return otherLang(v, p.answerLanguage())
}

// answerHint says to whom an answer goes and how.
func (v *Visit) answerHint(p *sheet) string {
	lang := ""
	if l, ok := i18n.ParseSet(string(p.answerSet())); ok {
		lang = v.T("work.in_language." + string(l))
	}
	switch {
	case len(p.Joined) > 0:
		return v.N("workspark.answer.to_all", len(p.Joined)+1, "language", lang)
	case !p.Reach || p.Bringer.Email != "":
		return v.T("workspark.answer.by_mail", "language", lang)
	case p.Bringer.Phone != "":
		return v.T("workspark.answer.by_phone", "language", lang)
	}
	return v.T("workspark.answer.on_page", "language", lang)
}

// tagName is what a tag is called in the programme, the tag itself when the
// programme no longer has it.
func (v *Visit) tagName(said string) string {
	t, ok := spark.ParseTag(said)
	if !ok {
		return said
	}
	if said == "outside:opening" {
		return v.T("workspark.tags.outside")
	}
	if name, ok := v.Edition.Tag(programme.TagKind(t.Kind), t.ID); ok {
		return v.In(name)
	}
	return t.ID
}

// beatWords tells what happened, as the office reads it.
func (v *Visit) beatWords(p *sheet, b story.Beat) string {
	who := v.workWho(b)
	if b.Actor == story.Office {
		if o, ok := p.officers[b.Officer]; ok {
			who = o.Name
		}
	}
	name := func(id string) string {
		n, _ := ident.Parse(id)
		if o, ok := p.officers[n]; ok {
			return o.Name
		}
		return "–"
	}
	placeName := func(id string) string {
		if at, ok := v.Edition.Place(id); ok {
			return v.In(at.Name)
		}
		return "–"
	}
	names := func(tags []string) string {
		var out []string
		for _, t := range tags {
			out = append(out, v.tagName(t))
		}
		return v.Say.List(out)
	}
	switch b.Type {
	case story.Questioned:
		id, key := b.Facts.To, "spark.beat.questioned"
		if id == "" {
			id, key = b.Facts.From, "spark.beat.unquestioned"
		}
		for _, c := range p.Questions {
			if c.ID.String() == id {
				title, _ := v.questionTitle(c)
				return v.T(key, "name", who, "question", title)
			}
		}
		return v.T(key+".other", "name", who)
	case story.Merged, story.Unmerged:
		if len(b.Facts.Sparks) > 0 {
			return v.T("workspark.beat."+string(b.Type), "who", who, "codes", v.Say.List(p.codes(b.Facts.Sparks)))
		}
		return v.T("workspark.beat."+string(b.Type)+"_into", "who", who, "codes", v.Say.List(p.codes([]ident.ID{b.Facts.Into})))
	case story.Split, story.Part:
		told := v.T("workspark.beat."+string(b.Type), "who", who, "codes", v.Say.List(p.codes(b.Facts.Sparks)))
		if b.Facts.Into != 0 {
			told += " " + v.T("spark.beat.split_ring", "code", v.Say.List(p.codes([]ident.ID{b.Facts.Into})))
		}
		return told
	case story.Undone:
		return v.undoneWords(who, b.Facts, func(id string) string { return name(id) })
	case story.Retitled:
		if b.Facts.Kind != "" {
			return v.T("workspark.beat.rekinded", "who", who, "kind", v.workKind(spark.Kind(b.Facts.Kind)))
		}
		return v.T("workspark.beat.retitled", "who", who, "codes", v.Say.List(p.codes(b.Facts.Sparks)))
	case story.Replied:
		if b.Facts.Via != 0 {
			return v.T("workspark.beat.replied_via", "who", who, "code", v.Say.List(p.codes([]ident.ID{b.Facts.Via})))
		}
		return v.T("workspark.beat.replied", "who", who)
	case story.Commented:
		return v.T("workspark.beat.commented", "who", who)
	case story.Offered, story.Joined:
		return v.T("workspark.beat."+string(b.Type), "who", who, "role", v.T("ring.one."+b.Facts.Role))
	case story.Fared:
		return v.T("spark.beat.fared."+b.Facts.To, "source", b.Facts.From)
	case story.Dropped:
		if b.Facts.Source == string(spark.Imported) {
			return v.T("spark.beat.imported", "source", b.Facts.From)
		}
		if b.Actor == story.Office {
			return v.T("workspark.beat.entered", "who", who, "source", v.T("work.source."+b.Facts.Source))
		}
		if b.Facts.Source == string(spark.Letter) {
			return v.T("workspark.beat.mailed", "who", who)
		}
		return v.T("workspark.beat.dropped", "who", who)
	case story.Talked:
		said := v.T("workspark.beat.talked."+b.Facts.Way, "who", who)
		if b.Facts.Measures > 0 {
			said += " " + v.N("workspark.beat.measures", b.Facts.Measures)
		}
		if b.Facts.Day != 0 {
			said += " " + v.T("workspark.beat.next", "date", v.Day(b.Facts.Day))
		}
		return said
	case story.Tagged:
		var said []string
		if len(b.Facts.Added) > 0 {
			said = append(said, v.T("workspark.beat.tagged", "who", who, "tags", names(b.Facts.Added)))
		}
		if len(b.Facts.Removed) > 0 {
			said = append(said, v.T("workspark.beat.untagged", "who", who, "tags", names(b.Facts.Removed)))
		}
		return strings.Join(said, " ")
	case story.Placed:
		if b.Facts.To == "" {
			return v.T("workspark.beat.unplaced", "who", who)
		}
		return v.T("workspark.beat.placed", "who", who, "place", placeName(b.Facts.To))
	case story.Assigned:
		return v.T("workspark.beat.assigned", "who", who, "to", name(b.Facts.To))
	case story.DueMoved:
		return v.T("workspark.beat.due_moved", "who", who, "from", v.FullDay(b.Facts.FromDay), "to", v.FullDay(b.Facts.Day))
	case story.Closed:
		if b.Facts.With != 0 {
			return v.T("hold.beat.declined_with", "who", who)
		}
		return v.T("workspark.beat.closed."+b.Facts.To, "who", who)
	case story.LeftOut:
		return v.lost(b)
	case story.Erased:
		if b.Actor == story.Kokko {
			return v.T("workspark.beat.lapsed")
		}
		return v.T("workspark.beat.erased", "who", who)
	case story.Held:
		if b.Actor == story.Kokko {
			return v.T("hold.beat.held", "why", strings.Join(v.heldWhy(strings.Join(b.Facts.Reasons, ",")), " "))
		}
		return v.T("hold.beat.taken_back", "who", who)
	case story.Approved, story.Trusted:
		return v.T("hold.beat."+string(b.Type), "who", who)
	case story.Blocked:
		if b.Facts.To == string(trust.Network) {
			return v.T("hold.beat.network."+b.Facts.From, "who", who, "day", v.FullDay(b.Facts.Day))
		}
		return v.T("hold.beat.blocked", "who", who)
	case story.Lifted:
		return v.T("hold.beat.lifted."+b.Facts.From, "who", who)
	case story.Reported:
		return v.T("hold.beat.reported", "wrong", v.T("report.wrong."+strings.Join(b.Facts.Reasons, "")))
	case story.Looked:
		return v.N("hold.beat.looked", b.Facts.Reports, "outcome", v.T("hold.outcome."+b.Facts.To))
	case story.Attached, story.Detached:
		return v.N("workspark.beat."+string(b.Type), b.Facts.Files, "who", who)
	default:
		return v.T("workspark.beat."+string(b.Type), "who", who)
	}
}

// agreedMore tells that the form's further measures should lie open: something
// stands there, or something is wrong and may be there.
func (f *Form) agreedMore() bool { return f.measure(1) != (typed{}) || len(f.Wrong) > 0 }
