package programme

import (
	"net/url"
	"path"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/idna"

	"kokko/ground/fault"
	"kokko/ground/i18n"
)

// Addresses is where the regions of an installation are reached: each at a host
// name of its own, or at Site, where several share it by the first part of the
// path.
type Addresses struct {
	Site string   // "https://kokko.example.fi"
	All  []Served // the oldest first
	Left []Left   // what they were reached at before
}

// Left is an address that a region has left. It still leads to the region.
type Left struct {
	Region string
	Kind   AddressKind
	Name   string
	At     time.Time
}

// AddressKind is the part of an address that is a region's own.
type AddressKind string

const (
	Slug AddressKind = "slug" // the first part of the path, at a shared host
	Host AddressKind = "host" // a host name of its own
)

// at is what is a region's own of its address: its host name, else its slug.
func (s Served) at() string {
	if s.Host != "" {
		return s.Host
	}
	return "/" + s.Slug
}

func (a Addresses) region(id string) (Served, bool) {
	return find(a.All, id, func(s *Served) string { return s.ID })
}

// Base is the first part of a region's paths: "/slug" where it shares a host with
// other regions, "" otherwise.
func (a Addresses) Base(region string) string {
	s, ok := a.region(region)
	if !ok || s.Host != "" || len(a.shared()) < 2 {
		return ""
	}
	return "/" + s.Slug
}

// shared is the regions without a host of their own.
func (a Addresses) shared() (all []Served) {
	for _, s := range a.All {
		if s.Host == "" {
			all = append(all, s)
		}
	}
	return all
}

// Root is the beginning of a region's full addresses, "https://own.example" or
// "https://kokko.example/oma-seutu", without a slash at its end. A host of its
// own is reached in the same way as the site, by the same scheme and port.
func (a Addresses) Root(region string) string {
	site := strings.TrimSuffix(a.Site, "/")
	s, ok := a.region(region)
	if !ok || s.Host == "" {
		return site + a.Base(region)
	}
	u, err := url.Parse(site)
	if err != nil || u.Host == "" {
		return "https://" + s.Host
	}
	if port := u.Port(); port != "" {
		return u.Scheme + "://" + s.Host + ":" + port
	}
	return u.Scheme + "://" + s.Host
}

// To is the full address of a page of a region in one of its languages: what
// letters, receipts and paper say. path begins with a slash.
func (a Addresses) To(p *Programme, l i18n.Language, path string) string {
	return a.Root(p.Region.ID) + p.Address(l) + path
}

// Way is where an asked address leads.
type Way struct {
	Region Served
	Base   string // the beginning of its pages' paths at this host
	Path   string // what is left of the path
	Moved  bool   // what was asked is no longer written so, but Base and Path
	Away   bool   // asked at another host than the region's own: Root tells it
}

// Find reads the region off an asked host and path. Every address that a region
// has had finds it: a slug or host it has left, the path under the shared host
// from before it had its own, and no slug at all for the oldest. false is an
// installation without a region.
func (a Addresses) Find(host, asked string) (Way, bool) {
	host = hostOf(host)
	for _, s := range a.All {
		if s.Host != "" && s.Host == host {
			return Way{Region: s, Path: asked}, true
		}
	}
	for _, l := range a.Left {
		if s, ok := a.region(l.Region); ok && l.Kind == Host && l.Name == host {
			return Way{Region: s, Path: asked, Away: true}, true
		}
	}
	first, rest, _ := strings.Cut(strings.TrimPrefix(asked, "/"), "/")
	way := Way{Path: "/" + rest}
	named := false
	if way.Region, named = a.named(first); !named {
		first, way.Path = "", asked
		switch shared := a.shared(); {
		case len(shared) > 0:
			way.Region = shared[0]
		case len(a.All) > 0:
			way.Region = a.All[0]
		default:
			return Way{}, false
		}
	}
	way.Base = a.Base(way.Region.ID)
	if way.Region.Host != "" { // served here as well: a form that lies open must not lead nowhere
		way.Base, way.Away = "/"+way.Region.Slug, true
	}
	// An untidy path is not led on: it would be read in another way there.
	tidy := path.Clean(way.Path)
	way.Moved = strings.TrimPrefix(way.Base, "/") != first && (way.Path == tidy || way.Path == tidy+"/")
	return way, true
}

// named finds a region by a slug that it has or had.
func (a Addresses) named(slug string) (Served, bool) {
	if s, ok := find(a.All, slug, func(s *Served) string { return s.Slug }); ok {
		return s, true
	}
	for _, l := range a.Left {
		if l.Kind == Slug && l.Name == slug {
			return a.region(l.Region)
		}
	}
	return Served{}, false
}

// hostOf is a host name without its port, in small letters.
func hostOf(host string) string {
	host = strings.ToLower(host)
	if name, _, ok := strings.Cut(host, ":"); ok && !strings.HasPrefix(host, "[") {
		host = name
	}
	return strings.TrimSuffix(host, ".")
}

// CheckSlug cleans a slug that a region is to have.
func CheckSlug(slug string) (string, error) {
	slug = strings.ToLower(strings.Trim(strings.TrimSpace(slug), "/"))
	switch {
	case !isID(slug) || len(slug) > 60:
		return slug, fault.New(fault.Invalid, "region.slug.wrong").On("slug")
	case len(slug) < 3 || slices.Contains(ReservedSlugs(), slug):
		return slug, fault.New(fault.Invalid, "region.slug.reserved").On("slug").With("value", slug)
	}
	return slug, nil
}

// CheckHost cleans a host name that a region is to have of its own, "" for none:
// small letters, no port, a name and no number, and not the one that the regions
// of the site share.
func CheckHost(host, site string) (string, error) {
	host = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
	if host == "" {
		return "", nil
	}
	wrong := fault.New(fault.Invalid, "region.host.wrong").On("host")
	if strings.ContainsAny(host, ":/@ ") {
		return host, wrong
	}
	ascii, err := idna.Lookup.ToASCII(host)
	labels := strings.Split(ascii, ".")
	if err != nil || len(ascii) > 253 || len(labels) < 2 || !strings.ContainsFunc(labels[len(labels)-1], func(r rune) bool { return r < '0' || r > '9' }) {
		return host, wrong.Because(err)
	}
	for _, l := range labels {
		if l == "" || len(l) > 63 || l[0] == '-' || l[len(l)-1] == '-' || strings.ContainsFunc(l, func(r rune) bool { return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z') }) {
			return host, wrong
		}
	}
	if u, err := url.Parse(site); err == nil && (ascii == hostOf(u.Host) || ascii == "www."+hostOf(u.Host)) {
		return ascii, fault.New(fault.Conflict, "region.host.site").On("host").With("value", ascii)
	}
	return ascii, nil
}

// taken tells whose an address is when it is not the region's own.
func (a Addresses) taken(region string, kind AddressKind, name string) (holder string, yes bool) {
	for _, s := range a.All {
		if s.ID != region && (kind == Slug && s.Slug == name || kind == Host && s.Host == name) {
			return s.ID, true
		}
	}
	for _, l := range a.Left {
		if l.Region != region && l.Kind == kind && l.Name == name {
			return l.Region, true
		}
	}
	return "", false
}
