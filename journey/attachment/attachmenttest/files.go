package attachmenttest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"
)

// Secrets are what WithPlace and OnePage hide in their files.
func Secrets() []string { return []string{"GPS 60.8679 N", "Maija"} }

// scene is a picture that is no other's.
func scene(w, h, number int) image.Image {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, color.RGBA{uint8(x * 255 / w), uint8(y * 255 / h), uint8(number * 40), 255})
		}
	}
	return img
}

// Photo is a JPEG, another for each number.
func Photo(t testing.TB, w, h, number int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, scene(w, h, number), nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// Drawing is a PNG.
func Drawing(t testing.TB, w, h int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, scene(w, h, 0)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// WithPlace puts camera data with a place into a JPEG.
func WithPlace(data []byte) []byte {
	body := "Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00GPS 60.8679 N 26.7042 E Maija"
	segment := append(binary.BigEndian.AppendUint16([]byte{0xff, 0xe1}, uint16(len(body)+2)), body...)
	return append(append(append([]byte{}, data[:2]...), segment...), data[2:]...)
}

// Bomb is a PNG of a few bytes that says it has w × h pixels.
func Bomb(w, h uint32) []byte {
	chunk := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	chunk = append(binary.BigEndian.AppendUint32(chunk, h), 8, 6, 0, 0, 0)
	out := binary.BigEndian.AppendUint32([]byte("\x89PNG\r\n\x1a\n"), uint32(len(chunk)-4))
	out = append(out, chunk...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
}

// OnePage is a small PDF with its maker's name in it, and more in its catalogue.
func OnePage(catalogue string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	var at []int
	for i, o := range []string{"<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>", "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>", "<< /Author (Maija) >>"} {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	b.WriteString("xref\n0 5\n0000000000 65535 f \n")
	for _, n := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", n)
	}
	fmt.Fprintf(&b, "trailer << /Size 5 /Root 1 0 R /Info 4 0 R >>\nstartxref\n%d\n%%%%EOF\n", start)
	return b.Bytes()
}
