package web_test

import (
	"image"
	"image/color"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/makiuchi-d/gozxing"
	zxing "github.com/makiuchi-d/gozxing/qrcode"
	"pgregory.net/rapid"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/store/storetest"
	"kokko/journey/spark"
	"kokko/region/office"
)

// scanned reads a code's picture as a telephone would: drawn, and decoded by
// another's library.
func scanned(t interface{ Fatalf(string, ...any) }, svg string) string {
	side := regexp.MustCompile(`viewBox="0 0 (\d+) (\d+)"`).FindStringSubmatch(svg)
	if side == nil || side[1] != side[2] {
		t.Fatalf("no square: %.200s", svg)
	}
	n, _ := strconv.Atoi(side[1])
	const dot = 4
	img := image.NewGray(image.Rect(0, 0, n*dot, n*dot))
	for i := range img.Pix {
		img.Pix[i] = 255
	}
	for _, run := range regexp.MustCompile(`M(\d+) (\d+)h(\d+)v1h-(\d+)z`).FindAllStringSubmatch(svg, -1) {
		x, _ := strconv.Atoi(run[1])
		y, _ := strconv.Atoi(run[2])
		long, _ := strconv.Atoi(run[3])
		if run[3] != run[4] {
			t.Fatalf("a crooked module: %s", run[0])
		}
		for dy := range dot {
			for dx := range long * dot {
				img.SetGray(x*dot+dx, y*dot+dy, color.Gray{})
			}
		}
	}
	bits, err := gozxing.NewBinaryBitmapFromImage(img)
	if err != nil {
		t.Fatalf("%v", err)
	}
	got, err := zxing.NewQRCodeReader().Decode(bits, map[gozxing.DecodeHintType]any{gozxing.DecodeHintType_PURE_BARCODE: true})
	if err != nil {
		t.Fatalf("the code does not read: %v", err)
	}
	return got.GetText()
}

func TestTheCodeLeadsToTheFormAndNowhereElse(t *testing.T) {
	t.Parallel()
	s := newSite(t, storetest.SQLite(t))
	r := s.visitor()
	place, theme := s.edition.Places[3], s.edition.Themes[0].ID
	rapid.Check(t, func(t *rapid.T) {
		s.clock.Advance(time.Minute) // nobody is slowed down here
		lang := rapid.SampledFrom(i18n.Languages()).Draw(t, "language")
		q := url.Values{"kieli": {string(lang)}}
		want := url.Values{}
		choose := func(name string, values ...string) {
			if v := rapid.SampledFrom(append(values, "")).Draw(t, name); v != "" {
				q.Set(name, v)
				want.Set(name, v)
			}
		}
		choose("laji", "idea", "need", "vitality")
		choose("paikka", place.ID)
		choose("teema", theme)
		choose("tapahtuma", "Markkinat 2026", "Åäö & \"lainaus\" <b>", "https://muualla.example/", "javascript:alert(1)", "//muualla.example", strings.Repeat("ö", 60))
		p := r.get("/kortti/qr.svg?" + q.Encode())
		if p.status != http.StatusOK || p.header.Get("Content-Type") != "image/svg+xml; charset=utf-8" {
			t.Fatalf("%d %s", p.status, p.header.Get("Content-Type"))
		}
		leads := scanned(t, p.body)
		u, err := url.Parse(leads)
		if err != nil {
			t.Fatal(err)
		}
		at := "/kipina"
		if lang != i18n.Finnish {
			at = "/" + string(lang) + at
		}
		if u.Scheme+"://"+u.Host != s.url || u.Path != at || u.Fragment != "" || u.User != nil || u.RawQuery != want.Encode() {
			t.Fatalf("the code leads to %q, want %s?%s", leads, at, want.Encode())
		}
		form := r.get(strings.TrimPrefix(leads, s.url))
		if form.status != http.StatusOK || form.Find("html").AttrOr("lang", "") != string(lang) {
			t.Fatalf("%s gives %d", leads, form.status)
		}
		if got := form.Find("#event").AttrOr("value", ""); got != want.Get("tapahtuma") {
			t.Fatalf("the event is %q, want %q", got, want.Get("tapahtuma"))
		}
		if k := want.Get("laji"); k != "" && form.Find("input[name=kind][value="+k+"][checked]").Length() != 1 {
			t.Fatal("the question is not chosen")
		}
		if want.Get("paikka") != "" && form.Find("#place").AttrOr("value", "") != place.Name.In(string(lang)) {
			t.Fatalf("the place is %q", form.Find("#place").AttrOr("value", ""))
		}
		if want.Get("teema") != "" && form.Find("input[name=themes][checked]").AttrOr("value", "") != theme {
			t.Fatal("the theme is not chosen")
		}
	})
	for name, query := range map[string]string{
		"a place that is none": "paikka=Timbuktu", "an address as a place": "paikka=" + url.QueryEscape("https://muualla.example"), "no kind": "laji=x", "no theme": "teema=x",
		"a long event": "tapahtuma=" + strings.Repeat("a", 61), "no language": "kieli=de",
	} {
		if p := r.get("/kortti/qr.svg?" + query); p.status != http.StatusUnprocessableEntity || strings.Contains(p.header.Get("Content-Type"), "svg") {
			t.Errorf("%s: %d", name, p.status)
		}
	}
}

func TestCardsAndPostersInThreeLanguages(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		s.set(map[string]string{office.MailIn: "kipina@kouvola.example"})
		o := s.officer(office.Viewer)
		for l, at := range inLanguages() {
			say := texts(t).For(l)
			p := o.get(at + "/toimisto/kortit")
			whole(t, at+"/toimisto/kortit", p, l)
			poster := o.get(at + "/toimisto/kortti?" + url.Values{"kieli": {string(l)}, "tapahtuma": {"Markkinat <i>2026</i>"}, "paikka": {"Elimäki"}}.Encode())
			leaf := poster.Find(".leaf")
			text := squeezed(leaf.Text())
			if poster.status != http.StatusOK || leaf.Length() != 1 || leaf.Find("img").Length() != 1 {
				t.Fatalf("%s: %d, %d leaves", l, poster.status, leaf.Length())
			}
			wants := []string{s.edition.Call.Question.In(string(l)), "Markkinat <i>2026</i>", say.T("cards.scan"), "000 000 0000", "kipina@kouvola.example", strings.TrimPrefix(s.url, "http://") + at + "/kipina", s.edition.Region.ExampleNote.In(string(l))}
			for _, k := range s.edition.Kinds() {
				wants = append(wants, k.Question.In(string(l)))
			}
			for _, want := range wants {
				if !strings.Contains(text, squeezed(want)) {
					t.Errorf("%s: the poster does not say %q:\n%s", l, want, text)
				}
			}
			if alt := leaf.Find("img").AttrOr("alt", ""); !strings.Contains(alt, at+"/kipina") || strings.Contains(alt, "?") {
				t.Errorf("%s: the picture is told as %q", l, alt)
			}
			if got := scanned(t, o.get(leaf.Find("img").AttrOr("src", "")).body); !strings.HasPrefix(got, s.url+at+"/kipina?") || !strings.Contains(got, "tapahtuma=Markkinat") {
				t.Errorf("%s: the code leads to %s", l, got)
			}

			// Eight cards and their backs, in two languages; one question only.
			cards := o.get(at + "/toimisto/kortti?malli=kortit&laji=need&kieli=fi&kieli=sv&kieli=fi")
			if n := cards.Find(".invite").Length(); n != 16 || cards.Find(".fill").Length() != 16 || cards.Find(".leaf").Length() != 4 {
				t.Errorf("%s: %d faces, %d backs on %d leaves", l, n, cards.Find(".fill").Length(), cards.Find(".leaf").Length())
			}
			if n := cards.Find(".leaf.eight[lang=sv] .invite li").Length(); n != 8 {
				t.Errorf("%s: %d questions on eight cards", l, n)
			}
			if back := squeezed(cards.Find(".fill").First().Text()); !strings.Contains(back, "Torikatu 10") {
				t.Errorf("%s: where does the card go? %s", l, back)
			}
		}
		for field, query := range map[string]string{"paikka": "paikka=Timbuktu", "tapahtuma": "tapahtuma=" + strings.Repeat("a", 61), "laji": "laji=x", "teema": "teema=x", "kieli": "kieli=de", "malli": "malli=kirja"} {
			p := o.get("/toimisto/kortti?" + query)
			if p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#"+field+"']").Length() != 1 || p.Find("#"+field).Length() != 1 {
				t.Errorf("%s: %d, %s", field, p.status, p.Find(".errors").Text())
			}
		}
		if p := s.visitor().get("/toimisto/kortti"); p.path != "/kirjaudu" {
			t.Errorf("anybody prints: %s", p.path)
		}
	})
}

func TestASparkRemembersItsEvent(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r, o := s.visitor(), s.officer(office.Planner)
		events := func(code string) (string, spark.Source) {
			sp := s.find(code)
			all, err := spark.Events(t.Context(), s.db, "kouvola", sp.ID)
			if err != nil {
				t.Fatal(err)
			}
			return all[sp.ID], sp.Source
		}
		// A mistake keeps the event; a tick taken away takes it away.
		p := r.post("/kipina", url.Values{"text": {""}, "event": {"Markkinat 2026"}})
		if p.status != http.StatusUnprocessableEntity || p.Find("#event").AttrOr("value", "") != "Markkinat 2026" {
			t.Errorf("%d, %q", p.status, p.Find("#event").AttrOr("value", ""))
		}
		came := r.drop("text", "Laituri rantaan.", "event", "Markkinat\u202e 2026")
		if event, source := events(came.code); event != "Markkinat 2026" || source != spark.Event {
			t.Errorf("%q by %s", event, source)
		}
		plain := r.drop("text", "Sauna rantaan.")
		if event, source := events(plain.code); event != "" || source != spark.Web {
			t.Errorf("%q by %s", event, source)
		}
		if p := r.post("/kipina", url.Values{"text": {"Laituri."}, "event": {strings.Repeat("a", 121)}}); p.status != http.StatusUnprocessableEntity {
			t.Errorf("a long event: %d", p.status)
		}
		for _, path := range []string{"/toimisto", "/toimisto/kipinat", "/toimisto/kipina/" + came.code} {
			if text := squeezed(o.get(path).Find("main").Text()); strings.Count(text, "tapahtuma: Markkinat 2026") < 1 {
				t.Errorf("%s does not tell of the event", path)
			}
		}
		// Nobody else is told.
		for _, path := range []string{"/", "/kipinat", "/kipina/" + came.code} {
			if strings.Contains(s.visitor().get(path).body, "Markkinat") {
				t.Errorf("%s tells of the event", path)
			}
		}
		// A card that was filled in by hand.
		if p := o.post("/toimisto/uusi", url.Values{"text": {"Penkki torille."}, "source": {"card"}, "event": {"Kyläpäivä"}, "language": {"fi"}, "visibility": {"office"}}); p.status != http.StatusOK {
			t.Fatalf("%d %s", p.status, p.Find(".errors").Text())
		}
		list, _, err := spark.Work(t.Context(), s.db, "kouvola", spark.All, workday.Calendar{}, office.Today(s.clock), 0, 10)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(list, func(sp spark.Spark) bool { return sp.Text == "Penkki torille." })
		if event, source := events(list[i].Code); event != "Kyläpäivä" || source != spark.Card {
			t.Errorf("%q by %s", event, source)
		}
	})
}
