// as kokko/engine/text
package text_test

import "pgregory.net/rapid"

var word = rapid.StringMatching(`[a-z]+`) // want generator

var (
	letters []string
	some    *rapid.Generator[string] // want generator
)

var each = func() int { return rapid.Int().Example() }

func number() *rapid.Generator[int] { return rapid.Int() }
