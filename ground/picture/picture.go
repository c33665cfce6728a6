package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"image"
	"image/jpeg"
	"io"

	"kokko/ground/fault"
)

// SmallSide is how long the longer side of Picture.Small is at most, pixels.
const SmallSide = 480

// MediaType is what Picture's bytes are, both sizes.
const MediaType = "image/jpeg"

const (
	maxBytes  = 10 << 20  // of a file, unless Options say otherwise
	maxMemory = 384 << 20 // of a decoder, likewise: a 50-megapixel photograph fits
	maxPixels = 50 << 20  // width × height; a "50 megapixel" telephone makes 8192 × 6144
	maxSide   = 20_000    // pixels

	longSide  = 1600      // of Picture.JPEG, pixels
	keptBytes = 2_000_000 // of Picture.JPEG

	smallQuality = 80
)

// Options bound what one Make takes; zero values mean the defaults.
type Options struct {
	MaxBytes  int64 // of the file; 10 MB
	MaxMemory int64 // bytes for the decoder; 384 MB
}

// Picture is a picture fit to store and show, upright and without metadata.
type Picture struct {
	Width, Height int    // of JPEG, pixels; the longer at most 1600
	JPEG          []byte // at most 2 MB
	Small         []byte // JPEG, sides at most SmallSide pixels
	SHA256        string // of JPEG, lower-case hex: the same file gives the same sum
}

// Make reads a picture to the end or to the bound and makes it safe. The same
// bytes give the same Picture.
//
// What is wrong with the file is fault.Invalid with a key under "picture." that
// tells the sender what to do; a reader that fails with a fault gives that fault.
// Nothing is allocated for pixels before the size they declare is known to be
// bearable and the file long enough to hold them. O(pixels + bytes).
func Make(r io.Reader, o Options) (Picture, error) {
	if o.MaxBytes <= 0 {
		o.MaxBytes = maxBytes
	}
	if o.MaxMemory <= 0 {
		o.MaxMemory = maxMemory
	}
	data, k, err := read(r, o.MaxBytes)
	if err != nil {
		return Picture{}, err
	}
	f, err := k.open(data)
	if err != nil {
		return Picture{}, err
	}
	if err := f.bearable(o.MaxMemory); err != nil {
		return Picture{}, err
	}
	large, err := f.draw(longSide)
	if err != nil {
		return Picture{}, err
	}
	p := Picture{Width: large.Rect.Dx(), Height: large.Rect.Dy()}
	if p.JPEG, err = encodeWithin(large, keptBytes); err != nil {
		return Picture{}, err
	}
	if p.Small, err = encode(shrink(large, fit(large.Rect.Size(), SmallSide)), smallQuality); err != nil {
		return Picture{}, err
	}
	sum := sha256.Sum256(p.JPEG)
	p.SHA256 = hex.EncodeToString(sum[:])
	return p, nil
}

// read takes the file in. Its kind is told from the first bytes, so that a film is
// refused before it is read.
func read(r io.Reader, most int64) ([]byte, kind, error) {
	var file bytes.Buffer
	limited := &io.LimitedReader{R: r, N: most + 1}
	if _, err := io.CopyN(&file, limited, headBytes); err != nil && !errors.Is(err, io.EOF) {
		return nil, 0, lost(err)
	}
	k, err := sniff(file.Bytes())
	if err != nil {
		return nil, 0, err
	}
	if _, err := file.ReadFrom(limited); err != nil {
		return nil, 0, lost(err)
	}
	if int64(file.Len()) > most {
		return nil, 0, fault.New(fault.Invalid, "picture.bytes").With("max", max(1, most>>20))
	}
	return file.Bytes(), k, nil
}

// lost is a reader's failure: its own fault, or the file did not arrive.
func lost(err error) error {
	if own, ok := errors.AsType[*fault.Error](err); ok {
		return own
	}
	return fault.New(fault.Invalid, "picture.lost").Because(err)
}

// broken is a file of a known kind that cannot be read to its end.
func broken(err error) error {
	return fault.New(fault.Invalid, "picture.broken").Because(err)
}

// encodeWithin steps the quality down until the picture fits. Pure noise of
// 1600 × 1600 fits well before the last step.
func encodeWithin(img *image.RGBA, most int) ([]byte, error) {
	for _, quality := range []int{85, 80, 72, 64, 56, 48, 40, 32} {
		made, err := encode(img, quality)
		if err != nil || len(made) <= most {
			return made, err
		}
	}
	return nil, fault.New(fault.Internal, "internal").Because(errors.New("picture: no quality fits"))
}

func encode(img *image.RGBA, quality int) ([]byte, error) {
	var out bytes.Buffer
	if err := jpeg.Encode(&out, img, &jpeg.Options{Quality: quality}); err != nil {
		return nil, fault.New(fault.Internal, "internal").Because(err)
	}
	return bytes.Clone(out.Bytes()), nil
}
