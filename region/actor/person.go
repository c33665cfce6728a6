package actor

import (
	"context"
	"database/sql"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/address"
	"kokko/region/search"
)

// Bounds of what a person tells of themselves.
const (
	MaxName      = 80 // characters
	MaxRole      = 80
	MaxLanguages = 8
	MaxPace      = 20 // requests a month
	MaxMembers   = 5  // organisations at a time
)

// Choice is one thing that a person lets be done with what is known of them. Each is
// off until they say yes, and off again from the moment they say no.
type Choice string

const (
	Findable  Choice = "findable"  // found, suggested and shown on a page of their own
	Drawn     Choice = "drawn"     // on the map of the network
	Counted   Choice = "counted"   // in forecasts
	Federated Choice = "federated" // told to other regions
)

// Choices is all four, in the order they are asked.
func Choices() []Choice { return []Choice{Findable, Drawn, Counted, Federated} }

// Words is the edition of what a choice is said to mean. It rises with whatever is added
// to that, and a yes to an earlier edition does not hold: see Service.AskAnew.
func (c Choice) Words() int {
	if c == Drawn || c == Counted {
		return 2 // names in the picture of how a spark went; themes, and what came of forecasts
	}
	return 1
}

// Chosen is one answer to a choice.
type Chosen struct {
	Choice Choice
	Yes    bool
	At     time.Time
}

// Person is somebody who hangs on a confirmed address.
type Person struct {
	Actor
	Region  string
	Address ident.ID
	Profile
	Made time.Time
	// Gone tells who is told of a change that this one is: everything of the person
	// is being taken away.
	Gone bool

	chose map[Choice]bool
	back  Choice // what they have just taken back
}

// Chose tells whether a person said yes, and has not taken it back.
func (p Person) Chose(c Choice) bool { return !p.Gone && p.chose[c] }

// TookBack tells who is told of a change that it is this: the person had said yes, and
// does not any more, or is gone.
func (p Person) TookBack(c Choice) bool { return p.back == c || p.Gone && p.chose[c] }

// Busy tells that a person does not want to be asked today. It is nobody's business:
// who is busy is not suggested, and no page says why.
func (p Person) Busy(today workday.Day) bool {
	return p.Away && (p.AwayUntil == 0 || today <= p.AwayUntil)
}

// Profile is what a person tells of themselves.
type Profile struct {
	Name      string
	Place     string   // of the programme, by its id; "" for none
	Sector    string   // by its code; "" for none
	Languages []string // that they speak
	Pace      int      // how many requests a month suit them, 0 for as many as come
	Away      bool     // they have no time now
	AwayUntil workday.Day
}

var languageTag = regexp.MustCompile(`^[a-z]{2,3}$`)

// Check cleans a profile and finds everything wrong with it.
func (p *Profile) Check() error {
	var wrong fault.Many
	p.Name = strings.Join(strings.Fields(p.Name), " ")
	if n := utf8.RuneCountInString(p.Name); n > MaxName {
		wrong = append(wrong, fault.New(fault.Invalid, "too_long").On("name").With("max", MaxName).With("now", n))
	}
	slices.Sort(p.Languages)
	p.Languages = slices.Compact(p.Languages)
	if len(p.Languages) > MaxLanguages || slices.ContainsFunc(p.Languages, func(l string) bool { return !languageTag.MatchString(l) }) {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("languages"))
	}
	if p.Pace < 0 || p.Pace > MaxPace {
		wrong = append(wrong, fault.New(fault.Invalid, "person.pace.wrong").On("pace").With("max", MaxPace))
	}
	if wrongSector(p.Sector) {
		wrong = append(wrong, fault.New(fault.Invalid, "actor.sector.wrong").On("sector"))
	}
	if !p.Away {
		p.AwayUntil = 0
	}
	return wrong.OrNil()
}

// Membership is that a person is of an organisation, as told.
type Membership struct {
	ID           ident.ID
	Person       ident.ID
	Organisation ident.ID // 0 while nobody knows one of that name
	Named        string   // as it was written
	Role         string
	By           string      // who told: Self, or the office
	Since, Until workday.Day // 0 when not said
	Told         time.Time
}

// Self is who tells of themselves.
const Self = "self"

const (
	personColumns = `actor_id, address_id, name, place_id, sector, languages, pace, busy, busy_day, findable, drawn, counted, federated, made_at`
	insertPerson  = `INSERT INTO people (region_id, ` + personColumns + `) VALUES ($1, $2, $3, $4, '', '', '', 0, FALSE, 0, FALSE, FALSE, FALSE, FALSE, $5)`
	selectPerson  = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND actor_id = $2`
	selectPeople  = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND actor_id {in $2}`
	selectByOwner = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND address_id = $2`
	selectOwners  = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND address_id {in $2}`
	selectAfter   = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND actor_id > $2 ORDER BY actor_id LIMIT $3`
	selectFound   = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND findable = TRUE AND actor_id > $2 AND ($4 = '' OR sector = $4) ORDER BY actor_id LIMIT $3`
	selectFoundAt = `SELECT ` + personColumns + ` FROM people WHERE region_id = $1 AND findable = TRUE AND actor_id > $2 AND ($4 = '' OR sector = $4) AND place_id {in $5} ORDER BY actor_id LIMIT $3`
	updatePerson  = `UPDATE people SET name = $3, place_id = $4, sector = $5, languages = $6, pace = $7, busy = $8, busy_day = $9 WHERE region_id = $1 AND actor_id = $2`
	// Whoever changes something of a person does so by themselves: else what they took back
	// meanwhile would be written over by what was read before.
	lockPerson   = `UPDATE people SET actor_id = actor_id WHERE region_id = $1 AND actor_id = $2`
	setChoices   = `UPDATE people SET findable = $3, drawn = $4, counted = $5, federated = $6 WHERE region_id = $1 AND actor_id = $2`
	deletePerson = `DELETE FROM people WHERE region_id = $1 AND actor_id = $2`

	insertChoice  = `INSERT INTO people_choices (region_id, actor_id, choice, chosen_at, yes) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (region_id, actor_id, choice, chosen_at) DO UPDATE SET yes = $5`
	selectChoices = `SELECT choice, chosen_at, yes FROM people_choices WHERE region_id = $1 AND actor_id = $2 ORDER BY chosen_at, choice`
	deleteChoices = `DELETE FROM people_choices WHERE region_id = $1 AND actor_id = $2`

	putWords    = `INSERT INTO people_words (region_id, actor_id, choice, edition) VALUES ($1, $2, $3, $4) ON CONFLICT (region_id, actor_id, choice) DO UPDATE SET edition = $4`
	selectWords = `SELECT choice, edition FROM people_words WHERE region_id = $1 AND actor_id = $2 ORDER BY choice`
	deleteWords = `DELETE FROM people_words WHERE region_id = $1 AND actor_id = $2`
	selectOlder = `SELECT actor_id FROM people p WHERE region_id = $1 AND actor_id > $2 AND CASE $3 WHEN 'findable' THEN findable WHEN 'drawn' THEN drawn WHEN 'counted' THEN counted ELSE federated END = TRUE
AND NOT EXISTS (SELECT 1 FROM people_words w WHERE w.region_id = p.region_id AND w.actor_id = p.actor_id AND w.choice = $3 AND w.edition >= $4) ORDER BY actor_id LIMIT $5`
	selectHeld = `SELECT edition FROM choice_words WHERE region_id = $1 AND choice = $2`
	putHeld    = `INSERT INTO choice_words (region_id, choice, edition) VALUES ($1, $2, $3) ON CONFLICT (region_id, choice) DO UPDATE SET edition = $3`

	memberColumns = `member_id, actor_id, organisation_id, named, role, told_by, since_day, until_day, told_at`
	insertMember  = `INSERT INTO actor_members (region_id, ` + memberColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`
	selectMembers = `SELECT ` + memberColumns + ` FROM actor_members WHERE region_id = $1 AND actor_id = $2 ORDER BY member_id`
	selectBelongs = `SELECT ` + memberColumns + ` FROM actor_members WHERE region_id = $1 AND organisation_id = $2 ORDER BY actor_id, member_id`
	selectOfThem  = `SELECT ` + memberColumns + ` FROM actor_members WHERE region_id = $1 AND actor_id {in $2} ORDER BY actor_id, member_id`
	updateMember  = `UPDATE actor_members SET organisation_id = $4, named = $5, role = $6, since_day = $7, until_day = $8 WHERE region_id = $1 AND actor_id = $2 AND member_id = $3`
	moveMembers   = `UPDATE actor_members SET organisation_id = $3 WHERE region_id = $1 AND organisation_id = $2`
	deleteMember  = `DELETE FROM actor_members WHERE region_id = $1 AND actor_id = $2 AND member_id = $3`
	deleteMembers = `DELETE FROM actor_members WHERE region_id = $1 AND actor_id = $2`
)

func scanPerson(region string, row interface{ Scan(...any) error }) (p Person, err error) {
	var languages string
	var made int64
	var findable, drawn, counted, federated bool
	err = row.Scan(&p.ID, &p.Address, &p.Name, &p.Place, &p.Sector, &languages, &p.Pace, &p.Away, &p.AwayUntil, &findable, &drawn, &counted, &federated, &made)
	p.Region, p.Title, p.Person, p.Made, p.Languages = region, p.Name, true, clock.FromMicros(made), strings.Fields(languages)
	p.chose = map[Choice]bool{Findable: findable, Drawn: drawn, Counted: counted, Federated: federated}
	return p, err
}

func noPerson(err error) error {
	if errors.Is(err, store.ErrNone) {
		return fault.New(fault.NotFound, "person.none")
	}
	return err
}

// Tell has f hear of every change of a person, inside the transaction that makes it:
// who they are, what they chose, that they are gone (Person.Gone, before their rows
// are). What is kept in memory drops or takes them in tx.After.
func (s *Service) Tell(f func(ctx context.Context, tx *store.Tx, p Person) error) {
	s.hear = append(s.hear, f)
}

func (s *Service) changed(ctx context.Context, tx *store.Tx, p Person) error {
	for _, f := range s.hear {
		if err := f(ctx, tx, p); err != nil {
			return err
		}
	}
	return nil
}

// Person is who hangs on a confirmed address, begun when there is none yet. A name
// is taken where none was given before; it may be empty.
func (s *Service) Person(ctx context.Context, tx *store.Tx, a address.Address, name string) (Actor, error) {
	p, ok, err := PersonOf(ctx, tx, a.Region, a.ID)
	if err != nil {
		return Actor{}, err
	}
	profile := Profile{Name: name}
	if !ok { // begun
		if err := profile.Check(); err != nil {
			return Actor{}, err
		}
		id := s.ids.New()
		if _, err := tx.Exec(ctx, insertPerson, a.Region, int64(id), int64(a.ID), profile.Name, clock.Micros(s.clock.Now())); err != nil {
			return Actor{}, err
		}
		if p, err = PersonByID(ctx, tx, a.Region, id); err != nil {
			return Actor{}, err
		}
		return p.Actor, s.changed(ctx, tx, p)
	}
	if p.Name == "" && strings.TrimSpace(name) != "" {
		profile = p.Profile
		profile.Name = name
		p, err = s.Describe(ctx, tx, a.Region, p.ID, profile)
	}
	return p.Actor, err
}

// PersonAt is Person for an address by its number.
func (s *Service) PersonAt(ctx context.Context, tx *store.Tx, region string, of ident.ID, name string) (Actor, error) {
	a, err := address.ByID(ctx, tx, region, of)
	if err != nil {
		return Actor{}, err
	}
	return s.Person(ctx, tx, a, name)
}

// PersonOf reads who hangs on an address; ok is false for nobody. Whoever shows
// something of it to others asks Chose first.
func PersonOf(ctx context.Context, from store.Source, region string, id ident.ID) (p Person, ok bool, err error) {
	p, err = scanPerson(region, from.QueryRow(ctx, selectByOwner, region, int64(id)))
	if errors.Is(err, store.ErrNone) {
		return Person{}, false, nil
	}
	return p, err == nil, err
}

// OfAddress finds who hangs on an address; ok is false for nobody.
func OfAddress(ctx context.Context, from store.Source, region string, id ident.ID) (Actor, bool, error) {
	p, ok, err := PersonOf(ctx, from, region, id)
	return p.Actor, ok, err
}

// PeopleOfAddresses reads who hangs on these addresses, by those; of an address that
// is nobody's nothing. Whoever uses what they told asks Chose first.
func PeopleOfAddresses(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Person, error) {
	all := make(map[ident.ID]Person, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectOwners, region, store.IDs(ids))
	list, err := people(region, rows, err)
	for _, p := range list {
		all[p.Address] = p
	}
	return all, err
}

// OfEmail finds who hangs on a confirmed address, by how it is written; ok is false
// for nobody.
func OfEmail(ctx context.Context, from store.Source, region, email string) (a Actor, ok bool, err error) {
	of, err := address.ByEmail(ctx, from, region, email)
	if fault.Is(err, fault.NotFound) {
		return a, false, nil
	}
	if err != nil {
		return a, false, err
	}
	return OfAddress(ctx, from, region, of.ID)
}

// EmailsOf are the confirmed addresses these people hang on, by the addresses' numbers:
// for what is known by them, and shown to nobody.
func EmailsOf(ctx context.Context, from store.Source, region string, people map[ident.ID]Person) (map[ident.ID]string, error) {
	var ids []ident.ID
	for _, p := range people {
		ids = append(ids, p.Address)
	}
	all := make(map[ident.ID]string, len(ids))
	list, err := address.ByIDs(ctx, from, region, ids...)
	for id, a := range list {
		all[id] = a.Email
	}
	return all, err
}

// PersonByID reads a person; a NotFound fault when there is none. Whoever shows
// something of it to others asks Chose first.
func PersonByID(ctx context.Context, from store.Source, region string, id ident.ID) (Person, error) {
	p, err := scanPerson(region, from.QueryRow(ctx, selectPerson, region, int64(id)))
	return p, noPerson(err)
}

// Locked is PersonByID for whoever changes something that hangs on what a person chose:
// as they are now, and nobody else changes it until the transaction ends.
func Locked(ctx context.Context, tx *store.Tx, region string, id ident.ID) (Person, error) {
	if _, err := tx.Exec(ctx, lockPerson, region, int64(id)); err != nil {
		return Person{}, err
	}
	return PersonByID(ctx, tx, region, id)
}

func people(region string, rows *sql.Rows, err error) (all []Person, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		p, err := scanPerson(region, rows)
		all = append(all, p)
		return err
	})
	return all, err
}

// PeopleByIDs reads people; who is gone is missing.
func PeopleByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Person, error) {
	all := make(map[ident.ID]Person, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	rows, err := from.Query(ctx, selectPeople, region, store.IDs(ids))
	list, err := people(region, rows, err)
	for _, p := range list {
		all[p.ID] = p
	}
	return all, err
}

// People lists everybody, whatever they chose, from after one on: for what is made
// anew. Whoever shows them asks Chose first.
func People(ctx context.Context, from store.Source, region string, after ident.ID, limit int) ([]Person, error) {
	rows, err := from.Query(ctx, selectAfter, region, int64(after), limit)
	return people(region, rows, err)
}

// Where is what a list of people or organisations is narrowed to.
type Where struct {
	Places []string // nil for anywhere
	Sector string   // "" for any
}

// FindablePeople lists people who chose to be found, from after one on.
func FindablePeople(ctx context.Context, from store.Source, region string, w Where, after ident.ID, limit int) ([]Person, error) {
	if w.Places != nil {
		rows, err := from.Query(ctx, selectFoundAt, region, int64(after), limit, w.Sector, store.Strings(w.Places))
		return people(region, rows, err)
	}
	rows, err := from.Query(ctx, selectFound, region, int64(after), limit, w.Sector)
	return people(region, rows, err)
}

// Describe writes what a person tells of themselves.
func (s *Service) Describe(ctx context.Context, tx *store.Tx, region string, person ident.ID, as Profile) (Person, error) {
	p, err := Locked(ctx, tx, region, person)
	if err != nil {
		return p, err
	}
	if err := as.Check(); err != nil {
		return p, err
	}
	if as.Name == "" && p.Chose(Findable) {
		return p, fault.New(fault.Invalid, "person.name.missing").On("name")
	}
	p.Profile, p.Title = as, as.Name
	if _, err := tx.Exec(ctx, updatePerson, region, int64(person), p.Name, p.Place, p.Sector, strings.Join(p.Languages, " "), p.Pace, p.Away, int64(p.AwayUntil)); err != nil {
		return p, err
	}
	return p, s.changed(ctx, tx, p)
}

// Choose keeps what a person chose, with its day; the same as before is nothing new.
// Nobody is found without a name.
func (s *Service) Choose(ctx context.Context, tx *store.Tx, region string, person ident.ID, choice Choice, yes bool) error {
	if !slices.Contains(Choices(), choice) {
		return fault.New(fault.Invalid, "person.choice.wrong").On("choice")
	}
	p, err := Locked(ctx, tx, region, person)
	if err != nil || p.chose[choice] && yes {
		return err
	}
	if !p.chose[choice] && !yes { // a no is an answer only where they had said yes to earlier words
		all, err := ChoicesOf(ctx, tx, region, person)
		if err != nil || !AskedAnew(p, all, choice) {
			return err
		}
	}
	if choice == Findable && yes && p.Name == "" {
		return fault.New(fault.Invalid, "person.name.missing").On("name")
	}
	if p.chose[choice] = yes; !yes {
		p.back = choice
	} else if choice.Words() > 1 {
		if _, err := tx.Exec(ctx, putWords, region, int64(person), string(choice), choice.Words()); err != nil {
			return err
		}
	}
	if _, err := tx.Exec(ctx, insertChoice, region, int64(person), string(choice), clock.Micros(s.clock.Now()), yes); err != nil {
		return err
	}
	return s.choose(ctx, tx, p)
}

// AskedAnew tells that a person said yes to earlier words of a choice and has not answered
// since: all are their answers (ChoicesOf).
func AskedAnew(p Person, all []Chosen, choice Choice) bool {
	yes := false
	for _, c := range all {
		if c.Choice == choice {
			yes = c.Yes
		}
	}
	return yes && !p.Chose(choice)
}

// anewAtOnce is how many are asked anew in one transaction.
const anewAtOnce = 100

// Anew asks for the letter that tells somebody that they are asked anew. It waits until
// all choices have been looked at, so that two of them are one letter; what it says is
// read when it is written, and who has answered by then gets none.
var Anew = jobs.Kind[AnewArgs]{Name: "actor.anew"}

// AnewArgs names who is asked anew.
type AnewArgs struct {
	Region string   `json:"region"`
	Person ident.ID `json:"person"`
}

// anewLetter is how long the letter waits.
const anewLetter = 10 * time.Minute

// AskAnew makes no yes hold that was given to earlier words of a choice than today's:
// as if it had been taken back, for all who are told of that, until the person answers
// anew. It gives how many it was. It looks at everybody once an edition; after that it
// costs a row read for each choice.
func (s *Service) AskAnew(ctx context.Context, region string) (asked int, err error) {
	for _, choice := range Choices() {
		held := 1
		if choice.Words() == held {
			continue
		}
		if err := s.db.QueryRow(ctx, selectHeld, region, string(choice)).Scan(&held); err != nil && !errors.Is(err, store.ErrNone) {
			return asked, err
		}
		for after, more := ident.ID(0), choice.Words() > held; more; {
			var some []ident.ID
			if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
				some, err = s.askSome(ctx, tx, region, choice, after)
				return err
			}); err != nil {
				return asked, err
			}
			asked += len(some)
			if more = len(some) == anewAtOnce; more {
				after = some[len(some)-1]
			}
		}
	}
	return asked, nil
}

// askSome makes a choice not hold of the next of those who said yes to earlier words, and
// notes with the last of them that everybody has been looked at.
func (s *Service) askSome(ctx context.Context, tx *store.Tx, region string, choice Choice, after ident.ID) ([]ident.ID, error) {
	ids, err := store.Values[ident.ID](tx.Query(ctx, selectOlder, region, int64(after), string(choice), choice.Words(), anewAtOnce))
	if err != nil {
		return nil, err
	}
	for _, id := range ids {
		p, err := Locked(ctx, tx, region, id)
		if err != nil {
			return nil, err
		}
		if !p.chose[choice] { // another process was quicker
			continue
		}
		p.chose[choice], p.back = false, choice
		if err := s.choose(ctx, tx, p); err != nil {
			return nil, err
		}
		if err := Anew.Enqueue(ctx, tx, AnewArgs{region, id}, jobs.Unique(region+"/"+id.String()), jobs.At(s.clock.Now().Add(anewLetter))); err != nil {
			return nil, err
		}
	}
	if len(ids) < anewAtOnce {
		_, err = tx.Exec(ctx, putHeld, region, string(choice), choice.Words())
	}
	return ids, err
}

// choose stores what a person lets be done now, and tells of it.
func (s *Service) choose(ctx context.Context, tx *store.Tx, p Person) error {
	if _, err := tx.Exec(ctx, setChoices, p.Region, int64(p.ID), p.chose[Findable], p.chose[Drawn], p.chose[Counted], p.chose[Federated]); err != nil {
		return err
	}
	return s.changed(ctx, tx, p)
}

// WordsOf gives which edition of each choice's words a person said yes to the last time,
// where it was not the first.
func WordsOf(ctx context.Context, from store.Source, region string, person ident.ID) (map[Choice]int, error) {
	all := map[Choice]int{}
	rows, err := from.Query(ctx, selectWords, region, int64(person))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var c Choice
		var words int
		err := rows.Scan(&c, &words)
		all[c] = words
		return err
	})
	return all, err
}

// ChoicesOf lists what a person chose, the oldest first.
func ChoicesOf(ctx context.Context, from store.Source, region string, person ident.ID) (all []Chosen, err error) {
	rows, err := from.Query(ctx, selectChoices, region, int64(person))
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var c Chosen
		var at int64
		err := rows.Scan(&c.Choice, &at, &c.Yes)
		c.At = clock.FromMicros(at)
		all = append(all, c)
		return err
	})
	return all, err
}

// Whose finds the organisation of a name by the written rules, and begins none; 0 for
// none.
func Whose(ctx context.Context, from store.Source, region, text string, place func(string) bool) (ident.ID, error) {
	f, err := whose(ctx, from, region, strings.Join(strings.Fields(text), " "), place)
	return f.actor, err
}

// Belong keeps that a person is of an organisation: anew when the membership's ID is
// 0, else changed. The name is looked for among those that are known.
func (s *Service) Belong(ctx context.Context, tx *store.Tx, region string, m Membership, place func(string) bool) (Membership, error) {
	p, err := Locked(ctx, tx, region, m.Person)
	if err != nil {
		return m, err
	}
	m.Named, m.Role = strings.Join(strings.Fields(m.Named), " "), strings.Join(strings.Fields(m.Role), " ")
	var wrong fault.Many
	if m.Named == "" {
		wrong = append(wrong, fault.New(fault.Invalid, "person.organisation.missing").On("organisation"))
	}
	for _, f := range []struct {
		field, text string
		most        int
	}{{"organisation", m.Named, MaxSpelling}, {"role", m.Role, MaxRole}} {
		if n := utf8.RuneCountInString(f.text); n > f.most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(f.field).With("max", f.most).With("now", n))
		}
	}
	if m.Since != 0 && m.Until != 0 && m.Until < m.Since {
		wrong = append(wrong, fault.New(fault.Invalid, "person.until.before").On("until"))
	}
	if err := wrong.OrNil(); err != nil {
		return m, err
	}
	before, err := MembershipsOf(ctx, tx, region, m.Person)
	if err != nil {
		return m, err
	}
	if m.Organisation, err = Whose(ctx, tx, region, m.Named, place); err != nil {
		return m, err
	}
	if m.ID != 0 {
		n, err := tx.Exec(ctx, updateMember, region, int64(m.Person), int64(m.ID), int64(m.Organisation), m.Named, m.Role, int64(m.Since), int64(m.Until))
		if err == nil && n == 0 {
			err = fault.New(fault.NotFound, "person.none")
		}
		if err != nil {
			return m, err
		}
		return m, s.changed(ctx, tx, p)
	}
	if len(before) >= MaxMembers {
		return m, fault.New(fault.Invalid, "person.organisations.many").On("organisation").With("max", MaxMembers)
	}
	m.ID, m.Told = s.ids.New(), s.clock.Now()
	if m.By == "" {
		m.By = Self
	}
	if _, err := tx.Exec(ctx, insertMember, region, int64(m.ID), int64(m.Person), int64(m.Organisation), m.Named, m.Role, m.By, int64(m.Since), int64(m.Until), clock.Micros(m.Told)); err != nil {
		return m, err
	}
	return m, s.changed(ctx, tx, p)
}

// Unbelong takes away a membership that was told wrongly, with no trace.
func (s *Service) Unbelong(ctx context.Context, tx *store.Tx, region string, person, membership ident.ID) error {
	p, err := Locked(ctx, tx, region, person)
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, deleteMember, region, int64(person), int64(membership)); err != nil {
		return err
	}
	return s.changed(ctx, tx, p)
}

func memberships(ctx context.Context, from store.Source, query, region string, id ident.ID) ([]Membership, error) {
	return scanMemberships(from.Query(ctx, query, region, int64(id)))
}

func scanMemberships(rows *sql.Rows, err error) (all []Membership, _ error) {
	err = store.Each(rows, err, func(rows *sql.Rows) error {
		var m Membership
		var at int64
		err := rows.Scan(&m.ID, &m.Person, &m.Organisation, &m.Named, &m.Role, &m.By, &m.Since, &m.Until, &at)
		m.Told = clock.FromMicros(at)
		all = append(all, m)
		return err
	})
	return all, err
}

// Lasts tells that somebody is of an organisation on a day, as far as is told.
func (m Membership) Lasts(today workday.Day) bool {
	return m.Organisation != 0 && (m.Until == 0 || today <= m.Until)
}

// MembershipsOf lists what organisations a person is of, the oldest told first.
func MembershipsOf(ctx context.Context, from store.Source, region string, person ident.ID) ([]Membership, error) {
	return memberships(ctx, from, selectMembers, region, person)
}

// MembershipsOfAll lists what organisations these people are of.
func MembershipsOfAll(ctx context.Context, from store.Source, region string, people ...ident.ID) ([]Membership, error) {
	if len(people) == 0 {
		return nil, nil
	}
	return scanMemberships(from.Query(ctx, selectOfThem, region, store.IDs(people)))
}

// Members lists who told to be of an organisation, whatever they chose: whoever
// shows them asks Chose first.
func Members(ctx context.Context, from store.Source, region string, organisation ident.ID) ([]Membership, error) {
	return memberships(ctx, from, selectBelongs, region, organisation)
}

// Erase takes away who hangs on an address with everything kept here, inside the
// caller's transaction; who hears of changes (Tell) takes away the rest.
func (s *Service) Erase(ctx context.Context, tx *store.Tx, region string, of ident.ID) error {
	p, ok, err := PersonOf(ctx, tx, region, of)
	if err == nil && ok {
		p, err = Locked(ctx, tx, region, p.ID)
	}
	if err != nil || !ok {
		return err
	}
	p.Gone = true
	if err := s.changed(ctx, tx, p); err != nil {
		return err
	}
	if s.index != nil {
		if err := s.index.Remove(ctx, tx, region, search.Person, p.ID); err != nil {
			return err
		}
	}
	for _, forget := range []string{deleteChoices, deleteWords, deleteMembers, deletePerson} {
		if _, err := tx.Exec(ctx, forget, region, int64(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

// ByIDs reads actors of both kinds; who is gone is missing. Of a person it gives the
// name: whoever shows it to others asks Chose first.
func ByIDs(ctx context.Context, from store.Source, region string, ids ...ident.ID) (map[ident.ID]Actor, error) {
	all := make(map[ident.ID]Actor, len(ids))
	if len(ids) == 0 {
		return all, nil
	}
	organisations, err := actors(from.Query(ctx, selectActors, region, store.IDs(ids)))
	if err != nil {
		return nil, err
	}
	for _, a := range organisations {
		all[a.ID] = a
	}
	persons, err := PeopleByIDs(ctx, from, region, ids...)
	for id, p := range persons {
		all[id] = p.Actor
	}
	return all, err
}
