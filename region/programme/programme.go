package programme

import (
	"kokko/engine/workday"
	"kokko/region/place"
)

// Text is words in the programme's languages, the original first.
type Text = place.Text

// Programme is the whole file. The yaml tag names the key; the rule tag is what
// the reader demands of the value (bind.go lists the words).
type Programme struct {
	Format     int           `yaml:"format" rule:"need,min=1,max=1"`
	ID         string        `yaml:"id" rule:"need,id"`
	Languages  []string      `yaml:"languages" rule:"need"` // the original first
	Region     Region        `yaml:"region" rule:"need"`
	Programme  Document      `yaml:"programme" rule:"need"`
	Goals      []Named       `yaml:"goals"`
	Focuses    []Focus       `yaml:"focuses"`
	Themes     []Theme       `yaml:"themes" rule:"need"`
	Priorities []Priority    `yaml:"priorities"`
	Idea       Idea          `yaml:"leading_idea"`
	Networks   []Network     `yaml:"networks"`
	Actors     []Actor       `yaml:"actors"`
	Documents  []Paper       `yaml:"documents"`
	Projects   []Project     `yaml:"projects"`
	Milestones []Milestone   `yaml:"milestones"`
	Topics     []Topic       `yaml:"topics"`
	Challenges []Challenge   `yaml:"challenges"`
	Assets     []Asset       `yaml:"assets"`
	Funding    []Funding     `yaml:"funding"`
	Call       OpenCall      `yaml:"open_call" rule:"need"`
	Office     Office        `yaml:"office" rule:"need"`
	Answers    []Answer      `yaml:"answers" rule:"need"`
	Brand      Brand         `yaml:"brand" rule:"need"`
	Poem       []Text        `yaml:"poem" rule:"text=400"` // one stanza each, lines parted by "\n"
	Steps      []Step        `yaml:"steps"`
	Sources    []Source      `yaml:"sources"`
	Places     []place.Place `yaml:"places"` // with the municipalities themselves and the former ones first
	Map        place.Map     `yaml:"-"`      // zero until WithMap or Load
	finder     map[string][]int
}

// Region is the area with a programme.
type Region struct {
	ID             string       `yaml:"id" rule:"need,id"`
	Slug           string       `yaml:"slug" rule:"need,slug"` // the first part of its addresses
	Name           Text         `yaml:"name" rule:"need,name"`
	Example        bool         `yaml:"example"` // not a service of the municipality; never mails a real office
	ExampleNote    Text         `yaml:"example_note" rule:"line"`
	MapFile        string       `yaml:"map" rule:"file"`
	Municipalities []place.Area `yaml:"municipalities" rule:"need"`
}

// Document is what was approved: name, period, purpose, and the national
// programme it is part of.
type Document struct {
	Name     Text     `yaml:"name" rule:"need,name"`
	Type     Text     `yaml:"type" rule:"name"`
	Acronym  Text     `yaml:"acronym" rule:"name"`
	Period   Period   `yaml:"period" rule:"need"`
	Heading  Text     `yaml:"heading" rule:"line"`
	Purpose  Text     `yaml:"purpose" rule:"need,text"`
	National National `yaml:"national"`
	Share    Text     `yaml:"share" rule:"text"` // what this region takes on of the whole
}

// Period is planned and actual: programmes get cut short.
type Period struct {
	Start      workday.Day `yaml:"start" rule:"need"`
	PlannedEnd workday.Day `yaml:"planned_end" rule:"need"`
	ActualEnd  workday.Day `yaml:"actual_end" rule:"open=still"` // place.Still while it runs
	EndReason  Text        `yaml:"end_reason" rule:"text"`
}

// End is when the programme ended, or will by its plan.
func (p Period) End() workday.Day { return min(p.ActualEnd, p.PlannedEnd) }

// National is the programme of the state this one carries out in its region.
type National struct {
	About     Text    `yaml:"about" rule:"text"`
	Regions   int     `yaml:"regions" rule:"max=10000"` // how many regions take part
	Ministry  string  `yaml:"ministry"`                 // an actor
	Principle Text    `yaml:"principle" rule:"text"`
	Goals     []Named `yaml:"goals"`
	System    Text    `yaml:"system" rule:"text"`
	Networks  Text    `yaml:"networks_note" rule:"text"`
}

// Named is an id and what it is called.
type Named struct {
	ID   string `yaml:"id" rule:"need,id"`
	Name Text   `yaml:"name" rule:"need,name"`
}

// Focus is a way the programme is carried out (toteuttamisen painopiste).
type Focus struct {
	ID   string `yaml:"id" rule:"need,id"`
	Name Text   `yaml:"name" rule:"need,name"`
	Text Text   `yaml:"text" rule:"need,text"`
}

// Theme is a main theme (pääteema) with its packages.
type Theme struct {
	ID       string    `yaml:"id" rule:"need,id"`
	Number   string    `yaml:"number" rule:"max=8"`
	Name     Text      `yaml:"name" rule:"need,name"`
	Intro    Text      `yaml:"intro" rule:"need,text"`
	Goals    []string  `yaml:"goals"`
	Networks []string  `yaml:"networks"` // those it is carried out with
	Packages []Package `yaml:"packages" rule:"need"`
}

// Package is a development package (kehittämiskokonaisuus) of a theme.
type Package struct {
	ID       string        `yaml:"id" rule:"need,id"`
	Number   string        `yaml:"number" rule:"max=8"`
	Name     Text          `yaml:"name" rule:"need,name"`
	Horizon  int           `yaml:"horizon" rule:"max=2200"` // the year it looks to, beyond the programme; 0 = none
	Text     Text          `yaml:"text" rule:"need,text"`
	Actors   []Responsible `yaml:"actors"`
	Topics   []string      `yaml:"topics"`
	Places   []string      `yaml:"places"`
	Projects []string      `yaml:"projects"`
}

// Responsible is an organisation and what it answers for.
type Responsible struct {
	Actor string `yaml:"actor" rule:"need"`
	Role  Text   `yaml:"role" rule:"need,line"`
}

// PriorityKind tells a priority of the strategy from an industry supported
// besides them.
type PriorityKind string

const (
	Chosen    PriorityKind = "priority"
	Supported PriorityKind = "supported"
)

// Priority is a painopiste decisions are weighed by.
type Priority struct {
	ID   string       `yaml:"id" rule:"need,id"`
	Kind PriorityKind `yaml:"kind" rule:"need,one=priority|supported"`
	Name Text         `yaml:"name" rule:"need,name"`
	Tags []Named      `yaml:"tags"`
}

// Idea is the leading idea of the strategy with the values decisions answer to.
type Idea struct {
	Name   Text    `yaml:"name" rule:"need,name"`
	Text   Text    `yaml:"text" rule:"need,text"`
	Values []Value `yaml:"values" rule:"need"`
}

// Value is an arvo: each decision says one sentence to its question.
type Value struct {
	ID       string  `yaml:"id" rule:"need,id"`
	Name     Text    `yaml:"name" rule:"need,name"`
	Text     Text    `yaml:"text" rule:"need,text"`
	Question Text    `yaml:"question" rule:"need,line"`
	Criteria []Named `yaml:"criteria"`
}

// Network is a named thematic network, the region in it or not.
type Network struct {
	ID       string   `yaml:"id" rule:"need,id"`
	Name     Text     `yaml:"name" rule:"need,name"`
	Aliases  []string `yaml:"aliases" rule:"name"`
	National bool     `yaml:"national"`
	Member   bool     `yaml:"member"`
	Themes   []string `yaml:"themes"`
	Span     Span     `yaml:",inline"`
	Closed   Text     `yaml:"closed" rule:"text"` // why it ended
}

// Span is a stretch of days, see place.Span.
type Span = place.Span

// ActorKind is what sort of organisation.
type ActorKind string

// Actor is an organisation. Persons are never in a programme file.
type Actor struct {
	ID           string    `yaml:"id" rule:"need,id"`
	Kind         ActorKind `yaml:"kind" rule:"need,one=municipality|research|advisory|company|association|village|ministry|council|development_company|education|public"`
	Name         Text      `yaml:"name" rule:"need,name"`
	Aliases      []string  `yaml:"aliases" rule:"name"`
	Municipality string    `yaml:"municipality"`
	Roles        []Text    `yaml:"roles" rule:"line"`
	Span         Span      `yaml:",inline"`
}

// PaperKind is what sort of document.
type PaperKind string

// Paper is a named study, plan, vision, sub-programme or strategy.
type Paper struct {
	ID      string    `yaml:"id" rule:"need,id"`
	Kind    PaperKind `yaml:"kind" rule:"need,one=programme|plan|study|vision|subprogramme|strategy"`
	Name    Text      `yaml:"name" rule:"need,name"`
	Text    Text      `yaml:"text" rule:"text"`
	By      string    `yaml:"by"`      // an actor
	Package string    `yaml:"package"` // the package it serves
	Due     Moment    `yaml:"due"`
	After   string    `yaml:"after"` // the document that must be ready first
	Phases  []Text    `yaml:"phases" rule:"line"`
}

// Project is a hanke the programme names.
type Project struct {
	ID      string      `yaml:"id" rule:"need,id"`
	Kind    string      `yaml:"kind" rule:"need,one=project|study|preparation"`
	Code    string      `yaml:"code" rule:"max=20"` // in the fund's public list
	Fund    string      `yaml:"fund" rule:"max=20"`
	Name    Text        `yaml:"name" rule:"need,name"`
	By      string      `yaml:"by"`
	State   string      `yaml:"state" rule:"need,one=preparing|running|ended"`
	Start   workday.Day `yaml:"start" rule:"open=ever"` // place.Ever where not known
	End     workday.Day `yaml:"end" rule:"open=still"`  // place.Still where not known
	Package string      `yaml:"package"`
}

// Milestone is something that happens at a known time.
type Milestone struct {
	ID       string `yaml:"id" rule:"need,id"`
	When     Moment `yaml:"when" rule:"need"`
	Document string `yaml:"document"`
	Name     Text   `yaml:"name" rule:"need,name"`
}

// Topic is a word to tag with; Growing marks an industry the programme watches.
type Topic struct {
	ID      string   `yaml:"id" rule:"need,id"`
	Name    Text     `yaml:"name" rule:"need,name"`
	Aliases []string `yaml:"aliases" rule:"name"`
	Growing bool     `yaml:"growing"`
}

// Challenge is an open question of the programme; the office puts it to everyone
// when its time comes, in these words or its own.
type Challenge struct {
	ID         string `yaml:"id" rule:"need,id"`
	Package    string `yaml:"package"`
	Title      Text   `yaml:"title" rule:"name"`
	Question   Text   `yaml:"question" rule:"need,line"`
	Background Text   `yaml:"background" rule:"text"`
	Criteria   []Text `yaml:"criteria" rule:"line"` // what answers are looked at by
}

// Asset is a voimavara: a network, a competence, a space, a machine.
type Asset struct {
	ID    string `yaml:"id" rule:"need,id"`
	Kind  string `yaml:"kind" rule:"need,one=network|competence|space|machine|fund"`
	Place string `yaml:"place"`
	Name  Text   `yaml:"name" rule:"need,name"`
}

// Funding is where the programme's money comes from.
type Funding struct {
	ID   string `yaml:"id" rule:"need,id"`
	Name Text   `yaml:"name" rule:"need,name"`
	Text Text   `yaml:"text" rule:"text"`
}

// OpenCall is the call that never closes.
type OpenCall struct {
	Name     Text    `yaml:"name" rule:"need,name"`
	Question Text    `yaml:"question" rule:"need,line"`
	Intro    Text    `yaml:"intro" rule:"need,text"`
	Outside  Text    `yaml:"outside" rule:"need,text"` // the welcome to an outside opening
	Lead     Text    `yaml:"lead" rule:"need,line"`    // "Onko sinulla…"
	Kinds    []Kind  `yaml:"kinds" rule:"need"`
	Promise  Promise `yaml:"promise" rule:"need"`
	Talk     Text    `yaml:"talk" rule:"text"`
	NotGrant Text    `yaml:"not_grant" rule:"need,text"`
	Batches  Batches `yaml:"batches" rule:"need"`
	Fire     Fire    `yaml:"catches_fire"`
}

// Fire is when a spark has caught fire: within so many days a ring of so many people
// who are not of the office, from so many organisations or households. 0 is the usual
// number.
type Fire struct {
	Days   int `yaml:"days" rule:"max=1000"`
	People int `yaml:"people" rule:"max=100"`
	Groups int `yaml:"groups" rule:"max=100"`
}

// Kind is one of the call's questions: idea, need or vitality.
type Kind struct {
	ID       string `yaml:"id" rule:"need,one=idea|need|vitality"`
	Name     Text   `yaml:"name" rule:"need,name"`
	Question Text   `yaml:"question" rule:"need,line"`
	Hint     Text   `yaml:"hint" rule:"need,line"`
	Button   Text   `yaml:"button" rule:"need,line"`
}

// Promise is by when a person answers, in Finnish working days.
type Promise struct {
	Most int  `yaml:"most_workdays" rule:"need,min=1,max=60"`
	Aim  int  `yaml:"aim_workdays" rule:"need,min=1,max=60"`
	Text Text `yaml:"text" rule:"need,text"`
}

// Batches is the published rhythm of looking at sparks together: the Week-th
// Weekday of each month.
type Batches struct {
	Week    int    `yaml:"week" rule:"need,min=1,max=4"`
	Weekday string `yaml:"weekday" rule:"need,one=monday|tuesday|wednesday|thursday|friday"`
	Text    Text   `yaml:"text" rule:"need,text"`
}

// Office is the programme's staff by role, and where to find it.
type Office struct {
	Name     Text    `yaml:"name" rule:"need,name"`
	Roles    []Named `yaml:"roles" rule:"need"`
	Mail     string  `yaml:"mail" rule:"mail"`
	Phone    string  `yaml:"phone" rule:"max=40"`
	Street   string  `yaml:"street" rule:"max=120"`
	Box      string  `yaml:"box" rule:"max=40"`
	Postcode string  `yaml:"postcode" rule:"max=10"`
	City     string  `yaml:"city" rule:"max=80"`
	Web      string  `yaml:"web" rule:"max=200"`
}

// Purpose of an answer template.
type Purpose string

const (
	FirstReply Purpose = "first"
	AskMore    Purpose = "more"
	Introduce  Purpose = "introduce"
	Outside    Purpose = "outside"
	Close      Purpose = "close"
)

// Answer is a template an officer edits; {words} in it are filled by Fill.
type Answer struct {
	ID      string  `yaml:"id" rule:"need,id"`
	Purpose Purpose `yaml:"purpose" rule:"need,one=first|more|introduce|outside|close"`
	Title   Text    `yaml:"title" rule:"need,line"`
	Body    Text    `yaml:"body" rule:"need,text=4000"`
}

// Brand is colours as tokens, light and dark, and the pairs text is set in.
type Brand struct {
	Light map[string]string `yaml:"light" rule:"need"` // token → "#rrggbb"
	Dark  map[string]string `yaml:"dark" rule:"need"`
	Pairs []Pair            `yaml:"pairs" rule:"need"`
}

// Pair is a text colour on a ground colour, each a token.
type Pair struct {
	Text string `yaml:"text" rule:"need"`
	On   string `yaml:"on" rule:"need"`
}

// Step is one step of "how it works".
type Step struct {
	ID   string `yaml:"id" rule:"need,id"`
	Name Text   `yaml:"name" rule:"need,name"`
	Text Text   `yaml:"text" rule:"need,text"`
}

// Source is where facts of the file come from.
type Source struct {
	ID   string `yaml:"id" rule:"need,id"`
	Name string `yaml:"name" rule:"need,name"`
}
