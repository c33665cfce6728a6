package picture

import (
	"image"
	"image/color"

	"golang.org/x/image/draw"
)

const (
	stripRows    = 64 // source rows scaled at a time: 3.3 MB of sums at 1600 pixels
	stripColumns = 32 // columns scaled at a time: 20 MB of sums at 20 000 rows
)

// fit is size made to fit a square, never enlarged, at least one pixel each way.
func fit(size image.Point, side int) image.Point {
	long := max(size.X, size.Y)
	if long <= side {
		return size
	}
	return image.Pt(max(1, (size.X*side+long/2)/long), max(1, (size.Y*side+long/2)/long))
}

// paper is a white picture.
func paper(size image.Point) *image.RGBA {
	img := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(img, img.Rect, image.NewUniform(color.White), image.Point{}, draw.Src)
	return img
}

// shrink draws img on white paper of the size, with Catmull-Rom's kernel.
//
// The kernel's own two passes keep 32 bytes for every target column of every source
// row: 360 MB for a large photograph. Here each pass is a call of its own on
// strips, the other direction staying as it is, where the kernel is exactly one
// pixel wide: the same result but for rounding to eight bits between them, in 50 MB
// for the largest picture.
func shrink(img image.Image, size image.Point) *image.RGBA {
	from := img.Bounds()
	if from.Dx() == size.X && from.Dy() == size.Y {
		out := paper(size)
		draw.Draw(out, out.Rect, img, from.Min, draw.Over)
		return out
	}
	narrow := paper(image.Pt(size.X, from.Dy()))
	rows := min(stripRows, from.Dy())
	scaler := draw.CatmullRom.NewScaler(size.X, rows, from.Dx(), rows)
	for y := 0; y < from.Dy(); y += rows {
		n := min(rows, from.Dy()-y)
		if n < rows {
			scaler = draw.CatmullRom.NewScaler(size.X, n, from.Dx(), n)
		}
		strip, at := quick(img, image.Rect(from.Min.X, from.Min.Y+y, from.Max.X, from.Min.Y+y+n))
		scaler.Scale(narrow, image.Rect(0, y, size.X, y+n), strip, at, draw.Over, nil)
	}
	if from.Dy() == size.Y {
		return narrow
	}
	out := image.NewRGBA(image.Rectangle{Max: size})
	columns := min(stripColumns, size.X)
	scaler = draw.CatmullRom.NewScaler(columns, size.Y, columns, from.Dy())
	for x := 0; x < size.X; x += columns {
		n := min(columns, size.X-x)
		if n < columns {
			scaler = draw.CatmullRom.NewScaler(n, size.Y, n, from.Dy())
		}
		scaler.Scale(out, image.Rect(x, 0, x+n, size.Y), narrow, image.Rect(x, 0, x+n, from.Dy()), draw.Src, nil)
	}
	return out
}

// quick gives a part of img in a form that the kernel reads without asking for every
// pixel several times over: as it is, or drawn on paper. It tells where the part is.
func quick(img image.Image, part image.Rectangle) (image.Image, image.Rectangle) {
	switch img.(type) {
	case *image.RGBA, *image.NRGBA, *image.Gray, *image.YCbCr:
		return img, part
	}
	strip := paper(part.Size())
	draw.Draw(strip, strip.Rect, img, part.Min, draw.Over)
	return strip, strip.Rect
}
