package main

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"time"
)

// unpacked opens a file, packed with gzip or not.
func unpacked(path string, read func(io.Reader) error) (err error) {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	in := bufio.NewReader(f)
	var from io.Reader = in
	if start, _ := in.Peek(2); len(start) == 2 && start[0] == 0x1F && start[1] == 0x8B {
		if from, err = gzip.NewReader(in); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := read(from); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// whole reads a file of one JSON value.
func whole(path string, into any) error {
	return unpacked(path, func(in io.Reader) error { return json.NewDecoder(in).Decode(into) })
}

// Whose work the processor is asked for.
const (
	process = syscall.RUSAGE_SELF
	thread  = 1 // RUSAGE_THREAD of Linux, which package syscall has no name for
)

// worked is how long the processor has worked for this process, or this thread: on a
// machine shared with others it says more than the clock.
func worked(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
