package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/PuerkitoBio/goquery"

	"kokko/ground/ident"
	"kokko/ground/store"
	"kokko/ground/store/storetest"
	"kokko/journey/comment"
	"kokko/journey/spark"
	"kokko/journey/story"
	"kokko/region/office"
)

// speaker is somebody with a confirmed address, in a browser that remembers them.
type speaker struct {
	*reader
	email string
	own   string // their own page
}

// speaks has somebody say something first, by which their address is confirmed.
func (s *site) speaks(email, code string, fields url.Values) speaker {
	s.t.Helper()
	r := speaker{s.visitor(), email, ""}
	fields.Set("email", email)
	asked := r.post("/kipina/"+code+"/kommentti", fields)
	if !strings.HasPrefix(asked.path, "/vahvista/") {
		s.t.Fatalf("%d at %s: %s", asked.status, asked.path, asked.Find(".errors").Text())
	}
	if p := r.post(linkIn(s.t, s.lettersTo(email)[0], "/vahvista/"), nil); p.status != http.StatusOK || p.path != "/kipina/"+code {
		s.t.Fatalf("%d at %s", p.status, p.path)
	}
	r.own = r.get("/minun").path
	s.letIn()
	return r
}

// letIn has the office let in whatever waits, and trust who said it.
func (s *site) letIn() {
	s.t.Helper()
	all, err := comment.Waiting(context.Background(), s.db, "kouvola", 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range all {
		if _, err := s.parts.Comments.Decide(context.Background(), comment.Deed{Region: "kouvola", Spark: c.Spark, Comment: c.ID, Officer: s.officers[office.Planner], Seen: c.Stamp(), Do: comment.Trust}); err != nil {
			s.t.Fatal(err)
		}
	}
}

func words(text string, more ...string) url.Values {
	v := url.Values{"words": {text}}
	for i := 0; i+1 < len(more); i += 2 {
		v.Set(more[i], more[i+1])
	}
	return v
}

// storyLines are the lines of the story on a spark's page.
func storyLines(p page) (all []string) {
	p.Find("section[aria-labelledby=kipina-tarina] ol.story > li > p:first-of-type").Each(func(_ int, s *goquery.Selection) { all = append(all, squeezed(s.Text())) })
	return all
}

// Comments that follow one another are one line of the story, which leads to them;
// something else between them parts them.
func TestCommentsThatFollowOneAnotherAreOneLine(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Language: "fi"})
		one := s.speaks("yksi@posti.example", d.Spark.Code, words("Tulen mukaan lauantaina."))
		s.clock.Advance(time.Minute)
		one.post("/kipina/"+d.Spark.Code+"/kommentti", words("Tuon myös lapiot."))
		s.letIn()
		s.must(s.parts.Sparks.Answer(context.Background(), s.act(d.Spark.Code), "Hieno juttu, lankut saa varikolta.", true, ""))
		s.clock.Advance(time.Minute)
		one.post("/kipina/"+d.Spark.Code+"/kommentti", words("Haen lankut perjantaina."))
		s.letIn()
		p := s.visitor().get("/kipina/" + d.Spark.Code)
		lines := storyLines(p)
		if len(lines) != 4 || !strings.Contains(lines[1], "2 puheenvuoroa.") || !strings.Contains(lines[2], "vastasi") || !strings.Contains(lines[3], "käytti puheenvuoron") {
			t.Errorf("%q", lines)
		}
		link := p.Find("section[aria-labelledby=kipina-tarina] a[href*='/kommentti/']")
		if link.Length() != 2 {
			t.Fatalf("%d links to what was said", link.Length())
		}
		if to := s.visitor().get(link.First().AttrOr("href", "")); to.status != http.StatusOK || !strings.Contains(to.Find("#puhe").Text(), "Tulen mukaan lauantaina.") {
			t.Errorf("%d at %s", to.status, to.path)
		}
		// The feed has the words, and leads to them.
		c := s.saidBy(d.Spark, "Tulen mukaan lauantaina.")
		for _, end := range []string{".atom", ".json"} {
			if feed := s.visitor().get("/syotteet/kipina/" + d.Spark.Code + end).body; !strings.Contains(feed, c.Words) || !strings.Contains(feed, "/kommentti/"+c.ID.String()) {
				t.Errorf("%s tells nothing of what was said: %s", end, feed)
			}
		}
		// Taken down, the line leads to the talk and not to an error.
		s.officer(office.Planner).post("/toimisto/kipina/"+d.Spark.Code+"/puhe/"+c.ID.String(), url.Values{"seen": {c.Stamp()}, "do": {"decline"}, "reason": {"Väärä laituri."}})
		if to := s.visitor().get(link.First().AttrOr("href", "")); to.status != http.StatusOK || to.path != "/kipina/"+d.Spark.Code {
			t.Errorf("taken down: %d at %s", to.status, to.path)
		}
		for _, end := range []string{".atom", ".json"} {
			if feed := s.visitor().get("/syotteet/kipina/" + d.Spark.Code + end).body; strings.Contains(feed, c.Words) || !strings.Contains(feed, "Haen lankut perjantaina.") {
				t.Errorf("%s, taken down: %s", end, feed)
			}
		}
	})
}

// A comment's name is told in the story and the feed as it stands beneath it: changed
// there it changes here, and it goes with the words.
func TestTheStoryNamesWhoSaidSomethingAsTheTalkDoes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		d := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Language: "fi"})
		one := s.speaks("yksi@posti.example", d.Spark.Code, words("Tulen mukaan lauantaina.", "name", "Aino Soutaja"))
		c := s.saidBy(d.Spark, "Tulen mukaan lauantaina.")
		tells := func(what, want string, never ...string) {
			t.Helper()
			if lines := storyLines(s.visitor().get("/kipina/" + d.Spark.Code)); len(lines) != 2 || !strings.HasPrefix(lines[1], want+" käytti puheenvuoron.") {
				t.Errorf("%s: %q", what, lines)
			}
			for _, end := range []string{".atom", ".json"} {
				feed := s.visitor().get("/syotteet/kipina/" + d.Spark.Code + end).body
				if !strings.Contains(feed, want+" käytti puheenvuoron.") {
					t.Errorf("%s: %s has not %s: %s", what, end, want, feed)
				}
				for _, name := range never {
					if strings.Contains(feed, name) {
						t.Errorf("%s: %s still has %s", what, end, name)
					}
				}
			}
		}
		tells("as it came", "Aino Soutaja")
		one.post(one.own+"/kommentti/"+c.ID.String(), words("Tulen mukaan lauantaina.", "name", "Aino S."))
		tells("changed", "Aino S.", "Soutaja")
		one.post(one.own+"/kommentti/"+c.ID.String()+"/poisto", nil)
		tells("withdrawn", "Joku", "Aino")
	})
}

// saidBy finds a comment by its words.
func (s *site) saidBy(sp spark.Spark, text string) comment.Comment {
	s.t.Helper()
	all, err := comment.Here(context.Background(), s.db, "kouvola", []ident.ID{sp.ID}, 0, 100)
	if err != nil {
		s.t.Fatal(err)
	}
	for _, c := range all {
		if c.Words == text {
			return c
		}
	}
	s.t.Fatalf("nobody said %q", text)
	return comment.Comment{}
}

// Withdrawn, the words are in no page, feed, queued letter or file of anybody's data;
// erased, the person is not either.
func TestWhatWasSaidIsErasedEverywhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		planner, bringer := s.officer(office.Planner), s.visitor()
		d := bringer.drop("text", "Laituri kuntoon talkoilla.", "name", "Tuoja", "email", "tuoja@posti.example")
		s.drain()
		one := s.speaks("sanoja@puhuja.example", d.code, words("Rusakkoniemen perunat kannattaa nostaa ensin.", "name", "Puhuja Puhunen"))
		s.clock.Advance(time.Minute)
		two := s.speaks("toinen@posti.example", d.code, words("Samaa mieltä."))
		s.clock.Advance(time.Minute)
		one.post("/kipina/"+d.code+"/kommentti", words("Kuka tuo rusakkoniemeläiset paikalle?", "name", "Puhuja Puhunen", "question", "1"))
		s.letIn()
		one.post("/kipina/"+d.code+"/minakin", url.Values{"offer": {"join"}, "shared": {"1"}, "name": {"Puhuja Puhunen"}})
		planner.post("/toimisto/kipina/"+d.code+"/puhe/"+s.saidBy(s.find(d.code), "Samaa mieltä.").ID.String(), url.Values{"seen": {""}, "do": {"ask"}})
		places := func() map[string]string {
			all := map[string]string{}
			for name, r := range map[string]*reader{"everybody": s.visitor(), "the bringer": bringer, "the office": planner, "another": two.reader} {
				for _, path := range []string{"/kipina/" + d.code, "/kipina/" + d.code + "?puhe=uusimmat", "/kipina/" + d.code + "/tarina", "/kipina/" + d.code + "/syote", "/kipina/" + d.code + "/kerro", "/syote", "/", d.own, d.own + "/tiedot", two.own + "/tiedot", "/toimisto/kipina/" + d.code, "/toimisto/jono", "/toimisto/kipina/" + d.code + "/asiakirja", "/toimisto/lahtevat"} {
					all[name+" at "+path] = strings.ToLower(r.get(path).body)
				}
			}
			return all
		}
		seen := func() (found []string) {
			for at, body := range places() {
				for _, needle := range []string{"rusakkonie", "puhunen", "sanoja@puhuja"} {
					if strings.Contains(body, needle) {
						found = append(found, at+": "+needle)
					}
				}
			}
			return found
		}
		s.clock.Advance(24 * time.Hour)
		s.drain() // the letters of the day are written, and stay
		if found := seen(); len(found) < 5 {
			t.Errorf("found only %q before: it proves too little", found)
		}
		first := s.saidBy(s.find(d.code), "Rusakkoniemen perunat kannattaa nostaa ensin.")
		if p := one.post(one.own+"/kommentti/"+first.ID.String()+"/poisto", nil); p.status != http.StatusOK {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		for _, at := range s.traces("perunat kannattaa") {
			t.Errorf("withdrawn, and still in %s", at)
		}
		if body := s.visitor().get("/kipina/" + d.code).Find("#puhe").Text(); !strings.Contains(body, "poistanut puheenvuoronsa") {
			t.Errorf("its place is gone: %s", body)
		}
		one.post("/kipina/"+d.code+"/kommentti", words("Rusakkoniemen väki odottaa yhä.", "name", "Puhuja Puhunen")) // on its way: not yet told
		if p := one.post(one.own+"/poisto", url.Values{"confirm": {"1"}}); p.path != "/minun/poistettu" {
			t.Fatalf("%d at %s", p.status, p.path)
		}
		s.clock.Advance(24 * time.Hour)
		s.drain()
		for _, at := range seen() {
			t.Errorf("erased, and still read by %s", at)
		}
		for _, at := range s.traces("rusakkonie", "puhunen", "sanoja@puhuja") {
			t.Errorf("erased, and still in %s", at)
		}
	})
}

// How soon letters come is each one's own choice, on their own page.
func TestHowSoonOneHearsIsChosenOnOnesOwnPage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		const at = "/toimisto/asetukset/itse"
		planner := s.officer(office.Planner)
		p := planner.get(at)
		p.whole(t, "oneself")
		if p.Find("#hears option[selected]").AttrOr("value", "") != string(comment.Daily) {
			t.Errorf("who has chosen nothing hears %q", p.Find("#hears option[selected]").AttrOr("value", ""))
		}
		planner.post(at, url.Values{"language": {"fi"}, "monday": {"1"}, "hears": {"never"}})
		if pace, err := comment.PaceOf(context.Background(), s.db, "kouvola", s.officers[office.Planner].ID); err != nil || pace != comment.Never {
			t.Errorf("%v %q", err, pace)
		}
		if p := planner.post(at, url.Values{"language": {"fi"}, "hears": {"joskus"}}); p.status != http.StatusUnprocessableEntity || p.Find(".errors a[href='#hears']").Length() != 1 {
			t.Errorf("%d: a pace there is none of", p.status)
		}
		bringer := s.visitor()
		d := bringer.drop("email", "tuoja@posti.example")
		if got := bringer.get(d.own).Find("#hears option[selected]").AttrOr("value", ""); got != string(comment.Daily) {
			t.Errorf("a bringer hears %q", got)
		}
		if p := bringer.post(d.own+"/kuulen", url.Values{"hears": {"now"}}); p.Find("#hears option[selected]").AttrOr("value", "") != "now" {
			t.Errorf("%d at %s", p.status, p.path)
		}
	})
}

// On a joint spark's page everybody reads the talk of all that were joined, says "me too"
// once, and the office decides there; taken apart each page is as it was.
func TestTheTalkOfJoinedSparksIsReadOnOnePage(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		root, other := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Language: "fi"}).Spark, s.drop(spark.Draft{Text: "Uimarannan laituri korjattava.", Language: "fi", Email: "toinen@tuoja.example"}).Spark
		one := s.speaks("yksi@posti.example", root.Code, words("Tulen mukaan lauantaina."))
		s.clock.Advance(time.Minute)
		two := s.speaks("kaksi@posti.example", other.Code, words("Kuka hakee lankut?", "question", "1"))
		one.post("/kipina/"+root.Code+"/minakin", nil)
		one.post("/kipina/"+other.Code+"/minakin", nil)
		two.post("/kipina/"+other.Code+"/minakin", url.Values{"offer": {"join"}, "shared": {"1"}})
		talk := func(sp spark.Spark) string {
			p := s.visitor().get("/kipina/" + sp.Code)
			return squeezed(p.Find("#puhe").Text()) + "|" + squeezed(p.Find("#minakin").Text())
		}
		before := [2]string{talk(root), talk(other)}
		act := s.act(root.Code)
		s.must(s.parts.Sparks.Merge(ctx, act, spark.Joining{Sparks: []spark.Seen{{ID: other.ID}}}))
		p := s.visitor().get("/kipina/" + root.Code)
		p.whole(t, "a joint talk")
		text := squeezed(p.Find("#puhe").Text())
		for _, want := range []string{"2 puheenvuoroa", "Tulen mukaan lauantaina.", "Kuka hakee lankut?", "Kysymys kipinän tuojalle"} {
			if !strings.Contains(text, want) {
				t.Errorf("no %q in %s", want, text)
			}
		}
		if warm := squeezed(p.Find("#minakin").Text()); !strings.Contains(warm, "2 on sanonut") {
			t.Errorf("two people: %s", warm)
		}
		if list := s.visitor().get("/kipinat"); !strings.Contains(squeezed(list.Find("main").Text()), "2") {
			t.Error("the list tells of no warmth")
		}
		link := p.Find("#puhe li:contains('hakee lankut') a[href*='/kommentti/']").First().AttrOr("href", "")
		if to := s.visitor().get(link); to.status != http.StatusOK || to.path != "/kipina/"+root.Code {
			t.Errorf("%d at %s", to.status, to.path)
		}
		// The office decides on the joint page, and the joined one's own bringer is led there.
		c := s.saidBy(other, "Kuka hakee lankut?")
		if p := s.officer(office.Planner).post("/toimisto/kipina/"+root.Code+"/puhe/"+c.ID.String(), url.Values{"seen": {c.Stamp()}, "do": {"answered"}}); p.status != http.StatusOK {
			t.Errorf("%d at %s: %s", p.status, p.path, p.Find(".errors").Text())
		}
		if c = s.saidBy(other, "Kuka hakee lankut?"); c.Unanswered {
			t.Error("still open")
		}
		s.drain()
		link = linkIn(t, s.lettersTo("toinen@tuoja.example")[0], "/oma/")
		if own := s.visitor().get(link); own.Find("#puhe a[href='/kipina/"+root.Code+"#puhe']").Length() != 1 {
			t.Errorf("%d: %s", own.status, squeezed(own.Find("#puhe").Text()))
		}
		if p := two.get("/kipina/" + root.Code); !strings.Contains(squeezed(p.Find("#minakin").Text()), "Sinä: minäkin.") {
			t.Error("who said so of what was joined is asked again")
		}
		act.Spark, act.Version = other.ID, 0
		s.must(s.parts.Sparks.Unmerge(ctx, act))
		before[1] = strings.NewReplacer("Kysymys kipinän tuojalle, odottaa vastausta", "Kysymys kipinän tuojalle, vastattu").Replace(before[1])
		if got := talk(root); got != before[0] {
			t.Errorf("taken apart: %s\nwas %s", got, before[0])
		}
		if got := talk(other); !strings.Contains(got, "Kuka hakee lankut?") || strings.Contains(got, "lauantaina") || !strings.HasSuffix(got, before[1][strings.LastIndex(before[1], "|"):]) {
			t.Errorf("taken apart: %s", got)
		}
	})
}

// BenchmarkSparkPage opens the page of a spark with ten comments and of one with ten
// thousand, as whoever asks for an order of their own: such a page is not kept ready.
func BenchmarkSparkPage(b *testing.B) {
	s := newSite(b, storetest.SQLite(b))
	for _, n := range []int{10, 10_000} {
		sp := s.drop(spark.Draft{Text: fmt.Sprintf("Laituri kuntoon talkoilla, %d puhujaa.", n), Language: "fi"}).Spark
		ids := s.ids()
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			for i := range n {
				id, beat := ids.New(), ids.New()
				if err := story.Append(ctx, tx, story.Beat{Region: "kouvola", Spark: sp.ID, ID: beat, Type: story.Commented, Actor: story.Reader, At: s.clock.Now(), Visibility: story.Public, Facts: story.Facts{Comment: id}}); err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `INSERT INTO comments (region_id, spark_id, comment_id, author_kind, author_id, name, language, words, state, placed, waits, held, question, unanswered, answer_id, beat_id, reports, written_at, edited_at, decided_at, officer_id, reason)
VALUES ('kouvola', $1, $2, 'address', $3, '', 'fi', $4, 'shown', TRUE, FALSE, '', FALSE, FALSE, 0, $5, 0, 1, 0, 0, 0, '')`, int64(sp.ID), int64(id), 1_000+i%997, fmt.Sprintf("Puheenvuoro %d, jossa on pari lausetta. Tässä on toinen.", i), int64(beat)); err != nil {
					return err
				}
			}
			_, err := tx.Exec(ctx, `INSERT INTO talks (region_id, spark_id, shown, questions, warm, hears) VALUES ('kouvola', $1, $2, 0, 0, '')`, int64(sp.ID), n)
			return err
		}); err != nil {
			b.Fatal(err)
		}
		r := s.visitor()
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			for b.Loop() {
				if p := r.get("/kipina/" + sp.Code + "?puhe=uusimmat"); p.status != http.StatusOK || p.Find("#puhe ol.story > li").Length() != min(n, comment.Page) {
					b.Fatalf("%d: %d comments", p.status, p.Find("#puhe ol.story > li").Length())
				}
			}
		})
	}
}
