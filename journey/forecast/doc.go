// Package forecast answers "would my idea catch fire?": whether a spark has (measure
// M0, by a written definition), how likely it is to, as a range and only on evidence,
// what it still lacks, and afterwards how right the forecasts were. What is kept is
// counted, not named; no number here is about a person.
//
// Finnish: ennuste; "Ottaisiko minun ideani tulta?". Called by edge/web (the bringer's
// page, the office's, what everybody may see, and how forecasts have held),
// journey/measure (how many caught fire) and cmd/kokko (what is recounted after each
// beat, and each day).
package forecast
