package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"kokko/ground/archive"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/retention"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/schema"
)

type doctorCommand struct {
	SendTo string `help:"Also send a trial letter to this address and show what the mail server said." placeholder:"EMAIL"`
}

// finding is one line of the doctor's report.
type finding struct {
	mark string // "ok", "look" (works, but) or "bad"
	text string
	more string // the server's own words, a path, a cause
}

// Run checks everything and prints one line a finding; a bad one makes the exit
// code 1.
func (c *doctorCommand) Run(ctx context.Context, h *house) error {
	var all []finding
	add := func(mark, key, more string, pairs ...any) {
		all = append(all, finding{mark, h.say.T("cli.doctor."+key, pairs...), more})
	}
	h.checkFolder(add)
	h.checkClock(add)
	h.checkSite(add)
	h.checkDictionary(add)
	if path := h.missing(); path != "" {
		add("look", "store.none", path)
	} else if db, err := h.open(ctx); err != nil {
		add("bad", "store.unreachable", h.explain(err))
	} else {
		defer db.Close()
		if h.checkStore(ctx, db, add) {
			h.checkRegions(ctx, db, c.SendTo, add)
			h.checkJobs(ctx, db, add)
		}
	}
	bad := 0
	for _, f := range all {
		fmt.Fprintf(h.out, "%-4s  %s\n", map[string]string{"ok": "✓", "look": "!", "bad": "✗"}[f.mark], f.text)
		if f.more != "" {
			fmt.Fprintln(h.out, "      "+strings.ReplaceAll(strings.TrimRight(f.more, "\n"), "\n", "\n      "))
		}
		if f.mark == "bad" {
			bad++
		}
	}
	if bad > 0 {
		fmt.Fprintln(h.out, "\n"+h.say.N("cli.doctor.bad", bad))
		return errSaid
	}
	fmt.Fprintln(h.out, "\n"+h.say.T("cli.doctor.well"))
	return nil
}

type adder func(mark, key, more string, pairs ...any)

// checkFolder looks at the data folder: there, writable, roomy, closed to others.
func (h *house) checkFolder(add adder) {
	info, err := os.Stat(h.Data)
	if errors.Is(err, fs.ErrNotExist) {
		add("look", "folder.none", h.Data)
		return
	}
	if err != nil || !info.IsDir() {
		add("bad", "folder.wrong", fmt.Sprint(h.Data, " ", err))
		return
	}
	f, err := os.CreateTemp(h.Data, ".doctor-*")
	if err != nil {
		add("bad", "folder.readonly", err.Error())
		return
	}
	f.Close()
	os.Remove(f.Name())
	var fsInfo syscall.Statfs_t
	if err := syscall.Statfs(h.Data, &fsInfo); err == nil {
		free := int64(fsInfo.Bavail) * fsInfo.Bsize >> 20
		mark, key := "ok", "disk"
		if free < 1024 {
			mark, key = "look", "disk.low"
		}
		if free < 100 {
			mark = "bad"
		}
		add(mark, key, "", "free", h.say.Number(free), "folder", h.Data)
	}
	if info.Mode().Perm()&0o077 != 0 {
		add("look", "folder.open", fmt.Sprintf("chmod 700 %s", h.Data))
	} else {
		add("ok", "folder.closed", "")
	}
}

// checkClock compares the clock with what can be known without asking anybody.
func (h *house) checkClock(add adder) {
	now := h.clock.Now()
	if now.Year() < 2026 {
		add("bad", "clock.past", now.Format(time.RFC3339))
		return
	}
	add("ok", "clock", "", "now", h.say.DateTime(now), "zone", i18n.Helsinki().String())
}

func (h *house) checkSite(add adder) {
	if h.Site == "" {
		add("look", "site.none", "KOKKO_SITE")
		return
	}
	u, err := url.Parse(h.Site)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || strings.Trim(u.Path, "/") != "":
		add("bad", "site.wrong", h.Site)
	case u.Scheme == "http" && u.Hostname() != "localhost":
		add("look", "site.open", h.Site)
	default:
		add("ok", "site", h.Site)
	}
}

// checkStore looks at the database; false when nothing more can be asked of it.
func (h *house) checkStore(ctx context.Context, db *store.DB, add adder) bool {
	add("ok", "store", db.Name())
	pending, at, err := db.Pending(ctx, schema.Files)
	switch {
	case err != nil:
		add("bad", "store.schema", h.explain(err))
		return false
	case at == 0:
		add("look", "store.empty", "")
		return false
	case len(pending) > 0:
		add("look", "store.pending", fmt.Sprint(pending))
		return false
	}
	if db.Engine == store.Postgres {
		h.checkKeeping(ctx, db, add)
	} else {
		var verdict string
		if err := db.QueryRow(ctx, `PRAGMA quick_check(1)`).Scan(&verdict); err != nil || verdict != "ok" {
			add("bad", "store.damaged", fmt.Sprint(verdict, " ", err))
			return false
		}
		add("ok", "store.whole", "")
	}
	if err := db.TryWrite(ctx); err != nil {
		add("bad", "store.unwritable", h.explain(err))
	}
	served, err := store.Served(ctx, h.clock, db)
	if err != nil {
		add("bad", "store.unreachable", h.explain(err))
		return false
	}
	add("ok", "servers", "", "n", len(served))
	h.checkBackups(ctx, add)
	return true
}

// checkKeeping looks whether PostgreSQL is set to lose what it has acknowledged.
func (h *house) checkKeeping(ctx context.Context, db *store.DB, add adder) {
	var loose []string
	for _, name := range []string{"fsync", "full_page_writes", "synchronous_commit"} {
		var set string
		if err := db.QueryRow(ctx, `SELECT current_setting($1)`, name).Scan(&set); err == nil && set == "off" {
			loose = append(loose, name+" = off")
		}
	}
	if len(loose) > 0 {
		add("look", "store.loose", strings.Join(loose, "\n"))
	}
}

// checkBackups looks at the newest archive in the data folder's own backups.
func (h *house) checkBackups(ctx context.Context, add adder) {
	files, _ := filepath.Glob(filepath.Join(h.Data, "backups", "*.kokko"))
	newest, at := "", time.Time{}
	for _, f := range files {
		if info, err := os.Stat(f); err == nil && info.ModTime().After(at) {
			newest, at = f, info.ModTime()
		}
	}
	if newest == "" {
		add("look", "backup.none", "kokko backup "+filepath.Join(h.Data, "backups", "kokko.kokko"))
		return
	}
	f, err := os.Open(newest)
	if err == nil {
		defer f.Close()
		_, err = archive.Verify(ctx, f)
	}
	if err != nil {
		add("bad", "backup.damaged", newest+"\n"+h.explain(err))
		return
	}
	if h.clock.Now().Sub(at) > 8*24*time.Hour {
		add("look", "backup.old", newest, "ago", h.say.Ago(at, h.clock.Now()))
		return
	}
	add("ok", "backup", newest, "ago", h.say.Ago(at, h.clock.Now()))
}

// checkRegions looks at each region: somebody to answer, a programme that reads,
// mail that leaves.
func (h *house) checkRegions(ctx context.Context, db *store.DB, sendTo string, add adder) {
	where, err := programme.Where(ctx, db, h.site("localhost:8080"))
	if err != nil {
		add("bad", "store.unreachable", h.explain(err))
		return
	}
	service := programme.NewService(db, h.clock, h.ids, nil)
	for _, s := range where.All {
		e, err := service.Current(ctx, s.ID)
		if err != nil {
			add("bad", "programme.wrong", h.explain(err), "region", s.ID)
			continue
		}
		add("ok", "programme", "", "region", s.ID, "at", h.say.DateTime(e.Version.At))
		h.checkAddress(ctx, where, s, add)
		switch o, ok, err := office.Duty(ctx, db, s.ID, office.Today(h.clock)); {
		case err != nil:
			add("bad", "store.unreachable", h.explain(err))
		case !ok:
			add("bad", "office.nobody", "kokko admin hire EMAIL --name NAME --region "+s.ID, "region", s.ID)
		default:
			add("ok", "office", "", "region", s.ID, "name", o.Name)
		}
		h.checkRetention(ctx, db, s, add)
		h.checkMail(ctx, db, s, sendTo, add)
	}
}

// checkRetention tells when what has been kept long enough was last erased: two
// nights without are one too many.
func (h *house) checkRetention(ctx context.Context, db *store.DB, s programme.Served, add adder) {
	runs, err := retention.Runs(ctx, db, s.ID)
	if err != nil {
		add("bad", "store.unreachable", h.explain(err))
		return
	}
	now, last := h.clock.Now(), retention.Last(runs)
	switch {
	case last.IsZero() && now.Sub(s.Created) < 48*time.Hour:
		add("ok", "retention.soon", "", "region", s.ID)
	case last.IsZero():
		add("look", "retention.never", "", "region", s.ID)
	case now.Sub(last) > 48*time.Hour:
		add("look", "retention.late", "", "region", s.ID, "at", h.say.DateTime(last))
	default:
		erased := 0
		for _, r := range runs {
			erased += r.Erased
		}
		add("ok", "retention", "", "region", s.ID, "at", h.say.DateTime(last), "n", erased)
	}
}

// checkMail talks to the mail server and shows its own words.
func (h *house) checkMail(ctx context.Context, db *store.DB, s programme.Served, sendTo string, add adder) {
	settings, err := h.mailSettings(ctx, db, s.ID)
	if err != nil {
		add("bad", "mail.settings", h.explain(err), "region", s.ID)
		return
	}
	if settings.IsZero() {
		add("look", "mail.none", "", "region", s.ID)
		return
	}
	if s.Example {
		add("look", "mail.example", settings.String(), "region", s.ID)
	}
	var trial *mail.Message
	if sendTo != "" {
		trial = &mail.Message{From: settings.From, To: mail.Address{Email: sendTo}, Subject: h.say.T("mail.trial.subject"), Text: h.say.T("mail.trial.text"),
			ID: "doctor." + h.ids.New().String() + "@kokko.invalid", Date: h.clock.Now(), AutoSubmitted: true}
	}
	said, err := mail.Probe(ctx, settings, trial)
	words := said.Text(func(key string, args map[string]any) string {
		var pairs []any
		for k, v := range args {
			pairs = append(pairs, k, v)
		}
		return h.say.T(key, pairs...)
	})
	if err != nil {
		add("bad", "mail.refused", settings.String()+"\n"+words+h.explain(err), "region", s.ID)
		return
	}
	add("ok", "mail", settings.String()+"\n"+words, "region", s.ID)
}

// deadNamed is how many of the jobs that were given up are named.
const deadNamed = 5

// checkJobs looks at the background work. What was given up is named: what is of
// no region is seen by no office where there are several.
func (h *house) checkJobs(ctx context.Context, db *store.DB, add adder) {
	runner := jobs.New(db, h.clock, ident.NewMaker(h.clock), h.log, jobs.Options{})
	stats, err := runner.Stats(ctx)
	if err != nil {
		add("bad", "store.unreachable", h.explain(err))
		return
	}
	if stats.Dead > 0 {
		newest, _, err := runner.Dead(ctx, jobs.Page{Limit: deadNamed})
		if err != nil {
			add("bad", "store.unreachable", h.explain(err))
			return
		}
		var named []string
		for _, j := range newest {
			named = append(named, fmt.Sprintf("%s %s: %.200s", h.say.DateTime(j.Died), j.Kind, strings.ToValidUTF8(j.Error, "")))
		}
		add("look", "jobs.dead", strings.Join(named, "\n"), "n", stats.Dead)
	}
	if !stats.Oldest.IsZero() && h.clock.Now().Sub(stats.Oldest) > 10*time.Minute {
		add("look", "jobs.behind", "", "since", h.say.DateTime(clock.FromMicros(clock.Micros(stats.Oldest))))
		return
	}
	add("ok", "jobs", "", "waiting", stats.Waiting)
}
