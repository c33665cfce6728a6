package web_test

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/edge/web/browsertest"
	"kokko/engine/workday"
	"kokko/ground/i18n"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/attachment"
	"kokko/journey/challenge"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/intake"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/region/address"
	"kokko/region/feedback"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// gallery is a stage with something of everything on it: sparks open, asked,
// answered in public, talked about, tagged as an outside opening, closed and for
// the office only, in three languages.
type gallery struct {
	*stage
	paths map[string][]string // of each GET route, the addresses to look at
}

// raw are the GET routes that answer with no page.
func raw() []string {
	return []string{"GET /brand.css", "GET /favicon.ico", "GET /haku/ehdotukset.html", "GET /tapahtuma/{id}/kalenteri.ics", "GET /verkosto/{slug}/kalenteri.ics", "GET /verkosto.json", "GET /toimisto/verkosto/vienti", "GET /toimisto/verkosto/vienti/ihmiset.vcf", "GET /toimija/{id}/kortti.vcf", "GET /robots.txt", "GET /.well-known/security.txt", "GET /ohjelma/versiot/{id}", "GET /oma/{salaisuus}/tiedot", "GET /minun/{salaisuus}/tiedot",
		"GET /kortti/qr.svg", "GET /kipina/{koodi}/kuva.png", "GET /kipina/{koodi}/qr.svg", "GET /syotteet/{nimi}", "GET /syotteet/{mista}/{nimi}", "GET /kipinat.csv", "GET /kipinat.xlsx", "GET /toimisto/tapahtumat/{id}/tormaytys/poydat.csv", "GET /poyta/{slug}/kalenteri.ics", "GET /toimisto/kipinat.csv", "GET /toimisto/mittarit.csv", "GET /toimisto/kipinat.xlsx", "GET /toimisto/kipina/{koodi}/asiakirja.pdf",
		"GET /kipina/{koodi}/liite/{id}", "GET /oma/{salaisuus}/liite/{id}", "GET /toimisto/kipina/{koodi}/liite/{id}"}
}

func newGallery(t testing.TB, lang i18n.Language) *gallery {
	t.Helper()
	s, ctx := newStage(t, lang), context.Background()
	words, theme := said(lang), s.edition.Themes[0].ID
	fresh, own := s.drops(t, spark.Draft{Text: words.title + " " + words.text, Kind: spark.Idea, Name: words.name, Email: "maija@posti.example", Phone: "040 123 4567", Contact: spark.Call, Place: "Elimäki", Themes: []string{theme}})
	asked, askedOwn := s.drops(t, spark.Draft{Text: said(i18n.Swedish).title + " " + said(i18n.Swedish).text, Language: "sv", Kind: spark.Need, Email: "maja@posti.example"})
	talked, _ := s.drops(t, spark.Draft{Text: said(i18n.English).title + " " + said(i18n.English).text, Language: "en", Kind: spark.Vitality, Name: "Mary Example", Phone: "040 765 4321", Contact: spark.Meet, Visibility: spark.Unnamed, Place: "Saunakylä"})
	closed, _ := s.drops(t, spark.Draft{Text: said(i18n.Finnish).title + "\n\n" + strings.Repeat("Pitkä-sana-jota-ei-voi-katkaista", 6)})
	hidden, _ := s.drops(t, spark.Draft{Text: "Vain toimistolle. " + words.text, Visibility: spark.Office, Secret: true})
	do := func(_ spark.Spark, err error) { t.Helper(); must(t, err) }
	must(t, s.parts.Office.Set(ctx, "kouvola", trust.Rules{Hold: trust.HoldSuspicious, Words: []string{"kasino"}, Domains: []string{"kouvola.fi"}}.Settings()))
	waits, waitsOwn := s.drops(t, spark.Draft{Text: words.title + " https://kauppa.example/" + strings.Repeat("pitkaosoite", 8), Email: "mainos@posti.example"})
	waits2, _ := s.drops(t, spark.Draft{Text: words.text + " www.kauppa.example", Email: "mainos@posti.example"})
	gone, _ := s.drops(t, spark.Draft{Text: words.more + " www.kauppa.example", Email: "kolmas@posti.example"})
	do(s.parts.Sparks.DeclineAndBlock(ctx, s.act(gone), words.why, spark.Block{Author: true}))
	must(t, s.parts.Sparks.Report(ctx, "kouvola", fresh.ID, spark.Report{Wrong: spark.Else, Words: words.why, Email: "lukija@posti.example", Language: string(lang)}, trust.Sender{}))
	do(s.parts.Sparks.Ask(ctx, s.act(asked), words.question, true))
	do(s.parts.Sparks.Talk(ctx, s.act(talked), spark.Talk{Way: "call", Words: words.talked, Shown: true, Next: office.Today(s.clock), Measures: []spark.Measure{{What: words.agreed, Who: "Mary Example", By: office.Today(s.clock) + 14}}}))
	do(s.parts.Sparks.Tag(ctx, s.act(talked), s.edition, spark.Tags{Outside: true, Place: "Elimäki"}))
	do(s.parts.Sparks.Answer(ctx, s.act(closed), words.more, true, ""))
	do(s.parts.Sparks.Close(ctx, s.act(closed), spark.Close{State: spark.Out, Reason: words.why, Would: words.would}))
	open, later, ended, draft := s.asks(t, 0, 30), s.asks(t, 10, 30), s.asks(t, 0, 20), s.asks(t, 0, 0)
	do(s.parts.Sparks.Relate(ctx, s.act(fresh), open.ID))
	do(s.parts.Sparks.Relate(ctx, s.act(closed), ended.ID))
	_, err := s.parts.Challenges.Close(ctx, challenge.Act{Region: "kouvola", Challenge: ended.ID}, challenge.Close{Outcome: map[string]string{"fi": words.more, "en": words.more}, Taken: []ident.ID{closed.ID}})
	must(t, err)
	twin, twinOwn := s.drops(t, spark.Draft{Text: words.title + " " + words.more, Name: words.name, Email: "toinen@posti.example"})
	quiet, _ := s.drops(t, spark.Draft{Text: words.title + " " + words.reply, Visibility: spark.Unnamed})
	do(s.parts.Sparks.Merge(ctx, s.act(asked), spark.Joining{Sparks: []spark.Seen{{ID: twin.ID}, {ID: quiet.ID}}}))
	many, manyOwn := s.drops(t, spark.Draft{Text: words.text + "\n\n" + words.more, Name: words.name})
	parts, err := s.parts.Sparks.Split(ctx, s.act(many), []spark.Part{{Text: words.text}, {Text: words.more}})
	must(t, err)
	var moved ident.ID
	owner := s.act(fresh)
	owner.Did = &moved
	do(s.parts.Sparks.Assign(ctx, owner, s.manager.ID))
	must(t, s.parts.Office.CloseFor(ctx, "kouvola", office.Closure{Span: workday.Span{From: office.Today(s.clock) + 30, To: office.Today(s.clock) + 37}, Reason: "Joulu"}))

	must(t, s.parts.Office.Set(ctx, "kouvola", map[string]string{"security.contact": "mailto:turva@kouvola.example", office.MailIn: "kipina@kouvola.example"}))

	for _, slug := range []string{"kymi", "kouvola"} {
		_, err := s.parts.Programmes.Move(ctx, "kouvola", slug, "", s.url)
		must(t, err)
	}

	attach(t, s.parts.Files, s.act(fresh))
	attach(t, s.parts.Files, s.act(hidden))
	files, err := attachment.Of(ctx, s.db, "kouvola", fresh.ID)
	must(t, err)
	barriers := s.barriers(t)

	link, err := s.parts.Sessions.Print(ctx, s.manager)
	must(t, err)
	s.letter(t, "maija@posti.example", fresh.Code)
	letters, err := s.parts.Outbox.List(ctx, "kouvola", "", 0, 1)
	must(t, err)
	templates, err := office.AllTemplates(ctx, s.db, "kouvola")
	must(t, err)
	person := s.person(t, "seuraaja@posti.example")
	skilled := knows(t, s.db, s.parts, person.Address, words.name, words.text, lang)
	talk := s.talk(t, fresh, person)
	shared, shareSecret, err := s.parts.Shares.Make(ctx, share.Making{Region: "kouvola", Spark: fresh.ID, Consented: true})
	must(t, err)
	projects := funded(t, s.db, s.clock, s.parts.Actors)
	held := holds(t, s.parts.Events, s.edition, "Kylätalkoot", s.clock.Now().Add(48*time.Hour), 3)
	tables := holds(t, s.parts.Events, s.edition, "Törmäytysilta", s.clock.Now().Add(49*time.Hour), 0)
	collided(t, s.parts.Collisions, s.edition, tables)
	lent, own1 := lending(t, s.parts.Lending, s.edition, "Kylätalon sali"), ident.ID(0)
	must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		a, err := s.parts.Lending.Tell(ctx, tx, "kouvola", person.Address.ID, s.edition, lendable("Mehustin"))
		own1 = a.ID
		return err
	}))
	keeps := founded(t, s.parts.Ties, "Ruokaverkosto")
	admitted(t, s.db, s.parts, keeps, "Kylän Verstas ry")
	_, err = s.parts.Ties.Meet(ctx, network.Act{Region: "kouvola", Network: keeps.ID}, held.ID, true)
	must(t, err)
	waiting := sent(t, s.parts.Intake, intake.Sparks, "Naapurien kysely", told)
	s.ringed(t, fresh, person.Address)
	for _, target := range []string{follow.OfSpark(fresh.ID).String(), "place:" + fresh.Place, "theme:" + theme, "spark:" + hidden.ID.String()} {
		at, _ := follow.ParseTarget(target)
		must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			return follow.Put(ctx, tx, "kouvola", follow.Follow{Address: person.Address.ID, Target: at, Pace: follow.Daily, Volume: follow.Normal}, s.clock.Now())
		}))
	}
	must(t, s.parts.Alike.Walk(ctx, "kouvola"))
	netFile, err := s.parts.Ties.Keep(ctx, "kouvola", "Kysely", "kysely.csv", []byte("from,to,weight\nKymen Melojat ry,Iitin kunta,1\nx,y,paljon\n"))
	must(t, err)
	wave, waveLink := waving(t, s.db, s.parts, person.Address)
	const at = "/toimisto/asetukset"
	g := &gallery{stage: s, paths: map[string][]string{
		"GET /{$}":                                    {"/"},
		"GET /kipina":                                 {"/kipina", "/kipina?laji=need&paikka=Elim%C3%A4ki", "/kipina?kysymys=" + open.ID.String(), "/kipina?kysymys=" + ended.ID.String()},
		"GET /kipinat":                                {"/kipinat", "/kipinat?jarjestys=apua&paikka=Elim%C3%A4ki", "/kipinat?teema=" + theme + "&jarjestys=vilkkaimmat", "/kipinat?paikka=Timbuktu"},
		"GET /haku":                                   {"/haku", "/haku?sanat=" + url.QueryEscape(words.title), "/haku?sanat=kylmurakka&paikka=Elim%C3%A4ki&km=5&jarjestys=lahimmat", "/haku?sanat=" + url.QueryEscape(words.title) + "&paikka=Kausala&km=5"},
		"GET /toimisto/kaivattu":                      {"/toimisto/kaivattu"},
		"GET /mittarit":                               {"/mittarit", "/mittarit?jakso=2026-Q3"},
		"GET /toimisto/mittarit":                      {"/toimisto/mittarit", "/toimisto/mittarit?jakso=2026"},
		"GET /toimisto/mittarit.csv":                  {"/toimisto/mittarit.csv"},
		"GET /toimisto/mittarit/otos":                 {"/toimisto/mittarit/otos", "/toimisto/mittarit/otos?kuukausi=2026-11"},
		"GET /haku/ehdotukset.html":                   {"/haku/ehdotukset.html?sanat=kyl"},
		"GET /toimisto/haku":                          {"/toimisto/haku", "/toimisto/haku?sanat=" + url.QueryEscape(words.title)},
		"GET /kipina/{koodi}":                         {"/kipina/" + fresh.Code, "/kipina/" + asked.Code, "/kipina/" + talked.Code, "/kipina/" + closed.Code, "/kipina/" + twin.Code},
		"GET /kipina/{koodi}/ilmoita":                 {"/kipina/" + fresh.Code + "/ilmoita", "/kipina/" + fresh.Code + "/ilmoita?tehty=1"},
		"GET /toimisto/samat":                         {"/toimisto/samat"},
		"GET /toimisto/jono":                          {"/toimisto/jono", "/toimisto/jono?nayta=hylatyt"},
		"GET /toimisto/luottamus":                     {"/toimisto/luottamus"},
		"GET " + at + "/valvonta":                     {at + "/valvonta"},
		"GET /avoin-data":                             {"/avoin-data"},
		"GET /kipinat.csv":                            {"/kipinat.csv"},
		"GET /kipinat.xlsx":                           {"/kipinat.xlsx"},
		"GET /toimisto/kipinat.csv":                   {"/toimisto/kipinat.csv"},
		"GET /toimisto/kipinat.xlsx":                  {"/toimisto/kipinat.xlsx"},
		"GET /vastattu":                               {"/vastattu", "/vastattu?viikko=2026-W40"},
		"GET /kipina/{koodi}/kerro":                   {"/kipina/" + fresh.Code + "/kerro"},
		"GET /kipina/{koodi}/tarina":                  {"/kipina/" + fresh.Code + "/tarina", "/kipina/" + talked.Code + "/tarina", "/kipina/" + closed.Code + "/tarina"},
		"GET /kipina/{koodi}/kuva.png":                {"/kipina/" + fresh.Code + "/kuva.png"},
		"GET /kipina/{koodi}/qr.svg":                  {"/kipina/" + fresh.Code + "/qr.svg", "/kipina/" + fresh.Code + "/qr.svg?linkki=" + shared.Token},
		"GET /kipina/{koodi}/juliste":                 {"/kipina/" + fresh.Code + "/juliste", "/kipina/" + closed.Code + "/juliste"},
		"GET /k/{tunnus}":                             {"/k/" + shared.Token},
		"GET /jako/poistettu":                         {"/jako/poistettu"},
		"GET /jako/{salaisuus}":                       {"/jako/" + shareSecret},
		"GET /syotteet":                               {"/syotteet"},
		"GET /syotteet/{nimi}":                        {"/syotteet/kaikki.atom", "/syotteet/kaikki.json"},
		"GET /syotteet/{mista}/{nimi}":                {"/syotteet/teema/" + theme + ".atom", "/syotteet/kipina/" + fresh.Code + ".json"},
		"GET /kysymykset":                             {"/kysymykset"},
		"GET /kylasuunnitelma":                        {"/kylasuunnitelma?paikka=Elim%C3%A4ki"},
		"GET /hankkeet":                               {"/hankkeet", "/hankkeet?toimija=" + projects[0].Actor.ID.String()},
		"GET /hanke/{id}":                             {"/hanke/" + projects[0].ID.String()},
		"GET /toimijat":                               {"/toimijat", "/toimijat?mita=organisaatiot&ala=10", "/toimijat?paikka=Atlantis"},
		"GET /toimija/{id}":                           {"/toimija/" + projects[0].Actor.ID.String(), "/toimija/" + skilled.String()},
		"GET /toimisto/toimija/{id}":                  {"/toimisto/toimija/" + projects[0].Actor.ID.String()},
		"GET /minun/{salaisuus}/osaaminen":            {"/minun/" + person.Link + "/osaaminen"},
		"GET /minun/{salaisuus}/mita-tiedetaan":       {"/minun/" + person.Link + "/mita-tiedetaan"},
		"GET /toimisto/organisaatiot":                 {"/toimisto/organisaatiot", "/toimisto/organisaatiot?puuttuu=1", "/toimisto/organisaatiot?nimi=melojat"},
		"GET /toimisto/toimijat":                      {"/toimisto/toimijat"},
		"GET /verkosto":                               {"/verkosto", "/verkosto?mista=grant&alkaen=2009"},
		"GET /verkosto.json":                          {"/verkosto.json"},
		"GET /toimisto/verkosto":                      {"/toimisto/verkosto"},
		"GET /verkostot":                              {"/verkostot"},
		"GET /verkosto/{slug}":                        {"/verkosto/" + keeps.Slug},
		"GET /verkosto/{slug}/kalenteri.ics":          {"/verkosto/" + keeps.Slug + "/kalenteri.ics"},
		"GET /verkosto/{slug}/liity":                  {"/verkosto/" + keeps.Slug + "/liity"},
		"GET " + networksAt:                           {networksAt},
		"GET " + networksAt + "/uusi":                 {networksAt + "/uusi"},
		"GET " + networksAt + "/{id}":                 {networksAt + "/" + keeps.ID.String()},
		"GET /tapahtumat":                             {"/tapahtumat"},
		"GET /tapahtuma/{id}":                         {"/tapahtuma/" + held.ID.String()},
		"GET /tapahtuma/{id}/kalenteri.ics":           {"/tapahtuma/" + held.ID.String() + "/kalenteri.ics"},
		"GET /tapahtuma/{id}/ilmoittaudu":             {"/tapahtuma/" + held.ID.String() + "/ilmoittaudu"},
		"GET /voimavarat":                             {"/voimavarat", "/voimavarat?laji=hall&paikka=Sippola", "/voimavarat?paikka=Timbuktu"},
		"GET /voimavara/{id}":                         {"/voimavara/" + lent.ID.String()},
		"GET /voimavara/uusi":                         {"/voimavara/uusi"},
		"GET /minun/{salaisuus}/voimavara/{id}":       {"/minun/" + person.Link + "/voimavara/" + own1.String()},
		"GET /toimisto/voimavarat":                    {"/toimisto/voimavarat", "/toimisto/voimavarat?tila=waiting"},
		"GET /toimisto/voimavarat/uusi":               {"/toimisto/voimavarat/uusi"},
		"GET /toimisto/voimavarat/{id}":               {"/toimisto/voimavarat/" + lent.ID.String(), "/toimisto/voimavarat/" + own1.String()},
		"GET /toimisto/tapahtumat":                    {"/toimisto/tapahtumat"},
		"GET /toimisto/tapahtumat/uusi":               {"/toimisto/tapahtumat/uusi"},
		"GET /toimisto/tapahtumat/{id}":               {"/toimisto/tapahtumat/" + held.ID.String()},
		"GET /toimisto/tapahtumat/{id}/kirjaa":        {"/toimisto/tapahtumat/" + held.ID.String() + "/kirjaa"},
		"GET " + at + "/tuonti":                       {at + "/tuonti"},
		"GET " + at + "/tuonti/{id}":                  {at + "/tuonti/" + waiting.ID.String()},
		"GET /kysymys/{id}":                           {"/kysymys/" + open.ID.String(), "/kysymys/" + ended.ID.String(), "/kysymys/" + later.ID.String()},
		"GET /toimisto/kysymykset":                    {"/toimisto/kysymykset"},
		"GET /toimisto/kysymykset/uusi":               {"/toimisto/kysymykset/uusi?ohjelma=distribution"},
		"GET /toimisto/kysymykset/{id}":               {"/toimisto/kysymykset/" + open.ID.String(), "/toimisto/kysymykset/" + ended.ID.String(), "/toimisto/kysymykset/" + draft.ID.String()},
		"GET /oma/poistettu":                          {"/oma/poistettu"},
		"GET /oma/{salaisuus}":                        {own, askedOwn, twinOwn, waitsOwn, own + "?tehty=vastaus"},
		"GET /oma/{salaisuus}/kiitos":                 {own + "/kiitos", waitsOwn + "/kiitos"},
		"GET /oma/{salaisuus}/muokkaus":               {own + "/muokkaus"},
		"GET /oma/{salaisuus}/yhteys":                 {own + "/yhteys"},
		"GET /oma/{salaisuus}/tiedot":                 {own + "/tiedot"},
		"GET /oma/{salaisuus}/poisto":                 {own + "/poisto", twinOwn + "/poisto"},
		"GET /ohjelma":                                {"/ohjelma"},
		"GET /ohjelma/teema/{id}":                     {"/ohjelma/teema/" + theme},
		"GET /ohjelma/versiot":                        {"/ohjelma/versiot"},
		"GET /ohjelma/versiot/{id}":                   {"/ohjelma/versiot/" + s.edition.Version.ID.String()},
		"GET /paikat":                                 {"/paikat"},
		"GET /paikat/{id}":                            {"/paikat/" + fresh.Place},
		"GET /palaute":                                {"/palaute", "/palaute?sivu=/kipinat"},
		"GET /palaute/poistettu":                      {"/palaute/poistettu"},
		"GET /palaute/{salaisuus}":                    {"/palaute/" + barriers[0].Secret, "/palaute/" + barriers[2].Secret},
		"GET /toimisto/palaute":                       {"/toimisto/palaute"},
		"GET /toimisto/palaute/{id}":                  {"/toimisto/palaute/" + barriers[0].ID.String(), "/toimisto/palaute/" + barriers[1].ID.String(), "/toimisto/palaute/" + barriers[2].ID.String()},
		"GET /minun":                                  {"/minun"},
		"GET /minun/poistettu":                        {"/minun/poistettu"},
		"GET /minun/{salaisuus}":                      {"/minun/" + person.Link},
		"GET /minun/{salaisuus}/kommentti/{id}":       {"/minun/" + person.Link + "/kommentti/" + talk.asked.ID.String()},
		"GET /oma/{salaisuus}/kommentti/{id}":         {own + "/kommentti/" + talk.replied.ID.String()},
		"GET /kipina/{koodi}/kommentti/{id}":          {"/kipina/" + fresh.Code + "/kommentti/" + talk.asked.ID.String()},
		"GET /kipina/{koodi}/kommentti/{id}/muokkaus": {"/kipina/" + fresh.Code + "/kommentti/" + talk.asked.ID.String() + "/muokkaus"},
		"GET /kipina/{koodi}/kommentti/{id}/ilmoita":  {"/kipina/" + fresh.Code + "/kommentti/" + talk.asked.ID.String() + "/ilmoita"},
		"GET /kipina/{koodi}/osaajat":                 {"/kipina/" + fresh.Code + "/osaajat", "/kipina/" + talked.Code + "/osaajat"},
		"GET /kipina/{koodi}/ennuste":                 {"/kipina/" + fresh.Code + "/ennuste", "/kipina/" + talked.Code + "/ennuste"},
		"GET /oma/{salaisuus}/ennuste":                {own + "/ennuste", twinOwn + "/ennuste", waitsOwn + "/ennuste"},
		"GET /toimisto/kipina/{koodi}/ennuste":        {"/toimisto/kipina/" + fresh.Code + "/ennuste"},
		"GET /ennusteet":                              {"/ennusteet"},
		"GET /kipina/{koodi}/tutustu":                 {"/kipina/" + fresh.Code + "/tutustu", "/kipina/" + fresh.Code + "/tutustu?toimija=" + projects[0].Actor.ID.String()},
		"GET /kysyisin":                               {"/kysyisin", "/kysyisin?toimija=" + projects[0].Actor.ID.String()},
		"GET /kysyisin/{salaisuus}":                   {"/kysyisin/" + namedBy(t, s.db, s.parts, person.Address, "tuntija@posti.example")},
		"GET /kysyisin/kysely/{salaisuus}":            {"/kysyisin/kysely/" + waveLink},
		"GET /toimisto/verkosto/tiedostot":            {"/toimisto/verkosto/tiedostot"},
		"GET /toimisto/verkosto/tiedostot/{id}":       {"/toimisto/verkosto/tiedostot/" + netFile.ID.String()},
		"GET /toimisto/verkosto/vienti":               {"/toimisto/verkosto/vienti?muoto=gexf"},
		"GET /toimisto/verkosto/vienti/ihmiset.vcf":   {"/toimisto/verkosto/vienti/ihmiset.vcf"},
		"GET /toimija/{id}/kortti.vcf":                {"/toimija/" + projects[0].Actor.ID.String() + "/kortti.vcf"},
		"GET /toimisto/kyselyt":                       {"/toimisto/kyselyt"},
		"GET /toimisto/kyselyt/uusi":                  {"/toimisto/kyselyt/uusi"},
		"GET /toimisto/kyselyt/{id}":                  {"/toimisto/kyselyt/" + wave.ID.String()},
		"GET /tutustuminen/{salaisuus}":               s.introduced(t, fresh, person.Address),
		"GET /kipina/{koodi}/esittele":                {"/kipina/" + fresh.Code + "/esittele", "/kipina/" + fresh.Code + "/esittele?toimija=" + projects[0].Actor.ID.String()},
		"GET /toimisto/tutustumiset/maanantai":        {"/toimisto/tutustumiset/maanantai"},
		"GET /toimisto/tutustumiset":                  {"/toimisto/tutustumiset"},
		"GET /toimisto/tutustumiset/{id}":             {"/toimisto/tutustumiset/" + s.waitingIntroduction(t)},
		"GET /kipina/{koodi}/rinki":                   {"/kipina/" + fresh.Code + "/rinki"},
		"GET /oma/{salaisuus}/rinki":                  {own + "/rinki"},
		"GET /toimisto/kipina/{koodi}/rinki":          {"/toimisto/kipina/" + fresh.Code + "/rinki"},
		"GET /toimisto/ringit":                        {"/toimisto/ringit"},
		"GET /kipina/{koodi}/minakin":                 {"/kipina/" + fresh.Code + "/minakin"},
		"GET /minun/{salaisuus}/tiedot":               {"/minun/" + person.Link + "/tiedot"},
		"GET /seuraa":                                 {"/seuraa?kohde=spark%3A" + fresh.ID.String(), "/seuraa?kohde=place%3A" + fresh.Place, "/seuraa?kohde=theme%3A" + theme, "/seuraa?kohde=all"},
		"GET /lopeta/{token}":                         {"/lopeta/" + s.stopToken(t, person.Address.ID, follow.OfSpark(fresh.ID).String()), "/lopeta/" + s.stopToken(t, person.Address.ID, "daily")},
		"GET /vahvista/{salaisuus}":                   s.waiting(t, "toinen@posti.example"),
		"GET /saavutettavuus":                         {"/saavutettavuus"},
		"GET /tietosuoja":                             {"/tietosuoja"},
		"GET /lahdekoodi":                             {"/lahdekoodi"},
		"GET /brand.css":                              {"/brand.css"},
		"GET /favicon.ico":                            {"/favicon.ico"},
		"GET /robots.txt":                             {"/robots.txt"},
		"GET /.well-known/security.txt":               {"/.well-known/security.txt"},
		"GET /kirjaudu":                               {"/kirjaudu"},
		"GET /kirjaudu/{salaisuus}":                   {"/kirjaudu/" + link},
		"GET /toimisto":                               {"/toimisto", "/toimisto?pino=calls"},
		"GET /toimisto/kipinat":                       {"/toimisto/kipinat"},
		"GET /toimisto/soitot":                        {"/toimisto/soitot"},
		"GET /toimisto/kortit":                        {"/toimisto/kortit", "/toimisto/kortit?malli=kortit&tapahtuma=Markkinat&paikka=elimaki"},
		"GET /toimisto/kortti":                        {"/toimisto/kortti", "/toimisto/kortti?malli=kortit&tapahtuma=Markkinat&kieli=fi&kieli=sv&kieli=en"},
		"GET /kortti/qr.svg":                          {"/kortti/qr.svg", "/kortti/qr.svg?paikka=elimaki&tapahtuma=Markkinat&kieli=sv"},
		"GET /toimisto/uusi":                          {"/toimisto/uusi"},
		"GET /toimisto/kipina/{koodi}": {"/toimisto/kipina/" + fresh.Code + "?pino=new&malli=first", "/toimisto/kipina/" + talked.Code, "/toimisto/kipina/" + closed.Code, "/toimisto/kipina/" + hidden.Code, "/toimisto/kipina/" + asked.Code, "/toimisto/kipina/" + twin.Code,
			"/toimisto/kipina/" + waits.Code + "?pino=held", "/toimisto/kipina/" + waits2.Code, "/toimisto/kipina/" + gone.Code},
		"GET /toimisto/yhdista":      {"/toimisto/yhdista", "/toimisto/yhdista?a=" + fresh.Code, "/toimisto/yhdista?a=" + fresh.Code + "&b=" + twin.Code + "&c=" + closed.Code + "&d=" + hidden.Code},
		"GET " + at:                  {at},
		"GET " + at + "/vaki":        {at + "/vaki"},
		"GET " + at + "/vaki/{id}":   {at + "/vaki/" + s.planner.ID.String()},
		"GET " + at + "/kalenteri":   {at + "/kalenteri"},
		"GET " + at + "/mallit":      {at + "/mallit"},
		"GET " + at + "/mallit/{id}": {at + "/mallit/" + templates[0].ID, at + "/mallit/uusi"},
		"GET " + at + "/sahkoposti":  {at + "/sahkoposti"},
		"GET " + at + "/ohjelma":     {at + "/ohjelma"},
		"GET " + at + "/alue":        {at + "/alue"},
		"GET " + at + "/selosteet":   {at + "/selosteet"},
		"GET " + at + "/itse":        {at + "/itse"},
		"GET " + at + "/loki":        {at + "/loki", at + "/loki?laji=people&paiva=2026-11-23"},
		"GET /toimisto/lahtevat":     {"/toimisto/lahtevat"},

		"GET /toimisto/lahtevat/kierto":      {"/toimisto/lahtevat/kierto"},
		"GET /toimisto/lahtevat/kierto/{id}": {"/toimisto/lahtevat/kierto/" + s.circular(t, fresh.ID, person.Address.ID)},

		"GET /toimisto/lahtevat/{id}": {"/toimisto/lahtevat/" + letters[0].ID.String()},
		"GET /toimisto/tyot":          {"/toimisto/tyot"},

		"GET /toimisto/kipina/{koodi}/asiakirja":     {"/toimisto/kipina/" + talked.Code + "/asiakirja", "/toimisto/kipina/" + closed.Code + "/asiakirja"},
		"GET /toimisto/kipina/{koodi}/asiakirja.pdf": {"/toimisto/kipina/" + talked.Code + "/asiakirja.pdf"},
		"GET /kipina/{koodi}/liite/{id}":             {"/kipina/" + fresh.Code + "/liite/" + files[0].ID.String(), "/kipina/" + fresh.Code + "/liite/" + files[2].ID.String()},
		"GET /oma/{salaisuus}/liite/{id}":            {own + "/liite/" + files[0].ID.String() + "?koko=pieni"},
		"GET /toimisto/kipina/{koodi}/liite/{id}":    {"/toimisto/kipina/" + fresh.Code + "/liite/" + files[0].ID.String()},
	}}
	for pattern, more := range tablePaths(tabled(t, s.parts.Tables, s.edition, "Ruokapöytä", s.clock.Now())) {
		g.paths[pattern] = append(g.paths[pattern], more...)
	}
	for pattern, more := range seatingPaths(held, tables) {
		g.paths[pattern] = append(g.paths[pattern], more...)
	}
	for pattern, more := range map[string][]string{
		"GET /kipina/{koodi}":              {"/kipina/" + many.Code, "/kipina/" + parts[0].Code},
		"GET /oma/{salaisuus}":             {manyOwn, manyOwn + "." + parts[1].Code},
		"GET /oma/{salaisuus}/poisto":      {manyOwn + "/poisto", manyOwn + "." + parts[0].Code + "/poisto"},
		"GET /toimisto/kipina/{koodi}":     {"/toimisto/kipina/" + many.Code, "/toimisto/kipina/" + parts[0].Code},
		"GET /toimisto/kipina/{koodi}/jaa": {"/toimisto/kipina/" + fresh.Code + "/jaa", "/toimisto/kipina/" + fresh.Code + "/jaa?k1=2&k2=0"},
		"GET /toimisto/teko/{id}":          {"/toimisto/teko/" + moved.String()},
	} {
		g.paths[pattern] = append(g.paths[pattern], more...)
	}
	g.paths["GET "+at+"/tekstit/{id}"] = []string{at + "/tekstit/question", at + "/tekstit/letter-foot?kieli=sv"}
	for _, path := range []string{"/sailytys", "/sailytys/ensi-yo", "/tekstit", "/ilme"} {
		g.paths["GET "+at+path] = []string{at + path}
	}
	return g
}

// patterns are the GET routes that answer with a page, in their order.
func patterns() (all []string) {
	for _, p := range web.Patterns() {
		if strings.HasPrefix(p, "GET ") && !slices.Contains(raw(), p) {
			all = append(all, p)
		}
	}
	return all
}

// TestBrowserSeesEveryPage: a new page must be added to the gallery, and an old
// one taken out of it.
func TestBrowserSeesEveryPage(t *testing.T) {
	t.Parallel()
	g := newGallery(t, i18n.Finnish)
	routes := web.Patterns()
	for _, pattern := range routes {
		if strings.HasPrefix(pattern, "GET ") && len(g.paths[pattern]) == 0 {
			t.Errorf("no browser test looks at %s: add it to the gallery", pattern)
		}
	}
	for pattern := range g.paths {
		if !slices.Contains(routes, pattern) {
			t.Errorf("the gallery looks at %s, which is no route", pattern)
		}
	}
	office := &http.Client{Jar: &jar{}}
	secret, err := g.parts.Sessions.Print(context.Background(), g.manager)
	must(t, err)
	res, err := office.Post(g.url+"/kirjaudu/"+secret, "application/x-www-form-urlencoded", nil)
	must(t, err)
	_ = res.Body.Close()
	for _, pattern := range raw() {
		for _, path := range g.paths[pattern] {
			res, err := office.Get(g.url + path)
			must(t, err)
			_ = res.Body.Close()
			piece := strings.HasSuffix(pattern, ".html") // of a page, for its script
			if res.StatusCode != http.StatusOK || strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") != piece {
				t.Errorf("%s: %d, %s", path, res.StatusCode, res.Header.Get("Content-Type"))
			}
		}
	}
}

// TestBrowserEveryPage looks at every page of the house in each language, and at the
// call's pages in plain Finnish: no rule
// of WCAG 2.2 A or AA broken, in dark at 400 % zoom (a window of 320 × 256)
// and (judged in Finnish) in light at a desk, nothing wider than the window, no complaint of the
// browser, no cookie for the public, nothing asked of anybody else.
func TestBrowserEveryPage(t *testing.T) {
	t.Parallel()
	for _, lang := range i18n.Sets() {
		t.Run(string(lang), func(t *testing.T) {
			t.Parallel()
			g := newGallery(t, lang)
			zoomed := []browsertest.Option{browsertest.Viewport(320, 256), browsertest.Dark(), browsertest.ReducedMotion()}
			tabs := map[bool]*browsertest.Page{false: browsertest.New(t).Page(zoomed...), true: browsertest.New(t).Page(zoomed...)}
			g.signIn(t, tabs[true], g.manager)
			look := func(path string, status int) {
				p := tabs[strings.HasPrefix(path, "/toimisto")]
				p.Seen(zoomed...)
				if got := p.Open(g.page(path)); got != status {
					t.Errorf("%s gives %d, want %d", path, got, status)
					return
				}
				if got := p.Attribute("html", "lang"); got != string(lang.Written()) {
					t.Errorf("%s speaks %q", path, got)
				}
				if over := p.Overflow(); over > 0 {
					t.Errorf("%s is %d px wider than a window of 320: %v", path, over, wide(p))
				}
				browsertest.Axe(t, p)
				p.Seen(browsertest.ReducedMotion())
				if over := p.Overflow(); over > 0 {
					t.Errorf("%s is %d px wider than a window of 1280: %v", path, over, wide(p))
				}
				// What is wide and light has the same colours and places in every language.
				if lang == i18n.Finnish {
					browsertest.Axe(t, p)
				}
			}
			for _, pattern := range patterns() {
				// Of what is not plain, one page for all: it only says so besides.
				if lang == i18n.Plain && !slices.Contains(append(web.PlainPatterns(), "GET /saavutettavuus", "GET /paikat", "GET /toimisto"), pattern) {
					continue
				}
				for _, path := range g.paths[pattern] {
					look(path, http.StatusOK)
				}
			}
			look("/ei-ole", http.StatusNotFound)
			look("/oma/AAAAA-AAAAA-AAAAA-AAAAA-AAAAAA", http.StatusGone)
			look("/kirjaudu/AAAA", http.StatusGone)
			look("/toimisto/kipina/ei-ole", http.StatusNotFound)
			for signedIn, p := range tabs {
				g.decent(t, p, signedIn)
			}
		})
	}
}

// wide names what sticks out of the window.
func wide(p *browsertest.Page) []string {
	return browsertest.Evaluate[[]string](p, `Array.from(document.querySelectorAll('body *')).filter(e => e.getBoundingClientRect().right > document.documentElement.clientWidth + 1 && !e.closest('.scroll'))
		.slice(0, 4).map(e => e.localName + '.' + e.className + ' ' + (e.innerText || '').slice(0, 40))`)
}

// TestBrowserForcedColours: with the system's own few colours the main pages keep
// their edges: a button, a field and the path can be told from the ground.
func TestBrowserForcedColours(t *testing.T) {
	t.Parallel()
	g := newGallery(t, i18n.Finnish)
	browser := browsertest.New(t)
	p := browser.Page(browsertest.ForcedColours(), browsertest.ReducedMotion())
	g.signIn(t, p, g.manager)
	for _, pattern := range []string{"GET /{$}", "GET /kipina", "GET /kipina/{koodi}", "GET /oma/{salaisuus}/kiitos", "GET /paikat", "GET /toimisto", "GET /toimisto/kipina/{koodi}"} {
		p.Open(g.page(g.paths[pattern][0]))
		browsertest.Axe(t, p)
		if bare := browsertest.Evaluate[[]string](p, `Array.from(document.querySelectorAll('main .button, main textarea, main input:not([type=hidden]), main select')).filter(e => {
			const s = getComputedStyle(e);
			return e.offsetParent && !/radio|checkbox/.test(e.type) && (s.borderTopStyle === 'none' || parseFloat(s.borderTopWidth) < 1);
		}).map(e => e.outerHTML.slice(0, 90))`); len(bare) > 0 {
			t.Errorf("%s: without an edge: %v", p.URL(), bare)
		}
	}
	g.decent(t, p, true)
}

// TestBrowserFirstViewIsLight: the front page with its style, script, symbols and
// font, as a phone gets it the first time.
func TestBrowserFirstViewIsLight(t *testing.T) {
	t.Parallel()
	g := newGallery(t, i18n.Finnish)
	p := g.phone(t, true)
	p.Open(g.page("/"))
	browsertest.Evaluate[bool](p, "document.fonts.ready.then(() => true)")
	kinds := map[string]int{}
	total := 0
	wait(t, "the font", func() bool {
		clear(kinds)
		total = 0
		for _, w := range p.Weights() {
			kinds[w.Kind] += w.Bytes
			total += w.Bytes
		}
		return kinds["Font"] > 0
	})
	t.Logf("first view: %d bytes, %v", total, kinds)
	if total > 60<<10 || kinds["Script"] > 25<<10 {
		t.Errorf("the first view costs %d bytes, %d of them script; %v", total, kinds["Script"], p.Weights())
	}
	if kinds["Document"] == 0 || kinds["Stylesheet"] == 0 || kinds["Script"] == 0 {
		t.Errorf("not everything was weighed: %v", kinds)
	}
	g.decent(t, p, false)
}

// barriers is feedback in three states: to be answered by mail, late and without an
// address, and answered.
func (s *stage) barriers(t testing.TB) (all []feedback.Receipt) {
	t.Helper()
	ctx := t.Context()
	for i, email := range []string{"lukija@posti.example", "", "toinen@posti.example"} {
		r, err := s.parts.Feedback.Give(ctx, "kouvola", feedback.Given{Page: "/paikat", Words: "Ruudunlukija ei lue karttaa. " + strings.Repeat("Pitkä-sana-jota-ei-voi-katkaista", i*4), Email: email, Language: string(s.lang)}, ident.Secret())
		must(t, err)
		all = append(all, r)
	}
	must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE feedback SET due_day = $3 WHERE region_id = $1 AND feedback_id = $2`, "kouvola", int64(all[1].ID), int64(office.Today(s.clock)-2))
		return err
	}))
	_, err := s.parts.Feedback.Answer(ctx, "kouvola", all[2].ID, s.planner.ID, "Korjasimme kartan.\n\nKiitos.")
	must(t, err)
	return all
}

// waiting is where an address that waits to be confirmed is: behind the letter's link,
// and in the browser that asked.
func (s *stage) waiting(t testing.TB, email string) []string {
	t.Helper()
	var letter address.Letter
	browser, err := s.parts.Addresses.Ask(context.Background(), address.Asking{Region: "kouvola", Email: email, Language: string(s.lang), Then: address.Then{Kind: "page"}}, func(_ context.Context, _ *store.Tx, l address.Letter) error {
		letter = l
		return nil
	})
	must(t, err)
	return []string{"/vahvista/" + letter.Secret, "/vahvista/" + browser}
}

// person is one whose address is confirmed.
func (s *stage) person(t testing.TB, email string) address.Confirmed {
	t.Helper()
	c, err := s.parts.Addresses.Confirm(context.Background(), "kouvola", strings.TrimPrefix(s.waiting(t, email)[0], "/vahvista/"), "", nil)
	must(t, err)
	return c
}

// talked is what was said beneath a spark.
type talked struct{ asked, replied, waits comment.Comment }

// talk has a person ask the bringer something, the bringer say something, and another
// say something that waits; the person shows warmth too.
func (s *stage) talk(t testing.TB, sp spark.Spark, who address.Confirmed) (all talked) {
	t.Helper()
	ctx := context.Background()
	bringers, err := spark.Bringers(ctx, s.db, "kouvola", sp.ID)
	must(t, err)
	person := comment.Author{Kind: comment.Person, ID: who.Address.ID, Email: who.Address.Email}
	must(t, s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) (err error) {
		if all.asked, err = s.parts.Comments.Write(ctx, tx, "kouvola", sp.ID, person, comment.Draft{Words: "Mistä saadaan tilat?", Name: "Seija", Language: "fi", Question: true}, trust.Sender{}); err != nil {
			return err
		}
		if all.replied, err = s.parts.Comments.Write(ctx, tx, "kouvola", sp.ID, comment.Author{Kind: comment.Bringer, ID: bringers[sp.ID][0].ID}, comment.Draft{Words: "Kiitos kaikille.", Language: "fi"}, trust.Sender{}); err != nil {
			return err
		}
		if all.waits, err = s.parts.Comments.Write(ctx, tx, "kouvola", sp.ID, person, comment.Draft{Words: "Katso http://kauppa.example", Language: "fi"}, trust.Sender{}); err != nil {
			return err
		}
		if err := s.parts.Comments.Warm(ctx, tx, who.Address, sp.ID); err != nil {
			return err
		}
		return s.parts.Comments.Offer(ctx, tx, who.Address, sp.ID, comment.Join, "Seija", true)
	}))
	return all
}

// stopToken is what a letter's stop link carries.
func (s *stage) stopToken(t testing.TB, id ident.ID, scope string) string {
	t.Helper()
	keys, err := trust.KeysOf(context.Background(), s.db, "kouvola")
	must(t, err)
	return follow.StopToken(keys, id, scope)
}

// circular is one that went to somebody, of whom it is not sure.
func (s *stage) circular(t testing.TB, about, to ident.ID) (id string) {
	t.Helper()
	must(t, s.db.Tx(context.Background(), func(ctx context.Context, tx *store.Tx) error {
		made, err := s.parts.Outbox.Open(ctx, tx, mail.Circular{Region: "kouvola", Purpose: "follow.now", Spark: about, Data: []byte("{}")})
		if err != nil {
			return err
		}
		id = made.String()
		_, err = tx.Exec(ctx, `INSERT INTO deliveries (region_id, recipient_id, circular_id, state, tries, reply, at) VALUES ($1, $2, $3, 'unsure', 1, '', 1)`, "kouvola", int64(to), int64(made))
		return err
	}))
	return id
}
