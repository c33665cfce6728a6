package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/store"
	"kokko/region/programme"
)

type regionCommand struct {
	Region string `help:"Region id; needed to change something when the installation serves several." placeholder:"ID"`
	Slug   string `help:"Have its addresses begin with this where regions share a host; the old beginning keeps leading there." placeholder:"SLUG"`
	Host   string `help:"Serve it at a host name of its own; the old addresses keep leading there." placeholder:"NAME" xor:"host"`
	Shared bool   `help:"Give its own host name up: it is at the site's address again." xor:"host"`
	Forget string `help:"End an address that it has left, so that another region may take it." placeholder:"ADDRESS"`
}

// Run changes where a region is reached, and tells where every region is.
func (c *regionCommand) Run(ctx context.Context, h *house) error {
	site := h.site("localhost:8080")
	if c.Slug == "" && c.Host == "" && !c.Shared && c.Forget == "" {
		db, err := h.openReady(ctx)
		if err != nil {
			return err
		}
		defer db.Close()
		return h.tellAddresses(ctx, db, site, c.Region)
	}
	db, s, err := h.region(ctx, c.Region)
	if err != nil {
		return err
	}
	defer db.Close()
	regions := programme.NewService(db, h.clock, h.ids, nil)
	if c.Slug != "" {
		s.Slug = c.Slug
	}
	if c.Host != "" || c.Shared {
		s.Host = c.Host
	}
	if _, err := regions.Move(ctx, s.ID, s.Slug, s.Host, site); err != nil {
		return err
	}
	if c.Forget != "" {
		kind := programme.Slug
		if strings.Contains(c.Forget, ".") { // a host name always has one, a slug never
			kind = programme.Host
		}
		if err := regions.Forget(ctx, s.ID, kind, c.Forget); err != nil {
			return err
		}
	}
	return h.tellAddresses(ctx, db, site, s.ID)
}

// tellAddresses prints where a region is reached, "" for all of them.
func (h *house) tellAddresses(ctx context.Context, db *store.DB, site, region string) error {
	a, err := programme.Where(ctx, db, site)
	if err != nil {
		return err
	}
	told := false
	for _, s := range a.All {
		if region != "" && s.ID != region {
			continue
		}
		told = true
		fmt.Fprintln(h.out, h.say.T("cli.region.at", "region", s.ID, "url", a.Root(s.ID)+"/"))
		for _, l := range a.Left {
			if l.Region == s.ID {
				fmt.Fprintln(h.out, "  "+h.say.T("cli.region.left", "address", l.Name, "date", h.say.Date(l.At)))
			}
		}
	}
	if !told {
		return fault.New(fault.Invalid, "cli.which_region").Because(errors.New(names(a.All)))
	}
	h.guessed()
	return nil
}

// lookUp bounds how long one name may take to be looked up.
const lookUp = 5 * time.Second

// checkAddress looks at where a region is reached: a host name of its own must be
// one that points at the same machine as the site does. Only names are looked up,
// nothing is connected to.
func (h *house) checkAddress(ctx context.Context, a programme.Addresses, s programme.Served, add adder) {
	at := a.Root(s.ID) + "/"
	if s.Host == "" {
		add("ok", "address", at, "region", s.ID)
		return
	}
	if _, err := programme.CheckHost(s.Host, a.Site); err != nil {
		add("bad", "address.wrong", at+"\n"+h.explain(err), "region", s.ID)
		return
	}
	if strings.HasSuffix(s.Host, ".localhost") { // browsers find it on their own machine, and nobody else does
		add("ok", "address", at, "region", s.ID)
		return
	}
	own, err := lookedUp(ctx, s.Host)
	if err != nil {
		add("look", "address.unknown", at+"\n"+err.Error(), "region", s.ID, "host", s.Host)
		return
	}
	u, err := url.Parse(a.Site)
	if err != nil || u.Hostname() == "localhost" {
		add("ok", "address", at, "region", s.ID)
		return
	}
	site, err := lookedUp(ctx, u.Hostname())
	if err == nil && !slices.ContainsFunc(own, func(x netip.Addr) bool { return slices.Contains(site, x) }) {
		add("look", "address.elsewhere", fmt.Sprintf("%s %v\n%s %v", s.Host, own, u.Hostname(), site), "region", s.ID, "host", s.Host)
		return
	}
	add("ok", "address", at, "region", s.ID)
}

func lookedUp(ctx context.Context, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, lookUp)
	defer cancel()
	return net.DefaultResolver.LookupNetIP(ctx, "ip", host)
}
