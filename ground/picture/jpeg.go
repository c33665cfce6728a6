package picture

import "encoding/binary"

// jpegHeader is what the markers of a JPEG tell that image/jpeg does not.
type jpegHeader struct {
	progressive bool
	plain       bool    // may be RGB or CMYK rather than YCbCr
	samples     float64 // a pixel: 3 without chroma subsampling, 1.5 with the usual
	scans       int
	turn        orientation
}

// maxScans is how many passes over the picture are believable. Each may cost the
// sender a few bytes and us every block of the picture, so a file of nothing but
// scans would take minutes. Encoders write about ten.
func (h jpegHeader) maxScans() int {
	if h.progressive {
		return 64
	}
	return 4 // one a component
}

// walkJPEG reads the markers in the order and with the leniency of image/jpeg, so
// that it sees every scan the decoder will. O(n), allocates nothing.
func walkJPEG(data []byte) jpegHeader {
	var h jpegHeader
	for i := 2; i < len(data); {
		if data[i] != 0xff {
			i++ // pixels, or bytes between segments that decoders skip
			continue
		}
		for i < len(data) && data[i] == 0xff {
			i++
		}
		if i == len(data) {
			break
		}
		marker := data[i]
		i++
		if marker == 0 || 0xd0 <= marker && marker <= 0xd7 { // a stuffed byte, a restart
			continue
		}
		if marker == 0xd9 || len(data)-i < 2 {
			break
		}
		n := int(binary.BigEndian.Uint16(data[i:]))
		if n < 2 || n > len(data)-i {
			break
		}
		h.segment(marker, data[i+2:i+n])
		i += n
	}
	return h
}

func (h *jpegHeader) segment(marker byte, body []byte) {
	switch {
	case marker == 0xda:
		h.scans++
	case 0xc0 <= marker && marker <= 0xc2:
		h.progressive = h.progressive || marker == 0xc2
		h.frame(body)
	case marker == 0xe1 && at(body, 0, "Exif\x00"): // and one byte of padding
		if turn := readOrientation(body[min(len(body), 6):]); h.turn == asStored {
			h.turn = turn
		}
	case marker == 0xee && at(body, 0, "Adobe") && len(body) >= 12:
		h.plain = h.plain || body[11] == 0
	}
}

// frame reads the components' sampling.
func (h *jpegHeader) frame(body []byte) {
	if len(body) < 6 {
		return
	}
	var sum, first float64
	components := body[6:]
	for i := 0; i+3 <= len(components) && i < 4*3; i += 3 {
		blocks := float64(components[i+1]>>4) * float64(components[i+1]&15)
		if i == 0 {
			first = blocks
		}
		sum += blocks
	}
	if first > 0 {
		h.samples = max(h.samples, sum/first)
	}
	if len(components) < 2*3 {
		h.samples = max(h.samples, 1) // a lone component's sampling means nothing
	}
	if len(components) >= 9 && components[0] == 'R' && components[3] == 'G' && components[6] == 'B' {
		h.plain = true
	}
}
