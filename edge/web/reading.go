package web

import (
	"time"

	"kokko/ground/store"
)

// reading is what a page that is made anew has read of the store, kept for the next such
// page as whole pages are kept for those who are not signed in: it holds while the store
// stands in the moment before it was read and the same minute lasts.
type reading struct {
	moment store.Moment
	minute time.Time
	value  any
}

// readingsKept is how many are kept, weighed: of the pages that everybody opens, in each
// language, and of the sparks that are read most. A weight is some 10 kB.
const readingsKept = 512

// weight is that of a reading: of a spark by its story.
func (r reading) weight() uint32 {
	if view, ok := r.value.(sparkView); ok {
		return uint32(1 + len(view.Story)/15)
	}
	return 5
}

// readOnce gives what read gives, or gave before as long as that holds. The name says all
// that may make a difference but the region and what the reader reads: nothing of one
// reader may be in it. It is shared by many pages at once, and never changed.
func readOnce[T any](v *Visit, name string, read func() (T, error)) (T, error) {
	moment, err := v.DB.Moment(v.R.Context()) // before anything is read
	if err != nil || len(name) > askedMost {
		return read()
	}
	now, key := minute(v.Clock.Now()), v.Region.ID+" "+string(v.Set())+" "+name
	if k, ok := v.readings.GetIfPresent(key); ok && k.moment == moment && k.minute.Equal(now) {
		return k.value.(T), nil
	}
	value, err := read()
	if err == nil {
		v.readings.Set(key, reading{moment, now, value})
	}
	return value, err
}
