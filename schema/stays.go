package schema

// Stays is the tables whose rows do not travel in an archive, each with its
// reason. Everything else does, waiting jobs among it.
func Stays() map[string]string {
	return map[string]string{
		"servers":        "processes of the old installation",
		"job_leader":     "a lease held by a process of the old installation",
		"sessions":       "a copy of the archive must not be a way in: everybody signs in again",
		"search_things":  "made anew from what travels",
		"search_texts":   "made anew from what travels",
		"search_words":   "made anew from what travels",
		"search_totals":  "made anew from what travels",
		"search_pending": "made anew from what travels",
		"search_walks":   "made anew from what travels",
		"search_news":    "what was new there is not new here",
		"signin_links":   "a copy of the archive must not be a way in: links are asked for anew",
	}
}
