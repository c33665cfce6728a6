package follow

import (
	"context"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
)

// Put has a person follow something, or follow it otherwise, inside the caller's
// transaction. Who changes their pace hears at the new one from then on.
func Put(ctx context.Context, tx *store.Tx, region string, f Follow, now time.Time) error {
	if err := f.Check(); err != nil {
		return err
	}
	var others int
	if err := tx.QueryRow(ctx, countFollows, region, int64(f.Address), f.Target.String()).Scan(&others); err != nil {
		return err
	}
	if others >= Most {
		return fault.New(fault.Conflict, "follow.too_many").With("max", Most)
	}
	_, err := tx.Exec(ctx, upsertFollow, region, int64(f.Address), f.Target.String(), f.Km, string(f.Pace), string(f.Volume), clock.Micros(now))
	return err
}

// Stop has a person follow something no longer; following nothing is no mistake.
func Stop(ctx context.Context, tx *store.Tx, region string, address ident.ID, t Target) error {
	if _, err := tx.Exec(ctx, deleteFollow, region, int64(address), t.String()); err != nil {
		return err
	}
	return forget(ctx, tx, region, t.String())
}

// StopPace stops everything a person follows at a pace.
func StopPace(ctx context.Context, tx *store.Tx, region string, address ident.ID, pace Pace) error {
	return stopAll(ctx, tx, region, address, deletePace, region, int64(address), string(pace))
}

// Erase stops everything a person follows.
func Erase(ctx context.Context, tx *store.Tx, region string, address ident.ID) error {
	return stopAll(ctx, tx, region, address, deleteAll, region, int64(address))
}

// stopAll stops much at once, and takes away the searches that nobody else follows.
func stopAll(ctx context.Context, tx *store.Tx, region string, address ident.ID, stop string, args ...any) error {
	searches, err := store.Values[string](tx.Query(ctx, selectSearchesOf, region, int64(address)))
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, stop, args...); err != nil {
		return err
	}
	return forget(ctx, tx, region, searches...)
}
