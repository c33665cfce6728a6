package spark

import (
	"context"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/story"
)

// A village's plan becomes a spark for each of its items, with one bringer, one
// receipt and one link that opens them all: the plan itself is a spark that is split
// at once, by whoever brings it.

// Bounds of a plan.
const (
	MostItems = 50
	MaxPlan   = 60_000 // characters pasted
)

// Item is one thing of a plan.
type Item struct {
	Part
	Kind  Kind
	Theme string
}

// Items reads a plan as it is pasted: a line or a row of a spreadsheet an item.
// Marks and numbers before an item are dropped, and so is a row of headings. In a
// row the first cell is the title, the others are its text.
func Items(pasted string) (all []Item, err error) {
	if utf8.RuneCountInString(pasted) > MaxPlan {
		return nil, tooLong("plan", pasted, MaxPlan)
	}
	for line := range strings.Lines(strings.ReplaceAll(pasted, "\r", "\n")) {
		var cells []string
		for cell := range strings.SplitSeq(line, "\t") {
			if cell = CleanLine(strings.Trim(strings.TrimSpace(cell), `"`)); visible(cell) {
				cells = append(cells, cell)
			}
		}
		if len(cells) > 1 && numbered(cells[0]) {
			cells = cells[1:]
		}
		if len(cells) == 0 || len(all) == 0 && len(cells) > 1 && heading(cells[0]) {
			continue
		}
		cells[0] = unmarked(cells[0])
		if !visible(cells[0]) {
			continue
		}
		it := Item{Part: Part{Title: FirstSentence(cells[0]), Text: strings.Join(cells, "\n\n")}}
		if all = append(all, it); len(all) > MostItems {
			return nil, fault.New(fault.Invalid, "plan.many").On("plan").With("max", MostItems)
		}
	}
	if len(all) == 0 {
		return nil, fault.New(fault.Invalid, "plan.empty").On("plan")
	}
	return all, nil
}

// numbered tells that a cell holds only the number of its row.
func numbered(cell string) bool {
	return strings.Trim(cell, "0123456789.) ") == ""
}

// heading tells that a cell is what people write above a column.
func heading(cell string) bool {
	switch strings.ToLower(cell) {
	case "otsikko", "aihe", "toimenpide", "hanke", "idea", "nimi", "tavoite", "rubrik", "åtgärd", "mål", "namn", "title", "action", "goal":
		return true
	}
	return false
}

// unmarked drops what lists begin their lines with: "- ", "• ", "1. ", "2) ".
func unmarked(s string) string {
	s = strings.TrimLeft(s, "-–—•·*▪◦ \u00a0")
	digits := strings.TrimLeftFunc(s, unicode.IsDigit)
	if len(digits) < len(s) && len(s)-len(digits) <= 3 && (strings.HasPrefix(digits, ". ") || strings.HasPrefix(digits, ") ")) {
		return strings.TrimSpace(digits[2:])
	}
	return s
}

// checkItems cleans the items; each mistake names its field, "text3" of the third.
func checkItems(items []Item, p Promise) (all []Item, err error) {
	var wrong fault.Many
	if len(items) > MostItems {
		return nil, fault.New(fault.Invalid, "plan.many").On("plan").With("max", MostItems)
	}
	for i, it := range items {
		d := Draft{Title: it.Title, Text: it.Text, Kind: it.Kind, Language: "fi"}
		if it.Theme != "" {
			d.Themes = []string{it.Theme}
		}
		if err := d.Check(p); err != nil {
			for _, e := range fault.List(err) {
				wrong = append(wrong, e.On(e.Field+strconv.Itoa(i+1)))
			}
			continue
		}
		it.Title, it.Text = d.Title, d.Text
		all = append(all, it)
	}
	if len(wrong) == 0 && len(all) == 0 {
		wrong = append(wrong, fault.New(fault.Invalid, "plan.empty").On("plan"))
	}
	return all, wrong.OrNil()
}

// DropPlan takes in a plan: a spark for each item, all in one transaction. The
// draft's title, text, kind and themes are made of the items; the rest holds for all.
// What is suspicious waits for a look, every item of it.
func (s *Service) DropPlan(ctx context.Context, region string, p Programme, d Draft, items []Item, by By) (Receipt, error) {
	all, err := checkItems(items, p)
	if err != nil {
		return Receipt{}, err
	}
	d.Kind, d.Themes = "", nil
	var b strings.Builder
	for _, it := range all {
		b.WriteString("– " + firstOf(it.Title, MaxText/MostItems-5) + "\n")
	}
	d.Text = b.String()
	if len(all) == 1 { // no plan: one spark as any other
		d.Title, d.Text, d.Kind = all[0].Title, all[0].Text, all[0].Kind
		if all[0].Theme != "" {
			d.Themes = []string{all[0].Theme}
		}
		return s.Drop(ctx, region, p, d, by)
	}
	also := by.Also
	by.Also = func(ctx context.Context, tx *store.Tx, sp Spark) error {
		if also != nil {
			if err := also(ctx, tx, sp); err != nil {
				return err
			}
		}
		return s.plan(ctx, tx, p, sp, d.Email, all)
	}
	return s.Drop(ctx, region, p, d, by)
}

// plan splits a plan that was just dropped into its items.
func (s *Service) plan(ctx context.Context, tx *store.Tx, p Programme, sp Spark, email string, items []Item) error {
	w := s.work(tx, sp.Region)
	own, err := w.take(ctx, sp.ID)
	if err != nil {
		return err
	}
	held := own.Held
	for _, it := range items {
		if held == "" { // each is weighed by its own words: the plan's are only titles
			v, err := s.verdict(ctx, tx, &own.Spark, email, it.Title+"\n"+it.Text, "")
			if err != nil {
				return err
			}
			held = v.Held()
		}
	}
	told := story.Beat{Region: sp.Region, Spark: sp.ID, ID: s.ids.New(), Type: story.Split, Actor: story.Bringer, At: w.now, Visibility: story.Public}
	for _, it := range items {
		e, err := w.part(ctx, own, it.Part)
		if err != nil {
			return err
		}
		e.Kind, e.Held = it.Kind, held
		if it.Theme != "" {
			e.Tags = sorted([]Tag{{"theme", it.Theme}})
		}
		first := story.Beat{Region: sp.Region, Spark: e.ID, ID: s.ids.New(), Type: story.Part, Actor: story.Bringer, At: w.now, Visibility: story.Public, Facts: story.Facts{Sparks: []ident.ID{sp.ID}}}
		e.Beats++
		if err := story.Append(ctx, tx, first); err != nil { // one receipt tells of them all
			return err
		}
		told.Facts.Sparks = append(told.Facts.Sparks, e.ID)
	}
	if own.Held == "" { // one that waits for a look stays as it is, for the office to see what it is
		own.State, own.Closed = Split, w.now
		own.Beats++
		if err := story.Append(ctx, tx, told); err != nil {
			return err
		}
	}
	return w.finish(ctx)
}

// firstOf is the beginning of a text.
func firstOf(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}
