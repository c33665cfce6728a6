package web

import (
	"context"
	"net/url"
	"path"
	"strings"
	"unicode"

	"kokko/ground/fault"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/region/office"
)

// The office signs in by a mailed link. A link acts on POST only, since mail
// scanners open links; the page in between says whose link it is.

func signinRoutes() []route {
	return []route{
		{pattern: "GET /kirjaudu", access: anyone, knows: true, do: (*Visit).askSignIn},
		{pattern: "POST /kirjaudu", access: anyone, limit: 6, do: (*Visit).mailSignIn},
		{pattern: "GET /kirjaudu/{salaisuus}", access: anyone, limit: 60, do: (*Visit).confirmSignIn},
		{pattern: "POST /kirjaudu/{salaisuus}", access: anyone, knows: true, limit: 60, do: (*Visit).signIn},
		{pattern: "POST /ulos", access: anyone, knows: true, limit: 60, do: (*Visit).signOut},
	}
}

// onward is where to go after signing in: a page of the office, as a path of
// this site without region and language. Anything else becomes the work list.
func onward(asked string) string {
	const home = "/toimisto"
	u, err := url.Parse(asked)
	switch {
	case err != nil, len(asked) > 2000, u.Scheme != "", u.Host != "", u.User != nil, u.Opaque != "", u.Fragment != "":
		return home
	case strings.ContainsFunc(asked, func(r rune) bool { return unicode.IsControl(r) || r == '\\' }):
		return home
	case u.Path != home && !strings.HasPrefix(u.Path, home+"/"), path.Clean(u.Path) != u.Path:
		return home
	}
	if u.RawQuery != "" {
		return u.EscapedPath() + "?" + u.RawQuery
	}
	return u.EscapedPath()
}

func (v *Visit) askSignIn() error {
	if v.Officer != nil {
		return v.Go(onward(v.Query("jatka")))
	}
	return v.Render(200, signinPage(v, v.Blank("jatka", v.Query("jatka"))))
}

// mailSignIn answers the same whoever asks: an address must not be found out.
func (v *Visit) mailSignIn() error {
	f := v.Form()
	email := office.FoldEmail(f.Get("email"))
	if !office.EmailLooksRight(email) {
		_ = f.Refuse(fault.New(fault.Invalid, "email.wrong").On("email"))
		return v.Render(422, signinPage(v, f))
	}
	next := onward(f.Get("jatka"))
	err := v.Sessions.Ask(v.R.Context(), v.Region.ID, email, func(ctx context.Context, tx *store.Tx, to office.Officer, secret string) error {
		link := "/kirjaudu/" + secret // the letter's writer knows the site and the officer's language
		if next != "/toimisto" {
			link += "?" + url.Values{"jatka": {next}}.Encode()
		}
		return v.Letters.SignIn(ctx, tx, to, link)
	})
	if fault.Is(err, fault.TooMany) {
		v.Log.Info("sign-in asked too often", "region", v.Region.ID)
		err = nil // saying so would tell that the address is an officer's
	}
	if err != nil {
		return err
	}
	return v.Render(200, signinSentPage(v, email))
}

func (v *Visit) confirmSignIn() error {
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	o, err := v.Sessions.Peek(v.R.Context(), v.Region.ID, v.R.PathValue("salaisuus"))
	if fault.Is(err, fault.Gone) {
		return v.Render(410, signinGonePage(v))
	}
	if err != nil {
		return err
	}
	return v.Render(200, signinConfirmPage(v, o, onward(v.Query("jatka"))))
}

func (v *Visit) signIn() error {
	v.W.Header().Set("Referrer-Policy", "no-referrer")
	ctx := v.R.Context()
	o, err := v.Sessions.Use(ctx, v.Region.ID, v.R.PathValue("salaisuus"))
	if fault.Is(err, fault.Gone) {
		return v.Render(410, signinGonePage(v))
	}
	if err != nil {
		return err
	}
	m := v.signs()
	if err := m.RenewToken(ctx); err != nil { // a token somebody planted is worth nothing
		return err
	}
	m.Put(ctx, "officer", int64(o.ID))
	return v.Go(onward(v.R.PostForm.Get("jatka")))
}

func (v *Visit) signOut() error {
	var officer ident.ID
	if v.Officer != nil {
		officer = v.Officer.ID
	}
	if err := v.Sessions.End(v.R.Context(), v.signs(), officer); err != nil {
		return err
	}
	return v.Go("/")
}
