package notify

import (
	"context"

	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/region/address"
)

// Confirm queues the letter that asks the owner of an address to confirm it; what is
// the thing they, or somebody in their name, wanted to do, said in their language.
func (p *Postman) Confirm(ctx context.Context, tx *store.Tx, l address.Letter, what string) error {
	d, err := p.desk(ctx, tx, l.Region)
	if err != nil {
		return err
	}
	lang := language(l.Language)
	say := d.style.Speak(p.Texts.For(lang))
	pairs := []any{"what", what, "code", l.Code[:3] + "\u00a0" + l.Code[3:], "link", d.link(lang, "/vahvista/"+l.Secret), "office", d.edition.Office.Name.In(l.Language), "region", d.edition.Region.Name.In(l.Language)}
	text := say.T("mail.address.confirm.text", pairs...)
	if d.example() {
		text += "\n\n" + say.T("mail.example", pairs...)
	}
	return p.Outbox.Post(ctx, tx, mail.Letter{Region: l.Region, Purpose: address.Letters + "confirm", Spark: l.ID, To: l.Email,
		Subject: say.T("mail.address.confirm.subject", pairs...), Text: text, Language: string(lang.Written()), Automatic: true})
}
