package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"hash"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/journey/attachment"
	"kokko/journey/spark"
	"kokko/journey/story"
)

// digest is the SHA-256 of what a dossier holds: one line of JSON for the spark and
// for each bringer, measure, beat, letter and file, in that order. It is reckoned from
// what is stored, so that it is the same in every language and form, and not from
// when or by whom the copy was made.
type digest struct{ sum hash.Hash }

// digestFormat changes when a line of the digest changes its meaning.
const digestFormat = "kokko-dossier-1"

func newDigest() *digest {
	d := &digest{sha256.New()}
	d.line(digestFormat)
	return d
}

func (d *digest) line(x any) {
	b, err := json.Marshal(x)
	if err != nil { // plain values: texts, numbers and days
		panic("dossier: " + err.Error())
	}
	d.sum.Write(append(b, '\n')) // a hash does not fail
}

func (d *digest) String() string { return hex.EncodeToString(d.sum.Sum(nil)) }

// Spelt is a digest in groups of eight signs, as people compare it.
func Spelt(sum string) string {
	var groups []string
	for group := range slices.Chunk([]byte(sum), 8) {
		groups = append(groups, string(group))
	}
	return strings.Join(groups, " ")
}

func at(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339Nano)
}

func (d *digest) spark(m Matter) {
	s := m.Spark
	var tags []string
	for _, t := range s.Tags {
		tags = append(tags, t.String())
	}
	d.line(struct {
		Region, Code, Kind, Title, Text, Language, Place, PlaceName, State, Visibility, Source, Held, Into, From string
		ID, EnteredBy, Programme, Owner, Challenge                                                               ident.ID
		Secret, Outside                                                                                          bool
		Due, Next                                                                                                workday.Day
		Dropped, Answered, Asked, Closed                                                                         string
		Tags, Joined                                                                                             []string
	}{s.Region, s.Code, string(s.Kind), s.Title, s.Text, s.Language, s.Place, s.PlaceName, string(s.State), string(s.Visibility), string(s.Source), s.Held, m.code(s.MergedInto), m.code(s.SplitFrom),
		s.ID, s.EnteredBy, s.Programme, s.Owner, s.Challenge, s.Secret, s.Outside, s.Due, s.NextContact, at(s.Dropped), at(s.Answered), at(s.Asked), at(s.Closed), tags, m.joinedCodes()})
}

func (d *digest) bringer(b spark.Bringer) {
	d.line(struct {
		Name, Email, Phone, Contact, Language, Owns string
		ID                                          ident.ID
	}{b.Name, b.Email, b.Phone, string(b.Contact), b.Language, at(b.Owns), b.ID})
}

func (d *digest) measure(m spark.Measure) {
	d.line(struct {
		What, Who string
		ID, Beat  ident.ID
		By        workday.Day
		Done      bool
	}{m.What, m.Who, m.ID, m.Beat, m.By, m.Done})
}

func (d *digest) beat(b story.Beat) {
	d.line(struct {
		ID, Officer, Corrects                             ident.ID
		Type, Actor, At, Visibility, Author, Words, Would string
		Facts                                             story.Facts
	}{b.ID, b.Officer, b.Corrects, string(b.Type), string(b.Actor), at(b.At), string(b.Visibility), b.Author, b.Words, b.Would, b.Facts})
}

func (d *digest) file(f attachment.Attachment) {
	d.line(struct {
		ID, Officer                    ident.ID
		Kind, Name, Alt, SHA256, Added string
		Bytes                          int
	}{f.ID, f.Officer, string(f.Kind), f.Name, f.Alt, f.SHA256, at(f.Added), f.Bytes})
}

func (d *digest) letter(l mail.Posted) {
	d.line(struct {
		ID                                                                                  ident.ID
		State, Purpose, MessageID, Recipient, Subject, Text, Language, Written, Sent, Reply string
		Tries                                                                               int
		Automatic                                                                           bool
	}{l.ID, string(l.Stand), l.Purpose, l.MessageID, l.To, l.Subject, l.Shown(), l.Language, at(l.Created), at(l.Done), l.Reply, l.Tries, l.Automatic})
}
