// Package schema is the store's tables as numbered SQL, one DDL statement a
// step, so that a step is either done or not on every engine.
//
// Finnish: taulut. cmd/kokko migrates with it at start, tests build their stores
// from it. Numbers 1–99 are the call, 100–199 the ground's own (jobs, servers),
// 200–299 the complete call (files, trust, questions, merging), 300–399 the story
// that travels (addresses, following, talk, sharing, imports).
package schema
