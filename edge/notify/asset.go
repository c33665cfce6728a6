package notify

import (
	"context"

	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/mail"
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
		own, err := address.Link(ctx, tx, a)
		if err != nil {
			return err
		}
		lang := language(a.Language)
		say := d.style.Speak(p.Texts.For(lang))
		pairs := []any{"title", x.Title, "note", x.Note, "link", d.link(lang, "/voimavara/"+x.ID.String()), "own", d.link(lang, "/minun/"+own), "until", say.Date(x.Asked.Add(asset.Answers)),
			"office", d.edition.Office.Name.In(a.Language), "region", d.edition.Region.Name.In(a.Language)}
		key := "mail.asset." + string(news)
		text := say.T(key+".text", pairs...)
		if d.example() {
			text += "\n\n" + say.T("mail.example", pairs...)
		}
		// What is kept of the letter goes with the address.
		return p.Outbox.Post(ctx, tx, mail.Letter{Region: region, Purpose: asset.Letters + string(news), Spark: a.ID, To: a.Email,
			Subject: say.T(key+".subject", pairs...), Text: text, Language: string(lang.Written()), Automatic: true})
	})
}
