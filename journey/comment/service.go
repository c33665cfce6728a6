package comment

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/address"
	"kokko/region/knowhow"
	"kokko/region/office"
	"kokko/region/trust"
)

// arrival is how region/trust names comments among the things that come.
const arrival = "comment"

// Service is the verbs of a talk. Each runs on its spark, locked.
type Service struct {
	db     *store.DB
	clock  clock.Clock
	ids    *ident.Maker
	sparks *spark.Service
	know   *knowhow.Service // nil for none
}

// New gives the verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker, sparks *spark.Service) *Service {
	return &Service{db: db, clock: c, ids: ids, sparks: sparks}
}

// turn is one verb on one comment inside a transaction: what it was, and what it is to
// become.
type turn struct {
	*Service
	tx     *store.Tx
	sp     *spark.Spark
	was    Comment
	now    Comment
	author Author
	beats  []story.Beat
}

// Write says something beneath a spark that everybody may read, inside the caller's
// transaction. Of a person or a bringer it is weighed as a spark is: it may have to
// wait, or be refused. The same words again at once are the same comment.
func (s *Service) Write(ctx context.Context, tx *store.Tx, region string, id ident.ID, a Author, d Draft, sender trust.Sender) (c Comment, err error) {
	if err := d.Check(); err != nil {
		return c, err
	}
	_, err = s.sparks.Beside(ctx, tx, region, id, func(ctx context.Context, tx *store.Tx, sp *spark.Spark) ([]story.Beat, error) {
		if !sp.Listed {
			return nil, fault.New(fault.NotFound, "spark.none")
		}
		now := s.clock.Now()
		c, err = scan(tx.QueryRow(ctx, selectTwice, region, string(a.Kind), int64(a.ID), int64(ident.At(now.Add(-twice))), int64(id), d.Words))
		if err == nil || !fault.Is(err, fault.NotFound) {
			return nil, err
		}
		t := &turn{Service: s, tx: tx, sp: sp, author: a, now: Comment{Region: region, Spark: id, ID: s.ids.New(), Kind: a.Kind, Author: a.ID, Name: d.Name, Language: d.Language,
			Words: d.Words, Question: d.Question && a.Kind != Bringer, Written: now, State: Shown}}
		if a.Kind != Officer {
			v, err := s.weigh(ctx, tx, sp, a, t.now, "", sender, true)
			if err != nil {
				return nil, err
			}
			if err := v.Fault(); err != nil {
				return nil, err
			}
			if t.now.Held = v.Held(); t.now.Held != "" {
				t.now.State = Held
			}
		}
		if err := t.answers(ctx, d.Settles); err != nil {
			return nil, err
		}
		if err := t.settle(ctx); err != nil {
			return nil, err
		}
		c = t.now
		return t.beats, nil
	})
	return c, err
}

// weigh judges a comment; before is the text it replaces.
func (s *Service) weigh(ctx context.Context, tx *store.Tx, sp *spark.Spark, a Author, c Comment, before string, sender trust.Sender, fresh bool) (v trust.Verdict, err error) {
	sender.Address = a.Email
	p := trust.Piece{Kind: arrival, ID: c.ID, Text: strings.TrimSpace(c.Words + "\n" + c.Name), Before: before, Sender: sender, Count: fresh, Known: a.Kind == Bringer && !sp.Answered.IsZero()}
	if !p.Known {
		n, err := count(ctx, tx, countApproved, c.Region, string(a.Kind), int64(a.ID))
		if err != nil {
			return v, err
		}
		p.Known = n > 0
	}
	return trust.Weigh(ctx, tx, c.Region, s.clock.Now(), p)
}

// answers has the comment answer an open question of its spark, when it is let in and
// its author may: the bringer or the office.
func (t *turn) answers(ctx context.Context, question ident.ID) error {
	if question == 0 || t.now.State != Shown || t.author.Kind == Person {
		return nil
	}
	with, err := spark.ReadWith(ctx, t.tx, t.now.Region, t.now.Spark) // locked with the one that carries them
	if err != nil {
		return err
	}
	q, err := OneOf(ctx, t.tx, t.now.Region, question, append([]ident.ID{t.now.Spark}, with[t.now.Spark]...)...)
	if fault.Is(err, fault.NotFound) || err == nil && !q.Unanswered {
		return nil // settled meanwhile
	}
	if err != nil {
		return err
	}
	q.Unanswered, q.Answer = false, t.now.ID
	if err := save(ctx, t.tx, updateComment, q); err != nil {
		return err
	}
	_, err = t.tx.Exec(ctx, countTalk, q.Region, int64(q.Spark), 0, -1, 0)
	return err
}

func (t *turn) add(ctx context.Context, shown, questions, warm int) error {
	if shown == 0 && questions == 0 && warm == 0 {
		return nil
	}
	_, err := t.tx.Exec(ctx, countTalk, t.sp.Region, int64(t.sp.ID), shown, questions, warm)
	return err
}

// counting runs what may make the author one of those who act on the spark, or no longer
// one of them.
func (t *turn) counting(ctx context.Context, do func() error) error {
	who := address.Address{Region: t.sp.Region, ID: t.author.ID, Email: t.author.Email}
	if t.author.Kind != Person {
		who.ID = 0
	}
	return spark.Acting(ctx, t.tx, t.sp, who, do)
}

// settle stores a comment as it has become, with everything that follows from it: the
// one place that decides what the public may see of it.
func (t *turn) settle(ctx context.Context) error {
	c := &t.now
	fresh := t.was.ID == 0
	c.Placed = c.State == Shown || c.State == Withdrawn && c.Beat != 0
	c.Waits = c.State == Held || c.State == Shown && c.Reports > 0
	if c.State != Shown {
		c.Unanswered = false
	} else if t.was.State != Shown {
		c.Unanswered = c.Question && c.Answer == 0
	}
	if c.State == Shown && c.Beat == 0 {
		b := story.Beat{ID: t.ids.New(), Type: story.Commented, Actor: story.Reader, Visibility: t.sp.SeenBy(), Facts: story.Facts{Comment: c.ID}}
		switch c.Kind {
		case Bringer:
			b.Actor = story.Bringer
		case Officer:
			b.Actor, b.Officer = story.Office, c.Author
		}
		c.Beat = b.ID
		t.beats = append(t.beats, b)
	}
	query := updateComment
	if fresh {
		query = insertComment
	}
	if err := t.counting(ctx, func() error { return save(ctx, t.tx, query, *c) }); err != nil {
		return err
	}
	if err := t.tell(ctx, t.tx, *c); err != nil {
		return err
	}
	if err := t.unquote(ctx); err != nil {
		return err
	}
	return t.add(ctx, one(c.State == Shown)-one(t.was.State == Shown), one(c.Unanswered)-one(t.was.Unanswered), 0)
}

// unquote takes what is to be read no more out of the letters that carry it.
func (t *turn) unquote(ctx context.Context) error {
	was, now := t.was.Quote(), ""
	if t.now.State == Shown {
		now = t.now.Quote()
	}
	if t.was.State != Shown || was == now {
		return nil
	}
	return mail.Unquote(ctx, t.tx, t.was.Region, t.was.ID, was, now)
}

func one(is bool) int {
	if is {
		return 1
	}
	return 0
}

// on runs a verb on a comment that there is, inside the caller's transaction.
func (s *Service) on(ctx context.Context, tx *store.Tx, region string, sp, id ident.ID, do func(t *turn) error) (c Comment, err error) {
	_, err = s.sparks.Beside(ctx, tx, region, sp, func(ctx context.Context, tx *store.Tx, locked *spark.Spark) ([]story.Beat, error) {
		was, err := One(ctx, tx, region, sp, id)
		if err != nil {
			return nil, err
		}
		t := &turn{Service: s, tx: tx, sp: locked, was: was, now: was}
		if t.author, err = authorOf(ctx, tx, was); err != nil {
			return nil, err
		}
		if err := do(t); err != nil {
			return nil, err
		}
		if err := t.settle(ctx); err != nil {
			return nil, err
		}
		c = t.now
		return t.beats, nil
	})
	return c, err
}

// authorOf finds by what the author of a comment is known.
func authorOf(ctx context.Context, from store.Source, c Comment) (Author, error) {
	a := Author{Kind: c.Kind, ID: c.Author}
	switch c.Kind {
	case Person:
		who, err := address.ByID(ctx, from, c.Region, c.Author)
		if fault.Is(err, fault.NotFound) {
			return a, nil
		}
		a.Email = who.Email
		return a, err
	case Bringer:
		all, err := spark.Bringers(ctx, from, c.Region, c.Spark)
		for _, b := range all[c.Spark] {
			if b.ID == c.Author {
				a.Email = b.Email
			}
		}
		return a, err
	}
	return a, nil
}

// Edit changes the author's own words. What is new in them is weighed: it may have to
// wait again, and nobody is kept from mending their own words.
func (s *Service) Edit(ctx context.Context, tx *store.Tx, region string, sp, id ident.ID, a Author, d Draft) (Comment, error) {
	return s.on(ctx, tx, region, sp, id, func(t *turn) error {
		if !t.was.Mine(a) || !t.was.Mendable() {
			return fault.New(fault.NotFound, "comment.none")
		}
		d.Language = t.was.Language
		if err := d.Check(); err != nil {
			return err
		}
		if d.Words == t.was.Words && d.Name == t.was.Name && d.Question == t.was.Question {
			return nil
		}
		t.now.Words, t.now.Name, t.now.Edited = d.Words, d.Name, s.clock.Now()
		if t.was.Kind != Bringer && d.Question != t.was.Question {
			t.now.Question = d.Question
			t.now.Unanswered = d.Question && t.was.Answer == 0
		}
		if a.Kind == Officer {
			return nil
		}
		v, err := s.weigh(ctx, t.tx, t.sp, t.author, t.now, t.was.Words+"\n"+t.was.Name, trust.Sender{}, false)
		if err != nil || v.Ruling == trust.LetIn {
			return err
		}
		t.now.State, t.now.Held = Held, trust.Keep(append(trust.Kept(t.was.Held), v.Reasons...)...)
		return nil
	})
}

// Withdraw takes the author's own words away; their place in the talk stays.
func (s *Service) Withdraw(ctx context.Context, tx *store.Tx, region string, sp, id ident.ID, a Author) error {
	_, err := s.on(ctx, tx, region, sp, id, func(t *turn) error {
		if !t.was.Mine(a) || t.was.State == Withdrawn {
			return fault.New(fault.NotFound, "comment.none")
		}
		return t.erase(ctx)
	})
	return err
}

func (t *turn) erase(ctx context.Context) error {
	c := &t.now
	if c.Words, c.Name, c.Held, c.Reason, c.Reports = "", "", "", "", 0; c.State != Declined {
		c.State = Withdrawn
	}
	if _, err := t.tx.Exec(ctx, deleteReports, c.Region, int64(c.Spark), int64(c.ID)); err != nil {
		return err
	}
	return trust.Forget(ctx, t.tx, c.Region, arrival, c.ID)
}

// EraseOf takes away everything an address has said and every warmth it has shown.
func (s *Service) EraseOf(ctx context.Context, tx *store.Tx, who address.Address) error {
	a := Author{Kind: Person, ID: who.ID, Email: who.Email}
	for {
		all, err := By(ctx, tx, who.Region, a, 0, 100)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			break
		}
		for _, c := range all {
			if _, err := s.on(ctx, tx, who.Region, c.Spark, c.ID, func(t *turn) error {
				if err := t.erase(ctx); err != nil {
					return err
				}
				// Counted off as theirs, then nobody's.
				return t.counting(ctx, func() error {
					t.now.Kind, t.now.Author = Nobody, 0
					return save(ctx, t.tx, updateComment, t.now)
				})
			}); err != nil {
				return err
			}
		}
	}
	for {
		all, err := WarmthsOf(ctx, tx, who.Region, who.ID, 100)
		if err != nil || len(all) == 0 {
			return err
		}
		for _, w := range all {
			if err := s.Cool(ctx, tx, who, w.Spark); err != nil {
				return err
			}
		}
	}
}

// Deed is what an officer does with a comment.
type Deed struct {
	Region  string
	Spark   ident.ID
	Comment ident.ID
	Officer office.Officer
	Seen    string // the comment as the officer saw it: Stamp
	Do      Decision
	Reason  string // with Decline and Block, for the author
}

// Stamp tells one form of a comment from another: nobody lets in words they have not
// seen.
func (c Comment) Stamp() string {
	return string(c.State) + "." + strconv.FormatInt(clock.Micros(c.Edited), 36) + "." + strconv.Itoa(c.Reports)
}

// Decide carries out what the office does with a comment.
func (s *Service) Decide(ctx context.Context, d Deed) (c Comment, err error) {
	if !slices.Contains(Decisions(), d.Do) {
		return c, fault.New(fault.Invalid, "comment.decision.missing").On("do")
	}
	if d.Do == Decline || d.Do == Block {
		if d.Reason, err = spark.Words(d.Reason, "reason", MaxWords); err != nil {
			return c, err
		}
	}
	err = s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		c, err = s.on(ctx, tx, d.Region, d.Spark, d.Comment, func(t *turn) error { return t.decide(ctx, d) })
		if err != nil || d.Do != Block {
			return err
		}
		all, err := list(ctx, tx, selectTheirs, d.Region, string(c.Kind), int64(c.Author), int64(lastID), 1000)
		if err != nil {
			return err
		}
		for _, other := range all {
			if other.State != Held {
				continue
			}
			if _, err := s.on(ctx, tx, d.Region, other.Spark, other.ID, func(t *turn) error { return t.decline(ctx, d) }); err != nil {
				return err
			}
		}
		return nil
	})
	return c, err
}

// lastID stands after every comment there is.
const lastID = 1<<63 - 1

func (t *turn) decide(ctx context.Context, d Deed) error {
	if d.Seen != t.was.Stamp() {
		return fault.New(fault.Conflict, "comment.changed")
	}
	if !t.was.Mendable() {
		return fault.New(fault.Conflict, "comment.decided")
	}
	switch d.Do {
	case Ask:
		t.now.Question, t.now.Answer = true, 0
		t.now.Unanswered = t.now.State == Shown
		return nil
	case Answered:
		if t.now.Unanswered {
			t.now.Unanswered, t.now.Answer = false, t.now.ID
		}
		return nil
	case Approve, Trust:
		if !t.was.Waits {
			return fault.New(fault.Conflict, "comment.decided")
		}
		t.now.State, t.now.Held, t.now.Reports = Shown, "", 0
		if d.Do == Trust {
			if err := t.standing(ctx, d, trust.Trusted); err != nil {
				return err
			}
		}
		return t.decided(ctx, d)
	case Block:
		if err := t.standing(ctx, d, trust.Blocked); err != nil {
			return err
		}
	}
	return t.decline(ctx, d)
}

func (t *turn) decline(ctx context.Context, d Deed) error {
	t.now.State, t.now.Reason, t.now.Reports = Declined, d.Reason, 0
	return t.decided(ctx, d)
}

func (t *turn) decided(ctx context.Context, d Deed) error {
	t.now.Decided, t.now.Officer = t.clock.Now(), d.Officer.ID
	if err := trust.Settle(ctx, t.tx, d.Region, arrival, t.now.ID); err != nil {
		return err
	}
	_, err := t.tx.Exec(ctx, handleReports, d.Region, int64(t.now.Spark), int64(t.now.ID), clock.Micros(t.now.Decided))
	return err
}

// standing gives the author of a comment a standing, told in the spark's story as of
// its bringer's.
func (t *turn) standing(ctx context.Context, d Deed, as trust.Standing) error {
	if t.author.Email == "" {
		return fault.New(fault.Invalid, "trust.no_address").On("do")
	}
	b := story.Beat{Type: story.Trusted, Actor: story.Office, Officer: d.Officer.ID, Visibility: story.InOffice, Facts: story.Facts{To: string(trust.Address), Comment: t.now.ID}}
	if as == trust.Blocked {
		b.Type = story.Blocked
	}
	t.beats = append(t.beats, b)
	return trust.PutAddress(ctx, t.tx, d.Region, t.author.Email, trust.Entry{ID: t.ids.New(), Standing: as, Since: t.clock.Now(), Officer: d.Officer.ID, Spark: t.now.Spark})
}

// Report takes in what a reader tells of a comment. However many tell, it hides
// nothing: a person looks and decides.
func (s *Service) Report(ctx context.Context, region string, sp, id ident.ID, r Report, sender trust.Sender) error {
	if err := r.check(); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := s.on(ctx, tx, region, sp, id, func(t *turn) error {
			if !t.sp.HasPage() || t.was.State != Shown {
				return fault.New(fault.NotFound, "comment.none")
			}
			same, err := count(ctx, tx, countSame, region, int64(sp), int64(id), string(r.Wrong), r.Words)
			if err != nil || same > 0 || t.was.Reports >= mostReports {
				return err
			}
			now := s.clock.Now()
			r.ID = s.ids.New()
			v, err := trust.Weigh(ctx, tx, region, now, trust.Piece{Kind: "comment_report", ID: r.ID, Text: r.Words, Sender: sender, Count: sender != trust.Sender{}})
			if err != nil {
				return err
			}
			r.Doubt = trust.Keep(v.Reasons...)
			t.now.Reports++
			_, err = tx.Exec(ctx, insertReport, region, int64(sp), int64(id), int64(r.ID), string(r.Wrong), r.Words, r.Language, r.Doubt, clock.Micros(now))
			return err
		})
		return err
	})
}

func (r *Report) check() error {
	var wrong fault.Many
	if !slices.Contains(spark.Wrongs(), r.Wrong) {
		wrong = append(wrong, fault.New(fault.Invalid, "report.wrong.missing").On("wrong"))
	}
	words, err := spark.Words(r.Words, "words", MaxReport)
	switch {
	case err == nil:
		r.Words = words
	case fault.List(err)[0].Key != "words.missing":
		wrong = append(wrong, fault.List(err)...)
	case r.Wrong == spark.Else:
		wrong = append(wrong, fault.New(fault.Invalid, "report.words.missing").On("words"))
	default:
		r.Words = ""
	}
	if _, ok := i18n.ParseSet(r.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	return wrong.OrNil()
}

// Hear sets how soon a spark's bringer hears of its talk.
func (s *Service) Hear(ctx context.Context, region string, sp ident.ID, p Pace) error {
	if !slices.Contains(Paces(), p) {
		return fault.New(fault.Invalid, "comment.pace.wrong").On("hears")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, setHears, region, int64(sp), string(p))
		return err
	})
}

// Sweep removes the words of what was declined long ago, and what readers told.
func (s *Service) Sweep(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		at := before(s.clock.Now())
		if _, err := tx.Exec(ctx, sweepDeclined, region, at); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, sweepReports, region, at)
		return err
	})
}
