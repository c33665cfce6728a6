package web

import (
	"context"
	"encoding/json"
	"net/http"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/introduction"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
)

// "I know somebody": whoever does brings them together with who brought the spark, in
// two sentences. Who they are is told to nobody before they have said yes.

func bringRoutes() []route {
	const at = "/kipina/{koodi}/esittele"
	return []route{
		{pattern: "GET " + at, limit: 60, do: (*Visit).bringForm},
		{pattern: "POST " + at, limit: 10, do: (*Visit).bring},
	}
}

// bringView is the form that brings somebody together with a spark's bringer.
type bringView struct {
	Spark spark.Spark
	To    actor.Actor // zero for somebody who is asked by e-mail
	Form  *Form
	Email string // of whom this browser remembers
}

func (v *Visit) bringing(f *Form, id string) (b bringView, err error) {
	if b.Spark, err = v.shareable(); err != nil {
		return b, err
	}
	b.Form = f
	if who, ok := ident.Parse(id); ok {
		if b.To, err = v.meetable(who); err != nil {
			return b, err
		}
	}
	a, known, err := v.someone()
	if known {
		b.Email = a.Email
	}
	return b, err
}

func (v *Visit) bringForm() error {
	b, err := v.bringing(v.Blank(), v.Query("toimija"))
	if err != nil {
		return err
	}
	if a, known, err := v.someone(); err != nil {
		return err
	} else if known {
		warm, err := comment.Warmed(v.R.Context(), v.DB, v.Region.ID, a.ID, b.Spark.ID)
		if err != nil {
			return err
		}
		b.Form.Values.Set("name", warm[b.Spark.ID].Name)
	}
	return v.Render(http.StatusOK, bringPage(v, b))
}

// brings is somebody to be brought together with a bringer, as it waits for the address
// of who knows them.
type brings struct {
	Code  string             `json:"code"`
	Offer introduction.Offer `json:"offer"`
}

func (v *Visit) bring() error {
	f := v.cleaned()
	b, err := v.bringing(f, f.Get("toimija"))
	if err != nil {
		return err
	}
	o := introduction.Offer{Spark: b.Spark.ID, Name: f.Get("name"), Actor: b.To.ID, Wanted: f.Get("wanted"), Pass: introduction.Pass{Email: f.Get("whom"), Remark: f.Get("remark")}, Language: string(v.Lang)}
	if b.To.ID != 0 {
		o.Wanted = firstRunes(b.To.Title, introduction.MaxWanted)
	}
	wrong := o.Check()
	if b.To.ID != 0 && !b.To.Person && o.Pass.Email == "" { // nobody knows where an organisation is asked
		wrong = append(fault.List(wrong), fault.New(fault.Invalid, "introduction.email.missing").On("whom"))
	}
	if refused, err := v.submits(f, wrong, "bring", brings{b.Spark.Code, o}); err != nil || !refused {
		return err
	}
	return v.Render(statusOfAll(f.Wrong), bringPage(v, b))
}

func (v *Visit) bringWords(data json.RawMessage) (string, error) {
	var d brings
	err := json.Unmarshal(data, &d)
	return v.T("bring.want", "code", d.Code), err
}

func (v *Visit) putBringing(ctx context.Context, tx *store.Tx, a address.Address, data json.RawMessage) error {
	var d brings
	if err := json.Unmarshal(data, &d); err != nil {
		return err
	}
	_, err := v.Introductions.Bring(ctx, tx, a, d.Offer)
	return err
}
