package document

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"kokko/ground/fault"
)

// Media types of what PDF and Text give.
const (
	MediaPDF  = "application/pdf"
	MediaText = "text/plain; charset=utf-8"
)

const (
	maxBytes = 10 << 20  // of a file as it is sent
	MaxKept  = 2_000_000 // of a file as it is kept
)

// ForPDF tells by a file's first bytes that it is for PDF. Viewers find a PDF also
// behind other bytes; whoever sends such a thing is asked to save it again.
func ForPDF(head []byte) bool { return bytes.HasPrefix(trimmed(head), []byte("%PDF-")) }

// trimmed is a file without the white space and the byte order mark some programs
// put first.
func trimmed(data []byte) []byte {
	return bytes.TrimLeft(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf")), " \t\r\n")
}

// PDF reads a PDF to its end and writes it anew without anything that acts or
// tells of its maker. The same bytes give the same file, and a file it gave is
// given back as it is. What is wrong is fault.Invalid with a key under
// "document." that tells the sender what to do. O(bytes + unpacked bytes).
func PDF(r io.Reader) ([]byte, error) {
	data, err := read(r)
	if err != nil {
		return nil, err
	}
	if data = trimmed(data); !ForPDF(data) {
		return nil, broken(errors.New("no header"))
	}
	if !bytes.Contains(data[max(0, len(data)-2048):], []byte("%%EOF")) {
		return nil, broken(errors.New("no end"))
	}
	f := newFile(data)
	if err = f.follow(); err == nil {
		var made []byte
		if made, err = f.rewrite(); err == nil {
			return made, nil
		}
	}
	if _, ok := errors.AsType[*fault.Error](err); ok {
		return nil, err
	}
	// The table of contents is wrong, as some programs make it: look for the objects
	// themselves.
	left := f.budget
	f = newFile(data)
	f.budget = left
	again := f.search()
	if again == nil {
		var made []byte
		if made, again = f.rewrite(); again == nil {
			return made, nil
		}
	}
	if _, ok := errors.AsType[*fault.Error](again); ok {
		return nil, again
	}
	return nil, broken(fmt.Errorf("%w; and searching: %w", err, again))
}

// read takes the file in, or refuses it for its size.
func read(r io.Reader) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	switch {
	case err != nil:
		if own, ok := errors.AsType[*fault.Error](err); ok {
			return nil, own
		}
		return nil, fault.New(fault.Invalid, "document.lost").Because(err)
	case len(data) == 0:
		return nil, fault.New(fault.Invalid, "document.none")
	case len(data) > maxBytes:
		return nil, tooBig()
	}
	return data, nil
}

func tooBig() error {
	return fault.New(fault.Invalid, "document.bytes").With("max", MaxKept/1_000_000)
}

func broken(err error) error { return fault.New(fault.Invalid, "document.broken").Because(err) }

// refused is a fault that no second look changes.
func refused(key, what string) error {
	return fault.New(fault.Invalid, key).Because(errors.New(what))
}
