//go:build !unix

package graphfile

import (
	"io"
	"os"
)

// load reads a file: it cannot be mapped here.
func load(f *os.File) (data []byte, mapped bool, err error) {
	data, err = io.ReadAll(f)
	return data, false, err
}

func unload([]byte) error { return nil }
