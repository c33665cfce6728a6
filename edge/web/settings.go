package web

import (
	"bytes"
	"context"
	"net/url"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/office"
	"kokko/region/programme"
)

// The office's own affairs: its people, calendar, answer templates, mail,
// programme, and each officer's own choices.

const settingsAt = "/toimisto/asetukset"

func settingsRoutes() []route {
	on := func(pattern string, verb office.Verb, object office.Object, do func(*Visit) error) route {
		method, path, _ := strings.Cut(pattern, " ")
		return route{pattern: method + " " + settingsAt + path, access: staff, verb: verb, object: object, do: do}
	}
	return []route{
		on("GET ", office.Read, office.Self, (*Visit).settingsHome),
		on("GET /vaki", office.Read, office.People, (*Visit).people),
		on("POST /vaki", office.Write, office.People, (*Visit).hire),
		on("GET /vaki/{id}", office.Write, office.People, (*Visit).person),
		on("POST /vaki/{id}", office.Write, office.People, (*Visit).changePerson),
		on("GET /kalenteri", office.Read, office.Calendar, (*Visit).calendar),
		on("POST /kalenteri/suljettu", office.Write, office.Calendar, (*Visit).closeOffice),
		on("POST /kalenteri/suljettu/{id}/poista", office.Write, office.Calendar, (*Visit).openOffice),
		on("POST /kalenteri/sijaisuus", office.Write, office.Calendar, (*Visit).standIn),
		on("POST /kalenteri/sijaisuus/{id}/poista", office.Write, office.Calendar, (*Visit).endStandIn),
		on("GET /mallit", office.Read, office.Templates, (*Visit).templates),
		on("GET /mallit/{id}", office.Read, office.Templates, (*Visit).template),
		on("POST /mallit/{id}", office.Write, office.Templates, (*Visit).putTemplate),
		on("POST /mallit/{id}/poista", office.Write, office.Templates, (*Visit).dropTemplate),
		on("GET /sahkoposti", office.Read, office.Settings, (*Visit).mailSettings),
		on("POST /sahkoposti", office.Write, office.Settings, (*Visit).setMail),
		on("POST /sahkoposti/koe", office.Write, office.Settings, (*Visit).tryMail),
		on("POST /sahkoposti/saapuva", office.Write, office.Settings, (*Visit).setMailIn),
		on("POST /sahkoposti/dkim", office.Write, office.Settings, (*Visit).makeDKIM),
		on("GET /ohjelma", office.Read, office.Programme, (*Visit).programmeVersions),
		on("POST /ohjelma", office.Write, office.Programme, (*Visit).publish),
		on("GET /alue", office.Read, office.Settings, (*Visit).regionSettings),
		on("POST /alue", office.Write, office.Settings, (*Visit).adopt),
		on("GET /itse", office.Read, office.Self, (*Visit).self),
		on("POST /itse", office.Write, office.Self, (*Visit).changeSelf),
	}
}

// door is one room of the settings and whether this reader may open it.
type door struct{ Path, Key string }

func (v *Visit) settingsDoors() (open []door) {
	for _, d := range []struct {
		door
		right
	}{
		{door{"/itse", "self"}, right{Object: office.Self, Verb: office.Read}},
		{door{"/vaki", "people"}, right{Object: office.People, Verb: office.Read}},
		{door{"/kalenteri", "calendar"}, right{Object: office.Calendar, Verb: office.Read}},
		{door{"/mallit", "templates"}, right{Object: office.Templates, Verb: office.Read}},
		{door{"/sahkoposti", "mail"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/ohjelma", "programme"}, right{Object: office.Programme, Verb: office.Read}},
		{door{"/selosteet", "statements"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/valvonta", "moderation"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/alue", "region"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/tekstit", "texts"}, right{Object: office.Templates, Verb: office.Read}},
		{door{"/ilme", "look"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/sailytys", "retention"}, right{Object: office.Settings, Verb: office.Read}},
		{door{"/tuonti", "imports"}, right{Object: office.Imports, Verb: office.Read}},
		{door{"/loki", "log"}, right{Object: office.Audit, Verb: office.Read}},
	} {
		if v.May(d.right) {
			open = append(open, d.door)
		}
	}
	if v.May(right{Object: office.Feedback, Verb: office.Read}) {
		open = append(open, door{"", "feedback"})
	}
	open = append(open, door{"", "cards"})
	if v.May(right{Object: office.Outbox, Verb: office.Read}) {
		open = append(open, door{"", "jobs"})
	}
	return open
}

// ---- people ----

func (v *Visit) people() error {
	return v.peopleWith(200, v.Blank("role", string(office.Planner), "language", "fi", "monday", "1"))
}

func (v *Visit) peopleWith(status int, f *Form) error {
	all, err := office.Officers(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	return v.Render(status, peoplePage(v, all, f))
}

// card reads an officer's card off a form.
func (v *Visit) card(f *Form) office.Officer {
	return office.Officer{Region: v.Region.ID, Email: spark.CleanLine(f.Get("email")), Name: spark.CleanLine(f.Get("name")), Title: spark.CleanLine(f.Get("title")),
		Phone: spark.CleanLine(f.Get("phone")), Role: office.Role(f.Get("role")), Language: f.Get("language"), MondayMail: f.Get("monday") != ""}
}

func (v *Visit) hire() error {
	f := v.Form()
	o, err := v.Office.Hire(v.R.Context(), v.card(f))
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.peopleWith(422, f)
	}
	v.Tell(v.T("settings.people.hired", "name", o.Name, "email", o.Email))
	return v.Go(settingsAt + "/vaki")
}

func (v *Visit) officerAt() (office.Officer, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return office.Officer{}, fault.New(fault.NotFound, "officer.none")
	}
	return office.ByID(v.R.Context(), v.DB, v.Region.ID, id)
}

func (v *Visit) person() error {
	o, err := v.officerAt()
	if err != nil {
		return err
	}
	f := v.Blank("name", o.Name, "title", o.Title, "email", o.Email, "phone", o.Phone, "role", string(o.Role), "language", o.Language)
	if o.Active {
		f.Values.Set("active", "1")
	}
	if o.MondayMail {
		f.Values.Set("monday", "1")
	}
	return v.Render(200, personPage(v, o, f))
}

func (v *Visit) changePerson() error {
	o, err := v.officerAt()
	if err != nil {
		return err
	}
	f := v.Form()
	to := v.card(f)
	to.ID, to.Active = o.ID, f.Get("active") != ""
	if err := v.Office.Change(v.R.Context(), to); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(422, personPage(v, o, f))
	}
	v.Tell(v.T("settings.people.changed", "name", to.Name))
	return v.Go(settingsAt + "/vaki")
}

// ---- calendar ----

// calendarView is the office's calendar as it stands.
type calendarView struct {
	Closures []office.Closure
	Absences []office.Absence
	Officers []office.Officer // active, who can answer
	Names    map[ident.ID]string
	Holidays []workday.Dated // the next ones
	Closing  *Form
	Away     *Form
}

const holidaysShown = 8

func (v *Visit) calendar() error { return v.calendarWith(200, nil, nil) }

func (v *Visit) calendarWith(status int, closing, away *Form) error {
	ctx, today := v.R.Context(), v.today()
	c := calendarView{Names: map[ident.ID]string{}, Closing: closing, Away: away}
	if closing == nil {
		c.Closing = v.Blank()
	}
	if away == nil {
		c.Away = v.Blank()
	}
	closures, err := office.Closures(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	for _, x := range closures {
		if x.Span.To >= today {
			c.Closures = append(c.Closures, x)
		}
	}
	absences, err := office.Absences(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	for _, x := range absences {
		if x.Span.To >= today {
			c.Absences = append(c.Absences, x)
		}
	}
	all, err := office.Officers(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	for _, o := range all {
		c.Names[o.ID] = o.Name
		if o.Active && o.Role.May(office.Write, office.Sparks) {
			c.Officers = append(c.Officers, o)
		}
	}
	year, _, _ := today.Date()
	for _, h := range append(workday.Holidays(year), workday.Holidays(year+1)...) {
		if h.Day >= today && len(c.Holidays) < holidaysShown {
			c.Holidays = append(c.Holidays, h)
		}
	}
	return v.Render(status, calendarPage(v, c))
}

// span reads the two days of a form.
func (f *Form) span() (s workday.Span, err error) {
	var wrong fault.Many
	if s.From, err = f.mustDay("from"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	if s.To, err = f.mustDay("until"); err != nil {
		wrong = append(wrong, fault.List(err)...)
	}
	return s, wrong.OrNil()
}

func (v *Visit) closeOffice() error {
	f := v.Form()
	span, err := f.span()
	if err == nil {
		err = v.Office.CloseFor(v.R.Context(), v.Region.ID, office.Closure{Span: span, Reason: spark.CleanLine(f.Get("reason"))})
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("suljettu")
		return v.calendarWith(422, f, nil)
	}
	v.Tell(v.T("settings.calendar.closed"))
	return v.Go(settingsAt + "/kalenteri")
}

func (v *Visit) openOffice() error {
	return v.removed(v.Office.OpenAgain, "settings.calendar.opened", "closure.none")
}

func (v *Visit) endStandIn() error {
	return v.removed(v.Office.Back, "settings.calendar.back", "absence.none")
}

func (v *Visit) removed(remove func(ctx context.Context, region string, id ident.ID) error, said, none string) error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, none)
	}
	if err := remove(v.R.Context(), v.Region.ID, id); err != nil {
		return err
	}
	v.Tell(v.T(said))
	return v.Go(settingsAt + "/kalenteri")
}

func (v *Visit) standIn() error {
	f := v.Form()
	span, err := f.span()
	var wrong fault.Many
	wrong = append(wrong, fault.List(err)...)
	officer, ok := ident.Parse(f.Get("officer"))
	if !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "owner.wrong").On("officer"))
	}
	substitute, ok := ident.Parse(f.Get("substitute"))
	if !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "owner.wrong").On("substitute"))
	}
	if err = wrong.OrNil(); err == nil {
		err = v.Office.Away(v.R.Context(), v.Region.ID, office.Absence{Officer: officer, Substitute: substitute, Span: span})
	}
	if fault.Is(err, fault.NotFound) {
		err = fault.New(fault.Invalid, "owner.wrong").On("officer").Because(err)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.under("sijaisuus")
		return v.calendarWith(422, nil, f)
	}
	v.Tell(v.T("settings.calendar.away"))
	return v.Go(settingsAt + "/kalenteri")
}

// ---- answer templates ----

func (v *Visit) templates() error {
	all, err := office.AllTemplates(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	return v.Render(200, templatesPage(v, all))
}

// newTemplate stands in the address for one that does not exist yet.
const newTemplate = "uusi"

func (v *Visit) template() error {
	id, lang := v.R.PathValue("id"), v.Query("kieli")
	if _, ok := i18n.ParseLanguage(lang); !ok {
		lang = "fi"
	}
	all, err := office.AllTemplates(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	f, known := v.Blank("language", lang, "for", "first"), id == newTemplate
	for _, t := range all {
		if t.ID != id {
			continue
		}
		known = true
		f.Values.Set("for", t.For)
		if t.Language == lang {
			f.Values.Set("name", t.Name)
			f.Values.Set("body", t.Body)
		}
	}
	if !known {
		return fault.New(fault.NotFound, "template.none")
	}
	return v.Render(200, templatePage(v, id, f))
}

func (v *Visit) putTemplate() error {
	ctx, f, id := v.R.Context(), v.Form(), v.R.PathValue("id")
	t := office.Template{ID: id, Language: f.Get("language"), For: f.Get("for"), Name: spark.CleanLine(f.Get("name")), Body: spark.Clean(f.Get("body"))}
	var wrong fault.Many
	if _, ok := i18n.ParseLanguage(t.Language); !ok {
		wrong = append(wrong, fault.New(fault.Invalid, "language.wrong").On("language"))
	}
	all, err := office.AllTemplates(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	known := id == newTemplate
	for _, other := range all {
		if other.ID == id {
			known, t.Place = true, other.Place
		}
		if id == newTemplate {
			t.Place = max(t.Place, other.Place+1)
		}
	}
	if !known {
		return fault.New(fault.NotFound, "template.none")
	}
	if id == newTemplate {
		t.ID = ""
	}
	if err = wrong.OrNil(); err == nil {
		err = v.Office.PutTemplate(ctx, v.Region.ID, t)
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(422, templatePage(v, id, f))
	}
	v.Tell(v.T("settings.templates.saved", "name", t.Name))
	return v.Go(settingsAt + "/mallit")
}

func (v *Visit) dropTemplate() error {
	lang := v.Form().Get("language")
	if _, ok := i18n.ParseLanguage(lang); !ok {
		return fault.New(fault.Invalid, "language.wrong")
	}
	if err := v.Office.DropTemplate(v.R.Context(), v.Region.ID, v.R.PathValue("id"), lang); err != nil {
		return err
	}
	v.Tell(v.T("settings.templates.dropped"))
	return v.Go(settingsAt + "/mallit")
}

// ---- mail ----

// mailView is how letters leave and what was just said about it.
type mailView struct {
	Set    bool // a server is set here
	Line   string
	DKIM   *mail.DNSRecord
	Form   *Form
	Trial  *Form
	In     *Form     // the call's own address
	Inbox  string    // as it is set, "" for none
	Came   time.Time // when the latest letter came, zero when none is remembered
	Said   *mail.Transcript
	Failed bool
	Reason string
}

// starred stands for a password that is set: it is never shown again. It must be
// signs an address may hold, since the line comes back with it.
const starred = "*****"

// masked is a mail address line with its password hidden.
func masked(line string) string {
	u, err := url.Parse(line)
	if err != nil || u.User == nil {
		return line
	}
	if _, has := u.User.Password(); !has {
		return line
	}
	user := url.User(u.User.Username()).String()
	u.User = nil
	scheme, rest, _ := strings.Cut(u.String(), "://")
	return scheme + "://" + user + ":" + starred + "@" + rest
}

// unmasked puts the kept password back into a line that came back with the mask.
// Only to the same server and user: else a changed host would be sent it.
func unmasked(line, kept string) (string, error) {
	u, err := url.Parse(line)
	if err != nil || u.User == nil {
		return line, nil
	}
	if p, _ := u.User.Password(); p != starred {
		return line, nil
	}
	old, err := url.Parse(kept)
	if err != nil || old.User == nil || old.Host != u.Host || old.User.Username() != u.User.Username() || old.Scheme != u.Scheme {
		return "", fault.New(fault.Invalid, "mail.settings.retype").On("url")
	}
	u.User = old.User
	return u.String(), nil
}

func (v *Visit) mailSettings() error { return v.mailWith(200, mailView{}) }

func (v *Visit) mailWith(status int, m mailView) error {
	own, err := office.AllSettings(v.R.Context(), v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	m.Set = own[office.MailURL] != ""
	if m.Set {
		m.Line = masked(own[office.MailURL])
	}
	if m.Form == nil {
		m.Form = v.Blank("url", m.Line, "from", own[office.MailFrom])
	}
	if m.Trial == nil {
		m.Trial = v.Blank("to", v.Officer.Email)
	}
	m.Inbox = own[office.MailIn]
	if m.In == nil {
		m.In = v.Blank("inbox", m.Inbox)
	}
	if m.Came, err = mail.LastArrival(v.R.Context(), v.DB, v.Region.ID); err != nil {
		return err
	}
	if key := own[office.MailDKIMKey]; key != "" {
		d := mail.DKIM{Selector: own[office.MailDKIMSelector], Domain: own[office.MailDKIMDomain], Key: mail.Secret(key)}
		if record, err := d.Record(); err == nil {
			m.DKIM = &record
		} else {
			v.Log.Error("the DKIM key of the settings cannot be read", "region", v.Region.ID, "error", err)
		}
	}
	return v.Render(status, mailPage(v, m))
}

func (v *Visit) setMail() error {
	ctx, f := v.R.Context(), v.Form()
	own, err := office.AllSettings(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	line, from := strings.TrimSpace(f.Get("url")), spark.CleanLine(f.Get("from"))
	if line != "" {
		line, err = checkMail(line, from, own[office.MailURL])
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.mailWith(422, mailView{Form: f})
	}
	if err := v.Office.Set(ctx, v.Region.ID, map[string]string{office.MailURL: line, office.MailFrom: from}); err != nil {
		return err
	}
	if line == "" {
		v.Tell(v.T("settings.mail.cleared"))
	} else {
		v.Tell(v.T("settings.mail.saved"))
	}
	return v.Go(settingsAt + "/sahkoposti")
}

// setMailIn sets the call's own address; "" closes the mail door for answers, and
// a mail server that still hands letters over is served all the same.
func (v *Visit) setMailIn() error {
	ctx, f := v.R.Context(), v.Form()
	address := office.FoldEmail(f.Get("inbox"))
	if err := v.freeInbox(ctx, address); err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.mailWith(422, mailView{In: f})
	}
	if err := v.Office.Set(ctx, v.Region.ID, map[string]string{office.MailIn: address}); err != nil {
		return err
	}
	if address == "" {
		v.Tell(v.T("settings.mail.in_cleared"))
	} else {
		v.Tell(v.T("settings.mail.in_saved"))
	}
	return v.Go(settingsAt + "/sahkoposti#saapuva")
}

// freeInbox tells that an address can be this region's call's: one that can be
// written to and that no other region's letters come to.
func (v *Visit) freeInbox(ctx context.Context, address string) error {
	if address == "" {
		return nil
	}
	if !office.EmailLooksRight(address) {
		return fault.New(fault.Invalid, "email.wrong").On("inbox")
	}
	all, err := programme.Regions(ctx, v.DB)
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.ID == v.Region.ID {
			continue
		}
		other, err := office.AllSettings(ctx, v.DB, s.ID)
		if err != nil {
			return err
		}
		if mail.SameMailbox(other[office.MailIn], address) {
			return fault.New(fault.Conflict, "mail.in.taken").On("inbox")
		}
	}
	return nil
}

// pipe is the lines with which a mail server hands this region's letters over.
type pipe struct{ Name, Lines string }

func (v *Visit) pipes(address string) []pipe {
	// A mailbox has one @ and nothing before it that a shell or a mail server's
	// file would read as anything else: see mail.ParseEmail. What it may still have
	// ($, |, !, {, and the like) is nobody's mailbox, and is not written into a file.
	local, domain, _ := strings.Cut(address, "@")
	if strings.ContainsFunc(local, func(r rune) bool { return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789.-_+", r) }) {
		local = "LOCAL-PART"
		address = local + "@" + domain
	}
	command := "/usr/local/bin/kokko mail-in --data /var/lib/kokko --region " + v.Region.ID
	return []pipe{
		{"Postfix", strings.NewReplacer("COMMAND", command, "ADDRESS", address).Replace(`# /etc/postfix/master.cf
kokko  unix  -  n  n  -  2  pipe
  flags=DOR user=kokko argv=COMMAND --to ${original_recipient}

# /etc/postfix/transport   (then: postmap /etc/postfix/transport)
ADDRESS  kokko:

# /etc/postfix/main.cf
transport_maps = hash:/etc/postfix/transport
kokko_destination_recipient_limit = 1`)},
		{"Exim", strings.NewReplacer("COMMAND", command, "LOCAL", local, "DOMAIN", domain).Replace(`# routers
kokko:
  driver = accept
  domains = DOMAIN
  local_parts = LOCAL
  transport = kokko_pipe

# transports
kokko_pipe:
  driver = pipe
  command = COMMAND --to $local_part@$domain
  user = kokko
  envelope_to_add
  return_path_add
  return_fail_output`)},
		{".forward", `"|` + command + `"`},
		{".procmailrc", ":0 w\n| " + command},
	}
}

// checkMail gives the line to keep: whole, with the sender in it, since reading
// settings wants one.
func checkMail(line, from, kept string) (string, error) {
	line, err := unmasked(line, kept)
	if err != nil {
		return "", err
	}
	if from != "" {
		if _, err := mail.ParseAddress(from); err != nil {
			return "", fault.New(fault.Invalid, "mail.settings.from").On("from").Because(err)
		}
		u, err := url.Parse(line)
		if err != nil {
			return "", fault.New(fault.Invalid, "mail.settings.url").On("url") // without the cause: it repeats the line
		}
		q := u.Query()
		q.Set("from", from)
		u.RawQuery = q.Encode()
		line = u.String()
	}
	if _, err := mail.ParseURL(line); err != nil {
		wrong := fault.List(err)
		for _, e := range wrong {
			if e.Field != "from" {
				e.Field = "url"
			}
		}
		return "", wrong.OrNil()
	}
	return line, nil
}

func (v *Visit) tryMail() error {
	f := v.Form()
	if err := v.DB.Tx(v.R.Context(), func(ctx context.Context, tx *store.Tx) error {
		return v.Office.Note(ctx, tx, v.Region.ID, audit.MailTried, audit.About{}, audit.Facts{})
	}); err != nil {
		return err
	}
	said, err := v.Letters.Trial(v.R.Context(), v.Region.ID, office.FoldEmail(f.Get("to")))
	m := mailView{Trial: f, Said: &said, Failed: err != nil}
	if err != nil {
		if fault.CodeOf(err) == fault.Internal {
			return err
		}
		m.Reason = v.Say.Fault(fault.List(err)[0])
		if e := fault.List(err)[0]; e.Field == "to" {
			f.Wrong, m.Said = fault.Many{e}, nil
			return v.mailWith(422, m)
		}
	}
	return v.mailWith(200, m)
}

// mailLine is a line of the talk with the mail server, as a page shows it.
func (v *Visit) mailLine(l mail.Line) string {
	switch l.Who {
	case mail.Us:
		return "→ " + l.Text
	case mail.Server:
		return "← " + l.Text
	}
	var pairs []any
	for name, value := range l.Args {
		pairs = append(pairs, name, value)
	}
	return "  " + v.T(l.Key, pairs...)
}

// mailTalk is the whole talk, a line each.
func (v *Visit) mailTalk(lines []mail.Line) string {
	said := make([]string, len(lines))
	for i, l := range lines {
		said[i] = v.mailLine(l)
	}
	return strings.Join(said, "\n")
}

// makeDKIM makes a key of this region's own; the record to publish is shown.
func (v *Visit) makeDKIM() error {
	ctx := v.R.Context()
	own, err := office.AllSettings(ctx, v.DB, v.Region.ID)
	if err != nil {
		return err
	}
	f := v.Form()
	s, err := mail.ParseURL(own[office.MailURL])
	if err != nil {
		_ = f.Refuse(fault.New(fault.Invalid, "mail.dkim.first"))
		return v.mailWith(422, mailView{Form: f})
	}
	if own[office.MailDKIMKey] != "" && f.Get("confirm") == "" {
		_ = f.Refuse(fault.New(fault.Invalid, "confirm.missing").On("confirm"))
		f.Values.Set("url", masked(own[office.MailURL]))
		f.Values.Set("from", own[office.MailFrom])
		return v.mailWith(422, mailView{Form: f})
	}
	key, err := mail.GenerateKey(mail.RSA)
	if err != nil {
		return err
	}
	_, domain, _ := strings.Cut(s.From.Email, "@")
	if err := v.Office.Set(ctx, v.Region.ID, map[string]string{office.MailDKIMKey: key.Reveal(), office.MailDKIMDomain: domain, office.MailDKIMSelector: "kokko"}); err != nil {
		return err
	}
	v.Tell(v.T("settings.mail.dkim_made"))
	return v.Go(settingsAt + "/sahkoposti")
}

// ---- the programme ----

const versionsShown = 50

func (v *Visit) programmeVersions() error { return v.programmeWith(200, nil) }

func (v *Visit) programmeWith(status int, f *Form) error {
	ctx := v.R.Context()
	all, err := programme.Versions(ctx, v.DB, v.Region.ID, versionsShown)
	if err != nil {
		return err
	}
	if f == nil && v.Query("muokkaa") != "" && v.May(right{Object: office.Programme, Verb: office.Write}) {
		source, err := v.Programmes.Source(ctx, v.Region.ID, v.Edition.Version.ID)
		if err != nil {
			return err
		}
		f = v.Blank("source", source, "base", v.Edition.Version.ID.String())
	}
	return v.Render(status, versionListPage(v, all, f))
}

func (v *Visit) publish() error {
	ctx, f := v.R.Context(), v.Form()
	// A text area sends CRLF; the same text must stay the same version.
	source := []byte(strings.ReplaceAll(f.Get("source"), "\r\n", "\n"))
	if !bytes.HasSuffix(source, []byte("\n")) {
		source = append(source, '\n')
	}
	e, err := v.publishNew(ctx, source, f)
	if err != nil {
		status := statusOf(fault.CodeOf(err))
		if err := f.Refuse(err); err != nil {
			return err
		}
		f.Values.Set("base", v.Edition.Version.ID.String())
		return v.programmeWith(status, f)
	}
	switch {
	case e.Version.ID == v.Edition.Version.ID:
		v.Tell(v.T("settings.programme.same"))
	case e.Region.Slug != v.Region.Slug && e.Region.Slug != v.Edition.Region.Slug: // wanted, and not done by a file
		v.Tell(v.T("settings.programme.published") + " " + v.T("settings.address.slug_stays", "slug", v.Region.Slug))
	default:
		v.Tell(v.T("settings.programme.published"))
	}
	v.lookAgain()
	return v.Go(settingsAt + "/ohjelma")
}

func (v *Visit) publishNew(ctx context.Context, source []byte, f *Form) (programme.Edition, error) {
	name := v.Region.ID + ".yaml"
	p, err := programme.Parse(name, source)
	if err != nil {
		return programme.Edition{}, err
	}
	if p.Region.ID != v.Region.ID {
		return programme.Edition{}, fault.New(fault.Invalid, "programme.other_region").With("region", p.Region.ID)
	}
	newest, err := v.Programmes.Current(ctx, v.Region.ID)
	if err != nil {
		return programme.Edition{}, err
	}
	if f.Get("base") != newest.Version.ID.String() {
		return programme.Edition{}, fault.New(fault.Conflict, "programme.changed")
	}
	return v.Programmes.Publish(ctx, name, source, v.Officer.Name, cutTo(spark.CleanLine(f.Get("note")), 300), func(ctx context.Context, tx *store.Tx, e programme.Edition) error {
		return office.SeedTemplates(ctx, tx, e.Region.ID, templatesOf(e))
	})
}

// templatesOf is the answer templates a programme brings; what the office has
// edited stays.
func templatesOf(e programme.Edition) (all []office.Template) {
	for i, a := range e.Answers {
		for _, l := range e.Languages {
			all = append(all, office.Template{ID: a.ID, Language: l, For: string(a.Purpose), Name: a.Title.In(l), Body: a.Body.In(l), Place: i})
		}
	}
	return all
}

// lookAgain has the regions read anew at the next request.
func (s *Server) lookAgain() {
	s.regions.Lock()
	defer s.regions.Unlock()
	s.regions.all = programme.Addresses{}
}

// ---- the region ----

func (v *Visit) regionSettings() error {
	return v.Render(200, regionPage(v, v.Blank(), v.addressForm()))
}

func (v *Visit) adopt() error {
	f := v.Form()
	if f.Get("confirm") == "" {
		_ = f.Refuse(fault.New(fault.Invalid, "confirm.missing").On("confirm"))
		return v.Render(422, regionPage(v, f, v.addressForm()))
	}
	adopted := f.Get("do") == "adopt"
	if err := v.Programmes.Adopt(v.R.Context(), v.Region.ID, adopted); err != nil {
		return err
	}
	v.lookAgain()
	if adopted {
		v.Tell(v.T("settings.region.adopted"))
	} else {
		v.Tell(v.T("settings.region.given_back"))
	}
	return v.Go(settingsAt + "/alue")
}

// ---- oneself ----

func (v *Visit) self() error {
	pace, err := comment.PaceOf(v.R.Context(), v.DB, v.Region.ID, v.Officer.ID)
	if err != nil {
		return err
	}
	f := v.Blank("language", v.Officer.Language, "hears", string(pace))
	if v.Officer.MondayMail {
		f.Values.Set("monday", "1")
	}
	return v.Render(200, selfPage(v, f))
}

func (v *Visit) changeSelf() error {
	f := v.Form()
	o := *v.Officer
	o.Language, o.MondayMail = f.Get("language"), f.Get("monday") != ""
	err := v.Office.Change(v.R.Context(), o)
	if err == nil && f.Get("hears") != "" {
		err = v.Comments.HearAs(v.R.Context(), v.Region.ID, o.ID, comment.Pace(f.Get("hears")))
	}
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(422, selfPage(v, f))
	}
	if l, ok := i18n.ParseLanguage(o.Language); ok {
		v.speak(l)
	}
	v.Tell(v.T("settings.self.saved"))
	return v.Go(settingsAt + "/itse")
}
