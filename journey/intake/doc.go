// Package intake takes in whole files of what was told or done elsewhere: sparks
// and projects. It finds out which column is what, tells of every row that cannot
// be taken and why, and goes on where it was cut short. Memory is bounded whatever
// the size of the file, and the same row of the same source is taken once.
//
// Finnish: tuonti. Called by cmd/kokko (kokko import) and edge/web (the office's
// import page).
package intake
