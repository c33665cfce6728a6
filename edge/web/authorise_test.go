package web_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"kokko/edge/web"
	"kokko/ground/ident"
	"kokko/ground/mail"
	"kokko/ground/store"
	"kokko/journey/comment"
	"kokko/journey/follow"
	"kokko/journey/share"
	"kokko/journey/spark"
	"kokko/journey/table"
	"kokko/region/address"
	"kokko/region/feedback"
	"kokko/region/network"
	"kokko/region/office"
	"kokko/region/trust"
)

// Who may use an address, by letters: a anybody without a session, b a bringer
// with their own link open, and the office's m manager, p planner, c
// coordinator, v viewer. "link" is an address that a private link opens, for
// whoever holds it, and that no role opens without one.
const (
	everybody = "abmpcv"
	staff     = "mpcv"
	writers   = "mpc"
	planners  = "mp"
	manager   = "m"
	link      = "link"
)

// authorised is the table: one row for every address of the site. It is written
// by hand and not from the code's own list of rights, so that a slip in either
// shows.
var authorised = map[string]string{
	"GET /{$}":                                                 everybody,
	"GET /kipina":                                              everybody,
	"POST /kipina":                                             everybody,
	"POST /kipina/samat":                                       everybody,
	"GET /toimisto/samat":                                      staff,
	"POST /toimisto/kipina/{koodi}/eri":                        writers,
	"GET /kipinat":                                             everybody,
	"GET /haku":                                                everybody,
	"GET /haku/ehdotukset.html":                                everybody,
	"GET /toimisto/haku":                                       staff,
	"GET /toimisto/kaivattu":                                   staff,
	"GET /mittarit":                                            everybody,
	"GET /toimisto/mittarit":                                   staff,
	"GET /toimisto/mittarit.csv":                               staff,
	"POST /toimisto/mittarit":                                  writers,
	"GET /toimisto/mittarit/otos":                              staff,
	"POST /toimisto/mittarit/otos":                             writers,
	"GET /kipina/{koodi}":                                      everybody,
	"GET /avoin-data":                                          everybody,
	"GET /kipinat.csv":                                         everybody,
	"GET /kipinat.xlsx":                                        everybody,
	"GET /kylasuunnitelma":                                     everybody,
	"POST /kylasuunnitelma":                                    everybody,
	"GET /vastattu":                                            everybody,
	"GET /kipina/{koodi}/kerro":                                everybody,
	"POST /kipina/{koodi}/kerro":                               everybody,
	"GET /kipina/{koodi}/tarina":                               everybody,
	"GET /kipina/{koodi}/kuva.png":                             everybody,
	"GET /kipina/{koodi}/qr.svg":                               everybody,
	"GET /kipina/{koodi}/juliste":                              everybody,
	"GET /k/{tunnus}":                                          everybody,
	"POST /k/{tunnus}":                                         everybody,
	"GET /jako/poistettu":                                      everybody,
	"GET /jako/{salaisuus}":                                    link,
	"POST /jako/{salaisuus}/poisto":                            link,
	"GET /tapahtumat":                                          everybody,
	"GET /tapahtuma/{id}":                                      everybody,
	"GET /tapahtuma/{id}/kalenteri.ics":                        everybody,
	"GET /tapahtuma/{id}/ilmoittaudu":                          everybody,
	"POST /tapahtuma/{id}/ilmoittaudu":                         everybody,
	"POST /minun/{salaisuus}/tapahtuma":                        link,
	"POST /minun/{salaisuus}/tormaytys":                        link,
	"GET /voimavarat":                                          everybody,
	"GET /voimavara/{id}":                                      everybody,
	"GET /voimavara/uusi":                                      everybody,
	"POST /voimavara/uusi":                                     everybody,
	"GET /minun/{salaisuus}/voimavara/{id}":                    link,
	"POST /minun/{salaisuus}/voimavara/{id}":                   link,
	"POST /minun/{salaisuus}/voimavara/{id}/voimassa":          link,
	"POST /minun/{salaisuus}/voimavara/{id}/pois":              link,
	"GET /toimisto/voimavarat":                                 staff,
	"POST /toimisto/voimavarat":                                writers,
	"GET /toimisto/voimavarat/uusi":                            writers,
	"GET /toimisto/voimavarat/{id}":                            staff,
	"POST /toimisto/voimavarat/{id}":                           writers,
	"POST /toimisto/voimavarat/{id}/nayta":                     writers,
	"POST /toimisto/voimavarat/{id}/voimassa":                  writers,
	"POST /toimisto/voimavarat/{id}/pois":                      writers,
	"GET /toimisto/tapahtumat":                                 staff,
	"POST /toimisto/tapahtumat":                                writers,
	"GET /toimisto/tapahtumat/uusi":                            writers,
	"GET /toimisto/tapahtumat/{id}":                            staff,
	"POST /toimisto/tapahtumat/{id}":                           writers,
	"POST /toimisto/tapahtumat/{id}/julkaise":                  writers,
	"POST /toimisto/tapahtumat/{id}/peru":                      writers,
	"GET /toimisto/tapahtumat/{id}/kirjaa":                     writers,
	"POST /toimisto/tapahtumat/{id}/kirjaa":                    writers,
	"GET /toimisto/tapahtumat/{id}/tormaytys":                  writers,
	"GET /toimisto/tapahtumat/{id}/tormaytys/kortit":           writers,
	"GET /toimisto/tapahtumat/{id}/tormaytys/poydat.csv":       writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys":                 writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/poista":          writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/arvo":            writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/taydenna":        writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/siirra":          writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/lukitse":         writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/vieras":          writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/vieras/pois":     writers,
	"POST /toimisto/tapahtumat/{id}/tormaytys/paikalla":        writers,
	"GET /kysyisin":                                            everybody,
	"POST /kysyisin":                                           everybody,
	"GET /kysyisin/{salaisuus}":                                link,
	"POST /kysyisin/{salaisuus}":                               link,
	"POST /minun/{salaisuus}/kysyisin":                         link,
	"GET /kysyisin/kysely/{salaisuus}":                         link,
	"POST /kysyisin/kysely/{salaisuus}":                        link,
	"GET /toimisto/verkosto/tiedostot":                         planners,
	"POST /toimisto/verkosto/tiedostot":                        planners,
	"GET /toimisto/verkosto/tiedostot/{id}":                    planners,
	"POST /toimisto/verkosto/tiedostot/{id}/tuo":               planners,
	"POST /toimisto/verkosto/tiedostot/{id}/hylkaa":            planners,
	"POST /toimisto/verkosto/tiedostot/{id}/peru":              planners,
	"GET /toimisto/verkosto/vienti":                            staff,
	"GET /toimisto/verkosto/vienti/ihmiset.vcf":                staff,
	"GET /toimija/{id}/kortti.vcf":                             everybody,
	"GET /toimisto/kyselyt":                                    staff,
	"POST /toimisto/kyselyt":                                   writers,
	"GET /toimisto/kyselyt/uusi":                               writers,
	"GET /toimisto/kyselyt/{id}":                               staff,
	"POST /toimisto/kyselyt/{id}/kutsu":                        writers,
	"POST /toimisto/kyselyt/{id}/paata":                        writers,
	"GET /poydat":                                              everybody,
	"GET /poyta/{slug}":                                        everybody,
	"GET /poyta/{slug}/kalenteri.ics":                          everybody,
	"GET /poyta/{slug}/mukaan":                                 everybody,
	"POST /poyta/{slug}/mukaan":                                everybody,
	"POST /minun/{salaisuus}/poyta":                            link,
	"POST /minun/{salaisuus}/askel":                            link,
	"GET /toimisto/poydat":                                     staff,
	"POST /toimisto/poydat":                                    writers,
	"GET /toimisto/poydat/uusi":                                writers,
	"GET /toimisto/poydat/{id}":                                staff,
	"POST /toimisto/poydat/{id}":                               writers,
	"POST /toimisto/poydat/{id}/kokous":                        writers,
	"POST /toimisto/poydat/{id}/kirjaa":                        writers,
	"POST /toimisto/poydat/{id}/lisaa":                         writers,
	"POST /toimisto/poydat/{id}/pois":                          writers,
	"POST /toimisto/poydat/{id}/askel":                         writers,
	"POST /toimisto/poydat/{id}/jatka":                         writers,
	"POST /toimisto/poydat/{id}/paata":                         writers,
	"GET /verkosto":                                            everybody,
	"GET /verkosto.json":                                       everybody,
	"GET /toimisto/verkosto":                                   staff,
	"GET /verkostot":                                           everybody,
	"GET /verkosto/{slug}":                                     everybody,
	"GET /verkosto/{slug}/kalenteri.ics":                       everybody,
	"GET /verkosto/{slug}/liity":                               everybody,
	"POST /verkosto/{slug}/liity":                              everybody,
	"POST /minun/{salaisuus}/verkosto":                         link,
	"GET /toimisto/verkostot":                                  staff,
	"POST /toimisto/verkostot":                                 writers,
	"GET /toimisto/verkostot/uusi":                             writers,
	"GET /toimisto/verkostot/{id}":                             staff,
	"POST /toimisto/verkostot/{id}":                            writers,
	"POST /toimisto/verkostot/{id}/jasen":                      writers,
	"POST /toimisto/verkostot/{id}/pois":                       writers,
	"POST /toimisto/verkostot/{id}/koolla":                     writers,
	"POST /toimisto/verkostot/{id}/kokous":                     writers,
	"POST /toimisto/verkostot/{id}/paata":                      writers,
	"POST /toimisto/verkostot/{id}/avaa":                       writers,
	"GET /hankkeet":                                            everybody,
	"GET /hanke/{id}":                                          everybody,
	"GET /toimijat":                                            everybody,
	"GET /toimija/{id}":                                        everybody,
	"GET /toimisto/toimija/{id}":                               staff,
	"POST /toimisto/toimija/{id}":                              writers,
	"GET /minun/{salaisuus}/osaaminen":                         link,
	"GET /minun/{salaisuus}/mita-tiedetaan":                    link,
	"POST /minun/{salaisuus}/osaaminen":                        link,
	"POST /minun/{salaisuus}/osaaminen/sana":                   link,
	"POST /minun/{salaisuus}/osaaminen/pois":                   link,
	"POST /minun/{salaisuus}/osaaminen/aihe":                   link,
	"POST /minun/{salaisuus}/osaaminen/toimija":                link,
	"POST /minun/{salaisuus}/osaaminen/toimija/pois":           link,
	"POST /minun/{salaisuus}/osaaminen/valinta":                link,
	"POST /minun/{salaisuus}/osaaminen/tahti":                  link,
	"GET /toimisto/organisaatiot":                              staff,
	"GET /toimisto/toimijat":                                   staff,
	"POST /toimisto/toimijat/{id}/erota":                       writers,
	"POST /toimisto/toimijat/{id}/yhdista":                     writers,
	"GET /toimisto/asetukset/tuonti":                           planners,
	"POST /toimisto/asetukset/tuonti":                          planners,
	"GET /toimisto/asetukset/tuonti/{id}":                      planners,
	"POST /toimisto/asetukset/tuonti/{id}/kokeile":             planners,
	"POST /toimisto/asetukset/tuonti/{id}/tuo":                 planners,
	"POST /toimisto/asetukset/tuonti/{id}/hylkaa":              planners,
	"POST /toimisto/asetukset/tuonti/{id}/peru":                planners,
	"GET /syotteet":                                            everybody,
	"GET /syotteet/{nimi}":                                     everybody,
	"GET /syotteet/{mista}/{nimi}":                             everybody,
	"GET /kysymykset":                                          everybody,
	"GET /kysymys/{id}":                                        everybody,
	"GET /toimisto/kysymykset":                                 staff,
	"POST /toimisto/kysymykset":                                planners,
	"GET /toimisto/kysymykset/uusi":                            planners,
	"GET /toimisto/kysymykset/{id}":                            staff,
	"POST /toimisto/kysymykset/{id}":                           planners,
	"POST /toimisto/kysymykset/{id}/julkaise":                  planners,
	"POST /toimisto/kysymykset/{id}/sulje":                     planners,
	"POST /toimisto/kysymykset/{id}/poista":                    planners,
	"POST /toimisto/kipina/{koodi}/kysymys":                    writers,
	"POST /kipina/{koodi}/kommentti":                           everybody,
	"GET /kipina/{koodi}/kommentti/{id}":                       everybody,
	"GET /kipina/{koodi}/kommentti/{id}/muokkaus":              everybody,
	"GET /kipina/{koodi}/kommentti/{id}/ilmoita":               everybody,
	"POST /kipina/{koodi}/kommentti/{id}/ilmoita":              everybody,
	"GET /kipina/{koodi}/minakin":                              everybody,
	"POST /kipina/{koodi}/minakin":                             everybody,
	"POST /kipina/{koodi}/minakin/pois":                        everybody,
	"GET /kipina/{koodi}/osaajat":                              everybody,
	"GET /kipina/{koodi}/ennuste":                              everybody,
	"GET /oma/{salaisuus}/ennuste":                             link,
	"POST /oma/{salaisuus}/ennuste":                            link,
	"GET /toimisto/kipina/{koodi}/ennuste":                     staff,
	"POST /toimisto/kipina/{koodi}/ennuste":                    writers,
	"GET /ennusteet":                                           everybody,
	"GET /kipina/{koodi}/tutustu":                              everybody,
	"POST /kipina/{koodi}/tutustu":                             everybody,
	"GET /kipina/{koodi}/esittele":                             everybody,
	"POST /kipina/{koodi}/esittele":                            everybody,
	"GET /toimisto/tutustumiset/maanantai":                     writers,
	"POST /toimisto/tutustumiset/maanantai":                    writers,
	"POST /toimisto/tutustumiset/maanantai/{id}":               writers,
	"GET /tutustuminen/{salaisuus}":                            link,
	"POST /tutustuminen/{salaisuus}":                           link,
	"GET /toimisto/tutustumiset":                               writers,
	"GET /toimisto/tutustumiset/{id}":                          writers,
	"POST /toimisto/tutustumiset/{id}":                         writers,
	"GET /kipina/{koodi}/rinki":                                everybody,
	"POST /kipina/{koodi}/rinki":                               everybody,
	"POST /kipina/{koodi}/rinki/pois":                          everybody,
	"POST /minun/{salaisuus}/rinki/pois":                       link,
	"POST /minun/{salaisuus}/hoidan/{id}":                      link,
	"GET /oma/{salaisuus}/rinki":                               link,
	"POST /oma/{salaisuus}/rinki":                              link,
	"POST /oma/{salaisuus}/rinki/{id}":                         link,
	"POST /oma/{salaisuus}/hoidan":                             link,
	"POST /oma/{salaisuus}/hoidan/{id}":                        link,
	"GET /toimisto/kipina/{koodi}/rinki":                       writers,
	"POST /toimisto/kipina/{koodi}/rinki":                      writers,
	"POST /toimisto/kipina/{koodi}/rinki/{id}":                 writers,
	"GET /toimisto/ringit":                                     staff,
	"GET /minun/{salaisuus}/kommentti/{id}":                    link,
	"POST /minun/{salaisuus}/kommentti/{id}":                   link,
	"POST /minun/{salaisuus}/kommentti/{id}/poisto":            link,
	"POST /minun/{salaisuus}/minakin/pois":                     link,
	"POST /oma/{salaisuus}/kommentti":                          link,
	"GET /oma/{salaisuus}/kommentti/{id}":                      link,
	"POST /oma/{salaisuus}/kommentti/{id}":                     link,
	"POST /oma/{salaisuus}/kommentti/{id}/poisto":              link,
	"POST /oma/{salaisuus}/kuulen":                             link,
	"GET /kipina/{koodi}/ilmoita":                              everybody,
	"POST /kipina/{koodi}/ilmoita":                             everybody,
	"GET /kipina/{koodi}/liite/{id}":                           everybody,
	"GET /oma/{salaisuus}/liite/{id}":                          link,
	"POST /oma/{salaisuus}/liitteet":                           link,
	"POST /oma/{salaisuus}/liite/{id}":                         link,
	"POST /oma/{salaisuus}/liite/{id}/poista":                  link,
	"GET /toimisto/kipina/{koodi}/liite/{id}":                  staff,
	"POST /toimisto/kipina/{koodi}/liitteet":                   writers,
	"POST /toimisto/kipina/{koodi}/liite/{id}":                 writers,
	"POST /toimisto/kipina/{koodi}/liite/{id}/poista":          writers,
	"GET /oma/poistettu":                                       everybody,
	"GET /oma/{salaisuus}":                                     link,
	"GET /oma/{salaisuus}/tiedot":                              link,
	"GET /oma/{salaisuus}/kiitos":                              link,
	"POST /oma/{salaisuus}/vastaus":                            link,
	"GET /oma/{salaisuus}/muokkaus":                            link,
	"POST /oma/{salaisuus}/muokkaus":                           link,
	"GET /oma/{salaisuus}/yhteys":                              link,
	"POST /oma/{salaisuus}/yhteys":                             link,
	"GET /oma/{salaisuus}/poisto":                              link,
	"POST /oma/{salaisuus}/poisto":                             link,
	"GET /ohjelma":                                             everybody,
	"GET /ohjelma/teema/{id}":                                  everybody,
	"GET /ohjelma/versiot":                                     everybody,
	"GET /ohjelma/versiot/{id}":                                everybody,
	"GET /paikat":                                              everybody,
	"GET /paikat/{id}":                                         everybody,
	"GET /brand.css":                                           everybody,
	"GET /favicon.ico":                                         everybody,
	"GET /palaute":                                             everybody,
	"POST /palaute":                                            everybody,
	"GET /palaute/poistettu":                                   everybody,
	"GET /palaute/{salaisuus}":                                 link,
	"POST /palaute/{salaisuus}/poisto":                         link,
	"GET /minun":                                               everybody,
	"POST /minun":                                              everybody,
	"GET /minun/poistettu":                                     everybody,
	"GET /minun/{salaisuus}":                                   link,
	"GET /minun/{salaisuus}/tiedot":                            link,
	"POST /minun/{salaisuus}/kieli":                            link,
	"POST /minun/{salaisuus}/unohda":                           link,
	"POST /minun/{salaisuus}/uusi-linkki":                      link,
	"POST /minun/{salaisuus}/poisto":                           link,
	"POST /minun/{salaisuus}/seuranta":                         link,
	"POST /minun/{salaisuus}/lopeta":                           link,
	"GET /seuraa":                                              everybody,
	"POST /seuraa":                                             everybody,
	"GET /lopeta/{token}":                                      link,
	"POST /lopeta/{token}":                                     link,
	"GET /vahvista/{salaisuus}":                                link,
	"POST /vahvista/{salaisuus}":                               link,
	"GET /toimisto/palaute":                                    writers,
	"GET /toimisto/palaute/{id}":                               writers,
	"POST /toimisto/palaute/{id}/vastaa":                       writers,
	"POST /toimisto/palaute/{id}/hoidettu":                     writers,
	"POST /toimisto/palaute/{id}/poista":                       writers,
	"GET /saavutettavuus":                                      everybody,
	"GET /tietosuoja":                                          everybody,
	"GET /lahdekoodi":                                          everybody,
	"GET /robots.txt":                                          everybody,
	"GET /.well-known/security.txt":                            everybody,
	"GET /kirjaudu":                                            everybody,
	"POST /kirjaudu":                                           everybody,
	"GET /kirjaudu/{salaisuus}":                                everybody,
	"POST /kirjaudu/{salaisuus}":                               everybody,
	"POST /ulos":                                               everybody,
	"GET /toimisto":                                            staff,
	"GET /toimisto/kipinat":                                    staff,
	"GET /toimisto/kipinat.csv":                                staff,
	"GET /toimisto/kipinat.xlsx":                               staff,
	"GET /toimisto/soitot":                                     staff,
	"GET /toimisto/kipina/{koodi}":                             staff,
	"GET /toimisto/kipina/{koodi}/asiakirja":                   staff,
	"GET /toimisto/kipina/{koodi}/asiakirja.pdf":               staff,
	"POST /toimisto/kipina/{koodi}/vastaa":                     writers,
	"POST /toimisto/kipina/{koodi}/kysy":                       writers,
	"POST /toimisto/kipina/{koodi}/muistio":                    writers,
	"POST /toimisto/kipina/{koodi}/keskustelu":                 writers,
	"POST /toimisto/kipina/{koodi}/luokittele":                 writers,
	"POST /toimisto/kipina/{koodi}/vastuu":                     writers,
	"POST /toimisto/kipina/{koodi}/maarapaiva":                 writers,
	"POST /toimisto/kipina/{koodi}/muistutus":                  writers,
	"POST /toimisto/kipina/{koodi}/sulje":                      writers,
	"POST /toimisto/kipina/{koodi}/avaa":                       writers,
	"POST /toimisto/kipina/{koodi}/oikaise/{beat}":             writers,
	"POST /toimisto/kipina/{koodi}/toimenpide/{id}":            writers,
	"POST /toimisto/kipina/{koodi}/erilleen":                   writers,
	"GET /toimisto/yhdista":                                    writers,
	"POST /toimisto/yhdista":                                   writers,
	"GET /toimisto/kipina/{koodi}/jaa":                         writers,
	"POST /toimisto/kipina/{koodi}/jaa":                        writers,
	"POST /toimisto/monta":                                     writers,
	"GET /toimisto/teko/{id}":                                  staff,
	"POST /toimisto/teko/{id}/kumoa":                           writers,
	"POST /toimisto/kipina/{koodi}/linkki":                     writers,
	"POST /toimisto/kipina/{koodi}/hyvaksy":                    writers,
	"POST /toimisto/kipina/{koodi}/hylkaa":                     writers,
	"POST /toimisto/kipina/{koodi}/esta":                       writers,
	"POST /toimisto/kipina/{koodi}/ilmoitukset":                writers,
	"POST /toimisto/kipina/{koodi}/puhe":                       writers,
	"POST /toimisto/kipina/{koodi}/puhe/{id}":                  writers,
	"GET /toimisto/jono":                                       staff,
	"GET /toimisto/luottamus":                                  staff,
	"POST /toimisto/luottamus/{id}/peru":                       writers,
	"GET /toimisto/asetukset/valvonta":                         planners,
	"POST /toimisto/asetukset/valvonta":                        manager,
	"GET /toimisto/kortit":                                     staff,
	"GET /toimisto/kortti":                                     staff,
	"GET /kortti/qr.svg":                                       everybody,
	"GET /toimisto/uusi":                                       writers,
	"POST /toimisto/uusi":                                      writers,
	"GET /toimisto/asetukset":                                  staff,
	"GET /toimisto/asetukset/itse":                             staff,
	"POST /toimisto/asetukset/itse":                            staff,
	"GET /toimisto/asetukset/vaki":                             planners,
	"POST /toimisto/asetukset/vaki":                            manager,
	"GET /toimisto/asetukset/vaki/{id}":                        manager,
	"POST /toimisto/asetukset/vaki/{id}":                       manager,
	"GET /toimisto/asetukset/kalenteri":                        staff,
	"POST /toimisto/asetukset/kalenteri/suljettu":              planners,
	"POST /toimisto/asetukset/kalenteri/suljettu/{id}/poista":  planners,
	"POST /toimisto/asetukset/kalenteri/sijaisuus":             planners,
	"POST /toimisto/asetukset/kalenteri/sijaisuus/{id}/poista": planners,
	"GET /toimisto/asetukset/mallit":                           staff,
	"GET /toimisto/asetukset/mallit/{id}":                      staff,
	"POST /toimisto/asetukset/mallit/{id}":                     planners,
	"POST /toimisto/asetukset/mallit/{id}/poista":              planners,
	"GET /toimisto/asetukset/sahkoposti":                       planners,
	"POST /toimisto/asetukset/sahkoposti":                      manager,
	"POST /toimisto/asetukset/sahkoposti/koe":                  manager,
	"POST /toimisto/asetukset/sahkoposti/dkim":                 manager,
	"POST /toimisto/asetukset/sahkoposti/saapuva":              manager,
	"GET /toimisto/asetukset/ohjelma":                          planners,
	"POST /toimisto/asetukset/ohjelma":                         manager,
	"GET /toimisto/asetukset/alue":                             planners,
	"POST /toimisto/asetukset/alue":                            manager,
	"POST /toimisto/asetukset/alue/osoite":                     manager,
	"POST /toimisto/asetukset/alue/osoite/poista":              manager,
	"GET /toimisto/asetukset/selosteet":                        planners,
	"POST /toimisto/asetukset/selosteet":                       manager,
	"GET /toimisto/asetukset/loki":                             planners,
	"GET /toimisto/asetukset/ilme":                             planners,
	"POST /toimisto/asetukset/ilme":                            manager,
	"POST /toimisto/asetukset/ilme/iskulauseet":                manager,
	"GET /toimisto/asetukset/tekstit":                          staff,
	"GET /toimisto/asetukset/tekstit/{id}":                     staff,
	"POST /toimisto/asetukset/tekstit/{id}":                    planners,
	"GET /toimisto/asetukset/sailytys":                         planners,
	"POST /toimisto/asetukset/sailytys":                        manager,
	"GET /toimisto/asetukset/sailytys/ensi-yo":                 planners,
	"GET /toimisto/lahtevat":                                   writers,
	"GET /toimisto/lahtevat/kierto":                            writers,
	"POST /toimisto/lahtevat/kierto/{id}/uudelleen":            planners,
	"GET /toimisto/lahtevat/kierto/{id}":                       writers,
	"GET /toimisto/lahtevat/{id}":                              writers,
	"POST /toimisto/lahtevat/{id}/uudelleen":                   planners,
	"GET /toimisto/tyot":                                       writers,
	"POST /toimisto/tyot/{id}/uudelleen":                       planners,
	"POST /toimisto/tyot/{id}/poista":                          planners,
}

// guest is one reader of the table.
type guest struct {
	letter string
	*reader
}

// walk is a site with something at every address.
type walk struct {
	*site
	base                                           string // "/kouvola" where another region is beside it
	code, letter, theme, place, question, feedback string
	share                                          string // an own link to it
	file                                           string // what is attached to the spark of code
	circular                                       string // what followers were told
	deed                                           ident.ID
	project, actor                                 string
	comment                                        string // said beneath the spark of code
	imported                                       string // a file that waits
	event                                          string
	asset                                          string
	network                                        network.Named
	table                                          table.Table
	introduction                                   string // that waits for the office
	wave                                           string
	filing                                         string // a network's file that waits
}

func newWalk(t *testing.T, s *site) walk {
	t.Helper()
	ctx := context.Background()
	w := walk{site: s, theme: s.edition.Themes[0].ID, place: s.edition.Places[0].ID, question: s.ask(30).ID.String(), feedback: s.barrier("Este.", "maija@kylla.example").ID.String()}
	r := s.drop(spark.Draft{Text: "Laituri kuntoon talkoilla.", Email: "maija@kylla.example", Name: "Maija Esimerkki", Language: "fi"})
	w.code = r.Spark.Code
	w.share = s.shares(r.Spark, "").Token
	attach(t, s.parts.Files, s.act(w.code))
	w.file = s.filesOf(w.code)[0].ID.String()
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		id, err := s.parts.Outbox.Open(ctx, tx, mail.Circular{Region: "kouvola", Purpose: "follow.now", Spark: r.Spark.ID, Data: []byte("{}")})
		w.circular = id.String()
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.parts.Office.PutTemplate(ctx, "kouvola", office.Template{ID: "first", Language: "fi", For: "first", Name: "Kiitos", Body: "Hei {name}"}); err != nil {
		t.Fatal(err)
	}
	if err := s.parts.Jobs.Drain(ctx); err != nil {
		t.Fatal(err)
	}
	w.letter = s.letterOf().ID.String()
	w.comment = s.say(w.code, comment.Author{Kind: comment.Person, ID: s.person("puhuja@posti.example").Address.ID, Email: "puhuja@posti.example"}, comment.Draft{Words: "Hyvä ajatus."}).ID.String()
	a := s.act(w.code)
	a.Did = &w.deed
	s.must(s.parts.Sparks.Remind(ctx, a, office.Today(s.clock)+3))
	w.event = s.collides("Kylätalkoot").ID.String()
	w.asset = s.asset("Kylätalon sali").ID.String()
	w.table = s.begins("Ruokapöytä")
	w.network = s.founds("Ruokaverkosto")
	wave, _ := waving(t, s.db, s.parts, s.person("kutsuttu@posti.example").Address)
	w.wave = wave.ID.String()
	w.filing = s.files("Kysely").ID.String()
	w.imported = s.sends("Naapurien kysely").ID.String()
	funds := funded(t, s.db, s.parts.Clock, s.parts.Actors)[0]
	w.project, w.actor = funds.ID.String(), funds.Actor.ID.String()
	w.introduction = s.introduces("tutustuja@posti.example", r.Spark).id.String()
	return w
}

// drop drops a spark past the pages.
func (s *site) drop(d spark.Draft) spark.Receipt {
	s.t.Helper()
	r, err := s.parts.Sparks.Drop(context.Background(), "kouvola", spark.Programme{Promise: s.edition, Version: s.edition.Version.ID}, d, spark.By{})
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// barrier gives feedback past the pages.
func (s *site) barrier(words, email string) feedback.Receipt {
	s.t.Helper()
	r, err := s.parts.Feedback.Give(context.Background(), "kouvola", feedback.Given{Page: "/kipinat", Words: words, Email: email, Language: "fi"}, ident.Secret())
	if err != nil {
		s.t.Fatal(err)
	}
	return r
}

// asking asks the owner of an address to confirm it, past the pages, and gives the
// letter.
func (s *site) asking(email string, then address.Then) (letter address.Letter) {
	s.t.Helper()
	if _, err := s.parts.Addresses.Ask(context.Background(), address.Asking{Region: "kouvola", Email: email, Language: "fi", Then: then}, func(ctx context.Context, tx *store.Tx, l address.Letter) error {
		letter = l
		return s.parts.Letters.Confirm(ctx, tx, l, "x")
	}); err != nil {
		s.t.Fatal(err)
	}
	return letter
}

// stopToken is what a letter's stop link carries.
func (s *site) stopToken(id ident.ID, scope string) string {
	s.t.Helper()
	keys, err := trust.KeysOf(context.Background(), s.db, "kouvola")
	if err != nil {
		s.t.Fatal(err)
	}
	return follow.StopToken(keys, id, scope)
}

// say says something beneath a spark, past the pages.
func (s *site) say(code string, a comment.Author, d comment.Draft) (c comment.Comment) {
	s.t.Helper()
	ctx := context.Background()
	if d.Language == "" {
		d.Language = "fi"
	}
	if err := s.db.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		sp, err := spark.ByCode(ctx, tx, "kouvola", code)
		if err != nil {
			return err
		}
		c, err = s.parts.Comments.Write(ctx, tx, "kouvola", sp.ID, a, d, trust.Sender{})
		return err
	}); err != nil {
		s.t.Fatal(err)
	}
	return c
}

// person is one whose address is confirmed, past the pages.
func (s *site) person(email string) address.Confirmed {
	s.t.Helper()
	c, err := s.parts.Addresses.Confirm(context.Background(), "kouvola", s.asking(email, address.Then{Kind: "page"}).Secret, "", nil)
	if err != nil {
		s.t.Fatal(err)
	}
	return c
}

// address fills a pattern's gaps with what is really there.
func (w walk) address(pattern, secret string) string {
	_, path, _ := strings.Cut(pattern, " ")
	id, slug := "1", w.network.Slug
	if strings.Contains(path, "/poyta/") {
		slug = w.table.Slug
	}
	switch {
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/poydat/"):
		id = w.table.ID.String() // which a POST could end
	case strings.Contains(path, "/kommentti/"), strings.Contains(path, "/puhe/"):
		id = w.comment
	case strings.Contains(path, "/teko/"):
		id = w.deed.String()
	case strings.Contains(path, "/teema/"):
		id = w.theme
	case strings.Contains(path, "/paikat/"):
		id = w.place
	case strings.Contains(path, "/versiot/"):
		id = w.edition.Version.ID.String()
	case strings.Contains(path, "/vaki/"):
		id = w.officers[office.Viewer].ID.String()
	case strings.Contains(path, "/tekstit/"):
		id = "question"
	case strings.Contains(path, "/mallit/"):
		id = "first"
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/tuonti/"):
		id = w.imported // what is sent goes to one that is not there: it would be gone for the next
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/tapahtuma"):
		id = w.event // which a POST could call off
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/tiedostot/"):
		id = w.filing // which a POST could let go
	case strings.Contains(path, "/toimija/{id}"):
		id = w.actor
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/voimavara"):
		id = w.asset // which a POST could take off
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/kyselyt/"):
		id = w.wave // which a POST could end
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/verkostot/"):
		id = w.network.ID.String() // which a POST could close
	case strings.Contains(path, "/hanke/"):
		id = w.project
	case strings.Contains(path, "/kysym"):
		id = w.question
	case strings.Contains(path, "/kierto/"):
		id = w.circular
	case strings.Contains(path, "/lahtevat/"):
		id = w.letter
	case strings.HasPrefix(pattern, "GET ") && strings.Contains(path, "/liite/"):
		id = w.file // what is sent goes to one that is not there: nobody takes it from the next
	case strings.Contains(path, "/palaute/"):
		id = w.feedback
	case strings.Contains(path, "/tutustumiset/"):
		id = w.introduction
	}
	if strings.HasSuffix(path, "/seuraa") {
		path += "?kohde=all"
	}
	return w.base + strings.NewReplacer("{$}", "", "{koodi}", w.code, "{salaisuus}", secret, "{token}", secret, "{beat}", "1", "{id}", id, "{slug}", slug, "{mista}", "kipina", "{nimi}", feedName(path, w.code), "{tunnus}", w.share).Replace(path)
}

// shares makes an own link to a spark past the pages.
func (s *site) shares(sp spark.Spark, via string) share.Share {
	s.t.Helper()
	made, _, err := s.parts.Shares.Make(context.Background(), share.Making{Region: "kouvola", Spark: sp.ID, Via: via, Consented: true})
	if err != nil {
		s.t.Fatal(err)
	}
	return made
}

// feedName is the last part of a feed's address.
func feedName(path, code string) string {
	if strings.Contains(path, "{mista}") {
		return code + ".json"
	}
	return "kaikki.atom"
}

// verdict is what became of a request: let in, sent to sign in, forbidden or gone.
func verdict(method, asked string, p page) string {
	switch {
	case p.status == http.StatusUnauthorized, method == http.MethodGet && strings.HasSuffix(p.path, "/kirjaudu") && !strings.HasSuffix(asked, "/kirjaudu"):
		return "sign in"
	case p.status == http.StatusForbidden:
		return "forbidden"
	case p.status == http.StatusGone:
		return "gone"
	case p.status >= 500:
		return fmt.Sprintf("broken (%d)", p.status)
	case method == http.MethodGet && p.status != http.StatusOK:
		return fmt.Sprintf("no page (%d)", p.status)
	}
	return "in"
}

// check makes one request and compares it with the table's row; "" when they agree.
func (w walk) check(g guest, pattern, row string) string {
	method, _, _ := strings.Cut(pattern, " ")
	ask := func(secret string) (string, string) {
		at := w.address(pattern, secret)
		if method == http.MethodGet {
			return at, verdict(method, at, g.get(at))
		}
		return at, verdict(method, at, g.post(at, url.Values{}))
	}
	if row == link {
		d := w.drop(spark.Draft{Text: "Oma kipinä.", Language: "fi"})
		secret := d.Link
		switch {
		case strings.Contains(pattern, " /minun/") && strings.Contains(pattern, "/kommentti/"):
			email := strings.ToLower(ident.Secret()) + "@posti.example"
			who := w.person(email)
			secret = who.Link
			w.comment = w.say(d.Spark.Code, comment.Author{Kind: comment.Person, ID: who.Address.ID, Email: email}, comment.Draft{Words: "Oma sana."}).ID.String()
		case strings.Contains(pattern, " /oma/") && strings.Contains(pattern, "/kommentti/"):
			_, b, err := spark.Linked(context.Background(), w.db, "kouvola", d.Link)
			if err != nil {
				return err.Error()
			}
			w.comment = w.say(d.Spark.Code, comment.Author{Kind: comment.Bringer, ID: b.ID}, comment.Draft{Words: "Oma sana."}).ID.String()
		case strings.Contains(pattern, " /minun/") && strings.Contains(pattern, "/voimavara/"):
			who := w.person(strings.ToLower(ident.Secret()) + "@posti.example")
			secret, w.asset = who.Link, w.assetBy(who.Address.ID, "Oma sali").ID.String()
		case strings.Contains(pattern, " /kysyisin/kysely/"):
			_, secret = waving(w.t, w.db, w.parts, w.person(strings.ToLower(ident.Secret())+"@posti.example").Address)
		case strings.Contains(pattern, " /kysyisin/"):
			secret = w.named(strings.ToLower(ident.Secret()) + "@posti.example")
		case strings.Contains(pattern, " /tutustuminen/"):
			secret = w.introduces(strings.ToLower(ident.Secret())+"@posti.example", d.Spark).link
		case strings.Contains(pattern, " /minun/"):
			secret = w.person(strings.ToLower(ident.Secret()) + "@posti.example").Link
		case strings.Contains(pattern, " /lopeta/"):
			secret = w.stopToken(w.person(strings.ToLower(ident.Secret())+"@posti.example").Address.ID, "weekly")
		case strings.Contains(pattern, " /vahvista/"):
			secret = w.asking(strings.ToLower(ident.Secret())+"@posti.example", address.Then{Kind: "page"}).Secret
		case strings.Contains(pattern, " /jako/"):
			var err error
			if _, secret, err = w.parts.Shares.Make(context.Background(), share.Making{Region: "kouvola", Spark: d.Spark.ID, Consented: true}); err != nil {
				w.t.Fatal(err)
			}
		case strings.Contains(pattern, " /palaute/"):
			secret = w.barrier("Oma este.", "").Secret
		case strings.Contains(pattern, "/liite/"):
			attach(w.t, w.parts.Files, w.act(d.Spark.Code))
			w.file = w.filesOf(d.Spark.Code)[0].ID.String()
		}
		if at, got := ask(secret); got != "in" {
			return fmt.Sprintf("%s: %s with the link: %s", pattern, at, got)
		}
		if at, got := ask(ident.Secret()); got != "gone" {
			return fmt.Sprintf("%s: %s without the link: %s", pattern, at, got)
		}
		return ""
	}
	want := "in"
	if !strings.Contains(row, g.letter) {
		want = "forbidden"
		if g.letter == "a" || g.letter == "b" {
			want = "sign in"
		}
	}
	at, got := ask(ident.Secret())
	if strings.Contains(pattern, "/kirjaudu/{salaisuus}") && got == "gone" {
		got = "in" // anybody may try a link; this one never was
	}
	if pattern == "GET /.well-known/security.txt" && got == "no page (404)" {
		got = "in" // an example region names nobody to report to
	}
	if got != want {
		return fmt.Sprintf("%s by %s at %s: %s, the table says %s", pattern, g.letter, at, got, want)
	}
	return ""
}

// gaps names the addresses without a row, and rows without an address.
func gaps(patterns []string, table map[string]string) (all []string) {
	for _, p := range patterns {
		if table[p] == "" {
			all = append(all, p+" has no row: say who may use it")
		}
	}
	for p := range table {
		if !slices.Contains(patterns, p) {
			all = append(all, p+" has a row but is no address")
		}
	}
	slices.Sort(all)
	return all
}

func (w walk) guests() []guest {
	return []guest{{"a", w.visitor()}, {"b", w.visitor()}, {"m", w.officer(office.Manager)}, {"p", w.officer(office.Planner)}, {"c", w.officer(office.Coordinator)}, {"v", w.officer(office.Viewer)}}
}

func TestAuthorisationTable(t *testing.T) {
	t.Parallel()
	for _, gap := range gaps(web.Patterns(), authorised) {
		t.Error(gap)
	}
	each(t, func(t *testing.T, s *site) {
		w := newWalk(t, s)
		if s.db.Engine == store.Postgres { // alone on one engine, beside another region on the other
			s.beside(example(t))
			w.base = "/kouvola"
		}
		patterns := web.Patterns()
		// Signing out comes last: what follows it would be asked by nobody.
		slices.SortStableFunc(patterns, func(a, b string) int {
			last := map[bool]int{true: 1}
			return last[a == "POST /ulos"] - last[b == "POST /ulos"]
		})
		for _, g := range w.guests() {
			if g.letter == "b" {
				r := s.drop(spark.Draft{Text: "Toinen oma kipinä.", Language: "fi"})
				g.get("/oma/" + r.Link)
			}
			for i, pattern := range patterns {
				if problem := w.check(g, pattern, authorised[pattern]); problem != "" {
					t.Error(problem)
				}
				if i%20 == 19 {
					s.clock.Advance(time.Minute) // nor by the wrong links it tries itself
				}
			}
			s.clock.Advance(2 * time.Minute) // the next reader is not slowed by this one
		}
	})
}

// The check itself: an address without a row, a row that gives too much and one
// that gives too little are each found.
func TestAuthorisationTableCanFail(t *testing.T) {
	t.Parallel()
	if got := gaps([]string{"GET /toimisto", "GET /uusi-osoite"}, map[string]string{"GET /toimisto": staff, "GET /vanha": everybody}); len(got) != 2 {
		t.Errorf("gaps: %v", got)
	}
	each(t, func(t *testing.T, s *site) {
		w := newWalk(t, s)
		viewer, nobody := guest{"v", w.officer(office.Viewer)}, guest{"a", w.visitor()}
		const answer, list = "POST /toimisto/kipina/{koodi}/vastaa", "GET /toimisto"
		for _, wrong := range []struct {
			g            guest
			pattern, row string
		}{{viewer, answer, staff}, {nobody, answer, everybody}, {viewer, list, writers}, {nobody, "GET /kipinat", staff}, {nobody, "GET /kipinat", link}} {
			if problem := w.check(wrong.g, wrong.pattern, wrong.row); problem == "" {
				t.Errorf("%s by %s with the row %q was not found wrong", wrong.pattern, wrong.g.letter, wrong.row)
			}
		}
		if problem := w.check(viewer, answer, writers); problem != "" {
			t.Error(problem)
		}
	})
}

// A viewer meets no contact details and no notes on any page they may open.
func TestViewerSeesNoContactsOrNotes(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, s *site) {
		ctx := context.Background()
		secrets := []string{"Maija Salaperäinen", "maija.salainen@kylla.example", "040 765 4321", "SISÄINEN-MUISTIO", "PUHUTTIIN-KAHDEN", "SANAT-TUOJALLE", "TOIMI-SALASSA"}
		var codes []string
		for _, visibility := range []spark.Visibility{spark.Unnamed, spark.Office} {
			r := s.drop(spark.Draft{Text: "Polku kuntoon.", Name: secrets[0], Email: secrets[1], Phone: secrets[2], Contact: spark.Call, Visibility: visibility, Language: "fi"})
			codes = append(codes, r.Spark.Code)
			act := spark.Act{Region: "kouvola", Spark: r.Spark.ID, Officer: s.officers[office.Planner]}
			if _, err := s.parts.Sparks.Note(ctx, act, secrets[3]); err != nil {
				t.Fatal(err)
			}
			if _, err := s.parts.Sparks.Talk(ctx, act, spark.Talk{Way: "call", Words: secrets[4], Measures: []spark.Measure{{What: secrets[6]}}, Next: office.Today(s.clock)}); err != nil {
				t.Fatal(err)
			}
			if _, err := s.parts.Sparks.Answer(ctx, act, secrets[5], false, ""); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.parts.Jobs.Drain(ctx); err != nil {
			t.Fatal(err)
		}
		w := newWalk(t, s)
		leaks := func(r *reader) (all []string) {
			for _, pattern := range web.Patterns() {
				if !strings.HasPrefix(pattern, "GET /") || authorised[pattern] == link || pattern == "POST /ulos" {
					continue
				}
				for _, code := range codes {
					w.code = code
					p := r.get(w.address(pattern, ident.Secret()))
					for _, secret := range secrets {
						if strings.Contains(p.words(t), secret) {
							all = append(all, pattern+" shows "+secret)
						}
					}
					if !strings.Contains(pattern, "{koodi}") {
						break
					}
				}
			}
			return all
		}
		for _, leak := range leaks(s.officer(office.Viewer)) {
			t.Error(leak)
		}
		// The same walk does find them for somebody who may.
		if found := leaks(s.officer(office.Planner)); len(found) < len(secrets) {
			t.Errorf("a planner finds only %v", found)
		}
	})
}
