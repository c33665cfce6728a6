// Package notify tells people what happened: it reads the story and writes the
// letters, each in its reader's own language, and puts them in the outbox.
//
// Finnish: ilmoitukset. Bound to the job runner in cmd/kokko; edge/web asks it for
// sign-in letters. A letter is written in the same transaction that finishes its
// job, so each is queued exactly once.
package notify
