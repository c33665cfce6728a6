package web

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"time"

	"github.com/a-h/templ"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/region/address"
)

// A person without an account is an address they have confirmed. Their own page
// (Omat seurattavat) opens by a link that every letter to them carries, or in the
// browser they confirmed in. What else is kept with an address is told there by the
// parts below.

func mineRoutes() []route {
	return []route{
		{pattern: "GET /minun", do: (*Visit).mineAsk},
		{pattern: "POST /minun", limit: 6, do: (*Visit).askForMine},
		{pattern: "GET /minun/poistettu", do: (*Visit).mineGone},
		{pattern: "GET /minun/{salaisuus}", do: (*Visit).mine},
		{pattern: "GET /minun/{salaisuus}/tiedot", do: (*Visit).mineData},
		{pattern: "POST /minun/{salaisuus}/kieli", limit: 20, do: (*Visit).mineLanguage},
		{pattern: "POST /minun/{salaisuus}/unohda", limit: 20, do: (*Visit).mineForget},
		{pattern: "POST /minun/{salaisuus}/uusi-linkki", limit: 20, do: (*Visit).mineRenew},
		{pattern: "POST /minun/{salaisuus}/poisto", limit: 20, do: (*Visit).mineErase},
		{pattern: "GET /vahvista/{salaisuus}", limit: 60, do: (*Visit).confirmForm},
		{pattern: "POST /vahvista/{salaisuus}", limit: 30, do: (*Visit).confirm},
	}
}

// want is something people do with an address instead of an account: it is done at
// once for who is remembered here, else when the address is confirmed.
type want struct {
	// words says what it is, for the letter and the page: "seuraat kipinää …". The
	// data is what went into asking, and may name what is gone by now.
	words func(v *Visit, data json.RawMessage) (string, error)
	// do does it, inside the transaction that confirms the address; nil for nothing.
	do func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error
	// back is where the person goes then, "" to their own page.
	back func(v *Visit, data json.RawMessage) string
}

// wants is everything people do with an address, by address.Then's kind.
func wants() map[string]want {
	return map[string]want{
		"comment": {words: (*Visit).sayWords, do: (*Visit).putComment, back: (*Visit).backToTalk},
		"meet":    {words: (*Visit).meetWords, do: (*Visit).putMeeting, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=tutustuminen" }},
		"bring":   {words: (*Visit).bringWords, do: (*Visit).putBringing, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=esittely" }},
		"ring":    {words: (*Visit).ringWords, do: (*Visit).putRing, back: (*Visit).backToRing},
		"warm":    {words: (*Visit).warmWords, do: (*Visit).putWarmth, back: (*Visit).backToWarmth},
		"follow":  {words: (*Visit).followWords, do: (*Visit).putFollow, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=seuranta" }},
		"event":   {words: (*Visit).signUpWords, do: (*Visit).putSignUp, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=tapahtuma" }},
		"asking":  {words: (*Visit).askingWords, do: (*Visit).putAsking, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=kysyisin" }},
		"asset":   {words: (*Visit).tellAssetWords, do: (*Visit).putAsset, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=voimavara" }},
		"table":   {words: (*Visit).sitWords, do: (*Visit).putSit, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=poyta" }},
		"network": {words: (*Visit).joinWords, do: (*Visit).putJoin, back: func(*Visit, json.RawMessage) string { return "/minun?tehty=verkosto" }},
		"page":    {words: func(v *Visit, _ json.RawMessage) (string, error) { return v.T("mine.want.page"), nil }},
	}
}

// minePart is something that is kept with an address: a panel of the own page, a part
// of the own data, and its erasure. Any may be nil.
type minePart struct {
	name  string // in the own data
	panel func(v *Visit, a address.Address, secret string) (templ.Component, error)
	data  func(v *Visit, a address.Address) (any, error)
	erase func(v *Visit, ctx context.Context, tx *store.Tx, a address.Address) error
}

// mineParts is every such thing, in the order of the page.
func mineParts() []minePart {
	return []minePart{
		{name: "follows", panel: (*Visit).followsPanel, data: (*Visit).followsData, erase: (*Visit).eraseFollows},
		{name: "said", panel: (*Visit).saidPanel, data: (*Visit).saidData, erase: (*Visit).eraseSaid},
		ringPart(),
		introductionPart(),
		{name: "proposed", data: (*Visit).proposedData},
		eventPart(),
		collisionPart(),
		tablePart(),
		assetPart(),
		askingPart(),
		networkPart(),
		sharePart(),
		personPart(), // last: what hangs on the person hears of it
	}
}

// remembers is the name of the cookie that remembers a person; its value opens what
// the address's owner may do, and nothing of the office.
func (v *Visit) remembers() string { return "kokko_oma_" + v.Region.ID }

// someone is whom this browser remembers; ok is false for nobody.
func (v *Visit) someone() (a address.Address, ok bool, err error) {
	c, err := v.R.Cookie(v.remembers())
	if err != nil {
		return a, false, nil
	}
	a, err = v.Addresses.Of(v.R.Context(), v.Region.ID, c.Value)
	if fault.Is(err, fault.NotFound) {
		return a, false, nil
	}
	return a, err == nil, err
}

// remember has the browser remember a person, "" to forget. It must run before the
// page is written.
func (v *Visit) remember(token string) {
	c := &http.Cookie{Name: v.remembers(), Value: token, Path: v.base + "/", HttpOnly: true, SameSite: http.SameSiteLaxMode, Secure: v.secure(), MaxAge: int(address.Remembered / time.Second)}
	if token == "" {
		c.MaxAge = -1
	}
	http.SetCookie(v.W, c)
}

// asPerson does what a person wants: at once when this browser remembers them and no
// address was typed, else after their address is confirmed. Nothing is done of what is
// wrong already. Mistakes are left in the form and given back as refused.
func (v *Visit) asPerson(f *Form, wrong error, kind string, data any) (refused bool, err error) {
	if wrong != nil {
		return true, f.Refuse(wrong)
	}
	then, err := address.ThenOf(kind, data)
	if err != nil {
		return false, err
	}
	a, known, err := v.someone()
	if err != nil {
		return false, err
	}
	if known && f.Get("email") == "" {
		if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error { return v.carryOut(ctx, tx, a, then) }); err != nil {
			return false, err
		}
		return false, v.Go(v.backFrom(then, ""))
	}
	what, err := wants()[kind].words(v, then.Data)
	if err != nil {
		return false, err
	}
	browser, err := v.Addresses.Ask(v.R.Context(), address.Asking{Region: v.Region.ID, Email: f.Get("email"), Language: string(v.Lang), Network: v.limits.Network(v.R), Then: then},
		func(ctx context.Context, tx *store.Tx, l address.Letter) error {
			return v.Letters.Confirm(ctx, tx, l, what)
		})
	if err != nil {
		return true, f.Refuse(err)
	}
	return false, v.Go("/vahvista/" + browser)
}

// submits is asPerson where what stands in the way of doing it is told on the form too.
func (v *Visit) submits(f *Form, wrong error, kind string, data any) (refused bool, err error) {
	if refused, err = v.asPerson(f, wrong, kind, data); err != nil {
		return true, f.Refuse(err)
	}
	return refused, nil
}

func (v *Visit) carryOut(ctx context.Context, tx *store.Tx, a address.Address, then address.Then) error {
	if do := wants()[then.Kind].do; do != nil {
		return do(v, ctx, tx, a, then.Data)
	}
	return nil
}

// backFrom is where a person goes when what they wanted is done; link is their own
// page's secret, "" where the browser remembers them.
func (v *Visit) backFrom(then address.Then, link string) string {
	if back := wants()[then.Kind].back; back != nil {
		if path := back(v, then.Data); path != "" {
			return path
		}
	}
	if link != "" {
		return "/minun/" + link
	}
	return "/minun"
}

// mineAsk is the own page of whom the browser remembers, for others the form that
// mails a link to it.
func (v *Visit) mineAsk() error {
	a, known, err := v.someone()
	if err != nil {
		return err
	}
	if known {
		secret, err := v.ownLink(a)
		if err != nil {
			return err
		}
		if done := v.Query("tehty"); done != "" {
			secret += "?" + url.Values{"tehty": {done}}.Encode()
		}
		return v.Go("/minun/" + secret)
	}
	return v.Render(http.StatusOK, mineAskPage(v, v.Blank()))
}

func (v *Visit) ownLink(a address.Address) (secret string, err error) {
	err = v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		secret, err = address.Link(ctx, tx, a)
		return err
	})
	return secret, err
}

func (v *Visit) askForMine() error {
	f := v.cleaned()
	if refused, err := v.asPerson(f, nil, "page", struct{}{}); err != nil || !refused {
		return err
	}
	return v.Render(http.StatusUnprocessableEntity, mineAskPage(v, f))
}

// confirmForm is what a letter's link opens, and what the browser that asked shows
// meanwhile. It changes nothing.
func (v *Visit) confirmForm() error { return v.showConfirm(http.StatusOK, v.Blank()) }

func (v *Visit) showConfirm(status int, f *Form) error {
	ask, err := v.Addresses.Peek(v.R.Context(), v.Region.ID, v.R.PathValue("salaisuus"))
	if err != nil {
		return v.wrongLink(err)
	}
	what, err := wants()[ask.Then.Kind].words(v, ask.Then.Data)
	if err != nil {
		return err
	}
	return v.Render(status, confirmPage(v, f, ask, what))
}

// wrongLink slows down who tries secrets.
func (v *Visit) wrongLink(err error) error {
	if fault.Is(err, fault.Gone) && !v.limits.Allow("wrong links", v.R, wrongLinks) {
		return fault.New(fault.TooMany, "page.too_many")
	}
	return err
}

func (v *Visit) confirm() error {
	f := v.cleaned()
	c, err := v.Addresses.Confirm(v.R.Context(), v.Region.ID, v.R.PathValue("salaisuus"), f.Get("code"), func(ctx context.Context, tx *store.Tx, a address.Address, then address.Then) error {
		return v.carryOut(ctx, tx, a, then)
	})
	switch {
	case fault.Is(err, fault.Invalid):
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showConfirm(http.StatusUnprocessableEntity, f)
	case err != nil:
		return v.wrongLink(err)
	}
	v.remember(c.Token)
	return v.Go(v.backFrom(c.Then, c.Link))
}

// linkedAddress is whose the address's secret is.
func (v *Visit) linkedAddress() (address.Address, string, error) {
	secret := v.R.PathValue("salaisuus")
	a, err := address.Linked(v.R.Context(), v.DB, v.Region.ID, secret)
	if err != nil {
		err = v.wrongLink(err)
	}
	return a, secret, err
}

// mineView is the own page.
type mineView struct {
	address.Address
	Secret     string
	Panels     []templ.Component
	Remembered bool // by this browser
	Done       string
}

func (v *Visit) mine() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	view := mineView{Address: a, Secret: secret, Done: oneOf(v.Query("tehty"), "kieli", "unohda", "uusi-linkki", "seuranta", "lopetus", "puhe", "puhe-pois", "minakin-pois", "tapahtuma", "tapahtuma-pois", "tormaytys", "poyta", "poyta-pois", "askel", "verkosto", "verkosto-pois", "voimavara", "voimavara-muutettu", "voimavara-voimassa", "voimavara-pois", "rinki-pois", "hoidan-valmis", "hoidan-vapaa", "hoidan-siirto", "tutustuminen", "esittely", "kysyisin", "kysyisin-yha", "kysyisin-pois", "kysyisin-peru")}
	if known, ok, err := v.someone(); err != nil {
		return err
	} else if ok && known.ID == a.ID {
		view.Remembered = true
	}
	for _, part := range mineParts() {
		if part.panel == nil {
			continue
		}
		panel, err := part.panel(v, a, secret)
		if err != nil {
			return err
		}
		if panel != nil {
			view.Panels = append(view.Panels, panel)
		}
	}
	return v.Render(http.StatusOK, minePage(v, view))
}

// mineFormat names the form of the file; it changes when a field changes its meaning.
const mineFormat = "kokko-address-data-1"

type mineAsked struct {
	Asked *time.Time `json:"asked_at"`
	Used  *time.Time `json:"used_at"`
	Kind  string     `json:"then_kind"`
}

type mineAddress struct {
	ID        string       `json:"address_id"`
	Email     string       `json:"email"`
	Language  string       `json:"language"`
	Confirmed *time.Time   `json:"confirmed_at"`
	Bounces   int          `json:"bounces"`
	Reply     string       `json:"bounce_reply"`
	Stopped   *time.Time   `json:"stopped_at"`
	Asked     []mineAsked  `json:"asks"`
	Browsers  []*time.Time `json:"browsers_until"`
}

// mineData is everything that is kept with an address, as a file to take along.
func (v *Visit) mineData() error {
	a, _, err := v.linkedAddress()
	if err != nil {
		return err
	}
	asks, browsers, err := address.Traces(v.R.Context(), v.DB, a)
	if err != nil {
		return err
	}
	own := mineAddress{ID: a.ID.String(), Email: a.Email, Language: a.Language, Confirmed: moment(a.Confirmed), Bounces: a.Bounces, Reply: a.Reply, Stopped: moment(a.Stopped), Asked: []mineAsked{}, Browsers: []*time.Time{}}
	for _, t := range asks {
		own.Asked = append(own.Asked, mineAsked{moment(t.Asked), moment(t.Used), t.Kind})
	}
	for _, until := range browsers {
		own.Browsers = append(own.Browsers, moment(until))
	}
	var b bytes.Buffer
	out := &scroll{to: bufio.NewWriter(&b)}
	out.put("format", mineFormat)
	out.put("region", ownRegion{v.Region.ID, v.In(v.Edition.Region.Name)})
	out.put("address", own)
	for _, part := range mineParts() {
		if part.data == nil {
			continue
		}
		data, err := part.data(v, a)
		if err != nil {
			return err
		}
		out.put(part.name, data)
	}
	out.end()
	if out.failed != nil {
		return out.failed
	}
	v.W.Header().Set("Content-Disposition", `attachment; filename="kokko-`+v.Region.ID+`-omat.json"`)
	v.status = http.StatusOK
	v.send(v.W, v.R, http.StatusOK, "application/json; charset=utf-8", b.Bytes(), false)
	return nil
}

func (v *Visit) mineLanguage() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	lang := oneOf(v.Form().Get("language"), v.languages()...)
	if lang == "" {
		return fault.New(fault.Invalid, "language.wrong").On("language")
	}
	if err := v.Addresses.Speak(v.R.Context(), a, lang); err != nil {
		return err
	}
	return v.Go("/minun/" + secret + "?tehty=kieli")
}

// languages are what letters of the region are written in.
func (v *Visit) languages() (all []string) {
	for _, t := range v.Edition.Sets() {
		if lang := string(t.Written()); oneOf(lang, all...) == "" {
			all = append(all, lang)
		}
	}
	return all
}

func (v *Visit) mineForget() error {
	_, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	if c, err := v.R.Cookie(v.remembers()); err == nil {
		if err := v.Addresses.Leave(v.R.Context(), v.Region.ID, c.Value); err != nil {
			return err
		}
	}
	v.remember("")
	return v.Go("/minun/" + secret + "?tehty=unohda")
}

func (v *Visit) mineRenew() error {
	a, _, err := v.linkedAddress()
	if err != nil {
		return err
	}
	secret, err := v.Addresses.Renew(v.R.Context(), a)
	if err != nil {
		return err
	}
	v.remember("")
	return v.Go("/minun/" + secret + "?tehty=uusi-linkki")
}

func (v *Visit) mineErase() error {
	a, secret, err := v.linkedAddress()
	if err != nil {
		return err
	}
	if v.Form().Get("confirm") == "" {
		return v.Go("/minun/" + secret + "#poisto")
	}
	var also []func(context.Context, *store.Tx, address.Address) error
	for _, part := range mineParts() {
		if part.erase != nil {
			also = append(also, func(ctx context.Context, tx *store.Tx, a address.Address) error { return part.erase(v, ctx, tx, a) })
		}
	}
	if err := v.Addresses.Erase(v.R.Context(), a, also...); err != nil {
		return err
	}
	v.remember("")
	return v.Go("/minun/poistettu")
}

func (v *Visit) mineGone() error { return v.Render(http.StatusOK, mineGonePage(v)) }
