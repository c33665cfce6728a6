// Command similar measures how well texts about the same thing are found, on
// proposals that people merged into plans:
//
//	go run ./bench/similar -ideas FILE.csv
//
// FILE has a line a proposal with the columns id, title, text, and plans (the plans it
// was merged into), and where known district, lat, lon and area. The areas may stand
// in a file beside it, FILE_area.csv, with the columns id and scope. Two proposals are
// similar when they share a plan. It prints mean average precision, nDCG@10, recall@10
// and success@3 for each way of comparing, asked with the title alone and with the
// title and the text; Kokko's own both in memory and through the real index.
//
// Finnish: samankaltaisuuden mittaus. Called by hand.
package main
