package challenge_test

import (
	"context"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/challenge"
	"kokko/programmes"
	"kokko/region/programme"
)

const region = "kouvola"

// desk is a region with the Kouvola programme on a clock that stands on Monday 23
// November 2026 at ten.
type desk struct {
	testing.TB
	db    *store.DB
	clock *clock.Fake
	all   *challenge.Service
	call  programme.Edition
}

func each(t *testing.T, behaviour func(t *testing.T, d *desk)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		c := clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC))
		d := &desk{TB: t, db: db, clock: c, all: challenge.New(db, c, ident.NewMaker(c)), call: programme.Edition{Programme: kouvola(t)}}
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for _, id := range []string{"kouvola", "iitti"} {
				if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ($1, $1, '', TRUE, 1, 0)`, id); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		behaviour(t, d)
	})
}

func kouvola(t testing.TB) *programme.Programme {
	t.Helper()
	source, err := fs.ReadFile(programmes.Files(), programmes.Kouvola)
	if err != nil {
		t.Fatal(err)
	}
	p, err := programme.Parse(programmes.Kouvola, source)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// whole is a draft with everything in it, in two of the three languages.
func whole() challenge.Draft {
	return challenge.Draft{Opens: day("2026-11-23"), Closes: day("2026-12-31"), Themes: []string{"glocal"}, Texts: map[string]challenge.Text{
		"fi": {Title: "Lähiruoka", Question: "Miten?", Background: "Siksi.", Criteria: []string{"Yksi", "Kaksi"}},
		"sv": {Title: "Närmat", Question: "Hur?", Background: "Därför.", Criteria: []string{"Ett", "Två"}},
	}}
}

func (d *desk) make(draft challenge.Draft) challenge.Challenge {
	d.Helper()
	c, err := d.all.Make(context.Background(), region, d.call, draft)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func (d *desk) open(draft challenge.Draft) challenge.Challenge {
	d.Helper()
	c := d.make(draft)
	c, err := d.all.Publish(context.Background(), act(c))
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func act(c challenge.Challenge) challenge.Act {
	return challenge.Act{Region: c.Region, Challenge: c.ID, Version: c.Version}
}

func (d *desk) stored(id ident.ID) challenge.Challenge {
	d.Helper()
	c, err := challenge.One(context.Background(), d.db, region, id)
	if err != nil {
		d.Fatal(err)
	}
	return c
}

func (d *desk) today() workday.Day { return workday.DayOf(d.clock.Now(), time.UTC) }

func day(s string) workday.Day {
	d, err := workday.Parse(s)
	if err != nil {
		panic(err)
	}
	return d
}

func keys(err error) (all []string) {
	for _, e := range fault.List(err) {
		all = append(all, e.Key+" "+e.Field)
	}
	slices.Sort(all)
	return all
}

func TestAQuestionComesBackWhole(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		c := d.make(whole())
		if diff := cmp.Diff(c, d.stored(c.ID)); diff != "" {
			t.Errorf("made (-) and stored (+):\n%s", diff)
		}
		c, err := d.all.Publish(context.Background(), act(c))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, d.stored(c.ID)); diff != "" {
			t.Errorf("published (-) and stored (+):\n%s", diff)
		}
		c, err = d.all.Close(context.Background(), act(c), challenge.Close{Outcome: map[string]string{"fi": "Opittiin.", "en": "lost: not a language of it"}, Taken: []ident.ID{9 << 55, 7, 7}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, d.stored(c.ID)); diff != "" {
			t.Errorf("closed (-) and stored (+):\n%s", diff)
		}
		if c.Closes != d.today() || !slices.Equal(c.Taken, []ident.ID{7, 9 << 55}) || c.State(d.today()) != challenge.Closed || c.Version != 3 {
			t.Errorf("%+v", c)
		}
		if words, in := c.OutcomeIn("sv"); words != "Opittiin." || in != "fi" {
			t.Errorf("%s in %s", words, in)
		}
		if _, err := challenge.One(context.Background(), d.db, "iitti", c.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("in another region: %v", err)
		}
	})
}

func TestAQuestionSaysItsOriginalWhereItIsNotTranslated(t *testing.T) {
	t.Parallel()
	c := challenge.Challenge{Language: "fi", Texts: map[string]challenge.Text{"fi": {Title: "Lähiruoka"}, "sv": {Title: "Närmat"}, "en": {}}}
	for _, want := range []struct{ lang, title, in string }{{"fi", "Lähiruoka", "fi"}, {"sv", "Närmat", "sv"}, {"en", "Lähiruoka", "fi"}, {"de", "Lähiruoka", "fi"}} {
		if got, in := c.In(want.lang); got.Title != want.title || in != want.in {
			t.Errorf("in %s: %s in %s", want.lang, got.Title, in)
		}
	}
	if got := c.Said(); !slices.Equal(got, []string{"fi", "sv"}) {
		t.Errorf("said in %v", got)
	}
}

// On every day a question is in one state, and along the days only onwards.
func TestStatesFollowFromTheDays(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := challenge.Challenge{Opens: workday.Day(rapid.IntRange(100, 200).Draw(t, "opens"))}
		c.Closes = c.Opens.Add(rapid.IntRange(0, 50).Draw(t, "days"))
		on := workday.Day(rapid.IntRange(50, 300).Draw(t, "on"))
		if got := c.State(on); got != challenge.Drafted {
			t.Fatalf("unpublished it is %s", got)
		}
		c.Out = time.Unix(1, 0)
		order := challenge.States()
		if before, after := slices.Index(order, c.State(on)), slices.Index(order, c.State(on+1)); after < before {
			t.Fatalf("on %d %s, the next day %s", on, c.State(on), c.State(on+1))
		}
		if (c.State(on) == challenge.Open) != (on >= c.Opens && on <= c.Closes) {
			t.Fatalf("on %d of %d–%d it is %s", on, c.Opens, c.Closes, c.State(on))
		}
		c.Ended = time.Unix(2, 0)
		if got := c.State(on); got != challenge.Closed {
			t.Fatalf("ended it is %s", got)
		}
	})
}

func TestEveryMistakeOfADraftIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		long := strings.Repeat("ä", 301)
		for name, c := range map[string]struct {
			spoil func(d *challenge.Draft)
			want  []string
		}{
			"nothing":            {func(d *challenge.Draft) { *d = challenge.Draft{} }, []string{"challenge.question.missing question.fi", "challenge.title.missing title.fi"}},
			"no original":        {func(d *challenge.Draft) { delete(d.Texts, "fi") }, []string{"challenge.background.differs background.sv", "challenge.criteria.differ criteria.sv", "challenge.question.missing question.fi", "challenge.title.missing title.fi"}},
			"half a translation": {func(d *challenge.Draft) { d.Texts["sv"] = challenge.Text{Title: "Närmat"} }, []string{"challenge.background.differs background.sv", "challenge.criteria.differ criteria.sv", "challenge.question.missing question.sv"}},
			"too long": {func(d *challenge.Draft) {
				d.Texts["fi"] = challenge.Text{Title: long, Question: long, Background: strings.Repeat("a", 5001), Criteria: []string{long, long}}
			}, []string{"too_long background.fi", "too_long criteria.fi", "too_long question.fi", "too_long title.fi"}},
			"too many": {func(d *challenge.Draft) {
				d.Texts = map[string]challenge.Text{"fi": {Title: "a", Question: "b", Criteria: strings.Split("abcdefghijk", "")}}
			}, []string{"challenge.criteria.many criteria.fi"}},
			"backwards":           {func(d *challenge.Draft) { d.Closes = d.Opens - 1 }, []string{"span.backwards closes"}},
			"for years":           {func(d *challenge.Draft) { d.Closes = d.Opens + challenge.MaxDays + 1 }, []string{"challenge.long closes"}},
			"a theme of nobody's": {func(d *challenge.Draft) { d.Themes = []string{"mars"} }, []string{"spark.theme.unknown themes"}},
		} {
			draft := whole()
			c.spoil(&draft)
			_, err := d.all.Make(ctx, region, d.call, draft)
			if diff := cmp.Diff(c.want, keys(err)); diff != "" {
				t.Errorf("%s:\n%s", name, diff)
			}
		}
		if list, _, err := challenge.All(ctx, d.db, region, "", 10); err != nil || len(list) != 0 {
			t.Errorf("%v, %d stored", err, len(list))
		}
		bare := d.make(challenge.Draft{Texts: map[string]challenge.Text{"fi": {Title: " Vain\tnimi ", Question: "Ja\u202e kysymys?"}, "en": {}}})
		if got := bare.Texts["fi"]; got.Title != "Vain nimi" || got.Question != "Ja kysymys?" || len(bare.Texts) != 1 {
			t.Errorf("%+v", bare.Texts)
		}
	})
}

func TestWhatMayBeDoneInWhichState(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		coming := whole()
		coming.Opens = d.today() + 3
		draft, ahead, open, over, closed := d.make(whole()), d.open(coming), d.open(whole()), d.open(whole()), d.open(whole())
		short := whole()
		short.Closes = d.today()
		if _, err := d.all.Change(ctx, challenge.Act{Region: region, Challenge: over.ID}, d.call, short); err != nil {
			t.Fatal(err)
		}
		if _, err := d.all.Close(ctx, act(closed), challenge.Close{Outcome: map[string]string{"fi": "x"}}); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(24 * time.Hour)
		state := map[ident.ID]challenge.State{draft.ID: challenge.Drafted, ahead.ID: challenge.Coming, open.ID: challenge.Open, over.ID: challenge.Over, closed.ID: challenge.Closed}
		for id, want := range state {
			c := d.stored(id)
			if got := c.State(d.today()); got != want {
				t.Fatalf("%s, want %s", got, want)
			}
		}
		verbs := map[string]func(a challenge.Act) error{
			"publish": func(a challenge.Act) error { _, err := d.all.Publish(ctx, a); return err },
			"close": func(a challenge.Act) error {
				_, err := d.all.Close(ctx, a, challenge.Close{Outcome: map[string]string{"fi": "x"}})
				return err
			},
			"withdraw": func(a challenge.Act) error { return d.all.Withdraw(ctx, a) },
			"change": func(a challenge.Act) error {
				was := d.stored(a.Challenge)
				_, err := d.all.Change(ctx, a, d.call, challenge.Draft{Texts: was.Texts, Opens: was.Opens, Closes: was.Closes})
				return err
			},
			"open earlier": func(a challenge.Act) error {
				was := d.stored(a.Challenge)
				_, err := d.all.Change(ctx, a, d.call, challenge.Draft{Texts: was.Texts, Opens: was.Opens - 1, Closes: was.Closes})
				return err
			},
			"close in the past": func(a challenge.Act) error {
				was := d.stored(a.Challenge)
				_, err := d.all.Change(ctx, a, d.call, challenge.Draft{Texts: was.Texts, Opens: was.Opens, Closes: min(was.Closes, d.today()) - 1})
				return err
			},
			"answer": func(a challenge.Act) error {
				return challenge.Answerable(ctx, d.db, region, a.Challenge, d.today())
			},
		}
		may := map[string][]challenge.State{ // which ends well; each is tried on a transaction that is rolled back
			"publish": {challenge.Drafted}, "close": {challenge.Open, challenge.Over, challenge.Closed}, "withdraw": {challenge.Drafted, challenge.Coming},
			"change": {challenge.Drafted, challenge.Coming, challenge.Open, challenge.Over}, "open earlier": {challenge.Drafted, challenge.Coming}, "close in the past": {challenge.Drafted}, "answer": {challenge.Open},
		}
		for _, verb := range []string{"answer", "change", "open earlier", "publish", "close", "withdraw"} {
			for id, s := range state {
				before := d.stored(id)
				if before.State(d.today()) != s {
					t.Fatalf("%s is %s now", s, before.State(d.today()))
				}
				allowed := slices.Contains(may[verb], s)
				if allowed && (verb == "publish" || verb == "close" || verb == "withdraw") {
					continue // these change the state: their good ends are tested below
				}
				err := verbs[verb](challenge.Act{Region: region, Challenge: id})
				if allowed != (err == nil) {
					t.Errorf("%s a question that is %s: %v", verb, s, err)
				}
				if err != nil {
					if diff := cmp.Diff(before, d.stored(id)); diff != "" {
						t.Errorf("%s refused, and changed it all the same:\n%s", verb, diff)
					}
				}
			}
		}
		for id, s := range state {
			if err := verbs["close in the past"](challenge.Act{Region: region, Challenge: id}); (err == nil) != (s == challenge.Drafted) {
				t.Errorf("a last day in the past for one that is %s: %v", s, err)
			}
		}
		for id, verb := range map[ident.ID]string{draft.ID: "withdraw", ahead.ID: "withdraw", open.ID: "close", over.ID: "close", closed.ID: "close"} {
			if err := verbs[verb](challenge.Act{Region: region, Challenge: id}); err != nil {
				t.Errorf("%s: %v", verb, err)
			}
		}
		for _, gone := range []ident.ID{draft.ID, ahead.ID} {
			if _, err := challenge.One(ctx, d.db, region, gone); !fault.Is(err, fault.NotFound) {
				t.Errorf("withdrawn: %v", err)
			}
		}
		if c := d.stored(over.ID); c.Closes != d.today()-1 {
			t.Errorf("closing what was over moved its last day to %s", c.Closes)
		}
		for verb, do := range verbs {
			if verb == "change" || verb == "open earlier" || verb == "close in the past" {
				continue
			}
			if err := do(challenge.Act{Region: "iitti", Challenge: open.ID}); verb != "answer" && !fault.Is(err, fault.NotFound) {
				t.Errorf("%s in another region: %v", verb, err)
			}
		}
		if err := challenge.Answerable(ctx, d.db, "iitti", open.ID, d.today()); keys(err)[0] != "challenge.none challenge" {
			t.Errorf("answered from another region: %v", err)
		}
	})
}

func TestPublishing(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		without := whole()
		without.Opens, without.Closes = 0, 0
		_, err := d.all.Publish(ctx, act(d.make(without)))
		if diff := cmp.Diff([]string{"day.missing closes", "day.missing opens"}, keys(err)); diff != "" {
			t.Error(diff)
		}
		past := whole()
		past.Opens, past.Closes = d.today()-9, d.today()-1
		if _, err := d.all.Publish(ctx, act(d.make(past))); keys(err)[0] != "challenge.closes.past closes" {
			t.Errorf("%v", err)
		}
		begun := whole()
		begun.Opens = d.today() - 9
		if c := d.open(begun); c.Opens != d.today() || !c.Out.Equal(d.clock.Now()) {
			t.Errorf("opened %s at %s", c.Opens, c.Out)
		}
	})
}

// Two officers on one question: whoever comes second with an old version is told.
func TestAChangedQuestionIsNotOverwritten(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		seen := d.make(whole())
		mine := whole()
		mine.Texts["fi"] = challenge.Text{Title: "Minun", Question: "Miten?"}
		delete(mine.Texts, "sv")
		now, err := d.all.Change(ctx, act(seen), d.call, mine)
		if err != nil || len(d.stored(seen.ID).Texts) != 1 || !now.Changed.IsZero() {
			t.Fatalf("%v %+v", err, now)
		}
		for verb, err := range map[string]error{
			"change":   func() error { _, err := d.all.Change(ctx, act(seen), d.call, whole()); return err }(),
			"publish":  func() error { _, err := d.all.Publish(ctx, act(seen)); return err }(),
			"withdraw": d.all.Withdraw(ctx, act(seen)),
		} {
			if !fault.Is(err, fault.Conflict) || keys(err)[0] != "challenge.changed " {
				t.Errorf("%s on an old version: %v", verb, err)
			}
		}
		if c := d.stored(seen.ID); c.Texts["fi"].Title != "Minun" || c.Version != now.Version {
			t.Errorf("%+v", c)
		}
		// What everybody has read and then changes says when.
		if _, err := d.all.Publish(ctx, act(now)); err != nil {
			t.Fatal(err)
		}
		d.clock.Advance(time.Hour)
		late, err := d.all.Change(ctx, challenge.Act{Region: region, Challenge: seen.ID}, d.call, whole())
		if err != nil || !late.Changed.Equal(d.clock.Now()) {
			t.Errorf("%v %+v", err, late)
		}
	})
}

func TestListsOfQuestions(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		ctx := context.Background()
		var made []challenge.Challenge
		for i := range 12 {
			draft := whole()
			draft.Closes = d.today().Add(1 + (i*5)%12)
			switch {
			case i%4 == 3:
				made = append(made, d.make(draft))
				continue
			case i%4 == 2:
				draft.Opens, draft.Closes = d.today().Add(20-i), d.today().Add(40)
			}
			made = append(made, d.open(draft))
		}
		if _, err := d.all.Close(ctx, act(made[0]), challenge.Close{Outcome: map[string]string{"fi": "x"}}); err != nil {
			t.Fatal(err)
		}
		for ahead := range 14 {
			on := d.today().Add(ahead)
			var want = map[challenge.State][]ident.ID{}
			for _, c := range made {
				c = d.stored(c.ID)
				s := c.State(on)
				want[s] = append(want[s], c.ID)
			}
			open, err := challenge.OpenOn(ctx, d.db, region, on, 50)
			if err != nil || !slices.IsSortedFunc(open, func(a, b challenge.Challenge) int { return int(a.Closes - b.Closes) }) {
				t.Errorf("day %d: %v, not the one that closes first", ahead, err)
			}
			coming, err := challenge.ComingOn(ctx, d.db, region, on, 50)
			if err != nil || !slices.IsSortedFunc(coming, func(a, b challenge.Challenge) int { return int(a.Opens - b.Opens) }) {
				t.Errorf("day %d: %v, not the one that opens first", ahead, err)
			}
			past := pages(t, func(after string) ([]challenge.Challenge, string, error) {
				return challenge.Past(ctx, d.db, region, on, after, 2)
			})
			over, err := challenge.OverOn(ctx, d.db, region, on, 50)
			if err != nil || !slices.IsSortedFunc(over, func(a, b challenge.Challenge) int { return int(a.Closes - b.Closes) }) {
				t.Errorf("day %d: %v, not the one that has waited longest", ahead, err)
			}
			for s, got := range map[challenge.State][]ident.ID{challenge.Open: ids(open), challenge.Coming: ids(coming), challenge.Over: ids(over)} {
				slices.Sort(got)
				if !slices.Equal(got, want[s]) {
					t.Errorf("day %d, %s: %v, want %v", ahead, s, got, want[s])
				}
			}
			gone := append(slices.Clone(want[challenge.Over]), want[challenge.Closed]...)
			slices.Sort(gone)
			slices.Reverse(gone)
			if !slices.Equal(past, gone) {
				t.Errorf("day %d, past: %v, want %v", ahead, past, gone)
			}
		}
		all := pages(t, func(after string) ([]challenge.Challenge, string, error) {
			return challenge.All(ctx, d.db, region, after, 5)
		})
		want := ids(made)
		slices.Reverse(want)
		if !slices.Equal(all, want) {
			t.Errorf("all: %v, want %v", all, want)
		}
		for _, wrong := range []string{"x-", "0", "-1", "zzzzzzzzzzzzzzzz"} {
			if _, _, err := challenge.All(ctx, d.db, region, wrong, 5); !fault.Is(err, fault.Invalid) {
				t.Errorf("cursor %q: %v", wrong, err)
			}
		}
		if other, err := challenge.OpenOn(ctx, d.db, "iitti", d.today(), 50); err != nil || len(other) != 0 {
			t.Errorf("another region lists %d: %v", len(other), err)
		}
	})
}

func ids(all []challenge.Challenge) []ident.ID {
	out := make([]ident.ID, len(all))
	for i, c := range all {
		out[i] = c.ID
	}
	return out
}

// pages reads a list to its end.
func pages(t testing.TB, read func(after string) ([]challenge.Challenge, string, error)) (all []ident.ID) {
	t.Helper()
	for after := ""; ; {
		list, next, err := read(after)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, ids(list)...)
		if next == "" {
			return all
		}
		after = next
	}
}

func TestCriteriaAsTheyAreTyped(t *testing.T) {
	t.Parallel()
	got := challenge.Criteria("- Yksi\n\n  • Kaksi 2–3 \r\n*Kolme\n–\n\n")
	if !slices.Equal(got, []string{"Yksi", "Kaksi 2–3", "Kolme"}) {
		t.Errorf("%q", got)
	}
}

// Every question the shipped programmes name can be put as it stands, in each
// language, once it has its days.
func TestTheProgrammesOwnQuestionsCanBeAsked(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		if len(d.call.Challenges) < 2 {
			t.Fatal("the programme asks nothing")
		}
		for _, q := range d.call.Challenges {
			draft := challenge.Suggested(d.call.Programme, q)
			draft.Opens, draft.Closes = d.today(), d.today()+30
			c := d.open(draft)
			if len(c.Said()) != 3 || c.Language != "fi" {
				t.Errorf("%s is said in %v", q.ID, c.Said())
			}
			if q.Package == "food-kouvola" && !slices.Equal(c.Themes, []string{"glocal"}) {
				t.Errorf("%s: themes %v", q.ID, c.Themes)
			}
		}
	})
}
