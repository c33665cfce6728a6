package postcard_test

import (
	"bytes"
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"kokko/edge/postcard"
)

func card(title string) postcard.Card {
	return postcard.Card{Region: "Kouvolan ja Iitin seutu", Title: title, Code: "7F3K-9QXM", State: "hehkuu", About: "Elimäki · Kehittämisidea", Step: 1, Steps: 6, Fill: "#1d5c63", On: "#ffffff"}
}

// titles are what people have written, and what they might.
func titles() map[string]string {
	return map[string]string{
		"short":  "Laituri kuntoon",
		"usual":  "Kylätalon yhteiskäyttöpyörät ja työkalulainaamo Elimäen keskustaan jo ensi kesäksi?",
		"words":  "Elinkeinoelämänkehittämisyhtiön-yhteistyöverkostokoordinaattorihanke maaseutualueille",
		"one":    strings.Repeat("Lentokonesuihkuturbiinimoottoriapumekaanikkoaliupseerioppilas", 3),
		"huge":   strings.Repeat("Valtava otsikko joka ei lopu ", 400),
		"sámi":   "Čázevuloš, đuođđar ja ŋáhppi: Sámi giella šaddá",
		"emoji":  "🔥🔥🔥",
		"hidden": "<script>alert(1)</script> & \u202e sala",
		"empty":  "",
	}
}

func draw(t *testing.T, c postcard.Card) image.Image {
	t.Helper()
	b, err := postcard.New().Print(context.Background(), c)
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("POSTCARDS"); dir != "" {
		_ = os.WriteFile(filepath.Join(dir, strings.ReplaceAll(t.Name(), "/", "-")+".png"), b, 0o644)
	}
	if len(b) > 300<<10 {
		t.Errorf("%d bytes", len(b))
	}
	m, err := png.Decode(bytes.NewReader(b))
	if err != nil || m.Bounds() != image.Rect(0, 0, 1200, 630) {
		t.Fatalf("%v %v", m.Bounds(), err)
	}
	return m
}

// share is how much of a part of a picture is darker than the paper it stands on.
func dark(m image.Image, r image.Rectangle) float64 {
	n := 0
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			if g := color.GrayModel.Convert(m.At(x, y)).(color.Gray); g.Y < 150 {
				n++
			}
		}
	}
	return float64(n) / float64(r.Dx()*r.Dy())
}

func TestEveryTitleIsDrawnInItsFrame(t *testing.T) {
	t.Parallel()
	for name, title := range titles() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := draw(t, card(title))
			if got := dark(m, image.Rect(72, 140, 1128, 455)); got < .004 || got > .35 {
				t.Errorf("%.1f %% of the title's room is ink", 100*got)
			}
			for edge, r := range map[string]image.Rectangle{"left": image.Rect(0, 120, 66, 630), "right": image.Rect(1136, 120, 1200, 630), "below the title": image.Rect(0, 455, 1200, 465), "foot": image.Rect(0, 600, 1200, 630)} {
				if got := dark(m, r); got > 0 {
					t.Errorf("ink at the %s: %.3f", edge, got)
				}
			}
			r, g, b, _ := m.At(600, 4).RGBA()
			if r>>8 != 0x1d || g>>8 != 0x5c || b>>8 != 0x63 {
				t.Errorf("the band is %x %x %x", r>>8, g>>8, b>>8)
			}
		})
	}
}

// ember counts what is drawn in the colour of fire.
func ember(m image.Image) (n int) {
	for y := 460; y < 520; y++ {
		for x := range 1200 {
			if r, g, b, _ := m.At(x, y).RGBA(); r>>8 == 0xb6 && g>>8 == 0x3a && b>>8 == 0x16 {
				n++
			}
		}
	}
	return n
}

func TestThePathShowsTheState(t *testing.T) {
	t.Parallel()
	last := 0
	for step := range 6 {
		c := card("Laituri kuntoon")
		c.Step = step
		got := ember(draw(t, c))
		if got <= last {
			t.Errorf("step %d burns no further than the one before: %d, %d", step, got, last)
		}
		last = got
	}
	c := card("Laituri kuntoon")
	c.Quiet, c.Step = true, -1
	if got := ember(draw(t, c)); got != 0 {
		t.Errorf("what is closed still burns: %d", got)
	}
	c.Fill, c.On = "javascript:", "#12"
	draw(t, c)
}

func TestTheSameCardIsDrawnOnce(t *testing.T) {
	t.Parallel()
	p := postcard.New()
	var wait sync.WaitGroup
	pictures := make([][]byte, 12)
	for i := range pictures {
		wait.Go(func() {
			b, err := p.Print(context.Background(), card("Laituri"))
			if err != nil {
				t.Error(err)
			}
			pictures[i] = b
		})
	}
	wait.Wait()
	for _, b := range pictures[1:] {
		if !bytes.Equal(b, pictures[0]) {
			t.Error("two pictures of one card")
		}
	}
	first, err := p.Print(context.Background(), card("Laituri"))
	again, _ := p.Print(context.Background(), card("Laituri"))
	if err != nil || &first[0] != &again[0] {
		t.Errorf("drawn again: %v", err)
	}
	if a, b := postcard.Version(card("a")), postcard.Version(card("b")); a == b || a == "" {
		t.Errorf("versions %q %q", a, b)
	}
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.Print(gone, card("Laituri")); err != nil {
		t.Errorf("what is drawn already waits for no turn: %v", err)
	}
}
