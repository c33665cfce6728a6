package main

import (
	"encoding/json"
	"io"

	"kokko/bench/gauge"
)

// whole reads a file of one JSON value.
func whole(path string, into any) error {
	return gauge.Unpacked(path, func(in io.Reader) error { return json.NewDecoder(in).Decode(into) })
}
