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

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/trust"
)

// Following: a button on a page leads to a form of its own, so that the page stays the
// same for everybody. It is done once the address is confirmed, or at once for who is
// remembered.

func followRoutes() []route {
	return []route{
		{pattern: "GET /seuraa", do: (*Visit).followForm},
		{pattern: "POST /seuraa", limit: 20, do: (*Visit).follow},
		{pattern: "POST /minun/{salaisuus}/seuranta", limit: 60, do: (*Visit).mineFollow},
		{pattern: "POST /minun/{salaisuus}/lopeta", limit: 60, do: (*Visit).mineStop},
		{pattern: "GET /lopeta/{token}", do: (*Visit).stopForm},
		// Mail providers press this button for their readers, many at a time from one
		// network: no bound but the one on wrong links.
		{pattern: "POST /lopeta/{token}", do: (*Visit).stop},
	}
}

// followPath is the form that follows something.
func followPath(t follow.Target) string {
	return "/seuraa?" + url.Values{"kohde": {t.String()}}.Encode()
}

// followsList is what a list's button follows: what the list was narrowed to.
func followsList(l listView) follow.Target {
	switch {
	case l.Around.ID != "":
		return follow.Target{Kind: follow.Place, ID: l.Around.ID}
	case l.Theme != "":
		return follow.Target{Kind: follow.Theme, ID: l.Theme}
	}
	return follow.Target{Kind: follow.Everything}
}

// followed is something to follow as the reader may know of it.
type followed struct {
	follow.Target
	Name string
	Lang string // the name's, "" for the page's own
	Path string // its page
}

// followedAt finds what can be followed; a NotFound fault when there is no such thing,
// or none that everybody may see.
func (v *Visit) followedAt(t follow.Target) (followed, error) {
	none := fault.New(fault.NotFound, "follow.none")
	switch t.Kind {
	case follow.Everything:
		return followed{t, v.In(v.Edition.Region.Name), "", "/kipinat"}, nil
	case follow.Theme:
		if x, ok := v.Edition.Theme(t.ID); ok {
			return followed{t, v.In(x.Name), "", "/ohjelma/teema/" + t.ID}, nil
		}
	case follow.Place:
		if x, ok := v.Edition.Place(t.ID); ok {
			return followed{t, v.In(x.Name), "", "/paikat/" + t.ID}, nil
		}
	case follow.Searching:
		x, err := follow.SearchOf(v.R.Context(), v.DB, v.Region.ID, t.ID)
		if err != nil {
			return followed{}, err
		}
		return v.searchFollowed(t, x), nil
	case follow.Spark:
		id, _ := ident.Parse(t.ID)
		sp, err := spark.ByID(v.R.Context(), v.DB, v.Region.ID, id)
		if err == nil && sp.HasPage() {
			return followed{t, sp.Title, sp.Language, "/kipina/" + sp.Code}, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return followed{}, err
		}
	case follow.Question:
		id, _ := ident.Parse(t.ID)
		c, err := challenge.One(v.R.Context(), v.DB, v.Region.ID, id)
		if err == nil && c.Seen() {
			title, in := v.questionTitle(c)
			return followed{t, title, in, "/kysymys/" + t.ID}, nil
		}
		if err != nil && !fault.Is(err, fault.NotFound) {
			return followed{}, err
		}
	}
	return followed{}, none
}

// followSearch is what the form is asked for when it is to follow a search: the address
// says which, and nothing is kept of it until somebody does.
const followSearch = string(follow.Searching)

// followsFound is the form that follows a search, as far as a search can be followed.
func followsFound(f finding) string {
	q := f.query()
	for _, name := range []string{"mista", "tila", "aika", "jarjestys"} {
		q.Del(name)
	}
	q.Set("kohde", followSearch)
	return "/seuraa?" + q.Encode()
}

// searchFollowed is a search as something to follow.
func (v *Visit) searchFollowed(t follow.Target, s follow.Search) followed {
	q := url.Values{"sanat": {s.Words}, "teema": {s.Theme}, "paikka": {s.Place}, "km": {strconv.Itoa(s.Km)}}
	parts := []string{"”" + s.Words + "”"}
	if x, ok := v.Edition.Theme(s.Theme); ok {
		parts = append(parts, v.In(x.Name))
	}
	if x, ok := v.Edition.Place(s.Place); ok {
		parts = append(parts, v.T("spark.list.around", "place", v.In(x.Name), "km", s.Km))
	}
	return followed{t, strings.Join(parts, ", "), "", v.findingOf(findAt, q).address()}
}

// searchIn is the search that a form or an address names.
func (v *Visit) searchIn(q url.Values) (follow.Search, bool) {
	f := v.findingOf(findAt, q)
	return follow.Search{Words: f.Words, Theme: f.Theme, Place: f.Around.ID, Km: f.Km}, len(v.Index.Words(f.Words)) > 0
}

// followView is the form.
type followView struct {
	followed
	Search follow.Search // with Searching
	Asks   string        // its own address
	Email  string        // of whom this browser remembers, "" for nobody
}

func (v *Visit) followViewOf(asked string) (view followView, err error) {
	none := fault.New(fault.NotFound, "follow.none")
	if asked == followSearch {
		x, ok := v.searchIn(v.R.URL.Query())
		if !ok {
			return view, none
		}
		view.followed, view.Search = v.searchFollowed(follow.Target{Kind: follow.Searching}, x), x
		view.Asks = followsFound(v.findingOf(findAt, v.R.URL.Query()))
	} else {
		t, ok := follow.ParseTarget(asked)
		if !ok {
			return view, none
		}
		if view.followed, err = v.followedAt(t); err != nil {
			return view, err
		}
		view.Asks = followPath(t)
	}
	a, known, err := v.someone()
	if known {
		view.Email = a.Email
	}
	return view, err
}

func (v *Visit) followForm() error {
	view, err := v.followViewOf(cmp.Or(v.Query("kohde"), string(follow.Everything)))
	if err != nil {
		return err
	}
	f := v.Blank("pace", string(follow.Daily), "volume", string(follow.Normal), "km", "0")
	if view.Kind == follow.Spark || view.Kind == follow.Searching {
		f.Values.Set("pace", string(follow.Now))
	}
	return v.Render(http.StatusOK, followPage(v, f, view))
}

// followOf reads a follow off a form.
func followOf(f *Form, t follow.Target) follow.Follow {
	km, err := strconv.Atoi(f.Get("km"))
	if err != nil && f.Get("km") != "" {
		km = -1
	}
	return follow.Follow{Target: t, Km: km, Pace: follow.Pace(f.Get("pace")), Volume: follow.Volume(f.Get("volume"))}
}

// follows is a follow as it waits for its address.
type follows struct {
	Target string        `json:"target"`
	Km     int           `json:"km"`
	Pace   follow.Pace   `json:"pace"`
	Volume follow.Volume `json:"volume"`
	// Search is kept when it is followed, not before.
	Search *follow.Search `json:"search,omitempty"`
}

func (v *Visit) follow() error {
	f := v.cleaned()
	view, err := v.followViewOf(f.Get("kohde"))
	if err != nil {
		return err
	}
	x := followOf(f, view.Target)
	wrong := x.Check()
	if refused, err := v.submits(f, wrong, "follow", followsOf(view, x)); err != nil || !refused {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, followPage(v, f, view))
}

// followsOf packs a follow for the time its address takes to be confirmed.
func followsOf(view followView, x follow.Follow) follows {
	out := follows{Target: view.Target.String(), Km: x.Km, Pace: x.Pace, Volume: x.Volume}
	if view.Kind == follow.Searching {
		out.Search = &view.Search
	}
	return out
}

// unpackFollow reads what followsOf packed; the target of a search is not known yet.
func unpackFollow(data json.RawMessage) (x follow.Follow, s *follow.Search, err error) {
	var w follows
	if err := json.Unmarshal(data, &w); err != nil {
		return x, nil, err
	}
	x = follow.Follow{Target: follow.Target{Kind: follow.Searching}, Km: w.Km, Pace: w.Pace, Volume: w.Volume}
	if w.Search != nil {
		return x, w.Search, nil
	}
	var ok bool
	if x.Target, ok = follow.ParseTarget(w.Target); !ok {
		return x, nil, fault.New(fault.NotFound, "follow.none")
	}
	return x, nil, nil
}

// followWords says what is to be followed, for the letter that asks to confirm.
func (v *Visit) followWords(data json.RawMessage) (string, error) {
	x, s, err := unpackFollow(data)
	if err != nil {
		return "", err
	}
	if s != nil {
		return v.T("follow.want.search", "name", v.searchFollowed(x.Target, *s).Name), nil
	}
	return v.targetWords(x.Target)
}

// targetWords names what is followed, and what nobody may see any more as gone.
func (v *Visit) targetWords(t follow.Target) (string, error) {
	at, err := v.followedAt(t)
	if fault.Is(err, fault.NotFound) {
		return v.T("follow.want.gone"), nil
	}
	if err != nil {
		return "", err
	}
	return v.T("follow.want."+string(t.Kind), "name", at.Name), nil
}

// putFollow follows inside the transaction that confirms the address.
func (v *Visit) putFollow(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	x, s, err := unpackFollow(data)
	if err == nil && s != nil {
		x.Target, err = follow.Save(ctx, tx, v.Index, a.Region, *s)
	}
	if err != nil {
		return err
	}
	x.Address = a.ID
	return follow.Put(ctx, tx, a.Region, x, v.Clock.Now())
}

// followRow is a line of the own page.
type followRow struct {
	follow.Follow
	followed
	Gone bool // nobody may see it any more
}

// followsPanel is what a person follows, on their own page.
func (v *Visit) followsPanel(a address.Address, secret string) (templ.Component, error) {
	all, err := follow.Of(v.R.Context(), v.DB, v.Region.ID, a.ID)
	if err != nil {
		return nil, err
	}
	var rows []followRow
	for _, x := range all[a.ID] {
		row := followRow{Follow: x}
		row.followed, err = v.followedAt(x.Target)
		if row.Gone = fault.Is(err, fault.NotFound); err != nil && !row.Gone {
			return nil, err
		}
		row.followed.Target = x.Target
		rows = append(rows, row)
	}
	return followsPart(v, rows, secret), nil
}

type ownFollow struct {
	Target string        `json:"target"`
	Km     int           `json:"km"`
	Pace   follow.Pace   `json:"pace"`
	Volume follow.Volume `json:"volume"`
	Since  *time.Time    `json:"since_at"`
	Search *ownSearch    `json:"search,omitempty"`
}

type ownSearch struct {
	Words string `json:"words"`
	Theme string `json:"theme"`
	Place string `json:"place"`
	Km    int    `json:"km"`
}

type ownDelivery struct {
	State string     `json:"state"`
	Reply string     `json:"reply"`
	At    *time.Time `json:"at"`
}

// followsData is the same in a person's own data, with what went to them.
func (v *Visit) followsData(a address.Address) (any, error) {
	out := struct {
		Follows    []ownFollow   `json:"follows"`
		Deliveries []ownDelivery `json:"deliveries"`
	}{[]ownFollow{}, []ownDelivery{}}
	all, err := follow.Of(v.R.Context(), v.DB, v.Region.ID, a.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range all[a.ID] {
		own := ownFollow{Target: x.Target.String(), Km: x.Km, Pace: x.Pace, Volume: x.Volume, Since: moment(x.Since)}
		if x.Target.Kind == follow.Searching {
			s, err := follow.SearchOf(v.R.Context(), v.DB, v.Region.ID, x.Target.ID)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			own.Search = &ownSearch{s.Words, s.Theme, s.Place, s.Km}
		}
		out.Follows = append(out.Follows, own)
	}
	sent, err := mail.DeliveriesTo(v.R.Context(), v.DB, v.Region.ID, a.ID)
	for _, d := range sent {
		out.Deliveries = append(out.Deliveries, ownDelivery{string(d.Stand), d.Reply, moment(d.At)})
	}
	return out, err
}

func (v *Visit) eraseFollows(ctx context.Context, tx *store.Tx, a address.Address) error {
	if err := follow.Erase(ctx, tx, a.Region, a.ID); err != nil {
		return err
	}
	return mail.EraseRecipient(ctx, tx, a.Region, a.ID)
}

// mineFollow changes one thing a person follows already.
func (v *Visit) mineFollow() error {
	return v.onMine("seuranta", func(ctx context.Context, tx *store.Tx, a address.Address, t follow.Target) error {
		x := followOf(v.Form(), t)
		x.Address = a.ID
		all, err := follow.Of(ctx, tx, a.Region, a.ID)
		if err != nil {
			return err
		}
		for _, now := range all[a.ID] {
			if now.Target == t {
				return follow.Put(ctx, tx, a.Region, x, v.Clock.Now())
			}
		}
		return fault.New(fault.NotFound, "follow.none")
	})
}

func (v *Visit) mineStop() error {
	return v.onMine("lopetus", func(ctx context.Context, tx *store.Tx, a address.Address, t follow.Target) error {
		return follow.Stop(ctx, tx, a.Region, a.ID, t)
	})
}

func (v *Visit) onMine(done string, do func(ctx context.Context, tx *store.Tx, a address.Address, t follow.Target) error) error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	t, ok := follow.ParseTarget(v.Form().Get("kohde"))
	if !ok {
		return fault.New(fault.Invalid, "follow.none")
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return do(ctx, tx, a, t) }); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=" + done)
}

// stopView is what a letter's stop link would stop.
type stopView struct {
	Token string
	What  string
	Done  bool
}

// stopping reads a stop link: whose, and what; a Gone fault for one we never made. It
// needs no cookie, and nothing of the person's is told.
func (v *Visit) stopping() (id ident.ID, scope string, view stopView, err error) {
	keys, err := trust.KeysOf(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return 0, "", view, err
	}
	view.Token = v.R.PathValue("token")
	id, scope, ok := follow.ReadStop(keys, view.Token)
	if !ok {
		return 0, "", view, v.wrongLink(fault.New(fault.Gone, "follow.stop.gone"))
	}
	if t, is := follow.ParseTarget(scope); is {
		at, err := v.followedAt(t)
		switch {
		case fault.Is(err, fault.NotFound):
			view.What = v.T("follow.kind."+string(t.Kind)) + " " + v.T("follow.gone")
		case err != nil:
			return 0, "", view, err
		default:
			view.What = v.T("follow.kind."+string(t.Kind)) + " " + at.Name
		}
	} else {
		view.What = v.T("follow.stop." + string(paceOf(scope)))
	}
	return id, scope, view, nil
}

func paceOf(scope string) follow.Pace {
	if follow.Pace(scope) == follow.Weekly {
		return follow.Weekly
	}
	return follow.Daily
}

func (v *Visit) stopForm() error {
	_, _, view, err := v.stopping()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, stopPage(v, view))
}

// stop stops at once, for a person's button and for their mail provider's alike, and
// answers without sending anywhere (RFC 8058).
func (v *Visit) stop() error {
	id, scope, view, err := v.stopping()
	if err != nil {
		return err
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		if t, is := follow.ParseTarget(scope); is {
			return follow.Stop(ctx, tx, v.Region.ID, id, t)
		}
		return follow.StopPace(ctx, tx, v.Region.ID, id, paceOf(scope))
	}); err != nil {
		return err
	}
	view.Done = true
	return v.Render(http.StatusOK, stopPage(v, view))
}
