package web

import (
	"context"
	"net/http"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
	"kokko/region/office"
)

// Pairs of sparks that may be the same matter, as they were found, for the office to
// look at; and what it said of two that are not.

func pairRoutes() []route {
	return []route{
		{pattern: "GET " + pairsAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).pairs},
		{pattern: "POST /toimisto/kipina/{koodi}/eri", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).differ},
	}
}

const (
	pairsAt   = "/toimisto/samat"
	pairsMost = 50 // told on the work list
	pairsPage = 20 // shown at once, the newest
)

// pairRow is two sparks that may be the same, with the words that say so.
type pairRow struct {
	alike.Pair
	Why alike.Match
}

// pairsView is the page of them.
type pairsView struct {
	Rows   []pairRow
	All    int
	Walked time.Time // when new sparks were last looked at, zero for never
}

func (v *Visit) pairs() error {
	ctx := v.R.Context()
	all, err := alike.Pairs(ctx, v.DB, v.Region.ID, pairsMost)
	if err != nil {
		return err
	}
	view := pairsView{All: len(all)}
	for _, p := range all[:min(len(all), pairsPage)] {
		why, err := alike.Why(ctx, v.DB, v.Index, p.Newer, p.Older)
		if err != nil {
			return err
		}
		view.Rows = append(view.Rows, pairRow{p, why})
	}
	if _, view.Walked, _, err = alike.Walked(ctx, v.DB, v.Region.ID); err != nil {
		return err
	}
	return v.Render(http.StatusOK, pairsPageOf(v, view))
}

// saidOther reads the sparks that were said not to be the same as one.
func (v *Visit) saidOther(ctx context.Context, s spark.Spark) (all []spark.Spark, err error) {
	others, err := alike.Others(ctx, v.DB, v.Region.ID, s.ID)
	if err != nil || len(others) == 0 {
		return nil, err
	}
	ids := make([]ident.ID, len(others))
	for i, o := range others {
		ids[i] = o.Spark
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	for _, id := range ids {
		if sp, ok := sparks[id]; ok && sp.State != spark.Withdrawn {
			all = append(all, sp)
		}
	}
	return all, err
}

// differ takes in that two sparks are not the same, or that this is not so after all.
func (v *Visit) differ() error {
	ctx, f := v.R.Context(), v.Form()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	code, ok := ident.ParseCode(f.Get("k"))
	if !ok {
		return fault.New(fault.NotFound, "spark.none")
	}
	o, err := spark.ByCode(ctx, v.DB, v.Region.ID, code)
	if err != nil {
		return err
	}
	said := "pairs.differ.done"
	if f.Get("takaisin") != "" {
		said, err = "pairs.relent.done", v.Alike.Relent(ctx, v.Region.ID, s.ID, o.ID)
	} else {
		err = v.Alike.Differ(ctx, v.Region.ID, s.ID, o.ID, v.Officer.ID)
	}
	if err != nil {
		return err
	}
	v.Tell(v.T(said, "a", s.Code, "b", o.Code))
	switch f.Get("sinne") {
	case "samat":
		return v.Go(pairsAt)
	case "yhdista":
		return v.Go(mergeAddress([]side{{Spark: s}}))
	}
	return v.Go("/toimisto/kipina/" + s.Code)
}
