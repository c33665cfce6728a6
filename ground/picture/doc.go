// Package picture makes pictures as people send them safe to keep and show: any
// bytes in, two plain JPEGs out, of which nothing but pixels comes from the sender.
//
// Finnish: kuva. Called by journey/attachment, which calls Make for what comes in by
// any door (the drop, the bringer's own page, the office) before it is stored.
//
// JPEG, PNG, GIF and WebP are told by their content, never by a file name or a
// declared type; of a moving picture the first frame is kept. Camera data, places,
// comments, thumbnails, colour profiles and whatever was hidden before, between or
// after the pixels are gone, because the result is drawn and encoded anew. A wide
// colour profile (some telephones) is dropped unapplied: colours come out a shade
// calmer.
//
// What one Make may take, however hostile the file:
//   - memory: the file (Options.MaxBytes, 10 MB), the decoder (Options.MaxMemory,
//     384 MB, reckoned from the headers before anything is allocated) and at most
//     90 MB for scaling and encoding. Measured of the
//     whole process: 66 MB for a 12-megapixel photograph, 460 MB for the largest
//     accepted file (a 50-megapixel PNG of 16 bits).
//   - time: linear in pixels and bytes. Measured on one core: 0.8 s for a
//     12-megapixel photograph, 8 s for the worst hostile file found (64 passes over
//     50 megapixels).
//
// So callers limit how many run at once: journey/attachment holds one of two permits
// around Make, reads an upload from its own disk only after getting it, and answers
// fault.Busy when none is free in a few seconds. Make itself keeps no state and is
// safe for concurrent use.
//
// Serve the bytes as MediaType with X-Content-Type-Options: nosniff.
package picture
