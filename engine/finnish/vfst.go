package finnish

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"
)

// Dictionary is a finite-state transducer of Finnish word forms as Voikko's
// mor.vfst holds it: it takes a lower-case word and gives its analyses as symbols,
// letters and tags. It is read only, and safe for concurrent use.
//
// The format (corevoikko, libvoikko/src/fst): two magic words of 32 bits and a flag
// for weights in 16 bytes, the number of symbols in 16 bits, each symbol in UTF-8
// with a zero after it, then, from the next multiple of eight, transitions of eight
// bytes: input and output symbol in 16 bits each, the first transition of the state
// it leads to in 24, and in eight how many more transitions the state has; 255
// stands for a number in the next eight bytes. Input 65535 ends a word. All numbers
// are little-endian. Symbol 0 is the empty one, those like @P.X.Y@ are conditions,
// which hold for the rest of the way or must hold here.
type Dictionary struct {
	cells     []uint64
	symbols   []string
	tags      []tag
	chars     map[rune]uint16
	latin     [256]uint16 // chars for runes below 256; 0 for none
	flags     []flag      // of the symbols below firstChar
	features  int
	firstChar uint16
	firstTag  uint16
	walkers   sync.Pool
}

// flag is a condition on the way through the transducer (Beesley & Karttunen 2003,
// Finite State Morphology, chapter 7).
type flag struct {
	op      byte // P sets, C clears, U sets or must be the same, R must be, D must not be; 0 for none
	feature uint16
	value   uint16 // 0 for any
}

// Bounds on one word, so that no dictionary and no word makes the search endless.
const (
	maxSteps    = 100_000
	maxDepth    = 2_000
	maxAnalyses = 100
	maxWord     = 255 // letters; nothing longer is looked up
)

const (
	magic1, magic2 = 0x00013A6E, 0x000351FA
	final          = 0xFFFF
	cell           = 8
	maxDictionary  = 256 << 20
)

// Open reads the dictionary in a file. The error names the file and what is wrong
// with it.
func Open(path string) (*Dictionary, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.Size() > maxDictionary {
		return nil, fmt.Errorf("%s: %d bytes are more than a dictionary has", path, info.Size())
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	d, err := Read(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// Places are where the dictionary is looked for: Debian's voikko-fi puts it in the
// first.
func Places() []string {
	return []string{"/usr/lib/voikko/5/mor-standard/mor.vfst", "/usr/share/voikko/5/mor-standard/mor.vfst", "/usr/local/lib/voikko/5/mor-standard/mor.vfst"}
}

// Read reads a dictionary from its bytes. Every transition that can
// be reached is looked at once, so that a file that is cut short, foreign or hostile
// is refused here and no word can lead astray later.
func Read(data []byte) (*Dictionary, error) {
	if len(data) < 18 || binary.LittleEndian.Uint32(data) != magic1 || binary.LittleEndian.Uint32(data[4:]) != magic2 {
		return nil, errors.New("not a dictionary of Voikko (mor.vfst): the first bytes are others")
	}
	if data[8] != 0 {
		return nil, errors.New("a dictionary with weights, which is for spelling suggestions, not for words")
	}
	d := &Dictionary{chars: map[rune]uint16{}}
	count := int(binary.LittleEndian.Uint16(data[16:]))
	at := 18
	for i := range count {
		end := slices.Index(data[at:min(len(data), at+256)], 0)
		if end < 0 || !utf8.Valid(data[at:at+end]) {
			return nil, fmt.Errorf("symbol %d of %d at byte %d is cut or not text", i, count, at)
		}
		d.symbols = append(d.symbols, string(data[at:at+end]))
		at += end + 1
	}
	if err := d.name(); err != nil {
		return nil, err
	}
	at = (at + cell - 1) / cell * cell
	if at >= len(data) || (len(data)-at)%cell != 0 {
		return nil, fmt.Errorf("%d bytes of transitions: the file is cut", max(0, len(data)-at))
	}
	d.cells = make([]uint64, (len(data)-at)/cell)
	for i := range d.cells {
		d.cells[i] = binary.LittleEndian.Uint64(data[at+i*cell:])
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	d.walkers.New = func() any { return &walker{d: d, flags: make([]uint16, d.features)} }
	return d, nil
}

// name tells the symbols apart: the empty one, conditions, letters, tags.
func (d *Dictionary) name() error {
	if len(d.symbols) < 2 || d.symbols[0] != "" {
		return errors.New("symbol 0 is not the empty one")
	}
	features, values := map[string]uint16{}, map[string]uint16{}
	d.flags = append(d.flags, flag{})
	i := 1
	for ; i < len(d.symbols) && strings.HasPrefix(d.symbols[i], "@"); i++ {
		s := d.symbols[i]
		parts := strings.Split(strings.Trim(s, "@"), ".")
		if len(s) < 5 || !strings.HasSuffix(s, "@") || len(parts) < 2 || len(parts) > 3 || len(parts[0]) != 1 || !strings.Contains("PCURD", parts[0]) || len(parts) < 3 && strings.Contains("PU", parts[0]) {
			return fmt.Errorf("symbol %d, %q, is no condition that is known", i, s)
		}
		f := flag{op: parts[0][0]}
		if _, ok := features[parts[1]]; !ok {
			features[parts[1]] = uint16(len(features))
		}
		f.feature = features[parts[1]]
		if len(parts) == 3 {
			if _, ok := values[parts[2]]; !ok {
				values[parts[2]] = uint16(len(values) + 1)
			}
			f.value = values[parts[2]]
		}
		d.flags = append(d.flags, f)
	}
	d.features = len(features)
	d.firstChar = uint16(i)
	for ; i < len(d.symbols) && utf8.RuneCountInString(d.symbols[i]) == 1; i++ {
		r, _ := utf8.DecodeRuneInString(d.symbols[i])
		d.chars[r] = uint16(i)
		if r < 256 {
			d.latin[r] = uint16(i)
		}
	}
	d.firstTag = uint16(i)
	d.tags = make([]tag, len(d.symbols))
	for ; i < len(d.symbols); i++ {
		if d.symbols[i] == "" {
			return fmt.Errorf("symbol %d is empty", i)
		}
		d.tags[i] = tagOf(d.symbols[i])
	}
	return nil
}

// transition reads one cell.
func (d *Dictionary) transition(i uint32) (in, out uint16, to uint32, more uint32) {
	c := d.cells[i]
	return uint16(c), uint16(c >> 16), uint32(c>>32) & 0xFFFFFF, uint32(c >> 56)
}

// fan is how many transitions leave a state, and how many cells lie between the
// first of them and the second.
func (d *Dictionary) fan(state uint32) (n, gap uint32) {
	_, _, _, more := d.transition(state)
	if more < 255 {
		return more + 1, 0
	}
	return uint32(d.cells[state+1]) + 1, 1
}

func (d *Dictionary) check() error {
	cells := uint32(len(d.cells))
	seen := make([]uint64, cells/64+1)
	for todo := []uint32{0}; len(todo) > 0; {
		state := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[state/64]&(1<<(state%64)) != 0 {
			continue
		}
		seen[state/64] |= 1 << (state % 64)
		if _, _, _, more := d.transition(state); more == 255 && state+1 >= cells {
			return fmt.Errorf("state %d is cut", state)
		}
		n, gap := d.fan(state)
		if uint64(state)+uint64(n)+uint64(gap) > uint64(cells) {
			return fmt.Errorf("state %d has %d transitions, more than the file", state, n)
		}
		before := uint16(0)
		for k := range n {
			in, out, to, _ := d.transition(nth(state, k, gap))
			switch {
			case in < before:
				return fmt.Errorf("the transitions of state %d are not in order", state)
			case in == final:
			case int(in) >= len(d.symbols) || int(out) >= len(d.symbols) || to >= cells:
				return fmt.Errorf("a transition of state %d leads nowhere", state)
			default:
				todo = append(todo, to)
			}
			before = in
		}
	}
	return nil
}

// walker is one search: reused, so that it costs nothing to start.
type walker struct {
	d     *Dictionary
	in    []uint16
	out   []uint16
	flags []uint16
	found []uint16 // one analysis after another
	ends  []int    // where each ends in found
	steps int
}

// look finds every analysis of a word in lower case; none for a word with letters
// the dictionary does not have. The walker belongs to the caller until give.
func (d *Dictionary) look(word string) *walker {
	w := d.walkers.Get().(*walker)
	w.in, w.out, w.found, w.ends, w.steps = w.in[:0], w.out[:0], w.found[:0], w.ends[:0], 0
	clear(w.flags)
	if len(word) > 4*maxWord {
		return w
	}
	for _, r := range word {
		var c uint16
		if r < 256 {
			c = d.latin[r]
		} else {
			c = d.chars[r]
		}
		if c == 0 {
			return w
		}
		w.in = append(w.in, c)
	}
	if len(w.in) > 0 && len(w.in) <= maxWord {
		w.walk(0, 0, 0)
	}
	return w
}

func (d *Dictionary) give(w *walker) { d.walkers.Put(w) }

// walk follows every way from a state that the rest of the word allows. The
// transitions of a state are in order: conditions and empty ones, letters, the end.
func (w *walker) walk(state uint32, pos, depth int) {
	d := w.d
	n, gap := d.fan(state)
	if depth > maxDepth {
		return
	}
	k := uint32(0)
	for ; k < n; k++ {
		in, out, to, _ := d.transition(nth(state, k, gap))
		if in >= d.firstChar {
			break
		}
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		f := d.flags[in]
		if f.op == 0 {
			w.step(to, out, pos, depth)
			continue
		}
		old := w.flags[f.feature]
		if w.allows(f) {
			w.step(to, out, pos, depth)
		}
		w.flags[f.feature] = old
	}
	if k == n {
		return
	}
	if pos == len(w.in) {
		if in, _, _, _ := d.transition(nth(state, n-1, gap)); in == final && len(w.ends) < maxAnalyses {
			w.found = append(w.found, w.out...)
			w.ends = append(w.ends, len(w.found))
		}
		return
	}
	letter := w.in[pos]
	for low, high := k, n; low < high; k = low {
		mid := (low + high) / 2
		if in, _, _, _ := d.transition(nth(state, mid, gap)); in < letter {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for ; k < n; k++ {
		in, out, to, _ := d.transition(nth(state, k, gap))
		if in != letter {
			return
		}
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		w.step(to, out, pos+1, depth)
	}
}

// nth is the cell of a state's transition.
func nth(state, k, gap uint32) uint32 {
	if k == 0 {
		return state
	}
	return state + k + gap
}

func (w *walker) step(to uint32, out uint16, pos, depth int) {
	had := len(w.out)
	if out >= w.d.firstChar {
		w.out = append(w.out, out)
	}
	w.walk(to, pos, depth+1)
	w.out = w.out[:had]
}

// allows tells that a condition holds, and does what it does to what is set.
func (w *walker) allows(f flag) bool {
	have := &w.flags[f.feature]
	switch f.op {
	case 'P':
		*have = f.value
	case 'C':
		*have = 0
	case 'U':
		if *have != 0 && *have != f.value {
			return false
		}
		*have = f.value
	case 'R':
		return *have != 0 && (f.value == 0 || *have == f.value)
	case 'D':
		return *have == 0 || f.value != 0 && *have != f.value
	}
	return true
}
