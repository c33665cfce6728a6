package web

import (
	"strings"

	"kokko/ground/fault"
	"kokko/region/office"
	"kokko/region/trust"
)

// What waits for a person's look at all: a region's own rules.

const rulesAt = settingsAt + "/valvonta"

func ruleRoutes() []route {
	return []route{
		{pattern: "GET " + rulesAt, access: staff, verb: office.Read, object: office.Settings, do: (*Visit).holdRules},
		{pattern: "POST " + rulesAt, access: staff, verb: office.Write, object: office.Settings, do: (*Visit).setHoldRules},
	}
}

func (v *Visit) holdRules() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	r := trust.RulesOf(set)
	return v.Render(200, holdRulesPage(v, v.Blank("hold", string(r.Hold), "words", strings.Join(r.Words, "\n"), "domains", strings.Join(r.Domains, "\n"))))
}

func (v *Visit) setHoldRules() error {
	f := v.Form()
	r, err := f.holdRules()
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(422, holdRulesPage(v, f))
	}
	if err := v.Office.Set(v.R.Context(), v.Region.ID, r.Settings()); err != nil {
		return err
	}
	v.Tell(v.T("settings.moderation.saved"))
	return v.Go(rulesAt)
}

// holdRules reads the rules off their form, with every mistake in them.
func (f *Form) holdRules() (trust.Rules, error) {
	r := trust.Usual()
	var wrong fault.Many
	switch r.Hold = trust.Mode(f.Get("hold")); r.Hold {
	case trust.HoldAll, trust.HoldSuspicious, trust.HoldNone:
	default:
		wrong = append(wrong, fault.New(fault.Invalid, "trust.mode.wrong").On("hold"))
	}
	var err error
	if r.Words, err = trust.ReadWords(f.Get("words")); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if r.Domains, err = trust.ReadDomains(f.Get("domains")); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	return r, wrong.OrNil()
}
