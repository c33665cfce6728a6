package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"kokko/engine/concept"
	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/passage"
	"kokko/engine/text"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/actor"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/search"
)

// Finding: one field for all that the region has, for everybody what is for everybody,
// and for the office on a page of its own the rest too. Everything asked stands in the
// address, so that what was found can be passed on.

const (
	findAt     = "/haku"
	workFindAt = "/toimisto/haku"
)

func findRoutes() []route {
	return []route{
		{pattern: "GET " + findAt, plain: true, knows: true, limit: findsAMinute, do: func(v *Visit) error { return v.finds(findAt) }},
		{pattern: "GET " + findAt + "/ehdotukset.html", limit: 2 * findsAMinute, do: (*Visit).suggest},
		{pattern: "GET " + workFindAt, access: staff, verb: office.Read, object: office.Sparks, do: func(v *Visit) error { return v.finds(workFindAt) }},
	}
}

// Bounds of finding.
const (
	findsAMinute = 120 // from one network prefix
	foundOnPage  = 20
	maxQuestion  = 200 // characters that are looked at
	wordsLooked  = 6   // words of a question that are looked for one by one
	excerptMost  = 230
	suggestWords = 6
	suggestCards = 3
)

// findable is a kind of thing that is found: its name in addresses, and how it is read
// for the page. What nobody may see any more is not among its cards.
type findable struct {
	Kind  search.Kind
	Name  string
	cards func(v *Visit, f finding, hits []search.Hit) (map[ident.ID]card, error)
}

// findables are all kinds. Who brings a new one adds it here.
func findables() []findable {
	return []findable{
		{search.Spark, "kipinat", (*Visit).sparkCards},
		{search.Story, "tarinat", (*Visit).storyCards},
		{search.Project, "hankkeet", (*Visit).projectCards},
		{search.Organisation, "toimijat", (*Visit).actorCards},
		{search.Person, "ihmiset", (*Visit).personCards},
		{search.Asset, "voimavarat", (*Visit).assetCards},
		{search.Table, "poydat", (*Visit).tableCards},
	}
}

// card is a thing as it is shown where it was found.
type card struct {
	search.Hit
	Path     string
	Title    string
	Language string // of title and text, "" when nobody knows
	Text     string // where a matching sentence is looked for
	State    spark.State
	About    string // what it is, in a word
	Place    string
	Notes    []string // of the office: why not everybody sees it

	Head, Body []passage.Piece
	Reason     string // when no marked word tells
	Same       string // what it speaks of in another language than the question
}

// Times something may be younger than, by their names in addresses.
func findTimes() []struct {
	Name string
	For  time.Duration
} {
	const day = 24 * time.Hour
	return []struct {
		Name string
		For  time.Duration
	}{{"viikko", 7 * day}, {"kuukausi", 31 * day}, {"vuosi", 366 * day}}
}

// findSorts are the orders by their names in addresses, the first one the one nobody
// asked for.
func findSorts() []struct {
	Name string
	Sort search.Sort
} {
	return []struct {
		Name string
		Sort search.Sort
	}{{"osuvimmat", search.Relevance}, {"uusimmat", search.Newest}, {"lahimmat", search.Near}}
}

// findRadii are the distances round a place, in kilometres; the second is the one nobody
// asked for.
func findRadii() []int { return []int{5, nearKm, 20, wideKm} }

// findStates are the states one may look for.
func findStates() []spark.State {
	return []spark.State{spark.Sparking, spark.Glowing, spark.Burning, spark.Experiment, spark.Project, spark.Practice, spark.Resting, spark.Out}
}

// finding is what was asked.
type finding struct {
	At      string // findAt or workFindAt
	Words   string
	Kind    search.Kind
	Theme   string
	State   spark.State
	Time    string
	Place   string // as typed
	Around  place.Place
	Km      int
	Unknown bool // the place typed is not in the programme
	Sort    search.Sort
	After   string

	far map[string]float64
}

// office tells that the office asks.
func (f finding) office() bool { return f.At == workFindAt }

// narrowed tells that less than everything was asked for.
func (f finding) narrowed() bool {
	return f.Kind != "" || f.Theme != "" || f.State != "" || f.Time != "" || f.Around.ID != ""
}

// address is the page's own address with something changed; "" takes a part away.
func (f finding) address(pairs ...string) string {
	q := f.query()
	for i := 0; i+1 < len(pairs); i += 2 {
		q.Del(pairs[i])
		if pairs[i+1] != "" {
			q.Set(pairs[i], pairs[i+1])
		}
	}
	if len(q) == 0 {
		return f.At
	}
	return f.At + "?" + q.Encode()
}

// query is what was asked, as it stands in an address.
func (f finding) query() url.Values {
	q := url.Values{}
	set := func(name, value string) {
		if value != "" {
			q.Set(name, value)
		}
	}
	set("sanat", f.Words)
	for _, k := range findables() {
		if k.Kind == f.Kind {
			set("mista", k.Name)
		}
	}
	set("teema", f.Theme)
	set("tila", string(f.State))
	set("aika", f.Time)
	set("paikka", f.Place)
	if f.Place != "" && f.Km != nearKm {
		set("km", strconv.Itoa(f.Km))
	}
	for _, s := range findSorts()[1:] {
		if s.Sort == f.Sort {
			set("jarjestys", s.Name)
		}
	}
	return q
}

// findingOf reads what was asked; what means nothing is as if it had not been asked.
func (v *Visit) findingOf(at string, q url.Values) finding {
	f := finding{At: at, Words: firstRunes(spark.CleanLine(q.Get("sanat")), maxQuestion), Km: nearKm, After: q.Get("sivu")}
	for _, k := range findables() {
		if q.Get("mista") == k.Name {
			f.Kind = k.Kind
		}
	}
	if t, ok := v.Edition.Theme(q.Get("teema")); ok {
		f.Theme = t.ID
	}
	if s := spark.State(q.Get("tila")); slices.Contains(findStates(), s) {
		f.State = s
	}
	for _, t := range findTimes() {
		if q.Get("aika") == t.Name {
			f.Time = t.Name
		}
	}
	if km, err := strconv.Atoi(q.Get("km")); err == nil && slices.Contains(findRadii(), km) {
		f.Km = km
	}
	if f.Place = firstRunes(spark.CleanLine(q.Get("paikka")), spark.MaxName); f.Place != "" {
		at, ok := v.Edition.Place(f.Place)
		if ok {
			f.Place = v.In(at.Name)
		} else {
			at, ok = v.Edition.FindPlace(f.Place)
		}
		if f.Unknown = !ok; ok {
			f.Around, f.far = at, v.around(at, float64(f.Km))
		}
	}
	for _, s := range findSorts() {
		if q.Get("jarjestys") == s.Name && (s.Sort != search.Near || f.Around.ID != "") {
			f.Sort = s.Sort
		}
	}
	return f
}

// asks is what is asked of the index, for a page of so many.
func (v *Visit) asks(f finding, most int) search.Query {
	q := search.Query{Region: v.Region.ID, Text: f.Words, All: f.office(), Sort: f.Sort, After: f.After, Most: most}
	if f.Kind != "" {
		q.Filter.Kinds = []search.Kind{f.Kind}
	}
	q.Filter.Theme, q.Filter.State = f.Theme, string(f.State)
	for _, t := range findTimes() {
		if t.Name == f.Time {
			q.Filter.Since = v.today().Start(i18n.Helsinki()).Add(-t.For)
		}
	}
	for id := range f.far {
		q.Filter.Places = append(q.Filter.Places, id)
	}
	slices.Sort(q.Filter.Places)
	q.Km = func(id string) (float64, bool) {
		km, ok := f.far[id]
		return max(km, 0), ok
	}
	return q
}

// findView is the page.
type findView struct {
	finding
	Count  int
	Cards  []card
	Next   string
	Lost   []lostWord // words of the question that are found nowhere
	Others []wider    // what is found when less is asked
}

// lostWord is a word of a question that nothing has, and one like it that something has.
type lostWord struct {
	Word, Like string
	Path       string // of the question with the other word in its place
	Begun      bool   // something begins as it does
}

// wider is a question that asks for less, with how much it finds.
type wider struct {
	Say   string
	Path  string
	Count int
}

// finds answers a question.
func (v *Visit) finds(at string) error {
	view := findView{finding: v.findingOf(at, v.R.URL.Query())}
	if view.Words == "" {
		return v.Render(http.StatusOK, findPage(v, view))
	}
	path, ok, err := v.named(view.finding)
	if err != nil {
		return err
	}
	if ok {
		return v.Go(path)
	}
	ctx := v.R.Context()
	page, err := v.Index.Search(ctx, v.DB, v.asks(view.finding, foundOnPage))
	if err != nil {
		return err
	}
	view.Count, view.Next = page.All, page.Next
	if view.Cards, err = v.cardsOf(view.finding, page.Hits); err != nil {
		return err
	}
	if view.After == "" {
		if view.Lost, err = v.lostWords(ctx, view.finding, page.Hits); err != nil {
			return err
		}
		v.missed(view)
	}
	if !view.office() {
		v.tells(v.searchSource(view.finding))
	}
	if view.Count == 0 && view.narrowed() {
		if view.Others, err = v.wider(ctx, view.finding); err != nil {
			return err
		}
	}
	return v.Render(http.StatusOK, findPage(v, view))
}

// named is the page of the spark whose number was asked for.
func (v *Visit) named(f finding) (path string, ok bool, err error) {
	code, ok := ident.ParseCode(f.Words)
	if !ok || !strings.ContainsFunc(f.Words, func(r rune) bool { return unicode.IsDigit(r) || r == '-' }) {
		return "", false, nil
	}
	if f.office() {
		_, err = spark.ByCode(v.R.Context(), v.DB, v.Region.ID, code)
		path = "/toimisto/kipina/" + code
	} else {
		_, err = v.seen(code, spark.Split, spark.Rejoined)
		path = "/kipina/" + code
	}
	if fault.Is(err, fault.NotFound) {
		return "", false, nil // it may be a word after all
	}
	return path, err == nil, err
}

// cardsOf reads what was found, in its order.
func (v *Visit) cardsOf(f finding, hits []search.Hit) (all []card, err error) {
	asked := v.Index.Asked(f.Words)
	read := map[search.Kind]map[ident.ID]card{}
	for _, k := range findables() {
		var some []search.Hit
		for _, h := range hits {
			if h.Kind == k.Kind {
				some = append(some, h)
			}
		}
		if len(some) > 0 {
			if read[k.Kind], err = k.cards(v, f, some); err != nil {
				return nil, err
			}
		}
	}
	for _, h := range hits {
		if c, ok := read[h.Kind][h.ID]; ok {
			c.Hit = h
			all = append(all, v.light(asked, c))
		}
	}
	return all, nil
}

// light marks in a card what the question means, and picks the sentence it is in.
func (v *Visit) light(asked text.Keys, c card) card {
	in := language.Language(c.Language)
	c.Head = passage.Whole(c.Title, v.Index.Marks(c.Title, in, asked))
	c.Body = passage.Of(c.Text, v.Index.Marks(c.Text, in, asked), excerptMost)
	if !slices.ContainsFunc(append(slices.Clone(c.Head), c.Body...), func(p passage.Piece) bool { return p.Marked }) && len(c.Matched) > 0 {
		c.Reason = v.Say.List(c.Matched)
	}
	c.Same = v.spokenOf(c.Concepts)
	return c
}

// spokenOf says of what something speaks, as the reader calls it.
func (v *Visit) spokenOf(concepts []concept.ID) string {
	var all []string
	for _, id := range concepts {
		if label := v.Index.Label(id, language.Language(v.Say.Lang().Written())); label != "" && !slices.Contains(all, label) {
			all = append(all, label)
		}
	}
	return v.Say.List(all)
}

// sparkCard is what a spark and what was said of it have in common where they are found.
func (v *Visit) sparkCard(f finding, sp spark.Spark) card {
	c := card{Title: sp.Title, Language: sp.Language, State: sp.State, Place: v.placeOf(sp), About: v.kindOf(sp.Kind), Path: "/kipina/" + sp.Code}
	if f.office() {
		c.Path = "/toimisto/kipina/" + sp.Code
		if c.Title == "" {
			c.Title, c.Language = sp.Code, ""
		}
		switch {
		case sp.Held != "":
			c.Notes = append(c.Notes, v.T("find.note.held"))
		case !sp.HasPage():
			c.Notes = append(c.Notes, v.T("find.note.hidden"))
		}
		if !sp.Open {
			c.Notes = append(c.Notes, v.T("find.note.closed"))
		}
	}
	return c
}

func (v *Visit) sparkCards(f finding, hits []search.Hit) (map[ident.ID]card, error) {
	all, err := spark.ByIDs(v.R.Context(), v.DB, v.Region.ID, hitIDs(hits)...)
	cards := map[ident.ID]card{}
	for id, sp := range all {
		if !sp.Listed && !f.office() {
			continue
		}
		c := v.sparkCard(f, sp)
		c.Text = spark.CleanLine(sp.Text)
		if rest, ok := strings.CutPrefix(c.Text, sp.Title); ok {
			c.Text = strings.TrimLeft(rest, ".!?… ")
		}
		cards[id] = c
	}
	return cards, err
}

func (v *Visit) storyCards(f finding, hits []search.Hit) (map[ident.ID]card, error) {
	ctx := v.R.Context()
	var about []ident.ID
	for _, h := range hits {
		about = append(about, h.About)
	}
	sparks, err := spark.ByIDs(ctx, v.DB, v.Region.ID, about...)
	if err != nil {
		return nil, err
	}
	beats, err := story.These(ctx, v.DB, v.Region.ID, about, hitIDs(hits))
	if err != nil {
		return nil, err
	}
	cards := map[ident.ID]card{}
	for _, h := range hits {
		sp, ok := sparks[h.About]
		if !ok || !sp.Listed && !f.office() {
			continue
		}
		b, ok := beats[h.ID]
		if !ok || b.Spark != h.About || b.Visibility != story.Public || !b.HasWords {
			continue
		}
		c := v.sparkCard(f, sp)
		first, second := b.Parts()
		c.Text = spark.CleanLine(first + " " + second)
		c.About = v.T("find.kind.tarinat.one")
		c.Path += "#" + told{Beat: b}.id()
		cards[h.ID] = c
	}
	return cards, nil
}

func (v *Visit) projectCards(_ finding, hits []search.Hit) (map[ident.ID]card, error) {
	all, err := project.ByIDs(v.R.Context(), v.DB, v.Region.ID, hitIDs(hits)...)
	cards := map[ident.ID]card{}
	for id, p := range all {
		cards[id] = card{Path: "/hanke/" + id.String(), Title: p.Title, Text: spark.CleanLine(p.Summary), About: v.T("find.kind.hankkeet.one")}
	}
	return cards, err
}

func (v *Visit) actorCards(_ finding, hits []search.Hit) (map[ident.ID]card, error) {
	all, err := actor.ByIDs(v.R.Context(), v.DB, v.Region.ID, hitIDs(hits)...)
	cards := map[ident.ID]card{}
	for id, a := range all {
		cards[id] = card{Path: actorPath(a), Title: a.Title, About: v.T("find.kind.toimijat.one")}
	}
	return cards, err
}

func hitIDs(hits []search.Hit) (ids []ident.ID) {
	for _, h := range hits {
		ids = append(ids, h.ID)
	}
	return ids
}

// lostWords tells which words of a question are found nowhere, whatever it was narrowed to.
func (v *Visit) lostWords(ctx context.Context, f finding, hits []search.Hit) (all []lostWord, err error) {
	met := map[string]bool{}
	for _, h := range hits {
		for _, word := range h.Matched {
			met[word] = true
		}
	}
	found := func(word string) bool { // what lights up on the page needs no looking for
		return slices.ContainsFunc(slices.Concat(v.Index.Words(word)...), func(key string) bool { return met[strings.ReplaceAll(key, "_", "-")] })
	}
	var same []concept.ID
	for _, h := range hits {
		same = append(same, h.Concepts...)
	}
	spoken := v.Index.Spoken(f.Words, same)
	var words []string
	for at, token := range finnish.Tokens(f.Words) {
		if slices.ContainsFunc(spoken, func(r passage.Range) bool { return r.From <= at && at < r.To }) {
			continue // it is found in another language
		}
		if search.Says(token) && !slices.Contains(words, token) && !found(token) {
			words = append(words, token)
		}
	}
	if len(words) > wordsLooked {
		return nil, nil
	}
	for _, word := range words {
		page, err := v.Index.Search(ctx, v.DB, search.Query{Region: v.Region.ID, Text: word, All: f.office(), Most: 1})
		if err != nil {
			return nil, err
		}
		begun := page.Own > 0 && page.Hits[0].Begun()
		if page.Own > 0 && !begun && (len(page.Hits[0].Matched)+len(page.Hits[0].Concepts) > 0 || len(v.Index.Marks(word, language.Unknown, v.Index.Asked(word))) == 0) {
			continue
		}
		w := lostWord{Word: word, Begun: begun}
		if w.Like, err = v.Index.Meant(ctx, v.DB, v.Region.ID, word); err != nil {
			return nil, err
		}
		if begun && w.Like == "" {
			continue
		}
		if w.Like != "" {
			other := f
			other.Words = strings.Replace(f.Words, word, w.Like, 1)
			w.Path = other.address()
		}
		all = append(all, w)
	}
	return all, nil
}

// wider are questions that ask for less than one that found nothing, and find something.
func (v *Visit) wider(ctx context.Context, f finding) (all []wider, err error) {
	try := func(say string, change func(*finding)) {
		g := f
		if change(&g); err != nil || slices.ContainsFunc(all, func(w wider) bool { return w.Path == g.address() }) {
			return
		}
		var page search.Page
		if page, err = v.Index.Search(ctx, v.DB, v.asks(g, 1)); err == nil && page.All > 0 {
			all = append(all, wider{say, g.address(), page.All})
		}
	}
	if f.Around.ID != "" {
		for _, km := range findRadii() {
			if km > f.Km && f.Around.At.Known() {
				try(v.T("find.wider.km", "km", km), func(g *finding) { g.Km, g.far = km, v.around(f.Around, float64(km)) })
			}
		}
		try(v.T("find.wider.place"), func(g *finding) {
			g.Place, g.Around, g.far = "", place.Place{}, nil
			if g.Sort == search.Near {
				g.Sort = search.Relevance
			}
		})
	}
	if f.Time != "" {
		try(v.T("find.wider.time"), func(g *finding) { g.Time = "" })
	}
	if f.State != "" {
		try(v.T("find.wider.state"), func(g *finding) { g.State = "" })
	}
	if f.Theme != "" {
		try(v.T("find.wider.theme"), func(g *finding) { g.Theme = "" })
	}
	if f.Kind != "" {
		try(v.T("find.wider.kind"), func(g *finding) { g.Kind = "" })
	}
	try(v.T("find.wider.all"), func(g *finding) { *g = finding{At: f.At, Words: f.Words, Km: nearKm} })
	return all, err
}

// foundSparks are the sparks a search finds, the newest first, that everybody may see.
func (v *Visit) foundSparks(f finding, most int) (list []spark.Spark, next string, err error) {
	ctx := v.R.Context()
	page, err := v.Index.Search(ctx, v.DB, v.asks(f, most))
	if err != nil {
		return nil, "", err
	}
	all, err := spark.Tagged(ctx, v.DB, v.Region.ID, hitIDs(page.Hits)...)
	for _, h := range page.Hits {
		if sp, ok := all[h.ID]; ok && sp.Listed {
			list = append(list, sp)
		}
	}
	return list, page.Next, err
}

// suggestion is a line below the field while a question is typed: the whole question as
// it may go on, or a thing itself.
type suggestion struct {
	Words string
	Count int
	Card  *card
}

// suggest completes a question, for everybody from what is for everybody.
func (v *Visit) suggest() error {
	ctx := v.R.Context()
	begun := firstRunes(strings.TrimLeft(spark.Clean(v.Query("sanat")), " "), maxQuestion)
	words, err := v.Index.Suggest(ctx, v.DB, v.Region.ID, begun, suggestWords)
	if err != nil {
		return err
	}
	var all []suggestion
	before := strings.TrimRightFunc(begun, func(r rune) bool { return !unicode.IsSpace(r) })
	for _, w := range words {
		all = append(all, suggestion{Words: before + w.Word, Count: w.Things})
	}
	f := finding{At: findAt, Words: spark.CleanLine(begun)}
	if len([]rune(f.Words)) > 2 {
		page, err := v.Index.Search(ctx, v.DB, v.asks(f, suggestCards))
		if err != nil {
			return err
		}
		cards, err := v.cardsOf(f, page.Hits)
		if err != nil {
			return err
		}
		for i := range cards {
			if len(cards[i].Matched)+len(cards[i].Concepts) > 0 {
				all = append(all, suggestion{Card: &cards[i]})
			}
		}
	}
	return v.Render(http.StatusOK, suggestions(v, all))
}
