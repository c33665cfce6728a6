package arriving

import "embed"

// Texts are the sentences for letters that could not be taken in, in Finnish,
// Swedish and English: the sender reads them in the answer.
//
//go:embed texts/*.yaml
var Texts embed.FS
