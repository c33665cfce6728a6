package web

import (
	"slices"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/style"
)

// Texts per language: what the pages and letters say in the office's own words, and
// which answer templates lack which language.

const textsAt = settingsAt + "/tekstit"

func wordingRoutes() []route {
	on := func(pattern string, verb office.Verb, do func(*Visit) error) route {
		method, path, _ := strings.Cut(pattern, " ")
		return route{pattern: method + " " + textsAt + path, access: staff, verb: verb, object: office.Templates, do: do}
	}
	return []route{
		on("GET ", office.Read, (*Visit).wordings),
		on("GET /{id}", office.Read, (*Visit).wording),
		on("POST /{id}", office.Write, (*Visit).setWording),
	}
}

// unstyled is the programme in force without the office's own style: what the style
// stands over.
func (v *Visit) unstyled() (programme.Edition, error) {
	return v.Programmes.Current(v.R.Context(), v.Region.ID)
}

// slotRow is one text in each of the region's languages.
type slotRow struct {
	style.Slot
	In []slotCell
}

// setName is what a language is called, or plain Finnish.
func (v *Visit) setName(l i18n.Language) string {
	if l == i18n.Plain {
		return v.T("settings.texts.plain")
	}
	return v.languageName(string(l))
}

// slotCell is a text in one language, plain Finnish among them.
type slotCell struct {
	Lang  i18n.Language
	Own   bool
	Stale bool // the default has changed since the office wrote its own
}

// templateRow is one answer template and the languages it is in.
type templateRow struct {
	ID, Name, Lang string
	In             []templateCell
}

type templateCell struct {
	Lang i18n.Language
	Has  bool
}

// wordingsView is the texts and the templates by language.
type wordingsView struct {
	Slots     []slotRow
	Templates []templateRow
	Missing   map[i18n.Language]int // templates that lack a language
}

func (v *Visit) wordings() error {
	view, err := v.wordingsOf()
	if err != nil {
		return err
	}
	return v.Render(200, wordingsPage(v, view))
}

func (v *Visit) wordingsOf() (view wordingsView, err error) {
	ctx := v.R.Context()
	e, err := v.unstyled()
	if err != nil {
		return view, err
	}
	own, err := v.Styles.Current(ctx, v.Region.ID)
	if err != nil {
		return view, err
	}
	for _, s := range style.Slots() {
		row := slotRow{Slot: s}
		for _, l := range e.Sets() {
			words, has := own.Of(s.ID, string(l))
			row.In = append(row.In, slotCell{l, has, has && words.Replaced != s.Default(e.Programme, v.Parts.Texts.For(l))})
		}
		view.Slots = append(view.Slots, row)
	}
	all, err := office.AllTemplates(ctx, v.DB, v.Region.ID)
	if err != nil {
		return view, err
	}
	view.Missing = map[i18n.Language]int{}
	var ids []string
	for _, t := range all {
		if slices.Contains(ids, t.ID) {
			continue
		}
		ids = append(ids, t.ID)
		row := templateRow{ID: t.ID, Name: t.Name, Lang: t.Language}
		for _, l := range e.Tongues() {
			i := slices.IndexFunc(all, func(x office.Template) bool { return x.ID == t.ID && x.Language == string(l) })
			row.In = append(row.In, templateCell{l, i >= 0})
			switch {
			case i < 0:
				view.Missing[l]++
			case l == v.Lang:
				row.Name, row.Lang = all[i].Name, all[i].Language
			}
		}
		view.Templates = append(view.Templates, row)
	}
	return view, nil
}

// wordingView is one text in one language.
type wordingView struct {
	style.Slot
	Lang     i18n.Language
	Usual    string // the default
	UsualIn  string // the language the default is in
	Own      style.Own
	HasOwn   bool
	Preview  string // as a reader would see it, "" when not asked for
	Form     *Form
	Language []i18n.Language
}

// Stale tells that the default has changed since the office wrote its own words.
func (w wordingView) Stale() bool { return w.HasOwn && w.Own.Replaced != w.Usual }

// slotAt reads the text of the address and the language asked for.
func (v *Visit) slotAt(lang string) (w wordingView, e programme.Edition, err error) {
	if e, err = v.unstyled(); err != nil {
		return w, e, err
	}
	var ok bool
	if w.Slot, ok = style.Find(e.Programme, v.R.PathValue("id")); !ok || w.Group == "slogans" {
		return w, e, fault.New(fault.NotFound, "style.none")
	}
	w.Language = e.Sets()
	if w.Lang, ok = i18n.ParseSet(lang); !ok || !slices.Contains(w.Language, w.Lang) {
		w.Lang = w.Language[0]
	}
	w.Usual, w.UsualIn = w.Default(e.Programme, v.Parts.Texts.For(w.Lang)), string(w.Lang.Written())
	if text := w.Text(e.Programme); text != nil && !text.Has(w.UsualIn) && !text.Has(string(w.Lang)) {
		w.UsualIn = e.Original()
	}
	own, err := v.Styles.Current(v.R.Context(), v.Region.ID)
	if err != nil {
		return w, e, err
	}
	w.Own, w.HasOwn = own.Of(w.ID, string(w.Lang))
	return w, e, nil
}

func (v *Visit) wording() error {
	w, _, err := v.slotAt(v.Query("kieli"))
	if err != nil {
		return err
	}
	words := w.Usual
	if w.HasOwn {
		words = w.Own.Words
	}
	w.Form = v.Blank("words", words)
	return v.Render(200, wordingPage(v, w))
}

// setWording shows how words would look, takes them, or puts the default back.
func (v *Visit) setWording() error {
	f := v.Form()
	w, e, err := v.slotAt(f.Get("language"))
	if err != nil {
		return err
	}
	w.Form = f
	if f.Get("language") != string(w.Lang) {
		return fault.New(fault.Invalid, "language.wrong").On("language")
	}
	ctx, say := v.R.Context(), v.Parts.Texts.For(w.Lang)
	said := ""
	switch f.Get("do") {
	case "reset":
		said, err = "settings.texts.reset", v.Styles.Reset(ctx, e, w.Lang, w.ID)
	case "preview":
		var words string
		if words, err = w.Check(f.Get("words"), w.Usual); err == nil {
			w.Preview = v.sampled(w, words)
			return v.Render(200, wordingPage(v, w))
		}
	default:
		said, err = "settings.texts.saved", v.Styles.Put(ctx, e, say, w.ID, f.Get("words"))
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(422, wordingPage(v, w))
	}
	v.Tell(v.T(said, "text", v.T("settings.texts."+w.ID), "language", v.setName(w.Lang)))
	return v.Go(textsAt + "/" + w.ID + "?kieli=" + string(w.Lang))
}

// sampled fills words with values that could be, in the language of the words.
func (v *Visit) sampled(w wordingView, words string) string {
	say := v.Parts.Texts.For(w.Lang)
	due := v.Edition.NextBatch(v.today()).Start(i18n.Helsinki())
	span := workday.Span{From: v.today() + 7, To: v.today() + 14}
	return i18n.Fill(words, "day", say.OnWeekday(due), "due", say.OnWeekday(due),
		"days", say.Date(span.From.Start(i18n.Helsinki()))+" – "+say.Date(span.To.Start(i18n.Helsinki())), "reason", say.T("settings.texts.sample.reason"),
		"title", say.T("settings.texts.sample.title"), "name", v.Officer.Name, "role", v.Officer.Title, "phone", v.Officer.Phone,
		"link", v.full(w.Lang, "/oma/…"), "office", v.Edition.Office.Name.In(string(w.Lang)), "region", v.Edition.Region.Name.In(string(w.Lang)))
}

// closedSoon is within how many days a closed week is told of beforehand.
const closedSoon = 14

// closedWords tells that the office is closed, or will be soon: "" when it is open.
// A page is not worth less without it, so a store that does not answer is only
// logged here; the page's own questions to it will fail by themselves.
func (v *Visit) closedWords() string {
	all, err := office.Closures(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		v.Log.Error("the closed weeks could not be read", "region", v.Region.ID, "error", err)
		return ""
	}
	today := v.today()
	for _, c := range all { // the earliest first
		if c.Span.To >= today && c.Span.From <= today+closedSoon {
			return v.T("call.closed", "days", v.spanWords(c.Span), "reason", c.Reason)
		}
	}
	return ""
}

// gaps names the placeholders of a text as they are written, "" for none.
func (w wordingView) gaps() string {
	names := i18n.Gaps(w.Usual)
	if len(names) == 0 {
		return ""
	}
	return "{" + strings.Join(names, "} {") + "}"
}
