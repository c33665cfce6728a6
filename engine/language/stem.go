package language

import (
	"strings"
	"sync"
	"unicode"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/swedish"
)

// Stemmer takes off what the Snowball stemmers hold for endings. Its zero value is ready;
// safe for concurrent use.
type Stemmer struct{ rooms sync.Pool }

// Stem is a word in lower case without its endings in a language, Finnish unless it is
// one of the others. One with a digit in it is left alone.
func (s *Stemmer) Stem(word string, in Language) string {
	if strings.ContainsFunc(word, unicode.IsDigit) {
		return word
	}
	room, _ := s.rooms.Get().(*snowballstem.Env)
	if room == nil {
		room = snowballstem.NewEnv(word)
	} else {
		room.SetCurrent(word)
	}
	defer s.rooms.Put(room)
	switch in {
	case Swedish:
		swedish.Stem(room)
	case English:
		english.Stem(room)
	default:
		finnish.Stem(room)
	}
	return room.Current()
}
