package web

import (
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/table"
	"kokko/journey/collision"
	"kokko/journey/event"
	"kokko/region/audit"
	"kokko/region/office"
)

// Who sits where at an event where people change tables: drawn, mended by hand, locked,
// printed, and afterwards who was there.

func seatingRoutes() []route {
	on := func(method, path string, verb office.Verb, object office.Object, do func(*Visit) error) route {
		return route{pattern: method + " " + eventsAt + "/{id}/tormaytys" + path, access: staff, verb: verb, object: object, do: do}
	}
	return []route{
		on("GET", "", office.Read, office.Contacts, (*Visit).seating),
		on("GET", "/kortit", office.Read, office.Contacts, (*Visit).seatCards),
		on("GET", "/poydat.csv", office.Read, office.Contacts, (*Visit).seatFile),
		on("POST", "", office.Write, office.Events, (*Visit).setCollision),
		on("POST", "/poista", office.Write, office.Events, (*Visit).stopCollision),
		on("POST", "/arvo", office.Write, office.Events, (*Visit).drawSeats),
		on("POST", "/taydenna", office.Write, office.Events, (*Visit).fillSeats),
		on("POST", "/siirra", office.Write, office.Events, (*Visit).moveSeat),
		on("POST", "/lukitse", office.Write, office.Events, (*Visit).lockSeats),
		on("POST", "/vieras", office.Write, office.Events, (*Visit).putGuest),
		on("POST", "/vieras/pois", office.Write, office.Events, (*Visit).dropGuest),
		on("POST", "/paikalla", office.Write, office.Events, (*Visit).noteThere),
	}
}

func seatingAt(e event.Event) string { return eventsAt + "/" + e.ID.String() + "/tormaytys" }

// seatSheet is the seating of one event.
type seatSheet struct {
	Event  event.Event
	Title  string
	In     string               // the title's language
	Of     *collision.Collision // nil while it is none
	Guests []collision.Guest
	Sum    collision.Sum
	Set    *Form
	Move   *Form
	Guest  *Form
	Writes bool
	Begun  bool
	Wrong  *Form // whichever was refused
}

// tables numbers the tables people sit at.
func (p *seatSheet) tables() (all []int) {
	for n := range p.Of.Tables {
		all = append(all, n+1)
	}
	return all
}

func (p *seatSheet) rounds() (all []int) {
	for n := range p.Of.Rounds {
		all = append(all, n)
	}
	return all
}

// names are who sit at a table in a round.
func (p *seatSheet) names(round, table int) string {
	var all []string
	for _, g := range collision.Sitting(p.Guests, round, table) {
		all = append(all, g.Name)
	}
	return strings.Join(all, ", ")
}

// Usual is how an event begins: three rounds, five at a table.
const (
	usualRounds = 3
	usualSize   = 5
)

func (v *Visit) seatSheet() (*seatSheet, error) {
	e, err := v.workEventAt()
	if err != nil {
		return nil, err
	}
	state := e.State(v.Clock.Now())
	p := &seatSheet{Event: e, Writes: v.May(right{Object: office.Events, Verb: office.Write}), Begun: state == event.On || state == event.Over}
	p.Title, p.In = v.eventTitle(e)
	if p.Of, err = v.collisionOf(e); err != nil {
		return nil, err
	}
	p.Set, p.Move, p.Guest, p.Wrong = v.Blank("rounds", strconv.Itoa(usualRounds), "size", strconv.Itoa(usualSize)), v.Blank(), v.Blank(), v.Blank()
	if p.Of == nil {
		return p, nil
	}
	p.Set = v.Blank("rounds", strconv.Itoa(p.Of.Rounds), "size", strconv.Itoa(p.Of.Size))
	if p.Guests, err = collision.Guests(v.R.Context(), v.DB, v.Region.ID, e.ID); err != nil {
		return nil, err
	}
	p.Sum = collision.Judge(p.Guests)
	if id, ok := ident.Parse(v.Query("vieras")); ok {
		if i := slices.IndexFunc(p.Guests, func(g collision.Guest) bool { return g.ID == id }); i >= 0 {
			p.Guest.Values.Set("guest", id.String())
			v.guestFields(p.Guest, p.Guests[i])
		}
	}
	slices.SortStableFunc(p.Guests, func(a, b collision.Guest) int { return v.Say.Compare(a.Name, b.Name) })
	return p, nil
}

// collided is the sheet of an event that is a collision.
func (v *Visit) collided() (*seatSheet, error) {
	p, err := v.seatSheet()
	if err == nil && p.Of == nil {
		err = fault.New(fault.NotFound, "collision.none")
	}
	return p, err
}

func (v *Visit) showSeating(status int, p *seatSheet) error {
	if len(p.Guests) > 0 {
		if err := v.Office.Looked(v.R.Context(), v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "event"}); err != nil {
			return err
		}
	}
	return v.Render(status, seatingPage(v, p))
}

func (v *Visit) seating() error {
	p, err := v.seatSheet()
	if err != nil {
		return err
	}
	return v.showSeating(http.StatusOK, p)
}

// onSeating runs one verb on a collision and goes back to its page; what is refused is
// shown there in the form it belongs to, with everything typed.
func (v *Visit) onSeating(said string, form func(p *seatSheet) **Form, do func(p *seatSheet, a collision.Act) error) error {
	p, err := v.seatSheet()
	if err != nil {
		return err
	}
	a := collision.Act{Region: v.Region.ID, Event: p.Event.ID}
	if n, err := strconv.ParseInt(v.Form().Get("version"), 10, 64); err == nil {
		a.Version = n
	}
	if err := do(p, a); err != nil {
		f := v.Form()
		if err := f.Refuse(err); err != nil {
			return err
		}
		if form != nil {
			*form(p) = f
		}
		p.Wrong = f
		return v.showSeating(statusOfAll(f.Wrong), p)
	}
	v.Tell(v.T(said))
	return v.Go(seatingAt(p.Event))
}

func (v *Visit) setCollision() error {
	return v.onSeating("collision.did.set", func(p *seatSheet) **Form { return &p.Set }, func(_ *seatSheet, a collision.Act) error {
		f := v.Form()
		number := func(field string) int { n, _ := strconv.Atoi(strings.TrimSpace(f.Get(field))); return n } // 0 is told of
		_, err := v.Collisions.Set(v.R.Context(), a, collision.Setting{Rounds: number("rounds"), Size: number("size")})
		return err
	})
}

func (v *Visit) stopCollision() error {
	return v.onSeating("collision.did.stop", nil, func(_ *seatSheet, a collision.Act) error { return v.Collisions.Stop(v.R.Context(), a) })
}

func (v *Visit) drawSeats() error {
	return v.onSeating("collision.did.draw", nil, func(p *seatSheet, a collision.Act) error {
		if p.Of == nil {
			return fault.New(fault.NotFound, "collision.none")
		}
		seed := p.Of.Seed + 1
		if n, err := strconv.ParseInt(strings.TrimSpace(v.Form().Get("seed")), 10, 32); err == nil && n > 0 {
			seed = n
		}
		_, err := v.Collisions.Draw(v.R.Context(), a, seed)
		return err
	})
}

func (v *Visit) fillSeats() error {
	return v.onSeating("collision.did.fill", nil, func(_ *seatSheet, a collision.Act) error {
		_, err := v.Collisions.Fill(v.R.Context(), a)
		return err
	})
}

func (v *Visit) moveSeat() error {
	return v.onSeating("collision.did.move", func(p *seatSheet) **Form { return &p.Move }, func(_ *seatSheet, a collision.Act) error {
		f := v.Form()
		guest, _ := ident.Parse(f.Get("who"))
		with, _ := ident.Parse(f.Get("with"))
		round, _ := strconv.Atoi(f.Get("round"))
		to, _ := strconv.Atoi(f.Get("table"))
		_, err := v.Collisions.Move(v.R.Context(), a, collision.Step{Guest: guest, Round: round, Table: to, With: with})
		return err
	})
}

func (v *Visit) lockSeats() error {
	yes := v.Form().Get("lock") != ""
	said := "collision.did.open"
	if yes {
		said = "collision.did.lock"
	}
	return v.onSeating(said, nil, func(_ *seatSheet, a collision.Act) error {
		_, err := v.Collisions.Lock(v.R.Context(), a, yes)
		return err
	})
}

func (v *Visit) putGuest() error {
	return v.onSeating("collision.did.guest", func(p *seatSheet) **Form { return &p.Guest }, func(p *seatSheet, a collision.Act) error {
		f := v.Form()
		guest, _ := ident.Parse(f.Get("guest"))
		d := *guestDraft(f)
		if guest == 0 {
			d.Language = p.Event.Language
		}
		_, err := v.Collisions.Put(v.R.Context(), a, guest, d, v.Edition)
		return err
	})
}

func (v *Visit) dropGuest() error {
	return v.onSeating("collision.did.drop", nil, func(_ *seatSheet, a collision.Act) error {
		guest, _ := ident.Parse(v.Form().Get("guest"))
		_, err := v.Collisions.Drop(v.R.Context(), a, guest)
		return err
	})
}

func (v *Visit) noteThere() error {
	return v.onSeating("collision.did.there", nil, func(_ *seatSheet, a collision.Act) error {
		_, err := v.Collisions.Attend(v.R.Context(), a, v.Form().ids("there"))
		return err
	})
}

// Signs and cards are what is printed.
const someSigns = "kyltit"

// seatCard is one guest's card, in the language they read.
type seatCard struct {
	*Visit
	collision.Guest
	Openers [2]string
}

// seatPaper is what is printed of a seating.
type seatPaper struct {
	*seatSheet
	Signs bool
	Four  [][]seatCard // four on a sheet
}

func (v *Visit) seatCards() error {
	p, err := v.collided()
	if err == nil && !p.Of.Seated() {
		err = fault.New(fault.NotFound, "collision.none")
	}
	if err != nil {
		return err
	}
	paper := seatPaper{seatSheet: p, Signs: v.Query("malli") == someSigns}
	if !paper.Signs {
		if err := v.Office.Looked(v.R.Context(), v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "event"}); err != nil {
			return err
		}
		match := collision.Match(p.Guests, v.Index)
		var cards []seatCard
		for i, g := range p.Guests {
			if len(g.Tables) == 0 {
				continue
			}
			card := seatCard{Visit: v.speaking(v.tongueOf(g.Language)), Guest: g}
			finds, helps := collision.Openers(p.Guests, i, match)
			card.Openers = [2]string{card.opener("finds", finds, int(g.ID)), card.opener("helps", helps, int(g.ID)+1)}
			cards = append(cards, card)
		}
		paper.Four = slices.Collect(slices.Chunk(cards, 4))
	}
	return v.Render(http.StatusOK, seatPaperPage(v, paper))
}

// tongueOf is what somebody reads, as far as the programme speaks it; else the page's.
func (v *Visit) tongueOf(language string) i18n.Language {
	if l, ok := i18n.ParseLanguage(language); ok && slices.Contains(v.Edition.Tongues(), l) {
		return l
	}
	return v.Lang
}

// openersKept is how many openers there are for those who told nothing of themselves.
const openersKept = 6

// opener says one: by what was told, else any of those that always do.
func (c *seatCard) opener(kind string, o collision.Opener, any int) string {
	switch {
	case o.Words == "":
		return c.T("collision.opener." + strconv.Itoa(any%openersKept+1))
	case o.Round == 0:
		return c.T("collision.opener."+kind+".alone", "words", o.Words)
	}
	return c.T("collision.opener."+kind, "words", o.Words, "round", strconv.Itoa(o.Round))
}

// seatFile is the seating as a file: one line a guest.
func (v *Visit) seatFile() error {
	p, err := v.collided()
	if err != nil {
		return err
	}
	if err := v.Office.Looked(v.R.Context(), v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "event"}); err != nil {
		return err
	}
	column := func(name string, kind table.Kind) table.Column {
		return table.Column{Name: name, About: name, Kind: kind, Width: 20}
	}
	columns := []table.Column{column(v.T("event.name"), table.Words), column(v.T("collision.organisation"), table.Words), column(v.T("workspark.tags.place"), table.Words), column(v.T("collision.brings"), table.Words), column(v.T("collision.looks"), table.Words)}
	for _, r := range p.rounds() {
		columns = append(columns, column(v.T("collision.round", "n", strconv.Itoa(r+1)), table.Count))
	}
	how := table.CSV{Semicolon: v.Query("erotin") == "puolipiste", Bare: v.Query("bom") == "ei"}
	name := "poydat-" + dayOf(p.Event.Begins).String() + ".csv"
	return v.download("text/csv; charset=utf-8", name, func(w io.Writer) error {
		out, err := table.NewCSV(w, columns, how)
		if err != nil {
			return err
		}
		for _, g := range p.Guests {
			cells := []table.Cell{table.Text(g.Name), table.Text(g.Organisation), table.Text(v.placeIn(g.Place)), table.Text(g.Brings), table.Text(g.Looks)}
			for _, r := range p.rounds() {
				cell := table.Cell{}
				if at := g.At(r); at != 0 {
					cell = table.Number(at)
				}
				cells = append(cells, cell)
			}
			if err := out.Row(cells...); err != nil {
				return err
			}
		}
		return out.Close()
	})
}
