package office

import (
	"context"
	"maps"
	"slices"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/clock"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/audit"
)

// Service is the office's verbs over its own affairs.
type Service struct {
	db    *store.DB
	clock clock.Clock
	ids   *ident.Maker
}

// New gives the office's verbs on a store.
func New(db *store.DB, c clock.Clock, ids *ident.Maker) *Service {
	return &Service{db: db, clock: c, ids: ids}
}

// Hire adds an officer and gives their id. A Conflict when the address is taken.
func (s *Service) Hire(ctx context.Context, o Officer) (Officer, error) {
	o.Active = true
	if err := o.Check(); err != nil {
		return o, err
	}
	o.ID = s.ids.New()
	err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, insertOfficer, o.Region, int64(o.ID), o.Email, o.Name, o.Title, o.Phone, string(o.Role), o.Language, o.Active, o.MondayMail, clock.Micros(s.clock.Now()))
		if err != nil {
			return taken(err)
		}
		return s.Note(ctx, tx, o.Region, audit.Hired, aboutOfficer(o.ID), audit.Facts{To: string(o.Role)})
	})
	return o, err
}

// Note writes a line of the log inside the transaction of what it tells of.
func (s *Service) Note(ctx context.Context, tx *store.Tx, region string, what audit.What, about audit.About, facts audit.Facts) error {
	return audit.Write(ctx, tx, audit.Entry{Region: region, ID: s.ids.New(), At: s.clock.Now(), What: what, About: about, Facts: facts})
}

// Looked notes that an officer has looked at something personal: once a day for
// each thing, however often they look.
func (s *Service) Looked(ctx context.Context, region string, what audit.What, about audit.About) error {
	since := ident.At(Today(s.clock).Start(i18n.Helsinki()))
	e := audit.Entry{Region: region, What: what, About: about}
	if seen, err := audit.Seen(ctx, s.db, e, since); err != nil || seen {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if seen, err := audit.Seen(ctx, tx, e, since); err != nil || seen { // by the same officer's other window
			return err
		}
		return s.Note(ctx, tx, region, what, about, audit.Facts{})
	})
}

// Exported notes that an officer has taken something personal out of the house:
// every time, since every copy is one more to be guarded.
func (s *Service) Exported(ctx context.Context, region string, about audit.About) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return s.Note(ctx, tx, region, audit.Exported, about, audit.Facts{})
	})
}

func aboutOfficer(id ident.ID) audit.About {
	return audit.About{Thing: audit.Officer, Key: id.String()}
}

// Change stores an officer's card as it now is. The last active manager can be
// neither let go nor given a lesser role: somebody must be able to mend things.
func (s *Service) Change(ctx context.Context, o Officer) error {
	if err := o.Check(); err != nil {
		return err
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		// Two managers who let each other go at once must not both succeed: whoever
		// comes second waits here and then sees what the first has done.
		if _, err := tx.Exec(ctx, lockOfficers, o.Region); err != nil {
			return err
		}
		all, err := Officers(ctx, tx, o.Region)
		if err != nil {
			return err
		}
		managers, was := 0, Officer{}
		for _, other := range all {
			if other.ID == o.ID {
				was = other
			} else if other.Active && other.Role == Manager {
				managers++
			}
		}
		if was.ID == 0 {
			return fault.New(fault.NotFound, "officer.none")
		}
		if managers == 0 && was.Active && was.Role == Manager && (!o.Active || o.Role != Manager) {
			return fault.New(fault.Conflict, "officer.last_manager").On("role")
		}
		_, err = tx.Exec(ctx, updateOfficer, o.Region, int64(o.ID), o.Email, o.Name, o.Title, o.Phone, string(o.Role), o.Language, o.Active, o.MondayMail)
		if err != nil {
			return taken(err)
		}
		return s.noteCard(ctx, tx, was, o)
	})
}

// noteCard writes what became of an officer's card, a line for each thing that
// matters by itself: coming and going, the role, the rest.
func (s *Service) noteCard(ctx context.Context, tx *store.Tx, was, now Officer) error {
	about := aboutOfficer(now.ID)
	if was.Active != now.Active {
		what := audit.LetGo
		if now.Active {
			what = audit.TakenBack
		}
		if err := s.Note(ctx, tx, now.Region, what, about, audit.Facts{}); err != nil {
			return err
		}
	}
	if was.Role != now.Role {
		if err := s.Note(ctx, tx, now.Region, audit.RoleChanged, about, audit.Facts{From: string(was.Role), To: string(now.Role)}); err != nil {
			return err
		}
	}
	var fields []string
	for _, f := range []struct {
		name string
		same bool
	}{{"name", was.Name == now.Name}, {"title", was.Title == now.Title}, {"email", was.Email == now.Email}, {"phone", was.Phone == now.Phone},
		{"language", was.Language == now.Language}, {"monday", was.MondayMail == now.MondayMail}} {
		if !f.same {
			fields = append(fields, f.name)
		}
	}
	if len(fields) == 0 {
		return nil
	}
	what := audit.CardChanged
	if audit.Who(ctx) == now.ID {
		what = audit.OwnChanged
	}
	return s.Note(ctx, tx, now.Region, what, about, audit.Facts{Names: fields})
}

func taken(err error) error {
	if store.Exists(err) {
		return fault.New(fault.Conflict, "officer.email.taken").On("email").Because(err)
	}
	return err
}

// Away notes that a substitute stands in for an officer over a span of days.
func (s *Service) Away(ctx context.Context, region string, a Absence) error {
	if a.Span.From > a.Span.To {
		return fault.New(fault.Invalid, "span.backwards").On("until")
	}
	if a.Officer == a.Substitute {
		return fault.New(fault.Invalid, "absence.self").On("substitute")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := ByID(ctx, tx, region, a.Officer); err != nil {
			return err
		}
		stands, err := ByID(ctx, tx, region, a.Substitute)
		if err != nil {
			return err
		}
		if !stands.Active || !stands.Role.May(Write, Sparks) {
			return fault.New(fault.Invalid, "owner.wrong").On("substitute")
		}
		_, err = tx.Exec(ctx, insertAbsence, region, int64(s.ids.New()), int64(a.Officer), int64(a.Substitute), int64(a.Span.From), int64(a.Span.To))
		if err != nil {
			return err
		}
		return s.Note(ctx, tx, region, audit.Away, aboutOfficer(a.Officer), audit.Facts{To: a.Substitute.String(), FromDay: a.Span.From, UntilDay: a.Span.To})
	})
}

// Back removes an absence.
func (s *Service) Back(ctx context.Context, region string, absence ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := Absences(ctx, tx, region)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, deleteAbsence, region, int64(absence))
		i := slices.IndexFunc(all, func(a Absence) bool { return a.ID == absence })
		if err != nil || n == 0 || i < 0 {
			return err
		}
		a := all[i]
		return s.Note(ctx, tx, region, audit.Returned, aboutOfficer(a.Officer), audit.Facts{To: a.Substitute.String(), FromDay: a.Span.From, UntilDay: a.Span.To})
	})
}

// CloseFor notes that the office is closed over a span of days, with a public
// reason. Promises already given stay: a due date moves only openly.
func (s *Service) CloseFor(ctx context.Context, region string, c Closure) error {
	c.Reason = Line(c.Reason)
	if c.Span.From > c.Span.To || c.Span.To-c.Span.From > 120 {
		return fault.New(fault.Invalid, "span.backwards").On("until")
	}
	if c.Reason == "" || utf8.RuneCountInString(c.Reason) > 200 {
		return fault.New(fault.Invalid, "closure.reason.missing").On("reason")
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, insertClosure, region, int64(s.ids.New()), int64(c.Span.From), int64(c.Span.To), c.Reason)
		if err != nil {
			return err
		}
		return s.Note(ctx, tx, region, audit.Closed, audit.About{}, audit.Facts{FromDay: c.Span.From, UntilDay: c.Span.To})
	})
}

// OpenAgain removes a closed span.
func (s *Service) OpenAgain(ctx context.Context, region string, closure ident.ID) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		all, err := Closures(ctx, tx, region)
		if err != nil {
			return err
		}
		n, err := tx.Exec(ctx, deleteClosure, region, int64(closure))
		i := slices.IndexFunc(all, func(c Closure) bool { return c.ID == closure })
		if err != nil || n == 0 || i < 0 {
			return err
		}
		return s.Note(ctx, tx, region, audit.Opened, audit.About{}, audit.Facts{FromDay: all[i].Span.From, UntilDay: all[i].Span.To})
	})
}

// Uses is what a template can be for: the first reply, asking more, introducing
// people, welcoming what is outside the programme, closing.
func Uses() []string { return []string{"first", "more", "introduce", "outside", "close"} }

// PutTemplate adds or changes a template.
func (s *Service) PutTemplate(ctx context.Context, region string, t Template) error {
	t.Name, t.Body = Line(t.Name), Lines(t.Body)
	var wrong fault.Many
	if t.Name == "" || utf8.RuneCountInString(t.Name) > 120 {
		wrong = append(wrong, fault.New(fault.Invalid, "template.name.missing").On("name"))
	}
	if t.Body == "" || utf8.RuneCountInString(t.Body) > 5000 {
		wrong = append(wrong, fault.New(fault.Invalid, "template.body.missing").On("body").With("max", 5000))
	}
	if !slices.Contains(Uses(), t.For) {
		wrong = append(wrong, fault.New(fault.Invalid, "template.use.wrong").On("for"))
	}
	if _, ok := i18n.ParseLanguage(t.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	if err := wrong.OrNil(); err != nil {
		return err
	}
	if t.ID == "" {
		t.ID = "own-" + s.ids.New().String()
	}
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, upsertTemplate, region, t.ID, t.Language, t.For, t.Name, t.Body, t.Place)
		if err != nil {
			return err
		}
		return s.Note(ctx, tx, region, audit.TemplatePut, audit.About{Thing: audit.Template, Key: t.ID}, audit.Facts{Language: t.Language})
	})
}

// SeedTemplates adds the programme's templates that the region does not have
// yet; what the office has edited stays.
func SeedTemplates(ctx context.Context, tx *store.Tx, region string, templates []Template) error {
	for _, t := range templates {
		if _, err := tx.Exec(ctx, insertTemplate, region, t.ID, t.Language, t.For, t.Name, t.Body, t.Place); err != nil {
			return err
		}
	}
	return nil
}

// DropTemplate removes a template in one language.
func (s *Service) DropTemplate(ctx context.Context, region, id, language string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		n, err := tx.Exec(ctx, deleteTemplate, region, id, language)
		if err != nil || n == 0 {
			return err
		}
		return s.Note(ctx, tx, region, audit.TemplateDropped, audit.About{Thing: audit.Template, Key: id}, audit.Facts{Language: language})
	})
}

// Set stores settings by name; the names' meaning is their readers' affair. The
// log tells which of them changed, never to what.
func (s *Service) Set(ctx context.Context, region string, values map[string]string) error {
	return s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		before, err := AllSettings(ctx, tx, region)
		if err != nil {
			return err
		}
		changed := map[audit.What][]string{}
		for _, name := range slices.Sorted(maps.Keys(values)) {
			if before[name] == values[name] {
				continue
			}
			if _, err := tx.Exec(ctx, upsertSetting, region, name, values[name]); err != nil {
				return err
			}
			what := audit.OfSetting(name)
			changed[what] = append(changed[what], name)
		}
		for _, what := range slices.Sorted(maps.Keys(changed)) {
			if err := s.Note(ctx, tx, region, what, audit.About{}, audit.Facts{Names: changed[what], N: len(changed[what])}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Today is the present day in Finland.
func Today(c clock.Clock) workday.Day { return workday.DayOf(c.Now(), i18n.Helsinki()) }
