package network_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kokko/engine/concept"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
)

// towns are organisations of some groups, each about one of its group's topics and one of
// those all have, with ties among those who share a topic unless the two groups are apart.
func (b *bench) towns(groups, each int, apart func(a, b int) bool) (s *network.Snapshot, topics map[ident.ID][]concept.ID) {
	b.Helper()
	topics = map[ident.ID][]concept.ID{}
	b.tx(func(ctx context.Context, tx *store.Tx) error {
		for i := range groups * each {
			if _, err := tx.Exec(ctx, `INSERT INTO actors (region_id, actor_id, title) VALUES ('kouvola', $1, $2)`, i+1, fmt.Sprintf("Toimija %02d %d", i%groups, i)); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range groups * each {
		topics[ident.ID(i+1)] = []concept.ID{concept.ID(100 + i/groups%5), 7, concept.ID(900 + i)}
	}
	var all []network.Tie
	for i := range groups * each {
		for j := range i {
			if i%groups != j%groups && i/groups%5 == j/groups%5 && (i/groups+j/groups)%2 == 0 && !apart(i%groups, j%groups) {
				all = append(all, network.Tie{From: ident.ID(i + 1), To: ident.ID(j + 1), Why: network.Project, Source: ident.ID(1000*i + j + 1), At: b.clock.Now()})
			}
		}
	}
	b.derive(all...)
	s, err := network.NewMemory(b.db, b.clock).Now(context.Background(), here)
	if err != nil {
		b.Fatal(err)
	}
	return s, topics
}

func town(n network.Node) string {
	if words := strings.Fields(n.Title); len(words) > 1 && words[0] == "Toimija" {
		return words[1]
	}
	return "00" // also persons: the test is that they are not counted
}

// Two groups that are about the same and are tied less than others are told, with what
// they have in common, and who of them could meet; nobody else, and no person.
func TestGroupsWithMuchInCommonAndFewTiesAreTold(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s, topics := b.towns(4, 25, func(x, y int) bool { return x+y == 1 })
		all := s.Picture(network.Filter{}).Common(town, topics, 9)
		if len(all) != 1 || all[0].A != "00" || all[0].B != "01" || all[0].Ties != 0 || all[0].Expected < network.Few {
			t.Fatalf("%+v", all)
		}
		x := all[0]
		if x.Sharing != 5*5*5 { // five topics, five of each group about each
			t.Errorf("%d pairs share a topic", x.Sharing)
		}
		if slices.Sort(x.Topics); !slices.Equal(x.Topics, []concept.ID{100, 101, 102, 103, 104}) { // not the one that all have
			t.Errorf("%v", x.Topics)
		}
		for side, group := range []string{"00", "01"} {
			if len(x.Invite[side]) == 0 {
				t.Errorf("nobody of %s", group)
			}
			for _, n := range x.Invite[side] {
				if town(n) != group || n.Person {
					t.Errorf("%+v of %s", n, group)
				}
			}
		}
		// Where ties are as everywhere nothing is told, nor where nobody has anything in common.
		if all := s.Picture(network.Filter{}).Common(town, map[ident.ID][]concept.ID{1: {5}, 2: {6}}, 9); len(all) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

func TestGroupsAsOthersAreNotTold(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		s, topics := b.towns(4, 25, func(int, int) bool { return false })
		if all := s.Picture(network.Filter{}).Common(town, topics, 9); len(all) != 0 {
			t.Errorf("%+v", all)
		}
	})
}

// Whatever people choose, and whatever they are tied to, they change nothing of it.
func TestPeopleAreNoPartOfWhatGroupsHaveInCommon(t *testing.T) {
	each(t, func(t *testing.T, b *bench) {
		c := b.crowd()
		s, topics := b.towns(4, 25, func(x, y int) bool { return x+y == 1 })
		want := fmt.Sprint(s.Picture(network.Filter{}).Common(town, topics, 9))
		for i := range 6 {
			who, _ := b.person(c.actors, i, fmt.Sprint("Ihminen ", i))
			c.choose(who, true, actor.Findable, actor.Drawn)
			topics[who] = []concept.ID{100, 101}
			b.tx(func(ctx context.Context, tx *store.Tx) error {
				return network.Tied(ctx, tx, here, network.Tie{From: who, To: ident.ID(2 + 4*i), Why: network.Table, Source: 5, At: b.clock.Now()})
			})
		}
		now, err := c.memory.Now(context.Background(), here)
		if err != nil {
			t.Fatal(err)
		}
		if got := now.Picture(network.Filter{}).Common(town, topics, 9); strings.Contains(fmt.Sprint(got), "Ihminen") || fmt.Sprint(got) == "" {
			t.Errorf("%v", got)
		} else if len(got) != 1 || got[0].Sharing != 5*5*5 || got[0].Ties != 0 || !strings.Contains(want, "125") {
			t.Errorf("%+v, without them %s", got, want)
		}
	})
}
