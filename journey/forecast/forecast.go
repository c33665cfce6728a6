package forecast

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"time"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/programme"
)

// Definition is when a spark has caught fire: within so many days a ring of so many
// active people who are not of the office, from so many organisations or households,
// and so many commitments kept. Each forecast keeps the one it was made by, and is
// scored by that one.
type Definition struct {
	Version int // of the rule itself
	Days    int
	People  int
	Groups  int
	Kept    int
}

// Defined is the definition of a programme: measure M0, version 1, with the
// programme's own numbers where it has any. Until experiments, decisions and
// adoptions are known here, a commitment kept stands for them.
func Defined(p *programme.Programme) Definition {
	f := p.Call.Fire
	return Definition{1, cmp.Or(f.Days, 180), cmp.Or(f.People, 5), cmp.Or(f.Groups, 3), 1}
}

// String is "1/180/5/3/1", as it is stored.
func (d Definition) String() string {
	return fmt.Sprintf("%d/%d/%d/%d/%d", d.Version, d.Days, d.People, d.Groups, d.Kept)
}

// ParseDefinition reads what String writes.
func ParseDefinition(s string) (d Definition, err error) {
	if _, err = fmt.Sscanf(s, "%d/%d/%d/%d/%d", &d.Version, &d.Days, &d.People, &d.Groups, &d.Kept); err != nil || d.String() != s {
		return Definition{}, fault.New(fault.Internal, "internal").Because(fmt.Errorf("forecast: %q is no definition", s))
	}
	return d, nil
}

// Due is by when a spark has caught fire or has not.
func (d Definition) Due(dropped time.Time) time.Time {
	return dropped.Add(time.Duration(d.Days) * 24 * time.Hour)
}

// Person is one of those round a spark who are not of the office.
type Person struct {
	Group        string // the organisation or household, by any name of its own
	Organisation bool
	Sector       string // "" for not known
	Since        time.Time
}

// Ring is what is counted of those round a spark. It names nobody.
type Ring struct {
	People []Person
	Kept   []time.Time // when commitments were kept
	Taken  int         // commitments that are open
	Hosted bool        // somebody offers a place

	sparks  []ident.ID   // of whose matter it is
	counted [][]ident.ID // of each of the people who let themselves be counted: who they are, and what they are of, for the network alone
}

// actors are those who are counted and what they are of.
func (r Ring) actors() []ident.ID { return slices.Concat(r.counted...) }

// count is what a ring was at a moment.
func (r Ring) count(at time.Time) (people, groups, kept int) {
	seen := map[string]bool{}
	for _, p := range r.People {
		if !p.Since.After(at) {
			people++
			seen[p.Group] = true
		}
	}
	for _, k := range r.Kept {
		if !k.After(at) {
			kept++
		}
	}
	return people, len(seen), kept
}

// Caught tells when a spark caught fire: the first moment in its time at which all
// that the definition asks for was so. ok is false when there was none by now.
func (d Definition) Caught(dropped, now time.Time, r Ring) (at time.Time, ok bool) {
	until := d.Due(dropped)
	if now.Before(until) {
		until = now
	}
	var moments []time.Time
	for _, p := range r.People {
		moments = append(moments, p.Since)
	}
	moments = append(moments, r.Kept...)
	slices.SortFunc(moments, time.Time.Compare)
	for _, m := range moments {
		if m.After(until) {
			break
		}
		if people, groups, kept := r.count(m); people >= d.People && groups >= d.Groups && kept >= d.Kept {
			if m.Before(dropped) { // a ring that a part has from what it was split from
				m = dropped
			}
			return m, true
		}
	}
	return time.Time{}, false
}

// Lack is something a spark is still without.
type Lack string

// What a spark may lack, in the order it is told.
const (
	LacksPerson       Lack = "person"       // a second one
	LacksDoer         Lack = "doer"         // somebody who has taken a next step
	LacksOrganisation Lack = "organisation" // nobody is there for one
	LacksSector       Lack = "sector"       // all whose sector is known are of one
	LacksPlace        Lack = "place"        // to try it at
)

// Lacks is what a spark with such a ring is still without.
func (r Ring) Lacks(placed bool) (all []Lack) {
	sectors, organised := map[string]bool{}, false
	for _, p := range r.People {
		organised = organised || p.Organisation
		if p.Sector != "" {
			sectors[p.Sector] = true
		}
	}
	for _, l := range []struct {
		lack Lack
		is   bool
	}{{LacksPerson, len(r.People) < 2}, {LacksDoer, r.Taken+len(r.Kept) == 0}, {LacksOrganisation, !organised}, {LacksSector, len(sectors) == 1}, {LacksPlace, !placed && !r.Hosted}} {
		if l.is {
			all = append(all, l.lack)
		}
	}
	return all
}

// Inputs is what a forecast is made from: counts, and nothing that says whose.
type Inputs struct {
	Age      int    `json:"age"` // days since the drop
	People   int    `json:"people"`
	Groups   int    `json:"groups"`
	Sectors  int    `json:"sectors"`
	Taken    int    `json:"taken"`
	Kept     int    `json:"kept"`
	Answered bool   `json:"answered"`
	Hosted   bool   `json:"hosted"`
	Placed   bool   `json:"placed"`
	Shares   int    `json:"shares"`  // links made to tell it onward, by their makers' consent
	Reached  int    `json:"reached"` // who chose to read by them
	Lacks    []Lack `json:"lacks"`
}

// InputsOf counts what a forecast is made from.
func InputsOf(sp spark.Spark, r Ring, now time.Time) Inputs {
	people, groups, kept := r.count(now)
	sectors := map[string]bool{}
	for _, p := range r.People {
		if p.Sector != "" {
			sectors[p.Sector] = true
		}
	}
	return Inputs{Age: max(0, int(now.Sub(begun(sp))/(24*time.Hour))), People: people, Groups: groups, Sectors: len(sectors), Taken: r.Taken, Kept: kept,
		Answered: !sp.Answered.IsZero() && !sp.Answered.After(now), Hosted: r.Hosted, Placed: sp.Place != "", Lacks: r.Lacks(sp.Place != "")}
}

// aged are the ages, in days, from which on a forecast is made anew though nothing
// else has changed, and at which forecasts are scored (measure M22).
func aged() []int { return []int{0, 7, 30} }

// digest tells inputs apart; of the age only what aged tells apart.
func (x Inputs) digest(d Definition, model string, base Base) string {
	x.Age = stage(x.Age)
	raw, err := json.Marshal(struct {
		Inputs     Inputs
		Definition string
		Model      string
		Base       Base
	}{x, d.String(), model, base})
	if err != nil {
		panic(err) // numbers and words
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:16])
}

// Base is how many sparks of a region have had their time by a definition, and how
// many of them caught fire in it.
type Base struct{ Finished, Caught int }

// Rate is the share that caught fire; half when there is none to tell.
func (b Base) Rate() float64 {
	if b.Finished == 0 {
		return .5
	}
	return float64(b.Caught) / float64(b.Finished)
}

// OfTen is the rate in natural frequencies: of ten such sparks, about so many.
func (b Base) OfTen() int { return int(math.Round(10 * b.Rate())) }

// Enough is from how many finished sparks on more than the base rate is told.
const Enough = 30

// Evidence is what a forecast rests on.
type Evidence string

const (
	Nothing  Evidence = "none"     // no spark has had its time yet
	Few      Evidence = "few"      // too few have: their rate alone
	BaseRate Evidence = "base"     // enough have, and no more than their rate has proved right
	Learnt   Evidence = "learnt"   // a model that did better than the base rate
	Happened Evidence = "happened" // it has caught fire already
)

// Range is a low, a middle and a high value: with four chances of five between the
// outer ones. The zero Range says nothing.
type Range struct {
	Low, Mid, High float64
	Known          bool
}

// Why is what made a forecast be made.
type Why string

const (
	Drop         Why = "drop"
	Supporter    Why = "supporter"
	Step         Why = "step" // somebody took a next step, kept it or let it go
	Answer       Why = "answer"
	Introduction Why = "introduction"
	Share        Why = "share"
	Joined       Why = "joined"  // with sparks of the same matter, or parted
	Network      Why = "network" // those who are counted are others, or are tied otherwise
	Time         Why = "time"
	Asked        Why = "asked"
)

// Outcome is what became of what was forecast.
type Outcome string

const (
	Open   Outcome = ""
	Caught Outcome = "caught"
	NotYet Outcome = "not_in_time"
	Void   Outcome = "void" // withdrawn, or carried on with another: nothing to score
)

// Forecast is what was said of one spark at one moment.
type Forecast struct {
	Region     string
	Spark      ident.ID
	ID         ident.ID
	Made       time.Time
	Why        Why
	Definition Definition
	Model      string
	Digest     string // of the inputs
	Evidence   Evidence
	Base       Base  // when it was made
	Chance     Range // of catching fire
	Reach      Range // how many people come round it within its time
	Due        time.Time
	Inputs     Inputs
	Spread     Spread
	Outcome    Outcome
	Scored     time.Time

	// Of one that was made now, and not of one that was kept: what it was made from.
	Ring  Ring
	place string   // of the spark
	cares []string // what of the programme it is of
}

// Spread is how many were forecast to come round a spark, by when.
type Spread struct {
	Runs int   `json:"runs,omitempty"` // finished sparks it rests on
	Days []Day `json:"days,omitempty"`
}

// Day is how many have come by a day after the drop.
type Day struct {
	Day  int `json:"day"`
	Low  int `json:"low"`
	Mid  int `json:"mid"`
	High int `json:"high"`
}

// Group is how many of a place or a sector are reached: in four cases of five between
// the outer numbers, in half of them no more than the middle one.
type Group struct {
	ID             string
	Size           int
	Low, Mid, High int
}

// Range is how many are reached.
func (g Group) Range() Range { return Range{float64(g.Low), float64(g.Mid), float64(g.High), true} }

// Fewest is below how many in a group nothing is told of it.
const Fewest = 5

// models by their version.
const (
	baseModel = "base-1" // the base rate of the region
)

// wide is how far from the middle four chances of five reach, in standard deviations.
const wide = 1.2816

// between is where the true rate may lie of which so many of so many were seen: the
// score interval of Wilson (1927).
func between(b Base) Range {
	n, p := float64(b.Finished), b.Rate()
	if b.Finished == 0 {
		return Range{}
	}
	z2 := wide * wide
	mid := (p + z2/(2*n)) / (1 + z2/n)
	half := wide / (1 + z2/n) * math.Sqrt(p*(1-p)/n+z2/(4*n*n))
	return Range{max(0, mid-half), mid, min(1, mid+half), true}
}

// weigh makes a forecast of counted inputs. With too little evidence it says the base
// rate and no chance of the spark's own; known is nil then.
func weigh(d Definition, x Inputs, base Base, caught bool, known *taught) (f Forecast, err error) {
	f = Forecast{Definition: d, Inputs: x, Base: base, Model: baseModel}
	switch {
	case caught:
		f.Evidence = Happened
	case base.Finished == 0:
		f.Evidence = Nothing
	case base.Finished < Enough:
		f.Evidence = Few
	default:
		f.Evidence, f.Chance = BaseRate, between(base)
		own, ok, err := known.odds(x)
		if err != nil {
			return f, err
		}
		if ok {
			f.Evidence, f.Chance, f.Model = Learnt, own, fireModel
		}
		f.Reach, f.Spread = known.reach(x)
	}
	f.Digest = x.digest(d, f.Model, base)
	return f, nil
}
