package web

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/i18n"
	"kokko/journey/spark"
	"kokko/region/office"
)

// What the accessibility statement, the privacy page, the source code page and
// security.txt say of this office: the page where the office writes it.

const statementsAt = settingsAt + "/selosteet"

func standingRoutes() []route {
	return []route{
		{pattern: "GET " + statementsAt, access: staff, verb: office.Read, object: office.Settings, do: (*Visit).statementSettings},
		{pattern: "POST " + statementsAt, access: staff, verb: office.Write, object: office.Settings, do: (*Visit).setStatements},
	}
}

// Bounds of what the statements may hold, in characters.
const (
	maxGaps    = 5000
	maxCard    = 1000 // who answers for personal data, and its officer
	maxAddress = 300  // of a page, a mailbox, a phone
)

// entry is one setting of the statements: its field in the form and its name in
// the store.
type entry struct{ Field, Setting string }

// entries is every setting of the statements, in the order of the page, in the
// languages the region's pages have.
func (v *Visit) entries() []entry {
	all := []entry{{"status", setStatus}, {"assessed", setAssessed}, {"method", setMethod}}
	for _, l := range v.Edition.Tongues() {
		all = append(all, entry{"gaps_" + string(l), setGaps + string(l)})
	}
	return append(all, entry{"mail", setMail}, entry{"phone", setPhone}, entry{"supervisor", setSupervisor},
		entry{"controller", setController}, entry{"guard", setGuard}, entry{"source", setSource}, entry{"security", setSecurity}, entry{"licence", setLicence})
}

func (v *Visit) statementSettings() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	f := v.Blank()
	for _, e := range v.entries() {
		f.Values.Set(e.Field, set[e.Setting])
	}
	return v.showStatementSettings(200, f)
}

// showStatementSettings warns when what is written down is too old to hold.
func (v *Visit) showStatementSettings(status int, f *Form) error {
	assessed, err := workday.Parse(f.Get("assessed"))
	return v.Render(status, statementSettingsPage(v, f, err == nil && v.assessedLongAgo(assessed)))
}

// assessedLongAgo tells that an assessment is over a year old: the statement must
// be looked at again.
func (v *Visit) assessedLongAgo(on workday.Day) bool { return v.today() > on.Add(365) }

func (v *Visit) setStatements() error {
	f := v.Form()
	values, err := f.statements(v.today(), v.Edition.Tongues())
	if err != nil {
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.showStatementSettings(422, f)
	}
	set := map[string]string{}
	for _, e := range v.entries() {
		set[e.Setting] = values[e.Field]
	}
	if err := v.Office.Set(v.R.Context(), v.Region.ID, set); err != nil {
		return err
	}
	v.Tell(v.T("settings.statements.saved"))
	return v.Go(statementsAt)
}

// statements reads and cleans the form's fields and finds every mistake in them,
// in the order of the page. An empty field is fine where the page can do without.
// tongues are the languages of the pages, the one the others fall back on first.
func (f *Form) statements(today workday.Day, tongues []i18n.Language) (map[string]string, error) {
	var wrong fault.Many
	refuse := func(field, key string) { wrong = append(wrong, fault.New(fault.Invalid, key).On(field)) }
	to := map[string]string{}
	take := func(field string, clean func(string) string, most int) string {
		to[field] = clean(f.Get(field))
		if n := utf8.RuneCountInString(to[field]); n > most {
			wrong = append(wrong, fault.New(fault.Invalid, "too_long").On(field).With("max", most).With("now", n))
			return ""
		}
		return to[field]
	}

	status := take("status", strings.TrimSpace, maxAddress)
	if status != oneOf(status, "full", "part", "not") {
		refuse("status", "statement.status.wrong")
	}
	day, err := f.day("assessed")
	switch {
	case err != nil:
		wrong = append(wrong, fault.List(err)...)
	case day > today:
		refuse("assessed", "statement.assessed.future")
	case day == 0 && status != "":
		refuse("assessed", "statement.assessed.missing")
	case day != 0 && status == "":
		refuse("status", "statement.status.missing")
	}
	if to["assessed"] = ""; day != 0 {
		to["assessed"] = day.String()
	}
	switch method := take("method", strings.TrimSpace, maxAddress); {
	case method != oneOf(method, "self", "expert"):
		refuse("method", "statement.method.wrong")
	case method == "" && status != "":
		refuse("method", "statement.method.missing")
	}
	told := ""
	for _, l := range tongues {
		told += take("gaps_"+string(l), spark.Clean, maxGaps)
	}
	if first := "gaps_" + string(tongues[0]); to[first] == "" && (told != "" || status == "part" || status == "not") {
		refuse(first, "statement.gaps.missing")
	}

	if to["mail"] = office.FoldEmail(spark.CleanLine(f.Get("mail"))); to["mail"] != "" && !office.EmailLooksRight(to["mail"]) {
		refuse("mail", "email.wrong")
	}
	if phone := take("phone", spark.CleanLine, spark.MaxPhone); phone != "" && !spark.PhoneLooksRight(phone) {
		refuse("phone", "phone.wrong")
	}
	if at := take("supervisor", spark.CleanLine, maxAddress); at != "" && !httpsAddress(at) {
		refuse("supervisor", "address.wrong")
	}
	take("controller", spark.Clean, maxCard)
	take("guard", spark.Clean, maxCard)
	if at := take("source", spark.CleanLine, maxAddress); at != "" && !httpsAddress(at) {
		refuse("source", "address.wrong")
	}
	if at := take("security", spark.CleanLine, maxAddress); at != "" {
		var ok bool
		if to["security"], ok = whomToTell(at); !ok {
			refuse("security", "statement.security.wrong")
		}
	}
	if licence := take("licence", strings.TrimSpace, maxAddress); licence != oneOf(licence, licences()...) {
		refuse("licence", "statement.licence.wrong")
	}
	return to, wrong.OrNil()
}

// httpsAddress tells whether a text is an address that a page can link to, with
// a host and without a name or password in it.
func httpsAddress(s string) bool {
	u, err := url.Parse(s)
	return err == nil && httpsOnly(s) != "" && u.Hostname() != "" && u.User == nil
}

// whomToTell reads a contact for security.txt, which takes addresses only: a bare
// mailbox or phone number becomes one.
func whomToTell(s string) (string, bool) {
	switch kind, rest, _ := strings.Cut(s, ":"); {
	case strings.EqualFold(kind, "https"):
		return s, httpsAddress(s)
	case strings.EqualFold(kind, "mailto"):
		s = rest
	case strings.EqualFold(kind, "tel"):
		return "tel:" + digits(rest), spark.PhoneLooksRight(rest)
	}
	if office.EmailLooksRight(s) {
		return "mailto:" + office.FoldEmail(s), true
	}
	if spark.PhoneLooksRight(s) {
		return "tel:" + digits(s), true
	}
	return s, false
}
