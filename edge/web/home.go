package web

import (
	"slices"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/feedback"
	"kokko/region/office"
	"kokko/region/style"
	"kokko/region/trust"
)

// room is a door of the settings with one line of how things stand behind it.
type room struct {
	door
	State string // "" where there is nothing to say
	Amiss bool   // somebody should look
}

func (v *Visit) settingsHome() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	var rooms []room
	for _, d := range v.settingsDoors() {
		r := room{door: d}
		if r.State, r.Amiss, err = v.behind(d.Key, set); err != nil {
			return err
		}
		rooms = append(rooms, r)
	}
	return v.Render(200, settingsPage(v, rooms))
}

// behind is how things stand behind a door, in one line.
func (v *Visit) behind(key string, set map[string]string) (state string, amiss bool, err error) {
	ctx := v.R.Context()
	switch key {
	case "self":
		state = v.T("settings.state.self.quiet", "language", v.languageName(v.Officer.Language))
		if v.Officer.MondayMail {
			state = v.T("settings.state.self.monday", "language", v.languageName(v.Officer.Language))
		}
	case "people":
		all, err := office.Officers(ctx, v.DB, v.Region.ID)
		if err != nil {
			return "", false, err
		}
		here := slices.DeleteFunc(all, func(o office.Officer) bool { return !o.Active })
		return v.N("settings.state.people", len(here)), false, nil
	case "calendar":
		return v.calendarState()
	case "templates", "texts":
		w, err := v.wordingsOf()
		if err != nil {
			return "", false, err
		}
		own, stale, lacks := 0, false, 0
		for _, s := range w.Slots {
			for _, c := range s.In {
				if c.Own {
					own++
				}
				stale = stale || c.Stale
			}
		}
		for _, n := range w.Missing {
			lacks += n
		}
		if key == "templates" {
			if state = v.N("settings.state.templates", len(w.Templates)); lacks > 0 {
				state += " " + v.N("settings.state.templates.lack", lacks)
			}
			return state, lacks > 0, nil
		}
		if state = v.N("settings.state.texts", own); own == 0 {
			state = v.T("settings.state.texts.none")
		} else if stale {
			state += " " + v.T("settings.state.texts.stale")
		}
		return state, stale, nil
	case "mail":
		signed := "unsigned"
		if set[office.MailDKIMKey] != "" {
			signed = "signed"
		}
		switch {
		case v.Region.Example:
			return v.T("settings.state.mail.example"), false, nil
		case set[office.MailURL] == "":
			return v.T("settings.state.mail.none"), true, nil
		}
		state = v.T("settings.state.mail." + signed)
	case "programme":
		state = v.T("settings.state.programme", "at", v.Say.DateTime(v.Edition.Version.At))
	case "statements":
		d, err := workday.Parse(set[setAssessed])
		switch {
		case set[setStatus] == "" || err != nil:
			return v.T("settings.state.statements.none"), true, nil
		case v.assessedLongAgo(d):
			return v.T("settings.state.statements.old", "day", v.FullDay(d)), true, nil
		}
		state = v.T("settings.state.statements", "day", v.FullDay(d))
	case "region":
		if state = v.T("settings.region.is_example"); !v.Region.Example {
			state = v.T("settings.region.is_adopted", "date", v.Say.Date(v.Region.Adopted))
		}
	case "look":
		own := 0
		for _, scheme := range style.Schemes() {
			for _, token := range style.Tokens() {
				if v.Style.Colour(scheme, token) != "" {
					own++
				}
			}
		}
		if state = v.N("settings.state.look", own); own == 0 {
			state = v.T("settings.state.look.usual")
		}
	case "retention":
		// What goes tonight is counted behind the door: that looks at all that was ever closed.
		last, erased, err := v.lastNight(ctx)
		if err != nil {
			return "", false, err
		}
		state = v.lastNightSays(last, erased)
	case "moderation":
		_, waits, err := spark.Work(ctx, v.DB, v.Region.ID, spark.Held, workday.Calendar{}, v.today(), 0, 1)
		if err != nil {
			return "", false, err
		}
		state = v.T("settings.state.moderation." + string(trust.RulesOf(set).Hold))
		if waits > 0 {
			state += " " + v.N("settings.state.moderation.waits", waits)
		}
	case "feedback":
		w, err := feedback.Count(ctx, v.DB, v.Region.ID, v.today())
		switch {
		case err != nil:
			return "", false, err
		case w.Late > 0:
			return v.N("settings.state.feedback.late", w.Late), true, nil
		case w.Open > 0:
			return v.N("settings.state.feedback.open", w.Open), false, nil
		}
		state = v.T("settings.state.feedback.none")
	case "log":
		all, _, err := audit.List(ctx, v.DB, v.Region.ID, audit.Filter{Limit: 1})
		if err != nil || len(all) == 0 {
			return "", false, err
		}
		state = v.T("settings.state.log", "at", v.Say.DateTime(all[0].At))
	case "jobs":
		stats, err := v.Jobs.Stats(ctx)
		if err != nil {
			return "", false, err
		}
		if stats.Dead > 0 {
			return v.N("settings.state.jobs.failed", stats.Dead), true, nil
		}
		state = v.T("settings.state.jobs.well")
	}
	return state, false, nil
}

// calendarState says who answers today and when the office closes next.
func (v *Visit) calendarState() (string, bool, error) {
	ctx, today := v.R.Context(), v.today()
	var said []string
	o, ok, err := office.Duty(ctx, v.DB, v.Region.ID, today)
	if err != nil {
		return "", false, err
	}
	if ok {
		said = append(said, v.T("settings.state.calendar.duty", "name", o.Name))
	} else {
		said = append(said, v.T("settings.state.calendar.nobody"))
	}
	all, err := office.Closures(ctx, v.DB, v.Region.ID)
	if err != nil {
		return "", false, err
	}
	if i := slices.IndexFunc(all, func(c office.Closure) bool { return c.Span.To >= today }); i >= 0 {
		said = append(said, v.T("settings.state.calendar.closed", "day", v.Say.Date(all[i].Span.From.Start(i18n.Helsinki()))))
	}
	return strings.Join(said, " "), !ok, nil
}
