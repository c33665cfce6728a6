package story

// SelectStory reads a page of a story.
const SelectStory = selectStory
