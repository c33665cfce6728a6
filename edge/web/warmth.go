package web

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/a-h/templ"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/address"
)

// Me too: one tap for whom this browser remembers; others confirm an address first, by
// the link or the code of a letter.

func warmthRoutes() []route {
	return []route{
		{pattern: "GET /kipina/{koodi}/minakin", do: (*Visit).warmForm},
		{pattern: "POST /kipina/{koodi}/minakin", limit: 20, do: (*Visit).warm},
		{pattern: "POST /kipina/{koodi}/minakin/pois", limit: 20, do: (*Visit).cool},
		{pattern: "POST /minun/{salaisuus}/minakin/pois", limit: 20, do: (*Visit).mineCool},
	}
}

// warmData is what a person who is to confirm their address wants to tap.
type warmData struct {
	Spark ident.ID `json:"spark"`
	Code  string   `json:"code"`
	// More tells that the second tap was made too.
	More   bool          `json:"more,omitempty"`
	Offer  comment.Offer `json:"offer,omitempty"`
	Name   string        `json:"name,omitempty"`
	Shared bool          `json:"shared,omitempty"`
}

// warmView is the page of one person's warmth for a spark.
type warmView struct {
	Spark spark.Spark
	Form  *Form
	Known bool
	Email string
	Warm  *comment.Warmth
	Done  bool
}

func (v *Visit) warmed(f *Form) (w warmView, err error) {
	if w.Spark, err = v.seen(v.R.PathValue("koodi")); err != nil {
		return w, err
	}
	if !w.Spark.Listed {
		return w, fault.New(fault.NotFound, "spark.none")
	}
	who, known, err := v.someone()
	if err != nil {
		return w, err
	}
	w.Form, w.Known, w.Email, w.Done = f, known, who.Email, v.Query("tehty") != ""
	matter, err := v.talkedWith(w.Spark)
	if err != nil {
		return w, err
	}
	w.Warm, err = v.warmthIn(who, matter)
	return w, err
}

// warmthIn is what somebody has said "me too" of, among sparks that are one matter; nil
// when they have not.
func (v *Visit) warmthIn(who address.Address, matter []ident.ID) (warm *comment.Warmth, err error) {
	mine, err := comment.Warmed(v.R.Context(), v.DB, v.Region.ID, who.ID, matter...)
	for _, id := range matter {
		if w, ok := mine[id]; ok && (warm == nil || warm.Offer == comment.NoOffer && w.Offer != comment.NoOffer) {
			warm = &w
		}
	}
	return warm, err
}

func (v *Visit) warmForm() error {
	w, err := v.warmed(nil)
	if err != nil {
		return err
	}
	w.Form = v.Blank()
	if w.Warm != nil {
		w.Form = v.Blank("offer", string(w.Warm.Offer), "name", w.Warm.Name)
		if w.Warm.Shared {
			w.Form.Values.Set("shared", "1")
		}
	}
	return v.Render(http.StatusOK, warmPage(v, w))
}

func (v *Visit) warm() error {
	f := v.cleaned()
	w, err := v.warmed(f)
	if err != nil {
		return err
	}
	d := warmData{Spark: w.Spark.ID, Code: w.Spark.Code, More: f.Values.Has("offer"), Offer: comment.Offer(f.Get("offer")), Shared: f.Get("shared") != ""}
	if d.Name, err = spark.Name(f.Get("name"), "name"); err == nil && d.Offer != comment.NoOffer && oneOf(string(d.Offer), "use", "join", "know") == "" {
		err = fault.New(fault.Invalid, "warmth.offer.wrong").On("offer")
	}
	if refused, err := v.asPerson(f, err, "warm", d); err != nil || !refused {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, warmPage(v, w))
}

func (v *Visit) warmWords(data json.RawMessage) (string, error) {
	var d warmData
	err := json.Unmarshal(data, &d)
	return v.T("talk.want.warm", "code", d.Code), err
}

func (v *Visit) putWarmth(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d warmData
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	if err := v.Comments.Warm(ctx, tx, a, d.Spark); err != nil || !d.More {
		return err
	}
	return v.Comments.Offer(ctx, tx, a, d.Spark, d.Offer, d.Name, d.Shared)
}

func (v *Visit) backToWarmth(data json.RawMessage) string {
	var d warmData
	if err := json.Unmarshal(data, &d); err != nil {
		return ""
	}
	return "/kipina/" + d.Code + "/minakin?tehty=1"
}

func (v *Visit) cool() error {
	sp, err := v.seen(v.R.PathValue("koodi"))
	if err != nil {
		return err
	}
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	if !known {
		return v.Go("/minun")
	}
	matter, err := v.talkedWith(sp)
	if err != nil {
		return err
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { // of whichever of them it was said
		for _, id := range matter {
			if err := v.Comments.Cool(ctx, tx, a, id); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		return err
	}
	return v.Go("/kipina/" + sp.Code + "?tehty=minakin-pois#minakin")
}

func (v *Visit) mineCool() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, ok := ident.Parse(v.Form().Get("spark"))
	if !ok {
		return fault.New(fault.NotFound, "warmth.none")
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Comments.Cool(ctx, tx, a, id) }); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=minakin-pois")
}

// warmLine is what a list tells of a spark's warmth.
type warmLine struct {
	N  int
	Me bool // of whom this browser remembers
}

// warmIn reads the warmth of the sparks of a list; a list is shown without it when it
// cannot be read.
func (v *Visit) warmIn(items []item) map[ident.ID]warmLine {
	all, ids := map[ident.ID]warmLine{}, make([]ident.ID, len(items))
	for i, it := range items {
		ids[i] = it.ID
	}
	if err := v.warmLines(all, ids); err != nil {
		v.Log.Error("the warmth of a list cannot be read", "error", err)
		return nil
	}
	return all
}

func (v *Visit) warmLines(all map[ident.ID]warmLine, ids []ident.ID) error {
	ctx := v.R.Context()
	with, err := spark.ReadWith(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	every := slices.Clone(ids)
	for _, members := range with {
		every = append(every, members...)
	}
	talks, err := comment.Talks(ctx, v.DB, v.Region.ID, every...)
	if err != nil || len(talks) == 0 {
		return err
	}
	a, _, err := v.someone()
	if err != nil {
		return err
	}
	mine, err := comment.Warmed(ctx, v.DB, v.Region.ID, a.ID, every...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		line := warmLine{N: talks[id].Warm}
		_, line.Me = mine[id]
		if members := with[id]; len(members) > 0 { // one matter: each person once
			t, _, err := comment.Together(ctx, v.DB, v.Region.ID, append([]ident.ID{id}, members...)...)
			if err != nil {
				return err
			}
			line.N = t.Warm
			for _, m := range members {
				_, me := mine[m]
				line.Me = line.Me || me
			}
		}
		if line.N > 0 {
			all[id] = line
		}
	}
	return nil
}

// offersView is what people offer a spark beside their warmth.
type offersView struct {
	Counts map[comment.Offer]int
	Known  []offered
}

// offered is one who lets the bringer and the office know.
type offered struct {
	comment.Warmth
	Email string
}

// offersShown bounds how many of those are told at once.
const offersShown = 50

// offersOf reads what people offer a matter; whoever let a spark's bringer know let that
// one know, and the office.
func (v *Visit) offersOf(matter, their []ident.ID) (o offersView, err error) {
	ctx := v.R.Context()
	counts, known, err := comment.Offered(ctx, v.DB, v.Region.ID, matter, their, offersShown)
	if err != nil {
		return o, err
	}
	o.Counts = counts
	ids := make([]ident.ID, len(known))
	for i, w := range known {
		ids[i] = w.Address
	}
	people, err := address.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	for _, w := range known {
		if a, ok := people[w.Address]; ok {
			o.Known = append(o.Known, offered{w, a.Email})
		}
	}
	return o, err
}

// mineSaid is what a person has said and shown warmth for, on their own page.
type mineSaid struct {
	Secret string
	Said   []mineComment
	Warm   []mineWarm
}

type mineComment struct {
	comment.Comment
	Sparked spark.Spark
}

type mineWarm struct {
	comment.Warmth
	Sparked spark.Spark
}

// mineMost bounds what one own page tells of each.
const mineMost = 100

func (v *Visit) saidPanel(a address.Address, secret string) (templ.Component, error) {
	ctx := v.R.Context()
	said, err := comment.By(ctx, v.DB, v.Region.ID, comment.Author{Kind: comment.Person, ID: a.ID}, 0, mineMost)
	if err != nil {
		return nil, err
	}
	warm, err := comment.WarmthsOf(ctx, v.DB, v.Region.ID, a.ID, mineMost)
	if err != nil {
		return nil, err
	}
	var ids []ident.ID
	for _, c := range said {
		ids = append(ids, c.Spark)
	}
	for _, w := range warm {
		ids = append(ids, w.Spark)
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return nil, err
	}
	m := mineSaid{Secret: secret}
	for _, c := range said {
		if c.State != comment.Withdrawn {
			m.Said = append(m.Said, mineComment{c, sparks[c.Spark]})
		}
	}
	for _, w := range warm {
		m.Warm = append(m.Warm, mineWarm{w, sparks[w.Spark]})
	}
	if len(m.Said)+len(m.Warm) == 0 {
		return nil, nil
	}
	return saidByMe(v, m), nil
}

func (v *Visit) eraseSaid(ctx context.Context, tx *store.Tx, a address.Address) error {
	return v.Comments.EraseOf(ctx, tx, a)
}

// commentData is one comment in the file of somebody's own data.
type commentData struct {
	Spark      string `json:"spark_id"`
	ID         string `json:"comment_id"`
	Kind       string `json:"author_kind"`
	Author     string `json:"author_id"`
	Name       string `json:"name"`
	Language   string `json:"language"`
	Words      string `json:"words"`
	State      string `json:"state"`
	Placed     bool   `json:"placed"`
	Waits      bool   `json:"waits"`
	Held       string `json:"held"`
	Question   bool   `json:"question"`
	Unanswered bool   `json:"unanswered"`
	Answer     string `json:"answer_id"`
	Beat       string `json:"beat_id"`
	Reports    int    `json:"reports"`
	Written    any    `json:"written_at"`
	Edited     any    `json:"edited_at"`
	Decided    any    `json:"decided_at"`
	Officer    string `json:"officer"`
	Reason     string `json:"reason"`
}

type warmthData struct {
	Spark  string `json:"spark_id"`
	Offer  string `json:"offer"`
	Name   string `json:"name"`
	Shared bool   `json:"shared"`
	Since  any    `json:"since_at"`
}

// commentsData is everything an author has said, for the file of their own data.
func (v *Visit) commentsData(ctx context.Context, a comment.Author, in ident.ID) ([]commentData, error) {
	d, err := v.desk(ctx)
	if err != nil {
		return nil, err
	}
	out := []commentData{}
	for at := ident.ID(0); ; {
		all, err := comment.By(ctx, v.DB, v.Region.ID, a, at, 500)
		if err != nil {
			return nil, err
		}
		for _, c := range all {
			at = c.ID
			if in != 0 && c.Spark != in {
				continue
			}
			out = append(out, commentData{Spark: c.Spark.String(), ID: c.ID.String(), Kind: string(c.Kind), Author: c.Author.String(), Name: c.Name, Language: c.Language, Words: c.Words, State: string(c.State),
				Placed: c.Placed, Waits: c.Waits, Held: c.Held, Question: c.Question, Unanswered: c.Unanswered, Answer: someID(c.Answer), Beat: someID(c.Beat), Reports: c.Reports,
				Written: moment(c.Written), Edited: moment(c.Edited), Decided: moment(c.Decided), Officer: d.officers[c.Officer].Name, Reason: c.Reason})
		}
		if len(all) < 500 {
			return out, nil
		}
	}
}

func (v *Visit) saidData(a address.Address) (any, error) {
	ctx := v.R.Context()
	said, err := v.commentsData(ctx, comment.Author{Kind: comment.Person, ID: a.ID}, 0)
	if err != nil {
		return nil, err
	}
	warm, err := comment.WarmthsOf(ctx, v.DB, v.Region.ID, a.ID, 100_000)
	rows := []warmthData{}
	for _, w := range warm {
		rows = append(rows, warmthData{w.Spark.String(), string(w.Offer), w.Name, w.Shared, moment(w.Since)})
	}
	return struct {
		Comments []commentData `json:"comments"`
		Warmths  []warmthData  `json:"me_too"`
	}{said, rows}, err
}
