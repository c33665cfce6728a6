package story_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/story"
)

const (
	region = "kouvola"
	spark  = ident.ID(7)
)

var monday = time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)

// each runs a behaviour on a region with two sparks and no story.
func each(t *testing.T, behaviour func(t *testing.T, db *store.DB)) {
	t.Helper()
	t.Parallel()
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO regions (region_id, slug, host, example, created_at, adopted_at) VALUES ('kouvola', 'kouvola', '', TRUE, 1, 0)`); err != nil {
				return err
			}
			for _, id := range []ident.ID{spark, spark + 1} {
				if _, err := tx.Exec(ctx, `INSERT INTO sparks (region_id, spark_id, code, kind, title, text, language, place, place_name, state, visibility, secret, outside,
listed, open, needs_hand, source, entered_by, programme_id, owner_id, due_day, next_contact_day, dropped_at, answered_at,
asked_at, closed_at, latest_at, beats, people, doers, waiting, waiting_since_at, version, held, challenge_id, merged_into, split_from)
VALUES ('kouvola', $1, $2, '', '', '', 'fi', '', '', 'sparking', 'public', FALSE, FALSE, TRUE, TRUE, TRUE, 'web', 0, 1, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 0, TRUE, 1, 1, '', 0, 0, 0)`, int64(id), id.String()); err != nil {
					return err
				}
			}
			return nil
		})
		behaviour(t, db)
	})
}

func inTx(t testing.TB, db *store.DB, do func(ctx context.Context, tx *store.Tx) error) {
	t.Helper()
	if err := db.Tx(context.Background(), do); err != nil {
		t.Fatal(err)
	}
}

func put(t testing.TB, db *store.DB, beats ...story.Beat) {
	t.Helper()
	inTx(t, db, func(ctx context.Context, tx *store.Tx) error {
		for _, b := range beats {
			if err := story.Append(ctx, tx, b); err != nil {
				return err
			}
		}
		return nil
	})
}

func of(t testing.TB, db *store.DB, reader story.Visibility, after ident.ID) ([]story.Beat, bool) {
	t.Helper()
	beats, more, err := story.Of(context.Background(), db, region, spark, reader, after)
	if err != nil {
		t.Fatal(err)
	}
	return beats, more
}

func TestSees(t *testing.T) {
	t.Parallel()
	for reader, want := range map[story.Visibility][]story.Visibility{
		story.Public: {story.Public}, story.Parties: {story.Public, story.Parties}, story.InOffice: {story.Public, story.Parties, story.InOffice}, "": {story.Public}, "stranger": {story.Public},
	} {
		for _, v := range []story.Visibility{story.Public, story.Parties, story.InOffice, "", "odd"} {
			known := slices.Contains(want, v)
			if got := reader.Sees(v); got != known && (v == story.Public || v == story.Parties || v == story.InOffice) {
				t.Errorf("%q sees %q: %v", reader, v, got)
			}
			if (v == "" || v == "odd") && reader != story.InOffice && reader.Sees(v) {
				t.Errorf("%q sees a beat of no known audience %q", reader, v)
			}
		}
	}
}

func TestABeatComesBackWhole(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		rapid.Check(t, func(rt *rapid.T) {
			words := rapid.StringOf(rapid.SampledFrom([]rune("aä€\n\t\"'<{&}\\u0000 ")))
			b := story.Beat{Region: region, Spark: spark, ID: ident.ID(rapid.Int64Range(1, 1<<62).Draw(rt, "id")), Type: rapid.SampledFrom(story.Types()).Draw(rt, "type"),
				Actor: rapid.SampledFrom([]story.Actor{story.Bringer, story.Office, story.Kokko}).Draw(rt, "actor"), Officer: 3, At: monday.Add(time.Duration(rapid.IntRange(0, 1e9).Draw(rt, "µs")) * time.Microsecond),
				Visibility: story.InOffice, Corrects: ident.ID(rapid.IntRange(0, 9).Draw(rt, "corrects")), Author: words.Draw(rt, "author"), Words: words.Draw(rt, "words"), Would: words.Draw(rt, "would"),
				Facts: story.Facts{Kind: "idea", Source: "web", From: words.Draw(rt, "from"), To: "x", FromDay: 5, Day: 20780, Added: []string{"theme:glocal"}, Measures: 2, Way: "call", Template: "first", Erased: []ident.ID{1 << 60}}}
			b.HasWords = b.Author != "" || b.Words != "" || b.Would != ""
			err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
				if err := story.Append(ctx, tx, b); err != nil {
					return err
				}
				got, err := story.One(ctx, tx, region, spark, b.ID)
				if err != nil {
					return err
				}
				if diff := cmp.Diff(b, got); diff != "" {
					rt.Fatalf("came back otherwise (-put +got):\n%s", diff)
				}
				if first, second := got.Parts(); first != b.Words || second != b.Would {
					rt.Fatalf("parts %q %q", first, second)
				}
				return context.Canceled // roll back
			})
			if err != context.Canceled {
				rt.Fatal(err)
			}
		})
	})
}

func TestEveryReaderReadsTheirPartInOrder(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var all []story.Beat
		audience := []story.Visibility{story.Public, story.Parties, story.InOffice}
		for i := range 250 {
			all = append(all, story.Beat{Region: region, Spark: spark, ID: ident.ID(1000 + i*3), Type: story.Noted, Actor: story.Office, At: monday, Visibility: audience[i%3], Words: strconv.Itoa(i), HasWords: true})
		}
		shuffled := slices.Clone(all)
		slices.Reverse(shuffled)
		put(t, db, shuffled...)
		put(t, db, story.Beat{Region: region, Spark: spark + 1, ID: 1001, Type: story.Noted, Actor: story.Office, At: monday, Visibility: story.Public, Words: "another spark's"})
		for _, reader := range append(audience, "stranger") {
			var want, got []story.Beat
			for _, b := range all {
				if reader.Sees(b.Visibility) {
					want = append(want, b)
				}
			}
			for after := ident.ID(0); ; {
				page, more := of(t, db, reader, after)
				got = append(got, page...)
				if len(page) > story.Page || more && len(page) < story.Page {
					t.Errorf("%s: a page of %d", reader, len(page))
				}
				if !more {
					break
				}
				after = got[len(got)-1].ID
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s reads otherwise:\n%s", reader, diff)
			}
		}
		if _, err := story.One(context.Background(), db, "iitti", spark, 1000); err != store.ErrNone {
			t.Errorf("another region's beat: %v", err)
		}
	})
}

func TestTheLastWordsOfManyStories(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		tell := func(of ident.ID, id ident.ID, kind story.Type, seen story.Visibility, words string) story.Beat {
			b := story.Beat{Region: region, Spark: of, ID: id, Type: kind, Actor: story.Office, At: monday, Visibility: seen, Words: words, HasWords: words != ""}
			put(t, db, b)
			return b
		}
		tell(spark, 1, story.Noted, story.InOffice, "first")
		want := tell(spark, 5, story.Noted, story.InOffice, "last")
		tell(spark, 6, story.Talked, story.InOffice, "")
		tell(spark, 7, story.Asked, story.InOffice, "of another type")
		public := tell(spark+1, 3, story.Noted, story.Public, "public")
		tell(spark+1, 4, story.Noted, story.InOffice, "for the office")
		tell(spark+1, 9, story.Closed, story.Public, "of a type not asked of")
		for reader, want := range map[story.Visibility]map[ident.ID]ident.ID{
			story.InOffice: {spark: want.ID, spark + 1: 4},
			story.Public:   {spark + 1: public.ID},
		} {
			said, err := story.LastSaid(context.Background(), db, region, []ident.ID{spark, spark + 1, spark + 3}, reader, story.Noted, story.Talked)
			if err != nil {
				t.Fatal(err)
			}
			got := map[ident.ID]ident.ID{}
			for of, b := range said {
				got[of] = b.ID
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s reads otherwise:\n%s", reader, diff)
			}
		}
	})
}

func TestABeatIsToldOnce(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		b := story.Beat{Region: region, Spark: spark, ID: 5, Type: story.Answered, Actor: story.Office, At: monday, Visibility: story.Public, Words: "ensin"}
		put(t, db, b)
		b.Words = "toisin"
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return story.Append(ctx, tx, b) }); err == nil {
			t.Error("a beat was told over another")
		}
		b.ID, b.Spark = 6, 99
		if err := db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error { return story.Append(ctx, tx, b) }); err == nil {
			t.Error("a story of no spark was begun")
		}
		if beats, _ := of(t, db, story.InOffice, 0); len(beats) != 1 || beats[0].Words != "ensin" {
			t.Errorf("%+v", beats)
		}
	})
}

func TestEraseWordsTakesWordsAndNothingElse(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		beat := func(id ident.ID, typ story.Type, actor story.Actor, words string) story.Beat {
			return story.Beat{Region: region, Spark: spark, ID: id, Type: typ, Actor: actor, At: monday, Visibility: story.Public, Words: words, HasWords: words != ""}
		}
		before := []story.Beat{beat(1, story.Dropped, story.Bringer, ""), beat(2, story.Replied, story.Bringer, "omat sanat"), beat(3, story.Answered, story.Office, "toimiston sanat"), beat(4, story.Replied, story.Bringer, "lisää")}
		put(t, db, before...)
		other := beat(2, story.Replied, story.Bringer, "toisen kipinän sanat")
		other.Spark++
		put(t, db, other)
		erase := func(id ident.ID, actors ...story.Actor) (n int) {
			t.Helper()
			inTx(t, db, func(ctx context.Context, tx *store.Tx) (err error) {
				n, err = story.EraseWords(ctx, tx, story.Beat{Region: region, Spark: spark, ID: id, Actor: story.Bringer, At: monday, Visibility: story.InOffice}, actors...)
				return err
			})
			return n
		}
		if n := erase(10, story.Bringer); n != 2 {
			t.Errorf("%d beats lost their words", n)
		}
		want := slices.Clone(before)
		want[1].Words, want[1].HasWords, want[3].Words, want[3].HasWords = "", false, "", false
		want = append(want, story.Beat{Region: region, Spark: spark, ID: 10, Type: story.Erased, Actor: story.Bringer, At: monday, Visibility: story.InOffice, Facts: story.Facts{Erased: []ident.ID{2, 4}}})
		got, _ := of(t, db, story.InOffice, 0)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if n := erase(11, story.Bringer); n != 0 {
			t.Errorf("%d erased twice", n)
		}
		if n := erase(12); n != 0 {
			t.Errorf("%d erased of nobody", n)
		}
		if beats, _ := of(t, db, story.InOffice, 10); len(beats) != 0 {
			t.Errorf("nothing was erased and it was told: %+v", beats)
		}
		if n := erase(13, story.Bringer, story.Office, story.Kokko); n != 1 {
			t.Errorf("%d of the office's", n)
		}
		if b, err := story.One(context.Background(), db, region, spark+1, 2); err != nil || b.Words != "toisen kipinän sanat" {
			t.Errorf("another spark's words: %v %+v", err, b)
		}
	})
}

// There is no statement in the package that could change a beat, and the only
// deletions are of words and of a whole story with its spark.
func TestTheStoryIsAppendOnly(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var statements []string
	writes := regexp.MustCompile(`(?is)^\s*(insert|update|delete|alter|drop|truncate)\b`)
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil && writes.MatchString(s) {
					statements = append(statements, strings.Join(strings.Fields(s)[:3], " "))
				}
			}
			return true
		})
	}
	slices.Sort(statements)
	if want := []string{"DELETE FROM beat_words", "DELETE FROM beat_words", "DELETE FROM beats", "INSERT INTO beat_words", "INSERT INTO beats"}; !slices.Equal(statements, want) {
		t.Errorf("the package writes by %q, want %q", statements, want)
	}
}
