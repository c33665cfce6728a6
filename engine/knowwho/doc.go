// Package knowwho finds who can help with a need, and tells why.
//
// What speaks for people is evidence: pieces of text, each somebody's (own words, a role
// in a project, an answer), with a date and how its source is trusted. It is kept in an
// Index, read into Terms by a Reader; what is found is explained by the pieces that gave
// it.
//
//	reader := knowwho.NewReader(analyser, subjects)
//	x := knowwho.NewIndex(knowwho.Evidence{ID: 1, Holders: []knowwho.Person{7}, Terms: reader.Terms("Keittiömestari", language.Finnish)})
//	for _, f := range x.Find(reader, knowwho.Need{Text: "ruokaa kylätalolle", Most: 7}, knowwho.Defaults()) { … }
//
// Put, Remove and Forget take effect for everybody who asks after them. It is pure: the
// time is told by who asks, and the same index gives the same answers.
//
// Finnish: kuka osaa. Called by region/knowhow, region/network, journey/introduction,
// journey/measure and bench/knowwho.
package knowwho
