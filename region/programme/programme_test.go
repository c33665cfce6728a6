package programme_test

import (
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/programmes"
	"kokko/region/place"
	"kokko/region/programme"
)

func source(t testing.TB) string {
	t.Helper()
	src, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}

func kouvola(t testing.TB) *programme.Programme {
	t.Helper()
	p, err := programme.Load(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatalf("the shipped programme has mistakes: %v", err)
	}
	return p
}

func on(t testing.TB, s string) workday.Day {
	t.Helper()
	d, err := workday.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKouvolaAsTheBrochureHasIt(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	count := func(what string, got, want int) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %d, want %d", what, got, want)
		}
	}
	count("themes", len(p.Themes), 3)
	count("focuses", len(p.Focuses), 3)
	count("values", len(p.Idea.Values), 3)
	count("networks", len(p.Networks), 7)
	count("kinds", len(p.Kinds()), 3)
	count("poem", len(p.Poem), 4)
	count("regions of the nation", p.Programme.National.Regions, 52)
	packages, joined, chosen, supported := 0, 0, 0, 0
	for _, th := range p.Themes {
		packages += len(th.Packages)
	}
	for _, n := range p.Networks {
		if n.Member {
			joined++
		}
	}
	for _, y := range p.Priorities {
		if y.Kind == programme.Chosen {
			chosen++
		} else {
			supported++
		}
	}
	count("packages", packages, 8)
	count("networks joined", joined, 6)
	count("priorities", chosen, 4)
	count("supported industries", supported, 1)
	if n, ok := p.Network("mal"); !ok || n.Member {
		t.Error("the region is not in MAL")
	}
	for alias, id := range map[string]string{"Russia-verkosto": "russia", "luovat toimialat": "creative", "Innovation environments": "innovation", "venäjä": "russia"} {
		if n, ok := p.FindNetwork(alias); !ok || n.ID != id {
			t.Errorf("network %q found as %q", alias, n.ID)
		}
	}
	if got := p.Themes[0].Networks; !slices.Equal(got, []string{"demo"}) {
		t.Errorf("theme 1 lists %v", got)
	}
	per := p.Programme.Period
	if per.PlannedEnd != on(t, "2013-12-31") || per.End() != on(t, "2011-12-31") || per.EndReason.In("sv") == "" {
		t.Errorf("period %v", per)
	}
	if v := p.Idea.Values[1]; len(v.Criteria) != 4 {
		t.Errorf("%s has %d criteria", v.ID, len(v.Criteria))
	}
	steps := []string{}
	for _, s := range p.Steps {
		steps = append(steps, s.Name.In("fi"))
	}
	if got := strings.Join(steps, " "); got != "Kipinä Yhteisö Verkosto Osaajat Tarina Kokeilu" {
		t.Errorf("steps: %s", got)
	}
	if p.Call.Promise.Most != 10 || p.Call.Promise.Aim != 3 {
		t.Errorf("promise %+v", p.Call.Promise)
	}
	if !p.Region.Example {
		t.Error("the shipped region is an example")
	}
}

func TestMembershipsAreDated(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	if got := p.MembersOn(on(t, "2009-12-31")); len(got) != 0 {
		t.Errorf("before the programme: %v", got)
	}
	members := p.MembersOn(on(t, "2010-01-01"))
	if len(members) != 2 || members[0].ID != "kouvola" || members[1].ID != "iitti" {
		t.Fatalf("members: %v", members)
	}
	for _, c := range []struct{ day, code string }{{"2020-12-31", "08"}, {"2021-01-01", "07"}} {
		if got, ok := members[1].CountyOn(on(t, c.day)); !ok || got.Code != c.code {
			t.Errorf("Iitti on %s is in %q", c.day, got.Code)
		}
	}
	if len(members[0].Former) != 6 {
		t.Errorf("Kouvola was made of %d", len(members[0].Former))
	}
	for _, c := range []struct{ place, day, want string }{
		{"koria", "2008-12-31", "Elimäki"}, {"koria", "2009-01-01", "Kouvola"}, {"anjala", "2008-06-01", "Anjalankoski"},
		{"kausala", "2008-06-01", "Iitti"}, {"jaala", "2008-12-31", "Jaala"}, {"kouvola", "2026-01-01", "Kouvola"},
	} {
		if got, ok := p.MunicipalityOn(c.place, on(t, c.day)); !ok || got.In("fi") != c.want {
			t.Errorf("%s was in %q on %s, want %q", c.place, got.In("fi"), c.day, c.want)
		}
	}
	if _, ok := p.MunicipalityOn("hartola", on(t, "2008-06-01")); ok {
		t.Error("nobody told where Hartola was before the merger")
	}
}

func TestPlacesAreFoundByOldAndCarelessNames(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	for _, c := range []struct{ name, id string }{
		{"Kouvola", "kouvola"}, {"ANJALANKOSKI", "anjalankoski"}, {" vanha   kouvola ", "former-kouvola"}, {"Elimäki", "elimaki-taajama"},
		{"elimaki", "elimaki-taajama"}, {"Elimä", "elimaki-taajama"}, {"Itis", "iitti"}, {"Ingerois", "inkeroinen"},
		{"vuohijarvi", "vuohijarvi"}, {"Kasarminmäki", "kasarminmaki"}, {"Kuusankoski", "kuusankoski-centre"}, {"Elima\u0308ki", "elimaki-taajama"},
	} {
		if got, ok := p.FindPlace(c.name); !ok || got.ID != c.id {
			t.Errorf("%q is found as %q, want %q", c.name, got.ID, c.id)
		}
	}
	if got, ok := p.FindPlace("Helsinki"); ok {
		t.Errorf("Helsinki is found as %q", got.ID)
	}
	both := p.FindPlaces("elimäki")
	if len(both) != 2 || both[1].Kind != place.Former {
		t.Errorf("Elimäki is the centre and the former municipality, got %v", both)
	}
	if _, ok := p.FindPlace(strings.Repeat("a", 1<<20)); ok {
		t.Error("a name of a megabyte is no place")
	}
	for _, at := range p.Places {
		for _, n := range at.Names() {
			if !slices.ContainsFunc(p.FindPlaces(n), func(x place.Place) bool { return x.ID == at.ID }) {
				t.Errorf("%s is not found by %q", at.ID, n)
			}
		}
	}
}

func TestEveryLanguageSaysSomethingOfItsOwn(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	for _, th := range p.Themes {
		for _, l := range []string{"sv", "en"} {
			if !th.Intro.Has(l) || th.Intro.In(l) == th.Intro.In("fi") {
				t.Errorf("theme %s has no text of its own in %s", th.ID, l)
			}
		}
	}
	if got := p.Call.Question.In("et"); got != "Ottaisiko minun ideani tulta?" {
		t.Errorf("an unknown language falls back to the original, got %q", got)
	}
}

// A text may be said in plain Finnish beside Finnish, need not be, and may not be
// where there is no Finnish.
func TestPlainFinnishStandsBesideFinnish(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	if got := p.Call.Question.In("selko"); got != "Syttyykö minun ideani?" {
		t.Errorf("the question is %q", got)
	}
	if got := p.Call.Batches.Text.In("selko"); got != p.Call.Batches.Text.In("fi") || got == "" {
		t.Errorf("what is not said in plain Finnish is %q", got)
	}
	for _, k := range p.Call.Kinds {
		for _, text := range []programme.Text{k.Name, k.Question, k.Hint} {
			if !text.Has("selko") {
				t.Errorf("%s: %q is not in plain Finnish", k.ID, text)
			}
		}
	}
	for _, text := range []programme.Text{p.Call.Promise.Text, p.Call.NotGrant, p.Call.Talk, p.Call.Outside, p.Region.ExampleNote} {
		if !text.Has("selko") {
			t.Errorf("%q is not in plain Finnish", text)
		}
	}
	for _, s := range p.Steps {
		if !s.Text.Has("selko") {
			t.Errorf("the step %s is not in plain Finnish", s.ID)
		}
	}
	if !slices.Equal(p.Sets(), []i18n.Language{i18n.Finnish, i18n.Plain, i18n.Swedish, i18n.English}) || p.Address(i18n.Plain) != "/selko" || slices.Contains(p.Tongues(), i18n.Plain) {
		t.Errorf("sets %v, address %q", p.Sets(), p.Address(i18n.Plain))
	}
	_, err := programme.Parse("x.yaml", []byte(strings.Replace(source(t), "languages: [fi, sv, en]", "languages: [sv, en]", 1)))
	if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool {
		return e.Key == "programme.text.language.unknown" && e.Args["language"] == "selko"
	}) {
		t.Errorf("plain Finnish without Finnish: %.300v", err)
	}
	alone := &programme.Programme{Languages: []string{"sv"}}
	if slices.Contains(alone.Sets(), i18n.Plain) || alone.Address(i18n.Plain) != "" {
		t.Error("a region without Finnish offers plain Finnish")
	}
}

func TestTags(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	for _, kind := range programme.TagKinds() {
		tags := p.Tags(kind)
		if len(tags) == 0 {
			t.Errorf("no tags of kind %s", kind)
		}
		for _, n := range tags {
			if got, ok := p.Tag(kind, n.ID); !ok || !got.Equal(n.Name) {
				t.Errorf("%s %s is called %q", kind, n.ID, got.In("fi"))
			}
		}
	}
	if got, ok := p.Tag(programme.TagPriority, "energy"); !ok || got.In("sv") != "energi" {
		t.Error("a priority's own tags are tags")
	}
	if _, ok := p.Tag("colour", "red"); ok {
		t.Error("there is no such kind of tag")
	}
	g, th, ok := p.Package("food-kouvola")
	if !ok || th.ID != "glocal" || g.Horizon != 2020 {
		t.Errorf("package %v in %v", g.ID, th.ID)
	}
}

func TestAnswersAreFilled(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	a, ok := p.Answer(programme.FirstReply)
	if !ok {
		t.Fatal("no template for the first reply")
	}
	_, body := a.Fill("sv", map[string]string{"name": "Aino {title}", "title": "Byakök", "link": "/x"})
	if !strings.Contains(body, "Hej Aino {title}\n") || !strings.Contains(body, "”Byakök”") {
		t.Errorf("a value is put in as it is and not searched again:\n%s", body)
	}
	if !strings.Contains(body, "{officer}") {
		t.Error("a word without a value stays for the officer to see")
	}
	if title, body := (programme.Answer{Body: place.NewText("fi", "{} {a b} } {name")}).Fill("fi", map[string]string{"name": "x"}); title != "" || body != "{} {a b} } {name" {
		t.Errorf("braces that are no word: %q", body)
	}
}

func TestNextBatch(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	for _, c := range []struct{ after, want string }{
		{"2026-11-23", "2026-12-01"}, {"2026-11-30", "2026-12-01"}, {"2026-12-01", "2027-01-05"},
		{"2025-12-31", "2026-01-07"}, // the first Tuesday is Epiphany
		{"2026-01-06", "2026-01-07"}, {"2026-01-07", "2026-02-03"},
		{"2029-04-30", "2029-05-02"}, // May Day is the first Tuesday
	} {
		if got := p.NextBatch(on(t, c.after)); got != on(t, c.want) {
			t.Errorf("after %s: %s, want %s", c.after, got, c.want)
		}
	}
	closed := workday.Calendar{Closed: []workday.Span{{From: on(t, "2026-06-29"), To: on(t, "2026-07-31")}}}
	if got := p.Call.Batches.Next(on(t, "2026-06-15"), closed); got != on(t, "2026-08-03") {
		t.Errorf("over a closed July: %s", got)
	}
}

func TestBatchesNeverStandStill(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := programme.Batches{
			Week:    rapid.IntRange(1, 4).Draw(t, "week"),
			Weekday: rapid.SampledFrom([]string{"monday", "tuesday", "wednesday", "thursday", "friday"}).Draw(t, "weekday"),
		}
		after := workday.On(1950, time.January, 1).Add(rapid.IntRange(0, 90_000).Draw(t, "day"))
		next := s.Next(after, workday.Calendar{})
		if next <= after || next > after.Add(45) {
			t.Fatalf("after %s the next batch is %s", after, next)
		}
		if !(workday.Calendar{}).IsWorkday(next) {
			t.Fatalf("%s is no working day", next)
		}
		if got := s.Next(next.Add(-1), workday.Calendar{}); got != next {
			t.Fatalf("the eve of %s says %s", next, got)
		}
	})
}

func TestMoments(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	due := map[string]string{"start": "2010-12-31", "foresight-ready": "2011-12-31", "strategy-revision": "2012-12-31"}
	for _, m := range p.Milestones {
		if got := m.When.Last(); got != on(t, due[m.ID]) {
			t.Errorf("%s is by %s", m.ID, got)
		}
	}
}

func TestContrast(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		a, b string
		want float64
	}{{"#000000", "#ffffff", 21}, {"#777777", "#ffffff", 4.48}, {"#767676", "#FFFFFF", 4.54}, {"#0000ff", "#ffffff", 8.59}, {"red", "#ffffff", 0}, {"#+12345", "#ffffff", 0}} {
		if got := programme.Contrast(c.a, c.b); got < c.want-0.005 || got > c.want+0.005 {
			t.Errorf("%s on %s: %.2f, want %.2f", c.a, c.b, got, c.want)
		}
	}
}

func TestLoadSaysWhichFile(t *testing.T) {
	t.Parallel()
	_, err := programme.Load(programmes.Files(), "nowhere.yaml")
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("a missing file: %v", err)
	}
	p := kouvola(t)
	if _, err := p.WithMap([]byte(`{"format":1,"source":"x","scale":1,"areas":[]}`)); !fault.Is(err, fault.Invalid) {
		t.Errorf("a map without the municipalities: %v", err)
	}
	// A map of somewhere else shows that the places are not on it.
	away := `{"format":1,"source":"x","scale":1,"areas":[{"id":"kouvola","name":{},"ring":[20,60,1,0,0,1]},{"id":"iitti","name":{},"ring":[20,60,1,0,0,1]}]}`
	if _, err := p.WithMap([]byte(away)); len(fault.List(err)) < 40 {
		t.Errorf("a map of somewhere else: %v", err)
	}
}
