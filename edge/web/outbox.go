package web

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/mail"
	"kokko/journey/spark"
	"kokko/region/audit"
	"kokko/region/office"
)

// What leaves the house and what is done behind it: nothing fails silently.

func outboxRoutes() []route {
	on := func(pattern string, verb office.Verb, do func(*Visit) error) route {
		return route{pattern: pattern, access: staff, verb: verb, object: office.Outbox, do: do}
	}
	return []route{
		on("GET /toimisto/lahtevat", office.Read, (*Visit).outboxList),
		on("GET /toimisto/lahtevat/kierto", office.Read, (*Visit).circularList),
		on("GET /toimisto/lahtevat/kierto/{id}", office.Read, (*Visit).circular),
		on("POST /toimisto/lahtevat/kierto/{id}/uudelleen", office.Resend, (*Visit).circularAgain),
		on("GET /toimisto/lahtevat/{id}", office.Read, (*Visit).outboxLetter),
		on("POST /toimisto/lahtevat/{id}/uudelleen", office.Resend, (*Visit).sendAgain),
		on("GET /toimisto/tyot", office.Read, (*Visit).jobList),
		on("POST /toimisto/tyot/{id}/uudelleen", office.Resend, (*Visit).retryJob),
		on("POST /toimisto/tyot/{id}/poista", office.Resend, (*Visit).dropJob),
	}
}

func stands() []mail.Stand {
	return []mail.Stand{mail.Waiting, mail.Sending, mail.Failed, mail.Unsure, mail.Local, mail.Went}
}

// standDue draws where a letter stands.
func standDue(s mail.Stand) string {
	switch s {
	case mail.Failed, mail.Unsure:
		return "late"
	case mail.Waiting, mail.Sending:
		return "soon"
	case mail.Went:
		return "done"
	}
	return "ok"
}

func (v *Visit) outboxList() error {
	ctx := v.R.Context()
	after, err := v.idCursor()
	if err != nil {
		return err
	}
	only := mail.Stand(v.Query("tila"))
	if !slices.Contains(stands(), only) {
		only = ""
	}
	all, err := v.Outbox.List(ctx, v.Region.ID, only, after, perPage+1)
	if err != nil {
		return err
	}
	all, next := page(all, func(m mail.Posted) ident.ID { return m.ID })
	set, err := v.Letters.Leave(ctx, v.Region.ID)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(p mail.Posted) bool { return p.Spark != 0 }) {
		if err := v.Office.Looked(ctx, v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "letters"}); err != nil {
			return err
		}
	}
	return v.Render(200, outboxPage(v, all, only, after, next, set))
}

func (v *Visit) letterAt() (mail.Posted, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return mail.Posted{}, fault.New(fault.NotFound, "mail.none")
	}
	return v.Outbox.One(v.R.Context(), v.Region.ID, id)
}

// hidden stands for the secret of a link that this reader may not see.
const hidden = "•••"

var (
	ownLinks    = regexp.MustCompile(`(/(?:oma|vahvista|minun|lopeta)/)[0-9A-Za-z.:-]+`)
	signinLinks = regexp.MustCompile(`(/kirjaudu/)[0-9A-Za-z-]+`)
)

// readable is a letter's text as this officer may read it. Private links are
// hidden unless the letter stayed here, when somebody must hand them on; a
// sign-in link is shown only to those who could change the other's role anyway,
// and to its own receiver.
func (v *Visit) readable(p mail.Posted) (text string, masked bool) {
	text = p.Text
	stayed := p.Stand == mail.Local
	hide := func(links *regexp.Regexp, shown bool) {
		if !shown && links.MatchString(text) {
			text, masked = links.ReplaceAllString(text, "${1}"+hidden), true
		}
	}
	hide(ownLinks, stayed && v.May(right{Object: office.Contacts, Verb: office.Write}))
	hide(signinLinks, stayed && (v.May(right{Object: office.People, Verb: office.Write}) || p.To == v.Officer.Email))
	return text, masked
}

func again(p mail.Posted) bool {
	return p.Stand == mail.Failed || p.Stand == mail.Unsure || p.Stand == mail.Local
}

func (v *Visit) outboxLetter() error {
	p, err := v.letterAt()
	if err != nil {
		return err
	}
	code := ""
	if p.Spark != 0 {
		s, err := spark.ByID(v.R.Context(), v.DB, v.Region.ID, p.Spark)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		if code = s.Code; strings.HasPrefix(p.Purpose, spark.LetterToBringer) {
			if err := v.Office.Looked(v.R.Context(), v.Region.ID, audit.ContactsRead, audit.About{Thing: audit.Spark, Key: code}); err != nil {
				return err
			}
		}
	}
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	return v.Render(200, letterPage(v, p, code))
}

func (v *Visit) sendAgain() error {
	p, err := v.letterAt()
	if err != nil {
		return err
	}
	if err := v.Outbox.Again(v.R.Context(), v.Region.ID, p.ID, v.noting(audit.MailAgain, audit.About{Thing: audit.Letter, Key: p.ID.String()})); err != nil {
		return err
	}
	v.Tell(v.T("outbox.again.done"))
	return v.Go("/toimisto/lahtevat/" + p.ID.String())
}

// ours tells whether a job is of this region: several regions share one queue.
// What is of the whole installation is shown to an office that is alone in it;
// where there are several, it is the operator's (kokko doctor).
func (v *Visit) ours(j jobs.DeadJob) bool {
	var of struct {
		Region string `json:"region"`
	}
	return json.Unmarshal(j.Args, &of) == nil && (of.Region == v.Region.ID || of.Region == "" && v.alone())
}

// alone tells that the installation serves one region only.
func (v *Visit) alone() bool { return len(v.where.All) == 1 }

// deadLooked bounds how many dead jobs one page looks through for its region's own.
const deadLooked = 2000

// ownDead lists this region's dead jobs, the newest first.
func (v *Visit) ownDead(after ident.ID) (all []jobs.DeadJob, next ident.ID, err error) {
	for looked := 0; ; {
		page, more, err := v.Jobs.Dead(v.R.Context(), jobs.Page{Before: after, Limit: 200})
		if err != nil {
			return nil, 0, err
		}
		for _, j := range page {
			switch {
			case !v.ours(j):
			case len(all) == perPage:
				return all, all[perPage-1].ID, nil
			default:
				all = append(all, j)
			}
		}
		if looked += len(page); more == 0 || looked >= deadLooked {
			return all, more, nil
		}
		after = more
	}
}

func (v *Visit) jobList() error {
	after, err := v.idCursor()
	if err != nil {
		return err
	}
	var stats *jobs.Stats // of the whole queue: where several share it, nobody's
	if v.alone() {
		s, err := v.Jobs.Stats(v.R.Context())
		if err != nil {
			return err
		}
		stats = &s
	}
	all, next, err := v.ownDead(after)
	if err != nil {
		return err
	}
	return v.Render(200, jobsPage(v, stats, all, after, next))
}

// deadAt finds the dead job of the address, one of this region only.
func (v *Visit) deadAt() (ident.ID, error) {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return 0, fault.New(fault.NotFound, "jobs.gone")
	}
	found, _, err := v.Jobs.Dead(v.R.Context(), jobs.Page{Before: id + 1, Limit: 1})
	if err != nil {
		return 0, err
	}
	if len(found) == 0 || found[0].ID != id || !v.ours(found[0]) {
		return 0, fault.New(fault.NotFound, "jobs.gone")
	}
	return id, nil
}

func (v *Visit) retryJob() error {
	id, err := v.deadAt()
	if err != nil {
		return err
	}
	if err := v.Jobs.Retry(v.R.Context(), id, v.noting(audit.JobAgain, audit.About{Thing: audit.Job, Key: id.String()})); err != nil {
		return err
	}
	v.Tell(v.T("jobs.retried"))
	return v.Go("/toimisto/tyot")
}

func (v *Visit) dropJob() error {
	id, err := v.deadAt()
	if err != nil {
		return err
	}
	if err := v.Jobs.Drop(v.R.Context(), id, v.noting(audit.JobGone, audit.About{Thing: audit.Job, Key: id.String()})); err != nil {
		return err
	}
	v.Tell(v.T("jobs.dropped"))
	return v.Go("/toimisto/tyot")
}

// replyWords is the first words of a server's reply.
func replyWords(p mail.Posted) string { return shorten(strings.TrimSpace(p.Reply), 160) }
