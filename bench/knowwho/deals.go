package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"time"

	"kokko/bench/gauge"
	"kokko/engine/market"
)

// deals makes each market's deals: everybody by their own liking, by both's, and the two
// that look at the whole market.
func deals(_ context.Context, args []string, out io.Writer) error {
	f := flag.NewFlagSet("market", flag.ContinueOnError)
	seed := f.Uint64("seed", 0, "of what is drawn")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.NArg() == 0 {
		return errors.New("say which markets: market FILE.json …")
	}
	fmt.Fprintln(out, "| market | deal | matches | envy left + right | processor |")
	fmt.Fprintln(out, "|---|---|---|---|---|")
	for _, path := range f.Args() {
		var file struct {
			Left       [][]float64 `json:"left_to_right"`
			Right      [][]float64 `json:"right_to_left"`
			LeftLooks  []float64   `json:"v_left"`
			RightLooks []float64   `json:"v_right"`
		}
		if err := whole(path, &file); err != nil {
			return err
		}
		m := market.Market{Left: file.Left, Right: file.Right, LeftLooks: file.LeftLooks, RightLooks: file.RightLooks}
		if m.LeftLooks == nil {
			m.LeftLooks = market.Looks(len(m.Right))
		}
		if m.RightLooks == nil {
			m.RightLooks = market.Looks(len(m.Left))
		}
		both := func(a, b [][]float64) [][]float64 {
			all := make([][]float64, len(a))
			for i := range a {
				for j := range b {
					all[i] = append(all[i], a[i][j]*b[j][i])
				}
			}
			return all
		}
		for _, way := range []struct {
			name string
			deal func() (market.Deal, error)
		}{
			{"own liking", func() (market.Deal, error) { return m.Shown(ranked(m.Left), ranked(m.Right)) }},
			{"both's liking", func() (market.Deal, error) {
				return m.Shown(ranked(both(m.Left, m.Right)), ranked(both(m.Right, m.Left)))
			}},
			{"most meetings", func() (market.Deal, error) { return m.Match(market.Total, *seed) }},
			{"Nash welfare", func() (market.Deal, error) { return m.Match(market.Nash, *seed) }},
		} {
			began := gauge.Worked(gauge.Process)
			d, err := way.deal()
			if err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
			fmt.Fprintf(out, "| %s | %s | %.4f | %d + %d | %s |\n", path, way.name, d.Matches, d.LeftEnvy, d.RightEnvy, (gauge.Worked(gauge.Process) - began).Round(100*time.Microsecond))
		}
	}
	return nil
}

// ranked are each one's lists by a liking.
func ranked(liking [][]float64) (all [][]int) {
	for _, row := range liking {
		order := make([]int, len(row))
		for i := range order {
			order[i] = i
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(row[b], row[a]) })
		all = append(all, order)
	}
	return all
}
