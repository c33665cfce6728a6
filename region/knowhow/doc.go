// Package knowhow is what people and organisations know, as evidence: own words, what
// is offered and looked for, what they did, each with its source and date. Only a
// person who chose to be found is found by it, and is gone from it with the choice.
//
// Finnish: osaaminen. Called by edge/web (a person's own page, profiles, finding
// people), by journey/spark and journey/project (what is evidence of what they keep),
// and by journey/introduction (who could help).
package knowhow
