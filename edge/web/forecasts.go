package web

import (
	"net/http"
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
	return v.Render(http.StatusOK, forecastsPage(v, h))
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

// few is a count of a table, or that it is too small to be told.
func (v *Visit) few(n int) string {
	if n > 0 && n < forecast.Fewest {
		return v.T("forecast.fewer", "n", strconv.Itoa(forecast.Fewest))
	}
	return strconv.Itoa(n)
}

// baseWords says how many of those that have had their time caught fire.
func (v *Visit) baseWords(h forecast.Held) string {
	within := v.inTime(h.Definition)
	switch {
	case h.Base.Finished == 0:
		return v.N("forecast.none", h.Definition.Days)
	case h.Base.Finished < 10:
		return v.N("forecast.few", h.Base.Finished, "caught", v.N("forecast.few.caught", h.Base.Caught), "within", within)
	}
	return v.T("forecast.rate", "ten", v.ofTen(h.Base.Rate()), "within", within) + " " + v.N("forecast.rests", h.Base.Finished)
}
