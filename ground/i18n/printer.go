package i18n

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/collate"

	"kokko/ground/fault"
)

// Printer speaks one language. It is safe for concurrent use and never changes;
// get it from Bundle.For, and with a region's own words from Over.
type Printer struct {
	lang      Language
	bundle    *Bundle
	texts     map[string]*text
	over      map[string]parsedText // own words put over some keys, nil for none
	localizer *goi18n.Localizer
	zone      *time.Location
	weekdays  [7]string  // torstai, torsdag, Thursday; Sunday first, as time.Weekday
	onDays    [7]string  // torstaina
	months    [12]string // maaliskuu, mars, March
	collators *sync.Pool // of *collate.Collator, which one goroutine uses at a time
}

func newPrinter(b *Bundle, in *goi18n.Bundle, l Language, texts map[string]*text) *Printer {
	p := &Printer{
		lang: l, bundle: b, texts: texts, localizer: goi18n.NewLocalizer(in, string(l.Written())), zone: Helsinki(),
		collators: &sync.Pool{New: func() any { return collate.New(l.tag()) }},
	}
	for i := range p.weekdays {
		p.weekdays[i] = p.T("calendar.weekday." + strconv.Itoa(i))
		p.onDays[i] = p.T("calendar.on_weekday." + strconv.Itoa(i))
	}
	for i := range p.months {
		p.months[i] = p.T("calendar.month." + strconv.Itoa(i+1))
	}
	return p
}

// Lang is the printer's language, Plain for plain Finnish.
func (p *Printer) Lang() Language { return p.lang }

// Has tells whether this language has the key. O(1).
func (p *Printer) Has(key string) bool {
	_, ok := p.texts[key]
	return ok
}

// T is the text of a key with its placeholders filled: T("spark.due", "date", d)
// for {{.date}}. Strings, integers and Stringers are put in as they are; other
// values the caller formats first. An unknown key gives ⟦key⟧ and an unfilled
// placeholder ⟦name⟧, and both are reported to OnMissing. O(length).
func (p *Printer) T(key string, pairs ...any) string {
	if own, ok := p.over[key]; ok && p.Has(key) {
		return p.said(own, key, &values{pairs: pairs})
	}
	t, ok := p.find(key)
	if !ok {
		return p.unknown(key)
	}
	if t.plain {
		return t.forms.other
	}
	return p.fill(key, t, nil, &values{pairs: pairs})
}

// Lends tells that plain Finnish has no text of its own for a key and takes the
// Finnish one.
func (p *Printer) Lends(key string) bool {
	t, ok := p.texts[key]
	return ok && p.lang == Plain && t == p.bundle.texts[Finnish][key]
}

// find is the text of a key; what plain Finnish takes from Finnish is told to
// whoever wants to know.
func (p *Printer) find(key string) (*text, bool) {
	t, ok := p.texts[key]
	if ok && p.lang == Plain && t == p.bundle.texts[Finnish][key] {
		if hear := p.bundle.lent.Load(); hear != nil {
			(*hear)(key)
		}
	}
	return t, ok
}

// N is T for a text that counts: n chooses the plural form, and {{.n}} is n
// written as Number writes it.
func (p *Printer) N(key string, n int, pairs ...any) string {
	if own, ok := p.over[key]; ok && p.Has(key) {
		return p.said(own, key, &values{pairs: pairs, count: p.Number(int64(n)), counted: true})
	}
	t, ok := p.find(key)
	if !ok {
		return p.unknown(key)
	}
	if t.plain {
		return t.forms.other
	}
	return p.fill(key, t, n, &values{pairs: pairs, count: p.Number(int64(n)), counted: true})
}

// fill fills a text's placeholders. Of one that counts go-i18n chooses the form; count is
// nil for T.
func (p *Printer) fill(key string, t *text, count any, v *values) string {
	if !t.plural {
		s := fillIn(t.forms.other, v)
		for _, name := range v.missing {
			p.bundle.miss(Missing{Language: p.lang, Key: key, Placeholder: name})
		}
		return s
	}
	// An error with a text is a plural form that Check reports: the other form stands in.
	s, err := p.localizer.Localize(&goi18n.LocalizeConfig{
		MessageID: key, TemplateData: v, PluralCount: count, TemplateParser: placeholders{},
	})
	if err != nil && s == "" {
		return p.unknown(key)
	}
	for _, name := range v.missing {
		p.bundle.miss(Missing{Language: p.lang, Key: key, Placeholder: name})
	}
	return s
}

func (p *Printer) unknown(key string) string {
	p.bundle.miss(Missing{Language: p.lang, Key: key})
	return "⟦" + key + "⟧"
}

// Fault tells a person what happened and what to do: the text "fault." + Key
// filled from Args, or the general sentence of the Code. nil gives "". The cause
// is never shown.
func (p *Printer) Fault(err *fault.Error) string {
	if err == nil {
		return ""
	}
	if key := "fault." + err.Key; p.Has(key) {
		t, _ := p.find(key)
		if t.plain {
			return t.forms.other
		}
		return p.fill(key, t, nil, &values{args: err.Args})
	}
	if key := "fault.code." + string(err.Code); p.Has(key) {
		return p.T(key)
	}
	return p.T("fault.code." + string(fault.Internal))
}

// List joins items as a sentence does: "a, b ja c". English takes no comma
// before "and". O(total length).
func (p *Printer) List(items []string) string {
	switch len(items) {
	case 0:
		return ""
	case 1:
		return items[0]
	}
	last := len(items) - 1
	return fmt.Sprintf("%s %s %s", strings.Join(items[:last], ", "), p.T("list.and"), items[last])
}
