package picture

import (
	"encoding/binary"
	"image"
)

// orientation is how a stored picture is to be turned, as the Exif tag numbers it:
// 1 to 8, by which edges the first row and the first column are.
type orientation int

const asStored orientation = 0 // like 1, but nobody said so

const (
	orientationTag = 0x0112
	shortType      = 3
	maxEntries     = 512 // of a directory; cameras write a few dozen
)

// readOrientation finds the orientation in the first directory of an Exif block
// (a TIFF header and what follows it); anything odd is asStored. It follows one
// offset and reads at most maxEntries entries.
func readOrientation(tiff []byte) orientation {
	var order binary.ByteOrder
	switch {
	case at(tiff, 0, "II*\x00"):
		order = binary.LittleEndian
	case at(tiff, 0, "MM\x00*"):
		order = binary.BigEndian
	default:
		return asStored
	}
	if len(tiff) < 8 {
		return asStored
	}
	start := int64(order.Uint32(tiff[4:]))
	if start < 8 || start > int64(len(tiff)-2) {
		return asStored
	}
	entries := tiff[start+2:]
	for range min(int(order.Uint16(tiff[start:])), maxEntries) {
		if len(entries) < 12 {
			return asStored
		}
		if order.Uint16(entries) == orientationTag {
			value := orientation(order.Uint16(entries[8:]))
			if order.Uint16(entries[2:]) != shortType || order.Uint32(entries[4:]) != 1 || value < 1 || value > 8 {
				return asStored
			}
			return value
		}
		entries = entries[12:]
	}
	return asStored
}

// upright turns a picture the way it was taken. O(pixels); 1 gives it back as it is.
func (o orientation) upright(img *image.RGBA) *image.RGBA {
	if o <= 1 || o > 8 {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if o >= 5 {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			var sx, sy int
			switch o {
			case 2:
				sx, sy = w-1-x, y
			case 3:
				sx, sy = w-1-x, h-1-y
			case 4:
				sx, sy = x, h-1-y
			case 5:
				sx, sy = y, x
			case 6:
				sx, sy = y, h-1-x
			case 7:
				sx, sy = w-1-y, h-1-x
			case 8:
				sx, sy = w-1-y, x
			}
			from, to := img.PixOffset(sx, sy), out.PixOffset(x, y)
			copy(out.Pix[to:to+4], img.Pix[from:from+4])
		}
	}
	return out
}
