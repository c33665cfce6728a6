package text

import (
	"slices"
	"strings"

	"kokko/engine/finnish"
	"kokko/engine/language"
	"kokko/engine/passage"
)

// Marks finds the words of a text, in the language it is in, that the keys of a
// question mean, however they are bent. When none is meant, it finds those that speak of
// the same in another language, and else those that only begin as the question's do.
func (a *Analyser) Marks(body string, in language.Language, asked Keys) (all []passage.Range) {
	whole, begun := map[string]bool{}, map[string]bool{}
	for _, keys := range asked {
		for _, key := range keys {
			if strings.HasPrefix(key, "_") {
				begun[key] = true
			} else {
				whole[key] = true
			}
		}
	}
	if in == language.Unknown {
		in = a.told(body)
	}
	var weak []passage.Range
	for at, token := range finnish.Tokens(body) {
		var k Keys
		a.add(&k, token, in)
		is := passage.Range{From: at, To: at + len(token)}
		switch {
		case k.any(whole):
			all = append(all, is)
		case k.any(begun):
			weak = append(weak, is)
		}
	}
	if len(all) > 0 {
		return all
	}
	if same := a.same(body, in, begun); len(same) > 0 {
		return same
	}
	return weak
}

// same finds where a text speaks of concepts that are asked for.
func (a *Analyser) same(body string, in language.Language, asked map[string]bool) (all []passage.Range) {
	asks := false
	for key := range asked {
		asks = asks || ofConcept(key)
	}
	if !asks || a.concepts == nil {
		return nil
	}
	for _, m := range a.concepts.In(nil, body, in) {
		if is := (passage.Range{From: m.At, To: m.End}); asked[conceptKey(m.ID, in)] && !slices.Contains(all, is) {
			all = append(all, is)
		}
	}
	return all
}

func (k Keys) any(of map[string]bool) bool {
	for _, keys := range k {
		for _, key := range keys {
			if of[key] {
				return true
			}
		}
	}
	return false
}

// Say is a key as a person reads it; "" for one that no person would, being only how
// a word begins.
func Say(key string) string {
	if strings.HasPrefix(key, "_") {
		return ""
	}
	return strings.ReplaceAll(key, "_", "-")
}
