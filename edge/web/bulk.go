package web

import (
	"context"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/office"
	"kokko/region/programme"
)

// Many sparks at once: chosen on a list, given to one owner, place or theme.

func bulkRoutes() []route {
	return []route{{pattern: "POST /toimisto/monta", access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).bulk}}
}

// bulkView is the form for many, on a list or by itself after a mistake.
type bulkView struct {
	Owners []office.Officer
	Themes []programme.Named
	Form   *Form
	Chosen []spark.Spark // by itself: what was chosen
}

// manage is the form for many that a list ends with; nil for who may not act.
func (v *Visit) manage(d workDesk) *bulkView {
	if !v.May(right{Object: office.Sparks, Verb: office.Write}) {
		return nil
	}
	b := &bulkView{Owners: v.owners(d), Themes: v.Edition.Tags(programme.TagTheme), Form: v.Blank()}
	return b
}

// owners are the officers who may answer, in the reader's alphabet.
func (v *Visit) owners(d workDesk) (all []office.Officer) {
	for _, o := range d.officers {
		if o.Active && o.Role.May(office.Write, office.Sparks) {
			all = append(all, o)
		}
	}
	v.Say.Sort(len(all), func(i int) string { return all[i].Name }, func(i, j int) { all[i], all[j] = all[j], all[i] })
	return all
}

func (v *Visit) bulk() error {
	ctx, f := v.R.Context(), v.Form()
	b := spark.Bulk{Place: f.Get("place"), Add: themed(f.Get("add")), Remove: themed(f.Get("remove"))}
	var wrong fault.Many
	if given := f.Get("owner"); given != "" {
		var ok bool
		if b.Owner, ok = ident.Parse(given); !ok {
			wrong = append(wrong, fault.New(fault.Invalid, "owner.wrong").On("owner"))
		}
	}
	chosen, err := v.chosenSparks(ctx, f.Values["k"])
	if err != nil {
		return err
	}
	for _, s := range chosen {
		b.Sparks = append(b.Sparks, s.ID)
	}
	err = wrong.OrNil()
	var act ident.ID
	if err == nil {
		act, err = v.Sparks.InBulk(ctx, spark.Act{Region: v.Region.ID, Officer: *v.Officer}, v.Edition, b)
	}
	if err != nil {
		code := fault.CodeOf(err)
		if err := f.Refuse(err); err != nil {
			return err
		}
		d, err := v.workDesk(ctx)
		if err != nil {
			return err
		}
		view := v.manage(d)
		view.Form, view.Chosen = f, chosen
		return v.Render(statusOf(code), bulkPage(v, view))
	}
	return v.Go("/toimisto/teko/" + act.String())
}

// chosenSparks reads the sparks whose boxes were ticked; one more than can be done
// at once, so that too many are told and not cut.
func (v *Visit) chosenSparks(ctx context.Context, codes []string) (all []spark.Spark, err error) {
	seen := map[string]bool{}
	for _, given := range codes {
		code, ok := ident.ParseCode(given)
		if !ok || seen[code] || len(all) > spark.MostInBulk {
			continue
		}
		seen[code] = true
		s, err := spark.ByCode(ctx, v.DB, v.Region.ID, code)
		if fault.Is(err, fault.NotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// themed is a theme as a tag, none for none.
func themed(id string) []spark.Tag {
	if id = strings.TrimSpace(id); id == "" {
		return nil
	}
	return []spark.Tag{{Kind: string(programme.TagTheme), ID: id}}
}

// missed is a spark of a bulk that could not be changed, with its reason in words.
type missed struct {
	spark.Spark
	Why string
}

// movedOf reads what became of a bulk besides its changes.
func (v *Visit) movedOf(ctx context.Context, a *actView) error {
	m, err := spark.MovedBy(ctx, v.DB, v.Region.ID, a.ID)
	if err != nil {
		return err
	}
	ids := append([]ident.ID{}, m.Same...)
	for _, x := range m.Missed {
		ids = append(ids, x.Spark)
	}
	all, err := spark.ByIDs(ctx, v.DB, v.Region.ID, ids...)
	if err != nil {
		return err
	}
	for _, id := range m.Same {
		a.Same = append(a.Same, all[id])
	}
	for _, x := range m.Missed {
		a.Missed = append(a.Missed, missed{all[x.Spark], v.Say.Fault(&fault.Error{Code: fault.Conflict, Key: x.Why, Args: x.Args})})
	}
	return nil
}

// changeWords says what an act changed of one spark, as it became.
func (v *Visit) changeWords(c spark.Change, d workDesk) string {
	var said []string
	for _, field := range []string{"owner", "place", "tags"} {
		now, ok := c.After[field]
		if !ok {
			continue
		}
		switch field {
		case "owner":
			id, _ := ident.Parse(now)
			said = append(said, v.T("act.now.owner", "name", d.officers[id].Name))
		case "place":
			if at, ok := v.Edition.Place(now); ok {
				said = append(said, v.T("act.now.place", "place", v.In(at.Name)))
			}
		case "tags":
			var names []string
			for _, t := range strings.Fields(now) {
				names = append(names, v.tagName(t))
			}
			if len(names) == 0 {
				names = []string{"–"}
			}
			said = append(said, v.T("act.now.tags", "tags", v.Say.List(names)))
		}
	}
	return strings.Join(said, " ")
}

// goAfterBulk is where taking back many leads: to the act's own page.
func (v *Visit) goAfterBulk(u spark.Undoing) error {
	said := v.N("act.did.undo_many", len(u.Back))
	if len(u.Left) > 0 {
		said += " " + v.N("act.did.left", len(u.Left))
	}
	v.Tell(said)
	return v.Go("/toimisto/teko/" + u.ID.String())
}
