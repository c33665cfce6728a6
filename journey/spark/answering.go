package spark

import (
	"cmp"
	"context"
	"slices"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/challenge"
	"kokko/journey/story"
	"kokko/region/office"
)

// The office's verbs. Each is done by a named officer on the version of the
// spark they saw; what each role may do is region/office's table, kept by the edge.

// Act is the common part of an officer's verb.
type Act struct {
	Region  string
	Spark   ident.ID
	Officer office.Officer
	Version int64 // the version the officer saw; 0 acts on whatever is there
	// Did is where the act's id is put, when it is one that can be taken back; nil
	// when nobody asks.
	Did *ident.ID

	what Deed
	part ident.ID // the act it is a part of
}

// as is the act as one that can be taken back.
func (a Act) as(what Deed) Act { a.what = what; return a }

func (a Act) deed() deed { return deed{a.what, a.Officer.ID, a.Did, a.Spark, a.part} }

func (s *Service) act(ctx context.Context, a Act, do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) (Spark, error) {
	return s.changed(ctx, a.Region, a.Spark, a.Version, a.deed(), a.by(do))
}

// by has the beats of a verb told as the officer's.
func (a Act) by(do func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error)) func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
	return func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if sp.State == Withdrawn {
			return nil, fault.New(fault.Gone, "spark.withdrawn")
		}
		if sp.MergedInto != 0 { // what is done is done to the one that carries it
			return nil, fault.New(fault.Conflict, "spark.merged")
		}
		if sp.State == Rejoined {
			return nil, fault.New(fault.Conflict, "split.rejoined")
		}
		beats, err := do(ctx, tx, sp)
		for i := range beats {
			beats[i].Actor, beats[i].Officer = story.Office, a.Officer.ID
			if beats[i].Words != "" {
				beats[i].Author = a.Officer.Name
			}
		}
		return beats, err
	}
}

// seenBy is the widest a beat of this spark may be seen.
func seenBy(sp *Spark, public bool) story.Visibility {
	if public && sp.Listed {
		return story.Public
	}
	return story.Parties
}

// answered marks that the office has spoken: the bringer no longer waits.
func (s *Service) answered(sp *Spark) {
	if sp.Answered.IsZero() {
		sp.Answered = s.clock.Now()
	}
	sp.Waiting, sp.WaitingFrom = false, time.Time{}
}

// wait marks that the bringer waits for the office, and by when it should speak.
func (s *Service) wait(ctx context.Context, tx *store.Tx, sp *Spark, p Promise) error {
	if sp.Waiting || !sp.Open {
		return nil
	}
	due, err := s.replyDay(ctx, tx, sp.Region, p)
	if err != nil {
		return err
	}
	sp.expect(promise{s.clock.Now(), due})
	return nil
}

// replyDay is by when the office speaks to who writes now.
func (s *Service) replyDay(ctx context.Context, tx *store.Tx, region string, p Promise) (workday.Day, error) {
	cal, err := office.Workdays(ctx, tx, region)
	if err != nil {
		return 0, err
	}
	return cal.AddWorkdays(workday.DayOf(s.clock.Now(), i18n.Helsinki()), p.ReplyWorkdays()), nil
}

// Answer is a named person's answer. template names the text it began from.
func (s *Service) Answer(ctx context.Context, a Act, text string, public bool, template string) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		s.answered(sp)
		return []story.Beat{{Type: story.Answered, Visibility: seenBy(sp, public), Words: text, Facts: story.Facts{Template: template}}}, nil
	})
}

// Ask puts a question to the bringer; it stands out until they reply.
func (s *Service) Ask(ctx context.Context, a Act, text string, public bool) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if !sp.Open {
			return nil, fault.New(fault.Conflict, "spark.closed")
		}
		s.answered(sp)
		sp.Asked = s.clock.Now()
		return []story.Beat{{Type: story.Asked, Visibility: seenBy(sp, public), Words: text}}, nil
	})
}

// Note is the office's own note.
func (s *Service) Note(ctx context.Context, a Act, text string) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		return []story.Beat{{Type: story.Noted, Visibility: story.InOffice, Words: text}}, nil
	})
}

// Talk is what an officer writes down after a talk.
type Talk struct {
	Way      string // call or meet
	Words    string
	Shown    bool // the bringer sees the note on their own page
	Measures []Measure
	Next     workday.Day // when to be in touch again, 0 for none
}

// What one talk can agree: so many measures, each so many characters long.
const (
	maxMeasures = 10
	maxMeasure  = 300
)

// nextContact checks the day to be in touch again: none, or within a year.
func (s *Service) nextContact(day workday.Day) error {
	if today := workday.DayOf(s.clock.Now(), i18n.Helsinki()); day != 0 && (day < today || day > today+366) {
		return fault.New(fault.Invalid, "due.range").On("next")
	}
	return nil
}

// Talk notes a talk: what was said, the measures agreed and by whom, and when to
// be in touch next. A talk is an answer: it keeps the promise of the call.
func (s *Service) Talk(ctx context.Context, a Act, t Talk) (Spark, error) {
	text, err := words(t.Words, "words", true)
	if err != nil {
		return Spark{}, err
	}
	if t.Way != "call" && t.Way != "meet" {
		return Spark{}, fault.New(fault.Invalid, "talk.way.wrong").On("way")
	}
	var measures []Measure
	for _, m := range t.Measures {
		m.What, m.Who = CleanLine(m.What), CleanLine(m.Who)
		if m.What == "" && m.Who == "" {
			continue
		}
		if m.What == "" {
			return Spark{}, fault.New(fault.Invalid, "measure.what.missing").On("measures")
		}
		if n := utf8.RuneCountInString(m.What); n > maxMeasure {
			return Spark{}, fault.New(fault.Invalid, "too_long").On("measures").With("max", maxMeasure).With("now", n)
		}
		if n := utf8.RuneCountInString(m.Who); n > MaxName {
			return Spark{}, fault.New(fault.Invalid, "too_long").On("measures").With("max", MaxName).With("now", n)
		}
		if len(measures) == maxMeasures {
			return Spark{}, fault.New(fault.Invalid, "measure.too_many").On("measures").With("max", maxMeasures)
		}
		measures = append(measures, m)
	}
	if err := s.nextContact(t.Next); err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		beat := story.Beat{ID: s.ids.New(), Type: story.Talked, Visibility: story.InOffice, Words: text,
			Facts: story.Facts{Way: t.Way, Measures: len(measures), Day: t.Next}}
		if t.Shown {
			beat.Visibility = story.Parties
		}
		s.answered(sp)
		if sp.Open {
			sp.NextContact = t.Next
		}
		for _, m := range measures {
			if m.Who != "" {
				sp.Doers++
			}
		}
		// The beat's row must stand before the measures that point to it, and
		// change() tells beats last: so this one is told here.
		beat.Region, beat.Spark, beat.At = a.Region, a.Spark, s.clock.Now()
		beat.Actor, beat.Officer, beat.Author = story.Office, a.Officer.ID, a.Officer.Name
		sp.Beats++
		if err := s.tell(ctx, tx, beat); err != nil {
			return nil, err
		}
		for _, m := range measures {
			if _, err := tx.Exec(ctx, insertMeasure, a.Region, int64(a.Spark), int64(s.ids.New()), int64(beat.ID), m.What, m.Who, int64(m.By)); err != nil {
				return nil, err
			}
		}
		return nil, nil
	})
}

// Done marks an agreed measure done. Doing it twice changes nothing.
func (s *Service) Done(ctx context.Context, a Act, measure ident.ID) (Spark, error) {
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		_, err := tx.Exec(ctx, finishMeasure, a.Region, int64(a.Spark), int64(measure), clock.Micros(s.clock.Now()))
		return nil, err
	})
}

// Tags is where the office places a spark in its programme.
type Tags struct {
	Tags    []Tag
	Outside bool
	Place   string // the programme's place id or a name of it, "" for none
}

// Tag sets the tags, the outside mark and the place.
func (s *Service) Tag(ctx context.Context, a Act, p Promise, t Tags) (Spark, error) {
	for _, tag := range t.Tags {
		if !p.HasTag(tag.Kind, tag.ID) {
			return Spark{}, fault.New(fault.Invalid, "spark.tag.unknown").On("tags").With("tag", tag.String())
		}
	}
	t.Tags = sorted(slices.Clone(t.Tags))
	t.Place = CleanLine(t.Place)
	place, ok := p.PlaceNamed(t.Place)
	return s.act(ctx, a.as(DeedTag), func(ctx context.Context, tx *store.Tx, sp *Spark) (beats []story.Beat, err error) {
		if !ok && t.Place != "" && t.Place != sp.PlaceName {
			return nil, fault.New(fault.Invalid, "place.unknown").On("place").With("place", t.Place)
		}
		var facts story.Facts
		facts.Added, facts.Removed = differ(sp.Tags, t.Tags)
		if t.Outside != sp.Outside {
			if t.Outside {
				facts.Added = append(facts.Added, "outside:opening")
			} else {
				facts.Removed = append(facts.Removed, "outside:opening")
			}
		}
		if len(facts.Added)+len(facts.Removed) > 0 {
			beats = append(beats, story.Beat{Type: story.Tagged, Visibility: seenBy(sp, true), Facts: facts})
		}
		if place != sp.Place && (ok || t.Place == "") {
			beats = append(beats, story.Beat{Type: story.Placed, Visibility: seenBy(sp, true), Facts: story.Facts{From: sp.Place, To: place}})
			sp.Place = place
			if t.Place == "" {
				sp.PlaceName = ""
			}
		}
		sp.Tags, sp.Outside = slices.Clone(t.Tags), t.Outside
		return beats, nil
	})
}

// Relate ties a spark to the open question it answers, 0 to none; the office may
// do so also after the question has closed, but not before it opens.
func (s *Service) Relate(ctx context.Context, a Act, question ident.ID) (Spark, error) {
	return s.act(ctx, a.as(DeedRelate), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if sp.Challenge == question {
			return nil, nil
		}
		if question != 0 {
			c, err := challenge.One(ctx, tx, a.Region, question)
			if err != nil && !fault.Is(err, fault.NotFound) {
				return nil, err
			}
			switch c.State(workday.DayOf(s.clock.Now(), i18n.Helsinki())) {
			case challenge.Drafted, challenge.Coming: // one that is not there reads as a draft
				return nil, fault.New(fault.Invalid, "challenge.none").On("challenge")
			}
		}
		from := sp.Challenge
		sp.Challenge = question
		return []story.Beat{{Type: story.Questioned, Visibility: seenBy(sp, true), Facts: story.Facts{From: some(from), To: some(question)}}}, nil
	})
}

// some is an id as a fact, "" for none.
func some(id ident.ID) string {
	if id == 0 {
		return ""
	}
	return id.String()
}

// sorted puts tags in the order they are read in, each once. It works in place.
func sorted(tags []Tag) []Tag {
	slices.SortFunc(tags, func(a, b Tag) int { return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.ID, b.ID)) })
	return slices.Compact(tags)
}

// differ names the tags that came and that went, in their form for a story.
func differ(before, now []Tag) (added, removed []string) {
	for _, tag := range now {
		if !slices.Contains(before, tag) {
			added = append(added, tag.String())
		}
	}
	for _, tag := range before {
		if !slices.Contains(now, tag) {
			removed = append(removed, tag.String())
		}
	}
	return added, removed
}

// Assign names who in the office answers.
func (s *Service) Assign(ctx context.Context, a Act, owner ident.ID) (Spark, error) {
	return s.act(ctx, a.as(DeedAssign), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		o, err := office.ByID(ctx, tx, a.Region, owner)
		if err != nil {
			return nil, err
		}
		if !o.Active || !o.Role.May(office.Write, office.Sparks) {
			return nil, fault.New(fault.Invalid, "owner.wrong").On("owner")
		}
		if sp.Owner == owner {
			return nil, nil
		}
		from := sp.Owner
		sp.Owner = owner
		return []story.Beat{{Type: story.Assigned, Visibility: seenBy(sp, true), Facts: story.Facts{From: from.String(), To: owner.String()}}}, nil
	})
}

// MoveDue moves the promised day, openly and with its reason.
func (s *Service) MoveDue(ctx context.Context, a Act, to workday.Day, reason string) (Spark, error) {
	reason, err := words(reason, "reason", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a.as(DeedDue), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		today := workday.DayOf(s.clock.Now(), i18n.Helsinki())
		cal, err := office.Workdays(ctx, tx, a.Region)
		if err != nil {
			return nil, err
		}
		switch {
		case !sp.Open:
			return nil, fault.New(fault.Conflict, "spark.closed")
		case to < today || to > today+366:
			return nil, fault.New(fault.Invalid, "due.range").On("day")
		case !cal.IsWorkday(to):
			return nil, fault.New(fault.Invalid, "due.not_workday").On("day")
		case to == sp.Due:
			return nil, nil
		}
		from := sp.Due
		sp.Due = to
		return []story.Beat{{Type: story.DueMoved, Visibility: seenBy(sp, true), Words: reason, Facts: story.Facts{FromDay: from, Day: to}}}, nil
	})
}

// Remind sets or clears (0) the day to be in touch again.
func (s *Service) Remind(ctx context.Context, a Act, day workday.Day) (Spark, error) {
	if err := s.nextContact(day); err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a.as(DeedRemind), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if !sp.Open {
			return nil, fault.New(fault.Conflict, "spark.closed")
		}
		sp.NextContact = day
		return nil, nil
	})
}

// Close is the end for now.
type Close struct {
	State  State  // Resting or Out
	Reason string // public
	Would  string // what would make it catch fire
}

// Close closes a spark with a public reason and what would make it catch fire.
// It is an answer too.
func (s *Service) Close(ctx context.Context, a Act, c Close) (Spark, error) {
	var wrong fault.Many
	if c.State != Resting && c.State != Out {
		wrong = append(wrong, fault.New(fault.Invalid, "close.state.wrong").On("state"))
	}
	reason, err := words(c.Reason, "reason", true)
	wrong = append(wrong, fault.List(err)...)
	would, err := words(c.Would, "would", true)
	wrong = append(wrong, fault.List(err)...)
	if err := wrong.OrNil(); err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a.as(DeedClose), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if !sp.Open {
			return nil, fault.New(fault.Conflict, "spark.closed")
		}
		from := sp.State
		s.answered(sp)
		sp.State, sp.Closed = c.State, s.clock.Now()
		seen := seenBy(sp, true)
		return []story.Beat{{Type: story.Closed, Visibility: seen, Words: reason, Would: would, Facts: story.Facts{From: string(from), To: string(c.State)}}}, nil
	})
}

// Reopen blows on a closed spark again, with its reason.
func (s *Service) Reopen(ctx context.Context, a Act, reason string) (Spark, error) {
	reason, err := words(reason, "reason", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a.as(DeedReopen), func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		if sp.Open {
			return nil, fault.New(fault.Conflict, "spark.open")
		}
		if sp.State == Split { // its parts carry it on
			return nil, fault.New(fault.Conflict, "split.whole")
		}
		from := sp.State
		sp.State, sp.Closed = Sparking, time.Time{}
		sp.derive() // it may glow at once
		burnt, err := burns(ctx, tx, a.Region, a.Spark)
		if err != nil {
			return nil, err
		}
		sp.light(burnt)
		return []story.Beat{{Type: story.Reopened, Visibility: seenBy(sp, true), Words: reason, Facts: story.Facts{From: string(from), To: string(sp.State)}}}, nil
	})
}

// Correct sets right what an officer said in an earlier beat; the earlier beat
// stays and is shown as corrected.
func (s *Service) Correct(ctx context.Context, a Act, beat ident.ID, text string) (Spark, error) {
	text, err := words(text, "words", true)
	if err != nil {
		return Spark{}, err
	}
	return s.act(ctx, a, func(ctx context.Context, tx *store.Tx, sp *Spark) ([]story.Beat, error) {
		old, err := story.One(ctx, tx, a.Region, a.Spark, beat)
		if err != nil {
			return nil, fault.New(fault.NotFound, "beat.none").Because(err)
		}
		if old.Actor != story.Office || !old.HasWords {
			return nil, fault.New(fault.Forbidden, "beat.not_office")
		}
		return []story.Beat{{Type: story.Corrected, Visibility: old.Visibility, Corrects: beat, Words: text}}, nil
	})
}
