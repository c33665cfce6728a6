package workday_test

import (
	"database/sql/driver"
	"encoding/json"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/i18n"
)

func day(t testing.TB, s string) workday.Day {
	t.Helper()
	d, err := workday.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKnownHolidays(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]workday.Name{
		"2024-03-31": workday.EasterSunday, "2025-04-20": workday.EasterSunday, "2026-04-05": workday.EasterSunday,
		"1913-03-23": workday.EasterSunday, "2008-03-23": workday.EasterSunday, "1943-04-25": workday.EasterSunday,
		"2038-04-25": workday.EasterSunday, "1954-04-18": workday.EasterSunday, "1981-04-19": workday.EasterSunday, // the two exceptions
		"2026-01-01": workday.NewYear, "2026-01-06": workday.Epiphany, "2026-04-03": workday.GoodFriday, "2026-04-06": workday.EasterMonday,
		"2026-05-01": workday.MayDay, "2026-05-14": workday.Ascension, "2026-05-24": workday.WhitSunday,
		"2026-06-19": workday.MidsummerEve, "2026-06-20": workday.Midsummer, "2026-10-31": workday.AllSaints,
		"2026-12-06": workday.Independence, "2026-12-24": workday.ChristmasEve, "2026-12-25": workday.Christmas, "2026-12-26": workday.BoxingDay,
		"2027-06-26": workday.Midsummer, "2027-11-06": workday.AllSaints, // the latest they can be
		"2008-05-01": workday.MayDay, // Ascension Day too
		"1973-01-06": workday.Epiphany, "1990-01-06": workday.Epiphany, "1989-01-07": workday.Epiphany, "1985-01-12": workday.Epiphany, "1989-01-06": "",
		"1991-05-09": "", "1991-05-04": workday.Ascension, "1992-05-28": workday.Ascension, "1972-05-11": workday.Ascension, "1973-06-02": "", "1973-05-26": workday.Ascension,
		"1954-06-24": workday.Midsummer, "1954-11-01": workday.AllSaints, "1955-06-25": workday.Midsummer, "1955-11-05": workday.AllSaints, "1955-11-01": "",
		"1943-05-01": "", "1944-05-01": workday.MayDay, "1918-12-06": "", "1919-12-06": workday.Independence,
		"2026-03-15": "", "2026-12-31": "", "2026-04-02": "", "2026-04-04": "", "2026-07-15": "",
	} {
		if got, ok := workday.Holiday(day(t, s)); got != want || ok != (want != "") {
			t.Errorf("%s is %q, want %q", s, got, want)
		}
	}
}

// golden reads Easter another way: the full moon from the golden number and the
// century's two corrections, then the Sunday after it.
func golden(year int) workday.Day {
	g, c := year%19+1, year/100+1
	solar, lunar := 3*c/4-12, (8*c+5)/25-5
	epact := ((11*g+20+lunar-solar)%30 + 30) % 30
	if epact == 24 || epact == 25 && g > 11 {
		epact++
	}
	moon := 44 - epact
	if moon < 21 {
		moon += 30
	}
	d := workday.On(year, time.March, moon).Add(1)
	for d.Weekday() != time.Sunday {
		d = d.Add(1)
	}
	return d
}

func TestEasterAgreesWithTheGoldenNumber(t *testing.T) {
	t.Parallel()
	for year := 1583; year <= 4099; year++ {
		if got, want := workday.Easter(year), golden(year); got != want {
			t.Errorf("%d: %s, want %s", year, got, want)
		}
	}
}

func TestEveryYearHasItsHolidays(t *testing.T) {
	t.Parallel()
	weekdays := map[workday.Name]time.Weekday{
		workday.GoodFriday: time.Friday, workday.EasterSunday: time.Sunday, workday.EasterMonday: time.Monday, workday.WhitSunday: time.Sunday,
	}
	for year := 1900; year <= 2200; year++ {
		list, want := workday.Holidays(year), 15
		if year < 1944 {
			want--
		}
		if year < 1919 {
			want--
		}
		if len(list) != want {
			t.Errorf("%d has %d holidays, want %d", year, len(list), want)
		}
		for i, h := range list {
			if y, _, _ := h.Day.Date(); y != year || i > 0 && list[i-1].Day > h.Day {
				t.Errorf("%d: %v out of place", year, h)
			}
			if _, ok := workday.Holiday(h.Day); !ok {
				t.Errorf("%s %s is listed yet not found by its day", h.Day, h.Name)
			}
			if w, fixed := weekdays[h.Name]; fixed && h.Day.Weekday() != w {
				t.Errorf("%s %s is a %s", h.Day, h.Name, h.Day.Weekday())
			}
			if year >= 1955 && (h.Name == workday.Midsummer || h.Name == workday.AllSaints) && h.Day.Weekday() != time.Saturday {
				t.Errorf("%s %s is a %s", h.Day, h.Name, h.Day.Weekday())
			}
			if year >= 1992 && h.Name == workday.Ascension && h.Day.Weekday() != time.Thursday {
				t.Errorf("%s %s is a %s", h.Day, h.Name, h.Day.Weekday())
			}
		}
	}
}

// The months Holiday skips must be empty, so every holiday is found from the
// days' side as well as from the list's.
func TestHolidaysFromBothSides(t *testing.T) {
	t.Parallel()
	listed := map[workday.Day]bool{}
	for year := 1900; year <= 2200; year++ {
		for _, h := range workday.Holidays(year) {
			listed[h.Day] = true
		}
	}
	for d := workday.On(1900, 1, 1); d <= workday.On(2200, 12, 31); d++ {
		if _, ok := workday.Holiday(d); ok != listed[d] {
			t.Errorf("%s: found %v, listed %v", d, ok, listed[d])
		}
	}
}

func TestHolidaysHaveNamesInThreeLanguages(t *testing.T) {
	t.Parallel()
	b, err := i18n.Load(workday.Texts())
	if err != nil {
		t.Fatal(err)
	}
	for _, gap := range b.Check() {
		t.Error(gap)
	}
	for _, h := range workday.Holidays(2026) {
		for _, l := range i18n.Languages() {
			if !b.For(l).Has(string(h.Name)) {
				t.Errorf("%s: %s has no name", l, h.Name)
			}
		}
	}
	if got := b.For(i18n.Finnish).T(string(workday.Midsummer)); got != "juhannuspäivä" {
		t.Error(got)
	}
}

func TestDueDates(t *testing.T) {
	t.Parallel()
	summer := workday.Calendar{Closed: []workday.Span{{From: day(t, "2026-07-06"), To: day(t, "2026-07-31")}, {From: day(t, "2026-12-28"), To: day(t, "2026-12-27")}}}
	for _, c := range []struct {
		calendar workday.Calendar
		from     string
		n        int
		want     string
	}{
		{workday.Calendar{}, "2026-03-12", 3, "2026-03-17"}, // Thursday, over a weekend
		{workday.Calendar{}, "2026-03-14", 1, "2026-03-16"}, // Saturday
		{workday.Calendar{}, "2026-03-14", 0, "2026-03-16"},
		{workday.Calendar{}, "2026-03-12", 0, "2026-03-12"},
		{workday.Calendar{}, "2026-04-02", 1, "2026-04-07"},  // over Easter
		{workday.Calendar{}, "2026-04-07", -1, "2026-04-02"}, // and back
		{workday.Calendar{}, "2026-06-18", 1, "2026-06-22"},  // midsummer
		{workday.Calendar{}, "2026-12-23", 3, "2026-12-30"},  // Christmas
		{summer, "2026-07-03", 3, "2026-08-05"},
		{summer, "2026-07-15", 1, "2026-08-03"},
		{summer, "2026-12-23", 1, "2026-12-28"}, // a span the wrong way round closes nothing
	} {
		if got := c.calendar.AddWorkdays(day(t, c.from), c.n); got.String() != c.want {
			t.Errorf("%s + %d = %s, want %s", c.from, c.n, got, c.want)
		}
	}
	if got := (workday.Calendar{}).WorkdaysBetween(day(t, "2025-12-31"), day(t, "2026-12-31")); got != 252 { // 261 weekdays, nine holidays on them
		t.Errorf("2026 has %d workdays", got)
	}
}

func calendars(t *rapid.T) workday.Calendar {
	var c workday.Calendar
	for range rapid.IntRange(0, 4).Draw(t, "spans") {
		from := workday.Day(rapid.Int32Range(-26000, 84000).Draw(t, "from")) // 1898–2199
		c.Closed = append(c.Closed, workday.Span{From: from, To: from.Add(rapid.IntRange(-2, 60).Draw(t, "length"))})
	}
	return c
}

func TestAddingAndCountingAreInverse(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := calendars(t)
		a := workday.Day(rapid.Int32Range(-25567, 84006).Draw(t, "day"))
		if len(c.Closed) > 0 && rapid.Bool().Draw(t, "near") { // meet the spans often
			a = c.Closed[0].From.Add(rapid.IntRange(-10, 70).Draw(t, "offset"))
		}
		n := rapid.IntRange(-400, 400).Draw(t, "n")
		b := c.AddWorkdays(a, n)
		if !c.IsWorkday(b) {
			t.Fatalf("%s + %d = %s, which is no workday", a, n, b)
		}
		if n == 0 && !c.IsWorkday(a) {
			n = 1
		}
		if got := c.WorkdaysBetween(a, b); got != n {
			t.Fatalf("%s + %d = %s, counted back as %d", a, n, b, got)
		}
		if again := c.AddWorkdays(b, -n); c.IsWorkday(a) && again != a {
			t.Fatalf("%s + %d - %d = %s", a, n, n, again)
		}
		if next := c.AddWorkdays(a, 1); next <= a || c.WorkdaysBetween(a, next-1) != 0 {
			t.Fatalf("%s has a workday before %s", a, next)
		}
	})
}

func TestAnOfficeClosedForEverEnds(t *testing.T) {
	t.Parallel()
	c := workday.Calendar{Closed: []workday.Span{{From: math.MinInt32, To: math.MaxInt32}}}
	if got := c.AddWorkdays(day(t, "2026-01-01"), 1).String(); got != "9999-12-31" {
		t.Errorf("forward to %s", got)
	}
	if got := c.AddWorkdays(day(t, "2026-01-01"), -1).String(); got != "0001-01-01" {
		t.Errorf("back to %s", got)
	}
}

func TestDaysAreCivil(t *testing.T) {
	t.Parallel()
	helsinki := i18n.Helsinki()
	late := time.Date(2026, 3, 13, 22, 30, 0, 0, time.UTC) // half past midnight in Helsinki
	if got := workday.DayOf(late, helsinki).String(); got != "2026-03-14" {
		t.Error(got)
	}
	if got := workday.DayOf(late, time.UTC).String(); got != "2026-03-13" {
		t.Error(got)
	}
	if workday.On(1970, time.January, 1) != 0 || workday.On(1969, time.December, 31) != -1 || workday.On(2026, time.May, 32) != workday.On(2026, time.June, 1) {
		t.Error("days are counted from 1970-01-01")
	}
	saoPaulo, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	if got := day(t, "2018-11-04").Start(saoPaulo); got.Hour() != 1 || got.Day() != 4 { // clocks skipped midnight
		t.Errorf("start %v", got)
	}
	rapid.Check(t, func(t *rapid.T) {
		d := workday.Day(rapid.Int32Range(-719162, 2932896).Draw(t, "day"))
		y, m, dd := d.Date()
		if workday.On(y, m, dd) != d || d.Weekday() != time.Date(y, m, dd, 12, 0, 0, 0, time.UTC).Weekday() {
			t.Fatalf("%s", d)
		}
		if got, err := workday.Parse(d.String()); err != nil || got != d {
			t.Fatalf("%s came back as %s, %v", d, got, err)
		}
		if got := workday.DayOf(d.Start(helsinki), helsinki); got != d {
			t.Fatalf("%s starts on %s", d, got)
		}
		n := rapid.IntRange(-1000, 1000).Draw(t, "n")
		if got := d.Add(n).Add(-n); got != d {
			t.Fatalf("%s", got)
		}
	})
}

func TestJSONIsADateAndTheStoreKeepsAnInteger(t *testing.T) {
	t.Parallel()
	out, err := json.Marshal(map[string]workday.Day{"due": day(t, "2026-03-14")})
	if err != nil || string(out) != `{"due":"2026-03-14"}` {
		t.Errorf("%s %v", out, err)
	}
	var back struct{ Due workday.Day }
	if err := json.Unmarshal(out, &back); err != nil || back.Due.String() != "2026-03-14" {
		t.Errorf("%s %v", back.Due, err)
	}
	if err := json.Unmarshal([]byte(`{"due":"14.3.2026"}`), &back); err == nil {
		t.Error("a Finnish date is no ISO date")
	}
	if _, err := json.Marshal(workday.Day(math.MaxInt32)); err == nil {
		t.Error("a day that cannot be read must not be written")
	}
	value, err := driver.DefaultParameterConverter.ConvertValue(day(t, "2026-03-14"))
	if err != nil || value != int64(20526) {
		t.Errorf("the store gets %v (%T), %v", value, value, err)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"2026-03-14", "2026-02-29", "0000-01-01", "9999-12-31", "2026-3-14", " 2026-03-14", "2026-03-14T00:00:00Z", "-001-01-01", "２０２６-03-14"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := workday.Parse(s)
		if err == nil && d.String() != s {
			t.Errorf("%q was read as %s", s, d)
		}
	})
}

func BenchmarkIsWorkday(b *testing.B) {
	c := workday.Calendar{Closed: []workday.Span{{From: 0, To: 10}, {From: 20, To: 30}}}
	d := workday.On(2026, time.May, 13)
	b.ReportAllocs()
	for b.Loop() {
		c.IsWorkday(d)
	}
}
