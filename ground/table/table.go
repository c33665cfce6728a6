package table

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Kind is what a column holds.
type Kind int

const (
	Words  Kind = iota // text
	Count              // a whole number
	Day                // a day of the calendar
	Moment             // a day and a time of day
)

// Column is one column of a table.
type Column struct {
	Name  string // its heading
	About string // what it holds, for whoever reads the file elsewhere
	Kind  Kind
	Width int // in characters, for a spreadsheet; 0 for the usual
}

// Cell is one value; the zero Cell is empty.
type Cell struct {
	kind   Kind
	filled bool
	text   string
	number int64
	at     time.Time
}

// Text is a cell of words; "" is empty.
func Text(s string) Cell { return Cell{kind: Words, filled: s != "", text: s} }

// Number is a cell with a whole number.
func Number(n int) Cell { return Cell{kind: Count, filled: true, number: int64(n)} }

// OnDay is a cell with the day of t in its own zone; the zero time is empty.
func OnDay(t time.Time) Cell { return Cell{kind: Day, filled: !t.IsZero(), at: t} }

// At is a cell with a day and a time of day, as the clock of t's zone showed it;
// the zero time is empty.
func At(t time.Time) Cell { return Cell{kind: Moment, filled: !t.IsZero(), at: t} }

// Writer takes the rows of one table. The first error is final. A file is whole
// only when Close gave none.
type Writer interface {
	Row(cells ...Cell) error
	Close() error
}

// Plain makes a text fit for a cell: valid UTF-8, line feeds, and U+FFFD for the
// signs that no XML file may hold.
func Plain(s string) string {
	s = strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == '\uFFFE' || r == '\uFFFF' {
			return '\uFFFD'
		}
		return r
	}, s)
}

// Neutral is Plain with an apostrophe before whatever a spreadsheet would take
// for a formula: = + - @ and their wide forms, also behind white space, quotes
// and signs nobody sees; and before a tab or a line feed at the beginning.
func Neutral(s string) string {
	s = Plain(s)
	if s != "" && (s[0] == '\t' || s[0] == '\n') || acts(s, "") {
		return "'" + s
	}
	return s
}

// Neutered is Neutral for a file of separated values: the apostrophe also stands
// after every comma, semicolon, tab, bar and line feed inside the text that a
// formula could follow. A spreadsheet set for another separator than the file has
// cuts the text there, and Finnish ones are set for the semicolon.
func Neutered(s string) string {
	s = Neutral(s)
	if !strings.ContainsAny(s, separators) {
		return s
	}
	var b strings.Builder
	for {
		i := strings.IndexAny(s, separators)
		if i < 0 {
			b.WriteString(s)
			return b.String()
		}
		b.WriteString(s[:i+1])
		if s = s[i+1:]; acts(s, separators) {
			b.WriteByte('\'')
		}
	}
}

const separators = ",;\t|\n"

// acts tells that a spreadsheet might run a text that begins so, looking no
// further than one of the signs in until.
func acts(s, until string) bool {
	for _, r := range s {
		switch {
		case strings.ContainsRune(until, r):
			return false
		case r == '"', unicode.IsSpace(r), unicode.Is(unicode.Cf, r), r == '\uFFFD':
			continue
		}
		return strings.ContainsRune("=+-@＝＋－＠", r)
	}
	return false
}

// cut bounds a text to most UTF-16 units, which is how spreadsheets count.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	units := 0
	for i, r := range s {
		units++
		if r > '\uFFFF' {
			units++
		}
		if units > most {
			// One more sign has to go for the ellipsis, two where it was wide.
			_, last := utf8.DecodeLastRuneInString(s[:i])
			return s[:i-last] + "…"
		}
	}
	return s
}
