package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"time"

	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/store"
)

const (
	formatName    = "kokko-archive"
	formatVersion = 1

	headName = "kokko.json"
	sealName = "seal.json"

	partSize = 1 << 20  // a part is closed when it is this large; it is held in memory
	partMost = 64 << 20 // the largest part a reader takes, and so the largest row
	headMost = 4 << 20
)

// Meta is what a writer says of itself.
type Meta struct {
	Kokko string            // the program's version
	At    time.Time         // when the archive is made
	Stays map[string]string // tables whose rows do not travel, each with its reason
}

// head is kokko.json.
type head struct {
	Format  string            `json:"format"`
	Version int               `json:"version"`
	Kokko   string            `json:"kokko"`
	Engine  store.Engine      `json:"engine"`
	At      int64             `json:"at"` // µs since 1970 UTC
	Steps   []int64           `json:"steps"`
	Tables  []headTable       `json:"tables"` // parents first
	Stays   map[string]string `json:"stays"`
}

type headTable struct {
	Name    string       `json:"name"`
	Columns []headColumn `json:"columns"`
}

type headColumn struct {
	Name string     `json:"name"`
	Type store.Type `json:"type"`
	Null bool       `json:"null,omitempty"`
}

// seal is seal.json.
type seal struct {
	Tables []sealTable `json:"tables"`
	Sum    string      `json:"sha256"` // of every entry before the seal: name, size and bytes
}

type sealTable struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
	Sum  string `json:"sha256"` // of the table's lines
}

// Report is what an archive holds, once all of it was read and found whole.
type Report struct {
	Kokko  string
	Engine store.Engine
	At     time.Time
	Steps  []int64 // the schema's steps it was written under
	Tables []Count
	Rows   int64
	Sum    string // SHA-256 of the content, whichever way it was packed
}

// Count is the rows of one table.
type Count struct {
	Table string
	Rows  int64
}

func report(h head, s seal) Report {
	r := Report{Kokko: h.Kokko, Engine: h.Engine, At: clock.FromMicros(h.At), Steps: h.Steps, Sum: s.Sum}
	for _, t := range s.Tables {
		r.Tables = append(r.Tables, Count{t.Name, t.Rows})
		r.Rows += t.Rows
	}
	return r
}

// sums is the running checksums of an archive's content.
type sums struct {
	whole hash.Hash
	table hash.Hash
	rows  int64
}

func newSums() *sums { return &sums{whole: sha256.New(), table: sha256.New()} }

// entry takes one whole entry into the sum.
func (s *sums) entry(name string, body []byte) {
	fmt.Fprintf(s.whole, "%s %d\n", name, len(body))
	s.whole.Write(body)
}

// close ends a table and gives its line of the seal.
func (s *sums) close(table string) sealTable {
	out := sealTable{table, s.rows, hex.EncodeToString(s.table.Sum(nil))}
	s.table.Reset()
	s.rows = 0
	return out
}

func (s *sums) sum() string { return hex.EncodeToString(s.whole.Sum(nil)) }

func partName(table string, part int) string { return fmt.Sprintf("rows/%s/%06d.jsonl", table, part) }

// damaged is the fault of a file that was an archive and no longer is one.
func damaged(where string, format string, args ...any) error {
	return fault.New(fault.Invalid, "archive.damaged").On(where).Because(fmt.Errorf(format, args...))
}
