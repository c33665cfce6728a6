package web

import (
	"cmp"

	"kokko/ground/ident"
	"kokko/journey/introduction"
	"kokko/journey/ring"
)

// Who could take the open parts of a ring together, told to its bringer and the office.

// teams finds them for what a ring looks for.
func (v *Visit) teams(d *ringDesk) error {
	if !d.Spark.Listed || !d.Spark.Open || len(d.Openings) == 0 {
		return nil
	}
	ctx := v.R.Context()
	var posts []introduction.Post
	for _, o := range d.Openings {
		// What is looked for is what counts: the spark's own words would name who has its
		// matter in a title, whatever they can do.
		posts = append(posts, introduction.Post{Text: cmp.Or(o.Wanted, d.Spark.Title), Language: d.Spark.Language})
	}
	people, err := ring.People(ctx, v.DB, v.Region.ID, []ident.ID{d.Spark.ID}, ring.In)
	if err != nil {
		return err
	}
	var in []ident.ID
	for _, m := range people {
		in = append(in, m.Address)
	}
	d.Teams, err = v.Introductions.Teams(ctx, v.Region.ID, d.Spark.ID, posts, in)
	return err
}
