package language

import "strings"

// The words that say little, each once: which of them only join others, which are links
// in running text though something is called so, and which tell nothing of what a text
// is about. A question, a concept and a reason each ask for what they mean by it.

// little is how little a word says.
type little uint8

const (
	joins little = 1 << iota // joins others, and is not what a question asks for
	links                    // something is called so, but in running text it is nearly always a mere link
	empty                    // a base form that tells nothing of what a text is about, however rare it is
)

// Joins tells that a word only joins others, in whichever language: nobody looks for it.
func Joins(word string) bool { return anywhere(word)&joins != 0 }

// Empty tells that a word in its base form tells nothing of what a text is about, however
// rare it is where few have written.
func Empty(word string) bool { return anywhere(word)&empty != 0 }

// Links tells of a word that a label may be, but that in running text of a language is
// nearly always a mere link between others: voi is rather of voida than butter, en no
// juniper.
func Links(word string, in Language) bool { return in.little(strings.ToLower(word))&links != 0 }

// Little tells of a word that is nobody's name: in a language it says little, in whichever
// way.
func Little(word string, in Language) bool { return in.little(strings.ToLower(word)) != 0 }

func anywhere(word string) (l little) {
	for _, in := range All() {
		l |= in.little(word)
	}
	return l
}

// longestLittle is the longest of them, in bytes.
const longestLittle = 11

func (in Language) little(word string) little {
	if len(word) > longestLittle {
		return 0
	}
	switch in {
	case Finnish:
		return littleFinnish(word)
	case Swedish:
		return littleSwedish(word)
	case English:
		return littleEnglish(word)
	}
	return 0
}

func littleFinnish(word string) little {
	switch word {
	case "ja", "kun", "mikä", "ne":
		return joins
	case "aikaan", "aikana", "alla", "ennen", "esimerkiksi", "hyvin", "ilman", "itse", "jo", "kanssa", "kautta", "koko", "kuten", "läpi", "mm", "mukaan",
		"muun", "muut", "noin", "nyt", "ole", "olemassa", "oleva", "olevan", "olevat", "oli", "olisi", "olisivat", "olivat", "osa", "ovat", "paremmin",
		"puolesta", "päällä", "siis", "sitten", "takia", "tehdään", "tilalle", "tulee", "tuli", "tulisi", "vain", "varrella", "varsinkin", "vielä", "voi",
		"voisi", "vuoksi", "yli":
		return links
	case "ei", "jos", "kuin", "on", "se", "tai":
		return joins | links
	case "haluta", "hyvä", "jokin", "kaikki", "muu", "niin", "oma", "paljon", "pitää", "saada", "siellä", "sinne", "tarvita", "tulla", "täällä", "uusi",
		"voida":
		return empty
	case "myös", "tämä":
		return joins | empty
	case "joka", "koska", "mutta", "olla", "tehdä":
		return links | empty
	case "että", "sekä":
		return joins | links | empty
	}
	return 0
}

func littleSwedish(word string) little {
	switch word {
	case "allt", "andra", "bara", "blev", "bli", "blir", "både", "de", "del", "dem", "dess", "du", "där", "efter", "ej", "ens", "er", "fick", "fram", "får",
		"före", "genom", "gick", "gång", "gör", "göra", "ha", "hade", "han", "har", "hit", "hon", "hur", "hör", "i", "in", "jag", "kan", "kom", "komma",
		"kunna", "man", "men", "mer", "mest", "min", "mot", "ned", "ner", "ni", "nog", "nu", "nytt", "när", "nära", "om", "redan", "sak", "sedan", "sen",
		"senast", "sig", "sin", "ska", "skall", "så", "ta", "tomt", "trots", "under", "upp", "ur", "ut", "utan", "vad", "var", "vem", "veta", "vi", "vid",
		"vidare", "även", "över":
		return links
	case "att", "av", "den", "det", "en", "ett", "för", "med", "och", "på", "som", "är":
		return joins | links
	case "behövs", "denna", "dessa", "detta", "finnas", "finns", "mycket", "måste", "någon", "också", "tillsammans":
		return empty
	case "alla", "från", "inte", "kommer", "kunde", "något", "skulle", "vara", "vill":
		return links | empty
	case "eller", "till":
		return joins | links | empty
	}
	return 0
}

func littleEnglish(word string) little {
	switch word {
	case "a", "after", "all", "are", "as", "back", "be", "been", "being", "but", "by", "can", "do", "does", "go", "had", "has", "he", "her", "his", "how",
		"i", "if", "into", "it", "its", "kind", "like", "long", "make", "may", "most", "must", "no", "not", "on", "one", "other", "others", "our", "out",
		"over", "she", "so", "than", "them", "then", "these", "those", "up", "use", "was", "we", "were", "when", "where", "who", "you", "your":
		return links
	case "an", "and", "at", "for", "in", "is", "of", "or", "the", "to":
		return joins | links
	case "also", "could", "need", "together", "want":
		return empty
	case "about", "have", "more", "should", "some", "that", "their", "there", "they", "this", "what", "which", "will", "would":
		return links | empty
	case "from", "with":
		return joins | links | empty
	}
	return 0
}
