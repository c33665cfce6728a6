package ident

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"sync"
	"time"

	"kokko/ground/clock"
)

// ID is a row's key: 43 bits of milliseconds since 2020 above 20 random bits,
// so that keys sort by time and two processes rarely meet. It is always
// positive. The store's unique keys catch the rare meeting; callers retry.
type ID int64

// epochMillis is 2020-01-01T00:00:00Z.
const epochMillis = 1577836800000

// String is the decimal form used in addresses of the office's pages.
func (id ID) String() string { return strconv.FormatInt(int64(id), 10) }

// Parse reads the decimal form; ok is false for anything that is no ID.
func Parse(s string) (id ID, ok bool) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n <= 0 || strconv.FormatInt(n, 10) != s {
		return 0, false
	}
	return ID(n), true
}

// Maker gives rising IDs. Safe for concurrent use; one per process.
type Maker struct {
	clock clock.Clock
	mu    sync.Mutex // owns last
	last  ID
}

// NewMaker gives a Maker on a clock.
func NewMaker(c clock.Clock) *Maker { return &Maker{clock: c} }

// New gives an ID larger than every one before from this Maker. When the clock
// stands or steps back it counts on from the last one.
func (m *Maker) New() ID {
	var b [4]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	ms := m.clock.Now().UnixMilli() - epochMillis
	id := ID(ms<<20 | int64(binary.BigEndian.Uint32(b[:])&0xFFFFF))
	m.mu.Lock()
	defer m.mu.Unlock()
	if id <= m.last {
		id = m.last + 1
	}
	m.last = id
	return id
}

// alphabet is 32 signs without 0, 1, I and O, so that a code survives a phone
// line and bad handwriting.
const alphabet = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

// bodyLen is the signs of a public code before its check sign: 35 bits.
const bodyLen = 7

// Code is the public number of a spark, "7F3K-9QXM": seven signs spread from the
// region and the id by SHA-256 and one check sign. It says nothing of the id and
// cannot be counted up; a unique key in the store catches the rare twin (about
// 3 in 100,000 drops at a million sparks), whose drop then takes a new id.
func Code(region string, id ID) string {
	sum := sha256.Sum256([]byte(region + "/" + id.String()))
	bits := binary.BigEndian.Uint64(sum[:8]) >> (64 - 5*bodyLen)
	body := make([]byte, bodyLen)
	for i := bodyLen - 1; i >= 0; i-- {
		body[i] = byte(bits & 31)
		bits >>= 5
	}
	out := make([]byte, 0, bodyLen+2)
	for i, v := range append(body, checkSign(body)) {
		if i == 4 {
			out = append(out, '-')
		}
		out = append(out, alphabet[v])
	}
	return string(out)
}

// ParseCode reads a code as people write it (small letters, spaces, any dashes,
// 1 or I for L) and gives its canonical form. ok is false when the check sign
// does not fit: every single wrong sign and every swap of two is found.
func ParseCode(s string) (code string, ok bool) {
	values := make([]byte, 0, bodyLen+1)
	for _, r := range strings.ToUpper(s) {
		switch r {
		case ' ', '-', '‐', '‑', '–', '—', '\u00a0':
			continue
		case '1', 'I':
			r = 'L'
		}
		v := strings.IndexRune(alphabet, r)
		if v < 0 || len(values) > bodyLen {
			return "", false
		}
		values = append(values, byte(v))
	}
	if len(values) != bodyLen+1 || checkSign(values[:bodyLen]) != values[bodyLen] {
		return "", false
	}
	var b strings.Builder
	for i, v := range values {
		if i == 4 {
			b.WriteByte('-')
		}
		b.WriteByte(alphabet[v])
	}
	return b.String(), true
}

// checkSign is the weighted sum over GF(32): sign i counts α^(i+1) times. All
// weights differ and none is zero, hence the two promises of ParseCode.
func checkSign(body []byte) byte {
	var sum, weight byte = 0, 1
	for _, v := range body {
		weight = timesAlpha(weight)
		sum ^= times(v, weight)
	}
	return sum
}

// timesAlpha multiplies by x in GF(2)[x]/(x⁵+x²+1), a primitive polynomial.
func timesAlpha(a byte) byte {
	a <<= 1
	if a&32 != 0 {
		a ^= 0b100101
	}
	return a
}

func times(a, b byte) (p byte) {
	for ; b != 0; b >>= 1 {
		if b&1 != 0 {
			p ^= a
		}
		a = timesAlpha(a)
	}
	return p
}

// Secret is a random link secret of 130 bits as 26 signs that can also be typed
// from paper. Only its Hash is stored.
func Secret() string {
	var raw [26]byte
	rand.Read(raw[:]) // never fails (crypto/rand)
	for i, b := range raw {
		raw[i] = alphabet[b&31]
	}
	return string(raw[:])
}

// SecretOf is the secret that stands for a keyed hash: as a Secret to look at, made
// again whenever it is needed.
func SecretOf(sum [32]byte) string {
	var raw [26]byte
	for i := range raw {
		raw[i] = alphabet[sum[i]&31]
	}
	return string(raw[:])
}

// Hash is what the store keeps of a secret: SHA-256 in hex. Case and dashes do
// not matter, since people type secrets from paper.
func Hash(secret string) string {
	plain := strings.Map(func(r rune) rune {
		if r == '-' || r == ' ' {
			return -1
		}
		return r
	}, strings.ToUpper(secret))
	sum := sha256.Sum256([]byte(plain))
	return hex.EncodeToString(sum[:])
}

// At is the smallest ID made at or after t: a bound for "older than t".
func At(t time.Time) ID { return ID(slot(t) << 20) }

// Time is when an ID was made, up to the millisecond; of one that Past gave for what is
// older than March 2020 it tells nothing.
func (id ID) Time() time.Time { return time.UnixMilli(int64(id)>>20 + epochMillis).UTC() }

// firstMillis is 2020-03-01, before which nothing was made here: what came before
// stands in the room of those two months, a second of the past in a millisecond.
const firstMillis = 1583020800000

// dawn is 1900-01-01T00:00:00Z, the oldest moment an ID tells from others.
const dawn = -2208988800

// slot is the upper bits of an ID: they rise with t.
func slot(t time.Time) int64 {
	if t.UnixMilli() >= firstMillis {
		return t.UnixMilli() - epochMillis
	}
	return max(1, t.Unix()-dawn)
}

// Past gives an ID for something that happened elsewhere at t, up to the second
// for what is older than March 2020. It does not rise from one call to the next
// as New does: the caller looks whether it is taken.
func Past(t time.Time) ID {
	var b [4]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	return ID(slot(t)<<20 | int64(binary.BigEndian.Uint32(b[:])&0xFFFFF))
}
