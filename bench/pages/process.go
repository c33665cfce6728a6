package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"kokko/ground/clock"
)

// running is a started program.
type running struct {
	*exec.Cmd
	addr string
	cold time.Duration // from being started to the first page
}

// freeAddr is an address nobody listens at now.
func freeAddr() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// start runs a program until it answers 200 at a path. extra are its arguments, in
// which ADDR and OTHER stand for two free addresses.
func start(ctx context.Context, log string, path string, program string, extra ...string) (*running, error) {
	addr, err := freeAddr()
	if err != nil {
		return nil, err
	}
	other, err := freeAddr()
	if err != nil {
		return nil, err
	}
	var args []string
	for _, a := range extra {
		args = append(args, strings.NewReplacer("ADDR", addr, "OTHER", other).Replace(a))
	}
	p := &running{Cmd: exec.CommandContext(ctx, program, args...), addr: addr}
	out, err := os.Create(log)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p.Stdout, p.Stderr = out, out
	p.Env = append(os.Environ(), "LANG=fi_FI.UTF-8")
	now := clock.System{}.Now
	began := now()
	if err := p.Start(); err != nil {
		return nil, err
	}
	ask := get(addr, path)
	pause := time.NewTicker(time.Millisecond)
	defer pause.Stop()
	for {
		if a, err := once(addr, ask); err == nil && a.status == 200 {
			p.cold = now().Sub(began)
			return p, nil
		}
		if now().Sub(began) > 2*time.Minute {
			p.stop()
			return nil, errors.New("it did not answer within two minutes: see " + log)
		}
		select {
		case <-pause.C:
		case <-ctx.Done():
			p.stop()
			return nil, ctx.Err()
		}
	}
}

func (p *running) stop() {
	_ = p.Process.Signal(os.Interrupt)
	done := make(chan struct{})
	go func() { _ = p.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(20 * time.Second):
		_ = p.Process.Kill()
		<-done
	}
}

// tick is what the kernel counts processor time in.
const tick = 10 * time.Millisecond

// spent is the processor time a process has used, with that of children it has
// waited for when ended is set.
func spent(pid int, ended bool) time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	sum := 0
	for i, field := range []int{11, 12, 13, 14} { // utime, stime, and of its children
		if n, err := strconv.Atoi(f[field]); err == nil && (i < 2 || ended) {
			sum += n
		}
	}
	return time.Duration(sum) * tick
}

// family is the processor time of a process and its children, for PostgreSQL.
func family(pid int) (sum time.Duration) {
	if pid == 0 {
		return 0
	}
	sum = spent(pid, true)
	all, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range all {
		b, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 1 && f[1] == strconv.Itoa(pid) {
			child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
			sum += spent(child, false)
		}
	}
	return sum
}

// status reads a line of what the kernel says of a process: "VmRSS" in megabytes,
// "PPid" as it is.
func status(pid int, name string) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			if strings.HasPrefix(name, "Vm") {
				return n / 1024
			}
			return n
		}
	}
	return 0
}
