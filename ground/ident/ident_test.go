package ident_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"kokko/ground/clock"
	"kokko/ground/ident"
	"pgregory.net/rapid"
)

func TestMakerRisesEvenWhenTheClockStands(t *testing.T) {
	t.Parallel()
	m := ident.NewMaker(clock.NewFake(time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)))
	var mu sync.Mutex
	seen := map[ident.ID]bool{}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			var last ident.ID
			for range 1000 {
				id := m.New()
				if id <= last {
					t.Errorf("%d after %d", id, last)
				}
				last = id
				mu.Lock()
				if seen[id] {
					t.Errorf("%d twice", id)
				}
				seen[id] = true
				mu.Unlock()
			}
		})
	}
	wg.Wait()
}

func TestIDsSortByTime(t *testing.T) {
	t.Parallel()
	c := clock.NewFake(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	early := ident.NewMaker(c).New()
	c.Advance(2 * time.Millisecond)
	if late := ident.NewMaker(c).New(); late <= early {
		t.Errorf("a later process got %d, before %d", late, early)
	}
}

func TestParseTakesOnlyIDs(t *testing.T) {
	t.Parallel()
	for in, ok := range map[string]bool{"1": true, "0": false, "-1": false, "+1": false, "01": false, " 1": false, "": false, "9223372036854775808": false, "x": false} {
		if _, got := ident.Parse(in); got != ok {
			t.Errorf("Parse(%q) ok = %v, want %v", in, got, ok)
		}
	}
}

const signs = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"

func TestCodeFindsEverySlip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		id := ident.ID(rapid.Int64Range(1, 1<<62).Draw(t, "id"))
		code := ident.Code("kouvola", id)
		sloppy := " " + strings.ReplaceAll(strings.ToLower(code), "-", "– ")
		if got, ok := ident.ParseCode(sloppy); !ok || got != code {
			t.Fatalf("%q written %q was read as %q, %v", code, sloppy, got, ok)
		}
		bare := []byte(strings.ReplaceAll(code, "-", ""))
		i := rapid.IntRange(0, 7).Draw(t, "i")
		j := rapid.IntRange(0, 7).Draw(t, "j")
		wrong := append([]byte{}, bare...)
		wrong[i] = signs[rapid.IntRange(0, 31).Draw(t, "sign")]
		if _, ok := ident.ParseCode(string(wrong)); ok && string(wrong) != string(bare) {
			t.Fatalf("%s passed for %s", wrong, bare)
		}
		swapped := append([]byte{}, bare...)
		swapped[i], swapped[j] = swapped[j], swapped[i]
		if _, ok := ident.ParseCode(string(swapped)); ok && string(swapped) != string(bare) {
			t.Fatalf("swap %s passed for %s", swapped, bare)
		}
	})
}

func FuzzParseCode(f *testing.F) {
	f.Add("7F3K-9QXM")
	f.Add("ıııı ıııı")
	f.Add(strings.Repeat("Ä", 1000))
	f.Fuzz(func(t *testing.T, s string) {
		if code, ok := ident.ParseCode(s); ok {
			if again, ok := ident.ParseCode(code); !ok || again != code {
				t.Errorf("%q is not canonical", code)
			}
		}
	})
}

func TestCodesDoNotCountUpOrTellTheRegion(t *testing.T) {
	t.Parallel()
	if ident.Code("kouvola", 1)[:4] == ident.Code("kouvola", 2)[:4] || ident.Code("kouvola", 1) == ident.Code("iitti", 1) {
		t.Error("neighbouring codes look alike")
	}
}

func TestSecretsAreHashedAsTyped(t *testing.T) {
	t.Parallel()
	s := ident.Secret()
	if len(s) != 26 || s == ident.Secret() {
		t.Errorf("secret %q", s)
	}
	typed := strings.ToLower(s[:13] + "-" + s[13:20] + " " + s[20:])
	if ident.Hash(typed) != ident.Hash(s) {
		t.Error("a secret typed from paper does not fit")
	}
	if ident.Hash(s) == ident.Hash(ident.Secret()) || strings.Contains(ident.Hash(s), s) {
		t.Error("hash")
	}
}

// The keys of what happened elsewhere stand in its order, before everything made here.
func TestKeysOfThePastRise(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		second := rapid.Int64Range(-2208988799, 1900000000)
		a, b := second.Draw(t, "a"), second.Draw(t, "b")
		x, y := ident.Past(time.Unix(a, 0)), ident.Past(time.Unix(b, 0))
		if a < b && x >= y || a > b && x <= y || x <= 0 || x < ident.At(time.Unix(a, 0)) {
			t.Fatalf("%d gives %d, %d gives %d", a, x, b, y)
		}
	})
}
