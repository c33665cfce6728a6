package notify

import (
	"context"
	"slices"
	"strings"

	"kokko/ground/fault"
	"kokko/ground/jobs"
	"kokko/ground/store"
	"kokko/region/actor"
	"kokko/region/address"
)

// personAnew tells somebody that what they allowed covers more now, so that it does not
// hold until they answer again. Who has answered meanwhile is not written to.
func (p *Postman) personAnew(ctx context.Context, job jobs.Job[actor.AnewArgs]) error {
	region := job.Args.Region
	d, err := p.desk(ctx, p.DB, region)
	if err != nil {
		return err
	}
	return job.Finish(ctx, func(ctx context.Context, tx *store.Tx) error {
		who, err := actor.PersonByID(ctx, tx, region, job.Args.Person)
		if fault.Is(err, fault.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		answers, err := actor.ChoicesOf(ctx, tx, region, who.ID)
		if err != nil {
			return err
		}
		open := slices.DeleteFunc(actor.Choices(), func(c actor.Choice) bool { return !actor.AskedAnew(who, answers, c) })
		if len(open) == 0 {
			return nil
		}
		a, err := address.ByID(ctx, tx, region, who.Address)
		if err != nil || !a.Reachable() {
			return err
		}
		say := d.style.Speak(p.Texts.For(language(a.Language)))
		var lines []string
		for _, c := range open {
			lines = append(lines, "– "+say.T("mail.anew."+string(c)))
		}
		return p.toPerson(ctx, tx, d, a, "person.anew", "mail.anew", "what", strings.Join(lines, "\n"))
	})
}
