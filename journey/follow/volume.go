package follow

import (
	"slices"

	"kokko/journey/story"
)

// Volume is how much of what happens is told.
type Volume string

const (
	Mute   Volume = "mute"   // nothing, though it stays among what one follows
	Quiet  Volume = "quiet"  // answers, endings and big turns
	Normal Volume = "normal" // new sparks and talk too
	Loud   Volume = "loud"   // everything that is public
)

// Volumes is every volume, the quietest first.
func Volumes() []Volume { return []Volume{Mute, Quiet, Normal, Loud} }

// Row is one line of the table of volumes: the quietest volume that lets a type of
// beat through, "" for one that is nobody's to hear of.
type Row struct {
	Type  story.Type
	Least Volume
}

// Table is what each volume lets through: the one place that says so.
func Table() []Row {
	return []Row{
		{story.Answered, Quiet},
		{story.Closed, Quiet},
		{story.Reopened, Quiet},
		{story.Merged, Quiet},
		{story.Split, Quiet},
		{story.Caught, Quiet},

		{story.Dropped, Normal},
		{story.Part, Normal},
		{story.Asked, Normal},
		{story.Replied, Normal},
		{story.Commented, Normal},
		{story.Talked, Normal},
		{story.Corrected, Normal},
		{story.Questioned, Normal},
		{story.Joined, Normal},
		{story.Sought, Normal},
		{story.Committed, Normal},
		{story.Kept, Normal},
		{story.LetGo, Normal},
		{story.Introduced, Normal},
		{story.Tabled, Normal},

		{story.Edited, Loud},
		{story.Attached, Loud},
		{story.Detached, Loud},
		{story.Tagged, Loud},
		{story.Placed, Loud},
		{story.Assigned, Loud},
		{story.DueMoved, Loud},
		{story.Unmerged, Loud},
		{story.Retitled, Loud},
		{story.Moved, Loud},

		{story.Offered, ""},
		{story.Parted, ""},
		{story.Withdrawn, ""},
		{story.Owned, ""},
		{story.Noted, ""},
		{story.LeftOut, ""},
		{story.Erased, ""},
		{story.Forgotten, ""},
		{story.Held, ""},
		{story.Approved, ""},
		{story.Trusted, ""},
		{story.Blocked, ""},
		{story.Lifted, ""},
		{story.Reported, ""},
		{story.Looked, ""},
		{story.Undone, ""},
		{story.Cooled, ""},
		{story.Fared, ""}, // of an import nobody is written to
	}
}

// Least is the quietest volume that lets a type of beat through; ok is false for one
// that none does.
func Least(t story.Type) (least Volume, ok bool) {
	for _, r := range Table() {
		if r.Type == t {
			return r.Least, r.Least != ""
		}
	}
	return "", false
}

// Lets tells whether a volume lets a type of beat through.
func (v Volume) Lets(t story.Type) bool {
	least, ok := Least(t)
	return ok && v.loudness() >= least.loudness()
}

// loudness is the volume as a number, -1 for what is none.
func (v Volume) loudness() int { return slices.Index(Volumes(), v) }

// Heard is the types of beats that anybody may hear of.
func Heard() (all []story.Type) {
	for _, r := range Table() {
		if r.Least != "" {
			all = append(all, r.Type)
		}
	}
	return all
}
