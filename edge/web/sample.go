package web

import (
	"net/http"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/measure"
	"kokko/journey/spark"
	"kokko/region/office"
)

// The office judges, of a few sparks a month, whether those who were found for them
// could have helped.

const sampleAt = workMeasuresAt + "/otos"

func sampleRoutes() []route {
	return []route{
		{pattern: "GET " + sampleAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).sample},
		{pattern: "POST " + sampleAt, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).judge},
	}
}

// sampleRow is a drawn spark with who was found for it.
type sampleRow struct {
	measure.Drawn
	Of    spark.Spark
	Gone  bool     // it was taken back
	Named []string // who would be named, and still lets themselves be
}

// sampleView is a month's sample.
type sampleView struct {
	Month measure.Period
	Rows  []sampleRow
	Left  int // not judged
}

// sampleMonth is the month an address asks for, the last one that is over when it asks
// for none.
func (v *Visit) sampleMonth(asked string) (measure.Period, error) {
	p, err := v.measuresPeriod(asked, measure.PeriodOf(measure.Month, v.today()).After(-1))
	if err == nil && p.Grain != measure.Month {
		err = fault.New(fault.NotFound, "measure.period.none")
	}
	return p, err
}

func (v *Visit) sample() error {
	month, err := v.sampleMonth(v.Query("kuukausi"))
	if err != nil {
		return err
	}
	view, err := v.sampleView(month)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, samplePage(v, view))
}

func (v *Visit) sampleView(month measure.Period) (view sampleView, err error) {
	ctx := v.R.Context()
	view.Month = month
	all, err := measure.Sample(ctx, v.DB, v.Region.ID, month)
	if err != nil {
		return view, err
	}
	var ids []ident.ID
	for _, d := range all {
		ids = append(ids, d.Spark)
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return view, err
	}
	for _, d := range all {
		row := sampleRow{Drawn: d}
		var ok bool
		if row.Of, ok = sparks[d.Spark]; !ok || row.Of.State == spark.Withdrawn {
			row.Gone = true
			view.Rows = append(view.Rows, row)
			continue
		}
		known, err := v.Measures.Named(ctx, row.Of)
		if err != nil {
			return view, err
		}
		for _, k := range known {
			row.Named = append(row.Named, k.Actor.Title)
		}
		if d.Verdict == measure.Unjudged {
			view.Left++
		}
		view.Rows = append(view.Rows, row)
	}
	return view, nil
}

// judge takes what the office says of one spark.
func (v *Visit) judge() error {
	f := v.Form()
	month, err := v.sampleMonth(f.Get("month"))
	if err != nil {
		return err
	}
	code, _ := ident.ParseCode(f.Get("spark"))
	of, err := spark.ByCode(v.R.Context(), v.DB, v.Region.ID, code)
	if err == nil {
		err = v.Measures.Judge(v.R.Context(), v.Region.ID, month, of, measure.Verdict(f.Get("verdict")))
	}
	if err != nil {
		return err
	}
	v.Tell(v.T("sample.done"))
	return v.Go(withQuery(sampleAt, "kuukausi", month.String()))
}
