package feed

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// The kinds of document, for headers and links.
const (
	AtomType = "application/atom+xml"
	JSONType = "application/feed+json"
)

// Feed is one page of what is new, the newest first.
type Feed struct {
	ID       string // for good: a reader knows the feed by it
	Title    string
	Subtitle string
	Lang     string
	Page     string // the page for people that it tells of
	Self     string
	First    string // its first page, "" where this is it
	Next     string // its next page, "" on the last
	Author   string
	Licence  string // the address of its terms, "" for none
	Updated  time.Time
	Entries  []Entry
	Gone     []Gone
}

// Entry is one thing in a feed, with all that is said of it.
type Entry struct {
	ID        string // for good
	Title     string
	Lang      string // of the title
	URL       string
	Author    string
	Published time.Time
	Updated   time.Time
	Tags      []Tag
	HTML      string // the text itself, as a page would show it
}

// Tag is something an entry is about.
type Tag struct{ Term, Label string }

// Gone is an entry that was taken away: a reader who kept it lets go of it.
type Gone struct {
	ID   string
	When time.Time
}

type atomFeed struct {
	XMLName  xml.Name    `xml:"http://www.w3.org/2005/Atom feed"`
	Lang     string      `xml:"xml:lang,attr"`
	ID       string      `xml:"id"`
	Title    string      `xml:"title"`
	Subtitle string      `xml:"subtitle,omitempty"`
	Updated  string      `xml:"updated"`
	Author   atomPerson  `xml:"author"`
	Links    []atomLink  `xml:"link"`
	Entries  []atomEntry `xml:"entry"`
	Gone     []atomGone  `xml:"http://purl.org/atompub/tombstones/1.0 deleted-entry"`
}

type atomPerson struct {
	Name string `xml:"name"`
}

type atomLink struct {
	Rel  string `xml:"rel,attr"`
	Type string `xml:"type,attr,omitempty"`
	Href string `xml:"href,attr"`
}

type atomText struct {
	Lang string `xml:"xml:lang,attr,omitempty"`
	Type string `xml:"type,attr,omitempty"`
	Text string `xml:",chardata"`
}

type atomTag struct {
	Term  string `xml:"term,attr"`
	Label string `xml:"label,attr,omitempty"`
}

type atomEntry struct {
	ID        string     `xml:"id"`
	Title     atomText   `xml:"title"`
	Published string     `xml:"published"`
	Updated   string     `xml:"updated"`
	Author    atomPerson `xml:"author"`
	Link      atomLink   `xml:"link"`
	Tags      []atomTag  `xml:"category"`
	Content   atomText   `xml:"content"`
}

type atomGone struct {
	Ref  string `xml:"ref,attr"`
	When string `xml:"when,attr"`
}

// Atom writes the feed as Atom 1.0.
func Atom(f Feed) ([]byte, error) {
	out := atomFeed{Lang: f.Lang, ID: f.ID, Title: line(f.Title), Subtitle: line(f.Subtitle), Updated: at(f.Updated), Author: atomPerson{line(f.Author)},
		Links: []atomLink{{"self", AtomType, f.Self}, {"alternate", "text/html", f.Page}}}
	for _, l := range []atomLink{{"first", AtomType, f.First}, {"next", AtomType, f.Next}, {"license", "", f.Licence}} {
		if l.Href != "" {
			out.Links = append(out.Links, l)
		}
	}
	for _, e := range f.Entries {
		entry := atomEntry{ID: e.ID, Title: atomText{e.Lang, "text", line(e.Title)}, Published: at(e.Published), Updated: at(e.Updated), Author: atomPerson{line(e.Author)},
			Link: atomLink{"alternate", "text/html", e.URL}, Content: atomText{"", "html", e.HTML}}
		for _, t := range e.Tags {
			entry.Tags = append(entry.Tags, atomTag(t))
		}
		out.Entries = append(out.Entries, entry)
	}
	for _, g := range f.Gone {
		out.Gone = append(out.Gone, atomGone{g.ID, at(g.When)})
	}
	var b bytes.Buffer
	b.WriteString(xml.Header)
	if err := xml.NewEncoder(&b).Encode(out); err != nil { // signs that XML has not become U+FFFD
		return nil, err
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

type jsonFeed struct {
	Version     string       `json:"version"`
	Title       string       `json:"title"`
	HomePage    string       `json:"home_page_url"`
	Self        string       `json:"feed_url"`
	Description string       `json:"description,omitempty"`
	Next        string       `json:"next_url,omitempty"`
	Authors     []jsonPerson `json:"authors"`
	Language    string       `json:"language"`
	Items       []jsonItem   `json:"items"`
}

type jsonPerson struct {
	Name string `json:"name"`
}

type jsonItem struct {
	ID        string       `json:"id"`
	URL       string       `json:"url"`
	Title     string       `json:"title"`
	HTML      string       `json:"content_html"`
	Published string       `json:"date_published"`
	Modified  string       `json:"date_modified"`
	Authors   []jsonPerson `json:"authors"`
	Tags      []string     `json:"tags,omitempty"`
	Language  string       `json:"language,omitempty"`
}

// JSON writes the feed as JSON Feed 1.1.
func JSON(f Feed) ([]byte, error) {
	out := jsonFeed{Version: "https://jsonfeed.org/version/1.1", Title: line(f.Title), HomePage: f.Page, Self: f.Self, Description: line(f.Subtitle), Next: f.Next,
		Authors: []jsonPerson{{line(f.Author)}}, Language: f.Lang, Items: []jsonItem{}}
	for _, e := range f.Entries {
		item := jsonItem{ID: e.ID, URL: e.URL, Title: line(e.Title), HTML: e.HTML, Published: at(e.Published), Modified: at(e.Updated), Authors: []jsonPerson{{line(e.Author)}}, Language: e.Lang}
		for _, t := range e.Tags {
			item.Tags = append(item.Tags, t.Label)
		}
		out.Items = append(out.Items, item)
	}
	return json.Marshal(out)
}

// at is a moment as RFC 3339 writes it.
func at(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// line keeps a name on one line.
func line(s string) string {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return strings.Join(strings.Fields(s), " ")
}

// Tagged makes a name for good (RFC 4151) of who gave it, in which year, and what it
// names there.
func Tagged(authority string, year int, parts ...string) string {
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return fmt.Sprintf("tag:%s,%04d:%s", authority, year, strings.Join(parts, "/"))
}
