package story_test

import (
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
	})
}
