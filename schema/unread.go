package schema

// Unread is the tables that no page for everybody is made from: what is written there
// does not make such pages anew. A test takes every row of theirs away and finds the
// pages as they were.
func Unread() []string {
	return []string{"jobs", "job_leader", "job_periods", "servers", "mails", "mail_quotes", "bringer_links", "sessions", "signin_links", "arrivals", "mail_arrivals", "audit_entries", "deliveries", "circulars", "address_asks", "address_sessions",
		"search_things", "search_texts", "search_words", "search_totals", "search_pending", "search_walks", "search_news",
		"follow_searches", "follow_search_keys", "demand_words", "demand_salts", "vocabularies", "spark_pairs", "spark_pair_walks"}
}
