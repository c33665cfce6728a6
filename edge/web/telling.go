package web

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"kokko/ground/ident"
	"kokko/journey/challenge"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/programme"
)

// told is one beat of a story as a page tells it.
type told struct {
	Beat     story.Beat
	Line     string // what happened, by whom
	By       string // under which name, where a feed asks for it alone
	Words    string // what was said, as it stands now
	Would    string // closed: what would make it catch fire
	Before   string // what was said before it was corrected
	Again    *story.Beat
	Erased   bool // something was said here, and it was erased
	Lang     string
	Measures []spark.Measure
	Of       comment.Comment // the one it tells of, where a feed asks for it
	Said     int             // comments told of in this one line, when there are several
}

// id is the beat's own anchor on the page.
func (t told) id() string { return "kaanne-" + t.Beat.ID.String() }

// teller puts beats into words for one reader.
type teller struct {
	v        *Visit
	desk     desk
	reading  *spark.Reading
	names    map[ident.ID]string // what the bringers of sparks are called before this reader
	beats    []story.Beat        // those at hand, for corrections
	measures []spark.Measure

	questions map[ident.ID]challenge.Challenge // those the beats name
	said      map[ident.ID]comment.Comment     // those the beats tell of that are still to be read
}

// tellAll tells beats in their order. Comments that follow one another are one line
// with how many they are: a lively talk does not bury the story, and each is read
// where it stands.
func (t teller) tellAll(beats []story.Beat) (all []told) {
	for i := 0; i < len(beats); {
		n := 1
		for beats[i].Type == story.Commented && i+n < len(beats) && beats[i+n].Type == story.Commented {
			n++
		}
		line := t.tell(beats[i])
		if n > 1 {
			line.Said, line.Line = n, t.v.N("spark.beat.commented_many", n)
		}
		all = append(all, line)
		i += n
	}
	return all
}

// saidIn reads the comments that beats tell of and that everybody may still read, as they
// are now: a name is read where it stands, and goes with it.
func (v *Visit) saidIn(ctx context.Context, beats []story.Beat) (map[ident.ID]comment.Comment, error) {
	var sparks, ids []ident.ID
	for _, b := range beats {
		if b.Type != story.Commented {
			continue
		}
		if ids = append(ids, b.Facts.Comment); !slices.Contains(sparks, b.Spark) {
			sparks = append(sparks, b.Spark)
		}
	}
	all, err := comment.ByIDs(ctx, v.DB, v.Region.ID, sparks, ids)
	for id, c := range all {
		if c.State != comment.Shown {
			delete(all, id)
		}
	}
	return all, err
}

// since finds the first beat of a type told at or after an id, and tells it with
// its corrections; nil when this reader may see none.
func (t teller) since(ctx context.Context, from ident.ID, kind story.Type) (*told, error) {
	beats, _, err := t.reading.Page(ctx, t.v.DB, from-1)
	if err != nil {
		return nil, err
	}
	t.beats = beats
	for _, b := range beats {
		if b.Type == kind {
			line := t.tell(b)
			return &line, nil
		}
	}
	return nil, nil
}

func (t teller) tell(b story.Beat) told {
	out := told{Beat: b, Line: t.line(b), Lang: t.reading.Into.Language}
	if by, ok := t.reading.Named(spark.Brought(b)); ok {
		out.Lang = by.Language
	}
	out.Words, out.Would = b.Parts()
	if c, ok := correctionOf(t.beats, b.ID); ok {
		out.Before = strings.TrimSpace(out.Words + "\n\n" + out.Would)
		out.Words, out.Would, out.Again = c.Words, "", &c
	}
	switch b.Type {
	case story.Answered, story.Asked, story.Replied, story.Noted, story.Talked, story.DueMoved, story.Closed, story.Reopened, story.Corrected:
		out.Erased = !b.HasWords
	case story.Held:
		out.Erased = b.Actor == story.Office && !b.HasWords
	}
	// A correction whose beat is told on this page stands there, not twice.
	if b.Type == story.Corrected {
		for _, other := range t.beats {
			if other.ID == b.Corrects {
				out.Words, out.Erased = "", false
			}
		}
	}
	for _, m := range t.measures {
		if m.Beat == b.ID {
			out.Measures = append(out.Measures, m)
		}
	}
	return out
}

// line says what happened in one sentence.
func (t teller) line(b story.Beat) string {
	v := t.v
	if b.Type == story.Edited && b.Facts.Source == string(spark.Imported) {
		return v.T("spark.beat.reimported", "source", b.Facts.From)
	}
	who := t.who(b)
	if t.reading.Mine(b) {
		switch b.Type {
		case story.Dropped, story.Edited, story.Owned, story.Replied, story.Withdrawn:
			return v.T("spark.beat.you." + string(b.Type))
		case story.Attached, story.Detached:
			return v.N("spark.beat.you."+string(b.Type), b.Facts.Files)
		}
	}
	switch b.Type {
	case story.Dropped:
		if b.Facts.Source == string(spark.Imported) {
			return v.T("spark.beat.imported", "source", b.Facts.From)
		}
		if b.Actor == story.Office && b.Facts.From != "" {
			return v.T("spark.beat.entered.at", "name", t.bringer(b.Spark), "event", b.Facts.From)
		}
		if b.Actor == story.Office {
			return v.T("spark.beat.entered."+source(b.Facts.Source), "name", t.bringer(b.Spark))
		}
		return v.T("spark.beat.dropped", "name", who)
	case story.Talked:
		line := v.T("spark.beat.talked.call", "name", who)
		if b.Facts.Way == "meet" {
			line = v.T("spark.beat.talked.meet", "name", who)
		}
		if b.Facts.Measures > 0 {
			line += " " + v.N("spark.beat.measures", b.Facts.Measures)
		}
		return line
	case story.Tagged:
		var parts []string
		if names := t.tags(b.Facts.Added); len(names) > 0 {
			parts = append(parts, v.T("spark.beat.tagged", "name", who, "tags", v.Say.List(names)))
		}
		if names := t.tags(b.Facts.Removed); len(names) > 0 {
			parts = append(parts, v.T("spark.beat.untagged", "name", who, "tags", v.Say.List(names)))
		}
		return strings.Join(parts, " ")
	case story.Placed:
		if p, ok := v.Edition.Place(b.Facts.To); ok {
			return v.T("spark.beat.placed", "name", who, "place", v.In(p.Name))
		}
		return v.T("spark.beat.unplaced", "name", who)
	case story.Assigned:
		return v.T("spark.beat.assigned", "name", t.officer(b.Facts.To))
	case story.DueMoved:
		return v.T("spark.beat.due_moved", "name", who, "from", v.onDay(b.Facts.FromDay), "day", v.onDay(b.Facts.Day))
	case story.Closed:
		if b.Facts.To == string(spark.Resting) {
			return v.T("spark.beat.closed.resting", "name", who)
		}
		return v.T("spark.beat.closed.out", "name", who)
	case story.LeftOut:
		return v.lost(b)
	case story.Questioned:
		for _, tie := range []struct{ id, key string }{{b.Facts.To, "spark.beat.questioned"}, {b.Facts.From, "spark.beat.unquestioned"}} {
			if id, ok := ident.Parse(tie.id); ok {
				if c, ok := t.questions[id]; ok && c.Seen() {
					title, _ := v.questionTitle(c)
					return v.T(tie.key, "name", who, "question", title)
				}
				return v.T(tie.key+".other", "name", who)
			}
		}
		return v.T("spark.beat.other")
	case story.Held:
		if b.Actor == story.Office {
			return v.T("hold.told.taken_back", "name", who)
		}
		return v.T("hold.told.held")
	case story.Approved:
		return v.T("hold.told.approved", "name", who)
	case story.Forgotten:
		return v.T("spark.beat.forgotten")
	case story.Attached, story.Detached:
		return v.N("spark.beat."+string(b.Type), b.Facts.Files, "name", who)
	case story.Merged:
		if len(b.Facts.Sparks) > 0 {
			return v.N("spark.beat.merged", len(b.Facts.Sparks), "name", who) + t.codes(b.Facts.Sparks)
		}
		return v.T("spark.beat.merged_into", "name", who) + t.codes([]ident.ID{b.Facts.Into})
	case story.Unmerged:
		if len(b.Facts.Sparks) > 0 {
			return v.N("spark.beat.unmerged", len(b.Facts.Sparks), "name", who) + t.codes(b.Facts.Sparks)
		}
		return v.T("spark.beat.unmerged_from", "name", who) + t.codes([]ident.ID{b.Facts.Into})
	case story.Split:
		told := v.N("spark.beat.split", len(b.Facts.Sparks), "name", who) + t.codes(b.Facts.Sparks)
		if has, ok := t.reading.Named(b.Facts.Into); ok {
			told += " " + v.T("spark.beat.split_ring", "code", has.Code)
		}
		return told
	case story.Part:
		return v.T("spark.beat.part", "name", who) + t.codes(b.Facts.Sparks)
	case story.Undone:
		return v.undoneWords(who, b.Facts, t.officer)
	case story.Retitled:
		if b.Facts.Kind != "" {
			return v.T("spark.beat.rekinded", "name", who, "kind", v.kindOf(spark.Kind(b.Facts.Kind)))
		}
		return v.T("spark.beat.retitled", "name", who) + t.codes(b.Facts.Sparks)
	case story.Commented:
		return v.T("spark.beat.commented", "name", who)
	case story.Replied:
		if by, ok := t.reading.Named(b.Facts.Via); ok {
			return v.T("spark.beat.replied_via", "name", who, "code", by.Code)
		}
		return v.T("spark.beat.replied", "name", who)
	case story.Offered, story.Joined:
		return v.T("spark.beat."+string(b.Type), "role", v.T("ring.one."+b.Facts.Role))
	case story.Sought:
		var parts []string
		if len(b.Facts.Added) > 0 {
			parts = append(parts, v.T("spark.beat.sought", "roles", v.roles(b.Facts.Added)))
		}
		if len(b.Facts.Removed) > 0 {
			parts = append(parts, v.T("spark.beat.unsought", "roles", v.roles(b.Facts.Removed)))
		}
		return strings.Join(parts, " ")
	case story.Committed:
		return v.T("spark.beat.committed", "name", t.round(b), "day", v.onDay(b.Facts.Day))
	case story.Moved:
		return v.T("spark.beat.moved", "name", t.round(b), "from", v.onDay(b.Facts.FromDay), "day", v.onDay(b.Facts.Day))
	case story.Kept:
		return v.T("spark.beat.kept", "name", t.round(b))
	case story.Parted, story.LetGo, story.Introduced, story.Tabled, story.Caught, story.Cooled:
		return v.T("spark.beat." + string(b.Type))
	case story.Fared:
		return v.T("spark.beat.fared."+b.Facts.To, "source", b.Facts.From)
	case story.Edited, story.Withdrawn, story.Owned, story.Answered, story.Asked, story.Reopened, story.Corrected:
		return v.T("spark.beat."+string(b.Type), "name", who)
	}
	return v.T("spark.beat.other")
}

// lost says what of a letter could not be kept; the files' names are the beat's
// words.
func (v *Visit) lost(b story.Beat) string {
	var parts []string
	if b.Facts.Cut {
		parts = append(parts, v.T("spark.beat.lost.cut"))
	}
	if b.Facts.Left > 0 {
		parts = append(parts, v.N("spark.beat.lost.files", b.Facts.Left))
	}
	return strings.Join(parts, " ")
}

// who is the name a beat is told under. A bringer's name comes from what they
// let be known now, not from what was written into the beat then.
func (t teller) who(b story.Beat) string {
	switch b.Actor {
	case story.Bringer:
		return t.bringer(spark.Brought(b))
	case story.Office:
		return cmp.Or(b.Author, t.desk.officers[b.Officer].Name, t.v.T("spark.who.office"))
	case story.Reader:
		return cmp.Or(t.said[b.Facts.Comment].Name, t.v.T("spark.who.somebody"))
	}
	return t.v.T("spark.who.kokko")
}

// round is who of a ring did something: its bringer, or somebody in it.
func (t teller) round(b story.Beat) string {
	if b.Actor == story.Reader {
		return t.v.T("ring.somebody")
	}
	return t.who(b)
}

// roles names roles of a ring as a sentence does.
func (v *Visit) roles(all []string) string {
	names := make([]string, len(all))
	for i, r := range all {
		names[i] = v.T("ring.one." + r)
	}
	return v.Say.List(names)
}

func (t teller) bringer(of ident.ID) string {
	if of != t.reading.Into.ID && of != t.reading.Own.ID {
		return cmp.Or(t.names[of], t.v.T("spark.who.another"))
	}
	return cmp.Or(t.names[of], t.v.T("spark.who.bringer"))
}

// codes names the sparks a beat is about that this reader may know of.
func (t teller) codes(ids []ident.ID) string {
	var codes []string
	for _, id := range ids {
		if sp, ok := t.reading.Named(id); ok {
			codes = append(codes, sp.Code)
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return " " + t.v.T("spark.beat.codes", "codes", t.v.Say.List(codes))
}

func (t teller) officer(id string) string {
	if n, ok := ident.Parse(id); ok {
		return cmp.Or(t.desk.officers[n].Name, t.v.T("spark.who.office"))
	}
	return t.v.T("spark.who.office")
}

// tags is what tags of a beat are called; one the programme no longer has keeps
// its id.
func (t teller) tags(all []string) (names []string) {
	for _, s := range all {
		if s == "outside:opening" {
			names = append(names, t.v.T("spark.outside"))
			continue
		}
		tag, _ := spark.ParseTag(s)
		name, _ := t.v.Edition.Tag(programme.TagKind(tag.Kind), tag.ID)
		names = append(names, cmp.Or(t.v.In(name), tag.ID))
	}
	return names
}

func source(s string) string {
	switch spark.Source(s) {
	case spark.Phone, spark.Card, spark.Event:
		return s
	}
	return "other"
}
