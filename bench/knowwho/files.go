package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"kokko/bench/gauge"
)

// whole reads a file of one JSON value; what is wrong with it is told by its line.
func whole(path string, into any) error {
	return gauge.Unpacked(path, func(in io.Reader) error {
		body, err := io.ReadAll(in)
		if err != nil {
			return err
		}
		err = json.Unmarshal(body, into)
		at := int64(-1)
		if wrong := new(json.SyntaxError); errors.As(err, &wrong) {
			at = wrong.Offset
		} else if wrong := new(json.UnmarshalTypeError); errors.As(err, &wrong) {
			at = wrong.Offset
		}
		if at < 0 {
			return err
		}
		return fmt.Errorf("line %d: %w", 1+bytes.Count(body[:min(at, int64(len(body)))], []byte("\n")), err)
	})
}
