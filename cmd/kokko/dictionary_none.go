//go:build !dictionary

package main

// embedded is the dictionary inside the program: none, unless make release built it.
func embedded() []byte { return nil }
