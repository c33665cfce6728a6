package picture_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"

	"kokko/ground/fault"
	"kokko/ground/picture"
)

// Whatever the bytes: a Picture within its bounds, or a fault that tells the
// sender; never a panic, also not one that Make caught.
func FuzzMake(f *testing.F) {
	small := scenery(23, 17)
	jpg := asJPEG(f, small, 80)
	f.Add(jpg)
	f.Add(insert(jpg, segment(0xe1, append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 5)...))))
	f.Add(flatJPEG(40, 40, 3, true, 0x22, 0x11, 0x11))
	f.Add(flatJPEG(40, 40, 1, false, 0x41, 0x11, 0x11))
	f.Add(insert(flatJPEG(40, 40, 1, true, 0x11, 0x11, 0x11, 0x11), segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))))
	f.Add(asPNG(f, small))
	f.Add(intoPNG(asPNG(f, image.NewNRGBA64(image.Rect(0, 0, 5, 4))), pngChunk("eXIf", exif(binary.BigEndian, 3))))
	f.Add(asGIF(f, image.Pt(30, 20), plain(image.Rect(3, 2, 20, 10), color.Black), plain(image.Rect(0, 0, 30, 20), color.White)))
	for _, name := range []string{"lossy.webp", "alpha.webp", "lossless.webp"} {
		still := testdata(f, name)
		f.Add(still)
		chunks := webpChunks(still)
		f.Add(riff(vp8x(2|16, 80, 60), frame(4, 2, 60, 40, riffChunk("VP8L", chunks["VP8L"]), riffChunk("ALPH", chunks["ALPH"]), riffChunk("VP8 ", chunks["VP8 "]))))
	}
	for _, bomb := range bombs(f) {
		f.Add(bomb.data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := picture.Make(bytes.NewReader(data), picture.Options{MaxBytes: 1 << 20, MaxMemory: 16 << 20})
		if err == nil {
			check(t, p)
			return
		}
		e, ok := errors.AsType[*fault.Error](err)
		if !ok || e.Code != fault.Invalid || !strings.HasPrefix(e.Key, "picture.") {
			t.Errorf("no fault for the sender: %v", err)
		}
		if strings.Contains(err.Error(), "panicked") {
			t.Error(err)
		}
	})
}

func FuzzOrientation(f *testing.F) {
	f.Add(exif(binary.LittleEndian, 6))
	f.Add(exif(binary.BigEndian, 8))
	f.Add([]byte("II*\x00\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := picture.ReadOrientation(data); o < 0 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	})
}
