package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/event"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/office"
)

// Events on the office's table: made, published, moved, called off, who comes, and
// what was told there written down on the spot.

const eventsAt = "/toimisto/tapahtumat"

func holdingRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + eventsAt + path, access: staff, verb: verb, object: office.Events, do: do}
	}
	return []route{
		on("GET", "", office.Read, (*Visit).workEvents),
		on("POST", "", office.Write, (*Visit).makeEvent),
		on("GET", "/uusi", office.Write, (*Visit).newEvent),
		on("GET", "/{id}", office.Read, (*Visit).workEvent),
		on("POST", "/{id}", office.Write, (*Visit).changeEvent),
		on("POST", "/{id}/julkaise", office.Write, (*Visit).publishEvent),
		on("POST", "/{id}/peru", office.Write, (*Visit).cancelEvent),
		{pattern: "GET " + eventsAt + "/{id}/kirjaa", access: staff, verb: office.Enter, object: office.Sparks, do: (*Visit).jotForm},
		{pattern: "POST " + eventsAt + "/{id}/kirjaa", access: staff, verb: office.Enter, object: office.Sparks, do: (*Visit).jot},
	}
}

// eventDesk is the office's list of events.
type eventDesk struct {
	List   []event.Event
	Later  bool
	Next   ident.ID
	Writes bool
}

func (v *Visit) workEvents() error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	d := eventDesk{Later: before != 0, Writes: v.May(right{Object: office.Events, Verb: office.Write})}
	if d.List, err = event.All(v.R.Context(), v.DB, v.Region.ID, before, perPage+1); err != nil {
		return err
	}
	d.List, d.Next = page(d.List, func(e event.Event) ident.ID { return e.ID })
	return v.Render(http.StatusOK, workEventsPage(v, d))
}

// seatLine is one sign-up as the office sees it.
type seatLine struct {
	event.Seat
	Email string
}

// eventSheet is one event with its forms.
type eventSheet struct {
	event.Event // zero for one not yet made
	State       event.State
	Form        *Form
	Signed      int
	Waits       int // people
	Lists       map[event.Standing][]seatLine
	Writes      bool
	Enters      bool
	Reach       bool // may see who comes
}

func (p *eventSheet) made() bool { return p.ID != 0 }

// mends tells that what the event says may still change.
func (p *eventSheet) mends() bool {
	return p.Writes && p.State != event.Cancelled && p.State != event.Over
}

func (v *Visit) workEventAt() (event.Event, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return event.Event{}, fault.New(fault.NotFound, "event.none")
	}
	return event.One(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) newEvent() error {
	f := v.Blank("signup", "1")
	v.colliding(f)
	return v.showEvent(http.StatusOK, event.Event{Language: v.Edition.Original()}, f)
}

func (v *Visit) workEvent() error {
	e, err := v.workEventAt()
	if err != nil {
		return err
	}
	return v.showEvent(http.StatusOK, e, v.eventFields(e))
}

// eventFields puts an event into a form, as it is typed.
func (v *Visit) eventFields(e event.Event) *Form {
	begins, ends := e.Begins.In(i18n.Helsinki()), e.Ends.In(i18n.Helsinki())
	f := v.Blank("venue", e.Venue, "place", v.eventPlace(e), "day", dayOf(e.Begins).String(), "from", begins.Format("15:04"), "until", ends.Format("15:04"), "version", strconv.FormatInt(e.Version, 10))
	for lang, t := range e.Texts {
		f.Values.Set("title."+lang, t.Title)
		f.Values.Set("about."+lang, t.About)
	}
	if last := dayOf(e.Ends); last != dayOf(e.Begins) {
		f.Values.Set("last", last.String())
	}
	if e.SignUp {
		f.Values.Set("signup", "1")
	}
	if e.Capacity > 0 {
		f.Values.Set("capacity", strconv.Itoa(e.Capacity))
	}
	return f
}

// moment reads a day and an hour off a form, Finnish time; zero when they cannot be
// read.
func (f *Form) moment(day, clock string) (time.Time, error) {
	d, err := f.day(day)
	if err != nil || d == 0 {
		return time.Time{}, err
	}
	typed := strings.Replace(strings.TrimSpace(f.Get(clock)), ".", ":", 1)
	h, err := time.Parse("15:04", typed)
	if err != nil {
		if h, err = time.Parse("15", typed); err != nil {
			return time.Time{}, fault.New(fault.Invalid, "event.hour.wrong").On(clock).Because(err)
		}
	}
	y, m, n := d.Date()
	return time.Date(y, m, n, h.Hour(), h.Minute(), 0, 0, i18n.Helsinki()).UTC(), nil
}

// eventDraft reads an event off its form.
func (v *Visit) eventDraft(f *Form) (d event.Draft, err error) {
	var wrong fault.Many
	d = event.Draft{Texts: map[string]event.Text{}, Place: f.Get("place"), Venue: f.Get("venue"), SignUp: f.Get("signup") != ""}
	for _, l := range v.Edition.Tongues() {
		d.Texts[string(l)] = event.Text{Title: f.Get("title." + string(l)), About: f.Get("about." + string(l))}
	}
	last := "last"
	if strings.TrimSpace(f.Get(last)) == "" {
		last = "day"
	}
	if d.Begins, err = f.moment("day", "from"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if d.Ends, err = f.moment(last, "until"); err != nil && !(last == "day" && slices.ContainsFunc(wrong, func(e *fault.Error) bool { return e.Field == "day" })) {
		wrong = append(wrong, fault.List(err)...)
	}
	if s := strings.TrimSpace(f.Get("capacity")); s != "" {
		if d.Capacity, err = strconv.Atoi(s); err != nil || d.Capacity < 1 {
			wrong = append(wrong, fault.New(fault.Invalid, "event.capacity.wrong").On("capacity").With("max", event.MaxCapacity))
			d.Capacity = 0
		}
	}
	return d, wrong.OrNil()
}

func (v *Visit) showEvent(status int, e event.Event, f *Form) error {
	ctx := v.R.Context()
	p := &eventSheet{Event: e, State: e.State(v.Clock.Now()), Form: f, Writes: v.May(right{Object: office.Events, Verb: office.Write}), Enters: v.May(right{Object: office.Sparks, Verb: office.Enter}),
		Reach: v.May(right{Object: office.Contacts, Verb: office.Read}), Lists: map[event.Standing][]seatLine{}}
	if p.made() {
		var err error
		if p.Signed, p.Waits, err = event.Counts(ctx, v.DB, v.Region.ID, e.ID); err != nil {
			return err
		}
	}
	if p.Reach && p.Signed > 0 {
		for _, standing := range []event.Standing{event.Seated, event.Waiting} {
			all, err := event.Seats(ctx, v.DB, v.Region.ID, e.ID, standing, 0, event.MaxSeats)
			if err != nil {
				return err
			}
			ids := make([]ident.ID, len(all))
			for i, seat := range all {
				ids[i] = seat.Address
			}
			who, err := address.ByIDs(ctx, v.DB, v.Region.ID, ids...)
			if err != nil {
				return err
			}
			for _, seat := range all {
				p.Lists[standing] = append(p.Lists[standing], seatLine{seat, who[seat.Address].Email})
			}
		}
		if err := v.Office.Looked(ctx, v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "event"}); err != nil {
			return err
		}
	}
	return v.Render(status, workEventPage(v, p))
}

func (v *Visit) makeEvent() error {
	f := v.Form()
	d, err := v.eventDraft(f)
	var e event.Event
	if err == nil {
		e, err = v.Events.Make(v.R.Context(), v.Region.ID, v.Edition, d)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showEvent(statusOfAll(f.Wrong), event.Event{Language: v.Edition.Original()}, f)
	}
	v.Tell(v.T("workevent.made"))
	return v.Go(eventsAt + "/" + e.ID.String())
}

// eventAct is the event of the address as the officer saw it.
func (v *Visit) eventAct(e event.Event) event.Act {
	version, _ := strconv.ParseInt(v.Form().Get("version"), 10, 64)
	return event.Act{Region: v.Region.ID, Event: e.ID, Version: version}
}

// onEvent runs a verb on the event of the address, and shows its page again, with
// what was typed, when it is refused.
func (v *Visit) onEvent(said string, do func(e event.Event) error) error {
	e, err := v.workEventAt()
	if err != nil {
		return err
	}
	if err := do(e); err != nil {
		f := v.Form()
		if !f.Values.Has("venue") { // a button's form has no fields of its own
			f = v.eventFields(e)
		}
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showEvent(statusOfAll(f.Wrong), e, f)
	}
	v.Tell(v.T(said))
	return v.Go(eventsAt + "/" + e.ID.String())
}

func (v *Visit) changeEvent() error {
	return v.onEvent("workevent.changed", func(e event.Event) error {
		d, err := v.eventDraft(v.Form())
		if err == nil {
			_, err = v.Events.Change(v.R.Context(), v.eventAct(e), v.Edition, d)
		}
		return err
	})
}

func (v *Visit) publishEvent() error {
	return v.onEvent("workevent.published", func(e event.Event) error {
		_, err := v.Events.Publish(v.R.Context(), v.eventAct(e))
		return err
	})
}

func (v *Visit) cancelEvent() error {
	e, err := v.workEventAt()
	if err == nil && e.Out.IsZero() {
		if _, err := v.Events.Cancel(v.R.Context(), v.eventAct(e)); err != nil {
			return err
		}
		v.Tell(v.T("workevent.dropped"))
		return v.Go(eventsAt)
	}
	return v.onEvent("workevent.cancelled", func(e event.Event) error {
		_, err := v.Events.Cancel(v.R.Context(), v.eventAct(e))
		return err
	})
}

// jotView is the form that writes down what is told at an event, one after another.
type jotView struct {
	event.Event
	Title string
	Done  string // the code of the one before
}

func (v *Visit) jotForm() error {
	e, err := v.workEventAt()
	if err != nil {
		return err
	}
	return v.showJot(http.StatusOK, e, v.Blank("once", ident.Secret(), "language", e.Language, "place", v.eventPlace(e), "visibility", string(spark.Unnamed)))
}

func (v *Visit) showJot(status int, e event.Event, f *Form) error {
	title, _ := v.eventTitle(e)
	view := jotView{Event: e, Title: title}
	if code, ok := ident.ParseCode(v.Query("kirjattu")); ok {
		view.Done = code
	}
	return v.Render(status, jotPage(v, f, view))
}

func (v *Visit) jot() error {
	e, err := v.workEventAt()
	if err != nil {
		return err
	}
	f := v.cleaned()
	if len(f.Get("once")) != len(ident.Secret()) {
		f.Values.Set("once", ident.Secret())
	}
	title, _ := v.eventTitle(e)
	at := "" // a draft is nobody's business
	if e.Seen() {
		at = title
	}
	d := spark.Draft{Kind: spark.Kind(f.Get("kind")), Text: f.Get("text"), Place: f.Get("place"), Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"),
		Visibility: spark.Visibility(f.Get("visibility")), Language: f.Get("language"), Event: title}
	r, err := v.Sparks.Drop(v.R.Context(), v.Region.ID, spark.Programme{Promise: v.Edition, Version: v.Edition.Version.ID}, d, spark.By{Officer: v.Officer.ID, Source: spark.Event, At: at, Once: f.Get("once")})
	if err != nil {
		if err := f.Refuse(err); err != nil {
			f.Wrong = append(f.Wrong, fault.List(err)...)
			v.Log.Error("a spark was not entered", "code", string(fault.CodeOf(err)), "error", err.Error())
		}
		return v.showJot(statusOfAll(f.Wrong), e, f)
	}
	return v.Go(withQuery(eventsAt+"/"+e.ID.String()+"/kirjaa", "kirjattu", r.Spark.Code))
}
