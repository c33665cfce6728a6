package web

import (
	"net/http"
	"slices"

	"kokko/ground/ident"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
)

// Rings at the office: the one of a spark, and those in which nobody has taken a next
// step.

const workRingsAt = "/toimisto/ringit"

func workRingRoutes() []route {
	const at = "/toimisto/kipina/{koodi}/rinki"
	return []route{
		{pattern: "GET " + at, access: staff, verb: office.Read, object: office.Contacts, do: (*Visit).workRing},
		{pattern: "POST " + at, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).workLook},
		{pattern: "POST " + at + "/{id}", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).workDecide},
		{pattern: "GET " + workRingsAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).workRings},
	}
}

func (v *Visit) workDeskOf() (spark.Spark, ringDesk, error) {
	sp, err := v.sparkAt(v.R.Context())
	if err != nil {
		return sp, ringDesk{}, err
	}
	d, err := v.ringDesk(sp, "/toimisto/kipina/"+sp.Code, true)
	d.Writes = v.May(right{Object: office.Sparks, Verb: office.Write}) && sp.State != spark.Withdrawn
	if err == nil && len(d.Emails) > 0 {
		err = v.Office.Looked(v.R.Context(), v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: sp.Code})
	}
	return sp, d, err
}

func (v *Visit) workRing() error {
	_, d, err := v.workDeskOf()
	if err == nil {
		err = v.teams(&d)
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workRingPage(v, d))
}

func (v *Visit) workLook() error {
	sp, d, err := v.workDeskOf()
	if err != nil {
		return err
	}
	f := v.cleaned()
	if err := v.Rings.Look(v.R.Context(), v.byOffice(), v.Region.ID, sp.ID, f.Get("asks") != "", f.lookOf()); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		d.Form = f
		return v.Render(statusOfAll(f.Wrong), workRingPage(v, d))
	}
	return v.Go("/toimisto/kipina/" + sp.Code + "/rinki?tehty=haku")
}

func (v *Visit) byOffice() ring.By { return ring.By{Actor: story.Office, Officer: v.Officer.ID} }

func (v *Visit) workDecide() error {
	sp, err := v.sparkAt(v.R.Context())
	if err != nil {
		return err
	}
	id, _ := ident.Parse(v.R.PathValue("id"))
	yes := v.Form().Get("do") == "in"
	if _, err := v.Rings.Decide(v.R.Context(), v.byOffice(), v.Region.ID, sp.ID, id, yes); err != nil {
		return err
	}
	return v.Go("/toimisto/kipina/" + sp.Code + "/rinki?tehty=" + decidedWord(yes))
}

// ringsList is a page of the rings the office should look at.
type ringsList struct {
	Waiting []spark.Spark // in which somebody waits for a yes
	Undone  []spark.Spark // in which nobody has taken a next step
	Next    ident.ID
	Later   bool
}

func (v *Visit) workRings() error {
	ctx := v.R.Context()
	before, err := v.idCursor()
	if err != nil {
		return err
	}
	l := ringsList{Later: before != 0}
	undone, err := ring.WithoutDoer(ctx, v.DB, v.Region.ID, before, perPage+1)
	if err != nil {
		return err
	}
	undone, l.Next = page(undone, func(id ident.ID) ident.ID { return id })
	var waiting []ident.ID
	if !l.Later {
		if waiting, err = ring.Waiting(ctx, v.DB, v.Region.ID, perPage); err != nil {
			return err
		}
	}
	all, err := spark.ByIDs(ctx, v.DB, v.Region.ID, slices.Concat(undone, waiting)...)
	if err != nil {
		return err
	}
	for _, id := range waiting {
		l.Waiting = append(l.Waiting, all[id])
	}
	for _, id := range undone {
		l.Undone = append(l.Undone, all[id])
	}
	return v.Render(http.StatusOK, workRingsPage(v, l))
}

// ringsWait tells that some ring wants the office's look.
func (v *Visit) ringsWait() (bool, error) {
	ctx := v.R.Context()
	waiting, err := ring.Waiting(ctx, v.DB, v.Region.ID, 1)
	if err != nil || len(waiting) > 0 {
		return len(waiting) > 0, err
	}
	undone, err := ring.WithoutDoer(ctx, v.DB, v.Region.ID, 0, 1)
	return len(undone) > 0, err
}
