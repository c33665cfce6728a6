package invented

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/programme"
)

// batch is the rows of some sparks, a heap for each table.
type batch struct {
	addresses, sparks, bringers, links, tags, beats, words, measures, comments, talks, warmths, follows *heap

	done int // sparks written once this batch is
}

func newBatch() *batch {
	return &batch{
		sparks: newHeap("sparks", `region_id, spark_id, code, kind, title, text, language, place, place_name, state, visibility, secret, outside, listed, open, needs_hand, source, entered_by, programme_id, owner_id, due_day, next_contact_day, dropped_at, answered_at, asked_at, closed_at, latest_at, beats, people, doers, waiting, waiting_since_at, version, held, challenge_id, merged_into, split_from`),

		addresses: newHeap("addresses", `region_id, address_id, email, language, page_hash, links, confirmed_at, bounces, bounce_reply, stopped_at`),
		comments:  newHeap("comments", `region_id, spark_id, comment_id, author_kind, author_id, name, language, words, state, placed, waits, held, question, unanswered, answer_id, beat_id, reports, written_at, edited_at, decided_at, officer_id, reason`),
		talks:     newHeap("talks", `region_id, spark_id, shown, questions, warm, hears`),
		warmths:   newHeap("warmths", `region_id, spark_id, address_id, offer, name, shared, since_at`),
		follows:   newHeap("follows", `region_id, address_id, target, km, pace, volume, since_at`),

		bringers: newHeap("bringers", `region_id, spark_id, bringer_id, name, email, phone, contact, language, owns_at`),
		links:    newHeap("bringer_links", `region_id, link_hash, spark_id, bringer_id, drop_hash, created_at, ended_at`),
		tags:     newHeap("spark_tags", `region_id, spark_id, kind, tag, listed`),
		beats:    newHeap("beats", `region_id, spark_id, beat_id, type, actor, officer_id, at, visibility, corrects, data`),
		words:    newHeap("beat_words", `region_id, spark_id, beat_id, author, words`),
		measures: newHeap("measures", `region_id, spark_id, measure_id, beat_id, what, who, by_day, done_at`),
	}
}

func (b *batch) heaps() []*heap {
	return []*heap{b.addresses, b.sparks, b.bringers, b.links, b.tags, b.beats, b.words, b.measures, b.comments, b.talks, b.warmths, b.follows}
}

// maker invents sparks, each from the ones before it: the same plan gives the same
// sparks.
type maker struct {
	Office
	plan  Plan
	words *Tongue
	r     *rand.Rand
	from  time.Time
	now   time.Time
	today workday.Day
	cal   workday.Calendar
	codes map[string]bool
	last  ident.ID
	souls []ident.ID // the confirmed addresses, half as many as sparks
	theme []programme.Named
	prior []programme.Named
}

func newMaker(o Office, now time.Time, p Plan) *maker {
	if p.Text == "" {
		for _, t := range o.Edition.Themes {
			p.Text += t.Name.In("fi") + " " + t.Intro.In("fi") + " "
		}
		for _, s := range o.Edition.Poem {
			p.Text += s.In("fi") + " "
		}
		for _, l := range o.Edition.Places {
			p.Text += l.Name.In("fi") + " "
		}
	}
	return &maker{Office: o, plan: p, words: NewTongue(p.Text), r: rand.New(rand.NewPCG(p.Seed, uint64(p.Sparks))),
		from: now.AddDate(-max(p.Years, 1), 0, 0), now: now, today: workday.DayOf(now, i18n.Helsinki()), codes: make(map[string]bool, p.Sparks),
		theme: o.Edition.Tags(programme.TagTheme), prior: o.Edition.Tags(programme.TagPriority)}
}

// chance is true so many times in a thousand.
func (m *maker) chance(inThousand int) bool { return m.r.IntN(1000) < inThousand }

// id is a key made at a time, larger than the one before.
func (m *maker) id(at time.Time) ident.ID {
	id := ident.At(at) | ident.ID(m.r.Uint32()&0xFFFFF)
	if id <= m.last {
		id = m.last + 1
	}
	m.last = id
	return id
}

// days is some whole and part days, so many on average.
func (m *maker) days(mean float64) time.Duration {
	return time.Duration(m.r.ExpFloat64() * mean * 24 * float64(time.Hour)).Truncate(time.Microsecond)
}

// Of a thousand sparks.
const (
	unknownPlace = 150
	officeOnly   = 70
	secret       = 10
	withdrawn    = 20
	closed       = 180
	stillWaits   = 500 // of those no older than a fortnight
	forgotten    = 1   // of the older ones: late
	answersOne   = 60  // of those dropped since the questions opened
	asksBringer  = 100 // of comments
	unanswered   = 300 // of those
)

// spark invents the one in a place of the row, the oldest first.
func (m *maker) spark(b *batch, i int) {
	r, e := m.r, m.Edition
	span := m.now.Sub(m.from) - time.Minute
	at := m.from.Add(time.Duration((float64(i) + r.Float64()) / float64(m.plan.Sparks) * float64(span))).Truncate(time.Microsecond)
	s := spark.Spark{Region: Region, ID: m.id(at), Language: "fi", State: spark.Sparking, Source: spark.Web, Programme: e.Version.ID,
		Owner: m.Staff[r.IntN(len(m.Staff))].ID, Dropped: at, Latest: at, People: 1, Version: 1, Title: m.words.Title(r), Text: m.words.Text(r, 60)}
	for s.Code = ident.Code(Region, s.ID); m.codes[s.Code]; s.Code = ident.Code(Region, s.ID) {
		s.ID = m.id(at)
	}
	m.codes[s.Code] = true
	if i%2 == 0 {
		m.souls = append(m.souls, s.ID+2) // the bringer's key is the one between
		b.addresses.add(Region, int64(s.ID)+2, "a"+strconv.Itoa(i)+"@keksitty.example", "fi", ident.Hash("a"+strconv.Itoa(i)), 0, clock.Micros(at), 0, "", int64(0))
	}
	s.Kind = []spark.Kind{spark.Idea, spark.Idea, spark.Idea, spark.Idea, spark.Need, spark.Need, spark.Need, spark.Vitality, spark.Vitality, ""}[r.IntN(10)]
	s.Visibility = spark.Public
	switch {
	case m.chance(officeOnly):
		s.Visibility = spark.Office
	case m.chance(350):
		s.Visibility = spark.Unnamed
	}
	s.Secret = m.chance(secret)
	if !m.chance(unknownPlace) {
		p := e.Places[int(float64(len(e.Places))*math.Pow(r.Float64(), 2))] // the first ones more often
		s.Place, s.PlaceName = p.ID, p.Name.In("fi")
	}
	if len(m.Questions) > 0 && m.now.Sub(at) < 60*24*time.Hour && m.chance(answersOne) {
		s.Challenge = m.Questions[r.IntN(len(m.Questions))]
	}
	for len(m.theme) > 0 && len(s.Tags) < 3 && m.chance(450) {
		s.Tags = append(s.Tags, spark.Tag{Kind: string(programme.TagTheme), ID: m.theme[r.IntN(len(m.theme))].ID})
	}
	if len(m.prior) > 0 && m.chance(400) {
		s.Tags = append(s.Tags, spark.Tag{Kind: string(programme.TagPriority), ID: m.prior[r.IntN(len(m.prior))].ID})
	}
	slices.SortFunc(s.Tags, func(a, b spark.Tag) int { return cmpText(a.String(), b.String()) })
	s.Tags = slices.Compact(s.Tags)
	s.Due = m.cal.AddWorkdays(workday.DayOf(at, i18n.Helsinki()), e.ReplyWorkdays())
	for m.chance(550) && s.People < 9 {
		s.People++
	}
	if s.People > 1 && m.chance(400) {
		s.Doers++
	}
	young := m.now.Sub(at) < 14*24*time.Hour
	s.Waiting = young && m.chance(stillWaits) || !young && m.chance(forgotten)
	long := i == m.plan.Sparks/2
	if long {
		s.Visibility, s.Secret, s.Waiting = spark.Public, false, false
	}
	talk := m.story(b, &s, long)
	m.derive(&s)
	m.person(b, s)
	if s.Listed {
		talk.Warm = m.warm(b, s)
	}
	if talk != (comment.Talk{}) {
		b.talks.add(Region, int64(s.ID), talk.Shown, talk.Questions, talk.Warm, "")
	}
	for _, t := range s.Tags {
		b.tags.add(Region, int64(s.ID), t.Kind, t.ID, s.Listed)
	}
	b.sparks.add(Region, int64(s.ID), s.Code, string(s.Kind), s.Title, s.Text, s.Language, s.Place, s.PlaceName, string(s.State), string(s.Visibility), s.Secret, s.Outside,
		s.Listed, s.Open, s.NeedsHand, string(s.Source), int64(s.EnteredBy), int64(s.Programme), int64(s.Owner), int64(s.Due), int64(s.NextContact), clock.Micros(s.Dropped), clock.Micros(s.Answered),
		clock.Micros(s.Asked), clock.Micros(s.Closed), clock.Micros(s.Latest), s.Beats, s.People, s.Doers, s.Waiting, clock.Micros(s.WaitingFrom), s.Version,
		s.Held, int64(s.Challenge), int64(s.MergedInto), int64(s.SplitFrom))
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}

// soul is one of those with a confirmed address, some of whom act much more than others.
func (m *maker) soul() int { return int(float64(len(m.souls)) * math.Pow(m.r.Float64(), 1.6)) }

// warm says "me too" of a spark for some people: for most of them few, for some very
// many (Pareto, 1.25).
func (m *maker) warm(b *batch, s spark.Spark) int {
	n := min(int(1.7*math.Pow(1-m.r.Float64(), -1/1.25))-1, len(m.souls), 5000)
	first := m.soul()
	for i := range n {
		b.warmths.add(Region, int64(s.ID), int64(m.souls[(first+i)%len(m.souls)]), "", "", false, clock.Micros(s.Latest))
	}
	return n
}

// story tells what became of a spark, and what is said beneath it.
func (m *maker) story(b *batch, s *spark.Spark, long bool) (talk comment.Talk) {
	r, at := m.r, s.Dropped
	// step is the next moment of the story; false when it is not there yet.
	step := func(mean float64) bool {
		next := at.Add(m.days(mean) + time.Second)
		if long {
			next = at.Add(time.Hour)
		}
		if next.After(m.now) {
			return false
		}
		at = next
		return true
	}
	tell := func(kind story.Type, by story.Actor, seen story.Visibility, facts story.Facts, words string) ident.ID {
		data, _ := json.Marshal(facts) // plain fields do not fail
		id, officer, author := m.beat(at), ident.ID(0), ""
		if by == story.Office {
			officer, author = s.Owner, "Keksitty virkailija"
		}
		b.beats.add(Region, int64(s.ID), int64(id), string(kind), string(by), int64(officer), clock.Micros(at), string(seen), int64(0), string(data))
		if words != "" {
			b.words.add(Region, int64(s.ID), int64(id), author, words)
		}
		s.Beats++
		if seen == story.Public && by != story.Kokko {
			s.Latest = at
		}
		if kind == story.Talked && m.chance(500) {
			b.measures.add(Region, int64(s.ID), int64(id)+1, int64(id), m.words.Title(r), "", int64(workday.DayOf(at, i18n.Helsinki()))+30, int64(0))
		}
		return id
	}
	heard := map[int]bool{}
	say := func() {
		who, id := m.soul(), m.beat(at)
		question := m.chance(asksBringer)
		open := question && m.chance(unanswered)
		beat := tell(story.Commented, story.Reader, story.Public, story.Facts{Comment: id}, "")
		b.comments.add(Region, int64(s.ID), int64(id), string(comment.Person), int64(m.souls[who]), "", "fi", m.words.Text(r, 20), string(comment.Shown), true, false, "", question, open, int64(0), int64(beat), 0,
			clock.Micros(at), int64(0), int64(0), int64(0), "")
		if talk.Shown++; open {
			talk.Questions++
		}
		if !heard[who] {
			heard[who] = true
			b.follows.add(Region, int64(m.souls[who]), follow.OfSpark(s.ID).String(), 0, string(follow.Daily), string(follow.Normal), clock.Micros(at))
		}
	}
	seen := story.Public
	if s.Visibility == spark.Office || s.Secret {
		seen = story.Parties
	}
	m.last = s.ID // beats come after their spark
	tell(story.Dropped, story.Bringer, story.Public, story.Facts{Kind: string(s.Kind), Source: string(s.Source), Day: s.Due}, "")
	if s.Waiting {
		s.WaitingFrom = s.Dropped
		return talk
	}
	if m.chance(withdrawn) && !long && step(5) {
		s.State, s.Title, s.Text = spark.Withdrawn, "", ""
		tell(story.Withdrawn, story.Bringer, story.Public, story.Facts{}, "")
		return talk
	}
	at = s.Dropped.Add(time.Duration(1+r.IntN(100)) * time.Hour)
	if at.After(m.now) {
		at = s.Dropped.Add(time.Second)
	}
	tell(story.Answered, story.Office, seen, story.Facts{}, m.words.Text(r, 40))
	s.Answered = at
	more := int(math.Exp(0.9*r.NormFloat64()) - 0.3)
	more = min(max(more, 0), LongStory)
	said := 0
	if seen == story.Public {
		said = int(2.5 * r.ExpFloat64())
	}
	if long {
		more, said = LongStory-2, 0
	}
	for ; more+said > 0 && step(9); more-- {
		if r.IntN(more+said) < said {
			say()
			said, more = said-1, more+1
			continue
		}
		switch kind := r.IntN(10); {
		case long && kind < 8, kind < 3:
			tell(story.Talked, story.Office, seen, story.Facts{Way: "call", Measures: 1}, m.words.Text(r, 25))
		case kind < 5:
			tell(story.Replied, story.Bringer, story.Parties, story.Facts{}, m.words.Text(r, 25))
		case kind < 7:
			tell(story.Noted, story.Office, story.InOffice, story.Facts{}, m.words.Text(r, 15))
		default:
			tell(story.Tagged, story.Office, story.Public, story.Facts{Added: []string{"theme:" + m.theme[r.IntN(len(m.theme))].ID}}, "")
		}
	}
	if m.now.Sub(s.Dropped) > 30*24*time.Hour && m.chance(closed) && !long && step(20) {
		s.State, s.Closed = spark.Resting, at
		if m.chance(400) {
			s.State = spark.Out
		}
		tell(story.Closed, story.Office, seen, story.Facts{From: string(spark.Sparking), To: string(s.State)}, m.words.Text(r, 20))
		return talk
	}
	if m.chance(30) {
		s.NextContact = m.today + workday.Day(r.IntN(60)) - 1
	}
	if s.Doers > 0 && m.chance(200) {
		s.State = []spark.State{spark.Burning, spark.Experiment, spark.Project, spark.Practice}[r.IntN(4)]
	}
	return talk
}

// beat is a key of a story: it rises within its spark.
func (m *maker) beat(at time.Time) ident.ID { return m.id(at) }

// derive sets what the rest follows from, as journey/spark does.
func (m *maker) derive(s *spark.Spark) {
	s.Listed = s.Visibility != spark.Office && !s.Secret && s.State != spark.Withdrawn
	s.Open = s.State != spark.Resting && s.State != spark.Out && s.State != spark.Withdrawn
	if s.Open && s.State == spark.Sparking && (s.People > 1 || s.Doers > 0) {
		s.State = spark.Glowing
	}
	s.NeedsHand = s.Listed && s.Open && len(s.Missing()) > 0
	m.last = s.ID
}

// person invents who brought a spark: half as many people as sparks, some of whom
// bring many.
func (m *maker) person(b *batch, s spark.Spark) {
	who := int(float64(max(m.plan.Sparks/2, 1)) * math.Pow(m.r.Float64(), 1.6))
	id, name := int64(s.ID)+1, "Keksitty "+strconv.Itoa(who)
	email, phone := "k"+strconv.Itoa(who)+"@keksitty.example", ""
	contact := spark.Mail
	if m.chance(300) {
		phone, contact = "000 "+strconv.Itoa(1000000+who), spark.Call
	}
	if m.chance(150) {
		name, email, phone, contact = "", "", "", spark.NotMe
	}
	b.bringers.add(Region, int64(s.ID), id, name, email, phone, string(contact), s.Language, clock.Micros(s.Dropped))
	b.links.add(Region, ident.Hash(strconv.FormatInt(int64(s.ID), 36)+"/"+strconv.FormatUint(m.plan.Seed, 36)), int64(s.ID), id, "", clock.Micros(s.Dropped), int64(0))
}
