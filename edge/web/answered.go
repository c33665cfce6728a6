package web

import (
	"fmt"
	"net/http"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/journey/spark"
)

// What was answered, a week at a time: the front page shows the latest of it.

// answeredView is one week of answers.
type answeredView struct {
	Answered      []answered
	Week          string // "2026-W48"
	Number        int
	From, Last    time.Time // its Monday and Sunday
	Before, After string    // the weeks beside it; After is "" for the present one
	Next          string
}

// answeredAtOnce is how many answers are on a page.
const answeredAtOnce = 20

// weekName is the week a moment is in, by the calendar on the wall (ISO 8601).
func weekName(t time.Time) string {
	year, week := t.In(i18n.Helsinki()).ISOWeek()
	return fmt.Sprintf("%04d-W%02d", year, week)
}

// mondayOf is the beginning of a week by its name.
func mondayOf(name string) (time.Time, bool) {
	var year, week int
	if n, err := fmt.Sscanf(name, "%4d-W%2d", &year, &week); n != 2 || err != nil || year < 2000 || year > 2200 || week < 1 || week > 53 {
		return time.Time{}, false
	}
	fourth := time.Date(year, time.January, 4, 0, 0, 0, 0, i18n.Helsinki()) // always in the first week
	monday := fourth.AddDate(0, 0, -(int(fourth.Weekday())+6)%7+7*(week-1))
	return monday, weekName(monday) == name // a year without a week 53 has none
}

func (v *Visit) answeredWeek() error {
	ctx, now := v.R.Context(), v.Clock.Now()
	view := answeredView{Week: weekName(now)}
	if given := v.Query("viikko"); given != "" {
		view.Week = given
	}
	var ok bool
	if view.From, ok = mondayOf(view.Week); !ok || view.From.After(now) {
		return fault.New(fault.NotFound, "answered.week.none")
	}
	until := view.From.AddDate(0, 0, 7)
	view.Last = until.AddDate(0, 0, -1)
	_, view.Number = view.From.ISOWeek()
	view.Before = weekName(view.From.AddDate(0, 0, -7))
	if !until.After(now) {
		view.After = weekName(until)
	}
	list, next, err := spark.AnsweredIn(ctx, v.DB, v.Region.ID, clock.Micros(view.From), clock.Micros(until), v.Query("sivu"), answeredAtOnce)
	if err != nil {
		return err
	}
	view.Next = next
	if view.Answered, err = v.answers(ctx, list); err != nil {
		return err
	}
	return v.Render(http.StatusOK, answeredPage(v, view))
}
