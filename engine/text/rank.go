package text

import "math"

// Term is a key with what it weighs.
type Term struct {
	Key    string
	Weight float64
}

// Terms joins the columns of keys: each key once, with the sum of its weights.
func (k Keys) Terms() []Term {
	at := map[string]int{}
	var all []Term
	for c, keys := range k {
		for _, key := range keys {
			i, ok := at[key]
			if !ok {
				i = len(all)
				at[key] = i
				all = append(all, Term{Key: key})
			}
			all[i].Weight += Column(c).Weight()
		}
	}
	return all
}

// BM25's two constants (Robertson & Zaragoza 2009): how soon a word that comes again
// stops counting, and how much a long text is discounted.
const (
	again = 1.2
	long  = .75
)

// Rarity is how much it says that a text holds a key that n of all texts hold.
func Rarity(n, all int) float64 {
	return math.Log(1 + (float64(all-n)+.5)/(float64(n)+.5))
}
