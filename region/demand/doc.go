// Package demand counts what is looked for and found nowhere: what the region's people
// want and nobody has brought yet. It counts single common words, never a whole question,
// and only how many different readers asked, never who: see docs/adr/0010-looked-for-in-vain.md. The office
// hears of a word when at least K of them have.
//
//	Missed(region, word, from)            somebody found nothing by a word
//	Keep(ctx)                             what was missed since is stored
//	Unmet(ctx, from, region, today, n)    the words the office may hear of
//	Sweep(ctx, region)                    a month that is over is closed
//
// Finnish: kaivattu. Called by edge/web (the search page; the office's list) and by
// cmd/kokko (keeping and sweeping).
package demand
