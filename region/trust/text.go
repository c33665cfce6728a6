package trust

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"kokko/ground/fault"
)

// endings are the last parts of addresses written without http:// that are taken
// for links: countries, and what is common beside them. A list, because "talo.on"
// and "t.ex" are no addresses.
const endings = " ac ad ae af ag ai al am ao ar at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr ga gb gd ge gf gg gh gi gl gm gn gp gq gr gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw com net org info biz online site shop store club top xyz app dev pro live icu vip win bet casino loan work link click bid fun buzz cyou sbs lol page website space tech world today news blog " // read with a blank on each side

// Links finds the links of a text, each once: what follows "://" or "www.", and
// bare addresses with an ending that is in use. E-mail addresses are no links.
func Links(text string) (all []string) {
	links(text, func(link string) {
		if link = strings.ToLower(link); !slices.Contains(all, link) {
			all = append(all, link)
		}
	})
	return all
}

// links calls found with each link and gives what of the text is left without them.
func links(text string, found func(link string)) (rest string) {
	text = strings.NewReplacer("。", ".", "．", ".").Replace(norm.NFKC.String(text))
	pieces := strings.FieldsFunc(text, func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>\"'()[]{}|,;”“’*", r)
	})
	var left []string
	for _, piece := range pieces {
		if at := strings.Index(piece, "://"); at >= 0 {
			// One word can hold several: the second begins where its scheme does.
			scheme := strings.LastIndexFunc(piece[:at], func(r rune) bool { return !unicode.IsLetter(r) }) + 1
			left = append(left, piece[:scheme])
			for _, link := range strings.Split(piece[at+3:], "://") {
				if host(link) != "" {
					found(strings.TrimRight(link, ".!?:…"))
				}
			}
			continue
		}
		piece = strings.TrimRight(piece, ".!?:…")
		if bare(piece) {
			found(piece)
			continue
		}
		left = append(left, piece)
	}
	return strings.Join(left, " ")
}

// bare tells an address written without its scheme.
func bare(piece string) bool {
	h := piece
	if i := strings.IndexAny(h, "/\\?#:"); i >= 0 {
		h = h[:i]
	}
	if strings.Contains(h, "@") {
		return false
	}
	labels := strings.Split(h, ".")
	last := labels[len(labels)-1]
	if len(labels) < 2 || slices.Contains(labels, "") {
		return false
	}
	for _, l := range labels {
		if strings.ContainsFunc(l, func(r rune) bool { return r != '-' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return false
		}
	}
	if strings.EqualFold(labels[0], "www") && len(labels) > 2 {
		return true
	}
	// "talo.Se oli" lacks a blank and is no address in Sweden.
	same := last == strings.ToLower(last) || last == strings.ToUpper(last)
	return same && strings.Contains(endings, " "+strings.ToLower(last)+" ") || strings.HasPrefix(strings.ToLower(last), "xn--")
}

// host is where a link leads, folded: what a browser would go to, whatever stands
// before an @ or after a backslash.
func host(link string) string {
	link = strings.ToLower(link)
	if i := strings.IndexAny(link, "/\\?#"); i >= 0 {
		link = link[:i]
	}
	link = link[strings.LastIndexByte(link, '@')+1:]
	if i := strings.IndexByte(link, ':'); i >= 0 {
		link = link[:i]
	}
	return strings.Trim(link, ".")
}

// Ours tells whether a link leads to one of the domains or to something under it.
func Ours(link string, domains []string) bool {
	h := host(link)
	return slices.ContainsFunc(domains, func(d string) bool { return d != "" && (h == d || strings.HasSuffix(h, "."+d)) })
}

// fold is a text as it is compared: its letters, marks and numbers in small, in
// words with one blank between.
func fold(text string) string {
	return strings.Join(strings.FieldsFunc(strings.ToLower(norm.NFKC.String(text)), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
	}), " ")
}

// leastWords is how many letters beside its links make a text more than links.
const leastWords = 15

// Read takes from a text what a verdict needs of it, by a region's rules. Of an
// edit only what is new counts: before is the text it replaces, "" for none.
func Read(r Rules, text, before string) (e Evidence) {
	was := Links(before)
	for _, link := range Links(text) {
		if !Ours(link, r.Domains) && !slices.Contains(was, link) {
			e.Links++
		}
	}
	if e.Links > 0 {
		n := 0
		for _, c := range links(text, func(string) {}) {
			if unicode.IsLetter(c) {
				n++
			}
		}
		e.OnlyLinks = n < leastWords
	}
	said, had := " "+fold(text), " "+fold(before)
	for _, w := range r.Words {
		if f := fold(w); f != "" && strings.Contains(said, " "+f) && !strings.Contains(had, " "+f) {
			e.Words = append(e.Words, w)
		}
	}
	return e
}

// Bounds of a region's own rules.
const (
	maxList  = 200 // words or domains
	maxEntry = 100 // characters of one
)

// ReadWords reads words that hold, one a line.
func ReadWords(lines string) ([]string, error) {
	var all []string
	for line := range strings.Lines(lines) {
		line = strings.Join(strings.Fields(line), " ")
		switch {
		case line == "":
			continue
		case utf8.RuneCountInString(fold(line)) < 3: // "ja" would hold everything
			return nil, fault.New(fault.Invalid, "trust.word.short").On("words").With("word", cut(line))
		case utf8.RuneCountInString(line) > maxEntry:
			return nil, fault.New(fault.Invalid, "trust.entry.long").On("words").With("max", maxEntry)
		}
		if !slices.Contains(all, line) {
			all = append(all, line)
		}
	}
	if len(all) > maxList {
		return nil, fault.New(fault.Invalid, "trust.list.long").On("words").With("max", maxList)
	}
	return all, nil
}

// ReadDomains reads the domains links may lead to, one a line; a whole address is
// cut to its host.
func ReadDomains(lines string) ([]string, error) {
	var all []string
	for line := range strings.Lines(lines) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		_, rest, ok := strings.Cut(line, "://")
		if !ok {
			rest = line
		}
		d := host(rest)
		for strings.HasPrefix(d, "www.") && strings.Count(d, ".") > 1 {
			d = strings.TrimPrefix(d, "www.")
		}
		labels := strings.Split(d, ".")
		if len(labels) < 2 || slices.Contains(labels, "") || len(d) > maxEntry ||
			strings.ContainsFunc(d, func(r rune) bool { return r != '.' && r != '-' && !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
			return nil, fault.New(fault.Invalid, "trust.domain.wrong").On("domains").With("domain", cut(line))
		}
		if !slices.Contains(all, d) {
			all = append(all, d)
		}
	}
	if len(all) > maxList {
		return nil, fault.New(fault.Invalid, "trust.list.long").On("domains").With("max", maxList)
	}
	return all, nil
}

func cut(s string) string {
	if r := []rune(s); len(r) > 40 {
		return string(r[:40]) + "…"
	}
	return s
}
