package web

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/follow"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/network"
	"kokko/region/office"
)

// Surveys in waves: the office asks a network's members, or who follows a theme, whom
// they would ask; each answers by their own link, and the office sees of the network
// what no one person can be told from.

const (
	wavesAt  = "/toimisto/kyselyt"
	answerAt = askAt + "/kysely/"
)

func waveRoutes() []route {
	on := func(method, path string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: method + " " + wavesAt + path, access: staff, verb: verb, object: office.Events, do: do}
	}
	return []route{
		{pattern: "GET " + answerAt + "{salaisuus}", limit: 60, do: (*Visit).waveForm},
		{pattern: "POST " + answerAt + "{salaisuus}", limit: 30, do: (*Visit).answerWave},
		on("GET", "", office.Read, (*Visit).workWaves),
		on("POST", "", office.Write, (*Visit).openWave),
		on("GET", "/uusi", office.Write, (*Visit).newWave),
		on("GET", "/{id}", office.Read, (*Visit).workWave),
		on("POST", "/{id}/kutsu", office.Write, (*Visit).inviteWave),
		on("POST", "/{id}/paata", office.Write, (*Visit).closeWave),
	}
}

// waveAnswer is the page of somebody who was invited.
type waveAnswer struct {
	asking.Wave
	asking.Invite
	Text   asking.Text
	In     string // the language it is in
	Open   bool
	Form   *Form
	Secret string
	Done   string
}

func (v *Visit) invitedAt(f *Form) (a waveAnswer, err error) {
	a.Form, a.Secret = f, v.R.PathValue("salaisuus")
	if a.Invite, a.Wave, err = asking.InvitedBy(v.R.Context(), v.DB, v.Region.ID, a.Secret); err != nil {
		return a, v.wrongLink(err)
	}
	a.Text, a.In = a.Wave.In(string(v.Lang))
	a.Open = a.Wave.Open(v.today())
	return a, nil
}

func (v *Visit) waveForm() error {
	a, err := v.invitedAt(v.Blank())
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	by, err := address.ByID(ctx, v.DB, v.Region.ID, a.Address)
	if fault.Is(err, fault.NotFound) {
		err = v.wrongLink(fault.New(fault.Gone, "asking.link"))
	}
	if err != nil {
		return err
	}
	if err := v.fillName(a.Form, by); err != nil {
		return err
	}
	before, err := asking.InWave(ctx, v.DB, v.Region.ID, a.Wave.ID, by.ID)
	if err != nil {
		return err
	}
	var ids []ident.ID
	for _, n := range before {
		ids = append(ids, n.Actor)
	}
	of, err := v.actorsBy(ids)
	if err != nil {
		return err
	}
	for i, n := range before[:min(len(before), asking.AtOnce)] {
		set := func(name, value string) { a.Form.Values.Set(asking.Field(name, i), value) }
		set("who", n.Named)
		if n.Organisation {
			set("kind", organisationKind)
			set("who", of[n.Actor].Title)
		}
		set("often", strconv.Itoa(int(n.Often)))
		set("well", strconv.Itoa(int(n.Well)))
	}
	a.Done = oneOf(v.Query("tehty"), "vastaus", "ei-koskaan")
	return v.Render(http.StatusOK, waveAnswerPage(v, a))
}

func (v *Visit) answerWave() error {
	f := v.cleaned()
	a, err := v.invitedAt(f)
	if err != nil {
		return err
	}
	ctx, done := v.R.Context(), "vastaus"
	switch f.Get("do") {
	case "answer":
		f.Values.Set("topic", a.Text.Topic)
		var d asking.Draft
		if d, err = v.namingDraft(f); err == nil {
			err = v.Asking.AnswerWave(ctx, v.Region.ID, a.Secret, d, false)
		}
	case "nobody":
		err = v.Asking.AnswerWave(ctx, v.Region.ID, a.Secret, asking.Draft{Language: string(v.Lang)}, true)
	case "never":
		done = "ei-koskaan"
		err = v.Asking.NoMoreWaves(ctx, v.Region.ID, a.Secret)
	default:
		err = fault.New(fault.Invalid, "asking.answer.missing").On("do")
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(statusOfAll(f.Wrong), waveAnswerPage(v, a))
	}
	return v.Go(answerAt + a.Secret + "?tehty=" + done)
}

// waveList is a page of the office's waves.
type waveList struct {
	List  []waveRow
	Next  ident.ID
	Later bool
}

// waveRow is a wave with whom it asks.
type waveRow struct {
	asking.Wave
	Whom, In string
}

// waveWhom is whom a wave asks, and the language that is in.
func (v *Visit) waveWhom(w asking.Wave) (whom, in string, err error) {
	if w.Theme != "" {
		if t, ok := v.Edition.Theme(w.Theme); ok {
			return v.T("wave.followers", "theme", v.In(t.Name)), "", nil
		}
		return v.T("wave.followers", "theme", w.Theme), "", nil
	}
	n, err := network.One(v.R.Context(), v.DB, v.Region.ID, w.Network)
	if fault.Is(err, fault.NotFound) {
		return "", "", nil
	}
	whom, in = v.networkName(n)
	return whom, in, err
}

func (v *Visit) workWaves() error {
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	all, err := asking.Waves(v.R.Context(), v.DB, v.Region.ID, before, perPage+1)
	if err != nil {
		return err
	}
	l := waveList{Later: before != 0}
	all, l.Next = page(all, func(w asking.Wave) ident.ID { return w.ID })
	for _, w := range all {
		row := waveRow{Wave: w}
		if row.Whom, row.In, err = v.waveWhom(w); err != nil {
			return err
		}
		l.List = append(l.List, row)
	}
	return v.Render(http.StatusOK, workWavesPage(v, l, v.May(keepsNetworks(office.Write))))
}

// newWaveView is the form of a wave.
type newWaveView struct {
	Form     *Form
	Networks []network.Named
}

func (v *Visit) newWave() error {
	return v.showNewWave(http.StatusOK, v.Blank("begins", v.today().String(), "ends", (v.today()+14).String()))
}

func (v *Visit) showNewWave(status int, f *Form) error {
	view := newWaveView{Form: f}
	all, err := network.All(v.R.Context(), v.DB, v.Region.ID, 0, networksMost)
	if err != nil {
		return err
	}
	for _, n := range all {
		if n.Alive() {
			view.Networks = append(view.Networks, n)
		}
	}
	return v.Render(status, newWavePage(v, view))
}

func (v *Visit) openWave() error {
	f := v.cleaned()
	w := asking.Wave{Texts: map[string]asking.Text{}}
	for _, l := range v.Edition.Tongues() {
		w.Texts[string(l)] = asking.Text{Topic: f.Get("topic." + string(l)), Question: f.Get("question." + string(l))}
	}
	var wrong fault.Many
	var err error
	if w.Begins, err = f.day("begins"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if w.Ends, err = f.day("ends"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	switch kind, id, _ := strings.Cut(f.Get("whom"), ":"); kind {
	case "network":
		n, ok := ident.Parse(id)
		if ok {
			if _, err := network.One(v.R.Context(), v.DB, v.Region.ID, n); err == nil {
				w.Network = n
			} else if !fault.Is(err, fault.NotFound) {
				return err
			}
		}
	case "theme":
		if _, ok := v.Edition.Theme(id); ok {
			w.Theme = id
		}
	}
	if err = wrong.OrNil(); err == nil {
		w, err = v.Asking.OpenWave(v.R.Context(), v.Region.ID, v.Edition.Original(), w)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showNewWave(statusOfAll(f.Wrong), f)
	}
	v.Tell(v.T("wave.made"))
	return v.Go(wavesAt + "/" + w.ID.String())
}

// waveView is a wave on the office's table.
type waveView struct {
	waveRow
	Text    asking.Text
	TextIn  string
	Result  asking.Result
	Names   map[ident.ID]actor.Actor // of the organisations in it
	Last    asking.Wave              // the one before, zero for none
	Change  asking.Change
	Could   int // how many the network or theme has that were not asked yet
	Writes  bool
	Running bool
	Form    *Form
}

func (v *Visit) waveAt() (asking.Wave, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return asking.Wave{}, fault.New(fault.NotFound, "wave.none")
	}
	return asking.OneWave(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) workWave() error {
	w, err := v.waveAt()
	if err != nil {
		return err
	}
	return v.showWave(http.StatusOK, w, v.Blank())
}

// organisations tells which actors are organisations, among those of some answers.
func (v *Visit) organisations(all []asking.Said) (map[ident.ID]actor.Actor, error) {
	var ids []ident.ID
	for _, s := range all {
		ids = append(ids, s.To...)
	}
	slices.Sort(ids)
	of := map[ident.ID]actor.Actor{}
	for some := range slices.Chunk(slices.Compact(ids), 500) {
		found, err := v.actorsBy(some)
		if err != nil {
			return nil, err
		}
		for id, a := range found {
			if !a.Person {
				of[id] = a
			}
		}
	}
	return of, nil
}

func (v *Visit) showWave(status int, w asking.Wave, f *Form) error {
	ctx := v.R.Context()
	view := waveView{waveRow: waveRow{Wave: w}, Writes: v.May(keepsNetworks(office.Write)), Running: w.Open(v.today()), Form: f}
	view.Text, view.TextIn = w.In(string(v.Lang))
	var err error
	if view.Whom, view.In, err = v.waveWhom(w); err != nil {
		return err
	}
	said, invited, err := asking.Answers(ctx, v.DB, w)
	if err != nil {
		return err
	}
	if view.Names, err = v.organisations(said); err != nil {
		return err
	}
	view.Result = asking.Count(invited, said, func(id ident.ID) bool { return view.Names[id].ID != 0 })
	last, ok, err := asking.Before(ctx, v.DB, w)
	if err != nil {
		return err
	}
	if ok {
		earlier, _, err := asking.Answers(ctx, v.DB, last)
		if err != nil {
			return err
		}
		view.Last, view.Change = last, asking.Compare(earlier, said)
	}
	if view.Running {
		ids, err := v.waveAsks(w)
		if err != nil {
			return err
		}
		asked, err := asking.InvitedAmong(ctx, v.DB, v.Region.ID, w.ID, ids)
		if err != nil {
			return err
		}
		view.Could = len(ids) - asked
	}
	return v.Render(status, workWavePage(v, view))
}

// waveAsks is the addresses of whom a wave asks: people who have joined the network
// themselves, or follow the theme.
func (v *Visit) waveAsks(w asking.Wave) (ids []ident.ID, err error) {
	ctx := v.R.Context()
	if w.Theme != "" {
		seen := map[ident.ID]bool{}
		for _, pace := range follow.Paces() {
			for after, more := ident.ID(0), true; more && len(ids) < asking.MaxInvited; {
				var some []ident.ID
				some, more, err = follow.Followers(ctx, v.DB, v.Region.ID, pace, []follow.Reach{{Target: follow.Target{Kind: follow.Theme, ID: w.Theme}}}, after, 500)
				if err != nil {
					return nil, err
				}
				for _, id := range some {
					if after = id; !seen[id] {
						seen[id], ids = true, append(ids, id)
					}
				}
				more = more && len(some) > 0
			}
		}
		return ids, nil
	}
	all, err := network.MembersOf(ctx, v.DB, v.Region.ID, w.Network, 0, network.MaxMembers)
	if err != nil {
		return nil, err
	}
	var who []ident.ID
	for _, m := range all {
		if m.Until == 0 {
			who = append(who, m.Actor)
		}
	}
	for some := range slices.Chunk(who, 500) {
		people, err := actor.PeopleByIDs(ctx, v.DB, v.Region.ID, some...)
		if err != nil {
			return nil, err
		}
		for _, id := range some {
			if p, ok := people[id]; ok && p.Address != 0 {
				ids = append(ids, p.Address)
			}
		}
	}
	return ids, nil
}

// onWave runs a verb on the wave of the address, and tells what came of it.
func (v *Visit) onWave(do func(w asking.Wave) (string, error)) error {
	w, err := v.waveAt()
	if err != nil {
		return err
	}
	said, err := do(w)
	if err != nil {
		f := v.Form()
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showWave(statusOfAll(f.Wrong), w, f)
	}
	v.Tell(said)
	return v.Go(wavesAt + "/" + w.ID.String())
}

// invitedAtOnce is how many are invited in one transaction.
const invitedAtOnce = 200

func (v *Visit) inviteWave() error {
	return v.onWave(func(w asking.Wave) (string, error) {
		ids, err := v.waveAsks(w)
		fresh := 0
		for first := true; err == nil && (first || len(ids) > 0); first = false { // once also for nobody: it may be over
			some := ids[:min(len(ids), invitedAtOnce)]
			ids = ids[len(some):]
			var n int
			n, err = v.Asking.Invite(v.R.Context(), v.Region.ID, w.ID, some)
			fresh += n
		}
		if fresh == 0 {
			return v.T("wave.invited.none"), err
		}
		return v.N("wave.invited", fresh), err
	})
}

func (v *Visit) closeWave() error {
	return v.onWave(func(w asking.Wave) (string, error) {
		return v.T("wave.closed"), v.Asking.CloseWave(v.R.Context(), v.Region.ID, w.ID)
	})
}

// numberWord is a count, or that it is too few to tell.
func (v *Visit) numberWord(n asking.Number) string {
	if n.Few {
		return "<" + strconv.Itoa(asking.Few)
	}
	return v.Say.Number(int64(n.N))
}

// shareWord is a share in per cent, or that it is not told.
func (v *Visit) shareWord(s asking.Share) string {
	if !s.Told {
		return v.T("wave.untold")
	}
	return v.percentWord(s.Of)
}
