package browsertest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdpage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/storage"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// Keys for Press and FollowKeys, beside plain characters.
const (
	Enter  = kb.Enter
	Escape = kb.Escape
	Space  = " "
	Up     = kb.ArrowUp
	Down   = kb.ArrowDown
)

// patience bounds one verb: a small machine may be busy with other tests.
const patience = 60 * time.Second

// Page is one tab. Its verbs fail the test when they cannot be done; a Page is
// used by one goroutine.
type Page struct {
	t       testing.TB
	ctx     context.Context
	scripts bool

	mu       sync.Mutex
	requests []string
	weights  []Weight
	arriving map[network.RequestID]Weight
	console  []string
	dialogs  []string
}

// Weight is what one answer cost on the wire.
type Weight struct {
	URL   string
	Kind  string // Document, Stylesheet, Script, Font, Image …
	Bytes int    // headers and packed body; 0 from the cache
}

// Option sets how a page is seen.
type Option func(*view)

type view struct {
	scripts       bool
	width, height int64
	language      string
	media         string
	features      []*emulation.MediaFeature
}

// JavaScript(false) shows pages as they are without scripts.
func JavaScript(on bool) Option { return func(v *view) { v.scripts = on } }

// Viewport sets the window's size in CSS pixels; 1280 × 900 unless told.
func Viewport(width, height int) Option {
	return func(v *view) { v.width, v.height = int64(width), int64(height) }
}

// Language sets what the browser asks for in Accept-Language; "fi" unless told.
func Language(tag string) Option { return func(v *view) { v.language = tag } }

// Dark asks for dark colours.
func Dark() Option { return feature("prefers-color-scheme", "dark") }

// ForcedColours shows the page with the system's own few colours.
func ForcedColours() Option { return feature("forced-colors", "active") }

// ReducedMotion asks for stillness.
func ReducedMotion() Option { return feature("prefers-reduced-motion", "reduce") }

// Print shows the page as on paper.
func Print() Option { return func(v *view) { v.media = "print" } }

func feature(name, value string) Option {
	return func(v *view) {
		v.features = append(v.features, &emulation.MediaFeature{Name: name, Value: value})
	}
}

// Page opens a new tab.
func (b *Browser) Page(options ...Option) *Page {
	b.t.Helper()
	v := view{scripts: true, width: 1280, height: 900, language: "fi"}
	for _, option := range options {
		option(&v)
	}
	p := &Page{t: b.t, scripts: v.scripts, arriving: map[network.RequestID]Weight{}}
	ctx, cancel := chromedp.NewContext(b.ctx, chromedp.WithListener(p.listen))
	p.ctx = ctx
	b.t.Cleanup(cancel)
	b.t.Cleanup(p.tellFailure) // before the cancel: cleanups run last first
	// The first run of a tab must not have a deadline: it would end the tab.
	p.must("opening a tab", chromedp.Do(ctx,
		chromedp.EmulateViewport(v.width, v.height),
		send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: v.media, Features: v.features}),
		send(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !v.scripts}),
		send(network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{
			Headers: network.Headers{"Accept-Language": v.language},
		}),
	))
	return p
}

// Seen shows the page that is open in another way, without loading it anew: with
// the window, the colours and the motion of the options, the rest as usual.
// JavaScript and language stay what they were.
func (p *Page) Seen(options ...Option) {
	p.t.Helper()
	v := view{width: 1280, height: 900}
	for _, option := range options {
		option(&v)
	}
	do(p, "changing the window", chromedp.EmulateViewport(v.width, v.height))
	do(p, "changing the colours", send(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: v.media, Features: v.features}))
}

// listen records what happens in the tab. It must be quick and send no command.
func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch event := event.(type) {
	case *network.EventRequestWillBeSent:
		p.requests = append(p.requests, event.Request.URL)
	case *network.EventResponseReceived:
		p.arriving[event.RequestID] = Weight{URL: event.Response.URL, Kind: string(event.Type)}
	case *network.EventLoadingFinished:
		if w, ok := p.arriving[event.RequestID]; ok {
			w.Bytes = int(event.EncodedDataLength)
			p.weights = append(p.weights, w)
			delete(p.arriving, event.RequestID)
		}
	case *network.EventWebSocketCreated:
		p.requests = append(p.requests, event.URL)
	case *log.EventEntryAdded:
		p.console = append(p.console, fmt.Sprintf("%s: %s %s", event.Entry.Level, event.Entry.Text, event.Entry.URL))
	case *runtime.EventExceptionThrown:
		text := event.ExceptionDetails.Text
		if thrown := event.ExceptionDetails.Exception; thrown != nil {
			text += " " + thrown.Description
		}
		p.console = append(p.console, "exception: "+text)
	case *cdpage.EventJavascriptDialogOpening:
		p.dialogs = append(p.dialogs, event.Message)
		go func() { // a person who says yes, so that nothing waits for ever
			_ = chromedp.Do(p.ctx, send(cdpage.HandleJavaScriptDialog, cdpage.HandleJavaScriptDialogParams{Accept: true}))
		}()
	}
}

// Open goes to an address and returns the answer's HTTP status.
func (p *Page) Open(address string) int {
	p.t.Helper()
	return p.answer("opening "+address, chromedp.NavigateResponse(address))
}

// Follow clicks something that leads to another page, waits for it and returns
// its HTTP status.
func (p *Page) Follow(selector string) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
	p.must("following "+selector, err)
	return status(answer)
}

// FollowKeys presses keys that lead to another page, as Enter in a form does.
func (p *Page) FollowKeys(keys ...string) int {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.RunResponse(ctx, chromedp.KeyEvent(strings.Join(keys, "")))
	p.must(fmt.Sprintf("pressing %q", keys), err)
	return status(answer)
}

// Back returns to the page before.
func (p *Page) Back() {
	p.t.Helper()
	do(p, "going back", chromedp.NavigateBack())
}

// Click clicks something that stays on the page.
func (p *Page) Click(selector string) {
	p.t.Helper()
	do(p, "clicking "+selector, chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// Fill writes a field anew with the keyboard.
func (p *Page) Fill(selector, text string) {
	p.t.Helper()
	p.empty(selector)
	if text != "" {
		do(p, "writing into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
	}
}

// Paste writes a field anew in one go, for texts too long for the keyboard.
func (p *Page) Paste(selector, text string) {
	p.t.Helper()
	p.empty(selector)
	do(p, "pasting into "+selector, send(input.InsertText, input.InsertTextParams{Text: text}))
}

// empty waits for a field, gives it the focus and takes out what it held.
func (p *Page) empty(selector string) {
	p.t.Helper()
	do(p, "going to "+selector, chromedp.Focus(chromedp.CSS(selector), chromedp.NodeVisible))
	Evaluate[bool](p, "(document.activeElement.value = '', true)")
}

// Choose sets the value of a select.
func (p *Page) Choose(selector, value string) {
	p.t.Helper()
	do(p, "choosing in "+selector, chromedp.SetValue(chromedp.CSS(selector), value))
}

// Attach chooses files of this machine in a file field, as its window would.
func (p *Page) Attach(selector string, files ...string) {
	p.t.Helper()
	do(p, "choosing files in "+selector, chromedp.SetUploadFiles(chromedp.CSS(selector), files))
}

// Press sends keys to what has the focus.
func (p *Page) Press(keys ...string) {
	p.t.Helper()
	do(p, fmt.Sprintf("pressing %q", keys), chromedp.KeyEvent(strings.Join(keys, "")))
}

// Tab moves the focus n steps forward, or backward when n is negative.
func (p *Page) Tab(n int) {
	p.t.Helper()
	var options []chromedp.KeyOption
	if n < 0 {
		n, options = -n, append(options, chromedp.KeyModifiers(kb.ModifierShift))
	}
	for range n {
		do(p, "pressing Tab", chromedp.KeyEvent(kb.Tab, options...))
	}
}

// Element is what a person would say of an element.
type Element struct{ Tag, ID, Name, Text string }

// Focused tells what has the focus, which a script may set a moment after the page is
// shown; body when nothing gets it in two seconds.
func (p *Page) Focused() Element {
	p.t.Helper()
	for tries := 0; ; tries++ {
		at := Evaluate[Element](p, `(e => ({Tag: e.localName, ID: e.id, Name: e.getAttribute('name') || '',
			Text: (e.getAttribute('aria-label') || e.innerText || '').trim().slice(0, 200)}))(document.activeElement)`)
		if at.Tag != "body" || tries == 40 {
			return at
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// WaitFor waits until something is visible.
func (p *Page) WaitFor(selector string) {
	p.t.Helper()
	do(p, "waiting for "+selector, chromedp.WaitVisible(chromedp.CSS(selector)))
}

// Has tells whether the page has such an element just now.
func (p *Page) Has(selector string) bool {
	p.t.Helper()
	return Evaluate[bool](p, "document.querySelector("+quote(selector)+") !== null")
}

// Text gives the visible text of the first such element, "" when there is none.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	// One look inside the page: a node that is looked up first and read after can
	// be gone in between.
	return strings.TrimSpace(Evaluate[string](p, "document.querySelector("+quote(selector)+")?.innerText ?? ''"))
}

// Texts gives the visible text of every such element.
func (p *Page) Texts(selector string) []string {
	p.t.Helper()
	return Evaluate[[]string](p, "Array.from(document.querySelectorAll("+quote(selector)+"), e => e.innerText.trim())")
}

// Value gives what a field holds.
func (p *Page) Value(selector string) string {
	p.t.Helper()
	return do(p, "reading "+selector, chromedp.Value(chromedp.CSS(selector)))
}

// Attribute gives an element's attribute, and "" when it has none.
func (p *Page) Attribute(selector, name string) string {
	p.t.Helper()
	return do(p, "reading "+selector, chromedp.AttributeValue(chromedp.CSS(selector), name)).Value
}

// Title gives the page's title.
func (p *Page) Title() string {
	p.t.Helper()
	return do(p, "reading the title", chromedp.Title())
}

// URL gives the address now in the address bar.
func (p *Page) URL() string {
	p.t.Helper()
	return do(p, "reading the address", chromedp.Location())
}

// Overflow tells how many CSS pixels the page is wider than its window: 0 when
// nothing needs scrolling sideways (WCAG 1.4.10 at a 320 px viewport).
func (p *Page) Overflow() int {
	p.t.Helper()
	return Evaluate[int](p, "document.documentElement.scrollWidth - document.documentElement.clientWidth")
}

// Requests gives every address requested since the tab was opened, in order;
// data: and blob: addresses are among them.
func (p *Page) Requests() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.requests...)
}

// Weights gives what has arrived over the wire since the tab was opened, in order.
func (p *Page) Weights() []Weight {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]Weight(nil), p.weights...)
}

// Foreign gives the requests that went anywhere but to the given origin, as
// "http://127.0.0.1:8080"; data: and blob: never leave the machine.
func (p *Page) Foreign(origin string) []string {
	p.t.Helper()
	home, err := url.Parse(origin)
	p.must("reading the origin", err)
	var foreign []string
	for _, request := range p.Requests() {
		address, err := url.Parse(request)
		switch {
		case err == nil && (address.Scheme == "data" || address.Scheme == "blob" || address.Scheme == "about"):
		case err == nil && address.Scheme == home.Scheme && address.Host == home.Host:
		default:
			foreign = append(foreign, request)
		}
	}
	return foreign
}

// Console gives the browser's own complaints since the tab was opened: uncaught
// exceptions, refused content, failed requests.
func (p *Page) Console() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.console...)
}

// Dialogs gives the questions the page stopped to ask; each was answered yes.
func (p *Page) Dialogs() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return append([]string(nil), p.dialogs...)
}

// Cookies gives every cookie of this person, of whatever site.
func (p *Page) Cookies() []*network.Cookie {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	answer, err := chromedp.CallBrowser(ctx, storage.GetCookies, storage.GetCookiesParams{
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	})
	p.must("reading the cookies", err)
	return answer.Cookies
}

// Screenshot writes the whole page into a PNG file.
func (p *Page) Screenshot(path string) {
	p.t.Helper()
	picture := do(p, "taking a picture", chromedp.FullScreenshot(100))
	p.must("keeping the picture", writeFile(path, picture))
}

// Evaluate runs an expression in the page, also where the page's own scripts are
// off, and waits for it when it is a promise.
func Evaluate[T any](p *Page, expression string) T {
	p.t.Helper()
	return do(p, "evaluating", chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// tellFailure helps whoever reads a failed test: where the page was, what the
// browser said, and a picture.
func (p *Page) tellFailure() {
	if !p.t.Failed() {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, 10*time.Second)
	defer cancel()
	if address, err := chromedp.Run(ctx, chromedp.Location()); err == nil {
		p.t.Logf("the page was %s", address)
	}
	for _, line := range p.Console() {
		p.t.Logf("the browser said %s", line)
	}
	root, err := repository()
	if err != nil {
		return
	}
	test := strings.Map(func(r rune) rune {
		if strings.ContainsRune(`/\: `, r) {
			return '_'
		}
		return r
	}, p.t.Name())
	path := filepath.Join(root, ".cache", "browser", fmt.Sprintf("%s-%.6s.png", test, chromedp.FromContext(p.ctx).Target.TargetID))
	if picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot()); err == nil && writeFile(path, picture) == nil {
		p.t.Logf("a picture of it is %s", path)
	}
}

func (p *Page) must(what string, err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatalf("%s: %v", what, err)
	}
}

// answer runs a navigation and tells its status.
func (p *Page) answer(what string, action chromedp.Action[*network.Response]) int {
	p.t.Helper()
	return status(do(p, what, action))
}

// status is 0 where there was no HTTP, as for about:blank.
func status(answer *network.Response) int {
	if answer == nil {
		return 0
	}
	return int(answer.Status)
}

func writeFile(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, content, 0o644)
}
