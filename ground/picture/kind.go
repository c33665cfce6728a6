package picture

import (
	"bytes"

	"kokko/ground/fault"
)

// kind is a way of writing pictures that we read.
type kind int

const (
	jpegKind kind = iota + 1
	pngKind
	gifKind
	webpKind
)

// String is the name people know, also on the page.
func (k kind) String() string {
	switch k {
	case jpegKind:
		return "JPEG"
	case pngKind:
		return "PNG"
	case gifKind:
		return "GIF"
	default:
		return "WebP"
	}
}

// headBytes is how much of a file sniff wants to see.
const headBytes = 1024

// sniff tells the kind by the first bytes. What is not ours is refused by a name
// the sender may know, so that they see what to do.
func sniff(head []byte) (kind, error) {
	switch {
	case len(head) == 0:
		return 0, fault.New(fault.Invalid, "picture.none")
	case begins(head, "\xff\xd8\xff"):
		return jpegKind, nil
	case begins(head, "\x89PNG\r\n\x1a\n"):
		return pngKind, nil
	case begins(head, "GIF87a"), begins(head, "GIF89a"):
		return gifKind, nil
	case begins(head, "RIFF") && at(head, 8, "WEBP"):
		return webpKind, nil
	}
	return 0, stranger(head)
}

// stranger names a file that is no picture of ours.
func stranger(head []byte) error {
	other := func(name string) error { return fault.New(fault.Invalid, "picture.other").With("kind", name) }
	switch {
	case at(head, 4, "ftyp"):
		return boxed(head)
	case begins(head, "%PDF-"):
		return fault.New(fault.Invalid, "picture.pdf")
	case begins(head, "\x1aE\xdf\xa3"), begins(head, "RIFF") && at(head, 8, "AVI "): // Matroska and WebM; AVI
		return fault.New(fault.Invalid, "picture.video")
	case begins(head, "II*\x00"), begins(head, "MM\x00*"):
		return other("TIFF")
	case begins(head, "BM") && len(head) > 14:
		return other("BMP")
	case begins(head, "\xff\x0a"), at(head, 4, "JXL \r\n\x87\n"):
		return other("JPEG XL")
	case at(head, 4, "jP  \r\n\x87\n"):
		return other("JPEG 2000")
	case begins(head, "8BPS"):
		return other("PSD")
	case drawing(head):
		return other("SVG")
	}
	return fault.New(fault.Invalid, "picture.not")
}

// boxed reads the brands of an ISO media file: a telephone's HEIC, an AVIF, a film.
func boxed(head []byte) error {
	brands := head[8:min(len(head), 64)]
	for i := 0; i+4 <= len(brands); i += 4 {
		switch string(brands[i : i+4]) {
		case "heic", "heix", "hevc", "hevx", "heim", "heis", "hevm", "hevs":
			return fault.New(fault.Invalid, "picture.heic")
		case "avif", "avis":
			return fault.New(fault.Invalid, "picture.other").With("kind", "AVIF")
		}
	}
	if at(head, 8, "mif1") || at(head, 8, "msf1") { // a still picture of some sort: nearly always HEIC
		return fault.New(fault.Invalid, "picture.heic")
	}
	return fault.New(fault.Invalid, "picture.video")
}

// drawing tells SVG from other markup.
func drawing(head []byte) bool {
	text := bytes.ToLower(bytes.TrimLeft(bytes.TrimPrefix(head, []byte("\xef\xbb\xbf")), " \t\r\n"))
	return bytes.HasPrefix(text, []byte("<svg")) ||
		(bytes.HasPrefix(text, []byte("<?xml")) || bytes.HasPrefix(text, []byte("<!"))) && bytes.Contains(text, []byte("<svg"))
}

func begins(head []byte, mark string) bool { return at(head, 0, mark) }

func at(head []byte, offset int, mark string) bool {
	return len(head) >= offset+len(mark) && string(head[offset:offset+len(mark)]) == mark
}
