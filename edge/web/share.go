package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"kokko/edge/postcard"
	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
)

// Telling a spark onward: a ready message, a poster, its story on one page with a
// picture for other places, and a link of one's own. Nobody is asked anything by this
// site: every way out is a link that a person presses.

func shareRoutes() []route {
	return []route{
		{pattern: "GET /kipina/{koodi}/kerro", do: (*Visit).tellOnward},
		{pattern: "POST /kipina/{koodi}/kerro", limit: 10, do: (*Visit).makeShare},
		{pattern: "GET /kipina/{koodi}/tarina", ready: true, do: (*Visit).shortStory},
		{pattern: "GET /kipina/{koodi}/kuva.png", limit: 60, do: (*Visit).sharePicture},
		{pattern: "GET /kipina/{koodi}/qr.svg", limit: 120, do: (*Visit).shareCode},
		{pattern: "GET /kipina/{koodi}/juliste", do: (*Visit).sharePoster},
		{pattern: "GET /k/{tunnus}", limit: 120, do: (*Visit).shared},
		{pattern: "POST /k/{tunnus}", limit: 30, do: (*Visit).takeStep},
		{pattern: "GET /jako/poistettu", do: (*Visit).shareGone},
		{pattern: "GET /jako/{salaisuus}", limit: 60, do: (*Visit).ownShare},
		{pattern: "POST /jako/{salaisuus}/poisto", limit: 20, do: (*Visit).endShare},
	}
}

// preview is how other places show a page.
type preview struct {
	Title, Text, URL, Picture, Alt string
}

// shareable finds the spark of the address when it may be told onward: one that everybody
// may see, itself. Joining its ring and asking who could help it go by the same.
func (v *Visit) shareable() (spark.Spark, error) {
	return listed(v.seen(v.R.PathValue("koodi")))
}

// listed is a spark that stands in the lists; any other is not found.
func listed(sp spark.Spark, err error) (spark.Spark, error) {
	if err == nil && !sp.Listed {
		err = fault.New(fault.NotFound, "spark.none")
	}
	return sp, err
}

// cardOf is what the picture of a spark shows.
func (v *Visit) cardOf(sp spark.Spark) postcard.Card {
	about := v.kindOf(sp.Kind)
	if p, ok := v.Edition.Place(sp.Place); ok {
		about = v.In(p.Name) + " · " + about
	}
	c := postcard.Card{Region: v.In(v.Edition.Region.Name), Title: sp.Title, Code: sp.Code, State: v.T("state." + string(sp.State)), About: about, Steps: len(spark.Path()), Step: slices.Index(spark.Path(), sp.State), Quiet: !sp.Open}
	if fill, on := v.Edition.Brand.Light["fill"], v.Edition.Brand.Light["on_fill"]; reads(forText, on, fill) {
		c.Fill, c.On = fill, on
	}
	return c
}

// previews has the page's head tell other places how to show it.
func (v *Visit) previews(sp spark.Spark, page string) {
	v.preview = &preview{
		Title: sp.Title, Text: firstWords(spark.CleanLine(sp.Text), 160), URL: v.listed(page),
		Picture: v.listed("/kipina/"+sp.Code+"/kuva.png") + "?v=" + postcard.Version(v.cardOf(sp)),
		Alt:     v.T("share.picture.alt", "title", sp.Title, "state", v.T("state."+string(sp.State)), "region", v.In(v.Edition.Region.Name)),
	}
}

func (v *Visit) sharePicture() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	picture, err := v.press.Print(v.R.Context(), v.cardOf(sp))
	if err != nil {
		return err
	}
	v.W.Header().Set("Cross-Origin-Resource-Policy", "cross-origin") // made to be shown elsewhere
	return v.validated("image/png", picture)
}

// shareWords is the ready message about a spark, with the address it leads to.
func (v *Visit) shareWords(sp spark.Spark, leads string) string {
	return v.T("share.message", "title", sp.Title, "region", v.In(v.Edition.Region.Name), "address", leads)
}

// inMail is a text as a mailto: address holds it: nothing in it can be a header or a
// further field, whatever it says.
func inMail(s string) string {
	return strings.ReplaceAll(url.QueryEscape(strings.ReplaceAll(strings.ReplaceAll(s, "\r", ""), "\n", "\r\n")), "+", "%20")
}

func (v *Visit) toMail(sp spark.Spark, leads string) string {
	return "mailto:?subject=" + inMail(spark.CleanLine(v.T("share.subject", "title", sp.Title))) + "&body=" + inMail(v.shareWords(sp, leads))
}

func (v *Visit) toWhatsApp(sp spark.Spark, leads string) string {
	return "https://wa.me/?text=" + inMail(v.shareWords(sp, leads))
}

// storyAddress is the address of a spark's short story, for everybody.
func (v *Visit) storyAddress(sp spark.Spark) string {
	return v.listed("/kipina/" + sp.Code + "/tarina")
}

func (v *Visit) tellOnward() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, sharePage(v, sp, v.Blank("via", firstRunes(v.Query("kautta"), 40))))
}

func (v *Visit) makeShare() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	f := v.cleaned()
	m := share.Making{Region: v.Region.ID, Spark: sp.ID, Via: f.Get("via"), Consented: f.Get("consent") != ""}
	if a, known, err := v.someone(); err != nil {
		return err
	} else if known {
		m.By = share.Holder(v.Region.ID, a.ID)
	}
	_, secret, err := v.Shares.Make(v.R.Context(), m)
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(http.StatusUnprocessableEntity, sharePage(v, sp, f))
	}
	return v.Go("/jako/" + secret)
}

// ownShareView is a link as its maker sees it.
type ownShareView struct {
	share.Share
	Of     spark.Spark
	Gone   bool // the spark is no longer for everybody
	Secret string
	Counts map[share.Step]int
	Leads  string
}

func (v *Visit) ownShare() error {
	secret := v.R.PathValue("salaisuus")
	s, counts, err := v.Shares.Own(v.R.Context(), v.Region.ID, secret)
	if err != nil {
		return v.wrongLink(err)
	}
	view := ownShareView{Share: s, Secret: secret, Counts: counts, Leads: v.shareAddress(s)}
	if view.Of, err = spark.ByID(v.R.Context(), v.DB, v.Region.ID, s.Spark); err != nil && !fault.Is(err, fault.NotFound) {
		return err
	}
	view.Gone = err != nil || !view.Of.Listed
	return v.Render(http.StatusOK, ownSharePage(v, view))
}

func (v *Visit) shareAddress(s share.Share) string { return v.listed("/k/" + s.Token) }

// manyOrFew is a count as its maker reads it.
func (v *Visit) manyOrFew(n int) string {
	words, few := share.Told(n)
	if few {
		return v.T("share.few", "n", words)
	}
	return words
}

func (v *Visit) endShare() error {
	if err := v.Shares.End(v.R.Context(), v.Region.ID, v.R.PathValue("salaisuus")); err != nil {
		return v.wrongLink(err)
	}
	return v.Go("/jako/poistettu")
}

func (v *Visit) shareGone() error { return v.Render(http.StatusOK, shareGonePage(v)) }

// sharedSpark is what an own link leads to.
func (v *Visit) sharedSpark() (s share.Share, sp spark.Spark, err error) {
	err = v.guessed(func() error {
		if s, err = v.Shares.ByToken(v.R.Context(), v.DB, v.Region.ID, v.R.PathValue("tunnus")); err != nil {
			return err
		}
		if sp, err = spark.ByID(v.R.Context(), v.DB, v.Region.ID, s.Spark); err == nil && !sp.Listed {
			err = fault.New(fault.NotFound, "share.none")
		}
		return err
	})
	return s, sp, err
}

// shared is what opens from an own link. It counts nothing: programs that look at
// links get no further, and a person may read uncounted.
func (v *Visit) shared() error {
	s, sp, err := v.sharedSpark()
	if err != nil {
		return err
	}
	v.previews(sp, "/kipina/"+sp.Code+"/tarina")
	return v.Render(http.StatusOK, sharedPage(v, s, sp))
}

// takeStep counts what a person chose to do and leads to where it is done, by an
// address that tells nothing of the link.
func (v *Visit) takeStep() error {
	s, sp, err := v.sharedSpark()
	if err != nil {
		return err
	}
	step := share.Opened
	if share.Step(v.Form().Get("askel")) == share.Interested {
		step = share.Interested
	}
	if err := v.Shares.Count(v.R.Context(), v.Region.ID, s.Token, step); err != nil {
		return err
	}
	path := "/kipina/" + sp.Code + "/tarina"
	if step == share.Interested {
		path = followPath(follow.OfSpark(sp.ID))
	}
	return v.Go(path)
}

// shortStoryView is a spark's story in a minute.
type shortStoryView struct {
	sparkView
	Turns []told
	More  bool // there is more of it
}

const (
	turnsTold  = 8   // on the short story's page
	wordsTold  = 420 // characters of the spark's text there
	sayingTold = 220 // and of what was said in a turn
)

func (v *Visit) shortStory() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	ctx := v.R.Context()
	view := shortStoryView{}
	if view.sparkView, err = v.viewOf(sp, story.Public); err != nil {
		return err
	}
	d, err := v.desk(ctx)
	if err != nil {
		return err
	}
	turns, older, err := v.turns(sp, d, 0, 3*turnsTold)
	if err != nil {
		return err
	}
	for _, t := range turns {
		switch t.Beat.Type {
		case story.Answered, story.Asked, story.Replied, story.Talked, story.Closed, story.Reopened, story.Merged, story.Split, story.Part, story.Attached, story.Committed, story.Kept, story.Caught:
			view.Turns = append(view.Turns, t)
		}
	}
	view.More = older != 0 || len(view.Turns) > turnsTold
	view.Turns = view.Turns[max(0, len(view.Turns)-turnsTold):]
	v.tells(v.sparkSource(sp))
	v.previews(sp, "/kipina/"+sp.Code+"/tarina")
	return v.Render(http.StatusOK, shortStoryPage(v, view))
}

// shareLead is where a poster's code leads: the short story, or an own link to it.
func (v *Visit) shareLead(sp spark.Spark) (string, error) {
	token := v.Query("linkki")
	if token == "" {
		return v.storyAddress(sp), nil
	}
	var s share.Share
	err := v.guessed(func() (err error) {
		if s, err = v.Shares.ByToken(v.R.Context(), v.DB, v.Region.ID, token); err == nil && s.Spark != sp.ID {
			err = fault.New(fault.NotFound, "share.none")
		}
		return err
	})
	return v.shareAddress(s), err
}

func (v *Visit) shareCode() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	leads, err := v.shareLead(sp)
	if err != nil {
		return err
	}
	svg, err := codeSVG(leads, v.T("cards.code_alt", "address", bare(leads)))
	if err != nil {
		return err
	}
	return v.plain("image/svg+xml; charset=utf-8", svg)
}

// bare is an address as people type it.
func bare(address string) string {
	_, rest, _ := strings.Cut(address, "://")
	return rest
}

func (v *Visit) sharePoster() error {
	sp, err := v.shareable()
	if err != nil {
		return err
	}
	leads, err := v.shareLead(sp)
	if err != nil {
		return err
	}
	phone, err := v.callPhone()
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, sharePosterPage(v, sp, leads, phone))
}

// sharePart is a person's own links among what is kept with their address.
func sharePart() minePart {
	return minePart{
		name: "shares",
		data: func(v *Visit, a address.Address) (any, error) {
			all, err := share.Of(v.R.Context(), v.DB, v.Region.ID, share.Holder(v.Region.ID, a.ID))
			out := []mineShare{}
			for _, s := range all {
				counts, err := share.Counts(v.R.Context(), v.DB, v.Region.ID, s.ID)
				if err != nil {
					return nil, err
				}
				one := mineShare{Token: s.Token, Spark: s.Spark.String(), Depth: s.Depth, Made: s.Made.UTC().Format("2006-01-02"), Counts: map[string]string{}}
				for _, step := range share.Steps() {
					if words, few := share.Told(counts[step]); few {
						one.Counts[string(step)] = "<" + words
					} else {
						one.Counts[string(step)] = words
					}
				}
				out = append(out, one)
			}
			return out, err
		},
		erase: func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error {
			return share.EndAll(ctx, tx, v.Region.ID, share.Holder(v.Region.ID, a.ID))
		},
	}
}

type mineShare struct {
	Token  string            `json:"token"`
	Spark  string            `json:"spark_id"`
	Depth  int               `json:"depth"`
	Made   string            `json:"made_on"`
	Counts map[string]string `json:"counts"`
}
