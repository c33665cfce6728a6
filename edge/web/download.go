package web

import (
	"bufio"
	"io"
	"net/http"
	"time"

	"kokko/ground/clock"
)

// A file that is sent while it is made: of any size, in the memory of one piece.
// The server's time limit, made for pages, holds for each piece of it, so that a
// long honest download is not cut and a reader who takes nothing is let go.

// pieceSize is how much is gathered before it is sent.
const pieceSize = 32 << 10

// sink is the reader's connection.
type sink struct {
	v        *Visit
	line     *http.ResponseController
	patience time.Duration // for one piece, 0 for no bound
	head     func(h http.Header)
	begun    bool
}

func (s *sink) Write(p []byte) (int, error) {
	if !s.begun {
		s.begin()
	}
	s.wait()
	return s.v.W.Write(p)
}

func (s *sink) begin() {
	s.begun = true
	s.v.keep()
	s.head(s.v.W.Header())
	s.v.status = http.StatusOK
	s.v.W.WriteHeader(http.StatusOK)
}

// wait gives the next piece its time. A connection that knows no deadlines has
// none to be moved. The clock is the machine's own, which sockets go by.
func (s *sink) wait() {
	if s.patience > 0 {
		_ = s.line.SetWriteDeadline(clock.System{}.Now().Add(s.patience))
	}
}

// sink gives the reader's connection; head sets the headers when the first piece
// leaves.
func (v *Visit) sink(head func(h http.Header)) *sink {
	s := &sink{v: v, line: http.NewResponseController(v.W), head: head}
	if server, ok := v.R.Context().Value(http.ServerContextKey).(*http.Server); ok {
		s.patience = server.WriteTimeout
	}
	return s
}

// flow sends what make writes. What goes wrong before the first piece has left is
// given back, to be a page; after that the connection is broken.
func (v *Visit) flow(head func(h http.Header), make func(w io.Writer) error) error {
	s := v.sink(head)
	if v.R.Method == http.MethodHead {
		s.begin()
		return nil
	}
	out := bufio.NewWriterSize(s, pieceSize)
	err := make(out)
	if err == nil {
		err = out.Flush()
	}
	if err != nil && s.begun {
		return v.breakOff(err)
	}
	return err
}

// download is flow of a file to keep.
func (v *Visit) download(kind, name string, make func(w io.Writer) error) error {
	return v.flow(func(h http.Header) {
		h.Set("Content-Type", kind)
		h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	}, make)
}
