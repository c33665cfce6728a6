package picture_test

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"slices"
	"testing"
)

// scenery is a picture with slopes, edges and some grain, the same every time.
func scenery(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	grain := uint32(1)
	for y := range h {
		for x := range w {
			grain = grain*1664525 + 1013904223
			c := color.RGBA{uint8(255 * x / w), uint8(255 * y / h), uint8(80 + grain>>28), 255}
			if (x*12/w+y*9/h)%3 == 0 {
				c.R, c.B = 255-c.R, 200
			}
			img.SetRGBA(x, y, c)
		}
	}
	return img
}

// noise is what compresses worst.
func noise(w, h int) *image.RGBA {
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	grain := uint64(88172645463325252)
	for i := range img.Pix {
		grain ^= grain << 13
		grain ^= grain >> 7
		grain ^= grain << 17
		img.Pix[i] = uint8(grain)
		if i%4 == 3 {
			img.Pix[i] = 255
		}
	}
	return img
}

func asJPEG(t testing.TB, img image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// rawPNG is the picture without compression, which takes long on noise.
func rawPNG(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.NoCompression}).Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// segment is one JPEG segment.
func segment(marker byte, body []byte) []byte {
	out := binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(2+len(body)))
	return append(out, body...)
}

// insert puts bytes into a JPEG after its first marker.
func insert(data []byte, pieces ...[]byte) []byte {
	return slices.Concat(append(append([][]byte{data[:2]}, pieces...), data[2:])...)
}

// exif is a TIFF block with an orientation, a place on earth and a secret.
func exif(order binary.AppendByteOrder, turn uint16) []byte {
	out := []byte("II*\x00")
	if order == binary.AppendByteOrder(binary.BigEndian) {
		out = []byte("MM\x00*")
	}
	entry := func(tag, kind uint16, count uint32, value uint32) {
		out = order.AppendUint16(order.AppendUint16(out, tag), kind)
		out = order.AppendUint32(out, count)
		if kind == 3 {
			out = order.AppendUint16(order.AppendUint16(out, uint16(value)), 0)
		} else {
			out = order.AppendUint32(out, value)
		}
	}
	out = order.AppendUint32(out, 8)
	out = order.AppendUint16(out, 3)
	entry(0x010f, 2, uint32(len(secret)), 200) // maker
	entry(0x0112, 3, 1, uint32(turn))
	entry(0x8825, 4, 1, 60) // GPS directory
	out = order.AppendUint32(out, 0)
	for len(out) < 60 {
		out = append(out, 0)
	}
	out = order.AppendUint16(out, 2)
	entry(1, 2, 2, uint32('N')<<24)
	entry(2, 5, 3, 120)
	out = order.AppendUint32(out, 0)
	for len(out) < 120 {
		out = append(out, 0)
	}
	for _, part := range []uint32{60, 1, 52, 1, 4242, 100} {
		out = order.AppendUint32(out, part)
	}
	for len(out) < 200 {
		out = append(out, 0)
	}
	return append(out, secret...)
}

// secret stands for everything that must not come out.
const secret = "SECRET-60N52E26"

// pngChunk is one chunk with its sum.
func pngChunk(id string, body []byte) []byte {
	out := binary.BigEndian.AppendUint32(nil, uint32(len(body)))
	out = append(append(out, id...), body...)
	return binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(out[4:]))
}

// intoPNG puts chunks before the pixels (after IHDR).
func intoPNG(data []byte, chunks ...[]byte) []byte {
	const head = 8 + 25
	return slices.Concat(append(append([][]byte{data[:head]}, chunks...), data[head:])...)
}

// pngHeader is a PNG that declares a size and holds next to nothing.
func pngHeader(w, h uint32, depth, colours, interlaced byte) []byte {
	body := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	return slices.Concat([]byte("\x89PNG\r\n\x1a\n"), pngChunk("IHDR", append(body, depth, colours, 0, 0, interlaced)),
		pngChunk("IDAT", []byte{0x78, 0x9c, 3, 0, 0, 0, 0, 1}), pngChunk("IEND", nil))
}

// asGIF encodes frames, the screen as large as the first rectangle.
func asGIF(t testing.TB, screen image.Point, frames ...*image.Paletted) []byte {
	t.Helper()
	var b bytes.Buffer
	g := &gif.GIF{Config: image.Config{Width: screen.X, Height: screen.Y}}
	for _, f := range frames {
		g.Image, g.Delay = append(g.Image, f), append(g.Delay, 10)
	}
	if err := gif.EncodeAll(&b, g); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// plain is one colour of a palette that has also transparency.
func plain(r image.Rectangle, c color.Color) *image.Paletted {
	p := image.NewPaletted(r, color.Palette{color.Transparent, c})
	for i := range p.Pix {
		p.Pix[i] = 1
	}
	return p
}

// riffChunk is one chunk of a WebP, riff a whole file.
func riffChunk(id string, body []byte) []byte {
	out := binary.LittleEndian.AppendUint32([]byte(id), uint32(len(body)))
	out = append(out, body...)
	return append(out, make([]byte, len(body)%2)...)
}

func riff(chunks ...[]byte) []byte {
	return riffChunk("RIFF", append([]byte("WEBP"), slices.Concat(chunks...)...))
}

func u24(n int) []byte { return []byte{byte(n), byte(n >> 8), byte(n >> 16)} }

func vp8x(flags byte, w, h int) []byte {
	return riffChunk("VP8X", slices.Concat([]byte{flags, 0, 0, 0}, u24(w-1), u24(h-1)))
}

// webpChunks cuts a file to its chunks by name.
func webpChunks(data []byte) map[string][]byte {
	found := map[string][]byte{}
	for rest := data[12:]; len(rest) >= 8; {
		n := 8 + int(binary.LittleEndian.Uint32(rest[4:]))
		found[string(rest[:4])] = rest[8:n]
		rest = rest[min(len(rest), n+n%2):]
	}
	return found
}

// frame is a frame of a moving WebP.
func frame(x, y, w, h int, chunks ...[]byte) []byte {
	return riffChunk("ANMF", slices.Concat(u24(x/2), u24(y/2), u24(w-1), u24(h-1), u24(100), []byte{0}, slices.Concat(chunks...)))
}

// flatJPEG is a grey picture of any size in few bytes: every code is the shortest.
// scans counts how many times all of it is told.
func flatJPEG(w, h, scans int, progressive bool, sampling ...byte) []byte {
	sof := []byte{8, byte(h >> 8), byte(h), byte(w >> 8), byte(w), byte(len(sampling))}
	sos := []byte{byte(len(sampling))}
	bits := 0 // a block of each component: one for DC, one for AC when it is told
	mcus := (w + 8*int(sampling[0]>>4) - 1) / (8 * int(sampling[0]>>4)) * ((h + 8*int(sampling[0]&15) - 1) / (8 * int(sampling[0]&15)))
	for i, hv := range sampling {
		sof = append(sof, byte(i+1), hv, 0)
		sos = append(sos, byte(i+1), 0)
		bits += int(hv>>4) * int(hv&15)
	}
	marker, last := byte(0xc1), byte(63)
	if progressive {
		marker, last = 0xc2, 0
	} else {
		bits *= 2
	}
	if len(sampling) == 1 { // a lone component is told block by block
		bits, mcus = bits/int(sampling[0]>>4)/int(sampling[0]&15), (w+7)/8*((h+7)/8)
	}
	table := make([]byte, 17)
	table[1] = 1 // one code of one bit, for the value nought
	out := slices.Concat([]byte{0xff, 0xd8}, segment(0xdb, append([]byte{0}, bytes.Repeat([]byte{1}, 64)...)),
		segment(marker, sof), segment(0xc4, append(table, 0)))
	table[0] = 0x10
	out = append(out, segment(0xc4, append(table, 0))...)
	for range scans {
		out = append(out, segment(0xda, append(slices.Clone(sos), 0, last, 0))...)
		out = append(out, make([]byte, (mcus*bits+7)/8)...)
	}
	return append(out, 0xff, 0xd9)
}
