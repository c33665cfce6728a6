package web

import (
	"net/http"

	"kokko/engine/workday"
	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/project"
	"kokko/region/actor"
	"kokko/region/asset"
	"kokko/region/office"
)

// Funded projects as public lists tell of them, and the office's look at whose the
// names of organisations are taken to be.

const namesAt = "/toimisto/toimijat"

func projectRoutes() []route {
	return []route{
		{pattern: "GET /hankkeet", knows: true, do: (*Visit).projects},
		{pattern: "GET /hanke/{id}", knows: true, do: (*Visit).project},
		{pattern: "GET " + namesAt, access: staff, verb: office.Read, object: office.Sparks, do: (*Visit).names},
		{pattern: "POST " + namesAt + "/{id}/erota", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).partNames},
		{pattern: "POST " + namesAt + "/{id}/yhdista", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).joinNames},
	}
}

// projectsPerPage is how many projects a page lists.
const projectsPerPage = 30

// projectList is one page of projects.
type projectList struct {
	List   []project.Project
	Of     actor.Actor // whose, the zero Actor for everybody's
	Names  []actor.Spelling
	Ties   []tieRow
	More   int           // ties that are not listed
	Assets []asset.Asset // what the organisation has to lend
	Later  bool
	Next   ident.ID
	Writes bool
}

// address is the list's own, from before a project on.
func (l projectList) address(before ident.ID) string {
	path := "/hankkeet"
	if l.Of.ID != 0 {
		path = withQuery(path, "toimija", l.Of.ID.String())
	}
	if before != 0 {
		path = withQuery(path, "sivu", before.String())
	}
	return path
}

// before reads where a page of a public list by id begins; 0 at its beginning.
func (v *Visit) before(name string) (ident.ID, error) {
	given := v.Query(name)
	if given == "" {
		return 0, nil
	}
	id, ok := ident.Parse(given)
	if !ok {
		return 0, fault.New(fault.NotFound, "page.cursor.wrong")
	}
	return id, nil
}

func (v *Visit) projects() error {
	ctx := v.R.Context()
	var l projectList
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	if given := v.Query("toimija"); given != "" {
		id, _ := ident.Parse(given)
		if l.Of, err = actor.ByID(ctx, v.DB, v.Region.ID, id); err != nil {
			return err
		}
		if l.Names, err = actor.Of(ctx, v.DB, v.Region.ID, id); err != nil {
			return err
		}
		if before == 0 {
			if l.Ties, l.More, err = v.tiesOf(id); err != nil {
				return err
			}
			if l.Assets, err = asset.OwnedBy(ctx, v.DB, v.Region.ID, id, assetsShown); err != nil {
				return err
			}
		}
	}
	l.Later = before != 0
	if l.List, err = project.List(ctx, v.DB, v.Region.ID, l.Of.ID, before, projectsPerPage+1); err != nil {
		return err
	}
	if len(l.List) > projectsPerPage {
		l.List = l.List[:projectsPerPage]
		l.Next = l.List[projectsPerPage-1].ID
	}
	return v.Render(http.StatusOK, projectsPage(v, l))
}

func (v *Visit) project() error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "project.none")
	}
	p, err := project.ByID(v.R.Context(), v.DB, v.Region.ID, id)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, projectPage(v, p))
}

// span is when a project runs, as far as is known.
func (v *Visit) projectSpan(p project.Project) string {
	day := func(d workday.Day) string {
		if d == 0 {
			return ""
		}
		return v.FullDay(d)
	}
	switch start, end := day(p.Start), day(p.End); {
	case start != "" && end != "":
		return v.T("project.span", "from", start, "until", end)
	case start != "":
		return v.T("project.since", "from", start)
	case end != "":
		return v.T("project.until", "until", end)
	}
	return ""
}

// euros is a sum in whole euros.
func (v *Visit) euros(cents int64) string {
	return v.T("project.euros", "sum", v.Say.Number((cents+50)/100))
}

// namesView is the office's page of decisions on names.
type namesView struct {
	List   []actor.Spelling
	Count  int
	Later  bool
	Next   ident.ID
	Writes bool
	Err    error
}

func (v *Visit) names() error { return v.showNames(http.StatusOK, nil) }

func (v *Visit) showNames(status int, wrong error) error {
	ctx := v.R.Context()
	before, err := v.before("sivu")
	if err != nil {
		return err
	}
	view := namesView{Later: before != 0, Writes: v.May(right{Object: office.Sparks, Verb: office.Write}), Err: wrong}
	if view.Count, err = actor.Count(ctx, v.DB, v.Region.ID); err != nil {
		return err
	}
	if view.List, err = actor.Decisions(ctx, v.DB, v.Region.ID, before, projectsPerPage+1); err != nil {
		return err
	}
	if len(view.List) > projectsPerPage {
		view.List = view.List[:projectsPerPage]
		view.Next = view.List[projectsPerPage-1].ID
	}
	return v.Render(status, namesPage(v, view))
}

func (v *Visit) partNames() error {
	id, _ := ident.Parse(v.R.PathValue("id"))
	if err := v.Actors.Part(v.R.Context(), v.Region.ID, id); err != nil {
		return err
	}
	v.reown()
	v.Tell(v.T("names.parted"))
	return v.Go(namesAt)
}

// joinNames takes a name for the organisation whose number, or the address of whose
// projects, was given.
func (v *Visit) joinNames() error {
	id, _ := ident.Parse(v.R.PathValue("id"))
	to, ok := ident.Parse(lastDigits(v.Form().Get("to")))
	if !ok {
		return fault.New(fault.NotFound, "actor.none").On("to")
	}
	if err := v.Actors.Join(v.R.Context(), v.Region.ID, id, to); err != nil {
		return err
	}
	v.reown()
	v.Tell(v.T("names.joined"))
	return v.Go(namesAt)
}

// lastDigits is the number an address ends in.
func lastDigits(s string) string {
	at := len(s)
	for at > 0 && s[at-1] >= '0' && s[at-1] <= '9' {
		at--
	}
	return s[at:]
}

// spelled is the ways a name is written.
func spelled(all []actor.Spelling) (names []string) {
	for _, p := range all {
		names = append(names, p.Text)
	}
	return names
}
