package introduction

import (
	"context"

	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/ground/ident"
	"kokko/region/actor"
	"kokko/region/knowhow"
)

// Post is an open part of a ring.
type Post struct {
	Text, Language string // what it is looked for by
}

// Member is who could take a post, with what speaks for it.
type Member struct {
	Post int
	knowhow.Knower
}

// Team is people and organisations who could take the open posts of a ring together.
type Team struct {
	Members []Member
	Open    []int // posts nobody could take
}

const lookHolders = 12 // for each post

// Teams are up to three ways to fill the open posts of a spark's ring: each post by one
// who has what speaks for it, nobody twice, near to who brought the spark and to each
// other, not overloaded, and of more than one sector or place. Persons are those who
// chose to be found and may be asked now; who is in the ring already, by their address, is
// not proposed.
func (s *Service) Teams(ctx context.Context, region string, sp ident.ID, posts []Post, in []ident.ID) (teams []Team, err error) {
	if s.know == nil || s.network == nil || len(posts) == 0 {
		return nil, nil
	}
	now, err := s.network.Now(ctx, region)
	if err != nil {
		return nil, err
	}
	loads, err := s.Loads(ctx, s.db, region)
	if err != nil {
		return nil, err
	}
	var lineup knowwho.Lineup
	bringer, _, err := s.bringer(ctx, s.db, region, sp)
	if err != nil {
		return nil, err
	}
	if n, ok := now.Number(bringer.Actor); ok {
		lineup.Leaders = []uint32{n}
	}
	except := []ident.ID{bringer.Actor}
	for _, at := range in {
		a, ok, err := actor.OfAddress(ctx, s.db, region, at)
		if err != nil {
			return nil, err
		}
		if ok {
			except = append(except, a.ID)
		}
	}
	groups := map[string]int{}
	roles, by := make([]knowwho.Role, len(posts)), make([]map[uint32]knowhow.Knower, len(posts))
	needs := make([]knowhow.Need, len(posts))
	for i, p := range posts {
		needs[i] = knowhow.Need{Text: p.Text, Language: language.Language(p.Language), Most: lookHolders, Except: except, Load: func(id ident.ID) float64 { return loads[id] }}
	}
	holders, err := s.know.FindMany(ctx, region, needs)
	if err != nil {
		return nil, err
	}
	for i := range posts {
		found := holders[i]
		var people []ident.ID
		best := 0.0
		for _, k := range found {
			best = max(best, k.Score)
			if k.Actor.Person {
				people = append(people, k.Actor.ID)
			}
		}
		may, err := s.mayBeAskedOf(ctx, s.db, region, loads, people...)
		if err != nil {
			return nil, err
		}
		by[i] = map[uint32]knowhow.Knower{}
		for _, k := range found {
			n, there := now.Number(k.Actor.ID)
			if _, asked := may[k.Actor.ID]; !there || best <= 0 || k.Actor.Person && !asked {
				continue
			}
			by[i][n] = k
			h := knowwho.Holder{Node: n, Fit: k.Score / best, Load: loads[k.Actor.ID], Group: -1}
			if at := now.Nodes[n].Sector + "/" + now.Nodes[n].Place; at != "/" {
				if _, known := groups[at]; !known {
					groups[at] = len(groups)
				}
				h.Group = groups[at]
			}
			roles[i].Holders = append(roles[i].Holders, h)
		}
	}
	for _, t := range knowwho.Teams(now.View(), roles, lineup) {
		var team Team
		for i, n := range t.People {
			if k, ok := by[i][n]; n != knowwho.Unfilled && ok {
				team.Members = append(team.Members, Member{i, k})
			} else {
				team.Open = append(team.Open, i)
			}
		}
		if len(team.Members) > 0 {
			teams = append(teams, team)
		}
	}
	return teams, nil
}
