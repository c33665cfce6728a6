package web

import (
	"net/http"
	"net/url"
	"slices"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
)

// What others have told of the same thing, while somebody writes and after the drop.
// It is never in the way: what cannot be found is left out, and nothing asked here is
// kept or logged.

func nearRoutes() []route {
	return []route{
		{pattern: "POST /kipina/samat", plain: true, limit: 240, do: (*Visit).nearTyped},
	}
}

const (
	nearMost = 3
	// What it counts to be of the same place or near it, beside what the words say.
	samePlace = .4
	nearPlace = .2
)

// nearView is what stands below the field of a drop.
type nearView struct {
	All   []alike.Match
	Other []string // the codes of those that were said to be another matter
}

// nearTyped answers while somebody writes, with a piece of a page.
func (v *Visit) nearTyped() error {
	return v.Render(http.StatusOK, nearList(v, v.nearOf(v.cleaned())))
}

// nearOf is what is like what is written in a form of a drop.
func (v *Visit) nearOf(f *Form) nearView {
	view := nearView{Other: otherCodes(f.Values)}
	if f.Get("text") == "" {
		return view
	}
	var own []ident.ID
	// Who comes back to a form that was sent is not told of their own spark.
	if sp, _, err := spark.Linked(v.R.Context(), v.DB, v.Region.ID, f.Get("once")); err == nil {
		own = append(own, sp.ID)
	}
	place, _ := v.Edition.PlaceNamed(f.Get("place"))
	view.All = v.near(f.Get("title"), f.Get("text"), place, view.Other, own...)
	return view
}

// near finds what is like a text; nothing when it cannot be found.
func (v *Visit) near(title, text, place string, other []string, not ...ident.ID) []alike.Match {
	ctx := v.R.Context()
	for _, code := range other {
		if sp, err := spark.ByCode(ctx, v.DB, v.Region.ID, code); err == nil {
			not = append(not, sp.ID)
		}
	}
	all, err := alike.Find(ctx, v.DB, v.Index, alike.Question{Region: v.Region.ID, Title: title, Text: text, Not: not, Nearness: v.nearness(place), Most: nearMost})
	if err != nil && ctx.Err() == nil { // who types on does not wait for the answer
		v.Log.Error("similar sparks cannot be found", "error", err.Error())
	}
	return all
}

// nearness is how much it counts that a spark is from some place, for a text of a
// place; nil when that is not known.
func (v *Visit) nearness(place string) func(string) float64 {
	at, ok := v.Edition.Place(place)
	if !ok {
		return nil
	}
	far := v.around(at, nearKm)
	return func(other string) float64 {
		switch _, ok := far[other]; {
		case other == place:
			return samePlace
		case ok:
			return nearPlace
		}
		return 0
	}
}

// otherCodes reads the codes of what somebody said is another matter, each once and no
// more than a person would say.
func otherCodes(q url.Values) (all []string) {
	const most = 20
	for _, s := range append(slices.Clone(q["eri"]), q["erota"]...) {
		if code, ok := ident.ParseCode(s); ok && !slices.Contains(all, code) && len(all) < most {
			all = append(all, code)
		}
	}
	return all
}

// sameView is where somebody joins what is there already, with what they wrote.
type sameView struct {
	Spark spark.Spark
	Said  talkView
	Kept  url.Values // the form they came from
}

// same shows a spark that somebody says is what they were writing of, and what they can
// do there. One that is no longer for everybody leads back to the form.
func (v *Visit) same(f *Form, once string) error {
	sp, err := v.seen(f.Get("sama"))
	if err == nil && !sp.Listed {
		err = fault.New(fault.NotFound, "spark.none")
	}
	if fault.Is(err, fault.NotFound) {
		return v.showDrop(http.StatusOK, f, once)
	}
	if err != nil {
		return err
	}
	view := sameView{Spark: sp, Kept: url.Values{}}
	for name, values := range f.Values {
		if name != "sama" && name != "step" {
			view.Kept[name] = values
		}
	}
	view.Kept.Set("once", once)
	view.Kept["eri"] = otherCodes(url.Values{"eri": f.Values["eri"], "erota": {sp.Code}})
	said := v.Blank("words", f.Get("text"), "name", f.Get("name"), "email", f.Get("email"), stampField, f.Get(stampField), trapField, f.Get(trapField))
	if view.Said, err = v.talk(sp, said); err != nil {
		return err
	}
	return v.Render(http.StatusOK, samePage(v, view))
}

// nearAfter is what is like a spark that was just dropped, less what its bringer said is
// another matter.
func (v *Visit) nearAfter(sp spark.Spark) []alike.Match {
	not := []ident.ID{sp.ID}
	if sp.MergedInto != 0 {
		not = append(not, sp.MergedInto)
	}
	return v.near(sp.OwnTitle(), sp.Text, sp.Place, otherCodes(v.R.URL.Query()), not...)
}
