package i18n

import (
	"sync"

	"golang.org/x/text/language"
)

// Language is one of the three languages Kokko is written in, as a BCP 47 code.
type Language string

const (
	Finnish Language = "fi"
	Swedish Language = "sv"
	English Language = "en"
)

// Plain is plain Finnish (selkosuomi), a set of texts and no language of its own:
// what it does not say is said in Finnish, and it counts, dates and sorts as
// Finnish does. Written gives the language it is in.
const Plain Language = "selko"

// Languages gives the three in their fixed order, Finnish first.
func Languages() []Language { return []Language{Finnish, Swedish, English} }

// Sets is the languages with plain Finnish after Finnish: everything a Printer can
// be had for.
func Sets() []Language { return []Language{Finnish, Plain, Swedish, English} }

// ParseSet is ParseLanguage that also knows plain Finnish, for addresses and for
// what a person wants to read.
func ParseSet(s string) (Language, bool) {
	if Language(s) == Plain {
		return Plain, true
	}
	return ParseLanguage(s)
}

// Written is the language a set is written in: Finnish for plain Finnish, each
// language for itself.
func (l Language) Written() Language {
	if l == Plain {
		return Finnish
	}
	return l
}

// ParseLanguage reads a code as it stands in a path or a form: exactly "fi",
// "sv" or "en".
func ParseLanguage(s string) (Language, bool) {
	switch l := Language(s); l {
	case Finnish, Swedish, English:
		return l, true
	}
	return "", false
}

// Name is the language's name in itself, for the switch on every page.
func (l Language) Name() string {
	switch l {
	case Finnish:
		return "suomi"
	case Swedish:
		return "svenska"
	case English:
		return "English"
	case Plain:
		return "selkosuomi"
	}
	return string(l)
}

// headerLimit bounds the work a stranger's header can cause, in bytes; browsers
// send less than a tenth of it.
const headerLimit = 1000

// Match chooses a language from an Accept-Language header. Nothing understood
// means Finnish. A reader whose languages are none of ours gets the one most
// likely read: Swedish for Norwegian and Danish, Finnish for the Sámi languages,
// Meänkieli, Kven and Karelian, otherwise English.
func Match(acceptLanguage string) Language {
	if len(acceptLanguage) > headerLimit {
		return Finnish
	}
	wanted, _, err := language.ParseAcceptLanguage(acceptLanguage)
	if err != nil || len(wanted) == 0 {
		return Finnish
	}
	ours := Languages()
	if _, i, sure := matcher().Match(wanted...); sure != language.No {
		return ours[i]
	}
	base, _ := wanted[0].Base()
	switch base.String() {
	case "nb", "nn", "no", "da", "fo", "is":
		return Swedish
	case "se", "smn", "sms", "sma", "smj", "fkv", "fit", "krl", "olo", "mul", "und":
		return Finnish
	}
	return English
}

// matcher knows our languages in the order of Languages; built once, then only
// read.
var matcher = sync.OnceValue(func() language.Matcher {
	return language.NewMatcher([]language.Tag{language.Finnish, language.Swedish, language.English})
})

// tag is l for x/text.
func (l Language) tag() language.Tag {
	switch l {
	case Swedish:
		return language.Swedish
	case English:
		return language.English
	}
	return language.Finnish
}
