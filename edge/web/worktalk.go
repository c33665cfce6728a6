package web

import (
	"context"
	"net/http"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/trust"
)

// The talk beneath a spark on the office's page: what waits for a look, what is said
// in public, and the office's own word in it.

func workTalkRoutes() []route {
	return []route{
		{pattern: "POST /toimisto/kipina/{koodi}/puhe", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).officeSays},
		{pattern: "POST /toimisto/kipina/{koodi}/puhe/{id}", access: staff, verb: office.Write, object: office.Moderation, do: (*Visit).decideComment},
	}
}

// workTalk is the talk on a spark's office page.
type workTalk struct {
	comment.Talk
	Rows   []workSaid
	Before ident.ID
	Next   ident.ID
	Open   []uttered
	Offers offersView
	Form   *Form    // the office's own word
	On     ident.ID // the comment whose form was refused
	Decide *Form    // that form
}

// workSaid is one comment as the office reads it.
type workSaid struct {
	uttered
	Told    []comment.Report
	Decider string // who decided on it
}

// workTalk reads the talk beneath a spark as the officer may see it: what everybody
// reads, and for who looks after moderation what waits too.
func (v *Visit) workTalk(ctx context.Context, p *sheet) (t workTalk, err error) {
	matter, err := v.officeMatter(ctx, p.Spark)
	if err != nil {
		return t, err
	}
	if t.Talk, matter, err = comment.Together(ctx, v.DB, v.Region.ID, matter...); err != nil {
		return t, err
	}
	t.Form = v.Blank()
	if given := v.Query("puheita"); given != "" {
		t.Before, _ = ident.Parse(given)
	}
	all, err := comment.Here(ctx, v.DB, v.Region.ID, matter, t.Before, comment.Page+1)
	if err != nil {
		return t, err
	}
	if len(all) > comment.Page {
		all = all[:comment.Page]
		t.Next = all[comment.Page-1].ID
	}
	open, err := comment.Open(ctx, v.DB, v.Region.ID, matter, comment.OpenShown)
	if err != nil {
		return t, err
	}
	say, err := v.sayers(ctx, slices.Concat(all, open))
	if err != nil {
		return t, err
	}
	for _, c := range all {
		if !p.Mod.Reads && c.State != comment.Shown {
			continue
		}
		row := workSaid{uttered: say(c, 0), Decider: p.officers[c.Officer].Name}
		if p.Mod.Reads && c.Reports > 0 {
			if row.Told, err = comment.Reports(ctx, v.DB, c, reportsShown); err != nil {
				return t, err
			}
		}
		t.Rows = append(t.Rows, row)
	}
	for _, c := range open {
		t.Open = append(t.Open, say(c, 0))
	}
	if p.Reach {
		if t.Offers, err = v.offersOf(matter, matter); err != nil || len(t.Offers.Known) == 0 {
			return t, err
		}
		err = v.Office.Looked(ctx, v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: p.Code})
	}
	return t, err
}

// officeMatter is the sparks whose talk the office reads on one page: a spark with all
// that are joined to it.
func (v *Visit) officeMatter(ctx context.Context, sp spark.Spark) ([]ident.ID, error) {
	joined, err := spark.Joined(ctx, v.DB, v.Region.ID, sp.ID)
	ids := []ident.ID{sp.ID}
	for _, m := range joined[sp.ID] {
		ids = append(ids, m.ID)
	}
	return ids, err
}

// form is the decision's form of one comment.
func (t workTalk) form(v *Visit, id ident.ID) *Form {
	if t.On == id && t.Decide != nil {
		return t.Decide
	}
	return v.Blank()
}

// showTalk shows the office's page with one of the talk's forms as it was refused.
func (v *Visit) showTalk(s spark.Spark, status int, f *Form, on ident.ID) error {
	p, err := v.sheet(v.R.Context(), s, "")
	if err != nil {
		return err
	}
	if on == 0 {
		p.Talk.Form = f
	} else {
		p.Talk.On, p.Talk.Decide = on, f
	}
	p.forms["puhe"] = f
	return v.Render(status, workSparkPage(v, p))
}

func (v *Visit) officeSays() error {
	ctx := v.R.Context()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	f := v.cleaned()
	d := v.draftSaid(f)
	d.Name, d.Language = "", s.Language
	err = v.unnamed(spark.Act{Region: v.Region.ID, Spark: s.ID}, true, "words", d.Words)
	if err == nil {
		err = v.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			_, err := v.Comments.Write(ctx, tx, v.Region.ID, s.ID, comment.Author{Kind: comment.Officer, ID: v.Officer.ID}, d, trust.Sender{})
			return err
		})
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("puhe")
		return v.showTalk(s, http.StatusUnprocessableEntity, f, 0)
	}
	v.Tell(v.T("worktalk.said"))
	return v.Go("/toimisto/kipina/" + s.Code + "#puhe")
}

func (v *Visit) decideComment() error {
	ctx := v.R.Context()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "comment.none")
	}
	matter, err := v.officeMatter(ctx, s)
	if err != nil {
		return err
	}
	c, err := comment.OneOf(ctx, v.DB, v.Region.ID, id, matter...)
	if err != nil {
		return err
	}
	f := v.cleaned()
	_, err = v.Comments.Decide(ctx, comment.Deed{Region: v.Region.ID, Spark: c.Spark, Comment: id, Officer: *v.Officer, Seen: f.Get("seen"), Do: comment.Decision(f.Get("do")), Reason: f.Get("reason")})
	if err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("puhe" + id.String())
		return v.showTalk(s, status, f, id)
	}
	v.Tell(v.T("worktalk.done"))
	if f.Get("jono") != "" {
		return v.Go(holdAt + "#puheenvuorot")
	}
	return v.Go("/toimisto/kipina/" + s.Code + "#puhe")
}

// queuedComment is a comment of the hold queue, with its spark.
type queuedComment struct {
	uttered
	Code, Title, Language string
}

// queuedComments is what of the talks waits for a look, the longest waiting first.
func (v *Visit) queuedComments(ctx context.Context) (rows []queuedComment, err error) {
	all, err := comment.Waiting(ctx, v.DB, v.Region.ID, 0, pileAll)
	if err != nil {
		return nil, err
	}
	ids := make([]ident.ID, len(all))
	for i, c := range all {
		ids[i] = c.Spark
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return nil, err
	}
	for _, c := range all {
		sp := sparks[c.Spark]
		say, err := v.sayers(ctx, []comment.Comment{c})
		if err != nil {
			return nil, err
		}
		rows = append(rows, queuedComment{say(c, 0), sp.Code, sp.Title, sp.Language})
	}
	return rows, nil
}
