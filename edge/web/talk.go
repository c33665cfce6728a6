package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/trust"
)

// What people say beneath a spark, as everybody reads it and as a person with a
// confirmed address writes it.

func talkRoutes() []route {
	return []route{
		{pattern: "POST /kipina/{koodi}/kommentti", plain: true, knows: true, limit: 10, do: (*Visit).say},
		{pattern: "GET /kipina/{koodi}/kommentti/{id}", do: (*Visit).commentAt},
		{pattern: "GET /kipina/{koodi}/kommentti/{id}/muokkaus", do: (*Visit).toOwnComment},
		{pattern: "GET /kipina/{koodi}/kommentti/{id}/ilmoita", do: (*Visit).commentReportForm},
		{pattern: "POST /kipina/{koodi}/kommentti/{id}/ilmoita", limit: 6, do: (*Visit).commentReport},
		{pattern: "GET /minun/{salaisuus}/kommentti/{id}", do: mended((*Visit).personMends)},
		{pattern: "POST /minun/{salaisuus}/kommentti/{id}", limit: 20, do: mending((*Visit).personMends)},
		{pattern: "POST /minun/{salaisuus}/kommentti/{id}/poisto", limit: 20, do: unsaying((*Visit).personMends)},
		{pattern: "POST /oma/{salaisuus}/kommentti", plain: true, limit: 20, do: own((*Visit).ownSay)},
		{pattern: "GET /oma/{salaisuus}/kommentti/{id}", do: mended((*Visit).bringerMends)},
		{pattern: "POST /oma/{salaisuus}/kommentti/{id}", limit: 20, do: mending((*Visit).bringerMends)},
		{pattern: "POST /oma/{salaisuus}/kommentti/{id}/poisto", limit: 20, do: unsaying((*Visit).bringerMends)},
		{pattern: "POST /oma/{salaisuus}/kuulen", plain: true, limit: 20, do: own((*Visit).ownHears)},
	}
}

// uttered is one comment as a page tells it.
type uttered struct {
	comment.Comment
	By   string
	Mine bool // of whom this browser remembers
}

// anchor is a comment's own place on the page.
func (s uttered) anchor() string { return "c-" + s.ID.String() }

// talkView is the talk beneath a spark as everybody reads it.
type talkView struct {
	comment.Talk
	Spark spark.Spark
	Order comment.Order
	List  []uttered
	Later bool // not from the talk's beginning
	Next  ident.ID
	Open  []uttered // questions to the bringer that stand open
	Form  *Form
	Known bool // this browser remembers somebody
	Email string
	Warm  *comment.Warmth // theirs
	Done  string
}

// path is the talk's page with something chosen.
func (t talkView) path(order comment.Order, at ident.ID) string {
	path, join := "/kipina/"+t.Spark.Code, "?"
	if order == comment.Newest {
		path, join = path+join+"puhe=uusimmat", "&"
	}
	if at != 0 {
		path += join + "alkaen=" + at.String()
	}
	return path + "#puhe"
}

// talk reads the talk beneath a spark that everybody may see.
func (v *Visit) talk(sp spark.Spark, f *Form) (t talkView, err error) {
	ctx := v.R.Context()
	t = talkView{Spark: sp, Order: comment.Oldest, Form: f, Done: oneOf(v.Query("tehty"), "puhe", "puhe-odottaa", "minakin", "minakin-pois")}
	if v.Query("puhe") == "uusimmat" {
		t.Order = comment.Newest
	}
	at, err := v.before("alkaen")
	if err != nil {
		return t, err
	}
	t.Later = v.Query("alkaen") != ""
	matter, err := v.talkedWith(sp)
	if err != nil {
		return t, err
	}
	var with []ident.ID
	if t.Talk, with, err = comment.Together(ctx, v.DB, v.Region.ID, matter...); err != nil {
		return t, err
	}
	who, known, err := v.someone()
	if err != nil {
		return t, err
	}
	if t.Known, t.Email = known, who.Email; known {
		if t.Warm, err = v.warmthIn(who, with); err != nil {
			return t, err
		}
	}
	list, next, err := comment.Of(ctx, v.DB, v.Region.ID, with, t.Order, at)
	if err != nil {
		return t, err
	}
	t.Next = next
	var open []comment.Comment
	if t.Questions > 0 {
		if open, err = comment.Open(ctx, v.DB, v.Region.ID, with, comment.OpenShown); err != nil {
			return t, err
		}
	}
	say, err := v.sayers(ctx, slices.Concat(list, open))
	if err != nil {
		return t, err
	}
	for _, c := range list {
		t.List = append(t.List, say(c, who.ID))
	}
	for _, c := range open {
		t.Open = append(t.Open, say(c, who.ID))
	}
	return t, nil
}

// talkedWith is the sparks whose talk is one on a spark's page: itself, and what of those
// joined to it everybody may read.
func (v *Visit) talkedWith(sp spark.Spark) ([]ident.ID, error) {
	if !sp.Listed {
		return []ident.ID{sp.ID}, nil
	}
	with, err := spark.ReadWith(v.R.Context(), v.DB, v.Region.ID, sp.ID)
	return append([]ident.ID{sp.ID}, with[sp.ID]...), err
}

// sayers tells by what name each of some comments was said: as its author chose, and a
// bringer as they let it be known now.
func (v *Visit) sayers(ctx context.Context, all []comment.Comment) (func(c comment.Comment, reader ident.ID) uttered, error) {
	d, err := v.desk(ctx)
	if err != nil {
		return nil, err
	}
	var brought []ident.ID
	for _, c := range all {
		if c.Kind == comment.Bringer && !slices.Contains(brought, c.Spark) {
			brought = append(brought, c.Spark)
		}
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, brought...)
	if err != nil {
		return nil, err
	}
	names, err := v.publicNames(ctx, sparks)
	if err != nil {
		return nil, err
	}
	return func(c comment.Comment, reader ident.ID) uttered {
		s := uttered{Comment: c, Mine: reader != 0 && c.Mine(comment.Author{Kind: comment.Person, ID: reader})}
		switch c.Kind {
		case comment.Bringer:
			s.By = v.T("talk.who.bringer")
			if name := names[c.Spark]; name != "" {
				s.By = v.T("talk.who.bringer_named", "name", name)
			}
		case comment.Officer:
			s.By = v.T("talk.who.office", "name", cmp.Or(d.officers[c.Author].Name, v.T("spark.who.office")))
		default:
			s.By = cmp.Or(c.Name, v.T("talk.who.person"))
		}
		return s
	}, nil
}

// sayData is what a person who is to confirm their address wants to say. How the form
// came is kept with it: it is weighed when the address is confirmed.
type sayData struct {
	Spark ident.ID      `json:"spark"`
	Code  string        `json:"code"`
	Draft comment.Draft `json:"draft"`
	Form  trust.Form    `json:"form"`
}

func (v *Visit) draftSaid(f *Form) comment.Draft {
	settles, _ := ident.Parse(f.Get("vastaa"))
	return comment.Draft{Words: f.Get("words"), Name: f.Get("name"), Language: string(v.Lang), Question: f.Get("question") != "", Settles: settles}
}

// say takes in what a person says, or asks them to confirm their address first.
func (v *Visit) say() error {
	sp, err := v.seen(v.R.PathValue("koodi"))
	if err != nil {
		return err
	}
	if !sp.Listed {
		return fault.New(fault.NotFound, "spark.none")
	}
	f := v.cleaned()
	d := v.draftSaid(f)
	wrong := d.Check()
	if refused, err := v.asPerson(f, wrong, "comment", sayData{sp.ID, sp.Code, d, v.sender(f).Form}); err != nil || !refused {
		return err
	}
	view, err := v.sparkViewOf(sp, f)
	if err != nil {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, sparkPage(v, view))
}

func (v *Visit) sayWords(data json.RawMessage) (string, error) {
	var d sayData
	err := json.Unmarshal(data, &d)
	return v.T("talk.want.comment", "code", d.Code), err
}

func (v *Visit) putComment(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d sayData
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	sender := trust.Sender{Network: v.limits.Network(v.R), Form: d.Form}
	var err error
	v.saying, err = v.Comments.Write(ctx, tx, v.Region.ID, d.Spark, comment.Author{Kind: comment.Person, ID: a.ID, Email: a.Email}, d.Draft, sender)
	return err
}

func (v *Visit) backToTalk(data json.RawMessage) string {
	var d sayData
	if err := json.Unmarshal(data, &d); err != nil {
		return ""
	}
	if v.saying.State == comment.Held {
		return "/kipina/" + d.Code + "?tehty=puhe-odottaa#puhe"
	}
	return "/kipina/" + d.Code + "?tehty=puhe&alkaen=" + v.saying.ID.String() + "#puhe"
}

// placed finds a comment of the address that everybody may read.
func (v *Visit) placed() (sp spark.Spark, c comment.Comment, err error) {
	if sp, err = v.seen(v.R.PathValue("koodi")); err != nil {
		return sp, c, err
	}
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return sp, c, fault.New(fault.NotFound, "comment.none")
	}
	matter, err := v.talkedWith(sp)
	if err != nil {
		return sp, c, err
	}
	c, err = comment.OneOf(v.R.Context(), v.DB, v.Region.ID, id, matter...)
	if fault.Is(err, fault.NotFound) {
		sp, c, err = v.elsewhere(sp, id)
	}
	if err == nil && !c.Placed {
		err = fault.New(fault.NotFound, "comment.none")
	}
	return sp, c, err
}

// elsewhere finds a comment where a spark's matter was, or is, carried on: a question
// may have been answered there.
func (v *Visit) elsewhere(sp spark.Spark, id ident.ID) (spark.Spark, comment.Comment, error) {
	past, err := spark.Mergings(v.R.Context(), v.DB, v.Region.ID, sp.ID)
	if err != nil {
		return sp, comment.Comment{}, err
	}
	var roots []ident.ID
	for _, m := range past {
		roots = append(roots, m.Into)
	}
	c, err := comment.OneOf(v.R.Context(), v.DB, v.Region.ID, id, roots...)
	if err != nil {
		return sp, c, err
	}
	there, err := spark.ByID(v.R.Context(), v.DB, v.Region.ID, c.Spark)
	if err == nil && !there.HasPage() {
		return sp, comment.Comment{}, fault.New(fault.NotFound, "comment.none")
	}
	return there, c, err
}

// commentAt leads to where a comment stands in its talk.
func (v *Visit) commentAt() error {
	sp, c, err := v.placed()
	if fault.Is(err, fault.NotFound) && c.Beat != 0 { // the story tells of it, and it is read no more
		return v.Go("/kipina/" + sp.Code + "#puhe")
	}
	if err != nil {
		return err
	}
	return v.Go("/kipina/" + sp.Code + "?alkaen=" + c.ID.String() + "#" + uttered{Comment: c}.anchor())
}

// toOwnComment leads whom this browser remembers to where they change their own words.
func (v *Visit) toOwnComment() error {
	_, c, err := v.placed()
	if err != nil {
		return err
	}
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	if !known || !c.Mine(comment.Author{Kind: comment.Person, ID: a.ID}) {
		return v.Go("/minun")
	}
	secret, err := v.ownLink(a)
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "/kommentti/" + c.ID.String())
}

// mender is somebody at a comment of their own.
type mender struct {
	comment.Comment
	Author comment.Author
	Spark  spark.Spark
	At     string // the comment's own address
	Back   string
}

// personMends opens a comment of the person whose own page it is.
func (v *Visit) personMends() (m mender, err error) {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return m, err
	}
	m.Author = comment.Author{Kind: comment.Person, ID: a.ID, Email: a.Email}
	m.Back = "/minun/" + secret
	return m, v.mendable(&m, 0)
}

// bringerMends opens a comment of the bringer whose private link it is.
func (v *Visit) bringerMends() (m mender, err error) {
	err = own(func(v *Visit, o mine) error {
		m.Author = comment.Author{Kind: comment.Bringer, ID: o.Bringer.ID, Email: o.Bringer.Email}
		m.Back = o.path("")
		return v.mendable(&m, o.Spark.ID)
	})(v)
	return m, err
}

// mendable finds the comment of the address among the author's own; in is the spark it
// must be of, 0 for any.
func (v *Visit) mendable(m *mender, in ident.ID) error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "comment.none")
	}
	all, err := comment.By(v.R.Context(), v.DB, v.Region.ID, m.Author, id+1, 1)
	if err != nil {
		return err
	}
	if len(all) == 0 || all[0].ID != id || all[0].State == comment.Withdrawn || in != 0 && all[0].Spark != in {
		return fault.New(fault.NotFound, "comment.none")
	}
	m.Comment, m.At = all[0], m.Back+"/kommentti/"+id.String()
	m.Spark, err = spark.ByID(v.R.Context(), v.DB, v.Region.ID, m.Comment.Spark)
	return err
}

func mended(who func(v *Visit) (mender, error)) func(v *Visit) error {
	return func(v *Visit) error {
		m, err := who(v)
		if err != nil {
			return err
		}
		f := v.Blank("words", m.Words, "name", m.Name)
		if m.Question {
			f.Values.Set("question", "1")
		}
		return v.Render(http.StatusOK, mendPage(v, m, f))
	}
}

func mending(who func(v *Visit) (mender, error)) func(v *Visit) error {
	return func(v *Visit) error {
		m, err := who(v)
		if err != nil {
			return err
		}
		f := v.cleaned()
		if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
			_, err := v.Comments.Edit(ctx, tx, v.Region.ID, m.Comment.Spark, m.ID, m.Author, v.draftSaid(f))
			return err
		}); err != nil {
			if err := f.Refuse(err); err != nil {
				return err
			}
			return v.Render(http.StatusUnprocessableEntity, mendPage(v, m, f))
		}
		return v.Go(m.Back + "?tehty=puhe")
	}
}

func unsaying(who func(v *Visit) (mender, error)) func(v *Visit) error {
	return func(v *Visit) error {
		m, err := who(v)
		if err != nil {
			return err
		}
		if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
			return v.Comments.Withdraw(ctx, tx, v.Region.ID, m.Comment.Spark, m.ID, m.Author)
		}); err != nil {
			return err
		}
		return v.Go(m.Back + "?tehty=puhe-pois")
	}
}

func (v *Visit) commentReportForm() error {
	sp, c, err := v.placed()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, commentReportPage(v, sp, c, v.Blank(), v.Query("tehty") != ""))
}

func (v *Visit) commentReport() error {
	sp, c, err := v.placed()
	if err != nil {
		return err
	}
	f := v.cleaned()
	r := comment.Report{Wrong: spark.Wrong(f.Get("wrong")), Words: f.Get("words"), Language: string(v.Lang)}
	if err := v.Comments.Report(v.R.Context(), v.Region.ID, c.Spark, c.ID, r, v.sender(f)); err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(status, commentReportPage(v, sp, c, f, false))
	}
	return v.Go("/kipina/" + sp.Code + "/kommentti/" + c.ID.String() + "/ilmoita?tehty=1")
}

// ownTalk is the talk on the bringer's own page.
type ownTalk struct {
	comment.Talk
	Open   []uttered
	Mine   []comment.Comment
	Form   *Form
	Offers offersView
}

func (v *Visit) ownTalk(m mine) (t ownTalk, err error) {
	ctx := v.R.Context()
	matter, err := v.talkedWith(m.Spark)
	if err != nil {
		return t, err
	}
	if t.Talk, matter, err = comment.Together(ctx, v.DB, v.Region.ID, matter...); err != nil {
		return t, err
	}
	t.Hears = cmp.Or(t.Hears, comment.Usual)
	if t.Questions > 0 {
		open, err := comment.Open(ctx, v.DB, v.Region.ID, matter, comment.OpenShown)
		if err != nil {
			return t, err
		}
		say, err := v.sayers(ctx, open)
		if err != nil {
			return t, err
		}
		for _, c := range open {
			t.Open = append(t.Open, say(c, 0))
		}
	}
	if t.Mine, err = v.mineHere(m); err != nil {
		return t, err
	}
	t.Offers, err = v.offersOf(matter, []ident.ID{m.Spark.ID})
	return t, err
}

// of is the form that answers a question, 0 for the one that answers none.
func (t ownTalk) of(v *Visit, question ident.ID) *Form {
	if t.Form != nil && t.Form.Get("vastaa") == someID(question) {
		return t.Form
	}
	return v.Blank()
}

// mineHere is what the bringer has said of late that they can change.
func (v *Visit) mineHere(m mine) (all []comment.Comment, err error) {
	list, err := comment.By(v.R.Context(), v.DB, v.Region.ID, comment.Author{Kind: comment.Bringer, ID: m.Bringer.ID}, 0, comment.Page)
	for _, c := range list {
		if c.Spark == m.Spark.ID && c.State != comment.Withdrawn {
			all = append(all, c)
		}
	}
	return all, err
}

// ownSay is the bringer saying something in the talk, or answering a question there.
func (v *Visit) ownSay(m mine) error {
	f := v.cleaned()
	d := v.draftSaid(f)
	d.Name, d.Question = "", false
	var c comment.Comment
	err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) (err error) {
		c, err = v.Comments.Write(ctx, tx, v.Region.ID, m.Spark.ID, comment.Author{Kind: comment.Bringer, ID: m.Bringer.ID, Email: m.Bringer.Email}, d, trust.Sender{})
		return err
	})
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("puhe" + f.Get("vastaa"))
		return v.showOwnWith(m, http.StatusUnprocessableEntity, func(o *ownView) { o.Talk.Form = f })
	}
	if c.State == comment.Held {
		return v.Go(m.path("?tehty=puhe-odottaa"))
	}
	return v.Go(m.path("?tehty=puhe"))
}

func (v *Visit) ownHears(m mine) error {
	if err := v.Comments.Hear(v.R.Context(), v.Region.ID, m.Spark.ID, comment.Pace(v.Form().Get("hears"))); err != nil {
		return err
	}
	return v.Go(m.path("?tehty=kuulen"))
}
