package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/region/office"
	"kokko/region/programme"
	"kokko/region/session"
)

type programmeCommand struct {
	Check   checkCommand   `cmd:"" help:"Name every mistake in a programme file with its line and column."`
	Publish publishCommand `cmd:"" help:"Put a programme file in force; earlier versions stay. A new region begins with its first file."`
}

type checkCommand struct {
	File string `arg:"" help:"The programme file (YAML)." type:"existingfile" placeholder:"FILE"`
}

// Run checks a file without any store.
func (c *checkCommand) Run(h *house) error {
	p, err := programme.Load(os.DirFS(filepath.Dir(c.File)), filepath.Base(c.File))
	if err != nil {
		fmt.Fprint(h.errs, programme.Report(err, h.say))
		return errSaid
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.programme.good", "file", filepath.Base(c.File), "name", p.Programme.Name.In(string(h.say.Lang())), "themes", len(p.Themes), "places", len(p.Places)))
	return err
}

type publishCommand struct {
	File string `arg:"" help:"The programme file (YAML)." type:"existingfile" placeholder:"FILE"`
	Note string `help:"Why: kept in the history." placeholder:"TEXT"`
}

// Run publishes a file; the same text as the newest version changes nothing.
func (c *publishCommand) Run(ctx context.Context, h *house) error {
	source, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	db, err := h.open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := h.migrate(ctx, db); err != nil {
		return err
	}
	served, err := programme.Regions(ctx, db)
	if err != nil {
		return err
	}
	service := programme.NewService(db, h.clock, h.ids, os.DirFS(filepath.Dir(c.File)))
	e, err := service.Publish(ctx, filepath.Base(c.File), source, "kokko "+version, c.Note, seedTemplates)
	if err != nil {
		if len(fault.List(err)) > 0 && fault.Is(err, fault.Invalid) {
			fmt.Fprint(h.errs, programme.Report(err, h.say))
			return errSaid
		}
		return err
	}
	said := "cli.programme.published"
	if !slices.ContainsFunc(served, func(s programme.Served) bool { return s.ID == e.Region.ID }) {
		said = "cli.programme.began"
	}
	fmt.Fprintln(h.out, h.say.T(said, "region", e.Region.ID, "at", h.say.DateTime(e.Version.At)))
	for _, s := range served {
		if s.ID == e.Region.ID && s.Slug != e.Region.Slug {
			fmt.Fprintln(h.out, h.say.T("cli.programme.slug", "region", s.ID, "slug", s.Slug, "file", e.Region.Slug))
		}
	}
	staff, err := office.Officers(ctx, db, e.Region.ID)
	if err == nil && len(staff) == 0 {
		fmt.Fprintln(h.out, h.say.T("cli.programme.nobody", "region", e.Region.ID))
	}
	return err
}

type adminCommand struct {
	Link linkCommand `cmd:"" help:"Print a sign-in link for somebody in the office: it works once and for half an hour. It is made of --site."`
	Hire hireCommand `cmd:"" help:"Add somebody to the office."`

	Region regionCommand `cmd:"" help:"Tell where each region is reached, and change it: its host name and the beginning of its addresses."`
}

type linkCommand struct {
	Email  string `arg:"" optional:"" help:"Their address; the region's manager when not given." placeholder:"EMAIL"`
	Region string `help:"Region id; needed when the installation serves several." placeholder:"ID"`
}

// Run prints a link.
func (c *linkCommand) Run(ctx context.Context, h *house) error {
	db, served, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	sessions := session.New(db, h.clock)
	var secret string
	var o office.Officer
	if c.Email == "" {
		secret, o, err = h.managerLink(ctx, db, sessions, served.ID)
	} else if o, err = office.ByEmail(ctx, db, served.ID, c.Email); err == nil {
		secret, err = sessions.Print(ctx, o)
	}
	if err != nil {
		return err
	}
	a, err := programme.Where(ctx, db, h.site("localhost:8080"))
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(h.out, "%s\n%s\n", h.say.T("cli.sign_in", "name", o.Name, "region", served.ID), a.Root(served.ID)+"/kirjaudu/"+secret)
	h.guessed()
	return err
}

type hireCommand struct {
	Email    string `arg:"" placeholder:"EMAIL"`
	Name     string `required:"" help:"Their name, as people outside see it."`
	Title    string `help:"Their title, as people outside see it."`
	Phone    string `help:"The number people can call them at."`
	Role     string `help:"What they may do." enum:"manager,planner,coordinator,viewer" default:"manager"`
	Language string `help:"Language of the mails they get." enum:"fi,sv,en" default:"fi" name:"mails-in"`
	Region   string `help:"Region id; needed when the installation serves several." placeholder:"ID"`
}

// Run adds an officer.
func (c *hireCommand) Run(ctx context.Context, h *house) error {
	db, served, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	o, err := office.New(db, h.clock, h.ids).Hire(ctx, office.Officer{Region: served.ID, Email: c.Email, Name: c.Name, Title: c.Title, Phone: c.Phone, Role: office.Role(c.Role), Language: c.Language, MondayMail: true})
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(h.out, h.say.T("cli.hired", "name", o.Name, "email", o.Email))
	return err
}

// region opens the store and finds the region meant.
func (h *house) region(ctx context.Context, id string) (*store.DB, programme.Served, error) {
	db, err := h.openReady(ctx)
	if err != nil {
		return nil, programme.Served{}, err
	}
	all, err := programme.Regions(ctx, db)
	if err == nil {
		for _, s := range all {
			if s.ID == id || id == "" && len(all) == 1 {
				return db, s, nil
			}
		}
		err = fault.New(fault.Invalid, "cli.which_region").Because(errors.New(names(all)))
	}
	db.Close()
	return nil, programme.Served{}, err
}

func names(all []programme.Served) string {
	ids := make([]string, len(all))
	for i, r := range all {
		ids[i] = r.ID
	}
	return strings.Join(ids, ", ")
}
