package feedtest

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strings"
	"time"

	"golang.org/x/net/html"
)

// Item is an entry as a reader gets it.
type Item struct {
	ID, Title, URL, HTML string
	Published, Updated   time.Time
}

// Feed is a feed as a reader gets it.
type Feed struct {
	ID, Title, Self, Next, Page string
	Updated                     time.Time
	Items                       []Item
	Gone                        []string
}

type element struct {
	XMLName xml.Name
	Attrs   []xml.Attr `xml:",any,attr"`
	Text    string     `xml:",chardata"`
	Parts   []element  `xml:",any"`
}

const atom = "http://www.w3.org/2005/Atom"

func (e element) attr(name string) string {
	for _, a := range e.Attrs {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

func (e element) all(name string) (out []element) {
	for _, p := range e.Parts {
		if p.XMLName.Local == name && p.XMLName.Space == atom {
			out = append(out, p)
		}
	}
	return out
}

// checker gathers what is amiss.
type checker struct{ wrong []string }

func (c *checker) say(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

func (c *checker) one(e element, name string) element {
	all := e.all(name)
	if len(all) != 1 {
		c.say("%s has %d %s, must have one", e.XMLName.Local, len(all), name)
		return element{}
	}
	return all[0]
}

func (c *checker) date(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		c.say("no date: %q", s)
	}
	return t
}

func (c *checker) address(s string) {
	if u, err := url.Parse(s); err != nil || !u.IsAbs() || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		c.say("no full address: %q", s)
	}
}

func (c *checker) id(s string, seen map[string]bool) {
	if !regexp.MustCompile(`^tag:[a-z0-9.-]+,\d{4}(-\d\d){0,2}:[^\s#]+$`).MatchString(s) {
		c.say("no tag: address: %q", s)
	}
	if seen[s] {
		c.say("twice in one feed: %s", s)
	}
	seen[s] = true
}

// markup holds a text to plain marks: nothing that runs, loads or frames.
func (c *checker) markup(text string) {
	z := html.NewTokenizer(strings.NewReader(text))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if z.Err() != io.EOF {
				c.say("no HTML: %v", z.Err())
			}
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			switch t.Data {
			case "p", "br", "div", "blockquote", "h2", "a":
			default:
				c.say("a <%s> in an entry", t.Data)
			}
			for _, a := range t.Attr {
				if a.Key != "lang" && !(t.Data == "a" && a.Key == "href" && strings.HasPrefix(a.Val, "http")) {
					c.say("%s=%q in an entry", a.Key, a.Val)
				}
			}
		}
	}
}

// Atom reads a feed and lists what is amiss in it.
func Atom(body []byte) (f Feed, wrong []string) {
	var c checker
	var root element
	d := xml.NewDecoder(bytes.NewReader(body))
	if err := d.Decode(&root); err != nil {
		return f, []string{err.Error()}
	}
	if _, err := d.Token(); err != nil && err != io.EOF {
		c.say("after the end: %v", err)
	}
	if root.XMLName.Local != "feed" || root.XMLName.Space != atom {
		c.say("the root is %v", root.XMLName)
	}
	seen := map[string]bool{}
	f.ID, f.Title, f.Updated = c.one(root, "id").Text, c.one(root, "title").Text, c.date(c.one(root, "updated").Text)
	c.id(f.ID, seen)
	c.person(c.one(root, "author"))
	for _, l := range root.all("link") {
		c.address(l.attr("href"))
		switch l.attr("rel") {
		case "self":
			f.Self = l.attr("href")
		case "next":
			f.Next = l.attr("href")
		case "alternate":
			f.Page = l.attr("href")
		}
	}
	if f.Self == "" || f.Page == "" || f.Title == "" {
		c.say("no self, page or title")
	}
	for _, e := range root.all("entry") {
		it := Item{ID: c.one(e, "id").Text, Title: c.one(e, "title").Text, Updated: c.date(c.one(e, "updated").Text), Published: c.date(c.one(e, "published").Text), URL: c.one(e, "link").attr("href")}
		c.id(it.ID, seen)
		c.address(it.URL)
		c.person(c.one(e, "author"))
		if t := c.one(e, "title").attr("type"); t != "text" {
			c.say("a title of type %q", t)
		}
		content := c.one(e, "content")
		if content.attr("type") != "html" || content.attr("src") != "" {
			c.say("content %v", content.Attrs)
		}
		for _, t := range e.all("category") {
			if t.attr("term") == "" {
				c.say("a category without a term")
			}
		}
		it.HTML = content.Text
		c.entry(it, f.Updated)
		f.Items = append(f.Items, it)
	}
	for _, p := range root.Parts {
		switch {
		case p.XMLName.Space == "http://purl.org/atompub/tombstones/1.0" && p.XMLName.Local == "deleted-entry":
			c.date(p.attr("when"))
			c.id(p.attr("ref"), seen)
			f.Gone = append(f.Gone, p.attr("ref"))
		case p.XMLName.Space != atom:
			c.say("a strange element %v", p.XMLName)
		}
	}
	return f, c.wrong
}

func (c *checker) person(e element) {
	if name := c.one(e, "name"); strings.TrimSpace(name.Text) == "" {
		c.say("a person without a name")
	}
}

func (c *checker) entry(it Item, feed time.Time) {
	if strings.TrimSpace(it.Title) == "" {
		c.say("an entry without a title")
	}
	if it.Updated.Before(it.Published) || it.Updated.After(feed) {
		c.say("%s is of %v, changed at %v, in a feed of %v", it.ID, it.Published, it.Updated, feed)
	}
	c.markup(it.HTML)
}

// JSON reads a JSON feed and lists what is amiss in it.
func JSON(body []byte) (f Feed, wrong []string) {
	var c checker
	type person struct{ Name string }
	var in struct {
		Version, Title, Language, Description string
		Home                                  string `json:"home_page_url"`
		Self                                  string `json:"feed_url"`
		Next                                  string `json:"next_url"`
		Authors                               []person
		Items                                 *[]struct {
			ID, URL, Title, Language string
			HTML                     string `json:"content_html"`
			Published                string `json:"date_published"`
			Modified                 string `json:"date_modified"`
			Authors                  []person
			Tags                     []string
		}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&in); err != nil {
		return f, []string{err.Error()}
	}
	if in.Version != "https://jsonfeed.org/version/1.1" || in.Title == "" || in.Items == nil || len(in.Authors) == 0 {
		return f, append(c.wrong, "version, title, authors or items are missing")
	}
	f = Feed{Title: in.Title, Self: in.Self, Next: in.Next, Page: in.Home}
	for _, a := range []string{in.Self, in.Home} {
		c.address(a)
	}
	seen := map[string]bool{}
	for _, i := range *in.Items {
		it := Item{ID: i.ID, Title: i.Title, URL: i.URL, HTML: i.HTML, Published: c.date(i.Published), Updated: c.date(i.Modified)}
		c.id(it.ID, seen)
		c.address(it.URL)
		c.entry(it, it.Updated)
		f.Items = append(f.Items, it)
	}
	return f, c.wrong
}
