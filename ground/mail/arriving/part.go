package arriving

import (
	"bufio"
	"bytes"
	"io"
	"mime/multipart"
	"path"
	"strings"

	"github.com/emersion/go-message"
)

// reader walks one letter's parts.
type reader struct {
	keep        bool
	attachments []Attachment
	kept        int64 // bytes of attachments
	left        int
	leftNames   []string
	parts       int
	incomplete  bool
	encrypted   bool
	forwarded   string // words of a letter sent along as a file, for a sender who wrote none
}

// content is the words found in a part; plain tells text/plain from what was
// made of HTML.
type content struct {
	text  string
	plain bool
}

func (c content) empty() bool { return strings.TrimSpace(c.text) == "" }

// part reads one entity and everything inside it. body is read as far as needed;
// depth counts the multiparts and letters round it.
func (r *reader) part(h message.Header, body io.Reader, depth int) content {
	kind, params := contentType(h)
	name := fileName(h, params)
	disposition, _, _ := h.ContentDisposition()
	file := strings.EqualFold(disposition, "attachment") || name != ""

	switch {
	case strings.HasPrefix(kind, "multipart/"):
		if kind == "multipart/encrypted" {
			r.encrypted = true
			return content{}
		}
		if depth >= maxDepth {
			r.incomplete = true
			return content{}
		}
		return r.multipart(kind, params["boundary"], body, depth)
	case kind == "message/rfc822", kind == "message/global":
		r.letter(h, body, depth)
	case strings.HasPrefix(kind, "message/"): // delivery reports: for machines
	case kind == "text/plain" && !file:
		return content{text: r.words(h, body, params), plain: true}
	case kind == "text/html" && !file:
		return content{text: htmlText(r.words(h, body, params))}
	case kind == "application/pkcs7-mime", kind == "application/x-pkcs7-mime", kind == "application/pgp-encrypted":
		r.encrypted = true
	case kind == "application/pgp-signature", kind == "application/pkcs7-signature", kind == "application/x-pkcs7-signature", kind == "application/pgp-keys":
		// signatures say nothing to people
	case kind == "application/ms-tnef", strings.EqualFold(name, "winmail.dat"):
		r.leave(name) // Outlook's own wrapping: nobody else opens it
	default:
		r.file(h, kind, name, body, strings.EqualFold(disposition, "attachment"))
	}
	return content{}
}

// multipart reads the parts of a multipart; of alternatives it takes plain text
// before HTML.
func (r *reader) multipart(kind, boundary string, body io.Reader, depth int) content {
	if boundary == "" || len(boundary) > 200 {
		r.incomplete = true
		return content{}
	}
	var all []content
	parts := multipart.NewReader(body, boundary)
	for {
		p, err := parts.NextRawPart()
		if err == io.EOF { // a bare one: its end was there
			break
		}
		if r.parts++; err != nil || r.parts > maxParts {
			r.incomplete = true
			break
		}
		h, ok := partHeader(p.Header)
		if !ok {
			r.incomplete = true
			continue
		}
		if kind == "multipart/digest" && !h.Has("Content-Type") {
			h.Set("Content-Type", "message/rfc822")
		}
		if c := r.part(h, p, depth+1); !c.empty() {
			all = append(all, c)
		}
	}
	if kind == "multipart/alternative" {
		return choose(all)
	}
	var joined content
	var texts []string
	for _, c := range all {
		texts = append(texts, strings.TrimRight(c.text, "\n"))
		joined.plain = joined.plain || c.plain
	}
	joined.text = strings.Join(texts, "\n\n")
	return joined
}

// choose takes the first plain text of alternatives, else the last of all, which
// is the one the sender's program thinks best.
func choose(all []content) content {
	for _, c := range all {
		if c.plain {
			return c
		}
	}
	if len(all) > 0 {
		return all[len(all)-1]
	}
	return content{}
}

// letter reads a letter sent along as a file. Its words count only when the
// sender wrote none; its files are told of, not kept.
func (r *reader) letter(h message.Header, body io.Reader, depth int) {
	if depth >= maxDepth {
		r.incomplete = true
		return
	}
	in := bufio.NewReader(decode(h, body))
	inner, err := readHeader(in)
	if err != nil {
		r.incomplete = true
		return
	}
	keep := r.keep
	r.keep = false
	c := r.part(inner.fields, in, depth+1)
	r.keep = keep
	if strings.TrimSpace(r.forwarded) == "" {
		r.forwarded = c.text
	}
}

// words reads a text part as UTF-8 with LF line ends; flowed text is unwrapped.
func (r *reader) words(h message.Header, body io.Reader, params map[string]string) string {
	raw, whole := limited(body, maxRawText)
	r.incomplete = r.incomplete || !whole
	data, ok := decodeText(h, raw)
	r.incomplete = r.incomplete || !ok
	text := tidyText(utf8Text(data, params["charset"]))
	if strings.EqualFold(params["format"], "flowed") {
		text = unflow(text, strings.EqualFold(params["delsp"], "yes"))
	}
	text, sealed := unarmour(text)
	r.encrypted = r.encrypted || sealed
	return text
}

// file keeps an attachment or counts it as left. attached is false for what the
// sender's program shows inside the letter, such as a photo or a logo.
func (r *reader) file(h message.Header, kind, name string, body io.Reader, attached bool) {
	room := r.keep && len(r.attachments) < MaxAttachments && r.kept < MaxAttachment
	if !room && attached {
		r.leave(name)
		return
	}
	most := int64(smallPicture) // enough to know a logo
	if room {
		most = MaxAttachment - r.kept
	}
	data, whole := limited(decode(h, body), most)
	switch {
	case !attached && strings.HasPrefix(kind, "image/") && len(data) < smallPicture && whole:
		// The logo of a signature; a photo is larger.
	case !room || !whole || len(data) == 0:
		r.leave(name)
	default:
		if name == "" {
			name = "file"
		}
		r.kept += int64(len(data))
		r.attachments = append(r.attachments, Attachment{Name: name, Type: upTo(tidyLine(kind, maxFileName), maxFileName), Bytes: data})
	}
}

// leave tells of a file that is not kept. There are no more of them than parts.
func (r *reader) leave(name string) {
	r.left++
	if name != "" {
		r.leftNames = append(r.leftNames, name)
	}
}

// fileName is the name to show for a part, with no folder in it; empty when it
// has none.
func fileName(h message.Header, params map[string]string) string {
	_, disposition, _ := h.ContentDisposition()
	name := disposition["filename"]
	if name == "" {
		name = params["name"]
	}
	name = tidyLine(utf8Text([]byte(name), ""), maxFileName*4)
	name = path.Base("/" + strings.ReplaceAll(name, `\`, "/"))
	name = strings.TrimLeft(strings.TrimSpace(name), ".")
	if name == "/" || name == "" {
		return ""
	}
	if runes := []rune(name); len(runes) > maxFileName { // keep the ending, which tells what it is
		name = string(runes[:maxFileName-12]) + "…" + string(runes[len(runes)-11:])
	}
	return name
}

// encoding is the transfer encoding, tidied: "Base64 ;" is base64.
func encoding(h message.Header) string {
	value, _, _ := strings.Cut(h.Get("Content-Transfer-Encoding"), ";")
	return strings.ToLower(strings.Trim(value, " \t\"'"))
}

// decode undoes the transfer encoding; an unknown one is left as it is.
func decode(h message.Header, body io.Reader) io.Reader {
	var only message.Header
	only.Set("Content-Type", "application/octet-stream")
	only.Set("Content-Transfer-Encoding", encoding(h))
	entity, err := message.New(only, body)
	if err != nil {
		return body
	}
	return entity.Body
}

// decodeText undoes the transfer encoding of a text, mending what broken senders
// do to quoted-printable; ok is false when some of it could not be read.
func decodeText(h message.Header, raw []byte) (data []byte, ok bool) {
	if encoding(h) == "quoted-printable" {
		raw = mendQuoted(raw)
	}
	data, err := io.ReadAll(decode(h, bytes.NewReader(raw)))
	return data, err == nil
}

// mendQuoted writes "=" that begins no code as the code of itself, so that one
// bare "=" does not lose the rest of a letter.
func mendQuoted(raw []byte) []byte {
	hex := func(i int) bool {
		return i < len(raw) && strings.IndexByte("0123456789abcdefABCDEF", raw[i]) >= 0
	}
	out := make([]byte, 0, len(raw)+64)
	for i, c := range raw {
		if c < ' ' && c != '\t' && c != '\r' && c != '\n' || c == 0x7f { // no letter, and the library would stop at it
			continue
		}
		out = append(out, c)
		if c != '=' || hex(i+1) && hex(i+2) {
			continue
		}
		rest := bytes.TrimLeft(raw[i+1:min(i+80, len(raw))], " \t\r")
		if len(rest) > 0 && rest[0] != '\n' {
			out = append(out, "3D"...)
		}
	}
	return out
}
