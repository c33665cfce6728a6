package web

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/knowhow"
	"kokko/region/office"
)

// Would it catch fire? The bringer and the office see the forecast; everybody sees what
// is lacking and what has happened, and the forecast where its bringer shows it.

func forecastRoutes() []route {
	const work = "/toimisto/kipina/{koodi}/ennuste"
	return []route{
		{pattern: "GET /kipina/{koodi}/ennuste", limit: 60, do: (*Visit).forecast},
		{pattern: "GET /oma/{salaisuus}/ennuste", do: own((*Visit).ownForecast)},
		{pattern: "POST /oma/{salaisuus}/ennuste", limit: 20, do: own((*Visit).ownForecastDo)},
		{pattern: "GET " + work, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).workForecast},
		{pattern: "POST " + work, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).workForecastDo},
	}
}

// forecastView is the forecast of a spark as one reader may know it.
type forecastView struct {
	Spark   spark.Spark // that carries the matter
	At      string      // the reader's own path to the spark
	Inside  bool        // the bringer or the office
	Mine    bool        // the bringer, who chooses whether everybody sees it
	Writes  bool
	Made    bool // a forecast is made of such a spark at all
	Shown   bool // everybody may see it
	Since   time.Time
	Now     forecast.Forecast // the newest
	Past    []forecast.Forecast
	live    forecast.Forecast  // as it is at this moment
	Reach   forecast.Reach     // how far its story would go
	Far     bool               // that is known
	Held    forecast.ReachHeld // how right such numbers have been
	Cascade forecast.Cascade   // how it was told onward
	Whom    forecast.Whom      // whom to involve next; inside
	With    []ident.ID         // what if these came along
	Place   string             // or those of a place
	Role    ring.Role          // or somebody in a role
	Done    string
}

// historyMost is how many forecasts of one spark are listed.
const historyMost = 30

// carrying is the spark that carries the matter of one.
func (v *Visit) carrying(sp spark.Spark) (spark.Spark, error) {
	if sp.MergedInto == 0 {
		return sp, nil
	}
	return spark.ByID(v.R.Context(), v.DB, v.Region.ID, sp.MergedInto)
}

func (v *Visit) forecastOf(sp spark.Spark, at string) (w forecastView, err error) {
	ctx := v.R.Context()
	w = forecastView{At: at, Done: oneOf(v.Query("tehty"), "laskettu", "esilla", "piilossa")}
	if w.Spark, err = v.carrying(sp); err != nil {
		return w, err
	}
	// What everybody reads of is how things are now; what was said of it stays as it was said.
	if w.Now, w.Made, err = v.Forecasts.Now(ctx, v.Region.ID, w.Spark.ID); err != nil {
		return w, err
	}
	w.live = w.Now
	if w.Past, err = forecast.Latest(ctx, v.DB, v.Region.ID, w.Spark.ID, historyMost); err != nil {
		return w, err
	}
	if len(w.Past) > 0 && (!w.Made || w.Past[0].Digest == w.Now.Digest) {
		w.Now = w.Past[0]
	}
	all, err := forecast.Choices(ctx, v.DB, v.Region.ID, w.Spark.ID)
	if err != nil {
		return w, err
	}
	if len(all) > 0 {
		w.Shown, w.Since = all[len(all)-1].Shown, all[len(all)-1].At
	}
	if w.Made {
		if w.Reach, w.Far, err = forecast.ReachOf(ctx, v.DB, v.Region.ID, w.Spark.ID); err != nil {
			return w, err
		}
	}
	if w.Far {
		if w.Held, err = v.Forecasts.ReachHeld(ctx, v.Region.ID); err != nil {
			return w, err
		}
	}
	w.Cascade, err = v.Forecasts.Cascade(ctx, w.Spark)
	return w, err
}

// Bounds of whom to involve is looked for among.
const (
	involveKnown = 40
	involveAsked = 10
)

// involve works out whom to involve next, for the bringer and the office, who look at it
// by the page of one spark.
func (v *Visit) involve(w *forecastView, of spark.Spark) error {
	if !w.Spark.Listed || !w.Spark.Open {
		return nil
	}
	ctx := v.R.Context()
	loads, err := v.Introductions.Loads(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	load := func(id ident.ID) float64 { return loads[id] }
	known, err := v.Know.Find(ctx, v.Region.ID, knowhow.Need{Text: w.Spark.Sought(), Most: involveKnown, Load: load})
	if err != nil {
		return err
	}
	a := forecast.Asking{Load: load, Today: v.today()}
	if w.Made {
		a.Now = &w.live
	}
	for _, k := range known {
		a.Known = append(a.Known, k.Actor.ID)
	}
	for _, given := range v.R.URL.Query()["kuka"] {
		if id, ok := ident.Parse(given); ok && len(w.With) < involveAsked {
			w.With = append(w.With, id)
		}
	}
	if p, ok := v.Edition.Place(v.Query("paikka")); ok {
		w.Place = p.ID
	}
	if role := ring.Role(v.Query("osa")); slices.Contains(forecast.Roles(), role) {
		w.Role = role
	}
	a.With, a.Place, a.Role = w.With, w.Place, w.Role
	if w.Whom, err = v.Forecasts.Involve(ctx, w.Spark, a); err != nil || len(w.Whom.Set)+len(w.Whom.What) == 0 {
		return err
	}
	// Who is suggested is shown to few, and each look is known of.
	look := audit.InvolveOwn
	if v.Officer != nil {
		look = audit.InvolveRead
	}
	return v.Office.Looked(ctx, v.Region.ID, look, audit.About{Thing: audit.Spark, Key: of.Code})
}

// more says how many more are reached: "3–8".
func more(r forecast.Range) string {
	low, high := int(r.Low+.5), int(r.High+.5)
	if low == high {
		return strconv.Itoa(low)
	}
	return i18n.Numbers(low, high)
}

// because says of a candidate, from where and what sector they are; "" for nothing known.
func (v *Visit) because(c forecast.Candidate) string {
	var all []string
	if c.Place != "" {
		all = append(all, v.placeTitle(c.Place))
	}
	if c.Sector != "" {
		all = append(all, v.sectorName(c.Sector))
	}
	return strings.Join(all, ", ")
}

// sees tells that the reader may see how likely it is.
func (w forecastView) sees() bool { return w.Inside || w.Shown }

func (v *Visit) forecast() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	w, err := v.forecastOf(sp, "/kipina/"+sp.Code)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, forecastPage(v, w))
}

func (v *Visit) ownForecast(m mine) error {
	w, err := v.forecastOf(m.Spark, m.path(""))
	w.Inside, w.Mine, w.Writes = true, m.Spark.MergedInto == 0, true
	if err == nil {
		err = v.involve(&w, m.Spark)
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, forecastPage(v, w))
}

func (v *Visit) ownForecastDo(m mine) error {
	sp, err := v.carrying(m.Spark)
	if err != nil {
		return err
	}
	ctx, done, own := v.R.Context(), "", m.Spark.MergedInto == 0
	switch do := v.Form().Get("do"); {
	case do == "show" && own, do == "hide" && own:
		done = map[string]string{"show": "esilla", "hide": "piilossa"}[do]
		err = v.Forecasts.Show(ctx, v.Region.ID, m.Spark.ID, m.Bringer.ID, do == "show")
	case do == "ask":
		done, err = "laskettu", v.Forecasts.Ask(ctx, v.Region.ID, sp.ID)
	default:
		err = fault.New(fault.Invalid, "forecast.do.missing").On("do")
	}
	if err != nil {
		return err
	}
	return v.Go(m.path("/ennuste?tehty=" + done))
}

func (v *Visit) workForecast() error {
	sp, err := v.sparkAt(v.R.Context())
	if err != nil {
		return err
	}
	w, err := v.forecastOf(sp, "/toimisto/kipina/"+sp.Code)
	w.Inside, w.Writes = true, v.May(right{Object: office.Sparks, Verb: office.Write})
	if err == nil {
		err = v.involve(&w, sp)
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workForecastPage(v, w))
}

func (v *Visit) workForecastDo() error {
	sp, err := v.sparkAt(v.R.Context())
	if err != nil {
		return err
	}
	of, err := v.carrying(sp)
	if err == nil {
		err = v.Forecasts.Ask(v.R.Context(), v.Region.ID, of.ID)
	}
	if err != nil {
		return err
	}
	return v.Go("/toimisto/kipina/" + sp.Code + "/ennuste?tehty=laskettu")
}

// inTime says in what time a spark catches fire by a definition.
func (v *Visit) inTime(d forecast.Definition) string {
	if d.Days == 180 {
		return v.T("forecast.half_year")
	}
	return v.N("forecast.in_days", d.Days)
}

// ofTen says a share as how many of ten.
func (v *Visit) ofTen(share float64) string {
	switch n := int(share*10 + .5); {
	case n == 0:
		return v.T("forecast.of_ten.none")
	case n >= 10:
		return v.T("forecast.of_ten.all")
	default:
		return strconv.Itoa(n)
	}
}

// aboutTen says a share as about how many of ten.
func (v *Visit) aboutTen(share float64) string {
	said := v.ofTen(share)
	if _, err := strconv.Atoi(said); err == nil {
		return v.T("forecast.of_ten.about", "n", said)
	}
	return said
}

// tens are the ends of a range, of ten, in whole numbers. What would be one number is
// told from the whole number below it to the one above.
func tens(r forecast.Range) (low, high string) {
	a, b := math.Round(r.Low*10), math.Round(r.High*10)
	if a == b {
		a, b = math.Floor(r.Low*10), math.Ceil(r.High*10)
	}
	return strconv.Itoa(int(a)), strconv.Itoa(int(b))
}

// tensRange is tens in short: "2–4".
func tensRange(r forecast.Range) string {
	low, high := tens(r)
	if low == high {
		return low
	}
	return i18n.Range(low, high)
}

// tenth is from how many finished sparks on their rate is said as how many of ten.
const tenth = 10

// rateWords says how many of those that have had their time caught fire.
func (v *Visit) rateWords(d forecast.Definition, b forecast.Base) string {
	switch within := v.inTime(d); {
	case b.Finished == 0:
		return v.N("forecast.none", d.Days)
	case b.Finished < tenth:
		return v.N("forecast.few", b.Finished, "caught", v.N("forecast.few.caught", b.Caught), "within", within)
	default:
		return v.T("forecast.rate", "ten", v.ofTen(b.Rate()), "within", within)
	}
}

// chanceWords says how likely it is in a line, always with what it rests on.
func (v *Visit) chanceWords(f forecast.Forecast) (line, rests string) {
	within := v.inTime(f.Definition)
	low, high := tens(f.Chance)
	rests = v.N("forecast.rests", f.Base.Finished)
	switch f.Evidence {
	case forecast.Happened:
		return v.T("forecast.happened"), ""
	case forecast.Nothing:
		return v.rateWords(f.Definition, f.Base), ""
	case forecast.Few:
		return v.rateWords(f.Definition, f.Base), rests
	case forecast.Learnt:
		return v.T("forecast.learnt", "ten", v.aboutTen(f.Chance.Mid), "low", low, "high", high, "within", within), rests
	}
	return v.T("forecast.base", "ten", v.aboutTen(f.Base.Rate()), "low", low, "high", high, "within", within), rests
}

// help is what would mend something that is lacking.
type help struct{ Lack, Path string }

// helps gives what a spark lacks with where something can be done about it.
func (v *Visit) helps(w forecastView) (all []help) {
	public := "/kipina/" + w.Spark.Code
	for _, l := range w.Now.Inputs.Lacks {
		h := help{string(l), public + "/osaajat"}
		switch l {
		case forecast.LacksPerson:
			h.Path = public + "/kerro"
		case forecast.LacksDoer:
			h.Path = w.ringAt("doer")
		case forecast.LacksPlace:
			h.Path = w.ringAt("host")
		}
		all = append(all, h)
	}
	return all
}

// ringAt is where a role of the ring is looked for, or taken.
func (w forecastView) ringAt(role string) string {
	if w.Inside {
		return w.At + "/rinki"
	}
	return w.At + "/rinki?osa=" + role
}

// side tells how a help is said: to those who look after a spark, or to a reader.
func (w forecastView) side() string {
	if w.Inside {
		return "own"
	}
	return "reader"
}

// told is a count of openings as it may be told.
func (v *Visit) toldCount(n int) string {
	words, few := share.Told(n)
	if few {
		return v.T("forecast.fewer", "n", words)
	}
	return words
}

// basisWords says what the chance that a word goes from one to another rests on.
func (v *Visit) basisWords(b forecast.Basis) string {
	if !b.Learnt() {
		return v.T("forecast.basis.assumed")
	}
	return v.N("forecast.basis.learnt", b.Took, "tried", v.Say.Number(int64(b.Tried)))
}

// caresWords says how much more readily somebody takes up what they care for, and whether
// that is known.
func (v *Visit) caresWords(b forecast.Basis) string {
	line := v.T("forecast.basis.cares.assumed")
	if b.Lift > 0 {
		line = v.T("forecast.basis.cares.learnt", "times", v.Say.Decimal(b.Lift, 1))
	}
	return line + " " + v.T("forecast.basis.cares.what")
}

// daysWords says how soon a word goes from one to another, and whether that is known.
func (v *Visit) daysWords(b forecast.Basis) string {
	if b.Days == 0 {
		return v.T("forecast.basis.days.assumed")
	}
	return v.N("forecast.basis.days.learnt", b.Days, "took", v.Say.Number(int64(b.Waited)))
}

// viaWords says by whose ties a set reaches further.
func (v *Visit) viaWords(r forecast.Reason) string {
	legal := r.Legal
	if legal == "" {
		legal = "none"
	}
	line := v.N("forecast.via."+legal, r.Count, "who", r.Organisation.Title)
	if r.Sector != "" {
		line += " " + v.T("forecast.via.sector", "sector", v.sectorName(r.Sector))
	}
	return line
}

// fan is how many there are by when, as a range: what its picture is drawn of.
type fan struct {
	Days       []forecast.Day
	Age, Begin int // the day it is told on, and how many there are then
}

// hidden tells that such numbers have done no better than what is usual, at such an age.
func (w forecastView) hidden() bool { return !w.Held.Better(w.Reach.Age) }

// thin tells that the numbers of reach are not told: the network that is known is too
// thin for them, or they have not done better than what is usual.
func (w forecastView) thin() bool { return w.hidden() || w.Reach.Short(w.Now) }

// middleOf is the number in the middle of a place.
func middleOf(all []forecast.Group, id string) int {
	for _, g := range all {
		if g.ID == id {
			return g.Mid
		}
	}
	return 0
}

// warmPlaces are the places where a story would be heard of, for the map, each with what
// is seldom exceeded there.
func (v *Visit) warmPlaces(r forecast.Reach) drawing {
	var spots []spot
	for _, g := range r.Places {
		if p, ok := v.Edition.Place(g.ID); ok {
			spots = append(spots, spot{Place: p, Sparks: g.High})
		}
	}
	d := v.draw(spots)
	if len(d.Dots)+len(d.Links) == 0 {
		d.Box = "" // none of them is on the map
	}
	return d
}
