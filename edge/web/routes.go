package web

import (
	"slices"
	"strings"

	"kokko/region/office"
)

// access is who may use a route at all.
type access int

const (
	anyone access = iota
	staff         // signed in, with the route's right
)

// route is one address. A handler returns its error; one place renders it.
type route struct {
	pattern string
	access  access
	verb    office.Verb   // with staff: the right it needs
	object  office.Object // with staff
	knows   bool          // with anyone: wants to know whether somebody is signed in
	files   bool          // its form may send files: Visit.sent
	most    int64         // with files: bytes of one of them, 0 for as many as a spark's may have
	limit   int           // with anyone: how many a minute from one network prefix, 0 for no bound
	ready   bool          // with anyone: its page is kept for the next reader who is not signed in
	query   []string      // with ready: all that its address may ask for
	plain   bool          // said in plain Finnish too; a page about what went wrong always is
	do      func(v *Visit) error
}

// routes is every address of the site: the whole security story in one list. The
// authorisation test walks it; a route without a row there fails.
func routes() []route {
	return slices.Concat(
		callRoutes(),      // front page, the drop
		nearRoutes(),      // similar sparks while somebody writes
		findRoutes(),      // one field for everything
		sparkRoutes(),     // lists and each spark
		listRoutes(),      // lists as files, and what is open data
		feedRoutes(),      // what is new, for programs
		challengeRoutes(), // open questions
		planRoutes(),      // a village's plan, a spark for each item
		shareRoutes(),     // telling it onward
		eventRoutes(),     // events, and signing up for them
		actorRoutes(),     // people and organisations
		knowhowRoutes(),   // what a person knows, on their own page
		assetRoutes(),     // what the region has to lend or share
		projectRoutes(),   // funded projects, and whose names are whose
		networkRoutes(),   // networks that have a name
		keepingNetworkRoutes(),
		whomRoutes(),        // whom somebody would ask
		waveRoutes(),        // and what the office asks of many
		networkFileRoutes(), // files of networks, and cards
		mapRoutes(),         // the network of the region, as lists and drawn
		reportRoutes(),      // a reader tells the office of a spark
		fileRoutes(),        // pictures and files of a spark
		ownRoutes(),         // the bringer's own page behind a private link
		programmeRoutes(),   // programme, themes, places, brand
		feedbackRoutes(),    // feedback on accessibility, and its queue
		talkRoutes(),        // what people say beneath a spark
		warmthRoutes(),      // and the warmth they show it
		ringRoutes(),        // the people round a spark
		meetRoutes(),        // who could help it, and getting to meet them
		bringRoutes(),       // bringing somebody one knows to its bringer
		mondayRoutes(),      // five introductions a week for the office
		forecastRoutes(),    // whether it would catch fire
		forecastsRoutes(),   // and how right that was
		mineRoutes(),        // a confirmed address and its own page
		followRoutes(),      // following, and stopping it
		statementRoutes(),   // accessibility, privacy, robots
		signinRoutes(),      // the office signs in and out
		dossierRoutes(),     // a spark's whole matter for the registry
		workRoutes(),        // the office's work list and each spark there
		demandRoutes(),      // what was looked for in vain
		measureRoutes(),     // how the programme fares, in numbers
		sampleRoutes(),      // and of a few sparks, whether those found could help
		askingRoutes(),      // the open questions there
		holdingRoutes(),     // events there, and what is told at them
		seatingRoutes(),     // and who sits where
		tableRoutes(),       // partnership tables
		workTableRoutes(),   // and the office's
		lendingRoutes(),     // assets there
		mergingRoutes(),     // sparks that say the same, joined
		pairRoutes(),        // those that may, and those that do not
		splittingRoutes(),   // one that says several things, split
		bulkRoutes(),        // the same to many
		actRoutes(),         // what was just done, taken back
		workTalkRoutes(),    // the talk beneath a spark there
		workRingRoutes(),    // and its ring
		holdRoutes(),        // what waits for a look, and who is trusted or blocked
		cardRoutes(),        // posters and cards to print
		settingsRoutes(),    // the office's own affairs
		ruleRoutes(),        // what waits for a look at all
		addressRoutes(),     // where the region is reached
		standingRoutes(),    // what the statements say of the office
		outboxRoutes(),      // mails and background work
		logRoutes(),         // what was done in the office
		keepingRoutes(),     // how long things are kept
		intakeRoutes(),      // files of what was told or done elsewhere
		wordingRoutes(),     // the office's own words
		lookRoutes(),        // its colours and slogans
	)
}

// PlainPatterns lists the routes whose pages are in plain Finnish, for the tests
// that hold them to it.
func PlainPatterns() (all []string) {
	for _, r := range routes() {
		if r.plain {
			all = append(all, r.pattern)
		}
	}
	return all
}

// ReadyPatterns lists the routes whose pages are kept ready, for the tests that hold
// those to what is everybody's.
func ReadyPatterns() (all []string) {
	for _, r := range routes() {
		if r.ready {
			all = append(all, r.pattern)
		}
	}
	return all
}

// Patterns lists every route as "METHOD /path", for the authorisation table.
func Patterns() (all []string) {
	for _, r := range routes() {
		all = append(all, r.pattern)
	}
	return all
}

// Unlimited lists the addresses anybody may send to as often as they like.
func Unlimited() (all []string) {
	for _, r := range routes() {
		if r.access == anyone && strings.HasPrefix(r.pattern, "POST ") && r.limit == 0 {
			all = append(all, r.pattern)
		}
	}
	return all
}
