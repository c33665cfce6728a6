package programmes

import (
	"embed"
	"io/fs"
)

//go:embed *.yaml *.map.json
var files embed.FS

// Files are the shipped programmes: "kouvola.yaml" with the "kouvola.map.json" it names.
func Files() fs.FS { return files }

// Kouvola is the name of the region that a first start shows. Example is a region
// that does not exist, different in every way the format allows.
const (
	Kouvola = "kouvola.yaml"
	Example = "example.yaml"
)
