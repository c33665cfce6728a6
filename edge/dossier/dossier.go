package dossier

import (
	"context"
	"maps"
	"slices"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// Reader is what whoever asks may read of a spark besides what everybody in the
// office may.
type Reader struct {
	Contacts bool // who brought it and how they are reached
	Notes    bool // the office's own notes, talks and what was agreed
	Letters  bool // what was sent, to whom, and what the server said
}

// Matter is a spark's whole matter as far as its reader may see it, but for the
// story and the letters, which have no bound and are read as they are written down.
type Matter struct {
	Reader   Reader
	Spark    spark.Spark
	Bringers []spark.Bringer
	Measures []spark.Measure
	Files    []attachment.Attachment  // their contents are not in a dossier
	Question challenge.Challenge      // the open question it answers, zero for none
	Joined   []spark.Spark            // what is joined to it, the oldest first
	Named    map[ident.ID]spark.Spark // the other sparks that it and its story name
	Officers map[ident.ID]office.Officer

	corrected map[ident.ID]time.Time // of a beat, when it was corrected
	original  map[ident.ID]time.Time // of the same beat, when it was told
}

// Read reads a spark's matter; a NotFound fault when there is no such spark.
func Read(ctx context.Context, from store.Source, region, code string, r Reader) (m Matter, err error) {
	m = Matter{Reader: r, Officers: map[ident.ID]office.Officer{}, corrected: map[ident.ID]time.Time{}, original: map[ident.ID]time.Time{}}
	if m.Spark, err = spark.ByCode(ctx, from, region, code); err != nil {
		return m, err
	}
	s := m.Spark
	all, err := office.Officers(ctx, from, region)
	if err != nil {
		return m, err
	}
	for _, o := range all {
		m.Officers[o.ID] = o
	}
	if r.Contacts {
		bringers, err := spark.Bringers(ctx, from, region, s.ID)
		if err != nil {
			return m, err
		}
		m.Bringers = bringers[s.ID]
	}
	if r.Notes {
		if m.Measures, err = spark.Measures(ctx, from, region, s.ID); err != nil {
			return m, err
		}
	}
	if m.Files, err = attachment.Of(ctx, from, region, s.ID); err != nil {
		return m, err
	}
	if s.Challenge != 0 {
		if m.Question, err = challenge.One(ctx, from, region, s.Challenge); err != nil && !fault.Is(err, fault.NotFound) {
			return m, err
		}
	}
	joined, err := spark.Joined(ctx, from, region, s.ID)
	if err != nil {
		return m, err
	}
	m.Joined = joined[s.ID]
	named := map[ident.ID]bool{s.MergedInto: true, s.SplitFrom: true}
	if err := m.beats(ctx, from, func(b story.Beat) error {
		if b.Corrects != 0 {
			m.corrected[b.Corrects] = b.At
		}
		for _, id := range append([]ident.ID{b.Facts.Into, b.Facts.Via}, b.Facts.Sparks...) {
			named[id] = true
		}
		return nil
	}); err != nil {
		return m, err
	}
	for id := range m.corrected {
		b, err := story.One(ctx, from, region, s.ID, id)
		if err != nil {
			return m, err
		}
		m.original[id] = b.At
	}
	delete(named, 0)
	m.Named, err = spark.ByIDs(ctx, from, region, slices.Sorted(maps.Keys(named))...)
	return m, err
}

// code is the public number of a spark that is named, "" for none.
func (m *Matter) code(id ident.ID) string { return m.Named[id].Code }

// joinedCodes are the public numbers of what is joined to it.
func (m *Matter) joinedCodes() (all []string) {
	for _, s := range m.Joined {
		all = append(all, s.Code)
	}
	return all
}

// beats gives each beat its reader may see, in order, a page of the store at a time.
func (m *Matter) beats(ctx context.Context, from store.Source, do func(story.Beat) error) error {
	reader := story.Public // who may read no notes reads what everybody reads
	if m.Reader.Notes {
		reader = story.InOffice
	}
	for after := ident.ID(0); ; {
		beats, more, err := story.Of(ctx, from, m.Spark.Region, m.Spark.ID, reader, after)
		if err != nil {
			return err
		}
		for _, b := range beats {
			if err := do(b); err != nil {
				return err
			}
			after = b.ID
		}
		if !more {
			return nil
		}
	}
}

// lettersAtOnce bounds how many letters are held in memory.
const lettersAtOnce = 50

// letters gives each letter about the spark, in order.
func (m *Matter) letters(ctx context.Context, from store.Source, do func(mail.Posted) error) error {
	for after := ident.ID(0); m.Reader.Letters; {
		letters, err := mail.About(ctx, from, m.Spark.Region, m.Spark.ID, after, lettersAtOnce)
		if err != nil {
			return err
		}
		for _, l := range letters {
			if err := do(l); err != nil {
				return err
			}
			after = l.ID
		}
		if len(letters) < lettersAtOnce {
			return nil
		}
	}
	return nil
}

// unchanged finds a spark that somebody changed while its matter was written down:
// half of one state and half of another is no document.
func (m *Matter) unchanged(ctx context.Context, from store.Source) error {
	now, err := spark.ByID(ctx, from, m.Spark.Region, m.Spark.ID)
	if err == nil && now.Version != m.Spark.Version {
		err = fault.New(fault.Conflict, "dossier.changed")
	}
	return err
}

// Pages a dossier can be written on.

// Fact is a name and a value; one without a value is not told.
type Fact struct {
	Name  string
	Lang  string // of the value, "" for the page's own
	Value string
}

// Page is what a dossier is written on, from its beginning to its end. Its first
// error is final and Err tells it.
type Page interface {
	Title(text string)        // what all of it is
	Section(title string)     // a part of it; the one before ends
	Entry(title string)       // one thing in a section: a beat, a letter
	Say(text string)          // what the document itself says
	Note(text string)         // the same, to be heeded
	Facts(all ...Fact)        // names and values
	Words(lang, words string) // what a person wrote
	Err() error
}
