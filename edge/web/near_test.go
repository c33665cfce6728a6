package web_test

import (
	"bytes"
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/journey/spark"
	"kokko/region/office"
)

const (
	foodTold  = "Lähiruoan yhteinen jakelu kylille. Tuottajat voisivat käyttää samaa kylmäautoa ja viedä ruokaa kyläkauppoihin."
	foodTyped = "Tarvitaan ruuanjakelua kylille: lähiruokaa tuottajilta yhteisellä kylmäautolla kyläkauppoihin."
	skating   = "Luistelurata torille talveksi, ja lapsille luistinten lainaus."
)

// near is the codes of the similar sparks that a page or a piece of one tells of.
func (p page) near() (codes []string) {
	p.Find("[aria-labelledby=near] h3 a").Each(func(_ int, a *selection) {
		href := a.AttrOr("href", "")
		codes = append(codes, href[strings.LastIndexByte(href, '/')+1:])
	})
	return codes
}

func TestSimilarSparksAreToldWhileSomebodyWrites(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx, r := context.Background(), s.visitor()
		pub := func(text string) spark.Draft {
			return spark.Draft{Text: text, Place: "Inkeroinen", Visibility: spark.Public, Language: "fi"}
		}
		food, hidden, gone := s.drop(pub(foodTold)), s.drop(spark.Draft{Text: foodTold, Visibility: spark.Office, Language: "fi"}), s.drop(pub(foodTold))
		s.drop(pub(skating))
		if _, err := s.parts.Sparks.Withdraw(ctx, "kouvola", gone.Link, false); err != nil {
			t.Fatal(err)
		}
		typed := url.Values{"text": {foodTyped}}
		for _, lang := range []string{"", "/sv", "/en", "/selko"} {
			p := r.post(lang+"/kipina/samat", typed)
			if got := p.near(); p.status != http.StatusOK || !slices.Equal(got, []string{food.Spark.Code}) {
				t.Fatalf("%q: %d tells of %v, want %s alone: %s", lang, p.status, got, food.Spark.Code, p.body)
			}
			if strings.Contains(p.body, "<html") || strings.Contains(p.body, "⟦") || p.Find("[data-said]").AttrOr("data-said", "") == "" {
				t.Errorf("%q is not a piece of a page with a sentence to say: %s", lang, p.body)
			}
			if why := p.Find(".why").Text(); !strings.Contains(why, "lähiruoka") || !strings.Contains(why, "kylmäauto") {
				t.Errorf("%q says as reason %q", lang, why)
			}
			if meta := p.Find("[aria-labelledby=near]").Text(); !strings.Contains(meta, map[bool]string{true: "Ingerois", false: "Inkeroinen"}[lang == "/sv"]) {
				t.Errorf("%q does not say where: %s", lang, meta)
			}
		}
		for name, form := range map[string]url.Values{
			"nothing":          {},
			"a word":           {"text": {"lähiruoka"}},
			"something else":   {"text": {"Kirjaston aukioloa voisi pidentää viikonloppuisin."}},
			"another matter":   {"text": {foodTyped}, "eri": {food.Spark.Code, "nonsense"}},
			"one's own":        {"text": {foodTyped}, "once": {food.Link}},
			"hostile":          {"text": {"\x00\xff<script>alert(1)</script>"}},
			"nothing to weigh": {"text": {strings.Repeat("ja ", 4000)}},
		} {
			if p := r.post("/kipina/samat", form); p.status != http.StatusOK || len(p.near()) > 0 || strings.Contains(p.body, "<script") {
				t.Errorf("%s: %d, tells of %v", name, p.status, p.near())
			}
		}
		if list, _, err := spark.List(ctx, s.db, "kouvola", spark.Filter{}); err != nil || len(list) != 2 {
			t.Errorf("%d sparks are listed, %v: asking stored something", len(list), err)
		}

		// Choices are honoured at once: hidden, shown, held, taken away.
		tells := func(name string, want ...string) {
			t.Helper()
			if got := r.post("/kipina/samat", typed).near(); !slices.Equal(got, want) {
				t.Errorf("%s: tells of %v, want %v", name, got, want)
			}
		}
		edit := func(of spark.Receipt, v spark.Visibility) {
			t.Helper()
			d := pub(foodTold)
			d.Visibility = v
			if _, err := s.parts.Sparks.Edit(ctx, "kouvola", of.Link, s.edition, d); err != nil {
				t.Fatal(err)
			}
		}
		edit(food, spark.Office)
		tells("hidden by its bringer")
		edit(hidden, spark.Unnamed)
		tells("shown by its bringer", hidden.Spark.Code)
		if _, err := s.parts.Sparks.Withdraw(ctx, "kouvola", hidden.Link, true); err != nil {
			t.Fatal(err)
		}
		tells("erased")
	})
}

// Who has no JavaScript meets them after the first step, and may say of each what it is
// to them; nothing typed is lost on any way.
func TestWhatIsSimilarIsSaidWithoutScripts(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		told := s.drop(spark.Draft{Text: foodTold, Visibility: spark.Public, Language: "fi"})
		code := told.Spark.Code
		for _, lang := range []string{"", "/sv", "/en", "/selko"} {
			s.clock.Advance(time.Minute) // so that nobody sends too much
			r := s.visitor()
			if p := r.get(lang + "/"); p.Find("[data-near] .actions, [data-near] h2").Length() > 0 || p.Find("form [data-near]").Length() != 1 {
				t.Errorf("%q: the front page tells of something before anything is written", lang)
			}
			theme := s.edition.Themes[0].ID
			form := url.Values{"once": {ident.Secret()}, "text": {foodTyped + "\r\nToinen rivi."}, "place": {"Utti"}, "themes": {theme}, "name": {"Maija"}, "email": {"maija@posti.example"}, "visibility": {"public"}}
			with := func(pairs ...string) url.Values {
				f := url.Values{}
				for k, v := range form {
					f[k] = v
				}
				for i := 0; i < len(pairs); i += 2 {
					f.Set(pairs[i], pairs[i+1])
				}
				return f
			}
			keeps := func(name string, p page) {
				t.Helper()
				p.whole(t, name)
				if p.status != http.StatusOK || !strings.Contains(p.Find("textarea[name=text]").Text(), "Toinen rivi.") || p.Find("input[name=place]").AttrOr("value", "") != "Utti" ||
					p.Find("input[name=themes][value="+theme+"][checked]").Length() != 1 || p.Find("input[name=name]").AttrOr("value", "") != "Maija" || p.Find("input[name=visibility][value=public][checked]").Length() != 1 || p.Find("input[name=once]").AttrOr("value", "") != form.Get("once") {
					t.Errorf("%s: %d, something typed is lost", name, p.status)
				}
			}
			p := r.post(lang+"/kipina", with("step", "more"))
			keeps("first step "+lang, p)
			if got := p.near(); !slices.Equal(got, []string{code}) {
				t.Fatalf("%q: the first step tells of %v", lang, got)
			}
			if first := p.Find("form[action$='/kipina'] button:not([type=button])").First(); first.AttrOr("name", "") != "" {
				t.Errorf("%q: Enter in a field would press %q", lang, first.AttrOr("name", ""))
			}

			p = r.post(lang+"/kipina", with("erota", code))
			keeps("another matter "+lang, p)
			if len(p.near()) > 0 || p.Find("input[name=eri][value='"+code+"']").Length() != 1 {
				t.Errorf("%q: what is another matter is told of again", lang)
			}

			p = r.post(lang+"/kipina", with("sama", code))
			p.whole(t, "the same "+lang)
			say := p.Find("form[action$='/kipina/" + code + "/kommentti']")
			if p.status != http.StatusOK || !strings.Contains(say.Find("textarea[name=words]").Text(), "Toinen rivi.") || say.Find("input[name=email]").AttrOr("value", "") != "maija@posti.example" || say.Find("input[name=name]").AttrOr("value", "") != "Maija" {
				t.Fatalf("%q: %d, what was written does not go along: %s", lang, p.status, p.Find("main").Text())
			}
			if p.Find("a[href$='/kipina/"+code+"/minakin']").Length() != 1 || p.Find("a[href*='/seuraa']").Length() == 0 {
				t.Errorf("%q: one can neither warm nor follow", lang)
			}
			back := url.Values{"step": {"more"}}
			p.Find("[aria-labelledby=own] input[type=hidden]").Each(func(_ int, i *selection) { back.Add(i.AttrOr("name", ""), i.AttrOr("value", "")) })
			p = r.post(lang+"/kipina", back)
			keeps("back "+lang, p)
			if len(p.near()) > 0 {
				t.Errorf("%q: who came back is told again", lang)
			}

			// After the drop once, on the receipt, unless it was said to be another matter.
			for _, other := range []bool{false, true} {
				form.Set("once", ident.Secret())
				f := with("visibility", "office")
				if other {
					f.Set("eri", code)
				}
				p = r.post(lang+"/kipina", f)
				p.whole(t, "receipt "+lang)
				if got := p.near(); !strings.HasSuffix(p.path, "/kiitos") || slices.Contains(got, code) == other {
					t.Errorf("%q: the receipt at %s tells of %v, said to be another: %v", lang, p.path, got, other)
				}
				if got := r.get(lang + strings.TrimPrefix(strings.TrimSuffix(p.path, "/kiitos"), lang)).near(); len(got) > 0 {
					t.Errorf("%q: the own page tells of them again: %v", lang, got)
				}
			}
		}
		// One that has gone meanwhile leads back to the form.
		if _, err := s.parts.Sparks.Withdraw(context.Background(), "kouvola", told.Link, true); err != nil {
			t.Fatal(err)
		}
		for _, c := range []string{code, "nonsense"} {
			p := s.visitor().post("/kipina", url.Values{"text": {foodTyped}, "sama": {c}})
			if p.status != http.StatusOK || p.Find("textarea[name=text]").Text() != foodTyped {
				t.Errorf("%s: %d, %q", c, p.status, p.Find("textarea[name=text]").Text())
			}
		}
	})
}

// What somebody only types is nowhere when they leave: not in an address, not in the
// log, not even when the store fails.
func TestWhatIsTypedIsNotLogged(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		var said bytes.Buffer
		parts := s.parts
		parts.Log = slog.New(slog.NewTextHandler(&said, &slog.HandlerOptions{Level: slog.LevelDebug}))
		parts.Watch = nil
		server := httptest.NewServer(web.New(parts))
		defer server.Close()
		s.url = server.URL
		r := s.visitor()
		p := r.get("/kipina")
		if at := p.Find("[data-near]").AttrOr("data-near", ""); at != "/kipina/samat" || p.Find("form[data-draft=spark]").AttrOr("method", "") != "post" {
			t.Errorf("similar sparks are asked at %q", at)
		}
		r.post("/kipina/samat", url.Values{"text": {"salaisuusajatus torille ja kylille"}})
		for range 260 { // until it is too much
			r.post("/kipina/samat", url.Values{"text": {"salaisuus"}})
		}
		if p := r.post("/kipina/samat", url.Values{"text": {"salaisuus"}}); p.status != http.StatusTooManyRequests {
			t.Errorf("asking without end gave %d", p.status)
		}
		if err := s.db.Close(); err != nil {
			t.Fatal(err)
		}
		r.from = "192.0.2.77"
		r.post("/kipina/samat", url.Values{"text": {"salaisuusajatus torille ja kylille"}})
		if said.Len() == 0 || strings.Contains(said.String(), "salaisuus") {
			t.Errorf("the log says: %s", said.String())
		}
	})
}

// The office's closing does not hide a spark from those who write of the same; its
// waiting for a look does.
func TestClosedSparksAreSimilarAndHeldOnesAreNot(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := s.visitor()
		closed := s.drop(spark.Draft{Text: foodTold, Visibility: spark.Public, Language: "fi"}).Spark.Code
		s.must(s.parts.Sparks.Close(context.Background(), s.act(closed), spark.Close{State: spark.Resting, Reason: "Odotetaan kevättä.", Would: "Tekijä."}))
		p := r.post("/kipina/samat", url.Values{"text": {foodTyped}})
		if got := p.near(); !slices.Equal(got, []string{closed}) || p.Find(".state[data-state=resting]").Length() != 1 {
			t.Errorf("tells of %v: %s", got, p.body)
		}
		// A joined one is told of by the one that carries it.
		carries := s.drop(spark.Draft{Text: "Ruuanjakelu kylille yhteisellä kylmäautolla, lähiruokaa kyläkauppoihin.", Visibility: spark.Public, Language: "fi"})
		s.must(s.parts.Sparks.Merge(context.Background(), spark.Act{Region: "kouvola", Spark: carries.Spark.ID, Officer: s.officers[office.Planner]}, spark.Joining{Sparks: []spark.Seen{{ID: s.find(closed).ID}}}))
		if got := r.post("/kipina/samat", url.Values{"text": {foodTyped}}).near(); !slices.Equal(got, []string{carries.Spark.Code}) {
			t.Errorf("tells of %v, want what carries it", got)
		}
	})
}
