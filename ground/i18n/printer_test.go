package i18n_test

import (
	"io/fs"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/i18n"
)

func tree(files map[string]string) fs.FS {
	t := fstest.MapFS{}
	for name, src := range files {
		t[name] = &fstest.MapFile{Data: []byte(src)}
	}
	return t
}

// load reads catalogues; a text missing at use fails the test.
func load(t testing.TB, files map[string]string) *i18n.Bundle {
	t.Helper()
	b, err := i18n.Load(tree(files))
	if err != nil {
		t.Fatal(err)
	}
	b.OnMissing(func(m i18n.Missing) { t.Error(m) })
	return b
}

var spark = map[string]string{ // read only
	"texts/public.fi.yaml": "spark:\n  due: Vastaus viimeistään {{.date}}, t. {{ .who }}\n  plain: Kipinä\n  count: { one: 'Yksi kipinä {{.where}}', other: '{{.n}} kipinää {{.where}}' }\nmail.subject: Sinulle vastattiin\nfault.spark.text: 'Kirjoita enintään {{.most}} merkkiä'\n",
	"texts/public.sv.yaml": "spark:\n  due: Svar senast {{.date}}, h. {{.who}}\n  plain: Gnista\n  count: { one: 'En gnista {{.where}}', other: '{{.n}} gnistor {{.where}}' }\nmail.subject: Du har fått svar\nfault.spark.text: 'Skriv högst {{.most}} tecken'\n",
	"texts/public.en.yaml": "spark:\n  due: Answer by {{.date}}, {{.who}}\n  plain: Spark\n  count: { one: 'One spark {{.where}}', other: '{{.n}} sparks {{.where}}' }\nmail.subject: You have an answer\nfault.spark.text: 'Write {{.most}} signs at most'\n",
}

func TestTextsAreFilled(t *testing.T) {
	t.Parallel()
	b := load(t, spark)
	fi, sv := b.For(i18n.Finnish), b.For(i18n.Swedish)
	for _, c := range []struct{ got, want string }{
		{fi.T("spark.plain"), "Kipinä"},
		{sv.T("mail.subject"), "Du har fått svar"},
		{fi.T("spark.due", "date", "14.3.2026", "who", "Aino"), "Vastaus viimeistään 14.3.2026, t. Aino"},
		{fi.T("spark.due", "who", "{{.date}}", "date", 3), "Vastaus viimeistään 3, t. {{.date}}"},
		{fi.N("spark.count", 1, "where", "Iitissä"), "Yksi kipinä Iitissä"},
		{fi.N("spark.count", 0, "where", "Iitissä"), "0 kipinää Iitissä"},
		{fi.N("spark.count", 1500, "where", "Iitissä"), "1\u00a0500 kipinää Iitissä"},
		{sv.N("spark.count", 2, "where", "i Itis"), "2 gnistor i Itis"},
		{b.For(i18n.English).N("spark.count", 21, "where", "here"), "21 sparks here"},
		{b.For("de").T("spark.plain"), "Kipinä"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
	if !fi.Has("spark.due") || fi.Has("spark") || fi.Lang() != i18n.Finnish {
		t.Error("Has or Lang")
	}
	if gaps := b.Check(); gaps != nil {
		t.Errorf("gaps: %v", gaps)
	}
}

func TestMissingTextsAreSeenAndReported(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(tree(spark))
	if err != nil {
		t.Fatal(err)
	}
	var heard []i18n.Missing
	b.OnMissing(func(m i18n.Missing) { heard = append(heard, m) })
	sv := b.For(i18n.Swedish)
	if got := sv.T("no.such"); got != "⟦no.such⟧" {
		t.Errorf("T: %q", got)
	}
	if got := sv.N("no.such", 2); got != "⟦no.such⟧" {
		t.Errorf("N: %q", got)
	}
	if got := sv.T("spark.due", "date", "i dag"); got != "Svar senast i dag, h. ⟦who⟧" {
		t.Errorf("unfilled: %q", got)
	}
	want := []i18n.Missing{{Language: "sv", Key: "no.such"}, {Language: "sv", Key: "no.such"}, {Language: "sv", Key: "spark.due", Placeholder: "who"}}
	if !slices.Equal(heard, want) {
		t.Errorf("heard %v", heard)
	}
}

func TestFaultsSpeak(t *testing.T) {
	t.Parallel()
	b := load(t, spark)
	fi := b.For(i18n.Finnish)
	if got := fi.Fault(fault.New(fault.Invalid, "spark.text").With("most", 5000)); got != "Kirjoita enintään 5000 merkkiä" {
		t.Error(got)
	}
	for _, l := range i18n.Languages() {
		p, seen := b.For(l), map[string]fault.Code{}
		for _, code := range []fault.Code{fault.Invalid, fault.NotFound, fault.Forbidden, fault.SignIn, fault.Conflict, fault.Gone, fault.TooLarge, fault.TooMany, fault.Busy, fault.Internal} {
			s := p.Fault(fault.New(code, "no.sentence"))
			if other, twice := seen[s]; twice || !strings.HasSuffix(s, ".") {
				t.Errorf("%s %s says what %s says: %q", l, code, other, s)
			}
			seen[s] = code
		}
		if got, want := p.Fault(fault.New("new_kind", "x")), p.Fault(fault.New(fault.Internal, "x")); got != want {
			t.Errorf("an unknown code: %q", got)
		}
	}
	if fi.Fault(nil) != "" {
		t.Error("no failure, no sentence")
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	fi, sv, en := b.For(i18n.Finnish), b.For(i18n.Swedish), b.For(i18n.English)
	d := time.Date(2026, 3, 12, 7, 5, 0, 0, time.UTC) // 9.05 in Helsinki, a Thursday
	summer := time.Date(2026, 6, 30, 22, 30, 0, 0, time.UTC)
	for _, c := range []struct{ got, want string }{
		{fi.Date(d), "12.3.2026"}, {sv.Date(d), "12.3.2026"}, {en.Date(d), "12 March 2026"},
		{fi.DayMonth(d), "12.3."}, {sv.DayMonth(d), "12.3"}, {en.DayMonth(d), "12 March"},
		{fi.Weekday(d), "torstai"}, {sv.Weekday(d), "torsdag"}, {en.Weekday(d), "Thursday"},
		{fi.WeekdayDate(d), "torstai 12.3.2026"}, {sv.WeekdayDate(d), "torsdag 12.3.2026"}, {en.WeekdayDate(d), "Thursday 12 March 2026"},
		{fi.OnWeekday(d), "torstaina 12.3."}, {sv.OnWeekday(d), "torsdag 12.3"}, {en.OnWeekday(d), "Thursday 12 March"},
		{fi.DateTime(d), "12.3.2026 klo 9.05"}, {sv.DateTime(d), "12.3.2026 kl. 9.05"}, {en.DateTime(d), "12 March 2026 at 9:05"},
		{fi.DateTime(summer), "1.7.2026 klo 1.30"}, {en.Time(summer), "1:30"},
		{fi.Month(time.March), "maaliskuu"}, {sv.Month(time.December), "december"}, {en.Month(13), ""},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestAgoCountsCalendarDays(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	fi, sv, en := b.For(i18n.Finnish), b.For(i18n.Swedish), b.For(i18n.English)
	at := func(y int, m time.Month, d, h int) time.Time { return time.Date(y, m, d, h, 0, 0, 0, i18n.Helsinki()) }
	now := at(2026, 11, 23, 1)
	for _, c := range []struct {
		t              time.Time
		fin, swe, engl string
	}{
		{at(2026, 11, 23, 23), "tänään", "i dag", "today"},
		{at(2026, 11, 22, 23), "eilen", "i går", "yesterday"}, // two hours ago, yet yesterday
		{at(2026, 11, 20, 12), "3 päivää sitten", "för 3 dagar sedan", "3 days ago"},
		{at(2026, 10, 20, 12), "4 viikkoa sitten", "för 4 veckor sedan", "4 weeks ago"}, // over the autumn clock change
		{at(2026, 8, 24, 12), "2 kuukautta sitten", "för 2 månader sedan", "2 months ago"},
		{at(2023, 11, 24, 12), "2 vuotta sitten", "för 2 år sedan", "2 years ago"},
		{at(2026, 11, 24, 0), "huomenna", "i morgon", "tomorrow"},
		{at(2026, 12, 3, 0), "10 päivän päästä", "om 10 dagar", "in 10 days"},
		{at(2028, 11, 23, 0), "2 vuoden päästä", "om 2 år", "in 2 years"},
	} {
		if got := fi.Ago(c.t, now); got != c.fin {
			t.Errorf("%v: %q, want %q", c.t, got, c.fin)
		}
		if got := sv.Ago(c.t, now); got != c.swe {
			t.Errorf("%v: %q, want %q", c.t, got, c.swe)
		}
		if got := en.Ago(c.t, now); got != c.engl {
			t.Errorf("%v: %q, want %q", c.t, got, c.engl)
		}
	}
}

// The library is slower but knows CLDR; our numbers must be its numbers.
func TestNumbersAgreeWithCLDR(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.Int64().Draw(t, "n")
		cents := rapid.IntRange(-1<<40, 1<<40).Draw(t, "hundredths")
		for _, l := range i18n.Languages() {
			cldr := message.NewPrinter(language.MustParse(string(l)))
			if got, want := b.For(l).Number(n), cldr.Sprint(number.Decimal(n)); got != want {
				t.Fatalf("%s Number(%d) = %q, want %q", l, n, got, want)
			}
			f := float64(cents) / 4 // exact halves and quarters: no rounding quarrel
			if got, want := b.For(l).Decimal(f, 2), cldr.Sprint(number.Decimal(f, number.Scale(2))); got != want {
				t.Fatalf("%s Decimal(%v) = %q, want %q", l, f, got, want)
			}
		}
	})
}

func TestMoneyAndOddNumbers(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	fi, sv, en := b.For(i18n.Finnish), b.For(i18n.Swedish), b.For(i18n.English)
	for _, c := range []struct{ got, want string }{
		{fi.Money(4673500), "46\u00a0735\u00a0€"}, {sv.Money(4673550), "46\u00a0735,50\u00a0€"}, {en.Money(4673500), "€46,735"},
		{fi.Money(0), "0\u00a0€"}, {fi.Money(5), "0,05\u00a0€"}, {fi.Money(-120), "−1,20\u00a0€"}, {en.Money(-120), "-€1.20"},
		{en.Money(math.MinInt64), "-€92,233,720,368,547,758.08"},
		{fi.Decimal(-0.04, 1), "0,0"}, {fi.Decimal(math.NaN(), 1), "–"}, {en.Decimal(2.6, -1), "3"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestLists(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	for _, c := range []struct {
		items         []string
		fin, swe, eng string
	}{
		{nil, "", "", ""}, {[]string{"a"}, "a", "a", "a"},
		{[]string{"a", "b"}, "a ja b", "a och b", "a and b"},
		{[]string{"a", "b", "c"}, "a, b ja c", "a, b och c", "a, b and c"},
	} {
		if f, s, e := b.For("fi").List(c.items), b.For("sv").List(c.items), b.For("en").List(c.items); f != c.fin || s != c.swe || e != c.eng {
			t.Errorf("%v: %q %q %q", c.items, f, s, e)
		}
	}
}

func TestAlphabets(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	for l, want := range map[i18n.Language]string{
		i18n.Finnish: "Aitta elimäki Elimäki Iitti Šakki Valkeala Vuokko Wahlman Yli Zeta Åland Ähtäri Öölanti",
		i18n.Swedish: "Aitta elimäki Elimäki Iitti Šakki Valkeala Vuokko Wahlman Yli Zeta Åland Ähtäri Öölanti",
		i18n.English: "Ähtäri Aitta Åland elimäki Elimäki Iitti Öölanti Šakki Valkeala Vuokko Wahlman Yli Zeta",
	} {
		names := strings.Fields(want)
		rapid.Check(t, func(t *rapid.T) {
			got := rapid.Permutation(names).Draw(t, "mixed")
			b.For(l).Sort(len(got), func(i int) string { return got[i] }, func(i, j int) { got[i], got[j] = got[j], got[i] })
			if strings.Join(got, " ") != want {
				t.Fatalf("%s: %v", l, got)
			}
		})
	}
}

func TestSortAgreesWithCompare(t *testing.T) {
	t.Parallel()
	b := load(t, nil)
	name := rapid.OneOf(rapid.String(), rapid.StringOfN(rapid.SampledFrom([]rune("aäåöovwVWÄ -ü")), 0, 4, -1))
	rapid.Check(t, func(t *rapid.T) {
		p := b.For(rapid.SampledFrom(i18n.Languages()).Draw(t, "language"))
		names := rapid.SliceOfN(name, 0, 12).Draw(t, "names")
		byKey := slices.Clone(names)
		p.Sort(len(byKey), func(i int) string { return byKey[i] }, func(i, j int) { byKey[i], byKey[j] = byKey[j], byKey[i] })
		slices.SortStableFunc(names, p.Compare)
		if !slices.Equal(byKey, names) {
			t.Fatalf("Sort %q, Compare %q", byKey, names)
		}
	})
}

func TestOnePrinterManyReaders(t *testing.T) {
	t.Parallel()
	b := load(t, spark)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			p := b.For(i18n.Swedish)
			for i := range 200 {
				if p.T("spark.due", "date", i, "who", "x") == "" || p.N("spark.count", i, "where", "") == "" || p.Compare("ä", "z") != 1 || p.Ago(time.Unix(0, 0), time.Unix(int64(i)*1e6, 0)) == "" {
					t.Error("wrong under load")
				}
			}
		})
	}
	wg.Wait()
}

func BenchmarkT(bench *testing.B) {
	p := load(bench, spark).For(i18n.Finnish)
	bench.Run("plain", func(bench *testing.B) {
		bench.ReportAllocs()
		for bench.Loop() {
			p.T("spark.plain")
		}
	})
	bench.Run("placeholders", func(bench *testing.B) {
		bench.ReportAllocs()
		for bench.Loop() {
			p.T("spark.due", "date", "14.3.2026", "who", "Aino")
		}
	})
}

func BenchmarkN(bench *testing.B) {
	p := load(bench, spark).For(i18n.Finnish)
	bench.ReportAllocs()
	for bench.Loop() {
		p.N("spark.count", 1234, "where", "Iitissä")
	}
}

func BenchmarkSort1000(bench *testing.B) {
	p := load(bench, nil).For(i18n.Finnish)
	base := make([]string, 1000)
	for i := range base {
		base[i] = string(rune('a'+i*7%26)) + "äö" + string(rune('a'+i*11%26))
	}
	for bench.Loop() {
		names := slices.Clone(base)
		p.Sort(len(names), func(i int) string { return names[i] }, func(i, j int) { names[i], names[j] = names[j], names[i] })
	}
}

// A twin says the same and hears for itself.
func TestATwinHearsForItself(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(tree(spark))
	if err != nil {
		t.Fatal(err)
	}
	var first, second int
	b.OnMissing(func(i18n.Missing) { first++ })
	twin := b.Twin()
	twin.OnMissing(func(i18n.Missing) { second++ })
	for _, l := range i18n.Languages() {
		for _, key := range b.Keys() {
			if b.For(l).Has(key) && b.For(l).T(key) != twin.For(l).T(key) {
				t.Errorf("%s %s: not the same", l, key)
			}
		}
	}
	first, second = 0, 0
	twin.For(i18n.Finnish).T("no.such.text")
	if first != 0 || second != 1 {
		t.Errorf("heard %d and %d times", first, second)
	}
}
