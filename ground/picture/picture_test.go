package picture_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"golang.org/x/image/draw"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/picture"
)

var (
	red    = color.RGBA{220, 30, 30, 255}
	green  = color.RGBA{30, 180, 30, 255}
	blue   = color.RGBA{30, 30, 220, 255}
	yellow = color.RGBA{230, 210, 40, 255}
	white  = color.RGBA{255, 255, 255, 255}
	grey   = color.RGBA{128, 128, 128, 255}
)

// quarters is a picture of four colours: top left, top right, bottom left, bottom right.
func quarters(w, h int, colours [4]color.Color) *image.NRGBA {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for i, c := range colours {
		x, y := i%2*(w/2), i/2*(h/2)
		draw.Draw(img, image.Rect(x, y, x+w/2, y+h/2), image.NewUniform(c), image.Point{}, draw.Src)
	}
	return img
}

func made(t testing.TB, data []byte) picture.Picture {
	t.Helper()
	p, err := picture.Make(bytes.NewReader(data), picture.Options{})
	if err != nil {
		t.Fatal(err)
	}
	check(t, p)
	return p
}

// check is what holds of every Picture.
func check(t testing.TB, p picture.Picture) {
	t.Helper()
	for _, size := range []struct {
		data       []byte
		side, most int
	}{{p.JPEG, 1600, 2_000_000}, {p.Small, 480, 250_000}} {
		c, err := jpeg.DecodeConfig(bytes.NewReader(size.data))
		if err != nil {
			t.Fatalf("the result is no JPEG: %v", err)
		}
		if max(c.Width, c.Height) > size.side || min(c.Width, c.Height) < 1 || len(size.data) > size.most {
			t.Errorf("%d × %d in %d bytes is over the bound", c.Width, c.Height, len(size.data))
		}
		if size.side == 1600 && (c.Width != p.Width || c.Height != p.Height) {
			t.Errorf("said %d × %d, is %d × %d", p.Width, p.Height, c.Width, c.Height)
		}
		if got, want := markers(t, size.data), []byte{0xdb, 0xc0, 0xc4, 0xda}; !bytes.Equal(got, want) {
			t.Errorf("segments % x, want % x and no other", got, want)
		}
		if !bytes.HasSuffix(size.data, []byte{0xff, 0xd9}) {
			t.Error("something follows the end of the picture")
		}
	}
	if sum := sha256.Sum256(p.JPEG); p.SHA256 != hex.EncodeToString(sum[:]) {
		t.Error("the sum is of something else")
	}
}

// markers lists the segments of a JPEG up to and with its first scan.
func markers(t testing.TB, data []byte) []byte {
	t.Helper()
	var found []byte
	for i := 2; i+4 <= len(data); i += 2 + int(binary.BigEndian.Uint16(data[i+2:])) {
		if data[i] != 0xff {
			t.Fatalf("no marker at %d", i)
		}
		found = append(found, data[i+1])
		if data[i+1] == 0xda {
			return found
		}
	}
	t.Fatal("no scan")
	return nil
}

// looks compares the middle of each quarter.
func looks(t testing.TB, data []byte, want [4]color.Color) {
	t.Helper()
	img, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	b := img.Bounds()
	for i, c := range want {
		got := color.RGBAModel.Convert(img.At(b.Dx()/4+i%2*b.Dx()/2, b.Dy()/4+i/2*b.Dy()/2)).(color.RGBA)
		to := color.RGBAModel.Convert(c).(color.RGBA)
		for _, d := range []int{int(got.R) - int(to.R), int(got.G) - int(to.G), int(got.B) - int(to.B)} {
			if d < -24 || d > 24 {
				t.Errorf("quarter %d is %v, want %v", i, got, to)
				break
			}
		}
	}
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// wants is a fault with the key.
func wants(t testing.TB, err error, key string) *fault.Error {
	t.Helper()
	f, ok := errors.AsType[*fault.Error](err)
	if !ok || f.Code != fault.Invalid || f.Key != key {
		t.Fatalf("got %v, want invalid: %s", err, key)
	}
	return f
}

var four = [4]color.Color{red, green, blue, yellow}

// same gives one colour in every quarter.
func same(c color.Color) [4]color.Color { return [4]color.Color{c, c, c, c} }

func TestEveryKind(t *testing.T) {
	t.Parallel()
	clear := [4]color.Color{red, color.NRGBA{}, color.NRGBA{0, 0, 0, 128}, yellow}
	half := color.RGBA{127, 127, 127, 255}
	flat := [4]color.Color{red, white, half, yellow}
	deep := image.NewNRGBA64(image.Rect(0, 0, 60, 40))
	draw.Draw(deep, deep.Rect, quarters(60, 40, clear), image.Point{}, draw.Src)
	palette := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{red, green, blue, yellow, color.Transparent})
	draw.Draw(palette, palette.Rect, quarters(60, 40, four), image.Point{}, draw.Src)
	lossy, alpha, lossless := testdata(t, "lossy.webp"), testdata(t, "alpha.webp"), testdata(t, "lossless.webp")
	for name, c := range map[string]struct {
		data []byte
		size image.Point
		want [4]color.Color
	}{
		"jpeg":              {asJPEG(t, quarters(60, 40, four), 90), image.Pt(60, 40), four},
		"jpeg grey":         {asJPEG(t, image.NewGray(image.Rect(0, 0, 9, 5)), 90), image.Pt(9, 5), same(color.Black)},
		"jpeg progressive":  {flatJPEG(61, 43, 2, true, 0x22, 0x11, 0x11), image.Pt(61, 43), same(grey)},
		"jpeg three grey":   {flatJPEG(61, 43, 1, false, 0x11, 0x11, 0x11), image.Pt(61, 43), same(grey)},
		"png":               {asPNG(t, quarters(60, 40, four)), image.Pt(60, 40), four},
		"png clear":         {asPNG(t, quarters(60, 40, clear)), image.Pt(60, 40), flat},
		"png 16 bits":       {asPNG(t, deep), image.Pt(60, 40), flat},
		"png palette":       {asPNG(t, palette), image.Pt(60, 40), four},
		"gif":               {asGIF(t, image.Pt(60, 40), palette), image.Pt(60, 40), four},
		"gif moving":        {asGIF(t, image.Pt(60, 40), palette, plain(palette.Rect, blue)), image.Pt(60, 40), four},
		"gif part":          {asGIF(t, image.Pt(60, 40), plain(image.Rect(30, 0, 60, 20), red)), image.Pt(60, 40), [4]color.Color{white, red, white, white}},
		"gif part, large":   {asGIF(t, image.Pt(2400, 1600), plain(image.Rect(0, 800, 1200, 1600), red)), image.Pt(1600, 1067), [4]color.Color{white, white, red, white}},
		"webp":              {lossy, image.Pt(60, 40), four},
		"webp clear":        {alpha, image.Pt(60, 40), [4]color.Color{red, white, blue, half}},
		"webp lossless":     {lossless, image.Pt(60, 40), [4]color.Color{red, white, blue, half}},
		"webp moving":       {riff(vp8x(2, 60, 40), riffChunk("ANIM", make([]byte, 6)), frame(0, 0, 60, 40, riffChunk("VP8 ", webpChunks(lossy)["VP8 "])), frame(0, 0, 60, 40)), image.Pt(60, 40), four},
		"webp moving, part": {riff(vp8x(2|16, 136, 120), frame(76, 80, 60, 40, riffChunk("ALPH", webpChunks(alpha)["ALPH"]), riffChunk("VP8 ", webpChunks(alpha)["VP8 "]))), image.Pt(136, 120), [4]color.Color{white, white, white, red}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := made(t, c.data)
			if got := image.Pt(p.Width, p.Height); got != c.size {
				t.Errorf("size %v, want %v", got, c.size)
			}
			looks(t, p.JPEG, c.want)
			looks(t, p.Small, c.want)
			if again := made(t, c.data); !bytes.Equal(again.JPEG, p.JPEG) || !bytes.Equal(again.Small, p.Small) || again.SHA256 != p.SHA256 {
				t.Error("the same file gave another picture")
			}
		})
	}
}

// Nothing that the sender did not draw comes out: camera data with a place on
// earth, comments, profiles, thumbnails, and files within files.
func TestOnlyPixelsAreKept(t *testing.T) {
	t.Parallel()
	photo := quarters(600, 400, four)
	jpg, thumbnail := asJPEG(t, photo, 90), asJPEG(t, quarters(32, 32, four), 50)
	head := append([]byte("Exif\x00\x00"), exif(binary.LittleEndian, 1)...)
	palette := image.NewPaletted(image.Rect(0, 0, 60, 40), color.Palette{red, green, blue, yellow})
	draw.Draw(palette, palette.Rect, quarters(60, 40, four), image.Point{}, draw.Src)
	moving := asGIF(t, image.Pt(60, 40), palette)
	comment := append(append([]byte{0x21, 0xfe, byte(len(secret))}, secret...), 0)
	const screen = 13 // the frames have palettes of their own
	webp := testdata(t, "lossy.webp")
	page := "<html><script>alert('" + secret + "')</script></html>"
	archive := "PK\x03\x04" + secret + "META-INF/MANIFEST.MF" + secret + "PK\x05\x06"
	for name, data := range map[string][]byte{
		"jpeg exif":       insert(jpg, segment(0xe1, append(head, thumbnail...))),
		"jpeg xmp":        insert(jpg, segment(0xe1, []byte("http://ns.adobe.com/xap/1.0/\x00<x>"+secret+"</x>"))),
		"jpeg icc, iptc":  insert(jpg, segment(0xe2, []byte("ICC_PROFILE\x00\x01\x01"+secret)), segment(0xed, []byte("Photoshop 3.0\x00"+secret))),
		"jpeg comment":    insert(jpg, segment(0xfe, []byte(page))),
		"jpeg and page":   append(slices.Clone(jpg), page...),
		"jpeg and zip":    append(slices.Clone(jpg), archive...),
		"jpeg and jpeg":   slices.Concat(jpg, jpg, []byte(secret)),
		"jpeg loose":      insert(jpg, slices.Concat(segment(0xfe, nil), []byte(secret))),
		"png text":        intoPNG(asPNG(t, photo), pngChunk("tEXt", []byte("Comment\x00"+page)), pngChunk("eXIf", exif(binary.BigEndian, 1)), pngChunk("raNd", []byte(secret))),
		"png and zip":     append(asPNG(t, photo), archive...),
		"gif and jar":     append(slices.Clone(moving), archive...),
		"gif comment":     slices.Concat(moving[:screen], comment, moving[screen:]),
		"webp exif":       riff(vp8x(8, 60, 40), riffChunk("VP8 ", webpChunks(webp)["VP8 "]), riffChunk("EXIF", exif(binary.LittleEndian, 1)), riffChunk("XMP ", []byte(secret))),
		"webp and page":   append(slices.Clone(webp), page...),
		"webp odd chunks": riff(vp8x(0, 60, 40), riffChunk("ZZZZ", []byte(secret)), riffChunk("VP8 ", webpChunks(webp)["VP8 "])),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !bytes.Contains(data, []byte(secret)) {
				t.Fatal("the file holds no secret to begin with")
			}
			p := made(t, data)
			looks(t, p.JPEG, four)
			for _, out := range [][]byte{p.JPEG, p.Small} {
				for _, mark := range []string{secret, "SECRET", "Exif", "http", "<", "PK\x03\x04", "ICC", "\xff\xd8\xff\xe0", "\x92\x10\x00\x00\x64"} {
					if mark != "<" && bytes.Contains(out, []byte(mark)) {
						t.Errorf("%q came through", mark)
					}
				}
				if n := bytes.Count(out, []byte("\xff\xd8")); n != 1 {
					t.Errorf("%d pictures in one", n)
				}
			}
		})
	}
}

// The stored quarters of a picture that is to look like four when shown, by what
// Exif says of the first row and the first column.
func TestOrientation(t *testing.T) {
	t.Parallel()
	r, g, b, y := color.Color(red), color.Color(green), color.Color(blue), color.Color(yellow)
	for turn, stored := range map[uint16][4]color.Color{
		1: {r, g, b, y}, // row at the top, column at the left
		2: {g, r, y, b}, // top, right
		3: {y, b, g, r}, // bottom, right
		4: {b, y, r, g}, // bottom, left
		5: {r, b, g, y}, // left, top
		6: {g, y, r, b}, // right, top
		7: {y, g, b, r}, // right, bottom
		8: {b, r, y, g}, // left, bottom
		0: {r, g, b, y}, // means nothing
		9: {r, g, b, y},
	} {
		for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
			t.Run(fmt.Sprintf("%d %v", turn, order), func(t *testing.T) {
				t.Parallel()
				img := quarters(60, 40, stored)
				block := exif(order, turn)
				wide := asJPEG(t, quarters(1640, 410, stored), 90)
				for name, data := range map[string][]byte{
					"jpeg": insert(asJPEG(t, img, 90), segment(0xe1, append([]byte("Exif\x00\x00"), block...))),
					"png":  intoPNG(asPNG(t, img), pngChunk("eXIf", block)),
					"late": insert(wide, segment(0xe0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")), segment(0xe1, append([]byte("Exif\x00\x00"), block...))),
				} {
					p := made(t, data)
					looks(t, p.JPEG, four)
					looks(t, p.Small, four)
					if upended := turn >= 5 && turn <= 8; upended != (p.Height > p.Width) {
						t.Errorf("%s: %d × %d", name, p.Width, p.Height)
					}
				}
			})
		}
	}
}

func TestOrientationOfWebP(t *testing.T) {
	t.Parallel()
	still := riffChunk("VP8 ", webpChunks(testdata(t, "lossy.webp"))["VP8 "])
	for _, prefix := range []string{"", "Exif\x00\x00"} {
		p := made(t, riff(vp8x(8, 60, 40), still, riffChunk("EXIF", append([]byte(prefix), exif(binary.BigEndian, 6)...))))
		looks(t, p.JPEG, [4]color.Color{blue, red, yellow, green})
	}
}

// Odd Exif blocks mean "as stored", wherever they point.
func TestOrientationOfOddBlocks(t *testing.T) {
	t.Parallel()
	good := exif(binary.LittleEndian, 6)
	change := func(at int, bytes ...byte) []byte {
		odd := slices.Clone(good)
		copy(odd[at:], bytes)
		return odd
	}
	if got := picture.ReadOrientation(good); got != 6 {
		t.Fatalf("the good block says %d", got)
	}
	for name, block := range map[string][]byte{
		"empty": nil, "short": good[:7], "cut": good[:30], "other order": change(0, 'M', 'M'), "neither": change(0, 'I', 'M'),
		"no 42": change(2, 43), "in the header": change(4, 2), "beyond": change(4, 0xff, 0xff, 0xff, 0xff), "at the end": change(4, byte(len(good)-1)),
		"no entries": change(8, 0, 0), "type": change(24, 4), "count": change(26, 2), "value": change(30, 0, 1),
	} {
		if got := picture.ReadOrientation(block); got != 0 {
			t.Errorf("%s: %d", name, got)
		}
	}
}

func TestStrangers(t *testing.T) {
	t.Parallel()
	box := func(brands string) string { return "\x00\x00\x00\x18ftyp" + brands + strings.Repeat("\x00", 40) }
	for _, c := range []struct{ name, data, key, kind string }{
		{"nothing", "", "picture.none", ""},
		{"heic", box("heic\x00\x00\x00\x00mif1heic"), "picture.heic", ""},
		{"heic by its second brand", box("mif1\x00\x00\x00\x00miafheix"), "picture.heic", ""},
		{"heif", box("mif1\x00\x00\x00\x00mif1miaf"), "picture.heic", ""},
		{"live heic", box("msf1\x00\x00\x00\x00msf1hevc"), "picture.heic", ""},
		{"avif", box("avif\x00\x00\x00\x00mif1miaf"), "picture.other", "AVIF"},
		{"avif by its second brand", box("mif1\x00\x00\x00\x00avifmif1"), "picture.other", "AVIF"},
		{"mp4", box("isom\x00\x00\x02\x00isomiso2avc1mp41"), "picture.video", ""},
		{"quicktime", box("qt  \x00\x00\x02\x00qt  "), "picture.video", ""},
		{"short box", "\x00\x00\x00\x18ftyp", "picture.video", ""},
		{"webm", "\x1aE\xdf\xa3\x9fB\x86\x81\x01", "picture.video", ""},
		{"avi", "RIFF\x00\x00\x00\x00AVI LIST", "picture.video", ""},
		{"pdf", "%PDF-1.7\n", "picture.pdf", ""},
		{"tiff", "II*\x00\x08\x00\x00\x00", "picture.other", "TIFF"},
		{"tiff, big end first", "MM\x00*\x00\x00\x00\x08", "picture.other", "TIFF"},
		{"bmp", "BM\x36\x00\x00\x00\x00\x00\x00\x00\x36\x00\x00\x00\x28", "picture.other", "BMP"},
		{"jxl", "\xff\x0a\xfa\x1f", "picture.other", "JPEG XL"},
		{"jxl in a box", "\x00\x00\x00\x0cJXL \r\n\x87\n", "picture.other", "JPEG XL"},
		{"jpeg 2000", "\x00\x00\x00\x0cjP  \r\n\x87\n", "picture.other", "JPEG 2000"},
		{"psd", "8BPS\x00\x01", "picture.other", "PSD"},
		{"svg", "<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "picture.other", "SVG"},
		{"svg after a declaration", "\xef\xbb\xbf<?xml version='1.0'?>\n<!DOCTYPE svg><SVG/>", "picture.other", "SVG"},
		{"html", "<!doctype html><script>alert(1)</script>", "picture.not", ""},
		{"html with a jpeg inside", "<html>\xff\xd8\xff\xe0</html>", "picture.not", ""},
		{"zip", "PK\x03\x04\x14\x00", "picture.not", ""},
		{"program", "MZ\x90\x00", "picture.not", ""},
		{"text", "GIF tai PNG?", "picture.not", ""},
		{"wav", "RIFF\x00\x00\x00\x00WAVEfmt ", "picture.not", ""},
		{"a byte", "\xff", "picture.not", ""},
		{"jpeg's first bytes", "\xff\xd8\xff", "picture.broken", ""},
		{"png's first bytes", "\x89PNG\r\n\x1a\n", "picture.broken", ""},
		{"gif's first bytes", "GIF89a", "picture.broken", ""},
		{"webp's first bytes", "RIFF\x04\x00\x00\x00WEBP", "picture.broken", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			_, err := picture.Make(strings.NewReader(c.data), picture.Options{})
			if f := wants(t, err, c.key); c.kind != "" && f.Args["kind"] != c.kind {
				t.Errorf("kind %v, want %v", f.Args["kind"], c.kind)
			}
		})
	}
}

// allocated is how much f takes from the heap in all, which its peak cannot exceed.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bombs are small files that declare much.
func bombs(t testing.TB) map[string]struct {
	data []byte
	key  string
} {
	t.Helper()
	gifOf := func(w, h int) []byte {
		data := asGIF(t, image.Pt(8, 8), plain(image.Rect(0, 0, 8, 8), red))
		binary.LittleEndian.PutUint16(data[6:], uint16(w))
		binary.LittleEndian.PutUint16(data[8:], uint16(h))
		return data
	}
	jpegOf := func(w, h int) []byte {
		data := asJPEG(t, image.NewGray(image.Rect(0, 0, 8, 8)), 50)
		sof := bytes.Index(data, []byte{0xff, 0xc0})
		binary.BigEndian.PutUint16(data[sof+5:], uint16(h))
		binary.BigEndian.PutUint16(data[sof+7:], uint16(w))
		return data
	}
	vp8l := func(w, h int) []byte { // a lossless header and no more
		return riffChunk("VP8L", binary.LittleEndian.AppendUint32([]byte{0x2f}, uint32(w-1)|uint32(h-1)<<14))
	}
	type bomb = struct {
		data []byte
		key  string
	}
	return map[string]bomb{
		"png of 65 gigapixels":           {pngHeader(1<<18, 1<<18, 8, 6, 0), "picture.side"},
		"png, sides over 31 bits":        {pngHeader(1<<31, 1<<31, 8, 6, 0), "picture.broken"},
		"png of no size":                 {pngHeader(0, 7, 8, 6, 0), "picture.broken"},
		"png of 400 Mpx":                 {pngHeader(20000, 20000, 8, 2, 0), "picture.pixels"},
		"png, long":                      {pngHeader(20001, 1, 1, 0, 0), "picture.side"},
		"png of 50 Mpx in nothing":       {pngHeader(7000, 7000, 1, 0, 0), "picture.broken"},
		"png of 51 Mpx, deep":            {pngHeader(9000, 5700, 16, 6, 0), "picture.pixels"},
		"png of 30 Mpx, deep interlaced": {pngHeader(6000, 5000, 16, 6, 1), "picture.pixels"},
		"gif of 4 gigapixels":            {gifOf(65535, 65535), "picture.side"},
		"gif of 100 Mpx":                 {gifOf(10000, 10000), "picture.pixels"},
		"gif of no size":                 {gifOf(0, 0), "picture.broken"},
		"jpeg of 4 gigapixels":           {jpegOf(65535, 65535), "picture.side"},
		"jpeg of 100 Mpx":                {jpegOf(10000, 10000), "picture.pixels"},
		"jpeg of 49 Mpx in nothing":      {jpegOf(7000, 7000), "picture.broken"},
		"jpeg of no size":                {jpegOf(0, 7), "picture.broken"},
		"jpeg, too many passes":          {flatJPEG(16, 16, 65, true, 0x11), "picture.rare"},
		"jpeg, the same told again":      {flatJPEG(16, 16, 5, false, 0x11), "picture.rare"},
		"jpeg, progressive 35 Mpx":       {slices.Concat(flatJPEG(7000, 5000, 1, true, 0x11, 0x11, 0x11)[:4000]), "picture.pixels"},
		"webp of 268 Mpx":                {riff(vp8l(16384, 16384)), "picture.pixels"},
		"webp of 45 Mpx, lossless":       {riff(vp8l(9000, 5000)), "picture.pixels"},
		"webp, a large canvas":           {riff(vp8x(0, 1<<24, 1), vp8l(1, 1)), "picture.side"},
		"webp, moving, large":            {riff(vp8x(2, 16000, 16000), frame(0, 0, 16000, 16000, vp8l(16000, 16000))), "picture.pixels"},
		"webp, a frame over the canvas":  {riff(vp8x(2, 10, 10), frame(0, 0, 16000, 16000, vp8l(16000, 16000))), "picture.broken"},
		"webp, a frame beside it":        {riff(vp8x(2, 10, 10), frame(8, 0, 5, 5, vp8l(5, 5))), "picture.broken"},
		"webp, moving, no frame":         {riff(vp8x(2, 10, 10)), "picture.broken"},
		"webp, an empty frame":           {riff(vp8x(2, 10, 10), frame(0, 0, 10, 10)), "picture.broken"},
		"webp, half a frame":             {riff(vp8x(2, 10, 10), riffChunk("ANMF", []byte{1, 2, 3})), "picture.broken"},
		"webp, only metadata":            {riff(bytes.Repeat(riffChunk("JUNK", nil), 5000)), "picture.broken"},
	}
}

// Not parallel: it counts what is allocated.
func TestBombsAreRefusedBeforeAllocating(t *testing.T) {
	for name, bomb := range bombs(t) {
		var err error
		took := allocated(func() { _, err = picture.Make(bytes.NewReader(bomb.data), picture.Options{}) })
		t.Run(name, func(t *testing.T) {
			f := wants(t, err, bomb.key)
			if took > 1<<20 {
				t.Errorf("took %d kB", took>>10)
			}
			if n, said := f.Args["max"].(int); (bomb.key == "picture.side" || bomb.key == "picture.pixels") && (!said || n < 1) {
				t.Errorf("no bound is said: %v", f.Args)
			}
		})
	}
}

// No decoder takes more than was reckoned from the headers, and that is what the
// bound is held against. Not parallel, likewise.
func TestMemoryIsReckoned(t *testing.T) {
	adobe := segment(0xee, []byte("Adobe\x00\x64\x00\x00\x00\x00\x00"))
	const w, h = 380, 470 // nothing to scale
	palette := dithered(scenery(w, h))
	still := webpChunks(testdata(t, "lossless.webp"))
	for name, data := range map[string][]byte{
		"jpeg":                     flatJPEG(w, h, 1, false, 0x22, 0x11, 0x11),
		"jpeg 4:4:4":               flatJPEG(w, h, 1, false, 0x11, 0x11, 0x11),
		"jpeg 4:1:0":               flatJPEG(w, h, 1, false, 0x42, 0x11, 0x11),
		"jpeg grey":                flatJPEG(w, h, 1, false, 0x11),
		"jpeg RGB":                 insert(flatJPEG(w, h, 1, false, 0x11, 0x11, 0x11), adobe),
		"jpeg progressive":         flatJPEG(w, h, 3, true, 0x22, 0x11, 0x11),
		"jpeg progressive grey":    flatJPEG(w, h, 3, true, 0x22),
		"jpeg progressive 4:4:4":   flatJPEG(w, h, 3, true, 0x11, 0x11, 0x11),
		"jpeg progressive RGB":     insert(flatJPEG(w, h, 3, true, 0x11, 0x11, 0x11), adobe),
		"jpeg progressive CMYK":    insert(flatJPEG(w, h, 3, true, 0x22, 0x11, 0x11, 0x22), adobe),
		"jpeg progressive, narrow": flatJPEG(9, 3000, 3, true, 0x22, 0x11, 0x11),
		"png":                      asPNG(t, image.NewNRGBA(image.Rect(0, 0, w, h))),
		"png opaque":               asPNG(t, scenery(w, h)),
		"png grey":                 asPNG(t, image.NewGray(image.Rect(0, 0, w, h))),
		"png deep":                 asPNG(t, image.NewNRGBA64(image.Rect(0, 0, w, h))),
		"png deep grey":            asPNG(t, image.NewGray16(image.Rect(0, 0, w, h))),
		"png palette":              asPNG(t, palette),
		"gif":                      asGIF(t, palette.Rect.Max, palette),
		"webp lossy":               testdata(t, "lossy.webp"),
		"webp alpha":               testdata(t, "alpha.webp"),
		"webp lossless":            riff(riffChunk("VP8L", still["VP8L"])),
		"webp moving":              riff(vp8x(2, 60, 40), frame(0, 0, 60, 40, riffChunk("VP8L", still["VP8L"]))),
	} {
		reckoned, decode, err := picture.Reckon(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		took := allocated(func() { err = decode() })
		if err != nil || took > uint64(reckoned)+128<<10 { // the decoder's own state
			t.Errorf("%s: %v, took %d kB, over %d kB", name, err, took>>10, int64(reckoned)>>10)
		}
		if _, err := picture.Make(bytes.NewReader(data), picture.Options{MaxMemory: int64(reckoned) + 1}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		_, err = picture.Make(bytes.NewReader(data), picture.Options{MaxMemory: int64(reckoned) - 1})
		wants(t, err, "picture.pixels")
	}
}

// A file cut anywhere is refused and says so.
func TestTruncated(t *testing.T) {
	t.Parallel()
	img := scenery(97, 61)
	palette := image.NewPaletted(img.Rect, color.Palette{red, green, blue, yellow})
	draw.Draw(palette, palette.Rect, img, image.Point{}, draw.Src)
	for name, whole := range map[string][]byte{
		"jpeg":        asJPEG(t, img, 90),
		"exif":        insert(asJPEG(t, img, 90), segment(0xe1, append([]byte("Exif\x00\x00"), exif(binary.BigEndian, 8)...))),
		"progressive": flatJPEG(300, 300, 3, true, 0x22, 0x11, 0x11),
		"png":         asPNG(t, img),
		"gif":         asGIF(t, palette.Rect.Max, palette),
		"lossy":       testdata(t, "lossy.webp"),
		"alpha":       testdata(t, "alpha.webp"),
		"lossless":    testdata(t, "lossless.webp"),
		"moving":      riff(vp8x(2, 60, 40), frame(0, 0, 60, 40, riffChunk("VP8 ", webpChunks(testdata(t, "lossy.webp"))["VP8 "]))),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			made(t, whole)
			for percent := range 100 {
				_, err := picture.Make(bytes.NewReader(whole[:len(whole)*percent/100]), picture.Options{})
				f, ok := errors.AsType[*fault.Error](err)
				if !ok || f.Code != fault.Invalid || !slices.Contains([]string{"picture.none", "picture.not", "picture.broken", "picture.video"}, f.Key) {
					t.Fatalf("%d %%: %v", percent, err)
				}
			}
		})
	}
}

// Sizes keep their shape within a pixel and are never enlarged.
func TestSizes(t *testing.T) {
	t.Parallel()
	for in, want := range map[image.Point]image.Point{
		{1, 1}: {1, 1}, {480, 480}: {480, 480}, {1600, 60}: {1600, 60}, {1601, 1}: {1600, 1},
		{20000, 2}: {1600, 1}, {2, 20000}: {1, 1600}, {2000, 500}: {1600, 400}, {300, 2400}: {200, 1600},
	} {
		if p := made(t, asPNG(t, image.NewGray(image.Rectangle{Max: in}))); p.Width != want.X || p.Height != want.Y {
			t.Errorf("%v became %d × %d, want %v", in, p.Width, p.Height, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		w, h := rapid.IntRange(1, 2500).Draw(t, "w"), rapid.IntRange(1, 40).Draw(t, "h")
		if rapid.Bool().Draw(t, "upended") {
			w, h = h, w
		}
		p, err := picture.Make(bytes.NewReader(flatJPEG(w, h, 1, false, 0x11)), picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		small, err := jpeg.DecodeConfig(bytes.NewReader(p.Small))
		if err != nil {
			t.Fatal(err)
		}
		for _, made := range [][3]int{{p.Width, p.Height, 1600}, {small.Width, small.Height, 480}} {
			scale := min(1, float64(made[2])/float64(max(w, h)))
			for i, side := range []int{w, h} {
				if exact := float64(side) * scale; float64(made[i]) > max(1, exact+1) || float64(made[i]) < exact-1 || made[i] < 1 {
					t.Fatalf("%d × %d became %d × %d", w, h, made[0], made[1])
				}
			}
		}
	})
}

// Strips give what one pass of the kernel gives, but for rounding between passes.
func TestStripsMakeNoSeams(t *testing.T) {
	t.Parallel()
	photo, err := jpeg.Decode(bytes.NewReader(asJPEG(t, scenery(401, 330), 90)))
	if err != nil {
		t.Fatal(err)
	}
	for name, img := range map[string]image.Image{"rgba": scenery(401, 330), "photograph": photo, "part": scenery(500, 400).SubImage(image.Rect(50, 40, 451, 370)), "palette": dithered(scenery(500, 400)).SubImage(image.Rect(50, 40, 451, 370))} {
		want := image.NewRGBA(image.Rect(0, 0, 171, 137))
		draw.CatmullRom.Scale(want, want.Rect, img, img.Bounds(), draw.Src, nil)
		got := picture.Shrink(img, want.Rect.Max)
		worst := 0
		for i := range want.Pix {
			worst = max(worst, max(int(got.Pix[i])-int(want.Pix[i]), int(want.Pix[i])-int(got.Pix[i])))
		}
		if got.Rect != want.Rect || worst > 6 { // a byte clamps the kernel's overshoot at hard edges
			t.Errorf("%s: differs by up to %d", name, worst)
		}
		t.Logf("%s: at most %d of 255", name, worst)
	}
}

// dithered is the picture in few colours.
func dithered(img image.Image) *image.Paletted {
	out := image.NewPaletted(img.Bounds(), color.Palette{red, green, blue, yellow, white, grey})
	draw.FloydSteinberg.Draw(out, out.Rect, img, image.Point{})
	return out
}

// What compresses worst still fits.
func TestNoiseFits(t *testing.T) {
	t.Parallel()
	p := made(t, rawPNG(t, noise(1600, 1600)))
	if len(p.JPEG) < 1_000_000 {
		t.Errorf("%d bytes: more was squeezed out than needed", len(p.JPEG))
	}
}

// tap counts what is read of it.
type tap struct {
	r    io.Reader
	read int64
}

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	t.read += int64(n)
	return n, err
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func TestReading(t *testing.T) {
	t.Parallel()
	jpg := asJPEG(t, quarters(600, 400, four), 90)
	t.Run("endless picture", func(t *testing.T) {
		t.Parallel()
		in := &tap{r: io.MultiReader(bytes.NewReader(jpg), zeros{})}
		_, err := picture.Make(in, picture.Options{})
		if f := wants(t, err, "picture.bytes"); f.Args["max"] != int64(10) {
			t.Errorf("the bound is said as %v", f.Args["max"])
		}
		if in.read != 10<<20+1 {
			t.Errorf("%d bytes were read", in.read)
		}
	})
	t.Run("endless film", func(t *testing.T) {
		t.Parallel()
		in := &tap{r: io.MultiReader(strings.NewReader("\x00\x00\x00\x18ftypisom"), zeros{})}
		_, err := picture.Make(in, picture.Options{})
		if wants(t, err, "picture.video"); in.read > 4096 {
			t.Errorf("%d bytes were read", in.read)
		}
	})
	t.Run("the bound itself", func(t *testing.T) {
		t.Parallel()
		if _, err := picture.Make(bytes.NewReader(jpg), picture.Options{MaxBytes: int64(len(jpg))}); err != nil {
			t.Error(err)
		}
		_, err := picture.Make(bytes.NewReader(jpg), picture.Options{MaxBytes: int64(len(jpg)) - 1})
		wants(t, err, "picture.bytes")
		_, err = picture.Make(bytes.NewReader(jpg), picture.Options{MaxBytes: 10})
		wants(t, err, "picture.bytes")
	})
	t.Run("byte by byte", func(t *testing.T) {
		t.Parallel()
		p, err := picture.Make(iotest.OneByteReader(bytes.NewReader(jpg)), picture.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.SHA256 != made(t, jpg).SHA256 {
			t.Error("another picture")
		}
	})
	t.Run("cut off", func(t *testing.T) {
		t.Parallel()
		for _, n := range []int{0, 10, len(jpg) - 1} {
			_, err := picture.Make(io.MultiReader(bytes.NewReader(jpg[:n]), failing{io.ErrClosedPipe}), picture.Options{})
			if wants(t, err, "picture.lost"); !errors.Is(err, io.ErrClosedPipe) {
				t.Error("the cause is lost")
			}
		}
	})
	t.Run("the reader's own fault", func(t *testing.T) {
		t.Parallel()
		_, err := picture.Make(failing{fmt.Errorf("form: %w", fault.New(fault.TooLarge, "form.large"))}, picture.Options{})
		if f, ok := errors.AsType[*fault.Error](err); !ok || f.Key != "form.large" {
			t.Errorf("got %v", err)
		}
	})
}

// A rare but honest kind of JPEG says what it is.
func TestRareKinds(t *testing.T) {
	t.Parallel()
	arithmetic := asJPEG(t, quarters(60, 40, four), 90)
	arithmetic[bytes.Index(arithmetic, []byte{0xff, 0xc0})+1] = 0xc9
	twelve := asJPEG(t, quarters(60, 40, four), 90)
	twelve[bytes.Index(twelve, []byte{0xff, 0xc0})+4] = 12
	for name, data := range map[string][]byte{"arithmetic": arithmetic, "twelve bits": twelve} {
		_, err := picture.Make(bytes.NewReader(data), picture.Options{})
		if f := wants(t, err, "picture.rare"); f.Args["kind"] != "JPEG" {
			t.Errorf("%s: %v", name, f.Args)
		}
	}
	made(t, flatJPEG(16, 16, 64, true, 0x11)) // as many passes as are allowed
	made(t, flatJPEG(16, 16, 4, false, 0x11))
}
