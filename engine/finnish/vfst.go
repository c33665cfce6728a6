package finnish

import (
	"cmp"
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
	foreseen  sync.Once // of what follows, when a word is first looked up
	states    []uint32  // until then
	ahead     []uint16  // of each cell that begins a state: which of the sets it may take next
	sets      []letters
	walkers   sync.Pool
}

// letters are two sets of letters by their place among the dictionary's, with the end of
// a word as the last: those that may come next and those that may come after them.
// Everything when there are too many to tell.
type letters [4]uint64

const wordEnd = 127

// has tells whether a letter may come next.
func (s *letters) has(n uint8) bool { return s[n>>6&1]&(1<<(n&63)) != 0 }

// have tells whether one letter may come next and another after it.
func (s *letters) have(next, then uint8) bool {
	return s[next>>6&1]&(1<<(next&63)) != 0 && s[2+then>>6&1]&(1<<(then&63)) != 0
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

// Find is where the dictionary is: the first of Places where there is one, "" for none.
func Find() string {
	for _, path := range Places() {
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return ""
}

// OpenOr opens the dictionary that is named, or else the one that Find finds; nil where
// there is none.
func OpenOr(named string) (*Dictionary, error) {
	if named = cmp.Or(named, Find()); named == "" {
		return nil, nil
	}
	return Open(named)
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
	var err error
	if d.states, err = d.check(); err != nil {
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

// check looks at every transition that can be reached, and gives the states.
func (d *Dictionary) check() (states []uint32, err error) {
	cells := uint32(len(d.cells))
	seen := make([]uint64, cells/64+1)
	for todo := []uint32{0}; len(todo) > 0; {
		state := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[state/64]&(1<<(state%64)) != 0 {
			continue
		}
		seen[state/64] |= 1 << (state % 64)
		states = append(states, state)
		if _, _, _, more := d.transition(state); more == 255 && state+1 >= cells {
			return nil, fmt.Errorf("state %d is cut", state)
		}
		n, gap := d.fan(state)
		if n == 0 || uint64(state)+uint64(n)+uint64(gap) > uint64(cells) { // none at all: so many that they are counted round
			return nil, fmt.Errorf("state %d has more transitions than the file", state)
		}
		before := uint16(0)
		for k := range n {
			in, out, to, _ := d.transition(nth(state, k, gap))
			switch {
			case in < before:
				return nil, fmt.Errorf("the transitions of state %d are not in order", state)
			case in == final:
			case int(in) >= len(d.symbols) || int(out) >= len(d.symbols) || to >= cells:
				return nil, fmt.Errorf("a transition of state %d leads nowhere", state)
			default:
				todo = append(todo, to)
			}
			before = in
		}
	}
	return states, nil
}

// foresee tells for every state what some way on from it may take next and after that,
// whatever the conditions: most ways are left without a step on them.
func (d *Dictionary) foresee() {
	next, sets := d.ways(d.states, func(uint32) [2]uint64 { return [2]uint64{} })
	d.ahead, d.sets = d.ways(d.states, func(to uint32) [2]uint64 { return [2]uint64(sets[next[to]][:2]) })
	d.states = nil
}

// Ready does what the first word would wait for: 50 ms. A start has it done meanwhile.
func (d *Dictionary) Ready() {
	if d != nil {
		d.foreseen.Do(d.foresee)
	}
}

// ways tells for every state which of the sets it may take, with what may come after the
// letter that leads to a state.
func (d *Dictionary) ways(states []uint32, after func(to uint32) [2]uint64) (ahead []uint16, sets []letters) {
	const unseen, open, any = 0, 1, 2 // in ahead: not looked at, being looked at, everything
	const all = ^uint64(0)
	everything := letters{all, all, all, all}
	ahead = make([]uint16, len(d.cells))
	sets = []letters{everything, everything, everything}
	places := map[letters]uint16{everything: any}
	type visit struct {
		state, next uint32
		may         letters
	}
	var stack []visit
	take := func(v *visit, n uint8, then [2]uint64) {
		v.may[n>>6] |= 1 << (n & 63)
		v.may[2], v.may[3] = v.may[2]|then[0], v.may[3]|then[1]
	}
	look := func(v *visit) (behind uint32, found bool) {
		for n, gap := d.fan(v.state); v.next < n; v.next++ {
			in, _, to, _ := d.transition(nth(v.state, v.next, gap))
			switch {
			case in == final:
				take(v, wordEnd, [2]uint64{0, 1 << (wordEnd & 63)})
			case in >= d.firstChar && in-d.firstChar < wordEnd:
				take(v, uint8(in-d.firstChar), after(to))
			case in >= d.firstChar || ahead[to] == open: // a letter too many, or a ring
				v.may = everything
			case ahead[to] == unseen:
				return to, true
			default:
				for i, set := range sets[ahead[to]] {
					v.may[i] |= set
				}
			}
		}
		return 0, false
	}
	for _, s := range states {
		if ahead[s] != unseen {
			continue
		}
		ahead[s] = open
		for stack = append(stack[:0], visit{state: s}); len(stack) > 0; {
			v := &stack[len(stack)-1]
			if to, found := look(v); found {
				ahead[to] = open
				stack = append(stack, visit{state: to})
				continue
			}
			place, ok := places[v.may]
			if !ok {
				place = any
				if len(sets) < 1<<16 {
					place = uint16(len(sets))
					sets = append(sets, v.may)
					places[v.may] = place
				}
			}
			ahead[v.state] = place
			stack = stack[:len(stack)-1]
		}
	}
	return ahead, sets
}

// next is how a letter is told in sets; one too many is like any other.
func (d *Dictionary) next(letter uint16) uint8 { return uint8(min(letter-d.firstChar, wordEnd-1)) }

// walker is one search: reused, so that it costs nothing to start.
type walker struct {
	d     *Dictionary
	in    []uint16 // the letters, then the end
	next  []uint8  // what each letter is in sets, then the end twice
	out   []uint16
	flags []uint16
	set   []was    // what flags were before, the latest last
	found []uint16 // one analysis after another
	ends  []int    // where each ends in found
	steps int
}

// look finds every analysis of a word in lower case; none for a word with letters
// the dictionary does not have. The walker belongs to the caller until give.
func (d *Dictionary) look(word string) *walker {
	d.foreseen.Do(d.foresee)
	w := d.walkers.Get().(*walker)
	w.in, w.next, w.out, w.found, w.ends, w.steps = w.in[:0], w.next[:0], w.out[:0], w.found[:0], w.ends[:0], 0
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
		w.in, w.next = append(w.in, c), append(w.next, d.next(c))
	}
	w.next = append(w.next, wordEnd, wordEnd)
	if len(w.in) > 0 && len(w.in) <= maxWord {
		w.in = append(w.in, final)
		w.walk(0, 0, 0)
	}
	return w
}

func (d *Dictionary) give(w *walker) { d.walkers.Put(w) }

// walk follows every way from a state that the rest of the word allows. Most states
// have one way on, which is followed here, and what its conditions set is taken back at
// the end; where ways part each is a walk of its own. The transitions of a state are in
// order: conditions and empty ones, letters, the end.
func (w *walker) walk(state uint32, pos, depth int) {
	had, set := len(w.out), len(w.set)
	for ; depth <= maxDepth; depth++ {
		c := w.d.cells[state]
		if c>>56 > 0 {
			w.fork(state, pos, depth)
			break
		}
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			break
		}
		in, out := uint16(c), uint16(c>>16)
		if in == w.in[pos] { // a letter, or the end
			if in == final {
				w.end()
				break
			}
			pos++
		} else if in >= w.d.firstChar || in > 0 && !w.holds(w.d.flags[in]) {
			break
		}
		if out >= w.d.firstChar {
			w.out = append(w.out, out)
		}
		state = uint32(c>>32) & 0xFFFFFF
	}
	w.out = w.out[:had]
	w.undo(set)
}

// was is what a condition was before it was set.
type was struct{ feature, value uint16 }

// undo takes back what was set since there were so many.
func (w *walker) undo(to int) {
	for i := len(w.set) - 1; i >= to; i-- {
		w.flags[w.set[i].feature] = w.set[i].value
	}
	w.set = w.set[:to]
}

// end keeps the analysis that was found.
func (w *walker) end() {
	if len(w.ends) < maxAnalyses {
		w.found = append(w.found, w.out...)
		w.ends = append(w.ends, len(w.found))
	}
}

// condition goes on behind a condition if it holds, with what it sets.
func (w *walker) condition(c uint64, pos, depth int) {
	set := len(w.set)
	if w.holds(w.d.flags[uint16(c)]) {
		w.step(c, pos, depth)
	}
	w.undo(set)
}

// fork follows the ways on from a state that has several.
func (w *walker) fork(state uint32, pos, depth int) {
	n, gap := w.d.fan(state)
	first, rest := w.d.cells[state], w.d.cells[state+1+gap:][:n-1]
	if at := uint16(first); at < w.d.firstChar {
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		if at == 0 {
			w.step(first, pos, depth)
		} else {
			w.condition(first, pos, depth)
		}
	}
	k := 0
	for ; k < len(rest) && uint16(rest[k]) < w.d.firstChar; k++ {
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		if uint16(rest[k]) == 0 {
			w.step(rest[k], pos, depth)
		} else {
			w.condition(rest[k], pos, depth)
		}
	}
	rest = rest[k:]
	letter := w.in[pos]
	if letter == final {
		if uint16(first) == final || len(rest) > 0 && uint16(rest[len(rest)-1]) == final {
			w.end()
		}
		return
	}
	if uint16(first) == letter {
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		w.step(first, pos+1, depth)
	}
	low, high := 0, len(rest)
	for low < high {
		if mid := (low + high) / 2; uint16(rest[mid]) < letter {
			low = mid + 1
		} else {
			high = mid
		}
	}
	for _, c := range rest[low:] {
		if uint16(c) != letter {
			return
		}
		if w.steps++; w.steps > maxSteps || len(w.ends) >= maxAnalyses {
			return
		}
		w.step(c, pos+1, depth)
	}
}

// nth is the cell of a state's transition.
func nth(state, k, gap uint32) uint32 {
	if k == 0 {
		return state
	}
	return state + k + gap
}

func (w *walker) step(c uint64, pos, depth int) {
	to := uint32(c>>32) & 0xFFFFFF
	if !w.d.sets[w.d.ahead[to]].have(w.next[pos], w.next[pos+1]) {
		return
	}
	had := len(w.out)
	if out := uint16(c >> 16); out >= w.d.firstChar {
		w.out = append(w.out, out)
	}
	w.walk(to, pos, depth+1)
	w.out = w.out[:had]
}

// holds tells that a condition holds, and does what it does to what is set.
func (w *walker) holds(f flag) bool {
	have := w.flags[f.feature]
	switch f.op {
	case 'R':
		return have != 0 && (f.value == 0 || have == f.value)
	case 'D':
		return have == 0 || f.value != 0 && have != f.value
	case 'U':
		if have != 0 && have != f.value {
			return false
		}
	case 'C':
		f.value = 0
	}
	if have != f.value {
		w.set = append(w.set, was{f.feature, have})
		w.flags[f.feature] = f.value
	}
	return true
}
