package notify

import (
	"context"

	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/address"
	"kokko/region/asset"
)

// assetTold writes one letter to whoever told of an asset: that it is shown, that it is
// not, or the yearly question whether it still holds. What is no longer so is not told.
func (p *Postman) assetTold(ctx context.Context, job jobs.Job[asset.ToldArgs]) error {
	region, news := job.Args.Region, job.Args.News
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		x, err := asset.One(ctx, tx, region, job.Args.Asset)
		if fault.Is(err, fault.NotFound) || err == nil && x.Teller == 0 {
			return nil
		}
		if err != nil {
			return err
		}
		stands := map[asset.News]bool{asset.Shown: x.State == asset.Listed, asset.TakenOff: x.State == asset.Off, asset.Holding: x.State == asset.Listed && !x.Asked.IsZero()}
		a, err := address.ByID(ctx, tx, region, x.Teller)
		if err != nil || !stands[news] || !a.Reachable() {
			return err
		}
		lang := language(a.Language)
		say := d.style.Speak(p.Texts.For(lang))
		return p.toPerson(ctx, tx, d, a, asset.Letters+string(news), "mail.asset."+string(news),
			"title", x.Title, "note", x.Note, "link", d.link(lang, "/voimavara/"+x.ID.String()), "until", say.Date(x.Asked.Add(asset.Answers)))
	})
}
