package web

import (
	"bytes"
	"compress/flate"
	"context"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"hash/crc32"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/maypok86/otter/v2"

	"kokko/ground/ident"
	"kokko/ground/store"
)

// Pages that are kept ready: whole answers to readers who are not signed in, packed,
// as they were sent before. One is sent again only while the store stands in the very
// moment it was made in and the same minute lasts, so that a choice somebody makes is
// honoured by the next page everybody gets. docs/adr/0008-pages-kept-ready.md tells
// how that is known and how old a page can be.

// readyBytes bounds what is kept in memory.
const readyBytes = 8 << 20

const (
	packFrom  = 1024 // smaller pages go as they are
	packLevel = 5    // of pages that are kept
	packOnce  = 2    // of pages one reader gets, by a packer that takes a quarter of the time for an eighth more
)

// askedMost is the longest query of an address whose page is kept.
const askedMost = 300

// slot is what in a kept page is each reader's own: it is put in when the page is
// sent.
type slot byte

const (
	slotShown slot = iota + 1 // when a form was shown
	slotOnce                  // the secret of a form
)

// ready keeps pages.
type ready struct {
	pages *otter.Cache[string, *readyPage]
	mark  string // what stands for a slot until the page is kept; nobody outside knows it

	mu     sync.Mutex // owns flying
	flying map[string]*flight
}

func newReady() *ready {
	return &ready{mark: ident.Secret(), flying: map[string]*flight{}, pages: otter.Must(&otter.Options[string, *readyPage]{
		MaximumWeight: readyBytes,
		Weigher:       func(key string, k *readyPage) uint32 { return uint32(len(key) + k.weight + 500) },
	})}
}

// readyPage is one answer.
type readyPage struct {
	moment  store.Moment
	minute  time.Time
	pattern string
	region  string
	guarded bool // leads to something whose number people may guess at
	weight  int

	kind    []string // header values
	packed  []string // Content-Encoding, nil when it is plain
	tag     []string // nil when the page has slots: then no two are alike
	length  []string
	body    []byte // without slots
	parts   []part
	slotted int // bytes of the plain body without what goes into the slots
}

// part is a piece of a page and the slot before it.
type part struct {
	before slot   // 0 for the first
	plain  []byte // as it is; nil in a packed page
	packed []byte // deflated by itself, ending at a byte; nil in a plain page
	sum    uint32 // of a packed one: the checksum of what was packed
	shift  uint32 // and what its length makes of the checksum of all before it
}

// readyKey names an answer: nothing but this may make a difference to it.
func readyKey(r *http.Request) (key string, ok bool) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead || len(r.URL.RawQuery) > askedMost {
		return "", false
	}
	for _, line := range r.Header["Cookie"] {
		if strings.Contains(line, "kokko_") {
			return "", false // somebody may be signed in
		}
	}
	how := "http"
	if r.TLS != nil {
		how = "https"
	}
	if takesGzip(r) {
		how += "+gzip"
	}
	return how + "://" + r.Host + r.URL.EscapedPath() + "?" + r.URL.RawQuery, true
}

// takesGzip tells that a reader takes packed pages: it names gzip, and not to say
// that it takes none.
func takesGzip(r *http.Request) bool {
	for coding := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		if name, rest, _ := strings.Cut(coding, ";"); strings.TrimSpace(name) == "gzip" {
			_, q, ok := strings.Cut(rest, "=")
			n, err := strconv.ParseFloat(strings.TrimSpace(q), 64)
			return !ok || err == nil && n > 0
		}
	}
	return false
}

// asks tells that an address asks for nothing but what its route knows.
func (rt route) asks(rawQuery string) bool {
	q, err := url.ParseQuery(rawQuery)
	if err != nil {
		return false
	}
	for name := range q {
		if !slices.Contains(rt.query, name) {
			return false
		}
	}
	return true
}

// minute is the one a moment is in.
func minute(t time.Time) time.Time { return t.Truncate(time.Minute) }

// keptReady gives a kept answer that still holds.
func (s *Server) keptReady(ctx context.Context, key string) (*readyPage, bool) {
	k, ok := s.ready.pages.GetIfPresent(key)
	if !ok {
		return nil, false
	}
	// The moment is looked at after the page was asked for: what was committed before
	// that is in it.
	m, err := s.DB.Moment(ctx) // when the store does not answer, the page says so
	if err != nil || m != k.moment || !minute(s.Clock.Now()).Equal(k.minute) {
		return nil, false
	}
	return k, true
}

// flight is the making of one page for all who ask for it meanwhile.
type flight struct {
	done chan struct{}
	page *readyPage // what came of it, nil when that is not kept; to be read after done
}

// join gives the making of a page: one's own to carry out, or another's to wait for.
func (rd *ready) join(key string) (f *flight, own bool) {
	rd.mu.Lock()
	defer rd.mu.Unlock()
	if f := rd.flying[key]; f != nil {
		return f, false
	}
	f = &flight{done: make(chan struct{})}
	rd.flying[key] = f
	return f, true
}

func (rd *ready) land(key string, f *flight) {
	rd.mu.Lock()
	delete(rd.flying, key)
	rd.mu.Unlock()
	close(f.done)
}

// together answers a request for a page that may be kept. Of those who ask at once one
// makes it; the others get the same, when its making began after they had asked: so
// however often the store changes, nobody is sent what was before they came, and at
// most two makings serve them all.
func (v *Visit) together(do func() error) error {
	rd, ctx := v.Server.ready, v.R.Context()
	for late := range 2 {
		f, own := rd.join(v.key)
		if own {
			defer func() {
				f.page = v.page
				rd.land(v.key, f)
			}()
			// Others may have come since this one asked.
			if err := v.findAgain(); err != nil {
				return err
			}
			return do()
		}
		select {
		case <-f.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		k, ok := v.keptReady(ctx, v.key)
		if !ok && late == 1 {
			k, ok = f.page, f.page != nil
		}
		if ok && !(k.guarded && v.limits.Spent(wrongCode, v.R)) {
			v.status = v.sendKept(v.W, v.R, k)
			return nil
		}
	}
	return do()
}

// findAgain reads anew what was read of the region before the page's turn came, when
// the store has changed since. A page whose region has just moved is not kept.
func (v *Visit) findAgain() error {
	now, err := v.DB.Moment(v.R.Context())
	if err != nil {
		v.keeps = false
	}
	if err != nil || now == v.since {
		return nil
	}
	again := &Visit{Server: v.Server, W: v.W, R: v.given}
	if err := again.find(); err != nil {
		return err
	}
	if again.moved != "" || again.path != v.path || again.Region.ID != v.Region.ID {
		v.keeps = false
		return nil
	}
	v.since = now
	v.Region, v.Edition, v.Style, v.Lang, v.Plain, v.Say = again.Region, again.Edition, again.Style, again.Lang, again.Plain, again.Say
	v.where, v.base, v.away = again.where, again.base, again.away
	return nil
}

// slotHere is the mark of a slot in a page that may be kept.
func (v *Visit) slotHere(s slot) string { return v.ready.mark + string('a'+byte(s)) }

// into gives what goes into a slot for one reader.
func (s *Server) into(ctx context.Context, region string, at slot) []byte {
	if at == slotOnce {
		return []byte(ident.Secret())
	}
	stamp, err := s.Trust.Stamp(ctx, region)
	if err != nil {
		s.Log.Error("a form has no time", "error", err)
	}
	return []byte(stamp)
}

// makeReady makes a finished page into a kept one. body is the caller's again after.
func (s *Server) makeReady(v *Visit, kind string, body []byte) *readyPage {
	k := &readyPage{moment: v.since, minute: minute(v.Clock.Now()), pattern: v.pattern, region: v.Region.ID, guarded: v.guards, kind: []string{kind}}
	pack := takesGzip(v.R) && len(body) > packFrom
	if pack {
		k.packed = []string{"gzip"}
	} else {
		body = bytes.Clone(body)
	}
	mark := []byte(s.ready.mark)
	if !bytes.Contains(body, mark) {
		if k.body = body; pack {
			k.body = gzipped(&s.packers, body)
		}
		sum := sha256.Sum256(k.body)
		k.tag = []string{`"` + strings.ToLower(base32.StdEncoding.EncodeToString(sum[:15])) + `"`}
		k.length = []string{strconv.Itoa(len(k.body))}
		k.weight = len(k.body)
		return k
	}
	for i, piece := range bytes.Split(body, mark) {
		p := part{plain: piece}
		if i > 0 {
			p.before, p.plain = slot(piece[0]-'a'), piece[1:]
		}
		k.slotted += len(p.plain)
		k.parts = append(k.parts, p)
	}
	k.weight = k.slotted
	if pack {
		k.weight = 0
		for i := range k.parts {
			p := &k.parts[i]
			p.packed = s.deflate(p.plain, i == len(k.parts)-1)
			p.sum, p.shift, p.plain = crc32.ChecksumIEEE(p.plain), shiftOf(len(p.plain)), nil
			k.weight += len(p.packed)
		}
	}
	return k
}

// deflate packs a piece by itself. All but the last end with a mark at a whole byte,
// after which anything may follow.
func (s *Server) deflate(piece []byte, last bool) []byte {
	var b bytes.Buffer
	z := s.pieces.Get().(*flate.Writer)
	defer s.pieces.Put(z)
	z.Reset(&b)
	_, _ = z.Write(piece) // a bytes.Buffer does not fail
	if last {
		_ = z.Close()
	} else {
		_ = z.Flush()
	}
	return b.Bytes()
}

// made is the body for one reader: the kept one, with their own in its slots.
func (s *Server) made(ctx context.Context, k *readyPage) []byte {
	if k.parts == nil {
		return k.body
	}
	out := make([]byte, 0, k.weight+64*len(k.parts))
	if k.packed == nil {
		for _, p := range k.parts {
			if p.before != 0 {
				out = append(out, s.into(ctx, k.region, p.before)...)
			}
			out = append(out, p.plain...)
		}
		return out
	}
	// A gzip file by hand (RFC 1952): the head, the pieces with what goes between them
	// as stored blocks (RFC 1951), the sum and the length.
	out = append(out, 0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)
	sum, size := uint32(0), k.slotted
	for _, p := range k.parts {
		if p.before != 0 {
			own := s.into(ctx, k.region, p.before)
			n := uint16(len(own))
			out = append(out, 0)
			out = binary.LittleEndian.AppendUint16(out, n)
			out = binary.LittleEndian.AppendUint16(out, ^n)
			out = append(out, own...)
			sum = crc32.Update(sum, crc32.IEEETable, own)
			size += len(own)
		}
		out = append(out, p.packed...)
		sum = times(p.shift, sum) ^ p.sum
	}
	out = binary.LittleEndian.AppendUint32(out, sum)
	return binary.LittleEndian.AppendUint32(out, uint32(size))
}

// A checksum (CRC-32) is what is left of the bytes as one long polynomial over GF(2). So
// the sum of two pieces is the first one's times x to the power of the second one's
// bits, and the second one's added; of a piece its sum and that power are enough, and
// what it was packed from need not be kept.

// times multiplies two remainders, which stand with their lowest power first.
func times(a, b uint32) (product uint32) {
	for bit := uint32(1) << 31; bit != 0; bit >>= 1 {
		if a&bit != 0 {
			product ^= b
		}
		if b&1 != 0 {
			b = b>>1 ^ crc32.IEEE
		} else {
			b >>= 1
		}
	}
	return product
}

// shiftOf is x to the power of so many bytes' bits.
func shiftOf(bytes int) uint32 {
	power, square := uint32(1)<<31, uint32(1)<<23 // 1, and x to the 8th
	for ; bytes > 0; bytes >>= 1 {
		if bytes&1 != 0 {
			power = times(square, power)
		}
		square = times(square, square)
	}
	return power
}

// sendKept answers with a kept page.
func (s *Server) sendKept(w http.ResponseWriter, r *http.Request, k *readyPage) (status int) {
	h := w.Header()
	// The slices are shared by all answers; net/http only reads them.
	h["Content-Type"], h["Vary"], h["Cache-Control"] = k.kind, s.varies, s.asksAgain
	if k.packed != nil {
		h["Content-Encoding"] = k.packed
	}
	if k.tag != nil {
		h["Etag"] = k.tag
		if hasTag(r.Header["If-None-Match"], k.tag[0]) {
			delete(h, "Content-Type")
			delete(h, "Content-Encoding")
			w.WriteHeader(http.StatusNotModified)
			return http.StatusNotModified
		}
	}
	body := s.made(r.Context(), k)
	if k.length != nil {
		h["Content-Length"] = k.length
	} else {
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // a reader that went away is no fault of ours
	}
	return http.StatusOK
}

// hasTag tells whether an If-None-Match header names a page, by the weak comparison.
func hasTag(header []string, tag string) bool {
	for _, line := range header {
		for part := range strings.SplitSeq(line, ",") {
			if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == tag {
				return true
			}
		}
	}
	return false
}

// packer writes packed pages: the standard library's for pages that are kept, and for one
// reader's a quicker one.
type packer interface {
	io.WriteCloser
	Reset(to io.Writer)
}

// gzipped packs a page by one of these packers.
func gzipped(packers *sync.Pool, body []byte) []byte {
	var b bytes.Buffer
	b.Grow(len(body)/4 + 256)
	z := packers.Get().(packer)
	z.Reset(&b)
	_, _ = z.Write(body) // a bytes.Buffer does not fail
	_ = z.Close()
	packers.Put(z)
	return b.Bytes()
}
