// Package document makes PDF and plain-text files as people send them safe to
// keep and hand on: any bytes in, out comes a file written anew that holds what a
// reader sees and nothing that acts.
//
// Finnish: asiakirja. Called by journey/attachment, which tells a file's kind by
// its first bytes (ForPDF) before it asks.
//
// A PDF is read object by object from its catalogue and written again with only
// what can be reached: whatever stands before, between, after or in earlier
// versions of the file is gone, and so are the names of its maker and programs
// (Info, XMP, reviewers' names on comments, signatures, private data of programs)
// and the camera data of the JPEG pictures inside it. Pages, fonts, links,
// bookmarks and the structure that a screen reader goes by stay as they are: their
// streams are copied, not decoded. A file that holds programs, embedded or
// attached files, film or sound, or that is locked, is refused. Links that lead to
// files on somebody's disk lose their target. What pictures show and pages say is
// their sender's own.
//
// What one PDF may take, however hostile: the file (10 MB), 32 MB of unpacked
// object streams, a million values, 400,000 objects, and time linear in those.
// Measured with hostile files: at most 142 MB and 1.1 s. Only object streams,
// cross-references and packed JPEG pictures are unpacked, never a page's own streams.
// Callers hold a permit as they do for ground/picture.
//
// A general library was tried and left (pdfcpu 0.15, Apache-2.0): it adds 4.1 MB to
// the binary, a hostile PDF of 2 kB takes 2.1 GB of it, and camera data stays.
//
// Serve a PDF as an attachment with X-Content-Type-Options: nosniff.
package document
