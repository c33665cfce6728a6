package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"kokko/ground/clock"
)

// stopwatch is when something began, by the processor and by the clock. On a machine
// shared with others the processor says more.
type stopwatch struct {
	cpu  time.Duration
	wall time.Time
}

// spent is what something took.
type spent struct {
	cpu, wall float64 // seconds
	peak      int     // megabytes resident at most, since begin
}

func begin() stopwatch {
	// Linux forgets the peak so far; elsewhere it is the whole program's.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
	return stopwatch{worked(), clock.System{}.Now()}
}

func (s stopwatch) since() spent {
	return spent{(worked() - s.cpu).Seconds(), clock.System{}.Now().Sub(s.wall).Seconds(), peak()}
}

func worked() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func peak() int {
	content, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n / 1024
		}
	}
	return 0
}
