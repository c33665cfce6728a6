package web_test

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"kokko/edge/web/browsertest"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/journey/introduction"
	"kokko/journey/measure"
	"kokko/journey/spark"
	"kokko/region/actor"
	"kokko/region/address"
	"kokko/region/network"
	"kokko/region/office"
)

// kitchen is what the village chair asks for, and what the cook tells of herself.
func kitchen(l i18n.Language) (asks, knows, word string) {
	switch l {
	case i18n.Swedish:
		return "Byahusets kök till allas bruk. Vem har skött ett storkök?", "Jag har skött ett storkök i tjugo år.", "storkök"
	case i18n.English:
		return "The village hall kitchen for everybody. Who has run a large kitchen?", "I have run a large kitchen for twenty years.", "kitchen"
	}
	return "Kylätalon keittiö kaikkien käyttöön. Kuka on pyörittänyt suurkeittiötä?", "Olen pyörittänyt suurkeittiötä kaksikymmentä vuotta.", "suurkeittiö"
}

// resident is somebody of a confirmed address with the path of their own page.
func (s *stage) resident(t testing.TB, email string) (a address.Address, own string) {
	t.Helper()
	a = s.proven(t, email)
	must(t, s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		secret, err := address.Link(ctx, tx, a)
		own = "/minun/" + secret
		return err
	}))
	return a, own
}

// TestBrowserVillageChairFindsACook: a village chair looks for somebody who has run a
// kitchen, sees who knows her, and asks; who stands between passes it on and the cook
// says yes, each from a letter whose link only shows; they meet, both tell how it went,
// and the ties and the measures have changed. Then the cook takes her choices back and
// is gone from everywhere at once.
func TestBrowserVillageChairFindsACook(t *testing.T) {
	t.Parallel()
	crossed(t, func(t *testing.T, s *stage, scripts bool) {
		ctx := context.Background()
		asks, knowing, word := kitchen(s.lang)
		who := strings.ReplaceAll(handed(scripts), " ", "")
		chairs, friends, cooks := "puheenjohtaja."+who+"@kyla.example", "ystava."+who+"@posti.example", "keittaja."+who+"@posti.example"
		chairName, friendName, cookName := "Kirsti "+who, "Ulla "+who, "Aino "+who
		chair, chairOwn := s.resident(t, chairs)
		friend, _ := s.resident(t, friends)
		cook, cookOwn := s.resident(t, cooks)
		chairID, friendID := ident.ID(0), ident.ID(0)
		cookID := knows(t, s.db, s.parts, cook, cookName, knowing, s.lang)
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			for _, x := range []struct {
				a    address.Address
				name string
				id   *ident.ID
				yes  []actor.Choice
			}{{chair, chairName, &chairID, nil}, {friend, friendName, &friendID, []actor.Choice{actor.Findable, actor.Drawn}}} {
				p, err := s.parts.Actors.Person(ctx, tx, x.a, x.name)
				if err != nil {
					return err
				}
				*x.id = p.ID
				for _, c := range x.yes {
					if err := s.parts.Actors.Choose(ctx, tx, "kouvola", p.ID, c, true); err != nil {
						return err
					}
				}
			}
			now := s.clock.Now()
			if err := network.Tied(ctx, tx, "kouvola", network.Tie{From: chairID, To: friendID, Why: network.Introduction, Source: chairID, At: now}); err != nil {
				return err
			}
			return network.Tied(ctx, tx, "kouvola", network.Tie{From: friendID, To: cookID, Why: network.Ring, Source: chairID, At: now})
		}))
		tied := func() bool {
			all, err := network.Of(ctx, s.db, "kouvola", cookID)
			must(t, err)
			for _, x := range all {
				if x.From == chairID || x.To == chairID {
					return true
				}
			}
			return false
		}
		quarter := measure.PeriodOf(measure.Quarter, office.Today(s.clock))
		measured := func(n measure.Name) (f measure.Figure) {
			t.Helper()
			must(t, s.parts.Measures.Count(ctx, "kouvola"))
			all, err := measure.Figures(ctx, s.db, "kouvola", quarter, quarter)
			must(t, err)
			for _, x := range all {
				if x.Measure == n && x.Part == "" {
					f = x
				}
			}
			return f
		}
		sp, _ := s.drops(t, spark.Draft{Kind: spark.Need, Text: asks, Email: chairs, Name: chairName})
		before, useful := measured(measure.Connected), measured(measure.Matched)

		// Her browser is remembered by a letter of hers.
		phone := s.phone(t, scripts)
		phone.Open(s.page("/minun"))
		phone.Paste("#email", chairs)
		after := len(s.post.Messages())
		follows(t, phone, "form[action$='/minun'] .button", http.StatusOK)
		phone.Open(s.linkIn(t, s.letterAfter(t, after, chairs), "/vahvista/"))
		follows(t, phone, "form[action*='/vahvista/'] .button", http.StatusOK)

		// Who could help, and who knows her.
		phone.Open(s.page("/kipina/" + sp.Code))
		follows(t, phone, "a[href$='/osaajat']", http.StatusOK)
		shows(t, phone, "main", cookName, knowing, s.T("chain.title"), friendName)
		browsertest.Axe(t, phone)
		follows(t, phone, "main a[href$='/tutustu?toimija="+cookID.String()+"']", http.StatusOK)
		if got := phone.Value("input[name=broker]:checked"); got != friendID.String() {
			t.Errorf("asks %s to pass it on, not %s who knows both", got, friendName)
		}
		phone.Paste("#name", chairName)
		follows(t, phone, "form[action$='/tutustu'] .button", http.StatusUnprocessableEntity) // without a word
		browsertest.Axe(t, phone)
		phone.Paste("#message", asks)
		follows(t, phone, "form[action$='/tutustu'] .button", http.StatusOK)
		shows(t, phone, "main [role=status]", s.T("mine.done.tutustuminen"))

		// The one between, from the letter: looking at the link does nothing.
		broker := s.phone(t, scripts)
		toFriend := linkOf(t, s.letter(t, friends, chairName).Links())
		for range 2 {
			broker.Open(toFriend)
			shows(t, broker, "main", chairName, asks)
		}
		if text := broker.Text("main"); strings.Contains(text, chairs) || strings.Contains(text, cooks) {
			t.Error("who passes it on sees an address")
		}
		browsertest.Axe(t, broker)
		follows(t, broker, "button[value=pass]", http.StatusOK)
		shows(t, broker, "main [role=status]", s.T("intro.done.valitetty"))

		// The cook, from hers.
		other := s.phone(t, scripts)
		toCook := linkOf(t, s.letter(t, cooks, chairName).Links())
		for range 2 {
			other.Open(toCook)
			shows(t, other, "main", chairName, asks)
		}
		if tied() || strings.Contains(other.Text("main"), chairs) {
			t.Error("something happened by looking at a link")
		}
		browsertest.Axe(t, other)
		follows(t, other, "button[value=yes]", http.StatusOK)
		shows(t, other, "main", s.T("intro.met"), chairs)
		for _, to := range []string{chairs, cooks} {
			s.letter(t, to, chairs, cooks)
		}
		if !tied() {
			t.Error("they met, and nothing ties them")
		}

		// A fortnight later each is asked how it went.
		s.clock.jump(introduction.AskAfter + time.Hour)
		must(t, s.parts.Introductions.Walk(s.parts.Jobs.WokenBy(ctx), "kouvola"))
		for _, x := range []struct {
			p        *browsertest.Page
			to, name string
		}{{phone, chairs, cookName}, {other, cooks, chairName}} {
			asked := strings.Split(s.T("mail.introduction.how.subject", "name", x.name), ":")[0]
			x.p.Open(linkOf(t, s.letter(t, x.to, asked, x.name).Links()))
			follows(t, x.p, "button[name=met][value=yes]", http.StatusOK)
			follows(t, x.p, "button[name=useful][value=yes]", http.StatusOK)
			shows(t, x.p, "main", s.T("intro.done.kuulumiset"))
			browsertest.Axe(t, x.p)
		}
		phone.Open(s.page("/kipina/" + sp.Code + "/osaajat"))
		if text := phone.Text("main"); !strings.Contains(text, cookName) || strings.Contains(text, friendName) {
			t.Errorf("the way to who is known by now leads through another: %s", text)
		}

		// The numbers have changed, and are too few to be told to everybody.
		s.clock.jump(20 * 24 * time.Hour) // a request counts when its time is over
		if f := measured(measure.Connected); f.Num != before.Num+1 || f.Den <= before.Den {
			t.Errorf("connected: %+v, before %+v", f, before)
		}
		if f := measured(measure.Matched); f.Num != useful.Num+1 {
			t.Errorf("introductions: %+v, before %+v", f, useful)
		}
		stranger := s.phone(t, scripts)
		stranger.Open(s.page("/mittarit?jakso=" + quarter.String()))
		shows(t, stranger, "#m3 .gauge", s.T("measure.state.few", "k", measure.Few))
		browsertest.Axe(t, stranger)

		// What she lets be seen is taken back, and she is gone.
		places := []string{"/haku?sanat=" + word, "/toimijat?mita=ihmiset", "/verkosto", "/kipina/" + sp.Code + "/osaajat"}
		stranger.Open(s.page(places[0]))
		shows(t, stranger, "main", cookName)
		other.Open(s.page(cookOwn + "/osaaminen"))
		for _, c := range actor.Choices() {
			follows(t, other, "[aria-labelledby=valinta-"+string(c)+"] button", http.StatusOK)
		}
		browsertest.Axe(t, other)
		for _, c := range actor.Choices() {
			if is, err := actor.PersonByID(ctx, s.db, "kouvola", cookID); err != nil || is.Chose(c) {
				t.Errorf("%s is not taken back: %v", c, err)
			}
		}
		for _, p := range []*browsertest.Page{stranger, phone} {
			for _, at := range places {
				p.Open(s.page(at))
				if text := p.Text("main"); strings.Contains(text, cookName) {
					t.Errorf("%s still names who has taken it back: %s", at, text)
				}
			}
		}
		if got := stranger.Open(s.page("/toimija/" + cookID.String())); got != http.StatusNotFound && got != http.StatusGone {
			t.Errorf("their page gave %d", got)
		}
		phone.Open(s.page(chairOwn))
		shows(t, phone, "main", s.T("intro.mine"))
		s.decent(t, broker, false)
	})
}
