package style_test

import (
	"io/fs"
	"testing/fstest"
)

// memory is files by name.
type memory map[string]string

func (m memory) fs() fs.FS {
	tree := fstest.MapFS{}
	for name, text := range m {
		tree[name] = &fstest.MapFile{Data: []byte(text)}
	}
	return tree
}
