// Package mail composes, signs and sends the house's letters over SMTP, one
// recipient a message, and keeps the mail server's own words about each of them.
//
// Finnish: sähköposti. The outbox job sends through Sender, kokko doctor and the
// settings page call Probe, and edge/notify builds the Messages. It knows no
// domain and speaks to one place only: the host the operator named in Settings.
//
// A failure carries a Verdict: this letter will never go (Permanent), try again
// (Temporary), or nothing will go before the operator mends the settings
// (Setup: keep the letter). A connection lost after the last byte of a message
// leaves that one message Uncertain; no other message can be.
package mail
