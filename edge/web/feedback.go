package web

import (
	"cmp"
	"net/http"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/region/audit"
	"kokko/region/feedback"
	"kokko/region/office"
)

// Feedback on accessibility: anybody gives it, gets a receipt with the law's day,
// and the office answers from a queue.

const feedbackAt = "/toimisto/palaute"

func feedbackRoutes() []route {
	desk := func(pattern string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: verb, object: office.Feedback, do: do}
	}
	return []route{
		{pattern: "GET /palaute", plain: true, do: (*Visit).feedbackForm},
		{pattern: "POST /palaute", plain: true, limit: 5, do: (*Visit).giveFeedback},
		{pattern: "GET /palaute/poistettu", plain: true, do: (*Visit).feedbackGone},
		{pattern: "GET /palaute/{salaisuus}", plain: true, do: (*Visit).feedbackReceipt},
		{pattern: "POST /palaute/{salaisuus}/poisto", plain: true, limit: 20, do: (*Visit).withdrawFeedback},
		desk("GET "+feedbackAt, office.Read, (*Visit).feedbackQueue),
		desk("GET "+feedbackAt+"/{id}", office.Read, (*Visit).feedbackOne),
		desk("POST "+feedbackAt+"/{id}/vastaa", office.Write, (*Visit).answerFeedback),
		desk("POST "+feedbackAt+"/{id}/hoidettu", office.Write, (*Visit).handleFeedback),
		desk("POST "+feedbackAt+"/{id}/poista", office.Write, (*Visit).eraseFeedback),
	}
}

// feedbackForm may come with the page it is about, as a path of this site.
func (v *Visit) feedbackForm() error {
	f := v.Blank("once", ident.Secret())
	if page := office.Line(v.Query("sivu")); strings.HasPrefix(page, "/") {
		f.Values.Set("page", firstRunes(page, feedback.MaxPage))
	}
	return v.Render(http.StatusOK, feedbackPage(v, f))
}

// giveFeedback tells whoever filled in the field that nobody sees; most likely it
// is a machine, and nothing typed is lost when it is not.
func (v *Visit) giveFeedback() error {
	f := v.cleaned()
	once := f.Get("once")
	if len(once) != len(ident.Secret()) {
		once = ident.Secret()
	}
	f.Values.Set("once", once)
	if f.Get(trapField) != "" {
		f.Values.Del(trapField)
		f.Wrong = fault.Many{fault.New(fault.Invalid, "feedback.trap")}
		return v.Render(http.StatusUnprocessableEntity, feedbackPage(v, f))
	}
	r, err := v.Feedback.Give(v.R.Context(), v.Region.ID, feedback.Given{Page: f.Get("page"), Words: f.Get("words"), Email: f.Get("email"), Language: string(v.Set())}, once)
	if err != nil {
		status := statusOf(fault.CodeOf(err))
		if f.Refuse(err) != nil { // a fault of ours: what was typed is shown all the same
			f.Wrong = append(f.Wrong, fault.List(err)...)
			v.Log.Error("feedback not taken in", "error", err.Error())
		}
		return v.Render(status, feedbackPage(v, f))
	}
	return v.Go("/palaute/" + r.Secret)
}

// linkedFeedback is what the address's secret opens.
func (v *Visit) linkedFeedback() (feedback.Feedback, error) {
	fb, err := feedback.Linked(v.R.Context(), v.DB, v.Region.ID, v.R.PathValue("salaisuus"))
	if fault.Is(err, fault.Gone) && !v.limits.Allow("wrong links", v.R, wrongLinks) {
		err = fault.New(fault.TooMany, "page.too_many")
	}
	return fb, err
}

// feedbackReceipt is the giver's page: the day, what came of it, and the way to
// have it erased.
func (v *Visit) feedbackReceipt() error {
	fb, err := v.linkedFeedback()
	if err != nil {
		return err
	}
	set, err := v.settings()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, feedbackReceiptPage(v, fb, v.R.PathValue("salaisuus"), supervisorOf(set)))
}

func (v *Visit) withdrawFeedback() error {
	if _, err := v.linkedFeedback(); err != nil {
		return err
	}
	if err := v.Feedback.Withdraw(v.R.Context(), v.Region.ID, v.R.PathValue("salaisuus")); err != nil {
		return err
	}
	return v.Go("/palaute/poistettu")
}

func (v *Visit) feedbackGone() error { return v.Render(http.StatusOK, feedbackGonePage(v)) }

// ---- the office's queue ----

const feedbackShows = 100 // of what waits

// feedbackView is the queue with what was answered below it.
type feedbackView struct {
	Open        []feedback.Feedback
	Done        []feedback.Feedback
	Waiting     feedback.Waiting
	After, Next ident.ID
}

func (v *Visit) feedbackQueue() (err error) {
	ctx, view := v.R.Context(), feedbackView{}
	if view.After, err = v.idCursor(); err != nil {
		return err
	}
	if view.Waiting, err = feedback.Count(ctx, v.DB, v.Region.ID, v.today()); err != nil {
		return err
	}
	if view.Open, err = feedback.Queue(ctx, v.DB, v.Region.ID, feedbackShows); err != nil {
		return err
	}
	if view.Done, err = feedback.Done(ctx, v.DB, v.Region.ID, view.After, perPage+1); err != nil {
		return err
	}
	view.Done, view.Next = page(view.Done, func(f feedback.Feedback) ident.ID { return f.ID })
	return v.Render(http.StatusOK, feedbackQueuePage(v, view))
}

// feedbackWaiting is how much waits, for those who may see it.
func (v *Visit) feedbackWaiting() (feedback.Waiting, error) {
	if !v.May(right{Object: office.Feedback, Verb: office.Read}) {
		return feedback.Waiting{}, nil
	}
	return feedback.Count(v.R.Context(), v.DB, v.Region.ID, v.today())
}

// readIn is what the giver reads, plain Finnish among it.
func readIn(f feedback.Feedback) i18n.Language {
	if l, ok := i18n.ParseSet(f.Language); ok {
		return l
	}
	return i18n.Finnish
}

// feedbackDue is how things stand with the law's day, in words and as a colour.
func (v *Visit) feedbackDue(f feedback.Feedback) (words, urgency string) {
	const soon = 4 // days: a weekend and a day to look into it
	switch left := int(f.Due - v.today()); {
	case f.State != feedback.Open:
		return v.T("workfeedback.state." + string(f.State)), "done"
	case left < 0:
		return v.N("workfeedback.late_by", -left), "late"
	case left <= soon:
		return v.onDay(f.Due), "soon"
	}
	return v.Day(f.Due), "ok"
}

// feedbackSheet is one piece of feedback on the office's table.
type feedbackSheet struct {
	feedback.Feedback
	By     string // who answered
	Writes bool
	forms  map[string]*Form
}

func (s feedbackSheet) form(v *Visit, name string) *Form {
	return cmp.Or(s.forms[name], v.Blank())
}

func (v *Visit) feedbackAt() (feedback.Feedback, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return feedback.Feedback{}, fault.New(fault.NotFound, "feedback.none")
	}
	return feedback.One(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) feedbackOne() error {
	fb, err := v.feedbackAt()
	if err != nil {
		return err
	}
	return v.showFeedback(http.StatusOK, fb, nil)
}

func (v *Visit) showFeedback(status int, fb feedback.Feedback, forms map[string]*Form) error {
	ctx := v.R.Context()
	s := feedbackSheet{Feedback: fb, Writes: v.May(right{Object: office.Feedback, Verb: office.Write}), forms: forms}
	if fb.Officer != 0 {
		o, err := office.ByID(ctx, v.DB, v.Region.ID, fb.Officer)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		s.By = o.Name
	}
	if fb.Email != "" {
		if err := v.Office.Looked(ctx, v.Region.ID, audit.FeedbackRead, audit.About{Thing: audit.Feedback, Key: fb.Code}); err != nil {
			return err
		}
	}
	return v.Render(status, feedbackSheetPage(v, s))
}

// doFeedback runs one form of the page; what cannot be taken comes back as typed.
func (v *Visit) doFeedback(name string, do func(fb feedback.Feedback, f *Form) error) error {
	fb, err := v.feedbackAt()
	if err != nil {
		return err
	}
	f := v.Form()
	if err := do(fb, f); err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under(name)
		if fb, err = v.feedbackAt(); err != nil { // somebody may have been quicker
			return err
		}
		return v.showFeedback(status, fb, map[string]*Form{name: f})
	}
	v.Tell(v.T("workfeedback.did."+name, "code", fb.Code))
	return v.Go(feedbackAt)
}

func (v *Visit) answerFeedback() error {
	return v.doFeedback("vastaa", func(fb feedback.Feedback, f *Form) error {
		_, err := v.Feedback.Answer(v.R.Context(), v.Region.ID, fb.ID, v.Officer.ID, f.Get("words"))
		return err
	})
}

func (v *Visit) handleFeedback() error {
	return v.doFeedback("hoidettu", func(fb feedback.Feedback, f *Form) error {
		_, err := v.Feedback.Handle(v.R.Context(), v.Region.ID, fb.ID, v.Officer.ID, f.Get("note"))
		return err
	})
}

func (v *Visit) eraseFeedback() error {
	return v.doFeedback("poista", func(fb feedback.Feedback, f *Form) error {
		if f.Get("confirm") == "" {
			return fault.New(fault.Invalid, "confirm.missing").On("confirm")
		}
		return v.Feedback.Erase(v.R.Context(), v.Region.ID, fb.ID)
	})
}
