package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

// Cards and posters of the call, to be printed and handed out: for a place, a
// theme, a question or an event. Their code leads to the form with the same
// things chosen; a card has room to write by hand.

func cardRoutes() []route {
	read := func(pattern string, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: office.Read, object: office.Sparks, do: do}
	}
	return []route{
		read("GET /toimisto/kortit", (*Visit).chooseCards),
		read("GET /toimisto/kortti", (*Visit).showCards),
		// The picture is for anybody: it can lead nowhere but to this site's own form.
		{pattern: "GET /kortti/qr.svg", limit: 120, do: (*Visit).cardCode},
	}
}

// maxEvent keeps the code of a card coarse enough for an old telephone.
const maxEvent = 60

// The two things that are printed.
const (
	aPoster = "juliste"
	aSheet  = "kortit"
)

// invitation is what is printed in one language, and where its code leads.
type invitation struct {
	*Visit // in the language of the paper
	Place  place.Place
	Kind   string // "" for all the call's questions
	Theme  string
	Event  string
	Phone  string // "" when nobody answers one
	Inbox  string // the call's own mailbox, "" for none
}

// query is what the form is opened with.
func (i invitation) query() url.Values {
	q := url.Values{}
	for name, value := range map[string]string{"paikka": i.Place.ID, "laji": i.Kind, "teema": i.Theme, "tapahtuma": i.Event} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

// Leads is the address in the code: always one of this site's own.
func (i invitation) Leads() string {
	path := "/kipina"
	if q := i.query(); len(q) > 0 {
		path += "?" + q.Encode()
	}
	return i.full(i.Lang, path)
}

// Typed is an address short enough to type from paper; what the code chooses is
// chosen there by hand.
func (i invitation) Typed() string {
	_, bare, _ := strings.Cut(i.full(i.Lang, "/kipina"), "://")
	return bare
}

// Picture is the address of the code's picture.
func (i invitation) Picture() string {
	q := i.query()
	q.Set("kieli", string(i.Lang))
	return string(i.URL("/kortti/qr.svg?" + q.Encode()))
}

// Where is what the paper is for: the event, the place.
func (i invitation) Where() string {
	return addressLine(i.Event, i.In(i.Place.Name))
}

// Asks is the questions on it.
func (i invitation) Asks() (all []programme.Kind) {
	for _, k := range i.Edition.Kinds() {
		if i.Kind == "" || i.Kind == k.ID {
			all = append(all, k)
		}
	}
	return all
}

// Return is where a card is brought or posted, "" when the programme does not tell.
func (i invitation) Return() string {
	o := i.Edition.Office
	if o.Street == "" && o.Box == "" {
		return ""
	}
	return addressLine(i.In(o.Name), cmp.Or(o.Street, o.Box), strings.TrimSpace(o.Postcode+" "+o.City))
}

// speaking is this visit in another language.
func (v *Visit) speaking(l i18n.Language) *Visit {
	other := *v
	other.Lang, other.Say = l, v.Parts.Texts.For(l)
	return &other
}

// invitations reads what was chosen off the address, one for each language, and
// the form to show it in. Whatever is chosen is one of the programme's own, but
// for the event's name, which stands on paper the office itself prints.
func (v *Visit) invitations() (all []invitation, f *Form, err error) {
	f = &Form{Values: v.R.URL.Query(), say: v.Say}
	one := invitation{Event: spark.CleanLine(f.Get("tapahtuma"))}
	var wrong fault.Many
	bad := func(field, key string) { wrong = append(wrong, fault.New(fault.Invalid, key).On(field)) }
	if name := spark.CleanLine(f.Get("paikka")); name != "" {
		id, ok := v.Edition.PlaceNamed(name)
		if p, known := v.Edition.Place(cmp.Or(id, name)); ok || known {
			one.Place = p
		} else {
			wrong = append(wrong, fault.New(fault.Invalid, "place.unknown").On("paikka").With("place", firstRunes(name, spark.MaxName)))
		}
	}
	if one.Kind = f.Get("laji"); one.Kind != "" {
		if _, ok := v.Edition.Kind(one.Kind); !ok {
			bad("laji", "spark.kind.wrong")
		}
	}
	if one.Theme = f.Get("teema"); one.Theme != "" {
		if _, ok := v.Edition.Theme(one.Theme); !ok {
			bad("teema", "spark.theme.unknown")
		}
	}
	if n := utf8.RuneCountInString(one.Event); n > maxEvent {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("tapahtuma").With("max", maxEvent).With("now", n))
	}
	tongues := v.Edition.Tongues()
	var chosen []i18n.Language
	for _, said := range f.Values["kieli"] {
		if l, ok := i18n.ParseLanguage(said); ok && slices.Contains(tongues, l) {
			if !slices.Contains(chosen, l) {
				chosen = append(chosen, l)
			}
		} else {
			bad("kieli", "language.wrong")
			break
		}
	}
	if len(chosen) == 0 {
		chosen = []i18n.Language{v.Lang}
		f.Values["kieli"] = []string{string(v.Lang)}
	}
	if !slices.Contains([]string{"", aPoster, aSheet}, f.Get("malli")) {
		bad("malli", "cards.model.wrong")
	}
	if err := wrong.OrNil(); err != nil {
		return nil, f, err
	}
	for _, l := range chosen {
		one.Visit = v.speaking(l)
		all = append(all, one)
	}
	return all, f, nil
}

// callPhone is the number to call: the office's own, else of who is on duty.
func (v *Visit) callPhone() (string, error) {
	if p := v.Edition.Office.Phone; p != "" {
		return p, nil
	}
	o, _, err := office.Duty(v.R.Context(), v.DB, v.Region.ID, v.today())
	return o.Phone, err
}

func (v *Visit) chooseCards() error {
	_, f, err := v.invitations()
	return v.cardsChosen(f, err)
}

func (v *Visit) cardsChosen(f *Form, err error) error {
	status := http.StatusOK
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		status = http.StatusUnprocessableEntity
	}
	return v.Render(status, chooseCardsPage(v, f))
}

func (v *Visit) showCards() error {
	all, f, err := v.invitations()
	if err != nil {
		return v.cardsChosen(f, err)
	}
	phone, err := v.callPhone()
	if err != nil {
		return err
	}
	inbox := v.callMailbox()
	for i := range all {
		all[i].Phone, all[i].Inbox = phone, inbox
	}
	return v.Render(http.StatusOK, cardsPage(v, f, all))
}

// cardCode is the picture of a code, also for the office's own leaflets.
func (v *Visit) cardCode() error {
	all, _, err := v.invitations()
	if err != nil {
		return err
	}
	i := all[0]
	svg, err := codeSVG(i.Leads(), i.T("cards.code_alt", "address", i.Typed()))
	if err != nil {
		return err
	}
	return v.plain("image/svg+xml; charset=utf-8", svg)
}
