package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
)

// Open questions on the office's table: made, published, closed with what came of
// them, each language side by side.

const questionsAt = "/toimisto/kysymykset"

func askingRoutes() []route {
	on := func(pattern string, verb office.Verb, do func(*Visit) error) route {
		method, path, _ := strings.Cut(pattern, " ")
		return route{pattern: method + " " + questionsAt + path, access: staff, verb: verb, object: office.Challenges, do: do}
	}
	return []route{
		on("GET ", office.Read, (*Visit).workQuestions),
		on("POST ", office.Write, (*Visit).makeQuestion),
		on("GET /uusi", office.Write, (*Visit).newQuestion),
		on("GET /{id}", office.Read, (*Visit).workQuestion),
		on("POST /{id}", office.Write, (*Visit).changeQuestion),
		on("POST /{id}/julkaise", office.Write, (*Visit).publishQuestion),
		on("POST /{id}/sulje", office.Write, (*Visit).closeQuestion),
		on("POST /{id}/poista", office.Write, (*Visit).withdrawQuestion),
	}
}

// questionDesk is the office's list of questions.
type questionDesk struct {
	List   []asked
	Next   string
	Later  bool
	Waits  []programme.Challenge // of the programme, not yet put to anybody
	Writes bool
}

func (v *Visit) workQuestions() error {
	ctx := v.R.Context()
	d := questionDesk{Later: v.Query("sivu") != "", Writes: v.May(right{Object: office.Challenges, Verb: office.Write})}
	list, next, err := challenge.All(ctx, v.DB, v.Region.ID, v.Query("sivu"), perPage)
	if err != nil {
		return err
	}
	if d.List, err = v.counted(ctx, list); err != nil {
		return err
	}
	if d.Next = next; d.Writes && !d.Later {
		d.Waits = v.waiting(list)
	}
	return v.Render(200, workQuestionsPage(v, d))
}

// waiting are the programme's questions that none of these asks in its words.
func (v *Visit) waiting(list []challenge.Challenge) (all []programme.Challenge) {
	original := v.Edition.Original()
	for _, q := range v.Edition.Challenges {
		if !slices.ContainsFunc(list, func(c challenge.Challenge) bool { return c.Texts[c.Language].Question == q.Question.In(original) }) {
			all = append(all, q)
		}
	}
	return all
}

// questionSheet is one question with its forms.
type questionSheet struct {
	challenge.Challenge // zero for one not yet made
	State               challenge.State
	Form                *Form // what it says, and when it is open
	End                 *Form // what came of it
	Answers             []spark.Spark
	Next                ident.ID
	After               ident.ID
	Writes              bool
	Languages           []i18n.Language // the original first
}

// made tells that the question is stored.
func (p *questionSheet) made() bool { return p.ID != 0 }

// mends tells that what the question says may still change.
func (p *questionSheet) mends() bool { return p.Writes && p.State != challenge.Closed }

// tongues are the languages a question is written in: its own first, then those of
// the region, and any it already says.
func (v *Visit) tonguesOf(c challenge.Challenge) (all []i18n.Language) {
	add := func(l i18n.Language) {
		if !slices.Contains(all, l) {
			all = append(all, l)
		}
	}
	if l, ok := i18n.ParseLanguage(c.Language); ok {
		add(l)
	}
	for _, l := range v.Edition.Tongues() {
		add(l)
	}
	return all
}

// questionFields puts a question into a form, as it is typed.
func (v *Visit) questionFields(d challenge.Draft) *Form {
	f := v.Blank()
	for lang, t := range d.Texts {
		f.Values.Set("title."+lang, t.Title)
		f.Values.Set("question."+lang, t.Question)
		f.Values.Set("background."+lang, t.Background)
		f.Values.Set("criteria."+lang, strings.Join(t.Criteria, "\n"))
	}
	for field, d := range map[string]workday.Day{"opens": d.Opens, "closes": d.Closes} {
		if d != 0 {
			f.Values.Set(field, d.String())
		}
	}
	f.Values["themes"] = slices.Clone(d.Themes)
	return f
}

// questionDraft reads a question off its form.
func (v *Visit) questionDraft(f *Form, languages []i18n.Language) (challenge.Draft, error) {
	var wrong fault.Many
	d := challenge.Draft{Texts: map[string]challenge.Text{}, Themes: slices.Clone(f.Values["themes"])}
	for _, l := range languages {
		lang := string(l)
		d.Texts[lang] = challenge.Text{Title: f.Get("title." + lang), Question: f.Get("question." + lang), Background: f.Get("background." + lang), Criteria: challenge.Criteria(f.Get("criteria." + lang))}
	}
	for field, into := range map[string]*workday.Day{"opens": &d.Opens, "closes": &d.Closes} {
		day, err := f.day(field)
		wrong = append(wrong, fault.List(err)...)
		*into = day
	}
	return d, wrong.OrNil()
}

func (v *Visit) newQuestion() error {
	d := challenge.Draft{Opens: v.today()}
	if q, ok := v.Edition.Challenge(v.Query("ohjelma")); ok {
		d = challenge.Suggested(v.Edition.Programme, q)
		d.Opens = v.today()
	}
	if word := firstRunes(spark.CleanLine(v.Query("sana")), 60); word != "" {
		d.Texts = map[string]challenge.Text{string(v.Lang): v.wanted(word)}
	}
	return v.showNewQuestion(200, v.questionFields(d))
}

func (v *Visit) showNewQuestion(status int, f *Form) error {
	return v.Render(status, workQuestionPage(v, &questionSheet{State: challenge.Drafted, Form: f, End: v.Blank(), Writes: true, Languages: v.Edition.Tongues()}))
}

func (v *Visit) makeQuestion() error {
	f := v.cleaned()
	d, err := v.questionDraft(f, v.Edition.Tongues())
	var c challenge.Challenge
	if err == nil {
		c, err = v.Challenges.Make(v.R.Context(), v.Region.ID, v.Edition, d)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showNewQuestion(422, f)
	}
	v.Tell(v.T("workchallenge.made"))
	return v.Go(questionsAt + "/" + c.ID.String())
}

// questionAt finds the question of the address.
func (v *Visit) questionAt(ctx context.Context) (challenge.Challenge, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return challenge.Challenge{}, fault.New(fault.NotFound, "challenge.none")
	}
	return challenge.One(ctx, v.DB, v.Region.ID, id)
}

// questionSheet reads a question with a page of its answers.
func (v *Visit) questionSheet(ctx context.Context, c challenge.Challenge) (*questionSheet, error) {
	p := &questionSheet{Challenge: c, State: c.State(v.today()), Writes: v.May(right{Object: office.Challenges, Verb: office.Write}), Languages: v.tonguesOf(c)}
	p.Form = v.questionFields(challenge.Draft{Texts: c.Texts, Opens: c.Opens, Closes: c.Closes, Themes: c.Themes})
	p.End = v.Blank()
	for lang, t := range c.Texts {
		p.End.Values.Set("outcome."+lang, t.Outcome)
	}
	for _, id := range c.Taken {
		p.End.Values.Add("taken", id.String())
	}
	var err error
	if p.After, err = v.idCursor(); err != nil {
		return nil, err
	}
	if p.Answers, err = spark.Answers(ctx, v.DB, v.Region.ID, c.ID, p.After, challenge.MaxTaken+1); err != nil {
		return nil, err
	}
	if len(p.Answers) > challenge.MaxTaken {
		p.Answers = p.Answers[:challenge.MaxTaken]
		p.Next = p.Answers[challenge.MaxTaken-1].ID
	}
	return p, nil
}

// elsewhere are the sparks taken on that are not on this page of the answers: the
// form carries them along.
func (p *questionSheet) elsewhere() (all []string) {
	for _, s := range p.End.Values["taken"] {
		if !slices.ContainsFunc(p.Answers, func(sp spark.Spark) bool { return sp.ID.String() == s }) {
			all = append(all, s)
		}
	}
	return all
}

func (v *Visit) workQuestion() error {
	ctx := v.R.Context()
	c, err := v.questionAt(ctx)
	if err != nil {
		return err
	}
	p, err := v.questionSheet(ctx, c)
	if err != nil {
		return err
	}
	return v.Render(200, workQuestionPage(v, p))
}

// questionAct is the act a form of a question's page stands for.
func (v *Visit) questionAct(c challenge.Challenge, f *Form) challenge.Act {
	a := challenge.Act{Region: v.Region.ID, Challenge: c.ID}
	if n, err := strconv.ParseInt(f.Get("version"), 10, 64); err == nil && n > 0 {
		a.Version = n // a form without its version acts on what there is
	}
	return a
}

// questionVerb runs one form of a question's page. What cannot be taken comes back
// with everything typed.
func (v *Visit) questionVerb(said string, do func(ctx context.Context, a challenge.Act, c challenge.Challenge, f *Form) error, into func(p *questionSheet, f *Form)) error {
	ctx := v.R.Context()
	c, err := v.questionAt(ctx)
	if err != nil {
		return err
	}
	f := v.cleaned()
	if err := do(ctx, v.questionAct(c, f), c, f); err != nil {
		code := fault.CodeOf(err)
		if err := f.Refuse(err); err != nil {
			return err
		}
		if c, err = v.questionAt(ctx); err != nil {
			return err
		}
		p, err := v.questionSheet(ctx, c)
		if err != nil {
			return err
		}
		into(p, f)
		return v.Render(statusOf(code), workQuestionPage(v, p))
	}
	v.Tell(v.T(said))
	return v.Go(questionsAt + "/" + c.ID.String())
}

func ofQuestion(p *questionSheet, f *Form) { p.Form = f }

func ofEnd(p *questionSheet, f *Form) { p.End = f }

func (v *Visit) changeQuestion() error {
	return v.questionVerb("workchallenge.saved", func(ctx context.Context, a challenge.Act, c challenge.Challenge, f *Form) error {
		d, err := v.questionDraft(f, v.tonguesOf(c))
		if err == nil {
			_, err = v.Challenges.Change(ctx, a, v.Edition, d)
		}
		return err
	}, ofQuestion)
}

func (v *Visit) publishQuestion() error {
	return v.questionVerb("workchallenge.published", func(ctx context.Context, a challenge.Act, _ challenge.Challenge, _ *Form) error {
		_, err := v.Challenges.Publish(ctx, a)
		return err
	}, func(p *questionSheet, f *Form) { p.Form.Wrong = f.Wrong })
}

func (v *Visit) closeQuestion() error {
	return v.questionVerb("workchallenge.closed", func(ctx context.Context, a challenge.Act, c challenge.Challenge, f *Form) error {
		end := challenge.Close{Outcome: map[string]string{}}
		for lang := range c.Texts {
			end.Outcome[lang] = f.Get("outcome." + lang)
		}
		for _, s := range f.Values["taken"] {
			id, ok := ident.Parse(s)
			sp, err := spark.ByID(ctx, v.DB, v.Region.ID, id)
			switch {
			case err != nil && !fault.Is(err, fault.NotFound):
				return err
			case !ok || err != nil || sp.Challenge != c.ID:
				return fault.New(fault.Invalid, "challenge.taken.other").On("taken")
			}
			end.Taken = append(end.Taken, id)
		}
		_, err := v.Challenges.Close(ctx, a, end)
		return err
	}, ofEnd)
}

func (v *Visit) withdrawQuestion() error {
	ctx := v.R.Context()
	c, err := v.questionAt(ctx)
	if err != nil {
		return err
	}
	if err := v.Challenges.Withdraw(ctx, v.questionAct(c, v.Form())); err != nil {
		return err
	}
	v.Tell(v.T("workchallenge.withdrawn"))
	return v.Go(questionsAt)
}

// relatable are the questions a spark can be tied to: those open, the latest past
// ones, and the one it answers now.
func (v *Visit) relatable(ctx context.Context, sp spark.Spark) ([]challenge.Challenge, error) {
	all, err := v.openQuestions(ctx, questionsMost)
	if err != nil {
		return nil, err
	}
	past, _, err := challenge.Past(ctx, v.DB, v.Region.ID, v.today(), "", questionsPage)
	if err != nil {
		return nil, err
	}
	all = append(all, past...)
	if sp.Challenge != 0 && !slices.ContainsFunc(all, func(c challenge.Challenge) bool { return c.ID == sp.Challenge }) {
		c, err := challenge.One(ctx, v.DB, v.Region.ID, sp.Challenge)
		if err == nil {
			all = append(all, c)
		} else if !fault.Is(err, fault.NotFound) {
			return nil, err
		}
	}
	return all, nil
}

func (v *Visit) doRelate(a spark.Act, f *Form) (spark.Spark, error) {
	id := ident.ID(0)
	if s := f.Get("challenge"); s != "" {
		var ok bool
		if id, ok = ident.Parse(s); !ok {
			return spark.Spark{}, fault.New(fault.Invalid, "challenge.none").On("challenge")
		}
	}
	return v.Sparks.Relate(v.R.Context(), a, id)
}

// languageNames are what languages are called in the reader's own.
func (v *Visit) languageNames(all []string) (names []string) {
	for _, l := range all {
		names = append(names, v.languageName(l))
	}
	return names
}
