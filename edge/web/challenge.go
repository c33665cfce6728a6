package web

import (
	"context"
	"net/http"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
)

// Open questions as everybody sees them: which there are, and each with the
// sparks that answer it.

func challengeRoutes() []route {
	return []route{
		{pattern: "GET /kysymykset", plain: true, knows: true, ready: true, query: []string{"sivu"}, do: (*Visit).questions},
		{pattern: "GET /kysymys/{id}", plain: true, knows: true, ready: true, query: []string{"sivu"}, do: (*Visit).question},
	}
}

const (
	questionsFront = 3  // on the front page
	questionsMost  = 50 // open at once; more are not offered anywhere
	questionsPage  = 20 // past ones on a page
)

// openQuestions are those a spark may answer today.
func (v *Visit) openQuestions(ctx context.Context, most int) ([]challenge.Challenge, error) {
	return challenge.OpenOn(ctx, v.DB, v.Region.ID, v.today(), most)
}

// asked is an open question in a list, with how many sparks answer it.
type asked struct {
	challenge.Challenge
	Answers int
}

func (v *Visit) counted(ctx context.Context, list []challenge.Challenge) ([]asked, error) {
	if len(list) == 0 {
		return nil, nil
	}
	ids := make([]ident.ID, len(list))
	for i, c := range list {
		ids[i] = c.ID
	}
	n, err := spark.CountAnswers(ctx, v.DB, v.Region.ID, ids...)
	all := make([]asked, len(list))
	for i, c := range list {
		all[i] = asked{c, n[c.ID]}
	}
	return all, err
}

// questionsView is the page of all questions.
type questionsView struct {
	Open, Coming, Past []asked
	Later              bool // not the first page of past ones
	Next               string
}

func (v *Visit) questions() error {
	ctx, today := v.R.Context(), v.today()
	view := questionsView{Later: v.Query("sivu") != ""}
	for _, part := range []struct {
		into *[]asked
		read func() ([]challenge.Challenge, error)
	}{
		{&view.Open, func() ([]challenge.Challenge, error) { return v.openQuestions(ctx, questionsMost) }},
		{&view.Coming, func() ([]challenge.Challenge, error) {
			return challenge.ComingOn(ctx, v.DB, v.Region.ID, today, questionsMost)
		}},
		{&view.Past, func() (list []challenge.Challenge, err error) {
			list, view.Next, err = challenge.Past(ctx, v.DB, v.Region.ID, today, v.Query("sivu"), questionsPage)
			return list, err
		}},
	} {
		if view.Later && part.into != &view.Past {
			continue
		}
		list, err := part.read()
		if err != nil {
			return err
		}
		if *part.into, err = v.counted(ctx, list); err != nil {
			return err
		}
	}
	return v.Render(http.StatusOK, questionsList(v, view))
}

// questionView is one question with a page of the sparks that answer it.
type questionView struct {
	asked
	State challenge.State
	Taken []spark.Spark // the listed ones of those taken on
	Items []item
	Later bool
	Next  string
}

func (v *Visit) question() error {
	ctx := v.R.Context()
	c, err := v.seenQuestion(ctx, v.R.PathValue("id"))
	if err != nil {
		return err
	}
	list, err := v.counted(ctx, []challenge.Challenge{c})
	if err != nil {
		return err
	}
	view := questionView{asked: list[0], State: c.State(v.today()), Later: v.Query("sivu") != ""}
	sparks, next, err := spark.List(ctx, v.DB, v.Region.ID, spark.Filter{Challenge: c.ID, After: v.Query("sivu")})
	if err != nil {
		return err
	}
	view.Next = next
	for _, sp := range sparks {
		view.Items = append(view.Items, item{sp, ""})
	}
	if view.Taken, err = v.takenOn(ctx, c); err != nil {
		return err
	}
	title, _ := v.questionTitle(c)
	v.tells(v.questionSource(c.ID, title))
	return v.Render(http.StatusOK, questionPage(v, view))
}

// seenQuestion finds a question everybody may see; a NotFound fault for any other.
func (v *Visit) seenQuestion(ctx context.Context, id string) (challenge.Challenge, error) {
	n, ok := ident.Parse(id)
	if !ok {
		return challenge.Challenge{}, fault.New(fault.NotFound, "challenge.none")
	}
	c, err := challenge.One(ctx, v.DB, v.Region.ID, n)
	if err == nil && !c.Seen() {
		err = fault.New(fault.NotFound, "challenge.none")
	}
	return c, err
}

// takenOn are the sparks a question led to, as far as everybody may see them and
// as long as they answer it; of one that was joined to another, that other.
func (v *Visit) takenOn(ctx context.Context, c challenge.Challenge) (all []spark.Spark, err error) {
	for _, id := range c.Taken {
		sp, err := spark.ByID(ctx, v.DB, v.Region.ID, id)
		if err == nil && sp.MergedInto != 0 {
			sp, err = spark.ByID(ctx, v.DB, v.Region.ID, sp.MergedInto)
		}
		switch {
		case fault.Is(err, fault.NotFound):
		case err != nil:
			return nil, err
		case sp.Listed && sp.Challenge == c.ID && !slices.ContainsFunc(all, func(o spark.Spark) bool { return o.ID == sp.ID }):
			all = append(all, sp)
		}
	}
	return all, nil
}

// answering is what the form of a drop knows of open questions.
type answering struct {
	Open   []challenge.Challenge // those a spark may answer today
	Asked  *challenge.Challenge  // the one chosen
	Missed *challenge.Challenge  // one asked for that is no longer, or not yet, open
}

// answering reads the question a form names. One that is not open is told of, and
// taken out of the form: the spark will be an ordinary one.
func (v *Visit) answering(f *Form) (a answering, err error) {
	ctx := v.R.Context()
	if a.Open, err = v.openQuestions(ctx, questionsMost); err != nil {
		return a, err
	}
	id, ok := ident.Parse(f.Get("challenge"))
	if !ok {
		f.Values.Del("challenge")
		return a, nil
	}
	for i := range a.Open {
		if a.Open[i].ID == id {
			a.Asked = &a.Open[i]
			return a, nil
		}
	}
	f.Values.Del("challenge")
	c, err := v.seenQuestion(ctx, id.String())
	if fault.Is(err, fault.NotFound) {
		return a, nil
	}
	a.Missed = &c
	return a, err
}

// questionsNamed are the questions a spark and the beats of its story name, as far
// as everybody may see them.
func (v *Visit) questionsNamed(ctx context.Context, sp spark.Spark, beats []story.Beat) (map[ident.ID]challenge.Challenge, error) {
	var ids []ident.ID
	if sp.Challenge != 0 {
		ids = append(ids, sp.Challenge)
	}
	for _, b := range beats {
		if b.Type == story.Questioned {
			for _, s := range []string{b.Facts.From, b.Facts.To} {
				if id, ok := ident.Parse(s); ok {
					ids = append(ids, id)
				}
			}
		}
	}
	if len(ids) == 0 {
		return nil, nil
	}
	return challenge.ByID(ctx, v.DB, v.Region.ID, ids...)
}

// questionDays says in plain words until when a question is open, or since when it
// is not.
func (v *Visit) questionDays(c challenge.Challenge) string {
	today := v.today()
	switch c.State(today) {
	case challenge.Coming:
		return v.T("challenge.coming", "day", v.onDay(c.Opens))
	case challenge.Open:
		if c.Closes == today {
			return v.T("challenge.last_day")
		}
		return v.N("challenge.open", int(c.Closes-today), "day", v.onDay(c.Closes))
	case challenge.Over, challenge.Closed:
		return v.T("challenge.ended", "day", v.onDay(c.Closes))
	}
	return ""
}

// questionTitle is what a question is called in the reader's language, and in
// which language that is.
func (v *Visit) questionTitle(c challenge.Challenge) (title, in string) {
	t, in := c.In(string(v.Lang))
	return t.Title, in
}

// languageIn names the language a text is in, as a sentence of the page's: "ruotsiksi".
func (v *Visit) languageIn(lang string) string { return v.T("challenge.in." + lang) }
