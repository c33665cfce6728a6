package document

import "embed"

// Texts are the sentences for this package's faults in Finnish, Swedish and
// English; cmd/kokko loads them with the other catalogues.
//
//go:embed texts/*.yaml
var Texts embed.FS
