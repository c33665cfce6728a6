package web

import (
	"net/http"
	"strconv"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
)

// A village pastes its plan and drops a spark for each item, after a look at them.

const planAt = "/kylasuunnitelma"

func planRoutes() []route {
	return []route{
		{pattern: "GET " + planAt, do: (*Visit).planForm},
		{pattern: "POST " + planAt, limit: 10, do: (*Visit).plan},
	}
}

func (v *Visit) planForm() error {
	return v.Render(http.StatusOK, planPage(v, v.Blank("place", firstRunes(spark.CleanLine(v.Query("paikka")), spark.MaxName)), 0))
}

// plan reads what was pasted into items to look at, or drops those that were looked
// at.
func (v *Visit) plan() error {
	f := v.cleaned()
	if !f.Values.Has("once") || len(f.Get("once")) != len(ident.Secret()) {
		f.Values.Set("once", ident.Secret())
	}
	if f.Get("step") != "drop" {
		items, err := spark.Items(f.Get("plan"))
		if err != nil {
			return v.notPlanned(f, 0, err)
		}
		for i, it := range items {
			n := strconv.Itoa(i + 1)
			f.Values.Set("title"+n, it.Title)
			f.Values.Set("text"+n, it.Text)
			f.Values.Set("kind"+n, string(spark.Vitality))
			f.Values.Set("take"+n, "1")
		}
		return v.Render(http.StatusOK, planPage(v, f, len(items)))
	}
	shown, _ := strconv.Atoi(f.Get("items"))
	shown = max(0, min(shown, spark.MostItems))
	var items []spark.Item
	var at []int // the number on the form of each
	for i := 1; i <= shown; i++ {
		n := strconv.Itoa(i)
		if f.Get("take"+n) == "" {
			continue
		}
		items = append(items, spark.Item{Part: spark.Part{Title: f.Get("title" + n), Text: f.Get("text" + n)}, Kind: spark.Kind(f.Get("kind" + n)), Theme: f.Get("theme" + n)})
		at = append(at, i)
	}
	d := draftOf(f, v.Set())
	if d.Visibility == "" {
		d.Visibility = spark.Unnamed
	}
	r, err := v.Sparks.DropPlan(v.R.Context(), v.Region.ID, spark.Programme{Promise: v.Edition, Version: v.Edition.Version.ID}, d, items, spark.By{Source: spark.Web, Once: f.Get("once"), Sender: v.sender(f)})
	if err != nil {
		return v.notPlanned(f, shown, renumbered(err, at))
	}
	return v.Go("/oma/" + r.Link + "/kiitos")
}

// renumbered names the fields of the form in what is wrong with the items taken.
func renumbered(err error, at []int) error {
	for _, e := range fault.List(err) {
		for _, field := range []string{"title", "text", "kind", "themes"} {
			if len(e.Field) <= len(field) || e.Field[:len(field)] != field {
				continue
			}
			if n, bad := strconv.Atoi(e.Field[len(field):]); bad == nil && n > 0 && n <= len(at) {
				if field == "themes" {
					field = "theme"
				}
				e.Field = field + strconv.Itoa(at[n-1])
				break
			}
		}
	}
	return err
}

func (v *Visit) notPlanned(f *Form, items int, err error) error {
	if f.Refuse(err) != nil {
		f.Wrong = append(f.Wrong, fault.List(err)...)
	}
	return v.Render(statusOfAll(f.Wrong), planPage(v, f, items))
}
