package attachment

import (
	"bytes"
	"path"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/ground/document"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/picture"
	"kokko/journey/spark"
)

// Kind is what an attachment is.
type Kind string

const (
	Picture Kind = "picture" // a JPEG, whatever it came as
	PDF     Kind = "pdf"
	Text    Kind = "text"
)

// Bounds.
const (
	Most    = 5   // of one spark
	MaxAlt  = 300 // characters
	MaxName = 120 // characters of a file's name that are kept
)

// Attachment is one picture or file without its bytes.
type Attachment struct {
	Region        string
	Spark         ident.ID
	ID            ident.ID
	Kind          Kind
	Name          string // the file's name at its sender; for the parties only
	Alt           string // what a picture shows, what a file is; "" while nobody has said
	Bytes         int
	Width, Height int    // of a picture, pixels
	SHA256        string // of the kept bytes, lower-case hex
	Officer       ident.ID
	Added         time.Time
}

// MediaType is how its bytes are served.
func (a Attachment) MediaType() string {
	switch a.Kind {
	case Picture:
		return picture.MediaType
	case PDF:
		return document.MediaPDF
	}
	return document.MediaText
}

// SmallWidth is the width of a picture's smaller one, pixels.
func (a Attachment) SmallWidth() int {
	long := max(a.Width, a.Height)
	if long <= picture.SmallSide {
		return a.Width
	}
	return max(1, a.Width*picture.SmallSide/long)
}

// FileName is a name to save it under, with the ending of what it is now: the
// sender's own, or the one given for those who may not see that.
func (a Attachment) FileName(otherwise string) string {
	base := strings.TrimSuffix(a.Name, path.Ext(a.Name))
	if base == "" {
		base = otherwise
	}
	switch a.Kind {
	case Picture:
		return base + ".jpg"
	case PDF:
		return base + ".pdf"
	}
	return base + ".txt"
}

// Made is a file made safe that is no spark's yet.
type Made struct {
	Attachment
	small, content []byte
}

// cleanName is a file's name without the folders some browsers tell and without
// signs that make it read otherwise.
func cleanName(name string) string {
	name = name[strings.LastIndexAny(name, `/\`)+1:]
	if len(name) > 16*MaxName {
		return ""
	}
	name = spark.CleanLine(name)
	if all := []rune(name); len(all) > MaxName { // its end tells what it is
		name = string(all[:MaxName-10]) + string(all[len(all)-10:])
	}
	return name
}

// CleanAlt cleans a description; a fault on the field alt when it is too long.
func CleanAlt(alt string) (string, error) {
	if len(alt) <= 16*MaxAlt {
		alt = spark.CleanLine(alt)
	}
	if n := utf8.RuneCountInString(alt); n > MaxAlt {
		return "", fault.New(fault.Invalid, "too_long").On("alt").With("max", MaxAlt).With("now", n)
	}
	return alt, nil
}

// sniffed is what a file seems to be by its first bytes.
type sniffed int

const (
	forPicture sniffed = iota // or nothing of ours: ground/picture names it
	forPDF
	forText
	forOffice // a packed file or one of an office program
	forNobody
)

// headBytes is how much of a file sniff wants to see.
const headBytes = 1024

func sniff(head []byte) sniffed {
	switch {
	case len(head) == 0:
		return forNobody
	case document.ForPDF(head):
		return forPDF
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")), bytes.HasPrefix(head, []byte(`{\rtf`)):
		return forOffice
	case bytes.Contains(bytes.ToLower(head), []byte("<svg")):
		return forPicture
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")), !bytes.ContainsFunc(head, func(r rune) bool { return r < '\t' || r > '\r' && r < ' ' }):
		return forText
	}
	return forPicture
}
