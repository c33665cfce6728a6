package web

import (
	"net/http"
	"slices"
	"strconv"

	"kokko/journey/forecast"
)

// How forecasts have held: everybody may see whether to trust them.

func forecastsRoutes() []route {
	return []route{{pattern: "GET /ennusteet", limit: 60, do: (*Visit).forecasts}}
}

func (v *Visit) forecasts() error {
	h, err := v.Forecasts.Held(v.R.Context(), v.Region.ID)
	if err != nil {
		return err
	}
	far, err := v.Forecasts.ReachHeld(v.R.Context(), v.Region.ID)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, forecastsPage(v, h, far))
}

// scored gives the scores there are, and whether there is any.
func scored(h forecast.Held) (all []forecast.Score) {
	for _, s := range h.Scores {
		if s.N > 0 {
			all = append(all, s)
		}
	}
	return all
}

// scoredReach gives the scores of reach there are.
func scoredReach(h forecast.ReachHeld) (all []forecast.ReachScore) {
	for _, s := range h.Scores {
		if s.N > 0 {
			all = append(all, s)
		}
	}
	return all
}

// reachAges are the ages of which reach was scored.
func reachAges(all []forecast.ReachScore) (ages []int) {
	for _, s := range all {
		if !slices.Contains(ages, s.Age) {
			ages = append(ages, s.Age)
		}
	}
	return ages
}

// few is a count of a table, or that it is too small to be told.
func (v *Visit) few(n int) string {
	if n > 0 && n < forecast.Fewest {
		return v.T("forecast.fewer", "n", strconv.Itoa(forecast.Fewest))
	}
	return strconv.Itoa(n)
}

// baseWords says the same of a region, with what it rests on where that says more.
func (v *Visit) baseWords(h forecast.Held) string {
	line := v.rateWords(h.Definition, h.Base)
	if h.Base.Finished >= tenth {
		line += " " + v.N("forecast.rests", h.Base.Finished)
	}
	return line
}
