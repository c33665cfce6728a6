package project

import (
	"cmp"
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"
	"time"
	"unicode"

	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/network"
)

// What public lists of projects tell of who is tied to whom. A row names one
// implementer and the authority that granted the money: that is a tie of the two.
// Rows of one name that ran at one time and were carried by several are parts of one
// undertaking: that ties those. Nothing else is: to be paid from the same fund, under
// the same theme or in the same place is not to know each other.

// StaleArgs names the region whose ties are to be made anew.
type StaleArgs struct {
	Region string `json:"region"`
}

// Stale is queued by whoever changes what projects there are.
var Stale = jobs.Kind[StaleArgs]{Name: "project.stale"}

// Bind has the runner make ties anew when projects came or went, or the office has
// parted or joined names. place tells the names of a region's places.
func (s *Service) Bind(r *jobs.Runner, ties *network.Service, place func(ctx context.Context, region string) (func(string) bool, error)) {
	anew := func(ctx context.Context, region string) error {
		known, err := place(ctx, region)
		if err == nil {
			_, _, err = s.Tie(ctx, ties, region, known)
		}
		return err
	}
	jobs.Handle(r, Stale, func(ctx context.Context, job jobs.Job[StaleArgs]) error { return anew(ctx, job.Args.Region) })
	jobs.Handle(r, actor.Moved, func(ctx context.Context, job jobs.Job[actor.MovedArgs]) error {
		if err := ties.Follow(ctx, job.Args.Region, job.Args.From, job.Args.To); err != nil {
			return err
		}
		return anew(ctx, job.Args.Region)
	})
}

// Told has ties made anew behind the caller's transaction.
func Told(ctx context.Context, tx *store.Tx, region string) error {
	return Stale.Enqueue(ctx, tx, StaleArgs{region})
}

const selectTying = `SELECT p.project_id, p.title, p.authority, p.start_day, p.end_day, COALESCE(s.actor_id, 0) FROM projects p LEFT JOIN actor_spellings s ON s.region_id = p.region_id AND s.spelling_id = p.spelling_id
WHERE p.region_id = $1 AND p.project_id > $2 ORDER BY p.project_id LIMIT $3`

// funded is one project as ties are found by it.
type funded struct {
	id         ident.ID
	title      string
	authority  string
	start, end workday.Day
	by         ident.ID
}

// Tie makes the ties that follow from the projects of a region what they now are, and
// tells how many came and went. It may be called at any time, and again.
func (s *Service) Tie(ctx context.Context, ties *network.Service, region string, place func(string) bool) (added, gone int, err error) {
	var list []funded
	for {
		const atOnce = 1000
		last := ident.ID(0)
		if n := len(list); n > 0 {
			last = list[n-1].id
		}
		n := len(list)
		rows, err := s.db.Query(ctx, selectTying, region, int64(last), atOnce)
		if err := store.Each(rows, err, func(rows *sql.Rows) error {
			var f funded
			err := rows.Scan(&f.id, &f.title, &f.authority, &f.start, &f.end, &f.by)
			list = append(list, f)
			return err
		}); err != nil {
			return 0, 0, err
		}
		if len(list)-n < atOnce {
			break
		}
	}
	funders := map[string]ident.ID{}
	for _, f := range list {
		funders[f.authority] = 0
	}
	delete(funders, "")
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, name := range slices.Sorted(maps.Keys(funders)) {
			_, id, err := s.actors.Resolve(ctx, tx, region, name, place)
			if err != nil {
				return err
			}
			funders[name] = id
		}
		return nil
	}); err != nil {
		return 0, 0, err
	}
	return ties.Derive(ctx, region, []network.Why{network.Project, network.Grant}, append(grants(list, funders), parts(list)...))
}

// lasted is when a project began, and until when it goes on.
func (f funded) lasted() (since, at time.Time) {
	if f.start != 0 {
		since = f.start.Start(i18n.Helsinki())
	}
	if at = since; f.end != 0 {
		at = f.end.Start(i18n.Helsinki())
	}
	return since, at
}

// grants ties whoever carried a project to the authority that granted the money.
func grants(list []funded, funders map[string]ident.ID) (all []network.Tie) {
	for _, f := range list {
		if by := funders[f.authority]; by != 0 && f.by != 0 && by != f.by {
			since, at := f.lasted()
			all = append(all, network.Tie{From: by, To: f.by, Why: network.Grant, Source: f.id, Since: since, At: at})
		}
	}
	return all
}

// mostParts bounds the carriers of one undertaking: a name that more have is a kind of
// work, not one work.
const mostParts = 12

// parts ties those who carried rows of one name at one time.
func parts(list []funded) (all []network.Tie) {
	named := map[string][]funded{}
	for _, f := range list {
		if name := ownName(f.title); name != "" && f.by != 0 {
			named[name] = append(named[name], f)
		}
	}
	for _, same := range named {
		carriers := map[ident.ID]bool{}
		for _, f := range same {
			carriers[f.by] = true
		}
		if len(carriers) < 2 || len(carriers) > mostParts {
			continue
		}
		slices.SortFunc(same, func(a, b funded) int { return cmp.Compare(a.id, b.id) })
		seen := map[[2]ident.ID]bool{}
		for i, a := range same {
			for _, b := range same[i+1:] {
				pair := [2]ident.ID{min(a.by, b.by), max(a.by, b.by)}
				if a.by == b.by || seen[pair] || !a.beside(b) {
					continue
				}
				seen[pair] = true
				since, at := a.lasted()
				if later, until := b.lasted(); until.Before(at) {
					since, at = later, until
				}
				all = append(all, network.Tie{From: a.by, To: b.by, Why: network.Project, Source: a.id, Since: since, At: at})
			}
		}
	}
	return all
}

// beside tells that two projects ran at one time, as far as the list says.
func (f funded) beside(other funded) bool {
	if f.start == 0 || other.start == 0 || f.end == 0 || other.end == 0 {
		return false
	}
	return f.start <= other.end && other.start <= f.end
}

// ownName is a title that can be one undertaking's alone, folded; "" for names that
// many have: the technical support and the running of the programmes themselves, and
// names of a word or two that are no longer than a word.
func ownName(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := strings.Join(words, " ")
	if len(words) == 1 && len([]rune(name)) < 8 {
		return ""
	}
	for _, common := range []string{"tekninen tuki", "tiedotus ja viestintä", "hallinnointi", "toimeenpano", "tekniskt stöd", "technical assistance"} {
		if strings.Contains(name, common) {
			return ""
		}
	}
	return name
}
