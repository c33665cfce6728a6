package gauge

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Whose work the processor is asked for.
const (
	Process = syscall.RUSAGE_SELF
	Thread  = 1 // RUSAGE_THREAD of Linux, which package syscall has no name for
)

// Worked is how long the processor has worked for this process, or this thread: on a
// machine shared with others it says more than the clock.
func Worked(who int) time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(who, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Resident is how many megabytes of memory the process has now, and had at most.
func Resident() (now, peak int) {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, 0
	}
	for line := range strings.Lines(string(content)) {
		for _, k := range []struct {
			name string
			to   *int
		}{{"VmRSS:", &now}, {"VmHWM:", &peak}} {
			if rest, ok := strings.CutPrefix(line, k.name); ok {
				n, _ := strconv.Atoi(strings.Fields(rest)[0])
				*k.to = n / 1024
			}
		}
	}
	return now, peak
}

// Unpacked reads a file, packed with gzip or not. An error names the file.
func Unpacked(path string, read func(io.Reader) error) (err error) {
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
