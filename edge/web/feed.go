package web

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/maypok86/otter/v2"

	"kokko/edge/feed"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/programme"
	"kokko/region/search"
)

// Feeds are for programs that tell a person what is new: of everything, and of each
// theme, place, kind, open question and spark. They hold what everybody may read,
// whole, and nothing else; who reads them is not asked.

func feedRoutes() []route {
	return []route{
		{pattern: "GET /syotteet", ready: true, do: (*Visit).feedsPage},
		{pattern: "GET /syotteet/{nimi}", limit: feedsAMinute, do: (*Visit).feed},
		{pattern: "GET /syotteet/{mista}/{nimi}", limit: feedsAMinute, do: (*Visit).feed},
	}
}

const (
	feedsAMinute = 120 // from one network prefix: a reader of many feeds asks for all at once
	turnsInEntry = 20  // the newest turns of a spark that its entry tells
	turnsInFeed  = 50  // on one page of a spark's own feed
	searchInFeed = 20  // sparks on one page of a search's

	goneFor  = 30 * 24 * time.Hour // how long a feed tells of a spark that was taken away
	goneMost = 50
)

// stream is what a feed is of.
type stream struct {
	Name  string // in its address: "teema/glocal", "kaikki"
	Title string
	Page  string // the page for people that tells of the same
	Query string // what its address asks further, with the ?
}

// at is the address of a feed in a form.
func (s stream) at(end string) string { return "/syotteet/" + s.Name + end + s.Query }

// Of the feeds' addresses.
const (
	allFeed      = "kaikki"
	themeFeed    = "teema"
	placeFeed    = "paikka"
	kindFeed     = "laji"
	questionFeed = "kysymys"
	storyFeed    = "kipina"
	searchFeed   = "haku"
)

func (v *Visit) allSource() stream {
	return stream{allFeed, v.T("feed.all", "region", v.In(v.Edition.Region.Name)), "/kipinat", ""}
}

func (v *Visit) themeSource(t programme.Theme) stream {
	return stream{themeFeed + "/" + t.ID, v.T("feed.theme", "name", v.In(t.Name)), "/ohjelma/teema/" + t.ID, ""}
}

func (v *Visit) placeSource(id, name string) stream {
	return stream{placeFeed + "/" + id, v.T("feed.place", "name", name), "/paikat/" + id, ""}
}

func (v *Visit) kindSource(k programme.Kind) stream {
	return stream{kindFeed + "/" + k.ID, v.T("feed.kind", "name", v.kindOf(spark.Kind(k.ID))), "/kipinat?laji=" + url.QueryEscape(k.ID), ""}
}

func (v *Visit) questionSource(id ident.ID, title string) stream {
	return stream{questionFeed + "/" + id.String(), v.T("feed.question", "name", title), "/kysymys/" + id.String(), ""}
}

func (v *Visit) sparkSource(sp spark.Spark) stream {
	return stream{storyFeed + "/" + sp.Code, v.T("feed.spark", "name", sp.Title), "/kipina/" + sp.Code, ""}
}

// searchSource is what is new of a search: of sparks, whatever else it finds.
func (v *Visit) searchSource(f finding) stream {
	f.Kind, f.Sort, f.After = "", "", ""
	return stream{searchFeed, v.T("feed.search", "words", f.Words), f.address(), "?" + f.query().Encode()}
}

// searchedFor is the search that a feed's address asks for.
func (v *Visit) searchedFor() finding {
	f := v.findingOf(findAt, v.R.URL.Query())
	f.Kind, f.Sort = search.Spark, search.Newest
	return f
}

// listSources are the feeds of a list as it was asked for: of everything, and of each
// thing it was narrowed to.
func (v *Visit) listSources(l listView) []stream {
	all := []stream{v.allSource()}
	if k, ok := v.Edition.Kind(string(l.Kind)); ok {
		all = append(all, v.kindSource(k))
	}
	if t, ok := v.Edition.Theme(l.Theme); ok {
		all = append(all, v.themeSource(t))
	}
	if p := l.Around; p.ID != "" {
		all = append(all, v.placeSource(p.ID, v.In(p.Name)))
	}
	return all
}

// tells has the page's head name these feeds.
func (v *Visit) tells(all ...stream) { v.feeds = append(v.feeds, all...) }

// feedForms are the forms of a feed by the end of its address.
func feedForms() []struct{ End, Kind, Name string } {
	return []struct{ End, Kind, Name string }{{".atom", feed.AtomType, "Atom"}, {".json", feed.JSONType, "JSON Feed"}}
}

// feedSource finds what a feed's address names, and which sparks are in it; a NotFound
// fault for anything else.
func (v *Visit) feedSource(of, id string) (s stream, f spark.Filter, err error) {
	none := fault.New(fault.NotFound, "page.none")
	f.Order, f.Limit = spark.Liveliest, 20
	switch of {
	case "":
		if id == allFeed {
			return v.allSource(), f, nil
		}
		if f := v.searchedFor(); id == searchFeed && f.Words != "" {
			return v.searchSource(f), spark.Filter{}, nil
		}
	case themeFeed:
		if t, ok := v.Edition.Theme(id); ok {
			f.Tag = spark.Tag{Kind: string(programme.TagTheme), ID: t.ID}
			return v.themeSource(t), f, nil
		}
	case placeFeed:
		if p, ok := v.Edition.Place(id); ok {
			f.Places = v.within(p)
			return v.placeSource(p.ID, v.In(p.Name)), f, nil
		}
	case kindFeed:
		if k, ok := v.Edition.Kind(id); ok {
			f.Kind = spark.Kind(k.ID)
			return v.kindSource(k), f, nil
		}
	case questionFeed:
		c, err := v.seenQuestion(v.R.Context(), id)
		if err != nil {
			return s, f, err
		}
		f.Challenge = c.ID
		title, _ := v.questionTitle(c)
		return v.questionSource(c.ID, title), f, nil
	}
	return s, f, none
}

func (v *Visit) feed() error {
	of, name := v.R.PathValue("mista"), v.R.PathValue("nimi")
	write, kind := feed.Atom, feed.AtomType
	id, ok := strings.CutSuffix(name, ".atom")
	if !ok {
		if id, ok = strings.CutSuffix(name, ".json"); !ok {
			return fault.New(fault.NotFound, "page.none")
		}
		write, kind = feed.JSON, feed.JSONType
	}
	var f feed.Feed
	var err error
	if of == storyFeed {
		f, err = v.sparkFeed(id)
	} else {
		f, err = v.listFeed(of, id)
	}
	if err != nil {
		return err
	}
	asks := ""
	if of == "" && id == searchFeed {
		asks = v.searchSource(v.searchedFor()).Query
	}
	f.Self = v.listed(v.path + asks)
	if after := v.Query("sivu"); after != "" {
		f.First = f.Self
		f.Self = v.listed(withQuery(v.path+asks, "sivu", url.QueryEscape(after)))
	}
	if f.Next != "" {
		f.Next = v.listed(withQuery(v.path+asks, "sivu", url.QueryEscape(f.Next)))
	}
	body, err := write(f)
	if err != nil {
		return err
	}
	return v.validated(kind+"; charset=utf-8", body)
}

// feedOf is a feed with nothing in it yet.
func (v *Visit) feedOf(s stream) (feed.Feed, error) {
	set, err := v.settings()
	return feed.Feed{
		ID: v.tag(v.Region.Created.UTC().Year(), "syote", string(v.Set()), s.Name), Title: s.Title + " – " + v.In(v.Edition.Call.Name), Subtitle: v.In(v.Edition.Call.Question), Lang: string(v.Lang),
		Page: v.listed(s.Page), Author: v.In(v.Edition.Region.Name), Licence: licenceAddress(oneOf(set[setLicence], licences()...)), Updated: v.Edition.Version.At,
	}, err
}

// listFeed is a page of sparks, the one with the latest turn first.
func (v *Visit) listFeed(of, id string) (out feed.Feed, err error) {
	ctx := v.R.Context()
	s, filter, err := v.feedSource(of, id)
	if err != nil {
		return out, err
	}
	if out, err = v.feedOf(s); err != nil {
		return out, err
	}
	filter.After = v.Query("sivu")
	var list []spark.Spark
	if of == "" && id == searchFeed {
		out.ID += s.Query
		list, out.Next, err = v.foundSparks(v.searchedFor(), searchInFeed)
	} else {
		list, out.Next, err = spark.List(ctx, v.DB, v.Region.ID, filter)
	}
	if err != nil {
		return out, err
	}
	d, err := v.desk(ctx)
	if err != nil {
		return out, err
	}
	known := map[ident.ID]spark.Spark{}
	for _, sp := range list {
		known[sp.ID] = sp
	}
	names, err := v.publicNames(ctx, known)
	if err != nil {
		return out, err
	}
	for _, sp := range list {
		if !sp.Listed {
			continue // what no page shows is in no feed
		}
		told, older, err := v.turns(sp, d, 0, turnsInEntry)
		if err != nil {
			return out, err
		}
		e := feed.Entry{ID: v.sparkTag(sp), Title: sp.Title, Lang: sp.Language, URL: v.listed("/kipina/" + sp.Code), Author: cmp.Or(names[sp.ID], v.T("spark.who.bringer")), Published: sp.Dropped, Updated: sp.Dropped}
		for _, t := range told {
			e.Updated = later(e.Updated, t.Beat.At)
		}
		for _, kind := range []programme.TagKind{programme.TagTheme} {
			for _, n := range v.tagged(sp, kind) {
				e.Tags = append(e.Tags, feed.Tag{Term: string(kind) + ":" + n.ID, Label: v.In(n.Name)})
			}
		}
		if sp.Kind != "" {
			e.Tags = append(e.Tags, feed.Tag{Term: "kind:" + string(sp.Kind), Label: v.kindOf(sp.Kind)})
		}
		if p, ok := v.Edition.Place(sp.Place); ok {
			e.Tags = append(e.Tags, feed.Tag{Term: "place:" + p.ID, Label: v.In(p.Name)})
		}
		var b bytes.Buffer
		if err := entryText(v, sp, told, older != 0).Render(ctx, &b); err != nil {
			return out, err
		}
		e.HTML = b.String()
		out.Entries = append(out.Entries, e)
		out.Updated = later(out.Updated, e.Updated)
	}
	if filter.After == "" {
		err = v.letGone(&out)
	}
	return out, err
}

// letGone tells readers of a feed to let go of sparks that everybody could read until
// they were taken away.
func (v *Visit) letGone(out *feed.Feed) error {
	ctx := v.R.Context()
	beats, err := story.Lately(ctx, v.DB, v.Region.ID, story.Withdrawn, ident.At(v.Clock.Now().Add(-goneFor)), goneMost)
	if err != nil {
		return err
	}
	var ids []ident.ID
	for _, b := range beats {
		ids = append(ids, b.Spark)
	}
	all, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	for _, b := range beats {
		if sp := all[b.Spark]; sp.WasReadable(b) {
			out.Gone = append(out.Gone, feed.Gone{ID: v.sparkTag(sp), When: b.At})
			out.Updated = later(out.Updated, b.At)
		}
	}
	return nil
}

// sparkFeed is the story of one spark, the latest turn first.
func (v *Visit) sparkFeed(given string) (out feed.Feed, err error) {
	ctx := v.R.Context()
	code, ok := ident.ParseCode(given)
	if !ok || code != given {
		return out, v.guessed(func() error { return fault.New(fault.NotFound, "spark.code.wrong") })
	}
	sp, err := listed(v.seen(code))
	if err != nil {
		return out, err
	}
	if out, err = v.feedOf(v.sparkSource(sp)); err != nil {
		return out, err
	}
	before, err := v.before("sivu")
	if err != nil {
		return out, err
	}
	d, err := v.desk(ctx)
	if err != nil {
		return out, err
	}
	told, older, err := v.turns(sp, d, before, turnsInFeed)
	if err != nil {
		return out, err
	}
	if older != 0 {
		out.Next = older.String()
	}
	out.Updated = later(out.Updated, sp.Dropped)
	slices.Reverse(told)
	for _, t := range told {
		at := t.Beat.At
		if t.Again != nil {
			at = later(at, t.Again.At)
		}
		place := v.listed("/kipina/"+sp.Code) + "#" + t.id()
		if t.Beat.Type == story.Commented {
			if c := t.Of; c.ID != 0 { // else nothing of it is read any more
				t.Words, t.Lang = c.Words, c.Language
				at, place = later(at, c.Edited), v.listed("/kipina/"+sp.Code+"/kommentti/"+c.ID.String())
			}
		}
		var b bytes.Buffer
		if err := turnText(v, t).Render(ctx, &b); err != nil {
			return out, err
		}
		if t.Beat.Type == story.Dropped {
			if err := sparkText(v, sp).Render(ctx, &b); err != nil {
				return out, err
			}
		}
		out.Entries = append(out.Entries, feed.Entry{ID: v.sparkTag(sp) + "/" + t.Beat.ID.String(), Title: t.Line, Lang: string(v.Lang), URL: place,
			Author: t.By, Published: t.Beat.At, Updated: at, HTML: b.String()})
		out.Updated = later(out.Updated, at)
	}
	return out, nil
}

// turns tells the newest turns of a spark that everybody may read, from before one
// (0 for the end), the oldest of them first; older is where they go on backwards.
func (v *Visit) turns(sp spark.Spark, d desk, before ident.ID, n int) (all []told, older ident.ID, err error) {
	ctx := v.R.Context()
	r, err := spark.Read(ctx, v.DB, sp, story.Public)
	if err != nil {
		return nil, 0, err
	}
	beats, older, err := r.Latest(ctx, v.DB, before, n)
	if err != nil {
		return nil, 0, err
	}
	t := teller{v: v, desk: d, reading: r, beats: beats}
	if before != 0 { // a correction may stand among those that came later
		after, _, err := r.Page(ctx, v.DB, before-1)
		if err != nil {
			return nil, 0, err
		}
		t.beats = append(slices.Clone(beats), after...)
	}
	if t.names, err = v.publicNames(ctx, r.Known()); err != nil {
		return nil, 0, err
	}
	if t.questions, err = v.questionsNamed(ctx, sp, beats); err != nil {
		return nil, 0, err
	}
	if t.said, err = v.saidIn(ctx, beats); err != nil {
		return nil, 0, err
	}
	for _, b := range beats {
		one := t.tell(b)
		one.By, one.Of = t.who(b), t.said[b.Facts.Comment]
		all = append(all, one)
	}
	return all, older, nil
}

// tag is a name for good (RFC 4151), given by the installation: a region keeps its own
// when it moves to another address there.
func (v *Visit) tag(year int, parts ...string) string {
	host := "localhost"
	if site, err := url.Parse(v.where.Site); err == nil && site.Hostname() != "" {
		host = strings.ToLower(site.Hostname())
	}
	return feed.Tagged(host, year, append([]string{v.Region.ID}, parts...)...)
}

func (v *Visit) sparkTag(sp spark.Spark) string {
	return v.tag(sp.Dropped.UTC().Year(), sp.Code)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// sightings remembers since when an address has answered as it does, for readers who
// ask by time and not by ETag. What was answered before is not kept, only its digest.
type sightings struct {
	clock clock.Clock
	all   *otter.Cache[string, sighting]
}

type sighting struct {
	digest string
	since  time.Time
}

func newSightings(c clock.Clock) *sightings {
	return &sightings{c, otter.Must(&otter.Options[string, sighting]{MaximumSize: 20_000})}
}

// since is when this digest was first seen at an address, in whole seconds, each change
// a later one.
func (s *sightings) since(address, digest string) time.Time {
	now := s.clock.Now().UTC().Truncate(time.Second)
	seen, _ := s.all.Compute(address, func(was sighting, found bool) (sighting, otter.ComputeOp) {
		switch {
		case !found:
			return sighting{digest, now}, otter.WriteOp
		case was.digest == digest:
			return was, otter.CancelOp
		}
		return sighting{digest, later(now, was.since.Add(time.Second))}, otter.WriteOp
	})
	return seen.since
}

// validated answers with something that its reader may keep but asks about each time:
// what a person takes away is gone at the next reading.
func (v *Visit) validated(kind string, body []byte) error {
	sum := sha256.Sum256(body)
	digest := hex.EncodeToString(sum[:16])
	tag := `W/"` + digest + `"` // weak: packed or not, it says the same
	since := v.sightings.since(v.base+" "+v.Region.ID+" "+string(v.Set())+" "+v.path+"?"+v.R.URL.RawQuery, digest)
	h := v.W.Header()
	h.Set("Cache-Control", "no-cache")
	h.Set("ETag", tag)
	if !since.After(v.Clock.Now()) {
		h.Set("Last-Modified", since.Format(http.TimeFormat))
	}
	if unchanged(v.R, digest, since) {
		v.status = http.StatusNotModified
		h.Add("Vary", "Accept-Encoding")
		v.W.WriteHeader(http.StatusNotModified)
		return nil
	}
	v.status = http.StatusOK
	v.send(v.W, v.R, http.StatusOK, kind, body, !strings.HasPrefix(kind, "image/"))
	return nil
}

// unchanged tells that a reader has this already; what it says of the digest goes
// before what it says of the time (RFC 9110, 13.2.2).
func unchanged(r *http.Request, digest string, since time.Time) bool {
	if given := r.Header.Values("If-None-Match"); len(given) > 0 {
		for tag := range strings.SplitSeq(strings.Join(given, ","), ",") {
			if tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/"); tag == "*" || tag == `"`+digest+`"` {
				return true
			}
		}
		return false
	}
	at, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !since.After(at)
}

// feedsView is the page that lists the feeds.
type feedsView struct {
	Kinds, Themes, Questions, Places []stream
}

func (v *Visit) feedsPage() error {
	var view feedsView
	for _, k := range v.Edition.Kinds() {
		view.Kinds = append(view.Kinds, v.kindSource(k))
	}
	for _, t := range v.Edition.Themes {
		view.Themes = append(view.Themes, v.themeSource(t))
	}
	open, err := v.openQuestions(v.R.Context(), questionsMost)
	if err != nil {
		return err
	}
	for _, c := range open {
		title, _ := v.questionTitle(c)
		view.Questions = append(view.Questions, v.questionSource(c.ID, title))
	}
	for _, p := range v.Edition.Places {
		view.Places = append(view.Places, v.placeSource(p.ID, v.In(p.Name)))
	}
	v.Say.Sort(len(view.Places), func(i int) string { return view.Places[i].Title }, func(i, j int) {
		view.Places[i], view.Places[j] = view.Places[j], view.Places[i]
	})
	v.tells(v.allSource())
	return v.Render(http.StatusOK, feedsPage(v, view))
}
