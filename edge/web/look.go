package web

import (
	"fmt"
	"math"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/style"
)

// The look: the programme's accent colours with their contrast measured, the
// office's own in their place, and the slogans of the municipalities.

const lookAt = settingsAt + "/ilme"

func lookRoutes() []route {
	return []route{
		{pattern: "GET " + lookAt, access: staff, verb: office.Read, object: office.Settings, do: (*Visit).lookSettings},
		{pattern: "POST " + lookAt, access: staff, verb: office.Write, object: office.Settings, do: (*Visit).setColours},
		{pattern: "POST " + lookAt + "/iskulauseet", access: staff, verb: office.Write, object: office.Settings, do: (*Visit).setSlogans},
	}
}

// need is one thing a colour must differ from enough to be read.
type need struct {
	Name  string // of the other colour: settings.look.on.NAME
	Least float64
	Other string
}

// needs lists what a token must differ from, among the accents of its scheme and
// the colours of the house. The pages' style leaves out what does not: see Brand.
func needs(token string, accents map[string]string, g ground) []need {
	switch token {
	case "fill":
		return []need{{"paper", forShape, g.paper}, {"sheet", forShape, g.sheet}}
	case "on_fill":
		return []need{{"fill", forText, accents["fill"]}}
	case "link":
		return []need{{"paper", forText, g.paper}, {"sheet", forText, g.sheet}, {"ash", forText, g.ash}, {"notes", forText, g.goodSoft}, {"notes", forText, g.warnSoft}, {"notes", forText, g.badSoft}, {"tint", forText, accents["tint"]}}
	case "tint":
		return []need{{"ink", forText, g.ink}, {"ink", forText, g.soft}, {"ember", forText, g.ember}, {"signals", forText, g.good}, {"signals", forText, g.warn}, {"signals", forText, g.bad}}
	}
	return nil
}

// groundOf is the colours of the house by day or by night.
func groundOf(scheme string) ground {
	if scheme == "dark" {
		return night()
	}
	return daylight()
}

// measured is how a colour does against what it must differ from.
type measured struct {
	Ratio float64 // the worst against its need
	Least float64
	On    string // what it does worst against
}

// Passes tells whether the colour can be read everywhere it is used.
func (m measured) Passes() bool { return m.Ratio >= m.Least }

// worstOf finds the worst of a colour's contrasts, by how far it is under its need.
func worstOf(colour string, all []need) (worst measured) {
	share := math.Inf(1)
	for _, n := range all {
		if ratio := programme.Contrast(colour, n.Other); ratio/n.Least < share {
			share, worst = ratio/n.Least, measured{ratio, n.Least, n.Name}
		}
	}
	return worst
}

// swatch is one accent colour as the page shows it.
type swatch struct {
	Scheme, Token string
	Usual         string // the programme's
	Now           string // in force
	Own           bool
	measured
}

// field is the colour's field in the form.
func (s swatch) field() string { return s.Scheme + "_" + s.Token }

// lookView is the look as it stands.
type lookView struct {
	Swatches []swatch
	Colours  *Form
	Slogans  *Form
	Slots    []style.Slot
	Plain    programme.Edition
}

func (v *Visit) lookSettings() error { return v.showLook(200, nil, nil) }

func (v *Visit) showLook(status int, colours, slogans *Form) error {
	e, err := v.unstyled()
	if err != nil {
		return err
	}
	own, err := v.Styles.Current(v.R.Context(), v.Region.ID)
	if err != nil {
		return err
	}
	view := lookView{Plain: e, Colours: colours, Slogans: slogans, Slots: style.Slogans(e.Programme)}
	now := own.Over(e)
	if colours == nil {
		view.Colours = v.Blank()
	}
	if slogans == nil {
		view.Slogans = v.Blank()
	}
	for _, scheme := range style.Schemes() {
		usual, accents := e.Brand.Light, now.Brand.Light
		if scheme == "dark" {
			usual, accents = e.Brand.Dark, now.Brand.Dark
		}
		for _, token := range style.Tokens() {
			s := swatch{Scheme: scheme, Token: token, Usual: usual[token], Now: accents[token], Own: own.Colour(scheme, token) != ""}
			s.measured = worstOf(s.Now, needs(token, accents, groundOf(scheme)))
			view.Swatches = append(view.Swatches, s)
			if colours == nil {
				view.Colours.Values.Set(s.field(), own.Colour(scheme, token))
			}
		}
	}
	if slogans == nil {
		for _, slot := range view.Slots {
			for _, l := range e.Tongues() {
				view.Slogans.Values.Set(sloganField(slot, l), slot.Text(now.Programme).In(string(l)))
			}
		}
	}
	return v.Render(status, lookPage(v, view))
}

func sloganField(s style.Slot, l i18n.Language) string { return s.ID + "_" + string(l) }

// hexColour reads a colour as people write it: with the sign or without, in small
// letters or capitals, three digits or six.
func hexColour(s string) (string, bool) {
	s = strings.ToLower(strings.TrimPrefix(strings.TrimSpace(s), "#"))
	if len(s) == 3 {
		s = string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]})
	}
	return "#" + s, len(s) == 6 && strings.Trim(s, "0123456789abcdef") == ""
}

// setColours takes the office's own accents; an empty field is the programme's. A
// colour that could not be read is refused with what was measured and the nearest
// that can.
func (v *Visit) setColours() error {
	f := v.Form()
	e, err := v.unstyled()
	if err != nil {
		return err
	}
	set := map[string]string{}
	var wrong fault.Many
	for _, scheme := range style.Schemes() {
		accents := map[string]string{}
		usual := e.Brand.Light
		if scheme == "dark" {
			usual = e.Brand.Dark
		}
		for _, token := range style.Tokens() {
			field := swatch{Scheme: scheme, Token: token}.field()
			accents[token] = usual[token]
			set[style.Setting(scheme, token)] = ""
			if strings.TrimSpace(f.Get(field)) == "" {
				continue
			}
			colour, ok := hexColour(f.Get(field))
			if !ok {
				wrong = append(wrong, fault.New(fault.Invalid, "colour.wrong").On(field))
				continue
			}
			accents[token], set[style.Setting(scheme, token)] = colour, colour
		}
		for _, token := range style.Tokens() {
			field := swatch{Scheme: scheme, Token: token}.field()
			if set[style.Setting(scheme, token)] == "" {
				continue
			}
			all := needs(token, accents, groundOf(scheme))
			if other := above(token); other != "" && set[style.Setting(scheme, other)] == "" {
				all = append(all, need{other, forText, accents[other]}) // the programme's own stays, so this one must suit it
			}
			if err := v.unreadable(field, accents[token], all); err != nil {
				wrong = append(wrong, err)
			}
		}
	}
	if err := wrong.OrNil(); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showLook(422, f, nil)
	}
	if err := v.Office.Set(v.R.Context(), v.Region.ID, set); err != nil {
		return err
	}
	v.Styles.LookAgain(v.Region.ID)
	v.Tell(v.T("settings.look.saved"))
	return v.Go(lookAt)
}

// above is the accent that is read on another, "" for one that is read itself.
func above(token string) string {
	return map[string]string{"fill": "on_fill", "tint": "link"}[token]
}

// unreadable is what is wrong with a colour's contrast, nil when nothing is. A
// ratio is never told better than it is: 4.49 is not 4.5.
func (v *Visit) unreadable(field, colour string, all []need) *fault.Error {
	m := worstOf(colour, all)
	if m.Passes() {
		return nil
	}
	wrong := fault.New(fault.Invalid, "colour.contrast").On(field).With("colour", colour).With("ratio", v.ratio(m.Ratio)).With("least", v.ratio(m.Least)).With("on", v.T("settings.look.on."+m.On))
	if near, ok := programme.Nearest(colour, func(c string) bool { return worstOf(c, all).Passes() }); ok {
		return wrong.With("near", near)
	}
	wrong.Key = "colour.contrast.none"
	return wrong
}

// ratio writes a contrast with two decimals at most, rounded down.
func (v *Visit) ratio(r float64) string {
	s := strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", math.Floor(r*100)/100), "0"), ".")
	if v.Lang != i18n.English {
		s = strings.Replace(s, ".", ",", 1)
	}
	return s
}

// setSlogans takes the municipalities' slogans in each language; an empty one is
// the programme's.
func (v *Visit) setSlogans() error {
	f := v.Form()
	ctx := v.R.Context()
	e, err := v.unstyled()
	if err != nil {
		return err
	}
	var wrong fault.Many
	type change struct {
		slot  style.Slot
		lang  i18n.Language
		words string
	}
	var all []change
	for _, slot := range style.Slogans(e.Programme) {
		for _, l := range e.Tongues() {
			words := f.Get(sloganField(slot, l))
			if strings.TrimSpace(words) == "" {
				all = append(all, change{slot, l, ""})
				continue
			}
			clean, err := slot.Check(words, "")
			for _, e := range fault.List(err) {
				wrong = append(wrong, e.On(sloganField(slot, l)))
			}
			all = append(all, change{slot, l, clean})
		}
	}
	if err := wrong.OrNil(); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showLook(422, nil, f)
	}
	for _, c := range all {
		usual := c.slot.Default(e.Programme, v.Parts.Texts.For(c.lang))
		if c.words == "" || c.words == usual {
			err = v.Styles.Reset(ctx, e, c.lang, c.slot.ID)
		} else {
			err = v.Styles.Put(ctx, e, v.Parts.Texts.For(c.lang), c.slot.ID, c.words)
		}
		if err != nil {
			return err
		}
	}
	v.Tell(v.T("settings.look.slogans.saved"))
	return v.Go(lookAt)
}

// sloganName is what a slogan is called in the log: its municipality's.
func (v *Visit) sloganName(id string) string {
	for _, m := range v.Edition.Region.Municipalities {
		if "slogan."+m.ID == id {
			return v.T("settings.look.slogan_of", "name", v.In(m.Name))
		}
	}
	return id
}
