package clock_test

import (
	"testing"
	"time"

	"kokko/ground/clock"
	"pgregory.net/rapid"
)

func TestMicrosRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		us := rapid.Int64Range(-1<<52, 1<<52).Draw(t, "us")
		if got := clock.Micros(clock.FromMicros(us)); got != us {
			t.Fatalf("%d came back as %d", us, got)
		}
	})
	if !clock.FromMicros(0).IsZero() || clock.Micros(time.Time{}) != 0 {
		t.Error("the zero time is kept as 0")
	}
}

func TestFakeStandsStill(t *testing.T) {
	t.Parallel()
	f := clock.NewFake(time.Date(2026, 3, 14, 12, 0, 0, 0, time.UTC))
	if !f.Now().Equal(f.Now()) {
		t.Error("a fake clock moved by itself")
	}
	if got := f.Advance(time.Hour); got.Hour() != 13 || !f.Now().Equal(got) {
		t.Errorf("advanced to %v", got)
	}
	f.Set(time.Date(2010, 1, 1, 0, 0, 0, 0, time.UTC))
	if f.Now().Year() != 2010 {
		t.Error("set did not move it")
	}
}
