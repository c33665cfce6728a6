//go:build unix

package graphfile

import (
	"os"
	"syscall"
)

// load maps a file into memory.
func load(f *os.File) (data []byte, mapped bool, err error) {
	info, err := f.Stat()
	if err != nil {
		return nil, false, err
	}
	size := info.Size()
	if !info.Mode().IsRegular() || size < HeaderSize || int64(int(size)) != size {
		return nil, false, Broken("%s is no file of a graph's size", f.Name())
	}
	data, err = syscall.Mmap(int(f.Fd()), 0, int(size), syscall.PROT_READ, syscall.MAP_SHARED)
	if err != nil {
		data, err = os.ReadFile(f.Name())
		return data, false, err
	}
	return data, true, nil
}

func unload(data []byte) error { return syscall.Munmap(data) }
