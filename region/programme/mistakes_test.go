package programme_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/place"
	"kokko/region/programme"
)

// where gives the "line:column" at which part first stands in src, columns in
// characters. A mark ¦ in part moves the place to what comes after it.
func where(t *testing.T, src, part string) string {
	t.Helper()
	before, after, marked := strings.Cut(part, "¦")
	i := strings.Index(src, before+after)
	if i < 0 {
		t.Fatalf("%q is not in the file", part)
	}
	if marked {
		i += len(before)
	}
	start := strings.LastIndex(src[:i], "\n") + 1
	return fmt.Sprintf("%d:%d", strings.Count(src[:i], "\n")+1, utf8.RuneCountInString(src[start:i])+1)
}

// TestEveryMistakeIsFoundAtItsPlace breaks the shipped file in one spot at a
// time. old is replaced once by new; the mistake must stand at the first place
// of the text "at" in the broken file.
func TestEveryMistakeIsFoundAtItsPlace(t *testing.T) {
	t.Parallel()
	src := source(t)
	for _, c := range []struct{ old, new, key, at string }{
		{"format: 1", "format: 2", "number.range", "format: ¦2"},
		{"format: 1", "format: \"1\"", "want.number", "\"1\""},
		{"id: koko\n", "id: Koko\n", "id.wrong", "Koko"},
		{"languages: [fi, sv, en]", "languages: [fi, sv, en, fi]", "id.twice", "fi]"},
		{"languages: [fi, sv, en]", "languages: [suomi, sv, en]", "language_code", "suomi, sv"},
		{"languages: [fi, sv, en]", "languages: [fi, sv, en, selko]", "language_code", "selko]"},
		{"selko: Syttyykö minun ideani?}", "selko: \"\"}", "value.empty", "\"\"}"},
		{"slug: kouvola", "slug: kipina", "slug.reserved", "kipina"},
		{"slug: kouvola", "slug: se", "slug.reserved", "se\n"},
		{"example: true", "example: yes", "want.bool", "yes\n"},
		{"map: kouvola.map.json", "map: ../secret", "file_name", "../secret"},
		{"start: 2010-01-01", "start: 1.1.2010", "day", "1.1.2010"},
		{"planned_end: 2013-12-31", "planned_end: 2009-12-31", "span.order", "2009-12-31"},
		{"    end_reason:\n      fi: H", "    reason:\n      fi: H", "key.unknown", "reason:\n"},
		{"    end_reason:\n      fi: H", "    reason:\n      fi: H", "end.reason", "2011-12-31\n    reason"},
		{"regions: 52", "regions: many", "want.number", "many # "},
		{"ministry: tem", "ministry: tam", "ref.actor", "tam # "},
		{"from: 2021-01-01}", "from: 2020-06-01}", "span.overlap", "2020-06-01}"},
		{"name: Jaala, until: 2008-12-31}", "name: Jaala, until: 2009-12-31}", "former.until", "{id: jaala, name: Jaala, until: 2009"},
		{"      members:\n        - {from: 2010-01-01}\n      counties:\n        - {code: \"08\", name: {fi: Kymenlaakso, sv: Kymmenedalen, en: Kymenlaakso}, from: 2009-01-01}", "      counties:\n        - {code: \"08\", name: Kymenlaakso}", "key.missing", "id: kouvola # brochure rows 17"},
		{"goals: [diversity, vitality, food-economy]", "goals: [diversity, happiness]", "ref.goal", "happiness"},
		{"networks: [demo]", "networks: [demo, mal]", "network.outside", "mal]"},
		{"networks: [demo]", "networks: [demo, tourism]", "network.theme", "tourism]"},
		{"themes: [glocal]", "themes: []", "network.theme", "demo] #"},
		{"id: green-spirit # ", "id: food-kouvola # ", "id.twice", "food-kouvola # brochure row 83"},
		{"places: [kasarminmaki]", "places: [nowhere]", "ref.place", "nowhere"},
		{"topics: [foresight]", "topics: [astrology]", "ref.topic", "astrology"},
		{"    by: kinno", "    by: nobody", "ref.actor", "nobody"},
		{"    start: 2011-01-01\n    end: 2014-03-31", "    start: 2011-01-01\n    end: 2010-03-31", "span.order", "2010-03-31"},
		{"due: \"2011-12\"", "due: soon", "moment", "soon\n"},
		{"id: industry-impact-study # brochure row 106", "after: food-vision\n    id: industry-impact-study # brochure row 106", "after.loop", "food-vision\n    id: industry"},
		{"aim_workdays: 3", "aim_workdays: 12", "promise", "aim_workdays: ¦12\n"},
		{"most_workdays: 10", "most_workdays: 0", "number.range", "0\n    aim"},
		{"weekday: tuesday", "weekday: tiistai", "one", "tiistai"},
		{"elinkeinopalvelut@kouvola.example.invalid", "elinkeinopalvelut@kouvola.example.fi", "example.mail", "elinkeinopalvelut@"},
		{"elinkeinopalvelut@kouvola.example.invalid", "elinkeinopalvelut", "mail", "elinkeinopalvelut\n"},
		{"ink: \"#26211d\"", "ink: \"#26211\"", "colour.wrong", "\"#26211\""},
		{"muted: \"#5f554d\"", "muted: \"#a09890\"", "contrast", "{text: muted, on: paper"},
		{"    river: \"#8cc8df\"\n", "", "colour.both", "\"#1d5a73\""},
		{"{text: river, on: card}", "{text: lake, on: card}", "ref.token", "lake"},
		{"Tack för gnistan ”{title}”. Jag", "Tack för gnistan. Jag", "answer.differs", "fi: |\n        Hei {name}\n\n        Kiitos"},
		{"{officer}\n        {phone}\n      sv", "{official}\n        {phone}\n      sv", "answer.word", "fi: |\n        Hei {name}\n\n        Kiitos"},
		{"    purpose: close", "    purpose: more", "answer.missing", "- id: first"},
		{"sv: Logistik, ", "", "text.language.missing", "{fi: Logistiikka"},
		{"sv: Logistik, ", "no: Logistikk, ", "text.language.unknown", "no: Logistikk"},
		{"sv: Logistik, ", "sv: , ", "want.text", "sv: , "},
		{"question: {fi: Mikä on uuden Kouvolan idea?, sv: Vilken är det nya Kouvolas idé?, en: What is the idea of the New Kouvola?}", "question: Mikä?", "text.languages", "Mikä?"},
		{"at: [60.7201, 26.4562]", "at: [160.7201, 26.4562]", "point", "[160.7201"},
		{"at: [60.7201, 26.4562]", "at: [0, 0]", "point", "[0, 0]"},
		{"at: [60.7201, 26.4562]", "at: [60.7201]", "point", "[60.7201]"},
		{"at: [60.7201, 26.4562]", "at: [.nan, 26.4562]", "want.number", ".nan"},
		{"id: koria, kind: builtup", "id: koria, kind: town", "one", "kind: ¦town"},
		{"id: koria, kind: builtup, name: Koria, municipality: kouvola, former: elimaki", "id: koria, kind: builtup, name: Koria, municipality: iitti, former: elimaki", "ref.former", "elimaki, at: [60.8158"},
		{"id: koria, kind: builtup, name: Koria, municipality: kouvola", "id: koria, kind: builtup, name: Koria, municipality: kotka", "ref.municipality", "kotka"},
		{"postcode: \"45610\"", "postcode: \"4561A\"", "digits", "\"4561A\""},
		{"sources: [brochure, local]", "sources: [brochure, rumour]", "ref.source", "rumour"},
		{"id: koria, kind", "id: jaala, kind", "id.twice", "jaala, kind: builtup, name: Koria"},
		{"name: InnoVire", "name: \"Inno\\u202eVire\"", "hidden", "\"Inno\\u202e"},
		{"name: InnoVire", "name: " + strings.Repeat("pitkä", 40), "long", "pitkäpitkä"},
		{"name: InnoVire", "name: true", "text.languages", "true\n    by: lut"},
		{"name: InnoVire", "name: *nimi", "yaml.alias", "*nimi"},
		{"name: InnoVire", "name: &nimi InnoVire", "yaml.alias", "&nimi"},
		{"name: InnoVire", "name: !!str InnoVire", "yaml.tag", "!!str"},
		{"name: InnoVire", "name: [[[[[[[[[x]]]]]]]]]", "deep", "[x]]]"},
		{"    code: S11578\n", "    code: S11578\n    code: S11579\n", "key.twice", "code: S11579"},
		{"milestones:", "milestones:\n  first: x\nmilestone:", "want.list", "first: x"},
		{"funding:", "funding: ~\nfundings:", "key.unknown", "fundings:"},
	} {
		t.Run(c.key+" "+c.at, func(t *testing.T) {
			t.Parallel()
			broken := strings.Replace(src, c.old, c.new, 1)
			if broken == src {
				t.Fatalf("%q is not in the file", c.old)
			}
			p, err := programme.Parse("k.yaml", []byte(broken))
			if err == nil || p != nil {
				t.Fatal("nothing was wrong")
			}
			want, line := "programme."+c.key, where(t, broken, c.at)
			if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool { return e.Key == want && e.Field == line }) {
				t.Errorf("want %s at %s, got:\n%v", want, line, strings.ReplaceAll(err.Error(), "; ", "\n"))
			}
		})
	}
}

// TestEveryKeyIsHeldToItsPlace misspells one key after another all through the
// file, so that no part of it is read by a reader that has lost its place.
func TestEveryKeyIsHeldToItsPlace(t *testing.T) {
	t.Parallel()
	src := source(t)
	lines := strings.SplitAfter(src, "\n")
	key := regexp.MustCompile(`^( *)(- )?\{?([a-z_]+):[ \n]`)
	tried, block := 0, -1
	for i, line := range lines {
		if depth := len(line) - len(strings.TrimLeft(line, " ")); block >= 0 && (depth > block || strings.TrimSpace(line) == "") {
			continue // inside a text of several lines
		}
		block = -1
		m := key.FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		if regexp.MustCompile(`[|>]-?\n$`).MatchString(line) {
			block = m[6] - 1
		}
		if tried++; tried%17 != 0 && !testing.Verbose() { // all of them with -v
			continue
		}
		broken := strings.Join(lines[:i], "") + line[:m[6]] + "zz_" + line[m[6]:] + strings.Join(lines[i+1:], "")
		_, err := programme.Parse("k.yaml", []byte(broken))
		place := fmt.Sprintf("%d:%d", i+1, m[6]+1)
		if !slices.ContainsFunc(fault.List(err), func(e *fault.Error) bool {
			// A misspelt language or colour is told where its words stand.
			return e.Field == place || strings.HasPrefix(e.Field, fmt.Sprintf("%d:", i+1)) && e.Key == "programme.colour.both"
		}) {
			t.Errorf("line %d %q: nothing told at %s: %v", i+1, strings.TrimSpace(line), place, err)
		}
	}
	if tried < 400 {
		t.Errorf("only %d keys were found to try", tried)
	}
}

func TestAllMistakesAreToldAtOnceInOrder(t *testing.T) {
	t.Parallel()
	src := source(t)
	for _, c := range [][2]string{{"format: 1", "format: 9"}, {"slug: kouvola", "slug: api"}, {"networks: [demo]", "networks: [demi]"}, {"weekday: tuesday", "weekday: sunday"}, {"postcode: \"45610\"", "postcode: \"x\""}} {
		src = strings.Replace(src, c[0], c[1], 1)
	}
	_, err := programme.Parse("k.yaml", []byte(src))
	var got []string
	last := 0
	for _, e := range fault.List(err) {
		got = append(got, e.Key)
		var line, col int
		fmt.Sscanf(e.Field, "%d:%d", &line, &col)
		if line < last {
			t.Errorf("%s is told out of order", e.Field)
		}
		last = line
	}
	// The theme that no longer names the network is told where the network is.
	want := []string{"programme.number.range", "programme.slug.reserved", "programme.ref.network", "programme.network.theme", "programme.one", "programme.digits"}
	if !slices.Equal(got, want) {
		t.Errorf("told %v", got)
	}
}

func TestManyMistakesAreCounted(t *testing.T) {
	t.Parallel()
	_, err := programme.Parse("k.yaml", []byte("goals:\n"+strings.Repeat("  - {name: x, ide: y}\n", 300)))
	many := fault.List(err)
	if last := many[len(many)-1]; len(many) != 101 || last.Key != "programme.more" || last.Args["count"].(int) < 400 {
		t.Errorf("%d told, the last is %v", len(many), last)
	}
}

// TestHostileFilesAreRefused: each is small or bounded, and each would hurt a
// reader that trusts it.
func TestHostileFilesAreRefused(t *testing.T) {
	where := regexp.MustCompile(`^[1-9]\d*:[1-9]\d*$`)
	t.Parallel()
	var bomb strings.Builder
	bomb.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x]\n")
	for i := range 9 {
		fmt.Fprintf(&bomb, "a%d: &a%d [*a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d, *a%d]\n", i+1, i+1, i, i, i, i, i, i, i, i, i)
	}
	stairs := ""
	for i := range 200 {
		stairs += strings.Repeat(" ", i) + "a:\n"
	}
	for name, c := range map[string]struct{ src, key string }{
		"alias bomb":          {bomb.String(), "programme.yaml.alias"},
		"merge":               {"a: &a {b: 1}\nc:\n  <<: *a\n", "programme.yaml.alias"},
		"brackets":            {strings.Repeat(strings.Repeat("[", 3000)+"\n", 300), "programme.deep"},
		"braces over lines":   {strings.Repeat("{a:\n ", 20), "programme.deep"},
		"list marks":          {strings.Repeat("- ", 1900) + "a", "programme.deep"},
		"questions":           {strings.Repeat("? ", 1900) + "a", "programme.yaml.question"},
		"stairs":              {stairs, "programme.deep"},
		"a long line":         {"id: " + strings.Repeat("x", 5000), "programme.line.long"},
		"a megabyte and one":  {strings.Repeat("#\n", 1<<19) + "x", "programme.large"},
		"too many tokens":     {strings.Repeat("- [a, a, a, a, a, a, a]\n", 20_000), "programme.large"},
		"many keys":           {strings.Repeat("a: b\n", 33_000), "programme.wide"},
		"many keys deep in":   {"a:\n  - x: y\n" + strings.Repeat("    k: v\n", 20_000), "programme.wide"},
		"many keys in braces": {"a: {" + strings.Repeat("k: v,\n", 20_000) + "}", "programme.wide"},
		"NUL":                 {"id: ko\x00ko\n", "programme.hidden"},
		"escape code":         {"id: \x1b[31mkoko\n", "programme.hidden"},
		"direction override":  {"id: \u202ekoko\n", "programme.hidden"},
		"broken UTF-8":        {"id: \xff\xfe\n", "programme.utf8"},
		"tab indentation":     {"a:\n\tb: 1\n", "programme.hidden"},
		"two documents":       {"a: 1\n---\nb: 2\n", "programme.yaml.document"},
		"nothing":             {"", "programme.empty"},
		"only comments":       {"# nothing\n", "programme.empty"},
		"a list":              {"- a\n- b\n", "programme.want.mapping"},
		"a word":              {"kokko", "programme.want.mapping"},
		"an open quote":       {"id: \"koko\n", "programme.syntax"},
		"bad indentation":     {"a:\n    b: 1\n  c: 2\n", "programme.syntax"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := programme.Parse("k.yaml", []byte(c.src))
			list := fault.List(err)
			if !slices.ContainsFunc(list, func(e *fault.Error) bool { return e.Key == c.key }) {
				t.Errorf("want %s, got %v", c.key, err)
			}
			for _, e := range list {
				if !where.MatchString(e.Field) {
					t.Errorf("%s has no place: %q", e.Key, e.Field)
				}
			}
		})
	}
}

func TestWindowsFilesAreRead(t *testing.T) {
	t.Parallel()
	src := "\ufeff" + strings.ReplaceAll(source(t), "\n", "\r\n")
	p, err := programme.Parse("k.yaml", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(p.Poem[0].In("fi"), "\r") {
		t.Error("the line ends of another system are kept in a text")
	}
}

func bundle(t testing.TB) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(programme.Texts(), place.Texts())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestReportIsForEditorsAndPeople(t *testing.T) {
	t.Parallel()
	b := bundle(t)
	_, err := programme.Parse("k.yaml", []byte(strings.Replace(source(t), "slug: kouvola", "slug: api\n  slugs: x", 1)))
	lines := strings.Split(strings.TrimSpace(programme.Report(err, b.For(i18n.Finnish))), "\n")
	at := where(t, source(t), "kouvola\n  name: {fi: Kouvolan seutu")
	if len(lines) != 2 || lines[0] != "k.yaml:"+at+": Osoitteen alku ”api” on varattu. Valitse toinen, vähintään kolme merkkiä." {
		t.Errorf("%q", lines)
	}
	if programme.Report(nil, b.For(i18n.Finnish)) != "" {
		t.Error("no mistake is no line")
	}
}

// TestEveryMistakeHasASentence reads the keys out of the source, so that a new
// mistake cannot be made without its three sentences.
func TestEveryMistakeHasASentence(t *testing.T) {
	t.Parallel()
	b := bundle(t)
	for _, gap := range b.Check() {
		t.Error(gap)
	}
	used := map[string]bool{}
	for _, dir := range []string{".", filepath.Join("..", "place")} {
		files, err := filepath.Glob(filepath.Join(dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			if strings.HasSuffix(f, "_test.go") {
				continue
			}
			src, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range regexp.MustCompile(`"((?:programme|place\.map)\.[a-z0-9_.]+[a-z0-9])"`).FindAllStringSubmatch(string(src), -1) {
				used[m[1]] = true
			}
			for _, m := range regexp.MustCompile(`\.refs?\([^"\n]+"([a-z]+)"`).FindAllStringSubmatch(string(src), -1) {
				used["programme.ref."+m[1]] = true
			}
		}
	}
	if len(used) < 50 {
		t.Fatalf("only %d keys were found in the source", len(used))
	}
	for key := range used {
		for _, l := range i18n.Languages() {
			if !b.For(l).Has("fault." + key) {
				t.Errorf("%s has no sentence in %s", key, l)
			}
		}
	}
	for _, key := range b.Keys() {
		if k, ok := strings.CutPrefix(key, "fault.programme."); ok && !used["programme."+k] {
			t.Errorf("%s is said nowhere", key)
		}
	}
}

func FuzzParse(f *testing.F) {
	src := source(f)
	f.Add([]byte(src))
	f.Add([]byte("a: [{b: &c d}]\n"))
	f.Add([]byte("id: koko\nlanguages: [fi]\nregion:\n  id: x\n"))
	f.Add([]byte("goals:\n  - {id: a, name: {fi: b}}\n  - \n  -\n   - x\n"))
	f.Add([]byte("poem: [|, >\n x]\n\"\\u0000\": 'x'"))
	for part := range strings.SplitSeq(src, "# ------") {
		f.Add([]byte(part))
	}
	say := bundle(f).For(i18n.English)
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := programme.Parse("f.yaml", src)
		if (p == nil) == (err == nil) {
			t.Fatalf("programme %v and error %v", p, err)
		}
		if err != nil {
			if many := fault.List(err); len(many) > 101 {
				t.Fatalf("%d mistakes told", len(many))
			}
			if programme.Report(err, say) == "" {
				t.Fatal("a mistake without words")
			}
			return
		}
		for _, at := range p.Places {
			if _, ok := p.Place(at.ID); !ok || !utf8.ValidString(at.ID) {
				t.Fatalf("place %q is lost", at.ID)
			}
		}
		p.NextBatch(0)
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte(source(b))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := programme.Parse("k.yaml", src); err != nil {
			b.Fatal(err)
		}
	}
}
