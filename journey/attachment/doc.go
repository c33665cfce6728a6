// Package attachment is the pictures and files of a spark: what may come, made
// safe before it is kept, what it is called, and where it goes when the spark goes.
//
// Finnish: liite. Called by edge/web (the drop, the bringer's own page, the office)
// and cmd/kokko. Make tells a file by its content and hands it to ground/picture or
// ground/document, two at a time in the whole process; Along gives them to
// spark.Drop, so that a spark and what came with it are stored together; the verbs
// add, describe and take away through journey/spark, which locks and tells the
// story, and which takes the rows along when a spark is erased.
//
// A file's own name is its bringer's and the office's to see: it may hold a name
// the bringer keeps from the public. Everybody reads Alt, which was written for
// them. Alt is a picture's description, and what a file is called.
package attachment
