package document_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"pgregory.net/rapid"

	"kokko/ground/document"
	"kokko/ground/fault"
)

func TestPDFKeepsWhatAReaderSees(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"printed.pdf", "linear.pdf"} { // a browser's own, and one packed and ordered by another program
		source := testdata(t, name)
		out := pdf(t, source)
		said, before := opened(t, out), opened(t, source)
		for _, want := range []string{"https://kokko.kouvola.example/", "mailto:toimisto@kouvola.example", "/StructTreeRoot", "/Lang (fi", "/MarkInfo", "/FontFile2", "/Count 2"} {
			if !strings.Contains(before, want) && want != "/Lang (fi" {
				t.Fatalf("%s has no %s: nothing to prove", name, want)
			}
			if !strings.Contains(said, want) {
				t.Errorf("%s lost %s", name, want)
			}
		}
		for _, gone := range []string{"HeadlessChrome", "Skia", "/Creator", "/Producer", "/Info", "/ModDate", "004B0079006C00E4"} {
			if strings.Contains(said, gone) {
				t.Errorf("%s still tells %s", name, gone)
			}
		}
		if again := pdf(t, out); !bytes.Equal(again, out) {
			t.Errorf("%s: a second time gives %d bytes, not the same %d", name, len(again), len(out))
		}
		if again := pdf(t, source); !bytes.Equal(again, out) {
			t.Errorf("%s: the same bytes give another file", name)
		}
	}
}

func TestPDFTellsNothingOfItsMaker(t *testing.T) {
	t.Parallel()
	xmp := streamOf("/Type /Metadata /Subtype /XML", []byte("<x:xmpmeta>Maija</x:xmpmeta>"))
	objects := page("/Metadata 10 0 R /PieceInfo << /Word << /Private (Maija) >> >> /Perms << /DocMDP 17 0 R >> /AcroForm << /SigFlags 3 /Fields [16 0 R] >>", map[int]string{
		9:  "[11 0 R 16 0 R]",
		10: xmp,
		11: "<< /Type /Annot /Subtype /Text /Rect [0 0 9 9] /T (Maija) /M (D:20261123) /CreationDate (D:20261123) /NM (Maija-1) /Contents (Huomio) >>",
		4:  streamOf("/Metadata 10 0 R /PTEX.FileName (/home/Maija/a.pdf)", []byte("BT (Hei) Tj ET")),
		12: "<< /Author (Maija) /Title (Maija) >>",
		13: "<< /Orphan (Maija) >>",
		16: "<< /Type /Annot /Subtype /Widget /FT /Sig /T (kentta) /Rect [0 0 9 9] /V 17 0 R >>",
		17: "<< /Type /Sig /Filter /Adobe.PPKLite /Name (Maija) /ByteRange [0 1 2 3] /Contents <00> >>",
	})
	first := madeWith(objects, "/Info 12 0 R /ID [<4d61696a61> <4d61696a61>]")
	// A later version of the same file, in which a word was taken away.
	newer := table(bytes.NewBuffer(append(madeWith(page("", map[int]string{4: streamOf("", []byte("BT (Maija) Tj ET"))}), ""), "Maija\n"...)),
		map[int]string{1: page("", nil)[1], 4: streamOf("", []byte("BT (Hei) Tj ET"))}, fmt.Sprintf("/Prev %d", bytes.LastIndex(madeWith(page("", map[int]string{4: streamOf("", []byte("BT (Maija) Tj ET"))}), ""), []byte("xref\n0 1"))))
	for name, source := range map[string][]byte{"everything": first, "an earlier version": newer, "what follows the end": append(bytes.Clone(first), "\nPK\x03\x04Maija %%EOF"...)} {
		if !bytes.Contains(source, []byte("Maija")) {
			t.Fatalf("%s: nothing to prove", name)
		}
		said := opened(t, pdf(t, source))
		if strings.Contains(said, "Maija") || strings.Contains(said, "4D61696A61") || strings.Contains(said, "D:2026") {
			t.Errorf("%s: the maker is told of:\n%s", name, said)
		}
		if !strings.Contains(said, "(Hei) Tj") {
			t.Errorf("%s: the page is lost", name)
		}
	}
	if said := opened(t, pdf(t, first)); !strings.Contains(said, "(Huomio)") || !strings.Contains(said, "(kentta)") {
		t.Error("a comment's words or a field's name are lost")
	}
}

func TestPDFPicturesTellNoPlace(t *testing.T) {
	t.Parallel()
	jp2 := "\x00\x00\x00\x0cjP  \r\n\x87\n" + "\x00\x00\x00\x1cuuidGPS 60.8679 Maija\x00\x00\x00" + "\x00\x00\x00\x0ejp2hheader"[:14] + "\x00\x00\x00\x00jp2cPIXELS"
	for name, image := range map[string]string{
		"plain":       streamOf("/Type /XObject /Subtype /Image /Filter /DCTDecode", camera()),
		"in a list":   streamOf("/Subtype /Image /Filter [ /DCTDecode ] /DecodeParms [ << /ColorTransform 0 >> ]", camera()),
		"short name":  streamOf("/Subtype /Image /Filter /DCT", camera()),
		"packed":      streamOf("/Subtype /Image /Filter [/FlateDecode /DCTDecode] /DecodeParms [null << /ColorTransform 0 >>]", deflated(camera())),
		"hexadecimal": streamOf("/Subtype /Image /Filter [/ASCIIHexDecode /DCTDecode]", fmt.Appendf(nil, "%x>", camera())),
		"by name":     streamOf("/Subtype /Image /Filter 11 0 R", camera()),
		"JPEG 2000":   streamOf("/Subtype /Image /Filter /JPXDecode", []byte(jp2)),
	} {
		objects := page("", map[int]string{3: "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /XObject << /I 10 0 R >> >> >>", 10: image, 11: "[/DCTDecode]"})
		said := opened(t, pdf(t, made(objects)))
		if strings.Contains(said, "GPS") || strings.Contains(said, "Maija") {
			t.Errorf("%s: the camera's place is there", name)
		}
		if !strings.Contains(said, "PIXELS") {
			t.Errorf("%s: the picture is lost", name)
		}
		if name != "JPEG 2000" && (!strings.Contains(said, "Adobe\x00\x64") || !strings.Contains(said, "JFIF") || !strings.Contains(said, strings.Repeat("q", 65))) {
			t.Errorf("%s: what the picture needs is lost", name)
		}
		if strings.Contains(image, "ColorTransform") && !strings.Contains(said, "/ColorTransform 0") {
			t.Errorf("%s: how to read it is lost", name)
		}
	}
}

func TestPDFThatActsIsRefused(t *testing.T) {
	t.Parallel()
	action := func(a string) map[int]string {
		return page("", map[int]string{9: "[ << /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A " + a + " >> ]", 20: "/JavaScript", 21: "(app.alert)", 22: "<< /S /Launch /F (cmd.exe) >>"})
	}
	packed := deflated([]byte("9 0 [<< /S /JavaScript /JS (app.alert) >>]"))
	for name, c := range map[string]struct {
		objects map[int]string
		want    string
	}{
		"a script at opening":       {page("/OpenAction << /S /JavaScript /JS (app.alert) >>", nil), "active"},
		"scripts by name":           {page("/Names << /JavaScript << /Names [(a) 10 0 R] >> >>", map[int]string{10: "<< /S /JavaScript >>"}), "active"},
		"a hidden name":             {page("/OpenAction << /S /J#61vaScript /#4aS (app.alert) >>", nil), "active"},
		"an indirect name":          {action("<< /S 20 0 R >>"), "active"},
		"an indirect script":        {action("<< /S /GoTo /JS 21 0 R >>"), "active"},
		"a script that follows":     {action("<< /S /GoTo /D [3 0 R /Fit] /Next << /S /JavaScript /JS (x) >> >>"), "active"},
		"a program":                 {action("22 0 R"), "active"},
		"another file":              {action("<< /S /GoToR /F (\\\\\\\\server\\\\share) >>"), "active"},
		"a form that sends itself":  {action("<< /S /SubmitForm /F (https://evil.example) >>"), "active"},
		"a form's other body":       {page("/AcroForm << /Fields [] /XFA 10 0 R >>", map[int]string{10: streamOf("", []byte("<xdp/>"))}), "active"},
		"a script as a link":        {action("<< /S /URI /URI (JavaScript:alert) >>"), "active"},
		"a page's own action":       {page("", map[int]string{3: "<< /Type /Page /Parent 2 0 R /AA << /O << /S /JavaScript /JS (x) >> >> >>"}), "active"},
		"film":                      {page("", map[int]string{9: "[<< /Subtype /RichMedia /Rect [0 0 9 9] >>]"}), "active"},
		"sound":                     {action("<< /S /Sound /Sound 21 0 R >>"), "active"},
		"PostScript":                {page("", map[int]string{4: streamOf("/Subtype /PS", []byte("showpage"))}), "active"},
		"a stream elsewhere":        {page("", map[int]string{4: streamOf("/F (/etc/passwd)", nil)}), "active"},
		"an embedded file":          {page("/Names << /EmbeddedFiles << /Names [(a) 10 0 R] >> >>", map[int]string{10: "<< /Type /Filespec >>"}), "embedded"},
		"an embedded file's bytes":  {page("", map[int]string{3: "<< /Type /Page /Parent 2 0 R /X 10 0 R >>", 10: streamOf("/Type /EmbeddedFile", []byte("MZ"))}), "embedded"},
		"an attached file":          {page("", map[int]string{9: "[<< /Subtype /FileAttachment /Rect [0 0 9 9] /FS 10 0 R >>]", 10: "<< /Type /Filespec /F (a.exe) >>"}), "embedded"},
		"a file anywhere":           {page("/Whatever << /F (a.exe) /EF << /F 4 0 R >> >>", nil), "embedded"},
		"a collection":              {page("/Collection << /Type /Collection >>", nil), "embedded"},
		"a lock of one stream":      {page("", map[int]string{4: streamOf("/Filter [/Crypt /FlateDecode]", nil)}), "locked"},
		"a script in a packed list": {page("", map[int]string{9: "null", 12: streamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", packed)}), "active"},
	} {
		source := made(c.objects)
		if name == "a script in a packed list" { // only searching finds it: there is no table that names it
			delete(c.objects, 9)
			source = bytes.Replace(made(c.objects), []byte("startxref\n"), []byte("startxref\n9"), 1)
		}
		_, err := document.PDF(bytes.NewReader(source))
		if got := key(t, err); got != c.want {
			t.Errorf("%s: %q, want %q (%v)", name, got, c.want, err)
		}
	}
	_, err := document.PDF(bytes.NewReader(madeWith(page("", map[int]string{10: "<< /Filter /Standard >>"}), "/Encrypt 10 0 R")))
	if got := key(t, err); got != "locked" {
		t.Errorf("encrypted: %q", got)
	}
	if _, err := document.PDF(bytes.NewReader(testdata(t, "locked.pdf"))); key(t, err) != "locked" {
		t.Errorf("really encrypted: %v", err)
	}
}

func TestPDFLinksLeadWhereTheyMay(t *testing.T) {
	t.Parallel()
	for address, stays := range map[string]bool{
		"https://kouvola.example/a?b=c:d": true, "http://kouvola.example": true, "mailto:a@b.example": true, "tel:+358": true, "kouvola.example/sivu": true, "sivu.html#x:y": true,
		"file:///C:/Users/maija/hakemus.doc": false, "FILE://server/share": false,
	} {
		out := opened(t, pdf(t, made(page("", map[int]string{9: "[<< /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (" + address + ") >> >>]"}))))
		if strings.Contains(out, address) != stays {
			t.Errorf("%s stays: %v", address, !stays)
		}
	}
	for said, want := range map[string]string{"/S /GoTo /D [3 0 R /Fit]": "/GoTo", "/S /Named /N /NextPage": "/NextPage", "/S /Named /N /Print": ""} {
		out := opened(t, pdf(t, made(page("/OpenAction << "+said+" >>", nil))))
		if want != "" && !strings.Contains(out, want) || want == "" && strings.Contains(out, "/OpenAction") {
			t.Errorf("%s became\n%s", said, out)
		}
	}
}

func TestPDFThatIsNoneOrNotWhole(t *testing.T) {
	t.Parallel()
	whole := made(page("", nil))
	for name, c := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":               {nil, "none"},
		"only a header":         {[]byte("%PDF-1.4\n"), "broken"},
		"a header and an end":   {[]byte("%PDF-1.4\n%%EOF\n"), "broken"},
		"cut off":               {whole[:len(whole)/2], "broken"},
		"a picture before it":   {append([]byte("\xff\xd8\xff\xe0"), whole...), "broken"},
		"no page":               {made(map[int]string{1: "<< /Type /Catalog /Pages 2 0 R >>", 2: "<< /Type /Pages /Kids [] >>"}), "broken"},
		"no catalogue":          {made(map[int]string{1: "(Hei)"}), "broken"},
		"pages in a circle":     {made(map[int]string{1: "<< /Pages 2 0 R >>", 2: "<< /Kids [2 0 R 1 0 R] >>"}), ""}, // the catalogue is taken for a page; nothing runs in circles
		"too large to be sent":  {append([]byte("%PDF-1.4\n"), make([]byte, 11<<20)...), "bytes"},
		"too large to be kept":  {made(page("", map[int]string{4: streamOf("/Filter /DCTDecode", bytes.Repeat([]byte("x"), document.MaxKept))})), "bytes"},
		"white space before it": {append([]byte("\xef\xbb\xbf\r\n"), whole...), ""},
		"a wrong table":         {bytes.Replace(whole, []byte("0000000015"), []byte("0000000016"), 1), ""},
		"no table":              {bytes.Replace(whole, []byte("startxref"), []byte("nothing.."), 1), ""},
		"a wrong length":        {bytes.Replace(whole, []byte("/Length 14"), []byte("/Length 99"), 1), ""},
	} {
		_, err := document.PDF(bytes.NewReader(c.data))
		if got := key(t, err); got != c.want {
			t.Errorf("%s: %q, want %q (%v)", name, got, c.want, err)
		}
	}
	if _, err := document.PDF(iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(whole)))); key(t, err) != "lost" {
		t.Errorf("a reader that fails: %v", err)
	}
	own := fault.New(fault.TooLarge, "page.too_large")
	if _, err := document.PDF(io.MultiReader(bytes.NewReader(whole[:9]), iotest.ErrReader(own))); !errors.Is(err, own) {
		t.Errorf("a reader's own fault is told as %v", err)
	}
}

// bombs are small files that ask for much. Each is refused, or given in little.
func bombs() map[string][]byte {
	zeros := make([]byte, 40<<20)
	twice := deflated(deflated(zeros))
	index := func(n int, head, body string) []byte {
		return deflated([]byte(strings.Repeat(head, n) + body))
	}
	lost := func(objects map[int]string) []byte { // without a table, so that everything is searched
		return bytes.Replace(made(objects), []byte("startxref\n"), []byte("startxref\n9"), 1)
	}
	lengths := page("", nil)
	for i := range 5000 { // each needs the next to be read
		lengths[100+i] = fmt.Sprintf("<< /Length %d 0 R >>\nstream\nx\nendstream", 101+i)
	}
	lengths[4] = "<< /Length 100 0 R >>\nstream\nx\nendstream"
	self := made(page("", nil))
	self = bytes.Replace(self, []byte("/Root"), fmt.Appendf(nil, "/Prev %d /Root", bytes.LastIndex(self, []byte("xref\n0 1"))), 1)
	return map[string][]byte{
		"an object stream":        made(page("", map[int]string{10: streamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflated(zeros))})),
		"an object stream, lost":  lost(page("", map[int]string{10: streamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", deflated(zeros))})),
		"packed twice":            lost(page("", map[int]string{10: streamOf("/Type /ObjStm /N 1 /First 4 /Filter [/FlateDecode /FlateDecode]", twice)})),
		"a packed picture":        made(page("", map[int]string{4: streamOf("/Filter [/FlateDecode /DCTDecode]", deflated(zeros))})),
		"many filters":            made(page("", map[int]string{4: streamOf("/Filter [/ASCII85Decode /ASCII85Decode /ASCII85Decode /ASCII85Decode /ASCII85Decode /DCTDecode]", bytes.Repeat([]byte("z"), 1<<20))})),
		"values":                  made(page("", map[int]string{9: "[" + strings.Repeat("0 ", 2_000_000) + "]"})),
		"depth":                   made(page("", map[int]string{9: strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000)})),
		"one object many times":   lost(page("", map[int]string{10: streamOf(fmt.Sprintf("/Type /ObjStm /N 200000 /First %d /Filter /FlateDecode", 200_000*len("7 0 ")), index(200_000, "7 0 ", "("+strings.Repeat("x", 1<<20)+")"))})),
		"strings without an end":  append([]byte("%PDF-1.4\n"), manyStrings()...),
		"streams without an end":  lostEnds(),
		"lengths that need more":  made(lengths),
		"lengths in a circle":     made(circles()),
		"tables in a circle":      self,
		"a wide table":            bytes.Replace(made(page("", nil)), []byte("xref\n0 1\n"), []byte("xref\n0 2000000000\n"), 1),
		"references in a circle":  made(page("/OpenAction 10 0 R", map[int]string{10: "11 0 R", 11: "10 0 R"})),
		"a packed table of rows":  packedTable(deflated(zeros)),
		"a filter that is itself": made(page("", map[int]string{4: "<< /Filter 4 0 R /Length 1 >>\nstream\nx\nendstream"})),
	}
}

func circles() map[int]string {
	return page("", map[int]string{4: "<< /Length 5 0 R >>\nstream\nx\nendstream", 5: "<< /Length 6 0 R >>\nstream\nx\nendstream", 6: "<< /Length 4 0 R >>\nstream\nx\nendstream"})
}

func manyStrings() []byte {
	var b bytes.Buffer
	for i := range 200_000 {
		fmt.Fprintf(&b, "%d 0 obj ( \n", i+1)
	}
	return append(b.Bytes(), "%%EOF"...)
}

func lostEnds() []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n")
	for i := range 200_000 {
		fmt.Fprintf(&b, "%d 0 obj<<>>stream\n", i+1)
	}
	b.WriteString("%%EOF")
	return b.Bytes()
}

func packedTable(rows []byte) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.5\n")
	start := b.Len()
	fmt.Fprintf(&b, "1 0 obj\n%s\nendobj\nstartxref\n%d\n%%%%EOF", streamOf("/Type /XRef /Size 2000000000 /W [0 1 0] /Root 1 0 R /Filter /FlateDecode", rows), start)
	return b.Bytes()
}

func TestPDFBombsDoNotGoOff(t *testing.T) {
	t.Parallel()
	harmless := []string{"a wide table", "an object stream", "tables in a circle", "references in a circle", "a filter that is itself", "lengths that need more", "lengths in a circle"}
	for name, data := range bombs() {
		out, err := document.PDF(bytes.NewReader(data))
		got := key(t, err)
		if err == nil && !slices.Contains(harmless, name) {
			t.Errorf("%s: taken, %d bytes", name, len(out))
		}
		if err != nil && got != "complex" && got != "broken" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Any web of objects that can be written is taken or refused the same way twice,
// and what is given is taken again and given back.
func TestPDFGivesBackWhatItGave(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		objects := page("/Extra 10 0 R", nil)
		var object func(depth int) string
		object = func(depth int) string {
			switch kind := rapid.IntRange(0, 9).Draw(t, "kind"); {
			case kind == 0:
				return fmt.Sprintf("%d 0 R", rapid.IntRange(1, 16).Draw(t, "to"))
			case kind == 1:
				return "<" + fmt.Sprintf("%x", rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "bytes")) + ">"
			case kind == 2:
				return "(" + strings.NewReplacer(`\`, `\\`, "(", `\(`, ")", `\)`).Replace(string(rapid.SliceOfN(rapid.Byte(), 0, 6).Draw(t, "said"))) + ")"
			case kind == 3:
				return strconv.Itoa(rapid.IntRange(-9, 9).Draw(t, "n"))
			case kind == 4:
				return rapid.SampledFrom([]string{"null", "true", "false", "-.5", "/Name", "/N#20#28", "/URI", "/Sig"}).Draw(t, "word")
			case kind <= 6 && depth < 3:
				out := "["
				for range rapid.IntRange(0, 3).Draw(t, "long") {
					out += object(depth+1) + " "
				}
				return out + "]"
			case depth < 3:
				out := "<<"
				for range rapid.IntRange(0, 3).Draw(t, "long") {
					out += rapid.SampledFrom([]string{"/A", "/S", "/Type", "/Subtype", "/Metadata", "/N#41", "/T", "/Rect", "/URI", "/Length", "/Filter"}).Draw(t, "key") + " " + object(depth+1) + " "
				}
				return out + ">>"
			}
			return "0"
		}
		for n := range rapid.IntRange(0, 6).Draw(t, "objects") {
			objects[10+n] = object(0)
			if rapid.Bool().Draw(t, "stream") {
				objects[10+n] = streamOf("/A "+objects[10+n], rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "data"))
			}
		}
		source := made(objects)
		out, err := document.PDF(bytes.NewReader(source))
		if err != nil {
			return
		}
		again, err := document.PDF(bytes.NewReader(out))
		if err != nil || !bytes.Equal(again, out) {
			t.Fatalf("%v: %q became %q", err, out, again)
		}
	})
}

func TestTextIsReadInItsOwnCoding(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ data, want string }{
		"UTF-8":           {"Hyvää päivää, Åbo!\n", "Hyvää päivää, Åbo!\n"},
		"with its mark":   {"\xef\xbb\xbfHei\r\nmaailma\r", "Hei\nmaailma\n"},
		"Windows":         {"Hyv\xe4\xe4 p\xe4iv\xe4\xe4, 5 \x80", "Hyvää päivää, 5 €"},
		"UTF-16, little":  {"\xff\xfeH\x00\xe4\x00", "Hä"},
		"UTF-16, big":     {"\xfe\xff\x00H\x00\xe4", "Hä"},
		"a comma list":    {"nimi;hinta\nlauta;3,50\n", "nimi;hinta\nlauta;3,50\n"},
		"turned around":   {"hyv\u202eexe.ä", "hyvexe.ä"},
		"hidden":          {"a\U000E0041\uFEFFb", "ab"},
		"a page break":    {"a\fb", "a\nb"},
		"looks like HTML": {"Hinta < 5 ja > 3: <b>ei</b>", "Hinta < 5 ja > 3: <b>ei</b>"},
	} {
		out, err := document.Text(strings.NewReader(c.data))
		if err != nil || string(out) != c.want {
			t.Errorf("%s: %q, %v", name, out, err)
		}
		if again, err := document.Text(bytes.NewReader(out)); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%s: a second time %q, %v", name, again, err)
		}
	}
	for name, c := range map[string]struct{ data, want string }{
		"nothing":          {"", "none"},
		"white space":      {" \n\t\uFEFF", "none"},
		"a program":        {"MZ\x90\x00\x03", "not"},
		"a zip file":       {"PK\x03\x04\x14\x00", "not"},
		"an old document":  {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "not"},
		"noise":            {"\x80\x81\xfe\xff\xee\xdd\xcc", "not"},
		"half a UTF-16":    {"\xff\xfeH", "not"},
		"lone surrogate":   {"\xff\xfe\x00\xd8", "not"},
		"a page":           {"\n <!DOCTYPE html><script>alert(1)</script>", "machine"},
		"a drawing":        {"<SVG onload=alert(1)>", "machine"},
		"a document":       {"<?xml version=\"1.0\"?><svg/>", "machine"},
		"a shell script":   {"#!/bin/sh\nrm -rf /", "machine"},
		"rich text":        {"{\\rtf1 Hei}", "machine"},
		"a PDF":            {"%PDF-1.4 Hei", "machine"},
		"too much":         {strings.Repeat("Hei ", document.MaxKept/4+1), "bytes"},
		"far too much":     {strings.Repeat("Hei ", 3<<20), "bytes"},
		"hidden from head": {"\u202e<html>", "machine"},
	} {
		if _, err := document.Text(strings.NewReader(c.data)); key(t, err) != c.want {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func FuzzPDF(f *testing.F) {
	for _, name := range []string{"printed.pdf", "linear.pdf", "locked.pdf"} {
		f.Add(testdata(f, name))
	}
	f.Add(made(page("/OpenAction << /S /J#61vaScript >>", nil)))
	f.Add(made(page("", map[int]string{4: streamOf("/Filter [/FlateDecode /DCTDecode]", deflated(camera()))})))
	f.Add(made(circles()))
	f.Add(made(page("/OpenAction 10 0 R", map[int]string{10: "11 0 R", 11: "10 0 R"})))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := document.PDF(bytes.NewReader(data))
		if err != nil {
			key(t, err)
			return
		}
		if again, err := document.PDF(bytes.NewReader(out)); err != nil || !bytes.Equal(again, out) {
			t.Errorf("given back as another: %v", err)
		}
	})
}

func FuzzText(f *testing.F) {
	f.Add([]byte("Hyv\xe4\xe4"))
	f.Add([]byte("\xff\xfeH\x00"))
	f.Add([]byte("a\u202eb"))
	f.Fuzz(func(t *testing.T, data []byte) {
		out, err := document.Text(bytes.NewReader(data))
		if err != nil {
			key(t, err)
			return
		}
		if !utf8.Valid(out) || bytes.ContainsAny(out, "\x00\x1b\x7f") {
			t.Errorf("%q", out)
		}
		if again, err := document.Text(bytes.NewReader(out)); err != nil || !bytes.Equal(again, out) {
			t.Errorf("%q became %q: %v", out, again, err)
		}
	})
}
