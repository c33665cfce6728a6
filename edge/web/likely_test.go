package web_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"

	"kokko/journey/spark"
	"kokko/region/office"
)

// likelyTo reads what the office's page of a spark says may be the same.
func (r *reader) likelyTo(code string) (all []string) {
	r.s.t.Helper()
	p := r.get("/toimisto/kipina/" + code)
	for _, a := range p.Find("section[aria-labelledby=samat] li a").EachIter() {
		u, err := url.Parse(a.AttrOr("href", ""))
		if err != nil {
			r.s.t.Fatal(err)
		}
		for _, others := range u.Query() {
			all = append(all, others...)
		}
	}
	return all
}

// What may be the same is what the sparks say now, though their words are kept in
// memory: of one that was just dropped, changed or withdrawn too.
func TestLikelyIsWhatTheSparksSayNow(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		drop := func(text string) spark.Receipt {
			return s.drop(spark.Draft{Text: text, Email: "maija@kylla.example", Name: "Maija Esimerkki", Language: "fi"})
		}
		for i := range 12 {
			drop(fmt.Sprintf("Aivan muuta, kerta %d. Hiihtolatu valaistaan talvella.", i))
		}
		a, b := drop(pajaA), drop(pajaB)
		planner := s.officer(office.Planner)
		if got := planner.likelyTo(a.Spark.Code); !slices.Contains(got, b.Spark.Code) {
			t.Fatalf("like %s are %v", a.Spark.Code, got)
		}
		c := drop(pajaB)
		if got := planner.likelyTo(a.Spark.Code); !slices.Contains(got, c.Spark.Code) {
			t.Errorf("the one just dropped is not among %v", got)
		}
		s.must(s.parts.Sparks.Withdraw(t.Context(), "kouvola", b.Link, true))
		if got := planner.likelyTo(a.Spark.Code); slices.Contains(got, b.Spark.Code) || !slices.Contains(got, c.Spark.Code) {
			t.Errorf("one was taken away, and there are %v", got)
		}
		s.must(s.parts.Sparks.Edit(t.Context(), "kouvola", c.Link, s.edition, spark.Draft{Text: "Uimaranta siistiksi ennen kesää.", Language: "fi"}))
		if got := planner.likelyTo(a.Spark.Code); slices.Contains(got, c.Spark.Code) {
			t.Errorf("one says something else now, and there are %v", got)
		}
	})
}
