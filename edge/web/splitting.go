package web

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"unicode"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/journey/ring"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// One spark that says several things becomes several: the office cuts its text at
// paragraphs and writes what is missing.

func splittingRoutes() []route {
	const at = "/toimisto/kipina/{koodi}/jaa"
	return []route{
		{pattern: "GET " + at, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).splitForm},
		{pattern: "POST " + at, access: staff, verb: office.Write, object: office.Sparks, do: (*Visit).split},
	}
}

// splitView is the page where a spark is cut into parts.
type splitView struct {
	spark.Spark
	Pieces []string // of the text, in its order
	Form   *Form
	Round  roundCount
}

// roundCount is how much there is of a ring that has to go on with one of the parts.
type roundCount struct{ People, Asked, Steps, Sought int }

func (c roundCount) some() bool { return c.People+c.Asked+c.Steps+c.Sought > 0 }

func (v *Visit) roundOf(id ident.ID) (c roundCount, err error) {
	ctx := v.R.Context()
	in, err := ring.People(ctx, v.DB, v.Region.ID, []ident.ID{id}, ring.In)
	if err != nil {
		return c, err
	}
	asked, err := ring.People(ctx, v.DB, v.Region.ID, []ident.ID{id}, ring.Asked)
	if err != nil {
		return c, err
	}
	steps, err := ring.Commitments(ctx, v.DB, v.Region.ID, id)
	if err != nil {
		return c, err
	}
	sought, err := ring.Openings(ctx, v.DB, v.Region.ID, id)
	for _, s := range steps {
		if s.State == ring.Open {
			c.Steps++
		}
	}
	c.People, c.Asked, c.Sought = len(in), len(asked), len(sought)
	return c, err
}

// ringTo is the part whose ring it is to be, as chosen; else the first.
func (s splitView) ringTo() int {
	n, err := strconv.Atoi(s.Form.Get("ring"))
	if err != nil || n < 1 || n > spark.MostParts {
		return 1
	}
	return n
}

// piecesOf cuts a text where its writer did: at paragraphs, else at lines, else
// at sentences.
func piecesOf(text string) []string {
	for _, cut := range []func(string) []string{
		func(s string) []string { return strings.Split(s, "\n\n") },
		func(s string) []string { return strings.Split(s, "\n") },
		sentences,
	} {
		var all []string
		for _, p := range cut(text) {
			if p = strings.TrimSpace(p); p != "" {
				all = append(all, p)
			}
		}
		if len(all) > 1 {
			return all
		}
	}
	return []string{strings.TrimSpace(text)}
}

// sentences cuts after a full stop, question or exclamation mark that a space and
// no small letter follow.
func sentences(s string) (all []string) {
	from := 0
	r := []rune(s)
	for i := 0; i+2 < len(r); i++ {
		if strings.ContainsRune(".!?", r[i]) && unicode.IsSpace(r[i+1]) && !unicode.IsLower(r[i+2]) {
			all = append(all, string(r[from:i+1]))
			from = i + 1
		}
	}
	return append(all, string(r[from:]))
}

// chosenPart is which part a piece goes to: as chosen, else each to its own and the
// rest to the last; 0 leaves it out.
func chosenPart(f *Form, i, pieces int) int {
	if given, ok := f.Values["k"+strconv.Itoa(i+1)]; ok && len(given) > 0 {
		n, err := strconv.Atoi(given[0])
		if err == nil && n >= 0 && n <= spark.MostParts {
			return n
		}
	}
	return min(i+1, min(pieces, spark.MostParts))
}

func (v *Visit) splitForm() error {
	s, err := v.sparkAt(v.R.Context())
	if err != nil {
		return err
	}
	view := splitView{Spark: s, Pieces: piecesOf(s.Text), Form: v.Blank()}
	if view.Round, err = v.roundOf(s.ID); err != nil {
		return err
	}
	for name, given := range v.R.URL.Query() {
		view.Form.Values[name] = given
	}
	texts := make([][]string, spark.MostParts+1)
	for i, p := range view.Pieces {
		n := chosenPart(view.Form, i, len(view.Pieces))
		texts[n] = append(texts[n], p)
	}
	for n := 1; n <= spark.MostParts; n++ {
		view.Form.Values.Set("text"+strconv.Itoa(n), strings.Join(texts[n], "\n\n"))
		if len(texts[n]) > 0 {
			view.Form.Values.Set("title"+strconv.Itoa(n), spark.FirstSentence(texts[n][0]))
		}
	}
	return v.Render(http.StatusOK, splitPage(v, view))
}

func (v *Visit) split() error {
	ctx, f := v.R.Context(), v.Form()
	s, err := v.sparkAt(ctx)
	if err != nil {
		return err
	}
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil || version < 1 {
		version = s.Version
	}
	view := splitView{Spark: s, Pieces: piecesOf(s.Text), Form: f}
	if view.Round, err = v.roundOf(s.ID); err != nil {
		return err
	}
	var parts []spark.Part
	for n := 1; n <= spark.MostParts; n++ {
		parts = append(parts, spark.Part{Title: f.Get("title" + strconv.Itoa(n)), Text: f.Get("text" + strconv.Itoa(n)), Ring: view.Round.some() && n == view.ringTo()})
	}
	var act ident.ID
	made, err := v.Sparks.Split(ctx, spark.Act{Region: v.Region.ID, Spark: s.ID, Officer: *v.Officer, Version: version, Did: &act}, parts)
	if err != nil {
		code := fault.CodeOf(err)
		if err := f.Refuse(err); err != nil {
			return err
		}
		return v.Render(statusOf(code), splitPage(v, view))
	}
	if err := v.offerUndo(act); err != nil {
		return err
	}
	v.Tell(v.N("split.done", len(made)))
	return v.Go("/toimisto/kipina/" + s.Code)
}

// partsOf reads what a spark was split into and what it was split from, as the
// office sees them.
func (v *Visit) partsOf(ctx context.Context, s spark.Spark) (parts []spark.Spark, whole *spark.Spark, err error) {
	if parts, err = spark.Parts(ctx, v.DB, v.Region.ID, s.ID); err != nil || s.SplitFrom == 0 {
		return parts, nil, err
	}
	of, err := spark.ByID(ctx, v.DB, v.Region.ID, s.SplitFrom)
	return parts, &of, err
}

// ringed is which of the parts of a spark its ring went on with; 0 for none.
func (v *Visit) ringed(ctx context.Context, whole spark.Spark) (ident.ID, error) {
	told, ok, err := story.Newest(ctx, v.DB, v.Region.ID, whole.ID, story.Split)
	if !ok || whole.State != spark.Split {
		return 0, err
	}
	return told.Facts.Into, err
}

// apartPage answers for a spark that everybody could read and that lives on in
// others: what was split leads to its parts, a part taken back to its whole.
func (v *Visit) apartOf(sp spark.Spark) error {
	ctx := v.R.Context()
	none := fault.New(fault.NotFound, "spark.none")
	if sp.State == spark.Rejoined {
		whole, err := spark.ByID(ctx, v.DB, sp.Region, sp.SplitFrom)
		if err != nil {
			return err
		}
		if !whole.Readable() {
			return none
		}
		return v.Go("/kipina/" + whole.Code)
	}
	all, err := spark.Parts(ctx, v.DB, sp.Region, sp.ID)
	if err != nil {
		return err
	}
	var parts []spark.Spark
	for _, p := range all {
		if p.Readable() {
			parts = append(parts, p)
		}
	}
	if !sp.Readable() || len(parts) == 0 {
		return none
	}
	round, err := v.ringed(ctx, sp)
	if err != nil {
		return err
	}
	return v.Render(http.StatusOK, apartPage(v, sp, parts, round))
}
