package postcard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"strconv"
	"strings"
	"unicode/utf8"

	"codeberg.org/go-fonts/liberation/liberationsansbold"
	"codeberg.org/go-fonts/liberation/liberationsansregular"
	"github.com/maypok86/otter/v2"
	"golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"

	"kokko/ground/fault"
)

// The size that places which show links ask for.
const (
	Width  = 1200
	Height = 630
)

const (
	margin = 72
	band   = 112 // the region's, at the top

	titleTop, titleRoom = 150, 292
	largest, smallest   = 88, 40 // of the title, in pixels
	longest             = 400    // characters of a title that are looked at

	kept   = 8 << 20 // bytes of finished pictures
	atOnce = 2       // pictures drawn at the same time, some 3 MB each
)

// Card is what a picture shows. Two that are the same look the same.
type Card struct {
	Region string
	Title  string
	Code   string // stands in for a title that the font has no letters for
	State  string // in words
	About  string // kind and place, in words
	Step   int    // how far on its path, from 0
	Steps  int    // of how many
	Quiet  bool   // it burns no more
	Fill   string // the region's colour, "#rrggbb"
	On     string // and what is read on it
}

// digest names the picture.
func (c Card) digest() (string, error) {
	said, err := json.Marshal(c)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(append([]byte("1"), said...)) // the number rises with the drawing
	return hex.EncodeToString(sum[:12]), nil
}

// Press draws cards. Safe for concurrent use.
type Press struct {
	bold, regular *opentype.Font
	done          *otter.Cache[string, []byte]
	turns         chan struct{}
}

// New gives a Press with nothing drawn. Its fonts are compiled in: a test reads them too.
func New() *Press {
	read := func(file []byte) *opentype.Font {
		f, err := opentype.Parse(file)
		if err != nil {
			panic("postcard: a font is compiled in, yet unreadable: " + err.Error())
		}
		return f
	}
	return &Press{bold: read(liberationsansbold.TTF), regular: read(liberationsansregular.TTF), turns: make(chan struct{}, atOnce),
		done: otter.Must(&otter.Options[string, []byte]{MaximumWeight: kept, Weigher: func(_ string, picture []byte) uint32 { return uint32(len(picture)) }})}
}

// Print gives the picture of a card as PNG; a Busy fault when the reader went away
// before its turn came.
func (p *Press) Print(ctx context.Context, c Card) ([]byte, error) {
	key, err := c.digest()
	if err != nil {
		return nil, err
	}
	if picture, ok := p.done.GetIfPresent(key); ok {
		return picture, nil
	}
	select {
	case p.turns <- struct{}{}:
		defer func() { <-p.turns }()
	case <-ctx.Done():
		return nil, fault.New(fault.Busy, "share.picture.busy").Because(ctx.Err())
	}
	if picture, ok := p.done.GetIfPresent(key); ok { // drawn while we waited
		return picture, nil
	}
	picture, err := p.draw(c)
	if err == nil {
		p.done.Set(key, picture)
	}
	return picture, err
}

// Version names the picture of a card, for its address.
func Version(c Card) string {
	d, err := c.digest()
	if err != nil {
		return ""
	}
	return d
}

// sheet is one picture while it is drawn.
type sheet struct {
	*image.RGBA
	press *Press
	buf   sfnt.Buffer
}

func (p *Press) draw(c Card) ([]byte, error) {
	s := &sheet{RGBA: image.NewRGBA(image.Rect(0, 0, Width, Height)), press: p}
	paper, ink, soft, ember := color.RGBA{0xfa, 0xf6, 0xee, 0xff}, color.RGBA{0x2a, 0x20, 0x1a, 0xff}, color.RGBA{0x63, 0x55, 0x4a, 0xff}, color.RGBA{0xb6, 0x3a, 0x16, 0xff}
	fill, on := ink, paper
	if f, ok := hex6(c.Fill); ok {
		if o, ok := hex6(c.On); ok {
			fill, on = f, o
		}
	}
	if c.Quiet {
		ember = soft
	}
	s.box(0, 0, Width, Height, paper)
	s.box(0, 0, Width, band, fill)
	if err := s.line(p.bold, 42, margin, 72, Width-2*margin-90, on, s.known(p.bold, c.Region)); err != nil {
		return nil, err
	}
	s.flame(Width-margin-52, 18, 52, 76, on)

	title := s.known(p.bold, firstRunes(c.Title, longest))
	if strings.TrimSpace(title) == "" {
		title = c.Code
	}
	lines, size, err := s.fit(p.bold, title)
	if err != nil {
		return nil, err
	}
	height := int(float64(size) * 1.16)
	top := titleTop + (titleRoom-height*len(lines))/2
	for i, l := range lines {
		if err := s.line(p.bold, size, margin, top+height*i+size*9/10, Width-2*margin, ink, l); err != nil {
			return nil, err
		}
	}
	s.path(c, ember, soft, paper)
	if err := s.line(p.bold, 36, margin, 576, 520, ember, s.known(p.bold, c.State)); err != nil {
		return nil, err
	}
	wide, err := s.width(p.bold, 36, c.State)
	if err != nil {
		return nil, err
	}
	from := margin + min(wide, 520) + 28
	if err := s.line(p.regular, 32, from, 576, Width-margin-from, soft, s.known(p.regular, c.About)); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(&b, s.RGBA); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}

func (s *sheet) box(x0, y0, x1, y1 int, c color.Color) {
	draw.Draw(s.RGBA, image.Rect(x0, y0, x1, y1), image.NewUniform(c), image.Point{}, draw.Src)
}

// path draws the stations of a spark's way, those it has passed filled.
func (s *sheet) path(c Card, ember, soft, paper color.RGBA) {
	if c.Steps < 2 {
		return
	}
	const y, r = 490, 13
	gap := (Width - 2*margin - 2*r) / (c.Steps - 1)
	for i := range c.Steps {
		x := margin + r + gap*i
		if i > 0 {
			line := soft
			if i <= c.Step {
				line = ember
			}
			s.box(x-gap+r, y-2, x-r, y+2, line)
		}
	}
	for i := range c.Steps {
		x := margin + r + gap*i
		switch {
		case i < c.Step:
			s.dot(x, y, r, ember)
		case i == c.Step:
			s.dot(x, y, r+7, ember)
			s.flame(x-9, y-16, 18, 28, paper)
		default:
			s.dot(x, y, r, soft)
			s.dot(x, y, r-4, paper)
		}
	}
}

// dot is four arcs, near enough to a circle.
func (s *sheet) dot(x, y, r int, c color.RGBA) {
	z := vector.NewRasterizer(Width, Height)
	fx, fy, fr := float32(x), float32(y), float32(r)
	k := fr * 0.5523
	z.MoveTo(fx+fr, fy)
	z.CubeTo(fx+fr, fy+k, fx+k, fy+fr, fx, fy+fr)
	z.CubeTo(fx-k, fy+fr, fx-fr, fy+k, fx-fr, fy)
	z.CubeTo(fx-fr, fy-k, fx-k, fy-fr, fx, fy-fr)
	z.CubeTo(fx+k, fy-fr, fx+fr, fy-k, fx+fr, fy)
	z.Draw(s.RGBA, s.Bounds(), image.NewUniform(c), image.Point{})
}

// flame is the house's mark in a box.
func (s *sheet) flame(x, y, w, h int, c color.RGBA) {
	z := vector.NewRasterizer(Width, Height)
	at := func(px, py float32) (float32, float32) { return float32(x) + px*float32(w), float32(y) + py*float32(h) }
	curve := func(ax, ay, bx, by, cx, cy float32) {
		a, b := at(ax, ay)
		d, e := at(bx, by)
		f, g := at(cx, cy)
		z.CubeTo(a, b, d, e, f, g)
	}
	px, py := at(.55, 0)
	z.MoveTo(px, py)
	curve(.62, .28, 1, .42, 1, .68)
	curve(1, .88, .78, 1, .5, 1)
	curve(.22, 1, 0, .88, 0, .66)
	curve(0, .48, .14, .40, .2, .24)
	curve(.3, .34, .32, .42, .34, .48)
	curve(.5, .36, .56, .2, .55, 0)
	z.ClosePath()
	z.Draw(s.RGBA, s.Bounds(), image.NewUniform(c), image.Point{})
}

// known leaves out what the font has no letters for.
func (s *sheet) known(f *opentype.Font, text string) string {
	return strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		if r == '\t' || r == '\n' {
			return ' '
		}
		if i, err := f.GlyphIndex(&s.buf, r); err != nil || i == 0 && r != ' ' {
			return -1
		}
		return r
	}, text)), " ")
}

func (s *sheet) face(f *opentype.Font, size int) (font.Face, error) {
	return opentype.NewFace(f, &opentype.FaceOptions{Size: float64(size), DPI: 72, Hinting: font.HintingNone})
}

func (s *sheet) width(f *opentype.Font, size int, text string) (int, error) {
	face, err := s.face(f, size)
	if err != nil {
		return 0, err
	}
	defer face.Close()
	return font.MeasureString(face, text).Ceil(), nil
}

// line writes one line on its base, cut with an ellipsis where it is wider than room.
func (s *sheet) line(f *opentype.Font, size, x, y, room int, c color.RGBA, text string) error {
	face, err := s.face(f, size)
	if err != nil {
		return err
	}
	defer face.Close()
	d := font.Drawer{Dst: s.RGBA, Src: image.NewUniform(c), Face: face, Dot: fixed.P(x, y)}
	d.DrawString(cut(face, text, room))
	return nil
}

// fit finds the largest size at which a title fits its room, and its lines; one that
// fits at none is cut.
func (s *sheet) fit(f *opentype.Font, title string) (lines []string, size int, err error) {
	for size = largest; ; size -= 4 {
		face, err := s.face(f, size)
		if err != nil {
			return nil, 0, err
		}
		most := titleRoom / int(float64(size)*1.16)
		lines, whole := wrap(face, title, Width-2*margin, most)
		_ = face.Close()
		if whole || size-4 < smallest {
			return lines, size, nil
		}
	}
}

// wrap breaks a text at spaces and after hyphens, nowhere else: at most so many lines.
// whole is false when some of it was cut.
func wrap(face font.Face, text string, room, most int) (lines []string, whole bool) {
	wide := func(s string) bool { return font.MeasureString(face, s).Ceil() > room }
	open := ""
	whole = true
	pieces := breakable(text)
	for i, piece := range pieces {
		if open != "" && wide(strings.TrimRight(open+piece, " ")) {
			if len(lines) == most-1 {
				return append(lines, cut(face, strings.TrimRight(open, " ")+"…", room)), false
			}
			lines, open = append(lines, strings.TrimRight(open, " ")), ""
		}
		open += piece
		if wide(strings.TrimRight(open, " ")) { // a single word
			whole = false
			open = cut(face, strings.TrimRight(open, " "), room)
			if i < len(pieces)-1 {
				open += " "
			}
		}
	}
	return append(lines, strings.TrimRight(open, " ")), whole
}

// breakable parts a text where a line may end.
func breakable(text string) (all []string) {
	start := 0
	for i, r := range text {
		if r == ' ' || r == '-' || r == '–' || r == '/' {
			end := i + utf8.RuneLen(r)
			all = append(all, text[start:end])
			start = end
		}
	}
	if start < len(text) {
		all = append(all, text[start:])
	}
	return all
}

// cut shortens a text until it fits, with an ellipsis to show it.
func cut(face font.Face, text string, room int) string {
	if font.MeasureString(face, text).Ceil() <= room {
		return text
	}
	letters := []rune(strings.TrimRight(text, "…"))
	for len(letters) > 0 {
		letters = letters[:len(letters)-1]
		if s := strings.TrimRight(string(letters), " -–,.") + "…"; font.MeasureString(face, s).Ceil() <= room {
			return s
		}
	}
	return ""
}

func firstRunes(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

func hex6(s string) (color.RGBA, bool) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "#"), 16, 32)
	if err != nil || len(s) != 7 || s[0] != '#' {
		return color.RGBA{}, false
	}
	return color.RGBA{uint8(n >> 16), uint8(n >> 8), uint8(n), 0xff}, true
}
