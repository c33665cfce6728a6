package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"kokko/ground/clock"
)

// conn is one kept connection that asks and reads answers with as little work as
// can be: the client shares the machine with what it measures.
type conn struct {
	net.Conn
	r *bufio.Reader
}

// dial connects to a server on this machine; nothing else is ever spoken to.
func dial(addr string) (*conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("%s is not this machine", addr)
	}
	c, err := net.DialTimeout("tcp", addr, time.Second)
	if err != nil {
		return nil, err
	}
	return &conn{c, bufio.NewReaderSize(c, 64<<10)}, nil
}

// reply is what is kept of an answer.
type reply struct {
	status int
	bytes  int // of the body, as it was sent
	head   []string
	body   []byte // only when it was asked for
}

func (r reply) header(name string) string {
	for _, line := range r.head {
		if k, v, ok := strings.Cut(line, ":"); ok && strings.EqualFold(k, name) {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// do sends a request and reads its answer, of which all is kept when keep is set.
func (c *conn) do(request []byte, keep bool) (a reply, err error) {
	if err := c.SetDeadline(clock.System{}.Now().Add(30 * time.Second)); err != nil {
		return a, err
	}
	if _, err := c.Write(request); err != nil {
		return a, err
	}
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return a, err
	}
	if len(line) < 12 || a.status < 0 {
		return a, errors.New("no HTTP answer")
	}
	if a.status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return a, err
	}
	length := -1
	for {
		if line, err = c.r.ReadSlice('\n'); err != nil {
			return a, err
		}
		line = bytes.TrimRight(line, "\r\n")
		if len(line) == 0 {
			break
		}
		if keep {
			a.head = append(a.head, string(line))
		}
		if v, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
			if length, err = strconv.Atoi(string(v)); err != nil {
				return a, err
			}
		}
	}
	if a.status == 304 {
		return a, nil
	}
	if length < 0 {
		return a, errors.New("an answer without its length")
	}
	a.bytes = length
	if keep {
		a.body = make([]byte, length)
		_, err = io.ReadFull(c.r, a.body)
		return a, err
	}
	_, err = c.r.Discard(length)
	return a, err
}

// get is a request for a page as a browser makes it.
func get(addr, path string, more ...string) []byte {
	return []byte("GET " + path + " HTTP/1.1\r\nHost: " + addr + "\r\nAccept: text/html\r\nAccept-Encoding: gzip, br\r\nAccept-Language: fi\r\nUser-Agent: kokko-bench\r\n" + lines(more) + "\r\n")
}

// post is a sent form.
func post(addr, path, form string, more ...string) []byte {
	return []byte("POST " + path + " HTTP/1.1\r\nHost: " + addr + "\r\nAccept: text/html\r\nAccept-Encoding: gzip, br\r\nUser-Agent: kokko-bench\r\nSec-Fetch-Site: same-origin\r\n" +
		"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + strconv.Itoa(len(form)) + "\r\n" + lines(more) + "\r\n" + form)
}

func lines(more []string) (s string) {
	for _, l := range more {
		s += l + "\r\n"
	}
	return s
}

// once asks a single time and keeps everything.
func once(addr string, request []byte) (reply, error) {
	c, err := dial(addr)
	if err != nil {
		return reply{}, err
	}
	defer c.Close()
	return c.do(request, true)
}

// load is what one round gave.
type load struct {
	requests int
	failed   int
	wrong    string // the first answer that was not as wanted
	took     time.Duration
	times    []time.Duration // sorted
	bytes    int             // of one answer
}

func (l load) perSecond() float64 { return float64(l.requests) / l.took.Seconds() }

// at is the time within which a part of the requests were answered.
func (l load) at(part float64) time.Duration {
	if len(l.times) == 0 {
		return 0
	}
	return l.times[min(int(part*float64(len(l.times))), len(l.times)-1)]
}

// press sends requests over so many connections until the time is over, or what
// there is to send is: next gives one, nil at the end.
func press(ctx context.Context, addr string, conns int, for_ time.Duration, want int, next func() []byte) (load, error) {
	var l load
	var mu sync.Mutex // owns l
	var all sync.WaitGroup
	open := make([]*conn, conns)
	for i := range open {
		c, err := dial(addr)
		if err != nil {
			return l, err
		}
		defer c.Close()
		open[i] = c
	}
	now := clock.System{}.Now
	began := now()
	until := began.Add(for_)
	for _, c := range open {
		all.Go(func() {
			var mine load
			for at := now(); at.Before(until) && ctx.Err() == nil; {
				request := next()
				if request == nil {
					break
				}
				a, err := c.do(request, false)
				after := now()
				mine.requests++
				mine.times = append(mine.times, after.Sub(at))
				at = after
				if err != nil || a.status != want {
					mine.failed++
					mine.wrong = fmt.Sprintf("%d %v", a.status, err)
				}
				mine.bytes = a.bytes
				if err != nil {
					break
				}
			}
			mu.Lock()
			defer mu.Unlock()
			l.requests, l.failed, l.times = l.requests+mine.requests, l.failed+mine.failed, append(l.times, mine.times...)
			if mine.wrong != "" {
				l.wrong = mine.wrong
			}
			l.bytes = max(l.bytes, mine.bytes)
		})
	}
	all.Wait()
	l.took = now().Sub(began)
	slices.Sort(l.times)
	return l, ctx.Err()
}
