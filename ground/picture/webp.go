package picture

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"slices"

	"golang.org/x/image/webp"
)

const (
	// What golang.org/x/image/vp8l may take beside pixels: 2600 groups of code trees,
	// about 53 kB each when every symbol is used; each byte of a file makes at most
	// some 256 bytes of them.
	treeGroups   = 2600 * 2800
	treesABytes  = 256
	mostTrees    = 140_000_000
	webpAlphaBit = 1 << 4
	webpMoveBit  = 1 << 1
)

// chunk is one piece of a RIFF file.
type chunk struct {
	id   string
	body []byte
}

// nextChunk cuts the first chunk off; a body that is not all there is an error.
func nextChunk(data []byte) (chunk, []byte, error) {
	if len(data) < 8 {
		return chunk{}, nil, errors.New("webp: no chunk")
	}
	n := int64(binary.LittleEndian.Uint32(data[4:]))
	if n > int64(len(data)-8) {
		return chunk{}, nil, errors.New("webp: the chunk is cut short")
	}
	c := chunk{string(data[:4]), data[8 : 8+n]}
	return c, data[min(8+n+n&1, int64(len(data))):], nil
}

// openWebP reads the chunks: golang.org/x/image/webp decodes the pixels but knows
// no animation and no Exif.
func openWebP(data []byte) (file, error) {
	f := file{kind: webpKind, data: data, perPix: 1.6}
	var moving, seen bool // seen: a picture, moving or not
	rest := data[12:]
	for len(rest) >= 8 {
		c, after, err := nextChunk(rest)
		if err != nil {
			if seen {
				break // what follows the picture is not ours to mend
			}
			return file{}, broken(err)
		}
		rest = after
		switch {
		case c.id == "VP8X" && len(c.body) >= 10 && !seen:
			moving = c.body[0]&webpMoveBit != 0
			f.size = image.Pt(1+uint24(c.body[4:]), 1+uint24(c.body[7:]))
		case c.id == "EXIF":
			f.turn = readOrientation(bytes.TrimPrefix(c.body, []byte("Exif\x00\x00")))
		case c.id == "ANMF" && moving && !seen:
			seen = true
			if err := f.firstFrame(c.body); err != nil {
				return file{}, broken(err)
			}
		case c.id == "VP8 ", c.id == "VP8L", c.id == "ALPH":
			seen = true
			f.weigh(c)
		}
	}
	c, err := webp.DecodeConfig(bytes.NewReader(f.data))
	if err != nil {
		return file{}, webpKind.unread(err)
	}
	frame := image.Pt(c.Width, c.Height)
	if !moving {
		f.size = frame
	}
	if whole := (image.Rectangle{Max: f.size}); !(image.Rectangle{Min: f.at, Max: f.at.Add(frame)}).In(whole) {
		return file{}, broken(fmt.Errorf("webp: frame %v at %v of %v", frame, f.at, f.size))
	}
	return f, nil
}

// weigh adds what decoding a chunk may take.
func (f *file) weigh(c chunk) {
	switch c.id {
	case "VP8L":
		f.perPix = max(f.perPix, 9.5) // the pixels twice and four small pictures of tiles
	case "ALPH":
		f.perPix = max(f.perPix, 12.1) // the same and the alpha by itself, before the colours
	default:
		return
	}
	f.fixed += min(mostTrees, treeGroups+treesABytes*float64(len(c.body)))
}

// firstFrame makes a still picture of an animation's first frame: where it stands
// and its chunks under a header of their own.
func (f *file) firstFrame(body []byte) error {
	const header = 16
	if len(body) < header {
		return errors.New("webp: the frame has no header")
	}
	f.at = image.Pt(2*uint24(body), 2*uint24(body[3:]))
	still := []byte("RIFF\x00\x00\x00\x00WEBPVP8X\x0a\x00\x00\x00")
	still = append(still, 0, 0, 0, 0)
	still = append(still, body[6:12]...) // width and height, less one
	const flags = 20
	for rest := body[header:]; len(rest) >= 8; {
		c, after, err := nextChunk(rest)
		if err != nil {
			return err
		}
		if slices.Contains([]string{"ALPH", "VP8 ", "VP8L"}, c.id) {
			if c.id == "ALPH" {
				still[flags] = webpAlphaBit
			}
			f.weigh(c)
			still = append(still, rest[:len(rest)-len(after)]...)
		}
		rest = after
	}
	binary.LittleEndian.PutUint32(still[4:], uint32(len(still)-8))
	f.data = still
	return nil
}

func uint24(b []byte) int { return int(b[0]) | int(b[1])<<8 | int(b[2])<<16 }
