package style_test

import (
	"context"
	"fmt"
	"io/fs"
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
	"kokko/region/audit"
	"kokko/region/programme"
	"kokko/region/style"
)

var kouvola = sync.OnceValues(func() (*programme.Programme, error) {
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		return nil, err
	}
	return programme.Parse(programmes.Kouvola, source)
})

// edition is the Kouvola programme as it is shipped.
func edition(t testing.TB) programme.Edition {
	t.Helper()
	p, err := kouvola()
	if err != nil {
		t.Fatal(err)
	}
	return programme.Edition{Programme: p, Version: programme.Version{ID: 1, Checksum: strings.Repeat("0", 64)}}
}

// texts are catalogues with the keys of every slot.
func texts(t testing.TB) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(fstree())
	if err != nil {
		t.Fatal(err)
	}
	b.OnMissing(func(m i18n.Missing) { t.Error(m) })
	return b
}

func fstree() fs.FS {
	tree := memory{}
	for _, l := range i18n.Languages() {
		var b strings.Builder
		for _, s := range style.Slots() {
			if s.Key != "" {
				fmt.Fprintf(&b, "%s: \"%s: {{.day}} {{.link}}\"\n", s.Key, l)
			}
		}
		tree["texts."+string(l)+".yaml"] = b.String()
	}
	return tree.fs()
}

func say(t testing.TB, l i18n.Language) *i18n.Printer { return texts(t).For(l) }

type desk struct {
	testing.TB
	db     *store.DB
	now    *clock.Fake
	styles *style.Service
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		d := &desk{t, db, c, style.New(db, c, ident.NewMaker(c))}
		d.tx(func(ctx context.Context, tx *store.Tx) error {
			_, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`)
			return err
		})
		behaviour(t, d)
	})
}

func (d *desk) tx(do func(ctx context.Context, tx *store.Tx) error) {
	d.Helper()
	if err := d.db.Tx(context.Background(), do); err != nil {
		d.Fatal(err)
	}
}

func (d *desk) dress(s *style.Service, e programme.Edition) (programme.Edition, style.Style) {
	d.Helper()
	out, st, err := s.Dress(context.Background(), d.db, e)
	if err != nil {
		d.Fatal(err)
	}
	return out, st
}

func TestEverySlotHasADefaultAndFitsItself(t *testing.T) {
	t.Parallel()
	e, ids := edition(t), map[string]bool{}
	for _, s := range append(style.Slots(), style.Slogans(e.Programme)...) {
		if ids[s.ID] || s.Max < 10 || s.Group == "" {
			t.Errorf("%+v", s)
		}
		ids[s.ID] = true
		for _, l := range i18n.Languages() {
			usual := s.Default(e.Programme, say(t, l))
			if usual == "" && s.Group != "slogans" {
				t.Errorf("%s has no default in %s", s.ID, l)
			}
			if words, err := s.Check(usual, usual); usual != "" && (err != nil || words != strings.TrimSpace(usual)) {
				t.Errorf("%s: its own default in %s is refused: %v", s.ID, l, err)
			}
		}
		if found, ok := style.Find(e.Programme, s.ID); !ok || found.ID != s.ID {
			t.Errorf("%s is not found", s.ID)
		}
	}
	if _, ok := style.Find(e.Programme, "no-such"); ok {
		t.Error("found what is not there")
	}
}

func TestWordsAreChecked(t *testing.T) {
	t.Parallel()
	s := style.Slot{ID: "x", Max: 40}
	const usual = "Kerromme {day}, {link}"
	for name, c := range map[string]struct{ words, want, key, gap string }{
		"well":                 {"Kuulet {link} {day}", "Kuulet {link} {day}", "", ""},
		"spaces and lines":     {"  Kuulet\r\n{link}\t {day} ", "Kuulet {link} {day}", "", ""},
		"signs nobody sees":    {"Kuulet\u202E \u200B{link}\x07 {day}", "Kuulet {link} {day}", "", ""},
		"nothing":              {" \u200B ", "", "words.missing", ""},
		"one missing":          {"Kuulet {day}", "", "style.gap.missing", "{link}"},
		"one unknown":          {"Kuulet {day} {link} {nimi}", "", "style.gap.unknown", "{nimi}"},
		"a brace is a brace":   {"{ {day} } {link} {}", "{ {day} } {link} {}", "", ""},
		"too long":             {strings.Repeat("ä", 41) + "{day}{link}", "", "too_long", ""},
		"a capital is another": {"{Day} {link}", "", "style.gap.missing", "{day}"},
	} {
		words, err := s.Check(c.words, usual)
		if c.key == "" {
			if err != nil || words != c.want {
				t.Errorf("%s: %q, %v", name, words, err)
			}
			continue
		}
		first := fault.List(err)
		if len(first) == 0 || first[0].Key != c.key || first[0].Field != "words" || c.gap != "" && first[0].Args["name"] != c.gap {
			t.Errorf("%s: %v", name, err)
		}
	}
	lines := style.Slot{ID: "x", Max: 100, Lines: true}
	if words, err := lines.Check("\n\nHei  \r\n\r\nterve \n\n", ""); err != nil || words != "Hei\n\nterve" {
		t.Errorf("%q %v", words, err)
	}
}

// Whatever is accepted is accepted again as it was kept, and has exactly the gaps
// of the default.
func TestAcceptedWordsKeepTheirGaps(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := style.Slot{ID: "x", Max: 60, Lines: rapid.Bool().Draw(t, "lines")}
		words, err := s.Check(rapid.StringMatching(`[a-b {}\n\x{202E}\x{0007}]{0,12}\{day\}[a-b {}]{0,12}`).Draw(t, "words"), "{day}")
		if err != nil {
			return
		}
		if again, err := s.Check(words, "{day}"); err != nil || again != words {
			t.Fatalf("%q is %q the second time: %v", words, again, err)
		}
		if !slices.Equal(i18n.Gaps(words), []string{"day"}) {
			t.Fatalf("%q has %q", words, i18n.Gaps(words))
		}
	})
}

func TestOwnWordsStandUntilTheyAreTakenBack(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, e := audit.By(context.Background(), 7), edition(t)
		usual := e.Call.Question.In("fi")
		if err := d.styles.Put(ctx, e, say(t, "fi"), "question", "  Syttyisikö ideasi? "); err != nil {
			t.Fatal(err)
		}
		if err := d.styles.Put(ctx, e, say(t, "sv"), "drop", "Skriv. {day} {link}"); err != nil {
			t.Fatal(err)
		}
		dressed, st := d.dress(d.styles, e)
		if got := dressed.Call.Question.In("fi"); got != "Syttyisikö ideasi?" || dressed.Call.Question.In("sv") != e.Call.Question.In("sv") {
			t.Errorf("%q", got)
		}
		if e.Call.Question.In("fi") != usual {
			t.Error("the programme itself has changed")
		}
		if got := st.Speak(say(t, "sv")).T("call.drop.lead", "day", "må", "link", "/x"); got != "Skriv. må /x" {
			t.Errorf("%q", got)
		}
		if got := st.Speak(say(t, "fi")).T("call.drop.lead", "day", "ma", "link", "/x"); got != "fi: ma /x" {
			t.Errorf("%q", got)
		}
		if own, ok := st.Of("question", "fi"); !ok || own.Replaced != usual {
			t.Errorf("%+v", own)
		}
		// Another process sees it too; the same words again are no change; the default
		// written by hand is the default.
		other, _ := d.dress(style.New(d.db, d.now, ident.NewMaker(d.now)), e)
		if other.Call.Question.In("fi") != "Syttyisikö ideasi?" {
			t.Error("another process does not see it")
		}
		lines := d.log()
		if err := d.styles.Put(ctx, e, say(t, "fi"), "question", "Syttyisikö ideasi?"); err != nil || d.log() != lines || lines != 2 {
			t.Errorf("%d lines, then %d: %v", lines, d.log(), err)
		}
		if err := d.styles.Put(ctx, e, say(t, "fi"), "question", usual); err != nil {
			t.Fatal(err)
		}
		if dressed, st = d.dress(d.styles, e); dressed.Call.Question.In("fi") != usual || d.log() != 3 {
			t.Error("the default did not come back")
		}
		if _, ok := st.Of("question", "fi"); ok {
			t.Error("the default is kept as own words")
		}
		if err := d.styles.Reset(ctx, e, "sv", "drop"); err != nil {
			t.Fatal(err)
		}
		if _, st = d.dress(d.styles, e); st.Stamp() != "" {
			t.Error("something is left")
		}
		for _, id := range []string{"no-such", "slogan.muualla"} {
			if err := d.styles.Put(ctx, e, say(t, "fi"), id, "x"); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
			if err := d.styles.Reset(ctx, e, "fi", id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s: %v", id, err)
			}
		}
		if err := d.styles.Put(ctx, e, say(t, "fi"), "drop", "Ilman päivää"); !fault.Is(err, fault.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

func (d *desk) log() int {
	d.Helper()
	all, _, err := audit.List(context.Background(), d.db, "kouvola", audit.Filter{Kind: audit.Words.Kind()})
	if err != nil {
		d.Fatal(err)
	}
	for _, e := range all {
		if e.What != audit.Words || e.Officer != 7 || e.About.Thing != audit.Wording || e.Facts.Language == "" {
			d.Errorf("%+v", e)
		}
	}
	return len(all)
}

// Plain Finnish has own words of its own, and where it leans on Finnish it leans on
// the office's Finnish.
func TestPlainFinnishLeansOnTheOfficesFinnish(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx, e := context.Background(), edition(t)
		put := func(l i18n.Language, slot, words string) {
			t.Helper()
			if err := d.styles.Put(ctx, e, say(t, l), slot, words); err != nil {
				t.Fatal(err)
			}
		}
		in := func(l i18n.Language) (house, call string) {
			t.Helper()
			dressed, st := d.dress(d.styles, e)
			return st.Speak(say(t, l)).T("call.drop.lead", "day", "1", "link", "2"), dressed.Call.NotGrant.In(string(l))
		}
		put(i18n.Finnish, "drop", "Oma {day} {link}")
		if house, _ := in(i18n.Plain); house != "Oma 1 2" {
			t.Errorf("%q", house)
		}
		put(i18n.Plain, "drop", "Selko {day} {link}")
		put(i18n.Plain, "not-grant", "Et voi hakea tässä rahaa.")
		if house, call := in(i18n.Plain); house != "Selko 1 2" || call != "Et voi hakea tässä rahaa." {
			t.Errorf("%q, %q", house, call)
		}
		if house, call := in(i18n.Finnish); house != "Oma 1 2" || call != e.Call.NotGrant.In("fi") {
			t.Errorf("%q, %q", house, call)
		}
		if house, _ := in(i18n.Swedish); house != "sv: 1 2" {
			t.Errorf("%q", house)
		}
	})
}

func TestSlogansAreOfTheRegionsOwnMunicipalities(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e := edition(t)
		for _, m := range e.Region.Municipalities[:2] {
			if err := d.styles.Put(context.Background(), e, say(t, "sv"), "slogan."+m.ID, "Kom till "+m.ID); err != nil {
				t.Fatal(err)
			}
		}
		dressed, _ := d.dress(d.styles, e)
		for i, m := range dressed.Region.Municipalities[:2] {
			if m.Slogan.In("sv") != "Kom till "+m.ID || m.Slogan.In("fi") != e.Region.Municipalities[i].Slogan.In("fi") || e.Region.Municipalities[i].Slogan.In("sv") == m.Slogan.In("sv") {
				t.Errorf("%s: %q", m.ID, m.Slogan.In("sv"))
			}
		}
	})
}

func TestColoursStandOverTheProgrammes(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e := edition(t)
		set := func(name, value string) {
			d.tx(func(ctx context.Context, tx *store.Tx) error {
				_, err := tx.Exec(ctx, `INSERT INTO settings (region_id, name, value) VALUES ('kouvola', $1, $2) ON CONFLICT (region_id, name) DO UPDATE SET value = excluded.value`, name, value)
				return err
			})
			d.styles.LookAgain("kouvola")
		}
		set(style.Setting("light", "fill"), "#123456")
		set(style.Setting("dark", "link"), "")
		set("brand.light.paper", "#000000") // not ours to change
		dressed, st := d.dress(d.styles, e)
		if dressed.Brand.Light["fill"] != "#123456" || e.Brand.Light["fill"] == "#123456" || dressed.Brand.Light["paper"] != e.Brand.Light["paper"] || dressed.Brand.Dark["link"] != e.Brand.Dark["link"] {
			t.Errorf("%v", dressed.Brand)
		}
		if st.Colour("light", "fill") != "#123456" || st.Colour("dark", "link") != "" || st.Stamp() == "" {
			t.Errorf("%+v", st)
		}
		first := st.Stamp()
		set(style.Setting("light", "fill"), "#123457")
		if _, st = d.dress(d.styles, e); st.Stamp() == first {
			t.Error("another colour has the same stamp")
		}
	})
}

func TestAStyleIsLookedAtAgainSoon(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e, other := edition(t), style.New(d.db, d.now, ident.NewMaker(d.now))
		d.dress(other, e)
		if err := d.styles.Put(context.Background(), e, say(t, "fi"), "question", "Syttyisikö?"); err != nil {
			t.Fatal(err)
		}
		if dressed, _ := d.dress(d.styles, e); dressed.Call.Question.In("fi") != "Syttyisikö?" {
			t.Error("the process that changed it does not show it at once")
		}
		d.now.Advance(2 * time.Second)
		if dressed, _ := d.dress(other, e); dressed.Call.Question.In("fi") != "Syttyisikö?" {
			t.Error("another process does not show it after two seconds")
		}
		// A new version of the programme is dressed too.
		newer := edition(t)
		p := *newer.Programme
		p.Call.Lead = p.Call.Lead.With("fi", "Uusi otsikko")
		newer.Programme, newer.Version.ID = &p, 2
		if dressed, _ := d.dress(other, newer); dressed.Call.Lead.In("fi") != "Uusi otsikko" || dressed.Call.Question.In("fi") != "Syttyisikö?" {
			t.Errorf("%q", dressed.Call.Lead.In("fi"))
		}
		var none *style.Service
		if same, st := d.dress(none, e); same.Programme != e.Programme || st.Stamp() != "" {
			t.Error("no service dresses")
		}
	})
}
