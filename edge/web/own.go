package web

import (
	"net/http"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/alike"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
)

func ownRoutes() []route {
	return []route{
		{pattern: "GET /oma/poistettu", plain: true, do: (*Visit).gonePage},
		{pattern: "GET /oma/{salaisuus}", plain: true, do: own((*Visit).ownPage)},
		{pattern: "GET /oma/{salaisuus}/tiedot", plain: true, limit: 20, do: own((*Visit).ownData)},
		{pattern: "GET /oma/{salaisuus}/kiitos", plain: true, do: own((*Visit).receipt)},
		{pattern: "POST /oma/{salaisuus}/vastaus", plain: true, limit: 20, do: own((*Visit).reply)},
		{pattern: "GET /oma/{salaisuus}/muokkaus", plain: true, do: own((*Visit).editForm)},
		{pattern: "POST /oma/{salaisuus}/muokkaus", plain: true, limit: 20, do: own((*Visit).edit)},
		{pattern: "GET /oma/{salaisuus}/yhteys", plain: true, do: own((*Visit).reachForm)},
		{pattern: "POST /oma/{salaisuus}/yhteys", plain: true, limit: 20, do: own((*Visit).reach)},
		{pattern: "GET /oma/{salaisuus}/poisto", plain: true, do: own((*Visit).withdrawForm)},
		{pattern: "POST /oma/{salaisuus}/poisto", plain: true, limit: 20, do: own((*Visit).withdraw)},
	}
}

// mine is a bringer's spark behind their private link. No GET changes anything:
// mail programs open links to look for harm.
type mine struct {
	Spark   spark.Spark
	Bringer spark.Bringer
	secret  string
}

// other is another spark of the same bringer, under the same link.
func (m mine) other(sp spark.Spark) mine {
	base, _, _ := strings.Cut(m.secret, ".")
	return mine{Spark: sp, Bringer: m.Bringer, secret: base + "." + sp.Code}
}

// path is an address under the private link.
func (m mine) path(rest string) string { return "/oma/" + m.secret + rest }

// own opens a private link for a handler.
func own(do func(v *Visit, m mine) error) func(v *Visit) error {
	return func(v *Visit) error {
		m := mine{secret: v.R.PathValue("salaisuus")}
		var err error
		if m.Spark, m.Bringer, err = spark.Linked(v.R.Context(), v.DB, v.Region.ID, m.secret); err != nil {
			// A right link opens all the same: of 130 bits nobody guesses one, and a
			// neighbour's misuse must not shut anybody out of their own spark.
			if fault.Is(err, fault.Gone) && !v.limits.Allow("wrong links", v.R, wrongLinks) {
				return fault.New(fault.TooMany, "page.too_many")
			}
			return err
		}
		if m.Spark.State == spark.Withdrawn {
			return fault.New(fault.Gone, "spark.withdrawn")
		}
		if m.Spark.State == spark.Rejoined {
			// A letter of the time it was a part has a link of its own: it opens the whole.
			if whole, err := spark.ByID(v.R.Context(), v.DB, v.Region.ID, m.Spark.SplitFrom); err == nil && v.R.Method == http.MethodGet && !strings.Contains(m.secret, ".") {
				return v.Go("/oma/" + m.secret + "." + whole.Code)
			}
			return fault.New(fault.Gone, "split.rejoined")
		}
		return do(v, m)
	}
}

// quiet keeps the private link out of every Referer. A browser that does not say
// where a request comes from (an old one, or one on plain http) tells it by the
// Origin of its forms, and no-referrer would blank that and have the form
// refused: there only the path is kept back.
func (v *Visit) quiet() {
	policy := "no-referrer"
	if v.R.Header.Get("Sec-Fetch-Site") == "" {
		policy = "strict-origin"
	}
	v.W.Header().Set("Referrer-Policy", policy)
}

// link is the private link written out, its secret in groups that can be typed
// from paper.
func (v *Visit) link(m mine) string {
	secret, code, part := strings.Cut(m.secret, ".")
	plain := strings.ReplaceAll(secret, "-", "")
	if part {
		code = "." + code
	}
	var groups []string
	for len(plain) > 7 {
		groups, plain = append(groups, plain[:5]), plain[5:]
	}
	return v.full(v.Set(), "/oma/"+strings.Join(append(groups, plain), "-")+code)
}

// receiptView is what a bringer is told after the drop.
type receiptView struct {
	mine
	sparkView
	Link   string
	Due    string
	Batch  string
	Missed *challenge.Challenge // the open question that closed before the spark was sent
	Near   []alike.Match        // what others have told of the same thing
}

func (v *Visit) receipt(m mine) error {
	view, err := v.viewOf(m.Spark, story.Parties)
	if err != nil {
		return err
	}
	d, err := v.desk(v.R.Context())
	if err != nil {
		return err
	}
	r := receiptView{
		mine: m, sparkView: view, Link: v.link(m), Due: v.onDay(view.Spark.Due),
		Batch: v.onDay(v.Edition.Call.Batches.Next(v.today(), d.cal)),
		Near:  v.nearAfter(m.Spark),
	}
	if id := v.Query("kysymys"); id != "" && m.Spark.Challenge == 0 {
		c, err := v.seenQuestion(v.R.Context(), id)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if err == nil && c.State(v.today()) != challenge.Open {
			r.Missed = &c
		}
	}
	return v.Render(http.StatusOK, receiptPage(v, r))
}

// ownView is a bringer's own page.
type ownView struct {
	mine
	sparkView
	Form  *Form       // the reply
	Files fileSheet   // hides sparkView's, which are the same
	Goes  workday.Day // when the contact details go, 0 while they stay
	Done  string      // what was just done, "" when nothing

	Parts []spark.Spark // what it was split into
	Whole *spark.Spark  // what it was split from
	Round ident.ID      // the part its ring went on with

	Talk ownTalk // what is said beneath it
}

func (v *Visit) ownPage(m mine) error { return v.showOwn(m, v.Blank(), http.StatusOK) }

func (v *Visit) showOwn(m mine, f *Form, status int) error {
	return v.showOwnWith(m, status, func(o *ownView) { o.Form = f })
}

// showOwnWith shows the page with one of its forms as it was refused.
func (v *Visit) showOwnWith(m mine, status int, change func(o *ownView)) error {
	view, err := v.viewOf(m.Spark, story.Parties)
	if err != nil {
		return err
	}
	done := ""
	switch v.Query("tehty") {
	case "vastaus":
		done = v.T("own.done.reply")
	case "vastaus-toimistolle":
		done = v.T("hold.own.reply")
	case "muokkaus":
		done = v.T("own.done.edit")
	case "yhteys":
		done = v.T("own.done.reach")
	case "puhe", "puhe-odottaa", "puhe-pois", "kuulen":
		done = v.T("talk.done." + v.Query("tehty"))
	case "liite", "kuvaus", "liitepois":
		done = v.T("own.done." + v.Query("tehty"))
	}
	goes, err := v.forgets(view.Spark, m.Bringer)
	if err != nil {
		return err
	}
	o := ownView{mine: m, sparkView: view, Form: v.Blank(), Goes: goes, Done: done,
		Files: fileSheet{All: view.Files, At: m.path(""), Lang: m.Spark.Language, Names: true, Add: v.Blank(), Change: v.Blank()}}
	if o.Talk, err = v.ownTalk(m); err != nil {
		return err
	}
	all, whole, err := v.partsOf(v.R.Context(), m.Spark)
	if err != nil {
		return err
	}
	for _, p := range all {
		if p.State != spark.Withdrawn && p.State != spark.Rejoined {
			o.Parts = append(o.Parts, p)
		}
	}
	if whole != nil && whole.State == spark.Split {
		o.Whole = whole
	}
	if o.Round, err = v.ringed(v.R.Context(), m.Spark); err != nil {
		return err
	}
	change(&o)
	return v.Render(status, ownPage(v, o))
}

// twice is within what time the same reply again is the same press of a button.
const twice = 10 * time.Minute

func (v *Visit) reply(m mine) error {
	f := v.cleaned()
	words := f.Get("words")
	said, err := v.saidJust(m, words)
	if err != nil {
		return err
	}
	public := f.Get("seen") == "public" && m.Spark.Listed
	done := "?tehty=vastaus"
	if !said {
		_, err := v.Sparks.Reply(v.R.Context(), v.Region.ID, m.secret, words, f.Get("seen") == "public", v.Edition)
		if err != nil {
			if err := f.Refuse(err); err != nil {
				return err
			}
			return v.showOwn(m, f, http.StatusUnprocessableEntity)
		}
	}
	if public {
		seen, err := v.lastReply(m)
		if err != nil {
			return err
		}
		if seen != story.Public {
			done = "?tehty=vastaus-toimistolle"
		}
	}
	return v.Go(m.path(done))
}

// lastReply is who may read what the bringer has just said.
func (v *Visit) lastReply(m mine) (seen story.Visibility, err error) {
	since := ident.At(v.Clock.Now().Add(-twice)) - 1
	beats, _, err := story.Of(v.R.Context(), v.DB, v.Region.ID, m.Spark.ID, story.Parties, since)
	for _, b := range beats {
		if b.Type == story.Replied {
			seen = b.Visibility
		}
	}
	return seen, err
}

// saidJust tells that the bringer has just said these very words.
func (v *Visit) saidJust(m mine, words string) (bool, error) {
	r, err := spark.Read(v.R.Context(), v.DB, m.Spark, story.Parties)
	if err != nil {
		return false, err
	}
	beats, _, err := r.Page(v.R.Context(), v.DB, ident.At(v.Clock.Now().Add(-twice))-1)
	if err != nil || words == "" {
		return false, err
	}
	for _, b := range beats {
		if b.Type == story.Replied && r.Mine(b) && b.Words == words {
			return true, nil
		}
	}
	return false, nil
}

func (v *Visit) editForm(m mine) error {
	sp := m.Spark
	f := v.Blank("text", sp.Text, "kind", string(sp.Kind), "visibility", string(sp.Visibility), "place", v.placeWritten(sp))
	f.Values.Set("title", sp.OwnTitle()) // else the title follows the text
	if sp.Secret {
		f.Values.Set("secret", "1")
	}
	for _, t := range sp.Tags {
		if t.Kind == "theme" {
			f.Values.Add("themes", t.ID)
		}
	}
	return v.Render(http.StatusOK, editPage(v, m, f))
}

// placeWritten is the place as the bringer would write it: their own words while
// these still mean the place, otherwise its name.
func (v *Visit) placeWritten(sp spark.Spark) string {
	if id, _ := v.Edition.PlaceNamed(sp.PlaceName); id == sp.Place && sp.PlaceName != "" {
		return sp.PlaceName
	}
	return v.placeOf(sp)
}

func (v *Visit) edit(m mine) error {
	f := v.cleaned()
	d := draftOf(f, v.Set())
	if d.Visibility == "" {
		d.Visibility = m.Spark.Visibility // a form without the choice does not change it
	}
	if _, err := v.Sparks.Edit(v.R.Context(), v.Region.ID, m.secret, v.Edition, d); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(http.StatusUnprocessableEntity, editPage(v, m, f))
	}
	return v.Go(m.path("?tehty=muokkaus"))
}

func (v *Visit) reachForm(m mine) error {
	b := m.Bringer
	return v.Render(http.StatusOK, reachPage(v, m, v.Blank("name", b.Name, "email", b.Email, "phone", b.Phone, "contact", string(b.Contact))))
}

func (v *Visit) reach(m mine) error {
	f := v.cleaned()
	card := spark.Bringer{Name: f.Get("name"), Email: f.Get("email"), Phone: f.Get("phone"), Contact: spark.Contact(f.Get("contact"))}
	if _, err := v.Sparks.Keep(v.R.Context(), v.Region.ID, m.secret, card); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(http.StatusUnprocessableEntity, reachPage(v, m, f))
	}
	return v.Go(m.path("?tehty=yhteys"))
}

// withdrawal is what else a bringer should know before taking theirs away.
type withdrawal struct {
	Shared bool // others brought the same
	Whole  bool // its parts go too
	Part   bool // the other parts stay, but not the words it was cut from
}

func (v *Visit) withdrawForm(m mine) error {
	joined, err := spark.Joined(v.R.Context(), v.DB, v.Region.ID, m.Spark.ID)
	if err != nil {
		return err
	}
	parts, whole, err := v.partsOf(v.R.Context(), m.Spark)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, withdrawPage(v, m, withdrawal{
		Shared: m.Spark.MergedInto != 0 || len(joined) > 0, Whole: len(parts) > 0, Part: whole != nil && whole.State == spark.Split,
	}))
}

func (v *Visit) withdraw(m mine) error {
	if _, err := v.Sparks.Withdraw(v.R.Context(), v.Region.ID, m.secret, v.Form().Get("erase") != ""); err != nil {
		return err
	}
	return v.Go("/oma/poistettu")
}

// gonePage is what remains to be said after a withdrawal; the link is dead by then.
func (v *Visit) gonePage() error {
	return v.Render(http.StatusOK, withdrawnPage(v))
}
