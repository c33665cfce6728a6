package programme_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"kokko/engine/workday"
	"kokko/region/place"
	"kokko/region/programme"
)

// rows says, for every row of the source brochure, what of it a reader finds in
// the programme. All 151 rows leave something in the data; what the software
// does with it is proved elsewhere.
func rows() map[int]string {
	return map[int]string{
		1: "Kouvolan seudun KOKO", 2: "2013-12-31", 3: "Usein kaikki alkaa kipinästä", 4: "syttyy yhdestä pienestä ideasta",
		5: "yhteisöä ympärilleen", 6: "Jotta idea ottaa tulta", 7: "se tarvitsee verkostoa", 8: "joka tietää osaajat",
		9: "jotka saavat rattaat pyörimään", 10: "kuin tuli", 11: "rohkaisee kokeiluun", 12: "Ottaisiko minun ideani tulta?",
		13: "Uuden Kouvolan ideaa etsimässä", 14: "Seudun elinvoima", 15: "Eri tahojen yhteistyö", 16: "Alueen toimintatavat",
		17: "Anjalankoski", 18: "Kasvavat yhteistyöverkostot", 19: "törmäytetään", 20: "vetovoimaisuus",
		21: "Kaupunki- ja maaseutualueista muodostuvaa aluetta", 22: "paikalliset voimavarat", 23: "innovatiivista toimintaa",
		24: "kokeilua ja soveltamista", 25: "sisäisiä ja ulkoisia kumppanuuksia", 26: "avataan yhteyksiä",
		27: "sosiaalista pääomaa", 28: "Kouvolan kaupunki", 29: "Iitin kunta", 30: "Kansallinen KOKO-yhteistyö", 31: "52",
		32: "Paikallisiin vahvuuksiin perustuva toimeenpano-ohjelma", 33: "kansallisia kehittämisteemoja", 34: "uusia toimintamalleja",
		35: "hyviä käytäntöjä", 36: "uusia kontakteja", 37: "kolmen alueellisen pääteeman", 38: "kuuden kansallisen verkoston",
		39: "Glokaali maaseutukaupunki", 40: "KOKOnaisuus", 41: "Moninaisuuden vahvistaminen", 42: "kehittämiskokonaisuudet",
		43: "Tutkimuksesta toimintaan", 44: "Ruralia-instituutti", 45: "Aluerakenteen toimivuutta", 46: "elinvoimakkeita",
		47: "kylistä, taajamista", 48: "Alueiden välinen yhteishanke", 49: "kumppanuutta syvennetään",
		50: "kehitysyhteistyötä ja osallistumista", 51: "uusi paikallisuus", 52: "Keskusten verkoston toimivuus", 53: "A30244",
		54: "jatketaan ja laajennetaan", 55: "kylä- ja kaupunkikeskustat", 56: "Kyläyhteisöt", 57: "kylien profiloituminen",
		58: "green care", 59: "Ruoka-Kouvola 2020 -ohjelma", 60: "Aluelähtöisen elintarviketalouden", 61: "pitkäjänteisellä hankkeella",
		62: "toteuttamissuunnitelma", 63: "ProAgria Kymenlaakso ry", 64: "lähiruoka", 65: "jakelutoimintoihin", 66: "pienyritystoiminnan",
		67: "DEMO-verkosto", 68: "Strateginen yhteistyö", 69: "valmistaudumme tulevaisuuteen", 70: "Muutos on pysyvä tila",
		71: "ennakointi", 72: "ohjausta", 73: "ylläpitoa", 74: "yhteistyötapojen kehittämistä", 75: "esiselvityshankkeilla",
		76: "Elinkeinostrategian toteuttamisen tuki", 77: "Metsä, energia ja ympäristö", 78: "Logistiikka",
		79: "Tieto- ja viestintäliiketoiminta", 80: "Matkailu ja vapaa-aika", 81: "Selvitys- ja valmisteluhankkeet KOKOn varoista",
		82: "Metallitoimialan kehittämisohjelma", 83: "Green Spirit of Kouvola -teema", 84: "johtoajatus",
		85: "Avoimen innovaation Kouvola", 86: "hiilijalanjälki", 87: "Vuorovaikutteinen ja yhteisöllinen Kouvola",
		88: "päätöksentekoa ohjaavaa arvoa", 89: "avoimen innovaation kumppanuutta", 90: "uusia osallistumisen muotoja",
		91: "kestävää kehitystä", 92: "Elinkeinopolitiikka ja strategiatyö", 93: "ei ole mapin laatimista",
		94: "uusien kumppanuuksien muodostamista", 95: "verkostojen rakentajana ja kehittämistyön ylläpitäjänä", 96: "Socom Oy",
		97: "Elinkeinostrategian tarkistus", 98: "Luovat toimialat -verkosto", 99: "Uudet elinvoiman lähteet",
		100: "edellytyksiä alueiden uudistumiselle", 101: "toimialalähtöisiä tarpeita", 102: "toimialayhdistelmien rajapinnoille",
		103: "avauksia vauhditetaan", 104: "Uudet avaukset", 105: "elintarvike- ja luovat alat", 106: "Toimialavaikutusten selvitys",
		107: "Elintarviketalouden toimintavisio", 108: "Elämystoimialojen kehittämisohjelma", 109: "Innovaatioympäristön kehittäminen",
		110: "Kasarminmäen kampusalue", 111: "inspiroiva ympäristö", 112: "Lappeenrannan yliopiston Kouvolan yksikkö",
		113: "innovaatiojärjestelmä", 114: "maaseudun innovaatioympäristöistä", 115: "Tulevaisuuden yllättäjät",
		116: "Hyväksytty ohjelma-asiakirja", 117: "Jatkuva avoin haku", 118: "avointa vuorovaikutusta kaikkien kanssa",
		119: "signaali uusia avauksia varten", 120: "toimintaasi tai toimialaasi koskevia yksittäisiä kehitysideoita?",
		121: "verkostoitumistarpeita?", 122: "alueen elinvoimaisuutta kehittäviä ideoita?", 123: "Keskustelemme mielellämme kaikkien kanssa",
		124: "kehittämiskumppanuudesta", 125: "minkälaisilla toimenpiteillä yhteisiä tavoitteita", 126: "kehityspäällikkö",
		127: "hankesuunnittelija", 128: "elinkeinopalvelut@", 129: "Torikatu 10", 130: "KYMIJOEN KAUPUNKI", 131: "Ihastu Iittiin",
		132: "työ- ja elinkeinoministeriö", 133: "kansallisen aluekehittämisen käytännön työkalu", 134: "omaehtoinen kehittäminen",
		135: "paikallistason strategista kehittämistyötä", 136: "Toimijoiden yhteistyön parantaminen", 137: "omien vahvuuksien pohjalta",
		138: "toimintatapojen kehittäminen", 139: "välisen yhteistyön tiivistäminen", 140: "Alueiden verkottaminen",
		141: "Tiedon ja kokemusten vaihdon vauhdittaminen", 142: "alkuvaiheessa", 143: "Maakunnan kehittämisraha",
		144: "maakunnallista suunnittelu- ja aluekehitysjärjestelmää", 145: "Innovaatio ja osaaminen", 146: "Luovat alat ja kulttuuri",
		147: "Hyvinvointi", 148: "MAL (maankäyttö, asuminen, liikenne)", 149: "Matkailu", 150: "Venäjä",
		151: "DEMO (ikärakenteen muutosalueet)",
	}
}

// walk calls say with every word, number and day of a value.
func walk(v reflect.Value, say func(string)) {
	switch x := v.Interface().(type) {
	case programme.Text:
		for _, l := range x.Languages() {
			say(x.In(l))
		}
		return
	case workday.Day:
		say(x.String())
		return
	case programme.Moment:
		say(x.String())
		return
	case place.Map:
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).IsExported() {
				walk(v.Field(i), say)
			}
		}
	case reflect.Slice:
		for i := range v.Len() {
			walk(v.Index(i), say)
		}
	case reflect.String:
		say(v.String())
	case reflect.Int:
		say(strconv.FormatInt(v.Int(), 10))
	}
}

func TestEveryBrochureRowIsInTheData(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	var all strings.Builder
	walk(reflect.ValueOf(*p), func(s string) { all.WriteString(s + "\n") })
	wanted := rows()
	for n := 1; n <= 151; n++ {
		if wanted[n] == "" {
			t.Errorf("row %d: the test does not say what to look for", n)
		} else if !strings.Contains(all.String(), wanted[n]) {
			t.Errorf("row %d: %q is nowhere in the programme", n, wanted[n])
		}
	}
	traced := traced(source(t))
	for n := range wanted {
		if !traced[n] {
			t.Errorf("row %d: no comment in the file traces it", n)
		}
	}
}

// traced reads "brochure row 5" and "brochure rows 3-12, 14" from the comments.
func traced(src string) map[int]bool {
	out := map[int]bool{}
	for _, m := range regexp.MustCompile(`brochure rows? ([0-9][0-9, -]*)`).FindAllStringSubmatch(src, -1) {
		for part := range strings.SplitSeq(m[1], ",") {
			from, to, ranged := strings.Cut(strings.TrimSpace(part), "-")
			a, err := strconv.Atoi(strings.TrimSpace(from))
			if err != nil {
				continue
			}
			b := a
			if ranged {
				b, _ = strconv.Atoi(strings.TrimSpace(to))
			}
			for ; a <= b; a++ {
				out[a] = true
			}
		}
	}
	return out
}

// TestRowsAgreeWithTheSource holds the list against the brochure's own table,
// where that is at hand: same rows, and the poem word for word.
func TestRowsAgreeWithTheSource(t *testing.T) {
	t.Parallel()
	root := os.Getenv("KOKKO_SHARED")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared")
	}
	f, err := os.Open(filepath.Join(root, "data", "brochure_promises.csv"))
	if err != nil {
		t.Skipf("the source brochure is not here (KOKKO_SHARED): %v", err)
	}
	defer f.Close()
	table, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[int]bool{}
	for _, row := range table[1:] {
		n, err := strconv.Atoi(row[0])
		if err != nil {
			t.Fatalf("row %q: %v", row[0], err)
		}
		seen[n] = true
		if rows()[n] == "" {
			t.Errorf("row %d (%s) is not looked for", n, row[3])
		}
	}
	for n := range rows() {
		if !seen[n] {
			t.Errorf("row %d is not in the source", n)
		}
	}
	brochure, err := os.ReadFile(filepath.Join(root, "data", "brochure_fi.txt"))
	if err != nil {
		t.Fatal(err)
	}
	for i, stanza := range kouvola(t).Poem {
		if !strings.Contains(string(brochure), stanza.In("fi")) {
			t.Errorf("stanza %d is not as the brochure has it:\n%s", i+1, stanza.In("fi"))
		}
	}
}

// TestNoPersonIsNamed: the only addresses are ones that cannot exist, and the
// office speaks through roles.
func TestNoPersonIsNamed(t *testing.T) {
	t.Parallel()
	p := kouvola(t)
	walk(reflect.ValueOf(*p), func(s string) {
		for _, w := range strings.Fields(s) {
			if strings.Contains(w, "@") && !strings.HasSuffix(w, ".invalid") {
				t.Errorf("a real address: %q", s)
			}
		}
	})
	if phone := regexp.MustCompile(`\b0\d{1,2}[ -]?\d{3}`).FindString(source(t)); phone != "" {
		t.Errorf("a telephone number: %q", phone)
	}
	if got := fmt.Sprint(len(p.Office.Roles)); got != "2" || p.Office.Phone != "" {
		t.Errorf("the office has %s roles and phone %q", got, p.Office.Phone)
	}
}
