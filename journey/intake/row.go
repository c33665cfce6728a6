package intake

import (
	"hash/fnv"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/journey/project"
	"kokko/journey/spark"
)

// Fault is a row that was not taken, and why. It says nothing of what stood there.
type Fault struct {
	Line   int
	Field  string // "" for the row as a whole
	Reason string // the text "intake.why." + Reason
	Most   int    // for what is too long: the bound, of a whole row in kilobytes
}

// Reasons is every reason there is.
func Reasons() []string {
	return []string{"quote", "open", "size", "columns", "letters", "missing", "too_long", "date", "number", "state", "language", "twice", "withdrawn", "other"}
}

// cells is one row by its fields.
type cells struct {
	line int
	at   map[string]int
	row  []string
}

func (c cells) get(field string) string {
	if i, ok := c.at[field]; ok && i < len(c.row) {
		return strings.TrimSpace(c.row[i])
	}
	return ""
}

func (c cells) wrong(field, reason string) *Fault {
	return &Fault{Line: c.line, Field: field, Reason: reason}
}

// Words is what the programme calls its themes and kinds, for files that write
// them out. Implemented by region/programme's Edition through the caller.
type Words interface {
	ThemeNamed(name string) (id string, ok bool)
	KindNamed(name string) (id string, ok bool)
}

// moments are the ways people and machines write a time; days come after them.
func moments() []string {
	return []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05 -0700", "2006-01-02 15:04:05 MST", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04", "2.1.2006 15:04:05", "2.1.2006 15:04", "2.1.2006 15.04", "2.1.2006 klo 15.04", "2/1/2006 15:04"}
}

func days() []string { return []string{"2006-01-02", "2.1.2006", "2/1/2006", "20060102"} }

// day reads a day; ok is false for anything else.
func day(s string) (time.Time, bool) {
	for _, layout := range days() {
		if t, err := time.ParseInLocation(layout, s, i18n.Helsinki()); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}

// oldest is before anything somebody would bring as still worth doing.
func oldest() time.Time { return time.Date(1900, 1, 2, 0, 0, 0, 0, time.UTC) }

// spread is some seconds that are the same for the same row each time: rows of one
// day stand in an order, and do not all want the same key.
func spread(key string) time.Duration {
	h := fnv.New32a()
	_, _ = h.Write([]byte(key))
	return time.Duration(h.Sum32()%3600) * time.Second
}

// when reads the time of a row; without one it is when the import began.
func when(s, key string, begun time.Time) (time.Time, bool) {
	if s == "" {
		return begun.Add(-spread(key)), true
	}
	for _, layout := range moments() {
		if t, err := time.ParseInLocation(layout, s, i18n.Helsinki()); err == nil {
			return t.UTC().Truncate(time.Microsecond), !t.Before(oldest()) && !t.After(begun.Add(24*time.Hour))
		}
	}
	if t, ok := day(s); ok && !t.Before(oldest()) && !t.After(begun.Add(24*time.Hour)) {
		at := t.Add(12*time.Hour + spread(key)).UTC()
		if at.After(begun) {
			at = begun
		}
		return at, true
	}
	return time.Time{}, false
}

// fate reads what became of a row; withdrawn tells that whoever told it took it
// back, and it is not ours to bring.
func fate(state, selected string) (f spark.Fate, withdrawn bool) {
	state = fold(state)
	among := func(words ...string) bool { return slices.Contains(words, state) }
	switch {
	case among("withdrawn", "peruttu", "poistettu", "vedetty", "peruutettu", "återtagen", "återtaget", "borttagen", "deleted", "removed", "hidden", "piilotettu"):
		return "", true
	case yes(selected), among("selected", "valittu", "vald", "utvald", "toteutetaan", "toteutettu", "genomförs", "genomförd", "done", "implemented"):
		return spark.FateSelected, false
	case among("rejected", "hylätty", "torjuttu", "eitoteuteta", "eihyväksytty", "avslagen", "avslaget", "avvisad", "notpossible", "notaccepted", "declined"):
		return spark.FateRejected, false
	case among("accepted", "hyväksytty", "kelpaa", "godkänd", "godkänt", "approved"):
		return spark.FateAccepted, false
	}
	return spark.FateOpen, false
}

func yes(s string) bool {
	switch fold(s) {
	case "1", "true", "kyllä", "k", "x", "ja", "j", "yes", "y", "on":
		return true
	}
	return false
}

// sparkOf makes a record of a row.
func sparkOf(c cells, p Plan, begun time.Time, w Words) (spark.Record, *Fault) {
	key := c.get("id")
	if key == "" {
		return spark.Record{}, c.wrong("id", "missing")
	}
	f, withdrawn := fate(c.get("state"), c.get("selected"))
	if withdrawn {
		return spark.Record{}, c.wrong("state", "withdrawn")
	}
	r := spark.Record{Source: p.Source, Key: key, Fate: f, Draft: spark.Draft{Title: c.get("title"), Text: c.get("text"), Place: c.get("place"), Language: p.Language}}
	if r.Text == "" {
		r.Text = r.Title
	}
	if r.Text == "" {
		return r, c.wrong("text", "missing")
	}
	if utf8.RuneCountInString(r.Title) > spark.MaxTitle { // nothing of it is lost
		if r.Text != r.Title {
			r.Text = r.Title + "\n\n" + r.Text
		}
		r.Title = ""
	}
	if l := c.get("language"); l != "" {
		language, ok := i18n.ParseLanguage(strings.ToLower(l[:min(2, len(l))]))
		if !ok {
			return r, c.wrong("language", "language")
		}
		r.Language = string(language)
	}
	var ok bool
	if r.At, ok = when(c.get("date"), key, begun); !ok {
		return r, c.wrong("date", "date")
	}
	if n := c.get("comments"); n != "" {
		talked, err := strconv.Atoi(n)
		if err != nil || talked < 0 || talked > 1e6 {
			return r, c.wrong("comments", "number")
		}
		r.Talked = talked
	}
	if kind, ok := w.KindNamed(c.get("kind")); ok {
		r.Kind = spark.Kind(kind)
	}
	for theme := range strings.SplitSeq(c.get("theme"), "|") {
		if id, ok := w.ThemeNamed(strings.TrimSpace(theme)); ok {
			r.Themes = append(r.Themes, id)
		}
	}
	return r, nil
}

// faultOf puts what a check found into the words of a report: the first mistake.
func faultOf(line int, err error) *Fault {
	e := fault.List(err)[0]
	out := &Fault{Line: line, Field: e.Field, Reason: "other"}
	switch e.Key {
	case "too_long":
		out.Reason = "too_long"
		out.Most, _ = e.Args["max"].(int)
	case "spark.text.missing", "intake.missing":
		out.Reason = "missing"
	case "language.wrong":
		out.Reason = "language"
	}
	return out
}

// projectOf makes a record of a row of projects.
func projectOf(c cells, p Plan) (r project.Record, f *Fault) {
	r = project.Record{Source: p.Source, Code: c.get("code"), Title: c.get("title"), Summary: c.get("summary"), Fund: c.get("fund"), Programme: c.get("programme"), Axis: c.get("axis"),
		Authority: c.get("authority"), State: c.get("state"), Period: c.get("period"), Implementer: c.get("implementer")}
	for _, d := range []struct {
		field string
		to    *workday.Day
	}{{"start", &r.Start}, {"end", &r.End}} {
		if s := c.get(d.field); s != "" {
			t, ok := day(s)
			if !ok || t.Before(oldest()) || t.Year() > 2100 {
				return r, c.wrong(d.field, "date")
			}
			*d.to = workday.DayOf(t, i18n.Helsinki())
		}
	}
	for _, m := range []struct {
		field string
		to    *int64
	}{{"granted", &r.Granted}, {"paid", &r.Paid}, {"planned", &r.Planned}, {"actual", &r.Actual}} {
		if s := c.get(m.field); s != "" {
			var ok bool
			if *m.to, ok = cents(s); !ok {
				return r, c.wrong(m.field, "number")
			}
		}
	}
	return r, nil
}

// cents reads a sum of euros as people write it: 1 234,50 or 1234.5 or 1234 €.
func cents(s string) (int64, bool) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '€' {
			return -1
		}
		return r
	}, s)
	whole, part, _ := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	if len(part) > 2 {
		if strings.Trim(part[2:], "0") != "" {
			return 0, false
		}
		part = part[:2]
	}
	n, err := strconv.ParseInt(whole+(part + "00")[:2], 10, 64)
	return n, err == nil && whole != "" && whole != "-" && !strings.HasPrefix(part, "-") && !strings.HasPrefix(part, "+") && n > -1e15 && n < 1e15
}
