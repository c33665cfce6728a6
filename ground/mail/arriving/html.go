package arriving

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	maxQuote = 8   // quotes inside each other that are still marked
	maxLink  = 500 // bytes of a link that is written out
)

// htmlText writes HTML as plain text: paragraphs apart, quotes with ">", lists
// with "-", links after their words. It reads tokens, not a tree, so that nothing
// nests; O(len(source)).
func htmlText(source string) string {
	var w page
	tokens := html.NewTokenizer(strings.NewReader(source))
	tokens.SetMaxBuf(maxRawText * 4)
	hidden := 0         // open <template>s
	var raw atom.Atom   // in an element whose text is not for people
	link, said := "", 0 // the open link, and where its words begin
	for {
		kind := tokens.Next()
		if kind == html.ErrorToken {
			return strings.TrimRight(w.String(), "\n ")
		}
		switch kind {
		case html.TextToken:
			if hidden == 0 && raw == 0 {
				w.say(tidyText(string(tokens.Text())))
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := tokens.TagName()
			tag := atom.Lookup(name)
			switch tag {
			case atom.Script, atom.Style, atom.Title, atom.Noscript, atom.Iframe, atom.Noembed, atom.Noframes, atom.Textarea, atom.Xmp, atom.Object:
				if kind == html.StartTagToken {
					raw = tag
				}
			case atom.Template:
				hidden++
			case atom.A:
				if link = ""; more {
					link = href(tokens)
				}
				said = w.Len()
			}
			if hidden == 0 {
				w.open(tag)
			}
		case html.EndTagToken:
			name, _ := tokens.TagName()
			tag := atom.Lookup(name)
			if raw != 0 && tag == raw {
				raw = 0
			}
			switch tag {
			case atom.Template:
				hidden = max(0, hidden-1)
			case atom.A:
				w.cite(link, min(said, w.Len()))
				link = ""
			}
			if hidden == 0 {
				w.close(tag)
			}
		}
	}
}

// href is the link's address when it is one to the open web.
func href(tokens *html.Tokenizer) string {
	for {
		key, value, more := tokens.TagAttr()
		if string(key) == "href" {
			to := strings.TrimSpace(string(value))
			if (strings.HasPrefix(to, "https://") || strings.HasPrefix(to, "http://")) && len(to) <= maxLink && !strings.ContainsAny(to, " \n<>") && to == tidyText(to) {
				return to
			}
			return ""
		}
		if !more {
			return ""
		}
	}
}

// page is plain text as it is being written.
type page struct {
	strings.Builder
	breaks int // line ends owed before the next word: 1 a line, 2 a paragraph
	space  bool
	quotes int
	pre    int
}

// say writes running text; outside <pre> any white space is one space.
func (w *page) say(text string) {
	if w.pre > 0 {
		for i, line := range strings.Split(text, "\n") {
			if i > 0 {
				w.breaks = min(2, w.breaks+1)
			}
			w.word(line)
		}
		return
	}
	for i, word := range strings.FieldsFunc(text, blank) {
		if i > 0 || blank(rune(text[0])) {
			w.space = true
		}
		w.word(word)
	}
	if text != "" && blank(rune(text[len(text)-1])) {
		w.space = true
	}
}

// blank is the white space that tidyText leaves.
func blank(r rune) bool { return r == ' ' || r == '\n' }

func (w *page) word(word string) {
	if word == "" {
		return
	}
	switch {
	case w.Len() == 0:
		w.mark()
	case w.breaks > 0:
		for i := range w.breaks {
			w.WriteByte('\n')
			if i == w.breaks-1 {
				w.mark()
			}
		}
	case w.space:
		w.WriteByte(' ')
	}
	w.breaks, w.space = 0, false
	w.WriteString(word)
}

func (w *page) mark() {
	if w.quotes > 0 {
		w.WriteString(strings.Repeat(">", min(w.quotes, maxQuote)) + " ")
	}
}

func (w *page) apart(lines int) {
	if lines > 0 {
		w.breaks, w.space = max(w.breaks, lines), false
	}
}

func (w *page) open(tag atom.Atom) {
	switch tag {
	case atom.Br:
		w.breaks, w.space = min(2, w.breaks+1), false
	case atom.Hr:
		w.apart(2)
	case atom.Li:
		w.apart(1)
		w.word("-")
		w.space = true
	case atom.Td, atom.Th:
		w.space = true
	case atom.Blockquote:
		w.apart(2)
		w.quotes++
	case atom.Pre:
		w.apart(2)
		w.pre++
	default:
		w.apart(breaksAt(tag))
	}
}

func (w *page) close(tag atom.Atom) {
	switch tag {
	case atom.Blockquote:
		w.apart(2)
		w.quotes = max(0, w.quotes-1)
	case atom.Pre:
		w.apart(2)
		w.pre = max(0, w.pre-1)
	default:
		w.apart(breaksAt(tag))
	}
}

// breaksAt is how far an element stands from what is round it.
func breaksAt(tag atom.Atom) int {
	switch tag {
	case atom.P, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Ul, atom.Ol, atom.Dl, atom.Table:
		return 2
	case atom.Div, atom.Tr, atom.Section, atom.Article, atom.Header, atom.Footer, atom.Address, atom.Dt, atom.Dd, atom.Figure, atom.Center, atom.Li:
		return 1
	}
	return 0
}

// cite writes a link's address after its words, when the words are not it.
func (w *page) cite(link string, said int) {
	bare := func(s string) string {
		s = strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(s), "https://"), "http://")
		return strings.ToLower(strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/"))
	}
	words := strings.TrimSpace(w.String()[said:])
	if link == "" || words == "" || bare(words) == bare(link) {
		return
	}
	w.WriteString(" (" + link + ")")
}
