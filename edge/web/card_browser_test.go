package web_test

import (
	"image"
	"image/draw"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/office"
)

// TestBrowserPaper looks at posters and cards as they are drawn: nothing sticks out
// of its paper, however long the event's name, and a telephone that looks at the
// poster comes to the form.
func TestBrowserPaper(t *testing.T) {
	t.Parallel()
	stages(t, func(t *testing.T, s *stage) {
		must(t, s.parts.Office.Set(t.Context(), "kouvola", map[string]string{office.MailIn: "kipina.ja.muut.asiat@kouvolanseutu.example"}))
		p := browsertest.New(t).Page(browsertest.Viewport(1280, 1400), browsertest.ReducedMotion(), browsertest.Language(string(s.lang)))
		s.signIn(t, p, s.planner)
		long := url.Values{"kieli": {string(s.lang)}, "paikka": {"Kuusankoski"}, "tapahtuma": {"Kouvolan seudun perinteiset syysmarkkinat ja kyläpäivä 2026"}}
		for _, model := range []string{"juliste", "kortit"} {
			for _, kind := range []string{"", "idea", "vitality"} {
				long.Set("malli", model)
				long.Set("laji", kind)
				if got := p.Open(s.page("/toimisto/kortti?" + long.Encode())); got != http.StatusOK {
					t.Fatalf("%d", got)
				}
				if over := browsertest.Evaluate[[]string](p, `Array.from(document.querySelectorAll('.leaf, .invite, .fill, .leaf p, .leaf h2, .leaf h3, .rule')).filter(e => {
					const sheet = (e.closest('.invite, .fill') || e.closest('.leaf')).getBoundingClientRect(), at = e.getBoundingClientRect();
					return e.matches('.leaf, .invite, .fill') && e.scrollHeight > e.clientHeight + 1 || e.scrollWidth > e.clientWidth + 1 || at.right > sheet.right + 1 || at.bottom > sheet.bottom + 1;
				}).map(e => e.localName + '.' + e.className + ' ' + e.innerText.slice(0, 40))`); len(over) > 0 {
					t.Errorf("%s %s: sticks out: %q", model, kind, over)
				}
				if bare := browsertest.Evaluate[int](p, `Array.from(document.querySelectorAll('.leaf img')).filter(e => !e.complete || e.naturalWidth < 100).length`); bare > 0 {
					t.Errorf("%d codes are not drawn", bare)
				}
			}
		}
		p.Open(s.page("/toimisto/kortti?" + url.Values{"kieli": {string(s.lang)}, "tapahtuma": {"Markkinat"}}.Encode()))
		at := filepath.Join(t.TempDir(), "poster.png")
		p.Screenshot(at)
		f, err := os.Open(at)
		must(t, err)
		defer f.Close()
		img, err := png.Decode(f)
		must(t, err)
		// As one aims a telephone at it.
		box := browsertest.Evaluate[[]int](p, `(r => [r.left + scrollX, r.top + scrollY, r.right + scrollX, r.bottom + scrollY].map(x => Math.round(x)))(document.querySelector('.leaf img').getBoundingClientRect())`)
		aimed := image.NewGray(image.Rect(0, 0, box[2]-box[0], box[3]-box[1]))
		draw.Draw(aimed, aimed.Bounds(), img, image.Pt(box[0], box[1]), draw.Src)
		bits, err := gozxing.NewBinaryBitmapFromImage(aimed)
		must(t, err)
		// A telephone looks again and again, each time a little differently.
		var got *gozxing.Result
		for _, hint := range []gozxing.DecodeHintType{gozxing.DecodeHintType_TRY_HARDER, gozxing.DecodeHintType_PURE_BARCODE} {
			if got, err = zxing.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{hint: true}); err == nil {
				break
			}
		}
		if err != nil {
			t.Fatalf("the poster does not scan: %v", err)
		}
		if got.GetText() != s.page("/kipina")+"?tapahtuma=Markkinat" {
			t.Errorf("the poster leads to %q", got.GetText())
		}
		visitor := s.phone(t, false)
		visitor.Open(got.GetText())
		visitor.Paste("#text", said(s.lang).text)
		follows(t, visitor, send, http.StatusOK)
		p.Open(s.page("/toimisto"))
		shows(t, p, "main", s.T("work.event", "event", "Markkinat"))
		if strings.Contains(visitor.Text("body"), "Markkinat") {
			t.Error("the receipt tells what only the office should see")
		}
		s.decent(t, visitor, false)
		s.decent(t, p, true)
	})
}

// TestBrowserASparkOnPaper looks at a spark's own poster: however long its title, its
// words and its text, nothing sticks out of the sheet and no line is cut through.
func TestBrowserASparkOnPaper(t *testing.T) {
	t.Parallel()
	s := newStage(t, i18n.Finnish)
	p := browsertest.New(t).Page(browsertest.Viewport(1280, 1400), browsertest.ReducedMotion())
	long := strings.Repeat("Kylillä on tuottajia ja syöjiä, mutta väliltä puuttuu kuljetus. ", 40)
	for _, d := range []spark.Draft{
		{Title: "Kuljetus", Text: long},
		{Title: "Pyöräreitti Kausalasta Koriaan asti", Text: long},
		{Title: "Lähiruoan ja kierrätysmateriaalien yhteiskuljetuspalvelukokeilu Haapa-Kimolan, Elimäen ja Myllykosken kylille talvella 1", Text: long},
		{Title: "Kyläyhdistysten yhteinen talkookalenteri kesän ja syksyn ajaksi koko seudulle nyt", Text: "Rivi\n\nToinen\n\nKolmas\n\n" + long},
		{Title: strings.Repeat("W", 120), Text: strings.Repeat("x", 4000)},
	} {
		d.Place, d.Name, d.Visibility = "Elimäki", "Maija", spark.Public
		sp, _ := s.drops(t, d)
		if got := p.Open(s.page("/kipina/" + sp.Code + "/juliste")); got != http.StatusOK {
			t.Fatalf("%d", got)
		}
		if wrong := browsertest.Evaluate[[]string](p, `(() => {
			const box = e => document.querySelector('.poster ' + e).getBoundingClientRect(), sheet = document.querySelector('.poster').getBoundingClientRect();
			const wrong = Array.from(document.querySelectorAll('.poster *')).filter(e => e.getBoundingClientRect().right > sheet.right - 10 || e.getBoundingClientRect().bottom > sheet.bottom + 1)
				.filter(e => !e.closest('.excerpt')).map(e => e.localName + ' ' + e.textContent.slice(0, 30));
			if (box('.excerpt').bottom > box('.scan').top) wrong.push('a line of the text is cut through');
			if (box('.excerpt').height < 100) wrong.push('there is hardly any text');
			return wrong;
		})()`); len(wrong) > 0 {
			t.Errorf("%s: %q", sp.Title, wrong)
		}
	}
}
