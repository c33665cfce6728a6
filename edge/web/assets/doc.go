// Package assets holds the files a page is drawn with (style, script, letter
// shapes) and serves them: built into dist/ by build.mjs, embedded here, named
// by their content so that a browser never asks twice.
//
// Finnish: ulkoasu. edge/web calls it for the addresses it writes into pages
// and mounts it at /assets/. README.md beside this file is the vocabulary of
// classes the pages are written with.
package assets
