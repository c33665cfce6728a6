// Package web is the pages: the open call, each spark's story, and the office's
// work list, in Finnish, Swedish and English, all of them without JavaScript.
//
// Finnish: verkkosivut. Wired and served by cmd/kokko. One feature is one file
// here with its .templ beside it; routes.go lists every address with who may use
// it. Handlers read forms, call a journey or region verb, and render.
package web
