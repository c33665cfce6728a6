// Package invented fills a store with an invented region's sparks, as many as are
// asked for and the same ones for the same seed: for measuring, never for a real
// office. What it writes has the shape of the real thing (stories, bringers, tags,
// places, links, measures, private and closed and withdrawn sparks among them), but
// nobody wrote it and nobody is meant.
//
// Finnish: keksitty aineisto. Called by bench/fill, which makes a store to look at,
// and by bench/pages, which measures pages on stores of many sizes.
package invented
