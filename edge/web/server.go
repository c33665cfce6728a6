package web

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"embed"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/netip"
	"net/url"
	"path"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/alexedwards/scs/v2"
	quickly "github.com/klauspost/compress/gzip"
	"github.com/maypok86/otter/v2"

	"kokko/edge/limit"
	"kokko/edge/postcard"
	"kokko/edge/web/assets"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/alike"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/collision"
	"kokko/journey/comment"
	"kokko/journey/event"
	"kokko/journey/forecast"
	"kokko/journey/intake"
	"kokko/journey/introduction"
	"kokko/journey/measure"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/asset"
	"kokko/region/demand"
	"kokko/region/feedback"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/search"
	"kokko/region/session"
	"kokko/region/style"
	"kokko/region/trust"
)

// Texts are the pages' sentences in every language.
//
//go:embed texts
var Texts embed.FS

// Letters is the mails a page itself sets off; edge/notify writes them.
type Letters interface {
	SignIn(ctx context.Context, tx *store.Tx, to office.Officer, link string) error
	Confirm(ctx context.Context, tx *store.Tx, l address.Letter, what string) error
	Trial(ctx context.Context, region string, to string) (mail.Transcript, error)
	Leave(ctx context.Context, region string) (bool, error)
	Again(ctx context.Context, region string, circular, recipient ident.ID, also func(ctx context.Context, tx *store.Tx) error) error
}

// Parts is what the pages stand on.
type Parts struct {
	DB         *store.DB
	Clock      clock.Clock
	Texts      *i18n.Bundle
	Programmes *programme.Service
	Office     *office.Service
	Sessions   *session.Service
	Sparks     *spark.Service
	Feedback   *feedback.Service
	Events     *event.Service
	Collisions *collision.Service // events where people change tables on purpose
	Tables     *table.Service     // partnership tables
	Intake     *intake.Service
	Challenges *challenge.Service
	Comments   *comment.Service
	Rings      *ring.Service // the people round sparks
	Actors     *actor.Service
	Lending    *asset.Service // what the region has to lend or share
	Ties       *network.Service
	Network    *network.Memory  // who is tied to whom, in memory
	Know       *knowhow.Service // what people and organisations know, and who is found by it
	Index      *search.Index    // what is found, and what is alike
	Alike      *alike.Service   // which sparks may be the same
	Demand     *demand.Service  // what is looked for in vain
	Measures   *measure.Service // how the programme fares
	Addresses  *address.Service
	Shares     *share.Service // links people made to tell a spark onward
	Trust      *trust.Service
	Files      *attachment.Service // pictures and files of sparks
	Styles     *style.Service
	Letters    Letters
	Outbox     *mail.Outbox
	Jobs       *jobs.Runner
	Assets     *assets.Assets
	Log        *slog.Logger

	Introductions *introduction.Service
	Forecasts     *forecast.Service
	Asking        *asking.Service // whom people would ask

	// Site is the address people reach the site at, "https://kokko.example.fi";
	// an https site marks its cookies Secure.
	Site string
	// Version is which Kokko this is, "" for a build nobody numbered.
	Version string
	// Proxies are the addresses whose X-Forwarded-For is believed, for the limits
	// per network prefix.
	Proxies []netip.Prefix
	// Watch hears of every answered request; nil when nobody measures.
	Watch func(pattern, method string, status int, took time.Duration)
}

// Server answers requests. Safe for concurrent use.
type Server struct {
	Parts
	mux               *http.ServeMux
	guard             *http.CrossOriginProtection
	routes            map[string]route
	limits            *limit.Limits
	packers, quick    sync.Pool // of packer, for pages that are kept and for others
	pieces            sync.Pool // of *flate.Writer, for pieces of pages that are kept
	bodies            sync.Pool // of *bytes.Buffer, for pages that are being made
	ready             *ready
	readings          *otter.Cache[string, reading]
	sightings         *sightings
	press             *postcard.Press      // draws pictures of sparks
	heads             map[bool]http.Header // of every page, by whether the site is https; never changed
	varies, asksAgain []string             // header values of kept pages
	onDisk            atomic.Int64         // bytes of uploads on the disk
	mu                sync.Mutex           // owns signed
	signed            map[string]*scs.SessionManager
	regions           struct {
		sync.Mutex // owns the rest
		all        programme.Addresses
		looked     time.Time
		moment     store.Moment
	}
}

// New gives a Server; it reads no store yet.
func New(p Parts) *Server {
	s := &Server{Parts: p, mux: http.NewServeMux(), guard: http.NewCrossOriginProtection(), routes: map[string]route{}, signed: map[string]*scs.SessionManager{}}
	s.limits, s.ready = limit.New(p.Clock, p.Proxies...), newReady()
	s.readings = otter.Must(&otter.Options[string, reading]{MaximumWeight: readingsKept, Weigher: func(_ string, r reading) uint32 { return r.weight() }})
	s.heads = map[bool]http.Header{true: heads(true), false: heads(false)}
	s.varies, s.asksAgain = []string{"Accept-Encoding, Cookie"}, []string{"private, no-cache"}
	s.sightings = newSightings(p.Clock)
	s.press = postcard.New()
	s.packers.New = func() any {
		z, _ := gzip.NewWriterLevel(nil, packLevel) // a level that exists does not fail
		return z
	}
	s.pieces.New = func() any {
		z, _ := flate.NewWriter(nil, packLevel)
		return z
	}
	s.bodies.New = func() any { return new(bytes.Buffer) }
	s.quick.New = func() any {
		z, _ := quickly.NewWriterLevel(nil, packOnce)
		return z
	}
	for _, r := range routes() {
		s.routes[r.pattern] = r
		s.mux.HandleFunc(r.pattern, func(_ http.ResponseWriter, req *http.Request) {
			v := req.Context().Value(visitKey{}).(*Visit)
			v.R = req
			v.failed = s.run(v, r)
		})
	}
	return s
}

// maxBody bounds what a form without files may send, and the words of one with
// files; more is answered with a page that says so.
const maxBody = 1 << 20

// longestAddress bounds an address with its question: pages say it again, for each
// language, so that a giant one would make a page many times its size.
const longestAddress = 16 << 10

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	began := s.Clock.Now()
	if strings.HasPrefix(r.URL.Path, "/assets/") {
		s.Assets.ServeHTTP(w, r)
		return
	}
	maps.Copy(w.Header(), s.heads[r.TLS != nil || strings.HasPrefix(s.Site, "https:")])
	key, may := readyKey(r)
	if may {
		if k, ok := s.keptReady(r.Context(), key); ok && !(k.guarded && s.limits.Spent(wrongCode, r)) {
			status := s.sendKept(w, r, k)
			if s.Watch != nil {
				s.Watch(k.pattern, r.Method, status, s.Clock.Now().Sub(began))
			}
			return
		}
	}
	v := &Visit{Server: s, W: w, R: r, given: r, Lang: i18n.Finnish}
	if may {
		var err error
		if v.since, err = s.DB.Moment(r.Context()); err == nil { // before anything of the page is read
			v.key = key
		}
	}
	v.Say = s.Parts.Texts.For(i18n.Finnish)
	defer func() {
		if p := recover(); p != nil {
			if p == http.ErrAbortHandler {
				panic(p)
			}
			s.Log.Error("page panicked", "pattern", v.pattern, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
			v.fail(fault.New(fault.Internal, "internal"))
		}
		if s.Watch != nil {
			s.Watch(v.pattern, r.Method, v.status, s.Clock.Now().Sub(began))
		}
	}()
	if err := s.answer(v); err != nil {
		v.fail(err)
	}
}

// heads are on every page: nothing from elsewhere is loaded, framed or told.
func heads(secure bool) http.Header {
	h := http.Header{}
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	if secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
	return h
}

// answer finds region, language and route of a request and runs the route.
func (s *Server) answer(v *Visit) error {
	long := len(v.R.URL.RawQuery)+len(v.R.URL.Path) > longestAddress
	if long {
		short := v.R.Clone(v.R.Context())
		if short.URL = (&url.URL{Path: v.R.URL.Path}); len(short.URL.Path) > longestAddress/8 {
			short.URL.Path = "/"
		}
		v.R, v.given = short, short
	}
	if err := v.find(); err != nil {
		return err
	}
	if long {
		v.instead = http.StatusRequestURITooLong
		return fault.New(fault.NotFound, "page.long")
	}
	if v.moved != "" {
		v.quiet() // it may hold a secret
		if err := v.carry(); err != nil {
			return err
		}
		v.status = http.StatusPermanentRedirect // which keeps a form a form; no-store keeps it from being remembered
		http.Redirect(v.W, v.R, v.moved, v.status)
		return nil
	}
	if private(v.path) {
		v.quiet() // also on the pages about what went wrong there
	}
	inner := v.R.Clone(context.WithValue(v.R.Context(), visitKey{}, v))
	inner.URL = &url.URL{Path: v.path, RawQuery: v.R.URL.RawQuery}
	_, pattern := s.mux.Handler(inner)
	if _, ok := s.routes[pattern]; !ok || path.Clean(v.path) != strings.TrimSuffix(v.path, "/") && v.path != "/" {
		if other := s.otherMethod(inner); other != "" {
			v.W.Header().Set("Allow", other)
			v.instead = http.StatusMethodNotAllowed
			return fault.New(fault.NotFound, "page.method")
		}
		return fault.New(fault.NotFound, "page.none")
	}
	v.pattern = pattern
	s.mux.ServeHTTP(v.W, inner)
	return v.failed
}

// visitKey carries the Visit through the mux, which fills in path values.
type visitKey struct{}

func (s *Server) otherMethod(r *http.Request) string {
	for _, m := range []string{http.MethodGet, http.MethodPost} {
		other := r.Clone(r.Context())
		other.Method = m
		if _, pattern := s.mux.Handler(other); s.routes[pattern].pattern != "" {
			return m
		}
	}
	return ""
}

// run keeps the rules every route is under, then answers.
func (s *Server) run(v *Visit, rt route) error {
	if !rt.plain {
		v.rough = "plain.not"
	}
	if err := s.guard.Check(v.R); err != nil {
		return fault.New(fault.Forbidden, "page.cross_origin").Because(err)
	}
	v.keeps = rt.ready && v.key != "" && rt.asks(v.R.URL.RawQuery)
	files := rt.files && v.R.Method == http.MethodPost && isForm(v.R)
	if v.R.Method == http.MethodPost && !files {
		v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxBody)
		if err := v.R.ParseForm(); err != nil {
			if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
				return v.tooLarge(maxBody).Because(err)
			}
			return fault.New(fault.Invalid, "page.form").Because(err)
		}
	}
	do := func(no error) error {
		if files { // of somebody who may not, only the words are kept, for them to send again
			defer v.letGo()
			v.most = rt.most
			if err := v.readForm(no == nil); err != nil && no == nil {
				return err
			}
		}
		if no != nil {
			return no
		}
		return rt.do(v)
	}
	// What was typed is read first: the page that says "too much" keeps it.
	if rt.limit > 0 && !s.limits.Allow(rt.pattern, v.R, rt.limit) {
		return do(fault.New(fault.TooMany, "page.too_many"))
	}
	if v.keeps { // nobody is signed in
		return v.together(func() error { return do(nil) })
	}
	if rt.access == anyone && !rt.knows {
		return do(nil)
	}
	return v.signed(func() error {
		switch {
		case rt.access == anyone:
			return do(nil)
		case v.Officer == nil:
			return do(fault.New(fault.SignIn, "page.sign_in"))
		case !v.Officer.Role.May(rt.verb, rt.object):
			return do(fault.New(fault.Forbidden, "page.forbidden"))
		}
		return do(nil)
	})
}

// served is the installation's regions and where they are reached, looked at again
// when the store has changed, and every five seconds.
func (s *Server) served(ctx context.Context) (programme.Addresses, error) {
	s.regions.Lock()
	defer s.regions.Unlock()
	now := s.Clock.Now()
	moment, err := s.DB.Moment(ctx)
	if err == nil && moment == s.regions.moment && len(s.regions.all.All) > 0 && now.Sub(s.regions.looked) < 5*time.Second && !now.Before(s.regions.looked) {
		return s.regions.all, nil
	}
	all, err := programme.Where(ctx, s.DB, s.Site)
	if err != nil {
		return all, err
	}
	s.regions.all, s.regions.looked, s.regions.moment = all, now, moment
	return all, nil
}

// manager keeps the sign-ins of one region under one beginning of its paths.
func (s *Server) manager(region, base string) *scs.SessionManager {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := region + " " + base
	m := s.signed[key]
	if m == nil {
		m = s.Sessions.Manager(region, base+"/", s.secure())
		s.signed[key] = m
	}
	return m
}

// secure tells that cookies go over https only.
func (s *Server) secure() bool { return strings.HasPrefix(s.Site, "https:") }

// today is the present day in Finland.
func (s *Server) today() workday.Day { return office.Today(s.Clock) }

// send writes a finished page, packed when the browser takes it.
func (s *Server) send(w http.ResponseWriter, r *http.Request, status int, kind string, body []byte, pack bool) {
	h := w.Header()
	if status == http.StatusServiceUnavailable {
		h.Set("Retry-After", "30")
	}
	h.Set("Content-Type", kind)
	h.Add("Vary", "Accept-Encoding")
	if pack && len(body) > packFrom && takesGzip(r) {
		body = gzipped(&s.quick, body)
		h.Set("Content-Encoding", "gzip")
	}
	h.Set("Content-Length", fmt.Sprint(len(body)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader that went away is no fault of ours
	}
}

// officerID is read from a session.
func officerID(ctx context.Context, m *scs.SessionManager) ident.ID {
	return ident.ID(m.GetInt64(ctx, "officer"))
}
