// Package actor is who there is: organisations, each once however its name is
// written, and people who hang on a confirmed address. Which spellings are taken to
// be one organisation is decided by written rules, every decision is kept with its
// rule and score, and the office can part and join them. Organisations are public. A
// person is shown, drawn, counted and told of elsewhere only by their own choices,
// four of them, each dated and taken back as easily as given.
//
// Finnish: toimija. Called by journey/project (who carries a project), by whatever
// people do under their own name, and edge/web (the office's page of names, a
// person's own page).
package actor
