package web

import (
	"fmt"
	"net/http"
	"strings"

	"kokko/ground/fault"
	"kokko/region/programme"
)

// ground is the colours of the house that a region's own are set against: those
// of assets/src/kokko.css, which a test holds this to.
type ground struct {
	paper, sheet, ash, ink, soft, ember string
	good, warn, bad                     string // text
	goodSoft, warnSoft, badSoft         string // behind it
}

func daylight() ground {
	return ground{
		paper: "#faf6ee", sheet: "#fffdf9", ash: "#f1e9dc", ink: "#2a201a", soft: "#63554a", ember: "#b63a16",
		good: "#2c6337", goodSoft: "#e8f1e2", warn: "#744c00", warnSoft: "#fcefcf", bad: "#a1211c", badSoft: "#fbe7e1",
	}
}

func night() ground {
	return ground{
		paper: "#1a1512", sheet: "#241d18", ash: "#2e2520", ink: "#f3eadf", soft: "#c6b6a7", ember: "#ff9563",
		good: "#a3d6a4", goodSoft: "#1f2e20", warn: "#f5ca77", warnSoft: "#362a12", bad: "#ffa697", badSoft: "#3d1f1a",
	}
}

// Brand is a region's colours as the style's four properties. A colour that could
// not be read where the pages put it is left out, and the house's own stands in:
// no programme can make a page unreadable.
func Brand(b programme.Brand) string {
	return ":root {" + properties(b.Light, daylight()) + " }\n" +
		"@media screen and (prefers-color-scheme: dark) {\n  :root {" + properties(b.Dark, night()) + " }\n}\n"
}

// The least contrast of WCAG 2.2 AA: text, and big shapes.
const (
	forText  = 4.5
	forShape = 3
)

func properties(tokens map[string]string, g ground) string {
	var b strings.Builder
	fill, on, link, tint := tokens["fill"], tokens["on_fill"], tokens["link"], tokens["tint"]
	if reads(forShape, fill, g.paper, g.sheet) && reads(forText, on, fill) {
		fmt.Fprintf(&b, " --brand-fill: %s; --brand-on: %s;", fill, on)
	}
	// A link stands on the tint, so the two go together or not at all.
	linkReads := reads(forText, link, g.paper, g.sheet, g.ash, g.goodSoft, g.warnSoft, g.badSoft, tint)
	tintReads := reads(forText, tint, g.ink, g.soft, g.ember, g.good, g.warn, g.bad)
	if linkReads && tintReads {
		fmt.Fprintf(&b, " --brand-text: %s; --brand-soft: %s;", link, tint)
	}
	return b.String()
}

// reads tells whether a colour differs enough from each of the others; false for
// what is no colour.
func reads(least float64, colour string, others ...string) bool {
	for _, o := range others {
		if programme.Contrast(colour, o) < least {
			return false
		}
	}
	return true
}

// look names the colours in force: the programme's version and the office's style.
func (v *Visit) look() string { return v.Edition.Version.Checksum[:8] + v.Style.Stamp() }

func (v *Visit) brand() error {
	// The address names the colours, so it may be kept for ever; a page older than
	// they are gets today's, not to be kept.
	if v.Query("v") == v.look() {
		v.W.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	return v.plain("text/css; charset=utf-8", Brand(v.Edition.Brand))
}

// plain answers with something that is no page.
func (v *Visit) plain(kind, body string) error {
	v.status = http.StatusOK
	v.send(v.W, v.R, http.StatusOK, kind, []byte(body), true)
	return nil
}

// icon leads browsers that ask for the icon by its old name.
func (v *Visit) icon() error {
	if !v.Assets.Built() {
		return fault.New(fault.NotFound, "page.none")
	}
	v.status = http.StatusFound
	http.Redirect(v.W, v.R, v.Asset("icon.svg"), http.StatusFound)
	return nil
}
