package web

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/introduction"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/office"
)

// Monday's five: introductions that may be worth making, each with its reasons, which
// the office takes or rejects, and what its answers have taught.

const mondayAt = introductionsAt + "/maanantai"

func mondayRoutes() []route {
	return []route{
		{pattern: "GET " + mondayAt, access: staff, verb: office.Read, object: office.Contacts, do: (*Visit).monday},
		{pattern: "POST " + mondayAt, access: staff, verb: office.Write, object: office.Contacts, do: (*Visit).mondayAgain},
		{pattern: "POST " + mondayAt + "/{id}", access: staff, verb: office.Write, object: office.Contacts, do: (*Visit).mondayDecide},
	}
}

// mondayView is the week's proposals.
type mondayView struct {
	Week    []proposed
	Gone    int // of which nothing can be told any more
	Learned []introduction.Weight
	Form    *Form // that was refused, of the proposal below
	Of      ident.ID
	Writes  bool
	Done    string
}

// proposed is one proposal, as it stands now.
type proposed struct {
	introduction.Explained
	Spark *spark.Spark
	Lines []speaking
}

func (v *Visit) mondayView() (m mondayView, err error) {
	ctx := v.R.Context()
	m.Form, m.Writes, m.Done = v.Blank(), v.May(right{Object: office.Contacts, Verb: office.Write}), oneOf(v.Query("tehty"), "lahti", "hylatty", "unohdettu", "etsitty")
	all, err := introduction.Proposals(ctx, v.DB, v.Region.ID, v.Clock.Now().Add(-introduction.Kept))
	if err != nil {
		return m, err
	}
	if m.Learned, err = introduction.Learned(ctx, v.DB, v.Region.ID); err != nil || len(all) == 0 {
		return m, err
	}
	week := all[len(all)-1].Week
	all = slices.DeleteFunc(all, func(p introduction.Proposal) bool { return p.Week != week || p.State != introduction.Undecided })
	for _, p := range all {
		x, ok, err := v.Introductions.Explain(ctx, p)
		if err != nil {
			return m, err
		}
		if !ok {
			m.Gone++
			continue
		}
		one := proposed{Explained: x, Lines: v.linesOf(x.Knower)}
		if p.Spark != 0 {
			sp, err := spark.ByID(ctx, v.DB, v.Region.ID, p.Spark)
			if err != nil {
				return m, err
			}
			one.Spark = &sp
		}
		m.Week = append(m.Week, one)
	}
	return m, nil
}

func (v *Visit) monday() error {
	m, err := v.mondayView()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, mondayPage(v, m))
}

// mondayAgain looks for the week's proposals where there are none yet, or forgets what
// was learned.
func (v *Visit) mondayAgain() error {
	ctx, done := v.R.Context(), "etsitty"
	var err error
	switch v.Form().Get("do") {
	case "unlearn":
		done = "unohdettu"
		err = v.Introductions.Unlearn(ctx, v.Region.ID)
	default:
		err = v.Introductions.Propose(ctx, v.Region.ID)
	}
	if err != nil {
		return err
	}
	return v.Go(mondayAt + "?tehty=" + done)
}

func (v *Visit) mondayDecide() error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "introduction.none")
	}
	ctx, f, done := v.R.Context(), v.cleaned(), "lahti"
	var err error
	if f.Get("do") == "reject" {
		done = "hylatty"
		err = v.Introductions.Reject(ctx, v.Region.ID, id, *v.Officer, introduction.Reason(f.Get("reason")))
	} else {
		err = v.Introductions.Accept(ctx, v.Region.ID, id, *v.Officer, introduction.Pass{Email: f.Get("email"), Name: f.Get("name"), Remark: f.Get("remark")})
	}
	if err == nil {
		return v.Go(mondayAt + "?tehty=" + done)
	}
	if err := f.Refuse(err); err != nil {
		return err
	}
	m, err := v.mondayView()
	if err != nil {
		return err
	}
	m.Form, m.Of = f, id
	return v.Render(statusOfAll(f.Wrong), mondayPage(v, m))
}

// form is a proposal's own: as it was refused, or with words to begin from.
func (m mondayView) form(v *Visit, p proposed) *Form {
	if m.Of == p.ID {
		return m.Form
	}
	return v.Blank("remark", v.T("monday.words", "other", p.Actor.Title))
}

// kindWords says what a kind of reason is.
func (v *Visit) kindWords(kind string) string { return v.T("monday.kind." + kind) }

// learnedLead says how answers change what a reason weighs.
func (v *Visit) learnedLead() string {
	percent := func(weight float64) string { return v.Say.Decimal(100*weight, 0) }
	return v.T("monday.learned.lead", "refused", v.Say.Decimal(introduction.RefusedBy, 2), "accepted", v.Say.Decimal(introduction.AcceptedBy, 2), "least", percent(introduction.LeastWeight), "most", percent(introduction.MostWeight))
}

// bridges says what a proposal goes over, "" for nothing that is known.
func (v *Visit) bridges(p introduction.Proposal) string {
	var all []string
	for _, k := range p.Kinds {
		if k == "over.place" || k == "over.sector" {
			all = append(all, v.kindWords(k))
		}
	}
	return strings.Join(all, ", ")
}

// proposedData is what was proposed to the office of a person, for their own file: of
// whoever they would have met, nothing.
func (v *Visit) proposedData(a address.Address) (any, error) {
	type own struct {
		ID           string     `json:"proposal_id"`
		Week         *date      `json:"week_day"`
		Spark        string     `json:"spark_id"`
		Side         string     `json:"side"`
		Kinds        []string   `json:"kinds"`
		State        string     `json:"state"`
		Reason       string     `json:"reason"`
		Decided      *time.Time `json:"decided_at"`
		Introduction string     `json:"introduction_id"`
	}
	ctx, out := v.R.Context(), []own{}
	me, ok, err := actor.OfAddress(ctx, v.DB, v.Region.ID, a.ID)
	if err != nil || !ok {
		return out, err
	}
	all, err := introduction.ProposalsOf(ctx, v.DB, v.Region.ID, me.ID)
	for _, p := range all {
		side := introduction.Asker
		if p.Other == me.ID {
			side = introduction.Other
		}
		out = append(out, own{p.ID.String(), someDay(p.Week), someID(p.Spark), string(side), p.Kinds, string(p.State), string(p.Reason), moment(p.Decided), someID(p.Introduction)})
	}
	return out, err
}
