package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"kokko/edge/notify"
	"kokko/edge/web"
	"kokko/edge/web/assets"
	"kokko/ground/archive"
	"kokko/ground/fault"
	"kokko/ground/i18n"
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
	"kokko/journey/project"
	"kokko/journey/retention"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/programmes"
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
	"kokko/schema"
)

type serveCommand struct {
	Listen string        `help:"Address to serve the site at." default:"localhost:8080" env:"KOKKO_LISTEN" placeholder:"ADDR"`
	Watch  string        `help:"Address of health, readiness and metrics; never open it to the world. A free port is taken when the default one is in use." default:"localhost:8081" env:"KOKKO_WATCH" placeholder:"ADDR"`
	Proxy  []string      `help:"Addresses (CIDR) of proxies of yours whose X-Forwarded-For is believed, for limits per sender." env:"KOKKO_PROXY" placeholder:"CIDR"`
	Pace   int           `help:"How many letters a second leave for followers at most; 0 for as many as the mail server takes." default:"20" env:"KOKKO_MAIL_PACE"`
	Drain  time.Duration `help:"How long open requests may take after a stop signal." default:"20s" env:"KOKKO_DRAIN"`
	Lease  time.Duration `help:"How long work stays with a process that has gone silent, before another takes it." default:"1m" env:"KOKKO_LEASE" hidden:""` // hidden: for who kills processes to see what happens
}

// countEvery is how often what was written is counted for the search's ranking.
const countEvery = 15 * time.Second

// pairEvery is how often what has come is looked at for sparks of the same matter.
const pairEvery = 10 * time.Minute

// Run serves until the context ends, then drains.
func (c *serveCommand) Run(ctx context.Context, h *house) error {
	if h.SMTP != "" { // told of now, not by letters that never leave
		if _, err := mail.ParseURL(h.SMTP); err != nil {
			var parts []string
			for _, e := range fault.List(err) {
				parts = append(parts, e.Field)
			}
			return errors.New(h.say.T("cli.smtp.wrong", "parts", strings.Join(parts, ", ")))
		}
	}
	db, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := h.migrate(ctx, db); err != nil {
		return err
	}
	h.tellDictionary()
	leave, err := db.Announce(ctx, h.clock, h.log)
	if err != nil {
		return err
	}
	defer leave()

	var proxies []netip.Prefix
	for _, p := range c.Proxy {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return fmt.Errorf("--proxy: %w", err)
		}
		proxies = append(proxies, prefix.Masked())
	}
	listener, err := net.Listen("tcp", c.Listen)
	if err != nil {
		return err
	}
	site := h.site(listener.Addr().String())
	programmesOf := programme.NewService(db, h.clock, h.ids, programmes.Files())
	offices := office.New(db, h.clock, h.ids)
	if err := h.begin(ctx, db, programmesOf, offices); err != nil {
		return err
	}

	look, err := assets.New()
	if err != nil {
		return err
	}
	runner := jobs.New(db, h.clock, h.ids, h.log, jobs.Options{Lease: c.Lease})
	outbox := mail.NewOutbox(db, h.clock, h.ids, h.log, h.way(db))
	outbox.Pace(c.Pace)
	outbox.Bind(runner)
	styles := style.New(db, h.clock, h.ids)
	finds, err := h.index(ctx, db)
	if err != nil {
		return err
	}
	postman := &notify.Postman{Index: finds, DB: db, Clock: h.clock, Texts: h.texts, Programmes: programmesOf, Styles: styles, Outbox: outbox, Site: site,
		Settings: func(ctx context.Context, region string) (mail.Settings, error) {
			return h.mailSettings(ctx, db, region)
		}}
	postman.Bind(runner)
	sessions := session.New(db, h.clock)
	addresses := address.New(db, h.clock, h.ids)
	shares := share.New(db, h.clock, h.ids)
	actors := actor.New(db, h.clock, h.ids).Indexed(finds)
	know := knowing(db, h, finds, actors)
	sparks, guard := spark.New(db, h.clock, h.ids).Indexed(finds).Knowing(know), trust.New(db, h.clock)
	comments := comment.New(db, h.clock, h.ids, sparks).Knowing(know)
	rings := ring.New(db, h.clock, h.ids, sparks).Knowing(know).Tying(actors)
	retention.New(db, h.clock, h.ids, sparks).Bind(runner)
	networks := network.NewMemory(db, h.clock)
	introductions := introduction.New(db, h.clock, h.ids, sparks, actors).Proposing(know, networks)
	forecasts := forecast.New(db, h.clock, h.ids, forecast.Rules(programmesOf)).Through(network.NewCounted(db, h.clock))
	forecasts.Bind(runner, sparks, shares)
	whom := asking.New(db, h.clock, h.ids, actors, addresses)
	events := event.New(db, h.clock, h.ids)
	collisions, tables := collision.New(db, h.clock, h.ids, actors, finds), table.New(db, h.clock, h.ids, sparks, actors).Indexed(finds)
	lending := asset.New(db, h.clock, h.ids).Indexed(finds)
	projects, ties := project.New(db, h.clock, actors).Indexed(finds).Knowing(know), network.New(db, h.clock, h.ids)
	projects.Bind(runner, ties, placesOf(programmesOf))
	actors.Tell(network.Heard)
	actors.Tell(forecasts.Heard)
	ties.Tell(asking.Follow)
	actors.TellNoted(network.Noted)
	intakes := intake.New(db, h.clock, h.ids, sparks, projects)
	intakes.Bind(runner, web.IntakeGround(programmesOf))
	wanted := demand.New(db, h.clock)
	measures := measure.New(db, h.clock, know, networks, programmesOf)
	measures.Bind(runner)
	runner.Every("sweep", jobs.Daily(3, 40), func(ctx context.Context) error {
		return h.sweep(ctx, db, func(ctx context.Context, region string) error {
			return errors.Join(sessions.Sweep(ctx, region), outbox.ForgetArrivals(ctx, region, h.clock.Now().Add(-mail.ArrivalsKept)), outbox.ForgetCirculars(ctx, region, h.clock.Now().Add(-mail.CircularsKept)), sparks.Sweep(ctx, region), comments.Sweep(ctx, region), guard.Sweep(ctx, region), addresses.Sweep(ctx, region), wanted.Sweep(ctx, region), shares.Sweep(ctx, region), intakes.Sweep(ctx, region), know.Sweep(ctx, region), events.Sweep(ctx, region), collisions.Sweep(ctx, region), rings.Sweep(ctx, region), ties.SweepFiles(ctx, region))
		})
	})
	// The rows of an earlier version, and those of a new region: counted once.
	runner.Every("places", jobs.Interval(10*time.Minute), func(ctx context.Context) error {
		return h.sweep(ctx, db, func(ctx context.Context, region string) error {
			if done, err := spark.PlacesCounted(ctx, db, region); err != nil || done {
				return err
			}
			return sparks.CountPlaces(ctx, region)
		})
	})

	// Nobody who asks who could help waits for the memory to be brought up to date.
	runner.Every("knowhow", jobs.Interval(countEvery), func(ctx context.Context) error { return h.sweep(ctx, db, know.Warm) })
	runner.Every("demand", jobs.Interval(countEvery), wanted.Keep)
	runner.Every("search", jobs.Interval(countEvery), func(ctx context.Context) error { return h.countAndRenew(ctx, db, finds) })
	runner.Every("assets", jobs.Daily(9, 10), func(ctx context.Context) error {
		return h.sweep(ctx, db, func(ctx context.Context, region string) error {
			place, err := placesOf(programmesOf)(ctx, region)
			if err == nil {
				err = lending.Own(ctx, region, place)
			}
			return errors.Join(err, lending.Keep(ctx, region))
		})
	})
	runner.Every("event.remind", jobs.Daily(9, 0), func(ctx context.Context) error { return h.sweep(ctx, db, events.Remind) })
	runner.Every("introduction.walk", jobs.Daily(8, 45), func(ctx context.Context) error { return h.sweep(ctx, db, introductions.Walk) })
	runner.Every("introduction.propose", jobs.Weekly(time.Monday, 6, 20), func(ctx context.Context) error { return h.sweep(ctx, db, introductions.Propose) })
	runner.Every("forecast.score", jobs.Daily(4, 20), func(ctx context.Context) error { return h.sweep(ctx, db, forecasts.Score) })
	runner.Every("asking.walk", jobs.Daily(4, 10), func(ctx context.Context) error { return h.sweep(ctx, db, whom.Walk) })
	runner.Every("table.remind", jobs.Daily(8, 40), func(ctx context.Context) error { return h.sweep(ctx, db, tables.Remind) })
	runner.Every("ring.remind", jobs.Daily(8, 30), func(ctx context.Context) error { return h.sweep(ctx, db, rings.Remind) })

	pairs := alike.New(db, h.clock, finds)
	runner.Every("pairs", jobs.Interval(pairEvery), func(ctx context.Context) error { return h.sweep(ctx, db, pairs.Walk) })

	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	took := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "kokko_page_seconds", Help: "Time to answer a request, by route and status.",
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5}}, []string{"route", "status"})
	registry.MustRegister(took)
	work := func(state func(jobs.Stats) float64) func() float64 {
		return func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			s, err := runner.Stats(ctx)
			if err != nil {
				return -1
			}
			return state(s)
		}
	}
	for state, read := range map[string]func(jobs.Stats) float64{
		"waiting": func(s jobs.Stats) float64 { return float64(s.Waiting) },
		"running": func(s jobs.Stats) float64 { return float64(s.Running) },
		"dead":    func(s jobs.Stats) float64 { return float64(s.Dead) },
	} {
		registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kokko_jobs", Help: "Background jobs by state; -1 when the store does not answer.", ConstLabels: prometheus.Labels{"state": state}}, work(read)))
	}

	pages := web.New(web.Parts{
		Actors: actors, Lending: lending, Know: know, Ties: ties, Network: networks, Intake: intakes, Events: events, Index: finds, Alike: pairs, Demand: wanted, DB: db, Clock: h.clock, Texts: h.texts, Programmes: programmesOf, Office: offices, Sessions: sessions, Styles: styles,
		Sparks: sparks, Comments: comments, Rings: rings, Introductions: introductions, Forecasts: forecasts, Asking: whom, Trust: guard, Files: attachment.New(h.clock, h.ids, sparks), Feedback: feedback.New(db, h.clock, h.ids), Challenges: challenge.New(db, h.clock, h.ids), Addresses: addresses, Shares: shares, Letters: postman, Outbox: outbox, Jobs: runner, Assets: look, Log: h.log, Site: site, Version: version, Proxies: proxies,
		Collisions: collisions, Tables: tables, Measures: measures,
		Watch: func(route, _ string, status int, t time.Duration) {
			took.WithLabelValues(route, fmt.Sprint(status)).Observe(t.Seconds())
		},
	})
	server := &http.Server{Handler: pages, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: time.Minute, WriteTimeout: time.Minute, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return runner.WokenBy(context.Background()) }}
	watch, watching, err := c.watch(db, registry, h)
	if err != nil {
		return err
	}

	runner.Start(context.WithoutCancel(ctx))
	go h.warm(ctx, db, know.Warm)
	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	go func() { failed <- watch.Serve(watching) }()
	if err := h.greet(ctx, db, sessions, site, watching.Addr().String()); err != nil {
		h.log.Error("no sign-in link could be made", "error", err)
	}

	debug.FreeOSMemory() // what reading texts and words has left: some 30 MB, most of which is never needed again

	select {
	case <-ctx.Done():
		h.log.Info("stopping: open requests are answered first", "within", c.Drain.String())
	case err = <-failed:
	}
	stopping, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.Drain)
	defer cancel()
	stopped := errors.Join(server.Shutdown(stopping), runner.Stop(stopping), watch.Shutdown(stopping))
	if errors.Is(err, http.ErrServerClosed) {
		err = nil
	}
	return errors.Join(err, stopped)
}

// knowing is what people and organisations know, with all that tells of it.
func knowing(db *store.DB, h *house, finds *search.Index, actors *actor.Service) *knowhow.Service {
	return knowhow.New(db, h.clock, h.ids, finds, actors).From(spark.Knowing, comment.Knowing, ring.Knowing, project.Knowing)
}

// placesOf tells the names of a region's places.
func placesOf(p *programme.Service) func(ctx context.Context, region string) (func(string) bool, error) {
	return func(ctx context.Context, region string) (func(string) bool, error) {
		e, err := p.Current(ctx, region)
		return actor.Places(e), err
	}
}

// migrate brings the store up to this program, after a backup when there is
// something to lose, and what people said yes to with it.
func (h *house) migrate(ctx context.Context, db *store.DB) error {
	pending, at, err := db.Pending(ctx, schema.Files)
	if err != nil {
		return err
	}
	if len(pending) == 0 {
		return h.askAnew(ctx, db)
	}
	if at > 0 {
		folder := filepath.Join(h.Data, "backups")
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return err
		}
		path := filepath.Join(folder, fmt.Sprintf("before-%d-%s.kokko", pending[len(pending)-1], h.clock.Now().Format("20060102-150405")))
		h.log.Info("backs up before the upgrade, which takes minutes when there is much", "file", path)
		if _, err := archive.File(ctx, db, path, h.meta()); err != nil {
			return err
		}
		h.log.Info("backed up before the upgrade", "file", path)
	}
	if err := db.Migrate(ctx, schema.Files, 0); err != nil {
		return err
	}
	return h.askAnew(ctx, db)
}

// askAnew has no yes hold that was given to earlier words of a choice, before any command
// reads it: after an upgrade, after an older archive was loaded, and whenever a store is
// opened to be worked with. Where that has been done it costs a row read for each choice.
func (h *house) askAnew(ctx context.Context, db *store.DB) error {
	actors := actor.New(db, h.clock, h.ids)
	actors.Tell(network.Heard)
	actors.Tell(forecast.New(db, h.clock, h.ids, forecast.Rules(programme.NewService(db, h.clock, h.ids, programmes.Files()))).Heard)
	return h.sweep(ctx, db, func(ctx context.Context, region string) error {
		n, err := actors.AskAnew(ctx, region)
		if n > 0 {
			h.log.Warn("what people allow is asked anew: the words of a choice say more than when they said yes", "region", region, "answers", n)
		}
		return err
	})
}

// begin gives an empty installation its first region: the Kouvola example with an
// invented office of two.
func (h *house) begin(ctx context.Context, db *store.DB, p *programme.Service, offices *office.Service) error {
	served, err := programme.Regions(ctx, db)
	if err != nil || len(served) > 0 {
		return err
	}
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return err
	}
	e, err := p.Publish(ctx, programmes.Kouvola, source, "kokko "+version, "", seedTemplates)
	if err != nil {
		return err
	}
	for i, role := range []office.Role{office.Manager, office.Planner} {
		title := string(role)
		if i < len(e.Office.Roles) {
			title = e.Office.Roles[i].Name.In("fi")
		}
		phone := e.Office.Phone
		if phone == "" {
			phone = "000 000 0000" // nobody's: the example's officers are invented
		}
		_, err := offices.Hire(ctx, office.Officer{Region: e.Region.ID, Role: role, Title: title, Language: "fi", MondayMail: true, Phone: phone,
			Name: h.texts.For(i18n.Finnish).T("cli.example." + string(role)), Email: string(role) + "@" + e.Region.ID + ".example"})
		if err != nil {
			return err
		}
	}
	return h.askQuestions(ctx, db, e)
}

// questionsOpen is for how long the example's first questions are open.
const questionsOpen = 180

// askQuestions opens, in the example, the programme's questions that are written
// out whole: enough to see what an open question is.
func (h *house) askQuestions(ctx context.Context, db *store.DB, e programme.Edition) error {
	questions, today := challenge.New(db, h.clock, h.ids), office.Today(h.clock)
	for _, q := range e.Challenges {
		if q.Title.Empty() {
			continue
		}
		d := challenge.Suggested(e.Programme, q)
		d.Opens, d.Closes = today, today.Add(questionsOpen)
		c, err := questions.Make(ctx, e.Region.ID, e, d)
		if err == nil {
			_, err = questions.Publish(ctx, challenge.Act{Region: e.Region.ID, Challenge: c.ID})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// seedTemplates gives a region the answer templates of its programme file.
func seedTemplates(ctx context.Context, tx *store.Tx, e programme.Edition) error {
	var all []office.Template
	for i, a := range e.Answers {
		for _, l := range e.Languages {
			all = append(all, office.Template{ID: a.ID, Language: l, For: string(a.Purpose), Name: a.Title.In(l), Body: a.Body.In(l), Place: i})
		}
	}
	return office.SeedTemplates(ctx, tx, e.Region.ID, all)
}

// sweep removes in every region what opens nothing any more or is of no use after a
// night or two: expired links and sessions, traces of what has come. What an
// office keeps for so many months goes by journey/retention.
func (h *house) sweep(ctx context.Context, db *store.DB, each func(ctx context.Context, region string) error) error {
	served, err := programme.Regions(ctx, db)
	for _, s := range served {
		err = errors.Join(err, each(ctx, s.ID))
	}
	return err
}

// warm has what is known read from the start on: the first who asks would wait for it. What
// fails is tried again by the periodic work and by who asks.
func (h *house) warm(ctx context.Context, db *store.DB, each func(ctx context.Context, region string) error) {
	if err := h.sweep(ctx, db, each); err != nil && ctx.Err() == nil {
		h.log.Warn("what everybody knows could not be read", "error", err)
	}
}

// greet prints where the site is and, while the office's people have never signed
// in by mail, a link for its manager.
func (h *house) greet(ctx context.Context, db *store.DB, sessions *session.Service, site, watch string) error {
	a, err := programme.Where(ctx, db, site)
	if err != nil {
		return err
	}
	fmt.Fprintf(h.out, "\n  %s\n\n", h.say.T("cli.serving", "url", site+"/"))
	for _, s := range a.All {
		staff, err := office.Officers(ctx, db, s.ID)
		if err != nil {
			return err
		}
		if len(staff) == 0 {
			fmt.Fprintf(h.out, "  %s\n\n", h.say.T("cli.programme.nobody", "region", s.ID))
			continue
		}
		if !s.Example {
			continue
		}
		if settings, err := h.mailSettings(ctx, db, s.ID); err == nil && !settings.IsZero() { // else nobody expects letters
			fmt.Fprintf(h.out, "  %s\n\n", h.say.T("cli.doctor.mail.example", "region", s.ID))
		}
		secret, o, err := h.managerLink(ctx, db, sessions, s.ID)
		if err != nil {
			return err
		}
		fmt.Fprintf(h.out, "  %s\n  %s\n\n", h.say.T("cli.sign_in", "name", o.Name, "region", s.ID), a.Root(s.ID)+"/kirjaudu/"+secret)
	}
	fmt.Fprintf(h.out, "  %s\n\n", h.say.T("cli.watching", "url", "http://"+watch))
	return nil
}

// managerLink makes a sign-in link for a region's first manager.
func (h *house) managerLink(ctx context.Context, db *store.DB, sessions *session.Service, region string) (string, office.Officer, error) {
	all, err := office.Officers(ctx, db, region)
	if err != nil {
		return "", office.Officer{}, err
	}
	for _, o := range all {
		if o.Active && o.Role == office.Manager {
			secret, err := sessions.Print(ctx, o)
			return secret, o, err
		}
	}
	return "", office.Officer{}, errors.New("no active manager in " + region)
}

// watch is the operator's own listener: alive, ready, metrics.
func (c *serveCommand) watch(db *store.DB, registry *prometheus.Registry, h *house) (*http.Server, net.Listener, error) {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "alive") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
		defer cancel()
		if _, err := programme.Regions(ctx, db); err != nil {
			h.log.Error("not ready", "error", err)
			http.Error(w, "the store does not answer", http.StatusServiceUnavailable)
			return
		}
		if err := db.Trouble(); err != nil {
			http.Error(w, "the store can be read and not written: "+h.explain(err), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	l, err := net.Listen("tcp", c.Watch)
	if err != nil && c.Watch == "localhost:8081" {
		l, err = net.Listen("tcp", "localhost:0")
	}
	return server, l, err
}
