package concept

import (
	"strings"

	"kokko/engine/swedish"
)

// bends tells whether two endings are those of two forms of a noun or an adjective, in
// Swedish or in English, which have what stands before them alike: villag|e and
// villag|es, cit|y and cit|ies.
func bends(before, a, b string, tongue int) bool {
	if tongue == 1 {
		return swedish.Bends(before, a, b)
	}
	return ending(a) && ending(b)
}

func ending(s string) bool {
	switch s {
	case "", "s", "es", "'s", "\u2019s", "y", "ies", "f", "fe", "ves", "e", "en":
		return true
	}
	return false
}

// weightless tells of a word that a label may be, but that in running text is nearly
// always a mere link between others: voi is rather of voida than butter, en no juniper.
func weightless(token string, tongue int) bool {
	if len(token) > 12 {
		return false
	}
	switch word := strings.ToLower(token); tongue {
	case 0:
		switch word {
		case "aikaan", "aikana", "alla", "ei", "ennen", "esimerkiksi", "että", "hyvin", "ilman", "itse", "jo", "jos", "joka", "kanssa", "kautta", "koko", "koska", "kuin", "kuten", "läpi", "mm", "muun", "muut", "mukaan", "mutta", "noin",
			"nyt", "ole", "oleva", "olevan", "olevat", "oli", "olisi", "olisivat", "olivat", "olla", "olemassa", "on", "osa", "ovat", "paremmin", "puolesta", "päällä", "se", "siis", "sitten", "sekä", "takia", "tai", "tehdä", "tehdään", "tilalle", "tulee", "tulisi",
			"tuli", "vain", "varrella", "varsinkin", "vielä", "voi", "voisi", "vuoksi", "yli":
			return true
		}
	case 1:
		switch word {
		case "alla", "allt", "andra", "att", "av", "bara", "blev", "bli", "blir", "både", "de", "del", "dem", "den", "dess", "det", "du", "där", "efter", "ej", "eller", "en", "ens", "er", "ett", "fick", "fram", "från", "får", "för", "före", "genom", "gick", "gång",
			"gör", "göra", "ha", "hade", "han", "har", "hit", "hon", "hur", "hör", "i", "in", "inte", "jag", "kan", "kom", "komma", "kommer", "kunna", "kunde", "man", "med", "men", "mer", "mest", "min", "mot", "ned", "ner", "ni", "nog", "nu", "när", "nära", "nytt", "något", "och", "om",
			"på", "redan", "sak", "sedan", "sen", "senast", "sig", "sin", "ska", "skall", "skulle", "som", "så", "ta", "till", "tomt", "trots", "under", "upp", "ur", "ut", "utan", "vad", "var", "vara", "vem", "veta", "vi", "vid", "vidare", "vill", "är", "även", "över":
			return true
		}
	default:
		switch word {
		case "a", "about", "after", "all", "an", "and", "are", "as", "at", "back", "be", "been", "being", "but", "by", "can", "do", "does", "for", "from", "go", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "into", "is", "it", "its", "kind", "like", "long", "make", "may", "more",
			"most", "must", "no", "not", "of", "on", "one", "or", "other", "others", "our", "out", "over", "she", "should", "so", "some", "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those", "to", "up", "use", "was", "we", "were", "what", "when",
			"where", "which", "who", "will", "with", "would", "you", "your":
			return true
		}
	}
	return false
}
