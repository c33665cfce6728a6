package office

// Role is what an officer is in the office.
type Role string

const (
	Manager     Role = "manager"     // kehityspäällikkö
	Planner     Role = "planner"     // hankesuunnittelija
	Coordinator Role = "coordinator" // koordinaattori
	Viewer      Role = "viewer"      // katselija: the steering group, a trainee
)

// Roles is every role, the widest first.
func Roles() []Role { return []Role{Manager, Planner, Coordinator, Viewer} }

// Object is a kind of thing an act concerns.
type Object string

const (
	Sparks    Object = "sparks"    // the work list and each spark's office page
	Contacts  Object = "contacts"  // how a bringer is reached
	Notes     Object = "notes"     // the office's own notes and talks
	Templates Object = "templates" // answer templates
	Calendar  Object = "calendar"  // closed weeks and substitutes
	People    Object = "people"    // officers and their roles
	Settings  Object = "settings"  // mail, addresses, adoption
	Outbox    Object = "outbox"    // mails and background work
	Programme Object = "programme" // publishing a version
	Audit     Object = "audit"     // the log: read by some, written by nobody
	Self      Object = "self"      // one's own language and mails

	Challenges Object = "challenges" // the open questions
	Moderation Object = "moderation" // what waits for a look, reports, who is trusted or blocked
	Feedback   Object = "feedback"   // what people told of barriers on the pages
	Events     Object = "events"     // what the office holds, and who comes
	Assets     Object = "assets"     // what the region has to lend or share
	Imports    Object = "imports"    // files of what was told or done elsewhere
)

// Verb is what is done to it.
type Verb string

const (
	Read   Verb = "read"
	Write  Verb = "write"  // answer, ask, note, tag, close, change
	Enter  Verb = "enter"  // drop on somebody's behalf
	Resend Verb = "resend" // send a mail or run a job again
)

// Right is one cell of the authorisation table.
type Right struct {
	Object Object
	Verb   Verb
}

// rights lists what each role may do; what is not here is forbidden.
func rights(r Role) []Right {
	viewer := []Right{{Sparks, Read}, {Templates, Read}, {Calendar, Read}, {Challenges, Read}, {Events, Read}, {Assets, Read}, {Self, Read}, {Self, Write}, {Moderation, Read}}
	coordinator := append(viewer, Right{Sparks, Write}, Right{Sparks, Enter}, Right{Events, Write}, Right{Assets, Write}, Right{Contacts, Read}, Right{Contacts, Write}, Right{Notes, Read}, Right{Notes, Write}, Right{Outbox, Read}, Right{Moderation, Write}, Right{Feedback, Read}, Right{Feedback, Write})
	planner := append(coordinator, Right{Templates, Write}, Right{Calendar, Write}, Right{Challenges, Write}, Right{Outbox, Resend}, Right{People, Read}, Right{Settings, Read}, Right{Programme, Read}, Right{Audit, Read}, Right{Imports, Read}, Right{Imports, Write})
	switch r {
	case Viewer:
		return viewer
	case Coordinator:
		return coordinator
	case Planner:
		return planner
	case Manager:
		return append(planner, Right{People, Write}, Right{Settings, Write}, Right{Programme, Write})
	}
	return nil
}

// May tells whether a role may do verb to object.
func (r Role) May(verb Verb, object Object) bool {
	for _, right := range rights(r) {
		if right.Object == object && right.Verb == verb {
			return true
		}
	}
	return false
}
