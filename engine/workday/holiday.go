package workday

import (
	"embed"
	"io/fs"
	"time"
)

//go:embed texts/*.yaml
var texts embed.FS

// Texts are the holidays' names in fi, sv and en, for ground/i18n.
func Texts() fs.FS { return texts }

// Name is a day on which Finnish offices do not work. Its value is its key
// in Texts.
type Name string

const (
	NewYear      Name = "workday.holiday.new_year"      // uudenvuodenpäivä
	Epiphany     Name = "workday.holiday.epiphany"      // loppiainen
	GoodFriday   Name = "workday.holiday.good_friday"   // pitkäperjantai
	EasterSunday Name = "workday.holiday.easter_sunday" // pääsiäispäivä
	EasterMonday Name = "workday.holiday.easter_monday" // toinen pääsiäispäivä
	MayDay       Name = "workday.holiday.may_day"       // vappu
	Ascension    Name = "workday.holiday.ascension"     // helatorstai
	WhitSunday   Name = "workday.holiday.whit_sunday"   // helluntai
	MidsummerEve Name = "workday.holiday.midsummer_eve" // juhannusaatto
	Midsummer    Name = "workday.holiday.midsummer"     // juhannuspäivä
	AllSaints    Name = "workday.holiday.all_saints"    // pyhäinpäivä
	Independence Name = "workday.holiday.independence"  // itsenäisyyspäivä
	ChristmasEve Name = "workday.holiday.christmas_eve" // jouluaatto
	Christmas    Name = "workday.holiday.christmas"     // joulupäivä
	BoxingDay    Name = "workday.holiday.boxing_day"    // tapaninpäivä
)

// Dated is a holiday with its day.
type Dated struct {
	Day  Day
	Name Name
}

// Holiday tells which holiday a day is, by the law of that day's year; ok is
// false on other days, plain Sundays too. Where two meet (in 2008 May Day was
// Ascension Day) the earlier in the list of Holidays is named. O(1).
func Holiday(d Day) (name Name, ok bool) {
	year, month, _ := d.Date()
	if month == time.February || month >= time.July && month <= time.September {
		return "", false // no holiday ever falls here
	}
	for _, h := range table(year) {
		if h.Day == d && h.Name != "" {
			return h.Name, true
		}
	}
	return "", false
}

// Holidays lists a year's holidays in the order of the calendar, Easter Sunday
// and the two eves included.
func Holidays(year int) []Dated {
	out := make([]Dated, 0, 15)
	for _, h := range table(year) {
		if h.Name == "" {
			continue
		}
		at := len(out)
		for at > 0 && out[at-1].Day > h.Day {
			at--
		}
		out = append(out[:at], append([]Dated{h}, out[at:]...)...)
	}
	return out
}

// table is the year's holidays, unnamed where the year had none of that name.
//
// The dates follow the Church Act ("the Saturday after 19 June", "the Saturday
// after 30 October"), the May Day Act 272/1944 and, for Independence Day, its
// first keeping in 1919. Epiphany was on a Saturday in 1973–1990 and Ascension
// Day on the Saturday before its Thursday in 1973–1991; midsummer and All Saints'
// Day moved to Saturdays in 1955. Midsummer Eve and Christmas Eve are no holidays
// by law, but no office works on them.
func table(year int) [15]Dated {
	easter := Easter(year)
	epiphany := On(year, time.January, 6)
	if year >= 1973 && year <= 1990 {
		epiphany = saturdayFrom(epiphany)
	}
	ascension := easter.Add(39)
	if year >= 1973 && year <= 1991 {
		ascension = easter.Add(34)
	}
	midsummer, allSaints := On(year, time.June, 24), On(year, time.November, 1)
	if year >= 1955 {
		midsummer, allSaints = saturdayFrom(On(year, time.June, 20)), saturdayFrom(On(year, time.October, 31))
	}
	holidays := [15]Dated{
		{On(year, time.January, 1), NewYear},
		{epiphany, Epiphany},
		{easter.Add(-2), GoodFriday},
		{easter, EasterSunday},
		{easter.Add(1), EasterMonday},
		{On(year, time.May, 1), MayDay},
		{ascension, Ascension},
		{easter.Add(49), WhitSunday},
		{midsummer.Add(-1), MidsummerEve},
		{midsummer, Midsummer},
		{allSaints, AllSaints},
		{On(year, time.December, 6), Independence},
		{On(year, time.December, 24), ChristmasEve},
		{On(year, time.December, 25), Christmas},
		{On(year, time.December, 26), BoxingDay},
	}
	if year < 1944 {
		holidays[5].Name = ""
	}
	if year < 1919 {
		holidays[11].Name = ""
	}
	return holidays
}

// saturdayFrom is the first Saturday on d or after it.
func saturdayFrom(d Day) Day { return d.Add(int(time.Saturday - d.Weekday())) }

// Easter is Easter Sunday of a year in the Gregorian calendar.
//
// It is the anonymous Gregorian computus: sent to Nature by "a New York
// correspondent" (vol. 13, 20 April 1876, p. 487), here in the form of J. Meeus,
// Astronomical Algorithms, 2nd ed. (1998), chapter 8. It holds for every year
// of the Gregorian calendar without a table.
func Easter(year int) Day {
	golden := year % 19                                                  // a: place in the moon's cycle of 19 years
	century, inCentury := year/100, year%100                             // b, c
	leapCenturies, centuryRest := century/4, century%4                   // d, e
	moonShift := (century - (century+8)/25 + 1) / 3                      // f, g: how far the moon has slipped
	epact := (19*golden + century - leapCenturies - moonShift + 15) % 30 // h
	leaps, leapRest := inCentury/4, inCentury%4                          // i, k
	toSunday := (32 + 2*centuryRest + 2*leaps - epact - leapRest) % 7    // l
	late := (golden + 11*epact + 22*toSunday) / 451                      // m: the two exceptions of the full moon's date
	n := epact + toSunday - 7*late + 114
	return On(year, time.Month(n/31), n%31+1)
}
