package web

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/trust"
)

// The ring round a spark: what everybody sees of it, joining it with a confirmed
// address, and what its people have taken upon themselves.

func ringRoutes() []route {
	return []route{
		{pattern: "GET /kipina/{koodi}/rinki", do: (*Visit).ringForm},
		{pattern: "POST /kipina/{koodi}/rinki", limit: 20, do: (*Visit).joinRing},
		{pattern: "POST /kipina/{koodi}/rinki/pois", limit: 20, do: (*Visit).leaveRing},
		{pattern: "POST /minun/{salaisuus}/rinki/pois", limit: 20, do: (*Visit).mineLeaveRing},
		{pattern: "POST /minun/{salaisuus}/hoidan/{id}", limit: 30, do: (*Visit).mineTurn},
		{pattern: "GET /oma/{salaisuus}/rinki", do: own((*Visit).ownRing)},
		{pattern: "POST /oma/{salaisuus}/rinki", limit: 20, do: own((*Visit).ownLook)},
		{pattern: "POST /oma/{salaisuus}/rinki/{id}", limit: 30, do: own((*Visit).ownDecide)},
		{pattern: "POST /oma/{salaisuus}/hoidan", limit: 20, do: own((*Visit).ownCommit)},
		{pattern: "POST /oma/{salaisuus}/hoidan/{id}", limit: 30, do: own((*Visit).ownTurn)},
	}
}

// ringView is the ring of a matter as one reader may know it.
type ringView struct {
	Spark    spark.Spark
	Bringer  string // the name everybody may see, "" when unnamed
	People   []ring.Member
	Unnamed  map[ring.Role]int // how many whose names are not shown
	Openings []ring.Opening
	Taken    []takenLine
	NoDoer   bool                           // there are people, and nobody has taken a next step
	Asked    []ring.Member                  // for the bringer and the office: who waits for a yes
	Would    map[ident.ID][]ring.Commitment // what those would do, by their number in the ring
	Emails   map[ident.ID]string            // and where those in the ring are reached
}

// takenLine is a commitment with who made it, as the reader may know them.
type takenLine struct {
	ring.Commitment
	By   string
	Mine bool
	Lang string
}

// in gives those named who are in a role.
func (r ringView) in(role ring.Role) (all []ring.Member) {
	for _, m := range r.People {
		if m.Role == role {
			all = append(all, m)
		}
	}
	return all
}

// wants gives what is looked for in a role; ok is false when nobody is.
func (r ringView) wants(role ring.Role) (o ring.Opening, ok bool) {
	for _, x := range r.Openings {
		if x.Role == role {
			return x, true
		}
	}
	return o, false
}

// ring reads the ring of sparks that are one matter, the one whose page it is first.
// With inside it is read by the bringer or the office: those who are there for them
// alone too. That is so in the sparks whose ring is the reader's to know.
func (v *Visit) ring(sp spark.Spark, matter, inside []ident.ID, bringer string) (r ringView, err error) {
	ctx := v.R.Context()
	r = ringView{Spark: sp, Bringer: bringer, Unnamed: map[ring.Role]int{}, Would: map[ident.ID][]ring.Commitment{}, Emails: map[ident.ID]string{}}
	people, err := ring.People(ctx, v.DB, v.Region.ID, matter, ring.In)
	if err != nil {
		return r, err
	}
	known := map[ident.ID]ring.Member{} // by their number in the ring
	hidden := map[ident.ID]bool{}
	seen := map[ident.ID]bool{} // each person once, whichever of the sparks they joined
	for _, m := range people {
		mine := slices.Contains(inside, m.Spark)
		known[m.ID] = m
		switch {
		case m.Seen == spark.Office && !mine:
			hidden[m.ID] = true
			continue
		case m.Address != 0 && seen[m.Address]:
			continue
		}
		seen[m.Address] = true
		if mine || m.Seen == spark.Public {
			r.People = append(r.People, m)
		} else {
			r.Unnamed[m.Role]++
		}
	}
	if r.Openings, err = ring.Openings(ctx, v.DB, v.Region.ID, matter...); err != nil {
		return r, err
	}
	all, err := ring.Commitments(ctx, v.DB, v.Region.ID, matter...)
	if err != nil {
		return r, err
	}
	doer := sp.Doers > 0
	for _, c := range all {
		if c.State == ring.Open && slices.Contains(inside, c.Spark) {
			r.Would[c.Member] = append(r.Would[c.Member], c)
		}
		m, in := known[c.Member]
		counted := c.State == ring.Open && (in || c.Member == 0) || c.State == ring.Kept
		doer = doer || counted
		if !counted || c.What == "" || hidden[c.Member] {
			continue
		}
		line := takenLine{Commitment: c, By: v.T("ring.somebody"), Lang: m.Language}
		switch {
		case c.Member == 0:
			line.By, line.Lang, line.Mine = v.T("spark.who.bringer"), sp.Language, slices.Contains(inside, c.Spark)
			if c.Spark == sp.ID && bringer != "" {
				line.By = bringer
			}
		case in && m.Name != "" && (m.Seen == spark.Public || slices.Contains(inside, m.Spark)):
			line.By = m.Name
		case in:
			line.By = v.T("ring.one." + string(m.Role))
		}
		r.Taken = append(r.Taken, line)
	}
	r.NoDoer = sp.Open && !doer && len(people) > 0
	if len(inside) == 0 {
		return r, nil
	}
	if r.Asked, err = ring.People(ctx, v.DB, v.Region.ID, inside, ring.Asked); err != nil {
		return r, err
	}
	var ids []ident.ID
	for _, m := range slices.Concat(r.People, r.Asked) {
		if slices.Contains(inside, m.Spark) && m.Address != 0 {
			ids = append(ids, m.Address)
		}
	}
	addresses, err := address.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	for id, a := range addresses {
		r.Emails[id] = a.Email
	}
	return r, err
}

// publicRing is the ring of a spark's own page.
func (v *Visit) publicRing(sp spark.Spark, bringer string) (ringView, error) {
	matter, err := v.talkedWith(sp)
	if err != nil {
		return ringView{}, err
	}
	return v.ring(sp, matter, nil, bringer)
}

// joinView is the page of a ring, with the form that joins it.
type joinView struct {
	ringView
	Form  *Form
	Known bool
	Email string
	Me    *ring.Member
	Mine  bool // the reader is the spark's bringer
	Done  string
}

// round is the spark of the address whose ring may be joined; of one that was split, or
// taken back into another, the one round which its ring is now.
func (v *Visit) round() (spark.Spark, error) {
	sp, err := v.seen(v.R.PathValue("koodi"), spark.Split, spark.Rejoined)
	if err != nil || sp.State != spark.Rejoined && !(sp.State == spark.Split && sp.Readable()) {
		return listed(sp, err)
	}
	at, err := ring.At(v.R.Context(), v.DB, v.Region.ID, sp.ID)
	if err != nil {
		return sp, err
	}
	return listed(spark.ByID(v.R.Context(), v.DB, v.Region.ID, at))
}

func (v *Visit) joining(f *Form) (j joinView, who address.Address, err error) {
	sp, err := v.round()
	if err != nil {
		return j, who, err
	}
	ctx := v.R.Context()
	names, err := v.publicNames(ctx, map[ident.ID]spark.Spark{sp.ID: sp})
	if err != nil {
		return j, who, err
	}
	matter, err := v.talkedWith(sp)
	if err != nil {
		return j, who, err
	}
	if j.ringView, err = v.ring(sp, matter, nil, names[sp.ID]); err != nil {
		return j, who, err
	}
	j.Form, j.Done = f, oneOf(v.Query("tehty"), "mukana", "pois")
	if who, j.Known, err = v.someone(); err != nil || !j.Known {
		return j, who, err
	}
	j.Email = who.Email
	if j.Mine, err = spark.BroughtBy(ctx, v.DB, &sp, who.Email); err != nil {
		return j, who, err
	}
	m, ok, err := ring.Here(ctx, v.DB, v.Region.ID, who.ID, matter...)
	if ok {
		j.Me = &m
	}
	return j, who, err
}

func (v *Visit) ringForm() error {
	j, _, err := v.joining(nil)
	if err != nil {
		return err
	}
	if code, ok := ident.ParseCode(v.R.PathValue("koodi")); ok && code != j.Spark.Code {
		return v.Go("/kipina/" + j.Spark.Code + "/rinki")
	}
	role := ring.Role(v.Query("osa"))
	if !slices.Contains(ring.Roles(), role) {
		role = ""
	}
	j.Form = v.Blank("role", string(role), "seen", string(spark.Public))
	if j.Me != nil {
		j.Form = v.Blank("role", string(cmp.Or(role, j.Me.Role)), "seen", string(j.Me.Seen), "name", j.Me.Name, "brings", j.Me.Brings)
		tied, err := ring.Tied(v.R.Context(), v.DB, *j.Me)
		if err != nil {
			return err
		}
		if tied {
			j.Form.Values.Set("tied", "1")
		}
	}
	return v.Render(http.StatusOK, ringPage(v, j))
}

// joinsRing is a wish to join as it waits for its address. How the form came is kept
// with it: it is weighed when the address is confirmed.
type joinsRing struct {
	Spark ident.ID   `json:"spark"`
	Code  string     `json:"code"`
	Draft ring.Draft `json:"draft"`
	Form  trust.Form `json:"form"`
}

func (v *Visit) joinRing() error {
	f := v.cleaned()
	j, _, err := v.joining(f)
	if err != nil {
		return err
	}
	at := j.Spark.ID
	if j.Me != nil {
		at = j.Me.Spark // of whichever of those joined together
	}
	day, wrong := f.day("day")
	d := ring.Draft{Role: ring.Role(f.Get("role")), Name: f.Get("name"), Seen: spark.Visibility(f.Get("seen")), Brings: f.Get("brings"), Language: string(v.Lang), Tied: f.Get("tied") != "", Take: ring.Take{What: f.Get("what"), Day: day}}
	if wrong == nil {
		wrong = d.Check(v.today())
	}
	if refused, err := v.submits(f, wrong, "ring", joinsRing{Spark: at, Code: j.Spark.Code, Draft: d, Form: v.sender(f).Form}); err != nil || !refused {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), ringPage(v, j))
}

func (v *Visit) ringWords(data json.RawMessage) (string, error) {
	var d joinsRing
	err := json.Unmarshal(data, &d)
	return v.T("ringjoin.want", "code", d.Code, "role", v.T("ring.one."+string(d.Draft.Role))), err
}

func (v *Visit) putRing(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d joinsRing
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	_, err := v.Rings.Join(ctx, tx, a, d.Spark, d.Draft, trust.Sender{Network: v.limits.Network(v.R), Form: d.Form})
	return err
}

func (v *Visit) backToRing(data json.RawMessage) string {
	var d joinsRing
	if err := json.Unmarshal(data, &d); err != nil {
		return ""
	}
	return "/kipina/" + d.Code + "/rinki?tehty=mukana"
}

func (v *Visit) leaveRing() error {
	j, who, err := v.joining(nil)
	if err != nil {
		return err
	}
	if !j.Known {
		return v.Go("/minun")
	}
	if j.Me != nil {
		if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Rings.Leave(ctx, tx, who, j.Me.Spark) }); err != nil {
			return err
		}
	}
	return v.Go("/kipina/" + j.Spark.Code + "/rinki?tehty=pois")
}

// ringRow is one ring on a person's own page.
type ringRow struct {
	ring.Member
	Of    spark.Spark
	Taken []ring.Commitment
}

// ringPart is the rings a person is in.
func ringPart() minePart {
	return minePart{
		name: "rings",
		panel: func(v *Visit, a address.Address, secret string) (templ.Component, error) {
			rows, err := v.ringRows(a, mineMost)
			if err != nil || len(rows) == 0 {
				return nil, err
			}
			return ringsPart(v, rows, secret), nil
		},
		data: (*Visit).ringData,
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return v.Rings.EraseOf(ctx, tx, a)
		},
	}
}

func (v *Visit) ringRows(a address.Address, most int) (rows []ringRow, err error) {
	ctx := v.R.Context()
	all, err := ring.Of(ctx, v.DB, v.Region.ID, a.ID, most)
	if err != nil {
		return nil, err
	}
	var ids []ident.ID
	for _, m := range all {
		ids = append(ids, m.Spark)
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return nil, err
	}
	for _, m := range all {
		taken, err := ring.CommitmentsOf(ctx, v.DB, m)
		if err != nil {
			return nil, err
		}
		rows = append(rows, ringRow{m, sparks[m.Spark], taken})
	}
	return rows, nil
}

// ringData is everything that is kept of a person's rings, for their own file.
func (v *Visit) ringData(a address.Address) (any, error) {
	type take struct {
		ID    string     `json:"commitment_id"`
		What  string     `json:"what"`
		Day   string     `json:"by_day"`
		State string     `json:"state"`
		Moves int        `json:"moves"`
		Made  *time.Time `json:"made_at"`
		Ended *time.Time `json:"ended_at"`
	}
	type own struct {
		Spark    string     `json:"spark_id"`
		ID       string     `json:"member_id"`
		Role     string     `json:"role"`
		Name     string     `json:"name"`
		Seen     string     `json:"seen"`
		Brings   string     `json:"brings"`
		Language string     `json:"language"`
		State    string     `json:"state"`
		Held     string     `json:"held"`
		Since    *time.Time `json:"since_at"`
		Decided  *time.Time `json:"decided_at"`
		Tied     bool       `json:"tied"`
		Taken    []take     `json:"commitments"`
	}
	rows, err := v.ringRows(a, 100_000)
	out := []own{}
	for _, r := range rows {
		o := own{r.Spark.String(), r.ID.String(), string(r.Role), r.Name, string(r.Seen), r.Brings, r.Language, string(r.State), r.Held, moment(r.Since), moment(r.Decided), false, []take{}}
		if o.Tied, err = ring.Tied(v.R.Context(), v.DB, r.Member); err != nil {
			return nil, err
		}
		for _, c := range r.Taken {
			o.Taken = append(o.Taken, take{c.ID.String(), c.What, c.Day.String(), string(c.State), c.Moves, moment(c.Made), moment(c.Ended)})
		}
		out = append(out, o)
	}
	return out, err
}

func (v *Visit) mineLeaveRing() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	id, ok := ident.Parse(v.Form().Get("spark"))
	if !ok {
		return fault.New(fault.NotFound, "ring.none")
	}
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Rings.Leave(ctx, tx, a, id) }); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=rinki-pois")
}

// turned reads what becomes of a commitment.
func (f *Form) turned() (t ring.Turn, err error) {
	t.To = ring.Fate(f.Get("to"))
	if t.To == ring.Open {
		t.Day, err = f.mustDay("day")
	}
	return t, err
}

func (v *Visit) mineTurn() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	f := v.cleaned()
	id, _ := ident.Parse(v.R.PathValue("id"))
	sp, _ := ident.Parse(f.Get("spark"))
	to, err := f.turned()
	if err == nil {
		err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.Rings.Turn(ctx, tx, a, sp, id, to) })
	}
	if err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=hoidan-" + turnWord(to.To))
}

// turnWord is what a turn is called in an address.
func turnWord(to ring.Fate) string {
	switch to {
	case ring.Kept:
		return "valmis"
	case ring.LetGo:
		return "vapaa"
	}
	return "siirto"
}

// ringDesk is a ring as its bringer or the office looks after it.
type ringDesk struct {
	ringView
	At     string // where its forms go
	Asks   bool
	Form   *Form // what it looks for
	Take   *Form // the bringer's own next step; nil for the office
	Office bool
	Writes bool
	Done   string
	Teams  []introduction.Team // who could take what is open together
}

func (v *Visit) ringDesk(sp spark.Spark, at string, forOffice bool) (d ringDesk, err error) {
	ctx := v.R.Context()
	with, err := spark.ReadWith(ctx, v.DB, v.Region.ID, sp.ID)
	if err != nil {
		return d, err
	}
	inside, matter := []ident.ID{sp.ID}, append([]ident.ID{sp.ID}, with[sp.ID]...)
	if forOffice {
		inside = matter
	}
	d = ringDesk{At: at, Writes: true, Office: forOffice, Done: oneOf(v.Query("tehty"), "haku", "mukaan", "ei-mukaan", "hoidan", "hoidan-valmis", "hoidan-vapaa", "hoidan-siirto")}
	if d.ringView, err = v.ring(sp, matter, inside, ""); err != nil {
		return d, err
	}
	d.Asks, err = ring.Asks(ctx, v.DB, v.Region.ID, sp.ID)
	f := v.Blank()
	for _, o := range d.Openings {
		if o.Spark == sp.ID {
			f.Values.Add("open", string(o.Role))
			f.Values.Set("wanted-"+string(o.Role), o.Wanted)
		}
	}
	if d.Asks {
		f.Values.Set("asks", "1")
	}
	d.Form = f
	return d, err
}

// lookOf reads what a ring looks for.
func (f *Form) lookOf() (all []ring.Opening) {
	for _, r := range ring.Roles() {
		if f.Has("open", string(r)) {
			all = append(all, ring.Opening{Role: r, Wanted: f.Get("wanted-" + string(r))})
		}
	}
	return all
}

func (v *Visit) ownDesk(m mine) (ringDesk, error) {
	d, err := v.ringDesk(m.Spark, m.path(""), false)
	d.Take = v.Blank()
	return d, err
}

func (v *Visit) ownRing(m mine) error {
	d, err := v.ownDesk(m)
	if err == nil {
		err = v.teams(&d)
	}
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, ownRingPage(v, m, d))
}

// ownRefused shows the bringer's page of the ring with one form as it was refused.
func (v *Visit) ownRefused(m mine, f *Form, err error, put func(d *ringDesk)) error {
	if err := f.Refuse(err); err != nil {
		return err
	}
	d, err := v.ownDesk(m)
	if err != nil {
		return err
	}
	put(&d)
	return v.Render(statusOfAll(f.Wrong), ownRingPage(v, m, d))
}

func (v *Visit) ownLook(m mine) error {
	f := v.cleaned()
	if err := v.Rings.Look(v.R.Context(), ring.By{Actor: story.Bringer}, v.Region.ID, m.Spark.ID, f.Get("asks") != "", f.lookOf()); err != nil {
		return v.ownRefused(m, f, err, func(d *ringDesk) { d.Form = f })
	}
	return v.Go(m.path("/rinki?tehty=haku"))
}

func (v *Visit) ownDecide(m mine) error {
	id, _ := ident.Parse(v.R.PathValue("id"))
	yes := v.Form().Get("do") == "in"
	if _, err := v.Rings.Decide(v.R.Context(), ring.By{Actor: story.Bringer}, v.Region.ID, m.Spark.ID, id, yes); err != nil {
		return err
	}
	return v.Go(m.path("/rinki?tehty=" + decidedWord(yes)))
}

func decidedWord(yes bool) string {
	if yes {
		return "mukaan"
	}
	return "ei-mukaan"
}

func (v *Visit) ownCommit(m mine) error {
	f := v.cleaned()
	day, err := f.mustDay("day")
	if err == nil {
		err = v.Rings.CommitBringer(v.R.Context(), v.Region.ID, m.Spark.ID, ring.Take{What: f.Get("what"), Day: day})
	}
	if err != nil {
		return v.ownRefused(m, f, err, func(d *ringDesk) { d.Take = f })
	}
	return v.Go(m.path("/rinki?tehty=hoidan"))
}

func (v *Visit) ownTurn(m mine) error {
	f := v.cleaned()
	id, _ := ident.Parse(v.R.PathValue("id"))
	to, err := f.turned()
	if err == nil {
		err = v.Rings.TurnBringer(v.R.Context(), v.Region.ID, m.Spark.ID, id, to)
	}
	if err != nil {
		return err
	}
	return v.Go(m.path("/rinki?tehty=hoidan-" + turnWord(to.To)))
}
