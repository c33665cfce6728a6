package introduction

import (
	"cmp"
	"context"
	"database/sql"
	"math"
	"slices"
	"strings"
	"time"

	"kokko/engine/knowwho"
	"kokko/engine/language"
	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/audit"
	"kokko/region/knowhow"
	"kokko/region/network"
	"kokko/region/office"
)

const (
	proposalColumns = `p.region_id, p.proposal_id, p.week_day, p.spark_id, p.asker_id, p.other_id, p.kinds, p.state, p.reason, p.officer_id, p.decided_at, p.introduction_id`
	insertProposal  = `INSERT INTO proposals (region_id, proposal_id, week_day, spark_id, asker_id, other_id, kinds, state, reason, officer_id, decided_at, introduction_id) VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 0, 0, 0)`
	lockProposal    = `UPDATE proposals SET state = state WHERE region_id = $1 AND proposal_id = $2`
	decideProposal  = `UPDATE proposals SET state = $3, reason = $4, officer_id = $5, decided_at = $6, introduction_id = $7 WHERE region_id = $1 AND proposal_id = $2`
	selectProposal  = `SELECT ` + proposalColumns + ` FROM proposals p WHERE p.region_id = $1 AND p.proposal_id = $2`
	selectProposals = `SELECT ` + proposalColumns + ` FROM proposals p WHERE p.region_id = $1 AND p.proposal_id > $2 ORDER BY p.proposal_id`
	selectWhose     = `SELECT ` + proposalColumns + ` FROM proposals p WHERE p.region_id = $1 AND (p.asker_id = $2 OR p.other_id = $2) ORDER BY p.proposal_id`
	dropWhose       = `DELETE FROM proposals WHERE region_id = $1 AND (asker_id = $2 OR other_id = $2)`
	dropProposals   = `DELETE FROM proposals WHERE region_id = $1 AND proposal_id < $2`

	putWeight     = `INSERT INTO proposal_weights (region_id, kind, weight, refused, accepted, changed_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (region_id, kind) DO UPDATE SET weight = excluded.weight, refused = excluded.refused, accepted = excluded.accepted, changed_at = excluded.changed_at`
	selectWeights = `SELECT kind, weight, refused, accepted, changed_at FROM proposal_weights WHERE region_id = $1 ORDER BY kind`
	dropWeights   = `DELETE FROM proposal_weights WHERE region_id = $1`
)

// Proposing has introductions proposed by what people know and whom they know already.
func (s *Service) Proposing(know *knowhow.Service, now *network.Memory) *Service {
	s.know, s.network = know, now
	return s
}

func proposals(rows *sql.Rows, err error) (all []Proposal, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var p Proposal
		var kinds string
		var decided int64
		err := rows.Scan(&p.Region, &p.ID, &p.Week, &p.Spark, &p.Asker, &p.Other, &kinds, &p.State, &p.Reason, &p.Officer, &decided, &p.Introduction)
		p.Kinds, p.Decided = strings.Fields(kinds), clock.FromMicros(decided)
		all = append(all, p)
		return err
	})
	return all, err
}

// Proposals lists those that were proposed since a moment, the oldest first.
func Proposals(ctx context.Context, from store.Source, region string, since time.Time) ([]Proposal, error) {
	return proposals(from.Query(ctx, selectProposals, region, int64(ident.At(since))))
}

// ProposalsOf lists those in which a person or an organisation has a part.
func ProposalsOf(ctx context.Context, from store.Source, region string, of ident.ID) ([]Proposal, error) {
	return proposals(from.Query(ctx, selectWhose, region, int64(of)))
}

// OneProposal reads a proposal; a NotFound fault when there is none.
func OneProposal(ctx context.Context, from store.Source, region string, id ident.ID) (Proposal, error) {
	all, err := proposals(from.Query(ctx, selectProposal, region, int64(id)))
	if err == nil && len(all) == 0 {
		err = fault.New(fault.NotFound, "introduction.none")
	}
	if err != nil {
		return Proposal{}, err
	}
	return all[0], nil
}

// Learned is what the office's answers have taught, by kind.
func Learned(ctx context.Context, from store.Source, region string) (all []Weight, err error) {
	rows, err := from.Query(ctx, selectWeights, region)
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var w Weight
		var weight, changed int64
		err := rows.Scan(&w.Kind, &weight, &w.Refused, &w.Accepted, &changed)
		w.Weight, w.Changed = float64(weight)/1000, clock.FromMicros(changed)
		all = append(all, w)
		return err
	})
	return all, err
}

// Unlearn forgets what was learned.
func (s *Service) Unlearn(ctx context.Context, region string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, dropWeights, region); err != nil {
			return err
		}
		return s.note(ctx, tx, region, audit.LearnedForgotten, audit.About{}, 0)
	})
}

// note leaves a line in the office's log, of an officer who is not signed in as well:
// who opened the link of a letter.
func (s *Service) note(ctx context.Context, tx *store.Tx, region string, what audit.What, about audit.About, officer ident.ID) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), Officer: cmp.Or(audit.Who(ctx), officer), What: what, About: about})
}

// Bounds of what is looked at for five proposals.
const (
	lookSparks = 60
	lookPeople = 200
	lookFound  = 8  // for each need
	akin       = .6 // what knowing something akin counts for, beside knowing it
)

// wish is what somebody would meet somebody for.
type wish struct {
	spark, asker  ident.ID
	text, lang    string
	place, sector string
}

// Propose chooses the week's five, unless that was done.
func (s *Service) Propose(ctx context.Context, region string) error {
	if s.know == nil || s.network == nil {
		return nil
	}
	today := office.Today(s.clock)
	monday := today - workday.Day((int(today)+3)%7)
	before, err := Proposals(ctx, s.db, region, s.clock.Now().Add(-Kept))
	if err != nil || slices.ContainsFunc(before, func(p Proposal) bool { return p.Week == monday }) {
		return err
	}
	loads, err := s.Loads(ctx, s.db, region)
	if err != nil {
		return err
	}
	wishes, err := s.wishes(ctx, region, loads)
	if err != nil {
		return err
	}
	all, err := s.candidates(ctx, region, loads, wishes, before)
	if err != nil {
		return err
	}
	learned, err := Learned(ctx, s.db, region)
	if err != nil {
		return err
	}
	weights := map[string]float64{}
	for _, w := range learned {
		weights[w.Kind] = w.Weight
	}
	chosen := pick(all, weights)
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, dropProposals, region, int64(ident.At(s.clock.Now().Add(-Kept)))); err != nil {
			return err
		}
		for _, p := range chosen {
			if _, err := tx.Exec(ctx, insertProposal, region, int64(s.ids.New()), int64(monday), int64(p.Spark), int64(p.Asker), int64(p.Other), strings.Join(p.Kinds, " ")); err != nil {
				return err
			}
		}
		return nil
	})
}

// wishes are what the bringers of open sparks who can be written to, and people who chose
// to be found, would meet somebody for.
func (s *Service) wishes(ctx context.Context, region string, loads map[ident.ID]float64) (all []wish, err error) {
	list, _, err := spark.List(ctx, s.db, region, spark.Filter{Limit: lookSparks})
	if err != nil {
		return nil, err
	}
	list = slices.DeleteFunc(list, func(sp spark.Spark) bool { return !sp.Open })
	bringers, err := s.bringers(ctx, s.db, region, spark.IDs(list)...)
	if err != nil {
		return nil, err
	}
	for _, sp := range list {
		b, ok := bringers[sp.ID]
		if !ok {
			continue
		}
		all = append(all, wish{spark: sp.ID, asker: b.Actor, text: sp.Sought(), lang: sp.Language, place: sp.Place})
	}
	people, err := actor.FindablePeople(ctx, s.db, region, actor.Where{}, 0, lookPeople)
	if err != nil {
		return nil, err
	}
	ids := make([]ident.ID, len(people))
	for i, p := range people {
		ids[i] = p.ID
	}
	may, err := s.mayBeAskedOf(ctx, s.db, region, loads, ids...)
	if err != nil {
		return nil, err
	}
	written, err := knowhow.WrittenOfMany(ctx, s.db, region, ids...)
	if err != nil {
		return nil, err
	}
	for _, p := range people {
		if _, ok := may[p.ID]; !ok {
			continue
		}
		for _, i := range written[p.ID] {
			if i.Kind == knowhow.Wanted && i.State == knowhow.Holds {
				all = append(all, wish{asker: p.ID, text: i.Text, lang: i.Language, place: p.Place, sector: p.Sector})
			}
		}
	}
	return all, nil
}

// bringer is the side of who brought a spark, as far as they can be written to; ok is
// false for nobody.
func (s *Service) bringer(ctx context.Context, from store.Source, region string, sp ident.ID) (side Side, ok bool, err error) {
	all, err := s.bringers(ctx, from, region, sp)
	side, ok = all[sp]
	return side, ok, err
}

// bringers is bringer of many sparks at once: of one whose bringer cannot be written to
// nothing.
func (s *Service) bringers(ctx context.Context, from store.Source, region string, sparks ...ident.ID) (map[ident.ID]Side, error) {
	sides := map[ident.ID]Side{}
	if len(sparks) == 0 {
		return sides, nil
	}
	all, err := spark.Bringers(ctx, from, region, sparks...)
	if err != nil {
		return nil, err
	}
	var emails []string
	for id, list := range all {
		if i := slices.IndexFunc(list, func(b spark.Bringer) bool { return b.Email != "" }); i >= 0 {
			b := list[i]
			sides[id] = Side{Role: Asker, Email: b.Email, Name: b.Name, Language: b.Language}
			emails = append(emails, b.Email)
		}
	}
	addresses, err := address.ByEmails(ctx, from, region, emails...)
	if err != nil {
		return nil, err
	}
	var confirmed []ident.ID
	for _, a := range addresses {
		confirmed = append(confirmed, a.ID)
	}
	people, err := actor.PeopleOfAddresses(ctx, from, region, confirmed...)
	for id, side := range sides {
		a, ok := addresses[side.Email]
		if !ok {
			continue
		}
		if !a.Reachable() {
			delete(sides, id)
			continue
		}
		side.Address, side.Actor = a.ID, people[a.ID].ID
		sides[id] = side
	}
	return sides, err
}

// pairKey is one need and whom it would meet.
type pairKey struct{ spark, asker, other ident.ID }

// candidates are who could help with a wish and does not know whoever has it.
func (s *Service) candidates(ctx context.Context, region string, loads map[ident.ID]float64, wishes []wish, before []Proposal) (all []candidate, err error) {
	now, err := s.network.Now(ctx, region)
	if err != nil {
		return nil, err
	}
	seen := map[pairKey]bool{}
	for _, p := range before {
		seen[pairKey{p.Spark, p.Asker, p.Other}] = true
	}
	var askers, people []ident.ID
	needs := make([]knowhow.Need, len(wishes))
	for i, w := range wishes {
		needs[i] = knowhow.Need{Text: w.text, Language: language.Language(w.lang), Most: lookFound, From: w.asker, Load: func(id ident.ID) float64 { return loads[id] }}
	}
	found, err := s.know.FindMany(ctx, region, needs)
	if err != nil {
		return nil, err
	}
	for i, w := range wishes {
		if w.asker != 0 && len(found[i]) > 0 && !slices.Contains(askers, w.asker) {
			askers = append(askers, w.asker)
		}
		for _, k := range found[i] {
			if k.Actor.Person {
				people = append(people, k.Actor.ID)
			}
		}
	}
	slices.Sort(people)
	may, err := s.mayBeAskedOf(ctx, s.db, region, loads, slices.Compact(people)...)
	if err != nil {
		return nil, err
	}
	knows, err := acquainted(ctx, s.db, region, askers)
	if err != nil {
		return nil, err
	}
	for i, w := range wishes {
		best := 0.0
		for _, k := range found[i] {
			best = max(best, k.Score)
		}
		for _, k := range found[i] {
			_, asked := may[k.Actor.ID]
			n, there := now.Number(k.Actor.ID)
			key := pairKey{w.spark, w.asker, k.Actor.ID}
			if knows[[2]ident.ID{w.asker, k.Actor.ID}] || k.Actor.Person && !asked || !there || seen[key] || best <= 0 {
				continue
			}
			seen[key] = true
			all = append(all, w.candidate(k, now.Nodes[n], k.Score/best))
		}
	}
	return all, nil
}

// acquainted are whom each of these people knows, or is of.
func acquainted(ctx context.Context, from store.Source, region string, people []ident.ID) (map[[2]ident.ID]bool, error) {
	knows := map[[2]ident.ID]bool{}
	ties, err := network.OfMany(ctx, from, region, people...)
	if err != nil {
		return nil, err
	}
	for _, t := range ties {
		knows[[2]ident.ID{t.From, t.To}], knows[[2]ident.ID{t.To, t.From}] = true, true
	}
	of, err := actor.MembershipsOfAll(ctx, from, region, people...)
	for _, m := range of {
		knows[[2]ident.ID{m.Person, m.Organisation}] = true
	}
	return knows, err
}

// candidate is one who could help with a wish.
func (w wish) candidate(k knowhow.Knower, n network.Node, fit float64) candidate {
	c := candidate{Proposal: Proposal{Spark: w.spark, Asker: w.asker, Other: k.Actor.ID}, fit: fit, where: min(w.place, n.Place) + "/" + max(w.place, n.Place)}
	if k.Step != knowwho.Competence {
		c.fit *= akin
	}
	whose := "wanted"
	if w.spark != 0 {
		whose = "spark"
	}
	c.Kinds = []string{forKind + whose, byKind + string(k.Reasons[0].Item.Kind)}
	over := len(c.Kinds)
	if w.place != "" && n.Place != "" && w.place != n.Place {
		c.Kinds = append(c.Kinds, overKind+"place")
	}
	if w.sector != "" && n.Sector != "" && w.sector != n.Sector {
		c.Kinds = append(c.Kinds, overKind+"sector")
	}
	if len(c.Kinds) == over {
		c.Kinds = append(c.Kinds, overKind+"none")
	}
	return c
}

// need is what a proposal is for and who has it, as they stand now; ok is false when it
// is there no more, or whoever has it may not be asked.
func (s *Service) need(ctx context.Context, from store.Source, p Proposal) (text, lang, title string, asker Side, ok bool, err error) {
	if p.Spark != 0 {
		sp, err := spark.ByID(ctx, from, p.Region, p.Spark)
		if fault.Is(err, fault.NotFound) || err == nil && (!sp.Listed || !sp.Open) {
			return "", "", "", asker, false, nil
		}
		if err != nil {
			return "", "", "", asker, false, err
		}
		asker, ok, err = s.bringer(ctx, from, p.Region, p.Spark)
		return sp.Sought(), sp.Language, sp.Title, asker, ok, err
	}
	may, err := s.mayBeAsked(ctx, from, p.Region, p.Asker)
	a, ok := may[p.Asker]
	if err != nil || !ok {
		return "", "", "", asker, false, err
	}
	who, err := actor.PersonByID(ctx, from, p.Region, p.Asker)
	if err != nil {
		return "", "", "", asker, false, err
	}
	items, err := knowhow.WrittenOf(ctx, from, p.Region, p.Asker)
	var texts []string
	for _, i := range items {
		if i.Kind == knowhow.Wanted && i.State == knowhow.Holds {
			texts, lang = append(texts, i.Text), i.Language
		}
	}
	return strings.Join(texts, "\n"), lang, strings.Join(texts, "\n"), Side{Role: Asker, Address: a.ID, Actor: p.Asker, Email: a.Email, Name: who.Name, Language: a.Language}, len(texts) > 0, err
}

// Explained is a proposal with why it was made, as it stands now.
type Explained struct {
	Proposal
	Asker Side // who would meet them
	Title string
	Lang  string
	knowhow.Knower
}

// Explain tells why a proposal was made, by what is known and may be told now; ok is
// false when nothing speaks for it any more, or somebody does not want to be asked.
func (s *Service) Explain(ctx context.Context, p Proposal) (x Explained, ok bool, err error) {
	text, lang, title, asker, ok, err := s.need(ctx, s.db, p)
	if err != nil || !ok {
		return x, false, err
	}
	found, err := s.know.Find(ctx, p.Region, knowhow.Need{Text: text, Language: language.Language(lang), Most: lookFound * 3, From: p.Asker})
	if err != nil {
		return x, false, err
	}
	i := slices.IndexFunc(found, func(k knowhow.Knower) bool { return k.Actor.ID == p.Other })
	if i < 0 {
		return x, false, nil
	}
	if found[i].Actor.Person {
		may, err := s.mayBeAsked(ctx, s.db, p.Region, p.Other)
		if _, asked := may[p.Other]; err != nil || !asked {
			return x, false, err
		}
	}
	return Explained{Proposal: p, Asker: asker, Title: title, Lang: lang, Knower: found[i]}, true, nil
}

// decide runs an answer to a proposal on it, locked.
func (s *Service) decide(ctx context.Context, region string, id ident.ID, officer office.Officer, c Choice, r Reason, do func(ctx context.Context, tx *store.Tx, p Proposal) (ident.ID, error)) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.Exec(ctx, lockProposal, region, int64(id)); err != nil {
			return err
		}
		p, err := OneProposal(ctx, tx, region, id)
		if err != nil {
			return err
		}
		if p.State != Undecided {
			return fault.New(fault.Conflict, "introduction.moved")
		}
		began, err := do(ctx, tx, p)
		if err != nil {
			return err
		}
		now := s.clock.Now()
		if _, err := tx.Exec(ctx, decideProposal, region, int64(id), string(c), string(r), int64(officer.ID), clock.Micros(now), int64(began)); err != nil {
			return err
		}
		learned, err := Learned(ctx, tx, region)
		if err != nil {
			return err
		}
		for _, kind := range p.teaches(c, r) {
			w := Weight{Kind: kind}
			if i := slices.IndexFunc(learned, func(w Weight) bool { return w.Kind == kind }); i >= 0 {
				w = learned[i]
			}
			w = w.learn(c)
			if _, err := tx.Exec(ctx, putWeight, region, kind, int64(math.Round(w.Weight*1000)), int64(w.Refused), int64(w.Accepted), clock.Micros(now)); err != nil {
				return err
			}
		}
		what := audit.ProposalRejected
		if c == Taken {
			what = audit.ProposalTaken
		}
		return s.note(ctx, tx, region, what, audit.About{}, officer.ID)
	})
}

// Reject says that a proposal is not worth making, and why: that kind of reason weighs
// less from then on.
func (s *Service) Reject(ctx context.Context, region string, id ident.ID, officer office.Officer, r Reason) error {
	if !slices.Contains(Reasons(), r) {
		return fault.New(fault.Invalid, "introduction.reason.missing").On("reason")
	}
	return s.decide(ctx, region, id, officer, Rejected, r, func(context.Context, *store.Tx, Proposal) (ident.ID, error) { return 0, nil })
}

// Accept begins the introduction of a proposal, in the officer's words: the one who has
// the need is asked first, then the other.
func (s *Service) Accept(ctx context.Context, region string, id ident.ID, officer office.Officer, pass Pass) error {
	return s.decide(ctx, region, id, officer, Taken, "", func(ctx context.Context, tx *store.Tx, p Proposal) (ident.ID, error) {
		_, _, _, asker, ok, err := s.need(ctx, tx, p)
		if err == nil && !ok {
			err = fault.New(fault.Conflict, "introduction.moved")
		}
		if err != nil {
			return 0, err
		}
		all, err := actor.ByIDs(ctx, tx, region, p.Other)
		if err != nil {
			return 0, err
		}
		other, ok := all[p.Other]
		if !ok {
			return 0, fault.New(fault.NotFound, "introduction.other")
		}
		now := s.clock.Now()
		asker.Role = Asker
		x := Introduction{Region: region, ID: s.ids.New(), Spark: p.Spark, Wanted: other.Title, Began: now, Turned: now, Until: now.Add(Open), Asker: asker,
			Broker: Side{Role: Broker, Officer: officer.ID, Email: officer.Email, Name: officer.Name, Language: officer.Language, Answer: Yes, Answered: now},
			Other:  Side{Role: Other, Actor: p.Other, Language: asker.Language}}
		if r := []rune(x.Wanted); len(r) > MaxWanted {
			x.Wanted = string(r[:MaxWanted])
		}
		if err := s.reach(ctx, tx, &x); err != nil {
			return 0, err
		}
		if err := pass.check(x.Other.Email != "", "email"); err != nil {
			return 0, err
		}
		if pass.Remark == "" {
			return 0, fault.New(fault.Invalid, "words.missing").On("remark")
		}
		if x.Other.Email == "" {
			if err := x.otherAt(ctx, tx, pass); err != nil {
				return 0, err
			}
		}
		x.Remark, x.State = pass.Remark, x.state()
		return x.ID, s.begin(ctx, tx, &x)
	})
}

// Offer is how somebody who knows somebody brings them together with who brought a
// spark.
type Offer struct {
	Spark    ident.ID
	Name     string // of who knows them
	Actor    ident.ID
	Wanted   string // what the other can do, in words that do not name them; their own name for an actor
	Pass     Pass   // where the other is reached, what they are called, and two sentences
	Language string
}

// Check cleans an offer and finds every mistake in it.
func (o *Offer) Check() error {
	var wrong fault.Many
	var err error
	if o.Name, err = spark.Name(o.Name, "name"); err == nil && o.Name == "" {
		err = fault.New(fault.Invalid, "introduction.name.missing").On("name")
	}
	note := func(err error) {
		if err != nil {
			wrong = append(wrong, fault.List(err)...)
		}
	}
	note(err)
	o.Wanted, err = spark.Words(o.Wanted, "wanted", MaxWanted)
	o.Wanted = spark.CleanLine(o.Wanted)
	note(err)
	note(o.Pass.check(o.Actor != 0, "whom"))
	if o.Pass.Remark == "" {
		note(fault.New(fault.Invalid, "words.missing").On("remark"))
	}
	return wrong.OrNil()
}

// Bring begins an introduction by somebody who knows somebody, inside the transaction
// that confirms their address: who brought the spark is asked first, by what the other
// can do, and the other then. Who they are is told to nobody before they have said yes.
func (s *Service) Bring(ctx context.Context, tx *store.Tx, who address.Address, o Offer) (x Introduction, err error) {
	if err := o.Check(); err != nil {
		return x, err
	}
	if err := s.mayAsk(ctx, tx, who, Broker); err != nil {
		return x, err
	}
	asker, ok, err := s.bringer(ctx, tx, who.Region, o.Spark)
	if err == nil && !ok {
		err = fault.New(fault.Conflict, "introduction.unreachable")
	}
	if err == nil && (asker.Email == who.Email || o.Pass.Email != "" && o.Pass.Email == who.Email) {
		err = fault.New(fault.Conflict, "introduction.self")
	}
	if err != nil {
		return x, err
	}
	me, err := s.actors.Person(ctx, tx, who, o.Name)
	if err != nil {
		return x, err
	}
	if o.Actor != 0 && (o.Actor == me.ID || o.Actor == asker.Actor) {
		return x, fault.New(fault.Conflict, "introduction.self")
	}
	now := s.clock.Now()
	x = Introduction{Region: who.Region, ID: s.ids.New(), Spark: o.Spark, Wanted: o.Wanted, Remark: o.Pass.Remark, Began: now, Turned: now, Until: now.Add(Open), Asker: asker,
		Broker: Side{Role: Broker, Address: who.ID, Actor: me.ID, Email: who.Email, Name: o.Name, Language: o.Language, Answer: Yes, Answered: now},
		Other:  Side{Role: Other, Actor: o.Actor, Language: o.Language}}
	if err := s.reach(ctx, tx, &x); err != nil {
		return x, err
	}
	if x.Other.Email == "" {
		if o.Pass.Email == "" {
			return x, fault.New(fault.Invalid, "introduction.email.missing").On("whom")
		}
		if err := x.otherAt(ctx, tx, o.Pass); err != nil {
			return x, err
		}
	}
	x.State = x.state()
	return x, s.begin(ctx, tx, &x)
}
