package web

import (
	"context"
	"strconv"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/journey/retention"
	"kokko/journey/spark"
	"kokko/region/office"
)

// How long things are kept: the office's rules with what each means right now, and
// what would go tonight.

const keepingAt = settingsAt + "/sailytys"

func keepingRoutes() []route {
	return []route{
		{pattern: "GET " + keepingAt, access: staff, verb: office.Read, object: office.Settings, do: (*Visit).keepingRules},
		{pattern: "POST " + keepingAt, access: staff, verb: office.Write, object: office.Settings, do: (*Visit).setKeeping},
		{pattern: "GET " + keepingAt + "/ensi-yo", access: staff, verb: office.Read, object: office.Settings, do: (*Visit).tonight},
	}
}

// keepingRule is one rule as the page shows it.
type keepingRule struct {
	retention.Rule
	retention.Numbers
	Least, Most int
	Sparks      []spark.Lapsed // with the preview
	Limit       workday.Day
}

// keepingView is the rules as they stand, or as they would.
type keepingView struct {
	Form    *Form
	Rules   []keepingRule
	Last    time.Time // when a night's work was last finished
	Erased  int       // what it erased
	Confirm bool      // more would go than by today's rules: asked once more
}

// Tonight is all that goes in the coming night.
func (k keepingView) Tonight() (n int) {
	for _, r := range k.Rules {
		n += r.Numbers.Tonight
	}
	return n
}

// periods is how long this region keeps things.
func (v *Visit) periods() (retention.Periods, error) {
	set, err := v.settings()
	return retention.Of(set), err
}

// comingNight is the day whose night comes next.
func (v *Visit) comingNight() workday.Day { return v.today() + 1 }

// keepingRulesOf counts what each rule means with these periods.
func (v *Visit) keepingRulesOf(p retention.Periods, list int) (all []keepingRule, err error) {
	ctx := v.R.Context()
	for _, r := range retention.Rules() {
		k := keepingRule{Rule: r, Limit: p.Limit(r, v.comingNight())}
		k.Least, k.Most = r.Range()
		if k.Numbers, err = retention.NumbersOf(ctx, v.DB, v.Region.ID, r, k.Limit); err != nil {
			return nil, err
		}
		if list > 0 {
			if k.Sparks, err = retention.Sparks(ctx, v.DB, v.Region.ID, r, k.Limit, list); err != nil {
				return nil, err
			}
		}
		all = append(all, k)
	}
	return all, nil
}

func (v *Visit) keepingRules() error {
	p, err := v.periods()
	if err != nil {
		return err
	}
	f := v.Blank()
	for r, months := range p {
		f.Values.Set(string(r), strconv.Itoa(months))
	}
	return v.showKeeping(200, p, keepingView{Form: f})
}

func (v *Visit) showKeeping(status int, p retention.Periods, k keepingView) (err error) {
	if k.Rules, err = v.keepingRulesOf(p, 0); err != nil {
		return err
	}
	if k.Last, k.Erased, err = v.lastNight(v.R.Context()); err != nil {
		return err
	}
	return v.Render(status, keepingPage(v, k))
}

// lastNight is when a night's work was last finished, zero for never, and what it erased.
func (v *Visit) lastNight(ctx context.Context) (last time.Time, erased int, err error) {
	runs, err := retention.Runs(ctx, v.DB, v.Region.ID)
	for _, run := range runs {
		erased += run.Erased
	}
	return retention.Last(runs), erased, err
}

// lastNightSays is lastNight in words.
func (v *Visit) lastNightSays(last time.Time, erased int) string {
	switch {
	case last.IsZero():
		return v.T("retention.never")
	case erased == 0:
		return v.T("retention.last.nothing", "at", v.Say.DateTime(last))
	}
	return v.N("retention.last", erased, "at", v.Say.DateTime(last))
}

// setKeeping takes the rules. When by the new ones more would go tonight than by
// the old, it says how much and asks once more: it cannot be undone.
func (v *Visit) setKeeping() error {
	f := v.Form()
	old, err := v.periods()
	if err != nil {
		return err
	}
	p, set := retention.Periods{}, map[string]string{}
	var wrong fault.Many
	for _, r := range retention.Rules() {
		n, err := r.Months(strings.TrimSpace(f.Get(string(r))))
		if err != nil {
			wrong = append(wrong, fault.List(err)...)
			n = old[r]
		}
		p[r], set[r.Setting()] = n, strconv.Itoa(n)
	}
	if len(wrong) > 0 {
		f.Wrong = wrong
		return v.showKeeping(422, p, keepingView{Form: f})
	}
	more := false
	for _, r := range retention.Rules() {
		if p[r] >= old[r] {
			continue
		}
		before, err := retention.NumbersOf(v.R.Context(), v.DB, v.Region.ID, r, old.Limit(r, v.comingNight()))
		if err != nil {
			return err
		}
		after, err := retention.NumbersOf(v.R.Context(), v.DB, v.Region.ID, r, p.Limit(r, v.comingNight()))
		if err != nil {
			return err
		}
		more = more || after.Tonight > before.Tonight
	}
	if more && f.Get("confirm") == "" {
		_ = f.Refuse(fault.New(fault.Invalid, "retention.confirm").On("confirm"))
		return v.showKeeping(422, p, keepingView{Form: f, Confirm: true})
	}
	if err := v.Office.Set(v.R.Context(), v.Region.ID, set); err != nil {
		return err
	}
	v.Tell(v.T("settings.retention.saved"))
	return v.Go(keepingAt)
}

// tonightShows is how many sparks of a rule the preview names.
const tonightShows = 50

func (v *Visit) tonight() error {
	p, err := v.periods()
	if err != nil {
		return err
	}
	k := keepingView{}
	if k.Rules, err = v.keepingRulesOf(p, tonightShows); err != nil {
		return err
	}
	return v.Render(200, tonightPage(v, k))
}

// forgets is the day in whose night a closed spark's contact details go; 0 while
// none is near, and where there is nothing to go.
func (v *Visit) forgets(sp spark.Spark, b spark.Bringer) (workday.Day, error) {
	if sp.Closed.IsZero() || sp.Open || b.Name+b.Email+b.Phone == "" {
		return 0, nil
	}
	p, err := v.periods()
	// A period that was made shorter cannot have been over before it was.
	return max(p.Goes(retention.Contacts, dayOf(sp.Closed)), v.comingNight()), err
}
