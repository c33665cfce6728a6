package web

import (
	"net/http"

	"kokko/ground/fault"
	"kokko/journey/spark"
)

// A reader tells the office of a spark that should not be seen. No account is
// needed, and no number of reports hides anything by itself.

func reportRoutes() []route {
	return []route{
		{pattern: "GET /kipina/{koodi}/ilmoita", plain: true, knows: true, do: (*Visit).reportForm},
		{pattern: "POST /kipina/{koodi}/ilmoita", plain: true, limit: 6, do: (*Visit).report},
	}
}

// reported is the spark a report is about.
func (v *Visit) reported() (spark.Spark, error) { return v.seen(v.R.PathValue("koodi")) }

func (v *Visit) reportForm() error {
	sp, err := v.reported()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, reportPage(v, sp, v.Blank(), v.Query("tehty") != ""))
}

func (v *Visit) report() error {
	sp, err := v.reported()
	if err != nil {
		return err
	}
	f := v.cleaned()
	r := spark.Report{Wrong: spark.Wrong(f.Get("wrong")), Words: f.Get("words"), Email: f.Get("email"), Language: string(v.Set())}
	if err := v.Sparks.Report(v.R.Context(), v.Region.ID, sp.ID, r, v.sender(f)); err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(status, reportPage(v, sp, f, false))
	}
	return v.Go("/kipina/" + sp.Code + "/ilmoita?tehty=1")
}
