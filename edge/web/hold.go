package web

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/trust"
)

// The hold queue: what waits for a person's look before anybody sees it, what
// readers have told of, and whom the office trusts or holds back.

const holdAt = "/toimisto/jono"

func holdRoutes() []route {
	on := func(pattern string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: verb, object: office.Moderation, do: do}
	}
	return []route{
		on("GET "+holdAt, office.Read, (*Visit).holdQueue),
		on("GET /toimisto/luottamus", office.Read, (*Visit).standings),
		on("POST /toimisto/luottamus/{id}/peru", office.Write, (*Visit).liftStanding),
	}
}

// queue is how much waits for a look.
type queue struct {
	Held, Reported int
	Comments       int  // of the talks, held or reported
	Late           bool // an answer was promised for something of it, and the day has passed
}

// queue counts what waits; nothing for who may not read it.
func (v *Visit) queue(ctx context.Context, d workDesk) (q queue, err error) {
	if !v.May(right{Object: office.Moderation, Verb: office.Read}) {
		return q, nil
	}
	first, n, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Held, d.cal, d.today, 0, 1)
	if err != nil {
		return q, err
	}
	q.Held, q.Late = n, len(first) > 0 && first[0].Late(d.today)
	if q.Comments, err = comment.CountWaiting(ctx, v.DB, v.Region.ID); err != nil {
		return q, err
	}
	_, q.Reported, err = spark.ReportedSparks(ctx, v.DB, v.Region.ID, 0)
	return q, err
}

// holdView is the queue's page.
type holdView struct {
	queue
	Rows     []workRow
	Reports  []reportRow
	Said     []queuedComment
	Declined bool // the page of what was not let in
	After    ident.ID
	Next     ident.ID
}

// reportRow is one spark that readers have told of.
type reportRow struct {
	workRow
	Count int
}

func (v *Visit) holdQueue() error {
	ctx := v.R.Context()
	d, err := v.workDesk(ctx)
	if err != nil {
		return err
	}
	h := holdView{Declined: v.Query("nayta") == "hylatyt"}
	if h.queue, err = v.queue(ctx, d); err != nil {
		return err
	}
	if h.Declined {
		return v.declinedList(ctx, d, h)
	}
	list, _, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Held, d.cal, d.today, 0, pileAll)
	if err != nil {
		return err
	}
	if h.Rows, err = v.rows(ctx, d, spark.Held, list); err != nil {
		return err
	}
	told, _, err := spark.ReportedSparks(ctx, v.DB, v.Region.ID, pileAll)
	if err != nil {
		return err
	}
	sparks := make([]spark.Spark, len(told))
	for i, r := range told {
		sparks[i] = r.Spark
	}
	rows, err := v.rows(ctx, d, spark.All, sparks)
	if err != nil {
		return err
	}
	for i, r := range rows {
		h.Reports = append(h.Reports, reportRow{r, told[i].Count})
	}
	if h.Said, err = v.queuedComments(ctx); err != nil {
		return err
	}
	return v.Render(200, holdPage(v, h))
}

func (v *Visit) declinedList(ctx context.Context, d workDesk, h holdView) (err error) {
	if h.After, err = v.idCursor(); err != nil {
		return err
	}
	list, _, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Declined, d.cal, d.today, h.After, perPage+1)
	if err != nil {
		return err
	}
	list, h.Next = page(list, func(s spark.Spark) ident.ID { return s.ID })
	if h.Rows, err = v.rows(ctx, d, spark.Declined, list); err != nil {
		return err
	}
	return v.Render(200, holdPage(v, h))
}

// heldWhy says why something is held, in words.
func (v *Visit) heldWhy(held string) (why []string) {
	for _, r := range trust.Kept(held) {
		why = append(why, v.T("hold.reason."+string(r)))
	}
	return why
}

// moderation is what a spark's office page holds of waiting and of reports.
type moderation struct {
	Reads   bool
	Writes  bool
	Pending spark.Pending
	Reports []spark.Report
}

// reportsShown is how many reports of one spark are read at once.
const reportsShown = 20

func (v *Visit) moderation(ctx context.Context, s spark.Spark) (m moderation, err error) {
	m.Reads, m.Writes = v.May(right{Object: office.Moderation, Verb: office.Read}), v.May(right{Object: office.Moderation, Verb: office.Write})
	if !m.Reads {
		return m, nil
	}
	if s.Waits() && m.Writes {
		if m.Pending, err = spark.PendingWith(ctx, v.DB, v.Region.ID, s.ID); err != nil {
			return m, err
		}
	}
	m.Reports, err = spark.Reports(ctx, v.DB, v.Region.ID, s.ID, reportsShown)
	return m, err
}

// lastReport is the last report on the page: what comes later is not ended unseen.
func (m moderation) lastReport() string {
	if n := len(m.Reports); n > 0 {
		return m.Reports[n-1].ID.String()
	}
	return "0"
}

func (v *Visit) doApprove(a spark.Act, f *Form) (spark.Spark, error) {
	return v.Sparks.Approve(v.R.Context(), a, f.Get("trust") != "")
}

func (v *Visit) doDecline(a spark.Act, f *Form) (spark.Spark, error) {
	return v.Sparks.Decline(v.R.Context(), a, f.Get("reason"))
}

func (v *Visit) doBlock(a spark.Act, f *Form) (spark.Spark, error) {
	b := spark.Block{Author: f.Get("author") != ""}
	if said := f.Get("network"); said != "" {
		if !slices.Contains(networkChoices(), said) {
			return spark.Spark{}, fault.New(fault.Invalid, "trust.standing.wrong").On("network")
		}
		kind, days, _ := strings.Cut(said, "-")
		b.Network = trust.Standing(kind)
		b.Days, _ = strconv.Atoi(days) // it is one of the choices
	}
	return v.Sparks.DeclineAndBlock(v.R.Context(), a, f.Get("reason"), b)
}

// networkChoices is what can be done about a network, and for how many days. None
// is for good: a network has other people tomorrow.
func networkChoices() []string { return []string{"slowed-1", "slowed-7", "blocked-1", "blocked-7"} }

func (v *Visit) doLookInto(a spark.Act, f *Form) (spark.Spark, error) {
	upTo, _ := ident.Parse(f.Get("upto"))
	o := spark.Outcome(f.Get("outcome"))
	if err := v.unnamed(a, o == spark.OutcomeClose, "words", f.Get("words")); err != nil {
		return spark.Spark{}, err
	}
	return v.Sparks.LookInto(v.R.Context(), a, upTo, o, f.Get("words"))
}

// standingRow is one line of whom the office trusts or holds back.
type standingRow struct {
	trust.Entry
	Officer string
	Code    string // of the spark it came of
}

func (v *Visit) standings() error {
	ctx := v.R.Context()
	after, err := v.idCursor()
	if err != nil {
		return err
	}
	all, err := trust.List(ctx, v.DB, v.Region.ID, v.Clock.Now(), after, perPage+1)
	if err != nil {
		return err
	}
	all, next := page(all, func(e trust.Entry) ident.ID { return e.ID })
	d, err := v.workDesk(ctx)
	if err != nil {
		return err
	}
	rows := make([]standingRow, len(all))
	for i, e := range all {
		rows[i] = standingRow{Entry: e, Officer: d.officers[e.Officer].Name}
		sp, err := spark.ByID(ctx, v.DB, v.Region.ID, e.Spark)
		if err != nil {
			return err
		}
		rows[i].Code = sp.Code
	}
	return v.Render(200, standingsPage(v, rows, after, next))
}

func (v *Visit) liftStanding() error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "trust.standing.none")
	}
	if err := v.Sparks.Lift(v.R.Context(), v.Region.ID, *v.Officer, id); err != nil {
		return err
	}
	v.Tell(v.T("hold.lifted"))
	return v.Go("/toimisto/luottamus")
}
