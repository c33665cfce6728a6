package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/webp"

	"kokko/ground/fault"
)

// file is what the headers tell of a picture, before any pixel is read.
type file struct {
	kind   kind
	data   []byte      // what the decoder is given
	size   image.Point // of the whole picture, as stored
	at     image.Point // where the decoded frame stands in it
	turn   orientation
	perPix float64 // bytes the decoder takes for a pixel, at most
	fixed  float64 // and whatever the size
	least  float64 // bytes a whole file of this size has at least
}

// open reads the headers.
func (k kind) open(data []byte) (file, error) {
	switch k {
	case jpegKind:
		return openJPEG(data)
	case pngKind:
		return openPNG(data)
	case gifKind:
		return openGIF(data)
	default:
		return openWebP(data)
	}
}

// bearable refuses what would take too much, and what cannot be whole.
func (f file) bearable(memory int64) error {
	if f.size.X <= 0 || f.size.Y <= 0 {
		return broken(fmt.Errorf("size %v", f.size))
	}
	if f.size.X > maxSide || f.size.Y > maxSide {
		return fault.New(fault.Invalid, "picture.side").With("max", maxSide)
	}
	pixels := float64(f.size.X) * float64(f.size.Y)
	most := min(maxPixels, (float64(memory)-f.fixed)/f.perPix)
	if pixels > most {
		return fault.New(fault.Invalid, "picture.pixels").With("max", max(1, int(most/1e6))).
			Because(fmt.Errorf("%v %v: %.0f + %.1f bytes a pixel", f.kind, f.size, f.fixed, f.perPix))
	}
	if float64(len(f.data)) < f.least {
		return broken(fmt.Errorf("%d bytes cannot hold %v", len(f.data), f.size))
	}
	return nil
}

// draw decodes the picture, scales it to the side and turns it upright.
func (f file) draw(side int) (*image.RGBA, error) {
	img, err := f.decode()
	if err != nil {
		return nil, err
	}
	size := fit(f.size, side)
	frame := img.Bounds().Add(f.at)
	whole := image.Rectangle{Max: f.size}
	if frame.Empty() || !frame.In(whole) {
		return nil, broken(fmt.Errorf("frame %v in %v", frame, f.size))
	}
	if frame == whole {
		return f.turn.upright(shrink(img, size)), nil
	}
	// A first frame that covers a part only: the rest is paper.
	place := image.Rect(frame.Min.X*size.X/f.size.X, frame.Min.Y*size.Y/f.size.Y,
		frame.Max.X*size.X/f.size.X, frame.Max.Y*size.Y/f.size.Y)
	place.Max.X, place.Max.Y = max(place.Max.X, place.Min.X+1), max(place.Max.Y, place.Min.Y+1)
	out := paper(size)
	draw.Draw(out, place, shrink(img, place.Size()), image.Point{}, draw.Src)
	return f.turn.upright(out), nil
}

// decode reads the pixels. A decoder that gives way under a hostile file is a
// broken file, not a server that falls.
func (f file) decode() (img image.Image, err error) {
	defer func() {
		if p := recover(); p != nil {
			img, err = nil, broken(fmt.Errorf("%v decoder panicked: %v", f.kind, p))
		}
	}()
	r := bytes.NewReader(f.data)
	switch f.kind {
	case jpegKind:
		img, err = jpeg.Decode(r)
	case pngKind:
		img, err = png.Decode(r)
	case gifKind:
		img, err = gif.Decode(r)
	default:
		img, err = webp.Decode(r)
	}
	if err != nil {
		return nil, f.kind.unread(err)
	}
	return img, nil
}

// unread is a decoder's complaint: a rare variety, or a damaged file.
func (k kind) unread(err error) error {
	var rareJPEG jpeg.UnsupportedError
	var rarePNG png.UnsupportedError
	if errors.As(err, &rareJPEG) || errors.As(err, &rarePNG) {
		return k.rare(err)
	}
	return broken(err)
}

func (k kind) rare(err error) error {
	return fault.New(fault.Invalid, "picture.rare").With("kind", k.String()).Because(err)
}

func openGIF(data []byte) (file, error) {
	c, err := gif.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return file{}, gifKind.unread(err)
	}
	// One byte a pixel, and once more to put interlaced rows in order. How few bytes
	// suffice depends on the first frame, which may be smaller than the picture.
	return file{kind: gifKind, data: data, size: image.Pt(c.Width, c.Height), perPix: 2}, nil
}

func openPNG(data []byte) (file, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return file{}, pngKind.unread(err)
	}
	f := file{kind: pngKind, data: data, size: image.Pt(c.Width, c.Height), perPix: 4, turn: pngOrientation(data)}
	depth, colours, interlaced := data[24], data[25], data[28] != 0 // DecodeConfig has seen IHDR first
	switch {
	case depth == 16:
		f.perPix = 8
	case colours == 3:
		f.perPix = 1
	}
	if interlaced {
		f.perPix *= 2 // each pass is a picture of its own
	}
	// Deflate makes at most 1032 bytes of one.
	channels := map[byte]float64{2: 3, 4: 2, 6: 4}[colours]
	f.least = float64(c.Width) * float64(c.Height) * max(1, channels) * float64(depth) / 8 / 1032
	return f, nil
}

// pngOrientation looks for the eXIf chunk, before or after the pixels.
func pngOrientation(data []byte) orientation {
	for rest := data[8:]; len(rest) >= 12; {
		n := int64(binary.BigEndian.Uint32(rest))
		if n > int64(len(rest)-12) {
			break
		}
		if string(rest[4:8]) == "eXIf" {
			return readOrientation(rest[8 : 8+n])
		}
		rest = rest[12+n:]
	}
	return asStored
}

func openJPEG(data []byte) (file, error) {
	c, err := jpeg.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return file{}, jpegKind.unread(err)
	}
	h := walkJPEG(data)
	if h.scans > h.maxScans() {
		return file{}, jpegKind.rare(fmt.Errorf("%d scans", h.scans))
	}
	f := file{kind: jpegKind, data: data, size: image.Pt(c.Width, c.Height), turn: h.turn, perPix: h.samples}
	if h.progressive {
		f.perPix += 4 * h.samples // every coefficient is kept until the last scan
	}
	if h.plain || c.ColorModel != color.YCbCrModel && c.ColorModel != color.GrayModel {
		f.perPix += 4 // converted to RGBA or CMYK at the end
	}
	f.perPix *= 1.02 // blocks over the edge
	f.fixed = 1 << 20
	f.least = float64(c.Width) * float64(c.Height) / (64 * 8) // a bit for each block
	return f, nil
}
