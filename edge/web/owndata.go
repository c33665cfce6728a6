package web

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/journey/attachment"
	"kokko/journey/comment"
	"kokko/journey/forecast"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/trust"
)

// A bringer's own data: all that is kept of them and their spark, to take along.
// The names in the file are the store's, so that a program can read them; what is
// not in it is said in it. A test walks the live schema: a personal column that is
// neither in the file nor excused fails.

// ownFormat names the file's form; it changes when a field changes its meaning.
const ownFormat = "kokko-own-data-1"

type ownRegion struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

type ownSpark struct {
	Code         string     `json:"code"`
	ID           ident.ID   `json:"id,string"`
	Kind         string     `json:"kind"`
	Title        string     `json:"title"`
	Text         string     `json:"text"`
	Language     string     `json:"language"`
	Place        string     `json:"place"`
	PlaceName    string     `json:"place_name"`
	Tags         []string   `json:"tags"`
	State        string     `json:"state"`
	Visibility   string     `json:"visibility"`
	Secret       bool       `json:"secret"`
	Outside      bool       `json:"outside"`
	Listed       bool       `json:"listed"`
	Open         bool       `json:"open"`
	NeedsHand    bool       `json:"needs_hand"`
	Source       string     `json:"source"`
	EnteredBy    string     `json:"entered_by"` // an officer's name, "" when the bringer wrote it
	Programme    ident.ID   `json:"programme_id,string"`
	Owner        string     `json:"owner"` // the officer who answers
	Due          *date      `json:"due_day"`
	NextContact  *date      `json:"next_contact_day"`
	Dropped      *time.Time `json:"dropped_at"`
	Answered     *time.Time `json:"answered_at"`
	Asked        *time.Time `json:"asked_at"`
	Closed       *time.Time `json:"closed_at"`
	Latest       *time.Time `json:"latest_at"`
	People       int        `json:"people"`
	Doers        int        `json:"doers"`
	Waiting      bool       `json:"waiting"`
	WaitingSince *time.Time `json:"waiting_since_at"`
	Event        string     `json:"event"` // where it was told, "" for nowhere in particular
	Held         string     `json:"held"`
	Challenge    string     `json:"challenge_id"`
	MergedInto   string     `json:"merged_into"`
	SplitFrom    string     `json:"split_from"`
}

type ownBringer struct {
	ID       ident.ID   `json:"id,string"`
	Name     string     `json:"name"`
	Email    string     `json:"email"`
	Phone    string     `json:"phone"`
	Contact  string     `json:"contact"`
	Language string     `json:"language"`
	Owns     *time.Time `json:"owns_at"`
}

type ownStanding struct {
	Standing string     `json:"standing"` // trusted, blocked or ""
	Since    *time.Time `json:"since_at"`
	Until    *time.Time `json:"until_at"`
}

type ownLink struct {
	Made  *time.Time `json:"created_at"`
	Ended *time.Time `json:"ended_at"`
}

type ownBeat struct {
	ID         ident.ID    `json:"id,string"`
	Spark      ident.ID    `json:"spark_id,string"` // another's while that carried the matter on
	At         *time.Time  `json:"at"`
	What       string      `json:"what"` // in the reader's language, as on their own page
	Type       string      `json:"type"`
	Actor      string      `json:"actor"`
	Officer    string      `json:"officer"` // the name now, "" when no officer did it
	Author     string      `json:"author"`  // the name it was said under
	Visibility string      `json:"visibility"`
	Corrects   string      `json:"corrects"`
	Facts      story.Facts `json:"facts"`
	Words      string      `json:"words"`
	Would      string      `json:"would"`
}

type ownMeasure struct {
	ID   ident.ID `json:"id,string"`
	Beat ident.ID `json:"beat_id,string"`
	What string   `json:"what"`
	Who  string   `json:"who"`
	By   *date    `json:"by_day"`
	Done bool     `json:"done"`
}

type ownCommitment struct {
	ID    ident.ID   `json:"id,string"`
	What  string     `json:"what"`
	By    *date      `json:"by_day"`
	State string     `json:"state"`
	Moves int        `json:"moves"`
	Made  *time.Time `json:"made_at"`
	Ended *time.Time `json:"ended_at"`
}

type ownChoice struct {
	Shown bool       `json:"shown"`
	At    *time.Time `json:"chosen_at"`
}

type ownMerging struct {
	Into     ident.ID `json:"into_id,string"`
	JoinedTo string   `json:"joined_to"`
	Since    ident.ID `json:"since_beat,string"`
	Until    string   `json:"until_beat"`
}

type ownAlone struct {
	Due     *date      `json:"due_day"`
	Since   *time.Time `json:"waiting_since_at"`
	Joined  int        `json:"joined"`
	Title   string     `json:"title"`
	TitleOf string     `json:"title_of"`
}

type ownFile struct {
	ID        ident.ID   `json:"id,string"`
	Kind      string     `json:"kind"`
	Name      string     `json:"name"`
	Alt       string     `json:"alt"`
	MediaType string     `json:"media_type"`
	Bytes     int        `json:"bytes"`
	Width     int        `json:"width"`
	Height    int        `json:"height"`
	SHA256    string     `json:"sha256"`
	Officer   string     `json:"officer"` // who added it on the bringer's behalf, "" for the bringer
	Added     *time.Time `json:"added_at"`
	Content   []byte     `json:"content"` // base64
}

type ownAct struct {
	ID      ident.ID          `json:"id,string"`
	At      *time.Time        `json:"at"`
	What    string            `json:"what"`
	Officer string            `json:"officer"`
	Beat    string            `json:"beat_id"`
	Before  map[string]string `json:"before"`
	After   map[string]string `json:"after"`
	Undone  *time.Time        `json:"undone_at"`
}

type ownLetter struct {
	ID        ident.ID   `json:"id,string"`
	State     string     `json:"state"`
	Purpose   string     `json:"purpose"`
	MessageID string     `json:"message_id"`
	To        string     `json:"recipient"`
	Subject   string     `json:"subject"`
	Text      string     `json:"body"`
	Language  string     `json:"language"`
	Automatic bool       `json:"automatic"`
	Written   *time.Time `json:"created_at"`
	Sent      *time.Time `json:"sent_at"`
	Tries     int        `json:"tries"`
	Reply     string     `json:"reply"`
}

type ownArrival struct {
	At *time.Time `json:"arrived_at"`
}

type date = workday.Day

// someDay and moment give nothing for what has not been.
func someDay(d workday.Day) *date {
	if d == 0 {
		return nil
	}
	return &d
}

// someID is "" for nothing.
func someID(id ident.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// lettersAtOnce bounds how many letters are held in memory.
const lettersAtOnce = 50

// actsAtOnce is the same for what the office did.
const actsAtOnce = 50

// ownData streams the file. Nothing of it is held but one page of the story or of
// the letters, or one attachment, so a story of any length costs the same memory.
func (v *Visit) ownData(m mine) error {
	ctx, sp := v.R.Context(), m.Spark
	d, err := v.desk(ctx)
	if err != nil {
		return err
	}
	links, err := spark.Links(ctx, v.DB, sp.Region, sp.ID, m.Bringer.ID)
	if err != nil {
		return err
	}
	reading, err := spark.Read(ctx, v.DB, sp, story.Parties)
	if err != nil {
		return err
	}
	var measures []spark.Measure
	for _, id := range reading.Stories() {
		some, err := spark.Measures(ctx, v.DB, sp.Region, id)
		if err != nil {
			return err
		}
		measures = append(measures, some...)
	}
	commitments, err := ring.Commitments(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	choices, err := forecast.Choices(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	mergings, err := spark.Mergings(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	alone, carries, err := spark.ByItself(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	standing, err := trust.OfAddress(ctx, v.DB, sp.Region, m.Bringer.Email, v.Clock.Now())
	if err != nil {
		return err
	}
	bringers, err := spark.Bringers(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	events, err := spark.Events(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	came, err := mail.ArrivalsAbout(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	others := map[string]bool{} // of the same spark: their letters are theirs
	for _, b := range bringers[sp.ID] {
		if b.ID != m.Bringer.ID && b.Email != "" && b.Email != m.Bringer.Email {
			others[b.Email] = true
		}
	}
	files, err := attachment.Of(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	beats, next, err := reading.Page(ctx, v.DB, 0)
	if err != nil {
		return err
	}
	v.patient(slowly)

	to := v.sink(func(h http.Header) {
		h.Set("Content-Type", "application/json; charset=utf-8")
		h.Set("Content-Disposition", `attachment; filename="kipina-`+sp.Code+`.json"`)
		h.Set("X-Robots-Tag", "noindex")
	})
	to.begin()
	if v.R.Method == http.MethodHead {
		return nil
	}
	out := &scroll{to: bufio.NewWriter(to)}
	out.put("format", ownFormat)
	out.put("about", v.T("owndata.about"))
	out.put("made_at", moment(v.Clock.Now()))
	out.put("region", ownRegion{sp.Region, v.In(v.Edition.Region.Name)})
	told := ownSparkOf(sp, d)
	told.Event = events[sp.ID]
	out.put("spark", told)
	b := m.Bringer
	out.put("bringer", ownBringer{b.ID, b.Name, b.Email, b.Phone, string(b.Contact), b.Language, moment(b.Owns)})
	out.put("standing", ownStanding{string(standing.Standing), moment(standing.Since), moment(standing.Until)})
	out.open("links")
	for _, l := range links {
		out.item(ownLink{moment(l.Made), moment(l.Ended)})
	}
	out.close()

	out.open("mergings")
	for _, m := range mergings {
		out.item(ownMerging{m.Into, someID(m.JoinedTo), m.Since, someID(m.Until)})
	}
	out.close()
	if carries {
		out.put("by_itself", ownAlone{someDay(alone.Due), moment(alone.Since), alone.Joined, alone.Title, someID(alone.TitleOf)})
	}

	out.open("acts")
	for after := ident.ID(0); out.failed == nil; {
		acts, err := spark.ActsOn(ctx, v.DB, sp.Region, sp.ID, after, actsAtOnce)
		if err != nil {
			return v.breakOff(err)
		}
		for _, a := range acts {
			c := a.Changes[0]
			after = a.ID
			out.item(ownAct{a.ID, moment(a.At), string(a.Deed), d.officers[a.Officer].Name, someID(c.Beat), c.Before, c.After, moment(c.Undone)})
		}
		if out.flush(); len(acts) < actsAtOnce {
			break
		}
	}
	out.close()

	t := teller{v: v, desk: d, reading: reading}
	if t.names, err = v.publicNames(ctx, reading.Known()); err != nil {
		return v.breakOff(err)
	}
	delete(t.names, sp.ID)
	seen := map[ident.ID]bool{} // the talks this reader may see
	out.open("story")
	for {
		for _, b := range beats {
			out.item(ownBeatOf(b, t))
			if b.Facts.Measures > 0 {
				seen[b.ID] = true
			}
		}
		if out.flush(); next == 0 || out.failed != nil {
			break
		}
		if beats, next, err = reading.Page(ctx, v.DB, next); err != nil {
			return v.breakOff(err)
		}
	}
	out.close()
	out.open("measures")
	for _, a := range measures {
		if seen[a.Beat] {
			out.item(ownMeasure{a.ID, a.Beat, a.What, a.Who, someDay(a.By), a.Done})
		}
	}
	out.close()

	out.open("commitments")
	for _, c := range commitments {
		if c.Member == 0 {
			out.item(ownCommitment{c.ID, c.What, someDay(c.Day), string(c.State), c.Moves, moment(c.Made), moment(c.Ended)})
		}
	}
	out.close()

	out.open("forecast_choices")
	for _, c := range choices {
		if c.Bringer == m.Bringer.ID {
			out.item(ownChoice{c.Shown, moment(c.At)})
		}
	}
	out.close()

	out.open("attachments") // at most five, of at most 2 MB each: one at a time is held
	for _, a := range files {
		content, err := attachment.Content(ctx, v.DB, a, false)
		if fault.Is(err, fault.NotFound) {
			continue // taken away meanwhile
		}
		if err != nil {
			return v.breakOff(err)
		}
		out.item(ownFile{a.ID, string(a.Kind), a.Name, a.Alt, a.MediaType(), a.Bytes, a.Width, a.Height, a.SHA256, d.officers[a.Officer].Name, moment(a.Added), content})
		out.flush()
	}
	out.close()

	out.open("letters")
	for after := ident.ID(0); out.failed == nil; {
		letters, err := mail.About(ctx, v.DB, sp.Region, sp.ID, after, lettersAtOnce)
		if err != nil {
			return v.breakOff(err)
		}
		for _, l := range letters {
			after = l.ID
			if strings.HasPrefix(l.Purpose, spark.LetterToBringer) && !others[l.To] {
				out.item(ownLetter{l.ID, string(l.Stand), l.Purpose, l.MessageID, l.To, l.Subject, l.Shown(), l.Language, l.Automatic, moment(l.Created), moment(l.Done), l.Tries, l.Reply})
			}
		}
		if out.flush(); len(letters) < lettersAtOnce {
			break
		}
	}
	out.close()
	out.open("arrivals")
	for _, at := range came {
		out.item(ownArrival{moment(at)})
	}
	out.close()
	said, err := v.commentsData(ctx, comment.Author{Kind: comment.Bringer, ID: b.ID}, sp.ID)
	if err != nil {
		return err
	}
	out.put("comments", said)
	out.put("not_here", []string{v.T("owndata.not.notes"), v.T("owndata.not.links"), v.T("owndata.not.office"), v.T("owndata.not.jobs"), v.T("owndata.not.counts"), v.T("owndata.not.moderation"), v.T("owndata.not.small")})
	out.end()
	if out.failed != nil {
		return v.breakOff(out.failed)
	}
	return nil
}

// breakOff ends a file that cannot be finished by breaking the connection: half a
// file must not look like a whole one.
func (v *Visit) breakOff(err error) error {
	if v.R.Context().Err() == nil {
		v.Log.Error("a file broke off", "pattern", v.pattern, "error", err)
	}
	panic(http.ErrAbortHandler)
}

func ownSparkOf(sp spark.Spark, d desk) ownSpark {
	tags := []string{}
	for _, t := range sp.Tags {
		tags = append(tags, t.String())
	}
	return ownSpark{
		Code: sp.Code, ID: sp.ID, Kind: string(sp.Kind), Title: sp.Title, Text: sp.Text, Language: sp.Language, Place: sp.Place, PlaceName: sp.PlaceName, Tags: tags,
		State: string(sp.State), Visibility: string(sp.Visibility), Secret: sp.Secret, Outside: sp.Outside, Listed: sp.Listed, Open: sp.Open, NeedsHand: sp.NeedsHand,
		Source: string(sp.Source), EnteredBy: d.officers[sp.EnteredBy].Name, Programme: sp.Programme, Owner: d.officers[sp.Owner].Name,
		Due: someDay(sp.Due), NextContact: someDay(sp.NextContact), Dropped: moment(sp.Dropped), Answered: moment(sp.Answered), Asked: moment(sp.Asked), Closed: moment(sp.Closed), Latest: moment(sp.Latest),
		People: sp.People, Doers: sp.Doers, Waiting: sp.Waiting, WaitingSince: moment(sp.WaitingFrom),
		Held: sp.Held, Challenge: someID(sp.Challenge), MergedInto: someID(sp.MergedInto), SplitFrom: someID(sp.SplitFrom),
	}
}

func ownBeatOf(b story.Beat, t teller) ownBeat {
	corrects := ""
	if b.Corrects != 0 {
		corrects = b.Corrects.String()
	}
	words, would := b.Parts()
	return ownBeat{ID: b.ID, Spark: b.Spark, At: moment(b.At), What: t.line(b), Type: string(b.Type), Actor: string(b.Actor), Officer: t.desk.officers[b.Officer].Name, Author: b.Author,
		Visibility: string(b.Visibility), Corrects: corrects, Facts: b.Facts, Words: words, Would: would}
}

// scroll writes one JSON object field by field as it comes. The first failure is
// kept, and nothing is written after it.
type scroll struct {
	to     *bufio.Writer
	begun  bool // the object has a field
	listed bool // the open list has an item
	failed error
}

func (s *scroll) write(text string) {
	if s.failed == nil {
		_, s.failed = s.to.WriteString(text)
	}
}

// value writes a value as people can read it, its further lines indented.
func (s *scroll) value(x any, indent string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent(indent, "  ")
	if err := e.Encode(x); err != nil && s.failed == nil {
		s.failed = fmt.Errorf("own data: %w", err)
	}
	s.write(strings.TrimSuffix(b.String(), "\n"))
}

func (s *scroll) name(name string) {
	if s.begun {
		s.write(",\n  ")
	} else {
		s.write("{\n  ")
	}
	s.begun = true
	s.value(name, "")
	s.write(": ")
}

func (s *scroll) put(name string, x any) {
	s.name(name)
	s.value(x, "  ")
}

func (s *scroll) open(name string) {
	s.name(name)
	s.write("[")
	s.listed = false
}

func (s *scroll) item(x any) {
	if s.listed {
		s.write(",")
	}
	s.write("\n    ")
	s.listed = true
	s.value(x, "    ")
}

func (s *scroll) close() {
	if s.listed {
		s.write("\n  ")
	}
	s.write("]")
}

func (s *scroll) end() {
	s.write("\n}\n")
	s.flush()
}

func (s *scroll) flush() {
	if s.failed == nil {
		s.failed = s.to.Flush()
	}
}
