package picture

import "image"

// ReadOrientation and Shrink are windows for the tests: foreign bytes to fuzz, and
// the strips to compare with one pass.
func ReadOrientation(tiff []byte) int { return int(readOrientation(tiff)) }

// Shrink is shrink.
func Shrink(img image.Image, size image.Point) *image.RGBA { return shrink(img, size) }
