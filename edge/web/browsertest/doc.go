// Package browsertest is the test kit of the pages: a real Chromium that a test
// drives as a person would, with axe-core to judge the pages and a record of
// everything that was requested.
//
//	browser := browsertest.New(t)                     // an incognito window of its own
//	page := browser.Page(browsertest.JavaScript(false), browsertest.Viewport(320, 640))
//	page.Open(server.URL + "/")
//	page.Fill("#text", "Kylätalolle aurinkopaneelit")
//	page.Follow("button[type=submit]")
//	browsertest.Axe(t, page)
//
// One browser serves a whole test process; each Browser is a person with their own
// cookies, so two of them play a resident and an officer. Every verb fails the test
// at once when it cannot be done. Tests that use this kit are named TestBrowser…,
// which is how `make e2e` finds them.
//
// Finnish: selainkoe. Called by tests only, those of edge/web first of all.
package browsertest
