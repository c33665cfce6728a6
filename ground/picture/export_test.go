package picture

import "image"

// ReadOrientation and Shrink are windows for the tests: foreign bytes to fuzz, and
// the strips to compare with one pass.
func ReadOrientation(tiff []byte) int { return int(readOrientation(tiff)) }

// Shrink is shrink.
func Shrink(img image.Image, size image.Point) *image.RGBA { return shrink(img, size) }

// Reckon gives the bytes that decoding is held to take, and the decoding.
func Reckon(data []byte) (float64, func() error, error) {
	k, err := sniff(data)
	if err != nil {
		return 0, nil, err
	}
	f, err := k.open(data)
	return f.fixed + f.perPix*float64(f.size.X)*float64(f.size.Y), func() error {
		_, err := f.decode()
		return err
	}, err
}
