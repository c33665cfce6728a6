package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/mail"
	"kokko/journey/comment"
	"kokko/journey/introduction"
	"kokko/journey/retention"
	"kokko/journey/ring"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/asking"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/session"
)

func statementRoutes() []route {
	return []route{
		{pattern: "GET /saavutettavuus", ready: true, do: (*Visit).accessibility},
		{pattern: "GET /tietosuoja", ready: true, do: (*Visit).privacy},
		{pattern: "GET /lahdekoodi", ready: true, do: (*Visit).source},
		{pattern: "GET /robots.txt", do: (*Visit).robots},
		{pattern: "GET /.well-known/security.txt", do: (*Visit).security},
	}
}

// Settings the statements are made of. A text of the office's own has one setting
// per language, the language last: "accessibility.gaps.fi".
const (
	setStatus     = "accessibility.status"     // full, part or not: how far the pages meet WCAG; "" while nobody has judged
	setAssessed   = "accessibility.assessed"   // the day of the office's own assessment, 2026-11-23
	setMethod     = "accessibility.method"     // self or expert
	setGaps       = "accessibility.gaps."      // + language: what the office knows to be amiss
	setMail       = "accessibility.mail"       // where to tell of a barrier
	setPhone      = "accessibility.phone"      // the same by phone
	setSupervisor = "accessibility.supervisor" // the authority's address, https://…
	setController = "privacy.controller"       // who answers for the personal data
	setGuard      = "privacy.contact"          // its data protection officer
	setSource     = "source.url"               // where the source code of this very version is
	setSecurity   = "security.contact"         // mailto:, tel: or https: for who finds a hole
)

// supervisor is where the authority receives complaints, unless a setting says otherwise.
const supervisor = "https://www.saavutettavuusvaatimukset.fi/"

// settings reads what the office has set.
func (v *Visit) settings() (map[string]string, error) {
	return office.AllSettings(v.R.Context(), v.DB, v.Region.ID)
}

// supervisorOf is the authority's address as the settings have it.
func supervisorOf(set map[string]string) string {
	if at := set[setSupervisor]; at != "" {
		return at
	}
	return supervisor
}

// standing is what the accessibility statement says.
type standing struct {
	Status     string // full, part, not, or "" while nobody has judged
	Assessed   workday.Day
	Known      bool // there is an assessment with its day
	Old        bool // over a year ago: to be looked at again
	Method     string
	Gaps       string
	GapsIn     string // the language they are in
	Mail       string
	Phone      string
	Supervisor string
	Officer    office.Officer // who is on duty, where no contact is set
}

func (v *Visit) accessibility() error {
	v.rough = "plain.contact"
	set, err := v.settings()
	if err != nil {
		return err
	}
	st := standing{
		Status: oneOf(set[setStatus], "full", "part", "not"), Method: oneOf(set[setMethod], "self", "expert"),
		Gaps: strings.TrimSpace(set[setGaps+string(v.Lang)]), Mail: set[setMail], Phone: set[setPhone], Supervisor: supervisorOf(set),
	}
	st.GapsIn = string(v.Lang)
	if st.Gaps == "" {
		st.Gaps, st.GapsIn = strings.TrimSpace(set[setGaps+v.Edition.Original()]), v.Edition.Original()
	}
	if d, err := workday.Parse(set[setAssessed]); err == nil {
		st.Assessed, st.Known, st.Old = d, true, v.assessedLongAgo(d)
	}
	if st.Status != "" && (!st.Known || st.Method == "") {
		st.Status = "" // a verdict without its day and method is none
	}
	if st.Phone == "" {
		st.Phone = v.Edition.Office.Phone
	}
	if st.Mail == "" && st.Phone == "" {
		if st.Officer, _, err = office.Duty(v.R.Context(), v.DB, v.Region.ID, v.today()); err != nil {
			return err
		}
		st.Phone = st.Officer.Phone
	}
	return v.Render(200, accessibilityPage(v, st))
}

func oneOf(s string, known ...string) string {
	if slices.Contains(known, s) {
		return s
	}
	return ""
}

// Holding is one table of the store as the privacy page tells of it. Its texts are
// "privacy.<table>.what", and for personal data .why, .long and .who.
type Holding struct {
	Table    string
	Personal bool
	Of       string // whose: bringer, officer, both, reader or visitor; "" for what is nobody's
}

// Holdings is every table of the store, those with personal data first. A test
// walks the live schema: a new table without a line here fails.
func Holdings() []Holding {
	return []Holding{
		{"sparks", true, "bringer"},
		{"bringers", true, "bringer"},
		{"bringer_links", true, "bringer"},
		{"beats", true, "both"},
		{"beat_words", true, "both"},
		{"measures", true, "both"},
		{"arrivals", true, "bringer"},
		{"standings", true, "bringer"},
		{"reports", true, "reader"},
		{"attachments", true, "both"},
		{"spark_origins", true, "bringer"},
		{"forecast_choices", true, "bringer"},
		{"spark_imports", true, "bringer"},
		{"search_things", true, "bringer"},
		{"search_texts", true, "bringer"},
		{"mails", true, "both"},
		{"mail_arrivals", true, "bringer"},
		{"mail_quotes", false, ""},
		{"mergings", true, "bringer"},
		{"clusters", true, "bringer"},
		{"act_changes", true, "bringer"},
		{"jobs", true, "both"},
		{"feedback", true, "visitor"},
		{"addresses", true, "visitor"},
		{"follow_searches", true, "visitor"},
		{"follow_search_keys", true, "visitor"},
		{"address_asks", true, "visitor"},
		{"address_sessions", true, "visitor"},
		{"shares", true, "visitor"},
		{"people", true, "visitor"},
		{"people_choices", true, "visitor"},
		{"people_words", true, "visitor"},
		{"actor_members", true, "visitor"},
		{"knowhow_items", true, "visitor"},
		{"knowhow_changes", true, "visitor"},
		{"follows", true, "visitor"},
		{"event_seats", true, "visitor"},
		{"collision_guests", true, "visitor"},
		{"table_people", true, "visitor"},
		{"table_present", true, "visitor"},
		{"table_steps", true, "visitor"},
		{"assets", true, "visitor"},
		{"ties", true, "visitor"},
		{"network_members", true, "visitor"},
		{"asked_names", true, "visitor"},
		{"asked_letters", true, "visitor"},
		{"asked_stops", true, "visitor"},
		{"wave_invites", true, "visitor"},
		{"network_files", true, "visitor"},
		{"deliveries", true, "visitor"},
		{"comments", true, "visitor"},
		{"comment_reports", true, "reader"},
		{"warmths", true, "visitor"},
		{"ring_people", true, "visitor"},
		{"ring_yeses", true, "visitor"},
		{"introductions", true, "visitor"},
		{"introduction_sides", true, "visitor"},
		{"introduction_stops", true, "visitor"},
		{"proposals", true, "visitor"},
		{"commitments", true, "bringer"},
		{"officers", true, "officer"},
		{"absences", true, "officer"},
		{"audit_entries", true, "officer"},
		{"acts", true, "officer"},
		{"spark_pairs", true, "officer"},
		{"signin_links", true, "officer"},
		{"sessions", true, "officer"},
		{"programme_versions", true, "officer"},
		{"settings", true, "officer"},
		{"talk_paces", true, "officer"},

		{"demand_words", false, ""},
		{"demand_salts", false, ""},
		{"spark_tags", false, ""},
		{"spark_pair_walks", false, ""},
		{"talks", false, ""},
		{"ring_openings", false, ""},
		{"ring_choices", false, ""},
		{"ring_moves", false, ""},
		{"proposal_weights", false, ""},
		{"forecasts", false, ""},
		{"forecast_ends", false, ""},
		{"forecast_reach", false, ""},
		{"choice_words", false, ""},
		{"forecast_ties", false, ""},
		{"forecast_themes", false, ""},
		{"forecast_delays", false, ""},
		{"forecast_reach_said", false, ""},
		{"forecast_reach_moves", false, ""},
		{"forecast_reach_scores", false, ""},
		{"talk_told", false, ""},
		{"closed_replies", false, ""},
		{"talk_waits", false, ""},
		{"share_steps", false, ""},
		{"circulars", false, ""},
		{"challenges", false, ""},
		{"challenge_texts", false, ""},
		{"events", false, ""},
		{"event_reminders", false, ""},
		{"collisions", false, ""},
		{"partner_tables", false, ""},
		{"table_meetings", false, ""},
		{"table_sparks", false, ""},
		{"imports", false, ""},
		{"actors", false, ""},
		{"actor_spellings", false, ""},
		{"organisations", false, ""},
		{"organisation_homes", false, ""},
		{"tie_versions", false, ""},
		{"tie_changes", false, ""},
		{"waves", false, ""},
		{"measure_figures", false, ""},
		{"measure_samples", false, ""},
		{"networks", false, ""},
		{"network_meetings", false, ""},
		{"projects", false, ""},
		{"import_faults", false, ""},
		{"import_parts", false, ""},
		{"regions", false, ""},
		{"region_addresses", false, ""},
		{"closures", false, ""},
		{"answer_templates", false, ""},
		{"job_leader", false, ""},
		{"job_periods", false, ""},
		{"servers", false, ""},
		{"vocabularies", false, ""},
		{"retention_runs", false, ""},
		{"place_counts", false, ""},
		{"wordings", false, ""},
		{"search_words", false, ""},
		{"search_totals", false, ""},
		{"search_pending", false, ""},
		{"search_walks", false, ""},
		{"search_news", false, ""},
	}
}

// holdings gives the tables with personal data of one kind of people; what holds
// both kinds is told of once, with the bringers'.
func holdings(of string) (out []Holding) {
	for _, h := range Holdings() {
		if h.Personal && (h.Of == of || h.Of == "both" && of == "bringer") {
			out = append(out, h)
		}
	}
	return out
}

// keeping says how long, with the numbers the program really goes by.
func (v *Visit) keeping(table string, p retention.Periods) string {
	days := func(d time.Duration) int { return int(d / (24 * time.Hour)) }
	key := "privacy." + table + ".long"
	switch table {
	case "bringers":
		return v.N(key, p[retention.Contacts])
	case "sparks", "beat_words", "measures", "attachments":
		long := v.N(key, p[retention.Withdrawn])
		if table == "sparks" {
			long += " " + v.N("privacy.held.long", p[retention.Held])
		}
		return long
	case "mails":
		return v.N(key, p[retention.Letters])
	case "feedback":
		return v.N(key, p[retention.Feedback])
	case "absences":
		return v.N(key, p[retention.Absences])
	case "audit_entries":
		return v.N(key, p[retention.Log])
	case "mail_arrivals":
		return v.N(key, days(mail.ArrivalsKept))
	case "reports":
		return v.N(key, days(spark.ReportsKept))
	case "sessions":
		return v.N(key, days(session.Life))
	case "comments", "comment_reports":
		return v.N(key, days(comment.DeclinedKept))
	case "ring_people":
		return v.N(key, days(ring.DeclinedKept))
	case "introductions", "introduction_sides", "proposals":
		return v.N(key, days(introduction.Kept))
	case "asked_names":
		return v.N(key, days(asking.Kept)/365)
	case "network_files":
		return v.N(key, days(network.FileWaitsFor))
	case "asked_letters":
		return v.N(key, days(asking.Spaced))
	case "deliveries":
		return v.N(key, days(mail.CircularsKept))
	case "address_asks":
		return v.N(key, days(address.AsksKept))
	case "address_sessions":
		return v.N(key, days(address.Remembered))
	case "shares":
		return v.N(key, days(share.Kept))
	case "signin_links":
		return v.N(key, int(session.LinkLife/time.Minute))
	}
	return v.T(key)
}

// answerable is who answers for personal data here.
type answerable struct{ Controller, Contact string }

func (v *Visit) privacy() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	return v.Render(200, privacyPage(v, answerable{set[setController], set[setGuard]}, retention.Of(set)))
}

func (v *Visit) source() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	return v.Render(200, sourcePage(v, httpsOnly(set[setSource])))
}

// httpsOnly is an address to link to, "" for anything else.
func httpsOnly(s string) string {
	if strings.HasPrefix(s, "https://") && !strings.ContainsAny(s, " \r\n\t\"<>") {
		return s
	}
	return ""
}

// robots keeps crawlers from pages that are nobody's but one person's. What is
// public may be found; an example says noindex on its pages.
func (v *Visit) robots() error {
	return v.plain("text/plain; charset=utf-8", "User-agent: *\nDisallow: /oma/\nDisallow: /*/oma/\nDisallow: /palaute/\nDisallow: /*/palaute/\nDisallow: /minun/\nDisallow: /*/minun/\nDisallow: /jako/\nDisallow: /*/jako/\nDisallow: /k/\nDisallow: /*/k/\nDisallow: /vahvista/\nDisallow: /*/vahvista/\nDisallow: /tutustuminen/\nDisallow: /*/tutustuminen/\nDisallow: /kysyisin/\nDisallow: /*/kysyisin/\nDisallow: /lopeta/\nDisallow: /*/lopeta/\nDisallow: /toimisto\nDisallow: /*/toimisto\nDisallow: /kirjaudu\nDisallow: /*/kirjaudu\n")
}

// security is RFC 9116, where the office has said whom to tell.
func (v *Visit) security() error {
	set, err := v.settings()
	if err != nil {
		return err
	}
	contact := set[setSecurity]
	kind, _, _ := strings.Cut(contact, ":")
	if strings.ContainsAny(contact, "\r\n \t") || !slices.Contains([]string{"mailto", "tel", "https"}, kind) {
		return fault.New(fault.NotFound, "page.none")
	}
	// Made anew at each reading, so it is never stale; half a year is under the
	// year the standard allows.
	expires := v.Clock.Now().UTC().AddDate(0, 6, 0).Truncate(24 * time.Hour).Format(time.RFC3339)
	return v.plain("text/plain; charset=utf-8", fmt.Sprintf("Contact: %s\nExpires: %s\nPreferred-Languages: fi, sv, en\n", contact, expires))
}
