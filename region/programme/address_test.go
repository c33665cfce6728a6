package programme_test

import (
	"context"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/programmes"
	"kokko/region/programme"
)

func programmeOf(id string, languages ...string) *programme.Programme {
	p := &programme.Programme{Languages: languages}
	p.Region.ID = id
	return p
}

// One builder makes every full address: of letters, receipts, paper and the console.
func TestFullAddresses(t *testing.T) {
	t.Parallel()
	kouvola, kotka := programme.Served{ID: "kouvola", Slug: "kouvola"}, programme.Served{ID: "kotka", Slug: "kotka-hamina"}
	own := programme.Served{ID: "salo", Slug: "salo", Host: "kipinat.salo.example"}
	all := func(s ...programme.Served) []programme.Served { return s }
	for _, c := range []struct {
		site   string
		all    []programme.Served
		region string
		lang   i18n.Language
		want   string
	}{
		{"https://kokko.example", all(kouvola), "kouvola", "fi", "https://kokko.example/oma/X"},
		{"https://kokko.example/", all(kouvola), "kouvola", "sv", "https://kokko.example/sv/oma/X"},
		{"https://kokko.example", all(kouvola, kotka), "kouvola", "en", "https://kokko.example/kouvola/en/oma/X"},
		{"https://kokko.example", all(kouvola, kotka), "kotka", "fi", "https://kokko.example/kotka-hamina/oma/X"},
		{"https://kokko.example", all(kouvola, own), "kouvola", "fi", "https://kokko.example/oma/X"},
		{"https://kokko.example", all(kouvola, own), "salo", "fi", "https://kipinat.salo.example/oma/X"},
		{"http://localhost:8080", all(kouvola, kotka, own), "salo", "sv", "http://kipinat.salo.example:8080/sv/oma/X"},
		{"https://kokko.example:8443", all(own), "salo", "fi", "https://kipinat.salo.example:8443/oma/X"},
		{"", all(kouvola, own), "salo", "fi", "https://kipinat.salo.example/oma/X"},
		{"https://kokko.example", all(kouvola), "kouvola", "de", "https://kokko.example/oma/X"},
		{"https://kokko.example", nil, "kouvola", "fi", "https://kokko.example/oma/X"},
	} {
		a := programme.Addresses{Site: c.site, All: c.all}
		if got := a.To(programmeOf(c.region, "fi", "sv", "en"), c.lang, "/oma/X"); got != c.want {
			t.Errorf("%s in %s at %q: %s, want %s", c.region, c.lang, c.site, got, c.want)
		}
	}
	// A region written in Swedish opens in Swedish, whatever others do.
	a := programme.Addresses{Site: "https://kokko.example", All: all(kouvola, kotka)}
	for lang, want := range map[i18n.Language]string{"sv": "https://kokko.example/kotka-hamina/", "fi": "https://kokko.example/kotka-hamina/fi/"} {
		if got := a.To(programmeOf("kotka", "sv", "fi"), lang, "/"); got != want {
			t.Errorf("%s: %s, want %s", lang, got, want)
		}
	}
}

func TestWhereAnAddressLeads(t *testing.T) {
	t.Parallel()
	kouvola, kotka := programme.Served{ID: "kouvola", Slug: "kouvola"}, programme.Served{ID: "kotka", Slug: "kotka-hamina"}
	own := programme.Served{ID: "salo", Slug: "salo", Host: "kipinat.salo.example"}
	left := []programme.Left{{Region: "kotka", Kind: programme.Slug, Name: "kotka"}, {Region: "kouvola", Kind: programme.Host, Name: "vanha.kouvola.example"}, {Region: "salo", Kind: programme.Slug, Name: "salon-seutu"}}
	for name, c := range map[string]struct {
		all    []programme.Served
		host   string
		path   string
		region string
		base   string
		rest   string
		moved  bool
		away   bool
	}{
		"alone":                                {[]programme.Served{kouvola}, "kokko.example", "/kipinat", "kouvola", "", "/kipinat", false, false},
		"alone, as if there were others":       {[]programme.Served{kouvola}, "kokko.example", "/kouvola/kipinat", "kouvola", "", "/kipinat", true, false},
		"two on one host":                      {[]programme.Served{kouvola, kotka}, "kokko.example", "/kotka-hamina/sv/kipinat", "kotka", "/kotka-hamina", "/sv/kipinat", false, false},
		"by its old slug":                      {[]programme.Served{kouvola, kotka}, "kokko.example", "/kotka/oma/X", "kotka", "/kotka-hamina", "/oma/X", true, false},
		"by the slug alone":                    {[]programme.Served{kouvola, kotka}, "kokko.example", "/kotka-hamina", "kotka", "/kotka-hamina", "/", false, false},
		"the oldest without its slug":          {[]programme.Served{kotka, kouvola}, "kokko.example", "/kipinat", "kotka", "/kotka-hamina", "/kipinat", true, false},
		"its own host":                         {[]programme.Served{kouvola, own}, "kipinat.salo.example", "/kouvola/kipinat", "salo", "", "/kouvola/kipinat", false, false},
		"its own host, with a port":            {[]programme.Served{kouvola, own}, "KIPINAT.salo.example.:8080", "/", "salo", "", "/", false, false},
		"the other beside one with its own":    {[]programme.Served{kouvola, own}, "kokko.example", "/kipinat", "kouvola", "", "/kipinat", false, false},
		"its own host, asked under the shared": {[]programme.Served{kouvola, own}, "kokko.example", "/salo/oma/X", "salo", "/salo", "/oma/X", false, true},
		"the same by an old slug":              {[]programme.Served{kouvola, own}, "kokko.example", "/salon-seutu/oma/X", "salo", "/salo", "/oma/X", true, true},
		"by a host that it left":               {[]programme.Served{kouvola, kotka}, "vanha.kouvola.example", "/oma/X", "kouvola", "", "/oma/X", false, true},
		"none shares the host":                 {[]programme.Served{own}, "127.0.0.1:8080", "/kipinat", "salo", "/salo", "/kipinat", true, true},
		"a path that is read otherwise":        {[]programme.Served{kouvola}, "kokko.example", "/kouvola//other.example", "kouvola", "", "//other.example", false, false},
		"the other slashes too":                {[]programme.Served{kouvola, kotka}, "kokko.example", "//other.example/..", "kouvola", "/kouvola", "//other.example/..", false, false},
		"an address in brackets":               {[]programme.Served{kouvola}, "[::1]:8080", "/", "kouvola", "", "/", false, false},
	} {
		got, ok := programme.Addresses{Site: "https://kokko.example", All: c.all, Left: left}.Find(c.host, c.path)
		if !ok || got.Region.ID != c.region || got.Base != c.base || got.Path != c.rest || got.Moved != c.moved || got.Away != c.away {
			t.Errorf("%s: %+v", name, got)
		}
	}
	if _, ok := (programme.Addresses{}).Find("kokko.example", "/"); ok {
		t.Error("a region out of nothing")
	}
}

// Whatever regions there are and wherever they have been: a full address leads to
// the region and page it was made for, without being led on, and so does every
// address of old, at the latest when it is led on once.
func TestEveryAddressLeadsHome(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		a := programme.Addresses{Site: rapid.SampledFrom([]string{"https://kokko.example", "http://localhost:8080"}).Draw(t, "site")}
		for i := range rapid.IntRange(1, 4).Draw(t, "regions") {
			s := programme.Served{ID: fmt.Sprint("r", i), Slug: fmt.Sprint("slug-", i)}
			if rapid.Bool().Draw(t, "own") {
				s.Host = fmt.Sprintf("r%d.example", i)
			}
			a.All = append(a.All, s)
			if rapid.Bool().Draw(t, "moved") {
				a.Left = append(a.Left, programme.Left{Region: s.ID, Kind: programme.Slug, Name: fmt.Sprint("old-", i)})
			}
			if rapid.Bool().Draw(t, "left") {
				a.Left = append(a.Left, programme.Left{Region: s.ID, Kind: programme.Host, Name: fmt.Sprintf("old%d.example", i)})
			}
		}
		site, _ := url.Parse(a.Site)
		for _, s := range a.All {
			u, err := url.Parse(a.To(programmeOf(s.ID, "fi", "sv"), "sv", "/oma/X"))
			if err != nil {
				t.Fatal(err)
			}
			way, ok := a.Find(u.Host, u.Path)
			if !ok || way.Region.ID != s.ID || way.Path != "/sv/oma/X" || way.Moved || way.Away {
				t.Fatalf("%s: %+v", u, way)
			}
			old := [][2]string{{site.Host, "/" + s.Slug}}
			for _, l := range a.Left {
				switch {
				case l.Region != s.ID:
				case l.Kind == programme.Host:
					old = append(old, [2]string{l.Name, ""})
				default:
					old = append(old, [2]string{site.Host, "/" + l.Name})
				}
			}
			for _, o := range old {
				way, ok := a.Find(o[0], o[1]+"/oma/X")
				if ok && way.Moved {
					way, ok = a.Find(o[0], way.Base+way.Path)
				}
				if !ok || way.Region.ID != s.ID || way.Path != "/oma/X" || way.Moved {
					t.Fatalf("%v: %+v", o, way)
				}
			}
		}
	})
}

func TestWhatASlugAndAHostMayBe(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"oma-seutu": "oma-seutu", " /Iitti/ ": "iitti", "a2b": "a2b"} {
		if got, err := programme.CheckSlug(in); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{"": "region.slug.wrong", "se": "region.slug.reserved", "kipina": "region.slug.reserved", "palaute": "region.slug.reserved", "åland": "region.slug.wrong", "a/b": "region.slug.wrong", "a.b.c": "region.slug.wrong", "2011": "region.slug.wrong", "a--b": "region.slug.wrong", strings.Repeat("a", 61): "region.slug.wrong"} {
		if _, err := programme.CheckSlug(in); len(fault.List(err)) != 1 || fault.List(err)[0].Key != key || fault.List(err)[0].Field != "slug" {
			t.Errorf("%q: %v, want %s", in, err, key)
		}
	}
	const site = "https://kokko.example:8443"
	for in, want := range map[string]string{"": "", "  ": "", "Ideat.Kunta.FI.": "ideat.kunta.fi", "jyväskylä.fi": "xn--jyvskyl-7wae.fi", "iitti.kokko.example": "iitti.kokko.example", "saga.localhost": "saga.localhost"} {
		if got, err := programme.CheckHost(in, site); err != nil || got != want {
			t.Errorf("%q: %q, %v", in, got, err)
		}
	}
	for in, key := range map[string]string{
		"https://kunta.fi": "region.host.wrong", "kunta.fi/": "region.host.wrong", "kunta.fi:443": "region.host.wrong", "a@kunta.fi": "region.host.wrong", "kunta": "region.host.wrong", "10.0.0.1": "region.host.wrong", "::1": "region.host.wrong",
		"kun ta.fi": "region.host.wrong", "-a.fi": "region.host.wrong", "a-.fi": "region.host.wrong", "a..fi": "region.host.wrong", "a_b.fi": "region.host.wrong", strings.Repeat("a", 64) + ".fi": "region.host.wrong", strings.Repeat("a.", 130) + "fi": "region.host.wrong",
		"kokko.example": "region.host.site", "WWW.kokko.example": "region.host.site",
	} {
		if _, err := programme.CheckHost(in, site); len(fault.List(err)) != 1 || fault.List(err)[0].Key != key || fault.List(err)[0].Field != "host" {
			t.Errorf("%q: %v, want %s", in, err, key)
		}
	}
}

func FuzzCheckHost(f *testing.F) {
	for _, s := range []string{"ideat.kunta.fi", "jyväskylä.fi", "a..b", "xn--a.fi", "１.２", "a\u200d.fi"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		host, err := programme.CheckHost(s, "https://kokko.example")
		if err != nil || host == "" {
			return
		}
		if again, err := programme.CheckHost(host, "https://kokko.example"); err != nil || again != host {
			t.Errorf("%q became %q, which becomes %q, %v", s, host, again, err)
		}
		if u, err := url.Parse("https://" + host + "/x"); err != nil || u.Hostname() != host || u.Path != "/x" {
			t.Errorf("%q is no host: %v %v", host, u, err)
		}
	})
}

type movers struct {
	*programme.Service
	db    *store.DB
	clock *clock.Fake
}

// neighbours is a store with two regions, kouvola and sagoskargarden.
func neighbours(t *testing.T, db *store.DB) movers {
	t.Helper()
	c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
	m := movers{programme.NewService(db, c, ident.NewMaker(c), programmes.Files()), db, c}
	for _, name := range []string{programmes.Kouvola, programmes.Example} {
		source, err := fs.ReadFile(programmes.Files(), name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Publish(t.Context(), name, source, "", "", nil); err != nil {
			t.Fatal(err)
		}
		c.Advance(time.Hour)
	}
	return m
}

func (m movers) root(t *testing.T, region string) string {
	t.Helper()
	a, err := programme.Where(t.Context(), m.db, "https://kokko.example")
	if err != nil {
		t.Fatal(err)
	}
	return a.Root(region)
}

func TestARegionMovesAndIsStillFound(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m, ctx := neighbours(t, db), context.Background()
		const site = "https://kokko.example"
		move := func(region, slug, host, key string) {
			t.Helper()
			_, err := m.Move(ctx, region, slug, host, site)
			if got := fault.List(err); key == "" && err != nil || key != "" && (len(got) == 0 || got[0].Key != key) {
				t.Errorf("%s to %s and %s: %v, want %q", region, slug, host, err, key)
			}
		}
		move("kouvola", "kymi", "", "")
		move("sagoskargarden", "kymi", "", "region.slug.taken")
		move("sagoskargarden", "kouvola", "", "region.slug.taken") // it was Kouvola's, and its letters are out there
		move("sagoskargarden", "saga", "Saga.example", "")
		move("kouvola", "kymi", "saga.example", "region.host.taken")
		move("kouvola", "oma", "kokko.example", "region.slug.reserved")
		move("nowhere", "nowhere", "", "region.none")
		if got := m.root(t, "sagoskargarden"); got != "https://saga.example" {
			t.Error(got)
		}
		if got := m.root(t, "kouvola"); got != site { // alone at the site's address by now
			t.Error(got)
		}
		a, err := programme.Where(ctx, db, site)
		if err != nil || len(a.Left) != 2 {
			t.Fatalf("%v %+v", err, a.Left)
		}
		for _, old := range []string{"kouvola", "kymi"} {
			if way, ok := a.Find("kokko.example", "/"+old+"/kipinat"); !ok || way.Region.ID != "kouvola" {
				t.Errorf("%s leads to %+v", old, way)
			}
		}
		// Back where it was: what it leaves now leads to it, what it has is no longer left.
		move("kouvola", "kouvola", "", "")
		move("sagoskargarden", "saga", "", "")
		a, err = programme.Where(ctx, db, site)
		var names []string
		for _, l := range a.Left {
			names = append(names, l.Region+" "+l.Name)
		}
		slices.Sort(names)
		if want := []string{"kouvola kymi", "sagoskargarden saga.example", "sagoskargarden sagoskargarden"}; err != nil || !slices.Equal(names, want) {
			t.Errorf("%v %v", err, names)
		}
		// A later file does not move it, and a forgotten address is anybody's.
		source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Publish(ctx, "k.yaml", []byte(strings.Replace(string(source), "slug: kouvola", "slug: saga", 1)), "", "", nil); err != nil {
			t.Fatal(err)
		}
		if got := m.root(t, "kouvola"); got != site+"/kouvola" {
			t.Error(got)
		}
		move("kouvola", "kouvola", "saga.example", "region.host.taken")
		if err := m.Forget(ctx, "kouvola", programme.Host, "saga.example"); !fault.Is(err, fault.NotFound) {
			t.Errorf("another region's old address was forgotten: %v", err)
		}
		if err := m.Forget(ctx, "sagoskargarden", programme.Host, "saga.example"); err != nil {
			t.Error(err)
		}
		move("kouvola", "kouvola", "saga.example", "")
		// A new region cannot begin at an address that was another's.
		began := strings.NewReplacer("  id: kouvola\n", "  id: uusi\n", "slug: kouvola", "slug: sagoskargarden").Replace(string(source))
		if _, err := m.Publish(ctx, "u.yaml", []byte(began), "", "", nil); len(fault.List(err)) != 1 || fault.List(err)[0].Key != "programme.slug.taken" {
			t.Errorf("%v", err)
		}
	})
}

// Two offices that want the same name at once do not both get it.
func TestOneHostNameIsOneRegions(t *testing.T) {
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		m, ctx := neighbours(t, db), context.Background()
		var all sync.WaitGroup
		errs := make([]error, 2)
		for i, r := range []string{"kouvola", "sagoskargarden"} {
			all.Go(func() { _, errs[i] = m.Move(ctx, r, r, "same.example", "https://kokko.example") })
		}
		all.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%v", errs)
		}
		a, err := programme.Where(ctx, db, "")
		if n := len(slices.DeleteFunc(a.All, func(s programme.Served) bool { return s.Host == "" })); err != nil || n != 1 {
			t.Errorf("%v: %d regions have it", err, n)
		}
	})
}
