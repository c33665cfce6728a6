package graphfile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"unsafe"
)

// HeaderSize is how many bytes of a file stand before its numbers.
const HeaderSize = 48

// ErrFile is what is wrong with a file that holds no graph, or a broken one.
var ErrFile = errors.New("not a whole graph")

// Broken is an ErrFile that says what is wrong.
func Broken(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFile, fmt.Sprintf(format, args...))
}

// LittleEndian tells whether this machine keeps numbers as the file does.
func LittleEndian() bool {
	n := uint16(1)
	return *(*byte)(unsafe.Pointer(&n)) == 1
}

// Castagnoli is what sums are by.
func Castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// Write writes a header and what comes after it, and tells how many bytes that was.
func Write(w io.Writer, header []byte, body func(io.Writer) error) (int64, error) {
	counted := &counter{w: w}
	if _, err := counted.Write(header); err != nil {
		return counted.n, err
	}
	err := body(counted)
	return counted.n, err
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}

// Save writes a graph into a file, which is whole or not there: it is written beside,
// brought to the disk and moved into place.
func Save(path string, g io.WriterTo) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err := g.WriteTo(f); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// Open maps a file into memory, or reads it where files cannot be mapped, and takes the
// graph out of it. What was mapped is for Close; nil when it was read.
func Open[G any](path string, read func(data []byte) (G, error)) (g G, mapped []byte, err error) {
	var none G
	f, err := os.Open(path)
	if err != nil {
		return none, nil, err
	}
	defer f.Close()
	data, isMapped, err := load(f)
	if err != nil {
		return none, nil, err
	}
	g, err = read(data)
	switch {
	case err != nil && isMapped:
		return none, nil, errors.Join(fmt.Errorf("%s: %w", path, err), unload(data))
	case err != nil:
		return none, nil, fmt.Errorf("%s: %w", path, err)
	case isMapped:
		return g, data, nil
	}
	return g, nil, nil
}

// Close gives back what Open mapped, if anything.
func Close(mapped []byte) error {
	if mapped == nil {
		return nil
	}
	return unload(mapped)
}

// View sees bytes as numbers where they lie, when the machine can.
func View[T ~uint16 | ~uint32 | ~uint64](b []byte) []T {
	var one T
	size := int(unsafe.Sizeof(one))
	n := len(b) / size
	if n == 0 {
		return nil
	}
	if p := unsafe.Pointer(&b[0]); LittleEndian() && uintptr(p)%uintptr(size) == 0 {
		return unsafe.Slice((*T)(p), n)
	}
	all := make([]T, n)
	for i := range all {
		switch size {
		case 2:
			all[i] = T(binary.LittleEndian.Uint16(b[2*i:]))
		case 4:
			all[i] = T(binary.LittleEndian.Uint32(b[4*i:]))
		default:
			all[i] = T(binary.LittleEndian.Uint64(b[8*i:]))
		}
	}
	return all
}
