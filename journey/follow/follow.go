package follow

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/place"
)

// Most is how many things one person may follow.
const Most = 300

// Pace is how soon one hears.
type Pace string

const (
	Now    Pace = "now"
	Daily  Pace = "daily"
	Weekly Pace = "weekly"
)

// Paces is every pace, the soonest first.
func Paces() []Pace { return []Pace{Now, Daily, Weekly} }

// Kind is what kind of thing is followed.
type Kind string

const (
	Spark      Kind = "spark"
	Question   Kind = "question"
	Searching  Kind = "search" // a question of one's own, see Search
	Place      Kind = "place"
	Theme      Kind = "theme"
	Everything Kind = "all"
)

// kinds are the kinds, the narrowest first: of several follows that reach a spark it
// is the narrowest that decides.
func kinds() []Kind { return []Kind{Spark, Question, Searching, Place, Theme, Everything} }

// Target is what is followed.
type Target struct {
	Kind Kind
	ID   string // of the spark, question or search, or the programme's id; "" for everything
}

// OfSpark is a spark as something to follow.
func OfSpark(id ident.ID) Target { return Target{Spark, id.String()} }

// String is "spark:123" or "all", as it is stored and written in addresses.
func (t Target) String() string {
	if t.ID == "" {
		return string(t.Kind)
	}
	return string(t.Kind) + ":" + t.ID
}

// ParseTarget reads what String writes.
func ParseTarget(s string) (Target, bool) {
	kind, id, _ := strings.Cut(s, ":")
	t := Target{Kind(kind), id}
	if !slices.Contains(kinds(), t.Kind) || (id == "") != (t.Kind == Everything) || len(s) > 100 {
		return Target{}, false
	}
	if t.Kind == Spark || t.Kind == Question {
		if _, ok := ident.Parse(id); !ok {
			return Target{}, false
		}
	}
	for _, r := range id {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_') {
			return Target{}, false
		}
	}
	return t, true
}

// Radii are the distances round a place that can be followed, in kilometres; 0 is the
// place alone.
func Radii() []int { return []int{0, 10, 25, 50} }

// Follow is one thing a person follows.
type Follow struct {
	Address ident.ID `json:"-"`
	Target  Target   `json:"target"`
	Km      int      `json:"km"`
	Pace    Pace     `json:"pace"`
	Volume  Volume   `json:"volume"`
	Since   time.Time
}

// Check finds what is wrong with a follow.
func (f *Follow) Check() error {
	var wrong fault.Many
	if !slices.Contains(Paces(), f.Pace) {
		wrong = append(wrong, fault.New(fault.Invalid, "follow.pace.wrong").On("pace"))
	}
	if !slices.Contains(Volumes(), f.Volume) {
		wrong = append(wrong, fault.New(fault.Invalid, "follow.volume.wrong").On("volume"))
	}
	if f.Target.Kind != Place {
		f.Km = 0
	} else if !slices.Contains(Radii(), f.Km) {
		wrong = append(wrong, fault.New(fault.Invalid, "follow.km.wrong").On("km"))
	}
	return wrong.OrNil()
}

// Reach is something whose followers hear of a spark, when they follow as far as so
// many kilometres.
type Reach struct {
	Target Target
	Km     float64
}

// Reaches is everything whose followers hear of a spark: itself, what is joined to
// it, its question, its place and those near, its themes, and everything.
func Reaches(sp spark.Spark, joined []ident.ID, places []place.Place) (all []Reach) {
	all = append(all, Reach{Target: OfSpark(sp.ID)})
	for _, id := range joined {
		all = append(all, Reach{Target: OfSpark(id)})
	}
	if sp.Challenge != 0 {
		all = append(all, Reach{Target: Target{Question, sp.Challenge.String()}})
	}
	if i := slices.IndexFunc(places, func(p place.Place) bool { return p.ID == sp.Place }); sp.Place != "" && i >= 0 {
		all = append(all, around(places[i], places)...)
	}
	for _, t := range sp.Tags {
		if t.Kind == string(Theme) {
			all = append(all, Reach{Target: Target{Theme, t.ID}})
		}
	}
	return append(all, Reach{Target: Target{Kind: Everything}})
}

// around is the places whose followers hear of something at a place: itself and the
// municipalities it is in, and those within the widest radius.
func around(at place.Place, places []place.Place) (all []Reach) {
	widest := float64(slices.Max(Radii()))
	for _, p := range places {
		km := math.Inf(1)
		if at.At.Known() && p.At.Known() {
			km = place.Km(at.At, p.At)
		}
		if p.ID == at.ID || p.Kind == place.Municipality && at.Municipality == p.ID || p.Kind == place.Former && at.Former == p.ID {
			km = 0
		}
		if km <= widest {
			all = append(all, Reach{Target{Place, p.ID}, km})
		}
	}
	return all
}

// Decides picks, among a person's follows, the one that decides about something that
// is reached so: the narrowest; of equally narrow ones the loudest, then the soonest.
// ok is false when none reaches it.
func Decides(follows []Follow, reaches []Reach) (best Follow, ok bool) {
	for _, f := range follows {
		if !slices.ContainsFunc(reaches, func(r Reach) bool { return r.Target == f.Target && float64(f.Km) >= r.Km }) {
			continue
		}
		if !ok || narrower(f, best) {
			best, ok = f, true
		}
	}
	return best, ok
}

func narrower(a, b Follow) bool {
	return cmp.Or(cmp.Compare(slices.Index(kinds(), a.Target.Kind), slices.Index(kinds(), b.Target.Kind)),
		cmp.Compare(b.Volume.loudness(), a.Volume.loudness()), cmp.Compare(slices.Index(Paces(), a.Pace), slices.Index(Paces(), b.Pace)),
		strings.Compare(a.Target.ID, b.Target.ID)) < 0
}

// HearsNews tells whether a follow that decides tells of a thing that is new since a
// moment at this pace: as loud ones do of new sparks.
func (f Follow) HearsNews(since ident.ID, pace Pace) bool {
	return f.Pace == pace && f.Volume.Lets(story.Dropped) && since > ident.At(f.Since)
}

// Hears tells whether a follow that decides tells of a beat at this pace: nobody hears
// of what was before they followed.
func (f Follow) Hears(b story.Beat, pace Pace) bool {
	return f.Pace == pace && f.Volume.Lets(b.Type) && b.At.After(f.Since)
}
