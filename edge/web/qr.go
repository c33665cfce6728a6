package web

import (
	"fmt"
	"html"
	"strings"

	qr "github.com/piglig/go-qr"
)

// quietEdge is the empty edge a reader needs round a code, in modules (ISO/IEC 18004).
const quietEdge = 4

// codeSVG draws a text as a QR code that a page and a printer show sharp at any
// size. A sixth of it may be dirty or torn and it still reads.
func codeSVG(text, title string) (string, error) {
	code, err := qr.EncodeText(text, qr.Medium)
	if err != nil {
		return "", err
	}
	size := code.Size()
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			run := 0
			for x+run < size && code.Module(x+run, y) {
				run++
			}
			if run > 0 {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", x+quietEdge, y+quietEdge, run, run)
				x += run
			}
		}
	}
	side := size + 2*quietEdge
	return fmt.Sprintf(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img" shape-rendering="crispEdges"><title>%s</title><path fill="#fff" d="M0 0h%dv%dH0z"/><path d="%s"/></svg>`,
		side, side, 8*side, 8*side, html.EscapeString(title), side, side, path.String()), nil
}
