package web

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/trust"
)

// Who could help a spark and who knows them, and getting to meet them: asked with a
// confirmed address, passed on from a letter, and done when both have said yes.

const introductionsAt = "/toimisto/tutustumiset"

func meetRoutes() []route {
	return []route{
		{pattern: "GET /kipina/{koodi}/osaajat", limit: 60, do: (*Visit).helpers},
		{pattern: "GET /kipina/{koodi}/tutustu", limit: 60, do: (*Visit).meetForm},
		{pattern: "POST /kipina/{koodi}/tutustu", limit: 10, do: (*Visit).meet},
		{pattern: "GET /tutustuminen/{salaisuus}", limit: 60, do: (*Visit).introduction},
		{pattern: "POST /tutustuminen/{salaisuus}", limit: 30, do: (*Visit).introduce},
		{pattern: "GET " + introductionsAt, access: staff, verb: office.Read, object: office.Contacts, do: (*Visit).workIntroductions},
		{pattern: "GET " + introductionsAt + "/{id}", access: staff, verb: office.Read, object: office.Contacts, do: (*Visit).workIntroduction},
		{pattern: "POST " + introductionsAt + "/{id}", access: staff, verb: office.Write, object: office.Contacts, do: (*Visit).workIntroduce},
	}
}

// helper is somebody who could help, and why they are told of.
type helper struct {
	Actor ident.ID // 0 for whoever the office knows
	Title string
	Lang  string // of the title, "" for the reader's
	Path  string
	Why   []string
	Lines []speaking        // of what somebody knows
	Ways  introduction.Ways // who knows them
}

// speaking is one piece of evidence, as it is told.
type speaking struct{ Line, Text, Lang string }

// helping is who could help a spark: those who are known to know, then who knows who
// does. It is never empty.
type helping struct {
	Spark spark.Spark
	Known []helper // their projects are like the spark
	Nets  []knowing
	Who   office.Officer // who asks round
	// Reading tells that what everybody did is being read, as after a start: projects are
	// looked for by words so long.
	Reading bool
}

// knowing is a network that knows a theme of the spark.
type knowing struct {
	programme.Named
	Path string // "" when it has no page
}

// Bounds of an answer.
const (
	helpersMost  = 7
	networksMost = 100 // named ones of a region that are looked at
	helpersLook  = 40  // projects looked at for it
	helperWhys   = 2
)

func (v *Visit) helpersOf(sp spark.Spark) (h helping, err error) {
	ctx := v.R.Context()
	h.Spark = sp
	d, err := v.desk(ctx)
	if err != nil {
		return h, err
	}
	h.Who, _ = d.answers(sp.Owner, v.today())
	loads, err := v.Introductions.Loads(ctx, v.DB, v.Region.ID)
	if err != nil {
		return h, err
	}
	var known []knowhow.Knower
	if h.Reading = !v.Know.Ready(ctx, v.Region.ID); !h.Reading {
		known, err = v.Know.Find(ctx, v.Region.ID, knowhow.Need{Text: sp.Sought(), Most: helpersMost, Load: func(id ident.ID) float64 { return loads[id] }})
		if err != nil {
			return h, err
		}
	}
	for _, k := range known {
		x := helper{Actor: k.Actor.ID, Title: k.Actor.Title, Path: actorPath(k.Actor)}
		if !k.Actor.Person {
			x.Lang = "fi"
		}
		x.Lines = v.linesOf(k)
		h.Known = append(h.Known, x)
	}
	if len(h.Known) > 0 {
		return h, v.themeNetworks(&h)
	}
	hits, err := v.Index.Search(ctx, v.DB, search.Query{Region: v.Region.ID, Text: sp.Sought(), Filter: search.Filter{Kinds: []search.Kind{search.Project}}, Most: helpersLook})
	if err != nil {
		return h, err
	}
	for _, hit := range hits.Hits {
		if len(hit.Matched) == 0 {
			continue
		}
		p, err := project.ByID(ctx, v.DB, v.Region.ID, hit.ID)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return h, err
		}
		why := v.T("helpers.why", "project", p.Title, "words", v.Say.List(hit.Matched[:min(len(hit.Matched), 3)]))
		i := slices.IndexFunc(h.Known, func(x helper) bool { return x.Actor == p.Actor.ID })
		switch {
		case i >= 0 && len(h.Known[i].Why) < helperWhys:
			h.Known[i].Why = append(h.Known[i].Why, why)
		case i < 0 && p.Actor.ID != 0 && len(h.Known) < helpersMost:
			h.Known = append(h.Known, helper{Actor: p.Actor.ID, Title: p.Actor.Title, Lang: "fi", Path: actorPath(p.Actor), Why: []string{why}})
		}
	}
	return h, v.themeNetworks(&h)
}

// linesOf tells what speaks for somebody.
func (v *Visit) linesOf(k knowhow.Knower) (all []speaking) {
	for _, r := range k.Reasons[:min(len(k.Reasons), helperWhys)] {
		line := v.T("helpers.because." + string(r.Item.Kind))
		if len(r.Words) > 0 {
			line += " " + v.T("helpers.because.words", "words", v.Say.List(r.Words[:min(len(r.Words), 3)]))
		}
		all = append(all, speaking{line, firstWords(spark.CleanLine(r.Item.Text), 120), r.Item.Language})
	}
	return all
}

// themeNetworks adds the programme's networks that know the themes of a spark.
func (v *Visit) themeNetworks(h *helping) error {
	tags, err := spark.Tagged(v.R.Context(), v.DB, v.Region.ID, h.Spark.ID)
	if err != nil {
		return err
	}
	for _, t := range v.tagged(tags[h.Spark.ID], programme.TagTheme) {
		theme, ok := v.Edition.Theme(t.ID)
		if !ok {
			continue
		}
		for _, n := range theme.Networks {
			name, ok := v.Edition.Tag(programme.TagNetwork, n)
			if ok && !slices.ContainsFunc(h.Nets, func(x knowing) bool { return x.ID == n }) {
				h.Nets = append(h.Nets, knowing{Named: programme.Named{ID: n, Name: name}})
			}
		}
	}
	if len(h.Nets) == 0 {
		return nil
	}
	all, err := network.All(v.R.Context(), v.DB, v.Region.ID, 0, networksMost)
	for _, n := range all {
		if i := slices.IndexFunc(h.Nets, func(x knowing) bool { return x.ID == n.Programme }); i >= 0 && n.Alive() {
			h.Nets[i].Path = networkPath(n)
		}
	}
	return err
}

func (v *Visit) helpers() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	h, err := v.helpersOf(sp)
	if err != nil {
		return err
	}
	if err := v.waysTo(h.Known); err != nil {
		return err
	}
	return v.Render(http.StatusOK, helpersPage(v, h))
}

// waysTo finds who knows those who could help.
func (v *Visit) waysTo(known []helper) error {
	if len(known) == 0 {
		return nil
	}
	f, err := v.finder()
	if err != nil {
		return err
	}
	for i := range known {
		if known[i].Ways, err = f.To(v.R.Context(), known[i].Actor); err != nil {
			return err
		}
	}
	return nil
}

// meeting is the form that asks for an introduction.
type meeting struct {
	Spark spark.Spark
	To    actor.Actor // zero for whoever the office knows
	Who   office.Officer
	Ways  introduction.Ways // who knows them
	Form  *Form
	Email string // of whom this browser remembers
}

func (v *Visit) meetingOf(f *Form, id string) (m meeting, err error) {
	ctx := v.R.Context()
	if m.Spark, err = v.shareable(); err != nil {
		return m, err
	}
	d, err := v.desk(ctx)
	if err != nil {
		return m, err
	}
	m.Form = f
	m.Who, _ = d.answers(m.Spark.Owner, v.today())
	if who, ok := ident.Parse(id); ok {
		if m.To, err = v.meetable(who); err != nil {
			return m, err
		}
		finder, err := v.finder()
		if err != nil {
			return m, err
		}
		if m.Ways, err = finder.To(ctx, who); err != nil {
			return m, err
		}
	}
	a, known, err := v.someone()
	if known {
		m.Email = a.Email
	}
	return m, err
}

// meetable is an organisation, or a person who chose to be found; for anybody else the
// same fault as for nobody.
func (v *Visit) meetable(id ident.ID) (actor.Actor, error) {
	p, err := actor.PersonByID(v.R.Context(), v.DB, v.Region.ID, id)
	if fault.Is(err, fault.NotFound) {
		return actor.ByID(v.R.Context(), v.DB, v.Region.ID, id)
	}
	if err == nil && !p.Chose(actor.Findable) {
		err = fault.New(fault.NotFound, "introduction.other")
	}
	return p.Actor, err
}

func (v *Visit) meetForm() error {
	m, err := v.meetingOf(v.Blank("broker", byOfficer, "again", "1"), v.Query("toimija"))
	if err != nil {
		return err
	}
	if all := m.Ways.Brokers(); len(all) > 0 {
		m.Form.Values.Set("broker", all[0].Broker.ID.String())
	}
	return v.Render(http.StatusOK, meetPage(v, m))
}

// byOfficer is what the form calls the office that passes a request on.
const byOfficer = "office"

// ways are whom the form has it passed along: those who stand on the way whose broker it
// names, and the others where one after another is to be tried. None is the office.
func (m meeting) ways() (all [][]ident.ID) {
	brokers := m.Ways.Brokers()
	at := slices.IndexFunc(brokers, func(w introduction.Way) bool { return w.Broker.ID.String() == m.Form.Get("broker") })
	if at < 0 {
		return nil
	}
	all = append(all, brokers[at].Hands())
	for i, w := range brokers {
		if i != at && m.Form.Get("again") != "" {
			all = append(all, w.Hands())
		}
	}
	return all
}

// long tells that some way goes through several hands.
func (m meeting) long() bool {
	return slices.ContainsFunc(m.Ways.Brokers(), func(w introduction.Way) bool { return len(w.Through) > 1 })
}

// meets is a wish to meet somebody as it waits for its address.
type meets struct {
	Code  string             `json:"code"`
	Draft introduction.Draft `json:"draft"`
}

func (v *Visit) meet() error {
	f := v.cleaned()
	m, err := v.meetingOf(f, f.Get("toimija"))
	if err != nil {
		return err
	}
	d := introduction.Draft{Spark: m.Spark.ID, Wanted: f.Get("wanted"), Actor: m.To.ID, Ways: m.ways(), Name: f.Get("name"), Message: f.Get("message"), Tells: f.Get("tells") != "", Language: string(v.Lang)}
	if m.To.ID != 0 {
		d.Wanted = firstRunes(m.To.Title, introduction.MaxWanted)
	}
	if refused, err := v.submits(f, d.Check(), "meet", meets{m.Spark.Code, d}); err != nil || !refused {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), meetPage(v, m))
}

func (v *Visit) meetWords(data json.RawMessage) (string, error) {
	var d meets
	err := json.Unmarshal(data, &d)
	return v.T("meet.want", "wanted", d.Draft.Wanted, "code", d.Code), err
}

func (v *Visit) putMeeting(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d meets
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	sp, err := spark.ByID(ctx, tx, a.Region, d.Draft.Spark)
	if err != nil {
		return err
	}
	broker, err := office.StandIn(ctx, tx, a.Region, sp.Owner, v.today())
	if err == nil && broker.ID == 0 {
		broker, _, err = office.Duty(ctx, tx, a.Region, v.today())
	}
	if err != nil {
		return err
	}
	_, err = v.Introductions.Ask(ctx, tx, a, broker, d.Draft)
	return err
}

// introView is an introduction as one side sees it.
type introView struct {
	introduction.Introduction
	Role   introduction.Role
	At     string // where its forms go
	Seen   introduction.State
	To     introduction.Side // their contact details, once both have said yes
	Next   string            // whom a hand of a chain would pass it to
	More   bool              // that there is another hand after them
	From   string            // who passed it to them, "" for the first
	Spark  *spark.Spark      // that it is about, while everybody may read it
	Form   *Form
	Office bool // on the office's own page
	Writes bool
	Done   string
}

func (v *Visit) introOf(x introduction.Introduction, r introduction.Role, at string) (i introView, err error) {
	i = introView{Introduction: x, Role: r, At: at, Form: v.Blank(), Seen: x.Shown(r, v.Clock.Now()), Writes: true, Done: oneOf(v.Query("tehty"), "kylla", "ei", "ei-koskaan", "valitetty", "ei-valiteta", "peruttu", "kuulumiset")}
	i.To, _ = x.Contacts(r)
	if i.Next, i.More, err = introduction.NextName(v.R.Context(), v.DB, x, r); err != nil {
		return i, err
	}
	if before, ok := x.Before(r); ok {
		i.From = before.Name
	}
	if name := x.Asker.Name; r == introduction.Asker && name != "" {
		i.Form = v.Blank("name", name)
	} else if r == introduction.Other && x.Other.Name != "" {
		i.Form = v.Blank("name", x.Other.Name)
	}
	if x.Spark == 0 {
		return i, nil
	}
	sp, err := spark.ByID(v.R.Context(), v.DB, v.Region.ID, x.Spark)
	if fault.Is(err, fault.NotFound) {
		return i, nil
	}
	if sp.HasPage() {
		i.Spark = &sp
	}
	return i, err
}

// linkedIntroduction is whose introduction the link of a letter opens.
func (v *Visit) linkedIntroduction() (introView, error) {
	secret := v.R.PathValue("salaisuus")
	x, r, err := introduction.Linked(v.R.Context(), v.DB, v.Region.ID, secret)
	if err != nil {
		return introView{}, v.wrongLink(err)
	}
	return v.introOf(x, r, "/tutustuminen/"+secret)
}

func (v *Visit) introduction() error {
	i, err := v.linkedIntroduction()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, introductionPage(v, i))
}

func (v *Visit) introduce() error {
	i, err := v.linkedIntroduction()
	if err != nil {
		return err
	}
	return v.carryOn(i)
}

// carryOn does what a side's form asks for.
func (v *Visit) carryOn(i introView) error {
	ctx, f, done := v.R.Context(), v.cleaned(), ""
	var err error
	switch do := f.Get("do"); do {
	case "pass":
		done = "valitetty"
		if !i.Role.Passes() {
			err = fault.New(fault.Conflict, "introduction.moved")
			break
		}
		_, err = v.Introductions.Hand(ctx, v.Region.ID, i.ID, i.Role, introduction.Pass{Email: f.Get("email"), Name: f.Get("name"), Remark: f.Get("remark")})
	case "yes", "no", "never":
		done = map[string]string{"yes": "kylla", "no": "ei", "never": "ei-koskaan"}[do]
		if i.Role.Passes() {
			done = "ei-valiteta"
		}
		_, err = v.Introductions.Say(ctx, v.Region.ID, i.ID, i.Role, introduction.Answer(do), f.Get("tells") != "", f.Get("name"))
	case "off":
		done = "peruttu"
		if i.Role != introduction.Asker {
			err = fault.New(fault.Conflict, "introduction.moved")
			break
		}
		err = v.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return v.Introductions.TakeOff(ctx, tx, v.Region.ID, i.ID)
		})
	case "report":
		done = "kuulumiset"
		met := introduction.Outcome(oneOf(f.Get("met"), "yes", "not_yet", "no"))
		useful := introduction.Outcome(oneOf(f.Get("useful"), "yes", "no"))
		err = v.Introductions.Report(ctx, v.Region.ID, i.ID, i.Role, met, useful, f.Get("came"))
	default:
		err = fault.New(fault.Invalid, "introduction.answer.missing").On("do")
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		i.Form = f
		if i.Office {
			return v.Render(statusOfAll(f.Wrong), workIntroductionPage(v, i))
		}
		return v.Render(statusOfAll(f.Wrong), introductionPage(v, i))
	}
	return v.Go(i.At + "?" + url.Values{"tehty": {done}}.Encode())
}

// introList is a page of the introductions that wait for the office.
type introList struct {
	List  []introduction.Introduction
	Next  ident.ID
	Later bool
}

func (v *Visit) workIntroductions() error {
	before, err := v.idCursor()
	if err != nil {
		return err
	}
	l := introList{Later: before != 0}
	all, err := introduction.AtOffice(v.R.Context(), v.DB, v.Region.ID, before, perPage+1)
	if err != nil {
		return err
	}
	l.List, l.Next = page(all, func(x introduction.Introduction) ident.ID { return x.ID })
	return v.Render(http.StatusOK, workIntroductionsPage(v, l))
}

// brokeredIntroduction is one that an officer introduces. How it went on after that is
// not the office's to know.
func (v *Visit) brokeredIntroduction() (i introView, err error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return i, fault.New(fault.NotFound, "introduction.none")
	}
	x, err := introduction.One(v.R.Context(), v.DB, v.Region.ID, id)
	if err == nil && x.Broker.Officer == 0 {
		err = fault.New(fault.NotFound, "introduction.none")
	}
	if err != nil {
		return i, err
	}
	i, err = v.introOf(x, introduction.Broker, introductionsAt+"/"+id.String())
	i.Office, i.Writes = true, v.May(right{Object: office.Contacts, Verb: office.Write})
	return i, err
}

func (v *Visit) workIntroduction() error {
	i, err := v.brokeredIntroduction()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, workIntroductionPage(v, i))
}

func (v *Visit) workIntroduce() error {
	i, err := v.brokeredIntroduction()
	if err != nil {
		return err
	}
	return v.carryOn(i)
}

// introsWait tells that some introduction waits to be passed on.
func (v *Visit) introsWait() (bool, error) {
	all, err := introduction.AtOffice(v.R.Context(), v.DB, v.Region.ID, 0, 1)
	return len(all) > 0, err
}

// introRow is one introduction on a person's own page.
type introRow struct {
	introduction.Introduction
	Role introduction.Role
	Seen introduction.State
	Link string
}

// introductionPart is the introductions in which a person has a part.
func introductionPart() minePart {
	return minePart{
		name: "introductions",
		panel: func(v *Visit, a address.Address, _ string) (templ.Component, error) {
			rows, err := v.introRows(a, mineMost)
			if err != nil || len(rows) == 0 {
				return nil, err
			}
			return introsPart(v, rows), nil
		},
		data: (*Visit).introData,
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return v.Introductions.EraseOf(ctx, tx, a)
		},
	}
}

// introRows are those a person knows of: nobody learns here what has not come to them.
func (v *Visit) introRows(a address.Address, most int) (rows []introRow, err error) {
	all, err := introduction.Of(v.R.Context(), v.DB, v.Region.ID, a.ID, most)
	if err != nil {
		return nil, err
	}
	keys, err := trust.KeysOf(v.R.Context(), v.DB, v.Region.ID)
	for _, x := range all {
		r := x.RoleOf(a.ID)
		if r == introduction.Other && !x.Reached() {
			continue
		}
		rows = append(rows, introRow{x, r, x.Shown(r, v.Clock.Now()), "/tutustuminen/" + introduction.LinkBy(keys, x.ID, r)})
	}
	return rows, err
}

// introData is everything that is kept of a person's introductions, for their own file:
// of the others no more than they have been told.
func (v *Visit) introData(a address.Address) (any, error) {
	type own struct {
		ID       string     `json:"introduction_id"`
		Spark    string     `json:"spark_id"`
		Side     string     `json:"side"`
		Wanted   string     `json:"wanted"`
		Message  string     `json:"message"`
		State    string     `json:"state"`
		Name     string     `json:"name"`
		Email    string     `json:"email"`
		Language string     `json:"language"`
		Actor    string     `json:"actor_id"`
		Answer   string     `json:"answer"`
		Tells    bool       `json:"tells"`
		Met      string     `json:"met"`
		Useful   string     `json:"useful"`
		Came     string     `json:"came"`
		Began    *time.Time `json:"began_at"`
		Until    *time.Time `json:"until_at"`
		Answered *time.Time `json:"answered_at"`
		MetAt    *time.Time `json:"met_at"`
	}
	rows, err := v.introRows(a, 100_000)
	out := []own{}
	for _, r := range rows {
		s := r.Of(r.Role)
		out = append(out, own{r.ID.String(), someID(r.Spark), string(r.Role.Kind()), r.Wanted, r.Message, string(r.Seen), s.Name, s.Email, s.Language, someID(s.Actor), string(s.Answer), s.Tells, string(s.Met), string(s.Useful), s.Came,
			moment(r.Began), moment(r.Until), moment(s.Answered), moment(r.MetAt)})
	}
	return out, err
}
