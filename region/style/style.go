package style

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/region/place"
	"kokko/region/programme"
)

// Slot is one text that an office can say in its own words.
type Slot struct {
	ID    string
	Group string // where it is read: front, drop, receipt, closed, contact, letters, slogans
	Key   string // the catalogue's key; "" for a text of the programme
	Max   int    // characters
	Lines bool   // may have several lines
	of    func(*programme.Programme) *place.Text
}

// Slots is every text that can be said otherwise, but for the slogans of a region's
// own municipalities, in the order of the pages they are on.
func Slots() []Slot {
	call := func(of func(*programme.OpenCall) *place.Text) func(*programme.Programme) *place.Text {
		return func(p *programme.Programme) *place.Text { return of(&p.Call) }
	}
	return []Slot{
		{ID: "question", Group: "front", Max: 120, of: call(func(c *programme.OpenCall) *place.Text { return &c.Question })},
		{ID: "promise", Group: "front", Max: 400, of: call(func(c *programme.OpenCall) *place.Text { return &c.Promise.Text })},
		{ID: "doors", Group: "front", Max: 120, of: call(func(c *programme.OpenCall) *place.Text { return &c.Lead })},
		{ID: "drop", Group: "drop", Key: "call.drop.lead", Max: 300},
		{ID: "not-grant", Group: "drop", Max: 400, of: call(func(c *programme.OpenCall) *place.Text { return &c.NotGrant })},
		{ID: "thanks", Group: "receipt", Key: "own.receipt.title", Max: 120},
		{ID: "next-read", Group: "receipt", Key: "own.next.read.text", Max: 300},
		{ID: "next-batch", Group: "receipt", Key: "own.next.batch.text", Max: 300},
		{ID: "next-told", Group: "receipt", Key: "own.next.told.text", Max: 300},
		{ID: "closed", Group: "closed", Key: "call.closed", Max: 300},
		{ID: "contact", Group: "contact", Max: 400, of: call(func(c *programme.OpenCall) *place.Text { return &c.Talk })},
		{ID: "letter-receipt", Group: "letters", Key: "mail.bringer.dropped.text", Max: 1500, Lines: true},
		{ID: "letter-foot", Group: "letters", Key: "mail.bringer.foot", Max: 1000, Lines: true},
	}
}

// sloganOf begins the id of a municipality's slogan.
const sloganOf = "slogan."

// Slogans is a slot for the slogan of each of a programme's municipalities.
func Slogans(p *programme.Programme) (all []Slot) {
	for i := range p.Region.Municipalities {
		all = append(all, Slot{ID: sloganOf + p.Region.Municipalities[i].ID, Group: "slogans", Max: 60,
			of: func(p *programme.Programme) *place.Text {
				if i < len(p.Region.Municipalities) {
					return &p.Region.Municipalities[i].Slogan
				}
				return &place.Text{}
			}})
	}
	return all
}

// Find gives a slot of a programme by its id.
func Find(p *programme.Programme, id string) (Slot, bool) {
	all := append(Slots(), Slogans(p)...)
	i := slices.IndexFunc(all, func(s Slot) bool { return s.ID == id })
	if i < 0 {
		return Slot{}, false
	}
	return all[i], true
}

// Text is the programme's text of a slot, nil for one of the catalogue.
func (s Slot) Text(p *programme.Programme) *place.Text {
	if s.of == nil {
		return nil
	}
	return s.of(p)
}

// Default is what a slot says without the office's words: the programme's text, or
// the catalogue's with its placeholders as {name}.
func (s Slot) Default(p *programme.Programme, say *i18n.Printer) string {
	if s.Key != "" {
		return say.Source(s.Key)
	}
	return s.of(p).In(string(say.Lang()))
}

// Check cleans words for a slot and finds what is wrong with them: nothing left,
// too many characters, a placeholder missing or unknown. The mistakes are on the
// field "words".
func (s Slot) Check(words, usual string) (string, error) {
	words = clean(words, s.Lines)
	var wrong fault.Many
	if words == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "words.missing").On("words"))
	}
	if n := utf8.RuneCountInString(words); n > s.Max {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("words").With("max", s.Max).With("now", n))
	}
	needed, used := i18n.Gaps(usual), i18n.Gaps(words)
	for _, name := range needed {
		if words != "" && !slices.Contains(used, name) {
			wrong = append(wrong, fault.New(fault.Invalid, "style.gap.missing").On("words").With("name", "{"+name+"}"))
		}
	}
	for _, name := range used {
		if !slices.Contains(needed, name) {
			wrong = append(wrong, fault.New(fault.Invalid, "style.gap.unknown").On("words").With("name", "{"+name+"}"))
		}
	}
	return words, wrong.OrNil()
}

// clean takes away what nobody sees: control and direction signs, spaces at the
// ends. Lines stay where there may be several.
func clean(s string, several bool) string {
	var out []string
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(strings.ToValidUTF8(s, "\uFFFD")), "\n") {
		line = strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return ' '
			case r < ' ', r >= 0x7F && r < 0xA0, r >= '\u202A' && r <= '\u202E', r >= '\u2066' && r <= '\u2069', r == '\u200E', r == '\u200F', r == '\u061C', r == '\u200B', r == '\uFEFF', r == '\u2028', r == '\u2029':
				return -1
			}
			return r
		}, line)
		out = append(out, strings.Join(strings.Fields(line), " "))
	}
	if several {
		return strings.Trim(strings.Join(out, "\n"), "\n")
	}
	return strings.Join(strings.Fields(strings.Join(out, " ")), " ")
}

// Own is the office's words for a slot in a language, and what they stand for.
type Own struct {
	Words    string
	Replaced string // the default when the words were written
}

// Style is what an office has put over its programme. It does not change, and its
// zero value changes nothing.
type Style struct {
	words   map[string]map[string]Own // slot → language
	colours map[string]string         // "light.fill" → "#rrggbb"
	stamp   string
}

// Of is the office's own words for a slot in a language; ok is false where it has
// none.
func (s Style) Of(slot, lang string) (Own, bool) {
	own, ok := s.words[slot][lang]
	return own, ok
}

// Colour is the office's own colour for a token of a scheme, "" where it has none.
func (s Style) Colour(scheme, token string) string { return s.colours[scheme+"."+token] }

// Stamp tells one style from another in an address; "" for none at all.
func (s Style) Stamp() string { return s.stamp }

// Over gives an edition in this style. The edition itself does not change.
func (s Style) Over(e programme.Edition) programme.Edition {
	if e.Programme == nil || s.stamp == "" {
		return e
	}
	p := *e.Programme
	p.Region.Municipalities = slices.Clone(p.Region.Municipalities)
	p.Brand.Light, p.Brand.Dark = maps.Clone(p.Brand.Light), maps.Clone(p.Brand.Dark)
	for _, slot := range append(Slots(), Slogans(&p)...) {
		if slot.of == nil {
			continue
		}
		text := slot.of(&p)
		for _, lang := range slices.Sorted(maps.Keys(s.words[slot.ID])) {
			*text = text.With(lang, s.words[slot.ID][lang].Words)
		}
	}
	for name, colour := range s.colours {
		scheme, token, _ := strings.Cut(name, ".")
		switch scheme {
		case "light":
			p.Brand.Light[token] = colour
		case "dark":
			p.Brand.Dark[token] = colour
		}
	}
	e.Programme = &p
	return e
}

// Speak gives a printer that says the catalogue's texts in this style.
func (s Style) Speak(say *i18n.Printer) *i18n.Printer {
	over := map[string]string{}
	for _, slot := range Slots() {
		if slot.Key == "" {
			continue
		}
		own, ok := s.words[slot.ID][string(say.Lang())]
		if !ok && say.Lends(slot.Key) { // plain Finnish that leans on Finnish leans on the office's
			own, ok = s.words[slot.ID][string(say.Lang().Written())]
		}
		if ok {
			over[slot.Key] = own.Words
		}
	}
	return say.Over(over)
}

// stamped fills in the stamp.
func (s Style) stamped() Style {
	if len(s.words) == 0 && len(s.colours) == 0 {
		return s
	}
	h := sha256.New()
	for _, slot := range slices.Sorted(maps.Keys(s.words)) {
		for _, lang := range slices.Sorted(maps.Keys(s.words[slot])) {
			fmt.Fprintf(h, "%q %q %q\n", slot, lang, s.words[slot][lang].Words)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.colours)) {
		fmt.Fprintf(h, "%q %q\n", name, s.colours[name])
	}
	s.stamp = hex.EncodeToString(h.Sum(nil))[:8]
	return s
}

// Schemes and Tokens are the accent colours an office can change: by day and by
// night, the fill and what stands on it, links, and the tint behind them.
func Schemes() []string { return []string{"light", "dark"} }

// Tokens names the accent colours.
func Tokens() []string { return []string{"fill", "on_fill", "link", "tint"} }

// Setting is the name of the setting that holds a colour.
func Setting(scheme, token string) string { return "brand." + scheme + "." + token }
