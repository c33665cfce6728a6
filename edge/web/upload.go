package web

import (
	"cmp"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/journey/spark"
)

// Bounds of a form with files. Its files wait on the disk, each without a name
// there, so that nothing of them is left whatever happens to the process.
const (
	maxFile    = 10 << 20  // of one file
	maxFiles   = 25 << 20  // of all files of a form
	maxForm    = 100 << 20 // of a form that is read to its end: whoever sends too much is told so, and keeps their words
	maxWaiting = 1 << 30   // of all files on the disk at once
	maxParts   = 200       // fields and files
	maxSent    = 10        // files of one form that are kept, the rest only read past

	slowly = 5 * time.Minute // what a form with files may take over a poor line
)

// upload is one file of a form. What is wrong with it already is in failed.
type upload struct {
	Field  string // the form's field
	Name   string // as its sender calls it
	failed error
	file   *os.File // nil when it could not be kept
	size   int64

	refused bool // and its sender has been told why
}

// isForm tells a form with files from one without.
func isForm(r *http.Request) bool {
	kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return err == nil && kind == "multipart/form-data"
}

// readForm reads a form with files: its fields into PostForm, as a form without
// files is read, its files to the disk. With keep false the files are only named.
// A form that breaks off or is too large gives what came of it, and v.broke says
// why the rest did not.
func (v *Visit) readForm(keep bool) error {
	v.patient(slowly)
	v.R.Body = http.MaxBytesReader(v.W, v.R.Body, maxForm)
	parts, err := v.R.MultipartReader()
	if err != nil {
		return fault.New(fault.Invalid, "page.form").Because(err)
	}
	fields, room := url.Values{}, int64(maxBody)
	v.R.PostForm, v.R.Form = fields, fields
	left := int64(maxFiles)
	for n := 0; ; n++ {
		p, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil || n == maxParts {
			v.broke = v.brokeOff(err)
			return nil
		}
		if _, params, err := mime.ParseMediaType(p.Header.Get("Content-Disposition")); err == nil {
			if name, isFile := params["filename"]; isFile {
				if err := v.take(p, p.FormName(), name, &left, keep && len(v.sent) < maxSent); err != nil {
					v.broke = v.brokeOff(err)
					return nil
				}
				continue
			}
		}
		value, err := io.ReadAll(io.LimitReader(p, room+1))
		if room -= int64(len(value)) + int64(len(p.FormName())); room < 0 {
			return v.tooLarge(maxBody)
		}
		fields.Add(p.FormName(), string(value))
		if err != nil {
			v.broke = v.brokeOff(err)
			return nil
		}
	}
}

// take reads one file to its end. An empty field of a form sends a file without a
// name and without a byte: it is none.
func (v *Visit) take(from io.Reader, field, name string, left *int64, keep bool) error {
	u := upload{Field: field, Name: name}
	bound := cmp.Or(v.most, maxFile)
	most := min(bound, *left)
	if !keep {
		n, err := io.Copy(io.Discard, from)
		if (n > 0 || name != "") && len(v.sent) < maxSent {
			v.sent = append(v.sent, u)
		}
		return err
	}
	file, err := v.nameless()
	if err != nil {
		u.failed = fault.New(fault.Busy, "attachment.busy").Because(err)
		v.sent = append(v.sent, u)
		_, err := io.Copy(io.Discard, from)
		return err
	}
	n, err := io.Copy(file, io.LimitReader(from, most+1))
	v.onDisk.Add(n)
	u.file, u.size = file, n
	switch full := v.onDisk.Load() > maxWaiting; {
	case n == 0 && name == "" && err == nil:
		return file.Close()
	case n > most && most == bound:
		u.failed = fault.New(fault.Invalid, "attachment.bytes").With("max", bound>>20)
	case n > most:
		u.failed = fault.New(fault.Invalid, "attachment.all_bytes").With("max", maxFiles>>20)
	case full:
		u.failed = fault.New(fault.Busy, "attachment.busy").Because(errors.New("too much on the disk"))
	}
	*left -= min(n, most)
	v.sent = append(v.sent, u)
	if _, lost := errors.AsType[*os.PathError](err); lost { // our disk, not their line
		v.sent[len(v.sent)-1].failed = fault.New(fault.Busy, "attachment.busy").Because(err)
		err = nil
	}
	if err == nil {
		_, err = io.Copy(io.Discard, from)
	}
	return err
}

// oneFile is the file of a form that asks for one, of at most so many bytes; what is
// wrong with it is told on its field.
func (v *Visit) oneFile(most int) (u upload, err error) {
	if v.broke != nil {
		return u, fault.New(fault.Invalid, fault.List(v.broke)[0].Key).With("max", most>>20).On("file").Because(v.broke)
	}
	i := slices.IndexFunc(v.sent, func(u upload) bool { return u.Field == "file" })
	if i < 0 {
		return u, fault.New(fault.Invalid, "intake.no_file").On("file")
	}
	if u = v.sent[i]; u.failed == nil {
		return u, nil
	}
	if e := fault.List(u.failed)[0]; e.Code == fault.Invalid {
		return u, e.On("file")
	}
	return u, u.failed
}

// nameless is a file on the disk that goes with whoever has it open.
func (v *Visit) nameless() (*os.File, error) {
	file, err := os.CreateTemp("", "kokko-liite-*")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, err
	}
	return file, nil
}

// letGo closes what a form sent.
func (v *Visit) letGo() {
	for _, u := range v.sent {
		if u.file != nil {
			v.onDisk.Add(-u.size)
			if err := u.file.Close(); err != nil {
				v.Log.Error("an upload was not closed", "error", err)
			}
		}
	}
}

// patient gives a slow line its time, where the server's own is too short.
func (v *Visit) patient(how time.Duration) {
	until := clock.System{}.Now().Add(how) // the connection's time, not the office's
	line := http.NewResponseController(v.W)
	_ = line.SetReadDeadline(until) // a test's recorder has none
	_ = line.SetWriteDeadline(until)
}

// unsent names the files a form sent, for whoever must choose them again.
func (v *Visit) unsent() (names []string) {
	for _, u := range v.sent {
		names = append(names, v.fileNamed(u.Name))
	}
	return names
}

// brokeOff is why a form did not come to its end.
func (v *Visit) brokeOff(err error) error {
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok || err == nil {
		return fault.New(fault.TooLarge, "attachment.all_bytes").With("max", maxFiles>>20).Because(err)
	}
	return fault.New(fault.Invalid, "attachment.broke_off").Because(err)
}

func (v *Visit) tooLarge(most int64) *fault.Error {
	return fault.New(fault.TooLarge, "page.too_large").With("max", v.size(int(most)))
}

// size is how large a file is, as people say it.
func (v *Visit) size(bytes int) string {
	if bytes < 1<<20 {
		return v.T("attachment.kilobytes", "n", v.Say.Number(int64(max(1, bytes>>10))))
	}
	n := float64(bytes) / (1 << 20)
	if n == float64(int(n)) {
		return v.T("attachment.megabytes", "n", v.Say.Number(int64(n)))
	}
	return v.T("attachment.megabytes", "n", v.Say.Decimal(n, 1))
}

// fileNamed is a file's name as a sentence may hold it.
func (v *Visit) fileNamed(name string) string {
	if name = firstRunes(spark.CleanLine(name[strings.LastIndexAny(name, `/\\`)+1:]), 60); name == "" {
		return v.T("attachment.unnamed")
	}
	return name
}
