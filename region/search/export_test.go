package search

import (
	"context"
	"math"

	"kokko/ground/store"
)

// Queries are the statements whose plans are tested.
func Queries() map[string]string {
	return map[string]string{"words": selectWords, "listed": selectListed, "begun": selectBegun, "found": selectFound, "lemmas": selectLemmas, "placed": selectPlaced,
		"having": selectHaving, "since": selectSince,
		"pending": selectPending, "range": selectRange, "fresh": selectFresh, "news": selectNews}
}

// NewestHaving looks for the newest rows of a key that one row in so many has.
func NewestHaving(ctx context.Context, from store.Source, region, key string, in float64, most int) ([]int64, error) {
	return newest(ctx, from, store.Having{Region: region, All: []string{key}}, in, most, math.MaxInt)
}
