package network_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/table"
	"kokko/region/actor"
	"kokko/region/network"
)

func TestEveryFormatTellsWhatWasWritten(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.StringMatching(`[A-Za-zÅÄÖåäö&<>"'0-9,;]{1,12}( [A-Za-zÅÄÖåäö&<>"']{1,9})?`)
		n := rapid.IntRange(2, 9).Draw(t, "nodes")
		var f network.File
		for i := range n {
			f.Nodes = append(f.Nodes, network.FileNode{Key: fmt.Sprint("n", i), Name: fmt.Sprint(i, " ", word.Draw(t, "name")), Person: rapid.Bool().Draw(t, "person"), Sector: rapid.SampledFrom([]string{"", "04"}).Draw(t, "sector"), Place: rapid.SampledFrom([]string{"", "elimaki"}).Draw(t, "place")})
		}
		for range rapid.IntRange(0, 9).Draw(t, "ties") {
			f.Ties = append(f.Ties, network.FileTie{From: fmt.Sprint("n", rapid.IntRange(0, n-1).Draw(t, "from")), To: fmt.Sprint("n", rapid.IntRange(0, n-1).Draw(t, "to")), Weight: float64(rapid.IntRange(1, 100).Draw(t, "weight")) / 100, Since: rapid.SampledFrom([]int{0, 2009}).Draw(t, "since"), Until: rapid.SampledFrom([]int{0, 2012}).Draw(t, "until")})
		}
		for _, as := range network.Formats() {
			var b bytes.Buffer
			if err := f.Write(&b, as); err != nil {
				t.Fatal(err)
			}
			if got := network.FormatOf(b.Bytes()); got != as {
				t.Fatalf("%s is taken for %q: %s", as, got, b.String())
			}
			back, err := network.ReadFile(bytes.NewReader(b.Bytes()), as)
			if err != nil {
				t.Fatalf("%s: %v: %s", as, err, b.String())
			}
			want := f
			if as == network.CSV { // ties alone, by names, and who of them is a person
				var named []network.FileTie
				for _, n := range back.Nodes {
					i := slices.IndexFunc(f.Nodes, func(o network.FileNode) bool { return o.Name == n.Name })
					if i < 0 || f.Nodes[i].Person != n.Person {
						t.Fatalf("%q came back as %+v: %s", n.Name, n, b.String())
					}
				}
				for _, x := range f.Ties {
					name := func(key string) string {
						return f.Nodes[slices.IndexFunc(f.Nodes, func(n network.FileNode) bool { return n.Key == key })].Name
					}
					x.From, x.To = name(x.From), name(x.To)
					named = append(named, x)
				}
				want.Ties, want.Nodes, back.Nodes = named, nil, nil
			}
			if diff := cmp.Diff(want, back); diff != "" {
				t.Fatalf("%s: %s\n%s", as, diff, b.String())
			}
		}
	})
}

func TestWhatIsWrongInAFileNamesItsLine(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		as   network.Format
		text string
		want string
	}{
		{network.CSV, "", "network.file.headings 1"},
		{network.CSV, "kuka;jotain\na;b\n", "network.file.headings 1"},
		{network.CSV, "from,to,weight\na,b,1\nc,d,paljon\n", "network.file.number 3"},
		{network.CSV, "from,to,since\na,b,kauan sitten\n", "network.file.year 2"},
		{network.CSV, "from,to\na,b\nc,\n", "network.file.nameless 3"},
		{network.CSV, "from,to\na,\"b\n", "network.file.broken 2"},
		{network.GraphML, "<graphml>\n<graph>\n<node id='a'>\n</graph>", "network.file.broken 4"},
		{network.GraphML, "<graphml><graph>\n<node/>\n</graph></graphml>", "network.file.nameless 2"},
		{network.GEXF, "<gexf>\n<edges>\n<edge source='a' target='b' weight='NaN'/></edges></gexf>", "network.file.number 3"},
		{network.GEXF, "<html></html>", "network.file.format 1"},
		{network.Kumu, "{\"elements\": [\n{\"label\": 7}]}", "network.file.broken 2"},
		{network.Kumu, "{\"connections\": [{\"from\": \"a\", \"to\": \"b\", \"since\": 7}]}", "network.file.year 1"},
		{network.Kumu, "{\n \"elements\": [\n  {\n   \"label\": \"a\"\n  },\n  {\n   \"type\": \"person\"\n  }\n ]\n}", "network.file.nameless 6"},
		{network.Kumu, "{\n \"elements\": [],\n \"name\": {\"of\": [1]},\n \"connections\": [\n  {\"from\": \"a\", \"to\": \"b\"},\n  {\"from\": \"a\", \"to\": \"b\", \"until\": 7}\n ]\n}", "network.file.year 6"},
		{network.Kumu, "{\"elements\": [\n{\"label\": \"a\"},\n", "network.file.broken 3"},
		{network.Kumu, "{\"connections\": \n7}", "network.file.broken 2"},
		{"xlsx", "", "network.file.format <nil>"},
	} {
		_, err := network.ReadFile(strings.NewReader(row.text), row.as)
		if err == nil {
			t.Errorf("%q was taken", row.text)
			continue
		}
		e := fault.List(err)[0]
		if got := fmt.Sprint(e.Key, " ", e.Args["line"]); got != row.want {
			t.Errorf("%q: %s, not %s", row.text, got, row.want)
		}
	}
	if _, err := network.ReadFile(strings.NewReader("from,to\n"+strings.Repeat("a,b\n", network.MaxFile/4)), network.CSV); err == nil {
		t.Error("a file too large was taken")
	}
	f, err := network.ReadFile(strings.NewReader("\ufeffLähde;Kohde;Paino\nKymen Melojat ry;Iitin kunta;0,5\n"), network.CSV)
	if err != nil || len(f.Nodes) != 2 || len(f.Ties) != 1 || f.Ties[0].Weight != 0.5 {
		t.Errorf("%+v %v", f, err)
	}
	f, err = network.ReadFile(strings.NewReader(`{"elements": [{"_id": "e1", "label": "Kinno"}], "connections": [{"from": "Kinno", "to": "Iitti"}]}`), network.Kumu)
	if err != nil || len(f.Nodes) != 2 || f.Ties[0].From != "e1" {
		t.Errorf("%+v %v", f, err)
	}
}

// What people called their organisation is no formula in whatever opens the file, and
// comes back as it was.
func TestNamesAreNoFormulas(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"=1+1 ry", "+358 Oy", "@kylä", "Paja; =HYPERLINK(0)", "Oy 'Paja", "Kymen Melojat ry"} {
		f := network.File{Nodes: []network.FileNode{{Key: "n1", Name: name}, {Key: "n2", Name: "Toinen"}}, Ties: []network.FileTie{{From: "n1", To: "n2", Weight: 1}}}
		var b bytes.Buffer
		if err := f.Write(&b, network.CSV); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil || len(rows) != 2 || rows[1][0] != table.Neutered(name) {
			t.Errorf("%q is written %q, %v", name, rows, err)
		}
		back, err := network.ReadFile(&b, network.CSV)
		if err != nil || back.Ties[0].From != name {
			t.Errorf("%q came back as %+v, %v", name, back, err)
		}
	}
}

func TestAFileIsLookedAtRowByRow(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		as    network.Format
		text  string
		ties  int
		wrong string
	}{
		{network.CSV, "from,to,weight,since\na,b,1,\nc,d,paljon,\ne,f,1,kauan sitten\ng,,,\nh,i,,\n", 2, "3 number 4 year 5 nameless"},
		{network.GEXF, "<gexf>\n<edges>\n<edge source='a' target='b' weight='NaN'/>\n<edge source='a' target=''/>\n<edge source='c' target='d'/></edges></gexf>", 2, "3 number 4 nameless"},
		{network.Kumu, `{"connections": [{"from": "a", "to": "b", "since": 7}, {"from": "a", "to": "b"}]}`, 1, "1 year"},
	} {
		f, wrong, err := network.LookFile(strings.NewReader(row.text), row.as)
		if err != nil || len(f.Ties) != row.ties {
			t.Errorf("%s: %+v %v", row.as, f, err)
		}
		var said []string
		for _, e := range wrong {
			said = append(said, fmt.Sprint(e.Args["line"], " ", strings.TrimPrefix(e.Key, "network.file.")))
		}
		if got := strings.Join(said, " "); got != row.wrong {
			t.Errorf("%s: %q, not %q", row.as, got, row.wrong)
		}
	}
	if _, _, err := network.LookFile(strings.NewReader("from,to\n"+strings.Repeat("a,\n", 300)), network.CSV); err == nil {
		t.Error("a file of nothing but wrong rows was taken")
	}
}

func TestCardsTellOrganisationsAndNobody(t *testing.T) {
	t.Parallel()
	const cards = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Maija Meik\r\n äläinen\r\nitem1.ORG;TYPE=work:Kymen Melojat\\, ry;Hallitus\r\nEND:VCARD\r\nBEGIN:VCARD\nKIND:org\nFN:Iitin kunta\nPHOTO:" + "AAAA" + "\nEND:VCARD\nBEGIN:VCARD\nFN:Kylän Verstas Oy\nX-ABShowAs:COMPANY\nEND:VCARD\n\nBEGIN:VCARD\nFN:Yksin\nEND:VCARD\n"
	if as := network.FormatOf([]byte(cards)); as != network.VCard {
		t.Fatalf("%q", as)
	}
	f, err := network.ReadFile(strings.NewReader(cards), network.VCard)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	persons := 0
	for _, n := range f.Nodes {
		if n.Person {
			persons++
			continue
		}
		names = append(names, n.Name)
	}
	if got := strings.Join(names, "|"); got != "Kymen Melojat, ry|Iitin kunta|Kylän Verstas Oy" || persons != 2 || strings.Contains(fmt.Sprint(f), "Meikäläinen") {
		t.Errorf("%s and %d persons: %+v", got, persons, f)
	}
	for text, line := range map[string]int{"BEGIN:VCARD\nFN:a\n": 1, "hei\n": 1, "BEGIN:VCARD\nBEGIN:VCARD\n": 2} {
		_, err := network.ReadFile(strings.NewReader(text), network.VCard)
		if err == nil || fault.List(err)[0].Args["line"] != line {
			t.Errorf("%q: %v", text, err)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.StringMatching(`[A-Za-zÅÄÖåäö;,\\\\:"]{1,90}`).Draw(t, "name")
		var b bytes.Buffer
		if err := network.WriteCard(&b, network.Card{Name: name, Organisation: true, Place: "Elimäki", Languages: []string{"fi"}, Knows: []string{name}, Page: "https://x.example/toimija/1"}); err != nil {
			t.Fatal(err)
		}
		for _, l := range strings.Split(b.String(), "\r\n") {
			if len(l) > 75 {
				t.Fatalf("%d bytes: %q", len(l), l)
			}
		}
		f, err := network.ReadFile(&b, network.VCard)
		if err != nil || len(f.Nodes) != 1 || f.Nodes[0].Name != name {
			t.Fatalf("%q became %+v %v", name, f, err)
		}
	})
}

func TestAFileWaitsIsTakenAndTakenBack(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		actors := actor.New(b.db, b.clock, b.ids)
		find := func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error) {
			_, id, err := actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
			return id, err
		}
		keep := func(text string) network.Filing {
			t.Helper()
			f, err := b.ties.Keep(ctx, here, "", "kysely.csv", []byte(text))
			if err != nil {
				t.Fatal(err)
			}
			return f
		}
		for want, text := range map[string]string{"network.file.format": "\x00\x01", "network.file.headings": "kuka;jotain\na;b\n", "network.file.sent_many": "from,to\n" + func() string {
			var s strings.Builder
			for i := range network.MaxSentNodes {
				fmt.Fprintf(&s, "a,b%d\n", i)
			}
			return s.String()
		}()} {
			if _, err := b.ties.Keep(ctx, here, "x", "x.csv", []byte(text)); err == nil || fault.List(err)[0].Key != want {
				t.Errorf("%v, not %s", err, want)
			}
		}
		first := keep("from,to,weight\nKymen Melojat ry,Iitin kunta,1\nx,y,paljon\n")
		if first.Name != "kysely" || first.Format != network.CSV {
			t.Errorf("%+v", first)
		}
		if _, wrong, err := first.Look(); err != nil || len(wrong) != 1 {
			t.Errorf("%v %v", wrong, err)
		}
		took, err := b.ties.TakeKept(ctx, here, first.ID, find)
		if err != nil || took.Taken.Ties != 1 {
			t.Fatalf("%+v %v", took, err)
		}
		if _, err := b.ties.TakeKept(ctx, here, first.ID, find); !fault.Is(err, fault.Conflict) {
			t.Errorf("twice: %v", err)
		}
		second := keep("from,to\nKymen Melojat ry,Iitin kunta\nKymen Melojat ry,Kylän Verstas ry\n")
		if _, err := b.ties.TakeKept(ctx, here, second.ID, find); err != nil {
			t.Fatal(err)
		}
		state := func(id ident.ID) network.FileState {
			t.Helper()
			f, err := network.FilingOf(ctx, b.db, here, id)
			if err != nil {
				t.Fatal(err)
			}
			return f.State
		}
		if state(first.ID) != network.FileReplaced || state(second.ID) != network.FileTaken {
			t.Errorf("%s %s", state(first.ID), state(second.ID))
		}
		if err := b.ties.BackKept(ctx, here, first.ID); !fault.Is(err, fault.Conflict) {
			t.Errorf("what another has replaced was taken back: %v", err)
		}
		if err := b.ties.BackKept(ctx, here, second.ID); err != nil {
			t.Fatal(err)
		}
		if n, err := network.CountFiled(ctx, b.db, here, "kysely"); err != nil || n != 0 || state(second.ID) != network.FileBack {
			t.Errorf("%d ties, %v", n, err)
		}
		waits := keep("from,to\na,b\n")
		b.clock.Advance(network.FileWaitsFor)
		if err := b.ties.SweepFiles(ctx, here); err != nil {
			t.Fatal(err)
		}
		if _, err := network.FilingOf(ctx, b.db, here, waits.ID); !fault.Is(err, fault.NotFound) {
			t.Errorf("it waits for ever: %v", err)
		}
		if all, err := network.Filings(ctx, b.db, here, 0, 9); err != nil || len(all) != 2 {
			t.Errorf("%+v %v", all, err)
		}
	})
}

func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{"from,to\na,b\n", "<graphml><graph><node id='a'><data key='label'>x</data></node></graph></graphml>", "<gexf><nodes><node id='a'/></nodes></gexf>", `{"elements":[{"label":"a"}],"connections":[{"from":"a","to":"b"}]}`, "BEGIN:VCARD\nFN:Maija\nORG:Kinno\\, Oy;Osasto\nEND:VCARD\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, as := range append(network.Formats(), network.VCard) {
			got, err := network.ReadFile(bytes.NewReader(raw), as)
			looked, wrong, looks := network.LookFile(bytes.NewReader(raw), as)
			if err == nil && (looks != nil || len(wrong) > 0 || !cmp.Equal(got, looked)) {
				t.Fatalf("%s: looked at otherwise than read: %v %v", as, wrong, looks)
			}
			if err != nil {
				if e := fault.List(err)[0]; !strings.HasPrefix(e.Key, "network.file.") {
					t.Fatalf("%s: %v", as, err)
				}
				continue
			}
			keys := map[string]bool{}
			for _, n := range got.Nodes {
				if n.Key == "" || n.Name == "" || keys[n.Key] {
					t.Fatalf("%s: %+v", as, n)
				}
				keys[n.Key] = true
			}
			for _, x := range got.Ties {
				if !keys[x.From] || !keys[x.To] || !(x.Weight > 0 && x.Weight <= 1) {
					t.Fatalf("%s: %+v", as, x)
				}
			}
		}
	})
}

func TestAFileIsTakenOnceAndWithoutPersons(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		ctx := context.Background()
		actors := actor.New(b.db, b.clock, b.ids)
		take := func(f network.File) network.Taken {
			t.Helper()
			got, err := b.ties.Take(ctx, here, "kysely", "kysely.csv", f, func(ctx context.Context, tx *store.Tx, name string) (ident.ID, error) {
				_, id, err := actors.Resolve(ctx, tx, here, name, func(string) bool { return false })
				return id, err
			})
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		f := network.File{Nodes: []network.FileNode{{Key: "a", Name: "Kymen Melojat ry"}, {Key: "b", Name: "KYMEN MELOJAT RY."}, {Key: "c", Name: "Iitin kunta"}, {Key: "d", Name: "Maija", Person: true}},
			Ties: []network.FileTie{{From: "a", To: "c", Weight: 0.5, Since: 2009, Until: 2012}, {From: "b", To: "c", Weight: 1}, {From: "a", To: "b", Weight: 1}, {From: "d", To: "c", Weight: 1}}}
		want := network.Taken{Ties: 1, Organisations: 3, Persons: 1, Same: 2}
		for range 2 {
			if got := take(f); got != want {
				t.Errorf("%+v", got)
			}
			if n, err := network.CountFiled(ctx, b.db, here, "kysely"); err != nil || n != 1 {
				t.Errorf("%d ties, %v", n, err)
			}
		}
		f.Ties = nil
		take(f)
		if n, err := network.CountFiled(ctx, b.db, here, "kysely"); err != nil || n != 0 {
			t.Errorf("%d ties of before, %v", n, err)
		}
	})
}
