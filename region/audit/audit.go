package audit

import (
	"context"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/ident"
)

// What is what was done. The part before the full stop is its kind, by which the
// log is looked through.
type What string

const (
	SignedIn  What = "signin.in"
	SignedOut What = "signin.out"
	LinkMade  What = "signin.link" // a sign-in link made at the console

	Hired       What = "people.hired"
	CardChanged What = "people.changed"
	RoleChanged What = "people.role"
	LetGo       What = "people.let_go"
	TakenBack   What = "people.back"
	OwnChanged  What = "people.own" // one's own language and mails

	Closed   What = "calendar.closed"
	Opened   What = "calendar.opened" // a closed span was taken away
	Away     What = "calendar.away"
	Returned What = "calendar.back"

	TemplatePut     What = "templates.put"
	TemplateDropped What = "templates.dropped"

	MailSet   What = "mail.set"
	MailKey   What = "mail.key"
	MailTried What = "mail.tried"
	MailAgain What = "mail.again" // a letter sent once more
	JobAgain  What = "mail.job_again"
	JobGone   What = "mail.job_dropped"

	Published What = "programme.published"
	Adopted   What = "programme.adopted"
	GivenBack What = "programme.given_back"
	Moved     What = "programme.moved"     // to another host name or slug
	Forgotten What = "programme.forgotten" // an address the region had left

	Statements What = "site.statements"
	Words      What = "site.words" // the office's own wording
	Brand      What = "site.brand"
	Moderation What = "site.moderation" // what waits for a person's look
	Settings   What = "site.settings"   // any other setting

	ContactsRead What = "data.contacts"    // how a bringer is reached was looked at
	ListRead     What = "data.list"        // a list with several people's details
	InvolveRead  What = "data.involve"     // whom a spark could involve next was looked at
	InvolveOwn   What = "data.involve_own" // the same, by its bringer
	LinkPrinted  What = "data.link"        // a private link given on paper
	Exported     What = "data.exported"
	FeedbackRead What = "data.feedback" // an address in what somebody told of a barrier
	Imported     What = "data.imported" // a file of what was told or done elsewhere
	ImportUndone What = "data.import_undone"
	NamesParted  What = "data.names_parted" // two spellings are two organisations
	NamesJoined  What = "data.names_joined"

	OrganisationNoted What = "data.organisation"

	QuestionMade      What = "questions.made"
	QuestionChanged   What = "questions.changed"
	QuestionPublished What = "questions.published"
	QuestionClosed    What = "questions.closed"
	QuestionWithdrawn What = "questions.withdrawn"

	EventMade      What = "events.made"
	EventChanged   What = "events.changed"
	EventPublished What = "events.published"
	EventCancelled What = "events.cancelled"
	EventCollision What = "events.collision" // people change tables at it, or no longer
	EventSeated    What = "events.seated"
	EventGuest     What = "events.guest" // who comes without an address
	EventMet       What = "events.met"   // who was there

	TableMade    What = "tables.made"
	TableChanged What = "tables.changed"
	TableMet     What = "tables.meeting" // when and where it meets
	TableNoted   What = "tables.noted"
	TablePerson  What = "tables.person"
	TableStep    What = "tables.step"
	TableRenewed What = "tables.renewed"
	TableClosed  What = "tables.closed"

	AssetMade       What = "assets.made"
	AssetChanged    What = "assets.changed"
	AssetListed     What = "assets.listed"
	AssetTakenOff   What = "assets.taken_off"
	AssetHeld       What = "assets.held" // it still holds
	NetworkMade     What = "networks.made"
	NetworkChanged  What = "networks.changed"
	NetworkMember   What = "networks.member" // an organisation is, or was, in it
	NetworkParted   What = "networks.parted" // it never was
	NetworkClosed   What = "networks.closed"
	NetworkReopened What = "networks.reopened"

	WaveOpened       What = "waves.opened"
	WaveInvited      What = "waves.invited"
	WaveClosed       What = "waves.closed"
	RingDeclined     What = "meetings.ring"   // a kind no to who asked to join a ring
	NotPassedOn      What = "meetings.not_on" // a request to be introduced
	ProposalTaken    What = "meetings.taken"  // one of Monday's five is sent
	ProposalRejected What = "meetings.rejected"
	LearnedForgotten What = "meetings.unlearnt" // what such answers had taught

	SampleJudged What = "numbers.judged" // whether those found for a spark could help

	FeedbackAnswered What = "feedback.answered"
	FeedbackHandled  What = "feedback.handled"
	FeedbackErased   What = "feedback.erased"

	PeriodsSet What = "retention.set"
	Erased     What = "retention.erased" // what had been kept long enough
)

// Whats is everything that can be in the log, in the order of its kinds.
func Whats() []What {
	return []What{
		SignedIn, SignedOut, LinkMade,
		Hired, CardChanged, RoleChanged, LetGo, TakenBack, OwnChanged,
		Closed, Opened, Away, Returned,
		TemplatePut, TemplateDropped,
		MailSet, MailKey, MailTried, MailAgain, JobAgain, JobGone,
		Published, Adopted, GivenBack, Moved, Forgotten,
		Statements, Words, Brand, Moderation, Settings,
		ContactsRead, ListRead, InvolveRead, InvolveOwn, LinkPrinted, Exported, FeedbackRead, Imported, ImportUndone, NamesParted, NamesJoined, OrganisationNoted,
		FeedbackAnswered, FeedbackHandled, FeedbackErased,
		QuestionMade, QuestionChanged, QuestionPublished, QuestionClosed, QuestionWithdrawn,
		EventMade, EventChanged, EventPublished, EventCancelled, EventCollision, EventSeated, EventGuest, EventMet,
		TableMade, TableChanged, TableMet, TableNoted, TablePerson, TableStep, TableRenewed, TableClosed,
		AssetMade, AssetChanged, AssetListed, AssetTakenOff, AssetHeld,
		NetworkMade, NetworkChanged, NetworkMember, NetworkParted, NetworkClosed, NetworkReopened,
		WaveOpened, WaveInvited, WaveClosed,
		SampleJudged,
		RingDeclined, NotPassedOn, ProposalTaken, ProposalRejected, LearnedForgotten,
		PeriodsSet, Erased,
	}
}

// Kind is the part of a What that the log is looked through by.
func (w What) Kind() string {
	kind, _, _ := strings.Cut(string(w), ".")
	return kind
}

// Kinds is every kind, in their order.
func Kinds() (all []string) {
	for _, w := range Whats() {
		if !slices.Contains(all, w.Kind()) {
			all = append(all, w.Kind())
		}
	}
	return all
}

// OfSetting is what changing a setting of this name is called in the log.
func OfSetting(name string) What {
	switch first, rest, _ := strings.Cut(name, "."); first {
	case "mail":
		if strings.HasPrefix(rest, "dkim.") {
			return MailKey
		}
		return MailSet
	case "accessibility", "privacy", "source", "security":
		return Statements
	case "brand":
		return Brand
	case "retention":
		return PeriodsSet
	case "trust":
		return Moderation
	}
	return Settings
}

// Thing is the sort of thing an act is about.
type Thing string

const (
	Officer  Thing = "officer"  // by id
	Spark    Thing = "spark"    // by its public number
	Template Thing = "template" // by id
	Version  Thing = "version"  // of the programme, by id
	Letter   Thing = "letter"   // by id
	Job      Thing = "job"      // by id
	Feedback Thing = "feedback" // by its public number
	Wording  Thing = "wording"  // by its name
	Lists    Thing = "list"     // a list of several people, by its name
	Rule     Thing = "rule"     // of retention, by its name
	Question Thing = "question" // an open question, by id
	Event    Thing = "event"    // by id
	Asset    Thing = "asset"    // by id
	Table    Thing = "table"    // a partnership table, by id
	Network  Thing = "network"  // one with a name, by id
	Wave     Thing = "wave"     // a survey, by id

	Introduction Thing = "introduction" // by id
)

// About is the one thing an act is about; the zero About is nothing in particular.
type About struct {
	Thing Thing
	Key   string // its id, its number or its name
}

// Facts is what an act needs to be told in a sentence. No personal data, and of a
// setting only its name: what it was set to may be a secret.
type Facts struct {
	From     string      `json:"from,omitempty"` // a role, what a thing was before
	To       string      `json:"to,omitempty"`
	Names    []string    `json:"names,omitempty"` // of the settings or fields that changed
	FromDay  workday.Day `json:"from_day,omitempty"`
	UntilDay workday.Day `json:"until_day,omitempty"`
	Language string      `json:"language,omitempty"`
	N        int         `json:"n,omitempty"` // how many
}

// Entry is one line of the log.
type Entry struct {
	Region  string
	ID      ident.ID // rises with time
	At      time.Time
	Officer ident.ID // who did it; 0 is Kokko itself or its operator. Taken from the context when not set
	What    What
	About   About
	Facts   Facts
}

type officerKey struct{}

// By marks everything done under a context as an officer's: the edge says once who
// acts, and every verb below writes it down.
func By(ctx context.Context, officer ident.ID) context.Context {
	return context.WithValue(ctx, officerKey{}, officer)
}

// Who is the officer who acts under a context, 0 for nobody.
func Who(ctx context.Context) ident.ID {
	id, _ := ctx.Value(officerKey{}).(ident.ID)
	return id
}
