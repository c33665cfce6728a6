package web

import (
	"bytes"
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/a-h/templ"
	"github.com/alexedwards/scs/v2"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/place"
	"kokko/region/programme"
	"kokko/region/style"
)

// Visit is one request with what every page needs to know of it: the region, its
// programme in force, the reader's language and, on the office's pages, who is
// signed in. It belongs to the goroutine that answers the request.
type Visit struct {
	*Server
	W       http.ResponseWriter
	R       *http.Request
	Region  programme.Served
	Edition programme.Edition // in force, in the office's own style
	Style   style.Style
	Lang    i18n.Language // what the page is written in
	Plain   bool          // in plain Finnish, as far as there is any
	Say     *i18n.Printer
	Officer *office.Officer // nil for the public

	where   programme.Addresses
	base    string // "/kouvola" where several regions share a host, else ""
	away    bool   // asked at another host than the region's own
	moved   string // what is asked for is now at this path, "" when it is not
	path    string // the canonical Finnish path, without region and language
	pattern string // the route's pattern, for logs: never holds a secret
	status  int
	instead int      // the status of a fault that has one of its own, 0 for its code's
	flash   string   // said once at the top of the page, from the session
	session bool     // a session was loaded on this route
	failed  error    // what the route gave back
	rough   string   // what is said to readers of plain Finnish where the page is not in it, "" where it is
	sent    []upload // the files of its form
	most    int64    // bytes of one of them, 0 for maxFile
	broke   error    // why the form did not come whole, nil when it did

	given   *http.Request   // as it came
	key     string          // what its answer is kept under, "" when it may not be kept
	since   store.Moment    // the store's, before anything was read for the page
	keeps   bool            // the page is made to be kept: nothing of one reader may be in it but slots
	guards  bool            // the page's number may be guessed at
	page    *readyPage      // what was kept of it, nil when nothing was
	saying  comment.Comment // what was just said
	undo    string          // the act just done, which can be taken back: its id
	heard   bool            // and its bringer has been written to
	feeds   []stream        // of what is on the page
	preview *preview        // how other places show it, nil for no picture
}

// find reads region and language off the address: /{region}/{language}/… where
// several regions share a host, /{language}/… otherwise; the language a region's
// programme was written in needs no prefix, plain Finnish is /selko. An address that
// is written otherwise by now leaves v.moved.
func (v *Visit) find() error {
	var err error
	if v.where, err = v.served(v.R.Context()); err != nil {
		return err
	}
	if v.where.Site == "" { // nobody has said: as this reader came
		v.where.Site = "http://" + v.R.Host
		if v.R.TLS != nil {
			v.where.Site = "https://" + v.R.Host
		}
	}
	way, ok := v.where.Find(v.R.Host, v.R.URL.Path)
	if !ok {
		return fault.New(fault.Busy, "region.none")
	}
	v.Region, v.base, v.away = way.Region, way.Base, way.Away
	path := way.Path
	if way.Moved {
		v.moved = (&url.URL{Path: v.base + path, RawQuery: v.R.URL.RawQuery}).String()
		return nil
	}
	if v.Edition, err = v.Programmes.Current(v.R.Context(), v.Region.ID); err != nil {
		return err
	}
	if v.Edition, v.Style, err = v.Styles.Dress(v.R.Context(), v.DB, v.Edition); err != nil {
		return err
	}
	sets := v.Edition.Sets()
	set := sets[0]
	first, rest, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	if l, ok := i18n.ParseSet(first); ok && slices.Contains(sets, l) {
		set, path = l, "/"+rest
	}
	v.speak(set)
	v.path = path
	return nil
}

// speak sets what the reader reads.
func (v *Visit) speak(set i18n.Language) {
	v.Lang, v.Plain, v.Say = set.Written(), set == i18n.Plain, v.Style.Speak(v.Parts.Texts.For(set))
}

// Set is what the reader chose to read: the page's language, or plain Finnish.
func (v *Visit) Set() i18n.Language {
	if v.Plain {
		return i18n.Plain
	}
	return v.Lang
}

// signed runs do with the reader's session open, and v.Officer set when one is
// signed in and still works here.
func (v *Visit) signed(do func() error) error {
	m := v.signs()
	token := ""
	if c, err := v.R.Cookie(m.Cookie.Name); err == nil {
		token = c.Value
	}
	ctx, err := m.Load(v.R.Context(), token)
	if err != nil {
		return err
	}
	v.R, v.session = v.R.WithContext(ctx), true
	if id := officerID(ctx, m); id != 0 {
		o, err := office.ByID(ctx, v.DB, v.Region.ID, id)
		switch {
		case err == nil && o.Active:
			v.Officer = &o
			v.R = v.R.WithContext(audit.By(ctx, o.ID)) // whatever is done now, the log knows by whom
		case err != nil && !fault.Is(err, fault.NotFound):
			return err
		}
	}
	if v.R.Method == http.MethodGet && v.Officer != nil && strings.HasPrefix(v.path, "/toimisto") {
		v.flash = m.PopString(ctx, "flash")
		v.undo, v.heard = m.PopString(ctx, "undo"), m.PopBool(ctx, "heard")
	}
	return do()
}

// signs keeps who is signed in at this region's pages.
func (v *Visit) signs() *scs.SessionManager { return v.manager(v.Region.ID, v.base) }

// keep writes a changed session and its cookie; it must run before the page is
// written. An unchanged session costs nothing.
func (v *Visit) keep() {
	if !v.session {
		return
	}
	m, ctx := v.signs(), v.R.Context()
	switch m.Status(ctx) {
	case scs.Modified:
		token, expiry, err := m.Commit(ctx)
		if err != nil {
			v.Log.Error("session not kept", "error", err)
			return
		}
		m.WriteSessionCookie(ctx, v.W, token, expiry)
	case scs.Destroyed:
		m.WriteSessionCookie(ctx, v.W, "", v.Clock.Now())
	}
}

// carry hands a reader's sign-in on to where the region's pages are now: its
// cookie goes to the paths it was made for only.
func (v *Visit) carry() error {
	m := v.signs()
	c, err := v.R.Cookie(m.Cookie.Name)
	if err != nil {
		return nil
	}
	ctx, err := m.Load(v.R.Context(), c.Value)
	if err == nil && officerID(ctx, m) != 0 {
		m.WriteSessionCookie(ctx, v.W, c.Value, m.Deadline(ctx))
	}
	return err
}

// full is a whole address of this region, in some language: for letters, paper
// and what is copied. It is the one that the region has now, wherever the reader
// came from.
func (v *Visit) full(l i18n.Language, path string) string {
	return v.where.To(v.Edition.Programme, l, path)
}

// private tells an address that a secret is part of: it is one person's own.
func private(path string) bool {
	return strings.HasPrefix(path, "/oma/") || strings.HasPrefix(path, "/palaute/") || strings.HasPrefix(path, "/jako/") || strings.HasPrefix(path, "/minun/") || strings.HasPrefix(path, "/vahvista/") || strings.HasPrefix(path, "/lopeta/") || strings.HasPrefix(path, "/tutustuminen/") || strings.HasPrefix(path, askAt+"/")
}

// unindexed tells a page that is a step on the way to another.
func unindexed(path string) bool {
	return path == findAt || strings.HasPrefix(path, "/k/") || strings.HasSuffix(path, "/kerro") || strings.HasSuffix(path, "/juliste")
}

// canonical is this page at the region's own host, without its query. It stands
// on pages read at another, and on those of one person alone it is the front page.
func (v *Visit) canonical() templ.SafeURL {
	path := v.path
	if private(path) || strings.HasPrefix(path, "/kirjaudu/") {
		path = "/"
	}
	return templ.SafeURL(v.full(v.Set(), (&url.URL{Path: path}).EscapedPath()))
}

// URL is the address of a page in this region and language.
func (v *Visit) URL(path string) templ.SafeURL { return templ.SafeURL(v.inLanguage(v.Set(), path)) }

func (v *Visit) inLanguage(l i18n.Language, path string) string {
	out := v.base
	if v.Edition.Programme != nil { // none while the store does not answer
		out += v.Edition.Address(l)
	}
	if path == "/" && out != "" {
		return out + "/"
	}
	return out + path
}

// Tongue is this same page in another language.
type Tongue struct {
	Lang i18n.Language
	URL  templ.SafeURL
	Now  bool
}

// Tongues are the page's languages: the switch keeps the page and its query.
func (v *Visit) Tongues() (all []Tongue) {
	path := v.path
	if v.R.Method != http.MethodGet && v.R.Method != http.MethodHead {
		path = backTo(path)
	}
	if q := v.R.URL.RawQuery; q != "" {
		path += "?" + q
	}
	for _, l := range v.Edition.Sets() {
		all = append(all, Tongue{l, templ.SafeURL(v.inLanguage(l, path)), l == v.Set()})
	}
	return all
}

// T is a sentence of the pages' texts; pairs fill its placeholders.
func (v *Visit) T(key string, pairs ...any) string { return v.Say.T(key, pairs...) }

// N is a sentence with a number in it.
func (v *Visit) N(key string, n int, pairs ...any) string { return v.Say.N(key, n, pairs...) }

// In is a programme's text in the reader's language, in plain Finnish for who reads
// that and where it is said.
func (v *Visit) In(t place.Text) string { return t.In(string(v.Set())) }

// Asset is the address of a built file.
func (v *Visit) Asset(name string) string { return v.Assets.URL(name) }

// current marks the link to the page the reader is on.
func current(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "page"}
	}
	return nil
}

// picked marks which of several is shown, as a word: an empty attribute says nothing.
func picked(is bool) templ.Attributes {
	if is {
		return templ.Attributes{"aria-current": "true"}
	}
	return nil
}

// Query is one value of the address's query.
func (v *Visit) Query(name string) string { return v.R.URL.Query().Get(name) }

// largestBody is how large a buffer is kept for the next page.
const largestBody = 256 << 10

// Render writes a page.
func (v *Visit) Render(status int, page templ.Component) error {
	v.keeps = v.keeps && status == http.StatusOK && v.Officer == nil && v.flash == ""
	b := v.Server.bodies.Get().(*bytes.Buffer)
	b.Reset()
	defer func() {
		if b.Cap() <= largestBody {
			v.Server.bodies.Put(b)
		}
	}()
	if err := page.Render(v.R.Context(), b); err != nil {
		return err
	}
	v.keep()
	if v.keeps && v.W.Header()["Set-Cookie"] == nil {
		k := v.makeReady(v, "text/html; charset=utf-8", b.Bytes())
		v.Server.ready.pages.Set(v.key, k)
		v.page, v.status = k, v.sendKept(v.W, v.R, k)
		return nil
	}
	v.status = status
	v.send(v.W, v.R, status, "text/html; charset=utf-8", b.Bytes(), !private(v.path))
	return nil
}

// Go sends the reader to another page of this region and language.
func (v *Visit) Go(path string) error {
	v.keep()
	v.status = http.StatusSeeOther
	http.Redirect(v.W, v.R, v.inLanguage(v.Set(), path), http.StatusSeeOther)
	return nil
}

// Tell has the next page say something once at its top.
func (v *Visit) Tell(text string) {
	v.signs().Put(v.R.Context(), "flash", text)
}

// Form is what a person sent, and what was wrong with it: a page shows it again
// so that nothing typed is lost.
type Form struct {
	Values url.Values
	Wrong  fault.Many
	say    *i18n.Printer
}

// Form is the form of this request.
func (v *Visit) Form() *Form { return &Form{Values: v.R.PostForm, say: v.Say} }

// Blank is an empty form with first values.
func (v *Visit) Blank(pairs ...string) *Form {
	f := &Form{Values: url.Values{}, say: v.Say}
	for i := 0; i+1 < len(pairs); i += 2 {
		f.Values.Add(pairs[i], pairs[i+1])
	}
	return f
}

// Get is one value of the form.
func (f *Form) Get(name string) string { return f.Values.Get(name) }

// Has tells whether a box or choice with this value was picked.
func (f *Form) Has(name, value string) bool { return slices.Contains(f.Values[name], value) }

// Refuse puts the mistakes of err into the form. Only what the person can mend
// goes there: any other error is given back.
func (f *Form) Refuse(err error) error {
	switch fault.CodeOf(err) {
	case fault.Invalid, fault.Conflict:
		f.Wrong = append(f.Wrong, fault.List(err)...)
		return nil
	}
	return err
}

// Error is the sentence for the first mistake in a field, "" when it is right.
func (f *Form) Error(field string) string {
	for _, e := range f.Wrong {
		if e.Field == field {
			return f.say.Fault(e)
		}
	}
	return ""
}

// Mistake is a line of the summary above a refused form.
type Mistake struct{ Field, Text string }

// Mistakes lists everything wrong, in order.
func (f *Form) Mistakes() (all []Mistake) {
	for _, e := range f.Wrong {
		all = append(all, Mistake{e.Field, f.say.Fault(e)})
	}
	return all
}

// fail renders an error as a page: what happened and what to do. The log reads
// the cause, the person does not.
func (v *Visit) fail(err error) {
	code := fault.CodeOf(err)
	status := cmp.Or(v.instead, statusOf(code))
	level := v.Log.Info
	if status >= 500 {
		level = v.Log.Error
	}
	level("page refused", "pattern", v.pattern, "method", v.R.Method, "code", string(code), "error", err.Error())
	if v.status != 0 {
		return // the page was already being written
	}
	var page templ.Component
	switch {
	case v.Edition.Programme == nil || v.path == "": // not even found what page it would be
		var b bytes.Buffer
		if err := awayPage(v, fault.List(err)[0], v.typed()).Render(v.R.Context(), &b); err != nil {
			v.Log.Error("the page about an error failed", "error", err)
		}
		v.status = http.StatusServiceUnavailable
		v.send(v.W, v.R, v.status, "text/html; charset=utf-8", b.Bytes(), false)
		return
	case code == fault.Busy && v.R.Method == http.MethodPost && len(v.R.PostForm) > 0:
		page = busyPage(v, fault.List(err)[0], v.cleaned().Values)
	case code == fault.SignIn && v.R.Method == http.MethodPost:
		page = expiredPage(v, v.R.PostForm)
	case code == fault.TooMany && v.R.Method == http.MethodPost && len(v.R.PostForm) > 0:
		page = slowedPage(v, v.cleaned().Values)
	case code == fault.SignIn:
		_ = v.Go("/kirjaudu?" + url.Values{"jatka": {v.path}}.Encode())
		return
	default:
		page = faultPage(v, fault.List(err)[0])
	}
	if code == fault.TooMany {
		v.W.Header().Set("Retry-After", "60")
	}
	if err := v.Render(status, page); err != nil {
		v.Log.Error("the page about an error failed", "error", err)
		http.Error(v.W, v.Say.Fault(fault.New(fault.Internal, "internal")), http.StatusInternalServerError)
	}
}

// typed is what a form sent that nothing could be done with yet, nil when it is not
// from a page of ours or cannot be read.
func (v *Visit) typed() url.Values {
	if v.R.Method != http.MethodPost || v.guard.Check(v.R) != nil {
		return nil
	}
	if isForm(v.R) { // its files are not kept, as anywhere
		defer v.letGo()
		if err := v.readForm(false); err != nil {
			return nil
		}
		return v.cleaned().Values
	}
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxBody)
	if err := v.R.ParseForm(); err != nil {
		return nil
	}
	return v.cleaned().Values
}

func statusOf(code fault.Code) int {
	switch code {
	case fault.Invalid:
		return http.StatusUnprocessableEntity
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.SignIn:
		return http.StatusUnauthorized
	case fault.Conflict:
		return http.StatusConflict
	case fault.Gone:
		return http.StatusGone
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Busy:
		return http.StatusServiceUnavailable
	}
	return http.StatusInternalServerError
}

// backTo is the page a form's address belongs to, for the language switch on a
// page that answers a POST.
func backTo(path string) string {
	switch {
	case strings.HasPrefix(path, "/palaute/"), strings.HasPrefix(path, "/jako/"):
		return strings.TrimSuffix(path, "/poisto")
	case strings.HasPrefix(path, "/minun/"):
		return strings.Join(strings.Split(path, "/")[:3], "/")
	case strings.HasPrefix(path, "/oma/"), strings.HasPrefix(path, "/toimisto/"):
		parts := strings.Split(path, "/")
		return strings.Join(parts[:min(len(parts), 4)], "/")
	}
	return path
}
