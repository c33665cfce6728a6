package story

// SelectStory reads a page of a story, SelectThese some beats of some.
const (
	SelectStory = selectStory
	SelectThese = selectThese
)
