// Package delimited reads files of separated values as people have them: any of
// the usual encodings and separators, told after looking at the whole file, rows
// of bounded size, and every broken row named by its line while reading goes on.
//
// Finnish: eroteltu taulukko. Called by journey/intake and, for what is pasted,
// by edge/web.
package delimited
