package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"
	ics "github.com/arran4/golang-ical"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/address"
)

// Events for everybody: what is coming, one event, its line for a calendar, and
// signing up with nothing but a confirmed address.

func eventRoutes() []route {
	return []route{
		{pattern: "GET /tapahtumat", plain: true, knows: true, do: (*Visit).events},
		{pattern: "GET /tapahtuma/{id}", plain: true, knows: true, do: (*Visit).event},
		{pattern: "GET /tapahtuma/{id}/kalenteri.ics", limit: 120, do: (*Visit).eventCalendar},
		{pattern: "GET /tapahtuma/{id}/ilmoittaudu", do: (*Visit).signUpForm},
		{pattern: "POST /tapahtuma/{id}/ilmoittaudu", limit: 20, do: (*Visit).signUp},
		{pattern: "POST /minun/{salaisuus}/tapahtuma", limit: 60, do: (*Visit).mineLeave},
		{pattern: "POST /minun/{salaisuus}/tormaytys", limit: 60, do: (*Visit).mineMet},
	}
}

// eventList is what is coming, or a page of what has been.
type eventList struct {
	Next  []event.Event
	Past  []event.Event
	More  ident.ID // the last of Past, when there are more before it
	Later bool     // this is not the first page
}

func (v *Visit) events() error {
	ctx := v.R.Context()
	var l eventList
	var from event.Event
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	if l.Later = before != 0; l.Later {
		if from, err = v.seenEvent(before); err != nil {
			return err
		}
	} else if l.Next, err = event.Next(ctx, v.DB, v.Region.ID, v.Clock.Now(), perPage); err != nil {
		return err
	}
	if l.Past, err = event.Past(ctx, v.DB, v.Region.ID, v.Clock.Now(), from, perPage+1); err != nil {
		return err
	}
	l.Past, l.More = page(l.Past, func(e event.Event) ident.ID { return e.ID })
	return v.Render(http.StatusOK, eventsPage(v, l))
}

// eventsAhead is how many events the front page and a place's page tell of.
const eventsAhead = 3

// ahead is what is held next at these places; nil for everywhere.
func (v *Visit) ahead(places []string) ([]event.Event, error) {
	return event.Ahead(v.R.Context(), v.DB, v.Region.ID, places, minute(v.Clock.Now()), eventsAhead)
}

// seenEvent is one that everybody may see.
func (v *Visit) seenEvent(id ident.ID) (event.Event, error) {
	e, err := event.One(v.R.Context(), v.DB, v.Region.ID, id)
	if err == nil && !e.Seen() {
		err = fault.New(fault.NotFound, "event.none")
	}
	return e, err
}

// eventAt is the event of the address.
func (v *Visit) eventAt() (event.Event, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return event.Event{}, fault.New(fault.NotFound, "event.none")
	}
	return v.seenEvent(id)
}

func eventPath(e event.Event) string { return "/tapahtuma/" + e.ID.String() }

// eventTitle is what an event is called, and in which language that is.
func (v *Visit) eventTitle(e event.Event) (title, in string) {
	t, in := e.In(string(v.Lang))
	return t.Title, in
}

// eventTime is when an event is held.
func (v *Visit) eventTime(e event.Event) string { return v.heldAt(e.Begins, e.Ends) }

// heldAt is when something is held: one day's hours, or from one day to another.
func (v *Visit) heldAt(begins, ends time.Time) string {
	if dayOf(begins) == dayOf(ends) {
		return v.T("event.hours", "day", v.Say.WeekdayDate(begins), "from", v.Say.Time(begins), "until", v.Say.Time(ends))
	}
	return v.T("event.days", "from", v.Say.DateTime(begins), "until", v.Say.DateTime(ends))
}

// eventPlace is the programme's place of an event, "" for none.
func (v *Visit) eventPlace(e event.Event) string { return v.placeIn(e.Place) }

// placeIn is what a place of the programme is called, "" for none.
func (v *Visit) placeIn(id string) string {
	if p, ok := v.Edition.Place(id); ok {
		return v.In(p.Name)
	}
	return ""
}

// eventWhere is where an event is held; its place is not said twice.
func (v *Visit) eventWhere(e event.Event) string {
	name := v.eventPlace(e)
	if strings.Contains(strings.ToLower(e.Venue), strings.ToLower(name)) {
		return e.Venue
	}
	return addressLine(e.Venue, name)
}

func (v *Visit) event() error {
	e, err := v.eventAt()
	if err != nil {
		return err
	}
	_, waiting, err := event.Counts(v.R.Context(), v.DB, v.Region.ID, e.ID)
	if err != nil {
		return err
	}
	c, err := v.collisionOf(e)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, eventPage(v, e, waiting, c))
}

// newCalendar is an empty one that says what made it.
func newCalendar() *ics.Calendar {
	c := ics.NewCalendarFor("Kokko")
	c.SetProductId("-//Kokko//Kokko//FI")
	return c
}

// calendarID names a line of a calendar as no other installation does (RFC 7986, 5.3):
// what it is, the region and the site's host.
func (v *Visit) calendarID(of ...string) string {
	host := "kokko.invalid"
	if u, err := url.Parse(v.full(v.Lang, "/")); err == nil && u.Hostname() != "" {
		host = u.Hostname()
	}
	return strings.Join(append(of, v.Region.ID), ".") + "@" + host
}

// eventCalendar is the event as a line of a calendar, in the page's language.
func (v *Visit) eventCalendar() error {
	e, err := v.eventAt()
	if err != nil {
		return err
	}
	c := newCalendar()
	c.SetMethod(ics.MethodPublish)
	v.calendarLine(c, e)
	return v.sendCalendar(c, e.ID.String())
}

// calendarLine puts an event into a calendar, in the page's language.
func (v *Visit) calendarLine(c *ics.Calendar, e event.Event) {
	t, _ := e.In(string(v.Lang))
	link := v.full(v.Lang, eventPath(e))
	line := c.AddEvent(v.calendarID(e.ID.String()))
	line.SetDtStampTime(latest(e.Out, e.Changed, e.Cancelled))
	line.SetModifiedAt(latest(e.Out, e.Changed, e.Cancelled))
	line.SetSequence(int(e.Version))
	line.SetStartAt(e.Begins)
	line.SetEndAt(e.Ends)
	line.SetSummary(t.Title)
	line.SetLocation(v.eventWhere(e))
	line.SetDescription(addressLines(t.About, link))
	line.SetURL(link)
	line.SetStatus(ics.ObjectStatusConfirmed)
	if e.State(v.Clock.Now()) == event.Cancelled {
		line.SetStatus(ics.ObjectStatusCancelled)
	}
}

// sendCalendar answers with a calendar file of a name.
func (v *Visit) sendCalendar(c *ics.Calendar, name string) error {
	v.W.Header().Set("Content-Disposition", `attachment; filename="kokko-`+name+`.ics"`)
	v.status = http.StatusOK
	// Lines end so on every machine: some calendars take nothing else.
	v.send(v.W, v.R, http.StatusOK, "text/calendar; charset=utf-8", []byte(c.Serialize(ics.WithNewLineWindows)), true)
	return nil
}

// latest is the latest of some moments.
func latest(all ...time.Time) (out time.Time) {
	for _, t := range all {
		if t.After(out) {
			out = t
		}
	}
	return out
}

// addressLines is what there is of some paragraphs.
func addressLines(words, link string) string {
	if words == "" {
		return link
	}
	return words + "\n\n" + link
}

// signUpView is the form that signs up.
type signUpView struct {
	event.Event
	Waiting   int    // people who wait already
	Email     string // of whom this browser remembers, "" for nobody
	Before    bool   // who has signed up already
	Collision *collision.Collision
}

func (v *Visit) signUpView() (view signUpView, a address.Address, err error) {
	if view.Event, err = v.eventAt(); err != nil {
		return view, a, err
	}
	if _, view.Waiting, err = event.Counts(v.R.Context(), v.DB, v.Region.ID, view.ID); err != nil {
		return view, a, err
	}
	if view.Collision, err = v.collisionOf(view.Event); err != nil {
		return view, a, err
	}
	a, known, err := v.someone()
	if known {
		view.Email = a.Email
	}
	return view, a, err
}

func (v *Visit) signUpForm() error {
	view, a, err := v.signUpView()
	if err != nil {
		return err
	}
	if !view.Open(v.Clock.Now()) {
		return v.Go(eventPath(view.Event))
	}
	f := v.Blank("people", "1")
	if view.Email != "" {
		seat, err := event.SeatOf(v.R.Context(), v.DB, v.Region.ID, view.ID, a.ID)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if view.Before = err == nil; view.Before {
			f = v.Blank("people", strconv.Itoa(seat.People), "name", seat.Name)
			if err := v.toldFields(f, view, a); err != nil {
				return err
			}
		}
	}
	return v.Render(http.StatusOK, signUpPage(v, f, view))
}

// signsUp is a sign-up as it waits for its address.
type signsUp struct {
	Event  ident.ID         `json:"event"`
	Name   string           `json:"name"`
	People int              `json:"people"`
	Tells  *collision.Draft `json:"tells,omitempty"` // where people change tables
}

func (v *Visit) signUp() error {
	f := v.cleaned()
	view, _, err := v.signUpView()
	if err != nil {
		return err
	}
	people, err := strconv.Atoi(f.Get("people"))
	if err != nil {
		people = 0
	}
	var tells *collision.Draft
	if view.Collision != nil { // each signs up for themselves
		people, tells = 1, guestDraft(f)
	}
	seat := event.Seat{Event: view.ID, Name: f.Get("name"), People: people}
	wrong := seat.Check()
	if tells != nil && wrong == nil {
		_, wrong = tells.Check(v.Edition)
	}
	if wrong == nil && !view.Open(v.Clock.Now()) {
		wrong = fault.New(fault.Conflict, "event.sign_up.closed")
	}
	if refused, err := v.submits(f, wrong, "event", signsUp{view.ID, seat.Name, seat.People, tells}); err != nil || !refused {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), signUpPage(v, f, view))
}

// signUpWords says what somebody signs up for, for the letter that asks to confirm.
func (v *Visit) signUpWords(data json.RawMessage) (string, error) {
	var x signsUp
	if err := json.Unmarshal(data, &x); err != nil {
		return "", err
	}
	e, err := v.seenEvent(x.Event)
	if fault.Is(err, fault.NotFound) {
		return v.T("event.want.gone"), nil
	}
	if err != nil {
		return "", err
	}
	title, _ := v.eventTitle(e)
	return v.N("event.want", x.People, "title", title, "time", v.eventTime(e)), nil
}

// putSignUp signs up inside the transaction that confirms the address.
func (v *Visit) putSignUp(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var x signsUp
	if err := json.Unmarshal(data, &x); err != nil {
		return err
	}
	_, err := event.SignUp(ctx, tx, a.Region, event.Seat{Event: x.Event, Address: a.ID, Name: x.Name, People: x.People}, v.Clock.Now())
	if err != nil {
		return err
	}
	if x.Tells == nil { // it may have become a collision since
		x.Tells = &collision.Draft{Name: x.Name}
	}
	return v.Collisions.Tell(ctx, tx, a, x.Event, *x.Tells, v.Edition)
}

// seatRow is a line of the own page.
type seatRow struct {
	event.Seat
	Of     event.Event
	Tables []int // of each round, once they stay so
	Asks   bool  // whether it may be known whom they met
	Met    collision.Answer
}

// eventPart is what a person has signed up for.
func eventPart() minePart {
	return minePart{
		name: "events",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			all, err := event.Of(v.R.Context(), v.DB, v.Region.ID, a.ID)
			if err != nil || len(all) == 0 {
				return nil, err
			}
			var rows []seatRow
			for _, seat := range all {
				e, err := event.One(v.R.Context(), v.DB, v.Region.ID, seat.Event)
				if err != nil {
					return nil, err
				}
				row := seatRow{Seat: seat, Of: e}
				if err := v.seated(&row); err != nil {
					return nil, err
				}
				rows = append(rows, row)
			}
			return seatsPart(v, rows, secret), nil
		},
		data: func(v *Visit, a address.Address) (any, error) {
			type own struct {
				Event  string     `json:"event_id"`
				Name   string     `json:"name"`
				People int        `json:"people"`
				State  string     `json:"state"`
				Turn   int64      `json:"turn"`
				Since  *time.Time `json:"since_at"`
			}
			all, err := event.Of(v.R.Context(), v.DB, v.Region.ID, a.ID)
			out := []own{}
			for _, s := range all {
				out = append(out, own{s.Event.String(), s.Name, s.People, string(s.State), s.Turn, moment(s.Since)})
			}
			return out, err
		},
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			if err := v.Collisions.Erase(ctx, tx, a.Region, a.ID); err != nil {
				return err
			}
			return event.Erase(ctx, tx, a.Region, a.ID, v.Clock.Now())
		},
	}
}

// mineLeave takes a person's own sign-up away.
func (v *Visit) mineLeave() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, _ := ident.Parse(v.Form().Get("event"))
	err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		if err := v.Collisions.Leave(ctx, tx, a.Region, id, a.ID); err != nil {
			return err
		}
		return event.Leave(ctx, tx, a.Region, id, a.ID, v.Clock.Now())
	})
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=tapahtuma-pois")
}

// eventDue draws where an event stands.
func eventDue(s event.State) string {
	return cmp.Or(map[event.State]string{event.Cancelled: "late", event.On: "soon", event.Over: "done"}[s], "ok")
}

// eventTongues are the languages an event is written in: its own first.
func (v *Visit) eventTongues(e event.Event) (all []i18n.Language) {
	if l, ok := i18n.ParseLanguage(e.Language); ok {
		all = append(all, l)
	}
	for _, l := range v.Edition.Tongues() {
		if string(l) != e.Language {
			all = append(all, l)
		}
	}
	return all
}
