package programme

import (
	"embed"
	"fmt"
	"io/fs"
	"strings"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/place"
)

//go:embed texts/*.yaml
var texts embed.FS

// Texts are the sentences about mistakes in a file, for ground/i18n.
func Texts() fs.FS { return texts }

// Report writes every mistake of Parse or Load on a line of its own, as
// "file:line:column: sentence", so that editors can jump there. "" for no error.
func Report(err error, say *i18n.Printer) string {
	var b strings.Builder
	for _, e := range fault.List(err) {
		if file, ok := e.Args["file"].(string); ok && file != "" {
			b.WriteString(file + ":")
		}
		if e.Field != "" {
			b.WriteString(e.Field + ":")
		}
		if b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte(' ')
		}
		b.WriteString(say.Fault(e) + "\n")
	}
	return b.String()
}

// day writes a day of a message; an open end is a dash.
func day(d workday.Day) string {
	if d == place.Ever || d == place.Still {
		return "–"
	}
	return fmt.Sprint(d)
}
