// Package table writes tables as files that other programs open: CSV and XLSX,
// a row at a time, so that a table of any length costs the memory of one row.
// What people wrote is never a formula there.
//
// Finnish: taulukko. Called by edge/web, which gives the columns in the reader's
// language and the rows as it reads them.
package table
