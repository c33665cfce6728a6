// Package archive writes a whole store into one file and reads it back into an
// empty store of either engine: the backup, and the way from SQLite to
// PostgreSQL and back.
//
// Finnish: varmuuskopio. cmd/kokko calls it for backup, restore and the backup
// before every migration. It knows tables only from the live schema, never by
// what they mean.
//
// The file is a gzipped tar, so that nobody ever needs Kokko to get at the data:
//
//	kokko.json                     what this is: format, schema steps, tables, columns
//	rows/<table>/000001.jsonl      one row a line, its values in the columns' order
//	rows/<table>/000002.jsonl      … in parts of about a megabyte, parents first
//	seal.json                      rows and SHA-256 of each table and of the whole
//
// The seal finds damage and carelessness; it is no signature, and who can write
// the file can seal it anew. The file holds personal data and is not encrypted.
package archive
