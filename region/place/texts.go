package place

import (
	"embed"
	"io/fs"
)

//go:embed texts/*.yaml
var texts embed.FS

// Texts are the sentences about mistakes in a map file, for ground/i18n.
func Texts() fs.FS { return texts }
