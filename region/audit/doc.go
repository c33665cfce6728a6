// Package audit is the log of what was done in a programme's office that no story
// tells: who signed in, who changed which setting, who looked at a bringer's
// contact details, what left the house, what was erased when its time was up. A
// line is written in the transaction of the act itself and never changed; it holds
// no personal data but the officer's id.
//
// Finnish: tapahtumaloki. Called by region/office, region/session,
// region/programme, journey/challenge and journey/spark, which write it, and by
// edge/web, which shows it.
package audit
