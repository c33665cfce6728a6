package web_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"kokko/ground/store"
	"kokko/journey/spark"
	"kokko/region/office"
)

func TestAnImportedSparkSaysWhereItIsFrom(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		r := spark.Record{Source: "OmaStadi <b>", Key: "17", At: time.Date(2018, 11, 12, 10, 0, 0, 0, time.UTC), Fate: spark.FateSelected, Talked: 5,
			Draft: spark.Draft{Text: "Penkkejä rantaan. Istuttaisiin.", Language: "fi"}}
		promise := spark.Programme{Promise: s.edition, Version: s.edition.Version.ID}
		if err := r.Check(promise); err != nil {
			t.Fatal(err)
		}
		if err := s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
			_, err := s.parts.Sparks.Import(ctx, tx, "kouvola", promise, 1, []spark.Record{r})
			return err
		}); err != nil {
			t.Fatal(err)
		}
		list, _, err := spark.List(context.Background(), s.db, "kouvola", spark.Filter{})
		if err != nil || len(list) != 1 {
			t.Fatalf("%v %d", err, len(list))
		}
		code := list[0].Code
		for path, want := range map[string][]string{
			"/kipina/" + code:       {"Tuotu: OmaStadi <b>", "siellä 5 kommenttia", "12.11.2018", "Siellä se otettiin jatkoon"},
			"/sv/kipina/" + code:    {"Importerad: OmaStadi <b>", "5 kommentarer där"},
			"/en/kipina/" + code:    {"Imported: OmaStadi <b>", "5 comments there", "Told elsewhere"},
			"/selko/kipina/" + code: {"Tuotu muualta: OmaStadi <b>"},
		} {
			text := squeezed(s.visitor().get(path).Find("main").Text())
			for _, w := range want {
				if !strings.Contains(text, w) {
					t.Errorf("%s does not say %q: %s", path, w, text)
				}
			}
		}
		text := squeezed(s.officer(office.Planner).get("/toimisto/kipina/" + code).Find("main").Text())
		if !strings.Contains(text, "tuotu tiedostosta") || !strings.Contains(text, "Kerrottu muualla: OmaStadi") || strings.Contains(text, "luvattu") {
			t.Errorf("%s", text)
		}
	})
}
