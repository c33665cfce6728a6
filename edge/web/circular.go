package web

import (
	"net/http"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/audit"
)

// Circulars in the outbox: how each went, and to whom it did not go or may not have.

const circularsAt = "/toimisto/lahtevat/kierto"

// circularsView is the list.
type circularsView struct {
	All         []mail.Circular
	Stopped     int // addresses nothing is sent to any more
	After, Next ident.ID
}

func (v *Visit) circularList() (err error) {
	ctx, view := v.R.Context(), circularsView{}
	if view.After, err = v.idCursor(); err != nil {
		return err
	}
	if view.All, err = mail.Circulars(ctx, v.DB, v.Region.ID, view.After, perPage+1); err != nil {
		return err
	}
	view.All, view.Next = page(view.All, func(c mail.Circular) ident.ID { return c.ID })
	if view.Stopped, err = address.Stopped(ctx, v.DB, v.Region.ID); err != nil {
		return err
	}
	return v.Render(http.StatusOK, circularsPage(v, view))
}

// circularView is one circular with those it did not reach for sure.
type circularView struct {
	mail.Circular
	About string // the number of the spark it is about, "" for several or none
	Lists []circularPart
}

type circularPart struct {
	Stand mail.Stand
	List  []reached
	More  bool
}

type reached struct {
	mail.Delivery
	Email string // "" for one that is erased
}

// circularAgain writes once more to one of whom it is unsure whether their letter went.
func (v *Visit) circularAgain() error {
	id, ok := ident.Parse(v.R.PathValue("id"))
	to, known := ident.Parse(v.Form().Get("to"))
	if !ok || !known {
		return fault.New(fault.NotFound, "mail.none")
	}
	if err := v.Letters.Again(v.R.Context(), v.Region.ID, id, to, v.noting(audit.MailAgain, audit.About{Thing: audit.Letter, Key: "kierto/" + id.String()})); err != nil {
		return err
	}
	v.Tell(v.T("outbox.again.done"))
	return v.Go(circularsAt + "/" + id.String())
}

func (v *Visit) circular() error {
	const shown = 200 // of each stand
	ctx := v.R.Context()
	id, ok := ident.Parse(v.R.PathValue("id"))
	if !ok {
		return fault.New(fault.NotFound, "mail.none")
	}
	c, err := mail.OneCircular(ctx, v.DB, v.Region.ID, id)
	if err != nil {
		return err
	}
	view := circularView{Circular: c}
	if c.Spark != 0 {
		sp, err := spark.ByID(ctx, v.DB, v.Region.ID, c.Spark)
		if err != nil && !fault.Is(err, fault.NotFound) {
			return err
		}
		view.About = sp.Code
	}
	seen := false
	for _, stand := range []mail.Stand{mail.Unsure, mail.Failed, mail.Waiting, mail.Sending} {
		list, err := mail.Deliveries(ctx, v.DB, v.Region.ID, id, stand, 0, shown+1)
		if err != nil {
			return err
		}
		part := circularPart{Stand: stand, More: len(list) > shown}
		list = list[:min(len(list), shown)]
		ids := make([]ident.ID, len(list))
		for i, d := range list {
			ids[i] = d.Recipient
		}
		people, err := address.ByIDs(ctx, v.DB, v.Region.ID, ids...)
		if err != nil {
			return err
		}
		for _, d := range list {
			part.List = append(part.List, reached{d, people[d.Recipient].Email})
			seen = true
		}
		view.Lists = append(view.Lists, part)
	}
	if seen {
		if err := v.Office.Looked(ctx, v.Region.ID, audit.ListRead, audit.About{Thing: audit.Lists, Key: "letters"}); err != nil {
			return err
		}
	}
	return v.Render(http.StatusOK, circularPage(v, view))
}
