package document_test

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kokko/ground/document"
	"kokko/ground/fault"
)

// made writes a PDF of these objects, in a classic table; 1 is the catalogue.
func made(objects map[int]string) []byte { return madeWith(objects, "") }

// madeWith also puts something into the trailer.
func madeWith(objects map[int]string, trailer string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
	return table(&b, objects, trailer)
}

// table appends objects and their cross-references to what is there.
func table(b *bytes.Buffer, objects map[int]string, trailer string) []byte {
	nums, places := slices.Sorted(maps.Keys(objects)), map[int]int{}
	for _, num := range nums {
		places[num] = b.Len()
		fmt.Fprintf(b, "%d 0 obj\n%s\nendobj\n", num, objects[num])
	}
	start := b.Len()
	b.WriteString("xref\n0 1\n0000000000 65535 f \n")
	for _, num := range nums {
		fmt.Fprintf(b, "%d 1\n%010d 00000 n \n", num, places[num])
	}
	fmt.Fprintf(b, "trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n", nums[len(nums)-1]+1, trailer, start)
	return b.Bytes()
}

// page is a document of one page, with more objects from 10 on, and more in its
// catalogue.
func page(catalogue string, more map[int]string) map[int]string {
	all := map[int]string{
		1: "<< /Type /Catalog /Pages 2 0 R " + catalogue + " >>",
		2: "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		3: "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Annots 9 0 R >>",
		4: streamOf("", []byte("BT (Hei) Tj ET")),
		9: "[]",
	}
	maps.Copy(all, more)
	return all
}

func streamOf(entries string, data []byte) string {
	return fmt.Sprintf("<< %s /Length %d >>\nstream\n%s\nendstream", entries, len(data), data)
}

func deflated(data []byte) []byte {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data)
	_ = z.Close()
	return b.Bytes()
}

// opened is everything a file says, its packed streams unpacked.
func opened(t testing.TB, pdf []byte) string {
	t.Helper()
	said := bytes.Clone(pdf)
	for _, m := range regexp.MustCompile(`(?s)>>\s*stream\r?\n(.*?)\r?\n?endstream`).FindAllSubmatch(pdf, -1) {
		if z, err := zlib.NewReader(bytes.NewReader(m[1])); err == nil {
			plain, _ := io.ReadAll(z)
			said = append(append(said, '\n'), plain...)
		}
	}
	return string(said)
}

func pdf(t testing.TB, data []byte) []byte {
	t.Helper()
	out, err := document.PDF(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// key is the sentence a file is refused with, "" when it is taken.
func key(t testing.TB, err error) string {
	t.Helper()
	if err == nil {
		return ""
	}
	e, ok := errors.AsType[*fault.Error](err)
	if !ok || e.Code != fault.Invalid {
		t.Errorf("no fault for the sender: %v", err)
		return "?"
	}
	return strings.TrimPrefix(e.Key, "document.")
}

func testdata(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// camera is a JPEG's beginning with a place in its camera data.
func camera() []byte {
	segment := func(marker byte, body string) []byte {
		return append(binary.BigEndian.AppendUint16([]byte{0xff, marker}, uint16(len(body)+2)), body...)
	}
	return slices.Concat([]byte{0xff, 0xd8}, segment(0xe0, "JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"), segment(0xe1, "Exif\x00\x00GPS 60.8679 N 26.7042 E"),
		segment(0xe1, "http://ns.adobe.com/xap/1.0/\x00Maija"), segment(0xed, "Photoshop 3.0\x00Maija"), segment(0xee, "Adobe\x00\x64\x00\x00\x00\x00\x01"), segment(0xfe, "Maijan kamera"),
		segment(0xdb, strings.Repeat("q", 65)), segment(0xda, "scan"), []byte("PIXELS\xff\xd9"))
}
