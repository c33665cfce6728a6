package knowwho

// Step is how near to the need whoever is named stands. No need is left without an
// answer, and it is always said which answer it was.
type Step uint8

// The steps, in the order in which they are tried.
const (
	Nobody      Step = iota
	Competence       // knows what is needed
	Neighbour        // knows what is akin to it
	Broker           // knows people of the theme
	Coordinator      // keeps the network of the theme
	Duty             // whose turn it is to answer whatever comes
)

// Rung is one step of a ladder: whom it gives, the best first; none when it has nobody.
type Rung[T any] struct {
	Step Step
	Who  func() ([]T, error)
}

// Climb tries rungs in their order and gives the first that has somebody, with which it
// was. An error ends it.
func Climb[T any](rungs ...Rung[T]) (Step, []T, error) {
	for _, r := range rungs {
		who, err := r.Who()
		if err != nil || len(who) > 0 {
			return r.Step, who, err
		}
	}
	return Nobody, nil, nil
}

// Steps parts those that were found: those who know what is needed before those who know
// what is akin to it, each in their order. They are the first two rungs.
func Steps(all []Found) (competent, neighbours []Found) {
	for _, f := range all {
		if f.Step == Competence {
			competent = append(competent, f)
		} else {
			neighbours = append(neighbours, f)
		}
	}
	return competent, neighbours
}
