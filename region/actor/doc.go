// Package actor is organisations, each once however its name is written. Which
// spellings are taken to be one is decided by written rules, every decision is kept
// with its rule and score, and the office can part and join them.
//
// Finnish: toimija. Called by journey/project (who carries a project) and edge/web
// (the office's page of names).
package actor
