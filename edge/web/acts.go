package web

import (
	"context"
	"net/http"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// Taking back what the office has just done, while nothing else has been done to
// the same since.

func actRoutes() []route {
	return []route{
		{pattern: "GET /toimisto/teko/{id}", access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).actPage},
		{pattern: "POST /toimisto/teko/{id}/kumoa", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).undoAct},
	}
}

// offerUndo has the next page offer to take an act back; 0 for none.
func (v *Visit) offerUndo(act ident.ID) error {
	if act == 0 {
		return nil
	}
	d, err := spark.ActByID(v.R.Context(), v.DB, v.Region.ID, act)
	if err != nil {
		return err
	}
	v.signs().Put(v.R.Context(), "undo", act.String())
	v.signs().Put(v.R.Context(), "heard", letters(d.Deed))
	return nil
}

// letters tells that an act is told to bringers by mail.
func letters(d spark.Deed) bool {
	return slices.Contains([]spark.Deed{spark.DeedAssign, spark.DeedDue, spark.DeedClose, spark.DeedReopen, spark.DeedMerge, spark.DeedUnmerge, spark.DeedSplit}, d)
}

// actView is one act with the sparks it was done to.
type actView struct {
	spark.Done
	Officer string
	Sparks  []actedOn
	Since   []string // what has changed since, so that it cannot be taken back
	Missed  []missed // of many: those that could not be changed
	Same    []spark.Spark
}

// actedOn is one spark of an act, as it became.
type actedOn struct {
	spark.Spark
	Now    string
	Undone bool
}

// open tells that something of the act is still to be taken back.
func (a actView) open() bool {
	return a.Done.Undone.IsZero() && len(a.Changes) > 0 || a.Deed == spark.DeedBulk && slices.ContainsFunc(a.Changes, func(c spark.Change) bool { return c.Undone.IsZero() })
}

// heard tells that bringers were written to because of the act.
func (a actView) heard() bool {
	return letters(a.Deed) || slices.ContainsFunc(a.Changes, func(c spark.Change) bool { return a.Deed == spark.DeedBulk && c.After["owner"] != "" })
}

func (v *Visit) actOf(ctx context.Context) (a actView, err error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return a, fault.New(fault.NotFound, "act.none")
	}
	if a.Done, err = spark.ActByID(ctx, v.DB, v.Region.ID, id); err != nil {
		return a, err
	}
	d, err := v.workDesk(ctx)
	if err != nil {
		return a, err
	}
	a.Officer = d.officers[a.Done.Officer].Name
	var ids []ident.ID
	for _, c := range a.Changes {
		ids = append(ids, c.Spark)
	}
	all, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return a, err
	}
	for _, c := range a.Changes {
		on := actedOn{Spark: all[c.Spark], Undone: !c.Undone.IsZero()}
		if a.Deed == spark.DeedBulk {
			on.Now = v.changeWords(c, d)
		}
		a.Sparks = append(a.Sparks, on)
	}
	if a.Deed == spark.DeedBulk {
		err = v.movedOf(ctx, &a)
	}
	return a, err
}

func (v *Visit) actPage() error {
	a, err := v.actOf(v.R.Context())
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, donePage(v, a))
}

func (v *Visit) undoAct() error {
	ctx := v.R.Context()
	a, err := v.actOf(ctx)
	if err != nil {
		return err
	}
	undone, err := v.Sparks.Undo(ctx, spark.Act{Region: v.Region.ID, Officer: *v.Officer}, a.ID)
	if err != nil {
		e := fault.List(err)[0]
		if e.Key != "act.changed" {
			return err
		}
		a.Since, _ = e.Args["fields"].([]string)
		return v.Render(http.StatusConflict, donePage(v, a))
	}
	if a.Deed == spark.DeedBulk {
		return v.goAfterBulk(undone)
	}
	said := v.T("act.did.undo")
	if letters(a.Deed) {
		said += " " + v.T("act.did.told")
	}
	v.Tell(said)
	for _, s := range a.Sparks {
		if s.ID == a.Done.Spark {
			return v.Go("/toimisto/kipina/" + s.Code)
		}
	}
	return v.Go("/toimisto/teko/" + a.ID.String())
}

// sinceWords names what has changed, each once.
func (v *Visit) sinceWords(fields []string) string {
	var all []string
	for _, f := range fields {
		if word := v.T("act.field." + f); !slices.Contains(all, word) {
			all = append(all, word)
		}
	}
	return v.Say.List(all)
}

// undoneWords tells what was taken back, and how it is again.
func (v *Visit) undoneWords(who string, f story.Facts, officer func(id string) string) string {
	said := v.T("spark.beat.undone."+f.What, "name", who)
	switch spark.Deed(f.What) {
	case spark.DeedAssign:
		said += " " + v.T("spark.beat.undone.assign.now", "name", officer(f.To))
	case spark.DeedDue:
		said += " " + v.T("spark.beat.undone.due.now", "day", v.onDay(f.Day))
	case spark.DeedTag:
		var tags []string
		for _, t := range f.Added {
			tags = append(tags, v.tagName(t))
		}
		if len(tags) > 0 {
			said += " " + v.T("spark.beat.undone.tag.now", "tags", v.Say.List(tags))
		}
		if at, ok := v.Edition.Place(f.To); ok {
			said += " " + v.T("spark.beat.undone.place.now", "place", v.In(at.Name))
		}
	}
	return said
}
