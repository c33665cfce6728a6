package web

import (
	"cmp"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"kokko/engine/language"
	"kokko/engine/passage"
	"kokko/engine/text"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/programme"
)

// Joining sparks that say the same: side by side, the one that stays chosen by a
// person who has read them.

func mergingRoutes() []route {
	return []route{
		{pattern: "GET /toimisto/yhdista", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).mergeForm},
		{pattern: "POST /toimisto/yhdista", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).merge},
	}
}

const (
	sideBySide = 8 // texts a person can compare at once
	likelyMost = 5
)

// joinedRow is a spark that is joined to the one of a page.
type joinedRow struct {
	spark.Spark
	Bringer spark.Bringer // empty for readers without the right
}

// relations reads what is joined to a spark or carries it, and what may be the
// same matter.
func (v *Visit) relations(ctx context.Context, p *sheet) error {
	joined, err := spark.Joined(ctx, v.DB, v.Region.ID, p.ID)
	if err != nil {
		return err
	}
	cards := map[ident.ID][]spark.Bringer{}
	if list := joined[p.ID]; len(list) > 0 && p.Reach {
		ids := spark.IDs(list)
		if cards, err = spark.Bringers(ctx, v.DB, v.Region.ID, ids...); err != nil {
			return err
		}
	}
	for _, s := range joined[p.ID] {
		row := joinedRow{Spark: s}
		if b := cards[s.ID]; len(b) > 0 {
			row.Bringer = b[0]
			if b[0].Name+b[0].Email+b[0].Phone != "" {
				if err := v.Office.Looked(ctx, v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: s.Code}); err != nil {
					return err
				}
			}
		}
		p.Joined = append(p.Joined, row)
	}
	if p.Round, err = v.ringed(ctx, p.Spark); err != nil {
		return err
	}
	if p.Parts, p.Whole, err = v.partsOf(ctx, p.Spark); err != nil {
		return err
	}
	if p.MergedInto != 0 {
		if p.Into, err = spark.ByID(ctx, v.DB, v.Region.ID, p.MergedInto); err != nil {
			return err
		}
	}
	var named []ident.ID
	for _, b := range p.Story {
		named = append(append(named, b.Facts.Sparks...), b.Facts.Into, b.Facts.Via)
	}
	if p.named, err = spark.ByIDs(ctx, v.DB, v.Region.ID, slices.DeleteFunc(named, func(id ident.ID) bool { return id == 0 })...); err != nil {
		return err
	}
	if p.Writes && p.Open {
		if p.Likely, err = v.likelyKept(ctx, p); err == nil {
			p.Others, err = v.saidOther(ctx, p.Spark)
		}
	}
	return err
}

// codes is what sparks are called in a line of the story.
func (p *sheet) codes(ids []ident.ID) (all []string) {
	for _, id := range ids {
		if s, ok := p.named[id]; ok {
			all = append(all, s.Code)
		}
	}
	return all
}

// likely finds sparks that may say the same as one, the likest first.
func (v *Visit) likely(ctx context.Context, s spark.Spark) ([]alike.Match, error) {
	return alike.Likely(ctx, v.DB, v.Index, s, v.nearness(s.Place), likelyMost)
}

// likelyKept is likely as it was found when the spark was new; it is looked for anew while
// it is, and when the words have changed since.
func (v *Visit) likelyKept(ctx context.Context, p *sheet) ([]alike.Match, error) {
	if !p.Cut && !slices.ContainsFunc(p.Story, func(b story.Beat) bool { return b.Type == story.Edited }) {
		if all, ok, err := alike.Kept(ctx, v.DB, v.Index, p.Spark, likelyMost); ok || err != nil {
			return all, err
		}
	}
	return v.likely(ctx, p.Spark)
}

// unnamedAmong refuses words said to several bringers together that name one of
// them whose name is not for others.
func (v *Visit) unnamedAmong(a spark.Act, field string, words []string) error {
	ctx := v.R.Context()
	joined, err := spark.Joined(ctx, v.DB, a.Region, a.Spark)
	if err != nil || len(joined) == 0 {
		return err
	}
	root, err := spark.ByID(ctx, v.DB, a.Region, a.Spark)
	if err != nil {
		return err
	}
	var ids []ident.ID
	for _, s := range append(joined[a.Spark], root) {
		if !s.Readable() || s.Visibility != spark.Public {
			ids = append(ids, s.ID)
		}
	}
	all, err := spark.Bringers(ctx, v.DB, a.Region, ids...)
	if err != nil {
		return err
	}
	for _, id := range ids {
		if err := namesNone(all[id], "answer.names_shared", field, words); err != nil {
			return err
		}
	}
	return nil
}

// side is one spark of the comparison.
type side struct {
	spark.Spark
	Letter  string
	Pieces  []passage.Piece
	Place   string
	Bringer string // "" for readers without the right, or for the unnamed
	Joined  int    // what is joined to it already
	Gives   bool   // everybody may read it: the one that stays may take over from it
	Why     string // why it cannot stay, "" when it can
}

// comparison is the page with the sparks side by side.
type comparison struct {
	Sides  []side
	Tags   []spark.Tag   // of those that give, for the one that stays
	Likely []alike.Match // of the first, those not there yet
	Alike  []string      // words that all of them share
	Form   *Form
}

// sparkCodes reads the sparks a comparison names: ?a=CODE&b=CODE…, or k= from a
// list's boxes. Each once, and at most as many as a person can compare.
func sparkCodes(q url.Values) (all []string) {
	add := func(codes []string) {
		for _, c := range codes {
			if code, ok := ident.ParseCode(c); ok && !slices.Contains(all, code) && len(all) < sideBySide {
				all = append(all, code)
			}
		}
	}
	for l := 'a'; l < 'a'+sideBySide; l++ {
		add(q[string(l)])
	}
	add(q["k"])
	return all
}

// mergeAddress is the comparison of these codes and some more.
func mergeAddress(sides []side, more ...string) string {
	q := url.Values{}
	for i, s := range sides {
		q.Set(string(rune('a'+i)), s.Code)
	}
	for i, code := range more {
		q.Set(string(rune('a'+len(sides)+i)), code)
	}
	return "/toimisto/yhdista?" + q.Encode()
}

func (v *Visit) mergeForm() error {
	return v.showMerge(sparkCodes(v.R.URL.Query()), v.Blank(), http.StatusOK)
}

func (v *Visit) showMerge(codes []string, f *Form, status int) error {
	c := comparison{Form: f}
	for _, code := range codes {
		s, err := spark.ByCode(v.R.Context(), v.DB, v.Region.ID, code)
		if err != nil {
			return err
		}
		c.Sides = append(c.Sides, side{Spark: s})
	}
	if err := v.compare(&c); err != nil {
		return err
	}
	return v.Render(status, mergePage(v, &c))
}

// sharedWords are the words of one of the compared texts that another one has too, however
// they are bent, and what both speak of in two languages; said is what each text says.
func (v *Visit) sharedWords(sides []side, said []text.Keys, of int) []passage.Range {
	var others text.Keys
	for i, k := range said {
		if i != of {
			for c, keys := range k {
				others[c] = append(others[c], keys...)
			}
		}
	}
	here := sides[of]
	return slices.DeleteFunc(v.Index.Marks(here.Text, language.Language(here.Language), others), func(r passage.Range) bool {
		return !alike.Tells(here.Text[r.From:r.To])
	})
}

// compare dresses the sparks of a comparison.
func (v *Visit) compare(c *comparison) error {
	ctx := v.R.Context()
	var ids []ident.ID
	for _, s := range c.Sides {
		ids = append(ids, s.ID)
	}
	joined, err := spark.Joined(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	cards := map[ident.ID][]spark.Bringer{}
	if len(ids) > 0 && v.May(right{Object: office.Contacts, Verb: office.Read}) {
		if cards, err = spark.Bringers(ctx, v.DB, v.Region.ID, ids...); err != nil {
			return err
		}
	}
	said := make([]text.Keys, len(c.Sides))
	for i, s := range c.Sides {
		said[i] = v.Index.Said("", s.Text, language.Language(s.Language))
	}
	for i := range c.Sides {
		s := &c.Sides[i]
		s.Letter, s.Place, s.Joined = string(rune('A'+i)), v.workPlace(s.Spark), len(joined[s.ID])
		s.Pieces = passage.Whole(s.Text, v.sharedWords(c.Sides, said, i))
		s.Gives = s.Readable()
		if b := cards[s.ID]; len(b) > 0 && b[0].Name != "" {
			s.Bringer = b[0].Name
			if err := v.Office.Looked(ctx, v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: s.Code}); err != nil {
				return err
			}
		}
		s.Why = v.cannotStay(s.Spark)
		if s.Gives {
			for _, t := range s.Tags {
				if !slices.Contains(c.Tags, t) {
					c.Tags = append(c.Tags, t)
				}
			}
		}
	}
	slices.SortFunc(c.Tags, func(a, b spark.Tag) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	if len(c.Sides) > 0 && len(c.Sides) < sideBySide {
		all, err := v.likely(ctx, c.Sides[0].Spark)
		if err != nil {
			return err
		}
		c.Likely = slices.DeleteFunc(all, func(l alike.Match) bool { return slices.Contains(ids, l.ID) })
	}
	return nil
}

// cannotStay says why a spark cannot carry the others.
func (v *Visit) cannotStay(s spark.Spark) string {
	switch {
	case s.State == spark.Withdrawn:
		return v.T("merge.cannot.withdrawn")
	case s.MergedInto != 0:
		return v.T("merge.cannot.merged")
	case s.Held != "":
		return v.T("merge.cannot.held")
	case s.State == spark.Split || s.State == spark.Rejoined:
		return v.T("merge.cannot.split")
	case !s.Open:
		return v.T("merge.cannot.closed")
	}
	return ""
}

// stays is the letter of the side that stays unless somebody chooses another: the
// oldest that can, and of those that everybody may read when there are any.
func (c *comparison) stays() string {
	if given := c.Form.Get("stays"); given != "" {
		return given
	}
	best := -1
	for i, s := range c.Sides {
		switch {
		case s.Why != "":
		case best < 0, s.Gives && !c.Sides[best].Gives, s.Gives == c.Sides[best].Gives && s.ID < c.Sides[best].ID:
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	return c.Sides[best].Code
}

func (v *Visit) merge() error {
	ctx, f := v.R.Context(), v.Form()
	codes := sparkCodes(f.Values)
	refuse := func(err error) error {
		code := fault.CodeOf(err)
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showMerge(codes, f, statusOf(code))
	}
	var into spark.Spark
	j := spark.Joining{}
	all := map[string]spark.Spark{}
	for _, code := range codes {
		s, err := spark.ByCode(ctx, v.DB, v.Region.ID, code)
		if err != nil {
			return err
		}
		if all[code] = s; code == f.Get("stays") {
			into = s
		}
	}
	if into.ID == 0 {
		return refuse(fault.New(fault.Invalid, "merge.stays").On("stays"))
	}
	var joined []string
	seen := versionsSeen(f.Values["version"])
	for _, code := range codes {
		if s := all[code]; s.ID != into.ID {
			j.Sparks = append(j.Sparks, spark.Seen{ID: s.ID, Version: seen[code]})
			joined = append(joined, code)
		}
	}
	j.TitleOf, j.KindOf, j.PlaceOf = all[f.Get("title")].ID, all[f.Get("kind")].ID, all[f.Get("place")].ID
	for _, said := range f.Values["tags"] {
		if t, ok := spark.ParseTag(said); ok {
			j.Tags = append(j.Tags, t)
		}
	}
	var act ident.ID
	if _, err := v.Sparks.Merge(ctx, spark.Act{Region: v.Region.ID, Spark: into.ID, Officer: *v.Officer, Version: seen[into.Code], Did: &act}, j); err != nil {
		return refuse(err)
	}
	if err := v.offerUndo(act); err != nil {
		return err
	}
	v.Tell(v.T("merge.done", "codes", v.Say.List(joined), "into", into.Code))
	return v.Go("/toimisto/kipina/" + into.Code)
}

// versionsSeen reads "CODE 7", the version of each spark that the page showed.
func versionsSeen(all []string) map[string]int64 {
	seen := map[string]int64{}
	for _, s := range all {
		code, version, _ := strings.Cut(s, " ")
		if n, err := strconv.ParseInt(version, 10, 64); err == nil && n > 0 {
			seen[code] = n
		}
	}
	return seen
}

func (v *Visit) doUnmerge(a spark.Act, _ *Form) (spark.Spark, error) {
	a.Version = 0 // what is done to the one that carries it counts here too
	return v.Sparks.Unmerge(v.R.Context(), a)
}

// tagKind is what a kind of tag is called on the comparison.
func (v *Visit) tagKind(kind string) string {
	if shownKind(kind) {
		return v.T("workspark.tags." + kind)
	}
	return string(programme.TagKind(kind))
}
