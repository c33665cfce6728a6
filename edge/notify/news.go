package notify

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/journey/follow"
	"kokko/journey/project"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/asset"
	"kokko/region/knowhow"
	"kokko/region/search"
)

// Who follows a search hears of everything new that has its words. Sparks tell of
// themselves by their beats; the rest is here.

const (
	// newsAtOnce is how much news one circular is made of.
	newsAtOnce = 200
	// newsMost bounds how much of it one letter names.
	newsMost = 25
)

// told is what a letter says of a new thing.
type told struct {
	title, text, path string
	teller            ident.ID // the address of whose it is: they know of it
}

// newsKind is a kind of thing that is news, and how it is read. What nobody may see any
// more is not among what is read.
type newsKind struct {
	Kind search.Kind
	read func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error)
}

// newsKinds are all of them but sparks. Who brings a new one adds it here.
func newsKinds() []newsKind {
	return []newsKind{
		{search.Project, func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error) {
			all, err := project.ByIDs(ctx, from, region, ids...)
			read := map[ident.ID]told{}
			for id, p := range all {
				read[id] = told{title: p.Title, text: p.Summary, path: "/hanke/" + id.String()}
			}
			return read, err
		}},
		{search.Organisation, func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error) {
			all, err := actor.ByIDs(ctx, from, region, ids...)
			read := map[ident.ID]told{}
			for id, a := range all {
				if !a.Person {
					read[id] = told{title: a.Title, path: "/toimija/" + id.String()}
				}
			}
			return read, err
		}},
		{search.Person, func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error) {
			all, err := actor.PeopleByIDs(ctx, from, region, ids...)
			if err != nil {
				return nil, err
			}
			written, err := knowhow.WrittenOfMany(ctx, from, region, ids...)
			read := map[ident.ID]told{}
			for id, p := range all {
				if !p.Chose(actor.Findable) {
					continue
				}
				var lines []string
				for _, i := range written[id] {
					if i.Shown() {
						lines = append(lines, i.Text)
					}
				}
				read[id] = told{p.Name, strings.Join(lines, "\n"), "/toimija/" + id.String(), p.Address}
			}
			return read, err
		}},
		{search.Asset, func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error) {
			all, err := asset.ByIDs(ctx, from, region, ids...)
			read := map[ident.ID]told{}
			for id, a := range all {
				if a.Seen() {
					read[id] = told{a.Title, a.About, "/voimavara/" + id.String(), a.Teller}
				}
			}
			return read, err
		}},
		{search.Table, func(ctx context.Context, from store.Source, region string, ids []ident.ID) (map[ident.ID]told, error) {
			all, err := table.ByIDs(ctx, from, region, ids...)
			read := map[ident.ID]told{}
			for id, t := range all {
				x, _ := t.In(t.Language)
				read[id] = told{title: x.Title, text: x.About, path: "/poyta/" + t.Slug}
			}
			return read, err
		}},
	}
}

// NewsKinds are the kinds of things that followers of a search hear of.
func NewsKinds() []search.Kind {
	all := []search.Kind{search.Spark, search.Story}
	for _, k := range newsKinds() {
		all = append(all, k.Kind)
	}
	return all
}

// novelty is a new thing, as anybody may read it, with the searches it answers.
type novelty struct {
	search.News
	told
	reaches []follow.Reach
	found   map[string]follow.Search
}

// appeared begins a circular for what is new and anybody's search finds who hears at
// once. For digests it is news from now on.
func (p *Postman) appeared(ctx context.Context, job jobs.Job[search.AppearedArgs]) error {
	if err := p.takeAllNews(ctx, job.Args.Region); err != nil {
		return err
	}
	return job.Finish(ctx, func(context.Context, *store.Tx) error { return nil })
}

func (p *Postman) takeAllNews(ctx context.Context, region string) error {
	d, err := p.desk(ctx, p.DB, region)
	for more := true; more && err == nil; {
		more, err = p.takeNews(ctx, region, d)
	}
	return err
}

// takeNews takes some of what is new, in one transaction with the circular that tells
// of it.
func (p *Postman) takeNews(ctx context.Context, region string, d desk) (more bool, err error) {
	err = p.DB.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var list []search.News
		if list, more, err = search.Fresh(ctx, tx, region, p.Clock.Now(), newsAtOnce); err != nil || p.Index == nil {
			return err
		}
		var data circularData
		var reaches []follow.Reach
		for _, n := range list {
			found, err := follow.Matching(ctx, tx, p.Index, region, follow.ItemOfNews(n, d.edition.Places))
			if err != nil {
				return err
			}
			if len(found) > 0 {
				data.News, reaches = append(data.News, n.Row), append(reaches, searching(found)...)
			}
		}
		if len(reaches) == 0 {
			return nil
		}
		any, err := follow.Any(ctx, tx, region, follow.Now, reaches)
		if err != nil || !any {
			return err
		}
		return p.open(ctx, tx, region, follow.Now, 0, data)
	})
	return more, err
}

// newsOf is what became news in a digest's stretch and answers anybody's search. What
// waits to be taken is news of the next one.
func (p *Postman) newsOf(ctx context.Context, tx *store.Tx, region string, data circularData) (rows []int64, err error) {
	if p.Index == nil {
		return nil, nil
	}
	d, err := p.desk(ctx, tx, region)
	if err != nil {
		return nil, err
	}
	list, err := search.NewsBetween(ctx, tx, region, data.After-1, data.Until, windowMost)
	for _, n := range list {
		found, err := follow.Matching(ctx, tx, p.Index, region, follow.ItemOfNews(n, d.edition.Places))
		if err != nil {
			return nil, err
		}
		if len(found) > 0 {
			rows = append(rows, n.Row)
		}
	}
	return rows, err
}

// novelties reads what is news as it is now, and the searches it answers now.
func (p *Postman) novelties(ctx context.Context, from store.Source, region string, d desk, rows []int64) (all []novelty, err error) {
	if p.Index == nil {
		return nil, nil
	}
	list, err := search.NewsAt(ctx, from, region, rows...)
	if err != nil {
		return nil, err
	}
	for _, k := range newsKinds() {
		var ids []ident.ID
		for _, n := range list {
			if n.Kind == k.Kind {
				ids = append(ids, n.ID)
			}
		}
		if len(ids) == 0 {
			continue
		}
		read, err := k.read(ctx, from, region, ids)
		if err != nil {
			return nil, err
		}
		for _, n := range list {
			t, ok := read[n.ID]
			if n.Kind != k.Kind || !ok {
				continue
			}
			found, err := follow.Matching(ctx, from, p.Index, region, follow.ItemOfNews(n, d.edition.Places))
			if err != nil {
				return nil, err
			}
			if len(found) > 0 {
				all = append(all, novelty{n, t, searching(found), found})
			}
		}
	}
	return all, nil
}

// heardNews is what one person hears of a new thing, and why.
type heardNews struct {
	*novelty
	by follow.Follow
}

// hearsNews picks what is news to a person at this pace, but for what is their own.
func (w *writer) hearsNews(a address.Address, follows []follow.Follow) (all []heardNews) {
	for i := range w.news {
		n := &w.news[i]
		if by, ok := follow.Decides(follows, n.reaches); ok && by.HearsNews(n.Since, w.pace) && n.teller != a.ID {
			all = append(all, heardNews{n, by})
		}
	}
	return all
}

// tellNews writes what is new, and by which search this person hears of it.
func (w *writer) tellNews(b *strings.Builder, say *i18n.Printer, all []heardNews, most int) {
	for i, n := range all[:min(len(all), newsMost)] {
		if i > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(b, "%s\n– %s\n", n.title, say.T("mail.follow.news.kind."+string(n.Kind)))
		if words := spark.Clean(n.text); words != "" {
			fmt.Fprintf(b, "\n%s\n", clip(words, most))
		}
		fmt.Fprintf(b, "\n%s\n%s\n", w.d.link(say.Lang(), n.path), say.T("mail.follow.why", "why", say.T("mail.follow.why.search", "name", n.found[n.by.Target.ID].Words)))
	}
	if more := all[min(len(all), newsMost):]; len(more) > 0 {
		var searches []string
		for _, n := range more {
			if words := n.found[n.by.Target.ID].Words; !slices.Contains(searches, words) {
				searches = append(searches, words)
			}
		}
		fmt.Fprintf(b, "\n%s\n", say.N("mail.follow.news.more", len(more), "searches", say.List(searches)))
	}
}
