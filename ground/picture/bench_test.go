package picture_test

import (
	"bytes"
	"testing"

	"kokko/ground/picture"
)

// A telephone's photograph, and the same as a PNG.
func BenchmarkMake(b *testing.B) {
	for name, data := range map[string][]byte{
		"jpeg 12 Mpx": asJPEG(b, scenery(4000, 3000), 88),
		"jpeg 50 Mpx": asJPEG(b, scenery(8192, 6144), 80),
		"png 12 Mpx":  asPNG(b, scenery(4000, 3000)),
		"jpeg 2 Mpx":  asJPEG(b, scenery(1600, 1200), 88),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(data)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := picture.Make(bytes.NewReader(data), picture.Options{MaxBytes: 100 << 20}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
