package spread_test

import (
	"bytes"
	"reflect"
	"slices"
	"strings"
	"testing"

	"kokko/engine/spread"
)

func TestCoursesAreRead(t *testing.T) {
	const file = "# cascade_id\tt0\tsize\tuser:dt\n" +
		"b\t200.5\t3\tanna:0 bo:2.5 cia:1\n\n" +
		"a 100 9 bo:0\r\n" +
		"c\tx7\t300\t2\tx7:0 x7/bo:4"
	var names spread.Ledger
	all, err := spread.ReadCourses(strings.NewReader(file), &names)
	if err != nil {
		t.Fatal(err)
	}
	anna, bo, cia := names.Number("anna"), names.Number("bo"), names.Number("cia")
	if len(all) != 3 || names.Len() != 4 {
		t.Fatalf("%d courses of %d people", len(all), names.Len())
	}
	if a := all[0]; a.Begin != 100 || a.Size != 9 || a.Source() != bo {
		t.Errorf("the first is %+v", a)
	}
	if b := all[1]; !slices.Equal(b.Who, []int32{anna, cia, bo}) || !slices.Equal(b.After, []float64{0, 1, 2.5}) {
		t.Errorf("not by time: %+v", b)
	}
	if c := all[2]; c.Begin != 300 || !slices.Equal(c.Who, []int32{names.Number("x7"), bo}) {
		t.Errorf("paths: %+v", c)
	}
	b := &all[1]
	for _, s := range []struct {
		after float64
		want  int
	}{{spread.Cold, 1}, {0, 1}, {.9, 1}, {1, 2}, {9, 3}} {
		if got := b.Seen(s.after); got != s.want {
			t.Errorf("%d seen by %v, want %d", got, s.after, s.want)
		}
	}
	if h := spread.Horizon(all); h != 2.5 {
		t.Errorf("the horizon is %v", h)
	}
}

// Files as others write them say the same.
func TestCoursesOfOthersAreRead(t *testing.T) {
	want, err := spread.ReadCourses(strings.NewReader("a 100 2 u:0 v:1500\nb 200 1 v:0\n"), &spread.Ledger{})
	if err != nil {
		t.Fatal(err)
	}
	for name, file := range map[string]string{
		"columns named":     "cascade_id\tt0\tsize\tuser:dt user:dt\na\t100\t2\tu:0 v:1500\nb\t200\t1\tv:0\n",
		"commas":            "id,t0,size,path\r\na,100,2,u:0,v:1500\r\nb,200,1,v:0\r\n",
		"commas between":    "a\t100\t2\tu:0,v:1500\nb\t200\t1\tv:0",
		"semicolons":        "a;100;2;u:0;v:1500\nb;200;1;v:0;\n",
		"a mark":            "\uFEFFa 100 2 u:0 v:1500\nb 200 1 v:0\n",
		"other remarks":     "% x\na 100 2 u:0 v:1500\n%y\nb 200 1 v:0\n",
		"as fractions":      "a 1e2 2.0 u:0 v:1.5e3\nb 2.0E+02 1 v:0.0\n",
		"without the first": "a 100 1 u:0 v:1500\nb 200 1 v:0\n",
	} {
		got, err := spread.ReadCourses(strings.NewReader(file), &spread.Ledger{})
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
}

func TestWhatIsWrongWithALineIsSaid(t *testing.T) {
	for _, c := range []struct{ line, says string }{
		{"a", "line 3: an id, a beginning, a size"},
		{"a 1 2", "line 3: nobody took it up"},
		{"a x 2 u:0", `line 3: its beginning: "x" is no number`},
		{"a 1 0 u:0", `line 3: its size: "0"`},
		{"a 1 2 u:0 v", `line 3: "v" is no user:delay`},
		{"a 1 2 u:0 :4", `line 3: ":4" is no user:delay`},
		{"a 1 2 u:0 v:NaN", `line 3: the delay of "v:NaN"`},
		{"a 1 2 u:0 v:-1", `line 3: the delay of "v:-1" is before`},
		{"a 1e999 2 u:0", "line 3: its beginning"},
		{"a 1 2.5 u:0", `line 3: its size: "2.5"`},
		{"a 1 1e12 u:0", `line 3: its size: "1e12"`},
		{"a t0 size u:dt", "line 3: its beginning"},
	} {
		_, err := spread.ReadCourses(strings.NewReader("# remark\nz 1 1 u:0\n"+c.line+"\n"), &spread.Ledger{})
		if err == nil || !strings.HasPrefix(err.Error(), c.says) {
			t.Errorf("%q: %v, want %s …", c.line, err, c.says)
		}
	}
}

func FuzzReadCourses(f *testing.F) {
	f.Add([]byte("# h\na\t1\t2\tu:0 v:3\n"))
	f.Add([]byte("a u 1 2 u:0 u/v:3"))
	f.Add([]byte("a 1 2 u:0 v:-1\n\x00"))
	f.Fuzz(func(t *testing.T, file []byte) {
		var names spread.Ledger
		all, err := spread.ReadCourses(bytes.NewReader(file), &names)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Fatalf("an error that names no line: %v", err)
			}
			return
		}
		begin := all
		for i := range all {
			c := &all[i]
			if len(c.Who) == 0 || len(c.Who) != len(c.After) || c.Size < 1 || !slices.IsSorted(c.After) || c.After[0] < 0 {
				t.Fatalf("%+v", c)
			}
			if i > 0 && begin[i-1].Begin > c.Begin {
				t.Fatal("not by the time they began")
			}
		}
		// whatever was read can be learned from
		if len(all) >= 2 && len(all) < 50 {
			o, err := spread.LearnOutlook(all, spread.Look{After: .05 * spread.Horizon(all), Seed: 1})
			if err != nil {
				t.Fatal(err)
			}
			if f := o.Forecast(&all[0]); !(f.Low <= f.High) {
				t.Fatalf("a range %v–%v", f.Low, f.High)
			}
		}
	})
}
