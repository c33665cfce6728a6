// Package i18n speaks to people in Finnish, Swedish and English: it reads the
// text catalogues, chooses plural forms, and writes dates, numbers, money and
// lists the way each language writes them. Finnish is the canonical language.
//
// It knows no domain: catalogues come as fs.FS from the floors above. Only the
// words every floor needs (weekdays, "yesterday", what a kind of failure means)
// live here, in texts/.
//
// A catalogue is a YAML file named <area>.<language>.yaml:
//
//	spark:
//	  due: "Vastaus viimeistään {{.date}}"   # placeholders are {{.name}} only
//	  count:                                 # plural: CLDR forms one and other
//	    one: "{{.n}} kipinä"
//	    other: "{{.n}} kipinää"
//	  email: "Sähköposti"
//	spark.phone: "Puhelin"                   # dotted keys mean the same
//
// In a Swedish or English file the comment "# same" tells Check that the text
// is meant to equal the Finnish one. HTML escaping is the page's work.
//
// Finnish: kielet ja tekstit. Called by edge (pages, API, mail) and by the
// commands in cmd/kokko.
package i18n
