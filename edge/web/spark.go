package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/asset"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
)

func sparkRoutes() []route {
	return []route{
		{pattern: "GET /kipinat", plain: true, knows: true, ready: true, query: []string{"jarjestys", "laji", "teema", "paikka", "km", "sivu"}, do: (*Visit).sparks},
		{pattern: "GET /kipina/{koodi}", plain: true, knows: true, ready: true, query: []string{"jatko"}, do: (*Visit).spark},
	}
}

// Distances of "near a place", in kilometres: the usual one and the wider one.
const (
	nearKm = 15
	wideKm = 40
)

// listView is the list of sparks as one asked for it.
type listView struct {
	Order   spark.Order
	Kind    spark.Kind
	Theme   string
	Place   string // as typed
	Around  place.Place
	Km      int
	Unknown bool // the place typed is not in the programme
	Later   bool // not the first page
	Items   []item
	Next    string
}

// orders are the list's orders with their names in addresses, the first one the
// one nobody asked for.
func orders() []struct {
	Name  string
	Order spark.Order
} {
	return []struct {
		Name  string
		Order spark.Order
	}{{"uusimmat", spark.Newest}, {"vilkkaimmat", spark.Liveliest}, {"apua", spark.Hand}}
}

// narrowed tells that the reader asked for less than everything.
func (l listView) narrowed() bool { return l.Kind != "" || l.Theme != "" || l.Around.ID != "" }

// address is the list's own address with something changed; "" takes a part away.
func (l listView) address(pairs ...string) string {
	q := url.Values{}
	set := func(name, value string) {
		q.Del(name)
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, o := range orders()[1:] {
		if o.Order == l.Order {
			set("jarjestys", o.Name)
		}
	}
	set("laji", string(l.Kind))
	set("teema", l.Theme)
	set("paikka", l.Place)
	if l.Km != nearKm {
		set("km", "40")
	}
	for i := 0; i+1 < len(pairs); i += 2 {
		set(pairs[i], pairs[i+1])
	}
	if len(q) == 0 {
		return "/kipinat"
	}
	return "/kipinat?" + q.Encode()
}

func (v *Visit) sparks() error {
	l, err := readOnce(v, "list "+v.R.URL.RawQuery, v.listView)
	if err != nil {
		return err
	}
	v.tells(v.listSources(l)...)
	return v.Render(http.StatusOK, listPage(v, l))
}

func (v *Visit) listView() (listView, error) {
	l, filter, far := v.asked()
	list, next, err := spark.List(v.R.Context(), v.DB, v.Region.ID, filter)
	l.Next = next
	for _, sp := range list {
		l.Items = append(l.Items, item{sp, v.why(l, sp, far)})
	}
	return l, err
}

// asked reads what a list was asked for: what to show, and the filter for it.
func (v *Visit) asked() (l listView, filter spark.Filter, far map[string]float64) {
	l = listView{Order: spark.Newest, Km: nearKm, Later: v.Query("sivu") != ""}
	for _, o := range orders() {
		if v.Query("jarjestys") == o.Name {
			l.Order = o.Order
		}
	}
	if k, ok := v.Edition.Kind(v.Query("laji")); ok {
		l.Kind = spark.Kind(k.ID)
	}
	if t, ok := v.Edition.Theme(v.Query("teema")); ok {
		l.Theme = t.ID
	}
	if v.Query("km") == "40" {
		l.Km = wideKm
	}
	filter = spark.Filter{Order: l.Order, Kind: l.Kind, After: v.Query("sivu")}
	if l.Theme != "" {
		filter.Tag = spark.Tag{Kind: "theme", ID: l.Theme}
	}
	if l.Place = firstRunes(spark.CleanLine(v.Query("paikka")), spark.MaxName); l.Place != "" {
		at, ok := v.Edition.Place(l.Place)
		if ok {
			l.Place = v.In(at.Name)
		} else {
			at, ok = v.Edition.FindPlace(l.Place)
		}
		if l.Unknown = !ok; ok {
			l.Around = at
			far = v.around(at, float64(l.Km))
			for id := range far {
				filter.Places = append(filter.Places, id)
			}
			slices.Sort(filter.Places)
		}
	}
	return l, filter, far
}

// around is the places a search at a place reaches, with how far each is; -1 for
// those that belong to a municipality asked for as a whole.
func (v *Visit) around(at place.Place, km float64) map[string]float64 {
	far := map[string]float64{at.ID: 0}
	for _, p := range v.Edition.Places {
		if at.Kind == place.Municipality && p.Municipality == at.ID || at.Kind == place.Former && p.Former == at.ID {
			if p.ID != at.ID {
				far[p.ID] = -1
			}
		}
	}
	if at.At.Known() {
		for _, n := range place.Near(v.Edition.Places, at.At, km) {
			if _, ok := far[n.Place.ID]; !ok {
				far[n.Place.ID] = n.Km
			}
		}
	}
	return far
}

// why says why a spark is in the list just there.
func (v *Visit) why(l listView, sp spark.Spark, far map[string]float64) string {
	now := v.Clock.Now()
	var parts []string
	switch l.Order {
	case spark.Liveliest:
		parts = append(parts, v.T("spark.why.lively", "ago", v.Say.Ago(sp.Latest, now)))
	case spark.Hand:
		parts = append(parts, v.T("spark.why.hand", "missing", v.Say.List(v.missing(sp))))
	default:
		parts = append(parts, v.T("spark.why.newest", "ago", v.Say.Ago(sp.Dropped, now)))
	}
	if km, ok := far[sp.Place]; ok {
		switch {
		case km < 0:
			parts = append(parts, v.T("spark.why.within", "place", v.In(l.Around.Name)))
		case km < 1:
			parts = append(parts, v.T("spark.why.here", "place", v.In(l.Around.Name)))
		default:
			parts = append(parts, v.T("spark.why.near", "km", v.Say.Decimal(km, 0), "place", v.In(l.Around.Name)))
		}
	}
	if t, ok := v.Edition.Theme(l.Theme); ok {
		parts = append(parts, v.T("spark.why.theme", "theme", v.In(t.Name)))
	}
	return strings.Join(parts, " ")
}

// missing is what a spark still lacks, in words.
func (v *Visit) missing(sp spark.Spark) (all []string) {
	for _, m := range sp.Missing() {
		all = append(all, v.T("missing."+m))
	}
	return all
}

// placeNames are the names a place field offers, in the reader's alphabet.
func (v *Visit) placeNames() []string {
	all, _ := readOnce(v, "place names", func() ([]string, error) { return v.readPlaceNames(), nil })
	return all
}

func (v *Visit) readPlaceNames() []string {
	var all []string
	for _, p := range v.Edition.Places {
		if name := v.In(p.Name); !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	v.Say.Sort(len(all), func(i int) string { return all[i] }, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

// sparkView is a spark's page, for everybody or for its bringer.
type sparkView struct {
	Spark   spark.Spark
	Bringer string // the name everybody may see, "" when unnamed
	Officer office.Officer
	StandIn bool // the officer answers while the owner is away
	Staffed bool // somebody answers at all
	Promise string
	Late    bool
	Asked   *told // the question that waits for the bringer
	Closing *told // why it was closed, and what would make it catch fire
	Was     spark.State
	Files   []attachment.Attachment
	Story   []told
	Later   bool // not the story's first page
	Next    ident.ID
	Others  []brought    // who brought the same, beside the one whose page it is
	Quiet   int          // and how many more, which nobody else may read
	Unseen  int          // people among those, not counted already
	Into    *spark.Spark // what carries it on, nil while it stands alone

	Said talkView // what is said beneath it; on its public page
	Ring ringView // who is round it; there too

	Lent []asset.Answer // what there is that a need may be looking for; there too

	Question *challenge.Challenge // the open question it answers, nil for none
	Origin   *spark.Origin        // where it was imported from, nil when it was dropped here
}

// brought is one who brought the same matter, as everybody may know of them.
type brought struct {
	spark.Spark
	Name  string // "" when unnamed
	Files []attachment.Attachment
	Again bool // by somebody who brought it in an older spark too
}

func (v *Visit) spark() error {
	given := v.R.PathValue("koodi")
	code, ok := ident.ParseCode(given)
	if !ok {
		return v.guessed(func() error { return fault.New(fault.NotFound, "spark.code.wrong") })
	}
	if code != given {
		path := "/kipina/" + code
		if q := v.R.URL.RawQuery; q != "" {
			path += "?" + q
		}
		return v.Go(path)
	}
	sp, err := v.seen(code, spark.Split, spark.Rejoined)
	if err != nil {
		return err
	}
	if sp.State == spark.Split || sp.State == spark.Rejoined {
		return v.apartOf(sp)
	}
	view, err := readOnce(v, "spark "+code+" "+v.Query("jatko"), func() (sparkView, error) {
		view, err := v.everybodysView(sp)
		if err == nil && view.Into == nil {
			view.Lent = v.lentFor(sp)
			err = v.R.Context().Err() // a page nobody waited for is no page for others
		}
		return view, err
	})
	if err != nil {
		return err
	}
	if view.Said, err = v.talk(sp, v.Blank()); err != nil {
		return err
	}
	if sp.Listed {
		v.tells(v.sparkSource(sp))
		v.previews(sp, "/kipina/"+sp.Code)
	}
	return v.Render(http.StatusOK, sparkPage(v, view))
}

// sparkViewOf is a spark's page for everybody, with its talk; f is the form there.
func (v *Visit) sparkViewOf(sp spark.Spark, f *Form) (view sparkView, err error) {
	if view, err = v.everybodysView(sp); err == nil {
		view.Said, err = v.talk(sp, f)
	}
	return view, err
}

// everybodysView is what all readers of a spark's page see of it and its ring.
func (v *Visit) everybodysView(sp spark.Spark) (view sparkView, err error) {
	if view, err = v.viewOf(sp, story.Public); err == nil {
		view.Ring, err = v.publicRing(sp, view.Bringer)
	}
	return view, err
}

// seen finds a spark that everybody may see, or that is in one of these states.
func (v *Visit) seen(code string, also ...spark.State) (sp spark.Spark, err error) {
	err = v.guessed(func() error {
		if sp, err = spark.ByCode(v.R.Context(), v.DB, v.Region.ID, code); err == nil && !sp.HasPage() && !slices.Contains(also, sp.State) {
			// The same words as for a number nobody has: whether there is such a spark is
			// not for everybody to know.
			err = fault.New(fault.NotFound, "spark.none")
		}
		return err
	})
	return sp, err
}

// publicNames is what the bringers of sparks are called before everybody: those
// who let their names be known.
func (v *Visit) publicNames(ctx context.Context, sparks map[ident.ID]spark.Spark) (map[ident.ID]string, error) {
	var ids []ident.ID
	for id, sp := range sparks {
		if sp.Readable() && sp.Visibility == spark.Public {
			ids = append(ids, id)
		}
	}
	names := map[ident.ID]string{}
	if len(ids) == 0 {
		return names, nil
	}
	all, err := spark.Bringers(ctx, v.DB, v.Region.ID, ids...)
	for id, b := range all {
		names[id] = b[0].Name
	}
	return names, err
}

// viewOf reads what a reader of some standing may see of a spark, and of what
// carries its matter on.
func (v *Visit) viewOf(sp spark.Spark, reader story.Visibility) (view sparkView, err error) {
	ctx := v.R.Context()
	r, err := spark.Read(ctx, v.DB, sp, reader)
	if err != nil {
		return view, err
	}
	view = sparkView{Spark: r.Into}
	d, err := v.desk(ctx)
	if err != nil {
		return view, err
	}
	if sp.MergedInto != 0 {
		into, err := spark.ByID(ctx, v.DB, sp.Region, sp.MergedInto)
		if err != nil {
			return view, err
		}
		view.Into = &into
	}
	if sp.Source == spark.Imported {
		o, ok, err := spark.CameFrom(ctx, v.DB, sp.Region, sp.ID)
		if err != nil {
			return view, err
		}
		if ok {
			view.Origin = &o
		}
	}
	today := v.today()
	view.Officer, view.Staffed = d.answers(r.Into.Owner, today)
	view.StandIn = view.Officer.ID != r.Into.Owner
	view.Promise, view.Late = v.promise(r.Into, d.cal, today), r.Into.Late(today)
	if err := v.others(ctx, r, &view); err != nil {
		return view, err
	}
	if view.Files, err = attachment.Of(ctx, v.DB, sp.Region, sp.ID); err != nil {
		return view, err
	}

	after, err := v.before("jatko")
	if err != nil {
		return view, err
	}
	view.Later = v.Query("jatko") != ""
	beats, next, err := r.Page(ctx, v.DB, after)
	if err != nil {
		return view, err
	}
	if view.Later && len(beats) == 0 && next == 0 {
		return view, fault.New(fault.NotFound, "page.cursor.wrong")
	}
	ahead := beats
	if view.Next = next; next != 0 {
		// A correction may stand on the next page of a long story.
		rest, _, err := r.Page(ctx, v.DB, next)
		if err != nil {
			return view, err
		}
		ahead = append(slices.Clone(beats), rest...)
	}
	t := teller{v: v, desk: d, reading: r, beats: ahead}
	if t.names, err = v.publicNames(ctx, r.Known()); err != nil {
		return view, err
	}
	if t.questions, err = v.questionsNamed(ctx, sp, beats); err != nil {
		return view, err
	}
	if t.said, err = v.saidIn(ctx, beats); err != nil {
		return view, err
	}
	if c, ok := t.questions[sp.Challenge]; ok && c.Seen() {
		view.Question = &c
	}
	if reader == story.Public {
		view.Bringer = t.names[sp.ID]
	} else {
		delete(t.names, sp.ID) // their own page speaks to them
		for _, id := range r.Stories() {
			measures, err := spark.Measures(ctx, v.DB, sp.Region, id)
			if err != nil {
				return view, err
			}
			t.measures = append(t.measures, measures...)
		}
	}
	view.Story = t.tellAll(beats)
	if asked := r.Into.Asked; !asked.IsZero() {
		if view.Asked, err = t.since(ctx, ident.At(asked), story.Asked); err != nil {
			return view, err
		}
	}
	if into := r.Into; !into.Closed.IsZero() && !into.Open {
		if view.Closing, err = t.since(ctx, ident.At(into.Closed), story.Closed); err != nil {
			return view, err
		}
		if view.Closing != nil {
			view.Was = spark.State(view.Closing.Beat.Facts.From)
		}
	}
	return view, nil
}

// others reads who else brought the same matter, as this reader may know.
func (v *Visit) others(ctx context.Context, r *spark.Reading, view *sparkView) error {
	joined, err := spark.Joined(ctx, v.DB, v.Region.ID, r.Into.ID)
	if err != nil {
		return err
	}
	list := append([]spark.Spark{r.Into}, joined[r.Into.ID]...)
	if len(list) == 1 {
		return nil
	}
	all := map[ident.ID]spark.Spark{}
	var ids []ident.ID
	for _, sp := range list {
		all[sp.ID], ids = sp, append(ids, sp.ID)
	}
	names, err := v.publicNames(ctx, all)
	if err != nil {
		return err
	}
	cards, err := spark.Bringers(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	files, err := attachment.OfMany(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	for i, sp := range list {
		again := len(spark.Persons(cards, ids[:i]...)) == len(spark.Persons(cards, ids[:i+1]...))
		switch {
		case sp.ID == r.Own.ID:
		case sp.Readable():
			view.Others = append(view.Others, brought{sp, names[sp.ID], files[sp.ID], again})
		default:
			if view.Quiet++; !again {
				view.Unseen++
			}
		}
	}
	return nil
}

// broughtBy gives credit to all who brought a matter, those by name who let it be
// known, and each once.
func (v *Visit) broughtBy(view sparkView) string {
	var names []string
	rest := 0
	count := func(name string) {
		if name == "" {
			rest++
		} else {
			names = append(names, name)
		}
	}
	count(view.Bringer)
	if view.Into == nil {
		rest += view.Unseen
		for _, o := range view.Others {
			if !o.Again {
				count(o.Name)
			}
		}
	}
	switch {
	case len(names) == 0 && rest < 2:
		return ""
	case len(names) == 0:
		return v.N("spark.brought_by_many", rest)
	case rest > 0:
		return v.N("spark.brought_by_and", rest, "names", strings.Join(names, ", "))
	case len(names) == 1:
		return v.T("spark.brought_by", "name", names[0])
	}
	return v.T("spark.brought_by_all", "names", v.Say.List(names))
}

// promise says by when the office speaks, or how the promise was kept.
func (v *Visit) promise(sp spark.Spark, cal workday.Calendar, today workday.Day) string {
	switch {
	case !sp.Open && (sp.Closed.IsZero() || sp.State == spark.Split):
		return ""
	case !sp.Open:
		return v.T("spark.promise.closed", "day", v.onDay(dayOf(sp.Closed)))
	case sp.Late(today):
		if n := cal.WorkdaysBetween(sp.Due, today); n > 0 {
			return v.N("spark.promise.late", n, "day", v.onDay(sp.Due))
		}
		return v.T("spark.promise.late_just", "day", v.onDay(sp.Due))
	case sp.Waiting && sp.Answered.IsZero():
		return v.T("spark.promise.first", "day", v.onDay(sp.Due))
	case sp.Waiting:
		return v.T("spark.promise.again", "day", v.onDay(sp.Due))
	case sp.Answered.IsZero():
		return ""
	}
	return v.T("spark.promise.kept", "day", v.onDay(dayOf(sp.Answered)), "took", v.took(cal.WorkdaysBetween(dayOf(sp.Dropped), dayOf(sp.Answered))))
}

// tagged is a spark's tags of a kind, as the programme names them.
func (v *Visit) tagged(sp spark.Spark, kind programme.TagKind) (all []programme.Named) {
	for _, t := range sp.Tags {
		if name, ok := v.Edition.Tag(kind, t.ID); ok && t.Kind == string(kind) {
			all = append(all, programme.Named{ID: t.ID, Name: name})
		}
	}
	return all
}

// placeOf is where a spark is: the programme's name for the place, or the words
// its bringer used; "" when none was given.
func (v *Visit) placeOf(s spark.Spark) string {
	if p, ok := v.Edition.Place(s.Place); ok {
		return v.In(p.Name)
	}
	return s.PlaceName
}

// kindOf is what a spark is called by its kind: the programme's own word, or the
// house's for a kind the programme no longer asks for.
func (v *Visit) kindOf(k spark.Kind) string {
	if kind, ok := v.Edition.Kind(string(k)); ok {
		return capital(v.In(kind.Name))
	}
	if k == "" {
		return v.T("kind.open")
	}
	return v.T("kind." + string(k))
}

// capital is a name as the beginning of a line.
func capital(s string) string {
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:]
}

// excerpt is the beginning of a spark's text as it follows its title.
func excerpt(s spark.Spark) string {
	const most = 200
	enough := len(s.Title) + 4*most // bytes, nearly always
	text := excerptOf(s.Title, upToBlank(s.Text, enough))
	if len(s.Text) > enough && utf8.RuneCountInString(text) <= most {
		text = excerptOf(s.Title, s.Text)
	}
	return firstWords(text, most)
}

func excerptOf(title, text string) string {
	text = spark.CleanLine(text)
	if rest, ok := strings.CutPrefix(text, title); ok {
		return strings.TrimLeft(rest, ".!?… ")
	}
	return text
}

// upToBlank is so many bytes of a text at most, to the last blank before; all of it where
// there is none.
func upToBlank(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if i := strings.LastIndexAny(text[:most], " \n"); i > 0 {
		return text[:i]
	}
	return text
}

// firstWords cuts a text at a word when it is longer than most characters.
func firstWords(text string, most int) string {
	cut, n := "", 0
	for i := range text {
		if n++; n > most {
			cut = text[:i]
			break
		}
	}
	if n <= most {
		return text
	}
	if i := strings.LastIndexByte(cut, ' '); i > most/2 {
		cut = cut[:i]
	}
	return strings.TrimRight(cut, " ,;:–-") + "…"
}
