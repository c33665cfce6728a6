// Package jobs is work to be done after a commit: typed, enqueued in the
// caller's own transaction, run at least once, its effects in the store exactly
// once when they go through Job.Finish. What cannot be done is tried again with
// growing pauses and at last laid on the list of dead jobs, which the office sees.
//
// Finnish: työt, taustatyöt. Every service that has an effect outside its own
// transaction enqueues (mail, forecasts, federation); cmd/kokko binds the
// handlers, starts the one Runner of the process and stops it.
//
// How it works: one table on both engines (ADR 0002). A Runner leases jobs in
// batches by one statement, settles the finished ones in the same transaction,
// and fences every later word of a lost lease by the lease's token. Nothing
// listens to the database: an enqueue wakes the Runner of its own process after
// the commit, others look once a second.
package jobs
