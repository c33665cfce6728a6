package story_test

import (
	"context"
	"testing"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/story"
)

// A page of a story is read by its key however long the story is: nothing is sorted.
func TestAStoryIsReadByItsKey(t *testing.T) {
	each(t, func(t *testing.T, db *store.DB) {
		var beats []story.Beat
		for i := range 3000 {
			beats = append(beats, story.Beat{Region: region, Spark: spark + ident.ID(i%2), ID: ident.ID(i + 1), Type: story.Commented, Actor: story.Reader, At: monday, Visibility: story.Public})
		}
		put(t, db, beats...)
		storetest.Analyse(t, db, "beats", "beat_words")
		storetest.ByKey(t, db, story.SelectStory, []string{"beats_pkey", "beats_1"}, region, int64(spark), int64(0), store.Strings{"public"}, story.Page+1)
		storetest.ByKey(t, db, story.SelectThese, []string{"beats_pkey", "beats_1"}, region, store.Ints{int64(spark), int64(spark) + 1}, store.Ints{7, 8})
		these, err := story.These(context.Background(), db, region, []ident.ID{spark, spark + 1}, []ident.ID{7, 8, 9000})
		if err != nil || len(these) != 2 || these[7].Spark != spark || these[8].Spark != spark+1 {
			t.Errorf("%v, %v", these, err)
		}
		if none, err := story.These(context.Background(), db, region, []ident.ID{spark}, []ident.ID{8}); err != nil || len(none) != 0 {
			t.Errorf("of another story: %v, %v", none, err)
		}
	})
}
