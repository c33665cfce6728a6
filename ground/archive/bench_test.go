package archive_test

import (
	"bytes"
	"fmt"
	"path/filepath"
	"runtime"
	"testing"

	"kokko/ground/archive"
	"kokko/ground/store/storetest"
	"kokko/schema"
)

// BenchmarkArchive writes, verifies and reads back a store of SQLite, in rows a
// second; go test -bench Archive ./ground/archive
func BenchmarkArchive(b *testing.B) {
	db := storetest.SQLite(b)
	fill(b, db, 1000)
	var file bytes.Buffer
	if err := archive.Write(b.Context(), db, &file, meta()); err != nil {
		b.Fatal(err)
	}
	found, err := archive.Verify(b.Context(), bytes.NewReader(file.Bytes()))
	if err != nil {
		b.Fatal(err)
	}
	speed := func(b *testing.B, do func() error) {
		for b.Loop() {
			if err := do(); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(found.Rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		b.ReportMetric(float64(m.HeapSys)/(1<<20), "heap-MB")
	}
	b.Run("write", func(b *testing.B) {
		speed(b, func() error { return archive.Write(b.Context(), db, &bytes.Buffer{}, meta()) })
	})
	b.Run("verify", func(b *testing.B) {
		speed(b, func() error {
			_, err := archive.Verify(b.Context(), bytes.NewReader(file.Bytes()))
			return err
		})
	})
	b.Run("read", func(b *testing.B) {
		n, dir := 0, b.TempDir()
		speed(b, func() error {
			n++
			to := open(b, "sqlite:"+filepath.Join(dir, fmt.Sprint(n), "kokko.db"))
			_, err := archive.Read(b.Context(), to, fakeClock(), schema.Files, bytes.NewReader(file.Bytes()))
			return err
		})
	})
}
