package pdf_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kokko/ground/pdf"
	"kokko/ground/pdf/pdftest"
)

func about() pdf.About {
	return pdf.About{Title: "Asiakirjavihko <7F3K-9QXM> & muuta", Author: "Kouvolan seutu", Subject: "Kipinän asiakirjat", Language: "fi", Program: "Kokko 1.0", Made: time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)}
}

// everything is a document with one of each block.
func everything(d *pdf.Document) {
	d.Heading(1, "", "Asiakirjavihko")
	d.Text("Ensimmäinen kappale.\nToinen kappale.")
	d.Facts([]pdf.Fact{{Name: "Numero", Value: "7F3K-9QXM"}, {Name: "Tyhjä"}, {Name: "Kieli, jolla kipinä on kirjoitettu", Lang: "sv", Value: "svenska\npå två rader"}})
	d.Section()
	d.Heading(2, "", "Mitä kirjoitettiin")
	d.Quote("se", "Áššis ovdánahttá: áčđŋšŧž ÁČĐŊŠŦŽ, âõǥǧǩʒǯ ÂÕǤǦǨƷǮ.\n\nÅäö – ”lainaus” 5 € …")
	d.List("sv", "ett", "två")
	d.End()
	d.Section()
	d.Heading(2, "", "Tarina")
	d.Heading(3, "", "23.11.2026 klo 10.00")
	d.Small("Pienellä.")
	d.End()
	d.Line()
}

func written(t testing.TB, fill func(d *pdf.Document)) []byte {
	t.Helper()
	var b bytes.Buffer
	d := pdf.New(&b, about())
	fill(d)
	if err := d.Close("7F3K-9QXM · tehty 23.11.2026"); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestADocumentSaysWhatWasWritten(t *testing.T) {
	t.Parallel()
	f := pdftest.Open(t, written(t, everything))
	f.Promises()
	if f.Title() != about().Title || f.Language() != "fi" || len(f.Pages) != 1 {
		t.Errorf("%q, %q, %d pages", f.Title(), f.Language(), len(f.Pages))
	}
	want := []string{"Asiakirjavihko", "Ensimmäinen kappale.", "Toinen kappale.", "Numero", "7F3K-9QXM", "Kieli, jolla kipinä on", "kirjoitettu", "svenska", "på två rader", "Mitä kirjoitettiin",
		"Áššis ovdánahttá: áčđŋšŧž ÁČĐŊŠŦŽ, âõǥǧǩʒǯ ÂÕǤǦǨƷǮ.", "Åäö – ”lainaus” 5 € …", "•", "ett", "•", "två", "Tarina", "23.11.2026 klo 10.00", "Pienellä."}
	var got []string
	for line := range strings.SplitSeq(f.Text(false), "\n") {
		if line = strings.TrimSpace(line); line != "" {
			got = append(got, line)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("text\n%q, want\n%q", got, want)
	}
	if foot := f.Text(true); !strings.Contains(foot, "1/") || !strings.Contains(foot, "7F3K-9QXM · tehty 23.11.2026") {
		t.Errorf("foot: %q", foot)
	}
	structure := "Document:fi(H1 P P Table(TR(TH TD) TR(TH TD:sv)) Sect(H2 BlockQuote:se(P P) L:sv(LI(Lbl LBody(P)) LI(Lbl LBody(P)))) Sect(H2 H3 P))"
	if got := f.Structure().String(); got != structure {
		t.Errorf("structure\n%s, want\n%s", got, structure)
	}
	if got := fmt.Sprint(f.Outline()); got != "[{1 Asiakirjavihko 1} {2 Mitä kirjoitettiin 1} {2 Tarina 1} {3 23.11.2026 klo 10.00 1}]" {
		t.Errorf("outline %s", got)
	}
}

// What cannot be drawn is a box, one for each sign as a reader counts them, and
// stays what it was for whoever copies it or listens.
func TestSignsThatCannotBeDrawnAreNotLost(t *testing.T) {
	t.Parallel()
	for text, boxes := range map[string]int{
		"Laituri 😀 kuntoon": 1, "👩‍🌾 viljelee": 1, "🇫🇮🇸🇪": 2, "👍🏽": 1, "❤️ sydän": 1, "שלום": 4, "سلام": 4, "日本": 2, "pelkkä teksti": 0, "a\u202eb\u200bc": 0,
	} {
		var lost bool
		f := pdftest.Open(t, written(t, func(d *pdf.Document) { d.Text(text); lost = d.Lost() }))
		f.Promises()
		if got, want := strings.TrimSpace(f.Text(false)), strings.TrimSpace(strings.NewReplacer("\u202e", "", "\u200b", "").Replace(text)); got != want {
			t.Errorf("%q is copied as %q", text, got)
		}
		if lost != (boxes > 0) {
			t.Errorf("%q: lost is %v", text, lost)
		}
		n := 0
		var count func(p *pdftest.Part)
		count = func(p *pdftest.Part) {
			if p.Actual != "" {
				n++
			}
			for _, k := range p.Kids {
				count(k)
			}
		}
		count(f.Structure())
		if (n > 0) != (boxes > 0) {
			t.Errorf("%q: %d parts say what they stand for", text, n)
		}
	}
}

func TestTheSameDocumentIsTheSameBytes(t *testing.T) {
	t.Parallel()
	if !bytes.Equal(written(t, everything), written(t, everything)) {
		t.Error("two files of one document differ")
	}
	other := written(t, func(d *pdf.Document) { everything(d); d.Text("x") })
	if bytes.Equal(other, written(t, everything)) {
		t.Error("another document is the same file")
	}
}

// hostile is a text of anything.
func hostile() *rapid.Generator[string] {
	piece := rapid.SampledFrom([]string{"a", "kipinä", " ", "  ", "\n", "\r\n", "\t", "-", "/", "(", ")", "<", ">", "\\", "\x00", "\x1b", "\xff", "\u202e", "\u200d", "\ufe00", "\ufe0f", "😀", "👩‍🌾", "🇫🇮", "🇫", "é", "e\u0301", "\u0301", "שלום", "日", "\uFFFD", "\uFFFE", "\U0010FFFF", "□", strings.Repeat("w", 200), strings.Repeat("日", 80)})
	return rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOfN(piece, 0, 20), func(all []string) string { return strings.Join(all, "") }), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
}

// copied is a text as it should be copied from the page: words apart by one space.
func copied(s string) string {
	return strings.Join(strings.Fields(s), "")
}

func TestAnyTextIsDrawnAndCopied(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		blocks := rapid.SliceOfN(hostile(), 1, 6).Draw(rt, "texts")
		var b bytes.Buffer
		d := pdf.New(&b, about())
		var want strings.Builder
		d.Heading(1, "", "x")
		want.WriteString("x")
		for i, text := range blocks {
			clean := pdf.Clean(text)
			if pdf.Clean(clean) != clean {
				rt.Fatalf("cleaning %q twice changes it", text)
			}
			switch i % 4 {
			case 0:
				d.Quote("sv", text)
			case 1:
				d.Text(text)
			case 2:
				d.Facts([]pdf.Fact{{Name: "n", Value: text}})
				if strings.TrimSpace(clean) != "" {
					want.WriteString("n")
				}
			case 3:
				d.Heading(2, "", text)
			}
			want.WriteString(clean)
		}
		if err := d.Close("jalka " + blocks[0]); err != nil {
			rt.Fatal(err)
		}
		f := pdftest.Open(t, b.Bytes())
		_ = f.Structure()
		_ = f.Outline()
		// Signs that only join others are not counted, alone they are nothing.
		bare := func(s string) string {
			return strings.Map(func(r rune) rune {
				if r == '\u200d' || r >= '\ufe00' && r <= '\ufe0f' {
					return -1
				}
				return r
			}, copied(s))
		}
		if got, want := bare(f.Text(false)), bare(want.String()); got != want {
			rt.Fatalf("copied %q, want %q", got, want)
		}
	})
}

// beats writes a long story.
func beats(d *pdf.Document, n int) {
	d.Heading(1, "", "Tarina")
	d.Section()
	d.Heading(2, "", "Käänteet")
	for i := range n {
		d.Section()
		d.Heading(3, "", fmt.Sprintf("%d. käänne", i+1))
		d.Text("Kaisa Esimerkki vastasi:")
		d.Quote("fi", strings.Repeat("Laituri on korjattu ja kahvit juotu. ", 1+i%9))
		d.End()
	}
	d.End()
}

// counter keeps nothing of what it is given.
type counter struct{ bytes, biggest int }

func (c *counter) Write(p []byte) (int, error) {
	c.bytes, c.biggest = c.bytes+len(p), max(c.biggest, len(p))
	return len(p), nil
}

// Five thousand beats cost the memory of their headings. Not parallel: it looks at
// the heap of the whole process.
func TestALongDocumentIsNotHeld(t *testing.T) {
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	c := &counter{}
	d := pdf.New(c, about())
	beats(d, 10)
	before, sent := heap(), c.bytes
	beats(d, 5_000)
	grown := heap() - before
	if c.bytes-sent < 500_000 {
		t.Errorf("only %d bytes had left before the end", c.bytes-sent)
	}
	if grown > 8<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if err := d.Close(""); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d bytes, heap grew by %d, longest piece %d", c.bytes, grown, c.biggest)
}

func TestALongDocumentIsWhole(t *testing.T) {
	t.Parallel()
	n := 4_200 // more than one array is given
	f := pdftest.Open(t, written(t, func(d *pdf.Document) { beats(d, n) }))
	f.Promises()
	outline := f.Outline()
	if len(outline) != n+2 || outline[n+1].Title != fmt.Sprintf("%d. käänne", n) || outline[n+1].Page != len(f.Pages) {
		t.Errorf("%d lines in the outline, %d pages, the last %+v", len(outline), len(f.Pages), outline[len(outline)-1])
	}
	text := f.Text(true)
	for _, want := range []string{fmt.Sprintf("%d/", len(f.Pages)), "4200. käänne", "1. käänne"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q", want)
		}
	}
	if got := strings.Count(text, " käänne"); got != n {
		t.Errorf("%d beats", got)
	}
}

// Other people's programs say the same, where they are at hand.
func TestOthersReadIt(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	path := filepath.Join(folder, "a.pdf")
	raw := written(t, func(d *pdf.Document) {
		everything(d)
		d.Text("Laituri 😀 kuntoon, שלום.")
		beats(d, 30)
	})
	if err := os.WriteFile(path, raw, 0o600); err != nil {
		t.Fatal(err)
	}
	run := func(name string, args ...string) (string, bool) {
		if _, err := exec.LookPath(name); err != nil {
			t.Logf("%s is not here", name)
			return "", false
		}
		out, err := exec.Command(name, args...).CombinedOutput()
		if err != nil {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
		return string(out), true
	}
	if out, ok := run("qpdf", "--check", path); ok && !strings.Contains(out, "No syntax or stream encoding errors found") {
		t.Errorf("qpdf: %s", out)
	}
	if out, ok := run("pdftotext", path, "-"); ok {
		for _, want := range []string{"Áššis ovdánahttá: áčđŋšŧž", "5 € …", "Laituri 😀 kuntoon", "30. käänne"} {
			if !strings.Contains(out, want) {
				t.Errorf("pdftotext finds no %q", want)
			}
		}
	}
	if out, ok := run("pdfinfo", path); ok && (!strings.Contains(out, "Tagged:          yes") || !strings.Contains(out, "Asiakirjavihko <7F3K-9QXM> & muuta")) {
		t.Errorf("pdfinfo: %s", out)
	}
	if out, ok := run("pdffonts", path); ok && strings.Count(out, "yes yes yes") != 2 {
		t.Errorf("pdffonts: %s", out)
	}
	// Apache PDFBox Preflight judges PDF/A-1b: Debian's libpdfbox2-java and its friends.
	var jars []string
	for _, name := range []string{"preflight", "xmpbox", "pdfbox2", "fontbox2", "commons-logging", "commons-io", "javax.activation", "jaxb-api"} {
		jar := filepath.Join("/usr/share/java", name+".jar")
		if _, err := os.Stat(jar); err != nil {
			t.Logf("%s is not here", jar)
			return
		}
		jars = append(jars, jar)
	}
	if out, ok := run("java", "-cp", strings.Join(jars, ":"), "org.apache.pdfbox.preflight.Validator_A1b", path); ok && !strings.Contains(out, "is a valid PDF/A-1b file") {
		t.Errorf("preflight: %s", out)
	}
}

// The fonts inside are fonts: whole tables, their sums, and the drawings of the
// signs that were used and of few others.
func TestFontsInside(t *testing.T) {
	t.Parallel()
	sum := func(b []byte) (s uint32) {
		for i := 0; i < len(b); i += 4 {
			word := make([]byte, 4)
			copy(word, b[i:])
			s += binary.BigEndian.Uint32(word)
		}
		return s
	}
	fonts := pdftest.Open(t, written(t, everything)).Fonts()
	if len(fonts) != 2 {
		t.Fatalf("%d fonts", len(fonts))
	}
	for _, file := range fonts {
		if sum(file) != 0xB1B0AFBA || len(file) > 150<<10 {
			t.Errorf("%d bytes with the sum %X", len(file), sum(file))
		}
		tables := map[string][]byte{}
		for i := range int(binary.BigEndian.Uint16(file[4:])) {
			e := file[12+16*i:]
			at, size := binary.BigEndian.Uint32(e[8:]), binary.BigEndian.Uint32(e[12:])
			name := string(e[:4])
			if tables[name] = file[at : at+size]; name != "head" && sum(tables[name]) != binary.BigEndian.Uint32(e[4:]) {
				t.Errorf("table %s has another sum", name)
			}
		}
		for _, name := range []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"} {
			if len(tables[name]) == 0 {
				t.Errorf("no table %s", name)
			}
		}
		count := int(binary.BigEndian.Uint16(tables["maxp"][4:]))
		wide := int(binary.BigEndian.Uint16(tables["hhea"][34:]))
		if len(tables["loca"]) != 4*(count+1) || len(tables["hmtx"]) != 4*wide+2*(count-wide) {
			t.Errorf("%d glyphs, %d wide, tables of %d and %d", count, wide, len(tables["loca"]), len(tables["hmtx"]))
		}
		drawn, before := 0, uint32(0)
		for g := range count + 1 {
			at := binary.BigEndian.Uint32(tables["loca"][4*g:])
			if at < before || int(at) > len(tables["glyf"]) {
				t.Fatalf("glyph %d is nowhere", g)
			}
			if at > before {
				drawn++
			}
			before = at
		}
		if drawn < 15 || drawn > 150 {
			t.Errorf("%d glyphs are drawn", drawn)
		}
	}
}

// narrow takes so many bytes and then fails.
type narrow struct{ left int }

var errFull = errors.New("full")

func (n *narrow) Write(p []byte) (int, error) {
	if n.left -= len(p); n.left < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestABrokenDocumentIsToldOf(t *testing.T) {
	t.Parallel()
	for room := 0; room < len(written(t, everything)); room += 1_000 {
		d := pdf.New(&narrow{room}, about())
		everything(d)
		beats(d, 20)
		if err := d.Close(""); !errors.Is(err, errFull) || !errors.Is(d.Err(), errFull) {
			t.Errorf("in %d bytes: %v", room, err)
		}
	}
	d := pdf.New(io.Discard, about())
	d.End() // nothing is open
	if err := d.Close(""); err != nil {
		t.Errorf("an empty document: %v", err)
	}
}
