package main

import (
	"os"
	"time"

	"kokko/bench/gauge"
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
	return stopwatch{gauge.Worked(gauge.Process), clock.System{}.Now()}
}

func (s stopwatch) since() spent {
	cpu, wall := gauge.Worked(gauge.Process)-s.cpu, clock.System{}.Now().Sub(s.wall)
	_, peak := gauge.Resident()
	return spent{cpu.Seconds(), wall.Seconds(), peak}
}
