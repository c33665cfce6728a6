package delimited_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"kokko/ground/delimited"
)

// all reads a whole file: its rows, and "line:why" for those that are broken.
func all(t testing.TB, file []byte) (f delimited.Form, headings []string, rows []delimited.Row, broken []string, err error) {
	t.Helper()
	var look delimited.Looker
	for chunk := range slices.Chunk(file, 7) { // letters are cut in the middle
		if _, err := look.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	f = look.Form()
	r, err := delimited.NewReader(bytes.NewReader(file), f)
	if err != nil {
		return f, nil, nil, nil, err
	}
	for {
		row, err := r.Next()
		if b, ok := errors.AsType[*delimited.Broken](err); ok {
			broken = append(broken, fmt.Sprintf("%d:%s", b.Line, b.Why))
			continue
		}
		if err == io.EOF {
			return f, r.Headings, rows, broken, nil
		}
		if err != nil {
			return f, r.Headings, rows, broken, err
		}
		rows = append(rows, row)
	}
}

func TestEveryEncodingIsFoundOutAndRead(t *testing.T) {
	t.Parallel()
	plain := "id;otsikko\n1;Hyvä käytäntö – Åland\n2;Š ja Ž\n"
	for _, c := range []struct {
		name delimited.Encoding
		text string
		to   encoding.Encoding
	}{
		{delimited.UTF8, plain, unicode.UTF8},
		{delimited.UTF8Mark, "\uFEFF" + plain, unicode.UTF8},
		{delimited.UTF16LE, plain, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)},
		{delimited.UTF16BE, plain, unicode.UTF16(unicode.BigEndian, unicode.UseBOM)},
		{delimited.UTF16LE, plain, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)},
		{delimited.UTF16BE, plain, unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)},
		{delimited.Windows, plain, charmap.Windows1252},
		{delimited.Latin9, strings.ReplaceAll(plain, "–", "-"), charmap.ISO8859_15},
		{delimited.Windows, "id;otsikko\n1;Hyvä käytäntö\n2;Åland\n", charmap.Windows1252},
	} {
		file, err := c.to.NewEncoder().Bytes([]byte(c.text))
		if err != nil {
			t.Fatal(err)
		}
		f, headings, rows, broken, err := all(t, file)
		if err != nil || f.Encoding != c.name || f.Comma != ';' || f.Bytes != int64(len(file)) {
			t.Errorf("%s: %+v %v", c.name, f, err)
			continue
		}
		want := strings.Split(strings.TrimPrefix(strings.Split(c.text, "\n")[1], "1;"), "\n")[0]
		if !slices.Equal(headings, []string{"id", "otsikko"}) || len(rows) != 2 || rows[0].Cells[1] != want || len(broken) > 0 {
			t.Errorf("%s: %q %v %v", c.name, headings, rows, broken)
		}
	}
	// A few broken bytes in a file of UTF-8 spoil their rows and no others.
	file := []byte("id,text\n" + strings.Repeat("1,äöå\n", 20) + "2,\xE4\n3,hyvä\n")
	f, _, rows, broken, err := all(t, file)
	if err != nil || f.Encoding != delimited.UTF8 || len(rows) != 21 || !slices.Equal(broken, []string{"22:letters"}) {
		t.Errorf("%+v %d rows, %v, %v", f, len(rows), broken, err)
	}
}

func TestTheSeparatorIsThatOfTheHeadings(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]rune{
		"a,b\n": ',', "a;b;c,d\n": ';', "a\tb\n": '\t', "\n\n\"a;x;y\",b\n1;2;3\n": ',', "yksi\n1,2,3\n": ',', "": ',',
	} {
		var look delimited.Looker
		_, _ = look.Write([]byte(file))
		if f := look.Form(); f.Comma != want {
			t.Errorf("%q is parted by %q", file, f.Comma)
		}
	}
}

func TestBrokenRowsAreNamedByTheirLines(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", delimited.MaxRow)
	for file, want := range map[string]struct {
		rows   string
		broken string
	}{
		"a,b\n1,2\n\n3\n4,5,,\n":                   {"2:1|2 4:3| 5:4|5", ""},
		"a,b\n1,\"x\ny\"\n2,z\n":                   {"2:1|x\ny 4:2|z", ""},
		"a,b\r\n1,\"x\"\"y\"\r\n2,=1+1\r\n":        {"2:1|x\"y 3:2|=1+1", ""},
		"a,b\r1,2\r3,4":                            {"2:1|2 3:3|4", ""},
		"a,b\n1,\"x\" y\n2,z\n":                    {"3:2|z", "2:quote"},
		"a,b\n1,\"never closed\n2,x\n3,y\n":        {"3:2|x 4:3|y", "2:quote"},
		"a,b\n1,5\" tall\n":                        {"2:1|5\" tall", ""},
		"a,b\n1,2,3\n4,5\n":                        {"3:4|5", "2:columns"},
		"a,b\n1,\x00\n2,b\n":                       {"3:2|b", "2:letters"},
		"a,b\n1," + big + "\n2,z\n":                {"3:2|z", "2:size"},
		"a,b\n1,\"" + big + "\n2,z\n":              {"3:2|z", "2:size"},
		"a,b\n1,\"x\n" + big + "\n2,z\n":           {"4:2|z", "2:open 3:size"},
		"a,b\n" + strings.Repeat(",", 500) + "\n1": {"3:1|", "2:columns"},
	} {
		_, _, rows, broken, err := all(t, []byte(file))
		var got []string
		for _, r := range rows {
			got = append(got, fmt.Sprintf("%d:%s", r.Line, strings.Join(r.Cells, "|")))
		}
		if err != nil || strings.Join(got, " ") != want.rows || strings.Join(broken, " ") != want.broken {
			t.Errorf("%.40q: %q, broken %q, %v", file, got, broken, err)
		}
	}
	if _, _, _, _, err := all(t, nil); err != io.EOF {
		t.Errorf("an empty file: %v", err)
	}
	if _, _, _, _, err := all(t, []byte("a,b\n"+strings.Repeat("1,\"x\"y\n", 2000))); err != delimited.ErrGivenUp {
		t.Errorf("a file of nothing but broken rows: %v", err)
	}
}

// endless is a file of one line repeated, which is nowhere whole.
type endless struct {
	line string
	left int
	at   int
}

func (e *endless) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if e.at == len(e.line) {
			e.at = 0
			e.left--
		}
		if e.left <= 0 {
			return n, io.EOF
		}
		m := copy(p[n:], e.line[e.at:])
		n, e.at = n+m, e.at+m
	}
	return n, nil
}

// A line of tens of megabytes costs the memory of a row, and its neighbours are read.
// By itself: it measures what is in memory.
func TestAGiantLineIsNamedAndSteppedOver(t *testing.T) {
	for name, begin := range map[string]string{"bare": "1,", "in quotes": "1,\""} {
		in := io.MultiReader(strings.NewReader("a,b\n0,x\n"+begin), &endless{line: strings.Repeat("pitkä ", 1000), left: 3000}, strings.NewReader("\n2,\"z\"\n"))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		r, err := delimited.NewReader(in, delimited.Form{Encoding: delimited.UTF8, Comma: ','})
		if err != nil {
			t.Fatal(err)
		}
		first, err1 := r.Next()
		_, err2 := r.Next()
		last, err3 := r.Next()
		runtime.ReadMemStats(&after)
		b, ok := errors.AsType[*delimited.Broken](err2)
		if err1 != nil || err3 != nil || !ok || b.Line != 3 || b.Why != "size" || first.Line != 2 || last.Line != 4 || last.Cells[1] != "z" {
			t.Errorf("%s: %v %v %v, %+v %+v", name, err1, err2, err3, first, last)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 8<<20 {
			t.Errorf("%s: a line of 21 MB took %d bytes of memory", name, took)
		}
	}
}

// Quotes that close in the wrong place over and over make every row look longer than
// a row may be, and be read again: such a file is given up, however large it is.
func TestAFileThatIsReadInVainIsGivenUp(t *testing.T) {
	t.Parallel()
	wide := strings.Repeat("x", 700)
	in := io.MultiReader(strings.NewReader("a,b\n"), &endless{line: wide + "\" ,\"\n" + "hyvä,rivi\n", left: 1 << 20})
	r, err := delimited.NewReader(in, delimited.Form{Encoding: delimited.UTF8, Comma: ','})
	if err != nil {
		t.Fatal(err)
	}
	good := 0
	for {
		_, err := r.Next()
		if err == delimited.ErrGivenUp {
			break
		}
		if _, broken := errors.AsType[*delimited.Broken](err); err != nil && !broken {
			t.Fatalf("after %d good rows: %v", good, err)
		} else if !broken {
			if good++; good > 2000 {
				t.Fatal("it goes on and on")
			}
		}
	}
	if good == 0 {
		t.Error("not one good row was read")
	}
}

// What the standard library writes is read back as it was.
func TestWhatWasWrittenIsReadBack(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.StringOf(rapid.SampledFrom([]rune("aä€ ,;\t\"\n=-x")))
		comma := rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "comma")
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		w.Comma = comma
		_ = w.Write([]string{"yksi", "kaksi", "kolme"})
		var want [][]string
		for range rapid.IntRange(0, 6).Draw(t, "rows") {
			row := []string{"x" + cell.Draw(t, "a"), cell.Draw(t, "b"), cell.Draw(t, "c")}
			want = append(want, row)
			_ = w.Write(row)
		}
		w.Flush()
		r, err := delimited.NewReader(bytes.NewReader(b.Bytes()), delimited.Form{Encoding: delimited.UTF8, Comma: comma})
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range want {
			got, err := r.Next()
			if err != nil || !slices.Equal(got.Cells, row) {
				t.Fatalf("%q came back as %q, %v", row, got.Cells, err)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Fatal(err)
		}
	})
}

func FuzzReader(f *testing.F) {
	for _, s := range []string{"a,b\n1,2\n", "a;b\n\"x\n", "\xFF\xFEa\x00,\x00", "a\n\"\"\"\n", "\xE4,b\n\"", "a,b\r\n\"1\"x\r\r\n2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		form, headings, rows, broken, _ := all(t, file)
		if form.Bytes != int64(len(file)) {
			t.Fatal("not all was looked at")
		}
		last := 0
		for _, r := range rows {
			if r.Line <= last || len(r.Cells) != len(headings) {
				t.Fatalf("row of %d cells under %d headings at line %d after %d", len(r.Cells), len(headings), r.Line, last)
			}
			last = r.Line
		}
		if lines := bytes.Count(file, []byte("\n")) + bytes.Count(file, []byte("\r")) + 1; len(rows)+len(broken) > lines {
			t.Fatalf("%d rows of %d lines", len(rows)+len(broken), lines)
		}
	})
}
